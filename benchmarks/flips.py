"""Is one bit that is another ever believed? Every file of data/processed and the manifest, flipped bit by bit at random places.

A small study is built; then a bit of one of its files is flipped, and the file asked for again: the answer has to be what it was
before the flip, made anew, or an error. The manifest has to count as none.

    python benchmarks/flips.py [STUDY] [--flips 600] [--seed N]
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from interrupted import finish, project

from evalkit.build.manifest import is_current
from evalkit.data import load_responses
from evalkit.errors import EvalkitError
from evalkit.release import load_release
from evalkit.study import load_study


def flipped(path: Path, chance: random.Random) -> None:
    """Change one bit of a file."""
    content = bytearray(path.read_bytes())
    place = chance.randrange(8 * len(content))
    content[place // 8] ^= 1 << place % 8
    path.write_bytes(content)


def outcome(path: Path, whole: bytes, asked: Callable[[], object], truth: object) -> str:
    """Return what came of a flip: an error, made anew, or believed."""
    try:
        answer = asked()
    except EvalkitError:
        return "an error"
    return "made anew" if answer == truth and path.read_bytes() == whole else "BELIEVED"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", nargs="?", default="copenhagen-housing")
    parser.add_argument("--flips", type=int, default=600)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    options = parser.parse_args()
    chance, seen = random.Random(options.seed), Counter[str]()
    with tempfile.TemporaryDirectory() as top:
        folder = project(Path(top, "project"), options.study)
        os.environ["EVALKIT_ROOT"] = str(folder)
        finish(folder, options.study)
        study, place = load_study(options.study), folder / "outputs" / options.study

        def responses() -> object:
            return load_responses(study).data.to_csv()

        def release() -> object:
            return {name: table.cells.to_csv() for name, table in load_release(study).tables.items()}

        def current() -> object:
            if is_current(folder, study.folder, place, None, {}):
                return "as it was"
            raise EvalkitError("the report would be made anew")

        asked = {"responses.parquet": responses, "release.json": release, "made-from.json": current}
        files = [*sorted((folder / "data" / "processed" / study.name).iterdir()), place / "manifest.json"]
        truths = {ask: ask() for ask in {*asked.values(), current}}
        for number in range(options.flips):
            path = files[number % len(files)]
            ask, whole = asked.get(path.name.removesuffix(".seal"), current), path.read_bytes()
            flipped(path, chance)
            seen[f"{path.name}: {outcome(path, whole, ask, truths[ask])}"] += 1
            path.write_bytes(whole)
    print(f"{options.flips} flips, seed {options.seed}")
    for what, count in sorted(seen.items()):
        print(f"  {count:5} {what}")
    return int(any("BELIEVED" in what for what in seen))


if __name__ == "__main__":
    sys.exit(main())
