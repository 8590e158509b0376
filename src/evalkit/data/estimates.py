"""A tidy frame of estimates that knows what it was worked out from, and whether that may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import pandas as pd

from ..study import Study


class Source(Protocol):
    """What estimates are worked out from: cleaned answers (`Responses`) or what may be published of them (`Release`)."""

    @property
    def study(self) -> Study:
        """The study whose codebook labels the results."""

    @property
    def released(self) -> bool:
        """Whether what is worked out from it may be shown to readers."""


@dataclass(frozen=True, eq=False)
class Origin:
    """Where a frame of estimates comes from.

    Parameters
    ----------
    kind
        The public name that made it: 'proportions', 'compare_groups', 'avg_comparisons' and so on.
    source
        What it was worked out from.
    asked
        The arguments that say what it is of: `item`, `by`, `categories`, `model` and so on.
    frame
        It, as it was made: what is shown is a selection of its rows and columns, with no value changed.
    """

    kind: str
    source: Source
    asked: Mapping[str, Any] = field(default_factory=dict)
    frame: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)


class Estimates(pd.DataFrame):
    """Tidy estimates: columns of the contract, a row an estimate; `origin` says what they are of and from.

    Rows can be chosen and sorted like those of any frame, and stay what they are; a frame with a changed value, or joined from
    several, no longer counts as worked out from its source.

    Examples
    --------
    >>> shares = proportions(release, "belonging", by="role")
    >>> shares.query("group == 'leader'").intact
    True
    """

    _metadata = ["origin"]  # noqa: RUF012  # pandas reads this name to carry the attribute through operations
    origin: Origin | None = None

    @property
    def _constructor(self) -> type[Estimates]:
        return Estimates

    @classmethod
    def made(cls, frame: pd.DataFrame, kind: str, source: Source, /, **asked: Any) -> Estimates:
        """Return a frame as the estimates of a kind from a source."""
        estimates = cls(frame)
        object.__setattr__(estimates, "origin", Origin(kind, source, asked, pd.DataFrame(frame, copy=True)))
        return estimates

    @property
    def in_detail(self) -> pd.DataFrame:
        """The same rows with all columns that were worked out: counts, and intervals without the correction."""
        return pd.DataFrame(self) if self.origin is None else self.origin.frame.loc[self.index]

    @property
    def intact(self) -> bool:
        """Whether every row and value is one of those that were worked out."""
        if self.origin is None:
            return False
        made = self.origin.frame
        if not (set(self.columns) <= set(made.columns) and self.index.isin(made.index).all() and made.index.is_unique):
            return False
        return bool(pd.DataFrame(self).equals(made.loc[self.index, list(self.columns)]))
