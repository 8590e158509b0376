"""Tests of each term left out, and the same fit by statsmodels."""

import numpy as np
import pytest

from evalkit.errors import EstimationError, UsageError
from evalkit.ordinal import fit_clm, peer, statsmodels_fit, term_tests


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
    with pytest.raises(UsageError, match="a penalised fit has no such test"):
        term_tests(fit_clm("Sat ~ Infl", housing, weights="Freq", penalty="jeffreys"))


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_statsmodels_finds_the_same(housing, link):
    frame = statsmodels_fit(fit_clm("Sat ~ Infl + Type + Cont", housing, weights="Freq", link=link))
    assert np.abs(frame["estimate"] - frame["peer_estimate"]).max() < 1e-5
    assert np.nanmax(np.abs(frame["std_error"] - frame["peer_std_error"])) < 1e-5


def test_what_statsmodels_lacks_is_refused(housing, monkeypatch):
    with pytest.raises(UsageError, match="statsmodels has no such model"):
        statsmodels_fit(fit_clm("Sat ~ Infl", housing, weights="Freq", link="cloglog"))
    sampled = fit_clm("Sat ~ Infl", housing.query("Freq > 0"), weights="Freq", weight_kind="sampling")
    with pytest.raises(UsageError, match="no sampling weights"):
        statsmodels_fit(sampled)
    monkeypatch.setattr(peer, "MOST_RESPONDENTS", 100)
    with pytest.raises(EstimationError, match="too many respondents"):
        statsmodels_fit(fit_clm("Sat ~ Infl", housing, weights="Freq"))


def test_r_s_drop1_on_wine(wine):
    # drop1(clm(rating ~ temp + contact, data = wine), test = "Chi"), as printed in the vignette of R's ordinal.
    tests = term_tests(fit_clm("rating ~ temp + contact", wine)).set_index("term")
    assert tests["statistic"].to_dict() == pytest.approx({"temp": 26.928, "contact": 11.043}, abs=5e-4)
    assert tests["p_value"].to_dict() == pytest.approx({"temp": 2.112e-07, "contact": 0.0008902}, rel=5e-4)
