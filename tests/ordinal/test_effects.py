"""Average predictions and comparisons against R, and their standard errors by an independent route.

Tolerance: 1e-6 against R's numerical Jacobians on `ordinal::clm`.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import UsageError
from evalkit.ordinal.clm import fit_clm
from evalkit.ordinal.clmm import fit_clmm
from evalkit.ordinal.comparisons import avg_comparisons, avg_predictions
from evalkit.ordinal.links import LINKS

ORACLE = Path(__file__).parents[1] / "oracle"
MORE = json.loads((ORACLE / "mixed_effects.json").read_text())
HOUSING = json.loads((ORACLE / "housing.json").read_text())
WINE = json.loads((ORACLE / "wine_clm.json").read_text())
LEVELS = {
    "Sat": ["Low", "Medium", "High"],
    "Infl": ["Low", "Medium", "High"],
    "Type": ["Tower", "Apartment", "Atrium", "Terrace"],
    "Cont": ["Low", "High"],
    "section": ["admin", "policy", "other"],
}


def read(name, outcome):
    data = pd.read_csv(ORACLE / name)
    for column in data.columns.drop([outcome, "count", "Freq", "response"], errors="ignore"):
        data[column] = pd.Categorical(data[column], LEVELS.get(column))
    data[outcome] = pd.Categorical(data[outcome], LEVELS.get(outcome), ordered=True)
    return data


@pytest.fixture(scope="module")
def housing():
    return fit_clm("Sat ~ Infl + Type + Cont", read("housing.csv", "Sat"), weights="Freq")


@pytest.fixture(scope="module")
def units():
    return read("units.csv", "answer")


def same(frame, key, oracle):
    """Compare the rows of each group or contrast with R's estimate and standard error."""
    assert len(frame.groupby(key, sort=False)) == len(oracle)
    for (_, rows), expected in zip(frame.groupby(key, sort=False), oracle.values(), strict=True):
        assert rows["estimate"].to_numpy() == pytest.approx(expected["est"], abs=1e-6)
        assert rows["std_error"].to_numpy() == pytest.approx(expected["se"], abs=1e-6)


def of_variable(oracle, variable):
    return {name: value for name, value in oracle.items() if name.startswith(variable)}


@pytest.mark.parametrize("variable", ["Infl", "Type", "Cont"])
def test_housing_effects_are_as_in_r(housing, variable):
    same(avg_comparisons(housing, variable), "contrast", of_variable(HOUSING["ame"], variable))


@pytest.mark.parametrize("variable", ["temp", "contact"])
def test_wine_effects_are_as_in_r(variable):
    result = fit_clm("rating ~ temp + contact", read("wine.csv", "rating"))
    same(avg_comparisons(result, variable), "contrast", of_variable(WINE["ame"], variable))


def test_predictions_at_given_values_are_those_of_clm(housing):
    oracle = HOUSING["pred"]
    at = pd.DataFrame(oracle["newdata"])
    frame = housing.predict({"Type": ["Tower", "Apartment"], "Cont": "Low", "Infl": LEVELS["Infl"]}, interval=True)
    assert frame["group"].iloc[0] == "Tower, Low, Low"
    assert list(at["Infl"]) == LEVELS["Infl"] * 2
    for column, key in [("estimate", "fit"), ("std_error", "se.fit"), ("conf_low", "lwr"), ("conf_high", "upr")]:
        expected = np.array(oracle["clm_interval"][key])
        assert frame[column].to_numpy().reshape(6, 3) == pytest.approx(expected, abs=1e-6)


def all_effects(result, variable, oracle):
    same(avg_predictions(result, variable), "group", oracle["observed"])
    same(avg_predictions(result, variable, method="counterfactual"), "group", oracle["counterfactual"])
    same(avg_comparisons(result, variable), "contrast", oracle["comparisons"])
    upper = [result.categories[cut:] for cut in range(1, len(result.categories))]
    frames = [avg_comparisons(result, variable, categories=codes) for codes in upper]
    same(pd.concat(frames), "contrast", oracle["at_least"])


@pytest.mark.parametrize("link", [link for link in LINKS if link != "cauchit"])
def test_every_link_is_as_in_r(units, link):
    result = fit_clm("answer ~ section + leader", units, weights="count", link=link)
    all_effects(result, "section", MORE["effects"][link])


def test_nominal_effects_are_as_in_r(units):
    result = fit_clm("answer ~ section", units, weights="count", nominal="~ leader")
    all_effects(result, "leader", MORE["effects_nominal"])


