from collections import Counter

import pytest

from evalkit.errors import DataError, StudyError, UsageError
from evalkit.estimate import tabulate


def cells(table):
    return {tuple(row[:-1]): row[-1] for row in table.frame.itertuples(index=False)}


@pytest.mark.parametrize("by", [(), "unit", ("unit", "role"), ("measures_any",)])
def test_counts_are_those_of_counting_by_hand(responses, answers, by):
    table = tabulate(responses, "belonging", by)
    names = (by,) if isinstance(by, str) else by
    boxes = zip(answers["measures_x"], answers["measures_y"], strict=True)
    ticked = ["ticked" if "ticked" in pair else "not_ticked" for pair in boxes]
    columns = {**answers, "measures_any": ticked}
    expected = Counter(zip(*(columns[name] for name in (*names, "belonging")), strict=True))
    assert table.dims == (*names, "belonging")
    assert {place: count for place, count in cells(table).items() if count} == dict(expected)
    assert table.total == responses.total


def test_answers_stand_in_print_order_with_missing_codes_and_blank(responses):
    table = tabulate(responses, "belonging", "role")
    assert list(table.frame["belonging"].cat.categories) == ["great", "some", "none", "dont_know", "blank"]
    assert list(table.frame["role"].cat.categories) == ["leader", "staff", "blank"]
    assert list(tabulate(responses, "belonging", "unit").frame["unit"].cat.categories) == ["north", "south", "west"]
    assert len(table.frame) == 15


def test_a_battery_stacks_its_rows(responses, answers):
    table = tabulate(responses, "goals", "unit")
    assert (table.dims, table.answer, table.stack) == (("unit", "goals", "answer"), "answer", "goals")
    assert cells(table)["north", "goals_b", "great"] == sum(
        unit == "north" and answer == "great" for unit, answer in zip(answers["unit"], answers["goals_b"], strict=True)
    )
    assert table.total == 3 * responses.total


def test_ticks_have_no_blank(responses):
    table = tabulate(responses, "measures")
    assert table.dims == ("measures", "answer")
    assert set(table.frame["answer"]) == {"ticked", "not_ticked"}
    assert list(table.frame["measures"].cat.categories) == ["measures_x", "measures_y"]
    assert tabulate(responses, "measures_any").total == responses.total


def test_patterns_count_as_often_as_they_occur(study, answers, make_responses):
    few = {name: list(values[:3]) for name, values in answers.items()}
    repeated = {
        name: [v for v, n in zip(values, (5, 0, 7), strict=True) for _ in range(n)] for name, values in few.items()
    }
    patterns = make_responses(study, few, count=[5, 0, 7])
    single = make_responses(study, repeated)
    assert cells(tabulate(patterns, "goals", "unit")) == cells(tabulate(single, "goals", "unit"))


@pytest.mark.parametrize(
    ("item", "by", "kind", "message"),
    [
        ("belongin", (), StudyError, "did you mean 'belonging'"),
        ("belonging", "units", StudyError, "did you mean 'unit'"),
        ("unit", "unit", UsageError, "grouped by itself"),
        ("goals", "goals_a", UsageError, "grouped by itself"),
        ("belonging", ("unit", "unit"), UsageError, "grouped by itself"),
        ("belonging", "measures", StudyError, "did you mean 'measures_"),
    ],
)
def test_what_is_not_in_the_codebook_is_refused(responses, item, by, kind, message):
    with pytest.raises(kind, match=message):
        tabulate(responses, item, by)


def test_an_answer_without_code_or_reason_is_refused(responses):
    data = responses.data.copy()
    data["belonging__missing"] = data["belonging__missing"].where(data["belonging__missing"] != "blank")
    broken = type(responses)(responses.study, data, responses.log)
    with pytest.raises(DataError, match="neither an answer nor a reason"):
        tabulate(broken, "belonging")


def test_uncoded_answers_are_refused(responses):
    broken = type(responses)(responses.study, responses.data.astype({"belonging": object}), responses.log)
    with pytest.raises(DataError, match="not coded"):
        tabulate(broken, "belonging")


def test_a_data_frame_has_no_codebook(responses):
    with pytest.raises(UsageError, match="no coded answers"):
        tabulate(responses.data, "measures")
