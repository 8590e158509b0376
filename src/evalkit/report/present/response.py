"""Who answered, for a reader: rates, response by unit and day, whom the answers represent, and each row of the export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any

from markupsafe import Markup

from ...data import looks_like_weights
from ..bars import draw_bars
from ..captions import source_notes, within
from ..drawing import Said, figure_parts
from ..measures import Measure
from ..result import Part, Result, bounds, value
from ..room import fits
from ..views import HIDDEN, Column, Row, TableView, Value
from .model import filled_in
from .survey import group_names, known

RATES = {"RR1": "RR1, RR3, RR5", "RR2": "RR2, RR4, RR6"}
"""The rates that differ where everyone's eligibility is known, with those they are equal to."""


def rate_parts(r: Result) -> Iterable[Part]:
    """Show response rates: on each base of the study, by groups of the frame, or as the days went."""
    by = group_names(r)
    if by == ["day"]:
        return _days(r)
    if not by:
        return [_rates(r)]
    return _by_unit(r, by[0]) if len(by) == 1 else [_crossed(r, by)]


def _sizes(r: Result) -> dict[str, int | None]:
    plan = r.study.plan
    return {"base": plan.base or r.study.base, "invited": plan.invited}


def _rates(r: Result) -> TableView:
    locale, sizes = r.locale, _sizes(r)
    found = {(str(row["term"]), str(row["group"])): row for row in r.rows}
    heads = {
        "base": locale.text("Of the {n} that the rate is over (%)", n=locale.number(sizes["base"] or 0)),
        "invited": locale.text("Of the {n} invited (%)", n=locale.number(sizes["invited"] or 0)),
    }
    kinds = {"RR1": locale.text("Complete answers"), "RR2": locale.text("Complete and partial answers")}
    used = [base for base in heads if ("RR2", base) in found]
    rows = [
        Row(term, f"{kinds[term]} ({names})", tuple(value(found[term, base]["estimate"]) for base in used))
        for term, names in RATES.items()
        if any((term, base) in found for base in used)  # a release does not tell partial answers from complete ones
    ]
    columns = [Column(base, heads[base], "percent", 1) for base in used]
    about = r.study.plan.base_note
    note = locale.text(
        "AAPOR's Standard Definitions. Everyone on the list could have answered, so that rates that differ only in how they "
        "treat unknown eligibility are equal. Those who broke off count as not having answered."
    )
    own = about[locale.language] if about else None
    return r.table("response_rates", locale.text("Response rates"), locale.text("Rate"), columns, rows, own, note)


def rate_sentences(r: Result) -> Iterator[Markup]:
    """Say how many answered, how far apart the groups are, or what stood when each reminder was sent."""
    by = group_names(r)
    if by == ["day"]:
        yield from _days_said(r)
    elif not by:
        yield from _rates_said(r)
    elif len(by) == 1:
        yield from _by_unit_said(r, by[0])


def _rates_said(r: Result) -> Iterator[Markup]:
    locale, sizes = r.locale, _sizes(r)
    rows = [row for row in r.rows if row["term"] == "RR2"]
    for number, row in enumerate(rows):
        text = (
            locale.text("{answered} of {size} answered: {rate}.")
            if number == 0
            else locale.text("Over all {size} who were invited, the rate is {rate}.")
        )
        rate = r.percent(row["estimate"], "response_rates", "RR2", 1)
        size = locale.number(sizes[str(row["group"])] or 0)
        yield filled_in(text, answered=locale.number(row["count"]), size=size, rate=rate)


def response_title(r: Result, by: Iterable[str]) -> str:
    """Return what a table or figure of response is called."""
    return r.locale.text("Response by {group}", group=r.locale.listed(within(r.labels.variable(name)) for name in by))


def _columns(r: Result) -> tuple[Column, ...]:
    return (
        Column("count", r.locale.text("Answered"), "count"),
        Column("population", r.locale.text("In the frame"), "count"),
        Column("percent", r.locale.text("Response rate (%)"), "percent"),
    )


def _numbers(row: Mapping[str, Any]) -> tuple[Value, ...]:
    people = int(row["n"]) if row["n"] == row["n"] else None
    if row["count"] != row["count"]:
        return HIDDEN, people, HIDDEN
    return int(row["count"]), people, value(row["estimate"])


