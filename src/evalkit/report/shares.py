"""Shares from released counts: what is hidden in a table is hidden in everything that is worked out from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import DisclosureError, UsageError
from ..protect import SafeTable
from ..study import NOT_ASKED, TOTAL

if TYPE_CHECKING:
    import pandas as pd


def released(table: object) -> SafeTable:
    """Return a table if it has been through protection.

    Raises
    ------
    DisclosureError
        When it has not.
    """
    if not isinstance(table, SafeTable):
        raise DisclosureError(
            "only protected tables are shown",
            got=type(table).__name__,
            expected="a SafeTable",
            hint="give the table to release.add() first",
        )
    return table


def shares(table: SafeTable) -> pd.DataFrame:
    """Return every released place of a table with the share it is of its base.

    Parameters
    ----------
    table
        With an answer dimension. The base of a place is the margin over the answers: all who answered the survey in that
        group and were asked, those who answered 'Vet ikke' or left the question blank included.

    Returns
    -------
    pandas.DataFrame
        A column a dimension (codes; `TOTAL` where it is summed over), `count`, `base` (Int64; Float64 of a weighted study) and
        `share` (Float64); missing where the count or its base is hidden.
    """
    import pandas as pd

    cells = released(table).cells.copy()
    dims = list(table.dims)
    cells[dims] = cells[dims].astype(object)
    if not table.answer:
        raise UsageError("a table without answers has no shares", where=table.id)
    rest = [dim for dim in dims if dim != table.answer]
    bases = cells[cells[table.answer] == TOTAL].drop(columns=table.answer).rename(columns={"count": "base"})
    bases = _asked(bases, cells[cells[table.answer] == NOT_ASKED], rest)
    joined = cells.merge(bases, on=rest, how="left") if rest else cells.assign(base=bases["base"].iloc[0])
    kind: Any = "Int64" if table.effect is None else "Float64"
    joined["count"], joined["base"] = joined["count"].astype(kind), joined["base"].astype(kind)
    nobody = (joined["base"] == 0).fillna(value=False)
    joined["share"] = (joined["count"] / joined["base"].mask(nobody)).astype("Float64")
    joined.loc[joined[table.answer] == NOT_ASKED, "share"] = pd.NA
    return pd.DataFrame(joined[[*dims, "count", "base", "share"]])


def _asked(bases: pd.DataFrame, not_asked: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return the bases without those who were not asked; hidden where their number is."""
    if not_asked.empty:
        return bases
    without = not_asked[[*by, "count"]].rename(columns={"count": "left_out"})
    joined = bases.merge(without, on=by, how="left") if by else bases.assign(left_out=without["left_out"].iloc[0])
    return joined.assign(base=joined["base"] - joined["left_out"]).drop(columns="left_out")
