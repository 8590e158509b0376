"""An author's Word document is filled wherever a placeholder may stand, and nothing else in it changes."""

import io
import re
import shutil
import subprocess
import zipfile
from xml.etree.ElementTree import canonicalize

import docx
import pytest
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.opc.constants import CONTENT_TYPE as CT
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm
from docx.text.paragraph import Paragraph

from evalkit.chapter.template import Template
from evalkit.chapter.template.placeholders import sentence_at, sentence_spans
from evalkit.errors import StudyError
from evalkit.i18n import Locale
from evalkit.report.drawing import Said, figure_parts, put
from evalkit.report.views import HIDDEN, Column, Row, TableView

NAMES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "v": "urn:schemas-microsoft-com:vml",
}
NB = Locale("nb")


def raw(xml):
    """Return an element; the namespaces of Word are declared."""
    declared = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NAMES.items())
    return parse_xml(re.sub(r"^<([\w:]+)", rf"<\1 {declared}", xml))


def run(text, form=""):
    return f'<w:r>{form}<w:t xml:space="preserve">{text}</w:t></w:r>'


def add(document, inner):
    """Add a paragraph of raw XML before the last section's properties."""
    paragraph = raw(f"<w:p>{inner}</w:p>")
    document.element.body.insert_element_before(paragraph, "w:sectPr")
    return paragraph


def add_notes(document, kind, inner):
    """Add footnotes or endnotes, the first of which is referred to from a paragraph."""
    relation, content_type = {
        "footnote": (RT.FOOTNOTES, CT.WML_FOOTNOTES),
        "endnote": (RT.ENDNOTES, CT.WML_ENDNOTES),
    }[kind]
    declared = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NAMES.items())
    note = f'<w:{kind} w:id="7"><w:p><w:r><w:{kind}Ref/></w:r>{inner}</w:p></w:{kind}>'
    blob = f"<w:{kind}s {declared}>{note}</w:{kind}s>".encode()
    part = Part(PackURI(f"/word/{kind}s.xml"), content_type, blob, document.part.package)
    document.part.relate_to(part, relation)
    add(document, run("Se noten") + f'<w:r><w:{kind}Reference w:id="7"/></w:r>')


def box(text, spare=True):
    """Return a run with a text box as Word writes it: for new programs, and again for those of before 2010."""
    inside = f"<w:txbxContent><w:p>{text}</w:p></w:txbxContent>"
    old = f"<mc:Fallback><w:pict><v:shape><v:textbox>{inside}</v:textbox></v:shape></w:pict></mc:Fallback>"
    return (
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:wsp><wps:txbx>'
        f"{inside}</wps:txbx></wps:wsp></w:drawing></mc:Choice>"
        f"{old if spare else ''}</mc:AlternateContent></w:r>"
    )


def saved(document, tmp_path, name="chapter.nb.docx"):
    path = tmp_path / name
    document.save(str(path))
    return path


def opened(document, tmp_path):
    return Template(saved(document, tmp_path))


def filled(template, **values):
    """Fill every field with a value, or its own name in capitals, drop the claims, and return the document."""
    return docx.Document(io.BytesIO(content(template, **values)))


def content(template, mark="", **values):
    """Fill every field with a value, a table or a figure, or its own name in capitals, drop the claims, and return the bytes."""
    blocks = {"table": table(), "figure": figure()}
    results = {
        place.number: ""
        if place.kind == "claim"
        else blocks.get(place.text.partition(".")[0]) or values.get(place.text, place.text.upper())
        for place in template.placeholders
    }
    return template.fill(results, NB, mark)


