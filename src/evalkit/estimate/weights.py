"""Whom the answers stand for: weights raked to known margins, what unequal weights cost, and how evenly groups answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from ..data.design import MAX_ITERATIONS, raked, trimmed
from ..errors import EstimationError, UsageError
from .asked import given, ordered_columns
from .cells import group_name, is_release, population_of, released_response
from .design import Floats, Sample, names_of, read_sample
from .response import responded

Margin = str | tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Target:
    """A margin's levels as positions of the cells, what each is to add up to, and what it is called."""

    positions: npt.NDArray[np.intp]
    totals: Floats
    labels: list[str]


def rake(
    data: Any,
    margins: Sequence[Margin] | Mapping[Any, Mapping[Any, float]],
    *,
    frame: Any = None,
    weights: Any = None,
    incomplete: Literal["raise", "leave_out"] = "raise",
    tolerance: float = 1e-10,
    max_iterations: int = MAX_ITERATIONS,
) -> pd.Series:
    """Weight respondents so that each margin adds up to what is known of the population.

    Parameters
    ----------
    data
        Responses, a data frame (`count`: how many respondents a row stands for), or a release: there the weights are those of
        the crossings of the margins' variables, which they are indexed by.
    margins
        Variables, or tuples of variables that are crossed, whose totals stand in `frame`; or a mapping of them to
        totals by level (`{'role': {'leader': 400, 'staff': 1300}}`; tuples of levels for a crossing). One crossing
        alone is post-stratification.
    frame
        How many there are: the groups and `population`; the study's frame by default.
    weights
        Weights to start from; 1 by default.
    incomplete
        What to do with respondents who are in no level of a margin: 'raise', or 'leave_out' (a weight of 0).
    tolerance
        How near each level has to come, relative to its total.
    max_iterations
        How often all margins are gone through at most.

    Returns
    -------
    pandas.Series
        A weight a row (for each respondent in it), named 'weight'; they add up to the population. Levels are never
        merged and weights never trimmed (see `trim_weights`). `.attrs["raked"]` remembers the margins: given as `weights` to
        an estimate, these weights have the variance of calibration; a column of them is taken as it is. Missing where a
        release hides a margin.

    Raises
    ------
    EstimationError
        When the margins have different totals, a level with people has no respondents or the reverse, or the weights do
        not converge.

    Notes
    -----
    Iterative proportional fitting; Deming & Stephan (1940). R: `survey::rake`, `survey::postStratify`.

    Examples
    --------
    >>> weights = rake(responses, ["unit", "role"])
    >>> proportions(responses, "belonging", weights=weights)
    """
    if is_release(data):
        return _released_weights(data, margins, frame)
    sample = read_sample(data)
    frame = sample.study.frame if frame is None and sample.study is not None else frame
    start = np.ones(len(sample.data)) if weights is None else sample.numbers(weights, "weights")
    targets, outside = _targets(sample, margins, frame)
    if outside.any() and incomplete != "leave_out":
        got, hint = f"{sample.counts[outside].sum():.0f} respondents", "incomplete='leave_out' gives them a weight of 0"
        raise EstimationError("respondents are in no level of a margin", got=got, hint=hint)
    inside = ~outside & (sample.counts > 0)
    _check_levels(targets, inside & (start > 0))
    keys = np.stack([target.positions[inside] for target in targets], axis=-1)
    mass, totals = (start * sample.counts)[inside], [target.totals for target in targets]
    factors, gap = raked(keys, mass, totals, tolerance, max_iterations)
    if gap > tolerance:
        got = f"a margin is off by {gap:.1e} after {max_iterations} iterations"
        hint = "some crossings of the margins have no respondents; use fewer or coarser margins"
        raise EstimationError("the weights do not converge", got=got, expected=f"{tolerance:.0e}", hint=hint)
    weight = np.zeros(len(start))
    weight[inside] = start[inside] * factors
    made = pd.Series(weight, index=sample.data.index, name="weight")
    levels = np.stack([target.positions for target in targets], axis=-1)
    made.attrs["raked"] = Raked(sample.counts, np.where(outside[:, None], levels.max(axis=0) + 1, levels), start)
    return made


@dataclass(frozen=True, eq=False)
class Raked:
    """What stands behind raked weights: how many respondents each is for, their levels in the margins, and weights before."""

    counts: Floats
    margins: npt.NDArray[np.intp]
    start: Floats


