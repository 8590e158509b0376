"""What cannot be read is refused with the file, the place and the remedy; what can be read is the same in every format."""

from __future__ import annotations

import csv
import io
import time
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
import xlsxwriter

from evalkit.data import clean, read_export
from evalkit.data.files import read_grid
from evalkit.data.grid import cell_text
from evalkit.data.moments import parse_moment
from evalkit.data.read import RESPONDENT
from evalkit.errors import DataError
from evalkit.study import Study

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
CSV = """\
RespondentId,Start,Completed,Status,Email,Comment,Staff,1. Enhet,2. Tilhørighet,3. Mål - A,3. Mål - B,4. Tiltak - Felles IKT,4. Tiltak - Felles HR
0001,2024-03-05 09:00:00,2024-03-05 09:05:00,Completed,p1@example.org,fri tekst,Ordinary,Øst,I stor grad,I noen grad,Vet ikke,Felles IKT,
0002,2024-03-05 09:00:00,2024-03-05 09:05:00,Completed,p2@example.org,fri tekst,Ordinary,Øst,I stor grad,I noen grad,Vet ikke,Felles IKT,
"""
FINE = list(csv.DictReader(io.StringIO(CSV)))


def workbook(rows: list[list[object]], name: str = "Data") -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet, dated = book.add_worksheet(name), book.add_format({"num_format": "dd.mm.yyyy hh:mm"})
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(number, column, value, dated)
                else:
                    sheet.write(number, column, value)
    return buffer.getvalue()


def as_workbook(rows: list[dict[str, str]]) -> bytes:
    return workbook([list(rows[0]), *(list(row.values()) for row in rows)])


def without(heading: str) -> list[dict[str, str]]:
    return [{key: value for key, value in row.items() if key != heading} for row in FINE]


def renamed(old: str, new: str) -> list[dict[str, str]]:
    return [{new if key == old else key: value for key, value in row.items()} for row in FINE]


UNREADABLE = {
    "empty": (b"", {}, ["pulse/responses.csv", "the file is empty", "0 bytes"]),
    "only separators": (",,,\n,,,\n", {}, ["the file is empty", "no cell with a value"]),
    "headings only": (CSV.splitlines()[0] + "\n", {}, ["there are headings and no answers"]),
    "a column missing": (without("1. Enhet"), {}, ["the column '1. Enhet' is missing", "a column for unit"]),
    "a heading misspelt": (
        renamed("2. Tilhørighet", "2. Tilhorighet"),
        {},
        ["the column '2. Tilhørighet' is missing", "did you mean '2. Tilhorighet'?"],
    ),
    "no id": (without("RespondentId"), {}, ["the column 'RespondentId' is missing", "the respondents' ids"]),
    "no status": (without("Status"), {}, ["the column 'Status' is missing", "how far they came"]),
    "several missing": (
        [{"1. Enhet": "Øst"}, {"1. Enhet": "Vest"}],
        {},
        ["things are wrong", "'RespondentId' is missing", "'2. Tilhørighet' is missing", "'3. Mål - B' is missing"],
    ),
    "a heading twice": (
        CSV.replace("Comment,", "1.  ENHET ,", 1),
        {},
        ["the column '1. Enhet' stands 2 times", "one column a heading"],
    ),
    "bytes of no encoding": (
        CSV.replace("fri tekst", "\x81\x8d").encode("latin-1"),
        {},
        ["the encoding of the file is not known", "UTF-8, UTF-16 or Windows-1252", "save the file as UTF-8"],
    ),
    "UTF-8 with a broken byte": (CSV.encode() + b"\xc3", {}, ["the encoding of the file is not known"]),
    "an encoding of old": (CSV.encode("cp865"), {}, ["the encoding of the file is not known"]),
    "an encoding of a Mac": (CSV.encode("mac-roman"), {}, ["the encoding of the file is not known"]),
    "UTF-16 cut in a character": (CSV.encode("utf-16")[:-1], {}, ["the encoding of the file is not known"]),
    "binary": (b"a,b\n" + bytes(range(0, 256, 5)) * 9, {}, ["the encoding of the file is not known"]),
    "an open quotation mark": (
        CSV.replace("fri tekst", '"fri tekst', 1),
        {},
        ["the quotation marks do not pair up", "from line 2", "every quoted cell closed"],
    ),
    "a row too short": (CSV + "0003,2024-03-05\n", {}, ["more or fewer cells than", "line 4", "13 cells"]),
    "a row too long": (CSV + "a," * 14 + "b\n", {}, ["more or fewer cells than", "line 4", "13 cells"]),
    "a workbook named csv": (as_workbook(FINE), {}, ["a workbook with the name of a text file", "name it .xlsx"]),
    "text named xlsx": (
        CSV.encode(),
        {"file": "a.xlsx"},
        ["pulse/a.xlsx", "a file that is no workbook", "name it .csv"],
    ),
    "half a workbook": (as_workbook(FINE)[:900], {"file": "a.xlsx"}, ["a damaged or incomplete workbook"]),
    "an encrypted workbook": (
        OLE + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600),
        {"file": "a.xlsx"},
        ["the workbook is encrypted", "save it without one"],
    ),
    "an old workbook, damaged": (OLE + bytes(900), {"file": "a.xls"}, ["the workbook cannot be read", "another kind"]),
    "an empty workbook": (workbook([]), {"file": "a.xlsx"}, ["the file is empty"]),
    "a title above the headings": (
        "Svar på pulsen\n\n" + CSV,
        {},
        ["none of the study's columns is in the first row", "got: 1 other headings", "remove what stands above"],
    ),
    "no such sheet": (
        as_workbook(FINE),
        {"file": "a.xlsx", "sheet": "Dato"},
        ["there is no such sheet", "got: Dato", "did you mean 'Data'?"],
    ),
    "a damaged SPSS file": (
        b"$FL2" + bytes(300),
        {"file": "a.sav"},
        ["the SPSS file cannot be read", "export it again"],
    ),
    "an unknown kind": (b"%PDF-1.7", {"file": "a.pdf"}, ["this kind of file is not known", ".pdf", ".csv"]),
}


