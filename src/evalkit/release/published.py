"""Publication as a step: what is out is recorded in the study's folder, and the next publication is held to it.

A record holds protected tables and what anybody knows, so nothing secret. Where the answers are the same, the next release is
protected together with it; where people were added or taken out, the attacker is given both. In files the hidden counts of a table are
missing, and nothing else is there.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..attack import audit
from ..errors import DisclosureError, file_errors
from ..places import replacing
from ..protect import SafeTable, made_safe, whole
from ..study import TOTAL, Study, Table
from .derived import counted

if TYPE_CHECKING:
    from ..data import Responses
    from .publishable import Publishable
    from .store import Release

FOLDER = "published"
WAVE = "publication"
"""The dimension of who is in an earlier publication, and who in the next."""
KEPT, TAKEN_OUT, ADDED = "in both", "in the earlier alone", "in the later alone"


@dataclass(frozen=True)
class Record:
    """What was published on a day.

    Parameters
    ----------
    date
        The day.
    tables
        Its protected tables.
    known
        What anybody knew besides.
    """

    date: datetime.date
    tables: tuple[SafeTable, ...]
    known: tuple[Mapping[str, Any], ...]


def records(study: Study) -> tuple[Record, ...]:
    """Return what a study has published, the earliest first."""
    return tuple(read(path.read_bytes()) for path in sorted((study.folder / FOLDER).glob("*.json")))


def written(known: Sequence[Mapping[str, Any]], tables: Mapping[str, SafeTable], **more: str) -> str:
    """Return protected tables, and what anybody knows besides, as the text of a file."""
    told = {**more, "known": known, "tables": [written_table(table) for table in tables.values()]}
    return json.dumps(told, ensure_ascii=False)


def read(content: bytes) -> Record:
    """Return what `written` wrote; the day of a release that is not out is the first of all."""
    told = json.loads(content)
    day = datetime.date.fromisoformat(told.get("date", str(datetime.date.min)))
    return Record(day, tuple(map(read_table, told["tables"])), tuple(told["known"]))


def publish(release: Release, date: datetime.date | None = None) -> Path:
    """Record that a release is published; the record stays with the study.

    Parameters
    ----------
    release
        What leaves.
    date
        The day; today unless said otherwise.

    Returns
    -------
    Path
        The record, in the study's folder under `published`.

    Raises
    ------
    DisclosureError
        When something hidden would follow from this and an earlier publication together; says what may be done.

    Examples
    --------
    >>> publish(release).parent.name
    'published'
    """
    for earlier in records(release.study):
        refuse_together(earlier, release)
    day = date or datetime.date.today()
    number = len(list((release.study.folder / FOLDER).glob("*.json"))) + 1
    path = release.study.folder / FOLDER / f"{number:03d}-{day.isoformat()}.json"
    with file_errors(), replacing(path) as aside:
        aside.write_text(written(release.known, release.out, date=day.isoformat()), encoding="utf-8")
    return path


def refuse_together(earlier: Record, release: Release) -> None:
    """Refuse a release from which, with an earlier publication, something follows that neither of them tells.

    Everybody is in both, in the earlier alone or in the later alone; the attacker takes the tables as counts of these. Groups to
    which fewer than the base threshold were added show these people's answers as differences.

    Raises
    ------
    DisclosureError
        Naming the first count that would be worked out, and the remedies.
    """
    later = list(release.out.values())
    old, new = _shown(earlier.tables), _shown(later)
    changes = {place: new[place] - old[place] for place in old.keys() & new.keys() if new[place] != old[place]}
    base = release.rule.base
    few = sorted(str(dict(place)) for (place, group), change in changes.items() if group and abs(change) < base)
    if few:
        got = f"{len(few)} groups differ by fewer people than the rule allows"
        raise _refused(earlier, release, f"the group {few[0]}", got)
    if not changes and new.items() <= old.items():
        return
    waves = [KEPT, *([TAKEN_OUT] if min(changes.values(), default=0) < 0 else []), ADDED] if changes else []
    first = {WAVE: [wave for wave in waves if wave != ADDED]} if waves else {}
    second = {WAVE: [wave for wave in waves if wave != TAKEN_OUT]} if waves else {}
    items = [*_items(earlier.tables, first), *_items(later, second)]
    dims = _levels([*earlier.tables, *later]) | ({WAVE: waves} if waves else {})
    found = audit(
        tables=[{"table": name, "cells": cells} for name, cells in items],
        dims=dims,
        zeros=[zero for zero in release.zeros if set(zero) <= set(dims)],
        threshold={"k": release.rule.base, "width": release.rule.width},
        known=[{**fact, "where": {**fact["where"], **second}} for fact in release.known],
    )
    if len(found):
        where = f"{found['table'].iloc[0]}, {found['where'].iloc[0]}"
        raise _refused(earlier, release, where, f"{len(found)} hidden counts could be worked out")


def _refused(earlier: Record, release: Release, where: str, got: str) -> DisclosureError:
    what = f"this and the publication of {earlier.date} together give away what each of them hides"
    hint = f"wait until at least {release.rule.base} people were added to each group, publish the same plan, or"
    hint += f" withdraw the earlier publication and delete its record under {FOLDER}/"
    return DisclosureError(what, where=f"{release.study.name}: {where}", got=got, hint=hint)


def earlier_tables(study: Study, plan: Publishable, responses: Responses) -> list[tuple[Table, SafeTable]]:
    """Return what is out of the same answers, each table with its counts; nothing where the answers are others."""
    from ..estimate import tabulate

    raw = {table.id: table for table in plan.tables}
    found: dict[str, tuple[Table, SafeTable]] = {}
    for record in records(study):
        for table in record.tables:
            item = table.id.partition("_by_")[0]
            people = None if table.id in raw or table.stack else plan.respondents(*table.dims)
            if people is not None and {*table.dims} <= {*people}:
                raw[table.id] = counted(people, table.id, table.dims, table.answer, _level_lists(table))
            elif table.id not in raw and item in study.codebook.items:
                raw[table.id] = tabulate(responses, item, table.groups)
            if table.id not in raw or not _agrees(table, raw[table.id]):
                return []
            found[table.id] = (raw[table.id], table)
    return list(found.values())


def _level_lists(table: SafeTable) -> dict[str, list[str]]:
    return {dim: [level for level in table.cells[dim].cat.categories if level != TOTAL] for dim in table.dims}


def _agrees(safe: SafeTable, raw: Table) -> bool:
    """Return whether a table has the levels of another, and its shown counts are the other's."""
    dims = list(raw.dims)
    if list(safe.dims) != dims:
        return False
    if _level_lists(safe) != {dim: list(raw.frame[dim].cat.categories) for dim in dims}:
        return False
    shown = safe.frame.astype(dict.fromkeys(dims, object)).dropna(subset="count")
    if not dims:
        return bool((shown["count"] == raw.total).all())
    both = shown.merge(raw.frame.astype(dict.fromkeys(dims, object)), how="left", on=dims)
    return bool((both["count_x"] == both["count_y"].fillna(0)).all())


