"""One unit for a reader: its answers beside everyone's, how far they lie from all others', and from the units' average."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from markupsafe import Markup

from ...i18n import msg
from ..forest import Effect, forest
from ..result import ALPHA, INTERVAL, Line, Part, Presenter, Result, value
from ..views import Column
from .model import ModelResult, held_equal
from .model.comparisons import unit_table
from .response import labelled_rates, response_table
from .survey import everyone_of


def of_one_unit(r: Any) -> Presenter:
    """Choose how one unit is shown: its shares, its differences from the others, its response, or its distance from the average."""
    return {
        "proportions": Presenter(_shares, _withheld_said),
        "response_rates": Presenter(lambda r: [response_table(r, _by(r))], _response_said),
        "unit_deviations": Presenter(lambda r: [unit_table(r)], _average_said),
    }.get(r.kind, Presenter(_differences, _differences_said))


def _response_said(r: Result) -> Iterator[Markup | str]:
    """Say how many answered of the unit, and in all."""
    unit = _by(r)
    shown = [(key, row) for key, _, row in labelled_rates(r, unit) if row.known() and row.known("count")]
    if len(shown) < 2:
        yield r.text("How many answered here is withheld.")
    for key, row in shown:
        yield r.either(
            "In all, {answered} of {size} answered: {rate}.",
            "{answered} of {size} answered here: {rate}.",
            key == "total",
            answered=r.locale.number(int(row.count)),
            size=r.locale.number(int(row.n)),
            rate=r.percent(float(row.estimate), f"response_by_{unit}", key),
        )


def _by(r: Result) -> str:
    """Return the variable that the unit, or the subgroup, is a level of."""
    return r.study.side_of(_unit(r))


def _unit(r: Result) -> str:
    """Return the code of the unit."""
    return str(next(row.group for row in r.rows if row.known("group")))


def _name(r: Result) -> str:
    return r.labels.level(_by(r), _unit(r))


def _shares(r: Result) -> Iterator[Part]:
    name, published, unit = f"unit_{_unit(r)}", _published(r), _name(r)
    everyone = {row.term: everyone_of(r, row.term) for row in published}
    shares = {term: float(row.estimate) if row else None for term, row in everyone.items()}
    known = [row for row in published if row.known()]
    effects = [Effect("", r.variable(row.term), *row.ends, shares[row.term]) for row in known]
    title = r.text("{unit} beside everyone: share of high answers", unit=unit)
    if effects:
        note = r.text("Points: {unit}, with 95% intervals. Short lines: everyone.", unit=unit)
        yield r.figure(forest(name, title, effects, "share", r.locale), note)
    columns = (*r.estimate("percent", r.text("Per cent")), Column("all", r.text("All"), "percent"), *r.columns("n"))
    rows = [r.question_row(row, *row.shown(*INTERVAL), shares[row.term], *row.shown("n")) for row in published]
    yield r.table(name, title, r.text("Share who …"), columns, rows)


def _published(r: Result) -> list[Line]:
    """Return the rows of the questions that are published by the unit, or the subgroup."""
    by, variable = _by(r), r.study.codebook.variable
    return [row for row in r.rows if f"{variable(row.term).item_id}_by_{by}" in r.source.tables]


def _withheld_said(r: Result) -> Iterator[str]:
    hidden = [r.variable(row.term) for row in _published(r) if not row.known()]
    if hidden:
        yield r.text("Withheld here: {questions}.", questions=r.locale.listed(hidden))
    else:
        yield r.text("None of these figures is withheld.")


def _differences_id(r: Result) -> str:
    return f"unit_{_unit(r)}_differences"


def _compared(r: Result) -> list[Line]:
    return [row for row in r.rows if row.category == "share" and row.known() and row.known("p_value")]


def _differences(r: Result) -> Iterator[Part]:
    columns = (*r.difference_columns("difference"), *r.columns("p_adjusted"))
    rows = [r.question_row(row, *row.values_of(*INTERVAL, factor=100), value(row.p_value)) for row in _compared(r)]
    note = msg("Of those who gave an answer.")
    if _by(r) == r.study.unit:
        note = msg("Of those who gave an answer. Intervals and p-values are adjusted for all of them together.")
    if rows:
        title = r.text("{unit} against all others", unit=_name(r))
        yield r.table(_differences_id(r), title, r.text("Share who …"), columns, rows, r.text(note))


def _differences_said(r: Result) -> Iterator[Markup | str]:
    """Say each difference that is shown, and how large those may be that are not."""
    rows = _compared(r)
    differing = [row for row in rows if row.p_value < ALPHA]
    for row in differing:
        yield r.either(
            "The share who {answered} is {difference} percentage points higher here than elsewhere ({interval}).",
            "The share who {answered} is {difference} percentage points lower here than elsewhere ({interval}).",
            row.estimate > 0,
            answered=r.labels.predicate(row.term, r.study.high(row.term)),
            difference=r.distance(row.estimate, _differences_id(r), row.term),
            interval=r.span(row, unsigned=True),
        )
    if others := [row for row in rows if row.p_value >= ALPHA]:
        yield r.either(
            "No other difference is shown; differences of more than {reach} percentage points are excluded.",
            "No difference is shown; differences of more than {reach} percentage points are excluded.",
            differing,
            reach=r.reach(others, _differences_id(r), lambda row: row.term),
        )


@held_equal
def _average_said(r: ModelResult) -> Iterator[Markup | str]:
    (row,) = r.rows
    sure = row.p_adjusted < ALPHA
    text = msg(
        "The share who {answered} is not shown to differ from the average {unit}, all else equal ({difference} percentage points, {interval})."
    )
    if sure and row.estimate > 0:
        text = msg(
            "The share who {answered} is {difference} percentage points above the average {unit}, all else equal ({interval})."
        )
    elif sure:
        text = msg(
            "The share who {answered} is {difference} percentage points below the average {unit}, all else equal ({interval})."
        )
    difference = (r.distance if sure else r.points)(row.estimate, r.part("units"), row.group)
    yield r.text(text, difference=difference, interval=r.span(row, unsigned=sure))
