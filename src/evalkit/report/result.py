"""Estimates on their way to a reader: their rows with the codebook's labels, and how tables, figures and sentences are made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
from markupsafe import Markup

from ..i18n import Locale
from ..study import Study
from .captions import Labels
from .views import HIDDEN, Column, FigureView, Row, TableView, Value, row_link

ALPHA = 0.05
"""The level at which tests and intervals are read."""
LINE = 100
"""Letters: the titles of all that is folded stand in the line that opens it, if they are no longer."""


@dataclass(frozen=True)
class Folded:
    """What stands behind a line that opens it; without a line of its own it joins what else is folded."""

    views: tuple[Part, ...]
    summary: str = ""


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    level: int
    text: str


@dataclass(frozen=True)
class Words:
    """Markup that stands by itself, such as an equation or the cards of headline figures."""

    html: Markup


Part = TableView | FigureView | Folded | Heading | Words | str
"""What a section is made of; a text is a sentence that stands by itself."""


def views_of(part: Part) -> tuple[Part, ...]:
    """Return what is folded in a part; the part itself where nothing is."""
    return part.views if isinstance(part, Folded) else (part,)


def arranged(parts: Sequence[Part], locale: Locale, *, folded: bool) -> list[Part]:
    """Return parts as they stand on a page: charts and sentences, then tables behind one line; alone, tables stand open.

    Parameters
    ----------
    parts
        Of one result or of several that are shown together.
    locale
        The language of the line.
    folded
        Whether everything but sentences stands behind the line, charts too.
    """
    kinds = TableView | Folded | (FigureView | Words if folded else TableView)
    behind = [view for part in parts if isinstance(part, kinds) for view in views_of(part)]
    open_ones = [part for part in parts if not isinstance(part, kinds)]
    if not behind or not (folded or any(isinstance(part, FigureView | Words) for part in parts)):
        return list(parts)
    behind.sort(key=lambda view: isinstance(view, TableView))
    tables, figures = ([view for view in behind if isinstance(view, kind)] for kind in (TableView, FigureView))
    titles = dict.fromkeys(view.title for view in tables or figures)
    title = whole if len(whole := locale.listed(titles)) <= LINE else next(iter(titles))
    if figures:
        line = locale.text("Figures and tables: {title}", title=title)
    elif len(tables) > 1:
        line = locale.text("Tables: {title}", title=title)
    else:
        line = locale.text("Table: {title}", title=title)
    return [*open_ones, Folded(tuple(behind), line)]


@dataclass(frozen=True, eq=False)
class Result:
    """Something that was worked out and may be shown, in one language.

    Parameters
    ----------
    kind
        The public name that made it.
    frame
        Its rows; None for what is no frame.
    source
        The release (or the answers' log) it is from.
    asked
        What it is of.
    study, locale
        Whose it is, and the language.
    """

    kind: str
    frame: pd.DataFrame | None
    source: Any
    asked: Mapping[str, Any]
    study: Study
    locale: Locale

    @cached_property
    def labels(self) -> Labels:
        """What things are called."""
        return Labels(self.study, self.locale)

    @property
    def item(self) -> str:
        """The question that it is of, which may have been asked for as one of the study's `questions`."""
        item = self.asked["item"]
        return str(getattr(item, "item", item))

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """The rows as mappings, with no levels but plain values."""
        records = [] if self.frame is None else self.frame.astype(object).to_dict("records")
        return [{str(name): one for name, one in row.items()} for row in records]

    def table(
        self, name: str, title: str, stub: str, columns: Sequence[Column], rows: Iterable[Row], *notes: str | None
    ) -> TableView:
        """Return a table with the notes that every one has: the mark for what is hidden, population, dates and source."""
        view = TableView(name, title, stub, tuple(columns), tuple(rows))
        return view.noted(self.study, self.locale, *notes)

    def percent(self, share: float, table: str, row: str, decimals: int = 0) -> Markup:
        """Return a share in per cent as a link to the row in which it stands."""
        return row_link(self.locale.percent(share, decimals), table, row)

    def number(self, value: float, decimals: int, table: str, row: str) -> Markup:
        """Return a number as a link to the row in which it stands."""
        return row_link(self.locale.number(value, decimals), table, row)

    def distance(self, share: float, table: str, row: str) -> Markup:
        """Return how far apart two shares are, in percentage points without a sign, as a link to the row in which it stands."""
        return self.number(abs(100 * share), 1, table, row)

    def points(self, difference: float, table: str, row: str) -> Markup:
        """Return a difference of shares in percentage points as a link to the row in which it stands."""
        return self.number(100 * difference, 1, table, row)

    def p(self, p: float, table: str, row: str) -> Markup:
        """Return `p = 0.034` or `p < 0.001` as a link to the row in which it stands."""
        written = self.locale.p_value(p)
        return row_link(f"p {written}" if written.startswith("<") else f"p = {written}", table, row)

    def span(self, row: Mapping[str, Any], factor: float = 100, decimals: int = 1) -> str:
        """Return a row's interval."""
        return self.locale.interval(factor * row["conf_low"], factor * row["conf_high"], decimals)


def value(number: Any, factor: float = 1, *, hidden: bool = False) -> Value:
    """Return a number as a table has it: nothing (or the mark) where there is none."""
    if number is None or number != number:
        return HIDDEN if hidden else None
    return factor * float(number)


def excludes_zero(row: Mapping[str, Any]) -> bool:
    """Return whether a row's interval lies on one side of zero."""
    return bool(row["conf_low"] > 0 or row["conf_high"] < 0)


def bounds(locale: Locale, kind: Any = "percent", decimals: int = 0) -> tuple[Column, Column]:
    """Return the columns of an interval's ends."""
    return (
        Column("conf_low", locale.text("95% interval, from"), kind, decimals),
        Column("conf_high", locale.text("95% interval, to"), kind, decimals),
    )


def test_columns(locale: Locale) -> tuple[Column, ...]:
    """Return the columns of a test."""
    return (
        Column("statistic", locale.text("Test statistic"), "number", 2),
        Column("df", locale.text("Degrees of freedom"), "number", 0),
        Column("p_value", locale.text("p-value"), "p", 3),
    )
