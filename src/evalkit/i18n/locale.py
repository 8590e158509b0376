"""How a language writes messages, numbers, percentages, dates and lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..errors import UsageError
from .catalogue import missing, translation

LANGUAGES = {"nb": "nb", "en": "en_GB"}
"""The languages of reports, and whose number and date formats they use."""
NO_BREAK = "\N{NO-BREAK SPACE}"
DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


def msg(message: str) -> str:
    """Mark a message for the catalogue where it stands apart from its use."""
    return message


@dataclass(frozen=True)
class Locale:
    """A language: `nb` or `en`.

    Parameters
    ----------
    language
        The language's code.

    Raises
    ------
    UsageError
        When the language is not known.

    Examples
    --------
    >>> Locale("nb").number(41.97, 1)
    '42,0'
    """

    language: str

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            raise UsageError("there is no such language", got=self.language, expected=", ".join(LANGUAGES))

    @property
    def _babel(self) -> str:
        return LANGUAGES[self.language]

    def text(self, message: str, /, **values: object) -> str:
        """Return a message in this language, its `{names}` filled in.

        Parameters
        ----------
        message
            The English text; `{name}` stands for a value.
        values
            What the names stand for, formatted already. `markupsafe.Markup` values make the whole text markup, in which
            everything else is escaped.

        Raises
        ------
        TranslationError
            When the message has no reviewed translation.
        """
        found = translation(message, self.language)
        if not isinstance(found, str):
            raise missing([message], self.language)
        return _filled(found, values)

    def either(self, one: str, other: str, first: object, /, **values: object) -> str:
        """Return the first of two messages where something holds, the other where it does not, as `text` does."""
        return self.text(one if first else other, **values)

    def plural(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Return one of two messages, by number; `{n}` is the number as the language writes it."""
        found = (one, many) if self.language == "en" else translation(one, self.language)
        if not isinstance(found, tuple):
            raise missing([one], self.language)
        return _filled(found[0] if n == 1 else found[-1], {"n": self.number(n), **values})

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number; Norwegian groups digits from five on ('4702', '12 345'), with a decimal comma."""
        from babel.numbers import format_decimal

        grouped = self.language != "nb" or abs(value) >= 10_000
        written = format_decimal(
            _no_negative_zero(value, decimals),
            format=f"#,##0.{'0' * decimals}" if decimals else "#,##0",
            locale=self._babel,
            group_separator=grouped,
        )
        return str(written).replace("-", MINUS)

    def percent(self, share: float, decimals: int = 0) -> str:
        """Return a share (0 to 1) in per cent: `42 %` with a no-break space in Norwegian, `42%` in English."""
        number = self.number(100 * share, decimals)
        return f"{number}{NO_BREAK}%" if self.language == "nb" else f"{number}%"

    def percent_interval(self, low: float, high: float, decimals: int = 0) -> str:
        """Return an interval of shares: `40–44 %`, `40–44%`; with 'to' where a bound is negative."""
        start, end = self.number(100 * low, decimals), self.percent(high, decimals)
        return end if end == self.percent(low, decimals) else f"{start}{self._between(low)}{end}"

    def interval(self, low: float, high: float, decimals: int = 2) -> str:
        """Return an interval of numbers; with 'to' where a bound is negative."""
        return f"{self.number(low, decimals)}{self._between(low)}{self.number(high, decimals)}"

    def _between(self, low: float) -> str:
        word = self.text("to")
        return DASH if low >= 0 else f" {word} "

    def p_value(self, p: float) -> str:
        """Return a p-value with three decimals, `< 0,001` below that."""
        return f"<{NO_BREAK}{self.number(0.001, 3)}" if p < 0.001 else self.number(p, 3)

    def date(self, day: dt.date) -> str:
        """Return a date in words: `24. april 2023`, `24 April 2023`."""
        from babel.dates import format_date

        return str(format_date(day, "long", locale=self._babel))

    def month(self, year: int, month: int) -> str:
        """Return a month: `februar 2021`, `February 2021`."""
        from babel.dates import format_date

        return str(format_date(dt.date(year, month, 1), "MMMM y", locale=self._babel))

    def short_date(self, day: dt.date) -> str:
        """Return a day and month: `24. april`, `24 April`."""
        from babel.dates import format_date

        return str(format_date(day, "d. MMMM" if self.language == "nb" else "d MMMM", locale=self._babel))

    def dates(self, start: dt.date, end: dt.date) -> str:
        """Return a span of days: `24. april–11. mai 2023`."""
        if start.year != end.year:
            return f"{self.date(start)} {DASH} {self.date(end)}"
        return f"{self.short_date(start)}{DASH}{self.date(end)}"

    def listed(self, parts: Iterable[str], either: bool = False) -> str:
        """Return a list in running text: `a, b og c`, `a, b and c`; either of them: `a, b eller c`, `a, b or c`."""
        from babel.lists import format_list

        return str(format_list(list(parts), "or" if either else "standard", locale=self._babel))

    def quoted(self, text: str) -> str:
        """Return a text in the language's quotation marks, those inside it made single."""
        outer = "«»" if self.language == "nb" else "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}"
        single = str.maketrans(outer, "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}")
        return f"{outer[0]}{text.translate(single)}{outer[1]}"


def _filled(text: str, values: dict[str, Any]) -> str:
    from markupsafe import Markup, escape

    if any(isinstance(value, Markup) for value in values.values()):
        return escape(text).format(**values)
    return text.format(**values) if values else text


def _no_negative_zero(value: float, decimals: int) -> float:
    rounded = round(float(value), decimals + 6)
    return 0.0 if round(rounded, decimals) == 0 else rounded
