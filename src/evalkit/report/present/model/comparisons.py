"""Average comparisons and predictions for a reader, how far the model's smoothing moves them, and each unit against the average."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from markupsafe import Markup

from ....i18n import msg
from ...captions import titled
from ...forest import Effect, Panels, panels_figure
from ...result import ALPHA, Line, Part
from ...room import fits
from ...views import Column, Row, TableView
from . import ModelResult, held_equal

DIFFERENCE = ("points", "interval", "p_value")
"""The columns of a difference."""
_MOVED = 2
"""Of so many standard errors a difference between two models is told."""
FURTHEST = 5
"""Of more units than a page has room for, so many are named on each side of their average."""


def comparison_parts(r: ModelResult) -> Iterator[Part]:
    """Show average differences: of the high answers alone, or answer by answer."""
    if not r.asked.get("categories"):
        yield _answer_by_answer(r)
        return
    inside, by = [row for row in r.rows if not _is_between(r, row)], r.asked.get("by")
    effects = [Effect(_compared(r, row), r.contrast(row), *row.ends) for row in inside]
    title = _largest(r, inside) if by is None else r.text("average differences within groups")
    part = "differences" if by is None else f"differences_by_{by}"
    yield from r.drawn(part, title, effects, "difference", r.points_note)
    if len(inside) < len(r.rows):
        yield _between(r)


def _largest(r: ModelResult, rows: Sequence[Line]) -> str:
    """Return a title that names the group that lies furthest from its reference, where that it differs is shown."""
    row = max((row for row in rows if row.known()), key=lambda row: abs(float(row.estimate)), default=None)
    group, between, _ = row.contrast.partition(" - ") if row else ("", "", "")
    if row is None or not between or row.conf_low <= 0 <= row.conf_high:
        return r.text("average differences")
    level = r.locale.quoted(r.labels.level(row.term, group))
    return r.text("the largest difference is by {predictor}: {group}", predictor=r.within(row.term), group=level)


def _is_between(r: ModelResult, row: Line) -> bool:
    """Return whether a row holds the difference in one group against that in another."""
    return bool(r.asked.get("between")) and " - " in row.group


def _between(r: ModelResult) -> TableView:
    """Show how much larger or smaller the differences are in each group than in the first one."""
    by, found = str(r.asked["by"]), [row for row in r.rows if _is_between(r, row)]
    order = list(dict.fromkeys(row.key for row in found))
    rows = [
        Row(f"{row.key}-{row.group}", r.labels.contrast(by, row.group), r.difference(row), r.comparison(row))
        for row in sorted(found, key=lambda row: order.index(row.key))
    ]
    title = r.text("how much the differences differ between groups")
    note = r.text("Differences of differences: above 0 the difference is larger, or less negative, in the group.")
    return r.tabled(f"between_{by}", title, r.variable(by), r.columns(*DIFFERENCE), rows, note)


def _compared(r: ModelResult, row: Line) -> str:
    """Return the predictor whose levels are compared, and the group that they are compared in."""
    by = r.asked.get("by")
    return r.labels.joined(r.variable(row.term), "" if by is None else r.labels.level(str(by), row.group))


def _answer_by_answer(r: ModelResult) -> TableView:
    rows = []
    for row in r.rows:
        section = r.labels.joined(_compared(r, row), r.contrast(row))
        rows.append(Row(f"{row.key}-{row.category}", r.answer(row.category), r.difference(row), section))
    note = r.text("Averaged over all respondents of the model, everything but the predictor left as it is.")
    title = r.text("average differences, answer by answer")
    return r.tabled("comparisons", title, r.text("Answer"), r.columns(*DIFFERENCE), rows, note)


@held_equal
def comparison_sentences(r: ModelResult) -> Iterator[Markup | str]:
    """Say each predictor's difference: the largest of those that are shown, or that none is."""
    for name, found in groupby(r.rows, key=lambda row: row.term):
        rows = list(found)
        if shown := [row for row in rows if row.apart]:
            said = _difference_said(r, max(shown, key=lambda row: abs(row.estimate)))
            more = r.text("It is the largest difference by {predictor}.", predictor=r.quoted(name))
            yield Markup("{} {}").format(said, more) if len(rows) > 1 else said
            continue
        yield r.text(
            "No difference by {predictor} in the share who {answered} is shown, all else equal; differences of more than {reach} "
            "percentage points are excluded.",
            predictor=r.quoted(name),
            reach=r.excluded("differences", rows),
        )


def _difference_said(r: ModelResult, row: Line) -> str:
    level, _, reference = row.contrast.partition(" - ")
    return r.either(
        "The share who {answered} is {difference} percentage points higher {group} than {reference}, all else equal ({interval}).",
        "The share who {answered} is {difference} percentage points lower {group} than {reference}, all else equal ({interval}).",
        row.estimate > 0,
        difference=r.distance(row.estimate, r.part("differences"), row.key),
        group=r.labels.among(row.term, level),
        reference=r.labels.among(row.term, reference),
        interval=r.span(row, unsigned=True),
    )


def smoothing_parts(r: ModelResult) -> Iterator[Part]:
    """Show how far the model's smoothing moves each difference."""
    rows = [Row(row.key, r.comparison(row), r.difference(row)) for row in r.rows]
    title, note = r.text("what the model smooths"), r.text("Model-smoothed less adjusted difference.")
    yield r.tabled("smoothing", title, r.text("Comparison"), r.columns(*DIFFERENCE), rows, note)


