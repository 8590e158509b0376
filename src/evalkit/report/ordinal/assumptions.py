"""Does one effect hold for every threshold? Tests, the size of the departure, and what changes where it does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, Any

from ...errors import EstimationError
from ..forest import Effect
from ..views import Column, Row
from .differences import Pair, side_by_side
from .parts import (
    ALPHA,
    Part,
    Reading,
    effects_view,
    linked,
    needs_likelihood,
    records,
    result_table,
    test_columns,
)

if TYPE_CHECKING:
    import pandas as pd

    from ...ordinal import CLMResult
    from .model import OrdinalModel

OMNIBUS = "Omnibus"


@dataclass(frozen=True)
class Tests:
    """The tests of proportional odds.

    Parameters
    ----------
    nominal
        The likelihood-ratio test of each term.
    brant
        The Brant test, omnibus first; None where a binary logit has no finite estimate.
    spread
        The likelihood-ratio test of equal spread of each term; None where a larger model has no finite estimate.
    """

    nominal: pd.DataFrame
    brant: pd.DataFrame | None
    spread: pd.DataFrame | None

    @property
    def failing(self) -> tuple[str, ...]:
        """The terms whose effect differs by threshold: p of the likelihood ratio below 0.05 divided by the number of terms.

        Where the Brant test fails as a whole and no such term is found, the term with the smallest p.
        """
        found = _rejected(self.nominal)
        if found or self.brant is None or float(self.brant["p_value"].iloc[0]) >= ALPHA:
            return found
        return (str(_least(self.nominal)["term"]),)


def _rejected(tests: pd.DataFrame) -> tuple[str, ...]:
    return tuple(tests.loc[tests["p_value"] < ALPHA / len(tests), "term"])


def _least(tests: pd.DataFrame) -> pd.Series[Any]:
    """Return the row of the smallest p-value."""
    return tests.sort_values("p_value", kind="stable").iloc[0]


def proportional_odds(model: OrdinalModel) -> Tests:
    """Test proportional odds.

    Raises
    ------
    EstimationError
        When the outcome has two answers, or the tests cannot be had.
    """
    from ...ordinal import brant_test, nominal_test, scale_test

    needs_likelihood(model)
    nominal = nominal_test(model.result)
    return Tests(
        nominal,
        _if_possible(lambda: brant_test(model.result, by="term")),
        _if_possible(lambda: scale_test(model.result)),
    )


def _if_possible(test: Callable[[], pd.DataFrame]) -> pd.DataFrame | None:
    try:
        return test()
    except EstimationError:
        return None


def tests(model: OrdinalModel) -> list[Part]:
    """Show the tests of proportional odds and of equal spread, and say whether proportional odds holds."""
    found, locale = proportional_odds(model), model.locale
    rows = [row for kind, heading, frame in _tested(model, found) for row in _rows(model, kind, heading, frame)]
    title = locale.text("{outcome}: tests of proportional odds", outcome=model.title)
    note = locale.text(
        "A small p-value speaks against the assumption. Proportional odds is taken to fail where a likelihood-ratio test has p "
        "below 0.05 divided by the number of predictors, or the Brant test of all together has p below 0.05; equal spread by the "
        "first of these."
    )
    table = result_table(model, "assumptions", title, locale.text("Term"), test_columns(locale), rows, note)
    said = (*verdict(model, found), *_without_brant(model, found), *_spread_said(model, found))
    return [table, Reading("assumptions", said)]


def _tested(model: OrdinalModel, found: Tests) -> list[tuple[str, str, pd.DataFrame]]:
    locale = model.locale
    headings = {
        "lr": (locale.text("Proportional odds: likelihood ratio"), found.nominal),
        "brant": (locale.text("Proportional odds: Brant test"), found.brant),
        "scale": (locale.text("Equal spread: likelihood ratio"), found.spread),
    }
    return [(kind, heading, frame) for kind, (heading, frame) in headings.items() if frame is not None]


def _rows(model: OrdinalModel, kind: str, heading: str, frame: pd.DataFrame) -> list[Row]:
    return [
        Row(
            f"{kind}-{row['term']}",
            _term(model, row["term"]),
            tuple(row[c] for c in ("statistic", "df", "p_value")),
            heading,
        )
        for row in records(model.safe("assumptions", frame))
    ]


def _term(model: OrdinalModel, term: str) -> str:
    return model.locale.text("All together") if term == OMNIBUS else model.labels.variable(term)


def verdict(model: OrdinalModel, found: Tests) -> list[Any]:
    """Say whether proportional odds holds."""
    locale = model.locale
    p = _least_said(model, found.nominal, "lr")
    if not found.failing:
        return [
            locale.text(
                "Proportional odds holds as far as these answers show: the smallest p-value of a predictor is {p}. One effect a "
                "predictor is enough.",
                p=p,
            )
        ]
    names = locale.listed(locale.quoted(_term(model, term)) for term in found.failing)
    return [
        locale.text(
            "Proportional odds does not hold for {predictors}: the smallest p-value is {p}. Its effect differs between the "
            "lower and the upper answers, and the model with one effect is an average of them.",
            predictors=names,
            p=p,
        )
    ]


def _least_said(model: OrdinalModel, tests: pd.DataFrame, kind: str) -> Any:
    row = _least(tests)
    return linked(model, model.locale.p_value(float(row["p_value"])), "assumptions", f"{kind}-{row['term']}")


def _spread_said(model: OrdinalModel, found: Tests) -> list[Any]:
    """Say whether the answers are equally spread, by the rule of proportional odds."""
    if found.spread is None:
        return []
    locale, uneven = model.locale, _rejected(found.spread)
    p = _least_said(model, found.spread, "scale")
    if not uneven:
        return [
            locale.text(
                "The groups' answers are equally spread as far as these answers show: the smallest p-value is {p}.", p=p
            )
        ]
    names = locale.listed(locale.quoted(_term(model, term)) for term in uneven)
    return [
        locale.text(
            "The groups' answers are not equally spread for {predictors}: the smallest p-value is {p}. Some groups have more answers at "
            "both ends than others, which one odds ratio does not show: read the predicted shares with it.",
            predictors=names,
            p=p,
        )
    ]


def _without_brant(model: OrdinalModel, found: Tests) -> list[str]:
    if found.brant is not None:
        return []
    return [
        model.locale.text(
            "The Brant test cannot be made here: at one of the thresholds some estimate has no finite value. The likelihood-ratio "
            "tests stand alone."
        )
    ]


def departure(model: OrdinalModel) -> list[Part]:
    """Show how far predictions move, in percentage points, when a predictor's effect may differ by threshold."""
    from ...ordinal import proportional_odds_departure

    needs_likelihood(model)
    locale = model.locale
    frame = records(model.safe("departure", proportional_odds_departure(model.result)))
    rows = []
    for name in dict.fromkeys(str(row["term"]) for row in frame):
        for group in dict.fromkeys(str(row["group"]) for row in frame if row["term"] == name):
            own = [row for row in frame if row["term"] == name and str(row["group"]) == group]
            largest = max(own, key=lambda row: abs(row["estimate"]))
            values = (model.labels.category(str(largest["category"])), largest["estimate"])
            rows.append((Row(f"{name}-{group}", model.labels.level(name, group), values, _term(model, name)), largest))
    columns = [
        Column("category", locale.text("Answer that moves most")),
        Column("estimate", locale.text("Change, percentage points"), "number", 1),
    ]
    title = locale.text("{outcome}: what proportional odds costs", outcome=model.title)
    note = locale.text(
        "The change in a group's predicted share when its predictor may have an effect of its own at every threshold; the answer "
        "with the largest change. In small groups such changes arise by chance: the tests say whether there is more to it."
    )
    table = result_table(model, "departure", title, locale.text("Group"), columns, [row for row, _ in rows], note)
    return [table, _departure_reading(model, rows)]


