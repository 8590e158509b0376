"""A release in place of answers changes nothing but what is hidden: every estimate, from both, figure by figure."""

import numpy as np
import pandas as pd
import pytest

from evalkit.data.responses import Estimates
from evalkit.errors import EstimationError, UsageError
from evalkit.estimate import (
    association_test,
    compare_groups,
    crosstab,
    design_effect,
    early_and_late,
    means,
    multiple_response,
    nonresponse_bounds,
    proportions,
    r_indicator,
    rake,
    rank_test,
    reliability,
    response_rates,
)
from evalkit.protect import protect
from evalkit.release import Release
from evalkit.release.publishable import publishable
from evalkit.study import Headline, Study

HEADLINE = Headline(item="belonging", categories=("some", "great"), label={"en": "belong"}, above=0.5)
FRAME = pd.DataFrame(
    {
        "unit": ["north", "south", "west"] * 2,
        "role": ["leader"] * 3 + ["staff"] * 3,
        "population": [1100, 900, 500, 6500, 5200, 4300],
    }
)


def released(responses):
    plan = publishable(responses)
    safe = protect(plan.tables, plan.rule, known=plan.known, hide=plan.hide, respondents=plan.respondents)
    return Release(responses.study, {table.id: table for table in safe}, plan.known)


def answered(study, answers, times):
    """Return answers of so many times as many people, on two days, in a study that knows how many were asked."""
    own = study.plan.model_copy(update={"headlines": (HEADLINE,), "base": 18500, "invited": 18600})
    larger = Study(own, study.codebook, study.folder)
    larger.__dict__["frame"] = FRAME
    days = pd.to_datetime(["2024-03-05", "2024-03-08"] * 60)
    return larger, {**answers, "unit": list(answers["unit"])}, [times] * 120, days


@pytest.fixture(scope="module")
def both(study, answers, make_responses):
    """Answers of so many that nothing has to be hidden, and their release."""
    larger, given, count, days = answered(study, answers, 40)
    responses = make_responses(larger, given, count, submitted_on=days)
    return responses, released(responses)


@pytest.fixture(scope="module")
def few(study, answers, make_responses):
    """Answers of so few that something is hidden, and their release."""
    larger, given, count, days = answered(study, answers, 1)
    responses = make_responses(larger, given, count, submitted_on=days)
    return responses, released(responses)


