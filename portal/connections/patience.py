"""Connections to PostgreSQL that lose patience: a server that is frozen or restarted holds no one up (ADR 0024).

A statement may take its time. Whether the server lives is asked beside it: who has waited for a second asks the server
for the least that it answers, and when not even that comes, all who wait give up, and for a second nobody begins.
"""

from __future__ import annotations

import logging
import select
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextvars import ContextVar
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

log = logging.getLogger(__name__)
PATIENT_SECONDS = 1.0
PROBE_SECONDS = 1.0
LENT_SECONDS = 4.0  # less than a pooler lets its clients wait (deploy/pgbouncer.ini)
FROZEN_SECONDS = 1.0  # who asks meanwhile is refused; one request in so long waits for a probe, and ends it
OUTDATED = "cached plan must not change result type"
SSL_REQUEST = bytes((0, 0, 0, 8, 4, 210, 22, 47))  # the postmaster answers it with one letter, before any sign-in


# The statements that this request has run; a listener of SQLAlchemy would cost each of them more than this does.
asked: ContextVar[int] = ContextVar("asked", default=0)


class ServerFrozen(psycopg.OperationalError):
    """The database server accepts connections but does not answer."""

    def __init__(self) -> None:
        super().__init__("The database does not respond.")


class Watch:
    """What this process knows about whether the server answers."""

    def __init__(
        self, probe: Callable[[], bool], now: Callable[[], float] = time.monotonic, patient: float = PATIENT_SECONDS
    ) -> None:
        self._probe, self._now, self._patient = probe, now, patient
        self._asking = threading.Lock()
        self._frozen_until: float | None = None

    def is_given_up(self) -> bool:
        """Return whether nothing may begin: the server was frozen lately, or still is, which one thread finds out."""
        return self._frozen_until is not None and self._is_lost()

    def _is_lost(self) -> bool:
        until = self._frozen_until
        return (until is not None and self._now() < until) or self.is_frozen()

    def is_frozen(self) -> bool:
        """Ask the server, unless another thread does so right now: then what was known last counts."""
        if not self._asking.acquire(blocking=False):
            return self._frozen_until is not None
        try:
            answers = self._probe()
            if not answers and self._frozen_until is None:
                log.error("database_frozen")
            self._frozen_until = None if answers else self._now() + FROZEN_SECONDS
        finally:
            self._asking.release()
        return not answers

    def watched(self, waiting: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """Pass on what psycopg waits for, and look after the server whenever nothing came for a second.

        Raises:
            ServerFrozen: it does not live.
        """
        try:
            wanted, asked_at = next(waiting), self._now()
            while True:
                ready = yield wanted
                if not ready and self._now() - asked_at > self._patient:
                    if self._is_lost():
                        raise ServerFrozen
                    asked_at = self._now()
                wanted = waiting.send(ready)
        except StopIteration as end:
            return end.value


def answers(host: str, port: int) -> bool:
    """Return whether a PostgreSQL server, or what stands before it, answers the least of questions."""
    where: Any = f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)
    try:
        with socket.socket(socket.AF_UNIX) if host.startswith("/") else socket.create_connection(where, 1) as line:
            line.settimeout(PROBE_SECONDS)
            if host.startswith("/"):
                line.connect(where)
            line.sendall(SSL_REQUEST)
            return bool(line.recv(1))
    except OSError:
        return False


def lends(arguments: tuple[Any, ...], named: dict[str, Any]) -> bool:
    """Return whether a pooler lends a connection to a server that answers; what `answers` asks it answers itself."""
    kind = connection_of(Watch(lambda: False, patient=LENT_SECONDS))
    try:
        with kind.connect(*arguments, **{**named, "autocommit": True}) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


class _Cursor(psycopg.Cursor[Any]):
    def execute(self, *statement: Any, **how: Any) -> Any:
        """Run a statement; prepare it again when a migration has changed the type of its columns since.

        Raises:
            psycopg.OperationalError: a transaction is open, which the server ended with this.
        """
        asked.set(asked.get() + 1)
        try:
            return super().execute(*statement, **how)
        except psycopg.errors.FeatureNotSupported as error:
            if OUTDATED not in str(error):
                raise
            if not self.connection.autocommit:
                raise psycopg.OperationalError("The tables were changed in the meantime.") from error
        self.connection.execute("DEALLOCATE ALL")
        return super().execute(*statement, **how)

    def executemany(self, *statement: Any, **how: Any) -> None:
        """Run a statement once for each set of its parameters."""
        asked.set(asked.get() + 1)
        super().executemany(*statement, **how)

    @property
    def description(self) -> Any:
        """Return names and types of the columns: SQLAlchemy asks for no more; psycopg looks more up at each call."""
        found = self.pgresult
        if found is None or not found.nfields:
            return super().description
        return [((found.fname(i) or b"").decode(), found.ftype(i)) for i in range(found.nfields)]


def connection_of(watch: Watch) -> type[psycopg.Connection[Any]]:
    """Make the kind of connection that gives up when the server is frozen."""

    class Impatient(psycopg.Connection[Any]):
        def wait(self, gen: Any, *arguments: Any, **more: Any) -> Any:
            try:
                return super().wait(watch.watched(gen), *arguments, **more)
            except ServerFrozen:
                self.pgconn.finish()  # in the middle of an answer: there is no way to go on with it
                raise

    return Impatient


def lose(engine: Engine, *, is_pooled: bool = False) -> None:
    """Make an engine's connections lose patience, and replace those that the server has hung up on."""
    there = conninfo_to_dict(**_target(engine))
    host, port = str(there.get("host") or "/var/run/postgresql"), int(there.get("port") or 5432)
    last: list[Any] = []  # what was connected with, which is what a pooler has to be asked with
    watch = Watch(lambda: lends(*last) if is_pooled else answers(host, port))
    kind = connection_of(watch)

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, named: Any) -> Any:
        if watch.is_given_up():
            raise ServerFrozen
        last[:] = arguments, named
        try:
            return kind.connect(*arguments, cursor_factory=_Cursor, **named)
        except psycopg.errors.ConnectionTimeout:
            watch.is_frozen()  # so that those who come next need not wait for the same
            raise

    @event.listens_for(engine, "checkout")
    def take(connection: Any, _record: Any, _proxy: Any) -> None:
        if watch.is_given_up() or _was_hung_up(connection):
            raise InvalidatePoolError  # whatever replaces it is refused above, or new


def _target(engine: Engine) -> dict[str, Any]:
    _, named = engine.dialect.create_connect_args(engine.url)
    return {name: value for name, value in named.items() if name in {"host", "port"}}


def _was_hung_up(connection: psycopg.Connection[Any]) -> bool:
    """Return whether something arrived on an idle connection: its end, or the goodbye of a server that stopped."""
    idle = select.poll()
    idle.register(connection.fileno(), select.POLLIN)
    return bool(idle.poll(0))
