"""Staging: outputs are built aside and swapped in whole, so that at no moment are they half new."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
STAGING = ".staging"


@contextlib.contextmanager
def staging_folder(output: Path, study: str, say: Callable[[str], None]) -> Iterator[Path]:
    """Give an empty folder beside the outputs; it is gone afterwards, and so is what a killed build left.

    One build of a study has it at a time: a second one says that it waits, and waits.
    """
    area = output / STAGING
    area.mkdir(parents=True, exist_ok=True)
    with _lock(area / f".{study}.lock", lambda: say(f"another build of {study} is running; waiting for it to end")):
        for left in area.glob(f"{study}.*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{study}.", dir=area))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _lock(path: Path, busy: Callable[[], None]) -> Iterator[None]:
    """Hold a file's lock, told by calling `busy` when another holds it; the system frees it when its holder ends."""
    with path.open("w") as handle:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                busy()
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def swap_in(new: Path, place: Path) -> None:
    """Put `new` at `place` in one step; what was there is then at `new`."""
    if not place.exists():
        new.rename(place)
    elif not _exchanged(new, place):
        aside = new.with_name(new.name + "-old")
        place.rename(aside)
        new.rename(place)
        aside.rename(new)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one system call where Linux has it."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    places = _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other)
    return rename is not None and rename(*places, _RENAME_EXCHANGE) == 0


def link_tree(source: Path, target: Path) -> None:
    """Copy a folder by hard links, or by content where the file system has none."""
    shutil.copytree(source, target, copy_function=link, dirs_exist_ok=True)


def link(source: str, target: str) -> None:
    """Copy a file by a hard link, or by content where the file system has none."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
