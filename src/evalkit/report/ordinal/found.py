"""What the page found, before how: one sentence a predictor, one of the units, one of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...errors import EstimationError
from .assumptions import proportional_odds, verdict
from .parts import Part, Reading, excludes_zero, linked, points, records, span
from .units import unit_rows, units_said

if TYPE_CHECKING:
    from .model import OrdinalModel


def found(model: OrdinalModel) -> list[Part]:
    """Say which predictors and units go with the answers, and whether the model's assumption holds."""
    units = units_said(model, unit_rows(model)) if model.unit is not None and model.unit not in model.compared else []
    return [Reading("found", (*(_predictor(model, name) for name in model.compared), *units, *_assumption(model)))]


def _predictor(model: OrdinalModel, name: str) -> Any:
    """Say a predictor's largest difference, of those that are shown."""
    from ...ordinal import avg_comparisons

    locale, predictor = model.locale, model.labels.variable(name)
    frame = avg_comparisons(model.result, name, cumulative=True)
    rows = records(model.safe("differences", frame[frame["category"] == model.at_least]))
    shown = [row for row in rows if excludes_zero(row)]
    if not shown:
        return locale.text(
            "{predictor}: no difference in the share that {answered} is shown, all else equal.",
            predictor=predictor,
            answered=model.high_said,
        )
    largest = max(shown, key=lambda row: abs(row["estimate"]))
    key = f"{name}-{str(largest['contrast']).partition(' - ')[0]}"
    return locale.text(
        "{predictor}: all else equal, the difference in the share that {answered} is largest for {contrast}: {difference} percentage points "
        "({interval}).",
        predictor=predictor,
        answered=model.high_said,
        contrast=model.labels.contrast(name, largest["contrast"]),
        difference=linked(model, points(locale, largest["estimate"]), "differences", key),
        interval=span(locale, largest),
    )


def _assumption(model: OrdinalModel) -> list[Any]:
    try:
        return verdict(model, proportional_odds(model))
    except EstimationError:
        return []
