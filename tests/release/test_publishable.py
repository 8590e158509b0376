"""How many answered by day: no day, and no days between two that are told apart besides, is of too few."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from evalkit.release.publishable import _runs, publishable

from .. import small_study

study = small_study.study


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


def test_the_first_headline_is_published_for_early_and_late_answers(study):
    people = small_study.respondents()
    made, days = small_study.responses_of(study, people), np.where(people.index < 100, "2024-03-05", "2024-03-08")
    answered = replace(made, data=made.data.assign(submitted_on=pd.to_datetime(days)))
    table = {table.id: table for table in publishable(answered).tables}["belonging_by_arrival"]
    assert table.dims == ("arrival", "belonging")
    assert table.frame.groupby("arrival", observed=False)["count"].sum().to_dict() == {"early": 100, "late": 500}
    assert list(table.frame["belonging"].cat.categories) == list(study.codebook.variable("belonging").shown_codes)
