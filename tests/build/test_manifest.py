"""Whether a report is up to date is decided by content alone."""

import os
import random
import shutil

import nbformat
import pytest

from evalkit.build.manifest import FORMAT, current_inputs, is_current, read_manifest, remember, write_manifest
from evalkit.build.swap import link_tree
from evalkit.digest import folder_digests


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a project with one notebook, one study and one finished report."""
    root = tmp_path / "project"
    study, place = root / "data/raw/pulse", root / "outputs/pulse"
    for folder in (root / "notebooks", study, place / "nb"):
        folder.mkdir(parents=True)
    write_notebook(root, "01_cleaning", "1 + 1")
    write_notebook(root, "01_cleaning-Copy1", "1 + 1")
    (root / "requirements.lock").write_text("pandas==3\n")
    (root / "notes.csv").write_text("a\n")
    (study / "study.yml").write_text("study: pulse\n")
    (place / "nb/index.html").write_text("<html></html>")
    entry = {"parameters": {}, "files": folder_digests(place / "nb")}
    monkeypatch.setenv("EVALKIT_ROOT", str(root))
    remember("pulse", entry, current_inputs(root, study, ["reads/notes.csv"]))
    write_manifest(place, {"format": FORMAT, "default_language": "nb", "languages": {"nb": entry}})
    return root


def write_notebook(root, name, source, tags=(), outputs=(), page=None):
    cell = nbformat.v4.new_code_cell(source, id="a", metadata={"tags": list(tags)}, outputs=list(outputs))
    metadata = {"evalkit": {"page": page}} if page else {}
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=metadata), root / "notebooks" / f"{name}.ipynb")


def current(root, parameters=None, language=None):
    return is_current(root, root / "data/raw/pulse", root / "outputs/pulse", language, parameters or {})


def test_a_finished_report_is_current(project):
    assert current(project) == "nb"
    assert current(project, language="nb") == "nb"


def test_touching_every_file_changes_nothing(project):
    for path in project.rglob("*"):
        os.utime(path, (1, 1))
    assert current(project) == "nb"


def test_a_copy_elsewhere_is_current(project, tmp_path, monkeypatch):
    shutil.copytree(project, tmp_path / "copy")
    monkeypatch.setenv("EVALKIT_ROOT", str(tmp_path / "copy"))
    assert current(tmp_path / "copy") == "nb"


@pytest.mark.parametrize(
    "name",
    [
        "notebooks/01_cleaning.ipynb",
        "requirements.lock",
        "data/raw/pulse/study.yml",
        "outputs/pulse/nb/index.html",
        "notes.csv",
    ],
)
def test_a_changed_file_makes_it_stale(project, name):
    (project / name).write_text("changed")
    assert current(project) is None


@pytest.mark.parametrize(
    "name", ["notebooks/02_descriptives.ipynb", "data/raw/pulse/frame.csv", "outputs/pulse/nb/extra.html"]
)
def test_a_new_file_makes_it_stale(project, name):
    (project / name).write_text("new")
    assert current(project) is None


@pytest.mark.parametrize(
    "name",
    ["outputs/pulse/nb/index.html", "notes.csv", "outputs/pulse/manifest.json", "data/processed/pulse/made-from.json"],
)
def test_a_lost_file_makes_it_stale(project, name):
    (project / name).unlink()
    assert current(project) is None


def test_other_parameters_or_another_language_make_it_stale(project):
    assert current(project, parameters={"weights": "raked"}) is None
    assert current(project, language="en") is None


@pytest.mark.parametrize(
    ("name", "change", "stale"),
    [
        ("01_cleaning", {"source": "1 + 2"}, True),
        ("01_cleaning", {"source": "1 + 1", "tags": ["hide"]}, True),
        ("01_cleaning", {"source": "1 + 1", "outputs": [nbformat.v4.new_output("stream", text="2")]}, False),
        ("01_cleaning-Copy1", {"source": "2 + 2"}, False),
        ("05_mine", {"source": "3 + 3"}, False),
        ("05_mine", {"source": "3 + 3", "page": "05_mine"}, True),
        ("05_mine-Copy1", {"source": "3 + 3", "page": "05_mine"}, False),
    ],
)
def test_what_a_page_says_counts_and_neither_what_it_showed_nor_a_scratch_copy(project, name, change, stale):
    write_notebook(project, name, **change)
    assert (current(project) is None) == stale


@pytest.mark.parametrize("of", ["outputs/pulse/manifest.json", "data/processed/pulse/made-from.json"])
def test_one_bit_that_is_another_makes_it_stale(project, of):
    whole, chance = (project / of).read_bytes(), random.Random(3)
    for _ in range(100):
        place = chance.randrange(8 * len(whole))
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        (project / of).write_bytes(changed)
        assert current(project) is None, f"bit {place} of {of} was believed"


def test_the_manifest_holds_no_digest_that_a_guess_of_the_answers_could_be_tried_against(project):
    told = (project / "outputs/pulse/manifest.json").read_text(encoding="utf-8")
    secret = current_inputs(project, project / "data/raw/pulse", ["reads/notes.csv"])
    assert not [name for name in secret if secret[name] in told]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 0}', '{"format": 2, "languages": []}', "[" * 50_000])
def test_a_manifest_that_cannot_be_read_counts_as_none(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    assert read_manifest(tmp_path) == {}


def test_writing_a_manifest_leaves_the_published_one_that_is_linked_to_it(project, tmp_path):
    published = project / "outputs/pulse"
    before = (published / "manifest.json").read_bytes()
    link_tree(published, tmp_path / "new")
    write_manifest(tmp_path / "new", {"format": FORMAT, "languages": {}})
    assert (published / "manifest.json").read_bytes() == before
    assert read_manifest(tmp_path / "new")["languages"] == {}
