"""How processor seconds, memory and pages grow: with respondents, with items, and with units, of made studies from CSV files.

Each stage runs in a process of its own that starts from what the ones before it have kept: `clean` reads and cleans, `protect`
makes the release, `report` the pages, files and the attack. A slope is how many times the seconds grow where the size doubles,
as a power of 2: 1 is in proportion.

Run: python benchmarks/growth.py [respondents|items|units ...]
"""

import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from engine import written

SIZES = {
    "respondents": [2_000, 20_000, 200_000, 1_000_000],
    "items": [5, 20, 60, 200],
    "units": [10, 30, 100, 300],
}
FIXED = {"respondents": 20_000, "items": 10, "units": 10}
STAGES = {
    "clean": [
        "-c",
        "import sys; from evalkit import load_responses, load_study; load_responses(load_study(sys.argv[1]))",
    ],
    "protect": [
        "-c",
        "import sys; from evalkit import load_release, load_study; load_release(load_study(sys.argv[1]))",
    ],
    "report": ["-m", "evalkit", "report", "--output", "outputs", "--study"],
}


def used(command, top):
    """Run a process; return its processor seconds, the largest memory of one process in GiB, and seconds by the clock."""
    started = time.perf_counter()
    environment = os.environ | {"EVALKIT_PROCESSED": str(top / "processed")}
    process = subprocess.Popen([sys.executable, *command], cwd=top, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(map(str, command))} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20, time.perf_counter() - started


def measured(**sizes):
    """Return what each stage of a study takes, and the sizes of its largest page and of all its outputs in MB."""
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        study = written(top / "grown", table=False, **sizes).folder
        found = {stage: used([*command, study], top) for stage, command in STAGES.items()}
        files = [path for path in (top / "outputs").rglob("*") if path.is_file()]
        page = max(path.stat().st_size for path in files if path.suffix == ".html")
        return found, page / 1e6, sum(path.stat().st_size for path in files) / 1e6


def main(asked):
    for what in asked or SIZES:
        others = ", ".join(f"{count:,} {name}" for name, count in FIXED.items() if name != what)
        print(f"\n{what} ({others}) | {' | '.join(f'{stage}: s, GiB' for stage in STAGES)} | clock | page, all: MB")
        last = None
        for size in SIZES[what]:
            found, page, whole = measured(**FIXED | {what: size})
            stages = " | ".join(f"{seconds:.1f}, {memory:.2f}" for seconds, memory, _ in found.values())
            clock = sum(took for *_, took in found.values())
            print(f"{size:,} | {stages} | {clock:.0f} | {page:.2f}, {whole:.1f}", end="")
            if last is not None:
                slopes = [math.log(found[s][0] / last[1][s][0]) / math.log(size / last[0]) for s in STAGES]
                print(" | slopes " + ", ".join(f"{slope:.2f}" for slope in slopes), end="")
            print(flush=True)
            last = size, found


if __name__ == "__main__":
    main(sys.argv[1:])
