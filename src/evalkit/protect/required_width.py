"""How uncertain each hidden count has to be, and whether the worlds found so far make it so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..study import DisclosureRule
from .primary import Primary
from .published_places import Flags, Ints, Outer, PublishedPlaces, Region


class RequiredWidths:
    """Counts that must stay uncertain once they are hidden: every place, and the dissent in unanimous groups.

    A hidden count needs an interval of at least the rule's width. One from 1 to the threshold less one must also be able
    to reach the threshold (or, where the rule does not hide it for being small, be possibly zero), so that it is not
    surely small. In a unanimous group two others or more must be possible. Where what is known anyway allows less, that
    is enough: it is not the release that gives it away.

    Each is asked of several views: an outsider's, and that of everyone who is alone in a group and so knows all counts in
    it. Such an insider is not kept from their own group.

    Parameters
    ----------
    published, rule, first
        The places, the rule, and what it hides.
    """

    def __init__(self, published: PublishedPlaces, rule: DisclosureRule, first: Primary) -> None:
        from scipy import sparse

        number = len(published.values)
        forms = sparse.lil_array((len(first.unanimous), number))
        for i, form in enumerate(first.unanimous):
            for place, sign in form:
                forms[i, place] = sign
        self.rows: Any = sparse.vstack([sparse.eye_array(number), forms], format="csr")
        self.truth = np.rint(self.rows @ published.truth).astype(np.int64)
        bases = [form[0][0] for form in first.unanimous]
        ceiling, self._around = _ceilings(published, first)
        upper, self.or_zero = _uppers(published, rule, first, ceiling)
        ceiling = np.concatenate([ceiling, ceiling[bases]])
        upper = np.concatenate([upper, np.minimum(2, ceiling[number:])])
        self._ceiling = ceiling
        width = np.minimum(rule.width, ceiling)
        width[number:] = 0
        inside = _inside(published, first)
        self.known_inside: Flags = inside
        own = np.vstack([inside, inside[bases]])
        self.upper = np.where(own, self.truth[:, None], upper[:, None])
        self.width = np.where(own, 0, width[:, None])
        self._answers: Any = (forms < 0).tocsr()

    def tell(self, own: Ints) -> None:
        """Ask no more than is possible of places (rows) for those in each view (columns), who know which they are in themselves.

        Of a group that anybody knows the size of, as many can have given another answer than an insider in it as others are in it.
        """
        number = len(own)
        elsewhere = np.where((self._around >= 0)[:, None], own[self._around] - own, 0)
        most = self._ceiling[:number, None] - elsewhere
        never_zero = own > 0  # others may still be nought instead of reaching the threshold
        self.upper[:number] = np.where(never_zero, np.minimum(self.upper[:number], most), self.upper[:number])
        self.width[:number] = np.minimum(self.width[:number], most - own)

    @property
    def views(self) -> int:
        """The number of views, the outsider's first."""
        return int(self.known_inside.shape[1])

    def places(self, target: int) -> Ints:
        """Return the places that a target is a sum of."""
        return np.asarray(self.rows.indices[self.rows.indptr[target] : self.rows.indptr[target + 1]])

    def active(self, hidden: Flags) -> Ints:
        """Return the targets that are hidden."""
        return np.flatnonzero(np.concatenate([hidden, self._answers @ hidden]))

    def goals(self, target: int, view: int, low: int, high: int) -> list[tuple[int, int]]:
        """Return the changes that would bring a target far enough: pairs of a direction and the least change."""
        truth, upper, width = self._asked(target, view)
        if truth + high < upper and not (self.or_zero[target] and truth + low <= 0):
            return [(1, upper - truth), *([(-1, truth)] if self.or_zero[target] else [])]
        down = min(width - high, truth)
        return [(1, width + low), *([(-1, down)] if down > -low else [])]

    def relax(self, target: int, view: int, down: int, up: int) -> bool:
        """Ask no more of a target than what is known anyway allows; return whether that is less than before."""
        truth, upper, width = self._asked(target, view)
        self.upper[target, view] = min(upper, truth + up)
        self.width[target, view] = min(width, up + down)
        return bool(self.upper[target, view] < upper or self.width[target, view] < width)

    def _asked(self, target: int, view: int) -> tuple[int, int, int]:
        return int(self.truth[target]), int(self.upper[target, view]), int(self.width[target, view])


class World(NamedTuple):
    """A change to another world: the targets that it moves, each by how much, and the views from which it may be so."""

    targets: Ints
    reach: Ints
    open: Flags


