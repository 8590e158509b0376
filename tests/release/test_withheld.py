"""A table that no pattern protects is left out as a whole, with a sentence; the others are published as if it were not planned."""

import csv
import json

import pytest
import yaml

from evalkit.attack import audit
from evalkit.errors import DisclosureError
from evalkit.i18n import Locale
from evalkit.protect import NoPatternError, protect
from evalkit.release import load_release, publish
from evalkit.release.publishable import publishable
from evalkit.report import Show, write_tables
from evalkit.report.appendix.sections import appendix_blocks
from evalkit.study import load_study

PLAN = """
study: few
title: {en: Few}
synthetic: true
languages: [en]
export: {file: answers.csv}
groups: [unit]
unit: unit
"""
CODEBOOK = """
scales:
  units: {kind: nominal, categories: [{code: north, en: North}, {code: south, en: South}]}
items:
  unit: {kind: single, scale: units, column: U, question: {en: Unit}}
  measures: {kind: multiple, question: {en: Which}, options: {x: {column: X, en: One}, y: {column: Y, en: Two}}}
"""
LEFT_OUT = "measures_by_unit"


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Return a study in which nobody ticked one box, so that all of three people in a unit are known not to have."""
    monkeypatch.setenv("EVALKIT_PROCESSED", str(tmp_path / "processed"))
    folder = tmp_path / "few"
    folder.mkdir()
    (folder / "study.yml").write_text(PLAN, encoding="utf-8")
    (folder / "codebook.yml").write_text(CODEBOOK, encoding="utf-8")
    with (folder / "answers.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("U", "X", "Y"), *((("North", "South")[n % 2], "x" * (n < 2), "") for n in range(6))]
        )
    return load_study(folder)


def test_the_error_names_the_table_to_leave_out(study):
    plan = publishable(load_release(study)._responses)
    with pytest.raises(NoPatternError, match="cannot be protected") as caught:
        protect(plan.tables, plan.rule, known=plan.known, respondents=plan.respondents)
    assert caught.value.table == LEFT_OUT


def test_nothing_of_it_is_shown_and_the_others_are(study):
    release = load_release(study)
    assert release.table("measures", "unit").withheld
    assert {*release.tables} - {*release.out} == {LEFT_OUT}
    assert release.table("measures").count({"measures": "measures_y", "answer": "not_ticked"}) == 6
    found = audit(list(release.out.values()), release.rule, known=release.known)
    assert found.empty, found.to_string()


def test_it_stands_in_no_record_and_is_not_protected_with_what_is_added(study):
    release = load_release(study)
    assert LEFT_OUT not in publish(release).read_text(encoding="utf-8")
    assert not release.is_draft
    assert release.add("unit", id="again").count({"unit": "north"}) == 3
    with pytest.raises(DisclosureError, match="cannot be protected"):
        release.add("measures_y", "unit")


def test_its_sections_say_so(study, tmp_path):
    release = load_release(study)
    show = Show(release, "en")
    assert show(release.table("measures", "unit")).views == ()
    write_tables(release, tmp_path, "en")
    announced = json.loads((tmp_path / "tables" / "index.json").read_text(encoding="utf-8"))["tables"]
    assert LEFT_OUT not in {table["id"] for table in announced}
    said = show._shown["str"]
    assert (
        said
        == "<p>Which, by unit: the answers are too few to be shown without saying something about a few people.</p>"
    )


def test_the_questionnaire_says_so_of_a_question(study):
    plan = yaml.safe_load(PLAN) | {"disclosure": {"base": 7}}
    (study.folder / "study.yml").write_text(yaml.safe_dump(plan), encoding="utf-8")
    release = load_release(load_study(study.folder))
    blocks = [*appendix_blocks("questionnaire", release, Locale("en"))]
    assert release.table("measures").withheld == any("too few to be shown" in str(block) for block in blocks)
