"""What results say and show: values, directions, who is largest, where a point and its interval end."""

import re
from dataclasses import replace
from html import escape, unescape
from types import SimpleNamespace

import pandas as pd
import pytest

from evalkit import (
    anova,
    compare_groups,
    crosstab,
    fit_clm,
    load_release,
    load_study,
    multiple_response,
    nominal_test,
    nonresponse_bounds,
    proportions,
    response_rates,
    smoothing_test,
    tidy,
)
from evalkit.errors import EstimationError, UsageError
from evalkit.i18n import Locale
from evalkit.report.captions import Labels
from evalkit.report.present import headlines, presenter_of, response, result_of, side_by_side, survey
from evalkit.report.present.headlines import headlines_html
from evalkit.report.present.model import ModelResult
from evalkit.report.present.model.fitted import equation_latex
from evalkit.report.result import Folded, Line, Result
from evalkit.report.views import HIDDEN, FigureView, TableView
from evalkit.study import Question
from evalkit.study.plan import Design

EN = Locale("en")


def text_of(sentence):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", str(sentence)))


def said(result):
    return [text_of(sentence) for sentence in presenter_of(result.kind).sentences(result)]


def views(result, kind=None):
    parts = presenter_of(kind or result.kind).parts(result)
    return [view for part in parts for view in (part.views if isinstance(part, Folded) else (part,))]


def table(result):
    return next(view for view in views(result) if isinstance(view, TableView))


def test_coefficients_stand_under_their_headings(release):
    model = fit_clm("belonging ~ role + unit", release)
    view = table(result_of(tidy(model), release.study, EN))
    assert [column.key for column in view.columns] == ["estimate", "std_error", "statistic", "p_value"]
    found = {row.key: row.values for row in view.rows if row.key in model.params}
    assert set(found) == {*model.params.index}
    for term, (estimate, error, statistic, p_value) in found.items():
        assert (estimate, error) == (model.params[term], model.bse[term])
        assert statistic == pytest.approx(estimate / error)
        assert 0 <= p_value <= 1


@pytest.fixture
def of(study):
    """Return a function that shows a frame of estimates as if a release had given it."""

    def make(kind, rows, **asked):
        frame = pd.DataFrame(rows)
        source = SimpleNamespace(released=True, tables={}, study=study, is_completed=lambda *_: True, design={})
        return (ModelResult if "model" in asked else Result)(kind, frame, source, asked, study, EN)

    return make


def fitted(terms=("role", "unit"), variables=("role", "unit"), **more):
    formula = SimpleNamespace(
        outcome="belonging",
        variables=variables,
        nominal=(),
        text=f"belonging ~ {' + '.join(terms)}",
        term_variables={term: tuple(term.split(":")) for term in terms},
    )
    patterns = SimpleNamespace(
        predictors=pd.DataFrame(
            {
                "role": pd.Categorical(["other"], ["other", "leader"]),
                "unit": pd.Categorical(["north"], ["north", "south", "east"]),
            }
        )
    )
    plain = {"withheld": {}, "penalty": None, "link": "logit"}
    return SimpleNamespace(formula=formula, patterns=patterns, **(plain | more))


def effect(term, contrast, estimate, low, high, **more):
    return {"term": term, "contrast": contrast, "estimate": estimate, "conf_low": low, "conf_high": high, **more}


HIGH = ("some", "great")


def test_the_largest_difference_is_the_one_furthest_from_zero_and_its_side_is_said(of):
    rows = [
        effect("unit", "south - north", 0.1, 0.05, 0.15),
        effect("unit", "east - north", -0.2, -0.3, -0.1),
        effect("role", "leader - other", 0.123, 0.08, 0.167),
    ]
    unit, role = said(of("avg_comparisons", rows, model=fitted(), categories=HIGH))
    assert unit.startswith("The share who belong is 20.0 percentage points lower in East than in North")
    assert "(10.0–30.0). It is the largest difference by “Unit”." in unit
    assert "12.3 percentage points higher in the group “Leader” than in the group “Other”" in role
    assert "largest" not in role


def test_where_no_difference_is_shown_it_is_said_which_ones_are_excluded(of):
    rows = [effect("role", "leader - other", 0.01, -0.04, 0.06)]
    (sentence,) = said(of("avg_comparisons", rows, model=fitted(), categories=HIGH))
    assert "No difference by “Role”" in sentence
    assert "more than 6.0 percentage points are excluded" in sentence


def test_a_sentence_s_number_leads_to_its_row(of):
    rows = [effect("role", "leader - other", 0.123, 0.08, 0.167)]
    result = of("avg_comparisons", rows, model=fitted(), categories=HIGH)
    (sentence,) = presenter_of("avg_comparisons").sentences(result)
    assert '<a href="#table-belonging_model_differences--role-leader">12.3</a>' in str(sentence)


