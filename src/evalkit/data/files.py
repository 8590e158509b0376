"""Headings and rows of a file: workbook, text or SPSS, with the encoding and the separator found out."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from ..errors import DataError, nearest
from ..study import fold

_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_TEXTS = (".csv", ".tsv", ".txt")
_SPSS = (".sav", ".zsav")
_ZIP, _OLE = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATORS = (",", ";", "\t", "|")
# UTF-8 read as Windows-1252, and symbols inside words, which other old encodings leave there.
_MISREAD = re.compile(
    "[ÂÃ][\u0080-\u00bfŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]"
    "|(?<=[A-Za-z])[€‚„…†‡ˆ‰‹Œ‘“”•˜™›¡¢£¤¥¦§¨©«¬®¯°±²³´µ¶¸¹»¼½¾¿](?=[a-z])"
)


@dataclass(frozen=True, eq=False)
class Sheet:
    """The cells of a file as they stand there.

    Parameters
    ----------
    place
        The file, for messages.
    headings
        The texts of the first row that is not empty.
    rows
        The rows under it that are not empty, each as long as `headings`.
    numbers
        The number of each row in the file (of its first line, in a text file), counted from 1.
    """

    place: str
    headings: tuple[str, ...]
    rows: Sequence[Sequence[object]]
    numbers: Sequence[int]

    def __repr__(self) -> str:
        """Return the size, never a cell."""
        return f"<Sheet {self.place}: {len(self.rows)} rows, {len(self.headings)} columns; not for release>"


def read_sheet(path: Path, wanted: Collection[str], sheet: str | None = None) -> Sheet:
    """Read the headings and rows of an export.

    Parameters
    ----------
    path
        A workbook (.xlsx, .xls, .ods), a text file (.csv, .tsv; UTF-8, UTF-16 or Windows-1252, any usual separator) or
        an SPSS file (.sav).
    wanted
        The headings that the study names: they settle which separator, and which of an SPSS column's name and label.
    sheet
        The sheet of a workbook; the first one unless said otherwise.

    Raises
    ------
    DataError
        When the file is missing, is a folder, is empty, or cannot be read as what its name says.
    """
    place = f"{path.parent.name}/{path.name}"
    _check_file(path, place)
    if path.suffix.lower() in _WORKBOOKS:
        return _trimmed(*_workbook(path, place, sheet))
    if path.suffix.lower() in _SPSS:
        return _trimmed(place, *_spss(path, place, wanted))
    return _trimmed(place, *_text(path, place, wanted))


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


def _check_file(path: Path, place: str) -> None:
    suffixes = (*_WORKBOOKS, *_TEXTS, *_SPSS)
    if path.is_dir():
        raise DataError("this is a folder", where=place, expected="a file", hint="name the file in `export.file`")
    if not path.exists():
        others = [p.name for p in path.parent.glob("*") if p.suffix.lower() in suffixes] if path.parent.is_dir() else []
        raise DataError(
            "the export is missing",
            where=place,
            expected="the file named by `export.file` in study.yml",
            hint=nearest(path.name, others) or "put the export in the study's folder",
        )
    if path.suffix.lower() not in suffixes:
        raise DataError(
            "this kind of file is not known", where=place, got=path.suffix or "no suffix", expected=", ".join(suffixes)
        )
    if path.stat().st_size == 0:
        raise _empty(place, "0 bytes")


def _empty(place: str, got: str) -> DataError:
    return DataError("the file is empty", where=place, got=got, hint="export the answers again")


def _trimmed(place: str, rows: Sequence[Sequence[object]], numbers: Sequence[int]) -> Sheet:
    """Take the first row that is not empty as headings, and leave empty rows out."""
    filled = [k for k, row in enumerate(rows) if any(cell_text(cell).strip() for cell in row)]
    if not filled:
        raise _empty(place, "no cell with a value")
    if len(filled) == 1:
        raise DataError(
            "there are headings and no answers",
            where=place,
            got="1 row",
            expected="a row a respondent under the headings",
            hint="export the answers again",
        )
    headings = tuple(cell_text(cell) for cell in rows[filled[0]])
    return Sheet(place, headings, [rows[k] for k in filled[1:]], [numbers[k] for k in filled[1:]])


def _workbook(path: Path, place: str, sheet: str | None) -> tuple[str, Sequence[Sequence[object]], range]:
    """Return the place, which names the sheet where there are others, its rows, and their numbers."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        book = CalamineWorkbook.from_path(path)
        name = _sheet_name(book.sheet_names, place, sheet)
        found = book.get_sheet_by_name(name)
        cells, first = found.to_python(), (found.start or (0, 0))[0] + 1
    except PasswordError:
        raise _encrypted(place) from None
    except (CalamineError, OSError, ValueError):
        raise _not_a_workbook(path, place) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what a bug in calamine raises, no Exception, on damaged .xls
            raise
        raise _not_a_workbook(path, place) from None
    if sheet is None and len(book.sheet_names) > 1:
        others = ", ".join(other for other in book.sheet_names if other != name)
        place = f"{place}, sheet '{name}' (by `export.sheet` it could be: {others})"
    return place, cells, range(first, first + len(cells))


