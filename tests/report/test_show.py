"""The door: what may be shown, what is refused and how to mend it, and what a handle can do."""

import json
from unittest import mock

import matplotlib.pyplot as plt
import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from python_calamine import CalamineWorkbook

from evalkit import avg_comparisons, compare_groups, fit_clm, means, proportions, response_rates, tidy
from evalkit.data.responses import Estimates
from evalkit.errors import DisclosureError, UsageError
from evalkit.report.shown import MIME
from evalkit.report.views import TableView

from ..small_study import respondents, responses_of
from .conftest import outputs


def shown(call):
    """Return the markup that a cell puts on its page."""
    return [output["data"][MIME] for output in outputs(call) if output["data"][MIME]]


@pytest.fixture(scope="module")
def responses(study):
    return responses_of(study, respondents())


@pytest.mark.parametrize(
    ("made", "hint"),
    [
        (lambda answers: proportions(answers, "belonging", by="unit"), "proportions(release, ...)"),
        (lambda answers: compare_groups(answers, "belonging", "unit"), "compare_groups(release, ...)"),
        (lambda answers: means(answers, "belonging", "unit"), "means(release, ...)"),
        (lambda answers: fit_clm("belonging ~ role", answers), "fit_clm(formula, release)"),
        (lambda answers: tidy(fit_clm("belonging ~ role", answers)), "fit_clm(formula, release)"),
        (
            lambda answers: avg_comparisons(fit_clm("belonging ~ role", answers), "role"),
            "fit_clm(formula, release)",
        ),
        (lambda answers: response_rates(answers, by="unit"), "response_rates(release, ...)"),
    ],
)
@pytest.mark.parametrize("say", [False, True])
def test_what_is_worked_out_from_answers_is_refused_with_the_way_out(show, responses, made, hint, say):
    with pytest.raises(DisclosureError, match="not for release") as refused:
        (show.say if say else show)(made(responses))
    assert hint in str(refused.value)


def test_how_many_answered_in_all_may_be_shown_from_the_answers(show, responses):
    assert "600" in "".join(shown(lambda: show.say(response_rates(responses))))


@pytest.mark.parametrize(
    "change",
    [
        lambda shares: shares.assign(estimate=0.5),
        lambda shares: shares.assign(more=1),
        lambda shares: Estimates(pd.DataFrame(shares)),
        lambda shares: pd.concat([shares, shares]),
        lambda shares: pd.DataFrame(shares),
    ],
)
def test_estimates_that_were_changed_are_refused(show, release, change):
    with pytest.raises(DisclosureError, match=r"changed|not known what"):
        show(change(proportions(release, "belonging", by="unit", categories="high")))


def test_a_heat_map_is_of_groups(show, release):
    with pytest.raises(UsageError, match="by one variable"):
        show(proportions(release, "belonging"), kind="heatmap")


def test_sentences_without_a_line_of_their_own_stand_open(show, release):
    alone = "".join(shown(lambda: show(compare_groups(release, "belonging", "unit"))))
    assert "<table" in alone
    assert "<summary></summary>" not in alone


def test_a_choice_of_rows_is_shown(show, release):
    shares = proportions(release, release.study.headlines)
    one = shares[shares["category"] == "great"]
    assert "headline" in "".join(shown(lambda: show(one)))


@pytest.mark.parametrize("given", [pd.DataFrame({"count": [1]}), "text", 3, None])
def test_anything_else_is_refused(show, given):
    with pytest.raises(DisclosureError, match="not known what this was worked out from"):
        show(given)


def test_a_handle_does_not_show_itself_again(show, release):
    handle = show(release.table("belonging"))
    assert shown(lambda: handle._ipython_display_()) == []


def test_a_figure_gives_the_lab_a_picture_and_the_page_its_markup(show, release):
    bundles = []
    import IPython.display

    original, IPython.display.display = IPython.display.display, lambda bundle, raw: bundles.append(bundle)
    try:
        show(release.table("belonging"))
    finally:
        IPython.display.display = original
    pictures = [bundle for bundle in bundles if "image/png" in bundle]
    assert len(pictures) == 1
    assert pictures[0]["image/png"].startswith(b"\x89PNG")
    assert "<svg" in pictures[0][MIME]
    assert (
        "text/html" not in pictures[0]
    )  # the lab would show the markup, whose drawing it cleans away where it does not trust


def test_several_results_are_charts_and_one_line_that_opens_their_tables(show, release):
    shares = proportions(release, "belonging", "unit", categories="high")
    html = shown(lambda: show(release.table("belonging"), shares, means(release, "belonging", by="unit")))
    assert ["<figure" in part for part in html] == [True, True, False]
    assert html[2].startswith("<details")
    assert html[2].count("<table") > 2
    base = show.locale.text("Per cent of everyone who answered the survey (n).")
    assert [part.count(f">{base} <") for part in html[:2]] == [1, 0]  # said once


def test_the_frame_of_several_results_is_the_first_one_s(show, release):
    shares, averages = proportions(release, "belonging", "unit"), means(release, "belonging", by="unit")
    for first, then in ((shares, averages), (averages, shares)):
        assert show(first, then).frame["estimate"].equals(first["estimate"])


def test_what_is_folded_is_behind_a_line_whole_and_pictures_for_the_lab(show, release):
    (html,) = shown(lambda: show.folded(release.table("belonging"), release.table("goals")))
    assert html.startswith("<details")
    assert (html.count("<figure"), html.count("<table")) == (2, 2)
    assert shown(lambda: show.folded()) == shown(lambda: show()) == []
    bundles = []
    with mock.patch("IPython.display.display", lambda bundle, raw: bundles.append(bundle)):
        show.folded(release.table("belonging"))
    assert ["image/png" in bundle for bundle in bundles] == [False, True, False]
    assert "<svg" not in bundles[-1]["text/html"]


