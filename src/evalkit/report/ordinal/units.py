"""Units: how much of the differences lies between them, each against their average, and a predictor of units."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Any

from ..forest import Effect
from ..views import HIDDEN, Column, Row, Value
from .differences import Pair, raw_share, side_by_side
from .parts import (
    ALPHA,
    Part,
    Reading,
    effects_view,
    excludes_zero,
    interval_heading,
    linked,
    needs_likelihood,
    p_said,
    points,
    records,
    result_table,
    span,
)

if TYPE_CHECKING:
    import pandas as pd

    from ...ordinal.clmm import CLMMResult
    from .model import OrdinalModel


def _no_units(model: OrdinalModel) -> list[Part]:
    text = model.locale.text("The study has no units that are modelled, so that this part is left out.")
    return [Reading("units", (text,))]


def mixed_fit(model: OrdinalModel) -> CLMMResult:
    """Fit the model with a random intercept of the units instead of an effect a unit."""
    from ...ordinal import fit_clmm

    needs_likelihood(model)
    others = [name for name in model.data.predictors if name != model.unit]
    formula = f"{model.outcome} ~ {' + '.join(others) or '1'}"
    fitted: CLMMResult = fit_clmm(formula, model.data.data, group=str(model.unit), weights="count")
    return fitted


def mixed(model: OrdinalModel) -> list[Part]:
    """Show the variance between units: standard deviation, ICC, median odds ratio and likelihood-ratio test."""
    if model.unit is None:
        return _no_units(model)
    locale, result = model.locale, mixed_fit(model)
    low, high = result.group_sd_interval()
    test = result.lr_test().iloc[0]
    facts = [
        ("sd", locale.text("Standard deviation between units (log odds)"), locale.number(result.group_sd, 3)),
        ("sd_interval", locale.text("95% interval of the standard deviation"), locale.interval(low, high, 3)),
        ("variance", locale.text("Variance between units"), locale.number(result.group_sd**2, 3)),
        (
            "icc",
            locale.text("Share of the latent variance that lies between units (ICC)"),
            locale.percent(result.icc, 1),
        ),
        ("mor", locale.text("Median odds ratio"), locale.number(result.median_odds_ratio, 2)),
        ("lr", locale.text("Likelihood ratio against no variance"), locale.number(float(test["statistic"]), 2)),
        ("p_value", locale.text("p-value"), locale.p_value(float(test["p_value"]))),
    ]
    rows = [Row(key, label, (value,)) for key, label, value in facts]
    title = locale.text("{outcome}: the variance between units", outcome=model.title)
    note = locale.text(
        "A random intercept for each unit, by adaptive quadrature. The units are all there are, so that the variance describes them."
    )
    columns = [Column("value", locale.text("Value"), "interval")]
    table = result_table(model, "mixed", title, locale.text("Quantity"), columns, rows, note)
    reading = Reading("mixed model", tuple(_mixed_said(model, result, float(test["p_value"]))))
    return [table, reading, *_beside_mixed(model, result)]


def _beside_mixed(model: OrdinalModel, result: CLMMResult) -> list[Part]:
    """Show the average differences with an effect a unit beside those with a random intercept."""
    if model.unit in model.compared:
        return []
    locale = model.locale
    title = locale.text("{outcome}: average differences with and without a random intercept", outcome=model.title)
    headings = (
        locale.text("An effect for each unit, percentage points"),
        locale.text("Random intercept, percentage points"),
        locale.text("95% interval, random intercept"),
    )
    table, pairs = side_by_side(model, result, "mixed_effects", title, headings)
    return [table, Reading("mixed effects", tuple(_intercept_said(model, pair) for pair in pairs))]


def _intercept_said(model: OrdinalModel, pair: Pair) -> Any:
    values = pair.said(model, "mixed_effects")
    if pair.same_conclusion:
        return model.locale.text(
            "{contrast}: with a random intercept the difference is {other} percentage points instead of {one}; the conclusion stays.",
            **values,
        )
    return model.locale.text(
        "{contrast}: with a random intercept the difference is {other} percentage points instead of {one}; the conclusion changes.",
        **values,
    )


def _mixed_said(model: OrdinalModel, result: CLMMResult, p: float) -> list[Any]:
    locale = model.locale
    if result.boundary:
        return [locale.text("The variance between units is estimated as zero: no difference between units is shown.")]
    values = {
        "icc": linked(model, locale.percent(result.icc, 1), "mixed", "icc"),
        "ratio": linked(model, locale.number(result.median_odds_ratio, 2), "mixed", "mor"),
        "p": p_said(model, p, "mixed", "p_value"),
    }
    first = (
        locale.text("Units differ more than chance would have it ({p}).", p=values["p"])
        if p < ALPHA
        else locale.text("It is not shown that units differ more than chance would have it ({p}).", p=values["p"])
    )
    second = locale.text(
        "{icc} of the latent variance lies between units. Between two people alike but for their unit, the odds of a higher answer "
        "in the higher of the two units are typically {ratio} times those in the other.",
        icc=values["icc"],
        ratio=values["ratio"],
    )
    return [first, second]


def deviations(model: OrdinalModel) -> list[Part]:
    """Show each unit against the units' average, raw and adjusted, in percentage points."""
    if model.unit is None:
        return _no_units(model)
    locale, unit, rows = model.locale, model.unit, unit_rows(model)
    effects = [
        Effect(model.labels.variable(unit), model.labels.level(unit, str(row["group"])), *_bounds(row)) for row in rows
    ]
    title = locale.text("{outcome}: each unit against the units' average", outcome=model.title)
    note = locale.text("Differences in the share that {answered}.", answered=model.high_said)
    figure = effects_view(model, "units", title, effects)
    adjusted = locale.text(
        "The p-values are adjusted over all units (Benjamini and Hochberg); intervals are each for itself."
    )
    raw = _raw_deviations(model, [str(row["group"]) for row in rows])
    shown = [
        Row(str(row["group"]), e.label, (away, *_values(model, row)))
        for row, e, away in zip(rows, effects, raw, strict=True)
    ]
    table = result_table(model, "units", title, locale.text("Unit"), _columns(model), shown, note, adjusted)
    return [figure, table, Reading("units", tuple(units_said(model, rows)))]


