"""R's apiclus1, apisrs, nhanes and scd as studies: what is worked out from their answers and from what is published of them is what R has.

tests/oracle/survey_studies.R made the answers: 1e-6, relative; of what is published every whole per cent, and coefficients of R's
log-linear completion of the same rounded shares.
"""

import csv

import numpy as np
import pandas as pd
import pytest

from evalkit import clean, compare_groups, fit_clm, means, proportions, read_export
from evalkit.errors import DisclosureError
from evalkit.estimate import association_test, rank_test
from evalkit.i18n import Locale
from evalkit.protect import protect
from evalkit.release.publishable import publishable
from evalkit.release.store import Release
from evalkit.report.shown import write_cells

from . import samples

R = pd.read_csv(samples.ORACLE / "survey_studies.csv").groupby("name", sort=False)["value"].apply(list)
TWO_STATIONS = {"strata": "area", "cluster": "station"}
TEST = ["statistic", "df", "df_denominator", "p_value"]


def same(found, name):
    np.testing.assert_allclose(np.ravel(np.asarray(found, dtype=float)), R[name], rtol=1e-6, atol=1e-12, err_msg=name)


def both(frame, name):
    same(frame["estimate"], name)
    same(frame["std_error"], f"{name}.se")


def released(responses):
    plan = publishable(responses)
    safe = protect(plan.tables, plan.rule, known=plan.known, hide=plan.hide, respondents=plan.respondents)
    return Release(responses.study, {table.id: table for table in plan.shown(safe)}, plan.known)


@pytest.fixture(scope="module")
def nhanes(tmp_path_factory):
    crossing = [{"item": "chol", "by": ["sex", "age"]}]
    predictors = ["race", "sex", "age", "sex:age"]
    study = samples.nhanes(tmp_path_factory.mktemp("nhanes"), crossings=crossing, predictors=predictors)
    return clean(read_export(study), study)


@pytest.fixture(scope="module")
def release(nhanes):
    return released(nhanes)


def without(release, name):
    tables = {table: safe for table, safe in release.tables.items() if table != name}
    return Release(release.study, tables, release.known)


def test_shares_and_means_of_nhanes(nhanes):
    both(proportions(nhanes, "chol"), "chol")
    both(proportions(nhanes, "age"), "age")
    both(means(nhanes, "age"), "old")
    high, old = proportions(nhanes, "chol", "age").query("category == '1'"), means(nhanes, "age", "race")
    for level in "1234":
        both(high[high["group"] == level], f"chol.age{level}")
        both(old[old["group"] == level], f"old.race{level}")


def test_tests_of_nhanes(nhanes):
    same(association_test(nhanes, "chol", "age", method="survey").iloc[0][TEST], "chisq")
    same(rank_test(nhanes, "age", "sex", method="survey").iloc[0][["statistic", "df", "p_value"]], "rank")
    many = rank_test(nhanes, "age", "race", method="survey").iloc[0]
    same([many["statistic"] * many["df"], many["df_denominator"], many["p_value"]], "ranks")


def test_models_of_nhanes(nhanes):
    binary, ordinal = fit_clm("chol ~ race + sex + age", nhanes), fit_clm("age ~ race + sex", nhanes)
    same([-binary.theta[0], *binary.theta[1:]], "logit")
    same(binary.bse, "logit.se")
    same(ordinal.theta, "clm")
    same(ordinal.bse, "clm.se")


@pytest.mark.parametrize(
    ("name", "design"),
    [("apiclus1", {"weight": "pw", "cluster": "dnum", "fpc": "fpc"}), ("apisrs", {"weight": "pw", "fpc": "fpc"})],
)
def test_clusters_and_a_simple_sample_of_schools(name, design, tmp_path):
    study = samples.schools(tmp_path / name, design, sample=pd.read_csv(samples.ORACLE / f"{name}.csv"))
    answers = clean(read_export(study), study)
    both(proportions(answers, "awards"), f"{name}.awards")
    both(means(answers, "mealcat"), f"{name}.rank")
    both(proportions(answers, "awards", "stype").query("category == 'Yes'"), f"{name}.awards.by")
    same(association_test(answers, "awards", "stype", method="survey").iloc[0][TEST], f"{name}.chisq")
    model = fit_clm("awards ~ stype", answers)
    same([-model.theta[0], *model.theta[1:]], f"{name}.logit")
    same(model.bse, f"{name}.logit.se")


@pytest.mark.parametrize(("name", "design"), [("scd", TWO_STATIONS), ("scd_fpc", {**TWO_STATIONS, "fpc": "stations"})])
def test_two_stations_in_each_area(name, design, tmp_path):
    study = samples.arrests(tmp_path, design)
    answers = clean(read_export(study), study)
    both(proportions(answers, "alive").query("category == 'yes'"), name)
    both(proportions(answers, "alive", "area").query("category == 'yes'"), f"{name}.area")
    same(association_test(answers, "alive", "area", method="survey").iloc[0][TEST], f"{name}.chisq")
    model = fit_clm("alive ~ area", answers)
    same([-model.theta[0], *model.theta[1:]], f"{name}.logit")
    same(model.bse, f"{name}.logit.se")


def test_what_is_printed_of_nhanes_is_r_to_the_whole_per_cent(release, tmp_path):
    write_cells(tmp_path, release.table("chol", "age"), release.study, Locale("en"))
    with (tmp_path / "tables" / "chol_by_age.csv").open(encoding="utf-8-sig", newline="") as source:
        rows = [row for row in csv.DictReader(source) if "__total__" not in row.values()]
    assert [float(row["percent"]) for row in rows] == R["percent.chol.age"]


@pytest.mark.parametrize("group", ["race", "sex", "age"])
def test_a_published_test_is_less_sure_by_the_published_design_effect(nhanes, release, group):
    """First order after Rao and Scott (1981): Pearson's statistic over the effect; shares of rounded tables, and groups' mean weights."""
    effect = release.table("chol").effect
    assert effect > 3
    for test in (association_test, compare_groups):
        found = test(release, "chol", group).iloc[0]
        assert found["statistic"] == pytest.approx(R[f"pearson.{group}"][0] / effect, rel=0.3)
    assert rank_test(release, "chol", "race")["p_value"].iloc[0] > 0.05
    assert rank_test(nhanes, "chol", "race")["p_value"].iloc[0] > 0.05  # of the weighted counts as they are: 0.0001


@pytest.mark.parametrize(("name", "crossing"), [("released2", "chol_by_sex_age"), ("released3", "")])
def test_a_released_model_is_r_on_the_completion_of_what_is_published(release, name, crossing):
    """Without the table of three variables, and with it, which another completion has."""
    own = without(release, crossing)
    frame = own.model_frame("chol", ["race", "sex", "age"])
    people = frame["count"] * own.table("chol").effect
    same(people.to_numpy()[frame.sort_values(["race", "sex", "age", "chol"]).index], f"{name}.n")
    model = fit_clm("chol ~ race + sex + age", own)
    same([-model.theta[0], *model.theta[1:]], name)


def test_a_released_model_of_four_answers_is_r_on_the_completion(release):
    same(fit_clm("age ~ race + sex", release).theta, "released.age")


def test_an_interaction_is_told_by_a_weighted_crossing(release):
    formula = "chol ~ race + sex + age + sex:age"
    model = fit_clm(formula, release)
    same([-model.theta[0], *model.theta[1:]], "released3.crossed")
    assert len(model.tidy()) == len(model.theta)
    with pytest.raises(DisclosureError, match="this would say more than is published"):
        fit_clm(formula, without(release, "chol_by_sex_age")).tidy()
