"""A broken input gives one clear error with place and remedy, a non-zero exit, and leaves the previous outputs untouched."""

import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from evalkit.build.cli import main
from evalkit.build.notebook import _cell_failed
from evalkit.digest import folder_digests
from evalkit.study import project_root

ROOT = project_root(Path(__file__).parent)
STUDY = "copenhagen-housing"
EXPORT = "housing.csv"


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / STUDY
    shutil.copytree(ROOT / "data" / "raw" / STUDY, folder)
    return folder


@pytest.fixture
def output(tmp_path):
    page = tmp_path / "outputs" / STUDY / "en" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("the previous report")
    return tmp_path / "outputs"


def edit(name, old, new):
    def change(folder):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} no longer holds {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def a_folder(name):
    def change(folder):
        (folder / name).unlink()
        (folder / name).mkdir()

    return change


def bytes_of(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def frame_that_does_not_add_up(folder):
    edit("study.yml", "export:", "base: 100\nframe: frame.csv\nexport:")(folder)
    (folder / "frame.csv").write_text("contact,population\nLow,40\nHigh,59\n")


BROKEN = {
    "a missing column": (edit(EXPORT, "Cont", "Contakt"), 3, r"housing\.csv(.|\n)*Cont"),
    "an unknown answer": (edit(EXPORT, "Tower", "Towwer"), 3, r"housing\.csv(.|\n)*Type(.|\n)*Tower"),
    "a count that is none": (edit(EXPORT, ",21", ",many"), 3, r"housing\.csv(.|\n)*Freq"),
    "a negative count": (edit(EXPORT, ",21", ",-21"), 3, r"housing\.csv(.|\n)*Freq"),
    "a wrong encoding": (bytes_of(EXPORT, b"\x81\x8d\x8f\x90\x9d,\x00\xff\n"), 3, r"housing\.csv"),
    "an empty file": (bytes_of(EXPORT, b""), 3, r"housing\.csv(.|\n)*empty"),
    "a header alone": (bytes_of(EXPORT, b"Sat,Infl,Type,Cont,Freq\n"), 3, r"housing\.csv"),
    "a folder for the export": (a_folder(EXPORT), 3, r"housing\.csv(.|\n)*folder"),
    "no export": (lambda folder: (folder / EXPORT).unlink(), 3, r"housing\.csv"),
    "no codebook": (lambda folder: (folder / "codebook.yml").unlink(), 2, r"codebook\.yml(.|\n)*missing"),
    "a misspelt key": (
        edit("codebook.yml", "column: Cont", "colum: Cont"),
        2,
        r"codebook\.yml, line \d+(.|\n)*'column'",
    ),
    "a misspelt scale": (
        edit("codebook.yml", "scale: contact", "scale: contakt"),
        2,
        r"codebook\.yml, line \d+(.|\n)*'contact'",
    ),
    "an unknown outcome": (
        edit("study.yml", "[satisfaction]", "[satisfacton]"),
        2,
        r"study\.yml, line \d+(.|\n)*'satisfaction'",
    ),
    "a frame that does not add up": (frame_that_does_not_add_up, 2, r"frame\.csv(.|\n)*99(.|\n)*100"),
    "not YAML": (edit("study.yml", "languages: [en]", "languages: [en"), 2, r"study\.yml, line \d+"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_study_is_refused(study, output, capsys, name):
    change, code, message = BROKEN[name]
    change(study)
    before = folder_digests(output)
    assert main(["report", "--study", str(study), "--output", str(output)]) == code
    error = capsys.readouterr().err
    assert re.search(message, error), error
    assert re.search("expected:|hint:", error), error
    assert "Traceback" not in error
    assert folder_digests(output) == before


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--study", "copenhagen-houses"], 2, "did you mean 'copenhagen-housing'"),
        (["--language", "nb"], 8, "no such language(.|\n)*expected: en"),
        (["-p", "langage=en"], 8, "no such parameter(.|\n)*did you mean 'language'"),
        (["-p", "language"], 8, "needs a name and a value"),
        (["-p", "language=en"], 8, "gives the notebooks this parameter itself(.|\n)*use --language"),
        (["-p", "outcome=satisfaction"], 8, "itself(.|\n)*study.yml"),
    ],
)
def test_a_wrong_command_is_refused(study, output, capsys, arguments, code, message):
    before = folder_digests(output)
    given = arguments if "--study" in arguments else ["--study", str(study), *arguments]
    assert main(["report", "--output", str(output), *given]) == code
    assert re.search(message, capsys.readouterr().err)
    assert folder_digests(output) == before


def test_a_failing_cell_is_named_without_its_data():
    own = SimpleNamespace(ename="EstimationError", evalue="did not converge")
    other = SimpleNamespace(ename="KeyError", evalue="'kari@example.no'")
    assert "did not converge" in str(_cell_failed("03, cell 4, 'fit_clm(...)'", own))
    assert "03, cell 2, 'frame['x']': a cell failed" in str(_cell_failed("03, cell 2, 'frame['x']'", other))
    assert "kari" not in str(_cell_failed("03", other))


def test_what_nobody_foresaw_is_one_message_without_its_text(study, output, capsys, monkeypatch):
    def fail(*_):
        raise RecursionError("kari@example.no")

    monkeypatch.setattr("evalkit.build.runner.load_study", fail)
    assert main(["report", "--study", str(study), "--output", str(output)]) == 6
    said = capsys.readouterr().err
    assert re.search(r"BuildError: report: an unexpected error(.|\n)*RecursionError at test_broken_inputs.py:\d+", said)
    assert "kari" not in said
    assert "Traceback" not in said
