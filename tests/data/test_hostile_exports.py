"""A few of the variants of benchmarks/hostile_exports.py: none is read wrongly in silence, none ends in a traceback."""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "hostile_exports.py"


@pytest.fixture(scope="module")
def outcome():
    spec = importlib.util.spec_from_file_location("hostile_exports", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look for the names of their module
    spec.loader.exec_module(module)
    yield module.outcome
    del sys.modules[spec.name]


def test_random_variants_are_read_rightly_or_refused(outcome) -> None:
    ends = [outcome(seed) for seed in range(1, 25)]
    assert {end for end, _ in ends} == {"right", "error"}, [told for end, told in ends if end not in {"right", "error"}]
