"""A table after protection: what may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DisclosureError, UsageError
from ..study import MARK, TOTAL

if TYPE_CHECKING:
    import pandas as pd

_PASS = object()
TEMPLATE = Path(__file__).with_name("counts.html.j2")


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
    labels
        What dimensions and levels are called where the table shows itself (`variable(dim)`, `level(dim, code)`); their codes without.
    effect
        Of a weighted study the design effect of these answers: a count by answer then is the number of people asked times
        their weighted share, and those over all answers are people. None where everybody counts the same.

    Examples
    --------
    >>> table = release.table("belonging", "role")
    >>> table.count({"role": "leader"}) is None
    False
    >>> table.frame
    """

    id: str
    dims: tuple[str, ...]
    cells: pd.DataFrame
    answer: str
    stack: str | None = None
    labels: Any = None
    effect: float | None = None
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

    @property
    def withheld(self) -> bool:
        """Whether nothing of it is shown."""
        return self.hidden == len(self.cells)

    def count(self, where: Mapping[str, object] | None = None) -> float | None:
        """Return one published count; None when it is hidden. Dimensions left out are summed over.

        It is whole, but of the answers of a weighted study, see `effect`.

        Raises
        ------
        UsageError
            When no such cell or margin is published.
        """
        place = {**dict.fromkeys(self.dims, TOTAL), **(where or {})}
        chosen = self.cells
        for name, level in place.items():
            UsageError.one_of(name, self.dims, "the table has no such dimension", where=self.id)
            chosen = chosen[chosen[name].astype(object) == level]
        if len(chosen) != 1:
            raise UsageError("no such count is published", where=self.id, got=str(place))
        return None if chosen["count"].isna().iloc[0] else whole(chosen["count"].iloc[0])

    def labelled(self, labels: Any) -> SafeTable:
        """Return the table with names for its dimensions and levels."""
        return replace(self, labels=labels)

    def _repr_html_(self) -> str:
        """Return the counts for a lab: a row a group, a column an answer, the one mark for every hidden count."""
        from jinja2 import Template
        from pandas import isna

        across = self.answer or (self.dims[-1] if self.dims else "")
        down = [dim for dim in self.dims if dim != across]
        rows: dict[tuple[str, ...], dict[str, str]] = {}
        for cell in self.cells.astype(dict.fromkeys(self.dims, object)).to_dict("records"):
            row = rows.setdefault(tuple(cell[dim] for dim in down), {})
            row[cell.get(across, "")] = MARK if isna(cell["count"]) else f"{cell['count']:.0f}"
        codes = list(dict.fromkeys(code for row in rows.values() for code in row))
        named = [
            ([self._level(*pair) for pair in zip(down, group, strict=True)], [row.get(code, "") for code in codes])
            for group, row in rows.items()
        ]
        heads = [*map(self._name, down), *(self._level(across, code) for code in codes)]
        caption = f"{self._name(self.stack or across or self.id)} ({self.id})"
        template = Template(TEMPLATE.read_text(encoding="utf-8"), autoescape=True)
        return str(template.render(caption=caption, heads=heads, rows=named))

    def _name(self, dim: str) -> str:
        return str(self.labels.variable(dim)) if self.labels else dim

    def _level(self, dim: str, code: str) -> str:
        return str(self.labels.level(dim, code)) if self.labels else code

    def __repr__(self) -> str:
        """Return what the table is and how much of it is hidden."""
        return f"<SafeTable {self.id}: {' x '.join(self.dims)}, {self.hidden} of {len(self.cells)} counts hidden>"


def _is_categorical(column: pd.Series) -> bool:
    return bool(column.dtype.name == "category")


def whole(count: float) -> float:
    """Return a count as a whole number where it is one: of weighted answers it need not be."""
    return int(count) if count == int(count) else float(count)


def made_safe(
    table_id: str,
    dims: tuple[str, ...],
    cells: pd.DataFrame,
    answer: str,
    stack: str | None,
    effect: float | None = None,
) -> SafeTable:
    """Make a SafeTable; for `protect` and the store alone."""
    return SafeTable(table_id, dims, cells, answer, stack, effect=effect, _pass=_PASS)
