"""Protection of linked tables, the attacker that audits, and the store of what may be published.

Order inside the room: safe < cells < primary < targets < worlds < secondary < protect < publish < store.
`attack` shares no code with them.
"""

from .attack import audit
from .protect import protect
from .safe import SafeTable
from .store import Release, load_release

__all__ = ["Release", "SafeTable", "audit", "load_release", "protect"]
