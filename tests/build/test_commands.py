"""The command line: every command has its help, and gives what was typed to the function that does it."""

from pathlib import Path

import pytest

import evalkit.data
from evalkit.build.cli import COMMANDS, main

WANTED = {"report", "audit", "verify", "new", "page", "lab", "fields", "purge", "synthesize", "translations"}


def test_every_command_has_its_help(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    assert set(COMMANDS) >= WANTED
    for name, run in COMMANDS.items():
        assert name in said
        assert (run.__doc__ or "").partition("\n")[0].rstrip(".").split()[0] in said


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        (["answers.xlsx"], (Path("answers.xlsx"), None, "nb")),
        (["--to", "", "--language", "", "--", "-odd.csv"], (Path("-odd.csv"), None, "nb")),
        (["--to", "my study", "--language", "en", "a b.csv"], (Path("a b.csv"), Path("my study"), "en")),
    ],
)
def test_a_study_is_drafted_from_what_was_typed(monkeypatch, capsys, typed, given):
    asked = []
    monkeypatch.setattr(evalkit.data, "draft_study", lambda *how: asked.append(how) or Path("made"), raising=False)
    assert main(["new", *typed]) == 0
    assert asked == [given]
    assert capsys.readouterr().out == "wrote made: look it over, then `make report STUDY=made`\n"


def test_the_lab_is_opened_in_the_language_that_was_typed(monkeypatch):
    asked = []
    monkeypatch.setattr("evalkit.build.lab.open_lab", lambda language: asked.append(language) or 0)
    assert main(["lab", "--language", "nb"]) == 0
    assert asked == ["nb"]
