"""How far a figure hangs on those who did not answer, and on how a disputed scale is read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from ..data import SUBMITTED_ON, Responses
from ..errors import EstimationError, UsageError
from ..study import Headline, Scale, Table
from .counts import answer_positions, count_cells, grid
from .intervals import proportions_from_counts
from .shares import By, ordered_columns, proportions

ARRIVAL = "arrival"
"""The dimension of early and late answers."""
AS_PRINTED = "as_printed"
"""The reading of a scale in which every category stands for itself."""


def worst_case(share: float, response_rate: float) -> pd.DataFrame:
    """Return what the share could be in all, if nobody or everybody who did not answer would have given the answer.

    Parameters
    ----------
    share
        The share among those who answered.
    response_rate
        The part of all who answered.

    Returns
    -------
    pandas.DataFrame
        One row: `term` ('worst_case'), `estimate` (the share among those who answered), `low, high`.

    Notes
    -----
    Manski (1989): r p to r p + 1 - r.
    """
    _check(share=share, response_rate=response_rate)
    known = share * response_rate
    return pd.DataFrame(
        [("worst_case", share, known, known + 1 - response_rate)], columns=["term", "estimate", "low", "high"]
    )


def turning_point(share: float, response_rate: float, threshold: float) -> pd.DataFrame:
    """Return how different those who did not answer would have to be for the share in all to be at a threshold.

    Parameters
    ----------
    share
        The share among those who answered.
    response_rate
        The part of all who answered.
    threshold
        The share at which the conclusion turns.

    Returns
    -------
    pandas.DataFrame
        One row: `term` ('turning_point'), `estimate` (the share among those who did not answer at which it turns),
        `odds_ratio` (its odds over the odds among those who answered), `holds_whatever`: whether no answers of theirs
        could turn it (then the others are missing).

    Raises
    ------
    EstimationError
        When a share, a rate or the threshold is not between 0 and 1, or everyone answered.

    Notes
    -----
    q = (t - r p) / (1 - r); odds ratio (q / (1 - q)) / (p / (1 - p)). With 69 % of the 42 % who answered, half of all
    is reached if 36 % of the rest say the same, an odds ratio of .26.
    """
    _check(share=share, response_rate=response_rate, threshold=threshold)
    if response_rate == 1:
        raise EstimationError("everyone answered, so that nobody is left who could turn the figure", got="a rate of 1")
    rest = (threshold - response_rate * share) / (1 - response_rate)
    reachable = 0 <= rest <= 1
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.float64(rest) / (1 - rest) / (np.float64(share) / (1 - share))
    row = ("turning_point", rest if reachable else np.nan, float(odds) if reachable else np.nan, not reachable)
    return pd.DataFrame([row], columns=["term", "estimate", "odds_ratio", "holds_whatever"])


def _check(**shares: float) -> None:
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise EstimationError("a share is between 0 and 1", where=name, got=value)


def nonresponse_sensitivity(responses: Responses, headline: Headline, population: int | None = None) -> pd.DataFrame:
    """Show how a headline figure stands up to those who did not answer.

    Parameters
    ----------
    responses
        Coded answers.
    headline
        The figure, and the conclusion declared from it (`above` or `below`), if any.
    population
        How many were asked; the study's base by default.

    Returns
    -------
    pandas.DataFrame
        One row, see `sensitivity_from_counts`.

    Raises
    ------
    UsageError
        When it is not known how many were asked.
    """
    population = responses.study.base if population is None else population
    if population is None:
        raise UsageError("the number asked is not known", where=responses.study.name, hint="set `invited` in study.yml")
    share = proportions(responses, headline.item, categories=headline.categories, detail=True).iloc[0]
    return sensitivity_from_counts(
        int(share["count"]), int(share["n"]), responses.total, population, headline.item, headline.above, headline.below
    )


def sensitivity_from_counts(
    count: int,
    base: int,
    respondents: int,
    population: int,
    item: str,
    above: float | None = None,
    below: float | None = None,
) -> pd.DataFrame:
    """Show how a share stands up to those who did not answer, from counts alone.

    Parameters
    ----------
    count, base
        How many gave the answer, and how many the share is of.
    respondents, population
        How many answered the survey, and how many were asked. Those without a category are taken to be like those with
        one.
    item
        The item's name.
    above, below
        The conclusion declared: that the share is above, or below, this. Without one nothing can turn.

    Returns
    -------
    pandas.DataFrame
        One row: `term` (the item), `estimate, conf_low, conf_high` (with FPC), `n, response_rate, worst_low,
        worst_high`, then `threshold, holds` (of those who answered), `turning_share, turning_odds_ratio`, and
        `holds_whatever` (whatever the others would have said); see `worst_case` and `turning_point`. The turning
        figures are missing where the conclusion does not hold in the first place.

    Raises
    ------
    EstimationError
        When nobody answered the item, or more answered than were asked.
    """
    if base <= 0:
        raise EstimationError("nobody answered the item", where=item, got=f"{base} answers")
    figures = proportions_from_counts(count, base, population, respondents=respondents, sample=respondents).iloc[0]
    share, rate = float(figures["estimate"]), respondents / population
    bounds = worst_case(share, rate).iloc[0]
    row: dict[str, Any] = {"term": item, **figures[["estimate", "conf_low", "conf_high", "n"]], "response_rate": rate}
    row |= {"worst_low": bounds["low"], "worst_high": bounds["high"]}
    return pd.DataFrame([{**row, **_conclusion(share, rate, above, below)}]).astype({"n": "int64"})


def _conclusion(share: float, rate: float, above: float | None, below: float | None) -> dict[str, Any]:
    threshold = above if above is not None else below
    if threshold is None:
        return dict.fromkeys(("threshold", "turning_share", "turning_odds_ratio"), np.nan) | {
            "holds": None,
            "holds_whatever": None,
        }
    holds = share > threshold if above is not None else share < threshold
    turn = turning_point(share, rate, threshold).iloc[0] if holds and rate < 1 else None
    return {
        "threshold": threshold,
        "holds": holds,
        "turning_share": np.nan if turn is None else turn["estimate"],
        "turning_odds_ratio": np.nan if turn is None else turn["odds_ratio"],
        "holds_whatever": holds and (turn is None or bool(turn["holds_whatever"])),
    }


def early_and_late(
    responses: Responses, item: str, categories: Sequence[str], cut: date | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Compare those who answered before the first reminder with those who answered after it.

    Parameters
    ----------
    responses
        Coded answers with the days they were given.
    item
        A variable.
    categories
        The answers whose share is compared.
    cut
        The first day that counts as late; by default that of the first reminder.
    level
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        `term, group, estimate, std_error, conf_low, conf_high, n`: the share of the 'early' and the 'late' (Wilson's
        intervals), and 'late - early' (Newcombe's interval, from the two). No FPC: they stand for ways of answering,
        not for all.

    Raises
    ------
    UsageError
        When the answers have no dates, or there is no reminder.
    EstimationError
        When nobody was early, or nobody late.

    Notes
    -----
    The continuum of resistance: those who answer late are taken to be more like those who never did. Difference:
    Newcombe (1998), method 10.
    """
    table = arrival_table(responses, item, cut)
    scale = responses.study.codebook.variable(item).scale
    unknown = [code for code in categories if code not in scale.codes]
    if unknown:
        raise UsageError("there is no such answer", where=item, got=unknown[0], expected=", ".join(scale.codes))
    wide = table.frame.pivot_table(index=ARRIVAL, columns=item, values="count", observed=False).loc[["early", "late"]]
    return early_and_late_from_counts(
        wide[list(categories)].sum(axis=1), wide[list(scale.codes)].sum(axis=1), item, level
    )


