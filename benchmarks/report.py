"""How long a report takes: whole processes, against the same cells as one plain script, and against papermill with nbconvert.

Every run starts in a copy of the project without derived data or outputs. The report does more than either: it writes the first
page, the workbook and the document, and attacks what it has written. Aims: at most 3 times the plain script, at most 0.4 of
papermill and `jupyter nbconvert` one by one, and under 0.5 s where nothing has changed. Processor seconds stand beside: they
differ less on a machine that does other work too.

Run: python benchmarks/report.py [STUDY] [ROUNDS]
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from textwrap import indent

from evalkit.build.notebook import plan_tasks, read_notebook
from evalkit.places import project_root, study_folder
from evalkit.study import load_study

SCRIPT_AIM, PAPERMILL_AIM, NOTHING_AIM = 3.0, 0.4, 0.5


def copy_of_project(study, folder):
    """Copy what a report is made from, with the package's compiled files, so that no run pays for compiling."""
    root = project_root()
    for part in ("src", "notebooks"):
        shutil.copytree(root / part, folder / part)
    shutil.copytree(study_folder(study), folder / "data" / "raw" / study)
    shutil.copy(root / "requirements.lock", folder)
    subprocess.run([sys.executable, "-m", "compileall", "-q", folder / "src"], check=True)


def tasks_of(study):
    plan = load_study(study)
    return plan_tasks(project_root() / "notebooks", study=study, language=plan.languages[0], outcomes=plan.outcomes)


def plain_script(tasks):
    """Return the code cells of every notebook of a report, with its parameters, one after another."""
    lines = ["from evalkit.errors import EstimationError", "def display(*shown):", "    pass", ""]
    for task in tasks:
        for cell in read_notebook(task.notebook).cells:
            if cell.cell_type == "code":
                # what the answers do not bear is left out, as in a notebook
                lines += ["try:", indent(cell.source, "    "), "except (EstimationError, NameError):", "    pass"]
                if "parameters" in cell.metadata.get("tags", ()):
                    lines += [f"{name} = {value!r}" for name, value in task.parameters.items()]
    return "\n".join(lines) + "\n"


def seconds(folder, *commands, fresh=True):
    """Return how long commands take one after another, each a process of its own, and the processor seconds they use."""
    if fresh:
        for derived in ("data/processed", "outputs", "written"):
            shutil.rmtree(folder / derived, ignore_errors=True)
    (folder / "written").mkdir(exist_ok=True)
    environment = os.environ | {"PYTHONPATH": str(folder / "src"), "EVALKIT_ARTIFACTS": str(folder / "written")}
    started, used = time.perf_counter(), processor_seconds()
    for command in commands:
        subprocess.run([sys.executable, *command], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started, processor_seconds() - used


def processor_seconds():
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def papermill_and_nbconvert(tasks):
    """Return the commands that run each notebook of a report and make a page of it."""
    for task in tasks:
        given = [part for name, value in task.parameters.items() for part in ("-p", name, str(value))]
        made = f"written/{task.name}.ipynb"
        yield [
            "-m",
            "papermill",
            "--no-progress-bar",
            "--log-level",
            "ERROR",
            f"notebooks/{task.notebook.name}",
            made,
            *given,
        ]
        yield ["-m", "jupyter", "nbconvert", "--log-level", "ERROR", "--to", "html", made]


def middle(runs):
    """Return the median of clock and processor seconds."""
    return tuple(median(values) for values in zip(*runs, strict=True))


def main(study="departementsstrategien-2023", rounds="1"):
    tasks, report = tasks_of(study), ["-m", "evalkit", "report", "--study", study]
    taken = {"script": [], "papermill": [], "report": [], "nothing": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_of_project(study, folder)
        (folder / "script.py").write_text(plain_script(tasks), encoding="utf-8")
        for _ in range(int(rounds)):
            taken["script"].append(seconds(folder, ["script.py"]))
            taken["papermill"].append(seconds(folder, *papermill_and_nbconvert(tasks)))
            taken["report"].append(seconds(folder, report))
            taken["nothing"] += [seconds(folder, report, fresh=False) for _ in range(5)]
    (script, script_cpu), (peer, peer_cpu), (whole, whole_cpu), (nothing, _) = map(middle, taken.values())
    print(f"{study}: {len(tasks)} notebooks, {os.cpu_count()} processors; seconds by the clock, and of the processors")
    print(f"one plain script                 {script:7.1f} {script_cpu:7.1f}")
    print(f"papermill and jupyter nbconvert  {peer:7.1f} {peer_cpu:7.1f}")
    print(f"evalkit report                   {whole:7.1f} {whole_cpu:7.1f}")
    print(
        f"  against the plain script       {whole / script:7.2f} {whole_cpu / script_cpu:7.2f}   aim: at most {SCRIPT_AIM}"
    )
    print(
        f"  against papermill, nbconvert   {whole / peer:7.2f} {whole_cpu / peer_cpu:7.2f}   aim: at most {PAPERMILL_AIM}"
    )
    print(f"nothing to do                    {nothing:7.2f}           aim: under {NOTHING_AIM} s")
    return int(whole > SCRIPT_AIM * script or whole > PAPERMILL_AIM * peer or nothing >= NOTHING_AIM)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
