"""Points in time as exports write them: ISO, Norwegian, American, and the serial numbers of workbooks.

Whether 03/04/2024 is 3 April or 4 March is decided by the whole column, never by a cell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache

import pandas as pd

from ..errors import DataError
from ..study.plan import Fieldwork
from .read import Seen

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


def read_moments(
    columns: Mapping[str, Seen], fieldwork: Fieldwork | None, declared: str | None
) -> tuple[dict[str, dict[str, datetime]], str | None]:
    """Return the points in time that the texts of some columns name, and the order in which they were read.

    Parameters
    ----------
    columns
        By use (`started`, `submitted`): what stands in the rows whose cells have to be dates.
    fieldwork
        When the survey was open: the order that puts the dates there is the right one.
    declared
        `export.dates`, where the study says it.

    Returns
    -------
    tuple
        By use, the texts with what they name; the order of dates such as 03/04/2024, None where there are none.

    Raises
    ------
    DataError
        When a cell is no date, or nothing tells the order of the dates.
    """
    told = [(use, text, n) for use, seen in columns.items() for text, n in seen.counts.items() if text.strip()]
    cells = pd.DataFrame(told, columns=["use", "text", "n"]).astype({"text": object})
    read = {order: _parsed(cells["text"], order) for order in _OTHER}
    day, month = read.values()
    apart = (day != month) & (day.notna() | month.notna())
    order, doubt = declared or DAY_FIRST, ""
    if apart.any():
        order, doubt = _order(
            {o: moments[apart] for o, moments in read.items()}, cells.loc[apart, "n"], fieldwork, declared
        )
    if doubt:
        use, text, _ = cells[apart].iloc[0]
        date = re.split(r"[T ,]", text.strip())[0]  # without its time
        raise _undecided(columns[use].place([text]), f"{date} {doubt}", fieldwork)
    wrong = cells[read[order].isna()]
    texts = {use: wrong.loc[wrong["use"] == use, "text"].tolist() for use in columns}
    DataError.raise_all([_no_date(columns[use], own) for use, own in texts.items() if own])
    moments: dict[str, dict[str, datetime]] = {use: {} for use in columns}
    for (use, text, _), moment in zip(told, read[order].tolist(), strict=True):
        moments[use][text] = moment
    return moments, order if apart.any() else None


def _parsed(texts: pd.Series, order: str) -> pd.Series:
    return pd.to_datetime(texts.map({text: parse_moment(text, order) for text in texts.unique()})).astype(
        "datetime64[us]"
    )


def _order(
    read: Mapping[str, pd.Series], cells: pd.Series, fieldwork: Fieldwork | None, declared: str | None
) -> tuple[str, str]:
    """Return the order in which all dates can be read, and that puts more of them in the fieldwork; and what speaks against it.

    A cell speaks for an order when it is within the fieldwork in that order alone, or can be read in no other.

    Parameters
    ----------
    read
        By order, those dates that the two orders read differently.
    cells
        How many cells hold each.
    """
    inside = {order: _inside(moments, fieldwork) for order, moments in read.items()}
    speaks = {order: int(cells[inside[order] & ~inside[other]].sum()) for order, other in _OTHER.items()}
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


def _no_date(seen: Seen, texts: list[str]) -> DataError:
    cells = f"{sum(seen.counts[text] for text in texts)} such cells out of {sum(seen.counts.values())}"
    expected = "2023-04-24 10:15, 24.04.2023 10:15, 04/24/2023 10:15 AM, or a date cell of a workbook"
    hint = "export the answers again with dates of one form; the rows can also be excluded"
    return DataError("a cell is no date", where=seen.place(texts), got=cells, expected=expected, hint=hint)
