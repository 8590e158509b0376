"""Files of what was shown: one figure as PNG or SVG, tables for Excel, Word or LaTeX."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

from ..errors import UsageError
from ..i18n import Locale
from ..study import Study
from .drawing import WIDTH
from .views import FigureView, TableView

ENDINGS = {".png": "figure", ".svg": "figure", ".xlsx": "table", ".docx": "table", ".tex": "table"}
"""What each format holds."""
HALF_A_PAGE = 11.0
"""Centimetres: how high a figure is at most in a document of sentences and figures."""


def save(
    views: Sequence[TableView | FigureView], path: Path, study: Study, locale: Locale, width: float | None = None
) -> Path:
    """Write the first figure, or all tables, of what was shown; see `Handle.save`."""
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise UsageError("there is no such format", where=path.name, got=path.suffix, expected=", ".join(ENDINGS))
    figures = [view for view in views if isinstance(view, FigureView)]
    tables = [view for view in views if isinstance(view, TableView)]
    if not (figures if ENDINGS[ending] == "figure" else tables):
        raise UsageError(f"there is no {ENDINGS[ending]} in what was shown", where=path.name, hint="save another one")
    path.parent.mkdir(parents=True, exist_ok=True)
    if ending == ".xlsx":
        from .files.workbook import save_workbook

        save_workbook(tables, path, study, locale)
    elif ending == ".docx":
        path.write_bytes(document(tables, study, locale))
    elif ending == ".tex":
        path.write_text("\n".join(latex(view, locale) for view in tables), encoding="utf-8")
    elif ending == ".png":
        path.write_bytes(figures[0].png(200 * (width or WIDTH) / WIDTH))
    else:
        path.write_text(_sized(figures[0].svg, width) + "\n", encoding="utf-8")
    return path


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


def document(
    parts: Sequence[TableView | FigureView | str], study: Study, locale: Locale, title: str | None = None
) -> bytes:
    """Return sentences, figures and tables as a document for Word, the same bytes every time.

    Parameters
    ----------
    parts
        What stands in it, in order.
    study, locale
        Whose it is, and in what language.
    title
        Its title; none where it is to go into another document.
    """
    from docx import Document
    from docx.shared import Cm

    from .files.word import same_bytes, set_document_language
    from .files.word_styles import style_document
    from .files.word_tables import Parts
    from .files.workbook import MADE

    made, out = Document(), io.BytesIO()
    style_document(made)
    set_document_language(made, locale.language)
    about = made.core_properties
    about.title, about.author, about.created, about.modified = title or "", "evalkit", MADE, MADE
    if title:
        section = made.sections[0]  # little air above and below, so that a unit has one page
        section.top_margin = section.bottom_margin = Cm(1.3)
        mark = f"{locale.text('Synthetic data.')} " if study.synthetic else ""
        made.add_paragraph(title, style="Heading 2")
        made.add_paragraph(f"{mark}{study.title(locale.language)}", style="Lead")
    writer = Parts(made, locale, height=HALF_A_PAGE)
    for part in parts:
        if isinstance(part, str):
            made.add_paragraph(part, style="List Bullet").paragraph_format.space_after = 0
        elif isinstance(part, TableView):
            writer.table(part)
        else:
            writer.figure(part)
    made.save(out)
    return same_bytes(out.getvalue())
