"""The search's own bookkeeping: bounds of worlds, changes as steps, and what is said of its progress."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import sparse

from evalkit.protect import progress
from evalkit.protect.movable import _steps
from evalkit.protect.required_width import Pool

PLACES, VIEWS = 12, 3


def targets(rng):
    number = PLACES
    return SimpleNamespace(
        rows=sparse.eye_array(number, format="csr"),
        truth=rng.integers(0, 6, number),
        views=VIEWS,
        known_inside=rng.random((number, VIEWS)) < 0.1,
        upper=np.full((number, VIEWS), 5),
        width=np.full((number, VIEWS), 3),
        or_zero=rng.random(number) < 0.5,
    )


def unmet_by_hand(of, worlds):
    """Go through every target and view, and all worlds that may be so from it."""
    found = set()
    for target in range(PLACES):
        for view in range(VIEWS):
            reach = [0] + [
                int(change[target])
                for change, moved in worlds
                if not moved[view] and not of.known_inside[change != 0, view].any()
            ]
            low, high = min(reach), max(reach)
            reached = of.truth[target] + high >= 5 or (of.or_zero[target] and of.truth[target] + low <= 0)
            if not reached or high - low < 3:
                found.add((target, view))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_bounds_follow_the_worlds_that_are_left(seed):
    rng = np.random.default_rng(seed)
    of, members = targets(rng), np.arange(PLACES)
    pool, worlds = Pool(of), []
    for _ in range(15):
        change = rng.integers(-3, 4, PLACES) * (rng.random(PLACES) < 0.4)
        moved = rng.random(VIEWS) < 0.2
        worlds.append((change, moved))
        pool.add(change, moved)
    everything = unmet_by_hand(of, worlds)
    assert {*map(tuple, pool.unmet(members).tolist())} == everything
    for place in range(PLACES):
        left_out, affected = pool.without(place)
        now = {*map(tuple, pool.unmet(members).tolist())}
        assert now == unmet_by_hand(of, [world for world in worlds if not world[0][place]])
        assert {target for target, _ in now ^ everything} <= {*affected.tolist()}
        pool.restore(left_out)
        assert {*map(tuple, pool.unmet(members).tolist())} == everything


@pytest.mark.parametrize("seed", range(20))
def test_steps_of_one_person_each_add_up_to_the_change(seed):
    rng = np.random.default_rng(seed)
    given = rng.integers(-3, 4, (rng.integers(2, 5), rng.integers(2, 9)))
    given[-1] -= given.sum(axis=0)
    given[:, -1] -= given.sum(axis=1)
    made = np.zeros_like(given)
    for one, other, first, second in _steps(given):
        made[[one, other], [first, second]] -= 1
        made[[other, one], [first, second]] += 1
    assert (made == given).all()


def test_a_change_of_sums_has_no_steps():
    assert _steps(np.array([[1, -1], [0, 1]])) is None


def test_progress_is_said_on_standard_error_with_the_time_left(monkeypatch, capfd):
    times = iter([0.0, 4.0, 20.0, 21.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(times))
    said = progress.Progress("protection")
    for done in (0.1, 0.25, 0.3):
        said.at(done)
    assert said_lines(capfd) == ["  protection  25% done, about 60 s left"]


def said_lines(capfd):
    out, err = capfd.readouterr()
    assert out == ""
    return err.splitlines()
