"""Which levels may be modelled, and which estimates may be shown."""

import pandas as pd
import pytest

from evalkit.data import CleaningLog, Responses
from evalkit.errors import DisclosureError, StudyError, UsageError
from evalkit.ordinal import avg_comparisons, avg_predictions, fit_clm
from evalkit.release import Release, SafeEstimates
from evalkit.release.models import estimates
from evalkit.study import load_study

SCALES = """
scales:
  degree: {kind: ordinal, categories: [{code: none, en: None}, {code: some, en: Some}, {code: great, en: Great}]}
  units: {kind: nominal, categories: [{code: a, en: A}, {code: b, en: B}, {code: c, en: C}, {code: d, en: D}]}
  grades: {kind: ordinal, categories: [{code: low, en: Low}, {code: mid, en: Mid}, {code: top, en: Top}]}
items:
  unit: {kind: single, scale: units, column: Unit, question: {en: "Unit?"}}
  grade: {kind: single, scale: grades, column: Grade, question: {en: "Grade?"}}
  belonging: {kind: single, scale: degree, column: Belonging, question: {en: "Belonging?"}}
"""
PLAN = """
study: small
title: {{en: Small}}
synthetic: true
languages: [en]
export: {{file: answers.csv}}
groups: [unit, grade]
outcomes: [belonging]
predictors: [unit, grade]
models: {{small_levels: {way}, other_label: {{en: Others}}}}
disclosure: {{base: 5, width: 3, unanimity: {unanimity}}}
"""
EVENLY = ("none", "some", "great")


def release_of(folder, answers, way="drop", unanimity="[]"):
    """Return a release without tables of answers given as (unit, grade, belonging, count)."""
    (folder / "small").mkdir()
    (folder / "small" / "study.yml").write_text(PLAN.format(way=way, unanimity=unanimity))
    (folder / "small" / "codebook.yml").write_text(SCALES)
    study = load_study(folder / "small")
    frame = pd.DataFrame(answers, columns=["unit", "grade", "belonging", "count"])
    for name in ("unit", "grade", "belonging"):
        scale = study.codebook.variable(name).scale
        frame[name] = pd.Categorical(frame[name], list(scale.codes), ordered=scale.ordered)
    total = int(frame["count"].sum())
    release = Release(study, {}, ())
    release.__dict__["_responses"] = Responses(study, frame, CleaningLog(total, total, {}, {}))
    return release


def evenly(unit, grade, count=4):
    return [(unit, grade, answer, count) for answer in EVENLY]


WHOLE = [row for unit in "abcd" for grade in ("low", "mid", "top") for row in evenly(unit, grade)]


def without(unit=None, grade=None):
    return [row for row in WHOLE if row[0] != unit and row[1] != grade]


def test_everything_may_be_modelled(tmp_path):
    data = release_of(tmp_path, WHOLE).model_data("belonging", ["unit", "grade"])
    assert data.formula == "belonging ~ unit + grade"
    assert data.withheld == {}
    assert data.n == data.shown_n == 144
    assert list(data.data.columns) == ["belonging", "unit", "grade", "count"]
    assert data.levels["grade"] == ("low", "mid", "top")


@pytest.mark.parametrize(
    ("answers", "unanimity", "cause"),
    [
        ([*without("d"), ("d", "low", "none", 2), ("d", "mid", "great", 2)], "[]", "fewer than 5 respondents"),
        ([*without("d"), ("d", "low", "none", 9)], "[]", "unanimous on the outcome"),
        ([*without("d"), ("d", "low", "none", 9), ("d", "mid", "some", 1)], "[belonging]", "unanimous on the outcome"),
    ],
)
def test_a_level_that_fails_the_rule_is_dropped(tmp_path, answers, unanimity, cause):
    data = release_of(tmp_path, answers, unanimity=unanimity).model_data("belonging", ["unit", "grade"])
    assert data.withheld == {"unit": ("d",)}
    assert data.levels["unit"] == ("a", "b", "c")
    assert data.n == 108
    assert cause in repr(data)
    assert "d" not in str(data.data["unit"].unique())


def test_all_but_one_may_be_modelled_where_unanimity_is_not_listed(tmp_path):
    answers = [*without("d"), ("d", "low", "none", 9), ("d", "mid", "some", 1)]
    assert release_of(tmp_path, answers).model_data("belonging", ["unit", "grade"]).withheld == {}


def test_small_nominal_levels_are_merged_and_named(tmp_path):
    answers = [*[row for row in WHOLE if row[0] in "ab"], ("c", "low", "none", 3), ("d", "low", "some", 4)]
    data = release_of(tmp_path, answers, "merge").model_data("belonging", ["unit", "grade"])
    assert data.merged == {"unit": {"c": "merged", "d": "merged"}}
    assert data.withheld == {"unit": ("c", "d")}
    assert data.levels["unit"] == ("a", "b", "merged")
    assert data.n == 79