def response_table(r: Result, by: str) -> TableView:
    """Return how many answered, of how many, and the rate, by a group of the frame; everyone last."""
    rows = [Row(key, label, _numbers(row), total=key == "total") for key, label, row in labelled_rates(r, by)]
    return r.table(f"response_by_{by}", response_title(r, [by]), r.labels.variable(by), _columns(r), rows)


def labelled_rates(r: Result, by: str) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Return key, label and figures of each group of the frame, then of everyone."""
    own = [row for row in r.rows if row["n"] > 0]
    total, size = r.source.response().count(), r.study.base or sum(row["n"] for row in own)
    everyone = {"count": total, "n": size, "estimate": total / size}
    groups = [(str(row["group"]), r.labels.level(by, str(row["group"])), row) for row in own]
    return [*groups, ("total", r.locale.text("All"), everyone)]


def _by_unit(r: Result, by: str) -> Iterator[Part]:
    """Show response by a group of the frame as bars in print order: no ranking; and the table behind a line."""
    locale, title = r.locale, response_title(r, [by])
    *groups, everyone = labelled_rates(r, by)
    labelled = [everyone, *groups]
    bars = [
        Measure(key, label, int(row["count"]), int(row["n"]), row["estimate"], row["estimate"], row["estimate"])
        for key, label, row in labelled
        if row["estimate"] == row["estimate"]
    ]
    rates = [bar.share for bar in bars[1:]]
    if rates and fits(rates):
        title = f"{title}: {locale.percent_interval(min(rates), max(rates))}"
        said = [Said(bar.label, locale.percent(bar.share), bar.share) for bar in bars]
        draw = partial(draw_bars, bars, locale, intervals=False)
        parts = figure_parts(f"response_by_{by}-bars", title, said, draw, locale)
        note = locale.text("Per cent of those in the frame (n) who answered. Groups that are not shown are left out.")
        yield parts.captioned(note, source_notes(r.study, locale))
    yield response_table(r, by)


def _by_unit_said(r: Result, by: str) -> Iterator[Markup]:
    there = [row for row in r.rows if known(row)]
    if len(there) < 2:
        return
    low, high = (pick(there, key=lambda row: row["estimate"]) for pick in (min, max))
    yield filled_in(
        r.locale.text("By {group}, from {low} to {high} answered."),
        group=within(r.labels.variable(by)),
        low=r.percent(low["estimate"], f"response_by_{by}", str(low["group"])),
        high=r.percent(high["estimate"], f"response_by_{by}", str(high["group"])),
    )


def _crossed(r: Result, by: list[str]) -> TableView:
    """Show how many answered by two groups of the frame; hidden where too few remain."""
    outer, inner = by
    rows = [
        Row(
            str(row["group"]).replace(":", "--"),
            r.labels.level(inner, str(row["group"]).partition(":")[2]),
            _numbers(row),
            r.labels.level(outer, str(row["group"]).partition(":")[0]),
        )
        for row in r.rows
        if row["n"] > 0
    ]
    name = f"response_by_{outer}_{inner}"
    return r.table(name, response_title(r, by), r.labels.variable(inner), _columns(r), rows)


def _day_rows(r: Result) -> list[tuple[date, dict[str, Any]]]:
    return [
        (date.fromisoformat(str(row["group"]).rpartition("/")[2]), row)
        for row in r.rows
        if row["count"] == row["count"]
    ]


def _days(r: Result) -> Iterator[Part]:
    """Show the share that had answered by the end of each day, with the reminders."""
    from ..seaborn_charts import arrival

    locale, study, days = r.locale, r.study, _day_rows(r)
    if not days:
        return
    marks = study.fieldwork.reminders if study.fieldwork else ()
    points = [(day, float(row["estimate"])) for day, row in days]
    title = locale.text(
        "{share} had answered by {day}", share=locale.percent(points[-1][1]), day=locale.date(points[-1][0])
    )
    note = locale.text(
        "Per cent of {base} who had answered by the end of each day. Dashed lines: reminders.",
        base=locale.number(study.base or 0),
    )
    about = study.fieldwork.note[locale.language] if study.fieldwork and study.fieldwork.note else None
    yield arrival("arrival", title, points, marks, locale).captioned(note, about, source_notes(study, locale))
    columns = (
        Column("count", locale.text("Had answered"), "count"),
        Column("percent", locale.text("Response rate (%)"), "percent"),
    )
    rows = [Row(day.isoformat(), locale.date(day), (int(row["count"]), value(row["estimate"]))) for day, row in days]
    few = locale.text("Days on which few answered are counted together.")
    yield r.table("arrivals", locale.text("Answers by the end of each day"), locale.text("Day"), columns, rows, few)


def _days_said(r: Result) -> Iterator[Markup]:
    locale, days = r.locale, _day_rows(r)
    for reminder in r.study.fieldwork.reminders if r.study.fieldwork else ():
        before = [(day, row) for day, row in days if day < reminder]
        if before:
            day, row = before[-1]
            yield filled_in(
                locale.text("Before the reminder of {day}, {share} had answered."),
                day=locale.date(reminder),
                share=r.percent(row["estimate"], "arrivals", day.isoformat()),
            )
    if days:
        day, row = days[-1]
        yield filled_in(
            locale.text("In the end, {share} had answered."),
            share=r.percent(row["estimate"], "arrivals", day.isoformat()),
        )


# Whom the answers represent.


def balance_parts(r: Result) -> Iterator[Part]:
    """Show each group's share of the answers and of the frame."""
    (by,), locale = group_names(r), r.locale
    own, tests = _balance(r)
    if not own or any(row["estimate"] != row["estimate"] for row in own):
        return
    rows = [
        Row(
            str(row["group"]),
            r.labels.level(by, str(row["group"])),
            (row["share_of_answers"], row["share_of_frame"], 100 * row["estimate"]),
        )
        for row in own
    ]
    index = 100 * tests["dissimilarity"]["estimate"]
    rows.append(Row("dissimilarity", locale.text("Dissimilarity index"), (None, None, index), sum=True))
    columns = (
        Column("answers", locale.text("Of the answers (%)"), "percent", 1),
        Column("frame", locale.text("Of the frame (%)"), "percent", 1),
        Column("gap", locale.text("Gap, percentage points"), "number", 1),
    )
    label = r.labels.variable(by)
    title = locale.text("Shares of the answers and of the frame, by {group}", group=within(label))
    chi_squared = _chi_squared(r, tests["chi_square"], by) if known(tests["chi_square"], "statistic") else None
    yield r.table(f"balance_by_{by}", title, label, columns, rows, frame_note(r), chi_squared)


