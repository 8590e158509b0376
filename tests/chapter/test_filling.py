"""An author's document is filled from the release, all mistakes are told at once, and everything in it is accounted for."""

import json

import pytest
from docx import Document

from evalkit.chapter import chapter_page, check_chapter, fill_chapter
from evalkit.errors import StudyError
from evalkit.i18n import Locale
from evalkit.release.store import Release

from ..small_study import released, respondents, responses_of

TEXT = (
    "Of {{ response.count }} who answered, {{ belonging.top_two | interval }} belong, and {{ belonging.great | decimals 1 | bare }} "
    "per cent a lot. {% claim belonging.top_two > 20 %} In the east it is {{ belonging.by.unit.east.great }}."
)


@pytest.fixture
def chapter(tmp_path):
    """Return a function that saves paragraphs as an author's document and fills it."""

    def fill(release, *paragraphs, language="en"):
        document = Document()
        for text in paragraphs:
            document.add_paragraph(text)
        path = tmp_path / f"chapter.{language}.docx"
        document.save(path)
        return fill_chapter(release, path, language)

    return fill


def reopened(chapter, tmp_path):
    path = tmp_path / "filled.docx"
    path.write_bytes(chapter.content)
    return Document(path)


def texts(chapter, tmp_path):
    return [paragraph.text for paragraph in reopened(chapter, tmp_path).paragraphs]


@pytest.mark.parametrize("language", ["nb", "en"])
def test_numbers_are_those_of_the_release_in_the_languages_writing(release, chapter, tmp_path, language):
    locale, table = Locale(language), release.table("belonging")
    n = table.count()
    high = sum(table.count({"belonging": code}) for code in ("some", "great")) / n
    great = table.count({"belonging": "great"}) / n
    filled = chapter(release, TEXT, language=language)
    (text,) = texts(filled, tmp_path)
    assert text.startswith(f"Of 600 who answered, {locale.percent(high)} (")
    assert f", and {locale.number(100 * great, 1)} per cent a lot. In the east it is :." in text
    assert "{" not in text


def test_tables_figures_and_readings_are_the_pages(release, chapter, tmp_path):
    filled = chapter(release, "{{ table.belonging_by_unit }}", "{{ figure.belonging_likert }}", "{{ sentence.goals }}")
    document = reopened(filled, tmp_path)
    (table,) = document.tables
    cells = [[cell.text for cell in row.cells] for row in table.rows]
    assert cells[0][0] == "Unit"
    assert [row[0] for row in cells[1:]] == ["North <script>alert(1)</script>", "=SUM(A1) & South", "East", "All"]
    assert set(cells[3][1:]) == {":"}
    (picture,) = document.inline_shapes
    assert "600): Not at all" in picture._inline.docPr.get("descr")
    (said,) = [one for one in filled.filled if one.value.name == "sentence.goals"]
    assert [record["n"] for record in filled.record()["fields"][2]["numbers"]] == [600, 600]
    assert said.text in texts(filled, tmp_path)


def test_everything_is_accounted_for(release, chapter):
    filled = chapter(release, TEXT)
    record = json.loads(json.dumps(filled.record()))
    assert [told["field"] for told in record["fields"]] == [
        "response.count",
        "belonging.top_two.percent",
        "belonging.great.percent",
        "belonging.by.unit.east.great.percent",
    ]
    assert record["fields"][1]["table"] == "belonging"
    assert record["fields"][3]["value"] is None
    assert record["claims"][0]["verdict"] == "borne out"
    assert record["claims"][0]["sentence"].startswith("Of 600 who answered,")
    assert [one.value.name for one in filled.withheld] == ["belonging.by.unit.east.great.percent"]
    assert filled.warnings == (f"{record['fields'][3]['place']}: belonging.by.unit.east.great.percent is withheld",)


def test_what_is_not_borne_out_is_a_warning(release, chapter):
    (warning,) = chapter(release, "Nearly all belong. {% claim belonging.top_two > 90 %}").warnings
    assert "paragraph 1" in warning
    assert warning.endswith("the claim `belonging.top_two > 90` is not borne out")


def test_every_mistake_is_told_at_once_with_its_place(release, chapter):
    with pytest.raises(StudyError) as raised:
        chapter(
            release,
            "{{ belonging.gret }} and {{ belonging.great | intervall }}",
            "{% claim belonging.great > %}",
            "Beside text: {{ table.belonging }}",
            "{{ response.count | interval }} {{ study.title | bare }} {{ belonging.great | decimals }}",
        )
    said = str(raised.value)
    assert said.startswith("7 things are wrong")
    for part in (
        "did you mean 'belonging.great'?",
        "there is no such filter",
        "did you mean 'interval'?",
        "no claim that can be checked",
        "a table stands in a paragraph of its own",
        "this number has no interval",
        "a text has no filters",
        "this filter is not understood",
        "paragraph 4",
    ):
        assert part in said


