"""What is shown, apart from how: a table or a figure that every format (HTML, XLSX, DOCX, CSV) is written from, and its number.

The third table of the report's second page is 'Table 2.3' there, in the document and in the workbook. A page counts what it shows and
notes each number (`Numbers`); files that are written afterwards look them up (`read_numbers`).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from markupsafe import Markup

from ..i18n import Locale
from ..study import MARK, Study
from .captions import hidden_note, joined, source_notes

if TYPE_CHECKING:
    from matplotlib.figure import Figure


NUMBERS = "numbers.json"
"""The file in which a page's numbers are noted."""
PAGE = "EVALKIT_PAGE"
"""The environment variable with the number of the page that the build is making."""


class Hidden(Enum):
    """A value that may not be shown."""

    HIDDEN = MARK


HIDDEN = Hidden.HIDDEN
Value = float | int | str | Hidden | None
Kind = Literal["text", "count", "percent", "number", "p", "interval"]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    key
        Its name in files.
    label
        Its heading, with the unit.
    kind
        `percent` holds shares (0 to 1), `interval` texts such as `40–44 %`.
    decimals
        Digits after the decimal mark.
    """

    key: str
    label: str
    kind: Kind = "text"
    decimals: int = 0

    def written(self, value: Value, locale: Locale) -> str:
        """Return a value as a reader sees it; nothing where there is none."""
        if value is None:
            return ""
        if isinstance(value, Hidden | str):
            return value.value if isinstance(value, Hidden) else value
        if self.kind == "percent":
            return locale.number(100 * value, self.decimals)
        return locale.p_value(value) if self.kind == "p" else locale.number(value, self.decimals)


@dataclass(frozen=True)
class Row:
    """A row of a table: its key, its label and a value a column.

    Parameters
    ----------
    key
        Unique in its table; part of the row's address.
    label
        What stands in its header cell.
    values
        As many as the table has columns; None where a column has nothing to say.
    section
        The heading that the row stands under, if any.
    total
        Whether it is everyone.
    sum
        Whether it counts some of the other rows together.
    """

    key: str
    label: str
    values: tuple[Value, ...]
    section: str | None = None
    total: bool = False
    sum: bool = False


@dataclass(frozen=True)
class TableView:
    """A table as it is shown.

    Parameters
    ----------
    id
        Its name; also its file's.
    title
        What it shows.
    stub
        The heading of its row headers.
    columns, rows
        Its columns and rows.
    notes
        Sentences under it: base, population, dates, source, the mark for what is hidden.
    number
        Its number in the document, if it is numbered.
    """

    id: str
    title: str
    stub: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    number: int | str | None = None

    @property
    def anchor(self) -> str:
        """The table's address in a page."""
        return anchor("table", self.id)

    def row_anchor(self, key: str) -> str:
        """Return a row's address in a page."""
        return anchor("table", self.id, key)

    @property
    def sections(self) -> list[tuple[str | None, list[Row]]]:
        """The headings of sections, each with the rows under it."""
        return [(section, list(rows)) for section, rows in groupby(self.rows, key=lambda row: row.section)]

    def written(self, row: Row, locale: Locale) -> list[str]:
        """Return a row's values as a reader sees them."""
        return [column.written(value, locale) for column, value in zip(self.columns, row.values, strict=True)]

    def numbered(self, number: int | str | None) -> TableView:
        """Return the table with a number."""
        return replace(self, number=number)

    def noted(
        self, study: Study, locale: Locale, *notes: Iterable[str] | str | None, population: bool = True
    ) -> TableView:
        """Return the table with notes, and those that every one has: the mark for what is hidden, population, dates and source."""
        hides = any(value is HIDDEN for row in self.rows for value in row.values)  # a row of a table, no frame
        mark = hidden_note(locale) if hides else None
        return replace(self, notes=joined(*notes, mark, source_notes(study, locale, population=population)))


@dataclass(frozen=True)
class FigureView:
    """A figure as it is shown.

    Parameters
    ----------
    id
        Its name; also its files'.
    title
        What it shows.
    alt
        What a reader would see, in words: every number.
    brief
        The same in a sentence, where the title does not say it; None where `alt` is one.
    caption
        Measure, base, population, dates, source.
    svg
        The drawing as SVG.
    png
        Makes it as PNG, 200 dots an inch unless told otherwise.
    number
        Its number in the document, if it is numbered.
    narrow
        The drawing as SVG for a narrow window; the same one when left out.
    figure
        The drawing itself, to go on with.
    """

    id: str
    title: str
    alt: str
    caption: tuple[str, ...]
    svg: str
    png: Callable[..., bytes] = field(compare=False, repr=False)
    number: int | str | None = None
    narrow: str = ""
    figure: Figure | None = field(default=None, compare=False, repr=False)
    brief: str | None = None

    @property
    def spoken(self) -> str:
        """What is read out in its place."""
        return spoken(self.title, self.alt if self.brief is None else self.brief)

    @property
    def anchor(self) -> str:
        """The figure's address in a page."""
        return anchor("figure", self.id)

    def captioned(self, *notes: Iterable[str] | str | None) -> FigureView:
        """Return the figure with notes, without those that are empty."""
        return replace(self, caption=joined(*notes))


def spoken(title: str, sentence: str) -> str:
    """Return what is read out in a figure's place: its title, and a sentence if there is one."""
    return f"{title.rstrip('.')}. {sentence}".rstrip()


def anchor(kind: str, *parts: str) -> str:
    """Return an address inside a page from names: letters, digits, `-` and `_` alone."""
    return "--".join([f"{kind}-{_plain(parts[0])}", *map(_plain, parts[1:])])


def row_link(text: str, table: str, row: str, page: str = "") -> Markup:
    """Return a number as a link to the row in which it stands, on another page where one is named."""
    return Markup('<a href="{}#{}">{}</a>').format(page, anchor("table", table, row), text)


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)


class Numbers:
    """Counts the tables and the figures of the page that the build is making; of none in a notebook of one's own."""

    def __init__(self) -> None:
        self.page = os.environ.get(PAGE, "")
        self.found: dict[str, str] = {}

    def of(self, view: TableView | FigureView) -> str:
        """Return the number of what is shown, `3` or `2.3`: by first showing, the same when a cell is run again."""
        if view.anchor not in self.found:
            kind = view.anchor.partition("-")[0]
            number = 1 + sum(anchor.startswith(f"{kind}-") for anchor in self.found)
            self.found[view.anchor] = f"{self.page}.{number}" if self.page else str(number)
        return self.found[view.anchor]

    def write(self, folder: Path) -> None:
        """Note the numbers in the page's folder of artifacts."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / NUMBERS).write_text(json.dumps(self.found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_numbers(folder: Path) -> dict[str, str]:
    """Return the numbers of a page's tables and figures by address, as it noted them in its folder of artifacts."""
    path = folder / NUMBERS
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def numbered(views: Sequence[TableView], numbers: Mapping[str, str] | None = None) -> list[TableView]:
    """Return tables with their numbers: those of the pages, sorted by them; then those on no page, counted from 1.

    Parameters
    ----------
    views
        The tables, in order.
    numbers
        The pages' numbers by address; without them the tables are counted in their order.
    """
    known = numbers or {}
    shown = [view.numbered(known[view.anchor]) for view in views if view.anchor in known]
    others = [view for view in views if view.anchor not in known]
    shown.sort(key=lambda view: [int(part) for part in str(view.number).split(".")])
    return shown + [view.numbered(number) for number, view in enumerate(others, start=1)]