@held_equal
def smoothing_sentences(r: ModelResult) -> Iterator[Markup | str]:
    """Say which differences the model smooths by more than two standard errors; or how far it may smooth them."""
    moved = [row for row in r.rows if abs(row.statistic) > _MOVED]
    if not moved:
        yield r.text(
            "That the model has one effect at all thresholds moves none of these differences by more than chance would have it; "
            "the largest move is {size} percentage points, and moves of more than {reach} are excluded.",
            **moves(r, r.rows),
        )
    for row in moved:
        smoothed, adjusted = (r.points(row[name], r.part("differences"), row.key) for name in ("smoothed", "adjusted"))
        yield r.text(
            "{contrast}: {smoothed} percentage points by the model, and {adjusted} by these answers against the rest, all else "
            "equal. They differ by more than chance would have it: the model's one effect does not fit here, and the second is "
            "the one to read.",
            contrast=r.comparison(row),
            smoothed=smoothed,
            adjusted=adjusted,
        )


def moves(r: ModelResult, rows: Sequence[Line]) -> dict[str, str]:
    """Return the largest of some moves, linked to its row, and how large none is."""
    most = max(rows, key=lambda row: abs(row.estimate))
    size = r.distance(most.estimate, r.part("smoothing"), most.key)
    return {"size": size, "contrast": r.comparison(most), "reach": r.excluded("smoothing", rows)}


def prediction_parts(r: ModelResult) -> Iterator[Part]:
    """Show the predicted distribution of the answers by the levels of each predictor."""
    for name, found in groupby(r.rows, key=lambda row: row.term):
        yield from _predicted(r, name, list(found))


def _predicted(r: ModelResult, name: str, rows: Sequence[Line]) -> Iterator[Part]:
    groups = {row.group: r.labels.level(name, row.group) for row in rows}
    answers = {row.category: r.answer(row.category) for row in rows}
    cells = {(row.group, row.category): Effect("", "", *row.ends) for row in rows}
    title = r.text("{title}: predicted shares", title=titled(r.variable(r.outcome), (name,), r.study, r.locale))
    if fits(groups):
        panels = [[cells[group, code] for group in groups] for code in answers]
        names, heads = [("", label) for label in groups.values()], list(answers.values())
        note = r.text(
            "Predicted per cent of each answer with 95% intervals, averaged over the others' characteristics."
        )
        figure = panels_figure(r.part(f"predicted_{name}"), title, Panels(heads, names, panels), r.locale)
        yield r.figure(figure, note, r.withheld)
    columns = [Column(code, head, "percent") for code, head in answers.items()]
    shown = [
        Row(group, label, tuple(cells[group, code].estimate for code in answers)) for group, label in groups.items()
    ]
    about = r.text("Per cent, predicted as if all had the level and were otherwise as they are.")
    yield r.table(r.part(f"predicted_{name}"), title, r.variable(name), columns, shown, about, r.withheld)


def unit_parts(r: ModelResult) -> Iterator[Part]:
    """Show each unit against the units' average."""
    unit = str(r.asked["unit"])
    effects = [Effect(r.variable(unit), r.labels.level(unit, row.group), *row.ends) for row in r.rows]
    yield from r.drawn("units", _units_title(r), effects, "difference", r.points_note)
    yield unit_table(r)


def unit_table(r: ModelResult) -> TableView:
    """Return how far units lie from their average as a table."""
    unit = str(r.asked["unit"])
    adjusted = r.text("Intervals and p-values hold for all rows together (single-step adjustment).")
    rows = [Row(row.group, r.labels.level(unit, row.group), r.difference(row, "p_adjusted")) for row in r.rows]
    columns = r.columns("points", "interval", "p_adjusted")
    return r.tabled("units", _units_title(r), r.variable(unit), columns, rows, r.points_note, adjusted)


def _units_title(r: ModelResult) -> str:
    return r.text("{unit} against the average", unit=r.within(r.asked["unit"]))


@held_equal
def unit_sentences(r: ModelResult) -> Iterator[Markup | str]:
    """Name the units that lie above and below their average; and say how far the others lie from it at most."""
    found, room = [row for row in r.rows if row.p_adjusted < ALPHA], fits(r.rows)
    above = msg("Above the average {unit}, all else equal, in percentage points: {units}.")
    below = msg("Below the average {unit}, all else equal, in percentage points: {units}.")
    if not room:
        above = msg("Above the average {unit}, all else equal, in percentage points, the furthest of {n}: {units}.")
        below = msg("Below the average {unit}, all else equal, in percentage points, the furthest of {n}: {units}.")
    for text, sign in ((above, 1), (below, -1)):
        if side := [row for row in found if sign * row.estimate > 0]:
            told = side if room else sorted(side, key=lambda row: -abs(row.estimate))[:FURTHEST]
            yield r.text(text, n=r.locale.number(len(side)), units=_units_named(r, told))
    if others := [row for row in r.rows if row.p_adjusted >= ALPHA]:
        yield r.either(
            "No other {unit} is shown to differ from the average one; differences of more than {reach} percentage points are excluded.",
            "No {unit} is shown to differ from the average one once all are tested together, all else equal; differences of more than "
            "{reach} percentage points are excluded.",
            found,
            reach=r.excluded("units", others),
        )


def _units_named(r: ModelResult, rows: Sequence[Line]) -> Markup:
    table, unit = r.part("units"), str(r.asked["unit"])
    return r.listed((r.labels.level(unit, row.group), r.distance(row.estimate, table, row.group)) for row in rows)
