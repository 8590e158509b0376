"""The frame: how many people there are in each group."""

from __future__ import annotations

import csv
import io
import re
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

    lines = _lines(path)
    values = _values(lines, groups, unit)
    names = _columns(path, lines[0][1], (*groups, *values))
    problems: Problems = []
    records = [_record(f"{path.name}, line {number}", cells, names, codebook, problems) for number, cells in lines[1:]]
    StudyError.raise_all(problems)
    frame = pd.DataFrame.from_records(records, columns=names).astype({"population": "int64"})
    by = [name for name in names if name in groups]
    _check_values(path, frame, unit, values)
    if any(codebook.variable(name).item.merge for name in by):
        summed = {"population": "sum", **dict.fromkeys(values, "first")}
        frame = frame.groupby(by, sort=False).agg(summed).reset_index()
    _check_sums(path, frame, by, size)
    for name in by:
        scale = codebook.variable(name).scale
        frame[name] = pd.Categorical(frame[name], categories=list(scale.codes), ordered=scale.ordered)
    return frame[[*by, "population", *values]]


def _values(lines: list[tuple[int, list[str]]], groups: tuple[str, ...], unit: str | None) -> list[str]:
    """Return the columns besides groups and `population` that hold nothing but numbers, where there are units."""
    (_, names), *rest = lines
    if unit not in names:
        return []
    return [
        name
        for place, name in enumerate(names)
        if name not in (*groups, "population")
        and re.fullmatch(NAME_PATTERN, name)
        and all(_is_number(cells[place]) for _, cells in rest if place < len(cells))
    ]


def _is_number(cell: str) -> bool:
    try:
        return isfinite(float(cell))
    except ValueError:
        return False


def _check_values(path: Path, frame: pd.DataFrame, unit: str | None, values: list[str]) -> None:
    for name in values:
        numbers = frame.groupby(unit)[name].nunique()
        if (numbers > 1).any():
            what, where = f"{name} is not the same on every line of a unit", f"{path.name}, column {name}"
            got = f"{numbers.max()} numbers for {unit} {numbers.idxmax()}"
            raise StudyError(what, where=where, got=got, expected="one number a unit")


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


def _columns(path: Path, names: list[str], groups: tuple[str, ...]) -> list[str]:
    problems, where = [], f"{path.name}, line 1"
    for number, name in enumerate(names):
        if name in names[:number]:
            problems.append(StudyError("a column of the frame stands twice", where=where, got=name))
        if name not in (*groups, "population"):
            got, what = name or "a column without a heading", "a column of the frame is no group of the study"
            problems.append(StudyError(what, where=where, got=got, known=(*groups, "population")))
    if "population" not in names:
        expected = "a column 'population'"
        problems.append(StudyError("the frame has no population", where=where, got=", ".join(names), expected=expected))
    StudyError.raise_all(problems)
    return names


def _record(
    where: str, cells: list[str], names: list[str], codebook: Codebook, problems: Problems
) -> tuple[object, ...]:
    if len(cells) != len(names):
        what = "the line has not as many cells as the first"
        problems.append(StudyError(what, where=where, got=len(cells), expected=len(names)))
        return ()
    return tuple(_cell(where, name, cell, codebook, problems) for name, cell in zip(names, cells, strict=True))


def _cell(where: str, name: str, cell: str, codebook: Codebook, problems: Problems) -> object:
    if name == "population":
        return _number(where, cell, problems)
    if name not in codebook.variables:
        return float(cell)
    variable = codebook.variable(name)
    code = variable.code_of(cell)
    if code in variable.scale.codes:
        return code
    near = nearest(cell, [spelling for category in variable.scale.categories for spelling in category.spellings])
    got, expected = cell or "nothing", ", ".join(variable.scale.codes)
    problems.append(StudyError(f"this is no category of {name}", where=where, got=got, expected=expected, hint=near))
    return None


def _number(where: str, cell: str, problems: Problems) -> int:
    if cell.isascii() and cell.isdigit() and len(cell) < 10:
        return int(cell)
    got, expected = cell or "nothing", "a whole number from 0"
    problems.append(StudyError("this is no number of people", where=where, got=got, expected=expected))
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
