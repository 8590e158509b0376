"""Tests of a model for a reader: each predictor left out, models compared, and what the model assumes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from markupsafe import Markup

from ....errors import EstimationError
from ....i18n import msg
from ...result import ALPHA, Line, Part, lines
from ...views import Row, TableView
from . import ModelResult, held_equal
from .comparisons import moves


def term_parts(r: ModelResult) -> Iterator[Part]:
    """Show whether each predictor goes with the answers at all."""
    note = r.text("Likelihood-ratio tests of the model without the predictor.")
    title, stub = r.text("each predictor left out in turn"), r.text("Predictor")
    yield _tests_table(r, "terms", title, stub, lambda term: r.labels.term(term)[0], note)


def nested_parts(r: ModelResult) -> Iterator[Part]:
    """Show whether each model says more than the one before it."""

    def predictors(formula: str) -> str:
        return r.locale.listed(map(r.variable, formula.partition(" ~ ")[2].split(" + ")))

    note = r.text("Likelihood-ratio tests of each model against the one before it.")
    yield _tests_table(r, "nested", r.text("models compared"), r.text("Predictors"), predictors, note)


def _tests_table(
    r: ModelResult, part: str, title: str, stub: str, label: Callable[[str], str], *notes: str | None
) -> TableView:
    rows = [Row(row.term, label(row.term), row.values_of("statistic", "df", "p_value")) for row in r.rows]
    return r.tabled(part, title, stub, r.columns("statistic", "df", "p_value"), rows, *notes)


@held_equal
def term_sentences(r: ModelResult) -> Iterator[Markup | str]:
    """Say of each predictor, and of each interaction, whether it goes with the answers."""
    for row in r.rows:
        p, sure = r.p(row.p_value, r.part("terms"), row.term), row.p_value < ALPHA
        if ":" in row.term:
            one, other = map(r.quoted, row.term.split(":"))
            said = msg("How answers differ by {one} depends on {other} ({p}).")
            if not sure:
                said = msg("It is not shown that how answers differ by {one} depends on {other} ({p}).")
            yield r.text(said, one=one, other=other, p=p)
        else:
            said = msg("{predictor} goes with the answers, all else equal ({p}).")
            if not sure:
                said = msg("It is not shown that {predictor} goes with the answers, all else equal ({p}).")
            yield r.text(said, predictor=r.quoted(row.term), p=p)


def assumption_parts(r: ModelResult) -> Iterator[Part]:
    """Show a test of proportional odds, or of equal spread."""
    titles = {
        "nominal_test": r.text("proportional odds, likelihood-ratio tests"),
        "brant_test": r.text("proportional odds, Brant test"),
        "scale_test": r.text("equal spread, likelihood-ratio tests"),
    }
    note = r.text("A small p-value speaks against the assumption.")
    yield _tests_table(r, r.kind, titles[r.kind], r.text("Term"), partial(_tested, r), note, _by_score(r))


def _by_score(r: ModelResult) -> str | None:
    """Say of which terms the test is the score test, in the place of a likelihood ratio."""
    from ....ordinal.assumptions import MANY

    large = [_tested(r, row.term) for row in r.rows if row.df > MANY and r.kind != "brant_test"]
    names = r.locale.listed(large)
    text = msg("Of {predictors} it is the score test: so many effects would hardly all be finite.")
    return r.text(text, predictors=names) if large else None


def _tested(r: ModelResult, term: str) -> str:
    return r.text("All together") if term == "Omnibus" else r.labels.whole_term(term, r.outcome)


def _quoted(r: ModelResult, rows: list[Line]) -> str:
    return r.locale.listed(r.locale.quoted(_tested(r, row.term)) for row in rows)


def nominal_sentences(r: ModelResult) -> Iterator[Markup | str]:
    """Say whether a departure from proportional odds is shown: of each term, at 0.05 divided by their number."""
    tested = [row for row in r.rows if row.known("p_value")]
    if not tested:
        return
    least = min(tested, key=lambda row: row.p_value)
    p = r.p(least.p_value, r.part("nominal_test"), least.term)
    failing = [row for row in tested if row.p_value < ALPHA / len(tested)]
    if not failing:
        yield r.text("No departure from proportional odds is shown; the smallest p-value of a predictor: {p}.", p=p)
    else:
        yield r.text(
            "Proportional odds does not hold for {predictors}; the smallest p-value: {p}. The effect differs between the lower and "
            "the upper answers, and the model with one effect is an average of them.",
            predictors=_quoted(r, failing),
            p=p,
        )
    if untested := [row for row in r.rows if not row.known("p_value")]:
        yield r.text("Not tested: {predictors}.", predictors=_quoted(r, untested))
    yield from _departure(r)


def _departure(r: ModelResult) -> Iterator[Markup | str]:
    """Say how large the departure is at most in the share who give a high answer; nothing where no difference in it is compared.

    It is what one effect at all thresholds moves a difference by, away from that of these answers against the rest.
    """
    from ....ordinal import smoothing_test

    compared = [name for name in r.study.compared if name in r.model.formula.variables]
    try:
        found = smoothing_test(r.model, compared, categories=r.high) if compared else None
    except EstimationError:
        return
    if found is not None:
        yield r.text(
            "In the differences by {predictors} in the share who {answered}, the largest departure is {size} percentage points "
            "({contrast}); departures of more than {reach} are excluded.",
            predictors=r.quoted(*compared),
            **moves(r, lines(found)),
        )
