"""A lost bell loses nothing: what happened is in the database, and the sweep finds it (reliability.md T1, T2)."""

from __future__ import annotations

import dataclasses

import pytest
from flask import Flask
from sqlalchemy import select

from portal.extensions import QUEUES, queue, redis_client
from portal.jobs import relay, schedule, worker
from portal.jobs.worker import PortalJob
from portal.mailers import mailbox, post
from portal.models import EventSeal
from portal.runtime import bells, correlation
from portal.services.messages import outbox as outbox_service
from tests.cast import Cast
from tests.letters import deliveries, happened, outbox, rows


def work(app: Flask, *names: str) -> None:
    """Work off all that is in the queues, as it comes."""
    PortalJob.app = app
    for name in names or QUEUES:
        worker.worker(str(app.config["REDIS_URL"]), name).work(burst=True, logging_level="WARNING")


def test_a_change_rings_and_a_worker_mails(cast: Cast, app: Flask) -> None:
    correlation.begin("request-20261124")
    happened(cast)
    assert (queue("work").count, queue("mail").count) == (1, 0)
    work(app)
    assert [kept.subject for kept in mailbox.newest()] == ["You claimed a candidate"]
    assert outbox() == []
    assert deliveries()[0].correlation_id == "request-20261124"


def test_a_relay_a_seal_and_a_mail_wait_for_no_long_job(
    cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[list[str], int]] = []

    def take_long(**_: object) -> None:
        """Verify the log, while workers of the other queues go on."""
        work(app, "work", "mail")
        with rows() as session:
            seen.append(([d.state for d in deliveries()], len(session.scalars(select(EventSeal)).all())))

    entry = schedule.BY_NAME["verify_log"]
    monkeypatch.setitem(schedule.BY_NAME, "verify_log", dataclasses.replace(entry, work=take_long))
    happened(cast)
    schedule.tick()
    work(app, "bulk")
    assert seen == [(["sent"], 1)]


def test_a_relay_lets_seals_and_clocks_have_their_turn_and_mails_meanwhile(
    cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_service, "BATCH", 1)
    monkeypatch.setattr(relay, "RELAY_SECONDS", 0)
    happened(cast), happened(cast)
    redis_client().flushall()
    relay.relay("first")
    assert (len(outbox()), queue("work").count, queue("mail").count) == (1, 1, 1)
    work(app)
    assert [d.state for d in deliveries()] == ["sent", "sent"]


def test_a_worker_takes_up_the_correlation_id_of_whoever_rang(cast: Cast) -> None:
    relay.relay("request-20261124")
    assert correlation.current() == "request-20261124"


def test_a_queue_that_was_emptied_loses_no_mail_t1(cast: Cast, app: Flask) -> None:
    happened(cast)
    redis_client().flushall()
    work(app)
    assert deliveries() == []
    relay.sweep()
    work(app)
    assert [d.state for d in deliveries()] == ["sent"]


@pytest.mark.usefixtures("no_redis")
def test_without_redis_a_change_succeeds_and_the_sweep_mails_t2(cast: Cast) -> None:
    happened(cast)
    assert len(outbox()) == 1
    relay.sweep()
    assert [d.state for d in deliveries()] == ["sent"]


def test_a_sweep_rings_once_while_somebody_listens(cast: Cast, app: Flask) -> None:
    listener = worker.worker(str(app.config["REDIS_URL"]), "work")
    listener.register_birth()
    relay.sweep()
    assert queue("work").count == 0
    happened(cast)
    relay.sweep()
    relay.sweep()
    assert queue("work").count == 1
    listener.register_death()


def test_a_sweep_that_nobody_hears_does_the_work_in_the_end(cast: Cast) -> None:
    happened(cast)
    for _ in range(2 * bells.STUCK):
        relay.sweep()
    assert [d.state for d in deliveries()] == ["sent"]


def test_a_bell_that_nobody_answers_is_no_bell(cast: Cast) -> None:
    for _ in range(bells.STUCK):
        assert bells.ring(bells.RELAY)
    assert not bells.ring(bells.RELAY)
    assert bells.ring(bells.DRAIN)


@pytest.mark.usefixtures("no_redis")
def test_without_redis_no_bell_rings(cast: Cast) -> None:
    assert not bells.ring(bells.RELAY)
    assert not bells.is_ringing(bells.RELAY)


def test_a_relay_rings_for_mails_only_when_some_are_due(cast: Cast) -> None:
    relay.relay("request-20261124")
    assert queue("mail").count == 0
    happened(cast)
    relay.relay("request-20261124")
    assert (queue("mail").count, [d.state for d in deliveries()]) == (1, ["queued"])


def test_what_is_left_when_the_time_is_over_is_rung_for_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "drain", lambda **_: post.Drained(5, 0, stopped=True))
    relay.drain("request-20261124")
    assert queue("mail").count == 1


def test_an_outage_is_not_rung_for_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "drain", lambda **_: post.Drained(0, 1, stopped=True))
    relay.drain("request-20261124")
    assert queue("mail").count == 0
