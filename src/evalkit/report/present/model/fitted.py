"""A model for a reader: its equation, how well it fits, what is modelled on what, who is not in it, and the variance between units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import exp, sqrt
from statistics import NormalDist

from markupsafe import Markup

from ...captions import question_note
from ...result import ALPHA, Line, Part, Words, value
from ...views import Column, Row, TableView
from . import ODDS, ModelResult

_SPECIAL = str.maketrans({c: f"\\{c}" for c in "#$%&_{}"} | {"\\": r"\backslash ", "~": " ", "^": " "})
Fact = tuple[str, str, str | None]
"""Key and label of a quantity, and the quantity as a reader sees it; None where there is none."""


def fit_parts(r: ModelResult) -> Iterator[Part]:
    """Show the equation of a model, and how well it fits."""
    yield Words(_equation(r))
    note = None if r.model.link == ODDS else r.text("Link: {link}", link=r.model.link)
    yield facts_table(r, "fit", r.text("the fit"), _facts(r), note)


def facts_table(r: ModelResult, part: str, title: str, facts: Iterable[Fact], note: str | None) -> TableView:
    """Return quantities as a table, a row each."""
    rows = [Row(key, label, (fact,)) for key, label, fact in facts if fact is not None]
    return r.tabled(part, title, r.text("Quantity"), [Column("value", r.text("Value"), "interval")], rows, note)


def _facts(r: ModelResult) -> list[Fact]:
    model, text, number = r.model, r.text, r.locale.number
    penalised = model.penalty is not None
    return [
        ("parameters", text("Parameters"), number(model.n_parameters)),
        ("llf", text("Log-likelihood"), number(model.llf, 2)),
        ("deviance", text("Deviance (minus twice the log-likelihood)"), number(-2 * model.llf, 2)),
        ("aic", text("AIC"), None if penalised else number(model.aic, 2)),
        ("mcfadden", text("McFadden's pseudo R²"), None if penalised else number(model.mcfadden, 3)),
        ("concordance", text("Concordance"), r.locale.percent(model.concordance, 1) if _is_counted(r) else None),
        ("penalty", text("Estimates kept finite by"), text("Jeffreys' prior") if penalised else None),
    ]


def _is_counted(r: ModelResult) -> bool:
    """Whether the model is of counts that are known, so that it can be said how well it fits people one by one."""
    return not r.source.is_completed(r.outcome, r.model.formula.variables)


def _equation(r: ModelResult) -> Markup:
    from ...prose import mathml

    box = Markup('<div class="scroll" role="region" tabindex="0" aria-label="{}">{}</div>')
    return box.format(r.text("The model as an equation"), Markup(mathml(equation_latex(r), block=True)))


def equation_latex(r: ModelResult) -> str:
    """Return the model in LaTeX: the link of the cumulative shares, its thresholds, and an effect of the level of each predictor."""
    effects = " + ".join(
        rf"\beta_{{\text{{{' × '.join(map(r.variable, names)).translate(_SPECIAL)}}}(i)}}"
        for names in r.model.formula.term_variables.values()
        if names
    )
    logit = r"\log\frac{P(Y_i \le j)}{P(Y_i > j)}"
    left = logit if r.model.link == ODDS else rf"\text{{{r.model.link}}}\left( P(Y_i \le j) \right)"
    return rf"{left} = \theta_j - \left( {effects} \right)"


def fit_sentences(r: ModelResult) -> Iterator[Markup | str]:
    """Say what is modelled on what."""
    model, text, variables = r.model, r.text, r.model.formula.variables
    yield text("The outcome is {outcome}.", outcome=r.quoted(r.outcome))
    yield from question_note(r.study.codebook.variable(r.outcome).item, r.study, r.locale)
    lowest, highest = (r.locale.quoted(r.answer(model.categories[at])) for at in (0, -1))
    yield text("The answers run from {lowest} to {highest}.", lowest=lowest, highest=highest)
    several, names = len(variables) > 1, r.quoted(*variables)
    if several:
        yield text(
            "They are modelled on {predictors}, all together, so that each counts with the others equal.",
            predictors=names,
        )
    else:
        yield text("They are modelled on {predictor} alone.", predictor=names)
    others = [name for name in r.study.groups if name not in variables]
    if others and several:
        yield text("“All else equal” is with these equal, and not with {others}.", others=r.quoted(*others))
    if "fpc" not in r.source.design:
        yield text(
            "Intervals and tests of the model have no finite population correction: as if those who answered were drawn from far "
            "more people in the same situation."
        )
    lacking = [name for name in r.study.predictors if name not in variables]
    if lacking and r.outcome in r.study.outcomes:
        yield text("Withheld as a whole: {predictors}.", predictors=r.quoted(*lacking))
    yield from filter(None, [r.withheld])
    if model.penalty is None and _is_counted(r):
        yield text(
            "McFadden's pseudo R² is {r2}. Of two people who answered differently, the model expects the higher answer of the one "
            "who gave it {concordance} of the time; half would be chance.",
            r2=r.number(model.mcfadden, 3, r.part("fit"), "mcfadden"),
            concordance=r.percent(model.concordance, r.part("fit"), "concordance", 1),
        )


def incomplete_parts(r: ModelResult) -> Iterator[Part]:
    """Show how many are not in the model for want of an answer, to what, and in which groups."""
    text, rows = r.text, list[Row]()
    for term, found in groupby(r.rows, key=lambda row: row.term):
        section, p = _lacking(r, term, own := list(found)), value(own[0]["p_value"])
        rows += [_incomplete_row(r, row, section) for row in own]
        if p is not None:
            rows.append(Row(term, text("All groups together"), (None, None, None, p), section))
    columns = [
        Column("n", text("Answered"), "count"),
        Column("left", text("Without an answer"), "count"),
        Column("percent", text("Without an answer (%)"), "percent", 1),
        *r.columns("p_value"),
    ]
    title = text("who is not in the model for want of an answer")
    note = text("No opinion counts as no answer. Tests of association of all groups together, each for itself.")
    yield r.tabled("incomplete", title, text("Group"), columns, rows, note)


def _lacking(r: ModelResult, term: str, rows: Sequence[Line]) -> str:
    """Return the heading of the groups of a predictor: its name, and the outcome where only answers to that are known to lack."""
    if term == "any":
        return r.text("Without an answer to")
    if rows[0].category == "any":
        return r.variable(term)
    lacked = r.quoted(r.outcome)
    return r.text("{predictor} (without an answer to {outcome})", predictor=r.variable(term), outcome=lacked)


def _incomplete_row(r: ModelResult, row: Line, section: str) -> Row:
    weighted = r.study.design is not None
    share, n = value(row.estimate, hidden=True), None if weighted else value(row.n, hidden=True)
    left = share * n if isinstance(share, float) and isinstance(n, float) else None if weighted else share
    values = (n, left, share, None)
    if row.term != "any":
        return Row(f"{row.term}--{row.group}", r.labels.level(row.term, row.group), values, section)
    if row.category != "any":
        return Row(f"missing--{row.category}", r.variable(row.category), values, section)
    return Row("total", r.text("All"), values, total=True)


def incomplete_sentences(r: ModelResult) -> Iterator[Markup | str]:
    """Say how many are not in the model for want of an answer, and whether they are like the others."""
    table = r.part("incomplete")
    everybody, *variables = (row for row in r.rows if row.term == "any")
    if not everybody.known():
        yield r.text("How many are not in the model for want of an answer is withheld.")
        return
    if not everybody.estimate:
        yield r.text("Nobody is left out of the model for want of an answer.")
        return
    lacked = [
        (r.quoted(row.category), r.percent(row.estimate, table, f"missing--{row.category}", 1))
        for row in variables
        if row.estimate > 0
    ]
    yield r.either(
        "{share} of those who answered are not in the model: they have no answer, or no opinion, on {variables}.",
        "{left} of the {n} who answered ({share}) are not in the model: they have no answer, or no opinion, on {variables}.",
        r.study.design is not None,
        left=r.number(everybody.estimate * everybody.n, 0, table, "total"),
        n=r.number(everybody.n, 0, table, "total"),
        share=r.percent(everybody.estimate, table, "total", 1),
        variables=r.listed(lacked),
    )
    yield from _likeness(r, table)


def _likeness(r: ModelResult, table: str) -> Iterator[Markup | str]:
    """Say by which predictors those without an answer are shown to be others than those with one, and how far that goes at most."""
    groups = [row for row in r.rows if row.known("p_value")]
    tests = {row.term: float(row.p_value) for row in groups}
    if not tests:
        return
    shown = [term for term, p in tests.items() if p < ALPHA / len(tests)]
    least = min(tests, key=lambda term: tests[term])
    most = max((row for row in groups if row.known()), key=lambda row: row.estimate)
    yield r.either(
        "A missing answer goes with {predictors} (the smallest p-value: {p}). In no group do more than {most} lack one.",
        "It is not shown that a missing answer goes with {predictors} (the smallest p-value: {p}). In no group do more than {most} lack one.",
        shown,
        predictors=r.quoted(*shown or tests),
        p=r.p(tests[least], table, least),
        most=r.percent(most.estimate, table, f"{most.term}--{most.group}", 1),
    )
    if not shown and tests[least] < ALPHA:
        limit = r.locale.number(ALPHA / len(tests), 3)
        yield r.text(
            "With {n} tests, p has to be below {limit} for a difference to be shown.", n=len(tests), limit=limit
        )


def mixed_parts(r: ModelResult) -> Iterator[Part]:
    """Show the variance between units: standard deviation, ICC, median odds ratio and likelihood-ratio test."""
    model, text, number = r.model, r.text, r.locale.number
    low, high = model.group_sd_interval()
    test, highest = model.lr_test().iloc[0], text("Median odds ratio, highest in the 95% interval")
    share = text("Share of the latent variance that goes with {unit} (ICC)")
    facts = [
        ("sd", text("Standard deviation by {unit} (log odds)"), number(model.group_sd, 3)),
        ("sd_interval", text("95% interval of the standard deviation"), r.locale.interval(low, high, 3)),
        ("variance", text("Variance by {unit}"), number(model.group_sd**2, 3)),
        ("icc", share, r.locale.percent(model.icc, 1)),
        ("mor", text("Median odds ratio"), number(model.median_odds_ratio, 2)),
        ("mor_high", highest, number(_odds_ratio(high), 2)),
        ("lr", text("Likelihood ratio against no variance"), number(float(test["statistic"]), 2)),
        ("p_value", text("p-value"), r.locale.p_value(float(test["p_value"]))),
    ]
    note = text(
        "A random intercept for each {unit}, by adaptive quadrature. All there are take part, so that the variance describes them.",
    )
    yield facts_table(r, "mixed", text("the variance by {unit}"), facts, note)


def _odds_ratio(sd: float) -> float:
    """Return the median odds ratio of a standard deviation of log odds (Larsen and Merlo 2005)."""
    return exp(sqrt(2) * sd * NormalDist().inv_cdf(0.75))


def mixed_sentences(r: ModelResult) -> Iterator[Markup | str]:
    """Say whether answers differ by unit, how much of the variance goes with it, and how much none is shown to."""
    model, table = r.model, r.part("mixed")
    p = float(model.lr_test().iloc[0]["p_value"])
    if model.boundary:
        yield r.text("The variance by {unit} is estimated as zero: no difference is shown.")
    else:
        yield r.either(
            "Answers differ by {unit} more than chance would have it ({p}).",
            "It is not shown that answers differ by {unit} more than chance would have it ({p}).",
            p < ALPHA,
            p=r.p(p, table, "p_value"),
        )
        yield r.text(
            "{icc} of the latent variance goes with {unit}. Between two people alike but for their {unit}, the odds of a higher answer "
            "in the higher of the two are typically {ratio} times those in the other.",
            icc=r.percent(model.icc, table, "icc", 1),
            ratio=r.number(model.median_odds_ratio, 2, table, "mor"),
        )
    if model.boundary or p >= ALPHA:
        ratio = r.number(_odds_ratio(model.group_sd_interval()[1]), 2, table, "mor_high")
        yield r.text("That they are typically more than {ratio} times those is excluded.", ratio=ratio)
