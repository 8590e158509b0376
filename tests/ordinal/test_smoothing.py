"""Adjusted differences of binary models, and how far an ordinal model's smoothing moves them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from evalkit.errors import EstimationError, UsageError
from evalkit.ordinal import avg_comparisons, fit_clm, fit_clmm, smoothing_test
from evalkit.ordinal.clm import fit_patterns
from evalkit.ordinal.comparisons import binary_fit, contrast_effects

FORMULA = "Sat ~ Infl + Type + Cont"


def by_statsmodels(housing, given):
    """G-computation by hand: a logit on rows, everybody set to each level of Infl, the delta method by differences."""
    rows = housing.loc[housing.index.repeat(housing["Freq"])]

    def design(frame):
        dummies = pd.get_dummies(frame[["Infl", "Type", "Cont"]], drop_first=True, dtype=float)
        return sm.add_constant(dummies, has_constant="add").to_numpy()

    fit = sm.Logit(rows["Sat"].isin(given).to_numpy(float), design(rows)).fit(disp=0, tol=1e-12)
    levels = housing["Infl"].cat.categories
    sets = [design(rows.assign(Infl=pd.Categorical([level] * len(rows), levels))) for level in levels]

    def differences(params):
        shares = np.array([(1 / (1 + np.exp(-x @ params))).mean() for x in sets])
        return shares[1:] - shares[0]

    steps = 1e-6 * np.eye(len(fit.params))
    jacobian = np.array([(differences(fit.params + s) - differences(fit.params - s)) / 2e-6 for s in steps]).T
    return differences(fit.params), np.sqrt(np.diag(jacobian @ fit.cov_params() @ jacobian.T))


@pytest.mark.parametrize("given", [["High"], ["Medium", "High"], ["Medium"]])
def test_binary_differences_are_those_of_statsmodels(housing, given):
    frame = avg_comparisons(fit_clm(FORMULA, housing, weights="Freq"), "Infl", categories=given, method="binary")
    estimate, error = by_statsmodels(housing, given)
    assert frame["estimate"].to_numpy() == pytest.approx(estimate, abs=1e-7)
    assert frame["std_error"].to_numpy() == pytest.approx(error, abs=1e-6)
    assert set(frame["category"]) == {", ".join(given)}


def test_with_one_predictor_the_binary_difference_is_the_raw_one(housing):
    frame = avg_comparisons(fit_clm("Sat ~ Type", housing, weights="Freq"), "Type", categories="High", method="binary")
    counts = housing.pivot_table("Freq", "Type", "Sat", aggfunc="sum", observed=False)
    share = counts["High"] / counts.sum(axis=1)
    assert frame["estimate"].to_numpy() == pytest.approx((share - share["Tower"]).iloc[1:].to_numpy())


@pytest.mark.parametrize("cov", [{}, {"cov_type": "cluster", "cluster": "place"}])
def test_the_error_of_the_difference_is_that_of_answers_given_a_little_more_weight(housing, cov):
    """The sandwich is the sum of squares of what each respondent moves: moved here one cell at a time."""
    formula, data = "Sat ~ Type + Cont", housing.assign(place=np.arange(len(housing)) % 5)
    data = data.groupby(["Sat", "Type", "Cont", "place"], observed=True)["Freq"].sum().reset_index()
    result = fit_clm(formula, data, weights="Freq", **cov)
    binary = binary_fit(result, ["High"])

    def difference(patterns):
        one = fit_patterns(result.formula, patterns, "logit", "robust").theta
        given = replace(patterns, category=(patterns.category == 2).astype(int), categories=("", "High"))
        other = fit_patterns(result.formula, given, "logit", "robust").theta
        ends = [
            contrast_effects(replace(fit, theta=theta), "Type", categories="High")[1].estimate.ravel()
            for fit, theta in ((result, one), (binary, other))
        ]
        return ends[0] - ends[1]

    patterns, moved = replace(result.patterns, weight_kind="sampling"), []
    for cell in range(len(patterns.w)):
        step = 1e-3 * np.eye(len(patterns.w))[cell]
        ends = [difference(replace(patterns, w=patterns.w + sign * step)) for sign in (1, -1)]
        moved.append((ends[0] - ends[1]) / 2e-3)
    moved, n = np.array(moved), patterns.n[:, None]
    variance = (n * moved**2).sum(axis=0)
    if cov.get("cluster"):
        totals = pd.DataFrame(n * moved).groupby(patterns.psu).sum().to_numpy()
        variance = (totals**2).sum(axis=0)
    frame = smoothing_test(result, "Type", categories="High")
    assert frame["std_error"].to_numpy() == pytest.approx(np.sqrt(variance), rel=1e-4)
    pair = [avg_comparisons(result, "Type", categories="High", method=m)["estimate"] for m in ("model", "binary")]
    assert frame["estimate"].to_numpy() == pytest.approx((pair[0] - pair[1]).to_numpy())


def test_the_smoothing_test_holds_its_level_where_odds_are_proportional():
    draw, rejected = np.random.default_rng(8), []
    for _ in range(80):
        g, x = draw.integers(0, 2, 400), draw.integers(0, 3, 400)
        y = np.searchsorted([-1.2, 0.0, 1.1], 0.5 * g + 0.4 * x + draw.logistic(size=400))
        data = pd.DataFrame({"y": pd.Categorical(y, ordered=True), "g": pd.Categorical(g), "x": pd.Categorical(x)})
        rejected.append(smoothing_test(fit_clm("y ~ g + x", data), "g", categories=[3])["p_value"].iloc[0] < 0.05)
    assert np.mean(rejected) <= 0.125  # of 80, ten: one time in two hundred at five per cent


def test_separated_answers_are_penalised():
    """Nobody in c answered high, which a model of one effect bears and a binary one does not."""
    counts = {"a": (8, 6, 9), "b": (5, 9, 6), "c": (9, 4, 0)}
    rows = [(y, g, n) for g, row in counts.items() for y, n in zip(("low", "mid", "high"), row, strict=True)]
    data = pd.DataFrame(rows, columns=["y", "g", "count"])
    data["y"] = pd.Categorical(data["y"], ["low", "mid", "high"], ordered=True)
    data["g"] = data["g"].astype("category")
    frame = avg_comparisons(fit_clm("y ~ g", data), "g", categories="high", method="binary")
    # Firth's fit of a saturated binary model adds half an answer of each kind to each group.
    shares = [(row[2] + 0.5) / (sum(row) + 1) for row in counts.values()]
    assert frame["estimate"].to_numpy() == pytest.approx(np.array(shares[1:]) - shares[0], abs=1e-6)


def test_wrong_uses_are_named(housing):
    result = fit_clm(FORMULA, housing, weights="Freq")
    mixed = fit_clmm("Sat ~ Infl + Cont", housing, weights="Freq", group="Type")
    for call, error, text in [
        (lambda: avg_comparisons(result, "Infl", method="binary"), UsageError, "some answers or others"),
        (lambda: avg_comparisons(result, "Infl", method="exact"), UsageError, "no such method"),
        (lambda: smoothing_test(result, "Infl", categories=["Low", "Medium", "High"]), EstimationError, "all or none"),
        (lambda: smoothing_test(mixed, "Infl", categories="High"), EstimationError, "without random intercept"),
    ]:
        with pytest.raises(error, match=text):
            call()
