"""One unit for a reader: its answers beside everyone's, how far they lie from all others', and from the units' average."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from ..captions import source_notes
from ..forest import Effect, forest
from ..result import ALPHA, Part, Result, bounds, value
from ..views import Column, Row
from .model import ends, filled_in, held_equal, part_id, said_of, unit_table, unit_word
from .response import labelled_rates, response_table
from .survey import INTERVAL, everyone_of, known, shown


def one_unit_parts(r: Result) -> Iterator[Part]:
    """Show shares of one unit, its differences from the others, or its distance from the units' average."""
    if r.kind == "unit_deviations":
        yield unit_table(r)
    elif r.kind == "response_rates":
        yield response_table(r, _by(r))
    else:
        yield from (_shares if r.kind == "proportions" else _differences)(r)


def one_unit_sentences(r: Result) -> Iterator[Markup | str]:
    """Say what of one unit is not shown, where it differs from the others, or from the units' average."""
    said = {"unit_deviations": _average_said, "response_rates": _response_said, "proportions": _withheld_said}
    return said.get(r.kind, _differences_said)(r)


def _response_said(r: Result) -> Iterator[Markup | str]:
    """Say how many answered of the unit, and in all."""
    unit = _by(r)
    shown_ones = [(key, row) for key, _, row in labelled_rates(r, unit) if known(row) and known(row, "count")]
    texts = {
        False: r.locale.text("{answered} of {size} answered here: {rate}."),
        True: r.locale.text("In all, {answered} of {size} answered: {rate}."),
    }
    if len(shown_ones) < 2:
        yield r.locale.text("How many answered here is withheld.")
    for key, row in shown_ones:
        rate = r.percent(float(row["estimate"]), f"response_by_{unit}", key)
        answered, size = (r.locale.number(int(row[part])) for part in ("count", "n"))
        yield filled_in(texts[key == "total"], answered=answered, size=size, rate=rate)


def _by(r: Result) -> str:
    """Return the variable that the unit, or the subgroup, is a level of."""
    return r.study.side_of(_unit(r))


def _unit(r: Result) -> str:
    """Return the code of the unit."""
    return str(next(row["group"] for row in r.rows if row["group"] == row["group"]))


def _name(r: Result) -> str:
    return r.labels.level(_by(r), _unit(r))


def _shares(r: Result) -> Iterator[Part]:
    locale, name, published = r.locale, f"unit_{_unit(r)}", _published(r)
    everyone = {str(row["term"]): everyone_of(r, str(row["term"])) for row in published}
    shares = {term: float(row["estimate"]) if row else None for term, row in everyone.items()}
    title = locale.text("{unit} beside everyone: share of high answers", unit=_name(r))
    effects = [
        replace(Effect("", r.labels.variable(str(row["term"])), *ends(row)), beside=shares[str(row["term"])])
        for row in published
        if known(row)
    ]
    note = locale.text("Points: {unit}, with 95% intervals. Short lines: everyone.", unit=_name(r))
    if effects:
        yield forest(name, title, effects, "share", locale).captioned(note, source_notes(r.study, locale))
    columns = (
        Column("percent", locale.text("Per cent"), "percent"),
        *bounds(locale),
        Column("all", locale.text("All"), "percent"),
        Column("n", locale.text("Number of answers (n)"), "count"),
    )
    rows = [
        Row(term, r.labels.variable(term), (*(shown(row, part) for part in INTERVAL), shares[term], shown(row, "n")))
        for row in published
        if (term := str(row["term"]))
    ]
    yield r.table(name, title, locale.text("Share who …"), columns, rows)


def _published(r: Result) -> list[dict[str, Any]]:
    """Return the rows of the questions that are published by the unit, or the subgroup."""
    items = {str(row["term"]): r.study.codebook.variable(str(row["term"])).item_id for row in r.rows}
    return [row for row in r.rows if f"{items[str(row['term'])]}_by_{_by(r)}" in r.source.tables]


