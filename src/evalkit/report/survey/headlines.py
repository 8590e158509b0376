"""The headline figures: both intervals, and how each conclusion stands up to those who did not answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...study import Headline
from ..captions import joined, source_notes
from ..distributions import Answers
from ..views import Column, Row, TableView
from .parts import bounds, linked

if TYPE_CHECKING:
    import pandas as pd
    from markupsafe import Markup

    from ...i18n import Locale
    from ...release import Release

ARRIVALS = ("early", "late")


def counted(release: Release, headline: Headline, locale: Locale) -> tuple[int, int] | None:
    """Return how many gave a headline's answers, and how many answered the survey; None where either is hidden."""
    variable = release.study.codebook.variable(headline.item)
    answers = Answers(release.table(variable.item_id), release.study, locale)
    count, base = answers.count_together(headline.item, (), headline.categories), answers.base(headline.item, ())
    return None if count is None or not base else (count, base)


def _shown(release: Release, locale: Locale) -> Iterator[tuple[str, Headline, int, int]]:
    for number, headline in enumerate(release.study.plan.headlines, start=1):
        found = counted(release, headline, locale)
        if found is not None:
            yield f"headline-{number}", headline, *found


def intervals_view(release: Release, locale: Locale) -> TableView | None:
    """Return the headline figures with the interval for all, and the one without finite population correction."""
    from ...estimate import proportions_from_counts

    study, rows = release.study, []
    for key, headline, count, base in _shown(release, locale):
        row = proportions_from_counts(count, base, study.base).iloc[0]
        numbers = ("estimate", "conf_low", "conf_high", "conf_low_without_fpc", "conf_high_without_fpc")
        rows.append(Row(key, _label(headline, locale), (*(float(row[n]) for n in numbers), base)))
    if not rows:
        return None
    low, high = bounds(locale, decimals=1)
    columns = (
        Column("percent", locale.text("Per cent"), "percent"),
        low,
        high,
        Column("wide_low", locale.text("Without correction, from"), "percent", 1),
        Column("wide_high", locale.text("Without correction, to"), "percent", 1),
        Column("n", locale.text("Number of answers (n)"), "count"),
    )
    notes = joined(
        locale.text(
            "Per cent of everyone who answered the survey (n). The first interval holds for everyone asked if those who did not "
            "answer are like those who did; the second, without finite population correction, as if those who answered were drawn "
            "from far more people in the same situation. Wilson's intervals."
        ),
        source_notes(study, locale),
    )
    return TableView(
        "headlines", locale.text("The headline figures"), locale.text("Share who …"), columns, tuple(rows), notes
    )


def sensitivity_view(release: Release, locale: Locale) -> tuple[TableView, list[Markup | str]] | None:
    """Return how far those who did not answer could move each conclusion, and what it takes in words."""
    from ...estimate import sensitivity_from_counts

    study, rows, said = release.study, [], []
    for key, headline, count, base in _shown(release, locale):
        if study.base is None or (headline.above is None and headline.below is None):
            continue
        found = sensitivity_from_counts(
            count, base, base, study.base, headline.item, headline.above, headline.below
        ).iloc[0]
        rows.append(Row(key, _label(headline, locale), _values(found, headline, locale)))
        said.append(_turning(found, headline, key, locale))
    if not rows:
        return None
    columns = (
        Column("percent", locale.text("Per cent of those who answered"), "percent"),
        Column("low", locale.text("Of all, if none of the others would (%)"), "percent"),
        Column("high", locale.text("Of all, if all of the others would (%)"), "percent"),
        Column("conclusion", locale.text("Conclusion")),
        Column("turns", locale.text("Turns if so many of the others would (%)"), "percent"),
        Column("odds", locale.text("Odds ratio of the others"), "number", 2),
    )
    notes = joined(
        locale.text(
            "The others: those who did not answer. The odds ratio says how unlike those who answered they would have to be for the "
            "conclusion to turn: 1 is alike. Without an entry no answers of theirs could turn it, or the conclusion does not hold "
            "in the first place."
        ),
        source_notes(study, locale),
    )
    title = locale.text("What those who did not answer could change")
    view = TableView("sensitivity", title, locale.text("Share who …"), columns, tuple(rows), notes)
    return view, [sentence for sentence in said if sentence]