def _sheet_name(names: list[str], place: str, sheet: str | None) -> str:
    if not names:
        raise _empty(place, "no sheet")
    if sheet is not None and sheet not in names:
        raise DataError(
            "there is no such sheet",
            where=place,
            got=sheet,
            expected=", ".join(names),
            hint=nearest(sheet, names) or "correct `export.sheet` in study.yml",
        )
    return sheet if sheet is not None else names[0]


def _encrypted(place: str) -> DataError:
    return DataError(
        "the workbook is encrypted", where=place, expected="a workbook without a password", hint="save it without one"
    )


def _not_a_workbook(path: Path, place: str) -> DataError:
    content = path.read_bytes()
    if content.startswith(_OLE) and _ENCRYPTED in content:
        return _encrypted(place)
    if content.startswith(_ZIP):
        got, hint = "a damaged or incomplete workbook", "export or copy it again"
    elif content.startswith(_OLE):
        got, hint = "a workbook of another kind, or a damaged one", "if Excel opens it, save it as .xlsx"
    else:
        got, hint = "a file that is no workbook", "if it is text, name it .csv, here and in `export.file`"
    return DataError(
        "the workbook cannot be read", where=place, got=got, expected=f"a {path.suffix} workbook", hint=hint
    )


def _text(path: Path, place: str, wanted: Collection[str]) -> tuple[list[list[str]], list[int]]:
    data = path.read_bytes()
    if data.startswith((_ZIP, _OLE)):
        raise DataError(
            "this is a workbook with the name of a text file",
            where=place,
            expected="text",
            hint="name it .xlsx, here and in `export.file`",
        )
    text = _decoded(data, place).lstrip("\ufeff")
    if not text.strip("".join(_SEPARATORS) + '" \r\n'):
        raise _empty(place, "no cell with a value")
    separator, body, skipped = _separator(text, wanted)
    rows, numbers = [], []
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
    line = 1 + skipped
    try:
        for row in reader:
            rows.append(row)
            numbers.append(line)
            line = reader.line_num + 1 + skipped
    except csv.Error:
        raise DataError(
            "the quotation marks do not pair up",
            where=f"{place}, from line {line}",
            expected="every quoted cell closed, and a quotation mark inside it doubled",
            hint="export the answers again, if possible as a workbook",
        ) from None
    known = {fold(heading) for heading in wanted}
    headed = any(fold(cell) in known for cell in next((row for row in rows if any(row)), []))
    return (_even(rows, numbers, place) if headed else rows), numbers


