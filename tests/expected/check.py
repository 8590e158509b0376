"""Hold a built report against what was expected: `problems(folder of one language)` returns every number that is not as it should be."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from chapter import all_text, chapter_problems, counted
from directions import Judge, compiled
from drawings import Drawing, shapes_of
from files import HIDDEN, is_counts, read_csv
from lxml import etree, html
from reading import RAW
from registers import register_problems
from rows import cell_problem, table_problems
from sentences import Reader, blocks_of
from store import Store
from tables import Cell, Problem, Row, counts_cells, html_rows, table_of
from words import CONSTANTS, FACTS

DRAWN_ONLY = frozenset(
    {"satisfaction_model_by_threshold", "awareness_model_by_threshold", "belonging_model_by_threshold"}
)
JOINED = frozenset(
    {"response_by_submitted_on", "arrivals", "early_and_late"}
)  # days are joined, and not every headline is crossed with them


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
    for section, label in sorted(set(keys) - {(entry["section"], entry["row"]) for entry in entries}):
        yield Problem(f"tables/{path.name}", f"{section} {label}".strip(), "stands on a page and not in its file")
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


def report_problems(folder: Path) -> list[Problem]:
    """Return every number, label and direction of a built report (one study, one language) that is not as expected."""
    store = Store(folder.parent.name, folder.name).with_published(folder)
    pages = pages_of(folder)
    if "chapter.html" in pages:
        store.counted |= counted(pages["chapter.html"])
    reader = Reader(store, FACTS[store.language], CONSTANTS[store.language])
    shown = {
        table_of(table): {row.key: row.cells for row in html_rows(table)}
        for page in pages.values()
        for table in tables_of(page)
    }
    judge = Judge(store, shown)
    found = [
        *csv_problems(folder, store, reader),
        *html_problems(folder, store, reader),
        *masked(folder),
        *vanished(folder, store, shown),
    ]
    for name, page in pages.items():
        for block in blocks_of(name, page):
            found += [*reader.problems(block), *judge.problems(block)]
        found += drawing_problems(folder, name, page, store, reader)
        found += link_problems(name, page)
        found += register_problems(name, page, store, reader)
        found += numbering(name, page)
        found += provenance(name, page, store)
        if name == "chapter.html":
            found += chapter_problems(name, page, store, all_text(pages))
    return [*found, *judge.unsaid()]


def rules_spoken(folder: Path) -> set[str]:
    """Return the rules of direction that some sentence of a report falls under."""
    blocks = [block.text for name, page in pages_of(folder).items() for block in blocks_of(name, page)]
    return {
        rule for rule, expression in compiled(folder.name).items() if any(expression.search(text) for text in blocks)
    }


def drawing_problems(folder: Path, name: str, page: etree._Element, store: Store, reader: Reader) -> Iterator[Problem]:
    """Return what is wrong in a page's drawings, and which are not those of the files."""
    for figure in page.iter("figure"):
        svg, key = figure.find(".//svg"), (figure.get("id") or "").removeprefix("figure-")
        if svg is None:
            continue
        yield from Drawing(name, key, svg, store, reader).problems()
        yield from narrow_problems(name, key, *figure.iter("{*}svg"))
        file = folder / "figures" / f"{key}.svg"
        if file.exists() and _strokes(etree.parse(str(file)).getroot()) != _strokes(svg):
            yield Problem(f"figures/{key}.svg", key, "the file's drawing is not the page's")


def narrow_problems(name: str, key: str, wide: etree._Element, *narrow: etree._Element) -> Iterator[Problem]:
    """Return what the drawing for telephones says otherwise than the wide one: a number, or a bar of another length."""
    whole = shapes_of(wide)
    numbers = Counter(word for *_, text in whole.texts for word in re.findall(r"\S*\d\S*", text))
    for svg in narrow:
        shapes = shapes_of(svg)
        own = Counter(word for *_, text in shapes.texts for word in re.findall(r"\S*\d\S*", text))
        for word in own - numbers:
            yield Problem(f"{name}, narrow {key}", word, "stands in no wide drawing")
        widths = [[round(rect[2], 1) for rect in one.rects] for one in (whole, shapes)]
        pairs = [(one, other) for one, other in zip(*widths, strict=False) if one > 1]
        scale = sum(other for _, other in pairs) / max(sum(one for one, _ in pairs), 1e-9)
        for one, other in pairs:
            if len(widths[0]) == len(widths[1]) and abs(one * scale - other) > 1.2:
                yield Problem(
                    f"{name}, narrow {key}", str(other), f"the bar is {one * scale:.1f} long by the wide drawing"
                )


