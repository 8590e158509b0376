"""What is wrong in a study's files is said with its file, its line, what was expected and the nearest valid name."""

import shutil

import pytest

from evalkit.errors import StudyError, UsageError
from evalkit.study import load_study

PLAN, CODEBOOK, FRAME = "study.yml", "codebook.yml", "frame.csv"

# (file, what is replaced, by what, what the message says)
MUTATIONS = {
    "misspelt key": (
        PLAN, "fieldwork:", "feildwork:",
        ["study.yml, line 5, feildwork: the key 'feildwork' is not known here", "did you mean 'fieldwork'?"],
    ),
    "misspelt key inside": (
        PLAN, "base: 5", "bsae: 5",
        ["line 22, disclosure.bsae: the key 'bsae' is not known here", "expected: base, cell, width, unanimity", "'base'"],
    ),
    "misspelt key in a list": (
        PLAN, "by: [unit]}", "bye: [unit]}",
        ["study.yml, line 21, tables.0.bye", "expected: item, by", "did you mean 'by'?"],
    ),
    "misspelt key of an item": (
        CODEBOOK, "    number: 6", "    numbr: 6",
        ["items.goals.numbr: the key 'numbr' is not known here", "did you mean 'number'?"],
    ),
    "misspelt key of a category": (
        CODEBOOK, "en: North}", "en: North, aliaes: [Nordland]}",
        ["codebook.yml, line 5, scales.units.categories.0.aliaes: the key 'aliaes' is not known", "'aliases'"],
    ),
    "misspelt text key of a category": (
        CODEBOOK, "en: North}", "en: North, shrot: N}",
        ["scales.units.categories.0.shrot: this is neither a known key nor a language", "did you mean 'short'?"],
    ),
    "missing key": (PLAN, "synthetic: false\n", "", ["study.yml, line 1: the key 'synthetic' is missing"]),
    "missing key inside": (
        CODEBOOK, "    kind: battery\n", "", ["codebook.yml, line", "items.goals: the key 'kind' is missing"],
    ),
    "no whole number": (
        PLAN, "invited: 120", "invited: many",
        ["study.yml, line 6, invited: this is no whole number", "got: many", "expected: a whole number"],
    ),
    "negative number": (PLAN, "base: 5", "base: -1", ["disclosure.base", "greater than or equal to 1", "got: -1"]),
    "empty heading": (CODEBOOK, '"2. Rolle"', '" "', ["items.role.column: this is no valid name", "expected: a name or a text"]),
    "no number of a question": (CODEBOOK, "number: 6", "number: 0", ["items.goals.number", "greater than or equal to 1"]),
    "headline that is not published": (
        PLAN, "disclosure:", "headlines: [{item: goals_a, categories: [important], label: {nb: a, en: b}}]\ndisclosure:",
        ["headlines.0.item: the headline's item is in no published table", "expected: belonging", "add it to `tables`"],
    ),
    "unit predictor without units": (
        PLAN, "unit: unit\n", "models: {unit_predictor: core_groups}\n", ["models.unit_predictor: a predictor of units needs"],
    ),
    "no date": (
        PLAN, "start: 2024-03-04", "start: 4. mars",
        ["study.yml, line 5, fieldwork.start: this is no date", "got: 4. mars", "expected: a date such as 2024-03-04"],
    ),
    "ends before it starts": (PLAN, "end: 2024-03-15", "end: 2024-03-01", ["line 5, fieldwork: the fieldwork ends before"]),
    "reminder outside": (PLAN, "[2024-03-08]", "[2024-04-08]", ["a reminder lies outside the fieldwork"]),
    "neither true nor false": (
        PLAN, "synthetic: false", "synthetic: perhaps",
        ["line 3, synthetic: this is neither true nor false", "got: perhaps"],
    ),
    "a list where a text is due": (PLAN, "file: responses.csv", "file: [a.csv, b.csv]", ["export.file: this is no text", "a list of 2"]),
    "a text where a list is due": (PLAN, "groups: [unit, role]", "groups: unit", ["groups: this is no list", "expected: a list"]),
    "a text where keys are due": (
        PLAN, "title: {nb: Puls, en: Pulse}", "title: Puls", ["line 2, title: these are no keys with values", "got: Puls"],
    ),
    "nothing where a name is due": (PLAN, "study: staff-pulse", "study:", ["line 1, study: this is no text", "got: nothing"]),
    "a study's name with spaces": (PLAN, "study: staff-pulse", "study: Staff pulse", ["line 1, study: this is no valid name"]),
    "unknown language": (
        PLAN, "languages: [nb, en]", "languages: [nb, eng]",
        ["study.yml, line 4, languages.1: this is none of the values known here", "got: eng", "expected: nb, en", "'en'"],
    ),
    "language twice": (PLAN, "languages: [nb, en]", "languages: [nb, nb]", ["line 4, languages: a language stands twice"]),
    "missing language": (
        PLAN, "title: {nb: Puls, en: Pulse}", "title: {nb: Puls}",
        ["study.yml, line 2, title: a text is missing in a language of the study", "got: nb", "expected: nb, en"],
    ),
    "empty text": (PLAN, "en: Pulse}", 'en: ""}', ["title: a text is missing in a language of the study"]),
    "missing language of a category": (
        CODEBOOK, ", en: South}", "}",
        ["codebook.yml, line 6, scales.units.categories.1: a text is missing", "got: nb", "expected: nb, en"],
    ),
    "category without text": (
        CODEBOOK, "{code: south, nb: Sør, en: South}", "{code: south}",
        ["scales.units.categories.1: there is no text in any language", "expected: nb, en"],
    ),
    "language that the study has not": (PLAN, "languages: [nb, en]", "languages: [nb]", ["title.en", "expected: nb"]),
    "key twice": (
        PLAN, "invited: 120", "invited: 120\ninvited: 130",
        ["study.yml, line 7: the key 'invited' stands twice", "remove one of them"],
    ),
    "key twice inside": (CODEBOOK, "    kind: battery\n", "    kind: battery\n    kind: single\n", ["the key 'kind' stands twice"]),
    "code twice": (CODEBOOK, "code: south", "code: north", ["scales.units: the code 'north' stands twice"]),
    "label twice": (CODEBOOK, "nb: Sør", "nb: NORD ", ["the categories 'north' and 'south' are both spelt 'nord'"]),
    "kept code": (CODEBOOK, "code: dont_know", "code: blank", ["the code 'blank' is kept for questions left unanswered"]),
    "order that lacks a code": (
        CODEBOOK, "[none, some, great]", "[none, some]", ["scales.degree: low_to_high must name each category once"],
    ),
    "unknown kind": (
        CODEBOOK, "kind: battery", "kind: batery",
        ["items.goals.kind: this is none of the values known here", "expected: single, battery, multiple", "'battery'"],
    ),
    "unknown scale": (
        CODEBOOK, "scale: degree", "scale: degre",
        ["items.belonging.scale: a name is not known", "got: degre", "did you mean 'degree'?"],
    ),
    "multiple with a scale": (CODEBOOK, "    kind: multiple\n", "    kind: multiple\n    scale: degree\n", ["the scale of boxes has two answers"]),
    "single with options": (CODEBOOK, "kind: multiple", "kind: single", ["items.measures: ", "an item of kind single needs 'column'", "no 'options', which goes with multiple"]),
    "item named like a column of ours": (CODEBOOK, "  belonging:\n", "  count:\n", ["items.count", "kept for the suite"]),
    "item's name in capitals": (CODEBOOK, "  goals:\n", "  Goals:\n", ["items.Goals: this is no valid name", "small letters"]),
    "two items of one name": (CODEBOOK, "  measures:\n", "  goals:\n", ["the key 'goals' stands twice"]),
    "one column twice": (
        CODEBOOK, '"2. Rolle"', '"1.  ENHET"', ["items.role: two items name one column", "unit reads it already"],
    ),
    "column that is dropped": (CODEBOOK, '"2. Rolle"', '"Email"', ["study.yml, line 7, export: an item reads a column that"]),
    "export outside the folder": (PLAN, "file: responses.csv", "file: ../responses.csv", ["export.file: the file is not one of"]),
    "frame that is hidden": (PLAN, "frame: frame.csv", "frame: .frame.csv", ["frame: the file is not one of the study's folder"]),
    "unknown group": (
        PLAN, "groups: [unit, role]", "groups: [unit, rolle]", ["line 16, groups: a name is not known", "did you mean 'role'?"],
    ),
    "battery as a group": (PLAN, "groups: [unit, role]", "groups: [unit, role, goals]", ["groups: a name is not known", "got: goals"]),
    "group twice": (PLAN, "groups: [unit, role]", "groups: [unit, unit]", ["groups: a name stands twice"]),
    "unit that is no group": (PLAN, "unit: unit", "unit: units", ["line 17, unit: a name is not known", "did you mean 'unit'?"]),
    "nominal outcome": (PLAN, "outcomes: [belonging]", "outcomes: [role]", ["outcomes: a name is not known", "got: role"]),
    "outcome on itself": (PLAN, "[role, unit]\ntables", "[role, belonging]\ntables", ["an outcome is among its own predictors"]),
    "unknown predictor": (PLAN, "predictors: [role", "predictors: [rol", ["predictors: a name is not known", "'role'"]),
    "interaction of what is no predictor": (PLAN, "[role, unit]\ntables", "[role, \"role:unit\"]\ntables", ["predictors: a name is not known", "got: unit"]),
    "interaction that nothing tells": (
        PLAN, "[role, unit]\ntables", "[role, unit, \"role:unit\"]\ntables",
        ["told by the crossing of its predictors with the outcome", "add `crossings: [{item: belonging, by: [role, unit]}]`"],
    ),
    "interaction of three": (PLAN, "[role, unit]\ntables", "[role, \"role:unit:role\"]\ntables", ["a name, or two joined by a colon"]),
    "unknown item in a table": (PLAN, "{item: belonging, by", "{item: belong, by", ["tables.0.item", "did you mean 'belonging'?"]),
    "item by itself": (PLAN, "by: [unit]}", "by: [belonging]}", ["an item cannot be broken down by itself"]),
    "unknown unanimity": (PLAN, "unanimity: [belonging]", "unanimity: [longing]", ["disclosure.unanimity", "'belonging'"]),
    "unknown theme": (
        CODEBOOK, "    number: 6\n", "    number: 6\n    theme: aims\n",
        ["items.goals.theme: the item's theme is not in study.yml", "got: aims"],
    ),
    "merge of no category": (CODEBOOK, "    number: 6\n", "    number: 6\n    merge: {importent: important}\n", ["'importent' is no category"]),
    "merge in a chain": (
        CODEBOOK, 'column: "5. Tilhørighet",', 'column: "5. Tilhørighet", merge: {none: some, some: great},',
        ["items.belonging.merge: 'some' is merged away and merged into"],
    ),
    "merge over a neighbour": (
        CODEBOOK, 'column: "5. Tilhørighet",', 'column: "5. Tilhørighet", merge: {none: great},',
        ["only neighbours of an ordinal scale can be merged"],
    ),
    "reading of no category": (
        CODEBOOK, "    low_to_high: [none, some, great]\n",
        "    low_to_high: [none, some, great]\n    readings: {two: {label: {nb: To, en: Two}, merge: {sone: some}}}\n",
        ["reading 'two': 'sone' is no category"],
    ),
    "headline of no category": (
        PLAN, "disclosure:", "headlines: [{item: belonging, categories: [grate], label: {nb: a, en: b}}]\ndisclosure:",
        ["headlines.0.categories: a name is not known", "did you mean 'great'?"],
    ),
    "model without an unknown unit": (
        PLAN, "disclosure:", "models: {without: nort}\ndisclosure:", ["models.without: a name is not known", "'north'"],
    ),
    "no YAML": (PLAN, "[unit, role]", "[unit, role", ["study.yml, line", "this is not YAML", "mind the indentation"]),
    "tab in the indentation": (PLAN, "  file: responses.csv", "\tfile: responses.csv", ["study.yml, line 8", "this is not YAML"]),
    "alias": (PLAN, "groups: [unit, role]", "groups: &g [unit, role]\nmore: *g", ["an alias (*) is not read here"]),
    "alias of itself": (PLAN, "groups: [unit, role]", "groups: &g [unit, *g]", ["an alias (*) is not read here"]),
    "two documents": (PLAN, "groups:", "---\ngroups:", ["this is not YAML"]),
    "frame that does not add up": (
        FRAME, "north,caseworker,50", "north,caseworker,51",
        ["frame.csv, column population: the frame does not add up", "got: 121", "expected: 120", "`base`"],
    ),
    "unknown unit in the frame": (
        FRAME, "south,leader", "soth,leader", ["frame.csv, line 5: this is no category of unit", "got: soth", "'south'"],
    ),
    "missing answer in the frame": (FRAME, "south,leader", ",leader", ["frame.csv, line 5: this is no category of unit", "got: nothing"]),
    "group of the frame twice": (FRAME, "south,leader,8", "north,leader,8", ["stands twice", "unit north, role leader"]),
    "no number of people": (FRAME, "leader,8", "leader,eight", ["frame.csv, line 5: this is no number of people", "got: eight"]),
    "half a person": (FRAME, "leader,8", "leader,8.5", ["this is no number of people", "got: 8.5"]),
    "more people than there are": (FRAME, "leader,8", "leader," + "9" * 25, ["this is no number of people"]),
    "more invited than there are": (PLAN, "invited: 120", "invited: " + "9" * 25, ["invited: input should be less than"]),
    "text that turns the direction": (
        CODEBOOK, "nb: Sør", "nb: \u202eSør", ["categories.1: a text turns the direction of reading", "U+202E"],
    ),
    "options of one column": (
        CODEBOOK, '"9. Tiltak - HR"', '"9. Tiltak - IKT"', ["items.measures: two items name one column", "`separator`"],
    ),
    "separator of a single": (CODEBOOK, '"2. Rolle",', '"2. Rolle", separator: ";",', ["has no 'separator', which goes with multiple"]),
    "separator and columns": (
        CODEBOOK, "    kind: multiple\n", "    kind: multiple\n    column: a\n    separator: ';'\n",
        ["option 'x' is read from the item's column"],
    ),
    "words of a battery": (CODEBOOK, "    kind: battery\n", "    kind: battery\n    ticked: [v]\n", ["has no 'ticked', which goes with multiple"]),
    "a word both ways": (
        CODEBOOK, "    kind: multiple\n", "    kind: multiple\n    ticked: [v]\n    not_asked: [V]\n", ["'v' is both ticked and not_asked"],
    ),
    "two others": (
        CODEBOOK, "nb: Nord, en: North}\n      - {code: south,", "nb: Nord, en: North, other: true}\n      - {code: south, other: true,",
        ["only one category can be `other`"],
    ),
    "answer that is missing too": (PLAN, "  file:", "  missing: [NORD]\n  file:", ["export.missing: an answer to unit", "got: nord"]),
    "unknown order of dates": (PLAN, "  file:", "  dates: month\n  file:", ["export.dates", "expected: day_first, month_first"]),
    "unknown column in the frame": (
        FRAME, "unit,role,pop", "unit,rolle,pop",
        ["frame.csv, line 1: a column of the frame is no group", "got: rolle", "did you mean 'role'?"],
    ),
    "predictor of units that is no column": (
        PLAN, "unit: unit\n", "unit: unit\nmodels: {unit_predictor: budget}\n",
        ["study.yml, line", "models.unit_predictor: the predictor of units is no column of numbers of the frame", "got: budget"],
    ),
    "predictor of units that differs within a unit": (
        FRAME, "unit,role,population\nnorth,caseworker,50\nnorth,leader,10\nsouth,caseworker,52\nsouth,leader,8",
        "unit,role,population,budget\nnorth,caseworker,50,1\nnorth,leader,10,2\nsouth,caseworker,52,3\nsouth,leader,8,3",
        ["frame.csv, column budget: budget is not the same on every line of a unit", "2 numbers for unit north"],
    ),
    "no population": (FRAME, "population", "pop", ["the frame has no population", "expected: a column 'population'"]),
    "column of the frame twice": (FRAME, "unit,role,", "unit,unit,", ["a column of the frame stands twice", "got: unit"]),
    "cell too many": (FRAME, "leader,8", "leader,8,9", ["frame.csv, line 5: the line has not as many cells", "got: 4", "expected: 3"]),
    "frame that is not there": (PLAN, "frame: frame.csv", "frame: frames.csv", ["frames.csv: the file is missing", "'frame.csv'"]),
}  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "said"), MUTATIONS.values(), ids=MUTATIONS)
def test_a_mistake_is_named_with_its_place(smallest, file, old, new, said):
    text = (smallest / file).read_text("utf-8")
    assert text.count(old) >= 1
    (smallest / file).write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(StudyError) as raised:
        load_study(smallest)
    for part in said:
        assert part in str(raised.value)
    assert raised.value.exit_code == 2


