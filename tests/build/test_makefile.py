"""`make` passes on what was typed, and nothing that happens to stand in the environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


def commands(*arguments, **environment):
    """Return what make would run."""
    found = os.environ | {"VIRTUAL_ENV": sys.prefix} | environment
    return subprocess.run(["make", "-n", *arguments], cwd=ROOT, env=found, capture_output=True, text=True).stdout


def test_the_language_is_the_one_typed():
    assert '--language ""' in commands("report", LANGUAGE="en_US:en")
    assert '--language "en"' in commands("report", "LANGUAGE=en", LANGUAGE="nb_NO:nb")


def test_deleting_answers_is_confirmed_by_typing_it():
    assert "--confirm" not in commands("purge", "STUDY=pulse", CONFIRM="yes")
    assert "--confirm" in commands("purge", "STUDY=pulse", "CONFIRM=yes")
    assert "--confirm" not in commands("purge", "STUDY=pulse", "CONFIRM=no")


def test_alone_it_shows_what_there_is():
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True).stdout
    assert {"report", "test", "lab", "audit", "verify", "bench", "translations", "clean", "purge"} <= set(said.split())
