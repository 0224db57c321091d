"""The same request sent twice is carried out once."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict
from portal.domain.events import JobPosted
from portal.extensions import db
from portal.models import MarketplaceEvent
from portal.runtime.clock import simulated
from portal.services.machinery.once import AlreadyAnswered, Answer, Once, keep, only_once, take
from portal.services.machinery.unit_of_work import unit_of_work
from tests.cast import DAY, Cast

REQUEST = Once.of("rita", "key-1", b"said")


def do(cast: Cast, request: Once = REQUEST) -> None:
    """Carry a request out."""
    with only_once(request), unit_of_work(cast.actor(cast.carl)) as uow:
        uow.record(JobPosted(job_id=uuid.uuid4(), status="active", fee_bp=2_000))


def done() -> int:
    """Count how often requests were carried out."""
    with Session(db.engine) as session:
        return session.scalars(select(func.count()).select_from(MarketplaceEvent)).one()


def test_the_second_request_gets_the_first_answer(cast: Cast) -> None:
    do(cast)
    keep(REQUEST, Answer(201, "/jobs/1", '{"id": 1}'))
    with pytest.raises(AlreadyAnswered) as again:
        do(cast)
    assert again.value.answer == Answer(201, "/jobs/1", '{"id": 1}')
    assert done() == 1


def test_a_key_is_not_for_another_request(cast: Cast) -> None:
    do(cast)
    with pytest.raises(Conflict) as refusal:
        do(cast, Once.of("rita", "key-1", b"something else"))
    assert refusal.value.code == "IDEMPOTENCY_KEY_REUSED"


def test_a_key_belongs_to_whoever_sent_it(cast: Cast) -> None:
    do(cast)
    do(cast, Once.of("omar", "key-1", b"said"))
    assert done() == 2


def test_a_failed_request_leaves_no_key(cast: Cast) -> None:
    with pytest.raises(ZeroDivisionError), only_once(REQUEST), unit_of_work(cast.actor(cast.carl)):
        raise ZeroDivisionError
    do(cast)
    assert done() == 1


def test_a_key_is_free_again_after_a_day(cast: Cast) -> None:
    with simulated(DAY):
        do(cast)
    with simulated(DAY + timedelta(hours=24)):
        do(cast)
    assert done() == 2


def test_only_the_first_unit_of_work_takes_the_key(cast: Cast) -> None:
    with only_once(REQUEST):
        for _ in range(2):
            with unit_of_work(cast.actor(cast.carl)) as uow:
                uow.record(JobPosted(job_id=uuid.uuid4(), status="active", fee_bp=2_000))
    assert done() == 2


def test_nothing_can_be_taken_without_a_request(cast: Cast) -> None:
    with Session(db.engine) as session, pytest.raises(RuntimeError):
        take(session, DAY)


def test_of_eight_at_once_one_is_carried_out(cast: Cast) -> None:
    barrier, outcomes = threading.Barrier(8), []

    def rival() -> None:
        with cast.app.app_context():
            barrier.wait()
            try:
                do(cast)
                outcomes.append("done")
            except AlreadyAnswered:
                outcomes.append("answered")

    threads = [threading.Thread(target=rival) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["answered"] * 7 + ["done"]
    assert done() == 1
