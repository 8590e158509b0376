"""Comparisons of groups with everything adjusted in one step: what chance alone gives, by simulation of its own.

Groups that are small, or answers that are rare, are held against random tables with the same margins (Westfall & Young's min-p); else the
contrasts are taken as jointly normal. Both are simulations. The pages' random tables are always the same 1,999, so that these are drawn alike; the
normal draws are more here and others, and agree within the error of the pages' (`p_error`, `end_error`).
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from cumulative import Array
from scipy.stats import chi2, norm, random_table
from scipy.stats import t as student

TABLES, NORMALS, SEED = 1_999, 400_000, 1984
PAGES_NORMALS = 19_999


def small(table: Array) -> bool:
    """Say whether a group has fewer than 50 (or three a group), or an answer is expected fewer than ten times in the smallest."""
    groups, answers = table.sum(axis=1), table.sum(axis=0)
    return bool(groups.min() < max(50, 3 * len(groups)) or groups.min() * answers.min() / table.sum() < 10)


def drawn(table: Array) -> Array:
    """Return random tables with the margins of one: table, group, answer."""
    rows, columns = table.sum(axis=1).astype(int), table.sum(axis=0).astype(int)
    return (
        random_table(rows, columns)
        .rvs(TABLES, method="patefield", random_state=np.random.default_rng(SEED))
        .astype(float)
    )


def superiority(tables: Array) -> tuple[Array, Array, Array]:
    """Return each group's probability of a higher answer than the others', its standard error and degrees of freedom (Brunner & Munzel 2000)."""
    x, y = tables, tables.sum(axis=-2, keepdims=True) - tables
    nx, ny = x.sum(axis=-1), y.sum(axis=-1)

    def placed(counts: Array) -> Array:
        return np.cumsum(counts, axis=-1) - counts / 2  # how many lie below, ties half

    px, py = placed(y), placed(x)
    mean_x = (x * px).sum(axis=-1) / nx
    mean_y = (y * py).sum(axis=-1) / ny
    vx = (x * (px - mean_x[..., None]) ** 2).sum(axis=-1) / (nx - 1) / ny**2 / nx
    vy = (y * (py - mean_y[..., None]) ** 2).sum(axis=-1) / (ny - 1) / nx**2 / ny
    with np.errstate(divide="ignore", invalid="ignore"):
        df = (vx + vy) ** 2 / (vx**2 / (nx - 1) + vy**2 / (ny - 1))
    return mean_x / ny, np.sqrt(vx + vy), df


def correlation(table: Array) -> Array:
    """Return the correlation of the groups' probabilities, from each respondent's influence on them."""
    groups, answers = table.shape
    n = table.sum()
    influence = np.zeros((groups, groups, answers))  # contrast, the respondent's group, answer
    for g in range(groups):
        x, y = table[g], table.sum(axis=0) - table[g]
        below_y, below_x = np.cumsum(y) - y / 2, np.cumsum(x) - x / 2
        p = (x * below_y).sum() / x.sum() / y.sum()
        influence[g] = -(below_x / x.sum() - (1 - p)) / y.sum()
        influence[g, g] = (below_y / y.sum() - p) / x.sum()
    mean = np.einsum("cga,ga->c", influence, table) / n
    away = influence - mean[:, None, None]
    covariance = np.einsum("cga,dga,ga->cd", away, away, table)
    scale = np.sqrt(np.diag(covariance))
    return covariance / np.outer(scale, scale)


@dataclass(frozen=True)
class Compared:
    """Comparisons of all groups with the others: estimates, joint intervals, adjusted p values, and the simulation error of the pages' own."""

    estimate: Array
    low: Array
    high: Array
    p: Array
    end_error: Array
    p_error: Array


def compare(table: Array) -> Compared:
    """Compare each group with the others; of two groups the first with the second."""
    estimate, error, df = (values[: 1 if len(table) == 2 else None] for values in superiority(table))
    statistic = np.abs(estimate - 0.5) / error
    nothing = np.zeros(len(estimate))
    if small(table):
        adjusted, reach = _by_tables(table, statistic)
        return Compared(estimate, estimate - reach * error, estimate + reach * error, adjusted, nothing, nothing)
    if len(estimate) == 1:
        half = student.ppf(0.975, df) * error
        return Compared(estimate, estimate - half, estimate + half, 2 * student.sf(statistic, df), nothing, nothing)
    adjusted, reach, wide = _by_normals(table, statistic, df)
    p_error = 5 * np.sqrt(adjusted * (1 - adjusted) / PAGES_NORMALS) + 2 / PAGES_NORMALS
    return Compared(estimate, estimate - reach * error, estimate + reach * error, adjusted, wide * error, p_error)


