"""Do 95 % intervals hold the truth in 95 of 100 surveys? Coefficients, units' deviations, average marginal effects.

    python benchmarks/ordinal_coverage.py [--surveys 1000] [--respondents 1969]

A survey of 16 units, 3 kinds of section and 2 roles is answered again and again from known parameters. The truths of
the average marginal effects are computed here from the parameters, without the package. Each coverage is compared with a
band that holds all of them at once with 99 % probability (binomial quantiles at 0.01 / number of intervals).
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from scipy.stats import binom

import evalkit
from evalkit.ordinal import unit_deviations

FloatArray = npt.NDArray[np.float64]

LEVELS = ["none", "small", "neither", "some", "great"]
THRESHOLDS = np.array([-2.5, -1.0, 0.2, 1.6])
ROLE, SECTION, UNIT = np.array([0, 0.6]), np.array([0, -0.3, -0.1]), np.append(0, np.linspace(-0.7, 0.7, 15))
EFFECTS = {"role": ROLE, "section": SECTION, "unit": UNIT}
NAMES = {"role": ["caseworker", "leader"], "section": ["policy", "admin", "other"]} | {
    "unit": [f"u{i:02d}" for i in range(16)]
}


def respondents(n: int) -> dict[str, npt.NDArray[np.int64]]:
    """One set of respondents, the same in every survey."""
    draw = np.random.default_rng(2023)
    sizes = np.linspace(1, 6, 16)
    return {
        "role": (draw.random(n) < 0.14).astype(int),
        "section": draw.choice(3, n, p=[0.6, 0.3, 0.1]),
        "unit": draw.choice(16, n, p=sizes / sizes.sum()),
    }


def location(people: dict[str, npt.NDArray[np.int64]]) -> FloatArray:
    return sum((EFFECTS[name][codes] for name, codes in people.items()), np.zeros(1))


def shares(latent: FloatArray) -> FloatArray:
    """Average probabilities of the categories."""
    below = np.column_stack([np.zeros(len(latent)), expit(THRESHOLDS - latent[:, None]), np.ones(len(latent))])
    return np.diff(below, axis=1).mean(axis=0)


def truths(people: dict[str, npt.NDArray[np.int64]]) -> dict[str, float]:
    """Every quantity's true value, by the name that `estimates` gives it."""
    found = {f"coefficient {NAMES[v][i]}": b[i] for v, b in EFFECTS.items() for i in range(1, len(b))}
    found |= {f"threshold {low}|{high}": t for low, high, t in zip(LEVELS[:-1], LEVELS[1:], THRESHOLDS, strict=True)}
    found |= {f"deviation {name}": value for name, value in zip(NAMES["unit"], UNIT - UNIT.mean(), strict=True)}
    for variable in ("role", "section"):
        levels = NAMES[variable]
        base = shares(location(people | {variable: np.zeros_like(people[variable])}))
        for i in range(1, len(levels)):
            moved = shares(location(people | {variable: np.full_like(people[variable], i)})) - base
            found |= {f"effect {levels[i]} - {levels[0]} {c}": m for c, m in zip(LEVELS, moved, strict=True)}
    return found


def intervals(frame: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """The package's intervals of the same quantities."""
    result = evalkit.fit_clm("y ~ role + section + unit", frame)
    bounds = result.conf_int()
    short = bounds.index.str.replace(r".*\[T\.(.*)\]", r"coefficient \1", regex=True)
    named = ["threshold " + name if "|" in name else name for name in short]
    found = dict(zip(named, bounds.itertuples(index=False, name=None), strict=True))
    deviations = unit_deviations(result, "unit")
    for row in deviations.itertuples():
        found[f"deviation {row.group}"] = (row.conf_low, row.conf_high)
    for variable in ("role", "section"):
        for row in evalkit.avg_comparisons(result, variable).itertuples():
            found[f"effect {row.contrast} {row.category}"] = (row.conf_low, row.conf_high)
    return found


def covered(surveys: int, n: int) -> tuple[pd.Series, int]:
    """How many surveys' intervals hold each truth, and how many surveys could be fitted."""
    people, draw = respondents(n), np.random.default_rng(7)
    true, latent = truths(people), location(people)
    columns = {v: pd.Categorical.from_codes(people[v], NAMES[v]) for v in people}
    hits, fitted = pd.Series(0, index=list(true)), 0
    for _ in range(surveys):
        y = np.searchsorted(THRESHOLDS, latent + draw.logistic(size=n))
        frame = pd.DataFrame({**columns, "y": pd.Categorical.from_codes(y, LEVELS, ordered=True)})
        try:
            found = intervals(frame)
        except evalkit.EstimationError:
            continue
        fitted += 1
        hits += pd.Series({name: found[name][0] <= value <= found[name][1] for name, value in true.items()}).astype(int)
    return hits, fitted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--surveys", type=int, default=1_000)
    parser.add_argument("--respondents", type=int, default=1_969)
    options = parser.parse_args()
    start = time.perf_counter()
    hits, fitted = covered(options.surveys, options.respondents)
    tail = 0.01 / len(hits) / 2
    band = binom.ppf([tail, 1 - tail], fitted, 0.95) / fitted
    coverage = hits / fitted
    print(f"{fitted} of {options.surveys} surveys fitted, {time.perf_counter() - start:.0f} s")
    print(f"simultaneous 99 % band for {len(hits)} intervals: {band[0]:.3f} to {band[1]:.3f}")
    kinds = coverage.groupby(coverage.index.str.split().str[0])
    print(kinds.agg(["size", "min", "mean", "max"]).to_string(float_format="{:.3f}".format))
    outside = coverage[(coverage < band[0]) | (coverage > band[1])]
    print("all inside the band" if outside.empty else f"outside the band:\n{outside.to_string()}")


if __name__ == "__main__":
    main()
