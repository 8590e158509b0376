"""A table takes counts of inner cells and nothing else."""

import pandas as pd
import pytest

from evalkit.errors import UsageError
from evalkit.study import TOTAL, Table

CELLS = {"unit": ["north", "south"], "count": [7, 5]}


def test_a_table_of_counts():
    table = Table(
        "answers", ["unit", "answer"], pd.DataFrame({"unit": ["n", "s"], "answer": ["a", "a"], "count": [7.0, 5.0]})
    )
    assert (table.dims, table.answer, table.groups, table.stack, table.total) == (
        ("unit", "answer"),
        "answer",
        ("unit",),
        None,
        12,
    )
    assert table.frame["count"].dtype == "int64"


def test_its_representation_holds_no_counts():
    text = repr(Table("unit", ["unit"], pd.DataFrame(CELLS)))
    assert text == "<Table unit: unit, 2 cells; not for release (use release.add)>"


def test_a_table_without_dimensions_is_one_number():
    table = Table("respondents", (), pd.DataFrame({"count": [12]}), answer="")
    assert (table.total, table.answer, table.groups) == (12, "", ())


def test_a_table_of_groups_alone():
    assert Table("response", ["unit"], pd.DataFrame(CELLS), answer="").groups == ("unit",)


def test_the_frame_given_is_left_as_it_is():
    frame = pd.DataFrame(CELLS, index=[4, 9])
    Table("unit", ["unit"], frame)
    pd.testing.assert_frame_equal(frame, pd.DataFrame(CELLS, index=[4, 9]))


@pytest.mark.parametrize(
    ("dims", "cells", "said"),
    [
        (["role"], CELLS, "unit: the frame lacks a column\n  got: unit, count\n  expected: role"),
        (["unit"], {"unit": ["n"]}, "expected: count"),
        (["unit", "unit"], CELLS, "a dimension stands twice"),
        (["count"], CELLS, "a dimension stands twice, or is called 'count'"),
        (["unit"], {**CELLS, "count": [7, -1]}, "a count is missing, negative or not whole"),
        (["unit"], {**CELLS, "count": [7, 1.5]}, "a count is missing, negative or not whole"),
        (["unit"], {**CELLS, "count": [7, None]}, "a count is missing, negative or not whole"),
        (["unit"], {**CELLS, "count": [7, float("inf")]}, "a count is missing, negative or not whole"),
        (["unit"], {**CELLS, "count": ["7", "few"]}, "a count is missing, negative or not whole"),
        (["unit"], {**CELLS, "unit": ["n", "n"]}, "a cell stands twice"),
        ([], {"count": [1, 1]}, "a cell stands twice"),
        (["unit"], {**CELLS, "unit": ["n", None]}, "unit, unit: a dimension has a missing level"),
        (["unit"], {**CELLS, "unit": ["n", TOTAL]}, "unit, unit: the frame holds a margin"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_counts_is_refused(dims, cells, said):
    with pytest.raises(UsageError) as raised:
        Table("unit", dims, pd.DataFrame(cells))
    assert said in str(raised.value)


def test_a_list_is_no_frame():
    with pytest.raises(UsageError, match="this is no data frame"):
        Table("unit", ["unit"], [7, 5])


@pytest.mark.parametrize("role", ["answer", "stack"])
def test_an_unknown_role(role):
    with pytest.raises(UsageError, match=f"the {role} is no dimension of the table\n  got: rolle\n  expected: unit"):
        Table("unit", ["unit"], pd.DataFrame(CELLS), **{role: "rolle"})
