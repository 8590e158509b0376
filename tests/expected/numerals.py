"""Numbers as pages print them: how they are found in a text, read, and compared with an expected value."""

import re
from dataclasses import dataclass

MINUS = "−"
SPACES = "\u00a0\u202f\u2009"
_WHOLE = {"en": r"\d{1,3}(?:,\d{3})+|\d+", "nb": rf"\d{{1,3}}(?:[{SPACES}]\d{{3}})+|\d+"}
_POINT = {"en": r"\.", "nb": ","}


def pattern(language: str) -> str:
    """Return the regular expression of one printed number, with its sign."""
    return rf"[+{MINUS}-]?(?:{_WHOLE[language]})(?:{_POINT[language]}\d+)?"


@dataclass(frozen=True)
class Printed:
    """A printed number: its value, and how many decimals stand."""

    text: str
    value: float
    decimals: int

    def equals(self, expected: float, slack: float = 0.0) -> bool:
        """Say whether it is an expected value, rounded to the digits that stand (either way where it lies in the middle)."""
        return abs(self.value - expected) <= 0.5 * 10**-self.decimals + slack + 1e-9 * max(1.0, abs(expected))


def read(text: str, language: str) -> Printed:
    """Read one printed number."""
    plain = re.sub(rf"[{SPACES}]", "", text)
    plain = plain.replace(",", "") if language == "en" else plain.replace(",", ".")
    plain = plain.replace(MINUS, "-").lstrip("+")
    return Printed(text, float(plain), len(plain.partition(".")[2]))


def has_digit(text: str) -> bool:
    """Say whether a text has a digit (superscripts are names of units and statistics)."""
    return bool(re.search(r"[0-9]", text))
