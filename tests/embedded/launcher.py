"""A launcher in a process of its own, so that it can be killed, or run as another user.

`python launcher.py POSTGRES_DIRECTORY VALKEY_DIRECTORY USER` becomes that user, starts both servers, writes a row and a
key, prints the numbers of the processes and waits for the end of its input.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from portal.launcher.embedded import Postgres, Valkey

PROJECT = Path(__file__).parent.parent.parent


@dataclass
class Launched:
    """The launcher and the numbers of the servers it started."""

    process: subprocess.Popen[str]
    servers: list[int]

    def kill(self) -> None:
        """Kill the launcher alone, as the kernel does when memory runs out."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Wait for the launcher to end and return its exit code."""
        self.process.communicate(timeout=30)
        return self.process.returncode

    def gone(self) -> bool:
        """Return whether the servers ended within some seconds."""
        deadline = time.monotonic() + 10
        while any(_alive(pid) for pid in self.servers):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def launch(postgres: Path, valkey: Path, *, user: int | None = None) -> Launched:
    """Start the launcher, as another user if one is named, and return once both servers answer."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    process = subprocess.Popen(
        [sys.executable, "-B", __file__, str(postgres), str(valkey), str(os.geteuid() if user is None else user)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
        env={**environment, "PYTHONPATH": str(PROJECT)},
    )
    assert process.stdout is not None
    return Launched(process, [int(number) for number in process.stdout.readline().split()])


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def become(user: int) -> None:
    """Change to a user for good; only now, since he may not be able to enter the interpreter's directory."""
    if os.geteuid() != user:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)


def main(postgres_root: str, valkey_root: str, user: str) -> None:
    """Start, write, report, wait."""
    become(int(user))
    with Postgres(postgres_root, durable=True) as postgres, Valkey(valkey_root, durable=True) as valkey:
        url = postgres.url().replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS written AS SELECT 1 AS n")
        with socket.socket(socket.AF_UNIX) as client:  # the client library would import more, as another user
            client.connect(valkey.url.removeprefix("unix://"))
            client.sendall(b"SET written 1\r\n")
            assert client.recv(16) == b"+OK\r\n"
        print(postgres.process and postgres.process.pid, valkey.process and valkey.process.pid, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
