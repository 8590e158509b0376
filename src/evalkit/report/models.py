"""Model results as tables and figures: tidy estimates with the codebook's labels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf
from typing import TYPE_CHECKING, Any

from ..errors import DisclosureError, UsageError
from ..i18n import Locale
from ..release import SafeEstimates
from .captions import joined, source_notes
from .drawing import KEY, SIZE, WIDTH, canvas, figure_parts, interval, label_lines, put, row_height
from .forest import Effect, Scale, forest
from .palette import HIGH, INK, QUIET, RULE
from .views import Column, FigureView, Kind, Row, TableView, Value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..study import Study

TIDY = frozenset(
    [
        "term",
        "group",
        "contrast",
        "category",
        "estimate",
        "std_error",
        "statistic",
        "df",
        "p_value",
        "conf_low",
        "conf_high",
        "n",
    ]
)
"""The columns that results of models and tests have."""
_BOUNDS = ("estimate", "conf_low", "conf_high")
_LEVEL = re.compile(r"^(?P<name>[^\[]+)\[(?:T\.)?(?P<level>[^\]]+)\]$")


def protected(estimates: object) -> SafeEstimates:
    """Return estimates if they have been through protection.

    Raises
    ------
    DisclosureError
        When they have not.
    """
    if not isinstance(estimates, SafeEstimates):
        raise DisclosureError(
            "only protected estimates are shown",
            got=type(estimates).__name__,
            expected="SafeEstimates",
            hint="give the result to release.estimates() first",
        )
    return estimates


class Labels:
    """What terms, groups, contrasts and categories of a tidy frame are called.

    Parameters
    ----------
    study
        Whose codebook has the labels.
    locale
        The language.
    outcome
        The variable whose categories `category` holds.
    """

    def __init__(self, study: Study, locale: Locale, outcome: str | None = None) -> None:
        self.study, self.locale, self.outcome = study, locale, outcome

    def term(self, term: str) -> tuple[str, str]:
        """Return a term's variable and level: `role[T.leader]` is 'Role', 'Leader'; a variable alone has no level."""
        match = _LEVEL.match(term)
        name, level = (match["name"], match["level"]) if match else (term, None)
        return self.variable(name), self.level(name, level) if level else ""

    def variable(self, name: str) -> str:
        """Return a variable's label; the name itself where the codebook does not know it."""
        variables = self.study.codebook.variables
        return variables[name].label(self.locale.language) if name in variables else name

    def level(self, name: str, code: str) -> str:
        """Return a category's label; the code itself where the codebook does not know it."""
        variable = self.study.codebook.variables.get(name)
        known = variable is not None and code in (*variable.scale.codes, *variable.scale.missing_codes)
        return variable.category_label(code, self.locale.language) if variable and known else code

    def withheld(self, estimates: SafeEstimates) -> str | None:
        """Return that some levels are withheld, and of which predictors; None where none are."""
        if not estimates.withheld:
            return None
        names = self.locale.listed(self.variable(name) for name in estimates.withheld)
        return self.locale.text("Some levels are withheld: {predictors}.", predictors=names)

    def category(self, code: str) -> str:
        """Return the label of an answer to the outcome, or of a threshold between two (`low|high`)."""
        if self.outcome is None:
            return code
        return " | ".join(self.level(self.outcome, part) for part in str(code).split("|"))

    def contrast(self, name: str, contrast: str) -> str:
        """Return a contrast's label: `leader - caseworker` is 'Leader, compared with Caseworker'."""
        one, dash, other = str(contrast).partition(" - ")
        if not dash:
            return str(contrast)
        level, reference = self.level(name, one), self.level(name, other)
        return self.locale.text("{level}, compared with {reference}", level=level, reference=reference)


@dataclass(frozen=True)
class EffectsView:
    """Effects ready to be shown.

    Parameters
    ----------
    id, title
        Of the figure or table.
    effects
        In order, a section a predictor.
    scale
        'ratio' or 'difference'.
    withheld
        That some levels are withheld, where they are.
    """

    id: str
    title: str
    effects: tuple[Effect, ...]
    scale: Scale
    withheld: str | None


