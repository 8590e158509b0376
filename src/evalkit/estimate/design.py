"""The sample behind an estimate: who the rows stand for, how they were drawn, and the variance that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from typing import Any

import narwhals.stable.v1 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data import COUNT, Responses
from ..errors import DataError, EstimationError, UsageError, nearest
from ..study import Codebook, Study
from .counts import Positions, answer_positions, group_levels

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Coded:
    """A variable as positions in its levels; -1 where there is no answer."""

    positions: Positions
    levels: tuple[Any, ...]

    def refuse_unknown(self, chosen: Sequence[Any], where: str) -> None:
        """Raise UsageError where one of some answers is not there."""
        for level in chosen:
            if level not in self.levels:
                known = ", ".join(map(str, self.levels))
                raise UsageError("there is no such answer", where=where, got=level, expected=known)


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of respondents, with the study where there is one; a row stands for `counts` respondents."""

    data: pd.DataFrame
    counts: Floats
    study: Study | None = None

    @property
    def codebook(self) -> Codebook | None:
        """The study's codebook; None of a data frame."""
        return None if self.study is None else self.study.codebook

    @property
    def total(self) -> float:
        """The number of respondents."""
        return float(self.counts.sum())

    def coded(self, name: str, missing: bool = False) -> Coded:
        """Return a variable's categories (in print order, from a codebook), and its missing answers where asked for."""
        if self.codebook is not None:
            variable = self.codebook.variable(name)
            levels = variable.shown_codes if missing else variable.scale.print_codes
            positions = answer_positions(self.data, variable)
            return Coded(np.where(positions < len(levels), positions, -1), levels)
        if missing:
            raise UsageError(
                "which answers are missing is known from a codebook alone", where=name, hint="give Responses"
            )
        return _coded_column(self.column(name))

    def grouped(self, name: str) -> Coded:
        """Return a variable's categories, and those of its missing answers that occur; of a data frame its categories."""
        if self.codebook is None:
            return self.coded(name)
        return Coded(*group_levels(self.data, self.codebook.variable(name)))

    def order(self, name: str) -> tuple[Any, ...] | None:
        """Return a variable's categories low to high; None where they have no order."""
        if self.codebook is not None:
            scale = self.codebook.variable(name).scale
            return scale.codes if scale.ordered else None
        column = self.column(name)
        if isinstance(column.dtype, pd.CategoricalDtype):
            return tuple(column.cat.categories) if column.cat.ordered else None
        return _coded_column(column).levels if pd.api.types.is_numeric_dtype(column.dtype) else None

    def crossed(self, by: Sequence[str], missing: bool = False) -> Coded:
        """Return the crossing of some variables; its levels are tuples, and -1 is where any of them is missing.

        With `missing`, the missing answers of a codebook's variables are levels too, those that occur.
        """
        positions = np.zeros(len(self.data), dtype=np.intp)
        levels: list[tuple[Any, ...]] = [()]
        for name in by:
            coded = self.grouped(name) if missing else self.coded(name)
            both = positions * len(coded.levels) + coded.positions
            positions = np.where((positions < 0) | (coded.positions < 0), -1, both)
            levels = [(*level, own) for level in levels for own in coded.levels]
        return Coded(positions, tuple(levels))

    def variables(self, item: str | Sequence[str]) -> tuple[str, ...]:
        """Return the variables of items: rows of a battery, boxes of a tick-all-that-apply item, or the item itself."""
        items = (item,) if isinstance(item, str) else tuple(item)
        return tuple(name for one in items for name in self._variables(one))

    def _variables(self, item: str) -> tuple[str, ...]:
        if self.codebook is None or item not in self.codebook.items or self.codebook.items[item].kind == "single":
            return (item,)
        return tuple(variable.name for variable in self.codebook.variables_of(item))

    def column(self, name: str) -> pd.Series:
        """Return a column by name, or say which name is nearest."""
        if name not in self.data.columns:
            raise UsageError("there is no such column", got=name, hint=nearest(name, self.data.columns))
        return self.data[name]

    def numbers(self, values: Any, what: str) -> Floats:
        """Return numbers of the rows, from a column's name or values in row order.

        Raises
        ------
        UsageError
            When they are not as many as the rows, or are labelled otherwise than the rows.
        DataError
            When one is missing, negative or not finite.
        """
        column = self.column(values) if isinstance(values, str) else values
        if isinstance(column, pd.Series) and not column.index.equals(self.data.index):
            raise UsageError(
                "the values are not labelled as the rows", where=what, hint="give them the index of the data"
            )
        numbers = np.asarray(column, dtype=float)
        if numbers.shape != (len(self.data),):
            raise UsageError("there is not one number a row", where=what, got=numbers.shape, expected=len(self.data))
        wrong = int((~np.isfinite(numbers) | (numbers < 0)).sum())
        if wrong:
            raise DataError("a number is missing, negative or not finite", where=what, got=f"{wrong} rows")
        return numbers


