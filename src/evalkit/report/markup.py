"""Tables and figures as HTML that works with a screen reader, by keyboard, and in a notebook; and the register that ends a page.

The register has every number that sentences state, with the sentence and the row of the table in which it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, Template
from markupsafe import Markup

from ..i18n import Locale
from .views import FigureView, TableView

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
_LATEX = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"}
)
CAPTION = "register-caption"
"""The address of the caption of a register."""
FILED = '<a href="tables/'
"""How a link begins that leads from a table in part to the whole."""


def table_html(view: TableView, locale: Locale) -> Markup:
    """Return a table with caption, scoped header cells and notes, in a box that scrolls by keyboard; without columns, caption and notes."""
    longest = sum(max(map(len, column.label.split()), default=0) for column in view.columns)
    width = _width(view, locale) if view.columns else 0
    room = next((f" within-{most}" for most in (44, 58) if width <= most), "")
    return _made("table", view, locale, longest > WORDS, width > NARROWEST, room)


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


def figure_html(view: FigureView, locale: Locale) -> Markup:
    """Return a figure: the drawing with its text alternative, wide and narrow, and a caption."""
    return _made("figure", view, locale)


def folded_html(summary: str, inside: Sequence[Markup]) -> Markup:
    """Return what is behind a line that opens it."""
    return _made("folded", summary, inside)


def download_html(path: str, kind: str, title: str) -> Markup:
    """Return a link to a file of what is called so."""
    return _made("download", path, kind, title)


def reading_html(sentences: Sequence[Markup | str]) -> Markup:
    """Return sentences as a reading: a paragraph, or a list where they are more than two; nothing where there are none."""
    return _made("reading", sentences)


def notes_html(notes: Iterable[str]) -> Markup:
    """Return the notes under a table or figure."""
    return _made("notes", notes)


def cards_html(entries: Sequence[tuple[str, str, str, Sequence[str]]], notes: Sequence[str]) -> Markup:
    """Return shares as cards, each with the address that it leads to, what is said of it, and the lines under it; and notes."""
    return _made("cards", entries, notes)


def _made(macro: str, *known: object) -> Markup:
    """Return what one of the template's macros makes of what is known."""
    return Markup(getattr(template("shown.html.j2").module, macro)(*known))


def latex(view: TableView, locale: Locale) -> str:
    """Return a table as LaTeX, for a document that uses `booktabs`."""
    return str(template("table.tex.j2").render(view=view, locale=locale))


@cache
def template(name: str) -> Template:
    """Return one of the house's templates, which is read once."""
    folder = FileSystemLoader(Path(__file__).parent / "template" / "evalkit")
    environment = Environment(loader=folder, autoescape=name.endswith(".html.j2"), keep_trailing_newline=True)
    environment.filters["tex"] = lambda text: str(text).translate(_LATEX)
    return environment.get_template(name)


def stated_numbers(html: str) -> Iterator[tuple[str, str, str]]:
    """Go through the numbers that sentences link to rows of tables, in order: sentence and number as markup, and the row's address.

    Parameters
    ----------
    html
        What a page shows.
    """
    for block in _BLOCK.finditer(html):
        for sentence in _SENTENCE.split(block[2]):
            for link in _LINK.finditer(sentence):
                yield _without_tags(sentence), _without_tags(link[2]), link[1]


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
    places, sentences = _places(html), []
    for sentence, group in groupby(numbers, key=itemgetter(0)):
        addresses = [(Markup(number), _landing(address, places)) for _, number, address in group]
        found = [(number, address, Markup(_said(address, places))) for number, address in addresses]
        sentences.append((Markup(sentence), found))
    title = locale.text("Numbers in sentences, and the rows in which they stand")
    return folded_html(title, [_made("register", sentences, locale.text)])


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
