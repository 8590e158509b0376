"""Published counts, looked up by levels: of a release, or planned by a study that has no answers yet; and what is estimated of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations, product
from math import isnan
from typing import NamedTuple

import numpy as np
import pandas as pd

from ...estimate import means_from_counts, proportions_from_counts, wilson
from ...protect import SafeTable, whole
from ...release.publishable import ARRIVAL, RESPONSE
from ...report.distributions import Places, added, asked, looked_up
from ...study import NOT_ASKED, TOTAL, Study
from .values import Number, known

Place = tuple[str, ...]
"""The levels of a group, one a dimension of its table; `TOTAL` for a dimension that is summed over."""
EARLY_OR_LATE = ("early", "late")


@dataclass(frozen=True, eq=False)
class Counts:
    """A published table: whom it is about, what they were asked, and how many gave each answer.

    Parameters
    ----------
    id
        The table's id.
    study
        Whose codebook orders answers and groups.
    by
        The dimensions that are groups.
    questions
        The variables whose answers it holds; none for a table of how many answered.
    stack
        The dimension that the questions are, where there are several.
    table
        The protected counts; None before there are answers.
    """

    id: str
    study: Study
    by: tuple[str, ...]
    questions: tuple[str, ...]
    stack: str | None = None
    table: SafeTable | None = None

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """The levels of each group."""
        return {name: self._levels(name, name) for name in self.by}

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The answers of those who were asked, in print order; none for a table of how many answered."""
        answer = self.table.answer if self.table else ""
        levels = self._levels(answer, self.questions[0]) if self.questions else ()
        return tuple(code for code in levels if code != NOT_ASKED)

    @cached_property
    def cells(self) -> Places | None:
        """How many there are by levels of groups, question and answer; None before there are answers."""
        return None if self.table is None else looked_up(self.table)[0]

    def _levels(self, dim: str, name: str) -> tuple[str, ...]:
        """Return the levels of a dimension in print order, those that stand in the table or may stand in it."""
        variable = self.study.codebook.variables.get(name)
        shown = variable.shown_codes if variable else EARLY_OR_LATE
        if self.table is None:
            return shown
        found = [level for level in looked_up(self.table)[1][dim] if level != TOTAL]
        return tuple(code for code in shown if code in found) if variable else tuple(found)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The groups of the table and its margins."""
        found = product(*((TOTAL, *levels) for levels in self.groups.values()))
        question = self.questions[0] if self.questions else ""
        return tuple(place for place in found if self.cells is None or self._key(place, question, TOTAL) in self.cells)

    def group(self, place: Place) -> dict[str, str]:
        """Return the levels at a place by dimension, without those that are summed over."""
        return {dim: level for dim, level in zip(self.groups, place, strict=True) if level != TOTAL}

    def people(self, place: Place) -> int | None:
        """Return how many people a group has by the frame; None where it is not known."""
        return None if self.effect else self.study.population(self.group(place))

    def count(self, place: Place, question: str = "", answer: str = TOTAL) -> float | None:
        """Return how many of a group gave an answer (all who were asked when it is left out); None where that is hidden."""
        if self.cells is None:
            return None
        key = self._key(place, question, answer)
        return asked(self.cells, key[:-1]) if question and answer == TOTAL else self.cells[key]

    def together(self, place: Place, question: str, codes: Sequence[str]) -> float | None:
        """Return how many of a group gave one of some answers; None where a part of it is hidden."""
        together = added([self.count(place, question, code) for code in codes])
        return None if together is None else whole(together)

    @property
    def effect(self) -> float | None:
        """The design effect of weighted answers; None where everybody counts the same."""
        return None if self.table is None else self.table.effect

    def _key(self, place: Place, question: str, answer: str) -> tuple[str, ...]:
        return (*place, *((question,) if self.stack else ()), *((answer,) if self.questions else ()))


@lru_cache(maxsize=512)
def released_counts(table: SafeTable, study: Study) -> Counts:
    """Return the counts of a protected table; kept, so that fields that are made anew need not look them up again."""
    questions: tuple[str, ...] = (table.answer,) if table.answer else ()
    if table.stack:
        questions = tuple(str(name) for name in table.cells[table.stack].cat.categories if name != TOTAL)
    return Counts(table.id, study, table.groups, questions, table.stack, table)


def planned_counts(study: Study) -> Iterator[Counts]:
    """Go through the tables that a study is to publish, as far as its plan and codebook say; how many answered by day is not."""
    codebook = study.codebook
    for table in study.publications:
        several = table.item in codebook.items and codebook.item(table.item).several
        names = tuple(variable.name for variable in codebook.variables_of(table.item)) if several else (table.item,)
        yield Counts(table.id, study, table.by, names, table.item if several else None)
    asked = [{table.item, *table.by} for table in study.publications]
    crossed = [pair for pair in combinations(study.groups, 2) if any(set(pair) <= names for names in asked)]
    for by in ((), *((group,) for group in study.groups), *crossed):
        yield Counts("_by_".join(filter(None, (RESPONSE, "_".join(by)))), study, by, ())
    if study.export.submitted and study.fieldwork and study.fieldwork.reminders and study.plan.headlines:
        item = study.plan.headlines[0].item
        yield Counts(f"{item}_by_{ARRIVAL}", study, (ARRIVAL,), (item,))


class Estimate(NamedTuple):
    """A number with its 95 per cent interval, and the answers it rests on; nothing where it is hidden."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: float | None = None


