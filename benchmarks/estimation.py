"""How long shares with intervals take: 9 questions in 22 groups, from 2,000 and from 1,000,000 respondents.

Run: python benchmarks/estimation.py
"""

import time

import numpy as np
import pandas as pd

from evalkit.estimate import proportions

LIMITS = {2_000: 0.3, 1_000_000: 3.0}  # seconds
GROUPS = {None: 1, "unit": 16, "section": 3, "role": 2}  # 22 in all


def respondents(size):
    draw = np.random.default_rng(1)
    columns = {name: draw.integers(count, size=size) for name, count in GROUPS.items() if name}
    columns |= {f"q{i}": draw.integers(-1, 5, size=size) for i in range(9)}
    return pd.DataFrame(
        {n: pd.Categorical.from_codes(v, categories=[f"a{k}" for k in range(v.max() + 1)]) for n, v in columns.items()}
    )


def main():
    proportions(respondents(100), "q0")  # libraries are loaded before the clock starts
    for size, limit in LIMITS.items():
        data = respondents(size)
        frame = (
            data.groupby(["unit", "section", "role"], observed=True).size().mul(2).rename("population").reset_index()
        )
        start = time.perf_counter()
        rows = sum(len(proportions(data, [f"q{i}" for i in range(9)], by, frame=frame)) for by in GROUPS)
        taken = time.perf_counter() - start
        print(f"{size:>9,} respondents: {taken:.2f} s for {rows} shares (limit {limit} s)")


if __name__ == "__main__":
    main()
