"""/metrics: for the loopback or with the token, and what it tells."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from portal.connections.replica import Position, Replica
from portal.extensions import db, redis_client
from portal.jobs import schedule
from portal.mailers import post
from portal.queries.admin import health
from portal.services.machinery import periodic
from tests.cast import Cast
from tests.letters import change, deliveries, queued
from tests.marketplace import proposed

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def figures(cast: Cast) -> dict[str, float]:
    """Read all samples, labels in their names."""
    with cast.app.app_context():
        page = cast.app.test_client().get("/metrics").text
    found = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            labels = ",".join(f"{k}={v}" for k, v in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_requests_are_counted_by_route_method_and_status(cast: Cast) -> None:
    name = "http_requests_total{method=GET,route=/healthz,status=200}"
    before = figures(cast).get(name, 0)
    cast.client().get("/healthz")
    after = figures(cast)
    assert after[name] == before + 1
    assert after["http_request_duration_seconds_count{route=/healthz}"] >= 1


def test_what_waits_is_counted(cast: Cast) -> None:
    before = figures(cast)
    assert (before["outbox_pending"], before["outbox_oldest_age_seconds"]) == (0, 0)
    proposed(cast)
    after = figures(cast)
    assert after["outbox_pending"] == after["events_unsealed"] == 4
    assert after["redis_up"] == 1
    assert after["events_outside_months"] == 0
    assert after["events_months_end_timestamp_seconds"] > time.time()
    assert after["queue_depth{queue=work}"] >= 1
    assert after["queue_workers{queue=mail}"] == after["queue_jobs_failed{queue=mail}"] == 0
    assert after["db_pool_connections{pool=read,state=open}"] >= after["db_pool_connections{pool=read,state=in_use}"]


def test_what_is_late_is_told_with_its_age(cast: Cast) -> None:
    proposed(cast)
    schedule.tick()
    late = "UPDATE network.candidate_role_assignments SET proposed_at = now() - interval '1 day'"
    with db.engine.begin() as connection:
        connection.execute(text(f"{late}, expires_at = now() - interval '9 min'"))
        connection.execute(text("UPDATE notifications.periodic_runs SET next_at = now() - interval '7 min'"))
    found = figures(cast)
    assert (found["proposals_overdue"], found["proposals_overdue_oldest_age_seconds"] >= 540) == (1, True)
    assert found["periodic_job_overdue_seconds{name=seal_events}"] >= 420


@pytest.mark.parametrize(("code", "late"), [(None, 1), (535, 1), (451, 0)])
def test_an_email_that_the_mail_server_puts_off_is_late_unless_it_is_about_a_mailbox(
    cast: Cast, code: int | None, late: int
) -> None:
    queued(cast, 1, at=LONG_AGO)
    never = LONG_AGO.replace(year=2099)
    change(deliveries()[0], last_error="later", last_code=code, next_at=never, created_at=LONG_AGO)
    found = figures(cast)
    assert (found["mails_due"], found["mails_due_oldest_age_seconds"] > 0) == (late, bool(late))


def test_states_of_which_there_are_no_emails_are_told(cast: Cast) -> None:
    assert figures(cast)["mails{state=dead}"] == 0  # an alert compares it with an hour ago


def test_a_database_that_takes_no_changes_is_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    assert figures(cast)["database_writable"] == 1
    monkeypatch.setattr(health, "TRIAL", text("INSERT INTO public.alembic_version SELECT 1/0"))
    found = figures(cast)
    assert (found["database_up"], found["database_writable"]) == (1, 0)


@pytest.mark.parametrize(
    ("primary", "replica", "told"),
    [
        (Position(200, "today"), Position(100, "", 40.0), (1, 40)),
        (Position(200, "today"), Position(200, "", 40.0), (1, 0)),
        (Position(200, "today"), Position(300, "yesterday"), (0, None)),
        (Position(200, "today"), None, (0, None)),
    ],
)
def test_how_far_the_replica_is_behind_is_told_where_there_is_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, primary: Position, replica: Position | None, told: tuple[int, object]
) -> None:
    assert "replica_up" not in figures(cast)
    monkeypatch.setitem(cast.app.extensions, "replica", Replica(lambda: primary, lambda: replica))
    found = figures(cast)
    assert (found["replica_up"], found.get("replica_behind_seconds")) == told


def test_by_how_much_the_clocks_of_this_machine_and_of_the_database_differ_is_told(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert abs(figures(cast)["clock_ahead_seconds"]) < 2
    ahead = time.time
    monkeypatch.setattr("portal.runtime.clock.time.time", lambda: ahead() + 3600)
    assert 3598 < figures(cast)["clock_ahead_seconds"] < 3602


def test_how_a_periodic_job_ended_is_told(cast: Cast) -> None:
    schedule.tick()
    schedule.run("seal_events", "0" * 32)
    well = figures(cast)
    assert well["periodic_job_last_success_timestamp_seconds{name=seal_events}"] > 0
    assert (well["periodic_job_failed{name=seal_events}"], "name=verify_log" in str(well)) == (0, True)
    assert well["periodic_job_last_duration_seconds{name=seal_events}"] >= 0
    periodic.finish("seal_events", actor=post.system(), error="no room")
    assert figures(cast)["periodic_job_failed{name=seal_events}"] == 1


def test_labels_hold_no_ids(cast: Cast) -> None:
    proposal_id = proposed(cast)
    cast.client(cast.rita).get(f"/proposals/{proposal_id}")
    cast.client().open("/nowhere/123", method="BREW")
    assert not [name for name in figures(cast) if re.search(r"[0-9a-f]{8}-|nowhere|BREW", name)]


def test_without_redis_the_rest_is_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise ConnectionError("no redis")

    monkeypatch.setattr(redis_client(), "execute_command", away)
    found = figures(cast)
    assert (found["redis_up"], found["outbox_pending"]) == (0, 0)


@pytest.mark.parametrize(
    ("headers", "address", "status"),
    [
        ({}, "127.0.0.1", 200),
        ({}, "::1", 200),
        ({}, "192.0.2.7", 404),
        ({"X-Forwarded-For": "192.0.2.7"}, "127.0.0.1", 404),
    ],
)
def test_without_a_token_only_the_machine_itself_is_let_in(
    app: Flask, headers: dict[str, str], address: str, status: int
) -> None:
    answer = app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("sent", "status"), [("Bearer right", 200), ("Bearer wrong", 404), ("", 404), ("Bearer r\xefght", 404)]
)
def test_with_a_token_only_who_has_it(app: Flask, monkeypatch: pytest.MonkeyPatch, sent: str, status: int) -> None:
    monkeypatch.setitem(app.config, "METRICS_TOKEN", "right")
    assert app.test_client().get("/metrics", headers={"Authorization": sent}).status_code == status


def test_a_token_of_any_characters_lets_in(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "METRICS_TOKEN", "geheimnis-für-ops")
    sent = "Bearer geheimnis-für-ops".encode().decode("latin-1")  # as WSGI hands bytes over
    assert app.test_client().get("/metrics", headers={"Authorization": sent}).status_code == 200
