"""Against R's survey package: tests/oracle/survey.R made survey.json. Tolerance 1e-8, relative."""

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
    got = association_test(data[name.split("_")[0]], items(name)[0], group[by], **DESIGNS[name]).iloc[0]
    same(
        [got["statistic"], got["df"], got["df_denominator"], got["p_value"]],
        [expected["statistic"], *expected["df"], expected["p_value"]],
    )


@pytest.mark.parametrize("name", DESIGNS)
def test_rank_tests(data, name):
    api = name.startswith("api")
    frame, expected = data[name.split("_")[0]], ORACLE[name]["tests"]
    item, two, many = ("api00", "awards", "stype") if api else ("y", "role", "unit")
    got = rank_test(frame, item, two, **DESIGNS[name]).iloc[0]
    same(
        got[["estimate", "statistic", "df", "p_value"]],
        [expected["rank_two"][k] for k in ("estimate", "statistic", "df", "p_value")],
    )
    got = rank_test(frame, item, many, **DESIGNS[name]).iloc[0]
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
