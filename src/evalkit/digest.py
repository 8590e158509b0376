"""Content digests: what decides whether something has to be made again. Standard library alone, time stamps never.

A file counts by its bytes and its name relative to its folder, so that a copy of a project is the same project.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent
_SKIPPED = {"__pycache__", ".ipynb_checkpoints"}


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def folder_digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file under a folder, by its path relative to it; hidden and lock files are left out."""
    return {path.relative_to(folder).as_posix(): file_digest(path) for path in _files(folder)}


def package_digests() -> dict[str, str]:
    """Return the digest of every source file of the package."""
    return folder_digests(PACKAGE)


def combined(parts: Mapping[str, Any] | Iterable[Any]) -> str:
    """Return one digest for a mapping or a sequence of plain values; the order of a mapping's keys does not matter."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False, default=list).encode()).hexdigest()


def _files(folder: Path) -> list[Path]:
    found = []
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        found += [
            Path(top, name) for name in sorted(names) if not name.startswith((".", "~$")) and not name.endswith(".pyc")
        ]
    return found
