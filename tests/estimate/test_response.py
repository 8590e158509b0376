import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit.data import CleaningLog
from evalkit.errors import EstimationError, UsageError
from evalkit.estimate import (
    Dispositions,
    arrivals,
    balance_from_counts,
    dispositions,
    r_indicator,
    response_balance,
    response_rates,
    response_rates_from_counts,
    response_table,
)

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
    over = {
        base: Dispositions(1969, no_answer=base - 1969).rates().set_index("term")["estimate"] for base in (4691, 4702)
    }
    assert round(100 * over[4691]["RR2"], 2) == 41.97
    assert round(100 * over[4702]["RR2"], 2) == 41.88


def test_aapor_rates_with_partial_answers_and_unknown_eligibility():
    table = Dispositions(complete=50, partial=10, break_off=5, no_answer=35, ineligible=7, unknown=20)
    rates = table.rates(eligible=0.5).set_index("term")["estimate"]
    expected = {"RR1": 50 / 120, "RR2": 60 / 120, "RR3": 50 / 110, "RR4": 60 / 110, "RR5": 0.5, "RR6": 0.6}
    assert rates.to_dict() == pytest.approx(expected)


def test_dispositions_come_from_the_log(responses):
    log = CleaningLog(150, 120, {"break_off": 20, "nothing_answered": 4, "duplicate": 6}, {})
    kinds = pd.Categorical(["partial"] * 9 + ["complete"] * 111, categories=["complete", "partial"])
    answered = type(responses)(responses.study, responses.data.assign(response_kind=kinds), log)
    assert dispositions(answered) == Dispositions(111, 9, break_off=24, no_answer=290 - 144)


def test_more_answers_than_people_is_an_error(responses):
    with pytest.raises(EstimationError, match="below 0"):
        dispositions(responses, base=100)


def test_rates_by_unit(responses, answers):
    table = response_rates(responses, "unit", frame=FRAME, detail=True).set_index("group")
    north = list(answers["unit"]).count("north")
    assert table.loc["north", "estimate"] == pytest.approx(north / 140)
    assert table["gap"].sum() == pytest.approx(0)
    crossed = response_rates(responses, ["unit", "role"], frame=FRAME, detail=True)
    assert crossed["count"].sum() == sum(role != "blank" for role in answers["role"])


def test_response_is_a_table_to_be_protected(responses):
    table = response_table(responses, ["unit", "role"], FRAME)
    assert (table.id, table.dims, table.answer) == ("response_by_unit_role", ("unit", "role", "response"), "response")
    assert table.total == 290


def test_balance_is_measured_before_it_is_tested(responses, answers):
    table = response_balance(responses, "unit", FRAME).set_index("term")
    count = np.array([list(answers["unit"]).count(unit) for unit in ("north", "south", "west")])
    gap = count / 120 - np.array([140, 90, 60]) / 290
    assert table.loc["dissimilarity", "estimate"] == pytest.approx(np.abs(gap).sum() / 2)
    assert table.loc["largest_gap", "group"] == ["north", "south", "west"][np.abs(gap).argmax()]
    test = stats.chi2_contingency(np.stack([count, [140, 90, 60] - count]), correction=False)
    assert table.loc["chi_square", ["statistic", "df", "p_value"]].to_numpy(float) == pytest.approx(
        [test.statistic, 2, test.pvalue]
    )


@pytest.mark.parametrize(
    ("counts", "population", "message"),
    [
        ([5, 0], [5, 0], "nobody or everybody"),
        ([0, 0], [5, 5], "nobody or everybody"),
        ([6, 1], [5, 9], "more people"),
        ([1, 1], [5, np.nan], "no size"),
    ],
)
def test_balance_that_cannot_be_had(counts, population, message):
    with pytest.raises(EstimationError, match=message):
        balance_from_counts(counts, population, ["a", "b"])


def test_an_empty_group_has_no_rate():
    table = response_rates_from_counts([3, 0], [10, 0], ["a", "b"])
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
        (FRAME.drop(columns="role"), UsageError, "no such group"),
        (FRAME.assign(population=[0, 0, 0, 140, 90, 60]), EstimationError, "more people"),
        (None, UsageError, "there is no frame"),
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
    table = arrivals(responses)
    assert len(table) == 12
    assert table["cumulative"].iloc[-1] == 120
    assert list(table.loc[table["reminder"], "date"]) == [pd.Timestamp("2024-03-08")]
    undated = type(responses)(responses.study, responses.data.drop(columns="submitted_on"), responses.log)
    with pytest.raises(UsageError, match="no dates"):
        arrivals(undated)
