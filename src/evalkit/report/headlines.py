"""The headline figures as cards: a share each, its interval, and the conclusion that the plan declares, if the result bears it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from ..i18n import Locale
from ..study import Headline
from .result import Result
from .views import anchor


def headline_rows(r: Result) -> list[tuple[int, Headline, dict[str, Any]]]:
    """Return the rows of headline figures, each with its headline and the headline's number among those asked for."""
    asked = {(one.item, " + ".join(one.categories)): (at, one) for at, one in enumerate(r.asked["item"], start=1)}
    return [(*asked[str(row["term"]), str(row["category"])], row) for row in r.rows]


def headlines_html(r: Result, page: str = "") -> Markup:
    """Return headline figures as a list of cards; those that are hidden are left out.

    Parameters
    ----------
    r
        `proportions(release, survey.headlines)`.
    page
        The page on which their table stands; this one when empty.
    """
    known = [found for found in headline_rows(r) if found[2]["estimate"] == found[2]["estimate"]]
    entries = [_card(number, headline, row, r.locale, page) for number, headline, row in known]
    if not entries:
        return Markup("")
    note = r.locale.text(
        "Per cent of everyone who answered the survey (n). The intervals hold if those who did not answer are like those who did."
    )
    compared = r.locale.text(
        "Differences between groups and their tests have no finite population correction: as if those who answered were drawn from "
        "far more people in the same situation."
    )
    corrected = r.study.design is not None and r.study.design.fpc is not None
    notes = note if page or corrected else f"{note} {compared}"
    return Markup('<ul class="headlines">{}</ul><p class="note">{}</p>').format(Markup("").join(entries), notes)


def _card(number: int, headline: Headline, row: Mapping[str, Any], locale: Locale, page: str) -> Markup:
    low, high = float(row["conf_low"]), float(row["conf_high"])
    interval = locale.text(
        "95% interval {span}, n = {n}", span=locale.percent_interval(low, high), n=locale.number(row["n"])
    )
    said = conclude(headline, low, high, locale)
    return Markup(
        '<li><a class="figure" href="{}#{}">{}</a> <span class="what">{}</span><br><span class="interval">{}</span>{}</li>'
    ).format(
        page,
        anchor("table", "headlines", f"headline-{number}"),
        locale.percent(row["estimate"]),
        headline.label[locale.language],
        interval,
        Markup('<br><span class="interval">{}</span>').format(said) if said else "",
    )


def conclude(headline: Headline, low: float, high: float, locale: Locale) -> str:
    """Return the declared conclusion where the whole interval bears it, that it is not borne out where it is not."""
    if headline.above is not None:
        share = locale.percent(headline.above)
        if low > headline.above:
            return locale.text("More than {share}, even by the lowest estimate.", share=share)
        return locale.text("That it is more than {share} is not borne out.", share=share)
    if headline.below is not None:
        share = locale.percent(headline.below)
        if high < headline.below:
            return locale.text("Less than {share}, even by the highest estimate.", share=share)
        return locale.text("That it is less than {share} is not borne out.", share=share)
    return ""
