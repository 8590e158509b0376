"""Who answered, for a reader: rates, response by unit and day, whom the answers represent, and each row of the export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from markupsafe import Markup

from ...data import looks_like_weights
from ..bars import bars_figure
from ..distributions import Measure
from ..result import INTERVAL, Line, Part, Presenter, Result, value
from ..room import fits
from ..views import HIDDEN, Column, Row, TableView, Value

RATES = {"RR1": "RR1, RR3, RR5", "RR2": "RR2, RR4, RR6"}
"""The rates that differ where everyone's eligibility is known, with those they are equal to."""


def of_rates(r: Result) -> Presenter:
    """Choose how response rates are shown: on each base of the study, by groups of the frame, or as the days went."""
    if r.by == ["day"]:
        return Presenter(_days, _days_said)
    if not r.by:
        return Presenter(lambda r: [_rates(r)], _rates_said)
    return Presenter(_by_unit, _by_unit_said) if len(r.by) == 1 else Presenter(lambda r: [_crossed(r)])


def _sizes(r: Result) -> dict[str, str]:
    """Return how many there are that a rate is over, as a reader sees it."""
    sizes = {"base": r.study.plan.base or r.study.base, "invited": r.study.plan.invited}
    return {name: r.locale.number(size or 0) for name, size in sizes.items()}


def _rates(r: Result) -> TableView:
    sizes = _sizes(r)
    found = {(row.term, row.group): row for row in r.rows}
    heads = {
        "base": r.text("Of the {n} that the rate is over (%)", n=sizes["base"]),
        "invited": r.text("Of the {n} invited (%)", n=sizes["invited"]),
    }
    kinds = {"RR1": r.text("Complete answers"), "RR2": r.text("Complete and partial answers")}
    used = [base for base in heads if ("RR2", base) in found]
    rows = [
        Row(term, f"{kinds[term]} ({names})", tuple(value(found[term, base]["estimate"]) for base in used))
        for term, names in RATES.items()
        if any((term, base) in found for base in used)  # a release does not tell partial answers from complete ones
    ]
    columns = [Column(base, heads[base], "percent", 1) for base in used]
    about = r.study.plan.base_note
    note = r.text(
        "AAPOR's Standard Definitions. Everyone on the list could have answered, so that rates that differ only in how they "
        "treat unknown eligibility are equal. Those who broke off count as not having answered."
    )
    own = about[r.locale.language] if about else None
    return r.table("response_rates", r.text("Response rates"), r.text("Rate"), columns, rows, own, note)


def _rates_said(r: Result) -> Iterator[Markup | str]:
    for number, row in enumerate(row for row in r.rows if row.term == "RR2"):
        yield r.either(
            "Over all {size} who were invited, the rate is {rate}.",
            "{answered} of {size} answered: {rate}.",
            number,
            answered=r.locale.number(row.count),
            size=_sizes(r)[row.group],
            rate=r.percent(row.estimate, "response_rates", "RR2", 1),
        )


def _title(r: Result, by: Iterable[str]) -> str:
    """Return what a table or figure of response is called."""
    return r.text("Response by {group}", group=r.locale.listed(map(r.within, by)))


def _columns(r: Result) -> tuple[Column, ...]:
    answered, people = Column("count", r.text("Answered"), "count"), r.text("In the frame")
    return answered, Column("population", people, "count"), *r.columns("rate")


def _numbers(row: Line) -> tuple[Value, ...]:
    people = int(row.n) if row.known("n") else None
    return row.counted("count"), people, value(row.estimate) if row.known("count") else HIDDEN


def response_table(r: Result, by: str) -> TableView:
    """Return how many answered, of how many, and the rate, by a group of the frame; everyone last."""
    rows = [Row(key, label, _numbers(row), total=key == "total") for key, label, row in labelled_rates(r, by)]
    return r.table(f"response_by_{by}", _title(r, [by]), r.variable(by), _columns(r), rows)


def labelled_rates(r: Result, by: str) -> list[tuple[str, str, Line]]:
    """Return key, label and figures of each group of the frame, then of everyone."""
    own = [row for row in r.rows if row.n > 0]
    total, size = r.source.response().count(), r.study.base or sum(row.n for row in own)
    everyone = Line(count=total, n=size, estimate=total / size)
    groups = [(row.group, r.labels.level(by, row.group), row) for row in own]
    return [*groups, ("total", r.text("All"), everyone)]


def _by_unit(r: Result) -> Iterator[Part]:
    """Show response by a group of the frame as bars in print order: no ranking; and the table behind a line."""
    (by,) = r.by
    *groups, everyone = labelled_rates(r, by)
    bars = [
        Measure(key, label, int(row.count), int(row.n), *(row.estimate,) * 3)
        for key, label, row in (everyone, *groups)
        if row.known()
    ]
    rates = [bar.share for bar in bars[1:]]
    if rates and fits(rates):
        title = f"{_title(r, [by])}: {r.locale.percent_interval(min(rates), max(rates))}"
        figure = bars_figure(f"response_by_{by}-bars", title, bars, r.locale, intervals=False)
        note = r.text("Per cent of those in the frame (n) who answered. Groups that are not shown are left out.")
        yield r.figure(figure, note)
    yield response_table(r, by)


