"""Languages: messages and text cells from one catalogue, numbers and dates as each language writes them.

Order inside the room: catalogue < locale < notebooks < extract.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .extract import stale_messages, update_catalogue
    from .locale import LANGUAGES, Locale, msg
    from .notebooks import translate_notebook

_HOME = {
    "LANGUAGES": "locale",
    "Locale": "locale",
    "msg": "locale",
    "stale_messages": "extract",
    "translate_notebook": "notebooks",
    "update_catalogue": "extract",
}

__all__ = ["LANGUAGES", "Locale", "msg", "stale_messages", "translate_notebook", "update_catalogue"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'evalkit.i18n' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(f".{_HOME[name]}", __name__), name)
