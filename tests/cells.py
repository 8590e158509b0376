"""Notebooks run in this process, cell by cell; the pictures for the lab are not drawn."""

from dataclasses import dataclass, field
from unittest import mock

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from evalkit.build.manifest import SHIPPED
from evalkit.report import shown

from .test_notebooks import NOTEBOOKS, cells, source


@dataclass
class Page:
    """A notebook that was run: its cells, what each showed, and the names there were before each."""

    code: list[str]
    study: str
    shell: InteractiveShell
    shown: dict[int, list[str]] = field(default_factory=dict)
    before: dict[int, dict] = field(default_factory=dict)

    def run(self, number, code=None):
        """Run a cell and return the markup that it shows."""
        bundles = []
        self.before.setdefault(number, dict(self.shell.user_ns))
        with mock.patch("IPython.display.display", lambda bundle, raw: bundles.append(bundle)):
            done = self.shell.run_cell(self.code[number] if code is None else code)
        done.raise_error()
        if number == 0:
            self.shell.push({"study": self.study, "language": "en"})
        return [bundle[shown.MIME] for bundle in bundles if bundle[shown.MIME]]

    def again(self, changes, numbers):
        """Run some cells, changed, with the names there were when they were run at first."""
        self.shell.user_ns.update(self.before[numbers[0]])
        return [self.run(number, changes.get(number)) for number in numbers]


def opened_page(path, folder):
    """Return a notebook in a shell of its own."""
    InteractiveShell.clear_instance()
    quiet = Config({"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}})
    return Page([source(cell) for cell in cells(path, "code")], str(folder), InteractiveShell.instance(config=quiet))


def run_pages(study):
    """Run every notebook of a study's report; yield its name and what the page shows."""
    for path in (path for path in NOTEBOOKS if path.stem in SHIPPED):
        for outcome in study.outcomes if path.stem.startswith("03") else ("",):
            page = opened_page(path, study.folder)
            page.code[1] = f"outcome = {outcome!r}\n" * path.stem.startswith("03") + page.code[1]
            yield path.stem, [part for number in range(len(page.code)) for part in page.run(number)]
