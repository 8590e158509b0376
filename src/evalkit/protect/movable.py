"""Some cliques of a release that may change, and the cheapest changes of them that show nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .combinations import COMBINATIONS_LIMIT, Combinations, Edge
from .programme import Asked, Programme
from .published_places import Flags, Floats, Ints

_MOVE = 1e-3
"""The price of moving a respondent, in parts of that of hiding a place: of equally cheap worlds the nearest."""
_FEW = 4
"""How much dearer it is to move the only respondent of a combination: where there are many, others can follow."""
_AGAIN = 2
"""How often a world is looked for again with the places it changes made cheaper, the more so the more they change."""
_MORE = (0, 100, 400, 1_600, COMBINATIONS_LIMIT)
"""Of how many combinations, the fullest, others may move too where a clique follows what another shares with it."""


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


class _Part(NamedTuple):
    """The programme of some columns alone, and the rows that they enter."""

    kept: Flags
    columns: Ints
    rows: Ints
    programme: Programme


class Movable:
    """Some cliques that may change while all others stay as they are, as one programme.

    Its variables are how many respondents come to each column and leave it, and how far each target goes up and down
    beyond what its row allows, at a price. Its rows are the targets, known figures, what the cliques share with one
    another, and what they share with others (frames).

    Parameters
    ----------
    combinations, base
        The columns, and how many respondents are in each.
    targets
        The targets as sums of places (a row each); the first are the places themselves.
    cliques
        The cliques, by number.
    """

    def __init__(self, combinations: Combinations, base: Ints, targets: Any, cliques: frozenset[int]) -> None:
        from scipy import sparse

        self._combinations = combinations
        self.columns = np.concatenate([combinations.columns(n) for n in sorted(cliques)])
        self._base, self._possible = base[self.columns], combinations.possible[self.columns]
        self._fullest = np.argsort(-self._base, kind="stable")
        numbers, sums = combinations.sums(sorted(cliques))
        places = numbers[numbers < targets.shape[1]]
        self.targets, rows = _within(targets, places, sums[: len(places)])
        self._frames = tuple(edge for edge in combinations.outwards(cliques) if edge.one in cliques)
        links = [combinations.link(edge) for edge in combinations.edges if {edge.one, edge.other} <= cliques]
        frames = [combinations.margin_sums(edge.one, edge.shared) for edge in self._frames]
        self._low, self._high = combinations.room(base, numbers[len(places) :], sums[len(places) :])
        self._linked = np.zeros(sum(link.shape[0] for link in links))
        stacked = [rows, sums[len(places) :], *links, *frames]
        self._matrix = sparse.vstack(stacked, format="csc")[:, self.columns]
        step = sparse.eye_array(self._matrix.shape[0], len(self.targets), format="csc")
        self._moving = np.flatnonzero(self._possible)
        self._programme = Programme(_both(self._matrix[:, self._moving], -step, step), 2 * len(self._moving))
        self._parts: dict[int, _Part] = {}

    def change(self, goal: Goal, *, bound: bool) -> Ints | None:
        """Return the cheapest change of the columns that reaches a goal; None when none is found.

        What they share with other cliques stays as it is (`bound`), or changes as it likes.
        """
        asked = self._asked(goal, {edge.other: None for edge in self._frames} if bound else {})
        asked = self._aimed(asked, goal)
        best, least = None, np.inf
        for _ in range(1 + _AGAIN):
            found = self._whole(asked)
            moved = None if found is None else np.abs(self._matrix @ found)[: len(self.targets)]
            cost = np.inf if moved is None else float(self._prices(goal)[moved > 0].sum())
            if moved is None or cost >= least:
                break
            best, least = found, cost
            if cost == 0 or goal.most is not None:
                break
            asked = asked._replace(cost=self._cost(goal, np.maximum(moved, 1)))
        return best

    def of_hidden(self, goal: Goal) -> Ints | None:
        """Return a change that reaches a goal, of people in hidden places and the fullest others; what others share with it stays."""
        asked = self._aimed(self._asked(goal, {edge.other: None for edge in self._frames}), goal)
        told = np.zeros(len(goal.still), dtype=bool)
        for edge in self._frames:
            told |= self._combinations.told(edge.shared)[: len(told)]
        number = len(self.targets)
        free = ((asked.low[:number] < 0) | (asked.high[:number] > 0)) & ~self._of_targets(told)
        inside = free @ abs(self._matrix[:number]) > 0
        found = self._among(asked, inside, 0) if inside.any() else None
        return self._among(asked, inside, _MORE[1]) if found is None and inside.any() else found

    def following(self, goal: Goal, other: int, shared: Ints) -> Ints | None:
        """Return a change of the columns that changes what they share with another clique as is given.

        The goal says what else may change. Where more may be hidden the cheapest change is looked for; else any will do:
        one of people alike in all else, or that of a few, or of all.
        """
        asked = self._asked(goal, {other: shared})
        if goal.prices.any():
            return self._whole(asked)
        edge = next(edge for edge in self._frames if edge.other == other)
        codes, rest = _alike(self._combinations, edge)
        found = self._copied(asked, shared, codes, rest)
        if found is None and len(edge.shared) == 2:
            found = self._exchanged(asked, shared, edge)
        for more in _MORE:
            if found is None:
                found = self._among(asked, shared[codes] != 0, more)
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

    def _exchanged(self, asked: Asked, shared: Ints, edge: Edge) -> Ints | None:
        """Return a change as is given in two dimensions, made step by step of people who keep all else that is shared.

        In each step somebody of one cell goes to the other level of one dimension, and somebody of a second cell comes from it. Where
        they are not alike in all else, two others, alike in the other dimension, change places between the same levels.
        """
        clique, levels = self._combinations.cliques[edge.one], self._combinations.published.levels
        own = sorted(edge.shared, key=lambda dim: len(levels[dim]))
        given = shared.reshape([len(levels[dim]) for dim in edge.shared])
        steps = _steps(given if list(edge.shared) == own else given.T)
        if steps is None:
            return None
        order = [clique.index(dim) for dim in (*own, *(dim for dim in clique if dim not in own))]
        number, shape = len(self.columns), [len(levels[dim]) for dim in clique]
        columns = np.arange(number).reshape(shape).transpose(order)
        columns = columns.reshape(*columns.shape[:2], -1)
        leave, change = asked.upper[number : 2 * number].copy(), np.zeros(number, dtype=np.int64)
        for step in steps:
            moved = _four_or_eight(leave[columns], *step)
            if moved is None:
                return None
            for place, sign in moved:
                change[columns[place]] += sign
                leave[columns[place]] += min(sign, 0)
        return change if self._allows(asked, change) else None

    def _among(self, asked: Asked, some: Flags, more: int) -> Ints | None:
        """Return a change of some columns and the fullest others alone; the programme has but the rows that they enter."""
        kept = some.copy()
        kept[self._fullest[:more]] = True
        kept &= self._possible
        if more not in self._parts or not np.array_equal(kept, self._parts[more].kept):
            self._parts[more] = self._part_of(kept)
        _, at, rows, programme = self._parts[more]
        rest = np.ones(len(asked.low), dtype=bool)
        rest[rows] = False
        if (asked.low[rest] > 0).any() or (asked.high[rest] < 0).any():
            return None
        both = np.concatenate([at, at + len(self.columns)])
        few = Asked(asked.cost[both], np.zeros(len(both)), asked.upper[both], asked.low[rows], asked.high[rows])
        return self._checked(asked, at, programme.whole(few))

    def _part_of(self, kept: Flags) -> _Part:
        columns = np.flatnonzero(kept)
        entries = self._matrix[:, columns]
        rows = np.unique(entries.indices)
        return _Part(kept, columns, rows, Programme(_both(entries[rows]), 2 * len(columns)))

    def _whole(self, asked: Asked) -> Ints | None:
        """Return a cheap change of all columns that can hold somebody."""
        at, number = self._moving, len(self.columns)
        kept = np.concatenate([at, at + number, np.arange(2 * number, len(asked.cost))])
        few = asked._replace(cost=asked.cost[kept], lower=asked.lower[kept], upper=asked.upper[kept])
        return self._checked(asked, at, self._programme.whole(few))

    def _checked(self, asked: Asked, at: Ints, found: Ints | None) -> Ints | None:
        """Return a solution for some columns as a change of all, where it is within all bounds exactly."""
        if found is None:
            return None
        change = np.zeros(len(self.columns), dtype=np.int64)
        change[at] = found[: len(at)] - found[len(at) :]
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
        for edge in self._frames:
            if shared.get(edge.other) is not None:
                still = still & ~self._combinations.told(edge.shared)[: len(still)]
        fixed, prices = self._of_targets(still), self._prices(goal)
        priced = ~fixed & (prices > 0)
        ends = np.where(fixed | priced, 0.0, np.inf)
        beyond = np.where(priced, np.inf, 0.0)
        come = np.where(self._possible, np.inf, 0.0)
        leave = self._base - goal.staying[self.columns]
        frames = [self._frame(edge, shared) for edge in self._frames]
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
        none = np.zeros(self._combinations.margin_size(edge.shared))
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


def _alike(combinations: Combinations, edge: Edge) -> tuple[Ints, Ints]:
    """Return for each column of a clique what it shares with its neighbour, and the rest, as numbers."""
    rest = [dim for dim in combinations.cliques[edge.one] if dim not in edge.shared]
    return combinations.margins(edge.one, edge.shared), combinations.margins(edge.one, rest)


def _steps(given: Ints) -> list[tuple[int, int, int, int]] | None:
    """Return a change of two dimensions as steps of one person each: two rows, and two columns between which they change places.

    One of the first row leaves the first column, and one of the other leaves the second. None where a sum over either changes.
    """
    if given.sum(axis=0).any() or given.sum(axis=1).any():
        return None
    left, found = given.copy(), []
    while left.any():
        one, first = map(int, np.argwhere(left < 0)[0])
        comes = left[one] > 0
        ways = (left[:, first] > 0)[:, None] & comes & (left < 0)
        if not ways.any():  # three rows in a circle: the first two change places where the third will
            ways = (left[:, first] > 0)[:, None] & comes
        other, second = map(int, np.argwhere(ways)[0])
        left[[one, other], [first, second]] += 1
        left[[other, one], [first, second]] -= 1
        found.append((one, other, first, second))
    return found


def _four_or_eight(
    room: Floats, one: int, other: int, first: int, second: int
) -> list[tuple[tuple[int, int, int], int]] | None:
    """Return who leaves (-1) and who comes (1): from (one, first) to (other, first), from (other, second) to (one, second).

    `room` says how many can leave each cell, by two dimensions and all else. Of two who differ in that, two others who are alike
    in the second dimension exchange it.
    """
    from_first, from_second = room[one, first] > 0, room[other, second] > 0
    pairs = np.outer(from_first, from_second)
    alike = np.flatnonzero(np.diag(pairs))
    if len(alike):
        mine = theirs = int(alike[0])
        others: list[tuple[tuple[int, int, int], int]] = []
    else:
        elsewhere = np.ones(room.shape[1], dtype=bool)
        elsewhere[[first, second]] = False
        able = (room[other] > 0) & elsewhere[:, None], (room[one] > 0) & elsewhere[:, None]
        ways = pairs * (able[0].T.astype(float) @ able[1])
        if not ways.any():
            return None
        mine, theirs = map(int, np.unravel_index(int(np.argmax(ways)), ways.shape))
        third = int(np.flatnonzero(able[0][:, mine] & able[1][:, theirs])[0])
        others = [
            ((one, third, theirs), -1),
            ((one, third, mine), 1),
            ((other, third, mine), -1),
            ((other, third, theirs), 1),
        ]
    return [
        ((one, first, mine), -1),
        ((other, first, mine), 1),
        ((other, second, theirs), -1),
        ((one, second, theirs), 1),
        *others,
    ]


def _both(matrix: Any, *more: Any) -> Any:
    """Return rows of variables that come and leave, and more."""
    from scipy import sparse

    return sparse.hstack([matrix, -matrix, *more], format="csc")


def _within(targets: Any, places: Ints, rows: Any) -> tuple[Ints, Any]:
    """Return the targets that are sums of some places alone, and each as a sum of columns."""
    known = np.zeros(targets.shape[1])
    known[places] = 1.0
    inside = np.flatnonzero(abs(targets) @ (1 - known) == 0)
    return inside, targets[inside][:, places] @ rows
