"""Pages: one heading of level 1, a language, no script, no request, the same bytes; nothing that did not go through Show."""

import re

import pytest
from matplotlib import pyplot as plt
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from evalkit import proportions
from evalkit.errors import BuildError, DisclosureError
from evalkit.report import Show, index_page, render_page

from .conftest import CALLS, cell, executed


@pytest.fixture(params=["nb", "en"])
def language(request):
    return request.param


@pytest.fixture
def html(release, study, language):
    return render_page(executed(Show(release, language), CALLS), study=study, language=language, name="02_x")


def test_a_page_is_built_as_it_should_be(html, language):
    assert html.startswith(f'<!DOCTYPE html>\n<html lang="{language}">')
    assert len(re.findall(r"<h1[ >]", html)) == 1
    assert ("Syntetiske data" if language == "nb" else "Synthetic data") in re.search(r"<title>(.*?)</title>", html)[1]
    assert 'class="synthetic"' in html
    assert 'class="skip" href="#content"' in html
    assert "<math" in html
    assert "&lt;b onclick=" in html
    assert "In [" not in html


def test_a_page_has_no_script_and_asks_nobody_for_anything(html):
    assert "<script" not in html
    assert not re.search(r"\son[a-z]+\s*=", re.sub(r"&lt;.*?&gt;", "", html))
    assert re.findall(r'(?:src|href)="(https?:[^"]*)"', html) == []
    assert "url(http" not in html
    assert "@import" not in html


def test_header_cells_have_a_scope_and_tables_a_caption(html):
    assert re.findall(r"<th(?![^>]*scope)[ >]", html) == []
    assert html.count("<table") == html.count("<caption")


def test_a_page_is_the_same_every_time(release, study, html, language):
    again = render_page(executed(Show(release, language), CALLS), study=study, language=language, name="02_x")
    assert again == html


@pytest.mark.parametrize(
    "output",
    [
        new_output("execute_result", {"text/plain": "    belonging\n0   great", "text/html": "<table></table>"}),
        new_output("execute_result", {"text/plain": "0.41"}),
        new_output("display_data", {"image/png": "aGVp"}),
        new_output("stream", name="stdout", text="answers"),
    ],
)
def test_what_did_not_go_through_show_stops_the_page(release, study, output):
    notebook = executed(Show(release, "en"))
    notebook.cells.append(new_code_cell("answers.head()", outputs=[output]))
    with pytest.raises(DisclosureError, match="did not go through Show") as error:
        render_page(notebook, study=study, language="en")
    assert "great" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no heading", "no heading"),
        ("## Two", "out of order"),
        ("# One\n\n### Three", "out of order"),
        ("# One\n\n# Two", "out of order"),
    ],
)
def test_headings_are_in_order(study, text, message):
    with pytest.raises(BuildError, match=message):
        render_page(new_notebook(cells=[new_markdown_cell(text)]), study=study, language="en")


def test_a_section_that_shows_nothing_is_not_there(release, study):
    show = Show(release, "en")

    def empty():
        return cell("show.appendix('guides')", lambda: show.appendix("guides"))

    notebook = executed(show)
    notebook.cells.append(cell("show.appendix('questionnaire')", lambda: show.appendix("questionnaire")))
    notebook.cells[2:2] = [
        new_markdown_cell("## Guides\n\nWhat was asked?"),
        empty(),
        new_markdown_cell("### Below"),
        empty(),
        new_markdown_cell("## Above a section that shows something"),
        empty(),
        new_markdown_cell("### Questions"),
    ]
    html = render_page(notebook, study=study, language="en")
    headings = [re.sub(r"<[^>]+>", "", text) for text in re.findall(r"<h[23][^>]*>(.*?)</h[23]>", html)]
    assert headings[:3] == ["Answers", "Above a section that shows something", "Questions"]


def test_a_link_that_leads_nowhere_stops_the_page(release, study):
    notebook = executed(Show(release, "en"), ["show.say(headlines)"])
    with pytest.raises(BuildError, match="leads nowhere"):
        render_page(notebook, study=study, language="en")


