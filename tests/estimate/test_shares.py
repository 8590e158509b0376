import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from evalkit.errors import DataError, EstimationError, UsageError
from evalkit.estimate import (
    association_test,
    battery,
    crosstab,
    multiple_response,
    proportions,
    proportions_from_counts,
    tabulate,
    wilson,
)

FIRST = ["term", "group", "category", "estimate", "std_error", "conf_low", "conf_high", "n"]


@pytest.fixture(scope="module")
def frame():
    return pd.DataFrame({"unit": ["north", "south", "west"], "population": [150, 90, 50]})


def interval(share, effective):
    return tuple(float(end) for end in wilson(share, effective))


def of(table, **where):
    for name, value in where.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_columns_of_the_contract_come_first(responses):
    assert list(proportions(responses, "belonging", "unit").columns) == FIRST
    assert list(proportions(responses, "belonging", "unit", detail=True).columns)[:8] == FIRST
    assert "group" not in proportions(responses, "belonging").columns


def test_shares_are_of_those_who_chose_a_category(responses, answers):
    chosen = [a for a in answers["belonging"] if a in {"great", "some", "none"}]
    row = of(proportions(responses, "belonging"), category="great")
    assert row["n"] == len(chosen)
    assert row["estimate"] == pytest.approx(chosen.count("great") / len(chosen))


def test_shares_of_all_show_missing_answers(responses, answers):
    table = proportions(responses, "belonging", base="all", detail=True)
    assert list(table["category"]) == ["great", "some", "none", "dont_know", "blank"]
    assert table["estimate"].sum() == pytest.approx(1)
    assert of(table, category="dont_know")["count"] == list(answers["belonging"]).count("dont_know")


def test_responses_and_their_data_frame_agree(responses):
    ours = proportions(responses, "belonging", "unit").sort_values(["group", "category"], ignore_index=True)
    plain = proportions(responses.data, "belonging", "unit").sort_values(["group", "category"], ignore_index=True)
    pd.testing.assert_frame_equal(ours, plain)


@pytest.mark.parametrize(
    "made", [pl.from_pandas, lambda data: pl.from_pandas(data).lazy(), lambda data: duckdb.from_df(data)]
)
def test_other_frames_and_pandas_agree(responses, made):
    data = responses.data[["unit", "belonging", "count"]]
    there = proportions(made(data), "belonging", "unit")
    pd.testing.assert_frame_equal(there, proportions(data, "belonging", "unit"))


def test_patterns_and_respondents_agree(responses):
    patterns = responses.data.groupby(["unit", "belonging"], observed=True, as_index=False)["count"].sum()
    got = proportions(patterns, "belonging", "unit")
    full = proportions(responses.data.dropna(subset=["unit", "belonging"]), "belonging", "unit")
    pd.testing.assert_frame_equal(got, full)


def test_counts_give_what_respondents_give(responses, frame):
    table = tabulate(responses, "belonging", "unit").frame
    table = table.assign(group=table["unit"].astype(str), answer=table["belonging"].astype(str))
    everyone = table.groupby("group")["count"].sum()
    valid = table[~table["answer"].isin(["dont_know", "blank"])]
    base = valid.groupby("group")["count"].transform("sum")
    population = valid["group"].map(dict(zip(frame["unit"], frame["population"], strict=True)))
    got = proportions_from_counts(valid["count"], base, population, respondents=valid["group"].map(everyone))
    expected = proportions(responses, "belonging", "unit", frame=frame, detail=True)
    n = got["n"].to_numpy(float)
    smaller = np.sqrt(n / (n - 1) * (responses.total - 1) / responses.total)  # each group is a sample of its own
    ratios = {"std_error": smaller, "std_error_without_fpc": smaller, "deff": smaller**2}
    for column in got.columns:
        wanted = expected[column].to_numpy(float) * ratios.get(column, 1)
        np.testing.assert_allclose(got[column].to_numpy(float), wanted, err_msg=column)


def test_weights_of_one_change_nothing(responses, frame):
    plain = proportions(responses, "belonging", "unit", frame=frame)
    weighted = proportions(responses, "belonging", "unit", frame=frame, weights=np.ones(len(responses.data)))
    pd.testing.assert_frame_equal(plain, weighted)


def test_the_scale_of_weights_does_not_matter(responses, frame):
    weights = pd.Series(np.random.default_rng(1).uniform(0.5, 3, len(responses.data)))
    for options in ({}, {"frame": frame}, {"strata": "unit", "fpc": 5000}):
        once = proportions(responses, "belonging", "unit", weights=weights, **options)
        scaled = proportions(responses, "belonging", "unit", weights=weights * 7919.0, **options)
        pd.testing.assert_frame_equal(once, scaled, rtol=1e-12)


def test_the_interval_is_wilson_with_the_effective_number(responses, frame, answers):
    row = of(proportions(responses, "belonging", "unit", frame=frame, detail=True), group="west", category="some")
    fraction = list(answers["unit"]).count("west") / 50
    assert row["sampling_fraction"] == pytest.approx(fraction)
    low, high = interval(row["estimate"], row["n"] / (1 - fraction))
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((low, high))
    without = interval(row["estimate"], row["n"])
    assert (row["conf_low_without_fpc"], row["conf_high_without_fpc"]) == pytest.approx(without)
    assert row["conf_low_without_fpc"] < row["conf_low"] < row["conf_high"] < row["conf_high_without_fpc"]


