"""The union of all tables: every published place once, and the space of respondents behind them.

A place is an inner cell or a margin. Tables that reach the same place share it, so that it is shown or hidden in all
of them. Levels are told apart by how they are written, so that 1 and "1" are one level, and everything is kept in one
canonical order: neither the order of rows nor the type of a label can change what is hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DisclosureError, UsageError
from ..study import TICKED, Table

if TYPE_CHECKING:
    import pandas as pd

ELSEWHERE = "\x00elsewhere"
"""The level of respondents of whom a table does not say where they belong."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Region = tuple[tuple[str, tuple[str, ...]], ...]
"""Sorted pairs of a dimension and the levels it is held to; a dimension left out is summed over."""
Known = Table | Mapping[str, Any]
"""What an attacker knows besides: a table, or `{"where": {dim: level or [levels]}, "value": n}` (or `lo` and `hi`)."""


def level_key(level: object) -> str:
    """Return how a level is written: 1, 1.0 and "1" are one level."""
    if isinstance(level, float | np.floating) and float(level).is_integer():
        return str(int(level))
    return str(level)


@dataclass(frozen=True, eq=False)
class Part:
    """A table, or one question of a table whose levels of `stack` are separate questions.

    Parameters
    ----------
    table
        The table it comes from.
    question
        The level of the stack, None without one.
    dims
        Its dimensions; those of a stack are named `<stack>_<level>`, as the variable is.
    answer
        The dimension of answers, "" without one.
    levels
        The labels of each dimension, in the order of the table.
    keys
        The same as they are written.
    counts
        The counts with every margin, which stands last along each dimension.
    """

    table: Table
    question: object | None
    dims: tuple[str, ...]
    answer: str
    levels: tuple[tuple[object, ...], ...]
    keys: tuple[tuple[str, ...], ...]
    counts: Ints

    @property
    def total(self) -> int:
        """The number of respondents it counts."""
        return int(self.counts[(-1,) * self.counts.ndim])


def parts_of(table: Table) -> tuple[Part, ...]:
    """Return a table as its questions.

    Raises
    ------
    DisclosureError
        When two labels of a dimension are written alike.
    """
    import pandas as pd

    frame = table.frame.assign(**{dim: _levelled(table.frame[dim]) for dim in table.dims})
    if table.stack is None:
        return (_part(table, None, table.dims, table.answer or "", frame),)
    found = []
    for level in frame[table.stack].cat.categories:
        rows, name = frame[frame[table.stack] == level], level_key(level)
        name = name if name.startswith(f"{table.stack}_") else f"{table.stack}_{name}"
        rows = rows.drop(columns=table.stack).rename(columns={table.answer: name})
        dims = tuple(name if dim == table.answer else dim for dim in table.dims if dim != table.stack)
        if name not in dims:
            dims, rows = (*dims, name), rows.assign(**{name: pd.Categorical([TICKED] * len(rows), [TICKED])})
        found.append(_part(table, level, dims, name, rows))
    return tuple(found)


def _part(table: Table, question: object | None, dims: tuple[str, ...], answer: str, rows: pd.DataFrame) -> Part:
    levels = tuple(tuple(rows[dim].cat.categories) for dim in dims)
    keys = tuple(tuple(map(level_key, labels)) for labels in levels)
    for dim, written in zip(dims, keys, strict=True):
        if len(set(written)) != len(written):
            what, hint = "two levels are written alike", "give each level a label of its own"
            raise DisclosureError(what, where=f"{table.id}, {dim}", hint=hint)
    counts, numbers = np.zeros(tuple(map(len, keys)), dtype=np.int64), rows["count"].to_numpy(dtype=np.int64)
    np.add.at(counts, tuple(rows[dim].cat.codes.to_numpy() for dim in dims), numbers if dims else numbers.sum())
    for axis in range(counts.ndim):
        counts = np.concatenate([counts, counts.sum(axis=axis, keepdims=True)], axis=axis)
    return Part(table, question, dims, answer, levels, keys, counts)


def _levelled(column: pd.Series) -> pd.Series:
    """Return a column as a categorical: one that is none with its labels sorted, numbers before texts."""
    if column.dtype.name == "category":
        return column
    labels = column.astype(object).astype("category")
    return labels.cat.reorder_categories(sorted(labels.cat.categories, key=_order))


def _order(label: object) -> tuple[int, float, str]:
    if isinstance(label, int | float | np.number) and not isinstance(label, bool):
        return (0, float(label), "")
    return (1, 0.0, str(label))


