"""Estimates on their way to a reader: their rows with the codebook's labels, and how tables, figures and sentences are made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd
from markupsafe import Markup

from ..i18n import Locale, msg
from ..study import Scale, Study
from .captions import Labels, question_note, source_notes, within
from .prose import Heading
from .views import HIDDEN, Column, FigureView, Row, TableView, Value, row_link

ALPHA = 0.05
"""The level at which tests and intervals are read."""
INTERVAL = ("estimate", "conf_low", "conf_high")
"""The columns of an estimate and its interval."""
COLUMNS = {
    "points": Column("estimate", msg("Difference, percentage points"), "number", 1),
    "interval": Column("interval", msg("95% interval"), "interval"),
    "statistic": Column("statistic", msg("Test statistic"), "number", 2),
    "df": Column("df", msg("Degrees of freedom"), "number"),
    "p_value": Column("p_value", msg("p-value"), "p", 3),
    "p_adjusted": Column("p_adjusted", msg("p, adjusted"), "p", 3),
    "opinions": Column("n", msg("With an opinion (n)"), "count"),
    "rate": Column("percent", msg("Response rate (%)"), "percent"),
    "n": Column("n", msg("Number of answers (n)"), "count"),
}
"""Columns that many tables have, their headings in English."""
LINE = 100
"""Letters: the titles of all that is folded stand in the line that opens it, if they are no longer."""


@dataclass(frozen=True)
class Folded:
    """What stands behind a line that opens it; without a line of its own it joins what else is folded."""

    views: tuple[Part, ...]
    summary: str = ""


@dataclass(frozen=True)
class Words:
    """Markup that stands by itself, such as an equation or the cards of headline figures."""

    html: Markup


@dataclass(frozen=True)
class Reading:
    """Sentences that are read together, and what they are about."""

    sentences: Sequence[Markup | str]
    about: str = ""


Part = TableView | FigureView | Folded | Heading | Words | Reading | str
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
        return [
            view for part in parts for view in (views_of(part) if getattr(part, "summary", None) == "" else (part,))
        ]
    behind.sort(key=lambda view: isinstance(view, TableView))
    tables, figures = ([view for view in behind if isinstance(view, kind)] for kind in (TableView, FigureView))
    titles = dict.fromkeys(view.title for view in tables or figures)
    title = whole if len(whole := locale.listed(titles)) <= LINE else next(iter(titles))
    text = msg("Tables: {title}") if len(tables) > 1 else msg("Table: {title}")
    if figures:
        text = msg("Figures and tables: {title}")
    return [*open_ones, Folded(tuple(behind), locale.text(text, title=title))]


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

    @property
    def by(self) -> list[str]:
        """The variables that it is grouped by, in order."""
        by = self.asked.get("by")
        return [by] if isinstance(by, str) else list(by or ())

    @cached_property
    def rows(self) -> list[Line]:
        """The rows as mappings, with no levels but plain values, each with the variable that it is grouped by."""
        found = [] if self.frame is None else lines(self.frame)
        return [Line({"by": self.by[0]} | row) for row in found] if self.by else found

    def text(self, message: str, /, **values: object) -> str:
        """Return a message in the result's language, its `{names}` filled in; with links in it, as markup."""
        return self.locale.text(message, **values)

    def either(self, one: str, other: str, first: object, /, **values: object) -> str:
        """Return the first of two messages where something holds, the other where it does not, as `text` does."""
        return self.text(one if first else other, **values)

    def variable(self, name: str) -> str:
        """Return the short name of a variable."""
        return self.labels.variable(name)

    def within(self, name: str) -> str:
        """Return the short name of a variable as it stands in a sentence."""
        return within(self.labels.variable(name))

    def quoted(self, *names: str) -> str:
        """Return the short names of variables in quotation marks, listed."""
        return self.locale.listed(self.locale.quoted(self.labels.variable(name)) for name in names)

    def level(self, row: Line) -> str:
        """Return what the group of a row is called."""
        return self.labels.level(row.by, row.group)

    def question_row(self, row: Line, *values: Value) -> Row:
        """Return a row of a table for the question of a result's row."""
        return Row(row.term, self.variable(row.term), values)

    def scale(self, name: str) -> Scale:
        """Return the answers that a variable has."""
        return self.study.codebook.variable(name).scale

    def question(self, name: str) -> tuple[str, ...]:
        """Return the question behind a variable as it was asked, and whom it was put to."""
        return question_note(self.study.codebook.variable(name).item, self.study, self.locale)

    def figure(self, view: FigureView, *notes: Iterable[str] | str | None) -> FigureView:
        """Return a figure with the notes that every one has: population, dates and source."""
        return view.captioned(*notes, source_notes(self.study, self.locale))

    def listed(self, numbers: Iterable[tuple[str, Markup]]) -> Markup:
        """Return a list of names, each with a number in brackets."""
        return Markup(self.locale.listed(Markup("{} ({})").format(*pair) for pair in numbers))

    def table(
        self, name: str, title: str, stub: str, columns: Sequence[Column], rows: Iterable[Row], *notes: str | None
    ) -> TableView:
        """Return a table with the notes that every one has: the mark for what is hidden, population, dates and source."""
        view = TableView(name, title, stub, tuple(columns), tuple(rows))
        return view.noted(self.study, self.locale, *notes)

    def estimate(self, key: str, label: str, kind: Any = "percent", decimals: int = 0) -> tuple[Column, ...]:
        """Return the columns of an estimate and of its interval's ends."""
        return Column(key, label, kind, decimals), *self.bounds(kind, decimals)

    def difference_columns(self, key: str) -> tuple[Column, ...]:
        """Return those of a difference of shares."""
        return self.estimate(key, self.text("Difference, percentage points"), "number", 1)

    def bounds(self, kind: Any = "percent", decimals: int = 0) -> tuple[Column, Column]:
        """Return the columns of an interval's ends."""
        return (
            Column("conf_low", self.text("95% interval, from"), kind, decimals),
            Column("conf_high", self.text("95% interval, to"), kind, decimals),
        )

    def columns(self, *names: str) -> list[Column]:
        """Return some of the columns that many tables have."""
        return [replace(COLUMNS[name], label=self.text(COLUMNS[name].label)) for name in names]

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
        return row_link(f"p {self.compared_p(p)}", table, row)

    def compared_p(self, p: float) -> str:
        """Return `= 0.034` or `< 0.001`."""
        written = self.locale.p_value(float(p))
        return written if written.startswith("<") else f"= {written}"

    def reach(self, rows: Iterable[Line], table: str, key: Callable[[Line], str]) -> Markup:
        """Return how far from zero the widest of some intervals reaches, linked to its row: larger differences are excluded."""
        widest = max(rows, key=lambda row: row.reach)
        return self.distance(widest.reach, table, key(widest))

    def span(self, row: Line, factor: float = 100, decimals: int = 1, *, unsigned: bool = False) -> str:
        """Return a row's interval; of a difference that is said without its sign, that of its size."""
        if unsigned and row.estimate <= 0:
            return self.locale.interval(-factor * row.conf_high, -factor * row.conf_low, decimals)
        return self.locale.interval(factor * row.conf_low, factor * row.conf_high, decimals)


