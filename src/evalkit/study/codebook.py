"""The codebook: scales, items and the variables that items stand for.

The order of categories lives here and nowhere else. A scale has a print order (as on the questionnaire) and
an analysis order (low to high); missing codes such as 'Vet ikke' are shown in distributions and are no
category of a model or a mean.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator

from ..errors import StudyError, nearest

BLANK = "blank"
"""The code of a question left unanswered, in every distribution."""
TICKED, NOT_TICKED = "ticked", "not_ticked"
"""The codes of a tick box."""

LANGUAGES = ("nb", "en")
"""The languages that the suite speaks."""


class Texts(dict[str, str]):
    """A text in each language of the study, by language code."""


Text = Annotated[dict[str, str], AfterValidator(Texts)]
CODE_PATTERN = "^[A-Za-z0-9_À-ÖØ-öø-ÿ][A-Za-z0-9_À-ÖØ-öø-ÿ. -]*$"
NAME_PATTERN = "^[a-z][a-z0-9_]*$"
Code = Annotated[str, Field(pattern=CODE_PATTERN)]
Name = Annotated[str, Field(pattern=NAME_PATTERN)]
FILLED_PATTERN = r"\S"
Filled = Annotated[str, Field(pattern=FILLED_PATTERN)]
"""A string that is not empty: a file's name, a column's heading."""


def fold(text: str) -> str:
    """Return a text without surrounding, doubled or odd white space, in one letter case."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


class Strict(BaseModel):
    """Frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Worded(Strict):
    """A part whose texts stand beside its own keys: `{code: great, nb: I stor grad, en: To a great degree}`."""

    labels: Text = Field(description="The text by language; written beside the other keys in YAML.")

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        own = {key: part for key, part in value.items() if key in cls.model_fields}
        labels = {key: text for key, text in value.items() if key not in cls.model_fields}
        return {**own, **({"labels": labels} if labels else {})}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Describe the texts where they stand in the file: a key a language, beside the others."""
        schema = handler.resolve_ref_schema(handler(core))
        properties = {key: part for key, part in schema["properties"].items() if key != "labels"}
        texts = {language: {"type": "string", "minLength": 1} for language in LANGUAGES}
        required = [key for key in schema.get("required", ()) if key != "labels"]
        schema.update(properties=properties | texts, required=required)
        return schema

    def label(self, language: str) -> str:
        """Return the text in a language."""
        return self.labels[language]


class Category(Worded):
    """One answer option: its code, its label in each language, and other spellings that exports use."""

    code: Code
    short: str | None = Field(default=None, description="An abbreviation that other files use, such as KDD.")
    display: Text | None = Field(
        default=None, description="What tables and models call the category, where the printed label says too little."
    )
    aliases: tuple[Filled, ...] = Field(default=(), description="Other spellings that exports use.")

    @property
    def spellings(self) -> tuple[str, ...]:
        """All that the category is called: code, labels, display labels, aliases."""
        return (self.code, *self.labels.values(), *(self.display or {}).values(), *self.aliases)


class Reading(Strict):
    """Another way to read a disputed scale: categories merged (code to code), in the scale's own order."""

    label: Text
    merge: dict[Code, Code] = Field(min_length=1)
    labels: dict[Code, Text] = Field(
        default_factory=dict, description="Names of merged categories; by default their labels joined by ' / '."
    )


