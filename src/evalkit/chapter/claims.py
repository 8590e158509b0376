"""What an author claims beside a sentence, and whether the numbers bear it out under every choice.

A claim compares numbers: `awareness.know.percent < 50`, `a.by.role.leader.know > a.by.role.caseworker.know`, several joined by
`and`. Shares and differences are in per cent and percentage points, as a text has them.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import sqrt
from typing import Literal

from ..errors import UsageError
from ..estimate import codes_by_reading
from ..i18n import Locale
from ..release import Release
from ..report.present.headlines import weighted_share
from ..study import TOTAL
from .fields import Fields, Number, released_counts
from .fields.counts import combined

_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_OPERATORS = re.compile(r"\s*(<=|>=|<|>|==|=|!=)\s*")
_NUMBER = re.compile(r"^[-\N{MINUS SIGN}+]?\d+(?:[.,]\d+)?\s*%?$")
REACH = 1.959963984540054
"""The normal distribution's upper 2.5 per cent point."""

Operand = Number | float
Verdict = Literal["borne out", "not certain", "only unweighted", "only in some readings", "not borne out", "withheld"]
Check = Literal["interval", "weights", "readings"]
Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class Comparison:
    """Two numbers, and how the first is to be to the second."""

    left: Operand
    sign: str
    right: Operand

    @property
    def numbers(self) -> tuple[Number, ...]:
        """The numbers of the release that it is about."""
        return tuple(side for side in (self.left, self.right) if isinstance(side, Number))

    def holds(self, value: Callable[[Number], float | None]) -> bool | None:
        """Return whether it holds where `value` says what each number is; None where one is not known."""
        unit = self.numbers[0].unit
        left, right = (value(side) if isinstance(side, Number) else side / unit for side in (self.left, self.right))
        return None if left is None or right is None else bool(_COMPARE[self.sign](left, right))

    def certain(self) -> bool | None:
        """Return whether the whole 95 per cent interval bears it; None where there is no interval to ask.

        Of a number against a fixed one: its own interval. Of shares of two groups of one grouping: Newcombe's interval of their
        difference (method 10), without finite population correction. Of two answers of one group: Wald's interval of a
        difference in a multinomial distribution.
        """
        if len(self.numbers) == 1:
            (number,) = self.numbers
            held = [self.holds(lambda _, end=end: end) for end in (number.low, number.high)]  # type: ignore[misc]
        else:
            low, high = _difference(*self.numbers)
            held = [None if end is None else _COMPARE[self.sign](end, 0.0) for end in (low, high)]
        return None if None in held else all(held)


def _difference(one: Number, other: Number) -> Bounds:
    """Return the interval of the difference of two shares; nothing where they are not of a kind that it is known for."""
    of_one_question = one.kind == "share" and one.codes and one.variable == other.variable
    if not of_one_question or one.value is None or other.value is None or not one.n or not other.n:
        return None, None
    if one.where.keys() == other.where.keys() and one.where != other.where:
        found = combined(((1.0, one), (-1.0, other)))
        return found.low, found.high
    if one.where == other.where and not set(one.codes) & set(other.codes):
        gap = one.value - other.value
        reach = REACH * sqrt((one.value + other.value - gap**2) / one.n)
        return gap - reach, gap + reach
    return None, None


@dataclass(frozen=True)
class Claim:
    """A claim as it was written, and what it compares."""

    text: str
    comparisons: tuple[Comparison, ...]

    @property
    def numbers(self) -> tuple[Number, ...]:
        """The numbers of the release that it is about."""
        return tuple(number for comparison in self.comparisons for number in comparison.numbers)

    @classmethod
    def read(cls, text: str, fields: Fields) -> Claim:
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
        parts = re.split(r"\s+and\s+", text.strip())
        return cls(text.strip(), tuple(found for part in parts for found in _comparisons(part, fields)))


def _comparisons(text: str, fields: Fields) -> Iterator[Comparison]:
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
        kinds = [number.kind.replace("rate", "share") for number in comparison.numbers]
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
    claim
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
    unasked
        The checks that could not be asked of each of its comparisons.
    """

    claim: Claim
    sentence: str
    where: str
    holds: bool | None
    certain: bool | None
    weighted: bool | None
    readings: Mapping[str, bool] = field(default_factory=dict)
    unasked: tuple[Check, ...] = ()

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


def check(claim: Claim, sentence: str, where: str, release: Release, locale: Locale) -> Checked:
    """Hold a claim against the published numbers, with weights, and in each other reading of a disputed scale."""

    def each(value: Callable[[Number], float | None]) -> list[bool | None]:
        return [comparison.holds(lambda number: _valued(number, value)) for comparison in claim.comparisons]

    published, certain = each(lambda number: number.value), [comparison.certain() for comparison in claim.comparisons]
    weighted = each(lambda number: _weighted(number, release))
    names = dict(reading for number in _shares(claim.numbers) for reading in _readings(number, release, locale))
    readings = {
        label: _all_known(each(lambda number, name=name: _read_as(number, name, release)))  # type: ignore[misc]
        for name, label in names.items()
    }
    held = {label: one for label, one in readings.items() if one is not None}
    made: dict[Check, bool] = {"interval": None not in certain, "weights": None not in weighted, "readings": bool(held)}
    unasked = tuple(name for name, was in made.items() if not was)
    whole = None if None in published else all(published)
    return Checked(claim, sentence, where, whole, _all_known(certain), _all_known(weighted), held, unasked)


def _all_known(held: list[bool | None]) -> bool | None:
    """Return whether all that were asked hold; None where none was."""
    known = [one for one in held if one is not None]
    return all(known) if known else None


def _valued(number: Number, value: Callable[[Number], float | None]) -> float | None:
    """Return what a number is when `value` says what each share is; a difference is that of its shares."""
    if not number.parts:
        return value(number)
    parts = [(times, value(part)) for times, part in number.parts]
    return None if any(part is None for _, part in parts) else sum(times * (part or 0) for times, part in parts)


def _shares(numbers: tuple[Number, ...]) -> Iterator[Number]:
    """Go through the shares that numbers are, or are worked out from."""
    for number in numbers:
        yield from (
            part for part in (number, *(part for _, part in number.parts)) if part.kind == "share" and part.codes
        )


def _weighted(number: Number, release: Release) -> float | None:
    """Return a share of everyone with weights; None for any other number."""
    if number.kind != "share" or number.where or not number.codes:
        return None
    return weighted_share(release, number.variable, number.codes)


def _readings(number: Number, release: Release, locale: Locale) -> Iterator[tuple[str, str]]:
    """Go through the other readings of the scale that a share is about: name and label."""
    scale = release.study.codebook.variable(number.variable).scale
    if set(number.codes) <= set(scale.codes):
        yield from ((name, reading.label[locale.language]) for name, reading in scale.readings.items())


def _read_as(number: Number, name: str, release: Release) -> float | None:
    """Return a share when its scale is read in another way; as it is where that reading is none of its scale's."""
    if number.kind != "share" or not number.variable:
        return number.value
    scale = release.study.codebook.variable(number.variable).scale
    if name not in scale.readings or not set(number.codes) <= set(scale.codes):
        return number.value
    counts = released_counts(release.tables[number.table], release.study)
    place = tuple(number.where.get(dim, TOTAL) for dim in counts.groups)
    base = counts.count(place, number.variable)
    count = counts.together(place, number.variable, codes_by_reading(scale, name, number.codes))
    return None if count is None or not base else count / base
