"""The page of an ordinal model: published numbers, both outcomes of each test, and answers that bear no model."""

import re

import numpy as np
import pandas as pd
import pytest
from evalkit.report.ordinal import ModelPage
from evalkit.report.ordinal.description import equation_latex, shown_size
from evalkit.report.ordinal.model import OrdinalModel

from evalkit.data import CleaningLog, Responses
from evalkit.errors import DisclosureError
from evalkit.release import Release, load_release
from evalkit.report import Page
from evalkit.study import load_study

PLAN = """
study: small
title: {{en: Small}}
synthetic: true
languages: [en]
export: {{file: answers.csv}}
groups: [unit, role]
{unit}
outcomes: [belonging]
predictors: [{predictors}]
models: {{small_levels: {way}, other_label: {{en: The smallest}}}}
disclosure: {{base: 5, width: 3}}
"""
CODEBOOK = """
scales:
  degree: {{kind: ordinal, categories: [{categories}]}}
  units: {{kind: nominal, categories: [{{code: a, en: Unit A}}, {{code: b, en: Unit B}}, {{code: c, en: Unit C}}, {{code: d, en: Secret unit}}]}}
  roles: {{kind: nominal, categories: [{{code: staff, en: Staff}}, {{code: leader, en: "Leader & 50 % {{x}}"}}]}}
  sites: {{kind: nominal, categories: [{{code: here, en: Here}}, {{code: there, en: There}}]}}
items:
  unit: {{kind: single, scale: units, column: Unit, label: {{en: Unit}}, question: {{en: "Unit?"}}}}
  role: {{kind: single, scale: roles, column: Role, label: {{en: Role_50%}}, question: {{en: "Role?"}}}}
  site: {{kind: single, scale: sites, column: Site, label: {{en: Site}}, question: {{en: "Site?"}}}}
  belonging: {{kind: single, scale: degree, column: Belonging, label: {{en: Belonging}}, question: {{en: "Belonging?"}}}}
"""
FOUR = ("none", "little", "some", "great")
METHODS = [
    "question",
    "found",
    "differences",
    "comparisons",
    "equation",
    "coefficients",
    "odds_ratios",
    "terms",
    "assumptions",
    "departure",
    "by_threshold",
    "partial",
    "mixed",
    "units",
    "unit_predictor",
    "sensitivity",
    "agreement",
]


def small_release(folder, rows, *, categories=FOUR, unit="unit: unit", way="drop", predictors="role, unit"):
    """Return a release without tables of answers (unit, role, belonging, count, and site where it is a predictor)."""
    study_folder = folder / "small"
    study_folder.mkdir()
    options = ", ".join(f"{{code: {code}, en: {code.title()}}}" for code in categories)
    (study_folder / "study.yml").write_text(PLAN.format(unit=unit, way=way, predictors=predictors))
    (study_folder / "codebook.yml").write_text(CODEBOOK.format(categories=options))
    study = load_study(study_folder)
    frame = pd.DataFrame(rows).set_axis(["unit", "role", "belonging", "count", "site"][: len(rows[0])], axis=1)
    for name in frame.columns.drop("count"):
        scale = study.codebook.variable(name).scale
        frame[name] = pd.Categorical(frame[name], list(scale.codes), ordered=scale.ordered)
    total = int(frame["count"].sum())
    release = Release(study, {}, ())
    release.__dict__["_responses"] = Responses(study, frame, CleaningLog(total, total, {}, {}))
    return release


def answers(leader_shift, *, units=(0.0, 0.0, 0.0, 0.0), size=400, categories=FOUR):
    """Return expected counts of cumulative logits; `leader_shift` is one effect, or one a threshold."""
    cuts = np.linspace(-1.2, 1.2, len(categories) - 1)
    shift = np.broadcast_to(leader_shift, cuts.shape)
    rows = []
    for unit, effect in zip("abcd", units, strict=True):
        for role in ("staff", "leader"):
            moved = cuts - effect - (shift if role == "leader" else 0)
            share = np.diff(1 / (1 + np.exp(-moved)), prepend=0, append=1)
            rows += [(unit, role, code, round(size * p)) for code, p in zip(categories, share, strict=True)]
    return rows


def text(shown):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", " ".join(part.html for part in shown)))


def page_of(folder, rows, **options):
    return ModelPage(Page(small_release(folder, rows, **options)))


@pytest.fixture(scope="module")
def housing():
    return ModelPage(Page(load_release(load_study("copenhagen-housing"))))


@pytest.mark.parametrize("number", ["0.5664", "1.2888", "−0.5724", "−0.3662", "−1.0910", "0.3603", "3,479.15"])
def test_published_coefficients_are_on_the_page(housing, number):
    assert number in text(housing.coefficients())


