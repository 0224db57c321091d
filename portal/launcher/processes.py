"""Start processes that die with their launcher, and end them."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

STOP_SECONDS = 20.0
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(death_signal: signal.Signals, parent: int) -> Callable[[], None]:
    """Return what a child runs before exec, so that the kernel signals it when its launcher goes (Linux only)."""

    def before_exec() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # the launcher went before the request was made
            os._exit(1)

    return before_exec


def server_environment() -> dict[str, str]:
    """Return the environment of a server: what is meant for clients, or names a missing locale, stays out of it."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG", "COVERAGE_"))
    }
    return {**kept, "LC_ALL": "C"}


def runs(command: Sequence[str]) -> bool:
    """Return whether a command exists and succeeds."""
    return bool(shutil.which(command[0])) and subprocess.run(command, capture_output=True).returncode == 0


def works_in(pid: int, directory: Path) -> bool:
    """Return whether a process is alive and may be the server of a directory; where that cannot be seen, it may be."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")) == directory
    except OSError:
        return sys.platform != "linux"


def end(process: subprocess.Popen[bytes], gentle: signal.Signals) -> None:
    """End a process: gently, after a while by force."""
    if process.poll() is not None:
        return
    process.send_signal(gentle)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # each leads a group of its own
        process.wait()


def tail(log: Path, lines: int) -> str:
    """Return the last lines of a log, indented."""
    text = log.read_text(errors="replace") if log.exists() else ""
    return "\n".join(f"  {line}" for line in text.splitlines()[-lines:])
