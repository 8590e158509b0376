"""Cleaning: every raw row kept, or set aside for one reason, and the answers coded.

A row is set aside for the first of these that holds, in this order:

1. `before_fieldwork`: submitted (else started) before the survey opened: a test;
2. `after_fieldwork`: submitted (else started) after it closed;
3. the study's exclusions, in the order of `export.exclude`, then `not_included` by `export.include`;
4. `non_contact`: the status is neither complete nor partial, nothing is answered and there is no time: never opened;
5. `break_off`: the status is neither complete nor partial;
6. `nothing_answered`: every question is blank;
7. `duplicate`: another row of the same respondent is kept. A complete row goes before a partial one. Among equally
   complete rows the last one submitted is kept when all gave the same answers; when they differ the run stops, unless
   the study says `duplicates: latest`.

Every row but the excluded ones has to fit the codebook: a row that is set aside today is kept when a date is corrected.

Rows that are at hand and a table in an engine are cleaned by the same expressions: each distinct text of a column is coded once,
codes are put in the place of the texts, and of a table the engine gives counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from difflib import get_close_matches
from functools import cache, partial
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

from ..errors import DataError, EstimationError
from ..study import Study
from ..study.plan import Inclusion
from .coding import EXCLUDED, MENDED, OWN_WORDS, as_number, code_item, in_one_column, seen_values, settled
from .design import design_columns
from .grid import named_rows
from .moments import DAY_FIRST, parse_moment, read_moments
from .read import RAW, RESPONDENT, ROW, RawExport, Seen, heading_of, raw_name
from .responses import (
    AGAINST_ROUTING,
    COMPLETE,
    COUNT,
    PARTIAL,
    RESPONSE_KIND,
    SUBMITTED_ON,
    CleaningLog,
    Responses,
    categorical,
    coded_columns,
    number_column,
)
from .rules import Frame, collected, nothing_answered, put, routed, with_derived

BEFORE, AFTER = "before_fieldwork", "after_fieldwork"
NON_CONTACT, BREAK_OFF, NOTHING, DUPLICATE = "non_contact", "break_off", "nothing_answered", "duplicate"
STARTED_ON, REASON, MOMENT = "__started_on__", "__reason__", "__moment__"
"""Columns beside the codes: the day of the start, why a row is set aside, and when it was submitted."""
_CLOCK = r"[T ,]+(kl\.? *)?\d{1,2}[:.]\d{2}.*$"
"""The time of day at the end of a text that is a point in time."""
NO_DATE = "no_date"
"""The note that counts rows kept without any date, of which nothing says that they came within the fieldwork."""
Counts = dict[tuple[str, ...], pd.DataFrame]
"""What was counted in an engine, by the variables that were crossed."""


def clean(raw: RawExport, study: Study) -> Responses:
    """Code the answers of an export, and set aside the rows that are no answers to the survey.

    Parameters
    ----------
    raw
        What `read_export` returned.
    study
        Its codebook, fieldwork and rules of exclusion.

    Returns
    -------
    Responses
        `data` has a row a respondent (a pattern, where the export is counts), `log` says what became of every raw row. Of a
        table in an engine the rows stay there, and counts can be had.

    Raises
    ------
    DataError
        Listing every answer that is not in the codebook, date or count that cannot be read, and respondents whose rows
        contradict each other; when a rule of the study fits no row, no row is left, or the rows do not add up. Of a table
        with counts in the place of row numbers; and where nothing tells which of a respondent's rows is the last.

    Examples
    --------
    >>> answers = clean(read_export(survey), survey)
    >>> answers.log.frame
    """
    frame = _ruled(raw, _counted(raw))
    frame, order = _dated(raw, frame)
    frame, mended = _coded(raw, in_one_column(raw, frame))
    frame = with_derived(routed(settled(frame, study), study), study.codebook)
    frame = frame.with_columns(reason_of(study, dated=MOMENT in frame.columns).alias(REASON))
    left = [name for name in frame.columns if not name.startswith(RAW) and (raw.repeated or name != RESPONDENT)]
    codes = {name: variable.shown_codes for name, variable in study.codebook.variables.items()}
    frame = raw.keep(frame.select(*left), codes)
    rows = collected(frame.group_by(REASON).agg(nw.col(COUNT).sum()))
    found = {str(reason): int(n) for reason, n in zip(rows[REASON].fillna(""), rows[COUNT], strict=True)}
    kept = frame.filter(nw.col(REASON).is_null(), nw.col(COUNT) > 0)
    if raw.repeated:
        kept = raw.keep(_one_each(kept, raw, study), {})
        one_each = int(collected(kept.select(nw.col(COUNT).sum()))[COUNT].iloc[0])
        found |= {DUPLICATE: found.get("", 0) - one_each, "": one_each}
    log = made_log(study, found, _notes(kept, mended, order), raw)
    if isinstance(kept, nw.LazyFrame):
        return CountedResponses(study, log, {}, lambda: kept)
    return Responses(study, _data(raw, kept.to_native(), study), log)


def _data(raw: RawExport, kept: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Return the columns of answers that are at hand, from the codes of the rows that are kept."""
    data = coded_columns(kept, kept[COUNT], study)
    data = data.assign(**design_columns(raw, data, study))
    if SUBMITTED_ON in kept:
        data[SUBMITTED_ON] = kept[SUBMITTED_ON].astype("datetime64[us]")
    if RESPONSE_KIND in kept:
        data[RESPONSE_KIND] = categorical(kept[RESPONSE_KIND], (COMPLETE, PARTIAL))
    return data.reset_index(drop=True)