def unit_rows(model: OrdinalModel) -> list[dict[Any, Any]]:
    """Return how far each unit's share of high answers lies from the units' average."""
    from ...ordinal import unit_deviations

    shares = unit_deviations(model.result, str(model.unit), scale="probability", at_least=model.high[0])
    return records(model.safe("units", shares))


def _bounds(row: dict[Any, Any]) -> tuple[float, float, float]:
    return float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"])


def _columns(model: OrdinalModel) -> list[Column]:
    locale = model.locale
    return [
        Column("raw", locale.text("Raw difference, percentage points"), "number", 1),
        Column("estimate", locale.text("Adjusted difference, percentage points"), "number", 1),
        Column("interval", interval_heading(locale), "interval"),
        Column("p_adjusted", locale.text("p-value, adjusted"), "p", 3),
    ]


def _raw_deviations(model: OrdinalModel, units: list[str]) -> list[Value]:
    """Return each unit's share less the average of the units' shares, in percentage points; hidden where any of them is."""
    shares = [found[0] if (found := raw_share(model, str(model.unit), unit)) else None for unit in units]
    known = [share for share in shares if share is not None]
    if len(known) < len(shares):
        return [HIDDEN] * len(shares)
    average = sum(known) / len(known)
    return [100 * (share - average) for share in known]


def _values(model: OrdinalModel, row: dict[Any, Any]) -> tuple[float | str, ...]:
    return 100 * row["estimate"], span(model.locale, row), row["p_adjusted"]


def units_said(model: OrdinalModel, rows: list[dict[Any, Any]]) -> list[Any]:
    """Name the units that differ, those above and those below; or say that none is shown to."""
    locale, unit = model.locale, str(model.unit)
    found = [row for row in rows if row["p_adjusted"] < ALPHA]
    if not found:
        return [
            locale.text(
                "No single unit is shown to differ from the units' average once all are tested together, all else equal."
            )
        ]
    sentences = []
    for above in (True, False):
        side = [row for row in found if (row["estimate"] > 0) is above]
        units = _named(model, unit, side)
        if side and above:
            sentences.append(
                locale.text("Above the units' average in percentage points, all else equal: {units}.", units=units)
            )
        elif side:
            sentences.append(
                locale.text("Below the units' average in percentage points, all else equal: {units}.", units=units)
            )
    return [*sentences, locale.text("No other unit is shown to differ.")] if len(found) < len(rows) else sentences


def _named(model: OrdinalModel, unit: str, rows: list[dict[Any, Any]]) -> Any:
    from markupsafe import Markup, escape

    named = [
        Markup("{} ({})").format(
            model.labels.level(unit, str(row["group"])),
            linked(model, points(model.locale, row["estimate"]), "units", str(row["group"])),
        )
        for row in rows
    ]
    return Markup(model.locale.listed(str(escape(name)) for name in named))


