"""Documents for Word, whichever they are: what python-docx leaves out, how they look, and their tables, figures, captions and notes.

Fields, languages, repeating header rows, rules of tables, columns as wide as their words need, and files that are the same every time.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from itertools import groupby
from math import ceil
from typing import Any, Literal

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_ALIGN_VERTICAL
from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.image.image import Image
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from ...errors import StudyError
from ...i18n import Locale
from ..appendix.blocks import Foreign
from ..drawing import text_width
from ..views import FigureView, TableView
from . import MADE

LANGUAGES = {"nb": "nb-NO", "en": "en-GB"}
"""The language tags of documents."""
INK, QUIET, ACCENT, RULE = "1E2B3C", "4A5567", "12436D", "C9CFD6"
FONT = "Arial"
_AFTER_BORDERS = ("w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
_AFTER_CELL_BORDERS = ("w:shd", "w:noWrap", "w:tcMar", "w:vAlign")
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

TABLE_STYLES = ("Caption", "Table Heading", "Table Text", "Table Note")
"""The styles of tables and figures, which an author's document may define for itself."""
_STYLES: dict[str, dict[str, Any]] = {
    "Normal": {"size": 10.5, "after": 6, "line": 1.15},
    "Body Text": {"size": 10.5, "before": 6, "after": 6},
    "Title": {"size": 26, "bold": True, "colour": INK, "before": 60, "after": 4},
    "Subtitle": {"size": 16, "colour": QUIET, "after": 14},
    "Heading 1": {"size": 20, "bold": True, "colour": ACCENT, "before": 0, "after": 10, "keep": True},
    "Heading 2": {"size": 15, "bold": True, "colour": ACCENT, "before": 20, "after": 6, "keep": True},
    "Heading 3": {"size": 12, "bold": True, "colour": INK, "before": 16, "after": 4, "keep": True},
    "TOC Heading": {"size": 14, "bold": True, "colour": INK, "before": 26, "after": 6},
    "toc 1": {"size": 10.5, "after": 3, "tab": True},
    "toc 2": {"size": 10.5, "after": 3, "tab": True, "left": 0.6},
    "Caption": {"size": 10, "bold": True, "colour": INK, "before": 10, "after": 4, "keep": True},
    "Quote": {"size": 10.5, "italic": True, "colour": QUIET, "after": 6, "left": 0.6, "keep": True},
    "Note": {"size": 9.5, "colour": QUIET, "before": 4, "after": 6},
    "Lead": {"size": 9.5, "colour": QUIET, "before": 4, "after": 2, "keep": True},
    "Mark": {"size": 10.5, "colour": "7A3B00", "after": 8},
    "List Bullet": {"size": 10.5, "after": 4},
    "List Bullet 2": {"size": 10.5, "after": 4},
    "List Bullet 3": {"size": 10.5, "after": 4},
    "Table Heading": {"size": 9, "bold": True, "colour": INK, "after": 0, "line": 1.0},
    "Table Text": {"size": 9, "colour": INK, "after": 0, "line": 1.0},
    "Table Note": {"size": 8.5, "colour": QUIET, "before": 3, "after": 0, "line": 1.0},
    "Reference": {"size": 10.5, "after": 6, "left": 1.0, "hang": 1.0},
    "Header": {"size": 8.5, "colour": QUIET},
    "Footer": {"size": 8.5, "colour": QUIET},
}


def new_document(locale: Locale) -> Any:
    """Return an empty document with the suite's page and styles, in a language."""
    made = Document()
    style_document(made)
    set_document_language(made, locale.language)
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
    paragraph.add_run()._r.append(element("fldChar", fldCharType="begin", **attributes))
    instr = element("instrText")
    instr.text = instruction
    instr.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    paragraph.add_run()._r.append(instr)
    paragraph.add_run()._r.append(element("fldChar", fldCharType="separate"))
    paragraph.add_run(result)
    paragraph.add_run()._r.append(element("fldChar", fldCharType="end"))


def add_bookmark(paragraph: Any, name: str, number: int) -> None:
    """Make a paragraph the target of links and of the contents."""
    paragraph._p.insert(1 if paragraph._p.pPr is not None else 0, element("bookmarkStart", id=str(number), name=name))
    paragraph._p.append(element("bookmarkEnd", id=str(number)))


def add_link(paragraph: Any, target: str, text: str) -> None:
    """Add a link to a bookmark."""
    paragraph._p.append(element("hyperlink", paragraph.add_run(text)._r, anchor=target, history="1"))


def set_document_language(document: Any, language: str) -> None:
    """Make a language that of everything that does not say otherwise, and divide long words at the ends of lines."""
    tag, settings = LANGUAGES[language], document.settings.element
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    defaults.append(element("lang", val=tag, eastAsia=tag, bidi="ar-SA"))
    document.core_properties.language = tag
    settings.find(qn("w:themeFontLang")).set(qn("w:val"), tag)
    before = settings.find(qn("w:defaultTabStop"))
    settings.insert(list(settings).index(before) + 1 if before is not None else 0, element("autoHyphenation"))


