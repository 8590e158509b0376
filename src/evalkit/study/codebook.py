"""The codebook: scales, items and the variables that items stand for.

The order of categories lives here and nowhere else. A scale has a print order (as on the questionnaire) and
an analysis order (low to high); missing codes such as 'Vet ikke' are shown in distributions and are no
category of a model or a mean.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from typing import Annotated, Literal

from pydantic import Field

from ..errors import StudyError
from .bands import Banding, Bands
from .words import LANGUAGES, Code, Columns, Filled, Name, Strict, Text, Worded, alone, fold, kind_faults, one_or_more

BLANK = "blank"
"""The code of a question left unanswered, in every distribution."""
NOT_ASKED = "not_asked"
"""The code of a question that did not come to a respondent: shown apart, and in no base."""
TICKED, NOT_TICKED = "ticked", "not_ticked"
"""The codes of a tick box."""

Condition = Annotated[dict[Name, Annotated[tuple[Code, ...], Field(min_length=1)]], Field(min_length=1)]
"""Answers by variable: it holds of those who gave one of them to each."""
_CONDITION = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}, "minItems": 1}}
Routing = Annotated[tuple[Condition, ...], alone(dict), one_or_more(_CONDITION)]
"""Whom a question is for: those of whom any of some conditions holds; none where it is for everybody."""


class Category(Worded):
    """One answer option: its code, its label in each language, and other spellings that exports use."""

    code: Code
    short: str | None = None
    """An abbreviation that other files use, such as KDD."""
    display: Text | None = None
    """What tables and models call the category, where the printed label says too little."""
    aliases: tuple[Filled, ...] = ()
    """Other spellings that exports use."""
    other: bool = False
    """Whether answers in the respondents' own words count here."""
    score: float | None = None
    """What the answer counts for in a mean; by default its place in the order, from 1."""
    in_sentence: Text | None = None
    """The group as it stands in running text, such as 'among managers' or 'in the Ministry of Finance'."""

    @property
    def spellings(self) -> tuple[str, ...]:
        """All that the category is called: code, labels, display labels, aliases."""
        return (self.code, *self.labels.values(), *(self.display or {}).values(), *self.aliases)


class Reading(Strict):
    """Another way to read a disputed scale: categories merged (code to code), in the scale's own order."""

    label: Text
    merge: dict[Code, Code] = Field(min_length=1)
    labels: dict[Code, Text] = Field(default_factory=dict)
    """Names of merged categories; by default their labels joined by ' / '."""


