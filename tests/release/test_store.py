"""What a release gives: tables that show themselves, frames for models, and estimates that may be shown."""

import pandas as pd
import pytest

from evalkit.data.estimates import Estimates
from evalkit.ordinal import fit_clm
from evalkit.release import load_release
from evalkit.study import MARK, load_study


@pytest.fixture(scope="module")
def release():
    return load_release(load_study("departementsstrategien-2023"))


def test_a_table_shows_its_labels_and_the_one_mark(release):
    text = release.table("section", "ministry")._repr_html_()
    assert "<caption>Type avdeling/seksjon (section_by_ministry)</caption>" in text
    assert '<th scope="row">Barne- og familiedepartementet</th>' in text
    assert text.count(f"<td>{MARK}</td>") == release.table("section", "ministry").hidden
    assert text.count("<td>") == len(release.table("section", "ministry").cells)


@pytest.mark.parametrize("name", ["response", "role", "measures_by_role", "response_by_role"])
def test_every_kind_of_table_shows_each_count_once(release, name):
    table = release.tables[name]
    assert table._repr_html_().count("<td>") == len(table.cells)


def test_labels_are_escaped(release):
    class Odd:
        def variable(self, name):
            return "<b>"

        def level(self, name, code):
            return "a & b"

    text = release.table("role").labelled(Odd())._repr_html_()
    assert "<b>" not in text
    assert "a &amp; b" in text


def test_a_release_says_no_count(release):
    assert repr(release) == "<Release departementsstrategien-2023: 45 tables, 114 of 2584 counts hidden>"


def test_a_model_frame_is_what_a_model_is_fitted_on(release):
    frame = release.model_frame("belonging", ("role", "section", "ministry"))
    assert frame.attrs["withheld"] == {}
    assert frame["belonging"].cat.ordered
    assert list(frame["role"].cat.categories) == ["caseworker", "leader"]
    result = fit_clm("belonging ~ role + section + ministry", frame, weights="count")
    assert result.nobs == round(frame["count"].sum())


def test_what_is_worked_out_from_a_release_may_be_shown(release):
    made = release.estimates(pd.DataFrame({"term": ["role"], "estimate": [1.0]}), "tidy", level=0.95)
    assert isinstance(made, Estimates)
    assert (made.origin.kind, made.origin.asked) == ("tidy", {"level": 0.95})
    assert made.origin.source.released
    assert made.intact
