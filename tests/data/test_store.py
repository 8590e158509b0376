"""Stored answers are read back equal, made again when anything they came from changes, and never half written."""

from __future__ import annotations

import os

import pandas as pd
import pytest

from evalkit.data import clean, fingerprint, load_responses, processed_folder, read_export, store
from evalkit.errors import BuildError
from evalkit.study import load_study


@pytest.fixture
def study(make_study, answer, tmp_path, monkeypatch):
    (tmp_path / "data" / "raw").mkdir(parents=True)
    monkeypatch.setenv("EVALKIT_ROOT", str(tmp_path))
    return make_study([answer(1), answer(2, **{"2. Tilhørighet": "Vet ikke"}), answer(1)])


def stored(study):
    return processed_folder(study) / "responses.parquet"


def test_what_is_stored_is_read_back_equal(study) -> None:
    made, read = load_responses(study), load_responses(study)
    pd.testing.assert_frame_equal(made.data, clean(read_export(study), study).data)
    pd.testing.assert_frame_equal(made.data, read.data)
    assert made.log == read.log
    assert [path.name for path in processed_folder(study).iterdir()] == ["responses.parquet"]


def test_it_is_not_made_again_without_need(study, monkeypatch) -> None:
    load_responses(study)
    monkeypatch.setattr(store, "read_export", lambda _: pytest.fail("read again"))
    for path in study.folder.iterdir():
        os.utime(path)
    assert load_responses(study).total == 2


def test_it_is_made_again_when_a_file_of_the_study_changes(study, answer, make_study) -> None:
    load_responses(study)
    before = fingerprint(study)
    changed = make_study([answer(3)])
    assert fingerprint(changed) != before
    assert load_responses(changed).total == 1


def test_it_is_made_again_when_the_package_changes(study, monkeypatch) -> None:
    load_responses(study)
    before = fingerprint(study)
    monkeypatch.setattr(store, "package_digests", dict)
    assert fingerprint(study) != before


@pytest.mark.parametrize("keep", [0, 4, 100, -8])
def test_a_damaged_file_is_made_again(study, keep) -> None:
    load_responses(study)
    stored(study).write_bytes(stored(study).read_bytes()[:keep])
    assert load_responses(study).total == 2
    assert load_responses(study).total == 2


def test_a_failed_write_leaves_the_old_file_and_nothing_else(study, answer, make_study, monkeypatch) -> None:
    load_responses(study)
    before = stored(study).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("evalkit.places.os.replace", full)
    with pytest.raises(BuildError, match=r"cannot be read or written[\s\S]*No space left"):
        load_responses(make_study([answer(3)]))
    assert stored(study).read_bytes() == before
    assert [path.name for path in processed_folder(study).iterdir()] == ["responses.parquet"]


def test_the_ministries_answers_are_stored_whole(tmp_path, monkeypatch) -> None:
    study = load_study("departementsstrategien-2023")
    (tmp_path / "data" / "raw").mkdir(parents=True)
    monkeypatch.setenv("EVALKIT_ROOT", str(tmp_path))
    pd.testing.assert_frame_equal(load_responses(study).data, load_responses(study).data)
