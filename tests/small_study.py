"""A small study with hostile labels, and its release: fixtures of the rooms that show results."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from evalkit.data import CleaningLog, Responses
from evalkit.protect.safe import made_safe
from evalkit.release.store import Release
from evalkit.study import TOTAL, load_study

STUDY = """
study: staff-pulse
title: {nb: Puls, en: Pulse}
synthetic: true
languages: [nb, en]
fieldwork: {start: 2024-03-04, end: 2024-03-15, reminders: [2024-03-08]}
invited: 4000
population: {nb: Alle ansatte, en: All staff}
source: {nb: Konstruert, en: Made up}
licence: CC0
citation: Ås & Bø (2024)
export: {file: responses.csv, id: Id, submitted: Completed}
frame: frame.csv
groups: [unit, role]
tables:
  - {item: unit}
  - {item: belonging}
  - {item: belonging, by: [unit]}
  - {item: belonging, by: [unit, role]}
  - {item: goals}
  - {item: goals, by: [unit]}
  - {item: measures}
unit: unit
outcomes: [belonging]
predictors: [role]
headlines:
  - {item: belonging, categories: [some, great], label: {nb: hører til, en: belong}, above: 0.5}
  - {item: belonging, categories: [great], label: {nb: hører godt til, en: belong well}, below: 0.5}
