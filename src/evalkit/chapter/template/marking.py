"""A mark in the headers of a document, on every page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from .paragraphs import is_bare, text_of
from .styles import StyleNames


def mark_headers(document: Any, text: str, styles: StyleNames) -> None:
    """Let a text stand at the top of every kind of header that pages have, once."""
    document.element.body.get_or_add_sectPr()
    for header in _headers(document):
        root = header._element
        paragraphs = list(root.iter(qn("w:p")))
        if not any(text in text_of(paragraph) for paragraph in paragraphs):
            _write(header, paragraphs, text, styles.named("header"))


def _headers(document: Any) -> Iterator[Any]:
    """Yield the headers in use, of all sections."""
    both = document.settings.odd_and_even_pages_header_footer
    for section in document.sections:
        yield section.header
        if section.different_first_page_header_footer:
            yield section.first_page_header
        if both:
            yield section.even_page_header


def _write(header: Any, paragraphs: list[Any], text: str, style: str | None) -> None:
    """Write a text into an empty header, or into a paragraph above what it holds."""
    root = header._element
    if len(root) == 1 and len(paragraphs) == 1 and is_bare(paragraphs[0]):
        line = paragraphs[0]
    else:
        line = OxmlElement("w:p")
        root.insert(0, line)
    line.style = style
    Paragraph(line, header).add_run(text).bold = True
