"""A draft of a platform's export runs as it stands, and gives the counts that the answers were made with."""

from __future__ import annotations

import shutil
from collections import Counter

import pandas as pd
import pyreadstat
import pytest

from evalkit.data import clean, draft_study, read_export
from evalkit.errors import DataError, UsageError
from evalkit.estimate import means, tabulate
from evalkit.protect import protect
from evalkit.study import load_study

from .layouts import CODED, DEGREE, GOALS, IMPORTANCE, LAYOUTS, MEASURES, ROLES, UNITS, Answer, answers, truth

GIVEN = answers()


def drafted(files: dict[str, bytes], tmp_path, language="nb"):
    """Draft a study of an export in a folder of its own, and clean it."""
    source = tmp_path / "export"
    source.mkdir()
    for name, content in files.items():
        (source / name).write_bytes(content)
    folder = draft_study(source / next(iter(files)), tmp_path / "pulse", language)
    study = load_study(folder)
    return study, clean(read_export(study), study)


def by_label(study, responses):
    """Return the counts of each variable by the texts of its answers; of the respondents' own words there are none."""
    found = []
    for variable in study.codebook.variables.values():
        if variable.derived or variable.item.kind == "text":
            continue
        data = responses.data
        texts = {c.code: c.labels["nb"] for c in (*variable.scale.categories, *variable.scale.missing)}
        codes = data[variable.name].astype(object)
        if variable.missing_column in data:
            codes = codes.fillna(data[variable.missing_column].astype(object))
        if variable.item.kind == "multiple":
            found.append(dict(Counter(codes)))
        else:
            found.append(dict(Counter("" if code == "blank" else texts[code] for code in codes)))
    return found


def expected(name):
    """Return the true counts in the order of the questionnaire; by number where the layout holds numbers."""
    counts = truth(GIVEN)
    scales = {"unit": UNITS, "role": ROLES, "belonging": DEGREE, **dict.fromkeys(GOALS, IMPORTANCE)}
    if name in CODED:
        for key, texts in scales.items():
            counts[key] = {text and str(texts.index(text) + CODED[name]): n for text, n in counts[key].items()}
    return [counts[key] for key in (*scales, *MEASURES)]


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_draft_gives_the_counts(name, tmp_path, capsys) -> None:
    study, responses = drafted(LAYOUTS[name](GIVEN), tmp_path)
    assert by_label(study, responses) == expected(name), capsys.readouterr().out
    assert responses.total == len(GIVEN)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_draft_shows_nothing_that_few_gave(name, tmp_path, capsys) -> None:
    given = [*GIVEN, *(Answer(900 + k, 0, 0, 0, (0, 0), (True, False, False), GIVEN[0].started) for k in range(2))]
    drafted(LAYOUTS[name](given), tmp_path)
    said = capsys.readouterr().out
    for text in (said, *(path.read_text("utf-8") for path in (tmp_path / "pulse").glob("*.yml"))):
        assert not any(word in text for word in ("person1@", "fri tekst", "192.0.2.1", "00001"))


def test_a_rare_answer_is_counted_as_other_and_not_named(tmp_path) -> None:
    files = LAYOUTS["google"](GIVEN)
    files["g.csv"] = files["g.csv"].replace(b"Nord", "Kari fra Bodø".encode(), 2)
    study, responses = drafted(files, tmp_path)
    assert "Kari" not in (study.folder / "codebook.yml").read_text("utf-8")
    assert responses.data.iloc[:, 0].astype(str).value_counts()["other"] == 2


def test_a_group_is_called_by_a_word_of_its_question(tmp_path) -> None:
    study, _ = drafted(LAYOUTS["qualtrics_labels"](GIVEN), tmp_path)
    assert [study.codebook.items[name].label for name in study.groups] == [{"nb": "Enhet"}, {"nb": "Rolle"}]


