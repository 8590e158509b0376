"""Whole reports: made only when needed, the same wherever and whenever they are made, and never half new."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import docx
import nbformat
import pytest
from python_calamine import CalamineWorkbook

from evalkit.build import runner
from evalkit.build.manifest import write_manifest
from evalkit.digest import folder_digests
from evalkit.study import load_study

STUDY = "copenhagen-housing"
RAW = Path(__file__).parents[2] / "data" / "raw"
# Laid before the C library, so that Python, pandas and pyarrow all see a clock more than a year ahead.
OTHER_CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>
enum { AHEAD = 400 * 24 * 3600 };
int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += AHEAD;
    return failed;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    int failed = clock_gettime(CLOCK_REALTIME, &exact);
    if (!failed) *now = (struct timeval){exact.tv_sec, exact.tv_nsec / 1000};
    return failed;
}
time_t time(time_t *kept) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (kept) *kept = now.tv_sec;
    return now.tv_sec;
}
"""


def digests(project, study=STUDY):
    return folder_digests(project.outputs / study)


def manifest(project, study):
    return json.loads((project.outputs / study / "manifest.json").read_text(encoding="utf-8"))


def add_cell(project, name, cell):
    """Put a cell at the end of one of a project's notebooks."""
    path = project.folder / "notebooks" / name
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(cell)
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def built(new_project):
    """Return a project with a report in it, which no test changes."""
    project = new_project("built")
    project.add_study(RAW / STUDY)
    project.report(STUDY)
    return project


def test_a_table_has_one_number_on_the_page_in_the_workbook_and_in_the_document(built):
    pages = built.outputs / STUDY / "en"
    page = "".join(
        (pages / f"{name}.html").read_text(encoding="utf-8") for name in ("02_descriptives", "04_appendix_tables")
    )
    shown = dict(
        re.findall(r'<span class="number">Table ([\d.]+)\.</span> <span class="title">([^<]+)</span></caption>', page)
    )
    sheets = CalamineWorkbook.from_path(pages / "appendix.xlsx")
    rows = [
        str(cell) for name in sheets.sheet_names for row in sheets.get_sheet_by_name(name).to_python() for cell in row
    ]
    texts = [paragraph.text for paragraph in docx.Document(pages / "appendix.docx").paragraphs]
    for written in (rows, texts):
        numbered = [re.fullmatch(r"Table ([\d.]+)\.\s+(.+)", text) for text in written]
        found = {one[1]: one[2] for one in numbered if one}
        assert len(found) > 3
        assert found.items() <= shown.items()


@pytest.fixture
def copy(built, tmp_path):
    return built.elsewhere(tmp_path / "copy")


def test_a_report_has_every_page_and_file(built):
    pages = built.outputs / STUDY / "en"
    names = {"index", "01_cleaning", "02_descriptives", "03_ordinal_regression-satisfaction", "04_appendix_tables"}
    assert {path.stem for path in pages.glob("*.html")} == names
    assert {path.stem for path in (pages / "notebooks").glob("*.ipynb")} == names - {"index"}
    assert {"appendix.xlsx", "appendix.docx"} <= set(os.listdir(pages))
    assert {path.stem for path in (pages / "figures").glob("*.svg")} == {
        path.stem for path in (pages / "figures").glob("*.png")
    }
    assert manifest(built, STUDY)["languages"]["en"]["files"] == folder_digests(pages)


@pytest.mark.parametrize("touched", [False, True])
def test_an_unchanged_project_has_nothing_to_do(built, touched):
    before = digests(built)
    if touched:
        for path in built.folder.rglob("*"):
            os.utime(path)
    assert built.report(STUDY).startswith("nothing to do: ")
    assert digests(built) == before


def test_a_copy_of_the_project_has_nothing_to_do(copy):
    assert copy.report(STUDY).startswith(f"nothing to do: {copy.outputs}")


def test_files_that_were_altered_or_lost_are_made_again(copy):
    before = digests(copy)
    pages = copy.outputs / STUDY / "en"
    (pages / "01_cleaning.html").write_text("altered", encoding="utf-8")
    (pages / "appendix.docx").unlink()
    (pages / "stray.html").write_text("from elsewhere", encoding="utf-8")
    assert "02_descriptives  unchanged" in copy.report(STUDY)
    assert digests(copy) == before


