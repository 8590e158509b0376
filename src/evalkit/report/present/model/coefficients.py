"""Coefficients for a reader: as they are, as odds ratios, at each threshold, and of what is known of units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import exp

from markupsafe import Markup

from ....errors import EstimationError
from ...forest import Effect
from ...result import ALPHA, INTERVAL, Line, Part, Presenter
from ...views import Column, FigureView, Row, TableView
from . import ODDS, ModelResult, held_equal


def of_coefficients(r: ModelResult) -> Presenter:
    """Choose how coefficients are shown: as they are, or as odds ratios, which other links than the logit have none of."""
    mixed = hasattr(r.model, "group_sd")
    if not mixed and not r.asked.get("exponentiate"):
        return Presenter(_coefficients)
    if r.model.link != ODDS:
        raise EstimationError("odds ratios belong to the logit link", where="link", got=r.model.link)
    if mixed:
        return Presenter(_slopes, _slope_sentences)
    return Presenter(_by_threshold if r.model.formula.nominal else _odds, _level_sentences)


def _coefficients(r: ModelResult) -> Iterator[Part]:
    head = r.text("Estimate (log odds)") if r.model.link == ODDS else r.text("Estimate")
    error = Column("std_error", r.text("Standard error"), "number", 4)
    rows: list[Row] = []
    for section, found in groupby(r.rows, key=lambda row: _section(r, row)):
        own = list(found)
        if "[T." in own[0].term and ":" not in own[0].term:
            name = own[0].term.partition("[")[0]
            reference = r.text("{level} (reference)", level=_reference(r, name))
            rows.append(Row(f"{name}-reference", reference, (None,) * 4, section))
        rows += [_coefficient(r, row, section) for row in own]
    columns = [Column("estimate", head, "number", 4), error, *r.columns("statistic", "p_value")]
    part = "free_coefficients" if r.model.formula.nominal else "coefficients"
    yield r.tabled(part, r.text("coefficients and thresholds"), r.text("Term"), columns, rows)


def _section(r: ModelResult, row: Line) -> str:
    if row.get("group") == "threshold":
        return r.text("Thresholds")
    return r.labels.term(row.term.rpartition(".")[2] if "|" in row.term else row.term)[0]


def _coefficient(r: ModelResult, row: Line, section: str) -> Row:
    threshold = row.get("group") == "threshold"
    label = r.labels.threshold(r.outcome, row.term) if threshold else r.labels.term(row.term)[1] or section
    tested = (None, None) if threshold else row.values_of("statistic", "p_value")
    return Row(row.term, label, (*row.values_of("estimate", "std_error"), *tested), section)


def _reference_code(r: ModelResult, name: str) -> str:
    """Return the level of a predictor that the others are held against."""
    return str(r.model.patterns.predictors[name].cat.categories[0])


def _reference(r: ModelResult, name: str) -> str:
    return r.labels.level(name, _reference_code(r, name))


def _odds(r: ModelResult) -> Iterator[Part]:
    rows = [row for row in r.rows if row.get("group") != "threshold"]
    effects = [Effect(*_named(r, row), *row.ends) for row in rows]
    title = r.text("odds ratios")
    note = r.text(
        "Odds ratios with 95% intervals; above 1: higher answers are more likely than in the reference group."
    )
    yield from r.drawn("odds_ratios", title, effects, "ratio", note)
    yield _ratios(r, "odds_ratios", title, r.text("Group"), rows, ["p_value"], note)


def _ratios(
    r: ModelResult, part: str, title: str, stub: str, lines: Iterable[Line], tests: Sequence[str], note: str
) -> TableView:
    """Return odds ratios with their intervals and tests, a row a term."""
    rows = []
    for row in lines:
        section, label = _named(r, row)
        values = float(row.estimate), r.span(row, 1, 2), *row.values_of(*tests)
        rows.append(Row(row.term, label, values, section))
    columns = [Column("estimate", r.text("Odds ratio"), "number", 2), *r.columns("interval", *tests)]
    return r.tabled(part, title, stub, columns, rows, note)


def _slopes(r: ModelResult) -> Iterator[Part]:
    """Show the effects of a model with a random intercept as odds ratios: of what is known of the units, and of the rest."""
    title = r.text("a predictor of each {unit}")
    note = r.text("Odds ratios of a model with a random intercept for each {unit}.")
    yield _ratios(r, "unit_predictor", title, r.text("Term"), _effects(r), ["statistic", "p_value"], note)


def _effects(r: ModelResult) -> list[Line]:
    """Return the effects on the location as odds ratios."""
    rows = [row for row in r.rows if row.get("group") not in ("threshold", "nominal", "scale")]
    if r.asked.get("exponentiate"):
        return rows
    return [Line(row | {name: exp(row[name]) for name in INTERVAL}) for row in rows]


def _slope_sentences(r: ModelResult) -> Iterator[Markup | str]:
    """Say whether answers go with what is known of the units."""
    for row in (row for row in _effects(r) if row.term in r.study.unit_values):
        yield r.either(
            "For one more ({value}) the odds of a higher answer are {ratio} times as high ({interval}).",
            "It is not shown that answers go with {value}: the odds ratio for one more is {ratio} ({interval}).",
            row.p_value < ALPHA,
            value=r.labels.value(row.term),
            ratio=r.number(row.estimate, 2, r.part("unit_predictor"), row.term),
            interval=r.span(row, 1, 2),
        )


def _named(r: ModelResult, row: Line) -> tuple[str, str]:
    """Return a term's heading and label; the reference stands in the heading."""
    name = row.term.partition("[")[0]
    variable, level = r.labels.term(row.term)
    if ":" in row.term:
        return variable, level or r.text("For one more")
    if not level:
        return r.labels.value(name), r.text("For one more")
    against = _reference(r, name)
    return r.text("{predictor} (compared with {reference})", predictor=variable, reference=against), level