def _by_unit_said(r: Result) -> Iterator[Markup | str]:
    (by,) = r.by
    there = [row for row in r.rows if row.known()]
    if len(there) < 2:
        return
    found = (pick(there, key=lambda row: row.estimate) for pick in (min, max))
    low, high = (r.percent(row.estimate, f"response_by_{by}", row.group) for row in found)
    yield r.text("By {group}, from {low} to {high} answered.", group=r.within(by), low=low, high=high)


def _crossed(r: Result) -> TableView:
    """Show how many answered by two groups of the frame; hidden where too few remain."""
    outer, inner = r.by
    rows = []
    for row in (row for row in r.rows if row.n > 0):
        first, _, last = row.group.partition(":")
        section, label = r.labels.level(outer, first), r.labels.level(inner, last)
        rows.append(Row(row.group.replace(":", "--"), label, _numbers(row), section))
    return r.table(f"response_by_{outer}_{inner}", _title(r, r.by), r.variable(inner), _columns(r), rows)


def _day_rows(r: Result) -> list[tuple[date, Line]]:
    return [(date.fromisoformat(row.group.rpartition("/")[2]), row) for row in r.rows if row.known("count")]


def _days(r: Result) -> Iterator[Part]:
    """Show the share that had answered by the end of each day, with the reminders."""
    from ..seaborn_charts import arrival

    locale, fieldwork, days = r.locale, r.study.fieldwork, _day_rows(r)
    if not days:
        return
    points = [(day, float(row.estimate)) for day, row in days]
    last, share = points[-1]
    title = r.text("{share} had answered by {day}", share=locale.percent(share), day=locale.date(last))
    note = r.text(
        "Per cent of {base} who had answered by the end of each day. Dashed lines: reminders.",
        base=locale.number(r.study.base or 0),
    )
    about = fieldwork.note[locale.language] if fieldwork and fieldwork.note else None
    reminders = fieldwork.reminders if fieldwork else ()
    yield r.figure(arrival("arrival", title, points, reminders, locale), note, about)
    columns = (Column("count", r.text("Had answered"), "count"), *r.columns("rate"))
    rows = [
        Row(day.isoformat(), locale.date(day), (row.counted("count"), *row.values_of("estimate"))) for day, row in days
    ]
    few = r.text("Days on which few answered are counted together.")
    yield r.table("arrivals", r.text("Answers by the end of each day"), r.text("Day"), columns, rows, few)


def _days_said(r: Result) -> Iterator[Markup | str]:
    days = [(day, r.percent(row.estimate, "arrivals", day.isoformat())) for day, row in _day_rows(r)]
    for reminder in r.study.fieldwork.reminders if r.study.fieldwork else ():
        if before := [share for day, share in days if day < reminder]:
            day = r.locale.date(reminder)
            yield r.text("Before the reminder of {day}, {share} had answered.", day=day, share=before[-1])
    if days:
        yield r.text("In the end, {share} had answered.", share=days[-1][1])


# Whom the answers represent.


def balance_parts(r: Result) -> Iterator[Part]:
    """Show each group's share of the answers and of the frame."""
    (by,) = r.by
    own, tests = _balance(r)
    if not own:
        return
    rows = [Row(row.group, r.level(row), (row.share_of_answers, row.share_of_frame, 100 * row.estimate)) for row in own]
    index = 100 * tests["dissimilarity"].estimate
    rows.append(Row("dissimilarity", r.text("Dissimilarity index"), (None, None, index), sum=True))
    columns = (
        Column("answers", r.text("Of the answers (%)"), "percent", 1),
        Column("frame", r.text("Of the frame (%)"), "percent", 1),
        Column("gap", r.text("Gap, percentage points"), "number", 1),
    )
    title = r.text("Shares of the answers and of the frame, by {group}", group=r.within(by))
    chi_squared = _chi_squared(r, tests["chi_square"], by)
    yield r.table(f"balance_by_{by}", title, r.variable(by), columns, rows, _frame_note(r), chi_squared)


def _balance(r: Result) -> tuple[list[Line], dict[str, Line]]:
    """Return the rows of groups, none where one is hidden, and those of the whole by their kind."""
    own = [row for row in r.rows if row.category == "gap"]
    return own if all(row.known() for row in own) else [], {
        row.category: row for row in r.rows if row.category != "gap"
    }


def _chi_squared(r: Result, test: Line, by: str) -> str | None:
    if not test.known("statistic"):
        return None
    return r.text(
        "Pearson's test of answered or not by {group}: chi-squared = {statistic} on {df} degrees of freedom, p {p}. With so many "
        "asked, a test finds gaps that matter to nobody: read the index first.",
        group=r.within(by),
        statistic=r.locale.number(float(test["statistic"]), 1),
        df=r.locale.number(float(test["df"])),
        p=r.compared_p(test["p_value"]),
    )


def _frame_note(r: Result) -> str | None:
    """Return that the frame of a synthetic study is itself made up."""
    if not r.study.synthetic:
        return None
    return r.text("The frame is synthetic, so that this shows the method and says nothing of the real response.")


