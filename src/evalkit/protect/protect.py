"""Protection: which of all published counts are hidden, decided for all tables together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import UsageError
from ..study import TOTAL, DisclosureRule, Table
from .combinations import Combinations
from .feasible_counts import FeasibleCounts, People
from .primary import primary
from .published_places import Flags, Ints, Known, Part, PublishedPlaces
from .required_width import RequiredWidths
from .safe import SafeTable, made_safe
from .secondary import Search

if TYPE_CHECKING:
    import pandas as pd


def protect(
    tables: Sequence[Table],
    rule: DisclosureRule,
    *,
    known: Iterable[Known] = (),
    zeros: Iterable[Mapping[str, Any]] = (),
    hide: Iterable[Mapping[str, Any]] = (),
    respondents: pd.DataFrame | People | None = None,
    out: Sequence[SafeTable] = (),
) -> list[SafeTable]:
    """Hide what must not be published, over all tables jointly.

    Parameters
    ----------
    tables
        Tables of counts of the same respondents; every margin of each counts as published. A place that several tables
        reach is shown or hidden in all of them.
    rule
        What is hidden, and how wide the interval of a hidden count has to be.
    known
        What any attacker knows besides: tables, or figures `{"where": {dim: level}, "value": n}`. It is never hidden.
    zeros
        Cells that cannot hold anybody, as `{dim: level}`: shown, and never used to hide others.
    hide
        Places to hide besides those that the rule hides, as `{dim: level}`.
    respondents
        The respondents behind the tables (a column a dimension, and `count`), or what returns them by some dimensions, where
        they are at hand: saves looking for counts that add up to all tables.
    out
        What is out already, of some of the tables: shown there stays shown, hidden stays hidden.

    Returns
    -------
    list of SafeTable
        In the order given. Every count is the true one or hidden.

    Raises
    ------
    NoPatternError
        When no pattern protects the tables; says where, which table to leave out, and what else may be done.
    DisclosureError
        When they do not count the same respondents.

    Examples
    --------
    >>> counts = pd.DataFrame({"unit": ["north", "south"], "count": [41, 2]})
    >>> (safe,) = protect([Table("people", ["unit"], counts, answer="")], DisclosureRule(base=5, width=3))
    >>> safe.hidden
    2
    """
    tables = list(tables)
    names = [table.id for table in tables]
    if len(set(names)) != len(names):
        raise UsageError("a table stands twice", where=next(n for n in names if names.count(n) > 1))
    published = PublishedPlaces(_ordered(tables), known, zeros)
    first = primary(published, rule, hide, _statuses(published, out))
    hidden = np.zeros(len(published.values), dtype=bool)
    if first.hidden.any():
        targets = RequiredWidths(published, rule, first)
        people = respondents if respondents is None or callable(respondents) else (lambda *_: respondents)
        feasible = FeasibleCounts(Combinations(published), targets.rows, people)
        hidden = Search(published, first, targets, feasible).pattern()
    return [_safe(table, published, hidden) for table in tables]


def withheld(table: Table) -> SafeTable:
    """Return a table of which nothing is shown: what is left of one that cannot be protected."""
    published = PublishedPlaces([table], (), ())
    return _safe(table, published, np.ones(len(published.values), dtype=bool))


def _ordered(tables: Sequence[Table]) -> list[Table]:
    """Return the tables in an order that does not depend on the one given: those of what others are broken down by first."""
    often = Counter(dim for table in tables for dim in table.dims)
    return sorted(tables, key=lambda table: (-min((often[dim] for dim in table.dims), default=0), table.id))


def _statuses(published: PublishedPlaces, out: Sequence[SafeTable]) -> dict[int, bool]:
    """Return the places that are out already, and whether they are hidden there."""
    given = {table.id: table for table in out}
    found: dict[int, bool] = {}
    for part, numbers in zip(published.parts, published.places, strict=True):
        if part.table.id in given:
            rows = given[part.table.id].cells
            if part.question is not None:
                rows = rows[rows[str(part.table.stack)].astype(object) == part.question]
            marks = rows["count"].isna().to_numpy()
            found.update(zip(numbers.ravel().tolist(), marks.tolist(), strict=True))
    return found


def _safe(table: Table, published: PublishedPlaces, hidden: Flags) -> SafeTable:
    import pandas as pd

    parts = [
        _rows(part, numbers, published, hidden)
        for part, numbers in zip(published.parts, published.places, strict=True)
        if part.table is table
    ]
    frame = pd.concat(parts, ignore_index=True)[[*table.dims, "count"]]
    for dim in table.dims:
        column = table.frame[dim]
        if column.dtype.name == "category":
            levels = [*column.cat.categories, TOTAL]
            frame[dim] = pd.Categorical(frame[dim], categories=levels, ordered=column.cat.ordered)
    return made_safe(table.id, table.dims, frame, table.answer or "", table.stack)


def _rows(part: Part, numbers: Ints, published: PublishedPlaces, hidden: Flags) -> pd.DataFrame:
    import pandas as pd

    stack = {part.table.stack: (part.question,)} if part.table.stack else {}
    own = [dim for dim in part.table.dims if dim not in stack]
    levels = stack | {dim: (*labels, TOTAL) for dim, labels in zip(own, part.levels, strict=False)}
    frame = pd.DataFrame(list(product(*levels.values())), columns=list(levels), dtype=object)
    places = (numbers if len(part.dims) == len(own) else numbers[..., 0]).ravel()  # of boxes those that are ticked
    return frame.assign(count=pd.Series(published.truth[places], dtype="Int64").mask(hidden[places]))