def test_a_draft_marks_what_a_person_decides(tmp_path, capsys) -> None:
    study, _ = drafted(LAYOUTS["questback"](GIVEN), tmp_path)
    plan = (study.folder / "study.yml").read_text("utf-8")
    assert plan.count("# decide:") >= 4
    said = capsys.readouterr().out
    for text in (
        "dropped, never read: E-post",
        "battery, 2 rows, scale importance",
        "tick all that apply, 3 boxes",
        "scale degree",
    ):
        assert text in said
    assert [len(study.groups), study.unit] == [2, study.groups[0]]
    degree = study.codebook.scales["degree"]
    assert (degree.kind, degree.codes[0], degree.missing_codes) == ("ordinal", "i_liten_grad", ("dont_know",))
    assert study.outcomes == ("i_hvilken_grad_foler_du",)


def test_a_box_that_nobody_ticked_and_numbers_with_decimals(tmp_path) -> None:
    lines = ["1. Enhet;2. Tilhørighet;3. Tiltak - IKT;3. Tiltak - HR"]
    lines += [f"{'Nord' if k % 2 else 'Sør'};{('1.0', '2.0', '3.0', 'Vet ikke')[k % 4]};x;" for k in range(40)]
    study, responses = drafted({"a.csv": "\n".join(lines).encode()}, tmp_path)
    assert by_label(study, responses) == [
        {"Sør": 20, "Nord": 20}, {"1": 10, "2": 10, "3": 10, "Vet ikke": 10}, {"ticked": 40}, {"not_ticked": 40}
    ]  # fmt: skip


