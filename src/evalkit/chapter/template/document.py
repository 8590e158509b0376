"""A chapter that an author wrote in Word, with places for results: they are filled, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.oxml import serialize_part_xml
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from ...i18n import Locale
from ...report.files import MADE
from ...report.files.word import content, same_bytes
from ...report.views import FigureView, TableView
from .blocks import Blocks
from .numbering import renumber
from .paragraphs import StyleNames, is_bare, part, remove_paragraph, replace_text, safe, text_of
from .placeholders import Placeholder, find_placeholders
from .stories import open_document, stories

_SPACES = {" ", "\N{NO-BREAK SPACE}"}
_CLOSING = frozenset(".,;:!?…)]»”’")
Result = str | TableView | FigureView


class Template:
    """A document with placeholders: `{{ field }}` and `{% claim ... %}`.

    Parameters
    ----------
    path
        A `.docx` as an author saved it.

    Raises
    ------
    StudyError
        When it is not a plain Word document, or braces are wrong: every mistake at once, each with its place.
    """

    def __init__(self, path: Path) -> None:
        self._docx = open_document(path)
        self._stories = stories(self._docx)
        self._styles = StyleNames(self._docx)
        self.placeholders = tuple(find_placeholders(self._docx, self._stories, self._styles, path.name))

    def fill(self, results: Mapping[int, Result], locale: Locale, mark: str = "") -> bytes:
        """Fill the document, once, and return it: the same bytes for the same template and results.

        Parameters
        ----------
        results
            What stands in place of each placeholder, by its number. A text is written in the formatting in which the placeholder
            begins; an empty one leaves nothing, nor the paragraph when that is empty then. A table or a figure gets a numbered
            caption, unless the author wrote one; only a placeholder that `takes_blocks` can become one.
        locale
            The language of captions, and of the numbers in tables.
        mark
            A text that stands in every header and in the comments of the document's properties.
        """
        for placeholder in reversed(self.placeholders):
            if isinstance(text := results[placeholder.number], str):
                _write(placeholder, safe(text))
        blocks = Blocks(self._docx, self._styles, locale)
        for placeholder in self.placeholders:
            if not isinstance(view := results[placeholder.number], str):
                _unbind(placeholder.braces.paragraph)
                blocks.put(placeholder.braces.paragraph, view)
        return self._saved(grown=blocks.count > 0, mark=mark)

    def _saved(self, *, grown: bool, mark: str) -> bytes:
        """Return the document once its texts are there: captions counted, and marked."""
        roots = [story.root for story in self._stories if story.holder != "body"]
        renumber(self._docx.element.body, roots, self._styles, grown=grown)
        for story in self._stories:
            if story.holder in {"footnote", "endnote"}:
                story.part._blob = serialize_part_xml(story.root)
        if mark:
            mark_headers(self._docx, mark)
        self._properties(mark)
        return same_bytes(content(self._docx))

    def _properties(self, mark: str) -> None:
        """Give the document's properties the suite's date and no user's name; the author's title stays."""
        titled = any(rel.reltype == RT.CORE_PROPERTIES for rel in self._docx.part.package.rels.values())
        about = self._docx.core_properties
        if not titled:
            about.title = ""
        about.created = about.modified = MADE
        about.last_modified_by = "evalkit"
        if mark not in about.comments:
            about.comments = f"{mark} {about.comments}".strip()[:255]


def _write(placeholder: Placeholder, text: str) -> None:
    """Write a text in place of a placeholder; without a text, close the gap."""
    _, paragraph, start, end, _ = placeholder.braces
    _unbind(paragraph)
    if not text:
        start, end = _gap(text_of(paragraph), start, end)
    replace_text(paragraph, start, end, text)
    if not text and not text_of(paragraph).strip():
        remove_paragraph(paragraph)


def _unbind(paragraph: Any) -> None:
    """Let the content of controls around a paragraph's text stand: Word would put what they are bound to in its place."""
    inside = [control for control in paragraph.iter(qn("w:sdt")) if "{" in "".join(control.itertext())]
    for control in (*inside, *paragraph.iterancestors(qn("w:sdt"))):
        look = part(control, "w:sdtPr")
        for binding in [child for child in look if child.tag.endswith("}dataBinding")] if look is not None else []:
            look.remove(binding)


def _gap(text: str, start: int, end: int) -> tuple[int, int]:
    """Return what to remove so that no two spaces, nor one before a full stop, are left."""
    before, after = text[:start], text[end:]
    if before[-1:] in _SPACES and (not after or after[0] in _SPACES | _CLOSING):
        return start - 1, end
    if not before.strip() and after[:1] in _SPACES:
        return start, end + 1
    return start, end


def mark_headers(document: Any, text: str) -> None:
    """Let a text stand at the top of every kind of header that pages have, once."""
    document.element.body.get_or_add_sectPr()
    for header in _headers(document):
        root = header._element
        paragraphs = list(root.iter(qn("w:p")))
        if any(text in text_of(paragraph) for paragraph in paragraphs):
            continue
        if not (len(root) == len(paragraphs) == 1 and is_bare(paragraphs[0])):
            root.insert(0, OxmlElement("w:p"))
        line = Paragraph(root[0], header)
        line.style = "Header" if "Header" in document.styles else None
        line.add_run(text).bold = True


def _headers(document: Any) -> Iterator[Any]:
    """Yield the headers in use, of all sections."""
    both = document.settings.odd_and_even_pages_header_footer
    for section in document.sections:
        yield section.header
        if section.different_first_page_header_footer:
            yield section.first_page_header
        if both:
            yield section.even_page_header