def _counted(raw: RawExport) -> Frame:
    """Return the rows with how many gave each."""
    column = raw.study.export.count
    if column is None:
        return raw.frame.with_columns(nw.lit(1, nw.Int64).alias(COUNT))
    seen = Seen(raw, raw.frame, column)
    if wrong := [text for text in seen.counts if not re.fullmatch("[0-9]{1,15}", as_number(text))]:
        what, expected = "a count is no whole number from 0", "how many gave the answers of the row"
        raise DataError(what, where=seen.place(wrong), expected=expected)
    people = {text: int(as_number(text)) for text in seen.counts}
    return raw.frame.with_columns(**{COUNT: put(raw.frame, raw_name(column), people, nw.Int64)})


def _ruled(raw: RawExport, frame: Frame) -> Frame:
    """Return the rows with what the rules of the study say of each; refuse rules that fit none."""
    export = raw.study.export
    headings = [rule.column for rule in export.rules] + ([export.status.column] if export.status else [])
    seen = {heading: Seen(raw, frame, heading) for heading in dict.fromkeys(headings)}
    refuse_idle_rules(seen, raw.study)
    excluded = nw.lit(None, nw.String)
    for rule in reversed(export.rules):
        wanted = set(map(as_number, rule.values))
        texts = [text for text in seen[rule.column].counts if as_number(text) in wanted]
        fits = nw.col(raw_name(rule.column)).is_in(texts)
        fits = ~fits if isinstance(rule, Inclusion) else fits
        excluded = nw.when(fits).then(nw.lit(rule.reason)).otherwise(excluded)
    frame = frame.with_columns(excluded.alias(EXCLUDED))
    if export.status is None:
        return frame
    kinds = dict.fromkeys(map(as_number, export.status.partial), PARTIAL)
    kinds |= dict.fromkeys(map(as_number, export.status.complete), COMPLETE)
    column = export.status.column
    known = {text: kinds[as_number(text)] for text in seen[column].counts if as_number(text) in kinds}
    return frame.with_columns(**{RESPONSE_KIND: put(frame, raw_name(column), known)})


