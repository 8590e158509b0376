"""The store of what may be published, and the gate to it.

Order inside the room: derive, publish < models < fitted < store.
"""

from .derive import net_score, percentages, score_mean, score_share
from .fitted import ReleasedModel, fit_released
from .models import ModelData, SafeEstimates
from .purge import purge
from .store import Release, load_release

__all__ = [
    "ModelData",
    "Release",
    "ReleasedModel",
    "SafeEstimates",
    "fit_released",
    "load_release",
    "net_score",
    "percentages",
    "purge",
    "score_mean",
    "score_share",
]