def test_a_formula_that_cannot_be_read_stops_the_page(study):
    cells = [new_markdown_cell("# One\n\n$$x_$$")]
    with pytest.raises(BuildError, match="formula cannot be read"):
        render_page(new_notebook(cells=cells), study=study, language="en")


def test_the_first_page_has_headlines_and_downloads(release, language):
    html = index_page(release, language, [("02_descriptives", "02_descriptives")])
    assert html.count('class="figure"') == 2
    assert all(f'href="{name}"' in html for name in ("appendix.docx", "appendix.xlsx", "slides.pptx"))
    assert 'href="tables/belonging.csv"' in html
    assert 'href="02_descriptives.html#table-headlines--headline-1"' in html
    assert len(re.findall(r"<h1[ >]", html)) == 1
    cited = {"nb": ("Data siteres som: ", "Dataenes lisens: "), "en": ("Cite the data as: ", "Licence of the data: ")}
    citation, licence = cited[language]  # the plan's `citation` and `licence`
    assert f"<p>{citation}Ås &amp; Bø (2024)</p>" in html
    assert f"<p>{licence}CC0</p>" in html


def test_the_first_page_draws_the_outcomes_also_where_no_model_can_be_had(release, language):
    html = index_page(release, language, [("02_x", "02_x"), ("03_x-belonging", "03_x")])
    assert html.count('<figure id="figure-belonging_by_groups"') == 1
    assert 'class="reading"' not in html
    assert 'href="#table' not in html


def test_a_heading_is_escaped_once_in_the_contents(release, study):
    notebook = executed(Show(release, "en"), ["show(belonging)"])
    notebook.cells[1].source = "## The units' R&D"
    written = render_page(notebook, study=study, language="en", name="02_x")
    (entry,) = re.findall(r'<a href="#the-units-r-d">(.*?)</a>', written)
    assert entry in {"The units&#39; R&amp;D", "The units' R&amp;D"}
    assert "&amp;#39;" not in written
    assert "&amp;amp;" not in written


def test_a_figure_has_links_to_its_files_where_they_are(release, study, tmp_path):
    for name in ("figures/belonging.png", "figures/belonging.svg", "tables/belonging.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    made = executed(Show(release, "en"), ["show(belonging)", "show(measures)"])
    page = render_page(made, study=study, language="en", files=tmp_path)
    links = re.findall(r'<a href="([^"#]+)" download aria-label="([^"]+)">([^<]+)</a>', page)
    title = re.search(r'<figure id="figure-belonging">.*?<span class="title">(.*?)</span>', page)[1]
    assert links == [
        ("figures/belonging.png", f"PNG: {title}", "PNG"),
        ("figures/belonging.svg", f"SVG: {title}", "SVG"),
        ("tables/belonging.csv", f"Data (CSV): {title}", "Data (CSV)"),
    ]


def test_a_drawing_is_described_by_the_table_of_its_numbers_or_else_by_its_own_words(release, study):
    show = Show(release, "en")
    shares = proportions(release, "belonging", "unit", categories="high")
    made = executed(show, ["show(belonging)", "show(measures)"])
    made.cells.append(cell("show(shares)", lambda: show(shares)))
    made.cells.append(
        cell("show.figure(axes)", lambda: show.figure(plt.subplots()[1], alt="Nothing yet.", name="mine"))
    )
    page = render_page(made, study=study, language="en")
    drawings = re.findall(r'<figure id="figure-([^"]+)">(.*?)</figure>', page, flags=re.DOTALL)
    found = {name: set(re.findall(r' role="img" aria-describedby="([^"]+)"', drawing)) for name, drawing in drawings}
    assert found == {
        "belonging": {"table-belonging--caption"},
        "measures-bars": {"table-measures--caption"},
        "belonging_by_groups": {"table-belonging_by_unit--caption"},
        "mine": {"svg-mine--words"},
    }
    assert '<desc id="svg-mine--words">Nothing yet.</desc>' in page