def effects_of(estimates: SafeEstimates, labels: Labels, scale: Scale) -> EffectsView:
    """Return coefficients as odds ratios, or average comparisons of one answer as differences.

    Parameters
    ----------
    estimates
        Coefficients of a cumulative link model (`tidy()`; thresholds and scale effects are left out), or comparisons.
    labels
        What terms are called.
    scale
        'ratio' or 'difference'.

    Raises
    ------
    UsageError
        When there is no effect among them.
    """
    frame, locale, outcome = protected(estimates).frame, labels.locale, labels.variable(str(labels.outcome))
    if scale == "ratio":
        title = locale.text("{outcome}: odds ratios", outcome=outcome)
        chosen = frame[frame["group"] == "location"] if "group" in frame else frame
        effects = [_ratio(row, labels) for row in chosen.to_dict("records")]
    else:
        title = locale.text("{outcome}: average differences", outcome=outcome)
        effects = [_difference(row, labels) for row in frame.to_dict("records")]
    if not effects:
        raise UsageError("there are no effects to show", where=estimates.id)
    return EffectsView(estimates.id, title, tuple(effects), scale, labels.withheld(estimates))


def _ratio(row: Mapping[Any, Any], labels: Labels) -> Effect:
    variable, level = labels.term(str(row["term"]))
    return Effect(variable, level or variable, *(exp(row[name]) for name in _BOUNDS))


def _difference(row: Mapping[Any, Any], labels: Labels) -> Effect:
    """Return a comparison; under the answer it is about, where the frame has one."""
    term = str(row["term"])
    answer = labels.category(str(row["category"])) if "category" in row else ""
    section = " \N{EN DASH} ".join(filter(None, (labels.variable(term), answer)))
    return Effect(section, labels.contrast(term, str(row["contrast"])), *(float(row[name]) for name in _BOUNDS))


def effects_table(view: EffectsView, study: Study, locale: Locale) -> TableView:
    """Return effects as a table with their intervals."""
    ratio = view.scale == "ratio"
    heading = locale.text("Odds ratio") if ratio else locale.text("Difference, percentage points")
    digits, factor = (2, 1) if ratio else (1, 100)
    columns = (
        Column("estimate", heading, "number", digits),
        Column("conf_low", locale.text("95% interval, from"), "number", digits),
        Column("conf_high", locale.text("95% interval, to"), "number", digits),
    )
    rows = tuple(
        Row(str(i), e.label, (factor * e.estimate, factor * e.low, factor * e.high), e.section)
        for i, e in enumerate(view.effects, start=1)
    )
    notes = joined(view.withheld, source_notes(study, locale))
    return TableView(view.id, view.title, locale.text("Group"), columns, rows, notes)


def effects_figure(view: EffectsView, study: Study, locale: Locale) -> FigureView:
    """Return effects as a forest plot with its caption."""
    note = (
        locale.text(
            "Odds ratios with 95% intervals; above 1: higher answers are more likely than in the reference group."
        )
        if view.scale == "ratio"
        else locale.text("Differences in percentage points with 95% intervals; all else as it is in the data.")
    )
    parts = forest(view.id, view.title, view.effects, view.scale, locale)
    return parts.view(joined(note, view.withheld, source_notes(study, locale)), None)


_TABLE_COLUMNS: dict[str, tuple[Kind, int]] = {
    "estimate": ("number", 2),
    "std_error": ("number", 2),
    "statistic": ("number", 2),
    "df": ("number", 0),
    "p_value": ("p", 3),
    "conf_low": ("number", 2),
    "conf_high": ("number", 2),
    "n": ("count", 0),
}


def column_heading(name: str, locale: Locale) -> str:
    """Return the heading of a tidy column."""
    headings = {
        "term": locale.text("Term"),
        "group": locale.text("Group"),
        "contrast": locale.text("Comparison"),
        "category": locale.text("Answer"),
        "estimate": locale.text("Estimate"),
        "std_error": locale.text("Standard error"),
        "statistic": locale.text("Test statistic"),
        "df": locale.text("Degrees of freedom"),
        "p_value": locale.text("p-value"),
        "conf_low": locale.text("95% interval, from"),
        "conf_high": locale.text("95% interval, to"),
        "n": locale.text("Number of answers (n)"),
    }
    return headings[name]


def tidy_table(
    estimates: SafeEstimates,
    title: str,
    labels: Labels,
    columns: Sequence[str] | None = None,
    notes: Sequence[str] = (),
) -> TableView:
    """Return tidy estimates as a table: labels first, then numbers with the decimals of their kind.

    Parameters
    ----------
    estimates
        Protected. Where levels are withheld, the number of answers is not shown: it would tell how many were withheld.
    title
        The table's title.
    labels
        What its terms are called.
    columns
        The columns of numbers to show, in order; all that there are when left out.
    notes
        Sentences under the table, before those on the source.
    """
    frame, locale = protected(estimates).frame, labels.locale
    kept = [c for c in columns or _TABLE_COLUMNS if not (c == "n" and estimates.withheld)]
    shown = [c for c in kept if c in frame and frame[c].notna().any()]
    texts = [c for c in ("group", "contrast", "category") if c in frame and frame[c].notna().any()]
    heads = [Column(c, column_heading(c, locale)) for c in texts]
    heads += [Column(c, column_heading(c, locale), *_TABLE_COLUMNS[c]) for c in shown]
    rows = tuple(
        Row(str(i), _term_label(r, labels), (*_texts(r, texts, labels), *_numbers(r, shown)))
        for i, r in enumerate(frame.to_dict("records"), start=1)
    )
    said = joined(notes, labels.withheld(estimates), source_notes(labels.study, locale))
    return TableView(estimates.id, title, column_heading("term", locale), tuple(heads), rows, said)


