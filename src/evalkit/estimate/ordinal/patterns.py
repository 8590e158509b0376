"""The one pass over respondents: covariate patterns by category, with counts and sums of weights.

The likelihood of a cumulative link model, its robust and design-based covariances, its tests and its average effects
need of the respondents only, for each pattern of predictors and each category, how many there are (n), the sum of
their weights (w) and the sum of the squared weights (w2); where a design is given, its strata and clusters join the
key. After this pass no cost grows with the number of respondents.

The same table can be made elsewhere, with one query, and passed to `from_sums`::

    SELECT role, unit, belonging, COUNT(*) AS n, SUM(weight) AS w, SUM(weight * weight) AS w2
    FROM answers GROUP BY role, unit, belonging
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from evalkit.errors import DataError, EstimationError, UsageError, nearest

if TYPE_CHECKING:
    import pandas as pd

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
WeightKind = Literal["frequency", "sampling"]

CATEGORICAL_HINT = "make it a categorical: pd.Categorical(values, categories=[...])"
ORDERED_HINT = "make it an ordered categorical: pd.Categorical(values, categories=[low, ..., high], ordered=True)"


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
        Primary sampling units of each stratum in the population, or None (with replacement).
    clustered
        Whether the primary sampling units are clusters (else each respondent is one).
    """

    strata: tuple[Hashable, ...]
    sampled: FloatArray
    population: FloatArray | None
    clustered: bool


@dataclass(frozen=True)
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
    weighted
        Whether weights were given.
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
    weighted: bool
    psu: IntArray | None
    stratum: IntArray | None
    cluster: str | None
    design: SurveyDesign | None
    missing: Mapping[str, int]
    n_missing: int
    unused: Mapping[str, tuple[Hashable, ...]]

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
    def squares(self) -> FloatArray:
        """(patterns, categories): sums of squared weights."""
        return self.table(self.w2)

    @property
    def pattern_weights(self) -> FloatArray:
        """(patterns,): sum of weights of each pattern."""
        return np.asarray(np.bincount(self.pattern, self.w, minlength=len(self.predictors)), dtype=np.float64)

    def notes(self) -> tuple[str, ...]:
        """Say what an analyst should know: unused categories and levels, lone respondents, a binary outcome."""
        unused = [f"{name}: nobody is left in {', '.join(map(str, levels))}" for name, levels in self.unused.items()]
        alone = [f"{name}: one respondent in {level}" for name, level in self.lone_levels]
        binary = ["two categories: this is a binary regression"] if len(self.categories) == 2 else []
        return (*unused, *alone, *binary)

    @property
    def lone_levels(self) -> tuple[tuple[str, Hashable], ...]:
        """Pairs of a variable and a level with one respondent."""
        totals = np.bincount(self.pattern, self.n, minlength=len(self.predictors))
        found: list[tuple[str, Hashable]] = []
        for name in self.predictors.columns:
            column = self.predictors[name]
            if hasattr(column, "cat"):
                size = np.bincount(column.cat.codes, totals)
                found += [(name, level) for level, n in zip(column.cat.categories, size, strict=True) if n == 1]
        return tuple(found)

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
    design: bool = False,
) -> Patterns:
    """Group respondents by pattern and category.

    Parameters
    ----------
    data
        Anything narwhals reads: a pandas or Polars frame (also lazy), a DuckDB relation. One row a respondent, or a
        table of counts (`weights` its column of counts, `weight_kind='frequency'`).
    outcome
        An ordered categorical (pandas ordered, Polars or DuckDB Enum).
    predictors
        Categoricals, booleans or numbers. A Polars Categorical, which has no order, is sorted by label.
    weights, weight_kind
        Column of weights: whole counts ('frequency') or sampling weights above zero ('sampling').
    cluster, strata, fpc
        Columns of the design. `fpc` is the stratum's number of primary sampling units in the population
        (respondents, or clusters where `cluster` is given).
    design
        Keep the sampling design even when none of these three is given (independent respondents).

    Raises
    ------
    UsageError
        A column does not exist.
    DataError
        A variable has the wrong type, or weights or design columns are unusable.
    EstimationError
        Nobody is left, or the outcome or a predictor takes one value only.
    """
    frame = _read(data)
    columns = list(frame.collect_schema().names())
    _check_columns([outcome, *predictors, weights, cluster, strata, fpc], columns)
    levels = {name: _levels(data, frame, name, is_outcome=name == outcome) for name in (outcome, *predictors)}
    keys = list(dict.fromkeys(name for name in (outcome, *predictors, cluster, strata, fpc) if name is not None))
    table = _grouped(frame, keys, weights, weight_kind)
    return _assemble(
        table, outcome, tuple(predictors), levels, weight_kind, weights is not None, cluster, strata, fpc, design
    )


