"""The document for Word: real tables with repeating headings, headings in order, languages, and the same bytes every time."""

import zipfile
from itertools import pairwise

import docx
import pytest
from docx.oxml.ns import qn

from evalkit.errors import UsageError
from evalkit.report import write_document

MARKS = {"nb": "Syntetiske data.", "en": "Synthetic data."}
TAGS = {"nb": "nb-NO", "en": "en-GB"}


@pytest.fixture(params=["nb", "en"])
def language(request):
    return request.param


@pytest.fixture(scope="module")
def files(ministries, tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents")
    return {language: write_document(ministries, folder / f"{language}.docx", language) for language in ("nb", "en")}


@pytest.fixture
def document(files, language):
    return docx.Document(str(files[language]))


def body_text(path):
    """Return all text of a document, cells included."""
    found = docx.Document(str(path))
    cells = (cell.text for table in found.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in found.paragraphs), *cells])


def test_header_rows_repeat_and_rows_stay_whole(document):
    assert len(document.tables) > 20
    for table in document.tables:
        first, *rest = table.rows
        assert first._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
        assert all(row._tr.trPr.find(qn("w:tblHeader")) is None for row in rest)


def test_every_table_and_figure_has_a_numbered_caption(document, language):
    word = {"nb": ("Tabell", "Figur"), "en": ("Table", "Figure")}[language]
    captions = [p.text for p in document.paragraphs if p.style.name == "Caption"]
    tables = [text for text in captions if text.startswith(word[0])]
    assert [text.split(".")[0] for text in tables] == [f"{word[0]} {n}" for n in range(1, len(document.tables) + 1)]
    assert sum(text.startswith(word[1]) for text in captions) == len(document.inline_shapes)
    for table in document.tables:
        assert table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))
    for shape in document.inline_shapes:
        assert shape._inline.docPr.get("descr")


def test_headings_are_in_order(document):
    levels = [int(p.style.name[-1]) for p in document.paragraphs if p.style.name.startswith("Heading ")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_contents_lead_to_headings(document):
    links = [link.get(qn("w:anchor")) for link in document.element.body.iter(qn("w:hyperlink"))]
    marks = [mark.get(qn("w:name")) for mark in document.element.body.iter(qn("w:bookmarkStart"))]
    headings = [p for p in document.paragraphs if p.style.name in {"Heading 1", "Heading 2"}]
    assert links == marks
    assert len(links) == len(headings) > 10
    instructions = [part.text for part in document.element.body.iter(qn("w:instrText"))]
    assert any(text.strip().startswith("TOC ") for text in instructions)


def test_fields_open_and_close(document):
    kinds = [part.get(qn("w:fldCharType")) for part in document.element.body.iter(qn("w:fldChar"))]
    assert kinds.count("begin") == kinds.count("separate") == kinds.count("end")


def test_language_of_the_document_and_of_quotations(document, language):
    assert document.core_properties.language == TAGS[language]
    defaults = document.styles.element.find(qn("w:docDefaults"))
    assert [lang.get(qn("w:val")) for lang in defaults.iter(qn("w:lang"))] == [TAGS[language]]
    quoted = {lang.get(qn("w:val")) for lang in document.element.body.iter(qn("w:lang"))}
    assert quoted == ({"sv"} if language == "nb" else {"nb-NO", "sv"})


def test_synthetic_answers_are_marked_on_every_page_and_in_the_title(document, language):
    assert document.sections[0].header.paragraphs[0].text.startswith(MARKS[language])
    assert document.core_properties.title.startswith(MARKS[language])


def test_parts_stand_in_the_order_that_word_asks_for(document):
    order = ["tblW", "tblBorders", "tblLayout", "tblCellMar", "tblLook", "tblCaption"]
    for table in document.tables:
        assert [child.tag.split("}")[1] for child in table._tbl.tblPr] == order
        for cell in table.rows[0].cells:
            names = [child.tag.split("}")[1] for child in cell._tc.tcPr]
            assert names == sorted(names, key=["tcW", "gridSpan", "tcBorders", "vAlign"].index)


def test_the_same_bytes_on_any_day(ministries, files, language, tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    again = write_document(ministries, tmp_path / "again.docx", language)
    assert again.read_bytes() == files[language].read_bytes()
    with zipfile.ZipFile(again) as opened:
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert opened.namelist()[0] == "[Content_Types].xml"


def test_labels_are_never_markup(release, language, tmp_path):
    path = write_document(release, tmp_path / "staff.docx", language)
    text = body_text(path)
    assert ("Nord" if language == "nb" else "North") + " <script>alert(1)</script>" in text
    with zipfile.ZipFile(path) as opened:
        assert "<script>" not in opened.read("word/document.xml").decode()


def test_what_a_study_lacks_is_left_out_with_a_sentence(release, tmp_path):
    text = body_text(write_document(release, tmp_path / "staff.docx", "nb"))
    left_out = next(line for line in text.splitlines() if line.startswith("Utelatt, fordi"))
    assert "Vedlegg 1: Aktuelle intervjuguider" in left_out
    assert text.count("Aktuelle intervjuguider") == 1
    assert "Vedlegg 2: Spørreundersøkelsen" in text


def test_another_ending_is_refused(release, tmp_path):
    with pytest.raises(UsageError, match=r"ends in \.docx"):
        write_document(release, tmp_path / "appendix.doc")
