"""evalkit: a reproducible evaluation of a survey, from the export to the report.

Every public name is loaded when it is first used, so that `import evalkit` stays cheap.
"""

from __future__ import annotations

from .lazy import lazily

__version__ = "0.1.0"

_ROOMS = {
    "errors": "EvalkitError StudyError DataError EstimationError DisclosureError BuildError TranslationError UsageError",
    "i18n": "Locale",
    "study": "load_study Study Codebook Item Scale Design Variable DisclosureRule Table TOTAL MARK",
    "data": "read_export clean load_responses Responses CleaningLog draft_study synthesize write_sav",
    "estimate": """response_rates rake design_effect r_indicator tabulate crosstab proportions means medians battery
        reliability multiple_response compare_groups association_test rank_test nonresponse_bounds early_and_late
        sensitivity incomplete_answers""",
    "ordinal": """fit_clm fit_clmm tidy term_tests anova nominal_test scale_test brant_test avg_predictions avg_comparisons
        smoothing_test interaction_check calibration unit_deviations agreement""",
    "protect": "protect SafeTable",
    "attack": "audit",
    "release": "Release SafeEstimates load_release publish",
    "report": "Show explore",
}
_public, __getattr__, __dir__ = lazily(__name__, _ROOMS)

__all__ = ["__version__", *_public]
