"""Cleaned answers, and the log of how they were cleaned."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from ..study import Study

COUNT = "count"
SUBMITTED_ON = "submitted_on"
RESPONSE_KIND = "response_kind"
"""Whether a kept row is a complete or a partial answer (codes `complete`, `partial`)."""


@dataclass(frozen=True)
class CleaningLog:
    """How many raw rows came in, were kept, and were set aside for each reason.

    Parameters
    ----------
    rows_in
        Rows of the export (respondents, where the export is counts).
    kept
        Rows kept.
    set_aside
        Rows set aside by reason, each row under one reason.
    notes
        Cells that were mended (white space, letter case, other spellings) and rows kept without a date, by kind.
    unread
        The columns of the export that nothing reads or drops, each with how many values it holds.

    Raises
    ------
    DataError
        When the numbers do not add up.
    """

    rows_in: int
    kept: int
    set_aside: dict[str, int]
    notes: dict[str, int]
    unread: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        accounted = self.kept + sum(self.set_aside.values())
        if accounted != self.rows_in:
            raise DataError(
                "the rows do not add up",
                got=f"{accounted} rows kept or set aside",
                expected=f"{self.rows_in} rows read",
            )

    @property
    def frame(self) -> pd.DataFrame:
        """The log as a table: columns step, reason, rows."""
        import pandas as pd

        steps = [
            ("read", "", self.rows_in),
            *(("set_aside", r, n) for r, n in self.set_aside.items()),
            ("kept", "", self.kept),
        ]
        return pd.DataFrame(steps, columns=["step", "reason", "rows"])


@dataclass(frozen=True, eq=False)
class Responses:
    """Coded answers without identifiers.

    Parameters
    ----------
    study
        The study they belong to.
    data
        One row a respondent, or a pattern where the export is counts. A column a variable, holding codes as categoricals
        (ordinal ones ordered low to high); `<variable>__missing` says why an answer is missing; `count`; and, where the
        export has them, `submitted_on` (date) and `response_kind`.
    log
        How the rows were kept or set aside.
    """

    study: Study
    data: pd.DataFrame
    log: CleaningLog

    released = False
    """What is worked out from answers is for the analyst alone, until a release has let it through."""

    @property
    def total(self) -> int:
        """The number of respondents."""
        return int(self.data[COUNT].sum())

    def __repr__(self) -> str:
        """Return the number of respondents, never an answer."""
        return f"<Responses {self.study.name}: {self.total} respondents, {len(self.data)} rows; not for release>"
