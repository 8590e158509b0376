"""Which levels are modelled, decided from what is shown; and that a released model gives away no more than the tables."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.data import CleaningLog, Responses, load_responses
from evalkit.errors import EstimationError, StudyError, UsageError
from evalkit.estimate import incomplete_answers
from evalkit.ordinal import fit_clm
from evalkit.protect import protect
from evalkit.release import Release, load_release
from evalkit.release.publishable import publishable
from evalkit.study import load_study

ORGANISATION = Path(__file__).parents[1] / "studies" / "org300"
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
unit: unit
outcomes: [belonging]
predictors: [unit, grade]
models: {{small_levels: {way}, other_label: {{en: Others}}}}
disclosure: {{base: 5, width: 3, unanimity: {unanimity}}}
{more}
"""
EVENLY = ("none", "some", "great")


def release_of(folder, answers, way="drop", unanimity="[]", more=""):
    """Return the release of answers given as (unit, grade, belonging, count)."""
    (folder / "small").mkdir(parents=True)
    (folder / "small" / "study.yml").write_text(PLAN.format(way=way, unanimity=unanimity, more=more))
    (folder / "small" / "codebook.yml").write_text(SCALES)
    study = load_study(folder / "small")
    frame = pd.DataFrame(answers, columns=["unit", "grade", "belonging", "count"])
    for name in ("unit", "grade", "belonging"):
        scale = study.codebook.variable(name).scale
        frame[name] = pd.Categorical(frame[name], list(scale.codes), ordered=scale.ordered)
        frame[f"{name}__missing"] = pd.Categorical.from_codes(-(~frame[name].isna()).astype(int), ["blank"])
    total = int(frame["count"].sum())
    responses = Responses(study, frame, CleaningLog(total, total, {}, {}))
    plan = publishable(responses)
    safe = protect(plan.tables, plan.rule, known=plan.known, hide=plan.hide, respondents=plan.respondents)
    release = Release(study, {table.id: table for table in safe}, plan.known)
    release.__dict__["_responses"] = responses
    return release


def evenly(unit, grade, count=4):
    return [(unit, grade, answer, count) for answer in EVENLY]


WHOLE = [row for unit in "abcd" for grade in ("low", "mid", "top") for row in evenly(unit, grade)]


def without(unit=None, grade=None):
    return [row for row in WHOLE if row[0] != unit and row[1] != grade]


def modelled(frame, name):
    return tuple(frame[name].cat.categories)


def test_everything_may_be_modelled(tmp_path):
    frame = release_of(tmp_path, WHOLE).model_frame("belonging", ["unit", "grade"])
    assert frame.attrs["withheld"] == {}
    assert list(frame) == ["belonging", "unit", "grade", "count"]
    assert modelled(frame, "grade") == ("low", "mid", "top")
    assert frame["belonging"].cat.ordered
    assert frame["count"].sum() == 144


@pytest.mark.parametrize(
    ("answers", "unanimity", "cause"),
    [
        ([*without("d"), ("d", "low", "none", 2), ("d", "mid", "great", 2)], "[]", "hidden in the release"),
        ([*without("d"), ("d", "low", "none", 9)], "[]", "unanimous on the outcome"),
        ([*without("d"), ("d", "low", "none", 9), ("d", "mid", "some", 1)], "[belonging]", "hidden in the release"),
    ],
)
def test_a_level_that_fails_the_rule_is_dropped(tmp_path, answers, unanimity, cause):
    frame = release_of(tmp_path, answers, unanimity=unanimity).model_frame("belonging", ["unit"])
    assert frame.attrs["causes"]["unit"]["d"] == cause
    assert "d" not in modelled(frame, "unit")
    assert set(frame.attrs["withheld"]["unit"]) == set("abcd") - set(modelled(frame, "unit"))


def test_all_but_one_may_be_modelled_where_unanimity_is_not_listed(tmp_path):
    answers = [*without("d"), ("d", "low", "none", 9), ("d", "mid", "some", 1)]
    assert release_of(tmp_path, answers).model_frame("belonging", ["unit", "grade"]).attrs["withheld"] == {}


def test_small_nominal_levels_are_merged_and_named(tmp_path):
    answers = [*[row for row in WHOLE if row[0] in "ab"], ("c", "low", "none", 3), ("d", "low", "some", 4)]
    frame = release_of(tmp_path, answers, "merge").model_frame("belonging", ["unit", "grade"])
    assert {"c", "d"} <= set(frame.attrs["withheld"]["unit"])
    assert set(frame.attrs["merged"]["unit"].values()) == {"merged"}
    assert modelled(frame, "unit")[-1] == "merged"
    assert frame["count"].sum() == pytest.approx(79, abs=1e-6)


