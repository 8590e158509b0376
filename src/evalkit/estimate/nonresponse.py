"""How far a figure hangs on those who did not answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from ..data import SUBMITTED_ON, Responses
from ..errors import EstimationError
from ..study import Headline, Table
from .asked import Asked, asked_for, below, given, is_release, listed, ordered_columns, study_of, where_it_can_be_had
from .counts import answer_positions, count_cells, grid
from .design import Coded, Floats, read_sample
from .intervals import proportions_from_counts
from .released import Counts, released_counts
from .shares import NOBODY, proportions

ARRIVAL = "arrival"
"""The dimension of early and late answers."""


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
    UsageError
        When it is not known how many were asked.
    EstimationError
        When more answered than were asked.

    Notes
    -----
    See `worst_case` and `turning_point`. Those without a category are taken to be like those with one.
    """
    study = study_of(data)
    population = population if population is not None or study is None else study.base
    if population is None:
        where = study.name if study else "population"
        raise EstimationError("the number asked is not known", where=where, hint="set `invited` in study.yml")
    total = data.response().count() if is_release(data) else read_sample(data).total
    rows = []
    for one in listed(item):
        shares = proportions(data, one, categories=categories, frame=population, level=level, detail=True)
        above, below_ = (one.above, one.below) if isinstance(one, Headline) else (None, None)
        rate = np.nan if total is None else total / population
        rows += [_bounds(row, rate, above, below_) for row in shares.to_dict("records")]
    table = pd.DataFrame(rows, columns=list(BOUNDS))
    asked = {"item": item, "categories": categories}
    return given(ordered_columns(table), "nonresponse_bounds", data, True, **asked)


BOUNDS = (
    *("term", "category", "estimate", "conf_low", "conf_high", "n", "response_rate", "worst_low", "worst_high"),
    *("threshold", "holds", "turning_share", "turning_odds_ratio", "holds_whatever"),
)
"""The columns of `nonresponse_bounds`."""


def _bounds(row: Mapping[Any, Any], rate: float, above: float | None, below: float | None) -> dict[str, Any]:
    """Return a share with its bounds, and what it takes to turn the conclusion."""
    own = {name: row.get(name) for name in BOUNDS if name in row}
    share = float(row["estimate"])
    if np.isnan(share * rate):
        return {**own, "response_rate": rate}
    bounds = worst_case(share, rate).iloc[0]
    own |= {"response_rate": rate, "worst_low": bounds["low"], "worst_high": bounds["high"]}
    return {**own, **_conclusion(share, rate, above, below)}


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
    UsageError
        When the answers have no dates, or there is no reminder; when none of the items is published.
    EstimationError
        When nobody was early, or nobody late.

    Notes
    -----
    The continuum of resistance: those who answer late are taken to be more like those who never did. Difference:
    Newcombe (1998), method 10.
    """
    wanted = asked_for(read_sample(data), item, categories)

    def compared(asked: Asked) -> pd.DataFrame:
        counts = _by_arrival(data, asked.term, cut)
        codes = next(iter(asked.parts.values())) if asked.parts else ()
        Coded(NOBODY, counts.answers).refuse_unknown(codes, asked.term)
        base = counts.base if asked.base == "all" else counts.known().of(counts.known().answers)
        return early_late_table(counts.of(codes), base, asked, level)

    def nothing(asked: Asked) -> pd.DataFrame:
        return early_late_table(np.full(2, np.nan), np.full(2, np.nan), asked, level)

    table = ordered_columns(below(where_it_can_be_had(wanted, compared, nothing)))
    return given(table, "early_and_late", data, True, item=item, categories=categories)


def _by_arrival(data: Any, variable: str, cut: date | None) -> Counts:
    """Return the answers of the early and the late."""
    if is_release(data):
        if f"{data.study.codebook.variable(variable).item_id}_by_{ARRIVAL}" not in data.tables:
            raise EstimationError("early and late answers are not published", where=variable)
        return released_counts(data, variable, (ARRIVAL,))
    table = arrival_table(data, variable, cut)
    codes = data.study.codebook.variable(variable).shown_codes
    n = table.frame["count"].to_numpy(dtype=float).reshape(2, len(codes))
    groups = (("early",), ("late",))
    return Counts(data.study, variable, (ARRIVAL,), groups, codes, n, n.sum(axis=1), float(n.sum()))


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
        raise EstimationError(
            "the answers have no dates, or there is no reminder", where=responses.study.name, hint="give `cut`"
        )
    variable = responses.study.codebook.variable(item)
    late = pd.to_datetime(responses.data[SUBMITTED_ON]) >= pd.Timestamp(cut)
    places = [np.asarray(late, dtype=np.intp), answer_positions(responses.data, variable)]
    counts = count_cells(places, (2, len(variable.shown_codes)), responses.data["count"].to_numpy())
    dims = (ARRIVAL, item)
    return Table(f"{item}_by_{ARRIVAL}", dims, grid(dims, (("early", "late"), variable.shown_codes), counts))


def early_late_table(counts: Floats, bases: Floats, asked: Asked, level: float) -> pd.DataFrame:
    """Return the shares of the early and the late, and their difference."""
    if (bases == 0).any():
        raise EstimationError(
            "nobody was early, or nobody late", where=asked.term, got=f"{bases[0]:.0f} and {bases[1]:.0f}"
        )
    shares = proportions_from_counts(counts, bases, level=level)
    table = shares[["estimate", "std_error", "conf_low", "conf_high", "n"]]
    both = below([table, _difference(table)])
    category = next(iter(asked.parts)) if asked.parts else None
    return both.assign(term=asked.term, group=["early", "late", "late - early"], category=category)


def _difference(shares: pd.DataFrame) -> pd.DataFrame:
    """Return the second share less the first, with Newcombe's interval from their own."""
    p, low, high = (shares[name].to_numpy() for name in ("estimate", "conf_low", "conf_high"))
    difference = p[1] - p[0]
    row = {
        "estimate": difference,
        "std_error": float(np.hypot(*shares["std_error"])),
        "conf_low": difference - np.hypot(p[1] - low[1], high[0] - p[0]),
        "conf_high": difference + np.hypot(high[1] - p[1], p[0] - low[0]),
        "n": shares["n"].sum(skipna=False),
    }
    return pd.DataFrame([row])
