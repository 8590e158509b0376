"""Ordinal models side by side: evalkit, statsmodels, and R's clm, polr, orm and clmm, on rows and on counts.

    python benchmarks/ordinal.py            a few minutes: 2,000 and 20,000 respondents
    python benchmarks/ordinal.py --full     2,000 to 1,000,000; the slow peers take many minutes

Every timing is a process of its own, so that peak memory is that tool's alone. Seconds are the processor's, the best of some
repeats of the fit, data loaded and libraries imported; peers that are not installed are left out by name.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
LEVELS = ["none", "small", "neither", "some", "great"]
FORMULA = "y ~ role + section + unit"
NUMBERS = "y ~ role + section + age + pay"
SMALL, LARGE = (2_000, 20_000), (2_000, 20_000, 200_000, 1_000_000)
# How many respondents a tool is given: by default, and with --full.
REACH = {
    "groupby": (10**6, 10**6),
    "evalkit": (10**6, 10**6),
    "evalkit_counts": (10**6, 10**6),
    "evalkit_polars": (10**6, 10**6),
    "evalkit_design": (10**6, 10**6),
    "evalkit_effects": (10**6, 10**6),
    "evalkit_everything": (10**6, 10**6),
    "evalkit_clmm_counts": (10**6, 10**6),
    "evalkit_numbers": (20_000, 200_000),
    "evalkit_numbers_predicted": (20_000, 200_000),
    "evalkit_numbers_clmm": (20_000, 200_000),
    "statsmodels": (2_000, 200_000),
    "clm_numbers": (20_000, 200_000),
    "clm": (20_000, 10**6),
    "clm_counts": (10**6, 10**6),
    "polr": (20_000, 200_000),
    "polr_counts": (10**6, 10**6),
    "orm": (20_000, 10**6),
    "clmm_counts": (10**6, 10**6),
}
PEERS = ("clm_numbers", "clm", "clm_counts", "polr", "polr_counts", "orm", "clmm_counts")


def made_survey(n: int) -> pd.DataFrame:
    """Answers on one outcome from 16 units, 3 kinds of section and 2 roles, with sampling weights and two numbers."""
    draw = np.random.default_rng(n)
    unit, section = draw.integers(0, 16, n), draw.choice(3, n, p=[0.6, 0.3, 0.1])
    role = (draw.random(n) < 0.14).astype(int)
    latent = np.linspace(-0.6, 0.6, 16)[unit] + np.array([0, -0.3, -0.1])[section] + 0.6 * role
    y = np.searchsorted([-2.5, -1.0, 0.2, 1.6], latent + draw.logistic(size=n))
    return pd.DataFrame(
        {
            "y": pd.Categorical.from_codes(y, LEVELS, ordered=True),
            "role": pd.Categorical.from_codes(role, ["caseworker", "leader"]),
            "section": pd.Categorical.from_codes(section, ["policy", "admin", "other"]),
            "unit": pd.Categorical.from_codes(unit, [f"u{i:02d}" for i in range(16)]),
            "weight": draw.uniform(0.5, 2, n),
            "age": draw.normal(45, 12, n) + 3 * (y - 2),
            "pay": draw.normal(6, 0.4, n) + 0.1 * (y - 2),
        }
    )


def counted(frame: pd.DataFrame) -> pd.DataFrame:
    """The same answers as a table of counts."""
    return frame.groupby(["role", "section", "unit", "y"], observed=True).size().rename("n").reset_index()


def task(case: str, frame: pd.DataFrame) -> Callable[[], float]:
    """What a Python case does; it returns the log-likelihood, or a number that it got."""
    import evalkit

    counts = counted(frame)

    def everything() -> float:
        result = evalkit.fit_clm(FORMULA, frame)
        evalkit.nominal_test(result, ["role", "section"])
        evalkit.scale_test(result, ["role", "section"])
        evalkit.brant_test(result)
        for variable in ("role", "section", "unit"):
            evalkit.avg_predictions(result, variable)
            evalkit.avg_comparisons(result, variable)
        evalkit.fit_clmm("y ~ role + section", frame, group="unit")
        return float(result.llf)

    def design() -> float:
        options = {"weights": "weight", "weight_kind": "sampling", "cov_type": "design", "strata": "section"}
        return float(evalkit.fit_clm(FORMULA, frame, **options).llf)

    cases: dict[str, Callable[[], Callable[[], float]]] = {
        "groupby": lambda: lambda: float(len(counted(frame))),
        "evalkit": lambda: lambda: float(evalkit.fit_clm(FORMULA, frame).llf),
        "evalkit_counts": lambda: lambda: float(evalkit.fit_clm(FORMULA, counts, weights="n").llf),
        "evalkit_polars": lambda: polars_task(frame),
        "evalkit_design": lambda: design,
        "evalkit_effects": lambda: effects_task(frame),
        "evalkit_everything": lambda: everything,
        "evalkit_clmm_counts": lambda: (
            lambda: float(evalkit.fit_clmm("y ~ role + section", counts, group="unit", weights="n").llf)
        ),
        "evalkit_numbers": lambda: lambda: float(evalkit.fit_clm(NUMBERS, frame).llf),
        "evalkit_numbers_predicted": lambda: predicted_task(frame),
        "evalkit_numbers_clmm": lambda: lambda: float(evalkit.fit_clmm(NUMBERS, frame, group="unit").llf),
        "statsmodels": lambda: statsmodels_task(frame),
    }
    return cases[case]()


def polars_task(frame: pd.DataFrame) -> Callable[[], float]:
    import polars as pl

    import evalkit

    enums = [pl.col(c).cast(pl.Enum(frame[c].cat.categories.tolist())) for c in ("y", "role", "section", "unit")]
    converted = pl.DataFrame({c: frame[c].astype(str).tolist() for c in ("y", "role", "section", "unit")})
    table = converted.with_columns(enums)
    return lambda: float(evalkit.fit_clm(FORMULA, table).llf)


def effects_task(frame: pd.DataFrame) -> Callable[[], float]:
    import evalkit

    result = evalkit.fit_clm(FORMULA, frame)
    return lambda: float(evalkit.avg_comparisons(result, "unit")["estimate"].iloc[0])


def predicted_task(frame: pd.DataFrame) -> Callable[[], float]:
    import evalkit

    result = evalkit.fit_clm(NUMBERS, frame)
    return lambda: float(evalkit.avg_predictions(result, "section", method="counterfactual")["estimate"].iloc[0])


def statsmodels_task(frame: pd.DataFrame) -> Callable[[], float]:
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    columns = pd.get_dummies(frame[["role", "section", "unit"]], drop_first=True).astype(float)
    return lambda: float(OrderedModel(frame["y"], columns, distr="logit").fit(method="bfgs", disp=0, maxiter=500).llf)


def run_case(case: str, n: int, repeats: int) -> None:
    """Time one case in this process and print its seconds and its value."""
    todo = task(case, made_survey(n))
    seconds = []
    for _ in range(repeats + 1):
        start = time.process_time()
        value = todo()
        seconds.append(time.process_time() - start)
        if seconds[-1] > 20:
            break
    print(json.dumps([min(seconds), value]))


def measured(command: list[str]) -> tuple[str, float]:
    """Run a command; return what it printed last, and its peak memory in MB."""
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE)
        _, status, usage = os.wait4(process.pid, 0)
        message = process.stderr.read().decode() if process.stderr else ""
        out.seek(0)
        lines = out.read().strip().splitlines()
    if status or not lines:
        raise SystemExit(f"{' '.join(command)} failed:\n{message}")
    return lines[-1], usage.ru_maxrss / 1e3


def time_python(case: str, n: int, repeats: int) -> tuple[float, float, float]:
    line, memory = measured([sys.executable, __file__, "--case", case, "--n", str(n), "--repeats", str(repeats)])
    seconds, value = json.loads(line)
    return seconds, value, memory


def time_peer(case: str, file: Path, repeats: int) -> tuple[float, float, float] | None:
    line, memory = measured(["Rscript", str(HERE / "ordinal_peers.R"), case, str(file), str(repeats)])
    if line in ("absent", "failed"):
        print(f"{case}: {line}")
        return None
    seconds, value = map(float, line.split())
    return seconds, value, memory


def rows_of(n: int, full: bool, only: list[str] | None) -> list[dict[str, Any]]:
    repeats = 15 if n <= 2_000 else 5 if n <= 20_000 else 2
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        frame = made_survey(n)
        files = {False: Path(folder) / "rows.csv", True: Path(folder) / "counts.csv"}
        for is_counts, table in ((False, frame), (True, counted(frame))):
            table.assign(y=table["y"].cat.codes + 1).to_csv(files[is_counts], index=False)
        for case, reach in REACH.items():
            if n > reach[full] or (only and case not in only):
                continue
            if case in PEERS:
                few = repeats if n <= 20_000 or "counts" in case else 1
                found = time_peer(case, files["counts" in case], few) if shutil.which("Rscript") else None
            else:
                found = time_python(case, n, repeats)
            rows.append(dict(zip(("seconds", "value", "peak_mb"), found or (np.nan,) * 3, strict=True), case=case, n=n))
            print(f"{n:>9,}  {case:<20} {rows[-1]['seconds']:>10.4f} s {rows[-1]['peak_mb']:>8.0f} MB", flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="up to 1,000,000 respondents")
    parser.add_argument("--sizes", type=int, nargs="+", help="numbers of respondents")
    parser.add_argument("--only", nargs="+", choices=list(REACH), help="these cases alone")
    parser.add_argument("--case", choices=list(REACH), help=argparse.SUPPRESS)
    parser.add_argument("--n", type=int, default=2_000, help=argparse.SUPPRESS)
    parser.add_argument("--repeats", type=int, default=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        run_case(options.case, options.n, options.repeats)
        return
    sizes = options.sizes or (LARGE if options.full else SMALL)
    rows = [row for n in sizes for row in rows_of(n, options.full, options.only)]
    table = pd.DataFrame(rows)
    for name in ("seconds", "peak_mb", "value"):
        print(f"\n{name}")
        pivot = table.pivot_table(index="case", columns="n", values=name).reindex(list(dict.fromkeys(table["case"])))
        print(pivot.to_string(float_format=lambda x: f"{x:,.4f}", na_rep="-"))


if __name__ == "__main__":
    main()