def test_points_and_intervals_end_where_they_should(of):
    rows = [effect("role", "leader - other", 0.1, -0.05, 0.2), effect("unit", "south - north", -0.1, -0.2, 0.05)]
    (figure,) = [
        v for v in views(of("avg_comparisons", rows, model=fitted(), categories=HIGH)) if isinstance(v, FigureView)
    ]
    assert "Role, Leader, compared with Other: 10.0 (−5.0 to 20.0)." in figure.alt
    xs = [float(x) for x in re.findall(r'<use xlink:href="#[^"]+" x="([\d.]+)"', figure.svg)]
    assert len(xs) == 2
    assert xs[0] > xs[1]
    assert unescape(re.search(r"<desc[^>]*>(.*?)</desc>", figure.svg)[1]) == figure.alt


@pytest.mark.parametrize(
    ("one", "other", "ending"),
    [
        ((0.1, 0.05, 0.15), (0.2, 0.1, 0.3), "the conclusion stays."),
        ((0.1, 0.05, 0.15), (-0.2, -0.3, -0.1), "the conclusion changes."),
        ((0.1, 0.05, 0.15), (0.05, -0.01, 0.1), "the conclusion changes."),
        ((0.01, -0.05, 0.15), (-0.05, -0.1, 0.1), "the conclusion stays."),
    ],
)
def test_two_models_bear_one_conclusion_where_both_or_neither_show_a_difference_on_one_side(of, one, other, ending):
    results = {
        name: of("avg_comparisons", [effect("role", "leader - other", *ends)], model=fitted(), categories=HIGH)
        for name, ends in (("one", one), ("free", other))
    }
    view, sentences = side_by_side(results)
    assert text_of(sentences[0]).endswith(ending)
    assert view.id == "belonging_model_departure"
    assert view.rows[0].values[0] == pytest.approx(100 * one[0])
    assert view.rows[0].values[2] == pytest.approx(100 * other[0])


def test_a_partial_model_without_separate_effects_is_said_to_be_the_same(of):
    rows = [effect("role", "leader - other", 0.1, 0.05, 0.3)]
    same = {name: of("avg_comparisons", rows, model=fitted(), categories=HIGH) for name in ("one", "partial")}
    assert side_by_side(same)[1] == ["No predictor has an effect at each threshold here: it is the same model."]
    same["partial"].asked["model"].formula.nominal = ("role",)
    assert text_of(side_by_side(same)[1][0]).endswith("10.0 percentage points instead of 10.0; the conclusion stays.")


def test_raw_and_adjusted_stand_under_their_own_names(of):
    raw = of("compare_groups", [effect("role", "leader - other", 0.3, 0.2, 0.4)])
    adjusted = of("avg_comparisons", [effect("role", "leader - other", 0.1, 0.0, 0.2)], model=fitted(), categories=HIGH)
    view, sentences = side_by_side({"raw": raw, "adjusted": adjusted})
    assert [column.label for column in view.columns[::2]] == [
        "Unadjusted",
        "Adjusted",
    ]
    assert view.rows[0].values == (pytest.approx(30), "20.0–40.0", pytest.approx(10), "0.0–20.0")
    assert sentences == []


def test_with_one_predictor_nothing_is_called_adjusted_or_all_else_equal(of):
    rows = [effect("unit", "south - north", 0.1, 0.05, 0.15)]
    for variables, columns in ((("role", "unit"), 3), (("unit",), 2)):
        by_model = of("avg_comparisons", rows, model=fitted(variables=variables), categories=HIGH)
        results = {"raw": of("compare_groups", rows), "adjusted": by_model, "smoothed": by_model}
        labels = [column.label for column in side_by_side(results)[0].columns[::2]]
        assert len(labels) == columns
        assert labels[-1] == "Model-smoothed"
        assert ("Adjusted" in labels) is (columns == 3)
        for low in (0.05, -0.05):
            shown = of(
                "avg_comparisons", [rows[0] | {"conf_low": low}], model=fitted(variables=variables), categories=HIGH
            )
            for language, words in (("en", "all else equal"), ("nb", "alt annet likt")):
                (sentence,) = said(replace(shown, locale=Locale(language)))
                assert (words in sentence) is (columns == 3)
        tested = of(
            "term_tests",
            [{"term": "unit", "statistic": 9, "df": 2, "p_value": 0.01}],
            model=fitted(variables=variables),
        )
        (sentence,) = said(tested)
        assert sentence.startswith("“Unit” goes with the answers")
        assert ("all else equal" in sentence) is (columns == 3)


