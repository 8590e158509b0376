"""Kernels for the build: started from a process that has the libraries loaded, or cold where that cannot be done.

A kernel notes which files it opened, so that the manifest can say what a notebook really read. Forked and cold kernels give
the same outputs; a test compares them.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager

READS = "EVALKIT_READS"
"""The environment variable that names the file in which a kernel notes what it opened."""
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask Linux to end this process when its parent ends, so that a killed build leaves nothing running."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def serve(connection_file: str) -> None:
    """Be a kernel until told to stop, noting what is opened when READS names a file."""
    from ipykernel.kernelapp import IPKernelApp

    opened: set[str] = set()
    if os.environ.get(READS):
        sys.addaudithook(lambda event, args: _note(opened, event, args))
    app: Any = IPKernelApp.instance()
    app.initialize(["-f", connection_file, "--quiet", "--InteractiveShell.colors=NoColor"])
    try:
        app.start()
    finally:
        if os.environ.get(READS):
            Path(os.environ[READS]).write_text(json.dumps(sorted(opened)), encoding="utf-8")


def _note(opened: set[str], event: str, args: tuple[Any, ...]) -> None:
    if event == "open" and isinstance(args[0], str) and not (args[2] & (os.O_WRONLY | os.O_RDWR)):
        opened.add(os.path.abspath(args[0]))


class ForkedProcess:
    """A forked child with the few methods that a kernel manager asks of a process."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        if self.returncode is None:
            with contextlib.suppress(ChildProcessError):
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self) -> int:
        """Wait for its end and return the exit code."""
        if self.returncode is None:
            self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode

    def send_signal(self, signum: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class _LocalKernelManager(AsyncKernelManager):
    """Talks to its kernel through sockets in a folder of its own: no port is taken, none is open to others."""

    def __init__(self, **kwargs: Any) -> None:
        if sys.platform != "win32":
            kwargs |= {"transport": "ipc", "ip": os.path.join(tempfile.mkdtemp(prefix="evalkit-"), "kernel")}
        super().__init__(**kwargs)

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart)
        if self.transport == "ipc" and not restart:
            shutil.rmtree(os.path.dirname(self.ip), ignore_errors=True)


class ForkingKernelManager(_LocalKernelManager):
    """Starts a kernel by forking this process, with every library it has loaded, instead of running a command."""

    async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: Any) -> None:
        pid = os.fork()
        if pid == 0:
            _become_kernel(self.connection_file, kw.get("env"), kw.get("cwd"))
        provisioner: Any = self.provisioner
        provisioner.process, provisioner.pid = ForkedProcess(pid), pid
        self._reconcile_connection_info(provisioner.connection_info)


def _become_kernel(connection_file: str, environment: dict[str, str] | None, cwd: str | None) -> None:
    """Serve in a forked child, and never return."""
    code = 1
    try:
        die_with_parent()
        asyncio.events._set_running_loop(None)
        asyncio.set_event_loop(asyncio.new_event_loop())  # the parent's must not be shared
        os.environ.update(environment or {})
        if cwd:
            os.chdir(cwd)
        serve(connection_file)
        code = 0
    finally:
        os._exit(code)


class ColdKernelManager(_LocalKernelManager):
    """Starts a kernel as a process of its own, with this module as its command."""

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        """Return the command: this interpreter, this module, the connection file."""
        return [sys.executable, "-m", "evalkit.build.kernel", self.connection_file, *(extra_arguments or [])]


def kernel_manager() -> type[AsyncKernelManager]:
    """Return the kind of kernel this system can have: forked on Linux, cold elsewhere or where EVALKIT_KERNEL says so."""
    cold = sys.platform != "linux" or os.environ.get("EVALKIT_KERNEL") == "cold"
    return ColdKernelManager if cold else ForkingKernelManager


if __name__ == "__main__":
    serve(sys.argv[1])
