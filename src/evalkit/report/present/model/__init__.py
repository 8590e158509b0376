"""Ordinal models for a reader: `fitted`, `coefficients`, `comparisons`, `hypotheses`, and what hangs on a choice (`variants`).

What they share is here: what a model and its outcome are called, and the tables, figures and notes that all of them have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from typing import Any

from markupsafe import Markup

from ...forest import Effect, Scale, forest
from ...result import Line, Result
from ...room import fit
from ...views import Column, FigureView, Row, TableView, Value

ODDS = "logit"
"""The link under which effects are log odds."""


class ModelResult(Result):
    """A result of an ordinal model."""

    @property
    def model(self) -> Any:
        """The model that it is of."""
        return self.asked["model"]

    @property
    def outcome(self) -> str:
        """The variable that is modelled."""
        return str(self.model.formula.outcome)

    @property
    def high(self) -> tuple[str, ...]:
        """The answers counted together as high."""
        return tuple(self.asked.get("categories") or self.study.high(self.outcome))

    @property
    def said(self) -> str:
        """What those who gave a high answer say."""
        return self.labels.predicate(self.outcome, self.high)

    @property
    def unit(self) -> str:
        """What the study calls a unit, as it stands in running text."""
        return self.within(str(self.asked.get("unit") or getattr(self.model, "group", None) or self.study.unit))

    def text(self, message: str, /, **values: object) -> str:
        """Return a message; `{unit}` and `{answered}` in it are what the study calls a unit, and what a high answer says."""
        if "{unit}" in message:
            values = {"unit": self.unit} | values
        if "{answered}" in message:
            values = {"answered": self.said} | values
        return super().text(message, **values)

    @property
    def alone(self) -> bool:
        """Whether the model has one predictor, so that nothing else is held equal."""
        return len(self.model.formula.variables) == 1

    @property
    def withheld(self) -> str | None:
        """That some levels are not in the model, without the reason; None where all levels of its predictors are."""
        names = [self.variable(name) for name in self.model.withheld if name in self.model.patterns.predictors]
        listed = self.locale.listed(names)
        return self.text("Some levels are withheld: {predictors}.", predictors=listed) if names else None

    @property
    def points_note(self) -> str:
        """What differences are of."""
        return self.text("Differences in the share who {answered}, in percentage points with 95% intervals.")

    def difference(self, row: Line, p: str = "p_value") -> tuple[Value, ...]:
        """Return a difference, its interval and p-value as a table has them."""
        return *row.values_of("estimate", factor=100), self.span(row), *row.values_of(p)

    def part(self, name: str) -> str:
        """Return the id of a table or figure of the model."""
        return f"{self.outcome}_model_{name}"

    def answer(self, code: object) -> str:
        """Return what an answer to the outcome is called."""
        return self.labels.level(self.outcome, str(code))

    def contrast(self, row: Line) -> str:
        """Return what the levels that are compared are called."""
        return self.labels.contrast(row.term, row.contrast)

    def comparison(self, row: Line) -> str:
        """Return what a comparison is called: the predictor, and its levels."""
        return self.labels.joined(self.variable(row.term), self.contrast(row))

    def titled(self, title: str) -> str:
        """Return a title that begins with the outcome."""
        return self.text("{outcome}: {title}", outcome=self.variable(self.outcome), title=title)

    def tabled(
        self, part: str, title: str, stub: str, columns: Sequence[Column], rows: Iterable[Row], *notes: str | None
    ) -> TableView:
        """Return a table of a model's results."""
        return self.table(self.part(part), self.titled(title), stub, columns, rows, *notes, self.withheld)

    def drawn(self, part: str, title: str, effects: Sequence[Effect], scale: Scale, note: str) -> Iterator[FigureView]:
        """Show effects as points with intervals, those that have room."""
        fitting = fit(effects, lambda effect: effect.section)
        if fitting or not effects:
            figure = forest(self.part(part), self.titled(title), fitting, scale, self.locale)
            left_out = self.text("Groups that are not shown are left out.") if len(fitting) < len(effects) else None
            yield self.figure(figure, note, left_out, self.withheld)

    def excluded(self, part: str, rows: Iterable[Line]) -> Markup:
        """Return how large no difference of some is."""
        return self.reach(rows, self.part(part), lambda row: row.key)


Sentences = Callable[[ModelResult], Iterator[Any]]


def held_equal(sentences: Sentences) -> Sentences:
    """Return sentences that leave out 'all else equal' where there is nothing else."""

    @wraps(sentences)
    def said(r: ModelResult) -> Iterator[Any]:
        aside = r.text(", all else equal") if r.alone else ""
        return (one.replace(aside, "") if aside else one for one in sentences(r))

    return said
