"""`fit_clmm` against R's `ordinal::clmm`, and at the edges of what it can do.

Tolerance: 1e-4. R differentiates numerically an approximation whose modes it finds loosely, so in Laplace's case its
standard errors move with its settings: 3e-4 there. Its cauchit has finite outer bounds, and is compared loosely.
"""

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from evalkit.errors import DataError, EstimationError, UsageError
from evalkit.ordinal.clm import fit_clm
from evalkit.ordinal.clmm import fit_clmm
from evalkit.ordinal.links import LINKS
from evalkit.ordinal.quadrature import Cells, integrate, shift_derivatives

ORACLE = Path(__file__).parents[1] / "oracle"
TOLERANCE = 1e-4
WINE = json.loads((ORACLE / "wine_clmm.json").read_text())
MORE = json.loads((ORACLE / "mixed_effects.json").read_text())

# `clmm` of ordinal 2022.11-16 takes cloglog for loglog and the reverse: without variance between groups it does not
# reproduce `clm`, whose definition is the documented one and ours.
SWAPPED_IN_R = {"cloglog": "loglog", "loglog": "cloglog"}


def counted(name, outcome, **levels):
    data = pd.read_csv(ORACLE / name)
    data[outcome] = pd.Categorical(data[outcome], ordered=True)
    for column in data.columns.drop([outcome, "count"], errors="ignore"):
        data[column] = pd.Categorical(data[column], levels.get(column))
    return data


@pytest.fixture(scope="module")
def wine():
    data = counted("wine.csv", "rating")
    return data.assign(count=1)


@pytest.fixture(scope="module")
def units():
    return counted("units.csv", "answer", section=["admin", "policy", "other"])


def same_as_r(result, oracle):
    tolerance = 1e-2 if result.link == "cauchit" else TOLERANCE
    se_tolerance = max(tolerance, 3e-4 if result.n_agq == 1 else 0)
    assert result.llf == pytest.approx(oracle["loglik"], abs=tolerance)
    sd = oracle.get("sd", oracle.get("sd_judge"))
    assert result.group_sd == pytest.approx(abs(sd), abs=tolerance)
    assert result.params.to_numpy() == pytest.approx(list(oracle["coef"].values()), abs=tolerance)
    assert result.thresholds.to_numpy() == pytest.approx(list(oracle["thresholds"].values()), abs=tolerance)
    se = oracle["se"] if isinstance(oracle["se"], list) else list(oracle["se"].values())
    assert result.bse.to_numpy() == pytest.approx(se[:-1], abs=se_tolerance)
    assert result.group_sd_se / result.group_sd == pytest.approx(se[-1], abs=se_tolerance)
    effects = result.group_effects
    ranef = oracle["ranef"] if isinstance(oracle["ranef"], list) else list(oracle["ranef"].values())
    assert effects["estimate"].to_numpy() == pytest.approx(ranef, abs=tolerance)
    assert effects["std_error"].to_numpy() ** 2 == pytest.approx(oracle["condVar"], abs=tolerance)


@pytest.mark.parametrize(("n_agq", "name"), [(1, "laplace"), (10, "nAGQ10"), (25, "nAGQ25")])
def test_wine_is_as_in_r(wine, n_agq, name):
    same_as_r(fit_clmm("rating ~ temp + contact", wine, group="judge", n_agq=n_agq), WINE[name])


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize(("n_agq", "name"), [(1, "wine_laplace"), (10, "wine")])
def test_every_link_is_as_in_r(wine, link, n_agq, name):
    result = fit_clmm("rating ~ temp + contact", wine, group="judge", n_agq=n_agq, link=link)
    same_as_r(result, MORE[name][SWAPPED_IN_R.get(link, link)])


@pytest.mark.parametrize(
    ("name", "formula", "options"),
    [
        ("agq10", "answer ~ section + leader", {}),
        ("laplace", "answer ~ section + leader", {"n_agq": 1}),
        ("probit5", "answer ~ section * leader", {"n_agq": 5, "link": "probit"}),
    ],
)
def test_counts_are_as_in_r(units, name, formula, options):
    same_as_r(fit_clmm(formula, units, group="unit", weights="count", **options), MORE["units"][name])


@pytest.mark.parametrize(("n_agq", "name"), [(1, "laplace"), (10, "agq10")])
def test_many_small_groups_are_as_in_r(n_agq, name):
    soup = counted("soup.csv", "SURENESS")
    same_as_r(fit_clmm("SURENESS ~ PROD", soup, group="RESP", weights="count", n_agq=n_agq), MORE["soup"][name])


