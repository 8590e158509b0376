"""Odd but legal studies: each kind of question, by groups or not, without each optional key, from no answer to all of them.

Every study is counted, and its report comes to its end: its notebooks' cells run in this process, and the files are made.
Reports of some of them cover every pair of choices; `EVALKIT_MATRIX=whole` makes those of all.
"""

import itertools
import os
from copy import deepcopy

import pytest
import yaml

from evalkit.build.manifest import SHIPPED
from evalkit.data import clean, read_export
from evalkit.errors import DataError
from evalkit.estimate import tabulate
from evalkit.release import load_release
from evalkit.report import index_page, write_document, write_slides, write_workbook
from evalkit.study import load_study

BOXES = {name: {"column": name, "en": f"Measure {name.upper()}"} for name in "ab"}
KINDS = {
    "degree": {"kind": "single", "scale": "ordinal", "column": "a"},
    "colour": {"kind": "single", "scale": "nominal", "column": "a"},
    "degrees": {"kind": "battery", "scale": "ordinal", "items": BOXES},
    "colours": {"kind": "battery", "scale": "nominal", "items": BOXES},
    "boxes": {"kind": "multiple", "options": BOXES},
    "boxes with a scale": {"kind": "multiple", "scale": "asked", "options": BOXES},
    "boxes in a cell": {"kind": "multiple", "column": "a", "separator": ";", "options": {"a": {"en": "A"}, "b": {"en": "B"}}},
    "number": {"kind": "number", "column": "a", "unit": {"en": "years"}, "bands": [0, 10, 20, 40]},
    "text": {"kind": "text", "column": "a"},
}  # fmt: skip
ORDERED, TEXTS = {"degree", "degrees"}, {"boxes in a cell": "A", "number": "15", "text": "words of one's own"}
"""Kinds that are modelled; what stands in a cell where it is not the answer 'X'."""
DONT_KNOW = [{"code": "dk", "en": "Don't know", "aliases": ["99"]}]
SCALES = {
    "g": {"kind": "nominal", "categories": [{"code": "e", "en": "East"}, {"code": "w", "en": "West"}]},
    "ordinal": {"kind": "ordinal", "categories": [{"code": code, "en": code.upper()} for code in "xyz"]},
    "nominal": {"kind": "nominal", "categories": [{"code": code, "en": code.upper()} for code in "xyz"]},
    "asked": {"kind": "nominal", "categories": [{"code": "yes", "en": "X"}, {"code": "no", "en": "Y"}]},
}
FRAME = "g,r,population\n" + "".join(f"{g},{r},30\n" for g in "ew" for r in "ew")
PLAN = {
    "study": "odd", "title": {"en": "Odd"}, "synthetic": False, "languages": ["en"], "invited": 120, "base": 120,
    "fieldwork": {"start": "2024-03-04", "end": "2024-03-15", "reminders": ["2024-03-06"]}, "frame": "frame.csv",
    "groups": ["g", "r"], "unit": "g", "predictors": ["g", "r"], "disclosure": {"base": 3},
    "export": {"file": "e.csv", "id": "id", "submitted": "sent", "status": {"column": "st", "complete": ["C"], "partial": ["P"]}},
}  # fmt: skip
OPTIONAL = (
    "nothing", "fieldwork", "invited", "base", "frame", "unit", "predictors", "outcomes", "headlines", "tables", "disclosure",
    "export.id", "export.submitted", "export.status",
)  # fmt: skip
GIVEN = {"none": 0, "one": 1, "few": 4, "all": 60}
"""How many of sixty answer the question; all of them say to which group they belong."""
CHOICES = (tuple(KINDS), ("by", "alone"), ("don't know", "all know"), OPTIONAL, tuple(GIVEN))
CASES = list(itertools.product(*CHOICES))


def plan_of(kind, by, without):
    """Return the plan of a study with one question, without one of the keys."""
    variable = {"degree": "q", "colour": "q", "number": "q", "text": ""}.get(kind, "q_a")
    first = "ticked" if kind.startswith("boxes") else "x"
    plan = deepcopy(PLAN)
    if kind in ORDERED:
        plan["outcomes"] = [variable]
    if variable and kind != "number":
        plan["headlines"] = [{"item": variable, "categories": [first], "label": {"en": "said so"}}]
    plan["tables"] = [{"item": "q"}, {"item": "q", "by": ["g"]}] if kind != "text" else [{"item": "g"}]
    for key in ("groups", "unit", "predictors", "frame") if by == "alone" else ():
        del plan[key]
    if by == "alone":
        plan["tables"] = plan["tables"][:1]
    if without.startswith("export."):
        del plan["export"][without.removeprefix("export.")]
    else:
        plan.pop(without, None)
    return plan


