"""Points in time as exports write them: ISO, Norwegian, and the serial numbers of workbooks."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_TIME = r"(?:[T ,]+(?:kl\.? *)?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?)?"
_ZONE = r"(?: *(?:Z|[+-]\d{2}:?\d{2}))?"
_FORMS = (
    re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + _TIME + _ZONE),
    re.compile(r"(?P<day>\d{1,2})[./-](?P<month>\d{1,2})[./-](?P<year>\d{4}|\d{2})" + _TIME),
)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_EPOCH = datetime(1899, 12, 30)


def parse_moment(text: str) -> datetime | None:
    """Return the point in time that a text names, or None when it names none.

    Read are ISO dates, dates that begin with the day (`24.04.2023`, also with `/` and `-`), both with or without hours,
    minutes and seconds, and the days since 1899-12-30 of workbooks. The clock time is kept as it was written.
    """
    text = " ".join(text.split())
    if _SERIAL.fullmatch(text):
        moment = _EPOCH + timedelta(days=float(text))
        return (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    found = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    if found is None:
        return None
    part = {name: int(value) for name, value in found.groupdict(default="0").items()}
    year = part["year"] + (2000 if part["year"] < 100 else 0)
    try:
        return datetime(year, part["month"], part["day"], part["hour"], part["minute"], part["second"])
    except ValueError:
        return None