def _by_threshold(r: ModelResult) -> Iterator[FigureView]:
    """Show the odds ratio of each level at every threshold: under proportional odds they lie on one line."""
    effects = []
    for row in (row for row in r.rows if row.get("group") == "nominal"):
        lower, _, term = row.term.partition(".")
        label = r.text("Above {answer}", answer=r.locale.quoted(r.answer(lower.partition("|")[0])))
        effects.append(Effect(r.labels.joined(*r.labels.term(term)), label, *row.ends))
    order = list(dict.fromkeys(effect.section for effect in effects))
    effects.sort(key=lambda effect: order.index(effect.section))
    note = r.text("Odds ratios of an answer above each threshold, with 95% intervals.")
    return r.drawn("by_threshold", r.text("the odds ratio at each threshold"), effects, "ratio", note)


@held_equal
def _level_sentences(r: ModelResult) -> Iterator[Markup | str]:
    """Say of each level that is compared how many times as high the odds of a higher answer are."""
    # what goes with a predictor of an interaction is another number at each level of what it depends on
    together = {name for names in r.model.formula.term_variables.values() if len(names) > 1 for name in names}
    for row in (row for row in r.rows if row.get("group") not in ("threshold", "nominal")):
        name, level = row.term.partition("[")[0], row.term.partition("[T.")[2].rstrip("]")
        if name not in r.study.compared or name in together or not level:
            continue
        yield r.either(
            "The odds of a higher answer are {ratio} times as high {group} as {reference}, all else equal ({interval}).",
            "No difference between the answers {group} and {reference} is shown, all else equal: the odds ratio is {ratio} ({interval}).",
            row.p_value < ALPHA,
            group=r.labels.among(name, level),
            reference=r.labels.among(name, _reference_code(r, name)),
            ratio=r.number(row.estimate, 2, r.part("odds_ratios"), row.term),
            interval=r.span(row, 1, 2),
        )
