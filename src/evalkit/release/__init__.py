"""The store of what may be published, and the gate to it.

Order inside the room: completion < modelled_levels; table_files, derived, publishable < published < store; purge.
"""

from .published import publish
from .purge import purge
from .store import Release, load_release

__all__ = ["Release", "load_release", "publish", "purge"]
