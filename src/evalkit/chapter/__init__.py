"""The survey chapter: the author's own document for Word, its named fields filled from the release.

Order inside: `fields` (what names stand for) < `shown` (what is the report's) < `template` (the document), claims < filling
< page. Every name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {"Chapter": "filling", "check_chapter": "filling", "fill_chapter": "filling", "chapter_page": "page"}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'evalkit.chapter' has no attribute '{name}'")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
