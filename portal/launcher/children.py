"""Keep one process of the portal running: start it, start it again after a pause when it dies, stop it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from portal.launcher import processes

STEADY_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 30.0
LOG_BYTES = 10_000_000


class Child:
    """A process, its log and the pause before it may be started again."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        directory: Path,
        logs: Path,
        say: Callable[[str], None],
    ) -> None:
        self.name = name
        self.command = command
        self.environment = environment
        self.directory = directory
        self.log = logs / f"{name}.log"
        self.say = say
        self.process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause = 1.0
        self._due: float | None = None

    def start(self) -> None:
        """Start the process; its output is added to its log."""
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_name(f"{self.name}.log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=processes.die_with_parent(signal.SIGTERM, os.getpid()),
            )
        self._started = time.monotonic()
        self._due = None

    def revive(self) -> None:
        """Start a process that died, after a pause that doubles until it runs steadily."""
        if self.process is None or self.process.poll() is None:
            return
        now = time.monotonic()
        if self._due is None:
            steady = now - self._started > STEADY_SECONDS
            self._pause = 1.0 if steady else min(self._pause * 2, LONGEST_PAUSE_SECONDS)
            self._due = now + self._pause
            self.say(f"{self.name} stopped ({self._ending()}); it starts again in {self._pause:.0f} s. Log: {self.log}")
        elif now >= self._due:
            self.start()

    def stop(self) -> None:
        """Wait for the process to finish what it does, then end it."""
        if self.process is not None:
            processes.end(self.process, signal.SIGTERM)

    def _ending(self) -> str:
        code = self.process.returncode if self.process else 0
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
