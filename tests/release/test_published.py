"""Publication as a step: the next one is held to what is out."""

import datetime
import json
import shutil
from pathlib import Path

import pytest

from evalkit.attack import audit
from evalkit.errors import DisclosureError
from evalkit.release import load_release, publish
from evalkit.study import load_study

STUDIES = Path(__file__).parents[1] / "studies"
DAY = datetime.date(2024, 4, 1)


def organisation(folder, name):
    shutil.copytree(STUDIES / name, folder / "organisation")
    return folder / "organisation"


def other(folder, name):
    """Put the answers and the plan of another study in the place of a study's, which keeps what it has published."""
    for file in ("responses.csv", "study.yml", "codebook.yml", "frame.csv"):
        shutil.copy(STUDIES / name / file, folder / file)
    return load_release(load_study(folder))


def test_a_record_holds_protected_tables_alone(tmp_path):
    folder = organisation(tmp_path, "org120")
    release = load_release(load_study(folder))
    path = publish(release, DAY)
    assert path.relative_to(folder).as_posix() == "published/001-2024-04-01.json"
    told = json.loads(path.read_text())
    assert set(told) == {"date", "known", "tables"}
    hidden = sum(table["count"].count(None) for table in told["tables"])
    assert hidden == sum(table.hidden for table in release.tables.values()) > 0


def test_the_same_release_may_be_published_again(tmp_path):
    folder = organisation(tmp_path, "org120")
    first = load_release(load_study(folder))
    assert first.is_draft
    publish(first, DAY)
    again = load_release(load_study(folder))
    assert not again.is_draft
    assert publish(again, DAY).name == "002-2024-04-01.json"


def test_three_late_answers_are_not_published_as_a_difference(tmp_path):
    """In `org300early` and `org300` the answers of three people are the difference of the two."""
    folder = organisation(tmp_path, "org300early")
    publish(load_release(load_study(folder)), DAY)
    later = other(folder, "org300")
    with pytest.raises(
        DisclosureError, match=r"together give away what each of them hides[\s\S]*wait until at least 5"
    ):
        publish(later, DAY)
    assert len(list((folder / "published").iterdir())) == 1


def test_another_plan_of_the_same_answers_is_protected_together_with_what_is_out(tmp_path):
    """In `org120` and `org120b` eight counts were exact, twelve surely small and 32 narrow in the union."""
    folder = organisation(tmp_path, "org120")
    first = load_release(load_study(folder))
    publish(first, DAY)
    second = other(folder, "org120b")
    tables = {**second.tables, **first.tables}
    for name in first.tables.keys() & second.tables.keys():
        assert (first.tables[name].cells["count"].isna() == second.tables[name].cells["count"].isna()).all()
    assert audit(list(tables.values()), second.rule, known=second.known).empty
    assert publish(second, DAY).name == "002-2024-04-01.json"


def test_a_plan_that_hides_what_is_out_is_refused(tmp_path):
    folder = organisation(tmp_path, "org120b")
    publish(load_release(load_study(folder)), DAY)
    with pytest.raises(DisclosureError, match="together give away"):
        publish(other(folder, "org120"), DAY)
