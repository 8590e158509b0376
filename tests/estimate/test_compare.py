import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy import stats

from evalkit.errors import EstimationError, UsageError
from evalkit.estimate import association_test, compare_groups, proportions, rake, rank_test
from evalkit.estimate.chance import _likeness

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


def test_the_family_is_all_contrasts_of_an_item_by_the_groups(data):
    data = data.assign(z=data["y"].array[::-1])
    got = compare_groups(data, ["y", "z"], "g", detail=True)
    assert contrasts(got)["family"].tolist() == ["3 contrasts: y by g"] * 3 + ["3 contrasts: z by g"] * 3
    alone = compare_groups(data, "y", "g", detail=True)
    pd.testing.assert_frame_equal(alone, got[got["term"] == "y"].reset_index(drop=True)[list(alone.columns)])


@pytest.mark.parametrize("size", [1, 40], ids=["small", "large"])
@pytest.mark.parametrize("options", [{}, {"categories": ["great"]}, {"measure": "mean"}, {"weights": "w"}], ids=str)
def test_adjusted_p_and_interval_cannot_contradict_each_other(data, options, size):
    rows = pd.concat([data] * size, ignore_index=True)
    for level in (0.8, 0.95):
        got = contrasts(compare_groups(rows, "y", "g", level=level, detail=True, **options))
        nothing = 0.5 if got["category"].iloc[0] == "superiority" else 0.0
        outside = (got["conf_low"] > nothing) | (got["conf_high"] < nothing)
        assert ((got["p_value"] <= 1 - level) == outside).all()
        assert (got["p_value"] >= got["p_unadjusted"] - 0.01).all()


def test_joint_intervals_of_large_samples_are_those_of_the_largest_of_normals(data):
    rows = pd.concat([data] * 40, ignore_index=True)
    got = contrasts(compare_groups(rows, "y", "g", categories=["great"], detail=True))
    hits = (rows["y"] == "great").astype(float)
    dummies = pd.get_dummies(rows["g"], dtype=float)
    influence = np.column_stack(
        [
            d * (hits - hits[d == 1].mean()) / d.sum() - (1 - d) * (hits - hits[d == 0].mean()) / (1 - d).sum()
            for d in (dummies[group] for group in got.index)
        ]
    )
    draws = np.random.default_rng(7).multivariate_normal(np.zeros(3), np.cov(influence.T), size=200_000)
    largest = np.abs(draws / influence.std(axis=0)).max(axis=1)
    reach = (got["conf_high"] - got["estimate"]) / got["std_error"]
    assert reach.to_numpy() == pytest.approx(np.quantile(largest, 0.95), rel=0.02)
    expected = [(largest >= abs(t)).mean() for t in got["statistic"]]
    assert got["p_value"].to_numpy() == pytest.approx(expected, abs=0.01)


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


def test_tests_of_large_simple_samples_are_the_textbook_ones(data):
    rows = pd.concat([data] * 8, ignore_index=True)
    pearson = stats.chi2_contingency(pd.crosstab(rows["g"], rows["y"]), correction=False)
    got = association_test(rows, "y", "g").iloc[0]
    assert got["statistic"] * got["df"] == pytest.approx(pearson.statistic)
    assert (got["df"], got["p_value"]) == (pearson.dof, pytest.approx(pearson.pvalue))
    kruskal = stats.kruskal(*(part["code"] for _, part in rows.groupby("g")))
    rank = rank_test(rows, "y", "g").iloc[0]
    assert rank["statistic"] * rank["df"] == pytest.approx(kruskal.statistic)
    assert rank["p_value"] == pytest.approx(kruskal.pvalue)


def test_tests_of_small_samples_are_those_of_dealing_the_answers_out(data):
    few = data.groupby("g").head(6)
    codes, size = few["code"].to_numpy(), len(few)
    deal, groups = np.random.default_rng(3), pd.get_dummies(few["g"], dtype=float).to_numpy()
    ranks, dummies = stats.rankdata(codes), pd.get_dummies(few["code"], dtype=float).to_numpy()

    def figures(order):
        mean = groups.T @ ranks[order] / groups.sum(axis=0)
        observed = groups.T @ dummies[order]
        expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / size
        return (groups.sum(axis=0) * (mean - ranks.mean()) ** 2).sum(), ((observed - expected) ** 2 / expected).sum()

    own = np.array(figures(np.arange(size)))
    dealt = np.array([figures(deal.permutation(size)) for _ in range(20_000)])
    p_rank, p_pearson = (dealt >= own - 1e-9).mean(axis=0)
    assert rank_test(few, "y", "g")["p_value"][0] == pytest.approx(p_rank, abs=0.02)
    assert association_test(few, "y", "g")["p_value"][0] == pytest.approx(p_pearson, abs=0.02)


def test_ranks_of_weighted_samples_do_not_depend_on_the_order_of_rows(data):
    shuffled = data.sample(frac=1, random_state=1)
    a, b = (rank_test(d, "y", "g", weights="w") for d in (data, shuffled))
    pd.testing.assert_frame_equal(a, b)


