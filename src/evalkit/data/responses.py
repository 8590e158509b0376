"""Cleaned answers, the log of how they were cleaned, and the tidy frames of estimates from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from ..errors import DataError, UsageError, one_of
from ..study import NOT_ASKED, Study, Variable

COUNT = "count"
SUBMITTED_ON = "submitted_on"
RESPONSE_KIND = "response_kind"
COMPLETE, PARTIAL = "complete", "partial"
"""Whether a kept row is a complete or a partial answer, and the codes that say so."""
WEIGHT, START, STRATA, CLUSTER, FPC = (f"design.{part}" for part in ("weight", "start", "strata", "cluster", "fpc"))
"""The columns of a design: weights, those before raking, strata, clusters, and how many there are of them in all."""
AGAINST_ROUTING = "against_routing"
"""What the notes begin with that count respondents who answered a question which, by its routing, was not asked."""


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
    def intact(self) -> bool:
        """Whether every row and value is one of those that were worked out."""
        if self.origin is None:
            return False
        made = self.origin.frame
        if not (set(self.columns) <= set(made.columns) and self.index.isin(made.index).all() and made.index.is_unique):
            return False
        return bool(pd.DataFrame(self).equals(made.loc[self.index, list(self.columns)]))


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
        Cells that were mended (white space, letter case, other spellings), rows kept without a date, and respondents who
        answered a question against its routing (`against_routing: <item>`), by kind.
    unread
        The columns of the export that nothing reads or drops, each with how many values it holds.

    Raises
    ------
    DataError
        When the numbers do not add up.

    Examples
    --------
    >>> log = responses.log
    >>> log.rows_in == log.kept + sum(log.set_aside.values())
    True
    """

    rows_in: int
    kept: int
    set_aside: dict[str, int]
    notes: dict[str, int]
    unread: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        accounted = self.kept + sum(self.set_aside.values())
        if accounted != self.rows_in:
            got, expected = f"{accounted} rows kept or set aside", f"{self.rows_in} rows read"
            raise DataError("the rows do not add up", got=got, expected=expected)

    @property
    def against_routing(self) -> dict[str, int]:
        """How many answered each question that, by its routing, was not for them."""
        notes = (key.partition(": ") for key in self.notes)
        return {item: self.notes[f"{kind}: {item}"] for kind, _, item in notes if kind == AGAINST_ROUTING}

    @property
    def frame(self) -> pd.DataFrame:
        """The log as a table: columns step, reason, rows."""
        set_aside = [("set_aside", reason, rows) for reason, rows in self.set_aside.items()]
        steps = [("read", "", self.rows_in), *set_aside, ("kept", "", self.kept)]
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
        (ordinal ones ordered low to high), of a number the number, and its band in `<variable>_band`; `<variable>__missing` says why an answer is missing; `count`; and, where the
        export has them, `submitted_on` (date) and `response_kind`.
    log
        How the rows were kept or set aside.
    outside
        Of a study with a design those whom `only` or `query` left out: they are in no number, but how they were drawn is part of
        how sure one may be of a domain (R: `subset` of a `svydesign`).

    Examples
    --------
    >>> responses.head()
    >>> leaders = responses.only(role="leader")
    >>> merged = responses.assign(far={"unit": {"south": "far", "east": "far"}})
    >>> crosstab(merged, "belonging", "far")
    """

    study: Study
    data: pd.DataFrame
    log: CleaningLog
    outside: pd.DataFrame | None = None

    released = False
    """What is worked out from answers is for the analyst alone, until a release has let it through."""

    @property
    def total(self) -> int:
        """The number of respondents."""
        return int(self.data[COUNT].sum())

    @property
    def design(self) -> dict[str, str]:
        """How the respondents were drawn: the columns of `weights, strata, cluster, fpc` that there are, and `lonely`."""
        columns = {"weights": WEIGHT, "strata": STRATA, "cluster": CLUSTER, "fpc": FPC}
        found = {use: column for use, column in columns.items() if column in self.data.columns}
        return found | {"lonely": self.study.design.lonely} if found and self.study.design is not None else found

    @property
    def drawn(self) -> pd.DataFrame:
        """Everybody who was drawn: `data`, and those outside it with a weight of 0."""
        return self.data if self.outside is None else pd.concat([self.data, self.outside], ignore_index=True)

    @property
    def whole(self) -> bool:
        """Whether all respondents are there: what is worked out from some of them may not be shown as if it were of all."""
        return self.total == self.log.kept

    @property
    def unread(self) -> Estimates:
        """The columns of the export that nothing reads, and how many values each has: `column, values`."""
        return self.estimates(pd.DataFrame([*self.log.unread.items()], columns=["column", "values"]), "unread")

    @property
    def answered(self) -> pd.Series[int]:
        """How many answered each question: a number a variable."""
        counts = {}
        for variable in self.study.codebook.variables.values():
            data = self.crossing(variable.name).data
            if variable.coded_column in data and not variable.derived:
                counts[variable.name] = int(data.loc[data[variable.coded_column].notna(), COUNT].sum())
        return pd.Series(counts, dtype="int64")

    def crossing(self, *names: str) -> Responses:
        """Return answers that have some variables, those of the names that there are: these, where their rows are at hand."""
        return self

    def only(self, **answers: str | Sequence[str]) -> Responses:
        """Return those who gave an answer, or one of several: `only(role="leader", section=["professional", "other"])`.

        Raises
        ------
        UsageError
            When a variable has no such answer; names the nearest.
        """
        inside = self.data[COUNT] >= 0
        for name, wanted in answers.items():
            levels = [wanted] if isinstance(wanted, str) else list(wanted)
            column = self._column(name)
            if column.dtype.name != "category":
                raise UsageError("this is a number", where=name, hint=f'ask for a condition: query("{name} > 10")')
            for level in levels:
                one_of(level, column.cat.categories, "answer", name)
            inside &= column.isin(levels)
        return self._domain(inside)

    def query(self, condition: str) -> Responses:
        """Return those of whom a condition holds, as pandas' `query`: `query("role == 'leader' and awareness.notna()")`."""
        return self._domain(self.data.index.isin(self.data.query(condition).index))

    def _domain(self, inside: Any) -> Responses:
        """Return some of the respondents; of a study with a design the others remain as drawn."""
        if not self.design:
            return replace(self, data=self.data[inside])
        weight = self.data.get(WEIGHT, 1.0)
        data, outside = self.data.assign(**{WEIGHT: weight}), self.data.assign(**{WEIGHT: 0.0})
        return replace(self, data=data[inside], outside=pd.concat([self.outside, outside[~inside]], ignore_index=True))

    def assign(self, **new: Any) -> Responses:
        """Return the answers with variables of one's own, for all estimates and models: they are for the analyst's eyes.

        Parameters
        ----------
        new
            By name: a function of the answers' frame, values in row order, or `{variable: {level: new level}}` for levels that are
            merged or renamed. Texts become categories, those of an ordered variable in its order. What readers are to see
            goes through `release.add(..., derived=...)`, which takes the same.

        Raises
        ------
        UsageError
            When the codebook has a variable of that name.
        """
        data = self.data
        for name, made in new.items():
            if name in self.study.codebook.variables:
                hint = "call the new one something else"
                raise UsageError("the codebook has a variable of that name", got=name, hint=hint)
            data = data.assign(**{name: merged(data, made) if isinstance(made, Mapping) else made})
            if data[name].dtype in ("object", "bool", "str"):
                data = data.assign(**{name: data[name].astype(str).where(data[name].notna()).astype("category")})
        return replace(self, data=data)

    def mean_of(self, item: str) -> pd.Series[float]:
        """Return each respondent's mean over the questions of a battery that they answered, scored as in `means`.

        See `reliability` for whether the questions measure one thing. R: `psych::alpha(x)$scores`.

        Raises
        ------
        UsageError
            When its answers have neither an order nor scores.
        """
        scored = {}
        for variable in self.study.codebook.variables_of(item):
            if variable.scores is None:
                raise UsageError("the answers have neither an order nor scores", where=variable.name)
            scored[variable.name] = self.data[variable.name].astype(object).map(variable.scores)
        return pd.DataFrame(scored, dtype=float).mean(axis=1)

    def frame(self, labels: str | None = None) -> pd.DataFrame:
        """Return the answers as a frame of one's own, with the labels of a language in the place of codes where one is given."""
        if labels is None:
            return self.data.copy()
        language, data = self.study.language(labels), self.data.copy()
        for variable in self.study.codebook.variables.values():
            for column in {variable.coded_column, variable.missing_column} & {*data.columns}:
                codes = {code: variable.category_label(code, language) for code in data[column].cat.categories}
                data[column] = data[column].cat.rename_categories(codes)
        return data

    def head(self, n: int = 5, labels: str | None = None) -> pd.DataFrame:
        """Return the first rows; see `frame`. They are somebody's answers, and not for release."""
        return self.frame(labels).head(n)

    def model_frame(self, outcome: str, predictors: Sequence[str], extra: Sequence[str] = ()) -> pd.DataFrame:
        """Return the columns of a model, a row a respondent or pattern.

        Parameters
        ----------
        outcome, predictors
            Variables, as categoricals low to high; a predictor may be a number, also one that the frame has of the units, and an
            outcome is the bands of one.
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
        drawn = replace(self, data=self.drawn)
        columns = {name: drawn._column(name) for name in dict.fromkeys((outcome, *predictors, *extra))}
        if outcome in self.study.codebook.variables:
            columns[outcome] = drawn.data[self.study.codebook.variable(outcome).coded_column]
        return drawn.data[[COUNT]].assign(**columns)[[*columns, *([COUNT] if COUNT not in columns else [])]]

    def shown(self, variable: Variable) -> pd.Series:
        """Return the codes of a variable as its tables show them: categories, missing codes and blank."""
        answers = self.data[variable.coded_column].astype(object)
        if variable.missing_column not in self.data.columns:
            return answers
        return answers.where(answers.notna(), self.data[variable.missing_column].astype(object))

    def _column(self, name: str) -> pd.Series:
        """Return a column of the answers, or the number that the frame has of each respondent's unit."""
        if name in self.data.columns:
            return self.data[name]
        frame, unit = self.study.frame, self.study.unit
        if frame is not None and unit is not None and name in self.study.unit_values:
            return self.data[unit].astype(object).map(frame.groupby(unit, observed=True)[name].first()).astype(float)
        raise UsageError("there is no such column", got=name, known=self.data.columns)

    def save(self, path: str | Path, language: str | None = None) -> Path:
        """Write the answers for another program; see `write_answers`."""
        from .sav import write_answers

        return write_answers(self, path, language)

    def estimates(self, frame: pd.DataFrame, kind: str, /, **asked: Any) -> Estimates:
        """Return a tidy frame of results as estimates from these answers; see `Estimates`."""
        return Estimates.made(frame, kind, self, **asked)

    def _repr_html_(self) -> str:
        """Return how many answered each question, with the codebook's labels; never a respondent's answer."""
        from html import escape

        language, answered = self.study.language(), self.answered
        labels = {str(name): self.study.codebook.variable(str(name)).label(language) for name in answered.index}
        cells = ((escape(name), escape(label), answered[name]) for name, label in labels.items())
        rows = "".join(f"<tr><th scope='row'>{a}</th><td>{b}</td><td>{n}</td></tr>" for a, b, n in cells)
        return f"<p>{escape(repr(self))}</p><table><tbody>{rows}</tbody></table>"

    def __repr__(self) -> str:
        """Return the number of respondents, never an answer."""
        return f"<Responses {self.study.name}: {self.total} respondents, {len(self.data)} rows; not for release>"


