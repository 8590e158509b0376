"""An executed notebook as one page that stands alone: no script, no request, the same bytes every time."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from markupsafe import Markup

from .. import __version__
from ..digest import combined, file_digest, package_digests
from ..errors import BuildError, DisclosureError, TranslationError
from ..i18n import Locale, cell_language
from ..study import Study, project_root
from .captions import source_notes, within
from .markup import download_html, named_links, notes_html, register_html
from .palette import BLACK, PAPER, dark
from .prose import Heading, Prose
from .shown import MIME

TEMPLATES = Path(__file__).parent / "template"
CHAPTER = "chapter"
"""The name of the page that accounts for the author's chapter; no notebook makes it."""
LIBRARIES = ("pandas", "numpy", "scipy", "statsmodels", "matplotlib", "nbconvert")
HIDDEN_TAGS = {"hide", "remove-cell"}
"""Tags of cells that are run and not shown."""


@dataclass(frozen=True)
class Part:
    """A stretch of a page: text, or code with what it shows."""

    html: str = ""
    code: str = ""
    outputs: tuple[str, ...] = ()


def render_page(
    notebook: Any,
    *,
    study: Study,
    language: str,
    name: str = "",
    pages: Sequence[tuple[str, str]] = (),
    above: Sequence[Link] = (),
    files: Path | None = None,
) -> str:
    """Return an executed notebook as an HTML page.

    Parameters
    ----------
    notebook
        Executed (nbformat's node); its text cells are in the page's language, and `metadata.evalkit.parameters` holds its
        parameters.
    study, language
        Whose page it is, and in what language.
    name
        The page's own name among `pages`.
    pages
        Every page of the report: its name and its notebook's.
    above
        Where a page that is none of these leads back to.
    files
        The folder with `figures` and `tables` that the page will stand in; each figure then has links to its own.

    Raises
    ------
    BuildError
        When headings are out of order, or a cell failed.
    DisclosureError
        When a cell shows something that did not go through `show`.
    """
    prose = Prose()
    parts = _joined([part for number, cell in _present(notebook.cells) for part in _part(cell, number, prose)])
    if not prose.headings:
        raise BuildError("the page has no heading", where=name, expected="a heading of level 1 in the first text cell")
    register = _register(parts, prose, Locale(language))
    source = source_notes(study, Locale(language))
    named = named_links([output for part in parts for output in part.outputs])
    finished = (_finished(source, files, Locale(language), output) for output in named)
    parts = [replace(part, outputs=tuple(islice(finished, len(part.outputs)))) for part in parts] + register
    links, current = [*above, *page_links(pages, study, language)], f"{name}.html"
    return page_html(
        "notebook",
        study=study,
        language=language,
        headings=prose.headings,
        contents=_contents(prose.headings),
        title=next((link.title for link in links if link.href == current), prose.headings[0].text),
        links=links,
        current=current,
        notebook=notebook,
        parts=parts,
        source=source,
        provenance=provenance(study, notebook.metadata.get("evalkit", {}).get("parameters", {})),
    )


def page_html(
    kind: str, *, study: Study, language: str, headings: Sequence[Heading], notebook: Any = None, **more: Any
) -> str:
    """Return a page from the template of its kind (`<kind>.html.j2`); `more` is what that template asks for."""
    from nbformat.v4 import new_notebook

    notebook = notebook or new_notebook()  # type: ignore[no-untyped-call]
    page = {"study": study, "locale": Locale(language), "language": language, "kind": kind}
    page |= {"title": headings[0].text, "headings": headings} | more
    html = adaptive(_described(str(_exporter().from_notebook_node(notebook, {"page": page})[0])))
    _refuse_broken_links(html)
    return html


def _described(html: str) -> str:
    """Return a page whose drawings are described by the tables that hold their numbers; by their own words, where there is none on it."""
    tables = re.findall(r'<caption id="table-([^"]+)--caption"', html)

    def linked(figure: re.Match[str]) -> str:
        name, of_groups = figure[1].removesuffix("-bars"), figure[1].removesuffix("groups")
        held = [table for table in tables if table == name or (of_groups != figure[1] and table.startswith(of_groups))]
        named = " ".join(f"table-{table}--caption" for table in held) or f"svg-{figure[1]}--words"
        return figure[0].replace(' role="img"', f' role="img" aria-describedby="{named}"')

    return re.sub(r'<figure id="figure-([^"]+)">.*?</figure>', linked, html, flags=re.DOTALL)


def _refuse_broken_links(html: str) -> None:
    """Refuse a page in which a link leads nowhere, or two places have one address."""
    addresses = re.findall(r'<[^>]+? id="([^"]+)"', html)
    twice = sorted({name for name in addresses if addresses.count(name) > 1})
    broken = sorted(set(re.findall(r'<a [^>]*href="#([^"]+)"', html)) - set(addresses))
    if twice:
        raise BuildError("two places of the page have one address", got=twice[0], hint="is a table shown twice?")
    if broken:
        raise BuildError("a link leads nowhere", got=f"#{broken[0]}", hint="show the table that the number stands in")


