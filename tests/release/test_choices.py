"""What each single change of a plan would hide, against the changed study itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from evalkit.build.cli import main
from evalkit.release import load_release
from evalkit.release.choices import choices
from evalkit.study import load_study

ORG120 = Path(__file__).parents[1] / "studies" / "org120"
SMALLEST = ("u7", "u8")
"""The two units in which fewest answered: 4 and 8 (its export)."""


@pytest.fixture(scope="module")
def tried():
    return choices(load_study(ORG120)).set_index("choice")


def of_changed(folder, *changes):
    """Return how much is hidden of a copy of the study with some texts replaced by others."""
    shutil.copytree(ORG120, folder)
    for name, old, new in changes:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return tuple(load_release(load_study(folder)).hidden_summary().iloc[-1][["hidden", "counts"]])


def test_the_plan_comes_first_and_the_rest_in_order(tried):
    assert tried.index[0] == "as planned"
    assert tried["share"].iloc[1:].is_monotonic_increasing
    summary = load_release(load_study(ORG120)).hidden_summary().iloc[-1]
    assert tuple(tried.loc["as planned", ["hidden", "counts"]]) == tuple(summary[["hidden", "counts"]])
    assert tried.loc["as planned", "distributions"] > 0


@pytest.mark.parametrize("base", [3, 10])
def test_another_base_is_that_of_a_study_with_it(base, tried, tmp_path):
    found = of_changed(tmp_path / "org120", ("study.yml", "base: 5", f"base: {base}"))
    assert tuple(tried.loc[f"base {base}", ["hidden", "counts"]]) == found


def test_merged_units_are_those_of_a_study_that_merges_them(tried, tmp_path):
    one, other = SMALLEST
    folder = tmp_path / "org120"
    frame = pd.read_csv(ORG120 / "frame.csv").replace(one, other).groupby(["unit", "role"]).sum().to_csv()
    code = next(line for line in (ORG120 / "codebook.yml").read_text().splitlines(True) if f"code: {one}," in line)
    found = of_changed(
        folder,
        ("responses.csv", f",{one},", f",{other},"),
        ("codebook.yml", code, ""),
        ("frame.csv", (ORG120 / "frame.csv").read_text(), frame),
    )
    assert tuple(tried.loc[f"units {one} and {other} merged", ["hidden", "counts"]]) == found


def test_what_is_said_names_no_count_that_is_hidden(capsys):
    main(["protect", "--try", "--study", str(ORG120)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["hidden", "of", "share", "distributions", "in", "all", "choice"]
    assert lines[1].endswith("as planned")
    assert len(lines) == 8
