"""A scratch portal: embedded servers in a temporary directory, migrated, filled, thrown away at the end."""

from __future__ import annotations

import io
import logging
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import psycopg
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from bench.fill import Size, fill
from portal.app import create_app
from portal.extensions import db
from portal.launcher.embedded import Postgres, Valkey
from portal.queries.identity.accounts import token_hash
from portal.runtime import garbage

MIGRATIONS = Path(__file__).parent.parent / "migrations"


@dataclass(frozen=True)
class Scratch:
    """A running server and what is needed to make databases on it."""

    postgres: psutil.Process
    server_url: str
    redis_url: str
    portals: list[str] = field(default_factory=list)

    def portal(self, name: str, size: Size) -> Flask:
        """Make a migrated and filled portal on databases of its own: what is kept of one says nothing of another."""
        self.portals.append(name)
        with psycopg.connect(conninfo(self.server_url), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        url = make_url(self.server_url).set(database=name).render_as_string(hide_password=False)
        app = create_app(
            {
                "SQLALCHEMY_DATABASE_URI": url,
                "REDIS_URL": f"{self.redis_url}?db={len(self.portals)}",
                "SECRET_KEY": "benchmark",
                "ENV_IS_SAID": True,  # as where it is deployed
            }
        )
        _without_lines()
        with app.app_context():
            upgrade(directory=str(MIGRATIONS))
        fill(conninfo(url), size)
        garbage.settle()  # as wsgi.py does
        return app


class _Nowhere(io.TextIOBase):
    """Where the log's lines go: they cost what they cost, and the figures can be read; the last error is kept."""

    error = ""

    def write(self, text: str, /) -> int:
        """Take a text and drop it, unless it tells of an error."""
        if '"exception"' in text:
            self.error = text
        return len(text)


NOWHERE = _Nowhere()


def _without_lines() -> None:
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(NOWHERE)


@contextmanager
def scratch() -> Iterator[Scratch]:
    """Start the servers."""
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-bench-")))
        before = {p.pid for p in psutil.Process().children(recursive=True)}
        postgres = stack.enter_context(Postgres(root / "pg", durable=False))
        started = [p for p in psutil.Process().children(recursive=True) if p.pid not in before]
        server = next(p for p in started if p.name().startswith("postgres"))
        valkey = stack.enter_context(Valkey(root / "valkey", durable=False))
        yield Scratch(server, postgres.url(), valkey.url)


def conninfo(url: str) -> str:
    """Return a URL as the driver takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def engines(app: Flask) -> list[Engine]:
    """Return the engines of a portal."""
    with app.app_context():
        return list(db.engines.values())


def sign_in(app: Flask, email: str) -> str:
    """Open a session for a person and give its token."""
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO identity.user_sessions (id, user_id, organisation_id, token_hash, created_at, last_seen_at,"
                " expires_at, address, user_agent) SELECT gen_random_uuid(), u.id, m.organisation_id, :hash, :now, :now,"
                " :expires, '', '' FROM identity.users u JOIN identity.memberships m ON m.user_id = u.id"
                " WHERE u.email = :email"
            ),
            {"hash": token_hash(token), "now": now, "expires": now + timedelta(days=30), "email": email},
        )
    return token


def one(app: Flask, query: str) -> str:
    """Return the first value of a query as text."""
    with app.app_context(), db.engine.begin() as connection:
        return str(connection.execute(text(query)).scalar_one())
