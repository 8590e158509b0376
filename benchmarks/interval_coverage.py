"""How often the intervals of a share hold the share of all, when 42 per cent answer and those who do are drawn at random.

Unweighted: exact, from the hypergeometric distribution, for every share of the population from .05 to .5 that can be. Weighted:
simulated, with two strata that answer at different rates and weights that undo it. The table stands in docs/methods-survey.md.

Run: python benchmarks/interval_coverage.py
"""

import numpy as np
import pandas as pd
from scipy.stats import hypergeom

from evalkit.estimate import proportions, proportions_from_counts

FRACTION = 0.42
SIZES = (80, 2_000)
REPETITIONS = 2_000


def exact(size):
    """Return the coverage of the interval with and without FPC at each possible share from .05 to .5."""
    population = round(size / FRACTION)
    counts = np.arange(size + 1)
    table = proportions_from_counts(counts, size, population)
    rows = []
    for successes in range(int(np.ceil(0.05 * population)), population // 2 + 1):
        chance, share = hypergeom.pmf(counts, population, successes, size), successes / population
        for kind in ("", "_without_fpc"):
            held = (table[f"conf_low{kind}"] <= share + 1e-12) & (table[f"conf_high{kind}"] >= share - 1e-12)
            rows.append(("without FPC" if kind else "with FPC", share, float(chance @ held)))
    return pd.DataFrame(rows, columns=["interval", "share", "coverage"])


def weighted(size, share, draw):
    """Return the simulated coverage with weights: strata of equal size, of which 28 and 56 per cent answer."""
    half = round(size / FRACTION) // 2
    rates = np.array([2 / 3, 4 / 3]) * FRACTION
    answered = np.round(rates * half).astype(int)
    successes = np.round(half * np.clip(share * np.array([0.8, 1.2]), 0, 1)).astype(int)
    truth = successes.sum() / (2 * half)
    held = 0
    for _ in range(REPETITIONS):
        yes = draw.hypergeometric(successes, half - successes, answered)
        data = pd.DataFrame(
            {
                "h": ["a", "a", "b", "b"],
                "y": ["yes", "no"] * 2,
                "count": [yes[0], answered[0] - yes[0], yes[1], answered[1] - yes[1]],
                "w": np.repeat(half / answered, 2),
                "population": half,
            }
        )
        row = proportions(data, "y", weights="w", strata="h", fpc="population", categories=["yes"]).iloc[0]
        held += row["conf_low"] <= truth <= row["conf_high"]
    return held / REPETITIONS


def main():
    for size in SIZES:
        table = exact(size)
        for kind, part in table.groupby("interval"):
            coverage = part["coverage"]
            worst = part.loc[coverage.idxmin(), "share"]
            print(f"n {size:>5}  {kind:<12} mean {coverage.mean():.3f}  min {coverage.min():.3f} (at {worst:.3f})")
    draw = np.random.default_rng(20230424)
    for size in SIZES:
        coverages = [weighted(size, share, draw) for share in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)]
        print(
            f"n {size:>5}  weighted, with FPC: {', '.join(f'{c:.3f}' for c in coverages)}  mean {np.mean(coverages):.3f}"
        )


if __name__ == "__main__":
    main()
