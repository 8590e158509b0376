"""The lists at the end of a page: each sentence listed stands on the page, and each of its numbers in the row and table that the list names."""

import re
from collections.abc import Iterator

from lxml import etree
from numerals import pattern, read
from sentences import Block, Reader, values_with_ends
from store import Store, alike
from tables import Problem, html_rows, table_of, text_of
from words import READING, WORD_TABLE


def _classes(element: etree._Element) -> set[str]:
    return set((element.get("class") or "").split())


def registers_of(page: etree._Element) -> list[etree._Element]:
    """Return a page's lists of what it says."""
    return [element for element in page.iter("div") if {"register", "claims"} & _classes(element)]


def register_problems(name: str, page: etree._Element, store: Store, reader: Reader) -> Iterator[Problem]:
    """Return what is wrong in a page's lists."""
    registers = registers_of(page)
    said = alike("".join(_texts(page, set(registers))))
    numbers = {
        table_of(table): (_number_of(table), {row.key: row.label for row in html_rows(table)})
        for table in page.iter("div")
        if (table.get("id") or "").startswith("table-")
    }
    for register in registers:
        for row in register.iterfind(".//tbody/tr"):
            cells = [*row]
            statement = text_of(cells[0])
            place = f"{name} register"
            if alike(statement) not in said:
                yield Problem(place, statement, "no sentence of the page says this")
            for cell in cells[1:]:
                yield from _cell(place, statement, row, cell, store, reader, numbers)


def _texts(element: etree._Element, left_out: set[etree._Element]) -> Iterator[str]:
    if element in left_out or not isinstance(element.tag, str) or element.tag in ("script", "style", "svg"):
        return
    yield element.text or ""
    for child in element:
        yield from _texts(child, left_out)
        yield ("" if child.tag in ("a", "span", "strong", "em") else " ") + (child.tail or "")


def _number_of(table: etree._Element) -> str:
    caption = table.find(".//caption/span[@class='number']")
    return re.sub(r"[^\d.]", "", text_of(caption)).strip(".") if caption is not None else ""


def _cell(
    place: str, statement: str, row: etree._Element, cell: etree._Element, store: Store, reader: Reader, numbers: dict
) -> Iterator[Problem]:
    links = [
        (link, link.get("href").partition("#table-")[2].split("--", 1))
        for link in row.iter("a")
        if "#table-" in (link.get("href") or "")
    ]
    text = text_of(cell)
    if not re.search(r"\d", text):
        return
    if cell.find(".//a") is not None:
        for link, (table, *key) in [pair for pair in links if pair[0] in set(cell.iter("a"))]:
            yield from _link(place, statement, link, table, key[0] if key else "", store, reader, numbers)
        for table, _ in re.findall(rf"{WORD_TABLE[store.language]}[\s\u00a0](\d+(?:\.\d+)?)(, )?", text):
            if table not in {numbers.get(target[0], ("",))[0] for _, target in links}:
                yield Problem(place, text, f"no linked table has the number {table}")
        return
    known = store.row(*links[0][1]) if links and len(links[0][1]) == 2 else {}
    yield from _choices(place, statement, text, known, store)


def _link(
    place: str, statement: str, link: etree._Element, table: str, key: str, store: Store, reader: Reader, numbers: dict
) -> Iterator[Problem]:
    text = text_of(link)
    if re.fullmatch(rf"{WORD_TABLE[store.language]}[\s\u00a0]\d+(?:\.\d+)?", text):
        return
    block = Block(place, "td", f"⟦0⟧{text}⟨", [(table, key)])
    yield from reader.problems(block)
    if alike(text) not in alike(statement):
        yield Problem(place, text, "is not a number of the sentence")
    tail = (link.tail or "").strip()
    label = numbers.get(table, ("", {}))[1].get(key)
    if label and alike(label) not in alike(tail):
        yield Problem(place, tail, f"the row is called {label!r}")


def _choices(place: str, statement: str, text: str, known: dict, store: Store) -> Iterator[Problem]:
    """Hold the number of a claim, with weights and under other readings, against the row that the claim links to."""
    for part in text.split("; "):
        found = re.findall(pattern(store.language), part.rpartition(":")[2])
        numbers = [read(number, store.language) for number in found]
        reading = next((name for name, label in _readings(store).items() if alike(label) in alike(part)), None)
        columns = [
            column
            for column in known
            if (column.endswith(f"reading.{reading}") if reading else "reading" not in column)
        ]
        fine = len(numbers) == 1 and any(
            numbers[0].equals(float(known[column])) for column in columns if not isinstance(known[column], str)
        )
        if not fine:
            yield Problem(
                place, text, f"no value of the row that is linked ({READING if reading else 'number or weights'})"
            )


def _readings(store: Store) -> dict[str, str]:
    return {
        name: entry["label"][store.language]
        for scale in store.codebook["scales"].values()
        for name, entry in scale.get("readings", {}).items()
    }


def values_of(known: dict) -> list[float]:
    """Return a row's numbers."""
    return [value for value, *_ in values_with_ends(known)]
