"""How wide the columns of a document's tables are, and how large their text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import ceil
from typing import Any

from .document_styles import TEXT_WIDTH
from .drawing import text_width
from .views import TableView

PADDING = 0.3
"""Centimetres: the air beside a text."""
SIZES = (9.0, 8.0, 7.0)
"""Points: a table is set in the first of these in which no word is broken; one of many columns from the second on."""
MANY = 3
"""A table of more columns than this has many."""
LINE, HEADING = 7.0, 3.4
"""Centimetres: a text up to this long stands on one line where there is room; so does a heading."""


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
    from docx.shared import Cm

    columns = [[row.label for row in view.rows], *map(list, zip(*written, strict=True))]
    headings = [view.stub, *(column.label for column in view.columns)]
    least, wanted = [], []
    for heading, texts in zip(headings, columns, strict=True):
        least.append(max(_longest(_words([heading]), bold=True), _longest(_words(texts))))
        wanted.append(max(least[-1], min(_longest([heading], bold=True), HEADING), _wanted(texts)))
    sizes = SIZES[len(view.columns) > MANY :]
    size = next((size for size in sizes if sum(_sized(least, size)) <= width), sizes[-1])
    return [Cm(share) for share in _shared(_sized(least, size), _sized(wanted, size), width)], size


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


def _wanted(texts: Sequence[str]) -> float:
    """Return the width at which a column's texts look well: short ones on one line, long ones on several."""
    longest = _longest(texts)
    return min(longest, LINE + max(longest - LINE, 0.0) / 2, TEXT_WIDTH)