def _dated(raw: RawExport, frame: Frame) -> tuple[Frame, str | None]:
    """Return the rows with the days on which they were started and submitted, and in what order dates were read."""
    export, schema = raw.study.export, frame.collect_schema()
    uses = {STARTED_ON: export.started, SUBMITTED_ON: export.submitted}
    named = {use: raw_name(heading) for use, heading in uses.items() if heading is not None}
    if not named:
        return frame, None
    typed = {column for column in named.values() if schema[column] != nw.String}
    if isinstance(frame, nw.LazyFrame):  # a text is looked at once a day, and not once a respondent
        if named.get(SUBMITTED_ON) in typed:
            frame = frame.with_columns(nw.col(named[SUBMITTED_ON]).alias(MOMENT))
        days: dict[str, Any] = {name: nw.col(name).str.replace_all(_CLOCK, "") for name in named.values()}
        days |= {name: nw.col(name).cast(nw.Date).cast(nw.String).fill_null("") for name in typed}
        frame = frame.with_columns(**days)
    due = frame.filter(nw.col(EXCLUDED).is_null())
    seen = {use: Seen(raw, due, heading_of(column)) for use, column in named.items()}
    read, order = read_moments(seen, raw.study.fieldwork, export.dates)
    days = dict.fromkeys(uses, nw.lit(None, nw.Datetime("us")))
    for use, column in named.items():
        moments = dict(read[use])
        for text in Seen(raw, frame, heading_of(column)).counts if export.rules else ():
            if text not in moments and (moment := parse_moment(text, order or DAY_FIRST)):
                moments[text] = moment  # of an excluded row, which need not have a date
        if isinstance(frame, nw.LazyFrame):
            texts = {text: f"{moment:%Y-%m-%d}" for text, moment in moments.items()}
            days[use] = put(frame, column, texts).str.to_date("%Y-%m-%d")
        else:
            days[use] = put(frame, column, moments, nw.Datetime)
    frame = frame.with_columns(**days)
    if MOMENT not in frame.columns:
        frame = frame.with_columns(nw.col(SUBMITTED_ON).alias(MOMENT))
    if isinstance(frame, nw.DataFrame):
        frame = frame.with_columns(nw.col(*uses).dt.truncate("1d"))
    return frame, order


def _coded(raw: RawExport, frame: Frame) -> tuple[Frame, list[str]]:
    """Return the rows with the codes of all questions, and how many answers of each were mended in each way."""
    look = cache(partial(Seen, raw, frame.filter(nw.col(EXCLUDED).is_null())))
    columns, mended, problems = dict[str, Any](), dict[str, list[nw.Expr]](), list[DataError]()
    for item_id, item in raw.study.codebook.items.items():
        every = () if item.derived else raw.study.codebook.variables_of(item_id)
        variables = [variable for variable in every if variable.columns and not variable.absent]
        coded = code_item(variables, look, problems) if variables else {}
        for variable in variables if not problems else []:
            column, found = raw_name(variable.columns[0]), coded[variable.name]
            columns[variable.name] = put(frame, column, found.codes)
            if found.numbers is not None:
                columns[number_column(variable.name)] = put(frame, column, found.numbers, nw.Float64)
            for kind in {*found.mended.values()}:
                fits = nw.col(column).is_in([text for text, how in found.mended.items() if how == kind])
                mended.setdefault(kind, []).append(fits.cast(nw.Int64))
    DataError.raise_all(problems)
    sums = {kind: nw.sum_horizontal(*fits) for kind, fits in mended.items()}
    return frame.with_columns(**columns, **sums), [*sums]


