"""Units against their average, and a predictor of units."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError, UsageError
from evalkit.ordinal.between_units import between_regression, unit_predictor
from evalkit.ordinal.clm import fit_clm
from evalkit.ordinal.deviations import unit_deviations
from evalkit.ordinal.predictions import avg_predictions

ORACLE = Path(__file__).parents[1] / "oracle"


@pytest.fixture(scope="module")
def units():
    data = pd.read_csv(ORACLE / "units.csv")
    return data.assign(
        answer=pd.Categorical(data["answer"], ordered=True),
        **{name: pd.Categorical(data[name]) for name in ("section", "leader", "unit")},
    )


@pytest.fixture(scope="module")
def result(units):
    return fit_clm("answer ~ section + leader + unit", units, weights="count")


def test_log_odds_deviate_from_the_mean_of_all_units(result):
    frame = unit_deviations(result, "unit")
    names = [f"unit[T.u{i:02d}]" for i in range(2, 17)]
    effects = np.append(0.0, result.params[names])
    assert frame["estimate"].to_numpy() == pytest.approx(effects - effects.mean())
    contrast = np.vstack([np.zeros(15), np.eye(15)]) - np.full((16, 15), 1 / 16)
    variance = contrast @ result.cov_params().loc[names, names] @ contrast.T
    assert frame["std_error"].to_numpy() == pytest.approx(np.sqrt(np.diag(variance)))
    assert frame["estimate"].sum() == pytest.approx(0)


def test_the_reference_unit_does_not_matter(units, result):
    turned = units.assign(unit=units["unit"].cat.reorder_categories(units["unit"].cat.categories[::-1]))
    other = fit_clm("answer ~ section + leader + unit", turned, weights="count")
    for options in ({}, {"scale": "probability", "at_least": "d"}):
        one = unit_deviations(result, "unit", **options).set_index("group").drop(columns=["category", "family", "term"])
        two = unit_deviations(other, "unit", **options).set_index("group").loc[one.index, one.columns]
        assert two.to_numpy(dtype=float) == pytest.approx(one.to_numpy(dtype=float), abs=1e-7)


def test_percentage_points_deviate_from_the_average_of_counterfactuals(result):
    frame = unit_deviations(result, "unit", scale="probability", at_least="d")
    means = avg_predictions(result, "unit", method="counterfactual", cumulative=True)
    means = means.loc[means["category"] == ">=d", "estimate"].to_numpy()
    assert frame["estimate"].to_numpy() == pytest.approx(means - means.mean())
    assert set(frame["category"]) == {">=d"}


def test_employees_weigh_in_the_average(result):
    employees = {f"u{i:02d}": 100.0 * i for i in range(1, 17)}
    frame = unit_deviations(result, "unit", weights=employees)
    assert frame["estimate"].to_numpy() @ np.arange(1, 17) == pytest.approx(0, abs=1e-10)
    assert "by their weights" in frame["family"].iloc[0]


def test_p_values_are_adjusted_over_the_family_that_is_stated(result):
    frame = unit_deviations(result, "unit", scale="probability")
    assert set(frame["family"]) == {"16 units x 4 categories against their average, each unit the same"}
    p = np.sort(frame["p_value"])
    by_hand = np.minimum.accumulate((p * len(p) / np.arange(1, len(p) + 1))[::-1])[::-1]
    assert np.sort(frame["p_adjusted"]) == pytest.approx(np.minimum(by_hand, 1))
    assert set(unit_deviations(result, "unit")["family"]) == {"16 units against their average, each unit the same"}


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"unit": "units"}, "no such predictor.*did you mean 'unit'"),
        ({"unit": "unit", "scale": "odds"}, "no such scale"),
        ({"unit": "unit", "at_least": "d"}, "would be ignored"),
        ({"unit": "unit", "scale": "probability", "at_least": "a"}, "no such category above the lowest"),
        ({"unit": "unit", "weights": {"u01": 1.0}}, "weights do not name exactly the units"),
        ({"unit": "unit", "weights": {f"u{i:02d}": -1.0 for i in range(1, 17)}}, "zero or above"),
    ],
)
def test_wrong_arguments_are_named(result, options, text):
    with pytest.raises(UsageError, match=f"(?s){text}"):
        unit_deviations(result, **options)


def test_more_than_one_number_on_the_link_is_refused(units):
    for options in ({"nominal": "~ section"}, {"scale": "~ leader"}):
        result = fit_clm("answer ~ section + leader", units, weights="count", **options)
        with pytest.raises(EstimationError, match="more than one number"):
            unit_deviations(result, "section")
        assert len(unit_deviations(result, "section", scale="probability", at_least="e")) == 3


def test_without_sampling_error_it_is_least_squares():
    rng = np.random.default_rng(5)
    z, effect = rng.normal(size=12), rng.normal(size=12)
    fit = between_regression(effect, 1e-10 * np.eye(12), z)
    design = np.column_stack([np.ones(12), z])
    coefficients, squares, *_ = np.linalg.lstsq(design, effect)
    assert fit.estimate == pytest.approx(coefficients[1], abs=1e-8)
    assert fit.between_sd == pytest.approx(np.sqrt(squares[0] / 10), abs=1e-6)
    assert fit.std_error == pytest.approx(np.sqrt(squares[0] / 10 * np.linalg.inv(design.T @ design)[1, 1]), rel=1e-6)
    assert fit.df == 10


def test_reml_is_that_of_a_grid_with_an_intercept():
    rng = np.random.default_rng(7)
    root = rng.normal(size=(14, 14)) / 8
    covariance, z = root @ root.T + 0.01 * np.eye(14), rng.normal(size=14)
    effect = 0.3 * z + rng.normal(0, 0.4, 14) + rng.multivariate_normal(np.zeros(14), covariance)
    design = np.column_stack([np.ones(14), z])

    def restricted(variance):
        inverse = np.linalg.inv(covariance + variance * np.eye(14))
        information = design.T @ inverse @ design
        residual = effect - design @ np.linalg.solve(information, design.T @ inverse @ effect)
        return np.linalg.slogdet(inverse)[1] - np.linalg.slogdet(information)[1] - residual @ inverse @ residual

    grid = np.linspace(0, 1, 20001)
    best = grid[np.argmax([restricted(variance) for variance in grid])]
    assert between_regression(effect, covariance, z).between_sd ** 2 == pytest.approx(best, abs=1e-4)


def test_predictor_of_units_with_and_without_one(units, result):
    seats = {f"u{i:02d}": float(i % 5) for i in range(1, 17)}
    frame = unit_predictor(result, "unit", seats, name="core groups", without="u03")
    assert frame["group"].tolist() == ["all", "without u03"]
    assert frame["df"].tolist() == [14, 13]
    assert frame["n"].tolist() == [16, 15]
    turned = units.assign(unit=units["unit"].cat.reorder_categories(units["unit"].cat.categories[::-1]))
    other = unit_predictor(
        fit_clm("answer ~ section + leader + unit", turned, weights="count"), "unit", seats, without="u03"
    )
    for column in ("estimate", "std_error", "p_value", "between_sd"):
        assert other[column].to_numpy() == pytest.approx(frame[column].to_numpy(), rel=1e-5)


def test_wrong_predictors_of_units_are_named(result):
    seats = {f"u{i:02d}": float(i % 5) for i in range(1, 17)}
    with pytest.raises(UsageError, match=r"(?s)do not name exactly the units of the model.*u16"):
        unit_predictor(result, "unit", {k: v for k, v in seats.items() if k != "u16"})
    with pytest.raises(UsageError, match="no such unit"):
        unit_predictor(result, "unit", seats, without="u17")
    with pytest.raises(UsageError, match="not a number"):
        unit_predictor(result, "unit", {**seats, "u01": np.nan})
    with pytest.raises(EstimationError, match="the same for all units"):
        unit_predictor(result, "unit", dict.fromkeys(seats, 1.0))
    with pytest.raises(EstimationError, match="too few units"):
        unit_predictor(result, "section", {"admin": 0.0, "policy": 1.0, "other": 2.0})
