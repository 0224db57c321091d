"""One loaded demo for all tests of this directory, in a database of its own that no test changes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from portal.app import create_app
from portal.demo import load
from portal.demo.load import Loaded
from portal.extensions import db
from tests import servers
from tests.checking_client import CheckingClient


@dataclass(frozen=True)
class Demo:
    """Hold the app over the demo's database, and what its load said."""

    app: Flask
    data_dir: Path
    loaded: Loaded

    def client(self, key: str) -> CheckingClient:
        """Give a browser in which one of the cast has signed in with the password."""
        client = CheckingClient(self.app, self.app.response_class)
        data = {"email": f"{key}@demo.test", "password": self.loaded.password}
        answer = client.post_form("/login", data, page="/login")
        assert answer.status_code == 303, answer.text
        return client


def scratch_app(name: str, worker_id: str, data_dir: Path) -> Flask:
    """Make an app over a migrated database that holds nobody."""
    servers.start()
    return create_app(
        {
            **servers.SETTINGS,
            "SQLALCHEMY_DATABASE_URI": servers.create_database(name),
            "REDIS_URL": servers.redis_url(worker_id),
            "PORTAL_DATA_DIR": str(data_dir),
            "RATELIMIT_ENABLED": False,
        }
    )


def dispose(app: Flask, name: str) -> None:
    """Let go of a scratch database and drop it."""
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
    servers.drop_database(name)


@pytest.fixture(scope="package")
def demo(worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Load the demo once."""
    data_dir, name = tmp_path_factory.mktemp("demo"), f"portal_demo_{uuid.uuid4().hex[:8]}"
    app = scratch_app(name, worker_id, data_dir)
    with app.app_context():
        loaded = load.load()
    yield Demo(app, data_dir, loaded)
    dispose(app, name)


@pytest.fixture
def inside(demo: Demo) -> Iterator[None]:
    """Push a context of the demo's app."""
    with demo.app.app_context():
        yield
