"""Tables, figures, captions and notes in a document for Word: one way to write them, in whichever document they stand."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Literal

from docx.enum.table import WD_ALIGN_VERTICAL
from docx.image.image import Image
from docx.shared import Cm, Pt

from ...i18n import Locale
from ..appendix.blocks import Foreign
from ..views import FigureView, TableView
from .word import add_field, keep_whole, new_table, repeat_header, rule_row, set_run_language
from .word_styles import (
    NUMERIC,
    SIZES,
    TABLE_STYLES,
    TEXT_HEIGHT,
    TEXT_WIDTH,
    WHOLE,
    column_widths,
    line_count,
    paragraph_style,
)


class Parts:
    """Writes tables and figures at the end of a document, or of another body of paragraphs and tables.

    Parameters
    ----------
    docx
        The document, with the styles that `add_table_styles` adds.
    locale
        The language of labels and numbers.
    body
        Where to, when it is not the document's own body.
    width, height
        Centimetres that a table may be wide, and a picture wide and high.
    """

    def __init__(
        self, docx: Any, locale: Locale, body: Any = None, width: float = TEXT_WIDTH, height: float = TEXT_HEIGHT
    ) -> None:
        self.docx, self.locale, self.width, self.height = docx, locale, width, height
        self.body = docx._body if body is None else body
        self.styles = {name: paragraph_style(docx, name) for name in TABLE_STYLES}
        self.numbers = {"table": 0, "figure": 0}

    def words(self, paragraph: Any, text: str) -> Any:
        """Add a text, with its language where that is not the document's, and return its run."""
        run = paragraph.add_run(str(text))
        if isinstance(text, Foreign):
            set_run_language(run, text.lang)
        return run

    def caption(self, kind: Literal["table", "figure"], title: str, number: int | str | None = None) -> None:
        """Add a caption that stays with what follows it, with its number on the report's pages, else one that Word counts."""
        text = self.locale.text
        label = text("Table {number}", number="\0") if kind == "table" else text("Figure {number}", number="\0")
        before, _, after = label.partition("\0")
        paragraph = self.body.add_paragraph(style=self.styles["Caption"])
        paragraph.add_run(before)
        if number is None:
            self.numbers[kind] += 1
            add_field(paragraph, f" SEQ {before.strip()} \\* ARABIC ", str(self.numbers[kind]))
        else:
            paragraph.add_run(str(number))
        paragraph.add_run(f"{after}. {title}")
        paragraph.paragraph_format.keep_with_next = True

    def table(self, view: TableView) -> None:
        """Add a table with its caption and notes."""
        self.caption("table", view.title, view.number)
        self.grid(view)
        self.notes(view.notes)

    def grid(self, view: TableView) -> None:
        """Add a table alone: its heading row repeats, its numbers stand to the right, and a short one stays whole."""
        written = [view.written(row, self.locale) for row in view.rows]
        widths, size = column_widths(view, written, self.width)
        table = new_table(self.body, widths, view.title)
        right = [False, *(column.kind in NUMERIC for column in view.columns)]
        head = self._row(table, [view.stub, *(column.label for column in view.columns)], right, size, "Table Heading")
        repeat_header(head)
        rule_row(head, "bottom", "12")
        for cell in head.cells:
            cell.vertical_alignment = WD_ALIGN_VERTICAL.BOTTOM
        texts = [[row.label, *values] for row, values in zip(view.rows, written, strict=True)]
        for section, rows in groupby(zip(view.rows, texts, strict=True), key=lambda pair: pair[0].section):
            if section is not None:
                self._section(table, section, size)
            for row, line in rows:
                made = self._row(table, line, right, size, "Table Text", bold=row.total)
                if row.total:
                    rule_row(made, "top", "8")
        if line_count(texts, widths, size) <= WHOLE:
            _keep_together(table, with_next=bool(view.notes))

    def _section(self, table: Any, section: str, size: float) -> None:
        row = table.add_row()
        keep_whole(row)
        cell = row.cells[0].merge(row.cells[-1])
        self._cell(cell, section, size, "Table Heading").paragraph_format.keep_with_next = True

    def _row(
        self, table: Any, texts: Sequence[str], right: Sequence[bool], size: float, style: str, *, bold: bool = False
    ) -> Any:
        row = table.add_row()
        keep_whole(row)
        for cell, text, numeric in zip(row.cells, texts, right, strict=True):
            paragraph = self._cell(cell, text, size, style, bold=bold)
            if numeric:
                paragraph.alignment = 2
        return row

    def _cell(self, cell: Any, text: str, size: float, style: str, *, bold: bool = False) -> Any:
        paragraph = cell.paragraphs[0]
        paragraph._p.style = self.styles[style].style_id  # `paragraph.style` goes through all styles each time
        run = self.words(paragraph, text)
        run.bold = bold or None
        run.font.size = None if size == SIZES[0] else Pt(size)
        return paragraph

    def figure(self, view: FigureView) -> None:
        """Add a figure with its caption and notes."""
        self.caption("figure", view.title, view.number)
        self.picture(self.body.add_paragraph(), view)
        self.notes(view.caption)

    def picture(self, paragraph: Any, view: FigureView) -> None:
        """Add a figure's picture, never larger than it was drawn, and its alternative text to a paragraph."""
        drawn = view.png()
        size = Image.from_blob(drawn)
        width = min(Cm(self.width), size.width, int(size.width * Cm(self.height) / size.height))
        about = paragraph.add_run().add_picture(io.BytesIO(drawn), width=width)._inline.docPr
        about.set("descr", view.alt)  # every number: a chapter need not have the table beside it
        about.set("title", view.title)

    def notes(self, notes: Sequence[str]) -> None:
        """Add the notes of a table or figure, which stay together."""
        for number, note in enumerate(notes, start=1):
            paragraph = self.body.add_paragraph(style=self.styles["Table Note"])
            self.words(paragraph, note)
            paragraph.paragraph_format.keep_with_next = number < len(notes)
            if number == len(notes):
                paragraph.paragraph_format.space_after = Pt(10)


def _keep_together(table: Any, *, with_next: bool) -> None:
    """Keep a table on one page, where it fits, and with the paragraph after it if that belongs to it."""
    for row in table.rows if with_next else table.rows[:-1]:
        for cell in row.cells:
            cell.paragraphs[0].paragraph_format.keep_with_next = True
