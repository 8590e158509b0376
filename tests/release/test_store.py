"""What a release gives: tables that show themselves, frames for models, and estimates that may be shown."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from evalkit.attack import audit
from evalkit.data.responses import Estimates
from evalkit.errors import DisclosureError, UsageError
from evalkit.ordinal import (
    avg_comparisons,
    avg_predictions,
    calibration,
    fit_clm,
    interaction_check,
    nominal_test,
    scale_test,
)
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


FORMULA = "belonging ~ role + section"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (lambda release: scale_test(fit_clm(FORMULA, release)), "a test of the scale"),
        (lambda release: interaction_check(fit_clm(FORMULA, release), categories="great"), "a check of every pair"),
        (lambda release: calibration(fit_clm(FORMULA, release)), "the shares of all predictors together"),
        (lambda release: fit_clm("belonging ~ role * section", release).tidy(), "the interaction role:section"),
        (lambda release: fit_clm(FORMULA, release, scale="~ role").tidy(), "effects on the scale"),
        (lambda release: fit_clm(FORMULA, release, cov_type="robust").tidy(), "robust standard errors"),
    ],
    ids=["scale test", "pairs", "calibration", "interaction", "scale", "robust"],
)
def test_a_model_of_completed_counts_says_no_more_than_is_published(release, said, text):
    with pytest.raises(DisclosureError, match=f"this would say more than is published\n  got: {text}"):
        said(release)


def test_what_follows_from_the_margins_is_said(release):
    result = fit_clm(FORMULA, release)
    for frame in (
        result.tidy(),
        nominal_test(result),
        avg_comparisons(result, "role"),
        avg_predictions(result, "role"),
    ):
        assert frame.origin.source is release


def test_public_answers_may_be_said_everything_of():
    housing = load_release(load_study("copenhagen-housing"))
    model = fit_clm("satisfaction ~ influence + type", housing)
    assert len(scale_test(model)) == 2
    assert len(interaction_check(model, categories="High")) == 1
    assert calibration(model)["n"].sum() > 0
    assert "influence[T.Medium]:type[T.Terrace]" in set(
        fit_clm("satisfaction ~ influence * type", housing).tidy()["term"]
    )


@pytest.fixture
def organisation(tmp_path):
    shutil.copytree(Path(__file__).parents[1] / "studies" / "org300", tmp_path / "org300")
    return load_release(load_study(tmp_path / "org300"))


def building(answers):
    """Building B holds unit 9 and the caseworkers of unit 8: what is in it less unit 9 is a part of unit 8."""
    inside = (answers["unit"] == "u9") | ((answers["unit"] == "u8") & (answers["role"] == "caseworker"))
    return inside.map({True: "B", False: "elsewhere"})


def test_a_recoded_table_cannot_be_taken_off_what_is_out(organisation):
    before = dict(organisation.tables)
    added = organisation.add("belonging", "building", derived={"building": building})
    assert added.hidden > 0
    for name, table in before.items():
        assert organisation.tables[name].cells.equals(table.cells)
    found = audit(
        list(organisation.tables.values()), organisation.rule, known=organisation.known, zeros=organisation.zeros
    )
    assert found.empty
    assert organisation.add("belonging", "building", derived={"building": building}) is added


@pytest.mark.parametrize(
    ("recoding", "text"),
    [
        (lambda answers: answers["unit"].map({"u1": "one"}), "a derived variable needs a level for everybody"),
        (lambda answers: pd.Series(range(len(answers))).map(lambda n: str(n % 7)), "follows from no two"),
        ({"unti": {}}, "no such variable"),
    ],
    ids=["gaps", "from nothing", "unknown"],
)
def test_a_derived_variable_that_cannot_be_placed_is_refused(organisation, recoding, text):
    with pytest.raises(UsageError, match=text):
        organisation.add("belonging", "made", derived={"made": recoding})
    assert "belonging_by_made" not in organisation.tables


def test_a_table_of_what_there_is_not_names_the_nearest(organisation):
    with pytest.raises(UsageError, match=r"no such variable[\s\S]*did you mean 'belonging'"):
        organisation.add("belonginng", "unit")


def test_another_table_of_a_name_that_is_out_is_refused(organisation):
    with pytest.raises(UsageError, match="a table of that name is out already"):
        organisation.add("belonging", "unit")


def test_what_models_are_fitted_on_is_worked_out_once_in_a_process(release, monkeypatch):
    frame = release.model_frame("belonging", ["role"])
    monkeypatch.setattr("evalkit.release.store.completed_frame", None)
    other = load_release(load_study("departementsstrategien-2023"))
    assert other is not release
    assert other.model_frame("belonging", ["role"]).equals(frame)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("belonging role", {("belonging", ("role",))}),
        ("Kjennskap stilling", set()),
        ("know measures", {("awareness", ("measures_any",))}),
        ("etro", set()),
    ],
)
def test_tables_are_found_by_words_that_begin_so(release, words, found):
    table = release.search(words)
    assert {(item, tuple(by)) for item, by in zip(table["item"], table["by"], strict=True)} == found
    assert all(release.table(row.item, row.by).hidden == row.hidden for row in table.itertuples())