def arrival_table(responses: Responses, item: str, cut: date | None = None) -> Table:
    """Count the answers of those who answered before and from a day on: a table to be protected like any other.

    Parameters
    ----------
    responses, item, cut
        As in `early_and_late`.

    Returns
    -------
    Table
        Dimensions `('arrival', item)`, levels 'early' and 'late'.
    """
    field = responses.study.fieldwork
    reminder = min(field.reminders) if field and field.reminders else None
    cut = cut or reminder
    if SUBMITTED_ON not in responses.data or cut is None:
        raise UsageError(
            "the answers have no dates, or there is no reminder", where=responses.study.name, hint="give `cut`"
        )
    variable = responses.study.codebook.variable(item)
    late = pd.to_datetime(responses.data[SUBMITTED_ON]) >= pd.Timestamp(cut)
    places = [np.asarray(late, dtype=np.intp), answer_positions(responses.data, variable)]
    counts = count_cells(places, (2, len(variable.shown_codes)), responses.data["count"].to_numpy())
    dims = (ARRIVAL, item)
    return Table(f"{item}_by_{ARRIVAL}", dims, grid(dims, (("early", "late"), variable.shown_codes), counts))


def early_and_late_from_counts(counts: Any, bases: Any, item: str, level: float = 0.95) -> pd.DataFrame:
    """Compare early and late from counts alone; columns as in `early_and_late`.

    Parameters
    ----------
    counts, bases
        How many of the early and of the late gave the answer, and of how many.
    item
        The item's name.
    level
        Confidence level.
    """
    n = np.asarray(bases, dtype=float)
    if not n.all():
        raise EstimationError("nobody was early, or nobody late", where=item, got=f"{n[0]:.0f} and {n[1]:.0f}")
    shares = proportions_from_counts(np.asarray(counts, dtype=float), n, level=level)
    table = shares[["estimate", "std_error", "conf_low", "conf_high", "n"]]
    both = pd.concat([table, _difference(table)], ignore_index=True)
    return ordered_columns(both.assign(term=item, group=["early", "late", "late - early"]))