class Scale(Strict):
    """The answer options of one or more items.

    Examples
    --------
    >>> survey.codebook.scales["degree"].codes  # low to high
    ('none', 'little', 'neither', 'some', 'great')
    """

    kind: Literal["ordinal", "nominal"]
    categories: tuple[Category, ...] = Field(min_length=1)
    low_to_high: tuple[Code, ...] | None = None
    missing: tuple[Category, ...] = ()
    readings: dict[Name, Reading] = Field(default_factory=dict)

    def _faults(self) -> Iterator[str]:
        """Go through what is wrong with codes, spellings, order, scores and readings."""
        codes = [category.code for category in self.answers]
        yield from (f"the code '{code}' stands twice" for code in sorted({c for c in codes if codes.count(c) > 1}))
        kept = {BLANK: "questions left unanswered", NOT_ASKED: "those who were not asked"}
        yield from (f"the code '{code}' is kept for {use}" for code, use in kept.items() if code in codes)
        if sum(category.other for category in self.answers) > 1:
            yield "only one category can be `other`"
        owner: dict[str, str] = {}
        for category in self.answers:
            for spelling in map(fold, category.spellings):
                if owner.setdefault(spelling, category.code) != category.code:
                    yield f"the categories '{owner[spelling]}' and '{category.code}' are both spelt '{spelling}'"
        if self.low_to_high is not None and sorted(self.low_to_high) != sorted(self.print_codes):
            yield f"low_to_high must name each category once: {', '.join(self.print_codes)}"
            return
        scores = [self.category(code).score for code in self.codes]
        known = [score for score in scores if score is not None]
        if known and (len(known) < len(scores) or any(category.score is not None for category in self.missing)):
            yield "every category has a score, or none has, and no missing answer has one"
        elif self.ordered and known != sorted(set(known)):
            yield "the scores of an ordinal scale rise from the lowest category to the highest"
        for name, reading in self.readings.items():
            yield from (f"reading '{name}': {fault}" for fault in self.merge_faults(reading.merge, reading.labels))

    def merge_faults(self, merge: dict[str, str], labels: Collection[str] = ()) -> Iterator[str]:
        """Find what is wrong with merging categories of this scale, code to code.

        Parameters
        ----------
        merge
            From a category's code to the code it is merged into.
        labels
            The codes that are given a name of their own.
        """
        named = dict.fromkeys((*merge, *merge.values(), *labels))
        unknown = [code for code in named if code not in self.codes]
        if unknown:
            yield f"'{unknown[0]}' is no category; expected one of {', '.join(self.codes)}"
            return
        yield from (f"'{code}' is merged away and merged into" for code in merge if code in merge.values())
        into = [merge.get(code, code) for code in self.codes]
        runs = sum(before != after for before, after in pairwise(into)) + 1
        if self.ordered and runs != len(set(into)):
            yield "only neighbours of an ordinal scale can be merged"

    @property
    def answers(self) -> tuple[Category, ...]:
        """The categories in print order, then the missing answers."""
        return (*self.categories, *self.missing)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The categories' codes in analysis order, low to high."""
        return self.low_to_high or self.print_codes

    @property
    def print_codes(self) -> tuple[str, ...]:
        """The categories' codes in print order."""
        return tuple(c.code for c in self.categories)

    @property
    def missing_codes(self) -> tuple[str, ...]:
        """The codes of the answers that are no category of a model or a mean."""
        return tuple(c.code for c in self.missing)

    @property
    def ordered(self) -> bool:
        """Whether the categories have an order."""
        return self.kind == "ordinal"

    @property
    def can_be_scored(self) -> bool:
        """Whether means can be worked out of more than one answer."""
        return len(self.categories) > 1 and (self.ordered or self.categories[0].score is not None)

    def read_as(self, reading: str) -> Scale:
        """Return the scale in one of its other readings."""
        StudyError.one_of(reading, self.readings, f"the scale has no reading '{reading}'")
        return merged_scale(self, self.readings[reading].merge, self.readings[reading].labels)

    def category(self, code: str) -> Category:
        """Return the category or missing answer with this code."""
        StudyError.one_of(code, (*self.codes, *self.missing_codes), f"there is no category '{code}'")
        return next(category for category in self.answers if category.code == code)


class Part(Worded):
    """One row of a battery or one box of a tick-all-that-apply item."""

    column: Columns | None = None
    short: str | None = None
    aliases: tuple[Filled, ...] = ()
    """Other spellings of an option that exports use."""
    absent: bool = False
    """Nobody chose the option, and so the export has no column for it."""
    other: bool = False
    """Whether answers in the respondents' own words tick this box."""


_KEYS = {
    "single": ("column scale", "merge index"),
    "battery": ("items scale", "merge index"),
    "multiple": ("options", "scale column separator ticked not_ticked not_asked in_sentence"),
    "number": ("column bands", "unit decimals missing merge"),
    "text": ("column", ""),
}
"""The keys that an item of a kind needs, and those that it can have besides."""


