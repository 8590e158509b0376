"""The styles of an author's paragraphs by their own names, whatever ids the author's program gives them."""

from __future__ import annotations

import re
from typing import Any

from docx.oxml.ns import qn

from .paragraphs import neighbour, part, setting

_HEADING = re.compile(r"heading (\d)")


class StyleNames:
    """Knows the styles of a document.

    Parameters
    ----------
    document
        The document.
    """

    def __init__(self, document: Any) -> None:
        every = list(document.styles.element.iter(qn("w:style")))
        self.styles: dict[str, Any] = {setting(style, ".", "w:styleId") or "": style for style in every}
        usual = (name for name, style in self.styles.items() if style.get(qn("w:default")) and _of_paragraphs(style))
        self.usual = next(usual, None)

    def chain(self, paragraph: Any) -> list[Any]:
        """Return a paragraph's own formatting, its style, the style that this is based on, and so on."""
        own = part(paragraph, "w:pPr")
        found = [] if own is None else [own]
        name = setting(own, "w:pStyle") or self.usual
        while name in self.styles and self.styles[name] not in found:
            found.append(self.styles[name])
            name = setting(found[-1], "w:basedOn")
        return found

    def names(self, paragraph: Any) -> list[str]:
        """Return the names of a paragraph's style and of those it is based on, in small letters."""
        return [_name(style) for style in self.chain(paragraph) if style.tag == qn("w:style")]

    def named(self, name: str) -> str | None:
        """Return the id of a style of paragraphs by its name in small letters, or None."""
        return next((key for key, style in self.styles.items() if _of_paragraphs(style) and _name(style) == name), None)

    def level(self, paragraph: Any) -> int | None:
        """Return the level of a heading, from 1; None for any other paragraph."""
        own = setting(paragraph, "w:pPr/w:outlineLvl")
        if own is not None and own.isdecimal():
            return int(own) + 1 if int(own) < 9 else None
        found = next((match for name in self.names(paragraph) if (match := _HEADING.fullmatch(name))), None)
        return int(found[1]) if found else None

    def indent(self, paragraph: Any) -> int:
        """Return by how much a paragraph is narrower than its place, in twentieths of a point."""
        indents = [found for level in self.chain(paragraph) if (found := part(level, ".//w:ind")) is not None]
        sides = (("w:left", "w:start"), ("w:right", "w:end"))
        found = ([each.get(qn(name)) for each in indents for name in names] for names in sides)
        return sum(int(float(next(filter(None, values), 0))) for values in found)

    def caption(self, paragraph: Any, step: int) -> Any:
        """Return the caption right before (-1) or after (1) a paragraph, or None."""
        beside = neighbour(paragraph, step)
        names = [] if beside is None else self.names(beside)
        return beside if "caption" in names and names[0] != "table note" else None


def _of_paragraphs(style: Any) -> bool:
    return setting(style, ".", "w:type") == "paragraph"


def _name(style: Any) -> str:
    return (setting(style, "w:name") or "").casefold()
