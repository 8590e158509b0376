"""The attacker that a release has to withstand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from math import isinf
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import UsageError
from ..study import DisclosureRule
from .cases import Case, Threshold, attack_case
from .facts import Item
from .findings import Finding
from .publication import attack_publication
from .reading import Publication, from_tables, read_outputs
from .unknown_counts import Where

COLUMNS = ["table", "where", "kind", "low", "high"]


def audit(
    source: Any = None,
    rule: Any = None,
    *,
    tables: Sequence[Any] | None = None,
    dims: Mapping[str, Sequence[object]] | None = None,
    threshold: Any = None,
    zeros: Sequence[Where] | None = None,
    known: Sequence[Item] | None = None,
    targets: Sequence[Where] | None = None,
    answer_dim: str | None = None,
    integer: bool | None = None,
    micro: Any = None,
    insider: Where | Sequence[Where] | None = None,
) -> pd.DataFrame:
    """Work out from what is published whatever can be worked out, as an attacker would.

    Every published figure is a linear fact about the unknown counts of respondents; each hidden count is bounded from
    below and above over all whole, non-negative counts that agree with the facts, by linear and integer programmes
    (Fischetti and Salazar-González, Mathematical Programming 84, 1999; the R packages sdcTable and sdcMicro attack in
    the same way). Shares no code with `protect`.

    Parameters
    ----------
    source
        An outputs folder (of all studies, one study, or one language); or protected tables; or a mapping with the keys
        named below, as a case and one of its publications joined.
    rule
        The disclosure rule or the threshold; a folder states its own.
    tables
        Tables of items: `table` and `cells`, each cell with `where`, `value` (None = hidden) and, but for counts,
        `kind` (range, rounded, pct, mean, linear); or protected tables.
    dims
        The categories of each dimension.
    threshold
        `k`, `width`, `group`, `group_slack`.
    zeros
        Cells that cannot hold anybody.
    known
        Items that the attacker knows besides. What follows from them alone is no finding.
    targets
        The counts in question; all that are not shown unless said otherwise.
    answer_dim
        The dimension of answers, for unanimous groups; the last one unless said otherwise.
    integer
        Whether integer programmes are used (the default) where linear ones leave fractions: without them the attacker is
        faster and weaker. Of components of more than 1,000 unknowns the linear bounds are taken, rounded inwards.
    micro
        The true inner counts (`where` and `n`): then only counts from 1 to k - 1, and groups that are unanimous in
        truth, can be given away. Without them an interval that reaches into 1 to k - 1 is judged.
    insider
        The cell of a respondent who knows their own answers, or several who pool them; counts are then of the others.

    Returns
    -------
    DataFrame
        `table, where, kind, low, high`: a row a finding, none when nothing can be worked out. Kinds are `exact`,
        `small` (surely 1 to k - 1), `narrow` (an interval shorter than the width) and `group` (all, or all but the
        slack, of a group surely gave that answer). `where` is a dictionary.

    Raises
    ------
    UsageError
        When something is asked for that cannot be understood.
    DisclosureError
        When a folder cannot be read, or what is published contradicts itself.

    Examples
    --------
    >>> len(audit([release.table("belonging", "role")], release.rule, known=release.known))
    0
    """
    given = {
        "tables": tables, "dims": dims, "threshold": threshold, "zeros": zeros, "known": known, "targets": targets,
        "answer_dim": answer_dim, "integer": integer, "micro": micro, "insider": insider,
    }  # fmt: skip
    for mapping in (source, rule):
        if isinstance(mapping, Mapping):
            given = {name: mapping.get(name) if value is None else value for name, value in given.items()}
    if isinstance(source, (str, Path)):
        return _frame(_attack_folder(Path(source), _insiders(insider)))
    if not isinstance(source, Mapping) and source is not None and given["tables"] is None:
        given["tables"] = list(source)
    return _frame(_attack_given(given, rule))


def _attack_folder(folder: Path, insiders: Sequence[Where]) -> list[Finding]:
    publications = read_outputs(folder)
    if len(publications) == 1:
        return attack_publication(publications[0], insiders)
    found = ((one.name, finding) for one in publications for finding in attack_publication(one, insiders))
    return [replace(finding, table=f"{study}/{finding.table}") for study, finding in found]


def _attack_given(given: Mapping[str, Any], rule: Any) -> list[Finding]:
    tables = given["tables"]
    if tables is None:
        expected = "a folder, tables, or a mapping with the key 'tables'"
        raise UsageError("nothing to audit", where="audit", expected=expected)
    if tables and all(hasattr(table, "cells") and hasattr(table, "dims") for table in tables):
        return attack_publication(_protected(tables, rule, given), _insiders(given["insider"]))
    if given["dims"] is None:
        raise UsageError("the categories are not given", where="audit", expected="dims={dimension: [categories]}")
    stated = given["threshold"]
    if stated is None and not (isinstance(rule, Mapping) and "tables" in rule):
        stated = rule
    items = [pair for table in tables for pair in _items(table)]
    plain = ("dims", "known", "zeros", "targets", "answer_dim", "integer")
    more = {name: given[name] for name in plain if given[name] is not None}
    more |= {"micro": _micro(given["micro"]), "insiders": _insiders(given["insider"])}
    return attack_case(Case(items, threshold=Threshold.of(stated), **more))


def _protected(tables: Sequence[Any], rule: Any, given: Mapping[str, Any]) -> Publication:
    stated = given["threshold"] if rule is None or given["threshold"] is not None else rule
    if isinstance(stated, Mapping) and "k" in stated:
        threshold = Threshold.of(stated)
        stated = DisclosureRule(base=threshold.k, cell=threshold.k, width=threshold.width)
    elif not isinstance(stated, DisclosureRule):
        stated = DisclosureRule.model_validate(stated or {})
    known = [item for fact in given["known"] or () for item in _known_items(fact)]
    return from_tables(tables, stated, known, given["zeros"] or ())


def _known_items(fact: Any) -> list[Item]:
    """Return an item as it is, and a table of counts as items."""
    if isinstance(fact, Mapping):
        return [fact]
    rows = fact.frame.astype(object).to_dict("records")
    return [{"where": {dim: row[dim] for dim in fact.dims}, "value": int(row["count"])} for row in rows]


def _insiders(given: Any) -> list[Where]:
    return [given] if isinstance(given, Mapping) else list(given or ())


def _items(table: Any) -> list[tuple[str, Item]]:
    if not isinstance(table, Mapping):
        raise UsageError("neither a table nor an item", where="audit", got=type(table).__name__)
    if "cells" in table:
        return [(str(table.get("table") or table.get("id") or ""), _item(cell)) for cell in table["cells"]]
    return [("", _item(table))]


def _item(cell: Mapping[str, Any]) -> Item:
    """Return an item whose value, where a frame says it is missing, is None."""
    return {name: None if name == "value" and pd.isna(value) else value for name, value in cell.items()}


def _micro(micro: Any) -> list[dict[str, Any]] | None:
    """Return the true counts as records; a frame has a column a dimension and `count`."""
    if micro is None or not hasattr(micro, "columns"):
        return micro  # type: ignore[no-any-return]
    number, rows = "count" if "count" in micro.columns else "n", micro.astype(object).to_dict("records")
    return [
        {"where": {dim: value for dim, value in row.items() if dim != number}, "n": int(row[number])} for row in rows
    ]


def _frame(findings: Sequence[Finding]) -> pd.DataFrame:
    endless = any(isinf(finding.high) for finding in findings)
    frame = pd.DataFrame([asdict(finding) for finding in findings], columns=COLUMNS)
    return frame.astype({"low": "int64", "high": "float64" if endless else "int64"})
