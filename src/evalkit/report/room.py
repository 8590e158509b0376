"""How much a page has room for: of long charts and tables, it shows what can be read there, and says where the rest is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Sequence, Sized
from dataclasses import replace
from typing import TypeVar

from markupsafe import Markup

from ..i18n import Locale, msg
from .markup import download_html
from .views import TableView

MANY = 60
"""A page shows at most so many rows under one heading, headings, columns, and sentences that say the same of one after another."""
WORKBOOK = "appendix.xlsx"
"""The file with every published table."""
T = TypeVar("T")


def fit(rows: Sequence[T], heading: Callable[[T], Hashable] = lambda _: None) -> list[T]:
    """Return the rows that a page has room for: those under headings of at most `MANY`; none under more headings than that."""
    sizes = Counter(map(heading, rows))
    return [row for row in rows if sizes[heading(row)] <= MANY] if len(sizes) <= MANY else []


def fits(rows: Sized) -> bool:
    """Return whether a page has room for all rows, under one heading."""
    return len(rows) <= MANY


def few(sentences: Sequence[Markup | str], locale: Locale) -> list[Markup | str]:
    """Return sentences; of more than can be read, one that leads to the tables."""
    if fits(sentences):
        return list(sentences)
    count = locale.number(len(sentences))
    return [
        locale.text("These are {n} findings, too many to put into words one by one; the tables hold them.", n=count)
    ]


def shortened(view: TableView, named: Collection[str], locale: Locale, *, workbook: bool) -> TableView:
    """Return what a page has room for of a table, with a note that leads to the whole.

    Parameters
    ----------
    view
        The table.
    named
        The addresses of rows that sentences lead to: these are always shown, as totals are.
    locale
        The language of the note.
    workbook
        Whether the table stands in the workbook too.

    Returns
    -------
    TableView
        The same where all of it has room; without columns where none of its rows has.
    """
    own = [row for row in view.rows if not (row.total or row.sum)]
    wide = not fits(view.columns)
    fitting = [] if wide else fit(own, lambda row: row.section)
    if len(fitting) == len(own):
        return view
    kept = {row.key for row in fitting} | {row.key for row in own if not wide and view.row_anchor(row.key) in named}
    rows = tuple(row for row in view.rows if row.key in kept or row.total or row.sum) if kept else ()
    links = [download_html(f"tables/{view.id}.csv", locale.text("Data (CSV)"), view.title)]
    links += [download_html(WORKBOOK, locale.text("The tables for Excel"), view.title)] if workbook else []
    whole, size = Markup(" · ").join(links), locale.number(len(view.rows))
    if not rows:
        columns = locale.number(len(view.columns))
        text = msg("Too large for a page, with {rows} rows and {columns} columns; the whole table: {files}.")
        return replace(view, columns=(), rows=(), notes=(locale.text(text, rows=size, columns=columns, files=whole),))
    text = msg("{shown} of {rows} rows are shown here; the whole table: {files}.")
    note = locale.text(text, shown=locale.number(len(rows)), rows=size, files=whole)
    return replace(view, rows=rows, notes=(note, *view.notes))
