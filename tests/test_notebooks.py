"""The notebooks: their form, and that each runs from top to bottom for every study."""

import ast
import json
import os
import re
from pathlib import Path

import pytest

from evalkit.build.notebook import plan_tasks, run_notebook
from evalkit.study import load_study, project_root

NOTEBOOKS = sorted((project_root() / "notebooks").glob("[0-9][0-9]_*.ipynb"))
STUDIES = ("copenhagen-housing", "departementsstrategien-2023")
MOST_LINES = 10
NUMBERED = re.compile(r"^(#+ )?(Appendix|Annex) \d+")
"""A heading that numbers an appendix: no number about the data."""


def cells(path, kind):
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind]


def source(cell):
    return "".join(cell["source"])


def called(node):
    """Return the name of the method that a node calls."""
    return node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None


every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 4


@every_notebook
def test_a_notebook_is_committed_without_outputs(path):
    for cell in cells(path, "code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@every_notebook
def test_a_notebook_is_written_as_jupyter_writes_it(path):
    written = json.dumps(json.loads(path.read_text(encoding="utf-8")), indent=1, sort_keys=True, ensure_ascii=False)
    assert path.read_bytes() == (written + "\n").encode()


@every_notebook
def test_code_cells_are_short_and_define_nothing(path):
    for cell in cells(path, "code"):
        assert len(source(cell).splitlines()) <= MOST_LINES
        for node in ast.walk(ast.parse(source(cell))):
            assert not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda | ast.While)


@every_notebook
def test_text_cells_hold_no_digits_about_the_data(path):
    for cell in cells(path, "markdown"):
        for line in source(cell).splitlines():
            assert not re.search(r"\d", NUMBERED.sub("", line)), line


@every_notebook
def test_the_first_cells_are_title_parameters_and_imports(path):
    every = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert source(every[0]).startswith("# ")
    assert "parameters" in every[1]["metadata"]["tags"]
    for line in source(every[1]).splitlines():
        assert re.fullmatch(r"\w+: \w+ = .+  # .+", line), line
    assert "load_study(study)" in source(every[2])


@every_notebook
def test_a_notebook_names_no_item_and_no_path(path):
    names = {name for study in STUDIES for name in load_study(study).codebook.variables}
    names |= {item for study in STUDIES for item in load_study(study).codebook.items}
    code = [node for cell in cells(path, "code")[1:] for node in ast.walk(ast.parse(source(cell)))]
    sections = {id(argument) for node in code if called(node) == "appendix" for argument in node.args}
    constants = [node for node in code if isinstance(node, ast.Constant) and id(node) not in sections]
    texts = {node.value for node in constants if isinstance(node.value, str)}
    assert not texts & names
    assert not [text for text in texts if "/" in text or "\\" in text]


def tasks():
    for name in STUDIES:
        study = load_study(name)
        for task in plan_tasks(
            project_root() / "notebooks", study=name, language=study.languages[0], each={"outcome": study.outcomes}
        ):
            yield pytest.param(task, study.languages[0], id=f"{name}-{task.name}")


@pytest.fixture
def executed(tmp_path, monkeypatch):
    """Run tasks without leaving a trace in the environment."""
    for name in ("EVALKIT_ARTIFACTS", "EVALKIT_KERNEL_FOLDER", "SOURCE_DATE_EPOCH", "TZ"):
        monkeypatch.setenv(name, os.environ.get(name, ""))

    def run(task, language):
        pages = tmp_path / "pages"
        pages.mkdir()
        return run_notebook(task, language=language, artifacts=pages, kernel=tmp_path / "kernel")

    return run


@pytest.mark.parametrize(("task", "language"), list(tasks()))
def test_a_notebook_runs_from_top_to_bottom(task, language, executed):
    found = executed(task, language)
    assert any(cell.get("outputs") for cell in found.cells)
    if task.name == "03_ordinal_regression-satisfaction":
        shown = " ".join(output["data"].get("text/html", "") for c in found.cells for output in c.get("outputs", ()))
        for number in ("0.5664", "1.2888", "−0.5724", "−0.3662", "−1.0910", "0.3603", "3,479.15"):
            assert f">{number}<" in shown
        assert Path(task.notebook).name == "03_ordinal_regression.ipynb"
