"""A small complete study, made anew for each test, with an export that is fine until a test spoils it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from evalkit.study import Study, load_study

Row = dict[str, str]

PLAN = {
    "study": "pulse",
    "title": {"nb": "Puls", "en": "Pulse"},
    "synthetic": False,
    "languages": ["nb", "en"],
    "fieldwork": {"start": "2024-03-04", "end": "2024-03-15", "reminders": ["2024-03-08"]},
    "invited": 40,
    "export": {
        "file": "responses.csv",
        "id": "RespondentId",
        "started": "Start",
        "submitted": "Completed",
        "status": {"column": "Status", "complete": ["Completed"], "partial": ["Partial"]},
        "drop": ["Email", "Comment"],
        "exclude": [
            {
                "column": "Staff",
                "values": ["Political"],
                "reason": "political",
                "label": {"nb": "Politisk", "en": "Political"},
            }
        ],
    },
    "groups": ["unit"],
    "unit": "unit",
    "outcomes": ["belonging"],
    "predictors": ["unit"],
}
CODEBOOK = {
    "scales": {
        "units": {
            "kind": "nominal",
            "categories": [
                {"code": "east", "nb": "Øst", "en": "East", "aliases": ["Austfold"]},
                {"code": "west", "nb": "Vest", "en": "West"},
            ],
        },
        "degree": {
            "kind": "ordinal",
            "categories": [
                {"code": "great", "nb": "I stor grad", "en": "To a great degree"},
                {"code": "some", "nb": "I noen grad", "en": "To some degree"},
                {"code": "none", "nb": "Ikke i det hele tatt", "en": "Not at all"},
            ],
            "low_to_high": ["none", "some", "great"],
            "missing": [{"code": "dont_know", "nb": "Vet ikke", "en": "Don't know"}],
        },
    },
    "items": {
        "unit": {"kind": "single", "scale": "units", "column": "1. Enhet", "question": {"nb": "Enhet?", "en": "Unit?"}},
        "belonging": {
            "kind": "single",
            "scale": "degree",
            "column": "2. Tilhørighet",
            "question": {"nb": "Tilhørighet?", "en": "Belonging?"},
        },
        "goals": {
            "kind": "battery",
            "scale": "degree",
            "question": {"nb": "Mål?", "en": "Goals?"},
            "items": {
                "a": {"column": "3. Mål - A", "nb": "A", "en": "A"},
                "b": {"column": "3. Mål - B", "nb": "B", "en": "B"},
            },
        },
        "measures": {
            "kind": "multiple",
            "question": {"nb": "Tiltak?", "en": "Measures?"},
            "options": {
                "x": {"column": "4. Tiltak - Felles IKT", "nb": "Felles IKT", "en": "Shared ICT"},
                "y": {"column": "4. Tiltak - Felles HR", "nb": "Felles HR", "en": "Shared HR"},
            },
        },
    },
}


def _answer(number: int = 1, **cells: str) -> Row:
    row = {
        "RespondentId": f"{number:04d}",
        "Start": "2024-03-05 09:00:00",
        "Completed": "2024-03-05 09:05:00",
        "Status": "Completed",
        "Email": f"person{number}@example.org",
        "Comment": "fri tekst",
        "Staff": "Ordinary",
        "1. Enhet": "Øst",
        "2. Tilhørighet": "I stor grad",
        "3. Mål - A": "I noen grad",
        "3. Mål - B": "Vet ikke",
        "4. Tiltak - Felles IKT": "Felles IKT",
        "4. Tiltak - Felles HR": "",
    }
    return row | cells


def _as_csv(rows: Sequence[Mapping[str, str]], separator: str = ",") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=separator, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.fixture
def answer() -> Callable[..., Row]:
    """Return a function that gives a complete answer with a number, some of its cells changed."""
    return _answer


@pytest.fixture
def as_csv() -> Callable[..., str]:
    """Return a function that writes rows as text, with a separator."""
    return _as_csv


@pytest.fixture
def make_study(tmp_path: Path) -> Callable[..., Study]:
    """Return a function that makes the study: rows (or text, or bytes) of the export, and changes to `export`."""

    def make(
        content: Sequence[Row] | str | bytes | None = None, *, plan: dict | None = None, **export: object
    ) -> Study:
        folder = tmp_path / "pulse"
        folder.mkdir(exist_ok=True)
        changed = (
            PLAN | {"export": {k: v for k, v in (PLAN["export"] | export).items() if v is not None}} | (plan or {})
        )
        changed = {key: value for key, value in changed.items() if value is not None}
        if "exclude" not in export and "political" not in str(content).casefold():
            del changed["export"]["exclude"]  # a rule that fits no row is an error
        (folder / "study.yml").write_text(
            yaml.safe_dump(changed, allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
        (folder / "codebook.yml").write_text(
            yaml.safe_dump(CODEBOOK, allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
        if isinstance(content, bytes):
            (folder / changed["export"]["file"]).write_bytes(content)
        elif content is not None:
            text = content if isinstance(content, str) else _as_csv(content)
            (folder / changed["export"]["file"]).write_text(text, encoding="utf-8")
        return load_study(folder)

    return make
