"""The styles of an author's paragraphs by their own names, whatever ids the author's program gives them."""

from __future__ import annotations

import re
from typing import Any

from docx.oxml.ns import qn

from .paragraphs import neighbour

_HEADING = re.compile(r"heading (\d)")


class StyleNames:
    """Knows the styles of a document.

    Parameters
    ----------
    document
        The document.
    """

    def __init__(self, document: Any) -> None:
        self.styles: dict[str, Any] = {
            style.get(qn("w:styleId")): style for style in document.styles.element.iter(qn("w:style"))
        }
        self.usual = next(
            (name for name, style in self.styles.items() if style.get(qn("w:default")) and _kind(style) == "paragraph"),
            None,
        )

    def chain(self, paragraph: Any) -> list[Any]:
        """Return a paragraph's own formatting, its style, the style that this is based on, and so on."""
        own = paragraph.find(qn("w:pPr"))
        found = [] if own is None else [own]
        name = _value(own, "pStyle") or self.usual
        while name in self.styles and self.styles[name] not in found:
            found.append(self.styles[name])
            name = _value(found[-1], "basedOn")
        return found

    def names(self, paragraph: Any) -> list[str]:
        """Return the names of a paragraph's style and of those it is based on, in small letters."""
        return [
            (_value(style, "name") or "").casefold() for style in self.chain(paragraph) if style.tag == qn("w:style")
        ]

    def named(self, name: str) -> str | None:
        """Return the id of a style of paragraphs by its name in small letters, or None."""
        for style_id, style in self.styles.items():
            if _kind(style) == "paragraph" and (_value(style, "name") or "").casefold() == name:
                return style_id
        return None

    def level(self, paragraph: Any) -> int | None:
        """Return the level of a heading, from 1; None for any other paragraph."""
        own = _value(paragraph.find(qn("w:pPr")), "outlineLvl")
        if own is not None and own.isdecimal():
            return int(own) + 1 if int(own) < 9 else None
        found = next((match for name in self.names(paragraph) if (match := _HEADING.fullmatch(name))), None)
        return int(found[1]) if found else None

    def indent(self, paragraph: Any) -> int:
        """Return by how much a paragraph is narrower than its place, in twentieths of a point."""
        return sum(self._side(paragraph, names) for names in (("left", "start"), ("right", "end")))

    def _side(self, paragraph: Any, names: tuple[str, str]) -> int:
        for level in self.chain(paragraph):
            found = level.find(f".//{qn('w:ind')}")
            value = (
                next((found.get(qn(f"w:{n}")) for n in names if found.get(qn(f"w:{n}"))), None)
                if found is not None
                else None
            )
            if value is not None:
                return int(float(value))
        return 0

    def caption(self, paragraph: Any, step: int) -> Any:
        """Return the caption right before (-1) or after (1) a paragraph, or None."""
        beside = neighbour(paragraph, step)
        names = [] if beside is None else self.names(beside)
        return beside if "caption" in names and names[0] != "table note" else None


def _kind(style: Any) -> Any:
    return style.get(qn("w:type"))


def _value(element: Any, name: str) -> Any:
    found = None if element is None else element.find(qn(f"w:{name}"))
    return None if found is None else found.get(qn("w:val"))
