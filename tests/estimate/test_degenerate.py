"""Answers in which something is missing, empty or all alike: a right answer or one clear error, never a warning or infinity."""

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import EstimationError
from evalkit.estimate import (
    association_test,
    compare_groups,
    means,
    multiple_response,
    proportions,
    r_indicator,
    rake,
    rank_test,
    response_rates,
)

SIZE = 60
NONE = float("nan")
FRAME = pd.DataFrame({"unit": ["north", "south", "west"], "population": [80, 70, 50]})
DRAW = np.random.default_rng(1)
ANSWERS = {
    "unit": ["north"] * 30 + ["south"] * 29 + ["west"],  # a unit of one
    "role": ["leader", "staff"] * 30,
    "belonging": list(DRAW.choice(["none", "some", "great", "dont_know", "blank"], SIZE)),
    **{f"goals_{p}": list(DRAW.choice(["none", "some", "great"], SIZE)) for p in "abc"},
    **{f"measures_{p}": list(DRAW.choice(["ticked", "not_ticked"], SIZE)) for p in "xy"},
}
CASES = {
    "a unit of one": {},
    "all 'Vet ikke'": {"belonging": ["dont_know"] * SIZE},
    "a share of 1": {"belonging": ["great"] * SIZE},
    "an empty category": {"belonging": ["great", "none"] * 30},
    "zero cells": {"belonging": ["great"] * 30 + ["none"] * 30},
    "an empty unit": {"unit": ["north"] * 30 + ["south"] * 30},
    "one unit": {"unit": ["north"] * SIZE},
    "no ticks": {"measures_x": ["not_ticked"] * SIZE, "measures_y": ["not_ticked"] * SIZE},
    "no unit given": {"unit": ["blank"] * SIZE},
}
CALLS = {
    "shares": lambda r, w: proportions(r, "belonging", "unit", frame=FRAME, weights=w),
    "logit": lambda r, w: proportions(r, "belonging", "unit", method="logit", weights=w),
    "beta": lambda r, w: proportions(r, "belonging", "unit", method="beta", weights=w),
    "means": lambda r, w: means(r, "belonging", "unit", frame=FRAME, weights=w),
    "superiority": lambda r, w: compare_groups(r, "belonging", "unit", weights=w),
    "differences": lambda r, w: compare_groups(r, "belonging", "unit", categories=["great"], weights=w),
    "association": lambda r, w: association_test(r, "belonging", "unit", weights=w),
    "ranks": lambda r, w: rank_test(r, "belonging", "unit", weights=w),
    "boxes": lambda r, w: multiple_response(r, "measures", "unit", weights=w),
    "ticks": lambda r, w: multiple_response(r, "measures", "unit", of="ticks", weights=w),
    "unsure": lambda r, w: proportions(r, "belonging", "unit", categories="missing", frame=NONE, weights=w),
    "readings": lambda r, w: proportions(
        r, "belonging", "unit", reading=["as_printed", "some_or_more"], frame=NONE, weights=w
    ),
    "weights": lambda r, w: rake(r, ["unit"], frame=FRAME, weights=w).to_frame(),
    "rates": lambda r, _: response_rates(r, "unit", frame=FRAME),
    "balance": lambda r, _: compare_groups(r, "responded", "unit", frame=FRAME),
    "R": lambda r, _: r_indicator(r, "unit", FRAME),
}
COMPARISONS = ("superiority", "differences", "association", "ranks")
ERRORS = {
    **{
        (case, call): "nothing to compare"
        for case in ("all 'Vet ikke'", "a share of 1", "one unit", "no unit given")
        for call in COMPARISONS
    },
    ("an empty unit", "weights"): "no respondents",
    ("an empty unit", "R"): "nobody or everybody",
    ("one unit", "weights"): "no respondents",
    ("one unit", "R"): "nobody or everybody",
    ("no unit given", "weights"): "in no level of a margin",
    ("no unit given", "balance"): "nobody or everybody",
    ("no unit given", "R"): "nobody or everybody",
}
NO_WEIGHT_LEFT = {(case, "weights"): "no respondents" for case in CASES if "unit" not in CASES[case]}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("last", [None, 0.0], ids=["unweighted", "a weight of 0"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("case", CASES)
def test_a_right_answer_or_one_clear_error(study, make_responses, case, call, last):
    responses = make_responses(study, ANSWERS | CASES[case])
    weights = None if last is None else np.array([*[1.0] * (SIZE - 1), last])
    expected = (ERRORS | ({} if last is None else NO_WEIGHT_LEFT)).get((case, call))
    if expected:
        with pytest.raises(EstimationError, match=expected):
            CALLS[call](responses, weights)
        return
    table = CALLS[call](responses, weights)
    assert len(table)
    assert not np.isinf(table.select_dtypes("number").to_numpy()).any()
    if {"conf_low", "conf_high"} <= set(table) and call in {"shares", "boxes", "unsure", "readings"}:
        there = table[table["n"] > 0]
        assert ((there["conf_low"] <= there["estimate"]) & (there["estimate"] <= there["conf_high"])).all()
        assert table.loc[table["n"] == 0, ["estimate", "conf_low", "conf_high"]].isna().all(axis=None)


def test_groups_of_one_mind_have_no_rank_test_of_weighted_samples(study, make_responses):
    apart = make_responses(study, ANSWERS | CASES["zero cells"])
    assert rank_test(apart, "belonging", "unit")["p_value"][0] < 0.001
    for method in ("default", "survey"):
        row = rank_test(apart, "belonging", "unit", weights=np.arange(SIZE) + 1.0, method=method).iloc[0]
        assert row[["statistic", "p_value"]].isna().all()
    two = rank_test(apart, "belonging", "role").iloc[0]
    assert 0 <= two["p_value"] <= 1
