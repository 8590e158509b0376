"""The expected files are what the scripts beside them work out, and no script asks the package."""

import ast
import csv
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from completion import Sum, completed  # noqa: E402
from make import put_models, put_survey, written  # noqa: E402
from reading import read_survey  # noqa: E402
from shares import Expected  # noqa: E402


@pytest.mark.parametrize("path", sorted(HERE.glob("*.py")), ids=lambda path: path.name)
def test_no_script_imports_the_package(path):
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    assert not any(name.split(".")[0] == "evalkit" for name in names)


def kept(study: str) -> dict[tuple[str, str, str], str]:
    with (HERE / study / "values.csv").open(encoding="utf-8") as file:
        return {(row["table"], row["row"], row["column"]): row["value"] for row in csv.DictReader(file)}


def alike(first: str, second: str) -> bool:
    try:
        return bool(np.isclose(float(first), float(second), rtol=1e-6, atol=1e-9))
    except ValueError:
        return first == second


@pytest.mark.parametrize(("study", "models"), [("copenhagen-housing", True), ("departementsstrategien-2023", False)])
def test_files_are_what_the_scripts_give(study, models):
    survey, out = read_survey(study), Expected([], [])
    put_survey(out, survey)
    if models:
        put_models(out, survey)
    found = {(table, row, column): written(value) for table, row, column, value in out.values}
    files = {key: value for key, value in kept(study).items() if models or "_model_" not in key[0]}
    assert found.keys() == files.keys()
    assert [key for key, value in found.items() if not alike(value, files[key])] == []


def test_a_completion_has_the_most_entropy_among_tables_with_the_published_numbers():
    margins = {
        ("g", "a"): 35.0,
        ("g", "b"): 30.0,
        ("g", "c"): 15.0,
        ("h", "x"): 44.0,
        ("h", "y"): 20.0,
        ("h", "z"): 16.0,
    }
    sums = [Sum((("g", "a"), ("h", "x")), 9.0), *(Sum((place,), value) for place, value in margins.items())]
    table = completed(sums, ["g", "h"]).set_index(["g", "h"])["count"]
    cells = list(table.index)
    rules = [
        (
            np.array([all(dict(zip("gh", cell, strict=True))[d] == c for d, c in s.where) for cell in cells], float),
            s.value,
        )
        for s in sums
    ]

    def negative_entropy(x: np.ndarray) -> float:
        return float((x * np.log(x) - x).sum())

    limits = [
        {"type": "eq", "fun": lambda x, rule=rule, value=value: rule @ x - value} for rule, value in rules[:-1]
    ]  # the last margin follows
    best = minimize(
        negative_entropy,
        np.full(len(cells), 10.0),
        bounds=[(1e-6, None)] * len(cells),
        constraints=limits,
        options={"ftol": 1e-14},
    )
    assert np.allclose(table.to_numpy(), best.x, atol=1e-3)
    for rule, value in rules:
        assert rule @ table.to_numpy() == pytest.approx(value, abs=1e-6)


def test_a_completion_keeps_a_published_zero():
    sums = [
        Sum((("g", "a"), ("h", "x")), 0.0),
        Sum((("g", "a"),), 4.0),
        Sum((("g", "b"),), 6.0),
        Sum((("h", "x"),), 3.0),
        Sum((("h", "y"),), 7.0),
    ]
    table = completed(sums, ["g", "h"]).set_index(["g", "h"])["count"]
    assert table["a", "x"] == 0
    assert table["b", "x"] == pytest.approx(3)
    assert isinstance(table, pd.Series)