disclosure: {base: 5, width: 3}
"""
CODEBOOK = """
scales:
  units:
    kind: nominal
    categories:
      - {code: north, nb: "Nord <script>alert(1)</script>", en: "North <script>alert(1)</script>"}
      - {code: south, nb: "=SUM(A1) & Sør", en: "=SUM(A1) & South"}
      - {code: east, nb: Øst, en: East}
  roles: {kind: nominal, categories: [{code: leader, nb: Leder, en: Leader}, {code: other, nb: Annen, en: Other}]}
  degree:
    kind: ordinal
    categories:
      - {code: none, nb: Ikke, en: Not at all}
      - {code: little, nb: Litt, en: A little}
      - {code: neither, nb: Verken, en: Neither}
      - {code: some, nb: Noe, en: Some}
      - {code: great, nb: Stor, en: A lot}
    missing: [{code: dont_know, nb: Vet ikke, en: Don't know}]
    readings:
      merged: {label: {nb: Midten slått sammen, en: Middle merged}, merge: {neither: some}}
items:
  unit: {number: 1, kind: single, scale: units, column: U, label: {nb: Enhet, en: Unit}, question: {nb: Enhet?, en: Unit?}}
  role: {number: 2, kind: single, scale: roles, column: R, label: {nb: Rolle, en: Role}, question: {nb: Rolle?, en: Role?}}
  belonging:
    {number: 3, kind: single, scale: degree, column: B, label: {nb: Tilhørighet, en: Belonging}, question: {nb: Hører du til?, en: Do you belong?}}
  goals:
    number: 4
    kind: battery
    scale: degree
    label: {nb: Målene, en: The goals}
    question: {nb: Hvor viktig?, en: How important?}
    items: {a: {column: GA, nb: Mål A, en: Goal A}, b: {column: GB, nb: Mål B, en: Goal B}}
  measures:
    number: 5
    kind: multiple
    label: {nb: Tiltakene, en: The measures}
    question: {nb: Hvilke?, en: Which?}
    options: {x: {column: MX, nb: Tiltak X, en: Measure X}, y: {column: MY, nb: Tiltak Y, en: Measure Y}}
"""
FRAME = "unit,population\nnorth,1000\nsouth,1500\neast,1500\n"


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("staff-pulse")
    for name, text in {"study.yml": STUDY, "codebook.yml": CODEBOOK, "frame.csv": FRAME}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return load_study(folder)


def respondents():
    """Return made-up respondents: a column a variable, codes as in the codebook."""
    rng, n = np.random.default_rng(7), 600
    degree = ["none", "little", "neither", "some", "great", "dont_know", "blank"]
    weights = [0.08, 0.15, 0.2, 0.28, 0.19, 0.06, 0.04]
    draws = {name: rng.choice(degree, n, p=weights) for name in ("belonging", "goals_a", "goals_b")}
    ticks = {name: rng.choice(["ticked", "not_ticked"], n, p=[0.3, 0.7]) for name in ("measures_x", "measures_y")}
    days = [f"2024-03-{day:02}" for day in range(4, 12)] + ["2024-03-12/2024-03-15"]
    groups = {
        "unit": rng.choice(["north", "south", "east"], n),
        "role": rng.choice(["leader", "other"], n, p=[0.2, 0.8]),
        "submitted_on": rng.choice(days, n),
    }
    return pd.DataFrame({**groups, **draws, **ticks})


def released(people, table_id, dims, answer, stack=None, *, hide=None):
    """Make a released table of counts, every margin published; `hide` is a level hidden with all its answers."""
    if stack:
        stacked = [v for v in people.columns if v.startswith(f"{stack}_")]
        people = people.melt([d for d in dims if d in people], stacked, var_name=stack, value_name=answer)
    people = people.astype(dict.fromkeys(dims, "category"))
    free = [dim for dim in dims if dim != stack]
    parts = []
    for size in range(len(free) + 1):
        for kept in combinations(free, size):
            keys = [dim for dim in dims if dim in kept or dim == stack]
            counts = (
                people.groupby(keys, observed=False).size().reset_index(name="count")
                if keys
                else pd.DataFrame({"count": [len(people)]})
            )
            parts.append(counts.assign(**{dim: TOTAL for dim in dims if dim not in keys})[[*dims, "count"]])
    cells = pd.concat(parts, ignore_index=True).astype({"count": "Int64"})
    for dim in dims:
        cells[dim] = pd.Categorical(cells[dim])
    if hide is not None:
        cells.loc[cells[dims[0]] == hide, "count"] = pd.NA
    return made_safe(table_id, tuple(dims), cells, answer, stack)


@pytest.fixture(scope="session")
def release(study):
    people = respondents()
    tables = [
        released(people, "unit", ["unit"], "unit"),
        released(people, "belonging", ["belonging"], "belonging"),
        released(people, "belonging_by_unit", ["unit", "belonging"], "belonging", hide="east"),
        released(people, "belonging_by_unit_role", ["unit", "role", "belonging"], "belonging"),
        released(people, "goals", ["goals", "answer"], "answer", "goals"),
        released(people, "goals_by_unit", ["unit", "goals", "answer"], "answer", "goals"),
        released(people, "measures", ["measures", "answer"], "answer", "measures"),
        released(people, "response", [], ""),
        released(people, "response_by_unit", ["unit"], ""),
        released(people, "response_by_submitted_on", ["submitted_on"], ""),
    ]
    made = Release(study, {table.id: table for table in tables}, [])
    made.__dict__["_responses"] = responses_of(study, people)
    return made


def responses_of(study, people):
    """Return respondents as cleaned answers: those of a scale as ordered categories, the others missing."""
    columns = {}
    for name, variable in study.codebook.variables.items():
        if name in people:
            answered = people[name].isin(variable.scale.codes)
            codes, reasons = list(variable.scale.codes), list(variable.missing_codes)
            columns[name] = pd.Categorical(people[name].where(answered), codes, ordered=variable.scale.ordered)
            if reasons:
                columns[variable.missing_column] = pd.Categorical(people[name].mask(answered), reasons)
    return Responses(study, pd.DataFrame(columns).assign(count=1), CleaningLog(len(people), len(people), {}, {}))


@pytest.fixture(scope="session")
def ministries():
    """Return the ministries' study with every count shown: what its pages hold besides counts is what is tested with it."""
    from evalkit.data import clean, read_export
    from evalkit.release.publishable import publishable

    plan = load_study("departementsstrategien-2023")
    tables = publishable(clean(read_export(plan), plan)).tables
    shown = [made_safe(t.id, t.dims, with_margins(t), t.answer, t.stack) for t in tables]
    return Release(plan, {table.id: table for table in shown}, [])


def with_margins(table):
    """Return a table's counts with every margin but those over separate questions."""
    free = [dim for dim in table.dims if dim != table.stack]
    parts = []
    for size in range(len(free) + 1):
        for summed in combinations(free, size):
            keys = [dim for dim in table.dims if dim not in summed]
            plain = table.frame.astype(dict.fromkeys(table.dims, object))
            counts = plain.groupby(keys)["count"].sum().reset_index() if keys else plain[["count"]].sum().to_frame().T
            parts.append(counts.assign(**dict.fromkeys(summed, TOTAL))[[*table.dims, "count"]])
    cells = pd.concat(parts, ignore_index=True).astype({"count": "Int64"})
    return cells.astype(dict.fromkeys(table.dims, "category"))