def balance_sentences(r: Result) -> Iterator[Markup | str]:
    """Say where the largest gap is, and what it would take for the shares to match."""
    (by,) = r.by
    own, tests = _balance(r)
    if not own:
        return
    largest, table = max(own, key=lambda row: abs(row.estimate)), f"balance_by_{by}"
    yield r.either(
        "The largest gap: {group} has {gap} percentage points more of the answers than of the frame.",
        "The largest gap: {group} has {gap} percentage points less of the answers than of the frame.",
        largest.estimate > 0,
        gap=r.distance(largest.estimate, table, largest.group),
        group=r.level(largest),
    )
    yield r.text(
        "For the shares to match, {share} of the answers would have to come from other groups.",
        share=r.percent(tests["dissimilarity"].estimate, table, "dissimilarity", 1),
    )


def evenness_parts(r: Result) -> Iterator[Part]:
    """Show the R-indicator."""
    names = {
        "R": r.text("R-indicator (1: everyone equally likely to answer)"),
        "R_unadjusted": r.text("R-indicator without adjustment for bias"),
        "CV": r.text("Coefficient of variation of the response propensities"),
    }
    there = [row for row in r.rows if row.known() and row.term in names]
    if not there:
        return
    rows = [Row(row.term, names[row.term], row.values_of(*INTERVAL)) for row in there]
    columns = r.estimate("estimate", r.text("Estimate"), "number", 2)
    note = r.text(
        "It sees only differences between the groups of the frame: response that depends on the answer itself leaves it at 1, and "
        "weights do not mend it. Worked out from released counts; where a crossing is not shown, from what the margins imply."
    )
    title = r.text("How evenly people answered")
    yield r.table("representativeness", title, r.text("Indicator"), columns, rows, note, _frame_note(r))


def evenness_sentences(r: Result) -> Iterator[Markup | str]:
    """Say how evenly people answered."""
    for row in (row for row in r.rows if row.term == "R" and row.known()):
        yield r.text(
            "The R-indicator is {number}, where 1 means that everyone is equally likely to answer.",
            number=r.number(row.estimate, 2, "representativeness", "R"),
        )


# Each row of the export.


def cleaning_parts(r: Result) -> Iterator[Part]:
    """Show how many rows were read, set aside for each reason, and kept."""
    log = r.asked["log"]
    aside = [
        Row(f"set-aside-{number}", r.text("Set aside: {reason}", reason=_reason(r, reason)), (rows,))
        for number, (reason, rows) in enumerate(log.set_aside.items(), start=1)
    ]
    read = Row("read", r.text("Read from the export"), (log.rows_in,))
    kept = Row("kept", r.text("Kept"), (log.kept,), total=True)
    title, columns = r.text("Rows of the export, kept and set aside"), (Column("rows", r.text("Rows"), "count"),)
    note = r.text("Each row is set aside for one reason, the first that applies.")
    yield r.table("cleaning", title, r.text("Step"), columns, [read, *aside, kept], note, _against_routing(r))


def _against_routing(r: Result) -> str | None:
    """Return to which questions people answered whom the routing passes by, and what became of their answers."""
    found = r.asked["log"].against_routing
    if not found:
        return None
    listed = r.locale.listed([f"{r.variable(item)} ({r.locale.number(n)})" for item, n in found.items()])
    said = r.text("Answers to questions that were not for the respondent: {questions}.", questions=listed)
    kept = r.study.export.against_routing == "keep"
    return " ".join((said, r.text("They are kept.") if kept else r.text("They are left out.")))


def _reason(r: Result, reason: str) -> str:
    texts = {
        "before_fieldwork": r.text("before the fieldwork"),
        "after_fieldwork": r.text("after the fieldwork"),
        "break_off": r.text("broken off"),
        "nothing_answered": r.text("nothing answered"),
        "non_contact": r.text("never opened"),
        "not_included": r.text("not included by the study"),
        "duplicate": r.text("a second answer from the same respondent"),
    }
    own = {exclusion.reason: exclusion.label[r.locale.language] for exclusion in r.study.export.exclude}
    return own.get(reason) or texts.get(reason, reason)


def unread_parts(r: Result) -> Iterator[Part]:
    """Show the columns of the export that nothing reads, so that a forgotten question is seen."""
    rows = [Row(f"column-{at}", row.column, (row.counted("values"),)) for at, row in enumerate(r.rows, start=1)]
    if rows:
        columns = (Column("values", r.text("Values"), "count"),)
        yield r.table("unread", r.text("Columns of the export that are not read"), r.text("Column"), columns, rows)


def unread_sentences(r: Result) -> Iterator[str]:
    """Say that every column is read, where that is so, and which of those that are not look like weights."""
    if not r.rows:
        yield r.text("Every column of the export is read, or left out by the study.")
    for column in (row.column for row in r.rows):
        if looks_like_weights(column):
            quoted = r.locale.quoted(column)
            yield r.text("The column {column} looks like weights, and no figure is weighted by it.", column=quoted)
