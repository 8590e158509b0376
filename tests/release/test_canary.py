"""What must never leave, planted in an export: after a whole report none of it is found, however it is packed."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from pathlib import Path

import docx
import pytest

CANARIES = {
    "e-mail": "canary.mail.{n}@example.org",
    "name": "Kanari Fuglesang-{n}",
    "formula": "=cmd|'/c canaryformula{n}'!A0",
    "markup": "<script>canarymarkup({n})</script>",
    "free text": "canarytext {n}: my boss never listens",
}
MARKS = ("canary", "kanari fuglesang")
COLUMN = {"e-mail": "Email", "name": "Name", "formula": "Note", "markup": "Remark", "free text": "Comment"}


@pytest.fixture(scope="module")
def canary_report(new_project, staff_pulse):
    """Return a project in which a report was made of an export full of canaries, and what was said on the way."""
    project = new_project("planted")
    folder = project.add_study(staff_pulse)
    header, *rows = (folder / "responses.csv").read_text(encoding="utf-8").splitlines()
    planted = [
        ",".join([row, *('"' + text.format(n=n).replace('"', '""') + '"' for text in CANARIES.values())])
        for n, row in enumerate(rows)
    ]
    columns = ["Address", *(COLUMN[kind] for kind in CANARIES if kind != "e-mail")]
    (folder / "responses.csv").write_text("\n".join([",".join([header, *columns]), *planted]) + "\n", encoding="utf-8")
    study = (folder / "study.yml").read_text(encoding="utf-8")
    assert "drop: [Email]" in study
    (folder / "study.yml").write_text(
        study.replace("drop: [Email]", f"drop: [Email, {', '.join(columns)}]"), encoding="utf-8"
    )
    chapter = docx.Document()
    for text in (
        "{{ belonging.great | interval }}",
        "{{ table.belonging_by_unit }}",
        "{{ sentence.belonging_by_unit }}",
    ):
        chapter.add_paragraph(text)
    chapter.save(folder / "chapter.nb.docx")
    done = project.run("report", "staff-pulse")
    assert done.returncode == 0, done.stdout + done.stderr
    return project, done.stdout + done.stderr


def unpacked(name: str, content: bytes, depth: int = 0) -> list[tuple[str, bytes]]:
    """Return a file's bytes, and those of all that is packed in it: archives, and what is written in base64."""
    found = [(name, content)]
    if depth > 3:
        return found
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.namelist():
                found += unpacked(f"{name}!{part}", archive.read(part), depth + 1)
    elif not name.endswith(".png"):
        for number, text in enumerate(re.findall(rb"[A-Za-z0-9+/]{60,}={0,2}", content)):
            found += unpacked(f"{name}#{number}", base64.b64decode(text[: len(text) // 4 * 4]), depth + 1)
    return found


def leaks(folder: Path) -> list[tuple[str, str]]:
    return [
        (name, mark)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for name, content in unpacked(path.relative_to(folder).as_posix(), path.read_bytes())
        for mark in (*MARKS, "p17@example.org")
        if mark.encode() in content.lower() or mark.encode("utf-16-le") in content.lower()
    ]


def test_the_search_finds_what_is_packed(tmp_path):
    """A search that could not find anything would prove nothing."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", "<t>Canary.mail.1@example.org</t>" * 9)
    (tmp_path / "page.html").write_bytes(b"data:x;base64," + base64.b64encode(inner.getvalue()))
    assert leaks(tmp_path) == [("page.html#0!xl/sharedStrings.xml", "canary")]


def test_no_output_holds_what_was_planted(canary_report):
    project, _ = canary_report
    assert (project.outputs / "staff-pulse" / "nb" / "index.html").exists()
    assert (project.outputs / "staff-pulse" / "nb" / "chapter.docx").exists()
    assert {path.suffix for path in project.outputs.rglob("*")} >= {".html", ".xlsx", ".docx", ".ipynb", ".csv", ".svg"}
    assert leaks(project.outputs) == []


def test_nothing_derived_holds_what_was_planted(canary_report):
    project, _ = canary_report
    assert leaks(project.folder / "data" / "processed") == []


def test_nothing_said_on_the_way_holds_what_was_planted(canary_report):
    _, said = canary_report
    assert not any(mark in said.lower() for mark in MARKS)


def test_an_answer_outside_the_codebook_is_not_quoted(new_project, staff_pulse):
    """Somebody's free text in an answer column stops the report; the message says where, never what was written."""
    project = new_project("odd-answer")
    folder = project.add_study(staff_pulse)
    export = folder / "responses.csv"
    text = export.read_text(encoding="utf-8")
    export.write_text(text.replace("I stor grad", "canarytext: I stor grad, sier Kanari", 1), encoding="utf-8")
    done = project.run("report", "staff-pulse")
    assert done.returncode != 0
    assert not any(mark in (done.stdout + done.stderr).lower() for mark in ("canary", "kanari"))
    assert leaks(project.folder / "outputs") == []


def test_purge_deletes_the_answers_alone_and_says_so(canary_report):
    project, _ = canary_report
    copy = project.elsewhere(project.folder.parent / f"{project.folder.name}-purged")
    raw, processed = copy.folder / "data" / "raw" / "staff-pulse", copy.folder / "data" / "processed" / "staff-pulse"
    published = {path: path.read_bytes() for path in copy.outputs.rglob("*") if path.is_file()}
    asked = copy.run("purge", "staff-pulse")
    assert asked.returncode != 0
    assert "CONFIRM=yes" in asked.stderr
    assert "data/raw/staff-pulse/responses.csv" in asked.stderr
    assert (raw / "responses.csv").exists()
    assert processed.exists()
    done = copy.run("purge", "staff-pulse", "--confirm")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "deleted data/raw/staff-pulse/responses.csv",
        "deleted data/processed/staff-pulse",
    ]
    assert not (raw / "responses.csv").exists()
    assert not processed.exists()
    assert (raw / "codebook.yml").exists()
    assert {path: path.read_bytes() for path in copy.outputs.rglob("*") if path.is_file()} == published
    record = (raw / "appendices" / "deletions.yml").read_text(encoding="utf-8")
    assert re.search(r"date: 20\d\d-\d\d-\d\d", record)
    assert "responses.csv" in record
    assert leaks(raw) == []
    assert copy.run("purge", "staff-pulse", "--confirm").stdout == "there was nothing to delete\n"
