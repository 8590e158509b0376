"""The catalogue of texts: one gettext file a language, keyed by the English text."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ..errors import EvalkitError, TranslationError

FOLDER = Path(__file__).resolve().parent.parent / "locale"
SOURCE = "en"
"""The language that messages and text cells are written in; it needs no catalogue."""


def languages() -> list[str]:
    """Return the languages that have a folder for a catalogue."""
    return sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())


def catalogue_path(language: str) -> Path:
    """Return where a language's catalogue stands."""
    return FOLDER / language / "LC_MESSAGES" / "evalkit.po"


@cache
def read_catalogue(language: str) -> Any:
    """Read a language's catalogue (`babel.messages.Catalog`).

    Raises
    ------
    TranslationError
        When there is none.
    """
    from babel.messages.pofile import read_po

    path = catalogue_path(language)
    if not path.exists():
        what, expected = "there is no catalogue of this language", ", ".join(languages())
        raise TranslationError(what, where=path.name, got=language, expected=expected)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def translation(message: str, language: str) -> str | tuple[str, ...] | None:
    """Return a message's translation, or None where it is missing or not reviewed (fuzzy)."""
    if language == SOURCE:
        return message
    found = read_catalogue(language).get(message)
    if found is None or found.fuzzy:
        return None
    text: str | tuple[str, ...] = found.string
    return text if text and all(text) else None


def missing(messages: list[str], language: str) -> EvalkitError:
    """Return the error that lists messages without a translation."""
    what, where = "a text has no reviewed translation", f"evalkit.po ({language})"
    hint = "run `make translations`, fill in what is empty or fuzzy, and remove the fuzzy mark"
    texts = [message if len(message) < 160 else message[:157] + "..." for message in messages]
    return TranslationError.several([TranslationError(what, where=where, got=text, hint=hint) for text in texts])
