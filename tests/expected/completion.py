"""A completion of published counts: the table of most entropy among those with every number that was published.

Only what a reader has is used: the CSV files of a built report. Each published number is the sum of some cells of the crossing of all
dimensions; going round and scaling each sum to its number is the projection on it in the sense of Kullback and Leibler, and going round for ever
converges to the table of most entropy (Csiszar 1975). Plain iterative proportional fitting, with a sum a number instead of a margin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pandas as pd
from cumulative import Array
from files import HIDDEN, read_csv

TOTAL = "__total__"


@dataclass(frozen=True)
class Sum:
    """A published number: the cells with these codes add up to it."""

    where: tuple[tuple[str, str], ...]
    value: float


def published(folder: Path, dims: Sequence[str]) -> list[Sum]:
    """Return every count that a report's files show of some dimensions and their crossings."""
    found: dict[tuple[tuple[str, str], ...], float] = {}
    for path in sorted(folder.glob("*.csv")):
        columns, rows = read_csv(path)
        own = [name for name in columns if f"{name}_label" in columns]
        if "count" not in columns or not own or not set(own) <= set(dims):
            continue
        for row in rows:
            if row["count"] != HIDDEN:
                where = tuple(sorted((name, row[name]) for name in own if row[name] != TOTAL))
                found[where] = float(row["count"])
    return [Sum(where, value) for where, value in found.items()]


def shown_sums(answers: pd.DataFrame, dims: Sequence[str], hidden: set[frozenset[tuple[str, str]]]) -> list[Sum]:
    """Return the sums that a report would show, from the answers and the list of what it hides: all, each dimension, each two."""
    found = [Sum((), float(answers["count"].sum()))]
    for size in (1, 2):
        for names in combinations(dims, size):
            levels = [[code for code in dict.fromkeys(answers[name]) if code == code] for name in names]
            counts = answers.groupby(list(names))["count"].sum()
            for codes in product(*levels):
                where = tuple(sorted(zip(names, codes, strict=True)))
                if frozenset(where) not in hidden:
                    found.append(Sum(where, float(counts.get(codes if size > 1 else codes[0], 0))))
    return found


def hidden_in(folder: Path) -> list[str]:
    """Return the cells that a report's files hide, as 'dimension=code;dimension=code'."""
    found = set()
    for path in sorted(folder.glob("*.csv")):
        columns, rows = read_csv(path)
        own = [name for name in columns if f"{name}_label" in columns]
        for row in rows if "count" in columns and own else []:
            if row["count"] == HIDDEN:
                found.add(";".join(sorted(f"{name}={row[name]}" for name in own if row[name] != TOTAL)))
    return sorted(found)


def as_cell(text: str) -> frozenset[tuple[str, str]]:
    """Return a hidden cell as pairs of a dimension and a code."""
    return frozenset(tuple(part.split("=", 1)) for part in text.split(";"))  # type: ignore[misc]


def levels_of(sums: Sequence[Sum], dims: Sequence[str]) -> dict[str, list[str]]:
    """Return the codes of each dimension that the published numbers name."""
    found: dict[str, list[str]] = {name: [] for name in dims}
    for entry in sums:
        for name, code in entry.where:
            if code not in found[name]:
                found[name].append(code)
    return found


def completed(
    sums: Sequence[Sum],
    dims: Sequence[str],
    start: pd.Series | None = None,
    rounds: int = 20000,
    tolerance: float = 1e-9,
) -> pd.DataFrame:
    """Return the crossing of all dimensions with a count a cell, in the proportions of `start` where nothing published says otherwise."""
    known = levels_of(sums, dims)
    cells = pd.MultiIndex.from_product([known[name] for name in dims], names=list(dims)).to_frame(index=False)
    counts = np.ones(len(cells)) if start is None else np.array(start.reindex(pd.MultiIndex.from_frame(cells)), float)
    places = [(_places(cells, entry), entry.value) for entry in sums]
    for where, value in places:
        if value == 0:
            counts[where] = 0
    for _ in range(rounds):
        worst = _round(counts, places)
        if worst < tolerance:
            break
    return cells.assign(count=counts)


def _places(cells: pd.DataFrame, entry: Sum) -> Array:
    inside = np.ones(len(cells), bool)
    for name, code in entry.where:
        inside &= (cells[name] == code).to_numpy()
    return np.flatnonzero(inside)


def _round(counts: Array, places: Sequence[tuple[Array, float]]) -> float:
    worst = 0.0
    for where, value in places:
        total = counts[where].sum()
        if total > 0:
            worst = max(worst, abs(total - value))
            counts[where] *= value / total
    return worst