class PublishedPlaces:
    """Every published place of a set of tables, once, with its true count.

    Parameters
    ----------
    tables
        What is to be published.
    known, zeros
        What an attacker knows besides, and cells that cannot hold anybody.

    Raises
    ------
    DisclosureError
        When two tables give the same place different counts, so that they cannot be about the same respondents.
    """

    def __init__(self, tables: Sequence[Table], known: Iterable[Known], zeros: Iterable[Mapping[str, Any]]) -> None:
        known = tuple(known)
        self.parts = tuple(part for table in tables for part in parts_of(table))
        told = tuple(part for table in known if isinstance(table, Table) for part in parts_of(table))
        self.population = max((part.total for part in (*self.parts, *told)), default=0)
        self.levels = self._levels((*self.parts, *told))
        self.regions: dict[Region, int] = {}
        self.values: list[int] = []
        self._owner: list[str] = []
        self.places = tuple(self._registered(part) for part in self.parts)
        self.told_parts = told
        self.told_places = tuple(self._registered(part) for part in told)
        facts = [fact for fact in known if not isinstance(fact, Table)]
        self.facts = tuple(found for fact in facts if (found := self._fact(fact)) is not None)
        self.zeros = tuple(region for zero in zeros if (region := self.region_of(zero)) is not None)
        self.zeros += tuple(self._absent())
        self.truth = np.array(self.values, dtype=np.int64)

    @property
    def all_parts(self) -> tuple[tuple[Part, Ints], ...]:
        """Each part, published or known, with the numbers of its places (shaped as its counts)."""
        return tuple(zip((*self.parts, *self.told_parts), (*self.places, *self.told_places), strict=True))

    def describe(self, place: int) -> str:
        """Return a place in words, without its count: the table and its levels."""
        region = next(r for r, number in self.regions.items() if number == place)
        inside = ", ".join(f"{dim}={'|'.join(levels)}" for dim, levels in region) or "all"
        return f"{self._owner[place]}: {inside.replace(ELSEWHERE, 'elsewhere')}"

    def deepest(self, place: int) -> str:
        """Return the table that publishes a place; the one of most dimensions where several do."""
        publish = [part for part, places in zip(self.parts, self.places, strict=True) if place in places]
        return max(publish, key=lambda part: len(part.dims)).table.id

    def region_of(self, where: Mapping[str, Any]) -> Region | None:
        """Return the region of a `where`; None when a dimension is in no table.

        Raises
        ------
        UsageError
            When a level is not known.
        """
        chosen = []
        for dim, wanted in sorted(where.items()):
            if dim not in self.levels:
                return None
            listed = wanted if isinstance(wanted, list | tuple | set | frozenset) else [wanted]
            keys = tuple(sorted(map(level_key, listed)))
            unknown = [key for key in keys if key not in self.levels[dim]]
            if unknown:
                raise UsageError("no such level", where=dim, got=unknown[0], expected=", ".join(self.levels[dim]))
            if len(keys) < len(self.levels[dim]):
                chosen.append((dim, keys))
        return tuple(chosen)

    def _levels(self, parts: Sequence[Part]) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {}
        told = {dim for part in parts if part.total == self.population for dim in part.dims}
        for part in parts:
            for dim, keys in zip(part.dims, part.keys, strict=True):
                found.setdefault(dim, set()).update(keys)
                if dim not in told:
                    found[dim].add(ELSEWHERE)
        return {dim: tuple(sorted(found[dim])) for dim in sorted(found)}

    def _registered(self, part: Part) -> Ints:
        """Return the numbers of a part's places; a margin is held to its levels where the table misses some respondents."""

        def held(dim: str, keys: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
            return None if keys == self.levels[dim] else (dim, keys)

        whole = part.total == self.population
        options = [
            [*(held(dim, (key,)) for key in keys), None if whole else held(dim, tuple(sorted(keys)))]
            for dim, keys in zip(part.dims, part.keys, strict=True)
        ]
        regions = (tuple(sorted(filter(None, pairs))) for pairs in product(*options))
        counts = zip(regions, part.counts.ravel().tolist(), strict=True)
        numbers = [self._number(region, count, part.table.id) for region, count in counts]
        return np.array(numbers, dtype=np.int64).reshape(part.counts.shape)

    def _number(self, region: Region, value: int, owner: str) -> int:
        number = self.regions.setdefault(region, len(self.values))
        if number == len(self.values):
            self.values.append(value)
            self._owner.append(owner)
        elif self.values[number] != value:
            raise DisclosureError(
                "two tables do not count the same respondents",
                where=f"{self._owner[number]} and {owner}",
                expected="the same margin in both",
                hint="count those who did not answer as a level of the answers (blank), in every table",
            )
        return number

    def _fact(self, fact: Mapping[str, Any]) -> tuple[Region, int | None, int | None] | None:
        region = self.region_of(fact.get("where") or {})
        low, high = (fact.get("lo"), fact.get("hi")) if "value" not in fact else (fact["value"], fact["value"])
        return None if region is None or (low is None and high is None) else (region, low, high)

    def _absent(self) -> Iterator[Region]:
        """Levels that a table of everybody does not have: nobody is there."""
        for part, _ in self.all_parts:
            if part.total == self.population:
                for dim, keys in zip(part.dims, part.keys, strict=True):
                    absent = tuple(key for key in self.levels[dim] if key not in keys)
                    if absent:
                        yield ((dim, absent),)


def inside(inner: Region, outer: Region) -> bool:
    """Return whether one region lies in another."""
    held = dict(inner)
    return all(dim in held and set(held[dim]) <= set(levels) for dim, levels in outer)


class Outer:
    """Some regions, and those of them that another lies in, found by hash.

    A region of single levels lies in another only where that one holds it to some of the same levels: so its subsets are
    looked up. Regions of several levels are kept by the dimensions they hold.

    Parameters
    ----------
    regions
        The regions.
    """

    def __init__(self, regions: Iterable[Region]) -> None:
        self._single: set[Region] = set()
        self._several: dict[tuple[str, ...], dict[Region, None]] = {}
        for region in regions:
            if all(len(levels) == 1 for _, levels in region):
                self._single.add(region)
            else:
                self._several.setdefault(dims_of(region), {})[region] = None

    def of(self, region: Region) -> Iterator[Region]:
        """Return the regions that a region lies in."""
        for size in range(len(region) + 1):
            for held in combinations(region, size):
                if held in self._single:
                    yield held
                yield from (outer for outer in self._several.get(dims_of(held), ()) if inside(held, outer))

    def hold(self, region: Region) -> bool:
        """Return whether a region lies in any of the regions."""
        return next(self.of(region), None) is not None


def dims_of(region: Region) -> tuple[str, ...]:
    """Return the dimensions that a region holds to some levels."""
    return tuple(dim for dim, _ in region)
