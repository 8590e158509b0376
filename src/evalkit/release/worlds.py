"""Other worlds: counts of respondents that agree with everything shown, and what the hidden counts are in them.

A hidden count is safe when two such worlds differ in it by enough. Each world is kept as whole numbers and checked
exactly, so that a table is protected by proof, not by a solver's tolerance. Worlds are found by linear programmes, and
by integer programmes where those leave fractions (HiGHS; Huangfu and Hall, Mathematical Programming Computation 10, 2018).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DisclosureError
from .cells import Cells, Ints, Region, dims_of

SPACE_LIMIT = 400_000
"""Tables linked over more combinations than this cannot be protected together."""
JOINT_LIMIT = 3_000
"""Up to so many combinations all cliques are looked at in one programme; above it, one after another."""
NODE_LIMIT = 2_000
"""Nodes after which an integer programme is given up (not seconds: the answer must not depend on the machine)."""
_NEAR = 1e-6
_FEW = 1_000
"""Moved variables up to which whole numbers close by are soon found."""
_GOLDEN = 0.6180339887498949
_MOVE = 1e-3
"""The price of changing a count by one, in parts of the least price of a place: of equally cheap worlds the nearest."""

Floats = NDArray[np.float64]
Edge = tuple[int, int, tuple[str, ...]]
"""Two neighbouring cliques, and the dimensions that they share."""


class Space:
    """Every combination of levels that respondents can be in, as columns, and the places as sums of them.

    Dimensions that occur together form cliques of a chordal graph; counts that agree on what neighbouring cliques share
    always extend to one joint table of whole numbers (Lauritzen, Graphical Models, 1996, chapter 4), so that the cliques
    stand for the whole joint space.

    Parameters
    ----------
    cells
        The places.
    """

    def __init__(self, cells: Cells) -> None:
        from scipy import sparse

        self.cells = cells
        self.cliques = _cliques(cells)
        self._shapes = [tuple(len(cells.levels[dim]) for dim in clique) for clique in self.cliques]
        sizes = [prod(shape) for shape in self._shapes]
        if sum(sizes) > SPACE_LIMIT:
            raise DisclosureError(
                "the tables are linked over too many dimensions to be protected together",
                got=f"{sum(sizes)} combinations",
                expected=f"at most {SPACE_LIMIT}",
                hint="publish fewer crossings of groups, or merge levels",
            )
        self.starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self.clique_of = np.repeat(np.arange(len(sizes)), sizes)
        self.home = np.full(len(cells.values), -1)
        self.dims = {place: set(dims_of(region)) for region, place in cells.regions.items()}
        self.places = self._place_rows(sparse)
        self.edges = _tree(self.cliques)
        self.possible = self._possible()

    @property
    def size(self) -> int:
        """The number of columns."""
        return int(self.starts[-1])

    def columns(self, region: Region) -> Ints:
        """Return the columns that add up to a region."""
        dims = set(dims_of(region))
        number = min((i for i, clique in enumerate(self.cliques) if dims <= set(clique)), key=self._extent)
        return np.asarray(self.starts[number] + np.flatnonzero(self._mask(number, region)))

    def margins(self, number: int, dims: Sequence[str]) -> Ints:
        """Return for each column of a clique which cell of a margin over some of its dimensions it falls in."""
        codes = np.zeros(self._extent(number), dtype=np.int64)
        index = self._index(number)
        for dim in dims:
            codes = codes * len(self.cells.levels[dim]) + index[self.cliques[number].index(dim)]
        return codes

    def sums(self, number: int, dims: Sequence[str]) -> Any:
        """Return the cells of a margin over some dimensions of a clique as sums of its columns."""
        from scipy import sparse

        size = prod(len(self.cells.levels[dim]) for dim in dims)
        at = self.margins(number, dims)
        return sparse.csr_array((np.ones(len(at)), (at, np.arange(len(at)))), shape=(size, len(at)))

    def world_of(self, frame: Any) -> Ints:
        """Return the counts of all columns, from a frame of respondents or patterns with `count`; no level: elsewhere."""
        found = []
        for number, clique in enumerate(self.cliques):
            codes = np.zeros(len(frame), dtype=np.int64)
            for dim in clique:
                codes = codes * len(self.cells.levels[dim]) + _coded(frame[dim], self.cells.levels[dim])
            weights = frame["count"].to_numpy(dtype=float)
            found.append(np.rint(np.bincount(codes, weights, minlength=self._extent(number))).astype(np.int64))
        return np.concatenate(found)

    def _extent(self, number: int) -> int:
        return prod(self._shapes[number])

    def _index(self, number: int) -> Ints:
        """Return the level of each column of a clique along each of its dimensions."""
        shape = self._shapes[number]
        return np.indices(shape).reshape(len(shape), self._extent(number))

    def _mask(self, number: int, region: Region) -> NDArray[np.bool_]:
        index = self._index(number)
        chosen = np.ones(self._extent(number), dtype=bool)
        for dim, keys in region:
            wanted = np.isin(np.array(self.cells.levels[dim]), np.array(keys))
            chosen &= wanted[index[self.cliques[number].index(dim)]]
        return chosen

    def _place_rows(self, sparse: Any) -> Any:
        rows, columns = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        for part, places in self.cells.all_parts:
            number = min((i for i, c in enumerate(self.cliques) if set(part.dims) <= set(c)), key=self._extent)
            index = self._index(number)
            at = [
                _positions(self.cells.levels[dim], keys)[index[self.cliques[number].index(dim)]]
                for dim, keys in zip(part.dims, part.keys, strict=True)
            ]
            within = np.flatnonzero(np.all([a >= 0 for a in at], axis=0)) if at else np.arange(self._extent(number))
            for summed in np.ndindex(*(2,) * len(part.dims)):
                where = tuple(np.full(len(within), -1) if s else a[within] for s, a in zip(summed, at, strict=True))
                numbers = places[where] if where else np.full(len(within), int(places))
                new = self.home[numbers] < 0
                rows.append(numbers[new])
                columns.append(self.starts[number] + within[new])
                self.home[numbers] = np.where(new, number, self.home[numbers])
        shape = (len(self.cells.values), self.size)
        entries = np.concatenate(rows), np.concatenate(columns)
        return sparse.csr_array((np.ones(len(entries[0])), entries), shape=shape)

    def _possible(self) -> NDArray[np.bool_]:
        """Columns that can hold anybody."""
        possible = np.ones(self.size, dtype=bool)
        for zero in self.cells.zeros:
            for number, clique in enumerate(self.cliques):
                if set(dims_of(zero)) <= set(clique):
                    at = self.starts[number] + np.flatnonzero(self._mask(number, zero))
                    possible[at] = False
        return possible


def _positions(levels: Sequence[str], keys: Sequence[str]) -> Ints:
    return np.array([keys.index(level) if level in keys else -1 for level in levels], dtype=np.int64)


def _coded(column: Any, levels: Sequence[str]) -> Ints:
    from .cells import ELSEWHERE, level_key

    numbers = {level: i for i, level in enumerate(levels)}
    labels = column.astype(object)
    known = {label: numbers.get(level_key(label), -1) for label in labels.dropna().unique()}
    codes = labels.map(known).fillna(numbers.get(ELSEWHERE, -1)).to_numpy(dtype=np.int64)
    if (codes < 0).any():
        raise DisclosureError(
            "a respondent is in no level of the tables",
            where=str(column.name),
            hint="make the tables from the same respondents, missing answers as a level (blank)",
        )
    return np.asarray(codes)


def _cliques(cells: Cells) -> tuple[tuple[str, ...], ...]:
    """Return the cliques that eliminating the dimensions one by one leaves, the smallest first, and what they share."""
    together = {frozenset(part.dims) for part, _ in cells.all_parts}
    together |= {frozenset(dims_of(region)) for region, _, _ in cells.facts}
    together |= {frozenset(dims_of(region)) for region in cells.zeros}
    near = {dim: {other for group in together if dim in group for other in group} - {dim} for dim in cells.levels}
    found: list[frozenset[str]] = []
    while near:
        dim = min(near, key=lambda d: (prod(len(cells.levels[o]) for o in near[d] | {d}), d))
        around = near.pop(dim)
        clique = frozenset(around | {dim})
        if not any(clique <= other for other in found):
            found.append(clique)
        for other in around:
            near[other] = (near[other] | around) - {dim, other}
    shared = {one & other for one, other in combinations(found, 2)} - {frozenset()}
    return tuple(sorted(tuple(sorted(clique)) for clique in {*found, *shared})) or ((),)


def _tree(cliques: Sequence[tuple[str, ...]]) -> tuple[Edge, ...]:
    """Return a spanning tree of largest overlaps, as pairs of cliques and what they share (Kruskal).

    Of equal overlaps those with small cliques come first, so that what many cliques share is the hub between them.
    """
    pairs = sorted(
        ((i, j, tuple(sorted(set(cliques[i]) & set(cliques[j])))) for i, j in combinations(range(len(cliques)), 2)),
        key=lambda edge: (-len(edge[2]), len(cliques[edge[0]]) + len(cliques[edge[1]]), edge),
    )
    root, edges = list(range(len(cliques))), []
    for i, j, shared in pairs:
        if root[i] != root[j]:
            edges.append((i, j, shared))
            root = [root[i] if r == root[j] else r for r in root]
    return tuple(edges)


@dataclass(frozen=True, eq=False)
class Scope:
    """Some cliques that may change while all others stay as they are.

    Parameters
    ----------
    columns
        The columns of the cliques.
    lower, upper
        How much each column may change.
    places
        The places that can change, by number.
    sums
        Those places as sums of the columns.
    bonds, least, most
        Other sums of the columns, and how much they may change: not at all where neighbouring cliques share them, and by
        as much as known figures leave room for.
    """

    columns: Ints
    lower: Floats
    upper: Floats
    places: Ints
    sums: Any
    bonds: Any
    least: Floats
    most: Floats

    def narrowed(self, kept: NDArray[np.bool_]) -> Scope:
        """Return the scope in which only some of the columns may change."""
        return replace(
            self,
            columns=self.columns[kept],
            lower=self.lower[kept],
            upper=self.upper[kept],
            sums=self.sums[:, kept],
            bonds=self.bonds[:, kept],
        )


@dataclass(frozen=True, eq=False)
class Programme:
    """A linear programme: variables of least cost under `low <= matrix @ x <= high`, `lower <= x <= upper`."""

    cost: Floats
    matrix: Any
    low: Floats
    high: Floats
    lower: Floats
    upper: Floats

    def optimum(self, whole: int) -> Floats | None:
        """Return the variables of least cost, the first `whole` of them in whole numbers; None when there are none."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        result = milp(
            self.cost,
            integrality=(np.arange(len(self.cost)) < whole).astype(int),
            bounds=Bounds(self.lower, self.upper),
            constraints=LinearConstraint(self.matrix, self.low, self.high) if self.matrix.shape[0] else None,
            options={"node_limit": NODE_LIMIT, "mip_rel_gap": 0.05} if whole else {},
        )
        return None if result.x is None else np.asarray(result.x)

    def whole(self, number: int) -> Ints | None:
        """Return the first variables of a cheap solution in which they are whole numbers; None when there is none.

        Where the linear optimum has fractions, whole numbers are looked for close to it, unless it moves too many variables
        for that; then close to the optima that move the least; and only then everywhere.
        """
        for found in self._linear(number):
            if found is None or _is_whole(found):
                return None if found is None else _rounded(found)
            near = self._near(found).optimum(number) if np.count_nonzero(np.abs(found) > _NEAR) <= _FEW else None
            if near is not None and _is_whole(near[:number]):
                return _rounded(near[:number])
        found = self.optimum(number)
        return None if found is None or not _is_whole(found[:number]) else _rounded(found[:number])

    def _linear(self, number: int) -> Iterator[Floats | None]:
        """Go through linear optima: the first that is found, then those that move the least."""
        found = self.optimum(0)
        yield None if found is None else found[:number]
        yield from (self._least(number, weights) for weights in _leanings(number))

    def _least(self, number: int, weights: Floats) -> Floats | None:
        """Return the first variables of an optimum that, next to cost, moves little: each up and down has a small price."""
        from scipy import sparse

        costs = np.abs(self.cost[self.cost != 0])
        price = _MOVE * costs.min(initial=1.0) * weights
        first, rest = self.matrix.tocsc()[:, :number], self.matrix.tocsc()[:, number:]
        found = Programme(
            cost=np.concatenate([self.cost[:number] + price, price - self.cost[:number], self.cost[number:]]),
            matrix=sparse.hstack([first, -first, rest], format="csr"),
            low=self.low,
            high=self.high,
            lower=np.concatenate(
                [np.maximum(self.lower[:number], 0), np.maximum(-self.upper[:number], 0), self.lower[number:]]
            ),
            upper=np.concatenate(
                [np.maximum(self.upper[:number], 0), np.maximum(-self.lower[:number], 0), self.upper[number:]]
            ),
        ).optimum(0)
        return None if found is None else np.asarray(found[:number] - found[number : 2 * number])

    def _near(self, found: Floats) -> Programme:
        """Return the programme in which the first variables stay within 1 of what they are, rounded; noughts stay nought."""
        rest, moved = slice(len(found), None), np.abs(found) > _NEAR
        lower = np.maximum(self.lower[: len(found)], np.where(moved, np.floor(found) - 1, 0))
        upper = np.minimum(self.upper[: len(found)], np.where(moved, np.ceil(found) + 1, 0))
        return replace(
            self, lower=np.concatenate([lower, self.lower[rest]]), upper=np.concatenate([upper, self.upper[rest]])
        )


