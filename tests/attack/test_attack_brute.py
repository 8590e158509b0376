"""The attacker against brute force: every table of whole counts that agrees with a publication, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest

from evalkit.attack import audit, unknown_counts

K, WIDTH, HALF = 4, 2, Fraction(1, 2)
DIMS: dict[str, list[object]] = {"dept": ["A", "B"], "answer": [1, 2, 3]}
CELLS = [dict(zip(DIMS, levels, strict=True)) for levels in product(*DIMS.values())]
LATTICE = [
    {dim: level for dim, level in zip(DIMS, levels, strict=True) if level is not None}
    for levels in product(*([None, *categories] for categories in DIMS.values()))
]
SCORES = {"answer": {1: 1, 2: 2, 3: 5}}


def counted(counts: np.ndarray, where: dict[str, Any]) -> np.ndarray:
    """Return the count of a cell in each of many tables."""
    inside = [
        all(cell[dim] in (level if isinstance(level, list) else [level]) for dim, level in where.items())
        for cell in CELLS
    ]
    return counts[:, inside].sum(axis=1)


def compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in compositions(total - first, parts - 1):
            yield (first, *rest)


def holds(item: dict[str, Any], counts: np.ndarray) -> np.ndarray:
    """Return in which of many tables an item is true: the definition, with no algebra."""
    kind, n = item.get("kind", "count"), counted(counts, item.get("where", {}))
    if kind == "range":
        return (n >= item["lo"]) & (n <= item["hi"])
    value = item["value"]
    if value is None:
        return np.ones(len(counts), dtype=bool)
    if kind == "count":
        return n == value
    if kind == "rounded":
        return 2 * np.abs(n - value) <= item["base"]
    unit = Fraction(1, 10 ** item["decimals"])
    exact = Fraction(str(value))
    if kind == "linear":
        sums = sum(e["coef"] * counted(counts, e["where"]) for e in item["coef"])
        return np.array([abs(int(s) - exact) <= unit * HALF for s in sums])
    if kind == "pct":
        base = counted(counts, item["base"])
        above = 100 * counted(counts, {**item["base"], **item["where"]})
    else:
        base = n
        above = sum(s * counted(counts, {**item["where"], "answer": a}) for a, s in SCORES["answer"].items())
    return np.array(
        [b > 0 and abs(Fraction(int(a), int(b)) - exact) <= unit * HALF for a, b in zip(above, base, strict=True)]
    )


def random_item(choice: np.random.Generator, truth: np.ndarray) -> dict[str, Any]:
    where = LATTICE[choice.integers(len(LATTICE))]
    if choice.random() < 0.1:
        where = {"answer": [1, 3]}
    n = int(counted(truth, where)[0])
    kind = choice.choice(["count", "count", "count", "hidden", "range", "rounded", "pct", "mean", "linear"])
    decimals = int(choice.integers(2))
    if kind == "hidden":
        return {"where": where, "value": None}
    if kind == "range":
        return {"kind": "range", "where": where, "lo": max(0, n - 1), "hi": n + 1}
    if kind == "rounded":
        return {"kind": "rounded", "where": where, "value": 3 * round(n / 3), "base": 3, "method": "nearest"}
    if kind == "linear":
        coef = [{"where": cell, "coef": int(choice.integers(-2, 3))} for cell in CELLS]
        value = sum(e["coef"] * int(counted(truth, e["where"])[0]) for e in coef)
        return {"kind": "linear", "coef": coef, "value": value, "decimals": 0}
    base = {"dept": "A"} if choice.random() < 0.5 else {}
    size = int(counted(truth, base)[0])
    if kind == "count" or size == 0:
        return {"where": where, "value": n}
    if kind == "mean":
        total = sum(s * int(counted(truth, {**base, "answer": a})[0]) for a, s in SCORES["answer"].items())
        return {"kind": "mean", "where": base, "scores": SCORES, "value": round(total / size, decimals),
                "decimals": decimals}  # fmt: skip
    cell = int(counted(truth, {**base, "answer": 2})[0])
    return {"kind": "pct", "where": {"answer": 2}, "base": base, "value": round(100 * cell / size, decimals),
            "decimals": decimals}  # fmt: skip


def expected(low: int, high: int) -> set[str]:
    if low == high:
        return {"exact"} if 0 < low < K else set()
    kinds = {"small"} if low >= 1 and high < K else set()
    return kinds | ({"narrow"} if high - low < WIDTH and high >= 1 and low < K else set())


@pytest.mark.parametrize("seed", range(40))
def test_the_attacker_finds_what_brute_force_finds(seed):
    choice = np.random.default_rng(seed)
    truth = choice.multinomial(choice.integers(5, 10), choice.dirichlet(np.full(6, 0.7)))[np.newaxis, :]
    total = int(truth.sum())
    items = [{"where": {}, "value": total}, *(random_item(choice, truth) for _ in range(choice.integers(2, 7)))]
    tables = np.array(list(compositions(total, len(CELLS))))
    possible = tables[np.logical_and.reduce([holds(item, tables) for item in items])]
    assert (possible == truth).all(axis=1).any()
    shown = [i["where"] for i in items if i.get("kind", "count") == "count" and i["value"] is not None]

    found = audit({"tables": [{"table": "T", "cells": items}], "dims": DIMS, "threshold": {"k": K, "width": WIDTH},
                   "targets": LATTICE})  # fmt: skip
    got = {(str(where), kind) for where, kind in zip(found["where"], found["kind"], strict=True)}
    wanted = set()
    for where in LATTICE:
        counts = counted(possible, where)
        low, high = int(counts.min()), int(counts.max())
        wanted |= {(str(where), kind) for kind in expected(low, high)}
        for row in found[found["where"] == where].itertuples():
            assert (row.low, row.high) == (low, high)
    assert got == wanted
    hidden = audit(items, dims=DIMS, threshold={"k": K, "width": WIDTH})
    named = {(str(w), k) for w, k in zip(hidden["where"], hidden["kind"], strict=True) if "list" not in str(w)}
    masked = [i["where"] for i in items if i.get("kind", "count") == "count" and i["value"] is None]
    assert wanted >= {pair for pair in named if "[" not in pair[0]}
    assert named >= {(w, k) for w, k in wanted if w in map(str, masked) or w not in map(str, shown)}


@pytest.mark.parametrize("slack", [0, 1])
@pytest.mark.parametrize("seed", range(15))
def test_unanimous_groups_are_found_as_by_brute_force(seed, slack):
    choice = np.random.default_rng(100 + seed)
    truth = choice.multinomial(choice.integers(4, 10), choice.dirichlet(np.full(6, 0.25)))[np.newaxis, :]
    total = int(truth.sum())
    items = [{"where": {}, "value": total}, *(random_item(choice, truth) for _ in range(4))]
    tables = np.array(list(compositions(total, len(CELLS))))
    possible = tables[np.logical_and.reduce([holds(item, tables) for item in items])]
    wanted = set()
    for group in ({}, {"dept": "A"}, {"dept": "B"}):
        for answer in DIMS["answer"]:
            cell = counted(possible, {**group, "answer": answer})
            if (cell > slack).all() and (counted(possible, group) - cell <= slack).all():
                wanted.add(str({**group, "answer": answer}))

    rule = {"k": K, "width": WIDTH, "group": True, "group_slack": slack}
    found = audit(items, dims=DIMS, threshold=rule)
    assert {str(where) for where in found.loc[found["kind"] == "group", "where"]} == wanted


@pytest.mark.parametrize("seed", range(25))
def test_without_integer_programmes_nothing_is_found_that_is_not_there(seed):
    choice = np.random.default_rng(200 + seed)
    truth = choice.multinomial(choice.integers(5, 10), choice.dirichlet(np.full(6, 0.7)))[np.newaxis, :]
    items = [{"where": {}, "value": int(truth.sum())}, *(random_item(choice, truth) for _ in range(5))]
    tables = np.array(list(compositions(int(truth.sum()), len(CELLS))))
    possible = tables[np.logical_and.reduce([holds(item, tables) for item in items])]
    found = audit(items, dims=DIMS, threshold={"k": K, "width": WIDTH}, targets=LATTICE, integer=False)
    for row in found.itertuples():
        counts = counted(possible, row.where)
        assert row.low <= counts.min()
        assert counts.max() <= row.high


CHAIN: dict[str, list[object]] = {"a": ["x", "y"], "b": [0, 1], "c": ["u", "v"]}


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("seed", range(20))
def test_a_chain_of_tables_is_attacked_as_sharply_as_the_joint_table(seed, whole, monkeypatch):
    """Tables a x b and b x c: the space is cut where they meet, and brute force knows of no cut, nor of parts moved alone."""
    monkeypatch.setattr(unknown_counts, "SLICE", 1)
    choice = np.random.default_rng(300 + seed)
    cells = [dict(zip(CHAIN, levels, strict=True)) for levels in product(*CHAIN.values())]
    truth = choice.multinomial(7, choice.dirichlet(np.full(8, 0.5)))
    tables = np.array(list(compositions(7, 8)))

    def total(counts: np.ndarray, where: dict[str, Any]) -> np.ndarray:
        return counts[:, [all(cell[dim] == level for dim, level in where.items()) for cell in cells]].sum(axis=1)

    places = [{}, *({dim: level} for dim in CHAIN for level in CHAIN[dim])]
    places += [dict(zip(pair, levels, strict=True)) for pair in (("a", "b"), ("b", "c"))
               for levels in product(*(CHAIN[dim] for dim in pair))]  # fmt: skip
    shown = [place for place in places if choice.random() < 0.6]
    items = [{"where": place, "value": int(total(truth[np.newaxis, :], place)[0])} for place in shown]
    possible = tables[np.logical_and.reduce([total(tables, i["where"]) == i["value"] for i in items] or [True])]
    items += [{"where": {}, "value": 7}]
    found = audit(items, dims=CHAIN, threshold={"k": K, "width": WIDTH}, targets=places, integer=whole)
    wanted = {
        (str(place), kind)
        for place in places
        for kind in expected(int(total(possible, place).min()), int(total(possible, place).max()))
    }
    assert {(str(where), kind) for where, kind in zip(found["where"], found["kind"], strict=True)} == wanted
