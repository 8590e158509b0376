"""The guide for one's own survey is complete, and its smallest study works as it stands."""

import re
from datetime import date
from pathlib import Path

import pytest

from evalkit.data import clean, read_export
from evalkit.study import DisclosureRule, load_study
from evalkit.study.appendices import FILES
from evalkit.study.codebook import Category, Codebook, Item, Reading, Scale
from evalkit.study.plan import Exclusion, Export, Fieldwork, Headline, Models, Plan, Status

GUIDE = (Path(__file__).parents[2] / "docs" / "bring-your-own-survey.md").read_text("utf-8")


def test_the_smallest_study_loads_as_it_stands(smallest):
    study = load_study(smallest)
    assert study.name == "staff-pulse"
    assert study.languages == ("nb", "en")
    assert not study.synthetic
    assert study.fieldwork.reminders == (date(2024, 3, 8),)
    assert study.base == 120
    assert study.frame["population"].sum() == 120
    assert study.export.count is None
    assert study.export.drop == ("Email",)
    assert study.export.status.complete == ("Completed",)
    assert [table.id for table in study.publications] == ["belonging_by_unit"]
    assert (study.rule.base, study.rule.cell, study.rule.width, study.rule.unanimity) == (5, None, 3, ("belonging",))
    assert list(study.codebook.variables) == [
        "unit", "role", "belonging", "goals_a", "goals_b", "measures_x", "measures_y", "measures_any",
    ]  # fmt: skip
    assert study.appendices.present == ()


def test_its_answers_clean(smallest):
    study = load_study(smallest)
    responses = clean(read_export(study), study)
    assert len(responses.data) == 6
    assert responses.data["belonging"].cat.categories.tolist() == ["none", "some", "great"]


def test_tables_by_default_are_every_item_in_all_and_by_each_group(smallest):
    plan = (smallest / "study.yml").read_text("utf-8")
    (smallest / "study.yml").write_text(plan.replace("tables:\n  - {item: belonging, by: [unit]}\n", ""), "utf-8")
    ids = [table.id for table in load_study(smallest).publications]
    assert len(ids) == 5 + 2 * 5 - 2
    assert {"belonging", "belonging_by_unit", "belonging_by_role", "measures_by_unit", "role_by_unit"} <= set(ids)
    assert "unit_by_unit" not in ids


@pytest.mark.parametrize(
    "model", [Plan, Export, Status, Exclusion, Fieldwork, Headline, Models, DisclosureRule, Codebook, Scale, Reading,
              Category, Item]
)  # fmt: skip
def test_every_key_is_explained(model):
    missing = [name for name in model.model_fields if name != "labels" and not re.search(rf"`{name}`", GUIDE)]
    assert missing == []


@pytest.mark.parametrize("name", FILES)
def test_every_appendix_is_explained(name):
    assert f"`{name}.yml`" in GUIDE
