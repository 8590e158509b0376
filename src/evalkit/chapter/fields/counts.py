"""Published counts, looked up by levels: of a release, or planned by a study that has no answers yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations, product
from typing import TYPE_CHECKING

from ...protect import whole
from ...release.publishable import ARRIVAL, RESPONSE
from ...study import NOT_ASKED, TOTAL
from .values import known

if TYPE_CHECKING:
    from ...protect import SafeTable
    from ...study import Study

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
    def cells(self) -> Mapping[tuple[str, ...], float | None] | None:
        """How many there are by levels of groups, question and answer, None where that is hidden; None before there are answers."""
        if self.table is None:
            return None
        dims = [*self.by, *filter(None, (self.stack, self.table.answer))]
        keys = zip(*(self.table.cells[dim].astype(str) for dim in dims), strict=True) if dims else [()]
        counts = self.table.cells["count"].astype(object)
        return {key: None if hidden else whole(n) for key, n, hidden in zip(keys, counts, counts.isna(), strict=True)}

    def _levels(self, dim: str, name: str) -> tuple[str, ...]:
        """Return the levels of a dimension in print order, those that stand in the table or may stand in it."""
        variable = self.study.codebook.variables.get(name)
        shown = variable.shown_codes if variable else EARLY_OR_LATE
        if self.table is None:
            return shown
        found = dict.fromkeys(level for level in self.table.cells[dim].astype(str) if level != TOTAL)
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
        count = self.cells[self._key(place, question, answer)]
        if not question or answer != TOTAL:
            return count
        others = self.cells.get(self._key(place, question, NOT_ASKED), 0)
        return None if count is None or others is None else whole(count - others)

    def together(self, place: Place, question: str, codes: Sequence[str]) -> float | None:
        """Return how many of a group gave one of some answers; None where a part of it is hidden."""
        counts = known([self.count(place, question, code) for code in codes])
        return None if counts is None else whole(sum(counts))

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
