"""The document for Word: real tables with repeating headings, headings in order, languages, and the same bytes every time."""

import re
import shutil
import subprocess
import zipfile
from itertools import pairwise

import docx
import pytest
from docx.oxml.ns import qn

from evalkit.errors import UsageError
from evalkit.i18n import Locale
from evalkit.report import write_document
from evalkit.report.appendix.sections import appendix_tables
from evalkit.report.drawing import text_width
from evalkit.report.files.word import TEXT_WIDTH, TURNED_WIDTH, column_widths, is_wide

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


def test_columns_fit_the_page_and_break_no_word(ministries, language):
    locale = Locale(language)
    for view in appendix_tables(ministries, locale):
        room = TURNED_WIDTH if is_wide(view, locale) else TEXT_WIDTH
        written = [[row.label, *view.written(row, locale)] for row in view.rows]
        widths, size = column_widths(view, [row[1:] for row in written], room)
        assert sum(width.cm for width in widths) <= room + 0.01
        headings = [view.stub, *(column.label for column in view.columns)]
        for width, heading, texts in zip(widths, headings, zip(*written, strict=True), strict=True):
            words = [
                *((word, True) for word in heading.split()),
                *((word, False) for text in texts for word in text.split()),
            ]
            longest = max(words, key=lambda word: text_width(word[0].split("-")[0], bold=word[1]))
            assert width.cm >= text_width(longest[0].split("-")[0], bold=longest[1]) * size / 72 * 2.54, (
                view.id,
                longest,
            )


@pytest.mark.skipif(
    not (shutil.which("soffice") and shutil.which("pdftotext")), reason="no LibreOffice, or no pdftotext"
)
def test_libreoffice_prints_tables_whole_and_repeats_their_headings(ministries, files, language, tmp_path):
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", tmp_path, files[language]]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    text = subprocess.run(["pdftotext", "-layout", tmp_path / f"{language}.pdf", "-"], check=True, capture_output=True)
    pages, locale, divided = text.stdout.decode().split("\f"), Locale(language), []
    for number, view in enumerate(appendix_tables(ministries, locale), start=1):
        caption = f"{locale.text('Table {number}', number=number)}. "
        first = next(n for n, page in enumerate(pages) if caption in page)
        if view.rows[-1].label.split()[0] not in pages[first].partition(caption)[2]:
            divided.append(view.id)
            assert view.stub in pages[first + 1]
    assert len(divided) <= 1  # one table is longer than a page


def test_headings_are_in_order(document):
    levels = [int(p.style.name[-1]) for p in document.paragraphs if p.style.name.startswith("Heading ")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_appendices_begin_on_a_page_of_their_own_and_what_leads_to_a_part_stays_with_it(document):
    begins = {p.style.name for p in document.paragraphs if p.paragraph_format.page_break_before}
    assert begins == {"Heading 1"}
    assert all(p.paragraph_format.page_break_before for p in document.paragraphs if p.style.name == "Heading 1")
    leading = ("Heading 1", "Heading 2", "Heading 3", "Caption", "Quote", "Lead")
    assert all(document.styles[name].paragraph_format.keep_with_next for name in leading)
    assert document.styles["Quote"].font.italic


def test_contents_lead_to_headings(document):
    links = [link.get(qn("w:anchor")) for link in document.element.body.iter(qn("w:hyperlink"))]
    marks = [mark.get(qn("w:name")) for mark in document.element.body.iter(qn("w:bookmarkStart"))]
    headings = [p for p in document.paragraphs if p.style.name in {"Heading 1", "Heading 2"}]
    assert links == marks
    assert len(links) == len(headings) > 10
    instructions = [part.text.split() for part in document.element.body.iter(qn("w:instrText"))]
    assert [words[1] for words in instructions if words[0] == "PAGEREF"] == marks


def test_wide_tables_stand_on_pages_that_lie_on_their_side(ministries, document, language):
    locale = Locale(language)
    wide = [view.title for view in appendix_tables(ministries, locale) if is_wide(view, locale)]
    found, here = [], []
    for block in document.element.body:
        here += [table.get(qn("w:val")) for table in block.iter(qn("w:tblCaption"))]
        for page in block.iter(qn("w:pgSz")):
            turned = page.get(qn("w:orient")) == "landscape"
            assert turned == (int(page.get(qn("w:w"))) > int(page.get(qn("w:h"))))
            found += here if turned else []
            here = []
    assert found == wide
    assert len(wide) > 2


def test_tables_and_figures_have_the_numbers_of_the_pages(ministries, tmp_path):
    numbers = {"table-interviews": "5.13", "figure-core_groups-bars": "5.1"}
    text = body_text(write_document(ministries, tmp_path / "a.docx", "nb", numbers))
    assert "Tabell 5.13. Intervjuer etter gruppe" in text
    assert "Figur 5.1. KDD" in text
    assert "Tabell 13. Svarprosent" in text


@pytest.mark.skipif(
    not (shutil.which("soffice") and shutil.which("pdftotext")), reason="no LibreOffice, or no pdftotext"
)
def test_libreoffice_works_out_the_page_numbers_of_the_contents(files, language, tmp_path):
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", tmp_path, files[language]]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    text = subprocess.run(["pdftotext", "-layout", tmp_path / f"{language}.pdf", "-"], check=True, capture_output=True)
    pages = text.stdout.decode().split("\f")
    listed = re.findall(r"^ *(\S.*?)\.{5,}(\d+)$", pages[0], re.MULTILINE)
    assert len(listed) > 10
    for title, page in listed:
        assert title in " ".join(pages[int(page) - 1].split())


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
    order = ["tblStyle", "tblW", "tblLayout", "tblLook", "tblCaption"]
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