def test_counts_and_rows_agree(units):
    rows = units.loc[units.index.repeat(units["count"])].drop(columns="count")
    counts = fit_clmm("answer ~ section + leader", units, group="unit", weights="count")
    one_by_one = fit_clmm("answer ~ section + leader", rows, group="unit")
    assert one_by_one.optimum.theta == pytest.approx(counts.optimum.theta, abs=1e-9)
    assert one_by_one.nobs == counts.nobs == units["count"].sum()


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("n_agq", [1, 4, 10])
def test_the_gradient_is_that_of_the_approximation(units, link, n_agq):
    result = fit_clmm("answer ~ section + leader", units, group="unit", weights="count", link=link)
    theta = result.optimum.theta + 0.05 * np.cos(np.arange(len(result.optimum.theta)))

    def value(at):
        return integrate(result.cells, at[None], n_agq).log_likelihood.sum()

    steps = 1e-5 * np.eye(len(theta))
    numeric = [(value(theta + step) - value(theta - step)) / 2e-5 for step in steps]
    analytic = integrate(result.cells, theta[None], n_agq).score.sum(axis=0)[0]
    assert analytic == pytest.approx(numeric, abs=2e-5)


def test_the_integral_is_that_of_brute_force(units):
    result = fit_clmm("answer ~ section + leader", units, group="unit", weights="count", n_agq=20)
    theta, cells = result.optimum.theta, result.cells
    grid = np.linspace(-8, 8, 4001)
    upper, lower = cells.upper @ theta[:-1], cells.lower @ theta[:-1]
    shift = theta[-1] * grid
    low = np.where(cells.has_lower[:, None], lower[:, None] - shift, -np.inf)
    high = np.where(cells.has_upper[:, None], upper[:, None] - shift, np.inf)
    log_p = cells.count[:, None] * cells.link.log_interval(low, high)
    height = np.add.reduceat(log_p, cells.starts) - grid**2 / 2 - np.log(2 * np.pi) / 2
    top = height.max(axis=1, keepdims=True)
    brute = top[:, 0] + np.log(np.exp(height - top).sum(axis=1) * (grid[1] - grid[0]))
    assert result.llf == pytest.approx(brute.sum(), abs=1e-8)


def test_numeric_scales_do_not_matter(units):
    scaled = units.assign(year=units["section"].cat.codes.astype(float), days=units["section"].cat.codes * 36525.0)
    year = fit_clmm("answer ~ year", scaled, group="unit", weights="count")
    days = fit_clmm("answer ~ days", scaled, group="unit", weights="count")
    assert days.params["days"] * 36525.0 == pytest.approx(year.params["year"], rel=1e-7)
    assert days.bse["days"] * 36525.0 == pytest.approx(year.bse["year"], rel=1e-5)


def test_latent_summaries_follow_from_the_sd(wine):
    result = fit_clmm("rating ~ temp + contact", wine, group="judge")
    assert result.icc == pytest.approx(result.group_sd**2 / (result.group_sd**2 + np.pi**2 / 3))
    assert result.median_odds_ratio == pytest.approx(np.exp(0.9538725524 * result.group_sd))
    probit = fit_clmm("rating ~ temp + contact", wine, group="judge", link="probit")
    assert probit.icc == pytest.approx(probit.group_sd**2 / (probit.group_sd**2 + 1))
    with pytest.raises(EstimationError, match="odds ratios belong to the logit link"):
        _ = probit.median_odds_ratio
    with pytest.raises(EstimationError, match="has no variance"):
        _ = fit_clmm("rating ~ temp + contact", wine, group="judge", link="cauchit").icc


def test_likelihood_ratio_test_halves_r_p_value(wine):
    result = fit_clmm("rating ~ temp + contact", wine, group="judge", n_agq=1)
    row = result.lr_test().iloc[0]
    oracle = WINE["lrt_judge"]["wl"]
    assert row["statistic"] == pytest.approx(oracle["LR.stat"], abs=TOLERANCE)
    assert row["p_value_chi2"] == pytest.approx(oracle["Pr(>Chisq)"], abs=1e-6)
    assert row["p_value"] == pytest.approx(oracle["Pr(>Chisq)"] / 2, abs=1e-6)
    assert result.aic == pytest.approx(WINE["lrt_judge"]["wl"]["AIC"], abs=TOLERANCE)


def test_intervals(wine):
    result = fit_clmm("rating ~ temp + contact", wine, group="judge")
    wald, profile = result.conf_int(), result.conf_int(method="profile")
    assert list(wald.index) == [*result.names, "sd(judge)"] == list(profile.index)
    sd, se = result.group_sd, result.group_sd_se
    assert wald.loc["sd(judge)"].tolist() == pytest.approx(
        sd * np.exp(np.array([-1, 1]) * 1.959964 * se / sd), rel=1e-6
    )
    for index in (1, 5, 6):
        for end in profile.iloc[index]:
            assert drop(result, index, end) == pytest.approx(3.841459, abs=1e-4)
    assert profile.loc["sd(judge)"].tolist() == pytest.approx(result.group_sd_interval(), abs=1e-6)


