"""A report of a small study is a report: whatever it asks, lacks or is too small for, every page comes to its end.

Item kinds with and without order, groups or none, 'Don't know' or none, each optional key left out; no answer, one, few, or all.
The notebooks' cells run in this process, and the files that the pages lead to are made.
"""

import csv
import io
from copy import deepcopy

import pytest
import yaml

from evalkit import fit_clm
from evalkit.data import draft_study
from evalkit.errors import DataError, EstimationError, StudyError
from evalkit.release import load_release
from evalkit.report import write_slides, write_workbook
from evalkit.report.render import _refuse_broken_links
from evalkit.study import load_study

from .build.test_odd_studies import BARE, CODEBOOK, CROSSED, rows
from .data.layouts import LAYOUTS, answers

FRAME = "unit,role,population\n" + "".join(
    f"{unit},{role},{people}\n"
    for unit in ("north", "south", "east")
    for role, people in (("leader", 20), ("other", 60))
)
WHOLE = yaml.safe_load((BARE + CROSSED).replace("nb", "en")) | {
    "unit": "unit", "outcomes": ["belonging", "goals_a"], "invited": 250, "base": 240, "frame": "frame.csv",
}  # fmt: skip
BARE_PLAN = yaml.safe_load(BARE.replace("nb", "en"))
GROUPED = BARE_PLAN | {"groups": ["unit", "role"], "unit": "unit", "predictors": ["unit", "role"]}
QUESTIONS = yaml.safe_load(CODEBOOK.replace("nb:", "en:"))


def without(*keys):
    return {key: value for key, value in WHOLE.items() if key not in keys}


def asking(*items, missing=True):
    """Return a codebook of some items alone, with 'Don't know' or without."""
    asked = deepcopy(QUESTIONS)
    asked["items"] = {name: asked["items"][name] for name in items}
    used = {item.get("scale") for item in asked["items"].values()}
    asked["scales"] = {name: scale for name, scale in asked["scales"].items() if name in used}
    if not missing:
        for scale in asked["scales"].values():
            scale.pop("missing", None)
    return asked


STUDIES = {
    **{f"all, {number}": (WHOLE, QUESTIONS, number) for number in (1, 4, 20)},
    "no frame": (without("frame"), QUESTIONS, 8),
    "no unit": (without("unit"), QUESTIONS, 8),
    "no predictors": (without("predictors"), QUESTIONS, 20),
    "no outcomes": (without("outcomes"), QUESTIONS, 8),
    "no fieldwork": (without("fieldwork"), QUESTIONS, 20),
    "no tables": (without("tables"), asking("unit", "role", "belonging", "level", "goals", "hues", "measures"), 20),
    "no headlines": (without("headlines"), QUESTIONS, 7),
    "nobody asked": (without("invited", "base", "frame"), QUESTIONS, 20),
    "degrees alone": (BARE_PLAN | {"outcomes": ["belonging"]}, asking("belonging"), 1),
    "colours by group": (GROUPED, asking("unit", "role", "colour", missing=False), 7),
    "levels by group": (GROUPED | {"outcomes": ["level"]}, asking("unit", "role", "level"), 20),
    "a battery by group": (GROUPED | {"outcomes": ["goals_a"]}, asking("unit", "role", "goals", missing=False), 6),
    "hues by group": (GROUPED, asking("unit", "role", "hues"), 6),
    "boxes by group": (GROUPED, asking("unit", "role", "measures"), 6),
    "boxes alone": (BARE_PLAN, asking("measures"), 4),
}  # fmt: skip
"""Plan, codebook, and how many answered."""


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Return a function that writes a study."""
    monkeypatch.setenv("EVALKIT_PROCESSED", str(tmp_path / "processed"))

    def make(plan, codebook, number):
        dont_know = any(scale.get("missing") for scale in codebook["scales"].values())
        out = io.StringIO()
        table = csv.DictWriter(out, list(next(rows(1))))
        table.writeheader()
        table.writerows(rows(number))
        texts = {
            "study.yml": yaml.safe_dump(plan | {"study": "small"}),
            "codebook.yml": yaml.safe_dump(codebook, allow_unicode=True, sort_keys=False),
            "frame.csv": FRAME,
            "svar.csv": out.getvalue() if dont_know else out.getvalue().replace("Vet ikke", ""),
        }
        folder = tmp_path / "small"
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        return load_study(folder)

    return make


@pytest.mark.parametrize(("plan", "codebook", "number"), STUDIES.values(), ids=STUDIES)
def test_every_page_comes_to_its_end(made, pages, tmp_path, plan, codebook, number):
    study = made(plan, codebook, number)
    assert all(shown for _, shown in pages(study))
    release = load_release(study)
    write_workbook(release, tmp_path / "appendix.xlsx", "en", {})
    write_slides(release, tmp_path / "slides.pptx", "en")


@pytest.mark.parametrize(
    ("plan", "number", "kind", "message"),
    [(WHOLE, 0, DataError, "no answers"), (without("groups"), 20, StudyError, "a name is not known")],
)
def test_what_no_report_can_be_made_of_is_said_of_the_study_s_files(made, plan, number, kind, message):
    with pytest.raises(kind, match=message):
        load_release(made(plan, QUESTIONS, number))


@pytest.mark.parametrize("layout", ["questback", "google", "spss"])
def test_an_export_becomes_pages_by_its_draft_alone(pages, tmp_path, monkeypatch, layout):
    """Links lead to a table, also where the effects at each threshold cannot be fitted."""

    def fitted(*given, nominal=(), **more):
        if layout == "google" and nominal:
            raise EstimationError("the penalised fit did not converge")
        return fit_clm(*given, nominal=nominal, **more)

    monkeypatch.setattr("evalkit.fit_clm", fitted)
    monkeypatch.setenv("EVALKIT_PROCESSED", str(tmp_path / "processed"))
    files = LAYOUTS[layout](answers(60))
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    study = load_study(draft_study(tmp_path / next(iter(files)), tmp_path / "pulse", "en"))
    found = dict(pages(study))
    assert all(found.values())
    for shown in found.values():
        _refuse_broken_links("".join(shown))
    assert any("Tilhørighet" in part or "tilhørighet" in part for part in found["02_descriptives"])
    assert load_release(study).response().count() == 60
