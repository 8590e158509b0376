import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit.data import CleaningLog
from evalkit.errors import EstimationError
from evalkit.estimate import compare_groups, r_indicator, response_rates

FRAME = pd.DataFrame(
    {
        "unit": ["north", "south", "west"] * 2,
        "role": ["leader"] * 3 + ["staff"] * 3,
        "population": [40, 20, 20, 100, 70, 40],
    }
)


def test_both_bases_stand_side_by_side(responses):
    table = response_rates(responses).set_index(["term", "group"])
    assert table.loc[("RR2", "base"), "estimate"] == pytest.approx(120 / 290)
    assert table.loc[("RR2", "invited"), "estimate"] == pytest.approx(120 / 300)
    assert table.loc[("RR2", "base"), "n"] == 290


def test_the_rates_published_over_each_base():
    answered = pd.DataFrame({"count": [1969]})
    over = {base: response_rates(answered, frame=base).set_index("term")["estimate"] for base in (4691, 4702)}
    assert round(100 * over[4691]["RR2"], 2) == 41.97
    assert round(100 * over[4702]["RR2"], 2) == 41.88


def test_aapor_rates_with_partial_answers_and_break_offs_come_from_the_log(responses):
    log = CleaningLog(150, 120, {"break_off": 20, "nothing_answered": 4, "duplicate": 6}, {})
    kinds = pd.Categorical(["partial"] * 9 + ["complete"] * 111, categories=["complete", "partial"])
    answered = type(responses)(responses.study, responses.data.assign(response_kind=kinds), log)
    rates = response_rates(answered, frame=290).set_index("term")["estimate"]
    expected = {f"RR{number}": (111 if number % 2 else 120) / 290 for number in range(1, 7)}
    assert rates.to_dict() == pytest.approx(expected)
    with pytest.raises(EstimationError, match="than were asked"):
        response_rates(answered, frame=143)


def test_more_answers_than_people_is_an_error(responses):
    with pytest.raises(EstimationError, match="than were asked"):
        response_rates(responses, frame=100)


def test_rates_by_unit(responses, answers):
    table = response_rates(responses, "unit", frame=FRAME, detail=True).set_index("group")
    north = list(answers["unit"]).count("north")
    assert table.loc["north", "estimate"] == pytest.approx(north / 140)
    assert table["gap"].sum() == pytest.approx(0)
    crossed = response_rates(responses, ["unit", "role"], frame=FRAME, detail=True)
    assert crossed["count"].sum() == sum(role != "blank" for role in answers["role"])


def test_balance_is_measured_before_it_is_tested(responses, answers):
    table = compare_groups(responses, "responded", "unit", frame=FRAME)
    by_category = table.set_index("category")
    count = np.array([list(answers["unit"]).count(unit) for unit in ("north", "south", "west")])
    gap = count / 120 - np.array([140, 90, 60]) / 290
    assert by_category.loc["dissimilarity", "estimate"] == pytest.approx(np.abs(gap).sum() / 2)
    gaps = table[table["category"] == "gap"]
    assert gaps["estimate"].to_numpy() == pytest.approx(gap)
    assert gaps["share_of_answers"].to_numpy() == pytest.approx(count / 120)
    test = stats.chi2_contingency(np.stack([count, [140, 90, 60] - count]), correction=False)
    assert by_category.loc["chi_square", ["statistic", "df", "p_value"]].to_numpy(float) == pytest.approx(
        [test.statistic, 2, test.pvalue]
    )


@pytest.mark.parametrize(
    ("counts", "population", "message"),
    [
        ([5, 0], [5, 0], "nobody or everybody"),
        ([0, 0], [5, 5], "nobody or everybody"),
        ([6, 1], [5, 9], "more people"),
        ([1, 1], None, "no size"),
    ],
)
def test_balance_that_cannot_be_had(counts, population, message):
    data = pd.DataFrame({"g": ["a", "b"], "count": counts})
    sizes = pd.DataFrame({"g": ["a", "b"], "population": population or [np.nan, np.nan]})
    with pytest.raises(EstimationError, match=message):
        compare_groups(data, "responded", "g", frame=sizes)


def test_an_empty_group_has_no_rate():
    data = pd.DataFrame({"g": ["a", "b"], "count": [3, 0]})
    table = response_rates(data, "g", frame=pd.DataFrame({"g": ["a", "b"], "population": [10, 0]}))
    assert table["estimate"].tolist()[0] == 0.3
    assert np.isnan(table["estimate"][1])


def test_the_r_indicator_of_one_variable_in_closed_form(responses, answers):
    table = r_indicator(responses, "unit", FRAME).set_index("term")
    size = np.array([140, 90, 60])
    p = np.array([list(answers["unit"]).count(unit) for unit in ("north", "south", "west")]) / size
    share, mean = size / 290, 120 / 290
    spread = (share * (p - mean) ** 2).sum()
    bias = (share * p * (1 - p) / size).sum()  # the variance of each level's rate
    assert table.loc["R_unadjusted", "estimate"] == pytest.approx(1 - 2 * np.sqrt(spread * 290 / 289))
    assert table.loc["R", "estimate"] == pytest.approx(1 - 2 * np.sqrt(max(spread * 290 / 289 - bias, 0)), abs=1e-9)
    assert table.loc["R", "group"] == "unit"
    assert list(r_indicator(responses, ["unit", "role"], FRAME)["group"]) == ["unit, role"] * 3


@pytest.mark.parametrize(
    ("frame", "kind", "message"),
    [
        (FRAME.drop(columns="role"), EstimationError, "no such group"),
        (FRAME.assign(population=[0, 0, 0, 140, 90, 60]), EstimationError, "more people"),
        (None, EstimationError, "there is no frame"),
    ],
)
def test_an_r_indicator_that_cannot_be_had(responses, frame, kind, message):
    with pytest.raises(kind, match=message):
        r_indicator(responses, ["unit", "role"], frame)


def test_a_level_that_all_answered_has_no_propensity(study, answers, make_responses):
    everyone = make_responses(study, {**answers, "unit": ["west"] * 60 + ["north"] * 60})
    with pytest.raises(EstimationError, match="nobody or everybody of a level"):
        r_indicator(everyone, "unit", FRAME)


def test_arrivals_have_every_day_of_fieldwork(responses):
    table = response_rates(responses, by="day")
    assert len(table) == 12
    assert table["count"].iloc[-1] == 120
    assert table["estimate"].iloc[-1] == pytest.approx(120 / 290)
    assert list(table.loc[table["reminder"], "day"]) == [pd.Timestamp("2024-03-08")]
    undated = type(responses)(responses.study, responses.data.drop(columns="submitted_on"), responses.log)
    with pytest.raises(EstimationError, match="no dates"):
        response_rates(undated, by="day")
