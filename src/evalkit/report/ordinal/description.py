"""What is modelled, how, and what came out: the question, the equation, the fit, the coefficients."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

from ..captions import item_label, question_note
from ..forest import Effect
from ..views import Column, Row
from .parts import (
    ALPHA,
    Part,
    Reading,
    effects_view,
    linked,
    needs_likelihood,
    p_said,
    records,
    result_table,
    test_columns,
    withheld_note,
)

if TYPE_CHECKING:
    from markupsafe import Markup

    from .model import OrdinalModel

_SPECIAL = str.maketrans({c: f"\\{c}" for c in "#$%&_{}"} | {"\\": r"\backslash ", "~": " ", "^": " "})


def question(model: OrdinalModel) -> list[Part]:
    """Say what is asked: which answers, by which predictors, and on how many answers."""
    locale, study = model.locale, model.study
    item = study.codebook.items[study.codebook.variable(model.outcome).item_id]
    ends = [locale.quoted(model.labels.category(code)) for code in (model.categories[0], model.categories[-1])]
    sentences = [
        locale.text("The outcome is {outcome}.", outcome=locale.quoted(item_label(item, locale.language))),
        question_note(item, locale),
        locale.text("The answers run from {lowest} to {highest}.", lowest=ends[0], highest=ends[1]),
        locale.text(
            "They are modelled on {predictors}, all together, so that each counts with the others equal.",
            predictors=locale.listed(locale.quoted(model.labels.variable(name)) for name in model.data.predictors),
        ),
    ]
    return [Reading("question", (*sentences, *_left_out(model)))]


def _left_out(model: OrdinalModel) -> list[str]:
    lacking = [name for name in model.study.predictors if name not in model.data.predictors]
    names = model.locale.listed(model.locale.quoted(model.labels.variable(name)) for name in lacking)
    found = [model.locale.text("Withheld as a whole: {predictors}.", predictors=names)] if lacking else []
    note = withheld_note(model)
    return [*found, note] if note else found


def shown_size(model: OrdinalModel) -> str | None:
    """Return how many answers are in the model, as far as it may be said.

    Exact where everyone who answered the survey is in it; else to the nearest ten, since the exact number would tell how many
    gave no answer to several questions at once; not at all where levels are withheld.
    """
    if model.data.shown_n is None:
        return None
    if not model.data.n_missing["any"]:
        return model.locale.number(model.data.shown_n)
    return model.locale.text("about {n}", n=model.locale.number(round(model.data.shown_n, -1)))


def equation(model: OrdinalModel) -> list[Part]:
    """Write the model as one equation, and say how to read it."""
    from markupsafe import Markup

    from ..prose import mathml

    locale = model.locale
    label = locale.text("The model as an equation")
    box = Markup('<div class="scroll" role="region" tabindex="0" aria-label="{}">{}</div>')
    sentences = (
        locale.text("Y is {outcome}, and j each answer but the highest.", outcome=locale.quoted(model.title)),
        locale.text(
            "The left side is the log odds of an answer at or below j. Each predictor moves the answers by one effect, the same at "
            "every threshold; a positive effect is towards higher answers. The first level of each predictor is its reference."
        ),
    )
    return [Reading("equation", (box.format(label, Markup(mathml(equation_latex(model), block=True))), *sentences))]


def equation_latex(model: OrdinalModel) -> str:
    """Return the model in LaTeX: the cumulative logit, its thresholds, and an effect of the level of each predictor."""
    effects = " + ".join(
        rf"\beta_{{\text{{{_latex(model.labels.variable(name))}}}(i)}}" for name in model.data.predictors
    )
    return rf"\log\frac{{P(Y_i \le j)}}{{P(Y_i > j)}} = \theta_j - \left( {effects} \right)"


def _latex(text: str) -> str:
    return text.translate(_SPECIAL)


def fit_facts(model: OrdinalModel) -> list[Part]:
    """Show how well the model fits, and what it rests on."""
    locale, result = model.locale, model.result
    size = shown_size(model)
    facts = [
        ("n", locale.text("Answers in the model"), size),
        ("parameters", locale.text("Parameters"), locale.number(len(result.theta))),
        ("llf", locale.text("Log-likelihood"), locale.number(result.llf, 2)),
        ("deviance", locale.text("Deviance (minus twice the log-likelihood)"), locale.number(-2 * result.llf, 2)),
    ]
    if result.penalty is None:
        facts.append(("aic", locale.text("AIC"), locale.number(result.aic, 2)))
        facts.append(("mcfadden", locale.text("McFadden's pseudo R²"), locale.number(result.mcfadden, 3)))
    else:
        facts.append(("penalty", locale.text("Estimates kept finite by"), locale.text("Jeffreys' prior")))
    rows = [Row(key, label, (value,)) for key, label, value in facts if value is not None]
    title = locale.text("{outcome}: the fit", outcome=model.title)
    about = (
        locale.text(
            "The number of answers is given to the nearest ten; those without an answer to one of the questions are left out."
        ),
    )
    columns = [Column("value", locale.text("Value"), "interval")]
    notes = about if size and model.data.n_missing["any"] else ()
    return [result_table(model, "fit", title, locale.text("Quantity"), columns, rows, *notes)]


def coefficients(model: OrdinalModel) -> list[Part]:
    """Show every coefficient and threshold, with enough decimals to hold them against another program's."""
    locale = model.locale
    estimates = records(model.safe("coefficients", model.result.tidy()))
    columns = [
        Column("estimate", locale.text("Estimate (log odds)"), "number", 4),
        Column("std_error", locale.text("Standard error"), "number", 4),
        Column("statistic", locale.text("Test statistic"), "number", 2),
        Column("p_value", locale.text("p-value"), "p", 3),
    ]
    located = [row for row in estimates if row["group"] == "location"]
    rows: list[Row] = []
    for name in model.data.predictors:
        section = model.labels.variable(name)
        rows.append(Row(f"{name}-reference", _reference(model, name), (None,) * 4, section))
        own = [row for row in located if str(row["term"]).startswith(f"{name}[")]
        rows += [Row(row["term"], model.labels.term(row["term"])[1], _values(row), section) for row in own]
    thresholds = locale.text("Thresholds")
    rows += [
        Row(
            row["term"], model.labels.category(row["term"]), (row["estimate"], row["std_error"], None, None), thresholds
        )
        for row in estimates
        if row["group"] == "threshold"
    ]
    title = locale.text("{outcome}: coefficients and thresholds", outcome=model.title)
    return [result_table(model, "coefficients", title, locale.text("Term"), columns, rows)]


