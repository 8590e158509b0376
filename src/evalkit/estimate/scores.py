"""Means, top-two shares and net scores of ordered answers, and the reliability of a battery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import t

from ..errors import EstimationError, UsageError, one_of
from .asked import By, asked_for, given, in_turn, ordered_columns
from .cells import Source, Spread, group_name, is_release, read_source
from .design import Floats, Sample, names_of, read_sample
from .intervals import checked_level
from .shares import bare_cells

Scores = Literal["rank", "top_two", "net"] | Mapping[Any, float]


def means(
    data: Any,
    item: Any,
    by: By = None,
    *,
    scores: Scores = "rank",
    weights: Any = None,
    frame: Any = None,
    strata: str | Sequence[str] | None = None,
    cluster: str | Sequence[str] | None = None,
    fpc: Any = None,
    level: float = 0.95,
    detail: bool = False,
) -> pd.DataFrame:
    """Estimate the mean score of an item in all or in groups, missing answers left out.

    Parameters
    ----------
    data, by, weights, frame, strata, cluster, fpc, level, detail
        As in `proportions`.
    item
        An item, a question, or several, or columns of numbers of a data frame (then `scores` is not used). Of a number the mean is
        of the numbers, from a release of its bands, each of which counts as its middle or as its `score` says.
    scores
        'rank' (1 for the lowest answer, and so on, or as the codebook's `score` and `index` say), 'top_two' (share of the two highest), 'net' (the share of the two
        highest less that of the two lowest; of four answers or more, else highest less lowest), or a number for each
        answer.

    Returns
    -------
    pandas.DataFrame
        `term, group, category, estimate, std_error, df, conf_low, conf_high, n`, in detail also `sampling_fraction,
        deff` and the figures without FPC, as in `proportions`; `category` is the score's name. `df` is respondents less strata,
        within the group. A group of nobody, and one of which a release hides a count, have missing figures.

    Raises
    ------
    UsageError
        When the answers have no order and no scores are given.

    Notes
    -----
    R: `survey::svymean`, `svyby`; `confint(df = degf(subset(design)))`.

    Examples
    --------
    >>> means(responses, "belonging", by="unit")
    >>> means(responses, "belonging", scores="net")
    """
    source = read_source(data, weights, strata, fpc, cluster, frame=frame)
    wanted = asked_for(source.sample, item)
    if not isinstance(item, str):  # of several items those without an order have no score
        wanted = [asked for asked in wanted if _scored(source.sample, asked.term, scores)]
    table = in_turn(by, wanted, lambda asked, names: _means(source, asked.term, names, scores))
    source.check(item)
    asked_of = {"item": item, "by": by, "scores": scores, "weights": weights}
    table = table if table.empty else ordered_columns(with_t_intervals(table, level), names_of(by))
    return given(table, "means", data, detail, **asked_of)


def medians(
    data: Any,
    item: str | Sequence[str],
    by: By = None,
    *,
    weights: Any = None,
    frame: Any = None,
    strata: str | Sequence[str] | None = None,
    cluster: str | Sequence[str] | None = None,
    fpc: Any = None,
    level: float = 0.95,
    detail: bool = False,
) -> pd.DataFrame:
    """Estimate the median of a number in all or in groups: the smallest that at least half do not exceed.

    Parameters
    ----------
    data
        Responses or a data frame; a release has bands alone, of which the median is not known.
    item
        An item of kind number, a column of numbers, or several.
    by, weights, frame, strata, cluster, fpc, level, detail
        As in `means`.

    Returns
    -------
    pandas.DataFrame
        `term, group, estimate, std_error, df, conf_low, conf_high, n`; `std_error` is half the interval over the quantile of t. A
        group of nobody has missing figures.

    Raises
    ------
    UsageError
        When these are released counts, or an item is no number.

    Notes
    -----
    Woodruff's interval: the numbers at the ends of the t interval of the share that does not exceed the median. R:
    `survey::svyquantile(qrule = "math", interval.type = "mean")`.

    Examples
    --------
    >>> years = pd.DataFrame({"years": [1, 2, 4, 8, 16], "role": ["leader", "other", "other", "leader", "other"]})
    >>> float(medians(years, "years").estimate[0])
    4.0
    """
    if is_release(data):
        raise UsageError("the median is not known from bands", where=str(item), hint="give the answers")
    source = read_source(data, weights, strata, fpc, cluster, frame=frame)
    table = in_turn(by, asked_for(source.sample, item), lambda asked, names: _medians(source, asked.term, names, level))
    asked_of = {"item": item, "by": by, "weights": weights}
    return given(ordered_columns(table, names_of(by)), "medians", data, detail, **asked_of)


def _medians(source: Source, term: str, names: tuple[str, ...], level: float) -> pd.DataFrame:
    if not _numeric(source.sample, term, "rank"):
        raise UsageError("this is no number", where=term, hint="use proportions")
    values, groups = row_scores(source.sample, term), source.sample.crossed(names)
    mass = source.design.counts * source.design.weights
    masses = [np.where(groups.positions == g, mass, 0.0) for g in range(len(groups.levels))]
    median = np.array([_quantile(values, own, 0.5) for own in masses])
    reached = values <= np.append(median, np.nan)[groups.positions]
    spread = source.numbers(np.where(np.isfinite(values), reached, np.nan), names)
    share, df = spread.mean[:, 0], spread.df[:, 0]
    q = t.ppf(0.5 + level / 2, np.where(df > 0, df, np.nan))
    half = q * np.sqrt(spread.corrected[:, 0])
    low, high = (
        np.array([_quantile(values, own, at) for own, at in zip(masses, ends, strict=True)])
        for ends in (share - half, share + half)
    )
    labels: dict[str, Any] = {"group": [group_name(group) for group in groups.levels]} if names else {}
    ends = {"std_error": (high - low) / (2 * q), "df": df, "conf_low": low, "conf_high": high}
    return pd.DataFrame({"term": term, **labels, "estimate": median, **ends, "n": spread.size[:, 0]})


def _quantile(values: Floats, mass: Floats, share: float) -> float:
    """Return the smallest number that at least a share of the mass does not exceed; not known below 0 and above 1."""
    kept = np.isfinite(values) & (mass > 0)
    if not kept.any() or not 0 <= share <= 1:
        return float("nan")
    at = np.quantile(values[kept], max(share - 1e-12, 0), weights=mass[kept], method="inverted_cdf")
    return float(at) + 0.0  # never -0


def _means(source: Source, term: str, names: tuple[str, ...], scores: Scores) -> pd.DataFrame:
    """Return the mean of one variable by some groups, with all columns but the intervals."""
    if not source.released and _numeric(source.sample, term, scores):
        groups, spread = source.sample.crossed(names).levels, source.numbers(row_scores(source.sample, term), names)
        labels: dict[str, Any] = {}
    else:
        cells = source.cells(term, names)
        values = level_scores(source.sample, term, cells.answers, scores)
        groups, spread = cells.groups, cells.spread(values[:, None], apart=source.released)
        labels = {"category": scores} if isinstance(scores, str) else {}
    if names:
        labels = {"group": [group_name(group) for group in groups], **labels}
    return pd.DataFrame({"term": term, **mean_columns(spread)}).assign(**labels)


def mean_columns(spread: Spread) -> dict[str, Floats]:
    """Return means with their standard errors, flat arrays by name."""
    with np.errstate(invalid="ignore"):
        error, error_fpc = np.sqrt(spread.variance), np.sqrt(spread.corrected)
    columns = {"estimate": spread.mean, "std_error": error_fpc, "df": spread.df, "n": spread.size}
    columns |= {"sampling_fraction": spread.fraction, "deff": spread.deff, "std_error_without_fpc": error}
    return {name: np.ravel(values) for name, values in columns.items()}


def _scored(sample: Sample, item: str, scores: Scores) -> bool:
    variable = sample.known(item)
    if isinstance(scores, Mapping):
        return True
    if variable is None:
        return sample.order(item) is not None
    return variable.graded if scores != "rank" else variable.scores is not None


def _numeric(sample: Sample, item: str, scores: Scores) -> bool:
    """Return whether an item is a number, of which the scores of its bands are not asked."""
    variable = sample.known(item)
    if variable is not None:
        return variable.item.kind == "number" and scores == "rank"
    return pd.api.types.is_numeric_dtype(sample.column(item))


def row_scores(sample: Sample, item: str) -> Floats:
    """Return each row's score on an item, NaN where it has no category."""
    if _numeric(sample, item, "rank"):
        return sample.column(item).to_numpy(dtype=float, na_value=np.nan)
    answers = sample.coded(item)
    return np.asarray(np.append(level_scores(sample, item, answers.levels, "rank"), np.nan)[answers.positions])


