"""The attacker on worked cases: each publication has its verdict, with and without the true counts at hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evalkit.attack import audit
from evalkit.errors import DisclosureError, UsageError
from evalkit.study import DisclosureRule

CASES = json.loads((Path(__file__).parents[1] / "oracle" / "attack_cases.json").read_text(encoding="utf-8"))["cases"]
PUBLICATIONS = [
    pytest.param(case, publication, id=f"{case['id']}-{number}")
    for case in CASES
    for number, publication in enumerate(case["publications"])
]
ARGUMENTS = ("dims", "threshold", "zeros", "known", "targets", "answer_dim", "integer")


def found(frame) -> list[tuple[dict[str, Any], str]]:
    return list(zip(frame["where"], frame["kind"], strict=True))


def check(frame, expect) -> None:
    assert list(frame.columns) == ["table", "where", "kind", "low", "high"]
    if expect == "safe":
        assert found(frame) == []
    else:
        assert all((e["where"], e["kind"]) in found(frame) for e in expect)


@pytest.mark.parametrize(("case", "publication"), PUBLICATIONS)
def test_each_case_has_its_verdict(case, publication):
    check(audit({**case, **publication}), publication["expect"])


@pytest.mark.parametrize(("case", "publication"), PUBLICATIONS)
def test_a_reader_who_does_not_know_the_true_counts_finds_the_same(case, publication):
    given = {name: case[name] for name in ARGUMENTS if name in case}
    check(audit(publication, **given), publication["expect"])
    check(audit(case, publication), publication["expect"])
    check(audit(tables=publication["tables"], **given), publication["expect"])


@pytest.mark.parametrize(("case", "publication"), PUBLICATIONS)
def test_labels_that_are_numbers_change_nothing(case, publication):
    """Every category becomes its position, a whole number."""
    places = {dim: {level: i for i, level in enumerate(levels)} for dim, levels in case["dims"].items()}

    def numbered(part):
        if isinstance(part, list):
            return [numbered(p) for p in part]
        if not isinstance(part, dict):
            return part
        out = {}
        for key, value in part.items():
            if key in places and not isinstance(value, dict | list):
                out[key] = places[key][value]
            elif key in places and isinstance(value, dict):
                out[key] = {str(places[key][level]): score for level, score in value.items()}
            else:
                out[key] = numbered(value)
        return out

    dims = {dim: list(levels.values()) for dim, levels in places.items()}
    check(audit({**numbered(case), **numbered(publication), "dims": dims}), numbered(publication["expect"]))


DIMS = {"dept": ["A", "B", "C"], "answer": ["yes", "no", "unsure"]}
RULE = {"k": 5, "width": 2}


def count(value: int | None, **where: Any) -> dict[str, Any]:
    return {"where": where, "value": value}


def pct(value: float | None, decimals: int, base: dict[str, Any], **where: Any) -> dict[str, Any]:
    return {"kind": "pct", "where": where, "base": base, "value": value, "decimals": decimals}


def mean(value: float, decimals: int, scores: dict[str, float], **where: Any) -> dict[str, Any]:
    return {"kind": "mean", "where": where, "scores": {"answer": scores}, "value": value, "decimals": decimals}


SCORES = {"yes": 1, "no": 2, "unsure": 3}
LEAKS = {
    "a percentage and its base": (
        [count(40, dept="A"), pct(7.5, 1, {"dept": "A"}, answer="no")],
        {}, ({"dept": "A", "answer": "no"}, "exact", 3, 3),
    ),
    "whole per cents of a base under 100": (
        [count(37, dept="A"), pct(8, 0, {"dept": "A"}, answer="no")],
        {}, ({"dept": "A", "answer": "no"}, "exact", 3, 3),
    ),
    "the complement of a merged category": (
        [count(24, dept="A"), count(21, dept="A", answer=["yes", "unsure"]), count(None, dept="A", answer="no")],
        {}, ({"dept": "A", "answer": "no"}, "exact", 3, 3),
    ),
    "percentages of several categories": (
        [count(50, dept="A"), pct(92.0, 1, {"dept": "A"}, answer=["yes", "unsure"])],
        {}, ({"dept": "A", "answer": "no"}, "exact", 4, 4),
    ),
    "two filters a few respondents apart": (
        [count(90), count(30, answer="no"), count(87, dept=["A", "B"]), count(28, dept=["A", "B"], answer="no")],
        {}, ({"dept": "C", "answer": "no"}, "exact", 2, 2),
    ),
    "a mean at the end of its scale": (
        [count(7, dept="A"), mean(1.0, 2, SCORES, dept="A")],
        {"group": True}, ({"dept": "A", "answer": "yes"}, "group", 7, 7),
    ),
    "all but one": (
        [count(8, dept="A"), count(7, dept="A", answer="yes")],
        {"group": True, "group_slack": 1}, ({"dept": "A", "answer": "yes"}, "group", 7, 7),
    ),
    "counts rounded to base 3 under a true total": (
        [count(7, dept="A"), {"kind": "rounded", "where": {"dept": "A", "answer": "yes"}, "value": 3, "base": 3},
         {"kind": "rounded", "where": {"dept": "A", "answer": "no"}, "value": 0, "base": 3},
         {"kind": "rounded", "where": {"dept": "A", "answer": "unsure"}, "value": 3, "base": 3}],
        {"width": 4}, ({"dept": "A", "answer": "yes"}, "small", 2, 4),
    ),
    "a weighted sum with weights known": (
        [count(20, answer="no"), count(12, dept="A", answer="no"),
         {"kind": "linear", "coef": [{"where": {"dept": d, "answer": "no"}, "weight": w}
                                     for d, w in (("A", 1.25), ("B", 0.8), ("C", 2.1))], "value": 25.3, "decimals": 1}],
        {}, ({"dept": "C", "answer": "no"}, "exact", 3, 3),
    ),
    "a weighted sum, weights by category": (
        [count(20, answer="no"), count(12, dept="A", answer="no"),
         {"kind": "linear", "where": {"answer": "no"}, "coef": {"dept": {"A": 1.25, "B": 0.8, "C": 2.1}},
          "value": 25.3, "decimals": 1}],
        {}, ({"dept": "C", "answer": "no"}, "exact", 3, 3),
    ),
    "bars measured with a ruler": (
        [{"kind": "range", "where": {"dept": "B", "answer": "no"}, "lo": 1.7, "hi": 2.3}],
        {}, ({"dept": "B", "answer": "no"}, "exact", 2, 2),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("items", "rule", "wanted"), LEAKS.values(), ids=LEAKS)
def test_a_leak_is_found(items, rule, wanted):
    frame = audit(items, dims=DIMS, threshold={**RULE, **rule})
    rows = [(row.where, row.kind, row.low, row.high) for row in frame.itertuples()]
    assert wanted in rows


def test_stacked_tick_boxes_bound_each_other():
    """Twelve answered, eleven ticked x, ten ticked y: at least nine ticked both, so at most three ticked one of them."""
    dims = {"x": ["ticked", "-"], "y": ["ticked", "-"]}
    items = [count(12), count(11, x="ticked"), count(10, y="ticked"), count(None, x="-", y="-")]
    frame = audit(items, dims=dims, threshold={"k": 5, "width": 2})
    assert ({"x": "-", "y": "-"}, "narrow", 0, 1) in [(r.where, r.kind, r.low, r.high) for r in frame.itertuples()]


def test_what_is_known_anyway_is_no_finding_and_what_the_publication_adds_is():
    known = [count(1, dept="A"), count(3, dept="B"), count(1, dept="A", answer="yes")]
    masked = [count(None, dept=d, answer=a) for d in "AB" for a in DIMS["answer"]]
    assert audit([*masked, count(40)], dims=DIMS, threshold=RULE, known=known).empty
    told = audit([*masked, count(3, dept=["A", "B"], answer="yes")], dims=DIMS, threshold=RULE, known=known)
    assert ({"dept": "B", "answer": "yes"}, "exact") in found(told)
    assert all(where.get("dept") != "A" for where, _ in found(told))


def test_an_insider_knows_their_own_answer():
    items = [count(10, dept=["A", "B"], answer="no"), *(count(None, dept=d, answer="no") for d in "AB")]
    known = [count(2, dept="A")]
    rule = {"k": 5, "width": 3}
    assert ({"dept": "A", "answer": "no"}, "narrow") not in found(audit(items, dims=DIMS, threshold=rule, known=known))
    items += [count(1, dept="A", answer=["yes", "unsure"])]
    frame = audit(items, dims=DIMS, threshold=rule, known=known, insider={"dept": "A", "answer": "yes"})
    assert ({"dept": "A", "answer": "no"}, "exact", 1, 1) in [
        (r.where, r.kind, r.low, r.high) for r in frame.itertuples()
    ]


def test_a_micro_frame_is_taken_as_records_are():
    case = CASES[0]
    records = [{**cell["where"], "count": cell["n"]} for cell in case["micro"]]
    for publication in case["publications"]:
        check(audit({**case, **publication, "micro": pd.DataFrame(records)}), publication["expect"])


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_what_a_frame_has_missing_is_hidden(missing):
    items = [count(20, dept="A"), *(count(n, dept="A", answer=a) for a, n in (("yes", 10), ("no", missing)))]
    frame = audit([*items, count(8, dept="A", answer="unsure")], dims=DIMS, threshold=RULE)
    assert ({"dept": "A", "answer": "no"}, "exact") in found(frame)


HOSTILE = {
    "nothing": ({}, UsageError, "nothing to audit"),
    "no categories": ({"tables": []}, UsageError, "the categories are not given"),
    "unknown kind": ({"tables": [{"kind": "modal", "where": {}}], "dims": DIMS}, UsageError, "no such kind of item"),
    "unknown dimension": ({"tables": [count(3, unit="A")], "dims": DIMS}, UsageError, "no such dimension"),
    "unknown category": ({"tables": [count(3, dept="D")], "dims": DIMS}, UsageError, "no such category"),
    "unknown rounding": (
        {"tables": [{"kind": "rounded", "where": {}, "value": 5, "base": 5, "method": "magic"}], "dims": DIMS},
        UsageError,
        "no such method of rounding",
    ),
    "a mean without scores": ({"tables": [{"kind": "mean", "value": 2}], "dims": DIMS}, UsageError, "lacks a part"),
    "no number": ({"tables": [count("many")], "dims": DIMS}, UsageError, "not a number"),
    "a mistyped threshold": (
        {"tables": [count(3)], "dims": DIMS, "threshold": {"k": 5, "widht": 2}},
        UsageError,
        "did you mean 'width'",
    ),
    "a contradiction": (
        {"tables": [count(3), count(4, dept="A")], "dims": DIMS},
        DisclosureError,
        "contradicts itself",
    ),
    "a contradiction in whole numbers": (
        {"tables": [count(10), pct(33.3, 1, {}, dept="A")], "dims": DIMS},
        DisclosureError,
        "contradicts itself",
    ),
}


@pytest.mark.parametrize(("source", "error", "text"), HOSTILE.values(), ids=HOSTILE)
def test_what_cannot_be_understood_is_refused(source, error, text):
    with pytest.raises(error, match=text):
        audit(source)


def test_a_disclosure_rule_can_be_the_threshold():
    rule = DisclosureRule(base=5, width=2)
    case, publication = CASES[0], CASES[0]["publications"][0]
    check(audit(publication, rule, dims=case["dims"]), publication["expect"])
