"""What stands under a table or figure: measure, base, population, dates, source, and that answers are synthetic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..i18n import Locale
from ..study import DerivedItem, Item, Study
from .labels import Labels

if TYPE_CHECKING:
    from ..protect import SafeTable
    from ..release import Release


def within(label: str) -> str:
    """Return a label as it stands inside a sentence: its first letter small, unless it is an abbreviation."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def titled(label: str, by: Sequence[str], study: Study, locale: Locale) -> str:
    """Return a title: what is measured, and by which groups."""
    if not by:
        return label
    groups = locale.listed(within(study.codebook.variable(name).label(locale.language)) for name in by)
    return locale.text("{label}, by {groups}", label=label, groups=groups)


def item_label(item: Item, language: str) -> str:
    """Return an item's short name, else its question."""
    return (item.label or item.question)[language]


def question_note(item: Item, study: Study, locale: Locale) -> tuple[str, ...]:
    """Return the question as asked, with its number, and whom it was put to where that was not everybody."""
    if isinstance(item, DerivedItem):
        labels = Labels(study, locale)
        of = locale.listed(
            labels.variable(name) for name in ((item.made.source,) if item.made.source else item.made.of)
        )
        made = locale.text("Made of the answers to: {questions}.", questions=of)
        return made, *((item.note[locale.language],) if item.note else ()), *routing_note(item, study, locale)
    question = locale.quoted(item.question[locale.language])
    if item.number is None:
        return locale.text("Question: {question}", question=question), *routing_note(item, study, locale)
    number = locale.text("Question {number}: {question}", number=item.number, question=question)
    return number, *routing_note(item, study, locale)


def routing_note(item: Item, study: Study, locale: Locale) -> tuple[str, ...]:
    """Return whom a question was put to; nothing where it was everybody."""
    labels = Labels(study, locale)
    conditions = [
        locale.listed(f"{labels.variable(name)}: {labels.quoted(name, codes)}" for name, codes in condition.items())
        for condition in item.asked_if
    ]
    if not conditions:
        return ()
    return (
        locale.text("Asked of those who answered: {conditions}.", conditions=locale.listed(conditions, either=True)),
    )


def base_note(item: Item, locale: Locale) -> str:
    """Return whom a question's shares are of."""
    if item.asked_if:
        return locale.text("Per cent of everyone who was asked (n).")
    return locale.text("Per cent of everyone who answered the survey (n).")


def source_notes(study: Study, locale: Locale, *, population: bool = True) -> tuple[str, ...]:
    """Return population, dates and source of a study's answers, and that they are synthetic where they are."""
    notes = []
    plan, language = study.plan, locale.language
    if population and plan.population:
        notes.append(locale.text("Population: {population}.", population=plan.population[language].rstrip(".")))
    if plan.fieldwork:
        dates = locale.dates(plan.fieldwork.start, plan.fieldwork.end)
        notes.append(locale.text("Fieldwork: {dates}.", dates=dates))
    if plan.source:
        notes.append(locale.text("Source: {source}.", source=plan.source[language].rstrip(".")))
    if study.design is not None:
        notes.append(locale.text("Per cent are weighted by the survey's design; numbers are people."))
    if study.synthetic:
        notes.append(locale.text("Synthetic data."))
    return (" ".join(notes),) if notes else ()


def hidden_note(locale: Locale) -> str:
    """Return the one note to the one mark."""
    return locale.text("“:” stands for what is not shown, out of consideration for those who answered.")


def withheld_note(table: SafeTable, title: str, locale: Locale) -> str | None:
    """Return the sentence that stands in the place of a table of which nothing is shown; None for any other."""
    if not table.withheld:
        return None
    return locale.text(
        "{title}: the answers are too few to be shown without saying something about a few people.", title=title
    )


def protection_note(release: Release, locale: Locale) -> str:
    """Return how many counts are hidden, and how closely they can be worked out at most: what the build's attacker has checked."""
    hidden = sum(table.hidden for table in release.tables.values())
    if not hidden:
        return locale.text("No count is hidden.")
    return locale.plural(
        "{n} of {all} counts in the tables is hidden; it cannot be worked out within less than {width}.",
        "{n} of {all} counts in the tables are hidden; none can be worked out within less than {width}.",
        hidden,
        all=locale.number(sum(len(table.cells) for table in release.tables.values())),
        width=locale.number(release.rule.width),
    )


def joined(*parts: Iterable[str] | str | None) -> tuple[str, ...]:
    """Return notes in order, without those that are empty."""
    flat: list[str] = []
    for part in parts:
        flat += [part] if isinstance(part, str) else list(part or ())
    return tuple(note for note in flat if note)
