"""A small study with every kind of item, and answers to it."""

import numpy as np
import pandas as pd
import pytest

from evalkit.data import CleaningLog, Responses
from evalkit.study import Codebook
from evalkit.study.load import Study
from evalkit.study.plan import Plan


def texts(text):
    return {"en": text}


CODEBOOK = Codebook.model_validate(
    {
        "scales": {
            "units": {"kind": "nominal", "categories": [{"code": c, "en": c} for c in ("north", "south", "west")]},
            "roles": {
                "kind": "nominal",
                "categories": [{"code": "leader", "en": "Leader"}, {"code": "staff", "en": "Staff"}],
            },
            "degree": {
                "kind": "ordinal",
                "categories": [{"code": c, "en": c} for c in ("great", "some", "none")],
                "low_to_high": ["none", "some", "great"],
                "missing": [{"code": "dont_know", "en": "Don't know"}],
                "readings": {"some_or_more": {"label": texts("Some or more"), "merge": {"some": "great"}}},
            },
        },
        "items": {
            "unit": {"kind": "single", "scale": "units", "column": "Unit", "question": texts("Unit?")},
            "role": {"kind": "single", "scale": "roles", "column": "Role", "question": texts("Role?")},
            "belonging": {"kind": "single", "scale": "degree", "column": "B", "question": texts("Belonging?")},
            "goals": {
                "kind": "battery",
                "scale": "degree",
                "reliability": True,
                "question": texts("Goals?"),
                "items": {p: {"column": f"G{p}", "en": p} for p in "abc"},
            },
            "measures": {
                "kind": "multiple",
                "question": texts("Measures?"),
                "options": {p: {"column": f"M{p}", "en": p} for p in "xy"},
            },
        },
    }
)
PLAN = Plan.model_validate(
    {
        "study": "staff-pulse",
        "title": texts("Pulse"),
        "synthetic": True,
        "languages": ["en"],
        "invited": 300,
        "base": 290,
        "fieldwork": {"start": "2024-03-04", "end": "2024-03-15", "reminders": ["2024-03-08"]},
        "export": {"file": "responses.csv"},
        "groups": ["unit", "role"],
        "unit": "unit",
    }
)


def coded(variable, answers):
    """Return a variable's two columns from a list of codes."""
    scale = variable.scale
    answers = pd.Series(answers, dtype=object)
    valid = answers.where(answers.isin(scale.codes))
    columns = {variable.name: pd.Categorical(valid, categories=list(scale.codes), ordered=scale.ordered)}
    if variable.missing_codes:
        reason = answers.where(answers.isin(variable.missing_codes))
        columns[variable.missing_column] = pd.Categorical(reason, categories=list(variable.missing_codes))
    return columns


def from_answers(study, answers, count=None, **extra):
    """Return Responses from lists of codes by variable name; `measures_any` follows from the boxes."""
    size = len(next(iter(answers.values())))
    columns = {}
    for variable in study.codebook.variables.values():
        if variable.derived:
            boxes = [answers[v.name] for v in study.codebook.variables_of(variable.item_id)]
            ticks = ["ticked" if "ticked" in row else "not_ticked" for row in zip(*boxes, strict=True)]
            columns |= coded(variable, ticks)
        else:
            columns |= coded(variable, answers[variable.name])
    counts = np.ones(size, dtype=int) if count is None else np.asarray(count)
    data = pd.DataFrame({**columns, "count": counts, **extra})
    total = int(counts.sum())
    return Responses(study, data, CleaningLog(total, total, {}, {}))


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    return Study(PLAN, CODEBOOK, tmp_path_factory.mktemp("staff-pulse"))


@pytest.fixture(scope="session")
def answers():
    draw = np.random.default_rng(11)
    size = 120
    degree = ["none", "some", "great", "dont_know", "blank"]

    def of(codes, shares):
        return draw.choice(codes, size=size, p=shares)

    return {
        "unit": of(["north", "south", "west"], [0.5, 0.3, 0.2]),
        "role": of(["leader", "staff", "blank"], [0.2, 0.77, 0.03]),
        "belonging": of(degree, [0.2, 0.3, 0.35, 0.1, 0.05]),
        **{f"goals_{p}": of(degree, [0.1, 0.3, 0.5, 0.05, 0.05]) for p in "abc"},
        **{f"measures_{p}": of(["ticked", "not_ticked"], [0.3, 0.7]) for p in "xy"},
    }


@pytest.fixture(scope="session")
def responses(study, answers):
    dates = pd.Timestamp("2024-03-04").date()
    return from_answers(study, answers, submitted_on=[dates] * len(answers["unit"]))


@pytest.fixture(scope="session")
def make_responses():
    return from_answers
