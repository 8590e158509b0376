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
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, time
from difflib import get_close_matches
from functools import partial

import narwhals.stable.v2 as nw
import pandas as pd

from ..errors import DataError
from ..study import Study
from .coding import MENDED, Coded, as_number, code_item, seen_values, settled
from .design import design_columns
from .grid import cell_place, named_rows
from .moments import DAY_FIRST, Moments, read_moments
from .read import RAW, RESPONDENT, RawExport
from .responses import (
    AGAINST_ROUTING,
    COMPLETE,
    PARTIAL,
    RESPONSE_KIND,
    SUBMITTED_ON,
    CleaningLog,
    Responses,
    categorical,
    coded_columns,
    number_column,
)
from .rules import Frame, eager, nothing_answered, put, routed, with_derived
from .table import TableExport

_NUMBER = "__number__"
BEFORE, AFTER, NOT_INCLUDED = "before_fieldwork", "after_fieldwork", "not_included"
NON_CONTACT, BREAK_OFF, NOTHING, DUPLICATE = "non_contact", "break_off", "nothing_answered", "duplicate"
STARTED_ON, REASON, EXCLUDED, MOMENT = "__started_on__", "__reason__", "__excluded__", "__moment__"
"""Columns beside the codes: the day of the start, why a row is set aside, by which rule of the study, and when it was submitted."""
NO_DATE = "no_date"
"""The note that counts rows kept without any date, of which nothing says that they came within the fieldwork."""


