"""The report: protected results as tables, charts and sentences, pages that stand alone, and files for Word and Excel.

Order inside the room: captions < views, palette < markup, drawing, distributions < charts, sentences, result < present (a presenter
a kind of result) < shown, show; prose < render (pages) < index (first pages, and units' own). Rooms of their own:
`appendix` (a study's data files as tables and quotations) and `files` (workbook, documents, slides).
"""

from __future__ import annotations

from ..lazy import lazily

__all__, __getattr__, __dir__ = lazily(
    __name__,
    {
        "render": "CHAPTER render_page",
        "show": "Show",
        "explorer": "explore",
        "index": "index_page unit_page units_page",
        "files.document": "write_document",
        "files.slides": "write_slides",
        "shown": "write_tables",
        "files.workbook": "write_workbook",
    },
)
