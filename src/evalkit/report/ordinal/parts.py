"""What the parts of a model's page are made of: tables with sections, sentences whose numbers link to their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import EstimationError
from ..captions import hidden_note, joined, source_notes
from ..forest import Effect
from ..models import EffectsView
from ..views import HIDDEN, Column, FigureView, Row, TableView, anchor

if TYPE_CHECKING:
    from markupsafe import Markup

    from ...i18n import Locale
    from ...release import SafeEstimates
    from .model import OrdinalModel

ALPHA = 0.05


@dataclass(frozen=True)
class Reading:
    """Sentences under a table or figure."""

    name: str
    sentences: tuple[Markup | str, ...]


Part = TableView | FigureView | Reading


def result_table(
    model: OrdinalModel, part: str, title: str, stub: str, columns: Sequence[Column], rows: Sequence[Row], *notes: str
) -> TableView:
    """Return a table of results with the notes that every one of them has."""
    hides = any(value is HIDDEN for row in rows for value in row.values)
    mark = hidden_note(model.locale) if hides else None
    said = joined(notes, withheld_note(model), mark, source_notes(model.study, model.locale))
    return TableView(model.name(part), title, stub, tuple(columns), tuple(rows), said)


def effects_view(
    model: OrdinalModel, part: str, title: str, effects: Sequence[Effect], *, ratio: bool = False
) -> FigureView:
    """Return effects as points with intervals."""
    from ..models import effects_figure

    view = EffectsView(
        model.name(part), title, tuple(effects), "ratio" if ratio else "difference", withheld_note(model)
    )
    return effects_figure(view, model.study, model.locale)


def withheld_note(model: OrdinalModel) -> str | None:
    """Return that some levels are withheld, without the reason; None where none are."""
    if not model.data.withheld:
        return None
    names = model.locale.listed(model.labels.variable(name) for name in model.data.withheld)
    return model.locale.text("Some levels are withheld: {predictors}.", predictors=names)


def linked(model: OrdinalModel, text: str, part: str, row: str) -> Markup:
    """Return a number as a link to the row it was looked up in."""
    from markupsafe import Markup

    return Markup('<a href="#{}">{}</a>').format(anchor("table", model.name(part), row), text)


def p_said(model: OrdinalModel, p: float, part: str, row: str) -> Markup:
    """Return `p = 0.034` or `p < 0.001`, linked to the row it was looked up in."""
    written = model.locale.p_value(p)
    return linked(model, f"p {written}" if written.startswith("<") else f"p = {written}", part, row)


def points(locale: Locale, share: float) -> str:
    """Return a difference of shares in percentage points, with its sign."""
    sign = "+" if round(100 * share, 1) > 0 else ""
    return sign + locale.number(100 * share, 1)


def span(locale: Locale, row: Mapping[Any, Any], factor: float = 100, decimals: int = 1) -> str:
    """Return a row's interval."""
    return locale.interval(factor * row["conf_low"], factor * row["conf_high"], decimals)


def excludes_zero(row: Mapping[Any, Any]) -> bool:
    """Return whether a row's interval lies on one side of zero."""
    return bool(row["conf_low"] > 0 or row["conf_high"] < 0)


def records(estimates: SafeEstimates) -> list[dict[Any, Any]]:
    """Return protected estimates row by row."""
    return list(estimates.frame.to_dict("records"))


def needs_likelihood(model: OrdinalModel) -> None:
    """Refuse a test that a penalised fit does not have.

    Raises
    ------
    EstimationError
        When the fit is penalised.
    """
    if model.result.penalty is not None:
        raise EstimationError("a penalised fit has no such test", where=model.data.formula)


def interval_heading(locale: Locale) -> str:
    """Return the heading of a column of intervals."""
    return locale.text("95% interval")


def test_columns(locale: Locale) -> tuple[Column, ...]:
    """Return the columns of a test."""
    return (
        Column("statistic", locale.text("Test statistic"), "number", 2),
        Column("df", locale.text("Degrees of freedom"), "number", 0),
        Column("p_value", locale.text("p-value"), "p", 3),
    )
