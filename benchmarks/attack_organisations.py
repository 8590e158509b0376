"""Random organisations, released with their models, in another plan and after an earlier publication, and then attacked.

Of `--reports` of them the whole report is made twice: of the answers, and of others that no published table tells apart. All files,
pages, drawings, sheets and slides, have to be the same to the byte: then nothing in them gives away more than the tables.

Run: python benchmarks/attack_organisations.py [--organisations 12] [--reports 1] [--seed SEED]
The seed is drawn and printed unless it is given.
"""

from __future__ import annotations

import argparse
import datetime
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, islice, product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evalkit.attack import audit
from evalkit.data import load_responses
from evalkit.digest import folder_digests
from evalkit.errors import DisclosureError, EstimationError
from evalkit.ordinal import fit_clm
from evalkit.release import Release, load_release, publish
from evalkit.study import BLANK, TOTAL, Study, load_study

KINDS = ("even", "sparse", "ones", "alike")
"""Units of 30 people and more; many small ones; some of one person; some whose people all answer alike."""
ROLES, PLACES, DEGREE = ("caseworker", "leader", "specialist"), ("east", "west"), ("none", "little", "some", "great")
ITEMS = ("belonging", "workload")
PREDICTORS = ("role", "unit", "place")
STUDY = """
study: {name}
title: {{en: Organisation}}
synthetic: true
languages: [en]
invited: {invited}
frame: frame.csv
export: {{file: responses.csv, id: Id}}
groups: [unit, role]
unit: unit
outcomes: [belonging]
predictors: [role, unit]
crossings: [{crossings}]
disclosure: {{base: 5, width: 3, unanimity: [belonging]}}
"""
LATE = "late.csv"


@dataclass
class Result:
    """What came of one organisation."""

    about: str
    hidden: float = 0.0
    seconds: float = 0.0
    found: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    withheld: list[bool] = field(default_factory=list)
    distances: list[float] = field(default_factory=list)
    differing: int = 0


