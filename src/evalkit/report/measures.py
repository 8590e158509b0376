"""Shares with their intervals, from released counts: what bars, sentences and headline figures are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..study import TOTAL

if TYPE_CHECKING:
    from ..study import Study
    from .distributions import Answers


@dataclass(frozen=True)
class Measure:
    """One share.

    Parameters
    ----------
    key, label
        The group, answer or question it is about.
    count, base
        How many gave the answer, and of how many.
    share, low, high
        The share and its 95 per cent interval, if those who did not answer are like those who did.
    """

    key: str
    label: str
    count: int
    base: int
    share: float
    low: float
    high: float


def population_of(study: Study, dims: Sequence[str], group: Sequence[str]) -> float | None:
    """Return how many people a group has by the frame, or all have; None where it is not known."""
    return study.population({dim: level for dim, level in zip(dims, group, strict=True) if level != TOTAL})


def measure(
    answers: Answers, key: str, label: str, question: str, group: Sequence[str], codes: Sequence[str]
) -> Measure | None:
    """Return the share of a group that gave one of some answers; None where any part of it is hidden, or nobody is there."""
    from ..estimate import proportions_from_counts

    base = answers.base(question, group)
    counts = [answers.count(question, group, code) for code in codes]
    if not base or any(count is None for count in counts):
        return None
    count = sum(count for count in counts if count is not None)
    people = population_of(answers.study, answers.table.groups, group)
    row = proportions_from_counts([count], base, people).iloc[0]
    return Measure(key, label, count, base, float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"]))


def group_measures(answers: Answers, codes: Sequence[str], question: str | None = None) -> list[Measure]:
    """Return the share of each group shown that gave one of some answers, everyone first, groups in the codebook's order."""
    question = question or answers.questions[0]
    found = [measure(answers, "total", answers.locale.text("All"), question, answers.everybody(), codes)]
    if answers.table.groups:
        dim = answers.table.groups[-1]
        groups = [
            measure(answers, code, answers.group_label(dim, code), question, (code,), codes)
            for code in answers.groups(dim)
        ]
        found += groups
    return [m for m in found if m is not None]