def level_scores(sample: Sample, item: str, answers: tuple[Any, ...], scores: Scores) -> Floats:
    """Return the score of each of an item's answers, in the order given."""
    variable = sample.known(item)
    declared = variable.scores if variable is not None and scores == "rank" else None
    table = scores if isinstance(scores, Mapping) else declared or named_scores(sample.order(item), scores, item)
    absent = [level for level in answers if level not in table]
    if absent:
        raise UsageError("an answer has no score", where=item, got=absent[0], expected="a number for each answer")
    return np.array([float(table[level]) for level in answers])


def named_scores(order: tuple[Any, ...] | None, name: str, item: str) -> dict[Any, float]:
    """Return the score of each answer, from the answers low to high.

    Raises
    ------
    UsageError
        When the answers have no order, or there is no such score.
    """
    if order is None:
        raise UsageError("the answers have no order", where=item, hint="give a score for each answer")
    size = len(order)
    ends = 2 if size >= 4 else 1
    known: dict[str, list[float]] = {
        "rank": [float(i + 1) for i in range(size)],
        "top_two": [float(i >= size - 2) for i in range(size)],
        "net": [float(i >= size - ends) - float(i < ends) for i in range(size)],
    }
    one_of(name, known, "score")
    return dict(zip(order, known[name], strict=True))


