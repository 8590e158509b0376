"""Spoil exports at random, and count what becomes of each: right counts, one clear error, wrong in silence, or a traceback.

    python benchmarks/hostile_exports.py [--number 100] [--seed 1]

The answers are made, so that the true counts are known. Each variant is one layout of the answers with up to four things done
to it that happen to real exports; the study files stay as they are. The script ends with an error where one variant was read
wrongly in silence, or ended in anything but an error of the suite.
"""

from __future__ import annotations

import argparse
import copy
import random
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "data"))
import layouts as made

from evalkit.data import clean, read_export
from evalkit.errors import EvalkitError
from evalkit.estimate import tabulate
from evalkit.study import load_study

NAMES = {"unit": made.UNITS, "role": made.ROLES, "belonging": made.DEGREE, "g0": made.IMPORTANCE, "g1": made.IMPORTANCE}
HEADINGS = {
    "id": "Respondent-ID", "started": "Start", "sent": "Slutt", "status": "Status", "email": "E-post", "unit": "1. Enhet",
    "role": "2. Rolle", "belonging": "3. Tilhørighet", "g0": "4. Mål - Samordning", "g1": "4. Mål - Fellesskap",
    "m0": "5. Tiltak - IKT, drift", "m1": "5. Tiltak - HR", "m2": "5. Tiltak - Innkjøp",
}  # fmt: skip


@dataclass
class Variant:
    """An export to be spoilt: its rows by heading, how it is written, and the counts that are true of it."""

    rng: random.Random
    rows: list[dict[str, object]]
    truth: list[dict[str, str]]
    suffix: str = ".csv"
    separator: str = ";"
    encoding: str = "utf-8-sig"
    headings: dict[str, str] = field(default_factory=lambda: dict(HEADINGS))
    before: str = ""
    after: str = ""
    sheets: tuple[str, ...] = ()

    def some(self) -> dict[str, object]:
        """Return one of the rows."""
        return self.rng.choice(self.rows)

    def answer(self) -> str:
        """Return the name of one of the questions with one answer."""
        return self.rng.choice(list(NAMES))


def fresh(rng: random.Random) -> Variant:
    """Return an export that is fine, its boxes in one of the usual ways."""
    given = made.answers(60, rng.randrange(10_000))
    boxes = [made._own, *(made.words(*pair) for pair in (("1", "0"), ("x", ""), ("Y", ""), ("Valgt", "Ikke valgt")))]
    boxes += [
        made.words(*pair) for pair in (("Checked", "Unchecked"), ("TRUE", "FALSE"), ("Ja", "Nei"), ("1.0", "0.0"))
    ]
    rows: list[dict[str, object]] = []
    for row in made.rows(given, box=rng.choice(boxes)):
        del row["comment"]
        rows.append({**row, "status": "Fullført"})
    truth = [
        {"unit": made.UNITS[a.unit], "role": made.ROLES[a.role]}
        | {"belonging": "" if a.belonging is None else made.DEGREE[a.belonging]}
        | {f"g{k}": "" if v is None else made.IMPORTANCE[v] for k, v in enumerate(a.goals)}
        | {f"m{k}": "ticked" if t else "not_ticked" for k, t in enumerate(a.measures)}
        for a in given
    ]
    return Variant(rng, rows, truth)


def _cells(variant: Variant, change: Callable[[str], str], share: float = 0.3) -> None:
    for row in variant.rows:
        for name in (*NAMES, "m0", "m1", "m2"):
            if variant.rng.random() < share:
                row[name] = change(str(row[name]))


def _dates(variant: Variant, form: str) -> None:
    for row in variant.rows:
        for name in ("started", "sent"):
            if isinstance(row[name], str) and row[name]:
                row[name] = datetime.strptime(str(row[name])[:19], "%Y-%m-%d %H:%M:%S").strftime(form)


def _broken_off(variant: Variant) -> None:
    for _ in range(3):
        k = variant.rng.randrange(len(variant.rows))
        variant.rows[k] |= {"status": "Startet", "belonging": "", "g0": "", "g1": "", "m0": "", "m1": "", "m2": ""}
        variant.truth[k] = {}


def _not_asked(variant: Variant) -> None:
    k = variant.rng.randrange(len(variant.rows))
    variant.rows[k] |= dict.fromkeys(("m0", "m1", "m2"), "-99")
    variant.truth[k] |= dict.fromkeys(("m0", "m1", "m2"), "not_asked") if variant.truth[k] else {}


def _twice(variant: Variant) -> None:
    variant.rows.append(dict(variant.some()))
    variant.truth.append({})


