"""The sample behind an estimate: who the rows stand for, how they were drawn, and the variance that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from numbers import Real
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from ..data import COUNT, Responses
from ..errors import DataError, EstimationError, UsageError, one_of
from ..ordinal.covariance import LONELY_HINT, stratum_factors
from ..ordinal.patterns import Lonely
from ..study import Codebook, Study, Variable
from .counts import Positions, answer_positions, group_levels

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Coded:
    """A variable as positions in its levels; -1 where there is no answer."""

    positions: Positions
    levels: tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of respondents, with the study where there is one; a row stands for `counts` respondents.

    `drawn` says which columns are the weights, the strata and so on, where the study has them.
    """

    data: pd.DataFrame
    counts: Floats
    study: Study | None = None
    drawn: Mapping[str, Any] = field(default_factory=dict)

    @property
    def codebook(self) -> Codebook | None:
        """The study's codebook; None of a data frame."""
        return None if self.study is None else self.study.codebook

    @property
    def total(self) -> float:
        """The number of respondents."""
        return float(self.counts.sum())

    def known(self, name: str) -> Variable | None:
        """Return the codebook's variable of this name; None of a column that it does not know, and of a data frame."""
        if self.codebook is None or (name not in self.codebook.variables and name in self.data.columns):
            return None
        return self.codebook.variable(name)

    def coded(self, name: str, missing: bool = False) -> Coded:
        """Return a variable's categories (in print order, from a codebook), and its missing answers where asked for."""
        variable = self.known(name)
        if variable is not None:
            levels = variable.shown_codes if missing else variable.scale.print_codes
            positions = answer_positions(self.data, variable)
            return Coded(np.where(positions < len(levels), positions, -1), levels)
        if missing:
            what = "which answers are missing is known from a codebook alone"
            raise UsageError(what, where=name, hint="give Responses")
        return _coded_column(self.column(name))

    def grouped(self, name: str) -> Coded:
        """Return a variable's categories, and those of its missing answers that occur; of a data frame its categories."""
        variable = self.known(name)
        return self.coded(name) if variable is None else Coded(*group_levels(self.data, variable))

    def order(self, name: str) -> tuple[Any, ...] | None:
        """Return a variable's categories low to high; None where they have no order."""
        variable = self.known(name)
        if variable is not None:
            return variable.scale.codes if variable.scale.ordered else None
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
        return tuple(name for one in names_of(item) for name in self._variables(one))

    def _variables(self, item: str) -> tuple[str, ...]:
        if self.codebook is None or item not in self.codebook.items or not self.codebook.items[item].several:
            return (item,)
        return tuple(variable.name for variable in self.codebook.variables_of(item))

    def column(self, name: str) -> pd.Series:
        """Return a column by name, or say which name is nearest."""
        one_of(name, self.data.columns, "column")
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
        if isinstance(column, Real):
            column = np.full(len(self.data), float(column))
        if isinstance(column, pd.Series) and not column.index.equals(self.data.index):
            hint = "give them the index of the data"
            raise UsageError("the values are not labelled as the rows", where=what, hint=hint)
        numbers = np.asarray(column, dtype=float)
        if numbers.shape != (len(self.data),):
            raise UsageError("there is not one number a row", where=what, got=numbers.shape, expected=len(self.data))
        wrong = int((~np.isfinite(numbers) | (numbers < 0)).sum())
        if wrong:
            raise DataError("a number is missing, negative or not finite", where=what, got=f"{wrong} rows")
        return numbers


