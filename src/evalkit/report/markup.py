"""Tables and figures as HTML that works with a screen reader, by keyboard, and in a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from ..i18n import Locale
from .views import FigureView, Row, TableView

if TYPE_CHECKING:
    from markupsafe import Markup


WORDS = 80
"""Letters that the longest words of all headings have together before they stand upright, since words are not broken."""


def table_html(view: TableView, locale: Locale) -> Markup:
    """Return a table with caption, scoped header cells and notes, in a box that scrolls by keyboard."""
    from markupsafe import Markup

    caption = f"{view.anchor}--caption"
    heading = _numbered(locale.text("Table {number}", number=view.number) if view.number else "", view.title)
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(_class(column.kind), column.label) for column in view.columns
    )
    longest = sum(max(map(len, column.label.split()), default=0) for column in view.columns)
    return Markup(
        '<div class="table" id="{id}"><div class="scroll" role="region" tabindex="0" aria-labelledby="{caption}">'
        '<table{upright}><caption id="{caption}">{heading}</caption><thead><tr><th scope="col">{stub}</th>{head}</tr></thead>{body}'
        "</table></div>{notes}</div>"
    ).format(
        id=view.anchor,
        caption=caption,
        upright=Markup(' class="upright"') if longest > WORDS else "",
        heading=heading,
        stub=view.stub,
        head=head,
        body=Markup("").join(_bodies(view, locale)),
        notes=_notes(view.notes),
    )


def _bodies(view: TableView, locale: Locale) -> Iterator[Markup]:
    """Return a `tbody` a section, its heading a row of its own."""
    from markupsafe import Markup

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
    from markupsafe import Markup

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
    from markupsafe import Markup

    heading = _numbered(locale.text("Figure {number}", number=view.number) if view.number else "", view.title)
    return Markup(
        '<figure id="{id}"><figcaption id="{id}--caption">{heading}</figcaption>'
        '<div class="scroll" role="region" tabindex="0" aria-labelledby="{id}--caption">{drawing}</div>{narrow}{notes}</figure>'
    ).format(
        id=view.anchor,
        heading=heading,
        drawing=Markup(view.svg),
        narrow=Markup('<div class="narrow">{}</div>').format(Markup(view.narrow)) if view.narrow else "",
        notes=_notes(view.caption),
    )


def reading_html(sentences: Sequence[Markup | str]) -> Markup:
    """Return sentences as a reading: a paragraph, or a list where they are more than two; nothing where there are none."""
    from markupsafe import Markup, escape

    if not sentences:
        return Markup("")
    if len(sentences) > 2:
        inside = Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(one) for one in sentences))
    else:
        inside = Markup("<p>{}</p>").format(Markup(" ").join(escape(one) for one in sentences))
    return Markup('<div class="reading">{}</div>').format(inside)


def _numbered(number: str, title: str) -> Markup:
    from markupsafe import Markup

    label = Markup('<span class="number">{}.</span> ').format(number) if number else Markup("")
    return Markup('{}<span class="title">{}</span>').format(label, title)


def _notes(notes: Iterable[str]) -> Markup:
    from markupsafe import Markup

    return Markup("").join(Markup('<span class="note">{}</span>').format(note) for note in notes)


def _class(kind: str) -> Markup:
    from markupsafe import Markup

    return Markup("") if kind == "text" else Markup(' class="{}"').format(kind)
