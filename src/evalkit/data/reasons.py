"""Why a row is set aside, by the rules of a study; what the values of a column mean for them."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ..errors import DataError
from ..study import Study
from .coding import as_number, seen_values
from .grid import cell_place
from .read import RawExport, Read
from .responses import COMPLETE, PARTIAL, CleaningLog

if TYPE_CHECKING:
    import pandas as pd

BEFORE, AFTER, NOT_INCLUDED = "before_fieldwork", "after_fieldwork", "not_included"
NON_CONTACT, BREAK_OFF, NOTHING, DUPLICATE = "non_contact", "break_off", "nothing_answered", "duplicate"
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
    if problems:
        raise DataError.several(problems)


def _misses(texts: pd.Series, values: tuple[str, ...], known: tuple[str, ...], *, surely: bool) -> bool:
    """Return whether no cell has one of some values; unless surely, only where another value of the column is nearly one."""
    seen = {as_number(text) for text in texts.unique() if text.strip()}
    if seen & set(map(as_number, values)) or not values:
        return False
    others = seen - set(map(as_number, known))
    return surely or any(get_close_matches(as_number(value), others, cutoff=0.8) for value in values)


def _idle(raw: RawExport, column: str, key: str, values: tuple[str, ...]) -> DataError:
    return DataError(
        f"no row has a value that `{key}` names",
        where=cell_place(raw.place, column),
        got=seen_values(raw.cells[column], raw),
        expected=", ".join(values),
        hint="correct the values in study.yml; a rule that no row needs can be left out",
    )


def is_one_of(texts: pd.Series, values: tuple[str, ...]) -> pd.Series:
    """Return which cells of a column hold one of some values."""
    known = set(map(as_number, values))
    return texts.isin([text for text in texts.unique() if as_number(text) in known])


def kinds_of(cells: pd.DataFrame, study: Study) -> pd.Series | None:
    """Return whether each row is a complete or a partial answer; missing for a break-off; None without a status."""
    status = study.export.status
    if status is None:
        return None
    kinds = dict.fromkeys(map(as_number, status.partial), PARTIAL) | dict.fromkeys(
        map(as_number, status.complete), COMPLETE
    )
    texts = cells[status.column]
    return texts.map({text: kinds.get(as_number(text)) for text in texts.unique()}).astype(object)


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


def made_log(study: Study, found: Mapping[str, int], notes: dict[str, int], read: Read) -> CleaningLog:
    """Return what became of all rows, from how many there are by reason ('' for those that are kept).

    Raises
    ------
    DataError
        When none is kept.
    """
    set_aside = {reason: found.get(reason, 0) for reason in _possible(study)}
    if not set_aside.get(NON_CONTACT):
        set_aside.pop(NON_CONTACT, None)
    log = CleaningLog(sum(found.values()), found.get("", 0), set_aside, notes, dict(read.unread))
    if not log.kept:
        reasons = ", ".join(f"{reason} {n}" for reason, n in log.set_aside.items() if n)
        raise DataError(
            "no answer is left after cleaning",
            where=read.place,
            got=f"{log.rows_in} rows set aside: {reasons or 'their counts are 0'}",
            expected="answers within the fieldwork, with a status that study.yml names",
            hint="check `fieldwork` and `export` in study.yml",
        )
    return log
