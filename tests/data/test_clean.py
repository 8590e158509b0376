"""Every raw row is kept or set aside for one reason, and answers are coded by the codebook alone."""

from __future__ import annotations

import math
import random
from collections import Counter

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from evalkit.data import CleaningLog, clean, raw_export, read_export
from evalkit.errors import DataError
from evalkit.study import load_study


def cleaned(study):
    return clean(read_export(study), study)


EAST, BELONGING, TICK = "1. Enhet", "2. Tilhørighet", "4. Tiltak - Felles IKT"


@pytest.mark.parametrize(
    ("heading", "text", "variable", "code"),
    [
        (BELONGING, "I stor grad", "belonging", "great"),
        (BELONGING, "To a great degree", "belonging", "great"),
        (BELONGING, "great", "belonging", "great"),
        (BELONGING, "  i  STOR\u00a0grad ", "belonging", "great"),
        (BELONGING, "Vet ikke", "belonging__missing", "dont_know"),
        (BELONGING, "DON'T KNOW", "belonging__missing", "dont_know"),
        (BELONGING, "   ", "belonging__missing", "blank"),
        (EAST, "Austfold", "unit", "east"),
        (EAST, "\u00d8ST", "unit", "east"),
        (EAST, "O\u0338st".replace("O\u0338", "\u00d8"), "unit", "east"),
        (TICK, "Felles IKT", "measures_x", "ticked"),
        (TICK, "shared ict ", "measures_x", "ticked"),
        (TICK, "1", "measures_x", "ticked"),
        (TICK, "x", "measures_x", "ticked"),
        (TICK, "Ja", "measures_x", "ticked"),
        (TICK, "Ticked", "measures_x", "ticked"),
        (TICK, "", "measures_x", "not_ticked"),
        (TICK, "0", "measures_x", "not_ticked"),
        (TICK, "nei", "measures_x", "not_ticked"),
        (TICK, "Not ticked", "measures_x", "not_ticked"),
    ],
)
def test_answers_are_coded_from_labels_codes_and_aliases(make_study, answer, heading, text, variable, code) -> None:
    assert cleaned(make_study([answer(1, **{heading: text})])).data[variable].tolist() == [code]


def test_the_data_have_the_codebooks_categories_and_no_identifier(make_study, answer) -> None:
    data = cleaned(make_study([answer(1), answer(2, **{BELONGING: "Vet ikke"})])).data
    assert list(data) == [
        "unit", "unit__missing", "belonging", "belonging__missing", "goals_a", "goals_a__missing", "goals_b",
        "goals_b__missing", "measures_x", "measures_y", "measures_any", "count", "submitted_on", "response_kind",
    ]  # fmt: skip
    assert data["belonging"].dtype == pd.CategoricalDtype(["none", "some", "great"], ordered=True)
    assert data["unit"].dtype == pd.CategoricalDtype(["east", "west"], ordered=False)
    assert data["belonging__missing"].dtype == pd.CategoricalDtype(["dont_know", "blank"])
    assert data["measures_any"].tolist() == ["ticked", "ticked"]
    assert data["count"].tolist() == [1, 1]
    assert data["submitted_on"].tolist() == [pd.Timestamp("2024-03-05")] * 2


def test_each_row_has_one_reason(make_study, answer) -> None:
    blank = dict.fromkeys((EAST, BELONGING, "3. Mål - A", "3. Mål - B", TICK), "")
    rows = [
        answer(1),
        answer(2, Completed="2024-03-03 23:59:59"),
        answer(3, Completed="2024-03-16 00:00:00", Status="Started"),
        answer(4, Completed="", Start="01.03.2024 08:00", Staff="Political"),
        answer(5, Staff=" political "),
        answer(6, Status="Started", Completed=""),
        answer(7, **blank),
        answer(1, Completed="2024-03-06 10:00"),
        answer(8, Status="partial"),
        answer(8, Status="Completed", **{EAST: "Vest"}),
        answer(9, Completed="15.03.2024 23:59:59"),
    ]
    responses = cleaned(make_study(rows))
    assert responses.log.set_aside == {
        "before_fieldwork": 2,
        "after_fieldwork": 1,
        "political": 1,
        "break_off": 1,
        "nothing_answered": 1,
        "duplicate": 2,
    }
    assert (responses.log.rows_in, responses.log.kept, responses.total) == (11, 3, 3)
    assert responses.data["unit"].tolist() == ["east", "west", "east"]
    assert responses.data["submitted_on"].dt.day.tolist() == [6, 5, 15]
    assert responses.data["response_kind"].tolist() == ["complete"] * 3


def test_what_is_excluded_need_not_fit_the_codebook_and_everything_else_does(make_study, answer) -> None:
    early = {"Completed": "2024-03-01 09:00", BELONGING: "test test"}
    study = make_study([answer(1), answer(2, Staff="Political", **early)])
    assert cleaned(study).log.set_aside["before_fieldwork"] == 1
    with pytest.raises(DataError, match="row 3: an answer is not in the codebook"):
        cleaned(make_study([answer(1), answer(2, **early)]))


HR = "4. Tiltak - Felles HR"


