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


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A copy of the report on Copenhagen in which nothing is wrong."""
    source = built("copenhagen-housing/en")
    if report_problems(source):
        pytest.skip("the pages have problems of their own: test_pages.py says which")
    folder = tmp_path_factory.mktemp("whole") / "copenhagen-housing" / "en"
    return Path(
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns("*.png", "*.xlsx", "*.docx", "notebooks"))
    )


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", KINDS)
def test_damage_is_found(whole, tmp_path, name, seed):
    folder = Path(shutil.copytree(whole, tmp_path / "copenhagen-housing" / "en"))
    change = KINDS[name](random.Random(f"{name} {seed}"), folder)
    assert report_problems(folder), change