def _departure_reading(model: OrdinalModel, rows: list[tuple[Row, dict[Any, Any]]]) -> Reading:
    locale = model.locale
    row, largest = max(rows, key=lambda pair: abs(pair[1]["estimate"]))
    change = abs(largest["estimate"])
    sentence = locale.text(
        "The largest change is {change} percentage points, in {group}, for the answer {answer}.",
        change=linked(model, locale.number(change, 1), "departure", row.key),
        group=locale.quoted(row.label),
        answer=locale.quoted(model.labels.category(str(largest["category"]))),
    )
    return Reading("departure", (sentence,))


def by_threshold(model: OrdinalModel) -> list[Part]:
    """Show the odds ratio of each level at every threshold, beside the one that proportional odds allows."""
    locale = model.locale
    free = _partial_fit(model, model.compared).tidy()
    rows = records(model.safe("by_threshold", free[free["group"] == "nominal"]))
    common = {row["term"]: row for row in records(model.safe("by_threshold", model.result.tidy()))}
    effects = []
    for term in (name for name in common if str(name).partition("[")[0] in model.compared):
        section = " \N{EN DASH} ".join(model.labels.term(str(term)))
        row = common[term]
        ends = (exp(row[name]) for name in ("estimate", "conf_low", "conf_high"))
        effects.append(Effect(section, locale.text("All thresholds alike"), *ends))
        for free_row in (r for r in rows if str(r["term"]).endswith(f".{term}")):
            lower = str(free_row["term"]).partition("|")[0]
            label = locale.text("Above {answer}", answer=locale.quoted(model.labels.category(lower)))
            # A nominal effect moves the threshold, so that its sign is the other way round.
            ends = (exp(-free_row[name]) for name in ("estimate", "conf_high", "conf_low"))
            effects.append(Effect(section, label, *ends))
    title = locale.text("{outcome}: the odds ratio at each threshold", outcome=model.title)
    return [effects_view(model, "by_threshold", title, effects, ratio=True)]


def _partial_fit(model: OrdinalModel, terms: tuple[str, ...]) -> CLMResult:
    from ...ordinal import fit_clm

    needs_likelihood(model)
    if len(model.categories) < 3:
        raise EstimationError("two answers have one threshold", where=model.outcome)
    return fit_clm(model.data.formula, model.data.data, weights="count", nominal=f"~ {' + '.join(terms)}")


def partial(model: OrdinalModel) -> list[Part]:
    """Show, where proportional odds fails, the average differences of the partial model beside those of the first."""
    locale = model.locale
    terms = proportional_odds(model).failing
    if not terms:
        text = locale.text(
            "Proportional odds holds as far as these answers show, so that the partial model is not needed."
        )
        return [Reading("partial model", (text,))]
    title = locale.text("{outcome}: average differences with and without proportional odds", outcome=model.title)
    headings = (
        locale.text("One effect, percentage points"),
        locale.text("Effects by threshold, percentage points"),
        locale.text("95% interval, by threshold"),
    )
    table, pairs = side_by_side(model, _partial_fit(model, terms), "partial", title, headings)
    return [table, Reading("partial model", tuple(_change(model, pair) for pair in pairs))]


def _change(model: OrdinalModel, pair: Pair) -> Any:
    locale = model.locale
    values = pair.said(model, "partial")
    if pair.same_conclusion:
        return locale.text(
            "{contrast}: with effects by threshold the difference is {other} percentage points instead of {one}; the conclusion stays.",
            **values,
        )
    return locale.text(
        "{contrast}: with effects by threshold the difference is {other} percentage points instead of {one}; the conclusion changes.",
        **values,
    )
