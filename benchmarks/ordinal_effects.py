"""Effects and mixed models: time against R, and what simulation says of their intervals and tests.

Run: python benchmarks/ordinal_effects.py [time|coverage|units] [data sets]
"""

import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binom, norm

from evalkit.ordinal.clm import fit_clm
from evalkit.ordinal.clmm import fit_clmm
from evalkit.ordinal.comparisons import avg_comparisons, avg_predictions, unit_deviations

ORACLE = Path(__file__).parents[1] / "tests" / "oracle"
CATEGORIES = list("abcde")
CUTS = np.array([-2.2, -1.1, -0.1, 1.1])
SIZES = np.array([74, 798, 390, *[260] * 13])
# Number of core groups that each of sixteen ministries sits in; the sixth sits in all five.
SEATS = np.array([2, 2, 4, 3, 1, 5, 2, 2, 2, 3, 2, 1, 1, 1, 0, 0], dtype=float)
UNITS = [f"u{i:02d}" for i in range(1, 17)]
R_CLMM = """
suppressPackageStartupMessages(library(ordinal)); d <- read.csv('units.csv', stringsAsFactors = TRUE)
d$answer <- factor(d$answer, ordered = TRUE); f <- answer ~ section + leader + (1 | unit)
for (q in c(1, 10)) cat(median(replicate(9, system.time(clmm(f, data = d, weights = count, nAGQ = q))[['elapsed']])), '')
"""


def seconds(call, repeats=9):
    """Median of several calls, the first left out."""
    call()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def units():
    data = pd.read_csv(ORACLE / "units.csv")
    columns = {name: pd.Categorical(data[name]) for name in ("section", "leader", "unit")}
    return data.assign(answer=pd.Categorical(data["answer"], ordered=True), **columns)


def people(n, rng):
    """One row a respondent, without the answer."""
    return pd.DataFrame(
        {
            "section": pd.Categorical(rng.choice(["admin", "policy", "other"], n, p=[0.2, 0.7, 0.1])),
            "leader": pd.Categorical(rng.choice(["no", "yes"], n, p=[0.86, 0.14])),
            "unit": pd.Categorical(rng.choice(UNITS, n, p=SIZES / SIZES.sum())),
        }
    )


def times():
    data = units()
    mixed = {
        q: seconds(lambda q=q: fit_clmm("answer ~ section + leader", data, group="unit", weights="count", n_agq=q))
        for q in (1, 10)
    }
    print(f"fit_clmm on {len(data)} cells of 16 units: Laplace {mixed[1]:.4f} s, ten nodes {mixed[10]:.4f} s")
    if shutil.which("Rscript"):
        run = subprocess.run(["Rscript", "-e", R_CLMM], capture_output=True, text=True, cwd=ORACLE, check=True)
        laplace, ten = (float(value) for value in run.stdout.split())
        print(
            f"R's clmm: {laplace:.4f} s, {ten:.4f} s; {laplace / mixed[1]:.1f} and {ten / mixed[10]:.1f} times as long"
        )
    rng = np.random.default_rng(1)
    rows = people(200_000, rng)
    rows["answer"] = pd.Categorical(rng.choice(CATEGORIES, len(rows)), CATEGORIES, ordered=True)
    result = fit_clm("answer ~ section + leader + unit", rows)
    for name, call in {
        "avg_comparisons, leader": lambda: avg_comparisons(result, "leader"),
        "avg_comparisons, unit": lambda: avg_comparisons(result, "unit"),
        "avg_predictions, unit, counterfactual": lambda: avg_predictions(result, "unit", method="counterfactual"),
        "unit_deviations, P(Y >= d)": lambda: unit_deviations(result, "unit", categories=["d", "e"]),
    }.items():
        print(f"{name}: {seconds(call):.4f} s at 200,000 respondents")


def patterns(rng):
    """Respondents by pattern, with the cumulative probabilities of the answer but for the units' effects."""
    table = people(1969, rng).value_counts(sort=False).rename("n").reset_index()
    table = table[table["n"] > 0].reset_index(drop=True)
    shift = table["section"].map({"admin": 0.5, "policy": 0.0, "other": -0.2}).astype(float)
    return table, (shift + 0.6 * (table["leader"] == "yes")).to_numpy()


