"""The workbook reopens with the values that were written, holds no formula and no merged cell, and is the same every time."""

import re
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from evalkit.errors import UsageError
from evalkit.i18n import Locale
from evalkit.report import write_workbook
from evalkit.report.files.workbook import published_tables, sheet_names
from evalkit.report.views import HIDDEN


@pytest.fixture(params=["nb", "en"])
def language(request):
    return request.param


@pytest.fixture
def written(release, language, tmp_path):
    return write_workbook(release, tmp_path / "tables.xlsx", language)


def sheets(path):
    """Return each sheet's XML by name of its part."""
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name}


def expected(view):
    """Return a table's rows as they are to be read back."""
    sectioned = any(row.section for row in view.rows)
    for row in view.rows:
        values = [
            ":" if value is HIDDEN
            else "" if value is None
            else 100 * value if column.kind == "percent" and isinstance(value, float)
            else value
            for column, value in zip(view.columns, row.values, strict=True)
        ]  # fmt: skip
        yield [*([row.section or ""] if sectioned else []), row.label, *values]


def test_every_table_reopens_with_the_same_values(release, language, written):
    locale, book = Locale(language), CalamineWorkbook.from_path(str(written))
    views = published_tables(release, language)
    names = sheet_names(views)
    for view in views:
        rows = book.get_sheet_by_name(names[view.id]).to_python()
        assert any(f"{locale.text('Table {number}', number=view.number)}. {view.title}" in row for row in rows)
        start = next(n for n, row in enumerate(rows) if row[: len(view.columns)].count("") < 1 and view.stub in row) + 1
        wanted = list(expected(view))
        for got, want in zip(rows[start : start + len(wanted)], wanted, strict=True):
            cells = got[: len(want)]
            assert [c if isinstance(c, str) else pytest.approx(c) for c in cells] == want, view.id


def test_ministries_tables_reopen_too(ministries, tmp_path):
    book = CalamineWorkbook.from_path(str(write_workbook(ministries, tmp_path / "tables.xlsx", "nb")))
    views = published_tables(ministries, "nb")
    names = sheet_names(views)
    assert book.sheet_names == ["Forside", "Innhold", "Merknader", *names.values()]
    for view in views:
        rows = book.get_sheet_by_name(names[view.id]).to_python()
        flat = [cell for row in rows for cell in row]
        assert f"Tabell {view.number}. {view.title}" in flat
        assert all(row.label in flat for row in view.rows)


def test_the_notes_say_of_which_tables_something_is_hidden(release, tmp_path):
    book = CalamineWorkbook.from_path(str(write_workbook(release, tmp_path / "tables.xlsx", "en")))
    notes = [row[0] for row in book.get_sheet_by_name("Notes").to_python()]
    said = {line.split(". ", 1)[1] for line in notes if line.endswith("counts are hidden.")}
    shown = {view.id: view.title for view in published_tables(release, "en")}
    hidden = {name: table for name, table in release.tables.items() if table.hidden and name in shown}
    assert said == {f"{shown[n]}: {t.hidden} of {len(t.cells)} counts are hidden." for n, t in hidden.items()}
    assert said


def test_cover_contents_and_notes_come_first(written, language):
    names = CalamineWorkbook.from_path(str(written)).sheet_names
    assert names[:3] == (["Forside", "Innhold", "Merknader"] if language == "nb" else ["Cover", "Contents", "Notes"])
    contents = sheets(written)["xl/worksheets/sheet2.xml"]
    assert contents.count("<hyperlink ") == len(names) - 3


def test_no_formula_and_no_merged_cell(written):
    for name, text in sheets(written).items():
        assert re.search(r"<f[ >]", text) is None, name
        assert "mergeCell" not in text, name


