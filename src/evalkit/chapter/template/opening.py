"""Opening an author's document: what is refused, and what must not leave the author's machine."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from ...errors import StudyError

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_AUTHORS_TEMPLATE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"
_SAVE = "save it in Word as a Word document (.docx)"
_LARGEST = 500_000_000
"""Bytes, unpacked."""
_DAMAGE = (zipfile.BadZipFile, zlib.error, SyntaxError, KeyError, ValueError, EOFError, RuntimeError, IndexError)


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
    if any(b"<!DOCTYPE" in part for part in parts):
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


def unreachable(document: Any) -> list[str]:
    """Return the texts in charts, diagrams, properties and addresses of links, which are not filled."""
    links = [rel.target_ref for rel in document.part.package.iter_rels() if rel.is_external]
    found = [unquote(link) for link in links]
    for part in document.part.package.iter_parts():
        place = str(part.partname)
        if place.startswith(("/word/charts/", "/word/diagrams/", "/docProps/")) and place.endswith(".xml"):
            found += [str(text) for text in parse_xml(part.blob).itertext()]
    return found