def test_numbers_stay_when_a_cell_is_run_again(show, release):
    first = shown(lambda: show(release.table("belonging")))
    shown(lambda: show(release.table("goals")))
    assert shown(lambda: show(release.table("belonging"))) == first


@pytest.mark.parametrize("ending", ["png", "svg", "xlsx", "docx"])
def test_what_was_shown_is_saved(show, release, tmp_path, ending):
    path = show(release.table("belonging")).save(tmp_path / f"x.{ending}", **({"width": 5} if ending == "png" else {}))
    assert path.stat().st_size > 500
    if ending == "png":
        assert plt.imread(path).shape[1] == pytest.approx(1000, abs=2)
    if ending == "xlsx":
        book = CalamineWorkbook.from_path(path)
        cells = [cell for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row]
        assert release.table("belonging").count() in cells


def test_a_table_in_latex_says_what_the_table_says(show, release, tmp_path):
    handle = show(release.table("belonging", ("unit",)))
    lines = handle.save(tmp_path / "x.tex").read_text(encoding="utf-8").splitlines()
    (view,) = (one for one in handle.views if isinstance(one, TableView))

    def escaped(*texts):
        return [text.replace("&", r"\&").replace("%", r"\%") for text in texts]

    start, end = lines.index(r"\midrule"), lines.index(r"\bottomrule")
    rows = [line.removesuffix(r" \\").split(" & ") for line in lines[start + 1 : end] if "multicolumn" not in line]
    assert rows == [escaped(row.label, *view.written(row, handle.locale)) for row in view.rows]
    assert lines[2] == r"\begin{tabular}{l" + "r" * len(view.columns) + "}"
    assert lines[start - 1] == " & ".join(escaped(view.stub, *(column.label for column in view.columns))) + r" \\"
    assert [lines[end + 2]] == escaped(" ".join(view.notes))
    assert lines[-1] == r"\end{table}"


@pytest.mark.parametrize(("name", "message"), [("x.pdf", "no such format"), ("x.png", "no figure")])
def test_what_cannot_be_saved_says_so(show, release, tmp_path, name, message):
    handle = show(proportions(release, "belonging", reading="merged"))
    with pytest.raises(UsageError, match=message):
        handle.save(tmp_path / name)


def test_a_figure_of_ones_own_needs_words(show):
    figure, axes = plt.subplots()
    axes.plot([0, 1], [0, 1])
    with pytest.raises(UsageError, match="words for those who cannot see it"):
        show.figure(figure, alt=" ")
    (html,) = shown(lambda: show.figure(axes, alt="A line that rises.", title="My own <line>"))
    assert "&lt;line&gt;" in html
    assert "A line that rises." in html
    with pytest.raises(UsageError, match="no drawing"):
        show.figure("line", alt="A line.")
    plt.close(figure)


def test_a_figure_that_was_shown_is_open_no_more(show):
    figure, axes = plt.subplots()
    axes.bar(["a"], [1])
    show.figure(figure, alt="A bar.")
    assert not plt.fignum_exists(figure.number)


def test_a_figure_of_the_house_can_be_gone_on_with(show, release, tmp_path):
    axes = show(proportions(release, "belonging", "unit", categories="high")).axes
    axes.figure.set_size_inches(5, 3)
    axes.set_title("A title of my own")
    (html,) = shown(lambda: show.figure(axes, alt="Shares by unit."))
    assert "A title of my own</text>" in html
    with pytest.raises(UsageError, match="no figure in what was shown"):
        _ = show(means(release, "belonging", by="unit")).axes


def test_a_theme_is_a_heading_once(show):
    (theme, item) = shown(lambda: show.heading("questions", "belonging"))
    assert theme.startswith("<h2>")
    assert item.startswith("<h3>")
    assert len(shown(lambda: show.heading("questions", "goals"))) == 1


def test_what_cannot_be_had_is_said_on_a_page_once_where_it_begins(show, tmp_path, monkeypatch):
    monkeypatch.setenv("EVALKIT_ARTIFACTS", str(tmp_path))
    (said,) = shown(lambda: [show._left_out("too few"), show._left_out("name 'model' is not defined", True)])
    assert (
        said
        == f"<p>{show.locale.text('This part of the analysis cannot be shown with the answers and figures that the study has, and is left out.')}</p>"
    )


def test_an_estimate_that_cannot_be_had_is_a_sentence_and_the_notebook_goes_on(tmp_path):
    """A cell without its estimate, one that needs it, and one with an error of its own: the first two are said, the last stops."""
    start = (
        "from evalkit.errors import EstimationError\nfrom evalkit.report.show import say_instead\n"
        "say_instead(lambda reason, follows: print('follows:' if follows else 'left out:', reason))"
    )
    cells = [start, "model = 1 / 1\nraise EstimationError('too few')", "print('between')"]
    cells += [
        "def made():\n    raise EstimationError('again')\neffects = made()",
        "print(effects)",
        "1 / 0",
        "print('never')",
    ]
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=60, kernel_name="python3", allow_errors=True).execute()
    texts = ["".join(o.get("text", o.get("ename", "")) for o in cell.outputs) for cell in notebook.cells]
    assert texts == [
        "",
        "left out: too few\n",
        "between\n",
        "left out: again\n",
        texts[4],
        "ZeroDivisionError",
        "never\n",
    ]
    assert texts[4].startswith("follows: name 'effects'")
    nbformat.validate(json.loads(nbformat.writes(notebook)))
