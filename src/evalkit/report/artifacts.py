"""What the build keeps of a notebook: each table as CSV, each figure as PNG and SVG, each claim as a line of JSON.

Written only when the environment variable EVALKIT_ARTIFACTS names a folder.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Sequence
from pathlib import Path

from ..i18n import Locale
from ..protect import SafeTable
from ..release import Release
from ..study import MARK, NOT_ASKED, TOTAL, Study
from .captions import Labels
from .distributions import looked_up, share_of
from .views import Column, FigureView, Hidden, TableView, Value

ARTIFACTS = "EVALKIT_ARTIFACTS"


def artifacts_folder() -> Path | None:
    """Return the folder the build named, or None in a notebook of one's own."""
    named = os.environ.get(ARTIFACTS)
    return Path(named) if named else None


def inert(value: object) -> object:
    """Return a text that a spreadsheet would take for a formula with an apostrophe before it; else the value itself."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return value


def write_csv(folder: Path, table_id: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write tables/<id>.csv; a spreadsheet reads it as UTF-8, by its byte order mark, as text and numbers, never as formulas."""
    path = folder / "tables" / f"{table_id}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([map(inert, row) for row in (header, *rows)])


def write_cells(folder: Path, table: SafeTable, study: Study, locale: Locale) -> None:
    """Write a protected table as tables/<id>.csv: codes, labels, per cent and count of every released place.

    A margin has the level `__total__`; what is hidden is `:`. Per cent are whole, of the margin over the answers. Of a
    weighted study they are weighted, and only margins over the answers have a count, of people.
    """
    (cells, dims), labels = looked_up(table), Labels(study, locale)
    asked = study.codebook.variables_of(table.stack)[0].name if table.stack else table.answer
    rows = []
    for key, count in cells.items():
        levels = dict(zip(dims, key, strict=True))
        share = share_of(cells, key) if table.answer else None
        percent = f"{100 * share:.0f}" if share is not None else MARK if count is None else ""
        people = table.effect is None or key[-1] in (TOTAL, NOT_ASKED)
        number = MARK if count is None else int(count) if people else ""
        names = [labels.level(asked if dim == table.answer else dim, levels[dim]) for dim in table.dims]
        rows.append([*map(levels.get, table.dims), *names, *([percent] if table.answer else []), number])
    shares = ["percent"] if table.answer else []
    write_csv(folder, table.id, [*table.dims, *(f"{dim}_label" for dim in table.dims), *shares, "count"], rows)


def write_tables(release: Release, folder: Path, language: str) -> None:
    """Write every protected table of a release as CSV, and tables/index.json, which says what they are and by which rule.

    Parameters
    ----------
    release
        The protected tables of a study.
    folder
        The folder of one language's outputs.
    language
        The language of labels.
    """
    locale = Locale(language)
    for table in release.tables.values():
        write_cells(folder, table, release.study, locale)
    index = {
        "tables": [
            {"id": table.id, "dims": list(table.dims), "answer": table.answer, "stack": table.stack}
            | ({} if table.effect is None else {"effect": table.effect})
            for table in release.out.values()
        ],
        "rule": release.rule.model_dump(mode="json"),
        "known": list(release.known),
        "zeros": list(release.zeros),
    }
    text = json.dumps(index, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    (folder / "tables" / "index.json").write_text(text, encoding="utf-8")


def write_view(folder: Path, view: TableView) -> None:
    """Write a table as tables/<id>.csv: its row headers, then a column a column; numbers with a decimal point, shares in per cent."""
    rows = [[row.section or "", row.label, *map(_plain, row.values, view.columns)] for row in view.rows]
    write_csv(folder, view.id, ["section", "row", *(column.key for column in view.columns)], rows)


def _plain(value: Value, column: Column) -> object:
    if isinstance(value, Hidden):
        return MARK
    if value is None or isinstance(value, str | int):
        return "" if value is None else value
    return float(f"{100 * value if column.kind == 'percent' else value:.6g}")


def write_figure(folder: Path, view: FigureView) -> None:
    """Write figures/<id>.svg and figures/<id>.png."""
    place = folder / "figures"
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{view.id}.svg").write_text(view.svg + "\n", encoding="utf-8")
    (place / f"{view.id}.png").write_bytes(view.png())
