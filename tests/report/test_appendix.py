"""Everything in the seed's appendices is in the document and on the Norwegian page; the English page gives originals too."""

import html
import json
import re
from pathlib import Path

import docx
import nbformat
import pytest

from evalkit.errors import UsageError
from evalkit.i18n import Locale, translate_notebook
from evalkit.places import project_root
from evalkit.protect.safe import made_safe
from evalkit.release.store import Release
from evalkit.report import Show, render_page, write_document
from evalkit.report.appendix.blocks import Foreign, Heading, Paragraph, Point, Points, References, appendix_html
from evalkit.report.appendix.fieldwork import judged
from evalkit.report.appendix.sections import SECTIONS, appendix_blocks
from evalkit.report.appendix.subject import bibliography
from evalkit.report.shown import MIME
from evalkit.study.appendices import ClaimTest

from .conftest import outputs

SOURCE = (Path(__file__).parents[1] / "study" / "source" / "evaluation-appendices.nb.txt").read_text("utf-8")
LINES = [line.strip().removeprefix("- ") for line in SOURCE.splitlines() if line.strip() not in {"", "-"}]
NOTEBOOK = project_root() / "notebooks" / "04_appendix_tables.ipynb"


def between(first, last):
    """Return the source's lines after the one that begins with `first`, before the next that begins with `last`."""
    start = next(n for n, line in enumerate(LINES) if line.startswith(first)) + 1
    end = next(n for n, line in enumerate(LINES[start:], start) if line.startswith(last))
    return LINES[start:end]


PROMPTS = between("Vedlegg 1", "Hvilket departement jobber du i?")
OPTIONS = between("Hvilket departement jobber du i?", "Trinn 1")
QUESTIONS = ["Hvilket departement jobber du i?", *between("Spørreskjema", "Vedlegg 3")[1:]]
EVIDENCE = [line.split(": ", 2)[-1] for line in LINES if re.match(r"Trinn \d: ", line)]
WORKS = between("Litteraturoversikt", "Vedlegg 1")
INTERVIEWS = [
    ("Nøkkelpersoner i KDD og DSS som er sentrale for implementeringen av strategien", 2),
    ("Nesten alle medlemmene av strategisk forum", 16),
    ("Ledere av de fleste tiltakene", 7),
    ("Departementsråder som leder kjernegrupper", 4),
    ("Ledere og sekretariat for HR-tjenester", 3),
    ("Avdelingsdirektører i utvalgte administrasjonsavdelinger", 2),
    ("Nøkkelpersoner i KDD og SMK", 2),
    ("Nøkkelpersoner og ledere med ansvar for administrative fellesfunksjoner", 2),
    ("En fellestjeneste i Norge", 1),
]
MEMBERS = {
    "Utsatte barn og unge": ["BFD", "AID", "JD", "HOD", "KUD", "KDD"],
    "Kunnskap i kriser": ["KD", "JD", "FIN", "AID", "BFD", "HOD", "NFD", "KDD"],
    "Klima og omstilling": ["KLD", "FIN", "KDD", "NFD", "OED", "SD", "LMD"],
    "Vann og avløp": ["HOD", "KDD", "KLD", "JD", "OED"],
    "Kompetanse i staten og departementene": ["KDD", "KLD", "UD", "KD", "JD"],
}
OTHERS = ["SSB", "Forskningsrådet", "Folkehelseinstituttet", "Direktoratet for e-helse", "Datatilsynet"]


def built_page(release, language):
    """Return notebook 04 as a page, its cells run here."""
    notebook = translate_notebook(nbformat.read(NOTEBOOK, 4), language)
    show = Show(release, language)
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source.startswith("show."):
            cell.outputs = outputs(lambda source=cell.source: eval(source, {"show": show}))
    pages = [("04_appendix_tables", "04_appendix_tables")]
    return render_page(notebook, study=release.study, language=language, name="04_appendix_tables", pages=pages)


def appendix(release, language, section):
    """Return a section of the appendices as the page has it."""
    return "".join(output.data[MIME] for output in outputs(lambda: Show(release, language).appendix(section)))


@pytest.fixture(scope="module")
def pages(ministries):
    return {language: built_page(ministries, language) for language in ("nb", "en")}


@pytest.fixture(scope="module")
def document(ministries, tmp_path_factory):
    return docx.Document(str(write_document(ministries, tmp_path_factory.mktemp("files") / "appendix.docx", "nb")))


@pytest.fixture(scope="module", params=["page", "document"])
def text(request, pages, document):
    """Return the words of the Norwegian page, and of the document."""
    if request.param == "page":
        main = pages["nb"].partition("<main")[2].partition("</main>")[0]
        return html.unescape(re.sub(r"<[^>]+>", "\n", re.sub(r"<(style|svg).*?</\1>", "", main, flags=re.DOTALL)))
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_every_line_of_the_interview_guides(text):
    assert len(PROMPTS) > 50
    assert [line for line in PROMPTS if line not in text] == []


