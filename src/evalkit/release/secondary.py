"""Secondary suppression: what else to hide so that no hidden count can be worked out closely enough.

For each hidden count the cheapest other world is looked for in which it is different enough, changing shown places at a
price; the places it changes are hidden with it (Kelly, Golden & Assad, Networks 22, 1992; Fischetti & Salazar,
Management Science 47, 2001). What turns out not to be needed is shown again. A world proves bounds for many counts at
once, so that few programmes are solved.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..errors import DisclosureError
from .cells import Cells, Ints, dims_of
from .primary import Primary
from .targets import Targets
from .worlds import Scope, Worlds

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

MARGIN_PRICE = 3.0
"""How much dearer a place is for each dimension that it sums over: a hidden total costs the reader more."""
_ROUNDS = 4


class Secondary:
    """The search for a pattern of hidden places that withstands an attacker.

    Parameters
    ----------
    cells, first, targets
        The places, what the rule hides, and how uncertain each hidden count has to be.
    worlds
        The counts of respondents, and what can be changed.
    """

    def __init__(self, cells: Cells, first: Primary, targets: Targets, worlds: Worlds) -> None:
        self.cells, self.first, self.targets, self.worlds = cells, first, targets, worlds
        number = len(cells.values)
        self.hidden = _flags(first.hidden, number)
        self.fixed = _flags(first.fixed, number)
        self.prices = _prices(cells)
        self.changes = np.zeros((1, number), dtype=np.int64)

    def pattern(self) -> Flags:
        """Return which places are hidden in the end.

        Raises
        ------
        DisclosureError
            When some hidden count cannot be protected, whatever else is hidden.
        """
        while len(unmet := self._unmet()):
            self._spread(unmet)
            if len(unmet := self._unmet()):
                self._hide_for(int(unmet[0]))
        for place in self._dispensable():
            self._show(place)
        return self.hidden

    def _unmet(self, hidden: Flags | None = None) -> Ints:
        """Return the targets that no pair of known worlds protects, the most demanding first."""
        hidden = self.hidden if hidden is None else hidden
        changes = self.changes[~self.changes[:, ~hidden].any(axis=1)]
        return self.targets.unmet(changes, hidden)

    def _add(self, change: Ints) -> None:
        self.changes = np.vstack([self.changes, change])

    def _spread(self, unmet: Ints) -> None:
        """Look for worlds that change many counts at once, without hiding anything more."""
        homes = np.array([self.worlds.space.home[self.targets.places(int(target))[0]] for target in unmet])
        for home in np.unique(homes):
            for bound in (True, False):
                for sign in (1, -1):
                    self._spread_in(int(home), bound, unmet[homes == home], sign)

    def _spread_in(self, home: int, bound: bool, members: Ints, sign: int) -> None:
        still = ~self.hidden | self.targets.lonely
        scope = self.worlds.scope((home,), bound=bound)
        for _ in range(_ROUNDS):
            left = np.intersect1d(members, self._unmet())
            most = self.targets.lacking(self.changes, left, sign)
            left, most = left[most > 0], most[most > 0]
            if not len(left):
                return
            found = self.worlds.furthest(scope, self.targets.rows[left] * float(sign), most, still)
            change = self._whole(scope, home, bound, found, still)
            if change is None or not change.any():
                return
            self._add(change)

    def _whole(
        self, scope: Scope, home: int, bound: bool, found: Ints | None, still: Flags, prices: Floats | None = None
    ) -> Ints | None:
        """Return a change of one clique as a change of all places."""
        if bound:
            return self.worlds.places(scope, found)
        total = self.worlds.extended(home, found, still, prices)
        return None if total is None else np.rint(self.worlds.space.places @ total).astype(np.int64)

    def _ways(self, target: int, sign: int, least: float, still: Flags, prices: Floats | None) -> Iterator[Ints]:
        """Go through changes that bring a target further: in its own clique, outwards from it, and everywhere at once."""
        row = self.targets.rows[[target]] * float(sign)
        home = int(self.worlds.space.home[self.targets.places(target)[0]])
        for bound in (True, False):
            scope = self.worlds.scope((home,), bound=bound)
            found = self.worlds.change(scope, row, least, still, prices)
            change = self._whole(scope, home, bound, found, still, prices)
            if change is not None:
                yield change
        if prices is not None and len(self.worlds.everywhere) > 1:
            scope = self.worlds.scope(self.worlds.everywhere)
            change = self.worlds.places(scope, self.worlds.change(scope, row, least, still, prices))
            if change is not None:
                yield change

    def _hide_for(self, target: int) -> None:
        """Hide what the cheapest world that protects a target changes."""
        change = self._cheapest(target)
        if change is None:
            raise DisclosureError(
                "a hidden count cannot be protected, whatever else is hidden",
                where=self.cells.describe(int(self.targets.places(target)[0])),
                hint="merge levels, publish fewer crossings of groups, or leave this table out",
            )
        self.hidden |= change != 0
        self._add(change)

    def _cheapest(self, target: int) -> Ints | None:
        still = self.fixed | self.targets.known_to_insiders(target)
        prices = np.where(self.hidden, 0.0, self.prices)
        goals = self.targets.goals(self.changes, target)
        ways = [next(self._ways(target, sign, least, still, prices), None) for sign, least in goals]
        found = [change for change in ways if change is not None]
        return min(found, key=lambda change: float(prices[change != 0].sum()), default=None)

    def _dispensable(self) -> list[int]:
        """Return the places hidden for others' sake, the dearest and largest first."""
        extra = self.hidden & ~_flags(self.first.hidden, len(self.hidden))
        return sorted(map(int, np.flatnonzero(extra)), key=lambda p: (-self.prices[p], -self.cells.truth[p], p))

    def _show(self, place: int) -> None:
        """Show a place again, if everything still hidden can be protected without it."""
        hidden = self.hidden.copy()
        hidden[place] = False
        while len(unmet := self._unmet(hidden)):
            change = self._free(int(unmet[0]), hidden)
            if change is None:
                return
            self._add(change)
        self.hidden = hidden

    def _free(self, target: int, hidden: Flags) -> Ints | None:
        """Return a world that brings a target further and changes hidden places alone."""
        still = ~hidden | self.targets.known_to_insiders(target)
        changes = self.changes[~self.changes[:, ~hidden].any(axis=1)]
        ways = (self._ways(target, sign, least, still, None) for sign, least in self.targets.goals(changes, target))
        return next((change for way in ways for change in way), None)


def _flags(places: frozenset[int], number: int) -> Flags:
    flags = np.zeros(number, dtype=bool)
    flags[sorted(places)] = True
    return flags


def _prices(cells: Cells) -> NDArray[np.float64]:
    """Return the price of hiding each place: more for each dimension that its largest table sums over."""
    deepest = np.zeros(len(cells.values))
    for part, places in cells.all_parts:
        numbers = places.ravel()
        deepest[numbers] = np.maximum(deepest[numbers], len(part.dims))
    held = np.zeros(len(cells.values))
    for region, place in cells.regions.items():
        held[place] = len(dims_of(region))
    return np.asarray(MARGIN_PRICE ** np.maximum(deepest - held, 0.0))