def with_t_intervals(table: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Return a table of estimates with t intervals, with and without FPC."""
    q = t.ppf(0.5 + checked_level(level) / 2, table["df"].where(table["df"] > 0))
    columns: dict[str, Any] = {}
    for suffix in ("", "_without_fpc"):
        half = q * table[f"std_error{suffix}"]
        columns |= {f"conf_low{suffix}": table["estimate"] - half, f"conf_high{suffix}": table["estimate"] + half}
    return table.assign(**columns)


def means_from_counts(
    counts: Any,
    scores: Any,
    population: Any = None,
    *,
    respondents: Any = None,
    effect: float | None = None,
) -> pd.DataFrame:
    """Return mean scores with t intervals from counts alone, such as those of a protected table.

    Parameters
    ----------
    counts
        A row a group, a column an answer; a group with a missing (hidden) count has missing figures.
    scores
        The score of each answer.
    population, respondents, effect
        As in `proportions_from_counts`.

    Returns
    -------
    pandas.DataFrame
        `estimate, std_error, df, conf_low, conf_high, n, sampling_fraction` and the figures without FPC, a row a group.

    Notes
    -----
    std_error = sqrt((1 - f) sum c (s - mean)^2 / (n (n - 1))), df = n - 1.
    """
    table = pd.DataFrame(counts).astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    score = np.asarray(scores, dtype=float)
    if score.shape != (table.shape[1],):
        raise UsageError("there is not one score an answer", got=len(score), expected=table.shape[1])
    spread = bare_cells(table, None, population, respondents, effect).spread(score[:, None], apart=True)
    return with_t_intervals(pd.DataFrame(mean_columns(spread)))


def reliability(data: Any, item: Any, level: float = 0.95) -> pd.DataFrame:
    """Estimate a battery's internal consistency, where the study declares that it measures one thing.

    Parameters
    ----------
    data
        Responses, or a data frame; those who answered every row are used.
    item
        A battery with `reliability: true` in the codebook; or its questions, by variable or column.
    level
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        `term` ('alpha', 'omega'), `estimate, conf_low, conf_high, n`. Omega needs three rows or more and has no interval.

    Raises
    ------
    UsageError
        When the item is not declared so, or these are released counts, which do not say who answered what.
    EstimationError
        When fewer than three answered every row, or a row does not vary.

    Notes
    -----
    Cronbach's alpha with Feldt's interval (`pingouin.cronbach_alpha`); McDonald's omega of one factor fitted by maximum
    likelihood (`statsmodels`), (sum l)^2 / ((sum l)^2 + sum psi). R: `psych::alpha`, `psych::omega(nfactors = 1)`.

    Examples
    --------
    >>> reliability(responses, "goals")
    >>> reliability(responses, ["goals_a", "goals_b", "belonging"])
    """
    if is_release(data):
        raise UsageError("released counts do not say who answered what", where=str(item), hint="give the answers")
    sample = read_sample(data, (item,) if isinstance(item, str) else item)
    if isinstance(item, str) and sample.codebook is not None and not sample.codebook.item(item).reliability:
        variables = ", ".join(f"'{name}'" for name in sample.variables(item))
        what = "the study does not declare that this battery measures one thing"
        hint = f"set `reliability: true` in codebook.yml; for a look of your own: reliability(responses, [{variables}])"
        raise UsageError(what, where=item, hint=hint)
    import pingouin

    name = item if isinstance(item, str) else ", ".join(item)
    wide = _complete_rows(sample, item, name)
    alpha, (low, high) = pingouin.cronbach_alpha(data=wide, ci=level)
    rows = [("alpha", float(alpha), float(low), float(high), len(wide))]
    if wide.shape[1] >= 3:
        rows.append(("omega", _omega(wide), np.nan, np.nan, len(wide)))
    table = pd.DataFrame(rows, columns=["term", "estimate", "conf_low", "conf_high", "n"])
    return given(table, "reliability", data, True, item=item)


def _complete_rows(sample: Sample, item: Any, name: str) -> pd.DataFrame:
    wide = pd.DataFrame({term: row_scores(sample, term) for term in sample.variables(item)})
    wide = wide.loc[np.repeat(wide.index, sample.counts.astype(int))].dropna()
    if wide.shape[1] < 2:
        raise EstimationError("one row is no scale", where=name, got=wide.shape[1], expected="two variables or more")
    if len(wide) < 3 or not (wide.std() > 0).all():
        what = "too few answered every row of the battery, or a row does not vary"
        raise EstimationError(what, where=name, got=len(wide))
    return wide


def _omega(wide: pd.DataFrame) -> float:
    from statsmodels.multivariate.factor import Factor

    corr = wide.corr().to_numpy()
    values, vectors = np.linalg.eigh(corr)
    start = vectors[:, -1:] * np.sqrt(values[-1] / 2), np.full(len(corr), 0.5)  # else it is drawn at random
    fit = Factor(corr=corr, n_factor=1, method="ml", nobs=len(wide)).fit(start=start)
    spread = wide.std().to_numpy()
    loadings, unique = fit.loadings[:, 0] * spread, np.asarray(fit.uniqueness) * spread**2
    return float(loadings.sum() ** 2 / (loadings.sum() ** 2 + unique.sum()))
