"""Survey and interviews side by side: figures from the release, findings as entered, and nothing made up between them."""

import dataclasses

import pytest

from evalkit.i18n import Locale
from evalkit.protect.safe import made_safe
from evalkit.release.store import Release
from evalkit.report.appendix.sections import appendix_blocks, appendix_tables
from evalkit.study.appendices import Appendices, Finding, Findings, InterviewGroup, Interviews
from evalkit.study.words import Texts

NONE = {
    "nb": "Det er ikke lagt inn funn fra intervjuene om dette temaet.",
    "en": "No finding from the interviews has been entered on this theme.",
}


def both(text):
    return Texts(nb=f"{text} nb", en=f"{text} en")


def with_findings(release, *findings, themes=("cooperation", "belonging"), headlines=None):
    """Return the small study's release with two themes and these findings."""
    study = release.study
    items = {
        name: item.model_copy(update={"theme": {"belonging": "belonging", "measures": "cooperation"}.get(name)})
        for name, item in study.codebook.items.items()
    }
    update = {"themes": {theme: both(theme) for theme in themes}}
    plan = study.plan.model_copy(update=update if headlines is None else update | {"headlines": headlines})
    groups = tuple(InterviewGroup(id=name, number=n, who=both(name)) for name, n in (("leaders", 4), ("staff", 1)))
    codebook = study.codebook.model_copy(update={"items": items})
    changed = dataclasses.replace(study, plan=plan, codebook=codebook)
    changed.__dict__["appendices"] = Appendices(  # as if they stood in the study's folder
        findings=Findings(findings=findings), interviews=Interviews(total=5, groups=groups)
    )
    return Release(changed, release.tables, [])


FINDING = Finding(
    id="one",
    theme="belonging",
    groups=("leaders", "staff"),
    fit="discordance",
    labels=both("told"),
    basis=both("notes"),
)


def view(release, language="en"):
    (found,) = appendix_blocks("findings", release, Locale(language))
    return found


def rows(release, language="en"):
    made = view(release, language)
    return {row.key: (row.section, row.label, *made.written(row, Locale(language))) for row in made.rows}


def test_a_finding_stands_under_its_theme_with_its_informants_and_its_relation(release):
    found = rows(with_findings(release, FINDING))
    who = "notes en. leaders en (4 interviews); staff en (1 interview)."
    assert found["one"] == ("belonging en", "told en", "", "", who, "Discordance")
    headings = [column.label for column in view(with_findings(release, FINDING)).columns]
    assert headings == ["Per cent", "95% interval", "Rests on", "Relation"]
    assert rows(with_findings(release, FINDING), "nb")["one"][-2:] == (
        "notes nb. leaders nb (4 intervjuer); staff nb (1 intervju).",
        "Motstrid",
    )


def test_where_the_source_does_not_say_who_it_is_said_so(release):
    unknown = FINDING.model_copy(update={"groups": (), "fit": None})
    row = rows(with_findings(release, unknown))["one"]
    assert row[-2:] == ("notes en. Which interviews is not stated.", "Not judged")


@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_theme_without_a_finding_says_so(release, language):
    found = rows(with_findings(release, FINDING), language)
    assert found["cooperation--none"][1] == NONE[language]
    assert "belonging--none" not in found


def test_figures_are_those_of_the_released_table_with_their_interval(release):
    from evalkit.estimate import proportions_from_counts

    made = with_findings(release, FINDING)
    table = release.table("belonging")
    count = sum(table.count({"belonging": code}) for code in ("some", "great"))
    wanted = proportions_from_counts(count, table.count({}), release.study.base).iloc[0]
    row = next(row for row in view(made).rows if row.key == "belonging--sum-some-great")
    assert row.values[0] == pytest.approx(wanted["estimate"], rel=1e-12)
    assert row.values[1] == Locale("en").percent_interval(wanted["conf_low"], wanted["conf_high"])
    assert row.values[2] == f"The survey, {table.count({})} answers (belonging.csv)"


def test_a_theme_without_headlines_shows_the_high_answers_to_its_questions(release):
    found = rows(with_findings(release, FINDING, headlines=()))
    assert found["belonging--sum-some-great"][1] == "Belonging: “Some” or “A lot”"
    assert found["measures_x--ticked"][:2] == ("cooperation en", "Measure X: “Ticked”")


def test_a_hidden_figure_stays_hidden(release):
    table = release.table("belonging")
    cells = table.cells.copy()
    cells.loc[cells["belonging"] == "great", "count"] = None
    masked = made_safe(table.id, table.dims, cells, table.answer, None)
    hidden = with_findings(Release(release.study, {**release.tables, "belonging": masked}, []), FINDING)
    assert rows(hidden)["belonging--sum-some-great"][2:4] == (":", ":")
    assert any("out of consideration" in note for note in view(hidden).notes)


def test_without_findings_there_is_no_table(release):
    assert appendix_blocks("findings", release, Locale("nb")) == ()


def test_a_file_without_findings_shows_every_theme_empty(release):
    found = rows(with_findings(release))
    assert [key for key in found if key.endswith("--none")] == ["cooperation--none", "belonging--none"]


def test_the_ministries_tell_nothing_that_their_source_does_not(ministries):
    (found,) = appendix_blocks("findings", ministries, Locale("nb"))
    entered = [row.values[2] for row in found.rows if row.key.isidentifier()]
    assert len(entered) == len(ministries.study.appendices.findings.findings)
    assert all(basis.endswith("Hvilke intervjuer det gjelder, er ikke oppgitt.") for basis in entered)
    empty = [row.section for row in found.rows if row.key.endswith("--none")]
    assert empty == ["Kjennskap til strategien", "Tilhørighet til departementsfellesskapet"]
    assert "findings" in [table.id for table in appendix_tables(ministries, Locale("nb"))]
