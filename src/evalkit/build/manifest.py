"""What an output folder was made from, and what is in it. Standard library alone, so that checking it is quick.

The manifest leaves with the outputs; it holds no digest against which a reader could try guesses of the answers. Those of the
study's files, and of whatever else a notebook read, stay in data/processed, each under the digest of the outputs made from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..digest import combined, file_digest, folder_digests, sealed_read, sealed_write, surroundings
from ..places import processed_folder, replacing

FORMAT = 2
MANIFEST = "manifest.json"
SHIPPED = ("01_cleaning", "02_descriptives", "03_ordinal_regression", "04_appendix_tables")
"""The notebooks that are pages of every report, with those that `make page` made."""
UNIT_PAGE, UNITS = "05_unit", "units"
"""The notebook that is run once a unit, and the folder of its pages: no part of the report."""
TO_LEARN_FROM = {"tutorial", "gallery"}
"""Notebooks that are no pages."""
_MADE_FROM, _MARK, _KEPT = "made-from.json", "made from", 50


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a study's manifest from its output folder; an empty one where there is none or one letter of it is another."""
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
        manifest = json.loads(text)
    except (OSError, ValueError, RecursionError):
        return {}
    whole = isinstance(manifest, dict) and manifest.get("format") == FORMAT and _text(manifest) == text
    return manifest if whole else {}


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write a manifest in one fixed form, with its own digest: sorted keys, two spaces, a final newline.

    It is put in place whole: the one that is there may be a hard link to the published one, which must not change with it.
    """
    with replacing(folder / MANIFEST) as aside:
        aside.write_text(_text(manifest), encoding="utf-8")


def _text(manifest: Mapping[str, Any]) -> str:
    content = {name: value for name, value in manifest.items() if name != "digest"}
    content["digest"] = combined(content)
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def current_inputs(root: Path, study: Path, known: Iterable[str] = ()) -> dict[str, str]:
    """Return the digest of everything a report is made from, by name.

    Parameters
    ----------
    root
        The project's folder: notebooks and the lock.
    study
        The study's folder, wherever it is.
    known
        Names of other notebooks (`notebooks/...`) and of files that notebooks read besides (`reads/...`).

    Returns
    -------
    dict
        `notebooks/...`, `study/...`, `reads/...`, `package`, `lock` and `python`, each with its SHA-256 (or version), and
        `folder`, where the study is.
    """
    notebooks = {path.name for path in (root / "notebooks").glob("*.ipynb") if is_page(path)}
    notebooks |= {name.partition("/")[2] for name in known if name.startswith("notebooks/")}
    inputs = {f"notebooks/{name}": notebook_digest(root / "notebooks" / name) for name in notebooks}
    reads = [name for name in known if name.startswith("reads/")]
    inputs |= {name: _digest(root / name.removeprefix("reads/")) for name in reads}
    inputs |= {f"study/{name}": digest for name, digest in folder_digests(study).items()}
    folder = study.relative_to(root) if study.is_relative_to(root) else study
    return inputs | surroundings(root) | {"folder": str(folder)}


def report_digests(folder: Path) -> dict[str, str]:
    """Return the digests of a language's files, those of units' pages left out."""
    return {name: digest for name, digest in folder_digests(folder).items() if not name.startswith(f"{UNITS}/")}


def is_page(path: Path) -> bool:
    """Return whether a notebook is a page by itself: one of the suite's, or made by `make page`, and no copy of one."""
    return path.stem in SHIPPED or _content(path).get("metadata", {}).get("evalkit", {}).get("page") == path.stem


def notebook_digest(path: Path) -> str:
    """Return the digest of what a notebook says, whatever it showed when it was last run."""
    try:
        cells = _content(path)["cells"]
        return combined([[cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags")] for cell in cells])
    except (KeyError, TypeError, AttributeError):
        return _digest(path)  # what is no notebook is refused where it is run


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return content if isinstance(content["cells"], list) and isinstance(content["metadata"], dict) else {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def _digest(path: Path) -> str:
    return file_digest(path) if path.is_file() else "missing"


def made_from(study: str, entry: Mapping[str, Any]) -> dict[str, str]:
    """Return the inputs that a language's outputs were made from; none where that is not known here."""
    return _all_made(study).get(combined(entry), {})


def remember(study: str, entry: Mapping[str, Any], inputs: Mapping[str, str]) -> None:
    """Keep what a language's outputs were made from, apart from them."""
    kept = {name: found for name, found in _all_made(study).items() if name != combined(entry)}
    newest = dict([*kept.items(), (combined(entry), inputs)][-_KEPT:])
    sealed_write(processed_folder(study) / _MADE_FROM, _MARK, json.dumps(newest).encode())


def _all_made(study: str) -> dict[str, dict[str, str]]:
    content = sealed_read(processed_folder(study) / _MADE_FROM, _MARK)
    return json.loads(content) if content else {}


def is_current(root: Path, study: Path, place: Path, language: str | None, parameters: Mapping[str, Any]) -> str | None:
    """Return the language whose outputs are complete, unaltered and made from what there is now, or None.

    Parameters
    ----------
    root, study
        The project's folder, and the study's.
    place
        The study's output folder, which has the study's name.
    language
        The language asked for; None for the study's default, which the manifest knows.
    parameters
        Extra notebook parameters.
    """
    manifest = read_manifest(place)
    language = language or manifest.get("default_language")
    entry = manifest.get("languages", {}).get(language)
    if not entry or entry["parameters"] != parameters or report_digests(place / str(language)) != entry["files"]:
        return None
    inputs = made_from(place.name, entry)
    return language if inputs and inputs == current_inputs(root, study, inputs) else None
