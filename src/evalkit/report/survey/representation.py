"""Whom the answers stand for: response rates on each base, balance against the frame, R-indicator, weights."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

from ..captions import hidden_note, joined, source_notes, within
from ..measures import population_of
from ..views import HIDDEN, Column, Row, TableView, Value
from .parts import linked, points

if TYPE_CHECKING:
    import pandas as pd
    from markupsafe import Markup

    from ...data import Responses
    from ...i18n import Locale
    from ...release import Release, SafeTable
    from ...study import Study

RATES = {"RR1": "RR1, RR3, RR5", "RR2": "RR2, RR4, RR6"}
"""The rates that differ where everyone's eligibility is known, with those they are equal to."""


def rates_view(responses: Responses, locale: Locale) -> TableView:
    """Return AAPOR's response rates over each base of the study, side by side."""
    from ...estimate import response_rates

    study = responses.study
    found = response_rates(responses).set_index(["term", "group"])["estimate"]
    sizes = {"base": study.plan.base or study.base, "invited": study.plan.invited}
    heads = {
        "base": locale.text("Of the {n} that the rate is over (%)", n=locale.number(sizes["base"] or 0)),
        "invited": locale.text("Of the {n} invited (%)", n=locale.number(sizes["invited"] or 0)),
    }
    kinds = {"RR1": locale.text("Complete answers"), "RR2": locale.text("Complete and partial answers")}
    bases = [name for name in heads if name in found.index.get_level_values("group")]
    rows = tuple(
        Row(term, f"{kinds[term]} ({names})", tuple(float(found[term, base]) for base in bases))
        for term, names in RATES.items()
    )
    notes = joined(
        study.plan.base_note[locale.language] if study.plan.base_note else None,
        locale.text(
            "AAPOR's Standard Definitions. Everyone on the list could have answered, so that rates that differ only in how they "
            "treat unknown eligibility are equal. Those who broke off count as not having answered."
        ),
        source_notes(study, locale),
    )
    columns = tuple(Column(base, heads[base], "percent", 1) for base in bases)
    return TableView("response_rates", locale.text("Response rates"), locale.text("Rate"), columns, rows, notes)


def crossed_response_view(table: SafeTable, study: Study, locale: Locale) -> TableView:
    """Return how many answered, of how many, and the rate, by two groups of the frame; hidden where too few remain."""
    outer, inner = (study.codebook.variable(dim) for dim in table.dims)
    rows = []
    for one, other in product(outer.scale.print_codes, inner.scale.print_codes):
        people = population_of(study, table.dims, (one, other))
        if people is None:
            continue
        count = table.count({outer.name: one, inner.name: other})
        values: tuple[Value, ...] = (
            (HIDDEN, int(people), HIDDEN) if count is None else (count, int(people), count / people)
        )
        labels = (v.category_label(code, locale.language) for v, code in ((outer, one), (inner, other)))
        section, label = labels
        rows.append(Row(f"{one}--{other}", label, values, section))
    columns = (
        Column("count", locale.text("Answered"), "count"),
        Column("population", locale.text("In the frame"), "count"),
        Column("percent", locale.text("Response rate (%)"), "percent"),
    )
    groups = locale.listed(within(v.label(locale.language)) for v in (outer, inner))
    title = locale.text("Response by {group}", group=groups)
    hides = any(HIDDEN in row.values for row in rows)  # noqa: PD011
    notes = joined(hidden_note(locale) if hides else None, source_notes(study, locale))
    return TableView(table.id, title, inner.label(locale.language), columns, tuple(rows), notes)


def group_counts(table: SafeTable, study: Study) -> pd.DataFrame | None:
    """Return `code, count, population` of each level of the frame; None where one of them is hidden."""
    import pandas as pd

    (dim,) = table.dims
    rows = []
    for code in study.codebook.variable(dim).scale.print_codes:
        people = population_of(study, [dim], [code])
        if people:
            rows.append((code, table.count({dim: code}), people))
    frame = pd.DataFrame(rows, columns=["code", "count", "population"])
    return None if frame.empty or frame["count"].isna().any() else frame


def balance(table: SafeTable, study: Study, locale: Locale) -> tuple[TableView, list[Markup | str]] | None:
    """Return each group's share of the answers and of the frame, and in words how far apart they are."""
    from ...estimate import balance_from_counts, response_rates_from_counts

    (dim,) = table.dims
    counts = group_counts(table, study)
    if counts is None:
        return None
    numbers = counts["count"], counts["population"], counts["code"]
    shares, tests = response_rates_from_counts(*numbers), balance_from_counts(*numbers).set_index("term")
    variable, name = study.codebook.variable(dim), f"balance_by_{dim}"
    rows = tuple(
        Row(
            str(row["group"]),
            variable.category_label(str(row["group"]), locale.language),
            (row["share_of_answers"], row["share_of_frame"], 100 * row["gap"]),
        )
        for row in shares.to_dict("records")
    )
    test = tests.loc["chi_square"]
    index = Row(
        "dissimilarity",
        locale.text("Dissimilarity index"),
        (None, None, 100 * tests.loc["dissimilarity", "estimate"]),
        sum=True,
    )
    chi = locale.text(
        "Pearson's test of answered or not by {group}: chi-squared = {statistic} on {df} degrees of freedom, p {p}. With so many "
        "asked, a test finds gaps that matter to nobody: read the index first.",
        group=within(variable.label(locale.language)),
        statistic=locale.number(float(test["statistic"]), 1),
        df=locale.number(float(test["df"])),
        p=p_said(locale, float(test["p_value"])),
    )
    columns = (
        Column("answers", locale.text("Of the answers (%)"), "percent", 1),
        Column("frame", locale.text("Of the frame (%)"), "percent", 1),
        Column("gap", locale.text("Gap, percentage points"), "number", 1),
    )
    label = variable.label(locale.language)
    title = locale.text("Shares of the answers and of the frame, by {group}", group=within(label))
    view = TableView(
        name, title, label, columns, (*rows, index), joined(frame_note(study, locale), chi, source_notes(study, locale))
    )
    return view, _balance_said(tests, view, variable, locale)


