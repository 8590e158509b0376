"""The catalogue of texts: one gettext file a language, keyed by the English text."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ..errors import TranslationError

FOLDER = Path(__file__).resolve().parent.parent / "locale"
SOURCE = "en"
"""The language that messages and text cells are written in; it needs no catalogue."""


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
        raise TranslationError(
            "there is no catalogue of this language",
            where=path.name,
            got=language,
            expected=", ".join(sorted(p.name for p in FOLDER.iterdir() if p.is_dir())),
        )
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


def missing(messages: list[str], language: str) -> TranslationError:
    """Return the error that lists messages without a translation."""
    return TranslationError.several(  # type: ignore[return-value]
        [
            TranslationError(
                "a text has no reviewed translation",
                where=f"evalkit.po ({language})",
                got=message if len(message) < 160 else message[:157] + "...",
                hint="run `make translations`, fill in what is empty or fuzzy, and remove the fuzzy mark",
            )
            for message in messages
        ]
    )
