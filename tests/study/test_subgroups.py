"""Subgroups: a domain of all answers, held against everybody else and protected with the whole."""

import pytest

from evalkit import audit, clean, compare_groups, load_study, proportions, read_export
from evalkit.errors import StudyError
from evalkit.release.store import load_release

from .. import whole_study


@pytest.fixture
def made(tmp_path):
    """Return a function that writes the small study with subgroups, and loads it."""

    def make(**subgroups):
        plan = whole_study.plan() | {"subgroups": subgroups}
        folder = tmp_path / "study"
        return load_study(whole_study.write(folder, plan, whole_study.codebook(), whole_study.rows()))

    return make


def test_a_subgroup_is_a_domain_held_against_everybody_else(made):
    study = made(northern={"role": ["leader"], "unit": ["north", "south"]})
    assert study.groups == ("unit", "role", "northern")
    responses = clean(read_export(study), study)
    inside = responses.data["role"].eq("leader") & responses.data["unit"].isin(["north", "south"])
    assert (responses.data["northern"].eq("northern") == inside).all()
    shares = proportions(responses, "belonging", "northern")
    assert shares.groupby("group", sort=False)["n"].first().to_dict() == {
        "northern": (inside & responses.data["belonging"].notna()).sum(),
        "others": (~inside & responses.data["belonging"].notna()).sum(),
    }
    assert "northern vs others" in set(compare_groups(responses, "belonging", "northern")["contrast"])
    variable = study.codebook.variable("northern")
    assert variable.label("en").startswith("Role, Unit: Leader, ")
    assert variable.category_label("others", "nb") == "Alle andre"


def test_a_subgroup_is_published_with_the_whole(made):
    release = load_release(made(leaders={"role": ["leader"]}))
    assert release.table("belonging", "leaders").count({"leaders": "leaders"}) == release.table("role").count(
        {"role": "leader"}
    )
    together = [zero for zero in release.zeros if {"leaders", "role"} == set(zero)]
    assert any("other" in zero["role"] and "leaders" in zero["leaders"] for zero in together)
    assert audit(list(release.tables.values()), release.rule, known=release.known, zeros=release.zeros).empty


@pytest.mark.parametrize(
    ("subgroup", "text"),
    [({"rolle": ["leader"]}, "did you mean 'role'"), ({"role": ["boss"]}, "boss"), ({}, "this is empty"), ({"role": ["blank"]}, "blank")],
)  # fmt: skip
def test_a_subgroup_that_cannot_be_is_refused(made, subgroup, text):
    with pytest.raises(StudyError, match=text):
        made(some=subgroup)
