import datetime

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from evalkit.errors import EstimationError, UsageError
from evalkit.estimate import early_and_late, nonresponse_bounds, proportions, reading_members
from evalkit.study import Headline


def turned(given, asked, population, **limits):
    """Return how a share of `given` of `asked` answers stands up, the rest of the population not having answered."""
    data = pd.DataFrame({"y": ["yes", "no"], "count": [given, asked - given]})
    headline = Headline(item="y", categories=("yes",), label={"en": "say yes"}, **limits)
    return nonresponse_bounds(data, headline, population=population).iloc[0]


def test_the_example_of_those_who_had_heard_of_the_strategy():
    row = turned(69, 100, 100 / 0.42, above=0.5)
    assert round(row["turning_share"], 2) == 0.36
    assert round(row["turning_odds_ratio"], 2) == 0.26
    assert not row["holds_whatever"]


def test_worst_case_bounds():
    row = turned(69, 100, 100 / 0.42)
    assert (row["worst_low"], row["worst_high"]) == (pytest.approx(0.2898), pytest.approx(0.8698))


@pytest.mark.parametrize(
    ("given", "population", "holds"), [(90, 125, True), (90, 200, False), (100, 100 / 0.6, True), (90, 100, True)]
)
def test_a_figure_that_nobody_could_turn(given, population, holds):
    row = turned(given, 100, population, above=0.5)
    assert row["holds_whatever"] == holds
    assert np.isnan(row["turning_share"]) == holds


def test_a_headline_and_its_conclusion(responses):
    headline = Headline(item="belonging", categories=("some", "great"), label={"en": "belong"}, above=0.5)
    row = nonresponse_bounds(responses, headline).iloc[0]
    share = proportions(responses, "belonging", categories=["some", "great"], base="all", frame=290).iloc[0]
    assert (row["estimate"], row["conf_low"]) == (pytest.approx(share["estimate"]), pytest.approx(share["conf_low"]))
    assert row["response_rate"] == pytest.approx(120 / 290)
    turned = row["response_rate"] * row["estimate"] + (1 - row["response_rate"]) * row["turning_share"]
    assert turned == pytest.approx(0.5)
    assert row["holds"]
    assert not row["holds_whatever"]


@pytest.mark.parametrize(
    ("limits", "holds", "turns"), [({}, None, False), ({"above": 0.7}, False, False), ({"below": 0.7}, True, True)]
)
def test_conclusions_declared_or_not(limits, holds, turns):
    row = turned(60, 100, 250, **limits)
    assert row["holds"] == holds or (holds is None and row["holds"] is None)
    assert np.isnan(row["turning_share"]) != turns


def test_where_nobody_answered_there_are_no_bounds():
    data = pd.DataFrame({"y": pd.Categorical([None, None], categories=["yes", "no"])})
    row = nonresponse_bounds(data, "y", categories=["yes"], population=20).iloc[0]
    assert row["response_rate"] == 0.1
    assert row[["estimate", "worst_low", "worst_high"]].isna().all()


def test_early_and_late(study, answers, make_responses):
    days = pd.to_datetime(["2024-03-05"] * 70 + ["2024-03-08"] * 50)
    late = make_responses(study, answers, submitted_on=days)
    table = early_and_late(late, "belonging", ["great"]).set_index("group")
    shares = [
        [a for a in part if a in {"none", "some", "great"}]
        for part in (answers["belonging"][:70], answers["belonging"][70:])
    ]
    early, later = (part.count("great") for part in shares)
    assert table.loc["early", "estimate"] == pytest.approx(early / len(shares[0]))
    low, high = confint_proportions_2indep(later, len(shares[1]), early, len(shares[0]), method="newcomb")
    got = table.loc["late - early", ["conf_low", "conf_high"]]
    assert got.to_numpy(float) == pytest.approx([low, high], abs=1e-6)


def test_without_late_answers_there_is_nothing_to_compare(responses):
    with pytest.raises(EstimationError, match="nobody late"):
        early_and_late(responses, "belonging", ["great"], cut=datetime.date(2024, 3, 15))
    with pytest.raises(UsageError, match="no such answer"):
        early_and_late(responses, "belonging", ["grand"])
    undated = type(responses)(responses.study, responses.data.drop(columns="submitted_on"), responses.log)
    with pytest.raises(EstimationError, match="no dates"):
        early_and_late(undated, "belonging", ["great"])


def test_a_figure_under_each_reading_of_the_scale(responses):
    found = proportions(responses, "belonging", reading=["as_printed", "some_or_more"], base="valid")
    table = found.set_index(["reading", "category"])["estimate"]
    assert table["some_or_more", "great"] == pytest.approx(table["as_printed", "great"] + table["as_printed", "some"])
    assert table.groupby("reading").sum().to_numpy() == pytest.approx([1, 1])
    scale = responses.study.codebook.variable("belonging").scale
    assert reading_members(scale, "some_or_more") == {"great": ("great", "some"), "none": ("none",)}
    with pytest.raises(UsageError, match="no such reading"):
        proportions(responses, "role", reading="some_or_more")