def test_what_the_model_smooths_is_said_where_it_is_beyond_two_standard_errors(of):
    sides = {"smoothed": 0.15, "adjusted": 0.1, "p_value": 0.01}
    moved = [effect("role", "leader - other", 0.05, 0.01, 0.09, statistic=s, **sides) for s in (2.5, 1.9)]
    one, other = (of("smoothing_test", [row], model=fitted(), categories=HIGH) for row in moved)
    assert said(one)[0].startswith(
        "Role – Leader, compared with Other: 15.0 percentage points by the model, and 10.0 by these"
    )
    other.rows.append(Line(effect("unit", "east - north", -0.08, -0.12, 0.04, statistic=-1.4, **sides)))
    assert said(other)[0].endswith(
        "more than chance would have it; the largest move is 8.0 percentage points, and moves of more than 12.0 are excluded."
    )
    (sentence,) = presenter_of("smoothing_test").sentences(other)
    assert '<a href="#table-belonging_model_smoothing--unit-east">12.0</a>' in str(sentence)
    assert table(one).rows[0].values == (pytest.approx(5), "1.0–9.0", 0.01)


def test_a_hidden_raw_difference_is_a_mark(of):
    nan = float("nan")
    raw = of("compare_groups", [effect("role", "leader - other", nan, nan, nan)])
    adjusted = of("avg_comparisons", [effect("role", "leader - other", 0.1, 0.0, 0.2)], model=fitted(), categories=HIGH)
    view, _ = side_by_side({"raw": raw, "adjusted": adjusted})
    assert view.rows[0].values[:2] == (HIDDEN, HIDDEN)
    assert any("“:”" in note for note in view.notes)


@pytest.mark.parametrize(
    ("p_values", "verdict", "smallest"),
    [
        ([0.3, 0.04], "No departure from proportional odds is shown", "0.040"),
        ([0.3, 0.02], "does not hold for “Unit”", "0.020"),
    ],
)
def test_proportional_odds_is_judged_at_a_level_divided_by_the_number_of_terms(of, p_values, verdict, smallest):
    rows = [
        {"term": t, "statistic": 1.0, "df": 1, "p_value": p} for t, p in zip(("role", "unit"), p_values, strict=True)
    ]
    (sentence,) = said(of("nominal_test", rows, model=fitted()))
    assert verdict in sentence
    assert f"p = {smallest}" in sentence
    untested = {"term": "grade", "statistic": float("nan"), "df": 1, "p_value": float("nan")}
    assert said(of("nominal_test", [*rows, untested], model=fitted()))[1] == "Not tested: “grade”."


def test_the_size_of_a_departure_from_proportional_odds_stands_beside_its_test():
    housing = load_release(load_study("copenhagen-housing"))
    fit = fit_clm("satisfaction ~ influence + type", housing)
    moves = smoothing_test(fit, ["influence", "type"], categories=housing.study.high("satisfaction"))
    most = moves.loc[moves["estimate"].abs().idxmax()]
    reach = moves[["conf_low", "conf_high"]].abs().to_numpy().max()
    tested, size = said(result_of(nominal_test(fit), housing.study, EN))
    assert tested.startswith("No departure from proportional odds is shown; the smallest p-value of a predictor: p = ")
    assert unescape(size).startswith(
        "In the differences by “Influence on management” and “Type of housing” in the share who answer “High”, the largest departure is "
    )
    assert (
        f" {100 * abs(most['estimate']):.1f} percentage points (Type of housing – Atrium house, compared with Tower"
        in size
    )
    assert size.endswith(f"departures of more than {100 * reach:.1f} are excluded.")


def test_units_stand_on_their_side_of_the_average(of):
    rows = [
        {"group": g, "estimate": e, "conf_low": e - 0.05, "conf_high": e + 0.05, "p_value": 0.01, "p_adjusted": p}
        for g, e, p in (("north", 0.1, 0.01), ("south", -0.2, 0.001), ("east", 0.3, 0.2))
    ]
    rows[1]["conf_low"] = -0.6  # of one that is shown to differ
    above, below, rest = said(of("unit_deviations", rows, model=fitted(), unit="unit", categories=HIGH))
    assert above.startswith("Above")
    assert "(10.0)" in above
    assert below.startswith("Below")
    assert "(20.0)" in below
    assert "East" not in above + below
    assert rest == (
        "No other unit is shown to differ from the average one; differences of more than 35.0 percentage points are excluded."
    )
    (alike,) = said(of("unit_deviations", rows[2:], model=fitted(), unit="unit", categories=HIGH))
    assert alike.startswith("No unit is shown to differ from the average one once all are tested together")
    assert alike.endswith("differences of more than 35.0 percentage points are excluded.")