def _balance(r: Result) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """Return the rows of groups, and those of the whole by their kind."""
    own = [row for row in r.rows if row["category"] == "gap"]
    return own, {str(row["category"]): row for row in r.rows if row["category"] != "gap"}


def _chi_squared(r: Result, test: Mapping[str, Any], by: str) -> str:
    p = r.locale.p_value(float(test["p_value"]))
    return r.locale.text(
        "Pearson's test of answered or not by {group}: chi-squared = {statistic} on {df} degrees of freedom, p {p}. With so many "
        "asked, a test finds gaps that matter to nobody: read the index first.",
        group=within(r.labels.variable(by)),
        statistic=r.locale.number(float(test["statistic"]), 1),
        df=r.locale.number(float(test["df"])),
        p=p if p.startswith("<") else f"= {p}",
    )


def frame_note(r: Result) -> str | None:
    """Return that the frame of a synthetic study is itself made up."""
    if not r.study.synthetic:
        return None
    return r.locale.text("The frame is synthetic, so that this shows the method and says nothing of the real response.")


def balance_sentences(r: Result) -> Iterator[Markup]:
    """Say where the largest gap is, and what it would take for the shares to match."""
    (by,) = group_names(r)
    own, tests = _balance(r)
    if not own or not all(map(known, own)):
        return
    largest = max(own, key=lambda row: abs(row["estimate"]))
    text = (
        r.locale.text("The largest gap: {group} has {gap} percentage points more of the answers than of the frame.")
        if largest["estimate"] > 0
        else r.locale.text(
            "The largest gap: {group} has {gap} percentage points less of the answers than of the frame."
        )
    )
    yield filled_in(
        text,
        gap=r.distance(largest["estimate"], f"balance_by_{by}", str(largest["group"])),
        group=r.labels.level(by, str(largest["group"])),
    )
    yield filled_in(
        r.locale.text("For the shares to match, {share} of the answers would have to come from other groups."),
        share=r.percent(tests["dissimilarity"]["estimate"], f"balance_by_{by}", "dissimilarity", 1),
    )