class Worlds:
    """Some counts of respondents that add up to all tables, and the changes to them that show nothing.

    Parameters
    ----------
    space
        The columns.
    respondents
        A frame of respondents with every dimension and `count`, where it is at hand; else some counts that add up to
        all tables are looked for.

    Raises
    ------
    DisclosureError
        When no counts of respondents add up to all tables.
    """

    def __init__(self, space: Space, respondents: Any = None) -> None:
        self.space = space
        self._figures = _figures(space)
        self.base = self._found() if respondents is None else space.world_of(respondents)
        wrong = (space.places @ self.base) != space.cells.truth
        if wrong.any():
            raise DisclosureError(
                "the tables do not add up to the respondents",
                where=space.cells.describe(int(np.argmax(wrong))),
                hint="make all tables from the same respondents",
            )
        if self.base[~space.possible].any():
            raise DisclosureError("somebody is in a cell that cannot hold anybody", hint="correct `zeros`")
        self._scopes: dict[tuple[tuple[int, ...], bool], Scope] = {}

    def scope(self, cliques: tuple[int, ...], *, bound: bool = True) -> Scope:
        """Return what can change when only these cliques do; unless `bound`, what they share with others changes too."""
        if (cliques, bound) not in self._scopes:
            self._scopes[cliques, bound] = self._scope(cliques, bound)
        return self._scopes[cliques, bound]

    def _scope(self, cliques: tuple[int, ...], bound: bool) -> Scope:
        space = self.space
        columns = np.concatenate([np.arange(space.starts[n], space.starts[n + 1]) for n in cliques])
        edges = [edge for edge in space.edges if edge[0] in cliques or edge[1] in cliques]
        frozen = [set(shared) for i, j, shared in edges if bound and (i in cliques) != (j in cliques)]
        touched = np.flatnonzero(np.isin(space.home, cliques)).tolist()
        free = np.array([p for p in touched if not any(space.dims[p] <= shared for shared in frozen)], dtype=np.int64)
        links = _links(space, cliques, edges if bound else [])
        figures, low, high = self._figures
        still, now = np.zeros(links.shape[0]), figures @ self.base
        return Scope(
            columns=columns,
            lower=-self.base[columns].astype(float),
            upper=np.where(space.possible[columns], np.inf, 0.0),
            places=free,
            sums=space.places[free][:, columns],
            bonds=_stacked(links, figures)[:, columns],
            least=np.concatenate([still, low - now]),
            most=np.concatenate([still, high - now]),
        )

    @cached_property
    def hubs(self) -> tuple[int, ...]:
        """The cliques that many others share, the smallest first: settled before those that hang on them.

        None where all cliques are small enough to be looked at together.
        """
        cliques = self.space.cliques
        if self.space.size <= JOINT_LIMIT:
            return ()
        shared = [n for n in self.everywhere if any(set(cliques[n]) < set(other) for other in cliques)]
        return tuple(sorted(shared, key=lambda n: (len(cliques[n]), n)))

    @cached_property
    def everywhere(self) -> tuple[int, ...]:
        """All cliques."""
        return tuple(range(len(self.space.cliques)))

    def _found(self) -> Ints:
        """Return counts of respondents that add up to all tables."""
        from scipy import sparse

        space = self.space
        figures, least, most = self._figures
        links = _links(space, self.everywhere, space.edges)
        none = np.zeros(links.shape[0])
        found = Programme(
            cost=np.zeros(space.size),
            matrix=sparse.vstack([space.places, links, figures], format="csr"),
            low=np.concatenate([space.cells.truth, none, least]),
            high=np.concatenate([space.cells.truth, none, most]),
            lower=np.zeros(space.size),
            upper=np.where(space.possible, np.inf, 0.0),
        ).whole(space.size)
        if found is None:
            raise DisclosureError(
                "no respondents add up to all of these tables",
                where=", ".join(dict.fromkeys(part.table.id for part in space.cells.parts)),
                hint="make all tables from the same respondents",
            )
        return found

    def change(
        self, scope: Scope, row: Any, least: float, still: NDArray[np.bool_], prices: Floats | None = None
    ) -> Ints | None:
        """Return the cheapest change of a scope that changes one sum of places by enough; None when there is none.

        Parameters
        ----------
        scope
            What may change.
        row
            The sum: a row over all places.
        least
            The least it must change by.
        still
            Places that must not change.
        prices
            The price of changing each place by one, of those that are shown and may still be hidden; 0 for others.

        Returns
        -------
        array of int
            The change of each of the scope's columns.
        """
        asked = row[:, scope.places] @ scope.sums
        return self._cheapest(scope, asked, np.array([least]), np.array([np.inf]), still, prices)

    def furthest(self, scope: Scope, rows: Any, most: Floats, still: NDArray[np.bool_]) -> Ints | None:
        """Return the change of a scope that changes many sums of places together, each gaining up to `most`."""
        from scipy import sparse

        asked = rows[:, scope.places] @ scope.sums
        gain = sparse.eye_array(asked.shape[0], format="csr")
        fixed = _stacked(scope.sums[still[scope.places]], scope.bonds)
        none, end = np.zeros(int(still[scope.places].sum())), np.zeros(asked.shape[0])
        found = Programme(
            cost=np.concatenate([np.zeros(len(scope.columns)), end - 1]),
            matrix=sparse.block_array([[asked, -gain], [fixed, None]], format="csr"),
            low=np.concatenate([end, none, scope.least]),
            high=np.concatenate([end + np.inf, none, scope.most]),
            lower=np.concatenate([scope.lower, end - np.inf]),
            upper=np.concatenate([scope.upper, most]),
        ).whole(len(scope.columns))
        return _checked(scope, found)

    def extended(
        self, root: int, change: Ints | None, still: NDArray[np.bool_], prices: Floats | None = None
    ) -> Ints | None:
        """Return a change of all places that a change of one clique can be part of, clique by clique outwards."""
        if change is None:
            return None
        space = self.space
        total = np.zeros(space.size, dtype=np.int64)
        total[space.starts[root] : space.starts[root + 1]] = change
        for parent, child, shared in _outwards(space.edges, root):
            inner = slice(space.starts[parent], space.starts[parent + 1])
            size = prod(len(space.cells.levels[dim]) for dim in shared)
            given = np.bincount(space.margins(parent, shared), total[inner], minlength=size)
            if given.any() and not self._extend(total, child, shared, given, still, prices):
                return None
        return _rounded(space.places @ total)

    def _extend(
        self,
        total: Ints,
        child: int,
        shared: tuple[str, ...],
        given: Ints,
        still: NDArray[np.bool_],
        prices: Floats | None,
    ) -> bool:
        """Write a change of a clique into `total` that fits what it shares; where nothing shared changes, nothing does.

        Only if that is not to be had may the rest of the clique change too, or more be hidden.
        """
        whole = self.scope((child,), bound=False)
        sums = self.space.sums(child, shared)
        near = np.asarray(given[self.space.margins(child, shared)] != 0)
        shown = still if prices is None else still | (prices > 0)
        tries = ((shown, None), *(() if prices is None else ((still, prices),)))
        for (fixed, price), kept in product(tries, (near, np.ones(len(near), dtype=bool))):
            scope = whole.narrowed(kept)
            found = self._cheapest(scope, sums[:, kept], given.astype(float), given.astype(float), fixed, price)
            if found is not None:
                total[scope.columns] = found
                return True
        return False

    def places(self, scope: Scope, change: Ints | None) -> Ints | None:
        """Return a change of a scope's columns as a change of all places."""
        if change is None:
            return None
        return _rounded(self.space.places[:, scope.columns] @ change)

    def columns_of(self, scope: Scope, change: Ints) -> Ints | None:
        """Return a change of a scope's columns that changes its places as given."""
        given = change[scope.places].astype(float)
        return self._cheapest(scope, scope.sums, given, given, np.zeros(len(change), dtype=bool), None)

    def _cheapest(
        self, scope: Scope, asked: Any, least: Floats, most: Floats, still: NDArray[np.bool_], prices: Floats | None
    ) -> Ints | None:
        from scipy import sparse

        prices = np.zeros(len(still)) if prices is None else prices
        priced = np.flatnonzero((prices[scope.places] > 0) & ~still[scope.places])
        step = sparse.eye_array(len(priced), format="csr")
        fixed = _stacked(asked, scope.sums[still[scope.places]], scope.bonds)
        none = np.zeros(int(still[scope.places].sum()))
        end = np.zeros(len(priced))
        price = prices[scope.places[priced]]
        found = Programme(
            cost=np.concatenate([np.zeros(len(scope.columns)), price, price]),
            matrix=sparse.block_array([[fixed, None, None], [scope.sums[priced], -step, step]], format="csr"),
            low=np.concatenate([least, none, scope.least, end]),
            high=np.concatenate([most, none, scope.most, end]),
            lower=np.concatenate([scope.lower, end, end]),
            upper=np.concatenate([scope.upper, np.full(2 * len(priced), np.inf)]),
        ).whole(len(scope.columns))
        return _checked(scope, found)


