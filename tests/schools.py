"""R's stratified sample of Californian schools (tests/oracle/apistrat.csv) as a study with a design."""

from pathlib import Path

import pandas as pd
import yaml

from evalkit.study import Study, load_study

API = pd.read_csv(Path(__file__).parent / "oracle" / "apistrat.csv")
MEALS = ["(0,25]", "(25,50]", "(50,75]", "(75,100]"]


def code(level):
    """Return the code of a level of R's, which the codebook cannot have."""
    return level.strip("(]").replace(",", "-")


def schools(folder: Path, design: dict | None, plan: dict | None = None, **changes) -> Study:
    """Write the study into a folder, with changes of its columns, and load it."""
    folder.mkdir(exist_ok=True)
    API.assign(**changes).to_csv(folder / "schools.csv", index=False)
    (folder / "frame.csv").write_text("stype,population\nE,4421\nH,755\nM,1018\n", encoding="utf-8")
    study = {
        "study": "schools",
        "title": {"nb": "Skoler", "en": "Schools"},
        "synthetic": False,
        "languages": ["nb", "en"],
        "export": {"file": "schools.csv"},
        "frame": "frame.csv",
        "groups": ["stype"],
        "unit": "stype",
        "outcomes": ["mealcat"],
        "predictors": ["stype"],
        **({"design": design} if design else {}),
        **(plan or {}),
    }
    items = {"stype": _item("stype", "types"), "awards": _item("awards", "yes"), "mealcat": _item("mealcat", "meals")}
    scales = {"types": _scale("EHM"), "yes": _scale(["No", "Yes"]), "meals": _scale(MEALS, "ordinal")}
    for name, content in (("study", study), ("codebook", {"scales": scales, "items": items})):
        (folder / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_study(folder)


def _scale(levels, kind="nominal"):
    categories = [{"code": code(c), "nb": code(c), "en": code(c), "aliases": [c]} for c in levels]
    return {"kind": kind, "categories": categories}


def _item(name, scale):
    return {"kind": "single", "scale": scale, "column": name, "question": {"nb": name, "en": name}}
