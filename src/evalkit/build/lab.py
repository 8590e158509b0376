"""Working in JupyterLab: a page of one's own to start from, and notebooks that show their texts in the chosen language.

A notebook is translated as it is opened and put back as it is saved, without what it showed: what lies on the disk is what
git knows, whatever language one works in and however often one runs it.
"""

from __future__ import annotations

import os
import re
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from ..errors import UsageError
from ..i18n import cell_language
from ..i18n.catalogue import translation
from ..places import LANGUAGE, project_root
from ..slim import nbformat

_WAS = "evalkit"
"""The key of a cell's metadata under which it remembers what it was."""
TEMPLATE = Path(__file__).with_name("page.ipynb")


def new_page(name: str) -> Path:
    """Make a notebook that runs and is a page of every report, to go on from; texts stand in it in both languages.

    Raises
    ------
    UsageError
        When the name is none for a page, or taken.
    """
    path = project_root() / "notebooks" / f"{name}.ipynb"
    if not re.fullmatch(r"\d\d_\w+", name, flags=re.ASCII):
        raise UsageError("this is no name for a page", got=name, expected="two digits and a word, as in 05_mine")
    if path.exists():
        raise UsageError("there is such a notebook already", where=path, hint="choose another name")
    made = nbformat.read(TEMPLATE, as_version=4)
    for cell in made.cells:
        cell.source = cell.source.replace("TITLE", name[3:].replace("_", " ").capitalize())
    made.metadata["evalkit"] = {"page": name}
    nbformat.write(made, path)
    return path


def open_lab(language: str | None) -> int:
    """Open the notebooks in JupyterLab, texts in a language, and return its exit code once it is closed."""
    from jupyterlab.labapp import main

    os.environ[LANGUAGE] = language or ""
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # as in many a container
    manager = f"--ServerApp.contents_manager_class={Notebooks.__module__}.{Notebooks.__name__}"
    sys.argv = ["jupyter-lab", "--notebook-dir=.", manager, *root]
    return int(main() or 0)


class Notebooks(AsyncLargeFileManager):
    """Files for JupyterLab: a notebook is shown in EVALKIT_LANGUAGE, and saved as git knows it."""

    async def get(self, path: str, content: bool = True, **how: Any) -> Any:  # type: ignore[override]
        """Return a file; the text cells of a notebook translated, where they have a translation."""
        model = await super().get(path, content, **how)  # type: ignore[no-untyped-call]
        if content and model["type"] == "notebook":
            model["content"] = shown(model["content"], os.environ.get(LANGUAGE, ""))
        return model

    async def save(self, model: Any, path: str = "") -> Any:
        """Save a file; a notebook without outputs, its text cells in the language that they are written in."""
        if model.get("type") == "notebook" and model.get("content"):
            model = {**model, "content": kept(nbformat.from_dict(model["content"]))}
        return await super().save(model, path)  # type: ignore[no-untyped-call]


def shown(notebook: Any, language: str) -> Any:
    """Return a notebook with its text cells in a language; each remembers what it was."""
    notebook = deepcopy(notebook)
    for cell in notebook.cells:
        text = None if cell.cell_type != "markdown" or cell_language(cell) or not language else cell.source
        found = translation(text, language) if text else None
        if isinstance(found, str) and found != text:
            cell.source, cell.metadata[_WAS] = found, {"source": text, "text": found, "language": language}
    return notebook


def kept(notebook: Any) -> Any:
    """Return a notebook as it is to lie on the disk: no outputs, no settings of an editor, texts as they were written.

    A text that was changed in another language stands from then on in both, each in a cell that is tagged with its language.
    """
    notebook, cells = deepcopy(notebook), []
    for cell in notebook.cells:
        was = cell.metadata.get(_WAS)
        cell.metadata = {"tags": list(cell.metadata["tags"])} if cell.metadata.get("tags") else {}
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if was and cell.source == was["text"]:
            cell.source = was["source"]
        elif was:
            cells.append(nbformat.v4.new_markdown_cell(was["source"], id=f"{cell.id}-en", metadata={"tags": ["en"]}))
            cell.metadata = {"tags": [was["language"]]}
        cells.append(cell)
    notebook.cells = cells
    about = {name: notebook.metadata[name] for name in ("kernelspec", "evalkit") if name in notebook.metadata}
    notebook.metadata = {**about, "language_info": {"name": "python"}}
    return nbformat.from_dict(notebook)
