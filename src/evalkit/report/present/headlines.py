"""The headline figures: as cards and a table, by other choices, and what those who did not answer, or answered late, could change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from ...estimate import proportions
from ...i18n import Locale, msg
from ...release import Release
from ...study import Headline
from ..captions import IF_ALIKE
from ..distributions import Answers
from ..markup import cards_html
from ..result import INTERVAL, Line, Part, Result, Words, value
from ..views import Column, Row, TableView, Value, anchor


class HeadlineRow(NamedTuple):
    """A row of headline figures, with the key of its rows in tables, its headline, and what that says."""

    key: str
    headline: Headline
    said: str
    row: Line


def headline_rows(r: Result) -> list[HeadlineRow]:
    """Return the rows of headline figures; their keys number the headlines that were asked for."""
    asked = {(one.item, " + ".join(one.categories)): (at, one) for at, one in enumerate(r.asked["item"], start=1)}
    found = [(*asked[row.term, row.category], row) for row in r.rows]
    return [HeadlineRow(f"headline-{at}", one, one.label[r.locale.language], row) for at, one, row in found]


def headlines_html(r: Result, page: str = "") -> Markup:
    """Return headline figures as a list of cards; those that are hidden are left out.

    Parameters
    ----------
    r
        `proportions(release, survey.headlines)`.
    page
        The page on which their table stands; this one when empty.
    """
    entries = [_card(one, r.locale, page) for one in headline_rows(r) if one.row.known()]
    if not entries:
        return Markup("")
    compared = r.text(
        "Differences between groups and their tests have no finite population correction: as if those who answered were drawn from "
        "far more people in the same situation."
    )
    corrected = r.study.design is not None and r.study.design.fpc is not None
    notes = [r.text(IF_ALIKE), *([] if page or corrected else [compared])]
    return cards_html(entries, notes)


def _card(one: HeadlineRow, locale: Locale, page: str) -> tuple[str, str, str, list[str]]:
    """Return the share, the address of its row, what is said of it, and its interval and conclusion."""
    share, low, high = one.row.ends
    span, n = locale.percent_interval(low, high), locale.number(one.row.n)
    lines = [locale.text("95% interval {span}, n = {n}", span=span, n=n), conclude(one.headline, low, high, locale)]
    return locale.percent(share), f"{page}#{anchor('table', 'headlines', one.key)}", one.said, [*filter(None, lines)]


def conclude(headline: Headline, low: float, high: float, locale: Locale) -> str:
    """Return the declared conclusion where the whole interval bears it, that it is not borne out where it is not."""
    if headline.above is not None:
        share = locale.percent(headline.above)
        if low > headline.above:
            return locale.text("More than {share}, even by the lowest estimate.", share=share)
        return locale.text("That it is more than {share} is not borne out.", share=share)
    if headline.below is not None:
        share = locale.percent(headline.below)
        if high < headline.below:
            return locale.text("Less than {share}, even by the highest estimate.", share=share)
        return locale.text("That it is less than {share} is not borne out.", share=share)
    return ""


def headline_parts(r: Result) -> Iterator[Part]:
    """Show headline figures as cards, and with both intervals in a table."""
    yield Words(headlines_html(r))
    columns = (
        Column("percent", r.text("Per cent"), "percent"),
        *r.bounds(decimals=1),
        Column("wide_low", r.text("Without correction, from"), "percent", 1),
        Column("wide_high", r.text("Without correction, to"), "percent", 1),
        *r.columns("n"),
    )
    names = (*INTERVAL, "conf_low_without_fpc", "conf_high_without_fpc")
    rows = [Row(key, said, (*row.shown(*names), row.counted())) for key, _, said, row in headline_rows(r)]
    note = r.text(
        "Per cent of everyone who answered the survey (n). The first interval holds for everyone asked if those who did not "
        "answer are like those who did; the second, without finite population correction, as if those who answered were drawn "
        "from far more people in the same situation. Wilson's intervals."
    )
    yield r.table("headlines", r.text("The headline figures"), r.text("Share who …"), columns, rows, note)


def headline_sentences(r: Result) -> Iterator[Markup | str]:
    """Say which of the headline figures is the largest and which the smallest."""
    found = [one for one in headline_rows(r) if one.row.known()]
    unnamed = any("?" in one.said for one in found)  # a question without a label reads as no part of a sentence
    if len(found) < 2 or unnamed:
        return
    most, least = (pick(found, key=lambda one: one.row.estimate) for pick in (max, min))
    yield r.text(
        "The largest share, {high}, {most}; the smallest, {low}, {least}.",
        high=r.percent(most.row.estimate, "headlines", most.key),
        most=most.said,
        low=r.percent(least.row.estimate, "headlines", least.key),
        least=least.said,
    )


def bound_parts(r: Result) -> Iterator[Part]:
    """Show how far those who did not answer could move each conclusion, and what it takes."""
    rows = [Row(one.key, one.said, _bounds(r, one)) for one in headline_rows(r)]
    columns = (
        Column("percent", r.text("Per cent of those who answered"), "percent"),
        Column("low", r.text("Of all, if none of the others would (%)"), "percent"),
        Column("high", r.text("Of all, if all of the others would (%)"), "percent"),
        Column("conclusion", r.text("Conclusion")),
        Column("turns", r.text("Turns if so many of the others would (%)"), "percent"),
        Column("odds", r.text("Odds ratio of the others"), "number", 2),
    )
    note = r.text(
        "The others: those who did not answer. The odds ratio says how unlike those who answered they would have to be for the "
        "conclusion to turn: 1 is alike. Without an entry no answers of theirs could turn it, or the conclusion does not hold "
        "in the first place."
    )
    title = r.text("What those who did not answer could change")
    yield r.table("sensitivity", title, r.text("Share who …"), columns, rows, note)


def _bounds(r: Result, one: HeadlineRow) -> tuple[Value, ...]:
    limit = _limit(r, one.headline)
    turns = one.row.values_of("turning_share", "turning_odds_ratio") if limit else (None, None)
    return *one.row.shown("estimate", "worst_low", "worst_high"), limit, *turns


def _limit(r: Result, headline: Headline) -> str | None:
    """Return what the plan concludes of a figure: `more than 50%`."""
    if headline.above is not None:
        return r.text("more than {share}", share=r.locale.percent(headline.above))
    if headline.below is not None:
        return r.text("less than {share}", share=r.locale.percent(headline.below))
    return None


def bound_sentences(r: Result) -> Iterator[Markup | str]:
    """Say of each conclusion how many of those who did not answer would have to disagree for it to turn."""
    for key, headline, label, row in headline_rows(r):
        limit = _limit(r, headline)
        if limit is not None and row.known():
            turning = row.turning_share
            share = r.percent(turning, "sensitivity", key) if row.known("turning_share") else ""
            yield r.text(_turning(headline, row), limit=limit, label=label, share=share)


def _turning(headline: Headline, row: Line) -> str:
    if not row.holds:
        return msg("The conclusion that {limit} {label} does not hold among those who answered.")
    if row.holds_whatever:
        return msg("That {limit} {label} holds whatever the others would have said.")
    if headline.above is not None:
        return msg(
            "That {limit} {label} holds as long as more than {share} of those who did not answer would say the same."
        )
    return msg(
        "That {limit} {label} holds as long as less than {share} of those who did not answer would say the same."
    )


def arrival_parts(r: Result) -> Iterator[Part]:
    """Show headline figures of those who answered before and after the first reminder."""
    shares = {(row.term, row.category, row.group): row.values_of("estimate") for row in r.rows}
    rows = []
    for key, _, said, gap in _gaps(r):
        early, late = (shares[gap.term, gap.category, group] for group in ("early", "late"))
        rows.append(Row(key, said, (*early, *late, *gap.values_of(*INTERVAL, factor=100))))
    if not rows:
        return
    columns = (
        Column("early", r.text("Before the first reminder (%)"), "percent"),
        Column("late", r.text("After it (%)"), "percent"),
        *r.difference_columns("gap"),
    )
    note = r.text(
        "Those who answer late are often taken to be more like those who never do. Per cent of everyone who answered the survey "
        "in that period; Newcombe's interval of the difference. Published for the first headline's question alone."
    )
    title = r.text("Early and late answers")
    yield r.table("early_and_late", title, r.text("Share who …"), columns, rows, note)


def _gaps(r: Result) -> list[HeadlineRow]:
    """Return the differences of late and early answers that are known."""
    return [one for one in headline_rows(r) if one.row.group == "late - early" and one.row.known()]


def arrival_sentences(r: Result) -> Iterator[Markup | str]:
    """Say whether late answers differ from early ones."""
    for key, _, label, row in _gaps(r):
        fewer = row.apart and row.estimate < 0  # said without a sign, and so is its interval
        if fewer:
            text = msg("Fewer of those who answered late {label}: {gap} percentage points ({interval}).")
        elif row.apart:
            text = msg("More of those who answered late {label}: {gap} percentage points ({interval}).")
        else:
            text = msg(
                "Late and early answers are not shown to differ in the share who {label} ({gap} percentage points, {interval})."
            )
        gap = (r.distance if fewer else r.points)(row.estimate, "early_and_late", key)
        yield r.text(text, label=label, gap=gap, interval=r.span(row, unsigned=fewer))


def other_choices(release: Release, locale: Locale) -> TableView | None:
    """Return the headline figures as they are published, weighted to the units' sizes, and by each other reading of their scale."""
    study = release.study
    if not study.headlines:
        return None
    scales = {headline.item: study.codebook.variable(headline.item).scale for headline in study.headlines}
    readings = {name: one.label[locale.language] for scale in scales.values() for name, one in scale.readings.items()}
    columns = (
        Column("percent", locale.text("Published (%)"), "percent"),
        Column("weighted", locale.text("Weighted to the population (%)"), "percent"),
        *(Column(name, f"{label} (%)", "percent") for name, label in readings.items()),
    )
    rows = [
        Row(f"choice-{number}", headline.label[locale.language], tuple(_values(release, headline, list(readings))))
        for number, headline in enumerate(study.headlines, start=1)
    ]
    title, stub = locale.text("The headline figures by other choices"), locale.text("Share who …")
    view = TableView("other_choices", title, stub, columns, tuple(rows))
    return view.noted(study, locale, locale.text("Without an entry the choice does not arise."))


def _values(release: Release, headline: Headline, readings: list[str]) -> Iterator[Value]:
    item, codes = headline.item, headline.categories
    yield value(proportions(release, headline)["estimate"].iloc[0], hidden=True)
    yield value(weighted_share(release, item, codes))
    for name in readings:
        known = name in release.study.codebook.variable(item).scale.readings
        shares = proportions(release, item, reading=name, categories=codes, base="all") if known else None
        yield None if shares is None or shares.empty else value(shares["estimate"].iloc[0])


def weighted_share(release: Release, variable: str, codes: Sequence[str]) -> float | None:
    """Return the share of everyone that gave one of some answers, each unit counted by its size in the frame.

    None where the study has no units of known size, there is no table of them, or a unit's share is hidden.
    """
    study, unit = release.study, release.study.unit
    table = release.tables.get(f"{study.codebook.variable(variable).item_id}_by_{unit}")
    if unit is None or table is None:
        return None
    answers, units = Answers(table, study, Locale(study.language())), study.codebook.variable(unit).scale.codes
    people = [study.population({unit: code}) for code in units]
    shares = [answers.share(variable, (code,), *codes) for code in units]
    if None in people or None in shares:
        return None
    return float(np.average(np.array(shares, float), weights=np.array(people, float)))
