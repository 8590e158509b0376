"""One unit's page: its numbers are those of its people, and what is said has their direction."""

import re

import numpy as np
import pytest

from evalkit import compare_groups, fit_clm, proportions, response_rates, unit_deviations
from evalkit.i18n import Locale
from evalkit.release.store import Release
from evalkit.report.present import presenter_of, result_of
from evalkit.report.views import HIDDEN, TableView

from ..small_study import released, respondents, responses_of

HIGH = ("some", "great")
ANSWERED = ("none", "little", "neither", *HIGH)


def release_of(study, people, hide=None):
    tables = [
        released(people, "unit", ["unit"], "unit"),
        released(people, "belonging", ["belonging"], "belonging"),
        released(people, "belonging_by_unit", ["unit", "belonging"], "belonging", hide=hide),
        released(people, "belonging_by_unit_role", ["unit", "role", "belonging"], "belonging"),
        released(people, "response", [], ""),
        released(people, "response_by_unit", ["unit"], "", hide=hide),
    ]
    made = Release(study, {table.id: table for table in tables}, [])
    made.__dict__["_responses"] = responses_of(study, people)
    return made


def people_of(study, north):
    """Return respondents of whom those of the north answer as told, half of each."""
    people = respondents()
    inside = np.flatnonzero(people["unit"] == "north")
    people.loc[inside, "belonging"] = np.resize(north, len(inside))
    return people


def shown(what, unit="north"):
    """Return the table (None where there is none) and the sentences of one unit."""
    result = result_of(what.query("group == @unit"), what.origin.source.study, Locale("en"))
    presenter = presenter_of("unit")
    tables = [part for part in presenter.parts(result) if isinstance(part, TableView)]
    sentences = [re.sub(r"<[^>]+>", "", str(one)) for one in presenter.sentences(result)]
    return (tables[0] if tables else None), [one.replace("\N{NO-BREAK SPACE}", " ") for one in sentences]


def share(people):
    return people["belonging"].isin(HIGH).mean()


def test_how_many_answered_here_and_in_all(study):
    people = respondents()
    here, size = int((people["unit"] == "north").sum()), len(people)
    _, said = shown(response_rates(release_of(study, people), by="unit"))
    assert said == [
        f"{here} of 1,000 answered here: {100 * here / 1000:.0f}%.",
        f"In all, {size} of 4,000 answered: {100 * size / 4000:.0f}%.",
    ]


def test_how_many_answered_is_withheld_where_it_is_hidden(study):
    _, (first, *_) = shown(response_rates(release_of(study, respondents(), hide="east"), by="unit"), "east")
    assert first == "How many answered here is withheld."


def test_shares_stand_beside_everyones(study):
    people = respondents()
    made = release_of(study, people, hide="east")
    table, said = shown(proportions(made, study.questions, by="unit", categories="high"))
    (row,) = table.rows
    north = people[people["unit"] == "north"]
    percent, low, high, everyone, n = row.values
    assert (percent, everyone, n) == pytest.approx((share(north), share(people), len(north)))
    assert low < percent < high
    assert said == ["None of these figures is withheld."]
    table, said = shown(proportions(made, study.questions, by="unit", categories="high"), "east")
    assert said == ["Withheld here: Belonging."]
    assert table.rows[0].values[0] is HIDDEN


@pytest.mark.parametrize(("north", "word"), [(["great", "some"], "higher"), (["none", "little"], "lower")])
def test_a_difference_that_is_shown_is_said_by_its_size_and_direction(study, north, word):
    people = people_of(study, north)
    table, said = shown(
        compare_groups(release_of(study, people), study.questions, "unit", categories="high", against="others")
    )
    given = people[people["belonging"].isin(ANSWERED)]
    inside = given["unit"] == "north"
    expected = 100 * (share(given[inside]) - share(given[~inside]))
    estimate, low, high, _ = table.rows[0].values
    assert estimate == pytest.approx(expected)
    ends = sorted((abs(low), abs(high)))
    assert said == [
        f"The share who belong is {abs(expected):.1f} percentage points {word} here than elsewhere "
        f"({ends[0]:.1f}–{ends[1]:.1f})."
    ]


def test_of_a_difference_that_is_not_shown_it_is_said_how_large_it_may_be(study):
    people = respondents()
    table, (said,) = shown(
        compare_groups(release_of(study, people), study.questions, "unit", categories="high", against="others")
    )
    _, low, high, p = table.rows[0].values
    assert p > 0.05
    reach = max(abs(low), abs(high))
    assert said == f"No difference is shown; differences of more than {reach:.1f} percentage points are excluded."


@pytest.mark.parametrize(
    ("north", "words"),
    [
        (["great", "some", "great", "none"], "percentage points above the average unit"),
        (["none", "little", "none", "great"], "percentage points below the average unit"),
    ],
)
def test_the_distance_from_the_average_has_its_direction(study, north, words):
    model = fit_clm("belonging ~ unit", release_of(study, people_of(study, north)))
    found = unit_deviations(model, "unit", categories=list(HIGH), method="binary")
    row = found.set_index("group").loc["north"]
    _, (said,) = shown(found)
    ends = sorted(100 * abs(row[["conf_low", "conf_high"]].astype(float)))
    assert said == (f"The share who belong is {100 * abs(row['estimate']):.1f} {words} ({ends[0]:.1f}–{ends[1]:.1f}).")


def test_a_distance_that_is_not_shown_has_its_sign(study):
    model = fit_clm("belonging ~ unit", release_of(study, respondents()))
    found = unit_deviations(model, "unit", categories=list(HIGH), method="binary")
    _, (said,) = shown(found)
    size = 100 * found.set_index("group").loc["north", "estimate"]
    written = f"{size:.1f}".replace("-", "−")
    assert said.startswith(f"The share who belong is not shown to differ from the average unit ({written} ")
