"""Pages through gunicorn as it is deployed, two workers and sixteen clients, beside their floors through the same."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from bench.harness import verdict
from portal.launcher import processes

PROJECT = Path(__file__).parent.parent
WORKERS, CLIENTS = 2, 16
READY_SECONDS = 30
SLICES = 5  # of the seconds of a page: its floor has the same, in turn, so that a busy moment hits both


@dataclass(frozen=True, slots=True)
class Asked:
    """A page, who asks for it, and the part of its floor's rate that it must reach."""

    name: str
    path: str
    cookie: str
    share: float


@dataclass(frozen=True, slots=True)
class Answered:
    """How fast a page was answered: requests a second in each slice, and the milliseconds that clients waited."""

    rates: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def note(self, waits: Sequence[float], seconds: float) -> None:
        """Note what one slice took."""
        self.rates.append(len(waits) / seconds)
        self.waits.extend(waits)

    def line(self, name: str) -> str:
        """Write its line of the table."""
        p99 = statistics.quantiles(self.waits, n=100)[98]
        return f"{name:44}{statistics.median(self.rates):>8.0f}{statistics.median(self.waits):>11.1f}{p99:>9.1f}"


@contextmanager
def gunicorn(app: str, environment: Mapping[str, str]) -> Iterator[int]:
    """Serve an app on a port of loopback, which is returned when it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "-c", str(PROJECT / "deploy" / "gunicorn.conf.py"), app]
    ours = {"PORT": str(port), "WEB_WORKERS": str(WORKERS), "PYTHONPATH": str(PROJECT)}
    server = subprocess.Popen(
        command,
        cwd=PROJECT,
        env={**os.environ, **environment, **ours},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=processes.die_with_parent(signal.SIGTERM, os.getpid()),
    )
    try:
        wait_until_served(port, server)
        yield port
    finally:
        processes.end(server, signal.SIGTERM)


def wait_until_served(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server takes connections.

    Raises:
        RuntimeError: it does not.
    """
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)  # nobody listens yet: a connection is refused at once
        else:
            return
    raise RuntimeError("the server does not start")


def _together(port: int, page: Asked, seconds: float) -> list[float]:
    with ThreadPoolExecutor(CLIENTS) as clients:
        asked = [clients.submit(_one_after_the_other, port, page, seconds) for _ in range(CLIENTS)]
        return [wait for one in asked for wait in one.result()]


def _one_after_the_other(port: int, page: Asked, seconds: float) -> list[float]:
    """Return the milliseconds of each answer."""
    connection, waits = http.client.HTTPConnection("127.0.0.1", port), []
    until = time.perf_counter() + seconds
    while (start := time.perf_counter()) < until:
        connection.request("GET", page.path, headers={"Cookie": page.cookie})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{page.path} answered {answer.status}")
        waits.append((time.perf_counter() - start) * 1000)
    connection.close()
    return waits


def compare(pages: Sequence[Asked], environment: Mapping[str, str], seconds: float) -> list[str]:
    """Measure each page and its floor, at `/facts/<name>`, in turn, while the other server has nothing to do."""
    lines = [f"{f'gunicorn, {WORKERS} workers, {CLIENTS} clients':44}{'req/s':>8}{'median ms':>11}{'p99 ms':>9}"]
    verdicts = [""]
    with gunicorn("wsgi:app", environment) as portal, gunicorn("bench.floors:served()", environment) as bare:
        for page in pages:
            floor = replace(page, name=f"{page.name}, floor", path=f"/facts/{quote(page.name)}")
            found, least = _in_turn([(portal, page), (bare, floor)], seconds)
            lines += [found.line(page.name), least.line(floor.name)]
            ratio = statistics.median(f / b for f, b in zip(found.rates, least.rates, strict=True))
            verdicts.append(verdict(f"{page.name} beside its floor, served", ratio, page.share, at_most=False))
    return lines + verdicts


def _in_turn(asked: Sequence[tuple[int, Asked]], seconds: float) -> list[Answered]:
    found = [Answered() for _ in asked]
    for port, page in asked:
        _together(port, page, 1.0)  # until both workers are warm
    for _ in range(SLICES):
        for answered, (port, page) in zip(found, asked, strict=True):
            answered.note(_together(port, page, seconds / SLICES), seconds / SLICES)
    return found
