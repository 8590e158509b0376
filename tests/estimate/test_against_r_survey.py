"""Against R's survey package: tests/oracle/survey.R and survey_domains.R made the answers. Tolerance 1e-8, relative."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.estimate import association_test, means, proportions, rake, rank_test, wilson

FOLDER = Path(__file__).parents[1] / "oracle"
ORACLE = json.loads((FOLDER / "survey.json").read_text(encoding="utf-8"))
DESIGNS = {
    "api_strata_fpc": {"weights": "pw", "strata": "stype", "fpc": "fpc"},
    "api_strata": {"weights": "pw", "strata": "stype"},
    "api_weights": {"weights": "pw"},
    "api_plain_fpc": {"fpc": 6194},
    "sampled_strata_fpc": {"weights": "w", "strata": "h", "fpc": "population"},
    "sampled_strata": {"weights": "w", "strata": "h"},
    "sampled_weights": {"weights": "w"},
}
Y = ["none", "little", "some", "great"]


def same(got, expected):
    np.testing.assert_allclose(np.asarray(got, dtype=float), np.ravel(expected), rtol=1e-8, atol=1e-12)


@pytest.fixture(scope="module")
def data():
    api = pd.read_csv(FOLDER / "apistrat.csv")
    sample = pd.read_csv(FOLDER / "survey_sample.csv")
    sample["y"] = pd.Categorical(sample["y"], categories=Y, ordered=True)
    return {"api": api, "sampled": sample}


def items(name):
    return ("awards", "api00", "mealcat") if name.startswith("api") else ("y", "score", "unit")


@pytest.mark.parametrize("name", DESIGNS)
def test_shares_and_their_design_effects(data, name):
    share, _, group = items(name)
    frame, expected = data[name.split("_")[0]], ORACLE[name]["shares"]
    got = proportions(frame, share, detail=True, **DESIGNS[name])
    for column in ("estimate", "std_error", "deff"):
        same(got[column], expected["share"][column])
    by = proportions(frame, share, group, detail=True, **DESIGNS[name])
    for level, figures in expected["by"].items():
        rows = by[by["group"] == level]
        for column in ("estimate", "std_error", "deff"):
            same(rows[column], figures["share"][column])


@pytest.mark.parametrize("name", DESIGNS)
def test_means_and_their_design_effects(data, name):
    _, score, group = items(name)
    frame, expected = data[name.split("_")[0]], ORACLE[name]["shares"]
    got = means(frame, score, detail=True, **DESIGNS[name])
    for column in ("estimate", "std_error", "deff"):
        same(got[column], expected["mean"][column])
    by = means(frame, score, group, detail=True, **DESIGNS[name])
    for level, figures in expected["by"].items():
        rows = by[by["group"] == level]
        for column in ("estimate", "std_error", "deff"):
            same(rows[column], figures["mean"][column])


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("method", ["logit", "asin", "beta", "mean"])
def test_intervals_of_a_share(data, name, method):
    item, hit = ("awards", "Yes") if name.startswith("api") else ("y", "great")
    frame = data[name.split("_")[0]]
    got = proportions(frame, item, method=method, **DESIGNS[name]).set_index("category").loc[hit]
    same(got[["conf_low", "conf_high"]], ORACLE[name]["ciprop"][method])


@pytest.mark.parametrize("case", ORACLE["prop_test"], ids=lambda case: f"{case['count']}/{case['n']}")
def test_wilson_is_that_of_prop_test(case):
    got = wilson(case["count"] / case["n"], case["n"])
    same(np.stack(got), case["interval"])


@pytest.mark.parametrize(("name", "by"), [(name, by) for name in DESIGNS for by in ORACLE[name]["tests"]["chisq"]])
def test_rao_scott(data, name, by):
    expected = ORACLE[name]["tests"]["chisq"][by]
    group = {"many": "stype", "group": "mealcat"} if name.startswith("api") else {"many": "unit", "two": "role"}
    got = association_test(data[name.split("_")[0]], items(name)[0], group[by], method="survey", **DESIGNS[name]).iloc[
        0
    ]
    same(
        [got["statistic"], got["df"], got["df_denominator"], got["p_value"]],
        [expected["statistic"], *expected["df"], expected["p_value"]],
    )


@pytest.mark.parametrize("name", DESIGNS)
def test_rank_tests(data, name):
    api = name.startswith("api")
    frame, expected = data[name.split("_")[0]], ORACLE[name]["tests"]
    item, two, many = ("api00", "awards", "stype") if api else ("y", "role", "unit")
    got = rank_test(frame, item, two, method="survey", **DESIGNS[name]).iloc[0]
    same(
        got[["estimate", "statistic", "df", "p_value"]],
        [expected["rank_two"][k] for k in ("estimate", "statistic", "df", "p_value")],
    )
    got = rank_test(frame, item, many, method="survey", **DESIGNS[name]).iloc[0]
    many_r = expected["rank_many"]
    same(
        got[["statistic", "df", "df_denominator", "p_value"]],
        [many_r["statistic"] / many_r["df"], many_r["df"], many_r["ddf"], many_r["p_value"]],
    )


UNITS = {"north": 700, "south": 500, "west": 330, "east": 170}
ROLES = {"leader": 400, "staff": 1300}


@pytest.mark.parametrize(
    ("name", "margins"), [("raked", {"unit": UNITS, "role": ROLES}), ("post_stratified", {"unit": UNITS})]
)
def test_raking_and_post_stratification(data, name, margins):
    frame, expected = data["sampled"], ORACLE[name]
    weights = rake(frame, margins, weights="w")
    same(weights, expected["weights"])
    same(proportions(frame, "y", weights=weights)["estimate"], expected["share"]["estimate"])
    same(means(frame, "score", weights=weights)["estimate"], expected["mean"]["estimate"])
    same(means(frame, "score", "role", weights=weights)["estimate"], expected["by_role"]["estimate"])


DOMAINS = pd.read_csv(FOLDER / "survey_domains.csv", dtype={"sample": str})
NUMBERS = pd.read_csv(FOLDER / "survey_domains_estimates.csv", index_col="name")["value"].to_dict()
DRAWN = {
    "strata_fpc": {"weights": "weight", "strata": "stratum", "fpc": "population"},
    "strata": {"weights": "weight", "strata": "stratum"},
    "weights": {"weights": "weight"},
    "fpc": {"fpc": 1500},
}


def in_r(name):
    """Return R's number of that name, or its numbers `name1, name2, ...`."""
    several = (NUMBERS.get(f"{name}{i}") for i in range(1, 1000))
    return [NUMBERS[name]] if name in NUMBERS else list(iter(lambda: next(several), None))


