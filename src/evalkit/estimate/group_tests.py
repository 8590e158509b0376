"""Tests of whether groups answer alike: of the answers as they are, and of their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import chi2, f, t

from ..errors import EstimationError, UsageError, one_of
from .asked import ordered_columns
from .cells import Cells, Source, read_source
from .chance import LEAST_DF, by_chance, is_small, permutation_p
from .design import Floats, names_of

By = str | Sequence[str]
Method = Literal["default", "survey"]


def association_test(
    data: Any,
    item: str,
    by: By,
    *,
    weights: Any = None,
    strata: str | Sequence[str] | None = None,
    cluster: str | Sequence[str] | None = None,
    fpc: Any = None,
    method: Method = "default",
) -> pd.DataFrame:
    """Test whether answers depend on the group: Pearson's test, of weighted samples with Rao & Scott's correction.

    Parameters
    ----------
    data, item, by, weights, strata, cluster, fpc
        As in `proportions`; those without an answer or a group are left out, and of a release groups with a hidden count.
    method
        'survey' is R's variant, which rejects too often where cells are empty.

    Returns
    -------
    pandas.DataFrame
        One row: `term` ('rao_scott'), `contrast, statistic` (F; of a simple sample chi-squared over its degrees of freedom),
        `df, p_value, n`, and `df_denominator`. Below 10 degrees of freedom of the design there is no test: they are missing.

    Raises
    ------
    EstimationError
        When fewer than two groups or answers occur.

    Notes
    -----
    A simple sample: Pearson's chi-squared, against 1,999 tables with the same margins (always the same ones) where groups
    are small or answers rare; other samples of up to 2,000 people are then held against 999 deals of the answers, as alike
    within clusters as those at hand. Else Rao & Scott (1984), second order, F of Thomas & Rao (1987), the variance of the
    contrasts of independence taken as it is under independence, so that empty cells do no harm. 'survey':
    `survey::svychisq(statistic = "F")`.

    Examples
    --------
    >>> association_test(responses, "belonging", "unit")
    """
    source = read_source(data, weights, strata, fpc, cluster)
    cells = compared_cells(source, item, names_of(by), calibrated=method == "survey")
    return _table(association(cells, f"{item} by {by_name(by)}", _checked(method)))


def association(cells: Cells, where: str, method: Method = "default") -> dict[str, Any]:
    """Return `association_test` of sums by group and answer."""
    table = cells.w.sum(axis=0)
    share = table / table.sum()
    expected = np.outer(share.sum(axis=1), share.sum(axis=0))
    pearson = float(((share - expected) ** 2 / expected).sum())
    row = {"term": "rao_scott", "contrast": where, "n": cells.n.sum()}
    if method == "default" and cells.design.plain:
        df = float((share.shape[0] - 1) * (share.shape[1] - 1))
        found = {"statistic": pearson * table.sum() / df, "df": df, "df_denominator": np.nan}
        return _row(row | found | {"p_value": _pearson_p(cells, pearson, df)}, cells)
    effects = _effects_survey(cells, share) if method == "survey" else _effects_null(cells, share)
    trace, squares = float(np.trace(effects)), float((effects * effects.T).sum())
    if method == "survey":
        df, rows = trace**2 / squares, cells.design.size.sum() - cells.design.strata
    else:
        rows = cells.design.df
        df = _satterthwaite(trace, squares, rows, len(effects))
    statistic, denominator = pearson / trace, df * rows
    null = by_chance(cells, _rao_scott) if method == "default" else None
    p = float(f.sf(statistic, df, denominator)) if null is None else permutation_p(statistic, null)
    found = {"statistic": statistic, "df": df, "df_denominator": denominator, "p_value": p}
    return _row(row | found, cells, method)


def _satterthwaite(trace: float, squares: float, rows: float, most: int) -> float:
    """Return the degrees of freedom of a quadratic form, by the trace of an estimated covariance and of its square.

    The covariance rests on `rows` units: its square is too large by its own error, which is taken off (as of a Wishart matrix).
    """
    true = rows**2 / ((rows - 1) * (rows + 2)) * (squares - trace**2 / rows) if rows > 1 else 0.0
    return float(min(trace**2 / true, most)) if true > trace**2 / most else float(most)


def _pearson_p(cells: Cells, pearson: float, df: float) -> float:
    table, total = cells.n.sum(axis=0), cells.n.sum()
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / total
    null = by_chance(cells, lambda dealt: np.einsum("tgc,gc->t", dealt.n[:, 0] ** 2, 1 / expected) / total - 1)
    return float(chi2.sf(pearson * total, df)) if null is None else permutation_p(pearson, null)


def _rao_scott(cells: Cells) -> Floats:
    """Return Pearson's statistic over its expectation under independence: over the variances of the cells' residuals."""
    w = cells.w.sum(axis=-3)
    total = w.sum(axis=(-1, -2), keepdims=True)
    row, column = w.sum(axis=-1, keepdims=True) / total, w.sum(axis=-2, keepdims=True) / total
    expected = row * column
    variances = cells.variance_of_products(np.eye(w.shape[-2]) - row, np.eye(w.shape[-1]) - column.swapaxes(-1, -2))
    residuals = ((w - total * expected) ** 2 / expected).sum(axis=(-1, -2))
    return np.asarray(residuals / (variances.reshape(w.shape) / expected).sum(axis=(-1, -2)))


def _effects_null(cells: Cells, share: Floats) -> Floats:
    """Return Rao & Scott's generalised design effects, times 1 / n, from scores as they are under independence."""
    row, column = share.sum(axis=1), share.sum(axis=0)
    rows, columns = (np.eye(len(p))[1:] - p[1:, None] for p in (row, column))
    scores = np.einsum("ig,jc->ijgc", rows, columns).reshape(-1, *share.shape)
    simple = np.kron(*(np.diag(p[1:]) - np.outer(p[1:], p[1:]) for p in (row, column)))
    return np.asarray(np.linalg.solve(simple, cells.covariance(scores) / cells.w.sum() ** 2))