class Pool:
    """Changes to other worlds found so far that leave everything shown as it is, and how far they bring each target.

    Parameters
    ----------
    targets
        The targets.
    """

    def __init__(self, targets: RequiredWidths) -> None:
        self.targets = targets
        self._low = np.zeros((len(targets.truth), targets.views), dtype=np.int32)
        self._high = np.zeros_like(self._low)
        self._moving: dict[int, dict[int, World]] = {}
        self._count = 0

    def add(self, change: Ints, moved: Flags) -> None:
        """Keep a change of all places, and from which views it moves whoever has them."""
        reach = np.rint(self.targets.rows @ change).astype(np.int32)
        known = self.targets.known_inside[change != 0].any(axis=0)
        at = np.flatnonzero(reach)
        self.restore({self._count: World(at, reach[at], ~(moved | known))})
        self._count += 1

    def without(self, place: int) -> tuple[dict[int, World], Ints]:
        """Leave out the worlds that change a place; return them, and the targets that they move."""
        left_out = self._moving.get(place, {}).copy()
        if not left_out:
            return left_out, np.zeros(0, dtype=np.int64)
        affected = np.unique(np.concatenate([world.targets for world in left_out.values()]))
        self._low[affected] = self._high[affected] = 0
        others: dict[int, World] = {}
        for target in affected.tolist():
            self._moving[target] = {n: world for n, world in self._moving[target].items() if n not in left_out}
            others |= self._moving[target]
        for world in others.values():
            self._widen(world, np.flatnonzero(np.isin(world.targets, affected)))
        return left_out, affected

    def restore(self, worlds: Mapping[int, World]) -> None:
        """Take worlds in that are new, or were left out."""
        for number, world in worlds.items():
            for target in world.targets.tolist():
                self._moving.setdefault(target, {})[number] = world
            self._widen(world, np.arange(len(world.targets)))

    def _widen(self, world: World, which: Ints) -> None:
        at, reach = np.ix_(world.targets[which], np.flatnonzero(world.open)), world.reach[which, None]
        self._low[at] = np.minimum(self._low[at], reach)
        self._high[at] = np.maximum(self._high[at], reach)

    def unmet(self, members: Ints) -> Ints:
        """Return the targets, each with a view, that the worlds leave too certain, the most demanding first."""
        truth = self.targets.truth[members, None]
        low, high = self._low[members], self._high[members]
        upper, width = self.targets.upper[members], self.targets.width[members]
        reached = (truth + high >= upper) | (self.targets.or_zero[members, None] & (truth + low <= 0))
        rows, views = np.nonzero((high - low < width) | ~reached)
        needs = np.maximum(upper - truth, width)[rows, views]
        order = np.lexsort((views, members[rows], -needs))
        return np.stack([members[rows], views], axis=1)[order]

    def goals(self, target: int, view: int, *, stepwise: bool = False) -> list[tuple[int, int]]:
        """Return the changes that would bring a target further than the worlds do: pairs of a direction and the least change.

        What is asked may be too much for any one change; `stepwise` those that go one further are among them.
        """
        low, high = int(self._low[target, view]), int(self._high[target, view])
        return [*self.targets.goals(target, view, low, high), *([(1, high + 1), (-1, 1 - low)] if stepwise else [])]


def _uppers(published: PublishedPlaces, rule: DisclosureRule, first: Primary, ceiling: Ints) -> tuple[Ints, Flags]:
    """Return what each place must be able to reach, and whether being possibly zero will do instead.

    It must do where no more is possible anyway than the threshold less one.
    """
    threshold = max(rule.base, rule.cell or 1)
    truth = published.truth
    upper = np.where((truth > 0) & (truth < threshold), threshold, truth)
    or_zero = np.ones(len(truth) + len(first.unanimous), dtype=bool)
    or_zero[np.flatnonzero(first.strict)] = False
    or_zero[: len(truth)] |= ceiling < threshold
    or_zero[len(truth) :] = False
    return upper, or_zero


def _ceilings(published: PublishedPlaces, first: Primary) -> tuple[Ints, Ints]:
    """Return the most that each place can be, by what any attacker knows, and the place around it that says so (-1: none)."""
    names = {place: region for region, place in published.regions.items()}
    known: dict[Region, int] = {}
    told = [(names[place], published.values[place]) for place in np.flatnonzero(first.known).tolist()]
    for region, value in (*told, *((region, high) for region, _, high in published.facts if high is not None)):
        known[region] = min(value, known.get(region, value))
    ceiling = np.full(len(published.values), np.iinfo(np.int32).max, dtype=np.int64)
    around = np.full(len(published.values), -1, dtype=np.int64)
    outer = Outer(known)
    for place, region in names.items():
        found = min(outer.of(region), key=lambda of: known[of], default=None)
        if found is not None:
            ceiling[place], around[place] = known[found], published.regions.get(found, -1)
    return ceiling, around


def _inside(published: PublishedPlaces, first: Primary) -> Flags:
    """Return which places (rows) each view (columns) knows: an outsider none, insiders those in their group of one."""
    flags = np.zeros((len(published.values), 1 + len(first.alone)), dtype=bool)
    views = {group: view for view, group in enumerate(first.alone, start=1)}
    groups = Outer(views)
    for region, place in published.regions.items():
        flags[place, [views[group] for group in groups.of(region)]] = True
    return flags
