"""Which units sit in which core groups: as a matrix and as a chart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from ..i18n import Locale
from ..study import core_groups
from .captions import within
from .drawing import SIZE, WIDTH, canvas, figure_parts, label_lines, put, row_height, strip
from .palette import HIGHER, QUIET
from .views import Column, FigureView, Row, TableView, Value, row_link

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..release import Release
    from ..study import Study
    from ..study.appendix_files import CoreGroup
    from ..study.codebook import Category

LABELS, NUMBERS = 3.4, 0.5
"""Inches: the column of labels, and that of numbers to the right."""


def membership_table(study: Study, locale: Locale) -> TableView:
    """Return which units lead, sit in, or do not sit in each core group, and in how many each sits.

    Parameters
    ----------
    study
        A study with core groups.
    locale
        The language.
    """
    language, numbers = locale.language, core_groups(study)
    groups = _groups(study)
    variable = study.codebook.variable(str(study.unit))
    rows = []
    for category in variable.scale.categories:
        seats: list[Value] = []
        for group in groups:
            leads, sits = group.lead == _name(category), _name(category) in group.members
            seats.append(locale.text("leads") if leads else locale.text("member") if sits else "\N{EN DASH}")
        label = variable.category_label(category.code, language)
        rows.append(Row(category.code, _abbreviated(label, category.short), (*seats, int(numbers[category.code]))))
    totals = tuple(len(group.members) for group in groups)
    rows.append(Row("total", locale.text("Number of members"), (*totals, sum(totals)), total=True))
    columns = [Column(group.id, group.name[language]) for group in groups]
    columns.append(Column("number", locale.text("Number of groups"), "count"))
    title = locale.text("Core groups by {unit}", unit=within(variable.label(language)))
    return TableView("core_groups", title, variable.label(language), tuple(columns), tuple(rows))


def membership_figure(study: Study, locale: Locale) -> FigureView:
    """Return in how many core groups each unit sits as bars, the most first.

    Parameters
    ----------
    study
        A study with core groups.
    locale
        The language.
    """
    numbers, variable = core_groups(study), study.codebook.variable(str(study.unit))
    bars = [
        (
            _abbreviated(variable.category_label(category.code, locale.language), category.short),
            int(numbers[category.code]),
        )
        for category in _most_first(study)
    ]
    alt = " ".join(f"{label}: {locale.number(number)}." for label, number in bars)
    parts = figure_parts("core_groups-bars", _title(study, locale), alt, lambda: _draw(bars, locale))
    return parts.view((locale.text("Number of core groups that each sits in, those that it leads included."),), None)


def _groups(study: Study) -> Sequence[CoreGroup]:
    found = study.appendices.core_groups
    return found.groups if found else ()


def _name(category: Category) -> str:
    """Return what the appendices call a unit."""
    return category.short or category.code


def _abbreviated(label: str, short: str | None) -> str:
    return f"{label} ({short})" if short else label


def seats(release: Release, locale: Locale) -> Iterator[str]:
    """Say who sits in the most core groups, and who in none."""
    if release.study.appendices.core_groups is not None:
        most = _most_first(release.study)[0].code
        yield _title(release.study, locale, lambda text: row_link(text, "core_groups", most)) + "."


def _most_first(study: Study) -> list[Category]:
    numbers, variable = core_groups(study), study.codebook.variable(str(study.unit))
    return sorted(variable.scale.categories, key=lambda category: -int(numbers[category.code]))


def _title(study: Study, locale: Locale, linked: Callable[[str], str] = str) -> str:
    """Say who sits in the most groups, and who in none."""
    numbers = core_groups(study)
    short = [(_name(category), int(numbers[category.code])) for category in _most_first(study)]
    number = short[0][1]
    most = locale.listed(name for name, n in short if n == number)
    none = [name for name, n in short if n == 0]
    values = {"most": most, "n": linked(locale.number(number)), "all": locale.number(len(_groups(study)))}
    if not none:
        return locale.text("{most}: in {n} of {all} core groups, the most of any", **values)
    return locale.text("{most}: in {n} of {all} core groups. {none}: in none", **values, none=locale.listed(none))


def _draw(bars: Sequence[tuple[str, int]], locale: Locale) -> Axes:
    labels = [label_lines(label, LABELS - 0.1) for label, _ in bars]
    step = row_height(labels, SIZE, 0.3)
    axes = canvas(0.08 + step * len(bars))
    unit = (WIDTH - LABELS - NUMBERS) / max(1, *(number for _, number in bars))
    axes.plot([LABELS, LABELS], [0.04, 0.04 + step * len(bars)], color=QUIET, linewidth=0.8, zorder=5)
    for place, ((_, number), label) in enumerate(zip(bars, labels, strict=True)):
        middle = 0.04 + step * (place + 0.5)
        put(axes, LABELS - 0.12, middle, label, align="right")
        strip(axes, LABELS, middle - 0.1, number * unit, 0.2, HIGHER)
        put(axes, LABELS + number * unit + 0.1, middle, locale.number(number))
    return axes
