"""Who answered: response rates by group, and how the answers came in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..study import TOTAL
from .bars import draw_bars
from .captions import hidden_note, joined, source_notes, within
from .drawing import KEY, WIDTH, canvas, figure_parts, put
from .measures import Measure, population_of
from .palette import HIGH, INK, QUIET, RULE
from .shares import released
from .views import HIDDEN, Column, FigureView, Row, TableView, Value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..i18n import Locale
    from ..protect import SafeTable
    from ..study import Study

DAY = "submitted_on"
"""The dimension of days in the table of arrivals."""


def response_table(table: SafeTable, study: Study, locale: Locale, number: int | None = None) -> TableView:
    """Return how many answered, of how many, and the rate, by group.

    Parameters
    ----------
    table
        Released counts of those who answered, by one group or in all.
    study, locale
        For the frame, and for labels.
    number
        The table's number.

    Raises
    ------
    UsageError
        When the frame does not know the groups.
    """
    rows = tuple(
        Row(key, label, (_hidden(count), people, _rate(count, people)), total=key == "total")
        for key, label, count, people in _response(table, study, locale)
    )
    columns = (
        Column("count", locale.text("Answered"), "count"),
        Column("population", locale.text("In the frame"), "count"),
        Column("percent", locale.text("Response rate (%)"), "percent"),
    )
    dim = table.dims[0] if table.dims else None
    stub = study.codebook.variable(dim).label(locale.language) if dim else locale.text("Group")
    view = TableView(table.id, response_title(dim, study, locale), stub, columns, rows)
    notes = joined(hidden_note(locale) if view.hides else None, source_notes(study, locale))
    return TableView(view.id, view.title, stub, columns, rows, notes, number)


def response_figure(table: SafeTable, study: Study, locale: Locale, number: int | None = None) -> FigureView:
    """Return response rates by group as bars in print order, everyone on top: no ranking.

    Raises
    ------
    UsageError
        When the frame does not know the groups.
    """
    found = [
        Measure(key, label, people, people, count / people, count / people, count / people)
        for key, label, count, people in _response(table, study, locale)
        if count is not None and people
    ]
    bars = sorted(found, key=lambda bar: bar.key != "total")
    dim = table.dims[0] if table.dims else None
    title = response_title(dim, study, locale)
    groups = [bar.share for bar in bars if bar.key != "total"]
    if groups:
        title = f"{title}: {locale.percent_interval(min(groups), max(groups))}"
    alt = " ".join(f"{bar.label}: {locale.percent(bar.share)}." for bar in bars)
    parts = figure_parts(f"{table.id}-bars", title, alt, lambda: draw_bars(bars, locale, intervals=False))
    note = locale.text("Per cent of those in the frame (n) who answered. Groups that are not shown are left out.")
    return parts.view(joined(note, source_notes(study, locale)), number)


def response_title(dim: str | None, study: Study, locale: Locale) -> str:
    """Return what a table or figure of response is called."""
    if dim is None:
        return locale.text("Response")
    return locale.text("Response by {group}", group=within(study.codebook.variable(dim).label(locale.language)))


def _response(table: SafeTable, study: Study, locale: Locale) -> list[tuple[str, str, int | None, int]]:
    """Return key, label, respondents (None where hidden) and population of each group in print order, then of all."""
    released(table)
    if len(table.dims) > 1:
        raise UsageError("response is shown by one group at a time", where=table.id)
    rows: list[tuple[str, str, int | None, int]] = []
    for dim in table.dims:
        variable = study.codebook.variable(dim)
        known = set(table.cells[dim].astype(str))
        for code in variable.shown_codes:
            people = population_of(study, [dim], [code]) if code in known else None
            if people is not None:
                rows.append(
                    (code, variable.category_label(code, locale.language), table.count({dim: code}), int(people))
                )
    everyone = study.base
    if everyone is None or (table.dims and not rows):
        raise UsageError("the frame does not say how many there are", where=table.id, hint="add them to frame.csv")
    return [*rows, ("total", locale.text("All"), table.count(), int(everyone))]


def _hidden(count: int | None) -> Value:
    return HIDDEN if count is None else count


def _rate(count: int | None, people: int) -> Value:
    return HIDDEN if count is None else count / people


def arrival_figure(table: SafeTable, study: Study, locale: Locale, number: int | None = None) -> FigureView:
    """Return the share that had answered by the end of each day, with the reminders.

    Parameters
    ----------
    table
        Released counts by day (`2023-04-24`, or `2023-04-29/2023-05-01` for days counted together). After the first day that
        is hidden nothing is drawn.
    study, locale
        For the base, the reminders and labels.
    number
        The figure's number.
    """
    base = study.base
    if base is None:
        raise UsageError("nobody knows how many were asked", where=study.name, hint="set `invited` in study.yml")
    days = cumulative(table)
    marks = study.plan.fieldwork.reminders if study.plan.fieldwork else ()
    points = [(day, count / base) for day, count in days]
    title = locale.text(
        "{share} had answered by {day}", share=locale.percent(points[-1][1]), day=locale.date(points[-1][0])
    )
    alt = " ".join(f"{locale.date(day)}: {locale.percent(share)}." for day, share in points)
    parts = figure_parts("arrival", title, alt, lambda: _draw_arrival(points, marks, locale))
    note = locale.text(
        "Per cent of {base} who had answered by the end of each day. Dashed lines: reminders.", base=locale.number(base)
    )
    return parts.view(joined(note, _fieldwork_note(study, locale), source_notes(study, locale)), number)


def _fieldwork_note(study: Study, locale: Locale) -> str | None:
    fieldwork = study.plan.fieldwork
    return fieldwork.note[locale.language] if fieldwork and fieldwork.note else None


def cumulative(table: SafeTable) -> list[tuple[date, int]]:
    """Return how many had answered by the end of each day, up to the first that is hidden."""
    (dim,) = released(table).dims
    levels = sorted(level for level in table.cells[dim].astype(str) if level not in (TOTAL, "unknown"))
    total, found = 0, []
    for level in levels:
        count = table.count({dim: level})
        if count is None:
            break
        total += count
        found.append((date.fromisoformat(level.rpartition("/")[2]), total))
    if not found:
        raise UsageError("no day may be shown", where=table.id)
    return found


def _draw_arrival(points: Sequence[tuple[date, float]], marks: Sequence[date], locale: Locale) -> Axes:
    height, left, right, top, bottom = 2.9, 0.55, WIDTH - 0.75, 0.35, 2.5
    axes = canvas(height)
    first, last = points[0][0], points[-1][0]
    span, high = max((last - first).days, 1), max(share for _, share in points)
    ceiling = next(step for step in (0.1, 0.2, 0.25, 0.5, 0.75, 1.0) if high <= step)

    def x(day: date) -> float:
        return left + (day - first).days / span * (right - left)

    def y(share: float) -> float:
        return bottom - share / ceiling * (bottom - top)

    for part in range(6):
        share = ceiling * part / 5
        axes.plot(
            [left, right],
            [y(share)] * 2,
            color=QUIET if part == 0 else RULE,
            linewidth=0.8 if part == 0 else 0.5,
            zorder=0,
        )
        put(axes, left - 0.1, y(share), locale.number(100 * share), align="right", colour=QUIET, size=KEY)
    for day in marks:
        if first <= day <= last:
            axes.plot([x(day)] * 2, [top, bottom], color=INK, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
            put(axes, x(day), top - 0.14, locale.text("Reminder"), align="center", colour=INK, size=KEY)
    axes.plot(
        [x(day) for day, _ in points],
        [y(share) for _, share in points],
        color=HIGH,
        linewidth=2,
        marker="o",
        markersize=4,
    )
    put(axes, right + 0.1, y(points[-1][1]), locale.percent(points[-1][1]), bold=True)
    for day in (first, *marks, last):
        if first <= day <= last:
            put(axes, x(day), bottom + 0.16, locale.short_date(day), align="center", colour=QUIET, size=KEY)
    return axes