def read_sample(data: Any) -> Sample:
    """Return the respondents of `Responses` or of a data frame (pandas, polars, pyarrow).

    A data frame's column `count`, where it has one, says how many respondents a row stands for. A release has no rows: what
    is asked of it is looked up in its tables.

    Raises
    ------
    UsageError
        When it is neither.
    """
    if isinstance(data, Responses):
        return Sample(data.data, data.data[COUNT].to_numpy(dtype=float), data.study)
    if getattr(data, "released", False):
        return Sample(pd.DataFrame({COUNT: []}), np.zeros(0), data.study)
    if not isinstance(data, pd.DataFrame):
        try:
            data = nw.from_native(data, eager_only=True).to_pandas()
        except TypeError:
            raise UsageError(
                "these are no answers", got=type(data).__name__, expected="Responses or a data frame"
            ) from None
    sample = Sample(data, np.ones(len(data)))
    if COUNT not in data.columns:
        return sample
    counts = sample.numbers(COUNT, COUNT)
    if (counts != counts.round()).any():
        raise DataError("a count is not whole", where=COUNT, expected="whole numbers from 0")
    return Sample(data, counts)


def _coded_column(column: pd.Series) -> Coded:
    """Return a column's categories in their order, or the sorted values of a column that has none."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(pd.CategoricalDtype(sorted(column.dropna().unique())))
    return Coded(column.cat.codes.to_numpy().astype(np.intp), tuple(column.cat.categories))


@dataclass(frozen=True, eq=False)
class Design:
    """How the rows were drawn, for variances by linearisation with respondents as the units drawn.

    Parameters
    ----------
    counts, weights
        Respondents a row stands for, and the weight of each of them.
    stratum
        Each row's stratum, from 0.
    population
        How many there are in each stratum; NaN for no finite population correction.

    Notes
    -----
    Var(sum z) = sum_h (1 - f_h) n_h / (n_h - 1) sum (z - mean_h z)^2. R: `survey::svydesign(ids = ~1, strata, weights,
    fpc)`. A weight of 0 takes part in n_h and in nothing else, as in R.
    """

    counts: Floats
    weights: Floats
    stratum: Positions
    population: Floats

    @property
    def strata(self) -> int:
        """The number of strata."""
        return len(self.population)

    @cached_property
    def size(self) -> Floats:
        """Respondents in each stratum."""
        return np.asarray(np.bincount(self.stratum, self.counts, minlength=self.strata), dtype=float)

    @property
    def total(self) -> float:
        """Respondents in all."""
        return float(self.counts.sum())

    @property
    def df(self) -> float:
        """Respondents less strata, those with a weight of 0 left out."""
        kept = (self.weights > 0) & (self.counts > 0)
        return float(self.counts[kept].sum() - len(np.unique(self.stratum[kept])))

    @property
    def corrected(self) -> bool:
        """Whether there is a finite population correction."""
        return not np.isnan(self.population).all()

    @property
    def plain(self) -> bool:
        """Whether it is simple: one stratum, weights of 1, no finite population correction."""
        return self.strata == 1 and not self.corrected and bool((self.weights == 1).all())

    def factors(self, fpc: bool = True) -> Floats:
        """Return (1 - f) n / (n - 1) of each stratum; NaN for a stratum of one that is not all of its population."""
        left = 1 - np.nan_to_num(self.size / self.population, nan=0.0) if fpc else np.ones(self.strata)
        with np.errstate(invalid="ignore", divide="ignore"):
            factors = left * self.size / (self.size - 1)
        return np.where(left == 0, 0.0, np.where(self.size > 1, factors, np.nan))

    def covariance(self, scores: Floats, fpc: bool = True) -> Floats:
        """Return the covariance of the totals of weighted scores (a row a row of the data, a column a total)."""
        return np.asarray(self.by_stratum(scores, fpc).sum(axis=0))

    def by_stratum(self, scores: Floats, fpc: bool = True) -> Floats:
        """Return each stratum's part of the covariance."""
        scores = scores.reshape(len(self.counts), -1)
        sums = np.stack(
            [np.bincount(self.stratum, self.counts * column, minlength=self.strata) for column in scores.T], axis=-1
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            centred = scores - (sums / self.size[:, None])[self.stratum]
        factors = self.factors(fpc)
        if self.strata == 1:
            return np.asarray(factors[0] * (centred.T * self.counts) @ centred)[None]
        weighted = centred * self.counts[:, None]
        products = (weighted[:, :, None] * centred[:, None, :]).reshape(len(centred), -1)
        parts = np.stack([np.bincount(self.stratum, p, minlength=self.strata) for p in products.T], axis=-1)
        with np.errstate(invalid="ignore"):
            return np.asarray(factors[:, None] * parts).reshape(self.strata, scores.shape[1], scores.shape[1])


def read_design(
    sample: Sample, weights: Any = None, strata: str | Sequence[str] | None = None, fpc: Any = None
) -> Design:
    """Return how a sample was drawn.

    Parameters
    ----------
    sample
        The respondents.
    weights
        Sampling weights: a column, or values in row order; all 1 by default. Their scale does not matter.
    strata
        The columns whose crossing is the strata; one stratum by default.
    fpc
        How many there are in the stratum: a column, values in row order, or a number for all; no correction by default.

    Raises
    ------
    EstimationError
        When no weight is above 0, a stratum has one respondent (and more in its population), the population size
        differs within a stratum or is below its respondents.
    """
    w = np.ones(len(sample.data)) if weights is None else sample.numbers(weights, "weights")
    if not (w * sample.counts).any():
        raise EstimationError(
            "no respondent has a weight above 0", where="weights", got=f"{sample.total:.0f} respondents"
        )
    names = (strata,) if isinstance(strata, str) else tuple(strata or ())
    stratum = sample.crossed(names)
    if (stratum.positions < 0).any():
        raise DataError("a respondent is in no stratum", where=", ".join(names), got=int((stratum.positions < 0).sum()))
    size = np.bincount(stratum.positions, minlength=len(stratum.levels))
    used, positions = np.flatnonzero(size), (np.cumsum(size > 0) - 1)[stratum.positions]
    labels = [":".join(map(str, stratum.levels[i])) or "the sample" for i in used]
    population = _population(sample, fpc, positions, labels)
    design = Design(sample.counts, w, positions.astype(np.intp), population)
    _check_strata(design, labels, bool(names))
    return design


def _population(sample: Sample, fpc: Any, stratum: npt.NDArray[Any], labels: list[str]) -> Floats:
    if fpc is None:
        return np.full(len(labels), np.nan)
    values = np.full(len(stratum), float(fpc)) if isinstance(fpc, Real) else sample.numbers(fpc, "fpc")
    population = np.zeros(len(labels))
    population[stratum] = values
    varies = population[stratum] != values
    if varies.any():
        raise EstimationError(
            "the population size differs within a stratum", where=labels[int(stratum[varies.argmax()])]
        )
    return population


def _check_strata(design: Design, labels: list[str], declared: bool) -> None:
    for label, size, population in zip(labels, design.size, design.population, strict=True):
        if size > population:
            raise EstimationError(
                "more people answered than there are in the stratum",
                where=label,
                got=f"{size:.0f}",
                expected=population,
            )
        if declared and size == 1 and population != 1:
            raise EstimationError(
                "a stratum has one respondent, so that its variance is not known",
                where=label,
                hint="merge it with a stratum like it",
            )
