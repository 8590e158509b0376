"""Secondary suppression: what else to hide so that no hidden count can be worked out closely enough.

For each hidden count the cheapest other world is looked for in which it is different enough, changing shown places at a
price; the places it changes are hidden with it (Kelly, Golden & Assad, Networks 22, 1992; Fischetti & Salazar,
Management Science 47, 2001). What turns out not to be needed is shown again. A world proves bounds for many counts at
once, so that few programmes are solved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ..errors import DisclosureError
from .feasible_counts import FeasibleCounts
from .movable import Goal
from .primary import Primary
from .progress import Progress
from .published_places import Flags, Floats, Ints, PublishedPlaces, dims_of
from .required_width import Pool, RequiredWidths


class NoPatternError(DisclosureError):
    """No pattern of hidden places protects a count of some table."""

    table = ""
    """The table that publishes the count; the one of most dimensions where several do."""


MARGIN_PRICE = 3.0
"""How much dearer a place is for each dimension that it sums over: a hidden total costs the reader more."""

COMPLETE = 0.6
"""The share of the time that hiding takes; the rest is showing again."""


class Search:
    """The search for a pattern of hidden places that withstands an attacker.

    Parameters
    ----------
    published, first, targets
        The places, what the rule hides, and how uncertain each hidden count has to be.
    feasible
        The counts of respondents, and what can be changed.
    """

    def __init__(
        self, published: PublishedPlaces, first: Primary, targets: RequiredWidths, feasible: FeasibleCounts
    ) -> None:
        self.published, self.first, self.targets, self.feasible = published, first, targets, feasible
        self.hidden, self.fixed = first.hidden.copy(), first.fixed.copy()
        self.prices = _prices(published)
        outsider = np.zeros(feasible.combinations.size, dtype=np.int64)
        self.staying = np.stack([outsider, *(feasible.presence(group) for group in first.alone)])
        if feasible.respondents_known:
            targets.tell(np.asarray(np.rint(feasible.places @ self.staying.T), dtype=np.int64))
        self.pool = Pool(targets)
        self.first_place = np.array([targets.places(t)[0] for t in range(len(targets.truth))], dtype=np.int64)
        self.home = np.array(feasible.home)
        self.rank = [len(clique) for clique in feasible.combinations.cliques]
        self.held = _held(published)
        self.progress = Progress("protection")

    def pattern(self) -> Flags:
        """Return which places are hidden in the end.

        Raises
        ------
        NoPatternError
            When some hidden count cannot be protected, whatever else is hidden.
        """
        self.complete()
        self.trim()
        return self.hidden

    def complete(self) -> None:
        """Hide more until every hidden count is protected, those first that many tables share."""
        while len(unmet := self._unmet(self.hidden)):
            homes, left = self.home[unmet[:, 0]], len(unmet)
            for home in sorted({*homes.tolist()}, key=lambda home: (self.rank[home], home)):
                left -= int((homes == home).sum())
                self._complete(np.flatnonzero(self.home == home), left, len(unmet))

    def _complete(self, members: Ints, left: int, total: int) -> None:
        """Hide more until some targets are protected; so many of all are left after them."""
        while len(unmet := self._unmet(self.hidden, members)):
            self._hide_for(*map(int, unmet[0]))
            self.progress.at(COMPLETE * (1 - (left + len(unmet)) / total))

    def trim(self) -> None:
        """Show again what is not needed, the dearest and largest first."""
        extra = np.flatnonzero(self.hidden & ~self.first.hidden)
        order = sorted(extra.tolist(), key=lambda p: (-self.prices[p], -self.published.truth[p], p))
        for number, place in enumerate(order):
            self._show(place)
            self.progress.at(COMPLETE + (1 - COMPLETE) * (number + 1) / len(order))

    def _unmet(self, hidden: Flags, among: Ints | None = None) -> Ints:
        active = self.targets.active(hidden)
        return self.pool.unmet(active if among is None else np.intersect1d(active, among, assume_unique=True))

    def _goal(self, target: int, view: int, sign: int, least: int, still: Flags, prices: Floats) -> Goal:
        known = self.targets.known_inside[:, view]
        return Goal(target, sign, least, still | known, prices, self.staying[view])

    def _add(self, change: Ints) -> Ints:
        """Keep a world, and return how it changes each place."""
        places = np.asarray(np.rint(self.feasible.places @ change), dtype=np.int64)
        at = np.flatnonzero(change)
        self.pool.add(places, np.asarray((self.feasible.base[at] + change[at] < self.staying[:, at]).any(axis=1)))
        return places

    def _hide_for(self, target: int, view: int) -> None:
        """Hide what the cheapest world that protects a target changes."""
        change = self._cheapest(target, view, exact=False)
        if change is None:
            change = self._cheapest(target, view, exact=True)
        if change is not None:
            self.hidden |= self._add(change) != 0
        elif not self._relaxed(target, view, self.first.known) and not self._is_no_secret(target, view):
            place = int(self.targets.places(target)[0])
            error = NoPatternError(
                "a hidden count cannot be protected, whatever else is hidden",
                where=self.published.describe(place),
                hint="merge levels, publish fewer crossings of groups, or leave this table out",
            )
            error.table = self.published.deepest(place)
            raise error

    def _cheapest(self, target: int, view: int, *, exact: bool) -> Ints | None:
        prices = np.where(self.hidden, 0.0, self.prices)
        goals = self.pool.goals(target, view, stepwise=exact)
        asked = [self._goal(target, view, sign, least, self.fixed, prices) for sign, least in goals]
        if not exact and (change := self._of_hidden(asked)) is not None:
            return change
        found = [(goal, change) for goal in asked if (change := self.feasible.change(goal, exact=exact)) is not None]
        return min(found, key=lambda way: self.feasible.cost(*way))[1] if found else None

    def _relaxed(self, target: int, view: int, still: Flags) -> bool:
        """Ask less of a target, where no more is possible as long as some places stay as they are."""
        down, up = (self._furthest(target, view, sign, still) for sign in (-1, 1))
        return down is not None and up is not None and self.targets.relax(target, view, down, up)

    def _furthest(self, target: int, view: int, sign: int, still: Flags) -> int | None:
        """Return how far a target can go in a direction, up to what is asked of any."""
        most = int(max(self.targets.upper.max(), self.targets.width.max()))
        goal = replace(self._goal(target, view, sign, 0, still, np.zeros(len(still))), most=most)
        change = self.feasible.change(goal, exact=True)
        return None if change is None else abs(int((self.targets.rows[[target]] @ (self.feasible.places @ change))[0]))

    def _is_no_secret(self, target: int, view: int) -> bool:
        """Show a zero that follows from zeros that are shown for good; to an insider it may follow from them."""
        if self.targets.truth[target] != 0 or target >= len(self.hidden):
            return False
        if view != 0:
            return self._relaxed(target, view, self.fixed)
        if self._furthest(target, view, 1, self.fixed) != 0:
            return False
        self.hidden[target], self.fixed[target] = False, True
        return True

    def _show(self, place: int) -> None:
        """Show a place again, if everything still hidden can be protected without it.

        What is nearest to the place is tried first: it is what most often cannot.
        """
        hidden, (left_out, affected) = self.hidden.copy(), self.pool.without(place)
        hidden[place] = False
        while len(unmet := self._unmet(hidden, affected)):
            target, view = map(int, unmet[np.argmin(self._apart(place)[self.first_place[unmet[:, 0]]])])
            change = self._free(target, view, hidden)
            if change is None:
                return self.pool.restore(left_out)
            self._add(change)
        self.hidden = hidden
        return None

    def _apart(self, place: int) -> Ints:
        """Return in how many dimensions each place is held to other levels than a place."""
        return np.asarray((self.held != self.held[place]).sum(axis=1))

    def _free(self, target: int, view: int, hidden: Flags) -> Ints | None:
        """Return a change that brings a target further and changes hidden places alone."""
        goals = self.pool.goals(target, view)
        none = np.zeros(len(hidden))
        asked = [self._goal(target, view, sign, least, ~hidden, none) for sign, least in goals]
        if (change := self._of_hidden(asked)) is not None:
            return change
        return next((change for goal in asked if (change := self.feasible.change(goal)) is not None), None)

    def _of_hidden(self, goals: Iterable[Goal]) -> Ints | None:
        return next((change for goal in goals if (change := self.feasible.of_hidden(goal)) is not None), None)


def _prices(published: PublishedPlaces) -> Floats:
    """Return the price of hiding each place: more for each table it stands in, and each dimension that the largest sums over."""
    deepest, often = np.zeros(len(published.values)), np.zeros(len(published.values))
    for part, places in published.all_parts:
        numbers = places.ravel()
        often[np.unique(numbers)] += 1
        deepest[numbers] = np.maximum(deepest[numbers], len(part.dims))
    held = np.zeros(len(published.values))
    for region, place in published.regions.items():
        held[place] = len(dims_of(region))
    return np.asarray(MARGIN_PRICE ** np.maximum(deepest - held, 0.0)) * np.maximum(often, 1)


def _held(published: PublishedPlaces) -> Ints:
    """Return what each place (row) is held to in each dimension (column), as numbers."""
    held = np.zeros((len(published.values), len(published.levels)), dtype=np.int64)
    columns = {dim: number for number, dim in enumerate(published.levels)}
    names: dict[tuple[str, ...], int] = {}
    for region, place in published.regions.items():
        for dim, levels in region:
            held[place, columns[dim]] = names.setdefault(levels, len(names) + 1)
    return held
