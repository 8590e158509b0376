"""The third shipped study: a stratified sample of agencies with weights, numbers, routing, an index, a split form and boxes in one cell.

R's survey package has the answers (tests/oracle/state_employees.R, which also made the export): 1e-6 of what is worked out
from the answers, and every whole per cent that is published.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit import clean, fit_clm, load_study, means, multiple_response, proportions, read_export
from evalkit.estimate import association_test
from evalkit.i18n import Locale
from evalkit.protect import protect
from evalkit.release.publishable import publishable
from evalkit.release.store import Release
from evalkit.report.distributions import Answers
from evalkit.report.likert import likert_view

R = (
    pd.read_csv(Path(__file__).parent / "oracle" / "state_employees.csv")
    .groupby("name", sort=False)["value"]
    .apply(list)
)
SECTORS = {"ministry": "Ministry", "directorate": "Directorate", "regional": "Regional office"}
DEGREES = ["none", "small", "some", "large", "very_large", "blank"]


@pytest.fixture(scope="module")
def study():
    return load_study("state-employees-2024")


@pytest.fixture(scope="module")
def answers(study):
    return clean(read_export(study), study)


@pytest.fixture(scope="module")
def release(study, answers):
    plan = publishable(answers)
    safe = protect(plan.tables, plan.rule, known=plan.known, hide=plan.hide, respondents=plan.respondents)
    return Release(study, {table.id: table for table in plan.shown(safe)}, plan.known)


def same(frame, name):
    np.testing.assert_allclose(frame["estimate"], R[name], rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(frame["std_error"], R[f"{name}.se"], rtol=1e-6, atol=1e-12)


def test_shares_and_means_of_the_answers_are_those_of_r(answers):
    same(proportions(answers, "belonging", base="all"), "belonging")
    by = proportions(answers, "belonging", "sector", base="all")
    for code, sector in SECTORS.items():
        same(by[by["group"] == code], f"belonging.{sector}")
    same(proportions(answers, "climate_items_clear"), "clear")
    same(means(answers, "satisfaction"), "satisfaction")
    by_role = means(answers, "satisfaction", "role")
    same(by_role[by_role["group"] == "manager"], "satisfaction.Manager")
    same(means(answers, "age"), "age")
    boxes = multiple_response(answers, "apps")
    same(boxes[boxes["term"] == "apps_calls"], "calls")


def test_those_who_were_not_asked_are_in_no_base(answers):
    same(proportions(answers, "often", base="all").query("category != 'blank'"), "often")
    split = proportions(answers, "stay_a")
    same(split[split["category"] == "yes"], "stay_a")
    assert split["n"].iloc[0] + proportions(answers, "stay_b")["n"].iloc[0] == answers.total


def test_groups_are_tested_by_the_design(answers):
    chisq = association_test(answers, "belonging", "sector", method="survey")
    assert chisq["p_value"].iloc[0] == pytest.approx(R["chisq"][0], rel=1e-6)


def test_what_is_published_is_r_to_the_whole_per_cent(release):
    for by, name in ((None, "belonging"), *(("sector", f"belonging.{sector}") for sector in SECTORS.values())):
        found = proportions(release, "belonging", by, base="all")
        code = {label: code for code, label in SECTORS.items()}.get(name.partition(".")[2])
        found = found if code is None else found[found["group"] == code]
        shares = found.set_index("category")["estimate"].reindex(DEGREES)
        assert [f"{100 * share:.0f}" for share in shares] == [f"{100 * share:.0f}" for share in R[name]]


def test_the_published_model_is_near_the_fit_by_the_design(study, answers, release):
    """The effects that the export was made with: managers 0.7, ministries 0.4, regional offices -0.3 (in units of the latent answer)."""
    own, shown = fit_clm(study.formula("belonging"), answers), fit_clm(study.formula("belonging"), release)
    assert (np.abs(shown.params - own.params) / own.bse[own.params.index]).max() < 0.2
    truth = {"role[T.manager]": 0.7, "sector[T.directorate]": -0.4, "sector[T.regional]": -0.7}
    for name, value in truth.items():
        assert own.params[name] == pytest.approx(value, abs=3 * own.bse[name])


def test_the_index_goes_from_nought_to_a_hundred_and_needs_two_answers(answers):
    climate = answers.data["climate"]
    assert (climate.min(), climate.max()) == (0, 100)
    rows = answers.data[[f"climate_items_{row}" for row in ("clear", "open", "learn")]]
    scores = rows.apply(lambda column: column.cat.codes.astype(float) * 100 / 3)
    np.testing.assert_allclose(climate, scores.mean(axis=1))


def test_no_word_of_the_respondents_is_kept(answers):
    assert not any("somebody" in str(value) for value in answers.data.astype(str).to_numpy().ravel())


def test_some_of_the_respondents_are_a_domain_of_the_design(answers):
    """Their standard errors are those of R's subset of the design, not those of a file that was cut."""
    same(means(answers.only(role="manager"), "satisfaction"), "satisfaction.Manager")
    same(proportions(answers.query("ai == 'yes'"), "often", base="all").query("category != 'blank'"), "often")
    own = answers.only(role="manager").only(sector="directorate")
    both = means(answers, "satisfaction", ("role", "sector")).query("group == 'manager:directorate'")
    assert means(own, "satisfaction")["std_error"].iloc[0] == pytest.approx(both["std_error"].iloc[0])
    assert (own.total, own.drawn["count"].sum()) == (len(own.data), answers.total)


