"""The portal as it is served, on servers of its own that a test may stop, freeze and fill."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from flask import Flask
from flask_migrate import upgrade

from portal.app import create_app
from portal.extensions import db
from portal.launcher.embedded import Postgres, Valkey
from tests.accounts import PASSWORD, give_password
from tests.cast import Cast, assemble
from tests.mailers.sink import free_port
from tests.servers import MIGRATIONS, SETTINGS

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 240.0
SEAL_KEYS = {"EVENT_SEAL_KEYS": "1:a-key-of-the-log-that-is-long-enough-0"}  # a real one, so that it can be rotated


class Portal:
    """The servers and the web server before them."""

    def __init__(self, database: Postgres, redis: Valkey, cast: Cast, data_dir: Path) -> None:
        self.database, self.redis, self.cast = database, redis, cast  # whose `app` works on the same database
        self.code, self.prefix = ROOT, list[str]()  # another release's, and what its command is run under
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "DATABASE_URL": database.url(),
            "REDIS_URL": redis.url,
            "SECRET_KEY": str(SETTINGS["SECRET_KEY"]),
            **SEAL_KEYS,
            "PORTAL_DATA_DIR": str(data_dir),
            "PORT": str(self.port),
        }
        self.log = data_dir / "web.log"
        self.start()

    def start(self) -> None:
        """Start the web server and wait until it answers."""
        command = [*self.prefix, sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "wsgi:app"]
        with self.log.open("ab") as log:
            self.web = subprocess.Popen(command, cwd=self.code, env=self.environment, stderr=log)
        self.until(lambda: self.get("/healthz") == 200)

    def stop(self) -> None:
        """End the web server as an operator does."""
        self.web.send_signal(signal.SIGTERM)
        self.web.wait(PATIENCE)

    def get(self, path: str) -> int:
        """Ask for a path, and return the status of the answer, 0 for none."""
        try:
            return httpx.get(f"{self.url}{path}", timeout=PATIENCE, trust_env=False).status_code
        except httpx.TransportError:
            return 0

    def until(self, condition: object) -> None:
        """Wait for something."""
        assert callable(condition)
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, self.log.read_text()[-2_000:]
            time.sleep(0.2)

    def signed_in(self) -> httpx.Client:
        """Sign carl in."""
        client = httpx.Client(base_url=self.url, timeout=PATIENCE, trust_env=False)
        form = {"email": self.cast.carl.email, "password": PASSWORD, "csrf_token": token(client, "/login")}
        assert client.post("/login", data=form).status_code == 303
        return client


def token(client: httpx.Client, path: str) -> str:
    """Read the token of a page's forms."""
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get(path).text)
    assert found, path
    return found[1]


@contextmanager
def portal(root: Path) -> Iterator[Portal]:
    """Run everything in a directory, which may be a disk of its own."""
    root.chmod(0o755)
    (root / "data").mkdir()
    with Postgres(root / "pg", durable=True) as database, Valkey(root / "valkey", durable=True) as redis:
        app = _migrated(database.url(), redis.url, root / "data")
        with app.app_context():
            cast = assemble(app)
            give_password(cast.carl)
            for engine in db.engines.values():
                engine.dispose()
        running = Portal(database, redis, cast, root / "data")
        try:
            yield running
        finally:
            running.web.kill()
            running.web.wait()


def _migrated(database_url: str, redis_url: str, data_dir: Path) -> Flask:
    settings = {"SQLALCHEMY_DATABASE_URI": database_url, "REDIS_URL": redis_url, "PORTAL_DATA_DIR": str(data_dir)}
    app = create_app({**SETTINGS, **SEAL_KEYS, **settings})
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))
    return app


@contextmanager
def frozen(server: Postgres | Valkey) -> Iterator[None]:
    """Stop a server and all its processes, as a machine that hangs does."""
    assert server.process is not None
    main = psutil.Process(server.process.pid)
    processes = [main, *main.children(recursive=True)]
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()