def written_table(table: SafeTable) -> dict[str, Any]:
    """Return a table as plain values."""
    cells = table.cells
    return {
        "id": table.id,
        "dims": table.dims,
        "answer": table.answer,
        "stack": table.stack,
        "levels": [list(cells[dim].cat.categories) for dim in table.dims],
        "ordered": [bool(cells[dim].cat.ordered) for dim in table.dims],
        "cells": [cells[dim].cat.codes.tolist() for dim in table.dims],
        "count": _plain(cells["count"]),
        **({} if table.effect is None else {"effect": table.effect, "weight": _plain(cells["weight"])}),
    }


def _plain(numbers: pd.Series) -> list[float | None]:
    return [None if hidden else whole(n) for n, hidden in zip(numbers.fillna(0), numbers.isna(), strict=True)]


def read_table(entry: Mapping[str, Any]) -> SafeTable:
    """Return a table from plain values."""
    dims = tuple(entry["dims"])
    columns: dict[str, Any] = {
        dim: pd.Categorical.from_codes(codes, categories=pd.Index(levels, dtype=object), ordered=ordered)
        for dim, codes, levels, ordered in zip(dims, entry["cells"], entry["levels"], entry["ordered"], strict=True)
    }
    effect = entry.get("effect")
    cells = pd.DataFrame({**columns, "count": pd.array(entry["count"], dtype="Int64" if effect is None else "Float64")})
    if effect is not None:
        cells["weight"] = pd.Series(entry["weight"], dtype=float)
    return made_safe(entry["id"], dims, cells, entry["answer"], entry["stack"], effect)


Where = tuple[tuple[str, str], ...]


def _shown(tables: Iterable[SafeTable]) -> dict[tuple[Where, bool], float]:
    """Return the shown counts by place, and whether each is of a group."""
    found: dict[tuple[Where, bool], float] = {}
    for table in tables:
        for place, count in _cells(table):
            if count is not None:
                answers = {table.answer, table.stack} & {dim for dim, _ in place}
                key = (("", table.id), *place) if table.stack else place
                found[key, not answers] = count
    return found


def _cells(table: SafeTable) -> Iterator[tuple[Where, float | None]]:
    dims = list(table.dims)
    levels = table.cells[dims].astype(object).to_numpy()
    for row, count, hidden in zip(levels, table.cells["count"].fillna(0), table.cells["count"].isna(), strict=True):
        place = tuple(sorted((dim, str(level)) for dim, level in zip(dims, row, strict=True) if level != TOTAL))
        yield place, None if hidden else whole(count)


def _items(tables: Iterable[SafeTable], wave: Mapping[str, list[str]]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Go through tables as the attacker reads them; those of several questions are of other people's answers each."""
    for table in tables:
        if not table.stack:
            yield table.id, [{"where": {**dict(place), **wave}, "value": count} for place, count in _cells(table)]


def _levels(tables: Iterable[SafeTable]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for table in tables:
        for dim in table.dims if not table.stack else ():
            found.setdefault(dim, {}).update(dict.fromkeys(map(str, table.cells[dim].astype(object).unique())))
    return {dim: [level for level in levels if level != TOTAL] for dim, levels in found.items()}
