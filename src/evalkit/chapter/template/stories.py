"""The texts of a Word document, each of which runs by itself, and places in them as a message names them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from .paragraphs import BOX, TBL, TC, TR, P, StyleNames, ancestor, is_spare, text_of

Holder = Literal["body", "cell", "header", "footer", "footnote", "endnote", "textbox"]

_SHOWN = 20
"""Characters of the author's text on each side in a message."""


@dataclass(frozen=True)
class Story:
    """A text that runs by itself: the body, a header, the footnotes."""

    part: Any
    root: Any
    holder: Holder
    name: str = ""


def stories(document: Any) -> list[Story]:
    """Return the texts of a document: the body, its notes, then headers and footers by section."""
    main = document.part
    found = [Story(main, document.element.body, "body")]
    kinds: tuple[tuple[Holder, str], ...] = (("footnote", RT.FOOTNOTES), ("endnote", RT.ENDNOTES))
    for holder, relation in kinds:
        parts = [rel.target_part for rel in main.rels.values() if rel.reltype == relation]
        found += [Story(part, parse_xml(part.blob), holder) for part in parts]
    seen: set[str] = set()
    for number, section in enumerate(document.element.body.iter(qn("w:sectPr")), start=1):
        for reference in section:
            if reference.tag in {qn("w:headerReference"), qn("w:footerReference")}:
                found += _running(main.related_parts[reference.get(qn("r:id"))], reference, number, seen)
    return found


def _running(part: Any, reference: Any, section: int, seen: set[str]) -> list[Story]:
    """Return a header or footer that was not seen before."""
    if part.partname in seen:
        return []
    seen.add(part.partname)
    holder: Holder = "header" if reference.tag == qn("w:headerReference") else "footer"
    pages = {"first": " (first page)", "even": " (even pages)"}.get(reference.get(qn("w:type")), "")
    return [Story(part, part.element, holder, f"{holder} of section {section}{pages}")]


class Whereabouts:
    """Knows where each paragraph of a text stands; what older programs show instead of a text box is none of it.

    Parameters
    ----------
    document
        The document.
    story
        One of its texts.
    styles
        Which of its paragraphs are headings.
    file
        The document's name.
    """

    def __init__(self, document: Any, story: Story, styles: StyleNames, file: str) -> None:
        self.story, self.styles, self.file = story, styles, file
        self.paragraphs = dict(self._places())
        references = document.element.body.iter(qn(f"w:{story.holder}Reference"))
        ids = dict.fromkeys(reference.get(qn("w:id")) for reference in references if not is_spare(reference))
        self.notes = {name: number for number, name in enumerate(ids, start=1)}
        self.tables = {table: number for number, table in enumerate(story.root.iter(TBL), start=1)}

    def holder(self, paragraph: Any) -> Holder:
        """Return what a paragraph stands in."""
        if self.story.holder != "body":
            return self.story.holder
        around = ancestor(paragraph, BOX, TC)
        return "body" if around is None else "cell" if around.tag == TC else "textbox"

    def _places(self) -> Iterator[tuple[Any, str]]:
        """Yield every paragraph with the heading it stands under and its number there."""
        heading, number = "", 0
        for paragraph in self.story.root.iter(P):
            if is_spare(paragraph):
                continue
            text = text_of(paragraph)
            outside = ancestor(paragraph, BOX, TC) is None
            if outside and text.strip() and self.styles.level(paragraph) is not None:
                heading, number = f", under «{cut(text, 0)}»", 0
            elif outside and text.strip():
                number += 1
            yield paragraph, f"{heading}, paragraph {number}" if outside and number else heading

    def where(self, paragraph: Any, start: int, end: int = 0) -> str:
        """Return a place as a message says it."""
        return f"{self.file}{self._place(paragraph)}: «{cut(text_of(paragraph), start, end)}»"

    def _place(self, paragraph: Any) -> str:
        if self.story.holder in {"header", "footer"}:
            return f", {self.story.name}"
        if self.story.holder != "body":
            note = ancestor(paragraph, qn("w:footnote"), qn("w:endnote"))
            number = None if note is None else self.notes.get(note.get(qn("w:id")))
            return f", {self.story.holder} {number or ''}".rstrip()
        around, within = ancestor(paragraph, BOX, TC), str(self.paragraphs[paragraph])
        if around is None:
            return within
        return f"{within}, in a text box" if around.tag == BOX else f"{within}, {self._cell(around)}"

    def _cell(self, cell: Any) -> str:
        row, table = ancestor(cell, TR), ancestor(cell, TBL)
        rows = [other for other in table.iter(TR) if ancestor(other, TBL) is table]
        cells = [other for other in row.iter(TC) if ancestor(other, TR) is row]
        return f"table {self.tables[table]}, row {rows.index(row) + 1}, column {cells.index(cell) + 1}"


def cut(text: str, start: int, end: int = 0) -> str:
    """Return some of a text around a place."""
    low, high = max(start - _SHOWN, 0), max(start + 2 * _SHOWN, min(end, start + 4 * _SHOWN))
    shown = " ".join(text[low:high].split())
    return f"{'… ' if low else ''}{shown}{' …' if high < len(text) else ''}"