def _decoded(data: bytes, place: str) -> str:
    encodings = [name for bom, name in _BOMS if data.startswith(bom)][:1] or _guessed(data)
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and not (encoding == "cp1252" and _MISREAD.search(text)):
            return text
    raise DataError(
        "the encoding of the file is not known",
        where=place,
        got="bytes that fit none of them",
        expected="UTF-8, UTF-16 or Windows-1252",
        hint="save the file as UTF-8",
    )


def _guessed(data: bytes) -> list[str]:
    """Return the encodings to try for text without a byte-order mark; UTF-16 shows in its zero bytes."""
    even, odd = data[:4000:2].count(0), data[1:4000:2].count(0)
    if max(even, odd) > len(data[:4000]) / 8:
        return ["utf-16-be" if even > odd else "utf-16-le"]
    return ["utf-8", "cp1252"]


def _separator(text: str, wanted: Collection[str]) -> tuple[str, str, int]:
    """Return the separator under which most headings are the study's, the text without Excel's `sep=` line, lines cut."""
    first, _, rest = text.partition("\n")
    if re.fullmatch(r"sep=.\r?", first):
        return first[4], rest, 1
    known = {fold(heading) for heading in wanted}

    def fit(separator: str) -> tuple[int, int]:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        try:
            headings = next((row for row in lines if any(row)), [])
        except csv.Error:
            headings = []
        return sum(fold(heading) in known for heading in headings), len(headings)

    return max(_SEPARATORS, key=fit), text, 0


def _even(rows: list[list[str]], numbers: list[int], place: str) -> list[list[str]]:
    """Cut trailing separators; refuse a row with fewer or more cells than there are headings."""
    width = len(next((row for row in rows if any(row)), []))
    wrong = [
        number
        for row, number in zip(rows, numbers, strict=True)
        if row and len(row) != width and any(row) and (len(row) < width or any(row[width:]))
    ]
    if wrong:
        raise DataError(
            "a row has more or fewer cells than there are headings",
            where=f"{place}, {named_rows(wrong, 'line')}",
            got=f"{len(wrong)} such rows out of {len(rows)}",
            expected=f"{width} cells",
            hint="look for a separator or a line break inside an unquoted cell, or a file cut short",
        )
    return [row[:width] for row in rows]


def named_rows(numbers: Sequence[int], word: str = "row", most: int = 5) -> str:
    """Return 'row 3', 'rows 3, 4' or 'rows 3, 4, 5, 6, 7 and 12 more'."""
    shown = ", ".join(str(number) for number in numbers[:most])
    more = f" and {len(numbers) - most} more" if len(numbers) > most else ""
    return f"{word}{'s' if len(numbers) > 1 else ''} {shown}{more}"


def _spss(path: Path, place: str, wanted: Collection[str]) -> tuple[list[list[object]], range]:
    import pyreadstat

    try:
        values, meta = pyreadstat.read_sav(
            str(path), apply_value_formats=False, user_missing=True, output_format="dict"
        )
    except Exception as error:  # pyreadstat raises classes of its own, and plain ones, for a damaged file
        kind = type(error).__name__
        raise DataError(
            "the SPSS file cannot be read", where=place, got=kind, expected="a .sav file", hint="export it again"
        ) from None
    known = {fold(heading) for heading in wanted}
    labels = {name: label or name for name, label in meta.column_names_to_labels.items()}
    headings = [labels[name] if fold(labels[name]) in known else name for name in meta.column_names]
    texts = [_labelled(meta.variable_value_labels.get(name, {})) for name in meta.column_names]
    columns = [[text(value) for value in values[name]] for name, text in zip(meta.column_names, texts, strict=True)]
    return [list(headings), *map(list, zip(*columns, strict=True))], range(len(columns[0]) + 1 if columns else 1)


def _labelled(labels: Mapping[Any, str]) -> Callable[[object], str]:
    return lambda value: labels.get(value) or cell_text(value)
