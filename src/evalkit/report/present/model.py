"""Ordinal models for a reader: the fit, effects, predictions, tests, units, and what hangs on a choice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial, wraps
from itertools import groupby
from math import exp, sqrt
from statistics import NormalDist
from typing import Any

from markupsafe import Markup, escape

from ...errors import EstimationError
from ...i18n import Locale
from ..captions import question_note, source_notes, titled, within
from ..forest import Effect, Scale, forest, panels_figure
from ..result import ALPHA, Part, Result, Words, excludes_zero, test_columns, value
from ..room import fit, fits
from ..views import Column, FigureView, Row, TableView, Value, row_link

_SPECIAL = str.maketrans({c: f"\\{c}" for c in "#$%&_{}"} | {"\\": r"\backslash ", "~": " ", "^": " "})
_BOUNDS = ("estimate", "conf_low", "conf_high")
_MOVED = 2
"""Of so many standard errors a difference between two models is told."""
FURTHEST = 5
"""Of more units than a page has room for, so many are named on each side of their average."""
ODDS = "logit"
"""The link under which effects are log odds."""


# What a model is called, and what it rests on.


def model_of(r: Result) -> Any:
    """Return the model that a result is of."""
    return r.asked["model"]


def outcome_of(r: Result) -> str:
    """Return the variable that is modelled."""
    return str(model_of(r).formula.outcome)


def part_id(r: Result, part: str) -> str:
    """Return the id of a table or figure of the model."""
    return f"{outcome_of(r)}_model_{part}"


def high_of(r: Result) -> tuple[str, ...]:
    """Return the answers counted together as high."""
    return tuple(r.asked.get("categories") or r.study.high(outcome_of(r)))


def said_of(r: Result) -> str:
    """Return what those who gave a high answer say."""
    return r.labels.predicate(outcome_of(r), high_of(r))


def _is_alone(r: Result) -> bool:
    """Whether the model has one predictor, so that nothing else is held equal."""
    return len(model_of(r).formula.variables) == 1


Sentences = Callable[[Result], Iterator[Any]]


def held_equal(sentences: Sentences) -> Sentences:
    """Return sentences that leave out 'all else equal' where there is nothing else."""

    @wraps(sentences)
    def said(r: Result) -> Iterator[Any]:
        aside = r.locale.text(", all else equal") if _is_alone(r) else ""
        return (one.replace(aside, "") if aside else one for one in sentences(r))

    return said


def withheld(r: Result) -> str | None:
    """Return that some levels are not in the model, without the reason; None where all levels of its predictors are."""
    model = model_of(r)
    names = [r.labels.variable(name) for name in model.withheld if name in model.patterns.predictors]
    return (
        r.locale.text("Some levels are withheld: {predictors}.", predictors=r.locale.listed(names)) if names else None
    )


def model_table(
    r: Result, part: str, title: str, stub: str, columns: Sequence[Column], rows: Iterable[Row], *notes: str | None
) -> TableView:
    """Return a table of a model's results."""
    title = r.locale.text("{outcome}: {title}", outcome=r.labels.variable(outcome_of(r)), title=title)
    return r.table(part_id(r, part), title, stub, columns, rows, *notes, withheld(r))


def effects_figure(
    r: Result, part: str, title: str, effects: Sequence[Effect], scale: Scale, note: str
) -> Iterator[FigureView]:
    """Show effects as points with intervals, those that have room."""
    fitting = fit(effects, lambda effect: effect.section)
    if effects and not fitting:
        return
    title = r.locale.text("{outcome}: {title}", outcome=r.labels.variable(outcome_of(r)), title=title)
    parts = forest(part_id(r, part), title, fitting, scale, r.locale)
    left_out = r.locale.text("Groups that are not shown are left out.") if len(fitting) < len(effects) else None
    yield parts.captioned(note, left_out, withheld(r), source_notes(r.study, r.locale))


# The fit.


def fit_parts(r: Result) -> Iterator[Part]:
    """Show the equation of a model, and how well it fits."""
    yield Words(_equation(r))
    link = model_of(r).link
    note = None if link == ODDS else r.locale.text("Link: {link}", link=link)
    yield _facts_table(r, "fit", r.locale.text("the fit"), _facts(r), note)


def _facts_table(
    r: Result, part: str, title: str, facts: Iterable[tuple[str, str, str | None]], note: str | None
) -> TableView:
    columns = [Column("value", r.locale.text("Value"), "interval")]
    rows = [Row(key, label, (text,)) for key, label, text in facts if text is not None]
    return model_table(r, part, title, r.locale.text("Quantity"), columns, rows, note)


def _facts(r: Result) -> list[tuple[str, str, str | None]]:
    model, locale = model_of(r), r.locale
    penalised = model.penalty is not None
    return [
        ("parameters", locale.text("Parameters"), locale.number(model.n_parameters)),
        ("llf", locale.text("Log-likelihood"), locale.number(model.llf, 2)),
        ("deviance", locale.text("Deviance (minus twice the log-likelihood)"), locale.number(-2 * model.llf, 2)),
        ("aic", locale.text("AIC"), None if penalised else locale.number(model.aic, 2)),
        ("mcfadden", locale.text("McFadden's pseudo R²"), None if penalised else locale.number(model.mcfadden, 3)),
        ("concordance", locale.text("Concordance"), locale.percent(model.concordance, 1) if _is_counted(r) else None),
        ("penalty", locale.text("Estimates kept finite by"), locale.text("Jeffreys' prior") if penalised else None),
    ]


def _is_counted(r: Result) -> bool:
    """Whether the model is of counts that are known, so that it can be said how well it fits people one by one."""
    return not r.source.is_completed(outcome_of(r), model_of(r).formula.variables)


def _equation(r: Result) -> Markup:
    from ..prose import mathml

    label = r.locale.text("The model as an equation")
    box = Markup('<div class="scroll" role="region" tabindex="0" aria-label="{}">{}</div>')
    return box.format(label, Markup(mathml(equation_latex(r), block=True)))


def equation_latex(r: Result) -> str:
    """Return the model in LaTeX: the link of the cumulative shares, its thresholds, and an effect of the level of each predictor."""
    effects = " + ".join(
        rf"\beta_{{\text{{{' × '.join(map(r.labels.variable, names)).translate(_SPECIAL)}}}(i)}}"
        for names in model_of(r).formula.term_variables.values()
        if names
    )
    link = model_of(r).link
    logit = r"\log\frac{P(Y_i \le j)}{P(Y_i > j)}"
    left = logit if link == ODDS else rf"\text{{{link}}}\left( P(Y_i \le j) \right)"
    return rf"{left} = \theta_j - \left( {effects} \right)"