def read_sample(data: Any, about: Sequence[str] = ()) -> Sample:
    """Return the respondents of `Responses` or of a data frame (pandas, polars, pyarrow, DuckDB).

    A data frame's column `count`, where it has one, says how many respondents a row stands for. A release has no rows: what
    is asked of it is looked up in its tables.

    Parameters
    ----------
    data
        The answers.
    about
        The items that are asked about, where that is known: then counts of their crossing do for rows.

    Raises
    ------
    UsageError
        When it is neither.
    """
    if isinstance(data, Responses):
        data = data.crossing(*about) if about else data
        return Sample(data.data, data.data[COUNT].to_numpy(dtype=float), data.study, data.design)
    if getattr(data, "released", False):
        return Sample(pd.DataFrame({COUNT: []}), np.zeros(0), data.study)
    if not isinstance(data, pd.DataFrame):
        try:
            frame = nw.from_native(data)
        except TypeError:
            got, expected = type(data).__name__, "Responses or a data frame"
            raise UsageError("these are no answers", got=got, expected=expected) from None
        data = (frame.collect() if isinstance(frame, nw.LazyFrame) else frame).to_pandas()
    sample = Sample(data, np.ones(len(data)))
    if COUNT not in data.columns:
        return sample
    counts = sample.numbers(COUNT, COUNT)
    if (counts != counts.round()).any():
        raise DataError("a count is not whole", where=COUNT, expected="whole numbers from 0")
    return Sample(data, counts)


def read_drawn(data: Any) -> Sample:
    """Return everybody who was drawn: the respondents, and of answers with a design those outside them, with a weight of 0."""
    return read_sample(replace(data, data=data.drawn) if isinstance(data, Responses) else data)


def _coded_column(column: pd.Series) -> Coded:
    """Return a column's categories in their order, or the sorted values of a column that has none."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(pd.CategoricalDtype(sorted(column.dropna().unique())))
    return Coded(column.cat.codes.to_numpy().astype(np.intp), tuple(column.cat.categories))


@dataclass(frozen=True, eq=False)
class Calibration:
    """What weights were raked to: their variance is that of what the margins do not explain.

    Parameters
    ----------
    pattern
        Each row's combination of the margins' levels, from 0.
    levels
        (combinations, levels of all margins): 1 where a combination has the level.
    start
        Each row's weight before.

    Notes
    -----
    Residuals of linearised scores from their regression on the margins by the weights before raking (Deville, Sarndal and
    Sautory 1993). R: `survey::calibrate(calfun = "raking")`.
    """

    pattern: Positions
    levels: Floats
    start: Floats

    @classmethod
    def of(cls, margins: npt.NDArray[np.intp], start: Floats) -> Calibration:
        """Return the calibration to margins, given by each row's level in each of them."""
        combinations, pattern = np.unique(margins, axis=0, return_inverse=True)
        levels = np.hstack([np.eye(int(column.max()) + 1)[column] for column in combinations.T])
        return cls(pattern.ravel(), levels, start)

    def inverse(self, counts: Floats) -> Floats:
        """Return the inverse of the margins' weighted cross products."""
        mass = np.bincount(self.pattern, counts * self.start, minlength=len(self.levels))
        return np.asarray(np.linalg.pinv((self.levels.T * mass) @ self.levels, hermitian=True))


