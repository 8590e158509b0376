"""Points in time as exports write them: ISO, Norwegian, American, and the serial numbers of workbooks.

Whether 03/04/2024 is 3 April or 4 March is decided by the whole column, never by a cell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import pandas as pd

from ..errors import DataError
from ..study.plan import Fieldwork
from .grid import cell_place

_TIME = (
    r"(?:[T ,]+(?:kl\.? *)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?)?"
)
_ZONE = r"(?: ?\(?(?:Z|UTC|GMT|CES?T)?(?:[+-]\d{1,2}(?::?\d{2})?)?\)?)?"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_NAME = r"(?P<name>[^\W\d_]{3,9})\.?"
_FORMS = tuple(
    re.compile(form + _TIME + _ZONE, re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        rf"(?P<first>\d{{1,2}})(?P<mark>[./-])(?P<second_part>\d{{1,2}})[./-]{_YEAR}",
        rf"(?P<day>\d{{1,2}})\.?[ -]{_NAME}[ ,-]+(?P<year>\d{{4}})",
        rf"{_NAME} (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})",
    )
)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_EPOCH = datetime(1899, 12, 30)
Headed = Mapping[str, tuple[str, pd.Series]]
"""Columns by use, each with its heading."""
DAY_FIRST, MONTH_FIRST = "day_first", "month_first"
_OTHER = {DAY_FIRST: MONTH_FIRST, MONTH_FIRST: DAY_FIRST}


def parse_moment(text: str, order: str = DAY_FIRST) -> datetime | None:
    """Return the point in time that a text names, or None when it names none.

    Read are ISO dates (also with a zone), dates of numbers in an order (`24.04.2023`, `04/24/2023`; dots always have the day
    first), dates with the month's name, all with or without a time of 24 or twice 12 hours, and the days since
    1899-12-30 of workbooks. The clock time is kept as it was written.
    """
    text = " ".join(text.split())
    if _SERIAL.fullmatch(text):
        moment = _EPOCH + timedelta(days=float(text))
        return (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    found = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    if found is None:
        return None
    part = found.groupdict()
    day, month = part.get("day"), part.get("month")
    if part.get("name"):
        month = _months().get(str(part["name"]).casefold()[:3])
    elif part.get("first"):
        first, second = part["first"], part["second_part"]
        day, month = (second, first) if order == MONTH_FIRST and part["mark"] != "." else (first, second)
    return _moment(part, day, month)


def _moment(part: Mapping[str, str | None], day: str | int | None, month: str | int | None) -> datetime | None:
    hour = int(part["hour"] or 0)
    if part["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if part["half"].casefold() == "p" else 0)
    year = int(part["year"] or 0)
    try:
        clock = hour, int(part["minute"] or 0), int(part["second"] or 0)
        return datetime(year + (2000 if year < 100 else 0), int(month or 0), int(day or 0), *clock)
    except ValueError:
        return None


@cache
def _months() -> dict[str, int]:
    """Return the months by the first three letters of their names, Norwegian and English."""
    from babel.dates import get_month_names

    named = (get_month_names("wide", locale=language).items() for language in ("nb", "en"))
    return {name.casefold()[:3]: number for months in named for number, name in months}


@dataclass(frozen=True, eq=False)
class Moments:
    """When each row was started and submitted.

    Parameters
    ----------
    frame
        Columns `started` and `submitted`, missing where the cell is empty.
    order
        The order in which dates such as 03/04/2024 were read; None where there are none.
    """

    frame: pd.DataFrame
    order: str | None


def read_moments(
    columns: Headed, due: pd.Series, fieldwork: Fieldwork | None, declared: str | None, place: str
) -> Moments:
    """Read the columns of times.

    Parameters
    ----------
    columns
        By use (`started`, `submitted`): the heading, and the cells by row number.
    due
        For each row whether its cells have to be dates; those of excluded rows need not.
    fieldwork
        When the survey was open: the order that puts the dates there is the right one.
    declared
        `export.dates`, where the study says it.
    place
        The file, for messages.

    Raises
    ------
    DataError
        When a cell is no date, or nothing tells the order of the dates.
    """
    texts = pd.concat({use: cells for use, (_, cells) in columns.items()})
    read = {order: _parsed(texts, order) for order in _OTHER}
    wanted = (texts.str.strip() != "") & pd.concat(dict.fromkeys(columns, due))
    day, month = read.values()
    apart = wanted & (day != month) & (day.notna() | month.notna())
    order, doubt = declared or DAY_FIRST, ""
    if apart.any():
        order, doubt = _order({order: moments[apart] for order, moments in read.items()}, fieldwork, declared)
    if doubt:
        use, row = apart.idxmax()
        date = re.split(r"[T ,]", texts[use, row].strip())[0]  # without its time
        raise _undecided(cell_place(place, columns[use][0], [row]), f"{date} {doubt}", fieldwork)
    wrong = wanted & read[order].isna()
    rows = {use: due.index[wrong.loc[use]].tolist() for use in columns}
    DataError.raise_all([_no_date(place, columns[use][0], rows[use], len(due)) for use in columns if rows[use]])
    return Moments(pd.DataFrame({use: read[order].loc[use] for use in columns}), order if apart.any() else None)


def _parsed(texts: pd.Series, order: str) -> pd.Series:
    known = {text: parse_moment(text, order) for text in pd.unique(texts)}
    return pd.to_datetime(texts.map(known)).astype("datetime64[us]")


def _order(read: Mapping[str, pd.Series], fieldwork: Fieldwork | None, declared: str | None) -> tuple[str, str]:
    """Return the order in which all dates can be read, and that puts more of them in the fieldwork; and what speaks against it.

    A cell speaks for an order when it is within the fieldwork in that order alone, or can be read in no other.

    Parameters
    ----------
    read
        By order, those dates that the two orders read differently.
    """
    inside = {order: _inside(moments, fieldwork) for order, moments in read.items()}
    speaks = {order: int((inside[order] & ~inside[other]).sum()) for order, other in _OTHER.items()}
    possible = [order for order, moments in read.items() if moments.notna().all()]
    if declared is not None:
        other = _OTHER[declared]
        worse = declared not in possible or (other in possible and speaks[other] > speaks[declared])
        return declared, f"and dates: {declared}, which fits worse than {other}" if worse else ""
    for order, other in _OTHER.items():
        alone = possible == [order] and not speaks[other]
        if alone or (order in possible and speaks[order] and not speaks[other]):
            return order, ""
    return DAY_FIRST, f"in a column that fits {'either' if len(possible) == 2 else 'neither'} order"


def _inside(moments: pd.Series, fieldwork: Fieldwork | None) -> pd.Series:
    if fieldwork is None:
        return moments.isna() & moments.notna()
    inside: pd.Series = moments.dt.normalize().between(pd.Timestamp(fieldwork.start), pd.Timestamp(fieldwork.end))
    return inside


def _undecided(where: str, got: str, fieldwork: Fieldwork | None) -> DataError:
    within = f", and within the fieldwork ({fieldwork.start} to {fieldwork.end})" if fieldwork else ""
    hint = "write `dates: day_first` or `dates: month_first` under `export` in study.yml; dates of both orders in one"
    hint += " column have to be exported again. Do not correct single cells: the others would be read the other way"
    what, expected = "the order of day and month cannot be told", f"all dates of the column in one order{within}"
    return DataError(what, where=where, got=got, expected=expected, hint=hint)


def _no_date(place: str, heading: str, rows: list[int], cells: int) -> DataError:
    where, got = cell_place(place, heading, rows), f"{len(rows)} such cells out of {cells}"
    expected = "2023-04-24 10:15, 24.04.2023 10:15, 04/24/2023 10:15 AM, or a date cell of a workbook"
    hint = "export the answers again with dates of one form; the rows can also be excluded"
    return DataError("a cell is no date", where=where, got=got, expected=expected, hint=hint)
