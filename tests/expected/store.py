"""What a study's pages must say, read from the files beside this one, and the study's own words from its YAML files."""

import csv
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from reading import RAW, Item, read_items

HERE = Path(__file__).parent
ALL = {"en": "All", "nb": "Alle"}
NO_ANSWER = {"en": "No answer", "nb": "Ubesvart"}
POINTS = ("_differences", "_comparisons", "_units", "_mixed_effects", "_sensitivity", "_departure")  # tables of percentage points
Value = float | str


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

    def __post_init__(self) -> None:
        with (HERE / self.study / "values.csv").open(encoding="utf-8") as file:
            for entry in csv.DictReader(file):
                self.rows.setdefault((entry["table"], entry["row"]), {})[entry["column"]] = _number(entry["value"])
        with (HERE / self.study / "facts.csv").open(encoding="utf-8") as file:
            self.facts = {entry["name"]: _number(entry["value"]) for entry in csv.DictReader(file)}

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
            shares = {name.removesuffix(".percent"): value for name, value in known.items() if name.endswith(".percent")}
            return known | shares | ({"count": known["ticked.count"]} if "ticked.count" in known else {})
        return self.rows.get((table, row), {})

    def slack(self, table: str, column: str, value: float) -> float:
        """Return how far a value may lie from its expectation before it is rounded for the page.

        What is worked out from a model leaves rounded: log odds to four decimals, percentage points to two.
        """
        if "_model_" not in table or column.startswith("raw"):
            return 0.0
        if table.endswith(("_odds_ratios", "_unit_predictor", "_by_threshold")):
            return 5.1e-5 * abs(value)
        return 0.0051 if table.endswith(POINTS) or "_model_predicted_" in table else 0.0

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
    def texts(self) -> list[str]:
        """Every text with a digit of the study's own files, in the form in which texts are compared, long ones first."""
        found: set[str] = set()
        for path in sorted((RAW / self.study).rglob("*.yml")):
            _gather(yaml.safe_load(path.read_text("utf-8")), found)
        plain = {alike(text) for text in found}
        return sorted((text for text in plain if re.search(r"\d", text)), key=len, reverse=True)


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


def alike(text: str) -> str:
    """Return a text without what typography changes: kinds of blanks, quotation marks and dashes."""
    text = re.sub(r"[«»“”‘’\"']", "'", text)
    text = re.sub(r"[–—−]", "-", text)
    return re.sub(r"\s+", " ", text).strip()
