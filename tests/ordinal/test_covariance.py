"""Robust, cluster and design-based covariances against sandwich and survey."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from evalkit.errors import EstimationError, UsageError
from evalkit.ordinal.clm import fit_clm

WINE = "rating ~ temp + contact"
API = "mealcat ~ avg.ed + mobility + stype + awards"
SURVEY = "y ~ role + section + years"
SAMPLING = {"weights": "weight", "weight_kind": "sampling"}


def test_wine_is_sandwich(wine, oracle):
    expected = oracle("wine_clm")
    robust = fit_clm(WINE, wine, cov_type="robust")
    assert_allclose(robust.bse, list(expected["robust_HC0_se"].values()), atol=1e-9)
    cluster = fit_clm(WINE, wine, cov_type="cluster", cluster="judge")
    assert_allclose(cluster.bse, list(expected["cluster_judge_HC0_se"].values()), atol=1e-9)
    assert cluster.df_resid == 8


def test_made_survey_is_sandwich(survey, oracle):
    expected = oracle("survey_clm")
    assert_allclose(fit_clm(SURVEY, survey, cov_type="robust").bse, expected["robust"], rtol=1e-6)
    assert_allclose(fit_clm(SURVEY, survey, cov_type="cluster", cluster="unit").bse, expected["cluster"], rtol=1e-6)


@pytest.mark.parametrize(
    ("case", "options"),
    [
        ("apistrat_strata_fpc", {"fpc": "fpc"}),
        ("apistrat_strata_nofpc", {}),
        ("apistrat_strata_fpc_probit", {"fpc": "fpc", "link": "probit"}),
    ],
)
def test_apistrat_is_svyolr(apistrat, oracle, case, options):
    expected = oracle("svyolr_apistrat")[case]
    result = fit_clm(API, apistrat, weights="pw", weight_kind="sampling", cov_type="design", strata="stype", **options)
    assert_allclose(result.theta, list(expected["exact"]["par"].values()), rtol=1e-6)
    assert_allclose(result.bse, list(expected["exact"]["se"].values()), rtol=1e-6)
    assert_allclose(result.llf, expected["exact"]["weighted_loglik"], rtol=1e-9)
    assert (result.nobs, result.df_resid) == (expected["n"], expected["df_residual"])


@pytest.mark.parametrize(
    ("case", "options"),
    [
        (
            "strata_clusters_fpc",
            {**SAMPLING, "strata": "stratum", "cluster": "unit", "fpc": "units_in_population"},
        ),
        ("strata_clusters", {**SAMPLING, "strata": "stratum", "cluster": "unit"}),
        ("clusters", {**SAMPLING, "cluster": "unit"}),
        ("strata_people_fpc", {**SAMPLING, "strata": "stratum", "fpc": "people_in_population"}),
        ("plain", SAMPLING),
        ("unweighted_clusters", {"strata": "stratum", "cluster": "unit"}),
    ],
)
def test_designs_with_missing_answers_are_svyrecvar(survey, oracle, case, options):
    """Respondents without an answer stay in the design, as a domain."""
    expected = oracle("survey_clm")["design"][case]
    if case == "unweighted_clusters":
        result = fit_clm(SURVEY, survey, cov_type="design", **options)
        weighted = oracle("survey_clm")["links"]["logit"]
        assert_allclose(result.theta, weighted["coef"], atol=1e-6)
    else:
        result = fit_clm(SURVEY, survey, cov_type="design", **options)
        assert_allclose(result.theta, expected["coef"], rtol=1e-6)
    assert_allclose(result.covariance, expected["vcov"], rtol=1e-5, atol=1e-9)
    assert_allclose(result.bse, expected["se"], rtol=1e-6)


def test_the_cloglog_design(survey, oracle):
    expected = oracle("survey_clm")["design_cloglog"]
    options = {**SAMPLING, "strata": "stratum", "cluster": "unit", "fpc": "units_in_population"}
    result = fit_clm(SURVEY, survey, link="cloglog", cov_type="design", **options)
    assert_allclose(result.theta, expected["coef"], rtol=1e-6)
    assert_allclose(result.bse, expected["se"], rtol=1e-6)


def test_sampling_weights_without_a_design(survey, oracle):
    expected = oracle("survey_clm")
    assert_allclose(fit_clm(SURVEY, survey, **SAMPLING).bse, expected["sampling_robust"], rtol=1e-6)
    cluster = fit_clm(SURVEY, survey, **SAMPLING, cov_type="cluster", cluster="unit")
    assert_allclose(cluster.bse, expected["sampling_cluster"], rtol=1e-6)


@pytest.mark.parametrize("options", [{}, {"cov_type": "design", "cluster": "unit", "strata": "stratum"}])
def test_a_constant_in_the_weights_changes_nothing(survey, options):
    first = fit_clm(SURVEY, survey, **SAMPLING, **options)
    second = fit_clm(SURVEY, survey.assign(weight=survey["weight"] * 1000), **SAMPLING, **options)
    assert_allclose(first.theta, second.theta, rtol=1e-9)
    assert_allclose(first.bse, second.bse, rtol=1e-9)


def test_a_census_has_no_sampling_variance(survey):
    units = survey.groupby("stratum", observed=True)["unit"].transform("nunique").astype(float)
    result = fit_clm(
        SURVEY, survey.assign(all=units), cov_type="design", strata="stratum", cluster="unit", fpc="all", **SAMPLING
    )
    assert_allclose(result.bse, 0, atol=1e-12)


def test_clusters_are_not_also_a_fixed_effect(survey):
    with pytest.raises(UsageError, match="also a predictor"):
        fit_clm("y ~ role + unit", survey, cov_type="cluster", cluster="unit")
    renamed = survey.assign(office=survey["unit"].astype(str).astype("category"))
    with pytest.raises(UsageError, match="unit is office"):
        fit_clm("y ~ role + office", renamed, cov_type="cluster", cluster="unit")


def test_a_lonely_unit_has_no_variance(survey):
    lonely = survey[(survey["stratum"] != "west") | (survey["unit"] == "u12")]
    with pytest.raises(EstimationError, match="one primary sampling unit"):
        fit_clm(SURVEY, lonely, cov_type="design", strata="stratum", cluster="unit", **SAMPLING)


def test_too_few_clusters_for_the_effects_say_so(survey):
    few = survey[survey["unit"].isin(["u01", "u02", "u05", "u06"])]
    result = fit_clm(SURVEY, few, cov_type="design", cluster="unit", **SAMPLING)
    assert result.df_resid == -1
    with pytest.raises(EstimationError, match="no degrees of freedom"):
        result.conf_int()
    with pytest.raises(EstimationError, match="one cluster only"):
        fit_clm(SURVEY, survey.assign(c=1), cov_type="cluster", cluster="c")


def test_t_is_used_where_clusters_are_few(wine):
    result = fit_clm(WINE, wine, cov_type="cluster", cluster="judge")
    reach = (result.conf_int()["conf_high"] - result.theta) / result.bse
    assert_allclose(reach, 2.306004135, atol=1e-8)


def test_frequencies_give_the_robust_covariance_of_people(housing):
    people = housing.loc[housing.index.repeat(housing["Freq"])].drop(columns="Freq")
    formula = "Sat ~ Infl + Cont"
    counted = fit_clm(formula, housing, weights="Freq", cov_type="robust")
    assert_allclose(counted.bse, fit_clm(formula, people, cov_type="robust").bse, rtol=1e-10)
    as_design = fit_clm(formula, people.assign(one=1.0), weights="one", weight_kind="sampling", cov_type="design")
    assert_allclose(as_design.bse, counted.bse * np.sqrt(1681 / 1680), rtol=1e-6)
    assert isinstance(counted.cov_params(), pd.DataFrame)
