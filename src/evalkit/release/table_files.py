"""Protected tables as they are kept in files: hidden counts are missing, and nothing else is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..protect import SafeTable, made_safe, whole

if TYPE_CHECKING:
    import pandas as pd


def written_table(table: SafeTable) -> dict[str, Any]:
    """Return a table as plain values."""
    cells = table.cells
    return {
        "id": table.id,
        "dims": table.dims,
        "answer": table.answer,
        "stack": table.stack,
        "levels": [list(cells[dim].cat.categories) for dim in table.dims],
        "ordered": [bool(cells[dim].cat.ordered) for dim in table.dims],
        "cells": [cells[dim].cat.codes.tolist() for dim in table.dims],
        "count": _plain(cells["count"]),
        **({} if table.effect is None else {"effect": table.effect, "weight": _plain(cells["weight"])}),
    }


def _plain(numbers: pd.Series) -> list[float | None]:
    return [None if hidden else whole(n) for n, hidden in zip(numbers.fillna(0), numbers.isna(), strict=True)]


def read_table(entry: Mapping[str, Any]) -> SafeTable:
    """Return a table from plain values."""
    import pandas as pd

    dims = tuple(entry["dims"])
    columns: dict[str, Any] = {
        dim: pd.Categorical.from_codes(codes, categories=pd.Index(levels, dtype=object), ordered=ordered)
        for dim, codes, levels, ordered in zip(dims, entry["cells"], entry["levels"], entry["ordered"], strict=True)
    }
    effect = entry.get("effect")
    cells = pd.DataFrame({**columns, "count": pd.array(entry["count"], dtype="Int64" if effect is None else "Float64")})
    if effect is not None:
        cells["weight"] = pd.Series(entry["weight"], dtype=float)
    return made_safe(entry["id"], dims, cells, entry["answer"], entry["stack"], effect)