def _difference(shares: pd.DataFrame) -> pd.DataFrame:
    """Return the second share less the first, with Newcombe's interval from their own."""
    p, low, high = (shares[name].to_numpy() for name in ("estimate", "conf_low", "conf_high"))
    difference = p[1] - p[0]
    row = {
        "estimate": difference,
        "std_error": float(np.hypot(*shares["std_error"])),
        "conf_low": difference - np.hypot(p[1] - low[1], high[0] - p[0]),
        "conf_high": difference + np.hypot(high[1] - p[1], p[0] - low[0]),
        "n": shares["n"].sum(),
    }
    return pd.DataFrame([row])


def readings(responses: Responses, item: str, by: By = None, **options: Any) -> pd.DataFrame:
    """Estimate the shares of an item under each reading of its scale, side by side.

    Parameters
    ----------
    responses
        Coded answers.
    item
        A variable whose scale has readings in the codebook.
    by, options
        As in `proportions`.

    Returns
    -------
    pandas.DataFrame
        The columns of `proportions`, and `reading` before them: first 'as_printed', then each reading by its id; a
        merged category has the code that the reading gives it.

    Raises
    ------
    UsageError
        When the scale has no other readings.
    """
    scale = responses.study.codebook.variable(item).scale
    if not scale.readings:
        raise UsageError(
            "the scale has no other readings", where=item, hint="add `readings` to the scale in codebook.yml"
        )
    tables = [proportions(responses, item, by, **options).assign(reading=AS_PRINTED)]
    for reading in scale.readings:
        for code, members in reading_members(scale, reading).items():
            table = proportions(responses, item, by, categories=members, **options)
            tables.append(table.assign(reading=reading, category=code))
    table = pd.concat(tables, ignore_index=True)
    return table[["reading", *(name for name in table.columns if name != "reading")]]


def reading_members(scale: Scale, reading: str) -> dict[str, tuple[str, ...]]:
    """Return the categories of a reading of a scale, in print order, with the printed ones each is made of."""
    read = scale.read_as(reading)
    merge = scale.readings[reading].merge
    return {
        category.code: tuple(code for code in scale.print_codes if merge.get(code, code) == category.code)
        for category in read.categories
    }