def test_mistakes_in_both_files_are_told_at_once(smallest):
    for file, old, new in ((PLAN, "fieldwork:", "feildwork:"), (CODEBOOK, "scale: degree", "scale: degre")):
        (smallest / file).write_text((smallest / file).read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(StudyError, match=r"2 things are wrong\n1\. study\.yml.*\n(.*\n)*2\. codebook\.yml"):
        load_study(smallest)


@pytest.mark.parametrize("file", [PLAN, CODEBOOK, FRAME])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", {"study.yml": "holds no keys", "codebook.yml": "holds no keys", "frame.csv": "has no lines"}),
        ("unit: Sør".encode("cp1252"), dict.fromkeys([PLAN, CODEBOOK, FRAME], "line 1: the file is not UTF-8 text")),
        ("unit: Sør".encode("utf-16"), dict.fromkeys([PLAN, CODEBOOK, FRAME], "the file is not UTF-8 text")),
        (b"- a\n- b\n", {PLAN: "holds no keys", CODEBOOK: "holds no keys", FRAME: "no population"}),
        (b"a: \x00", {PLAN: "this is not YAML", CODEBOOK: "this is not YAML", FRAME: "frame.csv"}),
        (b"[" * 20000, {PLAN: "nested too deeply", CODEBOOK: "nested too deeply", FRAME: "frame.csv"}),
        (b"- " * 20000 + b"x", {PLAN: "nested too deeply", CODEBOOK: "nested too deeply", FRAME: "frame.csv"}),
    ],
    ids=["empty", "cp1252", "utf-16", "list", "nul", "nested", "nested in a line"],
)
def test_a_file_of_the_wrong_kind(smallest, file, content, said):
    (smallest / file).write_bytes(content)
    with pytest.raises(StudyError, match=said[file]) as raised:
        load_study(smallest)
    assert file in str(raised.value)


