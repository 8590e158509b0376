"""What follows from other answers: who was asked, and what nobody can be."""

import pytest

from evalkit import audit, clean, load_study, means, proportions, read_export, tabulate
from evalkit.errors import StudyError
from evalkit.protect import protect
from evalkit.release.impossible import published_zeros
from evalkit.release.publishable import publishable

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


def test_protection_and_the_attacker_know_the_routing(made):
    study = made(leaders_alone)
    plan = publishable(answers_of(study))
    zeros = list(published_zeros(study, plan.tables))
    everything = ["none", "little", "neither", "some", "great", "dont_know", "blank"]
    assert {"role": ["leader"], "belonging": ["not_asked"]} in zeros
    assert {"role": ["other", "blank"], "belonging": everything} in zeros
    safe = protect(plan.tables, plan.rule, known=plan.known, zeros=zeros, respondents=plan.respondents)
    assert audit(safe, plan.rule, known=plan.known, zeros=zeros).empty


def test_a_routed_count_is_known_from_its_filter():
    """Of nobody but leaders one answer is known: the attacker who knows the routing finds the hidden count."""
    people = {"role": ["leader", "other"], "belonging": ["some", "not_asked"]}
    cells = [{"where": {"role": "leader"}, "value": 7}, {"where": {"role": "other"}, "value": 30}]
    hidden = [{"where": {"belonging": "some"}, "value": None}]
    found = [
        audit(tables=[{"table": "t", "cells": [*cells, *hidden]}], dims=people, threshold={"k": 10}, zeros=zeros, targets=[hidden[0]["where"]])
        for zeros in ([], [{"role": ["other"], "belonging": ["some"]}, {"role": ["leader"], "belonging": ["not_asked"]}])
    ]  # fmt: skip
    assert found[0].empty
    assert found[1][["low", "high"]].to_numpy().tolist() == [[7, 7]]


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
