"""Whom the answers stand for: balance against the frame, R-indicator, weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..captions import joined, source_notes, within
from ..measures import population_of
from ..views import Column, Row, TableView
from .parts import linked, points

if TYPE_CHECKING:
    import pandas as pd
    from markupsafe import Markup

    from ...i18n import Locale
    from ...protect import SafeTable
    from ...release import Release
    from ...study import Study


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


def indicator(release: Release, locale: Locale) -> tuple[TableView, list[Markup | str]] | None:
    """Return the R-indicator of the frame's groups, the design effect of weights raked to them, and both in words."""
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
    view = TableView("representativeness", title, locale.text("Indicator"), number, rows, notes)
    return view, _indicator_said(float(found["estimate"]), effect, view, locale)


def _indicator_said(indicator: float, effect: float, view: TableView, locale: Locale) -> list[Markup | str]:
    from markupsafe import escape

    return [
        escape(
            locale.text("The R-indicator is {number}, where 1 means that everyone is equally likely to answer.")
        ).format(number=linked(locale.number(indicator, 2), view.id, "R")),
        escape(locale.text("With weights, 100 answers would be worth about {number}.")).format(
            number=linked(locale.number(100 / effect), view.id, "effective")
        ),
    ]