class Item(Strict):
    """A question of the questionnaire.

    Examples
    --------
    >>> survey.codebook.items["goals"].kind
    'battery'
    """

    kind: Literal["single", "battery", "multiple", "number", "text"]
    question: Text
    number: int | None = Field(default=None, ge=1)
    scale: Name | None = None
    column: Columns | None = None
    separator: Annotated[str, Field(min_length=1)] | None = None
    """What stands between the answers of a tick-all-that-apply item in one cell."""
    items: dict[Name, Part] = Field(default_factory=dict)
    options: dict[Name, Part] = Field(default_factory=dict)
    ticked: tuple[str, ...] = ()
    """Texts that mean a ticked box; '' is an empty cell."""
    not_ticked: tuple[str, ...] = ()
    """Texts that mean a box that is not ticked."""
    not_asked: tuple[str, ...] = ()
    """Texts that mean that the question was not asked."""
    as_printed: Text | None = None
    intro: Text | None = None
    """A sentence that stands before the question."""
    label: Text | None = None
    """A short name for charts and table titles."""
    in_sentence: Text | None = None
    """What is said of those who tick a box, before its name, such as 'have worked on'."""
    theme: Name | None = None
    note: Text | None = None
    """What a reader should know: an inferred scale, unknown routing."""
    merge: dict[Code, Code] = Field(default_factory=dict)
    """Levels merged before tabulation: code to code."""
    reliability: bool = False
    """Whether a battery is declared to measure one thing."""
    unit: Text | None = None
    """What a number counts, such as years."""
    decimals: int = Field(default=0, ge=0, le=6)
    """How many decimals a number has."""
    bands: Bands = Field(default_factory=dict)
    """The numbers that bands begin with: bands are what is published of numbers."""
    missing: tuple[Category, ...] = ()
    """Answers to a question for a number that are none."""
    index: Literal["percent"] | None = None
    """`percent`: scores are from 0 for the lowest answer to 100 for the highest."""
    asked_if: Routing = ()
    """Answers to earlier questions: only those who gave all of them (of a list: any) were asked."""

    def _faults(self) -> Iterable[str]:
        """Go through what is wrong with its keys, else with its rows or boxes."""
        keys = kind_faults(self, "an item", _KEYS)
        return [*keys, *self._box_faults(), *self._band_faults()] or self._part_faults()

    def _band_faults(self) -> Iterator[str]:
        if not self.banding.ascending():
            yield "bands begin with the lowest number, and each above the one before"
        elif self.bands and not self.banding.rising():
            yield "the scores of bands rise from the lowest to the highest"
        if self.merge and self.kind == "number":
            yield "'merge' belongs to answers on a scale; of bands, leave out the number that one begins with"

    @property
    def banding(self) -> Banding:
        """The bands of its numbers."""
        return Banding(self.bands, self.decimals, self.unit)

    def _box_faults(self) -> Iterator[str]:
        words = {key: {fold(text) for text in getattr(self, key)} for key in ("ticked", "not_ticked", "not_asked")}
        named = [key for key, texts in words.items() if texts]
        if self.kind == "multiple" and (self.separator is None) != (self.column is None):
            yield "'separator' goes with the 'column' of a tick-all-that-apply item, and that with it"
        if self.scale is not None and (named or self.separator is not None):
            yield f"'{[*named, 'separator'][0]}' belongs to a tick-all-that-apply item without a scale"
        if self.separator is not None and (words["ticked"] or words["not_ticked"]):
            yield "answers in one cell are known by the options' texts: leave out 'ticked' and 'not_ticked'"
        if "" in words["ticked"]:
            yield "an empty cell is no tick: take '' out of 'ticked'"
        for one, other in combinations(named, 2):
            yield from (f"'{text}' is both {one} and {other}" for text in sorted(words[one] & words[other]))

    def _part_faults(self) -> Iterator[str]:
        if sum(part.other for part in self.parts.values()) > 1:
            yield "only one option can be `other`"
        for name, part in self.parts.items():
            if self.kind == "battery" and (part.absent or part.other or part.aliases):
                yield f"row '{name}': only options have 'absent', 'aliases' and 'other'"
            if self.separator is not None and (part.column or part.absent):
                yield f"option '{name}' is read from the item's column: leave out its 'column' and 'absent'"
            if self.separator is None and part.column is None and not part.absent:
                ways = "" if self.kind == "battery" else " (or 'absent: true', or 'column' and 'separator' of the item)"
                yield f"the key 'column' is missing in '{name}'" + ways

    @property
    def derived(self) -> bool:
        """Whether it is made of others, and stands on no questionnaire."""
        return False

    @property
    def ticks(self) -> bool:
        """Whether it has boxes that are ticked or left empty, and not answered yes or no."""
        return self.kind == "multiple" and self.scale is None

    @property
    def several(self) -> bool:
        """Whether it stands for several variables: rows of a battery, or boxes."""
        return self.kind in ("battery", "multiple")

    @property
    def parts(self) -> dict[str, Part]:
        """The rows of a battery or the boxes of a tick-all-that-apply item, by id."""
        return self.items or self.options


AMONG_TICKED = {"nb": "blant dem som krysset av", "en": "among those who ticked it"}
AMONG_OTHERS = {"nb": "blant de andre", "en": "among the others"}
TICK_SCALE = Scale(
    kind="nominal",
    categories=(
        Category(code=TICKED, labels={"nb": "Krysset av", "en": "Ticked"}, in_sentence=AMONG_TICKED),
        Category(code=NOT_TICKED, labels={"nb": "Ikke krysset av", "en": "Not ticked"}, in_sentence=AMONG_OTHERS),
    ),
    low_to_high=(NOT_TICKED, TICKED),
)
TEXT_SCALE = Scale(
    kind="nominal", categories=(Category(code="answered", labels={"nb": "Har svart", "en": "Answered"}),)
)
"""All that is known of answers in the respondents' own words."""
WITHOUT_ANSWER = {
    BLANK: Category(code=BLANK, labels={"nb": "Ubesvart", "en": "No answer"}),
    NOT_ASKED: Category(code=NOT_ASKED, labels={"nb": "Ikke spurt", "en": "Not asked"}),
}
"""What stands in distributions where there is no answer at all."""


