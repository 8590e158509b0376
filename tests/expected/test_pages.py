"""Every number, label, direction and drawing of built reports, against values worked out without the package.

`EVALKIT_PAGES` names the outputs folder; without it, what is built under outputs/. A report that is not built is skipped.
"""

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from check import report_problems, rules_spoken  # noqa: E402
from words import SENTENCES  # noqa: E402

OUTPUTS = Path(os.environ.get("EVALKIT_PAGES") or HERE.parents[1] / "outputs").absolute()
REPORTS = ("departementsstrategien-2023/nb", "departementsstrategien-2023/en", "copenhagen-housing/en")


def built(report: str) -> Path:
    """Return a report's folder, or skip the test."""
    folder = OUTPUTS / report
    if not (folder / "index.html").exists():
        pytest.skip(f"{report} is not built in {OUTPUTS}: `make report`, or name a folder in EVALKIT_PAGES")
    return folder


@pytest.mark.parametrize("report", REPORTS)
def test_every_number_of_the_pages_is_expected(report):
    problems = report_problems(built(report))
    assert not problems, f"{len(problems)} of {report}:\n" + "\n".join(str(problem)[:300] for problem in problems[:60])


@pytest.mark.parametrize("language", ["nb", "en"])
def test_every_rule_of_direction_has_a_sentence(language):
    # A rule whose wording has changed would hold nothing, and nobody would see it.
    spoken = rules_spoken(built(f"departementsstrategien-2023/{language}"))
    assert set(SENTENCES) == spoken, "change the wording in words.py"