@pytest.mark.parametrize(("content", "export", "texts"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_is_refused(make_study, content, export, texts) -> None:
    study = make_study(content, **export)
    with pytest.raises(DataError) as caught:
        read_export(study)
    message = str(caught.value)
    assert all(text in message for text in texts), message
    assert caught.value.exit_code == 3
    assert "pulse/" in message


def test_a_missing_file_and_a_folder_are_named(make_study) -> None:
    study = make_study(FINE, file="respnses.csv")
    (study.folder / "respnses.csv").rename(study.folder / "responses.csv")
    with pytest.raises(DataError, match=r"the export is missing[\s\S]*did you mean 'responses.csv'"):
        read_export(study)
    (study.folder / "respnses.csv").mkdir()
    with pytest.raises(DataError, match=r"pulse/respnses.csv: this is a folder"):
        read_export(study)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encoding_and_separator_are_found(make_study, answer, as_csv, encoding, separator) -> None:
    rows = [answer(1, Comment="a; b, c | d\tå"), answer(2, Comment='to "linjer"\nher'), answer(3)]
    study = make_study(as_csv(rows, separator).encode(encoding))
    cells = read_export(study).cells
    assert cells["1. Enhet"].tolist() == ["Øst"] * 3
    assert cells.index.tolist() == [2, 3, 5]


@pytest.mark.parametrize("text", ["sep=;\n", "\n\n", "\ufeff"])
def test_what_stands_before_the_headings_is_passed_over(make_study, as_csv, text) -> None:
    study = make_study(text + as_csv(FINE, ";"))
    assert len(read_export(study).cells) == 2


def test_rows_of_white_space_are_no_rows(make_study) -> None:
    assert len(read_export(make_study(CSV + " , ,,,,,,,,,,,\n\n,,,,,,,,,,,,\n")).cells) == len(
        read_export(make_study(CSV)).cells
    )


def sheets(tmp_path, **frames) -> bytes:
    with pd.ExcelWriter(tmp_path / "a.xlsx", engine="xlsxwriter") as book:
        for name, frame in frames.items():
            frame.to_excel(book, sheet_name=name.strip("_"), index=False)
            if name.endswith("_"):
                book.sheets[name.strip("_")].hide()
    return (tmp_path / "a.xlsx").read_bytes()


ABOUT = pd.DataFrame({"Om": ["eksporten"]})


def test_the_sheet_that_holds_the_headings_is_found(make_study, tmp_path) -> None:
    content = sheets(tmp_path, Om=ABOUT, Data=pd.DataFrame(FINE), Tom=pd.DataFrame(columns=list(FINE[0])))
    assert len(read_export(make_study(content, file="a.xlsx")).cells) == len(FINE)
    with pytest.raises(DataError, match=r"a.xlsx: none of"):
        read_export(make_study(content, file="a.xlsx", sheet="Om"))


def test_two_sheets_with_the_headings_are_not_chosen_between(make_study, tmp_path) -> None:
    content = sheets(tmp_path, V2023=pd.DataFrame(FINE), V2024=pd.DataFrame(FINE))
    with pytest.raises(DataError, match=r"several sheets hold the study's headings\n  got: V2023, V2024"):
        read_export(make_study(content, file="a.xlsx"))
    assert len(read_export(make_study(content, file="a.xlsx", sheet="V2024")).cells) == len(FINE)


def test_a_hidden_sheet_is_read_only_when_it_is_named(make_study, tmp_path) -> None:
    content = sheets(tmp_path, Om=ABOUT, Data_=pd.DataFrame(FINE))
    with pytest.raises(DataError, match="none of the study's columns"):
        read_export(make_study(content, file="a.xlsx"))
    assert len(read_export(make_study(content, file="a.xlsx", sheet="Data")).cells) == len(FINE)


def test_cells_without_a_value_are_refused_by_cell(make_study) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate([list(FINE[0]), *(list(row.values()) for row in FINE)]):
            sheet.write_row(row, 0, cells)
        sheet.write_formula(1, 7, "=1/0", value="#DIV/0!")
        sheet.write_formula(2, 8, "=A1", value="")
        sheet.write_formula(2, 5, "=1/0", value="#DIV/0!")
    with pytest.raises(DataError, match=r"column '1. Enhet', row 2: a cell holds no value\n  got: an error of Excel"):
        read_export(make_study(buffer.getvalue(), file="a.xlsx"))


def test_a_stray_cell_far_out_does_not_fill_the_memory(make_study) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(FINE[0]))
        sheet.write_row(1, 0, list(FINE[0].values()))
        sheet.write(19999, 16383, "x")
    with pytest.raises(DataError, match=r"the sheet is too large to be read[\s\S]*column XFD"):
        read_export(make_study(buffer.getvalue(), file="a.xlsx"))


def test_a_workbook_gives_what_a_text_file_gives(make_study) -> None:
    from_text = read_export(make_study(FINE)).cells
    from_workbook = read_export(make_study(as_workbook(FINE), file="a.xlsx")).cells
    pd.testing.assert_frame_equal(from_text, from_workbook)


def test_an_spss_file_keeps_its_missing_answers(make_study, tmp_path) -> None:
    frame = pd.DataFrame([list(row.values()) for row in FINE], columns=[f"v{k}" for k in range(13)])
    frame["v10"], frame["v9"] = [9.0, 1.0], [8.0, 1.0]
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(
        frame,
        str(path),
        column_labels=dict(zip(frame.columns, FINE[0], strict=True)),
        variable_value_labels={key: {1.0: "I stor grad", 8.0: "Hoppet over", 9.0: "Vet ikke"} for key in ("v9", "v10")},
        missing_ranges={"v10": [9.0], "v9": [{"lo": 8.0, "hi": 9.0}]},
    )
    study = make_study(path.read_bytes(), file="a.sav")
    data = clean(read_export(study), study).data
    assert data["goals_b__missing"].tolist()[0] == "dont_know"
    assert data["goals_b"].tolist()[1] == "great"
    assert data["goals_a__missing"].tolist()[0] == "blank", "what the file declares missing is no answer"


PLAIN = {
    "plain": CSV,
    "windows line ends": CSV.replace("\n", "\r\n"),
    "no last line end": CSV.rstrip("\n"),
    "quoted": CSV.replace("fri tekst", '"fri, ""tekst"""'),
    "all quoted": '"' + CSV.rstrip("\n").replace(",", '","').replace("\n", '"\n"') + '"\n',
    "a line break in a cell": CSV.replace("fri tekst", '"fri\ntekst"', 1),
    "empty rows": CSV + ",,,,,,,,,,,,\n" + CSV.splitlines()[1] + "\n",
    "an empty line": CSV + "\n" + CSV.splitlines()[1] + "\n",
    "trailing separators": CSV.replace("\n", ",,\n"),
}


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_a_large_file_is_read_as_a_small_one(make_study, monkeypatch, text) -> None:
    study = make_study(text)
    slow = read_export(study)
    monkeypatch.setattr("evalkit.data.grid.LARGE", 0)
    fast = read_export(study)
    pd.testing.assert_frame_equal(slow.cells, fast.cells)
    assert slow.unread == fast.unread


@pytest.mark.parametrize(
    "name", ["a row too short", "a row too long", "an open quotation mark", "a title above the headings"]
)
def test_a_large_file_is_refused_as_a_small_one(make_study, monkeypatch, name) -> None:
    monkeypatch.setattr("evalkit.data.grid.LARGE", 0)
    content, export, texts = UNREADABLE[name]
    with pytest.raises(DataError) as caught:
        read_export(make_study(content, **export))
    assert all(text in str(caught.value) for text in texts), str(caught.value)


def test_headings_are_forgiving_of_space_case_and_order(make_study) -> None:
    rows = [{f"  {key.upper()} ": row[key] for key in reversed(row)} for row in FINE]
    assert read_export(make_study(rows)).cells["2. Tilhørighet"].tolist() == ["I stor grad"] * 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.0, "12"),
        (1.5, "1.5"),
        (True, "1"),
        (None, ""),
        (float("nan"), ""),
        ("0012", "0012"),
        (datetime(2024, 3, 5, 9), "2024-03-05 09:00:00"),
        (datetime(2024, 3, 5).date(), "2024-03-05"),
    ],
)
def test_cells_become_text(value, text) -> None:
    assert cell_text(value) == text


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05 09:05",
        "2024-03-05T09:05:00",
        "2024-03-05T09:05:00.250Z",
        "2024-03-05 09:05:00+01:00",
        "05.03.2024 09:05",
        "5.3.2024 09:05:00",
        "05.03.2024 kl. 09.05",
        "05/03/2024 9:05",
        "05.03.24 09:05",
        " 05.03.2024\u00a009:05 ",
        "45356.378472222",
    ],
)
def test_dates_are_read_as_exports_write_them(text) -> None:
    assert parse_moment(text) == datetime(2024, 3, 5, 9, 5)


