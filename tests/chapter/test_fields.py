"""Every name stands for the number that the released counts give, in the language's writing."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from evalkit.chapter.fields import Fact, Fields, Named, Number, Style
from evalkit.errors import UsageError
from evalkit.estimate import means, proportions
from evalkit.i18n import Locale
from evalkit.release.store import Release
from evalkit.study import load_study

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


@pytest.mark.parametrize("by", [(), ("unit",), ("unit", "role")])
@pytest.mark.parametrize(("name", "codes"), [("some", ["some"]), ("at_least.neither", ["neither", "some", "great"])])
def test_a_share_is_the_one_that_the_notebooks_show(release, fields, by, name, codes):
    found = proportions(release, "belonging", by, categories=codes, base="all").origin.frame
    for row in found.to_dict("records"):
        levels = [row[dim] for dim in by] if len(by) > 1 else [row["group"]] if by else []
        group = "".join(f".{dim}.{level}" for dim, level in zip(by, levels, strict=True))
        number = fields[f"belonging{'.by' if by else ''}{group}.{name}.percent"]
        if row["n"] != row["n"] or row["estimate"] != row["estimate"]:
            assert number.hidden
        else:
            assert (number.value, number.low, number.high, number.n) == pytest.approx(
                (row["estimate"], row["conf_low"], row["conf_high"], row["n"]), abs=1e-12
            )


def test_a_mean_is_the_one_that_the_notebooks_show(release, fields):
    (row,) = means(release, "belonging").to_dict("records")
    number = fields["belonging.mean"]
    assert (number.value, number.n) == pytest.approx((row["estimate"], row["n"]))
    assert number.low < row["estimate"] < number.high


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


def test_the_end_of_a_name_may_be_left_out(fields):
    assert fields["belonging.great"] == fields["belonging.great.percent"]
    assert (
        fields["belonging.by.role.leader.minus.other.great"]
        == fields["belonging.by.role.leader.minus.other.great.points"]
    )


def shares(release, codes, **where):
    table = release.table("goals_a", tuple(where)) if where else release.table("goals_a")
    n = table.count(where)
    return sum(table.count({**where, "goals_a": code}) for code in codes) / n, n


def wilson(p, n):
    z = stats.norm.ppf(0.975)
    centre, reach = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (centre - reach) / (1 + z**2 / n), (centre + reach) / (1 + z**2 / n)


def test_a_difference_of_two_groups_is_newcombes(release, study):
    """With the units as plain groups: Newcombe (1998), method 10, by its formula."""
    from dataclasses import replace

    plain = replace(study, plan=study.plan.model_copy(update={"unit": None}))
    found = Fields(Release(plain, release.tables, []))["goals_a.by.unit.north.minus.south.top_two"]
    (p, n), (q, m) = (shares(release, ["some", "great"], unit=unit) for unit in ("north", "south"))
    (p_low, p_high), (q_low, q_high) = wilson(p, n), wilson(q, m)
    assert (found.kind, found.name) == ("points", "goals_a.by.unit.north.minus.south.top_two.points")
    assert found.value == pytest.approx(p - q)
    assert found.low == pytest.approx(p - q - np.hypot(p - p_low, q_high - q))
    assert found.high == pytest.approx(p - q + np.hypot(p_high - p, q - q_low))
    assert found.written(EN) == EN.number(100 * (p - q), 1)


def test_a_unit_is_set_against_the_units_average_and_no_other_unit(release, fields):
    number = fields["goals_a.by.unit.north.against_average.great"]
    of = {unit: shares(release, ["great"], unit=unit) for unit in ("north", "south", "east")}
    times = {"north": 2 / 3, "south": -1 / 3, "east": -1 / 3}
    assert number.value == pytest.approx(sum(c * of[unit][0] for unit, c in times.items()))
    assert number.value == pytest.approx(of["north"][0] - np.mean([p for p, _ in of.values()]))
    ends = {unit: sorted(times[unit] * end for end in wilson(*of[unit])) for unit in of}
    down, up = (np.sqrt(sum((ends[u][side] - times[u] * of[u][0]) ** 2 for u in of)) for side in (0, 1))
    assert (number.low, number.high) == pytest.approx((number.value - down, number.value + up))
    assert "goals_a.by.unit.north.minus.south.great" not in fields
    assert fields["belonging.by.unit.north.against_average.great"].hidden  # one of the units is


def test_an_interval_of_a_sum_covers_the_truth():
    """Of many samples of three groups about 95 in 100 hold the first group's distance from the average."""
    from evalkit.chapter.fields.counts import combined

    rng, truth, sizes, times = (
        np.random.default_rng(3),
        np.array([0.15, 0.4, 0.7]),
        [60, 45, 80],
        (2 / 3, -1 / 3, -1 / 3),
    )
    held = 0
    for draw in rng.binomial(sizes, truth, (1500, 3)):
        parts = [(c, Number("x", "share", k / n, "x", n=n)) for c, k, n in zip(times, draw, sizes, strict=True)]
        found = combined(parts)
        held += found.low <= np.dot(times, truth) <= found.high
    assert held / 1500 == pytest.approx(0.95, abs=0.015)


