"""Ordinal regression on patterns of covariates; README.md says what there is, and which file does what.

The files import downward, without a circle. Every name is loaded when it is first used.
"""

from __future__ import annotations

from ..lazy import lazily

__all__, __getattr__, __dir__ = lazily(
    __name__,
    {
        "clm": "CLMResult fit_clm",
        "assumptions": "brant_test nominal_test scale_test",
        "comparisons": "avg_comparisons avg_predictions smoothing_test unit_deviations",
        "checks": "agreement calibration interaction_check",
        "clmm": "CLMMResult fit_clmm",
        "results": "Fitted tidy",
        "nested": "anova term_tests",
        "sources": "Source",
    },
)
