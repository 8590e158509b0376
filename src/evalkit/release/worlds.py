"""Other worlds: counts of respondents that agree with everything shown, and what the hidden counts are in them.

A hidden count is safe when two such worlds differ in it by enough. Each world is kept as whole numbers and checked
exactly, so that a table is protected by proof, not by a solver's tolerance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DisclosureError
from .cells import Ints, Region, level_key
from .programme import Asked, Programme
from .space import SPACE_LIMIT, Edge, Flags, Space

JOINT_LIMIT = 3_000
"""Up to so many combinations cliques are looked at together."""
_MOVE = 1e-3
"""The price of moving a respondent, in parts of that of hiding a place: of equally cheap worlds the nearest."""
_FEW = 4
"""How much dearer it is to move the only respondent of a combination: where there are many, others can follow."""
_AGAIN = 2
"""How often a world is looked for again with the places it changes made cheaper, the more so the more they change."""
_MORE = (0, 100, 400, 1_600, SPACE_LIMIT)
"""Of how many combinations, the fullest, others may move too where a clique follows what another shares with it."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Goal:
    """What a world is looked for: one that changes a target by enough.

    Parameters
    ----------
    target
        The number of the target.
    sign
        1 to have more of it, -1 to have less.
    least
        By how much at least.
    still
        Places that must not change.
    prices
        What it costs to change each other place; 0 for hidden ones.
    staying
        How many of each column must stay.
    most
        Where set, the target is to change as much as it can up to this, whatever else changes.
    """

    target: int
    sign: int
    least: int
    still: Flags
    prices: Floats
    staying: Ints
    most: int | None = None

    def free(self) -> Goal:
        """Return the goal of hiding nothing more."""
        return replace(self, still=self.still | (self.prices > 0), prices=np.zeros_like(self.prices))


