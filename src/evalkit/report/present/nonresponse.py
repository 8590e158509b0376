"""Those who did not answer, for a reader: how far they could move each conclusion, and whether late answers differ from early ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from ...study import Headline
from ..headlines import headline_rows
from ..result import Part, Result, bounds, excludes_zero, value
from ..views import Column, Row, Value
from .model import filled_in
from .survey import INTERVAL, known, shown


def bound_parts(r: Result) -> Iterator[Part]:
    """Show how far those who did not answer could move each conclusion, and what it takes."""
    locale = r.locale
    rows = [
        Row(f"headline-{at}", one.label[locale.language], _bounds(r, one, row)) for at, one, row in headline_rows(r)
    ]
    columns = (
        Column("percent", locale.text("Per cent of those who answered"), "percent"),
        Column("low", locale.text("Of all, if none of the others would (%)"), "percent"),
        Column("high", locale.text("Of all, if all of the others would (%)"), "percent"),
        Column("conclusion", locale.text("Conclusion")),
        Column("turns", locale.text("Turns if so many of the others would (%)"), "percent"),
        Column("odds", locale.text("Odds ratio of the others"), "number", 2),
    )
    note = locale.text(
        "The others: those who did not answer. The odds ratio says how unlike those who answered they would have to be for the "
        "conclusion to turn: 1 is alike. Without an entry no answers of theirs could turn it, or the conclusion does not hold "
        "in the first place."
    )
    title = locale.text("What those who did not answer could change")
    yield r.table("sensitivity", title, locale.text("Share who …"), columns, rows, note)


def _bounds(r: Result, headline: Headline, row: Mapping[str, Any]) -> tuple[Value, ...]:
    limit = _limit(r, headline)
    turns = (value(row["turning_share"]), value(row["turning_odds_ratio"])) if limit else (None, None)
    return (*(shown(row, name) for name in ("estimate", "worst_low", "worst_high")), limit, *turns)


def _limit(r: Result, headline: Headline) -> str | None:
    """Return what the plan concludes of a figure: `more than 50%`."""
    if headline.above is not None:
        return r.locale.text("more than {share}", share=r.locale.percent(headline.above))
    if headline.below is not None:
        return r.locale.text("less than {share}", share=r.locale.percent(headline.below))
    return None


def bound_sentences(r: Result) -> Iterator[Markup]:
    """Say of each conclusion how many of those who did not answer would have to disagree for it to turn."""
    for number, headline, row in headline_rows(r):
        limit = _limit(r, headline)
        if limit is not None and known(row):
            share = (
                r.percent(row["turning_share"], "sensitivity", f"headline-{number}")
                if known(row, "turning_share")
                else ""
            )
            yield filled_in(
                _turning(r, headline, row), limit=limit, label=headline.label[r.locale.language], share=share
            )


def _turning(r: Result, headline: Headline, row: Mapping[str, Any]) -> str:
    text = r.locale.text
    if not row["holds"]:
        return text("The conclusion that {limit} {label} does not hold among those who answered.")
    if row["holds_whatever"]:
        return text("That {limit} {label} holds whatever the others would have said.")
    if headline.above is not None:
        return text(
            "That {limit} {label} holds as long as more than {share} of those who did not answer would say the same."
        )
    return text(
        "That {limit} {label} holds as long as less than {share} of those who did not answer would say the same."
    )


def arrival_parts(r: Result) -> Iterator[Part]:
    """Show headline figures of those who answered before and after the first reminder."""
    locale, rows = r.locale, []
    for number, headline, gap in _gaps(r):
        own = [row for row in r.rows if (row["term"], row["category"]) == (gap["term"], gap["category"])]
        early, late = (next(row for row in own if row["group"] == group) for group in ("early", "late"))
        values = (value(early["estimate"]), value(late["estimate"]), *(value(gap[name], 100) for name in INTERVAL))
        rows.append(Row(f"headline-{number}", headline.label[locale.language], values))
    if not rows:
        return
    columns = (
        Column("early", locale.text("Before the first reminder (%)"), "percent"),
        Column("late", locale.text("After it (%)"), "percent"),
        Column("gap", locale.text("Difference, percentage points"), "number", 1),
        *bounds(locale, "number", 1),
    )
    note = locale.text(
        "Those who answer late are often taken to be more like those who never do. Per cent of everyone who answered the survey "
        "in that period; Newcombe's interval of the difference. Published for the first headline's question alone."
    )
    title = locale.text("Early and late answers")
    yield r.table("early_and_late", title, locale.text("Share who …"), columns, rows, note)


def _gaps(r: Result) -> list[tuple[int, Headline, dict[str, Any]]]:
    """Return the differences of late and early answers that are known, each with its headline and its number."""
    return [found for found in headline_rows(r) if found[2]["group"] == "late - early" and known(found[2])]


def arrival_sentences(r: Result) -> Iterator[Markup]:
    """Say whether late answers differ from early ones."""
    text = r.locale.text
    for number, headline, row in _gaps(r):
        template = text(
            "Late and early answers are not shown to differ in the share who {label} ({gap} percentage points, {interval})."
        )
        if excludes_zero(row):
            template = (
                text("More of those who answered late {label}: {gap} percentage points ({interval}).")
                if row["estimate"] > 0
                else text("Fewer of those who answered late {label}: {gap} percentage points ({interval}).")
            )
        fewer = excludes_zero(row) and row["estimate"] < 0  # said without a sign, and so is its interval
        gap = r.points(-row["estimate"] if fewer else row["estimate"], "early_and_late", f"headline-{number}")
        interval = r.span({"conf_low": -row["conf_high"], "conf_high": -row["conf_low"]} if fewer else row)
        yield filled_in(template, label=headline.label[r.locale.language], gap=gap, interval=interval)
