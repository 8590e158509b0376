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
from ..study import MARK, TOTAL, DisclosureRule
from .facts import Item

INDEX = "index.json"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class ReadCell:
    """One published place of a table.

    Parameters
    ----------
    where
        Its levels; a dimension that is summed over is left out.
    count
        The count, None where it is hidden.
    percent, decimals
        The share of the base, where it is shown, and its decimals.
    """

    where: dict[str, str]
    count: int | None
    percent: float | None = None
    decimals: int = 0


@dataclass(frozen=True)
class ReadTable:
    """One published table.

    Parameters
    ----------
    id, dims
        Its name and dimensions.
    answer
        The dimension of answers, "" where there is none.
    stack
        The dimension whose levels are separate questions, if any.
    cells
        Its cells and margins.
    """

    id: str
    dims: tuple[str, ...]
    answer: str
    stack: str | None
    cells: tuple[ReadCell, ...]


@dataclass(frozen=True)
class Publication:
    """Everything that is published of one study.

    Parameters
    ----------
    name
        The study.
    tables
        Its tables, of all languages.
    rule
        The disclosure rule that it states.
    known, zeros
        Items that every attacker knows, and cells that cannot hold anybody.
    stated
        Items that a text states besides the tables.
    """

    name: str
    tables: tuple[ReadTable, ...]
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
    return [
        replace(
            languages[0],
            tables=tuple(table for language in languages for table in language.tables),
            stated=tuple(item for language in languages for item in language.stated),
        )
        for languages in studies.values()
    ]


def from_tables(
    tables: Iterable[Any],
    rule: DisclosureRule,
    known: Sequence[Item] = (),
    zeros: Sequence[Mapping[str, object]] = (),
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
    read = [
        ReadTable(table.id, tuple(table.dims), table.answer or "", table.stack, tuple(_frame_cells(table)))
        for table in tables
    ]
    return Publication("", tuple(read), rule, known, zeros)


def _frame_cells(table: Any) -> Iterator[ReadCell]:
    dims = list(table.dims)
    levels = table.cells[dims].astype(object).to_numpy()
    counts, weighted = table.cells["count"], getattr(table, "effect", None) is not None
    for row, count, hidden in zip(levels, counts.fillna(0), counts.isna(), strict=True):
        where = {dim: str(level) for dim, level in zip(dims, row, strict=True) if level != TOTAL}
        if not (weighted and table.answer in where):  # a weighted share is of no count
            yield ReadCell(where, None if hidden else int(count))


def _language(study: str, index: Path) -> Publication:
    told = json.loads(index.read_text(encoding="utf-8"))
    tables = tuple(_table(index.parent / f"{entry['id']}.csv", entry) for entry in told["tables"])
    rule = DisclosureRule.model_validate(told["rule"])
    weighted = any("effect" in entry for entry in told["tables"])  # whose shares are of no count
    stated = () if weighted else tuple(_stated(index.parents[1]))
    return Publication(study, tables, rule, told.get("known", ()), told.get("zeros", ()), stated)


def _stated(language: Path) -> Iterator[Item]:
    """Go through what a chapter states, as items; the manifest gives each number in full, so that counts follow exactly."""
    manifest = language.parent / MANIFEST
    if not manifest.exists():
        return
    entry = json.loads(manifest.read_text(encoding="utf-8")).get("languages", {}).get(language.name, {})
    for told in entry.get("chapter", {}).get("fields", ()):
        if told.get("variable") and told.get("answers") and told.get("value") is not None and told.get("n"):
            item = _item(told)
            if item is not None:
                yield item


def _item(told: Mapping[str, Any]) -> Item | None:
    """Return a number of a chapter as an item; None for the estimates of models, which are about no count."""
    where, variable, answers = dict(told["where"]), told["variable"], told["answers"]
    count = round(float(told["value"]) * int(told["n"]))
    if told["kind"] == "count":
        return {"where": {**where, variable: answers}, "value": told["value"]}
    if told["kind"] == "share":
        return {"where": {**where, variable: answers}, "value": count}
    if told["kind"] == "points":
        ends = ((answers[-2:], 1), (answers[:2], -1))
        return {"kind": "linear", "coef": [({**where, variable: codes}, sign) for codes, sign in ends], "value": count}
    if told["kind"] == "score":
        scores = {variable: dict(zip(answers, told.get("scores", range(1, len(answers) + 1)), strict=True))}
        return {
            "kind": "mean",
            "where": where,
            "scores": scores,
            "value": round(float(told["value"]), 9),
            "decimals": 8,
        }
    return None


def _table(path: Path, entry: Mapping[str, Any]) -> ReadTable:
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
        cells = tuple(_cell(path, dims, row if counted else row | {"percent": ""}) for row in read)
    hidden = sum(cell.count is None for cell in cells)
    if entry.get("hidden", hidden) != hidden:
        raise DisclosureError(
            "a table does not hide what it says",
            where=path,
            got=f"{hidden} hidden",
            expected=f"{entry['hidden']} hidden",
        )
    return ReadTable(entry["id"], dims, entry.get("answer") or "", entry.get("stack"), cells)


def _cell(path: Path, dims: tuple[str, ...], row: Mapping[str, str]) -> ReadCell:
    where = {dim: row[dim] for dim in dims if row[dim] != TOTAL}
    count, percent = _shown(row["count"]), _shown(row.get("percent"))
    try:
        return ReadCell(
            where,
            None if count is None else int(count),
            None if percent is None else float(percent),
            0 if percent is None else len(percent.partition(".")[2]),
        )
    except ValueError:
        raise DisclosureError(
            "neither a number nor hidden", where=path, expected=f"a number, nothing, or {MARK}"
        ) from None


def _shown(text: str | None) -> str | None:
    text = (text or "").strip()
    return None if text in {"", MARK} else text.replace(",", ".")
