"""The tutorial: thirty things an analyst does, each in a cell that asserts what comes out, none longer than it is in R."""

import json
import re
import time
from unittest import mock

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from evalkit.study import project_root

from .test_notebooks import cells, source

TUTORIAL = project_root() / "notebooks" / "tutorial.ipynb"


def parts():
    """Return the R of each task by its number, and its two cells: what is done, and what is asserted."""
    found, number = {}, 0
    for text in map(source, json.loads(TUTORIAL.read_text(encoding="utf-8"))["cells"]):
        if heading := re.match(r"## (\d+)\. ", text):
            number = int(heading[1])
            found[number] = [re.search(r"```r\n(.*?)```", text, flags=re.S)[1]]
        elif number:
            found[number].append(text)
    return found


def test_there_are_thirty_and_each_asserts_its_result():
    found = parts()
    assert list(found) == list(range(1, 31))
    for r, code, asserted in found.values():
        assert r.strip()
        assert "assert" not in code
        assert asserted.startswith("assert ")


@pytest.mark.parametrize("number", range(1, 31))
def test_none_is_longer_than_in_r(number):
    r, code, _ = parts()[number]
    named_again = re.sub(r"\n\w+(\.head\(\))?$", "", code)  # what R prints of itself
    assert r.startswith("# ") or len(named_again.splitlines()) <= len(r.splitlines())


def test_every_cell_runs_and_asserts_what_comes_out():
    InteractiveShell.clear_instance()
    quiet = Config({"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}})
    shell, times = InteractiveShell.instance(config=quiet), []
    with mock.patch("IPython.display.display"):
        for code in [source(cell) for cell in cells(TUTORIAL, "code")]:
            started = time.perf_counter()
            shell.run_cell(code).raise_error()
            times.append((time.perf_counter() - started, code.partition("\n")[0]))
    InteractiveShell.clear_instance()
    for seconds, code in sorted(times, reverse=True)[:5]:
        print(f"{seconds:.2f} s: {code}")  # for pytest -s
