"""Published weighted shares as sums that fit together, for the models of a release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..data import COUNT
from ..data.raking import raked
from ..protect import SafeTable, made_safe
from ..study import TOTAL
from .weighted import WEIGHT

Floats = npt.NDArray[np.float64]
Margins = dict[frozenset[str], Floats]
"""Sums by the levels of some variables, axes in the order of their names."""
_LEAST, _SAME = (0.0, 1e-3), 1e-12
"""What stands for a rounded share of nought where sums are brought to others: nought, where the others can be met so."""


def balanced(tables: Mapping[str, SafeTable], outcome: str, predictors: Sequence[str]) -> dict[str, SafeTable]:
    """Return the weighted tables of an outcome and its predictors by one another, as sums that fit together.

    Published shares and mean weights are rounded, each by itself. By iterative proportional fitting, tables of two variables are
    brought to one distribution of each, those of three to these tables of two, and so on. All add up to the number of people, and
    hidden places stay hidden; a table of three variables or more is left out where no sums of it fit.
    """
    names = [outcome, *predictors]
    about = [
        table
        for table in tables.values()
        if table.effect is not None and len(table.dims) > 1 and {*table.dims} <= {*names}
    ]
    about.sort(key=lambda t: (len(t.dims), sorted(map(names.index, t.dims)), t.answer != outcome))
    levels = {name: _places(about, name) for name in names}
    found: dict[str, SafeTable] = {}
    margins: Margins = {}
    for table in about:
        dims, people = (*table.groups, table.answer), float(table.count() or 0)
        masses = _masses(table, levels)
        own = [_single(masses, axis) for axis in range(len(dims))]
        if frozenset(dims) in margins or not people or not all(one.sum() for one in own):
            continue  # another table has it, or nothing of it is shown
        for name, one in zip(dims, own, strict=True):
            margins.setdefault(frozenset([name]), people * one / one.sum())
        sums, gap = _fitted(_guessed(masses), dims, margins)
        if len(dims) == 2 or gap < _SAME:
            margins[frozenset(dims)] = sums.transpose(np.argsort(dims))
            found[table.id] = _filled(table, sums, levels)
    return found


def _places(tables: Sequence[SafeTable], name: str) -> dict[str, int]:
    """Return the place of each level of a variable, that of all of them together last."""
    cells = (table.cells[name].astype(object) for table in tables if name in table.dims)
    found = dict.fromkeys(str(level) for column in cells for level in column.unique())
    return {level: place for place, level in enumerate([*(level for level in found if level != TOTAL), TOTAL])}


def _at(table: SafeTable, levels: Mapping[str, Mapping[str, int]]) -> Any:
    """Return the index of the cells of a table, groups first."""
    dims = (*table.groups, table.answer)
    return tuple(table.cells[dim].astype(object).map(levels[dim]).to_numpy(dtype=np.intp) for dim in dims)


def _masses(table: SafeTable, levels: Mapping[str, Mapping[str, int]]) -> Floats:
    """Return what weighs in each place of a table; what is hidden is missing."""
    masses = np.zeros([len(levels[dim]) for dim in (*table.groups, table.answer)])
    mass = table.cells[COUNT].astype("Float64") * table.cells[WEIGHT]
    masses[_at(table, levels)] = mass.to_numpy(dtype=float, na_value=np.nan)
    return masses


def _single(masses: Floats, axis: int) -> Floats:
    """Return what weighs in each level of one variable."""
    whole = masses[tuple(slice(None) if other == axis else -1 for other in range(masses.ndim))]
    return _shared(whole[:-1], whole[-1])


def _shared(parts: Floats, total: float) -> Floats:
    """Return parts of a total, what is left of it in equal shares in place of the hidden ones."""
    hidden = np.isnan(parts)
    return np.where(hidden, max(total - np.nansum(parts), 0.0) / max(int(hidden.sum()), 1), parts)


def _guessed(masses: Floats) -> Floats:
    """Return what weighs in each group by answer, what is hidden as if nothing set it apart."""
    within: Any = (slice(-1),) * (masses.ndim - 1)
    inner, groups = masses[(*within, slice(-1))], _shared(masses[(*within, -1)], masses.flat[-1])
    hidden = np.where(np.isnan(inner), _single(masses, masses.ndim - 1), 0.0)
    rest = np.maximum(groups - np.nansum(inner, axis=-1), 0.0) / np.maximum(hidden.sum(axis=-1), 1e-9)
    return np.where(np.isnan(inner), hidden * rest[..., None], inner)


def _fitted(inner: Floats, dims: Sequence[str], margins: Margins) -> tuple[Floats, float]:
    """Return the sums nearest to some that have the known margins of their variables, and how far off the worst of these is."""
    known = [held for held in margins if held < {*dims}]
    known = [held for held in known if not any(held < other for other in known)]
    indices, columns = np.indices(inner.shape), []
    for held in known:
        axes = [dims.index(name) for name in sorted(held)]
        columns.append(np.ravel_multi_index(tuple(indices[axes]), margins[held].shape).ravel())
    totals = [margins[held].ravel() for held in known]
    for least in _LEAST:
        start = inner.ravel() + least
        factors, gap = raked(np.column_stack(columns), start, totals, tolerance=_SAME / 10, max_iterations=2_000)
        if gap < _SAME:
            break
    return (start * factors).reshape(inner.shape), gap


def _filled(table: SafeTable, sums: Floats, levels: Mapping[str, Mapping[str, int]]) -> SafeTable:
    """Return a table of some sums and their margins in place of its counts."""
    import pandas as pd

    for axis in range(sums.ndim):
        sums = np.concatenate([sums, sums.sum(axis=axis, keepdims=True)], axis=axis)
    counts = pd.array(sums[_at(table, levels)], dtype="Float64")
    counts[table.cells[COUNT].isna().to_numpy()] = pd.NA
    return made_safe(table.id, table.dims, table.cells.assign(**{COUNT: counts}), table.answer, None, table.effect)