def _term_label(row: Mapping[Any, Any], labels: Labels) -> str:
    term = str(row["term"])
    if "|" in term:
        return labels.category(term)
    return " \N{EN DASH} ".join(filter(None, labels.term(term)))


def _texts(row: Mapping[Any, Any], texts: Sequence[str], labels: Labels) -> tuple[Value, ...]:
    written = {
        "group": lambda: labels.level(str(row["term"]), str(row["group"])),
        "contrast": lambda: labels.contrast(str(row["term"]), str(row["contrast"])),
        "category": lambda: labels.category(str(row["category"])),
    }
    return tuple(None if row[name] != row[name] else written[name]() for name in texts)


def _numbers(row: Mapping[Any, Any], names: Sequence[str]) -> tuple[Value, ...]:
    return tuple(None if row[name] != row[name] or abs(row[name]) == inf else float(row[name]) for name in names)


def predicted_figure(estimates: SafeEstimates, title: str, labels: Labels, by: str) -> FigureView:
    """Return predicted shares by group, a panel an answer, each with its interval.

    Parameters
    ----------
    estimates
        Protected: `group, category, estimate, conf_low, conf_high` of `avg_predictions`.
    title
        The figure's title.
    labels
        What groups and answers are called.
    by
        The predictor whose levels `group` holds.
    """
    frame, locale = protected(estimates).frame, labels.locale
    groups = list(dict.fromkeys(frame["group"].astype(str)))
    categories = list(dict.fromkeys(frame["category"].astype(str)))
    cells = {
        (str(row["group"]), str(row["category"])): Effect("", "", *(float(row[bound]) for bound in _BOUNDS))
        for row in frame.to_dict("records")
    }
    names = [labels.level(by, group) for group in groups]
    answers = [labels.category(category) for category in categories]
    alt = " ".join(
        f"{label}: "
        + ", ".join(
            f"{answer} {locale.percent(cells[group, category].estimate)}"
            for category, answer in zip(categories, answers, strict=True)
        )
        + "."
        for group, label in zip(groups, names, strict=True)
    )

    def draw() -> Axes:
        return _panels(
            [[cells[group, category] for group in groups] for category in categories], names, answers, locale
        )

    note = locale.text(
        "Predicted per cent of each answer with 95% intervals, averaged over the others' characteristics."
    )
    caption = joined(note, labels.withheld(estimates), source_notes(labels.study, locale))
    return figure_parts(estimates.id, title, alt, draw).view(caption, None)


def _panels(panels: Sequence[Sequence[Effect]], names: Sequence[str], answers: Sequence[str], locale: Locale) -> Axes:
    stub = 2.2
    width = (WIDTH - stub) / len(panels)
    labels = [label_lines(name, stub - 0.15) for name in names]
    heads = [label_lines(answer, width - 0.12, KEY) for answer in answers]
    head, step = row_height(heads, KEY, 0.4), row_height(labels, SIZE, 0.32)
    axes = canvas(head + step * len(names) + 0.1)
    top = max([0.1, *(effect.high for panel in panels for effect in panel)])
    unit = (width - 0.45) / top
    for number, label in enumerate(labels):
        put(axes, stub - 0.12, head + step * (number + 0.5), label, align="right")
    for column, (panel, text) in enumerate(zip(panels, heads, strict=True)):
        x = stub + column * width
        put(axes, x, head / 2, text, size=KEY)
        axes.plot([x, x], [head, head + step * len(names)], color=RULE, linewidth=0.8, zorder=0)
        for number, effect in enumerate(panel):
            middle = head + step * (number + 0.5)
            interval(axes, x + effect.low * unit, x + effect.high * unit, middle, INK)
            axes.plot([x + effect.estimate * unit], [middle], marker="o", markersize=5, color=HIGH, zorder=5)
            put(
                axes,
                x + effect.high * unit + 0.05,
                middle,
                locale.number(100 * effect.estimate),
                colour=QUIET,
                size=KEY,
            )
    return axes
