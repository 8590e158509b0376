"""The cells of an export: workbook, text, SPSS or Stata file, with the encoding and the separator found out."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import DataError, nearest
from ..study import fold
from .grid import Grid, cell_text, damaged, empty_file, named_rows, plain_grid
from .workbook import OLE, ZIP, read_workbook

_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_TEXTS = (".csv", ".tsv", ".txt")
_LABELLED = {".sav": "SPSS", ".zsav": "SPSS", ".dta": "Stata"}
ENDINGS = (*_WORKBOOKS, *_TEXTS, *_LABELLED)
"""Of the files that answers are read from."""
_BOMS = {
    "utf-8-sig": (codecs.BOM_UTF8,),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
}
_HEAD = 1 << 20
"""So much of a text is looked at for its headings."""
_SEPARATORS = (",", ";", "\t", "|")
# UTF-8 read as Windows-1252, and symbols inside words, which other old encodings leave there.
_MISREAD = re.compile(
    "[ÂÃ][\u0080-\u00bfŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]"
    "|(?<=[A-Za-z])[€‚„…†‡ˆ‰‹Œ‘“”•˜™›¡¢£¤¥¦§¨©«¬®¯°±²³´µ¶¸¹»¼½¾¿](?=[a-z])"
)


def read_grid(path: Path, wanted: Collection[str], sheet: str | None = None, header_rows: int | None = None) -> Grid:
    """Read the cells of an export.

    Parameters
    ----------
    path
        A workbook (.xlsx, .xls, .ods), a text file (.csv, .tsv; UTF-8, UTF-16 or Windows-1252, any usual separator), or a
        file of SPSS (.sav) or Stata (.dta), whose columns are known by name and by label.
    wanted
        The headings that the study names: they settle which sheet and which separator.
    sheet
        The sheet of a workbook; by default the one that holds the headings. A hidden sheet is read only when named.
    header_rows
        How many rows of headings there are; found out unless it is said.

    Raises
    ------
    DataError
        When the file is missing, is a folder, is empty, or cannot be read as what its name says.
    """
    place = f"{path.parent.name}/{path.name}"
    _check_file(path, place)
    suffix = path.suffix.lower()
    if suffix in _LABELLED:
        grid = _labelled(path, place, _LABELLED[suffix])
    elif suffix in _WORKBOOKS:
        grid = replace(read_workbook(path, place, wanted, sheet), header_rows=header_rows)
    else:
        grid = _text(path, place, wanted, header_rows)
    if not grid.filled:
        raise empty_file(grid.place, "no cell with a value")
    if not grid.answers:
        got = f"{len(grid.filled)} row{'s' if len(grid.filled) > 1 else ''}"
        what, expected = "there are headings and no answers", "a row a respondent under the headings"
        raise DataError(what, where=grid.place, got=got, expected=expected, hint="export the answers again")
    return grid


def _check_file(path: Path, place: str) -> None:
    if path.is_dir():
        raise DataError("this is a folder", where=place, expected="a file", hint="name the file in `export.file`")
    if not path.exists():
        others = [p.name for p in path.parent.glob("*") if p.suffix.lower() in ENDINGS] if path.parent.is_dir() else []
        hint = nearest(path.name, others) or "put the export in the study's folder"
        expected = "the file named by `export.file` in study.yml"
        raise DataError("the export is missing", where=place, expected=expected, hint=hint)
    if path.suffix.lower() not in ENDINGS:
        got, expected = path.suffix or "no suffix", ", ".join(ENDINGS)
        raise DataError("this kind of file is not known", where=place, got=got, expected=expected)
    if path.stat().st_size == 0:
        raise empty_file(place, "0 bytes")


def _text(path: Path, place: str, wanted: Collection[str], header_rows: int | None) -> Grid:
    data = path.read_bytes()
    if data.startswith((ZIP, OLE)):
        what, hint = "this is a workbook with the name of a text file", "name it .xlsx, here and in `export.file`"
        raise DataError(what, where=place, expected="text", hint=hint)
    text = _decoded(data, place).lstrip("\ufeff")
    if not text.strip("".join(_SEPARATORS) + '" \r\n'):
        raise empty_file(place, "no cell with a value")
    separator, body, skipped = _separator(text, wanted)
    width = len(next(csv.reader(io.StringIO(body[:_HEAD], newline=""), delimiter=separator), []))
    if (grid := plain_grid(body, separator, width, 1 + skipped, place, header_rows)) and grid.fit(wanted):
        return grid
    rows, numbers = [], []
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
    line = 1 + skipped
    try:
        for row in reader:
            rows.append(row)
            numbers.append(line)
            line = reader.line_num + 1 + skipped
    except csv.Error:
        expected = "every quoted cell closed, and a quotation mark inside it doubled"
        where, hint = f"{place}, from line {line}", "export the answers again, if possible as a workbook"
        raise DataError("the quotation marks do not pair up", where=where, expected=expected, hint=hint) from None
    return Grid(place, pd.DataFrame(_even(rows, numbers, place, wanted), dtype=object), numbers, header_rows)


def _decoded(data: bytes, place: str) -> str:
    encodings = [name for name, marks in _BOMS.items() if data.startswith(marks)][:1] or _guessed(data)
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and not (encoding == "cp1252" and _MISREAD.search(text)):
            return text
    what, got = "the encoding of the file is not known", "bytes that fit none of them"
    expected = "UTF-8, UTF-16 or Windows-1252"
    raise DataError(what, where=place, got=got, expected=expected, hint="save the file as UTF-8")


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
        lines = csv.reader(io.StringIO(text[:_HEAD], newline=""), delimiter=separator)
        try:
            headings = next((row for row in lines if any(row)), [])
        except csv.Error:
            headings = []
        return sum(fold(heading) in known for heading in headings), len(headings)

    return max(_SEPARATORS, key=fit), text, 0


def _even(rows: list[list[str]], numbers: list[int], place: str, wanted: Collection[str]) -> list[list[str]]:
    """Cut trailing separators; refuse a row with fewer or more cells than there are headings."""
    known = {fold(heading) for heading in wanted}
    first = [row for row in rows if any(row)][:3]
    if wanted and not any(fold(cell) in known for row in first if len(row) == len(first[0]) for cell in row):
        most = max(map(len, rows))  # something else stands above the headings
        return [row + [""] * (most - len(row)) for row in rows]
    width = len(first[0])
    odd = ((row, number) for row, number in zip(rows, numbers, strict=True) if len(row) != width and any(row))
    if wrong := [number for row, number in odd if len(row) < width or any(row[width:])]:
        where, got = f"{place}, {named_rows(wrong, 'line')}", f"{len(wrong)} such rows out of {len(rows)}"
        what = "a row has more or fewer cells than there are headings"
        hint = "look for a separator or a line break inside an unquoted cell, or a file cut short"
        raise DataError(what, where=where, got=got, expected=f"{width} cells", hint=hint)
    return [row[:width] + [""] * (width - len(row)) for row in rows]


def _labelled(path: Path, place: str, kind: str) -> Grid:
    """Read a file of SPSS or Stata: names and labels are two rows of headings, and a labelled value is its label."""
    import pyreadstat

    read = {"SPSS": pyreadstat.read_sav, "Stata": pyreadstat.read_dta}[kind]
    try:
        values, meta = read(str(path), apply_value_formats=False, user_missing=True, output_format="dict")
    except Exception as error:  # pyreadstat raises classes of its own, and plain ones, for a damaged file
        raise damaged(f"{kind} file", place, type(error).__name__, f"a {path.suffix} file") from None
    names, said = list(meta.column_names), meta.column_names_to_labels
    heads = [[name, *([said.get(name) or ""] if any(said.values()) else [])] for name in names]
    columns, codes, missing = {}, {}, {}
    for position, name in enumerate(names):
        labels: Mapping[Any, str] = meta.variable_value_labels.get(name, {})
        columns[position] = [*heads[position], *(labels.get(value) or cell_text(value) for value in values[name])]
        once = [label for label in labels.values() if list(labels.values()).count(label) == 1]
        codes[position] = {label: cell_text(value) for value, label in labels.items() if label in once}
        gone = [value for value in {*labels, *values[name]} if _declared_missing(value, name, meta)]
        missing[position] = {labels.get(value) or cell_text(value) for value in gone}
    table, top = pd.DataFrame(columns, dtype=object), len(heads[0])
    return Grid(place, table, range(1 - top, len(table) + 1 - top), top, codes, missing)


def _declared_missing(value: Any, name: str, meta: Any) -> bool:
    """Return whether a value is one of a file's user-missing ones: Stata's .a to .z, or within SPSS's ranges."""
    if value is None or value != value:
        return False
    if value in (meta.missing_user_values or {}).get(name, ()):
        return True
    ranges = (meta.missing_ranges or {}).get(name, ())
    return any(type(value) is type(one["lo"]) and one["lo"] <= value <= one["hi"] for one in ranges)