@dataclass(frozen=True)
class Variable:
    """A column of the cleaned data: an item, a row of a battery, a tick box, or 'any box ticked'.

    Examples
    --------
    >>> survey.codebook.variables["goals_a"].label("en")
    'Goal A'
    """

    name: str
    item_id: str
    item: Item
    scale: Scale
    columns: tuple[str, ...]
    label_texts: Text
    derived: bool = False
    part: Part | None = None

    @property
    def column(self) -> str | None:
        """The heading of the export that it is read from; the first, where a question has several columns."""
        return self.columns[0] if self.columns else None

    @property
    def coded_column(self) -> str:
        """The column of the cleaned data that holds its codes; that of its own name holds a number."""
        return f"{self.name}_band" if self.is_number else self.name

    @property
    def absent(self) -> bool:
        """Whether the export has no column for it, since nobody chose the option."""
        return self.part is not None and self.part.absent

    @property
    def is_number(self) -> bool:
        """Whether its answers are numbers, that are published in bands."""
        return self.item.kind == "number"

    @property
    def printed(self) -> bool:
        """Whether it stands on the questionnaire."""
        return not (self.derived or self.item.derived)

    @property
    def graded(self) -> bool:
        """Whether some of its answers are high and others low; a number is neither."""
        return self.scale.ordered and not self.is_number

    @cached_property
    def scores(self) -> dict[str, float] | None:
        """What each answer counts for in a mean: its score, else its rank from 1; None where there is neither."""
        declared = {category.code: category.score for category in self.scale.categories}
        known = {code: score for code, score in declared.items() if score is not None}
        ranks = {code: float(rank) for rank, code in enumerate(self.scale.codes, start=1)}
        scores = known or (ranks if self.scale.ordered else None)
        if scores is None or self.item.index is None:
            return scores
        low, high = min(scores.values()), max(scores.values())
        return {code: 100 * (score - low) / (high - low) for code, score in scores.items()}

    def label(self, language: str) -> str:
        """Return the variable's short name in a language."""
        return self.label_texts[language]

    @property
    def shown_codes(self) -> tuple[str, ...]:
        """The codes of a distribution: categories in print order, missing codes, then those who did not answer."""
        return (*self.scale.print_codes, *self.missing_codes)

    @property
    def answer_codes(self) -> tuple[str, ...]:
        """The same of those who were asked."""
        return tuple(code for code in self.shown_codes if code != NOT_ASKED)

    @property
    def missing_codes(self) -> tuple[str, ...]:
        """The codes of `<name>__missing`: the scale's missing answers, then blank (of a tick box never), then not asked."""
        boxes = self.item.ticks
        routed = boxes or self.item.asked_if or self.item.derived
        without = (*(() if boxes else (BLANK,)), *((NOT_ASKED,) if routed else ()))
        return (*self.scale.missing_codes, *without)

    @property
    def missing_column(self) -> str:
        """The companion column that says why an answer is missing."""
        return f"{self.name}__missing"

    def code_of(self, text: str) -> str | None:
        """Return the code that a code, label or alias stands for, forgiving of space and letter case; None when none does."""
        return self._spellings.get(fold(text))

    @cached_property
    def _spellings(self) -> dict[str, str]:
        return {fold(spelling): answer.code for answer in self.scale.answers for spelling in answer.spellings}

    def category_label(self, code: str, language: str, printed: bool = False) -> str:
        """Return the label of a code in a language: its display label where it has one, or the one on the questionnaire."""
        category = WITHOUT_ANSWER.get(code) or self.scale.category(code)
        return (category.labels if printed else category.display or category.labels)[language]

    def said(self, codes: Iterable[str], language: str) -> str:
        """Return the labels of some codes in a language, either of which is meant."""
        return " / ".join(self.category_label(code, language) for code in codes)


