"""Fields of tables of answers: shares, counts, sums of neighbouring answers, means and net scores, in all and by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from ...estimate import proportions_from_counts
from ...study import TOTAL
from ..safe import SafeTable
from .values import Kind, Number

if TYPE_CHECKING:
    from ...study import Scale, Study

LEAST_FOR_TWO, LEAST_FOR_NET = 3, 4
"""The answers a scale must have for the two highest (and lowest) to be spoken of, and for both to leave something between."""


@dataclass(frozen=True, eq=False)
class Counted:
    """A table of answers, looked up by levels."""

    table: SafeTable
    study: Study

    @cached_property
    def _counts(self) -> dict[tuple[str, ...], int | None]:
        cells = self.table.cells
        keys = cells[list(self._dims)].astype(str).itertuples(index=False, name=None)
        counts = (
            None if hidden else int(n)
            for n, hidden in zip(cells["count"].fillna(0), cells["count"].isna(), strict=True)
        )
        return dict(zip(keys, counts, strict=True))

    @property
    def _dims(self) -> tuple[str, ...]:
        stack = (self.table.stack,) if self.table.stack else ()
        return (*self.table.groups, *stack, self.table.answer)

    @cached_property
    def groups(self) -> tuple[dict[str, str], ...]:
        """The groups of the table, the levels of each in the codebook's order where it has one."""
        levels = [self._levels(dim) for dim in self.table.groups]
        return tuple(dict(zip(self.table.groups, group, strict=True)) for group in product(*levels))

    @property
    def questions(self) -> tuple[str, ...]:
        """The variables whose answers it holds."""
        return self._levels(self.table.stack) if self.table.stack else (self.table.answer,)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The answers of the table, in print order."""
        shown = self.study.codebook.variable(self.questions[0]).shown_codes
        return tuple(code for code in shown if code in self._levels(self.table.answer))

    def _levels(self, dim: str) -> tuple[str, ...]:
        variable = self.study.codebook.variables.get(dim)
        found = [str(level) for level in dict.fromkeys(self.table.cells[dim].astype(str)) if level != TOTAL]
        if variable is None:
            return tuple(found)
        return tuple(code for code in variable.shown_codes if code in found)

    def count(self, question: str, group: Mapping[str, str], answer: str = TOTAL) -> int | None:
        """Return how many of a group gave an answer (all of them when it is left out); None where that is hidden."""
        stack = (question,) if self.table.stack else ()
        return self._counts[(*group.values(), *stack, answer)]

    def people(self, group: Mapping[str, str]) -> int | None:
        """Return how many people a group has by the frame; None where it is not known."""
        key = tuple(group.values())
        if key not in self._people:
            self._people[key] = self.study.population(group)
        return self._people[key]

    @cached_property
    def _people(self) -> dict[tuple[str, ...], int | None]:
        return {}

    def together(self, question: str, group: Mapping[str, str], codes: tuple[str, ...]) -> int | None:
        """Return how many of a group gave one of some answers; None where a part of it is hidden."""
        counts = [self.count(question, group, code) for code in codes]
        return None if None in counts else sum(count for count in counts if count is not None)


@dataclass(frozen=True)
class AnswerField:
    """A number about the answers to a question, not worked out yet.

    Parameters
    ----------
    name
        The field's name.
    counted
        The table.
    question, group, codes
        Which answers of whom are counted together.
    measure
        What is said of them.
    """

    name: str
    counted: Counted
    question: str
    group: Mapping[str, str]
    codes: tuple[str, ...]
    measure: str

    def number(self) -> Number:
        """Work the number out."""
        return answer_numbers([self])[0]

    @property
    def counts(self) -> tuple[int | None, int | None, int | None]:
        """How many gave the answers, how many there are in the group, and how many people it has by the frame."""
        count = self.counted.together(self.question, self.group, self.codes)
        return count, self.counted.count(self.question, self.group), self.counted.people(self.group)

    def other(self) -> Number:
        """Work out a number that is no share."""
        base = self.counted.count(self.question, self.group)
        if self.measure == "mean":
            return self.of("score", self._mean(), base)
        if self.measure == "net":
            return self.of("points", self._net(base), base)
        if self.measure == "count":
            return self.of("count", self.counted.together(self.question, self.group, self.codes), base)
        return self.of("count", base, base)

    def _net(self, base: int | None) -> float | None:
        high, low = (
            self.counted.together(self.question, self.group, codes) for codes in (self.codes[-2:], self.codes[:2])
        )
        return None if high is None or low is None or not base else (high - low) / base

    def _mean(self) -> float | None:
        counts = [self.counted.count(self.question, self.group, code) for code in self.codes]
        known = [count for count in counts if count is not None]
        if len(known) < len(counts) or not sum(known):
            return None
        return sum(score * count for score, count in enumerate(known, start=1)) / sum(known)

    def of(
        self, kind: Kind, value: float | None, n: int | None, low: float | None = None, high: float | None = None
    ) -> Number:
        """Return the number as what it is."""
        codes = () if self.measure == "n" else self.codes
        table = self.counted.table.id
        return Number(self.name, kind, value, table, self.group, self.question, codes, low, high, n)


def answer_numbers(entries: Sequence[AnswerField]) -> list[Number]:
    """Work out many numbers; the intervals of shares all at once."""
    counts = [entry.counts if entry.measure == "percent" else (None, None, None) for entry in entries]
    known = [i for i, (count, base, _) in enumerate(counts) if count is not None and base]
    numbers = [
        entry.of("share", None, c[1]) if entry.measure == "percent" else entry.other()
        for entry, c in zip(entries, counts, strict=True)
    ]
    if known:
        shares = proportions_from_counts(*([counts[i][part] for i in known] for part in range(3)))
        rows = shares[["estimate", "conf_low", "conf_high"]].itertuples(index=False, name=None)
        for i, (share, low, high) in zip(known, rows, strict=True):
            numbers[i] = entries[i].of("share", share, counts[i][1], low, high)
    return numbers


def answer_fields(table: SafeTable, study: Study) -> Iterator[AnswerField]:
    """Go through the numbers of a table of answers.

    Parameters
    ----------
    table
        Protected, with an answer dimension.
    study
        Whose codebook orders answers and groups.
    """
    counted = Counted(table, study)
    for question in counted.questions:
        scale = study.codebook.variable(question).scale
        for group in counted.groups:
            by = "".join(
                f".by.{dim}.{level}" if not i else f".{dim}.{level}" for i, (dim, level) in enumerate(group.items())
            )
            for name, codes, measure in _measures(scale, counted.codes):
                yield AnswerField(f"{question}{by}.{name}", counted, question, group, codes, measure)


def _measures(scale: Scale, shown: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Go through what may be said of the answers to a question: name, answers counted together, measure."""
    for name, codes in _counted_together(scale, shown):
        yield f"{name}.percent", codes, "percent"
        yield f"{name}.count", codes, "count"
    yield "n", shown, "n"
    if scale.ordered:
        yield "mean", scale.codes, "mean"
    if scale.ordered and len(scale.codes) >= LEAST_FOR_NET:
        yield "net", scale.codes, "net"


def _counted_together(scale: Scale, shown: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for code in shown:
        yield code, (code,)
    if not scale.ordered:
        return
    for place, code in enumerate(scale.codes[1:], start=1):
        yield f"at_least.{code}", scale.codes[place:]
    for place, code in enumerate(scale.codes[:-1], start=1):
        yield f"at_most.{code}", scale.codes[:place]
    if len(scale.codes) >= LEAST_FOR_TWO:
        yield "top_two", scale.codes[-2:]
        yield "bottom_two", scale.codes[:2]
