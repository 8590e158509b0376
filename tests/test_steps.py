"""The notebooks are the analysis: what a cell works out stands on the page because of that cell, and follows its arguments.

The notebooks run in this process, cell by cell, on a small study that has all that they ask of one. A page's results are its tables
and figures by id, and what is said.
"""

import ast
import re
from unittest import mock

import pytest
from IPython.core.interactiveshell import InteractiveShell

import evalkit
from evalkit.report import shown

from . import whole_study
from .cells import opened_page
from .test_notebooks import NOTEBOOKS, cells, every_notebook, source

STEPS = [path for path in NOTEBOOKS if path.name[:2] in {"01", "02", "03"}]
RESULT = re.compile(r' id="((?:table|figure)-(?:(?!--)[^"])+)"')


@every_notebook
def test_every_name_that_a_notebook_imports_is_public(path):
    for cell in cells(path, "code"):
        for node in ast.walk(ast.parse(source(cell))):
            assert not isinstance(node, ast.Import)
            if isinstance(node, ast.ImportFrom):
                assert node.module == "evalkit"
                assert not {alias.name for alias in node.names} - {*evalkit.__all__}


def names(code, context):
    """Return the names that code reads or gives a value."""
    return {n.id for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def without(code, left_out):
    """Return the cells that are left when some are deleted, with those that need what these made."""
    gone, kept = set(), []
    for number, cell in enumerate(code):
        made = names(cell, ast.Store)
        if number in left_out or names(cell, ast.Load) & (gone - made):
            gone |= made
        else:
            kept.append(number)
            gone -= made
    return kept


def steps(code):
    """Return the numbers of the cells after the first ones: parameters, the study, and what is imported."""
    last = max(number for number, cell in enumerate(code) if cell.startswith("from "))
    return range(last + 1, len(code))


def ids(markup):
    """Return the tables and figures in what was shown."""
    return {name for part in markup for name in RESULT.findall(part)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("steps")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVALKIT_PROCESSED", str(place / "processed"))
        plan = whole_study.plan()
        plan["predictors"].append("role:unit")
        plan["crossings"].append({"item": "goals_a", "by": ["unit", "role"]})
        yield whole_study.write(place / "staff-pulse", plan, whole_study.codebook(), whole_study.rows())


@pytest.fixture(scope="module")
def opened(folder):
    """Return a function that starts a notebook in a shell of its own; the pictures for the lab are not drawn."""

    with mock.patch.object(shown, "_bundles", lambda name, html, *_: [{shown.MIME: html}]):
        yield lambda path: opened_page(path, folder)
    InteractiveShell.clear_instance()


@pytest.fixture(scope="module")
def whole(opened):
    """Return a function that gives the page of a whole notebook."""
    pages = {}

    def made(path):
        if path not in pages:
            pages[path] = page = opened(path)
            page.shown = {number: page.run(number) for number in range(len(page.code))}
        InteractiveShell._instance = pages[path].shell
        return pages[path]

    return made


every_step = pytest.mark.parametrize("path", STEPS, ids=lambda path: path.stem)


@every_step
def test_every_cell_shows_something_and_each_result_stands_once(whole, path):
    page = whole(path)
    assert [n for n in steps(page.code) if not page.shown[n]] == []
    every = [name for parts in page.shown.values() for name in ids(parts)]
    assert len(every) > 8


@every_step
@pytest.mark.parametrize("parity", [0, 1])
def test_deleting_a_cell_removes_its_results_and_no_other(whole, opened, path, parity):
    page = whole(path)
    needed = {n for n in range(len(page.code)) if len(without(page.code, {n})) < len(page.code) - 1}
    deleted = {n for n in steps(page.code) if n % 2 == parity} - needed
    kept = without(page.code, deleted)
    shorter = opened(path)
    left = {number: shorter.run(number) for number in kept}
    expected = {name for number in kept for name in ids(page.shown[number])}
    assert {name for parts in left.values() for name in ids(parts)} == expected
    lost = {name for number in deleted for name in ids(page.shown[number])}
    assert lost - expected


ARGUMENTS = {
    "01": [
        ("response_rates(answers)", "response_rates(release)"),
        ("response_rates(release, by=survey.units)", 'response_rates(release, by="role")'),
        ("response_rates(release, by=pair)", "response_rates(release, by=pair[0])"),
        ('compare_groups(release, "responded", survey.units)', 'compare_groups(release, "responded", "role")'),
        ("r_indicator(release, survey.frame_groups)", "r_indicator(release, survey.units)"),
        ('by="day"', 'by="unit"'),
    ],
    "02": [
        ("proportions(release, survey.headlines)", "proportions(release, survey.headlines[:1])"),
        ('by=survey.units, categories="high"', 'by=survey.units, categories="missing"'),
        ("release.table(question.item)", "release.table(survey.questions[0].item)"),
        ('survey.groups, categories="high")', 'survey.units, categories="high")'),
        (
            "compare_groups(release, question, survey.groups)",
            "compare_groups(release, question, survey.units)",
        ),
        ("release.table(table.item, table.by)", "release.table(table.item)"),
        ("means(release, question, survey.groups", "means(release, question, survey.units"),
        ('("rank", "net")', '("rank",)'),
        ('survey.groups, categories="missing"', 'survey.units, categories="missing"'),
        ('survey.groups, categories="missing"', 'survey.groups, categories="high"'),
        ("reading=reading", "categories='high'"),
        ("nonresponse_bounds(release, survey.headlines)", "nonresponse_bounds(release, survey.headlines[1:])"),
        ("early_and_late(release, survey.headlines)", "early_and_late(release, survey.headlines[1:])"),
    ],
    "03": [
        (
            "fit_clm(formula, release)",
            'fit_clm(formula, release, link="probit")',
            "show.folded(model, tidy(model))",
            "show.folded(odds)",
            "show.folded(terms)",
            "show(effects)",
        ),
        (
            "survey.formula(outcome)",
            'survey.formula(outcome, without="role")',
            "show.folded(model, tidy(model))",
            "show.folded(terms)",
            "show.folded(tests)",
        ),
        (
            "outcome or survey.outcomes[0]",
            "outcome or survey.outcomes[1]",
            "show.folded(model, tidy(model))",
            "show.folded(terms)",
            "show.folded(check)",
        ),
        ("survey.high(outcome)", "survey.high(outcome)[-1:]", "show(effects)"),
        (
            "avg_comparisons(model, survey.compared, categories=high)",
            "avg_comparisons(model, survey.units, categories=high)",
        ),
        ('categories=high, against="reference"', 'categories=high[-1:], against="reference"'),
        ("avg_comparisons(model, survey.compared))", "avg_comparisons(model, survey.units))"),
        ("exponentiate=True)\nshow.say(odds)", "exponentiate=False)\nshow.say(odds)"),
        ('method="counterfactual"', 'method="observed"'),
        ("avg_predictions(model, survey.compared", "avg_predictions(model, survey.units"),
        ("nominal_test(model)", "nominal_test(model, method='score')"),
        ("nominal=survey.compared", "nominal=survey.units"),
        ("tests.terms(below=0.05)", "tests.terms(below=1)"),
        ("fit_clmm(survey.formula(outcome, without=survey.unit)", 'fit_clmm(f"{outcome} ~ 1"'),
        ("survey.unit, categories=high", "survey.unit, categories=high[-1:]"),
        ("unit_values=True", 'unit_values=True, without="role"'),
        (
            "sensitivity(model, survey.compared, categories=high)",
            "sensitivity(model, survey.compared, categories=high[-1:])",
        ),
        ("agreement(model)", 'agreement(fit_clm(survey.formula(outcome, without="role"), release))'),
    ],
}
"""What stands in a cell, what is put in its place, and the cells beside its own in which another result must stand."""
CHANGES = [
    pytest.param(path, *one[:2], one[2:], id=f"{path.name[:2]}-{one[1]}")
    for path in STEPS
    for one in ARGUMENTS[path.name[:2]]
]


@pytest.mark.parametrize(("path", "old", "new", "also"), CHANGES)
def test_changing_an_argument_changes_what_the_page_shows(whole, path, old, new, also):
    page = whole(path)
    (number,) = [n for n, cell in enumerate(page.code) if old in cell]
    also = [n for text in also for n, cell in enumerate(page.code) if text in cell]
    watched = [number, *also]
    changed = page.again({number: page.code[number].replace(old, new)}, watched)
    again = page.again({}, watched)
    for cell, parts, same in zip(watched, changed, again, strict=True):
        assert same == page.shown[cell]
        if cell != number or not also:
            assert parts != same, page.code[cell]
