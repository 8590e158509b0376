"""Who answered: response rates in all, by group and by day, and whether shares of the answers match the frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency

from ..data import RESPONSE_KIND, SUBMITTED_ON, Responses
from ..errors import EstimationError
from ..study import Groups, Study
from .asked import By, below, given, groupings, labelled, ordered_columns, study_of
from .cells import group_name, is_release, population_of, released_response
from .counts import count_cells
from .design import Floats, names_of, read_sample
from .intervals import sampling_fraction

DAY = "day"
"""Given as `by`: as the days of the fieldwork went."""

UNKNOWN_DAY = "unknown"
"""The day of answers without a time, in a release."""

RESPONDED = "responded"
"""The item that stands for having answered at all, in `compare_groups`."""


def _rates(base: int, answered: int, partial: int) -> pd.DataFrame:
    """Return AAPOR's response rates of a list of whom everyone is eligible: term, estimate, n (the denominator), count."""
    counts = {f"RR{number}": answered - partial if number % 2 else answered for number in range(1, 7)}
    rows = [(term, count / base if base else np.nan, base, count) for term, count in counts.items()]
    return pd.DataFrame(rows, columns=["term", "estimate", "n", "count"])


def response_rates(data: Any, by: By = None, *, frame: Any = None, detail: bool = False) -> pd.DataFrame:
    """Return response rates by AAPOR's definitions, over each base of the study, by group, or as the days went.

    Parameters
    ----------
    data
        Coded answers, a release, or a data frame of those who answered. Rows set aside as break-offs or with nothing
        answered are in no numerator; the study's exclusions are ineligible, and are not counted in the base.
    by
        Groups of the frame, crossed; those of a study's `groups` each in turn; or 'day'.
    frame
        How many there are: by group, or a number in all; the study's frame and bases by default.
    detail
        Whether to return more than the rates.

    Returns
    -------
    pandas.DataFrame
        `term, group, estimate, n` (the denominator), in detail also `count` (the numerator). Without groups RR1-RR6 over
        the study's `base` and over `invited`, where they differ; `group` names the base ('frame' where one is given).
        RR1, RR3, RR5 count complete answers; RR2, RR4, RR6 partial ones too, and a release has these alone. Everyone's
        eligibility is known, as in a census of a list, so that RR1 = RR3 = RR5 and RR2 = RR4 = RR6. By group RR2, in detail also
        `population, share_of_answers, share_of_frame, gap` (of those in a group of the frame); missing where a release hides a
        count. By day RR2 of all who had answered by its end, `day`, `count` (in all) and `reminder` (whether one was sent
        then); `group` names the day, or the days that a release counts together.

    Raises
    ------
    UsageError
        When no base, frame or date is known.
    EstimationError
        When more answered than there are.

    Notes
    -----
    AAPOR Standard Definitions, 10th ed. (2023). A rate over everyone who was asked has no sampling error, and no
    interval here.

    Examples
    --------
    >>> response_rates(release)
    >>> response_rates(release, by="unit")
    """
    asked = {"by": by, "frame": frame}
    if by == DAY:
        return given(_by_day(data, frame), "response_rates", data, True, **asked)
    if names_of(by) or isinstance(by, Groups):
        tables = [labelled(_by_group(*responded(data, names, frame)), names, by) for names in groupings(by)]
        return given(ordered_columns(below(tables)), "response_rates", data, detail, **asked)
    table = ordered_columns(pd.concat(_over_each_base(data, frame), ignore_index=True))
    if is_release(data):
        table = table[table["term"].isin(("RR2", "RR4", "RR6"))].reset_index(drop=True)
    return given(table, "response_rates", data, detail, **asked)


def _over_each_base(data: Any, frame: Any) -> Iterator[pd.DataFrame]:
    """Go through the rates over each base that is known."""
    size = None if frame is None else int(population_of(frame, (), ((),))[0])
    study, answered, partial, aside = study_of(data), 0, 0, 0
    if isinstance(data, Responses):
        answered, kinds = data.total, data.crossing(RESPONSE_KIND).data
        if RESPONSE_KIND in kinds:
            partial = int(kinds.loc[kinds[RESPONSE_KIND] == "partial", "count"].sum())
        aside = sum(data.log.set_aside.get(reason, 0) for reason in ("break_off", "nothing_answered"))
    else:
        answered = data.response().count() if is_release(data) else int(read_sample(data).total)
    own = {} if study is None else {"base": study.plan.base, "invited": study.plan.invited}
    known = {name: base for name, base in ({"frame": size} if frame is not None else own).items() if base is not None}
    if not known:
        where, hint = (study.name, "set `invited` in study.yml") if study else ("frame", "give how many were asked")
        raise EstimationError("the number asked is not known", where=where, hint=hint)
    for name, base in known.items():
        if answered + aside > base:
            what, hint = "more answered, or broke off, than were asked", "correct the number in study.yml, or `frame`"
            raise EstimationError(what, where=name, got=answered + aside, expected=f"at most {base}", hint=hint)
        yield _rates(base, answered, partial).assign(group=name)


def responded(data: Any, by: By, frame: Any = None) -> tuple[Floats, Floats, tuple[tuple[Any, ...], ...]]:
    """Return how many answered and how many there are in each group, and the groups; hidden counts are missing.

    Raises
    ------
    UsageError
        When the frame does not have the groups.
    """
    names, sample, study = names_of(by), read_sample(data), study_of(data)
    frame = study.frame if frame is None and study is not None else frame
    if frame is None:
        raise EstimationError("there is no frame", where=", ".join(names), hint="give one, or set `frame` in study.yml")
    columns = list(read_sample(frame).data.columns)
    absent = [name for name in names if name not in columns]
    if absent:
        raise EstimationError("the frame has no such group", got=absent[0], expected=", ".join(columns))
    if is_release(data):
        levels, counts = released_response(data, names)
    else:
        groups = sample.crossed(names)
        inside, levels = groups.positions >= 0, groups.levels
        counts = count_cells([groups.positions[inside]], (len(levels),), sample.counts[inside])
    population = population_of(frame, names, levels)
    sampling_fraction(counts, population)
    return counts, population, levels


