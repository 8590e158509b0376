"""What a cell shows: HTML on the page, a picture that survives an untrusted notebook in the lab, its name as plain text; and files of it.

A figure is saved as PNG or SVG, tables for Excel, Word or LaTeX. The build keeps each table as CSV, each figure as PNG and SVG: when the
environment variable EVALKIT_ARTIFACTS names a folder.
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from markupsafe import Markup

from ..errors import UsageError
from ..i18n import Locale
from ..protect import SafeTable
from ..release import Release
from ..study import MARK, NOT_ASKED, TOTAL, Study
from .captions import Labels
from .distributions import looked_up, share_of
from .drawing import WIDTH
from .markup import latex
from .views import Column, FigureView, Hidden, TableView, Value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MIME = "application/vnd.evalkit+html"
"""The kind of output that pages accept: it went through `Show`, so it is protected and escaped."""
ARTIFACTS = "EVALKIT_ARTIFACTS"
ENDINGS = {".png": "figure", ".svg": "figure", ".xlsx": "table", ".docx": "table", ".tex": "table"}
"""What each format holds."""


@dataclass(frozen=True, eq=False)
class Handle:
    """What was shown: it does not display itself again.

    Parameters
    ----------
    name
        What it is, without any number.
    views
        The tables and figures in it, for `save`.
    study, locale
        Whose it is, and the language it was shown in.
    frame
        The estimates behind it.
    """

    name: str
    views: tuple[TableView | FigureView, ...]
    study: Study
    locale: Locale
    frame: pd.DataFrame | None = None

    def save(self, path: str | Path, *, width: float | None = None) -> Path:
        """Write it to a file: the figure as .png or .svg, the tables as .xlsx, .docx or .tex.

        Parameters
        ----------
        path
            Where to; the ending chooses the format.
        width
            Of a figure, in inches; its own when left out.

        Raises
        ------
        UsageError
            When the ending is not known, or there is no figure (or table) in it.
        """
        path = Path(path)
        ending = path.suffix.lower()
        if ending not in ENDINGS:
            raise UsageError("there is no such format", where=path.name, got=path.suffix, expected=", ".join(ENDINGS))
        figures = [view for view in self.views if isinstance(view, FigureView)]
        tables = [view for view in self.views if isinstance(view, TableView)]
        if not (figures if ENDINGS[ending] == "figure" else tables):
            what = f"there is no {ENDINGS[ending]} in what was shown"
            raise UsageError(what, where=path.name, hint="save another one")
        path.parent.mkdir(parents=True, exist_ok=True)
        if ending == ".xlsx":
            from .files.workbook import save_workbook

            save_workbook(tables, path, self.study, self.locale)
        elif ending == ".docx":
            from .files.document import document

            path.write_bytes(document(tables, self.study, self.locale))
        elif ending == ".tex":
            path.write_text("\n".join(latex(view, self.locale) for view in tables), encoding="utf-8")
        elif ending == ".png":
            path.write_bytes(figures[0].png(200 * (width or WIDTH) / WIDTH))
        else:
            path.write_text(_sized(figures[0].svg, width) + "\n", encoding="utf-8")
        return path

    @property
    def axes(self) -> Axes:
        """The axes of its first figure, to go on with: `show.figure(axes, alt=...)` shows what became of them.

        Raises
        ------
        UsageError
            When there is no figure in it.
        """
        for view in self.views:
            if isinstance(view, FigureView) and view.figure is not None:
                return view.figure.axes[0]
        raise UsageError("there is no figure in what was shown", where=self.name)

    def _ipython_display_(self) -> None:
        """Show nothing: it has been shown."""

    def __repr__(self) -> str:
        """Return its name."""
        return f"<{self.name}>"


def emit(name: str, html: str, pictures: Sequence[FigureView] = (), lab: str = "") -> None:
    """Display something once: its markup, in the lab its figures as pictures, and what stands below these where that is something else."""
    from IPython.display import display

    if html or lab:
        for bundle in _bundles(name, html, pictures, lab):
            display(bundle, raw=True)  # type: ignore[no-untyped-call]


def _bundles(name: str, html: str, pictures: Sequence[FigureView], lab: str) -> list[dict[str, Any]]:
    """Return what the lab and the page are given.

    Markup of an untrusted notebook is cleaned of drawings, so that figures are given to the lab as pictures (PNG) with their
    captions beside them, and then the rest; the page takes the markup of the last and nothing of the others.
    """
    bundles: list[dict[str, Any]] = []
    for picture in pictures:
        caption = Markup("<p><b>{}</b><br><small>{}</small></p>").format(picture.title, " ".join(picture.caption))
        bundles += [
            {"text/html": str(caption), MIME: "", "text/plain": ""},
            {"image/png": picture.png(), MIME: "", "text/plain": f"<{name}>: {picture.spoken}"},
        ]
    if lab or not bundles:
        return [*bundles, {"text/html": f"<div>{lab}</div>" if lab else html, MIME: html, "text/plain": f"<{name}>"}]
    return [*bundles[:-1], bundles[-1] | {MIME: html}]


def _sized(svg: str, width: float | None) -> str:
    """Return a drawing at a width in inches; its height follows."""
    return svg if width is None else re.sub(r' width="\d+" height="\d+"', f' width="{96 * width:.0f}"', svg, count=1)


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
    about = []
    for table in release.out.values():
        effect = {} if table.effect is None else {"effect": table.effect}
        about.append({"id": table.id, "dims": list(table.dims), "answer": table.answer, "stack": table.stack} | effect)
    index = {"tables": about, "rule": release.rule.model_dump(mode="json")}
    index |= {"known": list(release.known), "zeros": list(release.zeros)}
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
