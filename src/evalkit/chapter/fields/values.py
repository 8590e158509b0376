"""What a field stands for: a number with its interval, a fact of the study, or a table, figure or reading by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from ...errors import UsageError
from ...i18n import Locale
from ...study import MARK

Kind = Literal["share", "count", "score", "points", "ratio", "p"]
_DECIMALS: dict[str, int] = {"share": 0, "count": 0, "score": 1, "points": 1, "ratio": 2, "p": 3}
FILTERS = {
    "interval": "with the 95 per cent interval in brackets",
    "bounds": "the 95 per cent interval alone",
    "decimals": "with so many decimals: `decimals 1`",
    "bare": "without the per cent sign",
}
"""What may stand behind `|` in a field, and what it does."""


@dataclass(frozen=True)
class Style:
    """How a number is written; see `FILTERS`."""

    interval: bool = False
    bounds: bool = False
    decimals: int | None = None
    bare: bool = False


@dataclass(frozen=True)
class Number:
    """A number that may be stated.

    Parameters
    ----------
    name
        The field's name.
    kind
        A share (0 to 1), a count, a mean score, percentage points (a difference of shares, 0.1 is ten points), an odds ratio
        or a p-value.
    value
        The number, never rounded; None where it is hidden.
    low, high
        Its 95 per cent interval, where it has one.
    n
        The number of answers it rests on.
    table
        The released table it was looked up in, or the model's id.
    where
        The levels it is about, by dimension.
    variable, codes
        The question, and the answers that are counted together; empty where it is not about answers.
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
    n: int | None = None

    @property
    def hidden(self) -> bool:
        """Whether it may not be shown."""
        return self.value is None

    def written(self, locale: Locale, style: Style | None = None) -> str:
        """Return the number as a text has it, the mark where it is hidden.

        Raises
        ------
        UsageError
            When an interval is asked for and the number has none.
        """
        style = style or Style()
        if self.value is None:
            return MARK
        if (style.interval or style.bounds) and (self.low is None or self.high is None):
            raise UsageError("this number has no interval", where=self.name, hint="leave out the filter")
        if style.bounds:
            return self._bounds(locale, style)
        text = self._one(self.value, locale, style)
        return f"{text} ({self._bounds(locale, style)})" if style.interval else text

    def _one(self, value: float, locale: Locale, style: Style) -> str:
        digits = _DECIMALS[self.kind] if style.decimals is None else style.decimals
        if self.kind == "share" and not style.bare:
            return locale.percent(value, digits)
        if self.kind == "p":
            return locale.p_value(value)
        return locale.number(100 * value if self.kind in {"share", "points"} else value, digits)

    def _bounds(self, locale: Locale, style: Style) -> str:
        low, high = float(self.low or 0), float(self.high or 0)
        digits = _DECIMALS[self.kind] if style.decimals is None else style.decimals
        if self.kind == "share" and not style.bare:
            return locale.percent_interval(low, high, digits)
        factor = 100 if self.kind in {"share", "points"} else 1
        return locale.interval(factor * low, factor * high, digits)

    def record(self) -> dict[str, Any]:
        """Return the number and where it stands as plain values."""
        return {
            "field": self.name,
            "kind": self.kind,
            "value": self.value,
            "conf_low": self.low,
            "conf_high": self.high,
            "n": self.n,
            "table": self.table,
            "where": dict(self.where),
            "variable": self.variable,
            "answers": list(self.codes),
        }


@dataclass(frozen=True)
class Fact:
    """Something that the study's plan says, in words."""

    name: str
    text: Callable[[Locale], str] = field(repr=False)

    def written(self, locale: Locale, style: Style | None = None) -> str:
        """Return it.

        Raises
        ------
        UsageError
            When it is asked for in the style of a number.
        """
        if style not in {None, Style()}:
            raise UsageError("a text has no filters", where=self.name, hint="leave out what stands behind `|`")
        return self.text(locale)


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
    kind: Literal["table", "figure", "sentence"]
    target: str


Value = Number | Fact | Named