@pytest.mark.parametrize("text", ["", "i går", "2024-13-05", "31.02.2024", "03/25/2024", "12", "2024-03-05 25:00"])
def test_what_is_no_date_is_none(text) -> None:
    assert parse_moment(text) is None


CANARY = "Kari Nordmann 01017012345"


def test_a_panic_of_the_reader_is_a_damaged_workbook(make_study, monkeypatch) -> None:
    def panicking(_: object) -> None:
        raise type("PanicException", (BaseException,), {})("range start index 116 out of range")

    monkeypatch.setattr("python_calamine.CalamineWorkbook.from_path", panicking)
    with pytest.raises(DataError, match="the workbook cannot be read"):
        read_export(make_study(OLE + bytes(900), file="a.xls"))


LEAKS = {
    "unknown answer": ({"2. Tilhørighet": CANARY}, {}),
    "unknown tick": ({"4. Tiltak - Felles HR": CANARY}, {}),
    "no date": ({"Completed": CANARY}, {}),
    "no count": ({"Status": CANARY}, {"count": "Status", "status": None}),
    "status unknown": ({"Status": CANARY}, {}),
    "two of one id": ({"RespondentId": CANARY, "1. Enhet": "Vest"}, {}),
}


@pytest.mark.parametrize(("cells", "export"), LEAKS.values(), ids=LEAKS.keys())
def test_no_error_quotes_an_answer_or_an_identifier(make_study, answer, cells, export) -> None:
    rows = [answer(1, Email=CANARY, Comment=CANARY, **cells), answer(2, **(cells | {"1. Enhet": "Øst"}))]
    study = make_study(rows, **export)
    with pytest.raises(DataError) as caught:
        clean(read_export(study), study)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert not any(word in told for word in CANARY.split()), told


