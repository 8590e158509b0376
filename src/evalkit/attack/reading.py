"""What a reader gets: the tables of an outputs folder, or protected tables, and what is said about them.

Reading is kept apart from the attack: another format needs another reader that returns a `Publication`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import DisclosureError
from ..study import MARK, TICKED, TOTAL, DisclosureRule
from .facts import Item

INDEX = "index.json"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Place:
    """A published place, with the questions of a stack told apart.

    Parameters
    ----------
    table
        The table it stands in.
    variable
        The question whose answers the table holds, "" where it holds none.
    answer, stack
        The table's dimension of answers, and that whose levels are separate questions, if any.
    told
        Its levels as the table has them; a dimension that is summed over is left out.
    where
        The same, the answer under its question's name.
    count
        The count, None where it is hidden.
    percent, decimals
        The share of the base, where it is shown, and its decimals.
    """

    table: str
    variable: str
    answer: str
    stack: str | None
    told: dict[str, str]
    where: dict[str, object]
    count: int | None
    percent: float | None = None
    decimals: int = 0

    @property
    def group(self) -> dict[str, object]:
        """The levels of the groups alone."""
        return {dim: level for dim, level in self.where.items() if dim != self.variable}

    @property
    def is_base(self) -> bool:
        """Whether it counts a group and not an answer."""
        return self.variable not in self.where


def placed(table: str, answer: str, stack: str | None, told: dict[str, str], *numbers: Any) -> Place:
    """Return a place of a table: its answers are to the dimension `answer`, or to each question of `stack`."""
    variable, where = answer, dict[str, object](told)
    if stack:
        if stack not in told:
            raise DisclosureError("separate questions are summed over", where=table, got=stack)
        level = told[stack]
        variable = level if level.startswith(f"{stack}_") else f"{stack}_{level}"
        del where[stack]
        if answer in {"", stack}:
            where[variable] = TICKED
        elif answer in where:
            where[variable] = where.pop(answer)
    return Place(table, variable, answer, stack, told, where, *numbers)


@dataclass(frozen=True)
class Publication:
    """Everything that is published of one study.

    Parameters
    ----------
    name
        The study.
    places
        What its tables show, of all languages.
    rule
        The disclosure rule that it states.
    known, zeros
        Items that every attacker knows, and cells that cannot hold anybody.
    stated
        Items that a text states besides the tables.
    """

    name: str
    places: tuple[Place, ...]
    rule: DisclosureRule
    known: Sequence[Item] = ()
    zeros: Sequence[Mapping[str, object]] = field(default=())
    stated: Sequence[Item] = ()


def read_outputs(folder: Path) -> list[Publication]:
    """Return what an outputs folder, a study's, or one language's, holds: a publication a study.

    `tables/index.json` of a language holds `rule` (base, cell, width, unanimity), `known` and `zeros` (items and cells),
    and `tables` (`id`, `dims`, `answer`, `stack`; `hidden`: how many counts it says it hides; `effect`: of weighted shares). `tables/<id>.csv` has
    a column a dimension (`TOTAL` where it is summed over), `count` (empty or the mark where hidden) and, optionally,
    `percent` of the base. What a chapter states is read from the study's manifest, which says of every number in it what
    it is about.

    Raises
    ------
    DisclosureError
        When there is nothing to read, or a table that is announced is missing or cannot be read.
    """
    found = sorted(folder.glob(f"**/tables/{INDEX}"))
    if not found:
        raise DisclosureError("no tables to audit", where=folder, expected=f"tables/{INDEX} in a language's folder")
    studies: dict[Path, list[Publication]] = {}
    for index in found:
        study = index.resolve().parents[2]
        studies.setdefault(study, []).append(_language(study.name, index))
    return [_together(languages) for languages in studies.values()]


def _together(languages: Sequence[Publication]) -> Publication:
    """Return what all languages of a study show."""
    places = tuple(place for language in languages for place in language.places)
    return replace(languages[0], places=places, stated=tuple(item for one in languages for item in one.stated))


def from_tables(
    tables: Iterable[Any], rule: DisclosureRule, known: Sequence[Item] = (), zeros: Sequence[Mapping[str, object]] = ()
) -> Publication:
    """Return protected tables as a reader sees them.

    Parameters
    ----------
    tables
        Objects with `id`, `dims`, `answer`, `stack` and the frame `cells`, as `SafeTable`.
    rule
        The disclosure rule.
    known, zeros
        Items that every attacker knows, and cells that cannot hold anybody.
    """
    places = tuple(place for table in tables for place in _frame_places(table))
    return Publication("", places, rule, known, zeros)


def _frame_places(table: Any) -> Iterator[Place]:
    dims = list(table.dims)
    levels = table.cells[dims].astype(object).to_numpy()
    counts, weighted = table.cells["count"], getattr(table, "effect", None) is not None
    for row, count, hidden in zip(levels, counts.fillna(0), counts.isna(), strict=True):
        told = {dim: str(level) for dim, level in zip(dims, row, strict=True) if level != TOTAL}
        if not (weighted and table.answer in told):  # a weighted share is of no count
            yield placed(table.id, table.answer or "", table.stack, told, None if hidden else int(count))


def _language(study: str, index: Path) -> Publication:
    told = json.loads(index.read_text(encoding="utf-8"))
    places = tuple(place for entry in told["tables"] for place in _table(index.parent / f"{entry['id']}.csv", entry))
    rule = DisclosureRule.model_validate(told["rule"])
    weighted = any("effect" in entry for entry in told["tables"])  # whose shares are of no count
    stated = () if weighted else tuple(_stated(index.parents[1]))
    return Publication(study, places, rule, told.get("known", ()), told.get("zeros", ()), stated)


def _stated(language: Path) -> Iterator[Item]:
    """Go through what a chapter states, as items; the manifest gives each number in full, so that counts follow exactly."""
    manifest = language.parent / MANIFEST
    if not manifest.exists():
        return
    entry = json.loads(manifest.read_text(encoding="utf-8")).get("languages", {}).get(language.name, {})
    for told in entry.get("chapter", {}).get("fields", ()):
        if told.get("variable") and told.get("answers") and told.get("value") is not None and told.get("n"):
            yield from _items(told)


def _items(told: Mapping[str, Any]) -> Iterator[Item]:
    """Return a number of a chapter as an item; nothing for the estimates of models, which are about no count."""
    where, variable, answers = dict(told["where"]), told["variable"], told["answers"]
    count = round(float(told["value"]) * int(told["n"]))
    if told["kind"] in {"count", "share"}:
        value = told["value"] if told["kind"] == "count" else count
        yield {"where": {**where, variable: answers}, "value": value}
    if told["kind"] == "points":
        ends = ((answers[-2:], 1), (answers[:2], -1))
        yield {"kind": "linear", "coef": [({**where, variable: codes}, sign) for codes, sign in ends], "value": count}
    if told["kind"] == "score":
        scores = {variable: dict(zip(answers, told.get("scores", range(1, len(answers) + 1)), strict=True))}
        value = round(float(told["value"]), 9)
        yield {"kind": "mean", "where": where, "scores": scores, "value": value, "decimals": 8}


def _table(path: Path, entry: Mapping[str, Any]) -> list[Place]:
    if not path.exists():
        raise DisclosureError("a table is announced but not there", where=path)
    dims = tuple(entry["dims"])
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = csv.DictReader(source)
        lacking = {*dims, "count"} - set(rows.fieldnames or ())
        if lacking:
            raise DisclosureError("a table lacks a column", where=path, expected=", ".join(sorted(lacking)))
        counted = "effect" not in entry  # a weighted share is of no count: only how many were asked is known
        read = [row for row in rows if counted or row[entry["answer"]] == TOTAL]
    places = []
    for row in read:
        told = {dim: row[dim] for dim in dims if row[dim] != TOTAL}
        numbers = _numbers(path, row if counted else row | {"percent": ""})
        places.append(placed(entry["id"], entry.get("answer") or "", entry.get("stack"), told, *numbers))
    hidden = sum(place.count is None for place in places)
    if entry.get("hidden", hidden) != hidden:
        got, expected = (f"{number} hidden" for number in (hidden, entry["hidden"]))
        raise DisclosureError("a table does not hide what it says", where=path, got=got, expected=expected)
    return places


def _numbers(path: Path, row: Mapping[str, str]) -> tuple[int | None, float | None, int]:
    """Return a place's count, its share of the base, and the decimals of that."""
    count, percent = _shown(row["count"]), _shown(row.get("percent"))
    try:
        decimals = 0 if percent is None else len(percent.partition(".")[2])
        return None if count is None else int(count), None if percent is None else float(percent), decimals
    except ValueError:
        expected = f"a number, nothing, or {MARK}"
        raise DisclosureError("neither a number nor hidden", where=path, expected=expected) from None


def _shown(text: str | None) -> str | None:
    text = (text or "").strip()
    return None if text in {"", MARK} else text.replace(",", ".")
