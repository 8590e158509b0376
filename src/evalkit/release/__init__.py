"""The store of what may be published, and the gate to it.

Order inside the room: publish < models < store < fitted; purge.
"""

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
    "purge",
]
