"""A disputed scale under each of its readings, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..captions import joined, source_notes
from ..distributions import Answers
from ..measures import measure
from ..views import HIDDEN, Column, Row, TableView, Value
from .parts import bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...i18n import Locale
    from ...release import Release
    from ...study import Variable


def disputed(release: Release) -> tuple[Variable, ...]:
    """Return the variables whose scale can be read in more than one way."""
    return tuple(
        v for v in release.study.codebook.variables.values() if v.scale.readings and v.item_id in release.tables
    )


def readings_view(release: Release, variable: Variable, locale: Locale) -> TableView:
    """Return the shares of a variable's answers in the printed order and under each other reading of its scale."""
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
