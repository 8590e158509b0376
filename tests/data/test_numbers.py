"""Numbers: read as they are, counted in bands; scores that the codebook declares."""

import copy

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from evalkit import audit, clean, fit_clm, load_study, means, medians, proportions, read_export, tabulate, write_sav
from evalkit.data import raw_export
from evalkit.data.store import load_responses
from evalkit.errors import DataError, EvalkitError, StudyError, UsageError
from evalkit.release.store import load_release

from .. import whole_study

AGE = {
    "kind": "number",
    "column": "A",
    "unit": {"nb": "år", "en": "years"},
    "bands": [18, 30, 45, 60],
    "missing": [{"code": "secret", "nb": "Vil ikke si", "en": "Will not say", "aliases": ["999"]}],
    "question": {"nb": "Alder?", "en": "Age?"},
}


@pytest.fixture
def made(tmp_path):
    """Return a function that writes the small study with a column of ages, and loads it."""

    def make(texts, change=lambda plan, codebook: None, **age):
        plan, codebook, rows = whole_study.plan(), whole_study.codebook(), whole_study.rows()
        codebook["items"]["age"] = {**AGE, **age}
        change(plan, codebook)
        rows["A"] = [texts[n % len(texts)] for n in range(len(rows))]
        return load_study(whole_study.write(tmp_path / "study", plan, codebook, rows))

    return make


def answers_of(study):
    return clean(read_export(study), study)


@pytest.mark.parametrize(
    ("text", "number", "band"),
    [
        ("37", 37, "from_30"),
        (" 30 ", 30, "from_30"),
        ("29", 29, "from_18"),
        ("60,0", 60, "from_60"),
        ("44.0", 44, "from_30"),
        ("1 037", 1037, "from_60"),
        ("999", None, "secret"),
        ("vil  ikke SI", None, "secret"),
        ("", None, "blank"),
    ],
)
def test_a_number_is_read_and_banded(made, text, number, band):
    data = answers_of(made([text])).data
    assert data["age"].iloc[0] == number or (number is None and np.isnan(data["age"].iloc[0]))
    assert band in (data["age_band"].iloc[0], data["age__missing"].iloc[0])


@pytest.mark.parametrize("text", ["forty", "17", "37.5", "-20", "1e2", "nan", "18-29", "18–29 years"])
def test_what_is_no_such_number_is_an_error_with_its_place(made, text):
    with pytest.raises(DataError) as error:
        answers_of(made(["37"] * 599 + [text]))
    assert "column 'A', row 601" in str(error.value)
    assert "a number from 18, of at most 0 decimals" in str(error.value)
    assert text not in str(error.value).partition("Expected")[0] or text == "18-29"


def test_bands_are_called_by_their_numbers_or_their_names(made):
    def labels(language, **age):
        variable = made(["37"], **age).codebook.variable("age")
        return [variable.category_label(code, language) for code in variable.scale.codes]

    assert labels("en") == ["18–29 years", "30–44 years", "45–59 years", "60 years or more"]
    assert labels("nb") == ["18–29 år", "30–44 år", "45–59 år", "60 år eller mer"]
    assert labels("nb", decimals=1, bands=[0, 0.5])[0] == "0,0–0,4 år"
    named = {"young": {"from": 0, "label": {"nb": "Unge", "en": "The young"}}, "old": 50}
    assert labels("en", bands=named) == ["The young", "50 years or more"]


def test_bands_are_tabulated_and_the_numbers_averaged(made):
    texts = ["20", "33", "50", "64", "999"]
    responses = answers_of(made(texts))
    counts = tabulate(responses, "age").frame.set_index("age")["count"]
    assert counts.to_dict() == {
        "blank": 0,
        **dict.fromkeys(["from_18", "from_30", "from_45", "from_60", "secret"], 120),
    }
    numbers = pd.Series([20, 33, 50, 64])
    assert means(responses, "age")["estimate"].iloc[0] == pytest.approx(numbers.mean())
    assert means(responses, "age")["n"].iloc[0] == 480
    assert medians(responses, "age")["estimate"].iloc[0] == 33
    assert proportions(responses, "belonging", "age")["group"].unique().tolist() == list(
        tabulate(responses, "age").frame["age"].unique()[:4]
    )
    assert fit_clm("belonging ~ age", responses).params.index.tolist() == ["age"]
    assert fit_clm("age ~ role", responses).thresholds.index[0] == "from_18|from_30"
    for by in ("unit", "role"):
        own = responses.data.groupby(by, observed=True)["age"].mean()
        np.testing.assert_allclose(means(responses, "age", by).set_index("group")["estimate"].loc[own.index], own)