def _finished(source: Sequence[str], files: Path | None, locale: Locale, html: str) -> str:
    """Return what a page shows without the source that its head states, and with links under each figure to its files, where these are.

    They lead to the drawing as a picture, and to its numbers where one table has them.
    """
    html = html.replace(str(notes_html(source)), "") if source else html
    if files is None:
        return html

    def linked(figure: re.Match[str]) -> str:
        name = figure["id"]
        there = {"PNG": f"figures/{name}.png", "SVG": f"figures/{name}.svg"}
        there[locale.text("Data (CSV)")] = f"tables/{name.removesuffix('-bars')}.csv"
        links = [
            download_html(path, kind, Markup(figure["title"]))
            for kind, path in there.items()
            if (files / path).exists()
        ]
        return f'{figure[1]}<span class="note download">{" · ".join(links)}</span></figure>' if links else figure[0]

    figures = r'(<figure id="figure-(?P<id>[^"]+)">.*?<span class="title">(?P<title>.*?)</span>.*?)</figure>'
    return re.sub(figures, linked, html, flags=re.DOTALL)


def _present(cells: Sequence[Any]) -> list[tuple[int, Any]]:
    """Return a notebook's cells with their numbers, without sections that show nothing: what a study has not is not there."""
    levels = [_level(cell) for cell in cells]
    empty: set[int] = set()
    for start, level in enumerate(levels):
        below = range(start + 1, len(cells))
        end = next((place for place in below if 0 < levels[place] <= level), len(cells))
        code = [place for place in range(start, end) if cells[place].cell_type == "code"]
        if level > 1 and code and not any(_outputs(cells[place], place + 1) for place in code):
            empty |= set(range(start, end))
    return [(place + 1, cell) for place, cell in enumerate(cells) if place not in empty]


def _level(cell: Any) -> int:
    """Return the level of the heading that a text cell begins with; 0 without one."""
    marks = re.match(r"(#{1,6}) ", cell.source) if cell.cell_type == "markdown" else None
    return len(marks[1]) if marks else 0


def _part(cell: Any, number: int, prose: Prose) -> list[Part]:
    """Return what a cell is on the page; nothing for one that is tagged away or empty."""
    if HIDDEN_TAGS & set(cell.metadata.get("tags", ())) or not cell.source.strip():
        return []
    if cell.cell_type == "markdown":
        return [Part(html=prose.html(cell.source))]
    if cell.cell_type != "code":
        return []
    return [Part(code=_highlighted(cell.source), outputs=tuple(map(prose.output, _outputs(cell, number))))]


def _joined(parts: Sequence[Part]) -> list[Part]:
    """Return parts with code that shows nothing put together with the code after it."""
    found: list[Part] = []
    for part in parts:
        if part.code and found and found[-1].code and not found[-1].outputs:
            part = Part(code=f"{found.pop().code}\n\n{part.code}", outputs=part.outputs)
        found.append(part)
    return found


def _register(parts: Sequence[Part], prose: Prose, locale: Locale) -> list[Part]:
    """Return the register that ends the page; nothing where the page has one that holds every number."""
    register = register_html([output for part in parts for output in part.outputs], locale)
    if not register:
        return []
    return [Part(html=prose.heading(locale.text("Source of each number"), 2)), Part(html=str(register))]


def _contents(headings: Sequence[Heading]) -> list[tuple[Heading, list[Heading]]]:
    """Return the sections of a page, each with those right under it."""
    found: list[tuple[Heading, list[Heading]]] = []
    for heading in headings:
        if heading.level == 2:
            found.append((heading, []))
        elif heading.level == 3 and found:
            found[-1][1].append(heading)
    return found


def _outputs(cell: Any, number: int) -> list[str]:
    found = []
    for output in cell.get("outputs", ()):
        if output.output_type == "error":
            raise BuildError("a cell failed", where=f"cell {number}", got=output.ename)
        if output.output_type == "stream" and output.name == "stderr":
            continue
        data = output.get("data", {})
        if MIME not in data:
            raise DisclosureError(
                "a cell shows something that did not go through Show",
                where=f"cell {number}",
                got=", ".join(sorted(data)) or output.output_type,
                expected="tables, figures and sentences made by Show",
                hint="show it with show(...), or end the cell's last line with a semicolon",
            )
        found.append(str(data[MIME]))
    return [html for html in found if html.strip()]


def _highlighted(source: str) -> str:
    from pygments import highlight  # type: ignore[import-untyped]
    from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
    from pygments.lexers import PythonLexer  # type: ignore[import-untyped]

    return str(highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))).strip("\n")


