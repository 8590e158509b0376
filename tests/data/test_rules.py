"""What follows from other answers: who was asked a question."""

import pytest

from evalkit import clean, load_study, means, proportions, read_export, tabulate
from evalkit.errors import StudyError

from .. import whole_study


@pytest.fixture
def made(tmp_path):
    """Return a function that writes the small study with changes to its files, and loads it."""

    def make(change):
        plan, codebook, rows = whole_study.plan(), whole_study.codebook(), whole_study.rows()
        change(plan, codebook["items"], rows)
        return load_study(whole_study.write(tmp_path / "study", plan, codebook, rows))

    return make


def leaders_alone(plan, items, rows, against=()):
    """Ask the leaders alone whether they belong; `against` are others who answer nevertheless."""
    items["belonging"]["asked_if"] = {"role": ["leader"]}
    others = rows.index[(rows["R"] != "leader") & ~rows["Id"].isin(against)]
    rows.loc[others, "B"] = ""


def answers_of(study):
    return clean(read_export(study), study)


def test_who_is_not_asked_is_in_no_base(made):
    responses = answers_of(made(leaders_alone))
    leaders = responses.data["role"].eq("leader")
    reasons = responses.data["belonging__missing"]
    assert (reasons[~leaders] == "not_asked").all()
    assert not (reasons[leaders] == "not_asked").any()
    for base, shown in (("all", leaders), ("valid", leaders & responses.data["belonging"].notna())):
        shares = proportions(responses, "belonging", base=base)
        assert set(shares["n"]) == {shown.sum()}
        assert shares["estimate"].sum() == pytest.approx(1)
        assert "not_asked" not in set(shares["category"])
    assert means(responses, "belonging")["n"].tolist() == [(leaders & responses.data["belonging"].notna()).sum()]
    counts = tabulate(responses, "belonging").frame.set_index("belonging")["count"]
    assert counts["not_asked"] == (~leaders).sum()


@pytest.mark.parametrize(("choice", "left"), [("drop", 0), ("keep", 3)])
def test_answers_against_the_routing_are_counted_and_left_out_or_kept(made, choice, left):
    def change(plan, items, rows):
        against = rows.loc[(rows["R"] == "other") & (rows["B"] != ""), "Id"].head(3)
        leaders_alone(plan, items, rows, against)
        plan["export"]["against_routing"] = choice

    responses = answers_of(made(change))
    assert responses.log.against_routing == {"belonging": 3}
    others = responses.data[responses.data["role"] != "leader"]
    assert (others["belonging__missing"] != "not_asked").sum() == left


def test_any_of_several_conditions_and_a_question_that_hangs_on_a_routed_one(made):
    def change(plan, items, rows):
        items["belonging"]["asked_if"] = [{"role": ["leader"], "unit": ["north"]}, {"unit": ["south"]}]
        items["goals"]["asked_if"] = {"belonging": ["some", "great"]}

    data = answers_of(made(change)).data
    asked = (data["role"].eq("leader") & data["unit"].eq("north")) | data["unit"].eq("south")
    assert ((data["belonging__missing"] == "not_asked") == ~asked).all()
    goes_on = data["belonging"].isin(["some", "great"])
    for name in ("goals_a", "goals_b"):
        assert ((data[f"{name}__missing"] == "not_asked") == ~goes_on).all()


def test_boxes_are_routed_too(made):
    data = answers_of(made(lambda plan, items, rows: items["measures"].update(asked_if={"role": ["leader"]}))).data
    for name in ("measures_x", "measures_any"):
        assert ((data[f"{name}__missing"] == "not_asked") == data["role"].ne("leader")).all()


ROUTES = [
    ({"rolle": ["leader"]}, "a name is not known"),
    ({"goals_a": ["great"]}, "a name is not known"),
    ({"belonging": ["great"]}, "a name is not known"),
    ({"role": ["boss"]}, "boss"),
    ([{"role": ["leader"]}, {"role": ["leder"]}], "leder"),
    ({"role": []}, "this is empty"),
    ("leader", "this is no list"),
]


@pytest.mark.parametrize(("routing", "text"), ROUTES)
def test_a_routing_that_cannot_be_is_refused(made, routing, text):
    with pytest.raises(StudyError, match=text):
        made(lambda plan, items, rows: items["belonging"].update(asked_if=routing))
