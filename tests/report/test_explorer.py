"""The widget: what it offers is what is published, and the cell it shows makes what is seen."""

from unittest import mock

import pytest

from evalkit import explore
from evalkit.data.responses import Estimates
from evalkit.errors import UsageError


@pytest.fixture
def explorer(release):
    with mock.patch("IPython.display.display"):
        yield explore(release, "en")


def test_answers_are_refused_with_the_way_out():
    with pytest.raises(UsageError, match="Release") as error:
        explore([1, 2])
    assert error.value.hint == "explore(load_release(study))"


def test_it_offers_what_is_published(explorer, release):
    assert [name for _, name in explorer.item.options] == ["belonging", "goals", "measures", "unit"]
    explorer.item.value = "belonging"
    assert [name for _, name in explorer.by.options] == ["", "unit"]
    explorer.item.value = "measures"
    assert [name for _, name in explorer.by.options] == [""]


@pytest.mark.parametrize("by", ["", "unit"])
@pytest.mark.parametrize(
    ("measure", "view", "cell"),
    [
        ("shares", "chart", "show(release.table({}))"),
        ("shares", "table", "show(crosstab(release, {}))"),
        ("means", "chart", "chart = means(release, {}).plot.barh("),
        ("means", "table", "means(release, {})"),
    ],
)
def test_the_cell_makes_what_is_seen(explorer, by, measure, view, cell):
    explorer.item.value, explorer.by.value = "belonging", by
    with (
        mock.patch("evalkit.report.explorer.display") as display,
        mock.patch("evalkit.report.show.emit"),
    ):
        explorer.measure.value, explorer.view.value = measure, view
        explorer._redraw()
    asked = '"belonging", "unit"' if by else '"belonging"'
    assert explorer.cell.startswith(cell.format(asked))
    (seen,) = display.call_args.args
    assert isinstance(seen, Estimates) if view == "table" and measure == "means" else seen.views


def test_what_cannot_be_had_is_said(explorer, capsys):
    explorer.item.value = "unit"
    explorer.measure.value = "means"
    assert "the answers have no order" in capsys.readouterr().out
