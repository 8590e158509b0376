"""Protection of linked tables: which counts are hidden, decided for all of them together.

Order inside: safe < published_places < primary < required_width < combinations < programme < movable < feasible_counts <
progress < secondary < protect. The room can be called as its main function, so that `from evalkit import protect` is that function
whether or not the room has been imported before.
"""

import sys
from types import ModuleType

from .protect import protect, withheld
from .safe import SafeTable, made_safe, whole
from .secondary import NoPatternError

__all__ = ["NoPatternError", "SafeTable", "made_safe", "protect", "whole", "withheld"]


class _Room(ModuleType):
    __call__ = staticmethod(protect)


sys.modules[__name__].__class__ = _Room
