"""How uncertain each hidden count has to be, and whether the worlds found so far make it so."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..study import DisclosureRule
from .cells import Cells, Ints, inside
from .primary import Primary, known_places

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


class Targets:
    """Counts that must stay uncertain once they are hidden: every place, and the dissent in unanimous groups.

    A hidden count needs an interval of at least the rule's width. One from 1 to the threshold less one must also be able
    to reach the threshold (or, where the rule does not hide it for being small, be possibly zero), so that it is not
    surely small. In a unanimous group two others or more must be possible. Where what is known anyway allows less, that
    is enough: it is not the release that gives it away.

    Parameters
    ----------
    cells, rule, first
        The places, the rule, and what it hides.
    """

    def __init__(self, cells: Cells, rule: DisclosureRule, first: Primary) -> None:
        from scipy import sparse

        number = len(cells.values)
        forms = sparse.lil_array((len(first.unanimous), number))
        for i, form in enumerate(first.unanimous):
            for place, sign in form:
                forms[i, place] = sign
        self.rows: Any = sparse.vstack([sparse.eye_array(number), forms], format="csr")
        self.truth = np.rint(self.rows @ cells.truth).astype(np.int64)
        ceiling = _ceilings(cells)
        ceiling = np.concatenate([ceiling, [ceiling[form[0][0]] for form in first.unanimous]])
        self.upper, self.or_zero = _uppers(cells, rule, first)
        self.upper = np.minimum(np.concatenate([self.upper, np.full(len(first.unanimous), 2)]), ceiling)
        self.width = np.minimum(rule.width, ceiling)
        self.width[number:] = 0
        self._answers = [[place for place, sign in form if sign < 0] for form in first.unanimous]
        self._inside: Flags = _inside(cells, first, [form[0][0] for form in first.unanimous])
        self.lonely: Flags = np.asarray(self._inside[:number].any(axis=1))

    def places(self, target: int) -> Ints:
        """Return the places that a target is a sum of."""
        return np.asarray(self.rows.indices[self.rows.indptr[target] : self.rows.indptr[target + 1]])

    def known_to_insiders(self, target: int) -> Flags:
        """Return the places in groups of one respondent that the target is not in: those respondents know them."""
        others = ~self._inside[target]
        return np.asarray(self._inside[: len(self.lonely), others].any(axis=1))

    def out_of_bounds(self, change: Ints) -> Flags:
        """Return the places that an insider knows, but for groups of one respondent that a change is about."""
        places = self._inside[: len(self.lonely)]
        return np.asarray(places[:, ~places[change != 0].any(axis=0)].any(axis=1))

    def active(self, hidden: Flags) -> Ints:
        """Return the targets that are hidden."""
        dissent = [bool(hidden[answers].any()) for answers in self._answers]
        return np.flatnonzero(np.concatenate([hidden, dissent]))

    def reach(self, changes: Ints) -> Ints:
        """Return how far each change moves each target (targets by changes), nought where an insider rules it out."""
        values = np.rint(self.rows @ changes.T).astype(np.int32)
        if self._inside.shape[1]:
            touched = (changes != 0).astype(np.int32) @ self._inside[: len(self.lonely)] > 0
            values[(~self._inside).astype(np.int32) @ touched.T > 0] = 0
        return np.asarray(values)

    def met(self, members: Ints, low: Ints, high: Ints) -> Flags:
        """Return whether intervals from `low` below the truth to `high` above it are enough."""
        empty = self.or_zero[members] & (self.truth[members] + low <= 0)
        return np.asarray((high - low >= self.width[members]) & (self._reached(members, high) | empty))

    def lacking(self, members: Ints, low: Ints, high: Ints, sign: int) -> Floats:
        """Return how far each target should change in a direction, 0 where that would not help."""
        if sign > 0:
            return np.asarray(self.need(members, low), dtype=float)
        down = np.where(self.or_zero[members] | self._reached(members, high), self.width[members] - high, 0)
        return np.asarray(np.minimum(np.maximum(down, 1), self.truth[members]), dtype=float)

    def goals(self, target: int, low: int, high: int) -> list[tuple[int, float]]:
        """Return the changes that would bring a target further: pairs of a direction and the least change."""
        truth, upper, width = int(self.truth[target]), int(self.upper[target]), int(self.width[target])
        if truth + high < upper and not (self.or_zero[target] and truth + low <= 0):
            return [(1, upper - truth), *([(-1, truth)] if self.or_zero[target] else [])]
        up, down = [(1, width + low)], [(-1, width - high)]
        return [*up, *(down if truth + high >= width else [])]

    def need(self, members: Ints, low: Ints) -> Ints:
        """Return how far up each target has to go where it can go no lower than `low` below the truth."""
        return np.asarray(np.maximum(self.upper[members] - self.truth[members], low + self.width[members]))

    def _reached(self, members: Ints, high: Ints) -> Flags:
        return np.asarray(self.truth[members] + high >= self.upper[members])


class Pool:
    """Changes to other worlds found so far, and how far each moves each target.

    Parameters
    ----------
    targets
        The targets.
    """

    def __init__(self, targets: Targets) -> None:
        self.targets = targets
        self.changes = np.zeros((0, len(targets.lonely)), dtype=np.int64)
        self.reach = np.zeros((len(targets.truth), 0), dtype=np.int32)

    def add(self, change: Ints) -> None:
        """Keep a change of all places."""
        self.changes = np.vstack([self.changes, change])
        self.reach = np.hstack([self.reach, self.targets.reach(change[None, :])])

    def valid(self, hidden: Flags) -> Flags:
        """Return which changes leave everything shown as it is."""
        return np.asarray(~self.changes[:, ~hidden].any(axis=1))

    def bounds(self, members: Ints, valid: Flags) -> tuple[Ints, Ints]:
        """Return how far down and up targets go in the worlds that are valid."""
        reach = self.reach[np.ix_(members, valid)]
        return reach.min(axis=1, initial=0), reach.max(axis=1, initial=0)

    def unmet(self, members: Ints, valid: Flags) -> Ints:
        """Return the targets that the valid worlds leave too certain, the most demanding first."""
        low, high = self.bounds(members, valid)
        missing = ~self.targets.met(members, low, high)
        order = np.lexsort((members[missing], -self.targets.need(members, low)[missing]))
        return np.asarray(members[missing][order])

    def goals(self, target: int, valid: Flags) -> list[tuple[int, float]]:
        """Return the changes that would bring a target further than the valid worlds do."""
        low, high = self.bounds(np.array([target]), valid)
        return self.targets.goals(target, int(low[0]), int(high[0]))


def _uppers(cells: Cells, rule: DisclosureRule, first: Primary) -> tuple[Ints, Flags]:
    """Return what each place must be able to reach, and whether being possibly zero will do instead."""
    threshold = np.full(len(cells.values), max(rule.base, rule.cell or 1))
    truth = cells.truth
    upper = np.where((truth > 0) & (truth < threshold), threshold, truth)
    or_zero = np.ones(len(truth) + len(first.unanimous), dtype=bool)
    or_zero[sorted(first.strict)] = False
    or_zero[len(truth) :] = False
    return upper, or_zero


def _ceilings(cells: Cells) -> Ints:
    """Return the most that each place can be, by what any attacker knows."""
    names = {place: region for region, place in cells.regions.items()}
    known = [(names[place], cells.values[place]) for place in sorted(known_places(cells))]
    known += [(region, high) for region, _, high in cells.facts if high is not None]
    ceiling = np.full(len(cells.values), np.iinfo(np.int32).max, dtype=np.int64)
    for place, region in names.items():
        ceiling[place] = min((value for outer, value in known if inside(region, outer)), default=ceiling[place])
    return ceiling


def _inside(cells: Cells, first: Primary, bases: list[int]) -> Flags:
    """Return which targets (rows) lie in which groups of one respondent (columns)."""
    names = sorted(cells.regions, key=cells.regions.__getitem__)
    own = [[inside(region, group) for group in first.alone] for region in names]
    flags = np.array(own, dtype=bool).reshape(len(names), len(first.alone))
    return np.vstack([flags, flags[bases]])