def test_a_group_without_a_frame_size_has_no_correction(responses, frame):
    table = proportions(responses, "belonging", "unit", frame=frame[frame["unit"] != "west"], detail=True)
    west = table[table["group"] == "west"]
    assert west["sampling_fraction"].isna().all()
    assert (west["conf_low"] == west["conf_low_without_fpc"]).all()
    other = proportions(responses, "belonging", "role", frame=frame, detail=True)
    assert other["sampling_fraction"].isna().all()


def test_all_who_were_asked_is_the_share_itself():
    data = pd.DataFrame({"g": ["a"] * 4, "y": ["yes", "yes", "yes", "no"]})
    row = of(
        proportions(data, "y", "g", frame=pd.DataFrame({"g": ["a"], "population": [4]}), detail=True), category="yes"
    )
    assert (row["std_error"], row["conf_low"], row["conf_high"]) == (0, 0.75, 0.75)
    assert row["conf_low_without_fpc"] < 0.75 < row["conf_high_without_fpc"]


def test_more_answers_than_people_is_an_error():
    data = pd.DataFrame({"g": ["a"] * 4, "y": ["yes", "yes", "yes", "no"]})
    with pytest.raises(EstimationError, match="more people answered than the frame has"):
        proportions(data, "y", "g", frame=pd.DataFrame({"g": ["a"], "population": [3]}))


@pytest.mark.parametrize("share", [0, 1])
@pytest.mark.parametrize("weights", [None, [1.0, 2.0, 3.0, 4.0]])
def test_unanimous_groups_have_an_interval(share, weights):
    data = pd.DataFrame({"y": pd.Categorical(["yes"] * 4, categories=["yes", "no"])})
    row = of(proportions(data, "y", weights=weights, detail=True), category="yes" if share else "no")
    effective = 4 if weights is None else 10**2 / 30
    assert row["std_error"] == 0
    assert np.isnan(row["deff"])
    assert (row["conf_low"], row["conf_high"]) == pytest.approx(interval(share, effective))
    assert (row["conf_low"] == 0) if share == 0 else (row["conf_high"] == 1)


def test_a_unit_of_one_has_an_interval():
    data = pd.DataFrame({"g": ["a", *"bbbb"], "y": ["yes", "yes", "yes", "no", "no"]})
    row = of(proportions(data, "y", "g"), group="a", category="yes")
    assert (row["conf_low"], row["conf_high"]) == pytest.approx(interval(1, 1))
    alone = of(proportions(data[:1], "y"), category="yes")
    assert np.isnan(alone["std_error"])
    assert (alone["conf_low"], alone["conf_high"]) == pytest.approx(interval(1, 1))


def test_an_empty_category_is_none_of_all_and_an_empty_group_has_no_figures():
    data = pd.DataFrame(
        {
            "g": pd.Categorical(list("aab"), categories=list("abc")),
            "y": pd.Categorical(["x"] * 3, categories=["x", "z"]),
        }
    )
    table = proportions(data, "y", "g", frame=pd.DataFrame({"g": list("abc"), "population": [9, 9, 0]}))
    assert of(table, group="a", category="z")["estimate"] == 0
    empty = table[table["group"] == "c"]
    assert (empty["n"] == 0).all()
    assert empty[["estimate", "std_error", "conf_low", "conf_high"]].isna().all(axis=None)


def test_a_weight_of_zero_counts_for_nothing():
    data = pd.DataFrame({"y": ["yes", "no", "yes", "no"], "w": [1.0, 1.0, 1.0, 0.0]})
    row = of(proportions(data, "y", weights="w"), category="yes")
    assert (row["n"], row["estimate"]) == (3, pytest.approx(2 / 3))


def test_all_who_did_not_know_give_no_shares(study, answers, make_responses):
    unsure = {**answers, "belonging": ["dont_know"] * len(answers["unit"])}
    table = proportions(make_responses(study, unsure), "belonging", "unit")
    assert (table["n"] == 0).all()
    assert table[["estimate", "conf_low", "conf_high"]].isna().all(axis=None)
    missing = proportions(make_responses(study, unsure), "belonging", categories="missing")
    assert of(missing, category="dont_know")["estimate"] == 1


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"weights": "w"}, UsageError, "no such column"),
        ({"weights": [1.0, 2.0]}, UsageError, "not one number a row"),
        ({"weights": [1.0, -1.0, 1.0]}, DataError, "missing, negative or not finite"),
        ({"weights": [1.0, np.nan, 1.0]}, DataError, "missing, negative or not finite"),
        ({"weights": [0.0, 0.0, 0.0]}, EstimationError, "no respondent has a weight above 0"),
        ({"weights": pd.Series([1.0, 1.0, 1.0], index=[5, 6, 7])}, UsageError, "not labelled as the rows"),
        ({"fpc": [9, 9, 8]}, EstimationError, "differs within a stratum"),
        ({"fpc": 2}, EstimationError, "more people answered than there are in the stratum"),
        ({"strata": "g"}, EstimationError, "one respondent"),
        ({"frame": 9, "fpc": 9}, UsageError, "given twice"),
        ({"frame": pd.DataFrame({"g": ["a"]})}, UsageError, "frame has no population"),
        ({"categories": ["maybe"]}, UsageError, "no such answer"),
        ({"categories": "maybe"}, UsageError, r"got: maybe\n"),
        ({"method": "wald"}, UsageError, "no such interval"),
        ({"level": 95}, UsageError, "between 0 and 1"),
        ({"base": "all"}, UsageError, "from a codebook alone"),
    ],
)
def test_what_cannot_be_right_is_refused(options, kind, message):
    data = pd.DataFrame({"g": ["a", "b", "b"], "y": ["yes", "no", "yes"]})
    with pytest.raises(kind, match=message):
        proportions(data, "y", **options)