def test_guides_keep_their_order_and_their_repetitions(text):
    start, end = text.index("Stategisk forum"), text.index("Basert på erfaringene så langt")
    last = next(n for n, line in enumerate(PROMPTS) if line.startswith("Basert på erfaringene så langt"))
    place, part = 0, text[start:end]
    for line in PROMPTS[1:last]:
        assert line in part[place:], line
        place = part.index(line, place) + len(line)


def test_every_question_and_every_option(text):
    assert len(QUESTIONS) == 10  # nine questions and the sentence that introduces three of them
    assert [q for q in QUESTIONS if q not in text and re.sub(r"^\d\. ", "", q) not in text] == []
    assert [option for option in OPTIONS if option not in text] == []


def test_every_interview_group_with_its_number(document, pages):
    table = next(t for t in document.tables if t.rows[0].cells[1].text == "Intervjuer")
    rows = [(row.cells[0].text, row.cells[1].text) for row in table.rows[1:]]
    for (who, number), (wanted, count) in zip(rows, INTERVIEWS, strict=False):
        assert who.startswith(wanted)
        assert number == str(count)
        assert f"{html.escape(who)}</th><td" in pages["nb"]
    assert rows[-1] == ("Alle", "39")


@pytest.mark.parametrize("group", MEMBERS)
def test_every_core_group_member(group, document, pages):
    matrix = next(t for t in document.tables if "Vann og avløp" in [cell.text for cell in t.rows[0].cells])
    column = [cell.text for cell in matrix.rows[0].cells].index(group)
    seats = {re.search(r"\((\w+)\)$", row.cells[0].text)[1]: row.cells[column].text for row in matrix.rows[1:-1]}
    assert {unit for unit, seat in seats.items() if seat != "–"} == set(MEMBERS[group])
    assert [unit for unit, seat in seats.items() if seat == "leder"] == MEMBERS[group][:1]
    facts = next(t for t in document.tables if t._tbl.tblPr[-1].values()[0] == f"Kjernegruppen {group}")
    said = next(row.cells[1].text for row in facts.rows if row.cells[0].text == "Medlemmer")
    assert re.findall(r"\b[A-Z]{2,3}\b", said) == MEMBERS[group]
    assert said in pages["nb"]


def test_members_that_are_no_ministry_and_ministries_in_no_group(text, pages):
    assert [name for name in OTHERS if name not in text] == []
    assert "FD og SMK i ingen" in pages["nb"]


def test_the_staircase_is_quoted_and_the_rest_not_assessed(text):
    assert len(EVIDENCE) == 4
    assert [line for line in EVIDENCE if line not in text] == []
    assert text.count("Ikke vurdert") >= 4


def test_every_work_in_the_source_s_order_as_it_prints_it(text):
    assert len(WORKS) == 10
    places = [text.index(work) for work in WORKS]
    assert places == sorted(places)
    assert "Strøm-rapporten" in text
    assert "Fra program til varig struktur (DFØ)" in text


def test_the_citation_processor_prints_what_the_source_prints(ministries):
    found = ministries.study.appendices.literature
    assert list(bibliography(found, "nb")) == WORKS


def test_every_section_has_its_place_in_the_notebook_under_its_own_heading():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    for section in SECTIONS:
        place = sources.index(f'show.appendix("{section.name}")')
        assert sources[place - 1].startswith(f"{'#' * (section.level + 1)} {section.title}\n")


def test_no_name_of_an_item_stands_in_the_notebook(ministries):
    code = " ".join(
        "".join(cell["source"])
        for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    )
    named = set(re.findall(r'"(\w+)"', code)) - {section.name for section in SECTIONS}
    assert named & set(ministries.study.codebook.items) == set()


def test_the_english_page_gives_the_originals_in_their_language(pages):
    english = html.unescape(pages["en"])
    quoted = re.findall(r'<span lang="nb">(.*?)</span>', english)
    for line in PROMPTS:
        assert line in quoted, line
    assert [line for line in EVIDENCE if line not in quoted] == []
    assert "What stands first is a translation" in english
    assert '<span lang="sv">' in english
    assert re.findall(r'lang="(\w+)"', pages["nb"]) == ["nb", "sv"]


def test_a_foreign_text_is_escaped_once():
    text = Foreign("<b>&", "nb")
    assert text.__html__() == '<span lang="nb">&lt;b&gt;&amp;</span>'
    assert text == "<b>&"


@pytest.mark.parametrize("name", [section.name for section in SECTIONS])
def test_a_study_without_appendices_shows_none(release, name):
    html = appendix(release, "en", name)
    assert (html == "") == (name not in {"questionnaire", "response"})


def test_labels_on_a_page_are_never_markup(release):
    shown = appendix(release, "nb", "questionnaire")
    assert "<script>" not in shown
    assert "Nord &lt;script&gt;" in shown


def test_words_of_an_appendix_are_never_markup():
    hostile = '<img src=x onerror="alert(1)">'
    points = Points((Point(hostile, Foreign(hostile, "nb"), (Point(hostile),)),))
    shown = appendix_html([Heading(2, hostile), Paragraph(hostile, "quote"), points, References((hostile,))], str)
    assert "<img" not in shown
    assert shown.count("&lt;img src=x onerror=&#34;alert(1)&#34;&gt;") == 6