def new_table(body: Any, widths: Sequence[Any], title: str) -> Any:
    """Add a table without rows: columns of these widths, light rules between rows and none between columns, some air in cells.

    The title is the text alternative that screen readers say before it.
    """
    table = body.add_table(0, len(widths), sum(widths))
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width  # each cell of a row that is added takes its column's
    rule = {"val": "single", "sz": "4", "space": "0", "color": RULE}
    drawn = {"top": rule, "left": None, "bottom": rule, "right": None, "insideH": rule, "insideV": None}
    borders = element("tblBorders", *(element(side, **(look or {"val": "nil"})) for side, look in drawn.items()))
    air = {"top": "40", "left": "70", "bottom": "40", "right": "70"}
    margins = element("tblCellMar", *(element(side, w=width, type="dxa") for side, width in air.items()))
    table._tbl.tblPr.insert_element_before(borders, *_AFTER_BORDERS)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")
    table._tbl.tblPr.append(element("tblCaption", val=title))
    return table


def rule_row(row: Any, side: str, size: str) -> None:
    """Draw a heavier rule above or below a row."""
    for cell in row.cells:
        borders = element("tcBorders", element(side, val="single", sz=size, space="0", color=INK))
        cell._tc.get_or_add_tcPr().insert_element_before(borders, *_AFTER_CELL_BORDERS)


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


def style_document(document: Any) -> None:
    """Give a new document its page and its styles."""
    section = document.sections[0]
    section.page_width, section.page_height = Cm(PAGE_WIDTH), Cm(PAGE_HEIGHT)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin, section.bottom_margin = Cm(2.4), Cm(2.2)
    for name, look in _STYLES.items():
        style = _named(document, name) or _new(document, name)
        _look(style, look)
        _set_font(style)


def add_table_styles(document: Any) -> None:
    """Give an author's document the styles of tables and figures that it lacks, in its own font; those it has stay as they are."""
    for name in TABLE_STYLES:
        if _named(document, name) is None:
            style = _new(document, name)
            _look(style, _STYLES[name])
            form = style.paragraph_format  # flush left, whatever the author's own paragraphs do
            form.alignment = form.left_indent = form.right_indent = form.first_line_indent = 0


def paragraph_style(document: Any, name: str) -> Any:
    """Return a style of paragraphs by its name, whatever its id is in the language of the author's program.

    Raises
    ------
    StudyError
        When there is none, or the name is that of another kind of style.
    """
    style = _named(document, name)
    if style is None or style.type != WD_STYLE_TYPE.PARAGRAPH:
        raise StudyError(
            f"the document has no style of paragraphs named '{name}'", hint="define it in Word, or delete it"
        )
    return style


def _named(document: Any, name: str) -> Any:
    """Return a style by name, capitals or not, else None."""
    return next((style for style in document.styles if (style.name or "").casefold() == name.casefold()), None)


def _new(document: Any, name: str) -> Any:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles.default(WD_STYLE_TYPE.PARAGRAPH)
    return style


def _look(style: Any, look: dict[str, Any]) -> None:
    style.font.size = Pt(look["size"])
    style.font.bold, style.font.italic = look.get("bold", False), look.get("italic", False)
    style.font.color.rgb = RGBColor.from_string(look.get("colour", INK))
    form = style.paragraph_format
    form.space_before, form.space_after = Pt(look.get("before", 0)), Pt(look.get("after", 0))
    form.line_spacing = look.get("line", 1.15)
    form.keep_with_next = look.get("keep", False)
    if "left" in look:
        form.left_indent = Cm(look["left"])
        form.first_line_indent = Cm(-look.get("hang", 0))
    if look.get("tab"):
        form.tab_stops.add_tab_stop(Cm(TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)


def _set_font(style: Any) -> None:
    """Make the font hold for every script, where the template names a theme's."""
    properties = style.element.get_or_add_rPr()
    for old in properties.findall(qn("w:rFonts")):
        properties.remove(old)
    properties.insert(0, element("rFonts", **dict.fromkeys(("ascii", "hAnsi", "cs", "eastAsia"), FONT)))


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
        self.styles = {name: paragraph_style(docx, name) for name in TABLE_STYLES}
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
        table = new_table(self.body, widths, view.title)
        right = [False, *(column.kind in NUMERIC for column in view.columns)]
        head = self._row(table, [view.stub, *(column.label for column in view.columns)], right, size, "Table Heading")
        head._tr.get_or_add_trPr().append(element("tblHeader"))  # it stands at the top of the table on every page
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
