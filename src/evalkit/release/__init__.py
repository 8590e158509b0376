"""Protection of linked tables, the attacker that audits, and the store of what may be published.

Order inside the room: safe < cells < primary < targets < space < programme < scope < worlds < secondary < protect
< publish < models < fitted < fields < store.
`attack` shares no code with them.
"""

from .attack import audit
from .derive import net_score, percentages, score_mean, score_share
from .fields import FILTERS, Counted, Fact, Fields, Named, Number, Style, Value
from .fitted import ReleasedModel, fit_released
from .models import ModelData, SafeEstimates
from .protect import protect
from .purge import purge
from .safe import SafeTable
from .store import Release, load_release

__all__ = [
    "FILTERS",
    "Counted",
    "Fact",
    "Fields",
    "ModelData",
    "Named",
    "Number",
    "Release",
    "ReleasedModel",
    "SafeEstimates",
    "SafeTable",
    "Style",
    "Value",
    "audit",
    "fit_released",
    "load_release",
    "net_score",
    "percentages",
    "protect",
    "purge",
    "score_mean",
    "score_share",
]
