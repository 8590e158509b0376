"""Pages in a browser: no WCAG 2.1 A/AA violation, no request, everything reached by keyboard; and what axe does not see."""

import importlib.util
import os
from pathlib import Path

import pytest
from nbformat.v4 import new_markdown_cell

from evalkit.report import Show, index_page, render_page

from .conftest import CALLS, executed

spec = importlib.util.spec_from_file_location("browser", Path(__file__).with_name("browser.py"))
browser_module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(browser_module)

pytestmark = pytest.mark.skipif(
    browser_module.chromium() is None or importlib.util.find_spec("websocket") is None,
    reason="no Chromium: set EVALKIT_CHROMIUM, or install it",
)
A4 = 673
"""CSS pixels between the margins of a printed page."""
CHECKS = Path(__file__).with_name("page_checks.js").read_text(encoding="utf-8")
AXE = """axe.run(document, {runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}}).then(found =>
  found.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target + ' ' + n.failureSummary).join(' | ')))"""


def notebook(show):
    made = executed(show, CALLS, "# A question\n\nWhat is asked, and $x_1 = 2$?")
    made.cells.insert(2, new_markdown_cell("## One\n\n## Two\n\n## Three"))
    return made


@pytest.fixture(scope="session")
def pages(release, study, tmp_path_factory):
    """Return a notebook's page and a first page in each language, and every page under the folder EVALKIT_PAGES."""
    folder = tmp_path_factory.mktemp("pages")
    names = [("02_x", "02_x")]
    for language in study.languages:
        html = render_page(notebook(Show(release, language)), study=study, language=language, name="02_x", pages=names)
        (folder / f"{language}.html").write_text(html, encoding="utf-8")
        (folder / f"{language}-index.html").write_text(index_page(release, language, names), encoding="utf-8")
    more = sorted(Path(os.environ["EVALKIT_PAGES"]).rglob("*.html")) if os.environ.get("EVALKIT_PAGES") else []
    return [*sorted(folder.glob("*.html")), *more]


@pytest.fixture(scope="session")
def browser():
    opened = browser_module.Browser()
    yield opened
    opened.close()


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (390, "dark"), (1280, "light"), (1920, "dark")])
def test_pages_meet_wcag(browser, pages, width, scheme):
    source = browser_module.axe_source()
    if source is None:
        pytest.skip("no axe-core: set EVALKIT_AXE to its axe.min.js")
    found = []
    with browser.media(**{"prefers-color-scheme": scheme}):
        for path in pages:
            for shown in (False, True):
                browser.open(path, width)
                browser.run(f"for (const d of document.querySelectorAll('details')) d.open = {str(shown).lower()}")
                browser.run(source)
                found += [f"{path.name}, code {'shown' if shown else 'hidden'}: {v}" for v in browser.run(AXE)]
    assert found == []


def checked(browser, path, check, width=1280):
    """Open a page and return what one of the checks finds wrong."""
    browser.open(path, width)
    browser.run(CHECKS)
    return browser.run(f"checks.{check}()")


@pytest.mark.parametrize("width", [320, 390, 1280, 1920])
def test_what_axe_does_not_see(browser, pages, width):
    assert {path: wrong for path in pages if (wrong := checked(browser, path, "structure", width))} == {}


@pytest.mark.parametrize("width", [1280, 1920])
def test_wide_windows_have_room_for_tables_and_keep_the_contents_in_view(browser, pages, width):
    assert {path: wrong for path in pages if (wrong := checked(browser, path, "wide", width))} == {}


def test_the_first_column_of_a_table_stays_in_view(browser, pages):
    assert {path: wrong for path in pages if (wrong := checked(browser, path, "sticky", 320))} == {}


@pytest.mark.parametrize(
    "features", [{}, {"prefers-color-scheme": "dark"}, {"forced-colors": "active", "prefers-color-scheme": "dark"}]
)
def test_texts_in_drawings_stand_out(browser, pages, features):
    with browser.media(**features):
        assert {path: wrong for path in pages if (wrong := checked(browser, path, "drawings"))} == {}


def test_drawings_are_whole_and_large_enough_on_a_telephone(browser, pages):
    assert {path: wrong for path in pages if (wrong := checked(browser, path, "phone", 390))} == {}


def test_drawings_are_dark_in_the_dark(browser, pages):
    with browser.media(**{"prefers-color-scheme": "dark"}):
        browser.open(next(path for path in pages if path.name == "nb.html"), 1280)
        paper = browser.run("getComputedStyle(document.body).backgroundColor")
        assert (
            browser.run("getComputedStyle(document.querySelector('figure svg path')).fill")
            == paper
            != "rgb(255, 255, 255)"
        )


@pytest.mark.parametrize("opened", [False, True])
def test_print_leaves_out_controls_and_has_the_tables_that_are_open(browser, pages, opened):
    found = {}
    with browser.media("print"):
        for path in pages:
            browser.open(path, A4)
            browser.run(f"for (const d of document.querySelectorAll('details.more')) d.open = {str(opened).lower()}")
            browser.run(CHECKS)
            found |= {path: wrong} if (wrong := browser.run("checks.printed()")) else {}
    assert found == {}


def test_no_page_asks_for_anything(browser, pages):
    for path in pages:
        browser.open(path, 1280)
        assert [url for url in browser.requests if not url.startswith("data:")] == [path.resolve().as_uri()]


def test_one_control_shows_all_code_without_script(browser, pages):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(next(path for path in pages if path.name == "nb.html"), 1280)
        shown = "[...document.querySelectorAll('details.code pre')].filter(e => e.checkVisibility()).length"
        assert browser.run(shown) == 0
        browser.run("document.querySelector('#show-code').focus()")
        browser.press(" ", 32)
        assert browser.run(shown) == browser.run("document.querySelectorAll('details.code').length") > 3
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)


def test_the_keyboard_reaches_everything_in_order(browser, pages):
    found = {}
    for path in pages:
        reachable = checked(browser, path, "reachable")
        steps = []
        for number in range(reachable):
            browser.press("Tab", 9)
            steps.append(browser.run("checks.step()"))
            if number == 0:
                assert browser.run("document.activeElement.className") == "skip"
        found |= {path: wrong} if (wrong := [step for step in steps if step][:3]) else {}
    assert found == {}


def test_pages_are_small(pages):
    assert {path.name: path.stat().st_size for path in pages if path.stat().st_size > 1_500_000} == {}


def test_a_table_is_a_stop_for_the_keyboard_only_where_it_scrolls(browser, pages):
    stops = "[...document.querySelectorAll('.table .scroll[tabindex]')].filter(e => e.checkVisibility())"
    idle = f"{stops}.filter(e => e.scrollWidth <= e.clientWidth + 1).length"
    page = next(path for path in pages if path.name == "nb.html")
    for width, kept in ((1280, idle), (320, f"{stops}.length")):
        browser.open(page, width)
        browser.run("for (const d of document.querySelectorAll('details')) d.open = true")
        assert (browser.run(kept) > 0) is (width == 320)
