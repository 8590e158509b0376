"""Who answered and what was answered: worked out from released counts, and left out where a study lacks what it takes."""

import re
from dataclasses import replace
from html import unescape

import pandas as pd
import pytest
from evalkit.report.survey import SurveyPage
from evalkit.report.survey.comparisons import compared, comparison_view, counts_of
from evalkit.report.survey.headlines import arrival_view, intervals_view, sensitivity_view
from evalkit.report.survey.readings import disputed, readings_view, side_by_side
from evalkit.report.survey.representation import balance, completed, indicator
from evalkit.report.survey.response import arrivals, response_said
from evalkit.report.weighted import weighted_share

from evalkit.estimate import balance_from_counts, compare_groups, means_from_counts, r_indicator_from_counts
from evalkit.i18n import Locale
from evalkit.release.store import Release
from evalkit.report import Page
from evalkit.report.distributions import Answers

EN = Locale("en")


@pytest.fixture
def survey_page(release):
    return SurveyPage(Page(release, "en"))


def rows_of(view):
    return {row.key: row.values for row in view.rows}


def test_balance_is_that_of_the_released_counts(release, study):
    view, said = balance(release.response("unit"), study, EN)
    counts = [release.response("unit").count({"unit": unit}) for unit in ("north", "south", "east")]
    expected = balance_from_counts(counts, [1000, 1500, 1500], ["north", "south", "east"]).set_index("term")
    assert rows_of(view)["dissimilarity"][-1] == pytest.approx(100 * expected.loc["dissimilarity", "estimate"])
    assert any("2 degrees of freedom" in note for note in view.notes)
    assert "frame is synthetic" in " ".join(view.notes)
    assert len(said) == 2


def test_the_indicator_takes_released_counts_alone(release):
    cells = completed(release, ("unit",))
    expected = r_indicator_from_counts(cells, "unit").set_index("term").loc["R", "estimate"]
    assert rows_of(indicator(release, EN)[0])["R"][0] == pytest.approx(expected)


def test_a_group_that_is_hidden_is_not_compared(release, study):
    answers = Answers(release.table("belonging", "unit"), study, EN)
    counts = counts_of(answers, "belonging")
    assert list(counts.index) == ["north", "south"]
    view, _ = comparison_view(release, "belonging", "unit", EN)
    assert list(rows_of(view)) == ["north", "south"]


def test_a_comparison_is_the_estimators(release, study):
    answers = Answers(release.table("goals", "unit"), study, EN)
    counts = counts_of(answers, "goals_a")
    people = counts.rename_axis("unit").reset_index().melt("unit", var_name="goals_a", value_name="count")
    people["goals_a"] = pd.Categorical(people["goals_a"], list(counts.columns), ordered=True)
    people["unit"] = pd.Categorical(people["unit"], list(counts.index))
    expected = compare_groups(people.astype({"count": float}), "goals_a", "unit")
    pd.testing.assert_frame_equal(compared(counts, "goals_a", "unit"), expected)
    view, _ = comparison_view(release, "goals", "unit", EN)
    values = rows_of(view)["goals_a--south"]
    mean = means_from_counts(counts, [1, 2, 3, 4, 5])["estimate"].iloc[list(counts.index).index("south")]
    superior = expected[(expected["group"] == "south") & (expected["category"] == "superiority")].iloc[0]
    assert values[1] == pytest.approx(mean)
    assert (values[5], values[8]) == (pytest.approx(superior["estimate"]), pytest.approx(superior["p_value"]))


def test_groups_keep_the_codebooks_order(release):
    view, _ = comparison_view(release, "goals", "unit", EN)
    assert [row.key for row in view.rows if row.section == "Goal A"] == [
        f"goals_a--{u}" for u in ("north", "south", "east")
    ]


def test_units_are_not_ranked_in_sentences(release):
    said = Page(release, "en").reading("goals", "unit").html
    assert "From" in said
    assert not re.search(r"North|South|East", said)


