"""The CSV files and HTML tables of a built report, each cell with the table, row and column under which its expectation stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from files import HIDDEN, read_csv
from lxml import etree
from numerals import Printed, has_digit, pattern, read
from store import Store, alike

PERCENT = re.compile(r"\s*\(%\)$")


@dataclass(frozen=True)
class Cell:
    """A cell, where it stands, and which expected values it may show."""

    where: str
    text: str
    table: str
    row: str
    column: str


@dataclass(frozen=True)
class Problem:
    """Something on a page that is not what was expected."""

    where: str
    text: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text!r}: {self.why}"


def _code(code: str) -> str:
    return "total" if code == "__total__" else code


def counts_key(table: str, dims: list[str], codes: list[str]) -> tuple[str, str]:
    """Return under which row and column (before '.percent' or '.count') a count's expectation stands; no column: one row a count."""
    parts = dict(zip(dims, map(_code, codes), strict=True))
    if table.startswith("response"):
        return "--".join(parts.values()) or "total", ""
    if "answer" not in parts:
        *groups, answer = parts.values()
        return (groups[0], answer) if groups else (answer, "")
    answer = parts.pop("answer")
    *groups, item = parts.values()
    return "--".join([item, *groups]), answer


def counts_cells(path: Path, store: Store) -> Iterator[Cell | Problem]:
    """Return the cells of a table of counts; labels that are not the codebook's are problems."""
    table = path.stem
    columns, rows = read_csv(path)
    dims = [name for name in columns if f"{name}_label" in columns]
    for number, entry in enumerate(rows, 2):
        where = f"tables/{path.name}:{number}"
        row, column = counts_key(table, dims, [entry[name] for name in dims])
        yield from _labels(store, where, dims, entry)
        for name in ("percent", "count"):
            if name in entry:
                yield Cell(where, entry[name], table, row, f"{column}.{name}" if column else name)


def _labels(store: Store, where: str, dims: list[str], entry: dict[str, str]) -> Iterator[Problem]:
    for name in dims:
        code, label = entry[name], entry[f"{name}_label"]
        if name in ("submitted_on", "arrival"):
            known = None
        elif name in store.codebook["items"] and code in store.items:
            known = store.items[code].name[store.language]  # a statement or a box
        elif name == "answer":
            stacked = next(entry[other] for other in dims if entry[other] in store.items)
            known = store.label(stacked, code)
        else:
            known = store.label(name, code)
        if known is not None and known != label:
            yield Problem(where, label, f"the codebook calls {name} {code!r} {known!r}")


def table_of(element: etree._Element) -> str:
    """Return a table's id."""
    return (element.get("id") or "").removeprefix("table-")


def text_of(element: etree._Element) -> str:
    """Return an element's text with single blanks (no-break ones stay)."""
    return re.sub(r"[ \t\n\r]+", " ", "".join(element.itertext())).strip()


@dataclass(frozen=True)
class Row:
    """A row of an HTML table: its key, its section, its label, its cells."""

    key: str
    section: str
    label: str
    cells: list[str]


def html_rows(element: etree._Element) -> list[Row]:
    """Return the rows that have a key."""
    found, section = [], ""
    for row in element.iterfind(".//tbody/tr"):
        if "section" in (row.get("class") or "").split():
            section = text_of(row)
        elif row.get("id"):
            cells = [text_of(cell) for cell in row.iterfind("td")]
            head = row.find("th")
            found.append(
                Row(row.get("id").split("--", 1)[1], section, text_of(head) if head is not None else "", cells)
            )
    return found


def heads(element: etree._Element) -> list[str]:
    """Return the headings of an HTML table's columns, that of its rows left out."""
    return [text_of(head) for head in element.findall(".//thead//th")][1:]


def check_cell(store: Store, cell: Cell, decimals: int | None = None) -> str | None:
    """Return what is wrong with a cell, if anything: every number in it is held against its expectation."""
    known = store.row(cell.table, cell.row)
    text = cell.text
    if text in ("", HIDDEN) or (not has_digit(text) and not isinstance(known.get(cell.column), str)):
        return None
    value = known.get(cell.column)
    if isinstance(value, str):
        item = cell.table.split("_model_")[0]
        return None if text in (value, store.label(item, value)) else f"expected {value}"
    if value is None:
        return _check_interval(store, cell, known)
    return _check_number(
        store,
        text,
        float(value),
        decimals,
        store.slack(cell.table, cell.column, float(value)) + float(known.get(f"{cell.column}.error", 0)),
    )


def _check_interval(store: Store, cell: Cell, known: dict[str, float | str]) -> str | None:
    ends = [known.get(f"{cell.column}.{end}") for end in ("low", "high")]
    if None in ends:
        return f"nothing is expected here ({cell.table}, {cell.row}, {cell.column})"
    found = [read(text, store.language) for text in re.findall(pattern(store.language), _ranges(cell.text))]
    slack = [store.slack(cell.table, cell.column, float(end)) for end in ends]  # type: ignore[arg-type]
    if len(found) != 2 or not all(n.equals(float(end), s) for n, end, s in zip(found, ends, slack, strict=True)):  # type: ignore[arg-type]
        return f"expected {ends[0]} to {ends[1]}"
    return None


def _ranges(text: str) -> str:
    """Return a text in which the dash of a range is no sign."""
    return text.replace("–", " ")


def _check_number(store: Store, text: str, value: float, decimals: int | None, slack: float) -> str | None:
    if decimals is not None:  # a CSV's plain number
        number = Printed(text, float(text), decimals)
        fine = (
            number.equals(value, slack)
            or abs(number.value - value) <= slack + 6e-6 * abs(value)
            or _significant(text, value)
        )
        return None if fine else f"expected {value}"
    found = re.findall(pattern(store.language), text)
    if len(found) != 1:
        return f"expected {value}"
    number = read(found[0], store.language)
    if "<" in text:
        return None if value < number.value else f"expected {value}"
    if text.startswith(("about", "om lag")):  # to the nearest ten
        return None if abs(number.value - value) <= 5 else f"expected {value}"
    return None if number.equals(value, slack) else f"expected {value}"


def _significant(text: str, value: float) -> bool:
    """Say whether a small number agrees to the significant digits that stand (p values have three)."""
    return float(text) == float(f"{value:.3g}") if value and abs(value) < 1 else False


def alike_labels(first: str, second: str) -> bool:
    """Say whether two labels are the same but for typography."""
    return alike(first) == alike(second)