def test_a_byte_order_mark_is_no_mistake(smallest):
    for file in (PLAN, CODEBOOK, FRAME):
        (smallest / file).write_bytes(b"\xef\xbb\xbf" + (smallest / file).read_bytes())
    assert load_study(smallest).frame is not None


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_frame_may_have_another_separator(smallest, separator):
    (smallest / FRAME).write_text((smallest / FRAME).read_text("utf-8").replace(",", separator), "utf-8")
    assert load_study(smallest).frame["population"].sum() == 120


def test_a_frame_may_hold_numbers_of_the_units(smallest):
    text = (smallest / FRAME).read_text("utf-8").splitlines()
    lines = [f"{text[0]},budget", *(f"{line},{2.5 if line.startswith('north') else 4}" for line in text[1:])]
    (smallest / FRAME).write_text("\n".join(lines), "utf-8")
    plan = (smallest / PLAN).read_text("utf-8")
    (smallest / PLAN).write_text(
        plan.replace("unit: unit\n", "unit: unit\nmodels: {unit_predictor: budget}\n"), "utf-8"
    )
    frame = load_study(smallest).frame
    assert frame.groupby("unit", observed=True)["budget"].first().to_dict() == {"north": 2.5, "south": 4.0}


def test_a_frame_is_summed_over_merged_levels(smallest):
    text = (smallest / CODEBOOK).read_text("utf-8")
    (smallest / CODEBOOK).write_text(text.replace('"1. Enhet",', '"1. Enhet", merge: {south: north},'), "utf-8")
    frame = load_study(smallest).frame
    assert frame.set_index("role")["population"].to_dict() == {"caseworker": 102, "leader": 18}


