"""The cells of a file as they stand there, and which of its first rows are headings."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import DataError
from ..study import fold

_IMPORT_ID = re.compile(r'\s*\{\s*"ImportId"')
_OWN_CELL = {"response", "open-ended response", "svar", "respons", "åpent svar"}
"""SurveyMonkey's sub-heading of a question that has one column."""
_RESPONDENT = {"respondent id", "respondent-id", "respondentid", "collector id"}
_JOINT = " - "


class Fault(str):
    """What stands in the place of a cell that holds no value: an error of a spreadsheet, a formula never worked out."""


@dataclass(frozen=True, eq=False)
class Grid:
    """The cells of a file.

    Parameters
    ----------
    place
        The file, for messages.
    table
        The rows that stand there; the columns are called by their positions. In a text file of which many cells are alike they
        are categories.
    numbers
        The number of each row in the file (of its first line, in a text file), counted from 1.
    header_rows
        How many of the first rows that are not empty are headings; found out where it is None.
    codes
        Of a statistics program's file: by column, the code that a value label stands for.
    missing
        Of the same: by column, the texts that the file declares missing.
    """

    place: str
    table: pd.DataFrame
    numbers: Sequence[int]
    header_rows: int | None = None
    codes: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    missing: Mapping[int, Collection[str]] = field(default_factory=dict)

    @classmethod
    def of_rows(
        cls, place: str, rows: Sequence[Sequence[object]], first: int = 1, header_rows: int | None = None
    ) -> Grid:
        """Return the grid of rows that stand under each other, from the number of the first one on."""
        table = pd.DataFrame([*rows], dtype=object)
        return cls(place, table, range(first, first + len(table)), header_rows)

    def _each(self, position: int, of: Callable[[object], object]) -> NDArray[np.object_]:
        """Return what a function makes of each cell of a column; of equal cells it is asked once."""
        cell, cells = pd.factorize(self.table[position])
        return np.array([*map(of, cells), of(None)], dtype=object)[cell]

    @cached_property
    def filled(self) -> list[int]:
        """The positions of the rows that hold something."""
        some = np.zeros(len(self.table), dtype=bool)
        for position in range(self.table.shape[1]):
            some |= self._each(position, lambda cell: bool(cell_text(cell).strip())).astype(bool)
            if some.all():
                break
        return np.flatnonzero(some).tolist()

    @cached_property
    def headings(self) -> Headings:
        """The headings, in as many rows as were declared or found out."""
        first = [tuple(cell_text(cell).strip() for cell in self.table.iloc[k]) for k in self.filled[:10]]
        return read_headings(first, self.header_rows, self.place)

    def texts(self, position: int) -> list[str]:
        """Return the cells of a column under the headings as texts, in the rows that hold something; equal texts are one object."""
        return list(self._each(position, cell_text)[self.answers])

    def faults(self, position: int) -> list[tuple[int, str]]:
        """Return the cells of a column that hold no value: the number of the row, and what stands there."""
        found = self._each(position, lambda cell: cell if isinstance(cell, Fault) else None)
        return [(self.numbers[k], found[k]) for k in self.answers if found[k] is not None]

    @property
    def lines(self) -> list[int]:
        """The number in the file of each row under the headings that holds something."""
        return [self.numbers[k] for k in self.answers]

    def fit(self, wanted: Collection[str]) -> int:
        """Return how many of some headings are there."""
        return sum(bool(self.headings.positions(heading)) for heading in wanted) if self.filled else 0

    @cached_property
    def answers(self) -> list[int]:
        """The positions of the rows under the headings that hold something."""
        return self.filled[len(self.headings.rows) :]

    def __repr__(self) -> str:
        """Return the size, never a cell."""
        return f"<Grid {self.place}: {len(self.table)} rows; not for release>"


