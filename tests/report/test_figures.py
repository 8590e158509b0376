"""Figures: the same every time, named, readable without colour."""

import itertools
import re
from xml.etree import ElementTree as ET

import pytest

from evalkit import proportions, response_rates
from evalkit.errors import UsageError
from evalkit.i18n import Locale
from evalkit.report import palette
from evalkit.report.bars import bars_view
from evalkit.report.distributions import Answers
from evalkit.report.likert import likert_view
from evalkit.report.present import presenter_of, result_of
from evalkit.report.views import FigureView


def answers(item, by=()):
    return lambda release, locale: Answers(release.table(item, by), release.study, locale)


def presented(make, kind=None):
    def view(release, locale):
        result = result_of(make(release), release.study, locale)
        return next(v for v in presenter_of(kind or result.kind).parts(result) if isinstance(v, FigureView))

    return view


FIGURES = {
    "likert": lambda *known: likert_view(answers("belonging")(*known)),
    "likert by": lambda *known: likert_view(answers("belonging", "unit")(*known)),
    "likert battery": lambda *known: likert_view(answers("goals")(*known)),
    "bars": lambda *known: bars_view(answers("unit")(*known)),
    "bars by": lambda *known: bars_view(answers("belonging", "unit")(*known)),
    "bars ticks": lambda *known: bars_view(answers("measures")(*known)),
    "response": presented(lambda release: response_rates(release, by="unit")),
    "arrival": presented(lambda release: response_rates(release, by="day")),
    "points": presented(lambda release: proportions(release, "belonging", by=("unit",), categories="high", base="all")),
    "heatmap": presented(
        lambda release: proportions(release, ["belonging", "goals"], by=("unit",), categories="high", base="all"),
        "heatmap",
    ),
}


@pytest.fixture(params=FIGURES)
def drawn(request, release):
    return lambda language="en": FIGURES[request.param](release, Locale(language))


def test_a_figure_is_the_same_every_time(drawn):
    assert drawn("nb").svg == drawn("nb").svg


def test_a_figure_has_a_name_and_a_text_alternative(drawn):
    view = drawn()
    root = ET.fromstring(view.svg)
    assert root.get("role") == "img"
    title, description = list(root)[:2]
    assert title.text == view.title
    assert description.text == view.alt
    assert re.search(r"\d", view.alt)


def test_nothing_in_a_figure_points_outside_or_varies(drawn):
    svg = drawn().svg
    assert "<metadata" not in svg
    assert not re.search(r'href="(?!#)', svg.replace('xmlns:xlink="http://www.w3.org/1999/xlink"', ""))
    assert "DejaVu Sans'" in svg
    assert "<script" not in svg


@pytest.mark.parametrize("name", ["likert by", "points"])
def test_a_hidden_group_is_left_out(release, name):
    svg = FIGURES[name](release, Locale("en")).svg
    label = release.study.codebook.variable("unit").category_label("east", "en")
    assert f">{label}<" not in svg
    assert f">{label} (" not in svg


def test_answers_without_an_order_are_no_diverging_bars(release):
    with pytest.raises(UsageError, match="only ordinal answers"):
        likert_view(answers("unit")(release, Locale("en")))


@pytest.mark.parametrize("n", [2, 3, 5])
def test_neighbouring_colours_differ_and_text_on_them_can_be_read(n):
    colours = palette.diverging(n)
    assert len(colours) == n
    if n != 2:
        assert min(palette.contrast(a, b) for a, b in itertools.pairwise(colours)) >= 2.95
    assert min(palette.contrast(palette.text_on(c), c) for c in colours) >= 4.5


@pytest.mark.parametrize("n", range(2, 10))
def test_text_can_be_read_on_any_scale(n):
    assert min(palette.contrast(palette.text_on(c), c) for c in palette.diverging(n)) >= 4.5


def test_groups_are_told_apart():
    order = palette.GROUPS
    assert min(palette.contrast(a, b) for a, b in itertools.pairwise(order)) >= 3
