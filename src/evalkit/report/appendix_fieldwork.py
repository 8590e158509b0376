"""How the study was done: interview guides, fieldwork, data protection, interviews."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ..i18n import Locale, msg
from .appendix_blocks import Block, Foreign, Heading, Paragraph, Point, Points
from .views import Column, Row, TableView, row_link

if TYPE_CHECKING:
    from ..release import Release
    from ..study import Study
    from ..study.appendix_files import AboutSurvey, Deletion, InterviewGroup, LogEntry, Prompt, Section

EVENTS = {
    "notice": msg("Notice"),
    "addresses": msg("Addresses"),
    "opening": msg("Opening"),
    "reminder": msg("Reminder"),
    "closing": msg("Closing"),
    "deletion": msg("Deletion"),
}
LANGUAGE_NAMES = {"nb": msg("Norwegian"), "en": msg("English")}


def guides(release: Release, locale: Locale) -> Iterator[Block]:
    """Go through the interview guides, each with its sections and nested prompts, quoted exactly."""
    found = release.study.appendices.guides
    if found is None:
        return
    original = found.original_language
    yield Paragraph(_quotation(original, locale), "note")
    for guide in found.guides:
        yield Heading(2, guide.title[locale.language])
        printed = (guide.as_printed or {}).get(original)
        if original != locale.language:
            yield Paragraph(Foreign(printed or guide.title[original], original), "quote")
        elif printed:
            yield Paragraph(locale.text("The heading is printed as {words}.", words=locale.quoted(printed)), "note")
        for section in guide.sections:
            yield from _guide_section(section, original, locale)


def _quotation(original: str, locale: Locale) -> str:
    if original == locale.language:
        return locale.text("The guides are quoted exactly as they were used, slips included.")
    return locale.text(
        "The guides were written in {language}. What stands first is a translation; the original stands below it, exactly "
        "as it was used.",
        language=locale.text(LANGUAGE_NAMES[original]),
    )


def _guide_section(section: Section, original: str, locale: Locale) -> Iterator[Block]:
    if section.title:
        yield Heading(3, section.title[locale.language])
        if original != locale.language:
            yield Paragraph(Foreign(section.title[original], original), "quote")
    yield Points(tuple(_point(prompt, original, locale) for prompt in section.prompts))


def _point(prompt: Prompt, original: str, locale: Locale) -> Point:
    words = Foreign(prompt.labels[original], original) if original != locale.language else None
    return Point(prompt.label(locale.language), words, tuple(_point(p, original, locale) for p in prompt.prompts))


def survey(release: Release, locale: Locale) -> Iterator[Block]:
    """Tell how the survey was done: purpose, themes, log, data protection, and what the source says of the answers."""
    study = release.study
    found, deletions = study.appendices.survey, study.appendices.deletions
    if found is not None:
        yield from _described(found, study, locale)
    if found is not None or deletions is not None:
        yield _log(found.log if found else (), deletions.deletions if deletions else (), locale)
    if found is not None and found.data_protection:
        yield _protection(found, locale)
    if found is not None and found.claims:
        yield Paragraph(locale.text("What the source says of the answers:"))
        yield Points(tuple(Point(claim.label(locale.language)) for claim in found.claims))


def _described(found: AboutSurvey, study: Study, locale: Locale) -> Iterator[Block]:
    language = locale.language
    yield Paragraph(found.purpose[language])
    if found.platform:
        yield Paragraph(locale.text("Platform: {platform}.", platform=found.platform))
    if study.plan.themes:
        themes = locale.listed(_lower(theme[language]) for theme in study.plan.themes.values())
        yield Paragraph(locale.text("Themes of the questionnaire: {themes}.", themes=themes))
    yield from (Paragraph(note[language], "note") for note in found.notes)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _log(log: Sequence[LogEntry], deletions: Sequence[Deletion], locale: Locale) -> TableView:
    """Return what happened during the fieldwork, and when answers were deleted from the project since."""
    rows = [
        Row(
            f"event{number}",
            locale.text(EVENTS[entry.event]),
            (_dated(entry, locale), entry.label(locale.language)),
        )
        for number, entry in enumerate(log, start=1)
    ]
    event = EVENTS["deletion"]
    for number, deletion in enumerate(deletions, start=1):
        what = locale.text("Deleted from the project: {files}.", files=", ".join(deletion.removed))
        rows.append(Row(f"deletion{number}", locale.text(event), (locale.date(deletion.date), what)))
    synthetic = any(entry.basis == "synthetic" for entry in log)
    notes = (locale.text("A synthetic date stands in for one that is not public."),) if synthetic else ()
    columns = (Column("date", locale.text("Date")), Column("what", locale.text("What happened")))
    title = locale.text("Log of the fieldwork")
    return TableView("fieldwork_log", title, locale.text("Event"), columns, tuple(rows), notes)


def _dated(entry: LogEntry, locale: Locale) -> str:
    if entry.date is None:
        return locale.text("Not stated")
    date = locale.date(entry.date)
    return locale.text("{date} (synthetic)", date=date) if entry.basis == "synthetic" else date


def _protection(found: AboutSurvey, locale: Locale) -> TableView:
    language = locale.language
    rows = tuple(
        Row(f"kept{number}", line.what[language], (line.rule[language], line.until[language] if line.until else None))
        for number, line in enumerate(found.data_protection, start=1)
    )
    columns = (Column("rule", locale.text("Rule")), Column("until", locale.text("Until when")))
    return TableView("data_protection", locale.text("Data protection"), locale.text("What"), columns, rows)


def interviews(release: Release, locale: Locale) -> Iterator[Block]:
    """List the interviews by group, phase and purpose; their numbers add up to the total."""
    found = release.study.appendices.interviews
    if found is None:
        return
    language = locale.language
    yield from (Paragraph(said) for said in held(release, locale))
    rows = [_interview_row(group, found.phases, release.study, locale) for group in found.groups]
    total = Row("total", locale.text("All"), (found.total, None, None, None), total=True)
    columns = (
        Column("number", locale.text("Interviews"), "count"),
        Column("phase", locale.text("Phase")),
        Column("purpose", locale.text("Purpose")),
        Column("guide", locale.text("Interview guide")),
    )
    notes = (found.note[language],) if found.note else ()
    title = locale.text("Interviews by group, phase and purpose")
    yield TableView("interviews", title, locale.text("Who"), columns, (*rows, total), notes)
    remarks = [Point(f"{group.who[language]}: {group.note[language]}") for group in found.groups if group.note]
    if remarks:
        yield Points(tuple(remarks))


def held(release: Release, locale: Locale) -> Iterator[str]:
    """Say how many interviews were held."""
    found = release.study.appendices.interviews
    if found is not None:
        number = row_link(locale.number(found.total), "interviews", "total")
        yield locale.plural("{n} interview was held.", "{n} interviews were held.", found.total, n=number)


def _interview_row(group: InterviewGroup, phases: Mapping[str, Mapping[str, str]], study: Study, locale: Locale) -> Row:
    language, not_stated = locale.language, locale.text("Not stated")
    titles = {g.id: g.title[language] for g in study.appendices.guides.guides} if study.appendices.guides else {}
    phase = phases[group.phase][language] if group.phase else not_stated
    purpose = group.purpose[language] if group.purpose else not_stated
    guide = titles.get(group.guide or "", locale.text("None printed"))
    return Row(group.id, group.who[language], (group.number, phase, purpose, guide))
