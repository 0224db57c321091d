"""The web server over an upgrade: a reload keeps the old code, a restart loads the new and refuses nobody."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

PROJECT = Path(__file__).parent.parent.parent
RELEASE = """
import os
from flask import Flask
from portal.extensions import db
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql+psycopg://nowhere/portal"
db.init_app(app)
@app.get("/")
def which():
    return {{"release": {number}, "process": os.getpid()}}
"""
# systemd hands over the address that it listens at as number 3 (deploy/systemd/portal-web.socket).
START = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""
PATIENCE = 60.0


class Machine:
    """Two releases, a link to the one that runs, and an address that outlives the web server."""

    def __init__(self, place: Path) -> None:
        self.link = place / "portal"
        for number in (1, 2):
            (place / str(number)).mkdir()
            self.write(number, place / str(number))
        self.link.symlink_to(place / "1")
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/"
        self.start()

    def write(self, number: int, place: Path) -> None:
        """Put the code of a release into a directory."""
        (place / "wsgi.py").write_text(RELEASE.format(number=number))

    def start(self) -> None:
        """Start the web server as its unit does."""
        command = [sys.executable, "-m", "gunicorn", "-c", str(PROJECT / "deploy" / "gunicorn.conf.py"), "wsgi:app"]
        number = self.socket.fileno()
        environment = {**os.environ, "PYTHONPATH": str(PROJECT), "WEB_WORKERS": "1", "PORT": "1"}
        self.web = subprocess.Popen(
            [sys.executable, "-c", START, str(number), *command],
            cwd=self.link,
            env=environment,
            pass_fds=[number],
            stderr=subprocess.DEVNULL,
        )

    def switch(self, number: int) -> None:
        """Let the link lead to another release."""
        self.link.unlink()
        self.link.symlink_to(self.link.with_name(str(number)))

    def ask(self) -> tuple[int, int]:
        """Return which release answers, and which process."""
        answer = json.loads(httpx.get(self.url, timeout=PATIENCE, trust_env=False).text)
        return answer["release"], answer["process"]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """Run the first release."""
    machine = Machine(tmp_path)
    try:
        yield machine
    finally:
        machine.web.kill()
        machine.web.wait()
        machine.socket.close()


def test_a_reload_keeps_the_old_code_and_a_restart_loads_the_new_and_refuses_nobody(machine: Machine) -> None:
    release, before = machine.ask()
    machine.write(1_000, machine.link)  # as `git pull` in the directory of the running release does
    machine.switch(2)
    machine.web.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + PATIENCE
    while (found := machine.ask())[1] == before:
        assert time.monotonic() < deadline, "it does not reload"
    assert (release, found[0]) == (1, 1)
    machine.web.send_signal(signal.SIGTERM)
    machine.web.wait(PATIENCE)
    with ThreadPoolExecutor(4) as people:
        asked = [people.submit(machine.ask) for _ in range(4)]
        machine.start()
        assert {one.result()[0] for one in asked} == {2}
