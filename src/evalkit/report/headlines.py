"""The headline figures as cards: a share each, its interval, and the conclusion that the plan declares, if the result bears it."""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup

from ..i18n import Locale
from ..study import Headline
from .captions import IF_ALIKE
from .markup import cards_html
from .result import Line, Result
from .views import anchor


class HeadlineRow(NamedTuple):
    """A row of headline figures, with the key of its rows in tables, its headline, and what that says."""

    key: str
    headline: Headline
    said: str
    row: Line


def headline_rows(r: Result) -> list[HeadlineRow]:
    """Return the rows of headline figures; their keys number the headlines that were asked for."""
    asked = {(one.item, " + ".join(one.categories)): (at, one) for at, one in enumerate(r.asked["item"], start=1)}
    found = [(*asked[row.term, row.category], row) for row in r.rows]
    return [HeadlineRow(f"headline-{at}", one, one.label[r.locale.language], row) for at, one, row in found]


def headlines_html(r: Result, page: str = "") -> Markup:
    """Return headline figures as a list of cards; those that are hidden are left out.

    Parameters
    ----------
    r
        `proportions(release, survey.headlines)`.
    page
        The page on which their table stands; this one when empty.
    """
    entries = [_card(one, r.locale, page) for one in headline_rows(r) if one.row.known()]
    if not entries:
        return Markup("")
    compared = r.text(
        "Differences between groups and their tests have no finite population correction: as if those who answered were drawn from "
        "far more people in the same situation."
    )
    corrected = r.study.design is not None and r.study.design.fpc is not None
    notes = [r.text(IF_ALIKE), *([] if page or corrected else [compared])]
    return cards_html(entries, notes)


def _card(one: HeadlineRow, locale: Locale, page: str) -> tuple[str, str, str, list[str]]:
    """Return the share, the address of its row, what is said of it, and its interval and conclusion."""
    share, low, high = one.row.ends
    span, n = locale.percent_interval(low, high), locale.number(one.row.n)
    lines = [locale.text("95% interval {span}, n = {n}", span=span, n=n), conclude(one.headline, low, high, locale)]
    return locale.percent(share), f"{page}#{anchor('table', 'headlines', one.key)}", one.said, [*filter(None, lines)]


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
