"""What a model that may be shown is fitted on: the completed counts of its variables, levels merged or dropped by what is shown.

Every step is a function of the protected tables, the frame and the study's files, all of which a reader has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from ..data import COUNT
from ..data.responses import categorical
from ..errors import DisclosureError, EstimationError, UsageError
from ..estimate.incomplete import incomplete_counts
from ..protect.safe import SafeTable
from ..study import Study
from .completion import Crossing, Floats, crossing_of
from .weighted import masses

MERGED = "merged"
"""The code of nominal levels that are merged because they are not modelled on their own."""
SMALL, UNANIMOUS, HIDDEN = "fewer than {base} respondents", "unanimous on the outcome", "hidden in the release"
"""Why a level is not modelled on its own: all of it follows from what is shown."""
COMPLETIONS = 20
"""From so many random starts the counts are completed to see what is shown of a model, and what is not."""
_DECIMALS = 9
"""Decimals of completed counts, as many as are sure."""
_LEAST, _SAME, _AGREED = 1e-9, 1e-6, 1e-3
_COUNTS = ["n", "left"]

Tables = Mapping[str, SafeTable]
Causes = dict[str, dict[str, str]]
Changes = dict[str, dict[str, str | None]]


def public_frame(study: Study, answers: pd.DataFrame, names: Sequence[str], drawn: Sequence[str] = ()) -> pd.DataFrame:
    """Return complete answers by pattern, of a study that declares its answers public.

    With the columns of a design, `drawn`, every respondent is returned: the incomplete ones were drawn too.
    """
    refuse_odd_ones(study, names)
    rows = answers[[*names, *drawn, COUNT]]
    frame = rows.copy() if drawn else _patterns(rows.dropna(), names)
    frame.attrs |= _attributes({}, {}, incomplete_counts(rows, names), exact=True)
    return frame


def completed_frame(study: Study, tables: Tables, outcome: str, predictors: Sequence[str]) -> pd.DataFrame:
    """Return the completed counts of an outcome and predictors; of a weighted study their weighted sums over the design effect.

    A level of a predictor is not modelled on its own when a count of it is hidden in the released table of the outcome by the
    predictor, when fewer than the base threshold gave the outcome an answer in it, or when all of them gave the same one
    (or all but one, where the rule lists the outcome). The plan says whether such levels are dropped or merged: nominal
    ones with each other, and a lone one with the smallest of the rest; ordinal ones with their smaller neighbour. This goes on
    until every level passes. A predictor of which fewer than two levels are left, or of which no table of the outcome is
    released, is left out.

    Parameters
    ----------
    study
        The study.
    tables
        What is released of the variables, by id.
    outcome, predictors
        Variables; the outcome's answers have an order.

    Returns
    -------
    pandas.DataFrame
        A column a variable that is left and `count`, a row a pattern; see `Release.model_frame` for its `attrs`.

    Raises
    ------
    EstimationError
        When no predictor has two levels that may be modelled, or too little of the model is shown.
    UsageError
        When the outcome has no order, or a variable stands twice.
    """
    refuse_odd_ones(study, [outcome, *predictors])
    weighted = masses(tables, [outcome, *predictors])
    tables = weighted or tables
    released = {name: tables[f"{outcome}_by_{name}"] for name in predictors if f"{outcome}_by_{name}" in tables}
    names = [outcome, *released]
    missing = {name: study.codebook.variable(name).missing_codes for name in names}
    crossing = crossing_of(tables.values(), names, missing, study.frame)
    crossing = crossing.reconciled() if weighted else crossing
    cells = _cells(study, crossing)
    whole = cells.assign(**{COUNT: crossing.completed()})
    answered = whole[whole[COUNT] > _LEAST].dropna()
    into, causes = _decided(answered, study, outcome, released)
    found = _patterns(_changed(answered, into, study), names)
    kept = [name for name in names if len(found[name].unique()) > 1]
    if outcome not in kept or len(kept) < 2:
        what, got = "no predictor has two levels that may be modelled", ", ".join(predictors) or "no predictor"
        hint = "name other predictors, or merge levels in the codebook"
        raise EstimationError(what, where=outcome, got=got, hint=hint)
    frame = _patterns(found, kept)
    frame[COUNT] = frame[COUNT].round(_DECIMALS)
    others = [cells.assign(**{COUNT: crossing.completed(np.random.default_rng(seed))}) for seed in range(COMPLETIONS)]
    drawn = _drawn(others, frame, lambda data: _patterns(_changed(data.dropna(), into, study), kept))
    exact = not weighted and bool(np.abs(drawn - frame[COUNT].to_numpy()).max() < _SAME)
    if exact:
        frame[COUNT] = frame[COUNT].round().astype("int64")
    out = {name: dict.fromkeys(study.codebook.variable(name).scale.codes, HIDDEN) for name in predictors}
    causes |= {name: levels | causes.get(name, {}) for name, levels in out.items() if name not in kept}
    effect = (next(iter(released.values())).effect or 1.0) if weighted else 1.0
    frame.attrs |= _attributes(into, causes, _told(whole, others, names, effect), exact=exact)
    crossed = [{*table.dims} for table in tables.values()]
    told = [pair for pair in study.interactions if {*pair} <= {*kept[1:]} and {outcome, *pair} in crossed]
    terms = [*kept[1:], *map(":".join, told)]
    if weighted:  # as many as the answers are worth of a simple random sample
        frame[COUNT], drawn = frame[COUNT] / effect, drawn / effect
    frame.attrs["spread"] = 0.0 if exact else spread_of(frame, drawn, terms)
    frame.attrs["uncrossed"] = tuple(_uncrossed(study, tables, kept[1:]))
    return frame


def _drawn(
    others: Sequence[pd.DataFrame], frame: pd.DataFrame, patterns: Callable[[pd.DataFrame], pd.DataFrame]
) -> Floats:
    """Return the counts of a frame's rows in other completions, a row a completion."""
    names = [name for name in frame if name != COUNT]
    found = [frame[names].merge(patterns(other), how="left", on=names)[COUNT].fillna(0) for other in others]
    return np.stack(found)


