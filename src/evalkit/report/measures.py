"""Shares with their intervals, from released counts: what bars, sentences and headline figures are made of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..study import TOTAL
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
    count: float
    base: int
    share: float
    low: float
    high: float


def measures(answers: Answers, places: Sequence[tuple[str, str, str, Sequence[str], Sequence[str]]]) -> list[Measure]:
    """Return the shares at some places (key, label, question, group, answers), without those that are hidden or empty."""
    from ..estimate import proportions_from_counts

    rows = []
    for key, label, question, group, codes in places:
        base, count = answers.base(question, group), answers.count_together(question, group, codes)
        if base and count is not None:
            inside = {dim: of for dim, of in zip(answers.table.groups, group, strict=True) if of != TOTAL}
            people = None if answers.table.effect else answers.study.population(inside)
            rows.append((key, label, count, base, math.nan if people is None else people))
    if not rows:
        return []
    _, _, *numbers = (list(column) for column in zip(*rows, strict=True))
    table = proportions_from_counts(*numbers, effect=answers.table.effect)
    found = table[["estimate", "conf_low", "conf_high"]].to_numpy().tolist()
    return [Measure(*row[:4], *shares) for row, shares in zip(rows, found, strict=True)]


def group_measures(answers: Answers, codes: Sequence[str], question: str | None = None) -> list[Measure]:
    """Return the share of each group shown that gave one of some answers, everyone first, groups in the codebook's order.

    Of a table by several groups those of the last are taken, over all levels of the others.
    """
    asked = question or answers.questions[0]
    return measures(answers, [(key, label, asked, group, codes) for key, label, group in answers.shown_groups()])
