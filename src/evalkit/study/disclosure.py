"""The disclosure rule: what may be published about a group."""

from __future__ import annotations

from pydantic import Field

from .words import Strict

MARK = ":"
"""The one mark for everything hidden, whatever the reason."""
TOTAL = "__total__"
"""The level of a dimension that is summed over."""


class DisclosureRule(Strict):
    """Which counts are hidden, and how wide a hidden count's interval has to be.

    A group of fewer than `base` is hidden with all its answers. `cell`, where set, hides single counts from 1 to
    `cell - 1`. Items in `unanimity` hide the distribution of a group in which all, or all but one, gave one answer
    (for ticks only 'ticked' counts). Whatever is hidden must be left with an interval of at least `width`.

    Examples
    --------
    >>> DisclosureRule(base=5, width=3).base
    5
    """

    base: int = Field(default=5, ge=1)
    cell: int | None = Field(default=None, ge=1)
    width: int = Field(default=3, ge=1)
    unanimity: tuple[str, ...] = ()
