"""A study that says its design: everything worked out from its answers is by it.

R's survey package has the answers (tests/oracle/survey.json, svyolr_apistrat.json), relative tolerance 1e-6.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from evalkit.data import clean, read_export
from evalkit.errors import DataError, EstimationError, StudyError
from evalkit.estimate import association_test, means, proportions
from evalkit.ordinal import fit_clm, fit_clmm
from evalkit.places import study_folder
from evalkit.study import load_study

from .. import samples as sample

ORACLE = Path(__file__).parents[1] / "oracle"
R = json.loads((ORACLE / "survey.json").read_text(encoding="utf-8"))
LONELY = {
    "adjust": (0.0347999338716, 0.0662123337685, 0.0859308385326),
    "certainty": (0.0344998230133, 0.0662123337685, 0.0858902468395),
}
"""Standard errors by R with one school in a stratum of its own: a share, a share of a domain, a mean."""
WITHOUT = {"share": 0.0394535559901, "model": 0.321081587280}
"""Standard errors by R with every fifth school's weight 0, from subset(design, weight > 0); svyolr's Hessian is numerical."""


@pytest.fixture
def schools(tmp_path):
    """Return a function that gives the answers of the schools, by a design."""

    def made(design, **changes):
        study = sample.schools(tmp_path, design, **changes)
        return clean(read_export(study), study)

    return made


def same(got, expected):
    np.testing.assert_allclose(np.asarray(got, dtype=float), np.ravel(expected), rtol=1e-6)


@pytest.mark.parametrize(
    ("design", "name"),
    [
        ({"weight": "pw", "strata": "stype", "fpc": "fpc"}, "api_strata_fpc"),
        ({"weight": "pw", "strata": "stype", "fpc": "population"}, "api_strata_fpc"),
        ({"weight": "pw", "strata": ["stype"]}, "api_strata"),
        ({"weight": "pw"}, "api_weights"),
    ],
)
def test_what_is_estimated_from_the_answers_is_by_the_study_design(schools, design, name):
    answers, expected = schools(design), R[name]["shares"]
    overall, by = proportions(answers, "awards"), proportions(answers, "awards", "mealcat")
    same(overall["estimate"], expected["share"]["estimate"])
    same(overall["std_error"], expected["share"]["std_error"])
    for level, figures in expected["by"].items():
        rows = by[by["group"] == sample.code(level)]
        same(rows["std_error"], figures["share"]["std_error"])
    chisq = R[name]["tests"]["chisq"]["group"]
    found = association_test(answers, "awards", "mealcat", method="survey")
    same([found["statistic"].iloc[0], found["p_value"].iloc[0]], [chisq["statistic"], chisq["p_value"]])


def test_a_model_of_the_answers_is_by_the_study_design(schools):
    answers = schools({"weight": "pw", "strata": "stype", "fpc": "fpc"})
    by_hand = fit_clm(
        "mealcat ~ awards", answers, weights="design.weight", weight_kind="sampling", cov_type="design",
        strata="design.strata", fpc="design.fpc",
    )  # fmt: skip
    model = fit_clm("mealcat ~ awards", answers)
    same(model.theta, by_hand.theta)
    same(model.bse, by_hand.bse)
    assert model.cov_type == "design"
    assert abs(fit_clm("mealcat ~ awards", answers, cov_type="model").params.iloc[0] - model.params.iloc[0]) > 0.01
    mixed = fit_clmm("mealcat ~ awards", answers, group="stype")
    same(
        mixed.params,
        fit_clmm("mealcat ~ awards", answers, group="stype", weights="design.weight", weight_kind="sampling").params,
    )


def test_clusters_are_drawn_within_their_strata(schools):
    """Districts are numbered anew in each stratum: by hand the crossing is named."""
    districts = {"district": lambda api: api.index // 4 % 9}
    answers = schools({"weight": "pw", "strata": "stype", "cluster": "district"}, **districts)
    api = sample.API.assign(**districts)
    by_hand = proportions(api, "awards", weights="pw", strata="stype", cluster="district")
    same(proportions(answers, "awards")["std_error"], by_hand["std_error"])
    assert answers.data["design.cluster"].nunique() == api.groupby("stype")["district"].nunique().sum()
    assert fit_clm("mealcat ~ awards", answers).df_resid < len(answers.data) - 50


def test_weights_given_by_hand_go_before_those_of_the_study(schools):
    answers = schools({"weight": "pw", "strata": "stype"})
    plain = proportions(answers, "awards", weights=1)
    assert plain["estimate"].tolist() == pytest.approx([87 / 200, 113 / 200])
    assert proportions(answers, "awards")["estimate"].iloc[0] == pytest.approx(
        R["api_strata"]["shares"]["share"]["estimate"][0]
    )


def test_weights_raked_to_the_frame_meet_it_and_are_trimmed_within_their_bounds(schools):
    api = sample.API
    answers = schools({"rake": ["stype"]})
    weight = answers.data["design.weight"]
    same(weight.groupby(answers.data["stype"], observed=True).sum() / weight.sum(), np.array([4421, 755, 1018]) / 6194)
    same(proportions(answers, "awards")["estimate"], np.average(api["awards"].eq("No"), weights=api["pw"]) * np.array([1, 0])
         + np.average(api["awards"].eq("Yes"), weights=api["pw"]) * np.array([0, 1]))  # fmt: skip
    trimmed = schools({"rake": ["stype"], "trim": [0.7, 1.2]}).data["design.weight"]
    assert trimmed.max() / weight.max() < 1
    assert trimmed.sum() == pytest.approx(weight.sum())


@pytest.mark.parametrize(
    ("design", "error"),
    [
        ({"weight": "pv"}, "the column 'pv' is missing"),
        ({"weight": "awards"}, "this is no number from 0"),
        (
            {"strata": "stype", "cluster": "dnum", "fpc": "population"},
            "the frame counts people, and clusters were drawn",
        ),
        ({"rake": ["awards"]}, "a name is not known"),
        ({"lonely": "fail"}, "a design names a weight"),
        ({"strata": "stype", "trim": [0.5, 2]}, "there are no weights to trim"),
        ({"weight": "pw", "lonely": "average"}, "this is none of the values known here"),
    ],
)
def test_a_design_that_cannot_be_is_refused(schools, design, error):
    with pytest.raises((StudyError, DataError), match=error):
        schools(design)


def test_a_weight_that_is_missing_is_refused_by_row(schools):
    with pytest.raises(DataError, match=r"answers\.csv, column 'pw', row 4"):
        schools({"weight": "pw"}, pw=lambda api: api["pw"].where(api.index != 2))


def test_a_lonely_stratum_is_refused_or_taken_as_the_study_says(schools):
    """One school of its own stratum: R, `options(survey.lonely.psu=)` 'adjust' and 'certainty'."""
    alone = {"area": lambda api: np.where(api.index == 0, "own", api["stype"])}
    with pytest.raises(EstimationError, match="a stratum has one respondent"):
        proportions(schools({"weight": "pw", "strata": "area"}, **alone), "awards")
    for lonely, error in LONELY.items():
        answers = schools({"weight": "pw", "strata": "area", "lonely": lonely}, **alone)
        same(proportions(answers, "awards")["std_error"].iloc[0], error[0])
        same(proportions(answers, "awards", "mealcat")["std_error"].iloc[0], error[1])
        same(means(answers, "mealcat")["std_error"], error[2])


def test_nobody_of_weight_nought_is_in_an_estimate_and_all_of_them_are_in_the_design(schools):
    """Dropping them would change the strata's sizes: R has subset(design, pw > 0)."""
    answers = schools({"weight": "pw", "strata": "stype"}, pw=lambda api: api["pw"].where(api.index % 5 > 0, 0))
    same(proportions(answers, "awards")["std_error"], [WITHOUT["share"]] * 2)
    assert fit_clm("mealcat ~ awards", answers).bse.iloc[-1] == pytest.approx(WITHOUT["model"], rel=1e-3)


def test_weights_are_no_item(tmp_path):
    folder = Path(shutil.copytree(study_folder("state-employees-2024"), tmp_path / "study"))
    plan = folder / "study.yml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("weight: Weight", "weight: sector"), encoding="utf-8")
    study = load_study(folder)
    with pytest.raises(DataError, match="a column for the weights, and another for sector"):
        clean(read_export(study), study)
