"""A whole release as tables: how they are linked, and the questions that an attacker asks of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, product

from ..study import BLANK, NOT_TICKED, TICKED, DisclosureRule
from .bounds import ContradictionError
from .facts import Fact, Item, facts_of, nobody, wheres_of
from .findings import Finding, Question, Suspect, Unanimity, members, present, search
from .reading import Place, Publication
from .unknown_counts import Categories, Region, Where, meet, within

ELSEWHERE = "__elsewhere__"
"""Respondents of whom a table of groups does not say where they belong."""


def attack_publication(publication: Publication, insiders: Sequence[Where] = ()) -> list[Finding]:
    """Return what a release gives away, and what it shows in spite of its own rule.

    Who is known to be alone in a group knows all answers of that group. What they gave is not known here, so each answer that
    such a person may have given is tried, question by question, and what follows under all of them is found out; what follows
    under some may be about an answer that nobody gave. Their own cells are no secret to them.

    Parameters
    ----------
    publication
        The tables, the rule and what is known.
    insiders
        Cells of respondents who know their own answers and pool them.

    Raises
    ------
    DisclosureError
        When the release contradicts itself.
    """
    findings = _attack(publication, insiders)
    for group, variable, answers in _alone(publication):
        about = {place.table for place in publication.places if place.variable == variable}
        asked = replace(publication, places=tuple(place for place in publication.places if place.table in about))
        possible = []
        for answer in answers:
            with suppress(ContradictionError):
                possible.append(_attack(asked, [*insiders, {**group, variable: answer}], shown=False))
        findings += [finding for finding in _under_all(possible) if not group.items() <= finding.where.items()]
    first = {(finding.table, str(finding.where), finding.kind): finding for finding in reversed(findings)}
    return [finding for finding in findings if first[finding.table, str(finding.where), finding.kind] is finding]


def _attack(publication: Publication, insiders: Sequence[Where], *, shown: bool = True) -> list[Finding]:
    """Return what can be worked out, and what is shown in spite of the rule, which some of the tables alone do not tell."""
    places = _over_levels(publication.places)
    categories = Categories(_levels(places))
    told = [{dim: level for dim, level in where.items() if dim in categories.levels} for where in insiders]
    inside = [categories.region(where) for where in told]
    known = _understood(publication.known, categories)
    prior = [*chain.from_iterable(facts_of(item, categories) for item in known), *present(inside)]
    prior += [*nobody(_spoken_of(publication.zeros, categories), categories), *_unions(places, categories)]
    published = [fact for place in places for fact in facts_of(_item(place), categories)]
    absent = list(_absent(places, categories))
    published += absent
    published += [fact for item in _understood(publication.stated, categories) for fact in facts_of(item, categories)]
    tables = _Tables(places, categories, publication.rule, known)
    questions: list[Question] = [*tables.suspects(inside), *tables.unanimities()]
    certain = {fact.terms[0][0] for fact in prior if len(fact.terms) == 1 and fact.low == fact.high}
    unlisted = {fact.terms[0][0] for fact in absent}
    small = tables.shown_small(certain, unlisted) if shown else ()
    return [*small, *search(categories, published, prior, questions)]


def _spoken_of(zeros: Sequence[Where], categories: Categories) -> Iterator[dict[str, list[object]]]:
    """Return what nobody can be, in the levels that the tables have."""
    for where in zeros:
        known = {dim: _told(wanted, categories.levels.get(dim, ())) for dim, wanted in where.items()}
        if all(known.values()):
            yield known


def _told(wanted: object, levels: Sequence[object]) -> list[object]:
    listed = wanted if isinstance(wanted, list | tuple) else [wanted]
    return [level for level in listed if level in levels]


def _understood(items: Sequence[Item], categories: Categories) -> list[Item]:
    """Return the items that are about dimensions of the tables alone."""
    return [item for item in items if all(set(where) <= set(categories.levels) for where in wheres_of(item))]


def _under_all(possible: Sequence[Sequence[Finding]]) -> list[Finding]:
    """Return what is found out whichever of several possibilities is true: of each count the widest interval."""
    every = [{(finding.table, str(finding.where)): finding for finding in found} for found in possible]
    shared = [key for key in every[0] if all(key in found for found in every)] if every else []
    return [max((found[key] for found in every), key=lambda finding: finding.high - finding.low) for key in shared]


def _alone(publication: Publication) -> list[tuple[dict[str, object], str, list[object]]]:
    """Return the groups that are known to be one respondent, and each question asked of them with its answers."""
    places, levels = publication.places, _levels(publication.places)
    alone = [dict(item["where"]) for item in publication.known if item.get("value") == 1 and item.get("where")]
    return [
        (group, variable, levels[variable])
        for group in alone
        for variable in dict.fromkeys(place.variable for place in places if set(group) <= set(place.group))
        if variable
    ]


def _over_levels(places: Sequence[Place]) -> list[Place]:
    """Say of every margin which levels it is over, where a table holds fewer respondents than there are.

    A table by a group that some respondents do not tell sums over those who do.
    """
    totals = {_question(place): place.count for place in places if not place.where}
    everybody = max((count for count in totals.values() if count is not None), default=None)
    listed: dict[tuple[str, str], dict[str, set[object]]] = {}
    for place in places:
        for dim, level in place.group.items():
            listed.setdefault(_question(place), {}).setdefault(dim, set()).add(level)
    over = {
        question: {dim: sorted(levels, key=str) for dim, levels in found.items()}
        for question, found in listed.items()
        if totals.get(question) not in {None, everybody}
    }
    return [replace(place, where={**over.get(_question(place), {}), **place.where}) for place in places]


def _question(place: Place) -> tuple[str, str]:
    return place.table, place.variable


def _levels(places: Sequence[Place]) -> dict[str, list[object]]:
    levels: dict[str, dict[object, None]] = {}
    for dim, level in (pair for place in places for pair in place.where.items()):
        several = [*level, ELSEWHERE] if isinstance(level, list) else [level]
        levels.setdefault(dim, {}).update(dict.fromkeys([*several, NOT_TICKED] if level == TICKED else several))
    return {dim: list(found) for dim, found in levels.items()}


def _absent(places: Sequence[Place], categories: Categories) -> Iterator[Fact]:
    """Return that nobody has a level that a table of everybody does not list."""
    listed: dict[tuple[tuple[str, str], str], set[int]] = {}
    for place in places:
        for dim, levels in categories.region(place.where):
            listed.setdefault((_question(place), dim), set()).update(levels)
    whole = {_question(place) for place in places if not place.where}
    for (question, dim), found in listed.items():
        rest = tuple(i for i in range(categories.size(dim)) if i not in found)
        if rest and question in whole:
            yield Fact(((((dim, rest),), 1),), 0, 0)


def _unions(places: Sequence[Place], categories: Categories) -> Iterator[Fact]:
    """Return how 'any box ticked' hangs together with the boxes: at least each of them, at most all of them added up."""
    ticks = {place.variable: place.stack for place in places if TICKED in categories.levels.get(place.variable, ())}
    for union in (variable for variable in ticks if variable.endswith("_any")):
        boxes = [box for box in ticks if box.startswith(union.removesuffix("any")) and box != union]
        for group in _crossed(places, {union, *boxes}, categories):
            whole, *parts = (meet(group, categories.region({variable: TICKED})) for variable in (union, *boxes))
            yield from (Fact(((whole, 1), (part, -1)), 0, None) for part in parts)
            if any(ticks[box] for box in boxes):
                yield Fact((*((part, 1) for part in parts), (whole, -1)), 0, None)


def _crossed(places: Sequence[Place], variables: set[str], categories: Categories) -> Iterator[Region]:
    """Return every combination of the groups that some questions are broken down by."""
    dims = sorted({dim for place in places if place.variable in variables for dim in place.group})
    for levels in product(*(range(categories.size(dim)) for dim in dims)):
        yield tuple((dim, (level,)) for dim, level in zip(dims, levels, strict=True))


def _item(place: Place) -> Item:
    if place.count is not None or place.percent is None:
        return {"where": place.where, "value": place.count}
    told = {"value": place.percent, "decimals": place.decimals}
    return {"kind": "pct", "where": place.where, "base": place.group, **told}


@dataclass(frozen=True)
class _Tables:
    """The places that are published, in the space of all categories, and what may be worked out of them."""

    places: Sequence[Place]
    categories: Categories
    rule: DisclosureRule
    known: Sequence[Item]

    @cached_property
    def bases(self) -> dict[Region, int]:
        """The sizes of groups that are shown or known."""
        told = [item for item in self.known if item.get("kind", "count") == "count" and item.get("value") is not None]
        shown = {self.region(place): place.count for place in self.places if place.is_base and place.count is not None}
        return shown | {self.categories.region(item.get("where") or {}): int(item["value"]) for item in told}

    def region(self, place: Place) -> Region:
        """Return the count that a place shows or hides."""
        return self.categories.region(place.where)

    def group(self, place: Place) -> Region:
        """Return the group whose answers a place is about."""
        return self.categories.region(place.group)

    def suspects(self, insiders: Sequence[Region]) -> Iterator[Suspect]:
        """Go through the hidden counts."""
        for place in self.places:
            if place.count is None:
                large = not place.is_base and self.bases.get(self.group(place), 0) >= self.rule.base
                threshold, region = (self.rule.cell or 1) if large else self.rule.base, self.region(place)
                told, width = members(insiders, region), self.rule.width
                yield Suspect(place.table, dict(place.told), region, threshold, width, always=True, less=told)

    def shown_small(self, told: set[Region], unlisted: set[Region]) -> Iterator[Finding]:
        """Return what is shown in spite of the rule: a small group, its answers, a count under the cell threshold.

        A zero in a small group is none when it follows from one elsewhere, or from a table of everybody that does not list the level.
        """
        small = {base for base, size in self.bases.items() if 0 < size < self.rule.base}
        empty = (place for place in self.places if place.count == 0 and self.group(place) not in small)
        zeros = unlisted | {self.region(place) for place in empty}
        for place in self.places:
            count, region = place.count, self.region(place)
            if count is None or region in told:
                continue
            if self.group(place) in small:
                shown = count > 0 or not any(within(region, zero) for zero in zeros)
            else:
                shown = not place.is_base and 0 < count < (self.rule.cell or 1)
            if shown:
                yield Finding(place.table, dict(place.told), "exact", count, count)

    def unanimities(self) -> Iterator[Unanimity]:
        """Go through the groups that may be known to have given one answer, to questions that the rule lists."""
        for place in self.places:
            watched = {place.variable, place.answer, place.stack} & set(self.rule.unanimity)
            if place.is_base or not watched or not _tells(place, self.categories):
                continue
            region = self.region(place)
            ((_, (own,)),) = (part for part in region if part[0] == place.variable)
            answered = [i for i, level in enumerate(self.categories.levels[place.variable]) if level != BLANK]
            rest = tuple(i for i in answered if i != own)
            others = meet(self.group(place), ((place.variable, rest),))
            yield Unanimity(place.table, dict(place.told), region, others, slack=1)


def _tells(place: Place, categories: Categories) -> bool:
    """Return whether an answer says something about who gave it: no blank, and of ticks only 'ticked'."""
    answer = place.where[place.variable]
    ticks = NOT_TICKED in categories.levels[place.variable]
    return answer == TICKED if ticks else answer != BLANK
