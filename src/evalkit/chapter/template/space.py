"""How much space a table or a figure has where it stands."""

from __future__ import annotations

from typing import Any

from docx.oxml.ns import qn

from .paragraphs import TBL, TC, ancestor, part, setting
from .styles import StyleNames

_CM = 1440 / 2.54
"""Twentieths of a point in a centimetre."""
_PAGE = {"w": 11906, "h": 16838}
_MARGIN, _CELL, _GAP = 1440, 108, 708
"""What holds where the document does not say: margins of a page and of a cell, and the room between columns of text."""
_SHARE = 0.8
"""The part of a page's height that a picture may take, so that its caption and notes stand with it."""


def space(paragraph: Any, styles: StyleNames) -> tuple[float, float]:
    """Return the width and height in centimetres that there are for something in place of a paragraph."""
    width, height = _page(paragraph)
    cell = ancestor(paragraph, TC)
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
    columns = part(section, "w:cols")
    if columns is not None and len(columns):
        return min(_number(column, ".", "w:w", width) for column in columns), height
    number = _number(columns, ".", "w:num", 1)
    return (width - (number - 1) * _number(columns, ".", "w:space", _GAP)) / number, height


def _cell(cell: Any, page: float) -> float:
    """Return the width inside of a cell."""
    table = ancestor(cell, TBL)
    grid = [_number(column, ".", "w:w", 0) for column in table.find(qn("w:tblGrid"))]
    if setting(cell, "w:tcPr/w:tcW", "w:type") == "dxa":
        whole = _number(cell, "w:tcPr/w:tcW", "w:w", 0)
    else:
        before = sum(_span(other) for other in cell.itersiblings(TC, preceding=True))
        whole = sum(grid[before : before + _span(cell)]) or page / max(len(grid), 1)
    return max(whole - _margins(table), whole / 2)


def _span(cell: Any) -> int:
    return int(_number(cell, "w:tcPr/w:gridSpan", "w:val", 1))


def _margins(table: Any) -> float:
    """Return the air at both sides of a cell's text."""
    found = part(table, "w:tblPr/w:tblCellMar")
    old = [_number(found, f"w:{side}", "w:w", _CELL) for side in ("left", "right")]
    return sum(_number(found, f"w:{side}", "w:w", usual) for side, usual in zip(("start", "end"), old, strict=True))


def _number(element: Any, path: str, name: str, usual: float) -> float:
    value = setting(element, path, name)
    try:
        return usual if value is None else float(value)
    except ValueError:
        return usual
