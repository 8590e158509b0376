"""What python-docx leaves out: fields, languages, repeating header rows, rules of tables, and files that are the same every time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

LANGUAGES = {"nb": "nb-NO", "en": "en-GB"}
"""The language tags of documents."""
INK, QUIET, ACCENT, RULE = "1E2B3C", "4A5567", "12436D", "C9CFD6"
FONT = "Arial"
_AFTER_BORDERS = ("w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
_AFTER_CELL_BORDERS = ("w:shd", "w:noWrap", "w:tcMar", "w:vAlign")


def element(name: str, /, *children: Any, **attributes: str) -> Any:
    """Return an element of WordprocessingML with its children; attributes without their prefix."""
    made = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    made.extend(children)
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


def add_link(paragraph: Any, target: str, text: str) -> None:
    """Add a link to a bookmark."""
    paragraph._p.append(element("hyperlink", paragraph.add_run(text)._r, anchor=target, history="1"))


def set_run_language(run: Any, language: str) -> None:
    """Say in which language a run is, for spelling and for screen readers."""
    run._r.get_or_add_rPr().append(element("lang", val=LANGUAGES.get(language, language)))


def set_document_language(document: Any, language: str) -> None:
    """Make a language that of everything that does not say otherwise, and divide long words at the ends of lines."""
    tag, settings = LANGUAGES[language], document.settings.element
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    defaults.append(element("lang", val=tag, eastAsia=tag, bidi="ar-SA"))
    document.core_properties.language = tag
    settings.find(qn("w:themeFontLang")).set(qn("w:val"), tag)
    before = settings.find(qn("w:defaultTabStop"))
    settings.insert(list(settings).index(before) + 1 if before is not None else 0, element("autoHyphenation"))


def new_table(body: Any, widths: Sequence[Any], title: str) -> Any:
    """Add a table without rows: columns of these widths, light rules between rows and none between columns, some air in cells.

    The title is the text alternative that screen readers say before it.
    """
    table = body.add_table(0, len(widths), sum(widths))
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width  # each cell of a row that is added takes its column's
    rule = {"val": "single", "sz": "4", "space": "0", "color": RULE}
    drawn = {"top": rule, "left": None, "bottom": rule, "right": None, "insideH": rule, "insideV": None}
    borders = element("tblBorders", *(element(side, **(look or {"val": "nil"})) for side, look in drawn.items()))
    air = {"top": "40", "left": "70", "bottom": "40", "right": "70"}
    margins = element("tblCellMar", *(element(side, w=width, type="dxa") for side, width in air.items()))
    table._tbl.tblPr.insert_element_before(borders, *_AFTER_BORDERS)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")
    table._tbl.tblPr.append(element("tblCaption", val=title))
    return table


def keep_whole(row: Any) -> None:
    """Keep a row on one page."""
    row._tr.get_or_add_trPr().append(element("cantSplit"))


def repeat_header(row: Any) -> None:
    """Make a row stand at the top of the table on every page."""
    row._tr.get_or_add_trPr().append(element("tblHeader"))


def rule_row(row: Any, side: str, size: str) -> None:
    """Draw a heavier rule above or below a row."""
    for cell in row.cells:
        borders = element("tcBorders", element(side, val="single", sz=size, space="0", color=INK))
        cell._tc.get_or_add_tcPr().insert_element_before(borders, *_AFTER_CELL_BORDERS)


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
