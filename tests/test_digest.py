"""Digests of files: read again wherever a file may have changed."""

import hashlib
import os
import time

import pytest

from evalkit import digest


@pytest.fixture
def reads(monkeypatch):
    """Return a list that grows with each reading of a file."""
    found, read = [], hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda handle, name: found.append(name) or read(handle, name))
    return found


def test_a_file_that_was_not_touched_is_read_once(tmp_path, reads, monkeypatch):
    monkeypatch.setattr(digest, "_STEP", -1.0)
    path = tmp_path / "answers"
    path.write_bytes(b"one")
    told = digest.file_digest(path)
    assert digest.file_digest(path) == told == hashlib.sha256(b"one").hexdigest()
    assert len(reads) == 1
    moments = path.stat().st_atime_ns, path.stat().st_mtime_ns
    time.sleep(0.05)
    path.write_bytes(b"two")
    os.utime(path, ns=moments)  # as long as it was, and as old as it says
    assert digest.file_digest(path) == hashlib.sha256(b"two").hexdigest()


def test_what_was_touched_just_now_is_read_again(tmp_path, reads):
    (tmp_path / "answers").write_bytes(b"one")
    assert digest.file_digest(tmp_path / "answers") == digest.file_digest(tmp_path / "answers")
    assert len(reads) == 2