def organisation(seed: int, folder: Path) -> str:
    """Write the study of a random organisation, and return what kind it is of."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    units = int(rng.integers(6, 41) if kind in ("sparse", "ones") else rng.integers(6, 17))
    people = units * int(rng.integers(5, 13) if kind in ("sparse", "ones") else rng.integers(30, 60))
    sizes = np.maximum(rng.multinomial(people, rng.dirichlet(np.full(units, 3.0))), 1)
    if kind == "ones":
        sizes[: rng.integers(1, 4)] = 1
    unit = np.repeat(np.arange(units), sizes)
    staff = pd.DataFrame({"Unit": [f"u{u}" for u in unit]})
    staff["Role"] = rng.choice(ROLES, len(staff), p=(0.7, 0.2, 0.1))
    staff["Place"] = np.where(rng.random(len(staff)) < np.where(unit % 2, 0.8, 0.3), *PLACES)
    for number, item in enumerate(ITEMS):
        lean = rng.normal(0, 0.5, units)[unit] + 0.6 * (staff["Role"] == "leader")
        answers = np.array(DEGREE)[np.digitize(rng.logistic(size=len(staff)) + lean, (-1.5, 0, 1.5))].astype(object)
        if kind == "alike" and number == 0:
            answers[np.isin(unit, rng.choice(units, 2, replace=False))] = "some"
        answers[rng.random(len(staff)) < 0.03] = ""
        staff[item.capitalize()] = answers
    staff["Id"] = [f"{number:04d}" for number in rng.permutation(len(staff))]
    answered = staff[rng.random(len(staff)) < 0.75].sort_values("Id")
    _write(folder, staff, answered, late=int(rng.integers(1, 13) if seed % 2 else len(answered) // 2))
    return f"{kind}, {units} units, {len(answered)} answers"


def _write(folder: Path, staff: pd.DataFrame, answered: pd.DataFrame, late: int) -> None:
    folder.mkdir()
    answered.to_csv(folder / "responses.csv", index=False)
    answered.iloc[-late:].to_csv(folder / LATE, index=False)
    frame = staff.rename(columns=str.lower).groupby(["unit", "role"]).size().rename("population")
    frame.reset_index().to_csv(folder / "frame.csv", index=False)
    groups = {"unit": sorted(staff["Unit"].unique()), "role": ROLES, "place": PLACES}
    scales = [_scale(f"{name}s", "nominal", codes) for name, codes in groups.items()]
    asked = [*((name, f"{name}s") for name in groups), *((item, "degree") for item in ITEMS)]
    items = [
        f"  {name}: {{number: {n}, kind: single, scale: {scale}, column: {name.capitalize()}, question: {{en: {name}}}}}"
        for n, (name, scale) in enumerate(asked, start=1)
    ]
    lines = ["scales:", *scales, _scale("degree", "ordinal", DEGREE), "items:", *items]
    (folder / "codebook.yml").write_text("\n".join(lines) + "\n")
    plan(folder)


def _scale(name: str, kind: str, codes: Sequence[str]) -> str:
    categories = ", ".join(f"{{code: {code}, en: {code}}}" for code in codes)
    return f"  {name}: {{kind: {kind}, categories: [{categories}]}}"


def plan(folder: Path, crossings: Sequence[str] = ("{item: belonging, by: [place]}",)) -> Study:
    """Write and load a plan that breaks everything down by unit and role, and some items by others."""
    invited = int(pd.read_csv(folder / "frame.csv")["population"].sum())
    text = STUDY.format(name=folder.name, invited=invited, crossings=", ".join(crossings))
    (folder / "study.yml").write_text(text)
    return load_study(folder)


def tried(seed: int, folder: Path, whole: bool) -> Result:
    """Release an organisation in each way, and attack what is out, or its whole report by its twin."""
    result = Result(f"{seed}: {organisation(seed, folder)}")
    if whole:
        result.found["files that tell more"] = len(files_that_tell_more(folder))
    study = load_study(folder)
    start = time.process_time()
    release = load_release(study)
    result.seconds = time.process_time() - start
    result.hidden = float(release.hidden_summary()["share"].iloc[-1])
    result.found["tables"] = len(attacked(release, release))
    result.found["insiders"] = sum(len(attacked(release, release, insider=who)) for who in alone(study))
    for number in range(1, len(PREDICTORS) + 1):
        modelled(result, study, release, PREDICTORS[:number])
    another_plan(result, release, folder)
    after_an_earlier_one(result, folder)
    return result


def files_that_tell_more(folder: Path) -> list[str]:
    """Make the report of the answers, and of others of which all published tables are the same; return the files that differ.

    Which counts are hidden may depend on more than these, as a search does on where it starts: others are tried, of fewer and fewer
    people who are not themselves, until the same are.
    """
    path, outputs = folder / "responses.csv", [folder.parent / f"{folder.name}-{number}" for number in range(2)]
    answers = pd.read_csv(path, dtype=str, keep_default_na=False)
    shown, other = load_release(load_study(folder)).tables, answers
    for most in (10_000, 100, 30, 10, 3, 1):
        other = exchanged(answers, most)
        other.to_csv(path, index=False)
        tables = load_release(load_study(folder)).tables
        if all(tables[name].cells.equals(table.cells) for name, table in shown.items()):
            break
    else:
        answers.to_csv(path, index=False)
        print("  no others hide the same counts")
        return []
    for output, frame in zip(outputs, (answers, other), strict=True):
        frame.to_csv(path, index=False)
        command = [sys.executable, "-m", "evalkit", "report", "--study", folder, "--output", output]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    answers.to_csv(path, index=False)
    print(f"  {int((other != answers).any(axis=1).sum())} of {len(answers)} people answer otherwise")
    one, two = map(folder_digests, outputs)
    return [name for name in one.keys() | two.keys() if one.get(name) != two.get(name)]


def exchanged(answers: pd.DataFrame, most: int) -> pd.DataFrame:
    """Let four people at a time, of two units, two roles and one place, exchange an answer: each of these keeps its own."""
    changed, left = answers.copy(), most
    groups = answers.groupby(["Unit", "Role", "Place"]).groups
    units, places = sorted(answers["Unit"].unique()), sorted(answers["Place"].unique())
    for item in map(str.capitalize, ITEMS):
        told, free = answers[item], set(answers.index)
        for pair, roles, place, (one, other) in product(
            combinations(units, 2), combinations(ROLES, 2), places, combinations(DEGREE, 2)
        ):
            corners = zip(product(pair, roles), (one, other, other, one), strict=True)
            ways = [[row for row in groups.get((*c, place), ()) if row in free and told[row] == w] for c, w in corners]
            for a, b, c, d in islice(zip(*ways, strict=False), left):
                changed.loc[[a, b, c, d], item] = told[[b, a, d, c]].to_numpy()
                free -= {a, b, c, d}
                left -= 1
    return changed


def attacked(*releases: Release, insider: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Attack the tables of releases of the same answers together."""
    tables = {
        f"{number} {name}": replace(table, id=f"{number} {name}")
        for number, release in enumerate(dict.fromkeys(releases))
        for name, table in release.out.items()
    }
    last = releases[-1]
    return audit([*tables.values()], last.rule, known=last.known, zeros=last.zeros, insider=insider)


def alone(study: Study) -> Iterator[dict[str, str]]:
    """Give all answers of somebody who is alone in a unit, or in a role there."""
    data = load_responses(study).data
    for by in (["unit"], ["unit", "role"]):
        few = data[data.groupby(by, observed=True)["count"].transform("sum") == 1]
        if len(few):
            row = few.iloc[0][[*PREDICTORS, *ITEMS]]
            yield {name: BLANK if pd.isna(code) else str(code) for name, code in row.items()}
            return


