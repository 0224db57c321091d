"""The same request sent twice is carried out once."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict
from portal.domain.events import JobPosted
from portal.extensions import db
from portal.models import MarketplaceEvent
from portal.runtime.clock import simulated
from portal.services.machinery import once
from portal.services.machinery.once import AlreadyAnswered, Answer, Once, keep, keep_refusal, only_once, release, take
from portal.services.machinery.unit_of_work import unit_of_work
from tests.accounts import before_statements
from tests.cast import DAY, Cast

REQUEST = Once.of("rita", "key-1", b"said")


def do(cast: Cast, request: Once = REQUEST) -> None:
    """Carry a request out."""
    with only_once(request), unit_of_work(cast.actor(cast.carl)) as uow:
        uow.record(JobPosted(job_id=uuid.uuid4(), status="active", fee_bp=2_000))


def go_away(_: str) -> None:
    raise OperationalError(None, None, Exception("the server closed the connection"))


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


def test_a_database_that_goes_away_after_the_commit_costs_the_kept_answer_alone(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    do(cast)
    with before_statements(go_away):
        keep(REQUEST, Answer(201, "/jobs/1", '{"id": 1}'))
    monkeypatch.setattr(once, "PATIENCE", 0)
    with pytest.raises(AlreadyAnswered) as again:
        do(cast)
    assert (again.value.answer.status, done()) == (once.PENDING, 1)


def test_a_key_is_not_for_another_request(cast: Cast) -> None:
    do(cast)
    with pytest.raises(Conflict) as refusal:
        do(cast, Once.of("rita", "key-1", b"something else"))
    assert refusal.value.code == "IDEMPOTENCY_KEY_REUSED"


def test_what_changed_nothing_is_answered_again_too(cast: Cast) -> None:
    with only_once(REQUEST):
        pass
    keep(REQUEST, Answer(200, None, "computed"))
    with pytest.raises(AlreadyAnswered) as again:
        do(cast)
    assert (again.value.answer.body, done()) == ("computed", 0)


def test_the_answer_to_another_request_is_never_kept_over_the_first(cast: Cast) -> None:
    do(cast)
    keep(REQUEST, Answer(201, None, "first"))
    keep(Once.of("rita", "key-1", b"something else"), Answer(200, None, "second"))
    keep(REQUEST, Answer(200, None, "third"))
    with pytest.raises(AlreadyAnswered) as again:
        do(cast)
    assert again.value.answer.body == "first"


@pytest.mark.parametrize("forget", [release, lambda once: keep_refusal(once, Answer(409, None, "refused"))])
def test_what_is_refused_whole_leaves_nothing(cast: Cast, forget: Callable[[Once], None]) -> None:
    forget(REQUEST)
    do(cast)
    assert done() == 1


def test_what_is_refused_after_a_part_was_done_is_refused_again(cast: Cast) -> None:
    do(cast)
    keep_refusal(REQUEST, Answer(409, None, "refused"))
    with pytest.raises(AlreadyAnswered) as again:
        do(cast)
    assert again.value.answer == Answer(409, None, "refused")


def test_a_released_key_may_be_sent_again(cast: Cast) -> None:
    do(cast)
    release(REQUEST)
    do(cast)
    assert done() == 2


def test_a_kept_answer_is_not_released(cast: Cast) -> None:
    do(cast)
    keep(REQUEST, Answer(201, None, "first"))
    release(REQUEST)
    with pytest.raises(AlreadyAnswered):
        do(cast)


@pytest.mark.parametrize("age", [timedelta(0), timedelta(minutes=1)], ids=["fresh", "overdue"])
def test_an_answer_that_never_comes_is_not_waited_for_for_ever(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, age: timedelta
) -> None:
    monkeypatch.setattr(once, "PATIENCE", 0.05)
    with simulated(DAY):
        do(cast)
    with simulated(DAY + age), pytest.raises(AlreadyAnswered) as again:
        do(cast)
    assert again.value.answer.status == once.PENDING


def test_a_key_whose_answer_is_forgotten_meanwhile_is_answered_as_lost(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    do(cast)
    monkeypatch.setattr(once.time, "sleep", lambda _: release(REQUEST))
    with pytest.raises(AlreadyAnswered) as again:
        do(cast)
    assert again.value.answer.status == once.PENDING


def test_an_expired_key_keeps_the_new_answer(cast: Cast) -> None:
    with simulated(DAY):
        do(cast)
        keep(REQUEST, Answer(201, None, "first"))
    other = Once.of("rita", "key-1", b"something else")
    with simulated(DAY + timedelta(hours=24)):
        keep(other, Answer(200, None, "second"))
        with pytest.raises(AlreadyAnswered) as again:
            do(cast, other)
    assert again.value.answer.body == "second"


@pytest.mark.parametrize("key", ["nul\0", "\ud800", "ключ 🔑", "x" * 100_000, ""])
def test_a_key_may_have_any_characters(cast: Cast, key: str) -> None:
    for _ in range(2):
        with contextlib.suppress(AlreadyAnswered):
            do(cast, Once.of("rita", key, b"said"))
        keep(Once.of("rita", key, b"said"), Answer(201, None, ""))
    assert done() == 1


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
        keep(REQUEST, Answer(201, None, "first"))
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
                keep(REQUEST, Answer(201, None, "first"))
                outcomes.append("done")
            except AlreadyAnswered as error:
                outcomes.append(error.answer.body)

    threads = [threading.Thread(target=rival) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done"] + ["first"] * 7
    assert done() == 1