def _withheld_said(r: Result) -> Iterator[str]:
    hidden = [r.labels.variable(str(row["term"])) for row in _published(r) if not known(row)]
    if hidden:
        yield r.locale.text("Withheld here: {questions}.", questions=r.locale.listed(hidden))
    else:
        yield r.locale.text("None of these figures is withheld.")


def _differences_id(r: Result) -> str:
    return f"unit_{_unit(r)}_differences"


def _compared(r: Result) -> list[dict[str, Any]]:
    return [row for row in r.rows if row["category"] == "share" and known(row) and known(row, "p_value")]


def _differences(r: Result) -> Iterator[Part]:
    locale = r.locale
    columns = (
        Column("difference", locale.text("Difference, percentage points"), "number", 1),
        *bounds(locale, "number", 1),
        Column("p_adjusted", locale.text("p, adjusted"), "p", 3),
    )
    rows = [
        Row(
            str(row["term"]),
            r.labels.variable(str(row["term"])),
            (*(value(row[part], 100) for part in INTERVAL), value(row["p_value"])),
        )
        for row in _compared(r)
    ]
    title = locale.text("{unit} against all others", unit=_name(r))
    note = locale.text("Of those who gave an answer.")
    if _by(r) == r.study.unit:
        note = locale.text("Of those who gave an answer. Intervals and p-values are adjusted for all of them together.")
    if rows:
        yield r.table(_differences_id(r), title, locale.text("Share who …"), columns, rows, note)


def _differences_said(r: Result) -> Iterator[Markup | str]:
    """Say each difference that is shown, and how large those may be that are not."""
    texts = {
        True: r.locale.text(
            "The share who {answered} is {difference} percentage points higher here than elsewhere ({interval})."
        ),
        False: r.locale.text(
            "The share who {answered} is {difference} percentage points lower here than elsewhere ({interval})."
        ),
    }
    rows = _compared(r)
    differing = [row for row in rows if row["p_value"] < ALPHA]
    for row in differing:
        term, higher = str(row["term"]), row["estimate"] > 0
        yield filled_in(
            texts[higher],
            answered=r.labels.predicate(term, r.study.high(term)),
            difference=r.distance(row["estimate"], _differences_id(r), term),
            interval=r.span(row if higher else {"conf_low": -row["conf_high"], "conf_high": -row["conf_low"]}),
        )
    others = [row for row in rows if row["p_value"] >= ALPHA]
    none = {
        True: r.locale.text(
            "No other difference is shown; differences of more than {reach} percentage points are excluded."
        ),
        False: r.locale.text(
            "No difference is shown; differences of more than {reach} percentage points are excluded."
        ),
    }
    if others:
        yield filled_in(none[bool(differing)], reach=_reach(r, others))


def _reach(r: Result, rows: list[dict[str, Any]]) -> Markup:
    """Return how far from zero the widest of some intervals reaches, linked to its row."""
    widest = max(rows, key=_farthest)
    return r.distance(_farthest(widest), _differences_id(r), str(widest["term"]))


def _farthest(row: Mapping[str, Any]) -> float:
    return max(abs(float(row["conf_low"])), abs(float(row["conf_high"])))


@held_equal
def _average_said(r: Result) -> Iterator[Markup]:
    (row,) = r.rows
    above = r.locale.text(
        "The share who {answered} is {difference} percentage points above the average {unit}, all else equal ({interval})."
    )
    below = r.locale.text(
        "The share who {answered} is {difference} percentage points below the average {unit}, all else equal ({interval})."
    )
    neither = r.locale.text(
        "The share who {answered} is not shown to differ from the average {unit}, all else equal ({difference} percentage points, {interval})."
    )
    sure = row["p_adjusted"] < ALPHA
    yield filled_in(
        (above if row["estimate"] > 0 else below) if sure else neither,
        answered=said_of(r),
        unit=unit_word(r),
        difference=(r.distance if sure else r.points)(row["estimate"], part_id(r, "units"), str(row["group"])),
        interval=r.span(row),
    )
