"""Tables and figures in place of a paragraph that an author left for them, as large as there is space for."""

from __future__ import annotations

from typing import Any

from docx.blkcntnr import BlockItemContainer
from docx.oxml import OxmlElement
from docx.text.paragraph import Paragraph

from ...i18n import Locale
from ...report.files.word import Parts, add_table_styles
from ...report.views import FigureView, TableView
from . import paragraphs

_LABELS = {"table": {"table", "tabell"}, "figure": {"figure", "figur"}}
"""The words that a caption begins with, in the languages of reports."""
_CM = 1440 / 2.54
"""Twentieths of a point in a centimetre."""
_PAGE = {"w": 11906, "h": 16838}
_MARGIN, _CELL, _GAP = 1440, 108, 708
"""What holds where the document does not say: margins of a page and of a cell, and the room between columns of text."""
_SHARE = 0.8
"""The part of a page's height that a picture may take, so that its caption and notes stand with it."""


class Blocks:
    """Puts tables and figures into a document, as wide as there is room for.

    Each gets a numbered caption, unless the paragraph before (of a figure: or after) is a caption.

    Parameters
    ----------
    document, styles
        The document, and its author's styles.
    locale
        The language of captions and numbers.
    """

    def __init__(self, document: Any, styles: paragraphs.StyleNames, locale: Locale) -> None:
        self._docx, self._styles, self._locale = document, styles, locale
        self._taken: list[Any] = []
        self.count = 0

    def put(self, paragraph: Any, view: TableView | FigureView) -> None:
        """Put a table or a figure in place of a paragraph's text."""
        self.count += 1
        add_table_styles(self._docx)
        paragraphs.split_before_break(paragraph)
        paragraphs.clear(paragraph)
        body = OxmlElement("w:body")
        width, height = space(paragraph, self._styles)
        parts = Parts(self._docx, self._locale, BlockItemContainer(body, self._docx._body), width, height)
        if isinstance(view, TableView):
            self._table(paragraph, body, parts, view)
        else:
            self._figure(paragraph, body, parts, view)

    def _table(self, paragraph: Any, body: Any, parts: Parts, view: TableView) -> None:
        if not self._has_caption(paragraph, "table", -1):
            parts.caption("table", view.title)
        parts.grid(view)
        parts.notes(view.notes)
        made = list(body)
        for block in made:
            paragraph.addprevious(block)
        _move_break(paragraph, made[0])
        paragraphs.remove_paragraph(paragraph)

    def _figure(self, paragraph: Any, body: Any, parts: Parts, view: FigureView) -> None:
        last = paragraph
        if not self._has_caption(paragraph, "figure", -1):
            if self._has_caption(paragraph, "figure", 1):
                last = paragraphs.neighbour(paragraph, 1)
            else:
                parts.caption("figure", view.title)
                _move_break(paragraph, body[0])
                paragraph.addprevious(body[0])
        self._picture(paragraph, parts, view)
        parts.notes(view.caption)
        _add_after(last, list(body))

    def _picture(self, paragraph: Any, parts: Parts, view: FigureView) -> None:
        """Put a picture into the author's own paragraph, and give it the room it needs."""
        holder = Paragraph(paragraph, self._docx._body)
        parts.picture(holder, view)
        form = holder.paragraph_format
        form.line_spacing, form.first_line_indent = 1.0, 0
        form.keep_with_next = bool(view.caption) or form.keep_with_next

    def _has_caption(self, paragraph: Any, kind: str, step: int) -> bool:
        """Whether the author gave a table or figure a caption; one caption is for one of them."""
        caption = self._styles.caption(paragraph, step)
        others = {word for other, words in _LABELS.items() if other != kind for word in words}
        if caption is None or caption in self._taken:
            return False
        own = not others & set(paragraphs.text_of(caption).casefold().split()[:1])
        self._taken += [caption] if own else []
        return own


def _move_break(paragraph: Any, first: Any) -> None:
    """Let what comes before a paragraph begin the page that the paragraph was to begin."""
    found = paragraphs.part(paragraph, "w:pPr/w:pageBreakBefore")
    if found is not None and first.tag == paragraphs.P:
        first.get_or_add_pPr()._insert_pageBreakBefore(found)


def _add_after(last: Any, made: list[Any]) -> None:
    """Add paragraphs after another, inside its section."""
    section = paragraphs.part(last, "w:pPr/w:sectPr")
    for block in reversed(made):
        last.addnext(block)
    if section is not None and made:
        made[-1].get_or_add_pPr()._insert_sectPr(section)


def space(paragraph: Any, styles: paragraphs.StyleNames) -> tuple[float, float]:
    """Return the width and height in centimetres that there are for something in place of a paragraph."""
    width, height = _page(paragraph)
    cell = paragraphs.ancestor(paragraph, paragraphs.TC)
    if cell is not None:
        width = _cell(cell, width)
    return max(width - styles.indent(paragraph), width / 2) / _CM, _SHARE * height / _CM


def _page(paragraph: Any) -> tuple[float, float]:
    """Return the width of a column of text, and its height, in the section that a paragraph is in: it is told at its end."""
    section = next(iter(paragraph.xpath("(.//w:sectPr | following::w:sectPr)[1]")), None)
    width = _number(section, "w:pgSz", "w:w", _PAGE["w"]) - _number(section, "w:pgMar", "w:gutter", 0)
    height = _number(section, "w:pgSz", "w:h", _PAGE["h"])
    width -= sum(_number(section, "w:pgMar", side, _MARGIN) for side in ("w:left", "w:right"))
    height -= sum(abs(_number(section, "w:pgMar", side, _MARGIN)) for side in ("w:top", "w:bottom"))
    columns = paragraphs.part(section, "w:cols")
    if columns is not None and len(columns):
        return min(_number(column, ".", "w:w", width) for column in columns), height
    number = _number(columns, ".", "w:num", 1)
    return (width - (number - 1) * _number(columns, ".", "w:space", _GAP)) / number, height


def _cell(cell: Any, page: float) -> float:
    """Return the width inside of a cell."""
    grid = [_number(column, ".", "w:w", 0) for column in paragraphs.ancestor(cell, paragraphs.TBL).tblGrid]
    whole = sum(grid[cell.grid_offset :][: cell.grid_span]) or page / max(len(grid), 1)
    if paragraphs.setting(cell, "w:tcPr/w:tcW", "w:type") == "dxa":
        whole = _number(cell, "w:tcPr/w:tcW", "w:w", whole)
    return max(whole - 2 * _CELL, whole / 2)


def _number(element: Any, path: str, name: str, usual: float) -> float:
    value = paragraphs.setting(element, path, name)
    try:
        return usual if value is None else float(value)
    except ValueError:
        return usual