def _told(whole: pd.DataFrame, others: Sequence[pd.DataFrame], names: Sequence[str], effect: float) -> pd.DataFrame:
    """Return how many lack an answer, and in which groups, as far as what is shown tells: all completions then agree."""
    told = incomplete_counts(whole, names)
    counts = np.stack([incomplete_counts(other, names)[_COUNTS] for other in others])
    return told.assign(**(told[_COUNTS].round(_DECIMALS) / effect).where(np.ptp(counts, axis=0) < _AGREED))


def spread_of(frame: pd.DataFrame, drawn: Floats, terms: Sequence[str]) -> float:
    """Return how far apart a model's coefficients are over several completions, in standard errors: that of the farthest.

    A step of Newton's method from the model of the frame stands for the fit of each: scores are linear in the counts.

    Parameters
    ----------
    frame
        A completion: the outcome, the predictors, and `count`.
    drawn
        (completions, rows): the counts of its rows in others.
    terms
        Those of the model.

    Returns
    -------
    float
        The largest standard deviation over the completions, each as a part of the coefficient's standard error; not a number
        where the model has no finite fit.
    """
    from ..ordinal import fit_clm
    from ..ordinal.likelihood import Likelihood

    outcome = frame.columns[0]
    try:
        result = fit_clm(f"{outcome} ~ {' + '.join(terms)}", frame, weights=COUNT)
    except EstimationError:
        return float("nan")
    each = Likelihood(result.design(frame), result.likelihood.link, np.ones((len(frame), len(result.categories))))
    answers: Any = frame[outcome].cat.codes.to_numpy(dtype=np.int64)
    scores = each.scores(result.theta, np.arange(len(frame)), answers)
    moved = drawn @ scores @ result.covariance
    return float((moved.std(axis=0, ddof=1) / result.bse.to_numpy()).max())