def modelled(result: Result, study: Study, release: Release, predictors: Sequence[str]) -> None:
    """Fit a model on a release, on its tables alone, and on the answers."""
    formula = f"belonging ~ {' + '.join(predictors)}"
    try:
        model = fit_clm(formula, release)
    except (EstimationError, DisclosureError):
        result.withheld.append(True)
        return
    result.withheld.append(False)
    tables_alone = Release(study, release.out, release.known)
    tables_alone.__dict__["_responses"] = None  # whoever reads the answers fails
    again = fit_clm(formula, tables_alone)
    result.differing += int(not np.array_equal(model.params.to_numpy(), again.params.to_numpy()))
    frame, data = release.model_frame("belonging", predictors), load_responses(study).data
    left = [name for name in predictors if name in frame]
    for name in left:
        levels = list(frame[name].cat.categories)
        data = data[data[name].isin(levels)].assign(**{name: lambda d, n=name, of=levels: d[n].cat.set_categories(of)})
    truth = fit_clm(f"belonging ~ {' + '.join(left)}", data)
    names = [name for name in model.params.index if name in truth.params.index]
    result.distances += (abs(model.params - truth.params) / truth.bse)[names].tolist()


def another_plan(result: Result, first: Release, folder: Path) -> None:
    """Publish, then release the same answers in another plan, and attack both together."""
    publish(first, datetime.date(2024, 4, 1))
    second = load_release(plan(folder, ["{item: workload, by: [place]}"]))
    try:
        publish(second, datetime.date(2024, 5, 1))
    except DisclosureError:
        result.refused.append("another plan")
        return
    result.found["another plan"] = len(attacked(first, second))


def after_an_earlier_one(result: Result, folder: Path) -> None:
    """Publish without the last answers, then with them, and attack both together."""
    for record in (folder / "published").glob("*.json"):
        record.unlink()
    every, late = (pd.read_csv(folder / name, dtype=str) for name in ("responses.csv", LATE))
    every[~every["Id"].isin(late["Id"])].to_csv(folder / "responses.csv", index=False)
    early = load_release(plan(folder))
    publish(early, datetime.date(2024, 4, 1))
    every.to_csv(folder / "responses.csv", index=False)
    whole = load_release(load_study(folder))
    try:
        publish(whole, datetime.date(2024, 5, 1))
    except DisclosureError:
        result.refused.append("earlier")
        return
    tables = [*_items(early, ["before"]), *_items(whole, ["before", "after"])]
    dims = {"wave": ["before", "after"]}
    for table in (*early.out.values(), *whole.out.values()):
        for dim in table.dims:
            levels = [str(level) for level in table.cells[dim].cat.categories if level != TOTAL]
            dims[dim] = list(dict.fromkeys([*dims.get(dim, []), *levels]))
    rule = {"k": whole.rule.base, "width": whole.rule.width}
    result.found["earlier"] = len(audit(tables=tables, dims=dims, threshold=rule, known=whole.known))


def _items(release: Release, waves: list[str]) -> Iterator[dict[str, Any]]:
    for name, table in release.out.items():
        cells = [
            {
                "where": {d: str(v) for d, v in zip(table.dims, row, strict=True) if v != TOTAL} | {"wave": waves},
                "value": n,
            }
            for row, n in zip(
                table.cells[list(table.dims)].astype(object).to_numpy(), table.cells["count"], strict=True
            )
        ]
        yield {"table": f"{waves} {name}", "cells": cells}


def said(results: Sequence[Result]) -> bool:
    """Print each result and all together; return whether anything was found."""
    distances = [d for result in results for d in result.distances]
    withheld = [w for result in results for w in result.withheld]
    bad = sum(sum(result.found.values()) + result.differing for result in results)
    print(f"hidden: {min(r.hidden for r in results):.1%} to {max(r.hidden for r in results):.1%} of the counts")
    print(
        f"models: {len(withheld)}, withheld {np.mean(withheld):.0%}, not of the tables alone {sum(r.differing for r in results)}"
    )
    if distances:
        print(
            f"distance from the fit on the answers: {np.median(distances):.2f}, most {max(distances):.2f} standard errors"
        )
    for what in ("another plan", "earlier"):
        print(f"{what}: {sum(what in r.refused for r in results)} of {len(results)} refused")
    print(f"found: {bad}")
    return bad > 0


def main() -> int:
    """Print what came of each organisation, and of all; 1 where anything was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--organisations", type=int, default=12)
    parser.add_argument("--reports", type=int, default=1)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    results = []
    with tempfile.TemporaryDirectory() as place:
        os.environ["EVALKIT_PROCESSED"] = f"{place}/processed"
        for seed in range(options.seed, options.seed + options.organisations):
            whole = seed < options.seed + options.reports
            result = tried(seed, Path(place) / f"organisation{seed}", whole)
            far = f"{np.median(result.distances):.2f}, {max(result.distances):.2f}" if result.distances else "-"
            print(
                f"{result.about}: {result.hidden:.1%} hidden in {result.seconds:.1f} s, found {result.found}, refused "
                f"{result.refused}, models {len(result.withheld)} ({sum(result.withheld)} withheld), distance {far}",
                flush=True,
            )
            results.append(result)
    return int(said(results))


if __name__ == "__main__":
    sys.exit(main())
