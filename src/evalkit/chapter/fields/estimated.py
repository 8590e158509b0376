"""Estimates of what published counts hold: the one place where fields meet the estimates of the package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import isnan
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...estimate import means_from_counts, proportions_from_counts, wilson
from .counts import Counts, Place, released_counts
from .values import known

if TYPE_CHECKING:
    import pandas as pd

    from ...release import Release
    from .values import Number


class Estimate(NamedTuple):
    """A number with its 95 per cent interval, and the answers it rests on; nothing where it is hidden."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: float | None = None


def share_estimates(
    counts: Counts, question: str, asked: Mapping[str, Sequence[str]]
) -> dict[tuple[Place, str], Estimate]:
    """Estimate shares of everyone in each group: of those who gave one of some answers, by a name for these."""
    keys = list(product(counts.places, asked))
    bases = [counts.count(place, question) for place, _ in keys]
    given = [
        counts.together(place, question, asked[name]) if base else None
        for (place, name), base in zip(keys, bases, strict=True)
    ]
    people = [counts.people(place) for place, _ in keys]
    frame = proportions_from_counts(given, [base or 1 for base in bases], people, effect=counts.effect)
    return dict(zip(keys, _estimates(frame, bases), strict=True))


def mean_estimates(counts: Counts, question: str, scores: Mapping[str, float]) -> dict[Place, Estimate]:
    """Estimate the mean of the answers' scores in each group, of those who gave an answer that has one."""
    found = [known([counts.count(place, question, code) for code in scores]) for place in counts.places]
    rows = [row if row and any(row) else [None] * len(scores) for row in found]
    bases = [
        counts.count(place, question) if None not in row else None
        for place, row in zip(counts.places, rows, strict=True)
    ]
    people = [counts.people(place) for place in counts.places]
    frame = means_from_counts(rows, list(scores.values()), people, respondents=bases, effect=counts.effect)
    sizes = [None if isnan(n) else int(n) for n in frame["n"]]
    return dict(zip(counts.places, _estimates(frame, sizes), strict=True))


def _estimates(frame: pd.DataFrame, sizes: Sequence[float | None]) -> list[Estimate]:
    rows = frame[["estimate", "conf_low", "conf_high"]].astype(float).itertuples(index=False, name=None)
    known_only = ([None if isnan(x) else x for x in row] for row in rows)
    return [Estimate(value, low, high, n) for (value, low, high), n in zip(known_only, sizes, strict=True)]


def weighted_share(release: Release, variable: str, codes: Sequence[str]) -> float | None:
    """Return the share of everyone that gave one of some answers, each unit counted by its size in the frame.

    None where the study has no units of known size, there is no table of them, or a unit's share is hidden.
    """
    study, unit = release.study, release.study.unit
    table = release.tables.get(f"{study.codebook.variable(variable).item_id}_by_{unit}")
    if unit is None or table is None:
        return None
    counts, units = released_counts(table, study), [(code,) for code in study.codebook.variable(unit).scale.codes]
    people, bases = known([counts.people(one) for one in units]), known([counts.count(one, variable) for one in units])
    given = known([counts.together(one, variable, codes) for one in units])
    if not (people and given and bases and all(bases)):
        return None
    return float(np.average(np.array(given) / np.array(bases), weights=people))


def combined(parts: Sequence[tuple[float, Number]]) -> Estimate:
    """Estimate a sum of shares of groups apart, each multiplied by a number, such as a difference of two.

    The interval is recovered from Wilson's of each share, without finite population correction (MOVER: Zou, Huang and Zhang,
    Computational Statistics & Data Analysis 53, 2009); of two shares it is Newcombe's of a difference (Statistics in
    Medicine 17, 1998, method 10).
    """
    shares = known([number.value for _, number in parts])
    if shares is None or not all(number.n for _, number in parts):
        return Estimate()
    times, share, n = np.array(
        [(times, x, number.n) for x, (times, number) in zip(shares, parts, strict=True)], float
    ).T
    low, high = wilson(share, n)
    ends = np.sort(times * np.array([low, high]), axis=0) - times * share
    down, up = np.sqrt((ends**2).sum(axis=1))
    value = float(times @ share)
    return Estimate(value, value - float(down), value + float(up))