def evenness_parts(r: Result) -> Iterator[Part]:
    """Show the R-indicator."""
    locale = r.locale
    names = {
        "R": locale.text("R-indicator (1: everyone equally likely to answer)"),
        "R_unadjusted": locale.text("R-indicator without adjustment for bias"),
        "CV": locale.text("Coefficient of variation of the response propensities"),
    }
    there = [row for row in r.rows if known(row) and str(row["term"]) in names]
    if not there:
        return
    rows = [
        Row(
            str(row["term"]),
            names[str(row["term"])],
            tuple(value(row[n]) for n in ("estimate", "conf_low", "conf_high")),
        )
        for row in there
    ]
    columns = (Column("estimate", locale.text("Estimate"), "number", 2), *bounds(locale, "number", 2))
    note = locale.text(
        "It sees only differences between the groups of the frame: response that depends on the answer itself leaves it at 1, and "
        "weights do not mend it. Worked out from released counts; where a crossing is not shown, from what the margins imply."
    )
    yield r.table(
        "representativeness",
        locale.text("How evenly people answered"),
        locale.text("Indicator"),
        columns,
        rows,
        note,
        frame_note(r),
    )


def evenness_sentences(r: Result) -> Iterator[Markup]:
    """Say how evenly people answered."""
    for row in (row for row in r.rows if row["term"] == "R" and row["estimate"] == row["estimate"]):
        yield filled_in(
            r.locale.text("The R-indicator is {number}, where 1 means that everyone is equally likely to answer."),
            number=r.number(row["estimate"], 2, "representativeness", "R"),
        )


# Each row of the export.


def cleaning_parts(r: Result) -> Iterator[Part]:
    """Show how many rows were read, set aside for each reason, and kept."""
    log, locale = r.asked["log"], r.locale
    aside = [
        Row(f"set-aside-{number}", locale.text("Set aside: {reason}", reason=_reason(r, reason)), (rows,))
        for number, (reason, rows) in enumerate(log.set_aside.items(), start=1)
    ]
    rows = [
        Row("read", locale.text("Read from the export"), (log.rows_in,)),
        *aside,
        Row("kept", locale.text("Kept"), (log.kept,), total=True),
    ]
    columns = (Column("rows", locale.text("Rows"), "count"),)
    note = locale.text("Each row is set aside for one reason, the first that applies.")
    yield r.table(
        "cleaning",
        locale.text("Rows of the export, kept and set aside"),
        locale.text("Step"),
        columns,
        rows,
        note,
        _against_routing(r),
    )


def _against_routing(r: Result) -> str | None:
    """Return to which questions people answered whom the routing passes by, and what became of their answers."""
    locale, found = r.locale, r.asked["log"].against_routing
    if not found:
        return None
    kept = r.study.export.against_routing == "keep"
    said = locale.text("They are kept.") if kept else locale.text("They are left out.")
    listed = locale.listed([f"{r.labels.variable(item)} ({locale.number(n)})" for item, n in found.items()])
    return (
        locale.text("Answers to questions that were not for the respondent: {questions}.", questions=listed)
        + f" {said}"
    )


def _reason(r: Result, reason: str) -> str:
    locale = r.locale
    texts = {
        "before_fieldwork": locale.text("before the fieldwork"),
        "after_fieldwork": locale.text("after the fieldwork"),
        "break_off": locale.text("broken off"),
        "nothing_answered": locale.text("nothing answered"),
        "non_contact": locale.text("never opened"),
        "not_included": locale.text("not included by the study"),
        "duplicate": locale.text("a second answer from the same respondent"),
    }
    own = {exclusion.reason: exclusion.label[locale.language] for exclusion in r.study.export.exclude}
    return own.get(reason) or texts.get(reason, reason)


def unread_parts(r: Result) -> Iterator[Part]:
    """Show the columns of the export that nothing reads, so that a forgotten question is seen."""
    locale = r.locale
    rows = [
        Row(f"column-{number}", str(row["column"]), (int(row["values"]),)) for number, row in enumerate(r.rows, start=1)
    ]
    if rows:
        columns = (Column("values", locale.text("Values"), "count"),)
        title = locale.text("Columns of the export that are not read")
        yield r.table("unread", title, locale.text("Column"), columns, rows)


def unread_sentences(r: Result) -> Iterator[str]:
    """Say that every column is read, where that is so, and which of those that are not look like weights."""
    if not r.rows:
        yield r.locale.text("Every column of the export is read, or left out by the study.")
    for row in r.rows:
        if looks_like_weights(str(row["column"])):
            text = r.locale.text("The column {column} looks like weights, and no figure is weighted by it.")
            yield filled_in(text, column=r.locale.quoted(str(row["column"])))
