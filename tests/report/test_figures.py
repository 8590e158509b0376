"""Figures: the same every time, named, readable without colour."""

import itertools
import re
from xml.etree import ElementTree as ET

import pytest

from evalkit.errors import UsageError
from evalkit.report import Page, palette

CALLS = {
    "likert": ("likert", ("belonging",)),
    "likert by": ("likert", ("belonging", "unit")),
    "likert battery": ("likert", ("goals",)),
    "bars": ("bars", ("unit",)),
    "bars by": ("bars", ("belonging", "unit")),
    "bars ticks": ("bars", ("measures",)),
    "response": ("response_bars", ("unit",)),
    "arrival": ("arrival", ()),
}


@pytest.fixture(params=CALLS)
def call(request):
    return CALLS[request.param]


def svg_of(html):
    return re.search(r"<svg.*</svg>", html, flags=re.DOTALL)[0]


def test_a_figure_is_the_same_every_time(release, call):
    name, arguments = call
    first, second = (getattr(Page(release, "nb"), name)(*arguments).html for _ in range(2))
    assert first == second


def test_a_figure_has_a_name_and_a_text_alternative(page, call):
    name, arguments = call
    root = ET.fromstring(svg_of(getattr(page, name)(*arguments).html))
    assert root.get("role") == "img"
    assert len(root.get("aria-label")) > 40
    title, description = list(root)[:2]
    assert title.text
    assert re.search(r"\d", description.text)


def test_nothing_in_a_figure_points_outside_or_varies(page, call):
    name, arguments = call
    svg = svg_of(getattr(page, name)(*arguments).html)
    assert "<metadata" not in svg
    assert not re.search(r'href="(?!#)', svg.replace('xmlns:xlink="http://www.w3.org/1999/xlink"', ""))
    assert "DejaVu Sans'" in svg
    assert "<script" not in svg


def test_a_hidden_group_is_left_out(page):
    svg = svg_of(page.likert("belonging", "unit").html)
    label = page.study.codebook.variable("unit").category_label("east", page.locale.language)
    assert label not in svg


def test_answers_without_an_order_are_no_diverging_bars(page):
    with pytest.raises(UsageError, match="only ordinal answers"):
        page.likert("unit")


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
