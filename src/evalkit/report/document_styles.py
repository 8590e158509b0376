"""How a document looks: its page and its styles."""

from __future__ import annotations

from typing import Any

from ..errors import StudyError
from .word import ACCENT, FONT, INK, QUIET, element

NUMERIC = frozenset({"count", "percent", "number", "p", "interval"})
"""The kinds of columns that stand to the right."""
TEXT_WIDTH, TEXT_HEIGHT = 16.0, 25.1
"""Centimetres between the margins."""
WHOLE = 30
"""A table of at most about this many lines stands on one page."""

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
    "Table Heading": {"size": 9, "bold": True, "colour": INK, "after": 0, "line": 1.0},
    "Table Text": {"size": 9, "colour": INK, "after": 0, "line": 1.0},
    "Table Note": {"size": 8.5, "colour": QUIET, "before": 3, "after": 0, "line": 1.0},
    "Reference": {"size": 10.5, "after": 6, "left": 1.0, "hang": 1.0},
    "Header": {"size": 8.5, "colour": QUIET},
    "Footer": {"size": 8.5, "colour": QUIET},
}


def style_document(document: Any) -> None:
    """Give a new document its page and its styles."""
    from docx.shared import Cm

    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin, section.bottom_margin = Cm(2.4), Cm(2.2)
    for name, look in _STYLES.items():
        style = _named(document, name) or _new(document, name)
        _look(style, look)
        _set_font(style)
    for name in ("List Bullet", "List Bullet 2", "List Bullet 3"):
        style = document.styles[name]
        _look(style, {"size": 10.5, "after": 4})
        _set_font(style)


def add_table_styles(document: Any) -> None:
    """Give an author's document the styles of tables and figures that it lacks, in its own font; those it has stay as they are."""
    for name in TABLE_STYLES:
        if _named(document, name) is None:
            style = _new(document, name)
            _look(style, _STYLES[name])
            _set_flush(style)


def paragraph_style(document: Any, name: str) -> Any:
    """Return a style of paragraphs by its name, whatever its id is in the language of the author's program.

    Raises
    ------
    StudyError
        When there is none, or the name is that of another kind of style.
    """
    from docx.enum.style import WD_STYLE_TYPE

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
    from docx.enum.style import WD_STYLE_TYPE

    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles.default(WD_STYLE_TYPE.PARAGRAPH)
    return style


def _look(style: Any, look: dict[str, Any]) -> None:
    from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
    from docx.shared import Cm, Pt, RGBColor

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
    from docx.oxml.ns import qn

    fonts = style.element.get_or_add_rPr().find(qn("w:rFonts"))
    if fonts is None:
        fonts = element("rFonts")
        style.element.get_or_add_rPr().insert(0, fonts)
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)


def _set_flush(style: Any) -> None:
    """Set lines flush left, whatever the author's own paragraphs do."""
    form = style.paragraph_format
    form.alignment = 0
    form.left_indent = form.right_indent = form.first_line_indent = 0
