"""Data sets and what R answers on them (see tests/oracle and its R scripts)."""

import json
from pathlib import Path

import pandas as pd
import pytest

ORACLE = Path(__file__).parents[1] / "oracle"


def read(name, outcome, levels, **categorical):
    frame = pd.read_csv(ORACLE / name)
    frame[outcome] = pd.Categorical(frame[outcome].astype("string"), categories=levels, ordered=True)
    for column, categories in categorical.items():
        values = frame[column].astype("string")
        frame[column] = pd.Categorical(values, categories=categories or sorted(values.dropna().unique()))
    return frame


@pytest.fixture(scope="session")
def oracle():
    return lambda name: json.loads((ORACLE / f"{name}.json").read_text())


@pytest.fixture(scope="session")
def housing():
    three = ["Low", "Medium", "High"]
    types = ["Tower", "Apartment", "Atrium", "Terrace"]
    return read("housing.csv", "Sat", three, Infl=three, Type=types, Cont=["Low", "High"])


@pytest.fixture(scope="session")
def wine():
    return read("wine.csv", "rating", list("12345"), temp=None, contact=None, judge=None)


@pytest.fixture(scope="session")
def mass_survey():
    return read("mass_survey.csv", "Smoke", ["Never", "Occas", "Regul", "Heavy"], Sex=None)


@pytest.fixture(scope="session")
def apistrat():
    levels = ["(0,25]", "(25,50]", "(50,75]", "(75,100]"]
    return read("apistrat.csv", "mealcat", levels, stype=None, awards=None)


@pytest.fixture(scope="session")
def survey():
    return read(
        "survey_clm.csv",
        "y",
        ["none", "small", "neither", "some", "great"],
        role=["caseworker", "leader"],
        section=["policy", "admin", "other"],
        unit=None,
        stratum=None,
    )
