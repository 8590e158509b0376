"""Shares with weights, from released counts: each unit counts by its size in the frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..i18n import Locale
from .distributions import Answers

if TYPE_CHECKING:
    from ..release import Release


def weighted_share(release: Release, variable: str, codes: Sequence[str]) -> float | None:
    """Return the share of everyone that gave one of some answers, weighted by the units' sizes.

    None where the study has no units of known size, or a unit's share is hidden.
    """
    study, unit = release.study, release.study.unit
    table = release.tables.get(f"{study.codebook.variable(variable).item_id}_by_{unit}") if unit else None
    if table is None or unit is None:
        return None
    answers = Answers(table, study, Locale(study.language()))
    units = study.codebook.variable(unit).scale.codes
    people = [study.population({unit: code}) for code in units]
    shares = [answers.together(variable, (code,), codes) for code in units]
    if None in people or None in shares:
        return None
    return sum((n or 0) * (share or 0) for n, share in zip(people, shares, strict=True)) / sum(n or 0 for n in people)
