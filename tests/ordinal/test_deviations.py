"""Units against their average."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError, UsageError
from evalkit.ordinal.clm import fit_clm
from evalkit.ordinal.comparisons import avg_predictions, unit_deviations

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
    for options in ({}, {"categories": ["d", "e"]}):
        one = unit_deviations(result, "unit", **options).set_index("group").drop(columns=["category", "family", "term"])
        two = unit_deviations(other, "unit", **options).set_index("group").loc[one.index, one.columns]
        assert two.to_numpy(dtype=float) == pytest.approx(one.to_numpy(dtype=float), abs=1e-7)


def test_percentage_points_deviate_from_the_average_of_counterfactuals(result):
    frame = unit_deviations(result, "unit", categories=["d", "e"])
    means = avg_predictions(result, "unit", method="counterfactual", categories=["d", "e"])["estimate"].to_numpy()
    assert frame["estimate"].to_numpy() == pytest.approx(means - means.mean())
    assert set(frame["category"]) == {"d, e"}


def test_without_smoothing_and_other_predictors_units_deviate_as_their_shares_do(units):
    """A binary model of units alone has their raw shares; by hand, with the variance of independent shares."""
    high = units["answer"].isin(["d", "e"])
    n = units.groupby("unit", observed=True)["count"].sum()
    share = units[high].groupby("unit", observed=True)["count"].sum() / n
    frame = unit_deviations(
        fit_clm("answer ~ unit", units, weights="count"), "unit", categories=["d", "e"], method="binary"
    )
    assert frame["estimate"].to_numpy() == pytest.approx((share - share.mean()).to_numpy(), abs=1e-8)
    centring = np.eye(16) - 1 / 16
    variance = np.diag(centring @ np.diag(share * (1 - share) / n) @ centring)
    assert frame["std_error"].to_numpy() == pytest.approx(np.sqrt(variance), abs=1e-7)
    assert set(frame["category"]) == {"d, e"}


def test_employees_weigh_in_the_average(result):
    employees = {f"u{i:02d}": 100.0 * i for i in range(1, 17)}
    frame = unit_deviations(result, "unit", weights=employees)
    assert frame["estimate"].to_numpy() @ np.arange(1, 17) == pytest.approx(0, abs=1e-10)
    assert "by their weights" in frame["family"].iloc[0]


def test_intervals_and_p_values_are_adjusted_over_the_family_that_is_stated(result):
    frame = unit_deviations(result, "unit")
    names = [f"unit[T.u{i:02d}]" for i in range(2, 17)]
    contrast = np.vstack([np.zeros(15), np.eye(15)]) - np.full((16, 15), 1 / 16)
    covariance = contrast @ result.cov_params().loc[names, names].to_numpy() @ contrast.T
    error = np.sqrt(covariance.diagonal())
    draws = np.random.default_rng(0).multivariate_normal(np.zeros(16), covariance / np.outer(error, error), 200_000)
    largest = np.abs(draws).max(axis=1)
    statistic = np.abs(frame["estimate"] / error)
    adjusted = [(largest >= each).mean() for each in statistic]
    assert frame["p_adjusted"].to_numpy() == pytest.approx(np.array(adjusted), abs=0.012)
    reach = (frame["conf_high"] - frame["estimate"]) / error
    assert reach.to_numpy() == pytest.approx(np.full(16, np.quantile(largest, 0.95)), abs=0.03)
    assert ((frame["conf_low"] > 0) | (frame["conf_high"] < 0)).tolist() == (frame["p_adjusted"] < 0.05).tolist()
    assert set(unit_deviations(result, "unit")["family"]) == {"16 units against their average, each unit the same"}


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"unit": "units"}, "no such predictor.*did you mean 'unit'"),
        ({"unit": "unit", "categories": ["d", "f"]}, "no such category"),
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
        assert len(unit_deviations(result, "section", categories="e")) == 3
