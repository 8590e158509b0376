"""Tests of each term left out, and the same fit by statsmodels."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from evalkit.errors import EstimationError, UsageError
from evalkit.ordinal import (
    agreement,
    anova,
    brant_test,
    checks,
    fit_clm,
    fit_clmm,
    nominal_test,
    scale_test,
    term_tests,
)


def test_terms_left_out_are_the_differences_of_log_likelihoods(housing):
    whole = fit_clm("Sat ~ Infl + Type + Cont", housing, weights="Freq")
    smaller = fit_clm("Sat ~ Infl + Type", housing, weights="Freq")
    row = term_tests(whole).set_index("term").loc["Cont"]
    assert row["statistic"] == pytest.approx(2 * (whole.llf - smaller.llf), abs=1e-9)
    assert row["df"] == 1


def test_one_term_is_held_against_the_thresholds_alone(housing):
    result = fit_clm("Sat ~ Infl", housing, weights="Freq")
    statistic = term_tests(result)["statistic"].iloc[0]
    assert statistic == pytest.approx(2 * (result.llf - result.llnull), abs=1e-9)


def test_a_test_needs_a_likelihood(housing):
    penalised = fit_clm("Sat ~ Infl", housing, weights="Freq", penalty="jeffreys")
    for test in (term_tests, nominal_test, scale_test, brant_test, agreement):
        with pytest.raises(EstimationError, match="a penalised fit has no such test"):
            test(penalised)


@pytest.mark.parametrize("link", ["logit", "probit"])
@pytest.mark.parametrize("few", [checks.FEW, 0])
def test_statsmodels_finds_the_same(housing, link, few, monkeypatch):
    monkeypatch.setattr(checks, "FEW", few)
    frame = agreement(fit_clm("Sat ~ Infl + Type + Cont", housing, weights="Freq", link=link))
    assert np.abs(frame["estimate"] - frame["peer_estimate"]).max() < 1e-5
    assert np.nanmax(np.abs(frame["std_error"] - frame["peer_std_error"])) < 1e-5


def test_statsmodels_is_given_counts_that_are_no_whole_numbers(housing):
    class Completed:
        def model_frame(self, outcome, predictors, extra=()):
            frame = housing.assign(count=housing["Freq"] + np.linspace(0.1, 0.9, len(housing))).drop(columns="Freq")
            frame.attrs["completed"] = True
            return frame

        def estimates(self, frame, kind, **asked):
            return frame

    frame = agreement(fit_clm("Sat ~ Infl + Type + Cont", Completed()))
    assert np.abs(frame["estimate"] - frame["peer_estimate"]).max() < 1e-5


def test_what_statsmodels_lacks_is_refused(housing):
    with pytest.raises(UsageError, match="statsmodels has no such model"):
        agreement(fit_clm("Sat ~ Infl", housing, weights="Freq", link="cloglog"))
    sampled = fit_clm("Sat ~ Infl", housing.query("Freq > 0"), weights="Freq", weight_kind="sampling")
    with pytest.raises(UsageError, match="no sampling weights"):
        agreement(sampled)


def test_r_s_drop1_on_wine(wine):
    # drop1(clm(rating ~ temp + contact, data = wine), test = "Chi"), as printed in the vignette of R's ordinal.
    tests = term_tests(fit_clm("rating ~ temp + contact", wine)).set_index("term")
    assert tests["statistic"].to_dict() == pytest.approx({"temp": 26.928, "contact": 11.043}, abs=5e-4)
    assert tests["p_value"].to_dict() == pytest.approx({"temp": 2.112e-07, "contact": 0.0008902}, rel=5e-4)


def test_r_s_drop1_leaves_the_parts_of_an_interaction_out(housing):
    # drop1(clm(Sat ~ Infl * Type + Cont, weights = Freq, data = housing), test = "Chisq"), R 4.2 with ordinal 2022.11
    for cov_type, tolerance in (("model", 1e-7), ("robust", 1)):
        tests = term_tests(fit_clm("Sat ~ Infl * Type + Cont", housing, weights="Freq", cov_type=cov_type)).set_index(
            "term"
        )
        assert tests["df"].to_dict() == {"Cont": 1, "Infl:Type": 6}
        assert tests["statistic"].to_dict() == pytest.approx(
            {"Cont": 15.12042942, "Infl:Type": 22.50934712}, rel=tolerance
        )


WINE = {
    "contact": ("rating ~ temp", "rating ~ temp + contact", {}),
    "interaction": ("rating ~ temp + contact", "rating ~ temp * contact", {}),
    "nominal": ("rating ~ temp + contact", "rating ~ temp", {"nominal": "~ contact"}),
    "scale": ("rating ~ temp + contact", "rating ~ temp + contact", {"scale": "~ temp"}),
}
ANOVA = pd.read_csv(Path(__file__).parents[1] / "oracle" / "anova.csv").set_index("name")


def as_in_r(frame, name):
    (row,) = frame.to_dict("records")
    assert row["statistic"] == pytest.approx(ANOVA.loc[name, "statistic"], abs=1e-6)
    assert row["df"] == ANOVA.loc[name, "df"]
    return row


@pytest.mark.parametrize("name", WINE)
def test_nested_models_are_compared_as_in_r(wine, name):
    smaller, larger, options = WINE[name]
    row = as_in_r(anova(fit_clm(larger, wine, **options), fit_clm(smaller, wine)), name)
    assert row["p_value"] == pytest.approx(ANOVA.loc[name, "p_value"], abs=1e-6)


def test_mixed_models_are_compared_as_in_r(wine):
    one, two = (fit_clmm(f"rating ~ {terms}", wine, group="judge") for terms in ("temp", "temp + contact"))
    assert as_in_r(anova(one, two), "mixed")["p_value"] == pytest.approx(ANOVA.loc["mixed", "p_value"], rel=1e-4)
    fixed = fit_clm("rating ~ temp + contact", wine)
    assert as_in_r(anova(fixed, two), "intercept")["p_value"] == pytest.approx(two.lr_test()["p_value"][0])
    both = anova(fit_clm("rating ~ temp", wine), two).iloc[0]
    assert both["df"] == 2
    assert both["p_value"] == pytest.approx((chi2.sf(both["statistic"], 1) + chi2.sf(both["statistic"], 2)) / 2)


def test_several_models_are_ordered_by_size(wine):
    fits = [fit_clm(f"rating ~ {terms}", wine) for terms in ("temp * contact", "1", "temp")]
    frame = anova(*fits)
    assert frame["term"].tolist() == ["rating ~ temp", "rating ~ temp * contact"]
    assert frame["llf"].tolist() == [fits[2].llf, fits[0].llf]


def test_what_cannot_be_compared_is_refused(wine, housing):
    one, two = fit_clm("rating ~ temp", wine), fit_clm("rating ~ temp + contact", wine)
    penalised = fit_clm("rating ~ temp", wine, penalty="jeffreys")
    mixed = fit_clmm("rating ~ temp", wine, group="judge")
    lacking = wine.assign(contact=wine["contact"].where(wine.index > 3))
    for models, error, text in [
        ((one,), UsageError, "one model is compared with nothing"),
        ((one, fit_clm("rating ~ contact", wine)), UsageError, "not nested"),
        ((one, fit_clm("rating ~ temp", wine)), UsageError, "not nested"),
        ((mixed, fit_clm("rating ~ temp * contact", wine)), UsageError, "not nested"),
        ((one, fit_clm("rating ~ temp + contact", lacking)), UsageError, r"(?s)different answers.*68 and 72"),
        ((fit_clm("rating ~ temp", wine, link="probit"), two), UsageError, "differ in link"),
        ((mixed, fit_clmm("rating ~ temp + contact", wine, group="judge", n_agq=5)), UsageError, "quadrature"),
        ((penalised, two), EstimationError, "needs a likelihood"),
    ]:
        with pytest.raises(error, match=text):
            anova(*models)


def test_terms_of_mixed_models_and_by_wald(wine):
    mixed = fit_clmm("rating ~ temp + contact", wine, group="judge")
    row = term_tests(mixed).set_index("term").loc["contact"]
    assert row["statistic"] == pytest.approx(ANOVA.loc["mixed", "statistic"], abs=1e-6)
    robust = fit_clm("rating ~ temp + contact", wine, cov_type="robust")
    z = robust.params / robust.bse[robust.params.index]
    assert term_tests(robust)["statistic"].to_numpy() == pytest.approx(z.to_numpy() ** 2)
    free = fit_clm("rating ~ temp", wine, nominal="~ contact")
    by_hand = free.thresholds.iloc[4:]
    inner = free.cov_params().loc[by_hand.index, by_hand.index]
    found = term_tests(free).set_index("term").loc["contact"]
    assert found["statistic"] == pytest.approx(by_hand @ np.linalg.solve(inner, by_hand))
    assert found["df"] == 4
