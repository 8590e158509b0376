"""One number for one thing: the numbers of tables and figures are those of the page on which they stand first.

The third table of the report's second page is 'Table 2.3' there, in the document and in the workbook. A page notes the number of each
table that it shows (`note_number`); files that are written afterwards look them up (`read_numbers`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from .views import TableView

NUMBERS = "numbers.jsonl"
"""The file in which a page's numbers are noted, a line each."""


def note_number(folder: Path, kind: str, name: str, number: str) -> None:
    """Note the number of a table or figure that a page shows.

    Parameters
    ----------
    folder
        Where the page's artifacts are written.
    kind
        `table` or `figure`.
    name
        Its id.
    number
        Its number, such as `2.3`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / NUMBERS).open("a", encoding="utf-8") as out:
        out.write(json.dumps({"kind": kind, "id": name, "number": number}, ensure_ascii=False) + "\n")


def read_numbers(folders: Iterable[Path], kind: str = "table") -> dict[str, str]:
    """Return the numbers of tables or figures by id, as the pages noted them; one that stands on several has the first.

    Parameters
    ----------
    folders
        The pages' folders of artifacts, in the order of the pages.
    kind
        `table` or `figure`.
    """
    found: dict[str, str] = {}
    for path in (folder / NUMBERS for folder in folders):
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else ()
        for record in map(json.loads, lines):
            if record["kind"] == kind:
                found.setdefault(record["id"], record["number"])
    return found


def numbered(views: Sequence[TableView], numbers: Mapping[str, str] | None = None) -> list[TableView]:
    """Return tables with their numbers: those of the pages, sorted by them; then those on no page, counted on from 1.

    Parameters
    ----------
    views
        The tables, in order.
    numbers
        The pages' numbers by id; without them the tables are counted in their order.
    """
    known = numbers or {}
    shown = sorted(
        (view for view in views if view.id in known), key=lambda view: [int(part) for part in known[view.id].split(".")]
    )
    others = [view for view in views if view.id not in known]
    return [view.numbered(known[view.id]) for view in shown] + [
        view.numbered(n) for n, view in enumerate(others, start=1)
    ]