@pytest.fixture(scope="module")
def other_clock(tmp_path_factory):
    """Return the environment in which every program's clock is more than a year ahead."""
    if sys.platform != "linux" or not shutil.which("cc"):
        pytest.skip("another clock needs Linux and a C compiler")
    folder = tmp_path_factory.mktemp("clock")
    (folder / "clock.c").write_text(OTHER_CLOCK, encoding="utf-8")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", "clock.so", "clock.c", "-ldl"], cwd=folder, check=True)
    environment = {"LD_PRELOAD": str(folder / "clock.so")}
    year = "import datetime as d, time, pandas; print(d.datetime.now().year, time.gmtime()[0], pandas.Timestamp.now().year)"
    said = subprocess.run(
        [sys.executable, "-c", year], env=os.environ | environment, capture_output=True, text=True, check=True
    ).stdout
    assert min(map(int, said.split())) > time.gmtime().tm_year
    return environment


@pytest.mark.parametrize("kernel", ["forked", "cold"])
def test_the_same_bytes_at_another_place_time_and_locale(built, new_project, other_clock, kernel, tmp_path):
    other = new_project("en mappe-med et.annet navn æøå")
    other.add_study(RAW / STUDY)
    temporary = tmp_path.joinpath(*["a-long-name-of-a-folder"] * 8)
    temporary.mkdir(parents=True)
    surroundings = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANGUAGE": "nb", "PYTHONHASHSEED": "7", "COLUMNS": "40"}
    surroundings["TMPDIR"] = str(temporary)
    other.report(STUDY, EVALKIT_KERNEL=kernel, **surroundings, **other_clock)
    assert digests(other) == digests(built)


def test_a_changed_notebook_reruns_alone_and_a_killed_build_changes_nothing(copy, tmp_path):
    before = digests(copy)
    add_cell(copy, "01_cleaning.ipynb", nbformat.v4.new_markdown_cell("One more paragraph."))
    undisturbed = copy.elsewhere(tmp_path / "undisturbed")

    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process = copy.start("report", STUDY, TMPDIR=str(temporary))
    wait_for(lambda: any(copy.outputs.glob(".staging/*/01_cleaning/kernel")))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert digests(copy) == before
    assert not list(temporary.iterdir())

    said = undisturbed.report(STUDY)
    assert [line.split()[0] for line in said.splitlines() if line.endswith("unchanged")] == [
        "02_descriptives",
        "03_ordinal_regression-satisfaction",
        "04_appendix_tables",
        "index",
        "files",
    ]
    changed = {name for name, digest in digests(undisturbed).items() if before.get(name) != digest}
    assert changed == {"manifest.json", "en/01_cleaning.html", "en/notebooks/01_cleaning.ipynb"}

    copy.report(STUDY)
    assert digests(copy) == digests(undisturbed)
    assert not list(copy.outputs.glob(".staging/[!.]*"))


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_a_failing_cell_leaves_the_previous_report_and_quotes_no_data(copy):
    before = digests(copy)
    secret = "responses.data.shape and 'a respondent said this'"
    add_cell(copy, "01_cleaning.ipynb", nbformat.v4.new_code_cell("answer = 'said by ' + 'somebody'\nprint(answer)"))
    add_cell(copy, "01_cleaning.ipynb", nbformat.v4.new_code_cell(f"raise ValueError(answer)  # {secret}"))
    done = copy.run("report", STUDY)
    assert done.returncode != 0
    assert "01_cleaning, cell" in done.stderr
    assert "ValueError (its text may quote data and is left out)" in done.stderr
    assert "said by somebody" not in done.stdout + done.stderr
    assert digests(copy) == before

    kept = list((copy.outputs / ".failed").rglob("*.*"))
    assert [path.name for path in kept] == ["01_cleaning.ipynb"]
    assert "said by somebody" not in kept[0].read_text(encoding="utf-8")
    assert not any(cell.get("outputs") for cell in nbformat.read(kept[0], as_version=4).cells)


def test_a_cell_that_hangs_is_named_and_leaves_the_previous_report(copy):
    before = digests(copy)
    add_cell(copy, "01_cleaning.ipynb", nbformat.v4.new_code_cell("while True:\n    pass"))
    done = copy.run("report", STUDY, EVALKIT_TIMEOUT="8")
    assert done.returncode == 6
    assert re.search(r"01_cleaning, cell \d+, 'while True:': a cell takes too long", done.stderr), done.stderr
    assert digests(copy) == before


def test_what_was_altered_with_its_manifest_is_found_by_building_from_the_export(copy):
    place = copy.outputs / STUDY
    page = place / "en" / "index.html"
    page.write_text(page.read_text(encoding="utf-8").replace("</main>", "!</main>"), encoding="utf-8")
    told = manifest(copy, STUDY)
    told["languages"]["en"]["files"] = folder_digests(place / "en")
    write_manifest(place, told)
    kept = folder_digests(copy.folder / "data" / "processed")
    done = copy.run("verify", STUDY)
    assert done.stdout.splitlines()[-2:] == ["  differs: en/index.html", "1 files differ"], done.stdout + done.stderr
    assert done.returncode == 6
    assert folder_digests(copy.folder / "data" / "processed") == kept