@pytest.mark.parametrize(
    ("boundary", "p", "sentences"),
    [
        (
            False,
            0.01,
            ["Answers differ by unit more than chance would have it (p = 0.010).", "5.0% of the latent variance goes"],
        ),
        (
            False,
            0.2,
            [
                "It is not shown that answers differ by unit more than chance would have it (p = 0.200).",
                "5.0% of the latent variance goes with unit. Between two people alike but for their unit, the odds",
                "That they are typically more than 1.61 times those is excluded.",
            ],
        ),
        (
            True,
            1.0,
            [
                "The variance by unit is estimated as zero: no difference is shown.",
                "That they are typically more than 1.61 times",
            ],
        ),
    ],
)
def test_how_far_answers_may_differ_by_unit_is_said_where_it_is_not_shown(of, boundary, p, sentences):
    test = pd.DataFrame({"statistic": [1.0], "p_value": [p]})
    mixed = fitted(
        group="unit", group_sd=0.3, icc=0.05, median_odds_ratio=1.33, boundary=boundary, lr_test=lambda: test,
        group_sd_interval=lambda: (0.0, 0.5),
    )  # fmt: skip
    result = of("fit_clmm", [], model=mixed)
    found = said(result)
    assert len(found) == len(sentences)
    assert all(one.startswith(start) for one, start in zip(found, sentences, strict=True))
    assert {row.key: row.values[0] for row in table(result).rows}["mor_high"] == "1.61"  # exp(sqrt(2) 0.5 0.6745)


def lacking(term, group, category, share, n, p=float("nan")):
    return {"term": term, "group": group, "category": category, "estimate": share, "p_value": p, "n": n}


@pytest.mark.parametrize(
    ("p", "verdict"),
    [
        (0.2, "It is not shown that a missing answer goes with “Role” and “Unit” (the smallest p-value: p = 0.200)."),
        (0.03, "It is not shown that a missing answer goes with “Role” and “Unit” (the smallest p-value: p = 0.030)."),
        (0.02, "A missing answer goes with “Role” (the smallest p-value: p = 0.020)."),
    ],
)
def test_who_is_not_in_a_model_is_said_and_whether_they_are_like_the_others(of, p, verdict):
    rows = [
        lacking("any", None, "any", 0.1, 200),
        lacking("any", None, "belonging", 0.08, 200),
        lacking("any", None, "role", 0.02, 200),
        lacking("any", None, "unit", 0, 200),
        *(lacking("role", level, "any", share, 100, p) for level, share in (("leader", 0.12), ("other", 0.06))),
        lacking("unit", "north", "belonging", 0.15, 100, 0.4),
        lacking("unit", "south", "belonging", float("nan"), 90, 0.4),
    ]
    result = of("incomplete_answers", rows, model=fitted())
    first, second, *limit = said(result)
    assert limit == ["With 2 tests, p has to be below 0.025 for a difference to be shown."] * (p == 0.03)
    assert first == (
        "20 of the 200 who answered (10.0%) are not in the model: they have no answer, or no opinion, on “Belonging” (8.0%) and “Role” (2.0%)."
    )
    assert second == f"{verdict} In no group do more than 15.0% lack one."
    found = {row.key: row for row in table(result).rows}
    assert found["total"].values == (200, 20, 0.1, None)
    assert found["role--leader"].values == (100, 12, 0.12, None)
    assert found["unit--south"].values == (90, HIDDEN, HIDDEN, None)
    assert found["unit--north"].section == "Unit (without an answer to “Belonging”)"
    assert found["role"].values[-1] == p


@pytest.mark.parametrize(
    ("share", "sentence"),
    [
        (0, "Nobody is left out of the model for want of an answer."),
        (float("nan"), "How many are not in the model for want of an answer is withheld."),
    ],
)
def test_where_nobody_is_left_out_or_it_is_withheld_one_sentence_says_so(of, share, sentence):
    rows = [lacking("any", None, "any", share, 200), lacking("any", None, "belonging", share, 200)]
    assert said(of("incomplete_answers", rows, model=fitted())) == [sentence]


@pytest.mark.parametrize(
    ("estimate", "low", "high", "words"),
    [
        (-0.01, -0.05, 0.03, "are not shown to differ in the share who belong (−1.0 percentage points, −5.0 to 3.0)."),
        (-0.1, -0.15, -0.05, "Fewer of those who answered late belong: 10.0 percentage points (5.0–15.0)."),
        (0.1, 0.05, 0.15, "More of those who answered late belong: 10.0 percentage points (5.0–15.0)."),
    ],
)
def test_late_answers_are_said_on_their_side(of, study, estimate, low, high, words):
    headline = next(one for one in study.headlines if one.item == "belonging")
    row = effect(
        "belonging", "", estimate, low, high, group="late - early", category=" + ".join(headline.categories), n=90
    )
    (sentence,) = said(of("early_and_late", [row], item=[headline]))
    assert sentence.endswith(words)


def test_odds_are_said_from_the_reference(of):
    row = {
        "term": "role[T.leader]",
        "group": "location",
        "estimate": 2.5,
        "conf_low": 1.5,
        "conf_high": 4.0,
        "p_value": 0.001,
    }
    odds = of("tidy", [row], model=fitted(), exponentiate=True)
    (sentence,) = said(odds)
    assert "2.50 times as high in the group “Leader” as in the group “Other”" in sentence
    (none,) = said(of("tidy", [row | {"p_value": 0.2}], model=fitted(), exponentiate=True))
    assert none.startswith("No difference between the answers in the group “Leader” and in the group “Other”")


BOTH = ("role", "unit", "role:unit")


