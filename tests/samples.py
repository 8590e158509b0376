"""R's samples (survey 4.1; tests/oracle/README.md) as studies with a design: Californian schools, NHANES, cardiac arrests."""

from pathlib import Path

import pandas as pd
import yaml

from evalkit.study import Study, load_study

ORACLE = Path(__file__).parent / "oracle"
API = pd.read_csv(ORACLE / "apistrat.csv")
MEALS = ["(0,25]", "(25,50]", "(50,75]", "(75,100]"]
ARRESTS = {
    (1, 1): (120, 25),
    (1, 2): (78, 24),
    (2, 1): (185, 30),
    (2, 2): (228, 49),
    (3, 1): (670, 80),
    (3, 2): (530, 70),
}
"""Emergency service area and ambulance station: arrests, and those who reached hospital alive."""


def code(level):
    """Return the code of a level of R's, which the codebook cannot have."""
    return level.strip("(]").replace(",", "-")


def schools(
    folder: Path, design: dict | None, plan: dict | None = None, sample: pd.DataFrame = API, **changes
) -> Study:
    """Write the study of schools into a folder, with changes of its columns, and load it."""
    asked = {"stype": _scale("EHM"), "awards": _scale(["No", "Yes"], "ordinal"), "mealcat": _scale(MEALS, "ordinal")}
    roles = {"groups": ["stype"], "unit": "stype", "outcomes": ["mealcat"], "predictors": ["stype"]}
    folder.mkdir(exist_ok=True)
    (folder / "frame.csv").write_text("stype,population\nE,4421\nH,755\nM,1018\n", encoding="utf-8")
    return _written(folder, sample.assign(**changes), asked, design, {"frame": "frame.csv", **roles, **(plan or {})})


def nhanes(folder: Path, **plan) -> Study:
    """Write R's nhanes as a study into a folder, and load it."""
    answers = pd.read_csv(ORACLE / "nhanes.csv", dtype=str, keep_default_na=False)
    asked = {
        "race": _scale("1234"),
        "sex": _scale("12"),
        "age": _scale("1234", "ordinal"),
        "chol": _scale("01", "ordinal"),
    }
    pairs = [("chol", "race"), ("chol", "sex"), ("chol", "age"), ("age", "race"), ("age", "sex"), ("sex", "race")]
    tables = [{"item": "chol"}, {"item": "age"}, *({"item": item, "by": [group]} for item, group in pairs)]
    roles = {"groups": ["race", "sex", "age"], "outcomes": ["chol"], "predictors": ["race", "sex", "age"]}
    design = {"weight": "weight", "strata": "stratum", "cluster": "psu"}
    return _written(folder, answers, asked, design, {"tables": tables, **roles, **plan})


def arrests(folder: Path, design: dict) -> Study:
    """Write R's scd as a study into a folder, a row an arrest, and load it."""
    people = [
        (area, station, "yes" if i < alive else "no", 5)
        for (area, station), (number, alive) in ARRESTS.items()
        for i in range(number)
    ]
    answers = pd.DataFrame(people, columns=["area", "station", "alive", "stations"])
    asked = {"area": _scale("123"), "alive": _scale(["no", "yes"], "ordinal")}
    return _written(folder, answers, asked, design, {"groups": ["area"], "outcomes": ["alive"], "predictors": ["area"]})


def _written(folder: Path, answers: pd.DataFrame, scales: dict, design: dict | None, plan: dict) -> Study:
    folder.mkdir(exist_ok=True)
    answers.to_csv(folder / "answers.csv", index=False)
    study = {
        "study": folder.name.replace("_", "-"),
        "title": {"nb": "Utvalg", "en": "Sample"},
        "synthetic": False,
        "languages": ["nb", "en"],
        "export": {"file": "answers.csv"},
        **({"design": design} if design else {}),
        **plan,
    }
    items = {
        name: {"kind": "single", "scale": name, "column": name, "question": {"nb": name, "en": name}} for name in scales
    }
    for name, content in (("study", study), ("codebook", {"scales": scales, "items": items})):
        (folder / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_study(folder)


def _scale(levels, kind="nominal"):
    categories = [{"code": code(c), "nb": code(c), "en": code(c), "aliases": [c]} for c in levels]
    return {"kind": kind, "categories": categories}
