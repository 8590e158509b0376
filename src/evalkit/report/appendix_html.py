"""Appendices as HTML: the same blocks as in the document, in the page's order of headings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from .appendix_blocks import Block, Heading, Paragraph, Point, References
from .shown import Shown
from .views import FigureView, TableView

if TYPE_CHECKING:
    from markupsafe import Markup

_PARAGRAPHS = {
    "text": "<p>{}</p>",
    "lead": '<p class="remark">{}</p>',
    "note": '<p class="remark">{}</p>',
    "quote": "<blockquote><p>{}</p></blockquote>",
}


def appendix_html(blocks: Iterable[Block], show: Callable[[TableView | FigureView], Shown]) -> str:
    """Return blocks as HTML.

    Parameters
    ----------
    blocks
        A section of the appendices; its headings stand one level lower than in a document, below the page's own.
    show
        Shows a table or figure: the page numbers them.
    """
    return "".join(str(_block(block, show)) for block in blocks)


def _block(block: Block, show: Callable[[TableView | FigureView], Shown]) -> Markup:
    from markupsafe import Markup

    if isinstance(block, TableView | FigureView):
        return Markup(show(block).html)
    if isinstance(block, Heading):
        return Markup("<h{level}>{text}</h{level}>").format(level=block.level + 1, text=block.text)
    if isinstance(block, Paragraph):
        return Markup(_PARAGRAPHS[block.kind]).format(block.text)
    if isinstance(block, References):
        entries = Markup("").join(Markup("<li>{}</li>").format(entry) for entry in block.entries)
        return Markup('<ul class="references">{}</ul>').format(entries)
    return _list(block.points)


def _list(points: Iterable[Point]) -> Markup:
    from markupsafe import Markup

    return Markup("<ul>{}</ul>").format(Markup("").join(_point(point) for point in points))


def _point(point: Point) -> Markup:
    from markupsafe import Markup

    original = Markup('<span class="original">{}</span>').format(point.original) if point.original else ""
    return Markup("<li>{}{}{}</li>").format(point.text, original, _list(point.points) if point.points else "")
