"""Estimates: response, weights, shares, means, comparisons, sensitivity, from answers, a release or a data frame.

Order inside the room: counts < intervals < design < asked < cells < shares < scores < response < weights <
chance < group_tests < compare < nonresponse; model_choices and incomplete beside them. Every name is loaded when it is first used.
"""

from __future__ import annotations

from ..lazy import lazily

__all__, __getattr__, __dir__ = lazily(
    __name__,
    {
        "asked": "codes_by_reading reading_members",
        "counts": "tabulate",
        "intervals": "wilson",
        "shares": "proportions proportions_from_counts battery crosstab multiple_response",
        "scores": "means means_from_counts medians reliability",
        "response": "response_rates",
        "weights": "rake trim_weights design_effect r_indicator",
        "group_tests": "association_test rank_test",
        "compare": "compare_groups",
        "model_choices": "sensitivity",
        "incomplete": "incomplete_answers",
        "nonresponse": "nonresponse_bounds early_and_late",
    },
)
