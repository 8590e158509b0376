"""What chance alone gives: tables with the same margins, and adjusting many comparisons in one step.

Tests rest on it where groups are small or answers rare, where the textbook's distributions are far off.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import ndtr
from scipy.stats import random_table, t

from .cells import Cells
from .design import Floats

TABLES, DEALT, NORMALS = 1_999, 999, 19_999
"""How many tables, deals of weighted answers, and draws of a normal distribution a p value rests on; always the same ones."""
SMALL_GROUP, RARE = 50, 10
"""A group of fewer, or an answer expected less often in a group, is left to random tables."""
LEAST_DF = 10
"""With fewer degrees of freedom of the design there is no test."""
_SEED = 1984


def is_small(counts: Floats) -> bool:
    """Return whether a table of counts (groups by answers) is too small for large-sample distributions."""
    groups, answers = counts.sum(axis=1), counts.sum(axis=0)
    return bool(groups.min() < SMALL_GROUP or groups.min() * answers.min() / counts.sum() < RARE)


def random_tables(counts: Floats) -> Floats:
    """Return tables of the same margins as if answers had been dealt to the groups at random: table, group, answer."""
    rows, columns = (tuple(counts.sum(axis=axis).round().astype(int).tolist()) for axis in (1, 0))
    return _drawn(rows, columns)


@lru_cache(maxsize=4)  # the tests and the contrasts of one item by one grouping rest on the same tables
def _drawn(rows: tuple[int, ...], columns: tuple[int, ...]) -> Floats:
    drawn = random_table(rows, columns).rvs(TABLES, method="patefield", random_state=np.random.default_rng(_SEED))
    return np.asarray(drawn, dtype=float)


def chance_sums(cells: Cells) -> tuple[Floats, Floats, Floats] | None:
    """Return numbers, weights and squared weights (deal, group, answer) with the answers dealt out to the respondents anew.

    None where groups and answers are so many that large-sample distributions do, and of strata and clusters.
    """
    counts = cells.n.sum(axis=0)
    if not is_small(counts) or not (cells.design.plain or cells.units):
        return None
    if cells.units is None:
        tables = random_tables(counts)
        return tables, tables, tables
    draw, units = np.random.default_rng(_SEED), cells.units
    groups = np.eye(len(counts))[:, units.group]
    by_group = np.concatenate([groups, groups * units.weight, groups * units.weight**2])
    answers = np.eye(counts.shape[1])[units.answer]
    dealt = np.array([by_group @ draw.permutation(answers) for _ in range(DEALT)])
    n, w, q = np.split(dealt, 3, axis=1)
    return n, w, q


def permutation_p(statistic: float, null: Floats) -> float:
    """Return how often chance gives a statistic as large, the one at hand counted in."""
    return float((1 + (null >= statistic - 1e-9 * abs(statistic)).sum()) / (1 + len(null)))


def adjusted_by_tables(statistic: Floats, null: Floats, level: float) -> tuple[Floats, Floats]:
    """Return single-step adjusted p values of comparisons, and how many standard errors their joint intervals reach.

    Parameters
    ----------
    statistic
        Each comparison's statistic.
    null
        The same from random tables, a row a table.
    level
        Joint confidence level.

    Notes
    -----
    Westfall & Young's min-p: each statistic is held against its own null distribution, so that small groups do not rule the
    others. A p value is at most 1 - level where, and only where, the interval leaves out no difference.
    """
    size, null = len(null), np.asarray(np.round(np.abs(null), 9), dtype=float)
    at_hand = np.asarray(np.round(np.abs(statistic), 9), dtype=float)
    ordered = np.sort(null, axis=0)

    def as_large(values: Floats, column: int) -> Floats:
        return np.asarray(size - np.searchsorted(ordered[:, column], values, side="left"))

    columns = range(len(statistic))
    own = np.array([1 + as_large(at_hand[c : c + 1], c)[0] for c in columns])
    least = np.sort(np.min([as_large(null[:, c], c) for c in columns], axis=0))
    adjusted = (1 + np.searchsorted(least, own, side="right")) / (size + 1)
    allowed = int(least[max(int((1 - level) * (size + 1)) - 1, 0)]) - 2
    reach = ordered[::-1][allowed] if allowed >= 0 else np.full(len(statistic), np.inf)
    return adjusted, np.asarray(reach)


def adjusted_by_normals(statistic: Floats, df: Floats, correlation: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the same for large samples: comparisons that are jointly normal, each with a t distribution of its own.

    Parameters
    ----------
    statistic, df
        Each comparison's t and its degrees of freedom.
    correlation
        Of the comparisons.
    level
        Joint confidence level.
    """
    own = np.asarray(2 * t.sf(np.abs(statistic), df), dtype=float)
    if len(statistic) == 1:
        return own, np.asarray(t.ppf(0.5 + level / 2, df))
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0))
    normal = np.random.default_rng(_SEED).standard_normal((NORMALS, len(statistic))) @ root.T
    least = np.sort(2 * ndtr(-np.abs(normal).max(axis=1)))
    adjusted = (1 + np.searchsorted(least, own, side="right")) / (NORMALS + 1)
    limit = least[max(int((1 - level) * (NORMALS + 1)) - 1, 0)]
    adjusted = np.where(own < limit, np.minimum(adjusted, len(own) * own), adjusted)
    return adjusted, np.asarray(t.ppf(1 - limit / 2, df))
