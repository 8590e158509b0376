"""Text cells as HTML: Markdown without raw HTML, headings that can be linked, mathematics as MathML."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from itertools import chain, count
from typing import Any

import mistune

from ..errors import BuildError


@dataclass(frozen=True)
class Heading:
    """A heading: level, text without markup, and its address where the page has given it one."""

    level: int
    text: str
    anchor: str = ""


@dataclass
class Prose:
    """Renders a page's text cells one after the other, and keeps its headings."""

    headings: list[Heading] = field(default_factory=list)

    @cached_property
    def _markdown(self) -> Any:
        return mistune.create_markdown(renderer=_Renderer(self), plugins=["table", "math", "footnotes"])

    def html(self, source: str) -> str:
        """Return a text cell as HTML; raw HTML in it is shown as text."""
        return str(self._markdown(source))

    def output(self, html: str) -> str:
        """Return what a cell showed, its headings noted and given addresses like those of text cells."""

        def heading(found: re.Match[str]) -> str:
            return self.heading(found[2], int(found[1]))

        return re.sub(r"<h([2-6])>(.*?)</h\1>", heading, html, flags=re.DOTALL)

    def heading(self, markup: str, level: int) -> str:
        """Note a heading and return it with its address.

        Raises
        ------
        BuildError
            When it skips a level, or is a second heading of level 1.
        """
        text = unescape(re.sub(r"<[^>]+>", "", markup))
        above = self.headings[-1].level if self.headings else 0
        if level > above + 1 or (level == 1 and self.headings):
            got, expected = f"level {level} after level {above}", "one heading of level 1, first, and no level skipped"
            raise BuildError("headings are out of order", where=text, got=got, expected=expected)
        slug, known = _slug(text), {h.anchor for h in self.headings}
        numbered = (f"{slug}-{number}" for number in count(2))
        unique = next(one for one in chain([slug], numbered) if one not in known)
        self.headings.append(Heading(level, text, unique))
        return f'<h{level} id="{unique}">{markup}</h{level}>\n'


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.lower().translate(str.maketrans("æøå", "eoa")))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "section"


class _Renderer(mistune.HTMLRenderer):
    """Escapes HTML, notes headings and writes formulas as MathML."""

    def __init__(self, prose: Prose) -> None:
        super().__init__(escape=True)
        self.prose = prose

    def heading(self, text: str, level: int, **_attributes: Any) -> str:
        return self.prose.heading(text, level)

    def inline_math(self, text: str) -> str:
        return mathml(text, block=False)

    def block_math(self, text: str) -> str:
        return mathml(text, block=True)


def mathml(latex: str, *, block: bool) -> str:
    """Return a formula as MathML, with its source for those who want it.

    Raises
    ------
    BuildError
        When it cannot be read.
    """
    from latex2mathml.converter import convert

    try:
        return str(convert(latex, display="block" if block else "inline"))
    except Exception as error:
        raise BuildError("a formula cannot be read", got=latex, expected="LaTeX that latex2mathml knows") from error
