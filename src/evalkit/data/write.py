"""Writing a synthetic export to a file: the same table gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError, UsageError
from ..places import replacing
from ..study import Study
from .synthesize import synthesize

if TYPE_CHECKING:
    import pandas as pd

_NOT_REAL = "A synthetic export: no answer in it was given by a person."


def write_export(study: Study, path: Path | None = None, *, seed: int | None = None, force_totals: bool = True) -> Path:
    """Make a study's synthetic export and write it, by default where the study reads its export from.

    Raises
    ------
    UsageError
        When it would take the place of an export that the study does not call synthetic.
    StudyError, DataError
        As `synthesize` and `write_rows` do.
    """
    if path is None and not study.synthetic:
        raise UsageError(
            "a synthetic export would take the place of the study's own",
            where=f"{study.name}, study.yml",
            expected="synthetic: true",
            hint="write it to another file",
        )
    return write_rows(synthesize(study, seed=seed, force_totals=force_totals), path or study.export_path)


def write_rows(frame: pd.DataFrame, path: Path) -> Path:
    """Write a synthetic export to a workbook (.xlsx) or a text file (.csv, .tsv); the same table gives the same bytes.

    Raises
    ------
    DataError
        When the file's name ends in neither.
    """
    writers: dict[str, Callable[[pd.DataFrame], bytes]] = {
        ".xlsx": _workbook_bytes,
        ".csv": partial(_text_bytes, separator=","),
        ".tsv": partial(_text_bytes, separator="\t"),
    }
    if path.suffix not in writers:
        raise DataError(
            "an export is not written to such a file", where=path.name, got=path.suffix, expected=", ".join(writers)
        )
    with replacing(path) as aside:
        aside.write_bytes(writers[path.suffix](frame))
    return path


def _text_bytes(frame: pd.DataFrame, separator: str) -> bytes:
    return frame.to_csv(index=False, sep=separator, lineterminator="\n").encode("utf-8-sig")


def _workbook_bytes(frame: pd.DataFrame) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(buffer, plain) as book:
        book.set_properties({"title": "Synthetic", "comments": _NOT_REAL, "created": datetime(2000, 1, 1)})
        sheet, dated = book.add_worksheet("Rådata"), book.add_format({"num_format": "dd.mm.yyyy hh:mm:ss"})
        for column, heading in enumerate(frame.columns):
            sheet.write_string(0, column, str(heading))
            for row, value in enumerate(frame[heading], start=1):
                if isinstance(value, datetime):
                    sheet.write_datetime(row, column, value, dated)
                elif value is not None:
                    sheet.write(row, column, value)
    return buffer.getvalue()