def test_a_lone_small_level_takes_the_next_smallest_with_it(tmp_path):
    answers = [*without("d"), ("d", "low", "none", 3), ("a", "low", "none", 50), ("b", "low", "none", 50)]
    data = release_of(tmp_path, answers, "merge").model_data("belonging", ["unit", "grade"])
    assert data.merged == {"unit": {"c": "merged", "d": "merged"}}


def test_a_small_ordinal_level_goes_to_its_neighbour(tmp_path):
    answers = [*without(grade="top"), ("a", "top", "none", 2), ("b", "top", "great", 1)]
    data = release_of(tmp_path, answers, "merge").model_data("belonging", ["unit", "grade"])
    assert data.merged == {"grade": {"top": "mid"}}
    assert data.levels["grade"] == ("low", "mid")
    assert data.n == 99


def test_dropping_one_level_may_make_another_too_small(tmp_path):
    answers = [*without("d", "top"), ("d", "top", "none", 4), ("a", "top", "great", 3), ("b", "top", "some", 1)]
    data = release_of(tmp_path, answers).model_data("belonging", ["unit", "grade"])
    assert data.withheld == {"unit": ("d",), "grade": ("top",)}


def test_a_predictor_with_one_level_left_is_left_out(tmp_path):
    answers = [row for row in WHOLE if row[1] == "low"] + [("a", "mid", "none", 3)]
    data = release_of(tmp_path, answers).model_data("belonging", ["unit", "grade"])
    assert data.predictors == ("unit",)
    assert data.withheld == {"grade": ("mid",)}


def test_nobody_to_compare_is_an_error(tmp_path):
    answers = [("a", "low", "none", 20), ("a", "low", "great", 20), ("b", "low", "none", 3)]
    with pytest.raises(DisclosureError, match="no predictor has two levels that may be modelled"):
        release_of(tmp_path, answers).model_data("belonging", ["unit", "grade"])


@pytest.mark.parametrize(
    ("outcome", "predictors", "error", "text"),
    [
        ("unit", ["grade"], UsageError, "the outcome's answers have no order"),
        ("belonging", ["grade", "grade"], UsageError, "a variable stands twice"),
        ("belonging", ["belonging"], UsageError, "a variable stands twice"),
        ("belonging", ["grad"], StudyError, "did you mean 'grade'"),
        ("belonging", [], DisclosureError, "no predictor"),
    ],
)
def test_what_cannot_be_modelled_is_refused(tmp_path, outcome, predictors, error, text):
    with pytest.raises(error, match=text):
        release_of(tmp_path, WHOLE).model_data(outcome, predictors)


def test_missing_answers_are_counted_by_variable(tmp_path):
    answers = [*WHOLE, ("a", None, "none", 2), (None, "low", "none", 3), ("a", None, None, 1)]
    data = release_of(tmp_path, answers).model_data("belonging", ["unit", "grade"])
    assert data.n_missing.to_dict() == {"belonging": 1, "unit": 3, "grade": 3, "any": 6}
    assert data.n == 144


def test_weights_are_summed_by_pattern(tmp_path):
    release = release_of(tmp_path, WHOLE)
    weight = pd.Series(2.0, index=release.__dict__["_responses"].data.index)
    data = release.model_data("belonging", ["unit", "grade"], weight)
    assert (data.data["w"] == 2 * data.data["count"]).all()
    assert (data.data["w2"] == 4 * data.data["count"]).all()


def test_estimates_are_checked_and_say_no_group_sizes(tmp_path):
    release = release_of(tmp_path, WHOLE)
    data = release.model_data("belonging", ["unit", "grade"])
    result = fit_clm(data.formula, data.data, weights="count")
    for frame in (result.tidy(), avg_comparisons(result, "unit"), avg_predictions(result, "grade")):
        safe = estimates("x", frame, data, release.study)
        assert "n" not in safe.frame
        assert safe.frame["estimate"].equals(frame["estimate"])


@pytest.mark.parametrize(
    "row",
    [
        {"term": "unit[T.d]", "estimate": 1.0},
        {"term": "none|some.unit[T.d]", "estimate": 1.0},
        {"term": "scale.unit[T.d]", "estimate": 1.0},
        {"term": "unit", "group": "d", "estimate": 1.0},
        {"term": "unit", "contrast": "d - a", "estimate": 1.0},
        {"group": "d", "estimate": 1.0},
        {"term": "section[T.x]", "estimate": 1.0},
        {"term": "unit[T.b]:grade[T.mid]", "estimate": 1.0},
    ],
)
def test_a_level_that_is_not_released_is_not_shown(tmp_path, row):
    answers = [*without("d"), ("d", "low", "none", 3)]
    release = release_of(tmp_path, answers)
    data = release.model_data("belonging", ["unit", "grade"])
    with pytest.raises(DisclosureError, match=r"a level that is not released|a crossing of levels"):
        estimates("x", pd.DataFrame([row]), data, release.study)


def test_estimates_are_made_by_a_release_alone():
    with pytest.raises(DisclosureError, match="made by a release alone"):
        SafeEstimates("x", pd.DataFrame(), {})
