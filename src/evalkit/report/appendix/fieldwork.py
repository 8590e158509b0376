"""How the study was done: interview guides, fieldwork, data protection, interviews; and what its source says of the answers."""

from __future__ import annotations

from collections.abc import Iterator

from ...i18n import Locale, msg
from ...release import Release
from ...study import Appendices
from ...study.appendices import AboutSurvey, ClaimTest, Guides, Interviews, LogEntry, Prompt
from ..captions import Labels, source_notes, within
from ..views import Column, Row, TableView, row_link
from .blocks import Block, Heading, Paragraph, Point, Points, in_original, quoted_original

EVENTS = {
    "notice": msg("Notice"),
    "addresses": msg("Addresses"),
    "opening": msg("Opening"),
    "reminder": msg("Reminder"),
    "closing": msg("Closing"),
    "deletion": msg("Deletion"),
}
LANGUAGE_NAMES = {"nb": msg("Norwegian"), "en": msg("English")}
VERDICTS = {True: msg("Holds"), False: msg("Does not hold"), None: msg("Cannot be told")}


def guides(found: Guides, release: Release, locale: Locale) -> Iterator[Block]:
    """Go through the interview guides, each with its sections and nested prompts, quoted exactly."""
    original, language = found.original_language, locale.language
    text = msg("The guides are quoted exactly as they were used, slips included.")
    if original != language:
        text = msg(
            "The guides were written in {language}. What stands first is a translation; the original stands below it, exactly "
            "as it was used."
        )
    yield Paragraph(locale.text(text, language=locale.text(LANGUAGE_NAMES[original])), "note")
    for guide in found.guides:
        yield Heading(2, guide.title[language])
        printed = guide.as_printed or {}
        yield from quoted_original(guide.title | printed, original, locale)
        if language in printed:
            words = locale.quoted(printed[language])
            yield Paragraph(locale.text("The heading is printed as {words}.", words=words), "note")
        for section in guide.sections:
            if section.title:
                yield Heading(3, section.title[language])
                yield from quoted_original(section.title, original, locale)
            yield Points(tuple(_point(prompt, original, locale) for prompt in section.prompts))


def _point(prompt: Prompt, original: str, locale: Locale) -> Point:
    below = tuple(_point(each, original, locale) for each in prompt.prompts)
    return Point(prompt.label(locale.language), in_original(prompt.labels, original, locale), below)


def survey(held: Appendices, release: Release, locale: Locale) -> Iterator[Block]:
    """Tell how the survey was done: purpose, themes, log, data protection, and what the source says of the answers."""
    found, language, text = held.survey, locale.language, locale.text
    if found is not None:
        yield from _described(found, release, locale)
    if found is not None or held.deletions is not None:
        synthetic = found is not None and any(entry.basis == "synthetic" for entry in found.log)
        notes = (text("A synthetic date stands in for one that is not public."),) if synthetic else ()
        columns = Column("date", text("Date")), Column("what", text("What happened"))
        events = tuple(_events(held, locale))
        yield TableView("fieldwork_log", text("Log of the fieldwork"), text("Event"), columns, events, notes)
    if found is not None and found.data_protection:
        rows = []
        for number, kept in enumerate(found.data_protection, start=1):
            until = kept.until[language] if kept.until else None
            rows.append(Row(f"kept{number}", kept.what[language], (kept.rule[language], until)))
        columns = Column("rule", text("Rule")), Column("until", text("Until when"))
        yield TableView("data_protection", text("Data protection"), text("What"), columns, tuple(rows))
    if found is not None:
        yield from claims_table(found, release, locale)


def _described(found: AboutSurvey, release: Release, locale: Locale) -> Iterator[Block]:
    language, themes = locale.language, release.study.plan.themes
    yield Paragraph(found.purpose[language])
    if found.platform:
        yield Paragraph(locale.text("Platform: {platform}.", platform=found.platform))
    if themes:
        listed = locale.listed(within(theme[language]) for theme in themes.values())
        yield Paragraph(locale.text("Themes of the questionnaire: {themes}.", themes=listed))
    yield from (Paragraph(note[language], "note") for note in found.notes)


def _events(held: Appendices, locale: Locale) -> Iterator[Row]:
    """Go through what happened during the fieldwork, and when answers were deleted from the project since."""
    for number, entry in enumerate(held.survey.log if held.survey else (), start=1):
        values = _dated(entry, locale), entry.label(locale.language)
        yield Row(f"event{number}", locale.text(EVENTS[entry.event]), values)
    for number, deletion in enumerate(held.deletions.deletions if held.deletions else (), start=1):
        what = locale.text("Deleted from the project: {files}.", files=", ".join(deletion.removed))
        yield Row(f"deletion{number}", locale.text(EVENTS["deletion"]), (locale.date(deletion.date), what))


