"""Published weighted shares as sums that fit together, for the models of a release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import numpy.typing as npt

from ..data import COUNT
from ..data.raking import raked
from ..protect import SafeTable, made_safe
from ..study import TOTAL
from .weighted import WEIGHT

Floats = npt.NDArray[np.float64]
_LEAST, _SAME = (0.0, 1e-3), 1e-9
"""What stands for a rounded share of nought where sums are brought to others: nought, where the others can be met so."""


def balanced(tables: Mapping[str, SafeTable], outcome: str, predictors: Sequence[str]) -> dict[str, SafeTable]:
    """Return the weighted tables of an outcome by its predictors, and of these by each other, as sums that fit together.

    Published shares and mean weights are rounded, each by itself. They are brought to one distribution of the outcome and one
    of each predictor by iterative proportional fitting, and add up to the number of people; hidden places stay hidden.
    """
    found: dict[str, SafeTable] = {}
    margins: dict[str, dict[str, float]] = {}
    for answer, group in [*((outcome, name) for name in predictors), *permutations(predictors, 2)]:
        table = tables.get(f"{answer}_by_{group}")
        if table is None or table.effect is None or any({answer, group} == set(one.dims) for one in found.values()):
            continue
        sums, people = _sums_by(table, group), float(table.count() or 0)
        if not people or not all(sum(margin.values()) for margin in (sums.rows, sums.columns)):
            continue  # nothing of it is shown
        for name, margin in ((answer, sums.columns), (group, sums.rows)):
            total = sum(margin.values())
            margins.setdefault(name, {level: people * part / total for level, part in margin.items()})
        found[table.id] = sums.fitted(table, group, margins[group], margins[answer])
    return found


@dataclass(frozen=True, eq=False)
class _Masses:
    """What weighs in each group (rows) by answer (columns), and in all of either."""

    rows: dict[str, float]
    columns: dict[str, float]
    inner: Floats

    def fitted(
        self, table: SafeTable, group: str, rows: Mapping[str, float], columns: Mapping[str, float]
    ) -> SafeTable:
        """Return a table of the sums brought to the distributions of its two variables."""
        import pandas as pd

        totals = [
            np.array([of.get(level, 0.0) for level in own]) for own, of in ((self.rows, rows), (self.columns, columns))
        ]
        places = np.indices(self.inner.shape).reshape(2, -1).T
        for least in _LEAST:
            start = self.inner.ravel() + least
            factors, gap = raked(places, start, totals, tolerance=1e-15, max_iterations=500)
            if gap < _SAME:
                break
        sums = (start * factors).reshape(self.inner.shape)
        whole = np.block([[sums, sums.sum(axis=1, keepdims=True)], [sums.sum(axis=0), sums.sum()]])
        at = [{level: i for i, level in enumerate((*own, TOTAL))} for own in (self.rows, self.columns)]
        keys = zip(table.cells[group].astype(str), table.cells[table.answer].astype(str), strict=True)
        counts = pd.array([whole[at[0][level], at[1][answer]] for level, answer in keys], dtype="Float64")
        counts[table.cells[COUNT].isna().to_numpy()] = pd.NA
        cells = table.cells.assign(**{COUNT: counts})
        return made_safe(table.id, table.dims, cells, table.answer, None, table.effect)


def _sums_by(table: SafeTable, group: str) -> _Masses:
    """Return what weighs in a table by one group; what is hidden as if nothing set it apart."""
    keys = zip(table.cells[group].astype(str), table.cells[table.answer].astype(str), strict=True)
    mass = (table.cells[COUNT].astype("Float64") * table.cells[WEIGHT]).to_numpy(dtype=float, na_value=np.nan)
    at = dict(zip(keys, mass.tolist(), strict=True))
    levels = [level for level in dict.fromkeys(key[0] for key in at) if level != TOTAL]
    answers = [answer for answer in dict.fromkeys(key[1] for key in at) if answer != TOTAL]
    overall = np.nan_to_num(np.array([at[TOTAL, answer] for answer in answers]))
    rows = np.array([at[level, TOTAL] for level in levels])
    left = max(at[TOTAL, TOTAL] - np.nansum(rows), 0.0)
    rows = np.where(np.isnan(rows), left / max(int(np.isnan(rows).sum()), 1), rows)
    inner = np.array([[at[level, answer] for answer in answers] for level in levels])
    hidden = np.where(np.isnan(inner), overall, 0.0)
    rest = np.maximum(rows - np.nansum(inner, axis=1), 0.0) / np.maximum(hidden.sum(axis=1), _SAME)
    inner = np.where(np.isnan(inner), hidden * rest[:, None], inner)
    both = zip(levels, rows.tolist(), strict=True), zip(answers, overall.tolist(), strict=True)
    return _Masses(dict(both[0]), dict(both[1]), inner)
