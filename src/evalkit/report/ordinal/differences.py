"""Differences in percentage points: raw beside adjusted, and each answer's share by predictor."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

from ...errors import UsageError
from ..captions import titled
from ..models import predicted_figure
from ..views import HIDDEN, Column, Row, TableView, Value
from .parts import Part, Reading, excludes_zero, interval_heading, linked, points, records, result_table, span

if TYPE_CHECKING:
    from ...ordinal import CLMResult
    from ...ordinal.clmm import CLMMResult
    from .model import OrdinalModel

REACH = 1.959963984540054
"""The normal distribution's upper 2.5 per cent point."""


def raw_share(model: OrdinalModel, variable: str, level: str) -> tuple[float, float] | None:
    """Return the share of a group that gave a high answer, among those with an answer, and its variance, from released counts.

    None where any of the counts is hidden, or the table is not published.
    """
    try:
        table = model.release.table(model.outcome, variable)
        codes = model.study.codebook.variable(model.outcome).scale.codes
        counts = [table.count({variable: level, table.answer: code}) for code in codes]
    except UsageError:
        return None
    known = [count for count in counts if count is not None]
    n = sum(known)
    if len(known) < len(counts) or not n:
        return None
    share = sum(count for code, count in zip(codes, known, strict=True) if code in model.high) / n
    return share, share * (1 - share) / n


def raw_difference(model: OrdinalModel, variable: str, level: str, reference: str) -> dict[str, float] | None:
    """Return the difference of two groups' shares with its interval; None where it may not be said."""
    one, other = raw_share(model, variable, level), raw_share(model, variable, reference)
    if one is None or other is None:
        return None
    estimate, reach = one[0] - other[0], REACH * sqrt(one[1] + other[1])
    return {"estimate": estimate, "conf_low": estimate - reach, "conf_high": estimate + reach}


def differences(model: OrdinalModel) -> list[Part]:
    """Show the raw difference of each level from its reference beside the adjusted one, in percentage points."""
    from ...ordinal import avg_comparisons

    locale = model.locale
    rows, sentences = [], []
    for name in model.compared:
        frame = avg_comparisons(model.result, name, cumulative=True)
        chosen = frame[frame["category"] == model.at_least]
        for row in records(model.safe("differences", chosen)):
            level, _, reference = str(row["contrast"]).partition(" - ")
            raw = raw_difference(model, name, level, reference)
            key = f"{name}-{level}"
            label = model.labels.contrast(name, row["contrast"])
            rows.append(Row(key, label, (*_pair(model, raw), *_pair(model, row)), model.labels.variable(name)))
            sentences.append(_said(model, key, f"{model.labels.variable(name)} \N{EN DASH} {label}", row, raw))
    columns = [
        Column("raw", locale.text("Raw difference, percentage points"), "number", 1),
        Column("raw_interval", interval_heading(locale), "interval"),
        Column("adjusted", locale.text("Adjusted difference, percentage points"), "number", 1),
        Column("adjusted_interval", locale.text("95% interval, adjusted"), "interval"),
    ]
    title = locale.text("{outcome}: raw and adjusted differences", outcome=model.title)
    notes = [
        locale.text("Differences in the share that {answered}.", answered=model.high_said),
        locale.text(
            "Raw: of all who gave an answer, from the published tables. Adjusted: as if the two groups were alike in all other predictors."
        ),
    ]
    table = result_table(model, "differences", title, locale.text("Comparison"), columns, rows, *notes)
    return [table, Reading("differences", tuple(sentences))]


def _pair(model: OrdinalModel, row: dict[Any, Any] | None) -> tuple[Value, Value]:
    return (HIDDEN, HIDDEN) if row is None else (100 * row["estimate"], span(model.locale, row))


def _said(model: OrdinalModel, key: str, label: str, row: dict[Any, Any], raw: dict[str, float] | None) -> Any:
    from markupsafe import Markup

    locale = model.locale
    values = {
        "contrast": label,
        "answered": model.high_said,
        "difference": linked(model, points(locale, row["estimate"]), "differences", key),
        "interval": span(locale, row),
    }
    adjusted = (
        locale.text(
            "{contrast}: the share that {answered} differs by {difference} percentage points ({interval}), all else equal.",
            **values,
        )
        if excludes_zero(row)
        else locale.text(
            "{contrast}: no difference in the share that {answered} is shown, all else equal: {difference} percentage points ({interval}).",
            **values,
        )
    )
    if raw is None:
        return adjusted
    number = linked(model, points(locale, raw["estimate"]), "differences", key)
    more = locale.text("The raw difference is {difference}.", difference=number)
    return Markup("{} {}").format(adjusted, more)


def predicted(model: OrdinalModel, predictor: str) -> list[Part]:
    """Show the predicted distribution of the answers by the levels of a predictor, and say where it is highest and lowest."""
    from ...ordinal import avg_predictions

    frame = avg_predictions(model.result, predictor, method="counterfactual").assign(term=predictor)
    estimates = model.safe(f"predicted_{predictor}", frame)
    title = titled(model.title, (predictor,), model.study, model.locale)
    title = model.locale.text("{title}: predicted shares", title=title)
    figure = predicted_figure(estimates, title, model.labels, predictor)
    return [figure, _predicted_table(model, predictor, title, records(estimates)), _predicted_reading(model, predictor)]


