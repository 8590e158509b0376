"""How many answered by day: no day, and no days between two that are told apart besides, is of too few."""

import pandas as pd
import pytest

from evalkit.release.publishable import _runs


def days_of(counts, reminders=()):
    return list(dict.fromkeys(_runs(pd.Series(counts), 5, list(reminders)).values()))


@pytest.mark.parametrize(
    ("counts", "reminders", "expected"),
    [
        ({"2024-03-04": 9, "2024-03-05": 2, "2024-03-06": 9}, (), ["2024-03-04", "2024-03-05/2024-03-06"]),
        (
            {"2024-03-04": 9, "2024-03-05": 2, "2024-03-06": 9},
            ("2024-03-06",),
            ["2024-03-04/2024-03-05", "2024-03-06"],
        ),
        ({"2024-03-05": 2, "2024-03-06": 9}, ("2024-03-06",), ["2024-03-05/2024-03-06"]),
        ({"2024-03-04": 9, "2024-03-05": 2}, (), ["2024-03-04/2024-03-05"]),
    ],
    ids=["joined with the next", "not across a reminder", "too few before it", "the last with the one before"],
)
def test_days_of_few_answers_are_joined(counts, reminders, expected):
    assert days_of(counts, reminders) == expected
