"""Numbers of captions, and references to them, after a document has got more tables and figures.

A word processor numbers captions with fields (`SEQ Table`) that keep their last result until somebody updates them; here
they are counted as it would.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn

from .paragraphs import P, StyleNames, set_text

_INSTRUCTION = re.compile(r"\s*(\w+)\s+(?:\"([^\"]+)\"|(\S+))?(.*)", re.DOTALL)
_CHAR, _INSTR, _SIMPLE, _T = qn("w:fldChar"), qn("w:instrText"), qn("w:fldSimple"), qn("w:t")
_BEGIN, _END, _HYPHEN = qn("w:bookmarkStart"), qn("w:bookmarkEnd"), qn("w:noBreakHyphen")


@dataclass
class _FieldCode:
    """A field code of the document: what it asks for and the texts that show its result."""

    begin: Any
    instruction: str = ""
    results: list[Any] = field(default_factory=list)
    shows: bool = False

    @property
    def parts(self) -> tuple[str, str, str]:
        """Return its kind, its first word and its switches."""
        found = _INSTRUCTION.match(f"{self.instruction} ")
        return (found[1].upper(), found[2] or found[3] or "", found[4]) if found else ("", "", "")

    @property
    def shown(self) -> str:
        return "".join(text.text or "" for text in self.results)

    def show(self, result: str) -> None:
        """Make a text its result, in the formatting of the first piece."""
        if self.results and self.shown != result:
            first, *rest = self.results
            set_text(first, result)
            for text in rest:
                set_text(text, "")


def renumber(body: Any, others: Sequence[Any], styles: StyleNames, *, grown: bool) -> None:
    """Count the captions of a document, and let references to them say so.

    Parameters
    ----------
    body
        The body of the document.
    others
        Its notes, headers and footers, which may refer to captions.
    styles
        Which of its paragraphs are headings, at which some numbers start anew.
    grown
        Whether tables or figures came in: then contents are marked to be made anew when the document is opened in Word.
    """
    fields = list(_fields(body))
    _count(body, {found.begin: found for found in fields}, styles)
    targets = _captioned(body)
    for found in [*fields, *(found for other in others for found in _fields(other))]:
        kind, name, switches = found.parts
        if kind == "REF" and name in targets and not re.search(r"\\[nprw]\b", switches):
            found.show(targets[name])
        if kind == "TOC" and grown and found.begin.tag == _CHAR:
            found.begin.set(qn("w:dirty"), "true")


def _fields(root: Any) -> Iterator[_FieldCode]:
    """Yield the field codes of a text, those inside others too."""
    for element in root.iter(_SIMPLE):
        yield _FieldCode(element, element.get(qn("w:instr"), ""), list(element.iter(_T)))
    opened: list[_FieldCode] = []
    for element in root.iter(_CHAR, _INSTR, _T):
        kind = element.get(qn("w:fldCharType"))
        if kind == "begin":
            opened.append(_FieldCode(element))
        elif kind == "separate" and opened:
            opened[-1].shows = True
        elif kind == "end" and opened:
            yield opened.pop()
        elif element.tag == _INSTR and opened and not opened[-1].shows:
            opened[-1].instruction += element.text or ""
        elif element.tag == _T:
            for found in opened:
                found.results += [element] if found.shows else []


def _count(body: Any, fields: dict[Any, _FieldCode], styles: StyleNames) -> None:
    """Give every numbered caption its number."""
    counts: dict[str, int] = {}
    restarts: dict[str, int] = {}
    for element in body.iter(P, _CHAR, _SIMPLE):
        if element.tag == P:
            level = styles.level(element) or 10
            counts |= {name: 0 for name, upto in restarts.items() if level <= upto}
        elif element in fields and fields[element].parts[0] == "SEQ":
            _number(fields[element], counts, restarts)


def _number(found: _FieldCode, counts: dict[str, int], restarts: dict[str, int]) -> None:
    """Count one caption, and show its number unless it is hidden or written in letters."""
    _, name, switches = found.parts
    name = name.casefold()
    if level := re.search(r"\\s\s*(\d)", switches):
        restarts[name] = int(level[1])
    reset = re.search(r"\\r\s*(\d+)", switches)
    counts[name] = int(reset[1]) if reset else counts.get(name, 0) + (0 if r"\c" in switches else 1)
    style = re.search(r"\\\*\s*(\w+)", switches)
    if r"\h" not in switches and (style is None or style[1].casefold() in {"arabic", "mergeformat"}):
        found.show(str(counts[name]))


def _captioned(body: Any) -> dict[str, str]:
    """Return the text of every bookmark around a caption's number, by name."""
    opened: dict[str, tuple[str, list[str], list[bool]]] = {}
    found: dict[str, str] = {}
    for element in body.iter(_BEGIN, _END, _HYPHEN, _T, _INSTR, _SIMPLE):
        name = element.get(qn("w:id"))
        if element.tag == _BEGIN:
            opened[name] = (element.get(qn("w:name"), ""), [], [])
        elif element.tag == _END:
            bookmark, texts, numbered = opened.pop(name, ("", [], []))
            found |= {bookmark: "".join(texts)} if any(numbered) else {}
        else:
            asked = element.get(qn("w:instr")) or (element.text if element.tag == _INSTR else None) or ""
            said = "\N{NON-BREAKING HYPHEN}" if element.tag == _HYPHEN else element.text if element.tag == _T else None
            for _, texts, numbered in opened.values():
                texts.append(said or "")
                numbered.append(asked.strip().upper().startswith("SEQ"))
    return found
