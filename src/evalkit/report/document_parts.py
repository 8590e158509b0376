"""Tables, figures, captions and notes in a document for Word: one way to write them, in whichever document they stand."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Literal

from ..i18n import Locale
from .appendix_blocks import Foreign
from .document_styles import NUMERIC, TABLE_STYLES, TEXT_HEIGHT, TEXT_WIDTH, WHOLE, paragraph_style
from .document_widths import SIZES, column_widths, line_count
from .views import FigureView, Row, TableView
from .word import (
    add_field,
    describe_table,
    keep_together,
    keep_whole,
    repeat_header,
    rule_below,
    rule_table,
    set_run_language,
    set_size,
    set_widths,
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

    def words(self, paragraph: Any, text: str) -> None:
        """Add a text, with its language where that is not the document's."""
        run = paragraph.add_run(str(text))
        if isinstance(text, Foreign):
            set_run_language(run, text.lang)

    def caption(self, kind: Literal["table", "figure"], title: str) -> None:
        """Add a numbered caption that stays with what follows it."""
        self.numbers[kind] += 1
        number = str(self.numbers[kind])
        text = self.locale.text
        label = text("Table {number}", number="\0") if kind == "table" else text("Figure {number}", number="\0")
        before, _, after = label.partition("\0")
        paragraph = self.body.add_paragraph(style=self.styles["Caption"])
        paragraph.add_run(before)
        add_field(paragraph, f" SEQ {before.strip()} \\* ARABIC ", number)
        paragraph.add_run(f"{after}. {title}")
        paragraph.paragraph_format.keep_with_next = True

    def table(self, view: TableView) -> None:
        """Add a table with its caption and notes."""
        self.caption("table", view.title)
        self.grid(view)
        self.notes(view.notes)

    def grid(self, view: TableView) -> None:
        """Add a table alone: its heading row repeats, its numbers stand to the right, and a short one stays whole."""
        from docx.shared import Cm

        kinds: list[str] = ["text", *(column.kind for column in view.columns)]
        table = self.body.add_table(1, len(kinds), Cm(self.width))
        table.autofit = False
        rule_table(table)
        describe_table(table, view.title)
        self._headings(table.rows[0], view, kinds)
        for section, rows in groupby(view.rows, key=lambda row: row.section):
            if section is not None:
                self._section(table, section)
            for row in rows:
                self._row(table, view, row, kinds)
        written = [view.written(row, self.locale) for row in view.rows]
        widths, size = column_widths(view, written, self.width)
        set_widths(table, widths)
        texts = [[row.label, *values] for row, values in zip(view.rows, written, strict=True)]
        if line_count(texts, widths, size) <= WHOLE:
            keep_together(table, with_next=bool(view.notes))
        if size != SIZES[0]:
            set_size(table, size)

    def _headings(self, row: Any, view: TableView, kinds: list[str]) -> None:
        from docx.enum.table import WD_ALIGN_VERTICAL

        self._cells(row, [view.stub, *(column.label for column in view.columns)], kinds, "Table Heading")
        repeat_header(row)
        keep_whole(row)
        rule_below(row)
        for cell in row.cells:
            cell.vertical_alignment = WD_ALIGN_VERTICAL.BOTTOM

    def _section(self, table: Any, section: str) -> None:
        row = table.add_row()
        keep_whole(row)
        cell = row.cells[0].merge(row.cells[-1])
        cell.paragraphs[0].style = self.styles["Table Heading"]
        cell.paragraphs[0].add_run(section)
        cell.paragraphs[0].paragraph_format.keep_with_next = True

    def _row(self, table: Any, view: TableView, row: Row, kinds: list[str]) -> None:
        made = table.add_row()
        keep_whole(made)
        self._cells(made, [row.label, *view.written(row, self.locale)], kinds, "Table Text", bold=row.total)
        if row.total:
            rule_below(made, size="8", side="top")

    def _cells(self, row: Any, texts: list[str], kinds: list[str], style: str, bold: bool = False) -> None:
        for cell, text, kind in zip(row.cells, texts, kinds, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph._p.style = self.styles[style].style_id  # `paragraph.style` goes through all styles each time
            self.words(paragraph, text)
            if kind in NUMERIC:
                paragraph.alignment = 2
            if bold:
                paragraph.runs[0].bold = True

    def figure(self, view: FigureView) -> None:
        """Add a figure with its caption and notes."""
        self.caption("figure", view.title)
        self.picture(self.body.add_paragraph(), view)
        self.notes(view.caption)

    def picture(self, paragraph: Any, view: FigureView) -> None:
        """Add a figure's picture, never larger than it was drawn, and its alternative text to a paragraph."""
        from docx.image.image import Image
        from docx.shared import Cm

        drawn = view.png()
        size = Image.from_blob(drawn)
        width = min(Cm(self.width), size.width, int(size.width * Cm(self.height) / size.height))
        about = paragraph.add_run().add_picture(io.BytesIO(drawn), width=width)._inline.docPr
        about.set("descr", view.alt)
        about.set("title", view.title)

    def notes(self, notes: Sequence[str]) -> None:
        """Add the notes of a table or figure, which stay together."""
        from docx.shared import Pt

        for number, note in enumerate(notes, start=1):
            paragraph = self.body.add_paragraph(style=self.styles["Table Note"])
            self.words(paragraph, note)
            paragraph.paragraph_format.keep_with_next = number < len(notes)
            if number == len(notes):
                paragraph.paragraph_format.space_after = Pt(10)