def test_a_lone_small_level_takes_another_with_it(tmp_path):
    answers = [*without("d"), ("d", "low", "none", 3), ("a", "low", "none", 50), ("b", "low", "none", 50)]
    frame = release_of(tmp_path, answers, "merge").model_frame("belonging", ["unit", "grade"])
    assert "d" in frame.attrs["merged"]["unit"]
    assert len(frame.attrs["merged"]["unit"]) > 1


def test_a_small_ordinal_level_goes_to_its_neighbour(tmp_path):
    answers = [*without(grade="top"), ("a", "top", "none", 2), ("b", "top", "great", 1)]
    frame = release_of(tmp_path, answers, "merge").model_frame("belonging", ["grade"])
    ((one, other),) = frame.attrs["merged"]["grade"].items()
    assert {one, other} == {"mid", "top"}
    assert modelled(frame, "grade") == ("low", other)
    assert frame["count"].sum() == pytest.approx(99, abs=1e-6)


def test_a_predictor_of_which_nothing_is_published_has_no_column(tmp_path):
    more = "tables: [{item: belonging, by: [unit]}]"
    frame = release_of(tmp_path, WHOLE, more=more).model_frame("belonging", ["unit", "grade"])
    assert list(frame) == ["belonging", "unit", "count"]
    assert set(frame.attrs["withheld"]["grade"]) == {"low", "mid", "top"}


def test_nobody_to_compare_is_an_error(tmp_path):
    answers = [("a", "low", "none", 20), ("a", "low", "great", 20)]
    with pytest.raises(EstimationError, match="no predictor has two levels that may be modelled"):
        release_of(tmp_path, answers).model_frame("belonging", ["unit", "grade"])


@pytest.mark.parametrize(
    ("outcome", "predictors", "error", "text"),
    [
        ("unit", ["grade"], UsageError, "the outcome's answers have no order"),
        ("belonging", ["belonging"], UsageError, "a variable stands twice"),
        ("belonging", ["grad"], StudyError, "did you mean 'grade'"),
        ("belonging", [], EstimationError, "no predictor"),
    ],
)
def test_what_cannot_be_modelled_is_refused(tmp_path, outcome, predictors, error, text):
    with pytest.raises(error, match=text):
        release_of(tmp_path, WHOLE).model_frame(outcome, predictors)


def test_missing_answers_are_counted_by_variable(tmp_path):
    answers = [*WHOLE, ("a", None, "none", 6), (None, "low", "none", 7), ("a", None, None, 8)]
    frame = release_of(tmp_path, answers).model_frame("belonging", ["unit", "grade"])
    told = pd.DataFrame(frame.attrs["incomplete"]).set_index(["term", "group", "category"])["left"]
    missing = told["any"].droplevel("group")
    assert {name: missing[name] for name in ("belonging", "unit", "grade")} == {"belonging": 8, "unit": 7, "grade": 14}
    assert missing["any"] == 21
    assert told["unit", "a", "any"] == 14


def test_who_lacks_an_answer_is_told_as_far_as_the_tables_tell(tmp_path):
    """Who has no grade is hidden in two units, and so is who is not in the model there; who gave no answer is not."""
    lacking = [("a", None, "none", 2), ("b", None, "some", 12), ("c", "low", None, 8), ("a", "low", None, 9)]
    release = release_of(tmp_path, [*WHOLE, *lacking, ("d", None, "some", 3)])
    hidden = release.table("unit", "grade").cells.set_index(["unit", "grade"])["count"].isna()
    assert hidden["a", "blank"]
    assert not hidden["b", "blank"]
    frame = release.model_frame("belonging", ["unit", "grade"])
    told = pd.DataFrame(frame.attrs["incomplete"]).set_index(["term", "group", "category"])["left"]
    assert told["any"].tolist() == [34, 17, 0, 17]
    of_units = told["unit"]
    assert of_units.xs("any", level="category").fillna(-1).to_dict() == {"a": -1, "b": 12, "c": 8, "d": -1}
    assert of_units.xs("belonging", level="category").to_dict() == {"a": 9, "b": 0, "c": 8, "d": 0}
    found = incomplete_answers(fit_clm("belonging ~ unit + grade", release)).set_index(["term", "group"])
    assert set(found.loc["unit", "category"]) == {"belonging"}
    assert found.loc[("unit", "a"), "estimate"] == 9 / 47
    assert set(found.loc["grade", "category"]) == {"any"}
    assert found.loc[("grade", "low"), "estimate"] == 17 / 65


