"""The list of literature, formatted by a citation processor in the style of the project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...study.appendices import Literature

STYLE = Path(__file__).parent / "reports.csl"
"""Author (year). Title. Publisher, place. Series and number: as public reports in Norwegian print them."""
LOCALES = {"nb": "nb-NO", "en": "en-GB"}


def bibliography(literature: Literature, language: str) -> tuple[str, ...]:
    """Return the entries of a list of literature, in its order, each as a line of text.

    Parameters
    ----------
    literature
        The list, with its CSL data.
    language
        The language of the few words that the citation processor adds.
    """
    from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
    from citeproc.source.json import CiteProcJSON

    style = CitationStylesStyle(str(STYLE), locale=LOCALES[language], validate=False)
    works = CitationStylesBibliography(style, CiteProcJSON(literature.csl_json()), formatter.plain)
    for work in literature.entries:
        works.register(Citation([CitationItem(work.csl.id)]))
    # A citation processor writes 'and others' only from a number of authors; here the list says it itself, as an author.
    return tuple(str(entry).replace("; m.fl.", " m.fl.") for entry in works.bibliography())
