"""Odd but legal studies: each kind of item and scale, with and without what is optional, from none to all answers."""

from __future__ import annotations

import copy
import itertools

import pytest
import yaml

from evalkit.data import clean, read_export
from evalkit.errors import DataError
from evalkit.estimate import tabulate
from evalkit.study import load_study

KINDS = {
    "single": {"scale": "s", "column": "a"},
    "battery": {"scale": "s", "items": {"a": {"column": "a", "nb": "A"}, "b": {"column": "b", "nb": "B"}}},
    "boxes": {"kind": "multiple", "options": {"a": {"column": "a", "nb": "A"}, "b": {"column": "b", "nb": "B"}}},
    "one cell": {"kind": "multiple", "column": "a", "separator": ";", "options": {"a": {"nb": "A"}, "b": {"nb": "B"}}},
}
PLAN = {
    "study": "odd", "title": {"nb": "Rar"}, "synthetic": False, "languages": ["nb"],
    "fieldwork": {"start": "2024-03-04", "end": "2024-03-15"}, "invited": 9, "groups": ["g"],
    "export": {"file": "e.csv", "id": "id", "submitted": "sent", "status": {"column": "st", "complete": ["C"], "partial": ["P"]}},
}  # fmt: skip
WITHOUT = ("fieldwork", "invited", "groups", "export.id", "export.submitted", "export.status", "nothing")
GIVEN = {"none": 0, "one": 1, "few": 3, "all": 8}
ROWS = 8


def written(folder, kind, scale, missing, without, given):
    """Write a study of eight people, of whom so many answer the question; return how many rows there are."""
    plan = copy.deepcopy(PLAN)
    if without.startswith("export."):
        del plan["export"][without.removeprefix("export.")]
    else:
        plan.pop(without, None)
    steps = [{"code": code, "nb": code.upper()} for code in "xyz"]
    codebook = {
        "scales": {
            "g": {"kind": "nominal", "categories": [{"code": "e", "nb": "E"}, {"code": "w", "nb": "W"}]},
            "s": {
                "kind": scale,
                "categories": steps,
                **({"missing": [{"code": "dk", "nb": "Vet ikke"}]} if missing else {}),
            },
        },
        "items": {
            "g": {"kind": "single", "scale": "g", "column": "g", "question": {"nb": "G"}},
            "q": {
                "kind": kind if kind in {"single", "battery"} else "multiple",
                "question": {"nb": "Q"},
                **KINDS[kind],
            },
        },
    }
    texts = ("A", "") if "kind" in KINDS[kind] else ("X", "Vet ikke" if missing else "Y")
    lines = ["id,sent,st,g,a,b"]
    for k in range(ROWS):
        a, b = texts if k < given else ("", "")
        lines.append(f"{k},2024-03-0{4 + k % 3},{'P' if k == 7 else 'C'},{'EW'[k % 2]},{a},{b}")
    (folder / "e.csv").write_text("\n".join(lines), "utf-8")
    for name, content in (("study", plan), ("codebook", codebook)):
        (folder / f"{name}.yml").write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")


CASES = list(itertools.product(KINDS, ("ordinal", "nominal"), (True, False), WITHOUT))


@pytest.mark.parametrize(
    ("kind", "scale", "missing", "without"), CASES, ids=["-".join(map(str, case)) for case in CASES]
)
def test_every_legal_study_is_counted(tmp_path, kind, scale, missing, without) -> None:
    for given in GIVEN.values() if without == "nothing" else (1, ROWS):
        written(tmp_path, kind, scale, missing, without, given)
        study = load_study(tmp_path)
        responses = clean(read_export(study), study)
        assert responses.total == ROWS
        for by in ((), ("g",)):
            table = tabulate(responses, "q", by)
            assert table.total == ROWS * (1 if kind == "single" else 2)
            answer = table.dims[-1]
            first = table.frame[(table.frame[answer] == ("ticked" if table.stack and "kind" in KINDS[kind] else "x"))]
            assert int(first["count"].sum()) == given


def test_a_study_without_an_answer_says_so(tmp_path) -> None:
    written(tmp_path, "single", "ordinal", missing=False, without="nothing", given=0)
    (tmp_path / "e.csv").write_text("id,sent,st,g,a,b\n1,2024-03-04,C,,,\n", "utf-8")
    study = load_study(tmp_path)
    with pytest.raises(
        DataError, match=r"no answer is left after cleaning\n  got: 1 rows set aside: nothing_answered 1"
    ):
        clean(read_export(study), study)