def _checked(scope: Scope, change: Ints | None) -> Ints | None:
    """Return a change if it leaves no count negative and breaks no bond, in whole numbers."""
    if change is None or (change < scope.lower).any() or (change > scope.upper).any():
        return None
    bond = scope.bonds @ change
    return None if (bond < scope.least).any() or (bond > scope.most).any() else change


def _outwards(edges: Sequence[Edge], root: int) -> Iterator[Edge]:
    """Go along a tree from its root, each edge from the nearer end to the farther."""
    reached, left = {root}, list(edges)
    while left:
        edge = next(edge for edge in left if {edge[0], edge[1]} & reached)
        left.remove(edge)
        i, j, shared = edge
        yield (i, j, shared) if i in reached else (j, i, shared)
        reached |= {i, j}


def _leanings(number: int) -> Iterator[Floats]:
    """Go through weights of variables: first all alike, then spread between 1 and 2, so that another solution is the least."""
    yield np.ones(number)
    yield np.asarray(1 + np.arange(number) * _GOLDEN % 1, dtype=np.float64)


def _is_whole(found: Floats) -> bool:
    return bool(np.abs(np.rint(found) - found).max(initial=0.0) < _NEAR)


def _rounded(sums: Any) -> Ints:
    return np.asarray(np.rint(sums), dtype=np.int64)