def _effects_survey(cells: Cells, share: Floats) -> Floats:
    """Return the same as R has them: from the cells' shares as they are."""
    rows, columns = share.shape
    p = share.ravel()
    covariance = cells.covariance((np.eye(p.size) - p[:, None]).reshape(-1, rows, columns)) / cells.w.sum() ** 2
    row, column = np.eye(rows), np.eye(columns)
    main = np.hstack([np.kron(row, np.ones((columns, 1))), np.kron(np.ones((rows, 1)), column)])
    inner = np.kron(row[:, 1:], column[:, 1:])
    contrasts = inner - main @ np.linalg.lstsq(main, inner, rcond=None)[0]
    scaled = contrasts * np.divide(1, p, out=np.zeros_like(p), where=p > 0)[:, None]
    try:
        return np.asarray(np.linalg.solve(contrasts.T @ scaled, scaled.T @ covariance @ scaled))
    except np.linalg.LinAlgError:
        hint = "the default method takes them as they are under independence"
        raise EstimationError("too many cells are empty for R's variant", where="association_test", hint=hint) from None


def rank_test(
    data: Any,
    item: str,
    by: By,
    *,
    weights: Any = None,
    strata: str | Sequence[str] | None = None,
    cluster: str | Sequence[str] | None = None,
    fpc: Any = None,
    method: Method = "default",
) -> pd.DataFrame:
    """Test whether groups answer higher or lower: Kruskal & Wallis's test, of weighted samples an ANOVA of ranks.

    Parameters
    ----------
    data, by, weights, strata, cluster, fpc
        As in `proportions`; those without an answer or a group are left out, and of a release groups with a hidden count.
    item
        An item with ordered answers, or a column of numbers.
    method
        'survey' is R's variant, which rejects too often where there are many groups or small ones.

    Returns
    -------
    pandas.DataFrame
        One row: `term` ('rank'), `contrast, statistic` (F; of a simple sample chi-squared over its degrees of freedom), `df,
        p_value, n`, and `df_denominator`; of 'survey' and two groups `estimate` (second less first in mean rank, from 0 to
        1), `std_error`, and t as `statistic`. Missing where nothing tells how sure a difference is (groups each of one mind),
        and below 10 degrees of freedom of the design.

    Raises
    ------
    UsageError
        When the answers have no order.
    EstimationError
        When fewer than two groups occur, or all gave one answer.

    Notes
    -----
    A simple sample: Kruskal & Wallis (1952) with ties, against 1,999 tables with the same margins (always the same ones)
    where groups are small or answers rare, other samples against deals of the answers (see `association_test`). Else the ANOVA-type statistic of Brunner, Dette & Munk (1997) on estimated
    population ranks, with their denominator degrees of freedom, at most those of the design. 'survey': Lumley & Scott (2013),
    `survey::svyranktest`.

    Examples
    --------
    >>> rank_test(responses, "belonging", "role")
    >>> rank_test(responses, "belonging", "role", method="survey")
    """
    source, names = read_source(data, weights, strata, fpc, cluster), names_of(by)
    where = f"{item} by {by_name(by)}"
    cells = ordered_cells(source, item, compared_cells(source, item, names))
    if _checked(method) == "survey":
        return _table(_survey_ranks(source, item, names, cells, where))
    return _table(ranks(cells, where))


