"""The frame: how many people there are in each group."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StudyError, nearest
from .codebook import Codebook
from .words import NAME_PATTERN
from .yaml_source import Problems, read_text

if TYPE_CHECKING:
    import pandas as pd


def read_frame(
    path: Path, codebook: Codebook, groups: tuple[str, ...], size: int | None, unit: str | None = None
) -> pd.DataFrame:
    """Read `frame.csv`: columns of group items (codes or labels), `population`, and numbers that tell of a unit.

    Parameters
    ----------
    path
        The file; UTF-8, separated by comma, semicolon or tab.
    codebook
        Where the groups' categories stand.
    groups
        The study's groups.
    size
        What `population` has to add up to, or None where nothing is declared.
    unit
        The group that the other columns, all of numbers, tell something of: the same on every line of a unit. Without it
        every column but `population` must be a group.

    Returns
    -------
    pandas.DataFrame
        A categorical column a group (codes, merged where the item declares it), `population` (int), then a column (float)
        a number of the units; one row a group.

    Raises
    ------
    StudyError
        Naming every wrong line, or the sum when it does not add up.
    """
    import pandas as pd

    (_, names), *lines = _lines(path)
    values = _values(names, [cells for _, cells in lines], groups) if unit in names else []
    StudyError.raise_all(list(_heading_problems(f"{path.name}, line 1", names, (*groups, "population", *values))))
    problems: Problems = []
    records = [_record(f"{path.name}, line {number}", cells, names, codebook, problems) for number, cells in lines]
    StudyError.raise_all(problems)
    frame = pd.DataFrame.from_records(records, columns=names).astype({"population": "int64"})
    by = [name for name in names if name in groups]
    for name in values:
        numbers = frame.groupby(unit)[name].nunique()
        if (numbers > 1).any():
            what, where = f"{name} is not the same on every line of a unit", f"{path.name}, column {name}"
            got = f"{numbers.max()} numbers for {unit} {numbers.idxmax()}"
            raise StudyError(what, where=where, got=got, expected="one number a unit")
    if any(codebook.variable(name).item.merge for name in by):
        summed = {"population": "sum", **dict.fromkeys(values, "first")}
        frame = frame.groupby(by, sort=False).agg(summed).reset_index()
    _check_sums(path, frame, by, size)
    for name in by:
        scale = codebook.variable(name).scale
        frame[name] = pd.Categorical(frame[name], categories=list(scale.codes), ordered=scale.ordered)
    return frame[[*by, "population", *values]]


def _values(names: list[str], rows: list[list[str]], groups: tuple[str, ...]) -> list[str]:
    """Return the columns besides groups and `population` that hold nothing but numbers."""
    columns = {name: [cells[k] for cells in rows if k < len(cells)] for k, name in enumerate(names)}
    named = [name for name in columns if name not in (*groups, "population") and re.fullmatch(NAME_PATTERN, name)]
    return [name for name in named if all(map(_is_number, columns[name]))]


def _is_number(cell: str) -> bool:
    try:
        return isfinite(float(cell))
    except ValueError:
        return False


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return the lines that hold something, with their numbers; separated by comma, semicolon or tab, as the first is."""
    text = read_text(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count))
    try:
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        where = f"{path.name}, line {reader.line_num}"
        raise StudyError(f"this is not CSV: {error}", where=where, hint="save it as CSV, UTF-8") from None
    lines = [(number, cells) for number, cells in lines if any(cells)]
    if len(lines) < 2:
        expected = "a line of headings, and a line a group"
        raise StudyError("the frame has no lines", where=path.name, got=f"{len(lines)} line", expected=expected)
    return lines


def _heading_problems(where: str, names: list[str], known: tuple[str, ...]) -> Iterator[StudyError]:
    for number, name in enumerate(names):
        if name in names[:number]:
            yield StudyError("a column of the frame stands twice", where=where, got=name)
        if name not in known:
            got, what = name or "a column without a heading", "a column of the frame is no group of the study"
            yield StudyError(what, where=where, got=got, known=known)
    if "population" not in names:
        expected = "a column 'population'"
        yield StudyError("the frame has no population", where=where, got=", ".join(names), expected=expected)


def _record(where: str, cells: list[str], names: list[str], codebook: Codebook, problems: Problems) -> list[object]:
    if len(cells) != len(names):
        what = "the line has not as many cells as the first"
        problems.append(StudyError(what, where=where, got=len(cells), expected=len(names)))
        return []
    return [_cell(where, name, cell, codebook, problems) for name, cell in zip(names, cells, strict=True)]


def _cell(where: str, name: str, cell: str, codebook: Codebook, problems: Problems) -> object:
    if name == "population":
        if re.fullmatch("[0-9]{1,9}", cell):
            return int(cell)
        what, expected, near = "this is no number of people", "a whole number from 0", None
    elif name not in codebook.variables:
        return float(cell)
    else:
        variable = codebook.variable(name)
        code = variable.code_of(cell)
        if code in variable.scale.codes:
            return code
        near = nearest(cell, [spelling for category in variable.scale.categories for spelling in category.spellings])
        what, expected = f"this is no category of {name}", ", ".join(variable.scale.codes)
    problems.append(StudyError(what, where=where, got=cell or "nothing", expected=expected, hint=near))
    return 0


def _check_sums(path: Path, frame: pd.DataFrame, by: list[str], size: int | None) -> None:
    if by and frame.duplicated(subset=by).any():
        twice = frame.loc[frame.duplicated(subset=by), by].iloc[0]
        what, got = "a group of the frame stands twice", ", ".join(f"{name} {code}" for name, code in twice.items())
        raise StudyError(what, where=path.name, got=got, expected="one line a group")
    total = int(frame["population"].sum())
    if size is not None and total != size:
        where, hint = f"{path.name}, column population", "correct the frame, or `base` (else `invited`) in study.yml"
        raise StudyError("the frame does not add up", where=where, got=total, expected=size, hint=hint)
