"""The survey chapter: the author's own document for Word, its named fields filled from the release.

Order inside: `fields` (what names stand for) < `shown` (what is the report's) < `template` (the document), claims < filling
< page. Every name is loaded when it is first used.
"""

from __future__ import annotations

from ..lazy import lazily

__all__, __getattr__, __dir__ = lazily(
    __name__, {"filling": "Chapter check_chapter fill_chapter", "page": "chapter_page"}
)