@dataclass(frozen=True, eq=False)
class Design:
    """How the rows were drawn, for variances by linearisation.

    Parameters
    ----------
    counts, weights
        Respondents a row stands for, and the weight of each of them.
    stratum
        Each row's stratum, from 0.
    population
        How many there are in each stratum (clusters where these were drawn); NaN for no finite population correction.
    cluster
        Each row's cluster, from 0, where clusters were drawn; else respondents are the units drawn.
    lonely
        What a stratum with one unit adds to a variance, see `read_design`.
    calibration
        The margins that the weights were raked to, where that is known.
    effect
        What weights, strata and clusters do to variances, where nothing else is known of them.

    Notes
    -----
    Var(sum z) = sum_h (1 - f_h) n_h / (n_h - 1) sum (z - mean_h z)^2 over the units drawn. R: `survey::svydesign(ids, strata,
    weights, fpc)`. A weight of 0 takes part in n_h and in nothing else, as in R.
    """

    counts: Floats
    weights: Floats
    stratum: Positions
    population: Floats
    cluster: Positions | None = None
    lonely: Lonely = "fail"
    calibration: Calibration | None = None
    effect: float | None = None

    @classmethod
    def simple(cls, total: float, effect: float | None = None) -> Design:
        """Return the design of so many respondents without weights, or of those whose weights only a design effect tells of."""
        return cls(np.array([total]), np.ones(1), np.zeros(1, dtype=np.intp), np.array([np.nan]), effect=effect)

    @property
    def strata(self) -> int:
        """The number of strata."""
        return len(self.population)

    @cached_property
    def cluster_strata(self) -> Positions:
        """The stratum of each cluster."""
        assert self.cluster is not None
        return self.stratum[np.unique(self.cluster, return_index=True)[1]]

    @cached_property
    def size(self) -> Floats:
        """Units drawn in each stratum."""
        if self.cluster is not None:
            return np.bincount(self.cluster_strata, minlength=self.strata).astype(float)
        return np.asarray(np.bincount(self.stratum, self.counts, minlength=self.strata), dtype=float)

    @property
    def total(self) -> float:
        """Respondents in all."""
        return float(self.counts.sum())

    @property
    def df(self) -> float:
        """Units drawn less strata, those with weights of 0 alone left out."""
        kept = (self.weights > 0) & (self.counts > 0)
        units = self.counts[kept].sum() if self.cluster is None else len(np.unique(self.cluster[kept]))
        return float(units - len(np.unique(self.stratum[kept])))

    @property
    def corrected(self) -> bool:
        """Whether there is a finite population correction."""
        return not np.isnan(self.population).all()

    @property
    def one_stratum(self) -> bool:
        """Whether respondents were drawn from one stratum, without a finite population correction."""
        return self.strata == 1 and self.cluster is None and self.calibration is None and not self.corrected

    @cached_property
    def plain(self) -> bool:
        """Whether it is a simple sample: of one stratum, with weights of 1."""
        return self.one_stratum and self.effect is None and bool((self.weights == 1).all())

    def factors(self, fpc: bool = True) -> Floats:
        """Return (1 - f) n / (n - 1) of each stratum; NaN for a stratum of one that is not all of its population."""
        population = self.population if fpc else np.full(self.strata, np.nan)
        return stratum_factors(self.size, population, self.lonely)

    @property
    def mean_of(self) -> Floats:
        """How many units the mean of a stratum is of, that scores are centred at; infinite where it is not taken off."""
        return np.where((self.size == 1) & (self.lonely == "adjust"), np.inf, self.size)

    def _unexplained(self, scores: Floats) -> Floats:
        """Return weighted scores without what the margins explain, where the weights were raked to these."""
        known = self.calibration
        if known is None:
            return scores
        per_weight = np.divide(
            scores, self.weights[:, None], out=np.zeros_like(scores), where=self.weights[:, None] > 0
        )
        rows = known.levels[known.pattern]
        explained = known.inverse(self.counts) @ (rows.T * (self.counts * known.start)) @ per_weight
        return np.asarray(scores - self.weights[:, None] * (rows @ explained))

    def _drawn(self, scores: Floats) -> tuple[Positions, Floats, Floats]:
        """Return each drawn unit's stratum, how many it is, and its weighted scores, what margins explain taken off."""
        scores = self._unexplained(scores)
        if self.cluster is None:
            return self.stratum, self.counts, scores
        each = [np.bincount(self.cluster, self.counts * column) for column in scores.T]
        return self.cluster_strata, np.ones(len(self.cluster_strata)), np.stack(each, axis=-1)

    def squares(self, scores: Floats) -> Floats:
        """Return each stratum's centred sums of squares of weighted scores (a row a row of the data): stratum, total."""
        stratum, counts, scores = self._drawn(scores)
        sums, squares = (np.zeros((self.strata, scores.shape[1])) for _ in range(2))
        np.add.at(sums, stratum, counts[:, None] * scores)
        np.add.at(squares, stratum, counts[:, None] * scores**2)
        return np.asarray(np.maximum(squares - sums**2 / self.mean_of[:, None], 0.0))

    def covariance(self, scores: Floats) -> Floats:
        """Return the covariance of the totals of weighted scores (a row a row of the data, a column a total)."""
        stratum, counts, scores = self._drawn(scores)
        covariance = np.zeros((scores.shape[1], scores.shape[1]))
        for h, factor in enumerate(self.factors()):
            inside, n = scores[stratum == h], counts[stratum == h]
            centred = inside - n @ inside / self.mean_of[h]
            covariance += factor * (centred.T * n) @ centred
        return covariance