def parts(content):
    """Return every XML part of a document but its properties, in canonical form."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = [n for n in package.namelist() if n.endswith((".xml", ".rels")) and "docProps" not in n]
        return {name: canonicalize(package.read(name).decode(), strip_text=False) for name in names}


def texts(document):
    return [paragraph.text for paragraph in document.paragraphs]


def table(**changes):
    rows = (Row("a", "Leder", (0.712,)), Row("b", "Annen <b>&", (HIDDEN,)), Row("all", "Alle", (0.5,), total=True))
    look = {"columns": (Column("share", "Prosent", "percent"),), "rows": rows, "notes": ("Kilde: <konstruert>.",)}
    return TableView("know", "Hvem som kjenner strategien", "Rolle", **(look | changes))


def figure(height=2.0):
    def draw(sheet):
        axes = sheet.canvas(height)
        put(axes, 1, 1, "Ja")
        return axes

    return figure_parts("know", "Kjennskap", [Said("Ja", "67 %", 0.67)], draw, Locale("nb")).captioned(
        "Kilde: konstruert."
    )


SPLIT = (
    run("Om lag {", "<w:rPr><w:b/></w:rPr>")
    + '<w:proofErr w:type="spellStart"/>'
    + run("{ know", "<w:rPr><w:b/></w:rPr>")
    + '<w:bookmarkStart w:id="3" w:name="here"/>'
    + run(" }", "<w:rPr><w:i/></w:rPr>")
    + '<w:bookmarkEnd w:id="3"/>'
    + run("} prosent.")
)
# Where a placeholder stands: what is written, and what is left when it has become KNOW.
PLACES = {
    "one run": (run("Om {{ know }} av"), run("Om KNOW av")),
    "split over runs": (
        SPLIT,
        run("Om lag KNOW", "<w:rPr><w:b/></w:rPr>")
        + '<w:proofErr w:type="spellStart"/><w:bookmarkStart w:id="3" w:name="here"/><w:bookmarkEnd w:id="3"/>'
        + run(" prosent."),
    ),
    "a hyperlink": (
        f'<w:hyperlink w:anchor="x">{run("{{ know")}{run(" }}")}</w:hyperlink>',
        f'<w:hyperlink w:anchor="x">{run("KNOW")}</w:hyperlink>',
    ),
    "a content control": (
        f"<w:sdt><w:sdtPr><w:text/></w:sdtPr><w:sdtContent>{run('{{ know }}')}</w:sdtContent></w:sdt>",
        f"<w:sdt><w:sdtPr><w:text/></w:sdtPr><w:sdtContent>{run('KNOW')}</w:sdtContent></w:sdt>",
    ),
    "a bound content control": (
        '<w:sdt><w:sdtPr><w:dataBinding w:xpath="/x" w:storeItemID="y"/></w:sdtPr>'
        f"<w:sdtContent>{run('{{ know }}')}</w:sdtContent></w:sdt>",
        f"<w:sdt><w:sdtPr/><w:sdtContent>{run('KNOW')}</w:sdtContent></w:sdt>",
    ),
    "a field's result": (
        f'<w:fldSimple w:instr=" TITLE ">{run("{{ know }}")}</w:fldSimple>',
        f'<w:fldSimple w:instr=" TITLE ">{run("KNOW")}</w:fldSimple>',
    ),
    "tracked changes": (
        run("{{ ")
        + '<w:del w:id="1" w:author="A"><w:r><w:delText>{{ old }}</w:delText></w:r></w:del>'
        + f'<w:ins w:id="2" w:author="A">{run("know }}")}</w:ins>{run(".")}',
        run("KNOW") + '<w:del w:id="1" w:author="A"><w:r><w:delText>{{ old }}</w:delText></w:r></w:del>' + run("."),
    ),
    "moved text": (
        f'<w:moveFrom w:id="1">{run("{{ old")}</w:moveFrom><w:moveTo w:id="2">{run("{{ know }}")}</w:moveTo>',
        f'<w:moveFrom w:id="1">{run("{{ old")}</w:moveFrom><w:moveTo w:id="2">{run("KNOW")}</w:moveTo>',
    ),
    "signs inside the braces": (
        '<w:r><w:t xml:space="preserve">a {{ kn</w:t><w:softHyphen/><w:t>ow</w:t><w:tab/><w:br/><w:t>}} b</w:t></w:r>',
        '<w:r><w:t xml:space="preserve">a KNOW</w:t><w:t xml:space="preserve"> b</w:t></w:r>',
    ),
    "a text box": (run("Før ") + box(run("{{ know }}")), run("Før ") + box(run("KNOW"), spare=False)),
    "mathematics": (
        "<m:oMath><m:r><m:t>n = {{ know }}</m:t></m:r></m:oMath>",
        "<m:oMath><m:r><m:t>n = KNOW</m:t></m:r></m:oMath>",
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_field_is_filled_wherever_it_stands_and_nothing_else_changes(place, tmp_path):
    before, after = PLACES[place]
    written, expected = docx.Document(), docx.Document()
    for document, inner in ((written, before), (expected, after)):
        document.add_heading("Kjennskap")
        add(document, inner)
        add(document, run("Uendret &lt;tekst&gt;"))
    template = opened(written, tmp_path)
    assert [found.text for found in template.placeholders] == ["know"]
    expected = parts(saved(expected, tmp_path, "expected.docx").read_bytes())
    assert parts(content(template)) == expected


@pytest.mark.parametrize("holder", ["header", "footer", "footnote", "endnote", "cell", "nested cell", "caption"])
def test_other_texts_than_the_body(holder, tmp_path):
    def made(text):
        document = docx.Document()
        document.add_paragraph("Før")
        if holder in {"header", "footer"}:
            section = document.sections[0]
            section.different_first_page_header_footer = True
            getattr(section, f"first_page_{holder}").paragraphs[0].text = text
        elif holder in {"footnote", "endnote"}:
            add_notes(document, holder, run(text))
        elif holder == "caption":
            document.add_paragraph(text, style="Caption")
        else:
            cell = document.add_table(2, 2).cell(1, 0)
            cell = cell.add_table(1, 1).cell(0, 0) if holder == "nested cell" else cell
            cell.paragraphs[0].text = text
        return document

    template = opened(made("n = {{ know }}"), tmp_path)
    (place,) = template.placeholders
    assert place.holder == {"nested cell": "cell", "caption": "body"}.get(holder, holder)
    assert parts(content(template)) == parts(saved(made("n = KNOW"), tmp_path, "x.docx").read_bytes())


def test_a_text_box_is_counted_once_and_what_old_programs_show_instead_goes(tmp_path):
    document = docx.Document()
    add(document, box(run("{{ a }} og {{ b }}")) + run("{{ c }}"))
    template = opened(document, tmp_path)
    assert [(p.text, p.holder, p.number) for p in template.placeholders] == [
        ("c", "body", 1),
        ("a", "textbox", 2),
        ("b", "textbox", 3),
    ]
    body = filled(template).element.body
    assert [t.text for t in body.iter(qn("w:t"))] == ["A og B", "C"]


def test_a_text_box_of_an_old_program_is_filled(tmp_path):
    document = docx.Document()
    add(
        document,
        f"<w:r><w:pict><v:shape><v:textbox><w:txbxContent><w:p>{run('{{ a }}')}</w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r>",
    )
    template = opened(document, tmp_path)
    assert [place.holder for place in template.placeholders] == ["textbox"]
    assert [t.text for t in filled(template).element.body.iter(qn("w:t"))] == ["A"]


def test_several_in_one_paragraph_keep_their_own_formatting(tmp_path):
    document = docx.Document()
    paragraph = document.add_paragraph("{{ a }} og ")
    paragraph.add_run("{{ b }}").bold = True
    paragraph.add_run(", {{ a }}")
    result = filled(opened(document, tmp_path), a="{{ b }}", b="lang tekst " * 20)
    assert [(r.text, r.bold) for r in result.paragraphs[0].runs] == [
        ("{{ b }} og ", None),
        ("lang tekst " * 20, True),
        (", {{ b }}", None),
    ]


HOSTILE = {
    "markup": ("<w:t>&amp;]]>", "<w:t>&amp;]]>"),
    "braces": ("{{ x }} {% y %}", "{{ x }} {% y %}"),
    "control characters": ("a\x00b\x0b\x1fc\ud800\uffff", "ab c"),
    "lines": ("a\r\nb\tc", "a b c"),
    "spaces": ("  a  b ", "  a  b "),
    "signs outside of the plane": ("𝑎🙂", "𝑎🙂"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_any_text_is_only_text(name, tmp_path):
    text, expected = HOSTILE[name]
    document = docx.Document()
    document.add_paragraph("[{{ x }}]")
    assert texts(filled(opened(document, tmp_path), x=text)) == [f"[{expected}]"]


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("En setning. {% claim a %} Neste.", "En setning. Neste."),
        ("En setning. {% claim a %}", "En setning."),
        ("{% claim a %} En setning.", "En setning."),
        ("Ledere {% claim a %}, ikke andre.", "Ledere, ikke andre."),
        ("En.{% claim a %} To.", "En. To."),
        ("En. {% claim a %}To.", "En. To."),
        ("En.\N{NO-BREAK SPACE}{% claim a %} {% claim b %} To.", "En. To."),
        ("{% claim a %}{% claim b %} To.", "To."),
    ],
)
def test_a_claim_leaves_no_trace(written, left, tmp_path):
    document = docx.Document()
    document.add_paragraph(written)
    assert texts(filled(opened(document, tmp_path))) == [left]


def test_a_paragraph_of_claims_alone_goes_unless_the_document_needs_it(tmp_path):
    document = docx.Document()
    document.add_paragraph("Før")
    document.add_paragraph("{% claim a %} {% claim b %}")
    document.add_table(1, 1).cell(0, 0).text = "{% claim c %}"
    document.add_paragraph("{% claim between two tables %}")
    document.add_table(1, 1).cell(0, 0).text = "x"
    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE
    document.add_paragraph("{% claim d %}").add_run().add_break()
    result = filled(opened(document, tmp_path))
    tags = [child.tag.split("}")[1] for child in result.element.body]
    assert tags == ["p", "tbl", "p", "tbl", "p", "p", "sectPr"]
    assert len(result.sections) == 2
    assert result.tables[0].cell(0, 0).text == ""


WRONG = {
    "{{ a": "'{{' stands without '}}' in its paragraph",
    "a }} b": "'}}' stands without '{{' in its paragraph",
    "{{ a {{ b }}": "'{{' stands without '}}' in its paragraph",
    "{% claim a": "'{%' stands without '%}' in its paragraph",
    "{% claim a }}": "'{%' stands without '%}' in its paragraph",
    "{{ }}": "nothing stands between the braces",
    "{% if a %}": "there is no such tag",
}


@pytest.mark.parametrize("written", WRONG)
def test_wrong_braces_are_named_with_their_place(written, tmp_path):
    document = docx.Document()
    document.add_heading("Kjennskap")
    document.add_paragraph("Først")
    document.add_paragraph(f"Om lag {written}")
    with pytest.raises(StudyError) as error:
        opened(document, tmp_path)
    assert f"chapter.nb.docx, under «Kjennskap», paragraph 2: «Om lag {written}»: {WRONG[written]}" in str(error.value)


def test_all_wrong_braces_are_reported_at_once(tmp_path):
    document = docx.Document()
    document.add_paragraph("{{ a")
    add(document, box(run("{{ b")))
    document.sections[0].header.paragraphs[0].text = "{% c %}"
    document.add_table(1, 2).cell(0, 1).text = "}}"
    add_notes(document, "footnote", run("{{ d"))
    document.core_properties.title = "{{ e }}"
    add(document, f'<w:fldSimple w:instr=" TITLE {{{{ f }}}} ">{run("x")}</w:fldSimple>')
    document.part.relate_to("https://example.org/%7B%7Bg%7D%7D", RT.HYPERLINK, is_external=True)
    with pytest.raises(StudyError) as error:
        opened(document, tmp_path)
    said = str(error.value)
    assert said.startswith("8 things are wrong")
    for place in ("paragraph 1: «{{ a»", "in a text box: «{{ b»", "header of section 1: «{% c %}»"):
        assert place in said
    for place in ("table 1, row 1, column 2: «}}»", "footnote 1: «{{ d»"):
        assert place in said
    assert said.count("where nothing is filled") == 3


def test_a_placeholder_says_what_it_is_and_where(tmp_path):
    document = docx.Document()
    document.add_heading("Kjennskap {{ year }}")
    document.add_paragraph(
        "Ca. 40 {{ a | decimals\N{NO-BREAK SPACE}1 }} kjenner den. Ledere mest. {% claim b – c > 2 %} Andre mindre."
    )
    document.add_paragraph("{% claim d %}")
    document.add_paragraph("{{ table.x }}")
    heading, field, claim, alone, whole = opened(document, tmp_path).placeholders
    assert heading.where == "chapter.nb.docx, under «Kjennskap {{ year }}»: «Kjennskap {{ year }}»"
    assert (field.text, field.kind) == ("a | decimals 1", "field")
    assert field.where.startswith("chapter.nb.docx, under «Kjennskap {{ year }}», paragraph 1: «Ca. 40 {{ a")
    assert (claim.text, claim.kind, claim.sentence({})) == ("claim b - c > 2", "claim", "Ledere mest.")
    assert (alone.sentence({}), alone.alone) == ("Andre mindre.", True)
    assert (whole.alone, whole.holder, whole.number) == (True, "body", 5)


@pytest.mark.parametrize(
    ("paragraphs", "sentence"),
    [
        (["En. To.", "{% claim a %}"], "To."),
        (["En.", "{{ table.x }}", "", "{% claim b %}", "{% claim a %}"], "En."),
        (["#Overskrift", "{% claim a %}", "En. To."], "En."),
        (["#Overskrift", "{% claim a %}"], ""),
        (["{% claim a %} En. To."], "En. To."),
        (["Ledere {% claim a %} kjenner den. To."], "Ledere kjenner den."),
        (["«En.» {% claim a %} To."], "«En.»"),
    ],
)
def test_the_sentence_that_a_claim_stands_beside(paragraphs, sentence, tmp_path):
    document = docx.Document()
    for text in paragraphs:
        document.add_heading(text[1:]) if text.startswith("#") else document.add_paragraph(text)
    claim = next(place for place in opened(document, tmp_path).placeholders if place.text == "claim a")
    assert claim.sentence({}) == sentence


def test_the_sentence_of_a_claim_says_what_was_filled(tmp_path):
    document = docx.Document()
    document.add_paragraph("Før. Om lag {{ a }} kjenner den. {% claim b %} Etter.")
    template = opened(document, tmp_path)
    field, claim = template.placeholders
    assert claim.sentence({}) == "Om lag … kjenner den."
    assert claim.sentence({field.number: "70 %"}) == "Om lag 70 % kjenner den."


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Den 11. mai svarte 40. Så gikk det bl.a. 3 år.", ["Den 11. mai svarte 40.", "Så gikk det bl.a. 3 år."]),
        ("Sa de «ja»? «Nei.» Ja!", ["Sa de «ja»?", "«Nei.»", "Ja!"]),
        ("Uten slutt", ["Uten slutt"]),
        ("", []),
    ],
)
def test_sentences(text, sentences):
    assert [text[start:end] for start, end in sentence_spans(text)] == sentences
    assert sentence_at("A. B.", 0) == "A. B."


def test_the_same_bytes_every_time(tmp_path):
    document = docx.Document()
    document.add_paragraph("{{ a }}")
    document.add_paragraph("{{ table.x }}")
    document.add_paragraph("{{ figure.x }}")
    path = saved(document, tmp_path)

    def made():
        return content(Template(path), mark="Syntetiske data.")

    assert made() == made()


# Tables and figures.


def kinds(document):
    """Return the blocks of the body: the style of a paragraph, with `*` for a picture, or `table`."""
    found = []
    for block in document.element.body:
        if block.tag == qn("w:p"):
            picture = "*" if next(block.iter(qn("w:drawing")), None) is not None else ""
            found.append(Paragraph(block, document._body).style.name + picture)
        elif block.tag == qn("w:tbl"):
            found.append("table")
    return found


def blocks(names):
    return [name.replace("_", " ") for name in names.split()]


def test_a_table_and_a_figure_get_captions_and_notes(tmp_path):
    document = docx.Document()
    document.add_paragraph("{{ table.x }}")
    document.add_paragraph("Mellom")
    document.add_paragraph("{{ figure.x }}", style="Body Text")
    result = filled(opened(document, tmp_path))
    assert kinds(result) == ["Caption", "table", "Table Note", "Normal", "Caption", "Body Text*", "Table Note"]
    assert [t for t in texts(result) if t] == [
        "Tabell 1. Hvem som kjenner strategien",
        "Kilde: <konstruert>.",
        "Mellom",
        "Figur 1. Kjennskap",
        "Kilde: konstruert.",
    ]
    rows = [[cell.text for cell in row.cells] for row in result.tables[0].rows]
    assert rows == [["Rolle", "Prosent"], ["Leder", "71"], ["Annen <b>&", ":"], ["Alle", "50"]]
    assert result.inline_shapes[0]._inline.docPr.get("descr") == "Ja: 67 %."


def caption(document, text, number="9", name=None):
    """Add a caption as Word makes it, in a style that has a Norwegian id."""
    style = document.styles["Caption"]
    style.element.set(qn("w:styleId"), "Bildetekst")
    label, rest = text.split(" ", 1)
    seq = (
        f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> SEQ {label} \\* ARABIC </w:instrText>'
        f'</w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>{run(number)}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    marked = f'<w:bookmarkStart w:id="5" w:name="{name}"/>{run(label + " ")}{seq}<w:bookmarkEnd w:id="5"/>'
    add(document, f'<w:pPr><w:pStyle w:val="Bildetekst"/></w:pPr>{marked}{run(". " + rest)}')


def test_the_authors_own_captions_are_kept_and_all_are_numbered_together(tmp_path):
    document = docx.Document()
    simple = '<w:fldSimple w:instr=" REF _Ref1 \\h "><w:r><w:t>Tabell 9</w:t></w:r></w:fldSimple>'
    add(document, run("Se ") + simple)
    document.add_paragraph("{{ table.made }}")
    caption(document, "Tabell Min egen {{ title }}", name="_Ref1")
    document.add_paragraph("{{ table.own }}")
    document.add_paragraph("{{ figure.own }}")
    caption(document, "Figur Under figuren")
    document.add_paragraph("{{ table.after }}")
    result = filled(opened(document, tmp_path))
    assert [p.text for p in result.paragraphs if p.style.name == "Caption"] == [
        "Tabell 1. Hvem som kjenner strategien",
        "Tabell 2. Min egen TITLE",
        "Figur 1. Under figuren",
        "Tabell 3. Hvem som kjenner strategien",
    ]
    assert result.element.body[0].xpath("string(.)") == "Se Tabell 2"
    assert kinds(result)[1:] == blocks(
        "Caption table Table_Note Caption table Table_Note Normal* Caption Table_Note Caption table Table_Note"
    )


def test_numbers_restart_and_hide_as_the_author_asked(tmp_path):
    document = docx.Document()

    def numbered(switches, result):
        return f'<w:fldSimple w:instr=" SEQ Tabell {switches}">{run(result)}</w:fldSimple>'

    document.add_heading("En")
    add(document, numbered("\\s 1", "8"))
    add(document, numbered("\\s 1", "8") + numbered("\\c", "8") + numbered("\\h", ""))
    document.add_heading("To")
    add(document, numbered("\\s 1", "8") + run("{{ a }}"))
    add(document, numbered("\\r 5", "8") + numbered("\\* ROMAN", "XX"))
    result = filled(opened(document, tmp_path))
    assert [p._p.xpath("string(.)") for p in result.paragraphs] == ["En", "1", "22", "To", "1A", "5XX"]


def test_captions_in_text_boxes_count_once(tmp_path):
    document = docx.Document()
    seq = f'{run("Figur ")}<w:fldSimple w:instr=" SEQ Figur \\* ARABIC ">{run("7")}</w:fldSimple>'
    add(document, box(seq))
    add(document, seq)
    add(document, run("{{ a }}"))
    result = filled(opened(document, tmp_path))
    assert [t.text for t in result.element.body.iter(qn("w:t"))] == ["Figur ", "1", "Figur ", "2", "A"]


def test_the_authors_styles_are_left_alone(tmp_path):
    document = docx.Document()
    document.styles.add_style("table text", 1).font.size = 12345 * 12
    document.add_paragraph("{{ table.x }}")
    before = {s.name: canonicalize(s.element.xml) for s in document.styles}
    after = {s.name: canonicalize(s.element.xml) for s in filled(opened(document, tmp_path)).styles}
    assert set(after) - set(before) == {"Report Table", "Table Heading", "Table Note"}
    assert {name: after[name] for name in before} == before


def test_styles_come_only_with_a_table(tmp_path):
    document = docx.Document()
    document.add_paragraph("{{ x }}")
    names = {style.name for style in filled(opened(document, tmp_path)).styles}
    assert "Table Text" not in names


def test_a_figure_fits_its_section_and_its_cell(tmp_path):
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(15), Cm(20)
    section.left_margin = section.right_margin = Cm(2)
    grid = document.add_table(1, 2)
    grid.autofit = False
    for cell, width in zip(grid.rows[0].cells, (Cm(4), Cm(7)), strict=True):
        cell.width = width
    grid.cell(0, 0).text = "{{ figure.cell }}"
    document.add_paragraph("{{ figure.narrow }}").paragraph_format.left_indent = Cm(1)
    document.add_section(WD_SECTION.NEW_PAGE)
    document.sections[1].page_width = Cm(40)
    document.add_paragraph("{{ figure.wide }}")
    result = filled(opened(document, tmp_path))
    widths = [int(e.get("cx")) / Cm(1) for e in result.element.body.iter(qn("wp:extent"))]
    assert widths == pytest.approx([4 - 0.38, 11 - 1, 19.3], abs=0.02)


def test_a_table_in_a_cell_and_at_the_end_leaves_a_paragraph_after_it(tmp_path):
    document = docx.Document()
    document.add_table(1, 1).cell(0, 0).text = "{{ table.x }}"
    document.add_paragraph("{{ table.y }}")
    template = opened(document, tmp_path)
    without_notes = {place.number: table(notes=()) for place in template.placeholders}
    result = docx.Document(io.BytesIO(template.fill(without_notes, NB)))
    assert [child.tag.split("}")[1] for child in result.tables[0].cell(0, 0)._tc] == ["tcPr", "p", "tbl", "p"]
    assert kinds(result) == ["table", "Caption", "table", "Normal"]


def test_sections_and_page_breaks_stay_where_they_are(tmp_path):
    document = docx.Document()
    document.add_paragraph("{{ figure.x }}")
    document.add_section(WD_SECTION.NEW_PAGE)
    document.add_paragraph("{{ table.x }}").paragraph_format.page_break_before = True
    broken = document.add_paragraph()
    broken.add_run().add_break(docx.enum.text.WD_BREAK.PAGE)
    broken.add_run("{{ figure.y }}")
    body = document.element.body
    body.remove(body[1])
    body[0].get_or_add_pPr().append(raw("<w:sectPr><w:pgSz w:w='11906' w:h='16838'/></w:sectPr>"))
    result = filled(opened(document, tmp_path))
    assert kinds(result) == blocks(
        "Caption Normal* Table_Note Caption table Table_Note Normal Caption Normal* Table_Note"
    )
    ends = [
        index for index, p in enumerate(result.paragraphs) if p._p.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None
    ]
    assert ends == [2]
    assert result.paragraphs[3].paragraph_format.page_break_before is True


@pytest.mark.parametrize("place", ["beside text", "header", "textbox"])
def test_no_table_can_stand_here(place, tmp_path):
    document = docx.Document()
    if place == "header":
        document.sections[0].header.paragraphs[0].text = "{{ table.x }}"
    elif place == "textbox":
        add(document, box(run("{{ table.x }}")))
    else:
        document.add_paragraph("Se {{ table.x }}")
    template = opened(document, tmp_path)
    assert not template.placeholders[0].takes_blocks


# The mark, and properties.


def test_the_mark_stands_once_in_every_header_in_use(tmp_path):
    document = docx.Document()
    document.settings.odd_and_even_pages_header_footer = True
    document.sections[0].header.paragraphs[0].text = "Syntetiske data. {{ a }}"
    document.add_paragraph("x")
    second = document.add_section(WD_SECTION.NEW_PAGE)
    second.different_first_page_header_footer = True
    second.even_page_header.is_linked_to_previous = False
    second.even_page_header.paragraphs[0].text = "Partall"
    document.core_properties.title = "Tittelen"
    template = opened(document, tmp_path)
    result = filled(template, mark="Syntetiske data.")
    first, second = result.sections
    assert [p.text for p in first.header.paragraphs] == ["Syntetiske data. A"]
    assert [p.text for p in first.even_page_header.paragraphs] == ["Syntetiske data."]
    assert [p.text for p in second.even_page_header.paragraphs] == ["Syntetiske data.", "Partall"]
    assert [p.text for p in second.first_page_header.paragraphs] == ["Syntetiske data."]
    about = result.core_properties
    assert (about.title, about.last_modified_by) == ("Tittelen", "evalkit")
    assert about.comments.startswith("Syntetiske data.")
    assert about.created.year == about.modified.year == 2000


def test_a_document_without_sections_is_marked_too(tmp_path):
    document = docx.Document()
    document.add_paragraph("x")
    document.element.body.remove(document.element.body.sectPr)
    template = opened(document, tmp_path)
    result = filled(template, mark="Syntetiske data.")
    assert [p.text for p in result.sections[0].header.paragraphs] == ["Syntetiske data."]


# Files that are no plain document.


def archive(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, text in members.items():
            target.writestr(name.replace("__", "/"), text)
    return out.getvalue()


def changed(change):
    """Return a document of which some parts are changed."""
    out = io.BytesIO()
    docx.Document().save(out)
    with zipfile.ZipFile(out) as source:
        members = change({name: source.read(name) for name in source.namelist()})
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as target:
        for name, content in members.items():
            target.writestr(name, content)
    return made.getvalue()


def with_rel(kind):
    rel = f'<Relationship Id="rId99" Type="{RT.IMAGE.rpartition("/")[0]}/{kind}" Target="file:///C:/x" TargetMode="External"/>'
    name = "word/_rels/document.xml.rels"
    return changed(lambda m: m | {name: m[name].replace(b"</Relationships>", rel.encode() + b"</Relationships>")})


OLE = bytes.fromhex("d0cf11e0a1b11ae1")
REFUSED = {
    "nothing": (b"", "is no Word document"),
    "a text": (b"{\\rtf1 {{ a }}}", "is no Word document"),
    "an older format": (OLE + b"\0" * 512, "format of Word 97–2003"),
    "an encrypted file": (OLE + "EncryptedPackage".encode("utf-16-le"), "is encrypted"),
    "half a zip file": (changed(lambda m: m)[:9000], "is damaged"),
    "another zip file": (archive(a="b"), "is no Word document"),
    "a workbook": (
        changed(lambda m: {n: c.replace(b"wordprocessingml", b"spreadsheetml") for n, c in m.items()}),
        "no Word",
    ),
    "no body": (changed(lambda m: m | {"word/document.xml": b"<x"}), "is damaged"),
    "a missing part": (changed(lambda m: {n: c for n, c in m.items() if n != "word/styles.xml"}), "is damaged"),
    "macros": (changed(lambda m: m | {"word/vbaProject.bin": b"x"}), "holds macros"),
    "a document type": (
        changed(lambda m: m | {"word/document.xml": b"<!DOCTYPE x>" + m["word/document.xml"]}),
        "entities",
    ),
    "a linked picture": (with_rel("image"), "shows what lies in another file"),
    "a linked document": (with_rel("subDocument"), "shows what lies in another file"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_plain_document_is_refused(kind, tmp_path):
    content, expected = REFUSED[kind]
    path = tmp_path / "chapter.nb.docx"
    path.write_bytes(content)
    with pytest.raises(StudyError, match=expected) as error:
        Template(path)
    assert error.value.where == "chapter.nb.docx"


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(StudyError, match="cannot be read"):
        Template(tmp_path / "chapter.nb.docx")


def test_the_link_to_the_authors_template_is_dropped(tmp_path):
    document = docx.Document()
    document.add_paragraph("{{ a }}")
    settings = document.part._settings_part
    rel_id = settings.relate_to(
        "file:///C:/Users/someone/mal.dotx", f"{RT.IMAGE.rpartition('/')[0]}/attachedTemplate", is_external=True
    )
    link = raw("<w:attachedTemplate/>")
    link.set(qn("r:id"), rel_id)
    document.settings.element.insert(0, link)
    template = opened(document, tmp_path)
    with zipfile.ZipFile(io.BytesIO(content(template))) as package:
        assert not [
            n for n in package.namelist() if b"someone" in package.read(n) or b"attachedTemplate" in package.read(n)
        ]


FODT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text" {namespaces}>
<office:styles>
  <style:style style:name="Caption" style:family="paragraph"/>
  <style:style style:name="Table" style:family="paragraph" style:parent-style-name="Caption"/>
</office:styles>
<office:automatic-styles>
  <style:style style:name="B" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>
  <style:page-layout style:name="pm"><style:header-style/></style:page-layout>
</office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="pm">
  <style:header><text:p>Topp {{{{ head }}}}</text:p></style:header>
</style:master-page></office:master-styles>
<office:body><office:text>
  <text:h text:outline-level="1">Kjennskap {{{{ year }}}}</text:h>
  <text:p>Om lag {{{{ kn<text:span text:style-name="B">ow }}}} av</text:span> alle.<text:note text:note-class="footnote"
    ><text:note-citation>1</text:note-citation><text:note-body><text:p>Av {{{{ note }}}}.</text:p></text:note-body></text:note
    > {{% claim x %}} Slutt.</text:p>
  <text:p><draw:frame text:anchor-type="paragraph" svg:width="6cm" svg:height="2cm"
    ><draw:text-box><text:p>Ramme {{{{ box }}}}</text:p></draw:text-box></draw:frame>Ved rammen.</text:p>
  <table:table table:name="T"><table:table-column table:number-columns-repeated="2"/><table:table-row>
    <table:table-cell><text:p>Celle {{{{ cell }}}}</text:p></table:table-cell>
    <table:table-cell><text:p>{{{{ figure.cell }}}}</text:p></table:table-cell>
  </table:table-row></table:table>
  <text:p text:style-name="Table">Tabell <text:sequence text:ref-name="r" text:name="Tabell" text:formula="ooow:Tabell+1"
    style:num-format="1">7</text:sequence>: Min egen</text:p>
  <text:p>{{{{ table.own }}}}</text:p>
  <text:p>{{{{ table.made }}}}</text:p>
</office:text></office:body></office:document>"""
OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
SPACES = {name: name for name in ("office", "text", "table", "style")} | {
    "draw": "drawing",
    "svg": "svg-compatible",
    "fo": "xsl-fo-compatible",
}


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_document_from_libreoffice(tmp_path):
    declared = " ".join(f'xmlns:{prefix}="{OASIS}{name}:1.0"' for prefix, name in SPACES.items())
    (tmp_path / "chapter.fodt").write_text(FODT.format(namespaces=declared), encoding="utf-8")
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    command = ["soffice", home, "--headless", "--convert-to", "docx", "chapter.fodt"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=170)
    template = Template(tmp_path / "chapter.docx")
    found = {place.text: place.holder for place in template.placeholders}
    assert found == (
        {"year": "body", "know": "body", "claim x": "body", "box": "textbox", "cell": "cell", "figure.cell": "cell"}
        | {"table.own": "body", "table.made": "body", "note": "footnote", "head": "header"}
    )
    made = content(template)
    result = docx.Document(io.BytesIO(made))
    assert texts(result)[:2] == ["Kjennskap YEAR", "Om lag KNOW av alle. Slutt."]
    assert [text for text in texts(result) if text.startswith("Tabell")] == [
        "Tabell 1: Min egen",
        "Tabell 2. Hvem som kjenner strategien",
    ]
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        assert "Av NOTE." in "".join(parse_xml(package.read("word/footnotes.xml")).itertext())
        assert package.read("word/document.xml").count(b"Ramme BOX") == 1