@pytest.mark.parametrize(
    ("p", "verdict"),
    [
        (0.001, "How answers differ by “Role” depends on “Unit” (p = 0.001)."),
        (0.2, "It is not shown that how answers differ by"),
    ],
)
def test_an_interaction_is_said_of_both_predictors(of, p, verdict):
    row = {"term": "role:unit", "statistic": 5.0, "df": 2, "p_value": p}
    tests = of("term_tests", [row], model=fitted(BOTH))
    assert equation_latex(tests).endswith(r"\beta_{\text{Unit}(i)} + \beta_{\text{Role × Unit}(i)} \right)")
    (sentence,) = said(tests)
    assert sentence.startswith(verdict)
    assert table(tests).rows[0].label == "Role × Unit"


def test_the_odds_of_a_predictor_in_an_interaction_are_those_at_one_level_and_not_said(of):
    row = {"group": "location", "estimate": 2.5, "conf_low": 1.5, "conf_high": 4.0, "p_value": 0.001}
    terms = ("role[T.leader]", "role[T.leader]:unit[T.east]")
    odds = of("tidy", [row | {"term": term} for term in terms], model=fitted(BOTH), exponentiate=True)
    assert said(odds) == []
    assert [(row.section, row.label) for row in table(odds).rows] == [
        ("Role (compared with Other)", "Leader"),
        ("Role × Unit", "Leader × East"),
    ]


def test_effects_within_groups_are_shown_group_by_group(of):
    rows = [
        effect("role", "leader - other", e, e - 0.1, e + 0.1, group=unit)
        for unit, e in (("north", 0.2), ("east", -0.3))
    ]
    (figure,) = views(of("avg_comparisons", rows, model=fitted(BOTH), categories=HIGH, by="unit"))
    assert re.search("Role – North.*, Leader, compared with Other: 20.0 .10.0–30.0.", figure.alt)
    assert "Role – East, Leader, compared with Other: −30.0" in figure.alt
    assert figure.id == "belonging_model_differences_by_unit"


def test_how_much_effects_differ_between_groups_stands_in_a_table(of):
    row = effect("role", "leader - other", -0.25, -0.4, -0.1, p_value=0.001)
    rows = [row | {"group": group} for group in ("north", "east", "east - north")]
    figure, folded = views(of("avg_comparisons", rows, model=fitted(BOTH), categories=HIGH, by="unit", between=True))
    assert figure.alt.count("Leader") == 2
    (line,) = folded.rows
    assert line.label.startswith("East, compared with North")
    assert line.values[0] == -25.0
    assert folded.id == "belonging_model_between_unit"


def test_brant_s_rows_are_named_by_variable_and_level(of):
    rows = [{"term": t, "statistic": 1.0, "df": 1, "p_value": 0.5} for t in ("Omnibus", "role", "role[T.leader]")]
    labels = [row.label for row in table(of("brant_test", rows, model=fitted())).rows]
    assert labels == ["All together", "Role", "Role – Leader"]


def test_effects_under_another_link_are_called_no_odds(of):
    row = {"term": "role[T.leader]", "group": "location", "estimate": 0.5, "std_error": 0.1, "statistic": 5.0}
    probit = fitted(link="probit")
    effects = of("tidy", [row | {"conf_low": 0.3, "conf_high": 0.7, "p_value": 0.001}], model=probit)
    assert table(effects).columns[0].label == "Estimate"
    assert r"\text{probit}" in equation_latex(effects)
    odds = of("tidy", [row], model=probit, exponentiate=True)
    for show in (said, views):
        with pytest.raises(EstimationError, match="odds ratios belong to the logit link"):
            show(odds)


def test_groups_crossed_are_a_table_and_nothing_said(release):
    crossed = result_of(release.table("belonging", ["unit", "role"]), release.study, EN)
    assert [type(view) for view in views(crossed)] == [TableView]
    assert said(crossed) == []


def test_a_release_has_the_rates_that_count_partial_answers(release):
    rates = result_of(response_rates(release), release.study, EN)
    assert [row.key for row in table(rates).rows] == ["RR2"]


def test_a_question_that_is_published_by_no_group_is_compared_with_missing_figures(release):
    compared = compare_groups(release, Question("questions", "measures"), release.study.groups)
    assert compared["estimate"].isna().all()


@pytest.mark.parametrize(
    ("others", "ending"),
    [
        ([(0.1, 0.05, 0.2), (0.3, 0.2, 0.4)], "the conclusion is the same under every choice."),
        ([(0.1, 0.05, 0.2), (0.05, -0.1, 0.2)], "the conclusion hangs on the choice."),
        ([(0.1, 0.05, 0.2), (-0.2, -0.3, -0.1)], "the conclusion hangs on the choice."),
    ],
)
def test_a_conclusion_hangs_on_a_choice_where_another_one_does_not_bear_it(of, others, ending):
    names = ("main", "link:probit")
    rows = [effect("role", "leader - other", *ends, variant=name) for ends, name in zip(others, names, strict=True)]
    (sentence,) = said(of("sensitivity", rows, model=fitted(), categories=HIGH))
    low, high = sorted(100 * ends[0] for ends in others)
    assert sentence.endswith(ending)
    assert f"from {EN.number(low, 1)} to {EN.number(high, 1)} percentage points" in sentence


