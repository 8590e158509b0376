"""Against R's survey package: tests/oracle/survey.R made survey.json. Tolerance 1e-8, relative."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.estimate import means, proportions, wilson

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
    got = proportions(frame, share, **DESIGNS[name])
    for column in ("estimate", "std_error", "deff"):
        same(got[column], expected["share"][column])
    by = proportions(frame, share, group, **DESIGNS[name])
    for level, figures in expected["by"].items():
        rows = by[by["group"] == level]
        for column in ("estimate", "std_error", "deff"):
            same(rows[column], figures["share"][column])


@pytest.mark.parametrize("name", DESIGNS)
def test_means_and_their_design_effects(data, name):
    _, score, group = items(name)
    frame, expected = data[name.split("_")[0]], ORACLE[name]["shares"]
    got = means(frame, score, **DESIGNS[name])
    for column in ("estimate", "std_error", "deff"):
        same(got[column], expected["mean"][column])
    by = means(frame, score, group, **DESIGNS[name])
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
