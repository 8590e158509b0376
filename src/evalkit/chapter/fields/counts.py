"""Published counts, looked up by levels: of a release, or planned by a study that has no answers yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations, product
from typing import TYPE_CHECKING

from ...release.publish import ARRIVAL, RESPONSE
from ...study import TOTAL
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
    groups
        The table's groups, each with its levels.
    questions
        The variables whose answers it holds; none for a table of how many answered.
    codes
        The answers in print order.
    stacked
        Whether the questions are a dimension of it.
    cells
        How many there are at each place, question and answer, None where that is hidden; None before there are answers.
    """

    id: str
    study: Study
    groups: Mapping[str, tuple[str, ...]]
    questions: tuple[str, ...]
    codes: tuple[str, ...]
    stacked: bool
    cells: Mapping[tuple[str, ...], int | None] | None

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
        return self.study.population(self.group(place))

    def count(self, place: Place, question: str = "", answer: str = TOTAL) -> int | None:
        """Return how many of a group gave an answer (all of them when it is left out); None where that is hidden."""
        return None if self.cells is None else self.cells[self._key(place, question, answer)]

    def together(self, place: Place, question: str, codes: Sequence[str]) -> int | None:
        """Return how many of a group gave one of some answers; None where a part of it is hidden."""
        counts = known([self.count(place, question, code) for code in codes])
        return None if counts is None else int(sum(counts))

    def _key(self, place: Place, question: str, answer: str) -> tuple[str, ...]:
        return (*place, *((question,) if self.stacked else ()), *((answer,) if self.questions else ()))


def questions_of(table: SafeTable) -> tuple[str, ...]:
    """Return the variables whose answers a table holds."""
    if table.stack:
        return tuple(str(name) for name in table.cells[table.stack].cat.categories if name != TOTAL)
    return (table.answer,) if table.answer else ()


@lru_cache(maxsize=512)
def released_counts(table: SafeTable, study: Study) -> Counts:
    """Return the counts of a protected table; kept, so that fields that are made anew need not look them up again."""
    questions = questions_of(table)
    dims = [*table.groups, *filter(None, (table.stack, table.answer))]
    columns = [table.cells[dim].astype(str) for dim in dims]
    numbers = [
        None if n != n else int(n)
        for n in table.cells["count"].astype("Float64").to_numpy(float, na_value=float("nan"))
    ]

    def levels(dim: str, variable: str) -> tuple[str, ...]:
        found = [level for level in dict.fromkeys(columns[dims.index(dim)]) if level != TOTAL]
        if variable not in study.codebook.variables:
            return tuple(found)
        return tuple(code for code in study.codebook.variable(variable).shown_codes if code in found)

    groups = {dim: levels(dim, dim) for dim in table.groups}
    codes = levels(table.answer, questions[0]) if questions else ()
    cells = dict(zip(zip(*columns, strict=True) if dims else [()], numbers, strict=True))
    return Counts(table.id, study, groups, questions, codes, table.stack is not None, cells)


def planned_counts(study: Study) -> Iterator[Counts]:
    """Go through the tables that a study is to publish, as far as its plan and codebook say; how many answered by day is not."""
    for table in study.publications:
        yield _planned(study, table.id, table.item, table.by)
    crossed = [
        pair
        for pair in combinations(study.groups, 2)
        if any(set(pair) <= {table.item, *table.by} for table in study.publications)
    ]
    for by in ((), *((group,) for group in study.groups), *crossed):
        yield _planned(study, "_by_".join(filter(None, (RESPONSE, "_".join(by)))), "", by)
    if study.export.submitted and study.fieldwork and study.fieldwork.reminders and study.plan.headlines:
        item = study.plan.headlines[0].item
        yield _planned(study, f"{item}_by_{ARRIVAL}", item, (ARRIVAL,))


def _planned(study: Study, name: str, item: str, by: Sequence[str]) -> Counts:
    codebook = study.codebook
    groups = {dim: EARLY_OR_LATE if dim == ARRIVAL else codebook.variable(dim).shown_codes for dim in by}
    stacked = item in codebook.items and codebook.item(item).kind != "single"
    questions = tuple(variable.name for variable in codebook.variables_of(item)) if stacked else (item,) if item else ()
    codes = codebook.variable(questions[0]).shown_codes if questions else ()
    return Counts(name, study, groups, questions, codes, stacked, None)
