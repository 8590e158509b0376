"""What nobody can be by the questionnaire is known to protection and to its attacker."""

import pytest

from evalkit import audit, clean, load_study, read_export
from evalkit.protect import protect
from evalkit.release.derived import published_zeros
from evalkit.release.publishable import publishable

from .. import whole_study


@pytest.fixture
def study(tmp_path):
    """Return the small study with a question for the leaders alone."""
    codebook, rows = whole_study.codebook(), whole_study.rows()
    codebook["items"]["belonging"]["asked_if"] = {"role": ["leader"]}
    rows.loc[rows["R"] != "leader", "B"] = ""
    return load_study(whole_study.write(tmp_path / "study", whole_study.plan(), codebook, rows))


def test_protection_and_the_attacker_know_the_routing(study):
    plan = publishable(clean(read_export(study), study))
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
