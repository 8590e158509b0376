"""Figures: the same every time, named, readable without colour."""

import itertools
import re
from xml.etree import ElementTree as ET

import pytest

from evalkit import proportions, response_rates
from evalkit.i18n import Locale
from evalkit.report import palette
from evalkit.report.bars import bars_view
from evalkit.report.distributions import Answers
from evalkit.report.forest import Effect, forest
from evalkit.report.likert import likert_view
from evalkit.report.present import presenter_of, result_of
from evalkit.report.render import adaptive
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
    assert root.get("aria-label") == view.spoken
    assert view.spoken.startswith(view.title)
    assert len(view.spoken) < 300


def test_the_highest_and_the_lowest_are_read_out(release):
    effects = [
        Effect("Unit", name, share, share - 0.1, share + 0.1) for name, share in (("A", 0.3), ("B", 0.5), ("C", 0.2))
    ]
    view = forest("x", "Who knows.", effects, "share", Locale("nb"))
    assert view.spoken == "Who knows. Høyest: Unit, B, 50 % (40–60 %); lavest: Unit, C, 20 % (10–30 %).".replace(
        " %", "\N{NO-BREAK SPACE}%"
    )
    assert forest("x", "Two", effects[:2], "share", Locale("nb")).spoken == "Two."


def test_the_scale_of_ratios_holds_all_values_and_one():
    for ends, ticks in (((0.8, 1.2), "0.5 1 2"), ((0.15, 1.2), "0.1 0.2 0.5 1 2"), ((0.8, 4.0), "0.5 1 2 5")):
        view = forest("x", "Odds.", [Effect("Unit", "A", 1.0, *ends)], "ratio", Locale("en"))
        written = re.findall(r">([\d.]+)</text>", view.svg)
        assert {tick for tick in written if tick in ["0.05", "0.1", "0.2", "0.5", "1", "2", "5", "10", "20"]} == set(
            ticks.split()
        )


def test_the_curve_of_arrival_ends_at_the_share_that_answered(release):
    last = response_rates(release, by="day")["estimate"].iloc[-1]
    assert f">{Locale('en').percent(last)}<" in FIGURES["arrival"](release, Locale("en")).svg.replace("> ", ">")


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


def test_a_narrow_drawing_says_what_the_wide_one_says(drawn):
    view = drawn()
    wide, narrow = (sorted(re.findall(r">(-?[\d.]+%?(?: \([^<]*\))?)</text>", svg)) for svg in (view.svg, view.narrow))
    assert wide
    assert set(wide) >= set(narrow)  # an axis may have fewer numbers
    assert [text for text in wide if "%" in text] == [text for text in narrow if "%" in text]
    assert ET.fromstring(view.narrow).get("aria-label") == ET.fromstring(view.svg).get("aria-label")


@pytest.mark.parametrize("name", ["likert", "likert by"])
def test_what_the_panels_beside_the_bars_are_called_stands_in_the_row_of_the_key(release, name):
    root = ET.fromstring(FIGURES[name](release, Locale("en")).svg)
    height = {text.text: float(text.get("y")) for text in root.iter("{http://www.w3.org/2000/svg}text")}
    texts = release.study.codebook.variable("belonging").scale
    low, dont_know = texts.categories[0].label("en"), texts.missing[0].label("en")
    assert height[dont_know] == pytest.approx(height[low], abs=1)
    assert height[dont_know] < min(y for text, y in height.items() if text.startswith("All"))


def test_on_a_narrow_drawing_a_label_stands_above_its_bar_and_below_the_one_before(release):
    root = ET.fromstring(FIGURES["likert by"](release, Locale("en")).narrow)
    space = "{http://www.w3.org/2000/svg}"
    tops = sorted(
        {
            float(path.get("d").split("L")[0].split()[1])
            for path in root.iter(space + "path")
            if "fill:#6e0f42" in path.get("style", "")
        }
    )
    labels = sorted(float(text.get("y")) for text in root.iter(space + "text") if re.search(r"\(n", text.text or ""))
    assert len(labels) == len(tops) - 1  # the first is the key's
    assert all(before < label < top for before, label, top in zip(tops, labels, tops[1:], strict=False))


def test_the_lines_on_bars_end_where_the_intervals_do(release):
    axes = FIGURES["bars ticks"](release, Locale("en")).figure.axes[0]
    found = proportions(release, "measures", categories="ticked").set_index("estimate")
    lines = [line.get_data() for line in axes.lines]
    assert len(axes.patches) == len(found)
    for bar in axes.patches:
        left, end, middle = bar.get_x(), bar.get_x() + bar.get_width(), bar.get_y() + bar.get_height() / 2
        ((low, high),) = [xs for xs, ys in lines if xs[0] < end < xs[1] and ys[0] == ys[1] == pytest.approx(middle)]
        share = (end - left) / (high - left)  # of the upper end of the interval
        assert any(
            share == pytest.approx(estimate / row.conf_high, abs=1e-6)
            and (low - left) / (high - left) == pytest.approx(row.conf_low / row.conf_high, abs=1e-6)
            for estimate, row in found.iterrows()
        )


def test_the_edges_of_blank_cells_cut_no_letters(release):
    svg = FIGURES["heatmap"](release, Locale("en")).narrow
    label = release.study.codebook.variable("belonging").label("en")
    assert svg.rindex("<path") < svg.index(f">{label[:12]}")


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


@pytest.mark.parametrize(
    "one", [palette.INK, palette.QUIET, palette.LOWER, palette.HIGHER, palette.HIGH, palette.OUTLINE]
)
def test_colours_stand_out_on_dark_paper_as_on_white(one):
    dark = palette.contrast(palette.dark(one), palette.dark(palette.PAPER))
    assert dark == pytest.approx(palette.contrast(one, palette.PAPER), rel=0.03)
    assert dark >= 3


def test_a_page_writes_a_style_of_its_drawings_once_and_in_both_schemes():
    html = '<style></style><p style="a"></p><svg ><path style="fill:#1e2b3c"/><text style="font-size:8px"/><path style="fill:#1e2b3c"/></svg>'
    page = adaptive(html)
    assert page.count('class="d0"') == 2
    assert '<p style="a">' in page
    assert ".d0{fill:#1e2b3c;fill:light-dark(#1E2B3C," in page
    assert ".d1{font-size:8px;fill:#000000;fill:light-dark(#000000,#FFFFFF)" in page