def clean(raw: RawExport | TableExport, study: Study) -> Responses:
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
        `data` has a row a respondent (a pattern, where the export is counts), `log` says what became of every raw row.

    Raises
    ------
    DataError
        Listing every answer that is not in the codebook, date or count that cannot be read, and respondents whose rows
        contradict each other; when a rule of the study fits no row, no row is left, or the rows do not add up.

    Examples
    --------
    >>> answers = clean(read_export(survey), survey)
    >>> answers.log.frame
    """
    if isinstance(raw, TableExport):
        from .engine import count_answers

        return count_answers(raw)
    cells, counts = raw.cells, _counts(raw, study)
    refuse_idle_rules(raw, study)
    rules = rule_columns(study, {heading: cells[heading].unique() for heading in rule_headings(study)})
    marks = eager(cells.add_prefix(RAW)).with_columns(**rules).to_native()
    due, kinds = marks[EXCLUDED].isna(), marks.get(RESPONSE_KIND)
    moments = _moments(raw, study, due)
    if moments is not None:
        days = {STARTED_ON: moments.frame["started"], SUBMITTED_ON: moments.frame["submitted"]}
        marks = marks.assign(**{name: moment.dt.normalize() for name, moment in days.items()})
    coded = _coded(raw, study, due)
    codes = routed(settled(eager(_code_frame(coded, kinds)), study), study).to_native()
    told = codes.drop(columns=[name for name in codes if name.startswith(AGAINST_ROUTING)])
    rows = eager(marks.join(told.drop(columns=RESPONSE_KIND, errors="ignore")))
    reasons = rows.select(reason_of(study, dated=moments is not None).alias(REASON)).to_native()[REASON].astype(object)
    reasons[_duplicates(raw, study, told, reasons, moments)] = DUPLICATE
    kept = reasons.index[reasons.isna() & (counts > 0)]
    notes = dict(_notes(coded, kept, moments))
    against = {name: int(counts.loc[kept][codes.loc[kept, name]].sum()) for name in codes if name not in told}
    notes |= {name: people for name, people in against.items() if people}
    rows_by_reason = counts.groupby(reasons.fillna("").to_numpy()).sum()
    log = made_log(study, {str(reason): int(n) for reason, n in rows_by_reason.items()}, notes, raw.place, raw.unread)
    codes = with_derived(eager(codes), study.codebook).to_native()
    data = coded_columns(codes.loc[kept], counts.loc[kept], study)
    data = data.assign(**design_columns(raw, data, study))
    if moments is not None:
        data[SUBMITTED_ON] = marks.loc[kept, SUBMITTED_ON].to_numpy()
    if kinds is not None:
        data[RESPONSE_KIND] = categorical(kinds.loc[kept], (COMPLETE, PARTIAL))
    return Responses(study, data.reset_index(drop=True), log)


def _counts(raw: RawExport, study: Study) -> pd.Series:
    column = study.export.count
    if column is None:
        return pd.Series(1, index=raw.cells.index, dtype="int64")
    texts = raw.cells[column].map(as_number)
    if wrong := texts.index[~texts.str.fullmatch(r"[0-9]{1,15}")].tolist():
        what, expected = "a count is no whole number from 0", "how many gave the answers of the row"
        raise DataError(what, where=cell_place(raw.place, column, wrong), expected=expected)
    return texts.astype("int64")


def _moments(raw: RawExport, study: Study, due: pd.Series) -> Moments | None:
    """Return when each row was started and submitted (`submitted` falls back on nothing), or None without such columns."""
    export, nothing = study.export, pd.Series("", index=raw.cells.index, dtype=object)
    if export.submitted is None and export.started is None:
        return None
    columns = {
        use: (str(heading), nothing if heading is None else raw.cells[heading])
        for use, heading in (("started", export.started), ("submitted", export.submitted))
    }
    return read_moments(columns, due, study.fieldwork, export.dates, raw.place)


def _coded(raw: RawExport, study: Study, rows: pd.Series) -> dict[str, Coded]:
    coded: dict[str, Coded] = {}
    problems: list[DataError] = []
    for item_id, item in study.codebook.items.items():
        if not item.derived:
            found, wrong = code_item(study.codebook.variables_of(item_id), raw, rows)
            coded |= found
            problems += wrong
    DataError.raise_all(problems)
    return coded


def _code_frame(coded: dict[str, Coded], kinds: pd.Series | None) -> pd.DataFrame:
    """Return the codes of every variable, the numbers of those that have them, and whether each row is a partial answer."""
    codes = pd.DataFrame({name: found.codes for name, found in coded.items()})
    numbers = {number_column(name): found.numbers for name, found in coded.items() if found.numbers is not None}
    return codes.assign(**numbers, **({} if kinds is None else {RESPONSE_KIND: kinds}))


def _duplicates(
    raw: RawExport, study: Study, codes: pd.DataFrame, reasons: pd.Series, moments: Moments | None
) -> pd.Series:
    """Return the rows that another row of the same respondent replaces."""
    replaced = pd.Series(data=False, index=reasons.index)
    if RESPONDENT not in raw.cells:
        return replaced
    left = raw.cells.loc[reasons.isna(), RESPONDENT]
    twice = left[left.duplicated(keep=False)]
    rows = codes.loc[twice.index].copy()
    rows[RESPONDENT], rows[_NUMBER] = twice, twice.index
    if moments is not None:
        rows[MOMENT] = moments.frame["submitted"]
    kept = one_each(eager(rows), RESPONDENT, study, partial(_refuse_contradictions, raw), _NUMBER)
    replaced[twice.index.difference(kept.to_native()[_NUMBER])] = True
    return replaced


def _refuse_contradictions(raw: RawExport, foremost: nw.DataFrame[pd.DataFrame]) -> None:
    """Stop where rows of a respondent differ in their answers."""
    rows = foremost.to_native()
    distinct = rows.drop(columns=[_NUMBER, MOMENT], errors="ignore").drop_duplicates()[RESPONDENT]
    problems = []
    hint = "correct the ids in the export; where people did answer again, write `duplicates: latest`"
    hint += " under `export` in study.yml to keep the last answer"
    for respondent in distinct[distinct.duplicated()].unique():
        numbers = rows.loc[rows[RESPONDENT] == respondent, _NUMBER].tolist()
        what, where = f"{len(numbers)} rows have one id and different answers", f"{raw.place}, {named_rows(numbers)}"
        problems.append(DataError(what, where=where, expected="one answer a respondent", hint=hint))
    DataError.raise_all(problems)


def _notes(coded: dict[str, Coded], kept: pd.Index, moments: Moments | None) -> Iterator[tuple[str, int]]:
    """Go through what was mended: cells by kind, kept rows without a date, and dates read in an order that was found out."""
    for kind in MENDED:
        cells = sum(int((found.mended.loc[kept] == kind).sum()) for found in coded.values())
        if cells or kind != "own_words":
            yield kind, cells
    if moments is not None:
        yield NO_DATE, int(moments.frame.loc[kept].isna().all(axis=1).sum())
        if moments.order is not None and moments.order != DAY_FIRST:
            yield moments.order, int(moments.frame.loc[kept].notna().to_numpy().sum())


def refuse_idle_rules(raw: RawExport, study: Study) -> None:
    """Refuse a status or a rule that fits no row at all: a value that is spelt otherwise would turn answers away in silence."""
    status, problems = study.export.status, list[DataError]()
    if status is not None:
        texts = raw.cells[status.column]
        for key, values in (("complete", status.complete), ("partial", status.partial)):
            if _misses(texts, values, (*status.complete, *status.partial), surely=key == "complete"):
                problems.append(_idle(raw, status.column, f"export.status.{key}", values))
    for rule in study.export.exclude:
        if _misses(raw.cells[rule.column], rule.values, rule.values, surely=True):
            problems.append(_idle(raw, rule.column, f"export.exclude ({rule.reason})", rule.values))
    for kept in study.export.include:
        if _misses(raw.cells[kept.column], kept.values, kept.values, surely=True):
            problems.append(_idle(raw, kept.column, "export.include", kept.values))
    DataError.raise_all(problems)


def _misses(texts: pd.Series, values: tuple[str, ...], known: tuple[str, ...], *, surely: bool) -> bool:
    """Return whether no cell has one of some values; unless surely, only where another value of the column is nearly one."""
    seen = {as_number(text) for text in texts.unique() if text.strip()}
    if seen & set(map(as_number, values)) or not values:
        return False
    others = seen - set(map(as_number, known))
    return surely or any(get_close_matches(as_number(value), others, cutoff=0.8) for value in values)


def _idle(raw: RawExport, column: str, key: str, values: tuple[str, ...]) -> DataError:
    what, got = f"no row has a value that `{key}` names", seen_values(raw.cells[column], raw)
    hint = "correct the values in study.yml; a rule that no row needs can be left out"
    return DataError(what, where=cell_place(raw.place, column), got=got, expected=", ".join(values), hint=hint)


def rule_headings(study: Study) -> list[str]:
    """Return the columns that the rules of a study, and its status, are about."""
    export = study.export
    columns = [rule.column for rule in export.exclude] + [rule.column for rule in export.include]
    return [*dict.fromkeys([*columns, *([export.status.column] if export.status else [])])]


def rule_columns(study: Study, texts: Mapping[str, Iterable[str]]) -> dict[str, nw.Expr]:
    """Return by which rule of the study each row is excluded, and whether it is a complete or a partial answer.

    Parameters
    ----------
    study
        The study.
    texts
        The distinct texts of each of `rule_headings`.
    """
    status, excluded = study.export.status, nw.lit(None, nw.String)
    rules = [(rule.column, rule.values, rule.reason) for rule in study.export.exclude]  # noqa: PD011
    rules += [(rule.column, rule.values, NOT_INCLUDED) for rule in study.export.include]  # noqa: PD011
    for column, values, reason in reversed(rules):
        wanted = set(map(as_number, values))
        fits = nw.col(RAW + column).is_in([text for text in texts[column] if as_number(text) in wanted])
        excluded = nw.when(~fits if reason == NOT_INCLUDED else fits).then(nw.lit(reason)).otherwise(excluded)
    if status is None:
        return {EXCLUDED: excluded}
    kinds = dict.fromkeys(map(as_number, status.partial), PARTIAL)
    kinds |= dict.fromkeys(map(as_number, status.complete), COMPLETE)
    known = {text: kinds[as_number(text)] for text in texts[status.column] if as_number(text) in kinds}
    return {EXCLUDED: excluded, RESPONSE_KIND: put(nw.col(RAW + status.column), known)}


def reason_of(study: Study, *, dated: bool) -> nw.Expr:
    """Return why each row is set aside, duplicates apart: the first reason that holds; nothing where none does."""
    nothing, status = nothing_answered(study), study.export.status
    found = nw.when(nothing).then(nw.lit(NOTHING)).otherwise(nw.lit(None, nw.String))
    if status is not None:
        without = nw.col(SUBMITTED_ON).is_null() & nw.col(STARTED_ON).is_null()
        never = without if dated else nw.col(RAW + status.column).str.strip_chars() == ""
        broken = nw.when(nothing & never).then(nw.lit(NON_CONTACT)).otherwise(nw.lit(BREAK_OFF))
        found = nw.when(nw.col(RESPONSE_KIND).is_null()).then(broken).otherwise(found)
    found = nw.when(nw.col(EXCLUDED).is_null()).then(found).otherwise(nw.col(EXCLUDED))
    if dated and study.fieldwork is not None:
        day = nw.coalesce(nw.col(SUBMITTED_ON), nw.col(STARTED_ON))
        start, end = (nw.lit(datetime.combine(day, time())) for day in (study.fieldwork.start, study.fieldwork.end))
        found = nw.when(day > end).then(nw.lit(AFTER)).otherwise(found)
        found = nw.when(day < start).then(nw.lit(BEFORE)).otherwise(found)
    return found


def one_each(frame: Frame, ids: str, study: Study, refuse: Callable[[Frame], None], order: str | None = None) -> Frame:
    """Return one row a respondent: a complete one before a partial one, then the last submitted, then the last by `order`.

    Parameters
    ----------
    frame
        Answers that nothing else sets aside.
    ids
        The column that names respondents; '' names nobody.
    study
        The study.
    refuse
        Raises where rows of a respondent differ: given those as complete, unless the study wants the latest, and those as late
        where there is no order.
    order
        The column of the rows' numbers.
    """
    nobody = nw.col(ids) == ""
    if study.export.status is not None:
        frame = frame.with_columns((nw.col(RESPONSE_KIND) == PARTIAL).cast(nw.Int64).alias(EXCLUDED))
        frame = frame.filter(nobody | (nw.col(EXCLUDED) == nw.col(EXCLUDED).min().over(ids)))
    if study.export.duplicates == "refuse":
        refuse(frame)
    if study.export.submitted is not None:
        last = nw.col(MOMENT).max().over(ids)
        frame = frame.filter(nobody | last.is_null() | (nw.col(MOMENT) == last))
    if order is None:
        refuse(frame)
    return frame.filter(nobody | nw.col(ids).is_last_distinct().over(order_by=order or ids))


def _possible(study: Study) -> list[str]:
    export, dated = study.export, study.export.submitted is not None or study.export.started is not None
    return [
        *((BEFORE, AFTER) if dated and study.fieldwork is not None else ()),
        *dict.fromkeys(exclusion.reason for exclusion in export.exclude),
        *((NOT_INCLUDED,) if export.include else ()),
        *((NON_CONTACT, BREAK_OFF) if export.status is not None else ()),
        NOTHING,
        *((DUPLICATE,) if export.id is not None else ()),
    ]


def made_log(
    study: Study, found: Mapping[str, int], notes: dict[str, int], place: str, unread: Mapping[str, int]
) -> CleaningLog:
    """Return what became of all rows, from how many there are by reason ('' for those that are kept).

    Raises
    ------
    DataError
        When none is kept.
    """
    set_aside = {reason: found.get(reason, 0) for reason in _possible(study)}
    if not set_aside.get(NON_CONTACT):
        set_aside.pop(NON_CONTACT, None)
    log = CleaningLog(sum(found.values()), found.get("", 0), set_aside, notes, dict(unread))
    if not log.kept:
        reasons = ", ".join(f"{reason} {n}" for reason, n in log.set_aside.items() if n)
        what, got = (
            "no answer is left after cleaning",
            f"{log.rows_in} rows set aside: {reasons or 'their counts are 0'}",
        )
        expected = "answers within the fieldwork, with a status that study.yml names"
        hint = "check `fieldwork` and `export` in study.yml"
        raise DataError(what, where=place, got=got, expected=expected, hint=hint)
    return log