def _released_weights(release: Any, margins: Any, frame: Any) -> pd.Series:
    """Return the weight of a respondent in each crossing of the margins' variables."""
    variables = [(margin,) if isinstance(margin, str) else tuple(margin) for margin in margins]
    names = tuple(dict.fromkeys(name for margin in variables for name in margin))
    cells = crossed_response(release, names)
    count, sizes = cells["count"].astype(float), release.study.frame if frame is None else frame
    total = (
        pd.Series(np.nan, cells.index)
        if count.isna().any()
        else rake(cells[list(names)], margins, frame=sizes, weights=count)
    )
    made = (total / count.where(count > 0)).set_axis(pd.MultiIndex.from_frame(cells[list(names)])).rename("weight")
    none = np.zeros((0, len(variables)), dtype=np.intp)
    made.attrs["raked"] = Raked(np.asarray(count, dtype=float), none, np.zeros(0))
    return made


def _targets(sample: Sample, margins: Any, frame: Any) -> tuple[list[_Target], npt.NDArray[np.bool_]]:
    """Return the margins to be met, and which rows are in no level of one of them."""
    if not isinstance(margins, Mapping) and frame is None:
        raise UsageError("the margins' totals are not known", hint="give `frame`, or a mapping of variables to totals")
    targets = []
    for margin in margins:
        names = (margin,) if isinstance(margin, str) else tuple(margin)
        groups = sample.crossed(names)
        if isinstance(margins, Mapping):
            totals = _given_totals(margins[margin], names, groups.levels)
        else:
            totals = population_of(frame, names, groups.levels)
        labels = [f"{', '.join(names)}: {group_name(level)}" for level in groups.levels]
        if np.isnan(totals).any():
            raise EstimationError("a level has no total", where=labels[int(np.isnan(totals).argmax())])
        targets.append(_Target(groups.positions, totals, labels))
    sums = [float(target.totals.sum()) for target in targets]
    if not sums or max(sums) - min(sums) > 1e-9 * max(sums):
        got = ", ".join(f"{total:g}" for total in sums) or "none"
        raise EstimationError("the margins have different totals", got=got)
    return targets, np.any([target.positions < 0 for target in targets], axis=0)


def _given_totals(totals: Mapping[Any, float], names: tuple[str, ...], levels: tuple[tuple[Any, ...], ...]) -> Floats:
    """Return the totals of the levels from a mapping; a level without a total is NaN."""
    known: dict[tuple[Any, ...], float] = {
        key if isinstance(key, tuple) else (key,): float(n) for key, n in totals.items()
    }
    if absent := [key for key in known if key not in levels]:
        what, where = "a level of a margin is not in the sample", ", ".join(names)
        raise EstimationError(what, where=where, got=group_name(absent[0]), hint=_MERGE)
    return np.array([known.get(level, np.nan) for level in levels])


_MERGE = "merge it with another level in the data and in the margin; nothing is merged here"


def _check_levels(targets: list[_Target], used: npt.NDArray[np.bool_]) -> None:
    for target in targets:
        size = np.bincount(target.positions[used], minlength=len(target.totals))
        for label, respondents, total in zip(target.labels, size, target.totals, strict=True):
            if respondents == 0 and total > 0:
                what = "a level of a margin has no respondents"
                raise EstimationError(what, where=label, expected="one or more", hint=_MERGE)
            if respondents > 0 and total <= 0:
                raise EstimationError("a level has respondents and nobody in the population", where=label)


def crossed_response(data: Any, names: tuple[str, ...], frame: Any = None) -> pd.DataFrame:
    """Return the variables, `count` (how many answered) and `population`, a row a crossing with people in it."""
    if is_release(data):
        return _completed(data, names)
    counts, population, levels = responded(data, names, frame)
    cells = pd.DataFrame(list(levels), columns=list(names)).assign(count=counts, population=population)
    return cells[cells["population"] > 0].reset_index(drop=True)


def _completed(release: Any, names: tuple[str, ...]) -> pd.DataFrame:
    """Return the crossing of the frame as released; what is hidden or not published as the released margins imply.

    `count` is not whole where it is implied, and missing where a margin is hidden.
    """
    frame, margins = release.study.frame, {}
    for name in names:
        counts, population, levels = responded(release, name)
        margins[name] = pd.Series(counts, [level[0] for level in levels])[population > 0]
    cells = frame.groupby(list(names), observed=True)["population"].sum().reset_index()
    cells = cells[cells["population"] > 0].astype(dict.fromkeys(names, object)).reset_index(drop=True)
    known = _known_counts(release, names, cells)
    hidden = known.isna()
    if hidden.any() and not any(margin.isna().any() for margin in margins.values()):
        rest, start = cells[hidden], cells.loc[hidden, "population"].astype(float)
        left = {}
        for name, margin in margins.items():
            shown = known.groupby(cells[name]).sum().reindex(margin.index, fill_value=0)
            left[name] = {level: n for level, n in (margin - shown).items() if level in set(rest[name])}
        known = known.fillna(rake(rest[list(names)], left, weights=start).astype(float))
    completed: pd.DataFrame = cells.assign(count=known.astype(float))
    return completed


