"""Files to take a report's results elsewhere: a workbook for a spreadsheet, documents for Word, slides for PowerPoint.

`workbook` writes tables to sheets; `slides` a chart a slide; `document` the appendices, or sentences and figures, for Word, by means
of `word` (styles, tables, figures, captions, notes), which also fills authors' chapters.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from ...errors import UsageError

MADE = dt.datetime(2000, 1, 1)
"""The date that files carry, so that the same content is the same bytes on any day."""


def named(path: str | Path, ending: str, rule: str) -> Path:
    """Return the path of a file whose name ends as its format asks for.

    Raises
    ------
    UsageError
        When it ends in another way.
    """
    path = Path(path)
    if path.suffix != ending:
        raise UsageError(rule, got=path.name)
    return path