def drop(result, index, value):
    """Twice the fall of the log-likelihood with one parameter held, by another optimiser."""
    from scipy.optimize import minimize

    others = np.arange(len(result.optimum.theta)) != index

    def loss(free):
        theta = np.full(len(others), float(value))
        theta[others] = free
        found = integrate(result.cells, theta[None], result.n_agq)
        return 1e6 if found is None else -found.log_likelihood.sum()

    shift = result.covariance[:, index] / result.covariance[index, index] * (value - result.optimum.theta[index])
    start = (result.optimum.theta + shift)[others]
    options = {"fatol": 1e-9, "xatol": 1e-7, "maxiter": 4000, "maxfev": 8000, "adaptive": True}
    return 2 * (minimize(loss, start, method="Nelder-Mead", options=options).fun + result.llf)


def test_no_variance_between_groups_is_a_named_result():
    dealt = counted("units_dealt.csv", "answer", section=["admin", "policy", "other"])
    result = fit_clmm("answer ~ section + leader", dealt, group="unit", weights="count")
    fixed = fit_clm("answer ~ section + leader", dealt, weights="count")
    assert result.boundary
    assert result.group_sd == 0 == result.icc
    assert np.isnan(result.group_sd_se)
    assert result.llf == pytest.approx(MORE["dealt"]["clm_loglik"], abs=1e-6)
    assert result.bse.to_numpy() == pytest.approx(fixed.bse.to_numpy(), rel=1e-9)
    assert (result.group_effects[["estimate", "std_error"]] == 0).all(axis=None)
    assert result.lr_test()[["statistic", "p_value"]].iloc[0].tolist() == [0, 1]
    assert "(boundary)" in repr(result.summary())
    low, high = result.group_sd_interval()
    assert low == 0 < high < 0.3
    assert drop(result_with_unit_covariance(result), len(result.names), high) == pytest.approx(3.841459, abs=1e-3)
    assert result.conf_int().loc["sd(unit)"].isna().all()


def result_with_unit_covariance(result):
    covariance = result.covariance.copy()
    covariance[-1], covariance[:, -1], covariance[-1, -1] = 0, 0, 1
    return replace(result, covariance=covariance)


def test_groups_of_one_and_unanimous_groups_are_fine(units):
    lone = pd.DataFrame({"answer": ["e"], "section": ["policy"], "leader": ["no"], "unit": ["alone"], "count": [1]})
    alike = lone.assign(unit="alike", answer="a", count=12)
    data = pd.concat([units.astype({"answer": str, "section": str, "leader": str, "unit": str}), lone, alike])
    data = data.assign(answer=pd.Categorical(data["answer"], ordered=True), unit=pd.Categorical(data["unit"]))
    data = data.assign(section=pd.Categorical(data["section"]), leader=pd.Categorical(data["leader"]))
    result = fit_clmm("answer ~ section + leader", data, group="unit", weights="count")
    effects = result.group_effects.set_index("group")
    assert effects.loc["alone", "n"] == 1
    assert 0 < effects.loc["alone", "estimate"] < effects["estimate"].max()
    assert effects.loc["alike", "estimate"] == effects["estimate"].min()
    assert effects.loc["alone", "std_error"] > effects.drop("alone")["std_error"].max()


def test_predictions_average_over_groups(wine):
    result = fit_clmm("rating ~ temp + contact", wine, group="judge")
    new = wine.drop_duplicates(["temp", "contact"]).drop(columns="judge")
    average = result.predict(new)
    draws = np.random.default_rng(1).normal(0, result.group_sd, 200_000)
    cuts = result.thresholds.to_numpy()
    simulated = [(1 / (1 + np.exp(-(cut - draws)))).mean() for cut in cuts]
    assert np.cumsum(average.iloc[0])[:-1].to_numpy() == pytest.approx(simulated, abs=3e-3)
    assert average.sum(axis=1).to_numpy() == pytest.approx(1)