def from_sums(
    table: Any,
    outcome: str,
    predictors: Sequence[str],
    *,
    n: str = "n",
    w: str = "w",
    w2: str = "w2",
    cluster: str | None = None,
    strata: str | None = None,
    fpc: str | None = None,
    design: bool = False,
) -> Patterns:
    """Take patterns with sampling weights that were summed elsewhere.

    Parameters
    ----------
    table
        A row a cell, with columns of respondents, of sums of weights and of sums of squared weights.
    outcome, predictors, cluster, strata, fpc, design
        As in `collapse`.
    n, w, w2
        Names of the three columns.

    Raises
    ------
    DataError
        The three columns cannot be sums of positive weights (w2 < w^2 / n), and as in `collapse`.
    """
    frame = _read(table)
    _check_columns([outcome, *predictors, n, w, w2, cluster, strata, fpc], list(frame.collect_schema().names()))
    levels = {name: _levels(table, frame, name, is_outcome=name == outcome) for name in (outcome, *predictors)}
    keys = list(dict.fromkeys(name for name in (outcome, *predictors, cluster, strata, fpc) if name is not None))
    summed = _summed(frame, keys, n, w, w2)
    respondents, sums, squares = (summed[name].to_numpy(dtype=np.float64) for name in ("n", "w", "w2"))
    if not (np.all(respondents > 0) and np.all(sums > 0) and np.all(squares * respondents >= sums**2 * (1 - 1e-9))):
        raise DataError(
            "these are no sums of positive weights", where=f"{n}, {w}, {w2}", expected="n > 0, w > 0, w2 >= w^2 / n"
        )
    return _assemble(summed, outcome, tuple(predictors), levels, "sampling", True, cluster, strata, fpc, design)


def _read(data: Any) -> Any:
    import narwhals as nw

    try:
        return nw.from_native(data).lazy()
    except TypeError as error:
        raise UsageError(
            "the data are no table", where="data", got=type(data).__name__, expected="pandas, Polars or DuckDB"
        ) from error


def _check_columns(names: Sequence[str | None], columns: Sequence[str]) -> None:
    for name in names:
        if name is not None and name not in columns:
            raise UsageError("no such column", where="data", got=name, hint=nearest(name, columns))


def _levels(data: Any, frame: Any, name: str, *, is_outcome: bool) -> list[Hashable] | None:
    """Levels of a categorical in their order; an empty list where the order is by label; None for a number."""
    import narwhals as nw

    dtype = frame.collect_schema()[name]
    native = getattr(data, "dtypes", {})[name] if type(data).__module__.startswith("pandas") else None
    if dtype in (nw.Enum, nw.Categorical):
        ordered = dtype == nw.Enum if native is None else bool(native.ordered)
        if is_outcome and not ordered:
            raise DataError("the outcome's categories have no order", where=name, hint=ORDERED_HINT)
        if native is not None:
            return list(native.categories)
        return list(dtype.categories) if dtype == nw.Enum else []
    if is_outcome:
        raise DataError(
            "the outcome is no ordered categorical", where=name, got=dtype, expected="Enum", hint=ORDERED_HINT
        )
    if dtype.is_numeric() or dtype == nw.Boolean:
        return None
    raise DataError("a predictor is neither categorical nor numeric", where=name, got=dtype, hint=CATEGORICAL_HINT)


def _grouped(frame: Any, keys: list[str], weights: str | None, kind: WeightKind) -> pd.DataFrame:
    """Group by keys, nulls among them, and return the keys with n, w and w2."""
    import narwhals as nw

    places = [nw.col(name).alias(f"k{i}") for i, name in enumerate(keys)]
    names = [f"k{i}" for i in range(len(keys))]
    if weights is None:
        table = frame.select(*places).group_by(*names).agg(nw.len().alias("n")).collect().to_pandas()
        table["n"] = table["n"].astype(np.float64)
        table = table.assign(w=table["n"], w2=table["n"])
    else:
        weight = nw.col(weights).cast(nw.Float64)
        whole = (weight - weight.round()).abs().alias("part")
        summed = (
            frame.select(*places, weight.alias("w"), (weight * weight).alias("w2"), whole)
            .group_by(*names)
            .agg(
                nw.len().alias("n"),
                nw.col("w").count().alias("known"),
                nw.col("w").min().alias("least"),
                nw.col("part").max(),
                nw.col("w").sum(),
                nw.col("w2").sum(),
            )
        )
        table = _checked_weights(summed.collect().to_pandas(), weights, kind)
    renamed: pd.DataFrame = table.rename(columns=dict(zip(names, keys, strict=True)))
    return renamed


