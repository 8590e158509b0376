"""The headline figures: a share each, its interval, and the conclusion that the plan declares, if the result bears it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .sentences import Claim, Stated, state

if TYPE_CHECKING:
    from markupsafe import Markup

    from ..i18n import Locale
    from ..study import Headline, Study
    from .distributions import Answers


def headlines_html(
    answers: Callable[[str], Answers], study: Study, locale: Locale, page: str = ""
) -> tuple[Markup, list[Claim]]:
    """Return the headline figures as a list, and the claims they make.

    Parameters
    ----------
    answers
        Gives the answers in all to a variable's item.
    study, locale
        Whose plan names the headlines, and in what language they are said.
    page
        The page on which the tables stand; this one when empty.
    """
    from markupsafe import Markup

    entries, claims = [], []
    for headline in study.plan.headlines:
        stated = state(answers(headline.item), headline.item, headline.categories)
        if stated is None:
            continue
        entry = _entry(headline, stated, locale, page)
        entries.append(entry)
        claims.append(stated.claim(f"{locale.percent(stated.measure.share)} {headline.label[locale.language]}"))
    if not entries:
        return Markup(""), []
    note = locale.text(
        "Per cent of everyone who answered the survey (n). The intervals hold if those who did not answer are like those who did."
    )
    return Markup('<ul class="headlines">{}</ul><p class="note">{}</p>').format(Markup("").join(entries), note), claims


def _entry(headline: Headline, stated: Stated, locale: Locale, page: str) -> Markup:
    from markupsafe import Markup

    found, language = stated.measure, locale.language
    interval = locale.text(
        "95% interval {span}, n = {n}", span=locale.percent_interval(found.low, found.high), n=locale.number(found.base)
    )
    conclusion = conclude(headline, found.low, found.high, locale)
    return Markup(
        '<li><a class="figure" href="{}{}">{}</a> <span class="what">{}</span> <span class="interval">{}</span>{}</li>'
    ).format(
        page,
        stated.claim("").href,
        locale.percent(found.share),
        headline.label[language],
        interval,
        Markup(' <span class="interval">{}</span>').format(conclusion) if conclusion else "",
    )


def conclude(headline: Headline, low: float, high: float, locale: Locale) -> str:
    """Return the declared conclusion where the whole interval bears it, that it is not borne out where it is not."""
    if headline.above is not None:
        share = locale.percent(headline.above)
        if low > headline.above:
            return locale.text("More than {share}, also at the low end of the interval.", share=share)
        return locale.text("That it is more than {share} is not borne out.", share=share)
    if headline.below is not None:
        share = locale.percent(headline.below)
        if high < headline.below:
            return locale.text("Less than {share}, also at the high end of the interval.", share=share)
        return locale.text("That it is less than {share} is not borne out.", share=share)
    return ""
