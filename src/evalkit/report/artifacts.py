"""What the build keeps of a notebook: each table as CSV, each figure as PNG and SVG, each claim as a line of JSON.

Written only when the environment variable EVALKIT_ARTIFACTS names a folder.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .views import FigureView

ARTIFACTS = "EVALKIT_ARTIFACTS"


def artifacts_folder() -> Path | None:
    """Return the folder the build named, or None in a notebook of one's own."""
    named = os.environ.get(ARTIFACTS)
    return Path(named) if named else None


def csv_text(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a table as CSV that a spreadsheet reads as text and numbers, never as formulas."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([inert(name) for name in header])
    writer.writerows([[inert(value) for value in row] for row in rows])
    return out.getvalue()


def inert(value: object) -> object:
    """Return a text that a spreadsheet would take for a formula with an apostrophe before it; else the value itself."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return f"'{value}"
    return value


def write_csv(folder: Path, table_id: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write tables/<id>.csv, with a byte order mark so that a spreadsheet reads it as UTF-8."""
    path = folder / "tables" / f"{table_id}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\N{ZERO WIDTH NO-BREAK SPACE}" + csv_text(header, rows), encoding="utf-8", newline="")


def write_figure(folder: Path, view: FigureView) -> None:
    """Write figures/<id>.svg and figures/<id>.png."""
    place = folder / "figures"
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{view.id}.svg").write_text(view.svg + "\n", encoding="utf-8")
    (place / f"{view.id}.png").write_bytes(view.png())


def append_line(folder: Path, name: str, record: Mapping[str, Any]) -> None:
    """Add a line of JSON to a file of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("a", encoding="utf-8") as out:
        out.write(json.dumps(record, ensure_ascii=False, sort_keys=True) + "\n")