def conditional_modes(model: OrdinalModel) -> list[Part]:
    """Show the units' conditional modes beside their unpooled effects, on the log odds."""
    from ...ordinal import unit_deviations

    if model.unit is None or model.result.penalty is not None:
        return []
    locale, unit = model.locale, model.unit
    unpooled = records(model.safe("modes", unit_deviations(model.result, unit)))
    effects = mixed_fit(model).group_effects.assign(term=unit)
    pooled = {str(row["group"]): row for row in records(model.safe("modes", effects))}
    rows = [
        Row(
            str(row["group"]),
            model.labels.level(unit, str(row["group"])),
            (row["estimate"], span(locale, row, 1, 2), pooled[str(row["group"])]["estimate"]),
        )
        for row in unpooled
    ]
    columns = [
        Column("unpooled", locale.text("Effect of its own (log odds)"), "number", 2),
        Column("interval", interval_heading(locale), "interval"),
        Column("mode", locale.text("Conditional mode (log odds)"), "number", 2),
    ]
    title = locale.text("{outcome}: units with and without pooling", outcome=model.title)
    note = locale.text(
        "Effects of their own are against the units' average. Conditional modes are drawn towards zero, most for small units, and "
        "describe: their own intervals would be too narrow and are not shown."
    )
    return [result_table(model, "modes", title, locale.text("Unit"), columns, rows, note)]


def predictor_of_units(model: OrdinalModel) -> list[Part]:
    """Test the number that the study offers of each unit, with and without the unit that the study names."""
    if model.unit is None:
        return _no_units(model)
    if model.study.plan.models.unit_predictor is None:
        text = model.locale.text("The study names no predictor of units, so that this part is left out.")
        return [Reading("unit predictor", (text,))]
    locale = model.locale
    without = model.study.plan.models.without
    rows = records(model.safe("unit_predictor", unit_predictor_tests(model)))
    shown = [
        Row(
            str(row["group"]).replace(" ", "-"),
            _group_label(model, str(row["group"]), without),
            (exp(row["estimate"]), locale.interval(exp(row["conf_low"]), exp(row["conf_high"]), 2), *_test(row)),
        )
        for row in rows
    ]
    columns = [
        Column("estimate", locale.text("Odds ratio for one more"), "number", 2),
        Column("interval", interval_heading(locale), "interval"),
        Column("statistic", locale.text("Test statistic"), "number", 2),
        Column("df", locale.text("Degrees of freedom"), "number", 0),
        Column("p_value", locale.text("p-value"), "p", 3),
    ]
    title = locale.text("{outcome}: the number of core groups that a unit sits in", outcome=model.title)
    note = locale.text("A predictor of units is tested on as many degrees of freedom as there are units, less two.")
    table = result_table(model, "unit_predictor", title, locale.text("Units"), columns, shown, note)
    said = [_slope_said(model, row, view) for row, view in zip(rows, shown, strict=True)]
    return [table, Reading("unit predictor", tuple(said))]


def unit_predictor_tests(model: OrdinalModel) -> pd.DataFrame:
    """Return the test of the number of core groups, with and without the unit that the study names."""
    from ...ordinal import unit_predictor

    levels = [str(level) for level in model.data.data[model.unit].cat.categories]
    values = {unit: number for unit, number in model.study.unit_values.items() if unit in levels}  # type: ignore[union-attr]
    named = model.study.plan.models.without
    without = named if named in levels else None
    tests: pd.DataFrame = unit_predictor(
        model.result, str(model.unit), values, name=str(model.study.plan.models.unit_predictor), without=without
    )
    return tests


def _test(row: dict[Any, Any]) -> tuple[float, ...]:
    return float(row["statistic"]), float(row["df"]), float(row["p_value"])


def _group_label(model: OrdinalModel, group: str, without: str | None) -> str:
    if group == "all" or without is None:
        return model.locale.text("All units")
    return model.locale.text("Without {unit}", unit=model.labels.level(str(model.unit), without))


def _slope_said(model: OrdinalModel, row: dict[Any, Any], view: Row) -> Any:
    locale = model.locale
    values = {
        "units": view.label,
        "ratio": linked(model, locale.number(exp(row["estimate"]), 2), "unit_predictor", view.key),
        "p": p_said(model, row["p_value"], "unit_predictor", view.key),
    }
    if excludes_zero(row):
        return locale.text(
            "{units}: for one more core group the odds of a higher answer are {ratio} times as high ({p}).",
            **values,
        )
    return locale.text(
        "{units}: it is not shown that answers go with the number of core groups; the odds ratio for one more is {ratio} ({p}).",
        **values,
    )
