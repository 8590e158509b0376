"""What hangs on a choice, for a reader: differences under other choices, by another program, and models side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, groupby

from markupsafe import Markup

from ....i18n import msg
from ...forest import Effect
from ...result import Line, Part, Result, value
from ...views import HIDDEN, Column, Row, TableView, Value
from . import ModelResult

Cells = Mapping[tuple[str, str], Line]
"""Rows by the model that they are from and the comparison that they hold."""


def variant_parts(r: ModelResult) -> Iterator[Part]:
    """Show the differences under other choices, side by side."""
    choices = {row.variant: variant_label(r, row.variant) for row in r.rows}
    cells = {(row.key, row.variant): row for row in r.rows}
    heads = {row.key: r.comparison(row) for row in r.rows}
    effects = [
        Effect(head, label, *cells[key, variant].ends)
        for key, head in heads.items()
        for variant, label in choices.items()
        if (key, variant) in cells and cells[key, variant].known()
    ]
    title = r.text("the differences under other choices")
    yield from r.drawn("sensitivity", title, effects, "difference", r.points_note)
    columns = [Column(variant, label, "number", 1) for variant, label in choices.items()]
    rows = [
        Row(key, head, tuple(value(cells.get((key, variant), Line()).get("estimate"), 100) for variant in choices))
        for key, head in heads.items()
    ]
    yield r.tabled("sensitivity", title, r.text("Comparison"), columns, rows, r.points_note)


def variant_label(r: ModelResult, variant: str) -> str:
    """Return what a choice is called: `main`, `link:probit`, `reading:<name>`, `without:smallest`, `weights:frame`."""
    kind, _, name = variant.partition(":")
    scale = r.study.codebook.variable(r.outcome).scale
    if kind == "reading" and name in scale.readings:
        return scale.readings[name].label[r.locale.language]
    if kind == "without" and name != "smallest":
        return r.text("Without {unit}", unit=r.labels.short(str(r.study.unit), name))
    return {
        "main": r.text("As chosen"),
        "link": r.text("Link: {link}", link=name),
        "reading": r.text("The highest answer alone"),
        "without": r.text("Without the smallest ({unit})"),
        "weights": r.text("Weighted to the population"),
    }[kind]


def variant_sentences(r: ModelResult) -> Iterator[Markup | str]:
    """Say how far each difference moves under the other choices."""
    for key, found in groupby(sorted(r.rows, key=lambda row: row.key), key=lambda row: row.key):
        rows = [row for row in found if row.known()]
        low, high = (pick(row.estimate for row in rows) for pick in (min, max))
        main = next(row for row in rows if row.variant == "main")
        same = all(row.apart == main.apart for row in rows) and (low * high > 0 or not main.apart)
        yield r.either(
            "{contrast}: from {low} to {high} percentage points; the conclusion is the same under every choice.",
            "{contrast}: from {low} to {high} percentage points; the conclusion hangs on the choice.",
            same,
            contrast=r.comparison(main),
            low=r.points(low, r.part("sensitivity"), key),
            high=r.points(high, r.part("sensitivity"), key),
        )


def agreement_parts(r: ModelResult) -> Iterator[Part]:
    """Show the estimates of statsmodels' OrderedModel beside these."""
    heads = {"estimate": r.text("Here"), "peer_estimate": r.text("statsmodels")}
    columns = [Column(key, head, "number", 3) for key, head in heads.items()]
    rows = []
    for row in r.rows:
        whole = row.term == "log-likelihood"
        label = r.text("Log-likelihood") if whole else r.labels.whole_term(row.term, r.outcome)
        rows.append(Row(row.term, label, row.values_of(*heads)))
    note = r.text(
        "OrderedModel of statsmodels takes no counts: the log-likelihood of each of its cells was multiplied by its count."
    )
    yield r.tabled("agreement", r.text("the same model by statsmodels"), r.text("Term"), columns, rows, note)