CALLS = {
    "rates by group": lambda d: response_rates(d, "unit", detail=True),
    "rates by groups in turn": lambda d: response_rates(d, d.study.groups),
    "balance": lambda d: compare_groups(d, "responded", "unit"),
    "shares": lambda d: proportions(d, "belonging", detail=True),
    "shares by group": lambda d: proportions(d, "belonging", "unit", detail=True),
    "shares of all": lambda d: proportions(d, "belonging", "role", base="all", detail=True),
    "headlines": lambda d: proportions(d, d.study.headlines, detail=True),
    "overview": lambda d: proportions(d, d.study.questions, by="unit", categories="high"),
    "who did not know": lambda d: proportions(d, d.study.questions, by=d.study.groups, categories="missing"),
    "reading": lambda d: proportions(d, "belonging", reading=["as_printed", "some_or_more"]),
    "other interval": lambda d: proportions(d, "belonging", "unit", method="logit"),
    "boxes": lambda d: multiple_response(d, "measures", "unit").query("term != 'measures_any'"),
    "ticks": lambda d: multiple_response(d, "measures", of="ticks"),
    "means": lambda d: means(d, "goals", "unit")[["estimate", "n", "df"]],
    "comparison": lambda d: compare_groups(d, "belonging", d.study.groups, detail=True),
    "comparison of shares": lambda d: compare_groups(d, "goals", "unit", categories="high"),
    "raw differences": lambda d: compare_groups(d, "belonging", d.study.groups, categories="high", against="reference"),
    "association": lambda d: association_test(d, "belonging", "unit"),
    "ranks": lambda d: rank_test(d, "belonging", "unit"),
    "bounds": lambda d: nonresponse_bounds(d, d.study.headlines).drop(columns=["holds", "holds_whatever"]),
    "early and late": lambda d: early_and_late(d, d.study.headlines),
    "R": lambda d: r_indicator(d, "unit"),
    "cross table": lambda d: crosstab(d, "belonging", "unit"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_release_gives_what_the_answers_give(both, name):
    ours, theirs = (pd.DataFrame(CALLS[name](data)) for data in both)
    numbers = ours.select_dtypes("number").columns
    assert len(ours)
    assert not ours[numbers].isna().all(axis=None)
    pd.testing.assert_frame_equal(
        theirs.drop(columns=numbers).astype(object), ours.drop(columns=numbers).astype(object)
    )
    np.testing.assert_allclose(theirs[numbers].astype(float), ours[numbers].astype(float), rtol=1e-9)


@pytest.mark.parametrize(
    "name",
    ["shares by group", "shares of all", "overview", "who did not know", "boxes", "means", "bounds", "early and late"],
)
def test_what_is_hidden_is_missing_and_nothing_else_is_changed(few, name):
    ours, theirs = (pd.DataFrame(CALLS[name](data)).reset_index(drop=True) for data in few)
    assert len(ours) == len(theirs)
    known = theirs["estimate"].notna()
    assert known.any()
    np.testing.assert_allclose(theirs.loc[known, "estimate"], ours.loc[known, "estimate"], rtol=1e-9)


def test_something_is_hidden_and_the_rest_is_shown(few):
    table = proportions(few[1], "belonging", "role", base="all")
    assert table["estimate"].isna().any()
    assert proportions(few[1], "belonging", base="all")["estimate"].notna().any()


def test_rates_of_a_release_are_of_all_who_answered(both):
    ours, theirs = (response_rates(data).set_index(["term", "group"])["estimate"] for data in both)
    assert set(theirs.index.get_level_values("term")) == {"RR2", "RR4", "RR6"}
    assert theirs["RR2", "invited"] == pytest.approx(ours["RR2", "invited"]) == 4800 / 18600


def test_days_of_few_answers_are_counted_together(both):
    ours, theirs = (response_rates(data, by="day") for data in both)
    assert theirs["day"].is_monotonic_increasing
    assert theirs["count"].iloc[-1] == ours["count"].iloc[-1] == 4800
    at = ours.set_index("day").loc[theirs["day"], "estimate"]
    assert theirs["estimate"].to_numpy() == pytest.approx(at.to_numpy())
    assert theirs["reminder"].sum() == 1


def test_weights_of_a_release_are_those_of_its_crossings(both):
    ours, theirs = (rake(data, ["unit", "role"], **options) for data, options in zip(both, _leave_out(), strict=True))
    assert theirs.index.names == ["unit", "role"]
    assert design_effect(theirs) == pytest.approx(design_effect(ours), rel=0.02)


def _leave_out():
    return {"incomplete": "leave_out"}, {}


def test_estimates_know_their_source_and_all_their_columns(both):
    table = proportions(both[1], "belonging", "unit")
    assert isinstance(table, Estimates)
    assert table.origin.source is both[1]
    assert (table.origin.kind, table.origin.asked["by"]) == ("proportions", "unit")
    assert table.intact
    assert {"count", "conf_low_without_fpc"} <= set(table.origin.frame.columns)
    assert type(proportions(both[0].data, "belonging")) is pd.DataFrame


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda r: proportions(r, "belonging", weights="w"), UsageError, "not weighted"),
        (lambda r: means(r, "belonging", strata="unit"), UsageError, "not weighted"),
        (lambda r: proportions(r, "belonging", ["unit", "role"]), UsageError, "no such table is published"),
        (lambda r: proportions(r, "unit", "unit"), UsageError, "grouped by itself"),
        (lambda r: reliability(r, "goals"), UsageError, "who answered what"),
        (lambda r: compare_groups(r, "belonging", "unit", categories=["grand"]), UsageError, "no such answer"),
        (lambda r: proportions(r, "unit", categories="high"), UsageError, "no upper part"),
        (lambda r: r_indicator(r, ()), EstimationError, "whose size is known"),
    ],
)
def test_what_a_release_cannot_give(both, call, kind, message):
    with pytest.raises(kind, match=message):
        call(both[1])


def test_an_unpublished_item_among_others_has_missing_figures(both):
    table = multiple_response(both[1], "measures")
    assert table.set_index("term")["estimate"].isna().to_dict() == {
        "measures_x": False,
        "measures_y": False,
        "measures_any": True,
    }


def test_a_page_of_answers_shows_none_of_them(both):
    html = both[0]._repr_html_()
    assert "<th scope='row'>belonging</th>" in html
    answered = both[0].data.loc[both[0].data["belonging"].notna(), "count"].sum()
    assert f"<td>{answered}</td>" in html
    assert "great" not in html


def test_a_model_frame_has_what_the_frame_knows_of_the_units(study, answers, make_responses):
    larger = Study(study.plan, study.codebook, study.folder)
    larger.__dict__["frame"] = FRAME.assign(size=FRAME["unit"].map({"north": 3, "south": 2, "west": 1}))
    responses = make_responses(larger, answers)
    data = responses.model_frame("belonging", ["role", "size"])
    assert list(data.columns) == ["belonging", "role", "size", "count"]
    assert list(data["belonging"].cat.categories) == ["none", "some", "great"]
    assert data["size"].eq(responses.data["unit"].astype(object).map({"north": 3, "south": 2, "west": 1})).all()
    with pytest.raises(UsageError, match="no such column"):
        responses.model_frame("belonging", ["rolle"])
