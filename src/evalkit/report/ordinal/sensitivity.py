"""Do the conclusions hang on a choice? The same differences under other links, readings, respondents and weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...data import load_responses
from ...errors import EvalkitError
from ..forest import Effect
from ..views import Column, Row
from .parts import Part, Reading, effects_view, excludes_zero, linked, points, records, result_table

if TYPE_CHECKING:
    import pandas as pd

    from ...ordinal import CLMResult
    from .model import OrdinalModel

MAIN = "main"
LINKS = ("probit", "cloglog", "loglog")
SMALLEST = 4
"""One unit in so many, the smallest, is left out."""


@dataclass(frozen=True)
class Variant:
    """The model under another choice.

    Parameters
    ----------
    key, label
        What was chosen.
    rows
        The average difference in the share of the highest answer, by predictor and contrast; None where there is no fit.
    """

    key: str
    label: str
    rows: Mapping[tuple[str, str], dict[Any, Any]] | None


def sensitivity(model: OrdinalModel) -> list[Part]:
    """Show the differences in the share of the highest answer under other choices, and say which conclusions hang on them."""
    locale = model.locale
    every = list(variants(model))
    fitted = [variant for variant in every if variant.rows is not None]
    keys = list((fitted[0].rows or {}).keys())
    title = locale.text("{outcome}: the differences under other choices", outcome=model.title)
    top = locale.quoted(model.labels.category(model.categories[-1]))
    note = locale.text("Differences in percentage points in the share that answer {answers}.", answers=top)
    effects = [
        Effect(_section(model, key), variant.label, *_bounds(variant.rows, key))
        for key in keys
        for variant in fitted
        if variant.rows and key in variant.rows
    ]
    figure = effects_view(model, "sensitivity", title, effects)
    columns = [Column(variant.key, variant.label, "number", 1) for variant in fitted]
    rows = [
        Row(_key(key), _section(model, key), tuple(_estimate(variant.rows, key) for variant in fitted)) for key in keys
    ]
    table = result_table(model, "sensitivity", title, locale.text("Comparison"), columns, rows, note)
    said = [_said(model, key, fitted) for key in keys]
    return [figure, table, Reading("sensitivity", (*said, *_not_fitted(model, every)))]


def variants(model: OrdinalModel) -> Iterator[Variant]:
    """Go through the choices, the one that was made first."""
    locale = model.locale
    yield _variant(model, MAIN, locale.text("As chosen: logit"), lambda: model.result)
    for link in LINKS:
        yield _variant(model, link, locale.text("Link: {link}", link=link), lambda link=link: _fit(model, link=link))
    yield from _readings(model)
    if model.unit is not None:
        label = locale.text("Without the smallest units")
        yield _variant(model, "smallest", label, lambda: _fit(model, _without_smallest(model)))
    if model.study.frame is not None:
        yield _variant(model, "raked", locale.text("Weighted to the population"), lambda: _raked(model))


def _readings(model: OrdinalModel) -> Iterator[Variant]:
    """Go through the other readings of the outcome's scale; the highest answer alone is always one."""
    locale = model.locale
    scale = model.study.codebook.variable(model.outcome).scale
    merges = {name: (reading.label[locale.language], dict(reading.merge)) for name, reading in scale.readings.items()}
    low, *_, top = model.categories
    alone = {code: low for code in model.categories if code not in (low, top)}
    if alone and alone not in [merge for _, merge in merges.values()]:
        merges["top"] = locale.text("The highest answer alone"), alone
    for name, (label, merge) in merges.items():
        yield _variant(model, name, label, lambda merge=merge: _fit(model, _merged(model, merge)))


def _variant(model: OrdinalModel, key: str, label: str, fit: Any) -> Variant:
    from ...ordinal import avg_comparisons

    try:
        result: CLMResult = fit()
        top = str(result.categories[-1])
        rows: dict[tuple[str, str], dict[Any, Any]] = {}
        for name in model.compared:
            frame = avg_comparisons(result, name)
            safe = model.safe("sensitivity", frame[frame["category"] == top])
            rows |= {(name, str(row["contrast"])): row for row in records(safe)}
    except EvalkitError:
        return Variant(key, label, None)
    return Variant(key, label, rows)