def codebook_of(kind, missing):
    """Return the codebook of one question and two groups."""
    scales, question = deepcopy(SCALES), {"question": {"en": "What do you say?"}, **deepcopy(KINDS[kind])}
    if missing:
        for name in ("ordinal", "nominal", "asked"):
            scales[name]["missing"] = DONT_KNOW
        if kind == "number":
            question["missing"] = DONT_KNOW
    groups = {
        name: {"kind": "single", "scale": "g", "column": name, "question": {"en": f"Which {name}?"}} for name in "gr"
    }
    used = {"g", question.get("scale")}
    return {
        "scales": {name: scale for name, scale in scales.items() if name in used},
        "items": {**groups, "q": question},
    }


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Return a function that writes a study of sixty people and loads it."""
    monkeypatch.setenv("EVALKIT_PROCESSED", str(tmp_path / "processed"))

    def make(kind, by, missing, without, given):
        folder, lines = tmp_path / "odd", ["id,sent,st,g,r,a,b"]
        folder.mkdir(exist_ok=True)
        for k in range(GIVEN["all"]):
            known = TEXTS.get(kind, "XXYZ"[k % 4] if kind not in {"boxes", "boxes with a scale"} else "XY"[k % 5 == 4])
            a, b = (known, "" if kind in TEXTS else "X") if k < GIVEN[given] else ("", "")
            if missing == "don't know" and k == 5 and a and kind not in {"boxes", "boxes in a cell", "text"}:
                a = "99"
            place = f"{['East', 'West'][k % 2]},{['East', 'West'][k % 3 == 0]}"
            lines.append(f"{k},2024-03-0{4 + k % 4},{'P' if k == 7 else 'C'},{place},{a},{b}")
        files = {
            "e.csv": "\n".join(lines).replace(",Y,", ",,") if kind == "boxes" else "\n".join(lines),
            "frame.csv": FRAME,
            "study.yml": yaml.safe_dump(plan_of(kind, by, without)),
            "codebook.yml": yaml.safe_dump(codebook_of(kind, missing == "don't know")),
        }
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        return load_study(folder)

    return make


def names(case):
    """Return a case as its test is called."""
    return ", ".join(case)


def covering(cases):
    """Return some of the cases, in which every pair of choices stands that stands in any."""

    def pairs(case):
        return {*itertools.combinations(enumerate(case), 2)}

    left, chosen = set().union(*map(pairs, cases)), []
    while left:
        chosen.append(max(cases, key=lambda case: len(left & pairs(case))))
        left -= pairs(chosen[-1])
    return chosen


@pytest.mark.parametrize("case", [case for case in CASES if case[3] == "nothing"], ids=names)
def test_every_legal_study_is_counted(made, case):
    kind, by, _, _, given = case
    study = made(*case)
    responses = clean(read_export(study), study)
    assert responses.total == GIVEN["all"]
    said = 1 if kind in {"degree", "colour", "number", "text"} else 2
    for groups in ((), ("g",))[: 1 + (by == "by")]:
        if kind == "text":
            continue
        table = tabulate(responses, "q", groups)
        assert table.total == GIVEN["all"] * said
        shown = table.frame[~table.frame[table.dims[-1]].isin(["blank", "not_ticked", "no"])]
        assert int(shown["count"].sum()) == expected(kind, GIVEN[given])


def expected(kind, given):
    """Return how many answers there are, or ticks, when the first so many people answer."""
    if kind == "boxes in a cell":
        return given
    left = sum(k % 5 == 4 for k in range(given)) if kind.startswith("boxes") else 0
    return given * (2 if kind in {"degrees", "colours", "boxes", "boxes with a scale"} else 1) - left


@pytest.mark.parametrize("case", CASES if os.environ.get("EVALKIT_MATRIX") == "whole" else covering(CASES), ids=names)
def test_every_report_comes_to_its_end(made, pages, tmp_path, case):
    study = made(*case)
    assert all(shown for _, shown in pages(study))
    release = load_release(study)
    write_workbook(release, tmp_path / "appendix.xlsx", "en", {})
    write_slides(release, tmp_path / "slides.pptx", "en")
    write_document(release, tmp_path / "appendix.docx", "en")
    assert "</html>" in index_page(release, "en", [(name, name) for name in SHIPPED])


def test_a_study_without_an_answer_says_so(made):
    study = made("degree", "alone", "all know", "nothing", "none")
    (study.folder / "e.csv").write_text("id,sent,st,g,r,a,b\n1,2024-03-04,C,,,,\n", "utf-8")
    with pytest.raises(
        DataError, match=r"no answer is left after cleaning\n  got: 1 rows set aside: nothing_answered 1"
    ):
        clean(read_export(study), study)