@dataclass(frozen=True)
class Headings:
    """The rows of headings of a file.

    Parameters
    ----------
    rows
        The rows that are headings, as they stand there.
    layout
        What they were taken for, where that was found out: '' for a single row.
    """

    rows: tuple[tuple[str, ...], ...]
    layout: str = ""

    @cached_property
    def parts(self) -> list[tuple[str, ...]]:
        """What stands over each column, from the top; an empty cell of an upper row takes the one before it."""
        rows = [row for row in self.rows if not any(map(_IMPORT_ID.match, row))]
        full = [_carried(row, below) for row, below in pairwise(rows)] + [list(rows[-1])]
        return [tuple(filter(None, column)) for column in zip(*full, strict=True)]

    @cached_property
    def names(self) -> list[str]:
        """What each column is called in messages: its headings joined, without SurveyMonkey's 'Response'."""
        return [_JOINT.join(_telling(parts)) for parts in self.parts]

    @cached_property
    def _known(self) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        joined: dict[str, list[int]] = {}
        single: dict[str, list[int]] = {}
        for position, parts in enumerate(self.parts):
            for text in {fold(_JOINT.join(parts)), fold(self.names[position])}:
                joined.setdefault(text, []).append(position)
            for text in {fold(part) for part in parts}:
                single.setdefault(text, []).append(position)
        return joined, single

    def positions(self, heading: str) -> list[int]:
        """Return the columns that a heading can mean: by the rows joined, else by any one of them."""
        joined, single = self._known
        return joined.get(fold(heading)) or single.get(fold(heading), [])

    def ambiguous(self, heading: str, place: str) -> DataError:
        """Return the error that several columns have a heading, with what tells them apart."""
        positions = self.positions(heading)
        names = list({fold(self.names[k]): self.names[k] for k in positions}.values())
        expected, hint = "one column a heading", "remove or rename the others in the export"
        if len(names) > 1:
            expected, hint = "one of: " + ", ".join(f"'{n}'" for n in names), "name the column by both headings"
        what = f"the column '{heading}' stands {len(positions)} times"
        return DataError(what, where=place, expected=expected, hint=hint)


def read_headings(rows: Sequence[tuple[str, ...]], declared: int | None, place: str) -> Headings:
    """Tell the headings from the answers in the first rows of a file.

    Qualtrics writes three rows (names, questions, ImportId), SurveyMonkey two (questions, answers); see
    docs/bring-your-own-survey.md for where the platforms say so.

    Raises
    ------
    DataError
        When the study declares another number of rows than the file's own marks say.
    """
    found, layout = _recognised(rows)
    if declared is not None and layout == "Qualtrics" and declared != found:
        what, hint = "the row with Qualtrics' ImportId is no answer", "leave it out: the three rows are recognised"
        got, expected = (f"header_rows: {number}" for number in (declared, found))
        raise DataError(what, where=place, got=got, expected=expected, hint=hint)
    number = declared or found
    if len(rows) < number:
        raise empty_file(place, f"{len(rows)} rows where {number} rows of headings are declared")
    return Headings(tuple(rows[:number]), layout if number == found else "")


def _recognised(rows: Sequence[tuple[str, ...]]) -> tuple[int, str]:
    for number, row in enumerate(rows[:5]):
        if any(map(_IMPORT_ID.match, row)):
            return number + 1, "Qualtrics"
    if len(rows) > 1:
        ids = [k for k, text in enumerate(rows[0]) if fold(text) in _RESPONDENT]
        under = [rows[1][k] for k in ids]
        if ids and not any(under) and (_OWN_CELL & set(map(fold, rows[1])) or "" in rows[0]):
            return 2, "SurveyMonkey"
    return 1, ""


def _carried(row: tuple[str, ...], below: tuple[str, ...]) -> list[str]:
    """Fill the empty cells of an upper row of headings from the left, where something stands under them."""
    full: list[str] = []
    for text, under in zip(row, below, strict=True):
        full.append(text or (full[-1] if full and under else ""))
    return full


def _telling(parts: tuple[str, ...]) -> tuple[str, ...]:
    told = {fold(part): part for part in parts if fold(part) not in _OWN_CELL}
    return tuple(told.values()) or parts[:1]


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
    cells = table.unify_dictionaries().to_pandas().set_axis(range(width), axis="columns")
    return Grid(place, cells, range(first, first + table.num_rows), header_rows)


def cell_text(value: object) -> str:
    """Return a cell as text: whole numbers without a decimal point, dates as ISO, nothing as ''."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return "" if value != value else (str(int(value)) if value.is_integer() else repr(value))
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def empty_file(place: str, got: str) -> DataError:
    """Return the error that a file holds nothing."""
    return DataError("the file is empty", where=place, got=got, hint="export the answers again")


def damaged(kind: str, place: str, got: str, expected: str, hint: str = "export it again") -> DataError:
    """Return the error that a file is not what its name says."""
    return DataError(f"the {kind} cannot be read", where=place, got=got, expected=expected, hint=hint)


def cell_place(place: str, heading: str, rows: Sequence[int] = ()) -> str:
    """Return where some cells of a column stand, for messages."""
    return f"{place}, column '{heading}'" + (f", {named_rows(rows)}" if len(rows) else "")


def named_rows(numbers: Sequence[int], word: str = "row", most: int = 5) -> str:
    """Return 'row 3', 'rows 3, 4' or 'rows 3, 4, 5, 6, 7 and 12 more'."""
    shown = ", ".join(str(number) for number in numbers[:most])
    more = f" and {len(numbers) - most} more" if len(numbers) > most else ""
    return f"{word}{'s' if len(numbers) > 1 else ''} {shown}{more}"
