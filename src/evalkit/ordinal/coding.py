"""Columns of any frame as codes, and the cells that their combinations make.

pandas columns are coded and counted as they are, in a few passes over integers. Other frames are first grouped where
they live, through narwhals, so that only a table of cells is brought over; the same code then runs on that table.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import DataError, UsageError, one_of
from .arrays import FloatArray, IntArray

WeightKind = Literal["frequency", "sampling"]

DENSE = 1_000_000
COUNT = "count"
"""The column that says how many respondents a row stands for."""
CATEGORICAL_HINT = "make it a categorical: pd.Categorical(values, categories=[...])"
ORDERED_HINT = "make it an ordered categorical: pd.Categorical(values, categories=[low, ..., high], ordered=True)"


@dataclass(frozen=True, repr=False)
class Coded:
    """A column as codes.

    Parameters
    ----------
    codes
        (rows,): places in `levels`; -1 where missing.
    levels
        The levels in order: of a categorical its own, else the sorted values.
    categorical
        Whether the column is categorical, not a number.
    """

    codes: IntArray
    levels: pd.Index
    categorical: bool

    def take(self, rows: npt.NDArray[Any]) -> Coded:
        """Keep some rows."""
        return Coded(self.codes[rows], self.levels, self.categorical)

    def without_unused(self) -> tuple[Coded, tuple[Hashable, ...]]:
        """Drop the levels that no row has, and return these."""
        used = np.bincount(self.codes[self.codes >= 0], minlength=len(self.levels)) > 0
        if used.all():
            return self, ()
        place = np.append(np.cumsum(used) - 1, -1)
        return Coded(place[self.codes], self.levels[used], self.categorical), tuple(self.levels[~used])

    def values(self) -> FloatArray:
        """Return the numbers of a numeric column."""
        return np.asarray(self.levels, dtype=np.float64)[self.codes]

    def series(self) -> pd.Series[Any]:
        """Return the column again: a categorical, or numbers."""
        if self.categorical:
            return pd.Series(pd.Categorical.from_codes(self.codes, self.levels))
        return pd.Series(self.values())


@dataclass(frozen=True, repr=False)
class Rows:
    """Rows of keys with the respondents and weights that each stands for.

    Parameters
    ----------
    keys
        The key columns.
    n, w, w2
        (rows,): respondents, sum of weights, sum of squared weights.
    """

    keys: dict[str, Coded]
    n: FloatArray
    w: FloatArray
    w2: FloatArray

    def cells(self) -> Rows:
        """Sum rows with the same keys; cells come in the order of their keys' levels.

        Respondents with a weight of 0 have cells of their own: they were drawn, and are in no model.
        """
        index, size = combine(list(self.keys.values()))
        if (idle := (self.w == 0) & (self.n > 0)).any():
            index, size = 2 * index + idle, 2 * size
        somewhere = np.full(size, -1)
        somewhere[index] = np.arange(len(index))
        present = np.flatnonzero(np.bincount(index, self.n, minlength=size) > 0)
        n, w, w2 = (
            np.asarray(np.bincount(index, values, minlength=size)[present], dtype=np.float64)
            for values in (self.n, self.w, self.w2)
        )
        return Rows({name: column.take(somewhere[present]) for name, column in self.keys.items()}, n, w, w2)


def combine(columns: Sequence[Coded]) -> tuple[IntArray, int]:
    """Give each combination of levels a number, in their order; return the numbers and how many there can be."""
    rows = len(columns[0].codes)
    for column in columns:
        if len(column.levels) == rows and rows and column.codes.min() >= 0:
            return column.codes, rows  # a number of which every row has its own tells all rows apart
    index, size = np.zeros(rows, dtype=np.int64), 1
    for column in columns:
        width = len(column.levels) + 1
        index = index * width + (column.codes + 1)
        size *= width
        if size > DENSE:
            found, index = np.unique(index, return_inverse=True)
            index, size = index.astype(np.int64), len(found)
    return index, size


def read_rows(
    data: Any,
    outcome: str,
    predictors: Sequence[str],
    design: Sequence[str | None],
    weights: str | None,
    kind: WeightKind,
) -> Rows:
    """Code the outcome, the predictors and the design's columns of any frame.

    A column `count` that is none of these says how many respondents a row stands for.

    Raises
    ------
    UsageError
        The data are no table, a column does not exist, or twice, or two columns count the respondents.
    DataError
        A column's type, a count or a weight is unusable.
    """
    frame = read_frame(data)
    schema = frame.collect_schema()
    design_names = [name for name in design if name is not None]
    for name in (outcome, *predictors, *design_names, *([weights] if weights else [])):
        one_of(name, schema.names(), "column", "data")
    names = list(dict.fromkeys([outcome, *predictors, *design_names]))
    count, weight = _counted_by(schema, names, weights, kind)
    levels = {name: _levels(data, schema[name], name, is_outcome=name == outcome) for name in (outcome, *predictors)}
    if _is_pandas(data):
        table, measures = data, _row_measures(data, count, weight)
    else:
        table, measures = _grouped(frame, names, count, weight)
    # counts that were completed from published margins are fractional; elsewhere a fraction is a sampling weight mistaken
    measures["part"] = measures["part"] * (not getattr(data, "attrs", {}).get("completed", False))
    n, w, w2 = _checked(measures, count, weight)
    return Rows({name: _coded(table[name], levels.get(name), name, name in levels) for name in names}, n, w, w2)


def _counted_by(
    schema: Any, names: Sequence[str], weights: str | None, kind: WeightKind
) -> tuple[str | None, str | None]:
    """Return the column of counts and that of sampling weights."""
    counted = COUNT if COUNT in schema.names() and COUNT not in names else None
    if kind == "frequency" and weights not in (None, COUNT) and counted:
        got, hint = f"{weights}, {counted}", "drop one of them"
        raise UsageError("two columns count the respondents", where="weights", got=got, hint=hint)
    count, weight = (weights or counted, None) if kind == "frequency" else (counted, weights)
    for name in (count, weight):
        if name is not None and not schema[name].is_numeric():
            raise DataError("the weights are no numbers", where=name, got=schema[name])
    return count, weight


def read_frame(data: Any) -> Any:
    """Return the data as a lazy narwhals frame.

    Raises
    ------
    UsageError
        They are no table, or two columns have one name.
    """
    import narwhals as nw

    try:
        return nw.from_native(data).lazy()
    except TypeError as error:
        got, expected = type(data).__name__, "pandas, Polars or DuckDB"
        raise UsageError("the data are no table", where="data", got=got, expected=expected) from error
    except nw.exceptions.DuplicateError as error:
        raise UsageError("two columns of the data have one name", where="data", got=error) from error


def column_names(data: Any) -> list[str]:
    """Return the names of the data's columns; raises as `read_frame`."""
    return list(read_frame(data).collect_schema().names())


