"""A table of counts, before protection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    import pandas as pd


MARK = ":"
"""The one mark for everything hidden, whatever the reason."""
TOTAL = "__total__"
"""The level of a dimension that is summed over."""


@dataclass(frozen=True)
class Table:
    """Counts of the inner cells of a crossing; its margins count as published too.

    Parameters
    ----------
    id
        The table's name, unique in a release.
    dims
        The dimensions, in order: the groups, then the answer.
    frame
        A column a dimension, and `count`: whole, non-negative numbers, one row a cell. A cell without a row is 0.
    answer
        The dimension that holds the answers; the last one unless said otherwise, none ("") where every dimension is a group.
    stack
        A dimension whose levels are separate questions (rows of a battery, tick boxes); no margin is taken over it.

    Examples
    --------
    >>> counts = pd.DataFrame({"answer": ["yes", "no"], "count": [31, 12]})
    >>> Table("asked", ["answer"], counts)
    <Table asked: answer, 2 cells; not for release (use release.add)>
    """

    id: str
    dims: tuple[str, ...]
    frame: pd.DataFrame
    answer: str | None = None
    stack: str | None = None

    def __init__(
        self, id: str, dims: Sequence[str], frame: pd.DataFrame, answer: str | None = None, stack: str | None = None
    ) -> None:
        dims = (dims,) if isinstance(dims, str) else tuple(dims)
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "dims", dims)
        object.__setattr__(self, "answer", dims[-1] if answer is None and dims else (answer or ""))
        object.__setattr__(self, "stack", stack)
        object.__setattr__(self, "frame", _checked(id, dims, frame))
        for role, name in (("answer", self.answer), ("stack", stack)):
            if name:
                UsageError.one_of(name, dims, f"the {role} is no dimension of the table", where=id)

    @property
    def groups(self) -> tuple[str, ...]:
        """The dimensions that are neither answers nor separate questions."""
        return tuple(d for d in self.dims if d not in {self.answer, self.stack})

    @property
    def total(self) -> int:
        """The sum of all counts."""
        return int(self.frame["count"].sum())

    def __repr__(self) -> str:
        """Return what the table is, never its counts: it is not protected."""
        crossing = " x ".join(self.dims) or "in all"
        return f"<Table {self.id}: {crossing}, {len(self.frame)} cells; not for release (use release.add)>"


def _checked(table_id: str, dims: tuple[str, ...], frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a table, its counts whole numbers; refuse what is no table of counts."""
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise UsageError("this is no data frame", where=table_id, got=type(frame).__name__, expected="pandas.DataFrame")
    missing = [name for name in (*dims, "count") if name not in frame.columns]
    if missing:
        got = ", ".join(map(str, frame.columns))
        raise UsageError("the frame lacks a column", where=table_id, got=got, expected=missing[0])
    if len({*dims, "count"}) != len(dims) + 1:
        raise UsageError("a dimension stands twice, or is called 'count'", where=table_id, got=", ".join(dims))
    frame = frame.loc[:, [*dims, "count"]].reset_index(drop=True)
    counts = pd.to_numeric(frame["count"], errors="coerce").astype("float64")
    if not (counts.ge(0) & counts.lt(float("inf")) & counts.eq(counts.round())).all():
        raise UsageError("a count is missing, negative or not whole", where=table_id, expected="whole numbers from 0")
    if frame.duplicated(subset=list(dims) or None).any() or (not dims and len(frame) > 1):
        raise UsageError("a cell stands twice", where=table_id, expected="one row a cell")
    for name in dims:
        if frame[name].isna().any():
            raise UsageError("a dimension has a missing level", where=f"{table_id}, {name}", expected="a level a row")
        if frame[name].eq(TOTAL).any():
            expected = "inner cells only"
            raise UsageError("the frame holds a margin", where=f"{table_id}, {name}", got=TOTAL, expected=expected)
    return frame.assign(count=counts.astype("int64"))