def test_another_program_agrees(housing):
    assert "The two programs agree" in text(housing.agreement())


def test_raw_differences_are_those_of_the_published_table(housing):
    table = housing.page.release.table("satisfaction", "contact")
    high, low = (
        table.count({"contact": level, "satisfaction": "High"}) / table.count({"contact": level})
        for level in ("High", "Low")
    )
    assert f">{100 * (high - low):.1f}</td>" in housing.differences()[0].html


def test_a_study_without_units_says_so(housing):
    for part in (housing.mixed(), housing.units(), housing.unit_predictor()):
        assert "no units that are modelled" in text(part)


def test_every_number_in_a_sentence_leads_to_a_row_of_the_page(housing):
    html = "".join(part.html for name in METHODS for part in getattr(housing, name)())
    html += "".join(part.html for predictor in housing.predictors for part in housing.predicted(predictor))
    targets = set(re.findall(r'href="#([^"]+)"', html))
    assert targets
    assert targets <= set(re.findall(r' id="([^"]+)"', html))


def test_ids_stand_once(housing):
    html = "".join(part.html for name in METHODS for part in getattr(housing, name)())
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_proportional_odds_holds(tmp_path):
    page = page_of(tmp_path, answers(0.6))
    assert "Proportional odds holds as far as these answers show" in text(page.assumptions())
    assert "the partial model is not needed" in text(page.partial())


def test_a_page_opens_with_what_it_found(tmp_path):
    found = text(page_of(tmp_path, answers(0.8, units=(1.0, -1.0, 0.0, 0.0))).found()).replace("&#39;", "'")
    assert (
        "Role_50%: all else equal, the difference in the share that answer “Some” or “Great” is largest for Leader"
        in found
    )
    assert "Above the units' average in percentage points, all else equal: Unit A (+" in found
    assert "Proportional odds holds" in found


def test_a_page_says_first_where_nothing_was_found(tmp_path):
    found = text(page_of(tmp_path, answers(0.0)).found())
    assert "Role_50%: no difference in the share that answer “Some” or “Great” is shown" in found


def test_what_is_found_leads_to_tables_that_stand_also_with_two_units(tmp_path):
    page = page_of(tmp_path, [row for row in answers(0.8, units=(1.0, -1.0, 0, 0)) if row[0] in "ab"])
    html = "".join(part.html for name in METHODS for part in getattr(page, name)())
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(re.findall(r' id="([^"]+)"', html))
    assert "modes" in page.problems


@pytest.mark.parametrize(
    ("width", "said"), [(1.0, "are equally spread as far as"), (0.3, "are not equally spread for “Role_50%”")]
)
def test_equal_spread_is_said_both_ways(tmp_path, width, said):
    cuts = np.array([-1.2, 0, 1.2])
    rows = []
    for unit in "abc":
        for role, scale in (("staff", 1.0), ("leader", width)):
            share = np.diff(1 / (1 + np.exp(-cuts / scale)), prepend=0, append=1)
            rows += [(unit, role, code, round(400 * p)) for code, p in zip(FOUR, share, strict=True)]
    assert said in text(page_of(tmp_path, rows).assumptions()).replace("&#39;", "'")


def test_the_mixed_model_stands_beside_the_first(tmp_path):
    page = page_of(tmp_path, answers(0.6, units=(0.6, -0.6, 0.2, 0.0)))
    assert "with a random intercept the difference is" in text(page.mixed())
    assert "the conclusion stays" in text(page.mixed())


def test_proportional_odds_does_not_hold(tmp_path):
    page = page_of(tmp_path, answers((1.5, 0.4, -0.8)))
    assert "Proportional odds does not hold for “Role_50%”" in text(page.assumptions())
    partial = text(page.partial())
    assert "with effects by threshold the difference is" in partial
    assert "the conclusion stays" in partial or "the conclusion changes" in partial


@pytest.mark.parametrize(
    ("effects", "said"),
    [
        ((0.0, 0.0, 0.0, 0.0), ["variance between units is estimated as zero", "No single unit is shown to differ"]),
        (
            (1.0, -1.0, 0.0, 0.0),
            [
                "Units differ more than chance would have it",
                "Above the units' average",
                "Below the units' average",
                "No other unit",
            ],
        ),
    ],
)
def test_units_differ_or_do_not(tmp_path, effects, said):
    page = page_of(tmp_path, answers(0.5, units=effects))
    found = (text(page.mixed()) + text(page.units())).replace("&#39;", "'")
    for sentence in said:
        assert sentence in found
    assert "The study names no predictor of units" in text(page.unit_predictor())


@pytest.mark.parametrize(("shift", "said"), [(0.8, "differs by"), (0.0, "no difference in the share that")])
def test_differences_are_shown_or_not(tmp_path, shift, said):
    assert said in text(page_of(tmp_path, answers(shift)).differences())


