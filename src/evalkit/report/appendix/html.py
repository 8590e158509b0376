"""Appendices as HTML: the same blocks as in the document, in the page's order of headings."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from markupsafe import Markup

from ..views import FigureView, TableView
from .blocks import Block, Heading, Paragraph, Point, Points, References

_PARAGRAPHS = {
    "text": "<p>{}</p>",
    "lead": '<p class="remark">{}</p>',
    "note": '<p class="remark">{}</p>',
    "quote": "<blockquote><p>{}</p></blockquote>",
}


def appendix_html(blocks: Iterable[Block], show: Callable[[TableView | FigureView], Markup]) -> str:
    """Return blocks as HTML.

    Parameters
    ----------
    blocks
        A section of the appendices; its headings stand one level lower than in a document, below the page's own.
    show
        Shows a table or figure: the page numbers them.
    """

    def html(block: Block) -> Markup:
        match block:
            case Heading(level, text):
                return Markup("<h{level}>{text}</h{level}>").format(level=level + 1, text=text)
            case Paragraph(text, kind):
                return Markup(_PARAGRAPHS[kind]).format(text)
            case Points(points):
                return _list(points)
            case References(entries):
                items = Markup("").join(Markup("<li>{}</li>").format(entry) for entry in entries)
                return Markup('<ul class="references">{}</ul>').format(items)
        return show(block)

    return "".join(map(html, blocks))


def _list(points: Iterable[Point]) -> Markup:
    entries = []
    for point in points:
        original = Markup('<span class="original">{}</span>').format(point.original) if point.original else ""
        below = _list(point.points) if point.points else ""
        entries.append(Markup("<li>{}{}{}</li>").format(point.text, original, below))
    return Markup("<ul>{}</ul>").format(Markup("").join(entries))
