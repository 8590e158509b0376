"""How far a long protection is, said on standard error now and then: never in a notebook's output."""

from __future__ import annotations

import sys
import time

EVERY = 10.0
"""Seconds after which it is said for the first time, and each time again."""


class Progress:
    """What is said of a long task while it is at work.

    Parameters
    ----------
    what
        The task.
    """

    def __init__(self, what: str) -> None:
        self._what, self._started = what, time.monotonic()
        self._told = self._started

    def at(self, done: float) -> None:
        """Say that a share of the task is done, and how long the rest will take, where it has not been said of late."""
        now = time.monotonic()
        if now - self._told >= EVERY and done > 0 and sys.__stderr__ is not None:
            self._told = now
            left = (now - self._started) * (1 - done) / done
            print(f"  {self._what}  {done:.0%} done, about {left:.0f} s left", file=sys.__stderr__, flush=True)