def _fit(model: OrdinalModel, data: pd.DataFrame | None = None, link: str = "logit") -> CLMResult:
    from ...ordinal import fit_clm

    return fit_clm(model.data.formula, model.data.data if data is None else data, weights="count", link=link)


def _merged(model: OrdinalModel, merge: Mapping[str, str]) -> pd.DataFrame:
    """Return the data with answers merged."""
    import pandas as pd

    data, outcome = model.data.data, model.outcome
    column = data[outcome].astype(object).map(lambda code: merge.get(code, code))
    order = list(dict.fromkeys(merge.get(code, code) for code in data[outcome].cat.categories))
    return data.assign(**{outcome: pd.Categorical(column, order, ordered=True)})


def _without_smallest(model: OrdinalModel) -> pd.DataFrame:
    data, unit = model.data.data, str(model.unit)
    sizes = data.groupby(unit, observed=True)["count"].sum().sort_values(kind="stable")
    return data[~data[unit].isin(sizes.index[: len(sizes) // SMALLEST])]


def _raked(model: OrdinalModel) -> CLMResult:
    """Fit with weights raked to the frame, one margin a group that the frame knows."""
    from ...estimate import rake
    from ...ordinal import fit_clm, from_sums

    frame = model.study.frame
    margins = [name for name in model.study.groups if frame is not None and name in frame.columns]
    weight = rake(load_responses(model.study), margins, frame=frame, incomplete="leave_out")
    weighted = model.release.model_data(model.outcome, model.data.predictors, weight)
    patterns = from_sums(weighted.data, model.outcome, list(model.data.predictors), n="count")
    return fit_clm(model.data.formula, patterns, weight_kind="sampling")


def _section(model: OrdinalModel, key: tuple[str, str]) -> str:
    return f"{model.labels.variable(key[0])} \N{EN DASH} {model.labels.contrast(*key)}"


def _key(key: tuple[str, str]) -> str:
    return f"{key[0]}-{key[1].partition(' - ')[0]}"


def _bounds(rows: Mapping[tuple[str, str], dict[Any, Any]] | None, key: tuple[str, str]) -> tuple[float, float, float]:
    row = (rows or {})[key]
    return float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"])


def _estimate(rows: Mapping[tuple[str, str], dict[Any, Any]] | None, key: tuple[str, str]) -> float | None:
    return 100 * float(rows[key]["estimate"]) if rows and key in rows else None


def _said(model: OrdinalModel, key: tuple[str, str], fitted: list[Variant]) -> Any:
    locale = model.locale
    found = [variant.rows[key] for variant in fitted if variant.rows and key in variant.rows]
    main = found[0]
    estimates = [row["estimate"] for row in found]
    same = all(excludes_zero(row) == excludes_zero(main) for row in found)
    same_sign = min(estimates) * max(estimates) > 0 or not excludes_zero(main)
    values = {
        "contrast": _section(model, key),
        "low": linked(model, points(locale, min(estimates)), "sensitivity", _key(key)),
        "high": linked(model, points(locale, max(estimates)), "sensitivity", _key(key)),
    }
    if same and same_sign:
        return locale.text(
            "{contrast}: from {low} to {high} percentage points; the conclusion is the same under every choice.",
            **values,
        )
    return locale.text(
        "{contrast}: from {low} to {high} percentage points; the conclusion hangs on the choice.", **values
    )


def _not_fitted(model: OrdinalModel, every: list[Variant]) -> list[str]:
    lacking = [variant.label for variant in every if variant.rows is None]
    if not lacking:
        return []
    choices = model.locale.listed(model.locale.quoted(label) for label in lacking)
    return [model.locale.text("Not possible with these answers: {choices}.", choices=choices)]
