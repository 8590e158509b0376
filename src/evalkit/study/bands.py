"""Bands of numbers: what is counted, released and protected in the place of a number."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler

from .words import Code, Strict, Text


class Band(Strict):
    """A band of numbers: from one on, up to the next band."""

    lowest: float = Field(alias="from")
    """The lowest number of the band."""
    label: Text | None = None
    """What the band is called; by default its numbers, with the unit."""
    score: float | None = None
    """What the band counts for in a mean that is worked out from bands; its middle by default."""


def _read(value: Any) -> Any:
    """Return bands by code: a list of the numbers that they begin with, or a mapping of codes to these, is one too."""
    if isinstance(value, list):
        if len(set(map(str, value))) < len(value):
            raise ValueError("a band stands twice")
        value = {f"from_{number}": number for number in value}
    if isinstance(value, dict):
        return {code: part if isinstance(part, dict | Band) else {"from": part} for code, part in value.items()}
    return value


class _ShortForms:
    """Says in the schema that bands may be the numbers that they begin with."""

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        by_code = handler(core)
        bands = by_code["patternProperties"]
        named = {pattern: {"anyOf": [band, {"type": "number"}]} for pattern, band in bands.items()}
        return {"anyOf": [{**by_code, "patternProperties": named}, {"type": "array", "items": {"type": "number"}}]}


Bands = Annotated[dict[Code, Band], BeforeValidator(_read), _ShortForms()]
"""Bands by code, the lowest first."""
_MORE = {"nb": "{low}{unit} eller mer", "en": "{low}{unit} or more"}


@dataclass(frozen=True)
class Banding:
    """Bands of numbers of a certain precision.

    Parameters
    ----------
    bands
        By code, the lowest first; the last has no end.
    decimals
        How many the numbers have.
    unit
        What they count, by language.
    """

    bands: Mapping[str, Band]
    decimals: int = 0
    unit: Mapping[str, str] | None = None

    @property
    def starts(self) -> list[float]:
        """The lowest number of each band."""
        return [band.lowest for band in self.bands.values()]

    @property
    def step(self) -> float:
        """The distance between two numbers that follow each other."""
        return float(f"1e-{self.decimals}")

    def code_of(self, number: float) -> str | None:
        """Return the band that a number is in; None below the lowest, and of a number of more decimals."""
        place = bisect_right(self.starts, number + 1e-9)
        whole = abs(number / self.step - round(number / self.step)) < 1e-6
        return list(self.bands)[place - 1] if place and whole else None

    @property
    def thresholds(self) -> dict[str, tuple[float, bool]]:
        """Where each band begins among numbers that are not rounded yet, and whether that number itself rounds into it."""
        found = {}
        for code, start in zip(self.bands, self.starts, strict=True):
            first = ceil((start - 1e-9) / self.step) * self.step
            low = round(first - self.step / 2, self.decimals + 1)
            found[code] = low, round(low, self.decimals) >= first - 1e-9
        return found

    def label(self, code: str, language: str) -> str:
        """Return what a band is called."""
        band, starts = self.bands[code], self.starts
        if band.label is not None and language in band.label:
            return band.label[language]
        unit = f" {self.unit[language]}" if self.unit and language in self.unit else ""
        low, place = self._written(band.lowest, language), list(self.bands).index(code) + 1
        if place == len(starts):
            return _MORE[language].format(low=low, unit=unit)
        high = self._written(starts[place] - self.step, language)
        return f"{low}{unit}" if low == high else f"{low}\N{EN DASH}{high}{unit}"

    def _written(self, number: float, language: str) -> str:
        text = f"{number:.{self.decimals}f}"
        return text.replace(".", ",") if language == "nb" else text

    def ends(self, code: str) -> tuple[float, float]:
        """Return where a band begins and ends; the last is as wide as the one before."""
        starts, place = self.starts, list(self.bands).index(code)
        after = [*starts[1:], 2 * starts[-1] - starts[-2] if len(starts) > 1 else starts[-1] + self.step]
        return starts[place], after[place]

    def score(self, code: str) -> float:
        """Return what a band counts for in a mean: as declared, else the middle of its numbers."""
        declared, (low, high) = self.bands[code].score, self.ends(code)
        return round((low + high - self.step) / 2, self.decimals + 1) if declared is None else declared

    def ascending(self) -> bool:
        """Return whether each band begins above the one before."""
        return all(one < other for one, other in pairwise(self.starts))

    def rising(self) -> bool:
        """Return whether each band counts for more than the one before."""
        return all(self.score(one) < self.score(other) for one, other in pairwise(self.bands))
