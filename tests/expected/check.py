"""Hold a built report against what was expected: `problems(folder of one language)` returns every number that is not as it should be."""

import re
from collections.abc import Iterator
from pathlib import Path

from files import HIDDEN, is_counts, read_csv
from lxml import etree, html
from rows import cell_problem, table_problems
from sentences import Reader
from store import Store
from tables import Cell, Problem, Row, counts_cells, html_rows, table_of


def pages_of(folder: Path) -> dict[str, etree._Element]:
    """Return the pages of a report, parsed."""
    return {path.name: html.parse(str(path)).getroot() for path in sorted(folder.glob("*.html"))}


def tables_of(page: etree._Element) -> list[etree._Element]:
    """Return the tables that have an id."""
    return [element for element in page.iter("div") if (element.get("id") or "").startswith("table-")]


def csv_problems(folder: Path, store: Store, reader: Reader) -> Iterator[Problem]:
    """Return what is wrong in the CSV files."""
    rows = {table_of(table): html_rows(table) for page in pages_of(folder).values() for table in tables_of(page)}
    for path in sorted((folder / "tables").glob("*.csv")):
        columns, entries = read_csv(path)
        if is_counts(columns):
            yield from _cells(store, reader, counts_cells(path, store))
        else:
            yield from _cells(store, reader, estimate_cells(path, columns, entries, rows.get(path.stem, [])))


def html_problems(folder: Path, store: Store, reader: Reader) -> Iterator[Problem]:
    """Return what is wrong in the tables of the pages."""
    files = {path.stem: read_csv(path)[0] for path in (folder / "tables").glob("*.csv")}
    for name, page in pages_of(folder).items():
        for table in tables_of(page):
            columns = files.get(table_of(table))
            if table_of(table).startswith("chapter_"):
                continue
            yield from table_problems(
                name, table, store, columns[2:] if columns and not is_counts(columns) else None, reader
            )


def estimate_cells(
    path: Path, columns: list[str], entries: list[dict[str, str]], rows: list[Row]
) -> Iterator[Cell | Problem]:
    """Return the cells of a table of estimates; its rows are those of the page's table of that name, by section and label."""
    keys = {(row.section, row.label): row.key for row in rows}
    if columns[:2] != ["section", "row"]:
        yield Problem(path.name, str(columns), "a file of another shape")
        return
    for number, entry in enumerate(entries, 2):
        where = f"tables/{path.name}:{number}"
        key = keys.get((entry["section"], entry["row"]))
        if key is None:
            yield Problem(where, entry["row"], "no page has this row")
            continue
        for column in columns[2:]:
            yield Cell(where, entry[column], path.stem, key, column)


PLAIN = re.compile(r"-?\d+(?:\.(\d+))?(?:e-?\d+)?")


def _decimals(cells: list[Cell]) -> dict[str, int]:
    """Return how many decimals the columns of plain numbers have: the most that stand in any row (trailing zeros are not written)."""
    columns: dict[str, list[str]] = {}
    for cell in cells:
        if cell.text not in ("", HIDDEN):
            columns.setdefault(cell.column.rpartition(".")[2], []).append(cell.text)
    plain = {column: [PLAIN.fullmatch(text) for text in texts] for column, texts in columns.items()}
    return {column: max(len(match[1] or "") for match in matches) for column, matches in plain.items() if all(matches)}


def _cells(store: Store, reader: Reader, cells: Iterator[Cell | Problem]) -> Iterator[Problem]:
    every = list(cells)
    decimals = _decimals([cell for cell in every if isinstance(cell, Cell)])
    for cell in every:
        if isinstance(cell, Problem):
            yield cell
            continue
        wrong = cell_problem(cell, store, reader, decimals.get(cell.column.rpartition(".")[2]))
        if wrong:
            yield Problem(cell.where, cell.text, f"{wrong} ({cell.table}, {cell.row}, {cell.column})")