def _by_group(counts: Floats, population: Floats, groups: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    """Return rates by group, in detail."""
    with np.errstate(invalid="ignore", divide="ignore"):
        answers, frame = counts / counts.sum(), population / np.nansum(population)
        rate = np.where(population > 0, counts / population, np.nan)
    names = [group_name(group) for group in groups]
    table = pd.DataFrame({"term": "RR2", "group": names, "estimate": rate, "n": population, "count": counts})
    return table.assign(share_of_answers=answers, share_of_frame=frame, gap=answers - frame)


def balance(data: Any, by: str | Sequence[str], frame: Any = None) -> pd.DataFrame:
    """Measure and test whether the groups' shares of the answers match their shares of the frame; see `compare_groups`."""
    counts, population, levels = responded(data, by, frame)
    names = np.array([group_name(level) for level in levels], dtype=object)
    if np.isnan(population).all():
        raise EstimationError("a group has no size in the frame", where=names[0])
    kept = population > 0
    count, size, names = counts[kept], population[kept], names[kept]
    total = count.sum()
    if total == 0 or total >= size.sum():
        raise EstimationError("nobody or everybody answered", got=f"{total:.0f} of {size.sum():.0f}")
    shares = {"share_of_answers": count / total, "share_of_frame": size / size.sum()}
    gap = shares["share_of_answers"] - shares["share_of_frame"]
    gaps = pd.DataFrame({"group": names, "category": "gap", "estimate": gap, "n": count, "population": size, **shares})
    test: dict[str, Any] = {"category": "chi_square", "n": total}
    if not np.isnan(total):
        found = chi2_contingency(np.stack([count, size - count]), correction=False)
        test |= {"statistic": found.statistic, "df": found.dof, "p_value": found.pvalue}
    index = {"category": "dissimilarity", "estimate": np.abs(gap).sum() / 2, "n": total}
    return below([gaps, pd.DataFrame([index, test])]).assign(term=RESPONDED)


def _by_day(data: Any, frame: Any) -> pd.DataFrame:
    """Return the share that had answered by the end of each day; after the first day that is hidden it is missing."""
    study = study_of(data)
    size = frame if frame is not None or study is None else study.base
    if size is None:
        raise EstimationError("the number asked is not known", where="frame", hint="give how many were asked")
    if is_release(data) and f"response_by_{SUBMITTED_ON}" not in data.tables:
        raise _undated(study, "export.submitted")
    days = _released_days(data) if is_release(data) else _days(data, study)
    field = study.fieldwork if study is not None else None
    reminders = [pd.Timestamp(day) for day in field.reminders] if field else []
    first = pd.to_datetime(days["group"].str.partition("/")[0])
    reminded = [any(start <= day <= end for day in reminders) for start, end in zip(first, days["day"], strict=True)]
    count = days["count"].cumsum(skipna=False)
    days = days.assign(term="RR2", estimate=count / float(size), n=int(size), count=count, reminder=reminded)
    return ordered_columns(days.drop_duplicates("day", keep="last", ignore_index=True))


def _days(data: Any, study: Study | None) -> pd.DataFrame:
    """Return how many answered on each day of the fieldwork: `group, day, count`."""
    sample = read_sample(data)
    if SUBMITTED_ON not in sample.data:
        raise _undated(study, "export.submitted")
    dates = pd.to_datetime(sample.data[SUBMITTED_ON])
    end = _last_day(study, dates)
    start = study.fieldwork.start if study is not None and study.fieldwork else dates.min()
    counts = pd.Series(sample.counts).groupby(dates.fillna(end).to_numpy()).sum()
    counts = counts.reindex(pd.date_range(start, end, name="day"), fill_value=0)
    return counts.rename("count").reset_index().assign(group=lambda table: table["day"].dt.strftime("%Y-%m-%d"))


def _released_days(release: Any) -> pd.DataFrame:
    """Return the same from a release, where days of few answers are counted together; `day` is the last of them."""
    groups, counts = released_response(release, (SUBMITTED_ON,))
    table = pd.DataFrame({"group": [group_name(level) for level in groups], "count": counts})
    ends = table["group"].str.rpartition("/")[2]
    last = _last_day(release.study, pd.to_datetime(ends.where(ends != UNKNOWN_DAY)))
    table["group"] = table["group"].str.replace(UNKNOWN_DAY, last.strftime("%Y-%m-%d"))
    table = table.sort_values("group", ignore_index=True)
    return table.assign(day=pd.to_datetime(table["group"].str.rpartition("/")[2]))


def _last_day(study: Study | None, dates: pd.Series) -> pd.Timestamp:
    """Return the day by which everyone had answered: the fieldwork's last, on which answers without a time count, or theirs."""
    last = pd.Timestamp(study.fieldwork.end) if study is not None and study.fieldwork else dates.max()
    if pd.isna(last):
        raise _undated(study, "fieldwork")
    return last


def _undated(study: Study | None, key: str) -> EstimationError:
    where = study.name if study else SUBMITTED_ON
    return EstimationError("the answers have no dates", where=where, hint=f"set `{key}` in study.yml")
