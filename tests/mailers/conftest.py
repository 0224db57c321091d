"""A mail server and a mailbox of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.runtime.clock import simulated
from tests.cast import DAY
from tests.mailers import sink as sinks
from tests.mailers.sink import Sink


@pytest.fixture(autouse=True)
def data_dir(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Point the local mailbox at a directory of this test."""
    if "app" in request.fixturenames:
        monkeypatch.setitem(request.getfixturevalue("app").config, "PORTAL_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    """Set the time to the day on which the cast acts."""
    with simulated(DAY):
        yield


@pytest.fixture
def sink(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """Run a mail server, and let the app send to it."""
    with sinks.running() as server:
        use(app, monkeypatch, server.port, timeout=20.0)  # a busy machine answers late
        yield server


def use(app: Flask, monkeypatch: pytest.MonkeyPatch, port: int, *, timeout: float = 1.0) -> None:
    """Point the app at a mail server on a port of the loopback."""
    settings = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": port, "MAIL_TIMEOUT": timeout}
    for name, value in settings.items():
        monkeypatch.setitem(app.config, name, value)
    monkeypatch.setattr(app.extensions["mail"], "server", "127.0.0.1")
    monkeypatch.setattr(app.extensions["mail"], "port", port)
