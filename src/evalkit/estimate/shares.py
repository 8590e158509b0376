"""Shares of answers in all and in groups: `proportions`, batteries, ticks, and those who did not know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from numbers import Real
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import EstimationError, UsageError
from ..study import NOT_TICKED, TICKED, TOTAL, Study
from .asked import (
    Asked,
    Base,
    By,
    asked_for,
    below,
    given,
    in_turn,
    is_release,
    names_of,
    ordered_columns,
    study_of,
    where_it_can_be_had,
)
from .counts import Positions
from .design import Coded, Design, Floats, Sample, read_design, read_sample
from .intervals import Method, Shares, proportions_from_counts, sampling_fraction
from .released import Counts, nothing_released, released_counts

_Maker = Callable[..., Iterator[pd.DataFrame]]
NOBODY = np.zeros(0, dtype=np.intp)
"""The positions of no rows."""


def proportions(
    data: Any,
    item: Any,
    by: By = None,
    *,
    weights: Any = None,
    frame: Any = None,
    strata: str | Sequence[str] | None = None,
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
        Responses, a Release, or a data frame (pandas, polars, pyarrow) where a column `count`, if there is one, says how many
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
        fraction is its respondents over its population. By default the study's of a release, a question or a headline.
    strata, fpc
        Columns of the strata, and of the population size of each respondent's stratum, for a stratified sample.
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
    """
    sample, turns = read_sample(data), in_turn(by)
    wanted = asked_for(sample, item, categories, base, reading)
    if is_release(data):
        refuse_design(weights, strata, fpc)
        shares: _Maker = partial(_released_shares, data)
    else:
        if frame is not None and fpc is not None:
            raise UsageError("the population is given twice", got="frame and fpc", hint="leave one of them out")
        shares = partial(_sample_shares, sample, read_design(sample, weights, strata, fpc))
    shares = partial(shares, frame=frame, method=method, level=level)
    if turns is None:
        table = below(shares(wanted, names_of(by)))
    else:
        table = below(
            part.assign(by=name) for (name,) in turns for part in shares([a for a in wanted if a.term != name], (name,))
        )
    asked = {"item": item, "by": by, "categories": categories, "base": base, "reading": reading, "weights": weights}
    return given(ordered_columns(table, names_of(by)), "proportions", data, detail, **asked)


def refuse_design(weights: Any, strata: Any, fpc: Any) -> None:
    """Refuse weights and a design of a release, whose counts have neither."""
    if weights is not None or strata is not None or fpc is not None:
        raise UsageError(
            "released counts are not weighted", hint="give Responses, or leave out weights, strata and fpc"
        )


def _sample_shares(
    sample: Sample,
    design: Design,
    wanted: Sequence[Asked],
    names: tuple[str, ...],
    *,
    frame: Any,
    method: Method,
    level: float,
) -> Iterator[pd.DataFrame]:
    """Go through the shares of what is asked, from rows of respondents."""
    domains: dict[tuple[Base, bool], Domains] = {}
    for asked in wanted:
        sizes = sample.study if frame is None else frame
        kind = asked.base, sizes is None
        if kind not in domains:
            groups = sample.crossed(names, missing=asked.base == "all")
            domains[kind] = Domains(design, groups, population_of(sizes, names, groups))
        answers = sample.coded(asked.term, missing=asked.base == "all")
        shown, scores = _shown(answers, asked)
        shares = domains[kind].cells(answers).shares(scores)
        labels = _labels(asked, names, domains[kind].groups.levels, shown)
        yield pd.DataFrame({**labels, **shares.columns(level, method)})


def _shown(answers: Coded, asked: Asked) -> tuple[tuple[Any, ...], Floats]:
    """Return the categories to be shown, and which answers each of them counts."""
    if asked.parts is None:
        return answers.levels, np.eye(len(answers.levels))
    for codes in asked.parts.values():
        answers.refuse_unknown(codes, asked.term)
    counted = [[level in set(codes) for level in answers.levels] for codes in asked.parts.values()]
    return tuple(asked.parts), np.array(counted, dtype=float).T


def _released_shares(
    release: Any, wanted: Sequence[Asked], names: tuple[str, ...], *, frame: Any, method: Method, level: float
) -> Iterator[pd.DataFrame]:
    """Return the shares of what is asked, from released counts; missing ones of what is not published."""
    for asked in wanted:
        for codes in (asked.parts or {}).values():
            variable = release.study.codebook.variable(asked.term)
            Coded(NOBODY, variable.shown_codes).refuse_unknown(codes, asked.term)

    def shares(asked: Asked, counts: Counts) -> pd.DataFrame:
        counts = counts if asked.base == "all" else counts.known()
        parts = asked.parts or {code: (code,) for code in counts.answers}
        size = partial(np.repeat, repeats=len(parts))
        n = counts.base if asked.base == "all" else counts.of(counts.answers)
        sizes = population_of(release.study if frame is None else frame, names, Coded(NOBODY, counts.groups))
        table = proportions_from_counts(
            np.stack([counts.of(codes) for codes in parts.values()], axis=-1).ravel(),
            size(n),
            size(sizes),
            respondents=size(counts.base),
            sample=size(n) if np.isnan(counts.total) else counts.total,
            method=method,
            level=level,
        )
        return pd.DataFrame({**_labels(asked, names, counts.groups, tuple(parts)), **table})

    return where_it_can_be_had(
        wanted,
        lambda asked: shares(asked, released_counts(release, asked.term, names)),
        lambda asked: shares(asked, nothing_released(release, asked.term, names)),
    )


