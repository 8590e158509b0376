"""What chance alone gives: tables with the same margins, and adjusting many comparisons in one step.

Tests rest on it where groups are small or answers rare, where the textbook's distributions are far off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy.special import eval_hermitenorm, gamma, ndtri
from scipy.stats import random_table

from .cells import Cells, Units
from .counts import Positions
from .design import Floats

TABLES, DEALT = 1_999, 999
"""How many tables, and deals of weighted answers, a p value rests on; always the same ones."""
SMALL_GROUP, PER_CONTRAST, RARE = 50, 3, 10
"""A group of fewer (in all, or for each group compared), or an answer expected less often in a group, is left to chance; so are fewer clusters."""
MOST = 4_000_000
"""So many sums are made at a time."""
LEAST_DF = 10
"""With fewer degrees of freedom of the design there is no test."""
_SEED = 1984


def is_small(counts: Floats) -> bool:
    """Return whether a table of counts (groups by answers) is too small for large-sample distributions."""
    groups, answers = counts.sum(axis=1), counts.sum(axis=0)
    few = groups.min() < max(SMALL_GROUP, PER_CONTRAST * len(groups))
    return bool(few or groups.min() * answers.min() / counts.sum() < RARE)


def by_chance(cells: Cells, statistic: Callable[[Cells], Floats]) -> Floats | None:
    """Return a statistic of the sums of answers that chance has dealt out anew to the respondents, a row a deal.

    None where groups, answers and clusters are so many that large-sample distributions do, and where the respondents are not known.
    """
    few_clusters = cells.clusters is not None and len(cells.clusters) < SMALL_GROUP
    if not few_clusters and not is_small(cells.n.sum(axis=0)):
        return None
    if cells.design.plain:
        tables = random_tables(cells.n.sum(axis=0))[:, None]
        return statistic(replace(cells, n=tables, w=tables, q=tables))
    if cells.units is None:
        return None
    size = DEALT if cells.clusters is None else max(MOST // cells.clusters.size, 1)
    return np.concatenate([statistic(_sums(cells, start, start + size)) for start in range(0, DEALT, size)])


def random_tables(counts: Floats) -> Floats:
    """Return tables of the same margins as if answers had been dealt to the groups at random: table, group, answer."""
    rows, columns = (tuple(counts.sum(axis=axis).round().astype(int).tolist()) for axis in (1, 0))
    return _drawn(rows, columns)


@lru_cache(maxsize=4)  # the tests and the contrasts of one item by one grouping rest on the same tables
def _drawn(rows: tuple[int, ...], columns: tuple[int, ...]) -> Floats:
    drawn = random_table(rows, columns).rvs(TABLES, method="patefield", random_state=np.random.default_rng(_SEED))
    return np.asarray(drawn, dtype=float)


@lru_cache(maxsize=4)  # likewise, of the same respondents
def dealt_answers(units: Units) -> Positions:
    """Return the answers dealt out anew, a row a deal: alike within clusters as far as the answers at hand are."""
    draw, answers = np.random.default_rng(_SEED), units.answer
    likeness = 0.0 if units.cluster is None else _likeness(answers, units.cluster)
    if units.cluster is None or likeness <= 0:
        return np.array([draw.permutation(answers) for _ in range(DEALT)])
    together = draw.standard_normal((DEALT, int(units.cluster.max()) + 1))[:, units.cluster]
    latent = np.sqrt(likeness) * together + np.sqrt(1 - likeness) * draw.standard_normal((DEALT, len(answers)))
    dealt = np.empty(latent.shape, dtype=np.intp)
    np.put_along_axis(dealt, np.argsort(latent, axis=1), np.sort(answers)[None], axis=1)
    return dealt


def _likeness(answers: Positions, cluster: Positions) -> float:
    """Return the intraclass correlation of a normal trait that, cut into the answers, gives their ranks' correlation at hand.

    That of the ranks is estimated by analysis of variance. Of a cut trait it is a power series in the trait's, with the squared
    coefficients of the ranks' Hermite expansion.
    """
    share = np.bincount(answers) / len(answers)
    rank = np.cumsum(share) - share / 2
    score, size = rank[answers], np.bincount(cluster)
    size = size[size > 0]
    mean = np.bincount(cluster, score)[np.bincount(cluster) > 0] / size
    clusters, total = len(size), len(answers)
    if clusters == total:
        return 0.0
    between = size @ (mean - score.mean()) ** 2 / (clusters - 1)
    within = (((score - score.mean()) ** 2).sum() - (clusters - 1) * between) / (total - clusters)
    typical = (total - (size**2).sum() / total) / (clusters - 1)
    found = (between - within) / (between + (typical - 1) * within)
    cuts, step = ndtri(np.cumsum(share)[:-1]), np.diff(rank)
    terms = [
        (step * eval_hermitenorm(k - 1, cuts) * np.exp(-(cuts**2) / 2)).sum() ** 2 / (2 * np.pi * gamma(k + 1))
        for k in range(1, 31)
    ]
    grid = np.linspace(0, 0.95, 96)
    ranks = grid[:, None] ** np.arange(1, 31) @ np.array(terms) / score.var()
    return float(np.interp(found, ranks, grid))


@lru_cache(maxsize=1)  # all deals, mostly
def _sums(cells: Cells, start: int, stop: int) -> Cells:
    """Return the sums of some of the deals, along a leading axis."""
    units = cells.units
    assert units is not None
    answers, shape = dealt_answers(units)[start:stop], cells.n.shape[1:]

    def total(first: Positions, many: int, factor: Floats | None) -> Floats:
        block = many * shape[0] * shape[1]
        place = (first * shape[0] + units.group) * shape[1] + answers + np.arange(len(answers))[:, None] * block
        weights = None if factor is None else np.broadcast_to(factor, place.shape).ravel()
        sums = np.bincount(place.ravel(), weights, len(answers) * block)
        return sums.astype(float).reshape(len(answers), many, *shape)

    design = replace(cells.design, population=np.full(cells.design.strata, np.nan), calibration=None)
    cells = replace(cells, design=design, rows_at=None)
    n, w = (total(units.stratum, design.strata, factor) for factor in (None, units.weight))
    if units.cluster is None:
        return replace(cells, n=n, w=w, q=total(units.stratum, design.strata, units.weight**2))
    clusters = total(units.cluster, len(design.cluster_strata), units.weight)
    return replace(cells, n=n, w=w, clusters=clusters)


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
