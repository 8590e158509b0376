"""What an analyst does with answers: some of them, variables of one's own, first rows; and none of it passes for everybody's."""

import pandas as pd
import pytest

from evalkit import (
    Show,
    crosstab,
    fit_clm,
    load_release,
    load_responses,
    load_study,
    means,
    reliability,
    response_rates,
)
from evalkit.errors import DisclosureError, UsageError

from .. import whole_study


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("day")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVALKIT_PROCESSED", str(place / "processed"))
        yield whole_study.write(place / "staff-pulse", whole_study.plan(), whole_study.codebook(), whole_study.rows())


@pytest.fixture(scope="module")
def responses(folder):
    return load_responses(load_study(folder))


@pytest.fixture(scope="module")
def rows(responses):
    return responses.data


def test_only_some_of_the_answers(responses, rows):
    some = responses.only(role="leader", unit=["north", "south"])
    assert len(some.data) == (rows.role.eq("leader") & rows.unit.isin(["north", "south"])).sum()
    assert some.query("belonging == 'great'").total == len(some.only(belonging="great").data)
    table = crosstab(some, "belonging", "unit")
    assert table["n"].iloc[-1] == some.data.belonging.notna().sum()
    assert (responses.whole, some.whole) == (True, False)


def test_levels_are_merged_in_the_order_they_have(responses, rows):
    made = responses.assign(feels={"belonging": {"none": "low", "little": "low", "some": "high", "great": "high"}})
    assert list(made.data.feels.cat.categories) == ["low", "neither", "high"]
    assert made.data.feels.cat.ordered
    assert made.data.feels.eq("low").sum() == rows.belonging.isin(["none", "little"]).sum()
    assert made.data.feels.isna().equals(rows.belonging.isna())
    assert fit_clm("feels ~ role", made).nobs == rows.belonging.notna().sum()


def test_variables_of_one_s_own_are_categories_or_numbers(responses, rows):
    made = responses.assign(sure=lambda d: d.belonging == "great", index=responses.mean_of("goals"))
    again = made.assign(sure=lambda d: d.belonging == "great")
    assert again.data.sure.equals(made.data.sure)
    assert crosstab(made, "sure", "role")["True"].iloc[-1] == pytest.approx(100 * rows.belonging.eq("great").mean())
    ranks = [rows[name].cat.codes.where(rows[name].notna()) + 1 for name in ("goals_a", "goals_b")]
    expected = pd.concat(ranks, axis=1).mean(axis=1)
    assert means(made, "index").estimate[0] == pytest.approx(expected.mean())
    by_unit = means(made, "index", by="unit").set_index("group").estimate
    assert by_unit["north"] == pytest.approx(expected[rows.unit == "north"].mean())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda r: r.only(role="leder"), "no such answer[\\s\\S]*did you mean 'leader'"),
        (lambda r: r.only(roll="leader"), "no such column[\\s\\S]*did you mean 'role'"),
        (lambda r: r.assign(role=1), "the codebook has a variable of that name"),
        (lambda r: r.assign(a={"unit": {"nort": "x"}}), "no such level[\\s\\S]*did you mean 'north'"),
        (lambda r: r.frame(labels="de"), "language"),
    ],
)
def test_what_cannot_be_meant_is_refused(responses, wrong, message):
    with pytest.raises(Exception, match=message) as caught:
        wrong(responses)
    assert isinstance(caught.value, UsageError) or "language" in message


def test_rows_have_codes_or_labels(responses, rows):
    assert responses.head().equals(rows.head())
    labelled = responses.frame(labels="en")
    assert labelled.role.eq("Leader").sum() == rows.role.eq("leader").sum()
    assert labelled.belonging__missing.eq("Don't know").sum() == rows.belonging__missing.eq("dont_know").sum()
    assert labelled.belonging.cat.categories[0] == "Not at all"


def test_how_many_answered_each_question(responses, rows):
    assert responses.answered["belonging"] == rows.belonging.notna().sum()
    assert "measures_any" not in responses.answered


@pytest.mark.parametrize(
    "made",
    [
        lambda r: response_rates(r.only(role="leader")),
        lambda r: reliability(r.query("unit == 'north'"), "goals"),
        lambda r: reliability(r, ["goals_a", "goals_b"]),
    ],
)
def test_what_is_of_some_is_not_shown_as_if_it_were_of_all(folder, responses, made):
    with pytest.raises(DisclosureError, match="not for release"):
        Show(load_release(load_study(folder)), "en")(made(responses))
