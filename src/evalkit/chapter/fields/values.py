"""What a field stands for: a number with its interval, a fact of the study, or a table, figure or reading by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from types import MappingProxyType
from typing import Any, Literal

from ...errors import UsageError, nearest
from ...i18n import Locale
from ...study import MARK

Kind = Literal["share", "rate", "count", "score", "points", "ratio", "p"]
_DECIMALS: dict[Kind, int] = {"share": 0, "rate": 0, "count": 0, "score": 1, "points": 1, "ratio": 2}
WITHOUT_INTERVAL: frozenset[Kind] = frozenset({"rate", "count", "p"})
"""Numbers that are known, not estimated, and p-values."""
NamedKind = Literal["table", "figure", "sentence"]
FILTERS = {
    "interval": "with the 95 per cent interval in brackets",
    "bounds": "the 95 per cent interval alone",
    "decimals": "with so many decimals: `decimals 1`",
    "bare": "without the per cent sign",
    "words": "a count up to twelve in words",
}
"""What may stand behind `|` in a field, and what it does."""
_WORDS = {
    "nb": ["null", "én", "to", "tre", "fire", "fem", "seks", "sju", "åtte", "ni", "ti", "elleve", "tolv"],
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
}


@dataclass(frozen=True)
class Style:
    """How a number is written; see `FILTERS`."""

    interval: bool = False
    bounds: bool = False
    decimals: int | None = None
    bare: bool = False
    words: bool = False

    @classmethod
    def read(cls, filters: str) -> Style:
        """Return what filters ask for, such as `interval | decimals 1`; nothing where there are none.

        Raises
        ------
        UsageError
            When a filter is not known, or lacks its number.
        """
        asked: dict[str, Any] = {}
        for text in map(str.strip, filters.split("|") if filters.strip() else ()):
            name, *rest = re.findall(r"[\w-]+", text) or [""]
            if name not in FILTERS:
                hint = nearest(name, FILTERS)
                raise UsageError("there is no such filter", got=text, expected=", ".join(FILTERS), hint=hint)
            if len(rest) != (name == "decimals") or not all(part.isdigit() for part in rest):
                raise UsageError("this filter is not understood", got=text, expected=f"`{name}`: {FILTERS[name]}")
            asked[name] = int(rest[0]) if rest else True
        return cls(**asked)


PLAIN = Style()
"""As numbers of a kind are usually written."""


@dataclass(frozen=True)
class Number:
    """A number that may be stated; as text it is written in its study's language: `f"{number}"`, `f"{number:interval}"`.

    Parameters
    ----------
    name
        The field's name.
    kind
        A share of answers or a response rate (0 to 1), a count, a mean score, percentage points (a difference of shares, 0.1
        is ten points), an odds ratio or a p-value.
    value
        The number, never rounded; None where it is hidden.
    table
        The released table it was looked up in, or the model's id.
    where
        The levels it is about, by dimension.
    variable, codes
        The question, and the answers that are counted together; empty where it is not about answers.
    low, high
        Its 95 per cent interval, where it has one.
    n
        The number of answers it rests on.
    parts
        Of a difference of shares: the shares, each with what it is multiplied by.
    scores
        Of a mean score: what each of the answers counts for.
    locale
        The language of `str()`.
    """

    name: str
    kind: Kind
    value: float | None
    table: str
    where: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    variable: str = ""
    codes: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    n: float | None = None
    parts: tuple[tuple[float, Number], ...] = field(default=(), repr=False)
    scores: tuple[float, ...] = ()
    locale: Locale = field(default=Locale("en"), compare=False, repr=False)

    @property
    def hidden(self) -> bool:
        """Whether it may not be shown."""
        return self.value is None

    @property
    def unit(self) -> int:
        """What 1 is written as: 100 for shares and their differences."""
        return 100 if self.kind in {"share", "rate", "points"} else 1

    def allow(self, style: Style) -> None:
        """Refuse a way of writing that does not fit the number, hidden or not.

        Raises
        ------
        UsageError
            When an interval is asked for and the number has none, or words and it is no count.
        """
        unknown = self.value is not None and (self.low is None or self.high is None)
        if (style.interval or style.bounds) and (self.kind in WITHOUT_INTERVAL or unknown):
            raise UsageError("this number has no interval", where=self.name, hint="leave out the filter")
        if style.words and self.kind != "count":
            raise UsageError("only counts are written in words", where=self.name, got=f"a {self.kind}")

    def written(self, locale: Locale, style: Style = PLAIN) -> str:
        """Return the number as a text has it, the mark where it is hidden; see `allow`."""
        self.allow(style)
        if self.value is None:
            return MARK
        if style.bounds:
            return self._bounds(locale, style)
        text = self._one(self.value, locale, style)
        return f"{text} ({self._bounds(locale, style)})" if style.interval else text

    def _one(self, value: float, locale: Locale, style: Style) -> str:
        words = _WORDS[locale.language]
        if style.words and value < len(words):
            return words[int(value)]
        if self.kind == "p":
            return locale.p_value(value)
        if self._percent(style):
            return locale.percent(value, self._digits(style))
        return locale.number(self.unit * value, self._digits(style))

    def _bounds(self, locale: Locale, style: Style) -> str:
        low, high = float(self.low or 0), float(self.high or 0)
        if self._percent(style):
            return locale.percent_interval(low, high, self._digits(style))
        return locale.interval(self.unit * low, self.unit * high, self._digits(style))

    def _percent(self, style: Style) -> bool:
        return self.kind in {"share", "rate"} and not style.bare

    def _digits(self, style: Style) -> int:
        return _DECIMALS[self.kind] if style.decimals is None else style.decimals

    def __str__(self) -> str:
        """Return the number as a text has it."""
        return self.written(self.locale)

    def __format__(self, filters: str) -> str:
        """Return the number as a text has it, with the filters of a chapter: `f"{number:interval | decimals 1}"`."""
        return self.written(self.locale, Style.read(filters))

    def _repr_html_(self) -> str:
        """Return the number with its name, interval, base and place, for a notebook."""
        bounds = "" if self.hidden or self.low is None else self.written(self.locale, Style(bounds=True))
        about = {"field": self.name, "value": str(self), "interval": bounds, "n": self.n or "", "table": self.table}
        rows = "".join(
            f'<tr><th scope="row">{name}</th><td>{escape(str(text))}</td></tr>' for name, text in about.items()
        )
        return f"<table>{rows}</table>"

    def record(self) -> dict[str, Any]:
        """Return the number and where it stands as plain values."""
        about: dict[str, Any] = {"field": self.name, "kind": self.kind, "table": self.table, "n": self.n}
        about |= {"value": self.value, "conf_low": self.low, "conf_high": self.high}
        about |= {"where": dict(self.where), "variable": self.variable}
        about["answers"] = list(self.codes)
        return {**about, "scores": list(self.scores)} if self.scores else about


@dataclass(frozen=True)
class Fact:
    """Something that the study's plan says, in words."""

    name: str
    text: Callable[[Locale], str] = field(repr=False)
    locale: Locale = field(default=Locale("en"), compare=False, repr=False)

    def allow(self, style: Style) -> None:
        """Refuse the style of a number."""
        _refuse_filters("text", self.name, style)

    def written(self, locale: Locale, style: Style = PLAIN) -> str:
        """Return it in a language; see `allow`."""
        self.allow(style)
        return self.text(locale)

    def __str__(self) -> str:
        """Return it in the study's language."""
        return self.text(self.locale)


@dataclass(frozen=True)
class Named:
    """A table, a figure, or the sentences that say what a table shows, by name.

    Parameters
    ----------
    name
        The field's name.
    kind
        Which of the three.
    target
        The table's or figure's id.
    """

    name: str
    kind: NamedKind
    target: str

    def allow(self, style: Style) -> None:
        """Refuse the style of a number."""
        _refuse_filters(self.kind, self.name, style)


def _refuse_filters(what: str, name: str, style: Style) -> None:
    if style != PLAIN:
        raise UsageError(f"a {what} has no filters", where=name, hint="leave out what stands behind `|`")


Value = Number | Fact | Named
Entry = tuple[str, Callable[[], Value]]
"""A field's name, and what works out its value when it is asked for."""


def by_name(group: Mapping[str, str]) -> str:
    """Return how a field names a group: `.by.role.leader`; nothing for everyone."""
    return "".join([".by" if group else "", *(f".{name}.{level}" for name, level in group.items())])


def known(numbers: Sequence[float | None]) -> list[float] | None:
    """Return numbers if all of them are known."""
    found = [number for number in numbers if number is not None]
    return found if len(found) == len(numbers) else None
