"""Who answered: response rates on each base of the study, by groups of the frame, and as the days went."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from ..captions import hidden_note, joined, source_notes, within
from ..measures import population_of
from ..response import cumulative
from ..views import HIDDEN, Column, Row, TableView, Value
from .parts import linked

if TYPE_CHECKING:
    from markupsafe import Markup

    from ...data import Responses
    from ...i18n import Locale
    from ...protect import SafeTable
    from ...study import Study

RATES = {"RR1": "RR1, RR3, RR5", "RR2": "RR2, RR4, RR6"}
"""The rates that differ where everyone's eligibility is known, with those they are equal to."""


def rates(responses: Responses, locale: Locale) -> tuple[TableView, list[Markup | str]]:
    """Return AAPOR's response rates over each base of the study, side by side, and how many answered in words."""
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
    view = TableView("response_rates", locale.text("Response rates"), locale.text("Rate"), columns, rows, notes)
    rated = {base: linked(locale.percent(float(found["RR2", base]), 1), view.id, "RR2") for base in bases}
    return view, _rates_said(responses, rated, locale)


def _rates_said(responses: Responses, rated: dict[str, Markup], locale: Locale) -> list[Markup | str]:
    from markupsafe import escape

    plan, answered = responses.study.plan, locale.number(responses.total)
    sizes = {"base": responses.study.base, "invited": plan.invited}
    templates = {
        "base": locale.text("{answered} of {size} answered: {rate}."),
        "invited": locale.text("Over all {size} who were invited, the rate is {rate}."),
    }
    if "base" not in rated:
        templates["invited"] = templates["base"]
    return [
        escape(templates[base]).format(answered=answered, size=locale.number(sizes[base] or 0), rate=rate)
        for base, rate in rated.items()
    ]


def response_said(table: SafeTable, study: Study, locale: Locale) -> list[Markup | str]:
    """Say how far apart the groups' response rates are, without naming any: a rate is no merit."""
    from markupsafe import escape

    (dim,) = table.dims
    rates = {}
    for code in study.codebook.variable(dim).scale.print_codes:
        people, count = population_of(study, table.dims, (code,)), table.count({dim: code})
        if people and count is not None:
            rates[code] = count / people
    if len(rates) < 2:
        return []
    low, high = min(rates, key=rates.__getitem__), max(rates, key=rates.__getitem__)
    return [
        escape(locale.text("From {low} to {high} answered in the groups shown.")).format(
            low=linked(locale.percent(rates[low]), table.id, low),
            high=linked(locale.percent(rates[high]), table.id, high),
        )
    ]


def arrivals(table: SafeTable, study: Study, locale: Locale) -> tuple[TableView, list[Markup | str]]:
    """Return how many had answered by the end of each day, and in words what stood when each reminder was sent."""
    base, days = study.base or 0, cumulative(table)
    rows = tuple(Row(day.isoformat(), locale.date(day), (count, count / base)) for day, count in days)
    columns = (
        Column("count", locale.text("Had answered"), "count"),
        Column("percent", locale.text("Response rate (%)"), "percent"),
    )
    note = locale.text("Days on which few answered are counted together.")
    title = locale.text("Answers by the end of each day")
    view = TableView("arrivals", title, locale.text("Day"), columns, rows, joined(note, source_notes(study, locale)))
    return view, _arrivals_said(view, study, locale)


def _arrivals_said(view: TableView, study: Study, locale: Locale) -> list[Markup | str]:
    from markupsafe import escape

    reminders = study.fieldwork.reminders if study.fieldwork else ()
    stood = [
        max((row for row in view.rows if row.key < day.isoformat()), key=lambda r: r.key, default=None)
        for day in reminders
    ]
    said: list[Markup | str] = [
        escape(locale.text("Before the reminder of {day}, {share} had answered.")).format(
            day=locale.date(day),
            share=linked(locale.percent(float(row.values[1])), view.id, row.key),  # type: ignore[arg-type]
        )
        for day, row in zip(reminders, stood, strict=True)
        if row is not None
    ]
    last = view.rows[-1]
    share = linked(locale.percent(float(last.values[1])), view.id, last.key)  # type: ignore[arg-type]
    return [*said, escape(locale.text("In the end, {share} had answered.")).format(share=share)]


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
    hides = any(HIDDEN in row.values for row in rows)
    notes = joined(hidden_note(locale) if hides else None, source_notes(study, locale))
    return TableView(table.id, title, inner.label(locale.language), columns, tuple(rows), notes)
