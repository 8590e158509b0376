import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy import stats

from evalkit.errors import EstimationError, UsageError
from evalkit.estimate import association_test, compare_groups, proportions, rank_test

LEVELS = ["none", "some", "great"]


@pytest.fixture(scope="module")
def data():
    draw = np.random.default_rng(5)
    group = draw.choice(["a", "b", "c"], size=300, p=[0.6, 0.3, 0.1])
    y = np.clip(draw.integers(0, 3, size=300) - (group == "b") * draw.integers(0, 2, size=300), 0, 2)
    answers = pd.Categorical.from_codes(y, categories=LEVELS, ordered=True)
    return pd.DataFrame({"g": group, "y": answers, "w": draw.uniform(1, 3, size=300), "code": y})


def contrasts(table):
    return table[table["group"].notna()].set_index("group")


def test_superiority_is_that_of_brunner_and_munzel(data):
    got = contrasts(compare_groups(data, "y", "g", detail=True))
    for group, row in got.iterrows():
        own, rest = data.loc[data["g"] == group, "code"], data.loc[data["g"] != group, "code"]
        test = stats.brunnermunzel(rest, own)
        assert row["estimate"] == pytest.approx(pingouin.compute_effsize(own, rest, eftype="CLES"))
        assert (row["statistic"], row["p_unadjusted"]) == (pytest.approx(test.statistic), pytest.approx(test.pvalue))
        assert row["conf_low"] < row["estimate"] < row["conf_high"]


def test_the_family_is_all_contrasts_of_the_call(data):
    data = data.assign(z=data["y"].array[::-1])
    got = contrasts(compare_groups(data, ["y", "z"], "g", detail=True))
    expected = stats.false_discovery_control(got["p_unadjusted"])
    assert got["p_value"].to_numpy() == pytest.approx(expected)
    assert set(got["family"]) == {"6 contrasts: y, z by g"}


def test_a_share_against_the_average(data):
    got = contrasts(compare_groups(data, "y", "g", categories=["great"]))
    by = proportions(data, "y", "g", categories=["great"]).set_index("group")["estimate"]
    average = proportions(data, "y", categories=["great"])["estimate"][0]
    assert got["estimate"].to_numpy() == pytest.approx((by - average).to_numpy())
    assert got.loc["a", "contrast"] == "a - average"


def test_two_groups_are_compared_once_with_each_other(data):
    two = data[data["g"] != "c"]
    got = contrasts(compare_groups(two, "y", "g", categories=["great"]))
    a, b = (two[two["g"] == group]["y"] == "great" for group in "ab")
    test = stats.ttest_ind(a.astype(float), b.astype(float), equal_var=False)
    assert list(got["contrast"]) == ["a - b"]
    assert got["statistic"].to_numpy() == pytest.approx([test.statistic])
    assert got["df"].to_numpy() == pytest.approx([test.df])
    assert list(contrasts(compare_groups(two, "y", "g"))["contrast"]) == ["a vs b"]


def test_means_against_the_average(data):
    got = contrasts(compare_groups(data, "y", "g", measure="mean"))
    expected = data.groupby("g")["code"].mean() - data["code"].mean()
    assert got["estimate"].to_numpy() == pytest.approx(expected.to_numpy())


def test_declared_strata_and_weights_agree_with_a_jackknife(data):
    data = data.assign(h=np.where(np.arange(300) % 2, "x", "z"))
    row = contrasts(compare_groups(data, "y", "g", weights="w", strata="h")).loc["b"]

    def superiority(rows):
        own, rest = rows[rows["g"] == "b"], rows[rows["g"] != "b"]
        higher = own["code"].to_numpy()[:, None] - rest["code"].to_numpy()
        each = own["w"].to_numpy()[:, None] * rest["w"].to_numpy()
        return float((each * (np.sign(higher) + 1) / 2).sum() / each.sum())

    assert row["estimate"] == pytest.approx(superiority(data))
    variance = 0.0
    for _, stratum in data.groupby("h"):
        left_out = np.array([superiority(data.drop(index)) for index in stratum.index])
        variance += (len(stratum) - 1) / len(stratum) * ((left_out - left_out.mean()) ** 2).sum()
    assert row["std_error"] == pytest.approx(np.sqrt(variance), rel=0.01)


