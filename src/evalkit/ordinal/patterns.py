"""The one pass over respondents: covariate patterns by category, with counts and sums of weights.

The likelihood of a cumulative link model, its robust and design-based covariances, its tests and its average effects
need of the respondents only, for each pattern of predictors and each category, how many there are (n), the sum of
their weights (w) and the sum of the squared weights (w2); where a design is given, its strata and clusters join the
key. After this pass no cost grows with the number of respondents.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from ..errors import DataError, EstimationError
from .arrays import FloatArray, IntArray
from .coding import Coded, Rows, WeightKind, combine, read_rows

Lonely = Literal["fail", "adjust", "certainty"]
"""What a stratum with one primary sampling unit adds to a variance."""


@dataclass(frozen=True)
class SurveyDesign:
    """How the respondents were drawn: one stage, clusters within strata.

    Parameters
    ----------
    strata
        Labels of the strata; a design without strata has one.
    sampled
        Primary sampling units drawn in each stratum, with those whose answers are missing.
    population
        Primary sampling units of each stratum in the population; NaN for sampling with replacement.
    lonely
        What a stratum with one primary sampling unit adds to a variance.
    """

    strata: tuple[Hashable, ...]
    sampled: FloatArray
    population: FloatArray
    lonely: Lonely = "fail"


@dataclass(frozen=True, repr=False)
class Patterns:
    """Covariate patterns by category.

    Parameters
    ----------
    outcome
        The outcome's column.
    categories
        Its categories that someone chose, low to high.
    predictors
        One row a pattern: categoricals (with the levels in use) and numbers.
    pattern, category
        (cells,): the pattern and the category of each cell.
    n, w, w2
        (cells,): respondents, sum of weights, sum of squared weights.
    weight_kind
        'frequency' (a row stands for so many respondents) or 'sampling' (a respondent for so many in the population).
    psu, stratum
        (cells,): primary sampling unit and stratum of each cell, or None.
    cluster
        The column that `psu` codes, or None.
    design
        The sampling design, or None.
    missing
        Respondents without an answer, by variable.
    n_missing
        Respondents set aside because of any of these.
    unused
        Categories and levels that nobody is left in, by variable.
    """

    outcome: str
    categories: tuple[Hashable, ...]
    predictors: pd.DataFrame
    pattern: IntArray
    category: IntArray
    n: FloatArray
    w: FloatArray
    w2: FloatArray
    weight_kind: WeightKind
    psu: IntArray | None
    stratum: IntArray | None
    cluster: str | None
    design: SurveyDesign | None
    missing: Mapping[str, int]
    n_missing: int
    unused: Mapping[str, tuple[Hashable, ...]]

    def __repr__(self) -> str:
        """Return the size, never a cell."""
        patterns, categories = self.shape
        return f"<Patterns of {self.outcome}: {patterns} patterns, {categories} categories>"

    @property
    def shape(self) -> tuple[int, int]:
        """Numbers of patterns and of categories."""
        return len(self.predictors), len(self.categories)

    @property
    def nobs(self) -> int:
        """Respondents in the model."""
        return round(float(self.n.sum()))

    @property
    def counts(self) -> FloatArray:
        """(patterns, categories): respondents."""
        return self.table(self.n)

    @property
    def weights(self) -> FloatArray:
        """(patterns, categories): sums of weights."""
        return self.table(self.w)

    @property
    def pattern_weights(self) -> FloatArray:
        """(patterns,): sum of weights of each pattern."""
        return np.asarray(np.bincount(self.pattern, self.w, minlength=len(self.predictors)), dtype=np.float64)

    def notes(self) -> tuple[str, ...]:
        """Say what an analyst should know: unused categories and levels, lone respondents, a binary outcome."""
        unused = [f"{name}: nobody is left in {', '.join(map(str, levels))}" for name, levels in self.unused.items()]
        totals, alone = np.bincount(self.pattern, self.n, minlength=len(self.predictors)), list[str]()
        for name, column in self.predictors.items():
            if hasattr(column, "cat"):
                sizes = zip(column.cat.categories, np.bincount(column.cat.codes, totals), strict=True)
                alone += [f"{name}: one respondent in {level}" for level, n in sizes if n == 1]
        binary = ["two categories: this is a binary regression"] if len(self.categories) == 2 else []
        return (*unused, *alone, *binary)

    def table(self, values: FloatArray) -> FloatArray:
        """Sum values of cells to (patterns, categories)."""
        rows, columns = self.shape
        sums = np.bincount(self.pattern * columns + self.category, values, minlength=rows * columns)
        return np.asarray(sums, dtype=np.float64).reshape(rows, columns)


def collapse(
    data: Any,
    outcome: str,
    predictors: Sequence[str],
    *,
    weights: str | None = None,
    weight_kind: WeightKind = "frequency",
    cluster: str | None = None,
    strata: str | None = None,
    fpc: str | None = None,
    design: Lonely | None = None,
) -> Patterns:
    """Group respondents by pattern and category.

    Parameters
    ----------
    data
        Anything narwhals reads: a pandas or Polars frame (also lazy), a DuckDB relation. One row a respondent, or a
        table of counts: its column `count`, or the one that `weights` names.
    outcome
        An ordered categorical (pandas ordered, Polars or DuckDB Enum).
    predictors
        Categoricals, booleans or numbers. A Polars Categorical, which has no order, is sorted by label.
    weights, weight_kind
        Column of weights: whole counts ('frequency') or sampling weights above zero ('sampling'), which each of the
        `count` respondents of a row has.
    cluster, strata, fpc
        Columns of the design. `fpc` is the stratum's number of primary sampling units in the population
        (respondents, or clusters where `cluster` is given).
    design
        Keep the sampling design even when none of these three is given (independent respondents), and what a stratum with
        one primary sampling unit is; see `fit_clm`.

    Raises
    ------
    UsageError
        A column does not exist.
    DataError
        A variable has the wrong type, or weights or design columns are unusable.
    EstimationError
        Nobody is left, or the outcome or a predictor takes one value only.
    """
    cells = read_rows(data, outcome, predictors, (cluster, strata, fpc), weights, weight_kind).cells()
    variables = (outcome, *predictors)
    absent = {name: cells.keys[name].codes < 0 for name in variables}
    complete, asked = ~np.logical_or.reduce(list(absent.values())), cells.w > 0
    kept = complete & asked
    if not kept.any():
        raise EstimationError("no respondent has answered all of it", where=", ".join(variables))
    wanted = design or ("fail" if strata is not None or fpc is not None else None)
    psu, stratum, survey = _survey_design(cells, cluster, strata, fpc, wanted)
    coded, unused = _used_levels({name: cells.keys[name].take(kept) for name in variables}, outcome)
    pattern, first = _pattern_index([coded[name] for name in predictors], int(kept.sum()))
    sorted_already = bool(np.all(np.diff(pattern) > 0))
    order = np.arange(len(pattern)) if sorted_already else np.lexsort((coded[outcome].codes, pattern))
    return Patterns(
        outcome=outcome,
        categories=tuple(coded[outcome].levels),
        predictors=_frame({name: coded[name].take(first) for name in predictors}, len(first)),
        pattern=pattern[order],
        category=coded[outcome].codes[order],
        n=cells.n[kept][order],
        w=cells.w[kept][order],
        w2=cells.w2[kept][order],
        weight_kind=weight_kind,
        psu=None if psu is None else psu[kept][order],
        stratum=None if stratum is None else stratum[kept][order],
        cluster=cluster,
        design=survey,
        missing={name: round(float(cells.n[rows_absent & asked].sum())) for name, rows_absent in absent.items()},
        n_missing=round(float(cells.n[~complete & asked].sum())),
        unused=unused,
    )


def _used_levels(coded: dict[str, Coded], outcome: str) -> tuple[dict[str, Coded], dict[str, tuple[Hashable, ...]]]:
    """Drop levels that nobody is left in, say which, and refuse variables that take one value."""
    used, unused = {}, {}
    for name, column in coded.items():
        used[name], gone = column.without_unused()
        if gone and column.categorical:
            unused[name] = gone
        if len(used[name].levels) < 2:
            kind = "the outcome" if name == outcome else "a predictor"
            raise EstimationError(f"{kind} takes one value only among those in the model", where=name)
    return used, unused


def _pattern_index(columns: list[Coded], size: int) -> tuple[IntArray, IntArray]:
    """Return each cell's pattern and each pattern's first cell; patterns are in the order of their levels."""
    if not columns:
        return np.zeros(size, dtype=np.int64), np.zeros(1, dtype=np.int64)
    number = combine(columns)[0]
    if np.all(np.diff(number) > 0):
        return np.arange(size), np.arange(size)  # numbers that tell all cells apart, which are in their order already
    _, first, index = np.unique(number, return_index=True, return_inverse=True)
    return index.astype(np.int64), first.astype(np.int64)


def _frame(columns: dict[str, Coded], size: int) -> pd.DataFrame:
    return pd.DataFrame({name: column.series() for name, column in columns.items()}, index=range(size))


def _survey_design(
    cells: Rows, cluster: str | None, strata: str | None, fpc: str | None, lonely: Lonely | None
) -> tuple[IntArray | None, IntArray | None, SurveyDesign | None]:
    """Take the design's codes; its sizes count everyone drawn, whether or not they are in the model."""
    for name in (cluster, strata, fpc):
        if name is not None and np.any(cells.keys[name].codes < 0):
            raise DataError("a respondent's place in the design is missing", where=name)
    psu = None if cluster is None else cells.keys[cluster].codes
    if lonely is None:
        return psu, None, None
    labels: tuple[Hashable, ...] = ("all",)
    stratum = np.zeros(len(cells.n), dtype=np.int64)
    if strata is not None:
        found, _ = cells.keys[strata].without_unused()
        stratum, labels = found.codes, tuple(found.levels)
    sampled = np.asarray(np.bincount(stratum, cells.n), dtype=np.float64)
    if psu is not None:
        pairs = np.unique(np.column_stack([psu, stratum]), axis=0)
        if len(pairs) > len(np.unique(psu)):
            hint = "number the clusters anew within strata"
            raise DataError("a cluster lies in several strata", where=cluster, hint=hint)
        sampled = np.bincount(pairs[:, 1]).astype(np.float64)
    population = np.full(len(sampled), np.nan)
    if fpc is not None:
        population = _population(_sizes(cells.keys[fpc], fpc), stratum, sampled, fpc, labels)
    return psu, stratum, SurveyDesign(labels, sampled, population, lonely)


def _sizes(column: Coded, fpc: str) -> FloatArray:
    try:
        return column.values()
    except (TypeError, ValueError) as error:
        raise DataError("the population sizes are no numbers", where=fpc) from error


def _population(
    sizes: FloatArray, stratum: IntArray, sampled: FloatArray, fpc: str, labels: tuple[Hashable, ...]
) -> FloatArray:
    population = np.full(len(sampled), -np.inf)
    np.maximum.at(population, stratum, sizes)
    if np.any(sizes != population[stratum]):
        raise DataError("the population size differs within a stratum", where=fpc)
    for label, size, drawn in zip(labels, population, sampled, strict=True):
        if not size >= drawn:
            what, where = "more were drawn than the population has", f"{fpc}, stratum {label}"
            hint = "give the population size of the stratum, not the sampling fraction"
            raise DataError(what, where=where, got=f"{drawn:g} drawn of {size:g}", hint=hint)
    return population
