"""The CSV files of a built report."""

import csv
from pathlib import Path

HIDDEN = ":"


def read_csv(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Return a CSV file's columns and rows."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        return list(reader.fieldnames or []), rows


def is_counts(columns: list[str]) -> bool:
    """Say whether a file is a table of counts: a column a dimension, their labels, and counts."""
    return "count" in columns and columns[:2] != ["section", "row"]
