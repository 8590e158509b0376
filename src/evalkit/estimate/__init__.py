"""Estimates: tables of counts, response, weights, intervals, comparisons, sensitivity.

Order inside the room: counts < intervals < design < shares < scores < response < weights < compare < sensitivity.
Every name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_FILES: dict[str, tuple[str, ...]] = {
    "counts": ("tabulate",),
    "intervals": ("proportions_from_counts", "wilson"),
    "shares": ("proportions", "battery", "multiple_response", "missing_answers"),
    "scores": ("means", "means_from_counts", "reliability"),
    "response": (
        "Dispositions",
        "dispositions",
        "response_rates",
        "response_rates_from_counts",
        "response_table",
        "response_balance",
        "balance_from_counts",
        "r_indicator",
        "r_indicator_from_counts",
        "arrivals",
    ),
    "weights": ("rake", "trim_weights", "design_effect", "weight_summary"),
    "compare": ("compare_groups", "association_test", "rank_test"),
    "sensitivity": (
        "nonresponse_sensitivity",
        "sensitivity_from_counts",
        "worst_case",
        "turning_point",
        "early_and_late",
        "early_and_late_from_counts",
        "arrival_table",
        "readings",
        "reading_members",
    ),
}
_HOME = {name: file for file, names in _FILES.items() for name in names}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'evalkit.estimate' has no attribute '{name}'")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
