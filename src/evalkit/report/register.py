"""What ends a page: every number that its sentences state, with the sentence and the row of the table in which it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from ..i18n import Locale
from .markup import folded_html
from .room import FILED

_BLOCK = re.compile(r"<(p|li)(?: [^>]*)?>(.*?)</\1>", re.DOTALL)
_LINK = re.compile(r'<a href="#(table-[^"]+--[^"]+)">(.*?)</a>', re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\W*(?:<[^>]+>)*[A-ZÆØÅ\d+−–])")
_TABLE = re.compile(r'<div class="table" id="([^"]+)">')
_ROW = re.compile(r'<tr id="([^"]+)"[^>]*><th scope="row">(.*?)</th>', re.DOTALL)
_NUMBER = re.compile(r'<span class="number">(.*?)\.</span>', re.DOTALL)
CAPTION = "register-caption"
"""The address of the caption of a register."""


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
    table = Markup(
        '<div class="table register"><div class="scroll within-44" role="region" tabindex="0" aria-labelledby="register-caption"><table>'
        '<caption id="register-caption"><span class="title">{}</span></caption><thead><tr>{}</tr></thead><tbody>{}</tbody>'
        "</table></div></div>"
    ).format(
        title,
        Markup("").join(Markup('<th scope="col">{}</th>').format(head) for head in heads),
        Markup("").join(_rows(numbers, _places(html))),
    )
    return folded_html(title, [table])


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


def _rows(numbers: Sequence[StatedNumber], places: dict[str, tuple[str, str]]) -> Iterator[Markup]:
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
