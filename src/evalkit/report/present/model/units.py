"""Units in a model for a reader: the variance between them, and each against their average."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp, sqrt
from statistics import NormalDist

from markupsafe import Markup

from ....i18n import msg
from ...forest import Effect
from ...result import ALPHA, Line, Part
from ...room import fits
from ...views import Row, TableView
from . import ModelResult, held_equal
from .fitted import facts_table

FURTHEST = 5
"""Of more units than a page has room for, so many are named on each side of their average."""


def mixed_parts(r: ModelResult) -> Iterator[Part]:
    """Show the variance between units: standard deviation, ICC, median odds ratio and likelihood-ratio test."""
    model, text, number, unit = r.model, r.text, r.locale.number, r.unit
    low, high = model.group_sd_interval()
    test, highest = model.lr_test().iloc[0], text("Median odds ratio, highest in the 95% interval")
    share = text("Share of the latent variance that goes with {unit} (ICC)", unit=unit)
    facts = [
        ("sd", text("Standard deviation by {unit} (log odds)", unit=unit), number(model.group_sd, 3)),
        ("sd_interval", text("95% interval of the standard deviation"), r.locale.interval(low, high, 3)),
        ("variance", text("Variance by {unit}", unit=unit), number(model.group_sd**2, 3)),
        ("icc", share, r.locale.percent(model.icc, 1)),
        ("mor", text("Median odds ratio"), number(model.median_odds_ratio, 2)),
        ("mor_high", highest, number(_odds_ratio(high), 2)),
        ("lr", text("Likelihood ratio against no variance"), number(float(test["statistic"]), 2)),
        ("p_value", text("p-value"), r.locale.p_value(float(test["p_value"]))),
    ]
    note = text(
        "A random intercept for each {unit}, by adaptive quadrature. All there are take part, so that the variance describes them.",
        unit=unit,
    )
    yield facts_table(r, "mixed", text("the variance by {unit}", unit=unit), facts, note)


def _odds_ratio(sd: float) -> float:
    """Return the median odds ratio of a standard deviation of log odds (Larsen and Merlo 2005)."""
    return exp(sqrt(2) * sd * NormalDist().inv_cdf(0.75))


def mixed_sentences(r: ModelResult) -> Iterator[Markup | str]:
    """Say whether answers differ by unit, how much of the variance goes with it, and how much none is shown to."""
    model, table, unit = r.model, r.part("mixed"), r.unit
    p = float(model.lr_test().iloc[0]["p_value"])
    if model.boundary:
        yield r.text("The variance by {unit} is estimated as zero: no difference is shown.", unit=unit)
    else:
        yield r.either(
            "Answers differ by {unit} more than chance would have it ({p}).",
            "It is not shown that answers differ by {unit} more than chance would have it ({p}).",
            p < ALPHA,
            unit=unit,
            p=r.p(p, table, "p_value"),
        )
        yield r.text(
            "{icc} of the latent variance goes with {unit}. Between two people alike but for their {unit}, the odds of a higher answer "
            "in the higher of the two are typically {ratio} times those in the other.",
            unit=unit,
            icc=r.percent(model.icc, table, "icc", 1),
            ratio=r.number(model.median_odds_ratio, 2, table, "mor"),
        )
    if model.boundary or p >= ALPHA:
        ratio = r.number(_odds_ratio(model.group_sd_interval()[1]), 2, table, "mor_high")
        yield r.text("That they are typically more than {ratio} times those is excluded.", ratio=ratio)


def unit_parts(r: ModelResult) -> Iterator[Part]:
    """Show each unit against the units' average."""
    unit = str(r.asked["unit"])
    effects = [Effect(r.variable(unit), r.labels.level(unit, row.group), *row.ends) for row in r.rows]
    yield from r.drawn("units", _title(r), effects, "difference", r.points_note)
    yield unit_table(r)


def unit_table(r: ModelResult) -> TableView:
    """Return how far units lie from their average as a table."""
    unit = str(r.asked["unit"])
    adjusted = r.text("Intervals and p-values hold for all rows together (single-step adjustment).")
    rows = [Row(row.group, r.labels.level(unit, row.group), r.difference(row, "p_adjusted")) for row in r.rows]
    columns = [*r.differences[:2], r.p_adjusted]
    return r.tabled("units", _title(r), r.variable(unit), columns, rows, r.points_note, adjusted)


def _title(r: ModelResult) -> str:
    return r.text("{unit} against the average", unit=r.within(r.asked["unit"]))


@held_equal
def unit_sentences(r: ModelResult) -> Iterator[Markup | str]:
    """Name the units that lie above and below their average; and say how far the others lie from it at most."""
    found, room = [row for row in r.rows if row.p_adjusted < ALPHA], fits(r.rows)
    texts = {
        True: msg("Above the average {unit}, all else equal, in percentage points: {units}."),
        False: msg("Below the average {unit}, all else equal, in percentage points: {units}."),
    }
    if not room:
        texts = {
            True: msg("Above the average {unit}, all else equal, in percentage points, the furthest of {n}: {units}."),
            False: msg("Below the average {unit}, all else equal, in percentage points, the furthest of {n}: {units}."),
        }
    for above, text in texts.items():
        side = [row for row in found if (row.estimate > 0) is above]
        told = side if room else sorted(side, key=lambda row: -abs(row.estimate))[:FURTHEST]
        if side:
            yield r.text(text, n=r.locale.number(len(side)), unit=r.unit, units=_units_named(r, told))
    if others := [row for row in r.rows if row.p_adjusted >= ALPHA]:
        yield r.either(
            "No other {unit} is shown to differ from the average one; differences of more than {reach} percentage points are excluded.",
            "No {unit} is shown to differ from the average one once all are tested together, all else equal; differences of more than "
            "{reach} percentage points are excluded.",
            found,
            unit=r.unit,
            reach=r.excluded("units", others),
        )


def _units_named(r: ModelResult, rows: Sequence[Line]) -> Markup:
    table, unit = r.part("units"), str(r.asked["unit"])
    return r.listed((r.labels.level(unit, row.group), r.distance(row.estimate, table, row.group)) for row in rows)