def test_a_headline_is_of_everyone_who_answered(release):
    table = release.table("belonging")
    count, base = sum(table.count({"belonging": code}) for code in ("some", "great")), table.count()
    for view in (intervals_view(release, EN), sensitivity_view(release, EN)[0]):
        assert rows_of(view)["headline-1"][0] == pytest.approx(count / base)
    low, high, wide_low, wide_high = rows_of(intervals_view(release, EN))["headline-1"][1:5]
    assert wide_low < low < count / base < high < wide_high


def test_the_worst_cases_hold_the_share(release, study):
    table = release.table("belonging")
    count = sum(table.count({"belonging": code}) for code in ("some", "great"))
    low, high = rows_of(sensitivity_view(release, EN)[0])["headline-1"][1:3]
    assert low == pytest.approx(count / study.base)
    assert high == pytest.approx((count + study.base - table.count()) / study.base)


def test_early_and_late_are_left_out_where_they_are_not_published(release):
    assert arrival_view(release, EN) is None


def test_a_reading_counts_merged_answers_together(release):
    (variable, *_) = disputed(release)
    values = rows_of(readings_view(release, variable, EN))
    merged = values["printed--neither"][0] + values["printed--some"][0]
    assert values["merged--some"][0] == pytest.approx(merged)


def test_readings_stand_side_by_side_with_what_the_upper_part_holds(release):
    (variable, *_) = disputed(release)
    view, said = side_by_side(release, variable, EN)
    values = rows_of(view)
    printed, merged = [column.key for column in view.columns].index("as_printed"), 1
    some, great, neither = (values[code][printed] for code in ("some", "great", "neither"))
    assert values["upper"][printed] == pytest.approx(some + great)
    assert values["upper"][merged] == pytest.approx(neither + some + great)
    assert values["neither"][merged] is None
    assert values["neither--some"][printed] is None
    assert 'href="#' + view.row_anchor("upper") in str(said[0])


def test_arrivals_say_what_stood_at_each_reminder(release, study):
    view, said = arrivals(release.response("submitted_on"), study, EN)
    before = [row for row in view.rows if row.key < "2024-03-08"]
    assert EN.percent(before[-1].values[1]) in str(said[0])
    assert len(said) == 2
    assert all(f'href="#{view.row_anchor(key)}"' in str(said) for key in (before[-1].key, view.rows[-1].key))


def test_units_are_not_named_for_their_response(release, study):
    (said,) = response_said(release.response("unit"), study, EN)
    labels = [study.codebook.variable("unit").category_label(unit, "en") for unit in ("north", "south", "east")]
    assert str(said).count("<a ") == 2
    assert not any(label in said.striptags() for label in labels)


def test_weights_need_every_unit(release):
    assert weighted_share(release, "belonging", ["great"]) is None
    table = release.table("goals_a", "unit")
    sizes = {"north": 1000, "south": 1500, "east": 1500}
    shares = {u: table.count({"unit": u, "goals_a": "great"}) / table.count({"unit": u}) for u in sizes}
    assert weighted_share(release, "goals_a", ["great"]) == pytest.approx(
        sum(n * shares[u] for u, n in sizes.items()) / 4000
    )


@pytest.mark.parametrize("part", ["response", "balance", "evenness", "headlines", "readings", "sensitivity", "missing"])
def test_what_a_study_lacks_is_left_out_with_a_sentence(release, study, part):
    plan = study.plan.model_copy(
        update={"frame": None, "unit": None, "headlines": (), "invited": None, "base": None, "groups": ()}
    )
    bare = Release(replace(study, plan=plan), release.tables, [])
    shown = getattr(SurveyPage(Page(bare, "en")), part)()
    assert all(unescape(one.html).strip() for one in shown)


def test_every_number_leads_to_its_row(survey_page):
    html = "".join(one.html for one in (*survey_page.balance(), *survey_page.sensitivity(), *survey_page.missing()))
    links = re.findall(r'href="#([^"]+)"', html)
    assert links
    assert all(f'id="{link}"' in html for link in links)
