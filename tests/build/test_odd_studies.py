"""What a study lacks is left out, and never ends the report: odd studies through every page and file.

Each study combines many oddities: item kinds with and without order, groups or none, 'Vet ikke' or none, optional keys left out,
many answers, few, or one.
"""

import csv
import shutil
from collections import Counter
from pathlib import Path

import pytest

STUDIES = Path(__file__).parents[1] / "studies"
CODEBOOK = """
scales:
  units: {kind: nominal, categories: [{code: north, nb: Nord}, {code: south, nb: Sør}, {code: east, nb: Øst}]}
  roles: {kind: nominal, categories: [{code: leader, nb: Leder}, {code: other, nb: Annen}]}
  degree:
    kind: ordinal
    categories: [{code: none, nb: Ikke}, {code: some, nb: Noe}, {code: great, nb: Stor}]
    missing: [{code: dont_know, nb: Vet ikke}]
  level: {kind: ordinal, categories: [{code: low, nb: Lav}, {code: high, nb: Høy}]}
  colour:
    kind: nominal
    categories: [{code: red, nb: Rød}, {code: blue, nb: Blå}]
    missing: [{code: dont_know, nb: Vet ikke}]
items:
  unit: {kind: single, scale: units, column: U, question: {nb: "Hvilken enhet?"}}
  role: {kind: single, scale: roles, column: R, question: {nb: "Hvilken rolle?"}}
  belonging: {kind: single, scale: degree, column: B, question: {nb: "Hører du til?"}}
  level: {kind: single, scale: level, column: L, question: {nb: "Hvilket nivå?"}}
  colour: {kind: single, scale: colour, column: C, question: {nb: "Hvilken farge?"}}
  goals: {kind: battery, scale: degree, reliability: true, question: {nb: "Mål?"}, items: {a: {column: GA, nb: A}, b: {column: GB, nb: B}}}
  hues: {kind: battery, scale: colour, question: {nb: "Farger?"}, items: {a: {column: HA, nb: Vegg}, b: {column: HB, nb: Tak}}}
  measures: {kind: multiple, question: {nb: "Tiltak?"}, options: {x: {column: MX, nb: X}, y: {column: MY, nb: Y}}}
"""
BARE = "study: NAME\ntitle: {nb: Prøve}\nsynthetic: true\nlanguages: [nb]\nexport: {file: svar.csv}\n"
CROSSED = """
groups: [unit, role]
predictors: [role]
fieldwork: {start: 2024-03-04, end: 2024-03-15, reminders: [2024-03-08]}
tables:
  - {item: belonging, by: [unit]}
  - {item: belonging, by: [unit, role]}
  - {item: level, by: [belonging]}
  - {item: goals, by: [unit]}
  - {item: hues}
  - {item: hues, by: [unit]}
  - {item: measures, by: [unit, role]}
headlines:
  - {item: belonging, categories: [great], label: {nb: hører til}, above: 0.5}
  - {item: goals_a, categories: [great], label: {nb: vil ha A}}
  - {item: hues_a, categories: [red], label: {nb: vil ha rød vegg}, below: 0.5}
  - {item: measures_x, categories: [ticked], label: {nb: har valgt X}}
"""
PAGES = {"index", "01_cleaning", "02_descriptives", "04_appendix_tables"}


def rows(number):
    """Go through made-up answers: a column a question."""
    degrees, colours = ("Ikke", "Noe", "Stor", "Stor", "Noe", "Vet ikke", ""), ("Rød", "Blå", "Blå", "Vet ikke", "Rød")
    for i in range(number):
        yield {
            "U": ("Nord", "Sør", "Øst")[i % 3], "R": "Leder" if i % 5 == 0 else "Annen",
            "B": degrees[(i // 2) % 7], "L": "Høy" if i % 4 else "Lav", "C": colours[i % 5],
            "GA": degrees[(i // 3) % 7], "GB": degrees[(i // 4) % 7], "HA": colours[(i // 2) % 5], "HB": colours[(i // 3) % 5],
            "MX": "x" if i % 3 else "", "MY": "" if i % 2 else "x",
        }  # fmt: skip


@pytest.fixture(scope="module")
def project(new_project):
    return new_project("odd")


def made(project, name, plan, number):
    """Make the report of a study of so many answers, and return its folder."""
    folder = project.folder / "data" / "raw" / name
    folder.mkdir()
    (folder / "study.yml").write_text(BARE.replace("NAME", name) + plan, encoding="utf-8")
    (folder / "codebook.yml").write_text(CODEBOOK, encoding="utf-8")
    with (folder / "svar.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(next(rows(1))))
        table.writeheader()
        table.writerows(rows(number))
    project.report(name)
    return project.outputs / name / "nb"


def counts(folder, table):
    """Return the shown counts of a table by its levels; hidden ones as None."""
    with (folder / "tables" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    dims = [name.removesuffix("_label") for name in found[0] if name.endswith("_label")]
    return {tuple(row[d] for d in dims): int(row["count"]) if row["count"].isdigit() else None for row in found}


def test_nothing_but_questions(project):
    folder = made(project, "bare", "", 140)
    assert {path.stem for path in folder.glob("*.html")} == PAGES
    answers = Counter(row["C"] for row in rows(140))
    assert counts(folder, "colour")[("red",)] == answers["Rød"]
    assert counts(folder, "measures")[("measures_x", "ticked")] == sum(row["MX"] == "x" for row in rows(140))
    page = (folder / "02_descriptives.html").read_text(encoding="utf-8")
    assert (
        "«Vegg»: De vanligste svarene er «Rød» og «Blå»" in page
    )  # a battery whose answers have no order; as many gave each


def test_few_answers_and_nothing_but_questions(project):
    folder = made(project, "few", "", 4)
    assert {path.stem for path in folder.glob("*.html")} == PAGES
    assert counts(folder, "colour")[("red",)] is None


def test_tables_by_groups_alone_and_predictors_without_outcomes(project):
    folder = made(project, "crossed", CROSSED, 140)
    assert {path.stem for path in folder.glob("*.html")} == PAGES
    north = [row for row in rows(140) if row["U"] == "Nord"]
    assert counts(folder, "belonging_by_unit")["north", "great"] == sum(row["B"] == "Stor" for row in north)
    assert counts(folder, "belonging_by_unit_role")["__total__", "__total__", "__total__"] == 140
    assert counts(folder, "hues_by_unit")["north", "hues_a", "red"] == sum(row["HA"] == "Rød" for row in north)


@pytest.mark.parametrize(
    ("name", "called", "table", "at", "right"),
    [
        ("headline-without-table", "early-only", "belonging_by_unit", ("__total__", "__total__"), 80),
        ("nominalbattery2", "nominalbattery2", "belonging_by_unit", ("north", "great"), 30),
        ("small-partial", "small-partial", "response", (), 7),
    ],
)
def test_studies_that_ended_the_report(project, name, called, table, at, right):
    project.report(str(shutil.copytree(STUDIES / name, project.folder / name)))
    folder = project.outputs / called / "nb"
    assert {"03_ordinal_regression-belonging", *PAGES} == {path.stem for path in folder.glob("*.html")}
    assert counts(folder, table)[at] == right
