"""What holds of every estimate: its columns, and that the scale of weights changes nothing."""

import numpy as np
import pandas as pd
import pytest

from evalkit.estimate import (
    association_test,
    battery,
    compare_groups,
    design_effect,
    means,
    multiple_response,
    proportions,
    r_indicator,
    rake,
    rank_test,
    response_rates,
)

COLUMNS = ["term", "group", "category", "contrast", "estimate", "std_error", "statistic", "df", "p_value"]
COLUMNS += ["conf_low", "conf_high", "n"]
GOALS = ["goals_a", "goals_b", "goals_c"]
FRAME = pd.DataFrame(
    {
        "unit": ["north", "south", "west"] * 2,
        "role": ["leader"] * 3 + ["staff"] * 3,
        "population": [60, 40, 30, 80, 60, 40],
    }
)
ESTIMATES = {
    "response_rates": lambda data, **_: response_rates(data, frame=310),
    "response_rates by group": lambda data, **_: response_rates(data, ["unit", "role"], frame=FRAME),
    "r_indicator": lambda data, **_: r_indicator(data, ["unit", "role"], FRAME),
    "proportions": lambda data, **options: proportions(data, "belonging", "unit", frame=FRAME, **options),
    "proportions, crossed": lambda data, **options: proportions(data, "belonging", ["unit", "role"], **options),
    "battery": lambda data, **options: battery(data, GOALS, "role", **options),
    "means": lambda data, **options: means(data, "belonging", "unit", frame=FRAME, **options),
    "compare_groups": lambda data, **options: compare_groups(data, ["belonging", "goals_a"], "unit", **options),
    "compare_groups, shares": lambda data, **options: compare_groups(
        data, "belonging", "role", categories=["great"], **options
    ),
    "multiple_response": lambda data, **options: multiple_response(
        data, "measures" if hasattr(data, "study") else ["ticked_x", "ticked_y"], "unit", frame=FRAME, **options
    ),
}
WEIGHTED = {name: call for name, call in ESTIMATES.items() if not name.startswith("r")} | {
    "association_test": lambda data, **options: association_test(data, "belonging", "unit", **options),
    "rank_test": lambda data, **options: rank_test(data, "belonging", "unit", **options),
    **{
        f"proportions, {method}": lambda data, method=method, **options: proportions(
            data, "belonging", "role", method=method, **options
        )
        for method in ("logit", "beta", "asin", "mean")
    },
}
FRAMED = ("proportions", "means", "multiple_response")
DESIGNS = ({}, {"strata": "role"}, {"strata": "role", "fpc": 500})


@pytest.fixture
def plain(responses):
    return responses.data.assign(**{f"ticked_{p}": responses.data[f"measures_{p}"] == "ticked" for p in "xy"})


@pytest.mark.parametrize("name", ESTIMATES)
def test_estimates_have_the_columns_of_the_contract_alone(responses, plain, name):
    ours, theirs = (ESTIMATES[name](data) for data in (responses, plain))
    assert [c for c in COLUMNS if c in ours.columns] == list(ours.columns)
    assert list(theirs.columns) == list(ours.columns)
    assert len(theirs) == len(ours)


@pytest.mark.parametrize(
    ("name", "design"),
    [(name, design) for name in WEIGHTED for design in DESIGNS if not (name in FRAMED and "fpc" in design)],
    ids=str,
)
def test_the_scale_of_weights_changes_nothing(plain, name, design):
    plain = plain.assign(role=plain["role"].cat.add_categories("none").fillna("none"))
    weights = np.random.default_rng(1).uniform(0.5, 3, len(plain)) * (np.arange(len(plain)) % 9 > 0)
    once, scaled = (WEIGHTED[name](plain, weights=weights * factor, **design) for factor in (1, 7919))
    pd.testing.assert_frame_equal(once, scaled, rtol=1e-9)


def test_the_scale_of_weights_changes_neither_design_effect_nor_what_is_raked(plain):
    weights = np.random.default_rng(1).uniform(0.5, 3, len(plain))
    assert design_effect(weights) == pytest.approx(design_effect(7919 * weights), rel=1e-12)
    once, scaled = (rake(plain, ["unit"], frame=FRAME, weights=weights * factor) for factor in (1, 7919))
    np.testing.assert_allclose(once, scaled, rtol=1e-9)
