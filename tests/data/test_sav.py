"""Cleaned answers as an SPSS file: what pyreadstat reads back is what was cleaned, and nothing lands among the outputs."""

import pandas as pd
import pyreadstat
import pytest

from evalkit.data import clean, read_export, write_sav
from evalkit.data.sav import write_answers
from evalkit.errors import DataError, DisclosureError
from evalkit.study import load_study


@pytest.fixture(scope="module")
def responses():
    study = load_study("departementsstrategien-2023")
    return clean(read_export(study), study)


@pytest.fixture(scope="module")
def stored(responses, tmp_path_factory):
    path = write_sav(responses, tmp_path_factory.mktemp("sav") / "answers.sav")
    return pyreadstat.read_sav(str(path), user_missing=True)


def test_every_answer_comes_back(responses, stored):
    frame, meta = stored
    study = responses.study
    assert len(frame) == len(responses.data)
    for name, variable in study.codebook.variables.items():
        answers = responses.data[name].astype(object)
        if variable.missing_column in responses.data:
            answers = answers.where(answers.notna(), responses.data[variable.missing_column].astype(object))
        expected = [variable.category_label(code, "nb") for code in answers]
        assert frame[name].map(meta.variable_value_labels[name]).tolist() == expected, name


def test_missing_answers_are_declared(stored):
    frame, meta = stored
    assert meta.missing_ranges["belonging"] == [{"lo": 900.0, "hi": 999.0}]
    assert meta.variable_value_labels["belonging"][900.0] == "Vet ikke"
    assert meta.variable_value_labels["belonging"][901.0] == "Ubesvart"
    assert {900.0, 901.0} <= set(frame["belonging"])


def test_categories_run_low_to_high(stored):
    _, meta = stored
    labels = meta.variable_value_labels["awareness"]
    assert [labels[n] for n in (1.0, 2.0, 3.0)] == [
        "Nei",
        "Jeg har hørt om den, men er ikke kjent med innholdet",
        "Ja, jeg kjenner innholdet",
    ]
    assert meta.variable_measure["awareness"] == "ordinal"
    assert meta.variable_measure["ministry"] == "nominal"


def test_it_is_marked_synthetic_and_labelled(stored):
    _, meta = stored
    assert meta.file_label.startswith("SYNTHETIC. ")
    assert meta.column_names_to_labels["belonging"] == "Tilhørighet til departementsfellesskapet"


def test_it_never_lies_among_what_is_published(responses, tmp_path):
    (tmp_path / "outputs" / "deep").mkdir(parents=True)
    with pytest.raises(DisclosureError, match="may not lie among what is published"):
        write_sav(responses, tmp_path / "outputs" / "deep" / "answers.sav")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "manifest.json").write_text("{}")
    with pytest.raises(DisclosureError, match="inside elsewhere/"):
        write_sav(responses, tmp_path / "elsewhere" / "answers.sav")
    assert not list(tmp_path.rglob("*.sav"))


def test_another_ending_is_refused(responses, tmp_path):
    with pytest.raises(DataError, match=r"ends in \.sav"):
        write_sav(responses, tmp_path / "answers.dta")


def test_a_table_of_counts_keeps_its_counts(tmp_path):
    study = load_study("copenhagen-housing")
    responses = clean(read_export(study), study)
    frame, _ = pyreadstat.read_sav(str(write_sav(responses, tmp_path / "patterns.sav")))
    assert frame["count"].sum() == responses.total


def test_stata_has_the_same_answers_and_letters_for_those_that_are_missing(responses, stored, tmp_path):
    frame, meta = pyreadstat.read_dta(str(write_answers(responses, tmp_path / "answers.dta", "nb")), user_missing=True)
    spss, _ = stored
    known = spss["belonging"] < 900
    assert frame["belonging"][known].astype(float).tolist() == spss["belonging"][known].tolist()
    assert frame["belonging"][~known].map({"a": 900.0, "b": 901.0}).tolist() == spss["belonging"][~known].tolist()
    assert meta.variable_value_labels["belonging"]["a"] == "Vet ikke"


def test_other_programs_get_codes(responses, tmp_path):
    parquet = pd.read_parquet(write_answers(responses, tmp_path / "answers.parquet"))
    assert parquet["belonging"].tolist() == responses.data["belonging"].tolist()
    assert len(pd.read_csv(responses.save(tmp_path / "answers.csv"))) == len(responses.data)
    with pytest.raises(DataError, match="no such format"):
        responses.save(tmp_path / "answers.xls")


def test_a_variable_of_one_s_own_goes_along(responses, tmp_path):
    made = responses.assign(sure=lambda d: d.belonging == "great")
    frame, meta = pyreadstat.read_sav(str(made.save(tmp_path / "own.sav")))
    assert frame["sure"].map(meta.variable_value_labels["sure"]).tolist() == made.data["sure"].tolist()
