"""How far a figure hangs on those who did not answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from ..data import SUBMITTED_ON, Responses
from ..errors import EstimationError
from ..study import Headline
from ..study.plan import Fieldwork
from .asked import below, given, listed, ordered_columns, study_of
from .cells import is_release
from .design import Floats, read_sample
from .shares import proportions

ARRIVAL = "arrival"
"""The dimension of early and late answers."""


def nonresponse_bounds(
    data: Any, item: Any, *, categories: Any = None, population: int | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Show how figures stand up to those who did not answer: bounds, and what it takes to turn a conclusion.

    Parameters
    ----------
    data
        Responses, a Release or a data frame.
    item
        Headlines, whose conclusion (`above` or `below`) is held up, if one is declared; or other items with `categories`.
    categories
        As in `proportions`.
    population
        How many were asked; the study's base by default.
    level
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        `term` (the variable), `category` (the answers), `estimate, conf_low, conf_high, n, response_rate, worst_low, worst_high`
        (the share of all, if nobody or everybody who did not answer would have given the answer), then `threshold, holds`
        (of those who answered), `turning_share` (the share of those who did not answer at which the conclusion turns),
        `turning_odds_ratio` (its odds over those of who answered), and `holds_whatever` (whatever the others would have
        said; then the turning figures are missing, as where the conclusion does not hold in the first place).

    Raises
    ------
    EstimationError
        When it is not known how many were asked, or more answered than were asked.

    Notes
    -----
    Bounds: Manski (1989), r p to r p + 1 - r. Turning: q = (t - r p) / (1 - r), odds ratio (q / (1 - q)) / (p / (1 - p)); with
    69 % of the 42 % who answered, half of all is reached if 36 % of the rest say the same, an odds ratio of .26.
    Those without a category are taken to be like those with one.

    Examples
    --------
    >>> nonresponse_bounds(release, survey.headlines)
    """
    study = study_of(data)
    population = population if population is not None or study is None else study.base
    if population is None:
        where = study.name if study else "population"
        raise EstimationError("the number asked is not known", where=where, hint="set `invited` in study.yml")
    total = data.response().count() if is_release(data) else read_sample(data).total
    rate = np.nan if total is None else total / population
    tables = []
    for one in listed(item):
        shares = pd.DataFrame(proportions(data, one, categories=categories, frame=population, level=level))
        bounds = {"response_rate": rate, "worst_low": shares["estimate"] * rate}
        shares = shares.drop(columns="std_error").assign(**bounds, worst_high=bounds["worst_low"] + 1 - rate)
        tables.append(shares.assign(**_conclusion(shares["estimate"].to_numpy(dtype=float), rate, one)))
    asked = {"item": item, "categories": categories}
    return given(ordered_columns(below(tables)), "nonresponse_bounds", data, True, **asked)


def _conclusion(share: Floats, rate: float, headline: Any) -> dict[str, Any]:
    """Return the conclusion declared of a share, whether it holds, and what it takes to turn it."""
    above, below_ = (headline.above, headline.below) if isinstance(headline, Headline) else (None, None)
    threshold = above if above is not None else below_
    if threshold is None:
        return {"threshold": np.nan, "holds": None} | dict.fromkeys(_TURNING, np.nan) | {"holds_whatever": None}
    holds = share > threshold if above is not None else share < threshold
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = (threshold - rate * share) / (1 - rate)
        odds = rest / (1 - rest) / (share / (1 - share))
    reached = holds & (rest >= 0) & (rest <= 1)
    turning = zip(_TURNING, (np.where(reached, part, np.nan) for part in (rest, odds)), strict=True)
    known, whatever = (np.where(np.isnan(share * rate), np.array(None), said) for said in (holds, holds & ~reached))
    return {"threshold": threshold, "holds": known, **dict(turning), "holds_whatever": whatever}


_TURNING = ("turning_share", "turning_odds_ratio")


def early_and_late(
    data: Any, item: Any, categories: Any = None, cut: date | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Compare those who answered before the first reminder with those who answered after it.

    Parameters
    ----------
    data
        Coded answers with the days they were given, or a release that has the item by arrival.
    item
        Headlines, or other items with `categories`.
    categories
        The answers whose share is compared; as in `proportions`.
    cut
        The first day that counts as late; by default that of the first reminder.
    level
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        `term, group, category, estimate, std_error, conf_low, conf_high, n`: the share of the 'early' and the 'late' (Wilson's
        intervals), and 'late - early' (Newcombe's interval, from the two). No FPC: they stand for ways of answering,
        not for all. Missing figures of what is not published or hidden.

    Raises
    ------
    EstimationError
        When the answers have no dates, there is no reminder, none of the items is published, or nobody was early or late.

    Notes
    -----
    The continuum of resistance: those who answer late are taken to be more like those who never did. Difference:
    Newcombe (1998), method 10.

    Examples
    --------
    >>> early_and_late(release, survey.headlines)
    """
    options = {"categories": categories, "frame": np.nan, "level": level}
    if is_release(data) and not any(name.endswith(f"_by_{ARRIVAL}") for name in data.tables):
        raise EstimationError("early and late answers are not published", where=data.study.name)
    split = data if is_release(data) else _by_arrival(data, cut)
    shares = pd.DataFrame(proportions(split, item, (ARRIVAL,), **options))
    if shares.empty or (shares.groupby("group")["n"].sum() == 0).any() or shares["group"].nunique() < 2:
        raise EstimationError("nobody was early, or nobody late", where=str(getattr(item, "item", item)))
    keys = ["term", "category"]
    table = below(below([part, _difference(part)]) for _, part in shares.groupby(keys, sort=False))
    return given(ordered_columns(table), "early_and_late", data, True, item=item, categories=categories)


def _by_arrival(data: Any, cut: date | None) -> Any:
    """Return answers with a column that says whether they came early or late."""
    study = study_of(data)
    late = _late(read_sample(data).data, study.fieldwork if study else None, cut, study.name if study else ARRIVAL)
    arrival = pd.Categorical.from_codes(late.to_numpy(dtype=int), categories=pd.Index(["early", "late"]))
    rows = read_sample(data).data.assign(**{ARRIVAL: arrival})
    return replace(data, data=rows) if isinstance(data, Responses) else rows


def _late(rows: pd.DataFrame, field: Fieldwork | None, cut: date | None, where: str) -> pd.Series:
    """Return whether each answer came on or after the cut."""
    cut = cut or (min(field.reminders) if field and field.reminders else None)
    if SUBMITTED_ON not in rows or cut is None:
        raise EstimationError("the answers have no dates, or there is no reminder", where=where, hint="give `cut`")
    return pd.to_datetime(rows[SUBMITTED_ON]) >= pd.Timestamp(cut)


def _difference(shares: pd.DataFrame) -> pd.DataFrame:
    """Return the second share less the first, with Newcombe's interval from their own."""
    p, low, high = (shares[name].to_numpy() for name in ("estimate", "conf_low", "conf_high"))
    difference = p[1] - p[0]
    down, up = np.hypot(p[1] - low[1], high[0] - p[0]), np.hypot(high[1] - p[1], p[0] - low[0])
    row = {**{name: shares[name].iloc[0] for name in ("term", "category")}, "group": "late - early"}
    row |= {"estimate": difference, "std_error": float(np.hypot(*shares["std_error"]))}
    row |= {"conf_low": difference - down, "conf_high": difference + up, "n": shares["n"].sum(skipna=False)}
    return pd.DataFrame([row])
