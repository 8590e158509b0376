"""Guarded claims: what an author asserts beside a sentence, and whether the numbers bear it out under every choice.

A claim compares numbers: `awareness.know.percent < 50`, `a.by.role.leader.know > a.by.role.caseworker.know`, several joined by
`and`. Shares and differences are in per cent and percentage points, as a text has them.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import hypot, sqrt
from typing import TYPE_CHECKING, Literal

from ..chapter.fields import Counted, Number
from ..errors import UsageError
from ..report.claims import codes_by_reading
from ..report.weighted import weighted_share

if TYPE_CHECKING:
    from ..chapter.fields import Fields
    from ..i18n import Locale
    from ..release import Release

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_OPERATORS = re.compile(r"\s*(<=|>=|<|>|==|=|!=)\s*")
_NUMBER = re.compile(r"^[-\N{MINUS SIGN}+]?\d+(?:[.,]\d+)?\s*%?$")
REACH = 1.959963984540054
"""The normal distribution's upper 2.5 per cent point."""

Operand = Number | float
Verdict = Literal["borne out", "not certain", "only unweighted", "only in some readings", "not borne out", "withheld"]


@dataclass(frozen=True)
class Comparison:
    """Two numbers, and how the first is to be to the second."""

    left: Operand
    sign: str
    right: Operand

    def holds(self, value: Callable[[Number], float | None]) -> bool | None:
        """Return whether it holds where `value` says what each number is; None where one is not known."""
        left, right = (value(side) if isinstance(side, Number) else side / 100 for side in self._sides())
        return None if left is None or right is None else _COMPARE[self.sign](left, right)

    def _sides(self) -> tuple[Operand, Operand]:
        """Return both sides, a plain number in hundredths where the other is no share."""
        plain = [side for side in (self.left, self.right) if isinstance(side, Number)]
        scale = 1 if plain[0].kind in {"share", "points"} else 100
        left, right = (side if isinstance(side, Number) else scale * side for side in (self.left, self.right))
        return left, right

    @property
    def numbers(self) -> tuple[Number, ...]:
        """The numbers of the release that it is about."""
        return tuple(side for side in (self.left, self.right) if isinstance(side, Number))

    def certain(self) -> bool | None:
        """Return whether the whole 95 per cent interval bears it; None where there is no interval to ask.

        Of a number against a fixed one: its own interval. Of shares of two groups of one grouping: Newcombe's interval of their
        difference (method 10), without finite population correction. Of two answers of one group: Wald's interval of a
        difference in a multinomial distribution.
        """
        if len(self.numbers) == 1:
            (number,) = self.numbers
            ends = (number.low, number.high)
            return None if None in ends else all(self.holds(lambda _, end=end: end) for end in ends)  # type: ignore[misc]
        low, high = _difference(*self.numbers)
        if low is None or high is None:
            return None
        return all(_COMPARE[self.sign](end, 0.0) for end in (low, high))


def _difference(one: Number, other: Number) -> tuple[float | None, float | None]:
    """Return the interval of the difference of two shares; nothing where they are not of a kind that it is known for."""
    if one.kind != "share" or one.value is None or other.value is None or not one.n or not other.n or not one.codes:
        return None, None
    gap = one.value - other.value
    if one.where.keys() == other.where.keys() and one.where != other.where and one.variable == other.variable:
        from ..estimate import wilson

        (low, other_low), (high, other_high) = wilson([one.value, other.value], [one.n, other.n])
        return gap - hypot(one.value - low, other_high - other.value), gap + hypot(
            high - one.value, other.value - other_low
        )
    if one.where == other.where and one.variable == other.variable and not set(one.codes) & set(other.codes):
        reach = REACH * sqrt((one.value + other.value - gap**2) / one.n)
        return gap - reach, gap + reach
    return None, None


@dataclass(frozen=True)
class Assertion:
    """A claim as it was written, and what it compares."""

    text: str
    comparisons: tuple[Comparison, ...]

    @property
    def numbers(self) -> tuple[Number, ...]:
        """The numbers of the release that it is about."""
        return tuple(number for comparison in self.comparisons for number in comparison.numbers)


def parsed(text: str, fields: Fields) -> Assertion:
    """Return a claim, its names looked up.

    Parameters
    ----------
    text
        Comparisons with `<`, `<=`, `>`, `>=`, joined by `and`; `40 < x < 60` is two.
    fields
        What names stand for.

    Raises
    ------
    UsageError
        When it is no comparison, a name is not known, or two kinds of numbers are compared.
    """
    found = [comparison for part in re.split(r"\s+and\s+", text.strip()) for comparison in _parsed(part, fields)]
    return Assertion(text.strip(), tuple(found))


