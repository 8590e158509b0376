"""Survey and interviews side by side: the survey's figures and the findings from the interviews, theme by theme.

A joint display in the sense of mixed methods, statistics by themes; how a finding stands to the figures is said in the terms of
Fetters, Curry & Creswell (2013), Health Services Research 48(6): confirmation, expansion, discordance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...i18n import Locale, msg
from ...release import Release
from ...study import TICKED
from ...study.appendices import Finding, Findings
from ..captions import IF_ALIKE
from ..distributions import Answers, high_codes, sum_key
from ..sentences import state
from ..views import HIDDEN, Column, Row, TableView, Value
from .blocks import Block

FIT = {
    "confirmation": msg("Confirmation"),
    "expansion": msg("Expansion"),
    "discordance": msg("Discordance"),
    None: msg("Not judged"),
}
JUDGED = msg(
    "The findings are entered by hand, without quoting anyone, and so is how they stand to the survey. Confirmation: both "
    "say the same. Expansion: they tell different sides of the matter. Discordance: they do not agree."
)


def joint_display(found: Findings, release: Release, locale: Locale) -> Iterator[Block]:
    """Set the survey's figures and the findings from the interviews beside each other; nothing for a study without themes."""
    rows = tuple(_rows(found, release, locale))
    note = found.note[locale.language] if found.note else None
    columns = (
        Column("percent", locale.text("Per cent"), "percent"),
        Column("interval", locale.text("95% interval"), "interval"),
        Column("basis", locale.text("Rests on")),
        Column("fit", locale.text("Relation")),
    )
    title = locale.text("Survey and interviews, theme by theme")
    view = TableView("findings", title, locale.text("Finding"), columns, rows)
    if rows:
        yield view.noted(release.study, locale, map(locale.text, (IF_ALIKE, JUDGED)), note)


def _rows(found: Findings, release: Release, locale: Locale) -> Iterator[Row]:
    """Go through the themes in the plan's order: the figures, then the findings, or that there are none."""
    text = locale.text
    for theme, label in release.study.plan.themes.items():
        section = label[locale.language]
        yield from _figures(release, theme, section, locale)
        entered = [finding for finding in found.findings if finding.theme == theme]
        for finding in entered:
            basis, fit = _basis(finding, release, locale), text(FIT[finding.fit])
            yield Row(finding.id, finding.label(locale.language), (None, None, basis, fit), section)
        if not entered:
            none = text("No finding from the interviews has been entered on this theme.")
            yield Row(f"{theme}--none", none, (None,) * 4, section)


def _figures(release: Release, theme: str, section: str, locale: Locale) -> Iterator[Row]:
    """Go through a theme's headlines; without any, through the high answers to each of its questions."""
    study = release.study
    published = {publication.item for publication in study.publications if not publication.by}
    asked = [name for name, item in study.codebook.items.items() if item.theme == theme and name in published]
    answers = {name: Answers(release.table(name), study, locale) for name in asked}
    items = [(headline, study.codebook.variable(headline.item).item_id) for headline in study.plan.headlines]
    headlines = [
        (h.item, h.categories, h.label[locale.language], answers[item]) for h, item in items if item in answers
    ]
    for variable, codes, label, about in headlines or _high(answers):
        yield Row(f"{variable}--{sum_key(codes)}", label, _figure(about, variable, codes), section)


def _high(answers: Mapping[str, Answers]) -> Iterator[tuple[str, tuple[str, ...], str, Answers]]:
    for asked in answers.values():
        codes = (TICKED,) if asked.ticks else high_codes(asked)
        for question in asked.questions if codes else ():
            yield question, codes, f"{asked.question_label(question)}: {asked.quoted(codes)}", asked


def _figure(answers: Answers, variable: str, codes: tuple[str, ...]) -> tuple[Value, ...]:
    locale, found, file = answers.locale, state(answers, variable, codes), f"{answers.table.id}.csv"
    if found is None:
        return HIDDEN, HIDDEN, locale.text("The survey ({file})", file=file), None
    basis = locale.text("The survey, {n} answers ({file})", n=locale.number(found.base), file=file)
    return found.share, locale.percent_interval(found.low, found.high), basis, None


def _basis(finding: Finding, release: Release, locale: Locale) -> str:
    """Return where a finding stands, and which informants it rests on."""
    language, interviews = locale.language, release.study.appendices.interviews
    who = [
        locale.plural("{who} ({n} interview)", "{who} ({n} interviews)", group.number, who=group.who[language])
        for group in (interviews.groups if interviews else ())
        if group.id in finding.groups
    ]
    said = "; ".join(who) or locale.text("Which interviews is not stated")
    return f"{finding.basis[language].rstrip('.')}. {said}."
