"""A small study that has all that the notebooks ask of one, with an export: for tests that read, protect and show it."""

import csv
import io
from pathlib import Path

import pandas as pd
import yaml

from .small_study import CODEBOOK, STUDY, respondents

COLUMNS = {
    "belonging": "B",
    "goals_a": "GA",
    "goals_b": "GB",
    "measures_x": "MX",
    "measures_y": "MY",
    "unit": "U",
    "role": "R",
}
FRAME = "unit,role,population,distance\n" + "".join(
    f"{unit},{role},{people},{distance}\n"
    for unit, distance, sizes in (("north", 10, (60, 600)), ("south", 30, (80, 900)), ("east", 20, (70, 700)))
    for role, people in zip(("leader", "other"), sizes, strict=True)
)


def plan():
    """Return what stands in its `study.yml`."""
    made = yaml.safe_load(STUDY)
    more = {"predictors": ["role", "unit"], "outcomes": ["belonging", "goals_a"], "invited": 2500, "base": 2410}
    del made["tables"]
    return (
        made
        | more
        | {"crossings": [{"item": "belonging", "by": ["unit", "role"]}, {"item": "belonging", "by": ["goals_a"]}]}
    )


def codebook():
    """Return what stands in its `codebook.yml`."""
    made = yaml.safe_load(CODEBOOK.replace("?", ""))
    made["items"]["goals"]["reliability"] = True
    return made


def rows():
    """Return its export: a row a respondent, with codes for answers."""
    people = respondents()
    # Answers that hang together, so that a scale measures something and a model finds something.
    order = ["none", "little", "neither", "some", "great"]
    moved = (
        people["role"].eq("leader").to_numpy()
        & people["belonging"].isin(order[:-1]).to_numpy()
        & (people.index % 3 > 0)
    )
    people.loc[moved, "belonging"] = [order[order.index(code) + 1] for code in people.loc[moved, "belonging"]]
    alike = people.index % 2 == 0
    people.loc[alike, "goals_b"] = people.loc[alike, "goals_a"]
    made = (
        people.rename(columns=COLUMNS)
        .drop(columns="submitted_on")
        .replace({"blank": "", "ticked": "1", "not_ticked": ""})
    )
    made.insert(0, "Id", range(1, len(made) + 1))
    made["Completed"] = [f"{day[:10]} 10:{n % 60:02}" for n, day in enumerate(people["submitted_on"])]
    return made


def write(folder: Path, plan: dict, codebook: dict, rows: pd.DataFrame, frame: str = FRAME) -> Path:
    """Write a study's folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"study.yml": plan, "codebook.yml": codebook}
    for name, content in texts.items():
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    (folder / "frame.csv").write_text(frame, encoding="utf-8")
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([list(rows.columns), *rows.to_numpy().tolist()])
    (folder / "responses.csv").write_text(out.getvalue(), encoding="utf-8")
    return folder
