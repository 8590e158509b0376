"""A forked kernel gives what a cold one gives; both note what they open, and neither uses or leaves anything of the analyst's."""

import json
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import papermill
import pytest

from evalkit.build.kernel import KERNEL_FOLDER, READS, KernelManager

CELLS = [
    "import pandas as pd, sys",
    "text = open(path).read()",
    "pd.DataFrame({'length': [len(text)]})",
    "print('printed'); 1 + 1",
    "globals().get('mine', 'nothing of the analyst')",
]
KERNELS = ("cold", "forked")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the cells in a kernel of a kind, in a folder, and return their outputs and the files that were noted."""

    def outputs(kind, folder=tmp_path):
        path = tmp_path / "read.txt"
        path.write_text("four")
        monkeypatch.setenv("EVALKIT_KERNEL", kind)
        monkeypatch.setenv(KERNEL_FOLDER, str(folder / kind))
        cells = [nbformat.v4.new_code_cell(f"path = {str(path)!r}"), *map(nbformat.v4.new_code_cell, CELLS)]
        kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec})
        done = papermill.execute_notebook(
            notebook, None, {}, progress_bar=False, kernel_manager_class=KernelManager, record_timing=False
        )
        return [cell.outputs for cell in done.cells], str(path) in json.loads((folder / kind / READS).read_text())

    return outputs


def test_forked_and_cold_kernels_agree(run):
    cold, cold_noted = run("cold")
    forked, forked_noted = run("forked")
    assert forked == cold
    assert cold_noted
    assert forked_noted


@pytest.mark.parametrize("kind", KERNELS)
def test_the_analysts_own_profile_and_history_are_left_alone(run, tmp_path, monkeypatch, kind):
    profile = tmp_path / "ipython" / "profile_default"
    (profile / "startup").mkdir(parents=True)
    (profile / "startup" / "00-mine.py").write_text("mine = 'of the analyst'")
    (tmp_path / "startup.py").write_text("mine = 'of the analyst'")
    monkeypatch.setenv("IPYTHONDIR", str(profile.parent))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "startup.py"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    temporary = set(Path(tempfile.gettempdir()).glob("evalkit-*"))
    outputs, _ = run(kind)
    assert outputs[-1][0]["data"]["text/plain"] == "'nothing of the analyst'"
    assert [path.name for path in profile.iterdir()] == ["startup"]
    assert not list(tmp_path.rglob("history.sqlite"))
    assert not list((tmp_path / "runtime").glob("*"))
    assert set(Path(tempfile.gettempdir()).glob("evalkit-*")) == temporary


@pytest.mark.parametrize("kind", KERNELS)
def test_a_folder_with_a_long_name_holds_its_sockets(run, tmp_path, kind):
    folder = tmp_path.joinpath(*["en-lang-mappe-med-øæå"] * 8)
    outputs, noted = run(kind, folder)
    assert outputs[-2][0]["text"] == "printed\n"
    assert noted


@pytest.mark.parametrize("kind", KERNELS)
@pytest.mark.parametrize(
    ("cell", "stops"),
    [
        ("import matplotlib.pyplot as plt; plt.plot([1, 2]);", True),
        ("import pandas as pd; pd.Series([1, 2]).plot();", True),
        ("import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.close()", False),
        ("1 + 1", False),
    ],
)
def test_a_figure_left_open_stops_the_notebook(tmp_path, monkeypatch, kind, cell, stops):
    monkeypatch.setenv("EVALKIT_KERNEL", kind)
    monkeypatch.setenv(KERNEL_FOLDER, str(tmp_path / "kernel"))
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)], metadata={"kernelspec": kernelspec})
    how = {"progress_bar": False, "kernel_manager_class": KernelManager, "record_timing": False}
    if not stops:
        plt.figure()  # what this process has drawn is no cell's
        papermill.execute_notebook(notebook, None, {}, **how)
        plt.close("all")
        return
    with pytest.raises(papermill.PapermillExecutionError, match=r"no reader would see[\s\S]*show.figure\(plt.gcf\(\)"):
        papermill.execute_notebook(notebook, None, {}, **how)
