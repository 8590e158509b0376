"""The appendices as a document for Word: real headings, lists and tables, in the study's language, the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from docx.shared import Cm

from ...i18n import Locale
from ...release import Release
from ...study import Study
from ..appendix.blocks import Block, Heading, Paragraph, Point, Points, References
from ..appendix.sections import SECTIONS, Section, present_sections
from ..captions import source_notes
from ..views import FigureView, TableView
from . import named, word

HALF_A_PAGE = 11.0
"""Centimetres: how high a figure is at most in a document of sentences and figures."""
LISTED = 2
"""The lowest level of heading that the contents list."""
_STYLES = {"text": "Body Text", "quote": "Quote", "lead": "Lead", "note": "Note"}


def write_document(
    release: Release, path: str | Path, language: str | None = None, numbers: Mapping[str, str] | None = None
) -> Path:
    """Write the appendices of a study as a document for Word.

    Parameters
    ----------
    release
        The protected tables of a study.
    path
        Where to; ends in `.docx`. An existing file is replaced.
    language
        One of the study's languages; its default when left out.
    numbers
        The numbers that tables and figures have on the report's pages; see `evalkit.report.views.read_numbers`.

    Returns
    -------
    pathlib.Path
        The file: the same bytes for the same release and language.

    Raises
    ------
    UsageError
        When the path does not end in `.docx`.
    """
    path = named(path, ".docx", "a document's name ends in .docx")
    made = _Document(release, Locale(release.study.language(language)), numbers or {}).made()
    path.write_bytes(word.same_bytes(word.content(made)))
    return path


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
    made = word.new_document(locale)
    word.described(made, title or "")
    if title:
        section = made.sections[0]  # little air above and below, so that a unit has one page
        section.top_margin = section.bottom_margin = Cm(1.3)
        mark = f"{locale.text('Synthetic data.')} " if study.synthetic else ""
        made.add_paragraph(title, style="Heading 2")
        made.add_paragraph(f"{mark}{study.title(locale.language)}", style="Lead")
    writer = word.Parts(made, locale, height=HALF_A_PAGE)
    for part in parts:
        if isinstance(part, str):
            made.add_paragraph(part, style="List Bullet").paragraph_format.space_after = 0
        elif isinstance(part, TableView):
            writer.table(part)
        else:
            writer.figure(part)
    return word.same_bytes(word.content(made))


class _Document:
    """Writes one document."""

    def __init__(self, release: Release, locale: Locale, numbers: Mapping[str, str]) -> None:
        self.release, self.locale, self.study, self.numbers = release, locale, release.study, numbers
        self.docx = word.new_document(locale)
        self.parts = word.Parts(self.docx, locale)
        self.title = self.study.title(locale.language)
        self.mark = locale.text("Synthetic data.") if self.study.synthetic else ""
        self.targets = 0

    def made(self) -> Any:
        """Return the document with its opening, contents and every section."""
        about = word.described(self.docx, f"{self.mark} {self.title}".strip())
        about.subject, about.last_modified_by = self.locale.text("Appendices"), "evalkit"
        about.comments, about.revision = self.mark, 1
        self._header_and_footer()
        self._opening()
        sections = present_sections(self.release, self.locale)
        blocks = [block for section, parts in sections.items() for block in (self._title(section), *parts)]
        left_out = "; ".join(self._title(section).text for section in SECTIONS if section not in sections)
        if left_out:
            said = self.locale.text("Left out, since this study has nothing for them: {sections}.", sections=left_out)
            self.docx.add_paragraph(said, style="Note")
        self._contents([block for block in blocks if isinstance(block, Heading) and block.level <= LISTED])
        for stretch in _stretches(blocks):
            self._turn(wide=any(isinstance(block, TableView) and word.is_wide(block, self.locale) for block in stretch))
            for block in stretch:
                self._block(block)
        return self.docx

    def _title(self, section: Section) -> Heading:
        return Heading(section.level, self.locale.text(section.title))

    def _header_and_footer(self) -> None:
        section = self.docx.sections[0]
        section.different_first_page_header_footer = False
        header, footer = section.header.paragraphs[0], section.footer.paragraphs[0]
        if self.mark:
            header.add_run(self.mark).bold = True
            header.add_run(" ")
        header.add_run(f"{self.title}: {self.locale.text('Appendices').lower()}")
        footer.alignment = 2
        word.add_field(footer, " PAGE ", "1")

    def _opening(self) -> None:
        subtitle = self.study.plan.subtitle
        self.docx.add_paragraph(self.title, style="Title")
        self.docx.add_paragraph(self.locale.text("Appendices"), style="Subtitle")
        if subtitle:
            self.docx.add_paragraph(subtitle[self.locale.language])
        if self.mark:
            text = self.locale.text(
                "The answers behind this report are artificial, not given by people. Nothing here says anything about real respondents."
            )
            paragraph = self.docx.add_paragraph(style="Mark")
            paragraph.add_run(self.mark).bold = True
            paragraph.add_run(f" {text}")
        for note in source_notes(self.study, self.locale):
            self.docx.add_paragraph(note, style="Note")

    def _contents(self, headings: list[Heading]) -> None:
        """Add the table of contents: links with page numbers, which a program that opens the document works out."""
        self.docx.add_paragraph(self.locale.text("Contents"), style="TOC Heading")
        for number, heading in enumerate(headings, start=1):
            paragraph = self.docx.add_paragraph(style=f"toc {heading.level}")
            word.add_link(paragraph, f"_Toc{number:05d}", heading.text)
            paragraph.add_run("\t")
            word.add_field(paragraph, f" PAGEREF _Toc{number:05d} \\h ", "", dirty="true")

    def _block(self, block: Block) -> None:
        match block:
            case Heading():
                self._heading(block)
            case Paragraph(kind=kind):
                self._words(block.words, _STYLES[kind])
            case Points(points):
                self._points(points, 1)
            case References(entries):
                for entry in entries:
                    self._words(entry, "Reference")
            case TableView():
                self.parts.table(block.numbered(self.numbers.get(block.anchor)))
            case _:
                self.parts.figure(replace(block, number=self.numbers.get(block.anchor)))

    def _turn(self, *, wide: bool) -> None:
        """Go on on a page that lies on its side, or stands upright again."""
        width, height = (word.TURNED_WIDTH, word.TURNED_HEIGHT) if wide else (word.TEXT_WIDTH, word.TEXT_HEIGHT)
        if width != self.parts.width:
            self.parts.width, self.parts.height = width, height
            section = self.docx.add_section()
            section.orientation = int(wide)
            section.page_width = Cm(word.PAGE_HEIGHT if wide else word.PAGE_WIDTH)
            section.page_height = Cm(word.PAGE_WIDTH if wide else word.PAGE_HEIGHT)

    def _heading(self, heading: Heading) -> None:
        """Add a heading; the contents lead to the upper ones, and an appendix begins on a page of its own."""
        paragraph = self.docx.add_paragraph(heading.text, style=f"Heading {heading.level}")
        paragraph.paragraph_format.page_break_before = heading.level == 1 or None
        if heading.level <= LISTED:
            self.targets += 1
            word.add_bookmark(paragraph, f"_Toc{self.targets:05d}", self.targets)

    def _words(self, text: str, style: str) -> Any:
        paragraph = self.docx.add_paragraph(style=style)
        self.parts.words(paragraph, text)
        return paragraph

    def _points(self, points: tuple[Point, ...], level: int) -> None:
        for point in points:
            paragraph = self._words(point.text, "List Bullet" if level == 1 else f"List Bullet {level}")
            if point.original is not None:
                paragraph.add_run().add_break()
                self.parts.words(paragraph, point.original).italic = True
            self._points(point.points, min(level + 1, 3))


def _stretches(blocks: Iterable[Block]) -> list[list[Block]]:
    """Return blocks in stretches that stand on pages of one kind: headings, and what stands under the last of them."""
    found: list[list[Block]] = []
    for block in blocks:
        if not found or (isinstance(block, Heading) and not isinstance(found[-1][-1], Heading)):
            found.append([])
        found[-1].append(block)
    return found