def agreement_sentences(r: ModelResult) -> Iterator[str]:
    """Say whether the two programs agree to three decimals: the other stops at a looser criterion."""
    largest = max(abs(row.estimate - row.peer_estimate) for row in r.rows)
    if largest < 1e-3:
        yield r.text("The two programs agree to three decimals.")
    else:
        difference = r.locale.number(largest, 3)
        yield r.text("The two programs do not agree: some estimate differs by {difference}.", difference=difference)


_PARTS = {
    ("raw", "adjusted"): "differences",
    ("raw", "smoothed"): "differences",
    ("raw", "adjusted", "smoothed"): "differences",
    ("one", "free"): "departure",
    ("one", "partial"): "partial",
}
"""What the table is called that sets some models side by side."""
_MODELS = {
    "raw": (msg("Unadjusted"), msg("Unadjusted: of all who gave an answer, from the published tables.")),
    "adjusted": (msg("Adjusted"), msg("Adjusted: as if the two groups were alike in all other predictors.")),
    "smoothed": (
        msg("Model-smoothed"),
        msg(
            "Model-smoothed: by the model of all answers, whose one effect at all thresholds lets every answer speak to the difference."
        ),
    ),
    "one": (msg("One effect"), ""),
    "free": (msg("Free effects"), ""),
    "partial": (msg("Effects by threshold"), ""),
}
"""What models are called that stand side by side, and what is said of them beside unadjusted differences."""


def side_by_side(results: Mapping[str, Result]) -> tuple[TableView, list[Markup | str]]:
    """Return the same comparisons from several sources in one table, and whether they bear the same conclusion."""
    r = next(r for r in results.values() if isinstance(r, ModelResult))
    if "smoothed" in results and r.alone:  # there is nothing to adjust for
        results = {name: one for name, one in results.items() if name != "adjusted"}
    part = _PARTS.get(tuple(results), "_".join(results))
    heads = {name: r.text(_MODELS[name][0]) if name in _MODELS else name for name in results}
    cells = {(name, row.key): row for name, one in results.items() for row in one.rows}
    columns, rows = [], []
    for name, head in heads.items():
        interval = r.text("95% interval, {which}", which=head.lower())
        columns += [Column(name, head, "number", 1), Column(f"{name}_interval", interval, "interval")]
    for row in r.rows:
        pairs = (_pair(r, cells.get((name, row.key))) for name in results)
        rows.append(Row(row.key, r.contrast(row), tuple(chain(*pairs)), r.variable(row.term)))
    title, about = " / ".join(head.lower() for head in heads.values()), None
    if "raw" in results:
        about = " ".join(r.text(_MODELS[name][1]) for name in results if name in _MODELS and _MODELS[name][1])
    table = r.tabled(part, title, r.text("Comparison"), columns, rows, r.points_note, about)
    return table, [*_changes(r, results, cells, part)] if next(iter(results)) == "one" else []


def _pair(r: ModelResult, row: Line | None) -> tuple[Value, Value]:
    if row is None or not row.known():
        return HIDDEN, HIDDEN
    return value(row.estimate, 100), r.span(row)


def _changes(r: ModelResult, results: Mapping[str, Result], cells: Cells, part: str) -> Iterator[Markup | str]:
    """Say of each comparison what the second model makes of it."""
    first, second = tuple(results)[:2]
    if part == "partial" and not results[second].asked["model"].formula.nominal:
        yield r.text("No predictor has an effect at each threshold here: it is the same model.")
        return
    for row in r.rows:
        one, other = cells[first, row.key], cells[second, row.key]
        same_side = one.estimate * other.estimate > 0
        yield r.either(
            "{contrast}: {other} percentage points instead of {one}; the conclusion stays.",
            "{contrast}: {other} percentage points instead of {one}; the conclusion changes.",
            one.apart == other.apart and (same_side or not one.apart),
            contrast=r.comparison(row),
            one=r.points(one.estimate, r.part(part), row.key),
            other=r.points(other.estimate, r.part(part), row.key),
        )
