"""How a study's codebook and plan fit together: every name known, every column read once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..errors import StudyError
from .codebook import Codebook, Item, Scale, Variable
from .plan import Plan
from .words import fold
from .yaml_source import YamlSource

RESERVED = ("count", "population", "submitted_on", "frame", "answer", "estimate", "category", "group")
"""Names of columns that responses, frames and results have beside the variables."""


def codebook_problems(codebook: Codebook, source: YamlSource) -> list[StudyError]:
    """Find what is wrong between the parts of a codebook: scales, merges, names of variables, columns."""
    problems: list[StudyError] = []
    for item_id, item in codebook.items.items():
        if item.scale is not None:
            problems += source.unknown(("items", item_id, "scale"), item.scale, codebook.scales)
        if scale := codebook.scales.get(str(item.scale)):
            problems += _scale_problems(item_id, item, scale, source)
    return problems or [*_variable_problems(codebook, source), *_routing_problems(codebook, source)]


def _scale_problems(item_id: str, item: Item, scale: Scale, source: YamlSource) -> Iterator[StudyError]:
    """Find what an item wants of its scale that this does not bear."""
    if item.index and not scale.can_be_scored:
        what = "an index needs answers with an order or scores"
        yield source.wrong(("items", item_id, "index"), what, got=item.scale)
    if item.kind == "multiple" and len(scale.categories) != 2:
        what = "the scale of boxes has two answers, yes first, and missing ones"
        yield source.wrong(("items", item_id, "scale"), what, got=f"{len(scale.categories)} answers")
    for fault in scale.merge_faults(item.merge) if item.merge else ():
        yield source.wrong(("items", item_id, "merge"), fault)


def _routing_problems(codebook: Codebook, source: YamlSource) -> Iterator[StudyError]:
    """Find a question that is routed by what does not stand before it, or by an answer that cannot be given there."""
    earlier: dict[str, tuple[str, ...]] = {}
    for item_id, item in codebook.items.items():
        for number, condition in enumerate(item.asked_if):
            place = ("items", item_id, "asked_if", *((number,) if len(item.asked_if) > 1 else ()))
            yield from source.unknown_answers(place, condition, earlier)
        earlier |= {variable.name: variable.shown_codes for variable in codebook.variables_of(item_id)}


def _variable_problems(codebook: Codebook, source: YamlSource) -> Iterator[StudyError]:
    names: set[str] = set()
    columns: dict[str, str] = {}
    for variable in codebook.expanded():
        place = ("items", variable.item_id)
        if variable.name in names:
            yield source.wrong(place, "two items give one variable", got=variable.name, hint="rename one of them")
        if variable.name in RESERVED or variable.name.endswith("__missing"):
            yield source.wrong(place, "this name is kept for the suite's own columns", got=variable.name)
        names |= {variable.name, variable.coded_column}
        shared = variable.item_id if variable.item.separator else variable.name
        for column in variable.columns:
            if columns.setdefault(fold(column), shared) != shared:
                hint = f"{columns[fold(column)]} reads it already" + _in_one_cell(variable, codebook)
                yield source.wrong(place, "two items name one column of the export", got=column, hint=hint)


def _in_one_cell(variable: Variable, codebook: Codebook) -> str:
    """Return what to do where the options of one item name one column: its cells hold several answers."""
    columns = {fold(column) for one in codebook.expanded() if one.item_id == variable.item_id for column in one.columns}
    if variable.item.kind != "multiple" or len(columns) > 1:
        return ""
    how = "; where its cells hold several answers, write `column` and `separator` (such as ';') on"
    return f"{how} {variable.item_id}, and no column on the options"


def plan_problems(plan: Plan, codebook: Codebook, source: YamlSource, book: YamlSource) -> Iterator[StudyError]:
    """Find what the plan says that the codebook, or the folder, does not bear out."""
    folder = source.path.parent
    if plan.study != folder.name and folder.parts[-3:-1] == ("data", "raw"):
        yield source.wrong(("study",), "the study's name is not its folder's", got=plan.study, expected=folder.name)
    yield from _file_problems(plan, source)
    yield from _role_problems(plan, codebook, source)
    yield from _publication_problems(plan, codebook, source)
    yield from _headline_problems(plan, codebook, source)
    yield from _theme_problems(plan, codebook, book)
    yield from _column_problems(plan, codebook, source)
    yield from _design_problems(plan, codebook, source)
    if plan.export.table is not None:
        yield from _table_problems(plan, codebook, source)


def _table_problems(plan: Plan, codebook: Codebook, source: YamlSource) -> Iterator[StudyError]:
    """Find what takes the rows of the answers, where an engine gives counts alone."""
    hint = "give the answers as rows, in `export.file`"
    if plan.design is not None:
        what = "weights, strata and clusters take the rows of the answers, and a table gives counts"
        yield source.wrong(("design",), what, got="export.table", hint=hint)
    for variable in codebook.variables.values():
        if len(variable.columns) > 1:
            what = "a question in several columns is read from rows alone"
            yield source.wrong(("export", "table"), what, got=variable.name, hint=hint)


def _file_problems(plan: Plan, source: YamlSource) -> Iterator[StudyError]:
    """Find a file outside the folder, or hidden in it: that it has changed would go unnoticed."""
    read = ("export", "table" if plan.export.table else "file")
    for place, name in ((read, plan.export.source), (("frame",), plan.frame)):
        parts = Path(name or "").parts
        if Path(name or "").is_absolute() or any(part.startswith((".", "~$")) for part in parts):
            what, hint = "the file is not one of the study's folder", "move the file there"
            expected = "a file in the folder of study.yml, its name not beginning with a dot"
            yield source.wrong(place, what, got=name, expected=expected, hint=hint)


def _interaction_problems(plan: Plan, codebook: Codebook, source: YamlSource, term: str) -> Iterator[StudyError]:
    """Find what a model with an interaction needs and is not published."""
    if plan.answers == "public":
        return
    pair = set(term.split(":"))
    published = [{table.item, *table.by} for table in (*(plan.tables or ()), *plan.crossings)]
    for outcome in plan.outcomes:
        asked = {outcome, codebook.variable(outcome).item_id} if outcome in codebook.variables else {outcome}
        if not any({one, *pair} == table for table in published for one in asked):
            what = "an interaction is told by the crossing of its predictors with the outcome, which is not published"
            hint = f"add `crossings: [{{item: {outcome}, by: [{', '.join(term.split(':'))}]}}]` to study.yml"
            yield source.wrong(("predictors",), what, got=term, hint=hint)


def _role_problems(plan: Plan, codebook: Codebook, source: YamlSource) -> Iterator[StudyError]:
    single = [name for name, item in codebook.items.items() if not item.several]
    ordinal = [name for name, variable in codebook.variables.items() if variable.scale.ordered]
    yield from source.unknown(("groups",), plan.groups, single)
    predictors = [name for name in plan.predictors if ":" not in name]
    yield from source.unknown(("predictors",), predictors, codebook.variables)
    for term in set(plan.predictors) - {*predictors}:
        yield from source.unknown(("predictors",), term.split(":"), predictors)
        yield from _interaction_problems(plan, codebook, source, term)
    yield from source.unknown(("outcomes",), plan.outcomes, ordinal)
    yield from source.unknown(("unit",), plan.unit, plan.groups)
    unit = codebook.variables.get(plan.unit or "")
    for name in set(plan.subgroups).intersection(unit.scale.codes if unit else ()):
        what, hint = "a subgroup is called like a unit", "give it another name"
        yield source.wrong(("subgroups", name), what, got=name, hint=hint)
    known = [*codebook.items, *codebook.variables]
    yield from source.unknown(("disclosure", "unanimity"), plan.disclosure.unanimity, known)
    for name in plan.outcomes:
        if name in predictors:
            yield source.wrong(("predictors",), "an outcome is among its own predictors", got=name)
    if plan.models.unit_predictor is not None and plan.unit is None:
        place = ("models", "unit_predictor")
        yield source.wrong(place, "a predictor of units needs units", expected="a key 'unit' in study.yml")
    if unit is not None:
        yield from source.unknown(("models", "without"), plan.models.without, unit.scale.codes)


def _design_problems(plan: Plan, codebook: Codebook, source: YamlSource) -> Iterator[StudyError]:
    """Find what the design lacks: groups of the frame, and columns that are nothing else."""
    design = plan.design
    if design is None:
        return
    yield from source.unknown(("design", "rake"), design.rake, plan.groups)
    for key, needs in (("rake", bool(design.rake)), ("fpc", design.fpc == "population")):
        if needs and plan.frame is None:
            what = "the sizes are not known without a frame"
            yield source.wrong(("design", key), what, expected="a key 'frame'")
    if design.fpc == "population":
        yield from source.unknown(("design", "strata"), design.strata or (), plan.groups)
    for column, use in design.columns.items():
        if fold(column) in {fold(dropped) for dropped in plan.export.drop}:
            what, hint = f"{use} are in a column that the study drops", "take it out of `drop`"
            yield source.wrong(("export", "drop"), what, got=column, hint=hint)


def _publication_problems(plan: Plan, codebook: Codebook, source: YamlSource) -> Iterator[StudyError]:
    for key, tables in (("tables", plan.tables or ()), ("crossings", plan.crossings)):
        for number, table in enumerate(tables):
            known = dict.fromkeys((*codebook.items, *codebook.variables))
            yield from source.unknown((key, number, "item"), table.item, known)
            yield from source.unknown((key, number, "by"), table.by, codebook.variables)
            if table.item in table.by:
                yield source.wrong((key, number, "by"), "an item cannot be broken down by itself", got=table.item)


def _headline_problems(plan: Plan, codebook: Codebook, source: YamlSource) -> Iterator[StudyError]:
    published = None if plan.tables is None else {table.item for table in (*plan.tables, *plan.crossings)}
    for number, headline in enumerate(plan.headlines):
        yield from source.unknown(("headlines", number, "item"), headline.item, codebook.variables)
        if headline.item in codebook.variables:
            codes = codebook.variable(headline.item).scale.codes
            yield from source.unknown(("headlines", number, "categories"), headline.categories, codes)
            names = {headline.item, codebook.variable(headline.item).item_id}
            if published is not None and not names & published:
                what, expected = "the headline's item is in no published table", ", ".join(sorted(published))
                place, hint = ("headlines", number, "item"), "add it to `tables`"
                yield source.wrong(place, what, got=headline.item, expected=expected, hint=hint)


def _theme_problems(plan: Plan, codebook: Codebook, source: YamlSource) -> Iterator[StudyError]:
    for name, item in codebook.items.items():
        if item.theme is not None and item.theme not in plan.themes:
            what, expected = "the item's theme is not in study.yml", "a key 'themes' in study.yml"
            place = ("items", name, "theme")
            yield source.wrong(place, what, got=item.theme, known=plan.themes, expected=expected)


def _column_problems(plan: Plan, codebook: Codebook, source: YamlSource) -> Iterator[StudyError]:
    export = plan.export
    kept = {fold(c) for c in (export.id, export.started, export.submitted, export.count, *export.drop) if c}
    for variable in codebook.variables.values():
        for column in variable.columns:
            if fold(column) in kept:
                what = "an item reads a column that the study drops, counts with or identifies people by"
                hint = f"take the column out of `export`, or change the column of {variable.name} in codebook.yml"
                yield source.wrong(("export",), what, got=column, hint=hint)
    empty = {fold(text) for text in export.missing}
    for name, variable in codebook.variables.items():
        for category in variable.scale.answers:
            if both := empty.intersection(map(fold, category.spellings)):
                what = f"an answer to {name} is also said to stand for an empty cell"
                expected = "texts that no category is called by"
                yield source.wrong(("export", "missing"), what, got=min(both), expected=expected)