def ranks(cells: Cells, where: str) -> dict[str, Any]:
    """Return `rank_test` of sums by group and answer, answers low to high."""
    score = mid_ranks(cells.w.sum(axis=(0, 1)))
    row = {"term": "rank", "contrast": where, "n": cells.n.sum()}
    found = _kruskal(cells, score) if cells.design.plain else _anova_of_ranks(cells, score)
    return _row(row | found, cells)


def mid_ranks(weight: Floats) -> Floats:
    """Return the estimated rank in the population of each answer, low to high, from 0 to 1; equal answers share theirs."""
    below = np.cumsum(weight, axis=-1) - weight / 2
    return np.asarray(below / weight.sum(axis=-1, keepdims=True))


def _kruskal(cells: Cells, score: Floats) -> dict[str, float]:
    """Return Kruskal & Wallis's test."""
    table = cells.n.sum(axis=0)
    size, total = table.sum(axis=1), table.sum()
    away = score - table.sum(axis=0) @ score / total
    spread = float(table.sum(axis=0) @ away**2)

    def statistic(tables: Floats) -> Floats:
        return np.asarray((total - 1) * ((tables @ away) ** 2 / size).sum(axis=-1) / spread)

    h, df = float(statistic(table)), float(len(size) - 1)
    null = by_chance(cells, lambda dealt: statistic(dealt.n[:, 0]))
    p = float(chi2.sf(h, df)) if null is None else permutation_p(h, null)
    return {"statistic": h / df, "df": df, "p_value": p, "df_denominator": np.nan}


def _anova_of_ranks(cells: Cells, score: Floats) -> dict[str, float]:
    """Return the ANOVA-type statistic of the groups' mean ranks."""
    mean, covariance = cells.group_means(score)
    size = cells.n.sum(axis=(0, 2))
    if cells.clusters is None:  # each group is a sample of its own
        with np.errstate(divide="ignore", invalid="ignore"):
            covariance *= np.sqrt(np.outer(size / (size - 1), size / (size - 1)))
    else:
        size = (cells.clusters.sum(axis=2) > 0).sum(axis=0)
    each = covariance.diagonal()
    centred = covariance - covariance.mean(axis=0)
    trace, squares = float(np.trace(centred)), float((centred * centred.T).sum())
    if not trace > 1e-12 * float(np.max(score)) ** 2:
        return dict.fromkeys(("statistic", "df", "p_value", "df_denominator"), np.nan)
    statistic, df = float(((mean - mean.mean()) ** 2).sum()) / trace, trace**2 / squares
    with np.errstate(divide="ignore", invalid="ignore"):
        own = float(each.sum() ** 2 / np.where(each > 0, each**2 / (size - 1), 0).sum())
    denominator = min(own, cells.design.df)
    null = by_chance(cells, _anova_statistic)
    p = float(f.sf(statistic, df, denominator)) if null is None else permutation_p(statistic, null)
    return {"statistic": statistic, "df": df, "p_value": p, "df_denominator": denominator}


def _anova_statistic(cells: Cells) -> Floats:
    """Return the ANOVA-type statistic of answers dealt out anew."""
    w, size = cells.w.sum(axis=-3), cells.n.sum(axis=(-1, -3))[..., None]
    score, total = mid_ranks(w.sum(axis=-2))[..., None, :], w.sum(axis=-1, keepdims=True)
    mean = (w * score).sum(axis=-1, keepdims=True) / total
    with np.errstate(divide="ignore", invalid="ignore"):
        away = (score - mean) / total * (np.sqrt(size / (size - 1)) if cells.clusters is None else 1.0)
        one = np.eye(w.shape[-2])[:, :, None] * away[..., None, :, :]
        each = cells.variance(np.concatenate([one, away[..., None, :, :]], axis=-3))  # the groups, and their sum
        trace = each[..., :-1].sum(axis=-1) - each[..., -1] / w.shape[-2]
        return np.asarray(((mean - mean.mean(axis=-2, keepdims=True)) ** 2).sum(axis=(-1, -2)) / trace)


def _survey_ranks(source: Source, item: str, names: tuple[str, ...], cells: Cells, where: str) -> dict[str, Any]:
    """Return R's rank test: a Wald test of the groups' mean ranks, those of equal answers in the order of the rows."""
    if source.released:
        mean, covariance = cells.group_means(mid_ranks(cells.w.sum(axis=(0, 1))))
        ddf = float(cells.n.sum()) - 1 - (len(mean) - 1)
    else:
        mean, covariance, ddf = _row_ranks(source, item, names, cells)
    return {"term": "rank", "contrast": where, **_wald(mean, covariance, ddf), "n": cells.n.sum()}