@pytest.mark.parametrize(
    ("boxes", "codes"),
    [
        ([("x", ""), ("", "x"), ("", "")], ["ticked", "not_ticked", "not_ticked"]),
        ([("1", "0"), ("0", "1"), ("", "")], ["ticked", "not_ticked", None]),
        ([("x", ""), ("", "x"), ("0", ""), ("", "")], ["ticked", "not_ticked", "not_ticked", "not_ticked"]),
        ([("1", "0"), ("1", ""), ("", "")], ["ticked", "ticked", None]),
        ([("-99", "-99"), ("x", ""), ("", "")], [None, "ticked", "not_ticked"]),
    ],
    ids=["ticks alone", "both words", "one stray no", "a box left empty", "said to be not asked"],
)
def test_an_empty_box_is_not_ticked_or_was_not_asked(make_study, answer, boxes, codes) -> None:
    rows = [answer(k, **{TICK: first, HR: second}) for k, (first, second) in enumerate(boxes)]
    data = cleaned(make_study(rows)).data
    assert [None if code != code else code for code in data["measures_x"].astype(object)] == codes
    asked = data.get("measures_x__missing", pd.Series([None] * len(rows)))
    assert (asked == "not_asked").tolist() == [code is None for code in codes]


def test_a_partial_answer_that_never_came_to_the_boxes_was_not_asked(make_study, answer) -> None:
    rows = [answer(1), answer(2, Status="Partial", **{TICK: "", HR: ""}), answer(3, **{TICK: "", HR: ""})]
    data = cleaned(make_study(rows)).data
    assert data["measures_any__missing"].astype(object).tolist()[1] == "not_asked"
    assert data["measures_any"].astype(object).tolist()[2] == "not_ticked"


@pytest.mark.parametrize("answers", [None, "public"])
def test_what_many_gave_or_everybody_knows_is_shown(make_study, answer, answers) -> None:
    rows = [answer(k, **{EAST: "Sør" if k < 5 else "Midt"}) for k in range(6)]
    with pytest.raises(DataError) as caught:
        cleaned(make_study(rows, plan={"answers": answers}))
    assert "got: 'Sør' (count 5)" in str(caught.value)
    assert ("'Midt' (count 1)" in str(caught.value)) == (answers == "public")


def test_five_rows_of_one_person_are_not_shown(make_study, answer) -> None:
    rows = [answer(1 if k < 5 else k, **{EAST: "Kari" if k < 5 else "Vest"}) for k in range(12)]
    with pytest.raises(DataError, match=r"an answer of 4 characters, not shown here \(count 5\)"):
        cleaned(make_study(rows, duplicates="latest"))


def test_mended_cells_are_counted(make_study, answer) -> None:
    rows = [answer(1, **{EAST: " Øst", BELONGING: "i stor grad"}), answer(2, **{EAST: "Austfold"})]
    assert cleaned(make_study(rows)).log.notes == {
        "white_space": 1,
        "letter_case": 1,
        "other_spelling": 1,
        "no_date": 0,
    }


def test_rows_without_a_date_are_kept_and_counted(make_study, answer) -> None:
    responses = cleaned(make_study([answer(1, Start="", Completed=""), answer(2)]))
    assert responses.log.notes["no_date"] == 1
    assert responses.data["submitted_on"].isna().tolist() == [True, False]


def test_two_rows_of_one_id_that_differ_stop_the_run(make_study, answer) -> None:
    rows = [answer(1), answer(1, **{EAST: "Vest"}), answer(2)]
    with pytest.raises(DataError, match="2 rows have one id and different answers") as caught:
        cleaned(make_study(rows))
    assert "pulse/responses.csv, rows 2, 3" in str(caught.value)
    assert "`duplicates: latest`" in str(caught.value)


def test_the_last_of_differing_rows_is_kept_where_the_study_says_so(make_study, answer) -> None:
    rows = [answer(1, Completed="2024-03-07 09:00", **{EAST: "Vest"}), answer(1), answer(2)]
    responses = cleaned(make_study(rows, duplicates="latest"))
    assert responses.data["unit"].tolist() == ["west", "east"]
    assert responses.log.set_aside["duplicate"] == 1


def test_rows_without_an_id_are_not_duplicates(make_study, answer) -> None:
    assert cleaned(make_study([answer(1, RespondentId=" "), answer(2, RespondentId="")])).total == 2