def _summed(frame: Any, keys: list[str], n: str, w: str, w2: str) -> pd.DataFrame:
    import narwhals as nw

    places = [nw.col(name).alias(f"k{i}") for i, name in enumerate(keys)]
    names = [f"k{i}" for i in range(len(keys))]
    sums = [nw.col(column).cast(nw.Float64).alias(name) for name, column in (("n", n), ("w", w), ("w2", w2))]
    table = frame.select(*places, *sums).group_by(*names).agg(*[nw.col(name).sum() for name in ("n", "w", "w2")])
    renamed: pd.DataFrame = table.collect().to_pandas().rename(columns=dict(zip(names, keys, strict=True)))
    return renamed


def _checked_weights(table: pd.DataFrame, weights: str, kind: WeightKind) -> pd.DataFrame:
    total = table["w"].to_numpy(dtype=np.float64)
    if (table["known"] < table["n"]).any() or not np.all(np.isfinite(total)):
        raise DataError("a weight is missing or not finite", where=weights, hint="give every respondent a weight")
    least = float(table["least"].min())
    if least < 0:
        raise DataError("a weight is negative", where=weights)
    if kind == "sampling":
        if least == 0:
            raise DataError(
                "a sampling weight is zero", where=weights, hint="leave those out who represent nobody, or weight them"
            )
        return table[[*_key_columns(table), "n", "w", "w2"]].astype({"n": np.float64})
    if float(table["part"].max()) > 0:
        raise DataError("a frequency is not a whole number", where=weights, hint="use weight_kind='sampling'")
    kept = table.loc[table["w"] > 0, [*_key_columns(table), "w"]]
    return kept.assign(n=kept["w"], w2=kept["w"])


def _key_columns(table: pd.DataFrame) -> list[str]:
    return [name for name in table.columns if name.startswith("k") and name[1:].isdigit()]


def _assemble(
    table: pd.DataFrame,
    outcome: str,
    predictors: tuple[str, ...],
    levels: dict[str, list[Hashable] | None],
    weight_kind: WeightKind,
    weighted: bool,
    cluster: str | None,
    strata: str | None,
    fpc: str | None,
    wants_design: bool,
) -> Patterns:
    import pandas as pd

    values = pd.DataFrame({name: _typed(table[name], levels[name], name) for name in (outcome, *predictors)})
    absent = values.isna()
    n = table["n"].to_numpy(dtype=np.float64)
    missing = {name: round(float(n[absent[name].to_numpy()].sum())) for name in values.columns}
    kept = ~absent.any(axis=1).to_numpy()
    if not n[kept].sum() > 0:
        raise EstimationError("no respondent has answered all of it", where=", ".join(values.columns))
    psu, stratum, survey = _design(table, n, cluster, strata, fpc, wants_design)
    values, unused = _without_unused(values[kept].reset_index(drop=True))
    _check_levels(values, outcome)
    pattern, rows = _pattern_index(values[list(predictors)])
    category = values[outcome].cat.codes.to_numpy().astype(np.int64)
    order = np.lexsort((category, pattern))
    return Patterns(
        outcome=outcome,
        categories=tuple(values[outcome].cat.categories),
        predictors=values.loc[rows, list(predictors)].reset_index(drop=True),
        pattern=pattern[order],
        category=category[order],
        n=n[kept][order],
        w=table["w"].to_numpy(dtype=np.float64)[kept][order],
        w2=table["w2"].to_numpy(dtype=np.float64)[kept][order],
        weight_kind=weight_kind,
        weighted=weighted,
        psu=None if psu is None else psu[kept][order],
        stratum=None if stratum is None else stratum[kept][order],
        cluster=cluster,
        design=survey,
        missing=missing,
        n_missing=round(float(n[~kept].sum())),
        unused=unused,
    )


