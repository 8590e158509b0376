"""What is published or known, as linear facts about counts.

Every kind of item of a publication becomes `low <= sum of coefficient x count <= high`. Rounded figures become the
interval that rounds to them, both ends included; ratios (percentages, means) are multiplied out by their base, which
keeps them linear even where the base itself is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import Any

from ..errors import UsageError, one_of
from .unknown_counts import Categories, Region, Where, meet

Item = Mapping[str, Any]
"""A published or known figure: `where`, `value` and, but for a plain count, `kind`."""


@dataclass(frozen=True)
class Fact:
    """One linear fact; coefficients and bounds are whole numbers.

    Parameters
    ----------
    terms
        Pairs of a region and its coefficient.
    low, high
        The bounds of the sum, None where there is none.
    """

    terms: tuple[tuple[Region, int], ...]
    low: int | None
    high: int | None


Facts = Iterable[Fact]


def facts_of(item: Item, categories: Categories) -> list[Fact]:
    """Return what an item says about the counts; nothing when its value is hidden.

    Raises
    ------
    UsageError
        When the kind is not known, or a part of the item is missing or no number.
    """
    kind = item.get("kind") or "count"
    one_of(kind, _KINDS, "kind of item", "audit")
    if kind != "range" and item.get("value") is None:
        return []
    return _KINDS[kind](item, categories)


def nobody(zeros: Iterable[Where], categories: Categories) -> list[Fact]:
    """Return that cells hold nobody."""
    return [Fact(((categories.region(where), 1),), 0, 0) for where in zeros]


def wheres_of(item: Item) -> list[dict[str, object]]:
    """Return the counts that an item is about: its cell and, where it has one, its base."""
    where = dict(item.get("where") or {})
    if item.get("kind") == "linear":
        coef = _part(item, "coef")
        return [] if isinstance(coef, Mapping) else [dict(_entry(entry)[0]) for entry in coef]
    if item.get("kind") == "pct":
        base = dict(item.get("base") or {})
        return [{**base, **where}, base]
    return [where]


def is_count(item: Item, *, shown: bool) -> bool:
    """Return whether an item is a count, given away as it stands or hidden."""
    return (item.get("kind") or "count") == "count" and (item.get("value") is not None) == shown


def _count(item: Item, categories: Categories) -> list[Fact]:
    value = _number(item, "value")
    return [_between(_cell(item, categories), value, value)]


def _cell(item: Item, categories: Categories) -> list[tuple[Region, Fraction]]:
    return [(categories.region(item.get("where") or {}), Fraction(1))]


def _range(item: Item, categories: Categories) -> list[Fact]:
    low, high = (None if item.get(end) is None else _number(item, end) for end in ("lo", "hi"))
    return [] if low is None and high is None else [_between(_cell(item, categories), low, high)]


def _rounded(item: Item, categories: Categories) -> list[Fact]:
    value, base = _number(item, "value"), _number(item, "base")
    method = str(item.get("method") or "nearest").lower()
    one_of(method, _ROUNDING, "method of rounding", "audit")
    below, above = ({"half": base / 2, "rest": base - 1}.get(end, 0) for end in _ROUNDING[method])
    return [_between(_cell(item, categories), value - below, value + above)]


def _pct(item: Item, categories: Categories) -> list[Fact]:
    base = categories.region(item.get("base") or {})
    cell = meet(categories.region(item.get("where") or {}), base)
    return _ratio([(cell, Fraction(100))], base, item)


def _mean(item: Item, categories: Categories) -> list[Fact]:
    """Return the facts of a mean over those whose answer has a score."""
    where = categories.region(item.get("where") or {})
    scores = {
        dim: {category: Fraction(Decimal(str(score))) for category, score in row.items() if score is not None}
        for dim, row in _part(item, "scores").items()
    }
    base = meet(where, categories.region({dim: list(row) for dim, row in scores.items()}))
    scored = [(dim, category, score) for dim, row in scores.items() for category, score in row.items()]
    return _ratio([(meet(categories.region({dim: c}), base), score) for dim, c, score in scored], base, item)


def _linear(item: Item, categories: Categories) -> list[Fact]:
    value, half = _number(item, "value"), _half_unit(item)
    return [_between(_linear_terms(item, categories), value - half, value + half)]


def _linear_terms(item: Item, categories: Categories) -> list[tuple[Region, Fraction]]:
    """Return the terms of a linear fact.

    `coef` is a list of entries (`where` and a number, or a pair of them), or a number for each category of one or more
    dimensions, as scores are; then they multiply and `where` says over which counts.
    """
    coef = _part(item, "coef")
    if isinstance(coef, Mapping):
        terms = _cell(item, categories)
        for dim, row in coef.items():
            terms = [
                (meet(region, categories.region({dim: category})), weight * _fraction(number, "coef"))
                for region, weight in terms
                for category, number in row.items()
            ]
        return terms
    return [(categories.region(where), weight) for where, weight in map(_entry, coef)]


def _entry(entry: Any) -> tuple[Where, Fraction]:
    if isinstance(entry, Mapping) and "where" in entry:
        numbers = [value for name, value in entry.items() if name != "where"]
        where: Any = entry["where"]
    else:
        where, *numbers = entry
    if len(numbers) != 1 or not isinstance(where, Mapping):
        raise UsageError("an entry of `coef` is no cell with one number", where="audit, linear")
    return where, _fraction(numbers[0], "coef")


def _ratio(terms: list[tuple[Region, Fraction]], base: Region, item: Item) -> list[Fact]:
    """Return value - half <= sum / base <= value + half, multiplied out, and that somebody is in the base."""
    value, half = _number(item, "value"), _half_unit(item)
    return [
        _between([*terms, (base, half - value)], Fraction(0), None),
        _between([*terms, (base, -half - value)], None, Fraction(0)),
        Fact(((base, 1),), 1, None),
    ]


def _between(terms: list[tuple[Region, Fraction]], low: Fraction | None, high: Fraction | None) -> Fact:
    """Return a fact in whole numbers: multiplied by the common denominator, divided by the common factor."""
    summed: dict[Region, Fraction] = {}
    for region, weight in terms:
        if all(places for _, places in region):
            summed[region] = summed.get(region, Fraction(0)) + weight
    scale = Fraction(lcm(*(w.denominator for w in summed.values())))
    scale /= gcd(*(int(w * scale) for w in summed.values())) or 1
    whole = tuple((region, int(weight * scale)) for region, weight in summed.items() if weight)
    low, high = (None if end is None else end * scale for end in (low, high))
    return Fact(whole, None if low is None else ceil(low), None if high is None else floor(high))


def _half_unit(item: Item) -> Fraction:
    decimals = item.get("decimals")
    if decimals is None:
        exponent = Decimal(str(item["value"])).normalize().as_tuple().exponent
        decimals = max(0, -int(exponent))
    return Fraction(1, 2 * 10 ** int(decimals))


def _part(item: Item, name: str) -> Any:
    if item.get(name) is None:
        raise UsageError("an item lacks a part", where=f"audit, {item.get('kind') or 'count'}", expected=name)
    return item[name]


def _number(item: Item, name: str) -> Fraction:
    return _fraction(_part(item, name), name)


def _fraction(value: Any, name: str) -> Fraction:
    try:
        return Fraction(Decimal(str(value)))
    except (InvalidOperation, ValueError, OverflowError):
        raise UsageError("not a number", where=f"audit, {name}", got=type(value).__name__) from None


_KINDS: dict[str, Callable[[Item, Categories], list[Fact]]] = {
    "count": _count,
    "range": _range,
    "rounded": _rounded,
    "pct": _pct,
    "mean": _mean,
    "linear": _linear,
}


_NEAREST, _DOWN, _UP, _EITHER = ("half", "half"), ("none", "rest"), ("rest", "none"), ("rest", "rest")
_ROUNDING = {
    **dict.fromkeys(("nearest", "conventional", "deterministic", "half_up", "half_even"), _NEAREST),
    **dict.fromkeys(("down", "floor"), _DOWN),
    **dict.fromkeys(("up", "ceil", "ceiling"), _UP),
    **dict.fromkeys(("random", "stochastic", "controlled"), _EITHER),
}
"""How far below and above a rounded figure the count can lie: half its base, or less than all of it; random rounding goes either way."""