class Scale(Strict):
    """The answer options of one or more items."""

    kind: Literal["ordinal", "nominal"]
    categories: tuple[Category, ...] = Field(min_length=1)
    low_to_high: tuple[Code, ...] | None = None
    missing: tuple[Category, ...] = ()
    readings: dict[Name, Reading] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check(self) -> Scale:
        faults = list(self._faults())
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _faults(self) -> Iterator[str]:
        codes = [c.code for c in (*self.categories, *self.missing)]
        yield from (f"the code '{code}' stands twice" for code in sorted({c for c in codes if codes.count(c) > 1}))
        if BLANK in codes:
            yield f"the code '{BLANK}' is kept for questions left unanswered"
        owner: dict[str, str] = {}
        for category in (*self.categories, *self.missing):
            for spelling in map(fold, category.spellings):
                if owner.setdefault(spelling, category.code) != category.code:
                    yield f"the categories '{owner[spelling]}' and '{category.code}' are both spelt '{spelling}'"
        if self.low_to_high is not None and sorted(self.low_to_high) != sorted(self.print_codes):
            yield f"low_to_high must name each category once: {', '.join(self.print_codes)}"
            return
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

    def read_as(self, reading: str) -> Scale:
        """Return the scale in one of its other readings."""
        if reading not in self.readings:
            raise StudyError(
                f"the scale has no reading '{reading}'",
                expected=", ".join(self.readings) or "none",
                hint=nearest(reading, self.readings),
            )
        return merged_scale(self, self.readings[reading].merge, self.readings[reading].labels)

    def category(self, code: str) -> Category:
        """Return the category or missing answer with this code."""
        for category in (*self.categories, *self.missing):
            if category.code == code:
                return category
        known = [*self.codes, *self.missing_codes]
        raise StudyError(f"there is no category '{code}'", expected=", ".join(known), hint=nearest(code, known))


class Part(Worded):
    """One row of a battery or one box of a tick-all-that-apply item."""

    column: Filled
    short: str | None = None


class Item(Strict):
    """A question of the questionnaire."""

    kind: Literal["single", "battery", "multiple"]
    question: Text
    number: int | None = Field(default=None, ge=1)
    scale: Name | None = None
    column: Filled | None = None
    items: dict[Name, Part] = Field(default_factory=dict)
    options: dict[Name, Part] = Field(default_factory=dict)
    as_printed: Text | None = None
    intro: Text | None = Field(default=None, description="A sentence that stands before the question.")
    label: Text | None = Field(default=None, description="A short name for charts and table titles.")
    theme: Name | None = None
    note: Text | None = Field(
        default=None, description="What a reader should know: an inferred scale, unknown routing."
    )
    merge: dict[Code, Code] = Field(default_factory=dict, description="Levels merged before tabulation: code to code.")
    reliability: bool = Field(default=False, description="Whether a battery is declared to measure one thing.")

    @model_validator(mode="after")
    def _check(self) -> Item:
        wanted = {"single": "column", "battery": "items", "multiple": "options"}[self.kind]
        for key in ("column", "items", "options"):
            if bool(getattr(self, key)) != (key == wanted):
                raise ValueError(
                    f"an item of kind {self.kind} has '{wanted}' and not '{key}'"
                    if key != wanted
                    else f"an item of kind {self.kind} needs '{wanted}'"
                )
        if (self.scale is None) != (self.kind == "multiple"):
            raise ValueError("a tick-all-that-apply item has no scale; every other item has one")
        return self

    @property
    def parts(self) -> dict[str, Part]:
        """The rows of a battery or the boxes of a tick-all-that-apply item, by id."""
        return self.items or self.options


TICK_SCALE = Scale(
    kind="nominal",
    categories=(
        Category(code=TICKED, labels={"nb": "Krysset av", "en": "Ticked"}),
        Category(code=NOT_TICKED, labels={"nb": "Ikke krysset av", "en": "Not ticked"}),
    ),
    low_to_high=(NOT_TICKED, TICKED),
)
BLANK_CATEGORY = Category(code=BLANK, labels={"nb": "Ubesvart", "en": "No answer"})


