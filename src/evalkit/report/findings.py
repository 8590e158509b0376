"""What a result shows, in a few words: titles that say it."""

from __future__ import annotations

from ..study import TICKED
from .captions import titled
from .distributions import Answers, high_codes


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
            "{label}: most often {most}, {share}",
            label=label,
            most=locale.quoted(answers.question_label(most)),
            share=locale.percent(found[-1]),
        )
    first, last = (locale.percent(share) for share in (found[0], found[-1]))
    share = first if first == last else locale.percent_interval(found[0], found[-1])
    headline = answers.labels.headline(answers.questions[0], codes) if len(answers.questions) == 1 else None
    if headline is not None:
        text = f"{share} {headline.label[locale.language]}"
    elif answers.ticks:
        text = locale.text("{label}: {share} chose it", label=label, share=share)
    else:
        text = f"{label}: {share} {locale.text('answer {said}', said=answers.quoted(codes))}"
    return titled(text, answers.table.groups, answers.study, locale)


def _shares(answers: Answers, codes: tuple[str, ...]) -> list[float | None]:
    groups = [answers.last_group(code) for code in answers.spoken_groups()] if answers.table.groups else [()]
    return [answers.together(question, group, codes) for question in answers.questions for group in groups]
