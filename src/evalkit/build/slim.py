"""nbformat without the grammar that an optional part of its schema checker builds at import (over a second).

Jupyter's event schemas bring `rfc3987_syntax` along; nothing here checks IRIs, so it is left out before nbformat loads.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import nbformat  # noqa: E402

__all__ = ["nbformat"]