def test_scale_effects_are_as_in_r(units):
    result = fit_clm("answer ~ section + leader", units, weights="count", scale="~ section")
    all_effects(result, "section", MORE["effects_scale"])


def test_interactions_are_as_in_r(units):
    result = fit_clm("answer ~ section * leader", units, weights="count")
    all_effects(result, "section", MORE["effects_interaction"])


def test_numbers_are_raised_by_one_or_differentiated(units):
    scored = units.assign(score=units["unit"].astype(str).str[1:].astype(int) % 5)
    result = fit_clm("answer ~ section + score", scored, weights="count")
    same(avg_comparisons(result, "score"), "contrast", {"": MORE["effects_numeric"]["plus_one"]})
    same(avg_comparisons(result, "score", step=None), "contrast", {"": MORE["effects_numeric"]["slope"]})
    assert set(avg_comparisons(result, "score")["contrast"]) == {"+1"}
    assert set(avg_comparisons(result, "score", step=None)["contrast"]) == {"dY/dX"}


@pytest.mark.parametrize("method", ["observed", "counterfactual"])
def test_everybody_together_is_the_plain_average(housing, method):
    frame = avg_predictions(housing, method=method)
    counts = housing.patterns.counts
    average = counts.sum(axis=1) @ housing.likelihood.probabilities(housing.theta) / counts.sum()
    assert frame["estimate"].to_numpy() == pytest.approx(average)
    assert set(frame["group"]) == {"all"}
    assert set(frame["n"]) == {1681}


def test_probabilities_sum_to_one_and_differences_to_nothing(housing):
    by = avg_predictions(housing, by=["Infl", "Cont"])
    assert by.groupby("group", sort=False)["estimate"].sum().to_numpy() == pytest.approx(1)
    assert by["n"].groupby(by["group"]).first().sum() == 1681
    assert avg_comparisons(housing, "Type").groupby("contrast")["estimate"].sum().to_numpy() == pytest.approx(0)


def test_comparisons_are_differences_of_counterfactual_predictions(housing):
    means = avg_predictions(housing, "Infl", method="counterfactual").pivot_table("estimate", "group", "category")
    frame = avg_comparisons(housing, "Infl", reference="High")
    assert list(dict.fromkeys(frame["contrast"])) == ["Low - High", "Medium - High"]
    for row in frame.itertuples():
        level = row.contrast.split(" - ")[0]
        assert row.estimate == pytest.approx(means.loc[level, row.category] - means.loc["High", row.category])


def numeric_std_errors(result, theta, covariance, rebuilt, estimate):
    """Standard errors by central differences in the parameters."""
    steps = 1e-5 * np.eye(len(theta))
    rows = [(estimate(rebuilt(theta + s)) - estimate(rebuilt(theta - s))) / 2e-5 for s in steps]
    jacobian = np.array(rows).T
    return np.sqrt(np.diag(jacobian @ covariance @ jacobian.T))


@pytest.mark.parametrize(
    ("options", "cov"),
    [
        ({}, {"cov_type": "robust"}),
        ({"nominal": "~ leader", "scale": "~ section"}, {}),
        ({"link": "cauchit"}, {"cov_type": "cluster", "cluster": "unit"}),
        ({"link": "cloglog", "scale": "~ leader"}, {"cov_type": "design", "strata": "unit"}),
    ],
)
def test_the_jacobian_is_that_of_finite_differences(units, options, cov):
    rows = units.loc[units.index.repeat(units["count"])].drop(columns="count")
    result = fit_clm(
        "answer ~ section * leader" if not options else "answer ~ section + leader", rows, **options, **cov
    )

    def estimate(at):
        return avg_comparisons(at, "section")["estimate"].to_numpy()

    numeric = numeric_std_errors(
        result, result.theta, result.covariance, lambda theta: replace(result, theta=theta), estimate
    )
    frame = avg_comparisons(result, "section")
    assert frame["std_error"].to_numpy() == pytest.approx(numeric, rel=1e-6)
    reach = frame["conf_high"] - frame["estimate"]
    factor = 1.959964 if np.isinf(result.df_resid) else None
    if factor:
        assert reach.to_numpy() == pytest.approx(factor * frame["std_error"].to_numpy(), rel=1e-6)
    else:
        assert (reach > 1.96 * frame["std_error"]).all()


