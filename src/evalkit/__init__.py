"""evalkit: a reproducible evaluation of a survey, from the export to the report.

Every public name is loaded when it is first used, so that `import evalkit` stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_ROOMS: dict[str, tuple[str, ...]] = {
    "errors": (
        "EvalkitError",
        "StudyError",
        "DataError",
        "EstimationError",
        "DisclosureError",
        "BuildError",
        "TranslationError",
        "UsageError",
    ),
    "i18n": ("Locale",),
    "study": (
        "load_study",
        "Study",
        "Codebook",
        "Item",
        "Scale",
        "Design",
        "Variable",
        "DisclosureRule",
        "Table",
        "TOTAL",
        "MARK",
    ),
    "data": (
        "read_export",
        "clean",
        "load_responses",
        "Responses",
        "CleaningLog",
        "draft_study",
        "synthesize",
        "write_sav",
    ),
    "estimate": (
        "response_rates",
        "rake",
        "design_effect",
        "r_indicator",
        "tabulate",
        "crosstab",
        "proportions",
        "means",
        "medians",
        "battery",
        "reliability",
        "multiple_response",
        "compare_groups",
        "association_test",
        "rank_test",
        "nonresponse_bounds",
        "early_and_late",
        "sensitivity",
        "incomplete_answers",
    ),
    "ordinal": (
        "fit_clm",
        "fit_clmm",
        "tidy",
        "term_tests",
        "anova",
        "nominal_test",
        "scale_test",
        "brant_test",
        "avg_predictions",
        "avg_comparisons",
        "smoothing_test",
        "interaction_check",
        "calibration",
        "unit_deviations",
        "agreement",
    ),
    "protect": ("protect", "SafeTable"),
    "attack": ("audit",),
    "release": ("Release", "SafeEstimates", "load_release", "publish"),
    "report": ("Show", "explore"),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'evalkit' has no attribute '{name}'")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
