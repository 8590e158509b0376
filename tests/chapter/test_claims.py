"""Claims hold, or do not, as the counts say: as published, by their interval, with weights, by other readings."""

import numpy as np
import pytest

from evalkit.chapter.claims import Claim, Comparison, check
from evalkit.chapter.fields import Number
from evalkit.errors import UsageError
from evalkit.i18n import Locale
from evalkit.release.store import Release
from evalkit.report.present.headlines import weighted_share

from ..small_study import released

EN = Locale("en")
SHARES = {"none": 10, "little": 20, "neither": 30, "some": 25, "great": 15}


def people(sizes):
    """Return respondents: how many of each unit and role gave each answer."""
    import pandas as pd

    rows = [
        (unit, role, answer)
        for (unit, role), answers in sizes.items()
        for answer, number in answers.items()
        for _ in range(number)
    ]
    return pd.DataFrame(rows, columns=["unit", "role", "belonging"])


@pytest.fixture(scope="module")
def made(study):
    """Return a release in which the largest unit by the frame belongs less, and leaders belong more."""
    high = {"none": 10, "little": 20, "neither": 10, "some": 70, "great": 90}
    low = {"none": 60, "little": 50, "neither": 30, "some": 20, "great": 15}
    half = {code: count // 2 for code, count in low.items()}
    who = people(
        {("north", "leader"): high, ("north", "other"): high, ("south", "other"): low, ("east", "other"): half}
    )
    tables = [
        released(who, "belonging", ["belonging"], "belonging"),
        released(who, "belonging_by_unit", ["unit", "belonging"], "belonging"),
        released(who, "belonging_by_role", ["role", "belonging"], "belonging"),
        released(who, "response", [], ""),
    ]
    return Release(study, {table.id: table for table in tables}, [])


def verdict(made, text):
    return check(Claim.read(text, made.fields), "A sentence.", "a place", made, EN)


def share(made, *codes, **where):
    table = made.table("belonging", tuple(where)) if where else made.table("belonging")
    return sum(table.count({**where, "belonging": code}) for code in codes) / table.count(where)


def test_borne_out_under_every_choice(made):
    found = verdict(made, "belonging.top_two > 30")
    assert share(made, "some", "great") > 0.3
    assert (found.verdict, found.holds, found.certain) == ("borne out", True, True)


def test_not_borne_out(made):
    assert verdict(made, "belonging.top_two < 30").verdict == "not borne out"


def test_only_without_weights(made):
    """Units weigh 1,000, 1,500 and 1,500, so that the two that belong less count for more than in the answers."""
    published = share(made, "some", "great")
    weights = {"north": 1000, "south": 1500, "east": 1500}
    weighted = sum(n * share(made, "some", "great", unit=u) for u, n in weights.items()) / 4000
    assert weighted < 0.5 < published
    found = verdict(made, "belonging.top_two > 50")
    assert (found.verdict, found.weighted) == ("only unweighted", False)


def test_weights_are_the_sizes_of_the_units_and_need_every_unit(release):
    assert weighted_share(release, "belonging", ["great"]) is None  # one unit is hidden
    assert weighted_share(release, "measures_x", ["ticked"]) is None  # there is no table by unit
    table = release.table("goals_a", "unit")
    sizes = {"north": 1000, "south": 1500, "east": 1500}
    shares = {u: table.count({"unit": u, "goals_a": "great"}) / table.count({"unit": u}) for u in sizes}
    expected = sum(n * shares[u] for u, n in sizes.items()) / 4000
    assert weighted_share(release, "goals_a", ["great"]) == pytest.approx(expected)
    assert abs(expected - sum(shares.values()) / 3) > 1e-4


def test_only_in_one_reading_of_the_scale(made):
    """With the middle counted as 'some', more than the published share belong."""
    middle, published = share(made, "neither", "some", "great"), share(made, "some", "great")
    limit = 100 * (middle + published) / 2
    found = verdict(
        made, f"belonging.by.unit.north.top_two < {100 * share(made, 'some', 'great', unit='north') + 1:.2f}"
    )
    assert found.readings == {"Middle merged": False}
    assert found.verdict == "only in some readings"
    assert verdict(made, f"belonging.top_two < {limit:.2f}").readings == {"Middle merged": False}


def test_not_certain_where_the_interval_crosses(made):
    exact = 100 * share(made, "great", unit="south")
    found = verdict(made, f"belonging.by.unit.south.great < {exact + 0.5:.2f}")
    assert (found.holds, found.certain, found.weighted) == (True, False, None)
    assert found.verdict == "not certain"


def test_two_groups_are_compared_by_newcombes_interval(made):
    found = verdict(made, "belonging.by.role.leader.top_two > belonging.by.role.other.top_two")
    assert (found.verdict, found.certain) == ("borne out", True)
    assert (
        verdict(made, "belonging.by.role.leader.top_two < belonging.by.role.other.top_two").verdict == "not borne out"
    )


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        # Newcombe (1998, Statistics in Medicine 17, 873-890), Table II, method 10: the published intervals of eight examples.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_of_a_difference_is_the_published_one(one, other, low, high):
    from evalkit.chapter.claims import _difference

    numbers = [
        Number("x", "share", count / n, "x", {"role": role}, "x", ("a",), 0.0, 1.0, n)
        for (count, n), role in ((one, "leader"), (other, "other"))
    ]
    assert _difference(*numbers) == pytest.approx((low, high), abs=6e-5)


def test_answers_of_one_group_are_compared_as_a_multinomial(made):
    from evalkit.chapter.claims import _difference

    one, other = made.fields["belonging.great"], made.fields["belonging.none"]
    low, high = _difference(one, other)
    rng = np.random.default_rng(5)
    p, q = one.value, other.value
    draws = rng.multinomial(one.n, [p, q, 1 - p - q], 20_000) / one.n
    spread = (draws[:, 0] - draws[:, 1]).std()
    assert (high - low) / (2 * 1.959964) == pytest.approx(spread, rel=0.02)
    assert (low + high) / 2 == pytest.approx(p - q)


def test_a_difference_is_claimed_by_its_own_interval_and_in_every_reading(made):
    """Leaders' share less the others', as it stands and with the middle counted as 'some'."""
    found = verdict(made, "0 < belonging.by.role.leader.minus.other.top_two < 90")
    assert (found.verdict, found.certain, found.weighted) == ("borne out", True, None)
    one, other = (
        share(made, "some", "great", role=role) - share(made, "neither", "some", "great", role=role)
        for role in ("leader", "other")
    )
    read = 100 * (
        share(made, "some", "great", role="leader") - share(made, "some", "great", role="other") - one + other
    )
    for limit, held in ((read - 0.01, True), (read + 0.01, False)):
        assert verdict(made, f"belonging.by.role.leader.minus.other.top_two > {limit:.4f}").readings == {
            "Middle merged": held
        }


def test_what_overlaps_is_not_called_certain(made):
    assert verdict(made, "belonging.top_two > belonging.great").certain is None


def test_several_at_once_and_chains(made):
    assert len(Claim.read("20 < belonging.great < 60 and belonging.none > 1 %", made.fields).comparisons) == 3
    assert verdict(made, "20 < belonging.great < 60").holds
    assert not verdict(made, "belonging.great > 1 and belonging.great > 99").holds
    assert verdict(made, "belonging.mean > 2,5").holds


def test_a_withheld_number_cannot_be_checked(release):
    found = check(Claim.read("belonging.by.unit.east.great > 1", release.fields), "", "", release, EN)
    assert (found.verdict, found.holds) == ("withheld", None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no claim that can be checked"),
        ("belonging.great", "no claim that can be checked"),
        ("belonging.great == 50", "no claim that can be checked"),
        ("belonging.great >", "no claim that can be checked"),
        ("50 > 40", "two fixed numbers"),
        ("belonging.great > belonging.great.count", "two numbers of one kind"),
        ("belonging.gret > 50", "did you mean"),
        ("study.title > 50", "a claim compares numbers"),
        ("table.belonging > 50", "a claim compares numbers"),
        ("__import__('os') > 1", "there is no such field"),
    ],
)
def test_what_is_no_claim_is_refused(made, text, said):
    with pytest.raises(UsageError) as raised:
        Claim.read(text, made.fields)
    assert said in str(raised.value)


def test_an_odds_ratio_has_an_interval_to_be_certain_by():
    ratio = Number("model.x", "ratio", 1.5, "m", low=0.9, high=2.4)
    assert Comparison(ratio, ">", 1.0).holds(lambda number: number.value)
    assert Comparison(ratio, ">", 1.0).certain() is False
    assert Comparison(ratio, ">", 0.5).certain() is True
