"""Text cells in another language: translated by the catalogue, or written in each language in cells that say which."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from .catalogue import SOURCE, missing, translation
from .locale import LANGUAGES


def cell_language(cell: Any) -> str | None:
    """Return the language that a cell's tags say it is written in; None for one that the catalogue translates."""
    return next((tag for tag in cell["metadata"].get("tags", ()) if tag in LANGUAGES), None)


def translate_notebook(nb: Any, language: str) -> Any:
    """Return a notebook with its text cells in a language; code cells are left as they are.

    A cell that is tagged with a language stands in the notebook of that language alone, as it is.

    Parameters
    ----------
    nb
        A notebook (nbformat's node); it is not changed.
    language
        `nb`, or `en`, in which the cells without such a tag are written.

    Raises
    ------
    TranslationError
        Listing every text cell whose translation is missing, or belongs to an earlier text (fuzzy).
    """
    translated, lacking = deepcopy(nb), []
    translated.cells = [cell for cell in translated.cells if cell_language(cell) in (None, language)]
    for cell in translated.cells:
        if cell.cell_type != "markdown" or not cell.source.strip() or cell_language(cell) or language == SOURCE:
            continue
        text = translation(cell.source, language)
        if isinstance(text, str):
            cell.source = text
        else:
            lacking.append(cell.source)
    if lacking:
        raise missing(lacking, language)
    return translated
