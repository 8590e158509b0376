"""Random linked tables of random respondents, with random rules, protected and then attacked.

Run: python benchmarks/random_tables.py [--problems 5000] [--first 0]
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.attack import audit
from evalkit.errors import DisclosureError
from evalkit.protect import protect
from evalkit.study import DisclosureRule, Table


@dataclass(frozen=True)
class Problem:
    """Tables to protect, the rule, what is known, and what cannot be."""

    tables: tuple[Table, ...]
    rule: DisclosureRule
    known: tuple[dict[str, Any], ...]
    zeros: tuple[dict[str, Any], ...]
    respondents: pd.DataFrame


def crossed(table_id, dims, data, levels, answer=None):
    """Count respondents over all combinations of levels."""
    index = pd.MultiIndex.from_product([levels[dim] for dim in dims], names=dims)
    counts = data.groupby(list(dims))["count"].sum().reindex(index, fill_value=0)
    return Table(table_id, tuple(dims), counts.rename("count").reset_index(), answer)


def random_problem(seed: int, *, ones: bool = False) -> Problem:
    """Return a problem of two to four dimensions: some groups, one or two questions; with `ones` some known to be one person."""
    rng = np.random.default_rng(seed)
    groups = [f"g{i}" for i in range(rng.integers(1, 4))]
    answers = [f"a{i}" for i in range(rng.integers(1, 3))]
    levels = {dim: [f"{dim}{chr(97 + k)}" for k in range(rng.integers(2, 5))] for dim in (*groups, *answers)}
    size = int(rng.choice([6, 15, 40, 120]))
    data = pd.DataFrame(
        {dim: rng.choice(levels[dim], size, p=rng.dirichlet(np.ones(len(levels[dim])))) for dim in levels}
    ).assign(count=1)
    zeros = _made_impossible(rng, data, levels)
    tables = _tables(rng, groups, answers, data, levels)
    used = {dim for table in tables for dim in table.dims}
    known = _known(rng, groups, data, levels, ones=ones) if groups[0] in used else ()
    return Problem(tables, _rule(rng, answers), known, tuple(z for z in zeros if set(z) <= used), data)


def _tables(rng, groups, answers, data, levels):
    crossings = [(*by, a) for a in answers for n in range(3) for by in itertools.combinations(groups, n)]
    crossings += [by for n in (1, 2) for by in itertools.combinations(groups, n)]
    chosen = rng.choice(len(crossings), min(len(crossings), rng.integers(1, 5)), replace=False)
    tables = []
    for number in sorted(chosen):
        dims = crossings[number]
        answer = None if dims[-1] in answers else ""
        tables.append(crossed(f"t{number}", dims, data, levels, answer))
    return tuple(tables)


def _rule(rng, answers):
    return DisclosureRule(
        base=int(rng.choice([1, 3, 5])),
        cell=[None, 3, 5][rng.integers(3)],
        width=int(rng.integers(1, 6)),
        unanimity=tuple(a for a in answers if rng.random() < 0.5),
    )


def _known(rng, groups, data, levels, *, ones):
    """Sometimes how many there are in each level of a group is known to all."""
    if rng.random() < 0.6:
        return ()
    counts = data.groupby(groups[0])["count"].sum().reindex(levels[groups[0]], fill_value=0)
    if (counts == 1).any() and not ones:
        return ()
    return tuple({"where": {groups[0]: level}, "value": int(n)} for level, n in counts.items())


def _made_impossible(rng, data, levels):
    """Sometimes two levels cannot go together."""
    if rng.random() < 0.7 or len(levels) < 2:
        return ()
    one, other = map(str, rng.choice(sorted(levels), 2, replace=False))
    empty = [
        {one: x, other: y}
        for x, y in itertools.product(levels[one], levels[other])
        if not ((data[one] == x) & (data[other] == y)).any()
    ]
    return tuple(empty[:1])


def attacked(seed: int) -> tuple[int, str, float]:
    """Return a problem's number, `found`, `refused` or `safe`, and the seconds that protection took."""
    problem = random_problem(seed, ones=True)
    start = time.perf_counter()
    try:
        safe = protect(problem.tables, problem.rule, known=problem.known, zeros=problem.zeros)
    except DisclosureError:
        return seed, "refused", time.perf_counter() - start
    seconds = time.perf_counter() - start
    found = audit(safe, problem.rule, known=problem.known, zeros=problem.zeros)
    return seed, "safe" if found.empty else "found", seconds


def main() -> int:
    """Print how many problems were protected, refused and seen through; 1 where any was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, default=5000)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    with ProcessPoolExecutor() as pool:
        numbers = range(options.first, options.first + options.problems)
        results = list(pool.map(attacked, numbers, chunksize=20))
    for outcome in ("safe", "refused", "found"):
        which = [seed for seed, what, _ in results if what == outcome]
        print(f"{outcome:8} {len(which):6}  {which[:20] if outcome != 'safe' else ''}")
    print(f"protection took {sum(seconds for *_, seconds in results) / len(results):.2f} s a problem")
    return int(any(what == "found" for _, what, _ in results))


if __name__ == "__main__":
    sys.exit(main())