def refuse_more_than_is_shown(kind: str, model: Any, tables: Tables) -> None:
    """Refuse what a model of completed counts cannot say: counts without higher interaction would answer for the people.

    Raises
    ------
    DisclosureError
        For tests of the scale, checks of pairs and of the fit, interactions that no published crossing tells of, effects on the scale, and errors that are robust or by clusters.
    """
    formula = model.formula
    used = masses(tables, [formula.outcome, *formula.variables]) or tables
    told = [{*table.dims} for table in used.values()]
    several = {term: {formula.outcome, *names} for term, names in formula.term_variables.items() if len(names) > 1}
    crossed = [term for term, names in several.items() if names not in told]
    robust = getattr(model, "cov_type", "model")
    reasons = {
        "a test of the scale": kind == "scale_test",
        "a check of every pair of predictors": kind == "interaction_check",
        "the shares of all predictors together": kind == "calibration",
        f"the interaction {', '.join(crossed)}": bool(crossed),
        "effects on the scale": formula.scale is not None,
        f"{robust} standard errors": robust != "model",
    }
    for reason, holds in reasons.items():
        if holds:
            hint = "publish the crossing of the outcome and the predictors, or fit the answers, for yourself alone"
            raise DisclosureError("this would say more than is published", where=formula.text, got=reason, hint=hint)


def refuse_odd_ones(study: Study, names: Sequence[str]) -> None:
    """Refuse an outcome without an order, and a variable that stands twice."""
    variables = [study.codebook.variable(name) for name in names]
    if len(set(names)) != len(names):
        raise UsageError("a variable stands twice", where=names[0], got=", ".join(names))
    if not variables[0].scale.ordered:
        raise UsageError("the outcome's answers have no order", where=names[0], expected="an ordinal scale")


def _attributes(into: Changes, causes: Causes, incomplete: pd.DataFrame, *, exact: bool) -> dict[str, Any]:
    merged = {name: {level: to for level, to in found.items() if to is not None} for name, found in into.items()}
    return {
        "withheld": {name: tuple(found) for name, found in causes.items()},
        "merged": {name: found for name, found in merged.items() if found},
        "causes": causes,
        "incomplete": incomplete.astype(object).where(incomplete.notna(), None).to_dict("list"),
        "completed": not exact,
        "spread": 0.0,
        "uncrossed": (),
    }


def _cells(study: Study, crossing: Crossing) -> pd.DataFrame:
    """Return the cells of a crossing as categoricals; what stands for no answer is missing."""
    cells = pd.DataFrame(crossing.cells, columns=list(crossing.levels), dtype=object)
    scales = {name: study.codebook.variable(name).scale for name in crossing.levels}
    codes = {name: categorical(cells[name], scale.codes, ordered=scale.ordered) for name, scale in scales.items()}
    return cells.assign(**codes)


