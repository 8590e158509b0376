"""Tables and figures as HTML that works with a screen reader, by keyboard, and in a notebook."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import inf

from markupsafe import Markup, escape

from ..i18n import Locale
from .views import FigureView, Row, TableView

NARROWEST = 18
"""Rem: the room for a table in the narrowest window."""
WORDS = 80
"""Letters that the longest words of all headings have together before they stand upright, since words are not broken."""


def table_html(view: TableView, locale: Locale) -> Markup:
    """Return a table with caption, scoped header cells and notes, in a box that scrolls by keyboard."""
    caption = f"{view.anchor}--caption"
    heading = _numbered(locale.text("Table {number}", number=view.number) if view.number else "", view.title)
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(_class(column.kind), column.label) for column in view.columns
    )
    longest = sum(max(map(len, column.label.split()), default=0) for column in view.columns)
    return Markup(
        '<div class="table" id="{id}"><div {scroll}>'
        '<table{upright}><caption id="{caption}">{heading}</caption><thead><tr><th scope="col">{stub}</th>{head}</tr></thead>{body}'
        "</table></div>{notes}</div>"
    ).format(
        id=view.anchor,
        caption=caption,
        scroll=_scrolling(caption, _width(view, locale)),
        upright=Markup(' class="upright"') if longest > WORDS else "",
        heading=heading,
        stub=view.stub,
        head=head,
        body=Markup("").join(_bodies(view, locale)),
        notes=notes_html(view.notes),
    )


def _scrolling(caption: str, width: float = inf) -> Markup:
    """Return the attributes of a box that scrolls sideways and is a stop for the keyboard, but where its content has room for certain."""
    if width <= NARROWEST:
        return Markup('class="scroll"')
    room = next((f" within-{most}" for most in (44, 58) if width <= most), "")
    return Markup('class="scroll{}" role="region" tabindex="0" aria-labelledby="{}"').format(room, caption)


def _width(view: TableView, locale: Locale) -> float:
    """Return more than a table is wide, in rem: its longest words, and the cells that are not broken."""
    from .drawing import text_width

    def widest(texts: Iterable[str]) -> float:
        return max((text_width(text) for text in texts), default=0)

    def words(texts: Iterable[str]) -> float:
        return widest(word for text in texts for word in re.split(r"[\s-]", text))

    stub = max(9.0, 1.2 + 0.94 * words([view.stub, *(row.label for row in view.rows)]))
    cells = zip(*(view.written(row, locale) for row in view.rows), strict=True)
    columns = (
        max(4.5, 1.2 + 0.94 * max(words([column.label]), (words if column.kind == "text" else widest)(texts)))
        for column, texts in zip(view.columns, cells, strict=bool(view.rows))
    )
    return stub + sum(columns)


def _bodies(view: TableView, locale: Locale) -> Iterator[Markup]:
    """Return a `tbody` a section, its heading a row of its own."""
    for section, rows in groupby(view.rows, key=lambda row: row.section):
        heading = (
            Markup('<tr class="section"><th scope="rowgroup" colspan="{}">{}</th></tr>').format(
                len(view.columns) + 1, section
            )
            if section is not None
            else Markup("")
        )
        yield Markup("<tbody>{}{}</tbody>").format(heading, Markup("").join(_row(view, row, locale) for row in rows))


def _row(view: TableView, row: Row, locale: Locale) -> Markup:
    cells = Markup("").join(
        Markup("<td{}>{}</td>").format(_class(column.kind), text)
        for column, text in zip(view.columns, view.written(row, locale), strict=True)
    )
    return Markup('<tr id="{}"{}><th scope="row">{}</th>{}</tr>').format(
        view.row_anchor(row.key),
        Markup(' class="total"') if row.total else Markup(' class="sum"') if row.sum else "",
        row.label,
        cells,
    )


def figure_html(view: FigureView, locale: Locale) -> Markup:
    """Return a figure: the drawing with its text alternative, wide and narrow, and a caption."""
    heading = _numbered(locale.text("Figure {number}", number=view.number) if view.number else "", view.title)
    if view.narrow:  # one of the two always has room
        drawing = Markup('<div class="wide">{}</div><div class="narrow">{}</div>').format(
            Markup(view.svg), Markup(view.narrow)
        )
    else:
        drawing = Markup("<div {}>{}</div>").format(_scrolling(f"{view.anchor}--caption"), Markup(view.svg))
    return Markup('<figure id="{}"><figcaption id="{}--caption">{}</figcaption>{}{}</figure>').format(
        view.anchor, view.anchor, heading, drawing, notes_html(view.caption)
    )


def folded_html(summary: str, inside: Sequence[Markup]) -> Markup:
    """Return what is behind a line that opens it."""
    return Markup('<details class="more"><summary>{}</summary>{}</details>').format(summary, Markup("").join(inside))


def reading_html(sentences: Sequence[Markup | str]) -> Markup:
    """Return sentences as a reading: a paragraph, or a list where they are more than two; nothing where there are none."""
    if not sentences:
        return Markup("")
    if len(sentences) > 2:
        inside = Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(one) for one in sentences))
    else:
        inside = Markup("<p>{}</p>").format(Markup(" ").join(escape(one) for one in sentences))
    return Markup('<div class="reading">{}</div>').format(inside)


def _numbered(number: str, title: str) -> Markup:
    label = Markup('<span class="number">{}.</span> ').format(number) if number else Markup("")
    return Markup('{}<span class="title">{}</span>').format(label, title)


def notes_html(notes: Iterable[str]) -> Markup:
    """Return the notes under a table or figure."""
    return Markup("").join(Markup('<span class="note">{} </span>').format(note) for note in notes)


def _class(kind: str) -> Markup:
    # A lab aligns what has no style of its own to the right.
    return Markup(' style="text-align:left"' if kind == "text" else f' class="{kind}"')
