"""Deleting answers: what goes, what is recorded, and what else holds them."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from evalkit.data import load_responses, processed_folder
from evalkit.digest import file_digest
from evalkit.errors import UsageError
from evalkit.release import load_release, purge
from evalkit.study import load_study

STUDIES = Path(__file__).parents[1] / "studies"


def copied(name, folder):
    shutil.copytree(STUDIES / name, folder / name)
    return load_study(folder / name)


def test_nothing_goes_without_a_confirmation(tmp_path):
    study = copied("org300", tmp_path)
    with pytest.raises(UsageError, match=r"this would delete .*responses\.csv"):
        purge(study)
    assert study.export_path.exists()


def test_what_was_deleted_is_recorded_by_place_and_digest(tmp_path):
    study = copied("org300", tmp_path)
    load_responses(study)
    digest = file_digest(study.export_path)
    said = purge(study, confirm=True)
    assert not study.export_path.exists()
    assert not processed_folder(study).exists()
    (entry,) = yaml.safe_load((study.folder / "appendices" / "deletions.yml").read_text())["deletions"]
    assert entry["removed"][0] == study.export_path.as_posix()
    assert entry["digests"] == {study.export_path.as_posix(): digest}
    assert said[0] == f"deleted {study.export_path.as_posix()}"
    assert load_study(study.folder).appendices.deletions.deletions[0].digests == entry["digests"]


def test_a_table_of_counts_leaves_no_digest_to_guess_it_by(tmp_path):
    study = copied("alone", tmp_path)
    purge(study, confirm=True)
    (entry,) = yaml.safe_load((study.folder / "appendices" / "deletions.yml").read_text())["deletions"]
    assert "digests" not in entry


def test_other_files_with_the_same_columns_are_named(tmp_path):
    study = copied("org300", tmp_path)
    (study.folder / "older").mkdir()
    shutil.copy(study.export_path, study.folder / "older" / "copy.csv")
    answers = pd.read_csv(study.export_path, dtype=str)
    labels = dict(enumerate(answers.columns))
    named = answers.fillna("").rename(columns={heading: f"v{n}" for n, heading in labels.items()})
    named.to_stata(study.folder / "older" / "copy.dta", variable_labels={f"v{n}": text for n, text in labels.items()})
    said = purge(study, confirm=True)
    copies = [(study.folder / "older" / f"copy.{ending}").as_posix() for ending in ("csv", "dta")]
    assert said[-2:] == [f"not deleted: {copy} has the columns of the export" for copy in copies]
    assert [line for line in said if "frame.csv" in line] == []


def test_the_stored_release_is_for_its_owner_alone_and_trusted_by_content(tmp_path):
    study = copied("alone", tmp_path)
    hidden = load_release(study).hidden_summary()["hidden"].sum()
    path = processed_folder(study) / "release.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.write_bytes(path.read_bytes().replace(b"null", b"1234", 1))
    assert load_release(study).hidden_summary()["hidden"].sum() == hidden