def fit_sentences(r: Result) -> Iterator[Markup | str]:
    """Say what is modelled on what."""
    model, locale, outcome = model_of(r), r.locale, outcome_of(r)
    yield locale.text("The outcome is {outcome}.", outcome=locale.quoted(r.labels.variable(outcome)))
    yield from question_note(r.study.codebook.variable(outcome).item, r.study, locale)
    lowest, highest = (locale.quoted(r.labels.level(outcome, str(model.categories[at]))) for at in (0, -1))
    yield locale.text("The answers run from {lowest} to {highest}.", lowest=lowest, highest=highest)
    names = locale.listed(locale.quoted(r.labels.variable(name)) for name in model.formula.variables)
    yield (
        locale.text(
            "They are modelled on {predictors}, all together, so that each counts with the others equal.",
            predictors=names,
        )
        if len(model.formula.variables) > 1
        else locale.text("They are modelled on {predictor} alone.", predictor=names)
    )
    others = [name for name in r.study.groups if name not in model.formula.variables]
    if others and len(model.formula.variables) > 1:
        names = locale.listed(locale.quoted(r.labels.variable(name)) for name in others)
        yield locale.text("“All else equal” is with these equal, and not with {others}.", others=names)
    if "fpc" not in r.source.design:
        yield locale.text(
            "Intervals and tests of the model have no finite population correction: as if those who answered were drawn from far "
            "more people in the same situation."
        )
    lacking = [name for name in r.study.predictors if name not in model.formula.variables]
    if lacking and outcome in r.study.outcomes:
        names = locale.listed(locale.quoted(r.labels.variable(name)) for name in lacking)
        yield locale.text("Withheld as a whole: {predictors}.", predictors=names)
    yield from filter(None, [withheld(r)])
    if model.penalty is None and _is_counted(r):
        yield filled_in(
            locale.text(
                "McFadden's pseudo R² is {r2}. Of two people who answered differently, the model expects the higher answer of the one "
                "who gave it {concordance} of the time; half would be chance."
            ),
            r2=r.number(model.mcfadden, 3, part_id(r, "fit"), "mcfadden"),
            concordance=r.percent(model.concordance, part_id(r, "fit"), "concordance", 1),
        )


# Who is not in it.


def incomplete_parts(r: Result) -> Iterator[Part]:
    """Show how many are not in the model for want of an answer, to what, and in which groups."""
    locale, rows = r.locale, list[Row]()
    for term, found in groupby(r.rows, key=lambda row: str(row["term"])):
        section, p = _lacking(r, term, own := list(found)), value(own[0]["p_value"])
        rows += [_incomplete_row(r, row, section) for row in own]
        if p is not None:
            rows.append(Row(term, locale.text("All groups together"), (None, None, None, p), section))
    columns = [
        Column("n", locale.text("Answered"), "count"),
        Column("left", locale.text("Without an answer"), "count"),
        Column("percent", locale.text("Without an answer (%)"), "percent", 1),
        Column("p_value", locale.text("p-value"), "p", 3),
    ]
    title = locale.text("who is not in the model for want of an answer")
    note = locale.text("No opinion counts as no answer. Tests of association of all groups together, each for itself.")
    yield model_table(r, "incomplete", title, locale.text("Group"), columns, rows, note)


