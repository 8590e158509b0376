"""Who is not in a model for want of an answer: how many, to what, and whether they are like those who are in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..data import COUNT
from ..errors import EstimationError, UsageError
from .group_tests import association_test

ANY = "any"
"""Everybody, and an answer to any of the variables."""
LEFT = "left"


def incomplete_counts(rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return how many there are, and how many of them lack an answer.

    Parameters
    ----------
    rows
        Answers or patterns of them, with `count`; an answer that is none is missing.
    names
        The outcome, then what else an answer is needed to.

    Returns
    -------
    pandas.DataFrame
        `term, group, category, n, left`: of everybody (`term` 'any'), to any and to each of the variables (`category`); in each
        group of all but the outcome, to any of them and to the outcome.
    """
    absent = rows[list(names)].isna().assign(**{ANY: rows[list(names)].isna().any(axis=1)})
    lacking = absent.mul(rows[COUNT], axis=0).assign(n=rows[COUNT])
    everybody = lacking.sum()
    found: list[tuple[Any, ...]] = [(ANY, None, name, everybody["n"], everybody[name]) for name in (ANY, *names)]
    for name in names[1:]:
        if not pd.api.types.is_numeric_dtype(rows[name]):
            groups = lacking.groupby(rows[name], observed=True).sum()
            found += [(name, str(at), to, own["n"], own[to]) for to in (ANY, names[0]) for at, own in groups.iterrows()]
    return pd.DataFrame(found, columns=["term", "group", "category", "n", LEFT])


def incomplete_answers(model: Any) -> pd.DataFrame:
    """Return who is not in a model because an answer to its outcome or a predictor is missing, or is no opinion.

    Parameters
    ----------
    model
        A model fitted on answers or a release of a study.

    Returns
    -------
    pandas.DataFrame
        `term, group, category, estimate, p_value, n`: the share of everybody (`term` 'any') that lacks an answer to any of the
        variables or to one (`category`); then that of each group of each predictor, with the test of all its groups together
        (`association_test`). Of a release, what its tables tell: where they do not tell who in a group lacks an answer to any,
        it is who lacks one to the outcome; where they do not tell that, figures are missing. Of a weighted study shares are by
        weight, and n is the sum of weights, or what the answers are worth.

    Raises
    ------
    UsageError
        When the model is of a data frame, of which it keeps the complete answers alone.

    Examples
    --------
    >>> incomplete_answers(fit_clm("belonging ~ role + unit", release))
    """
    source = model.source
    if source is None:
        raise UsageError(
            "only a model of a study's answers or release knows who is not in it",
            hint="fit_clm(formula, responses) or (formula, release)",
        )
    design: dict[str, Any] = {use: column for use, column in source.design.items() if use != "lonely"}
    names = [model.formula.outcome, *model.formula.variables, *model.provenance.left_out]
    frame = source.model_frame(names[0], names[1:], extra=tuple(design.values()))
    if design or "incomplete" not in frame.attrs:
        weights = frame[design["weights"]] if "weights" in design else 1
        counts = incomplete_counts(frame.assign(**{COUNT: frame[COUNT] * weights}), names)
    else:
        counts = pd.DataFrame(frame.attrs["incomplete"]).astype({"n": float, LEFT: float})
    tables = [counts[counts["term"] == ANY].assign(p_value=np.nan)]
    for term, own in counts[counts["term"] != ANY].groupby("term", sort=False):
        told = own[own["category"] == (names[0] if own.loc[own["category"] == ANY, LEFT].isna().any() else ANY)]
        tables.append(told.assign(p_value=_drawn_p(frame, str(term), design) if design else _p(told)))
    found = pd.concat(tables, ignore_index=True)
    found["estimate"] = found[LEFT] / found["n"]
    chosen = found[["term", "group", "category", "estimate", "p_value", "n"]]
    table: pd.DataFrame = source.estimates(chosen, "incomplete_answers", model=model)
    return table


def _p(own: pd.DataFrame) -> float:
    """Return p of whether groups, of which it is known, lack answers alike."""
    known = own.dropna(subset=["n", LEFT])
    left: Any = np.column_stack([known[LEFT], known["n"] - known[LEFT]]).round().astype(int)
    group = pd.Categorical(known["group"].repeat(2), categories=list(known["group"]))
    rows = pd.DataFrame({LEFT: ["yes", "no"] * len(known), "group": group, COUNT: left.ravel()})
    return _tested(rows, "group", {})


def _drawn_p(frame: pd.DataFrame, term: str, design: dict[str, Any]) -> float:
    """Return p of the same of people who were drawn by a design."""
    asked = [name for name in frame if name not in (COUNT, *design.values())]
    left = np.where(frame[asked].isna().any(axis=1), "yes", "no")
    return _tested(frame.assign(**{LEFT: left}), term, design)


def _tested(rows: pd.DataFrame, by: str, design: dict[str, Any]) -> float:
    try:
        return float(association_test(rows, LEFT, by, **design)["p_value"].iloc[0])
    except EstimationError:  # nobody lacks an answer, or there is one group
        return float("nan")
