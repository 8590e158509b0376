"""Fields of tables of answers: shares, counts, sums of neighbouring answers, means and net scores, in all and by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import isnan
from typing import TYPE_CHECKING

from ...estimate import means_from_counts, proportions_from_counts
from ...protect.safe import SafeTable
from ...study import TOTAL
from .values import Kind, Number

if TYPE_CHECKING:
    import pandas as pd

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
        """The groups of the table and its margins, the levels of each in the codebook's order where it has one."""
        levels = [(TOTAL, *self._levels(dim)) for dim in self.table.groups]
        found = (dict(zip(self.table.groups, group, strict=True)) for group in product(*levels))
        groups = ({dim: level for dim, level in group.items() if level != TOTAL} for group in found)
        return tuple(group for group in groups if self._place(self.questions[0], group, TOTAL) in self._counts)

    def _place(self, question: str, group: Mapping[str, str], answer: str) -> tuple[str, ...]:
        stack = (question,) if self.table.stack else ()
        return (*(group.get(dim, TOTAL) for dim in self.table.groups), *stack, answer)

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
        return self._counts[self._place(question, group, answer)]

    def people(self, group: Mapping[str, str]) -> int | None:
        """Return how many people a group has by the frame; None where it is not known."""
        return self.study.population(group)

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
    def base(self) -> int | None:
        """How many there are in the group; None where that is hidden."""
        return self.counted.count(self.question, self.group)

    @property
    def count(self) -> int | None:
        """How many gave one of the answers; None where a part of it is hidden."""
        return self.counted.together(self.question, self.group, self.codes)

    @property
    def people(self) -> int | None:
        """How many people the group has by the frame."""
        return self.counted.people(self.group)

    @cached_property
    def scores(self) -> dict[str, int]:
        """The score of each answer: 1 and up from low to high for a mean; 1 and -1 for the two at each end for a net score."""
        if self.measure == "mean":
            return dict(zip(self.codes, range(1, len(self.codes) + 1), strict=True))
        ends = dict.fromkeys(self.codes[:2], -1) | dict.fromkeys(self.codes[-2:], 1)
        return dict.fromkeys(self.counted.codes, 0) | ends

    def of(
        self, kind: Kind, value: float | None, n: int | None, low: float | None = None, high: float | None = None
    ) -> Number:
        """Return the number as what it is."""
        codes = () if self.measure == "n" else self.codes
        table = self.counted.table.id
        return Number(self.name, kind, value, table, self.group, self.question, codes, low, high, n)


def answer_numbers(entries: Sequence[AnswerField]) -> list[Number]:
    """Work out many numbers: counts one by one, shares and scores of a kind all at once."""
    found: dict[int, Number] = {}
    alike: dict[tuple[int, ...], list[int]] = {}
    for i, entry in enumerate(entries):
        if entry.measure in {"n", "count"}:
            found[i] = entry.of("count", entry.base if entry.measure == "n" else entry.count, entry.base)
        else:
            alike.setdefault(() if entry.measure == "percent" else tuple(entry.scores.values()), []).append(i)
    for scores, places in alike.items():
        some = [entries[i] for i in places]
        found |= dict(zip(places, _scored(some, scores) if scores else _shares(some), strict=True))
    return [found[i] for i in range(len(entries))]


def _shares(entries: Sequence[AnswerField]) -> list[Number]:
    bases = [entry.base or None for entry in entries]
    counts = [entry.count if base else None for entry, base in zip(entries, bases, strict=True)]
    sizes = [1 if base is None else base for base in bases]
    frame = proportions_from_counts(counts, sizes, [entry.people for entry in entries])
    return _numbers(entries, ["share"] * len(entries), frame, [entry.base for entry in entries])


def _scored(entries: Sequence[AnswerField], scores: tuple[int, ...]) -> list[Number]:
    """Return means of the same scores over those who gave an answer that has one."""
    counts = [[entry.counted.count(entry.question, entry.group, code) for code in entry.scores] for entry in entries]
    known = [None not in row and any(row) for row in counts]
    rows = [row if good else [None] * len(scores) for row, good in zip(counts, known, strict=True)]
    bases = [entry.base if good else None for entry, good in zip(entries, known, strict=True)]
    frame = means_from_counts(rows, scores, [entry.people for entry in entries], respondents=bases)
    kinds: list[Kind] = ["score" if entry.measure == "mean" else "points" for entry in entries]
    return _numbers(entries, kinds, frame, [None if isnan(n) else int(n) for n in frame["n"]])


def _numbers(
    entries: Sequence[AnswerField], kinds: Sequence[Kind], frame: pd.DataFrame, sizes: Sequence[int | None]
) -> list[Number]:
    rows = frame[["estimate", "conf_low", "conf_high"]].astype(float).itertuples(index=False, name=None)
    values = [[None if isnan(value) else value for value in row] for row in rows]
    return [
        entry.of(kind, value, n, low, high)
        for entry, kind, (value, low, high), n in zip(entries, kinds, values, sizes, strict=True)
    ]


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
