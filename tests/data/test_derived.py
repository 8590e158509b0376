"""Variables that are made of others: items like others, protected together with what they are made of."""

import json
from itertools import product

import numpy as np
import pandas as pd
import pytest

from evalkit import audit, clean, fit_clm, load_study, means, proportions, read_export, tabulate
from evalkit.data.rules import impossible
from evalkit.errors import StudyError
from evalkit.release.store import load_release

from .. import whole_study

TEXT = {"nb": "x", "en": "x"}
RANKS = {code: rank for rank, code in enumerate(["none", "little", "neither", "some", "great"], start=1)}


@pytest.fixture
def made(tmp_path):
    """Return a function that writes the small study with derived variables, and loads it."""

    def make(change=lambda plan, items, rows: None, /, **derived):
        plan, codebook, rows = whole_study.plan(), whole_study.codebook(), whole_study.rows()
        rows["A"] = [18 + n % 50 for n in range(len(rows))]
        question = {"nb": "Alder?", "en": "Age?"}
        codebook["items"]["age"] = {"kind": "number", "column": "A", "bands": [18, 30, 45, 60], "question": question}
        plan["derived"] = json.loads(json.dumps({name: {"label": TEXT, **one} for name, one in derived.items()}))
        change(plan, codebook["items"], rows)
        return load_study(whole_study.write(tmp_path / "study", plan, codebook, rows))

    return make


def answers_of(study):
    return clean(read_export(study), study)


def ranks(responses, *names):
    return pd.DataFrame({name: responses.data[name].astype(object).map(RANKS) for name in names}).astype(float)


def test_an_index_is_the_mean_score_of_its_questions(made):
    responses = answers_of(made(sense={"kind": "index", "of": ["goals", "belonging"], "reverse": ["goals_b"]}))
    scores = ranks(responses, "goals_a", "goals_b", "belonging")
    scores["goals_b"] = 6 - scores["goals_b"]
    expected = scores.mean(axis=1, skipna=False)
    np.testing.assert_allclose(responses.data["sense"], expected)
    assert (responses.data["sense__missing"].eq("blank") == expected.isna()).all()
    assert responses.data["sense_band"].cat.categories.tolist() == ["from_1", "from_2", "from_3", "from_4"]
    assert means(responses, "sense")["estimate"].iloc[0] == pytest.approx(expected.mean())


def test_an_index_of_those_who_answered_enough(made):
    responses = answers_of(made(sense={"kind": "index", "of": ["goals_a", "goals_b"], "at_least": 1}))
    np.testing.assert_allclose(responses.data["sense"], ranks(responses, "goals_a", "goals_b").mean(axis=1))


def test_a_recoding_merges_answers_and_keeps_the_rest(made):
    low = dict.fromkeys(["none", "little"], "low") | {"dont_know": "neither"}
    study = made(short={"kind": "recode", "from": "belonging", "map": low})
    responses, variable = answers_of(study), study.codebook.variable("short")
    assert variable.scale.codes == ("low", "neither", "some", "great")
    assert variable.scale.ordered
    assert variable.category_label("low", "en") == "Not at all / A little"
    before, after = responses.data["belonging"].astype(object), responses.data["short"].astype(object)
    assert (after[before.isin(["none", "little"])] == "low").all()
    assert (after[responses.data["belonging__missing"] == "dont_know"] == "neither").all()
    assert (after[before == "great"] == "great").all()


def test_a_number_in_other_bands(made):
    responses = answers_of(made(adult={"kind": "bands", "from": "age", "bands": {"young": 18, "old": 35}}))
    assert (responses.data["adult_band"].eq("old") == responses.data["age"].ge(35)).all()
    assert means(responses, "adult")["estimate"].iloc[0] == means(responses, "age")["estimate"].iloc[0]


def test_a_combination_of_answers(made):
    rules = [{"when": {"role": ["leader"], "unit": ["north"]}, "code": "north_leader"}, {"code": "rest"}]
    categories = [{"code": rule["code"], **TEXT} for rule in rules]
    for category in categories:
        category["en"] = category["code"]
        category["nb"] = category["code"]
    responses = answers_of(
        made(who={"kind": "combine", "of": ["role", "unit"], "map": rules, "categories": categories})
    )
    expected = responses.data["role"].eq("leader") & responses.data["unit"].eq("north")
    assert (responses.data["who"].eq("north_leader") == expected).all()
    assert responses.data["who"].notna().all()


def test_a_count_of_boxes(made):
    responses = answers_of(made(many={"kind": "count", "of": "measures"}))
    expected = responses.data[["measures_x", "measures_y"]].eq("ticked").sum(axis=1)
    assert (responses.data["many"] == expected).all()
    labels = responses.study.codebook.variable("many")
    assert [labels.category_label(code, "en") for code in labels.scale.codes] == ["0", "1", "2"]


def test_they_are_items_like_others(made):
    study = made(
        many={"kind": "count", "of": "measures"},
        short={"kind": "recode", "from": "belonging", "map": {"none": "little"}},
        again={"kind": "recode", "from": "short", "map": {"great": "some"}},
    )
    responses = answers_of(study)
    assert tabulate(responses, "again", "unit").dims == ("unit", "again")
    assert fit_clm("short ~ role + many", responses).params.index.tolist() == ["role[T.other]", "many"]
    assert proportions(responses, "short", "many")["group"].nunique() == 3
    assert {"many", "short_by_unit", "again_by_role"} <= {publication.id for publication in study.publications}