def number_column(name: str) -> str:
    """Return the column of a variable's numbers beside that of its codes, which are the bands."""
    return f"{name}, number"


def coded_columns(codes: pd.DataFrame, counts: pd.Series, study: Study) -> pd.DataFrame:
    """Return the columns of answers, from the codes of some variables and how many gave them."""
    columns: dict[str, object] = {}
    for name, variable in study.codebook.variables.items():
        if name in codes:
            answers, number = codes[name], number_column(name)
            if number in codes:
                columns[name] = codes[number].where(answers.isin(variable.scale.codes))
            columns[variable.coded_column] = categorical(answers, variable.scale.codes, ordered=variable.scale.ordered)
            if not variable.item.ticks or answers.isin([NOT_ASKED]).any():
                columns[variable.missing_column] = categorical(answers, variable.missing_codes)
    return pd.DataFrame({**columns, COUNT: counts.to_numpy()}, index=codes.index)


def categorical(answers: pd.Series, codes: tuple[str, ...], *, ordered: bool = False) -> pd.Categorical[Any]:
    """Return the answers that are among `codes` as categories in that order; every other one is missing."""
    positions, levels = pd.factorize(answers)
    places = {code: place for place, code in enumerate(codes)}
    found = np.array([*(places.get(level, -1) for level in levels), -1], dtype=np.intp)[positions]
    return pd.Categorical.from_codes(found, pd.Index(codes), ordered)


def merged(data: pd.DataFrame, recoding: Mapping[str, Mapping[str, str]]) -> pd.Series[Any]:
    """Return a variable with levels merged or renamed, in its own order."""
    ((source, levels),) = recoding.items()
    one_of(source, data.columns, "variable")
    column = data[source]
    for level in levels:
        one_of(level, column.cat.categories, "level", source)
    return relevelled(column, levels)


def relevelled(column: pd.Series, levels: Mapping[str, str]) -> pd.Series[Any]:
    """Return categories of which some became others, in their own order."""
    categories = dict.fromkeys(levels.get(level, level) for level in column.cat.categories)
    codes = column.astype(object).map(lambda level: levels.get(level, level))
    return pd.Series(pd.Categorical(codes, [*categories], column.cat.ordered), index=column.index)