def test_answers_counted_together(responses, answers):
    row = of(proportions(responses, "belonging", categories=["some", "great"]), term="belonging")
    table = proportions(responses, "belonging").set_index("category")
    assert row["estimate"] == pytest.approx(table.loc[["some", "great"], "estimate"].sum())
    assert row["category"] == "some + great"


def test_crossed_groups_keep_their_columns(responses, answers):
    row = of(proportions(responses, "belonging", ["unit", "role"], detail=True), group="north:staff", category="some")
    rows = zip(answers["unit"], answers["role"], answers["belonging"], strict=True)
    assert row["count"] == sum(r == ("north", "staff", "some") for r in rows)
    assert (row["unit"], row["role"]) == ("north", "staff")


def test_a_battery_has_a_term_a_row(responses):
    table = battery(responses, "goals", "role")
    assert list(dict.fromkeys(table["term"])) == ["goals_a", "goals_b", "goals_c"]
    with pytest.raises(UsageError, match="no battery"):
        battery(responses, "belonging")


def test_ticks_of_respondents_and_of_ticks(responses, answers):
    table = multiple_response(responses, "measures")
    x, y = (list(answers[f"measures_{p}"]).count("ticked") for p in "xy")
    row = of(table, term="measures_x")
    assert row["estimate"] == pytest.approx(x / responses.total)
    assert row["n"] == responses.total
    ticks = multiple_response(responses, "measures", of="ticks")
    assert list(ticks.columns) == ["term", "category", "estimate", "n"]
    assert ticks["estimate"].to_numpy() == pytest.approx([x / (x + y), y / (x + y)])
    assert list(ticks["n"]) == [x + y] * 2
    by = multiple_response(responses, "measures", "unit", of="ticks")
    assert by.groupby("group")["estimate"].sum().to_numpy() == pytest.approx(np.ones(3))
    with pytest.raises(UsageError, match="no tick-all-that-apply"):
        multiple_response(responses, "goals")
    with pytest.raises(UsageError, match="no such base"):
        multiple_response(responses, "measures", of="answers")


@pytest.mark.parametrize("ticked", [True, 1])
def test_boxes_of_a_data_frame(responses, ticked):
    names = ["measures_x", "measures_y"]
    plain = responses.data.assign(**{n: (responses.data[n] == "ticked").astype(type(ticked)) for n in names})
    got = multiple_response(plain, names, "unit")
    expected = multiple_response(responses, "measures", "unit").replace({"term": {"measures_any": "any"}})
    key = ["term", "group"]
    pd.testing.assert_frame_equal(
        got.sort_values(key, ignore_index=True), pd.DataFrame(expected.sort_values(key, ignore_index=True))
    )
    with pytest.raises(UsageError, match="neither ticked nor not"):
        multiple_response(plain.assign(measures_x=2), names)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(([3], [2]), "above its base"), (([-1], [2]), "above its base"), (([2], [9], [5]), "more people answered")],
)
def test_counts_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(EstimationError, match=message):
        proportions_from_counts(*arguments)


def test_hidden_counts_stay_hidden():
    counts = pd.Series([3, pd.NA, 0], dtype="Int64")
    table = proportions_from_counts(counts, 10, [20, 20, pd.NA])
    assert table["conf_low"].isna().tolist() == [False, True, False]
    assert table["sampling_fraction"].isna().tolist() == [False, False, True]


def test_a_cross_table_is_labelled_and_carries_its_test(responses):
    table = crosstab(responses, "belonging", "role")
    assert list(table.columns) == ["Role?", "great", "some", "none", "n"]
    assert list(table["Role?"]) == ["Leader", "Staff", "All"]
    assert table[["great", "some", "none"]].sum(axis=1).to_numpy() == pytest.approx(100)
    expected = association_test(responses, "belonging", "role").iloc[0]
    assert table.attrs["test"]["p_value"] == expected["p_value"]
    assert crosstab(responses, "belonging").attrs["test"] == {}
    assert list(crosstab(responses.data, "belonging", "role")["role"]) == ["leader", "staff", "All"]