def _values(row: dict[str, float]) -> tuple[float, ...]:
    return tuple(row[name] for name in ("estimate", "std_error", "statistic", "p_value"))


def _reference(model: OrdinalModel, name: str) -> str:
    level = model.labels.level(name, str(model.data.data[name].cat.categories[0]))
    return model.locale.text("{level} (reference)", level=level)


def odds_ratios(model: OrdinalModel) -> list[Part]:
    """Show the effects as odds ratios: figure, table, and what they say."""
    locale = model.locale
    rows = [r for r in records(model.safe("odds_ratios", model.result.tidy())) if r["group"] == "location"]
    effects = [
        Effect(*model.labels.term(row["term"]), *(exp(row[name]) for name in ("estimate", "conf_low", "conf_high")))
        for row in rows
    ]
    title = locale.text("{outcome}: odds ratios", outcome=model.title)
    figure = effects_view(model, "odds_ratios", title, effects, ratio=True)
    columns = [
        Column("estimate", locale.text("Odds ratio"), "number", 2),
        Column("interval", locale.text("95% interval"), "interval"),
        Column("p_value", locale.text("p-value"), "p", 3),
    ]
    shown = [
        Row(row["term"], e.label, (e.estimate, locale.interval(e.low, e.high, 2), row["p_value"]), e.section)
        for row, e in zip(rows, effects, strict=True)
    ]
    note = locale.text("Each level is compared with its predictor's reference, the others equal.")
    table = result_table(model, "odds_ratios", title, locale.text("Level"), columns, shown, note)
    return [figure, table, Reading("odds ratios", _said(model, rows, effects))]


def _said(model: OrdinalModel, rows: list[dict[str, float]], effects: list[Effect]) -> tuple[Markup | str, ...]:
    """Say each effect of the predictors that are compared with a reference, both ways written in advance."""
    sentences = []
    for row, effect in zip(rows, effects, strict=True):
        term = str(row["term"])
        name = term.partition("[")[0]
        if name not in model.compared:
            continue
        values = {
            "level": model.locale.quoted(effect.label),
            "reference": model.locale.quoted(model.labels.level(name, str(model.data.data[name].cat.categories[0]))),
            "predictor": effect.section,
            "ratio": linked(model, model.locale.number(effect.estimate, 2), "odds_ratios", term),
            "interval": model.locale.interval(effect.low, effect.high, 2),
        }
        sentences.append(
            model.locale.text(
                "{predictor}: the odds of a higher answer in {level} are {ratio} times those in {reference} ({interval}), all else equal.",
                **values,
            )
            if row["p_value"] < ALPHA
            else model.locale.text(
                "{predictor}: no difference between {level} and {reference} is shown, all else equal: the odds ratio is {ratio} ({interval}).",
                **values,
            )
        )
    return tuple(sentences)


def term_tests_part(model: OrdinalModel) -> list[Part]:
    """Show whether each predictor goes with the answers at all."""
    from ...ordinal import term_tests

    needs_likelihood(model)
    locale = model.locale
    rows = records(model.safe("terms", term_tests(model.result)))
    shown = [
        Row(row["term"], model.labels.variable(row["term"]), (row["statistic"], row["df"], row["p_value"]))
        for row in rows
    ]
    title = locale.text("{outcome}: each predictor left out in turn", outcome=model.title)
    note = locale.text("Likelihood-ratio tests of the model without the predictor.")
    table = result_table(model, "terms", title, locale.text("Predictor"), test_columns(locale), shown, note)
    sentences = []
    for row in rows:
        predictor = locale.quoted(model.labels.variable(row["term"]))
        p = p_said(model, row["p_value"], "terms", row["term"])
        sentences.append(
            locale.text("{predictor} goes with the answers, all else equal ({p}).", predictor=predictor, p=p)
            if row["p_value"] < ALPHA
            else locale.text(
                "It is not shown that {predictor} goes with the answers, all else equal ({p}).",
                predictor=predictor,
                p=p,
            )
        )
    return [table, Reading("terms", tuple(sentences))]
