"""The sheets of a workbook: which one holds the study's headings, and which of its cells hold no value."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from xlsxwriter.utility import xl_cell_to_rowcol

from ..errors import DataError
from .grid import Fault, Grid, damaged, empty_file

ZIP, OLE = b"PK\x03\x04", bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
MOST_CELLS = 60_000_000
"""A sheet of more cells than this is not unpacked: a stray cell far out makes an empty sheet as large."""
_PEEK = 8
_FORMULA = rb'<c r="([A-Z]+\d+)"(?:\s[^>]*)?>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>'
_FAULTS = (
    (re.compile(rb'<c r="([A-Z]+\d+)"[^>]*\bt="e"[^>]*>'), "an error of Excel, such as #DIV/0!"),
    (re.compile(_FORMULA), "a formula without its value"),
)


def read_workbook(path: Path, place: str, wanted: Collection[str], sheet: str | None) -> Grid:
    """Return the cells of one sheet: the one that is named, else the visible one that holds the study's headings.

    Raises
    ------
    DataError
        When the workbook is damaged or encrypted, has no such sheet, or several hold the headings alike.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with CalamineWorkbook.from_path(path) as book:
            package = _Package(path, place)
            name, others = _chosen(book, package, wanted, sheet)
            package.check_extent(name)
            found = book.get_sheet_by_name(name)
            rows, top = found.to_python(), found.start or (0, 0)
    except PasswordError:
        raise _encrypted(place) from None
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile, ElementTree.ParseError):
        raise _not_a_workbook(path, place) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what a bug in calamine raises, no Exception, on damaged .xls
            raise
        raise _not_a_workbook(path, place) from None
    if others:
        place = f"{place}, sheet '{name}' (by `export.sheet` it could be: {', '.join(others)})"
    for row, column, what in package.faults(name):
        if top[0] <= row < top[0] + len(rows) and column >= top[1]:
            rows[row - top[0]][column - top[1]] = Fault(what)
    return Grid.of_rows(place, rows, top[0] + 1)


def _chosen(book: Any, package: _Package, wanted: Collection[str], sheet: str | None) -> tuple[str, list[str]]:
    """Return the sheet to read and, where it was not named, the others that can be seen."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    place = package.place
    if not book.sheet_names:
        raise empty_file(place, "no sheet")
    if sheet is not None:
        hint = "correct `export.sheet` in study.yml"
        DataError.one_of(sheet, book.sheet_names, "there is no such sheet", where=place, hint=hint)
        return sheet, []
    shown = SheetVisibleEnum.Visible, SheetTypeEnum.WorkSheet
    seen = [one.name for one in book.sheets_metadata if (one.visible, one.typ) == shown]
    if not seen:
        what, hint = "every sheet of the workbook is hidden", "name the sheet to read in `export.sheet`"
        got = ", ".join(book.sheet_names)
        raise DataError(what, where=place, got=got, expected="a sheet that can be seen", hint=hint)
    name = seen[0] if len(seen) == 1 else _best(book, package, seen, wanted)
    return name, [other for other in seen if other != name]


def _best(book: Any, package: _Package, names: list[str], wanted: Collection[str]) -> str:
    """Return the sheet that holds most of the headings; of a draft, which has none yet, the one with most cells."""
    fits = {}
    for name in names:
        package.check_extent(name)
        found = book.get_sheet_by_name(name)
        grid = Grid.of_rows(package.place, found.to_python(nrows=_PEEK))
        answers = found.height > 1
        fits[name] = grid.fit(wanted) * answers if wanted else found.height * found.width
    best = [name for name in names if fits[name] == max(fits.values())]
    if len(best) > 1 and wanted and fits[best[0]]:
        what, hint = "several sheets hold the study's headings", "name it in `export.sheet` in study.yml"
        raise DataError(what, where=package.place, got=", ".join(best), expected="one sheet to read", hint=hint)
    return best[0]


class _Package:
    """The parts of an .xlsx file: what the reader of cells leaves out or would drown in; nothing of other formats."""

    def __init__(self, path: Path, place: str) -> None:
        self.place = place
        self.path = path
        self.parts: dict[str, str] = {}
        if path.suffix.lower() in {".xlsx", ".xlsm"}:
            with zipfile.ZipFile(path) as package:
                self.parts = dict(_sheet_parts(package))

    def _part(self, name: str) -> bytes:
        if name not in self.parts:
            return b""
        with zipfile.ZipFile(self.path) as package:
            if package.getinfo(self.parts[name]).file_size > 50 * MOST_CELLS:
                raise self._too_large(name, "its file unpacks to gigabytes")
            return package.read(self.parts[name])

    def check_extent(self, name: str) -> None:
        """Refuse a sheet that a stray cell makes so large that it cannot be held."""
        xml = self._part(name)
        far = max(re.findall(rb'<c r="([A-Z]{3})\d', xml), default=b"ZZ")
        last = xml.rfind(b'<row r="')
        rows = int(re.match(rb"\d*", xml[last + 8 :])[0] or 0) if last >= 0 else 0  # type: ignore[index]
        width = xl_cell_to_rowcol(f"{far.decode()}1")[1] + 1 if len(far) == 3 else 1
        if rows * width > MOST_CELLS:
            raise self._too_large(name, f"{rows} rows, and cells out to column {far.decode()}")

    def _too_large(self, name: str, got: str) -> DataError:
        what, where = "the sheet is too large to be read", f"{self.place}, sheet '{name}'"
        expected = f"at most {MOST_CELLS} cells between the first and the last that is filled"
        hint = "delete the rows and columns beyond the answers, where a stray cell stands, or save the sheet as .csv"
        return DataError(what, where=where, got=got, expected=expected, hint=hint)

    def faults(self, name: str) -> Iterator[tuple[int, int, str]]:
        """Go through the cells that hold an error or a formula without a value: row and column from 0, and what it is."""
        xml = self._part(name)
        for form, what in _FAULTS:
            if (b't="e"' if what.startswith("an error") else b"<f") in xml:
                for cell in form.finditer(xml):
                    yield *xl_cell_to_rowcol(cell[1].decode()), what


def _sheet_parts(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Go through the sheets of a package: name, and the part that holds its cells."""
    linked = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    names = set(package.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return
    links = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): str(link.get("Target")) for link in links}
    for sheet in ElementTree.fromstring(package.read("xl/workbook.xml")).iter():
        target = targets.get(sheet.get(linked)) if sheet.tag.endswith("}sheet") else None
        if target is not None:
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if part in names:
                yield str(sheet.get("name")), part


def _encrypted(place: str) -> DataError:
    expected, hint = "a workbook without a password", "save it without one"
    return DataError("the workbook is encrypted", where=place, expected=expected, hint=hint)


def _not_a_workbook(path: Path, place: str) -> DataError:
    with path.open("rb") as handle:
        content = handle.read(1 << 24)
    if content.startswith(OLE) and _ENCRYPTED in content:
        return _encrypted(place)
    if content.startswith(ZIP):
        got, hint = "a damaged or incomplete workbook", "export or copy it again"
    elif content.startswith(OLE):
        got, hint = "a workbook of another kind, or a damaged one", "if Excel opens it, save it as .xlsx"
    else:
        got, hint = "a file that is no workbook", "if it is text, name it .csv, here and in `export.file`"
    return damaged("workbook", place, got, f"a {path.suffix} workbook", hint)
