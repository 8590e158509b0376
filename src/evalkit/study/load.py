"""Loading a study: its files read, checked together, and every mistake reported at once with its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import StudyError, UsageError, nearest
from ..places import project_root, study_folder
from .codebook import Codebook, Item, Texts
from .disclosure import DisclosureRule
from .frame import read_frame
from .plan import Export, Fieldwork, Plan, Publication
from .yaml_source import Place, YamlSource, read_yaml

if TYPE_CHECKING:
    import pandas as pd

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, eq=False)
class Study:
    """One survey: its plan, its codebook and the folder they stand in."""

    plan: Plan
    codebook: Codebook
    folder: Path

    @property
    def name(self) -> str:
        """The study's name, which is its folder's under data/raw/."""
        return self.plan.study

    @property
    def synthetic(self) -> bool:
        """Whether the answers are made, not given by people."""
        return self.plan.synthetic

    @property
    def languages(self) -> tuple[str, ...]:
        """The study's languages, the default first."""
        return self.plan.languages

    @property
    def groups(self) -> tuple[str, ...]:
        """The items to break down by."""
        return self.plan.groups

    @property
    def unit(self) -> str | None:
        """The item whose levels are units, where there is one."""
        return self.plan.unit

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The items that are modelled."""
        return self.plan.outcomes

    @property
    def predictors(self) -> tuple[str, ...]:
        """The items they are modelled on."""
        return self.plan.predictors

    @property
    def rule(self) -> DisclosureRule:
        """What may be published."""
        return self.plan.disclosure

    @property
    def fieldwork(self) -> Fieldwork | None:
        """When the survey was open, where that is known."""
        return self.plan.fieldwork

    @property
    def export(self) -> Export:
        """The file with the answers, and what its columns are for."""
        return self.plan.export

    @property
    def export_path(self) -> Path:
        """Where the file with the answers is."""
        return self.folder / self.plan.export.file

    @property
    def base(self) -> int | None:
        """The number that response rates are over, where it is known."""
        return self.plan.base or self.plan.invited

    @cached_property
    def frame(self) -> pd.DataFrame | None:
        """The frame: a column a group and `population`; None where the study has none."""
        if self.plan.frame is None:
            return None
        return read_frame(self.folder / self.plan.frame, self.codebook, self.groups, self.base)

    @cached_property
    def publications(self) -> tuple[Publication, ...]:
        """What is published: `tables` (by default every item in all and by each group but itself), then `crossings`."""
        tables = self.plan.tables
        if tables is None:
            tables = tuple(
                Publication(item=item, by=by)
                for item in self.codebook.items
                for by in ((), *((group,) for group in self.groups if group != item))
            )
        return tuple({table.id: table for table in (*tables, *self.plan.crossings)}.values())

    def title(self, language: str) -> str:
        """Return the study's title in a language."""
        return self.plan.title[self.language(language)]

    def language(self, language: str | None = None) -> str:
        """Return the language asked for, or the default; refuse one the study does not have."""
        if language in (None, ""):
            return self.languages[0]
        if language not in self.languages:
            raise UsageError(
                f"the study {self.name} has no such language", got=language, expected=", ".join(self.languages)
            )
        return str(language)

    def __repr__(self) -> str:
        """Return the study's name and size."""
        mark = ", synthetic" if self.synthetic else ""
        return f"<Study {self.name}: {len(self.codebook.items)} items, {', '.join(self.languages)}{mark}>"


def load_study(study: str | Path) -> Study:
    """Load a study by name (a folder under data/raw) or by its folder.

    Parameters
    ----------
    study
        `'departementsstrategien-2023'`, or a path to a folder with `study.yml` and `codebook.yml`.

    Returns
    -------
    Study
        Checked as a whole; the frame and the export are read when they are needed.

    Raises
    ------
    StudyError
        Listing every mistake in the files, each with its line, what was expected and the nearest valid name.
    """
    folder = study_folder(study)
    plan_source = read_yaml(folder / "study.yml")
    codebook_source = read_yaml(folder / "codebook.yml")
    problems: list[StudyError] = []
    plan = _validated(Plan, plan_source, problems)
    codebook = _validated(Codebook, codebook_source, problems)
    if codebook is not None and not any(p.where and p.where.startswith("codebook.yml") for p in problems):
        problems += _codebook_problems(codebook, codebook_source)
    if plan is not None and codebook is not None and not problems:
        problems += _language_problems(plan, plan_source, codebook, codebook_source)
        problems += _plan_problems(plan, codebook, plan_source, folder)
    if problems or plan is None or codebook is None:
        raise StudyError.several(problems)
    loaded = Study(plan, codebook, folder)
    _ = loaded.frame  # a frame that does not add up stops the study here, not in the middle of a report
    return loaded