@cache
def _exporter() -> Any:
    from .. import slim  # noqa: F401  before nbconvert, which loads nbformat
    from nbconvert.exporters.templateexporter import TemplateExporter  # isort: skip

    named = {"template_name": "evalkit", "template_file": "page.html.j2", "extra_template_basedirs": [str(TEMPLATES)]}
    exporter: Any = TemplateExporter(**named)  # type: ignore[no-untyped-call]
    exporter.environment.autoescape = True
    exporter.environment.globals["style"] = Markup((TEMPLATES / "evalkit" / "page.css").read_text(encoding="utf-8"))
    return exporter


@dataclass(frozen=True)
class Link:
    """A page or a file: where it is, what it is called, and what it answers or holds."""

    href: str
    title: str
    about: str = ""


def page_links(pages: Sequence[tuple[str, str]], study: Study, language: str) -> list[Link]:
    """Return a link a page, the first page first.

    Parameters
    ----------
    pages
        Names of pages and of the notebooks they are made from; a page made once an outcome is called `<notebook>-<outcome>`.
    study, language
        For the outcomes' labels.
    """
    locale = Locale(language)
    first = [Link("index.html", locale.text("Main findings"))] if pages else []
    return first + [_link(name, notebook, study, locale) for name, notebook in pages]


def _link(name: str, notebook: str, study: Study, locale: Locale) -> Link:
    if name == CHAPTER:
        about = locale.text("Does what the chapter says hold, and where does each number in it come from?")
        return Link(f"{CHAPTER}.html", locale.text("The chapter"), about)
    title, about = _opening(project_root() / "notebooks" / f"{notebook}.ipynb", locale)
    outcome = name.removeprefix(notebook).removeprefix("-")
    if outcome in study.codebook.variables:
        title = f"{study.codebook.variable(outcome).label(locale.language)}: {within(title)}"
    return Link(f"{name}.html", title, about)


def _opening(path: Path, locale: Locale) -> tuple[str, str]:
    """Return the first heading of a notebook and the paragraph after it; its name where it has none."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"] if path.exists() else []
    texts = (cell for cell in cells if cell["cell_type"] == "markdown")
    here = {"".join(cell["source"]): cell for cell in texts if cell_language(cell) in (None, locale.language)}
    source = next((source for source in here if source.startswith("# ")), None)
    if source is None:
        return path.stem, ""
    cell = here[source]
    try:
        text = source if cell_language(cell) else locale.text(source)
    except TranslationError:
        text = source  # the page itself stops the build with every text that lacks a translation
    heading, _, rest = text.partition("\n")
    return heading.removeprefix("# ").strip(), rest.strip().partition("\n\n")[0].replace("\n", " ")


def provenance(
    study: Study, parameters: Mapping[str, Any] | None = None, chapter: Path | None = None
) -> dict[str, Mapping[str, Any] | str]:
    """Return what a page of a study is made from, by content, so that it is the same in every folder.

    Digests of answers and frame stay out: whoever guesses what they hold could try the guess.

    Returns
    -------
    dict
        `inputs`: the SHA-256 of the plan, the codebook and a chapter by file; `revision`: the first digits of that of the package's
        source; `versions` of evalkit, Python and libraries; and the notebook's `parameters`.
    """
    named = [study.folder / "study.yml", study.folder / "codebook.yml", *([chapter] if chapter else [])]
    return {
        "inputs": {path.name: file_digest(path) for path in named},
        "parameters": dict(parameters or {}),
        **_code(),
    }


@cache
def _code() -> dict[str, dict[str, str] | str]:
    versions = {"evalkit": __version__, "Python": platform.python_version()}
    versions |= {name: version(name) for name in LIBRARIES}
    return {"revision": combined(package_digests())[:16], "versions": versions}


def adaptive(html: str) -> str:
    """Return a page whose drawings have classes for styles; the classes' colours follow the reader's scheme.

    A file of its own keeps white paper: it is put into documents and on slides, whatever the scheme of whoever opens it.
    """
    classes: dict[str, str] = {}

    def classed(style: re.Match[str]) -> str:
        return f' class="{classes.setdefault(style[1], f"d{len(classes)}")}"'

    html = re.sub(r"<svg .*?</svg>", lambda svg: re.sub(r' style="([^"]*)"', classed, svg[0]), html, flags=re.DOTALL)
    rules = "".join(f".{name}{{{_in_both(style)}}}\n" for style, name in classes.items())
    return html.replace("</style>", f"{rules}</style>", 1)


def _in_both(style: str) -> str:
    letters = "font-size" in style
    if letters and "fill:" not in style:  # black is left out, as SVG's own
        style = f"{style};fill:{BLACK}"

    def both(found: re.Match[str]) -> str:
        return f"{found[0]};{found[1]}:{_scheme(found[2].upper(), letters)}"

    return re.sub(r"(fill|stroke):(#[0-9a-fA-F]{6})", both, style)


@cache
def _scheme(colour: str, letters: bool) -> str:
    return "var(--paper)" if colour == PAPER and not letters else f"light-dark({colour},{dark(colour)})"