def _parsed(text: str, fields: Fields) -> Iterator[Comparison]:
    parts = _OPERATORS.split(text)
    operands, signs = parts[::2], parts[1::2]
    if not signs or "" in operands or not set(signs) <= _COMPARE.keys():
        raise UsageError(
            "this is no claim that can be checked",
            got=text or "nothing",
            expected="a comparison such as `awareness.know.percent > 50`, with <, <=, > or >=",
        )
    for (left, right), sign in zip(pairwise([_operand(part, fields) for part in operands]), signs, strict=True):
        comparison = Comparison(left, sign, right)
        kinds = [number.kind for number in comparison.numbers]
        if not kinds or len(set(kinds)) > 1:
            raise UsageError(
                "these two cannot be compared",
                got=f"{text}: {' and '.join(kinds) or 'two fixed numbers'}",
                expected="two numbers of one kind, or one and a fixed number",
            )
        yield comparison


def _operand(text: str, fields: Fields) -> Operand:
    if _NUMBER.match(text):
        return float(text.rstrip("% ").replace(",", ".").replace("\N{MINUS SIGN}", "-"))
    value = fields[text]
    if not isinstance(value, Number):
        raise UsageError("a claim compares numbers", got=text, expected="a field that is a number")
    return value


@dataclass(frozen=True)
class Checked:
    """What became of a claim.

    Parameters
    ----------
    assertion
        The claim.
    sentence, where
        The sentence it guards, and its place in the document.
    holds
        Whether the published numbers bear it out; None where one is withheld.
    certain
        Whether the whole interval does; None where there is none to ask.
    weighted
        Whether it holds with each unit counted by its size; None where the choice does not arise.
    readings
        Whether it holds when a disputed scale is read in another way, by the reading's name.
    """

    assertion: Assertion
    sentence: str
    where: str
    holds: bool | None
    certain: bool | None
    weighted: bool | None
    readings: dict[str, bool]

    @property
    def verdict(self) -> Verdict:
        """The gravest thing that is to be said of it."""
        if self.holds is None:
            return "withheld"
        if not self.holds:
            return "not borne out"
        if self.weighted is False:
            return "only unweighted"
        if not all(self.readings.values()):
            return "only in some readings"
        return "borne out" if self.certain is not False else "not certain"


def check(assertion: Assertion, sentence: str, where: str, release: Release, locale: Locale) -> Checked:
    """Hold a claim against the published numbers, with weights, and in each other reading of a disputed scale."""
    comparisons = assertion.comparisons

    def whole(each: Callable[[Comparison], bool | None]) -> bool | None:
        found = [each(comparison) for comparison in comparisons]
        known = [one for one in found if one is not None]
        return all(known) if known else None

    published = [comparison.holds(lambda number: number.value) for comparison in comparisons]
    names = {name: label for number in assertion.numbers for name, label in _readings(number, release, locale)}
    readings = {
        label: whole(lambda comparison, name=name: comparison.holds(lambda number: _read_as(number, name, release)))  # type: ignore[misc]
        for name, label in names.items()
    }
    return Checked(
        assertion,
        sentence,
        where,
        None if None in published else all(published),
        whole(Comparison.certain),
        whole(lambda comparison: comparison.holds(lambda number: _weighted(number, release))),
        {label: held for label, held in readings.items() if held is not None},
    )


def _weighted(number: Number, release: Release) -> float | None:
    """Return a share of everyone with weights; None for any other number."""
    if number.kind != "share" or number.where or not number.codes:
        return None
    return weighted_share(release, number.variable, number.codes)


def _readings(number: Number, release: Release, locale: Locale) -> Iterator[tuple[str, str]]:
    """Go through the other readings of the scale that a share is about: name and label."""
    if number.kind == "share" and number.codes:
        scale = release.study.codebook.variable(number.variable).scale
        for name, reading in scale.readings.items():
            if set(number.codes) <= set(scale.codes):
                yield name, reading.label[locale.language]


def _read_as(number: Number, name: str, release: Release) -> float | None:
    """Return a share when its scale is read in another way; as it is where that reading is none of its scale's."""
    scale = release.study.codebook.variable(number.variable).scale if number.variable else None
    if (
        scale is None
        or number.kind != "share"
        or name not in scale.readings
        or not set(number.codes) <= set(scale.codes)
    ):
        return number.value
    counted = Counted(release.tables[number.table], release.study)
    base = counted.count(number.variable, number.where)
    count = counted.together(number.variable, number.where, codes_by_reading(scale, name, number.codes))
    return None if count is None or not base else count / base
