"""Separation is named, and the penalised fit is what it says."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from evalkit.errors import EstimationError
from evalkit.ordinal.clm import fit_clm
from evalkit.ordinal.links import LINKS
from evalkit.ordinal.maximise import JeffreysPenalised


def table(counts, *, categories=("low", "mid", "high"), **variables):
    size = len(counts) // len(categories)
    rows = {name: np.repeat(levels, len(categories)) for name, levels in variables.items()}
    frame = pd.DataFrame({"y": list(categories) * size, **rows, "n": counts})
    frame["y"] = pd.Categorical(frame["y"], categories, ordered=True)
    for name in variables:
        if frame[name].dtype.kind not in "if":
            frame[name] = frame[name].astype("category")
    return frame


@pytest.mark.parametrize("link", list(LINKS))
@pytest.mark.parametrize(
    ("counts", "named"),
    [
        ([8, 5, 4, 9, 0, 0, 3, 6, 7], "g: b"),
        ([8, 5, 4, 0, 0, 9, 3, 6, 7], "g: b"),
        ([8, 0, 0, 9, 2, 3, 3, 6, 7], "g: a"),
        ([8, 0, 0, 9, 2, 3, 0, 0, 7], "g: a, g: c"),
    ],
)
def test_a_separated_level_is_named(link, counts, named):
    """Also the reference level, and two levels at once."""
    with pytest.raises(EstimationError, match=rf"separated\n  got: {named}\n"):
        fit_clm("y ~ g", table(counts, g=["a", "b", "c"]), weights="n", link=link)


def test_only_the_level_that_is_separated_is_named():
    counts = [8, 5, 4, 9, 0, 0, 3, 6, 7, 4, 5, 3, 6, 0, 0, 2, 5, 9]
    data = table(counts, g=list("abc") * 2, r=["no"] * 3 + ["yes"] * 3)
    with pytest.raises(EstimationError, match=r"got: g: b\n"):
        fit_clm("y ~ g + r", data, weights="n")


def test_a_unanimous_middle_is_not_separated():
    """A level whose respondents all chose the middle category has a finite effect."""
    result = fit_clm("y ~ g", table([8, 5, 4, 0, 9, 0, 3, 6, 7], g=["a", "b", "c"]), weights="n")
    assert np.all(np.isfinite(result.bse))


def test_a_number_that_separates_is_named():
    data = table([3, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 5], x=[1.0, 2.0, 3.0, 4.0])
    with pytest.raises(EstimationError, match=r"got: x\n"):
        fit_clm("y ~ x", data, weights="n")


def test_what_separates_alone_is_named_alone(survey):
    """Every level of role and section improves with the number that tells the answers; only the number is to blame."""
    told = survey.dropna(subset=["y"])
    told = told.assign(score=told["y"].cat.codes + np.linspace(0, 0.3, len(told)))
    with pytest.raises(EstimationError, match=r"got: score\n"):
        fit_clm("y ~ role + section + score", told)


def test_an_interaction_that_separates_is_named():
    counts = [8, 5, 4, 9, 4, 3, 3, 6, 7, 0, 0, 9]
    data = table(counts, g=list("abab"), r=["no", "no", "yes", "yes"])
    with pytest.raises(EstimationError, match=r"got: g\[T.b\]:r\[T.yes\]\n"):
        fit_clm("y ~ g * r", data, weights="n")


def test_weights_and_designs_do_not_hide_separation(survey):
    silent = survey.assign(y=survey["y"].where(survey["unit"] != "u03", "none"))
    with pytest.raises(EstimationError, match=r"got: unit: u03\n"):
        fit_clm("y ~ unit", silent, weights="weight", weight_kind="sampling", cov_type="robust")


def test_jeffreys_prior_is_firths_regression_in_closed_form():
    """A saturated binary logit: half a respondent more on either side of every group (Firth 1993)."""
    no, yes = np.array([5.0, 0.0, 3.0]), np.array([7.0, 9.0, 4.0])
    data = table(np.column_stack([no, yes]).ravel(), categories=("no", "yes"), g=["a", "b", "c"])
    result = fit_clm("y ~ g", data, weights="n", penalty="jeffreys")
    logits = np.log((yes + 0.5) / (no + 0.5))
    assert_allclose(result.theta, [-logits[0], logits[1] - logits[0], logits[2] - logits[0]], atol=1e-6)
    variances = 1 / ((12 + 1) * (5.5 / 13) * (7.5 / 13)) * 13 / 12
    assert result.bse.iloc[0] == pytest.approx(np.sqrt(variances), rel=1e-6)


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_jeffreys_prior_is_the_penalised_maximum_in_r(oracle, link):
    counts = oracle("survey_clm")["jeffreys_table"]
    data = pd.DataFrame(counts)
    data["y"] = pd.Categorical(data["y"], ["low", "mid", "high"], ordered=True)
    data[["g", "r"]] = data[["g", "r"]].astype("category")
    result = fit_clm("y ~ g + r", data, weights="n", link=link, penalty="jeffreys")
    expected = oracle("survey_clm")["jeffreys"][link]
    # R's optimiser without derivatives stops at 1e-5 or so.
    assert_allclose(result.theta, expected["coef"], atol=5e-5)
    assert result.objective.derivatives(result.theta)[0] == pytest.approx(expected["penalised_loglik"], abs=1e-8)


@pytest.mark.parametrize(("answers", "nominal"), [(2, None), (4, None), (4, "~ x")])
@pytest.mark.parametrize("link", ["logit", "cloglog"])
def test_the_slope_of_jeffreys_prior_is_that_of_its_value(link, answers, nominal):
    draw = np.random.default_rng(1)
    columns = {"y": draw.integers(0, answers, 400), "g": draw.integers(0, 5, 400), "x": draw.integers(0, 2, 400)}
    data = pd.DataFrame({name: pd.Categorical(values, ordered=name == "y") for name, values in columns.items()})
    model = fit_clm("y ~ g + x", data, link=link, nominal=nominal)
    penalised, steps = JeffreysPenalised(model.likelihood), np.eye(len(model.theta)) * 1e-5
    rises = [penalised.derivatives(model.theta + s)[0] - penalised.derivatives(model.theta - s)[0] for s in steps]
    assert_allclose(penalised.derivatives(model.theta)[1], np.array(rises) / 2e-5, atol=1e-6)


def test_jeffreys_prior_does_not_depend_on_the_reference():
    counts = [8, 5, 4, 9, 0, 0, 3, 6, 7]
    data = table(counts, g=["a", "b", "c"])
    turned = data.assign(g=data["g"].cat.reorder_categories(["b", "c", "a"]))
    first, second = (fit_clm("y ~ g", d, weights="n", penalty="jeffreys") for d in (data, turned))
    assert_allclose(first.predict(data), second.predict(data), atol=1e-6)


def test_penalised_intervals_can_be_profiled():
    result = fit_clm("y ~ g", table([8, 5, 4, 9, 0, 0, 3, 6, 7], g=["a", "b", "c"]), weights="n", penalty="jeffreys")
    interval = result.conf_int(method="profile").loc["g[T.b]"]
    wald = result.conf_int().loc["g[T.b]"]
    assert interval["conf_low"] < wald["conf_low"]
    with pytest.raises(EstimationError, match="a penalised fit does not have"):
        _ = result.aic


def test_a_penalised_fit_of_very_few_converges():
    """Fifteen respondents, four categories, six units: scoring is slow there, and both ways meet."""
    draw = np.random.default_rng(4)
    for _ in range(5):
        y, unit = draw.integers(0, 4, 15), draw.integers(0, 6, 15)
        data = pd.DataFrame({"y": pd.Categorical(y, ordered=True), "unit": pd.Categorical(unit)})
        result = fit_clm("y ~ unit", data, penalty="jeffreys")
        _, slope, _ = result.objective.derivatives(result.theta)
        assert_allclose(slope, 0, atol=1e-5)


def test_a_separated_binary_logit_inside_a_finite_model_is_named():
    from evalkit.ordinal.assumptions import brant_test

    counts = [0, 6, 4, 0, 5, 3, 4, 5, 6, 3, 6, 7]
    result = fit_clm("y ~ g", table(counts, g=["a", "b", "c", "d"]), weights="n")
    with pytest.raises(EstimationError, match=r"binary model of mid, high.*separated\n  got: g: a, g: b"):
        brant_test(result)
