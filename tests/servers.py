"""The database server and the queue of a test run: started once, shared by all its processes, thrown away afterwards.

TEST_DATABASE_URL (a superuser's URL) and TEST_REDIS_URL name servers to use instead; the controller exports the same
two names for what it starts, so that the processes of pytest-xdist inherit them. PG_BIN chooses another PostgreSQL.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
from flask import Flask
from flask_migrate import upgrade
from psycopg import sql
from sqlalchemy.engine import make_url

from portal.app import create_app
from portal.config.readers import DEVELOPMENT_KEY, DEVELOPMENT_SECRET
from portal.extensions import OF_REDIS, db, init_redis
from portal.launcher.embedded import Postgres, Valkey

MIGRATIONS = Path(__file__).parent.parent / "migrations"
# Busy machines answer late: what counts tries must not go over to its memory for that, in the middle of a test.
SETTINGS: dict[str, object] = {
    "TESTING": True,
    "ENV_IS_SAID": True,
    "SECRET_KEY": "what-only-the-tests-know-and-no-one-0123456789",
    "REDIS_TIMEOUT": 10.0,
    # Not those of a `make run` beside the tests.
    "EVENT_SEAL_KEYS": f"1:{DEVELOPMENT_SECRET}",
    "PAYEE_KEYS": [DEVELOPMENT_KEY],
    "PUBLIC_URL": "http://127.0.0.1:8000",
}
_TEMPLATE = "PORTAL_TEST_TEMPLATE"
_running = contextlib.ExitStack()


def start() -> None:
    """Start what the environment does not name, and migrate the template database; once in a run."""
    if _TEMPLATE in os.environ:
        return
    with contextlib.ExitStack() as starting:
        _start_servers(starting)
        template = f"portal_test_{os.getpid()}"
        _execute("CREATE DATABASE {}", template)
        starting.callback(_execute, "DROP DATABASE IF EXISTS {} WITH (FORCE)", template)
        _migrate(database_url(template))
        os.environ[_TEMPLATE] = template
        starting.callback(os.environ.pop, _TEMPLATE)
        _running.push(starting.pop_all())


def stop() -> None:
    """Stop what this process started and remove its directory."""
    _running.close()


def database_url(name: str) -> str:
    """Return the URL of a database on the server of the run."""
    return make_url(os.environ["TEST_DATABASE_URL"]).set(database=name).render_as_string(hide_password=False)


def conninfo(url: str) -> str:
    """Return a SQLAlchemy URL as the driver itself takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def create_database(name: str) -> str:
    """Make a migrated database and return its URL."""
    drop_database(name)
    _execute("CREATE DATABASE {} TEMPLATE {} STRATEGY = file_copy", name, os.environ[_TEMPLATE])
    return database_url(name)


@contextlib.contextmanager
def another_app(name: str, worker: str, **settings: object) -> Iterator[Flask]:
    """Make an app on a migrated database of its own.

    Its Redis is the one of the other tests: the rate limiter is shared by all apps and goes by the last one's settings.
    """
    start()
    url = create_database(name)
    app = create_app({**SETTINGS, "SQLALCHEMY_DATABASE_URI": url, "REDIS_URL": redis_url(worker), **settings})
    try:
        yield app
    finally:
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()
        drop_database(name)


def hang_up(url: str, spare: int) -> None:
    """End the connections of a database but one, as a restart of its server does."""
    with psycopg.connect(conninfo(os.environ["TEST_DATABASE_URL"]), autocommit=True) as admin:
        query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND pid <> %s"
        admin.execute(query, [make_url(url).database, spare])


@contextlib.contextmanager
def database_away(url: str, spare: int) -> Iterator[None]:
    """Let nobody connect to a database for a while, and hang up on who has."""
    name = str(make_url(url).database)
    _execute("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
    hang_up(url, spare)
    try:
        yield
    finally:
        _execute("ALTER DATABASE {} ALLOW_CONNECTIONS true", name)


@contextlib.contextmanager
def redis_instead(app: Flask, url: str) -> Iterator[None]:
    """Let an app use another Redis for a while."""
    kept = {name: app.extensions[name] for name in OF_REDIS}
    init_redis(app, url)
    try:
        yield
    finally:
        app.extensions.update(kept)


def drop_database(name: str) -> None:
    """Remove a database, whoever is still connected to it."""
    _execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def worker_database(worker: str) -> str:
    """Return the name of the database of one test process."""
    return f"{os.environ[_TEMPLATE]}_{worker}"


def redis_url(worker: str) -> str:
    """Return the URL of the Redis database of one test process; `gw0` has number 1."""
    number = re.sub(r"\D", "", worker)
    base = os.environ["TEST_REDIS_URL"]
    return f"{base}?db={int(number) + 1 if number else 0}"


def _start_servers(stack: contextlib.ExitStack) -> None:
    """Start the servers that have no URL and export the URLs."""
    root = Path(tempfile.mkdtemp(prefix="portal-test-"))
    root.chmod(0o711)  # a server that may not run as root enters its own directory as another user
    stack.callback(shutil.rmtree, root, ignore_errors=True)
    if "TEST_DATABASE_URL" not in os.environ:
        _export(stack, "TEST_DATABASE_URL", stack.enter_context(Postgres(root / "pg", durable=False)).url())
    if "TEST_REDIS_URL" not in os.environ:
        _export(stack, "TEST_REDIS_URL", stack.enter_context(Valkey(root / "valkey", durable=False)).url)


def _export(stack: contextlib.ExitStack, name: str, value: str) -> None:
    os.environ[name] = value
    stack.callback(os.environ.pop, name, None)


def _execute(statement: str, *names: str) -> None:
    """Run a statement about whole databases; they cannot run inside a transaction."""
    with psycopg.connect(conninfo(os.environ["TEST_DATABASE_URL"]), autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _migrate(url: str) -> None:
    """Bring the template to the head of the migrations, and let go of it: a template in use cannot be copied."""
    app = create_app({**SETTINGS, "SQLALCHEMY_DATABASE_URI": url, "REDIS_URL": os.environ["TEST_REDIS_URL"]})
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
