import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError, UsageError
from evalkit.estimate import design_effect, rake, trim_weights

FRAME = pd.DataFrame(
    {"unit": ["north", "north", "south", "south"], "role": ["leader", "staff"] * 2, "population": [20, 80, 30, 70]}
)


@pytest.fixture(scope="module")
def data():
    draw = np.random.default_rng(2)
    return pd.DataFrame(
        {"unit": draw.choice(["north", "south"], 60), "role": draw.choice(["leader", "staff"], 60, p=[0.3, 0.7])}
    )


def test_each_margin_is_met(data):
    weights = rake(data, ["unit", "role"], frame=FRAME)
    assert weights.groupby(data["unit"]).sum().to_numpy() == pytest.approx([100, 100], rel=1e-10)
    assert weights.groupby(data["role"]).sum().to_numpy() == pytest.approx([50, 150], rel=1e-10)


def test_a_crossing_is_post_stratification(data):
    weights = rake(data, [("unit", "role")], frame=FRAME)
    sizes = data.groupby(["unit", "role"]).size()
    expected = FRAME.set_index(["unit", "role"])["population"] / sizes
    assert weights.to_numpy() == pytest.approx([expected[tuple(row)] for row in data.to_numpy()])
    given = {("unit", "role"): FRAME.set_index(["unit", "role"])["population"].to_dict()}
    assert rake(data, given).to_numpy() == pytest.approx(weights.to_numpy())


def test_patterns_are_weighted_as_their_respondents(data):
    patterns = data.value_counts().reset_index()
    weights = rake(patterns, ["unit", "role"], frame=FRAME)
    each = rake(data, ["unit", "role"], frame=FRAME)
    assert (weights * patterns["count"]).sum() == pytest.approx(200)
    assert design_effect(weights, patterns["count"]) == pytest.approx(design_effect(each))


def test_responses_without_a_level_are_an_error_or_left_out(responses, answers):
    margins = {"unit": {"north": 150, "south": 90, "west": 50}, "role": {"leader": 60, "staff": 230}}
    with pytest.raises(EstimationError, match="in no level of a margin"):
        rake(responses, margins)
    weights = rake(responses, margins, incomplete="leave_out")
    assert (weights[np.asarray(answers["role"]) == "blank"] == 0).all()
    assert weights.sum() == pytest.approx(290)


@pytest.mark.parametrize(
    ("margins", "message"),
    [
        ({"unit": {"north": 100, "south": 100}, "role": {"leader": 50, "staff": 149}}, "different totals"),
        ({"unit": {"north": 100, "south": 90, "west": 10}}, "not in the sample"),
        ({"unit": {"north": 200}}, "a level has no total"),
        ({"unit": {"north": 200, "south": 0}}, "nobody in the population"),
        ({}, "different totals"),
    ],
)
def test_margins_that_cannot_be_met_are_refused(data, margins, message):
    with pytest.raises(EstimationError, match=message):
        rake(data, margins)


def test_a_level_without_respondents_is_never_merged(data):
    data = data.assign(unit=pd.Categorical(data["unit"], categories=["north", "south", "west"]))
    with pytest.raises(
        EstimationError, match=r"unit: west: a level of a margin has no respondents[\s\S]*nothing is merged"
    ):
        rake(data, {"unit": {"north": 100, "south": 90, "west": 10}})


def test_no_convergence_is_an_error():
    data = pd.DataFrame({"a": ["x", "y", "y"], "b": ["u", "u", "v"]})
    with pytest.raises(EstimationError, match="do not converge"):
        rake(data, {"a": {"x": 60, "y": 40}, "b": {"u": 50, "v": 50}}, max_iterations=200)
    with pytest.raises(UsageError, match="totals are not known"):
        rake(data, ["a"])


def test_trimming_says_what_it_did():
    weights = pd.Series([0.2, 1.0, 1.0, 1.0, 4.8, 0.0])
    trimmed = trim_weights(weights, 0.5, 2)
    assert (trimmed.raised, trimmed.lowered) == (1, 1)
    assert trimmed.weights.sum() == pytest.approx(8)
    assert trimmed.weights[5] == 0
    assert trimmed.moved == pytest.approx(np.abs(trimmed.weights - weights).sum() / 2 / 8)
    with pytest.raises(UsageError, match="do not have 1 between them"):
        trim_weights(weights, 1.5, 2)


def test_the_design_effect_is_kishs():
    weights = np.array([1.0, 2.0, 3.0, 0.0])
    assert design_effect(weights) == pytest.approx(3 * 14 / 36)
    assert design_effect(weights) == pytest.approx(1 + weights[:3].var() / weights[:3].mean() ** 2)


@pytest.mark.parametrize(
    ("weights", "message"), [([0.0, 0.0], "no respondent"), ([1.0, np.nan], "missing"), ([-1.0, 1.0], "negative")]
)
def test_weights_that_are_none_are_refused(weights, message):
    with pytest.raises(EstimationError, match=message):
        design_effect(weights)