@pytest.fixture(scope="module")
def copenhagen():
    from evalkit.release import load_release

    return load_release(load_study("copenhagen-housing"))


@pytest.mark.parametrize(
    ("level", "coefficient"),
    [
        # Venables & Ripley, Modern Applied Statistics with S (2002), section 7.3: polr(Sat ~ Infl + Type + Cont, weights = Freq).
        ("influence.Medium", 0.5664),
        ("influence.High", 1.2888),
        ("type.Apartment", -0.5724),
        ("type.Atrium", -0.3662),
        ("type.Terrace", -1.0910),
        ("contact.High", 0.3603),
    ],
)
def test_an_odds_ratio_is_the_published_one(copenhagen, level, coefficient):
    number = copenhagen.fields[f"model.satisfaction.{level}.odds_ratio"]
    assert np.log(number.value) == pytest.approx(coefficient, abs=2e-3)
    assert number.low < number.value < number.high
    assert copenhagen.fields[f"model.satisfaction.{level}.p"].value < 0.05


def test_a_difference_all_else_equal_is_the_models(copenhagen):
    from evalkit.ordinal import avg_comparisons, fit_clm

    study = copenhagen.study
    model = fit_clm(study.formula("satisfaction"), copenhagen)
    rows = avg_comparisons(model, "influence", categories=study.high("satisfaction")).to_dict("records")
    for level, row in zip(("Medium", "High"), rows, strict=True):
        number = copenhagen.fields[f"model.satisfaction.influence.{level}.difference"]
        found = (row["estimate"], row["conf_low"], row["conf_high"])
        assert (number.value, number.low, number.high) == pytest.approx(found, abs=6e-5)
        assert number.value > 0
    assert "model.satisfaction.influence.Low.difference" not in copenhagen.fields


def test_units_of_a_model_are_set_against_their_average(ministries):
    """A model of the ministries' answers: deviations from an average add up to nothing."""
    units = ministries.study.codebook.variable("ministry").scale.codes
    numbers = [ministries.fields[f"model.belonging.ministry.{unit}.against_average"] for unit in units]
    assert {number.kind for number in numbers} == {"points"}
    assert all(number.low < number.value < number.high for number in numbers)
    assert sum(number.value for number in numbers) == pytest.approx(0, abs=1e-3)
    assert "model.belonging.ministry.kdd.odds_ratio" not in ministries.fields


def test_how_many_interviews_there_were():
    fields = Fields(load_study("departementsstrategien-2023"))
    assert fields["interviews.count"].value == 39
    assert fields["interviews.by.group.strategic_forum.count"].value == 16
    assert fields["interviews.by.phase.concluding.count"].value == 2
    assert fields["interviews.by.group.strategic_forum.count"].table == "interviews.yml"


