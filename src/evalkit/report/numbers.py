"""One number for one thing: the numbers of tables and figures are those of the page on which they stand.

The third table of the report's second page is 'Table 2.3' there, in the document and in the workbook. A page counts what it shows and
notes each number (`Numbers`); files that are written afterwards look them up (`read_numbers`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from .views import FigureView, TableView

NUMBERS = "numbers.json"
"""The file in which a page's numbers are noted."""
PAGE = "EVALKIT_PAGE"
"""The environment variable with the number of the page that the build is making."""


class Numbers:
    """Counts the tables and the figures of a page.

    Parameters
    ----------
    page
        The page's number in its report; by default the build's, and none in a notebook of one's own.
    """

    def __init__(self, page: str | None = None) -> None:
        self.page = os.environ.get(PAGE, "") if page is None else page
        self.found: dict[str, str] = {}

    def of(self, view: TableView | FigureView) -> str:
        """Return the number of what is shown, `3` or `2.3`: by first showing, the same when a cell is run again."""
        if view.anchor not in self.found:
            kind = view.anchor.partition("-")[0]
            number = 1 + sum(anchor.startswith(f"{kind}-") for anchor in self.found)
            self.found[view.anchor] = f"{self.page}.{number}" if self.page else str(number)
        return self.found[view.anchor]

    def write(self, folder: Path) -> None:
        """Note the numbers in the page's folder of artifacts."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / NUMBERS).write_text(json.dumps(self.found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_numbers(folder: Path) -> dict[str, str]:
    """Return the numbers of a page's tables and figures by address, as it noted them in its folder of artifacts."""
    path = folder / NUMBERS
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def numbered(views: Sequence[TableView], numbers: Mapping[str, str] | None = None) -> list[TableView]:
    """Return tables with their numbers: those of the pages, sorted by them; then those on no page, counted from 1.

    Parameters
    ----------
    views
        The tables, in order.
    numbers
        The pages' numbers by address; without them the tables are counted in their order.
    """
    known = numbers or {}
    shown = [view.numbered(known[view.anchor]) for view in views if view.anchor in known]
    others = [view for view in views if view.anchor not in known]
    shown.sort(key=lambda view: [int(part) for part in str(view.number).split(".")])
    return shown + [view.numbered(number) for number, view in enumerate(others, start=1)]
