"""What there is to ask of a study: in the order of the pages, from the study's files alone."""

import pandas as pd
import pytest

from evalkit.errors import StudyError
from evalkit.study import Groups, Question, Reading, Study, load_study


@pytest.fixture(scope="module")
def ministries():
    return load_study("departementsstrategien-2023")


@pytest.fixture(scope="module")
def housing():
    return load_study("copenhagen-housing")


def changed(study, **plan):
    return Study(study.plan.model_copy(update=plan), study.codebook, study.folder)


def test_questions_stand_theme_by_theme_then_the_groups(ministries, housing):
    assert [question.item for question in ministries.questions] == [
        *("awareness", "measures", "goals", "strategy_importance", "cooperation", "belonging"),
        *("ministry", "section", "role"),
    ]
    assert ministries.questions[0] == Question("awareness", "awareness") == ("awareness", "awareness")
    assert [theme for theme, _ in housing.questions] == ["questions", "groups", "groups", "groups"]


def test_questions_that_are_not_published_are_left_out(ministries):
    some = tuple(p for p in ministries.publications if p.item in {"belonging", "role"} or p.by)
    assert [item for _, item in changed(ministries, tables=some).questions] == ["belonging", "role"]


def test_headlines_are_the_plans_or_the_upper_part_of_the_outcomes(ministries, housing):
    assert ministries.headlines == ministries.plan.headlines
    (headline,) = housing.headlines
    assert (headline.item, headline.categories) == ("satisfaction", ("High",))
    assert "High" in headline.label["en"]


def test_groups_are_given_in_turn_and_are_still_a_tuple(ministries):
    assert isinstance(ministries.groups, Groups)
    assert ministries.groups == ("ministry", "section", "role")
    assert ministries.compared == ("role", "section")
    assert isinstance(ministries.compared, Groups)
    assert changed(ministries, predictors=("ministry",)).compared == ("ministry",)


def test_readings_and_batteries(ministries):
    assert Reading("cooperation", "great_only") in ministries.readings
    assert {item for item, _ in ministries.readings} == {"cooperation", "belonging"}
    assert ministries.batteries == tuple(n for n, i in ministries.codebook.items.items() if i.reliability)


@pytest.mark.parametrize(
    ("options", "formula"),
    [
        ({}, "awareness ~ role + ministry + section"),
        ({"without": "ministry"}, "awareness ~ role + section"),
    ],
)
def test_formulas(ministries, options, formula):
    assert ministries.formula("awareness", **options) == formula


def test_a_formula_with_what_is_known_of_the_units(ministries):
    study = changed(ministries, models=ministries.plan.models.model_copy(update={"unit_predictor": None}))
    study.__dict__["frame"] = pd.DataFrame({"ministry": ["fin"], "population": [1], "budget": [2.5]})
    assert study.unit_values == ("budget",)
    assert study.formula("awareness", unit_values=True) == "awareness ~ role + section + budget"
    assert changed(study, predictors=()).formula("awareness") == "awareness ~ 1"


def test_interactions_stand_in_the_formula_while_both_parts_do(ministries):
    study = changed(ministries, predictors=("role", "ministry", "section", "role:section"))
    assert study.formula("awareness") == "awareness ~ role + ministry + section + role:section"
    assert study.formula("awareness", without="role") == "awareness ~ ministry + section"
    assert (study.predictors, study.interactions) == (("role", "ministry", "section"), (("role", "section"),))
    assert study.compared == ("role", "section")


def test_a_formula_of_what_is_not_there(ministries):
    with pytest.raises(StudyError, match="no variable"):
        ministries.formula("awarenes")


@pytest.mark.parametrize(
    ("item", "codes"),
    [
        ("awareness", ("heard", "know")),  # of its first headline
        ("cooperation", ("great",)),
        ("goals", ("fairly_important", "very_important")),
        ("goals_community", ("fairly_important", "very_important")),
        ("measures_ict", ("ticked",)),
        ("ministry", ()),  # without an order
    ],
)
def test_the_upper_part_of_a_scale(ministries, item, codes):
    assert ministries.high(item) == codes


def test_without_headlines_the_upper_part_is_the_upper_half(ministries):
    plain = changed(ministries, headlines=())
    assert plain.high("belonging") == ("some", "great")
    assert len(plain.headlines) == len(ministries.outcomes)
