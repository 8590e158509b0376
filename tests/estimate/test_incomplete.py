"""Who is not in a model for want of an answer: against pandas, and scipy's Pearson test."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from evalkit import fit_clm, incomplete_answers
from evalkit.errors import UsageError


def drawn(size, share):
    """Return answers of so many, of which leaders lack that share of those to belonging, and others a tenth; some lack a role."""
    draw = np.random.default_rng(3)
    role = draw.choice(["leader", "staff", "blank"], size, p=[0.3, 0.68, 0.02])
    lacks = draw.random(size) < np.where(role == "leader", share, 0.1)
    belonging = np.where(lacks, "dont_know", draw.choice(["none", "some", "great"], size))
    return {"unit": draw.choice(["north", "south", "west"], size), "role": role, "belonging": belonging}


@pytest.mark.parametrize(("share", "differ"), [(0.1, False), (0.3, True)])
def test_shares_and_tests_are_those_of_a_plain_table(study, answers, make_responses, share, differ):
    given = drawn(600, share)
    responses = make_responses(study, {name: np.resize(column, 600) for name, column in answers.items()} | given)
    found = incomplete_answers(fit_clm("belonging ~ role + unit", responses)).set_index(["term", "group"])
    data = pd.DataFrame(given).replace({"dont_know": None, "blank": None})
    left = data.isna().any(axis=1)
    everybody = found.loc["any"].set_index("category")["estimate"]
    expected = {
        "any": left.mean(),
        "belonging": data["belonging"].isna().mean(),
        "role": data["role"].isna().mean(),
        "unit": 0,
    }
    assert everybody.to_dict() == pytest.approx(expected)
    for name in ("role", "unit"):
        by = left.groupby(data[name])
        assert found.loc[name, "estimate"].to_dict() == pytest.approx(by.mean().to_dict())
        assert found.loc[name, "n"].to_dict() == by.size().to_dict()
    p = scipy.stats.chi2_contingency(pd.crosstab(data["role"], left), correction=False).pvalue
    assert found.loc[("role", "leader"), "p_value"] == pytest.approx(p, rel=1e-9)
    assert bool(p < 0.01) is differ


def test_nobody_lacks_an_answer(study, answers, make_responses):
    given = drawn(120, 0) | {
        "belonging": np.resize(["none", "some", "great"], 120),
        "role": np.resize(["leader", "staff"], 120),
    }
    found = incomplete_answers(fit_clm("belonging ~ role", make_responses(study, answers | given)))
    assert (found["estimate"] == 0).all()
    assert found["p_value"].isna().all()


def test_a_frame_does_not_know_who_is_left_out():
    data = pd.DataFrame(drawn(200, 0.1)).replace({"dont_know": None, "blank": None})
    data["role"] = pd.Categorical(data["role"])
    data["belonging"] = pd.Categorical(data["belonging"], ["none", "some", "great"], ordered=True)
    with pytest.raises(UsageError, match="knows who is not in it"):
        incomplete_answers(fit_clm("belonging ~ role", data))
