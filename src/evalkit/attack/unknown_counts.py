"""The space an attacker thinks in: every combination of categories that a respondent can be in.

A region is a set of such combinations that is a product of categories. The joint space of all dimensions
is soon too large, so it is cut into cliques of dimensions that occur together, joined into a tree: counts that agree on
what two neighbours share always extend to one joint table of whole numbers (the property of decomposable models;
Lauritzen, Graphical Models, 1996, chapter 4), so nothing is lost by the cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from math import prod

import numpy as np
from numpy.typing import NDArray

from ..errors import DisclosureError, UsageError, one_of

Region = tuple[tuple[str, tuple[int, ...]], ...]
"""Sorted pairs of a dimension and the positions of its categories; a dimension left out is summed over."""
Where = Mapping[str, object]
"""A dimension and its category, or a list of its categories."""

COMBINATIONS_LIMIT = 400_000
"""More combinations than this over all cliques cannot be audited."""
SLICE, MIXED = 10, 4
"""Levels of a dimension that are moved together while all others stay where they are, and how often they are mixed anew."""


class Categories:
    """The categories of every dimension, found by value or by how they are written."""

    def __init__(self, dims: Mapping[str, Sequence[object]]) -> None:
        self.levels = {name: tuple(levels) for name, levels in dims.items()}
        places = {name: [*reversed([*enumerate(levels)])] for name, levels in self.levels.items()}
        self._places = {name: {level: i for i, level in listed} for name, listed in places.items()}
        self._written = {name: {str(level): i for i, level in listed} for name, listed in places.items()}

    def size(self, dim: str) -> int:
        """Return how many categories a dimension has."""
        return len(self.levels[dim])

    def region(self, where: Where) -> Region:
        """Return the region that a `where` names.

        Raises
        ------
        UsageError
            When a dimension or a category is not known.
        """
        chosen = []
        for dim, wanted in sorted(where.items()):
            one_of(dim, self.levels, "dimension", "audit")
            listed = wanted if isinstance(wanted, (list, tuple, set, frozenset)) else [wanted]
            places = tuple(sorted({self._place(dim, level) for level in listed}))
            if len(places) < self.size(dim):
                chosen.append((dim, places))
        return tuple(chosen)

    def where(self, region: Region) -> dict[str, object]:
        """Return a region as a `where`, one category bare and several as a list; an only category is named."""
        chosen = dict(region)
        named = {
            dim: [levels[i] for i in chosen.get(dim, (0,))]
            for dim, levels in self.levels.items()
            if dim in chosen or len(levels) == 1
        }
        return {dim: levels[0] if len(levels) == 1 else levels for dim, levels in named.items()}

    def _place(self, dim: str, level: object) -> int:
        place = self._places[dim].get(level, self._written[dim].get(str(level)))
        if place is None:
            raise UsageError("no such category", where=f"audit, {dim}", got=level, known=self.levels[dim])
        return place


def meet(first: Region, second: Region) -> Region:
    """Return the region that two regions share."""
    shared = dict(first)
    for dim, places in second:
        shared[dim] = tuple(sorted(set(places) & set(shared.get(dim, places))))
    return tuple(sorted(shared.items()))


def within(inner: Region, outer: Region) -> bool:
    """Return whether the first region lies inside the second."""
    return meet(inner, outer) == inner


class UnknownCounts:
    """The unknown counts: a column for each combination of categories of each clique.

    Parameters
    ----------
    categories
        The dimensions and their categories.
    regions
        Every region that will be asked for; dimensions of one region stand in one clique.

    Raises
    ------
    DisclosureError
        When the cliques hold more than `COMBINATIONS_LIMIT` combinations.
    """

    def __init__(self, categories: Categories, regions: Iterable[Region]) -> None:
        self.categories = categories
        self.cliques = _cliques(categories, {tuple(dim for dim, _ in region) for region in regions})
        sizes = [prod(map(categories.size, clique)) for clique in self.cliques]
        if sum(sizes) > COMBINATIONS_LIMIT:
            what, got = "the tables are linked over too many dimensions to be audited", f"{sum(sizes)} combinations"
            expected, hint = f"at most {COMBINATIONS_LIMIT}", "publish fewer crossings, or merge categories"
            raise DisclosureError(what, got=got, expected=expected, hint=hint)
        self._sizes = sizes
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._known: dict[Region, NDArray[np.int64]] = {}

    @property
    def size(self) -> int:
        """The number of columns."""
        return int(self._starts[-1])

    def columns(self, region: Region) -> NDArray[np.int64]:
        """Return the columns whose counts add up to the count of a region."""
        if region not in self._known:
            number = min(self._holding(region), key=self._sizes.__getitem__)
            self._known[region] = self._inside(number, dict(region))
        return self._known[region]

    def copies(self, region: Region) -> list[NDArray[np.int64]]:
        """Return the columns of a region in each clique that has its dimensions."""
        return [self._inside(number, dict(region)) for number in self._holding(region)]

    def _holding(self, region: Region) -> list[int]:
        dims = {dim for dim, _ in region}
        return [number for number, clique in enumerate(self.cliques) if dims <= set(clique)]

    @cached_property
    def links(self) -> list[tuple[Region, NDArray[np.int64], NDArray[np.int64]]]:
        """The regions that neighbouring cliques share, and the columns of each in both."""
        pairs: list[tuple[Region, NDArray[np.int64], NDArray[np.int64]]] = []
        for one, other in _tree(self.cliques):
            shared = [dim for dim in self.cliques[one] if dim in self.cliques[other]]
            for places in np.ndindex(*(self.categories.size(dim) for dim in shared)):
                chosen = {dim: (place,) for dim, place in zip(shared, places, strict=True)}
                pairs.append((tuple(chosen.items()), self._inside(one, chosen), self._inside(other, chosen)))
        return pairs

    def slices(self, choice: np.random.Generator) -> Iterator[NDArray[np.int64]]:
        """Go through the columns of some levels of the longest dimension, drawn anew several times."""
        longest = max(self.categories.levels, key=self.categories.size)
        size = self.categories.size(longest)
        for _ in range(MIXED):
            for levels in np.array_split(choice.permutation(size), -(-size // SLICE)):
                yield np.concatenate(self.copies(((longest, tuple(levels)),)))

    def _inside(self, number: int, chosen: Mapping[str, tuple[int, ...]]) -> NDArray[np.int64]:
        clique = self.cliques[number]
        shape = tuple(map(self.categories.size, clique))
        index = [np.asarray(chosen.get(dim, range(self.categories.size(dim))), dtype=np.int64) for dim in clique]
        if not clique:
            return np.asarray(self._starts[number : number + 1])
        inside = np.asarray(np.ravel_multi_index(np.ix_(*index), shape), dtype=np.int64).ravel()
        return np.asarray(inside + self._starts[number])


def _cliques(categories: Categories, together: set[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return the maximal cliques that eliminating the dimensions one by one leaves, the cheapest first."""
    near: dict[str, set[str]] = {dim: set() for group in together for dim in group}
    for group in together:
        for one, other in combinations(group, 2):
            near[one].add(other)
            near[other].add(one)
    cliques: list[set[str]] = []
    while near:
        dim = min(near, key=lambda d: (prod(map(categories.size, near[d] | {d})), d))
        around = near.pop(dim)
        if not any(around | {dim} <= clique for clique in cliques):
            cliques.append(around | {dim})
        for other in around:
            near[other] = (near[other] | around) - {dim, other}
    return tuple(tuple(sorted(clique)) for clique in cliques) or ((),)


def _tree(cliques: Sequence[tuple[str, ...]]) -> list[tuple[int, int]]:
    """Return the edges of the junction tree: a spanning tree of the largest overlaps (Prim)."""
    joined, edges = [0], []
    while len(joined) < len(cliques):
        candidates = ((i, j) for i in joined for j in range(len(cliques)) if j not in joined)
        one, other = max(candidates, key=lambda ij: (len({*cliques[ij[0]]} & {*cliques[ij[1]]}), -ij[1], -ij[0]))
        joined.append(other)
        edges.append((one, other))
    return edges
