"""Hold a built report against what was expected: `problems(folder of one language)` returns every number that is not as it should be."""

import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree, html
from store import Store
from tables import HIDDEN, PERCENT, Cell, Problem, Row, check_cell, counts_cells, heads, html_rows, is_counts, read_csv, table_of, text_of


def pages_of(folder: Path) -> dict[str, etree._Element]:
    """Return the pages of a report, parsed."""
    return {path.name: html.parse(str(path)).getroot() for path in sorted(folder.glob("*.html"))}


def tables_of(page: etree._Element) -> list[etree._Element]:
    """Return the tables that have an id."""
    return [element for element in page.iter("div") if (element.get("id") or "").startswith("table-")]


def csv_problems(folder: Path, store: Store) -> Iterator[Problem]:
    """Return what is wrong in the CSV files."""
    pages = pages_of(folder)
    rows = {table_of(table): html_rows(table) for page in pages.values() for table in tables_of(page)}
    for path in sorted((folder / "tables").glob("*.csv")):
        columns, entries = read_csv(path)
        if is_counts(columns) or columns == ["count"]:
            yield from _cells(store, counts_cells(path, store))
        else:
            yield from _cells(store, estimate_cells(path, columns, entries, rows.get(path.stem, [])))


def estimate_cells(path: Path, columns: list[str], entries: list[dict[str, str]], rows: list[Row]) -> Iterator[Cell | Problem]:
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


def _decimals(cells: list[Cell]) -> dict[str, int]:
    """Return how many decimals a CSV's columns have: the most that stand in any row (trailing zeros are not written)."""
    found: dict[str, int] = {}
    for cell in cells:
        plain = re.fullmatch(r"-?\d+(?:\.(\d+))?(?:e-?\d+)?", cell.text)
        if plain and "e" not in cell.text:
            found[cell.column] = max(found.get(cell.column, 0), len(plain[1] or ""))
    return found


def _cells(store: Store, cells: Iterator[Cell | Problem]) -> Iterator[Problem]:
    every = list(cells)
    decimals = _decimals([cell for cell in every if isinstance(cell, Cell)])
    for cell in every:
        if isinstance(cell, Problem):
            yield cell
            continue
        plain = re.fullmatch(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", cell.text)
        wrong = check_cell(store, cell, decimals.get(cell.column, 0) if plain else None)
        if wrong:
            yield Problem(cell.where, cell.text, f"{wrong} ({cell.table}, {cell.row}, {cell.column})")