def test_sampling_weights_are_scaled_within_groups(units):
    rows = units.loc[units.index.repeat(units["count"])].drop(columns="count")
    plain = fit_clmm("answer ~ section + leader", rows, group="unit")
    rows = rows.assign(weight=rows["unit"].cat.codes.to_numpy() + 1.5)
    weighted = fit_clmm("answer ~ section + leader", rows, group="unit", weights="weight", weight_kind="sampling")
    assert weighted.params.to_numpy() == pytest.approx(plain.params.to_numpy(), abs=1e-6)
    assert weighted.group_sd == pytest.approx(plain.group_sd, abs=1e-6)
    assert not np.allclose(weighted.bse, plain.bse, rtol=1e-3)
    for refused in ("aic", "bic"):
        with pytest.raises(EstimationError, match="sampling weights do not have"):
            getattr(weighted, refused)
    with pytest.raises(EstimationError, match="sampling weights do not have"):
        weighted.lr_test()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"group": "nobody"}, "no such column"),
        ({"group": "leader"}, "the group is also in the formula"),
        ({"group": "answer"}, "the group is also in the formula"),
        ({"group": "unit", "n_agq": 0}, "not a number of nodes"),
        ({"group": "unit", "n_agq": 2.5}, "not a number of nodes"),
        ({"group": "unit", "link": "logot"}, "did you mean 'logit'"),
        ({"group": "unit", "weight_kind": "sampled"}, "no such kind of weight"),
        ({"group": "unit", "weight_kind": "sampling", "weights": None}, "the sampling weights are not named"),
    ],
)
def test_wrong_options_are_named(units, options, text):
    with pytest.raises(UsageError, match=text):
        fit_clmm("answer ~ section + leader", units, **{"weights": "count", **options})


def test_groups_of_plain_strings_are_refused_with_a_hint(units):
    with pytest.raises(DataError, match=r"(?s)unit.*make it a categorical"):
        fit_clmm("answer ~ section", units.astype({"unit": str}), group="unit", weights="count")


def test_odds_ratios(units):
    result = fit_clmm("answer ~ section + leader", units, group="unit", weights="count")
    frame = result.tidy(exponentiate=True)
    assert frame["term"].tolist() == list(result.params.index)
    assert np.log(frame["estimate"]).to_numpy() == pytest.approx(result.params.to_numpy())
    assert list(result.tidy().columns) == list(result.fixed.tidy().columns)


def test_groups_that_cannot_be_told_from_respondents(units):
    rows = units.loc[units.index.repeat(units["count"])].head(60).reset_index(drop=True).drop(columns="count")
    with pytest.raises(EstimationError, match="every group has one respondent"):
        fit_clmm("answer ~ leader", rows.assign(person=range(60)), group="person")
    with pytest.raises(EstimationError, match="needs at least three"):
        fit_clmm("answer ~ leader", rows.assign(half=np.arange(60) % 2), group="half")
    with pytest.raises(EstimationError, match="one value only"):
        fit_clmm("answer ~ leader", rows.assign(one=1), group="one")


def test_groups_without_any_spread_within_are_refused():
    answers = pd.Categorical(np.repeat(["a", "b", "c"], 40), ordered=True)
    data = pd.DataFrame({"answer": answers, "x": np.tile([0.0, 1.0], 60), "unit": np.repeat(range(6), 20)})
    with pytest.raises(EstimationError, match="answers hardly vary within groups"):
        fit_clmm("answer ~ x", data, group="unit")


def test_what_is_the_same_for_all_of_a_group_is_tested_on_the_groups(units):
    seats = units["unit"].cat.codes.to_numpy() % 5
    result = fit_clmm("answer ~ section + leader + seats", units.assign(seats=seats), group="unit", weights="count")
    row = result.tidy().set_index("term").loc["seats"]
    assert row["df"] == 14
    assert row["p_value"] == pytest.approx(2 * scipy.stats.t.sf(abs(row["statistic"]), 14))
    assert row["conf_high"] - row["estimate"] == pytest.approx(scipy.stats.t.ppf(0.975, 14) * row["std_error"])
    others = result.tidy().query("term != 'seats'")
    assert np.isinf(others["df"]).all()
    three = units[units["unit"].isin(["u01", "u02", "u03"])]
    three = three.assign(unit=three["unit"].cat.remove_unused_categories())
    few = three.assign(one=three["unit"].cat.codes, two=three["unit"].cat.codes == 1)
    lost = fit_clmm("answer ~ one + two", few, group="unit", weights="count").tidy().set_index("term")
    assert lost.loc["one", ["df", "p_value", "conf_low"]].isna().all()


def test_what_a_number_makes_of_the_cells_is_worked_on_in_parts():
    """Laplace's approximation and the slopes at no variance went over every respondent at once, and set the peak of a fit."""
    n, draw = 60_000, np.random.default_rng(5)
    cut = draw.integers(0, 5, n)
    outer, x = np.vstack([np.zeros(4), np.eye(4), np.zeros(4)]), draw.normal(size=(n, 3))
    cells = Cells(
        np.hstack([outer[cut + 1], x]),
        np.hstack([outer[cut], x]),
        cut < 4,
        cut > 0,
        np.ones(n),
        np.sort(draw.integers(0, 30, n)),
        LINKS["logit"],
    )
    theta = np.array([-2.0, -1, 1, 2, 0.1, 0.1, 0.1, 0.5])
    for most, work in (
        (10e6, lambda: integrate(cells, theta[None], 1)),
        (6.5e6, lambda: shift_derivatives(cells, theta[:-1])),
    ):
        tracemalloc.start()
        work()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < most
