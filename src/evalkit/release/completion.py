"""The maximum-entropy completion: the counts of a crossing that say no more than the shown counts of its margins do.

Of all counts with the shown margins those are taken that are closest, in relative entropy, to a start that everybody knows
(the frame's crossing of the predictors where there is one, else all alike). They are the log-linear estimate without higher
interaction (Deming and Stephan 1940; Csiszar 1975; Bishop, Fienberg and Holland 1975, chapter 3), found on the dual by Newton's
method in place of iterative proportional fitting, which needs whole margins. A function of what is shown gives away no more
than that, at any number of decimals.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..data.design import raked
from ..errors import DisclosureError, EstimationError
from ..protect.safe import SafeTable
from ..study import TOTAL

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Levels = Mapping[str, Sequence[str]]

TOLERANCE = 1e-9
"""How closely the completed counts add up to each shown one."""
_STEPS, _HALVINGS, _ROUNDS, _SWEEPS = 100, 40, 20, 200
_SAME = 1e-3
"""What is left at least for the hidden counts of a margin whose shown ones are rounded."""
_RIDGE = 1e-11
"""Added to the curvature, in parts of its largest: shown margins repeat one another, so that it has no inverse."""


@dataclass(frozen=True, eq=False)
class Crossing:
    """The cells of the crossing of some variables, and what is shown of them.

    Parameters
    ----------
    levels
        The variables, and the levels of each that some table has; cells are in their order, the last running fastest.
    rows
        (counts, cells), sparse: which cells each shown count adds up.
    counts
        (counts,): the shown counts.
    margins
        How many of them, one after the other, are of each margin: the variables of some tables that are not summed over.
    start
        (cells,): what the completion is closest to; 0 where nobody can be.
    groups
        (groups, cells), sparse: the groups of which the frame knows the size.
    sizes
        (groups,): their sizes, which no counts exceed.
    """

    levels: Mapping[str, tuple[str, ...]]
    rows: Any
    counts: Floats
    margins: Mapping[tuple[str, ...], int]
    start: Floats
    groups: Any
    sizes: Floats

    @property
    def cells(self) -> list[tuple[str, ...]]:
        """The levels of each cell."""
        return list(product(*self.levels.values()))

    def reconciled(self) -> Crossing:
        """Return the same with counts that fit together in place of counts that were rounded each by itself.

        They are those of one crossing, by iterative proportional fitting to all of them in turn, margins of more variables last;
        what is hidden of a margin has what the shown counts leave.
        """
        ends = dict(zip(self.margins, np.cumsum([0, *self.margins.values()]).tolist(), strict=False))
        places, sums = [], []
        for held in sorted(ends, key=lambda held: (len(held), [list(self.levels).index(name) for name in held])):
            own = slice(ends[held], ends[held] + self.margins[held])
            place = self.rows[own].T @ np.arange(1, self.margins[held] + 1)
            left = max(self.counts.max() - self.counts[own].sum(), _SAME) if (place == 0).any() else 0.0
            places.append(place)
            sums.append(np.append(left, self.counts[own]))
        start = (self.start > 0).astype(float)
        factors, _ = raked(np.column_stack(places).astype(np.intp), start, sums, sweeps=_SWEEPS)
        counts = start * factors
        return replace(self, counts=self.rows @ counts * (self.counts.max() / counts.sum()))

    @cached_property
    def possible(self) -> Flags:
        """Which cells can hold anybody, by what is shown.

        One linear programme finds the counts with the most cells above nought, in any multiple of what is shown, so that
        each cell that can be above nought is at least 1 (Freund, Roundy and Todd 1985).
        """
        free = np.flatnonzero((self.start > 0) & (self.rows[self.counts == 0].sum(axis=0) == 0))
        solved = self._most_above_nought(free, self.sizes)
        if solved.status != 0:
            where = ", ".join(self.levels)
            if self._most_above_nought(free, np.full(len(self.sizes), self.counts.sum())).status == 0:
                what = "more answered than the frame has in one of its groups"
                raise EstimationError(what, where=where, hint="correct the frame")
            raise DisclosureError("no counts add up to what is shown", where=where)
        possible = np.zeros(len(self.start), dtype=bool)
        possible[free] = solved.x[len(free) : 2 * len(free)] > 0.5
        return possible

    def _most_above_nought(self, free: NDArray[np.int64], sizes: Floats) -> Any:
        """Return the solved programme of `possible`, over the cells that are not known to be empty, in groups of some sizes."""
        from scipy import optimize

        rows, groups, number = self.rows[:, free], self.groups[:, free], len(free)
        each: Any = sparse.eye_array(number)
        same = _beside(rows, sparse.csr_array((rows.shape[0], number)), -self.counts)
        below = _beside(-each, each, np.zeros(number))
        room = _beside(groups, sparse.csr_array(groups.shape), -sizes)
        return optimize.linprog(
            np.concatenate([np.zeros(number), -np.ones(number), [0.0]]),
            A_ub=sparse.vstack([below, room], format="csr"),
            b_ub=np.zeros(number + len(sizes)),
            A_eq=same,
            b_eq=np.zeros(len(self.counts)),
            bounds=[*[(0, None)] * number, *[(0, 1)] * number, (1, None)],
            method="highs",
        )

    def completed(self, choice: np.random.Generator | None = None) -> Floats:
        """Return the counts of the cells that have the shown margins and are closest to the start.

        Parameters
        ----------
        choice
            Where given, the start is multiplied by random numbers of mean 1, so that what is shown alone decides what
            such completions have in common.

        Raises
        ------
        DisclosureError
            When no counts have the shown margins.
        """
        start = self.start if choice is None else self.start * choice.exponential(size=len(self.start))
        full: set[int] = set()
        for _ in range(_ROUNDS):
            at = sorted(full)
            counts, prices = self._closest(start * self.possible, at)
            over = set(np.flatnonzero(self.groups @ counts > self.sizes + TOLERANCE).tolist())
            loose = {group for group, price in zip(at, prices, strict=True) if price > TOLERANCE}
            if not over - full and not loose:
                break
            full = (full | over) - loose
        return counts

    def _closest(self, start: Floats, full: Sequence[int]) -> tuple[Floats, Floats]:
        """Return the counts closest to a start where some groups are full, and the multipliers of these."""
        from scipy.sparse import linalg

        cells = np.flatnonzero(start)
        rows = sparse.vstack([self.rows, self.groups[list(full)]], format="csr")[:, cells]
        wanted = np.concatenate([self.counts, self.sizes[list(full)]])
        price = np.zeros(len(wanted))
        counts = base = start[cells] * wanted.max(initial=1.0) / start[cells].sum()
        for _ in range(_STEPS):
            missed = wanted - rows @ counts
            if np.abs(missed).max(initial=0.0) <= TOLERANCE:
                break
            curved = (rows.multiply(counts) @ rows.T).tocsc()
            curved += _RIDGE * curved.max() * sparse.eye_array(len(wanted), format="csc")
            step = linalg.splu(curved, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}).solve(missed)
            price, counts = _climbed(base, rows, wanted, price, step)
        else:
            raise EstimationError("the counts that are shown could not be completed", where=", ".join(self.levels))
        whole = np.zeros(len(start))
        whole[cells] = counts
        return whole, price[len(self.counts) :]


def _beside(counts: Any, marks: Any, times: Floats) -> Any:
    """Return rows of a programme in the counts, whether each is above nought, and how many times what is shown they are."""
    return sparse.hstack([counts, marks, sparse.csr_array(times[:, None])], format="csr")


def _climbed(base: Floats, rows: Any, wanted: Floats, price: Floats, step: Floats) -> tuple[Floats, Floats]:
    """Go as far along a step as the dual rises; return the multipliers and the counts there."""

    def dual(at: Floats) -> tuple[float, Floats]:
        with np.errstate(over="ignore"):
            counts = base * np.exp(rows.T @ at)
        return float(wanted @ at - counts.sum()), counts

    now, _ = dual(price)
    length = 1.0
    for _ in range(_HALVINGS):
        value, counts = dual(price + length * step)
        if np.isfinite(value) and value >= now - 1e-12 * abs(now):
            break
        length /= 2
    return price + length * step, counts


def crossing_of(tables: Iterable[SafeTable], names: Sequence[str], missing: Levels, frame: Any = None) -> Crossing:
    """Return the crossing of some variables, and what tables of the same respondents show of it.

    Parameters
    ----------
    tables
        Protected tables, of all who answered.
    names
        The variables.
    missing
        The codes of each that stand for no answer: the frame knows nobody by them.
    frame
        A column a group and `population`, where there is one.
    """
    about = [(table, [name for name in names if name in table.dims]) for table in tables]
    levels = {name: _levels([table for table, own in about if name in own], name) for name in names}
    shown: dict[tuple[str, ...], dict[int, float]] = {}
    for table, _ in about:
        for held, at, counts in _places(table, levels):
            shown.setdefault(held, {}).update(zip(at.tolist(), counts.tolist(), strict=True))
    rows = [_margin(levels, held)[list(found)] for held, found in shown.items()]
    margins = {held: len(found) for held, found in shown.items()}
    known = [] if frame is None else [n for n in names if n in frame.columns and set(levels[n]) - set(missing[n])]
    start, groups, sizes = _known(levels, known, missing, frame)
    return Crossing(
        levels=levels,
        rows=sparse.vstack(rows, format="csr") if rows else sparse.csr_array((0, prod(map(len, levels.values())))),
        counts=np.array([count for found in shown.values() for count in found.values()], dtype=float),
        margins=margins,
        start=start,
        groups=groups,
        sizes=sizes,
    )


def _levels(tables: Sequence[SafeTable], name: str) -> tuple[str, ...]:
    found = (str(level) for table in tables for level in table.cells[name].astype(object).unique())
    return tuple(level for level in dict.fromkeys(found) if level != TOTAL)


def _places(table: SafeTable, levels: Levels) -> Iterable[tuple[tuple[str, ...], Any, Any]]:
    """Go through the margins of a table that are about some variables alone: their shown places and counts."""
    cells = table.cells[table.cells["count"].notna()]
    keys = {dim: cells[dim].astype(object) for dim in table.dims}
    others = np.ones(len(cells), dtype=bool)
    for dim in set(table.dims) - set(levels):
        others &= (keys[dim] == TOTAL).to_numpy()
    inside = [name for name in levels if name in table.dims]
    for summed in product((False, True), repeat=len(inside)):
        chosen = others.copy()
        for name, total in zip(inside, summed, strict=True):
            chosen &= (keys[name] == TOTAL).to_numpy() == total
        held = tuple(name for name, total in zip(inside, summed, strict=True) if not total)
        at = np.zeros(int(chosen.sum()), dtype=np.int64)
        for name in held:
            numbers = {level: i for i, level in enumerate(levels[name])}
            at = at * len(levels[name]) + keys[name][chosen].map(numbers).to_numpy(dtype=np.int64)
        yield held, at, cells["count"][chosen].to_numpy(dtype=float)


def _index(levels: Levels, held: Sequence[str]) -> NDArray[np.int64]:
    """Return of each cell which cell of a margin it belongs to."""
    shape = tuple(map(len, levels.values()))
    at = dict(zip(levels, np.indices(shape).reshape(len(shape), -1), strict=True))
    index = np.zeros(prod(shape), dtype=np.int64)
    for name in held:
        index = index * len(levels[name]) + at[name]
    return index


def _margin(levels: Levels, held: Sequence[str]) -> Any:
    """Return the cells of a margin as sums of cells."""
    index = _index(levels, held)
    shape = (prod(len(levels[name]) for name in held), len(index))
    return sparse.csr_array((np.ones(len(index)), (index, np.arange(len(index)))), shape=shape)


def _known(levels: Levels, known: Sequence[str], missing: Levels, frame: Any) -> tuple[Floats, Any, Floats]:
    """Return the start by the frame, and the groups of which it knows the size.

    Somebody whose group is not known may be anywhere in it: there the start is what the frame has of all other groups together.
    """
    number = prod(map(len, levels.values()))
    if not known:
        return np.ones(number), _margin(levels, ())[:0], np.zeros(0)
    sizes = np.zeros([len(levels[name]) for name in known])
    absent = np.zeros(sizes.shape, dtype=bool)
    for place in np.ndindex(*sizes.shape):
        inside = frame
        for name, i in zip(known, place, strict=True):
            level = levels[name][i]
            absent[place] |= level in missing[name]
            inside = inside if level in missing[name] else inside[inside[name] == level]
        sizes[place] = inside["population"].sum()
    sizes, told = sizes.ravel(), np.flatnonzero(~absent.ravel())
    return sizes[_index(levels, known)], _margin(levels, known)[told], sizes[told]
