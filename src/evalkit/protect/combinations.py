"""Every combination of levels that respondents can be in, and what is published as sums of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..errors import DisclosureError
from .published_places import ELSEWHERE, Flags, Floats, Ints, PublishedPlaces, Region, dims_of, level_key

COMBINATIONS_LIMIT = 400_000
"""Tables linked over more combinations than this cannot be protected together."""


class Edge(NamedTuple):
    """Two neighbouring cliques, and the dimensions that they share."""

    one: int
    other: int
    shared: tuple[str, ...]


class Combinations:
    """The combinations of levels, as columns, and places and known figures as sums of them.

    Dimensions that occur together form cliques of a chordal graph; counts that agree on what neighbouring cliques share
    always extend to one joint table of whole numbers (Lauritzen, Graphical Models, 1996, chapter 4), so that the cliques
    stand for the whole joint space.

    Parameters
    ----------
    published
        The places, and what is known besides. The sums are the places in their order, then the known figures.
    """

    def __init__(self, published: PublishedPlaces) -> None:
        self.published = published
        self.cliques = _cliques(published)
        self._shapes = [tuple(len(published.levels[dim]) for dim in clique) for clique in self.cliques]
        self.sizes = [prod(shape) for shape in self._shapes]
        if sum(self.sizes) > COMBINATIONS_LIMIT:
            raise DisclosureError(
                "the tables are linked over too many dimensions to be protected together",
                got=f"{sum(self.sizes)} combinations",
                expected=f"at most {COMBINATIONS_LIMIT}",
                hint="publish fewer crossings of groups, or merge levels",
            )
        self.starts = np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64)
        self.regions: list[Region] = [*published.regions, *(region for region, _, _ in published.facts)]
        self.dims = [frozenset(dims_of(region)) for region in self.regions]
        self._told: dict[tuple[str, ...], Flags] = {}
        self.edges = _tree(self.cliques)

    @property
    def size(self) -> int:
        """The number of columns."""
        return int(self.starts[-1])

    def columns(self, number: int) -> Ints:
        """Return the columns of a clique."""
        return np.arange(self.starts[number], self.starts[number + 1])

    def smallest(self, dims: frozenset[str]) -> int:
        """Return the smallest clique that knows some dimensions."""
        return min(
            (n for n, clique in enumerate(self.cliques) if dims <= set(clique)), key=lambda n: (self.sizes[n], n)
        )

    def told(self, shared: tuple[str, ...]) -> Flags:
        """Return which sums follow from a margin over some dimensions."""
        if shared not in self._told:
            self._told[shared] = np.array([dims <= set(shared) for dims in self.dims], dtype=bool)
        return self._told[shared]

    def margins(self, number: int, dims: Sequence[str]) -> Ints:
        """Return for each column of a clique which cell of a margin over some of its dimensions it falls in."""
        codes = np.zeros(self.sizes[number], dtype=np.int64)
        index = self._index(number)
        for dim in dims:
            codes = codes * len(self.published.levels[dim]) + index[self.cliques[number].index(dim)]
        return codes

    def margin_rows(self, number: int, dims: Sequence[str]) -> Any:
        """Return the cells of a margin over some dimensions of a clique as sums of its columns."""
        from scipy import sparse

        at = self.margins(number, dims)
        return sparse.csr_array((np.ones(len(at)), (at, np.arange(len(at)))), shape=(self.margin_size(dims), len(at)))

    def margin_size(self, dims: Sequence[str]) -> int:
        """Return how many cells a margin over some dimensions has."""
        return prod(len(self.published.levels[dim]) for dim in dims)

    def inside(self, region: Region) -> Flags:
        """Return which columns lie in a region: those of every clique that knows all its dimensions."""
        found = np.zeros(self.size, dtype=bool)
        for number, clique in enumerate(self.cliques):
            if set(dims_of(region)) <= set(clique):
                found[self.columns(number)] = self._mask(number, region)
        return found

    def near(self, region: Region) -> Flags:
        """Return which columns lie in a region as far as their clique knows its dimensions."""
        found = np.zeros(self.size, dtype=bool)
        for number, clique in enumerate(self.cliques):
            known = tuple((dim, keys) for dim, keys in region if dim in clique)
            found[self.columns(number)] = self._mask(number, known)
        return found

    @cached_property
    def possible(self) -> Flags:
        """Columns that can hold anybody."""
        possible = np.ones(self.size, dtype=bool)
        for zero in self.published.zeros:
            possible &= ~self.inside(zero)
        return possible

    def columns_of(self, frame: Any, number: int) -> Ints:
        """Return the column of a clique that each of some respondents or patterns is in; no level: elsewhere."""
        codes = np.zeros(len(frame), dtype=np.int64)
        for dim in self.cliques[number]:
            levels = self.published.levels[dim]
            codes = codes * len(levels) + _coded(frame[dim], levels)
        return np.asarray(self.starts[number] + codes)

    def outwards(self, reached: frozenset[int]) -> Iterator[Edge]:
        """Go along the tree of cliques from some of them, each edge from the nearer end to the farther."""
        near, left = set(reached), [edge for edge in self.edges if not {edge.one, edge.other} <= reached]
        while left:
            edge = next(edge for edge in left if {edge.one, edge.other} & near)
            left.remove(edge)
            yield edge if edge.one in near else Edge(edge.other, edge.one, edge.shared)
            near |= {edge.one, edge.other}

    def sums(self, cliques: Sequence[int]) -> tuple[Ints, Any]:
        """Return the sums that some cliques tell, sorted, and each as a sum of all columns: of the first clique that tells it."""
        from scipy import sparse

        found, rows = [], []
        seen = np.zeros(len(self.regions), dtype=bool)
        for n in cliques:
            numbers, sums = self.rows[n]
            new = ~seen[numbers]
            seen[numbers] = True
            found.append(numbers[new])
            rows.append(self._placed(n, sums[new]))
        numbers = np.concatenate(found)
        order = np.argsort(numbers)
        return numbers[order], sparse.vstack(rows, format="csr")[order]

    def margin_sums(self, number: int, shared: Sequence[str]) -> Any:
        """Return the cells of a margin over some dimensions of a clique as sums of all columns."""
        return self._placed(number, self.margin_rows(number, shared))

    def link(self, edge: Edge) -> Any:
        """Return what two neighbouring cliques share: differences of sums of columns that are nought."""
        return self.margin_sums(edge.one, edge.shared) - self.margin_sums(edge.other, edge.shared)

    def room(self, base: Ints, numbers: Ints, rows: Any) -> tuple[Floats, Floats]:
        """Return how much known figures may change."""
        facts = [self.published.facts[number - len(self.published.values)] for number in numbers]
        now = rows @ base
        low = np.array([-np.inf if low is None else low for _, low, _ in facts], dtype=float)
        high = np.array([np.inf if high is None else high for _, _, high in facts], dtype=float)
        return low - now, high - now

    def _placed(self, number: int, rows: Any) -> Any:
        """Return sums of a clique's columns as sums of all columns."""
        from scipy import sparse

        rows = rows.tocoo()
        shape = (rows.shape[0], self.size)
        return sparse.csr_array((rows.data, (rows.coords[0], rows.coords[1] + self.starts[number])), shape=shape)

    def _index(self, number: int) -> Ints:
        """Return the level of each column of a clique along each of its dimensions."""
        shape = self._shapes[number]
        return np.indices(shape).reshape(len(shape), self.sizes[number])

    def _mask(self, number: int, region: Region) -> Flags:
        index = self._index(number)
        chosen = np.ones(self.sizes[number], dtype=bool)
        for dim, keys in region:
            wanted = np.isin(np.array(self.published.levels[dim]), np.array(keys))
            chosen &= wanted[index[self.cliques[number].index(dim)]]
        return chosen

    @cached_property
    def rows(self) -> list[tuple[Ints, Any]]:
        """The sums that each clique tells, and each as a sum of its columns (a row each)."""
        return [self._rows_of(number) for number in range(len(self.cliques))]

    def _rows_of(self, number: int) -> tuple[Ints, Any]:
        from scipy import sparse

        rows, columns = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        for dims, sums in self._by_dims.items():
            if set(dims) <= set(self.cliques[number]):
                codes = self.margins(number, dims)
                for at, sum_at in sums:
                    member = np.searchsorted(at, codes).clip(max=len(at) - 1)
                    inside = np.flatnonzero(at[member] == codes)
                    rows.append(sum_at[member[inside]])
                    columns.append(inside)
        numbers, places = np.unique(np.concatenate(rows), return_inverse=True)
        entries = places, np.concatenate(columns)
        shape = (len(numbers), self.sizes[number])
        return numbers, sparse.csr_array((np.ones(len(places)), entries), shape=shape)

    @cached_property
    def _by_dims(self) -> dict[tuple[str, ...], list[tuple[Ints, Ints]]]:
        """Sums by the dimensions they are held to: sorted cells of the margin, and the sum that each belongs to.

        Sums of single cells stand together; one of several cells stands alone.
        """
        found: dict[tuple[str, ...], list[tuple[Ints, Ints]]] = {}
        single: dict[tuple[str, ...], dict[int, int]] = {}
        for number, region in enumerate(self.regions):
            dims, codes = dims_of(region), self._codes_of(region)
            if len(codes) == 1 and int(codes[0]) not in single.setdefault(dims, {}):
                single[dims][int(codes[0])] = number
            else:
                found.setdefault(dims, []).append((codes, np.full(len(codes), number)))
        for dims, numbers in single.items():
            codes = np.array(sorted(numbers), dtype=np.int64)
            if len(codes):
                found.setdefault(dims, []).append((codes, np.array([numbers[int(code)] for code in codes])))
        return found

    def _codes_of(self, region: Region) -> Ints:
        codes = np.zeros(1, dtype=np.int64)
        for dim, keys in region:
            levels = self.published.levels[dim]
            at = np.array([levels.index(key) for key in keys])
            codes = (codes[:, None] * len(levels) + at).ravel()
        return np.sort(codes)


