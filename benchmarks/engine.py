"""Counts from an engine: a questionnaire of 30 items and 100 units, cleaned and counted by DuckDB over Parquet.

Held against polars, which only reads and counts the same texts (the floor), and against the same answers as rows of a CSV
file, of a quarter of the respondents, at most 250,000. Aims: at most 10 times the floor's processor seconds, and at most half of
those of rows.

Run: python benchmarks/engine.py [RESPONDENTS]
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
import yaml

from evalkit import clean, load_study, read_export, tabulate

ITEMS, UNITS, FLOOR_AIM, ROWS_AIM, PART = 30, 100, 10.0, 0.5, 1_000_000
DEGREES = ["Not at all", "A little", "Some", "A lot", "Don't know", ""]


def written(folder, table, respondents, items=ITEMS, units=UNITS):
    """Write a study and its answers, a file for each million where they are a table, and return it."""
    folder.mkdir()
    draw, names = np.random.default_rng(20), np.array([f"Unit {k}" for k in range(units)])
    for start in range(0, respondents, PART if table else respondents):
        size = min(PART if table else respondents, respondents - start)
        columns = {f"Q{k}": np.array(DEGREES)[draw.integers(0, len(DEGREES), size)] for k in range(items)}
        answers = pl.DataFrame({"Unit": names[draw.integers(0, units, size)], **columns})
        answers.write_parquet(folder / f"{start}.parquet") if table else answers.write_csv(folder / "answers.csv")
    scales = {
        "units": {"kind": "nominal", "categories": [{"code": f"u{k}", "en": f"Unit {k}"} for k in range(units)]},
        "degrees": {
            "kind": "ordinal",
            "categories": [{"code": f"d{k}", "en": text} for k, text in enumerate(DEGREES[:4])],
            "missing": [{"code": "dont_know", "en": DEGREES[4]}],
        },
    }
    made = {"unit": {"kind": "single", "scale": "units", "column": "Unit", "question": {"en": "Unit?"}}}
    for k in range(items):
        made[f"q{k}"] = {"kind": "single", "scale": "degrees", "column": f"Q{k}", "question": {"en": f"Question {k}?"}}
    plan = {
        "study": folder.name,
        "title": {"en": "A large study"},
        "synthetic": True,
        "languages": ["en"],
        "export": {"table": "*.parquet"} if table else {"file": "answers.csv"},
        "groups": ["unit"],
        "unit": "unit",
        "outcomes": ["q0"],
        "predictors": ["unit"],
    }
    for name, content in {"study.yml": plan, "codebook.yml": {"scales": scales, "items": made}}.items():
        (folder / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_study(folder)


def counted(study):
    """Clean a study's answers and count every table that it publishes."""
    answers = clean(read_export(study), study)
    return [tabulate(answers, table.item, table.by) for table in study.publications]


def floor(study):
    """Count the texts of every column by unit, with polars alone."""
    frame = pl.scan_parquet(study.export_path)
    return pl.collect_all([frame.group_by("Unit", f"Q{k}").len() for k in range(ITEMS)])


def seconds(work, study):
    """Return the processor and the wall seconds that some work takes."""
    processor, wall = time.process_time(), time.perf_counter()
    work(study)
    return time.process_time() - processor, time.perf_counter() - wall


def main(respondents):
    few = min(respondents // 4, 250_000)
    with tempfile.TemporaryDirectory() as name:
        large = written(Path(name, "large"), table=True, respondents=respondents)
        small = written(Path(name, "small"), table=True, respondents=few)
        rows = written(Path(name, "rows"), table=False, respondents=few)
        found = {
            f"{respondents:,} by the engine": seconds(counted, large),
            f"{respondents:,} by polars, texts alone": seconds(floor, large),
            f"{few:,} by the engine": seconds(counted, small),
            f"{few:,} from rows": seconds(counted, rows),
        }
        alike = [a.frame.equals(b.frame) for a, b in zip(counted(small), counted(rows), strict=True)]
    for what, (processor, wall) in found.items():
        print(f"{what}: {processor:.1f} processor seconds, {wall:.1f} s")
    engine, texts, quarter, read = (processor for processor, _ in found.values())
    print(f"tables alike: {sum(alike)} of {len(alike)}")
    print(f"engine / polars: {engine / texts:.1f} (aim: at most {FLOOR_AIM})")
    print(f"engine / rows: {quarter / read:.2f} (aim: at most {ROWS_AIM:.2f})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