@pytest.mark.parametrize("file", [PLAN, CODEBOOK, FRAME])
def test_a_folder_in_place_of_a_file(smallest, file):
    (smallest / file).unlink()
    (smallest / file).mkdir()
    with pytest.raises(StudyError, match=rf"{file}: this is a folder\n  expected: a file"):
        load_study(smallest)


def test_a_missing_codebook_names_the_file_that_is_nearest(smallest):
    (smallest / CODEBOOK).rename(smallest / "codebook.yaml")
    with pytest.raises(StudyError, match=r"codebook\.yml: the file is missing[^$]*did you mean 'codebook\.yaml'"):
        load_study(smallest)


def test_a_folder_without_a_plan(smallest):
    (smallest / PLAN).unlink()
    with pytest.raises(StudyError, match=r"there is no study\.yml here"):
        load_study(smallest)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(StudyError, match="there is no such folder"):
        load_study(tmp_path / "nowhere")


def test_a_study_that_is_not_there_names_the_nearest():
    with pytest.raises(StudyError, match="did you mean 'copenhagen-housing'"):
        load_study("copenhagen-huosing")


def test_under_data_raw_the_study_has_its_folders_name(smallest, tmp_path):
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    shutil.move(smallest, raw / "pulse")
    with pytest.raises(StudyError, match=r"study\.yml, line 1, study: the study's name is not its folder's"):
        load_study(raw / "pulse")


def test_elsewhere_the_folder_may_have_any_name(smallest):
    assert load_study(smallest.rename(smallest.parent / "copy")).name == "staff-pulse"


@pytest.mark.parametrize(
    ("in_lab", "asked", "language"), [("en", "", "en"), ("en", "nb", "nb"), ("sv", "", "nb"), ("", None, "nb")]
)
def test_the_language_asked_for_that_of_the_lab_or_the_first(monkeypatch, in_lab, asked, language):
    monkeypatch.setenv("EVALKIT_LANGUAGE", in_lab)
    assert load_study("departementsstrategien-2023").language(asked) == language


def test_a_language_that_the_study_has_not(smallest):
    study = load_study(smallest)
    assert study.language() == "nb"
    with pytest.raises(UsageError, match=r"has no such language\n  got: de\n  expected: nb, en"):
        study.language("de")