def _headings(variant: Variant, change: Callable[[str], str]) -> None:
    variant.headings = {key: change(text) for key, text in variant.headings.items()}


def _shuffled(variant: Variant) -> None:
    keys = list(variant.headings)
    variant.rng.shuffle(keys)
    variant.headings = {key: variant.headings[key] for key in keys}


def _set(variant: Variant, **changes: object) -> None:
    for name, value in changes.items():
        setattr(variant, name, value)


def _put(variant: Variant, value: object, number: int = 1) -> None:
    """Put something that is no answer into one question of some rows: an error is due."""
    name = variant.answer()
    for row in variant.rng.sample(variant.rows, number):
        row[name] = value


def _without(variant: Variant, name: str) -> None:
    variant.headings.pop(name, None)


DEEDS: dict[str, Callable[[Variant], None]] = {
    "white space": lambda v: _cells(v, lambda text: f" {text}\u00a0" if text else text),
    "capitals": lambda v: _cells(v, str.upper),
    "doubled spaces": lambda v: _cells(v, lambda text: text.replace(" ", "  ")),
    "semicolons": lambda v: _set(v, separator=";"),
    "commas": lambda v: _set(v, separator=","),
    "tabs": lambda v: _set(v, separator="\t"),
    "UTF-16": lambda v: _set(v, encoding="utf-16"),
    "Windows-1252": lambda v: _set(v, encoding="cp1252"),
    "no mark": lambda v: _set(v, encoding="utf-8"),
    "a workbook": lambda v: _set(v, suffix=".xlsx"),
    "a hidden sheet": lambda v: _set(v, suffix=".xlsx", sheets=("hidden",)),
    "a sheet before": lambda v: _set(v, suffix=".xlsx", sheets=("about",)),
    "a copy of the sheet": lambda v: _set(v, suffix=".xlsx", sheets=("copy",)),
    "dates with dots": lambda v: _dates(v, "%d.%m.%Y %H:%M"),
    "the month first": lambda v: _dates(v, "%m/%d/%Y %I:%M:%S %p"),
    "the day first": lambda v: _dates(v, "%d/%m/%Y %H:%M"),
    "ISO with a zone": lambda v: _dates(v, "%Y-%m-%dT%H:%M:%S.000+01:00"),
    "break-offs": _broken_off,
    "not asked": _not_asked,
    "a row twice": _twice,
    "shuffled columns": _shuffled,
    "headings in capitals": lambda v: _headings(v, str.upper),
    "dashes in headings": lambda v: _headings(v, lambda text: text.replace(" - ", " \u2013 ")),
    "empty lines": lambda v: _set(v, after="\n\n;;;\n"),
    "a title": lambda v: _set(v, before="Svar på undersøkelsen\n"),
    "sep=": lambda v: _set(v, before="sep=;\n"),
    "a slip": lambda v: _put(v, "Gansk viktg"),
    "free text": lambda v: _put(v, "Det kommer an på hvem som spør"),
    "NA": lambda v: _put(v, "NA", 9),
    "a column gone": lambda v: _without(v, v.answer()),
    "a box gone": lambda v: _without(v, "m2"),
    "no ids": lambda v: [row.update(id="anonymous") for row in v.rows],  # type: ignore[func-returns-value]
    "a date in words": lambda v: v.some().update(sent="i går"),
    "a status unknown": lambda v: [row.update(status="Ferdig") for row in v.rows],  # type: ignore[func-returns-value]
    "cut short": lambda v: _set(v, after="9999;2024"),
}


def write(variant: Variant, folder: Path) -> str:
    """Write the export and return its name."""
    name, keys = f"svar{variant.suffix}", list(variant.headings)
    body = [[row[key] for key in keys] for row in variant.rows]
    if variant.suffix == ".xlsx":
        _workbook(variant, folder / name, [list(variant.headings.values()), *body])
        return name
    text = made.as_csv([list(variant.headings.values())], body, variant.separator).decode("utf-8-sig")
    (folder / name).write_bytes((variant.before + text + variant.after).encode(variant.encoding, "replace"))
    return name


