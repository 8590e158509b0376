"""The cells of a page's tables: which column a heading is of, which label a row must have, and what is hidden where."""

import re
from collections.abc import Iterator

from lxml import etree
from sentences import Reader
from shares import sum_key
from store import Store, alike
from tables import PERCENT, Cell, Problem, Row, check_cell, heads, html_rows, table_of
from words import COUNT_HEADS, ESTIMATE_HEADS, TOGETHER


def answers_of(store: Store, table: str) -> dict[str, str]:
    """Return what a table's columns of answers (or boxes) are called, and the column of each."""
    name = table.removeprefix("questionnaire_").partition("_by_")[0]
    items = [item for item in store.items.values() if name in (item.parent, item.id)]
    if not items:
        return {}
    if items[0].kind == "box":
        return {box.name[store.language]: f"{box.id}.percent" for box in items}
    codes = [*items[0].codes, *items[0].missing, "blank"]
    found = {store.label(items[0].id, code) or code: f"{code}.percent" for code in codes}
    together = TOGETHER[store.language]
    for first in range(len(codes)):
        for last in range(first + 1, len(items[0].low_to_high)):
            run = items[0].low_to_high[first : last + 1]
            found[together + " / ".join(store.label(items[0].id, code) or code for code in run)] = (
                f"{sum_key(run, items[0])}.percent"
            )
    return found


def columns_of(store: Store, table: str, names: list[str], csv: list[str] | None) -> list[str] | str:
    """Return the column of each heading, or what is wrong with them; tables of estimates have those of their file, in order."""
    if csv is not None:
        return csv if len(csv) == len(names) else f"{len(names)} headings for {len(csv)} columns"
    known = COUNT_HEADS[store.language] | answers_of(store, table)
    plain = [PERCENT.sub("", name) for name in names]
    unknown = [name for name in plain if name not in known]
    if unknown and not released(store, table):
        return [""] * len(names)  # a table that describes: prose, and numbers of its row
    return [known[name] for name in plain] if not unknown else f"no column is called {unknown[0]!r}"


def released(store: Store, table: str) -> bool:
    """Say whether a table is one of counts by the codebook's items."""
    name = table.partition("_by_")[0]
    return name == "response" or any(name in (item.id, item.parent) for item in store.items.values())


def wrong_head(store: Store, heading: str, column: str) -> bool:
    """Say whether a listed heading stands over a column that is not its."""
    allowed = ESTIMATE_HEADS[store.language].get(heading)
    return allowed is not None and column not in allowed


def label_of(store: Store, table: str, key: str) -> str | None:
    """Return what a row of that key is called, where the codebook says it."""
    code = key.split("--")[-1]
    base = table.removeprefix("questionnaire_").removeprefix("comparison_").removeprefix("balance_by_")
    if "_model_" in table:
        return _model_label(store, table, key)
    name, _, group = base.partition("_by_")
    if code in store.items:
        return store.items[code].name[store.language]
    if table.startswith("response_by_"):
        group = group.removeprefix("response_by_")
        return next((store.label(item, code) for item in store.plan["groups"] if group.endswith(item)), None)
    if group:
        return store.label(group, code)
    return store.label(name, code) if name in store.items and not table.startswith("questionnaire_role") else None


def _model_label(store: Store, table: str, key: str) -> str | None:
    kind = table.partition("_model_")[2]
    if kind.startswith("predicted_"):
        return store.label(kind.removeprefix("predicted_"), key)
    if kind == "incomplete" and "--" in key:
        name, _, code = key.partition("--")
        return store.items[code].name[store.language] if name == "missing" else store.label(name, code)
    if kind in ("units", "modes"):
        return store.label(store.plan["unit"], key)
    found = re.fullmatch(r"(\w+?)(?:_T_|-)(\w+?)_?(?:-(\w+))?", key)
    names = store.items
    if not found or found[1] not in names or found[2] not in names[found[1]].codes:
        return None
    if kind == "comparisons":
        return store.label(table.partition("_model_")[0], found[3] or "")
    label, reference = store.label(found[1], found[2]), store.label(found[1], names[found[1]].low_to_high[0])
    if kind in ("differences", "mixed_effects", "departure", "partial"):
        compared = {"en": "{0}, compared with {1}", "nb": "{0}, sammenlignet med {1}"}[store.language]
        return compared.format(label, reference)
    return label if kind in ("odds_ratios", "coefficients") else None


def table_problems(
    name: str, element: etree._Element, store: Store, csv: list[str] | None, reader: Reader
) -> Iterator[Problem]:
    """Return what is wrong in one table of a page."""
    table = table_of(element)
    where = f"{name} #table-{table}"
    names = heads(element)
    columns = columns_of(store, table, names, csv)
    if isinstance(columns, str):
        yield Problem(where, str(names), columns)
        return
    for heading, column in zip(names, columns, strict=True):
        ranks = re.search(r"\(1–(\d+)\)$", heading)
        if ranks and int(ranks[1]) != _answers(store, table):
            yield Problem(where, heading, f"the highest answer is number {_answers(store, table)}")
        if csv is not None and wrong_head(store, heading, column):
            yield Problem(where, heading, f"stands over {column}")
    for row in html_rows(element):
        yield from _row_problems(where, row, columns, table, store, reader)


def _answers(store: Store, table: str) -> int:
    """Return how many answers a compared question has."""
    name = table.removeprefix("comparison_").partition("_by_")[0]
    return next(len(item.low_to_high) for item in store.items.values() if name in (item.id, item.parent))


def _row_problems(
    where: str, row: Row, columns: list[str], table: str, store: Store, reader: Reader
) -> Iterator[Problem]:
    place = f"{where}--{row.key}"
    label = label_of(store, table, row.key)
    if label is not None and alike(label) != alike(row.label):
        yield Problem(place, row.label, f"the codebook calls it {label!r}")
    if len(row.cells) != len(columns):
        yield Problem(place, str(row.cells), f"{len(row.cells)} cells for {len(columns)} columns")
        return
    for text, column in zip(row.cells, columns, strict=True):
        wrong = cell_problem(Cell(place, text, table, row.key, column), store, reader)
        if wrong:
            yield Problem(place, text, f"{wrong} ({column})")


def cell_problem(cell: Cell, store: Store, reader: Reader, decimals: int | None = None) -> str | None:
    """Return what is wrong with a cell: a number against its expectation, a text against what the study's files and the facts explain."""
    known = store.row(cell.table, cell.row)
    if not cell.column and not reader.is_text(cell.text):
        return reader.of_row(cell.text, cell.table, cell.row)
    if cell.column in known or f"{cell.column}.low" in known or not reader.is_text(cell.text):
        return check_cell(store, cell, decimals)
    return reader.unexplained(cell.text)
