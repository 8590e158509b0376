"""Cells hidden and seconds, beside what GaussSuppression hides in the same random linked tables.

Run: python benchmarks/disclosure.py [--seeds 3] [--audit] [--write FOLDER]
The peer on what is written: Rscript benchmarks/gauss_suppression.R FOLDER
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from evalkit.attack import audit
from evalkit.protect import protect
from evalkit.study import TOTAL, DisclosureRule, Table

LEVELS = {"unit": 16, "role": 2, "section": 3, "a": 6, "b": 6}
CROSSINGS: dict[str, list[tuple[str, ...]]] = {
    "16 units x 6 answers": [("unit", "a")],
    "16 x 2 x 6": [("unit", "role", "a")],
    "five linked two-way": [("unit", "a"), ("role", "a"), ("section", "a"), ("unit", "role"), ("section", "role")],
    "linked three-way": [("unit", "role", "a"), ("unit", "section", "a")],
}
PEER = {
    "16 units x 6 answers": [(18, 0.2), (8, 0.2), (13, 0.3)],
    "16 x 2 x 6": [(106, 0.6), (66, 0.4), (70, 0.9)],
    "five linked two-way": [(22, 0.4), (8, 0.3), (13, 0.7)],
    "linked three-way": [(266, 6.3), (296, 18.0), (266, 19.7)],
}
"""Cells and seconds of GaussSuppression 1.2.3 with its width on (`rangeMin = 5`), zeros hidden where it helps, by seed."""


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
    data = respondents(seed, 1969, LEVELS)
    return [crossed("_".join(dims), dims, data, LEVELS) for dims in CROSSINGS[name]]


def write(folder: Path, seeds: int) -> None:
    """Write the respondents of each seed, counted, for the peer."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(seeds):
        counted = respondents(seed, 1969, LEVELS).groupby(list(LEVELS), as_index=False)["count"].sum()
        counted.to_csv(folder / f"respondents-{seed}.csv", index=False)


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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--audit", action="store_true", help="attack each protected release too")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write the respondents for the peer instead")
    options = parser.parse_args()
    if options.write:
        write(options.write, options.seeds)
        return
    rule = DisclosureRule(base=5, cell=5, width=5)
    print(
        f"{'scenario':24} {'seed':>4} {'hidden':>7} {'places':>7} {'seconds':>8} {'found':>6}   peer: hidden, seconds"
    )
    for name, peers in PEER.items():
        for seed in range(options.seeds):
            hidden, places, seconds, found = measured(name, seed, rule, attack=options.audit)
            peer = "{} {:.1f}".format(*peers[seed]) if seed < len(peers) else "-"
            print(
                f"{name:24} {seed:4} {hidden:7} {places:7} {seconds:8.2f} {found if options.audit else '-':>6}   {peer}"
            )


if __name__ == "__main__":
    main()
