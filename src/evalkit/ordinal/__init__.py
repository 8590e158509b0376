"""Ordinal regression on patterns of covariates; README.md says what there is, and which file does what.

The files import downward, without a circle. Every name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_FILES: dict[str, tuple[str, ...]] = {
    "patterns": ("Patterns", "collapse"),
    "clm": ("CLMResult", "fit_clm"),
    "assumptions": ("brant_test", "nominal_test", "scale_test"),
    "comparisons": ("avg_comparisons", "avg_predictions", "smoothing_test", "unit_deviations"),
    "checks": ("agreement", "calibration", "interaction_check"),
    "clmm": ("CLMMResult", "fit_clmm"),
    "results": ("Fitted", "tidy"),
    "nested": ("anova", "term_tests"),
    "sources": ("Source",),
}
_HOME = {name: file for file, names in _FILES.items() for name in names}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