def test_mixed_effects_average_over_groups_and_carry_the_sd(units):
    result = fit_clmm("answer ~ section + leader", units, group="unit", weights="count")

    def rebuilt(theta):
        return replace(result, theta=theta)

    def estimate(at):
        return avg_predictions(at, "section", method="counterfactual")["estimate"].to_numpy()

    numeric = numeric_std_errors(result, result.optimum.theta, result.covariance, rebuilt, estimate)
    frame = avg_predictions(result, "section", method="counterfactual")
    assert frame["std_error"].to_numpy() == pytest.approx(numeric, rel=1e-6)
    observed = units.pivot_table("count", "section", "answer", aggfunc="sum", observed=False)
    shares = observed.div(observed.sum(axis=1), axis=0).to_numpy().ravel()
    assert avg_predictions(result, "section")["estimate"].to_numpy() == pytest.approx(shares, abs=0.05)


def test_intervals_stay_between_zero_and_one():
    answers = pd.Categorical(["a"] * 60 + ["b"] * 38 + ["c"] * 2, ordered=True)
    data = pd.DataFrame({"answer": answers, "x": pd.Categorical(["u", "v"] * 50)})
    frame = avg_predictions(fit_clm("answer ~ x", data), "x")
    assert ((frame["conf_low"] > 0) & (frame["conf_high"] < 1)).all()
    assert ((frame["conf_low"] < frame["estimate"]) & (frame["estimate"] < frame["conf_high"])).all()


def test_weights_are_carried():
    rows = read("housing.csv", "Sat")
    rows = rows.loc[rows.index.repeat(rows["Freq"])].assign(w=lambda d: 1.0 + (d["Cont"] == "High"))
    result = fit_clm("Sat ~ Infl + Cont", rows, weights="w", weight_kind="sampling")
    probabilities = result.predict(rows)
    average = np.average(probabilities, axis=0, weights=rows["w"])
    assert avg_predictions(result)["estimate"].to_numpy() == pytest.approx(average)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda r: avg_predictions(r, "Inf"), "no such predictor.*did you mean 'Infl'"),
        (lambda r: avg_predictions(r, "Sat"), "no such predictor in the model"),
        (lambda r: avg_predictions(r, "Infl", method="balanced"), "no such method"),
        (lambda r: avg_predictions(r, "Infl", level=95), "a level lies between 0 and 1"),
        (lambda r: avg_comparisons(r, "Freq"), "no such predictor in the model"),
        (lambda r: avg_comparisons(r, "Infl", reference="Lo"), "no such level.*did you mean 'Low'"),
        (lambda r: avg_comparisons(r, "Infl", step=2.0), "a step is for numbers"),
        (lambda r: r.predict({"Infl": "Highest"}), "no such level"),
        (lambda r: r.predict({"Weather": 1}), "no such predictor in the model"),
    ],
)
def test_wrong_arguments_are_named(housing, call, text):
    with pytest.raises(UsageError, match=f"(?s){text}"):
        call(housing)


def test_wrong_arguments_for_numbers_are_named(units):
    result = fit_clm("answer ~ score", units.assign(score=units["section"].cat.codes.astype(float)), weights="count")
    for call, text in [
        (lambda: avg_comparisons(result, "score", reference=1), "a reference is for categories"),
        (lambda: avg_comparisons(result, "score", step=0), "not a step"),
        (lambda: result.predict({"score": "high"}), "not a number"),
        (lambda: result.predict({"score": np.inf}), "not a number"),
    ]:
        with pytest.raises(UsageError, match=text):
            call()


def test_the_group_of_a_random_intercept_is_no_predictor(units):
    result = fit_clmm("answer ~ section", units, group="unit", weights="count")
    with pytest.raises(UsageError, match="no such predictor in the model"):
        avg_predictions(result, "unit")


def numbers(n=400):
    """Answers by a number and two categoricals: every respondent a pattern."""
    draw = np.random.default_rng(3)
    age, part, unit = draw.normal(45, 12, n), draw.integers(0, 3, n), draw.integers(0, 8, n)
    latent = 0.05 * (age - 45) + np.array([0, 0.5, -0.4])[part] + 0.2 * (unit - 3.5) + draw.logistic(size=n)
    return pd.DataFrame(
        {
            "y": pd.Categorical.from_codes(np.searchsorted([-1.0, 0.3, 1.4], latent), list("abcd"), ordered=True),
            "age": age,
            "part": pd.Categorical.from_codes(part, list("pqr")),
            "unit": pd.Categorical.from_codes(unit, [f"u{i}" for i in range(8)]),
        }
    )


