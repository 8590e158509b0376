"""Cells hidden and seconds: random linked tables of the sizes that GaussSuppression was timed on.

Run: python benchmarks/disclosure.py [--seeds 5] [--audit]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import numpy as np
import pandas as pd

from evalkit.release import audit, protect
from evalkit.study import TOTAL, DisclosureRule, Table

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


def measured(name: str, seed: int, rule: DisclosureRule, *, attack: bool) -> tuple[int, int, float, int]:
    """Return places hidden (each once), places published, seconds, and what the attacker found."""
    tables = scenario(name, seed)
    start = time.perf_counter()
    safe = protect(tables, rule)
    seconds = time.perf_counter() - start
    hidden: dict[frozenset[tuple[str, object]], bool] = {}
    for table in safe:
        for *levels, count in table.cells.itertuples(index=False):
            place = zip(table.dims, levels, strict=True)
            hidden[frozenset((dim, level) for dim, level in place if level != TOTAL)] = bool(pd.isna(count))
    return sum(hidden.values()), len(hidden), seconds, len(audit(safe, rule)) if attack else 0


def main() -> None:
    """Print a line a scenario and seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--audit", action="store_true", help="attack each protected release too")
    options = parser.parse_args()
    rule = DisclosureRule(base=5, cell=5, width=5)
    print(f"{'scenario':24} {'seed':>4} {'hidden':>7} {'places':>7} {'seconds':>8} {'found':>6}   peer hides")
    for name, peer in PEER.items():
        for seed in range(options.seeds):
            hidden, places, seconds, found = measured(name, seed, rule, attack=options.audit)
            print(f"{name:24} {seed:4} {hidden:7} {places:7} {seconds:8.2f} {found:6}   {peer}")


if __name__ == "__main__":
    main()