def _lacking(r: Result, term: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the heading of the groups of a predictor: its name, and the outcome where only answers to that are known to lack."""
    if term == "any":
        return r.locale.text("Without an answer to")
    if rows[0]["category"] == "any":
        return r.labels.variable(term)
    lacked = r.locale.quoted(r.labels.variable(outcome_of(r)))
    return r.locale.text(
        "{predictor} (without an answer to {outcome})", predictor=r.labels.variable(term), outcome=lacked
    )


def _incomplete_row(r: Result, row: Mapping[str, Any], section: str) -> Row:
    term, to, weighted = str(row["term"]), str(row["category"]), r.study.design is not None
    share, n = value(row["estimate"], hidden=True), None if weighted else value(row["n"], hidden=True)
    left = share * n if isinstance(share, float) and isinstance(n, float) else None if weighted else share
    if term != "any":
        return Row(f"{term}--{row['group']}", r.labels.level(term, str(row["group"])), (n, left, share, None), section)
    if to != "any":
        return Row(f"missing--{to}", r.labels.variable(to), (n, left, share, None), section)
    return Row("total", r.locale.text("All"), (n, left, share, None), total=True)


def incomplete_sentences(r: Result) -> Iterator[Markup | str]:
    """Say how many are not in the model for want of an answer, and whether they are like the others."""
    locale, table = r.locale, part_id(r, "incomplete")
    everybody, *variables = (row for row in r.rows if row["term"] == "any")
    if everybody["estimate"] != everybody["estimate"]:
        yield locale.text("How many are not in the model for want of an answer is withheld.")
        return
    if not everybody["estimate"]:
        yield locale.text("Nobody is left out of the model for want of an answer.")
        return
    lacked = [
        filled_in(
            "{variable} ({share})",
            variable=locale.quoted(r.labels.variable(str(row["category"]))),
            share=r.percent(row["estimate"], table, f"missing--{row['category']}", 1),
        )
        for row in variables
        if row["estimate"] > 0
    ]
    text = (
        locale.text(
            "{share} of those who answered are not in the model: they have no answer, or no opinion, on {variables}."
        )
        if r.study.design is not None
        else locale.text(
            "{left} of the {n} who answered ({share}) are not in the model: they have no answer, or no opinion, on {variables}."
        )
    )
    yield filled_in(
        text,
        left=r.number(everybody["estimate"] * everybody["n"], 0, table, "total"),
        n=r.number(everybody["n"], 0, table, "total"),
        share=r.percent(everybody["estimate"], table, "total", 1),
        variables=Markup(locale.listed(map(str, lacked))),
    )
    yield from _likeness(r, table)


def _likeness(r: Result, table: str) -> Iterator[Markup]:
    """Say by which predictors those without an answer are shown to be others than those with one, and how far that goes at most."""
    locale, groups = r.locale, [row for row in r.rows if row["p_value"] == row["p_value"]]
    tests = {str(row["term"]): float(row["p_value"]) for row in groups}
    if not tests:
        return
    shown = [term for term, p in tests.items() if p < ALPHA / len(tests)]
    least = min(tests, key=lambda term: tests[term])
    most = max((row for row in groups if row["estimate"] == row["estimate"]), key=lambda row: row["estimate"])
    text = (
        locale.text(
            "A missing answer goes with {predictors} (the smallest p-value: {p}). In no group do more than {most} lack one."
        )
        if shown
        else locale.text(
            "It is not shown that a missing answer goes with {predictors} (the smallest p-value: {p}). In no group do more than {most} lack one."
        )
    )
    yield filled_in(
        text,
        predictors=locale.listed(locale.quoted(r.labels.variable(term)) for term in shown or tests),
        p=r.p(tests[least], table, least),
        most=r.percent(most["estimate"], table, f"{most['term']}--{most['group']}", 1),
    )


# Coefficients and odds ratios.


def coefficient_parts(r: Result) -> Iterator[Part]:
    """Show coefficients as they are, or as odds ratios."""
    free, mixed = bool(model_of(r).formula.nominal), hasattr(model_of(r), "group_sd")
    if not mixed and not r.asked.get("exponentiate"):
        yield _coefficients(r, "coefficients" if not free else "free_coefficients")
        return
    _refuse_other_links(r)
    if mixed:
        yield _slopes(r)
    elif free:
        yield from _by_threshold(r)
    else:
        yield from _odds(r)


def _refuse_other_links(r: Result) -> None:
    """Refuse to call effects odds ratios that are none."""
    if model_of(r).link != ODDS:
        raise EstimationError("odds ratios belong to the logit link", where="link", got=model_of(r).link)


def _coefficients(r: Result, part: str) -> TableView:
    locale = r.locale
    logit = model_of(r).link == ODDS
    columns = [
        Column("estimate", locale.text("Estimate (log odds)") if logit else locale.text("Estimate"), "number", 4),
        Column("std_error", locale.text("Standard error"), "number", 4),
        Column("statistic", locale.text("Test statistic"), "number", 2),
        Column("p_value", locale.text("p-value"), "p", 3),
    ]
    rows: list[Row] = []
    for section, found in groupby(r.rows, key=lambda row: _section(r, row)):
        own = list(found)
        name = str(own[0]["term"]).partition("[")[0]
        if "[T." in str(own[0]["term"]) and ":" not in str(own[0]["term"]):
            reference = locale.text("{level} (reference)", level=r.labels.level(name, reference_of(r, name)))
            rows.append(Row(f"{name}-reference", reference, (None,) * 4, section))
        rows += [_coefficient(r, row, section) for row in own]
    return model_table(r, part, locale.text("coefficients and thresholds"), locale.text("Term"), columns, rows)


def _section(r: Result, row: Mapping[str, Any]) -> str:
    if row.get("group") == "threshold":
        return r.locale.text("Thresholds")
    return r.labels.term(str(row["term"]).rpartition(".")[2] if "|" in str(row["term"]) else str(row["term"]))[0]


def _coefficient(r: Result, row: Mapping[str, Any], section: str) -> Row:
    threshold = row.get("group") == "threshold"
    term = str(row["term"])
    label = r.labels.threshold(outcome_of(r), term) if threshold else r.labels.term(term)[1] or section
    tested = (None, None) if threshold else (value(row["statistic"]), value(row["p_value"]))
    return Row(term, label, (value(row["estimate"]), value(row["std_error"]), *tested), section)


def reference_of(r: Result, name: str) -> str:
    """Return the level of a predictor that the others are held against."""
    return str(model_of(r).patterns.predictors[name].cat.categories[0])


def _odds(r: Result) -> Iterator[Part]:
    locale = r.locale
    rows = [row for row in r.rows if row.get("group") != "threshold"]
    effects = [Effect(*_named(r, row), *ends(row)) for row in rows]
    note = locale.text(
        "Odds ratios with 95% intervals; above 1: higher answers are more likely than in the reference group."
    )
    yield from effects_figure(r, "odds_ratios", locale.text("odds ratios"), effects, "ratio", note)
    *_, p_value = test_columns(locale)
    columns = [Column("estimate", locale.text("Odds ratio"), "number", 2), _interval(locale), p_value]
    shown = [
        Row(
            str(row["term"]), one.label, (float(row["estimate"]), r.span(row, 1, 2), value(row["p_value"])), one.section
        )
        for row, one in zip(rows, effects, strict=True)
    ]
    yield model_table(r, "odds_ratios", locale.text("odds ratios"), locale.text("Group"), columns, shown, note)


def _interval(locale: Locale) -> Column:
    return Column("interval", locale.text("95% interval"), "interval")


def _slopes(r: Result) -> TableView:
    """Show the effects of a model with a random intercept as odds ratios: of what is known of the units, and of the rest."""
    locale = r.locale
    columns = [
        Column("estimate", locale.text("Odds ratio"), "number", 2),
        _interval(locale),
        *test_columns(locale)[::2],
    ]
    rows = [
        Row(
            str(row["term"]),
            label or section,
            (float(row["estimate"]), r.span(row, 1, 2), value(row["statistic"]), value(row["p_value"])),
            section,
        )
        for row in _effects(r)
        for section, label in [_named(r, row)]
    ]
    unit = unit_word(r)
    title = locale.text("a predictor of each {unit}", unit=unit)
    note = locale.text("Odds ratios of a model with a random intercept for each {unit}.", unit=unit)
    return model_table(r, "unit_predictor", title, locale.text("Term"), columns, rows, note)


def _effects(r: Result) -> list[dict[str, Any]]:
    """Return the effects on the location as odds ratios."""
    rows = [row for row in r.rows if row.get("group") not in ("threshold", "nominal", "scale")]
    if r.asked.get("exponentiate"):
        return rows
    return [row | {name: exp(row[name]) for name in _BOUNDS} for row in rows]


def _slope_sentences(r: Result) -> Iterator[Markup]:
    """Say whether answers go with what is known of the units."""
    for row in (row for row in _effects(r) if str(row["term"]) in r.study.unit_values):
        values = {
            "value": r.labels.value(str(row["term"])),
            "ratio": r.number(row["estimate"], 2, part_id(r, "unit_predictor"), str(row["term"])),
            "interval": r.span(row, 1, 2),
        }
        yield filled_in(
            r.locale.text("For one more ({value}) the odds of a higher answer are {ratio} times as high ({interval}).")
            if row["p_value"] < ALPHA
            else r.locale.text(
                "It is not shown that answers go with {value}: the odds ratio for one more is {ratio} ({interval})."
            ),
            **values,
        )


def _named(r: Result, row: Mapping[str, Any]) -> tuple[str, str]:
    """Return a term's heading and label; the reference stands in the heading."""
    name = str(row["term"]).partition("[")[0]
    variable, level = r.labels.term(str(row["term"]))
    if ":" in str(row["term"]):
        return variable, level or r.locale.text("For one more")
    if not level:
        return r.labels.value(name), r.locale.text("For one more")
    reference = r.labels.level(name, reference_of(r, name))
    return r.locale.text("{predictor} (compared with {reference})", predictor=variable, reference=reference), level


def _by_threshold(r: Result) -> Iterator[FigureView]:
    """Show the odds ratio of each level at every threshold: under proportional odds they lie on one line."""
    locale, effects = r.locale, []
    for row in (row for row in r.rows if row.get("group") == "nominal"):
        lower, _, term = str(row["term"]).partition(".")
        label = locale.text(
            "Above {answer}", answer=locale.quoted(r.labels.level(outcome_of(r), lower.partition("|")[0]))
        )
        effects.append(Effect(r.labels.joined(*r.labels.term(term)), label, *ends(row)))
    order = list(dict.fromkeys(effect.section for effect in effects))
    effects.sort(key=lambda effect: order.index(effect.section))
    note = locale.text("Odds ratios of an answer above each threshold, with 95% intervals.")
    return effects_figure(r, "by_threshold", locale.text("the odds ratio at each threshold"), effects, "ratio", note)


@held_equal
def coefficient_sentences(r: Result) -> Iterator[Markup | str]:
    """Say of each level that is compared how many times as high the odds of a higher answer are."""
    _refuse_other_links(r)
    if hasattr(model_of(r), "group_sd"):
        yield from _slope_sentences(r)
        return
    for row in (row for row in r.rows if row.get("group") not in ("threshold", "nominal")):
        term = str(row["term"])
        name, level = term.partition("[")[0], term.partition("[T.")[2].rstrip("]")
        if name not in r.study.compared or not level or not r.asked.get("exponentiate"):
            continue
        if any(name in names for names in model_of(r).formula.term_variables.values() if len(names) > 1):
            continue  # what it goes with is another number at each level of what it depends on
        values = {
            "group": r.labels.among(name, level),
            "reference": r.labels.among(name, reference_of(r, name)),
            "ratio": r.number(row["estimate"], 2, part_id(r, "odds_ratios"), term),
            "interval": r.span(row, 1, 2),
        }
        yield (
            r.locale.text(
                "The odds of a higher answer are {ratio} times as high {group} as {reference}, all else equal ({interval}).",
                **values,
            )
            if row["p_value"] < ALPHA
            else r.locale.text(
                "No difference between the answers {group} and {reference} is shown, all else equal: the odds ratio is {ratio} ({interval}).",
                **values,
            )
        )


# Average comparisons and predictions.


def comparison_parts(r: Result) -> Iterator[Part]:
    """Show average differences: of the high answers alone, or answer by answer."""
    if r.asked.get("categories"):
        yield from _differences(r)
    else:
        yield _answer_by_answer(r)


def _differences(r: Result) -> Iterator[Part]:
    locale = r.locale
    inside = [row for row in r.rows if not _is_between(r, row)]
    effects = [
        Effect(_compared(r, row), r.labels.contrast(str(row["term"]), str(row["contrast"])), *ends(row))
        for row in inside
    ]
    by = r.asked.get("by")
    title = _largest(r, inside) if by is None else locale.text("average differences within groups")
    yield from effects_figure(
        r, "differences" if by is None else f"differences_by_{by}", title, effects, "difference", _points_note(r)
    )
    if len(inside) < len(r.rows):
        yield _between(r)


def _largest(r: Result, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a title that names the group that lies furthest from its reference, where that it differs is shown."""
    shown = (row for row in rows if row["estimate"] == row["estimate"])
    row = max(shown, key=lambda row: abs(float(row["estimate"])), default=None)
    group, between, _ = str(row["contrast"] if row else "").partition(" - ")
    if row is None or not between or row["conf_low"] <= 0 <= row["conf_high"]:
        return r.locale.text("average differences")
    predictor, level = r.labels.variable(str(row["term"])), r.labels.level(str(row["term"]), group)
    text = r.locale.text("the largest difference is by {predictor}: {group}")
    return text.format(predictor=within(predictor), group=r.locale.quoted(level))


def _is_between(r: Result, row: Mapping[str, Any]) -> bool:
    """Return whether a row holds the difference in one group against that in another."""
    return bool(r.asked.get("between")) and " - " in str(row["group"])


def _between(r: Result) -> TableView:
    """Show how much larger or smaller the differences are in each group than in the first one."""
    locale, by = r.locale, str(r.asked["by"])
    found = [row for row in r.rows if _is_between(r, row)]
    order = list(dict.fromkeys(map(contrast_key, found)))
    rows = [
        Row(
            f"{contrast_key(row)}-{row['group']}",
            r.labels.contrast(by, str(row["group"])),
            _difference(r, row),
            _comparison_label(r, row),
        )
        for row in sorted(found, key=lambda row: order.index(contrast_key(row)))
    ]
    title = locale.text("how much the differences differ between groups")
    note = locale.text("Differences of differences: above 0 the difference is larger, or less negative, in the group.")
    return model_table(r, f"between_{by}", title, r.labels.variable(by), _difference_columns(locale), rows, note)


def _difference_columns(locale: Locale) -> tuple[Column, ...]:
    return (
        Column("estimate", locale.text("Difference, percentage points"), "number", 1),
        _interval(locale),
        Column("p_value", locale.text("p-value"), "p", 3),
    )


def _difference(r: Result, row: Mapping[str, Any], p: str = "p_value") -> tuple[Value, ...]:
    """Return the values of these columns."""
    return value(row["estimate"], 100), r.span(row), value(row[p])


def _compared(r: Result, row: Mapping[str, Any]) -> str:
    """Return the predictor whose levels are compared, and the group that they are compared in."""
    by = r.asked.get("by")
    group = "" if by is None else r.labels.level(str(by), str(row["group"]))
    return r.labels.joined(r.labels.variable(str(row["term"])), group)


def _answer_by_answer(r: Result) -> TableView:
    locale, outcome = r.locale, outcome_of(r)
    rows = [
        Row(
            f"{contrast_key(row)}-{row['category']}",
            r.labels.level(outcome, str(row["category"])),
            _difference(r, row),
            r.labels.joined(_compared(r, row), r.labels.contrast(str(row["term"]), str(row["contrast"]))),
        )
        for row in r.rows
    ]
    note = locale.text("Averaged over all respondents of the model, everything but the predictor left as it is.")
    title = locale.text("average differences, answer by answer")
    return model_table(r, "comparisons", title, locale.text("Answer"), _difference_columns(locale), rows, note)


def contrast_key(row: Mapping[str, Any]) -> str:
    """Return the key of a comparison's row: the predictor and the level that is compared."""
    return f"{row['term']}-{str(row['contrast']).partition(' - ')[0]}"


def ends(row: Mapping[str, Any]) -> tuple[float, float, float]:
    """Return an estimate and the ends of its interval."""
    return float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"])


@held_equal
def comparison_sentences(r: Result) -> Iterator[Markup]:
    """Say each predictor's difference: the largest of those that are shown, or that none is."""
    for name, found in groupby(r.rows, key=lambda row: str(row["term"])):
        rows = list(found)
        shown = [row for row in rows if excludes_zero(row)]
        if shown:
            yield _difference_said(r, max(shown, key=lambda row: abs(row["estimate"])), among_several=len(rows) > 1)
        else:
            yield _no_difference_said(r, name, rows)


def smoothing_parts(r: Result) -> Iterator[Part]:
    """Show how far the model's smoothing moves each difference."""
    rows = [Row(contrast_key(row), _comparison_label(r, row), _difference(r, row)) for row in r.rows]
    title, note = r.locale.text("what the model smooths"), r.locale.text("Model-smoothed less adjusted difference.")
    columns = _difference_columns(r.locale)
    yield model_table(r, "smoothing", title, r.locale.text("Comparison"), columns, rows, note)


@held_equal
def smoothing_sentences(r: Result) -> Iterator[Markup | str]:
    """Say which differences the model smooths by more than two standard errors; or how far it may smooth them."""
    moved = [row for row in r.rows if abs(row["statistic"]) > _MOVED]
    if not moved:
        yield filled_in(
            r.locale.text(
                "That the model has one effect at all thresholds moves none of these differences by more than chance would have it; "
                "the largest move is {size} percentage points, and moves of more than {reach} are excluded."
            ),
            **_moves(r, r.rows),
        )
    for row in moved:
        yield filled_in(
            r.locale.text(
                "{contrast}: {smoothed} percentage points by the model, and {adjusted} by these answers against the rest, all else "
                "equal. They differ by more than chance would have it: the model's one effect does not fit here, and the second is "
                "the one to read."
            ),
            contrast=_comparison_label(r, row),
            **{
                name: r.points(row[name], part_id(r, "differences"), contrast_key(row))
                for name in ("smoothed", "adjusted")
            },
        )


def _moves(r: Result, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the largest of some moves, linked to its row, and how large none is."""
    most = max(rows, key=lambda row: abs(row["estimate"]))
    size = r.distance(most["estimate"], part_id(r, "smoothing"), contrast_key(most))
    return {"size": size, "contrast": _comparison_label(r, most), "reach": _reach(r, "smoothing", rows)}


def _reach(
    r: Result,
    part: str,
    rows: Iterable[Mapping[str, Any]],
    key: Callable[[Mapping[str, Any]], str] | None = None,
) -> Markup:
    """Return how far from nothing the widest of some intervals reaches, linked to its row: larger differences are excluded."""
    ends = {(key or contrast_key)(row): max(abs(row["conf_low"]), abs(row["conf_high"])) for row in rows}
    widest = max(ends, key=lambda row: ends[row])
    return r.distance(ends[widest], part_id(r, part), widest)


def _difference_said(r: Result, row: Mapping[str, Any], *, among_several: bool) -> Markup:
    name = str(row["term"])
    level, _, reference = str(row["contrast"]).partition(" - ")
    texts = {
        True: r.locale.text(
            "The share who {answered} is {difference} percentage points higher {group} than {reference}, all else equal ({interval})."
        ),
        False: r.locale.text(
            "The share who {answered} is {difference} percentage points lower {group} than {reference}, all else equal ({interval})."
        ),
    }
    higher = row["estimate"] > 0
    size = row if higher else {"conf_low": -row["conf_high"], "conf_high": -row["conf_low"]}
    said = filled_in(
        texts[higher],
        answered=said_of(r),
        difference=r.distance(row["estimate"], part_id(r, "differences"), contrast_key(row)),
        group=r.labels.among(name, level),
        reference=r.labels.among(name, reference),
        interval=r.span(size),
    )
    more = r.locale.text(
        "It is the largest difference by {predictor}.", predictor=r.locale.quoted(r.labels.variable(name))
    )
    return filled_in("{said} {more}", said=said, more=more) if among_several else said


def _no_difference_said(r: Result, name: str, rows: Sequence[Mapping[str, Any]]) -> Markup:
    return filled_in(
        r.locale.text(
            "No difference by {predictor} in the share who {answered} is shown, all else equal; differences of more than {reach} "
            "percentage points are excluded."
        ),
        predictor=r.locale.quoted(r.labels.variable(name)),
        answered=said_of(r),
        reach=_reach(r, "differences", rows),
    )


def filled_in(template: str, **values: object) -> Markup:
    """Return a sentence with its values, everything but markup escaped."""
    return escape(template).format(**values)


def prediction_parts(r: Result) -> Iterator[Part]:
    """Show the predicted distribution of the answers by the levels of each predictor."""
    for name, found in groupby(r.rows, key=lambda row: str(row["term"])):
        yield from _predicted(r, name, list(found))


def _predicted(r: Result, name: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Part]:
    locale, outcome, part = r.locale, outcome_of(r), f"predicted_{name}"
    groups, answers = (list(dict.fromkeys(str(row[key]) for row in rows)) for key in ("group", "category"))
    cells = {(str(row["group"]), str(row["category"])): Effect("", "", *ends(row)) for row in rows}
    names, heads = (
        [r.labels.level(name, group) for group in groups],
        [r.labels.level(outcome, code) for code in answers],
    )
    title = locale.text("{title}: predicted shares", title=titled(r.labels.variable(outcome), (name,), r.study, locale))
    panels = [[cells[group, code] for group in groups] for code in answers]
    note = locale.text(
        "Predicted per cent of each answer with 95% intervals, averaged over the others' characteristics."
    )
    if fits(names):
        figure = panels_figure(part_id(r, part), title, panels, [("", name) for name in names], heads, locale)
        yield figure.captioned(note, withheld(r), source_notes(r.study, locale))
    columns = [Column(code, head, "percent") for code, head in zip(answers, heads, strict=True)]
    shown = [
        Row(group, label, tuple(cells[group, code].estimate for code in answers))
        for group, label in zip(groups, names, strict=True)
    ]
    about = locale.text("Per cent, predicted as if all had the level and were otherwise as they are.")
    yield r.table(part_id(r, part), title, r.labels.variable(name), columns, shown, about, withheld(r))


# Tests.


def term_parts(r: Result) -> Iterator[Part]:
    """Show whether each predictor goes with the answers at all."""
    note = r.locale.text("Likelihood-ratio tests of the model without the predictor.")
    title, stub = r.locale.text("each predictor left out in turn"), r.locale.text("Predictor")
    yield _tests_table(r, "terms", title, stub, lambda term: r.labels.term(term)[0], note)


def nested_parts(r: Result) -> Iterator[Part]:
    """Show whether each model says more than the one before it."""

    def predictors(formula: str) -> str:
        return r.locale.listed(r.labels.variable(name) for name in formula.partition(" ~ ")[2].split(" + "))

    note = r.locale.text("Likelihood-ratio tests of each model against the one before it.")
    yield _tests_table(r, "nested", r.locale.text("models compared"), r.locale.text("Predictors"), predictors, note)


def _tests_table(
    r: Result, part: str, title: str, stub: str, label: Callable[[str], str], *notes: str | None
) -> TableView:
    names = ("statistic", "df", "p_value")
    rows = [Row(term, label(term), tuple(value(row[n]) for n in names)) for row in r.rows if (term := str(row["term"]))]
    return model_table(r, part, title, stub, test_columns(r.locale), rows, *notes)


@held_equal
def term_sentences(r: Result) -> Iterator[Markup | str]:
    """Say of each predictor whether it goes with the answers."""
    for row in r.rows:
        p = r.p(row["p_value"], part_id(r, "terms"), str(row["term"]))
        values = {"predictor": r.locale.quoted(r.labels.variable(str(row["term"]))), "p": p}
        if ":" in str(row["term"]):
            yield _interaction_sentence(r, row, p)
            continue
        yield (
            r.locale.text("{predictor} goes with the answers, all else equal ({p}).", **values)
            if row["p_value"] < ALPHA
            else r.locale.text(
                "It is not shown that {predictor} goes with the answers, all else equal ({p}).", **values
            )
        )


def _interaction_sentence(r: Result, row: Mapping[str, Any], p: Markup) -> Markup | str:
    one, other = (r.locale.quoted(r.labels.variable(name)) for name in str(row["term"]).split(":"))
    if row["p_value"] < ALPHA:
        return r.locale.text("How answers differ by {one} depends on {other} ({p}).", one=one, other=other, p=p)
    return r.locale.text(
        "It is not shown that how answers differ by {one} depends on {other} ({p}).", one=one, other=other, p=p
    )


def assumption_parts(r: Result) -> Iterator[Part]:
    """Show a test of proportional odds, or of equal spread."""
    locale = r.locale
    titles = {
        "nominal_test": locale.text("proportional odds, likelihood-ratio tests"),
        "brant_test": locale.text("proportional odds, Brant test"),
        "scale_test": locale.text("equal spread, likelihood-ratio tests"),
    }
    note = locale.text("A small p-value speaks against the assumption.")
    yield _tests_table(r, r.kind, titles[r.kind], locale.text("Term"), partial(_tested, r), note, _by_score(r))


def _by_score(r: Result) -> str | None:
    """Say of which terms the test is the score test, in the place of a likelihood ratio."""
    from ...ordinal.assumptions import MANY

    large = [str(row["term"]) for row in r.rows if row["df"] > MANY and r.kind != "brant_test"]
    if not large:
        return None
    names = r.locale.listed(_tested(r, term) for term in large)
    return r.locale.text(
        "Of {predictors} it is the score test: so many effects would hardly all be finite.", predictors=names
    )


def _tested(r: Result, term: str) -> str:
    return r.locale.text("All together") if term == "Omnibus" else r.labels.whole_term(term, outcome_of(r))


def nominal_sentences(r: Result) -> Iterator[Markup]:
    """Say whether a departure from proportional odds is shown: of each term, at 0.05 divided by their number."""
    tested = [row for row in r.rows if row["p_value"] == row["p_value"]]
    if not tested:
        return
    least = min(tested, key=lambda row: row["p_value"])
    p = r.p(least["p_value"], part_id(r, "nominal_test"), str(least["term"]))
    failing = [row for row in tested if row["p_value"] < ALPHA / len(tested)]
    if not failing:
        yield filled_in(
            r.locale.text("No departure from proportional odds is shown; the smallest p-value of a predictor: {p}."),
            p=p,
        )
    else:
        yield filled_in(
            r.locale.text(
                "Proportional odds does not hold for {predictors}; the smallest p-value: {p}. The effect differs between the lower and "
                "the upper answers, and the model with one effect is an average of them."
            ),
            predictors=r.locale.listed(r.locale.quoted(_tested(r, str(row["term"]))) for row in failing),
            p=p,
        )
    untested = [r.locale.quoted(_tested(r, str(row["term"]))) for row in r.rows if row["p_value"] != row["p_value"]]
    if untested:
        yield filled_in(r.locale.text("Not tested: {predictors}."), predictors=r.locale.listed(untested))
    yield from _departure(r)


def _departure(r: Result) -> Iterator[Markup]:
    """Say how large the departure is at most in the share who give a high answer; nothing where no difference in it is compared.

    It is what one effect at all thresholds moves a difference by, away from that of these answers against the rest.
    """
    from ...ordinal import smoothing_test

    compared = [name for name in r.study.compared if name in model_of(r).formula.variables]
    try:
        found = smoothing_test(model_of(r), compared, categories=high_of(r)) if compared else None
    except EstimationError:
        return
    if found is not None:
        yield filled_in(
            r.locale.text(
                "In the differences by {predictors} in the share who {answered}, the largest departure is {size} percentage points "
                "({contrast}); departures of more than {reach} are excluded."
            ),
            predictors=r.locale.listed(r.locale.quoted(r.labels.variable(name)) for name in compared),
            answered=said_of(r),
            **_moves(r, found.to_dict("records")),
        )


# Units.


def unit_word(r: Result) -> str:
    """Return what the study calls a unit, as it stands in running text."""
    return within(r.labels.variable(str(r.asked.get("unit") or getattr(model_of(r), "group", None) or r.study.unit)))


def mixed_parts(r: Result) -> Iterator[Part]:
    """Show the variance between units: standard deviation, ICC, median odds ratio and likelihood-ratio test."""
    model, locale, unit = model_of(r), r.locale, unit_word(r)
    low, high = model.group_sd_interval()
    test = model.lr_test().iloc[0]
    facts = [
        ("sd", locale.text("Standard deviation by {unit} (log odds)", unit=unit), locale.number(model.group_sd, 3)),
        ("sd_interval", locale.text("95% interval of the standard deviation"), locale.interval(low, high, 3)),
        ("variance", locale.text("Variance by {unit}", unit=unit), locale.number(model.group_sd**2, 3)),
        (
            "icc",
            locale.text("Share of the latent variance that goes with {unit} (ICC)", unit=unit),
            locale.percent(model.icc, 1),
        ),
        ("mor", locale.text("Median odds ratio"), locale.number(model.median_odds_ratio, 2)),
        (
            "mor_high",
            locale.text("Median odds ratio, highest in the 95% interval"),
            locale.number(_odds_ratio(high), 2),
        ),
        ("lr", locale.text("Likelihood ratio against no variance"), locale.number(float(test["statistic"]), 2)),
        ("p_value", locale.text("p-value"), locale.p_value(float(test["p_value"]))),
    ]
    note = locale.text(
        "A random intercept for each {unit}, by adaptive quadrature. All there are take part, so that the variance describes them.",
        unit=unit,
    )
    yield _facts_table(r, "mixed", locale.text("the variance by {unit}", unit=unit), facts, note)


def _odds_ratio(sd: float) -> float:
    """Return the median odds ratio of a standard deviation of log odds (Larsen and Merlo 2005)."""
    return exp(sqrt(2) * sd * NormalDist().inv_cdf(0.75))


def mixed_sentences(r: Result) -> Iterator[Markup | str]:
    """Say whether answers differ by unit, how much of the variance goes with it, and how much none is shown to."""
    model, locale, table, unit = model_of(r), r.locale, part_id(r, "mixed"), unit_word(r)
    p = float(model.lr_test().iloc[0]["p_value"])
    if model.boundary:
        yield locale.text("The variance by {unit} is estimated as zero: no difference is shown.", unit=unit)
    else:
        text = (
            locale.text("Answers differ by {unit} more than chance would have it ({p}).")
            if p < ALPHA
            else locale.text("It is not shown that answers differ by {unit} more than chance would have it ({p}).")
        )
        yield filled_in(text, unit=unit, p=r.p(p, table, "p_value"))
        yield filled_in(
            locale.text(
                "{icc} of the latent variance goes with {unit}. Between two people alike but for their {unit}, the odds of a higher answer "
                "in the higher of the two are typically {ratio} times those in the other."
            ),
            unit=unit,
            icc=r.percent(model.icc, table, "icc", 1),
            ratio=r.number(model.median_odds_ratio, 2, table, "mor"),
        )
    if model.boundary or p >= ALPHA:
        ratio = r.number(_odds_ratio(model.group_sd_interval()[1]), 2, table, "mor_high")
        yield filled_in(locale.text("That they are typically more than {ratio} times those is excluded."), ratio=ratio)


def unit_parts(r: Result) -> Iterator[Part]:
    """Show each unit against the units' average."""
    unit = str(r.asked["unit"])
    effects = [Effect(r.labels.variable(unit), r.labels.level(unit, str(row["group"])), *ends(row)) for row in r.rows]
    yield from effects_figure(r, "units", _units_title(r), effects, "difference", _points_note(r))
    yield unit_table(r)


def unit_table(r: Result) -> TableView:
    """Return how far units lie from their average as a table."""
    locale, unit = r.locale, str(r.asked["unit"])
    columns = [*_difference_columns(locale)[:2], Column("p_adjusted", locale.text("p, adjusted"), "p", 3)]
    adjusted = locale.text("Intervals and p-values hold for all rows together (single-step adjustment).")
    rows = [
        Row(str(row["group"]), r.labels.level(unit, str(row["group"])), _difference(r, row, "p_adjusted"))
        for row in r.rows
    ]
    return model_table(r, "units", _units_title(r), r.labels.variable(unit), columns, rows, _points_note(r), adjusted)


def _units_title(r: Result) -> str:
    unit = within(r.labels.variable(r.asked["unit"]))
    return r.locale.text("{unit} against the average", unit=unit)


def _points_note(r: Result) -> str:
    return r.locale.text(
        "Differences in the share who {answered}, in percentage points with 95% intervals.", answered=said_of(r)
    )


@held_equal
def unit_sentences(r: Result) -> Iterator[Markup | str]:
    """Name the units that lie above and below their average; and say how far the others lie from it at most."""
    locale, unit, found = r.locale, unit_word(r), [row for row in r.rows if row["p_adjusted"] < ALPHA]
    texts = {
        True: locale.text("Above the average {unit}, all else equal, in percentage points: {units}."),
        False: locale.text("Below the average {unit}, all else equal, in percentage points: {units}."),
    }
    if not fits(r.rows):
        texts = {
            True: locale.text(
                "Above the average {unit}, all else equal, in percentage points, the furthest of {n}: {units}."
            ),
            False: locale.text(
                "Below the average {unit}, all else equal, in percentage points, the furthest of {n}: {units}."
            ),
        }
    for above, text in texts.items():
        side = [row for row in found if (row["estimate"] > 0) is above]
        told = side if fits(r.rows) else sorted(side, key=lambda row: -abs(row["estimate"]))[:FURTHEST]
        if side:
            yield filled_in(text, n=locale.number(len(side)), unit=unit, units=_units_named(r, told))
    others = [row for row in r.rows if row["p_adjusted"] >= ALPHA]
    if others:
        text = (
            locale.text(
                "No other {unit} is shown to differ from the average one; differences of more than {reach} percentage points are excluded."
            )
            if found
            else locale.text(
                "No {unit} is shown to differ from the average one once all are tested together, all else equal; differences of more than "
                "{reach} percentage points are excluded."
            )
        )
        yield filled_in(text, unit=unit, reach=_reach(r, "units", others, key=lambda row: str(row["group"])))


def _units_named(r: Result, rows: Sequence[Mapping[str, Any]]) -> Markup:
    unit = str(r.asked["unit"])
    named = [
        filled_in(
            "{unit} ({distance})",
            unit=r.labels.level(unit, str(row["group"])),
            distance=r.distance(row["estimate"], part_id(r, "units"), str(row["group"])),
        )
        for row in rows
    ]
    return Markup(r.locale.listed(str(escape(name)) for name in named))


# What hangs on a choice, and another program.


def variant_parts(r: Result) -> Iterator[Part]:
    """Show the differences under other choices, side by side."""
    locale = r.locale
    choices = {str(row["variant"]): variant_label(r, str(row["variant"])) for row in r.rows}
    cells = {(contrast_key(row), str(row["variant"])): row for row in r.rows}
    heads = {contrast_key(row): _comparison_label(r, row) for row in r.rows}
    effects = [
        Effect(head, label, *ends(cells[key, variant]))
        for key, head in heads.items()
        for variant, label in choices.items()
        if (key, variant) in cells and cells[key, variant]["estimate"] == cells[key, variant]["estimate"]
    ]
    title = locale.text("the differences under other choices")
    yield from effects_figure(r, "sensitivity", title, effects, "difference", _points_note(r))
    columns = [Column(variant, label, "number", 1) for variant, label in choices.items()]
    rows = [
        Row(key, head, tuple(value(cells.get((key, variant), {}).get("estimate"), 100) for variant in choices))
        for key, head in heads.items()
    ]
    yield model_table(r, "sensitivity", title, locale.text("Comparison"), columns, rows, _points_note(r))


def _comparison_label(r: Result, row: Mapping[str, Any]) -> str:
    return r.labels.joined(
        r.labels.variable(str(row["term"])), r.labels.contrast(str(row["term"]), str(row["contrast"]))
    )


def variant_label(r: Result, variant: str) -> str:
    """Return what a choice is called: `main`, `link:probit`, `reading:<name>`, `without:smallest`, `weights:frame`."""
    kind, _, name = variant.partition(":")
    scale = r.study.codebook.variable(outcome_of(r)).scale
    if kind == "reading" and name in scale.readings:
        return scale.readings[name].label[r.locale.language]
    if kind == "without" and name != "smallest":
        return r.locale.text("Without {unit}", unit=r.labels.short(str(r.study.unit), name))
    return {
        "main": r.locale.text("As chosen"),
        "link": r.locale.text("Link: {link}", link=name),
        "reading": r.locale.text("The highest answer alone"),
        "without": r.locale.text("Without the smallest ({unit})", unit=unit_word(r)),
        "weights": r.locale.text("Weighted to the population"),
    }[kind]


def variant_sentences(r: Result) -> Iterator[Markup]:
    """Say how far each difference moves under the other choices."""
    for _, found in groupby(sorted(r.rows, key=contrast_key), key=contrast_key):
        rows = [row for row in found if row["estimate"] == row["estimate"]]
        low, high = (pick(rows, key=lambda row: row["estimate"]) for pick in (min, max))
        main = next(row for row in rows if row["variant"] == "main")
        same = all(excludes_zero(row) == excludes_zero(main) for row in rows)
        same_side = low["estimate"] * high["estimate"] > 0 or not excludes_zero(main)
        text = (
            r.locale.text(
                "{contrast}: from {low} to {high} percentage points; the conclusion is the same under every choice."
            )
            if same and same_side
            else r.locale.text(
                "{contrast}: from {low} to {high} percentage points; the conclusion hangs on the choice."
            )
        )
        key = contrast_key(main)
        yield filled_in(
            text,
            contrast=_comparison_label(r, main),
            low=row_link(r.locale.number(100 * low["estimate"], 1), part_id(r, "sensitivity"), key),
            high=row_link(r.locale.number(100 * high["estimate"], 1), part_id(r, "sensitivity"), key),
        )


def agreement_parts(r: Result) -> Iterator[Part]:
    """Show the estimates of statsmodels' OrderedModel beside these."""
    locale = r.locale
    columns = [
        Column("estimate", locale.text("Here"), "number", 3),
        Column("peer_estimate", locale.text("statsmodels"), "number", 3),
    ]
    rows = []
    for row in r.rows:
        term = str(row["term"])
        label = locale.text("Log-likelihood") if term == "log-likelihood" else r.labels.whole_term(term, outcome_of(r))
        rows.append(Row(term, label, (value(row["estimate"]), value(row["peer_estimate"]))))
    note = locale.text(
        "OrderedModel of statsmodels takes no counts: the log-likelihood of each of its cells was multiplied by its count."
    )
    yield model_table(
        r, "agreement", locale.text("the same model by statsmodels"), locale.text("Term"), columns, rows, note
    )


def agreement_sentences(r: Result) -> Iterator[str]:
    """Say whether the two programs agree to three decimals: the other stops at a looser criterion."""
    largest = max(abs(row["estimate"] - row["peer_estimate"]) for row in r.rows)
    if largest < 1e-3:
        yield r.locale.text("The two programs agree to three decimals.")
    else:
        yield r.locale.text(
            "The two programs do not agree: some estimate differs by {difference}.",
            difference=r.locale.number(largest, 3),
        )


# Two models, or raw and adjusted, side by side.


def side_by_side(results: Mapping[str, Result]) -> tuple[TableView, list[Markup | str]]:
    """Return the same comparisons from several sources in one table, and whether they bear the same conclusion."""
    adjusted = next(r for r in results.values() if "model" in r.asked)
    if "smoothed" in results and _is_alone(adjusted):  # there is nothing to adjust for
        results = {name: r for name, r in results.items() if name != "adjusted"}
    names = tuple(results)
    known: dict[tuple[str, ...], str] = {
        ("raw", "adjusted"): "differences",
        ("raw", "smoothed"): "differences",
        ("raw", "adjusted", "smoothed"): "differences",
        ("one", "free"): "departure",
        ("one", "partial"): "partial",
    }
    part = known.get(names, "_".join(names))
    locale = adjusted.locale
    columns = [
        column
        for name in names
        for column in (
            Column(name, _heading(name, locale), "number", 1),
            Column(
                f"{name}_interval",
                locale.text("95% interval, {which}", which=_heading(name, locale).lower()),
                "interval",
            ),
        )
    ]
    cells = {(name, contrast_key(row)): row for name, r in results.items() for row in r.rows}
    rows = [
        Row(
            contrast_key(row),
            adjusted.labels.contrast(str(row["term"]), str(row["contrast"])),
            tuple(shown for name in names for shown in _pair(adjusted, cells.get((name, contrast_key(row))))),
            adjusted.labels.variable(str(row["term"])),
        )
        for row in adjusted.rows
    ]
    title = " / ".join(_heading(name, locale).lower() for name in names)
    table = model_table(
        adjusted, part, title, locale.text("Comparison"), columns, rows, _points_note(adjusted), *_about(names, locale)
    )
    return table, [*_changes(adjusted, results, cells, part)] if names[0] == "one" else []


def _heading(name: str, locale: Locale) -> str:
    texts = {
        "raw": locale.text("Unadjusted"),
        "adjusted": locale.text("Adjusted"),
        "smoothed": locale.text("Model-smoothed"),
        "one": locale.text("One effect"),
        "free": locale.text("Free effects"),
        "partial": locale.text("Effects by threshold"),
    }
    return texts.get(name, name)


def _about(names: Sequence[str], locale: Locale) -> list[str]:
    if "raw" not in names:
        return []
    texts = {
        "raw": locale.text("Unadjusted: of all who gave an answer, from the published tables."),
        "adjusted": locale.text("Adjusted: as if the two groups were alike in all other predictors."),
        "smoothed": locale.text(
            "Model-smoothed: by the model of all answers, whose one effect at all thresholds lets every answer speak to the difference."
        ),
    }
    return [" ".join(texts[name] for name in names if name in texts)]


def _pair(r: Result, row: Mapping[str, Any] | None) -> tuple[Any, Any]:
    if row is None or row["estimate"] != row["estimate"]:
        return value(None, hidden=True), value(None, hidden=True)
    return value(row["estimate"], 100), r.span(row)


def _changes(
    r: Result, results: Mapping[str, Result], cells: Mapping[tuple[str, str], Any], part: str
) -> Iterator[Markup | str]:
    """Say of each comparison what the second model makes of it."""
    first, second = tuple(results)[:2]
    if part == "partial" and not model_of(results[second]).formula.nominal:
        yield r.locale.text("No predictor has an effect at each threshold here: it is the same model.")
        return
    for row in r.rows:
        key = contrast_key(row)
        one, other = cells[first, key], cells[second, key]
        shown = excludes_zero(one), excludes_zero(other)
        same = shown == (False, False) or (all(shown) and one["estimate"] * other["estimate"] > 0)
        text = (
            r.locale.text("{contrast}: {other} percentage points instead of {one}; the conclusion stays.")
            if same
            else r.locale.text("{contrast}: {other} percentage points instead of {one}; the conclusion changes.")
        )
        numbers = {
            name: row_link(r.locale.number(100 * found["estimate"], 1), part_id(r, part), key)
            for name, found in (("one", one), ("other", other))
        }
        yield filled_in(text, contrast=_comparison_label(r, row), **numbers)
