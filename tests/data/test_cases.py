"""Exports as the platforms give them: the right numbers, or one error that can be followed to the end."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path

import pytest
import yaml

from evalkit.data import clean, read_export
from evalkit.errors import DataError, StudyError
from evalkit.estimate import tabulate
from evalkit.study import load_study

CASES = Path(__file__).parent / "cases"
CODEBOOK = yaml.safe_load((CASES / "codebook.yml").read_text("utf-8"))
USUAL = {
    "id": "RespondentId",
    "started": "Start",
    "submitted": "Completed",
    "status": {"column": "Status", "complete": ["Completed"]},
    "drop": ["Email"],
}
WORDED = {"unit": "Hvilken enhet jobber du i?", "role": "Hvilken rolle har du?", "belonging": "I hvilken grad?"}
IN_ONE_CELL = {"column": "Hvilke tiltak?", "options": {"x": {"column": None}, "y": {"column": None}}}


def columns(unit, role, belonging, a, b, x=None, y=None):
    """Return the changes to the codebook that name the export's columns."""
    changes = {"unit": {"column": unit}, "role": {"column": role}, "belonging": {"column": belonging}}
    changes["goals"] = {"items": {"a": {"column": a}, "b": {"column": b}}}
    return changes | ({"measures": {"options": {"x": {"column": x}, "y": {"column": y}}}} if x else {})


def merged(tree, changes):
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(tree.get(key), dict):
            merged(tree[key], value)
        elif value is None:
            tree.pop(key, None)
        else:
            tree[key] = value
    return tree


@pytest.fixture
def make(tmp_path):
    """Return a function that makes a study of an export of `cases/`, its codebook and plan changed as said."""

    def make(file, export, items=None, fieldwork=("2024-03-04", "2024-03-15"), scales=None, **plan):
        shutil.copy(CASES / file, tmp_path)
        codebook = merged(copy.deepcopy(CODEBOOK), {"items": items or {}, "scales": scales or {}})
        start, end = fieldwork
        study = {
            "study": "case",
            "title": {"nb": "Puls", "en": "Pulse"},
            "synthetic": False,
            "languages": ["nb", "en"],
            "fieldwork": {"start": start, "end": end},
            "export": {"file": file, **export},
            **plan,
        }
        for name, content in (("study", study), ("codebook", codebook)):
            text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
            (tmp_path / f"{name}.yml").write_text(text, "utf-8")
        return load_study(tmp_path)

    return make


def counted(study):
    """Return the responses, and the counts of every variable by code, `not_asked` and zeros left out."""
    responses = clean(read_export(study), study)
    counts = {}
    for item in study.codebook.items:
        table = tabulate(responses, item)
        for cell in table.frame.to_dict("records"):
            name, code = cell.get(item) if table.stack else item, cell["answer" if table.stack else item]
            if cell["count"]:
                counts.setdefault(name, {})[code] = cell["count"]
    return responses, counts


def ticks(x, y, n, not_asked=0):
    rest = {"not_asked": not_asked} if not_asked else {}
    given = {"measures_x": x, "measures_y": y}
    return {k: {c: m for c, m in {"ticked": t, "not_ticked": n - t, **rest}.items() if m} for k, t in given.items()}


GOALS = ("Hvor viktige er målene?{0}Samordning{1}", "Hvor viktige er målene?{0}Fellesskap{1}")
THREE = {"unit": {"north": 3}, "role": {"caseworker": 2, "leader": 1}, "belonging": {"great": 2, "some": 1},
         "goals_a": {"important": 3}, "goals_b": {"important": 2, "unimportant": 1}}  # fmt: skip
SIX = {"unit": {"north": 3, "south": 3}, "belonging": {"some": 2, "great": 2, "none": 1, "dont_know": 1}}
LIME = {
    "unit": {"A1": "north", "A2": "south"},
    "role": {"AO01": "caseworker", "AO02": "leader"},
    "belonging": {"A1": "none", "A2": "some", "A3": "great"},
    "goals": {"1": "unimportant", "2": "important"},
}


def aliased():
    scales = {"unit": "units", "role": "roles", "belonging": "degree", "goals": "importance"}
    found = {}
    for item, codes in LIME.items():
        categories = copy.deepcopy(CODEBOOK["scales"][scales[item]]["categories"])
        for alias, code in codes.items():
            next(c for c in categories if c["code"] == code)["aliases"] = [alias]
        found[scales[item]] = {"categories": categories}
    return found