@pytest.mark.parametrize("formula", ["y ~ age + part", "y ~ age * part + np.log(age + 100)"])
def test_chunks_are_no_part_of_the_results(monkeypatch, formula):
    data = numbers()

    def found():
        result = fit_clm(formula, data, scale="~ part", cov_type="robust")
        mixed = fit_clmm("y ~ age + part", data, group="unit")
        frames = [
            avg_comparisons(result, ["age", "part"]),
            avg_predictions(result, "part", method="counterfactual"),
            avg_comparisons(mixed, ["age", "part"], by="part"),
        ]
        numbers = [frame[["estimate", "std_error"]].to_numpy().ravel() for frame in frames]
        return np.concatenate([result.theta, result.bse, mixed.optimum.theta, mixed.bse, *numbers])

    whole = found()
    monkeypatch.setattr("evalkit.ordinal.likelihood.CHUNK", 7)
    monkeypatch.setattr("evalkit.ordinal.effects.CHUNK", 7)
    monkeypatch.setattr("evalkit.ordinal.quadrature.BATCH", 50)
    monkeypatch.setattr("evalkit.ordinal.maximise.MANY", 100)
    assert found() == pytest.approx(whole, rel=1e-7, abs=1e-9)


def test_a_number_of_many_values_makes_no_groups():
    result = fit_clm("y ~ age", numbers(1200))
    with pytest.raises(UsageError, match=r"(?s)so many values makes no groups.*age|age.*so many values"):
        avg_predictions(result, "age")


def test_profiles_are_predicted_with_intervals(housing, units):
    oracle = HOUSING["pred"]
    newdata = pd.DataFrame(oracle["newdata"])
    rows = housing.predict(newdata, interval=True)
    assert rows["group"].tolist() == [row for row in newdata.index for _ in range(3)]
    for column, key in [("estimate", "fit"), ("std_error", "se.fit"), ("conf_low", "lwr"), ("conf_high", "upr")]:
        expected = np.array(oracle["clm_interval"][key])
        assert rows[column].to_numpy().reshape(-1, 3) == pytest.approx(expected, abs=1e-6)
    wide = housing.predict({"Type": "Tower", "Cont": "Low", "Infl": ["Low", "High"]})
    plain = housing.predict(pd.DataFrame({"Type": "Tower", "Cont": "Low", "Infl": ["Low", "High"]}))
    assert wide.index.tolist() == ["Tower, Low, Low", "Tower, Low, High"]
    assert wide.to_numpy() == pytest.approx(plain.to_numpy(), abs=1e-12)
    mixed = fit_clmm("answer ~ section + leader", units, group="unit", weights="count")
    profile = {"section": "policy", "leader": "yes"}
    average = mixed.predict(profile, interval=True)
    assert mixed.predict(pd.DataFrame([profile])).to_numpy()[0] == pytest.approx(average["estimate"].to_numpy())
    part = mixed.predict({"section": "policy"}, interval=True)
    whole = avg_predictions(mixed, "section", method="counterfactual").query("group == 'policy'")
    assert part["estimate"].to_numpy() == pytest.approx(whole["estimate"].to_numpy())


def test_the_difference_between_groups_is_that_of_shares_where_the_model_has_all_of_them():
    """With two answers and the interaction the model is the table: a variance is the sum of p (1 - p) / n over four cells."""
    shares = {("a", "x"): (40, 100), ("b", "x"): (70, 120), ("a", "y"): (30, 90), ("b", "y"): (33, 110)}
    rows = [(g, s, answer, n) for (g, s), (yes, of) in shares.items() for answer, n in (("no", of - yes), ("yes", yes))]
    data = pd.DataFrame(rows, columns=["g", "s", "answer", "count"]).astype({"g": "category", "s": "category"})
    data["answer"] = pd.Categorical(data["answer"], ["no", "yes"], ordered=True)
    model = fit_clm("answer ~ g * s", data)
    table = avg_comparisons(model, "g", categories="yes", by="s", between=True).set_index("group")
    assert list(table.index) == ["x", "y", "y - x"]
    p = {cell: yes / of for cell, (yes, of) in shares.items()}
    difference = (p["b", "y"] - p["a", "y"]) - (p["b", "x"] - p["a", "x"])
    variance = sum(p[cell] * (1 - p[cell]) / of for cell, (_, of) in shares.items())
    assert table.loc["y - x", "estimate"] == pytest.approx(difference, abs=1e-8)
    assert table.loc["y - x", "std_error"] == pytest.approx(variance**0.5, rel=1e-6)
    assert table.loc["x", "estimate"] == pytest.approx(p["b", "x"] - p["a", "x"], abs=1e-8)
    with pytest.raises(UsageError, match="no groups to compare"):
        avg_comparisons(model, "g", categories="yes", between=True)