def _values(found: pd.Series, headline: Headline, locale: Locale) -> tuple[float | str | None, ...]:
    threshold = locale.percent(float(found["threshold"]))
    text = (
        locale.text("more than {share}", share=threshold)
        if headline.above is not None
        else locale.text("less than {share}", share=threshold)
    )
    turn = [
        None if found[name] != found[name] else float(found[name]) for name in ("turning_share", "turning_odds_ratio")
    ]
    return (float(found["estimate"]), float(found["worst_low"]), float(found["worst_high"]), text, *turn)


def _turning(found: pd.Series, headline: Headline, key: str, locale: Locale) -> Markup | str:
    from markupsafe import escape

    label = locale.quoted(_label(headline, locale))
    if not found["holds"]:
        return escape(locale.text("{label}: the conclusion does not hold among those who answered.", label=label))
    if found["holds_whatever"]:
        return escape(locale.text("{label}: holds whatever the others would have said.", label=label))
    text = (
        locale.text(
            "{label}: more than {limit} of all as long as more than {share} of those who did not answer would say the same (odds ratio {odds})."
        )
        if headline.above is not None
        else locale.text(
            "{label}: less than {limit} of all as long as less than {share} of those who did not answer would say the same (odds ratio {odds})."
        )
    )
    return escape(text).format(
        label=label,
        limit=locale.percent(float(found["threshold"])),
        share=linked(locale.percent(float(found["turning_share"])), "sensitivity", key),
        odds=linked(locale.number(float(found["turning_odds_ratio"]), 2), "sensitivity", key),
    )


def arrival_view(release: Release, locale: Locale) -> tuple[TableView, list[Markup | str]] | None:
    """Return the headline figures of those who answered early and late, where they are published."""
    from ...estimate import early_and_late_from_counts

    study, rows, said = release.study, [], []
    for key, headline, _, _ in _shown(release, locale):
        counts = _by_arrival(release, headline)
        if counts is None:
            continue
        found = early_and_late_from_counts(*counts, headline.item).set_index("group")
        shares = [float(found.loc[group, "estimate"]) for group in ARRIVALS]
        gap = [100 * float(found.loc["late - early", name]) for name in ("estimate", "conf_low", "conf_high")]
        rows.append(Row(key, _label(headline, locale), (*shares, *gap)))
        said.append(_arrived(gap, key, headline, locale))
    if not rows:
        return None
    columns = (
        Column("early", locale.text("Before the first reminder (%)"), "percent"),
        Column("late", locale.text("After it (%)"), "percent"),
        Column("gap", locale.text("Difference, percentage points"), "number", 1),
        Column("conf_low", locale.text("95% interval, from"), "number", 1),
        Column("conf_high", locale.text("95% interval, to"), "number", 1),
    )
    note = locale.text(
        "Those who answer late are often taken to be more like those who never do. Per cent of everyone who answered the survey "
        "in that period; Newcombe's interval of the difference. Published for the first headline's question alone."
    )
    title = locale.text("Early and late answers")
    return TableView(
        "early_and_late",
        title,
        locale.text("Share who …"),
        columns,
        tuple(rows),
        joined(note, source_notes(study, locale)),
    ), said


def _by_arrival(release: Release, headline: Headline) -> tuple[list[int], list[int]] | None:
    table = release.tables.get(f"{headline.item}_by_arrival")
    if table is None:
        return None
    counts = [
        [table.count({"arrival": when, headline.item: code}) for code in headline.categories] for when in ARRIVALS
    ]
    bases = [table.count({"arrival": when}) for when in ARRIVALS]
    if any(n is None for n in (*counts[0], *counts[1], *bases)):
        return None
    return [sum(n or 0 for n in row) for row in counts], [n or 0 for n in bases]


def _arrived(gap: list[float], key: str, headline: Headline, locale: Locale) -> Markup | str:
    from markupsafe import escape

    words = linked(locale.number(gap[0], 1), "early_and_late", key)
    text = (
        locale.text(
            "{label}: late answers differ from early ones by {gap} percentage points, and the interval leaves out zero."
        )
        if gap[1] > 0 or gap[2] < 0
        else locale.text(
            "{label}: late answers differ from early ones by {gap} percentage points, and the interval holds zero."
        )
    )
    return escape(text).format(label=locale.quoted(_label(headline, locale)), gap=words)


def _label(headline: Headline, locale: Locale) -> str:
    return headline.label[locale.language]