def link_problems(name: str, page: etree._Element) -> Iterator[Problem]:
    """Return the links whose name for those who hear the page says another number than they show."""
    for link in page.iter("a"):
        label, text = link.get("aria-label"), "".join(link.itertext())
        if label and re.search(r"\d", text) and not label.startswith(text):
            yield Problem(name, text, f"the link is called '{label}'")


def _strokes(svg: etree._Element) -> list[tuple[str, ...]]:
    """Return a drawing's shapes and texts, to be compared."""
    shapes = shapes_of(svg)
    return [
        *map(str, shapes.rects),
        *map(str, shapes.lines),
        *map(str, shapes.points),
        *map(str, shapes.texts),
        *map(str, shapes.paths),
    ]  # type: ignore[list-item]


def _may_be_left_out(table: str, store: Store) -> bool:
    """Say whether a report need not have a table's file: where no test has an answer, groups are not compared, or the page alone has it."""
    name, _, group = table.partition("_by_")
    crossed = name.startswith(("comparison_", "mean_", "net_")) and group not in store.plan["groups"]
    return crossed or group == "arrival" or table.endswith("_brant_test") or table in ("core_groups", "interviews")


def _needed(store: Store, table: str, row: str) -> bool:
    """Say whether a page needs a row: of two groups one is compared, and the number modelled need not be said."""
    if table in JOINED or (table.endswith("_model_fit") and row == "n"):
        return False
    return not table.startswith("comparison_") or "superiority" in store.rows[table, row]


def vanished(folder: Path, store: Store, shown: dict[str, dict[str, list[str]]]) -> Iterator[Problem]:
    """Return tables and rows that are expected and stand nowhere: in no file, and (of estimates) on no page."""
    for table in sorted(store.tables - DRAWN_ONLY):
        path = folder / "tables" / f"{table}.csv"
        if not path.exists() and _may_be_left_out(table, store):
            continue
        if not path.exists():
            yield Problem(f"tables/{path.name}", table, "this table is expected, and is not there")
            continue
        columns, _ = read_csv(path)
        expected = {row for name, row in store.rows if name == table}
        if is_counts(columns):
            present = {(cell.row, cell.column) for cell in counts_cells(path, store) if isinstance(cell, Cell)}
            wanted = {
                (row, column)
                for row in expected
                for column in store.row(table, row)
                if column.endswith("count") and "sum-" not in row + column
            }
            lost = {f"{row} {column}" for row, column in wanted - present} if table not in JOINED else set()
        else:
            lost = {row for row in expected - set(shown.get(table, {})) if row != "*" and _needed(store, table, row)}
        for row in sorted(lost):
            yield Problem(f"tables/{path.name}", row, "this row is expected, and is not there")


def masked(folder: Path) -> Iterator[Problem]:
    """Return counts that are hidden in one table and shown in another (or in another place of the same)."""
    hidden: dict[frozenset[tuple[str, str]], str] = {}
    shown: dict[frozenset[tuple[str, str]], str] = {}
    for path in sorted((folder / "tables").glob("*.csv")):
        columns, rows = read_csv(path)
        dims = [name for name in columns if f"{name}_label" in columns]
        for number, row in enumerate(rows, 2) if is_counts(columns) and dims else ():
            cell = frozenset((name, row[name]) for name in dims if row[name] != "__total__")
            (hidden if row["count"] == HIDDEN else shown).setdefault(cell, f"tables/{path.name}:{number}")
    for cell, where in hidden.items():
        if cell in shown:
            yield Problem(where, str(sorted(cell)), f"is hidden here and shown in {shown[cell]}")


def numbering(name: str, page: etree._Element) -> Iterator[Problem]:
    """Return captions whose tables or figures are not numbered one after the other."""
    for tag, path in (("table", ".//caption/span[@class='number']"), ("figure", ".//figcaption/span[@class='number']")):
        numbers = [re.sub(r"[^\d.]", "", "".join(span.itertext())).strip(".") for span in page.iterfind(path)]
        chapter = numbers[0].rpartition(".")[0] if numbers else ""
        expected = [f"{chapter}.{place}".strip(".") for place in range(1, len(numbers) + 1)]
        if numbers != expected:
            yield Problem(name, str(numbers), f"the {tag}s are not numbered from 1 on")


def provenance(name: str, page: etree._Element, store: Store) -> Iterator[Problem]:
    """Return input files whose SHA-256 in the page's foot is not that of the file."""
    for inputs in page.iterfind(".//footer//dl[@class='inputs']"):
        terms = [
            ("".join(term.itertext()), "".join(value.itertext()))
            for term, value in zip(inputs.iterfind("dt"), inputs.iterfind("dd"), strict=True)
        ]
        for file, digest in terms:
            if hashlib.sha256((RAW / store.study / file).read_bytes()).hexdigest() != digest:
                yield Problem(name, digest, f"is not the SHA-256 of {file}")
