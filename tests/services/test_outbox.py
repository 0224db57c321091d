"""The relay tells of each event once, in order, and no event holds up another."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import delete

from portal.domain.events import CandidateViewed
from portal.mailers import post, registry
from portal.models import MarketplaceEvent, OutboxEntry
from portal.queries.admin import deliveries as admin
from portal.queries.recipients import Happened
from portal.runtime.clock import simulated
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work
from portal.services.messages import outbox as service
from portal.services.messages import preferences
from portal.services.messages.outbox import Mail
from portal.services.messages.preferences import ByMail, Wish
from tests.cast import DAY, Cast
from tests.letters import break_event, deliveries, happened, notices, outbox, rows, told


def test_an_event_becomes_a_mail_and_a_notice_and_leaves_the_outbox(cast: Cast) -> None:
    happened(cast)
    assert post.relay() == 1
    assert told() == [("candidate_sourced", "rita", "You claimed a candidate")]
    assert len(notices(cast.rita)) == 1
    assert outbox() == []
    assert post.relay() == 0


def test_an_event_that_comes_back_is_not_told_again(cast: Cast) -> None:
    happened(cast)
    post.relay()
    event_id = deliveries()[0].event_id
    with rows() as session:
        session.add(OutboxEntry(event_id=event_id))
    assert post.relay() == 1
    assert len(told()) == len(notices(cast.rita)) == 1


def test_an_event_without_mails_just_leaves(cast: Cast) -> None:
    happened(cast)
    assert service.relay_batch(lambda _events: [], (), actor=post.system()) == 1
    assert deliveries() == []
    assert outbox() == []


def test_those_who_come_alone_need_not_wait_for_an_import(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH", 3)
    with unit_of_work(cast.actor(cast.rita)) as uow:
        many = [uow.record(CandidateViewed(candidate_id=cast.acme)) for _ in range(51)]
    happened(cast)
    alone, seen = outbox()[-1].event_id, list[uuid.UUID]()
    service.relay_batch(lambda _events: [], (lambda _, events: seen.extend(e.id for e in events),), actor=post.system())
    assert seen == [*many[:2], alone]


def test_events_are_told_in_their_order_and_in_batches(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH", 2)
    for _ in range(5):
        happened(cast)
    waiting, seen = [entry.event_id for entry in outbox()], []

    def listen(events: Sequence[Happened]) -> list[Mail]:
        seen.append([event.id for event in events])
        return []

    while service.relay_batch(listen, (), actor=post.system()):
        pass
    assert [len(batch) for batch in seen] == [2, 2, 1]
    assert [event_id for batch in seen for event_id in batch] == waiting


def test_a_broken_event_waits_and_holds_up_no_other(cast: Cast) -> None:
    happened(cast)
    break_event(source_method="no such method")
    happened(cast)
    with simulated(DAY):
        post.relay()
    assert len(told()) == 1
    broken = outbox()
    assert [entry.attempts for entry in broken] == [1]
    assert broken[0].next_at is not None
    assert DAY + timedelta(seconds=10) <= broken[0].next_at <= DAY + timedelta(seconds=30)
    assert "KeyError" in (broken[0].last_error or "")


def test_an_event_that_is_gone_waits_and_holds_up_no_other(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "BATCH", 1)
    happened(cast)
    with rows() as session:
        session.connection().exec_driver_sql("SET LOCAL session_replication_role = replica")
        session.execute(delete(MarketplaceEvent))
    happened(cast)
    with simulated(DAY):
        assert post.relay() == 2
        assert post.relay() == 0
    assert len(told()) == 1
    (gone,) = outbox()
    assert (gone.attempts, gone.last_error) == (1, service.GONE)
    (found,) = admin.stuck_events(cast.actor(cast.pia))
    assert (found.event_id, found.type, found.last_error) == (gone.event_id, None, service.GONE)


def test_a_broken_event_is_tried_again_after_its_pause(cast: Cast) -> None:
    happened(cast)
    break_event(source_method="no such method")
    with simulated(DAY):
        post.relay()
        assert post.relay() == 0
    break_event(source_method="linkedin", protection_expires_at="2027-11-24T09:00:00Z")
    with simulated(DAY + timedelta(minutes=1)):
        assert post.relay() == 1
    assert len(told()) == 1


def test_what_else_follows_from_events_happens_in_the_same_transaction(cast: Cast) -> None:
    happened(cast)
    seen: list[str] = []

    def react(uow: UnitOfWork, events: Sequence[Happened]) -> None:
        seen.extend(event.type for event in events)

    service.relay_batch(registry.compose, (react,), actor=post.system())
    assert seen == ["candidate.sourced"]


def test_a_reaction_that_breaks_takes_the_mails_back_with_it(cast: Cast) -> None:
    happened(cast)

    def react(uow: UnitOfWork, events: Sequence[Happened]) -> None:
        raise RuntimeError("no room")

    with simulated(DAY):
        service.relay_batch(registry.compose, (react,), actor=post.system())
    assert told() == []
    assert outbox()[0].last_error == "RuntimeError: no room"


@pytest.mark.parametrize(
    ("wish", "states", "notice"),
    [
        (Wish(), ["queued"], 1),
        (Wish(ByMail.DAILY), ["folded"], 1),
        (Wish(ByMail.NEVER), [], 1),
        (Wish(ByMail.NEVER, in_app=False), [], 0),
    ],
)
def test_everybody_is_told_as_they_chose(cast: Cast, wish: Wish, states: list[str], notice: int) -> None:
    preferences.choose(actor=cast.actor(cast.rita), choices={"candidates": wish})
    happened(cast)
    post.relay()
    assert [d.state for d in deliveries()] == states
    assert len(notices(cast.rita)) == notice


def test_a_mail_for_the_digest_is_due_next_morning_where_its_reader_lives(cast: Cast) -> None:
    preferences.choose(actor=cast.actor(cast.rita), choices={"candidates": Wish(ByMail.DAILY)})
    happened(cast)
    with simulated(DAY):
        post.relay()
    assert deliveries()[0].next_at == DAY.replace(hour=7) + timedelta(days=1)
