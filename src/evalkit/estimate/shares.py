"""Shares of answers in all and in groups: `proportions`, batteries, ticks, and cross tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import EstimationError, UsageError, one_of
from ..i18n import Locale
from ..study import NOT_TICKED, TICKED, TOTAL, Study
from .asked import Asked, Base, By, asked_for, below, given, in_turn, ordered_columns, study_of
from .cells import Cells, Groups, Source, Spread, group_name, objects, read_source
from .design import Design, Floats, names_of, read_sample
from .intervals import Method, numbers_of, share_interval


def proportions(
    data: Any,
    item: Any,
    by: By = None,
    *,
    weights: Any = None,
    frame: Any = None,
    strata: str | Sequence[str] | None = None,
    cluster: str | Sequence[str] | None = None,
    fpc: Any = None,
    base: Base | None = None,
    categories: Any = None,
    reading: Any = None,
    method: Method = "wilson",
    level: float = 0.95,
    detail: bool = False,
) -> pd.DataFrame:
    """Estimate the share that gave each answer, in all or in groups, with intervals with and without the FPC.

    Parameters
    ----------
    data
        Responses, a Release, or a data frame (pandas, polars, pyarrow, DuckDB) where a column `count`, if there is one, says how many
        respondents a row stands for.
    item
        An item, a variable, a question or headline of the study, or several of them; a battery and a tick-all-that-apply item
        give a term a row or box, a headline the share of its answers.
    by
        Variables to group by, crossed; those of a study's `groups` each in turn. Respondents whose group is not known are in no
        group, but where shares are of all: there they are one.
    weights
        Sampling weights: a column or values in row order; their scale does not matter. Unweighted by default.
    frame
        How many there are: a data frame with `population` and the groups, or a number for all. Each group's sampling
        fraction is its respondents over its population. The study's by default; NaN for none.
    strata, cluster, fpc
        Columns of the strata, of the clusters that were drawn in them, and of how many respondents (or clusters) each
        stratum has in the population.
    base
        'valid': shares of those who chose a category; 'all': of all respondents, missing codes and blank as answers. By default
        'all' of a question, a headline, a reading and of those who did not know, as in the study's tables, else 'valid'.
    categories
        Answers to be counted together, in one row; 'high' for the upper part of the scale, 'missing' for those who did not
        know. Of several items those that have no such answers are left out.
    reading
        Another reading of the scale by its name, 'as_printed', or several of them; a column `reading` says which.
    method
        'wilson', or R's 'logit', 'beta', 'asin', 'mean'.
    level
        Confidence level.
    detail
        Whether to return more than the estimates: what they are made of, and the interval without the correction.

    Returns
    -------
    pandas.DataFrame
        `term, group, category, estimate, std_error, conf_low, conf_high, n`, a row an answer in print order (answers counted
        together are called 'some + great'); in detail also `count` (respondents, unweighted), `sampling_fraction`, `deff`,
        `std_error_without_fpc, conf_low_without_fpc, conf_high_without_fpc`, and crossed groups in columns of their own. With
        groups in turn a column `by` names the variable. With a frame, `std_error` and the interval hold 'if those who did
        not answer are like those who did'. Where the frame has no size, they are without the correction and
        `sampling_fraction` is missing; where all answered (f = 1) the first is the share itself; a group of nobody, and one of
        which a release hides a part, have missing figures, a sample of one no standard error.

    Raises
    ------
    EstimationError
        When more answered than there are, or no weight is above 0.
    UsageError
        When none of the items is published, or a release is weighted.

    Notes
    -----
    Linearised variance of a domain share; Wilson's interval with n / (deff (1 - f)), deff against simple random
    sampling without replacement (by Kish's formula where the share is 0 or 1). R: `survey::svymean`, `svyby`,
    `svyciprop`.

    Examples
    --------
    >>> proportions(responses, "belonging", by="role")
    >>> proportions(release, "belonging", by="role", categories=["some", "great"])
    >>> proportions(release, survey.headlines)
    """
    source = read_source(data, weights, strata, fpc, cluster, frame=frame)
    wanted = asked_for(source.sample, item, categories, base, reading)
    table = in_turn(by, wanted, lambda asked, names: _shares(source, asked, names, method, level))
    source.check(item)
    asked_of = {"item": item, "by": by, "categories": categories, "base": base, "reading": reading, "weights": weights}
    return given(ordered_columns(table, names_of(by)), "proportions", data, detail, **asked_of)


def _shares(source: Source, asked: Asked, names: tuple[str, ...], method: Method, level: float) -> pd.DataFrame:
    """Return the shares of what is asked by some groups, with all columns."""
    cells = source.cells(asked.term, names, missing=asked.base == "all")
    parts = asked.parts or {code: (code,) for code in cells.answers}
    for code in (code for codes in parts.values() for code in codes):
        one_of(code, cells.answers, "answer", asked.term)
    scores = np.array([[answer in codes for codes in parts.values()] for answer in cells.answers], dtype=float)
    columns = share_columns(cells.spread(scores), cells.counts(scores), method, level)
    return pd.DataFrame({**_labels(asked, names, cells.groups, tuple(parts)), **columns})


def share_columns(spread: Spread, counts: Floats, method: Method = "wilson", level: float = 0.95) -> dict[str, Floats]:
    """Return shares with both of their intervals, flat arrays by name: groups one after the other, answers within them."""
    parts = spread.size, spread.rows[:, None], spread.df, spread.fraction
    size, rows, df, fraction = (np.broadcast_to(part, spread.mean.shape) for part in parts)
    with np.errstate(invalid="ignore", divide="ignore"):
        effective, effective_fpc = (size / ratio for ratio in spread.ratios())
        error, error_fpc = np.sqrt(spread.variance), np.sqrt(spread.corrected)
    clustered = spread.design.cluster is not None
    low, high = share_interval(spread.mean, error_fpc, effective_fpc, df, method, level, rows, clustered)
    columns = {"estimate": spread.mean, "std_error": error_fpc, "conf_low": low, "conf_high": high, "n": size}
    low, high = share_interval(spread.mean, error, effective, df, method, level, rows, clustered)
    columns |= {"count": counts, "sampling_fraction": fraction, "deff": spread.deff, "std_error_without_fpc": error}
    columns |= {"conf_low_without_fpc": low, "conf_high_without_fpc": high}
    return {name: np.ravel(values) for name, values in columns.items()}


def bare_cells(
    counts: Floats, base: Floats | None, population: Any, respondents: Any, effect: float | None = None
) -> Cells:
    """Return bare counts (a row a group, a column an answer) as cells, each group a sample of its own."""
    n, size = counts[None], counts.sum(axis=1) if base is None else base
    q = n * (effect or 1.0)
    people = size if respondents is None else np.broadcast_to(numbers_of(respondents), size.shape)
    sizes = np.broadcast_to(numbers_of(np.nan if population is None else population), size.shape)
    groups: Groups = tuple((place,) for place in range(len(counts)))
    answers = tuple(range(counts.shape[1]))
    return Cells(Design.simple(np.nan, effect), groups, answers, n, n, q, n, people, sizes, base=base)


def proportions_from_counts(
    counts: Any,
    base: Any,
    population: Any = None,
    *,
    respondents: Any = None,
    effect: float | None = None,
) -> pd.DataFrame:
    """Return shares with intervals from counts alone, such as those of a protected table.

    Parameters
    ----------
    counts
        How many gave the answer; any length, missing (hidden) counts give missing figures.
    base
        How many the share is of; one for all, or one each.
    population
        How many there are in the group, by the frame; missing where unknown.
    respondents
        How many in the group answered the survey, when that is more than `base` (some did not answer the question).
    effect
        The design effect of weighted answers, by which variances are multiplied (see `SafeTable`).

    Returns
    -------
    pandas.DataFrame
        The columns of `proportions` in detail, a row a count. Where the population is unknown there is no correction, and
        `sampling_fraction` is missing. A base of 0 gives missing figures, of one no standard error.

    Raises
    ------
    EstimationError
        When a count is above its base, or more answered than there are.

    Notes
    -----
    Wilson's interval with n / (1 - f), f = respondents / population; std_error = sqrt((1 - f) p(1-p) / (n - 1)).
    """
    count, size = np.broadcast_arrays(np.atleast_1d(numbers_of(counts)), np.atleast_1d(numbers_of(base)))
    if (count > size + 1e-9).any() or (count < 0).any():
        raise EstimationError("a count is above its base, or below 0", expected="counts from 0 to their base")
    spread = bare_cells(count[:, None], size, population, respondents, effect).spread(np.ones((1, 1)), apart=True)
    return pd.DataFrame(share_columns(spread, count[:, None]))


def _labels(
    asked: Asked, names: tuple[str, ...], groups: Groups, categories: tuple[Any, ...]
) -> dict[str, npt.NDArray[Any]]:
    """Return the columns that say what each share is of."""
    times, size = len(categories), len(groups)
    columns = {"term": np.full(size * times, asked.term, dtype=object)}
    if asked.reading is not None:
        columns["reading"] = np.full(size * times, asked.reading, dtype=object)
    if names:
        columns["group"] = np.repeat(objects([group_name(group) for group in groups]), times)
    columns["category"] = np.tile(objects(categories), size)
    if len(names) > 1:
        columns |= {name: np.repeat(objects([group[i] for group in groups]), times) for i, name in enumerate(names)}
    return columns


def crosstab(data: Any, item: str, by: By = None, *, language: str | None = None, **options: Any) -> pd.DataFrame:
    """Return an item by groups as one would print it: row per cent with labels, a row a group, everyone last.

    Parameters
    ----------
    data, by
        As in `proportions`.
    item
        One variable.
    language
        Of the labels; the study's first by default.
    options
        As in `proportions`.

    Returns
    -------
    pandas.DataFrame
        A column a group (labels; crossed groups joined by ' / '), a column an answer (per cent of the row), and `n`. What a
        release hides is missing. The test of independence stands in `.attrs["test"]` (`statistic, df, df_denominator, p_value`),
        empty where there is nothing to compare; see `association_test`.

    Examples
    --------
    >>> crosstab(responses, "belonging", "role")
    >>> crosstab(responses, "belonging", "role").attrs["test"]["df"]
    4.0
    """
    names, study = names_of(by), study_of(data)
    tables = [
        pd.DataFrame(proportions(data, item, one, detail=True, **options)) for one in ([by] if names else []) + [None]
    ]
    long = below([tables[0], tables[-1].assign(group=TOTAL)] if names else [tables[0].assign(group=TOTAL)])
    label = partial(_label, study, study.language(language) if study else "")
    answers, groups = (list(dict.fromkeys(long[name])) for name in ("category", "group"))
    wide = long.pivot_table(sort=False, dropna=False, index="group", columns="category", values="estimate")
    wide = 100 * wide.loc[groups, answers]
    wide.columns = pd.Index([label(item, code) for code in answers])
    stub = " / ".join(map(label, names or (item,)))
    wide = wide.assign(n=long.drop_duplicates("group").set_index("group")["n"]).reset_index(names=stub)
    wide[stub] = [_group_label(label, names, group, study, language) for group in wide[stub]]
    made = given(wide, "crosstab", data, True, item=item, by=by)
    made.attrs["test"] = _independence(data, item, names, options) if names else {}
    return made


def _independence(data: Any, item: str, names: tuple[str, ...], options: Mapping[str, Any]) -> dict[str, float]:
    """Return the test of independence; empty where there is nothing to compare."""
    from .group_tests import association_test

    design = {name: options[name] for name in ("weights", "strata", "cluster", "fpc") if name in options}
    try:
        row = association_test(data, item, names, **design).iloc[0]
    except EstimationError:
        return {}
    return {name: float(row[name]) for name in ("statistic", "df", "df_denominator", "p_value")}


def _label(study: Study | None, language: str, name: str, code: Any = None) -> str:
    """Return what a variable, or one of its levels, is called by the codebook; of a data frame its own name or value."""
    variable = None if study is None else study.codebook.variables.get(name)
    if variable is None:
        return str(name if code is None else code)
    return variable.label(language) if code is None else variable.category_label(code, language)


def _group_label(
    label: Callable[..., str], names: tuple[str, ...], group: Any, study: Study | None, language: Any
) -> str:
    """Return a group's label; of everyone 'All' in the study's language."""
    if group == TOTAL:
        return Locale(study.language(language)).text("All") if study else "All"
    codes = str(group).split(":") if len(names) > 1 else [group]
    return " / ".join(label(name, code) for name, code in zip(names, codes, strict=True))


def battery(data: Any, item: str | Sequence[str], by: By = None, **options: Any) -> pd.DataFrame:
    """Estimate the share that gave each answer to each row of a battery; options and columns as in `proportions`.

    Raises
    ------
    UsageError
        When the item is no battery.

    Examples
    --------
    >>> battery(responses, "goals", by="role")
    """
    sample = read_sample(data)
    if isinstance(item, str) and (sample.codebook is None or sample.codebook.item(item).kind != "battery"):
        raise UsageError("this is no battery", got=item, hint="name its variables, or use proportions")
    return proportions(data, item, by, **options)


def multiple_response(
    data: Any,
    item: str | Sequence[str],
    by: By = None,
    *,
    of: Literal["respondents", "ticks"] = "respondents",
    **options: Any,
) -> pd.DataFrame:
    """Estimate how many ticked each box of a tick-all-that-apply item, of respondents or of ticks.

    Parameters
    ----------
    data
        Responses or a Release, where a blank means none of the options or unanswered, so that the base is all respondents; or a
        data frame.
    item
        A tick-all-that-apply item; the columns of the boxes of a data frame (True or False, 1 or 0).
    by, options
        As in `proportions`.
    of
        'respondents': the share of them that ticked the box. 'ticks': the box's part of all ticks of the group, without an
        interval; missing where nobody ticked.

    Returns
    -------
    pandas.DataFrame
        As `proportions` (`category` is 'ticked'), a row a box, and one for any box (`<item>_any`, or 'any'). Of ticks,
        `n` is the number of ticks, and there is no row for any box.

    Raises
    ------
    UsageError
        When the item is not of that kind, or a box is neither ticked nor not.

    Examples
    --------
    >>> multiple_response(responses, "measures")
    >>> multiple_response(responses, "measures", of="ticks")
    """
    one_of(of, ("respondents", "ticks"), "base")
    boxed, boxes, anything = _boxes(data, item)
    detail = bool(options.pop("detail", False))
    terms = boxes if of == "ticks" else (*boxes, anything)
    table = pd.DataFrame(proportions(boxed, terms, by, categories=[TICKED], detail=True, **options))
    table = table.assign(category=TICKED)
    asked = {"item": item, "by": by, "of": of}
    return given(_of_ticks(table) if of == "ticks" else table, "multiple_response", data, detail, **asked)


def _of_ticks(table: pd.DataFrame) -> pd.DataFrame:
    """Return shares of respondents as shares of the ticks of their group."""
    groups = [table[name] for name in ("by", "group") if name in table] or pd.Series("", index=table.index)
    shares, ticks = (
        table[name].groupby(groups).transform("sum", min_count=1).where(_all_known(table, groups))
        for name in ("estimate", "count")
    )
    known = ["by", "term", "group", "category", "estimate", "count", "n"]
    own = table.assign(estimate=table["estimate"] / shares.where(shares > 0), n=ticks)
    return own[[name for name in own.columns if name in known]]


def _all_known(table: pd.DataFrame, groups: Any) -> pd.Series:
    """Return whether each row's group has no hidden count."""
    return table["count"].isna().groupby(groups).transform("sum") == 0


def _boxes(data: Any, item: str | Sequence[str]) -> tuple[Any, tuple[str, ...], str]:
    """Return answers with a variable a box and one for any of them, and what these are called."""
    sample = read_sample(data)
    if sample.codebook is not None:
        if not isinstance(item, str) or sample.codebook.item(item).kind != "multiple":
            raise UsageError("this is no tick-all-that-apply item", got=item, hint="use proportions")
        return data, sample.variables(item), f"{item}_any"
    names = (item,) if isinstance(item, str) else tuple(item)
    ticks = {name: _ticks(sample.column(name)) for name in names}
    ticks["any"] = np.any(list(ticks.values()), axis=0)
    levels = pd.CategoricalDtype([TICKED, NOT_TICKED])
    coded = {name: pd.Categorical.from_codes(np.where(ticked, 0, 1), dtype=levels) for name, ticked in ticks.items()}
    return sample.data.assign(**coded), names, "any"


def _ticks(column: pd.Series) -> npt.NDArray[np.bool_]:
    known = column.isin([0, 1])
    if not known.all():
        got, expected = column[~known].iloc[0], "True or False, 1 or 0"
        raise UsageError("a box is neither ticked nor not", where=column.name, got=got, expected=expected)
    return column.to_numpy(dtype=bool)
