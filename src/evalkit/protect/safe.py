"""A table after protection: what may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import DisclosureError, UsageError
from ..study import TOTAL

if TYPE_CHECKING:
    import pandas as pd

_PASS = object()


@dataclass(frozen=True, eq=False)
class SafeTable:
    """Counts that may be published, hidden ones missing; only `protect` and the store make it.

    Parameters
    ----------
    id, dims, answer, stack
        As in the `Table` it was made from.
    cells
        A column a dimension and `count` (Int64, missing = hidden): the inner cells and every margin that is published,
        where a dimension that is summed over has the level `TOTAL`.
    """

    id: str
    dims: tuple[str, ...]
    cells: pd.DataFrame
    answer: str
    stack: str | None = None
    _pass: object = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self._pass is not _PASS:
            raise DisclosureError(
                "a SafeTable is made by protect() alone",
                where=self.id,
                hint="give the Table to protect() or release.add()",
            )

    @property
    def frame(self) -> pd.DataFrame:
        """The inner cells: a column a dimension, and `count` (Int64, missing = hidden)."""
        inner = ~(self.cells[list(self.dims)].astype(object) == TOTAL).any(axis=1)
        frame = self.cells[inner].reset_index(drop=True)
        categorical = {dim: frame[dim].cat.remove_categories(TOTAL) for dim in self.dims if _is_categorical(frame[dim])}
        return frame.assign(**categorical)

    @property
    def groups(self) -> tuple[str, ...]:
        """The dimensions that are neither answers nor separate questions."""
        return tuple(d for d in self.dims if d not in {self.answer, self.stack})

    @property
    def hidden(self) -> int:
        """How many published places (cells and margins) are hidden."""
        return int(self.cells["count"].isna().sum())

    def count(self, where: Mapping[str, object] | None = None) -> int | None:
        """Return one published count; None when it is hidden. Dimensions left out are summed over.

        Raises
        ------
        UsageError
            When no such cell or margin is published.
        """
        place = {**dict.fromkeys(self.dims, TOTAL), **(where or {})}
        chosen = self.cells
        for name, level in place.items():
            if name not in self.dims:
                raise UsageError(
                    "the table has no such dimension", where=self.id, got=name, expected=", ".join(self.dims)
                )
            chosen = chosen[chosen[name].astype(object) == level]
        if len(chosen) != 1:
            raise UsageError("no such count is published", where=self.id, got=str(place))
        return None if chosen["count"].isna().iloc[0] else int(chosen["count"].iloc[0])

    def __repr__(self) -> str:
        """Return what the table is and how much of it is hidden."""
        return f"<SafeTable {self.id}: {' x '.join(self.dims)}, {self.hidden} of {len(self.cells)} counts hidden>"


def _is_categorical(column: pd.Series) -> bool:
    return bool(column.dtype.name == "category")


def made_safe(table_id: str, dims: tuple[str, ...], cells: pd.DataFrame, answer: str, stack: str | None) -> SafeTable:
    """Make a SafeTable; for `protect` and the store alone."""
    return SafeTable(table_id, dims, cells, answer, stack, _PASS)