def agrees(name, got):
    expected = in_r(name)
    assert expected
    same(got, expected)


@pytest.fixture(params=sorted(set(DOMAINS["sample"])))
def drawn(request):
    rows = DOMAINS[DOMAINS["sample"] == request.param].reset_index(drop=True)
    return request.param, rows.assign(answer=pd.Categorical(rows["answer"], list("abcd"), ordered=True))


@pytest.mark.parametrize("kind", DRAWN)
def test_awkward_samples(drawn, kind):
    name, data = f"{drawn[0]}.{kind}", drawn[1]
    shares, scores = proportions(data, "answer", **DRAWN[kind]), means(data, "score", **DRAWN[kind])
    shares_by = proportions(data, "answer", "unit", **DRAWN[kind])
    scores_by = means(data, "score", "unit", **DRAWN[kind]).set_index("group")
    for column in ("estimate", "std_error"):
        agrees(f"{name}.share.{column}", shares[column])
        agrees(f"{name}.mean.{column}", scores[column])
        for unit in ("east", "north", "west"):
            agrees(f"{name}.unit.{unit}.share.{column}", shares_by.loc[shares_by["group"] == unit, column])
            agrees(f"{name}.unit.{unit}.mean.{column}", [scores_by.loc[unit, column]])
            agrees(f"{name}.unit.{unit}.df", [scores_by.loc[unit, "df"]])


@pytest.mark.parametrize("kind", DRAWN)
@pytest.mark.parametrize("method", ["logit", "asin", "beta", "mean"])
def test_intervals_in_awkward_samples(drawn, kind, method):
    name, data = f"{drawn[0]}.{kind}", drawn[1]
    everyone = proportions(data, "answer", method=method, **DRAWN[kind]).set_index("category").loc["c"]
    by = proportions(data, "answer", "unit", method=method, **DRAWN[kind]).set_index(["group", "category"])
    in_words = "xlogit" if method == "logit" else method  # R's 'logit' is off by its glm's tolerance
    agrees(f"{name}.interval.{in_words}", everyone[["conf_low", "conf_high"]])
    agrees(f"{name}.north.{in_words}", by.loc[("north", "c"), ["conf_low", "conf_high"]])


@pytest.mark.parametrize("kind", DRAWN)
def test_tests_in_awkward_samples(drawn, kind):
    name, data = f"{drawn[0]}.{kind}", drawn[1]
    association = association_test(data, "answer", "unit", method="survey", **DRAWN[kind]).iloc[0]
    agrees(f"{name}.association.statistic", [association["statistic"]])
    agrees(f"{name}.association.df", association[["df", "df_denominator"]])
    agrees(f"{name}.association.p_value", [association["p_value"]])
    rank = rank_test(data, "answer", "role", method="survey", **DRAWN[kind]).iloc[0]
    for column in ("statistic", "df", "p_value"):
        agrees(f"{name}.rank.{column}", [rank[column]])
    ranks = rank_test(data, "answer", "unit", method="survey", **DRAWN[kind]).iloc[0]
    agrees(f"{name}.ranks.chi", [ranks["statistic"] * ranks["df"]])
    agrees(f"{name}.ranks.ddf", [ranks["df_denominator"]])
    agrees(f"{name}.ranks.p_value", [ranks["p_value"]])


def test_weights_of_awkward_samples(drawn):
    name, data = drawn
    units, roles = {"east": 300, "north": 450, "west": 250}, {"leader": 430, "staff": 570}
    agrees(f"{name}.rake", rake(data, {"unit": units, "role": roles}, weights="weight"))
    agrees(f"{name}.post", rake(data, {"unit": units}, weights="weight"))
