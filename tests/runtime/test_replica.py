"""Who may lag reads from the replica, while it is there and not behind; who has just written reads the primary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import make_url, text

from portal.app import create_app
from portal.connections.replica import AFTER_LOSS_SECONDS, AGAIN_SECONDS, Position, Replica
from portal.extensions import REPLICA_BIND, db, init_replica
from portal.requests.replica_reads import WROTE_COOKIE
from tests import servers
from tests.cast import Cast
from tests.checking_client import inputs

NOW, LATER, OTHER = Position(100, "today"), Position(200, "today"), Position(300, "yesterday")


class Servers:
    """Two servers of which a test says how far they are."""

    def __init__(self) -> None:
        self.at, self.primary, self.replica = 0.0, NOW, Position(100, "")
        self.away = False
        self.watched = Replica(lambda: self.primary, lambda: None if self.away else self.replica, lambda: self.at)

    def fresh(self, *, after: float = AGAIN_SECONDS) -> bool:
        self.at += after
        return self.watched.is_fresh()


def test_a_replica_is_fresh_once_it_has_what_the_primary_had_a_look_ago() -> None:
    both = Servers()
    assert not both.fresh()
    both.primary = LATER
    assert both.fresh()
    assert not both.fresh()
    both.replica = Position(200, "")
    assert both.fresh()


def test_a_replica_that_nobody_looked_at_for_a_while_is_not_told_fresh_by_what_was_written_before() -> None:
    both = Servers()
    assert [both.fresh(), both.fresh()] == [False, True]
    both.primary = LATER  # which the replica does not have, although it has all of the look before
    assert [both.fresh(after=600), both.fresh()] == [False, False]


def test_between_two_looks_nobody_asks() -> None:
    both = Servers()
    assert [both.fresh(), both.fresh()] == [False, True]
    both.away = True
    assert both.fresh(after=0.1)
    assert not both.fresh()


def test_a_replica_that_was_away_is_asked_again_after_a_while() -> None:
    both = Servers()
    both.away = True
    assert not both.fresh()
    both.away = False
    assert [both.fresh(), both.fresh(after=AFTER_LOSS_SECONDS), both.fresh()] == [False, False, True]


def test_a_server_that_was_promoted_is_no_replica_any_more() -> None:
    both = Servers()
    assert [both.fresh(), both.fresh()] == [False, True]
    both.replica = OTHER
    assert not both.fresh()
    both.replica = NOW  # the primary itself, under another address
    assert both.fresh()


# --- requests -------------------------------------------------------------------------------------------------


@pytest.fixture
def lagging(cast: Cast, database_url: str) -> Iterator[tuple[Cast, list[str]]]:
    """Make a portal whose replica is the database for a role that only reads, and list the statements that it gets."""
    with db.engine.begin() as connection:
        connection.execute(text("CREATE ROLE reader LOGIN IN ROLE pg_read_all_data"))
    address = make_url(database_url).set(username="reader").render_as_string(hide_password=False)
    kept = {name: cast.app.config[name] for name in ("SQLALCHEMY_DATABASE_URI", "REDIS_URL", "PORTAL_DATA_DIR")}
    made, seen = create_app({**servers.SETTINGS, **kept, "DATABASE_REPLICA_URL": address}), list[str]()
    init_replica(made, iter(range(0, 10_000, 2)).__next__)
    with made.app_context():
        engines = list(db.engines.values())
        made.extensions["replica"].is_fresh()
        sql_event.listen(db.engines[REPLICA_BIND], "before_cursor_execute", lambda *given: seen.append(given[2]))
    yield replace(cast, app=made), seen
    for engine in engines:
        engine.dispose()
    with db.engine.begin() as connection:
        connection.execute(text("DROP ROLE reader"))


def of_pages(seen: list[str]) -> list[str]:
    """Take out the looks at how far the replica is."""
    return [statement for statement in seen if "pg_is_in_recovery" not in statement]


def test_pages_lag_but_neither_sessions_nor_who_has_just_written_do(lagging: tuple[Cast, list[str]]) -> None:
    cast, seen = lagging
    client = cast.client(cast.carl)
    assert client.get("/jobs").status_code == 200
    assert of_pages(seen)
    assert not any("user_sessions" in statement for statement in seen)
    form = inputs(client.get("/jobs/new").text, "/jobs/new")
    seen.clear()
    job = {"title": "Engineer", "description": "Ranking", "fee_bp": "20", "currency": "USD", "status": "draft"}
    written = client.post("/jobs/new", data={**form, **job})
    assert (written.status_code, WROTE_COOKIE in str(written.headers.getlist("Set-Cookie"))) == (303, True)
    assert "Engineer" in client.get("/jobs").text
    assert of_pages(seen) == []


def test_a_replica_that_goes_away_is_done_without(lagging: tuple[Cast, list[str]]) -> None:
    cast, seen = lagging
    with db.engine.begin() as connection:
        connection.execute(text("ALTER ROLE reader NOLOGIN"))
    with cast.app.app_context():
        db.engines[REPLICA_BIND].dispose()
        cast.app.extensions["replica"] = Replica(lambda: NOW, lambda: NOW, iter(range(0, 1_000, 2)).__next__)
        cast.app.extensions["replica"].is_fresh()
    assert cast.client(cast.carl).get("/jobs").status_code == 200
    assert seen[1:] == []
