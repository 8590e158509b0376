"""Documents for Word, whichever they are: what python-docx leaves out, how they look, and their tables, figures, captions and notes.

Fields, languages, repeating header rows, rules of tables, columns as wide as their words need, and files that are the same every time.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from copy import deepcopy
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Any, Literal

from docx import Document
from docx.image.image import Image
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from ...errors import StudyError
from ...i18n import Locale
from ..appendix.blocks import Foreign
from ..drawing import text_width
from ..views import FigureView, TableView
from . import MADE

LANGUAGES = {"nb": "nb-NO", "en": "en-GB"}
"""The language tags of documents."""
INK, FONT = "1E2B3C", "Arial"
NUMERIC = frozenset({"count", "percent", "number", "p", "interval"})
"""The kinds of columns that stand to the right."""
PAGE_WIDTH, PAGE_HEIGHT = 21.0, 29.7
"""Centimetres: a page that stands upright."""
TEXT_WIDTH, TEXT_HEIGHT = 16.0, 25.1
"""Centimetres between the margins."""
TURNED_WIDTH, TURNED_HEIGHT = 24.7, 12.5
"""The same of a page that lies on its side, less the caption and notes of a picture."""
WHOLE = 30
"""A table of at most about this many lines stands on one page."""
PADDING = 0.3
"""Centimetres: the air beside a text."""
SIZES = (9.0, 8.0, 7.0)
"""Points: a table is set in the first of these in which no word is broken; one of many columns from the second on."""
MANY = 3
"""A table of more columns than this has many."""
LINE, HEADING = 7.0, 3.4
"""Centimetres: a text up to this long stands on one line where there is room; so does a heading."""

TABLE_STYLES = ("Report Table", "Caption", "Table Heading", "Table Text", "Table Note")
"""The styles of tables and figures, which an author's document may define for itself."""
TEMPLATE = str(Path(__file__).with_name("document.docx"))
"""An empty document with the suite's page and styles: to change how documents look, open it in Word."""


def new_document(locale: Locale) -> Any:
    """Return an empty document with the suite's page and styles, in a language."""
    made, tag = Document(TEMPLATE), LANGUAGES[locale.language]
    made.core_properties.language = tag
    for part in (made.styles.element, made.settings.element):
        for language in part.xpath("w:docDefaults//w:lang | w:themeFontLang"):
            language.set(qn("w:val"), tag)
    return made


def content(made: Any) -> bytes:
    """Return a document, or slides, as the content of a file."""
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def described(made: Any, title: str) -> Any:
    """Give a document, or slides, its title and the suite's date; return its properties."""
    about = made.core_properties
    about.title, about.author = title, "evalkit"
    about.created = about.modified = MADE
    return about


def element(name: str, /, *children: Any, **attributes: str) -> Any:
    """Return an element of WordprocessingML with its children; attributes without their prefix."""
    made = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    made.extend(children)
    return made


def add_field(paragraph: Any, instruction: str, result: str, **attributes: str) -> None:
    """Add a field, such as `PAGE`, with what it shows until it is updated."""
    code = element("instrText")
    code.text = instruction
    for part in (
        element("fldChar", fldCharType="begin", **attributes),
        code,
        element("fldChar", fldCharType="separate"),
    ):
        paragraph.add_run()._r.append(part)
    paragraph.add_run(result)
    paragraph.add_run()._r.append(element("fldChar", fldCharType="end"))


def add_bookmark(paragraph: Any, name: str, number: int) -> None:
    """Make a paragraph the target of links and of the contents."""
    paragraph._p.insert(1 if paragraph._p.pPr is not None else 0, element("bookmarkStart", id=str(number), name=name))
    paragraph._p.append(element("bookmarkEnd", id=str(number)))


def add_link(paragraph: Any, target: str, text: str) -> None:
    """Add a link to a bookmark."""
    paragraph._p.append(element("hyperlink", paragraph.add_run(text)._r, anchor=target, history="1"))


def same_bytes(content: bytes, changed: Callable[[str, bytes], bytes] = lambda _, part: part) -> bytes:
    """Return a zip file with its entries, each `changed` by name and content, in order of name and without their dates."""
    source = zipfile.ZipFile(io.BytesIO(content))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        names = sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, changed(name, source.read(name)))
    return out.getvalue()


def add_table_styles(document: Any) -> None:
    """Give an author's document the styles of tables and figures that it lacks, in its own font; those it has stay as they are."""
    for name in TABLE_STYLES:
        if _named(document, name) is None:
            made = deepcopy(Document(TEMPLATE).styles[name].element)
            for font in made.xpath("w:rPr/w:rFonts"):
                made.rPr.remove(font)
            document.styles.element.append(made)
            style = document.styles[name]
            style.base_style = document.styles.default(style.type)


def style_of(document: Any, name: str) -> Any:
    """Return a style of tables and figures by its name, whatever its id is in the language of the author's program.

    Raises
    ------
    StudyError
        When there is none, or the name is that of another kind of style.
    """
    style, kind = _named(document, name), "TABLE" if name == TABLE_STYLES[0] else "PARAGRAPH"
    if style is None or style.type.name != kind:
        what = f"the document has no style of {kind.lower()}s named '{name}'"
        raise StudyError(what, hint="define it in Word, or delete it")
    return style


def _named(document: Any, name: str) -> Any:
    """Return a style by name, capitals or not, else None."""
    return next((style for style in document.styles if (style.name or "").casefold() == name.casefold()), None)


