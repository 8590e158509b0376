"""Reading an export: the study's columns as strings, identifiers and free text left behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import DataError, nearest
from ..study import Study, fold
from .files import Sheet, cell_text, read_sheet

if TYPE_CHECKING:
    import pandas as pd

RESPONDENT = "__respondent__"
"""The column of running numbers that stand for the respondents' ids: equal where the ids are equal, and nothing more."""


@dataclass(frozen=True, eq=False)
class RawExport:
    """The columns of an export that a study names, every cell a string ('' where it is empty).

    Parameters
    ----------
    study
        The study they belong to.
    cells
        A column a heading, as the study spells it; the index holds the row numbers of the file. Ids are replaced by
        running numbers in the column `RESPONDENT`; other identifiers and free text were never kept.
    place
        The file, for messages.
    dropped
        How many columns of the file were left behind.
    """

    study: Study
    cells: pd.DataFrame
    place: str
    dropped: int

    def __repr__(self) -> str:
        """Return the size, never a cell."""
        rows, columns = self.cells.shape
        return f"<RawExport {self.place}: {rows} rows, {columns} columns kept, {self.dropped} dropped; not for release>"


def read_export(study: Study) -> RawExport:
    """Read a study's export: workbook, text or SPSS file, every cell as a string.

    Columns are found by their headings, whatever their order, white space and letter case. Columns that the study drops
    or does not name are left behind, and ids become running numbers, so that nothing identifying gets past here.

    Parameters
    ----------
    study
        Whose `export.file` is read, from the study's folder.

    Raises
    ------
    DataError
        When the file is missing, empty, damaged, encrypted or in an unknown encoding; when a column is missing (all are
        listed, each with the nearest heading) or stands twice.
    """
    return _kept(read_sheet(study.export_path, wanted_headings(study), study.export.sheet), study)


def raw_export(frame: pd.DataFrame, study: Study) -> RawExport:
    """Return an export that is at hand as a table (`synthesize` makes one) as if it had been read from a file."""
    rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    sheet = Sheet(study.export.file, tuple(map(str, frame.columns)), rows, range(2, len(rows) + 2))
    return _kept(sheet, study)


def wanted_headings(study: Study) -> dict[str, str]:
    """Return the headings that a study reads, each with what it is for."""
    export = study.export
    named = {
        export.id: "the respondents' ids",
        export.started: "when they started",
        export.submitted: "when they submitted",
        export.status.column if export.status else None: "how far they came",
        export.count: "the counts",
        **{exclusion.column: f"who is excluded ({exclusion.reason})" for exclusion in export.exclude},
        **{variable.column: variable.name for variable in study.codebook.variables.values()},
    }
    return {heading: use for heading, use in named.items() if heading is not None}


def _kept(sheet: Sheet, study: Study) -> RawExport:
    import pandas as pd

    positions = _positions(sheet, wanted_headings(study))
    columns = {heading: [cell_text(row[k]) for row in sheet.rows] for heading, k in positions.items()}
    if study.export.id is not None:
        columns[RESPONDENT] = _running_numbers(columns.pop(study.export.id))
    cells = pd.DataFrame(columns, index=pd.Index(sheet.numbers, name="row"), dtype=object)
    return RawExport(study, cells, sheet.place, len(sheet.headings) - len(positions))


def _positions(sheet: Sheet, wanted: dict[str, str]) -> dict[str, int]:
    folded = [fold(heading) for heading in sheet.headings]
    if not any(fold(heading) in folded for heading in wanted):
        raise DataError(
            "none of the study's columns is in the first row",
            where=sheet.place,
            got=f"{len(folded)} other headings",
            expected=", ".join(wanted),
            hint="remove what stands above the headings; is this the right file and sheet?",
        )
    problems = []
    for heading, use in wanted.items():
        times = folded.count(fold(heading))
        if times == 0:
            problems.append(_missing(sheet, heading, use))
        elif times > 1:
            problems.append(
                DataError(
                    f"the column '{heading}' stands {times} times",
                    where=sheet.place,
                    expected="one column a heading",
                    hint="remove or rename the others in the export",
                )
            )
    if problems:
        raise DataError.several(problems)
    return {heading: folded.index(fold(heading)) for heading in wanted}


def _missing(sheet: Sheet, heading: str, use: str) -> DataError:
    found = [other.strip() for other in sheet.headings if other.strip()]
    near = nearest(heading, found)
    return DataError(
        f"the column '{heading}' is missing",
        where=sheet.place,
        got=f"{len(found)} other headings",
        expected=f"a column for {use}",
        hint=near or "correct the heading in the export, or the column in study.yml or codebook.yml",
    )


def _running_numbers(ids: Sequence[str]) -> list[str]:
    """Return a number for each id, in order of appearance; an empty id gets one of its own."""
    numbers: dict[str, int] = {}
    return [
        str(numbers.setdefault(fold(text) if text.strip() else f" {position}", len(numbers)))
        for position, text in enumerate(ids)
    ]
