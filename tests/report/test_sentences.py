"""Sentences: every number looked up, linked and registered; conclusions only where the interval bears them."""

import re
from dataclasses import replace
from html import unescape

import pandas as pd
import pytest

from evalkit.estimate.asked import codes_by_reading
from evalkit.i18n import Locale
from evalkit.report import palette
from evalkit.report.distributions import Answers, share_title
from evalkit.report.likert import Bar
from evalkit.report.present.headlines import conclude
from evalkit.report.sentences import reading
from evalkit.report.shown import MIME
from evalkit.study import Headline

from ..small_study import released, respondents
from .conftest import outputs

LABEL = {"nb": "x", "en": "x"}


@pytest.mark.parametrize(
    ("item", "by"), [("belonging", ()), ("belonging", "unit"), ("goals", ()), ("measures", ()), ("unit", ())]
)
def test_every_number_is_a_link_to_its_row(show, release, item, by):
    table, said = ("".join(o["data"][MIME] for o in outputs(call)) for call in (
        lambda: show(release.table(item, by)), lambda: show.say(release.table(item, by))))  # fmt: skip
    links = re.findall(r'href="#([^"]+)"', said)
    assert links
    assert all(f'id="{link}"' in table for link in links)
    outside = unescape(re.sub(r"<a .*?</a>", "", said))
    assert not re.search(r"\d", re.sub(r"A\d|\bSUM\(A1\)|alert\(1\)", "", outside))


def test_a_share_is_the_released_one(release, study):
    table = release.table("belonging")
    high = next(s for s in reading(Answers(table, study, Locale("en"))) if s.stated[0].codes == ("some", "great"))
    count = table.count({"belonging": "some"}) + table.count({"belonging": "great"})
    assert high.stated[0].share == pytest.approx(count / table.count())


def test_hidden_groups_are_never_the_highest_or_lowest(release, study):
    sentences = reading(Answers(release.table("belonging", "unit"), study, Locale("en")))
    assert {one.row for s in sentences for one in s.stated} <= {"north", "south"}


@pytest.mark.parametrize(
    ("item", "by", "intervals"),
    [("belonging", (), True), ("goals", (), True), ("measures", (), False), ("belonging", ("unit",), False)],
    ids=["a question", "a battery", "boxes", "units"],
)
def test_an_interval_stands_with_answers_but_not_with_ticks_and_units(release, study, item, by, intervals):
    said = " ".join(str(s.html.striptags()) for s in reading(Answers(release.table(item, by), study, Locale("en"))))
    shares = re.findall(r"\d+%(?: \(\d+–\d+%\))?", said.replace("\N{NO-BREAK SPACE}", " "))
    assert shares
    assert {"(" in share for share in shares} == {intervals}, said


def test_of_answers_that_as_many_gave_none_is_the_most_common(study):
    codes = study.codebook.variable("unit").shown_codes
    people = pd.DataFrame({"unit": pd.Categorical(["north", "south"] * 10, codes)})
    table = released(people, "unit", ["unit"], "unit")
    (said,) = reading(Answers(table, study, Locale("en")))
    text = str(said.html.striptags()).replace("\N{NO-BREAK SPACE}", " ")
    assert re.fullmatch(r"The most common answers are “.+” and “.+”: 50% \(.+\) each\.", text)


@pytest.mark.parametrize("by", ["unit", "role"])
def test_groups_that_answer_alike_are_not_told_apart(study, by):
    people = respondents()
    north = people[people["unit"] == "north"]
    codes = list(study.codebook.variable(by).scale.codes)[:2]
    alike = pd.concat([north.assign(**{by: code}) for code in codes])
    table = released(alike, f"belonging_by_{by}", [by, "belonging"], "belonging")
    (said,) = reading(Answers(table, study, Locale("en")))
    text = str(said.html.striptags())
    assert text.startswith("The share who belong is ")
    assert text.endswith(f"in every group by {by}.")
    assert len(re.findall(r"[\d.]+%", text)) == 1


@pytest.mark.parametrize(
    ("bounds", "interval", "said"),
    [
        ({"above": 0.5}, (0.51, 0.6), "More than 50%"),
        ({"above": 0.5}, (0.49, 0.6), "not borne out"),
        ({"below": 0.5}, (0.3, 0.49), "Less than 50%"),
        ({"below": 0.5}, (0.3, 0.51), "not borne out"),
    ],
)
def test_a_conclusion_needs_the_whole_interval(bounds, interval, said):
    headline = Headline(item="belonging", categories=("great",), label=LABEL, **bounds)
    assert said in conclude(headline, *interval, Locale("en"))


@pytest.mark.parametrize(
    ("codes", "expected"),
    [(("some", "great"), ("neither", "some", "great")), (("great",), ("great",)), (("none",), ("none",))],
)
def test_a_claim_on_another_reading_of_the_scale(study, codes, expected):
    assert codes_by_reading(study.codebook.variable("belonging").scale, "merged", codes) == expected


def test_a_share_is_said_as_its_headline_puts_it_and_blanks_are_no_group(release, study):
    headline = Headline(item="belonging", categories=("some", "great"), label={"nb": "hører til", "en": "belong"})
    told = replace(study, plan=study.plan.model_copy(update={"headlines": (headline,)}))
    answers = Answers(release.table("belonging"), told, Locale("en"))
    assert str(reading(answers)[0].html).endswith("belong.")
    assert share_title(answers).endswith("% belong")
    by = Answers(release.table("belonging", "unit"), told, Locale("en"))
    assert set(by.spoken_groups()) <= set(study.codebook.variable("unit").scale.print_codes)


def test_an_answer_that_counts_as_high_stands_on_the_high_side():
    assert Bar("a", 9, (0.3, 0.4, 0.3), (), neutral=False).left == pytest.approx(0.3)
    assert Bar("a", 9, (0.3, 0.4, 0.3), ()).left == pytest.approx(0.5)
    assert palette.diverging(3, neutral=False)[1] != palette.diverging(3)[1]