class Codebook(Strict):
    """All scales and items of a study.

    Examples
    --------
    >>> survey.codebook.items["belonging"].question["en"]
    'Do you belong'
    """

    scales: dict[Name, Scale]
    items: dict[Name, Item]

    @cached_property
    def variables(self) -> dict[str, Variable]:
        """The columns of the cleaned data, by name, in questionnaire order."""
        return {variable.name: variable for variable in self.expanded()}

    def expanded(self) -> Iterator[Variable]:
        """Go through the variables that the items stand for; a name may come twice until the codebook is checked."""
        for item_id, item in self.items.items():
            texts, own = item.label or item.question, item.column or ()
            if not item.several:
                yield Variable(item_id, item_id, item, self._merged(item), own, texts)
                continue
            scale = self._merged(item)
            for part_id, part in item.parts.items():
                yield Variable(f"{item_id}_{part_id}", item_id, item, scale, part.column or own, part.labels, part=part)
            if item.kind == "multiple":
                yield Variable(f"{item_id}_any", item_id, item, scale, (), texts, derived=True)

    def with_item(self, name: str, item: Item, scale: Scale | None = None) -> Codebook:
        """Return the codebook with one more item, and a scale of its name where it has one of its own."""
        scales = self.scales if scale is None else {**self.scales, name: scale}
        return Codebook.model_construct(scales=scales, items={**self.items, name: item})

    def _merged(self, item: Item) -> Scale:
        if item.scale is None:
            return banded_scale(item) if item.kind == "number" else {"text": TEXT_SCALE}.get(item.kind, TICK_SCALE)
        scale = self.scales[item.scale]
        if item.kind == "multiple":
            return boxed_scale(scale)
        return merged_scale(scale, item.merge) if item.merge else scale

    def item(self, item_id: str) -> Item:
        """Return an item by id, or say which id is nearest."""
        StudyError.one_of(item_id, self.items, f"there is no item '{item_id}'", where="codebook.yml")
        return self.items[item_id]

    def variable(self, name: str) -> Variable:
        """Return a variable by name, or say which name is nearest."""
        StudyError.one_of(name, self.variables, f"there is no variable '{name}'", where="codebook.yml")
        return self.variables[name]

    def variables_of(self, item_id: str) -> tuple[Variable, ...]:
        """Return the variables of an item that stand on the questionnaire."""
        self.item(item_id)
        return tuple(v for v in self.variables.values() if v.item_id == item_id and not v.derived)


def merged_scale(scale: Scale, merge: dict[str, str], labels: dict[str, Text] | None = None) -> Scale:
    """Return the scale with some categories merged into others.

    Parameters
    ----------
    scale
        The scale; it is left as it is.
    merge
        From a category's code to the code it is merged into.
    labels
        Names of merged categories by code; by default their members' labels joined by ' / ' in print order.

    Raises
    ------
    StudyError
        When a code is unknown, is merged away and merged into, or the merged of an ordinal scale are no neighbours.
    """
    if faults := list(scale.merge_faults(merge, labels or ())):
        raise StudyError("; ".join(faults))
    into = {c.code: merge.get(c.code, c.code) for c in scale.categories}
    members = {target: [c for c in scale.categories if into[c.code] == target] for target in into.values()}
    categories = tuple(
        found[0] if [c.code for c in found] == [target] else joined_category(target, found, (labels or {}).get(target))
        for target, found in members.items()
    )
    order = tuple(dict.fromkeys(into[code] for code in scale.codes))
    return Scale(kind=scale.kind, categories=categories, low_to_high=order, missing=scale.missing)


def boxed_scale(scale: Scale) -> Scale:
    """Return the scale of boxes that are answered yes or no: its first answer stands for a tick, its second for none."""
    ticked, not_ticked = (
        Category(code=code, labels=own.labels, display=own.display, aliases=own.spellings)
        for code, own in zip((TICKED, NOT_TICKED), scale.categories, strict=True)
    )
    order = NOT_TICKED, TICKED
    return Scale(kind="nominal", categories=(ticked, not_ticked), low_to_high=order, missing=scale.missing)


def banded_scale(item: Item) -> Scale:
    """Return the bands of an item's numbers as an ordinal scale."""
    banding = item.banding
    labels = {code: {language: banding.label(code, language) for language in LANGUAGES} for code in banding.bands}
    categories = (Category(code=code, labels=labels[code], score=banding.score(code)) for code in banding.bands)
    return Scale(kind="ordinal", categories=tuple(categories), missing=item.missing)


def joined_category(code: str, members: list[Category], labels: Text | None = None) -> Category:
    """Return one category that stands for several, called by all of them unless it has labels of its own."""
    languages = members[0].labels
    joined = {lang: " / ".join(dict.fromkeys(c.labels[lang] for c in members)) for lang in languages}
    display = {lang: " / ".join(dict.fromkeys((c.display or c.labels)[lang] for c in members)) for lang in languages}
    aliases = tuple(dict.fromkeys(spelling for member in members for spelling in member.spellings))
    scores = [member.score for member in members if member.score is not None]
    score, own = sum(scores) / len(scores) if scores else None, None if labels or display == joined else display
    return Category(score=score, code=code, labels=labels or joined, display=own, aliases=aliases)