def share_estimates(
    counts: Counts, question: str, asked: Mapping[str, Sequence[str]]
) -> dict[tuple[Place, str], Estimate]:
    """Estimate shares of everyone in each group: of those who gave one of some answers, by a name for these."""
    keys = list(product(counts.places, asked))
    bases = [counts.count(place, question) for place, _ in keys]
    given = [
        counts.together(place, question, asked[name]) if base else None
        for (place, name), base in zip(keys, bases, strict=True)
    ]
    people = [counts.people(place) for place, _ in keys]
    frame = proportions_from_counts(given, [base or 1 for base in bases], people, effect=counts.effect)
    return dict(zip(keys, _estimates(frame, bases), strict=True))


def mean_estimates(counts: Counts, question: str, scores: Mapping[str, float]) -> dict[Place, Estimate]:
    """Estimate the mean of the answers' scores in each group, of those who gave an answer that has one."""
    found = [known([counts.count(place, question, code) for code in scores]) for place in counts.places]
    rows = [row if row and any(row) else [None] * len(scores) for row in found]
    bases = [
        counts.count(place, question) if None not in row else None
        for place, row in zip(counts.places, rows, strict=True)
    ]
    people = [counts.people(place) for place in counts.places]
    frame = means_from_counts(rows, list(scores.values()), people, respondents=bases, effect=counts.effect)
    sizes = [None if isnan(n) else int(n) for n in frame["n"]]
    return dict(zip(counts.places, _estimates(frame, sizes), strict=True))


def _estimates(frame: pd.DataFrame, sizes: Sequence[float | None]) -> list[Estimate]:
    rows = frame[["estimate", "conf_low", "conf_high"]].astype(float).itertuples(index=False, name=None)
    known_only = ([None if isnan(x) else x for x in row] for row in rows)
    return [Estimate(value, low, high, n) for (value, low, high), n in zip(known_only, sizes, strict=True)]


def combined(parts: Sequence[tuple[float, Number]]) -> Estimate:
    """Estimate a sum of shares of groups apart, each multiplied by a number, such as a difference of two.

    The interval is recovered from Wilson's of each share, without finite population correction (MOVER: Zou, Huang and Zhang,
    Computational Statistics & Data Analysis 53, 2009); of two shares it is Newcombe's of a difference (Statistics in
    Medicine 17, 1998, method 10).
    """
    shares = known([number.value for _, number in parts])
    if shares is None or not all(number.n for _, number in parts):
        return Estimate()
    times, share, n = np.array(
        [(times, x, number.n) for x, (times, number) in zip(shares, parts, strict=True)], float
    ).T
    low, high = wilson(share, n)
    ends = np.sort(times * np.array([low, high]), axis=0) - times * share
    down, up = np.sqrt((ends**2).sum(axis=1))
    value = float(times @ share)
    return Estimate(value, value - float(down), value + float(up))
