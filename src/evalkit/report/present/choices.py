"""The headline figures by other choices: each unit weighted to its size, and each other reading of a scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..captions import joined, source_notes
from ..result import value
from ..views import Column, Row, TableView, Value

if TYPE_CHECKING:
    from ...i18n import Locale
    from ...release import Release
    from ...study import Headline


def other_choices(release: Release, locale: Locale) -> TableView | None:
    """Return the headline figures as they are published, weighted to the units' sizes, and by each other reading of their scale."""
    study = release.study
    if not study.headlines:
        return None
    readings = {
        name: one.label[locale.language]
        for headline in study.headlines
        for name, one in study.codebook.variable(headline.item).scale.readings.items()
    }
    columns = [
        Column("percent", locale.text("Published (%)"), "percent"),
        Column("weighted", locale.text("Weighted to the population (%)"), "percent"),
        *(Column(name, f"{label} (%)", "percent") for name, label in readings.items()),
    ]
    rows = [
        Row(f"choice-{number}", headline.label[locale.language], _values(release, headline, list(readings)))
        for number, headline in enumerate(study.headlines, start=1)
    ]
    notes = joined(locale.text("Without an entry the choice does not arise."), source_notes(study, locale))
    return TableView(
        "other_choices",
        locale.text("The headline figures by other choices"),
        locale.text("Share who …"),
        tuple(columns),
        tuple(rows),
        notes,
    )


def _values(release: Release, headline: Headline, readings: list[str]) -> tuple[Value, ...]:
    from ...estimate import proportions

    scale = release.study.codebook.variable(headline.item).scale
    published = float(proportions(release, headline)["estimate"].iloc[0])
    others = [
        _estimate(proportions(release, headline.item, reading=name, categories=headline.categories, base="all"))
        if name in scale.readings
        else None
        for name in readings
    ]
    return (value(published, hidden=True), value(weighted_share(release, headline)), *map(value, others))


def _estimate(shares: Any) -> float | None:
    return float(shares["estimate"].iloc[0]) if len(shares) else None


def weighted_share(release: Release, headline: Headline) -> float | None:
    """Return a headline's share of everyone, each unit weighted to its size in the frame.

    None where the study has no units of known size, or the share of one of them is hidden.
    """
    from ...estimate import proportions

    study, unit = release.study, release.study.unit
    if (
        unit is None
        or study.frame is None
        or f"{study.codebook.variable(headline.item).item_id}_by_{unit}" not in release.tables
    ):
        return None
    shares = proportions(release, headline, by=unit)
    shares = shares[shares["group"].isin(study.codebook.variable(unit).scale.codes)]
    people = [study.population({unit: str(group)}) for group in shares["group"]]
    if None in people or shares["estimate"].isna().any():
        return None
    total = sum(size or 0 for size in people)
    return float(sum(size * share for size, share in zip(people, shares["estimate"], strict=True) if size)) / total