def _notes(kept: Frame, mended: Sequence[str], order: str | None) -> dict[str, int]:
    """Return what was mended, and who answered against the routing, among the answers that are kept."""
    sums = {name: nw.col(name).sum() for name in mended}
    against = [name for name in kept.columns if name.startswith(AGAINST_ROUTING)]
    sums |= {name: (nw.col(name).cast(nw.Int64) * nw.col(COUNT)).sum() for name in against}
    if MOMENT in kept.columns:
        dated = [(~nw.col(name).is_null()).cast(nw.Int64) for name in (SUBMITTED_ON, STARTED_ON)]
        sums |= {NO_DATE: (dated[0] + dated[1] == 0).cast(nw.Int64).sum(), "dated": (dated[0] + dated[1]).sum()}
    rows = collected(kept.select(nw.len().alias(REASON), **sums)).fillna(0)
    found = {str(name): int(n) for name, n in rows.iloc[0].items()}
    notes = {kind: found.get(kind, 0) for kind in MENDED if found.get(kind) or kind != OWN_WORDS}
    notes |= {NO_DATE: found[NO_DATE]} if NO_DATE in found else {}
    notes |= {order: found["dated"]} if order is not None and order != DAY_FIRST else {}
    return notes | {name: found[name] for name in against if found[name]}


def refuse_idle_rules(seen: Mapping[str, Seen], study: Study) -> None:
    """Refuse a status or a rule that fits no row at all: a value that is spelt otherwise would turn answers away in silence."""
    status, problems = study.export.status, list[DataError]()
    if status is not None:
        for key, values in (("complete", status.complete), ("partial", status.partial)):
            known = (*status.complete, *status.partial)
            if _misses(seen[status.column], values, known, surely=key == "complete"):
                problems.append(_idle(seen[status.column], f"export.status.{key}", values))
    for rule in study.export.rules:
        if _misses(seen[rule.column], rule.values, rule.values, surely=True):
            key = "export.include" if isinstance(rule, Inclusion) else f"export.exclude ({rule.reason})"
            problems.append(_idle(seen[rule.column], key, rule.values))
    DataError.raise_all(problems)


def _misses(seen: Seen, values: tuple[str, ...], known: tuple[str, ...], *, surely: bool) -> bool:
    """Return whether no cell has one of some values; unless surely, only where another value of the column is nearly one."""
    found = {as_number(text) for text in seen.counts if text.strip()}
    if found & set(map(as_number, values)) or not values:
        return False
    others = found - set(map(as_number, known))
    return surely or any(get_close_matches(as_number(value), others, cutoff=0.8) for value in values)


def _idle(seen: Seen, key: str, values: tuple[str, ...]) -> DataError:
    what, got = f"no row has a value that `{key}` names", seen_values(seen)
    hint = "correct the values in study.yml; a rule that no row needs can be left out"
    return DataError(what, where=seen.place(), got=got, expected=", ".join(values), hint=hint)


def reason_of(study: Study, *, dated: bool) -> nw.Expr:
    """Return why each row is set aside, duplicates apart: the first reason that holds; nothing where none does."""
    nothing, status = nothing_answered(study), study.export.status
    found = nw.when(nothing).then(nw.lit(NOTHING)).otherwise(nw.lit(None, nw.String))
    if status is not None:
        without = nw.col(SUBMITTED_ON).is_null() & nw.col(STARTED_ON).is_null()
        never = without if dated else nw.col(raw_name(status.column)).str.strip_chars() == ""
        broken = nw.when(nothing & never).then(nw.lit(NON_CONTACT)).otherwise(nw.lit(BREAK_OFF))
        found = nw.when(nw.col(RESPONSE_KIND).is_null()).then(broken).otherwise(found)
    found = nw.when(nw.col(EXCLUDED).is_null()).then(found).otherwise(nw.col(EXCLUDED))
    if dated and study.fieldwork is not None:
        day = nw.coalesce(nw.col(SUBMITTED_ON), nw.col(STARTED_ON))
        start, end = (nw.lit(datetime.combine(day, time())) for day in (study.fieldwork.start, study.fieldwork.end))
        found = nw.when(day > end).then(nw.lit(AFTER)).otherwise(found)
        found = nw.when(day < start).then(nw.lit(BEFORE)).otherwise(found)
    return found


