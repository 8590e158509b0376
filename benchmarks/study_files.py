"""What becomes of a study whose files were changed at random: the same study, another one, one clear error, or a traceback?

One of its YAML or CSV files is changed, by a value of another kind, a key that is gone or misspelt, lines that are lost, doubled
or cut short, or bytes that are none of UTF-8; then the study is loaded, and, where it loads, cleaned and counted. The script ends
with an error where that ended in anything but an error of the suite; the seed of such a file makes it again.

    python benchmarks/study_files.py [STUDY ...] [--number 600] [--seed 1]
"""

from __future__ import annotations

import argparse
import copy
import random
import shutil
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from evalkit.data import clean, read_export
from evalkit.errors import EvalkitError
from evalkit.places import study_folder
from evalkit.release.publishable import publishable
from evalkit.study import load_study

ODD = [
    None,
    "",
    " ",
    "x",
    "null",
    "-1",
    "0",
    "1e400",
    "nan",
    "9" * 25,
    "\u202e",
    "a/../../b",
    "2024-02-30",
    "x" * 9999,
    [],
    {},
]
ODD += [
    [[[]]],
    {"": ""},
    ["x", "x"],
    {"nb": "x"},
    {"en": None},
    "{{",
    "100%",
    "~",
    "true",
    "\u00ad",
    "A" * 70 + " ",
    "*",
    "&a",
    "=1+1",
]


def places(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return where every part of a file stands: what holds it, and its key or number there."""
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found.append((value, key))
        places(part, found)
    return found


def another_value(text: str, chance: random.Random) -> str:
    """Change one part of a YAML file."""
    value = yaml.safe_load(text)
    holder, key = chance.choice(places(value, []))
    other, own = chance.choice(places(value, []))
    match chance.randrange(4):
        case 0:
            holder[key] = copy.deepcopy(chance.choice(ODD))
        case 1:
            holder[key] = copy.deepcopy(other[own])
        case 2:
            del holder[key]
        case _ if isinstance(holder, dict):
            holder[chance.choice(["", "x", f"{key}s", str(own), "9" * 25])] = holder.pop(key)
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False)


def other_lines(text: str, chance: random.Random) -> str:
    """Lose, double, indent, cut or swap lines, or put something odd into one."""
    lines = text.splitlines(keepends=True)
    k, other = (chance.randrange(len(lines)) for _ in range(2))
    at = chance.randrange(len(lines[k]) + 1)
    odd = chance.choice(
        ["\t", "  ", '"', "'", ":", ",", ";", "[" * 50, "\0", "\u2028", "é", "#", "- ", "|", "9" * 25, "\r"]
    )
    return "".join(
        chance.choice(
            [
                [*lines[:k], *lines[k + 1 :]],
                [*lines[:k], lines[other], *lines[k:]],
                lines[:k],
                [*lines[:k], lines[k][:at] + odd + lines[k][at:], *lines[k + 1 :]],
            ]
        )
    )


def spoil(path: Path, chance: random.Random) -> None:
    """Change a file in one way."""
    whole = path.read_bytes()
    if chance.random() < 0.1:
        place = chance.randrange(len(whole))
        path.write_bytes(whole[:place] + bytes(chance.randrange(256) for _ in range(3)) + whole[place:])
        return
    way = another_value if path.suffix == ".yml" and chance.random() < 0.7 else other_lines
    path.write_text(way(whole.decode("utf-8-sig"), chance), encoding="utf-8")


def outcome(folder: Path) -> str:
    """Return what becomes of a study."""
    try:
        study = load_study(folder)
        publishable(clean(read_export(study), study))
    except EvalkitError as error:
        return f"an error ({type(error).__name__})"
    return "a study"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "studies", nargs="*", default=["departementsstrategien-2023", "copenhagen-housing", "state-employees-2024"]
    )
    parser.add_argument("--number", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    seen = Counter[str]()
    with tempfile.TemporaryDirectory() as top:
        for study in options.studies:
            folder = Path(shutil.copytree(study_folder(study), Path(top, study)))
            files = sorted(
                path for path in folder.rglob("*") if path.suffix in {".yml", ".csv"} and path.stat().st_size < 1e6
            )
            for seed in range(options.seed, options.seed + options.number // len(options.studies)):
                chance = random.Random(seed)
                path = chance.choice(files)
                whole = path.read_bytes()
                spoil(path, chance)
                try:
                    found = outcome(folder)
                except Exception:
                    found = "a TRACEBACK"
                    print(
                        f"seed {seed}: {study}/{path.relative_to(folder)}\n{traceback.format_exc(limit=-3)}", flush=True
                    )
                seen[found] += 1
                path.write_bytes(whole)
    print(", ".join(f"{count} {what}" for what, count in seen.most_common()))
    return int(seen["a TRACEBACK"] > 0)


if __name__ == "__main__":
    sys.exit(main())
