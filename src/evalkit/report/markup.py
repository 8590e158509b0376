"""Tables and figures as HTML that works with a screen reader, by keyboard, and in a notebook; and the register that ends a page.

The register has every number that sentences state, with the sentence and the row of the table in which it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf

from markupsafe import Markup, escape

from ..i18n import Locale
from .views import FigureView, Row, TableView

NARROWEST = 18
"""Rem: the room for a table in the narrowest window."""
WORDS = 80
"""Letters that the longest words of all headings have together before they stand upright, since words are not broken."""
_BLOCK = re.compile(r"<(p|li)(?: [^>]*)?>(.*?)</\1>", re.DOTALL)
_LINK = re.compile(r'<a href="#(table-[^"]+--[^"]+)">(.*?)</a>', re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\W*(?:<[^>]+>)*[A-ZÆØÅ\d+−–])")
_TABLE = re.compile(r'<div class="table" id="([^"]+)">')
_ROW = re.compile(r'<tr id="([^"]+)"[^>]*><th scope="row">(.*?)</th>', re.DOTALL)
_NUMBER = re.compile(r'<span class="number">(.*?)\.</span>', re.DOTALL)
CAPTION = "register-caption"
"""The address of the caption of a register."""
FILED = '<a href="tables/'
"""How a link begins that leads from a table in part to the whole."""


def table_html(view: TableView, locale: Locale) -> Markup:
    """Return a table with caption, scoped header cells and notes, in a box that scrolls by keyboard; without columns, caption and notes."""
    caption = f"{view.anchor}--caption"
    heading = _numbered(locale.text("Table {number}", number=view.number) if view.number else "", view.title)
    if not view.columns:
        alone = Markup('<div class="table" id="{}"><p id="{}"><strong>{}</strong></p>{}</div>')
        return alone.format(view.anchor, caption, heading, notes_html(view.notes))
    cell = Markup('<th scope="col"{}>{}</th>')
    head = Markup("").join(cell.format(_class(column.kind), column.label) for column in view.columns)
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
        inside = [_row(view, row, locale) for row in rows]
        if section is not None:
            heading = Markup('<tr class="section"><th scope="rowgroup" colspan="{}">{}</th></tr>')
            inside.insert(0, heading.format(len(view.columns) + 1, section))
        yield Markup("<tbody>{}</tbody>").format(Markup("").join(inside))


def _row(view: TableView, row: Row, locale: Locale) -> Markup:
    written = zip(view.columns, view.written(row, locale), strict=True)
    cells = Markup("").join(Markup("<td{}>{}</td>").format(_class(column.kind), text) for column, text in written)
    kind = Markup(' class="total"') if row.total else Markup(' class="sum"') if row.sum else ""
    filled = Markup('<tr id="{}"{}><th scope="row">{}</th>{}</tr>')
    return filled.format(view.row_anchor(row.key), kind, row.label, cells)


def figure_html(view: FigureView, locale: Locale) -> Markup:
    """Return a figure: the drawing with its text alternative, wide and narrow, and a caption."""
    heading = _numbered(locale.text("Figure {number}", number=view.number) if view.number else "", view.title)
    wide, narrow, caption = Markup(view.svg), Markup(view.narrow), f"{view.anchor}--caption"
    if narrow:  # one of the two always has room
        drawing = Markup('<div class="wide">{}</div><div class="narrow">{}</div>').format(wide, narrow)
    else:
        drawing = Markup("<div {}>{}</div>").format(_scrolling(caption), wide)
    figure = Markup('<figure id="{}"><figcaption id="{}">{}</figcaption>{}{}</figure>')
    return figure.format(view.anchor, caption, heading, drawing, notes_html(view.caption))


def folded_html(summary: str, inside: Sequence[Markup]) -> Markup:
    """Return what is behind a line that opens it."""
    return Markup('<details class="more"><summary>{}</summary>{}</details>').format(summary, Markup("").join(inside))


def download_html(path: str, kind: str, title: str) -> Markup:
    """Return a link to a file of what is called so."""
    return Markup('<a href="{}" download aria-label="{}: {}">{}</a>').format(path, kind, title, kind)


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


@dataclass(frozen=True)
class StatedNumber:
    """A number in a sentence: the sentence and the number as markup, and the address of the row that it links to."""

    sentence: str
    number: str
    address: str


def stated_numbers(html: str) -> Iterator[StatedNumber]:
    """Go through the numbers that sentences link to rows of tables, in order.

    Parameters
    ----------
    html
        What a page shows.
    """
    for block in _BLOCK.finditer(html):
        for sentence in _SENTENCE.split(block[2]):
            for link in _LINK.finditer(sentence):
                yield StatedNumber(_without_tags(sentence), _without_tags(link[2]), link[1])


def register_html(shown: Sequence[str], locale: Locale) -> Markup:
    """Return the register of a page, each number with its sentence and its row; nothing where the page has shown it already.

    Parameters
    ----------
    shown
        What the page shows, part by part.
    locale
        The language.
    """
    html = "\n".join(shown)
    if f'id="{CAPTION}"' in html:
        return Markup("")
    numbers = list(dict.fromkeys(stated_numbers(html)))
    if not numbers:
        return Markup("<p>{}</p>").format(locale.text("This page states no numbers in sentences."))
    heads = (locale.text("Statement"), locale.text("Numbers, and where they stand"))
    title = locale.text("Numbers in sentences, and the rows in which they stand")
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(head) for head in heads)
    table = Markup(
        '<div class="table register"><div class="scroll within-44" role="region" tabindex="0" aria-labelledby="register-caption"><table>'
        '<caption id="register-caption"><span class="title">{}</span></caption><thead><tr>{}</tr></thead><tbody>{}</tbody>'
        "</table></div></div>"
    )
    return folded_html(title, [table.format(title, head, Markup("").join(_register_rows(numbers, _places(html))))])


def named_links(outputs: Sequence[str]) -> list[str]:
    """Return what a page shows with links that say where they go, also to those who hear nothing but the link."""
    places = _places("\n".join(outputs))

    def named(link: re.Match[str]) -> str:
        address = _landing(link[1], places)
        if address not in places:
            return link[0]
        name = f"{_without_tags(link[2])} ({_said(address, places)})"
        return Markup('<a aria-label="{}" href="#{}">{}</a>').format(Markup(name), address, Markup(link[2]))

    return [_LINK.sub(named, output) for output in outputs]


def _register_rows(numbers: Sequence[StatedNumber], places: dict[str, tuple[str, str]]) -> Iterator[Markup]:
    """Return a row a sentence, with its numbers below each other."""
    for sentence, group in groupby(numbers, key=lambda one: one.sentence):
        lines = (
            Markup('<a href="#{}">{}</a> ({})').format(address, Markup(one.number), Markup(_said(address, places)))
            for one in group
            for address in [_landing(one.address, places)]
        )
        yield Markup('<tr><th scope="row">{}</th><td>{}</td></tr>').format(Markup(sentence), Markup("<br>").join(lines))


def _landing(address: str, places: Mapping[str, tuple[str, str]]) -> str:
    """Return the address of a row; that of its table where the page has room for a part of the table alone."""
    table = address.partition("--")[0]
    return table if address not in places and table in places else address


def _said(address: str, places: Mapping[str, tuple[str, str]]) -> str:
    return ", ".join(filter(None, places.get(address, (address,))))


def _places(html: str) -> dict[str, tuple[str, str]]:
    """Return the table and the row that each address stands for, as they are called on the page; no row of a table in part."""
    found = {}
    tables = list(_TABLE.finditer(html))
    ends = [table.start() for table in tables[1:]]
    for table, end in zip(tables, [*ends, len(html)], strict=bool(tables)):
        number = _NUMBER.search(html, table.start(), end)
        called = number[1] if number else ""
        if html.find(FILED, table.start(), end) >= 0:
            found[table[1]] = called, ""
        for row in _ROW.finditer(html, table.start(), end):
            found[row[1]] = called, _without_tags(row[2])
    return found


def _without_tags(markup: str) -> str:
    return re.sub(r"<[^>]+>", "", markup).strip()
