"""How uncertain each hidden count has to be, and whether the worlds found so far make it so."""

from __future__ import annotations

from typing import Any

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
        ceiling = _ceilings(published, first)
        upper, self.or_zero = _uppers(published, rule, first, ceiling)
        ceiling = np.concatenate([ceiling, ceiling[bases]])
        upper = np.concatenate([upper, np.minimum(2, ceiling[number:])])
        width = np.minimum(rule.width, ceiling)
        width[number:] = 0
        inside = _inside(published, first)
        self.known_inside: Flags = inside
        own = np.vstack([inside, inside[bases]])
        self.upper = np.where(own, self.truth[:, None], upper[:, None])
        self.width = np.where(own, 0, width[:, None])
        self._answers = [[place for place, sign in form if sign < 0] for form in first.unanimous]

    @property
    def views(self) -> int:
        """The number of views, the outsider's first."""
        return int(self.known_inside.shape[1])

    def places(self, target: int) -> Ints:
        """Return the places that a target is a sum of."""
        return np.asarray(self.rows.indices[self.rows.indptr[target] : self.rows.indptr[target + 1]])

    def active(self, hidden: Flags) -> Ints:
        """Return the targets that are hidden."""
        dissent = [bool(hidden[answers].any()) for answers in self._answers]
        return np.flatnonzero(np.concatenate([hidden, dissent]))

    def met(self, members: Ints, view: int, low: Ints, high: Ints) -> Flags:
        """Return whether intervals from `low` below the truth to `high` above it are enough."""
        reached = self.truth[members] + high >= self.upper[members, view]
        empty = self.or_zero[members] & (self.truth[members] + low <= 0)
        return np.asarray((high - low >= self.width[members, view]) & (reached | empty))

    def need(self, members: Ints, view: int, low: Ints) -> Ints:
        """Return how far up each target has to go where it can go no lower than `low` below the truth."""
        return np.asarray(np.maximum(self.upper[members, view] - self.truth[members], low + self.width[members, view]))

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


class Pool:
    """Changes to other worlds found so far, and how far each moves each target.

    Parameters
    ----------
    targets
        The targets.
    """

    def __init__(self, targets: RequiredWidths) -> None:
        self.targets = targets
        self._rows = np.zeros((0, len(targets.known_inside)), dtype=np.float32)
        self._reach = np.zeros((0, len(targets.truth)), dtype=np.int32)
        self._barred = np.zeros((0, targets.views), dtype=bool)

    def add(self, change: Ints, moved: Flags) -> None:
        """Keep a change of all places, and from which views it moves whoever has them."""
        reach = np.rint(self.targets.rows @ change).astype(np.int32)
        known = self.targets.known_inside[change != 0].any(axis=0)
        self._rows = np.vstack([self._rows, (change != 0)[None]])
        self._reach = np.vstack([self._reach, reach[None]])
        self._barred = np.vstack([self._barred, (moved | known)[None]])

    def keep(self, which: Flags) -> None:
        """Keep some changes alone."""
        self._rows, self._reach, self._barred = self._rows[which], self._reach[which], self._barred[which]

    def valid(self, hidden: Flags) -> Flags:
        """Return which changes leave everything shown as it is."""
        return np.asarray(self._rows @ (~hidden).astype(np.float32) == 0)

    def bounds(self, members: Ints, valid: Flags, view: int) -> tuple[Ints, Ints]:
        """Return how far down and up targets go in the worlds that are valid and do not contradict a view."""
        reach = self._reach[np.ix_(valid & ~self._barred[:, view], members)]
        return reach.min(axis=0, initial=0), reach.max(axis=0, initial=0)

    def unmet(self, members: Ints, valid: Flags) -> Ints:
        """Return the targets, each with a view, that the valid worlds leave too certain, the most demanding first."""
        found, needs = [np.zeros((0, 2), dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        for view in range(self.targets.views):
            low, high = self.bounds(members, valid, view)
            missing = members[~self.targets.met(members, view, low, high)]
            found.append(np.stack([missing, np.full(len(missing), view)], axis=1))
            needs.append(self.targets.need(missing, view, np.zeros(len(missing), dtype=np.int64)))
        pairs = np.concatenate(found)
        return np.asarray(pairs[np.lexsort((pairs[:, 1], pairs[:, 0], -np.concatenate(needs)))])

    def goals(self, target: int, view: int, valid: Flags, *, stepwise: bool = False) -> list[tuple[int, int]]:
        """Return the changes that would bring a target further than the valid worlds do: pairs of a direction and the least change.

        What is asked may be too much for any one change; `stepwise` those that go one further are among them.
        """
        low, high = (int(bound[0]) for bound in self.bounds(np.array([target]), valid, view))
        return [*self.targets.goals(target, view, low, high), *([(1, high + 1), (-1, 1 - low)] if stepwise else [])]


def _uppers(published: PublishedPlaces, rule: DisclosureRule, first: Primary, ceiling: Ints) -> tuple[Ints, Flags]:
    """Return what each place must be able to reach, and whether being possibly zero will do instead.

    It must do where no more is possible anyway than the threshold less one.
    """
    threshold = max(rule.base, rule.cell or 1)
    truth = published.truth
    upper = np.where((truth > 0) & (truth < threshold), threshold, truth)
    or_zero = np.ones(len(truth) + len(first.unanimous), dtype=bool)
    or_zero[sorted(first.strict)] = False
    or_zero[: len(truth)] |= ceiling < threshold
    or_zero[len(truth) :] = False
    return upper, or_zero


def _ceilings(published: PublishedPlaces, first: Primary) -> Ints:
    """Return the most that each place can be, by what any attacker knows."""
    names = {place: region for region, place in published.regions.items()}
    known: dict[Region, int] = {}
    told = [(names[place], published.values[place]) for place in sorted(first.known)]
    for region, value in (*told, *((region, high) for region, _, high in published.facts if high is not None)):
        known[region] = min(value, known.get(region, value))
    ceiling = np.full(len(published.values), np.iinfo(np.int32).max, dtype=np.int64)
    outer = Outer(known)
    for place, region in names.items():
        ceiling[place] = min((known[around] for around in outer.of(region)), default=ceiling[place])
    return ceiling


def _inside(published: PublishedPlaces, first: Primary) -> Flags:
    """Return which places (rows) each view (columns) knows: an outsider none, insiders those in their group of one."""
    flags = np.zeros((len(published.values), 1 + len(first.alone)), dtype=bool)
    views = {group: view for view, group in enumerate(first.alone, start=1)}
    groups = Outer(views)
    for region, place in published.regions.items():
        flags[place, [views[group] for group in groups.of(region)]] = True
    return flags
