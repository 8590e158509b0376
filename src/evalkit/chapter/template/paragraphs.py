"""Paragraphs of a Word document: their text as a reader sees it, in whichever pieces the file holds it, changes to it, and their styles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import nsmap, qn

_HEADING = re.compile(r"heading (\d)")
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
ALTERNATIVES = f"{MC}AlternateContent"
BOX = qn("w:txbxContent")
P, TBL, TR, TC = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_TEXT = {qn("w:t"), qn("m:t")}
_SIGNS = {
    qn("w:tab"): "\t",
    qn("w:ptab"): "\t",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:softHyphen"): "\N{SOFT HYPHEN}",
    qn("w:noBreakHyphen"): "\N{NON-BREAKING HYPHEN}",
}
_APART = {P, BOX, qn("w:pPr"), qn("w:rPr"), qn("w:del"), qn("w:moveFrom")}
"""What is no text of the paragraph around it: other paragraphs, formatting, and what a tracked change deletes."""
_HOLDERS = {
    qn(f"w:{name}") for name in ("r", "hyperlink", "ins", "moveTo", "smartTag", "sdtContent", "sdt", "customXml")
}
_HOLDERS.add(qn("m:r"))
_FORM = {qn(f"w:{name}") for name in ("pPr", "rPr", "sdtPr", "sdtEndPr", "smartTagPr", "customXmlPr", "proofErr")}
_BOOKMARK = {qn("w:bookmarkStart"), qn("w:bookmarkEnd")}
_FORM |= {qn("w:lastRenderedPageBreak"), qn("m:rPr")}
"""What nobody sees where nothing else is."""


def part(element: Any, path: str) -> Any:
    """Return the first part of an element at a path such as `w:pPr/w:sectPr`, or None."""
    return None if element is None else element.find(path, nsmap)


def setting(element: Any, path: str, name: str = "w:val") -> str | None:
    """Return what an attribute of the first part at a path says (of the element itself: `.`); None where it says nothing."""
    found = part(element, path)
    value: str | None = None if found is None else found.get(qn(name))
    return value


def atoms(element: Any) -> Iterator[tuple[Any, str]]:
    """Yield the elements that hold a paragraph's text, each with its text, in order."""
    for child in element:
        if child.tag in _TEXT:
            yield child, child.text or ""
        elif child.tag in _SIGNS:
            yield child, _SIGNS[child.tag]
        elif child.tag == ALTERNATIVES:
            yield from atoms(child[0]) if len(child) else ()
        elif child.tag not in _APART:
            yield from atoms(child)


def text_of(paragraph: Any) -> str:
    """Return a paragraph's text; a tab and a line break are a character each."""
    return "".join(text for _, text in atoms(paragraph))


def replace_text(paragraph: Any, start: int, end: int, text: str) -> None:
    """Put a text in place of some characters, in the formatting of the first of them."""
    at = 0
    for element, old in list(atoms(paragraph)):
        low, high = max(start - at, 0), min(end - at, len(old))
        at += len(old)
        if low < high:
            if element.tag in _TEXT:
                set_text(element, old[:low] + text + old[high:])
                text = ""
            else:
                discard(element)


def set_text(element: Any, text: str) -> None:
    """Set the text of an element; one without text goes, and what held nothing else."""
    if not text:
        discard(element)
        return
    element.text = text
    if text != text.strip() or "  " in text:
        element.set(_SPACE, "preserve")


def discard(element: Any) -> None:
    """Remove an element, and what held nothing else."""
    parent = element.getparent()
    parent.remove(element)
    if parent.tag in _HOLDERS and all(child.tag in _FORM for child in parent):
        discard(parent)


def safe(text: str) -> str:
    """Return a text without the characters that XML cannot hold, on one line."""
    text = re.sub(r"[\t\n\r\v\f\x85\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}]+", " ", str(text))
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", "", text)


