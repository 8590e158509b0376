"""`make` passes on what was typed, letter by letter, and nothing that happens to stand in the environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "new",
    "report",
    "page",
    "lab",
    "audit",
    "publish",
    "verify",
    "test",
    "mutations",
    "bench",
    "translations",
    "clean",
    "purge",
}

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


def typed(tmp_path, *arguments, **environment):
    """Return the arguments that make gives to Python, in place of which a script notes them."""
    script = tmp_path / "python"
    script.write_text('#!/bin/sh\nfor word in "$@"; do printf "%s\\n" "$word"; done\n')
    script.chmod(0o755)
    found = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))} | environment
    done = subprocess.run(
        ["make", *arguments, f"PYTHON={script}"], cwd=ROOT, env=found, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_the_language_is_the_one_typed(tmp_path):
    assert typed(tmp_path, "report", LANGUAGE="en_US:en")[5:7] == ["--language", ""]
    assert typed(tmp_path, "report", "LANGUAGE=en", LANGUAGE="nb_NO:nb")[5:7] == ["--language", "en"]


def test_deleting_answers_is_confirmed_by_typing_it(tmp_path):
    assert "--confirm" not in typed(tmp_path, "purge", "STUDY=pulse", CONFIRM="yes")
    assert "--confirm" in typed(tmp_path, "purge", "STUDY=pulse", "CONFIRM=yes")
    assert "--confirm" not in typed(tmp_path, "purge", "STUDY=pulse", "CONFIRM=no")


@pytest.mark.parametrize(
    ("command", "variable"),
    [
        ("report", "STUDY"),
        ("report", "OUTPUT"),
        ("report", "LANGUAGE"),
        ("verify", "STUDY"),
        ("audit", "OUTPUT"),
        ("publish", "STUDY"),
        ("new", "EXPORT"),
        ("new", "TO"),
        ("page", "NAME"),
        ("lab", "LANGUAGE"),
        ("fields", "SEARCH"),
        ("purge", "STUDY"),
    ],
)
def test_words_of_a_shell_are_not_run(tmp_path, command, variable):
    mark = tmp_path / "ran"
    for words in ('"; touch {0}; "', "$(touch {0})", "`touch {0}`", "$$(touch {0})", "$(shell touch {0})", "a b  c'd"):
        text = words.format(mark)
        assert text in typed(tmp_path, command, f"{variable}={text}")
        assert not mark.exists(), text


def test_alone_it_shows_what_there_is():
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True).stdout
    assert {line.split()[0] for line in said.splitlines()} >= COMMANDS


def test_python_starts_where_a_path_is_not_ascii(tmp_path):
    """The last step of environment.sh, on its own: what it writes for Python to find the package by."""
    project = tmp_path / "prøve æøå"
    packages = project / ".venv" / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    packages.mkdir(parents=True)
    (project / "src" / "evalkit").mkdir(parents=True)
    (project / "src" / "evalkit" / "__init__.py").write_text("here = True\n")
    (project / ".venv" / "pyvenv.cfg").write_text(f"home = {Path(sys.base_prefix) / 'bin'}\n")
    (project / ".venv" / "bin").mkdir()
    (project / ".venv" / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    (packages / "evalkit.pth").write_text(f"{project}/src\n", encoding="utf-8")
    (step,) = [line for line in (ROOT / "environment.sh").read_text().splitlines() if "evalkit.pth" in line]
    subprocess.run(["sh", "-c", step], cwd=project, check=True)
    surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"LC_ALL": "C"}
    python = [project / ".venv" / "bin" / "python", "-c", "import evalkit; print(evalkit.here)"]
    done = subprocess.run(python, cwd=tmp_path, env=surroundings, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("True\n", 0), done.stderr
