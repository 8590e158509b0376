"""Plain text files column by column: each distinct text is held once, so that a million answers fit in little memory."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from .grid import Grid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LARGE = 1_000_000
"""Texts of fewer characters are read row by row: that is fast enough, and says more of what is wrong."""


def plain_grid(text: str, separator: str, width: int, first: int, place: str, header_rows: int | None) -> Grid | None:
    """Return the cells of a large text file in which every line is a row of the same width; None for any other.

    Parameters
    ----------
    text
        The file's content.
    separator, width
        What stands between the cells, and how many there are in the first row.
    first
        The number of the first line in the file.
    """
    import pyarrow as pa
    from pyarrow import csv

    mark = re.escape(separator)
    if len(text) < LARGE:
        return None
    if '"' in text and re.search(rf'(?<![{mark}\r\n])"(?![{mark}\r\n])', text.strip().strip('"').replace('""', "")):
        return None
    string = pa.dictionary(pa.int32(), pa.string())
    try:
        table = csv.read_csv(
            io.BytesIO(text.encode()),
            read_options=csv.ReadOptions(autogenerate_column_names=True, block_size=1 << 25),
            parse_options=csv.ParseOptions(delimiter=separator),
            convert_options=csv.ConvertOptions(
                column_types={f"f{k}": string for k in range(width)}, strings_can_be_null=False
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None
    if table.num_columns != width or table.num_rows != text.count("\n") + (not text.endswith("\n")):
        return None
    return ColumnGrid(place, _Rows(table), range(first, first + table.num_rows), header_rows)


class _Rows(Sequence[Sequence[object]]):
    """The rows of a table that is held by column."""

    def __init__(self, table: Any) -> None:

        self.columns = [column.unify_dictionaries().combine_chunks() for column in table.columns]
        self.size = int(table.num_rows)

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, number: int) -> Sequence[object]: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Sequence[object]]: ...
    def __getitem__(self, number: Any) -> Any:
        return [column[number].as_py() for column in self.columns]

    def texts(self, position: int) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
        """Return the distinct texts of a column, and which of them each row holds."""
        import numpy as np

        column = self.columns[position]
        return np.array([*column.dictionary.to_pylist()], dtype=object), column.indices.to_numpy().astype(np.intp)


class ColumnGrid(Grid):
    """A grid whose cells are held by column; its rows are put together when they are asked for."""

    @cached_property
    def filled(self) -> list[int]:
        """The positions of the rows that hold something."""
        import numpy as np

        empty = np.ones(len(self.rows), dtype=bool)
        for position in range(len(self._cells.columns)):
            texts, codes = self._cells.texts(position)
            empty &= np.array([not text.strip() for text in texts], dtype=bool)[codes]
            if not empty.any():
                return list(range(len(self.rows)))
        return np.flatnonzero(~empty).tolist()

    def texts(self, position: int) -> list[str]:
        """Return the cells of a column under the headings; equal texts are one object."""
        texts, codes = self._cells.texts(position)
        return list(texts[codes[self.answers]])

    def faults(self, position: int) -> list[tuple[int, str]]:
        """Return none: a text file holds texts."""
        return []

    @property
    def _cells(self) -> _Rows:
        assert isinstance(self.rows, _Rows)
        return self.rows