def test_what_is_made_of_what_was_not_asked_was_not_asked(made):
    def change(plan, items, rows):
        items["belonging"]["asked_if"] = {"role": ["leader"]}

    responses = answers_of(made(change, short={"kind": "recode", "from": "belonging", "map": {"none": "little"}}))
    assert (responses.data["short__missing"].eq("not_asked") == responses.data["role"].ne("leader")).all()


DERIVED = {
    "many": {"kind": "count", "of": "measures"},
    "short": {"kind": "recode", "from": "belonging", "map": {"none": "little", "dont_know": "neither"}},
    "adult": {"kind": "bands", "from": "age", "bands": {"young": 10, "old": 35}},
    "sense": {"kind": "index", "of": ["goals_a", "goals_b"], "at_least": 1},
    "whole": {"kind": "index", "of": ["goals", "belonging"], "reverse": ["goals_a"]},
}


def test_nobody_is_what_cannot_be_and_everybody_else_may_be(made):
    """The cells that protection takes to be empty are those that no respondent can be in, and all of them where it says so."""
    study = made(**DERIVED)
    responses = answers_of(study)
    people = pd.DataFrame({name: responses.shown(v) for name, v in study.codebook.variables.items()})
    zeros = list(impossible(study))
    for zero in zeros:
        assert not people[list(zero)].isin(zero).all(axis=1).any()
    told = {tuple(sorted(zip(zero, levels, strict=True))) for zero in zeros for levels in product(*zero.values())}
    assert (("belonging", "none"), ("short", "some")) in told
    assert (("adult", "old"), ("age", "from_18")) in told
    assert (("adult", "old"), ("age", "from_30")) not in told
    assert (("many", "from_2"), ("measures_x", "ticked"), ("measures_y", "not_ticked")) in told
    assert (("belonging", "none"), ("whole", "from_4")) in told


def test_a_release_of_them_withstands_its_attacker(made):
    def few(plan, items, rows):
        rows.loc[rows.index[rows["U"] == "east"][4:], "U"] = "south"

    release = load_release(made(few, **{name: DERIVED[name] for name in ("many", "short")}))
    hidden = [table for table in release.tables.values() if table.hidden]
    assert {"short_by_unit", "many_by_unit"} <= {table.id for table in hidden}
    assert audit(list(release.tables.values()), release.rule, known=release.known, zeros=release.zeros).empty


WRONG = [
    ({"kind": "index"}, "needs 'of'"),
    ({"kind": "index", "of": ["unit"]}, "a name is not known"),
    ({"kind": "index", "of": ["goals"], "at_least": 3}, "has not so many questions"),
    ({"kind": "index", "of": ["goals"], "reverse": ["belonging"]}, "a name is not known"),
    ({"kind": "index", "of": ["goals"], "bands": [2, 3]}, "leave out the lowest numbers"),
    ({"kind": "index", "of": ["goals"], "map": {"a": "b"}}, "has no 'map'"),
    ({"kind": "recode", "from": "belonging"}, "needs 'map'"),
    ({"kind": "recode", "from": "belonging", "map": {"nothing": "low"}}, "a name is not known"),
    ({"kind": "recode", "from": "belongin", "map": {"none": "low"}}, "did you mean 'belonging'"),
    ({"kind": "recode", "from": "belonging", "map": {"none": "blank"}}, "is kept for questions left unanswered"),
    ({"kind": "recode", "from": "belonging", "map": [{"code": "low"}]}, "from code to code"),
    ({"kind": "bands", "from": "belonging", "bands": [1]}, "a name is not known"),
    ({"kind": "bands", "from": "age", "bands": [30, 60]}, "leave out the lowest numbers"),
    ({"kind": "bands", "from": "age", "bands": [60, 10]}, "each above the one before"),
    ({"kind": "combine", "of": ["role"], "map": [{"code": "a"}]}, "needs 'categories'"),
    ({"kind": "combine", "of": ["role"], "map": [{"code": "b"}], "categories": [{"code": "a", **TEXT}]}, "a name is not known"),
    ({"kind": "combine", "of": ["role"], "map": [{"code": "a", "when": {"unit": ["north"]}}], "categories": [{"code": "a", **TEXT}]}, "a name is not known"),
    ({"kind": "combine", "of": ["role"], "map": [{"code": "a", "when": {"role": ["boss"]}}], "categories": [{"code": "a", **TEXT}]}, "boss"),
    ({"kind": "count", "of": ["goals"]}, "a name is not known"),
    ({"kind": "count", "of": ["measures", "measures"]}, "boxes of one item"),
    ({"kind": "sum", "of": ["goals"]}, "none of the values known here"),
    ({"kind": "count", "of": "measures", "label": {"nb": "x"}}, "missing in a language"),
]  # fmt: skip


@pytest.mark.parametrize(("derived", "text"), WRONG)
def test_what_cannot_be_derived_is_refused(made, derived, text):
    with pytest.raises(StudyError, match=text):
        made(new=derived)


def test_an_index_is_of_questions_with_the_same_scores(made):
    def change(plan, items, rows):
        items["belonging"]["index"] = "percent"

    with pytest.raises(StudyError, match="different scores"):
        made(change, new={"kind": "index", "of": ["goals", "belonging"]})


def test_a_derived_variable_may_not_take_an_items_name(made):
    with pytest.raises(StudyError, match="an item of that name is in the codebook"):
        made(goals={"kind": "count", "of": "measures"})
