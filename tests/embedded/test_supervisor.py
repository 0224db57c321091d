"""The launcher as a person meets it: it starts all, says what is wrong, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.mailers.sink import free_port

PROJECT = Path(__file__).parent.parent.parent
START_SECONDS = 900  # the demo is eight months long, and a machine may be busy
PARTS = ("gunicorn", "portal.jobs.worker", "portal.jobs.ticker", "postgres", "valkey-server")


class Running:
    """A started supervisor and what it has said so far."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        kept = {n: v for n, v in os.environ.items() if n not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")}
        self.url = f"http://127.0.0.1:{environment.setdefault('PORT', str(free_port()))}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "portal.launcher.supervisor", "--die-with-parent"],
            cwd=PROJECT,
            env={**kept, "PORTAL_DATA_DIR": str(data_dir), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.descendants: dict[int, psutil.Process] = {}

    def _read(self) -> None:
        """Collect what it says, in a thread of its own: a silent supervisor must not stop the tests."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line

    def read_until(self, text: str, *, seconds: float = 20) -> None:
        """Wait for a text."""
        deadline = time.monotonic() + seconds
        while text not in self.said:
            assert self.reader.is_alive(), f"it ended without saying {text!r}:\n{self.said}"
            assert time.monotonic() < deadline, f"it did not say {text!r}:\n{self.said}"
            time.sleep(0.05)

    def wait(self) -> int:
        """Wait for its end and return the exit code."""
        code = self.process.wait(60)
        self.reader.join(10)
        return code

    def part(self, name: str) -> psutil.Process:
        """Return a process of the portal by what its command names."""
        found = self.remember()
        return next(process for process in found if name in " ".join(process.cmdline()))

    def remember(self) -> list[psutil.Process]:
        """Note every process there is below the supervisor, so that none is forgotten when its parent is gone."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        self.descendants |= {process.pid: process for process in found}
        return found

    def end(self, number: signal.Signals) -> int:
        """Send a signal, read the rest and return the exit code."""
        self.remember()
        self.process.send_signal(number)
        return self.wait()

    def survivors(self) -> list[str]:
        """Return what still runs some seconds after the end."""
        _, alive = psutil.wait_procs(list(self.descendants.values()), timeout=15)
        return [" ".join(process.cmdline()) for process in alive]


def refused(data_dir: Path, **environment: str) -> str:
    """Return what a start says that cannot succeed."""
    running = Running(data_dir, **environment)
    assert running.wait() == 1
    return running.said


def get(url: str) -> int:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
        return int(answer.status)


def eventually_gets(url: str) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            return get(url) == 200
        except OSError:
            time.sleep(0.1)
    return False


def test_a_taken_port_is_said_with_the_way_out(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = refused(tmp_path, PORT=str(port))
    assert said == f"Port {port} is taken by another program. Choose another one: PORT={port + 1} make run\n"


@pytest.mark.parametrize("port", ["web", "0", "65536", "-1"])
def test_a_port_that_is_none_is_said(tmp_path: Path, port: str) -> None:
    said = refused(tmp_path, PORT=port)
    assert said == f"PORT is {port!r}; use a number from 1 to 65535, as in: PORT=8001 make run\n"


def test_a_data_directory_that_cannot_be_one_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "Name another one in PORTAL_DATA_DIR" in refused(tmp_path / "file")


def test_a_database_that_cannot_be_reached_stops_the_start_with_the_log(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none"
    said = refused(tmp_path, DATABASE_URL=url, REDIS_URL="redis://127.0.0.1:1/0")
    assert "`flask db upgrade` failed; the end of" in said
    assert "does not respond" in said


def test_stopping_while_it_starts_leaves_nothing(tmp_path: Path) -> None:
    running = Running(tmp_path)
    running.read_until("Starting PostgreSQL")
    time.sleep(0.3)
    assert running.end(signal.SIGTERM) == 0
    assert running.said.endswith("Stopped.\n")
    assert running.survivors() == []


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("instance")


@pytest.fixture(scope="module")
def running(data_dir: Path) -> Iterator[Running]:
    """Return the portal, started once for the tests below; the order of the file is the order of its life."""
    running = Running(data_dir, DEMO="accounts")  # the eight months are tests/demo's
    running.read_until("Ctrl-C stops it", seconds=START_SECONDS)
    yield running
    if running.process.poll() is None:
        running.end(signal.SIGTERM)


def test_it_says_where_it_runs_and_how_to_sign_in(running: Running) -> None:
    assert f"The portal is running at {running.url}" in running.said
    assert "rita@demo.test" in running.said
    assert (get(f"{running.url}/healthz"), get(f"{running.url}/readyz")) == (200, 200)


def test_every_part_runs(running: Running) -> None:
    commands = [" ".join(process.cmdline()) for process in running.remember()]
    assert [part for part in PARTS if not any(part in command for command in commands)] == []


def test_its_files_are_closed_to_other_users(running: Running, data_dir: Path) -> None:
    assert stat.S_IMODE((data_dir / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE((data_dir / "postgres").stat().st_mode) == 0o700


def test_a_second_start_on_the_same_data_is_refused(running: Running, data_dir: Path) -> None:
    said = refused(data_dir)
    assert f"already running in {data_dir} (process {running.process.pid})" in said
    assert "PORTAL_DATA_DIR=/another/directory PORT=8001 make run" in said


def test_a_killed_part_comes_back(running: Running) -> None:
    killed = running.part("portal.jobs.ticker")
    killed.kill()
    running.read_until("ticker stopped (signal SIGKILL); it starts again in")
    deadline = time.monotonic() + 15
    while not any("portal.jobs.ticker" in " ".join(p.cmdline()) for p in running.remember() if p.pid != killed.pid):
        assert time.monotonic() < deadline, "the ticker did not come back"
        time.sleep(0.1)


def test_a_killed_database_server_comes_back_with_its_data(running: Running) -> None:
    running.part("postgres -D").kill()
    running.read_until("PostgreSQL stopped; starting it again")
    assert eventually_gets(f"{running.url}/readyz")


def test_ctrl_c_stops_all_and_it_starts_again_over_its_data_and_nothing_survives_its_killing(
    running: Running, data_dir: Path
) -> None:
    assert running.end(signal.SIGINT) == 0
    assert running.said.endswith("Stopping ...\nStopped.\n")
    assert running.survivors() == []
    secret = (data_dir / "secret_key").read_text()
    again = Running(data_dir)
    again.read_until("Ctrl-C stops it", seconds=START_SECONDS)
    assert "rita@demo.test" in again.said
    assert (data_dir / "secret_key").read_text() == secret
    assert again.end(signal.SIGKILL) == -signal.SIGKILL
    assert again.survivors() == []