def _predicted_table(model: OrdinalModel, predictor: str, title: str, rows: list[dict[Any, Any]]) -> Any:
    columns = [Column(code, model.labels.category(code), "percent") for code in model.categories]
    groups = dict.fromkeys(str(row["group"]) for row in rows)
    shown = [
        Row(
            group,
            model.labels.level(predictor, group),
            tuple(row["estimate"] for row in rows if str(row["group"]) == group),
        )
        for group in groups
    ]
    note = model.locale.text("Per cent, predicted as if all had the level and were otherwise as they are.")
    stub = model.labels.variable(predictor)
    return result_table(model, f"predicted_{predictor}", title, stub, columns, shown, note)


def _predicted_reading(model: OrdinalModel, predictor: str) -> Reading:
    from ...ordinal import avg_predictions

    locale = model.locale
    frame = avg_predictions(model.result, predictor, method="counterfactual", cumulative=True).assign(term=predictor)
    rows = records(model.safe("predicted", frame[frame["category"] == model.at_least]))
    most, least = max(rows, key=lambda row: row["estimate"]), min(rows, key=lambda row: row["estimate"])
    name = f"predicted_{predictor}"
    values = {
        kind: linked(model, f"{locale.percent(row['estimate'])} ({_percent(model, row)})", name, str(row["group"]))
        for kind, row in (("most_share", most), ("least_share", least))
    }
    sentence = locale.text(
        "The predicted share that {answered} is highest in {most}: {most_share}; lowest in {least}: {least_share}.",
        answered=model.high_said,
        most=locale.quoted(model.labels.level(predictor, str(most["group"]))),
        least=locale.quoted(model.labels.level(predictor, str(least["group"]))),
        **values,
    )
    return Reading(name, (sentence,))


def _percent(model: OrdinalModel, row: dict[Any, Any]) -> str:
    return model.locale.percent_interval(row["conf_low"], row["conf_high"])


def comparisons(model: OrdinalModel) -> list[Part]:
    """Show how much more or less often each answer is given, level by level: average marginal effects."""
    from ...ordinal import avg_comparisons

    locale = model.locale
    rows = []
    for name in model.compared:
        for row in records(model.safe("comparisons", avg_comparisons(model.result, name))):
            section = f"{model.labels.variable(name)} \N{EN DASH} {model.labels.contrast(name, row['contrast'])}"
            key = f"{name}-{str(row['contrast']).partition(' - ')[0]}-{row['category']}"
            values = (100 * row["estimate"], span(locale, row), row["p_value"])
            rows.append(Row(key, model.labels.category(str(row["category"])), values, section))
    columns = [
        Column("estimate", locale.text("Difference, percentage points"), "number", 1),
        Column("interval", interval_heading(locale), "interval"),
        Column("p_value", locale.text("p-value"), "p", 3),
    ]
    title = locale.text("{outcome}: average differences, answer by answer", outcome=model.title)
    note = locale.text("Averaged over all respondents of the model, everything but the predictor left as it is.")
    return [result_table(model, "comparisons", title, locale.text("Answer"), columns, rows, note)]


@dataclass(frozen=True)
class Pair:
    """An average difference under the first model and under another.

    Parameters
    ----------
    row
        Its row in the table.
    one, other
        The estimates.
    """

    row: Row
    one: dict[Any, Any]
    other: dict[Any, Any]

    @property
    def same_conclusion(self) -> bool:
        """Whether both say that there is a difference, in the same direction, or both do not."""
        return (
            excludes_zero(self.one) == excludes_zero(self.other) and self.one["estimate"] * self.other["estimate"] >= 0
        )

    def said(self, model: OrdinalModel, part: str) -> dict[str, Any]:
        """Return what a sentence says of it: `contrast, one, other`."""
        other = linked(model, points(model.locale, self.other["estimate"]), part, self.row.key)
        return {"contrast": self.row.label, "one": points(model.locale, self.one["estimate"]), "other": other}


def side_by_side(
    model: OrdinalModel, other: CLMResult | CLMMResult, part: str, title: str, headings: tuple[str, str, str]
) -> tuple[TableView, list[Pair]]:
    """Show the average differences of the model beside those of another.

    Parameters
    ----------
    model, other
        The two models.
    part, title
        Of the table.
    headings
        Of the first estimate, of the other, and of the other's interval.
    """
    pairs = [pair for name in model.compared for pair in _pairs(model, other, name, part)]
    columns = [
        Column("first", headings[0], "number", 1),
        Column("first_interval", interval_heading(model.locale), "interval"),
        Column("other", headings[1], "number", 1),
        Column("other_interval", headings[2], "interval"),
    ]
    note = model.locale.text("Differences in the share that {answered}.", answered=model.high_said)
    stub, rows = model.locale.text("Comparison"), [pair.row for pair in pairs]
    return result_table(model, part, title, stub, columns, rows, note), pairs


def _pairs(model: OrdinalModel, other: CLMResult | CLMMResult, name: str, part: str) -> list[Pair]:
    from ...ordinal import avg_comparisons

    frames = [avg_comparisons(result, name, cumulative=True) for result in (model.result, other)]
    rows = (records(model.safe(part, frame[frame["category"] == model.at_least])) for frame in frames)
    found = []
    for one, two in zip(*rows, strict=True):
        level = str(one["contrast"]).partition(" - ")[0]
        values = (*_pair(model, one), *_pair(model, two))
        label = model.labels.contrast(name, one["contrast"])
        found.append(Pair(Row(f"{name}-{level}", label, values, model.labels.variable(name)), one, two))
    return found