def is_bare(paragraph: Any) -> bool:
    """Whether a paragraph shows nothing and holds nothing that something else refers to."""
    if part(paragraph, "w:pPr/w:sectPr") is not None:
        return False
    marks = [mark for mark in paragraph if mark.tag in _BOOKMARK]
    last = {mark.get(qn("w:id")) for mark in marks if mark.get(qn("w:name")) == "_GoBack"}
    return all(_shows_nothing(child) or (child in marks and child.get(qn("w:id")) in last) for child in paragraph)


def _shows_nothing(child: Any) -> bool:
    return child.tag in _FORM or (child.tag == qn("w:r") and all(part.tag in _FORM for part in child))


def remove_paragraph(paragraph: Any) -> None:
    """Remove a bare paragraph where the document can do without: not the last of a cell, nor between two tables."""
    before, after = (getattr(_block(paragraph, step), "tag", None) for step in (-1, 1))
    needed = before != P and (after is None or (before is not None and after != P))
    if is_bare(paragraph) and not needed:
        paragraph.getparent().remove(paragraph)


def neighbour(paragraph: Any, step: int) -> Any:
    """Return the paragraph right before (-1) or after (1) another, or None when something else stands there."""
    found = _block(paragraph, step, qn("w:sectPr"))
    return found if found is not None and found.tag == P else None


def _block(paragraph: Any, step: int, *more: str) -> Any:
    """Return the paragraph, table or control before or after a paragraph, or None."""
    return next(paragraph.itersiblings(P, TBL, qn("w:sdt"), *more, preceding=step < 0), None)


def ancestor(element: Any, *tags: str) -> Any:
    """Return the nearest of the elements around an element that has one of some tags, or None."""
    return next(element.iterancestors(*tags), None)


def split_before_break(paragraph: Any) -> None:
    """Give a page break at the start of a paragraph a paragraph of its own."""
    for element, text in list(atoms(paragraph)):
        if text.strip():
            return
        if element.get(qn("w:type")) in {"page", "column"}:
            alone, run = OxmlElement("w:p"), OxmlElement("w:r")
            discard(element)
            run.append(element)
            alone.append(run)
            paragraph.addprevious(alone)


def clear(paragraph: Any) -> None:
    """Remove a paragraph's text, but for breaks of pages."""
    for element, _ in list(atoms(paragraph)):
        if element.get(qn("w:type")) not in {"page", "column"}:
            discard(element)


class StyleNames:
    """Knows the styles of a document.

    Parameters
    ----------
    document
        The document.
    """

    def __init__(self, document: Any) -> None:
        self._part = document.part

    def chain(self, paragraph: Any) -> list[Any]:
        """Return a paragraph's style, the style that this is based on, and so on."""
        style, found = self._part.get_style(paragraph.style, WD_STYLE_TYPE.PARAGRAPH), list[Any]()
        while style is not None and style not in found:
            found.append(style)
            style = style.base_style
        return found

    def names(self, paragraph: Any) -> list[str]:
        """Return the names of a paragraph's style and of those it is based on, in small letters."""
        return [(style.name or "").casefold() for style in self.chain(paragraph)]

    def level(self, paragraph: Any) -> int | None:
        """Return the level of a heading, from 1; None for any other paragraph."""
        own = setting(paragraph, "w:pPr/w:outlineLvl")
        if own is not None and own.isdecimal():
            return int(own) + 1 if int(own) < 9 else None
        found = next((match for name in self.names(paragraph) if (match := _HEADING.fullmatch(name))), None)
        return int(found[1]) if found else None

    def indent(self, paragraph: Any) -> int:
        """Return by how much a paragraph is narrower than its place, in twentieths of a point."""
        levels = [paragraph, *(style.element for style in self.chain(paragraph))]
        indents = [found for level in levels if (found := part(level, "w:pPr/w:ind")) is not None]
        sides = (("w:left", "w:start"), ("w:right", "w:end"))
        found = ([each.get(qn(name)) for each in indents for name in names] for names in sides)
        return sum(int(float(next(filter(None, values), 0))) for values in found)

    def caption(self, paragraph: Any, step: int) -> Any:
        """Return the caption right before (-1) or after (1) a paragraph, or None."""
        beside = neighbour(paragraph, step)
        names = [] if beside is None else self.names(beside)
        return beside if "caption" in names and names[0] != "table note" else None
