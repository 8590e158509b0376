"""The same model fitted by another program, as an independent check on the page."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING

from ..views import Column, Row
from .parts import Part, Reading, needs_likelihood, records, result_table

if TYPE_CHECKING:
    from .model import OrdinalModel

TOLERANCE = 1e-3
"""Estimates that differ by no more agree: the other program stops at a looser criterion."""
SMALLEST = 1e-9
"""Differences are told no more finely."""


def agreement(model: OrdinalModel) -> list[Part]:
    """Show the estimates of statsmodels' OrderedModel beside these, and say whether they agree."""
    from ...ordinal import statsmodels_fit

    needs_likelihood(model)
    locale = model.locale
    frame = statsmodels_fit(model.result)
    largest = float((frame["estimate"] - frame["peer_estimate"]).abs().max())
    columns = [
        Column("estimate", locale.text("Here"), "number", 3),
        Column("peer_estimate", locale.text("statsmodels"), "number", 3),
    ]
    rows = [
        Row(str(row["term"]), _label(model, str(row["term"])), (row["estimate"], row["peer_estimate"]))
        for row in records(model.safe("agreement", frame))
    ]
    title = locale.text("{outcome}: the same model by statsmodels", outcome=model.title)
    note = locale.text("OrderedModel of statsmodels takes no counts, so that it was given a row a respondent.")
    table = result_table(model, "agreement", title, locale.text("Term"), columns, rows, note)
    decimals = max(int(-log10(max(largest, SMALLEST))), 0)
    difference = locale.number(10.0**-decimals, decimals)
    sentence = (
        locale.text("The two programs agree: no estimate differs by {difference} or more.", difference=difference)
        if largest < TOLERANCE
        else locale.text("The two programs do not agree: some estimate differs by {difference}.", difference=difference)
    )
    return [table, Reading("agreement", (sentence,))]


def _label(model: OrdinalModel, term: str) -> str:
    if term == "log-likelihood":
        return model.locale.text("Log-likelihood")
    if "|" in term:
        return model.labels.category(term)
    return " \N{EN DASH} ".join(model.labels.term(term))
