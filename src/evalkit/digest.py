"""Content digests: what decides whether something has to be made again. Standard library alone; nothing on disk is believed for its time.

A file counts by its bytes and its name relative to its folder, so that a copy of a project is the same project.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from .places import replacing

PACKAGE = Path(__file__).resolve().parent
SEAL = ".seal"
"""What the name of a seal ends with: it stands beside the file that it is of."""
_STEP = 2.0
"""Seconds within which two changes of a file may have one time."""
_READ: dict[tuple[int, ...], str] = {}
"""The digests of files that were read in this process, by where each is, its size, and when it was last touched."""
_SKIPPED = {"__pycache__", ".ipynb_checkpoints"}


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal.

    Within a process (and its copies) a file is read again only where the system says that it was touched: a study's answers may
    be a large database, which every page of a report asks for. What was touched just now is not remembered: a clock has steps.
    """
    with path.open("rb") as handle:
        now = os.fstat(handle.fileno())
        key = (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)
        digest = _READ.get(key) or hashlib.file_digest(handle, "sha256").hexdigest()
    if time.time() - max(now.st_ctime, now.st_mtime) > _STEP:
        _READ[key] = digest
    return digest


def folder_digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file under a folder, by its path relative to it; hidden and lock files are left out."""
    return {path.relative_to(folder).as_posix(): file_digest(path) for path in _files(folder)}


def package_digests() -> dict[str, str]:
    """Return the digest of every source file of the package."""
    return folder_digests(PACKAGE)


def surroundings(root: Path) -> dict[str, str]:
    """Return what everything is made with, besides a study: digests of the package and the project's lock, Python's version."""
    lock = root / "requirements.lock"
    return {
        "package": combined(package_digests()),
        "lock": file_digest(lock) if lock.exists() else "none",
        "python": ".".join(platform.python_version_tuple()[:2]),
    }


def sealed_write(path: Path, mark: str, content: bytes) -> None:
    """Write a file that nobody else may read, whole or not at all, and a seal beside it: what it was made from, and its digest.

    Parameters
    ----------
    path
        The file.
    mark
        A fingerprint of all that it was made from.
    content
        Its bytes.
    """
    for place, part in ((path, content), (_seal(path), _sealed(mark, content))):
        with replacing(place) as aside:
            with suppress(PermissionError):  # a folder of a group's, whose rights are its owner's affair
                place.parent.chmod(0o700)
            aside.touch(0o600)
            aside.write_bytes(part)


def sealed_read(path: Path, mark: str) -> bytes | None:
    """Return the bytes of a sealed file, or None where there is none, it was made from something else, or one bit is another."""
    try:
        content, seal = path.read_bytes(), _seal(path).read_bytes()
    except OSError:
        return None
    return content if seal == _sealed(mark, content) else None


def _seal(path: Path) -> Path:
    return path.with_name(path.name + SEAL)


def _sealed(mark: str, content: bytes) -> bytes:
    return f"{mark} {hashlib.sha256(content).hexdigest()}\n".encode()


def combined(parts: Mapping[str, Any] | Iterable[Any]) -> str:
    """Return one digest for a mapping or a sequence of plain values; the order of a mapping's keys does not matter."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False, default=list).encode()).hexdigest()


def _files(folder: Path) -> list[Path]:
    found = []
    for top, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        kept = (name for name in sorted(names) if not name.startswith((".", "~$")) and not name.endswith(".pyc"))
        found += [Path(top, name) for name in kept]
    return found
