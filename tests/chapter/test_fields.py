"""Every name stands for the number that the released counts give, in the language's writing."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit.chapter.fields import Fact, Named, Number, Style
from evalkit.errors import UsageError
from evalkit.i18n import Locale

NB, EN = Locale("nb"), Locale("en")
SCORED = ["none", "little", "neither", "some", "great"]


@pytest.fixture(scope="module")
def fields(release):
    return release.fields


def counts(release, **where):
    table = release.table("belonging", "unit") if where else release.table("belonging")
    return {code: table.count({**where, "belonging": code}) for code in (*SCORED, "dont_know", "blank")}


@pytest.mark.parametrize("group", [{}, {"unit": "north"}], ids=["in all", "by unit"])
@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("great", ["great"]),
        ("dont_know", ["dont_know"]),
        ("at_least.neither", ["neither", "some", "great"]),
        ("at_most.little", ["none", "little"]),
        ("top_two", ["some", "great"]),
        ("bottom_two", ["none", "little"]),
    ],
)
def test_a_share_is_the_counts_over_everyone_who_answered(release, fields, group, name, codes):
    prefix = "belonging" + "".join(f".by.{dim}.{level}" for dim, level in group.items())
    found = counts(release, **group)
    n, given = sum(found.values()), sum(found[code] for code in codes)
    share = fields[f"{prefix}.{name}.percent"]
    assert (share.value, share.n, share.codes) == (pytest.approx(given / n), n, tuple(codes))
    assert fields[f"{prefix}.{name}.count"].value == given
    assert fields[f"{prefix}.n"].value == n
    # Wilson's interval with n / (1 - f), by its formula.
    size = n / (1 - n / (1000 if group else 4000))
    z, p = stats.norm.ppf(0.975), given / n
    centre, reach = p + z**2 / (2 * size), z * np.sqrt(p * (1 - p) / size + z**2 / (4 * size**2))
    assert (share.low, share.high) == pytest.approx(
        ((centre - reach) / (1 + z**2 / size), (centre + reach) / (1 + z**2 / size))
    )


@pytest.mark.parametrize(
    ("name", "scores"),
    [
        ("mean", dict(zip(SCORED, range(1, 6), strict=True))),
        ("net", {"none": -1, "little": -1, "neither": 0, "some": 1, "great": 1, "dont_know": 0, "blank": 0}),
    ],
)
def test_a_score_is_the_mean_over_respondents(release, fields, name, scores):
    found = counts(release)
    values = np.repeat([scores[code] for code in scores], [found[code] for code in scores])
    number = fields[f"belonging.{name}"]
    error = values.std(ddof=1) / np.sqrt(len(values)) * np.sqrt(1 - sum(found.values()) / 4000)
    reach = stats.t.ppf(0.975, len(values) - 1) * error
    assert number.value == pytest.approx(values.mean())
    assert (number.low, number.high) == pytest.approx((values.mean() - reach, values.mean() + reach))


def test_what_is_hidden_is_hidden_in_every_number(fields):
    hidden = fields("belonging.by.unit.east", "en")
    hidden = hidden[hidden["table"] == "belonging_by_unit"]
    assert set(hidden["value"]) == {":"}
    assert set(hidden["interval"]) == {""}
    assert fields["belonging.by.unit.east.mean"].hidden


def test_response_and_the_plan(fields, release):
    assert fields["response.count"].value == 600
    assert fields["response.percent"].value == pytest.approx(600 / 4000)
    north = release.response("unit").count({"unit": "north"})
    assert fields["response.by.unit.north.percent"].value == pytest.approx(north / 1000)
    assert fields["study.title"].written(NB) == "Puls"
    assert fields["study.fieldwork"].written(EN) == "4 March–15 March 2024"
    assert fields["study.mark"].written(NB) == "Syntetiske data."


def test_questions_of_a_battery_and_ticks(fields, release):
    table = release.table("goals_a")
    assert fields["goals_a.some.count"].value == table.count({"goals_a": "some"})
    assert fields["goals_a.by.unit.south.some.count"].value == release.table("goals_a", "unit").count(
        {"unit": "south", "goals_a": "some"}
    )
    ticks = release.table("measures").count({"measures": "measures_x", "answer": "ticked"})
    assert fields["measures_x.ticked.count"].value == ticks
    assert "measures_x.mean" not in fields


@pytest.mark.parametrize(
    ("style", "nb", "en"),
    [
        (Style(), "36 %", "36%"),
        (Style(interval=True), "36 % (33–39 %)", "36% (33–39%)"),
        (Style(bounds=True), "33–39 %", "33–39%"),
        (Style(decimals=1), "35,5 %", "35.5%"),
        (Style(bare=True), "36", "36"),
        (Style(bare=True, interval=True, decimals=1), "35,5 (33,1–39,0)", "35.5 (33.1–39.0)"),
    ],
)
def test_a_number_is_rounded_once_from_its_full_value(style, nb, en):
    number = Number("x.percent", "share", 0.35499999, "x", low=0.3314, high=0.39, n=200)
    assert number.written(NB, style).replace("\N{NO-BREAK SPACE}", " ") == nb.replace("36", "35").replace(
        "35,0", "36,0"
    )
    assert number.written(EN, style) == en.replace("36", "35")


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("count", 4702, "4702"),
        ("score", 3.4499, "3,4"),
        ("points", -0.1234, "−12,3"),
        ("ratio", 1.2345, "1,23"),
        ("p", 0.0001, "< 0,001"),
        ("share", None, ":"),
    ],
)
def test_each_kind_is_written_in_its_way(kind, value, text):
    assert Number("x", kind, value, "x").written(NB).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("belonging.gret.percent", "did you mean 'belonging.great.percent'?"),
        ("belongin.great.percent", "did you mean 'belonging.great.percent'?"),
        ("belonging.by.unit.noth.great", "did you mean 'belonging.by.unit.north.great'?"),
        ("belonging.by.unit.qqq.great", "after 'belonging.by.unit' may stand: east, north, south"),
        ("belonging.by.unit", "'belonging.by.unit' goes on with: east, north, south"),
        ("qqq", "first may stand: belonging"),
    ],
)
def test_an_unknown_name_is_told_with_its_nearest(fields, name, said):
    assert name not in fields
    with pytest.raises(UsageError, match="there is no such field") as raised:
        fields[name]
    assert said in str(raised.value)


def test_a_share_may_be_named_alone(fields):
    assert fields["belonging.great"] == fields["belonging.great.percent"]


def test_the_list_is_searched_and_in_a_language(fields):
    listed = fields("unit.north.top_two belonging", "en")
    assert list(listed["field"]) == ["belonging.by.unit.north.top_two.percent", "belonging.by.unit.north.top_two.count"]
    assert listed.loc[0, "value"].endswith("%")
    assert listed.loc[0, "table"] == "belonging_by_unit"
    assert isinstance(listed["n"].dtype, pd.Int64Dtype)


def test_a_notebook_completes_names(fields):
    assert {"belonging", "response", "study", "table"} <= set(dir(fields))
    assert [name for name in dir(fields.belonging.by.unit.north) if name != "role"] == sorted(
        ["against_average", "at_least", "at_most", "blank", "bottom_two", "dont_know", "great", "little", "mean", "n", "neither", "net", "none",
         "some", "top_two"]
    )  # fmt: skip
    assert fields.belonging.by.unit.north.n == fields["belonging.by.unit.north.n"]
    assert "belonging.mean" in fields._ipython_key_completions_()
    with pytest.raises(AttributeError):
        _ = fields.belonging.gret


def test_tables_figures_and_readings_are_named(fields):
    assert fields["table.belonging_by_unit"] == Named("table.belonging_by_unit", "table", "belonging_by_unit")
    assert {
        "figure.belonging_likert",
        "figure.unit_bars",
        "sentence.goals",
        "table.belonging_model_odds_ratios",
    } <= set(fields.names)
    assert "figure.unit_likert" not in fields
    assert isinstance(fields["study.source"], Fact)


def test_a_filter_that_does_not_fit_is_an_error(fields):
    with pytest.raises(UsageError, match="no interval"):
        fields["response.count"].written(EN, Style(interval=True))
    with pytest.raises(UsageError, match="no filters"):
        fields["study.title"].written(EN, Style(bare=True))
