"""What python-docx leaves out: fields, languages, repeating header rows, rules of tables, and files that are the same every time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

LANGUAGES = {"nb": "nb-NO", "en": "en-GB"}
"""The language tags of documents."""
INK, QUIET, ACCENT, RULE = "1E2B3C", "4A5567", "12436D", "C9CFD6"
FONT = "Arial"


def element(name: str, /, **attributes: str) -> Any:
    """Return an element of WordprocessingML; attributes without their prefix."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def add_field(paragraph: Any, instruction: str, result: str, **attributes: str) -> None:
    """Add a field, such as `PAGE`, with what it shows until it is updated."""
    begin_field(paragraph, instruction, **attributes)
    paragraph.add_run(result)
    end_field(paragraph)


def begin_field(paragraph: Any, instruction: str, **attributes: str) -> None:
    """Begin a field; what is added until `end_field` is what it shows until it is updated."""
    paragraph.add_run()._r.append(element("fldChar", fldCharType="begin", **attributes))
    instr = element("instrText")
    instr.text = instruction
    instr.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    paragraph.add_run()._r.append(instr)
    paragraph.add_run()._r.append(element("fldChar", fldCharType="separate"))


def end_field(paragraph: Any) -> None:
    """End the field that was begun last."""
    paragraph.add_run()._r.append(element("fldChar", fldCharType="end"))


def add_bookmark(paragraph: Any, name: str, number: int) -> None:
    """Make a paragraph the target of links and of the contents."""
    paragraph._p.insert(1 if paragraph._p.pPr is not None else 0, element("bookmarkStart", id=str(number), name=name))
    paragraph._p.append(element("bookmarkEnd", id=str(number)))


def add_link(paragraph: Any, target: str, text: str) -> Any:
    """Add a link to a bookmark and return it."""
    link = element("hyperlink", anchor=target, history="1")
    run = paragraph.add_run(text)
    link.append(run._r)
    paragraph._p.append(link)
    return link


def set_run_language(run: Any, language: str) -> None:
    """Say in which language a run is, for spelling and for screen readers."""
    run._r.get_or_add_rPr().append(element("lang", val=LANGUAGES.get(language, language)))


def set_document_language(document: Any, language: str) -> None:
    """Make a language that of everything that does not say otherwise."""
    from docx.oxml.ns import qn

    tag = LANGUAGES[language]
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    defaults.append(element("lang", val=tag, eastAsia=tag, bidi="ar-SA"))
    document.core_properties.language = tag
    document.settings.element.find(qn("w:themeFontLang")).set(qn("w:val"), tag)
    _hyphenate(document.settings.element)


def _hyphenate(settings: Any) -> None:
    """Divide long words at the ends of lines."""
    from docx.oxml.ns import qn

    before = settings.find(qn("w:defaultTabStop"))
    settings.insert(list(settings).index(before) + 1 if before is not None else 0, element("autoHyphenation"))


def repeat_header(row: Any) -> None:
    """Make a row stand at the top of the table on every page."""
    row._tr.get_or_add_trPr().append(element("tblHeader"))


def keep_whole(row: Any) -> None:
    """Keep a row on one page."""
    row._tr.get_or_add_trPr().append(element("cantSplit"))


def keep_together(table: Any, *, with_next: bool) -> None:
    """Keep a table on one page, where it fits, and with the paragraph after it if that belongs to it."""
    for row in table.rows if with_next else table.rows[:-1]:
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.keep_with_next = True


def set_widths(table: Any, widths: Sequence[Any]) -> None:
    """Give columns their widths, each cell too, as every program reads its own; a row of one cell is as wide as all of them."""
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row in table.rows:
        cells = row._tr.tc_lst
        for cell, width in zip(cells, widths if len(cells) > 1 else [sum(widths)], strict=True):
            cell.width = width


def set_size(table: Any, points: float) -> None:
    """Set all of a table's text in another size."""
    from docx.shared import Pt

    for row in table.rows:
        for cell in row.cells:
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(points)


def rule_table(table: Any) -> None:
    """Draw light rules between rows and none between columns, and give cells some air."""
    properties = table._tbl.tblPr
    borders = element("tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        drawn = side in {"top", "bottom", "insideH"}
        look = {"val": "single", "sz": "4", "space": "0", "color": RULE} if drawn else {"val": "nil"}
        borders.append(element(side, **look))
    margins = element("tblCellMar")
    for side, width in (("top", "40"), ("left", "70"), ("bottom", "40"), ("right", "70")):
        margins.append(element(side, w=width, type="dxa"))
    properties.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
    properties.insert_element_before(margins, "w:tblLook")


def rule_below(row: Any, size: str = "12", colour: str = INK, side: str = "bottom") -> None:
    """Draw a heavier rule below (or above) a row."""
    for cell in row.cells:
        borders = element("tcBorders")
        borders.append(element(side, val="single", sz=size, space="0", color=colour))
        cell._tc.get_or_add_tcPr().insert_element_before(borders, "w:shd", "w:noWrap", "w:tcMar", "w:vAlign")


def describe_table(table: Any, title: str) -> None:
    """Give a table the text alternative that screen readers say before it."""
    table._tbl.tblPr.append(element("tblCaption", val=title))


def same_bytes(content: bytes) -> bytes:
    """Return a zip file with its entries in order of name and without their dates."""
    source = zipfile.ZipFile(io.BytesIO(content))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        names = sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, source.read(name))
    return out.getvalue()
