"""A disputed scale under each of its readings, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..captions import joined, source_notes
from ..claims import codes_by_reading
from ..distributions import Answers
from ..measures import measure
from ..views import HIDDEN, Column, Row, TableView, Value
from .parts import bounds, linked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from ...i18n import Locale
    from ...release import Release
    from ...study import Variable


AS_PRINTED = "as_printed"
"""The key of the column in which every answer stands for itself."""


def disputed(release: Release) -> tuple[Variable, ...]:
    """Return the variables whose scale can be read in more than one way."""
    return tuple(
        v for v in release.study.codebook.variables.values() if v.scale.readings and v.item_id in release.tables
    )


def side_by_side(release: Release, variable: Variable, locale: Locale) -> tuple[TableView, list[Markup | str]]:
    """Return the shares of a variable's answers with a column a reading of its scale, and what its upper part holds."""
    from ...estimate import reading_members

    language, scale = locale.language, variable.scale
    answers = Answers(release.table(variable.item_id), release.study, locale)
    members = {AS_PRINTED: {code: (code,) for code in scale.print_codes}}
    members |= {name: reading_members(scale, name) for name in scale.readings}
    labels = {code: variable.category_label(code, language) for code in scale.print_codes}
    heads = {AS_PRINTED: locale.text("As printed")} | {n: read.label[language] for n, read in scale.readings.items()}
    rows = [
        Row(
            _key(codes),
            label,
            tuple(_share(answers, variable, codes if codes in own.values() else ()) for own in members.values()),
        )
        for codes, label in _counted(variable, members, labels, language).items()
    ]
    upper = scale.codes[-(len(scale.codes) // 2) :]
    parts = [upper, *(codes_by_reading(scale, name, upper) for name in scale.readings)]
    shares = tuple(_share(answers, variable, codes) for codes in parts)
    rows.append(Row("upper", locale.text("The upper part of the scale"), shares, sum=True))
    columns = tuple(Column(name, f"{head} (%)", "percent") for name, head in heads.items())
    title = locale.text("{label}: readings of the scale side by side", label=variable.label(language))
    notes = joined(
        locale.text("Per cent of everyone who answered the survey, those without an opinion or an answer included."),
        source_notes(release.study, locale),
    )
    view = TableView(f"side_by_side_{variable.name}", title, locale.text("Answer"), columns, tuple(rows), notes)
    return view, _upper_said(view, variable, dict(zip(heads.values(), shares, strict=True)), locale)


def _counted(
    variable: Variable, members: Mapping[str, Mapping[str, tuple[str, ...]]], labels: Mapping[str, str], language: str
) -> dict[tuple[str, ...], str]:
    """Return what any reading counts as one answer, with its label: printed answers first, merged ones after the last of theirs."""
    scale = variable.scale
    merged = {
        codes: category.label(language)
        for name in scale.readings
        for category in scale.read_as(name).categories
        if len(codes := tuple(members[name][category.code])) > 1
    }
    found: dict[tuple[str, ...], str] = {}
    for code in scale.print_codes:
        found[(code,)] = labels[code]
        found |= {codes: label for codes, label in merged.items() if codes[-1] == code}
    return found


def _key(codes: Sequence[str]) -> str:
    return "--".join(codes)


def _share(answers: Answers, variable: Variable, codes: Sequence[str]) -> Value:
    return answers.percent_together(variable.name, (), codes) if codes else None


def _upper_said(view: TableView, variable: Variable, shares: Mapping[str, Value], locale: Locale) -> list[Markup | str]:
    from markupsafe import Markup, escape

    found = {head: share for head, share in shares.items() if isinstance(share, float)}
    if len(found) < 2:
        return []
    parts = [
        escape("{}: {}").format(head, linked(locale.percent(share), view.id, "upper")) for head, share in found.items()
    ]
    text = locale.text("{label}: how many are in the upper part of the scale hangs on how it is read. {parts}.")
    return [escape(text).format(label=locale.quoted(variable.label(locale.language)), parts=Markup("; ").join(parts))]


def readings_view(release: Release, variable: Variable, locale: Locale) -> TableView:
    """Return the shares of a variable's answers with intervals, in the printed order and under each other reading."""
    from ...estimate import reading_members

    language, scale = locale.language, variable.scale
    answers = Answers(release.table(variable.item_id), release.study, locale)
    printed = locale.text("As printed")
    rows = [
        _row(answers, variable, f"printed--{c}", variable.category_label(c, language), printed, (c,))
        for c in scale.print_codes
    ]
    for name, read in scale.readings.items():
        labels = {category.code: category.label(language) for category in scale.read_as(name).categories}
        rows += [
            _row(answers, variable, f"{name}--{code}", labels[code], read.label[language], members)
            for code, members in reading_members(scale, name).items()
        ]
    columns = (Column("percent", locale.text("Per cent"), "percent"), *bounds(locale))
    title = locale.text("{label}: readings of the scale", label=variable.label(language))
    note = locale.text(
        "Per cent of everyone who answered the survey, those without an opinion or an answer included. The intervals hold if those "
        "who did not answer are like those who did."
    )
    notes = joined(note, source_notes(release.study, locale))
    return TableView(f"readings_{variable.name}", title, locale.text("Answer"), columns, tuple(rows), notes)


def _row(answers: Answers, variable: Variable, key: str, label: str, section: str, codes: Sequence[str]) -> Row:
    found = measure(answers, key, label, variable.name, (), codes)
    values: tuple[Value, ...] = (HIDDEN,) * 3 if found is None else (found.share, found.low, found.high)
    return Row(key, label, values, section)
