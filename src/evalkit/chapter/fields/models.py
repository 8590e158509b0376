"""Fields of ordinal models: odds ratios, adjusted differences and p-values of released levels; of units, against their average."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple

import pandas as pd

from ...errors import DisclosureError, EstimationError
from ...ordinal import CLMResult, avg_comparisons, fit_clm, tidy, unit_deviations
from ...release import Release
from ...study import Study
from .values import Entry, Kind, Number

DIGITS = 4
"""Decimals of what leaves: enough to check a model by, too few to solve for the counts behind it."""
Rows = Mapping[str, Mapping[Any, Any]]
"""Estimates by the level that they are about."""


def _odds_ratios(release: Release | None, outcome: str, predictor: str) -> Rows:
    """Return the odds ratios of a predictor's levels against its reference."""
    model, begin = fitted_model(release, outcome), f"{predictor}[T."
    rows = tidy(model, exponentiate=True).to_dict("records") if model else []
    own = (row for row in rows if row["term"].startswith(begin) and ":" not in row["term"])
    return {row["term"].removeprefix(begin)[:-1]: row for row in own}


def _differences(release: Release | None, outcome: str, predictor: str) -> Rows:
    """Return the average differences in the share of high answers between a predictor's levels and its reference."""
    rows = _of_high(avg_comparisons, release, outcome, predictor)
    return {row["contrast"].partition(" - ")[0]: row for row in rows}


def _deviations(release: Release | None, outcome: str, unit: str) -> Rows:
    """Return how far each unit's share of high answers lies from the units' average, all else equal, unsmoothed."""
    rows = _of_high(partial(unit_deviations, method="binary"), release, outcome, unit)
    return {row["group"]: row for row in rows}


def _of_high(
    estimate: Callable[..., pd.DataFrame], release: Release | None, outcome: str, predictor: str
) -> list[dict[Any, Any]]:
    model = fitted_model(release, outcome)
    if release is None or model is None or predictor not in model.formula.variables:
        return []
    return estimate(model, predictor, categories=release.study.high(outcome)).to_dict("records")


@lru_cache(maxsize=32)
def fitted_model(release: Release | None, outcome: str) -> CLMResult | None:
    """Fit a model as far as it may be shown, if at all; kept, so that fields that are made anew need not fit it again."""
    if release is None:
        return None
    try:
        return fit_clm(release.study.formula(outcome), release)
    except (DisclosureError, EstimationError):
        return None


class Measure(NamedTuple):
    """What is said of a level: the end of a field's name, the kind of number, the model's table and where its estimates are."""

    name: str
    kind: Kind
    table: str
    rows: Callable[[str], Rows]


def model_fields(study: Study, release: Release | None) -> Iterator[Entry]:
    """Go through the numbers of the models of a study's outcomes: each level against its predictor's reference.

    Units are set against their average alone, so that none is ranked by its distance from another.
    """
    for outcome in study.outcomes:
        found = (_odds_ratios, _differences, _deviations)
        odds, differences, deviations = (cache(partial(rows, release, outcome)) for rows in found)
        against_reference = (
            Measure("odds_ratio", "ratio", "odds_ratios", odds),
            Measure("difference", "points", "differences", differences),
            Measure("p", "p", "odds_ratios", odds),
        )
        against_average = (Measure("against_average", "points", "units", deviations),)
        for predictor in study.categorical:
            codes = study.codebook.variable(predictor).scale.codes
            of_units = predictor == study.unit
            for level in codes if of_units else codes[1:]:
                for measure in against_average if of_units else against_reference:
                    name = f"model.{outcome}.{predictor}.{level}.{measure.name}"
                    yield name, partial(_number, name, outcome, predictor, level, measure)


def _number(name: str, outcome: str, predictor: str, level: str, measure: Measure) -> Number:
    """Work a number out; hidden where the level is withheld."""
    row = measure.rows(predictor).get(level, {})
    columns = ("p_value",) if measure.kind == "p" else ("estimate", "conf_low", "conf_high")
    found = [_coarse(float(row[column]), measure.kind) if row else None for column in columns]
    value, low, high = (*found, None, None)[:3]
    table = f"{outcome}_model_{measure.table}"
    return Number(name, measure.kind, value, table, {predictor: level}, outcome, low=low, high=high)


def _coarse(number: float, kind: Kind) -> float:
    """Return a number as it may leave: a p-value with three digits, others with a few decimals."""
    return float(f"{number:.3g}") if kind == "p" else round(number, DIGITS)