def _known_counts(release: Any, names: tuple[str, ...], cells: pd.DataFrame) -> pd.Series[float]:
    """Return the released count of each crossing; missing where it is hidden or not published."""
    try:
        groups, counts = released_response(release, names)
    except UsageError:
        return pd.Series(np.nan, index=cells.index)
    found = dict(zip(groups, counts, strict=True))
    return pd.Series([found.get(row, np.nan) for row in cells[list(names)].itertuples(index=False, name=None)])


@dataclass(frozen=True, eq=False)
class Trimming:
    """Trimmed weights, and what the trimming did.

    Parameters
    ----------
    weights
        The weights, with the sum they had.
    raised, lowered
        How many respondents' weights were raised to the lower bound and lowered to the upper.
    moved
        The part of all weight that went from some respondents to others.
    """

    weights: pd.Series
    raised: int
    lowered: int
    moved: float


def trim_weights(weights: pd.Series, lower: float = 0.0, upper: float = np.inf, *, counts: Any = None) -> Trimming:
    """Bring weights within bounds; trimmed weights no longer meet the margins they were raked to.

    Parameters
    ----------
    weights
        Weights; 0 stays 0.
    lower, upper
        Bounds, as multiples of the mean weight before trimming.
    counts
        How many respondents a row stands for; 1 by default.

    Returns
    -------
    Trimming
        The weights within the bounds, scaled to the sum they had, and what was changed.

    Raises
    ------
    UsageError
        When the bounds do not have the mean weight, 1, between them.
    """
    if not 0 <= lower < 1 < upper:
        raise UsageError("the bounds of weights do not have 1 between them", got=f"{lower:g} to {upper:g}")
    w, n = _weights(weights, counts)
    mean = float(n @ w / n[w > 0].sum())
    low, high = (w > 0) & (w < lower * mean), w > upper * mean
    within = trimmed(w, n, lower, upper)
    moved = float(n @ np.abs(within - w) / 2 / (n @ w))
    series = pd.Series(within, index=getattr(weights, "index", None), name="weight")
    return Trimming(series, int(n[low].sum()), int(n[high].sum()), moved)


def design_effect(weights: Any, counts: Any = None) -> float:
    """Return Kish's design effect of unequal weights: how much they widen variances, n sum(w^2) / sum(w)^2.

    Parameters
    ----------
    weights
        A weight a respondent (or a row, with `counts`); those of 0 are left out.
    counts
        How many respondents a row stands for; what `rake` says of its weights, else 1, by default.

    Returns
    -------
    float
        Missing where the weights are, because a release hides a margin.

    Raises
    ------
    EstimationError
        When no weight is above 0, or one is negative or missing.

    Notes
    -----
    Kish (1965), 1 + the squared coefficient of variation. R: `1 + (sd(w) / mean(w))^2` with n in place of n - 1.

    Examples
    --------
    >>> design_effect([1, 1, 1, 1])
    1.0
    """
    if isinstance(getattr(weights, "attrs", {}).get("raked"), Raked) and pd.isna(weights).all():
        return float("nan")
    w, n = _weights(weights, counts)
    return float(n[w > 0].sum() * (n @ w**2) / (n @ w) ** 2)


def _weights(weights: Any, counts: Any) -> tuple[Floats, Floats]:
    w = np.asarray(weights, dtype=float)
    raked = getattr(weights, "attrs", {}).get("raked")
    if counts is None and isinstance(raked, Raked) and len(raked.counts) == len(w):
        counts = raked.counts
    n = np.ones_like(w) if counts is None else np.asarray(counts, dtype=float)
    if not np.isfinite(w).all() or (w < 0).any():
        raise EstimationError("a weight is missing, negative or not finite", where="weights")
    if not (w * n > 0).any():
        raise EstimationError("no respondent has a weight above 0", where="weights", got=f"{n.sum():.0f} respondents")
    return w, n