def group_name(level: tuple[Any, ...]) -> Any:
    """Return what a group is called: its level, or its levels joined by ':'."""
    return level[0] if len(level) == 1 else ":".join(map(str, level))


def _labels(
    asked: Asked, names: tuple[str, ...], groups: tuple[Any, ...], categories: tuple[Any, ...]
) -> dict[str, npt.NDArray[Any]]:
    """Return the columns that say what each share is of."""
    times, size = len(categories), len(groups)
    columns = {"term": np.full(size * times, asked.term, dtype=object)}
    if asked.reading is not None:
        columns["reading"] = np.full(size * times, asked.reading, dtype=object)
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


def population_of(frame: Any, by: tuple[str, ...], groups: Coded) -> Floats:
    """Return how many there are in each group by the frame (or a study's); NaN where it does not say.

    Raises
    ------
    UsageError
        When the frame has no `population`.
    """
    if frame is None or (isinstance(frame, Real) and by):
        return np.full(len(groups.levels), np.nan)
    if isinstance(frame, Study):
        sizes = [frame.population(dict(zip(by, level, strict=True))) for level in groups.levels]
        return np.array([np.nan if size is None else size for size in sizes], dtype=float)
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
    """
    names, study = names_of(by), study_of(data)
    tables = [
        pd.DataFrame(proportions(data, item, one, detail=True, **options)) for one in ([by] if names else []) + [None]
    ]
    long = below([tables[0], tables[-1].assign(group=TOTAL)] if names else [tables[0].assign(group=TOTAL)])
    label = _Labels(study, study.language(language) if study else "", item, names)
    answers = list(dict.fromkeys(long["category"]))
    groups = list(dict.fromkeys(long["group"]))
    wide = (
        100
        * long.pivot_table(sort=False, dropna=False, index="group", columns="category", values="estimate").loc[
            groups, answers
        ]
    )
    wide.columns = pd.Index([label.answer(code) for code in answers])
    wide = wide.assign(n=long.drop_duplicates("group").set_index("group")["n"]).reset_index(names=label.stub)
    wide[label.stub] = [label.group(group) for group in wide[label.stub]]
    made = given(wide, "crosstab", data, True, item=item, by=by)
    made.attrs["test"] = _independence(data, item, names, options) if names else {}
    return made


def _independence(data: Any, item: str, names: tuple[str, ...], options: Mapping[str, Any]) -> dict[str, float]:
    """Return the test of independence; empty where there is nothing to compare."""
    from .compare import association_test

    design = {name: options[name] for name in ("weights", "strata", "fpc") if name in options}
    try:
        row = association_test(data, item, names, **design).iloc[0]
    except EstimationError:
        return {}
    return {name: float(row[name]) for name in ("statistic", "df", "df_denominator", "p_value")}


@dataclass(frozen=True)
class _Labels:
    """What answers and groups are called: the codebook's labels, or the values of a data frame."""

    study: Study | None
    language: str
    item: str
    names: tuple[str, ...]

    @property
    def stub(self) -> str:
        """The groups' names."""
        return " / ".join(self._variable(name) for name in self.names) or self._variable(self.item)

    def _variable(self, name: str) -> str:
        return name if self.study is None else self.study.codebook.variable(name).label(self.language)

    def _level(self, name: str, code: Any) -> str:
        return (
            str(code) if self.study is None else self.study.codebook.variable(name).category_label(code, self.language)
        )

    def answer(self, code: Any) -> str:
        """Return an answer's label."""
        return self._level(self.item, code)

    def group(self, group: Any) -> str:
        """Return a group's label; of everyone the mark of a sum."""
        if group == TOTAL:
            return str(TOTAL)
        codes = str(group).split(":") if len(self.names) > 1 else [group]
        return " / ".join(self._level(name, code) for name, code in zip(self.names, codes, strict=True))


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
    """
    if of not in ("respondents", "ticks"):
        raise UsageError("there is no such base", got=of, expected="respondents, ticks")
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
        expected = "True or False, 1 or 0"
        raise UsageError(
            "a box is neither ticked nor not", where=column.name, got=column[~known].iloc[0], expected=expected
        )
    return column.to_numpy(dtype=bool)
