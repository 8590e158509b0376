"""What exports of many surveys share (`known.yml`): answer scales, low to high, what is no answer, headings and words of platforms."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ..study import fold


class Known(NamedTuple):
    """A scale that many surveys use: each step's spellings, low to high; an export need not hold all of them."""

    name: str
    kind: str
    steps: tuple[tuple[str, ...], ...]

    def step(self, text: str) -> int | None:
        """Return how high on the scale an answer stands; None where it does not."""
        folded = fold(text)
        return next((k for k, spellings in enumerate(self.steps) if folded in spellings), None)

    def holds(self, texts: Collection[str]) -> bool:
        """Return whether all of some answers are steps of the scale."""
        return all(self.step(text) is not None for text in texts)


KNOWN: dict[str, Any] = yaml.load(Path(__file__).with_name("known.yml").read_text("utf-8"), yaml.BaseLoader)
"""The words by what they are of: `scales`, `no_answer`, `boxes`, `roles`, `status`, `headings`, `stems`."""
SCALES = tuple(Known(**scale) for scale in KNOWN["scales"])
_CODES = {spelling: code for code, spellings in KNOWN["no_answer"].items() for spelling in spellings}


def no_answer_code(text: str) -> str | None:
    """Return the code of an answer such as 'Vet ikke', which is no step of a scale; None for any other."""
    return _CODES.get(fold(text))


def recognise(texts: Collection[str]) -> Known | None:
    """Return the scale that some answers, at least two, stand on."""
    return next((known for known in SCALES if len(texts) > 1 and known.holds(texts)), None)
