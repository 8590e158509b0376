"""Options that are one of a few."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import UsageError, nearest


def one_of(value: object, known: Iterable[object], what: str, where: str) -> None:
    """Refuse a value that is none of those known.

    Raises
    ------
    UsageError
        'no such <what>', with the nearest of those known.
    """
    every = list(known)
    if value not in every:
        expected = ", ".join(str(one) for one in every)
        raise UsageError(f"no such {what}", where=where, got=value, expected=expected, hint=nearest(value, every))
