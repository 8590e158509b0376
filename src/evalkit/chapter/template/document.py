"""A chapter that an author wrote in Word, with places for results: they are filled, and nothing else changes."""

from __future__ import annotations

import io
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

from docx.blkcntnr import BlockItemContainer
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.oxml import serialize_part_xml
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from ...errors import BuildError, StudyError
from ...i18n import Locale
from ..shown import MADE, FigureView, Parts, TableView, add_table_styles, same_bytes
from .marking import mark_headers
from .numbering import renumber
from .opening import open_document
from .paragraphs import (
    P,
    clear,
    neighbour,
    part,
    remove_paragraph,
    replace_text,
    safe,
    spare_boxes,
    split_before_break,
    text_of,
)
from .placeholders import Placeholder, find_placeholders
from .space import space
from .stories import stories
from .styles import StyleNames

_SPACES = {" ", "\N{NO-BREAK SPACE}"}
_CLOSING = frozenset(".,;:!?…)]»”’")
_LABELS = {"table": {"table", "tabell"}, "figure": {"figure", "figur"}}
"""The words that a caption begins with, in the languages of reports."""


class Template:
    """A document with placeholders: `{{ field }}` and `{% claim ... %}`.

    Each placeholder is given what it becomes, in any order; `content` then makes the document.

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
        pairs = [pair for story in self._stories for pair in spare_boxes(story.root)]
        self._spares = [(box, spare) for box, spare in pairs if box is not None and _all_text(box) == _all_text(spare)]
        self._said: dict[int, str] = {}
        self._blocks: dict[int, Callable[[], None]] = {}
        self._mark = ""
        self._taken: list[Any] = []
        self._content: bytes | None = None

    def say(self, placeholder: Placeholder, text: str) -> None:
        """Put a text in place of a placeholder, in the formatting in which it begins."""
        self._check_unmade(placeholder)
        self._said[placeholder.number] = safe(text)

    def drop(self, placeholder: Placeholder) -> None:
        """Remove a placeholder, with one of the spaces around it, and its paragraph when that is empty then."""
        self.say(placeholder, "")

    def put(self, placeholder: Placeholder, view: TableView | FigureView, locale: Locale) -> None:
        """Put a table, or a figure as wide as there is room for, in place of a placeholder that is alone in its paragraph.

        It gets a numbered caption, unless the paragraph before (of a figure: or after) is a caption.

        Raises
        ------
        StudyError
            When the placeholder does not stand alone in the body or in a table's cell.
        """
        self._check_unmade(placeholder)
        if not placeholder.takes_blocks:
            raise StudyError(
                "no table or figure can stand here",
                where=placeholder.where,
                got=f"a {placeholder.holder}" if placeholder.alone else "other text in the paragraph",
                expected="a paragraph of its own in the text, or in a cell of a table",
            )
        if isinstance(view, TableView):
            self._blocks[placeholder.number] = partial(self._table, placeholder, view, locale)
        else:
            self._blocks[placeholder.number] = partial(self._figure, placeholder, view, locale)

    def sentence(self, placeholder: Placeholder) -> str:
        """Return the sentence of a placeholder with what the fields in it became; an ellipsis where that is not said yet."""
        return placeholder.sentence_with(self._said)

    def mark(self, text: str) -> None:
        """Let a text stand in every header and in the comments of the document's properties."""
        self._mark = text

    def content(self) -> bytes:
        """Return the filled document: the same bytes for the same template and results.

        Raises
        ------
        BuildError
            When a placeholder was given nothing.
        """
        if self._content is None:
            self._check_filled()
            self._content = self._made()
        return self._content

    def _check_unmade(self, placeholder: Placeholder) -> None:
        if self._content is not None:
            raise BuildError("the document is made already", where=placeholder.where)

    def _check_filled(self) -> None:
        missing = [one for one in self.placeholders if one.number not in {*self._said, *self._blocks}]
        if missing:
            raise BuildError.several([BuildError("nothing was filled in", where=one.where) for one in missing])

    def _made(self) -> bytes:
        for placeholder in reversed(self.placeholders):
            if placeholder.number not in self._blocks:
                self._write(placeholder, self._said[placeholder.number])
        for number in sorted(self._blocks):
            self._blocks[number]()
        roots = [story.root for story in self._stories if story.holder != "body"]
        renumber(self._docx.element.body, roots, self._styles, grown=bool(self._blocks))
        for box, spare in self._spares:
            if _all_text(box) != _all_text(spare):
                spare[:] = [deepcopy(block) for block in box]
        for story in self._stories:
            if story.holder in {"footnote", "endnote"}:
                story.part._blob = serialize_part_xml(story.root)
        if self._mark:
            mark_headers(self._docx, self._mark, self._styles)
        self._properties()
        out = io.BytesIO()
        self._docx.save(out)
        return same_bytes(out.getvalue())

    def _properties(self) -> None:
        """Give the document's properties the suite's date and no user's name; the author's title stays."""
        package = self._docx.part.package
        titled = any(rel.reltype == RT.CORE_PROPERTIES for rel in package.rels.values())
        about = self._docx.core_properties
        if not titled:
            about.title = ""
        about.created = about.modified = MADE
        about.last_modified_by = "evalkit"
        if self._mark and self._mark not in about.comments:
            about.comments = f"{self._mark} {about.comments}".strip()[:255]

    def _write(self, placeholder: Placeholder, text: str) -> None:
        """Write a text in place of a placeholder; without a text, close the gap."""
        _, paragraph, start, end, _ = placeholder.braces
        _unbind(paragraph)
        if not text:
            start, end = _gap(text_of(paragraph), start, end)
        replace_text(paragraph, start, end, text)
        if not text and not text_of(paragraph).strip():
            remove_paragraph(paragraph)

    def _table(self, placeholder: Placeholder, view: TableView, locale: Locale) -> None:
        paragraph, body, parts = self._emptied(placeholder, locale)
        if not self._has_caption(paragraph, "table", -1):
            parts.caption("table", view.title)
        parts.grid(view)
        parts.notes(view.notes)
        made = list(body)
        for block in made:
            paragraph.addprevious(block)
        _move_break(paragraph, made[0])
        remove_paragraph(paragraph)

    def _figure(self, placeholder: Placeholder, view: FigureView, locale: Locale) -> None:
        paragraph, body, parts = self._emptied(placeholder, locale)
        last = paragraph
        if not self._has_caption(paragraph, "figure", -1):
            if self._has_caption(paragraph, "figure", 1):
                last = neighbour(paragraph, 1)
            else:
                parts.caption("figure", view.title)
                _move_break(paragraph, body[0])
                paragraph.addprevious(body[0])
        self._picture(paragraph, parts, view)
        parts.notes(view.caption)
        _add_after(last, list(body))

    def _picture(self, paragraph: Any, parts: Parts, view: FigureView) -> None:
        """Put a picture into the author's own paragraph, and give it the room it needs."""
        holder = Paragraph(paragraph, self._docx._body)
        parts.picture(holder, view)
        form = holder.paragraph_format
        form.line_spacing, form.first_line_indent = 1.0, 0
        form.keep_with_next = bool(view.caption) or form.keep_with_next

    def _emptied(self, placeholder: Placeholder, locale: Locale) -> tuple[Any, Any, Parts]:
        """Return a placeholder's paragraph without its text, an empty body, and what writes into it as much as fits there."""
        paragraph = placeholder.braces.paragraph
        _unbind(paragraph)
        split_before_break(paragraph)
        clear(paragraph)
        add_table_styles(self._docx)
        body = OxmlElement("w:body")
        width, height = space(paragraph, self._styles)
        return paragraph, body, Parts(self._docx, locale, BlockItemContainer(body, self._docx._body), width, height)

    def _has_caption(self, paragraph: Any, kind: str, step: int) -> bool:
        """Whether the author gave a table or figure a caption; one caption is for one of them."""
        caption = self._styles.caption(paragraph, step)
        others = {word for other, words in _LABELS.items() if other != kind for word in words}
        if caption is None or caption in self._taken or others & set(text_of(caption).casefold().split()[:1]):
            return False
        self._taken.append(caption)
        return True


def _all_text(element: Any) -> str:
    return "".join(element.itertext())


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


def _move_break(paragraph: Any, first: Any) -> None:
    """Let what comes before a paragraph begin the page that the paragraph was to begin."""
    found = part(paragraph, "w:pPr/w:pageBreakBefore")
    if found is not None and first.tag == P:
        first.get_or_add_pPr()._insert_pageBreakBefore(found)


def _add_after(last: Any, made: list[Any]) -> None:
    """Add paragraphs after another, inside its section."""
    section = part(last, "w:pPr/w:sectPr")
    for block in reversed(made):
        last.addnext(block)
    if section is not None and made:
        made[-1].get_or_add_pPr()._insert_sectPr(section)
