"""Text cells in another language."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from .catalogue import SOURCE, missing, translation


def translate_notebook(nb: Any, language: str) -> Any:
    """Return a notebook with its text cells in a language; code cells are left as they are.

    Parameters
    ----------
    nb
        A notebook (nbformat's node); it is not changed.
    language
        `nb`, or `en`, in which the cells are written.

    Raises
    ------
    TranslationError
        Listing every text cell whose translation is missing, or belongs to an earlier text (fuzzy).
    """
    translated = deepcopy(nb)
    if language == SOURCE:
        return translated
    lacking = []
    for cell in translated.cells:
        if cell.cell_type != "markdown" or not cell.source.strip():
            continue
        text = translation(cell.source, language)
        if isinstance(text, str):
            cell.source = text
        else:
            lacking.append(cell.source)
    if lacking:
        raise missing(lacking, language)
    return translated