def _row_ranks(source: Source, item: str, names: tuple[str, ...], cells: Cells) -> tuple[Floats, Floats, float]:
    """Return the groups' mean ranks, their covariance, and the denominator's degrees of freedom, from rows."""
    design, order = source.design, list(source.sample.order(item) or ())
    answers, groups = source.sample.coded(item), source.sample.crossed(names)
    place = np.array([*(order.index(level) for level in answers.levels), -1])[answers.positions]
    group = np.array([*(cells.groups.index(g) if g in cells.groups else -1 for g in groups.levels), -1])[
        groups.positions
    ]
    inside = (place >= 0) & (group >= 0)
    place, group = place[inside], group[inside]
    counts, weights = design.counts[inside], design.weights[inside]
    mass = counts * weights
    sequence = np.argsort(place, kind="stable")
    before = np.empty_like(mass)
    before[sequence] = np.cumsum(mass[sequence]) - mass[sequence]
    sums = np.bincount(place, counts * (before + mass / 2)) / np.maximum(np.bincount(place, counts), 1)
    score = sums[place] / mass.sum()
    w = np.bincount(group, mass)
    mean = np.bincount(group, mass * score) / w
    scores = np.zeros((len(inside), len(w)))
    scores[np.flatnonzero(inside), group] = weights * (score - mean[group]) / w[group]
    used = weights > 0
    units = counts[used].sum() if design.cluster is None else len(np.unique(design.cluster[inside][used]))
    ddf = units - len(np.unique(design.stratum[inside][used])) - (len(w) - 1)
    return mean, design.covariance(scores), float(ddf)


def _wald(mean: Floats, covariance: Floats, ddf: float) -> dict[str, float]:
    """Return t of the difference of two means, or F of the equality of more; missing where their variance is not known."""
    contrast = np.hstack([-np.ones((len(mean) - 1, 1)), np.eye(len(mean) - 1)])
    difference, spread = contrast @ mean, contrast @ covariance @ contrast.T
    df, known = float(len(difference)), np.linalg.matrix_rank(spread, hermitian=True) == len(difference)
    if len(mean) == 2:
        error = float(np.sqrt(spread[0, 0]))
        statistic = float(difference[0]) / error if known else np.nan
        p_value = 2 * float(t.sf(abs(statistic), ddf))
        return {"estimate": difference[0], "std_error": error, "statistic": statistic, "df": ddf, "p_value": p_value}
    statistic = float(difference @ np.linalg.solve(spread, difference)) / df if known else np.nan
    return {"statistic": statistic, "df": df, "p_value": float(f.sf(statistic, df, ddf)), "df_denominator": ddf}


def compared_cells(source: Source, item: str, names: tuple[str, ...], calibrated: bool = False) -> Cells:
    """Return the sums of those groups that are known and the answers that occur.

    Raked weights are taken as given where groups are small, unless they are to stay `calibrated`: what the margins explain of a
    few answers is nothing to go by.

    Raises
    ------
    EstimationError
        When fewer than two of either are left.
    """
    cells = source.cells(item, names)
    source.check(item)
    weight = cells.w.sum(axis=0)
    groups = weight.sum(axis=1) > 0
    answers = weight[groups].sum(axis=0) > 0
    if groups.sum() < 2 or answers.sum() < 2:
        where, expected = f"{item} by {by_name(names)}", "two groups and two answers or more"
        raise EstimationError("there is nothing to compare", where=where, expected=expected)
    known = cells.of(groups, answers)
    if source.released:
        return replace(known, design=type(known.design).simple(float(known.n.sum()), known.design.effect))
    if known.rows_at is not None and known.units is not None and not calibrated and is_small(known.n.sum(axis=0)):
        return replace(known, design=replace(known.design, calibration=None), rows_at=None)
    return known


def ordered_cells(source: Source, item: str, cells: Cells) -> Cells:
    """Return the sums with the answers low to high.

    Raises
    ------
    UsageError
        When the answers have no order.
    """
    order = source.sample.order(item)
    if order is None:
        raise UsageError("the answers have no order", where=item, hint="use association_test, or give `categories`")
    return cells.of(slice(None), [cells.answers.index(level) for level in order if level in cells.answers])


def by_name(by: By) -> str:
    """Return what groups are called: `unit x role`."""
    return " x ".join(names_of(by))


def _checked(method: str) -> Method:
    one_of(method, ("default", "survey"), "test")
    return "survey" if method == "survey" else "default"


def design_df(cells: Cells) -> float:
    """Return the degrees of freedom of the design, among those who are compared."""
    return float(cells.n.sum()) - 1 if cells.design.plain else cells.design.df


def _row(row: dict[str, Any], cells: Cells, method: Method = "default") -> dict[str, Any]:
    """Return a test; without figures where the design has too few degrees of freedom."""
    if method == "default" and design_df(cells) < LEAST_DF:
        row |= dict.fromkeys(("statistic", "p_value", "df", "df_denominator"), np.nan)
    return row


def _table(row: dict[str, Any]) -> pd.DataFrame:
    return ordered_columns(pd.DataFrame([row]))
