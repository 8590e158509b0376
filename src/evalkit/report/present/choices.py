"""The headline figures by other choices: each unit weighted to its size, and each other reading of a scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...i18n import Locale
from ..captions import joined, source_notes
from ..distributions import Answers
from ..result import value
from ..views import Column, Row, TableView, Value

if TYPE_CHECKING:
    from ...release import Release
    from ...study import Headline


def other_choices(release: Release, locale: Locale) -> TableView | None:
    """Return the headline figures as they are published, weighted to the units' sizes, and by each other reading of their scale."""
    study = release.study
    if not study.headlines:
        return None
    scales = {headline.item: study.codebook.variable(headline.item).scale for headline in study.headlines}
    readings = {name: one.label[locale.language] for scale in scales.values() for name, one in scale.readings.items()}
    columns = (
        Column("percent", locale.text("Published (%)"), "percent"),
        Column("weighted", locale.text("Weighted to the population (%)"), "percent"),
        *(Column(name, f"{label} (%)", "percent") for name, label in readings.items()),
    )
    rows = [
        Row(f"choice-{number}", headline.label[locale.language], tuple(_values(release, headline, list(readings))))
        for number, headline in enumerate(study.headlines, start=1)
    ]
    notes = joined(locale.text("Without an entry the choice does not arise."), source_notes(study, locale))
    title, stub = locale.text("The headline figures by other choices"), locale.text("Share who …")
    return TableView("other_choices", title, stub, columns, tuple(rows), notes)


def _values(release: Release, headline: Headline, readings: list[str]) -> Iterator[Value]:
    from ...estimate import proportions

    item, codes = headline.item, headline.categories
    yield value(proportions(release, headline)["estimate"].iloc[0], hidden=True)
    yield value(weighted_share(release, item, codes))
    for name in readings:
        known = name in release.study.codebook.variable(item).scale.readings
        shares = proportions(release, item, reading=name, categories=codes, base="all") if known else None
        yield None if shares is None or shares.empty else value(shares["estimate"].iloc[0])


def weighted_share(release: Release, variable: str, codes: Sequence[str]) -> float | None:
    """Return the share of everyone that gave one of some answers, each unit counted by its size in the frame.

    None where the study has no units of known size, there is no table of them, or a unit's share is hidden.
    """
    study, unit = release.study, release.study.unit
    table = release.tables.get(f"{study.codebook.variable(variable).item_id}_by_{unit}")
    if unit is None or table is None:
        return None
    answers, units = Answers(table, study, Locale(study.language())), study.codebook.variable(unit).scale.codes
    people = [study.population({unit: code}) for code in units]
    shares = [answers.share(variable, (code,), *codes) for code in units]
    if None in people or None in shares:
        return None
    return float(np.average(np.array(shares, float), weights=np.array(people, float)))
