"""What the parts of a survey's pages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..shown import Shown
from ..views import Column, anchor

if TYPE_CHECKING:
    from markupsafe import Markup

    from ...i18n import Locale


def linked(text: str, table: str, row: str) -> Markup:
    """Return a number as a link to the row it was looked up in."""
    from markupsafe import Markup

    return Markup('<a href="#{}">{}</a>').format(anchor("table", table, row), text)


def said(name: str, sentences: Iterable[Markup | str]) -> Shown:
    """Return sentences as a reading: a paragraph, or a list where they are more than two; nothing where there are none."""
    from markupsafe import Markup

    found = list(sentences)
    if len(found) > 2:
        text = Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(one) for one in found))
    else:
        text = Markup("<p>{}</p>").format(Markup(" ").join(found))
    return Shown(f"reading: {name}", str(Markup('<div class="reading">{}</div>').format(text)) if found else "")


def folded(summary: str, shown: Sequence[Shown]) -> Shown:
    """Return what is shown behind a line that opens it."""
    from markupsafe import Markup

    inside = Markup("").join(Markup(one.html) for one in shown)
    html = Markup('<details class="more"><summary>{}</summary>{}</details>').format(summary, inside)
    return Shown(f"folded: {summary}", str(html))


def bounds(locale: Locale, prefix: str = "conf", decimals: int = 0) -> tuple[Column, Column]:
    """Return the columns of a 95 per cent interval of shares."""
    return (
        Column(f"{prefix}_low", locale.text("95% interval, from"), "percent", decimals),
        Column(f"{prefix}_high", locale.text("95% interval, to"), "percent", decimals),
    )


def points(locale: Locale, share: float, decimals: int = 1) -> str:
    """Return a difference of shares in percentage points, with its sign."""
    sign = "+" if round(100 * share, decimals) > 0 else ""
    return sign + locale.number(100 * share, decimals)
