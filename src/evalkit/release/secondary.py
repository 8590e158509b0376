"""Secondary suppression: what else to hide so that no hidden count can be worked out closely enough.

For each hidden count the cheapest other world is looked for in which it is different enough, changing shown places at a
price; the places it changes are hidden with it (Kelly, Golden & Assad, Networks 22, 1992; Fischetti & Salazar,
Management Science 47, 2001). What turns out not to be needed is shown again. A world proves bounds for many counts at
once, so that few programmes are solved.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import DisclosureError
from .cells import Cells, Ints, dims_of
from .primary import Primary, known_places
from .targets import Pool, Targets
from .worlds import Worlds

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

MARGIN_PRICE = 3.0
"""How much dearer a place is for each dimension that it sums over: a hidden total costs the reader more."""


def hidden_pattern(cells: Cells, first: Primary, targets: Targets, worlds: Worlds) -> Flags:
    """Return which places are hidden in the end.

    Cliques that others hang on (groups that many items are broken down by) are settled in a draft of their own, in small
    programmes; the worlds that the draft rests on are then extended to the other cliques.

    Raises
    ------
    DisclosureError
        When some hidden count cannot be protected, whatever else is hidden.
    """
    search = Search(cells, first, targets, worlds)
    for hub in worlds.hubs:
        search.adopt(hub, search.draft(hub))
    search.complete()
    search.trim()
    return search.hidden


class Reach(NamedTuple):
    """What may change: some cliques, and unless `bound`, what they share with others too."""

    cliques: tuple[int, ...]
    bound: bool


class Search:
    """The search for a pattern of hidden places that withstands an attacker.

    Parameters
    ----------
    cells, first, targets
        The places, what the rule hides, and how uncertain each hidden count has to be.
    worlds
        The counts of respondents, and what can be changed.
    hub
        The one clique that is looked at, as if no other hung on it; None for all.
    """

    def __init__(self, cells: Cells, first: Primary, targets: Targets, worlds: Worlds, hub: int | None = None) -> None:
        self.cells, self.first, self.targets, self.worlds, self.hub = cells, first, targets, worlds, hub
        number = len(cells.values)
        self.hidden = _flags(first.hidden, number)
        self.fixed = _flags(first.fixed, number)
        self.known = _flags(frozenset(known_places(cells)), number)
        self.settled = np.zeros(number, dtype=bool)
        self.prices = _prices(cells)
        self.pool = Pool(targets)
        self.first_place = np.array([targets.places(t)[0] for t in range(len(targets.truth))], dtype=np.int64)
        self.home = worlds.space.home[self.first_place]
        self.held = _held(cells)

    def draft(self, hub: int) -> Search:
        """Return the search in one clique alone."""
        draft = Search(self.cells, self.first, self.targets, self.worlds, hub)
        draft.hidden |= self.hidden
        draft.complete()
        draft.trim()
        return draft

    def adopt(self, hub: int, draft: Search) -> None:
        """Hide what a draft hides, and extend the worlds it rests on to all cliques."""
        scope = self.worlds.scope((hub,), bound=False)
        inside = np.isin(np.arange(len(self.hidden)), scope.places)
        self.hidden |= draft.hidden
        self.settled |= inside
        for change in draft.proof():
            touched = self.targets.known_inside[change != 0].any(axis=0)
            still = self.fixed | self._known_to(np.flatnonzero(~touched)) | (inside & (change == 0))
            prices = np.where(self.hidden, 0.0, self.prices)
            whole = self.worlds.extended(hub, self.worlds.columns_of(scope, change), still, prices)
            if whole is not None:
                self.hidden |= whole != 0
                self.pool.add(whole)

    def proof(self) -> Ints:
        """Return changes that together are enough, leaving out those that are not needed."""
        members, kept = self._members(self.hidden), self.pool.valid(self.hidden)
        for number in range(len(kept)):
            without = kept & (np.arange(len(kept)) != number)
            if kept[number] and not len(self.pool.unmet(members, without)):
                kept = without
        return self.pool.changes[kept]

    def complete(self) -> None:
        """Hide more until every hidden count is protected."""
        while len(unmet := self._unmet(self.hidden)):
            self._hide_for(*map(int, unmet[0]))

    def trim(self) -> None:
        """Show again what is not needed, the dearest and largest first."""
        extra = self.hidden & ~_flags(self.first.hidden, len(self.hidden)) & ~self.settled
        for place in sorted(map(int, np.flatnonzero(extra)), key=lambda p: (-self.prices[p], -self.cells.truth[p], p)):
            self._show(place)

    def _members(self, hidden: Flags) -> Ints:
        members = self.targets.active(hidden)
        return members if self.hub is None else members[self.home[members] == self.hub]

    def _unmet(self, hidden: Flags) -> Ints:
        return self.pool.unmet(self._members(hidden), self.pool.valid(hidden))

    def _reaches(self, target: int, *, priced: bool = False) -> tuple[Reach, ...]:
        """Return what may change for a target: its own clique, that and outwards from it, and everything at once."""
        everything = Reach(self.worlds.everywhere, True)
        if self.hub is not None:
            return (Reach((self.hub,), False),)
        if not self.worlds.hubs:
            return (everything,)
        own = [Reach((int(self.home[target]),), bound) for bound in (True, False)]
        found = [reach for reach in own if len(self.worlds.scope(reach.cliques, bound=reach.bound).places)]
        return (*found, *([everything] if priced else []))

    def _whole(self, reach: Reach, found: Ints | None, still: Flags, prices: Floats | None = None) -> Ints | None:
        """Return a change within a reach as a change of all places; in a draft of those in its clique alone."""
        if reach.bound or self.hub is not None:
            return self.worlds.places(self.worlds.scope(reach.cliques, bound=reach.bound), found)
        return self.worlds.extended(reach.cliques[0], found, still, prices)

    def _ways(self, target: int, sign: int, least: float, still: Flags, prices: Floats | None) -> Iterator[Ints]:
        """Go through changes that bring a target further, the nearest first."""
        row = self.targets.rows[[target]] * float(sign)
        for reach in self._reaches(target, priced=prices is not None):
            scope = self.worlds.scope(reach.cliques, bound=reach.bound)
            change = self._whole(reach, self.worlds.change(scope, row, least, still, prices), still, prices)
            if change is not None:
                yield change

    def _known_to(self, views: Ints) -> Flags:
        """Return the places that somebody with one of these views knows."""
        return np.asarray(self.targets.known_inside[:, views].any(axis=1))

    def _hide_for(self, target: int, view: int) -> None:
        """Hide what the cheapest world that protects a target changes."""
        still = self.fixed | self._known_to(np.array([view]))
        prices = np.where(self.hidden, 0.0, self.prices)
        goals = self.pool.goals(target, view, self.pool.valid(self.hidden))
        ways = [next(self._ways(target, sign, least, still, prices), None) for sign, least in goals]
        found = [change for change in ways if change is not None]
        if found:
            change = min(found, key=lambda change: float(prices[change != 0].sum()))
            self.hidden |= change != 0
            self.pool.add(change)
        elif not self._relaxed(target, view, self.known) and not self._is_no_secret(target, view):
            raise DisclosureError(
                "a hidden count cannot be protected, whatever else is hidden",
                where=self.cells.describe(int(self.targets.places(target)[0])),
                hint="merge levels, publish fewer crossings of groups, or leave this table out",
            )

    def _relaxed(self, target: int, view: int, still: Flags) -> bool:
        """Ask less of a target, where no more is possible as long as some places stay as they are."""
        down, up = (self._furthest(target, sign, still | self._known_to(np.array([view]))) for sign in (-1, 1))
        return down is not None and up is not None and self.targets.relax(target, view, down, up)

    def _furthest(self, target: int, sign: int, still: Flags) -> int | None:
        """Return how far a target can go in a direction, up to what is asked of any."""
        scope, row = self.worlds.scope(self.worlds.everywhere), self.targets.rows[[target]] * float(sign)
        most = float(max(self.targets.upper.max(), self.targets.width.max()))
        change = self.worlds.places(scope, self.worlds.furthest(scope, row, np.array([most]), still))
        return None if change is None else int((row @ change)[0])

    def _is_no_secret(self, target: int, view: int) -> bool:
        """Show a zero that follows from zeros that are shown for good; to an insider it may follow from them."""
        if self.targets.truth[target] != 0 or target >= len(self.hidden):
            return False
        if view != 0:
            return self._relaxed(target, view, self.fixed)
        if self._furthest(target, 1, self.fixed) != 0:
            return False
        self.hidden[target], self.fixed[target] = False, True
        return True

    def _show(self, place: int) -> None:
        """Show a place again, if everything still hidden can be protected without it.

        What is nearest to the place is tried first: it is what most often cannot.
        """
        hidden = self.hidden.copy()
        hidden[place] = False
        while len(unmet := self._unmet(hidden)):
            target, view = map(int, unmet[np.argmin(self._apart(place)[self.first_place[unmet[:, 0]]])])
            change = self._free(target, view, hidden)
            if change is None:
                return
            self.pool.add(change)
        self.hidden = hidden

    def _apart(self, place: int) -> Ints:
        """Return in how many dimensions each place is held to other levels than a place."""
        return np.asarray((self.held != self.held[place]).sum(axis=1))

    def _free(self, target: int, view: int, hidden: Flags) -> Ints | None:
        """Return a change that brings a target further and changes hidden places alone."""
        still = ~hidden | self._known_to(np.array([view]))
        goals = self.pool.goals(target, view, self.pool.valid(hidden))
        ways = (self._ways(target, sign, least, still, None) for sign, least in goals)
        return next((change for way in ways for change in way), None)


def _flags(places: frozenset[int], number: int) -> Flags:
    flags = np.zeros(number, dtype=bool)
    flags[sorted(places)] = True
    return flags


def _prices(cells: Cells) -> Floats:
    """Return the price of hiding each place: more for each dimension that its largest table sums over."""
    deepest = np.zeros(len(cells.values))
    for part, places in cells.all_parts:
        numbers = places.ravel()
        deepest[numbers] = np.maximum(deepest[numbers], len(part.dims))
    held = np.zeros(len(cells.values))
    for region, place in cells.regions.items():
        held[place] = len(dims_of(region))
    return np.asarray(MARGIN_PRICE ** np.maximum(deepest - held, 0.0))


def _held(cells: Cells) -> Ints:
    """Return what each place (row) is held to in each dimension (column), as numbers."""
    held = np.zeros((len(cells.values), len(cells.levels)), dtype=np.int64)
    columns = {dim: number for number, dim in enumerate(cells.levels)}
    names: dict[tuple[str, ...], int] = {}
    for region, place in cells.regions.items():
        for dim, levels in region:
            held[place, columns[dim]] = names.setdefault(levels, len(names) + 1)
    return held
