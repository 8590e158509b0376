"""A publication given as items, with what is known besides: the questions that an attacker asks of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from .facts import Item, facts_of, is_count, nobody, wheres_of
from .findings import Finding, Question, Suspect, Unanimity, members, present, search
from .unknown_counts import Categories, Region, Where, meet

LATTICE_LIMIT = 2_000
"""Counts that were never published are looked at too, where there are no more of them than this."""


@dataclass(frozen=True)
class Threshold:
    """What a case calls given away.

    Parameters
    ----------
    k
        Counts from 1 to `k - 1` are small.
    width
        The least width of a hidden count's interval.
    group
        Whether unanimous groups are looked for.
    slack
        How many dissenters leave a group unanimous.
    """

    k: int = 5
    width: int = 3
    group: bool = False
    slack: int = 0

    @classmethod
    def of(cls, given: Any) -> Threshold:
        """Return the threshold that a case, or a disclosure rule, states.

        Raises
        ------
        UsageError
            When a key is not known.
        """
        if given is None or isinstance(given, Threshold):
            return given or cls()
        if not isinstance(given, Mapping):
            unanimity = bool(given.unanimity)
            return cls(given.cell or given.base, given.width, unanimity, int(unanimity))
        names = {"group_slack": "slack"}
        values: dict[str, Any] = {names.get(str(name), str(name)): value for name, value in given.items()}
        for name in values:
            if name not in cls.__dataclass_fields__:
                known = ("k", "width", "group", "group_slack")
                raise UsageError("no such part of a threshold", where="audit", got=name, known=known)
        return cls(**values)


@dataclass(frozen=True)
class Case:
    """A publication as items.

    Parameters
    ----------
    items
        Pairs of a table's name and an item of it.
    dims
        The categories of each dimension.
    threshold
        What is given away.
    known
        Items that the attacker knows besides.
    zeros
        Cells that cannot hold anybody.
    targets
        The counts in question; every hidden one unless said otherwise.
    answer_dim
        The dimension of answers; the last one unless said otherwise.
    micro
        The true inner counts: then only counts that are small in truth, and groups that are unanimous in truth, can be given away.
    insiders
        Cells of respondents who know their own answers and pool them.
    integer
        Whether integer programmes are used; without them the attacker is weaker.
    """

    items: Sequence[tuple[str, Item]]
    dims: Mapping[str, Sequence[object]]
    threshold: Threshold
    known: Sequence[Item] = ()
    zeros: Sequence[Where] = ()
    targets: Sequence[Where] | None = None
    answer_dim: str | None = None
    micro: Sequence[Mapping[str, Any]] | None = None
    insiders: Sequence[Where] = ()
    integer: bool = True

    @cached_property
    def categories(self) -> Categories:
        """The categories of every dimension."""
        return Categories(self.dims)

    @cached_property
    def truth(self) -> Truth | None:
        """The true counts, where they are given."""
        return None if self.micro is None else Truth(self.categories, self.micro)

    @cached_property
    def inside(self) -> list[Region]:
        """The insiders' cells as regions."""
        return [self.categories.region(where) for where in self.insiders]


def attack_case(case: Case) -> list[Finding]:
    """Return what the publication of a case gives away.

    Raises
    ------
    UsageError
        When an item cannot be understood.
    DisclosureError
        When the publication contradicts itself.
    """
    categories = case.categories
    published = [fact for _, item in case.items for fact in facts_of(item, categories)]
    known = [fact for item in case.known for fact in facts_of(item, categories)]
    known += [*nobody(case.zeros, categories), *present(case.inside)]
    questions: list[Question] = [*_suspects(case), *_unanimities(case)]
    return search(categories, published, known, questions, whole=case.integer)


class Truth:
    """The true counts of a case."""

    def __init__(self, categories: Categories, micro: Sequence[Mapping[str, Any]]) -> None:
        self._dims = {dim: i for i, dim in enumerate(categories.levels)}
        self._counts = np.array([cell["n"] for cell in micro], dtype=np.int64)
        self._places: NDArray[np.int64] = np.zeros((len(micro), len(self._dims)), dtype=np.int64)
        for row, cell in enumerate(micro):
            for dim, places in categories.region(cell["where"]):
                self._places[row, self._dims[dim]] = places[0]

    def count(self, region: Region) -> int:
        """Return the true count of a region."""
        inside = np.ones(len(self._counts), dtype=bool)
        for dim, places in region:
            inside &= np.isin(self._places[:, self._dims[dim]], places)
        return int(self._counts[inside].sum())


def _suspects(case: Case) -> Iterator[Suspect]:
    tables = _tables(case)
    for where in _hidden(case):
        region = case.categories.region(where)
        less = members(case.inside, region)
        if case.truth is None or 0 < case.truth.count(region) - less < case.threshold.k:
            yield Suspect(tables.get(region, ""), where, region, case.threshold.k, case.threshold.width, less=less)


def _tables(case: Case) -> dict[Region, str]:
    """Return the first table that says something about a count."""
    return {case.categories.region(where): name for name, item in reversed(case.items) for where in wheres_of(item)}


def _hidden(case: Case) -> list[dict[str, object]]:
    """Return the counts in question: those given, or all that are hidden or not shown."""
    if case.targets is not None:
        return [dict(where) for where in case.targets]
    items, categories = [item for _, item in case.items], case.categories
    shown = {categories.region(item.get("where") or {}) for item in items if is_count(item, shown=True)}
    masked = [dict(item.get("where") or {}) for item in items if is_count(item, shown=False)]
    derived = [where for item in items if not is_count(item, shown=True) for where in wheres_of(item)]
    derived = [where for where in derived if categories.region(where) not in shown]
    named = [where for i, where in enumerate([*masked, *derived]) if where not in [*masked, *derived][:i]]
    seen = shown | {categories.region(where) for where in named}
    return [*named, *(categories.where(region) for region in _lattice(categories) if region not in seen)]


def _lattice(categories: Categories, without: str | None = None) -> list[Region]:
    """Return every cell and margin: one category, or the sum, of each dimension."""
    dims = [dim for dim in sorted(categories.levels) if dim != without]
    if prod(categories.size(dim) + 1 for dim in dims) > LATTICE_LIMIT:
        return []
    choices: list[list[Region]] = [
        [(), *(((dim, (i,)),) for i in range(categories.size(dim)))] for dim in dims if categories.size(dim) > 1
    ]
    return [tuple(chain.from_iterable(parts)) for parts in product(*choices)]


def _unanimities(case: Case) -> Iterator[Unanimity]:
    if not case.threshold.group or not case.dims:
        return
    answer, categories, truth = case.answer_dim or list(case.dims)[-1], case.categories, case.truth
    tables, slack = _tables(case), case.threshold.slack
    for group, place in _groups(case, answer):
        rest = tuple(i for i in range(categories.size(answer)) if i != place)
        region = meet(group, ((answer, (place,)),))
        others = meet(group, ((answer, rest),))
        if truth is None or (truth.count(others) <= slack < truth.count(region)):
            less = members(case.inside, region)
            yield Unanimity(tables.get(region, ""), categories.where(region), region, others, slack, less)


def _groups(case: Case, answer: str) -> Iterable[tuple[Region, int]]:
    """Return the groups and the answers in question: those that targets name, or all."""
    categories = case.categories
    targets = [dict(categories.region(where)) for where in case.targets or ()]
    named = [
        (tuple(sorted((dim, places) for dim, places in region.items() if dim != answer)), region[answer][0])
        for region in targets
        if len(region.get(answer, ())) == 1
    ]
    return named or product(_lattice(categories, without=answer), range(categories.size(answer)))