class Line(dict[str, Any]):
    """A row of a result: `row.term`, `row.group`, `row.estimate` and so on are its values by column."""

    def __getattr__(self, name: str) -> Any:
        """Return the value of a column."""
        if name in self:
            return self[name]
        raise AttributeError(name)

    @property
    def key(self) -> str:
        """The key of a comparison: the predictor and the level that is compared; of a group, the group."""
        return f"{self.term}-{self.contrast.partition(' - ')[0]}" if "contrast" in self else self.group

    @property
    def codes(self) -> list[str]:
        """The answers that are counted together."""
        return str(self.category).split(" + ")

    @property
    def ends(self) -> tuple[float, float, float]:
        """The estimate and the ends of its interval."""
        return float(self.estimate), float(self.conf_low), float(self.conf_high)

    @property
    def apart(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return bool(self.conf_low > 0 or self.conf_high < 0)

    @property
    def reach(self) -> float:
        """How far from zero the interval reaches."""
        return max(abs(float(self.conf_low)), abs(float(self.conf_high)))

    def known(self, name: str = "estimate") -> bool:
        """Return whether a number is there."""
        return bool(self[name] == self[name])

    def values_of(self, *names: str, factor: float = 1) -> tuple[Value, ...]:
        """Return numbers as a table has them, nothing where there is none."""
        return tuple(value(self[name], factor) for name in names)

    def counted(self, name: str = "n") -> Value:
        """Return a number of people, or the mark."""
        return int(self[name]) if self.known(name) else HIDDEN

    def shown(self, *names: str, factor: float = 1) -> tuple[Value, ...]:
        """Return figures of a group as a table has them: hidden where what they rest on is, nothing where nobody is there."""
        return tuple(value(self[name], factor, hidden=not self.known("n")) for name in names)


def lines(frame: pd.DataFrame) -> list[Line]:
    """Return the rows of a frame."""
    return [Line({str(name): one for name, one in row.items()}) for row in frame.astype(object).to_dict("records")]


def value(number: Any, factor: float = 1, *, hidden: bool = False) -> Value:
    """Return a number as a table has it: nothing (or the mark) where there is none."""
    if number is None or number != number:
        return HIDDEN if hidden else None
    return factor * float(number)


@dataclass(frozen=True)
class Presenter:
    """How a kind of result is shown, and what is said of it."""

    parts: Callable[[Any], Iterable[Part]]
    sentences: Callable[[Any], Iterable[Markup | str]] = lambda _: ()

    @classmethod
    def by(cls, choose: Callable[[Any], Presenter]) -> Presenter:
        """Return a presenter of results that are not all shown alike: one is chosen for each."""
        return cls(lambda r: choose(r).parts(r), lambda r: choose(r).sentences(r))
