"""Tests of proportional odds and of scale against ordinal and brant; sizes of the departure."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from evalkit.errors import EstimationError, UsageError
from evalkit.ordinal import assumptions
from evalkit.ordinal.assumptions import (
    _binary_logits,
    brant_test,
    nominal_test,
    scale_test,
)
from evalkit.ordinal.clm import fit_clm

ORACLE = Path(__file__).parents[1] / "oracle"
HOUSING = "Sat ~ Infl + Type + Cont"
SURVEY = "y ~ role + section + years"
SAMPLING = {"weights": "weight", "weight_kind": "sampling"}


def agrees(test, expected, statistic="LRT", df="Df", p="Pr(>Chi)"):
    found = test.set_index("term")
    for term, row in expected.items():
        if row[statistic] is not None:
            name = term if term in found.index else to_formulaic(term, found.index)
            assert_allclose(found.loc[name, "statistic"], row[statistic], atol=1e-6)
            assert found.loc[name, "df"] == row[df]
            assert_allclose(found.loc[name, "p_value"], row[p], atol=1e-6)


def to_formulaic(term, names):
    return next(name for name in names if name.replace("[T.", "").replace("]", "") == term)


def test_likelihood_ratios(housing, wine, survey, oracle):
    for formula, data, weights, name in (
        (HOUSING, housing, "Freq", "housing"),
        ("rating ~ temp + contact", wine, None, "wine_clm"),
        (SURVEY, survey, None, "survey_clm"),
    ):
        result = fit_clm(formula, data, weights=weights)
        agrees(nominal_test(result), oracle(name)["nominal_test"])
        agrees(scale_test(result), oracle(name)["scale_test"])


@pytest.fixture(scope="module")
def tested(survey):
    """Return the data of tests/oracle/ref_nominal_test.R, and its answers."""
    full = survey.dropna(subset=["y", "role", "section", "years", "pay"])
    few = full.iloc[100:180].assign(pay=lambda data: np.log(data["pay"]) - 13)
    return {"full": full, "few": few}, pd.read_csv(ORACLE / "nominal_test.csv").set_index(["model", "kind"])


@pytest.mark.parametrize(
    ("model", "formula", "data"),
    [
        ("interaction", "y ~ role*section + years", "full"),
        ("slopes", "y ~ section*years", "full"),
        ("crossing", "y ~ role + pay", "few"),
    ],
)
def test_interactions_and_crossing_thresholds(tested, model, formula, data):
    frames, answers = tested
    result = fit_clm(formula, frames[data])
    for kind, test in (("nominal", nominal_test), ("scale", scale_test)):
        expected, found = answers.loc[(model, kind)], test(result)
        assert found["term"].tolist() == expected["term"].tolist()
        assert found["df"].tolist() == expected["df"].tolist()
        assert_allclose(found[["statistic", "p_value"]], expected[["statistic", "p_value"]], atol=1e-6)


def test_a_nominal_interaction_takes_its_categoricals_with_it(tested):
    frames, answers = tested
    full = frames["full"]
    free = fit_clm("y ~ role*section + years", full, nominal="~ section:role")
    assert_allclose(free.llf, answers.loc[("free", "fit"), "statistic"].item(), atol=1e-6)
    assert list(free.params.index) == ["years"]
    turned = full.assign(role=full["role"].cat.reorder_categories(["leader", "caseworker"]))
    assert_allclose(fit_clm("y ~ role*section + years", turned, nominal="~ role:section").llf, free.llf, atol=1e-9)


def test_crossing_thresholds_are_said_and_bear_no_prediction(tested):
    few = tested[0]["few"]
    result = fit_clm("y ~ role + pay", few)
    (note,) = nominal_test(result).attrs["notes"]
    assert note.startswith("pay: with separate effects there is a negative probability of some in 6 patterns")
    with pytest.raises(EstimationError, match="thresholds cross"):
        fit_clm("y ~ role", few, nominal="~ pay")


def test_thresholds_that_cross_without_end_are_refused():
    """Nobody in b answers mid: with a threshold effect of its own, low and high could both become certain there."""
    table = pd.DataFrame(
        [("low", "a", 5), ("mid", "a", 6), ("high", "a", 5), ("low", "b", 4), ("high", "b", 7)], columns=["y", "g", "n"]
    ).assign(
        y=lambda t: pd.Categorical(t["y"], ["low", "mid", "high"], ordered=True), g=lambda t: t["g"].astype("category")
    )
    tests = nominal_test(fit_clm("y ~ g", table, weights="n"))
    assert tests["p_value"].isna().tolist() == [True]
    assert tests.attrs["notes"] == ("g: nominal effects make thresholds cross",)
    assert tests.terms(below=1.0) == []


def test_an_infinite_alternative_is_said(wine):
    test = nominal_test(fit_clm("rating ~ temp + contact", wine))
    assert test.attrs["notes"] == ("temp: its separate effects are infinite; the log-likelihood is the supremum",)


def test_brant(housing, mass_survey, survey, oracle):
    result = fit_clm(HOUSING, housing, weights="Freq")
    expected = oracle("housing")["brant_weighted"]
    for kind in ("by_term", "by_coef"):
        agrees(brant_test(result), expected[kind], "chi2", "df", "p")
    assert brant_test(result)["term"].tolist()[:3] == ["Omnibus", "Infl", "Infl[T.Medium]"]
    expected = oracle("mass_survey_brant")["brant"]
    agrees(brant_test(fit_clm("Smoke ~ Sex + Height", mass_survey)), expected, "chi2", "df", "p")
    expected = oracle("survey_clm")["brant"]
    agrees(brant_test(fit_clm(SURVEY, survey)), expected["by_coef"] | expected["by_term"], "chi2", "df", "p")


def test_brant_refuses_by_name_on_wine(wine):
    with pytest.raises(EstimationError, match=r"(?s)binary model of 2, 3, 4, 5.*temp: warm"):
        brant_test(fit_clm("rating ~ temp + contact", wine))


def test_the_score_test_is_near_the_likelihood_ratio(housing):
    result = fit_clm(HOUSING, housing, weights="Freq")
    for test in (nominal_test, scale_test):
        ratio, score = test(result), test(result, method="score")
        assert_allclose(score["statistic"], ratio["statistic"], rtol=0.1)


def test_independent_rows_make_robust_tests_near_the_model_based(survey):
    model, robust = (fit_clm(SURVEY, survey, cov_type=kind) for kind in ("model", "robust"))
    assert_allclose(nominal_test(robust)["statistic"], nominal_test(model)["statistic"], rtol=0.35)
    assert_allclose(brant_test(robust)["statistic"], brant_test(model)["statistic"], rtol=0.5, atol=0.6)


def test_sampling_weights_use_the_score_test(survey):
    result = fit_clm(SURVEY, survey, **SAMPLING, cov_type="design", strata="stratum", cluster="unit")
    with pytest.raises(UsageError, match="likelihood ratio needs a likelihood"):
        nominal_test(result, method="lr")
    test = nominal_test(result)
    assert test["df"].tolist() == [3, 6, 3]
    scaled = fit_clm(
        SURVEY,
        survey.assign(weight=survey["weight"] / 7),
        **SAMPLING,
        cov_type="design",
        strata="stratum",
        cluster="unit",
    )
    assert_allclose(nominal_test(scaled)["statistic"], test["statistic"], rtol=1e-8)
    with pytest.raises(EstimationError, match="Omnibus: the effects cannot be tested together"):
        brant_test(scaled)
    assert brant_test(scaled, terms=["section", "years"])["df"].tolist() == [6, 3, 3, 3]


def test_a_term_of_more_effects_than_clusters_bear_has_no_p_value(survey):
    few = survey[survey["unit"].isin(["u01", "u02", "u05"])]
    result = fit_clm(SURVEY, few, cov_type="cluster", cluster="unit")
    tests = nominal_test(result)
    assert tests["p_value"].isna().any()
    assert all("covariance is singular" in note for note in tests.attrs["notes"])
    assert len(tests.attrs["notes"]) == tests["p_value"].isna().sum()


def test_the_null_distribution_of_the_score_test_under_clustering():
    """With answers copied within clusters, the naive test rejects far too often, the clustered one does not."""
    draw = np.random.default_rng(5)
    naive, clustered = [], []
    for _ in range(60):
        x = draw.integers(0, 3, size=120)
        y = np.searchsorted([-1.0, 0.5], 0.5 * x + draw.logistic(size=120))
        data = pd.DataFrame({"y": pd.Categorical(y, ordered=True), "x": x, "c": range(120)})
        copies = pd.concat([data] * 4)
        naive.append(nominal_test(fit_clm("y ~ x", copies))["p_value"][0])
        result = fit_clm("y ~ x", copies, cov_type="cluster", cluster="c")
        clustered.append(nominal_test(result)["p_value"][0])
    assert np.mean(np.array(naive) < 0.05) > 0.2
    assert np.mean(np.array(clustered) < 0.05) < 0.15


def test_the_brant_test_rests_on_binary_logits(housing, oracle):
    import statsmodels.api as sm

    coefficients, covariance = _binary_logits(fit_clm(HOUSING, housing, weights="Freq"))
    people = housing.loc[housing.index.repeat(housing["Freq"])]
    design = np.column_stack(
        [people["Infl"] == "Medium", people["Infl"] == "High"]
        + [people["Type"] == t for t in ("Apartment", "Atrium", "Terrace")]
        + [people["Cont"] == "High"]
    ).astype(float)
    fit = sm.Logit((people["Sat"].cat.codes > 1).to_numpy(), sm.add_constant(design)).fit(disp=0, tol=1e-12)
    assert_allclose(coefficients[1], fit.params[1:], atol=1e-7)
    assert_allclose(np.sqrt(np.diag(covariance))[6:], fit.bse[1:], atol=1e-6)


@pytest.mark.parametrize(
    ("options", "test", "error", "text"),
    [
        ({"link": "probit"}, brant_test, UsageError, "of the logit link"),
        ({"nominal": "~ role"}, brant_test, UsageError, "proportional odds model"),
        ({"scale": "~ role"}, brant_test, UsageError, "proportional odds model"),
        ({"penalty": "jeffreys"}, nominal_test, EstimationError, "penalised"),
        ({}, lambda r: nominal_test(r, "rol"), UsageError, "did you mean 'role'"),
        ({}, lambda r: nominal_test(r, ["rol"]), UsageError, "did you mean 'role'"),
        ({}, lambda r: nominal_test(r, method="wald"), UsageError, "no such test"),
    ],
)
def test_refuses(survey, options, test, error, text):
    with pytest.raises(error, match=text):
        test(fit_clm("y ~ role + section", survey, **options))


def test_a_term_of_very_many_effects_is_tested_by_score(survey, monkeypatch):
    model = fit_clm("y ~ role + section", survey)
    monkeypatch.setattr(assumptions, "MANY", int(nominal_test(model)["df"].min()))
    few, many = (nominal_test(model, method=method).set_index("term") for method in ("lr", "score"))
    chosen = nominal_test(model).set_index("term")
    assert chosen.loc["role"].equals(few.loc["role"])
    assert chosen.loc["section"].equals(many.loc["section"])
    assert not few.loc["section"].equals(many.loc["section"])


@pytest.mark.parametrize("test", [nominal_test, scale_test, brant_test])
def test_two_categories_have_nothing_to_compare(survey, test):
    two = survey[survey["y"].isin(["none", "great"])]
    with pytest.raises(EstimationError, match="two categories"):
        test(fit_clm("y ~ role", two))
