"""The fit against R's clm, polr and svyolr: 1e-6 absolute, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from evalkit.errors import DataError, EstimationError, UsageError
from evalkit.ordinal.clm import fit_clm
from evalkit.ordinal.likelihood import Likelihood
from evalkit.ordinal.links import LINKS
from evalkit.ordinal.patterns import collapse

HOUSING = "Sat ~ Infl + Type + Cont"
SURVEY = "y ~ role + section + years"


def values(named):
    return np.array(list(named.values()) if isinstance(named, dict) else named)


def agrees(result, expected, tolerance=1e-6):
    assert_allclose(result.theta, values(expected["coef"]), atol=tolerance, rtol=0)
    assert_allclose(result.bse, values(expected["se"]), atol=tolerance, rtol=0)
    if "loglik" in expected:
        assert_allclose(result.llf, expected["loglik"], atol=1e-6, rtol=0)


def test_housing_is_clm(housing, oracle):
    expected = oracle("housing")
    result = fit_clm(HOUSING, housing, weights="Freq")
    assert_allclose(result.params, values(expected["clm"]["coef"]), atol=1e-9)
    assert_allclose(result.thresholds, values(expected["clm"]["thresholds"]), atol=1e-9)
    assert_allclose(result.cov_params(), expected["clm"]["vcov"], atol=1e-9)
    assert_allclose([result.llf, result.aic], [expected["clm"]["loglik"], expected["clm"]["aic"]], atol=1e-8)
    assert_allclose(result.llnull, expected["null_loglik"], atol=1e-8)
    assert list(result.params.index[:3]) == ["Infl[T.Medium]", "Infl[T.High]", "Type[T.Apartment]"]
    assert list(result.thresholds.index) == ["Low|Medium", "Medium|High"]
    assert list(result.bse.index) == [*result.thresholds.index, *result.params.index]
    assert result.nobs == 1681


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog", "loglog"])
def test_links_on_housing(housing, oracle, link):
    agrees(fit_clm(HOUSING, housing, weights="Freq", link=link), oracle("housing")["links"][link])


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog", "loglog"])
def test_links_with_a_number(survey, oracle, link):
    agrees(fit_clm(SURVEY, survey, link=link), oracle("survey_clm")["links"][link])


def test_cauchit_has_infinite_outer_bounds(survey, oracle):
    agrees(fit_clm(SURVEY, survey, link="cauchit"), oracle("survey_clm")["cauchit"])


def test_counts_are_respondents(housing):
    people = housing.loc[housing.index.repeat(housing["Freq"])]
    counted, listed = fit_clm(HOUSING, housing, weights="Freq"), fit_clm(HOUSING, people)
    assert_allclose(counted.theta, listed.theta, atol=1e-10)
    assert_allclose(counted.bse, listed.bse, atol=1e-10)
    assert counted.bic == pytest.approx(listed.bic)


def test_wine_and_its_larger_models(wine, oracle):
    expected = oracle("wine_clm")
    assert_allclose(fit_clm("rating ~ temp + contact", wine).cov_params(), expected["clm"]["vcov"], atol=1e-9)
    agrees(fit_clm("rating ~ temp", wine, nominal="~ contact"), expected["ppo_nominal_contact"])
    agrees(fit_clm("rating ~ temp + contact", wine, scale="~ temp"), expected["scale_temp"])


def test_nominal_terms_may_stand_in_the_formula_too(housing, oracle):
    result = fit_clm(HOUSING, housing, weights="Freq", nominal="~ Type")
    agrees(result, oracle("housing")["ppo_nominal_Type"])
    assert "Low|Medium.Type[T.Atrium]" in result.thresholds.index


@pytest.mark.parametrize(
    ("case", "formula", "options"),
    [
        ("interaction", "y ~ role*section + years", {}),
        ("large_number", "y ~ role + np.log(pay) + I(years**2)", {}),
        ("nominal_two", "y ~ role", {"nominal": "~ section + years"}),
        ("nominal_probit", "y ~ section + years", {"nominal": "~ role", "link": "probit"}),
        ("nominal_cloglog", "y ~ section + years", {"nominal": "~ role", "link": "cloglog"}),
        ("scale_two", SURVEY, {"scale": "~ role + years"}),
        ("nominal_scale", "y ~ section + years", {"nominal": "~ role", "scale": "~ section"}),
        ("scale_probit", SURVEY, {"scale": "~ section", "link": "probit"}),
    ],
)
def test_models_on_a_made_survey(survey, oracle, case, formula, options):
    expected = oracle("survey_clm")[case]
    result = fit_clm(formula, survey, **options)
    # R stops some of these fits at a gradient of 1e-7: three times the usual tolerance.
    agrees(result, expected, tolerance=3e-6)
    assert_allclose([result.aic, result.bic], [expected["aic"], expected["bic"]], atol=1e-5)
    assert result.nobs == expected["nobs"]


def test_two_categories_are_a_binary_logit_and_say_so(survey, oracle):
    high = survey["y"].isin(["some", "great"]).where(survey["y"].notna())
    outcome = pd.Categorical(high.map({True: "high", False: "low"}), ["low", "high"], ordered=True)
    result = fit_clm(SURVEY, survey.assign(y=outcome))
    agrees(result, oracle("survey_clm")["binary"])
    assert "this is a binary regression" in repr(result.summary())


def test_profile_intervals(housing, wine, survey, oracle):
    for data, formula, weights, name in (
        (housing, HOUSING, "Freq", "housing"),
        (wine, "rating ~ temp + contact", None, "wine_clm"),
    ):
        result = fit_clm(formula, data, weights=weights)
        intervals = result.conf_int(method="profile").loc[result.params.index]
        # R interpolates the profile with splines.
        assert_allclose(intervals, oracle(name)["confint_profile"], atol=5e-5)
        assert_allclose(result.conf_int(), oracle(name)["confint_wald"], atol=1e-8)
    result = fit_clm("y ~ role*section + years", survey)
    intervals = result.conf_int(0.9, method="profile").loc[result.params.index]
    assert_allclose(intervals, oracle("survey_clm")["interaction_profile"], atol=5e-5)


def test_predictions(housing, oracle):
    expected = oracle("housing")["pred"]
    predicted = fit_clm(HOUSING, housing, weights="Freq").predict(pd.DataFrame(expected["newdata"]))
    assert list(predicted.columns) == ["Low", "Medium", "High"]
    assert_allclose(predicted, expected["ci"]["prob"], atol=1e-8)


@pytest.mark.parametrize("change", [{"Infl": "Huge"}, {"Infl": None}])
def test_predictions_refuse_what_the_model_does_not_know(housing, change):
    result = fit_clm(HOUSING, housing, weights="Freq")
    new = housing.head(2).astype(object).assign(**change)
    with pytest.raises(DataError, match="missing or unknown to the model"):
        result.predict(new)
    with pytest.raises(UsageError, match="lack a predictor"):
        result.predict(new[["Type", "Cont"]])


def test_tidy_has_the_shared_columns(housing):
    result = fit_clm(HOUSING, housing, weights="Freq")
    columns = ["term", "group", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high", "n"]
    assert list(result.tidy().columns) == columns
    ratios = result.tidy(exponentiate=True)
    assert_allclose(np.log(ratios["estimate"]), result.params)
    assert set(ratios["group"]) == {"location"}
    assert "Infl[T.High]" in result.summary()._repr_html_()


def test_missing_answers_are_counted(mass_survey, oracle):
    result = fit_clm("Smoke ~ Sex + Height", mass_survey)
    expected = oracle("mass_survey_brant")
    assert result.nobs == expected["n_used"]
    assert result.n_missing.to_dict() == {"Smoke": 1, "Sex": 1, "Height": 28, "any": 29}
    assert_allclose(result.params, values(expected["clm"]["coef"]), atol=1e-8)


def test_a_distant_number_costs_no_digits(survey):
    """A year of 2023 and a year of 23 give the same effect."""
    near = fit_clm("y ~ role + years", survey)
    far = fit_clm("y ~ role + years", survey.assign(years=survey["years"] + 2000))
    assert_allclose(near.params, far.params, rtol=1e-7)
    assert_allclose(near.bse[near.params.index], far.bse[near.params.index], rtol=1e-6)


@pytest.mark.parametrize("link", list(LINKS))
@pytest.mark.parametrize("options", [{}, {"nominal": "~ role"}, {"scale": "~ section"}])
def test_derivatives_are_those_of_the_value(survey, link, options):
    result = fit_clm(SURVEY, survey)
    larger = fit_clm(SURVEY, survey, **options).likelihood
    likelihood = Likelihood(larger.design, LINKS[link], larger.weights)
    theta = np.concatenate(
        [result.theta[:4], np.zeros(likelihood.n_parameters - 8), result.theta[4:]]
        if "nominal" in options
        else [result.theta, np.full(likelihood.n_parameters - 8, 0.1)]
    )[: likelihood.n_parameters]
    _, gradient, hessian = likelihood.derivatives(theta)
    step = 1e-5
    for k, change in enumerate(np.eye(len(theta)) * step):
        above, below = likelihood.derivatives(theta + change), likelihood.derivatives(theta - change)
        assert gradient[k] == pytest.approx((above[0] - below[0]) / (2 * step), rel=1e-5, abs=1e-4)
        assert_allclose(hessian[k], (above[1] - below[1]) / (2 * step), rtol=1e-5, atol=1e-4)
    patterns = collapse(survey, "y", ["role", "section", "years"])
    scores = likelihood.scores(theta, patterns.pattern, patterns.category)
    assert_allclose(patterns.w @ scores, gradient, rtol=1e-8, atol=1e-8)
    assert_allclose(
        scores.T @ (patterns.w2[:, None] * scores), likelihood.outer_product(theta, patterns.table(patterns.w2))
    )


@pytest.mark.parametrize("link", list(LINKS))
def test_tails_keep_their_digits(link):
    """log(F(b) - F(a)) far out, where the difference itself is zero in floating point."""
    tiny = np.array([1e-13])
    interval, density = LINKS[link].log_interval, LINKS[link].log_density
    for place in (-6.0, 0.3, 2.0):
        at = np.array([place])
        assert interval(at, at + tiny) == pytest.approx(density(at) + np.log((at + tiny) - at), rel=1e-6)
    infinite = np.array([np.inf])
    both = interval(-infinite, at), interval(at, infinite)
    assert np.exp(both[0]) + np.exp(both[1]) == pytest.approx(1.0)
    assert np.isfinite(interval(np.array([4.0]), infinite))
    assert LINKS[link].cdf(LINKS[link].quantile(np.array([0.2]))) == pytest.approx(0.2)


ORDERED = pd.Categorical(list("abcab") * 4, ordered=True)


def small(**columns):
    return pd.DataFrame({"y": ORDERED, "x": np.tile([0.0, 1.0, 2.0, 5.0], 5), **columns})


@pytest.mark.parametrize(
    ("change", "formula", "options", "error", "text"),
    [
        ({"y": list("abcab") * 4}, "y ~ x", {}, DataError, "ordered=True"),
        ({"y": pd.Categorical(list("abcab") * 4)}, "y ~ x", {}, DataError, "no order"),
        ({"y": range(20)}, "y ~ x", {}, DataError, "no ordered categorical"),
        ({"g": list("pq") * 10}, "y ~ g", {}, DataError, "neither categorical nor numeric"),
        ({}, "y ~ z", {}, UsageError, "no such column"),
        ({}, "yy ~ x", {}, UsageError, "did you mean 'y'"),
        ({}, "y + x", {}, UsageError, "one '~'"),
        ({}, "y ~ x - 1", {}, UsageError, "cannot be removed"),
        ({}, "y ~ x + y", {}, UsageError, "also a predictor"),
        ({}, "np.log(y) ~ x", {}, UsageError, "not a column"),
        ({}, "y ~ center(x)", {}, EstimationError, "learns from the data"),
        ({}, "y ~ x +* x", {}, UsageError, "cannot be read"),
        ({}, "y ~ x", {"nominal": "x"}, UsageError, "begins with '~'"),
        ({}, "y ~ x", {"scale": "~ 1"}, UsageError, "names no term"),
        ({}, "y ~ x", {"link": "logistic"}, UsageError, "no such link"),
        ({}, "y ~ x", {"weight_kind": "analytic"}, UsageError, "no such kind of weight"),
        ({}, "y ~ x", {"weight_kind": "sampling"}, UsageError, "not named"),
        ({}, "y ~ x", {"cov_type": "hc1"}, UsageError, "no such covariance"),
        ({}, "y ~ x", {"cov_type": "cluster"}, UsageError, "clusters are not named"),
        ({"c": 1}, "y ~ x", {"cluster": "c"}, UsageError, "cluster would be ignored"),
        ({"c": 1}, "y ~ x", {"strata": "c", "cov_type": "robust"}, UsageError, "strata would be ignored"),
        ({"c": 1}, "y ~ x", {"fpc": "c"}, UsageError, "fpc would be ignored"),
        ({"w": 1.5}, "y ~ x", {"weights": "w"}, DataError, "not a whole number"),
        ({"w": -1.0}, "y ~ x", {"weights": "w"}, DataError, "negative"),
        ({"w": np.nan}, "y ~ x", {"weights": "w"}, DataError, "missing or not finite"),
        ({"w": np.inf}, "y ~ x", {"weights": "w"}, DataError, "missing or not finite"),
        ({"w": 0.0}, "y ~ x", {"weights": "w", "weight_kind": "sampling"}, DataError, "zero"),
        ({"w": 0}, "y ~ x", {"weights": "w"}, DataError, "all weights are zero"),
        ({"w": "1"}, "y ~ x", {"weights": "w"}, DataError, "weights are no numbers"),
        ({"c": "many"}, "y ~ x", {"fpc": "c", "cov_type": "design"}, DataError, "population sizes are no numbers"),
        (
            {"w": 1.5},
            "y ~ x",
            {"weights": "w", "weight_kind": "sampling", "cov_type": "model"},
            UsageError,
            "no model-based covariance",
        ),
        ({"x": 3.0}, "y ~ x", {}, EstimationError, "one value only"),
        ({"x": np.inf}, "y ~ x", {}, DataError, "infinite"),
        ({"g": pd.Categorical(["p"] * 20, ["p", "q"])}, "y ~ x + g", {}, EstimationError, "one value only"),
        ({"y": pd.Categorical(["a"] * 20, list("abc"), ordered=True)}, "y ~ x", {}, EstimationError, "one value only"),
        ({"z": np.tile([1.0, 3.0, 5.0, 11.0], 5)}, "y ~ x + z", {}, EstimationError, "z depends on x"),
        ({}, "y ~ x", {"penalty": "ridge"}, UsageError, "no such penalty"),
        ({}, "y ~ x", {"penalty": "jeffreys", "cov_type": "robust"}, UsageError, "model-based covariance only"),
        ({}, "y ~ x", {"penalty": "jeffreys", "scale": "~ x"}, UsageError, "no scale effects"),
    ],
)
def test_refuses(change, formula, options, error, text):
    with pytest.raises(error, match=text):
        fit_clm(formula, small(**change), **options)


def test_refuses_a_formula_that_is_no_text():
    with pytest.raises(UsageError, match="a formula is text"):
        fit_clm(None, small())


def test_powers_of_distant_numbers_ask_for_a_middle(survey):
    far = survey.assign(year=survey["years"] + 2000.0)
    with pytest.raises(EstimationError, match=r"subtract a middle value|collinear"):
        fit_clm("y ~ year + I(year**2) + I(year**3) + I(year**4)", far)


def test_names_with_spaces_go_through_the_tests(survey):
    from evalkit.ordinal.assumptions import nominal_test, scale_test

    spaced = fit_clm("y ~ role + `years here`", survey.rename(columns={"years": "years here"}))
    plain = fit_clm("y ~ role + years", survey)
    for test in (nominal_test, scale_test):
        assert_allclose(test(spaced)["statistic"], test(plain)["statistic"])


def test_a_fit_that_does_not_converge_is_an_error(survey, monkeypatch):
    monkeypatch.setattr("evalkit.ordinal.maximise.MAX_STEPS", 2)
    with pytest.raises(EstimationError, match="did not converge in 2 steps"):
        fit_clm(SURVEY, survey)


def test_two_columns_of_one_name_are_refused():
    twice = pd.concat([small(), small()[["x"]]], axis=1)
    with pytest.raises(UsageError, match="two columns of the data have one name"):
        fit_clm("y ~ x", twice)


def test_refuses_what_is_no_table():
    with pytest.raises(UsageError, match="no table"):
        fit_clm("y ~ x", {"y": [1], "x": [2]})


def test_crossing_thresholds_are_refused():
    """In one group the middle category is chosen far less than the common effect of x can give it."""
    table = pd.DataFrame(
        {
            "y": pd.Categorical(list("abc") * 4, ordered=True),
            "g": pd.Categorical(list("pppqqq") * 2),
            "x": np.repeat([0.0, 4.0], 6),
            "n": [40, 5, 10, 30, 0, 30, 10, 6, 40, 30, 0, 30],
        }
    )
    with pytest.raises(EstimationError, match="make thresholds cross"):
        fit_clm("y ~ x", table, weights="n", nominal="~ g")


def test_no_convergence_is_an_error():
    """A scale that wants to shrink to nothing: two groups' answers without spread in one of them."""
    table = pd.DataFrame(
        {
            "y": pd.Categorical(list("abc") * 2, ordered=True),
            "g": pd.Categorical(list("pppqqq")),
            "n": [10, 12, 11, 0, 20, 0],
        }
    )
    with pytest.raises(EstimationError, match=r"did not converge|infinite"):
        fit_clm("y ~ g", table, weights="n", scale="~ g")


def test_no_criterion_without_a_likelihood(survey):
    result = fit_clm(SURVEY, survey, weights="weight", weight_kind="sampling")
    assert result.cov_type == "robust"
    with pytest.raises(EstimationError, match="aic needs a likelihood"):
        _ = result.aic
    with pytest.raises(UsageError, match="profile interval needs a likelihood"):
        result.conf_int(method="profile")
