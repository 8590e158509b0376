"""How documents look: page, styles, and how wide the columns of tables are and how large their text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import ceil
from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from ...errors import StudyError
from ...i18n import Locale
from ..drawing import text_width
from ..views import TableView
from .word import ACCENT, FONT, INK, QUIET, element

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
