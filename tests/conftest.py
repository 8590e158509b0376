"""A copy of the project to build in, and a small bilingual study: for tests that make whole reports."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEADER = (
    "RespondentId,Email,Start,Completed,Status,1. Enhet,2. Rolle,5. Tilhørighet,"
    "6. Mål - Samordning,6. Mål - Fellesskap,9. Tiltak - IKT,9. Tiltak - HR"
)
DEGREES = ("Ikke i det hele tatt", "I noen grad", "I noen grad", "I stor grad", "I stor grad", "Vet ikke")
# Answers by unit and role; the smallest group is under the base threshold, so that something is hidden.
GROUPS = {("Nord", "Medarbeider"): 40, ("Nord", "Leder"): 8, ("Sør", "Medarbeider"): 42, ("Sør", "Leder"): 3}


@dataclass(frozen=True)
class Project:
    """A copy of the project's notebooks, lock and package, with studies of its own; commands run in it as in a clone."""

    folder: Path

    @property
    def outputs(self) -> Path:
        """Where its reports are."""
        return self.folder / "outputs"

    def add_study(self, source: Path) -> Path:
        """Copy a study's folder into it."""
        return Path(shutil.copytree(source, self.folder / "data" / "raw" / source.name))

    def elsewhere(self, folder: Path) -> "Project":
        """Copy the whole project, with what was built in it."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
        return Project(folder)

    def start(self, command: str, study: str, *more: str, **environment: str):
        """Start a command and return its process."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EVALKIT")}
        return subprocess.Popen(
            [sys.executable, "-m", "evalkit", command, "--study", study, *more],
            cwd=self.folder,
            env=kept | {"PYTHONPATH": str(self.folder / "src")} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def run(self, command: str, study: str, *more: str, **environment) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        process = self.start(command, study, *more, **environment)
        said, errors = process.communicate(timeout=180)
        return subprocess.CompletedProcess(process.args, process.returncode, said, errors)

    def report(self, study: str, *more: str, **environment) -> str:
        """Make a report and return what was said; anything but success is a failure of the test."""
        done = self.run("report", study, *more, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def new_project(tmp_path_factory):
    """Return a function that copies the project without its studies."""

    def make(name: str) -> Project:
        folder = tmp_path_factory.mktemp(name)
        for part in ("src", "notebooks"):
            shutil.copytree(
                ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
            )
        shutil.copy(ROOT / "requirements.lock", folder)
        (folder / "data" / "raw").mkdir(parents=True)
        return Project(folder)

    return make


def _rows() -> list[str]:
    rows = []
    for (unit, role), size in GROUPS.items():
        for i in range(size):
            n = len(rows) + 1
            goals = ["Viktig" if (i + k) % 3 else "Uviktig" for k in range(2)]
            ticks = ["x" if (i + k) % 4 else "" for k in range(2)]
            times = f"2024-03-{5 + n % 9:02d} 09:00,2024-03-{5 + n % 9:02d} 09:{n % 50 + 5:02d}"
            cells = [f"{n:04d}", f"p{n}@example.org", times, "Completed", unit, role, DEGREES[i % 6], *goals, *ticks]
            rows.append(",".join(cells))
    return rows


@pytest.fixture(scope="session")
def staff_pulse(tmp_path_factory):
    """Return the folder of the guide's smallest study, in two languages, with answers enough to show something."""
    guide = (ROOT / "docs" / "bring-your-own-survey.md").read_text(encoding="utf-8")
    files = dict(re.findall(r"^\*\*`([^`]+)`\*\*\n```\w+\n(.*?)^```$", guide, flags=re.S | re.M))
    files["responses.csv"] = "\n".join([HEADER, *_rows()]) + "\n"
    folder = tmp_path_factory.mktemp("studies") / "staff-pulse"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def pages(monkeypatch):
    """Return a function that runs every notebook of a study's report in this process, and gives what each page shows."""
    from IPython.core.interactiveshell import InteractiveShell

    from evalkit.report import shown

    from .cells import run_pages

    monkeypatch.setattr(shown, "_bundles", lambda name, html, *_: [{shown.MIME: html}])
    yield run_pages
    InteractiveShell.clear_instance()
