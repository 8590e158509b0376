"""The frame: how many people there are in each group."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StudyError, nearest
from .codebook import Codebook
from .yaml_source import read_text

if TYPE_CHECKING:
    import pandas as pd


def read_frame(path: Path, codebook: Codebook, groups: tuple[str, ...], size: int | None) -> pd.DataFrame:
    """Read `frame.csv`: columns of group items (codes or labels) and `population`.

    Parameters
    ----------
    path
        The file; comma-separated, UTF-8.
    codebook
        Where the groups' categories stand.
    groups
        The study's groups; each column but `population` must be one of them.
    size
        What `population` has to add up to, or None where nothing is declared.

    Returns
    -------
    pandas.DataFrame
        A categorical column a group (codes), and `population` (int), one row a cell of the frame.

    Raises
    ------
    StudyError
        Naming every wrong line, or the sum when it does not add up.
    """
    import pandas as pd

    rows = list(csv.DictReader(io.StringIO(read_text(path))))
    names = _columns(path, rows, groups)
    problems: list[StudyError] = []
    records = [_record(path, line, row, names, codebook, problems) for line, row in enumerate(rows, start=2)]
    if problems:
        raise StudyError.several(problems)
    frame = pd.DataFrame.from_records(records, columns=[*names, "population"])
    for name in names:
        scale = codebook.variable(name).scale
        frame[name] = pd.Categorical(frame[name], categories=list(scale.codes), ordered=scale.ordered)
    if frame.duplicated(subset=names).any():
        line = int(frame.duplicated(subset=names).to_numpy().argmax()) + 2
        raise StudyError(
            "a cell of the frame stands twice", where=f"{path.name}, line {line}", expected="one line a cell"
        )
    total = int(frame["population"].sum())
    if size is not None and total != size:
        raise StudyError(
            "the frame does not add up",
            where=f"{path.name}, column population",
            got=total,
            expected=size,
            hint="correct the frame, or `base` (else `invited`) in study.yml",
        )
    return frame


def _columns(path: Path, rows: list[dict[str, str]], groups: tuple[str, ...]) -> list[str]:
    if not rows:
        raise StudyError("the frame has no lines", where=path.name, expected=f"{', '.join(groups)}, population")
    names = list(rows[0])
    if "population" not in names:
        raise StudyError(
            "the frame has no population", where=path.name, got=", ".join(names), expected="a column 'population'"
        )
    unknown = [name for name in names if name not in groups and name != "population"]
    if unknown:
        raise StudyError(
            "a column of the frame is no group of the study",
            where=path.name,
            got=unknown[0],
            expected=", ".join(groups),
            hint=nearest(unknown[0], groups),
        )
    return [name for name in names if name != "population"]


def _record(
    path: Path, line: int, row: dict[str, str], names: list[str], codebook: Codebook, problems: list[StudyError]
) -> tuple[object, ...]:
    codes = []
    for name in names:
        variable = codebook.variable(name)
        code = variable.code_of(row[name] or "")
        if code is None:
            known = [c.labels[next(iter(c.labels))] for c in variable.scale.categories]
            problems.append(
                StudyError(
                    f"this is no category of {name}",
                    where=f"{path.name}, line {line}",
                    got=row[name],
                    expected=", ".join(variable.scale.codes),
                    hint=nearest(row[name], [*variable.scale.codes, *known]),
                )
            )
        codes.append(code)
    text = (row["population"] or "").strip()
    if not text.isdigit():
        problems.append(
            StudyError(
                "this is no number of people",
                where=f"{path.name}, line {line}",
                got=text or "nothing",
                expected="a whole number from 0",
            )
        )
        return (*codes, 0)
    return (*codes, int(text))
