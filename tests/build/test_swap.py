"""Outputs are swapped in whole; what a killed build left is cleared away."""

import multiprocessing
import os
import threading
import time

import pytest

from evalkit.build import swap
from evalkit.errors import BuildError, file_errors


@pytest.fixture
def folders(tmp_path):
    for name in ("new", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "page.html").write_text(name)
    return tmp_path / "new", tmp_path / "old"


@pytest.mark.parametrize("exchange", [True, False])
def test_new_and_old_change_places(folders, monkeypatch, exchange):
    new, old = folders
    if not exchange:
        monkeypatch.setattr(swap, "_exchanged", lambda _one, _other: False)
    swap.swap_in(new, old)
    assert (old / "page.html").read_text() == "new"
    assert (new / "page.html").read_text() == "old"


def test_the_first_outputs_are_moved_into_place(folders, tmp_path):
    swap.swap_in(folders[0], tmp_path / "nothing-yet")
    assert (tmp_path / "nothing-yet" / "page.html").read_text() == "new"


def _hold_and_die(output):
    with swap.staging_folder(output, "pulse", print) as folder:
        (folder / "half.html").write_text("half")
        os._exit(9)


def test_what_a_killed_build_left_is_gone_at_the_next(tmp_path):
    process = multiprocessing.get_context("fork").Process(target=_hold_and_die, args=(tmp_path,))
    process.start()
    process.join()
    assert list((tmp_path / swap.STAGING).glob("pulse.*/half.html"))
    with swap.staging_folder(tmp_path, "pulse", print) as folder:
        assert list(folder.iterdir()) == []
        assert [path.name for path in (tmp_path / swap.STAGING).glob("pulse.*")] == [folder.name]
    assert not folder.exists()


def test_a_second_build_of_one_study_waits_for_the_first(tmp_path):
    told, order = [], []

    def second():
        with swap.staging_folder(tmp_path, "pulse", told.append):
            order.append("second")

    with swap.staging_folder(tmp_path, "pulse", told.append), swap.staging_folder(tmp_path, "pulse-2024", told.append):
        thread = threading.Thread(target=second)
        thread.start()
        while not told:
            time.sleep(0.01)
        order.append("first")
    thread.join(20)
    assert told == ["another build of pulse is running; waiting for it to end"]
    assert order == ["first", "second"]


def test_an_output_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(
            BuildError, match=r"file/.staging: a file cannot be read or written\n +got: (Not a directory|File exists)"
        ),
        file_errors(),
        swap.staging_folder(tmp_path / "file", "pulse", print),
    ):
        pass
