"""Why a row is set aside, by the rules of a study; what the values of a column mean for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time
from difflib import get_close_matches

import narwhals.stable.v2 as nw
import pandas as pd

from ..errors import DataError
from ..study import Study
from .coding import as_number, seen_values
from .grid import cell_place
from .read import RAW, RawExport
from .responses import COMPLETE, PARTIAL, RESPONSE_KIND, SUBMITTED_ON, CleaningLog
from .rules import Frame, nothing_answered, put

BEFORE, AFTER, NOT_INCLUDED = "before_fieldwork", "after_fieldwork", "not_included"
NON_CONTACT, BREAK_OFF, NOTHING, DUPLICATE = "non_contact", "break_off", "nothing_answered", "duplicate"
STARTED_ON, REASON, EXCLUDED, MOMENT = "__started_on__", "__reason__", "__excluded__", "__moment__"
"""Columns beside the codes: the day of the start, why a row is set aside, by which rule of the study, and when it was submitted."""
NO_DATE = "no_date"
"""The note that counts rows kept without any date, of which nothing says that they came within the fieldwork."""


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