def test_a_model_of_a_domain_is_the_one_of_weights_of_nought(answers):
    own = fit_clm("belonging ~ sector", answers.only(role="manager"))
    data = answers.data.assign(w=answers.data["design.weight"].where(answers.data["role"] == "manager", 0))
    design = {"weights": "w", "weight_kind": "sampling", "cluster": "design.cluster", "strata": "design.strata"}
    other = fit_clm("belonging ~ sector", data, cov_type="design", **design)
    assert own.bse.tolist() == pytest.approx(other.bse.tolist())
    assert own.nobs == other.nobs == int((answers.only(role="manager").data["belonging"].notna()).sum())
    assert own.n_missing["any"] == len(answers.only(role="manager").data) - own.nobs


def test_a_released_model_takes_a_number_by_the_middle_of_its_bands(study, answers):
    plan = publishable(answers)
    own = Release(study, {t.id: t for t in plan.shown(protect(plan.tables, plan.rule, known=plan.known))}, plan.known)
    own._responses = answers
    own.add("belonging", "age")
    frame = own.model_frame("belonging", ["role", "age"])
    assert sorted(frame["age"].unique()) == [
        23.5,
        37.0,
        52.0,
        67.0,
    ]  # 18-29, 30-44, 45-59, from 60 (as wide as the last)
    shown, fit = fit_clm("belonging ~ role + age", own), fit_clm("belonging ~ role + age", answers)
    assert list(shown.params.index) == list(fit.params.index) == ["role[T.manager]", "age"]
    assert np.abs(shown.params["age"] - fit.params["age"]) < fit.bse["age"]


def test_the_ends_of_a_long_scale_are_named_above_its_key_and_answers_in_a_row_by_their_ends(release):
    view = likert_view(Answers(release.table("satisfaction"), release.study, Locale("nb")))
    assert view.title == "Tilfredshet: 76 % svarer fra «6» til «10 – svært fornøyd»".replace(
        "76 %", "76\N{NO-BREAK SPACE}%"
    )
    heights = {text: float(y) for y, text in re.findall(r'<text [^>]*y="([\d.]+)"[^>]*>([^<]+)</text>', view.svg)}
    assert heights["0 – svært misfornøyd"] == heights["10 – svært fornøyd"] < heights["1"]
