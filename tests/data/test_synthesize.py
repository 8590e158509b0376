"""The shipped synthetic export is what its parameters give, and shows what was published about the real answers."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pandas as pd
import pytest
import yaml

from evalkit.data import clean, load_synthesis, raw_export, read_export, synthesize
from evalkit.errors import StudyError
from evalkit.study import load_study

NAME = "departementsstrategien-2023"


@pytest.fixture(scope="module")
def study():
    return load_study(NAME)


@pytest.fixture(scope="module")
def export(study):
    return synthesize(study)


@pytest.fixture(scope="module")
def responses(study):
    return clean(read_export(study), study)


def test_the_committed_export_is_what_the_parameters_give(study, export) -> None:
    pd.testing.assert_frame_equal(read_export(study).cells, raw_export(export, study).cells)


def test_another_seed_gives_other_answers_and_the_same_totals(study, export) -> None:
    other = synthesize(study, seed=99)
    assert not other.equals(export)
    assert clean(raw_export(other, study), study).total == 1969


def test_totals_need_not_be_forced(study) -> None:
    totals = {
        clean(raw_export(f, study), study).total
        for f in (synthesize(study, seed=k, force_totals=False) for k in (1, 2))
    }
    assert len(totals) == 2
    assert all(1869 < total < 2069 for total in totals)


def test_it_cleans_to_the_published_response(study, responses) -> None:
    assert responses.total == responses.log.kept == 1969
    assert study.base == int(study.frame["population"].sum()) == 4691
    assert round(100 * responses.total / study.base, 1) == 42.0
    assert responses.data["role"].value_counts().to_dict() == {"caseworker": 1693, "leader": 276}
    assert round(100 * 276 / responses.total) == 14


def test_it_is_as_untidy_as_real_ones(study, responses) -> None:
    assert set(responses.log.set_aside) == {
        "before_fieldwork", "after_fieldwork", "political_staff", "break_off", "nothing_answered", "duplicate",
    }  # fmt: skip
    assert all(rows > 0 for rows in responses.log.set_aside.values())
    assert all(cells > 0 for kind, cells in responses.log.notes.items() if kind != "no_date")
    raw = read_export(study).cells
    assert (raw["1. Hvilket departement jobber du i?"] == "Kommunal- og moderniseringsdepartementet").any()
    assert responses.data["cooperation__missing"].isin(["dont_know"]).any()
    assert responses.data["cooperation__missing"].isin(["blank"]).any()


def test_reminders_show_in_the_dates(study, responses) -> None:
    by_day = responses.data.groupby("submitted_on").size()
    for reminder in study.fieldwork.reminders:
        day = pd.Timestamp(reminder)
        assert by_day[day] > 3 * by_day.get(day - pd.Timedelta(days=1), 0)


def test_no_one_can_be_reached_by_what_stands_in_it(export) -> None:
    assert export["E-post"].str.fullmatch(r"ansatt\d+@[a-z]+\.example\.org").all()
    assert export["IP-adresse"].str.fullmatch(r"2001:db8::[0-9a-f]+").all()
    assert export["Respondent-ID"].str.fullmatch(r"R-\d{6}").all()


def shares(data: pd.DataFrame, variable: str) -> pd.Series:
    return data[variable].value_counts(normalize=True)


def test_awareness_is_as_published(responses) -> None:
    awareness = shares(responses.data, "awareness")
    assert 0.68 < awareness["heard"] + awareness["know"] < 0.72
    assert 0.31 < awareness["know"] < 0.35
    assert 0.29 < awareness["no"] < 1 / 3


@pytest.mark.parametrize(
    ("group", "best"), [("section", "administration"), ("role", "leader"), ("measures_any", "ticked")]
)
def test_the_strategy_is_best_known_where_published(responses, group, best) -> None:
    known = responses.data.groupby(group, observed=True)["awareness"].agg(lambda answers: (answers == "know").mean())
    assert known.idxmax() == best
    assert known[best] > known.drop(best).max() + 0.05


@pytest.mark.parametrize(
    "variable", ["goals_coordination", "goals_community", "goals_workplace", "strategy_importance"]
)
def test_most_hold_it_important(responses, variable) -> None:
    answers = shares(responses.data, variable)
    assert answers["fairly_important"] + answers["very_important"] > 0.6


def test_every_ministry_answered_on_the_whole_by_its_size(study, responses) -> None:
    answered = responses.data["ministry"].value_counts(sort=False)
    size = study.frame.groupby("ministry", observed=False)["population"].sum()
    assert len(answered) == 16
    assert (answered >= 20).all()
    assert np.corrcoef(answered, size)[0, 1] > 0.95
    assert (answered / answered.sum() - size / size.sum()).abs().max() < 0.04


def test_the_frame_keeps_to_what_is_public(study) -> None:
    size = study.frame.groupby("ministry", observed=False)["population"].sum()
    ministries = size.drop("smk")
    assert ministries.idxmax() == "ud"
    assert 798 <= ministries.max() <= 822
    assert (ministries.idxmin(), ministries.min()) == ("lmd", 124)
    assert abs(size.median() - 234) <= 1
    assert study.frame["population"].gt(0).all()
    assert len(study.frame) == 32


def test_the_known_models_give_the_expected_shares(study) -> None:
    """Without forcing and over many people, awareness has the shares that its thresholds and effects imply."""
    answer = load_synthesis(study).answers["awareness"]
    data = pd.concat(
        [
            clean(raw_export(f, study), study).data
            for f in (synthesize(study, seed=k, force_totals=False) for k in range(4))
        ]
    ).dropna(subset=["awareness", "section"])
    eta = sum(
        data[name].map(levels).astype(float).fillna(0.0)
        for name, levels in ((n, {c: e.get(c, 0.0) for c in data[n].cat.categories}) for n, e in answer.effects.items())
    )
    for code, expected in (
        ("no", 1 / (1 + np.exp(eta - answer.thresholds[0]))),
        ("know", 1 / (1 + np.exp(answer.thresholds[1] - eta))),
    ):
        z = ((data["awareness"] == code) - expected).sum() / np.sqrt((expected * (1 - expected)).sum())
        assert abs(z) < 3.5


SPOILT = {
    "a threshold too few": (
        ("answers", "awareness", "thresholds"),
        [0.5],
        ["the thresholds do not fit", "2 increasing"],
    ),
    "thresholds that fall": (("answers", "awareness", "thresholds"), [1, 0], ["the thresholds do not rise"]),
    "an unknown level": (
        ("answers", "awareness", "effects"),
        {"role": {"leder": 1}},
        ["got: leder", "did you mean 'leader'"],
    ),
    "an unknown group": (("response", "effects"), {"sex": {"f": 1}}, ["a name is not known", "got: sex"]),
    "a variable without a model": (("answers", "belonging"), None, ["a variable has no model", "belonging"]),
    "shares that do not add up": (("shares", "section"), {"other": 0.5}, ["the shares of section do not add up: 0.5"]),
    "loadings too large": (("answers", "awareness", "loadings"), {"f": 1.0}, ["the squared loadings reach 1"]),
    "missing shares too large": (
        ("answers", "awareness", "missing"),
        {"blank": 0.6, "other": 0.6},
        ["the missing shares exceed 1", "answers.awareness"],
    ),
    "too many": (
        ("response", "totals", "counts"),
        {"leader": 9999},
        ["more are to answer than there are", "at most 570"],
    ),
    "an unknown placeholder": (("wording", "id"), "R-{nummer}", ["a name is not known", "did you mean 'number'"]),
    "waves that do not fit": (("timing", "waves"), [1.0], ["the waves do not fit", "expected: 3"]),
    "an unknown key": (("rows",), {"test": 3}, ["the key 'test' is not known", "did you mean 'tests'"]),
}


@pytest.mark.parametrize(("place", "value", "texts"), SPOILT.values(), ids=SPOILT.keys())
def test_mistakes_in_the_parameters_are_named(study, tmp_path, place, value, texts) -> None:
    folder = shutil.copytree(study.folder, tmp_path / NAME)
    parameters = yaml.safe_load((folder / "synthesis.yml").read_text(encoding="utf-8"))
    *path, last = place
    node = parameters
    for key in path:
        node = node[key]
    if value is None:
        del node[last]
    else:
        node[last] = value
    (folder / "synthesis.yml").write_text(yaml.safe_dump(parameters, sort_keys=False), encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        synthesize(load_study(folder))
    assert all(re.search(re.escape(text), str(caught.value)) for text in texts), str(caught.value)
    assert "synthesis.yml" in str(caught.value)


def test_a_study_without_parameters_has_no_synthetic_export() -> None:
    with pytest.raises(StudyError, match=r"synthesis\.yml: the file is missing"):
        synthesize(load_study("copenhagen-housing"))


PULSE = """
seed: 1
response: {intercept: 0.2}
answers: {}
timing: {waves: [0.5, 0.5]}
rows: {}
wording: {id: "{number}", break_off: Started}
"""


def test_what_a_study_lacks_is_said(make_study) -> None:
    study = make_study(id=None)
    (study.folder / "synthesis.yml").write_text(PULSE, encoding="utf-8")
    with pytest.raises(StudyError, match="a key 'frame'") as caught:
        synthesize(study)
    assert "a key 'export.id'" in str(caught.value)