def _uncrossed(study: Study, tables: Tables, predictors: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Return the pairs of predictors of which neither a table nor the frame tells who is in both."""
    known = set() if study.frame is None else set(study.frame.columns)
    crossed = [set(table.dims) for table in tables.values()] + [known]
    return ((one, other) for one, other in combinations(predictors, 2) if not any({one, other} <= c for c in crossed))


def _decided(answered: pd.DataFrame, study: Study, outcome: str, released: Tables) -> tuple[Changes, Causes]:
    """Return what each withheld level becomes (None: dropped), and why it is withheld, by predictor."""
    into: Changes = {}
    causes: Causes = {}
    data, merge = answered, study.plan.models.small_levels == "merge"
    while True:
        every = {name: _failing(data, study, outcome, name, own, into.get(name, {})) for name, own in released.items()}
        failing = {name: found for name, found in every.items() if found}
        if not failing:
            codes = {name: study.codebook.variable(name).scale.codes for name in causes}
            return into, {name: {c: own[c] for c in codes[name] if c in own} for name, own in causes.items()}
        for name, found in failing.items():
            sizes = data.groupby(name, observed=True)[COUNT].sum().round(6)
            changes = _changes(study, name, list(found), sizes) if merge else dict.fromkeys(found, None)
            earlier = into.setdefault(name, {})
            into[name] = {level: changes.get(str(to), to) for level, to in earlier.items()} | changes
            into[name].pop(MERGED, None)
            own = {level: found.get(level, SMALL.format(base=study.rule.base)) for level in changes if level != MERGED}
            causes[name] = own | causes.get(name, {})
            data = _changed(answered, into, study)


def _failing(
    data: pd.DataFrame, study: Study, outcome: str, name: str, table: SafeTable, into: Mapping[str, str | None]
) -> dict[str, str]:
    """Return the levels of a predictor that may not be modelled on the data as they are, each with its cause."""
    counts = data.pivot_table(index=name, columns=outcome, values=COUNT, aggfunc="sum", observed=True, fill_value=0)
    sizes, largest = counts.sum(axis=1), counts.max(axis=1)
    item = study.codebook.variable(outcome).item_id
    slack = 1 if {outcome, item} & set(study.rule.unanimity) else 0
    hidden = _hidden(table, name, outcome, study)
    levels = [*map(str, sizes.index)]
    members = {level: [code for code in hidden.index if into.get(code, code) == level] for level in levels}
    found = {str(level): SMALL.format(base=study.rule.base) for level in sizes.index[sizes < study.rule.base - _SAME]}
    found |= {str(level): UNANIMOUS for level in sizes.index[largest > sizes - slack - _SAME]}
    return found | {level: HIDDEN for level, codes in members.items() if not _follows(hidden, codes)}


def _hidden(table: SafeTable, name: str, outcome: str, study: Study) -> pd.DataFrame:
    """Return which counts of a table are hidden: a row a level and one for all together, a column an answer."""
    cells = table.cells.astype({name: object, outcome: object})
    cells = cells[cells[outcome].isin(study.codebook.variable(outcome).scale.codes)]
    wide = cells.assign(hidden=cells["count"].isna()).pivot_table(index=name, columns=outcome, values="hidden")
    return wide > 0


def _follows(hidden: pd.DataFrame, codes: Sequence[str]) -> bool:
    """Return whether the answers of some levels together are shown, or follow from all others and the total."""
    own = hidden.index.isin(codes)
    return bool((~hidden[own].any() | ~hidden[~own].any()).all())


def _changes(study: Study, name: str, failing: list[str], sizes: pd.Series[float]) -> dict[str, str | None]:
    """Return what failing levels are merged into; None where nothing is left to merge them with."""
    order = [str(level) for level in sizes.index]
    rest = [level for level in order if level not in failing]
    if study.codebook.variable(name).scale.ordered:
        level = min(failing, key=lambda failed: (sizes[failed], order.index(failed)))
        at = order.index(level)
        beside = [order[i] for i in (at - 1, at + 1) if 0 <= i < len(order)]
        return {level: min(beside, key=lambda other: float(sizes[other])) if beside else None}
    if len(failing) == 1 and rest:
        failing = [*failing, min(rest, key=lambda other: (sizes[other], order.index(other)))]
    return dict.fromkeys(failing, MERGED if len(failing) > 1 else None)


def _recoded(answered: pd.DataFrame, name: str, changes: Mapping[str, str | None], study: Study) -> pd.DataFrame:
    """Return the data with the levels of a predictor merged or dropped."""
    scale = study.codebook.variable(name).scale
    codes = [code for code in scale.codes if code not in changes]
    codes += [MERGED] if MERGED in changes.values() else []
    targets = {code: changes.get(code, code) for code in scale.codes}
    column = pd.Categorical(answered[name].astype(object).map(targets), categories=codes, ordered=scale.ordered)
    recoded = answered.assign(**{name: column})
    return recoded[recoded[name].notna()]


def _changed(answered: pd.DataFrame, into: Changes, study: Study) -> pd.DataFrame:
    """Return the data with the levels of all predictors merged or dropped."""
    for name, changes in into.items():
        answered = _recoded(answered, name, changes, study)
    return answered


def _patterns(data: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the counts by pattern, with the levels that are left; the outcome keeps answers that nobody gave."""
    frame = data.groupby(list(names), observed=True)[COUNT].sum().reset_index()
    return frame.assign(**{name: frame[name].cat.remove_unused_categories() for name in names[1:]})
