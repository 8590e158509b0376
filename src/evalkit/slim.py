"""nbformat, and what loads it, without the grammar that an optional part of its schema checker builds at import (over a second).

Jupyter's event schemas bring `rfc3987_syntax` along; nothing here checks IRIs, so it is left out before nbformat loads.
"""

import sys
from typing import Any

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import nbformat as _nbformat  # noqa: E402

nbformat: Any = _nbformat
"""nbformat itself; its functions carry no types."""

__all__ = ["nbformat"]
