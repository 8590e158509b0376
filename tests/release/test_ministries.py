"""The ministries' release stays useful: what its report is about is shown, and little is hidden."""

import pytest

from evalkit.release import load_release
from evalkit.study import load_study


@pytest.fixture(scope="module")
def release():
    return load_release(load_study("departementsstrategien-2023"))


def test_little_is_hidden(release):
    """At most one count in twenty; the aim is under 15 per cent."""
    summary = release.hidden_summary().set_index("table")
    assert summary.loc["__total__", "share"] < 0.05


@pytest.mark.parametrize("group", ["role", "section", "ministry"])
def test_every_answer_by_group_is_shown(release, group):
    study = release.study
    items = [name for name in study.codebook.items if name not in study.groups]
    hidden = {name: release.tables[f"{name}_by_{group}"].hidden for name in items}
    assert hidden == dict.fromkeys(items, 0)


def test_the_groups_in_all_are_shown(release):
    tables = ["ministry", "section", "role", "response_by_ministry", "response_by_role", "response_by_section"]
    assert {name: release.tables[name].hidden for name in tables} == dict.fromkeys(tables, 0)


def test_every_level_is_modelled_for_both_outcomes(release):
    for outcome in release.study.outcomes:
        assert release.model_frame(outcome, release.study.predictors).attrs["withheld"] == {}


@pytest.mark.parametrize(
    ("table", "least"), [("section_by_ministry", 30), ("section_by_role", 4), ("ministry_by_role", 4)]
)
def test_crossings_of_groups_hide_no_more_than_they_must(release, table, least):
    """Two in each ministry in which the rule hides one, three where somebody is alone; four for one cell elsewhere."""
    assert release.tables[table].hidden == least
