"""What an appendix consists of, apart from how it is shown: pages and documents are written from the same blocks; and these as HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Literal

from markupsafe import Markup

from ...i18n import Locale
from ..markup import template
from ..prose import Heading as Heading
from ..views import FigureView, TableView


class Foreign(str):
    """A text in another language than the page's; as HTML it says so.

    Parameters
    ----------
    text
        The text.
    lang
        Its language, such as `nb`.
    """

    lang: str

    def __new__(cls, text: str, lang: str) -> Foreign:  # noqa: D102
        made = super().__new__(cls, text)
        made.lang = lang
        return made

    def __html__(self) -> Markup:
        return Markup('<span lang="{}">{}</span>').format(self.lang, str(self))


@dataclass(frozen=True)
class Paragraph:
    """A paragraph: running text, a text quoted word for word, what leads up to it, or a remark; as markup where it has links."""

    text: str
    kind: Literal["text", "quote", "lead", "note"] = "text"

    @property
    def words(self) -> str:
        """Its text without markup."""
        return unescape(re.sub(r"<[^>]+>", "", self.text)) if hasattr(self.text, "striptags") else self.text


@dataclass(frozen=True)
class Point:
    """An entry of a list, its original where the text is a translation, and the entries under it."""

    text: str
    original: Foreign | None = None
    points: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Points:
    """A list."""

    points: tuple[Point, ...]


@dataclass(frozen=True)
class References:
    """A list of literature, in order."""

    entries: tuple[str, ...]


Block = Heading | Paragraph | Points | References | TableView | FigureView
"""A heading of level 1 is an appendix."""


def in_original(texts: Mapping[str, str], original: str, locale: Locale) -> Foreign | None:
    """Return a text in the language it was written in; None where that is the page's."""
    return None if original == locale.language else Foreign(texts[original], original)


def quoted_original(texts: Mapping[str, str], original: str, locale: Locale) -> Iterator[Paragraph]:
    """Quote a text in the language it was written in, where that is not the page's."""
    words = in_original(texts, original, locale)
    if words is not None:
        yield Paragraph(words, "quote")


def appendix_html(blocks: Iterable[Block], show: Callable[[TableView | FigureView], Markup]) -> str:
    """Return blocks as HTML.

    Parameters
    ----------
    blocks
        A section of the appendices; its headings stand one level lower than in a document, below the page's own.
    show
        Shows a table or figure: the page numbers them.
    """
    return str(template("appendix.html.j2").render(blocks=blocks, show=show))