def _validated(model: type[Model], source: YamlSource, problems: list[StudyError]) -> Model | None:
    try:
        return model.model_validate(source.value)
    except ValidationError as error:
        problems += [_problem(model, source, dict(detail)) for detail in error.errors(include_url=False)]
        return None


def _problem(model: type[BaseModel], source: YamlSource, detail: dict[str, Any]) -> StudyError:
    place: Place = tuple(part for part in detail["loc"] if not str(part).startswith("function-"))
    if detail["type"] == "extra_forbidden":
        known = _keys_at(model, place[:-1])
        return StudyError(
            f"the key '{place[-1]}' is not known here",
            where=source.where(place),
            expected=", ".join(known),
            hint=nearest(place[-1], known),
        )
    if detail["type"] == "missing":
        return StudyError(
            f"the key '{place[-1]}' is missing",
            where=source.where(place[:-1]),
            expected=f"'{place[-1]}'",
            hint="see docs/bring-your-own-survey.md",
        )
    message = str(detail["msg"]).removeprefix("Value error, ")
    got = detail["input"] if isinstance(detail["input"], str | int | float) else None
    return StudyError(message[0].lower() + message[1:], where=source.where(place), got=got)


def _keys_at(model: type[BaseModel], place: Place) -> list[str]:
    """Return the keys that a schema knows at a place, following models through lists and mappings."""
    schema = model.model_json_schema()
    node = schema
    for part in place:
        node = _resolved(schema, node)
        properties = node.get("properties", {})
        if part in properties:
            node = properties[part]
        elif isinstance(part, int):
            node = node.get("items", {})
        else:
            node = node.get("additionalProperties", {})
    return list(_resolved(schema, node).get("properties", {}))


def _resolved(schema: dict[str, Any], node: Any) -> dict[str, Any]:
    if not isinstance(node, dict):
        return {}
    found: dict[str, Any] = next((o for o in node.get("anyOf", ()) if o.get("type") != "null"), node)
    if "$ref" in found:
        found = schema["$defs"][found["$ref"].rsplit("/", 1)[-1]]
    return found


def _codebook_problems(codebook: Codebook, source: YamlSource) -> Iterator[StudyError]:
    for item_id, item in codebook.items.items():
        if item.scale is not None and item.scale not in codebook.scales:
            yield StudyError(
                "the item names a scale that is not there",
                where=source.where(("items", item_id, "scale")),
                got=item.scale,
                expected=", ".join(codebook.scales),
                hint=nearest(item.scale, codebook.scales),
            )
        elif item.merge:
            yield from _merge_problems(codebook, item_id, item, source)
    if all(item.scale is None or item.scale in codebook.scales for item in codebook.items.values()):
        yield from _name_problems(codebook, source)


def _merge_problems(codebook: Codebook, item_id: str, item: Item, source: YamlSource) -> Iterator[StudyError]:
    codes = codebook.scales[str(item.scale)].print_codes
    for code in (*item.merge, *item.merge.values()):
        if code not in codes:
            yield StudyError(
                "merge names no category",
                where=source.where(("items", item_id, "merge")),
                got=code,
                expected=", ".join(codes),
                hint=nearest(code, codes),
            )


def _name_problems(codebook: Codebook, source: YamlSource) -> Iterator[StudyError]:
    names, columns = [], []
    for variable in codebook._expand():
        where = source.where(("items", variable.item_id))
        if variable.name in names:
            yield StudyError("two items give one variable", where=where, got=variable.name, hint="rename one of them")
        if variable.column is not None and variable.column in columns:
            yield StudyError("two items name one column of the export", where=where, got=variable.column)
        names.append(variable.name)
        columns += [variable.column] if variable.column else []