def _dated(entry: LogEntry, locale: Locale) -> str:
    if entry.date is None:
        return locale.text("Not stated")
    date = locale.date(entry.date)
    return locale.text("{date} (synthetic)", date=date) if entry.basis == "synthetic" else date


def interviews(found: Interviews, release: Release, locale: Locale) -> Iterator[Block]:
    """List the interviews by group, phase and purpose; their numbers add up to the total."""
    language, not_stated = locale.language, locale.text("Not stated")
    known = release.study.appendices.guides
    titles = {guide.id: guide.title[language] for guide in (known.guides if known else ())}
    rows = []
    for group in found.groups:
        phase = found.phases[group.phase][language] if group.phase else not_stated
        purpose = group.purpose[language] if group.purpose else not_stated
        guide = titles.get(group.guide or "", locale.text("None printed"))
        rows.append(Row(group.id, group.who[language], (group.number, phase, purpose, guide)))
    rows.append(Row("total", locale.text("All"), (found.total, None, None, None), total=True))
    yield from (Paragraph(said) for said in held(release, locale))
    columns = (
        Column("number", locale.text("Interviews"), "count"),
        Column("phase", locale.text("Phase")),
        Column("purpose", locale.text("Purpose")),
        Column("guide", locale.text("Interview guide")),
    )
    title, notes = locale.text("Interviews by group, phase and purpose"), (found.note[language],) if found.note else ()
    yield TableView("interviews", title, locale.text("Who"), columns, tuple(rows), notes)
    remarks = [Point(f"{group.who[language]}: {group.note[language]}") for group in found.groups if group.note]
    if remarks:
        yield Points(tuple(remarks))


def held(release: Release, locale: Locale) -> Iterator[str]:
    """Say how many interviews were held."""
    found = release.study.appendices.interviews
    if found is not None:
        number = row_link(locale.number(found.total), "interviews", "total")
        yield locale.plural("{n} interview was held.", "{n} interviews were held.", found.total, n=number)


def claims_table(found: AboutSurvey, release: Release, locale: Locale) -> Iterator[TableView]:
    """Return the claims of a source, each with its verdict; nothing where it makes none."""
    rows = []
    for claim in found.claims:
        verdict, said = judged(claim.test, release, locale) if claim.test else (None, locale.text("Not tested."))
        rows.append(Row(claim.id, claim.label(locale.language), (locale.text(VERDICTS[verdict]), said)))
    columns = Column("verdict", locale.text("Verdict")), Column("found", locale.text("In the answers"))
    title, notes = locale.text("What the source says of the answers"), source_notes(release.study, locale)
    if rows:
        yield TableView("source_claims", title, locale.text("Claim"), columns, tuple(rows), notes)


def judged(test: ClaimTest, release: Release, locale: Locale) -> tuple[bool | None, str]:
    """Return whether the answers bear a claim out, None where a count is hidden, and what was found.

    Shares are of those who named a group; a claim of shares holds where none differs by more than `test.within`.
    """
    study = release.study
    table = release.response(test.item)  # there also where the item has no table of its own
    codes = study.codebook.variable(test.item).scale.codes
    counts = {code: table.count({test.item: code}) for code in codes}
    known = {code: count for code, count in counts.items() if count is not None}
    if test.kind == "every":
        n = sum(count > 0 for count in known.values())
        said = locale.text("Answers from {n} of {all}.", n=locale.number(n), all=locale.number(len(codes)))
        return (n == len(codes) if len(known) == len(counts) else None), said
    total = sum(known.values())
    if len(known) < len(counts) or not total:
        return None, locale.text("A number is hidden.")
    people = {code: study.population({test.item: code}) or 0 for code in codes}
    claimed = test.shares or {code: number / sum(people.values()) for code, number in people.items()}
    shares = {code: known.get(code, 0) / total for code in claimed}
    furthest = max(claimed, key=lambda code: abs(shares[code] - claimed[code]))
    said = locale.text(
        "{label}: {share} of the answers, {claimed} by the claim; no other share differs more.",
        label=Labels(study, locale).level(test.item, furthest),
        share=locale.percent(shares[furthest], 1),
        claimed=locale.percent(claimed[furthest], 1),
    )
    return abs(shares[furthest] - claimed[furthest]) <= test.within, said