def test_raw_differences_without_a_published_table_are_not_shown(tmp_path):
    found = text(page_of(tmp_path, answers(0.8)).differences())
    assert "The raw difference" not in found
    assert "stands for what is not shown" in found


def test_a_conclusion_that_hangs_on_a_choice_is_said_to(tmp_path):
    # The two highest answers fall apart: one effect finds a difference, the highest answer alone none.
    assert "the conclusion hangs on the choice" in text(page_of(tmp_path, answers((0.9, 0.5, 0.0))).sensitivity())


def test_separated_answers_are_fitted_with_a_penalty(tmp_path):
    # The majority of three predictors decides: no level is unanimous, and no effect is finite.
    cells = [(u, r, s) for u in "ab" for r in ("staff", "leader") for s in ("here", "there")]
    rows = [(u, r, "yes" if (u == "b") + (r == "leader") + (s == "there") > 1 else "no", 9, s) for u, r, s in cells]
    page = page_of(tmp_path, rows, categories=("no", "yes"), predictors="role, unit, site")
    assert page.model.result.penalty == "jeffreys"
    assert "Jeffreys' prior" in text(page.coefficients()).replace("&#39;", "'")
    assert "differs by" in text(page.differences())
    assert "cannot be shown with these answers" in text(page.terms())


def test_small_levels_are_merged_under_the_study_s_label(tmp_path):
    rows = [row for row in answers(0.6) if row[0] in "ab"]
    rows += [
        ("c", "staff", "none", 2),
        ("c", "leader", "great", 2),
        ("d", "staff", "some", 2),
        ("d", "leader", "great", 1),
    ]
    page = page_of(tmp_path, [*rows, ("c", "staff", "some", 0)], way="merge")
    assert "The smallest" in text(page.coefficients())
    assert "Secret unit" not in text(page.coefficients())


@pytest.mark.parametrize(
    "rows",
    [
        [("a", "staff", "none", 3)],
        [("a", "staff", "none", 30), ("b", "leader", "none", 30)],
        [("a", "staff", "none", 300), ("a", "staff", "great", 30)],
    ],
)
def test_answers_that_bear_no_model_leave_sentences(tmp_path, rows):
    page = page_of(tmp_path, rows)
    for name in METHODS:
        assert "cannot be shown with these answers" in text(getattr(page, name)())
    assert page.predictors == ()
    assert page.problems


def test_two_answers_leave_out_what_needs_three(tmp_path):
    page = page_of(tmp_path, answers(0.7, categories=("no", "yes")), categories=("no", "yes"))
    for name in METHODS:
        assert getattr(page, name)()
    assert "cannot be shown with these answers" in text(page.assumptions())
    assert "differs by" in text(page.differences())


def withheld_rows():
    rows = [row for row in answers(0.6) if row[0] != "d"]
    return [*rows, ("d", "staff", "none", 2), ("d", "leader", "great", 2)]


def test_a_withheld_level_is_neither_named_nor_explained(tmp_path):
    page = page_of(tmp_path, withheld_rows())
    every = " ".join(text(getattr(page, name)()) for name in METHODS)
    assert "Some levels are withheld: Unit." in every
    assert "Secret unit" not in every
    assert "Answers in the model" not in every
    for reason in ("fewer than", "threshold of", "unanim"):
        assert reason not in every


def test_the_size_of_a_model_is_exact_only_where_nobody_is_left_out(tmp_path):
    release = small_release(tmp_path, [*answers(0.6), ("a", None, "none", 3)])
    page = ModelPage(Page(release))
    size = page.model.data.n
    assert shown_size(page.model) == f"about {round(size, -1):,}"
    assert f"{size:,}" not in text(page.coefficients())


def test_an_equation_survives_any_label(tmp_path):
    page = page_of(tmp_path, answers(0.6))
    assert r"\text{Role\_50\%}" in equation_latex(page.model)
    assert "<math" in page.equation()[0].html


def test_unprotected_estimates_are_not_shown(tmp_path):
    release = small_release(tmp_path, withheld_rows())
    model = OrdinalModel.of(release, Page(release).locale, "belonging")
    with pytest.raises(DisclosureError):
        model.safe("x", pd.DataFrame({"term": ["unit"], "group": ["d"], "estimate": [1.0]}))


def test_a_predictor_that_may_not_be_modelled_is_left_out_as_a_whole(tmp_path):
    rows = [row for row in answers(0.6) if row[1] == "staff"] + [("a", "leader", "none", 2)]
    page = page_of(tmp_path, rows)
    assert page.predictors == ("unit",)
    assert "Withheld as a whole: “Role_50%”." in text(page.question())