def test_the_anova_of_ranks_is_that_of_brunner_dette_and_munk(data):
    rows = data[["g", "code"]].assign(y=data["y"], w=1.0 + 1e-9 * (np.arange(300) % 2))
    got = rank_test(rows, "y", "g", weights="w").iloc[0]
    rank = (stats.rankdata(rows["code"]) - 0.5) / 300
    by = pd.Series(rank).groupby(rows["g"].to_numpy())
    variance, n = (by.var() / by.size()).to_numpy(), by.size().to_numpy()
    centring = np.eye(3) - 1 / 3
    trace = np.trace(centring @ np.diag(variance))
    f = by.mean() @ centring @ by.mean() / trace
    assert got["statistic"] == pytest.approx(f, rel=0.01)
    df = trace**2 / np.trace(centring @ np.diag(variance) @ centring @ np.diag(variance))
    assert got["df"] == pytest.approx(df, rel=0.01)
    assert got["df_denominator"] == pytest.approx(variance.sum() ** 2 / (variance**2 / (n - 1)).sum(), rel=0.01)


def least(rows, item, by, **design):
    found = compare_groups(rows, item, by, **design)
    return pd.DataFrame({"p_value": [found.loc[found["group"].notna(), "p_value"].min()]})


SKEWED = {"rows": 128, "groups": 16, "cuts": [-1.5, -1, -0.5, 0]}
DRAWN = {
    "weights": ({"weights": "w"}, {"rows": 80, "groups": 16, "cuts": [-1, -0.3, 0.3, 1]}),
    "strata": ({"strata": "h"}, SKEWED),
    "clusters": ({"cluster": "c", "strata": "h"}, SKEWED),
    "raked": ({}, SKEWED),
}


@pytest.mark.parametrize("test", [association_test, rank_test, least])
@pytest.mark.parametrize("kind", DRAWN)
def test_small_samples_of_a_design_are_held_against_answers_dealt_out_anew(kind, test):
    """Without a difference p is at most .05 in no more than five in a hundred (more than 5 of 30: less than once in two hundred)."""
    design, size = DRAWN[kind]
    draw, found = np.random.default_rng(4), []
    for _ in range(30):
        cluster = draw.integers(0, 40, size["rows"])
        trait = draw.normal(size=size["rows"]) + (kind == "clusters") * draw.normal(0, 0.7, 40)[cluster]
        y = pd.Categorical.from_codes(np.searchsorted(size["cuts"], trait), categories=list("abcde"), ordered=True)
        group = np.arange(size["rows"]) % size["groups"]
        rows = pd.DataFrame({"g": group, "y": y, "c": cluster, "h": (cluster % 2).astype(str)})
        rows["w"] = draw.lognormal(0, 0.5, size["rows"])
        given = {"weights": rake(rows, {"h": {"0": 60, "1": 40}})} if kind == "raked" else design
        found.append(test(rows, "y", "g", **given)["p_value"][0])
    assert (np.array(found) <= 0.05).sum() <= 5
    assert stats.kstest(found, "uniform", alternative="greater").pvalue > 0.001
    apart = rows.assign(y=pd.Categorical.from_codes(rows["g"] % 5, categories=list("abcde"), ordered=True))
    apart.loc[::7, "y"] = "c"
    assert test(apart, "y", "g", **given)["p_value"][0] <= 0.05


def test_answers_are_dealt_out_as_alike_within_clusters_as_the_trait_behind_them():
    """From a normal trait of known intraclass correlation, cut into skewed answers."""
    draw = np.random.default_rng(8)
    cluster = np.repeat(np.arange(4_000), 5)
    trait = np.sqrt(0.3) * draw.normal(size=4_000)[cluster] + np.sqrt(0.7) * draw.normal(size=20_000)
    answers = np.searchsorted([-2, -1.5, -1, -0.8], trait)
    assert _likeness(answers, cluster) == pytest.approx(0.3, abs=0.02)
    assert _likeness(draw.permutation(answers), cluster) == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("test", [association_test, rank_test])
def test_below_ten_degrees_of_freedom_there_is_no_test(data, test):
    few = data.groupby("g").head(3)
    assert test(few, "y", "g")[["statistic", "p_value"]].isna().all(axis=None)
    clustered = data.assign(c=data.index % 8)
    assert test(clustered, "y", "g", cluster="c")[["statistic", "p_value"]].isna().all(axis=None)
    assert test(clustered.assign(c=data.index % 40), "y", "g", cluster="c")["p_value"].notna().all()
    assert contrasts(compare_groups(few, "y", "g"))[["p_value", "conf_low"]].isna().all(axis=None)


def test_empty_cells_do_no_harm_in_weighted_samples():
    draw = np.random.default_rng(2)
    for _ in range(40):
        y = pd.Categorical.from_codes(draw.integers(0, 5, 80), categories=list("abcde"), ordered=True)
        rows = pd.DataFrame({"g": np.repeat(np.arange(16), 5), "y": y, "w": draw.uniform(1, 3, 80)})
        row = association_test(rows, "y", "g", weights="w").iloc[0]
        assert row[["statistic", "df", "df_denominator"]].gt(0).all()
        assert 0 <= row["p_value"] <= 1
        assert compare_groups(rows, "y", "g", weights="w")["estimate"].notna().any()


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
        (lambda d: rank_test(d, "y", "g", method="exact"), UsageError, "no such test"),
        (lambda d: compare_groups(d, "y", "g", against="nobody"), UsageError, "no such comparison"),
        (lambda d: compare_groups(d, "y", "g", level=2), UsageError, "between 0 and 1"),
    ],
)
def test_what_cannot_be_compared_is_refused(data, call, kind, message):
    with pytest.raises(kind, match=message):
        call(data)