def test_a_study_that_declares_its_answers_public_is_modelled_as_it_is(tmp_path):
    answers = [*without("d"), ("d", "low", "none", 2), ("d", "mid", "great", 2)]
    frame = release_of(tmp_path, answers, more="answers: public").model_frame("belonging", ["unit", "grade"])
    expected = pd.DataFrame(answers, columns=["unit", "grade", "belonging", "count"])
    merged = frame.astype({"unit": str, "grade": str, "belonging": str}).merge(
        expected, how="outer", on=list(expected)[:3]
    )
    assert (merged["count_x"] == merged["count_y"]).all()
    assert not frame.attrs["completed"]
    assert frame.attrs["withheld"] == {}


def test_where_the_crossing_is_published_the_counts_are_exact(tmp_path):
    more = "crossings: [{item: belonging, by: [unit, grade]}]"
    lopsided = [(u, g, a, n + i) for i, (u, g, a, n) in enumerate(WHOLE)]
    frame = release_of(tmp_path, lopsided, more=more).model_frame("belonging", ["unit", "grade"])
    expected = pd.DataFrame(lopsided, columns=["unit", "grade", "belonging", "count"])
    merged = frame.astype({"unit": str, "grade": str, "belonging": str}).merge(expected, on=list(expected)[:3])
    assert (merged["count_x"] == merged["count_y"]).all()
    assert len(merged) == len(expected)
    assert not frame.attrs["completed"]
    assert frame.attrs["spread"] == 0


def test_margins_that_suffice_give_the_fit_on_the_answers(tmp_path):
    """A binary logit needs the outcome by each predictor and the predictors' crossing alone (statsmodels on the answers)."""
    import statsmodels.formula.api as smf

    choice = np.random.default_rng(4)
    rows = [
        (u, g, a, int(choice.integers(5, 40))) for u in "abcd" for g in ("low", "mid", "top") for a in ("none", "great")
    ]
    release = release_of(tmp_path, rows, more="crossings: [{item: unit, by: [grade]}]")
    frame = release.model_frame("belonging", ["unit", "grade"])
    assert frame.attrs["completed"]
    data = pd.DataFrame(rows, columns=["unit", "grade", "belonging", "count"])
    people = data.loc[data.index.repeat(data["count"])].assign(y=lambda d: (d["belonging"] == "great").astype(int))
    expected = smf.logit("y ~ C(unit) + C(grade)", people).fit(disp=0, tol=1e-12)
    ours = fit_clm("belonging ~ unit + grade", frame, weights="count")
    assert np.allclose(ours.params.to_numpy(), expected.params.to_numpy()[1:], atol=1e-6)
    assert np.allclose(ours.bse[ours.params.index].to_numpy(), expected.bse.to_numpy()[1:], atol=1e-6)


def test_a_model_of_which_too_little_is_shown_is_withheld(tmp_path):
    """Two predictors that go together almost wholly, and no table of the two: either could do the work of the other."""
    rows = [(u, g, a, 30 if (u in "ab") == (g == "low") else 1) for u in "abcd" for g in ("low", "mid") for a in EVENLY]
    rows = [(u, g, a, n * (3 if (a == "great") == (u in "ab") else 1)) for u, g, a, n in rows]
    release = release_of(tmp_path, rows, more="tables: [{item: belonging, by: [unit]}, {item: belonging, by: [grade]}]")
    with pytest.raises(EstimationError, match="what is published says too little of this model"):
        release.model_frame("belonging", ["unit", "grade"])
    assert release.model_frame("belonging", ["unit"])["count"].sum() == sum(row[-1] for row in rows)


def test_pairs_of_predictors_that_nothing_crosses_are_named(tmp_path):
    tables = "tables: [{item: belonging, by: [unit]}, {item: belonging, by: [grade]}]"
    assert release_of(tmp_path / "1", WHOLE, more=tables).model_frame("belonging", ["unit", "grade"]).attrs[
        "uncrossed"
    ] == (("unit", "grade"),)
    assert release_of(tmp_path / "2", WHOLE).model_frame("belonging", ["unit", "grade"]).attrs["uncrossed"] == ()


def organisation(folder):
    target = folder / "data" / "raw" / "org300"
    shutil.copytree(ORGANISATION, target)
    return target


