"""Text that is never read, and boxes that are answered yes, no or don't know."""

import pytest

from evalkit import clean, load_study, multiple_response, proportions, read_export, tabulate
from evalkit.errors import DataError, StudyError
from evalkit.release.store import load_release
from evalkit.study import NOT_TICKED, TICKED

from .. import whole_study

SECRET = "my boss is Kari Nordmann"
YES_NO = {
    "kind": "nominal",
    "categories": [{"code": "yes", "nb": "Ja", "en": "Yes"}, {"code": "no", "nb": "Nei", "en": "No"}],
    "missing": [{"code": "dont_know", "nb": "Vet ikke", "en": "Don't know"}],
}


@pytest.fixture
def made(tmp_path):
    """Return a function that writes the small study with changes to its files, and loads it."""

    def make(change):
        plan, codebook, rows = whole_study.plan(), whole_study.codebook(), whole_study.rows()
        change(codebook, rows)
        return load_study(whole_study.write(tmp_path / "study", plan, codebook, rows))

    return make


def with_words(codebook, rows):
    rows["W"] = [SECRET if n % 3 == 0 else "  " if n % 3 == 1 else "" for n in range(len(rows))]
    question = {"nb": "Noe mer?", "en": "Anything else?"}
    codebook["items"]["words"] = {"kind": "text", "column": "W", "question": question}


def test_of_a_text_no_more_is_read_than_whether_there_is_one(made):
    study = made(with_words)
    raw = read_export(study)
    assert set(raw.cells["W"]) == {"answered", ""}
    responses = clean(raw, study)
    counts = tabulate(responses, "words").frame.set_index("words")["count"].to_dict()
    assert counts == {"answered": 200, "blank": 400}
    shares = proportions(load_release(study), "words", base="all").set_index("category")["estimate"]
    assert shares["answered"] == pytest.approx(1 / 3)


def with_boxes(codebook, rows):
    codebook["scales"]["yes_no"] = YES_NO
    codebook["items"]["measures"]["scale"] = "yes_no"
    rows["MX"] = ["Ja", "no", "Vet ikke", ""] * 150
    rows["MY"] = ["Nei", "Nei", "", ""] * 150


def test_boxes_with_a_scale_are_answered(made):
    study = made(with_boxes)
    responses = clean(read_export(study), study)
    data = responses.data
    assert data["measures_x"].astype(object).head(2).tolist() == [TICKED, NOT_TICKED]
    assert data["measures_x__missing"].astype(object).iloc[2:4].tolist() == ["dont_know", "blank"]
    assert data["measures_any"].astype(object).head(2).tolist() == [TICKED, NOT_TICKED]
    assert data["measures_any__missing"].astype(object).iloc[2:4].tolist() == ["dont_know", "blank"]
    found = multiple_response(responses, "measures").set_index("term")
    assert found.loc["measures_x", ["estimate", "n"]].tolist() == [0.5, 300]
    assert study.codebook.variable("measures_x").category_label(TICKED, "en") == "Yes"
    assert set(tabulate(responses, "measures").frame["answer"]) == {TICKED, NOT_TICKED, "dont_know", "blank"}


def test_what_is_neither_yes_nor_no_is_an_error(made):
    def change(codebook, rows):
        with_boxes(codebook, rows)
        rows.loc[0, "MX"] = "x"

    study = made(change)
    with pytest.raises(DataError, match="an answer is not in the codebook"):
        clean(read_export(study), study)


def of_words(**changes):
    def change(codebook, rows):
        with_words(codebook, rows)
        codebook["items"]["words"].update(changes)

    return change


def of_boxes(**changes):
    def change(codebook, rows):
        with_boxes(codebook, rows)
        codebook["items"]["measures"].update(changes)

    return change


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (of_words(scale="degree"), "kind text has no 'scale'"),
        (of_words(column=None), "needs 'column'"),
        (of_words(bands=[1]), "has no 'bands', which goes with number"),
        (of_boxes(scale="degree"), "the scale of boxes has two answers"),
        (of_boxes(ticked=["x"]), "'ticked' belongs to a tick-all-that-apply item without a scale"),
        (of_boxes(separator=";", column="M"), "'separator' belongs to a tick-all-that-apply item without a scale"),
        (of_boxes(merge={"yes": "no"}), "has no 'merge', which goes with single or battery"),
    ],
)
def test_what_cannot_be_is_refused(made, change, text):
    with pytest.raises(StudyError, match=text):
        made(change)