def drawn(table, location, rng):
    """A table of counts, drawn from a cumulative logit model."""
    below = 1 / (1 + np.exp(-(CUTS - location[:, None])))
    p = np.diff(below, axis=1, prepend=0, append=1)
    counts = np.array([rng.multinomial(n, row) for n, row in zip(table["n"], p, strict=True)])
    long = table.loc[table.index.repeat(len(CATEGORIES))].reset_index(drop=True)
    answer = pd.Categorical(CATEGORIES * len(table), CATEGORIES, ordered=True)
    long = long.assign(answer=answer, count=counts.ravel())
    return long[long["count"] > 0]


def coverage(data_sets):
    rng = np.random.default_rng(2)
    table, location = patterns(rng)
    effect = dict(zip(UNITS, rng.normal(0, 0.4, 16), strict=True))
    location = location + table["unit"].map(effect).astype(float).to_numpy()
    hits, quantities = 0, None
    for _ in range(data_sets):
        result = fit_clm("answer ~ section + leader + unit", drawn(table, location, rng), weights="count")
        true = result.theta.copy()
        true[:4] = CUTS - effect["u01"] - 0.5
        known = {"section[T.other]": -0.7, "section[T.policy]": -0.5, "leader[T.yes]": 0.6}
        true[4:7] = [known[name] for name in result.params.index[:3]]
        true[7:] = [effect[unit] - effect["u01"] for unit in UNITS[1:]]
        truth = replace(result, theta=true)
        frames = {
            "coefficients": (result.tidy().iloc[4:], pd.Series(true[4:])),
            "unit deviations, log-odds": both(unit_deviations, result, truth, "unit"),
            "unit deviations, P(Y >= d)": both(unit_deviations, result, truth, "unit", categories=["d", "e"]),
            "average effects, leader": both(avg_comparisons, result, truth, "leader"),
            "average effects, section": both(avg_comparisons, result, truth, "section"),
            **{
                f"average effects, section, P(Y >= {CATEGORIES[j]})": both(
                    avg_comparisons, result, truth, "section", categories=CATEGORIES[j:]
                )
                for j in range(1, len(CATEGORIES))
            },
            "average predictions, unit": both(avg_predictions, result, truth, "unit"),
        }
        inside = {
            name: (f["conf_low"].to_numpy() <= v.to_numpy()) & (v.to_numpy() <= f["conf_high"].to_numpy())
            for name, (f, v) in frames.items()
        }
        hits = hits + np.concatenate(list(inside.values()))
        quantities = {name: len(part) for name, part in inside.items()}
    m = len(hits)
    each = (1 - 0.99 ** (1 / m)) / 2
    low, high = binom.ppf(each, data_sets, 0.95) / data_sets, binom.isf(each, data_sets, 0.95) / data_sets
    print(f"coverage of 95 % intervals, {data_sets} data sets; simultaneous 99 % band of {m}: {low:.3f} to {high:.3f}")
    for name, part in zip(quantities, np.split(hits, np.cumsum(list(quantities.values()))[:-1]), strict=True):
        shares = part / data_sets
        print(f"{name} ({len(part)}): mean {shares.mean():.4f}, {shares.min():.3f} to {shares.max():.3f}")


def both(function, result, truth, *args, **options):
    return function(result, *args, **options), function(truth, *args, **options)["estimate"]


def predictor_of_units(data_sets, sd=0.3):
    rng = np.random.default_rng(3)
    table, location = patterns(rng)
    seats = dict(zip(UNITS, SEATS, strict=True))
    p = []
    for _ in range(data_sets):
        u = dict(zip(UNITS, rng.normal(0, sd, 16), strict=True))
        data = drawn(table, location + table["unit"].map(u).astype(float).to_numpy(), rng)
        data = data.assign(seats=data["unit"].map(seats).astype(float))
        mixed = fit_clmm("answer ~ section + leader + seats", data, group="unit", weights="count")
        row = mixed.tidy().set_index("term").loc["seats"]
        p.append([row["p_value"], 2 * norm.sf(abs(row["statistic"]))])
    low, high = binom.ppf([0.005, 0.995], data_sets, 0.05) / data_sets
    print(
        f"size of 5 % tests of a predictor of units, sd {sd}, {data_sets} data sets; 99 % band {low:.3f} to {high:.3f}"
    )
    names = ["mixed model, t(14)", "mixed model, normal"]
    for name, share in zip(names, (np.array(p) < 0.05).mean(axis=0), strict=True):
        print(f"{name}: {share:.3f}")


if __name__ == "__main__":
    what = sys.argv[1] if len(sys.argv) > 1 else "time"
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    if what == "time":
        times()
    elif what == "coverage":
        coverage(size)
    elif what == "units":
        for between in (0.0, 0.15, 0.4):
            predictor_of_units(size, between)
    else:
        sys.exit(__doc__)