def _coded(column: Any, levels: Sequence[str]) -> Ints:
    numbers = {level: i for i, level in enumerate(levels)}
    column = column.astype("category")  # each label is looked up once
    known = [numbers.get(level_key(label), -1) for label in column.cat.categories]
    codes = np.array([*known, numbers.get(ELSEWHERE, -1)], dtype=np.int64)[column.cat.codes.to_numpy()]
    if (codes < 0).any():
        raise DisclosureError(
            "a respondent is in no level of the tables",
            where=str(column.name),
            hint="make the tables from the same respondents, missing answers as a level (blank)",
        )
    return np.asarray(codes)


def _cliques(published: PublishedPlaces) -> tuple[tuple[str, ...], ...]:
    """Return the cliques that eliminating the dimensions one by one leaves, the smallest first, and what they share."""
    together = {frozenset(part.dims) for part, _ in published.all_parts}
    together |= {frozenset(dims_of(region)) for region, _, _ in published.facts}
    together |= {frozenset(dims_of(region)) for region in published.zeros}
    near = {dim: {other for group in together if dim in group for other in group} - {dim} for dim in published.levels}
    found: list[frozenset[str]] = []
    while near:
        dim = min(near, key=lambda d: (prod(len(published.levels[o]) for o in near[d] | {d}), d))
        around = near.pop(dim)
        clique = frozenset(around | {dim})
        if not any(clique <= other for other in found):
            found.append(clique)
        for other in around:
            near[other] = (near[other] | around) - {dim, other}
    shared = {one & other for one, other in itertools.combinations(found, 2)} - {frozenset()}
    return tuple(sorted(tuple(sorted(clique)) for clique in {*found, *shared})) or ((),)


def _tree(cliques: Sequence[tuple[str, ...]]) -> tuple[Edge, ...]:
    """Return a spanning tree of largest overlaps, as pairs of cliques and what they share (Kruskal).

    Of equal overlaps those with small cliques come first, so that what many cliques share is the hub between them.
    """
    pairs = sorted(
        (
            Edge(i, j, tuple(sorted(set(cliques[i]) & set(cliques[j]))))
            for i, j in itertools.combinations(range(len(cliques)), 2)
        ),
        key=lambda edge: (-len(edge.shared), len(cliques[edge.one]) + len(cliques[edge.other]), edge),
    )
    root, edges = list(range(len(cliques))), []
    for edge in pairs:
        one, other = root[edge.one], root[edge.other]
        if one != other:
            edges.append(edge)
            root = [one if r == other else r for r in root]
    return tuple(edges)
