"""nbformat and nbconvert without the grammar that an optional part of the schema checker builds at import (over a second)."""

from __future__ import annotations

import sys
from typing import Any


def template_exporter() -> Any:
    """Return nbconvert's `TemplateExporter`."""
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from nbconvert.exporters.templateexporter import TemplateExporter

    return TemplateExporter
