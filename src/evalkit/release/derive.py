"""Percentages, means and scores of protected tables: what is hidden in a count is hidden in all that is made of it.

They take nothing but the counts that are shown, so that no figure can say more than the counts do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..errors import DisclosureError, UsageError, nearest
from ..protect.safe import SafeTable
from ..study import TOTAL

if TYPE_CHECKING:
    import pandas as pd


def percentages(table: SafeTable) -> pd.DataFrame:
    """Return each count as a percentage of its group.

    Parameters
    ----------
    table
        A protected table with an answer dimension. The base is everyone in the group who answered the survey: 'don't know'
        and blank are shown as answers, so they count.

    Returns
    -------
    pandas.DataFrame
        A column a dimension (`TOTAL` where it is summed over), `count` and `base` (Int64), `percent` (Float64); missing where
        the count or its base is hidden, or the base is 0.
    """
    wide = _wide(table)
    base = wide[TOTAL]
    long = wide.melt(ignore_index=False, var_name=table.answer, value_name="count").set_index(table.answer, append=True)
    frame = long["count"].astype("Int64").reset_index()
    bases = base.rename("base").astype("Int64").reset_index()
    keys = [dim for dim in table.dims if dim != table.answer] or ["index"]
    joined = frame.merge(bases, on=keys, how="left")
    joined["percent"] = (100 * joined["count"] / joined["base"].mask(joined["base"] == 0)).astype("Float64")
    return joined[[*table.dims, "count", "base", "percent"]]


def score_mean(table: SafeTable, scores: Mapping[str, float]) -> pd.DataFrame:
    """Return the mean score of each group: sum(score x count) / sum(count), over the answers that have a score.

    Parameters
    ----------
    table
        A protected table with an answer dimension.
    scores
        The score of each substantive answer, such as 1 to 5 from low to high; others ('don't know', blank) are left out.

    Returns
    -------
    pandas.DataFrame
        A column a group, `n` (Int64) and `mean` (Float64), missing where any count it is made of is hidden.
    """
    wide = _chosen(table, list(scores))
    n = wide.sum(axis=1, skipna=False)
    total = sum(
        (wide[level].astype("Float64") * score for level, score in scores.items()), start=n.astype("Float64") * 0
    )
    return _by_group(table, n, (total / n.mask(n == 0)).rename("mean"))


def score_share(table: SafeTable, answers: Sequence[str], of: Sequence[str] | None = None) -> pd.DataFrame:
    """Return the percentage of each group that gave one of some answers, such as the two highest.

    Parameters
    ----------
    table
        A protected table with an answer dimension.
    answers
        The answers that are added.
    of
        The answers that the percentage is of; everyone in the group when left out.

    Returns
    -------
    pandas.DataFrame
        A column a group, `n` (Int64) and `percent` (Float64), missing where any count it is made of is hidden.
    """
    n = _chosen(table, list(of)).sum(axis=1, skipna=False) if of is not None else _wide(table)[TOTAL]
    chosen = _chosen(table, list(answers)).sum(axis=1, skipna=False)
    return _by_group(table, n, (100 * chosen / n.mask(n == 0)).rename("percent"))


def net_score(
    table: SafeTable, positive: Sequence[str], negative: Sequence[str], of: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return the percentage that gave positive answers less the percentage that gave negative ones, by group.

    Parameters
    ----------
    table
        A protected table with an answer dimension.
    positive, negative
        The answers on each side.
    of
        The answers that both percentages are of; everyone in the group when left out.

    Returns
    -------
    pandas.DataFrame
        A column a group, `n` (Int64) and `net` in percentage points (Float64), missing where any count it is made of is hidden.
    """
    up, down = score_share(table, positive, of), score_share(table, negative, of)
    return up.drop(columns="percent").assign(net=up["percent"] - down["percent"])


def _wide(table: SafeTable) -> pd.DataFrame:
    """Return the cells with a column an answer and a row a group, hidden ones missing."""
    import pandas as pd

    if not isinstance(table, SafeTable):
        raise DisclosureError(
            "figures are made of protected tables alone", got=type(table).__name__, expected="a SafeTable"
        )
    if not table.answer:
        raise UsageError("a table without answers has no shares", where=table.id)
    cells = table.cells.astype(dict.fromkeys(table.dims, object))
    keys = [dim for dim in table.dims if dim != table.answer]
    if not keys:
        cells, keys = cells.assign(index=0), ["index"]
    order = list(dict.fromkeys(cells[table.answer]))
    return pd.DataFrame({level: rows.set_index(keys)["count"] for level, rows in cells.groupby(table.answer)})[order]


def _chosen(table: SafeTable, levels: list[str]) -> pd.DataFrame:
    wide = _wide(table)
    unknown = [level for level in levels if level not in wide.columns or level == TOTAL]
    if unknown or not levels:
        known = [str(level) for level in wide.columns if level != TOTAL]
        got = unknown[0] if unknown else "none"
        raise UsageError("no such answer", where=table.id, got=got, expected=", ".join(known), hint=nearest(got, known))
    return wide[levels]


def _by_group(table: SafeTable, n: pd.Series, value: pd.Series) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame({"n": n.astype("Int64"), value.name: value.astype("Float64").mask(n.isna())}).reset_index()
    return frame[[*(dim for dim in table.dims if dim != table.answer), "n", str(value.name)]]