def column_widths(
    view: TableView, written: Sequence[Sequence[str]], width: float = TEXT_WIDTH
) -> tuple[list[Any], float]:
    """Return the widths of a table's columns and the size of its text in points: no word is broken, long texts share what is left.

    Texts are measured in a font wider than the document's own, since a reader may have neither that nor one like it.

    Parameters
    ----------
    view
        The table.
    written
        Its values as texts, row by row.
    width
        Centimetres that there are for all columns.
    """
    columns = [[row.label for row in view.rows], *map(list, zip(*written, strict=True))]
    headings = [view.stub, *(column.label for column in view.columns)]
    least, wanted = [], []
    for heading, texts in zip(headings, columns, strict=True):
        longest = _longest(texts)
        least.append(max(_longest(_words([heading]), bold=True), _longest(_words(texts))))
        # short texts stand on one line, long ones on several
        comfortable = min(longest, LINE + max(longest - LINE, 0.0) / 2, TEXT_WIDTH)
        wanted.append(max(least[-1], min(_longest([heading], bold=True), HEADING), comfortable))
    sizes = SIZES[len(view.columns) > MANY and width <= TEXT_WIDTH :]
    size = next((size for size in sizes if sum(_sized(least, size)) <= width), sizes[-1])
    return [Cm(share) for share in _shared(_sized(least, size), _sized(wanted, size), width)], size


def is_wide(view: TableView, locale: Locale) -> bool:
    """Whether a table has so many columns that it is small or long on a page that stands upright, and is better on a turned one."""
    written = [view.written(row, locale) for row in view.rows]
    widths, size = column_widths(view, written)
    texts = [[row.label, *values] for row, values in zip(view.rows, written, strict=True)]
    return len(view.columns) > MANY and (size == SIZES[-1] or line_count(texts, widths, size) > WHOLE)


def line_count(texts: Sequence[Sequence[str]], widths: Sequence[Any], size: float) -> int:
    """Return about how many lines the rows of a table take, each as many as its longest text needs in its column."""
    rooms = [max(width.cm - PADDING, 0.1) * SIZES[0] / size for width in widths]
    return sum(max(ceil(_longest([text]) / room) for text, room in zip(row, rooms, strict=True)) or 1 for row in texts)


def _sized(widths: Sequence[float], size: float) -> list[float]:
    """Return what columns take in a size, the air beside their texts included."""
    return [width * size / SIZES[0] + PADDING for width in widths]


def _shared(least: Sequence[float], wanted: Sequence[float], width: float) -> list[float]:
    """Return widths between what columns need and what they want, as far as there is room."""
    low, high = sum(least), sum(wanted)
    if high <= width:
        return list(wanted)
    if low >= width:
        return [need * width / low for need in least]
    part = (width - low) / (high - low)
    return [need + part * (want - need) for need, want in zip(least, wanted, strict=True)]


def _words(texts: Sequence[str]) -> list[str]:
    return [word for text in texts for word in re.split(r" |(?<=-)", text)]


def _longest(texts: Sequence[str], *, bold: bool = False) -> float:
    """Return the width of the longest text in centimetres, in the largest size of tables."""
    return max((text_width(text, bold=bold) for text in dict.fromkeys(texts)), default=0.0) * SIZES[0] / 72 * 2.54


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
        self.styles = {name: style_of(docx, name) for name in TABLE_STYLES}
        self.numbers = {"table": 0, "figure": 0}

    def words(self, paragraph: Any, text: str) -> Any:
        """Add a text, with its language where that is not the document's, and return its run."""
        run = paragraph.add_run(str(text))
        if isinstance(text, Foreign):
            run._r.get_or_add_rPr().append(element("lang", val=LANGUAGES.get(text.lang, text.lang)))
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
        table = self.body.add_table(0, len(widths), sum(widths))
        table.autofit, table.style = False, self.styles["Report Table"]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width  # each cell of a row that is added takes its column's
        table._tbl.tblPr.append(element("tblCaption", val=view.title))  # what screen readers say before it
        right = [False, *(column.kind in NUMERIC for column in view.columns)]
        head = self._row(table, [view.stub, *(column.label for column in view.columns)], right, size, "Table Heading")
        head._tr.get_or_add_trPr().append(element("tblHeader"))  # it stands at the top of the table on every page
        texts = [[row.label, *values] for row, values in zip(view.rows, written, strict=True)]
        for section, rows in groupby(zip(view.rows, texts, strict=True), key=lambda pair: pair[0].section):
            if section is not None:
                self._section(table, section, size)
            for row, line in rows:
                made = self._row(table, line, right, size, "Table Text", bold=row.total)
                for cell in made.cells if row.total else ():  # a heavier rule above it
                    rule = element("top", val="single", sz="8", space="0", color=INK)
                    cell._tc.get_or_add_tcPr().append(element("tcBorders", rule))
        if line_count(texts, widths, size) <= WHOLE:
            _keep_together(table, with_next=bool(view.notes))

    def _section(self, table: Any, section: str, size: float) -> None:
        row = _new_row(table)
        cell = row.cells[0].merge(row.cells[-1])
        self._cell(cell, section, size, "Table Heading").paragraph_format.keep_with_next = True

    def _row(
        self, table: Any, texts: Sequence[str], right: Sequence[bool], size: float, style: str, *, bold: bool = False
    ) -> Any:
        row = _new_row(table)
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


def _new_row(table: Any) -> Any:
    """Add a row that stays on one page."""
    row = table.add_row()
    row._tr.get_or_add_trPr().append(element("cantSplit"))
    return row


def _keep_together(table: Any, *, with_next: bool) -> None:
    """Keep a table on one page, where it fits, and with the paragraph after it if that belongs to it."""
    for row in table.rows if with_next else table.rows[:-1]:
        for cell in row.cells:
            cell.paragraphs[0].paragraph_format.keep_with_next = True
