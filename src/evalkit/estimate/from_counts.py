"""Figures from bare counts, under the names that pages had before estimates took a release; each page that moves takes its name along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..study import Headline
from .asked import Asked, names_of, ordered_columns
from .compare import compare_groups
from .nonresponse import early_late_table, nonresponse_bounds
from .representation import indicator_table
from .response import response_rates


def _grouped(counts: Any, population: Any, groups: Sequence[Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = pd.Categorical(list(groups), categories=list(groups))
    frame = pd.DataFrame({"group": names, "population": np.asarray(population, dtype=float)})
    return pd.DataFrame({"group": names, "count": np.asarray(counts, dtype=float)}), frame


def response_rates_from_counts(counts: Any, population: Any, groups: Sequence[Any]) -> pd.DataFrame:
    """Return `response_rates` by group, in detail."""
    data, frame = _grouped(counts, population, groups)
    return response_rates(data, "group", frame=frame, detail=True)


def balance_from_counts(counts: Any, population: Any, groups: Sequence[Any]) -> pd.DataFrame:
    """Return the largest gap, the dissimilarity and the test of `compare_groups(data, 'responded', by)`."""
    data, frame = _grouped(counts, population, groups)
    table = compare_groups(data, "responded", "group", frame=frame)
    gaps = table[table["category"] == "gap"]
    largest = gaps.loc[[gaps["estimate"].abs().idxmax()]].assign(category="largest_gap")
    rest = pd.concat([largest, table[table["category"] != "gap"]], ignore_index=True)
    columns = ["category", "group", "estimate", "statistic", "df", "p_value"]
    return rest[columns].rename(columns={"category": "term"}).assign(n=int(gaps["n"].sum()))


def r_indicator_from_counts(cells: pd.DataFrame, variables: str | Sequence[str], level: float = 0.95) -> pd.DataFrame:
    """Return `r_indicator` of `count` and `population`, a row a crossing."""
    return indicator_table(cells[cells["population"] > 0], names_of(variables), level)


def sensitivity_from_counts(
    count: int, base: int, respondents: int, population: int, item: str, above: float | None, below: float | None
) -> pd.DataFrame:
    """Return `nonresponse_bounds` of one share."""
    data = pd.DataFrame({item: ["yes", "no"], "count": [count, base - count]})
    headline = Headline(item=item, categories=("yes",), label={"en": item}, above=above, below=below)
    return nonresponse_bounds(data, headline, population=population)


def early_and_late_from_counts(counts: Any, bases: Any, item: str, level: float = 0.95) -> pd.DataFrame:
    """Return `early_and_late` of one share."""
    given, base = (np.asarray(part, dtype=float) for part in (counts, bases))
    return ordered_columns(early_late_table(given, base, Asked(item), level))
