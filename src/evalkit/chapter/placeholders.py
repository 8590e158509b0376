"""Finding the placeholders of an author's document: `{{ field }}` and `{% claim ... %}`, wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from docx.oxml.ns import qn

from ..errors import EvalkitError, StudyError
from .opening import unreachable
from .paragraphs import neighbour, spare, text_of
from .sentences import sentence_at
from .stories import Holder, Story, Whereabouts, cut
from .styles import StyleNames

Kind = Literal["field", "claim"]

_TOKEN = re.compile(r"\{\{|\}\}|\{%|%\}")
_PAIR = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_CLOSING = {"{{": "}}", "{%": "%}"}
_MASK = 0xF0000
"""A placeholder in a sentence is one sign from here on, which no font has."""
_QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"') | dict.fromkeys("‘’‚‹›", "'"))
_UNSEEN = re.compile(
    "[\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NON-JOINER}\N{WORD JOINER}\N{ZERO WIDTH NO-BREAK SPACE}]"
)
_DASH = re.compile("(\"[^\"]*\"|'[^']*')|[–—−\N{NON-BREAKING HYPHEN}\N{HYPHEN}]")


@dataclass(frozen=True)
class Placeholder:
    """A place that an author left for a result.

    Parameters
    ----------
    number
        Its place in the document, from 1.
    kind
        A field `{{ }}` or a claim `{% %}`.
    text
        What stands inside of the braces, with plain quotation marks, dashes and spaces.
    where
        Its place, for messages.
    sentence
        The sentence that a field stands in, or that a claim stands beside.
    alone
        Whether it is the only text of its paragraph.
    holder
        What it stands in.
    """

    number: int
    kind: Kind
    text: str
    where: str
    sentence: str
    alone: bool
    holder: Holder


@dataclass(frozen=True)
class Spot:
    """Some characters of a paragraph."""

    paragraph: Any = field(repr=False)
    start: int
    end: int


@dataclass(frozen=True)
class Found:
    """A placeholder and where it stands: once, or again in what older programs show instead.

    Parameters
    ----------
    placeholder
        The placeholder.
    spots
        Where it stands.
    masked
        Its sentence, in which every placeholder is one sign.
    masks
        Those signs, with the numbers of their placeholders.
    """

    placeholder: Placeholder
    spots: list[Spot]
    masked: str
    masks: dict[str, int]


@dataclass(frozen=True)
class _Mention:
    """A pair of braces in the text of a paragraph."""

    kind: Kind
    spot: Spot
    raw: str

    @property
    def written(self) -> str:
        """The braces with what they hold."""
        return f"{{{{{self.raw}}}}}" if self.kind == "field" else f"{{%{self.raw}%}}"


def find_placeholders(document: Any, texts: Sequence[Story], styles: StyleNames, file: str) -> list[Found]:
    """Return the placeholders of a document in order.

    Raises
    ------
    StudyError
        When braces are not closed, or stand where nothing is filled: everything that is wrong at once.
    """
    found: list[Found] = []
    problems: list[EvalkitError] = []
    for story in texts:
        reader = _Reader(document, story, styles, file)
        found += reader.read(len(found) + 1)
        problems += reader.problems
    for text in [text for text in (*unreachable(document), *_descriptions(texts)) if _TOKEN.search(text)]:
        what = "a placeholder stands where nothing is filled: a chart, a diagram, an alternative text, a link or the properties"
        problems.append(StudyError(what, where=file, got=cut(text, 0), hint="write it in a paragraph"))
    if problems:
        raise StudyError.several(problems)
    return found


def _descriptions(texts: Sequence[Story]) -> Iterator[str]:
    """Yield the alternative texts of pictures and tables, and what fields are made from."""
    for story in texts:
        yield from (code.text or "" for code in story.root.iter(qn("w:instrText")))
        yield from (simple.get(qn("w:instr"), "") for simple in story.root.iter(qn("w:fldSimple")))
        for element in story.root.iter(qn("wp:docPr"), qn("w:tblCaption"), qn("w:tblDescription")):
            yield from (element.get(name, "") for name in ("descr", "title", qn("w:val")))


class _Reader:
    """Reads one text of a document."""

    def __init__(self, document: Any, story: Story, styles: StyleNames, file: str) -> None:
        self.styles, self.places = styles, Whereabouts(document, story, styles, file)
        self.problems: list[EvalkitError] = []
        self.mentions: dict[Any, list[_Mention]] = {}
        self.numbers: dict[Spot, int] = {}

    def read(self, first: int) -> list[Found]:
        """Return the text's placeholders, numbered from `first`."""
        self.mentions = {paragraph: self._mentions(paragraph) for paragraph in self.places.paragraphs}
        every = [mention for mentions in self.mentions.values() for mention in mentions]
        leaders = self._leaders(every)
        numbers = {spot: n for n, spot in enumerate(dict.fromkeys(leaders[m.spot] for m in every), start=first)}
        self.numbers = {spot: numbers[leader] for spot, leader in leaders.items()}
        found: dict[int, Found] = {}
        for mention in every:
            number = self.numbers[mention.spot]
            if number in found:
                found[number].spots.append(mention.spot)
            else:
                found[number] = self._found(number, mention)
        return list(found.values())

    def _mentions(self, paragraph: Any) -> list[_Mention]:
        """Return the braces of a paragraph; what is wrong with them goes to the problems, once."""
        text, found, opened = text_of(paragraph), [], None
        for token in _TOKEN.finditer(text):
            if opened is None and token[0] in _CLOSING:
                opened = token
            elif opened is not None and token[0] == _CLOSING[opened[0]]:
                spot = Spot(paragraph, opened.start(), token.end())
                found.append(
                    _Mention("field" if opened[0] == "{{" else "claim", spot, text[opened.end() : token.start()])
                )
                opened = None
            else:
                self._unpaired(paragraph, opened or token)
                opened = token if token[0] in _CLOSING else None
        if opened is not None:
            self._unpaired(paragraph, opened)
        for mention in found:
            self._check(mention)
        return found

    def _unpaired(self, paragraph: Any, token: re.Match[str]) -> None:
        other = _CLOSING.get(token[0]) or next(a for a, b in _CLOSING.items() if b == token[0])
        what = f"'{token[0]}' stands without '{other}' in its paragraph"
        self._problem(what, paragraph, token.start())

    def _check(self, mention: _Mention) -> None:
        """Report braces that hold nothing, or a tag other than a claim."""
        text, paragraph = plain(mention.raw), mention.spot.paragraph
        if not text:
            self._problem("nothing stands between the braces", paragraph, mention.spot.start)
        elif mention.kind == "claim" and text.split()[0] != "claim":
            got, expected = text.split()[0], "{% claim ... %}"
            self._problem("there is no such tag", paragraph, mention.spot.start, got=got, expected=expected)

    def _problem(self, what: str, paragraph: Any, start: int, **parts: str) -> None:
        if spare(paragraph) is None:
            self.problems.append(StudyError(what, where=self.places.where(paragraph, start), **parts))

    def _leaders(self, mentions: Sequence[_Mention]) -> dict[Spot, Spot]:
        """Return for every spot the one that it repeats: itself, unless it stands in an alternative for older programs."""
        groups: dict[Any, list[_Mention]] = {}
        for mention in mentions:
            groups.setdefault(spare(mention.spot.paragraph), []).append(mention)
        leaders = {mention.spot: mention.spot for mention in mentions}
        for branch, inside in groups.items():
            if branch is not None:
                choice = branch.getparent()[0]
                first = [m for m in groups.get(spare(choice), []) if choice in m.spot.paragraph.iterancestors()]
                if [plain(m.raw) for m in first] == [plain(m.raw) for m in inside]:
                    leaders |= {m.spot: leaders[other.spot] for m, other in zip(inside, first, strict=True)}
        return leaders

    def _found(self, number: int, mention: _Mention) -> Found:
        paragraph, spot = mention.spot.paragraph, mention.spot
        text = text_of(paragraph)
        alone = not (text[: spot.start] + text[spot.end :]).strip()
        beside, step = self._beside(paragraph) if alone and mention.kind == "claim" else (paragraph, 0)
        masked, masks = self._sentence(mention, beside, step)
        sentence = "".join(masks[sign].written if sign in masks else sign for sign in masked)
        where, holder = self.places.where(paragraph, spot.start, spot.end), self.places.holder(paragraph)
        place = Placeholder(number, mention.kind, plain(mention.raw), where, sentence, alone, holder)
        return Found(place, [spot], masked, {sign: self.numbers[other.spot] for sign, other in masks.items()})

    def _beside(self, paragraph: Any) -> tuple[Any, int]:
        """Return the text that a claim in a paragraph of its own stands beside: before it (-1), or after it below a heading (1)."""
        for step in (-1, 1):
            other = neighbour(paragraph, step)
            while other is not None and not _PAIR.sub("", text_of(other)).strip():
                other = neighbour(other, step)
            if other is not None and self.styles.level(other) is None:
                return other, step
        return paragraph, 0

    def _sentence(self, mention: _Mention, paragraph: Any, step: int) -> tuple[str, dict[str, _Mention]]:
        """Return the sentence beside a placeholder, in which every field is one sign and no claim stands, and those signs."""
        text, masked, at, place = text_of(paragraph), "", 0, 1
        masks: dict[str, _Mention] = {}
        for other in self.mentions[paragraph]:
            masked += text[at : other.spot.start]
            at = other.spot.end
            if other is mention:
                place = len(masked.rstrip()) if other.kind == "claim" else len(masked) + 1
            if other.kind == "field":
                sign = chr(_MASK + len(masks))
                masks[sign] = other
                masked += sign
            elif masked.endswith(" ") and text[at : at + 1] in {"", " "}:
                masked = masked[:-1]
        masked += text[at:]
        return sentence_at(masked, len(masked.rstrip()) if step < 0 else place), masks


def plain(text: str) -> str:
    """Return a text as typed: with plain quotation marks and spaces, and plain dashes but inside of quotation marks."""
    text = re.sub(r"\s+", " ", _UNSEEN.sub("", text).translate(_QUOTES)).strip()
    return _DASH.sub(lambda found: found[1] or "-", text)
