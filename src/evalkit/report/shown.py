"""What a cell shows: HTML on the page, a picture that survives an untrusted notebook in the lab, its name as plain text; and files of it.

A figure is saved as PNG or SVG, tables for Excel, Word or LaTeX.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from ..errors import UsageError
from ..i18n import Locale
from .drawing import WIDTH
from .views import FigureView, TableView

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from ..study import Study

MIME = "application/vnd.evalkit+html"
"""The kind of output that pages accept: it went through `Show`, so it is protected and escaped."""
ENDINGS = {".png": "figure", ".svg": "figure", ".xlsx": "table", ".docx": "table", ".tex": "table"}
"""What each format holds."""


@dataclass(frozen=True, eq=False)
class Handle:
    """What was shown: it does not display itself again.

    Parameters
    ----------
    name
        What it is, without any number.
    html
        Its markup.
    pictures
        The figures that the lab shows as a picture in the place of the markup.
    views
        The tables and figures in it, for `save`.
    study, locale
        Whose it is, and the language it was shown in.
    frame
        The estimates behind it.
    said_in_the_lab
        What the lab shows, below the pictures, where it is something else than the page's markup.
    """

    name: str
    html: str = field(default="", repr=False)
    pictures: tuple[FigureView, ...] = ()
    views: tuple[TableView | FigureView, ...] = ()
    study: Study | None = None
    locale: Locale | None = None
    frame: pd.DataFrame | None = None
    said_in_the_lab: str = ""

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
        if self.study is None or self.locale is None:
            raise UsageError("there is nothing to save in what was shown", where=self.name)
        path = Path(path)
        ending = path.suffix.lower()
        if ending not in ENDINGS:
            raise UsageError("there is no such format", where=path.name, got=path.suffix, expected=", ".join(ENDINGS))
        figures = [view for view in self.views if isinstance(view, FigureView)]
        tables = [view for view in self.views if isinstance(view, TableView)]
        if not (figures if ENDINGS[ending] == "figure" else tables):
            raise UsageError(
                f"there is no {ENDINGS[ending]} in what was shown", where=path.name, hint="save another one"
            )
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


def emit(handle: Handle) -> Handle:
    """Display what a handle holds, once, and return it."""
    from IPython.display import display

    if handle.html or handle.said_in_the_lab:
        for bundle in _bundles(handle):
            display(bundle, raw=True)  # type: ignore[no-untyped-call]
    return handle


def _bundles(handle: Handle) -> list[dict[str, Any]]:
    """Return what the lab and the page are given.

    Markup of an untrusted notebook is cleaned of drawings, so that figures are given to the lab as pictures (PNG) with their
    captions beside them, and then the rest; the page takes the markup of the last and nothing of the others.
    """
    bundles: list[dict[str, Any]] = []
    for picture in handle.pictures:
        caption = Markup("<p><b>{}</b><br><small>{}</small></p>").format(picture.title, " ".join(picture.caption))
        bundles += [
            {"text/html": str(caption), MIME: "", "text/plain": ""},
            {"image/png": picture.png(), MIME: "", "text/plain": f"{handle!r}: {picture.spoken}"},
        ]
    if handle.said_in_the_lab or not bundles:
        lab = f"<div>{handle.said_in_the_lab}</div>" if handle.said_in_the_lab else handle.html
        return [*bundles, {"text/html": lab, MIME: handle.html, "text/plain": repr(handle)}]
    return [*bundles[:-1], bundles[-1] | {MIME: handle.html}]


def _sized(svg: str, width: float | None) -> str:
    """Return a drawing at a width in inches; its height follows."""
    return svg if width is None else re.sub(r' width="\d+" height="\d+"', f' width="{96 * width:.0f}"', svg, count=1)


_LATEX = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}
)


def latex(view: TableView, locale: Locale) -> str:
    """Return a table as LaTeX, for a document that uses `booktabs`."""

    def line(cells: Sequence[str]) -> str:
        return " & ".join(cell.translate(_LATEX) for cell in cells) + r" \\"

    body, section = [], None
    for row in view.rows:
        if row.section and row.section != section:
            body.append(
                rf"\multicolumn{{{len(view.columns) + 1}}}{{l}}{{\textit{{{row.section.translate(_LATEX)}}}}} \\"
            )
        section = row.section
        body.append(line([row.label, *view.written(row, locale)]))
    notes = [" ".join(view.notes).translate(_LATEX)] if view.notes else []
    kinds = "l" + "".join("l" if column.kind == "text" else "r" for column in view.columns)
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{view.title.translate(_LATEX)}}}",
            rf"\begin{{tabular}}{{{kinds}}}",
            r"\toprule",
            line([view.stub, *(column.label for column in view.columns)]),
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            *notes,
            r"\end{table}",
            "",
        ]
    )
