"""What a result shows, in a few words: the answers that count as high or low, and titles that say the result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

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


def share_title(answers: Answers) -> str:
    """Return a title that says which part gave the high answers: in all, or from the least to the most of the groups shown."""
    locale = answers.locale
    title = titled(answers.label, answers.table.groups, answers.study, locale)
    if not answers.study.codebook.variable(answers.questions[0]).scale.ordered:
        return title
    codes = high_codes(answers)
    said = quoted_answers(answers, codes)
    found = sorted(share for share in _shares(answers, codes) if share is not None)
    if not found:
        return title
    if len(found) == 1 or locale.percent(found[0]) == locale.percent(found[-1]):
        return locale.text("{title}: {share} answer {said}", title=title, share=locale.percent(found[0]), said=said)
    span = locale.percent_interval(found[0], found[-1])
    return locale.text("{title}: {span} answer {said}", title=title, span=span, said=said)


def _shares(answers: Answers, codes: tuple[str, ...]) -> list[float | None]:
    groups = [(code,) for code in answers.groups(answers.table.groups[-1])] if answers.table.groups else [()]
    return [answers.together(question, group, codes) for question in answers.questions for group in groups]
