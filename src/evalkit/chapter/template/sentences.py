"""The sentence that something stands in, or right after."""

from __future__ import annotations

import re
from bisect import bisect_left

_END = re.compile(r"[.!?…][\"'”’»)\]]*\s+")
_OPENING = "\"'“‘«(["
_SHORT = re.compile(
    r"bl\.a|f\.eks|gj\.sn|[ei]\.[eg]|ca|nr|jfr?|kap|pkt|evt|inkl|ekskl|st|dr|fig|tab|kl|mill|mrd|cf|approx|no|vs|dvs|iht",
    re.I,
)
"""Shortened words after which a sentence goes on."""


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return where each sentence of a text starts and ends.

    A sentence ends at a full stop, a question mark or an exclamation mark before something that may begin one: a capital,
    a digit, a quotation mark or a sign that is no letter; not after a shortened word such as `ca.`.
    """
    starts = [0, *(found.end() for found in _END.finditer(text) if _ends(text, found))]
    ends = [*(len(text[:start].rstrip()) for start in starts[1:]), len(text.rstrip())]
    return [(start, end) for start, end in zip(starts, ends, strict=True) if start < end]


def _ends(text: str, found: re.Match[str]) -> bool:
    after = text[found.end() :].lstrip(_OPENING)[:1]
    word = text[: found.start()].rpartition(" ")[2].lstrip(_OPENING)
    shortened = text[found.start()] == "." and _SHORT.fullmatch(word) is not None
    return bool(after) and not after.islower() and not shortened


def sentence_at(text: str, place: int) -> str:
    """Return the sentence around a place in a text; between two sentences, the one before."""
    spans = sentence_spans(text)
    number = bisect_left([start for start, _ in spans], place) - 1
    if not 0 <= number < len(spans):
        return text.strip()
    start, end = spans[number]
    return text[start:end].strip()