def _balance_said(tests: pd.DataFrame, view: TableView, variable: Any, locale: Locale) -> list[Markup | str]:
    from markupsafe import escape

    largest: Any = tests.loc["largest_gap"]
    dissimilarity: Any = tests.loc["dissimilarity", "estimate"]
    return [
        escape(locale.text("The largest gap is {gap} percentage points, in the group {group}.")).format(
            gap=linked(points(locale, float(largest["estimate"])), view.id, str(largest["group"])),
            group=locale.quoted(variable.category_label(str(largest["group"]), locale.language)),
        ),
        escape(
            locale.text("For the shares to match, {share} of the answers would have to come from other groups.")
        ).format(share=linked(locale.percent(float(dissimilarity), 1), view.id, "dissimilarity")),
    ]


def p_said(locale: Locale, p: float) -> str:
    """Return `= 0.034` or `< 0.001`."""
    written = locale.p_value(p)
    return written if written.startswith("<") else f"= {written}"


def frame_note(study: Study, locale: Locale) -> str | None:
    """Return that the frame of a synthetic study is itself made up."""
    if not study.synthetic:
        return None
    return locale.text("The frame is synthetic, so that this shows the method and says nothing of the real response.")


def frame_variables(study: Study) -> tuple[str, ...]:
    """Return the groups whose sizes the frame has."""
    return tuple(name for name in study.groups if study.frame is not None and name in study.frame.columns)


def completed(release: Release, names: Sequence[str]) -> pd.DataFrame | None:
    """Return how many answered in each crossing of the frame: as released, or as the released margins imply.

    Returns
    -------
    pandas.DataFrame
        The groups, `population`, and `count`, which is not whole where a crossing is not shown; None where a margin is hidden.
    """
    from ...estimate import rake

    study = release.study
    cells = study.frame.groupby(list(names), observed=True)["population"].sum().reset_index()  # type: ignore[union-attr]
    cells = cells[cells["population"] > 0].astype(dict.fromkeys(names, object)).reset_index(drop=True)
    margins = {name: group_counts(release.response(name), study) for name in names}
    if any(margin is None for margin in margins.values()):
        return None
    totals = {
        name: margin.set_index("code")["count"].astype(float) for name, margin in margins.items() if margin is not None
    }
    known = _known_counts(release, names, cells)
    hidden = known.isna()
    if hidden.any():
        left = {
            name: totals[name] - known.groupby(cells[name]).sum().reindex(totals[name].index, fill_value=0)
            for name in names
        }
        rest = cells[hidden]
        used = {name: {k: v for k, v in part.items() if k in set(rest[name])} for name, part in left.items()}
        start = rest["population"].astype(float)
        known = known.fillna(rake(rest[list(names)], used, weights=start).astype(float))
    return cells.assign(count=known.astype(float))


def _known_counts(release: Release, names: Sequence[str], cells: pd.DataFrame) -> pd.Series[float]:
    """Return the released count of each crossing; missing where it is hidden or not published."""
    import pandas as pd

    name = f"response_by_{'_'.join(names)}"
    if name not in release.tables:
        return pd.Series(float("nan"), index=cells.index)
    table = release.tables[name]
    found = [table.count(dict(zip(names, row, strict=True))) for row in cells[list(names)].itertuples(index=False)]
    return pd.Series([float("nan") if n is None else float(n) for n in found], index=cells.index)


def indicator(release: Release, locale: Locale) -> TableView | None:
    """Return the R-indicator of the frame's groups, and the design effect of weights raked to them."""
    from ...estimate import design_effect, r_indicator_from_counts, rake

    study, names = release.study, frame_variables(release.study)
    cells = completed(release, names) if names else None
    if cells is None:
        return None
    found = r_indicator_from_counts(cells, names).set_index("term").loc["R"]
    raked = rake(cells[list(names)], list(names), frame=study.frame, weights=cells["count"])
    effect = design_effect(raked / cells["count"], cells["count"])
    number = tuple(
        Column(c, text, "number", 2)
        for c, text in (
            ("estimate", locale.text("Estimate")),
            ("conf_low", locale.text("95% interval, from")),
            ("conf_high", locale.text("95% interval, to")),
        )
    )
    variables = locale.listed(within(study.codebook.variable(name).label(locale.language)) for name in names)
    rows = (
        Row(
            "R",
            locale.text("R-indicator (1: everyone equally likely to answer)"),
            tuple(float(found[c]) for c in ("estimate", "conf_low", "conf_high")),
        ),
        Row(
            "design_effect",
            locale.text("Design effect of weights raked to the frame (1: no loss)"),
            (effect, None, None),
        ),
        Row("effective", locale.text("Answers that the raked ones are worth, per answer"), (1 / effect, None, None)),
    )
    notes = joined(
        locale.text(
            "Worked out from {groups} and nothing else. Neither figure can see response that depends on the answer itself: it leaves "
            "the indicator at 1, and weights do not mend it.",
            groups=variables,
        ),
        locale.text("Worked out from released counts; where a crossing is not shown, from what the margins imply."),
        frame_note(study, locale),
        source_notes(study, locale),
    )
    title = locale.text("How evenly people answered, and what weights cost")
    return TableView("representativeness", title, locale.text("Indicator"), number, rows, notes)
