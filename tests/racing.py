"""Let several people act at the same moment: threads behind one barrier, each in an application context of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import Executable, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.domain.errors import PortalError
from portal.extensions import db

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
KILL = text(f"SELECT pg_terminate_backend(pid, 5000) FROM ({WAITING.text.replace('count(*)', 'pid')}) AS waiting")
Command = Callable[[], object]
PATIENCE = 30.0  # seconds; a racer that never arrives fails the test and does not hang the suite


def race(app: Flask, commands: Sequence[Command]) -> list[object]:
    """Run each command in a thread of its own, all at once; give what each returned or how it was refused."""
    start = threading.Barrier(len(commands))
    with ThreadPoolExecutor(len(commands)) as threads:
        return list(threads.map(lambda command: outcome(app, start, command), commands))


def outcome(app: Flask, start: threading.Barrier, command: Command) -> object:
    """Run a command when all are ready; give what it returned or how it was refused."""
    with app.app_context():
        start.wait(timeout=PATIENCE)
        try:
            return command()
        except PortalError as refusal:
            return refusal


def refusals(results: Sequence[object]) -> list[PortalError]:
    """Pick the refusals among the results of a race."""
    return [result for result in results if isinstance(result, PortalError)]


@contextmanager
def held(app: Flask, statement: Executable, *commands: Command) -> Iterator[list[Future[object]]]:
    """Run commands into rows that another transaction has changed; it commits once all of them wait."""
    start = threading.Barrier(len(commands))
    with ThreadPoolExecutor(len(commands)) as pool:
        with Session(db.engine) as session, session.begin():
            session.execute(statement)
            futures = [pool.submit(outcome, app, start, command) for command in commands]
            _wait_for(len(commands))
        yield futures


def killed(app: Flask, table: str, command: Command) -> None:
    """Run a command until it would write to a table, and cut its process off from the database at that moment."""
    with ThreadPoolExecutor(1) as pool, Session(db.engine) as session, session.begin():
        session.execute(text(f"LOCK TABLE {table} IN SHARE MODE"))
        future = pool.submit(outcome, app, threading.Barrier(1), command)
        _wait_for(1)
        assert session.execute(KILL).scalar_one()
        assert isinstance(future.exception(PATIENCE), OperationalError)


def _wait_for(waiting: int) -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watching:
        for _ in range(500):
            if watching.execute(WAITING).scalar_one() >= waiting:
                return
            time.sleep(0.01)  # nothing tells when a lock is waited for: it is looked for, up to five seconds
    raise AssertionError("nobody waits for the lock")