@dataclass(frozen=True)
class Variable:
    """A column of the cleaned data: an item, a row of a battery, a tick box, or 'any box ticked'."""

    name: str
    item_id: str
    item: Item
    scale: Scale
    column: str | None
    label_texts: Text
    derived: bool = False

    def label(self, language: str) -> str:
        """Return the variable's short name in a language."""
        return self.label_texts[language]

    @property
    def shown_codes(self) -> tuple[str, ...]:
        """The codes of a distribution: categories in print order, missing codes, then blank."""
        ticks = self.item.kind == "multiple"
        return (*self.scale.print_codes, *self.scale.missing_codes, *(() if ticks else (BLANK,)))

    @property
    def missing_codes(self) -> tuple[str, ...]:
        """The codes of `<name>__missing`: the scale's missing answers, then blank."""
        return () if self.item.kind == "multiple" else (*self.scale.missing_codes, BLANK)

    @property
    def missing_column(self) -> str:
        """The companion column that says why an answer is missing."""
        return f"{self.name}__missing"

    def code_of(self, text: str) -> str | None:
        """Return the code that a code, label or alias stands for, forgiving of space and letter case; None when none does."""
        return self._spellings.get(fold(text))

    @cached_property
    def _spellings(self) -> dict[str, str]:
        categories = (*self.scale.categories, *self.scale.missing)
        return {fold(spelling): category.code for category in categories for spelling in category.spellings}

    def category_label(self, code: str, language: str, printed: bool = False) -> str:
        """Return the label of a code in a language: its display label where it has one, or the one on the questionnaire."""
        category = BLANK_CATEGORY if code == BLANK else self.scale.category(code)
        return (category.labels if printed else category.display or category.labels)[language]


class Codebook(Strict):
    """All scales and items of a study."""

    scales: dict[Name, Scale]
    items: dict[Name, Item]

    @cached_property
    def variables(self) -> dict[str, Variable]:
        """The columns of the cleaned data, by name, in questionnaire order."""
        return {variable.name: variable for variable in self.expanded()}

    def expanded(self) -> Iterator[Variable]:
        """Go through the variables that the items stand for; a name may come twice until the codebook is checked."""
        for item_id, item in self.items.items():
            texts = item.label or item.question
            if item.kind == "single":
                yield Variable(item_id, item_id, item, self._merged(item), item.column, texts)
                continue
            scale = TICK_SCALE if item.kind == "multiple" else self._merged(item)
            for part_id, part in item.parts.items():
                yield Variable(f"{item_id}_{part_id}", item_id, item, scale, part.column, part.labels)
            if item.kind == "multiple":
                yield Variable(f"{item_id}_any", item_id, item, TICK_SCALE, None, texts, derived=True)

    def _merged(self, item: Item) -> Scale:
        scale = self.scales[str(item.scale)]
        return merged_scale(scale, item.merge) if item.merge else scale

    def item(self, item_id: str) -> Item:
        """Return an item by id, or say which id is nearest."""
        if item_id not in self.items:
            raise StudyError(
                f"there is no item '{item_id}'",
                where="codebook.yml",
                expected=", ".join(self.items),
                hint=nearest(item_id, self.items),
            )
        return self.items[item_id]

    def variable(self, name: str) -> Variable:
        """Return a variable by name, or say which name is nearest."""
        if name not in self.variables:
            raise StudyError(
                f"there is no variable '{name}'",
                where="codebook.yml",
                expected=", ".join(self.variables),
                hint=nearest(name, self.variables),
            )
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
        found[0] if [c.code for c in found] == [target] else _joined(target, found, (labels or {}).get(target))
        for target, found in members.items()
    )
    order = tuple(dict.fromkeys(into[code] for code in scale.codes))
    return Scale(kind=scale.kind, categories=categories, low_to_high=order, missing=scale.missing)


def _joined(code: str, members: list[Category], labels: Text | None) -> Category:
    joined = {lang: " / ".join(dict.fromkeys(c.labels[lang] for c in members)) for lang in members[0].labels}
    display = {
        lang: " / ".join(dict.fromkeys((c.display or c.labels)[lang] for c in members)) for lang in members[0].labels
    }
    spellings = (spelling for member in members for spelling in member.spellings)
    return Category(
        code=code,
        labels=labels or joined,
        display=None if labels or display == joined else display,
        aliases=tuple(dict.fromkeys(spellings)),
    )
