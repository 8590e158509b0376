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
DAY_FIRST, MONTH_FIRST = "day_first", "month_first"


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

    return {
        name.casefold()[:3]: number
        for language in ("nb", "en")
        for number, name in get_month_names("wide", locale=language).items()
    }


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
    columns: Mapping[str, tuple[str, pd.Series]],
    due: pd.Series,
    fieldwork: Fieldwork | None,
    declared: str | None,
    place: str,
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
    read = {
        order: {use: _parsed(texts, order) for use, (_, texts) in columns.items()} for order in (DAY_FIRST, MONTH_FIRST)
    }
    order = _order(columns, read, due, fieldwork, declared, place)
    problems = []
    for use, (heading, texts) in columns.items():
        wrong = texts.index[read[order][use].isna() & (texts.str.strip() != "") & due].tolist()
        problems += [_no_date(place, heading, wrong, len(texts))] if wrong else []
    DataError.raise_all(problems)
    differ = any(
        (read[DAY_FIRST][use] != read[MONTH_FIRST][use])[due & read[order][use].notna()].any() for use in columns
    )
    return Moments(pd.DataFrame(read[order]), order if differ else None)


def _parsed(texts: pd.Series, order: str) -> pd.Series:
    known = {text: parse_moment(text, order) for text in pd.unique(texts)}
    return pd.to_datetime(texts.map(known)).astype("datetime64[us]")


def _order(
    columns: Mapping[str, tuple[str, pd.Series]],
    read: Mapping[str, Mapping[str, pd.Series]],
    due: pd.Series,
    fieldwork: Fieldwork | None,
    declared: str | None,
    place: str,
) -> str:
    """Return the order in which all dates can be read, and that puts more of them in the fieldwork.

    A cell speaks for an order when it is within the fieldwork in that order alone, or can be read in no other.
    """
    orders = {
        order: pd.concat([read[order][use][due & (texts.str.strip() != "")] for use, (_, texts) in columns.items()])
        for order in (DAY_FIRST, MONTH_FIRST)
    }
    day, month = orders[DAY_FIRST], orders[MONTH_FIRST]
    apart = (day != month) & (day.notna() | month.notna())
    if not apart.any():
        return declared or DAY_FIRST
    readable = {order: moments[apart].notna() for order, moments in orders.items()}
    inside = {order: _inside(moments[apart], fieldwork) for order, moments in orders.items()}
    speaks = {
        DAY_FIRST: int((inside[DAY_FIRST] & ~inside[MONTH_FIRST]).sum()),
        MONTH_FIRST: int((inside[MONTH_FIRST] & ~inside[DAY_FIRST]).sum()),
    }
    possible = [order for order in orders if readable[order].all()]
    where = _first(columns, read, due, place)
    if declared is not None:
        other = MONTH_FIRST if declared == DAY_FIRST else DAY_FIRST
        if declared not in possible or (other in possible and speaks[other] > speaks[declared]):
            raise _undecided(*where, f"and dates: {declared}, which fits worse than {other}", fieldwork)
        return declared
    for order, other in ((DAY_FIRST, MONTH_FIRST), (MONTH_FIRST, DAY_FIRST)):
        alone = possible == [order] and not speaks[other]
        if alone or (order in possible and speaks[order] and not speaks[other]):
            return order
    got = "in a column that fits either order" if len(possible) == 2 else "in a column that fits neither order"
    raise _undecided(*where, got, fieldwork)


def _inside(moments: pd.Series, fieldwork: Fieldwork | None) -> pd.Series:
    if fieldwork is None:
        return moments.isna() & moments.notna()
    inside: pd.Series = moments.dt.normalize().between(pd.Timestamp(fieldwork.start), pd.Timestamp(fieldwork.end))
    return inside


def _first(
    columns: Mapping[str, tuple[str, pd.Series]],
    read: Mapping[str, Mapping[str, pd.Series]],
    due: pd.Series,
    place: str,
) -> tuple[str, str]:
    """Return where the first date stands that the two orders read differently, and the date without its time."""
    for use, (heading, texts) in columns.items():
        day, month = read[DAY_FIRST][use], read[MONTH_FIRST][use]
        rows = day.index[due & (day != month) & (day.notna() | month.notna())]
        if len(rows):
            return cell_place(place, heading, rows[:1].tolist()), re.split(r"[T ,]", texts[rows[0]].strip())[0]
    return place, ""


def _undecided(where: str, date: str, got: str, fieldwork: Fieldwork | None) -> DataError:
    within = f", and within the fieldwork ({fieldwork.start} to {fieldwork.end})" if fieldwork else ""
    return DataError(
        "the order of day and month cannot be told",
        where=where,
        got=f"{date} {got}",
        expected=f"all dates of the column in one order{within}",
        hint="write `dates: day_first` or `dates: month_first` under `export` in study.yml; dates of both orders in one"
        " column have to be exported again. Do not correct single cells: the others would be read the other way",
    )


def _no_date(place: str, heading: str, rows: list[int], cells: int) -> DataError:
    return DataError(
        "a cell is no date",
        where=cell_place(place, heading, rows),
        got=f"{len(rows)} such cells out of {cells}",
        expected="2023-04-24 10:15, 24.04.2023 10:15, 04/24/2023 10:15 AM, or a date cell of a workbook",
        hint="export the answers again with dates of one form; the rows can also be excluded",
    )
