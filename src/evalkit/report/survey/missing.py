"""'Don't know' as a result of its own: by question, in all and by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..captions import hidden_note, joined, source_notes
from ..distributions import Answers
from ..views import Column, Row, TableView
from .parts import linked

if TYPE_CHECKING:
    from markupsafe import Markup

    from ...i18n import Locale
    from ...release import Release
    from ...study import Variable


def unsure_variables(release: Release) -> tuple[Variable, ...]:
    """Return the variables in which one can say that one does not know."""
    return tuple(v for v in release.study.codebook.variables.values() if v.scale.missing_codes and not v.derived)


def missing_view(release: Release, locale: Locale) -> tuple[TableView, list[Markup | str]] | None:
    """Return the per cent that gave no opinion, a column a question, in all and by each group; and the span in words."""
    study, variables = release.study, unsure_variables(release)
    variables = tuple(v for v in variables if v.item_id in release.tables)
    if not variables:
        return None
    everyone = locale.text("All")
    tables = {v.name: Answers(release.table(v.item_id), study, locale) for v in variables}
    values = tuple(tables[v.name].percent_together(v.name, (), v.scale.missing_codes) for v in variables)
    rows = [Row("total", everyone, values, total=True)]
    for dim in study.groups:
        rows += _rows(release, variables, dim, locale)
    columns = tuple(Column(v.name, f"{v.label(locale.language)} (%)", "percent") for v in variables)
    hides = TableView("missing", "", "", columns, tuple(rows)).hides
    said = locale.listed(
        dict.fromkeys(v.category_label(c, locale.language) for v in variables for c in v.scale.missing_codes)
    )
    notes = joined(
        locale.text("Per cent of everyone who answered the survey. Blanks are not counted here."),
        hidden_note(locale) if hides else None,
        source_notes(study, locale),
    )
    title = locale.text("Who answered {said}", said=locale.quoted(said))
    view = TableView("missing", title, locale.text("Group"), columns, tuple(rows), notes)
    return view, _said(view, variables, locale)


def _rows(release: Release, variables: tuple[Variable, ...], dim: str, locale: Locale) -> list[Row]:
    study = release.study
    ids = [f"{v.item_id}_by_{dim}" for v in variables]
    if any(name not in release.tables for name in ids):
        return []
    tables = [Answers(release.tables[name], study, locale) for name in ids]
    group = study.codebook.variable(dim)
    return [
        Row(
            f"{dim}--{code}",
            tables[0].group_label(dim, code),
            tuple(
                found.percent_together(v.name, (code,), v.scale.missing_codes)
                for found, v in zip(tables, variables, strict=True)
            ),
            group.label(locale.language),
        )
        for code in tables[0].groups(dim)
    ]


def _said(view: TableView, variables: tuple[Variable, ...], locale: Locale) -> list[Markup | str]:
    from markupsafe import escape

    found = [(v, share) for v, share in zip(variables, view.rows[0].values, strict=True) if isinstance(share, float)]
    if len(found) < 2:
        return []
    most, least = max(found, key=lambda one: one[1]), min(found, key=lambda one: one[1])
    text = locale.text("Most often to {most} ({share}), least often to {least} ({least_share}).")
    return [
        escape(text).format(
            most=locale.quoted(most[0].label(locale.language)),
            share=linked(locale.percent(most[1]), view.id, "total"),
            least=locale.quoted(least[0].label(locale.language)),
            least_share=linked(locale.percent(least[1]), view.id, "total"),
        )
    ]
