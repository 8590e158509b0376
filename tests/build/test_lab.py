"""Working in JupyterLab: texts in the chosen language, git clean after a notebook was run and saved, a page of one's own."""

import asyncio
import json
import shutil
from pathlib import Path

import nbformat
import pytest

from evalkit.build import lab
from evalkit.build.cli import main
from evalkit.build.manifest import is_page
from evalkit.build.notebook import plan_tasks, run_notebook
from evalkit.errors import BuildError, UsageError
from evalkit.i18n import translate_notebook
from evalkit.report.render import page_links
from evalkit.study import load_study

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a project with the suite's notebooks as nbformat writes them."""
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "notebooks").mkdir()
    for path in (ROOT / "notebooks").glob("0*.ipynb"):
        nbformat.write(nbformat.read(path, as_version=4), tmp_path / "notebooks" / path.name)
    monkeypatch.setenv("EVALKIT_ROOT", str(tmp_path))
    return tmp_path


@pytest.fixture
def opened(project, monkeypatch):
    """Return a function that opens a notebook in a language, has it changed, and saves it, all as JupyterLab does."""

    def do(name, language, change=lambda _: None):
        monkeypatch.setenv(lab.LANGUAGE, language)
        files = lab.Notebooks(root_dir=str(project))
        model = asyncio.run(files.get(f"notebooks/{name}.ipynb"))
        seen = json.loads(json.dumps(model["content"]))
        change(model["content"])
        sent = {"type": "notebook", "content": json.loads(json.dumps(model["content"]))}
        asyncio.run(files.save(sent, f"notebooks/{name}.ipynb"))
        return nbformat.from_dict(seen)

    return do


def run_it(notebook):
    """Leave in a notebook what running and saving it in JupyterLab leaves."""
    notebook.metadata["language_info"] = {"name": "python", "version": "3.11.7", "codemirror_mode": {"name": "ipython"}}
    for number, cell in enumerate(notebook.cells):
        cell.metadata["trusted"] = True
        if cell.cell_type == "code":
            cell.execution_count = number
            cell.outputs = [nbformat.v4.new_output("stream", text="shown\n")]
            cell.metadata["execution"] = {"iopub.status.busy": "2026-01-01"}


def texts(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


@pytest.mark.parametrize("language", ["", "nb", "en"])
@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("0*.ipynb")), ids=lambda path: path.stem)
def test_a_run_notebook_is_saved_as_git_knows_it(project, opened, path, language):
    on_disk = (project / "notebooks" / path.name).read_bytes()
    seen = opened(path.stem, language, run_it)
    assert (project / "notebooks" / path.name).read_bytes() == on_disk
    wanted = translate_notebook(nbformat.reads(on_disk.decode(), as_version=4), language or "en")
    assert texts(seen) == texts(wanted)


def test_a_text_changed_in_another_language_stands_in_both(project, opened):
    def rewrite(notebook):
        notebook.cells[0].source = "# Hvem svarte egentlig"

    before = nbformat.read(project / "notebooks" / "01_cleaning.ipynb", as_version=4)
    opened("01_cleaning", "nb", rewrite)
    after = nbformat.read(project / "notebooks" / "01_cleaning.ipynb", as_version=4)
    assert texts(translate_notebook(after, "en")) == texts(before)
    assert texts(translate_notebook(after, "nb")) == [
        "# Hvem svarte egentlig",
        *texts(translate_notebook(before, "nb"))[1:],
    ]


def test_a_new_page_is_one_and_a_copy_of_it_is_none(project, capsys):
    assert main(["page", "05_mine"]) == 0
    assert "05_mine.ipynb" in capsys.readouterr().out
    page = project / "notebooks" / "05_mine.ipynb"
    shutil.copy(page, page.with_name("05_mine-Copy1.ipynb"))
    shutil.copy(project / "notebooks" / "01_cleaning.ipynb", project / "notebooks" / "01_cleaning-Copy1.ipynb")
    assert is_page(page)
    tasks = plan_tasks(project / "notebooks", study="pulse", language="nb", each={"outcome": ("a", "b")})
    shipped = ["01_cleaning", "02_descriptives", "03_ordinal_regression-a", "03_ordinal_regression-b"]
    assert [task.name for task in tasks] == [*shipped, "04_appendix_tables", "05_mine"]
    for language, title in (("nb", "Hva er spørsmålet"), ("en", "What is the question")):
        first = texts(translate_notebook(nbformat.read(page, as_version=4), language))[0]
        assert first.startswith(f"# Mine\n\n{title}")


def test_a_new_page_is_called_what_its_first_heading_says_in_the_language(project):
    study = load_study(ROOT / "data" / "raw" / "copenhagen-housing")
    lab.new_page("05_mine")
    for language, about in (
        ("nb", "Hva er spørsmålet som denne siden svarer på?"),
        ("en", "What is the question that"),
    ):
        link = page_links([("05_mine", "05_mine")], study, language)[-1]
        assert (link.href, link.title) == ("05_mine.html", "Mine")
        assert link.about.startswith(about)


def test_the_study_may_list_its_pages(project):
    lab.new_page("05_mine")
    shutil.copy(project / "notebooks" / "05_mine.ipynb", project / "notebooks" / "own.ipynb")
    given = {"study": "pulse", "language": "nb", "each": {"outcome": ("a",)}}
    tasks = plan_tasks(project / "notebooks", **given, pages=("own", "01_cleaning"))
    assert [task.name for task in tasks] == ["own", "01_cleaning"]
    with pytest.raises(
        BuildError, match=r"01_claening.ipynb: the notebook is missing\n +hint: did you mean '01_cleaning'"
    ):
        plan_tasks(project / "notebooks", **given, pages=("01_claening",))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mine", "no name for a page(.|\n)*expected: two digits"),
        ("../05_mine", "no name for a page"),
        ("05_mine.ipynb", "no name for a page"),
        ("01_cleaning", "there is such a notebook already"),
    ],
)
def test_a_page_that_cannot_be_made_is_refused(project, name, message):
    before = sorted((project / "notebooks").iterdir())
    with pytest.raises(UsageError, match=message):
        lab.new_page(name)
    assert sorted((project / "notebooks").iterdir()) == before


def test_a_new_page_runs(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "data" / "raw" / "copenhagen-housing", tmp_path / "data" / "raw" / "copenhagen-housing")
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setenv("EVALKIT_ROOT", str(tmp_path))
    for name in ("EVALKIT_ARTIFACTS", "EVALKIT_KERNEL_FOLDER", "SOURCE_DATE_EPOCH", "TZ"):
        monkeypatch.setenv(name, "")
    lab.new_page("05_mine")
    (task,) = plan_tasks(tmp_path / "notebooks", study="copenhagen-housing", language="en", each={})
    (tmp_path / "made").mkdir()
    done = run_notebook(task, language="en", artifacts=tmp_path / "made", kernel=tmp_path / "kernel")
    assert done.cells[-1].outputs
    assert list((tmp_path / "made" / "tables").glob("*.csv"))
