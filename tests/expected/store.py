"""What a study's pages must say, read from the files beside this one, and the study's own words from its YAML files."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from files import HIDDEN, is_counts, read_csv
from reading import RAW, Item, read_items

HERE = Path(__file__).parent
ALL = {"en": "All", "nb": "Alle"}
NO_ANSWER = {"en": "No answer", "nb": "Ubesvart"}
MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "nb": [
        "januar",
        "februar",
        "mars",
        "april",
        "mai",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "desember",
    ],
}
Value = float | str


def counts_of(path: Path) -> list[str]:
    """Return the counts that a file of a released table shows or hides; files of estimates have none."""
    columns, rows = read_csv(path)
    return [row["count"] for row in rows] if is_counts(columns) else []


def _number(text: str) -> Value:
    try:
        return float(text)
    except ValueError:
        return text


@dataclass
class Store:
    """Expected values by table, row and column; facts by name; the items of the codebook; every text of the study's files."""

    study: str
    language: str
    rows: dict[tuple[str, str], dict[str, Value]] = field(default_factory=dict)
    facts: dict[str, Value] = field(default_factory=dict)
    counted: dict[str, int] = field(
        default_factory=dict
    )  # what the report itself has: hidden counts, counts, claims, fields

    def __post_init__(self) -> None:
        with (HERE / self.study / "values.csv").open(encoding="utf-8") as file:
            for entry in csv.DictReader(file):
                self.rows.setdefault((entry["table"], entry["row"]), {})[entry["column"]] = _number(entry["value"])
        with (HERE / self.study / "facts.csv").open(encoding="utf-8") as file:
            self.facts = {entry["name"]: _number(entry["value"]) for entry in csv.DictReader(file)}

    def with_published(self, folder: Path) -> "Store":
        """Add what hangs on which counts a report hides: how many, and ."""
        counts = [row for path in sorted((folder / "tables").glob("*.csv")) for row in counts_of(path)]
        self.counted |= {"hidden": sum(text == HIDDEN for text in counts), "counts": len(counts)}
        return self

    @cached_property
    def plan(self) -> dict[str, Any]:
        """The study's plan."""
        return yaml.safe_load((RAW / self.study / "study.yml").read_text("utf-8"))

    @cached_property
    def codebook(self) -> dict[str, Any]:
        """The study's codebook."""
        return yaml.safe_load((RAW / self.study / "codebook.yml").read_text("utf-8"))

    @cached_property
    def items(self) -> dict[str, Item]:
        """The items, boxes and statements one by one."""
        return read_items(self.codebook)

    @cached_property
    def tables(self) -> set[str]:
        """The tables about which something is known."""
        return {table for table, _ in self.rows}

    def row(self, table: str, row: str) -> dict[str, Value]:
        """Return what a row may say."""
        if table.startswith("questionnaire_"):  # the questionnaire's tables repeat those of the questions
            known = self.rows.get((table.removeprefix("questionnaire_"), row), {})
            shares = {
                name.removesuffix(".percent"): value for name, value in known.items() if name.endswith(".percent")
            }
            return known | shares | ({"count": known["ticked.count"]} if "ticked.count" in known else {})
        if table == "findings" and "--" in row:  # survey and interviews side by side: the question's own share
            item, _, code = row.partition("--")
            known = self.rows.get((item, code)) or self.rows.get((item.partition("_")[0], item), {})
            prefix = "" if "percent" in known else f"{code}."
            return {
                "percent": known.get(f"{prefix}percent", ""),
                "interval.low": known.get(f"{prefix}low", ""),
                "interval.high": known.get(f"{prefix}high", ""),
            }
        item = table.partition("_by_")[0]
        if (
            item != table and "--" not in row and self.codebook["items"].get(item, {}).get("kind") == "multiple"
        ):  # a column a box
            boxes = [box for box in self.items.values() if box.parent == item]
            found = {box.id: self.rows.get((table, f"{box.id}--{row}"), {}) for box in boxes}
            known = {
                f"{box}.{name.removeprefix('ticked.')}": value
                for box, values in found.items()
                for name, value in values.items()
                if name.startswith("ticked.")
            }
            return known | {"n": next(iter(found.values())).get("n", "")}
        if table.endswith("_model_departure"):  # a sentence says how large a change is, and not which way
            known = self.rows.get((table, row), {})
            return known | {"size": abs(known["estimate"])} if isinstance(known.get("estimate"), float) else known
        return self.rows.get((table, row), {})

    def fact(self, name: str, table: str, text: str) -> float | None:
        """Return a fact: of the study, or of the table (and of the statement that a text names) it is said of."""
        kept = float(self.rows["response", "total"]["count"])
        if name == "kept":
            return kept
        if name in ("rate_base", "rate_invited"):
            return 100 * kept / float(self.plan[name.removeprefix("rate_")])
        if name in self.plan:
            return float(self.plan[name])
        if name == "units":
            return float(len(self.items[self.plan["unit"]].codes))
        if name == "width":
            return float(self.plan["disclosure"]["width"])
        if name in self.counted:
            return float(self.counted[name])
        found = {
            key: value
            for key, value in self.facts.items()
            if key == name or (key.startswith(f"{table}.") and key.endswith(f".{name}"))
        }
        if len(found) > 1:
            found = {key: value for key, value in found.items() if self.name(key.split(".")[1]) in text}
        return float(next(iter(found.values()))) if len(found) == 1 else None

    def fraction(self, group: str, code: str, answered: float) -> float:
        """Return which share of a group (or, without one, of all) answered; 0 where the frame has no size for it."""
        if not self.plan.get("frame"):
            return 0.0
        frame = pd.read_csv(RAW / self.study / self.plan["frame"])
        if group and group not in frame.columns:
            return 0.0
        return answered / float((frame[frame[group] == code] if group else frame)["population"].sum())

    def some_of(self, names: str) -> Iterator[float]:
        """Return the numbers of some columns of the tables on who answered, and how many groups differ in each comparison."""
        for (table, _), known in self.rows.items():
            if table in (f"balance_by_{self.plan.get('unit')}", *self.plan["groups"]):
                yield from (float(known[name]) for name in names.split(",") if name in known)
        if "claimed" in names:
            yield from (
                100 * float(text) if float(text) < 1 else float(text)
                for text in self.scalars
                if re.fullmatch(r"\d+(\.\d+)?", text)
            )

    def differing(self) -> set[float]:
        """Return how many groups differ from the others in each table of comparisons (of each statement), surely or perhaps."""
        found: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for (table, row), known in self.rows.items():
            if table.startswith("comparison_") and "p_adjusted" in known:
                found.setdefault((table, row.rpartition("--")[0]), []).append(
                    (float(known["p_adjusted"]), float(known["p_adjusted.error"]))
                )
        numbers = {
            key: {float(sum(p + sign * error < 0.05 for p, error in values)) for sign in (-1, 0, 1)}
            for key, values in found.items()
        }
        tables: dict[str, list[set[float]]] = {}
        for (table, _), counts in numbers.items():
            tables.setdefault(table, []).append(counts)
        # Of a battery all statements' groups are counted together.
        together = {sum(choice) for counts in tables.values() for choice in product(*counts)}
        return set().union(*numbers.values()) | together

    def figure_values(self, figure: str) -> Iterator[tuple[float, None, None]]:
        """Return every share and number that a figure, or a table's notes, may speak of."""
        for row in self.figure_rows(figure).values():
            for value in row.values():
                if not isinstance(value, str):
                    yield value, None, None

    def figure_rows(self, figure: str) -> dict[str, dict[str, Value]]:
        """Return the rows of the table that a figure draws, by their keys; a statement's figure has its own rows of the battery's table."""
        name = figure.removesuffix("-bars")
        name = {"arrival": "arrivals"}.get(name, name)
        if name in self.tables:
            return {row: known for (table, row), known in self.rows.items() if table == name}
        for item, entry in self.items.items():
            if entry.parent != item and name.startswith(item) and name.replace(item, entry.parent, 1) in self.tables:
                found = {
                    row: known
                    for (table, row), known in self.rows.items()
                    if table == name.replace(item, entry.parent, 1)
                }
                return {row.removeprefix(f"{item}--"): known for row, known in found.items() if row.startswith(item)}
        return {}

    def slack(self, table: str, column: str, value: float) -> float:
        """Return how far a value may lie from its expectation before it is rounded: programs stop where little is left to gain."""
        if column == "peer_estimate":
            return 1e-5 * max(1.0, abs(value))
        return 2e-6 * max(1.0, abs(value)) if "_model_" in table else 0.0

    def label(self, item: str, code: str) -> str | None:
        """Return what a table prints for an answer."""
        if code in ("total", "__total__"):
            return ALL[self.language]
        if code == "blank":
            return NO_ANSWER[self.language]
        found = self.items.get(item) or self.items.get(item.removesuffix("_any") + "_ict")
        return found.labels.get(code, {}).get(self.language) if found else None

    def name(self, item: str) -> str:
        """Return what a table calls an item, a battery or a list."""
        entry = self.codebook["items"].get(item)
        return (entry["label"] if entry and "label" in entry else self.items[item].name)[self.language]

    @cached_property
    def scalars(self) -> set[str]:
        """Every text, number and date of the study's own files, as text."""
        found: set[str] = set()
        for path in sorted((RAW / self.study).rglob("*.yml")):
            _gather(yaml.safe_load(path.read_text("utf-8")), found)
        return found

    @cached_property
    def texts(self) -> list[str]:
        """Every text with a digit of the study's own files, in the form in which texts are compared, long ones first."""
        plain = {alike(text) for text in self.scalars | set(self._numbered()) | set(self._dates(self.scalars))}
        # A text that is but a number explains nothing: it would explain any number.
        return sorted(
            (text for text in plain if re.search(r"\d", text) and re.search(r"[^\W\d]{3}", text)), key=len, reverse=True
        )

    def _numbered(self) -> Iterator[str]:
        """Return the questions with their numbers before them, as headings and notes have them."""
        for entry in self.codebook["items"].values():
            for language, question in entry.get("question", {}).items():
                if "number" in entry:
                    yield f"{entry['number']}. {question}"
                    yield f"{'Question' if language == 'en' else 'Spørsmål'} {entry['number']}: '{question}'"

    def _dates(self, texts: set[str]) -> Iterator[str]:
        """Return the study's dates and months as they are written out, and the fieldwork from its first to its last day."""
        for text in texts:
            if re.fullmatch(r"\d{4}-\d\d(-\d\d)?", text):
                yield written(text, self.language)
        work = self.plan.get("fieldwork")
        if work:
            first, last = written(str(work["start"]), self.language), written(str(work["end"]), self.language)
            yield f"{first.rpartition(' ')[0]}-{last}"


def _gather(node: Any, found: set[str]) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            _gather(key, found)
            _gather(value, found)
    elif isinstance(node, list):
        for value in node:
            _gather(value, found)
    elif node is not None and not isinstance(node, bool):
        found.add(str(node))


def written(date: str, language: str) -> str:
    """Return a date, or a month, written out."""
    year, month, *day = date.split("-")
    name = MONTHS[language][int(month) - 1]
    if not day:
        return f"{name} {year}"
    return f"{int(day[0])}{'' if language == 'en' else '.'} {name} {year}"


def alike(text: str) -> str:
    """Return a text without what typography changes: kinds of blanks, quotation marks and dashes."""
    text = re.sub(r"[«»“”‘’\"']", "'", text)
    text = re.sub(r"[–—−]", "-", text)
    return re.sub(r"\s+", " ", text).strip()