def r_indicator(data: Any, variables: str | Sequence[str], frame: Any = None, level: float = 0.95) -> pd.DataFrame:
    """Estimate how evenly a group of variables' levels answered: R = 1 - 2 S(response propensity).

    Parameters
    ----------
    data
        Coded answers, a data frame of those who answered, or a release: there a crossing that is hidden or not published is
        taken to be what the released margins imply.
    variables
        Columns of the frame; the propensities are of a logistic model with their main effects.
    frame
        How many there are in each crossing; the study's frame by default.
    level
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        `term, group` (the variables), `estimate, std_error, conf_low, conf_high, n`. Terms: 'R' (bias-adjusted),
        'R_unadjusted', 'CV' (the adjusted S over the mean propensity). 1 is even. It sees only differences between the
        levels of the variables named, and no response that depends on the answer itself. Missing figures where a release hides
        a margin.

    Raises
    ------
    UsageError
        When the frame does not have the variables.
    EstimationError
        When all or none of a level answered, so that its propensity has no finite log odds.

    Notes
    -----
    Shlomo, Skinner & Schouten (2012), for a census of the frame: S^2 is lessened by the mean of z' V z, z = p(1 - p) x
    and V the model's covariance; the standard error is their linearisation. R: the RISQ tools' `getRIndicator`.

    Examples
    --------
    >>> r_indicator(release, "unit")
    """
    names = names_of(variables)
    if not names:
        hint = "add a frame to the study"
        raise EstimationError("there is no group whose size is known", where="r_indicator", hint=hint)
    table = indicator_table(crossed_response(data, names, frame), names, level)
    return given(table, "r_indicator", data, True, variables=names)


def indicator_table(cells: pd.DataFrame, names: tuple[str, ...], level: float) -> pd.DataFrame:
    """Return the indicators of the crossings' counts with intervals; missing where a count is."""
    if cells["count"].isna().any():
        rows, total = [(term, np.nan, np.nan) for term in ("R", "R_unadjusted", "CV")], np.nan
    else:
        rows, total = _indicators(cells, names), cells["population"].sum()
    table = pd.DataFrame(rows, columns=["term", "estimate", "std_error"])
    half = float(ndtri(0.5 + level / 2)) * table["std_error"]
    low, high = table["estimate"] - half, table["estimate"] + half
    return ordered_columns(table.assign(conf_low=low, conf_high=high, n=total, group=", ".join(names)))


def _indicators(cells: pd.DataFrame, names: tuple[str, ...]) -> list[tuple[str, float, float]]:
    """Return term, estimate and standard error of each indicator."""
    counts, population = cells["count"].to_numpy(dtype=float), cells["population"].to_numpy(dtype=float)
    p, x, v = _propensities(counts, population, _main_effects(cells[list(names)]), names)
    total = population.sum()
    share = population / total
    mean, z = float(share @ p), (p * (1 - p))[:, None] * x
    spread = float(share @ (p - mean) ** 2)
    bias = float(share @ np.einsum("ij,jk,ik->i", z, v, z))
    unadjusted, adjusted = spread * total / (total - 1), max(spread * total / (total - 1) - bias, 0.0)
    error = _r_standard_error(p - mean, z, v, share, spread)
    return [
        ("R", 1 - 2 * np.sqrt(adjusted), error),
        ("R_unadjusted", 1 - 2 * np.sqrt(unadjusted), error),
        ("CV", np.sqrt(adjusted) / mean, error / (2 * mean)),
    ]


def _r_standard_error(deviation: Floats, z: Floats, v: Floats, share: Floats, spread: float) -> float:
    """Return sqrt(Var(S^2) / S^2): normal coefficients, to second order."""
    if spread == 0:
        return float("nan")
    centred = z - share @ z
    a = centred.T @ (share * deviation)
    b = (centred * share[:, None]).T @ centred @ v
    return float(np.sqrt((4 * a @ v @ a + 2 * np.trace(b @ b)) / spread))


def _main_effects(cells: pd.DataFrame) -> pd.DataFrame:
    """Return a constant and treatment contrasts of each variable, a row a cell of the frame."""
    dummies = pd.get_dummies(cells.astype(str), drop_first=True, dtype=float)
    dummies.insert(0, "(constant)", 1.0)
    return dummies


def _propensities(
    counts: Floats, population: Floats, design: pd.DataFrame, names: tuple[str, ...]
) -> tuple[Floats, Floats, Floats]:
    """Fit a logistic model of answering; return propensities, model matrix and covariance."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    x = design.to_numpy()
    for column, name in zip(x.T, design.columns, strict=True):
        inside = column > 0
        if not 0 < counts[inside].sum() < population[inside].sum():
            what = "nobody or everybody of a level answered, so that its propensity has no finite log odds"
            hint = "merge the level, or leave the variable out"
            raise EstimationError(what, where=f"{', '.join(names)}: {name}", hint=hint)
    answered = np.repeat([1.0, 0.0], len(x))
    people = np.concatenate([counts, population - counts])
    fit = GLM(answered, np.tile(x, (2, 1)), family=Binomial(), freq_weights=people).fit(tol=1e-12, maxiter=100)
    if not fit.converged:
        raise EstimationError("the model of response did not converge", where=", ".join(names))
    return np.asarray(fit.fittedvalues)[: len(x)], x, np.asarray(fit.cov_params())
