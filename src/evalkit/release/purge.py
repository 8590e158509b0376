"""Deleting a study's answers: the export, and what is made of it and not published."""

from __future__ import annotations

import datetime
import shutil

from ..data import processed_folder
from ..errors import UsageError
from ..study import Study

RECORD = "deletions.yml"


def purge(study: Study, confirm: bool = False) -> list[str]:
    """Delete the raw answers of a study and everything made of them that is not published, and record it with the date.

    The study's own files, its codebook and the published outputs stay. The record is `appendices/deletions.yml`, which the
    report shows; it names files, never what was in them.

    Parameters
    ----------
    study
        The study.
    confirm
        Nothing is deleted without it.

    Returns
    -------
    list of str
        What was deleted, a line each.

    Raises
    ------
    UsageError
        Without `confirm`; says what would be deleted.
    """
    processed = processed_folder(study)
    found = {
        path: name
        for path, name in (
            (study.export_path, f"data/raw/{study.name}/{study.export.file}"),
            (processed, f"data/processed/{study.name}"),
        )
        if path.exists()
    }
    if not confirm:
        raise UsageError(
            "deleting answers has to be confirmed",
            where=study.name,
            got="no confirmation",
            expected="CONFIRM=yes",
            hint=f"this would delete {', '.join(found.values()) or 'nothing'}",
        )
    for path in found:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if not found:
        return ["there was nothing to delete"]
    _record(study, list(found.values()))
    return [f"deleted {name}" for name in found.values()]


def _record(study: Study, names: list[str]) -> None:
    import yaml

    path = study.folder / "appendices" / RECORD
    path.parent.mkdir(exist_ok=True)
    earlier = yaml.safe_load(path.read_text(encoding="utf-8"))["deletions"] if path.exists() else []
    entry = {"date": datetime.date.today(), "removed": names}
    text = yaml.safe_dump({"deletions": [*earlier, entry]}, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")
