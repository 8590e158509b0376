"""The literature list, formatted by the citation processor."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..study.appendix_files import Literature

STYLE = Path(__file__).parent / "reports.csl"
LOCALES = {"nb": "nb-NO", "en": "en-GB"}


def bibliography(literature: Literature, language: str) -> list[str]:
    """Return the works as they are cited, in the list's own order.

    Parameters
    ----------
    literature
        The list, with its CSL data.
    language
        The language of the citation processor's own words.
    """
    from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
    from citeproc.source.json import CiteProcJSON

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # citeproc-py warns of each field that its schema does not know
        source = CiteProcJSON(literature.csl_json())
        style = CitationStylesStyle(str(STYLE), locale=LOCALES[language], validate=False)
        works = CitationStylesBibliography(style, source, formatter.plain)
        for work in literature.entries:
            works.register(Citation([CitationItem(work.csl.id)]))
        return [str(entry) for entry in works.bibliography()]