def test_programs_agree_to_three_decimals_or_not(of):
    rows = [{"term": "role[T.leader]", "estimate": 1.0, "peer_estimate": 1.0004}]
    assert "agree to three decimals" in said(of("agreement", rows, model=fitted()))[0]
    rows[0]["peer_estimate"] = 1.002
    assert "do not agree" in said(of("agreement", rows, model=fitted()))[0]


# Survey pages, from the small release.


@pytest.fixture
def shown(release, study):
    return lambda what: result_of(what, study, EN)


def test_a_dot_plot_holds_groups_against_everyone_and_leaves_out_the_hidden(shown, release, study):
    result = shown(proportions(release, question(study, "belonging"), ("unit",), categories="high"))
    figure = next(view for view in views(result) if isinstance(view, FigureView))
    counts = release.table("belonging")
    everyone = sum(counts.count({"belonging": code}) for code in HIGH) / counts.count()
    assert figure.alt.startswith(f"All: {EN.percent(everyone)} (")
    assert "East" not in figure.alt
    assert any("Groups that are not shown are left out." in line for line in figure.caption)


def question(study, item):
    return next(found for found in study.questions if found.item == item)


def test_shares_by_group_are_said_from_the_smallest_to_the_largest(of, study):
    def row(group, estimate):
        return {"by": "unit", "term": "goals_a", "group": group, "category": "some + great", "estimate": estimate,
                "conf_low": estimate - 0.1, "conf_high": estimate + 0.1, "n": 50}  # fmt: skip

    def said(first, second):
        rows = [row("north", first), row("east", second)]
        result = of("proportions", rows, item=question(study, "goals"), by=study.groups, categories="high")
        return [text_of(sentence) for sentence in survey.of_shares(result).sentences(result)]

    (sentence,) = said(0.62, 0.35)
    assert sentence.startswith("By unit, the share who answer “Some” or “A lot” to “Goal A” goes from")
    assert sentence.endswith("from 35% to 62%.")
    assert not said(0.42, 0.35)  # no more than chance may do


def test_a_group_is_said_to_answer_higher_only_where_its_adjusted_test_says_so(of, study):
    def row(group, estimate, p):
        return {"by": "role", "term": "belonging", "group": group, "category": "superiority", "contrast": f"{group} vs others",
                "estimate": estimate, "conf_low": 0.1, "conf_high": 0.9, "p_value": p, "n": 50}  # fmt: skip

    rows = [row("leader", 0.62, 0.01), row("other", 0.4, 0.2)]
    sentences = said(of("compare_groups", rows, item="belonging", by=study.groups))
    assert sentences[0] == "Answers are higher in the group “Leader” than in the rest (probability 0.62)."
    assert not any("Other" in one for one in sentences)
    alike = [
        row("north", 0.55, 0.2) | {"by": "unit"},
        row("south", 0.45, 0.2) | {"by": "unit", "conf_low": 0.2, "conf_high": 0.7},
    ]
    (sentence,) = said(of("compare_groups", alike, item="belonging", by=study.groups))
    assert sentence == (
        "No unit is shown to differ from the rest; probabilities of a higher answer below 0.10 or above 0.90 are excluded."
    )
    lower = said(of("compare_groups", [row("leader", 0.38, 0.01)], item="belonging", by=study.groups))
    assert lower[0].startswith("Answers are lower in the group “Leader”")


def test_the_page_of_the_figures_says_once_that_differences_have_no_finite_population_correction(shown, release, study):
    figures = shown(proportions(release, study.headlines))
    words = "Differences between groups and their tests have no finite population correction"
    assert headlines_html(figures).count(words) == 1
    assert words not in headlines_html(figures, page="02_descriptives.html")
    corrected = study.plan.model_copy(update={"design": Design(fpc="population")})
    assert words not in headlines_html(replace(figures, study=replace(study, plan=corrected)))


def test_bounds_say_what_it_takes(shown, release, study):
    bounds = nonresponse_bounds(release, study.headlines)
    sentences = said(shown(bounds))
    rows = bounds.to_dict("records")
    for sentence, row, headline in zip(sentences, rows, study.headlines, strict=True):
        word = "more" if headline.above is not None else "less"
        assert f"{word} than {EN.percent(headline.above or headline.below)}" in sentence
        if "as long as" in sentence:
            assert f"{word} than {EN.percent(row['turning_share'])} of those who did not answer" in sentence


