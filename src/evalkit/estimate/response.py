"""Who answered: response rates, how well respondents match the frame, and when the answers came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..data import RESPONSE_KIND, SUBMITTED_ON, Responses
from ..errors import EstimationError, UsageError
from ..study import Study, Table
from .counts import grid
from .design import Coded, Floats, read_sample
from .intervals import sampling_fraction
from .shares import By, group_name, names_of, ordered_columns, population_of, tidy

RESPONSE, RESPONDED, NOT_RESPONDED = "response", "responded", "not_responded"
"""The answer dimension of a response table, and its levels."""


@dataclass(frozen=True)
class Dispositions:
    """What became of everyone who was asked, in AAPOR's terms.

    Parameters
    ----------
    complete, partial
        Interviews (I, P).
    break_off
        Those who began and are no interview (R).
    no_answer
        Eligible, and never began (R, NC, O).
    ineligible
        Those who should not have been asked; in no rate.
    unknown
        Those whose eligibility is not known (UH, UO).
    """

    complete: int
    partial: int = 0
    break_off: int = 0
    no_answer: int = 0
    ineligible: int = 0
    unknown: int = 0

    def __post_init__(self) -> None:
        below = [name for name, value in vars(self).items() if value < 0]
        if below:
            raise EstimationError(
                "a disposition is below 0",
                where=below[0],
                got=vars(self)[below[0]],
                hint="more answered than the base has; correct `base` or `invited`",
            )

    @property
    def frame(self) -> pd.DataFrame:
        """The dispositions as a table: disposition, count."""
        return pd.DataFrame(list(vars(self).items()), columns=["disposition", "count"])

    def rates(self, eligible: float = 1.0) -> pd.DataFrame:
        """Return AAPOR's response rates: term, estimate, n (the denominator), count.

        Parameters
        ----------
        eligible
            The part of those of unknown eligibility that is taken to be eligible (AAPOR's e), in RR3 and RR4.
        """
        if not 0 <= eligible <= 1:
            raise UsageError("the part that is eligible is between 0 and 1", got=eligible)
        known = self.complete + self.partial + self.break_off + self.no_answer
        bases = {"RR1": 1.0, "RR2": 1.0, "RR3": eligible, "RR4": eligible, "RR5": 0.0, "RR6": 0.0}
        rows = []
        for number, (term, part) in enumerate(bases.items()):
            count, n = self.complete + (self.partial if number % 2 else 0), known + part * self.unknown
            rows.append((term, count / n if n else np.nan, n, count))
        return pd.DataFrame(rows, columns=["term", "estimate", "n", "count"])


def dispositions(responses: Responses, base: int | None = None) -> Dispositions:
    """Return what became of everyone in the base, from the cleaning log.

    Parameters
    ----------
    responses
        Coded answers with their log. Without `response_kind`, all kept answers are complete. Rows set aside as
        break-offs or with nothing answered are break-offs; the study's exclusions are ineligible, and are not counted
        in the base.
    base
        How many were eligible; by default the study's `base`, else `invited`.

    Raises
    ------
    UsageError
        When no base is known.
    EstimationError
        When more answered than the base has.
    """
    base = responses.study.base if base is None else base
    if base is None:
        raise UsageError("the number asked is not known", where=responses.study.name, hint="set `invited` in study.yml")
    aside = responses.log.set_aside
    partial = 0
    if RESPONSE_KIND in responses.data:
        partial = int(responses.data.loc[responses.data[RESPONSE_KIND] == "partial", "count"].sum())
    break_off = aside.get("break_off", 0) + aside.get("nothing_answered", 0)
    reasons = dict.fromkeys(exclusion.reason for exclusion in responses.study.export.exclude)
    return Dispositions(
        complete=responses.total - partial,
        partial=partial,
        break_off=break_off,
        no_answer=base - responses.total - break_off,
        ineligible=sum(aside.get(reason, 0) for reason in reasons),
    )


def response_rates(
    data: Any, by: By = None, *, frame: Any = None, eligible: float = 1.0, detail: bool = False
) -> pd.DataFrame:
    """Return response rates by AAPOR's definitions, over each base of the study, or by group.

    Parameters
    ----------
    data
        Coded answers, a data frame of those who answered, or dispositions from elsewhere.
    by
        Groups of the frame, crossed.
    frame
        How many there are: by group, or a number in all; the study's frame and bases by default.
    eligible
        AAPOR's e, the part of those of unknown eligibility taken to be eligible.
    detail
        Whether to return more than the rates.

    Returns
    -------
    pandas.DataFrame
        `term, group, estimate, n` (the denominator), in detail also `count` (the numerator). Without groups RR1-RR6 over
        the study's `base` and over `invited`, where they differ; `group` names the base ('frame' where one is given).
        RR1, RR3, RR5 count complete answers; RR2, RR4, RR6 partial ones too. With everyone's eligibility known, as in a
        census of a list, RR1 = RR3 = RR5 and RR2 = RR4 = RR6. By group RR2, in detail also `share_of_answers,
        share_of_frame, gap` (of those in a group of the frame).

    Raises
    ------
    UsageError
        When no base or frame is known.
    EstimationError
        When more answered than there are.

    Notes
    -----
    AAPOR Standard Definitions, 10th ed. (2023). A rate over everyone who was asked has no sampling error, and no
    interval here.
    """
    names = names_of(by)
    if names:
        if isinstance(data, Dispositions):
            raise UsageError("dispositions have no groups", got=", ".join(names), hint="give answers")
        counts, population, groups = responded(data, names, frame)
        return tidy(response_rates_from_counts(counts, population, [group_name(level) for level in groups]), detail)
    found = [outcome.rates(eligible).assign(group=base) for base, outcome in _over_each_base(data, frame)]
    return tidy(ordered_columns(pd.concat(found, ignore_index=True)), detail)


def _over_each_base(data: Any, frame: Any) -> list[tuple[str, Dispositions]]:
    """Return what became of everyone, by each base that is known."""
    if isinstance(data, Dispositions):
        return [("given", data)]
    size = None if frame is None else int(population_of(frame, (), read_sample(data).crossed(()))[0])
    if isinstance(data, Responses):
        bases = _bases(data.study) if size is None else [("frame", size)]
        return [(name, dispositions(data, base)) for name, base in bases]
    answered = int(read_sample(data).total)
    if size is None:
        raise UsageError("the number asked is not known", where="frame", hint="give how many were asked")
    return [("frame", Dispositions(complete=answered, no_answer=size - answered))]


def _bases(study: Study) -> list[tuple[str, int | None]]:
    sizes = {"base": study.plan.base, "invited": study.plan.invited}
    known: list[tuple[str, int | None]] = [(name, size) for name, size in sizes.items() if size is not None]
    return known or [("base", None)]


def responded(data: Any, by: By, frame: Any = None) -> tuple[Floats, Floats, tuple[tuple[Any, ...], ...]]:
    """Return how many answered and how many there are in each group, and the groups.

    Raises
    ------
    UsageError
        When the frame does not have the groups.
    """
    names, sample = names_of(by), read_sample(data)
    if frame is None:
        frame = data.study.frame if isinstance(data, Responses) else None
    if frame is None:
        raise UsageError("there is no frame", where=", ".join(names), hint="give one, or set `frame` in study.yml")
    columns = list(read_sample(frame).data.columns)
    absent = [name for name in names if name not in columns]
    if absent:
        raise UsageError("the frame has no such group", got=absent[0], expected=", ".join(columns))
    groups: Coded = sample.crossed(names)
    inside = groups.positions >= 0
    counts = np.bincount(groups.positions[inside], sample.counts[inside], minlength=len(groups.levels))
    population = population_of(frame, names, groups)
    sampling_fraction(counts, population)
    return np.asarray(counts, dtype=float), population, groups.levels


def response_rates_from_counts(counts: Any, population: Any, groups: Sequence[Any]) -> pd.DataFrame:
    """Return rates by group from counts alone; columns as `response_rates` gives by group in detail.

    Parameters
    ----------
    counts, population
        How many answered, and how many there are, in each group.
    groups
        What the groups are called.
    """
    count, size = np.asarray(counts, dtype=float), np.asarray(population, dtype=float)
    sampling_fraction(count, size)
    with np.errstate(invalid="ignore", divide="ignore"):
        answers, frame = count / np.nansum(count), size / np.nansum(size)
        return pd.DataFrame(
            {
                "term": "RR2",
                "group": list(groups),
                "estimate": np.where(size > 0, count / size, np.nan),
                "n": size,
                "count": count.astype("int64"),
                "share_of_answers": answers,
                "share_of_frame": frame,
                "gap": answers - frame,
            }
        )


def response_table(responses: Responses, by: By, frame: Any = None) -> Table:
    """Count who answered and who did not in each group: a table to be protected like any other.

    Parameters
    ----------
    responses, by, frame
        As in `response_rates`.

    Returns
    -------
    Table
        Dimensions `(*by, 'response')`, levels 'responded' and 'not_responded'.
    """
    names = names_of(by)
    counts, population, _ = responded(responses, names, frame)
    if np.isnan(population).any():
        raise UsageError("a group has no size in the frame", where=", ".join(names), expected="a line for every group")
    levels = [read_sample(responses).coded(name).levels for name in names]
    cells = np.stack([counts, population - counts], axis=-1)
    shape = (*(len(level) for level in levels), 2)
    dims = (*names, RESPONSE)
    table = grid(dims, (*levels, (RESPONDED, NOT_RESPONDED)), cells.reshape(shape))
    return Table(f"{RESPONSE}_by_{'_'.join(names)}", dims, table, RESPONSE)


def response_balance(responses: Responses, by: By, frame: Any = None) -> pd.DataFrame:
    """Measure and test whether shares of the answers match shares of the frame; see `balance_from_counts`."""
    counts, population, levels = responded(responses, by, frame)
    return balance_from_counts(counts, population, [group_name(level) for level in levels])


def balance_from_counts(counts: Any, population: Any, groups: Sequence[Any]) -> pd.DataFrame:
    """Measure and test whether the groups' shares of the answers match their shares of the frame.

    Parameters
    ----------
    counts, population
        How many answered, and how many there are, in each group. Groups of nobody are left out.
    groups
        What the groups are called.

    Returns
    -------
    pandas.DataFrame
        `term, group, estimate, statistic, df, p_value, n`. 'largest_gap': share of the answers less share of the frame,
        where it is largest; 'dissimilarity': half the sum of the gaps' sizes, the part of the answers that would have
        to come from other groups; 'chi_square': Pearson's test of answered or not by group.

    Raises
    ------
    EstimationError
        When a group has no size, or nobody or everybody answered.
    """
    from scipy.stats import chi2_contingency

    count, size, names = np.asarray(counts, float), np.asarray(population, float), np.asarray(groups, dtype=object)
    sampling_fraction(count, size)
    if np.isnan(size).any():
        raise EstimationError("a group has no size in the frame", where=names[np.isnan(size)][0])
    count, size, names = count[size > 0], size[size > 0], names[size > 0]
    if not 0 < count.sum() < size.sum():
        raise EstimationError("nobody or everybody answered", got=f"{count.sum():.0f} of {size.sum():.0f}")
    gap = count / count.sum() - size / size.sum()
    largest = int(np.abs(gap).argmax())
    test = chi2_contingency(np.stack([count, size - count]), correction=False)
    rows = [
        ("largest_gap", names[largest], gap[largest], np.nan, np.nan, np.nan),
        ("dissimilarity", None, np.abs(gap).sum() / 2, np.nan, np.nan, np.nan),
        ("chi_square", None, np.nan, test.statistic, test.dof, test.pvalue),
    ]
    columns = ["term", "group", "estimate", "statistic", "df", "p_value"]
    return pd.DataFrame(rows, columns=columns).assign(n=int(count.sum()))


def r_indicator(data: Any, variables: str | Sequence[str], frame: Any = None, level: float = 0.95) -> pd.DataFrame:
    """Estimate how evenly a group of variables' levels answered: R = 1 - 2 S(response propensity).

    Parameters
    ----------
    data
        Coded answers, or a data frame of those who answered.
    variables
        Columns of the frame; the propensities are of a logistic model with their main effects.
    frame
        How many there are in each crossing; the study's frame by default.
    level
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        `term, group` (the variables), `estimate, std_error, conf_low, conf_high, n`. Terms: 'R' (bias-adjusted),
        'R_unadjusted', 'CV' (the adjusted S over the mean propensity). 1 is even. It sees only differences between the
        levels of the variables named, and no response that depends on the answer itself.

    Raises
    ------
    UsageError
        When the frame does not have the variables.
    EstimationError
        When all or none of a level answered, so that its propensity has no finite log odds.

    Notes
    -----
    See `r_indicator_from_counts`.
    """
    names = names_of(variables)
    counts, population, levels = responded(data, names, frame)
    cells = pd.DataFrame(list(levels), columns=list(names)).assign(count=counts, population=population)
    return r_indicator_from_counts(cells, names, level)


def r_indicator_from_counts(cells: pd.DataFrame, variables: str | Sequence[str], level: float = 0.95) -> pd.DataFrame:
    """Estimate the R-indicator from counts alone; figures and errors as in `r_indicator`.

    Parameters
    ----------
    cells
        The variables, `count` (how many answered) and `population`, a row a crossing.
    variables
        The variables of the model.
    level
        Confidence level.

    Notes
    -----
    Shlomo, Skinner & Schouten (2012), for a census of the frame: S^2 is lessened by the mean of z' V z, z = p(1 - p) x
    and V the model's covariance; the standard error is their linearisation. R: the RISQ tools' `getRIndicator`.
    """
    from scipy.special import ndtri

    names = names_of(variables)
    cells = cells[cells["population"] > 0]
    counts, population = cells["count"].to_numpy(dtype=float), cells["population"].to_numpy(dtype=float)
    sampling_fraction(counts, population)
    p, x, v = _propensities(counts, population, _main_effects(cells[list(names)]), names)
    total = population.sum()
    share = population / total
    mean, z = float(share @ p), (p * (1 - p))[:, None] * x
    spread = float(share @ (p - mean) ** 2)
    bias = float(share @ np.einsum("ij,jk,ik->i", z, v, z))
    unadjusted, adjusted = spread * total / (total - 1), max(spread * total / (total - 1) - bias, 0.0)
    error = _r_standard_error(p - mean, z, v, share, spread)
    rows = [
        ("R", 1 - 2 * np.sqrt(adjusted), error),
        ("R_unadjusted", 1 - 2 * np.sqrt(unadjusted), error),
        ("CV", np.sqrt(adjusted) / mean, error / (2 * mean)),
    ]
    table = pd.DataFrame(rows, columns=["term", "estimate", "std_error"])
    half = float(ndtri(0.5 + level / 2)) * table["std_error"]
    low, high = table["estimate"] - half, table["estimate"] + half
    return ordered_columns(table.assign(conf_low=low, conf_high=high, n=int(total), group=", ".join(names)))


def _r_standard_error(deviation: Floats, z: Floats, v: Floats, share: Floats, spread: float) -> float:
    """Return sqrt(Var(S^2) / S^2): normal coefficients, to second order."""
    if spread == 0:
        return float("nan")
    centred = z - share @ z
    a = centred.T @ (share * deviation)
    b = (centred * share[:, None]).T @ centred @ v
    return float(np.sqrt((4 * a @ v @ a + 2 * np.trace(b @ b)) / spread))


def _main_effects(cells: pd.DataFrame) -> pd.DataFrame:
    """Return a constant and treatment contrasts of each variable, a row a cell of the frame."""
    dummies = pd.get_dummies(cells.astype(str), drop_first=True, dtype=float)
    dummies.insert(0, "(constant)", 1.0)
    return dummies


def _propensities(
    counts: Floats, population: Floats, design: pd.DataFrame, names: tuple[str, ...]
) -> tuple[Floats, Floats, Floats]:
    """Fit a logistic model of answering; return propensities, model matrix and covariance."""
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    x = design.to_numpy()
    for column, name in zip(x.T, design.columns, strict=True):
        inside = column > 0
        if not 0 < counts[inside].sum() < population[inside].sum():
            raise EstimationError(
                "nobody or everybody of a level answered, so that its propensity has no finite log odds",
                where=f"{', '.join(names)}: {name}",
                hint="merge the level, or leave the variable out",
            )
    answered = np.repeat([1.0, 0.0], len(x))
    people = np.concatenate([counts, population - counts])
    fit = GLM(answered, np.tile(x, (2, 1)), family=Binomial(), freq_weights=people).fit(tol=1e-12, maxiter=100)
    if not fit.converged:
        raise EstimationError("the model of response did not converge", where=", ".join(names))
    return np.asarray(fit.fittedvalues)[: len(x)], x, np.asarray(fit.cov_params())


def arrivals(responses: Responses) -> pd.DataFrame:
    """Count the answers by day, from the first day of fieldwork to the last.

    Returns
    -------
    pandas.DataFrame
        `date` (datetime64), `count`, `cumulative`, and `reminder` (whether one was sent that day).

    Raises
    ------
    UsageError
        When the answers have no dates.
    """
    if SUBMITTED_ON not in responses.data:
        raise UsageError(
            "the answers have no dates", where=responses.study.name, hint="set `export.submitted` in study.yml"
        )
    days = pd.to_datetime(responses.data[SUBMITTED_ON])
    field = responses.study.fieldwork
    start, end = (field.start, field.end) if field else (days.min(), days.max())
    count = responses.data["count"].groupby(days).sum().reindex(pd.date_range(start, end, name="date"), fill_value=0)
    reminders = [pd.Timestamp(day) for day in field.reminders] if field else []
    table = count.rename("count").reset_index()
    return table.assign(cumulative=table["count"].cumsum(), reminder=table["date"].isin(reminders))
