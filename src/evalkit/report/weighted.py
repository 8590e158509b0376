"""Shares with weights, from released counts: each unit counts by its size in the frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..chapter.fields import Counted

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
    counted, parts = Counted(table, study), []
    for code in study.codebook.variable(unit).scale.codes:
        people = counted.people({unit: code})
        base = counted.count(variable, {unit: code})
        given = counted.together(variable, {unit: code}, tuple(codes))
        if not people or not base or given is None:
            return None
        parts.append((people, given / base))
    return sum(people * share for people, share in parts) / sum(people for people, _ in parts)
