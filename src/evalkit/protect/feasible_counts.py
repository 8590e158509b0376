"""Other worlds: counts of respondents that agree with everything shown, and what the hidden counts are in them.

A hidden count is safe when two such worlds differ in it by enough. Each world is kept as whole numbers and checked
exactly, so that a table is protected by proof, not by a solver's tolerance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DisclosureError
from .combinations import Combinations
from .movable import Goal, Movable
from .programme import Asked, Programme
from .published_places import Flags, Ints, Region, dims_of, level_key

if TYPE_CHECKING:
    import pandas as pd

People = Callable[..., "pd.DataFrame"]
"""Returns respondents by the dimensions that it is given: a column each, perhaps more, and `count`."""

JOINT_LIMIT = 3_000
"""Up to so many combinations cliques are looked at together."""


class FeasibleCounts:
    """Some counts of respondents that add up to all tables, and the changes to them that show nothing.

    Parameters
    ----------
    combinations
        The columns.
    targets
        The targets as sums of places (a row each); the first are the places themselves.
    respondents
        Returns the respondents by some dimensions (a column each, and `count`), where they are at hand; else some counts
        that add up to all tables are looked for.

    Raises
    ------
    DisclosureError
        When no counts of respondents add up to all tables.
    """

    def __init__(self, combinations: Combinations, targets: Any, respondents: People | None = None) -> None:
        self.combinations, self._targets, self._respondents = combinations, targets, respondents
        self.places = _places(combinations)
        self._columns: dict[tuple[int, int], tuple[pd.DataFrame, Ints]] = {}
        self._all = frozenset(range(len(combinations.cliques)))
        self.base = self._found() if respondents is None else self._counted(respondents, ())
        wrong = (self.places @ self.base) != combinations.published.truth
        if wrong.any():
            raise DisclosureError(
                "the tables do not add up to the respondents",
                where=combinations.published.describe(int(np.argmax(wrong))),
                hint="make all tables from the same respondents",
            )
        if self.base[~combinations.possible].any():
            raise DisclosureError("somebody is in a cell that cannot hold anybody", hint="correct `zeros`")
        self._movables: dict[frozenset[int], Movable] = {}
        self.home = [combinations.smallest(_dims(combinations, targets, target)) for target in range(targets.shape[0])]
        own = [self._all if combinations.size <= JOINT_LIMIT else frozenset({n}) for n in sorted(self._all)]
        self._reach = dict(enumerate(own))

    @property
    def respondents_known(self) -> bool:
        """Whether the respondents are those behind the tables, not some that add up to them."""
        return self._respondents is not None

    def change(self, goal: Goal, *, exact: bool = False) -> Ints | None:
        """Return a cheap change of all columns that reaches a goal; None when none is found.

        What the target's clique shares with others is left alone, where that can be. Otherwise the change is extended to the
        other cliques; where that cannot be they are looked at together, up to `JOINT_LIMIT` combinations, or (`exact`) as
        many as there are.
        """
        home = self.home[goal.target]
        if goal.most is None and self._reach[home] != self._all:
            movable = self._movable(frozenset({home}))
            alone = self._spread(movable, movable.change(goal, bound=True))
            if alone is not None:
                return alone
        return self._wide(goal, home, exact=exact)

    def of_hidden(self, goal: Goal) -> Ints | None:
        """Return a change of its own clique alone that reaches a goal and hides nothing more, quickly found; None where it is not.

        Where all cliques are looked at together there is none to be looked at alone.
        """
        home = self.home[goal.target]
        if self._reach[home] == self._all:
            return None
        movable = self._movable(frozenset({home}))
        return self._spread(movable, movable.of_hidden(goal.free()))

    def presence(self, group: Region) -> Ints:
        """Return how many of each column are surely the one respondent of a group.

        Where it is not known who that is, one of each column that they may be in.
        """
        if self._respondents is not None:
            return self._counted(self._respondents, group)
        return np.minimum(self.base, 1) * self.combinations.near(group)

    def _counted(self, respondents: People, group: Region) -> Ints:
        """Return how many of the respondents in a group are in each column."""
        found, inside = np.zeros(self.combinations.size), dict[int, Flags]()
        for number, clique in enumerate(self.combinations.cliques):
            people = respondents(*sorted({*clique, *dims_of(group)}))
            if id(people) not in inside:
                inside[id(people)] = _members(people, group)
            if (number, id(people)) not in self._columns:
                self._columns[number, id(people)] = people, self.combinations.columns_of(people, number)
            some, (_, columns) = inside[id(people)], self._columns[number, id(people)]
            found += np.bincount(columns[some], people["count"].to_numpy(dtype=float)[some], minlength=len(found))
        return np.rint(found).astype(np.int64)

    def cost(self, goal: Goal, change: Ints) -> float:
        """Return the price of the places that a change of all columns changes."""
        return float(goal.prices[(self.places @ change) != 0].sum())

    def _movable(self, cliques: frozenset[int]) -> Movable:
        if cliques not in self._movables:
            self._movables[cliques] = Movable(self.combinations, self.base, self._targets, cliques)
        return self._movables[cliques]

    def _spread(self, movable: Movable, found: Ints | None) -> Ints | None:
        """Return a change of movable columns as one of all."""
        if found is None:
            return None
        change = np.zeros(self.combinations.size, dtype=np.int64)
        change[movable.columns] = found
        return change

    def _wide(self, goal: Goal, home: int, *, exact: bool) -> Ints | None:
        """Return a change of the cliques within reach that others follow, looking at more and more of them together."""
        while True:
            reach = self._reach[home]
            movable = self._movable(reach)
            change = self._spread(movable, movable.change(goal, bound=False))
            if change is None:
                return None
            whole = change.copy()
            missed = self._extended(whole, reach, goal.free())
            if not missed:
                return whole
            if not exact and sum(self.combinations.sizes[n] for n in reach | missed) > JOINT_LIMIT:
                return None if self._extended(change, reach, goal) else change
            self._reach[home] = reach | missed

    def _extended(self, change: Ints, reach: frozenset[int], goal: Goal) -> frozenset[int]:
        """Extend a change of some cliques to the others, in place; return those up to the first that cannot follow."""
        combinations, ways = self.combinations, dict[int, frozenset[int]]()
        for edge in combinations.outwards(reach):
            ways[edge.other] = ways.get(edge.one, frozenset()) | {edge.other}
            shared = np.zeros(combinations.margin_size(edge.shared), dtype=np.int64)
            np.add.at(shared, combinations.margins(edge.one, edge.shared), change[combinations.columns(edge.one)])
            if shared.any():
                movable = self._movable(frozenset({edge.other}))
                found = movable.following(goal, edge.one, shared)
                if found is None:
                    return ways[edge.other]
                change[movable.columns] = found
        return frozenset()

    def _found(self) -> Ints:
        """Return counts of respondents that add up to all tables."""
        from scipy import sparse

        combinations, none = self.combinations, np.zeros(self.combinations.size, dtype=np.int64)
        numbers, sums = combinations.sums(sorted(self._all))
        figures = sums[numbers >= self.places.shape[0]]
        low, high = combinations.room(none, numbers[numbers >= self.places.shape[0]], figures)
        links = [combinations.link(edge) for edge in combinations.edges]
        matrix = sparse.vstack([self.places, figures, *links], format="csc")
        same = np.zeros(sum(link.shape[0] for link in links))
        found = Programme(matrix, combinations.size).whole(
            Asked(
                cost=np.zeros(combinations.size),
                lower=np.zeros(combinations.size),
                upper=np.where(combinations.possible, np.inf, 0.0),
                low=np.concatenate([combinations.published.truth, low, same]),
                high=np.concatenate([combinations.published.truth, high, same]),
            )
        )
        if found is None:
            raise DisclosureError(
                "no respondents add up to all of these tables",
                where=", ".join(dict.fromkeys(part.table.id for part in combinations.published.parts)),
                hint="make all tables from the same respondents",
            )
        return found


def _members(respondents: pd.DataFrame, group: Region) -> Flags:
    """Return which respondents are in a group."""
    inside = respondents["count"].to_numpy() > 0
    for dim, keys in group:
        inside &= respondents[dim].astype(object).map(level_key).isin(keys).to_numpy()
    return np.asarray(inside)


def _places(combinations: Combinations) -> Any:
    """Return all places as sums of columns."""
    numbers, sums = combinations.sums(range(len(combinations.cliques)))
    return sums[: int((numbers < len(combinations.published.values)).sum())]


def _dims(combinations: Combinations, targets: Any, target: int) -> frozenset[str]:
    """Return the dimensions that a target is about."""
    places = targets.indices[targets.indptr[target] : targets.indptr[target + 1]]
    return frozenset().union(*(combinations.dims[place] for place in places))
