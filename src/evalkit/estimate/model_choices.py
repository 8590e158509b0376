"""Do the conclusions of a model hang on a choice? The same differences under other links, readings, respondents and weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from ..data import COUNT
from ..errors import EvalkitError, UsageError
from ..study import Study
from .asked import codes_by_reading, listed

LINKS = ("probit", "cloglog", "loglog")
SMALLEST = 4
"""One unit in so many, the smallest, is left out."""
RAKED = "raked"
"""The column of weights raked to the frame."""

Fit = Callable[[], tuple[Any, Sequence[str]]]


def sensitivity(model: Any, variables: str | Sequence[str], *, categories: Sequence[str]) -> pd.DataFrame:
    """Return average differences in one share under other choices than the model's, the model's own first.

    Parameters
    ----------
    model
        A cumulative link model fitted on answers or a release of a study.
    variables
        The predictors whose levels are compared, each in turn.
    categories
        Answers counted together: every variant is about the share that gave one of them. Under another reading of the scale
        they are the answers that they become.

    Returns
    -------
    pandas.DataFrame
        The columns of `avg_comparisons`, and `variant`: 'main', 'link:<name>', 'reading:<name>', 'without:smallest' (the
        smallest quarter of the units left out), 'without:<unit>' (the plan's `models.without`), 'weights:frame' (raked to the frame's margins). A variant without a fit has
        missing figures.

    Raises
    ------
    UsageError
        When the model is of a data frame, which has no scale, units or frame to vary.
    EstimationError
        When the model itself does not say what the differences are.

    Examples
    --------
    >>> model = fit_clm("belonging ~ role + unit", release)
    >>> sensitivity(model, "role", categories=["some", "great"])
    """
    from ..ordinal import avg_comparisons

    source = model.source
    if source is None:
        hint = "fit_clm(formula, responses) or (formula, release)"
        raise UsageError("only a model of a study's answers or release can be varied", hint=hint)
    categories = listed(categories)
    tables: list[pd.DataFrame] = []
    for name, fit in _variants(model, source.study, tuple(categories)):
        try:
            fitted, codes = fit()
            table = pd.DataFrame(avg_comparisons(fitted, variables, categories=list(codes)))
        except EvalkitError:
            if not tables:  # the model itself, which there is nothing to compare with
                raise
            table = tables[0].assign(**dict.fromkeys(_NUMBERS, np.nan))
        tables.append(table.assign(variant=name, category=" + ".join(categories)))
    found = pd.concat(tables, ignore_index=True)
    estimates: pd.DataFrame = source.estimates(
        found, "sensitivity", model=model, variables=variables, categories=categories
    )
    return estimates


_NUMBERS = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")


def _variants(model: Any, study: Study, codes: tuple[str, ...]) -> Iterator[tuple[str, Fit]]:
    """Go through the choices: a name each, and what fits the model and gives the answers that are counted together."""
    from ..ordinal import fit_clm

    names, outcome = model.formula.variables, model.formula.outcome
    frame = model.source.model_frame(outcome, names)

    def fitted(data: pd.DataFrame, counted: Sequence[str] = codes, **options: Any) -> tuple[Any, Sequence[str]]:
        return fit_clm(model.formula.text, data, **options), counted

    yield "main", lambda: (model, codes)
    for link in LINKS:
        yield f"link:{link}", partial(fitted, frame, link=link)
    for name, merge in _readings(study, outcome, [str(code) for code in model.categories]).items():
        read = _read(study, outcome, name, merge, codes)
        yield f"reading:{name}", partial(fitted, _merged(frame, outcome, merge), read)
    if study.unit in names:
        for left_out, units in _units_left_out(frame, study, str(study.unit)).items():
            yield f"without:{left_out}", partial(fitted, _without(frame, str(study.unit), units))
    if study.frame_groups:
        yield "weights:frame", lambda: fitted(_raked(frame, study, names), weights=RAKED, weight_kind="sampling")


def _readings(study: Study, outcome: str, order: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return what each other reading of the outcome's scale merges; the highest answer alone is always one."""
    readings = {name: dict(one.merge) for name, one in study.codebook.variable(outcome).scale.readings.items()}
    low, *middle, _ = order
    alone = dict.fromkeys(middle, low)
    return readings if not alone or alone in readings.values() else readings | {"top": alone}


def _merged(frame: pd.DataFrame, outcome: str, merge: Mapping[str, str]) -> pd.DataFrame:
    """Return the data with answers merged."""
    order = list(dict.fromkeys(merge.get(str(code), str(code)) for code in frame[outcome].cat.categories))
    column = frame[outcome].astype(object).map(lambda code: merge.get(code, code))
    return frame.assign(**{outcome: pd.Categorical(column, order, ordered=True)})


def _read(study: Study, outcome: str, name: str, merge: Mapping[str, str], codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the answers that are counted together become under a reading."""
    scale = study.codebook.variable(outcome).scale
    kept = codes_by_reading(scale, name, codes) if name in scale.readings else (scale.codes[-1],)
    return tuple(dict.fromkeys(merge.get(code, code) for code in kept))


def _units_left_out(frame: pd.DataFrame, study: Study, unit: str) -> dict[str, list[str]]:
    """Return the units that are left out in turn: the smallest together, and the one that the plan names."""
    sizes = frame.groupby(unit, observed=True)[COUNT].sum().sort_values(kind="stable")
    named = study.plan.models.without
    smallest = [str(code) for code in sizes.index[: len(sizes) // SMALLEST]]
    return {"smallest": smallest} | ({named: [named]} if named is not None and named in sizes else {})


def _without(frame: pd.DataFrame, unit: str, units: list[str]) -> pd.DataFrame:
    kept = frame[~frame[unit].isin(units)]
    return kept.assign(**{unit: kept[unit].cat.remove_unused_categories()})


def _raked(frame: pd.DataFrame, study: Study, names: Sequence[str]) -> pd.DataFrame:
    """Return the data with weights that make the groups of the frame count by their size."""
    from .weights import rake

    margins = [name for name in study.frame_groups if name in names]
    raked = rake(frame[margins], margins, frame=study.frame, weights=frame[COUNT], incomplete="leave_out")
    return frame.assign(**{RAKED: np.asarray(raked) / frame[COUNT].to_numpy(dtype=float)})