def _texts(node: Any, place: Place = ()) -> Iterator[tuple[Place, Texts]]:
    """Go through every text of a validated model; the labels of a category stand beside its code, not under a key."""
    if isinstance(node, Texts):
        yield place[:-1] if place[-1] == "labels" else place, node
    elif isinstance(node, BaseModel):
        for name in type(node).model_fields:
            yield from _texts(getattr(node, name), (*place, name))
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _texts(value, (*place, key))
    elif isinstance(node, tuple):
        for number, value in enumerate(node):
            yield from _texts(value, (*place, number))


def _language_problems(
    plan: Plan, plan_source: YamlSource, codebook: Codebook, codebook_source: YamlSource
) -> Iterator[StudyError]:
    for model, source in ((plan, plan_source), (codebook, codebook_source)):
        for place, text in _texts(model):
            printed = place and place[-1] == "as_printed"
            missing = [] if printed else [language for language in plan.languages if not text.get(language)]
            unknown = [language for language in text if language not in plan.languages]
            if missing:
                yield StudyError(
                    "a text is missing in a language of the study",
                    where=source.where(place),
                    got=", ".join(text) or "nothing",
                    expected=", ".join(plan.languages),
                )
            if unknown:
                yield StudyError(
                    "this is neither a known key nor a language of the study",
                    where=source.where((*place, unknown[0])),
                    got=unknown[0],
                    expected=", ".join(plan.languages),
                    hint=nearest(unknown[0], _CATEGORY_KEYS),
                )


_CATEGORY_KEYS = ("code", "aliases", "short", "column")


def _plan_problems(plan: Plan, codebook: Codebook, source: YamlSource, folder: Path) -> Iterator[StudyError]:
    if plan.study != folder.name and folder.parent == project_root() / "data" / "raw":
        yield StudyError(
            "the study's name is not its folder's", where=source.where(("study",)), got=plan.study, expected=folder.name
        )
    single = [name for name, item in codebook.items.items() if item.kind == "single"]
    ordinal = [name for name in codebook.variables if codebook.variable(name).scale.ordered]
    tabulated = [*codebook.items, *(f"{n}_any" for n, i in codebook.items.items() if i.kind == "multiple")]
    yield from _unknown(source, ("groups",), plan.groups, single)
    yield from _unknown(source, ("predictors",), plan.predictors, list(codebook.variables))
    yield from _unknown(source, ("outcomes",), plan.outcomes, ordinal)
    yield from _unknown(source, ("unit",), (plan.unit,) if plan.unit else (), list(plan.groups))
    yield from _unknown(
        source, ("disclosure", "unanimity"), plan.disclosure.unanimity, [*codebook.items, *codebook.variables]
    )
    for key, tables in (("tables", plan.tables or ()), ("crossings", plan.crossings)):
        for number, table in enumerate(tables):
            yield from _unknown(source, (key, number, "item"), (table.item,), [*tabulated, *codebook.variables])
            yield from _unknown(source, (key, number, "by"), table.by, [*single, *tabulated])
    for number, headline in enumerate(plan.headlines):
        yield from _unknown(source, ("headlines", number, "item"), (headline.item,), list(codebook.variables))
        if headline.item in codebook.variables:
            yield from _unknown(
                source,
                ("headlines", number, "categories"),
                headline.categories,
                codebook.variable(headline.item).scale.codes,
            )
    for name, item in codebook.items.items():
        if plan.themes and item.theme is not None and item.theme not in plan.themes:
            yield StudyError(
                "the item's theme is not in study.yml",
                where=f"codebook.yml, items.{name}.theme",
                got=item.theme,
                expected=", ".join(plan.themes),
                hint=nearest(item.theme, plan.themes),
            )
    identifiers = {plan.export.id, plan.export.started, plan.export.submitted, *plan.export.drop} - {None}
    for variable in codebook.variables.values():
        if variable.column in identifiers:
            yield StudyError(
                "an item reads a column that the study drops or identifies people by",
                where=source.where(("export",)),
                got=variable.column,
                hint="remove the item, or the column from `export`",
            )


def _unknown(source: YamlSource, place: Place, names: Any, known: Any) -> Iterator[StudyError]:
    for name in names:
        if name not in known:
            yield StudyError(
                "a name is not known",
                where=source.where(place),
                got=name,
                expected=", ".join(known),
                hint=nearest(name, known),
            )
