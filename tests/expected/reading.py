"""A study's raw files, read and cleaned by plain rules, without the package.

The codebook and the plan are read as the YAML that they are. Every later script starts from the frames made here: one row a respondent (or
a row of counts), a column an item, codes as the codebook has them, `count` beside them.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).parents[2]
RAW = ROOT / "data" / "raw"
BLANK = "blank"
TOTAL = "__total__"


@dataclass(frozen=True)
class Item:
    """One question with one answer (a battery's statement and a tick box are items too)."""

    id: str
    column: str
    kind: str  # single, statement or box
    parent: str  # the battery or the list of boxes it belongs to, else its own id
    codes: tuple[str, ...]  # the answers in print order
    low_to_high: tuple[str, ...]
    missing: tuple[str, ...]
    ordinal: bool
    labels: dict[str, dict[str, str]]  # code -> language -> what tables print
    texts: dict[str, str]  # what stands in the export, cleaned and case folded -> code
    name: dict[str, str]  # what tables call the item, by language


@dataclass(frozen=True)
class Survey:
    """A study's plan, items and cleaned answers."""

    name: str
    plan: dict[str, Any]
    codebook: dict[str, Any]
    items: dict[str, Item]
    answers: pd.DataFrame
    log: list[tuple[str, int]]
    frame: pd.DataFrame | None
    unread: list[tuple[str, int]]  # columns of the export that nothing names, and how many cells of each are filled

    def item(self, name: str) -> Item:
        """Return the item of that name."""
        return self.items[name]


def tidied(text: Any) -> str:
    """Return a cell's text with every run of blanks (no-break ones too) as one blank, and without case."""
    return re.sub(r"\s+", " ", str(text)).strip().casefold()


def _scale(codebook: dict[str, Any], name: str) -> dict[str, Any]:
    return codebook["scales"][name]


def _labels(categories: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    # `display` says what tables print where the printed answer does not say who the group is.
    return {
        entry["code"]: {lang: (entry.get("display") or entry)[lang] for lang in ("nb", "en") if lang in entry}
        for entry in categories
    }


def _texts(categories: list[dict[str, Any]]) -> dict[str, str]:
    found = {}
    for entry in categories:
        for text in (
            [entry["code"]] + [entry[lang] for lang in ("nb", "en") if lang in entry] + list(entry.get("aliases", []))
        ):
            found.setdefault(tidied(text), entry["code"])
    return found


def _answered(
    name: str, entry: dict[str, Any], codebook: dict[str, Any], kind: str, parent: str, part: dict[str, Any]
) -> Item:
    scale = _scale(codebook, entry["scale"])
    categories, missing = scale["categories"], scale.get("missing", [])
    codes = tuple(category["code"] for category in categories)
    return Item(
        id=name,
        column=part["column"],
        kind=kind,
        parent=parent,
        codes=codes,
        low_to_high=tuple(scale.get("low_to_high", codes)),
        missing=tuple(category["code"] for category in missing),
        ordinal=scale["kind"] == "ordinal",
        labels=_labels([*categories, *missing]),
        texts=_texts([*categories, *missing]),
        name=entry.get("label", entry.get("question"))
        if kind == "single"
        else {k: part[k] for k in ("nb", "en") if k in part},
    )


def _box(name: str, parent: str, part: dict[str, Any]) -> Item:
    labels = {
        "ticked": {"nb": "Krysset av", "en": "Ticked"},
        "not_ticked": {"nb": "Ikke krysset av", "en": "Not ticked"},
    }
    return Item(
        id=name,
        column=part["column"],
        kind="box",
        parent=parent,
        codes=("ticked", "not_ticked"),
        low_to_high=("not_ticked", "ticked"),
        missing=(),
        ordinal=False,
        labels=labels,
        texts={},
        name={k: part[k] for k in ("nb", "en") if k in part},
    )


def read_items(codebook: dict[str, Any]) -> dict[str, Item]:
    """Return every item of a codebook, statements of batteries and tick boxes one by one."""
    items: dict[str, Item] = {}
    for name, entry in codebook["items"].items():
        if entry["kind"] == "single":
            items[name] = _answered(name, entry, codebook, "single", name, entry)
        elif entry["kind"] == "battery":
            for row, part in entry["items"].items():
                items[f"{name}_{row}"] = _answered(f"{name}_{row}", entry, codebook, "statement", name, part)
        else:
            for box, part in entry["options"].items():
                items[f"{name}_{box}"] = _box(f"{name}_{box}", name, part)
    return items


def _export(folder: Path, plan: dict[str, Any]) -> pd.DataFrame:
    path = folder / plan["export"]["file"]
    if path.suffix == ".xlsx":
        return pd.read_excel(path, dtype=str, engine="calamine", na_filter=False)
    return pd.read_csv(path, dtype=str, na_filter=False)


def _coded(raw: pd.DataFrame, items: dict[str, Item]) -> pd.DataFrame:
    columns = {}
    for item in items.values():
        cells = raw[item.column].map(tidied)
        if item.kind == "box":
            # A list to tick has no 'none': any text in the box is a tick, an empty box is none.
            columns[item.id] = np.where(cells == "", "not_ticked", "ticked")
        else:
            unknown = set(cells) - set(item.texts) - {""}
            if unknown:
                raise ValueError(f"{item.id}: {len(unknown)} texts of the export are no answer of the codebook")
            columns[item.id] = cells.map(item.texts).fillna(BLANK)
    return pd.DataFrame(columns, index=raw.index).astype(object)


def _times(cells: pd.Series) -> pd.Series:
    """Return times: written with the year first, or with the day first and dots between."""
    dotted = cells.str.contains(r"^\d{1,2}\.", regex=True)
    year_first = pd.to_datetime(cells.where(~dotted & (cells != ""), None), format="ISO8601")
    return year_first.fillna(pd.to_datetime(cells.where(dotted, None), format="mixed", dayfirst=True))


def _set_aside(raw: pd.DataFrame, coded: pd.DataFrame, plan: dict[str, Any]) -> list[tuple[str, pd.Series]]:
    """Return the reasons for which a row is set aside, in the order in which the first that fits counts."""
    export, work = plan["export"], plan["fieldwork"]
    reasons = []
    submitted = _times(raw[export["submitted"]])
    started = _times(raw[export["started"]])
    when = submitted.fillna(started).dt.normalize()
    reasons.append(("before", when < pd.Timestamp(work["start"])))
    reasons.append(("after", when > pd.Timestamp(work["end"])))
    for rule in export.get("exclude", []):
        values = {tidied(value) for value in rule["values"]}
        reasons.append((rule["reason"], raw[rule["column"]].map(tidied).isin(values)))
    status = export["status"]
    counted = {tidied(text) for text in status["complete"] + status.get("partial", [])}
    reasons.append(("broken_off", ~raw[status["column"]].map(tidied).isin(counted)))
    # Nothing answered: no question with an answer and no box ticked.
    reasons.append(("nothing", coded.isin([BLANK, "not_ticked"]).all(axis=1)))
    return reasons


def _cleaned(
    raw: pd.DataFrame, coded: pd.DataFrame, plan: dict[str, Any]
) -> tuple[pd.DataFrame, list[tuple[str, int]]]:
    """Set rows aside for the first reason that fits; of one respondent's rows that are left the most complete one counts."""
    log = [("read", len(raw))]
    kept = pd.Series(True, index=raw.index)
    for reason, mask in _set_aside(raw, coded, plan):
        log.append((reason, int((kept & mask).sum())))
        kept &= ~mask
    left = raw[kept]
    given = (~coded.loc[left.index].isin([BLANK, "not_ticked"])).sum(axis=1)
    order = given.sort_values(kind="stable").index
    doubled = left.loc[order].duplicated(plan["export"]["id"], keep="last")
    kept[doubled.index[doubled]] = False
    log += [("second", int(doubled.sum())), ("kept", int(kept.sum()))]
    answers = coded[kept].copy()
    answers["count"] = 1
    answers["day"] = _times(raw.loc[kept, plan["export"]["submitted"]]).dt.normalize()
    answers["partial"] = (
        raw.loc[kept, plan["export"]["status"]["column"]]
        .map(tidied)
        .isin([tidied(text) for text in plan["export"]["status"].get("partial", [])])
    )
    return answers.reset_index(drop=True), log


def _read(plan: dict[str, Any], items: dict[str, Item]) -> set[str]:
    """Return the columns of the export that the plan and the codebook name."""
    export = plan["export"]
    named = {export.get(key) for key in ("id", "started", "submitted", "count")} | set(export.get("drop", []))
    named |= {export.get("status", {}).get("column")} | {rule["column"] for rule in export.get("exclude", [])}
    return named | {item.column for item in items.values()}


def read_survey(name: str) -> Survey:
    """Read a study: plan, codebook, export and frame, the answers cleaned and coded."""
    folder = RAW / name
    plan = yaml.safe_load((folder / "study.yml").read_text("utf-8"))
    codebook = yaml.safe_load((folder / "codebook.yml").read_text("utf-8"))
    items = read_items(codebook)
    raw = _export(folder, plan)
    coded = _coded(raw, items)
    if plan["export"].get("count"):
        answers = coded.assign(count=raw[plan["export"]["count"]].astype(int))
        people = int(answers["count"].sum())
        log = [("read", people), ("nothing", 0), ("kept", people)]
    else:
        answers, log = _cleaned(raw, coded, plan)
    frame = pd.read_csv(folder / plan["frame"]) if plan.get("frame") else None
    unread = [(column, int((raw[column] != "").sum())) for column in raw.columns if column not in _read(plan, items)]
    return Survey(name, plan, codebook, items, answers, log, frame, unread)