def _by_tables(table: Array, statistic: Array) -> tuple[Array, Array]:
    """Return adjusted p values and how many standard errors joint intervals reach: the smallest p of a table is held against those of all."""
    center, error, _ = superiority(drawn(table))
    with np.errstate(divide="ignore", invalid="ignore"):
        null = np.round(np.nan_to_num(np.abs(center - 0.5) / error), 9)[:, : len(statistic)]
    at_hand = np.round(statistic, 9)
    beyond = np.array(
        [[(null[:, c] >= value).sum() for value in null[:, c]] for c in range(null.shape[1])]
    )  # contrast, table
    smallest = np.sort(beyond.min(axis=0))
    own = np.array([1 + (null[:, c] >= at_hand[c]).sum() for c in range(len(at_hand))])
    adjusted = (1 + (smallest[None, :] <= own[:, None]).sum(axis=1)) / (TABLES + 1)
    # The largest tail at which no more than one table in twenty has a smaller one.
    allowed = smallest[int(0.05 * (TABLES + 1)) - 1] - 2
    return adjusted, np.sort(null, axis=0)[::-1][allowed]


def _by_normals(table: Array, statistic: Array, df: Array) -> tuple[Array, Array, Array]:
    values, vectors = np.linalg.eigh(correlation(table))
    root = vectors * np.sqrt(np.maximum(values, 0))
    draws = np.random.default_rng(SEED).standard_normal((NORMALS, len(values))) @ root.T
    least = np.sort(2 * norm.sf(np.abs(draws).max(axis=1)))
    own = 2 * student.sf(statistic, df)
    adjusted = np.searchsorted(least, own, side="right") / NORMALS
    adjusted = np.where(own < 1e-4, np.minimum(adjusted + 1 / PAGES_NORMALS, len(own) * own), adjusted)
    return adjusted, *_reaches(least, PAGES_NORMALS, lambda p: student.ppf(1 - p / 2, df))


def single_step(statistic: Array, correlation: Array) -> tuple[Array, float]:
    """Return adjusted p values of comparisons that are jointly normal, and how many standard errors their joint intervals reach.

    By the pages' own draws, so that where an interval ends can be held to a fraction of a pixel; they are near those of many more.
    """
    order = np.argsort(statistic)
    values, vectors = np.linalg.eigh(correlation[np.ix_(order, order)])
    root = vectors @ np.diag(np.sqrt(np.maximum(values, 0))) @ vectors.T

    def largest(draws: int) -> Array:
        return np.sort(np.abs(np.random.default_rng(SEED).standard_normal((draws, len(values))) @ root).max(axis=1))

    pages, many = largest(PAGES_NORMALS), largest(NORMALS)
    place = PAGES_NORMALS - 1 - (int(0.05 * (PAGES_NORMALS + 1)) - 1)
    assert abs(pages[place] - np.quantile(many, 0.95)) < 0.05
    own = 2 * norm.sf(np.abs(statistic))
    adjusted = np.array([(1 + (pages >= abs(each)).sum()) / (PAGES_NORMALS + 1) for each in statistic])
    beyond = np.abs(statistic) > pages[place]
    return np.where(beyond, np.minimum(adjusted, len(own) * own), adjusted), float(pages[place])


def _reaches(least: Array, draws: int, quantile) -> tuple[Array, Array]:
    """Return how many standard errors joint intervals reach, and how far the pages' draws may be from it."""
    wide = 5 * sqrt(0.05 * 0.95 / draws)
    middle, low, high = (
        quantile(np.quantile(least, 0.05 + shift)) for shift in (0.0, -wide if wide < 0.05 else -0.045, wide)
    )
    return middle, np.maximum(np.abs(low - middle), np.abs(high - middle))


def tests(table: Array) -> dict[str, tuple[float, float]]:
    """Return p of Pearson's test and of Kruskal & Wallis's, each with the pages' simulation error (none: the same tables)."""
    n, sizes = table.sum(), table.sum(axis=1)
    expected = np.outer(sizes, table.sum(axis=0)) / n
    rank = (np.cumsum(table.sum(axis=0)) - table.sum(axis=0) / 2) / n
    away = rank - table.sum(axis=0) @ rank / n
    spread = table.sum(axis=0) @ away**2

    def pearson(tables: Array) -> Array:
        return ((tables - expected) ** 2 / expected).sum(axis=(-2, -1))

    def kruskal(tables: Array) -> Array:
        return (n - 1) * ((tables @ away) ** 2 / sizes).sum(axis=-1) / spread

    found = {}
    for name, statistic, df in (
        ("association", pearson, (table.shape[0] - 1) * (table.shape[1] - 1)),
        ("rank_test", kruskal, table.shape[0] - 1),
    ):
        value = statistic(table)
        if small(table):
            p = float((1 + (statistic(drawn(table)) >= value - 1e-9).sum()) / (1 + TABLES))
            found[name] = p, 0.0
        else:
            found[name] = float(chi2.sf(value, df)), 0.0
    return found
