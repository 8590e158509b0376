"""Files of what was shown: one figure as PNG or SVG, tables for Excel or Word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from .drawing import WIDTH
from .views import FigureView, TableView

if TYPE_CHECKING:
    from ..i18n import Locale

KINDS: dict[str, type[FigureView | TableView]] = {
    ".png": FigureView,
    ".svg": FigureView,
    ".xlsx": TableView,
    ".docx": TableView,
}


def save(views: Sequence[TableView | FigureView], path: Path, locale: Locale | None, width: float | None) -> Path:
    """Write the first figure, or all tables, of what was shown; see `Handle.save`."""
    wanted = KINDS.get(path.suffix.lower())
    if wanted is None:
        raise UsageError("there is no such format", where=path.name, got=path.suffix, expected=", ".join(KINDS))
    found = [view for view in views if isinstance(view, wanted)]
    if not found:
        what = "figure" if wanted is FigureView else "table"
        raise UsageError(f"there is no {what} in what was shown", where=path.name, hint="save another handle")
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(found[0], FigureView):
        _figure(found[0], path, width)
    else:
        _tables([view for view in found if isinstance(view, TableView)], path, locale)
    return path


def _figure(view: FigureView, path: Path, width: float | None) -> None:
    if path.suffix.lower() == ".png":
        path.write_bytes(view.png(200 * (width or WIDTH) / WIDTH))
        return
    svg = (
        view.svg
        if width is None
        else re.sub(r' width="\d+" height="\d+"', f' width="{96 * width:.0f}"', view.svg, count=1)
    )
    path.write_text(svg + "\n", encoding="utf-8")


def _tables(views: Sequence[TableView], path: Path, locale: Locale | None) -> None:
    from ..i18n import Locale
    from .document import tables_document
    from .workbook import tables_workbook

    write = tables_workbook if path.suffix.lower() == ".xlsx" else tables_document
    write(views, path, locale or Locale("en"))
