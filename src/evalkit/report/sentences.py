"""Sentences whose numbers are looked up in released tables, each number a link to its row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from ..i18n import Locale, msg
from ..study import TICKED
from .captions import Labels, within
from .distributions import Answers, Measure, high_codes, measures, spoken_of, sum_key


@dataclass(frozen=True)
class Sentence:
    """A sentence as markup, and the numbers in it."""

    html: Markup
    stated: tuple[Measure, ...] = ()


def reading(answers: Answers) -> list[Sentence]:
    """Return what a table says, in sentences.

    Parameters
    ----------
    answers
        Of an item in all: the high answers, the low ones, those of its headlines, 'Vet ikke'. Of a battery or ticks: the
        most and the least. By a group: a sentence a question, from the lowest to the highest of the groups shown. By several: none.
    """
    if len(answers.table.groups) > 1:
        return []  # the table has a row a combination, and none to point at
    if answers.table.groups:
        found = [_by_groups(answers, question) for question in answers.questions]
        return list(dict.fromkeys(sentence for sentence in found if sentence is not None))
    if answers.table.stack:
        return _several(answers)
    return _single(answers)


def _single(answers: Answers) -> list[Sentence]:
    locale = answers.locale
    if not high_codes(answers):
        return _nominal(answers)
    missing = answers.study.codebook.variable(answers.questions[0]).scale.missing_codes
    unsure = [(code,) for code in answers.codes if code in missing]
    spoken = dict.fromkeys((high_codes(answers), *spoken_of(answers), *unsure))
    found = [state(answers, answers.questions[0], codes) for codes in spoken]
    sentences = []
    for one in (one for one in found if one is not None and one.count):
        said = Markup("{} {}.").format(one.link(locale), answers.labels.predicate(one.question, one.codes))
        sentences.append(Sentence(said, (one,)))
    return sentences or [_not_shown(locale)]


def _nominal(answers: Answers) -> list[Sentence]:
    """Say of each question which answer most gave: answers without an order have no upper part."""
    locale = answers.locale
    sentences = []
    for question in answers.questions:
        codes = answers.study.codebook.variable(question).scale.codes
        if found := _states(answers, question, [(code,) for code in codes]):
            most = max(found, key=lambda one: one.share)
            if len(found) < len(codes) and most.share <= 1 - sum(one.share for one in found):
                continue  # one that is hidden may be the most common
            tied = [one for one in found if one.share == most.share]
            label = locale.listed(locale.quoted(answers.answer_label(one.codes[0])) for one in tied)
            text = msg("The most common answer is {label}: {share}.")
            if answers.item.kind == "text":
                text = msg("{share} answered.")
            elif len(tied) > 1:
                text = msg("The most common answers are {label}: {share} each.")
            html = Markup(locale.text(text, label=label, share=most.link(locale)))
            if answers.table.stack:
                html = Markup("{}: {}").format(locale.quoted(answers.question_label(question)), html)
            sentences.append(Sentence(html, (most,)))
    return sentences or [_not_shown(locale)]


def _several(answers: Answers) -> list[Sentence]:
    locale = answers.locale
    codes = (TICKED,) if answers.ticks else high_codes(answers)
    if not codes:
        return _nominal(answers)
    found = [one for name in answers.questions if (one := state(answers, name, codes))]
    if not found:
        return [_not_shown(locale)]
    most, least = (pick(found, key=lambda one: one.share) for pick in (max, min))
    said = "" if answers.ticks else answers.quoted(codes)
    if most.share == least.share and 1 < len(found) == len(answers.questions):
        html = locale.either(
            "All are ticked equally often ({share}).",
            "{share} answer {said} to each question.",
            answers.ticks,
            said=said,
            share=most.link(locale, interval=not answers.ticks),
        )
        return [Sentence(Markup(html), (most,))]
    html = locale.either(
        "Most often {most} ({share}), least often {least} ({least_share}).",
        "{share} answer {said} to {most}, against {least_share} to {least}.",
        answers.ticks,
        said=said,
        most=locale.quoted(answers.question_label(most.question)),
        least=locale.quoted(answers.question_label(least.question)),
        share=most.link(locale, interval=not answers.ticks),
        least_share=least.link(locale, interval=not answers.ticks),
    )
    return [Sentence(Markup(html), (most, least))]


def _by_groups(answers: Answers, question: str) -> Sentence | None:
    locale, labels, by = answers.locale, answers.labels, answers.table.groups[-1]
    codes = (TICKED,) if answers.ticks else high_codes(answers)
    if not codes:
        return None
    places = [(*place, codes) for place in answers.places(question) if place[0] in answers.spoken_groups()]
    found = measures(answers, places)
    if len(found) < 2:
        return Sentence(escape(locale.text("The groups cannot be compared: too few of them are shown.")))
    most, least = (pick(found, key=lambda m: m.share) for pick in (max, min))
    html = locale.text(
        from_least_to_most(labels, by, alike=most.share == least.share),
        answered=labels.predicate(question, codes),
        low=least.link(locale, interval=by != answers.study.unit and most.share != least.share),
        high=most.link(locale, interval=by != answers.study.unit),
        most=labels.among(by, most.key),
        least=labels.among(by, least.key),
        groups=within(labels.variable(by)),
    )
    return Sentence(Markup(html), (most, least))


def from_least_to_most(labels: Labels, by: str, *, alike: bool = False) -> str:
    """Return the message that says from what to what a share goes over groups; units are not to be ranked, and not named."""
    if alike:
        return msg("The share who {answered} is {low} in every group by {groups}.")
    if by == labels.study.unit:
        return msg("By {groups}, the share who {answered} goes from {low} to {high}.")
    return msg("The share who {answered} goes from {low} {least} to {high} {most}.")


def state(answers: Answers, question: str, codes: Sequence[str]) -> Measure | None:
    """Return the share of everyone that gave one of some answers; None where it is hidden."""
    return next(iter(_states(answers, question, [codes])), None)


def _states(answers: Answers, question: str, spoken: Sequence[Sequence[str]]) -> list[Measure]:
    """Return the shares of everyone that gave one of some answers, of several such, without those that are hidden."""
    return measures(answers, [(sum_key(codes), answers.quoted(codes), question, (), codes) for codes in spoken])


def _not_shown(locale: Locale) -> Sentence:
    return Sentence(escape(locale.text("The figures are not shown.")))
