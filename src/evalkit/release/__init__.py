"""Protection of linked tables, the attacker that audits, and the store of what may be published.

Order inside the room: safe < cells < primary < targets < worlds < secondary < protect. `attack` shares no code with them.
"""

from .attack import audit
from .protect import protect
from .safe import SafeTable

__all__ = ["SafeTable", "audit", "protect"]
