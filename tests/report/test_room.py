"""Long charts and tables: what a page shows of them, where the rest stands, and links that all lead somewhere."""

import re

import pytest
from markupsafe import Markup
from nbformat.v4 import new_markdown_cell, new_notebook

from evalkit import compare_groups, means, proportions
from evalkit.i18n import Locale
from evalkit.report import Show, render_page, room
from evalkit.report.present import presenter_of, result_of
from evalkit.report.views import Column, FigureView, Row, TableView

from .conftest import cell

ROWS = tuple(Row(key, key.upper(), (0.1,), section) for key, section in zip("abcd", "xxxy", strict=True))
TOTAL = Row("total", "All", (0.2,), total=True)


def table(*rows, columns=1):
    heads = tuple(Column(f"c{number}", f"C{number}", "percent") for number in range(columns))
    return TableView("shares", "Shares", "Group", heads, tuple(rows), ("A note.",))


@pytest.fixture
def two(monkeypatch):
    """A page with room for two rows under a heading, two headings, two columns and two sentences alike."""
    monkeypatch.setattr(room, "MANY", 2)


@pytest.mark.parametrize(
    ("sections", "kept"),
    [("", ""), ("xx", "01"), ("xxx", ""), ("xxxy", "3"), ("xxyyy", "01"), ("xyz", "")],
)
def test_headings_with_too_many_rows_and_too_many_headings_are_left_out(two, sections, kept):
    rows = list(enumerate(sections))
    assert "".join(str(number) for number, _ in room.fit(rows, lambda row: row[1])) == kept


def test_a_table_with_room_is_printed_whole(two):
    view = table(*ROWS[:2], TOTAL)
    assert room.shortened(view, set(), Locale("en"), workbook=True) is view


@pytest.mark.parametrize(
    ("named", "kept"), [(set(), "d total"), ({"table-shares--b"}, "b d total"), ({"table-other--b"}, "d total")]
)
def test_of_a_long_table_rows_stay_that_sentences_name(two, named, kept):
    printed = room.shortened(table(*ROWS, TOTAL), named, Locale("en"), workbook=False)
    assert " ".join(row.key for row in printed.rows) == kept
    assert f"{len(printed.rows)} of 5 rows" in printed.notes[0]
    assert re.findall(r'href="([^"]+)"', printed.notes[0]) == ["tables/shares.csv"]
    assert printed.notes[1:] == ("A note.",)


@pytest.mark.parametrize("view", [table(*ROWS[:3], TOTAL), table(ROWS[0], columns=3)])
def test_a_table_of_which_nothing_has_room_leads_to_its_files(two, view):
    printed = room.shortened(view, set(), Locale("en"), workbook=True)
    assert (printed.columns, printed.rows) == ((), ())
    assert re.findall(r'href="([^"]+)"', printed.notes[0]) == ["tables/shares.csv", "appendix.xlsx"]


@pytest.mark.parametrize(("count", "words"), [(2, 2), (3, 1)])
def test_sentences_are_said_as_long_as_they_can_be_read(two, count, words):
    assert len(room.few([Markup("One.")] * count, Locale("en"))) == words


@pytest.fixture
def page(two, release, study, tmp_path, monkeypatch):
    """The page of a study with more units than it has room for."""
    monkeypatch.setenv("EVALKIT_ARTIFACTS", str(tmp_path))
    monkeypatch.setenv("EVALKIT_PAGE", "2")
    show, question = Show(release, "en"), "belonging"
    shares = proportions(release, question, study.groups, categories="high")
    compared, scores = compare_groups(release, question, study.groups), means(release, question, study.groups)
    crossed = release.table("belonging", ["unit", "role"])
    calls = {
        "say": lambda: show.say(release.table("unit"), shares),
        "show": lambda: show(release.table("unit"), shares, compared, scores, crossed),
        "register": show.register,
    }
    cells = [new_markdown_cell("# A question\n\nAsked."), *(cell(name, call) for name, call in calls.items())]
    notebook = new_notebook(cells=cells, metadata={"evalkit": {"parameters": {}}})
    return render_page(notebook, study=study, language="en", name="02_x", files=tmp_path)


def test_a_page_with_many_units_shows_those_that_it_names_and_leads_to_the_rest(page, study, tmp_path):
    tables = dict(re.findall(r'<div class="table" id="table-(\w+)">(.*?</div>.*?)</div>', page, re.DOTALL))
    rows = {name: re.findall(r'<tr id="[^"]*--(\w+)"', html) for name, html in tables.items()}
    named = set(re.findall(r'href="#table-unit--(\w+)"', page))
    assert 0 < len(named) < len(study.codebook.variable("unit").scale.codes)
    assert set(rows["unit"]) == {*named, "total"}
    for name in ("belonging_by_unit", "mean_belonging_by_unit"):
        assert rows[name] == []
        assert (tmp_path / "tables" / f"{name}.csv").read_text(encoding="utf-8").count("\n") > 3


@pytest.mark.parametrize(("room_for", "drawn"), [(2, ["belonging_by_groups"]), (1, [])])
def test_a_chart_draws_no_more_of_a_grouping_than_a_page_has_room_for(release, study, monkeypatch, room_for, drawn):
    monkeypatch.setattr(room, "MANY", room_for)
    shares = result_of(proportions(release, "belonging", "unit", categories="high"), study, Locale("en"))
    parts = presenter_of("proportions").parts(shares)  # one of the three units is hidden
    assert [part.id for part in parts if isinstance(part, FigureView)] == drawn


def test_every_link_of_such_a_page_leads_somewhere(page, tmp_path):
    links = set(re.findall(r'href="(tables/[^"]+)"', page))
    assert links
    assert all((tmp_path / link).exists() for link in links)
    places = set(re.findall(r' id="([^"]+)"', page))
    assert {link for link in re.findall(r'href="#([^"]+)"', page) if link not in places} == set()


def test_in_a_notebook_of_ones_own_a_table_is_whole(two, release):
    shown = cell("", lambda: Show(release, "en")(means(release, "belonging", "unit"))).outputs
    assert "".join(str(output) for output in shown).count("<tr id=") == 3
