"""Where things are: the project's folder, and a study's; and how a file gets to its place. Standard library alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import StudyError, UsageError

DEFAULT_STUDY = "departementsstrategien-2023"
STUDY_FOLDER = "EVALKIT_STUDY_FOLDER"
"""The environment variable that says where a study is that notebooks know by name: `name=folder`."""

PROCESSED = "EVALKIT_PROCESSED"
"""The environment variable that names a folder to be used in place of data/processed."""


LANGUAGE = "EVALKIT_LANGUAGE"
"""The environment variable that names the language of a lab: of the notebooks' texts, and of what they show unless they say."""


def project_root(start: Path | None = None) -> Path:
    """Return the project's folder: EVALKIT_ROOT, else the nearest folder upwards with data/raw, else the package's own.

    Raises
    ------
    UsageError
        When no such folder is found.
    """
    if os.environ.get("EVALKIT_ROOT"):
        return Path(os.environ["EVALKIT_ROOT"]).resolve()
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, *Path(__file__).resolve().parents):
        if (folder / "data" / "raw").is_dir():
            return folder
    expected, hint = "a folder with data/raw in it or above it", "change into the project, or set EVALKIT_ROOT"
    raise UsageError("no project folder was found", where=here, expected=expected, hint=hint)


def study_folder(study: str | Path) -> Path:
    """Return the folder of a study given by name (under data/raw) or by path."""
    given = Path(study)
    if given.is_dir() and (given / "study.yml").exists():
        return given.resolve()
    if len(given.parts) > 1:
        if not given.exists():
            raise StudyError("there is no such folder", where=given, expected="a study's folder, with study.yml")
        raise StudyError("there is no study.yml here", where=given, expected="study.yml and codebook.yml")
    name, _, folder = os.environ.get(STUDY_FOLDER, "").partition("=")
    if name == str(study) and Path(folder, "study.yml").exists():
        return Path(folder).resolve()
    raw = project_root() / "data" / "raw"
    known = sorted(path.parent.name for path in raw.glob("*/study.yml"))
    expected = "a folder with study.yml"
    StudyError.one_of(str(study), known, "there is no such study", where="data/raw", expected=expected)
    return raw / str(study)


def processed_folder(study: str) -> Path:
    """Return the folder under data/processed that holds what is made from a study's answers; they are never committed."""
    named = os.environ.get(PROCESSED)
    return (Path(named) if named else project_root() / "data" / "processed") / study


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a hidden file beside `path` to write to, and put it in the place of `path` once it is written: whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield aside
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)
