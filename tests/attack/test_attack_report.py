"""The attacker on whole reports: any one hidden count that is published by hand is found.

Every hidden count of a small report that is made here, and one of each table of every report under the folder EVALKIT_PAGES.
"""

import itertools
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from evalkit.attack import audit
from evalkit.data import clean, read_export
from evalkit.digest import folder_digests
from evalkit.protect.published_places import level_key
from evalkit.release.publishable import publishable
from evalkit.study import TOTAL, load_study

ROOT = Path(__file__).parents[2]
HIDDEN = ":"


def written(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)


def true_count(table, row: pd.Series) -> str:
    frame = table.frame
    for dim in table.dims:
        if row[dim] != TOTAL:
            frame = frame[frame[dim].map(level_key) == row[dim]]
    return str(int(frame["count"].sum()))


def forgeries(language: Path, study: Path, folder: Path, most: int | None = None):
    """Go through copies of a report's tables in which one hidden count is the true one."""
    loaded = load_study(study)
    raw = {table.id: table for table in publishable(clean(read_export(loaded), loaded)).tables}
    for path in sorted((language / "tables").glob("*.csv")):
        frame = written(path)
        if path.stem not in raw or "count" not in frame:
            continue
        for place in frame.index[frame["count"] == HIDDEN][:most]:
            copy = shutil.copytree(language, folder / f"{path.stem}-{place}" / study.name / language.name)
            forged = frame.copy()
            forged.loc[place, "count"] = true_count(raw[path.stem], frame.loc[place])
            forged.to_csv(copy / "tables" / path.name, index=False, encoding="utf-8-sig")
            yield copy.parents[1]


@pytest.fixture(scope="module")
def small_report(new_project, staff_pulse):
    project = new_project("forged")
    study = project.add_study(staff_pulse)
    plan = (study / "study.yml").read_text(encoding="utf-8")
    crossed = plan.replace(
        "{item: belonging, by: [unit]}", "{item: belonging, by: [unit]}\n  - {item: belonging, by: [role, unit]}"
    )
    (study / "study.yml").write_text(crossed, encoding="utf-8")
    project.report("staff-pulse")
    return project.outputs / "staff-pulse" / "nb", study


def test_any_hidden_count_of_a_report_that_is_published_by_hand_is_found(small_report, tmp_path):
    language, study = small_report
    assert audit(language).empty
    tried = 0
    for forged in forgeries(language, study, tmp_path):
        assert not audit(forged).empty, forged
        tried += 1
    assert tried


def exchanged(answers: pd.DataFrame, unit: str, role: str, block: list[str]) -> tuple[pd.DataFrame, int]:
    """Let four people at a time, of two units and two roles, exchange a block of answers, so that each unit and role keeps its own.

    Returns how many did.
    """
    changed, number = answers.copy(), 0
    told = answers[block].agg("|".join, axis=1)
    corners = [(a, b) for a in answers[unit].unique()[:2] for b in answers[role].unique()[:2]]
    for one, other in itertools.combinations(sorted(told.unique()), 2):
        wanted = [one, other, other, one]
        ways = [
            answers.index[
                (answers[unit] == a) & (answers[role] == b) & (told == want) & (changed == answers).all(axis=1)
            ]
            for (a, b), want in zip(corners, wanted, strict=True)
        ]
        for four in zip(*ways, strict=False):
            changed.loc[[*four], block] = answers.loc[[four[1], four[0], four[3], four[2]], block].to_numpy()
            number += 4
    return changed, number


def test_answers_that_no_published_table_tells_apart_give_the_same_report_to_the_byte(small_report, new_project):
    """Nothing that leaves, pages, drawings, models and files, knows more of the answers than the published tables do."""
    language, study = small_report
    other = new_project("exchanged")
    path = other.add_study(study) / "responses.csv"
    answers = written(path)
    for block in (["6. Mål - Samordning", "6. Mål - Fellesskap"], ["9. Tiltak - IKT", "9. Tiltak - HR"]):
        answers, number = exchanged(answers, "1. Enhet", "2. Rolle", block)
        assert number >= 4
    answers.to_csv(path, index=False)
    other.report(study.name)
    assert folder_digests(other.outputs) == folder_digests(language.parents[1])


@pytest.mark.skipif("EVALKIT_PAGES" not in os.environ, reason="EVALKIT_PAGES names no folder of reports")
def test_any_hidden_count_of_every_built_report_is_found(tmp_path):
    tried = 0
    for study in sorted(path for path in (ROOT / "data" / "raw").iterdir() if path.is_dir()):
        for language in sorted(path.parent for path in Path(os.environ["EVALKIT_PAGES"], study.name).glob("*/tables")):
            for forged in forgeries(language, study, tmp_path / language.name, most=1):
                assert not audit(forged).empty, forged
                tried += 1
    assert tried