def _workbook(variant: Variant, path: Path, table: list[list[object]]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        if "about" in variant.sheets:
            book.add_worksheet("Om").write(0, 0, "eksporten")
        if "hidden" in variant.sheets:
            book.add_worksheet("Om").write(0, 0, "eksporten")
        for title in (
            "Svar",
            *(["Kopi"] if "copy" in variant.sheets else []),
            *(["Gammel"] if "hidden" in variant.sheets else []),
        ):
            sheet = book.add_worksheet(title)
            for number, row in enumerate(table):
                sheet.write_row(number, 0, row)
            if title == "Gammel":
                sheet.hide()


def study_files(folder: Path, file: str) -> None:
    """Write the study files, which know nothing of what was done to the export."""
    codebook = copy.deepcopy(yaml.safe_load((Path(made.__file__).parent / "cases" / "codebook.yml").read_text("utf-8")))

    def scale(texts: tuple[str, ...], kind: str = "ordinal") -> dict[str, object]:
        codes = [{"code": f"c{k}", "nb": text, "en": text} for k, text in enumerate(texts) if text != "Vet ikke"]
        missing = [{"code": "dont_know", "nb": "Vet ikke", "en": "Vet ikke"}] if "Vet ikke" in texts else []
        return {"kind": kind, "categories": codes, "missing": missing}

    codebook["scales"] = {"units": scale(made.UNITS, "nominal"), "roles": scale(made.ROLES, "nominal")}
    codebook["scales"] |= {"degree": scale(made.DEGREE), "importance": scale(made.IMPORTANCE)}
    items = codebook["items"]
    for name in ("unit", "role", "belonging"):
        items[name]["column"] = HEADINGS[name]
    items["goals"]["items"] = {
        f"g{k}": {"column": HEADINGS[f"g{k}"], "nb": g, "en": g} for k, g in enumerate(made.GOALS)
    }
    options = {f"m{k}": {"column": HEADINGS[f"m{k}"], "nb": m, "en": m} for k, m in enumerate(made.MEASURES)}
    items["measures"]["options"] = options
    plan = {
        "study": "hostile", "title": {"nb": "Puls", "en": "Pulse"}, "synthetic": False, "languages": ["nb", "en"],
        "fieldwork": {"start": "2024-03-04", "end": "2024-03-15"}, "groups": ["unit"],
        "export": {"file": file, "id": HEADINGS["id"], "started": HEADINGS["started"], "submitted": HEADINGS["sent"],
                   "drop": [HEADINGS["email"]], "status": {"column": "Status", "complete": ["Fullført"]}},
    }  # fmt: skip
    for name, content in (("study", plan), ("codebook", codebook)):
        (folder / f"{name}.yml").write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")


def counts(folder: Path) -> dict[str, Counter[str]]:
    """Return what the suite counts: each question's answers by text."""
    study = load_study(folder)
    responses = clean(read_export(study), study)
    found: dict[str, Counter[str]] = {}
    for item in study.codebook.items:
        table = tabulate(responses, item)
        for cell in table.frame.to_dict("records"):
            name = str(cell[item]).split("_")[-1] if table.stack else item
            code = str(cell["answer" if table.stack else item])
            scale = study.codebook.items[item].scale
            label = study.codebook.scales[scale].category(code).labels["nb"] if scale and code != "blank" else code
            found.setdefault(name, Counter())["" if label == "blank" else label] += cell["count"]
    return {name: +count for name, count in found.items()}


def outcome(seed: int) -> tuple[str, str]:
    """Return what became of one variant, and what was done to it."""
    rng = random.Random(seed)
    variant = fresh(rng)
    deeds = rng.sample(list(DEEDS), rng.randrange(5))
    for deed in deeds:
        try:
            DEEDS[deed](variant)
        except ValueError:  # dates can be rewritten once
            continue
    truth = {name: +Counter(row[name] for row in variant.truth if row) for name in variant.truth[0] or variant.truth[1]}
    with tempfile.TemporaryDirectory() as folder:
        study_files(Path(folder), write(variant, Path(folder)))
        try:
            found = counts(Path(folder))
        except EvalkitError as error:
            return "error", f"{', '.join(deeds)}: {error.what}"
        except Exception:
            return "traceback", f"{', '.join(deeds)}: {traceback.format_exc()}"
    return (
        ("right", ", ".join(deeds))
        if found == truth
        else ("wrong in silence", f"{', '.join(deeds)}: {found} for {truth}")
    )


def main() -> int:
    """Run the variants and print how many came to each end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    ends: Counter[str] = Counter()
    for seed in range(options.seed, options.seed + options.number):
        end, told = outcome(seed)
        ends[end] += 1
        if options.verbose or end in {"wrong in silence", "traceback"}:
            print(f"{seed}: {end}: {told}")
    print(", ".join(f"{end} {number}" for end, number in ends.most_common()))
    return int(bool(ends["wrong in silence"] + ends["traceback"]))


if __name__ == "__main__":
    sys.exit(main())
