"""How much room a table or a figure has where it stands."""

from __future__ import annotations

from typing import Any

from docx.oxml.ns import qn

from .paragraphs import TBL, TC, ancestor
from .styles import StyleNames

_CM = 1440 / 2.54
"""Twentieths of a point in a centimetre."""
_PAGE = {"w": 11906, "h": 16838}
_MARGIN, _CELL, _GAP = 1440, 108, 708
"""What holds where the document does not say: margins of a page and of a cell, and the room between columns of text."""
_SHARE = 0.8
"""The part of a page's height that a picture may take, so that its caption and notes stand with it."""


def room(paragraph: Any, styles: StyleNames) -> tuple[float, float]:
    """Return the width and height in centimetres that there are for something in place of a paragraph."""
    width, height = _page(paragraph)
    cell = ancestor(paragraph, TC)
    if cell is not None:
        width = _cell(cell, width)
    return max(width - styles.indent(paragraph), width / 2) / _CM, _SHARE * height / _CM


def _page(paragraph: Any) -> tuple[float, float]:
    """Return the width of a column of text, and its height, in the section that a paragraph is in."""
    section = _section(paragraph)
    size, margins, columns = (
        section.find(qn(f"w:{n}")) if section is not None else None for n in ("pgSz", "pgMar", "cols")
    )
    width = _number(size, "w", _PAGE["w"]) - sum(_number(margins, side, _MARGIN) for side in ("left", "right"))
    height = _number(size, "h", _PAGE["h"]) - sum(abs(_number(margins, side, _MARGIN)) for side in ("top", "bottom"))
    width -= _number(margins, "gutter", 0)
    several = [_number(column, "w", width) for column in columns] if columns is not None else []
    if several:
        return min(several), height
    number = _number(columns, "num", 1)
    return (width - (number - 1) * _number(columns, "space", _GAP)) / number, height


def _section(paragraph: Any) -> Any:
    """Return the properties of the section that a paragraph is in: they stand at its end."""
    body = next(outer for outer in paragraph.iterancestors(qn("w:body")))
    block = next(outer for outer in (paragraph, *paragraph.iterancestors()) if outer.getparent() is body)
    for other in (block, *block.itersiblings()):
        if other.tag == qn("w:sectPr"):
            return other
        found = next(other.iter(qn("w:sectPr")), None)
        if found is not None:
            return found
    return None


def _cell(cell: Any, page: float) -> float:
    """Return the width inside of a cell."""
    table = ancestor(cell, TBL)
    look = cell.find(qn("w:tcPr"))
    width = look.find(qn("w:tcW")) if look is not None else None
    grid = [_number(column, "w", 0) for column in table.find(qn("w:tblGrid"))]
    if width is not None and width.get(qn("w:type")) == "dxa":
        whole = _number(width, "w", 0)
    else:
        whole = _spanned(cell, grid) or page / max(len(grid), 1)
    return max(whole - _margins(table), whole / 2)


def _spanned(cell: Any, grid: list[float]) -> float:
    """Return the width of the columns that a cell stands in."""
    before = [_span(other) for other in cell.itersiblings(TC, preceding=True)]
    return sum(grid[sum(before) : sum(before) + _span(cell)])


def _span(cell: Any) -> int:
    found = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
    return int(_number(found, "val", 1))


def _margins(table: Any) -> float:
    """Return the air at both sides of a cell's text."""
    found = table.find(f"{qn('w:tblPr')}/{qn('w:tblCellMar')}")
    sides = (("left", "start"), ("right", "end"))
    if found is None:
        return 2 * _CELL
    return sum(
        next(
            (_number(found.find(qn(f"w:{n}")), "w", _CELL) for n in names if found.find(qn(f"w:{n}")) is not None),
            _CELL,
        )
        for names in sides
    )


def _number(element: Any, name: str, usual: float) -> float:
    value = None if element is None else element.get(qn(f"w:{name}"))
    try:
        return usual if value is None else float(value)
    except ValueError:
        return usual
