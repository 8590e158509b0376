"""Pairs of predictors and concordance against R (tests/oracle/ref_checks.R, 1e-6); calibration against rows in plain pandas."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError, UsageError
from evalkit.ordinal import anova, calibration, fit_clm, fit_clmm, interaction_check, term_tests

ORACLE = pd.read_csv(Path(__file__).parents[1] / "oracle" / "checks.csv").set_index("name")["value"]
MAIN = "Sat ~ Infl + Type + Cont"


def test_pairs_are_those_of_r(housing):
    got = interaction_check(fit_clm(MAIN, housing, weights="Freq"), categories="High")
    assert got["term"].tolist() == ["Infl:Type", "Infl:Cont", "Type:Cont"]
    for _, row in got.iterrows():
        for column, tolerance in {
            "statistic": 1e-6,
            "df": 0,
            "p_value": 1e-6,
            "estimate": 1e-6,
            "std_error": 1e-6,
        }.items():
            assert row[column] == pytest.approx(ORACLE[f"{row['term']}.{column}"], abs=tolerance), (row["term"], column)
    assert (got["contrast"][0], got["group"][0]) == ("Medium - Low", "Apartment - Tower")
    assert got.terms(below=0.05) == ["Infl:Type"]


def test_without_a_likelihood_a_pair_has_wald_s_test(housing):
    options = {"weights": "Freq", "cov_type": "robust", "nominal": "~ Cont"}
    got = interaction_check(fit_clm(MAIN, housing, **options), categories="High").set_index("term")
    wald = term_tests(fit_clm(f"{MAIN} + Infl:Type", housing, **options)).set_index("term")
    for column in ("statistic", "df", "p_value"):
        assert got.loc["Infl:Type", column] == pytest.approx(wald.loc["Infl:Type", column], rel=1e-9)


def test_a_number_is_raised_in_groups_and_two_numbers_have_the_test_alone(survey):
    draw = np.random.default_rng(1)
    rows = survey.assign(age=draw.normal(40, 9, len(survey)), pay=draw.normal(500, 60, len(survey)))
    got = interaction_check(fit_clm("y ~ age + role + pay", rows), categories="great").set_index("term")
    assert (got.loc["age:role", "contrast"], got.loc["age:role", "group"]) == ("+1", "leader - caseworker")
    assert got.loc["age:pay", ["estimate", "contrast"]].isna().all()
    both = anova(fit_clm("y ~ age + role + pay", rows), fit_clm("y ~ age + role + pay + age:pay", rows))
    assert got.loc["age:pay", "statistic"] == pytest.approx(both["statistic"][0], abs=1e-6)


def test_a_pair_that_cannot_be_fitted_has_a_note(housing):
    rows = housing[~((housing["Type"] == "Atrium") & (housing["Cont"] == "High") & (housing["Sat"] != "Low"))]
    got = interaction_check(fit_clm(MAIN, rows, weights="Freq"), categories="High").set_index("term")
    assert np.isnan(got.loc["Type:Cont", "statistic"])
    assert got.loc["Infl:Type", "statistic"] > 0
    assert got.attrs["notes"][0].startswith("Type:Cont: ")


@pytest.mark.parametrize("options", [{}, {"weights": "w", "weight_kind": "sampling"}], ids=["simple", "weighted"])
def test_calibration_is_that_of_rows(survey, options):
    rows = survey.dropna(subset=["y", "role", "section"]).assign(w=lambda d: 1 + np.arange(len(d)) % 3 / 2)
    result = fit_clm("y ~ role + section", rows, **options)
    weight = rows["w"] if options else pd.Series(1.0, rows.index)
    above = 1 - result.predict(rows).cumsum(axis=1)
    got = calibration(result, 4).set_index(["category", "group"])
    for low, category in zip(result.categories, result.categories[1:], strict=False):
        fitted = above[low].round(10)
        size = weight.groupby(fitted).sum()
        middle = ((size.cumsum() - size / 2) / size.sum() * 4).astype(int)
        group = fitted.map(middle.rank(method="dense")).astype(int)
        for name, part in rows.groupby(group):
            row, w = got.loc[(category, name)], weight[part.index]
            assert row["n"] == len(part)
            assert row["fitted"] == pytest.approx(np.average(fitted[part.index], weights=w), abs=1e-8)
            share = np.average(part["y"] >= category, weights=w)
            assert row["estimate"] == pytest.approx(share)
            z, n = 1.959963984540054, w.sum() ** 2 / (w**2).sum()
            ends = [(share - end) ** 2 - z**2 * end * (1 - end) / n for end in row[["conf_low", "conf_high"]]]
            assert ends == pytest.approx([0, 0], abs=1e-10)  # Wilson's ends are where the score test turns


def test_a_mixed_model_is_calibrated_too(wine):
    got = calibration(fit_clmm("rating ~ temp", wine, group="judge"), 2)
    assert got.groupby("category")["n"].sum().tolist() == [72] * 4
    assert got["fitted"].between(0, 1).all()


def test_concordance_is_that_of_r(housing):
    model = fit_clm(MAIN, housing, weights="Freq")
    assert model.concordance == pytest.approx(ORACLE["concordance"], abs=1e-9)
    assert "concordance" in str(model.summary())


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (
            lambda d: interaction_check(fit_clm("Sat ~ Infl", d, weights="Freq"), categories="High"),
            EstimationError,
            "no pair",
        ),
        (
            lambda d: interaction_check(fit_clm("Sat ~ Infl * Type", d, weights="Freq"), categories="High"),
            EstimationError,
            "no pair",
        ),
        (
            lambda d: interaction_check(
                fit_clmm("Sat ~ Infl + Cont", d, group="Type", weights="Freq"), categories="High"
            ),
            EstimationError,
            "random intercept",
        ),
        (lambda d: calibration(fit_clm("Sat ~ Infl", d, weights="Freq"), 1), UsageError, "compared with nothing"),
    ],
)
def test_what_cannot_be_checked_is_refused(housing, call, kind, message):
    with pytest.raises(kind, match=message):
        call(housing)