def test_response_by_unit_adds_up_to_everyone(shown, release, study):
    view = table(shown(response_rates(release, by="unit")))
    *groups, everyone = view.rows
    assert everyone.total
    assert everyone.values[0] == release.response().count() == sum(row.values[0] for row in groups)
    assert everyone.values[1] == study.base
    assert everyone.values[2] == pytest.approx(everyone.values[0] / study.base)


def test_the_largest_gap_is_said_with_its_side(shown, release, study):
    result = shown(compare_groups(release, "responded", "unit"))
    gaps = {row["group"]: row["estimate"] for row in result.rows if row["category"] == "gap"}
    group = max(gaps, key=lambda name: abs(gaps[name]))
    sentence = text_of(next(iter(response.balance_sentences(result))))
    assert escape(Labels(study, EN).level("unit", group), quote=False) in sentence
    assert ("more of the answers" if gaps[group] > 0 else "less of the answers") in sentence
    assert EN.number(abs(100 * gaps[group]), 1) in sentence


def test_a_predictor_by_itself_is_not_said_to_count_with_others(of, shown, release):
    both = said(of("fit_clm", [], model=fitted(categories=["none", "great"]), item="belonging"))
    assert "They are modelled on “Role” and “Unit”, all together, so that each counts with the others equal." in both
    alone = said(shown(fit_clm("belonging ~ role + unit", release)))
    assert "They are modelled on “Unit” alone." in alone
    assert "Withheld as a whole: “Role”." in alone
    assert not any("Some levels are withheld" in one for one in alone)  # what is withheld as a whole has no levels


def test_how_well_a_model_fits_is_said_where_its_counts_are_known(of):
    housing = load_release(load_study("copenhagen-housing"))
    known = result_of(fit_clm("satisfaction ~ influence + type", housing), housing.study, EN)
    (last,) = [one for one in said(known) if "pseudo R²" in one]
    values = {row.key: row.values[0] for row in table(known).rows}
    last = unescape(last)
    assert last.startswith(f"McFadden's pseudo R² is {values['mcfadden']}. Of two people who answered differently")
    assert f"of the one who gave it {values['concordance']} of the time" in last
    completed = of("fit_clm", [], model=fitted(categories=["none", "great"]), item="belonging")
    assert not any("pseudo R²" in one for one in said(completed))
    assert any("no finite population correction" in one for one in said(completed))
    completed.source.design["fpc"] = "population"
    assert not any("no finite population correction" in one for one in said(completed))
    aside = "“All else equal” is with these equal, and not with “Contact with other residents”."
    assert aside in said(known)
    everything = result_of(fit_clm("satisfaction ~ influence + type + contact", housing), housing.study, EN)
    assert not any("and not with" in one for one in said(everything))


def test_models_are_compared_by_what_each_has_more(shown, release):
    models = fit_clm("belonging ~ unit", release), fit_clm("belonging ~ unit", release, nominal=["unit"])
    compared = anova(*models)
    (row,) = table(shown(compared)).rows
    assert row.label == "Unit"
    assert row.values == tuple(compared[["statistic", "df", "p_value"]].iloc[0])
    assert row.values[0] == pytest.approx(2 * (models[1].llf - models[0].llf))


def test_what_cannot_be_shown_is_told_what_can(shown, release):
    with pytest.raises(UsageError, match=r"got: multiple_response[\s\S]*hint: a crossing: show\(release.table"):
        presenter_of(shown(multiple_response(release, "measures")).kind)


def test_a_cross_table_is_shown_as_the_released_table_that_it_is_of(shown, release):
    view = table(shown(crosstab(release, "belonging", "unit")))
    assert view.id == "belonging_by_unit"


def test_a_column_that_looks_like_weights_is_said_to_weight_nothing(of):
    rows = [{"column": "Weight", "values": 90}, {"column": "Comment", "values": 3}]
    (sentence,) = [text_of(one) for one in response.unread_sentences(of("unread", rows))]
    assert sentence == "The column “Weight” looks like weights, and no figure is weighted by it."


@pytest.mark.parametrize(("alpha", "said"), [(0.7, "go together well enough"), (0.69, "hardly measure one thing")])
def test_an_alpha_is_said_with_what_it_means(of, alpha, said):
    (sentence,) = presenter_of("reliability").sentences(
        of("reliability", [{"term": "alpha", "estimate": alpha}], item="goals")
    )
    assert said in str(sentence)


@pytest.mark.parametrize(
    ("sign", "low", "title"),
    [
        (1, 0.05, "Belonging: the largest difference is by unit: “=SUM(A1) & South”"),
        (-1, 0.05, "Belonging: the largest difference is by unit: “=SUM(A1) & South”"),
        (1, -0.05, "Belonging: average differences"),
    ],
)
def test_the_figure_of_differences_names_the_largest_that_is_shown(of, sign, low, title):
    low, high = sorted((sign * low, sign * 0.45))
    rows = [
        effect("role", "leader - other", 0.1, 0.05, 0.15),
        effect("unit", "south - north", sign * 0.25, low, high),
    ]
    (figure,) = [
        v for v in views(of("avg_comparisons", rows, model=fitted(), categories=HIGH)) if isinstance(v, FigureView)
    ]
    assert figure.title == title