class Scope:
    """Some cliques that may change while all others stay as they are, as one programme.

    Its variables are how many respondents come to each column and leave it, and how far each target goes up and down
    beyond what its row allows, at a price. Its rows are the targets, known figures, what the cliques share with one
    another, and what they share with others (`frames`).

    Parameters
    ----------
    space, base
        The columns, and how many respondents are in each.
    targets
        The targets as sums of places (a row each); the first are the places themselves.
    cliques
        The cliques, by number.
    """

    def __init__(self, space: Space, base: Ints, targets: Any, cliques: frozenset[int]) -> None:
        from scipy import sparse

        self._space = space
        self.columns = np.concatenate([space.columns(n) for n in sorted(cliques)])
        self._base, self._possible = base[self.columns], space.possible[self.columns]
        self._fullest = np.argsort(-self._base, kind="stable")
        numbers, sums = _told(space, sorted(cliques))
        places = numbers[numbers < targets.shape[1]]
        self.targets, rows = _within(targets, places, sums[: len(places)])
        self.frames = tuple(edge for edge in space.outwards(cliques) if edge.one in cliques)
        links = [_link(space, edge) for edge in space.edges if {edge.one, edge.other} <= cliques]
        frames = [_margin(space, edge.one, edge.shared) for edge in self.frames]
        self._low, self._high = _room(space, base, numbers[len(places) :], sums[len(places) :])
        self._linked = np.zeros(sum(link.shape[0] for link in links))
        stacked = [rows, sums[len(places) :], *links, *frames]
        self._matrix = sparse.vstack(stacked, format="csc")[:, self.columns]
        step = sparse.eye_array(self._matrix.shape[0], len(self.targets), format="csc")
        self._programme = Programme(_both(self._matrix, -step, step), 2 * len(self.columns))

    def change(self, goal: Goal, *, bound: bool) -> Ints | None:
        """Return the cheapest change of the columns that reaches a goal; None when none is found.

        What they share with other cliques stays as it is (`bound`), or changes as it likes.
        """
        asked = self._asked(goal, {edge.other: None for edge in self.frames} if bound else {})
        asked = self._aimed(asked, goal)
        best, least = None, np.inf
        for _ in range(1 + _AGAIN):
            found = self._checked(asked, self._programme.whole(asked))
            moved = None if found is None else np.abs(self._matrix @ found)[: len(self.targets)]
            cost = np.inf if moved is None else float(self._prices(goal)[moved > 0].sum())
            if moved is None or cost >= least:
                break
            best, least = found, cost
            if cost == 0 or goal.most is not None:
                break
            asked = asked._replace(cost=self._cost(goal, np.maximum(moved, 1)))
        return best

    def following(self, goal: Goal, other: int, shared: Ints) -> Ints | None:
        """Return a change of the columns that changes what they share with another clique as is given.

        The goal says what else may change. Where more may be hidden the cheapest change is looked for; else any will do:
        one of people alike in all else, or that of a few, or of all.
        """
        asked = self._asked(goal, {other: shared})
        if goal.prices.any():
            return self._checked(asked, self._programme.whole(asked))
        edge = next(edge for edge in self.frames if edge.other == other)
        codes, rest = _alike(self._space, edge)
        found = self._copied(asked, shared, codes, rest)
        for more in _MORE:
            if found is None:
                kept = shared[codes] != 0
                kept[self._fullest[:more]] = True
                found = self._among(asked, kept)
        return found

    def _copied(self, asked: Asked, shared: Ints, codes: Ints, rest: Ints) -> Ints | None:
        """Return a change as is given that is made of copies of one, each of people alike in all that is not shared."""
        number, times = len(self.columns), int(np.gcd.reduce(shared))
        once = shared // times
        leave = np.zeros((len(once), int(rest.max()) + 1), dtype=np.int64)
        come = leave.copy()
        leave[codes, rest] = asked.upper[number : 2 * number]
        come[codes, rest] = asked.upper[:number] > 0
        room = (leave[once < 0] // -once[once < 0, None]).min(axis=0, initial=times)
        room *= come[once > 0].min(axis=0, initial=1)
        order = np.argsort(-room, kind="stable")
        before = np.cumsum(room[order]) - room[order]
        copies = np.zeros_like(room)
        copies[order] = np.clip(times - before, 0, room[order])
        change = once[codes] * copies[rest]
        return change if copies.sum() == times and self._allows(asked, change) else None

    def _among(self, asked: Asked, kept: Flags) -> Ints | None:
        """Return a change of some columns alone."""
        at = np.flatnonzero(kept)
        both = np.concatenate([at, at + len(self.columns)])
        none = np.zeros(len(both))
        few = asked._replace(cost=none, lower=none, upper=asked.upper[both])
        found = Programme(_both(self._matrix[:, at]), len(both)).whole(few)
        if found is None:
            return None
        change = np.zeros(len(self.columns), dtype=np.int64)
        change[at] = found[: len(at)] - found[len(at) :]
        return change if self._allows(asked, change) else None

    def _checked(self, asked: Asked, found: Ints | None) -> Ints | None:
        """Return a solution as a change of the columns, where it is within all bounds exactly."""
        if found is None:
            return None
        change = found[: len(self.columns)] - found[len(self.columns) :]
        return change if self._allows(asked, change) else None

    def _allows(self, asked: Asked, change: Ints) -> bool:
        number, sums = len(self.columns), self._matrix @ change
        outside = (sums < asked.low) | (sums > asked.high)
        outside[: len(self.targets)] &= ~(asked.upper[2 * number :].reshape(2, -1) > 0).any(axis=0)
        beyond = (change > asked.upper[:number]) | (-change > asked.upper[number : 2 * number])
        return not outside.any() and not beyond.any()

    def _asked(self, goal: Goal, shared: Mapping[int, Ints | None]) -> Asked:
        """Return the bounds and costs that leave everything shown as it is, and what is shared with others as is given.

        Parameters
        ----------
        goal
            What may change.
        shared
            How what is shared with other cliques changes, by their numbers; None for not at all. It changes as it likes
            with those left out.
        """
        still = goal.still
        for edge in self.frames:
            if shared.get(edge.other) is not None:
                still = still & ~self._space.told(edge.shared)[: len(still)]
        fixed, prices = self._of_targets(still), self._prices(goal)
        priced = ~fixed & (prices > 0)
        ends = np.where(fixed | priced, 0.0, np.inf)
        beyond = np.where(priced, np.inf, 0.0)
        come = np.where(self._possible, np.inf, 0.0)
        leave = self._base - goal.staying[self.columns]
        frames = [self._frame(edge, shared) for edge in self.frames]
        return Asked(
            cost=self._cost(goal, np.ones(len(self.targets))),
            lower=np.zeros(2 * len(self.columns) + 2 * len(self.targets)),
            upper=np.concatenate([come, leave, beyond, beyond]),
            low=np.concatenate([-ends, self._low, self._linked, *(low for low, _ in frames)]),
            high=np.concatenate([ends, self._high, self._linked, *(high for _, high in frames)]),
        )

    def _aimed(self, asked: Asked, goal: Goal) -> Asked:
        """Ask for the target to change, too."""
        row, number = int(np.searchsorted(self.targets, goal.target)), len(self.targets)
        low, high, upper = asked.low.copy(), asked.high.copy(), asked.upper.copy()
        beyond = upper[2 * len(self.columns) :].reshape(2, number)
        beyond[:, row] = 0
        if goal.most is None:
            low[row], high[row] = (goal.least, np.inf) if goal.sign > 0 else (-np.inf, -goal.least)
        else:
            low[row] = high[row] = 0
            beyond[0 if goal.sign > 0 else 1, row] = goal.most
        return asked._replace(upper=upper, low=low, high=high)

    def _frame(self, edge: Edge, shared: Mapping[int, Ints | None]) -> tuple[Floats, Floats]:
        none = np.zeros(self._space.margin_size(edge.shared))
        if edge.other not in shared:
            return none - np.inf, none + np.inf
        change = shared[edge.other]
        exactly = none if change is None else change.astype(float)
        return exactly, exactly

    def _prices(self, goal: Goal) -> Floats:
        return self._of_targets(goal.prices)

    def _of_targets(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the values of the targets that are places; 0 of others."""
        places = self.targets[self.targets < len(values)]
        return np.concatenate([values[places], np.zeros(len(self.targets) - len(places), dtype=values.dtype)])

    def _cost(self, goal: Goal, moved: Floats) -> Floats:
        """Return the cost of each variable, that of a place divided by how far it moved."""
        if goal.most is not None:
            worth = np.where(self.targets == goal.target, -1.0, 0.0)
            return np.concatenate([np.zeros(2 * len(self.columns)), worth, worth])
        come, prices = np.full(len(self.columns), _MOVE), self._prices(goal) / moved
        return np.concatenate([come, _MOVE * (1 + _FEW / np.maximum(self._base, 1)), prices, prices])


class Worlds:
    """Some counts of respondents that add up to all tables, and the changes to them that show nothing.

    Parameters
    ----------
    space
        The columns.
    targets
        The targets as sums of places (a row each); the first are the places themselves.
    respondents
        A frame of respondents with every dimension and `count`, where it is at hand; else some counts that add up to
        all tables are looked for.

    Raises
    ------
    DisclosureError
        When no counts of respondents add up to all tables.
    """

    def __init__(self, space: Space, targets: Any, respondents: Any = None) -> None:
        self.space, self._targets, self._respondents = space, targets, respondents
        self.places = _places(space)
        self._all = frozenset(range(len(space.cliques)))
        self.base = self._found() if respondents is None else space.world_of(respondents)
        wrong = (self.places @ self.base) != space.cells.truth
        if wrong.any():
            raise DisclosureError(
                "the tables do not add up to the respondents",
                where=space.cells.describe(int(np.argmax(wrong))),
                hint="make all tables from the same respondents",
            )
        if self.base[~space.possible].any():
            raise DisclosureError("somebody is in a cell that cannot hold anybody", hint="correct `zeros`")
        self._scopes: dict[frozenset[int], Scope] = {}
        self.home = [space.smallest(_dims(space, targets, target)) for target in range(targets.shape[0])]
        own = [self._all if space.size <= JOINT_LIMIT else frozenset({n}) for n in sorted(self._all)]
        self._reach = dict(enumerate(own))

    def change(self, goal: Goal, *, exact: bool = False) -> Ints | None:
        """Return a cheap change of all columns that reaches a goal; None when none is found.

        What the target's clique shares with others is left alone, where that hides nothing more. Otherwise the change is
        extended to the other cliques; where that cannot be they are looked at together, up to `JOINT_LIMIT`
        combinations, or (`exact`) as many as there are.
        """
        home = self.home[goal.target]
        alone = None
        if goal.most is None and self._reach[home] != self._all:
            scope = self._scope(frozenset({home}))
            alone = self._spread(scope, scope.change(goal, bound=True))
        if alone is not None and self.cost(goal, alone) == 0:
            return alone
        wide = self._wide(goal, home, exact=exact)
        return min(
            (way for way in (alone, wide) if way is not None), key=lambda way: self.cost(goal, way), default=None
        )

    def presence(self, group: Region) -> Ints:
        """Return how many of each column are surely the one respondent of a group.

        Where it is not known who that is, one of each column that they may be in.
        """
        if self._respondents is not None:
            return self.space.world_of(self._respondents[_members(self._respondents, group)])
        return np.minimum(self.base, 1) * self.space.near(group)

    def cost(self, goal: Goal, change: Ints) -> float:
        """Return the price of the places that a change of all columns changes."""
        return float(goal.prices[(self.places @ change) != 0].sum())

    def _scope(self, cliques: frozenset[int]) -> Scope:
        if cliques not in self._scopes:
            self._scopes[cliques] = Scope(self.space, self.base, self._targets, cliques)
        return self._scopes[cliques]

    def _spread(self, scope: Scope, found: Ints | None) -> Ints | None:
        """Return a change of a scope's columns as one of all."""
        if found is None:
            return None
        change = np.zeros(self.space.size, dtype=np.int64)
        change[scope.columns] = found
        return change

    def _wide(self, goal: Goal, home: int, *, exact: bool) -> Ints | None:
        """Return a change of the cliques within reach that others follow, looking at more and more of them together."""
        while True:
            reach = self._reach[home]
            scope = self._scope(reach)
            change = self._spread(scope, scope.change(goal, bound=False))
            if change is None:
                return None
            whole = change.copy()
            missed = self._extended(whole, reach, goal.free())
            if not missed:
                return whole
            if not exact and sum(self.space.sizes[n] for n in reach | missed) > JOINT_LIMIT:
                return None if self._extended(change, reach, goal) else change
            self._reach[home] = reach | missed

    def _extended(self, change: Ints, reach: frozenset[int], goal: Goal) -> frozenset[int]:
        """Extend a change of some cliques to the others, in place; return those up to the first that cannot follow."""
        space, ways = self.space, dict[int, frozenset[int]]()
        for edge in space.outwards(reach):
            ways[edge.other] = ways.get(edge.one, frozenset()) | {edge.other}
            shared = np.zeros(space.margin_size(edge.shared), dtype=np.int64)
            np.add.at(shared, space.margins(edge.one, edge.shared), change[space.columns(edge.one)])
            if shared.any():
                scope = self._scope(frozenset({edge.other}))
                found = scope.following(goal, edge.one, shared)
                if found is None:
                    return ways[edge.other]
                change[scope.columns] = found
        return frozenset()

    def _found(self) -> Ints:
        """Return counts of respondents that add up to all tables."""
        from scipy import sparse

        space, none = self.space, np.zeros(self.space.size, dtype=np.int64)
        numbers, sums = _told(space, sorted(self._all))
        figures = sums[numbers >= self.places.shape[0]]
        low, high = _room(space, none, numbers[numbers >= self.places.shape[0]], figures)
        links = [_link(space, edge) for edge in space.edges]
        matrix = sparse.vstack([self.places, figures, *links], format="csc")
        same = np.zeros(sum(link.shape[0] for link in links))
        found = Programme(matrix, space.size).whole(
            Asked(
                cost=np.zeros(space.size),
                lower=np.zeros(space.size),
                upper=np.where(space.possible, np.inf, 0.0),
                low=np.concatenate([space.cells.truth, low, same]),
                high=np.concatenate([space.cells.truth, high, same]),
            )
        )
        if found is None:
            raise DisclosureError(
                "no respondents add up to all of these tables",
                where=", ".join(dict.fromkeys(part.table.id for part in space.cells.parts)),
                hint="make all tables from the same respondents",
            )
        return found


def _members(respondents: Any, group: Region) -> Flags:
    """Return which respondents are in a group."""
    inside = respondents["count"].to_numpy() > 0
    for dim, keys in group:
        inside &= respondents[dim].astype(object).map(level_key).isin(keys).to_numpy()
    return np.asarray(inside)


def _told(space: Space, cliques: Sequence[int]) -> tuple[Ints, Any]:
    """Return the sums that some cliques tell, sorted, and each as a sum of all columns: of the first clique that tells it."""
    from scipy import sparse

    found, rows = [], []
    seen = np.zeros(len(space.regions), dtype=bool)
    for n in cliques:
        numbers, sums = space.rows(n)
        new = ~seen[numbers]
        seen[numbers] = True
        found.append(numbers[new])
        rows.append(_placed(space, n, sums[new]))
    numbers = np.concatenate(found)
    order = np.argsort(numbers)
    return numbers[order], sparse.vstack(rows, format="csr")[order]


def _placed(space: Space, number: int, rows: Any) -> Any:
    """Return sums of a clique's columns as sums of all columns."""
    from scipy import sparse

    rows = rows.tocoo()
    shape = (rows.shape[0], space.size)
    return sparse.csr_array((rows.data, (rows.coords[0], rows.coords[1] + space.starts[number])), shape=shape)


def _margin(space: Space, number: int, shared: Sequence[str]) -> Any:
    return _placed(space, number, space.margin_rows(number, shared))


def _alike(space: Space, edge: Edge) -> tuple[Ints, Ints]:
    """Return for each column of a clique what it shares with its neighbour, and the rest, as numbers."""
    rest = [dim for dim in space.cliques[edge.one] if dim not in edge.shared]
    return space.margins(edge.one, edge.shared), space.margins(edge.one, rest)


def _both(matrix: Any, *more: Any) -> Any:
    """Return rows of variables that come and leave, and more."""
    from scipy import sparse

    return sparse.hstack([matrix, -matrix, *more], format="csc")


def _link(space: Space, edge: Edge) -> Any:
    """Return what two neighbouring cliques share: differences of sums of columns that are nought."""
    return _margin(space, edge.one, edge.shared) - _margin(space, edge.other, edge.shared)


def _places(space: Space) -> Any:
    """Return all places as sums of columns."""
    numbers, sums = _told(space, range(len(space.cliques)))
    return sums[: int((numbers < len(space.cells.values)).sum())]


def _dims(space: Space, targets: Any, target: int) -> frozenset[str]:
    """Return the dimensions that a target is about."""
    places = targets.indices[targets.indptr[target] : targets.indptr[target + 1]]
    return frozenset().union(*(space.dims[place] for place in places))


def _within(targets: Any, places: Ints, rows: Any) -> tuple[Ints, Any]:
    """Return the targets that are sums of some places alone, and each as a sum of columns."""
    known = np.zeros(targets.shape[1])
    known[places] = 1.0
    inside = np.flatnonzero(abs(targets) @ (1 - known) == 0)
    return inside, targets[inside][:, places] @ rows


def _room(space: Space, base: Ints, numbers: Ints, rows: Any) -> tuple[Floats, Floats]:
    """Return how much known figures may change."""
    facts = [space.cells.facts[number - len(space.cells.values)] for number in numbers]
    now = rows @ base
    low = np.array([-np.inf if low is None else low for _, low, _ in facts], dtype=float)
    high = np.array([np.inf if high is None else high for _, _, high in facts], dtype=float)
    return low - now, high - now