UNCLEANABLE = {
    "an answer nearly right": (
        {BELONGING: "I stor grd"},
        {},
        [f"column '{BELONGING}', row 2", "'I stor grd' (count 1)", "did you mean 'I stor grad'?"],
    ),
    "an answer of another item": ({EAST: "Vet ikke"}, {}, ["an answer of 8 characters", "expected: Øst, Vest"]),
    "a short answer": ({EAST: "Vests"}, {}, ["an answer of 5 characters, not shown here", "did you mean 'Vest'?"]),
    "a tick that is none": ({TICK: "kanskje"}, {}, [f"column '{TICK}'", "'Felles IKT', 1 or x"]),
    "a date in words": (
        {"Completed": "i går"},
        {},
        ["a cell is no date", "1 such cells out of 1", "column 'Completed', row 2", "24.04.2023"],
    ),
    "a date of no month": ({"Start": "25/25/2024"}, {}, ["a cell is no date", "column 'Start', row 2"]),
    "no status known": (
        {"Status": "Ferdig"},
        {},
        ["no row has a value that `export.status.complete` names", "1 other value (1 in all", "expected: Completed"],
    ),
    "all before the fieldwork": ({"Completed": "2023-03-05"}, {}, ["no answer is left", "before_fieldwork 1"]),
    "a count that is none": (
        {"Comment": "ti"},
        {"count": "Comment", "drop": []},
        ["a count is no whole number", "row 2"],
    ),
    "a negative count": ({"Comment": "-1"}, {"count": "Comment", "drop": []}, ["a count is no whole number from 0"]),
    "half a count": ({"Comment": "1.5"}, {"count": "Comment", "drop": []}, ["a count is no whole number from 0"]),
    "counts of 0": ({"Comment": "0"}, {"count": "Comment", "drop": []}, ["no answer is left"]),
}


@pytest.mark.parametrize(("cells", "export", "texts"), UNCLEANABLE.values(), ids=UNCLEANABLE.keys())
def test_what_cannot_be_cleaned_stops_the_run(make_study, answer, cells, export, texts) -> None:
    study = make_study([answer(1, **cells)], **export)
    with pytest.raises(DataError) as caught:
        cleaned(study)
    assert all(text in str(caught.value) for text in texts), str(caught.value)
    assert "pulse/responses.csv" in str(caught.value)


def test_all_unknown_answers_are_listed_and_many_are_summed_up(make_study, answer) -> None:
    rows = [answer(k, **{EAST: f"Enhet nummer {k}", TICK: "kanskje"}) for k in range(12)]
    with pytest.raises(DataError) as caught:
        cleaned(make_study(rows))
    message = str(caught.value)
    assert "4 more answers are not in the codebook" in message
    assert "rows 2, 3, 4, 5, 6 and 7 more" in message
    assert "(count 12)" in message


def test_an_export_of_counts_has_a_row_a_pattern() -> None:
    study = load_study("copenhagen-housing")
    responses = cleaned(study)
    assert (responses.log.rows_in, responses.log.kept, responses.total, len(responses.data)) == (1681, 1681, 1681, 72)
    assert "submitted_on" not in responses.data
    satisfied = responses.data.groupby("satisfaction", observed=False)["count"].sum()
    assert satisfied.to_dict() == {"Low": 567, "Medium": 446, "High": 668}


def test_a_log_that_does_not_add_up_is_refused() -> None:
    with pytest.raises(DataError, match="the rows do not add up"):
        CleaningLog(rows_in=3, kept=1, set_aside={"duplicate": 1}, notes={})


ROWS = st.fixed_dictionaries(
    {
        "RespondentId": st.sampled_from(["1", "2", "3", "4", ""]),
        "Completed": st.sampled_from(["2024-03-01", "2024-03-05 10:00", "15.03.2024", "2024-03-16", ""]),
        "Status": st.sampled_from(["Completed", "partial ", "Started", ""]),
        "Staff": st.sampled_from(["Ordinary", "Political"]),
        EAST: st.sampled_from(["Øst", "vest", ""]),
        BELONGING: st.sampled_from(["I stor grad", "Vet ikke", ""]),
    }
)


@pytest.fixture
def lenient_study(make_study, answer):
    return make_study([answer(1), answer(9, Staff="Political")], duplicates="latest")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, min_size=1, max_size=25), seed=st.integers(0, 99))
def test_the_rows_add_up_in_any_order(lenient_study, answer, rows, seed) -> None:
    rows = [answer(1), answer(9, Staff="Political"), *(answer(**row) for row in rows)]
    most = Counter(row["RespondentId"] for row in rows if row["RespondentId"]).most_common(1)[0][1]
    assume(most < 3 or 2 * most <= len(rows))
    study = lenient_study
    responses = clean(raw_export(pd.DataFrame(rows), study), study)
    shuffled = random.Random(seed).sample(rows, len(rows))
    again = clean(raw_export(pd.DataFrame(shuffled), study), study)
    assert responses.log.frame.equals(again.log.frame)
    assert responses.log.rows_in == len(rows) == responses.total + sum(responses.log.set_aside.values())
    eligible = {
        row["RespondentId"]
        for row in rows
        if row["RespondentId"]
        and row["Completed"] in {"2024-03-05 10:00", "15.03.2024", "", "2024-03-05 09:05:00"}
        and row["Status"] in {"Completed", "partial "}
        and row["Staff"] == "Ordinary"
    }
    assert responses.total >= len(eligible)
    assert Counter(responses.data["response_kind"]) == Counter(again.data["response_kind"])


def test_repeats_do_not_depend_on_pandas_missing_values(make_study, answer) -> None:
    frame = pd.DataFrame([answer(1), answer(2)])
    frame[TICK] = [None, math.nan]
    study = make_study([answer(1)])
    assert clean(raw_export(frame, study), study).data["measures_x"].tolist() == ["not_ticked"] * 2