def labelled_values(export: Path, grid: Grid) -> dict[str, tuple[str, dict[str, str]]]:
    """Return what files beside an export say of its columns: by heading, the question, and a label for each value.

    Such a file, as SurveyXact gives with a dataset (structure, labels, variables), lists in one column the export's headings,
    and beside them a text, or a value and its text.
    """
    known = {fold(name): name for name in grid.headings.names if name}
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for path in sorted(export.parent.iterdir()):
        if path == export or path.suffix.lower() not in _TEXTS or not path.stat().st_size:
            continue
        try:
            other = _text(path, path.name, (), None)
        except DataError:
            continue
        for name, value, text in _label_rows(other, known):
            question, values = found.get(name, ("", {}))
            found[name] = (question or ("" if value else text), values | ({value: text} if value else {}))
    return found


def _label_rows(grid: Grid, known: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Go through the rows of a file of labels: the export's heading, a value or '', and the text."""
    rows = [[cell_text(cell).strip() for cell in grid.table.iloc[k]] for k in grid.filled]
    width = min(map(len, rows), default=0)
    hits = [sum(fold(row[k]) in known for row in rows) for k in range(width)]
    if width < 2 or max(hits) < 2 or 2 * max(hits) < len(rows):
        return
    name = hits.index(max(hits))
    others = [k for k in range(width) if k != name]
    whole = [k for k in others if sum(bool(re.fullmatch(r"-?\d+", row[k])) for row in rows) * 2 > len(rows)]
    texts = max((k for k in others if k not in whole), key=lambda k: sum(len(row[k]) for row in rows), default=None)
    repeated = len({fold(row[name]) for row in rows}) < len(rows) - 1
    for row in rows:
        if texts is not None and fold(row[name]) in known and row[texts]:
            yield fold(row[name]), row[whole[0]] if whole and repeated else "", row[texts]
