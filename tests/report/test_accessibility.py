"""Pages in a browser: no WCAG 2.1 A/AA violation, no request, everything reached by keyboard; and what axe does not see."""

import importlib.util
import os
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from evalkit.report import Page, index_page, render_page

spec = importlib.util.spec_from_file_location("browser", Path(__file__).with_name("browser.py"))
browser_module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(browser_module)

pytestmark = pytest.mark.skipif(
    browser_module.chromium() is None or importlib.util.find_spec("websocket") is None,
    reason="no Chromium: set EVALKIT_CHROMIUM, or install it",
)
CALLS = [
    ("headline", ()),
    ("distribution", ("belonging",)),
    ("reading", ("belonging",)),
    ("likert", ("belonging", "unit")),
    ("distribution", ("belonging", "unit")),
    ("distribution", ("goals", "unit")),
    ("bars", ("measures",)),
    ("response", ("unit",)),
    ("arrival", ()),
    ("claims", ()),
]
UNSEEN = """(() => [
  ...[...document.querySelectorAll('table')].filter(t => !t.caption || !t.caption.textContent.trim()).map(() => 'table without caption'),
  ...[...document.querySelectorAll('th')].filter(t => !t.hasAttribute('scope')).map(t => 'header cell without scope: ' + t.textContent),
  ...[...document.querySelectorAll('svg, img')].filter(i => !(i.getAttribute('aria-label') || i.alt || '').trim()).map(() => 'picture without a name'),
  ...[...document.querySelectorAll('img')].filter(i => /no description/i.test(i.alt)).map(() => 'placeholder text'),
  ...(document.querySelectorAll('h1').length === 1 ? [] : ['not one h1']),
  ...[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1]).filter((n, i, all) => i && n > all[i - 1] + 1).map(n => 'a level skipped before h' + n),
  ...(document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : []),
])()"""
AXE = """axe.run(document, {runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']}}).then(found =>
  found.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.target + ' ' + n.failureSummary).join(' | ')))"""
FOCUS = "(() => { const e = document.activeElement; return e === document.body ? '' : e.outerHTML.slice(0, 90); })()"


def notebook(page):
    cells = [
        new_markdown_cell("# A question\n\nWhat is asked, and $x_1 = 2$?"),
        new_markdown_cell("## One\n\n## Two\n\n## Three"),
    ]
    for name, arguments in CALLS:
        bundle = getattr(page, name)(*arguments)._repr_mimebundle_()
        source = f"page.{name}{arguments}  # a comment, 'a text' and {1 + 1}"
        cells.append(new_code_cell(source, outputs=[new_output("display_data", bundle)], execution_count=1))
    return new_notebook(cells=cells)


@pytest.fixture(scope="session")
def pages(release, study, tmp_path_factory):
    """Return a notebook's page and a first page in each language, and every page under the folder EVALKIT_PAGES."""
    folder = tmp_path_factory.mktemp("pages")
    names = [("02_x", "02_x")]
    for language in study.languages:
        html = render_page(notebook(Page(release, language)), study=study, language=language, name="02_x", pages=names)
        (folder / f"{language}.html").write_text(html, encoding="utf-8")
        (folder / f"{language}-index.html").write_text(index_page(release, language, names), encoding="utf-8")
    more = sorted(Path(os.environ["EVALKIT_PAGES"]).rglob("*.html")) if os.environ.get("EVALKIT_PAGES") else []
    return [*sorted(folder.glob("*.html")), *more]


@pytest.fixture(scope="session")
def browser():
    opened = browser_module.Browser()
    yield opened
    opened.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_pages_meet_wcag(browser, pages, width):
    source = browser_module.axe_source()
    if source is None:
        pytest.skip("no axe-core: set EVALKIT_AXE to its axe.min.js")
    found = []
    for path in pages:
        for shown in (False, True):
            browser.open(path, width)
            browser.run(f"for (const d of document.querySelectorAll('details')) d.open = {str(shown).lower()}")
            browser.run(source)
            found += [f"{path.name}, code {'shown' if shown else 'hidden'}: {v}" for v in browser.run(AXE)]
    assert found == []


@pytest.mark.parametrize("width", [320, 1280])
def test_what_axe_does_not_see(browser, pages, width):
    found = {}
    for path in pages:
        browser.open(path, width)
        found |= {path.name: problems} if (problems := browser.run(UNSEEN)) else {}
    assert found == {}


def test_no_page_asks_for_anything(browser, pages):
    for path in pages:
        browser.open(path, 1280)
        assert [url for url in browser.requests if not url.startswith("data:")] == [path.resolve().as_uri()]


def test_one_control_shows_all_code_without_script(browser, pages):
    browser.open(next(path for path in pages if path.name == "nb.html"), 1280)
    height = "document.querySelector('details.code pre').getBoundingClientRect().height"
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.run("getComputedStyle(document.querySelector('.show-code')).display") == "block"
    browser.run("document.querySelector('#show-code').checked = true")
    assert browser.run(height) > 20
    assert browser.run("document.querySelector('details.code').checkVisibility()")


def test_the_keyboard_reaches_everything(browser, pages):
    browser.open(next(path for path in pages if path.name == "nb.html"), 1280)
    wanted = browser.run("document.querySelectorAll('a[href], input, summary, [tabindex=\"0\"]').length")
    reached = set()
    for _ in range(wanted + 2):
        browser.tab()
        place = browser.run(
            "(() => { const e = document.activeElement; window.seen = window.seen || new Map(); "
            "if (e !== document.body && !seen.has(e)) seen.set(e, seen.size); return seen.size; })()"
        )
        reached.add(place)
    assert max(reached) == wanted
    browser.open(next(path for path in pages if path.name == "nb.html"), 1280)
    browser.tab()
    assert 'class="skip"' in browser.run(FOCUS)


def test_pages_are_small(pages):
    assert {path.name: path.stat().st_size for path in pages if path.stat().st_size > 1_500_000} == {}
