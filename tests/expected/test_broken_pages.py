"""Damage to a copy of the pages, one change at a time, is found: a test of the test."""

import random
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from breaking import KINDS
from check import report_problems
from test_pages import built

LEFT_OUT = shutil.ignore_patterns("*.png", "*.xlsx", "*.docx", "notebooks")


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> tuple[Path, set[str]]:
    """A copy of the report on Copenhagen, and what is wrong with it already."""
    folder = tmp_path_factory.mktemp("whole") / "copenhagen-housing" / "en"
    shutil.copytree(built("copenhagen-housing/en"), folder, ignore=LEFT_OUT)
    return folder, {str(problem) for problem in report_problems(folder)}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", KINDS)
def test_damage_is_found(whole, tmp_path, name, seed):
    source, known = whole
    folder = Path(shutil.copytree(source, tmp_path / "copenhagen-housing" / "en"))
    change = KINDS[name](random.Random(f"{name} {seed}"), folder)
    assert {str(problem) for problem in report_problems(folder)} - known, change
