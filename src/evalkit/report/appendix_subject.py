"""What the study is about: core groups, measures, actors, goals and ambitions, literature."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ..i18n import Locale
from .appendix_blocks import Block, Foreign, Heading, Point, Points, References
from .literature import bibliography
from .views import Column, Row, TableView, Value

if TYPE_CHECKING:
    from ..release import Release
    from ..study import Study
    from ..study.appendix_files import CoreGroup, CoreGroups


def core_groups(release: Release, locale: Locale) -> Iterator[Block]:
    """Show who sits in which core group, what each is, how far it is assessed, and what its evidence does not bear."""
    from .membership import membership_figure, membership_table

    study = release.study
    found = study.appendices.core_groups
    if found is None:
        return
    yield membership_table(study, locale)
    yield membership_figure(study, locale)
    for group in found.groups:
        yield Heading(2, group.name[locale.language])
        yield _core_group(group, study, locale)
    yield Heading(2, found.staircase.title[locale.language])
    yield _staircase(found, locale)


def _core_group(group: CoreGroup, study: Study, locale: Locale) -> TableView:
    return TableView(
        f"core_group_{group.id}",
        locale.text("The core group {name}", name=group.name[locale.language]),
        locale.text("About the group"),
        (Column("what", locale.text("What the source tells")),),
        tuple(Row(key, label, (text,)) for key, label, text in _group_facts(group, study, locale) if text),
    )


def _group_facts(group: CoreGroup, study: Study, locale: Locale) -> Iterator[tuple[str, str, str]]:
    language, variable = locale.language, study.codebook.variable(str(study.unit))
    units = {c.short or c.code: variable.category_label(c.code, language) for c in variable.scale.categories}
    yield "also", locale.text("Also called"), "; ".join(name[language] for name in group.also_called)
    yield "started", locale.text("Started"), started(group.started, locale)
    yield "lead", locale.text("Led by"), f"{units[group.lead]} ({group.lead})"
    yield "members", locale.text("Members"), locale.text("{list}, the lead included", list=locale.listed(group.members))
    yield "others", locale.text("Others"), "; ".join(other[language] for other in group.others)
    origin = group.origin[language] if group.origin else locale.text("Not stated")
    yield "origin", locale.text("Origin"), origin
    yield "purpose", locale.text("Purpose"), group.purpose[language]
    unsaid = locale.text("The source does not say whether it is wicked.")
    said = group.problem.label(language)
    yield (
        "problem",
        locale.text("Kind of problem"),
        f"{said} {unsaid}" if group.problem.wicked == "not_stated" else said,
    )
    secretariat = group.secretariat[language] if group.secretariat else locale.text("Not stated")
    yield "secretariat", locale.text("Secretariat"), secretariat
    yield "observations", locale.text("Observations"), " ".join(text[language] for text in group.observations)
    results = " ".join(text[language] for text in group.results)
    yield "results", locale.text("Results so far"), results or locale.text("None stated")
    yield "limits", locale.text("Limits of the evidence"), group.limits[language]


def started(when: str, locale: Locale) -> str:
    """Return a year, or a month of a year, in words."""
    from babel.dates import format_date

    if len(when) == 4:
        return when
    year, month = map(int, when.split("-"))
    return str(format_date(dt.date(year, month, 1), "MMMM y", locale=locale.language))


def _staircase(found: CoreGroups, locale: Locale) -> TableView:
    """Return the evidence by group and step; 'not assessed' where there is none."""
    translated = found.original_language != locale.language
    heading = locale.text("Evidence (translated)") if translated else locale.text("Evidence, quoted")
    columns = [Column("evidence", heading)]
    if translated:
        columns.append(Column("original", locale.text("As quoted in the source")))
    rows = tuple(row for group in found.groups for row in _steps(group, found, locale))
    note = locale.text(
        "“Not assessed” says that the source gives no evidence; it does not say that the step is not reached."
    )
    title = locale.text("Steps of the staircase, by core group")
    return TableView("staircase", title, locale.text("Step"), tuple(columns), rows, (note,))


def _steps(group: CoreGroup, found: CoreGroups, locale: Locale) -> Iterator[Row]:
    """Return a row a step that is assessed; steps that are not stand together in a row, or each between the others."""
    language, original, name = locale.language, found.original_language, group.name[locale.language]
    blank = (None,) if original != language else ()
    steps = found.staircase.steps
    if not group.staircase:
        label = locale.text("Steps {first} to {last}", first=1, last=len(steps))
        yield Row(f"{group.id}--all", label, (locale.text("Not assessed"), *blank), name)
        return
    known = {step.step: step for step in group.staircase}
    for number, step in enumerate(steps, start=1):
        values: tuple[Value, ...] = (locale.text("Not assessed"), *blank)
        if number in known:
            words = known[number].labels
            values = (words[language], *((Foreign(words[original], original),) if blank else ()))
        label = locale.text("Step {number}: {step}", number=number, step=step[language])
        yield Row(f"{group.id}--{number}", label, values, name)


def measures(release: Release, locale: Locale) -> Iterator[Block]:
    """List the measures: new, or set up before and attached."""
    study, found = release.study, release.study.appendices.measures
    if found is None:
        return
    language = locale.language
    options = study.codebook.item(found.item).options
    rows = tuple(
        Row(
            measure.option,
            options[measure.option].label(language),
            (found.statuses[measure.status][language], measure.note[language] if measure.note else None),
        )
        for measure in found.measures
    )
    columns = (Column("status", locale.text("Status")), Column("note", locale.text("Remark")))
    title = locale.text("Measures of the strategy")
    yield TableView("measures_status", title, locale.text("Measure"), columns, rows)


def actors(release: Release, locale: Locale) -> Iterator[Block]:
    """List who has a role in the strategy."""
    found = release.study.appendices.actors
    if found is None:
        return
    language = locale.language
    rows = tuple(Row(actor.id, actor.name[language], (actor.role[language],)) for actor in found.actors)
    title = locale.text("Actors and their roles")
    yield TableView("actors", title, locale.text("Actor"), (Column("role", locale.text("Role")),), rows)


def crosswalk(release: Release, locale: Locale) -> Iterator[Block]:
    """Set the goals of the questionnaire beside the ambitions that an interview guide quotes."""
    study, found = release.study, release.study.appendices.crosswalk
    if found is None:
        return
    language = locale.language
    goals = study.codebook.item(found.item).items
    number = study.codebook.item(found.item).number
    rows = tuple(
        Row(pair.goal, goals[pair.goal].label(language), (pair.ambition[language], pair.basis[language]))
        for pair in found.pairs
    )
    columns = (
        Column("ambition", locale.text("Ambition in the interview guide")),
        Column("basis", locale.text("Paired by")),
    )
    stub = locale.text("Goal in question {number}", number=number) if number else locale.text("Goal")
    title = locale.text("Goals of the questionnaire and ambitions of the interview guide")
    yield TableView("crosswalk", title, stub, columns, rows, (found.note[language],))


def literature(release: Release, locale: Locale) -> Iterator[Block]:
    """List the literature in the source's order, then the works that it names without listing them."""
    found = release.study.appendices.literature
    if found is None:
        return
    original = release.study.languages[0]
    entries = bibliography(found, original)
    yield References(tuple(_in_their_language(entries, found.csl_json(), original, locale)))
    if found.named_only:
        yield Heading(2, locale.text("Named without being listed"))
        named = (f"{work.name} ({work.by})" if work.by else work.name for work in found.named_only)
        notes = (work.note[locale.language] for work in found.named_only)
        yield Points(tuple(Point(f"{name}. {note}") for name, note in zip(named, notes, strict=True)))


def _in_their_language(
    entries: Iterable[str], works: Iterable[Mapping[str, object]], original: str, locale: Locale
) -> Iterator[str]:
    for entry, work in zip(entries, works, strict=True):
        language = str(work.get("language", original))
        yield entry if language == locale.language else Foreign(entry, language)
