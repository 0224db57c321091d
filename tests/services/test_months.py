"""The months of the log: each is guarded as the whole is, and what has none gets one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from portal import checkup
from portal.domain.events import DeliveryRetried
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.runtime.clock import simulated
from portal.services.log import chain, months, verification
from portal.services.machinery.unit_of_work import unit_of_work
from tests import servers
from tests.letters import outbox

SYSTEM = system_actor(datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
LATE = datetime(2031, 3, 15, 12, 0, tzinfo=UTC)
PARTS = """
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'network.marketplace_events'::regclass ORDER BY 1
"""


@pytest.fixture
def scratch(worker_id: str, tmp_path: Path) -> Iterator[Flask]:
    """Return an app on a database of its own, whose tables may be changed."""
    files = {"PORTAL_DATA_DIR": str(tmp_path)}
    with servers.another_app(f"portal_months_{worker_id}", worker_id, **files) as app, app.app_context():
        yield app


def happen(at: datetime) -> uuid.UUID:
    """Record an event at a time, and return its id."""
    with simulated(at), unit_of_work(SYSTEM) as uow:
        return uow.record(DeliveryRetried(delivery_id=uuid.uuid4()))


def parts() -> list[str]:
    """Name the partitions."""
    with Session(db.engine) as session:
        return list(session.scalars(text(PARTS)))


def where(event_id: uuid.UUID) -> str:
    """Name the partition in which an event lies."""
    with Session(db.engine) as session:
        query = text("SELECT tableoid::regclass::text FROM network.marketplace_events WHERE id = :id")
        return str(session.execute(query, {"id": event_id}).scalar_one())


def refused(statement: str) -> str:
    """Return why the database refuses a statement."""
    with pytest.raises(DatabaseError) as caught, Session(db.engine) as session, session.begin():
        session.execute(text(statement))
    return str(caught.value.orig)


def test_every_month_refuses_changes_and_fills_the_outbox(scratch: Flask) -> None:
    now = datetime.now(UTC)
    for at in (now - timedelta(days=400), now, now + timedelta(days=32), LATE):
        part = where(happen(at))
        assert "append-only" in refused(f"UPDATE {part} SET type = 'x.y'")
        assert "append-only" in refused(f"DELETE FROM {part}")
    assert len(outbox()) == 4
    for part in parts():
        assert "append-only" in refused(f"TRUNCATE network.{part} CASCADE")
    with Session(db.engine) as session, session.begin():
        part = where(happen(now))
        session.execute(
            text(
                f"INSERT INTO {part} SELECT (left(id::text, 24) || 'abcdefabcdef')::uuid, type, at, actor_id,"
                " NULL, NULL, NULL, NULL, NULL, NULL, NULL, payload, correlation_id, stamp"
                f" FROM {part} ORDER BY id DESC LIMIT 1"
            )
        )
    assert len(outbox()) == 6, "an insert past the table is in the outbox too"
    assert "fk_outbox_event_id" in refused(f"INSERT INTO notifications.outbox (event_id) VALUES ('{uuid.uuid4()}')")


def test_months_are_made_ahead_once(scratch: Flask) -> None:
    before, end = parts(), months.stand().end
    with simulated(end):
        assert months.add_ahead(actor=SYSTEM) == 3
        assert months.add_ahead(actor=SYSTEM) == 0
    assert len(parts()) == len(before) + 3
    assert months.stand().end > end + timedelta(days=80)
    assert where(happen(end)) == f"network.marketplace_events_{end:%Y_%m}"


def test_events_without_a_month_get_one_as_they_lie(scratch: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    stray = happen(LATE)
    assert where(stray) == "network.marketplace_events_later"
    assert months.stand().has_strays
    url = str(scratch.config["SQLALCHEMY_DATABASE_URI"])
    assert "outside the log's months" in str(list(checkup.findings({"DATABASE_URL": url})))
    monkeypatch.setattr(checkup, "ROOM_FOR_MONTHS", "SELECT 3")
    assert "locks for only 3: raise" in str(list(checkup.findings({"DATABASE_URL": url})))
    months.add_ahead(actor=SYSTEM)
    assert where(stray) == "network.marketplace_events_later", "a clock that runs ahead makes no months"
    since = months.stand().end
    with simulated(LATE):
        months.add_ahead(actor=SYSTEM)
    assert where(stray) == f"network.marketplace_events_from_{since:%Y_%m}"
    assert months.stand() == (datetime(2031, 6, 1, tzinfo=UTC), False)
    assert "append-only" in refused(f"TRUNCATE {where(stray)} CASCADE")
    assert [entry.event_id for entry in outbox()] == [stray]


def test_a_log_that_exists_becomes_the_first_month(scratch: Flask) -> None:
    downgrade(directory=str(servers.MIGRATIONS), revision="0049")
    with Session(db.engine) as session, session.begin():
        session.execute(text("GRANT SELECT ON network.marketplace_events TO PUBLIC"))
    old = happen(datetime.now(UTC))
    chain.seal_pending(actor=SYSTEM)
    upgrade(directory=str(servers.MIGRATIONS))
    assert where(old) == "network.marketplace_events_before"
    assert where(happen(datetime.now(UTC) + timedelta(days=1))) == "network.marketplace_events_before"
    assert months.stand().end > datetime.now(UTC) + timedelta(days=60)
    chain.seal_pending(actor=SYSTEM)
    assert verification.verify().ok
    with Session(db.engine) as session:
        granted = "SELECT has_table_privilege('public', 'network.marketplace_events', 'SELECT')"
        assert session.execute(text(granted)).scalar_one()