def _is_pandas(data: Any) -> bool:
    return type(data).__module__.startswith("pandas")


def _levels(data: Any, dtype: Any, name: str, *, is_outcome: bool) -> list[Hashable] | None:
    """Levels of a categorical in their order; an empty list where the order is by label; None for a number."""
    import narwhals as nw

    if dtype in (nw.Enum, nw.Categorical):
        own = data[name].dtype if _is_pandas(data) else None
        ordered = dtype == nw.Enum if own is None else bool(own.ordered)
        if is_outcome and not ordered:
            raise DataError("the outcome's categories have no order", where=name, hint=ORDERED_HINT)
        if own is not None:
            return list(own.categories)
        return list(dtype.categories) if dtype == nw.Enum else []
    if is_outcome:
        what = "the outcome is no ordered categorical"
        raise DataError(what, where=name, got=dtype, expected="Enum", hint=ORDERED_HINT)
    if dtype.is_numeric() or dtype == nw.Boolean:
        return None
    raise DataError("this column is neither categorical nor numeric", where=name, got=dtype, hint=CATEGORICAL_HINT)


def _coded(column: pd.Series[Any], levels: list[Hashable] | None, name: str, is_variable: bool) -> Coded:
    """Code a column: a variable by its levels or as a number, a column of the design as it comes."""
    if levels is not None:
        order = pd.Index(levels or sorted(column.dropna().unique()))
        return Coded(pd.Categorical(column, order).codes.astype(np.int64), order, categorical=True)
    if not is_variable:
        codes, found = pd.factorize(column, sort=True)
        return Coded(codes.astype(np.int64), pd.Index(found), categorical=False)
    numbers, codes = np.unique(column.to_numpy(dtype=np.float64, na_value=np.nan), return_inverse=True)
    if np.isinf(numbers).any():
        raise DataError("a number is infinite", where=name)
    if len(numbers) and np.isnan(numbers[-1]):
        numbers, codes = numbers[:-1], np.where(codes == len(numbers) - 1, -1, codes)
    return Coded(codes.astype(np.int64), pd.Index(numbers), categorical=False)