@pytest.fixture
def planned(study, tmp_path):
    """Return a function that saves paragraphs as the chapter of a study that has no answers, and checks it."""
    from evalkit.study import load_study

    def check(*paragraphs):
        for path in study.folder.iterdir():
            (tmp_path / path.name).write_bytes(path.read_bytes())
        document = Document()
        for text in paragraphs:
            document.add_paragraph(text)
        document.save(tmp_path / "chapter.en.docx")
        return check_chapter(load_study(tmp_path), "en")

    return check


def test_a_chapter_is_checked_before_there_are_answers(planned, study):
    day = "response.by.submitted_on.2024-03-04.count"
    found = planned(
        "{{ belonging.by.unit.north.role.leader.great | interval }} {{ belonging.by.arrival.early.great }}",
        "{{ model.belonging.role.other.odds_ratio }} {{ study.reminders | words }}",
        f"{{{{ {day} }}}} {{% claim {day} > 3 and belonging.great > 3 %}}",
        "{{ figure.belonging_likert }}",
    )
    assert [one.rpartition(": ")[2] for one in found] == [day, day]
    assert all("paragraph 3" in one for one in found)
    assert check_chapter(study, "nb") == []


def test_all_that_the_codebook_can_tell_to_be_wrong_is_told_before_there_are_answers(planned):
    with pytest.raises(StudyError) as raised:
        planned(
            "{{ belonging.by.unit.nort.great }} {{ response.count | interval }}",
            "{% claim belonging.great > response.count %}",
            "Beside text: {{ table.belonging }} {{ figure.unit_likert }}",
            "{{ model.belonging.role.leader.p }} {{ belonging.by.submitted_on.2024-03-04.great }}",
        )
    said = str(raised.value)
    assert said.startswith("7 things are wrong")
    for part in ("'belonging.by.unit.north.great'", "no interval", "two numbers of one kind", "a paragraph of its own"):
        assert part in said


def test_new_answers_change_every_number_and_no_word(study, release, chapter, tmp_path):
    people = respondents()
    low = people["belonging"].isin(["none", "little"]) & (people.index % 2 == 0)
    later = people.assign(belonging=people["belonging"].mask(low, "great"))
    tables = [
        released(later, "belonging", ["belonging"], "belonging"),
        released(later, "belonging_by_unit", ["unit", "belonging"], "belonging", hide="east"),
        released(later, "response", [], ""),
    ]
    changed = Release(study, {table.id: table for table in tables}, [])
    changed.__dict__["_responses"] = responses_of(study, later)
    before, after = texts(chapter(release, TEXT), tmp_path), texts(chapter(changed, TEXT), tmp_path)
    words = [[word for word in text[0].split() if not any(sign.isdigit() for sign in word)] for text in (before, after)]
    assert before != after
    assert words[0] == words[1]


def test_the_same_bytes_every_time(release, chapter):
    assert chapter(release, TEXT).content == chapter(release, TEXT).content


def test_a_synthetic_study_says_so_on_every_page(release, chapter, tmp_path):
    document = reopened(chapter(release, "Text."), tmp_path)
    assert "Synthetic data." in document.sections[0].header.paragraphs[0].text


@pytest.mark.parametrize("language", ["nb", "en"])
def test_the_account_shows_claims_and_numbers(release, chapter, language):
    html = chapter_page(release, chapter(release, TEXT, language=language), language)
    assert f'<html lang="{language}"' in html
    assert "belonging.top_two &gt; 20" in html
    assert "belonging.by.unit.east.great.percent" in html
    assert html.count("<caption") == 2


def test_the_page_says_what_was_not_checked(release, chapter):
    filled = chapter(
        release,
        "A. {% claim goals_a.top_two > 1 %} B. {% claim goals_a.top_two > goals_a.great and goals_a.mean > 1 %} "
        "C. {% claim response.count > 1 %}",
    )
    html = chapter_page(release, filled, "en")
    assert [one.unasked for one in filled.checked] == [(), ("interval", "weights"), ("interval", "weights", "readings")]
    assert "All of them hold by every check that was made." in html
    assert "2 claims are not checked by an interval." in html
    assert "2 claims are not checked with weights." in html
    assert "1 claim is not checked by another reading of a scale." in html
    assert html.count("holds where it is checked") == 2
    assert [claim["unasked"] for claim in filled.record()["claims"]] == [list(one.unasked) for one in filled.checked]


@pytest.mark.parametrize("name", ["chapter.docx", "chapter.sv.docx", "chapter.nb.docm", "chapter.nb.doc"])
def test_a_chapter_of_another_name_is_refused(study, tmp_path, name):
    from evalkit.study import load_study

    for path in study.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(StudyError, match="no chapter of the study's languages"):
        load_study(tmp_path)
