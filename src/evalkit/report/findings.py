"""What a result shows, in a few words: the answers that count as high or low, and titles that say the result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..study import TICKED
from .captions import titled
from .distributions import high_codes

if TYPE_CHECKING:
    from .distributions import Answers


def quoted_answers(answers: Answers, codes: Sequence[str]) -> str:
    """Return answers in quotation marks, joined by 'or'."""
    locale = answers.locale
    quoted = [locale.quoted(answers.answer_label(code)) for code in codes]
    if len(quoted) == 1:
        return quoted[0]
    return locale.text("{first} or {last}", first=", ".join(quoted[:-1]), last=quoted[-1])


def predicate(answers: Answers, question: str, codes: Sequence[str]) -> str:
    """Return what is said of those who gave some answers: as a headline puts it, else that they answer so."""
    locale = answers.locale
    for headline in answers.study.plan.headlines:
        if headline.item == question and set(headline.categories) == set(codes):
            return headline.label[locale.language]
    if answers.ticks:
        return locale.text("have ticked it")
    return locale.text("answer {said}", said=quoted_answers(answers, codes))


def share_title(answers: Answers) -> str:
    """Return a title that says which part gave the high answers: in all, or from the least to the most of the groups shown."""
    locale, label = answers.locale, answers.label
    codes = (TICKED,) if answers.ticks and answers.table.stack else high_codes(answers)
    found = sorted(share for share in _shares(answers, codes) if share is not None)
    if not codes or not found:
        return titled(label, answers.table.groups, answers.study, locale)
    if answers.ticks and not answers.table.groups:
        most = max(answers.questions, key=lambda question: answers.share(question, (), TICKED) or 0)
        return locale.text(
            "{label}: most for {most}, {share}",
            label=label,
            most=locale.quoted(answers.question_label(most)),
            share=locale.percent(found[-1]),
        )
    first, last = (locale.percent(share) for share in (found[0], found[-1]))
    share = first if first == last else locale.percent_interval(found[0], found[-1])
    said = predicate(answers, answers.questions[0] if len(answers.questions) == 1 else "", codes)
    own = said in {headline.label[locale.language] for headline in answers.study.plan.headlines}
    text = f"{share} {said}" if own else f"{label}: {share} {said}"
    return titled(text, answers.table.groups, answers.study, locale)


def _shares(answers: Answers, codes: tuple[str, ...]) -> list[float | None]:
    groups = [answers.last_group(code) for code in answers.spoken_groups()] if answers.table.groups else [()]
    return [answers.together(question, group, codes) for question in answers.questions for group in groups]