def _typed(column: pd.Series[Any], levels: list[Hashable] | None, name: str) -> pd.Series[Any]:
    import pandas as pd

    if levels is not None:
        order = levels or sorted(column.dropna().unique())
        if isinstance(column.dtype, pd.CategoricalDtype):
            return column.cat.set_categories(order, ordered=False).reset_index(drop=True)
        return pd.Series(pd.Categorical(column.astype(object), categories=order))
    numbers = pd.Series(column.to_numpy(dtype=np.float64, na_value=np.nan))
    if np.isinf(numbers).any():
        raise DataError("a number is infinite", where=name)
    return numbers


def _without_unused(values: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, tuple[Hashable, ...]]]:
    """Drop levels that nobody is left in, and say which."""
    used, unused = values.copy(), {}
    for name in values.columns:
        if hasattr(values[name], "cat"):
            used[name] = values[name].cat.remove_unused_categories()
            left = set(used[name].cat.categories)
            empty = tuple(level for level in values[name].cat.categories if level not in left)
            if empty:
                unused[name] = empty
    return used, unused


def _check_levels(values: pd.DataFrame, outcome: str) -> None:
    for name in values.columns:
        if values[name].nunique() < 2:
            kind = "the outcome" if name == outcome else "a predictor"
            raise EstimationError(f"{kind} takes one value only among those in the model", where=name)


def _codes(column: pd.Series[Any]) -> IntArray:
    if hasattr(column, "cat"):
        return column.cat.codes.to_numpy().astype(np.int64)
    return np.unique(column.to_numpy(), return_inverse=True)[1].astype(np.int64)


def _pattern_index(predictors: pd.DataFrame) -> tuple[IntArray, IntArray]:
    """Return the pattern of each row and, for each pattern, its first row; patterns are sorted by level."""
    index = np.zeros(len(predictors), dtype=np.int64)
    for name in predictors.columns:
        codes = _codes(predictors[name])
        index = np.unique(index * (codes.max() + 1) + codes, return_inverse=True)[1].astype(np.int64)
    return index, np.unique(index, return_index=True)[1].astype(np.int64)


def _design(
    table: pd.DataFrame,
    n: FloatArray,
    cluster: str | None,
    strata: str | None,
    fpc: str | None,
    wanted: bool,
) -> tuple[IntArray | None, IntArray | None, SurveyDesign | None]:
    """Code the design's columns; its sizes count everyone drawn, whether or not they are in the model."""
    import pandas as pd

    for name in (cluster, strata, fpc):
        if name is not None and table[name].isna().any():
            raise DataError("a respondent's place in the design is missing", where=name)
    psu = None if cluster is None else pd.factorize(table[cluster], sort=True)[0].astype(np.int64)
    if strata is None and fpc is None and not wanted:
        return psu, None, None
    labels: Sequence[Hashable] = ("all",)
    stratum = np.zeros(len(table), dtype=np.int64)
    if strata is not None:
        coded, names = pd.factorize(table[strata], sort=True)
        stratum, labels = coded.astype(np.int64), tuple(names)
    sampled = np.asarray(np.bincount(stratum, n), dtype=np.float64)
    if psu is not None:
        pairs = np.unique(np.column_stack([psu, stratum]), axis=0)
        if len(pairs) > len(np.unique(psu)):
            raise DataError(
                "a cluster lies in several strata", where=cluster, hint="number the clusters anew within strata"
            )
        sampled = np.bincount(pairs[:, 1]).astype(np.float64)
    population = None if fpc is None else _population(table[fpc], stratum, sampled, fpc, labels)
    return psu, stratum, SurveyDesign(tuple(labels), sampled, population, psu is not None)


def _population(
    sizes: pd.Series[Any], stratum: IntArray, sampled: FloatArray, fpc: str, labels: Sequence[Hashable]
) -> FloatArray:
    values = sizes.to_numpy(dtype=np.float64)
    population = np.full(len(sampled), -np.inf)
    np.maximum.at(population, stratum, values)
    if np.any(values != population[stratum]):
        raise DataError("the population size differs within a stratum", where=fpc)
    for label, size, drawn in zip(labels, population, sampled, strict=True):
        if not size >= drawn:
            raise DataError(
                "more were drawn than the population has",
                where=f"{fpc}, stratum {label}",
                got=f"{drawn:g} drawn of {size:g}",
                hint="give the population size of the stratum, not the sampling fraction",
            )
    return population
