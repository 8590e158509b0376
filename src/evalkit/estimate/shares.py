"""Shares of answers in all and in groups: `proportions`, batteries, ticks, and those who did not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data import Responses
from ..errors import UsageError
from ..study import NOT_TICKED, TICKED
from .counts import Positions, coded_responses
from .design import Coded, Design, Floats, read_design, read_sample
from .intervals import Method, Shares, sampling_fraction

By = str | Sequence[str] | None


def proportions(
    data: Any,
    item: str | Sequence[str],
    by: By = None,
    *,
    weights: Any = None,
    frame: Any = None,
    strata: str | Sequence[str] | None = None,
    fpc: Any = None,
    base: Literal["valid", "all"] = "valid",
    categories: Sequence[Any] | None = None,
    method: Method = "wilson",
    level: float = 0.95,
    detail: bool = False,
) -> pd.DataFrame:
    """Estimate the share that gave each answer, in all or in groups, with intervals with and without the FPC.

    Parameters
    ----------
    data
        Responses, or a data frame (pandas, polars, pyarrow) where a column `count`, if there is one, says how many
        respondents a row stands for.
    item
        An item, a variable, or several variables; a battery and a tick-all-that-apply item give a term a row or box.
    by
        Variables to group by, crossed. Respondents whose group is not known are in no group.
    weights
        Sampling weights: a column or values in row order; their scale does not matter. Unweighted by default.
    frame
        How many there are: a data frame with `population` and the groups, or a number for all. Each group's sampling
        fraction is its respondents over its population.
    strata, fpc
        Columns of the strata, and of the population size of each respondent's stratum, for a stratified sample.
    base
        'valid': shares of those who chose a category; 'all': of all respondents, missing codes and blank as answers.
    categories
        Answers to be counted together, in one row.
    method
        'wilson', or R's 'logit', 'beta', 'asin', 'mean'.
    level
        Confidence level.
    detail
        Whether to return more than the estimates: what they are made of, and the interval without the correction.

    Returns
    -------
    pandas.DataFrame
        `term, group, category, estimate, std_error, conf_low, conf_high, n`, a row an answer in print order; in detail
        also `count` (respondents, unweighted), `sampling_fraction`, `deff`, `std_error_without_fpc,
        conf_low_without_fpc, conf_high_without_fpc`, and crossed groups in columns of their own. With a frame,
        `std_error` and the interval hold 'if those who did not answer are like those who did'. Where the frame has no
        size, they are without the correction and `sampling_fraction` is missing;
        where all answered (f = 1) the first is the share itself; a group of nobody has missing figures, a sample of one
        no standard error.

    Raises
    ------
    EstimationError
        When more answered than there are, or no weight is above 0.

    Notes
    -----
    Linearised variance of a domain share; Wilson's interval with n / (deff (1 - f)), deff against simple random
    sampling without replacement (by Kish's formula where the share is 0 or 1). R: `survey::svymean`, `svyby`,
    `svyciprop`.
    """
    sample, names = read_sample(data), names_of(by)
    if frame is not None and fpc is not None:
        raise UsageError("the population is given twice", got="frame and fpc", hint="leave one of them out")
    design, groups = read_design(sample, weights, strata, fpc), sample.crossed(names)
    domains = Domains(design, groups, population_of(frame, names, groups))
    parts: list[dict[str, Any]] = []
    for term in sample.variables(item):
        answers = sample.coded(term, missing=base == "all")
        shown, scores = _shown(answers, categories, term)
        cells = domains.cells(answers)
        shares = cells.shares(scores)
        labels = _labels(term, names, groups.levels, shown)
        parts.append({**labels, **shares.columns(level, method), "deff": cells.deff(shares)})
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return tidy(ordered_columns(pd.DataFrame(columns), names), detail)


def _shown(answers: Coded, categories: Sequence[Any] | None, term: str) -> tuple[tuple[Any, ...], Floats]:
    """Return the categories to be shown, and which answers each of them counts."""
    if categories is None:
        return answers.levels, np.eye(len(answers.levels))
    answers.refuse_unknown(categories, term)
    together = np.array([level in set(categories) for level in answers.levels], dtype=float)
    return (" + ".join(map(str, categories)),), together[:, None]


def names_of(by: By) -> tuple[str, ...]:
    """Return the grouping variables: none, one or several."""
    return (by,) if isinstance(by, str) else tuple(by or ())


def group_name(level: tuple[Any, ...]) -> Any:
    """Return what a group is called: its level, or its levels joined by ':'."""
    return level[0] if len(level) == 1 else ":".join(map(str, level))


def _labels(
    term: str, names: tuple[str, ...], groups: tuple[Any, ...], categories: tuple[Any, ...]
) -> dict[str, npt.NDArray[Any]]:
    """Return the columns that say what each share is of."""
    times, size = len(categories), len(groups)
    columns = {"term": np.full(size * times, term, dtype=object)}
    if names:
        columns["group"] = np.repeat(_objects([group_name(group) for group in groups]), times)
    columns["category"] = np.tile(_objects(categories), size)
    if len(names) > 1:
        columns |= {name: np.repeat(_objects([group[i] for group in groups]), times) for i, name in enumerate(names)}
    return columns


def _objects(values: Sequence[Any]) -> npt.NDArray[Any]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


ESTIMATES = (
    *("term", "group", "category", "contrast", "estimate", "std_error", "statistic", "df", "p_value"),
    *("conf_low", "conf_high", "n"),
)
"""The columns that every estimate is given in."""
DETAIL = ("count", "sampling_fraction", "deff")


def tidy(table: pd.DataFrame, detail: bool) -> pd.DataFrame:
    """Return the columns that every estimate has, or all in detail."""
    return table if detail else table[[name for name in ESTIMATES if name in table.columns]]


def ordered_columns(table: pd.DataFrame, names: tuple[str, ...] = (), whole: bool = True) -> pd.DataFrame:
    """Return a table with the columns of the contract first, whole numbers as such."""
    first = [name for name in (*ESTIMATES, *DETAIL) if name in table.columns]
    rest = [name for name in table.columns if name not in first and name not in names]
    crossed = [name for name in names if name in table.columns]
    counted = {name: "int64" for name in ("n", "count") if whole and name in table.columns}
    return table[[*first, *rest, *crossed]].astype(counted)


def population_of(frame: Any, by: tuple[str, ...], groups: Coded) -> Floats:
    """Return how many there are in each group by the frame; NaN where it does not say.

    Raises
    ------
    UsageError
        When the frame has no `population`.
    """
    if frame is None or (isinstance(frame, Real) and by):
        return np.full(len(groups.levels), np.nan)
    if isinstance(frame, Real):
        return np.array([float(frame)])
    table = read_sample(frame).data
    if "population" not in table.columns:
        raise UsageError("the frame has no population", got=", ".join(table.columns), expected="a column 'population'")
    if not by:
        return np.array([float(table["population"].sum(skipna=False))])
    if not set(by) <= set(table.columns):
        return np.full(len(groups.levels), np.nan)
    keys = zip(*(table[name].astype(object) for name in by), strict=True)
    sums: dict[tuple[Any, ...], float] = {}
    for key, size in zip(keys, table["population"], strict=True):
        sums[key] = sums.get(key, 0.0) + float(size)
    return np.array([sums.get(level, np.nan) for level in groups.levels])


@dataclass(frozen=True, eq=False)
class Cells:
    """Sums over respondents in each stratum, group and answer: numbers, weights and squared weights.

    `rows` has the numbers with those whose weight is 0. `population` has each group's size by the frame, `respondents` who is in it with or without an answer.
    """

    design: Design
    n: Floats
    w: Floats
    q: Floats
    rows: Floats
    respondents: Floats
    population: Floats

    def shares(self, scores: Floats) -> Shares:
        """Return the weighted mean of each column of scores (a row an answer, 0 or 1) in each group."""
        n, w = self.n.sum(axis=(0, 2))[:, None], self.w.sum(axis=(0, 2))[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            share = (self.w.sum(axis=0) @ scores) / w
            deviation = (scores[None] - share[:, None]) / w[:, None]
            squares = np.einsum("hgc,gck->hgk", self.q, deviation**2)
            sums = np.einsum("hgc,gck->hgk", self.w, deviation)
            parts = squares - sums**2 / self.design.size[:, None, None]
            variance = np.einsum("h,hgk->gk", self.design.factors(fpc=False), parts)
            fraction = self._fraction()[:, None]
            left = 1 - np.nan_to_num(fraction, nan=0.0)
            corrected = variance * left
            if self.design.corrected:
                corrected = np.einsum("h,hgk->gk", self.design.factors(), parts)
            corrected = np.where(left == 0, 0 * share, corrected)
            effective, effective_fpc = (n / ratio for ratio in self._ratios(share, n, w, variance, corrected, left))
        every = np.broadcast_to(n, share.shape), np.broadcast_to(fraction, share.shape)
        counts = self.n.sum(axis=0) @ scores
        df = n - (self.n.sum(axis=2) > 0).sum(axis=0)[:, None]
        rows = self.rows.sum(axis=(0, 2))[:, None]
        return Shares(share, variance, corrected, every[0], effective, effective_fpc, counts, every[1], df, rows)

    def _ratios(
        self, share: Floats, n: Floats, w: Floats, variance: Floats, corrected: Floats, left: Floats
    ) -> tuple[Floats, Floats]:
        """Return deff and deff (1 - f); by Kish's formula where the share is 0 or 1, or there is one respondent."""
        total = self.design.total
        simple = share * (1 - share) / n * (total / (total - 1) if total > 1 else np.nan)
        squares = self.q.sum(axis=2)
        kish = (n[:, 0] * squares.sum(axis=0) / w[:, 0] ** 2)[:, None]
        kish_fpc = kish * left
        if self.design.corrected:
            size = self.design.size
            drawn = np.where(size > 1, self.design.factors() * (size - 1) / size, 1.0)
            kish_fpc = (n[:, 0] * (drawn @ squares) / w[:, 0] ** 2)[:, None]
        known = simple > 0
        return np.where(known, variance / simple, kish), np.where(known, corrected / simple, kish_fpc)

    def _fraction(self) -> Floats:
        """Return the sampling fraction of each group: by the frame, or by the strata's sizes and the weights."""
        if not self.design.corrected:
            return sampling_fraction(self.respondents, self.population)
        share = self.w.sum(axis=(0, 2)) / float((self.design.counts * self.design.weights).sum())
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(self.n.sum(axis=(0, 2)) / (share * self.design.population.sum()))

    def deff(self, shares: Shares) -> Floats:
        """Return the variance over that of simple random sampling without replacement (with it where f is unknown)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            simple = shares.share * (1 - shares.share) / (shares.n - 1)
            left = 1 - np.nan_to_num(shares.fraction, nan=0.0)
            deff = np.where((simple > 0) & (left > 0), shares.variance_fpc / (simple * left), np.nan)
        return np.ravel(deff)


@dataclass(frozen=True, eq=False)
class Domains:
    """The groups of a sample, and how many there are in each by the frame (NaN where it does not say)."""

    design: Design
    groups: Coded
    population: Floats

    @cached_property
    def _start(self) -> Positions:
        """Each row's place in the grid of strata and groups; the last group is 'none'."""
        width = len(self.groups.levels) + 1
        return self.design.stratum * width + np.where(self.groups.positions < 0, width - 1, self.groups.positions)

    @cached_property
    def _factors(self) -> tuple[Floats | None, ...]:
        """What is summed for numbers, weights, squared weights and rows; one for all when no row is weighted."""
        counts, weights = self.design.counts, self.design.weights
        plain = None if (counts == 1).all() else counts
        if (weights == 1).all():
            return (plain,)
        return np.where(weights > 0, counts, 0.0), counts * weights, counts * weights**2, plain

    def cells(self, answers: Coded) -> Cells:
        """Return the sums that every share of an item is made from, in one pass over the rows."""
        width = len(answers.levels) + 1
        place = self._start * width + np.where(answers.positions < 0, width - 1, answers.positions)
        shape = (self.design.strata, len(self.groups.levels) + 1, width)
        sums = [
            np.asarray(np.bincount(place, factor, minlength=int(np.prod(shape))), dtype=float).reshape(shape)
            for factor in self._factors
        ]
        respondents = sums[0].sum(axis=(0, 2))[:-1]
        inner = (slice(None), slice(-1), slice(-1))
        n, w, q, rows = (part[inner] for part in (sums * 4 if len(sums) == 1 else sums))
        return Cells(self.design, n, w, q, rows, respondents, self.population)


def battery(data: Any, item: str | Sequence[str], by: By = None, **options: Any) -> pd.DataFrame:
    """Estimate the share that gave each answer to each row of a battery; options and columns as in `proportions`.

    Raises
    ------
    UsageError
        When the item is no battery.
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
        Responses, where a blank means none of the options or unanswered, so that the base is all respondents; or a data
        frame.
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
    """
    if of not in ("respondents", "ticks"):
        raise UsageError("there is no such base", got=of, expected="respondents, ticks")
    data, boxes, anything = _boxes(data, item)
    terms = boxes if of == "ticks" else (*boxes, anything)
    detail = bool(options.pop("detail", False))
    table = proportions(data, terms, by, categories=[TICKED], detail=True, **options)
    return tidy(_of_ticks(table) if of == "ticks" else table, detail)


def _of_ticks(table: pd.DataFrame) -> pd.DataFrame:
    """Return shares of respondents as shares of the ticks of their group."""
    groups = table["group"] if "group" in table else pd.Series("", index=table.index)
    shares, ticks = (table[name].groupby(groups).transform("sum") for name in ("estimate", "count"))
    known = ["term", "group", "category", "estimate", "count", "n"]
    own = table.assign(estimate=table["estimate"] / shares.where(shares > 0), n=ticks)
    return own[[name for name in own.columns if name in known]]


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
        expected = "True or False, 1 or 0"
        raise UsageError(
            "a box is neither ticked nor not", where=column.name, got=column[~known].iloc[0], expected=expected
        )
    return column.to_numpy(dtype=bool)


def missing_answers(responses: Responses, item: str | Sequence[str], by: By = None, **options: Any) -> pd.DataFrame:
    """Estimate the share of all respondents that gave no category, by reason ('Vet ikke', blank): a result of its own.

    Options and columns as in `proportions`.
    """
    codebook = coded_responses(responses).study.codebook
    table = proportions(responses, item, by, base="all", **options)
    missing = [c in codebook.variable(t).missing_codes for t, c in zip(table["term"], table["category"], strict=True)]
    return table[missing].reset_index(drop=True)