READ = {
    "Google Forms": (
        "gf1.csv", {"id": "Email Address", "submitted": "Timestamp"},
        columns(*WORDED.values(), *(g.format(" [", "]") for g in GOALS)) | {"measures": IN_ONE_CELL | {"separator": ";"}},
        {}, THREE | ticks(2, 2, 3),
    ),
    "Microsoft Forms": (
        "ms1.xlsx", {"id": "ID", "started": "Start time", "submitted": "Completion time", "drop": ["Email", "Name"]},
        columns(*WORDED.values(), *(g.format(".", "") for g in GOALS)) | {"measures": IN_ONE_CELL | {"separator": ";"}},
        {}, THREE | ticks(2, 2, 3),
    ),
    "Kobo": (
        "kb2.csv", {"id": "_uuid", "started": "start", "submitted": "end"},
        columns("about/unit", "about/role", "att/bel", "att/goals/a", "att/goals/b")
        | {"measures": IN_ONE_CELL | {"separator": " ", "column": "att/meas"}},
        {}, THREE | ticks(2, 2, 3),
    ),
    "Qualtrics": (
        "qualtrics2.csv",
        {"id": "ResponseId", "started": "StartDate", "submitted": "EndDate", "drop": ["IPAddress"],
         "status": {"column": "Finished", "complete": ["True"]},
         "exclude": [{"column": "Status", "values": ["Survey Preview"], "reason": "preview",
                      "label": {"nb": "Forhåndsvisning", "en": "Preview"}}]},
        columns("Q1", "Q2 - Hvilken rolle har du?", "I hvilken grad?", "Q6_1", GOALS[1].format(" - ", ""), "Q9_1", "Q9_2"),
        {}, THREE | ticks(2, 2, 3),
    ),
    "SurveyMonkey": (
        "sm1.csv", {"id": "Respondent ID", "started": "Start Date", "submitted": "End Date", "drop": ["Email Address"]},
        columns(*WORDED.values(), "Samordning", GOALS[1].format(" - ", ""))
        | {"measures": {"options": {"x": {"column": "IKT"}, "y": {"column": "Hvilke tiltak? - HR"}, "z": {"column": "Other (please specify)", "nb": "Annet", "en": "Other", "other": True}}}},
        {}, THREE | {"measures_x": {"ticked": 2, "not_ticked": 1}, "measures_z": {"ticked": 1, "not_ticked": 2}},
    ),
    "LimeSurvey": (
        "lime3.csv",
        {"id": "token", "started": "startdate", "submitted": "submitdate",
         "status": {"column": "lastpage", "complete": ["3"], "partial": ["2"]}},
        columns("unit", "role", "bel", "goals[SQ001]", "goals[SQ002]", "meas[SQ001]", "meas[SQ002]"),
        {"scales": aliased()},
        {"unit": {"north": 2, "south": 1}, "belonging": {"great": 1, "some": 1, "blank": 1}} | ticks(1, 1, 2, not_asked=1),
    ),
    "REDCap": (
        "rc3.csv", {"id": "Record ID", "submitted": "Survey Timestamp",
                    "status": {"column": "Complete?", "complete": ["Complete"]}},
        columns(*WORDED.values(), "Samordning", "Fellesskap", *(f"Hvilke tiltak? (choice={c})" for c in ("IKT", "HR"))),
        {}, {"unit": {"north": 2}} | ticks(1, 1, 2),
    ),
    "SurveyXact": (
        "sx-valgt.csv", {},
        {"unit": None, "belonging": None, "goals": None,
         "role": {"column": "s_2"}, "measures": {"options": {"x": {"column": "v_1_1"}, "y": {"column": "v_1_2"}}}},
        {"scales": {"roles": {"categories": [{"code": "1", "nb": "Idrett", "en": "Sports"}, {"code": "2", "nb": "Kunst", "en": "Art"}]}}},
        {"role": {"1": 1, "2": 1}} | ticks(1, 1, 2),
    ),
    "Stata": (
        "dta1.dta", {}, {"unit": {"column": "unit"}, "belonging": {"column": "bel"}, "role": None, "goals": None, "measures": None},
        {}, {"unit": {"north": 2, "south": 1}, "belonging": {"none": 1, "some": 1, "great": 1}},
    ),
    "Stata by its codes": (
        "dta1.dta", {}, {"unit": {"column": "unit"}, "belonging": None, "role": None, "goals": None, "measures": None},
        {"scales": {"units": {"categories": [{"code": "1", "nb": "Landsdel nord", "en": "N"}, {"code": "2", "nb": "Landsdel sør", "en": "S"}]}}},
        {"unit": {"1": 2, "2": 1}},
    ),
    "an option called No": (
        "probe-option-nei.csv", USUAL,
        {"measures": {"options": {"x": {"column": "Ja, IKT", "nb": "Ja, IKT", "en": "Yes, ICT"},
                                  "y": {"column": "Ja, HR", "nb": "Ja, HR", "en": "Yes, HR"},
                                  "z": {"column": "Nei", "nb": "Nei", "en": "No"}}}},
        {}, SIX | ticks(2, 0, 6) | {"measures_z": {"ticked": 4, "not_ticked": 2}},
    ),
    "blank beside 0 and 1": ("p2-blank0.csv", USUAL, {}, {}, SIX | ticks(1, 2, 3, not_asked=3)),
    "-99 in the boxes": ("b-99.csv", USUAL, {}, {}, SIX | ticks(1, 3, 5, not_asked=1)),
    "-99 named by the study": ("b-99.csv", USUAL, {"measures": {"not_ticked": ["-99", ""]}}, {}, SIX | ticks(1, 3, 6)),
    "an option without a column": (
        "b-99.csv", USUAL, {"measures": {"options": {"z": {"absent": True, "nb": "Innkjøp", "en": "Purchase"}}}}, {},
        SIX | ticks(1, 3, 5, not_asked=1) | {"measures_z": {"not_ticked": 5, "not_asked": 1}},
    ),
    "one question in two columns": (
        "b-two.csv", USUAL, {"unit": {"column": ["1. Enhet", "1. Unit"]}}, {}, SIX | ticks(2, 4, 6),
    ),
    "the month first": ("p2-us.csv", USUAL, {}, {"fieldwork": ("2024-03-01", "2024-12-31")}, SIX | ticks(2, 4, 6)),
    "other in one's own words": (
        "p2-other.csv", USUAL, {},
        {"scales": {"roles": {"categories": [{"code": "caseworker", "nb": "Medarbeider", "en": "Caseworker"},
                                             {"code": "leader", "nb": "Leder", "en": "Leader"},
                                             {"code": "other", "nb": "Annet", "en": "Other", "other": True}]}}},
        SIX | {"role": {"caseworker": 3, "leader": 2, "other": 1}},
    ),
    "numbers with decimals": (
        "float.csv", USUAL, {},
        {"scales": {"degree": {"categories": [{"code": "1", "nb": "Ikke", "en": "Not"}, {"code": "2", "nb": "Noe", "en": "Some"},
                                              {"code": "3", "nb": "Stor", "en": "Great"}]}}},
        {"unit": {"north": 45, "south": 45}, "belonging": {"1": 15, "2": 30, "3": 30, "dont_know": 15}},
    ),
    "NA for no answer": (
        "na.csv", USUAL | {"missing": ["NA"]}, {}, {},
        {"unit": {"north": 45, "south": 45}, "belonging": {"none": 15, "great": 30, "dont_know": 15, "blank": 30}},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("file", "export", "items", "plan", "expected"), READ.values(), ids=READ)
def test_an_export_gives_the_right_counts(make, file, export, items, plan, expected) -> None:
    _, counts = counted(make(file, export, items, **plan))
    assert {name: counts.get(name) for name in expected} == expected


REFUSED = {
    "options of one column": (
        "gf1.csv", {}, columns(*WORDED.values(), *(g.format(" [", "]") for g in GOALS), "Hvilke tiltak?", "Hvilke tiltak?"),
        {}, ["two items name one column", "write `column` and `separator`"],
    ),
    "an option that nobody chose": (
        "b-99.csv", USUAL, {"measures": {"options": {"z": {"column": "9. Tiltak - Innkjøp", "nb": "I", "en": "P"}}}},
        {}, ["the column '9. Tiltak - Innkjøp' is missing", "write `absent: true`"],
    ),
    "an option said to be absent": (
        "b-99.csv", USUAL, {"measures": {"options": {"x": {"absent": True}}}}, {}, ["the codebook says that it is absent"],
    ),
    "dates of either order": (
        "p2-us2.csv", USUAL, {}, {"fieldwork": ("2024-03-01", "2024-12-31")},
        ["the order of day and month cannot be told", "column 'Start', row 2", "got: 03/04/2024", "`dates: month_first`"],
    ),
    "an order that fits worse": (
        "p2-us.csv", USUAL | {"dates": "day_first"}, {}, {}, ["dates: day_first, which fits worse than month_first"],
    ),
    "an id that all rows share": (
        "ms1.xlsx", {"id": "Email"}, columns(*WORDED.values(), *(g.format(".", "") for g in GOALS))
        | {"measures": IN_ONE_CELL | {"separator": ";"}}, {}, ["most rows have one id", "3 of 3 rows", "column 'Email'"],
    ),
    "a status that no row has": (
        "b-99.csv", USUAL | {"status": {"column": "Status", "complete": ["Complete"], "partial": ["Started"]}}, {}, {},
        ["no row has a value that `export.status.complete` names", "'Completed' (6), 1 other value (1 in all"],
    ),
    "a partial status misspelt": (
        "b-99.csv", USUAL | {"status": {"column": "Status", "complete": ["Completed"], "partial": ["Startet"]}}, {}, {},
        ["`export.status.partial` names", "expected: Startet"],
    ),
    "an exclusion that no row has": (
        "b-99.csv",
        USUAL | {"exclude": [{"column": "1. Enhet", "values": ["Vest"], "reason": "west", "label": {"nb": "V", "en": "W"}}]},
        {}, {}, ["`export.exclude (west)` names", "expected: Vest"],
    ),
    "an inclusion that no row has": (
        "b-99.csv", USUAL | {"include": [{"column": "1. Enhet", "values": ["Vest"]}]}, {}, {}, ["`export.include` names"],
    ),
    "free text": ("p2-other.csv", USUAL, {}, {}, ["an answer of 27 characters", "`other: true`"]),
    "a value of many": ("na.csv", USUAL, {}, {}, ["got: 'NA' (count 30)", "`export.missing`"]),
    "an unknown option in a cell": (
        "ms1.xlsx", {}, columns(*WORDED.values(), *(g.format(".", "") for g in GOALS))
        | {"measures": {"column": "Hvilke tiltak?", "separator": ";", "options": {"x": {"column": None}, "y": {"column": None, "nb": "Hus", "en": "House"}}}},
        {}, ["an answer is none of the options", "rows 3, 4", "1 texts, not shown here", "add the text to the `aliases`"],
    ),
    "two columns that differ": (
        "b-two.csv", USUAL, {"unit": {"column": ["1. Enhet", "2. Rolle"]}, "role": None}, {},
        ["two columns of one question are filled and differ", "rows 2, 4, 5"],
    ),
    "a heading over several columns": (
        "sm1.csv", {}, columns(*WORDED.values(), "Hvor viktige er målene?", "Fellesskap", "IKT", "HR"), {},
        ["'Hvor viktige er målene?' stands 2 times", "'Hvor viktige er målene? - Samordning'"],
    ),
    "ImportId as an answer": (
        "qualtrics2.csv", {"header_rows": 1}, columns("Q1", "Q2", "Q5", "Q6_1", "Q6_2", "Q9_1", "Q9_2"), {},
        ["the row with Qualtrics' ImportId is no answer", "expected: header_rows: 3"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("file", "export", "items", "plan", "said"), REFUSED.values(), ids=REFUSED)
def test_an_error_can_be_followed(make, file, export, items, plan, said) -> None:
    with pytest.raises((DataError, StudyError)) as caught:
        counted(make(file, export, items, **plan))
    assert all(text in str(caught.value) for text in said), str(caught.value)


def test_a_row_never_opened_is_no_break_off(make) -> None:
    file = CASES / "b-99.csv"
    never = "0008,h@example.org,,,,,,,,,,\n0009,i@example.org,2024-03-08 15:00,,Started,,,,,,,\n"
    study = make("b-99.csv", USUAL)
    (study.folder / "b-99.csv").write_text(file.read_text("utf-8").rstrip("\n") + "\n" + never, "utf-8")
    assert counted(study)[0].log.set_aside == {
        "before_fieldwork": 0, "after_fieldwork": 0, "non_contact": 1, "break_off": 2, "nothing_answered": 0, "duplicate": 0,
    }  # fmt: skip


def test_only_rows_that_are_included_are_kept(make) -> None:
    study = make("b-99.csv", USUAL | {"include": [{"column": "1. Enhet", "values": ["nord", "North"]}]})
    responses, counts = counted(study)
    assert counts["unit"] == {"north": 3}
    assert responses.log.set_aside["not_included"] == 4


def test_the_columns_that_nothing_reads_are_listed(make) -> None:
    responses, _ = counted(make("b-two.csv", USUAL))
    assert responses.log.unread == {"1. Unit": 1}


def test_an_order_of_dates_that_was_found_out_is_noted(make) -> None:
    responses, _ = counted(make("p2-us.csv", USUAL))
    assert responses.log.notes["month_first"] == 12
    assert responses.data["submitted_on"].dt.strftime("%m-%d").tolist()[-1] == "03-14"


def test_a_separator_within_an_option_does_no_harm(make) -> None:
    options = {"x": {"column": None, "nb": "IKT, drift", "en": "ICT"}, "y": {"column": None, "nb": "IKT", "en": "I"},
               "z": {"nb": "Annet", "en": "Other", "other": True}}  # fmt: skip
    items = columns(*WORDED.values(), *(g.format(" [", "]") for g in GOALS))
    items["measures"] = {"column": "Hvilke tiltak?", "separator": ", ", "options": options}
    study = make("gf1.csv", {}, items)
    text = (study.folder / "gf1.csv").read_text("utf-8")
    text = text.replace('"IKT;HR"', '"IKT, drift, IKT, noe, helt annet"').replace('"HR"', '"IKT, drift"')
    (study.folder / "gf1.csv").write_text(text, "utf-8")
    _, counts = counted(study)
    assert [counts[f"measures_{k}"].get("ticked", 0) for k in "xyz"] == [2, 2, 1]