def _one_each(frame: Frame, raw: RawExport, study: Study) -> Frame:
    """Return one row a respondent: a complete one before a partial one, then the last submitted, then the last in the file.

    Parameters
    ----------
    frame
        Answers that nothing else sets aside.
    raw, study
        The export, and the study; where it does not want the latest, or nothing tells which that is, answers that differ are
        refused.
    """
    nobody, rows_have_order = nw.col(RESPONDENT) == "", isinstance(frame, nw.DataFrame)
    if study.export.status is not None:
        frame = frame.with_columns((nw.col(RESPONSE_KIND) == PARTIAL).cast(nw.Int64).alias(EXCLUDED))
        frame = frame.filter(nobody | (nw.col(EXCLUDED) == nw.col(EXCLUDED).min().over(RESPONDENT)))
    if study.export.duplicates == "refuse":
        _refuse_differing(frame, raw)
    if study.export.submitted is not None:
        last = nw.col(MOMENT).max().over(RESPONDENT)
        frame = frame.filter(nobody | last.is_null() | (nw.col(MOMENT) == last))
    if not rows_have_order:
        _refuse_differing(frame, raw)
    return frame.filter(
        nobody | nw.col(RESPONDENT).is_last_distinct().over(order_by=ROW if rows_have_order else RESPONDENT)
    )


def _refuse_differing(frame: Frame, raw: RawExport) -> None:
    """Stop where rows of a respondent differ in their answers."""
    names = [name for name in frame.columns if name.removesuffix(number_column("")) in raw.study.codebook.variables]
    answers = nw.concat_str(*(nw.col(name).cast(nw.String).fill_null("") for name in names), separator="|")
    twice = frame.filter(nw.col(RESPONDENT) != "")
    if isinstance(twice, nw.DataFrame):
        twice = twice.filter(~nw.col(RESPONDENT).is_unique())
    twice = twice.with_columns(answers.alias(REASON))
    several = twice.group_by(RESPONDENT).agg(nw.col(REASON).n_unique().alias(COUNT)).filter(nw.col(COUNT) > 1)
    hint = "correct the ids in the export; where people did answer again, write `duplicates: latest` under `export` in"
    hint += " study.yml to keep the last answer"
    what, expected = "rows have one id and different answers", "one answer a respondent"
    if isinstance(several, nw.LazyFrame):
        people = int(collected(several.select(nw.len().alias(COUNT)))[COUNT].iloc[0])
        if people:
            hint += ", and give the time as a timestamp"
            raise DataError(what, where=raw.place, got=f"{people} respondents", expected=expected, hint=hint)
        return
    rows = collected(twice).set_index(RESPONDENT)[ROW]
    numbers = [rows[[respondent]].tolist() for respondent in collected(several)[RESPONDENT]]
    places = [(f"{len(own)} {what}", f"{raw.place}, {named_rows(own)}") for own in numbers]
    DataError.raise_all([DataError(told, where=where, expected=expected, hint=hint) for told, where in places])


def _possible(study: Study) -> list[str]:
    export, dated = study.export, study.export.submitted is not None or study.export.started is not None
    return [
        *((BEFORE, AFTER) if dated and study.fieldwork is not None else ()),
        *dict.fromkeys(rule.reason for rule in export.rules),
        *((NON_CONTACT, BREAK_OFF) if export.status is not None else ()),
        NOTHING,
        *((DUPLICATE,) if export.id is not None else ()),
    ]


