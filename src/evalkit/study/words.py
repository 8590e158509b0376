"""The words of a study's files: texts by language, codes and names, and the models that hold them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.annotated_handlers import GetJsonSchemaHandler

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Characters that turn the direction of text: what stands on a page is then not what a reader sees."""

LANGUAGES = ("nb", "en")
"""The languages that the suite speaks."""


class Texts(dict[str, str]):
    """A text in each language of the study, by language code."""


Text = Annotated[dict[str, str], AfterValidator(Texts)]
CODE_PATTERN = "^[A-Za-z0-9_À-ÖØ-öø-ÿ][A-Za-z0-9_À-ÖØ-öø-ÿ. -]*$"
NAME_PATTERN = "^[a-z][a-z0-9_]*$"
Code = Annotated[str, Field(pattern=CODE_PATTERN)]
Name = Annotated[str, Field(pattern=NAME_PATTERN)]
TERM_PATTERN = "^[a-z][a-z0-9_]*(:[a-z][a-z0-9_]*)?$"
Term = Annotated[str, Field(pattern=TERM_PATTERN)]
"""A variable, or two whose effects on each other are asked for: `role:section`."""
FILLED_PATTERN = r"\S"
Filled = Annotated[str, Field(pattern=FILLED_PATTERN)]
"""A string that is not empty: a file's name, a column's heading."""


def alone(kind: type) -> BeforeValidator:
    """Make a list of one of what is no list but a value of some kind."""
    return BeforeValidator(lambda value: (value,) if isinstance(value, kind) else value)


def one_or_more(part: dict[str, Any], **limits: int) -> WithJsonSchema:
    """Say in the schema that a part may stand alone where a list of such can stand."""
    return WithJsonSchema({"anyOf": [part, {"type": "array", "items": part, **limits}]})


_FILLED = one_or_more({"type": "string", "pattern": FILLED_PATTERN}, minItems=1)
Columns = Annotated[tuple[Filled, ...], Field(min_length=1), alone(str), _FILLED]
"""One heading, or several where an export has one question in several columns."""
_ALIKE = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff" + BIDI, None)  # not seen on a screen
)


def fold(text: str) -> str:
    """Return a text in one letter case, with plain quotation marks and dashes, without odd or doubled white space."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_ALIKE).split()).casefold()


class Strict(BaseModel):
    """Frozen, an unknown key is an error, and so is whatever `_faults` finds."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if found := list(self._faults()):
            raise ValueError("; ".join(found))
        return self

    def _faults(self) -> Iterable[str]:
        """Go through what is wrong between the keys."""
        return ()


def kind_faults(part: Any, noun: str, kinds: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """Go through the keys that a part of a kind lacks, or does not have.

    Parameters
    ----------
    part
        A model with a `kind`.
    noun
        What it is called.
    kinds
        By kind: the keys that are needed, and those that there can be besides; keys that no kind names go with all.
    """
    known = {kind: " ".join(keys).split() for kind, keys in kinds.items()}
    for name, field in type(part).model_fields.items():
        key, given = field.alias or name, bool(getattr(part, name))
        having = [kind for kind, keys in known.items() if key in keys]
        if key in kinds[part.kind][0].split() and not given:
            yield f"{noun} of kind {part.kind} needs '{key}'"
        if given and having and part.kind not in having:
            yield f"{noun} of kind {part.kind} has no '{key}', which goes with {' or '.join(having)}"


class Worded(Strict):
    """A part whose texts stand beside its own keys: `{code: great, nb: I stor grad, en: To a great degree}`."""

    labels: Text
    """The text by language; written beside the other keys in YAML."""

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
