"""A Word document as its author left it: what is refused, the texts in it, each of which runs by itself, and places in them.

What must not leave the author's machine is cut.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from ...errors import StudyError
from .paragraphs import BOX, MC, TBL, TC, TR, P, StyleNames, ancestor, text_of

Holder = Literal["body", "cell", "header", "footer", "footnote", "endnote", "textbox"]

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_AUTHORS_TEMPLATE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"
_SAVE = "save it in Word as a Word document (.docx)"
_LARGEST = 500_000_000
_DAMAGE = (zipfile.BadZipFile, zlib.error, SyntaxError, KeyError, ValueError, EOFError, RuntimeError, IndexError)
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
    for spare in [spare for story in found for spare in story.root.iter(f"{MC}Fallback") if _is_spare(spare)]:
        spare.getparent().remove(spare)
    return found


def _is_spare(element: Any) -> bool:
    """Whether something is a text box again, for programs of before 2010."""
    return element.getprevious() is not None and next(element.iter(BOX), None) is not None


def _running(part: Any, reference: Any, section: int, seen: set[str]) -> list[Story]:
    """Return a header or footer that was not seen before."""
    if part.partname in seen:
        return []
    seen.add(part.partname)
    holder: Holder = "header" if reference.tag == qn("w:headerReference") else "footer"
    pages = {"first": " (first page)", "even": " (even pages)"}.get(reference.get(qn("w:type")), "")
    return [Story(part, part.element, holder, f"{holder} of section {section}{pages}")]


class Whereabouts:
    """Knows where each paragraph of a text stands.

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
        ids = dict.fromkeys(reference.get(qn("w:id")) for reference in references)
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


def open_document(path: Path) -> Any:
    """Open a document as an author left it, without the link to the template on the author's machine.

    Raises
    ------
    StudyError
        When it is no `.docx`, is damaged, encrypted or an older format, holds macros, or needs files elsewhere.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StudyError("the document cannot be read", where=path.name, got=error.strerror) from None
    _check_kind(content, path.name)
    try:
        _check_package(content, path.name)
        document = Document(io.BytesIO(content))
        _ = document.element.body, document.styles, document.settings
    except _DAMAGE:
        hint = f"open it in Word, which may mend it, and {_SAVE}"
        raise StudyError("the document is damaged", where=path.name, hint=hint) from None
    _cut_links(document, path.name)
    return document


def _check_kind(content: bytes, name: str) -> None:
    """Refuse what is no zip file, and say what it is."""
    if content.startswith(_OLE) and _ENCRYPTED in content:
        raise StudyError("the document is encrypted", where=name, hint="remove the password in Word, and save it")
    if content.startswith(_OLE):
        raise StudyError("the document is in the format of Word 97–2003", where=name, expected=".docx", hint=_SAVE)
    if not content.startswith(b"PK"):
        raise StudyError("the file is no Word document", where=name, expected=".docx", hint=_SAVE)


def _check_package(content: bytes, name: str) -> None:
    """Refuse a zip file that is not a plain Word document."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = set(package.namelist())
        if sum(entry.file_size for entry in package.infolist()) > _LARGEST:
            raise StudyError("the document is too large", where=name, expected=f"at most {_LARGEST:,} bytes unpacked")
        types = package.read("[Content_Types].xml").decode("utf-8", "replace") if "[Content_Types].xml" in names else ""
        parts = [package.read(part) for part in names if part.endswith((".xml", ".rels"))]
    if "macroEnabled" in types or any("vbaproject" in part.casefold() for part in names):
        raise StudyError("the document holds macros", where=name, expected="a document without macros", hint=_SAVE)
    if _MAIN not in types:
        raise StudyError("the file is no Word document", where=name, expected=".docx", hint=_SAVE)
    if any(
        b"<!DOCTYPE" in part for part in parts
    ):  # what its entities stand for would be lost, and placeholders beside them
        raise StudyError("the document declares XML entities, which Word does not", where=name, hint=_SAVE)


def _cut_links(document: Any, name: str) -> None:
    """Drop the link to the author's own template; refuse a document that shows what lies elsewhere."""
    settings = document.part.part_related_by(RT.SETTINGS)
    for rel_id, rel in list(settings.rels.items()):
        if rel.reltype == _AUTHORS_TEMPLATE:
            del settings.rels[rel_id]
    for link in settings.element.findall(qn("w:attachedTemplate")):
        settings.element.remove(link)
    for rel in document.part.package.iter_rels():
        if rel.is_external and rel.reltype != RT.HYPERLINK:
            raise StudyError(
                f"the document shows what lies in another file ({rel.reltype.rpartition('/')[2]})",
                where=name,
                hint="insert it into the document rather than link to it (in Word: Links, Break Link)",
            )


def unreachable(document: Any, roots: Sequence[Any]) -> list[str]:
    """Return what is not filled: texts in charts, diagrams, properties and links, alternative texts, what fields are made from."""
    links = [rel.target_ref for rel in document.part.package.iter_rels() if rel.is_external]
    found = [unquote(link) for link in links]
    for part in document.part.package.iter_parts():
        place = str(part.partname)
        if place.startswith(("/word/charts/", "/word/diagrams/", "/docProps/")) and place.endswith(".xml"):
            found += [str(text) for text in parse_xml(part.blob).itertext()]
    for element in (element for root in roots for element in root.iter()):
        found += [*element.attrib.values(), (element.text or "") if element.tag == qn("w:instrText") else ""]
    return found
