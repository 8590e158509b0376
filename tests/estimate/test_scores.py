import numpy as np
import pandas as pd
import pytest
from scipy.stats import f

from evalkit.errors import EstimationError, UsageError
from evalkit.estimate import means, means_from_counts, proportions, reliability, tabulate

RANKS = {"none": 1, "some": 2, "great": 3}


def test_the_mean_is_of_ranks_low_to_high(responses, answers):
    ranks = [RANKS[a] for a in answers["belonging"] if a in RANKS]
    row = means(responses, "belonging").iloc[0]
    assert (row["estimate"], row["n"], row["df"]) == (pytest.approx(np.mean(ranks)), len(ranks), len(ranks) - 1)


def test_top_two_and_net_are_shares(responses):
    shares = proportions(responses, "belonging").set_index("category")["estimate"]
    assert means(responses, "belonging", scores="top_two")["estimate"][0] == pytest.approx(
        shares["some"] + shares["great"]
    )
    net = means(responses, "belonging", scores="net")
    assert net["estimate"][0] == pytest.approx(shares["great"] - shares["none"])
    assert net["category"][0] == "net"


def test_a_score_for_each_answer(responses):
    halves = means(responses, "belonging", "unit", scores={"none": 0, "some": 0.5, "great": 1})
    ranks = means(responses, "belonging", "unit")
    assert (halves["estimate"] * 2 + 1).to_numpy() == pytest.approx(ranks["estimate"].to_numpy())
    assert (halves["std_error"] * 2).to_numpy() == pytest.approx(ranks["std_error"].to_numpy())


def test_counts_give_what_respondents_give(responses):
    frame = pd.DataFrame({"unit": ["north", "south", "west"], "population": [150, 90, 50]})
    wide = tabulate(responses, "belonging", "unit").frame.pivot_table(
        index="unit", columns="belonging", values="count", observed=False
    )
    got = means_from_counts(
        wide[["none", "some", "great"]], [1, 2, 3], frame["population"], respondents=wide.sum(axis=1).to_numpy()
    )
    expected = means(responses, "belonging", "unit", frame=frame, detail=True)
    for column in ("estimate", "n", "df", "sampling_fraction"):
        np.testing.assert_allclose(got[column], expected[column])
    own = responses.data["unit"].map(lambda unit: 1)
    ratio = got["std_error"] / expected["std_error"]
    total, n = len(own), got["n"]
    np.testing.assert_allclose(ratio**2, n / (n - 1) * (total - 1) / total)


def test_hidden_counts_and_groups_of_one_have_no_interval():
    counts = pd.DataFrame({"low": [3, pd.NA, 0], "high": [1, 4, 1]}, dtype="Int64")
    table = means_from_counts(counts, [0, 1])
    assert table["estimate"].isna().tolist() == [False, True, False]
    assert table["conf_low"].isna().tolist() == [False, True, True]


def test_a_group_that_all_answered_has_no_sampling_error():
    data = pd.DataFrame({"g": ["a"] * 3 + ["b"] * 2, "y": [1, 2, 3, 4, 5]})
    table = means(data, "y", "g", frame=pd.DataFrame({"g": ["a", "b"], "population": [3, 40]}), detail=True).set_index(
        "group"
    )
    assert table.loc["a", "std_error"] == 0
    assert table.loc["a", "conf_low"] == table.loc["a", "estimate"] == 2
    assert table.loc["a", "std_error_without_fpc"] > 0


@pytest.mark.parametrize(
    ("item", "options", "message"),
    [
        ("unit", {}, "have no order"),
        ("belonging", {"scores": "mode"}, "no such score"),
        ("belonging", {"scores": {"none": 1}}, "an answer has no score"),
        ("belonging", {"frame": 500, "fpc": 500}, "given twice"),
        ("belonging", {"level": 95}, "between 0 and 1"),
    ],
)
def test_what_has_no_mean_is_refused(responses, item, options, message):
    with pytest.raises(UsageError, match=message):
        means(responses, item, **options)


def test_alpha_and_omega_where_declared(responses, answers):
    rows = [[RANKS.get(answers[f"goals_{p}"][i], np.nan) for p in "abc"] for i in range(len(answers["unit"]))]
    wide = pd.DataFrame(rows).dropna()
    cov = wide.cov().to_numpy()
    table = reliability(responses, "goals").set_index("term")
    alpha, n = 3 / 2 * (1 - np.trace(cov) / cov.sum()), len(wide)
    feldt = [1 - (1 - alpha) * f.ppf(p, n - 1, 2 * (n - 1)) for p in (0.975, 0.025)]  # Feldt, Woodruff & Salih 1987
    assert table.loc["alpha", ["estimate", "conf_low", "conf_high"]].tolist() == pytest.approx(
        [alpha, *feldt], abs=1e-3
    )
    assert (table["n"] == len(wide)).all()
    with pytest.raises(UsageError, match="does not declare"):
        reliability(responses, "belonging")
    with pytest.raises(EstimationError, match="two variables or more"):
        reliability(responses, ["goals_a"])


def test_omega_of_three_rows_is_that_of_the_triads(study, answers, make_responses):
    draw = np.random.default_rng(3)
    size = len(answers["unit"])
    trait = draw.normal(size=size)
    rows = {p: trait * loading + draw.normal(size=size) for p, loading in zip("abc", (1.0, 1.5, 2.0), strict=True)}
    coded = {f"goals_{p}": np.array(["none", "some", "great"])[np.digitize(y, [-0.5, 0.8])] for p, y in rows.items()}
    wide = pd.DataFrame({name: [RANKS[a] for a in column] for name, column in coded.items()})
    cov = wide.cov().to_numpy()
    loadings = np.sqrt(
        [cov[0, 1] * cov[0, 2] / cov[1, 2], cov[0, 1] * cov[1, 2] / cov[0, 2], cov[0, 2] * cov[1, 2] / cov[0, 1]]
    )
    responses = make_responses(study, {**answers, **coded})
    omega = [reliability(responses, "goals").set_index("term").loc["omega", "estimate"] for _ in range(5)]
    assert omega[0] == pytest.approx(loadings.sum() ** 2 / cov.sum(), rel=1e-5)
    assert len(set(omega)) == 1  # to the last bit: a report comes out the same


def test_a_row_that_does_not_vary_has_no_reliability(study, answers, make_responses):
    same = {**answers, "goals_a": ["some"] * len(answers["unit"])}
    with pytest.raises(EstimationError, match="does not vary"):
        reliability(make_responses(study, same), "goals")
