"""Do refitted models find the coefficients that synthetic exports were made with?

Each simulated export is made from `synthesis.yml` with another seed and without forced totals, cleaned like a real one, and
every ordinal question is refitted on the groups. Reported is how often the 95 % Wald intervals hold the known values.

    python benchmarks/recovery.py [STUDY] [--simulations 200] [--write docs/methods-recovery.md]
"""

from __future__ import annotations

import argparse
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binom, norm

from evalkit import EstimationError, clean, fit_clm, load_study, synthesize
from evalkit.data import load_synthesis, raw_export
from evalkit.data.synthesis import Synthesis, group_names
from evalkit.study import Study

LEVEL, SIMULTANEOUS = 0.95, 0.99


def known_parameters(study: Study, synthesis: Synthesis, outcome: str) -> pd.Series:
    """The thresholds and treatment contrasts that `synthesis.yml` implies, by the names that `fit_clm` gives them."""
    answer, codes = synthesis.answers[outcome], study.codebook.variable(outcome).scale.codes
    groups = {name: study.codebook.variable(name).scale.codes for name in group_names(study, synthesis)}
    effect = {name: [answer.effects.get(name, {}).get(code, 0.0) for code in levels] for name, levels in groups.items()}
    base = sum(effects[0] for effects in effect.values())
    thresholds = {f"{a}|{b}": t - base for (a, b), t in zip(pairwise(codes), answer.thresholds, strict=True)}
    contrasts = {
        f"{name}[T.{code}]": value - effect[name][0]
        for name, levels in groups.items()
        for code, value in zip(levels[1:], effect[name][1:], strict=True)
    }
    return pd.Series(thresholds | contrasts)


def simulated(study: Study, known: dict[str, pd.Series], seed: int) -> tuple[pd.DataFrame, int]:
    """One export made, cleaned and refitted: a row a parameter; and how many models could not be fitted."""
    frame = synthesize(study, seed=seed, force_totals=False)
    data = clean(raw_export(frame, study), study).data
    groups = group_names(study, load_synthesis(study))
    rows, failed = [], 0
    for outcome, truth in known.items():
        try:
            result = fit_clm(f"{outcome} ~ {' + '.join(groups)}", data, weights="count")
        except EstimationError:
            failed += 1
            continue
        estimate = pd.concat([result.thresholds, result.params])
        fitted = pd.DataFrame({"known": truth, "estimate": estimate, "std_error": result.bse}).dropna()
        rows.append(fitted.rename_axis("term").reset_index().assign(outcome=outcome))
    return pd.concat(rows), failed


def summary(draws: pd.DataFrame) -> pd.DataFrame:
    """Coverage by parameter, with the simultaneous band (Bonferroni over the parameters, exact binomial)."""
    half = norm.ppf((1 + LEVEL) / 2) * draws["std_error"]
    draws = draws.assign(held=(draws["estimate"] - draws["known"]).abs() <= half)
    table = draws.groupby(["outcome", "term"], sort=False).agg(
        known=("known", "first"),
        mean_estimate=("estimate", "mean"),
        simulation_sd=("estimate", "std"),
        mean_std_error=("std_error", "mean"),
        n=("held", "size"),
        held=("held", "sum"),
    )
    tail = (1 - SIMULTANEOUS) / len(table) / 2
    table["coverage"] = table["held"] / table["n"]
    table["band_low"] = binom.ppf(tail, table["n"], LEVEL) / table["n"]
    table["band_high"] = binom.ppf(1 - tail, table["n"], LEVEL) / table["n"]
    table["inside"] = table["coverage"].between(table["band_low"], table["band_high"])
    return table.reset_index()


def overall(draws: pd.DataFrame) -> tuple[float, float]:
    """The coverage over all parameters, and its standard error over independent simulations."""
    half = norm.ppf((1 + LEVEL) / 2) * draws["std_error"]
    by_simulation = ((draws["estimate"] - draws["known"]).abs() <= half).groupby(draws["seed"]).mean()
    return float(by_simulation.mean()), float(by_simulation.std() / np.sqrt(len(by_simulation)))


def report(study: Study, draws: pd.DataFrame, failed: int) -> str:
    """The tables as Markdown."""
    table = summary(draws)
    mean, error = overall(draws)
    reach = norm.ppf((1 + SIMULTANEOUS) / 2) * error
    by_outcome = table.groupby("outcome", sort=False).agg(
        parameters=("term", "size"),
        coverage=("coverage", "mean"),
        lowest=("coverage", "min"),
        highest=("coverage", "max"),
        outside_band=("inside", lambda inside: int((~inside).sum())),
        largest_gap=("mean_estimate", lambda e: float((e - table.loc[e.index, "known"]).abs().max())),
    )
    parts = [
        "# Recovery of known coefficients\n",
        f"{draws['seed'].nunique()} synthetic exports of `{study.name}` were made from `synthesis.yml` without forcing any total,"
        " cleaned, and each ordinal question refitted by `fit_clm` on"
        f" {', '.join(group_names(study, load_synthesis(study)))}. Made by `benchmarks/recovery.py`.\n",
        f"- {len(table)} parameters; models that could not be fitted: {failed}.",
        f"- {LEVEL:.0%} intervals held the known value in {mean:.2%} of all cases"
        f" ({SIMULTANEOUS:.0%} interval over simulations {mean - reach:.2%} to {mean + reach:.2%}).",
        f"- Simultaneous {SIMULTANEOUS:.0%} band for one parameter's coverage (exact binomial, Bonferroni):"
        f" {table['band_low'].min():.1%} to {table['band_high'].max():.1%}."
        f" Outside it: {int((~table['inside']).sum())}.\n",
        "## By question\n\nThe largest gap is that between a known value and the mean estimate, simulation error included.\n",
        _markdown(by_outcome.reset_index(), {"coverage": 3, "lowest": 3, "highest": 3, "largest_gap": 3}),
        "\n## By parameter\n",
        _markdown(
            table.drop(columns=["n", "held", "band_low", "band_high"]).assign(
                inside=table["inside"].map({True: "", False: "outside"})
            ),
            {"known": 2, "mean_estimate": 3, "simulation_sd": 3, "mean_std_error": 3, "coverage": 3},
        ),
    ]
    return "\n".join(parts) + "\n"


def _markdown(table: pd.DataFrame, decimals: dict[str, int]) -> str:
    shown = table.copy()
    for column, places in decimals.items():
        shown[column] = [f"{value:.{places}f}" for value in table[column]]
    shown = shown.astype(str).apply(lambda column: column.str.replace("|", r"\|"))
    aligned = ["---:" if pd.api.types.is_numeric_dtype(table[c]) else "---" for c in table]
    lines = [list(shown), aligned, *shown.to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", nargs="?", default="departementsstrategien-2023")
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--first-seed", type=int, default=10_000)
    parser.add_argument("--write", type=Path, help="where the tables are written to")
    arguments = parser.parse_args()
    study = load_study(arguments.study)
    synthesis = load_synthesis(study)
    ordinal = [name for name in synthesis.answers if study.codebook.variable(name).scale.ordered]
    known = {outcome: known_parameters(study, synthesis, outcome) for outcome in ordinal}
    start, parts, failed = time.perf_counter(), [], 0
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.simulations):
        part, unfitted = simulated(study, known, seed)
        parts.append(part.assign(seed=seed))
        failed += unfitted
    text = report(study, pd.concat(parts), failed)
    print(text)
    print(f"{time.perf_counter() - start:.0f} s")
    if arguments.write:
        arguments.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