def read_design(
    sample: Sample,
    weights: Any = None,
    strata: str | Sequence[str] | None = None,
    fpc: Any = None,
    cluster: str | Sequence[str] | None = None,
    lonely: Lonely = "fail",
    calibration: Calibration | None = None,
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
        How many there are in the stratum (clusters, where these are drawn): a column, values in row order, or a number for
        all; no correction by default.
    cluster
        The columns whose crossing is the clusters drawn, within each stratum; respondents by default.
    lonely
        What a stratum with one unit adds to a variance: 'fail' refuses it, 'adjust' takes its distance from the mean of all,
        'certainty' nothing, as R's `survey.lonely.psu`.
    calibration
        The margins that the weights were raked to; those of `rake` know theirs.

    Raises
    ------
    EstimationError
        When no weight is above 0, a stratum has one unit (and more in its population), the population size differs within a
        stratum or is below its units.
    """
    w = np.ones(len(sample.data)) if weights is None else sample.numbers(weights, "weights")
    if not (w * sample.counts).any():
        got = f"{sample.total:.0f} respondents"
        raise EstimationError("no respondent has a weight above 0", where="weights", got=got)
    stratum, labels = _drawn(sample, names_of(strata), "a respondent is in no stratum")
    units = None
    if cluster is not None:
        units, _ = _drawn(sample, (*names_of(strata), *names_of(cluster)), "a respondent is in no cluster")
    population = _population(sample, fpc, stratum, labels)
    design = Design(sample.counts, w, stratum, population, units, lonely, calibration)
    _check_strata(design, labels, lonely == "fail" and (strata is not None or cluster is not None))
    return design


def names_of(by: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return some variables' names: none, one or several."""
    return (by,) if isinstance(by, str) else tuple(by or ())


def _drawn(sample: Sample, names: tuple[str, ...], problem: str) -> tuple[Positions, list[str]]:
    """Return each row's stratum or cluster, those that occur numbered from 0, and what they are called."""
    crossed = sample.crossed(names)
    if (crossed.positions < 0).any():
        raise DataError(problem, where=", ".join(names), got=int((crossed.positions < 0).sum()))
    used, positions = np.unique(crossed.positions, return_inverse=True)
    return positions.astype(np.intp), [":".join(map(str, crossed.levels[i])) or "the sample" for i in used]


def _population(sample: Sample, fpc: Any, stratum: npt.NDArray[Any], labels: list[str]) -> Floats:
    if fpc is None:
        return np.full(len(labels), np.nan)
    values = sample.numbers(fpc, "fpc")
    population = np.zeros(len(labels))
    population[stratum] = values
    varies = population[stratum] != values
    if varies.any():
        where = labels[int(stratum[varies.argmax()])]
        raise EstimationError("the population size differs within a stratum", where=where)
    return population


def _check_strata(design: Design, labels: list[str], declared: bool) -> None:
    for label, size, population in zip(labels, design.size, design.population, strict=True):
        if size > population:
            what = "more people answered than there are in the stratum"
            raise EstimationError(what, where=label, got=f"{size:.0f}", expected=population)
        if declared and size == 1 and population != 1:
            unit = "respondent" if design.cluster is None else "cluster"
            raise EstimationError(
                f"a stratum has one {unit}, so that its variance is not known", where=label, hint=LONELY_HINT
            )