def test_a_release_knows_bands_alone(made):
    release = load_release(made(["20", "33", "50", "64", "70"]))
    assert release.table("age").dims == ("age",)
    assert means(release, "age")["estimate"].iloc[0] == pytest.approx((23.5 + 37 + 52 + 2 * 67) / 5)
    with pytest.raises(UsageError, match="median is not known"):
        medians(release, "age")
    assert audit(list(release.tables.values()), release.rule, known=release.known, zeros=release.zeros).empty
    stored = load_responses(release.study)
    assert stored.data["age"].mean() == pytest.approx(47.4)
    assert stored.data["age_band"].cat.ordered


def test_two_ages_of_one_respondent_contradict_each_other(made):
    study = made(["37"])
    rows = whole_study.rows().head(2).assign(Id="1", A=["31", "32"])
    rows.iloc[1, 1:-1] = rows.iloc[0, 1:-1]
    with pytest.raises(DataError, match="different answers"):
        clean(raw_export(rows, study), study)


WRONG = [
    ({"bands": []}, "needs 'bands'"),
    ({"bands": [30, 18]}, "each above the one before"),
    ({"bands": [18, 18]}, "a band stands twice"),
    ({"bands": {"old": {"from": 60, "score": 99}, "older": 70}}, "scores of bands rise"),
    ({"bands": {"old": {"score": 9}}}, "'from' is missing"),
    ({"bands": ["young"]}, "this is no number"),
    ({"scale": "degree"}, "has no 'scale'"),
    ({"column": None}, "needs 'column'"),
    ({"decimals": 9}, "less than or equal to 6"),
    ({"merge": {"from_18": "from_30"}}, "of bands, leave out the number"),
    ({"index": "percent"}, "has no 'index', which goes with single or battery"),
    ({"kind": "single", "scale": "degree", "missing": []}, "has no 'unit', which goes with number"),
]  # fmt: skip


@pytest.mark.parametrize(("age", "text"), WRONG)
def test_an_item_for_a_number_that_cannot_be_is_refused(made, age, text):
    with pytest.raises(StudyError, match=text):
        made(["37"], **age)


def test_a_band_has_a_column_that_no_item_may_take(made):
    def change(plan, codebook):
        codebook["items"]["age_band"] = copy.deepcopy(codebook["items"]["belonging"]) | {"column": "A2"}

    with pytest.raises(StudyError, match="two items give one variable"):
        made(["37"], change)


def scored(*scores, index=None):
    def change(plan, codebook):
        for category, score in zip(codebook["scales"]["degree"]["categories"], scores, strict=False):
            category["score"] = score
        if index:
            codebook["items"]["belonging"]["index"] = index

    return change


def test_declared_scores_are_what_answers_count_for(made):
    responses = answers_of(made(["37"], scored(0, 2, 4, 7, 10)))
    values = (
        responses.data["belonging"]
        .astype(object)
        .map(dict(zip(["none", "little", "neither", "some", "great"], [0, 2, 4, 7, 10], strict=True)))
    )
    assert means(responses, "belonging")["estimate"].iloc[0] == pytest.approx(values.mean())
    assert means(load_release(responses.study), "belonging")["estimate"].iloc[0] == pytest.approx(values.mean())


def test_an_index_goes_from_0_to_100(made):
    plain = means(answers_of(made(["37"])), "belonging")["estimate"].iloc[0]
    index = means(answers_of(made(["37"], scored(index="percent"))), "belonging")["estimate"].iloc[0]
    assert index == pytest.approx(100 * (plain - 1) / 4)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (scored(0, 2, 4, 7), "every category has a score, or none has"),
        (scored(0, 2, 4, 4, 10), "rise from the lowest category to the highest"),
        (lambda plan, codebook: codebook["items"]["role"].update(index="percent"), "an index needs answers with an order or scores"),
    ],
)  # fmt: skip
def test_scores_that_cannot_be_are_refused(made, change, text):
    with pytest.raises(EvalkitError, match=text):
        made(["37"], change)


def test_an_spss_file_has_the_number_and_its_band(made, tmp_path):
    responses = answers_of(made(["20", "33", "999", ""]))
    frame, meta = pyreadstat.read_sav(str(write_sav(responses, tmp_path / "a.sav", "en")), user_missing=True)
    assert frame["age"].head(2).tolist() == [20, 33]
    assert frame["age"].isna().sum() == 300
    assert frame["age_band"].head(4).map(meta.variable_value_labels["age_band"]).tolist() == [
        "18–29 years", "30–44 years", "Will not say", "No answer",
    ]  # fmt: skip
    assert meta.variable_measure["age"] == "scale"
