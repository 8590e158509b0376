"""Deleting a study's answers: the export, and what is made of it and not published."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator
from pathlib import Path

from ..data import processed_folder
from ..data.files import ENDINGS, read_grid
from ..data.read import wanted_headings
from ..digest import file_digest
from ..errors import EvalkitError, UsageError
from ..study import Study, project_root

RECORD = "deletions.yml"


def purge(study: Study, confirm: bool = False) -> list[str]:
    """Delete the raw answers of a study and everything made of them that is not published, and record it with the date.

    The study's own files, its codebook and the published outputs stay. The record is `appendices/deletions.yml`, which the
    report shows: the files, where they stood, and the digest of the export, by which a copy can be known; none where the export
    is a table of counts, which could be guessed from it. Other files that hold the export's columns are named, not deleted.

    Parameters
    ----------
    study
        The study.
    confirm
        Nothing is deleted without it.

    Returns
    -------
    list of str
        What was deleted, and which other files hold the same columns, a line each.

    Raises
    ------
    UsageError
        Without `confirm`; says what would be deleted.
    """
    found = [*study.export_files, *(path for path in (processed_folder(study),) if path.exists())]
    names = [_place(path) for path in found]
    copies = [f"not deleted: {_place(path)} has the columns of the export" for path in _alike(study)]
    if not confirm:
        what, hint = "deleting answers has to be confirmed", f"this would delete {', '.join(names) or 'nothing'}"
        hint = "; ".join([hint, *copies])
        raise UsageError(what, where=study.name, got="no confirmation", expected="CONFIRM=yes", hint=hint)
    told = study.export_files if study.export.count is None else []
    digests = {_place(path): file_digest(path) for path in told}
    for path in found:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if found:
        _record(study, names, digests)
    return [*(f"deleted {name}" for name in names), *([] if found else ["there was nothing to delete"]), *copies]


def _place(path: Path) -> str:
    """Return where a file stands: from the project's folder, or in full where it is not in it."""
    root = project_root().resolve()
    return path.resolve().relative_to(root).as_posix() if path.resolve().is_relative_to(root) else path.as_posix()


def _alike(study: Study) -> Iterator[Path]:
    """Go through the other files of the study and of the project's data that have all columns of the export."""
    wanted = wanted_headings(study)
    folders = (study.folder, project_root() / "data")
    own = {path.resolve() for path in study.export_files}
    for path in sorted({path.resolve() for folder in folders for path in folder.rglob("*")} - own):
        if path.suffix.lower() in ENDINGS and path.is_file():
            try:
                headings = read_grid(path, wanted).headings
            except EvalkitError:
                continue
            if all(headings.positions(heading) for heading in wanted):
                yield path


def _record(study: Study, names: list[str], digests: dict[str, str]) -> None:
    import yaml

    path = study.folder / "appendices" / RECORD
    path.parent.mkdir(exist_ok=True)
    earlier = yaml.safe_load(path.read_text(encoding="utf-8"))["deletions"] if path.exists() else []
    entry = {"date": datetime.date.today(), "removed": names, **({"digests": digests} if digests else {})}
    text = yaml.safe_dump({"deletions": [*earlier, entry]}, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")
