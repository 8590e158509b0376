"""Cleaned answers, and the log of how they were cleaned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import DataError, UsageError, nearest

if TYPE_CHECKING:
    import pandas as pd

    from ..study import Study
    from .estimates import Estimates

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

    @property
    def design(self) -> dict[str, str]:
        """How the respondents were drawn: the columns of `weights, strata, cluster, fpc` that there are, and `lonely`."""
        columns = {
            "weights": "design.weight",
            "strata": "design.strata",
            "cluster": "design.cluster",
            "fpc": "design.fpc",
        }
        found = {use: column for use, column in columns.items() if column in self.data.columns}
        return found | {"lonely": self.study.design.lonely} if found and self.study.design is not None else found

    @property
    def unread(self) -> Estimates:
        """The columns of the export that nothing reads, and how many values each has: `column, values`."""
        import pandas as pd

        found = dict(getattr(self.log, "unread", {}))
        return self.estimates(pd.DataFrame(list(found.items()), columns=["column", "values"]), "unread")

    def model_frame(self, outcome: str, predictors: Sequence[str], extra: Sequence[str] = ()) -> pd.DataFrame:
        """Return the columns of a model, a row a respondent or pattern.

        Parameters
        ----------
        outcome, predictors
            Variables, as categoricals low to high; a predictor may be a number that the frame has of the units.
        extra
            Further columns, such as weights or clusters.

        Returns
        -------
        pandas.DataFrame
            The columns and `count`; answers that are no category are missing.

        Raises
        ------
        UsageError
            When there is no such column.
        """
        columns = {name: self._column(name) for name in dict.fromkeys((outcome, *predictors, *extra))}
        return self.data[[COUNT]].assign(**columns)[[*columns, *([COUNT] if COUNT not in columns else [])]]

    def _column(self, name: str) -> pd.Series:
        """Return a column of the answers, or the number that the frame has of each respondent's unit."""
        if name in self.data.columns:
            return self.data[name]
        frame, unit = self.study.frame, self.study.unit
        if frame is not None and unit is not None and name in self.study.unit_values:
            return self.data[unit].astype(object).map(frame.groupby(unit, observed=True)[name].first()).astype(float)
        raise UsageError("there is no such column", got=name, hint=nearest(name, self.data.columns))

    def estimates(self, frame: pd.DataFrame, kind: str, /, **asked: Any) -> Estimates:
        """Return a tidy frame of results as estimates from these answers; see `Estimates`."""
        from .estimates import Estimates

        return Estimates.made(frame, kind, self, **asked)

    def _repr_html_(self) -> str:
        """Return how many answered each question, with the codebook's labels; never a respondent's answer."""
        from html import escape

        language = self.study.language()
        variables = [v for v in self.study.codebook.variables.values() if v.name in self.data and not v.derived]
        rows = "".join(
            f"<tr><th scope='row'>{escape(v.name)}</th><td>{escape(v.label(language))}</td>"
            f"<td>{int(self.data.loc[self.data[v.name].notna(), COUNT].sum())}</td></tr>"
            for v in variables
        )
        return f"<p>{escape(repr(self))}</p><table><tbody>{rows}</tbody></table>"

    def __repr__(self) -> str:
        """Return the number of respondents, never an answer."""
        return f"<Responses {self.study.name}: {self.total} respondents, {len(self.data)} rows; not for release>"
