"""The command line: every command has its help, and gives what was typed to the function that does it."""

import os
from pathlib import Path

import pytest

import evalkit.data
import evalkit.release
from evalkit.build.cli import COMMANDS, main
from evalkit.build.manifest import FORMAT, current_inputs, remember, write_manifest
from evalkit.digest import folder_digests
from evalkit.places import LANGUAGE
from evalkit.study import load_study, project_root

WANTED = {"report", "audit", "verify", "publish", "new", "page", "lab", "fields", "purge", "translations"}


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


def test_what_leaves_has_to_be_up_to_date(monkeypatch, capsys, tmp_path):
    recorded = []
    monkeypatch.setattr(evalkit.release, "publish", lambda release: recorded.append(release.study.name), raising=False)
    monkeypatch.setenv("EVALKIT_PROCESSED", str(tmp_path / "processed"))
    typed = ["publish", "--study", "copenhagen-housing", "--output", str(tmp_path)]
    assert main(typed) == 8
    assert "what leaves has to be up to date\n  got: no report" in capsys.readouterr().err
    place, study = tmp_path / "copenhagen-housing", load_study("copenhagen-housing")
    (place / "en").mkdir(parents=True)
    (place / "en" / "index.html").write_text("<html></html>")
    entry = {"parameters": {}, "files": folder_digests(place / "en")}
    write_manifest(place, {"format": FORMAT, "languages": {"en": entry}})
    assert main(typed) == 8
    assert "got: en" in capsys.readouterr().err
    remember(study.name, entry, current_inputs(project_root(), study.folder))
    assert main(typed) == 0
    assert recorded == [study.name]


def test_the_lab_is_opened_in_the_language_that_was_typed(monkeypatch):
    asked = []
    monkeypatch.setattr("evalkit.build.lab.open_lab", lambda language: asked.append(language) or 0)
    assert main(["lab", "--language", "nb"]) == 0
    assert asked == ["nb"]


def test_a_command_in_a_terminal_of_the_lab_takes_no_language_from_it(monkeypatch):
    monkeypatch.setenv(LANGUAGE, "en")
    seen = []
    monkeypatch.setattr("evalkit.build.cli._loaded", lambda _: seen.append(os.environ.get(LANGUAGE)))
    monkeypatch.setattr("evalkit.release.purge", lambda study, confirm: ["nothing"])
    assert main(["purge"]) == 0
    assert seen == [None]
