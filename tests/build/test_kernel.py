"""A forked kernel gives what a cold one gives, and both note what they open."""

import json

import nbformat
import papermill
import pytest

from evalkit.build.kernel import READS, ColdKernelManager, ForkingKernelManager

CELLS = [
    "import pandas as pd, sys",
    "text = open(path).read()",
    "pd.DataFrame({'length': [len(text)]})",
    "print('printed'); 1 + 1",
]


@pytest.fixture
def run(tmp_path, monkeypatch):
    def outputs(manager):
        path, reads = tmp_path / "read.txt", tmp_path / f"{manager.__name__}.json"
        path.write_text("four")
        monkeypatch.setenv(READS, str(reads))
        cells = [nbformat.v4.new_code_cell(f"path = {str(path)!r}"), *map(nbformat.v4.new_code_cell, CELLS)]
        kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernelspec})
        done = papermill.execute_notebook(
            notebook, None, {}, progress_bar=False, kernel_manager_class=manager, record_timing=False
        )
        return [cell.outputs for cell in done.cells], str(path) in json.loads(reads.read_text())

    return outputs


def test_forked_and_cold_kernels_agree(run):
    cold, cold_noted = run(ColdKernelManager)
    forked, forked_noted = run(ForkingKernelManager)
    assert forked == cold
    assert cold_noted
    assert forked_noted
