"""Scales, items and the variables they stand for."""

import pytest
from pydantic import ValidationError

from evalkit.errors import StudyError
from evalkit.study import BLANK, NOT_ASKED, NOT_TICKED, TICKED, Codebook, Item, Scale, fold
from evalkit.study.codebook import Category, merged_scale


def category(code, text, **more):
    return Category(code=code, labels={"en": text}, **more)


DEGREE = Scale(
    kind="ordinal",
    categories=(category("great", "Great"), category("some", "Some"), category("none", "Not at all")),
    low_to_high=("none", "some", "great"),
    missing=(category("dont_know", "Don't know"),),
)
CODEBOOK = Codebook.model_validate(
    {
        "scales": {"degree": DEGREE},
        "items": {
            "belonging": {"kind": "single", "scale": "degree", "column": "1", "question": {"en": "Do you belong?"}},
            "goals": {
                "kind": "battery",
                "scale": "degree",
                "question": {"en": "Goals?"},
                "items": {"a": {"column": "2a", "en": "First"}, "b": {"column": "2b", "en": "Second"}},
            },
            "measures": {
                "kind": "multiple",
                "question": {"en": "Measures?"},
                "options": {"x": {"column": "3x", "en": "ICT", "short": "I"}},
            },
        },
    }
)


def test_print_order_and_order_of_analysis():
    assert DEGREE.print_codes == ("great", "some", "none")
    assert DEGREE.codes == ("none", "some", "great")
    assert DEGREE.missing_codes == ("dont_know",)
    assert DEGREE.ordered


def test_items_stand_for_variables():
    assert list(CODEBOOK.variables) == ["belonging", "goals_a", "goals_b", "measures_x", "measures_any"]
    assert [v.name for v in CODEBOOK.variables_of("measures")] == ["measures_x"]
    assert CODEBOOK.variable("measures_any").derived
    assert CODEBOOK.variable("goals_b").label("en") == "Second"
    assert CODEBOOK.variable("belonging").label("en") == "Do you belong?"


def test_shown_and_missing_codes():
    assert CODEBOOK.variable("belonging").shown_codes == ("great", "some", "none", "dont_know", BLANK)
    assert CODEBOOK.variable("belonging").missing_codes == ("dont_know", BLANK)
    assert CODEBOOK.variable("belonging").missing_column == "belonging__missing"
    assert CODEBOOK.variable("measures_x").shown_codes == (TICKED, NOT_TICKED, NOT_ASKED)
    assert CODEBOOK.variable("measures_x").missing_codes == (NOT_ASKED,)


@pytest.mark.parametrize(
    ("text", "code"),
    [("great", "great"), (" NOT  at all ", "none"), ("Not\u00a0at all", "none"), ("don't know", "dont_know"), ("Not", None), ("", None)],
)  # fmt: skip
def test_answers_are_recognised(text, code):
    assert CODEBOOK.variable("belonging").code_of(text) == code


def test_labels_for_presentation():
    role = Scale(
        kind="nominal", categories=(category("leader", "Yes", display={"en": "Leader"}), category("other", "No"))
    )
    variable = Codebook(
        scales={"role": role},
        items={"role": Item(kind="single", scale="role", column="1", question={"en": "Leader?"})},
    ).variable("role")
    assert [variable.category_label(code, "en") for code in ("leader", "other", BLANK)] == ["Leader", "No", "No answer"]
    assert variable.category_label("leader", "en", printed=True) == "Yes"
    assert variable.code_of("leader") == variable.code_of("yes") == "leader"


def test_merging_joins_labels_in_print_order_and_keeps_both_spellings():
    merged = merged_scale(DEGREE, {"some": "great"})
    assert merged.codes == ("none", "great")
    assert merged.category("great").labels == {"en": "Great / Some"}
    assert {"some", "Some", "great"} <= set(merged.category("great").spellings)
    assert merged.missing_codes == DEGREE.missing_codes
    assert DEGREE.codes == ("none", "some", "great")


def test_merging_may_name_what_is_merged():
    assert merged_scale(DEGREE, {"some": "great"}, {"great": {"en": "Yes"}}).category("great").labels == {"en": "Yes"}


@pytest.mark.parametrize(
    ("merge", "said"),
    [
        ({"sone": "great"}, "'sone' is no category; expected one of none, some, great"),
        ({"some": "great", "great": "none"}, "'great' is merged away and merged into"),
        ({"none": "great"}, "only neighbours of an ordinal scale can be merged"),
    ],
)
def test_what_cannot_be_merged(merge, said):
    with pytest.raises(StudyError) as raised:
        merged_scale(DEGREE, merge)
    assert said in str(raised.value)


def test_levels_of_a_nominal_scale_need_not_be_neighbours():
    scale = Scale(kind="nominal", categories=tuple(category(code, code.upper()) for code in "abc"))
    assert merged_scale(scale, {"c": "a"}).codes == ("a", "b")


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: CODEBOOK.item("belongin"), "there is no item 'belongin'"),
        (lambda: CODEBOOK.variable("goals_c"), "there is no variable 'goals_c'"),
        (lambda: CODEBOOK.variables_of("goal"), "did you mean 'goals'?"),
        (lambda: DEGREE.category("grate"), "did you mean 'great'?"),
        (lambda: DEGREE.read_as("merged"), "the scale has no reading 'merged'"),
    ],
)
def test_an_unknown_name_names_the_nearest(ask, said):
    with pytest.raises(StudyError) as raised:
        ask()
    assert said in str(raised.value)


def test_models_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        DEGREE.kind = "nominal"


def test_texts_are_folded():
    assert fold(" I\u00a0STOR   grad\n") == "i stor grad"
