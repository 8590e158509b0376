"""The rows of headings are told from the answers by the marks that platforms leave."""

import pytest

from evalkit.data.grid import read_headings
from evalkit.errors import DataError

PLAIN = ("Respondent ID", "Q1", "Q2")
IMPORT = ('{"ImportId":"_recordId"}', '{"ImportId":"QID1"}', '{"ImportId":"QID2"}')
ROWS = {
    "plain": ([PLAIN, ("1", "a", "b")], 1, ""),
    "headings alone": ([PLAIN], 1, ""),
    "own cell": ([PLAIN, ("", "Response", "Other"), ("1", "a", "b")], 2, "SurveyMonkey"),
    "own cell in Norwegian": ([PLAIN, ("", "a", "Svar"), ("1", "a", "b")], 2, "SurveyMonkey"),
    "a battery carried on": ([("Respondent ID", "Q1", ""), ("", "a", "b"), ("1", "x", "y")], 2, "SurveyMonkey"),
    "no mark in the second row": ([PLAIN, ("", "a", "b"), ("1", "a", "b")], 1, ""),
    "something under the id": ([PLAIN, ("1", "Response", "Response")], 1, ""),
    "no id": ([("Q1", "Q2"), ("", "Response")], 1, ""),
    "two ids, one filled": ([("Respondent ID", "Collector ID", "Q"), ("", "7", "Response")], 1, ""),
    "ImportId in the third row": ([PLAIN, PLAIN, IMPORT, ("1", "a", "b")], 3, "Qualtrics"),
    "ImportId in the second row": ([PLAIN, IMPORT, ("1", "a", "b")], 2, "Qualtrics"),
    "ImportId in the fifth row": ([PLAIN] * 4 + [IMPORT], 5, "Qualtrics"),
    "ImportId further down is an answer": ([PLAIN] * 5 + [IMPORT], 1, ""),
}


@pytest.mark.parametrize(("rows", "number", "layout"), ROWS.values(), ids=ROWS)
def test_headings_are_as_many_rows_as_the_marks_say(rows, number, layout):
    found = read_headings(rows, None, "svar.csv")
    assert (len(found.rows), found.layout) == (number, layout)


def test_a_declared_number_is_taken_but_against_the_marks():
    assert len(read_headings([PLAIN, PLAIN, ("1", "a", "b")], 2, "svar.csv").rows) == 2
    assert read_headings([PLAIN, ("", "Response", "Other"), ("1", "a", "b")], 1, "svar.csv").layout == ""
    with pytest.raises(DataError, match="ImportId is no answer"):
        read_headings([PLAIN, PLAIN, IMPORT, ("1", "a", "b")], 1, "svar.csv")
    with pytest.raises(DataError, match="2 rows where 3 rows"):
        read_headings([PLAIN, PLAIN], 3, "svar.csv")
