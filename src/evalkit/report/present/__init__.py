"""What each kind of result looks like and says: one presenter a public name. `show` is the door to it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ...data import CleaningLog
from ...data.responses import Estimates
from ...errors import DisclosureError, UsageError
from ...i18n import Locale
from ...protect import SafeTable
from ...study import Study
from ..result import Presenter, Result
from . import compared, headlines, one_unit, response, survey
from .model import ModelResult, coefficients, comparisons, fitted, hypotheses, variants
from .model.variants import side_by_side

__all__ = ["presenter_of", "result_of", "side_by_side"]


_PRESENTERS: dict[str, Presenter] = {
    "table": Presenter(survey.table_parts, survey.table_sentences),
    "crosstab": Presenter(survey.crosstab_parts),
    "proportions": Presenter.by(survey.of_shares),
    "heatmap": Presenter(survey.heatmap_parts),
    "compare_groups": Presenter(compared.compared_parts, compared.compared_sentences),
    "means": Presenter(compared.mean_parts),
    "reliability": Presenter(compared.reliability_parts, compared.reliability_sentences),
    "nonresponse_bounds": Presenter(headlines.bound_parts, headlines.bound_sentences),
    "early_and_late": Presenter(headlines.arrival_parts, headlines.arrival_sentences),
    "response_rates": Presenter.by(response.of_rates),
    "balance": Presenter(response.balance_parts, response.balance_sentences),
    "r_indicator": Presenter(response.evenness_parts, response.evenness_sentences),
    "cleaning": Presenter(response.cleaning_parts),
    "unread": Presenter(response.unread_parts, response.unread_sentences),
    "fit_clm": Presenter(fitted.fit_parts, fitted.fit_sentences),
    "incomplete_answers": Presenter(fitted.incomplete_parts, fitted.incomplete_sentences),
    "fit_clmm": Presenter(fitted.mixed_parts, fitted.mixed_sentences),
    "tidy": Presenter.by(coefficients.of_coefficients),
    "avg_comparisons": Presenter(comparisons.comparison_parts, comparisons.comparison_sentences),
    "smoothing_test": Presenter(comparisons.smoothing_parts, comparisons.smoothing_sentences),
    "avg_predictions": Presenter(comparisons.prediction_parts),
    "term_tests": Presenter(hypotheses.term_parts, hypotheses.term_sentences),
    "anova": Presenter(hypotheses.nested_parts),
    "nominal_test": Presenter(hypotheses.assumption_parts, hypotheses.nominal_sentences),
    "brant_test": Presenter(hypotheses.assumption_parts),
    "scale_test": Presenter(hypotheses.assumption_parts),
    "unit_deviations": Presenter(comparisons.unit_parts, comparisons.unit_sentences),
    "unit": Presenter.by(one_unit.of_one_unit),
    "sensitivity": Presenter(variants.variant_parts, variants.variant_sentences),
    "agreement": Presenter(variants.agreement_parts, variants.agreement_sentences),
}


def presenter_of(kind: str) -> Presenter:
    """Return how a kind of result is shown.

    Raises
    ------
    UsageError
        When there is no such kind.
    """
    if kind not in _PRESENTERS:
        raise UsageError(
            "there is no way to show this",
            got=kind,
            expected=", ".join(_PRESENTERS),
            hint="a crossing: show(release.table(item, by)); a drawing of your own: show.figure(fig, alt=...)",
        )
    return _PRESENTERS[kind]


def result_of(what: Any, study: Study, locale: Locale) -> Result:
    """Return something that was worked out as a result of its kind.

    Raises
    ------
    DisclosureError
        When it does not say what it was worked out from, or was changed since.
    """
    if isinstance(what, SafeTable):
        return Result("table", None, SimpleNamespace(released=True), {"table": what, "item": what.id}, study, locale)
    if isinstance(what, CleaningLog):
        return Result("cleaning", None, SimpleNamespace(released=False), {"log": what}, study, locale)
    if isinstance(what, Estimates) and (origin := what.origin) is not None:
        if not what.intact:
            raise DisclosureError(
                "these estimates were changed after they were worked out",
                got="another value, column or row than those that were made",
                expected="a choice of rows and columns",
                hint="choose rows with .query() or .head(); show the rest as a figure of your own: show.figure(fig, alt=...)",
            )
        kind = "balance" if (origin.kind, origin.asked.get("item")) == ("compare_groups", "responded") else origin.kind
        made = ModelResult if "model" in origin.asked else Result
        return made(kind, origin.frame.loc[what.index], origin.source, origin.asked, study, locale)
    if (source := getattr(what, "source", None)) is not None and hasattr(what, "formula"):
        kind = "fit_clmm" if hasattr(what, "group_sd") else "fit_clm"
        return ModelResult(kind, None, source, {"model": what, "item": what.formula.outcome}, study, locale)
    raise DisclosureError(
        "it is not known what this was worked out from, so that it is not shown",
        got=type(what).__name__,
        expected="estimates or a model from a release, a protected table, or a cleaning log",
        hint="work it out from `release`: proportions(release, ...), fit_clm(formula, release); a table goes through release.add()",
    )
