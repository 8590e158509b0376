"""The appendices as a document for Word: real headings, lists and tables, in the study's language, the same bytes every time."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..i18n import Locale
from .appendix import SECTIONS, Section, present_sections
from .appendix_blocks import Block, Foreign, Heading, Paragraph, Point, Points, References
from .captions import source_notes
from .document_styles import MANY, NUMERIC, SMALL, WHOLE, column_widths, style_document
from .views import FigureView, Row, TableView
from .word import (
    add_bookmark,
    add_field,
    add_link,
    begin_field,
    describe_table,
    end_field,
    keep_together,
    keep_whole,
    repeat_header,
    rule_below,
    rule_table,
    same_bytes,
    set_document_language,
    set_run_language,
    set_size,
    set_widths,
)
from .workbook import MADE

if TYPE_CHECKING:
    from ..release import Release

LISTED = 2
"""The lowest level of heading that the contents list."""


def write_document(release: Release, path: str | Path, language: str | None = None) -> Path:
    """Write the appendices of a study as a document for Word.

    Parameters
    ----------
    release
        The protected tables of a study.
    path
        Where to; ends in `.docx`. An existing file is replaced.
    language
        One of the study's languages; its default when left out.

    Returns
    -------
    pathlib.Path
        The file: the same bytes for the same release and language.

    Raises
    ------
    UsageError
        When the path does not end in `.docx`.
    """
    path = Path(path)
    if path.suffix != ".docx":
        raise UsageError("a document's name ends in .docx", got=path.name)
    out = io.BytesIO()
    _Document(release, Locale(release.study.language(language))).made().save(out)
    path.write_bytes(same_bytes(out.getvalue()))
    return path


class _Document:
    """Writes one document."""

    def __init__(self, release: Release, locale: Locale) -> None:
        from docx import Document

        self.release, self.locale, self.study = release, locale, release.study
        self.docx = Document()
        self.mark = locale.text("Synthetic data.") if self.study.synthetic else ""
        self.numbers = {"table": 0, "figure": 0}
        self.targets = 0

    def made(self) -> Any:
        """Return the document with its opening, contents and every section."""
        style_document(self.docx)
        set_document_language(self.docx, self.locale.language)
        self._properties()
        self._header_and_footer()
        self._opening()
        sections = present_sections(self.release, self.locale)
        blocks = [block for section, parts in sections.items() for block in (self._title(section), *parts)]
        self._left_out([section for section in SECTIONS if section not in sections])
        self._contents([block for block in blocks if isinstance(block, Heading) and block.level <= LISTED])
        for block in blocks:
            self._block(block)
        return self.docx

    def _title(self, section: Section) -> Heading:
        return Heading(section.level, self.locale.text(section.title))

    def _left_out(self, sections: Sequence[Section]) -> None:
        """Say which sections the study has nothing for."""
        if sections:
            listed = "; ".join(self._title(section).text for section in sections)
            note = self.locale.text("Left out, since this study has nothing for them: {sections}.", sections=listed)
            self.docx.add_paragraph(note, style="Note")

    def _properties(self) -> None:
        about = self.docx.core_properties
        title = self.study.title(self.locale.language)
        about.title = f"{self.mark} {title}".strip()
        about.subject, about.author, about.last_modified_by = self.locale.text("Appendices"), "evalkit", "evalkit"
        about.comments = self.mark
        about.created = about.modified = MADE
        about.revision = 1

    def _header_and_footer(self) -> None:
        section = self.docx.sections[0]
        section.different_first_page_header_footer = False
        title = self.study.title(self.locale.language)
        header = section.header.paragraphs[0]
        if self.mark:
            header.add_run(self.mark).bold = True
            header.add_run(" ")
        header.add_run(f"{title}: {self.locale.text('Appendices').lower()}")
        footer = section.footer.paragraphs[0]
        footer.alignment = 2
        add_field(footer, " PAGE ", "1")

    def _opening(self) -> None:
        plan, language = self.study.plan, self.locale.language
        self.docx.add_paragraph(self.study.title(language), style="Title")
        self.docx.add_paragraph(self.locale.text("Appendices"), style="Subtitle")
        if plan.subtitle:
            self.docx.add_paragraph(plan.subtitle[language])
        if self.mark:
            text = self.locale.text(
                "The answers behind this report are made, not given by people. Nothing here says anything about real respondents."
            )
            paragraph = self.docx.add_paragraph(style="Mark")
            paragraph.add_run(self.mark).bold = True
            paragraph.add_run(f" {text}")
        for note in source_notes(self.study, self.locale):
            self.docx.add_paragraph(note, style="Note")

    def _contents(self, headings: list[Heading]) -> None:
        """Add the table of contents: a field that shows links until it is updated, then page numbers too."""
        self.docx.add_paragraph(self.locale.text("Contents"), style="TOC Heading")
        for number, heading in enumerate(headings, start=1):
            paragraph = self.docx.add_paragraph(style=f"toc {heading.level}")
            if number == 1:
                begin_field(paragraph, f' TOC \\o "1-{LISTED}" \\h \\z \\u ', dirty="true")
            add_link(paragraph, f"_Toc{number:05d}", heading.text)
            if number == len(headings):
                end_field(paragraph)

    def _heading(self, heading: Heading) -> None:
        """Add a heading; the contents lead to the upper ones, and an appendix begins on a page of its own."""
        paragraph = self.docx.add_paragraph(heading.text, style=f"Heading {heading.level}")
        paragraph.paragraph_format.page_break_before = heading.level == 1 or None
        if heading.level <= LISTED:
            self.targets += 1
            add_bookmark(paragraph, f"_Toc{self.targets:05d}", self.targets)

    def _block(self, block: Block) -> None:
        if isinstance(block, Heading):
            self._heading(block)
        elif isinstance(block, Paragraph):
            style = {"text": "Body Text", "quote": "Quote", "lead": "Lead", "note": "Note"}[block.kind]
            self._words(self.docx.add_paragraph(style=style), block.text)
        elif isinstance(block, Points):
            self._points(block.points, 1)
        elif isinstance(block, References):
            for entry in block.entries:
                self._words(self.docx.add_paragraph(style="Reference"), entry)
        elif isinstance(block, TableView):
            self._table(block)
        else:
            self._figure(block)

    def _words(self, paragraph: Any, text: str) -> None:
        """Add a text, with its language where that is not the document's."""
        run = paragraph.add_run(str(text))
        if isinstance(text, Foreign):
            set_run_language(run, text.lang)

    def _points(self, points: tuple[Point, ...], level: int) -> None:
        for point in points:
            paragraph = self.docx.add_paragraph(style="List Bullet" if level == 1 else f"List Bullet {level}")
            self._words(paragraph, point.text)
            if point.original is not None:
                paragraph.add_run().add_break()
                self._words(paragraph, point.original)
                paragraph.runs[-1].italic = True
            self._points(point.points, min(level + 1, 3))

    def _caption(self, kind: str, title: str) -> None:
        """Add a numbered caption that stays with what follows it."""
        self.numbers[kind] += 1
        number = str(self.numbers[kind])
        text = self.locale.text
        label = text("Table {number}", number="\0") if kind == "table" else text("Figure {number}", number="\0")
        before, _, after = label.partition("\0")
        paragraph = self.docx.add_paragraph(before, style="Caption")
        add_field(paragraph, f" SEQ {before.strip()} \\* ARABIC ", number)
        paragraph.add_run(f"{after}. {title}")
        paragraph.paragraph_format.keep_with_next = True

    def _table(self, view: TableView) -> None:
        from docx.enum.table import WD_ALIGN_VERTICAL

        self._caption("table", view.title)
        labels = [view.stub, *(column.label for column in view.columns)]
        table = self.docx.add_table(rows=1, cols=len(labels))
        table.autofit = False
        rule_table(table)
        describe_table(table, view.title)
        kinds: list[str] = ["text", *(column.kind for column in view.columns)]
        self._cells(table.rows[0], labels, kinds, "Table Heading")
        repeat_header(table.rows[0])
        keep_whole(table.rows[0])
        rule_below(table.rows[0])
        for cell in table.rows[0].cells:
            cell.vertical_alignment = WD_ALIGN_VERTICAL.BOTTOM
        for section, rows in groupby(view.rows, key=lambda row: row.section):
            if section is not None:
                self._section(table, section)
            for row in rows:
                self._row(table, view, row, kinds)
        set_widths(table, column_widths(view, [view.written(row, self.locale) for row in view.rows]))
        if len(view.rows) <= WHOLE:
            keep_together(table, with_next=bool(view.notes))
        if len(view.columns) > MANY:
            set_size(table, SMALL)
        self._notes(view.notes)

    def _section(self, table: Any, section: str) -> None:
        row = table.add_row()
        keep_whole(row)
        cell = row.cells[0].merge(row.cells[-1])
        cell.paragraphs[0].style = self.docx.styles["Table Heading"]
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
            paragraph.style = self.docx.styles[style]
            self._words(paragraph, text)
            if kind in NUMERIC:
                paragraph.alignment = 2
            if bold:
                paragraph.runs[0].bold = True

    def _figure(self, view: FigureView) -> None:
        from docx.shared import Cm

        self._caption("figure", view.title)
        picture = self.docx.add_picture(io.BytesIO(view.png()), width=Cm(16))
        picture._inline.docPr.set("descr", view.alt)
        picture._inline.docPr.set("title", view.title)
        self._notes(view.caption)

    def _notes(self, notes: Sequence[str]) -> None:
        """Add the notes of a table or figure, which stay together."""
        from docx.shared import Pt

        for number, note in enumerate(notes, start=1):
            paragraph = self.docx.add_paragraph(style="Table Note")
            self._words(paragraph, note)
            paragraph.paragraph_format.keep_with_next = number < len(notes)
            if number == len(notes):
                paragraph.paragraph_format.space_after = Pt(10)
