"""What an appendix consists of, apart from how it is shown: pages and documents are written from the same blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Literal

from .views import FigureView, TableView

if TYPE_CHECKING:
    from markupsafe import Markup


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
        from markupsafe import Markup

        return Markup('<span lang="{}">{}</span>').format(self.lang, str(self))


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is an appendix."""

    level: int
    text: str


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
