"""The gallery: every kind of result that can be shown, each by a cell that runs."""

from unittest import mock

import pytest
from IPython.core.interactiveshell import InteractiveShell

from evalkit.report import shown
from evalkit.report.present import _PRESENTERS, presenter_of
from evalkit.study import project_root

from .cells import opened_page

GALLERY = project_root() / "notebooks" / "gallery.ipynb"
ELSEWHERE = {"unit", "scale_test"}
"""What is shown on the pages of units alone, and what no model of this study's release can be asked."""
LEFT_OUT = "cannot be shown with the answers and figures that the study has"


@pytest.fixture
def seen():
    """Return what each cell of the gallery shows, and the kinds of results that were shown."""
    kinds = set()

    def presenter(kind):
        kinds.add(kind)
        return presenter_of(kind)

    with (
        mock.patch.object(shown, "_bundles", lambda name, html, *_: [{shown.MIME: html}]),
        mock.patch("evalkit.report.show.presenter_of", presenter),
    ):
        page = opened_page(GALLERY, "departementsstrategien-2023")
        yield {code: page.run(number) for number, code in enumerate(page.code)}, kinds
    InteractiveShell.clear_instance()


def test_every_cell_shows_what_it_asks_for_and_every_kind_is_there(seen):
    cells, kinds = seen
    _parameters, _opening, *asked = cells
    assert [code for code in asked if not cells[code] or any(LEFT_OUT in part for part in cells[code])] == []
    assert kinds == _PRESENTERS.keys() - ELSEWHERE