def test_more_than_three_answers_in_a_row_are_named_by_their_ends(study):
    labels = Labels(study, Locale("en"))
    codes = study.codebook.variable("belonging").scale.codes
    assert labels.quoted("belonging", codes[:1]) == "“Not at all”"
    assert labels.quoted("belonging", codes[:3]) == "“Not at all”, “A little” or “Neither”"
    assert labels.quoted("belonging", codes[:4]) == "from “Not at all” to “Some”"
    assert labels.quoted("belonging", (*codes[:3], codes[4])).endswith("or “A lot”")


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("belonging", "the lowest answer counts 1, the next 2"),
        ("satisfaction", "the answers count from 0.0 to 10.0"),
        ("age", "each band counts as its middle, from 23.5 to 67.0"),
    ],
)
def test_a_mean_is_said_with_what_the_answers_count_for(item, said):
    employees = load_study("state-employees-2024")
    by = employees.groups[0]
    group = employees.codebook.variable(by).scale.codes[0]
    frame = pd.DataFrame(
        [
            {
                "term": item,
                "group": group,
                "category": "mean",
                "estimate": 3.0,
                "conf_low": 2.0,
                "conf_high": 4.0,
                "n": 50,
            }
        ]
    )
    source = SimpleNamespace(released=True, tables={}, study=employees, design={})
    (view,) = presenter_of("means").parts(Result("means", frame, source, {"item": item, "by": by}, employees, EN))
    assert said in " ".join(view.notes)


def test_shares_of_answers_and_frame_are_shown_of_all_groups_or_of_none(of):
    gaps = [
        {
            "term": "responded",
            "category": "gap",
            "group": group,
            "estimate": 0.01,
            "share_of_answers": share,
            "share_of_frame": 0.3,
        }
        for group, share in (("north", 0.31), ("south", 0.31), ("east", 0.31))
    ]
    whole = [
        {"term": "responded", "category": kind, "estimate": 0.02, "statistic": 1.0, "df": 2, "p_value": 0.6}
        for kind in ("dissimilarity", "chi_square")
    ]
    assert [
        row.values[2] for row in table(of("balance", [*gaps, *whole], by="unit", item="responded")).rows
    ] == pytest.approx([1, 1, 1, 2])
    hidden = [gap | {"estimate": float("nan")} for gap in gaps[:1]]
    assert not list(
        presenter_of("balance").parts(of("balance", [*hidden, *gaps[1:], *whole], by="unit", item="responded"))
    )


def test_tables_of_tests_are_called_by_what_was_tested(of):
    row = {"term": "role", "statistic": 4.0, "df": 1, "p_value": 0.04}
    view = table(of("term_tests", [row], model=fitted()))
    assert (view.title, view.stub) == ("Belonging: each predictor left out in turn", "Predictor")
    assert [(one.label, one.values) for one in view.rows] == [("Role", (4.0, 1.0, 0.04))]
    nested = table(of("anova", [row | {"term": "belonging ~ role + unit"}], model=fitted()))
    assert (nested.title, nested.stub) == ("Belonging: models compared", "Predictors")
    assert nested.rows[0].label == "Role and Unit"


@pytest.mark.parametrize(("p", "shown_"), [(0.01, True), (0.2, False)])
def test_how_far_units_are_apart_is_said_in_odds(of, p, shown_):
    model = fitted(group_sd=0.3, boundary=False, icc=0.0266, median_odds_ratio=1.3313)
    model.lr_test = lambda: pd.DataFrame([{"p_value": p}])
    model.group_sd_interval = lambda: (0.1, 0.5)
    said = " ".join(map(text_of, presenter_of("fit_clmm").sentences(of("fit_clmm", [], model=model))))
    assert ("It is not shown that answers differ" in said) is not shown_
    assert "2.7% of the latent variance" in said.replace("\N{NO-BREAK SPACE}", " ")
    assert "typically 1.33 times those" in said
    assert ("typically more than 1.61 times those is excluded" in said) is not shown_


@pytest.mark.parametrize(("said", "number"), [("know of it", 1), ("Do you know of it?: yes", 0)])
def test_the_largest_and_the_smallest_figure_are_named_where_they_have_names(monkeypatch, said, number):
    rows = [
        SimpleNamespace(key=key, said=what, row=SimpleNamespace(known=lambda: True, estimate=share))
        for key, what, share in (("a", said, 0.4), ("b", "belong to it", 0.7))
    ]
    monkeypatch.setattr(headlines, "headline_rows", lambda _: rows)
    result = SimpleNamespace(text=lambda text, **parts: text.format(**parts), percent=lambda share, *_: f"{share:.0%}")
    found = [f"The largest share, 70%, belong to it; the smallest, 40%, {said}."] * number
    assert list(headlines.headline_sentences(result)) == found