def test_hidden_counts_stay_hidden(release):
    table = release.table("belonging")
    cells = table.cells.copy()
    cells.loc[cells["belonging"] == "great", "count"] = None
    masked = made_safe(table.id, table.dims, cells, table.answer, None)
    shown = appendix(Release(release.study, {**release.tables, "belonging": masked}, []), "en", "questionnaire")
    row = re.search(r'questionnaire_belonging--great"><th scope="row">A lot</th>(.*?)</tr>', shown)[1]
    assert re.findall(r"<td[^>]*>(.*?)</td>", row) == [":", ":"]


def test_an_unknown_section_is_refused(release):
    with pytest.raises(UsageError, match="no such appendix") as caught:
        appendix_blocks("guide", release, Locale("en"))
    assert "did you mean 'guides'?" in str(caught.value)


def test_the_page_opens_with_what_the_appendices_show_and_links_each_number(pages):
    opening = pages["nb"].partition('<div class="reading">')[2].partition("</div>")[0]
    plain = html.unescape(re.sub(r"<[^>]+>", "", opening.replace("</li>", " "))).strip()
    assert plain.startswith("1969 svarte. Det er 41,97")
    assert "Det ble gjort 39 intervjuer." in plain
    assert plain.endswith("KDD sitter i 5 av 5 kjernegrupper, FD og SMK i ingen.")
    links = re.findall(r'<a [^>]*href="#table-([^"]+)">(.*?)</a>', opening)
    assert [row for row, _ in links[:3]] == ["response_by_ministry--total"] * 3
    assert links[3:] == [("interviews--total", "39"), ("core_groups--kdd", "5")]
    register = pages["nb"].partition('<div class="table register">')[2]
    assert all(f'href="#table-{row}">{number}</a>' in register for row, number in links)


def test_the_claims_of_the_source_have_their_verdicts(ministries):
    blocks = appendix_blocks("survey", ministries, Locale("nb"))
    table = next(block for block in blocks if getattr(block, "id", "") == "source_claims")
    found = {row.key: row.values for row in table.rows}
    assert found["every_unit"] == ("Stemmer", "Svar fra 16 av 16.")
    answers = ministries.table("ministry")
    shares = {
        u: answers.count({"ministry": u}) / answers.count({})
        for u in ministries.study.codebook.variable("ministry").scale.codes
    }
    people = ministries.study.frame.groupby("ministry", observed=True)["population"].sum() / 4691
    off = {unit: share - people[unit] for unit, share in shares.items()}
    furthest = max(off, key=lambda unit: abs(off[unit]))
    assert found["shares_match_sizes"][0] == ("Stemmer" if abs(off[furthest]) <= 0.03 else "Stemmer ikke")
    assert found["shares_match_sizes"][1].startswith("Utenriksdepartementet: 14,5")
    assert furthest == "ud"
    assert found["leaders"][0] == "Stemmer"
    assert "86,0 % av svarene, 86,0 % etter" in found["leaders"][1]


@pytest.mark.parametrize(
    ("test", "verdict"),
    [
        ({"kind": "every", "item": "unit"}, True),
        ({"kind": "like_frame", "item": "unit", "within": 0.2}, True),
        ({"kind": "like_frame", "item": "unit", "within": 0.01}, False),
        ({"kind": "shares", "item": "unit", "shares": {"north": 0.5}}, False),
    ],
)
def test_a_claim_is_held_against_the_released_counts(release, test, verdict):
    assert judged(ClaimTest(**test), release, Locale("en"))[0] is verdict


def test_a_claim_over_hidden_counts_cannot_be_told(release):
    table = release.response("unit")
    cells = table.cells.copy()
    cells.loc[cells["unit"] == "east", "count"] = None
    masked = Release(release.study, {**release.tables, table.id: made_safe(table.id, ("unit",), cells, "", None)}, [])
    for kind in ("every", "like_frame"):
        assert judged(ClaimTest(kind=kind, item="unit"), masked, Locale("en"))[0] is None


def test_what_happened_stands_beside_its_day_and_a_rule_beside_until_when(ministries):
    views = {block.id: block for block in appendix_blocks("survey", ministries, Locale("en")) if hasattr(block, "rows")}
    log, kept = views["fieldwork_log"], views["data_protection"]
    assert [column.label for column in log.columns] == ["Date", "What happened"]
    assert [column.label for column in kept.columns] == ["Rule", "Until when"]
    assert Locale("en").date(ministries.study.fieldwork.start) in {row.values[0] for row in log.rows}
    assert {row.values[1] for row in log.rows} >= {
        entry.label("en") for entry in ministries.study.appendices.survey.log
    }


def test_works_that_are_named_stand_in_their_language(pages):
    assert '<li><span lang="nb">Fra program til varig struktur (DFØ)</span><ul>' in pages["en"]


def test_links_are_no_part_of_the_document(document):
    said = [paragraph.text for paragraph in document.paragraphs if "39" in paragraph.text]
    assert said == ["Det ble gjort 39 intervjuer."]
