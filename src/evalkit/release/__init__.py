"""The store of what may be published, and the gate to it.

Order inside the room: completion < modelled_levels; derived, publishable < published < store < choices; purge.
"""

from ..data.responses import Estimates as SafeEstimates  # what a release hands out
from .published import publish
from .purge import purge
from .store import Release, load_release

__all__ = ["Release", "SafeEstimates", "load_release", "publish", "purge"]
