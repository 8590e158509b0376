"""Means, top-two shares and net scores of ordered answers, and the reliability of a battery."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd

from ..errors import EstimationError, UsageError
from .asked import (
    Asked,
    By,
    asked_for,
    below,
    given,
    in_turn,
    is_release,
    names_of,
    ordered_columns,
    where_it_can_be_had,
)
from .counts import count_cells
from .design import Coded, Design, Floats, Sample, read_design, read_sample
from .intervals import sampling_fraction
from .released import Counts, nothing_released, released_counts
from .shares import NOBODY, group_name, population_of, refuse_design

Scores = Literal["rank", "top_two", "net"] | Mapping[Any, float]


def means(
    data: Any,
    item: Any,
    by: By = None,
    *,
    scores: Scores = "rank",
    weights: Any = None,
    frame: Any = None,
    strata: str | tuple[str, ...] | None = None,
    fpc: Any = None,
    level: float = 0.95,
    detail: bool = False,
) -> pd.DataFrame:
    """Estimate the mean score of an item in all or in groups, missing answers left out.

    Parameters
    ----------
    data, by, weights, frame, strata, fpc, level, detail
        As in `proportions`.
    item
        An item, a question, or several, or columns of numbers of a data frame (then `scores` is not used).
    scores
        'rank' (1 for the lowest answer, and so on), 'top_two' (share of the two highest), 'net' (the share of the two
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
    """
    sample, turns = read_sample(data), in_turn(by)
    wanted = asked_for(sample, item)
    if not isinstance(item, str):  # of a study's questions, those without an order have no score
        wanted = [asked for asked in wanted if sample.order(asked.term) is not None or isinstance(scores, Mapping)]
    if is_release(data):
        refuse_design(weights, strata, fpc)
        make: Callable[..., Iterator[pd.DataFrame]] = partial(_released_means, data, frame=frame, scores=scores)
    else:
        if frame is not None and fpc is not None:
            raise UsageError("the population is given twice", got="frame and fpc", hint="leave one of them out")
        make = partial(_sample_means, sample, read_design(sample, weights, strata, fpc), frame=frame, scores=scores)
    tables = []
    for names in turns or [names_of(by)]:
        found = make([asked for asked in wanted if not (turns and asked.term in names)], names)
        tables += [table.assign(by=names[0]) if turns else table for table in found]
    if not tables:
        return given(pd.DataFrame(columns=["term", "group", "estimate", "n"]), "means", data, detail, item=item, by=by)
    table = with_t_intervals(below(tables), level)
    asked_of = {"item": item, "by": by, "scores": scores, "weights": weights}
    return given(ordered_columns(table, names_of(by)), "means", data, detail, **asked_of)


def _sample_means(
    sample: Sample, design: Design, wanted: Sequence[Asked], names: tuple[str, ...], *, frame: Any, scores: Scores
) -> Iterator[pd.DataFrame]:
    groups = sample.crossed(names)
    for asked in wanted:
        sizes = population_of(sample.study if frame is None else frame, names, groups)
        table = _domain_means(design, groups, row_scores(sample, asked.term, scores), sizes)
        named = isinstance(scores, str) and not _numeric(sample, asked.term)
        yield _labelled(table, asked.term, names, groups, str(scores) if named else None)


def _released_means(
    release: Any, wanted: Sequence[Asked], names: tuple[str, ...], *, frame: Any, scores: Scores
) -> Iterator[pd.DataFrame]:
    """Return means from released counts; missing ones of what is not published."""

    def of(asked: Asked, counts: Counts) -> pd.DataFrame:
        counts = counts.known()
        groups, answers = Coded(NOBODY, counts.groups), Coded(NOBODY, counts.answers)
        scored = level_scores(read_sample(release), asked.term, answers, scores)
        sizes = population_of(release.study if frame is None else frame, names, groups)
        table = means_from_counts(counts.n, scored, sizes, respondents=counts.base)
        return _labelled(table, asked.term, names, groups, scores if isinstance(scores, str) else None)

    return where_it_can_be_had(
        wanted,
        lambda asked: of(asked, released_counts(release, asked.term, names)),
        lambda asked: of(asked, nothing_released(release, asked.term, names)),
    )


def _labelled(
    table: pd.DataFrame, term: str, names: tuple[str, ...], groups: Coded, category: str | None
) -> pd.DataFrame:
    """Return means with the columns that say what they are of."""
    table.insert(0, "term", term)
    if names:
        table.insert(1, "group", [group_name(group) for group in groups.levels])
    return table if category is None else table.assign(category=category)


def _numeric(sample: Sample, item: str) -> bool:
    return sample.codebook is None and pd.api.types.is_numeric_dtype(sample.column(item))


def row_scores(sample: Sample, item: str, scores: Scores = "rank") -> Floats:
    """Return each row's score on an item, NaN where it has no category."""
    if _numeric(sample, item):
        return sample.column(item).to_numpy(dtype=float, na_value=np.nan)
    answers = sample.coded(item)
    return np.asarray(np.append(level_scores(sample, item, answers, scores), np.nan)[answers.positions])


def level_scores(sample: Sample, item: str, answers: Coded, scores: Scores) -> Floats:
    """Return the score of each of an item's answers, in the order of its levels."""
    table = scores if isinstance(scores, Mapping) else named_scores(sample.order(item), scores, item)
    absent = [level for level in answers.levels if level not in table]
    if absent:
        raise UsageError("an answer has no score", where=item, got=absent[0], expected="a number for each answer")
    return np.array([float(table[level]) for level in answers.levels])


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
    if name not in known:
        raise UsageError("there is no such score", got=name, expected=", ".join(known))
    return dict(zip(order, known[name], strict=True))


def _domain_means(design: Design, groups: Coded, values: Floats, sizes: Floats) -> pd.DataFrame:
    """Return weighted domain means with standard errors with and without the finite population correction."""
    kept, w, mean, spread, scatter = _domain_sums(design, groups, values)
    n, known = kept.sum(axis=0), (groups.positions >= 0) & (design.weights > 0)
    respondents = np.bincount(groups.positions[known], design.counts[known], minlength=len(groups.levels))
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = design.factors(fpc=False) @ spread
        if design.corrected:
            fraction = n / (w / float(design.counts @ design.weights) * design.population.sum())
            left, corrected = 1 - fraction, design.factors() @ spread
        else:
            fraction = sampling_fraction(respondents, sizes)
            left = 1 - np.nan_to_num(fraction, nan=0.0)
            corrected = np.where(left == 0, 0 * mean, variance * left)
        simple = scatter / w / (n - 1) * left
        columns = {
            "estimate": mean,
            "std_error": np.sqrt(corrected),
            "df": n - (kept > 0).sum(axis=0),
            "n": n,
            "sampling_fraction": fraction,
            "deff": np.where(simple > 0, corrected / simple, np.nan),
            "std_error_without_fpc": np.sqrt(variance),
        }
    return pd.DataFrame(columns)


def _domain_sums(design: Design, groups: Coded, values: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return respondents (by stratum, group), weight, mean, spread of scores (by stratum, group), and scatter."""
    inside = (groups.positions >= 0) & np.isfinite(values)
    group, count = groups.positions[inside], design.counts[inside]
    weight, y = design.weights[inside], values[inside]
    places = [design.stratum[inside], group]

    def total(numbers: Floats) -> Floats:
        return count_cells(places, (design.strata, len(groups.levels)), count * numbers)

    with np.errstate(invalid="ignore", divide="ignore"):
        w = total(weight).sum(axis=0)
        mean = total(weight * y).sum(axis=0) / w
        z = weight * (y - mean[group]) / w[group]
        spread = total(z**2) - total(z) ** 2 / design.size[:, None]
    scatter = total(weight * (y - mean[group]) ** 2).sum(axis=0)
    return total(np.where(weight > 0, 1.0, 0.0)), w, mean, spread, scatter


def with_t_intervals(table: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Return a table of estimates with t intervals, with and without FPC."""
    from scipy.stats import t

    if not 0 < level < 1:
        raise UsageError("a confidence level is between 0 and 1", got=level)
    q = t.ppf(0.5 + level / 2, table["df"].where(table["df"] > 0))
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
    level: float = 0.95,
) -> pd.DataFrame:
    """Return mean scores with t intervals from counts alone, such as those of a protected table.

    Parameters
    ----------
    counts
        A row a group, a column an answer; a group with a missing (hidden) count has missing figures.
    scores
        The score of each answer.
    population, respondents
        As in `proportions_from_counts`.
    level
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        `estimate, std_error, df, conf_low, conf_high, n, sampling_fraction` and the figures without FPC, a row a group.

    Notes
    -----
    std_error = sqrt((1 - f) sum c (s - mean)^2 / (n (n - 1))), df = n - 1.
    """
    table = pd.DataFrame(counts).astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    score, n = np.asarray(scores, dtype=float), table.sum(axis=1)
    if score.shape != (table.shape[1],):
        raise UsageError("there is not one score an answer", got=len(score), expected=table.shape[1])
    sizes = np.nan if population is None else population
    fraction = sampling_fraction(n if respondents is None else respondents, np.broadcast_to(sizes, n.shape))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = table @ score / n
        variance = (table * (score - mean[:, None]) ** 2).sum(axis=1) / (n * (n - 1))
        left = 1 - np.nan_to_num(fraction, nan=0.0)
        columns = {
            "estimate": mean,
            "std_error": np.sqrt(np.where(left == 0, 0 * mean, variance * left)),
            "std_error_without_fpc": np.sqrt(variance),
            "df": n - 1,
        }
    frame = pd.DataFrame({**columns, "n": n, "sampling_fraction": fraction})
    return with_t_intervals(frame, level)


def reliability(data: Any, item: Any, level: float = 0.95) -> pd.DataFrame:
    """Estimate a battery's internal consistency, where the study declares that it measures one thing.

    Parameters
    ----------
    data
        Responses, or a data frame; those who answered every row are used.
    item
        A battery with `reliability: true` in the codebook; the columns of its rows in a data frame.
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
    """
    if is_release(data):
        raise UsageError("released counts do not say who answered what", where=str(item), hint="give the answers")
    sample = read_sample(data)
    if sample.codebook is not None and not sample.codebook.item(item).reliability:
        raise UsageError(
            "the study does not declare that this battery measures one thing",
            where=item,
            hint="set `reliability: true` in codebook.yml",
        )
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
    if len(wide) < 3 or not (wide.std() > 0).all():
        raise EstimationError(
            "too few answered every row of the battery, or a row does not vary", where=name, got=len(wide)
        )
    return wide


def _omega(wide: pd.DataFrame) -> float:
    from statsmodels.multivariate.factor import Factor

    fit = Factor(corr=wide.corr().to_numpy(), n_factor=1, method="ml", nobs=len(wide)).fit()
    spread = wide.std().to_numpy()
    loadings, unique = fit.loadings[:, 0] * spread, np.asarray(fit.uniqueness) * spread**2
    return float(loadings.sum() ** 2 / (loadings.sum() ** 2 + unique.sum()))