def _stacked(*matrices: Any) -> Any:
    from scipy import sparse

    return sparse.vstack(matrices, format="csr")


def _links(space: Space, cliques: Sequence[int], edges: Sequence[Edge]) -> Any:
    """Return what neighbouring cliques share: differences of sums of columns that are nought."""
    from scipy import sparse

    rows: list[Any] = [np.zeros(0)]
    columns: list[Any] = [np.zeros(0)]
    signs: list[Any] = [np.zeros(0)]
    start = 0
    for i, j, shared in edges:
        ends = [(n, sign) for n, sign in ((i, 1.0), (j, -1.0)) if n in cliques]
        for n, sign in ends:
            codes = space.margins(n, shared)
            rows.append(start + codes)
            columns.append(space.starts[n] + np.arange(len(codes)))
            signs.append(np.full(len(codes), sign))
        start += prod(len(space.cells.levels[dim]) for dim in shared) if ends else 0
    entries = np.concatenate(rows).astype(np.int64), np.concatenate(columns).astype(np.int64)
    return sparse.csr_array((np.concatenate(signs), entries), shape=(start, space.size))


def _figures(space: Space) -> tuple[Any, Floats, Floats]:
    """Return known figures as sums of columns, with their bounds."""
    from scipy import sparse

    facts = space.cells.facts
    matrix = sparse.lil_array((len(facts), space.size))
    for number, (region, _, _) in enumerate(facts):
        matrix[number, space.columns(region)] = 1.0
    low = np.array([-np.inf if low is None else low for _, low, _ in facts], dtype=float)
    high = np.array([np.inf if high is None else high for _, _, high in facts], dtype=float)
    return sparse.csr_array(matrix), low, high
