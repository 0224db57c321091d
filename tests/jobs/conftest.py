"""What the tests of jobs share: a queue that answers or does not, and processes that are stopped again."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.jobs import stopping
from tests.mailers import sink as sinks
from tests.mailers.sink import Sink


@pytest.fixture(autouse=True)
def data_dir(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Point the local mailbox at a directory of this test."""
    monkeypatch.setitem(app.config, "PORTAL_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Put back the signal handlers that a worker takes, and forget that it was asked to stop."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)
    stopping.forget()


@pytest.fixture
def sink() -> Iterator[Sink]:
    """Run a mail server for the processes that a test starts."""
    with sinks.running() as server:
        yield server
