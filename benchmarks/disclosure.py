"""Cells hidden and seconds: random linked tables of the sizes that GaussSuppression was timed on, and many small ones.

Run: python benchmarks/disclosure.py [--random 5000] [--seeds 5]
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from evalkit.release import audit, protect
from evalkit.study import DisclosureRule, Table

PEER = {"16 units x 6 answers": 25, "16 x 2 x 6": 132, "five linked two-way": 33, "linked three-way": 152}
"""Cells that GaussSuppression hides with its width on, on other tables of the same sizes."""


def respondents(seed: int, size: int, levels: dict[str, int]) -> pd.DataFrame:
    """Random respondents: groups of uneven size, answers that differ between them."""
    rng = np.random.default_rng(seed)
    columns = {}
    for name, number in levels.items():
        shares = rng.dirichlet(np.full(number, 2.0))
        columns[name] = rng.choice(number, size, p=shares)
    return pd.DataFrame(columns).assign(count=1)


def crossed(table_id: str, dims: Sequence[str], data: pd.DataFrame, levels: dict[str, int]) -> Table:
    """Count respondents over all combinations of levels."""
    index = pd.MultiIndex.from_product([range(levels[dim]) for dim in dims], names=dims)
    counts = data.groupby(list(dims))["count"].sum().reindex(index, fill_value=0)
    return Table(table_id, tuple(dims), counts.rename("count").reset_index())


def scenario(name: str, seed: int) -> list[Table]:
    """Return the tables of one benchmark."""
    levels = {"unit": 16, "role": 2, "section": 3, "a": 6, "b": 6}
    data = respondents(seed, 1969, levels)
    crossings: dict[str, list[tuple[str, ...]]] = {
        "16 units x 6 answers": [("unit", "a")],
        "16 x 2 x 6": [("unit", "role", "a")],
        "five linked two-way": [("unit", "a"), ("role", "a"), ("section", "a"), ("unit", "role"), ("section", "role")],
        "linked three-way": [("unit", "role", "a"), ("unit", "section", "a")],
    }
    return [crossed("_".join(dims), dims, data, levels) for dims in crossings[name]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--audit", action="store_true")
    options = parser.parse_args()
    rule = DisclosureRule(base=5, cell=5, width=5)
    for name, peer in PEER.items():
        hidden, primary, seconds, found = [], [], [], 0
        for seed in range(options.seeds):
            tables = scenario(name, seed)
            start = time.perf_counter()
            safe = protect(tables, rule)
            seconds.append(time.perf_counter() - start)
            places = {(d, *l): c for s in safe for *l, c in s.cells.itertuples(index=False) for d in [s.dims]}
            seen = {}
            for s in safe:
                for *l, c in s.cells.itertuples(index=False):
                    seen[frozenset((d, x) for d, x in zip(s.dims, l) if x != "__total__")] = pd.isna(c)
            small = set()
            for t in tables:
                for sub in itertools.chain.from_iterable(itertools.combinations(t.dims, r) for r in range(len(t.dims) + 1)):
                    g = t.frame.groupby(list(sub))["count"].sum() if sub else pd.Series({(): t.total})
                    for k, v in g.items():
                        k = k if isinstance(k, tuple) else (k,)
                        if 0 < v < 5: small.add(frozenset(zip(sub, k)))
            hidden.append(sum(seen.values())); primary.append(len(small))
            if options.audit:
                found += len(audit(safe, rule))
        print(name, "peer", peer, "hidden", hidden, "primary", primary, "of", len(seen), "s", np.round(seconds, 2), "found", found)


if __name__ == "__main__":
    main()
