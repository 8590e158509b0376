"""Tables of answers: per cent from released counts alone, hidden cells with one mark, labels escaped."""

import csv
import re

import pandas as pd
import pytest

from evalkit.attack import audit
from evalkit.errors import DisclosureError
from evalkit.i18n import Locale
from evalkit.report import Show, write_tables
from evalkit.report.distributions import Answers, distribution_view, looked_up
from evalkit.report.markup import table_html
from evalkit.report.views import HIDDEN
from evalkit.study import TOTAL, Table


@pytest.fixture
def answers(release, study):
    return lambda item, by=(): Answers(release.table(item, by), study, Locale("en"))


def test_per_cent_are_of_everyone_who_answered(answers, release):
    table = release.table("belonging")
    view = distribution_view(answers("belonging"))
    base = table.count()
    for row in view.rows:
        if row.key in table.cells["belonging"].tolist():
            count = table.count({"belonging": row.key})
            assert row.values == (pytest.approx(count / base), count)
    assert view.rows[-1].values == (1.0, base)
    assert [row.key for row in view.rows if row.sum] == ["sum-none-little", "sum-some-great"]


def test_what_is_hidden_in_the_table_is_hidden_in_all_that_follows(answers, release):
    asked = answers("belonging", "unit")
    assert {asked.share("belonging", ("east",), code) for code in (*asked.codes, TOTAL)} == {None}
    view = distribution_view(answers("belonging", "unit"))
    (east,) = [row for row in view.rows if row.key == "east"]
    assert set(east.values) == {HIDDEN}
    assert any(HIDDEN in row.values for row in view.rows)
    assert any("“:”" in note for note in view.notes)


@pytest.mark.parametrize(
    ("item", "by", "rows"),
    [
        ("belonging", ("unit", "role"), 7),
        ("goals", (), 2),
        ("goals", "unit", 8),
        ("measures", (), 2),
        ("goals_a", (), 10),
    ],
)
def test_each_kind_of_item_has_its_table(answers, item, by, rows):
    view = distribution_view(answers(item, by))
    assert len(view.rows) == rows
    assert len({row.key for row in view.rows}) == rows
    assert all(len(row.values) == len(view.columns) for row in view.rows)


def test_labels_are_escaped_and_header_cells_scoped(answers):
    html = table_html(distribution_view(answers("belonging", "unit")), Locale("en"))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert re.findall(r"<th(?![^>]*scope)[ >]", html) == []
    assert html.count("<caption") == 1


@pytest.mark.parametrize(
    "given", [pd.DataFrame({"count": [1]}), Table("t", ["a"], pd.DataFrame({"a": ["x"], "count": [3]})), "text"]
)
def test_only_protected_tables_are_shown(given):
    with pytest.raises(DisclosureError, match="only protected tables are shown"):
        looked_up(given)


def test_tables_are_written_as_the_attacker_reads_them(release, tmp_path, study):
    write_tables(release, tmp_path / "nb", "nb")
    with (tmp_path / "nb" / "tables" / "belonging_by_unit.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    east = [row for row in rows if row["unit"] == "east"]
    assert {row["count"] for row in east} == {row["percent"] for row in east} == {":"}
    assert {row["unit_label"] for row in rows} >= {"'=SUM(A1) & Sør", "Alle"}
    assert {row["unit"] for row in rows} == {"north", "south", "east", TOTAL}
    found = audit(tmp_path / "nb")
    assert set(found.columns) >= {"table", "where", "kind", "low", "high"}


def test_artifacts_are_written_only_when_the_build_asks(release, tmp_path, monkeypatch):
    Show(release, "en")(release.table("belonging"))
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("EVALKIT_ARTIFACTS", str(tmp_path))
    show = Show(release, "en")
    show(release.table("belonging", "unit"))
    show.say(release.table("belonging", "unit"))
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {
        "tables/belonging_by_unit.csv",
        "figures/belonging_by_unit.png",
        "figures/belonging_by_unit.svg",
        "numbers.json",
    }
