"""Jobs run side by side; an error comes back whole, and what may quote data does not."""

import os
import time
from functools import partial

import pytest

from evalkit.build import jobs
from evalkit.build.jobs import now_at, side_by_side
from evalkit.errors import BuildError, DataError


def double(number):
    return 2 * number


def fail_clearly():
    raise DataError("no such column", where="responses.xlsx", got="a", expected="b", hint="rename it")


def fail_with_data():
    raise ValueError("kari.nordmann@example.no")


def die():
    os._exit(7)


def sleep():
    time.sleep(30)


def quiet(_line):
    return None


def test_results_come_back_by_name():
    assert side_by_side({str(n): partial(double, n) for n in range(5)}, quiet) == {str(n): 2 * n for n in range(5)}


def test_an_error_keeps_its_kind_and_parts():
    with pytest.raises(DataError) as caught:
        side_by_side({"a": fail_clearly}, quiet)
    assert (caught.value.where, caught.value.got, caught.value.hint) == ("responses.xlsx", "a", "rename it")


def test_an_unexpected_error_names_its_place_and_not_its_text():
    with pytest.raises(BuildError, match=r"ValueError at test_jobs.py:\d+") as caught:
        side_by_side({"a": fail_with_data}, quiet)
    assert "kari" not in str(caught.value)


def test_a_process_that_dies_is_an_error():
    with pytest.raises(BuildError, match=r"ended before it was done(.|\n)*exit code 7"):
        side_by_side({"a": die}, quiet)


def test_the_first_error_stops_the_others(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    started = time.monotonic()
    with pytest.raises(DataError):
        side_by_side({"slow": sleep, "bad": fail_clearly}, quiet)
    assert time.monotonic() - started < 20


def hang():
    now_at("cell 3, 'while True:'")
    time.sleep(30)


def test_a_cell_that_takes_too_long_is_named_and_stopped(monkeypatch):
    monkeypatch.setenv("EVALKIT_TIMEOUT", "2")
    started = time.monotonic()
    with pytest.raises(
        BuildError, match=r"03_model, cell 3, 'while True:': a cell takes too long\n +got: more than 2 s"
    ):
        side_by_side({"03_model": hang}, quiet)
    assert time.monotonic() - started < 20


def test_what_runs_long_is_named_while_it_does(monkeypatch):
    monkeypatch.setattr(jobs, "HEARTBEAT", 0.5)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setenv("EVALKIT_TIMEOUT", "4")
    said = []
    with pytest.raises(BuildError):
        side_by_side({"03_model": hang, "release": sleep}, said.append)
    assert "  03_model  still running: cell 3, 'while True:', 1 s" in said
    assert any(line.startswith("  release  still running: at work, ") for line in said)