def made_log(study: Study, found: Mapping[str, int], notes: dict[str, int], raw: RawExport) -> CleaningLog:
    """Return what became of all rows, from how many there are by reason ('' for those that are kept).

    Raises
    ------
    DataError
        When none is kept.
    """
    reasons = (reason for reason in _possible(study) if reason != NON_CONTACT or found.get(reason))
    set_aside = {reason: found.get(reason, 0) for reason in reasons}
    log = CleaningLog(sum(found.values()), found.get("", 0), set_aside, notes, dict(raw.unread))
    if not log.kept:
        told = ", ".join(f"{reason} {n}" for reason, n in log.set_aside.items() if n)
        what, hint = "no answer is left after cleaning", "check `fieldwork` and `export` in study.yml"
        got = f"{log.rows_in} rows set aside: {told or 'their counts are 0'}"
        expected = "answers within the fieldwork, with a status that study.yml names"
        raise DataError(what, where=raw.place, got=got, expected=expected, hint=hint)
    return log


class CountedResponses(Responses):
    """Answers that stay in an engine: counts of any crossing can be had, and nothing that takes rows.

    Parameters
    ----------
    study, log
        As of `Responses`.
    counts
        Crossings that were counted already, by their variables.
    engine
        Returns the cleaned answers where they are.

    Examples
    --------
    >>> crosstab(responses.crossing("belonging", "role"), "belonging", "role")
    """

    def __init__(self, study: Study, log: CleaningLog, counts: Counts, engine: Callable[[], Frame]) -> None:
        for name, value in (("study", study), ("log", log), ("counts", counts), ("engine", engine)):
            object.__setattr__(self, name, value)

    counts: Counts
    engine: Callable[[], Frame]

    @property
    def data(self) -> pd.DataFrame:
        """Refused: the rows are in the engine."""
        hint = "ask for the counts of what it is about: responses.crossing('belonging', 'role') is used like any"
        hint += " answers; a variable of your own is written under `derived` in study.yml"
        what = "this takes the rows of the answers, and they stay in the engine"
        raise EstimationError(what, where=self.study.name, hint=hint)

    @property
    def total(self) -> int:
        """The number of respondents."""
        return self.log.kept

    @property
    def design(self) -> dict[str, str]:
        """Nothing: everybody was asked, and counts the same."""
        return {}

    def crossing(self, *names: str) -> Responses:
        """Return the counts of some variables' answers together, those of the names that there are, as answers."""
        export, variables = self.study.export, self.study.codebook.variables
        there = {*variables, *([RESPONSE_KIND] if export.status else [])}
        there |= {SUBMITTED_ON} if export.submitted or export.started else set()
        items = [name for name in names if name in self.study.codebook.items]
        asked = {*names, *(variable.name for name in items for variable in self.study.codebook.variables_of(name))}
        key = tuple(sorted(there & asked))
        if key not in self.counts:
            self.counts[key] = _crossed(self.engine(), key, self.study)
        return Responses(self.study, self.counts[key], self.log)

    def model_frame(self, outcome: str, predictors: Sequence[str], extra: Sequence[str] = ()) -> pd.DataFrame:
        """Return the columns of a model, a row a pattern; see `Responses.model_frame`."""
        names = [outcome, *predictors, *extra, *([self.study.unit] if self.study.unit else [])]
        return self.crossing(*names).model_frame(outcome, predictors, extra)

    def __repr__(self) -> str:
        """Return the number of respondents, never an answer."""
        return f"<CountedResponses {self.study.name}: {self.total} respondents in an engine; not for release>"


def _crossed(frame: Frame, names: tuple[str, ...], study: Study) -> pd.DataFrame:
    """Count a crossing in the engine, and return it as answers have it, in one order."""
    number = nw.len().alias(COUNT)
    found = collected(frame.group_by(*names).agg(number) if names else frame.select(number))
    codes = found.astype(dict.fromkeys(names, object)).sort_values([*names], ignore_index=True)
    data = coded_columns(codes, codes[COUNT].astype("int64"), study)
    if SUBMITTED_ON in names:
        data[SUBMITTED_ON] = pd.to_datetime(codes[SUBMITTED_ON])
    if RESPONSE_KIND in names:
        data[RESPONSE_KIND] = categorical(codes[RESPONSE_KIND], (COMPLETE, PARTIAL))
    return data
