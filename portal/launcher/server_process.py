"""One server process: its private directory, its lock, its start, its sentences when it fails, and its end."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from portal.launcher import processes

SOCKET_PATH_LIMIT = 80  # the kernel allows 107 bytes, file name included
PREDECESSOR_SECONDS = 20.0
START_SECONDS = 60.0
A_LINE = 4_096  # bytes, of a log


class EmbeddedServerError(RuntimeError):
    """A server cannot run: why, and what to do about it, in a sentence for the terminal."""


class ServerProcess(ABC):
    """One server process, its private directory, and a lock that outlives a killed launcher."""

    title: str
    stop_signal: signal.Signals

    def __init__(self, root: Path | str, *, durable: bool) -> None:
        self.root = Path(root).resolve()
        self.durable = durable
        self.log = self.root / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._sockets: Path | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Start the server and return when it answers."""
        with self._explained():
            self._prepare_directory()
            self._acquire()
            try:
                self._launch()
            except BaseException:
                self.stop()
                raise
        return self

    def stop(self) -> None:
        """Stop the server, gently at first, and let the directory go."""
        if self.process is not None:
            processes.end(self.process, self.stop_signal)
            self.process = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        if self._sockets is not None and self._sockets != self.root:
            shutil.rmtree(self._sockets, ignore_errors=True)
        self._sockets = None

    def restart(self) -> None:
        """Start a server that died, under the same URL, once its last processes have gone."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        self.start()

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @abstractmethod
    def _launch(self) -> None:
        """Start the process."""

    @abstractmethod
    def _ready(self) -> bool:
        """Return whether the server takes connections."""

    def _prepare_directory(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        if os.access(self.root, os.W_OK | os.X_OK):
            self.root.chmod(0o700)  # whoever reaches the socket is the superuser
            return
        raise EmbeddedServerError(
            f"{self.title} cannot write to {self.root}: it belongs to another user. Start as that user, remove the "
            "directory, or name another one in PORTAL_DATA_DIR."
        )

    def _acquire(self) -> None:
        """Lock the directory; the server inherits the lock, so it also waits for one whose launcher was killed."""
        self._lock = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + PREDECESSOR_SECONDS
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    self.stop()
                    raise EmbeddedServerError(
                        f"Another process uses {self.root}. Stop it first, or name another directory in "
                        "PORTAL_DATA_DIR."
                    ) from None
                time.sleep(0.05)

    def _spawn(self, command: Sequence[str | Path], identity: Mapping[str, Any]) -> None:
        """Start the process in a group of its own, so that Ctrl-C reaches the launcher alone, and wait for it."""
        if self.log.exists():
            self.log.replace(self.log.with_name("log.1"))
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdout=log,
                stderr=subprocess.STDOUT,
                **self._process_options(),
                **identity,
            )
        self._wait_until_ready(self.process)

    def _process_options(self) -> dict[str, Any]:
        """Return how every process of the server starts: holding the lock, dying with the launcher."""
        return {
            "stdin": subprocess.DEVNULL,
            "env": processes.server_environment(),
            "pass_fds": () if self._lock is None else (self._lock,),
            "process_group": 0,
            "preexec_fn": processes.die_with_parent(self.stop_signal, os.getpid()),
        }

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if process.poll() is not None:
                raise EmbeddedServerError(
                    f"{self.title} stopped while starting. {self._advice()}\n{processes.tail(self.log, 8)}"
                )
            if time.monotonic() > deadline:
                raise EmbeddedServerError(
                    f"{self.title} did not answer within {START_SECONDS:.0f} s. {self._advice()}\n"
                    f"{processes.tail(self.log, 8)}"
                )
            time.sleep(0.01)

    def _advice(self) -> str:
        # Where the disk is full, so is that of the log, which then doesn't say so.
        if "No space left on device" in processes.tail(self.log, 50) or shutil.disk_usage(self.root).free < A_LINE:
            return no_space(self.title, self.root)
        return f"The last lines of {self.log}:"

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn the failures of a file system into sentences."""
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise EmbeddedServerError(no_space(self.title, self.root)) from error
            raise EmbeddedServerError(f"{self.title} cannot use {self.root}: {error}") from error

    def _socket_directory(self) -> Path:
        """Return the private directory, or a short one when its path does not fit into a socket address."""
        path = str(self.root)
        if self._sockets is not None:
            return self._sockets
        if len(path.encode()) <= SOCKET_PATH_LIMIT and re.fullmatch(r"[\w./+-]+", path, re.ASCII):
            self._sockets = self.root
        else:
            self._sockets = Path(tempfile.mkdtemp(prefix="portal-"))
        return self._sockets


def no_space(title: str, root: Path) -> str:
    free = shutil.disk_usage(root if root.exists() else root.parent).free // 1_000_000
    return f"{title} has no space left in {root}: {free} MB are free, 200 MB needed. Free some, or set PORTAL_DATA_DIR."
