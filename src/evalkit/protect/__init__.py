"""Protection of linked tables: which counts are hidden, decided for all of them together.

Order inside: safe < cells < primary < targets < space < programme < scope < worlds < secondary < protect.
"""

from .protect import protect
from .safe import SafeTable, made_safe

__all__ = ["SafeTable", "made_safe", "protect"]
