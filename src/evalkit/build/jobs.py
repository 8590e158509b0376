"""Jobs side by side, each in a process of its own, so that one that dies takes nothing with it."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Any

from ..errors import BuildError, EvalkitError, file_errors
from .kernel import die_with_parent


@dataclass(frozen=True)
class Job:
    """A function and its arguments; both must survive a trip to another process."""

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


def side_by_side(
    jobs: Sequence[Job],
    say: Callable[[str], None],
    workers: int | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """Run jobs, at most one a processor at a time, and return what each returned, by name.

    Parameters
    ----------
    jobs
        Started in order.
    say
        Told a line as each ends, with its seconds.
    workers
        How many at a time; the processors of the machine unless said otherwise.
    meanwhile
        What this process does once the first jobs have started.

    Raises
    ------
    EvalkitError
        The first job's error; the others are stopped.
    """
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    waiting = list(jobs)
    running: dict[Any, tuple[Job, Any, float]] = {}
    results: dict[str, Any] = {}
    try:
        while waiting or running:
            while waiting and len(running) < (workers or os.cpu_count() or 1):
                job = waiting.pop(0)
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_work, args=(job, theirs))
                process.start()
                theirs.close()
                running[ours] = (job, process, time.monotonic())
            if meanwhile is not None:
                meanwhile()
                meanwhile = None
            for ready in wait(list(running)):
                job, process, started = running.pop(ready)
                results[job.name] = _result(job, ready, process)
                say(f"  {job.name}  {time.monotonic() - started:.1f} s")
    finally:
        for _, process, _ in running.values():
            process.kill()
            process.join()
    return results


def _work(job: Job, pipe: Any) -> None:
    die_with_parent()
    try:
        with file_errors(job.name):
            result = job.function(*job.arguments)
        pipe.send((True, result))
    except EvalkitError as error:
        pipe.send((False, error))
    except BaseException as error:
        place = _innermost(error)
        pipe.send(
            (
                False,
                BuildError(
                    "an unexpected error (its text may quote data and is left out)",
                    where=job.name,
                    got=f"{type(error).__name__} at {place}",
                    hint="this is a defect of evalkit: please report it with the line above",
                ),
            )
        )


def _innermost(error: BaseException) -> str:
    """Return file and line of the innermost frame of an error, without any value."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return (
        "an unknown place"
        if trace is None
        else f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
    )


def _result(job: Job, pipe: Any, process: Any) -> Any:
    try:
        good, value = pipe.recv()
    except EOFError:
        process.join()
        raise BuildError(
            "the process ended before it was done",
            where=job.name,
            got=f"exit code {process.exitcode}",
            hint="is there memory enough? run `make report` again",
        ) from None
    process.join()
    if not good:
        raise value
    return value
