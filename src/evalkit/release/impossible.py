"""What nobody can be, by the rules of the questionnaire: any attacker who has it knows that, and protection does too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..data.rules import Zero, impossible
from ..protect import SafeTable
from ..study import Study, Table


def published_zeros(study: Study, tables: Iterable[Table | SafeTable]) -> Iterator[Zero]:
    """Go through what nobody can be, in the levels that some tables have; what they say nothing of is left out."""
    levels: dict[str, set[str]] = {}
    for table in tables:
        rows = table.cells if isinstance(table, SafeTable) else table.frame
        answers = list(map(str, rows[table.stack].unique())) if table.stack else [table.answer]
        columns = {dim: dim for dim in table.groups} | {name: str(table.answer) for name in answers if name}
        for name, column in columns.items():
            levels.setdefault(name, set()).update(rows[column].astype(str))
    for zero in impossible(study):
        known = {name: [level for level in own if level in levels.get(name, ())] for name, own in zero.items()}
        if all(known.values()):
            yield known