def _row_measures(data: pd.DataFrame, count: str | None, weight: str | None) -> dict[str, FloatArray]:
    """Return of each row what `_grouped` sums."""
    one = np.ones(len(data))
    n, v = (one if name is None else data[name].to_numpy(np.float64, na_value=np.nan) for name in (count, weight))
    with np.errstate(invalid="ignore"):
        part = np.abs(n - np.rint(n))
    found = {"n": n, "w": n * v, "w2": n * v * v, "rows": one, "part": part}
    for name, column in (("count", n), ("weight", v)):
        found |= {f"{name}_known": 1.0 - np.isnan(column), f"{name}_least": column}
    return found


def _grouped(
    frame: Any, names: list[str], count: str | None, weight: str | None
) -> tuple[pd.DataFrame, dict[str, FloatArray]]:
    """Group by keys, nulls among them, where the frame lives."""
    import narwhals as nw

    n, v = (nw.lit(1.0) if name is None else nw.col(name).cast(nw.Float64) for name in (count, weight))
    keys = [f"k{i}" for i in range(len(names))]
    places = [nw.col(name).alias(key) for name, key in zip(names, keys, strict=True)]
    measures = [n.alias("n"), v.alias("v")]
    rows = frame.select(*places, *measures).with_columns(
        (nw.col("n") * nw.col("v")).alias("w"),
        (nw.col("n") * nw.col("v") * nw.col("v")).alias("w2"),
        (nw.col("n") - nw.col("n").round()).abs().alias("part"),
    )
    sums = [nw.len().alias("rows"), nw.col("part").max()]
    for name, column in (("count", "n"), ("weight", "v")):
        sums += [nw.col(column).count().alias(f"{name}_known"), nw.col(column).min().alias(f"{name}_least")]
    sums += [nw.col(name).sum() for name in ("n", "w", "w2")]
    table = rows.group_by(*keys).agg(*sums).collect().to_pandas()
    found = {name: table[name].to_numpy(np.float64, na_value=np.nan) for name in table.columns if name not in keys}
    return table.rename(columns=dict(zip(keys, names, strict=True))), found


def _checked(
    measures: dict[str, FloatArray], count: str | None, weight: str | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return n, w and w2 of each row, after looking at the counts and the weights."""
    n, w, w2 = (measures[name] for name in ("n", "w", "w2"))
    for name, column, total in (("count", count, n), ("weight", weight, w)):
        if column is None:
            continue
        if np.any(measures[f"{name}_known"] < measures["rows"]) or not np.all(np.isfinite(total)):
            raise DataError("a weight is missing or not finite", where=column, hint="give every respondent a weight")
        if np.any(measures[f"{name}_least"] < 0):
            raise DataError("a weight is negative", where=column)
        if len(total) and not np.any(total > 0):
            raise DataError("all weights are zero", where=column)
    if count is not None and np.any(measures["part"] > 0):
        raise DataError("a frequency is not a whole number", where=count, hint="use weight_kind='sampling'")
    return n, w, w2
