"""Protected tables as they are kept in files: hidden counts are missing, and nothing else is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..protect import SafeTable, made_safe


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
        "count": [
            None if hidden else int(n)
            for n, hidden in zip(cells["count"].fillna(0), cells["count"].isna(), strict=True)
        ],
    }


def read_table(entry: Mapping[str, Any]) -> SafeTable:
    """Return a table from plain values."""
    import pandas as pd

    dims = tuple(entry["dims"])
    columns: dict[str, Any] = {
        dim: pd.Categorical.from_codes(codes, categories=pd.Index(levels, dtype=object), ordered=ordered)
        for dim, codes, levels, ordered in zip(dims, entry["cells"], entry["levels"], entry["ordered"], strict=True)
    }
    cells = pd.DataFrame({**columns, "count": pd.array(entry["count"], dtype="Int64")})
    return made_safe(entry["id"], dims, cells, entry["answer"], entry["stack"])
