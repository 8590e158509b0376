"""The tool that puts faults into the code makes the kinds it promises, each in its place, and leaves alone what only says something."""

import ast
import importlib.util
import sys
from pathlib import Path

import pytest

PATH = Path(__file__).parents[1] / "benchmarks" / "mutations.py"
SOURCE = b'''"""A docstring of 1 < 2."""
from x import y

ENDS: dict[str, int] = {"low": 1}


def f(values, n, frame):
    """Return min(values)."""
    if not values or n <= 2:
        raise ValueError(f"{n - 1}")
    best = max(values) - 0.5
    labels = ("a", "\xc3\xa5")
    return g(values, weights=n, base=frame["conf_low"]) if n is None else (best, labels)
'''


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("mutations", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutations"] = module
    spec.loader.exec_module(module)
    return module


def test_every_kind_of_fault_is_made_and_nothing_else_is_touched(tool):
    made = {one.change for one in tool.mutations("f.py", SOURCE)}
    assert made == {
        "\"low\" -> 'high'",
        "1 -> 2",
        "not values or n <= 2 -> (not values and n <= 2)",
        "not values -> (values)",
        "n <= 2 -> (n < 2)",
        "2 -> 3",
        "max(values) - 0.5 -> (max(values) + 0.5)",
        "max -> min",
        "0.5 -> 0.56",
        "(\"a\", \"å\") -> (('å', 'a'))",
        'g(values, weights=n, base=frame["conf_low"]) if n is None else (best, labels) -> '
        "((best, labels) if n is None else g(values, weights=n, base=frame['conf_low']))",
        "n is None -> (n is not None)",
        "g(values, weights=n, base=frame[\"conf_low\"]) -> g(values, base=frame['conf_low'])",
        'g(values, weights=n, base=frame["conf_low"]) -> g(values, weights=n)',
        "\"conf_low\" -> 'conf_high'",
        "(best, labels) -> ((labels, best))",
    }


def test_a_fault_changes_its_place_alone_and_still_reads_as_python(tool):
    for one in tool.mutations("f.py", SOURCE):
        changed = one.applied(SOURCE)
        ast.parse(changed)
        same = [a == b for a, b in zip(SOURCE.splitlines(), changed.splitlines(), strict=True)]
        assert same.count(False) == 1
        assert same.index(False) == one.line - 1


def test_the_same_seed_draws_the_same_faults_over_many_files(tool):
    drawn = tool.drawn(["estimate", "data"], 20, seed=5)
    assert drawn == tool.drawn(["estimate", "data"], 20, seed=5)
    assert drawn != tool.drawn(["estimate", "data"], 20, seed=6)
    assert len({one.file for one in drawn}) >= 15
    for one in drawn:
        near, others = tool.tests_of(one)
        assert any(test.startswith(f"tests/{Path(one.file).parts[2]}/") for test in (*near, *others))
        assert not set(near) & set(others)