@pytest.mark.parametrize("study_name", ["departementsstrategien-2023", "copenhagen-housing"])
def test_names_are_known_before_there_are_answers(study_name):
    """All that a release has but the days, and besides only levels of those who did not answer."""
    from evalkit.release import load_release

    study = load_study(study_name)
    planned, released = set(Fields(study).names), set(load_release(study).fields.names)
    assert all(name.startswith("response.by.submitted_on.") for name in released - planned)
    assert all({"blank", "not_asked", *_missing(study)} & set(name.split(".")) for name in planned - released)
    number = Fields(study)["response.by.submitted_on.2099-01-01.count"]
    assert number.hidden


def _missing(study):
    return {code for variable in study.codebook.variables.values() for code in variable.scale.missing_codes}


def test_only_the_families_that_are_asked_for_are_worked_out(release):
    fields = Fields(release)
    assert fields["belonging.great"].value
    assert list(fields._families) == ["belonging"]


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


@pytest.mark.parametrize(
    ("name", "filters", "said"),
    [
        ("response.count", "interval", "no interval"),
        ("response.percent", "bounds", "no interval"),
        ("belonging.by.unit.east.great.count", "interval", "no interval"),
        ("belonging.great", "words", "only counts are written in words"),
        ("study.title", "bare", "a text has no filters"),
        ("table.belonging", "bare", "a table has no filters"),
        ("belonging.great", "intervall", "did you mean 'interval'"),
        ("belonging.great", "decimals", "this filter is not understood"),
        ("belonging.great", "decimals one", "this filter is not understood"),
        ("belonging.great", "interval 1", "this filter is not understood"),
        ("belonging.great", "bare |", "there is no such filter"),
    ],
)
def test_a_filter_that_does_not_fit_is_an_error(fields, name, filters, said):
    with pytest.raises(UsageError) as raised:
        fields[name].allow(Style.read(filters))
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("value", "nb", "en"),
    [
        (0, "null", "zero"),
        (1, "én", "one"),
        (7, "sju", "seven"),
        (12, "tolv", "twelve"),
        (13, "13", "13"),
        (4702, "4702", "4,702"),
    ],
)
def test_counts_up_to_twelve_are_words(value, nb, en):
    number = Number("x.count", "count", value, "x")
    assert (number.written(NB, Style(words=True)), number.written(EN, Style(words=True))) == (nb, en)


def test_a_number_is_text_in_its_studys_language(fields, release):
    number, n = fields["belonging.great"], release.table("belonging").count()
    share = release.table("belonging").count({"belonging": "great"}) / n
    assert f"{number}" == str(number) == NB.percent(share)
    assert f"{number:decimals 1 | bare}" == NB.number(100 * share, 1)
    assert f"{number:interval}".startswith(f"{NB.percent(share)} (")
    assert f"{fields['study.title']}" == "Puls"
    assert f"{fields['belonging.by.unit.east.great']}" == ":"
    html = number._repr_html_()
    for part in (
        "belonging.great.percent",
        NB.percent(share),
        f"{number:bounds}",
        f"<td>{n}</td>",
        "<td>belonging</td>",
    ):
        assert part in html


def test_the_guide_names_what_there_is():
    """Every name in the guide's table of fields, and every filter in its table of filters."""
    from pathlib import Path

    from evalkit.chapter.fields import FILTERS

    guide = (Path(__file__).parents[2] / "docs" / "the-chapter.md").read_text(encoding="utf-8")
    names = re.findall(r"^\| (`.+?`) \|", guide, flags=re.M)
    fields = Fields(load_study("departementsstrategien-2023"))
    named = [name for cell in names for name in re.findall(r"`(\w+(?:\.\w+)+)`", cell)]
    assert len(named) > 20
    assert [name for name in named if name not in fields] == []
    assert set(FILTERS) == {cell.strip("`").split()[0] for cell in names if cell.strip("`").split()[0] in FILTERS}