def test_identifiers_and_free_text_stay_in_the_file(make_study, answer) -> None:
    rows = [answer(k, RespondentId=f"{CANARY} {k}", Email=CANARY, Comment=CANARY) for k in range(3)]
    raw = read_export(make_study(rows))
    assert raw.cells[RESPONDENT].tolist() == ["0", "1", "2"]
    assert CANARY not in raw.cells.to_csv()
    responses = clean(raw, raw.study)
    assert CANARY not in responses.data.to_csv() + repr(responses) + repr(raw) + repr(responses.log)
    assert RESPONDENT not in responses.data


def test_a_wide_workbook_is_read_fast(tmp_path: Path) -> None:
    path = tmp_path / "wide.xlsx"
    path.write_bytes(
        workbook([[f"h{k}" for k in range(242)], *([f"svar {k % 5}" for k in range(242)] for _ in range(998))])
    )
    start = time.process_time()
    grid = read_grid(path, {"h1"})
    assert (len(grid.answers), len(grid.headings.names)) == (998, 242)
    assert time.process_time() - start < 1.5


def test_a_raw_export_shows_its_size_alone(make_study: Callable[..., Study]) -> None:
    assert repr(read_export(make_study(FINE))) == (
        "<RawExport pulse/responses.csv: 2 rows, 10 columns kept; not for release>"
    )
