"""Those who did not answer, for a reader: how far they could move each conclusion, and whether late answers differ from early ones."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from ...i18n import msg
from ...study import Headline
from ..headlines import HeadlineRow, headline_rows
from ..result import INTERVAL, Line, Part, Result
from ..views import Column, Row, Value


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
