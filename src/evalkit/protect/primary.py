"""Primary suppression: which places must be hidden for their own sake, and how wide each interval has to be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import DisclosureError
from ..study import BLANK, NOT_TICKED, TICKED, DisclosureRule
from .published_places import Flags, Ints, Outer, Part, PublishedPlaces, Region

Form = tuple[tuple[int, int], ...]
"""A sum of places: pairs of a place and its coefficient."""


@dataclass(frozen=True, eq=False)
class Primary:
    """What has to be hidden at first, and what never is.

    Parameters
    ----------
    hidden
        Places that the rule hides.
    known
        Places whose count any attacker knows.
    fixed
        Places that are never hidden: known to any attacker, or a zero that a shown zero implies.
    strict
        Hidden places that must be able to reach their threshold, even where they may be zero.
    unanimous
        Those who answered otherwise than a unanimous group: a sum of places each.
    alone
        The groups of one respondent, as regions: an insider knows all of their answers.
    """

    hidden: Flags
    known: Flags
    fixed: Flags
    strict: Flags
    unanimous: tuple[Form, ...]
    alone: tuple[Region, ...]


def primary(
    published: PublishedPlaces,
    rule: DisclosureRule,
    hide: Iterable[Mapping[str, Any]] = (),
    out: Mapping[int, bool] | None = None,
) -> Primary:
    """Apply the rule to every place.

    A group is a combination of levels of a table's groups, margins over some or all of them included. A group of 1 to
    `base - 1` respondents is hidden with all its answers; an empty group says nothing about a respondent and is shown
    as zeros. A group in which all who answered, or all but one, gave the same answer to a listed item has its answers
    hidden. With a cell threshold every count from 1 to `cell - 1` is hidden, margins too.

    Parameters
    ----------
    published, rule
        The places and the rule.
    hide
        Places to hide besides.
    out
        Places that are out already, and whether they are hidden there.

    Raises
    ------
    DisclosureError
        When something must be hidden that is out already.
    """
    known = _known_places(published)
    bases, rows, strict, unanimous = set[int](), set[int](), set[int](), []
    for part, places in zip(published.parts, published.places, strict=True):
        for base, answers in _groups(part, places):
            bases.add(base)
            size = int(published.truth[base])
            if 0 < size < rule.base:
                rows |= {base, *answers.tolist()}
                strict.add(base)
            dissent = _dissent(published, part, rule, base, answers)
            if dissent is not None:
                rows |= set(answers.tolist())
                unanimous.append(dissent)
    if rule.cell is not None:
        small = {int(p) for places in published.places for p in places.ravel() if 0 < published.truth[p] < rule.cell}
        strict |= small
        rows |= small
    rows |= {published.regions[region] for where in hide if (region := published.region_of(where)) in published.regions}
    shown = {place for place, is_hidden in (out or {}).items() if not is_hidden}
    rows |= set(out or {}) - shown
    implied, zeros = _implied_zeros(published, rows - known)
    hidden = rows - known - implied
    if hidden & shown:
        raise DisclosureError(
            "a count that is out already would have to be hidden",
            where=published.describe(min(hidden & shown)),
            hint="leave the new table out, or put it into study.yml, so that all tables are protected together",
        )

    def flags(places: set[int]) -> Flags:
        return np.isin(np.arange(len(published.values)), sorted(places))

    return Primary(
        hidden=flags(hidden),
        known=flags(known),
        fixed=flags(known | implied | zeros | shown),
        strict=flags(strict & hidden),
        unanimous=tuple(dict.fromkeys(unanimous)),
        alone=_alone(published, bases),
    )


def _known_places(published: PublishedPlaces) -> set[int]:
    """Return the places whose count any attacker knows: known tables and figures, and cells that cannot hold anybody."""
    known = {int(p) for places in published.told_places for p in places.ravel()}
    known |= {
        published.regions[region]
        for region, low, high in published.facts
        if low == high and region in published.regions
    }
    impossible = Outer(published.zeros)
    known |= {place for region, place in published.regions.items() if impossible.hold(region)}
    empty = [region for region, place in published.regions.items() if place in known and published.values[place] == 0]
    nobody = Outer(empty)
    return known | {place for region, place in published.regions.items() if nobody.hold(region)}


def _groups(part: Part, places: Ints) -> Iterator[tuple[int, Ints]]:
    """Return the base of each group of a part, and the places of its answers."""
    if not part.answer:
        for base in places.ravel():
            yield int(base), np.zeros(0, dtype=np.int64)
        return
    rows = np.moveaxis(places, part.dims.index(part.answer), -1)
    for index in np.ndindex(*rows.shape[:-1]):
        yield int(rows[index][-1]), rows[index][:-1]


def _dissent(published: PublishedPlaces, part: Part, rule: DisclosureRule, base: int, answers: Ints) -> Form | None:
    """Return those who did not give the one answer of a unanimous group, as a sum of places; None where they differ."""
    if not {part.answer, part.table.answer, part.table.stack} & set(rule.unanimity) or not len(answers):
        return None
    keys = part.keys[part.dims.index(part.answer)]
    blank = [int(place) for key, place in zip(keys, answers, strict=True) if key == BLANK]
    ticks = NOT_TICKED in keys
    size = int(published.truth[base]) - sum(int(published.truth[place]) for place in blank)
    for key, place in zip(keys, answers, strict=True):
        count = int(published.truth[place])
        if count and count >= size - 1 and key != BLANK and (key == TICKED or not ticks):
            return ((base, 1), (int(place), -1), *((other, -1) for other in blank))
    return None


def _implied_zeros(published: PublishedPlaces, rows: set[int]) -> tuple[set[int], set[int]]:
    """Return the zeros of hidden rows that a zero outside them implies, and the zeros that must stay shown for it.

    Hiding them would fool nobody.
    """
    empty = {place: region for region, place in published.regions.items() if published.values[place] == 0}
    outside = {place: region for place, region in empty.items() if place not in rows}
    zeros = Outer(outside.values())
    over = {place: set(zeros.of(empty[place])) for place in rows & set(empty)}
    implied = {place for place, found in over.items() if found}
    telling = Outer(set().union(*over.values()))
    return implied, {place for place, region in outside.items() if telling.hold(region)}


def _alone(published: PublishedPlaces, bases: set[int]) -> tuple[Region, ...]:
    return tuple(
        sorted(region for region, place in published.regions.items() if place in bases and published.values[place] == 1)
    )
