"""The first page: headline figures with their intervals, what each page answers, and the files to use elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..i18n import Locale
from .links import Link, page_links
from .prose import Heading
from .provenance import provenance
from .render import page_html


def index_page(release: Any, language: str, pages: Sequence[tuple[str, str]] = ()) -> str:
    """Return the first page of a report.

    Parameters
    ----------
    release
        The protected tables of a study.
    language
        One of the study's languages.
    pages
        Every page of the report: its name and its notebook's.
    """
    study, locale = release.study, Locale(language)
    return page_html(
        "index",
        study=study,
        language=language,
        headings=[Heading(1, locale.text("Main findings"), "content")],
        links=page_links(pages, study, language),
        current="index.html",
        downloads=_downloads(locale),
        provenance=provenance(study),
    )


def _downloads(locale: Locale) -> list[Link]:
    return [
        Link("appendix.docx", locale.text("The appendices for Word"), "appendix.docx"),
        Link("appendix.xlsx", locale.text("The tables for Excel"), "appendix.xlsx"),
    ]
