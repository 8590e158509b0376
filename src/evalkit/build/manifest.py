"""The manifest: what an output folder was made from, and what is in it. Standard library alone, so that checking it is quick."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

from ..digest import combined, file_digest, folder_digests, package_digests
from ..places import replacing

FORMAT = 1
MANIFEST = "manifest.json"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read a study's manifest from its output folder; an empty one where there is none or it cannot be read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) and manifest.get("format") == FORMAT else {}


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write a manifest in one fixed form: sorted keys, two spaces, a final newline.

    It is put in place whole: the one that is there may be a hard link to the published one, which must not change with it.
    """
    text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    with replacing(folder / MANIFEST) as aside:
        aside.write_text(text, encoding="utf-8")


def current_inputs(root: Path, study: Path) -> dict[str, str]:
    """Return the digest of everything a report is made from, by name.

    Parameters
    ----------
    root
        The project's folder: notebooks and the lock.
    study
        The study's folder, wherever it is.

    Returns
    -------
    dict
        `notebooks/...`, `study/...`, `package`, `lock` and `python`, each with its SHA-256 (or version).
    """
    lock = root / "requirements.lock"
    inputs = {f"notebooks/{path.name}": file_digest(path) for path in sorted((root / "notebooks").glob("*.ipynb"))}
    inputs |= {f"study/{name}": digest for name, digest in folder_digests(study).items()}
    inputs["package"] = combined(package_digests())
    inputs["lock"] = file_digest(lock) if lock.exists() else "none"
    inputs["python"] = ".".join(platform.python_version_tuple()[:2])
    return inputs


def is_current(
    folder: Path, language: str | None, inputs: dict[str, str], parameters: dict[str, Any], root: Path
) -> str | None:
    """Return the language whose outputs are complete, unaltered and made from these inputs, or None.

    Parameters
    ----------
    folder
        A study's output folder.
    language
        The language asked for; None for the study's default, which the manifest knows.
    inputs, parameters
        What the report would be made from now.
    root
        The project's folder, relative to which the manifest names what notebooks read besides.
    """
    manifest = read_manifest(folder)
    language = language or manifest.get("default_language")
    entry = manifest.get("languages", {}).get(language)
    if (
        not entry
        or entry["inputs"] != inputs
        or entry["parameters"] != parameters
        or not same_files(root, entry["reads"])
    ):
        return None
    return language if unaltered(folder / str(language), entry["files"]) else None


def same_files(folder: Path, files: dict[str, str]) -> bool:
    """Return whether each of these files is in a folder with its digest."""
    return all((folder / name).is_file() and file_digest(folder / name) == digest for name, digest in files.items())


def unaltered(folder: Path, files: dict[str, str]) -> bool:
    """Return whether a folder holds exactly these files with these digests."""
    return folder_digests(folder) == files