def test_a_question_that_does_not_come_through_is_left_out(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("evalkit.data.draft._alike", lambda *_: False)
    lines = [
        "1. Enhet;2. Sted",
        *(f"{'Nord' if k % 2 else 'Sør'};Avdeling for drift" for k in range(40)),
        "Nord;Avdeling for drif",
    ]
    study, responses = drafted({"a.csv": "\n".join(lines).encode()}, tmp_path)
    assert list(study.codebook.items) == ["enhet"]
    assert "sted: left out" in capsys.readouterr().out
    assert responses.total == 41


def test_a_study_is_never_written_over(tmp_path) -> None:
    study, _ = drafted(LAYOUTS["google"](GIVEN), tmp_path)
    with pytest.raises(UsageError, match="there is a study already"):
        draft_study(tmp_path / "export" / "g.csv", study.folder)


def test_what_holds_no_question_is_no_draft(tmp_path) -> None:
    (tmp_path / "a.csv").write_text("Email\n" + "".join(f"p{k}@example.org\n" for k in range(9)), "utf-8")
    with pytest.raises(DataError, match="no column looks like a question"):
        draft_study(tmp_path / "a.csv", tmp_path / "pulse")
    assert not (tmp_path / "pulse").exists()


def test_the_language_is_one_of_two(tmp_path) -> None:
    with pytest.raises(UsageError, match=r"the language is not known\n  got: de\n  expected: nb, en"):
        draft_study(tmp_path / "a.csv", tmp_path / "pulse", "de")


def test_the_draft_of_counts_keeps_them(tmp_path) -> None:
    shutil.copy(load_study("copenhagen-housing").export_path, tmp_path / "housing.csv")
    study = load_study(draft_study(tmp_path / "housing.csv", tmp_path / "copenhagen", "en"))
    assert clean(read_export(study), study).total == 1681


def test_what_a_draft_publishes_can_be_protected(tmp_path) -> None:
    study, responses = drafted(LAYOUTS["surveymonkey"](GIVEN), tmp_path)
    tables = [tabulate(responses, publication.item, publication.by) for publication in study.publications]
    assert [safe.id for safe in protect(tables, study.rule)] == [publication.id for publication in study.publications]


def test_numbers_that_people_were_asked_for_and_their_own_words(tmp_path, capsys) -> None:
    ages = [20 + k % 47 for k in range(300)]
    rows = [
        f"{k},{('Ja', 'Nei')[k % 2]},{'Vet ikke' if k % 50 == 0 else age},{age}{k},{f'Jeg heter Kari {k}' if k % 3 else ''}\n"
        for k, age in enumerate(ages)
    ]
    (tmp_path / "a.csv").write_text("Id,Er du leder?,Hva er din alder?,Løpenr,Noe mer?\n" + "".join(rows), "utf-8")
    study = load_study(draft_study(tmp_path / "a.csv", tmp_path / "pulse"))
    responses = clean(read_export(study), study)
    age, words = (study.codebook.variable(name) for name in ("hva_er_din_alder", "noe_mer"))
    assert age.item.kind == "number"
    assert (responses.data[age.name].min(), responses.data[age.name].max()) == (20, 66)
    assert responses.data[age.missing_column].eq("dont_know").sum() == 6
    assert responses.data[age.coded_column].value_counts().min() > 50
    assert responses.data[words.name].eq("answered").sum() == 200
    said = capsys.readouterr().out + (tmp_path / "pulse" / "codebook.yml").read_text("utf-8")
    assert "decide: hva_er_din_alder: the bands that the number is published in" in said
    assert "Løpenr (a number)" in said
    assert "Kari" not in said


def test_a_column_of_weights_is_the_design_and_a_scale_from_nought_counts_from_nought(tmp_path):
    lines = ["Id,Vekt,Enhet,Fornøyd"]
    lines += [f"{k},{1 + k % 3},{'Nord' if k % 2 else 'Sør'},{k % 10}" for k in range(60)]
    study, responses = drafted({"answers.csv": "\n".join(lines).encode()}, tmp_path)
    assert study.design.weight == "Vekt"
    assert responses.data["design.weight"].tolist()[:3] == [1, 2, 3]
    assert "# decide: design" in (study.folder / "study.yml").read_text(encoding="utf-8")
    assert means(responses, "fornoyd", weights=1)["estimate"].tolist() == [4.5]


def test_other_boxes_are_options_too_and_columns_of_one_name_are_not_read(tmp_path, capsys):
    lines = ["Tiltak [IKT],Tiltak [HR],Tiltak [Annet],Tillit,Tillit,Hvor gammel er du?"]
    lines += [
        f"{'Yes' if k % 2 else 'No'},{'No' if k % 3 else 'Yes'},{f'mine {k}' if k % 9 == 0 else ''},1,2,{20 + k}"
        for k in range(40)
    ]
    study, responses = drafted({"answers.csv": "\n".join(lines).encode()}, tmp_path)
    assert responses.data[["tiltak_ikt", "tiltak_hr", "tiltak_annet"]].eq("ticked").sum().tolist() == [20, 14, 5]
    assert study.codebook.items["hvor_gammel_er_du"].kind == "number"
    assert "not read: Tillit (several columns are called so: rename them in the export)" in capsys.readouterr().out
    assert "mine" not in (study.folder / "codebook.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("beside", ["Enhet,Fornøyd\n", "Enhet,Fornøyd\nNord,2\n"])
def test_another_export_beside_it_has_no_labels(tmp_path, beside):
    lines = ["Enhet,Fornøyd", *(f"{'Nord' if k % 2 else 'Sør'},{k % 5 + 1}" for k in range(40))]
    study, _ = drafted({"answers.csv": "\n".join(lines).encode(), "small.csv": beside.encode()}, tmp_path)
    assert study.codebook.items["enhet"].question == {"nb": "Enhet"}


def test_a_number_with_a_label_for_no_answer_is_a_number_and_rare_numbers_have_no_scores(tmp_path):
    ages = pd.DataFrame({"AGE": [999.0, *(20.0 + k % 30 for k in range(60))], "PLACE": [*[20.0, 30, 40] * 20, 77]})
    pyreadstat.write_sav(
        ages, tmp_path / "ages.sav", variable_value_labels={"AGE": {999: "Vet ikke"}}, missing_ranges={"AGE": [999]}
    )
    study = load_study(draft_study(tmp_path / "ages.sav", tmp_path / "pulse"))
    assert study.codebook.items["age"].kind == "number"
    assert clean(read_export(study), study).data["age"].notna().sum() == 60
    assert {category.score for category in study.codebook.variables["place"].scale.categories} == {None}
