"""Stored answers are read back equal, made again when anything they came from changes, and never half written."""

from __future__ import annotations

import os
import random

import pandas as pd
import pytest

from evalkit.data import Responses, clean, fingerprint, load_responses, processed_folder, read_export, store
from evalkit.errors import BuildError, DataError
from evalkit.study import load_study


@pytest.fixture
def study(make_study, answer, tmp_path, monkeypatch):
    (tmp_path / "data" / "raw").mkdir(parents=True)
    monkeypatch.setenv("EVALKIT_ROOT", str(tmp_path))
    return make_study([answer(1), answer(2, **{"2. Tilhørighet": "Vet ikke"}), answer(1)])


def stored(study):
    return processed_folder(study) / "responses.parquet"


def seal(study):
    return processed_folder(study) / "responses.parquet.seal"


def test_what_is_stored_is_read_back_equal(study) -> None:
    made, read = load_responses(study), load_responses(study)
    pd.testing.assert_frame_equal(made.data, clean(read_export(study), study).data)
    pd.testing.assert_frame_equal(made.data, read.data)
    assert made.log == read.log
    assert {path.name for path in processed_folder(study).iterdir()} == {"responses.parquet", "responses.parquet.seal"}


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
    monkeypatch.setattr("evalkit.digest.package_digests", dict)
    assert fingerprint(study) != before


@pytest.mark.parametrize("name", ["requirements.lock", "responses.parquet.seal"])
def test_it_is_made_again_when_the_lock_changes_or_the_seal_is_lost(study, tmp_path, monkeypatch, name) -> None:
    (tmp_path / "requirements.lock").write_text("pandas==3\n")
    load_responses(study)
    (tmp_path / "requirements.lock").write_text("pandas==4\n") if name.endswith("lock") else seal(study).unlink()
    read, read_export = [], store.read_export
    monkeypatch.setattr(store, "read_export", lambda of: read.append(of) or read_export(of))
    assert load_responses(study).total == 2
    assert read == [study]


@pytest.mark.parametrize("of", [0, 1])
def test_one_bit_that_is_another_is_never_believed(study, monkeypatch, of) -> None:
    chance, made = random.Random(5), load_responses(study).data
    path = (stored, seal)[of](study)
    whole = path.read_bytes()
    for _ in range(20):
        place = chance.randrange(8 * len(whole))
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        pd.testing.assert_frame_equal(load_responses(study).data, made)
        assert path.read_bytes() == whole, f"bit {place} of {path.name} was believed"


def test_answers_on_disk_are_for_their_owner_alone(study) -> None:
    load_responses(study)
    assert processed_folder(study).stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in processed_folder(study).iterdir()} == {0o600}


def test_stored_answers_that_are_not_as_many_as_were_kept_are_refused(study) -> None:
    made = load_responses(study)
    fewer = Responses(study, made.data.iloc[1:], made.log)
    store.store_responses(fewer, stored(study), fingerprint(study))
    with pytest.raises(DataError, match=r"not as many as were kept\n +got: 1\n +expected: 2"):
        load_responses(study)


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
    assert {path.name for path in processed_folder(study).iterdir()} == {"responses.parquet", "responses.parquet.seal"}


def test_the_ministries_answers_are_stored_whole(tmp_path, monkeypatch) -> None:
    study = load_study("departementsstrategien-2023")
    (tmp_path / "data" / "raw").mkdir(parents=True)
    monkeypatch.setenv("EVALKIT_ROOT", str(tmp_path))
    pd.testing.assert_frame_equal(load_responses(study).data, load_responses(study).data)