def test_another_folders_study_of_the_same_name_is_refused(copy, tmp_path):
    before = digests(copy)
    shutil.copytree(RAW / STUDY, tmp_path / STUDY)
    done = copy.run("report", str(tmp_path / STUDY))
    assert done.returncode == 2
    assert "the report of another folder's study has this name" in done.stderr
    assert digests(copy) == before


def test_scratch_copies_are_said_and_left_alone(built, tmp_path, monkeypatch):
    shutil.copytree(built.folder / "notebooks", tmp_path / "notebooks")
    shutil.copy(tmp_path / "notebooks" / "01_cleaning.ipynb", tmp_path / "notebooks" / "01_cleaning-Copy1.ipynb")
    (tmp_path / "data" / "raw").mkdir(parents=True)
    monkeypatch.setenv("EVALKIT_ROOT", str(tmp_path))
    said = []
    build = runner._planned(load_study(RAW / STUDY), None, tmp_path, {}, said.append)
    assert said == ["left alone: 01_cleaning-Copy1 (no page of this report: see `pages` in study.yml, and `make page`)"]
    assert "01_cleaning-Copy1" not in dict(build.pages)


def test_another_language_or_study_leaves_entries_and_files_alone(copy, staff_pulse):
    copy.add_study(staff_pulse)
    other, study = digests(copy), staff_pulse.name
    copy.report(study, "--language", "en")
    english = digests(copy, study)
    entry = manifest(copy, study)["languages"]["en"]

    copy.report(study)
    assert {name: digest for name, digest in digests(copy, study).items() if name.startswith("en/")} == {
        name: digest for name, digest in english.items() if name != "manifest.json"
    }
    assert manifest(copy, study)["languages"].keys() == {"nb", "en"}
    assert manifest(copy, study)["languages"]["en"] == entry
    for arguments in ((study,), (study, "--language", "en"), (STUDY,)):
        assert copy.report(*arguments).startswith("nothing to do: ")
    assert digests(copy) == other


def write_chapter(folder, *paragraphs):
    """Save an author's chapter."""
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    document.save(folder / "chapter.nb.docx")


def test_a_chapter_is_filled_and_a_new_sentence_reruns_no_notebook(copy, staff_pulse):
    folder = copy.add_study(staff_pulse)
    write_chapter(
        folder, "Av {{ response.count }} hører {{ belonging.great }} godt til. {% claim belonging.great > 90 %}"
    )
    said = copy.report(folder.name)
    assert "the claim `belonging.great > 90` is not borne out" in said
    pages = copy.outputs / folder.name / "nb"
    before = digests(copy, folder.name)
    (text,) = [p.text for p in docx.Document(pages / "chapter.docx").paragraphs]
    share, count = (13 + 2 + 14 + 0) / 93, 93  # 'I stor grad' in the fixture's four groups
    assert text == f"Av {count} hører {100 * share:.0f}\N{NO-BREAK SPACE}% godt til."
    stated = manifest(copy, folder.name)["languages"]["nb"]["chapter"]["fields"]
    assert [(one["field"], one["table"]) for one in stated] == [
        ("response.count", "response"),
        ("belonging.great.percent", "belonging_by_unit"),
    ]
    assert 'href="chapter.html"' in (pages / "index.html").read_text(encoding="utf-8")

    write_chapter(folder, "Nå med andre ord: {{ belonging.great | interval }}.")
    said = copy.report(folder.name)
    assert said.count("unchanged") == 6
    changed = {name for name, digest in digests(copy, folder.name).items() if before.get(name) != digest}
    assert changed == {"manifest.json", "nb/chapter.docx", "nb/chapter.html"}
    assert copy.report(folder.name).startswith("nothing to do: ")
    assert "left out: there is no chapter.en.docx" in copy.report(folder.name, "--language", "en")


def test_a_mistake_in_a_chapter_leaves_the_previous_report(copy, staff_pulse):
    folder = copy.add_study(staff_pulse)
    copy.report(folder.name)
    before = digests(copy, folder.name)
    write_chapter(folder, "{{ belonging.gret }}", "{{ table.belonging_by_unit }} og mer")
    done = copy.run("report", folder.name)
    assert done.returncode == 2
    assert "did you mean 'belonging.great'?" in done.stderr
    assert "a table stands in a paragraph of its own" in done.stderr
    assert digests(copy, folder.name) == before
