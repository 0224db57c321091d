"""One loaded demo for all tests of this directory, in a database of its own that no test changes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from portal.demo import load
from portal.demo.load import Loaded
from tests import servers
from tests.checking_client import CheckingClient


@dataclass(frozen=True)
class Demo:
    """The app over the demo's database, and what its load said."""

    app: Flask
    data_dir: Path
    loaded: Loaded

    def client(self, key: str) -> CheckingClient:
        """Return a browser in which one of the cast has signed in with the password."""
        client = CheckingClient(self.app, self.app.response_class)
        data = {"email": f"{key}@demo.test", "password": self.loaded.password}
        answer = client.post_form("/login", data, page="/login")
        assert answer.status_code == 303, answer.text
        return client


def scratch_app(name: str, worker_id: str, data_dir: Path) -> AbstractContextManager[Flask]:
    """Make an app over a migrated database that holds nobody."""
    return servers.another_app(name, worker_id, PORTAL_DATA_DIR=str(data_dir))


@pytest.fixture(scope="package")
def demo(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Load the demo once."""
    data_dir, name = tmp_path_factory.mktemp("demo"), f"portal_demo_{uuid.uuid4().hex[:8]}"
    with scratch_app(name, worker_id, data_dir) as app:
        with app.app_context():
            loaded = load.load()
        yield Demo(app, data_dir, loaded)


@pytest.fixture
def inside(demo: Demo) -> Iterator[None]:
    """Push a context of the demo's app."""
    with demo.app.app_context():
        yield
