"""The smallest complete study, as docs/bring-your-own-survey.md gives it."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
GUIDE = PROJECT / "docs" / "bring-your-own-survey.md"


def documented_files() -> dict[str, str]:
    """Return the files that the guide shows: a bold file name, then a fenced block."""
    return dict(re.findall(r"^\*\*`([^`]+)`\*\*\n```\w+\n(.*?)^```$", GUIDE.read_text("utf-8"), flags=re.S | re.M))


@pytest.fixture
def smallest(tmp_path):
    folder = tmp_path / "staff-pulse"
    folder.mkdir()
    for name, text in documented_files().items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
