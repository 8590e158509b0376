"""Whether a report is up to date is decided by content alone."""

import os
import shutil

import pytest

from evalkit.build.manifest import FORMAT, current_inputs, is_current, read_manifest, write_manifest
from evalkit.build.swap import link_tree
from evalkit.digest import folder_digests


@pytest.fixture
def project(tmp_path):
    """Return a project with one notebook, one study and one finished report."""
    root = tmp_path / "project"
    study, place = root / "data/raw/pulse", root / "outputs/pulse"
    for folder in (root / "notebooks", study, place / "nb"):
        folder.mkdir(parents=True)
    (root / "notebooks/01_a.ipynb").write_text("{}")
    (root / "requirements.lock").write_text("pandas==3\n")
    (root / "notes.csv").write_text("a\n")
    (study / "study.yml").write_text("study: pulse\n")
    (place / "nb/index.html").write_text("<html></html>")
    notes = folder_digests(root)["notes.csv"]
    entry = {
        "inputs": current_inputs(root, study),
        "parameters": {},
        "reads": {"notes.csv": notes},
        "files": folder_digests(place / "nb"),
    }
    write_manifest(place, {"format": FORMAT, "default_language": "nb", "languages": {"nb": entry}})
    return root


def current(root, parameters=None, language=None):
    study = root / "data/raw/pulse"
    return is_current(root / "outputs/pulse", language, current_inputs(root, study), parameters or {}, root)


def test_a_finished_report_is_current(project):
    assert current(project) == "nb"
    assert current(project, language="nb") == "nb"


def test_touching_every_file_changes_nothing(project):
    for path in project.rglob("*"):
        os.utime(path, (1, 1))
    assert current(project) == "nb"


def test_a_copy_elsewhere_is_current(project, tmp_path):
    shutil.copytree(project, tmp_path / "copy")
    assert current(tmp_path / "copy") == "nb"


@pytest.mark.parametrize(
    "name",
    [
        "notebooks/01_a.ipynb",
        "requirements.lock",
        "data/raw/pulse/study.yml",
        "outputs/pulse/nb/index.html",
        "notes.csv",
    ],
)
def test_a_changed_file_makes_it_stale(project, name):
    (project / name).write_text("changed")
    assert current(project) is None


@pytest.mark.parametrize("name", ["notebooks/02_b.ipynb", "data/raw/pulse/frame.csv", "outputs/pulse/nb/extra.html"])
def test_a_new_file_makes_it_stale(project, name):
    (project / name).write_text("new")
    assert current(project) is None


@pytest.mark.parametrize("name", ["outputs/pulse/nb/index.html", "notes.csv", "outputs/pulse/manifest.json"])
def test_a_lost_file_makes_it_stale(project, name):
    (project / name).unlink()
    assert current(project) is None


def test_other_parameters_or_another_language_make_it_stale(project):
    assert current(project, parameters={"weights": "raked"}) is None
    assert current(project, language="en") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 0}'])
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
