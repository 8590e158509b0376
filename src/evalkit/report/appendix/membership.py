"""The core groups: which units sit in which, as a matrix and as a chart; what each is; how far each is assessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ...i18n import Locale
from ..captions import within
from ..drawing import Said, Sheet, figure_parts, put, strip
from ..palette import HIGHER, QUIET
from ..views import Column, FigureView, Row, TableView, Value, row_link
from .blocks import Block, Heading, in_original

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...release import Release
    from ...study import Study
    from ...study.appendices import CoreGroup, CoreGroups
    from ...study.codebook import Category

LABELS, NUMBERS = 3.4, 0.5
"""Inches: the column of labels, and that of numbers to the right."""


def core_groups(found: CoreGroups, release: Release, locale: Locale) -> Iterator[Block]:
    """Show who sits in which core group, what each is, how far it is assessed, and what its evidence does not bear."""
    study, language = release.study, locale.language
    yield _matrix(found, study, locale)
    yield _bars(found, study, locale)
    for group in found.groups:
        name = group.name[language]
        rows = tuple(Row(key, label, (text,)) for key, label, text in _facts(group, study, locale) if text)
        yield Heading(2, name)
        title, about = locale.text("The core group {name}", name=name), locale.text("What the source tells")
        yield TableView(f"core_group_{group.id}", title, locale.text("About the group"), (Column("what", about),), rows)
    yield Heading(2, found.staircase.title[language])
    columns: tuple[Column, ...] = (Column("evidence", locale.text("Evidence, quoted")),)
    if found.original_language != language:
        original = Column("original", locale.text("As quoted in the source"))
        columns = (Column("evidence", locale.text("Evidence (translated)")), original)
    note = locale.text(
        "“Not assessed” says that the source gives no evidence; it does not say that the step is not reached."
    )
    steps = tuple(row for group in found.groups for row in _steps(group, found, locale))
    title = locale.text("Steps of the staircase, by core group")
    yield TableView("staircase", title, locale.text("Step"), columns, steps, (note,))


def seats(release: Release, locale: Locale) -> Iterator[str]:
    """Say who sits in the most core groups, and who in none."""
    found = release.study.appendices.core_groups
    if found is not None:
        most, _ = _most_first(found, release.study)[0]
        yield _title(found, release.study, locale, lambda text: row_link(text, "core_groups", most.code)) + "."


def _matrix(found: CoreGroups, study: Study, locale: Locale) -> TableView:
    """Return which units lead, sit in, or do not sit in each core group, and in how many each sits."""
    language, variable = locale.language, study.codebook.variable(str(study.unit))
    rows, leads, member = [], locale.text("leads"), locale.text("member")
    for category, number in _counted(found, study):
        name = _name(category)
        held = (leads if one.lead == name else member if name in one.members else "–" for one in found.groups)
        rows.append(Row(category.code, _label(category, study, locale), (*held, number)))
    totals = tuple(len(group.members) for group in found.groups)
    rows.append(Row("total", locale.text("Number of members"), (*totals, sum(totals)), total=True))
    columns = [Column(group.id, group.name[language]) for group in found.groups]
    columns.append(Column("number", locale.text("Number of groups"), "count"))
    title = locale.text("Core groups by {unit}", unit=within(variable.label(language)))
    return TableView("core_groups", title, variable.label(language), tuple(columns), tuple(rows))


def _bars(found: CoreGroups, study: Study, locale: Locale) -> FigureView:
    """Return in how many core groups each unit sits as bars, the most first."""
    bars = [(_label(category, study, locale), number) for category, number in _most_first(found, study)]
    said = [Said(label, locale.number(number), number) for label, number in bars]
    title, draw = _title(found, study, locale), partial(_draw, bars, locale)
    note = locale.text("Number of core groups that each sits in, those that it leads included.")
    return figure_parts("core_groups-bars", title, said, draw, locale).captioned(note)


def _counted(found: CoreGroups, study: Study) -> list[tuple[Category, int]]:
    """Return each unit and in how many core groups it sits, the lead included."""
    units = study.codebook.variable(str(study.unit)).scale.categories
    return [(unit, sum(_name(unit) in group.members for group in found.groups)) for unit in units]


def _most_first(found: CoreGroups, study: Study) -> list[tuple[Category, int]]:
    return sorted(_counted(found, study), key=lambda counted: -counted[1])


def _name(category: Category) -> str:
    """Return what the appendices call a unit."""
    return category.short or category.code


def _label(category: Category, study: Study, locale: Locale) -> str:
    label = study.codebook.variable(str(study.unit)).category_label(category.code, locale.language)
    return f"{label} ({category.short})" if category.short else label


def _title(found: CoreGroups, study: Study, locale: Locale, linked: Callable[[str], str] = str) -> str:
    """Say who sits in the most groups, and who in none."""
    counted = [(_name(category), number) for category, number in _most_first(found, study)]
    most = counted[0][1]
    first = locale.listed(name for name, number in counted if number == most)
    none = [name for name, number in counted if number == 0]
    values = {"most": first, "n": linked(locale.number(most)), "all": locale.number(len(found.groups))}
    if not none:
        return locale.text("{most}: in {n} of {all} core groups, the most of any", **values)
    return locale.text("{most}: in {n} of {all} core groups. {none}: in none", **values, none=locale.listed(none))


def _draw(bars: Sequence[tuple[str, int]], locale: Locale, sheet: Sheet) -> Axes:
    rows = sheet.rows([label for label, _ in bars], LABELS, 0.3)
    axes = sheet.canvas(rows.bottom + 0.04)
    unit = (sheet.width - rows.left - NUMBERS) / max(1, *(number for _, number in bars))
    rows.line(axes, rows.left, QUIET, zorder=5)
    for place, (_, number) in enumerate(bars):
        rows.label(axes, place)
        strip(axes, rows.left, rows.middle(place) - 0.1, number * unit, 0.2, HIGHER)
        put(axes, rows.left + number * unit + 0.1, rows.middle(place), locale.number(number))
    return axes


def _facts(group: CoreGroup, study: Study, locale: Locale) -> Iterator[tuple[str, str, str]]:
    """Return what the source tells of a core group: key, label and text of each line."""
    language, text = locale.language, locale.text
    units = study.codebook.variable(str(study.unit)).scale.categories
    lead = next(unit for unit in units if _name(unit) == group.lead)
    problem = [group.problem.label(language)]
    if group.problem.wicked == "not_stated":
        problem.append(text("The source does not say whether it is wicked."))
    not_stated = text("Not stated")
    yield "also", text("Also called"), "; ".join(name[language] for name in group.also_called)
    yield "started", text("Started"), _started(group.started, locale)
    yield "lead", text("Led by"), _label(lead, study, locale)
    yield "members", text("Members"), text("{list}, the lead included", list=locale.listed(group.members))
    yield "others", text("Others"), "; ".join(other[language] for other in group.others)
    yield "origin", text("Origin"), group.origin[language] if group.origin else not_stated
    yield "purpose", text("Purpose"), group.purpose[language]
    yield "problem", text("Kind of problem"), " ".join(problem)
    yield "secretariat", text("Secretariat"), group.secretariat[language] if group.secretariat else not_stated
    yield "observations", text("Observations"), " ".join(said[language] for said in group.observations)
    results = " ".join(said[language] for said in group.results)
    yield "results", text("Results so far"), results or text("None stated")
    yield "limits", text("Limits of the evidence"), group.limits[language]


def _started(when: str, locale: Locale) -> str:
    """Return a year, or a month of a year, in words."""
    year, _, month = when.partition("-")
    return locale.month(int(year), int(month)) if month else year


def _steps(group: CoreGroup, found: CoreGroups, locale: Locale) -> Iterator[Row]:
    """Return a row a step of a group that is assessed, and one for all steps of a group that is not."""
    language, original, name = locale.language, found.original_language, group.name[locale.language]
    blank = (None,) if original != language else ()
    not_assessed: tuple[Value, ...] = (locale.text("Not assessed"), *blank)
    steps = found.staircase.steps
    if not group.staircase:
        label = locale.text("Steps {first} to {last}", first=1, last=len(steps))
        yield Row(f"{group.id}--all", label, not_assessed, name)
        return
    known = {step.step: step.labels for step in group.staircase}
    for number, step in enumerate(steps, start=1):
        values = not_assessed
        if number in known:
            quoted = in_original(known[number], original, locale)
            values = (known[number][language], *((quoted,) if quoted is not None else ()))
        label = locale.text("Step {number}: {step}", number=number, step=step[language])
        yield Row(f"{group.id}--{number}", label, values, name)