def test_what_looks_like_a_formula_is_a_text(release, written, language):
    label = "=SUM(A1) & Sør" if language == "nb" else "=SUM(A1) & South"
    cells = [
        cell
        for sheet in CalamineWorkbook.from_path(str(written)).sheet_names
        for row in CalamineWorkbook.from_path(str(written)).get_sheet_by_name(sheet).to_python()
        for cell in row
    ]
    assert label in cells
    with zipfile.ZipFile(written) as book:
        assert 'quotePrefix="1"' in book.read("xl/styles.xml").decode()


def test_headings_stay_in_sight_and_tables_have_names(written):
    with zipfile.ZipFile(written) as book:
        tables = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/tables/")]
    pages = list(sheets(written).values())
    assert sum('state="frozen"' in page for page in pages) == len(tables) == len(pages) - 3
    names = [re.search(r'displayName="([^"]+)"', table)[1] for table in tables]
    assert len(set(names)) == len(names)


def test_every_sheet_says_that_the_answers_are_made(written, language):
    mark = "Syntetiske data" if language == "nb" else "Synthetic data"
    book = CalamineWorkbook.from_path(str(written))
    for name in book.sheet_names:
        title, marked, first, *_ = book.get_sheet_by_name(name).to_python()
        assert title[0], name
        assert mark in str(marked[0]), name
        assert any(first), name  # nothing is left open under it
    with zipfile.ZipFile(written) as opened:
        assert mark in opened.read("docProps/core.xml").decode()


def test_hidden_values_are_the_one_mark(release, language, written):
    views = [view for view in published_tables(release, language) if any(HIDDEN in row.values for row in view.rows)]
    assert views
    book = CalamineWorkbook.from_path(str(written))
    name = sheet_names(views)[views[0].id]
    assert ":" in [cell for row in book.get_sheet_by_name(name).to_python() for cell in row]


def test_names_of_sheets_say_what_stands_there_and_are_such_as_spreadsheets_allow(release, ministries):
    for views in (published_tables(release, "en"), published_tables(ministries, "nb")):
        names = list(sheet_names(views).values())
        assert len({name.casefold() for name in names}) == len(names)
        for name, view in zip(names, views, strict=True):
            assert len(name) <= 31
            assert not set(name) & set("[]:*?/\\'")
            assert [word.rstrip("…") for word in name.split()[:2]] == [str(view.number), view.title.split()[0]]


def test_numbers_are_those_of_the_pages(release, tmp_path):
    numbers = {"questionnaire_goals": "4.2", "goals_by_unit": "2.10", "questionnaire_belonging": "4.1", "gone": "1.1"}
    numbers = {f"table-{name}": number for name, number in numbers.items()}
    views = published_tables(release, "en", numbers)
    assert [(view.id, view.number) for view in views[:3]] == [
        ("goals_by_unit", "2.10"),
        ("questionnaire_belonging", "4.1"),
        ("questionnaire_goals", "4.2"),
    ]
    assert [view.number for view in views[3:]] == list(range(1, len(views) - 2))
    book = CalamineWorkbook.from_path(str(write_workbook(release, tmp_path / "tables.xlsx", "en", numbers)))
    assert book.sheet_names[3].startswith("2.10 The goals")


def test_the_same_bytes_on_any_day(release, written, language, tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    again = write_workbook(release, tmp_path / "again.xlsx", language)
    assert again.read_bytes() == written.read_bytes()
    with zipfile.ZipFile(written) as book:
        assert {entry.date_time[0] for entry in book.infolist()} == {1980}
        assert "2000-01-01" in book.read("docProps/core.xml").decode()


def test_another_ending_is_refused(release, tmp_path):
    with pytest.raises(UsageError, match=r"ends in \.xlsx"):
        write_workbook(release, tmp_path / "tables.xls")


def test_a_sheet_of_groups_names_them(ministries):
    names = sheet_names(published_tables(ministries, "nb", {"table-awareness_by_ministry": "2.4"}))
    assert names["awareness_by_ministry"] == "2.4 Kjennskap… – Departement"
    assert len(set(names.values())) == len(names)