def exchanged(path):
    """Exchange the answers of two leaders and of two of their staff: every published table stays as it is."""
    rows = pd.read_csv(path / "responses.csv", dtype=str, keep_default_na=False)
    rows["early"] = rows["Completed"] < "2024-03-08"
    leaders = rows[rows["Role"] == "leader"]
    for first, one in leaders.iterrows():
        for second, other in leaders.iterrows():
            if one["Unit"] == other["Unit"] or one["Belonging"] == other["Belonging"]:
                continue
            if {one["Belonging"], other["Belonging"]} & {"", "Don't know"}:
                continue
            staff = rows[rows["Role"] == "caseworker"]
            mine = staff[(staff[["Unit", "early"]] == one[["Unit", "early"]]).all(axis=1)]
            theirs = staff[(staff[["Unit", "early"]] == other[["Unit", "early"]]).all(axis=1)]
            mine, theirs = (
                mine[mine["Belonging"] == other["Belonging"]],
                theirs[theirs["Belonging"] == one["Belonging"]],
            )
            if len(mine) and len(theirs):
                values = rows["Belonging"].copy()
                values[[first, mine.index[0]]] = other["Belonging"], one["Belonging"]
                values[[second, theirs.index[0]]] = one["Belonging"], other["Belonging"]
                rows.assign(Belonging=values).drop(columns="early").to_csv(path / "responses.csv", index=False)
                return
    raise AssertionError("no such four people")


def test_answers_that_agree_with_the_tables_give_the_same_model_to_the_last_bit(tmp_path):
    """In `org300` all answers of 29 leaders followed from the coefficients of a model of the answers, and the tables."""
    first, second = organisation(tmp_path / "one"), organisation(tmp_path / "two")
    exchanged(second)
    one, two = load_release(load_study(first)), load_release(load_study(second))
    answers = [
        load_responses(release.study).data[["belonging", "role", "unit", "count"]].dropna() for release in (one, two)
    ]
    formula = "belonging ~ role + unit"
    apart = fit_clm(formula, answers[0], weights="count").params - fit_clm(formula, answers[1], weights="count").params
    assert apart.abs().max() > 1e-4
    for name, table in one.tables.items():
        assert table.cells["count"].equals(two.tables[name].cells["count"])
    frames = [release.model_frame("belonging", ["role", "unit"]) for release in (one, two)]
    pd.testing.assert_frame_equal(*frames, check_exact=True)
    assert frames[0].attrs == frames[1].attrs
    assert frames[0].attrs["completed"]


def test_a_released_model_is_near_the_fit_on_the_answers_and_says_how_sure_it_is(tmp_path):
    release = load_release(load_study(organisation(tmp_path)))
    frame = release.model_frame("belonging", ["role", "unit"])
    answers = load_responses(release.study).data[["belonging", "role", "unit", "count"]].dropna()
    ours, theirs = (fit_clm("belonging ~ role + unit", data, weights="count") for data in (frame, answers))
    apart = ((ours.params - theirs.params) / theirs.bse[theirs.params.index]).abs()
    assert apart.median() < 0.1
    assert apart.max() < 0.5
    assert 0.05 < frame.attrs["spread"] < 1


def test_a_model_frame_needs_no_answers(tmp_path, monkeypatch):
    release = load_release(load_study(organisation(tmp_path)))
    monkeypatch.setattr("evalkit.release.store.load_responses", None)
    assert release.model_frame("belonging", ["role", "unit"])["count"].sum() == pytest.approx(212, abs=1e-6)


def test_spread_is_that_of_whole_fits(tmp_path, monkeypatch):
    """One step of Newton's method stands for a fit: within a tenth of what twenty fits give."""
    from evalkit.release import modelled_levels

    monkeypatch.setattr("evalkit.release.store._FRAMES", {})  # nothing worked out before counts
    seen = []
    spread_of = modelled_levels.spread_of
    monkeypatch.setattr(modelled_levels, "spread_of", lambda *given: seen.append(given) or spread_of(*given))
    frame = load_release(load_study(organisation(tmp_path))).model_frame("belonging", ["role", "unit"])
    ((first, drawn, _),) = seen
    main = fit_clm("belonging ~ role + unit", first, weights="count")
    fits = [fit_clm("belonging ~ role + unit", first.assign(count=counts), weights="count") for counts in drawn]
    every = pd.concat([pd.concat([fit.thresholds, fit.params]) for fit in fits], axis=1)
    expected = (every.std(axis=1) / main.bse.to_numpy()).max()
    assert frame.attrs["spread"] == pytest.approx(expected, rel=0.1)
