"""The report: protected results as tables, charts and sentences, pages that stand alone, and files for Word and Excel.

Order inside the room: labels < captions < views, palette < markup, drawing, distributions < charts, sentences < present (a
presenter a kind of result) < shown, show; prose, register < render (pages) < index (first pages, and units' own). Rooms of their own:
`appendix` (a study's data files as tables and quotations) and `files` (workbook, documents, slides).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "CHAPTER": "render",
    "Show": "show",
    "explore": "explorer",
    "index_page": "index",
    "unit_page": "index",
    "units_page": "index",
    "render_page": "render",
    "write_document": "files.document",
    "write_slides": "files.slides",
    "write_tables": "shown",
    "write_workbook": "files.workbook",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'evalkit.report' has no attribute '{name}'")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)
