"""The small study and its release, what shows it, and notebooks whose cells show something."""

from unittest import mock

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from evalkit import proportions, response_rates
from evalkit.report import Show
from evalkit.report.shown import MIME

from ..small_study import ministries, release, study

__all__ = ["ministries", "release", "study"]

CALLS = {
    "show(headlines)": lambda show: show(proportions(show.release, show.study.headlines)),
    "show.say(headlines)": lambda show: show.say(proportions(show.release, show.study.headlines)),
    "show(belonging)": lambda show: show(show.release.table("belonging")),
    "show(belonging, by unit)": lambda show: show(show.release.table("belonging", "unit")),
    "show.say(belonging, by unit)": lambda show: show.say(show.release.table("belonging", "unit")),
    "show.folded(goals, by unit)": lambda show: show.folded(show.release.table("goals", "unit")),
    "show(measures)": lambda show: show(show.release.table("measures")),
    "show(rates)": lambda show: show(response_rates(show.release, by="unit")),
    "show(arrival)": lambda show: show(response_rates(show.release, by="day")),
    "show.register()": lambda show: show.register(),
}
"""What the cells of a page show, by their source."""


@pytest.fixture(params=["nb", "en"])
def show(release, request):
    return Show(release, request.param)


def outputs(call):
    """Return what a cell that makes a call puts on its page."""
    bundles = []
    with mock.patch("IPython.display.display", lambda bundle, raw: bundles.append(bundle)):
        call()
    return [new_output("display_data", {MIME: bundle[MIME]}) for bundle in bundles]


def cell(source, call):
    """Return an executed cell."""
    return new_code_cell(source, outputs=outputs(call), execution_count=1)


def executed(show, calls=(), heading="# A question\n\nWhat is asked?"):
    """Return a notebook as it is when its cells have been run."""
    second = "## Answers\n\nWith $\\theta_j - x'\\beta$ and <b onclick='x'>raw</b>."
    cells = [new_markdown_cell(heading), new_markdown_cell(second)]
    cells += [cell(f"{name}  # a comment, 'a text' and {1 + 1}", lambda n=name: CALLS[n](show)) for name in calls]
    return new_notebook(cells=cells, metadata={"evalkit": {"parameters": {"study": "staff-pulse"}}})