def test_the_scale_of_weights_does_not_matter(data):
    once = compare_groups(data, "y", "g", weights="w")
    scaled = compare_groups(data.assign(w=data["w"] * 1000), "y", "g", weights="w")
    pd.testing.assert_frame_equal(once, scaled, rtol=1e-10)


def test_unweighted_tests_are_nearly_the_textbook_ones(data):
    table = pd.crosstab(data["g"], data["y"])
    pearson = stats.chi2_contingency(table, correction=False)
    got = association_test(data, "y", "g").iloc[0]
    assert got["statistic"] * got["df"] == pytest.approx(pearson.statistic, rel=0.05)
    rank = rank_test(data, "y", "g").iloc[0]
    kruskal = stats.kruskal(*(part["code"] for _, part in data.groupby("g")))
    assert rank["p_value"] == pytest.approx(kruskal.pvalue, abs=0.02)


def test_ranks_of_ties_do_not_depend_on_the_rows_where_weights_are_equal(data):
    rows, midrank = (rank_test(data, "y", "g", ties=ties) for ties in ("rows", "midrank"))
    pd.testing.assert_frame_equal(rows, midrank)
    shuffled = data.sample(frac=1, random_state=1)
    a, b = (rank_test(d, "y", "g", weights="w", ties="midrank") for d in (data, shuffled))
    pd.testing.assert_frame_equal(a, b)


def test_patterns_and_respondents_agree(data):
    patterns = data.groupby(["g", "y"], observed=True, as_index=False).size().rename(columns={"size": "count"})
    pd.testing.assert_frame_equal(compare_groups(patterns, "y", "g"), compare_groups(data, "y", "g"))


def test_responses_keep_the_codebooks_order(responses):
    got = contrasts(compare_groups(responses, ["belonging", "goals_a"], "unit"))
    assert list(got.index) == ["north", "south", "west"] * 2
    both = contrasts(compare_groups(responses, ["belonging", "goals"], "unit"))
    assert list(dict.fromkeys(both["term"])) == ["belonging", "goals_a", "goals_b", "goals_c"]


@pytest.mark.parametrize("answer", ["none", "great"])
def test_a_unit_of_one_has_no_inference(data, answer):
    one = pd.concat([data, pd.DataFrame({"g": ["d"], "y": pd.Categorical([answer], categories=LEVELS, ordered=True)})])
    one["y"] = pd.Categorical(one["y"], categories=LEVELS, ordered=True)
    row = contrasts(compare_groups(one.reset_index(drop=True), "y", "g")).loc["d"]
    assert 0 < row["estimate"] < 1
    assert row[["std_error", "p_value", "conf_low"]].isna().all()


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda d: compare_groups(d, "g", "y"), UsageError, "which answers' share"),
        (lambda d: compare_groups(d, "g", "y", measure="superiority"), UsageError, "have no order"),
        (lambda d: compare_groups(d, "y", "g", measure="median"), UsageError, "no such measure"),
        (lambda d: compare_groups(d, "y", "g", measure="mean", scores={"none": 0}), UsageError, "has no score"),
        (lambda d: compare_groups(d, "y", "g", categories=["maybe"]), UsageError, "no such answer"),
        (lambda d: compare_groups(d[d["g"] == "a"], "y", "g"), EstimationError, "nothing to compare"),
        (lambda d: rank_test(d[d["y"] == "none"], "y", "g"), EstimationError, "nothing to compare"),
        (lambda d: rank_test(d, "g", "y"), UsageError, "have no order"),
        (lambda d: rank_test(d, "y", "g", ties="first"), UsageError, "no such rule"),
        (lambda d: compare_groups(d, "y", "g", level=2), UsageError, "between 0 and 1"),
    ],
)
def test_what_cannot_be_compared_is_refused(data, call, kind, message):
    with pytest.raises(kind, match=message):
        call(data)
