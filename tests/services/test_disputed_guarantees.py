"""Disputes about how a placement ended: who is asked, what waits, and what the ruling does to the money."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import DisputeParty, Fee, Obligation
from portal.runtime.clock import simulated
from portal.services.billing import awards, lifecycle
from portal.services.disputes import appeals, cases, rulings
from portal.services.disputes.cases import CaseInput
from portal.services.disputes.rulings import RulingInput
from portal.services.machinery.unit_of_work import unit_of_work
from tests.cast import DAY, Cast, Person
from tests.hires import hired
from tests.money import left, started

SAID = "The last day worked was a week later than reported."


@pytest.fixture(autouse=True)
def _forty_days_on(context: None) -> Iterator[None]:
    """Let all of it happen when somebody who started on the cast's day has left on day 40."""
    with simulated(DAY + timedelta(days=41)):
        yield


def ended(cast: Cast, **terms: object) -> uuid.UUID:
    """Let somebody who started on the cast's day leave after 40 days, under some terms."""
    with simulated(DAY):
        placement_id = started(cast, **terms)
    left(cast, placement_id, 40)
    return placement_id


def opened(cast: Cast, who: Person, placement_id: uuid.UUID, reason: str = "wrong_day") -> uuid.UUID:
    typed = CaseInput(
        subject="guarantee", subject_id=placement_id, reason=reason, statement=SAID, asks="Half of the fee."
    )
    return cases.open_case(actor=cast.actor(who), input=typed)


def ruled(cast: Cast, dispute_id: uuid.UUID, effect: str, percent_bp: int = 0) -> None:
    """Rule after all were heard, and let all accept it."""
    for person in (cast.carl, cast.rita, cast.omar):
        cases.answer(dispute_id, actor=cast.actor(person), statement=SAID)
    typed = RulingInput(effect=effect, reason="So the letters say.", percent_bp=percent_bp)
    rulings.rule(dispute_id, actor=cast.actor(cast.pia), input=typed)
    for person in (cast.carl, cast.rita, cast.omar):
        appeals.waive(dispute_id, actor=cast.actor(person))


def fee(placement_id: uuid.UUID) -> tuple[int, bool]:
    with Session(db.engine) as session:
        row = session.get_one(Fee, placement_id)
        return row.refunded_minor, row.is_frozen


def obligation() -> str | None:
    with Session(db.engine) as session:
        return session.scalars(select(Obligation.state)).one_or_none()


def test_a_percentage_of_the_fee_goes_back_and_all_it_concerns_are_asked(cast: Cast) -> None:
    placement_id = ended(cast, remedy="none")
    dispute_id = opened(cast, cast.carl, placement_id)
    with Session(db.engine) as session:
        assert len(session.scalars(select(DisputeParty.id)).all()) == 3
    assert fee(placement_id) == (0, True)
    with pytest.raises(Conflict, match="give nothing more"):
        ruled(cast, dispute_id, "remedy")
    with pytest.raises(InvalidInput, match="Enter a percentage"):
        ruled(cast, dispute_id, "refund")
    ruled(cast, dispute_id, "refund", 2_500)
    assert fee(placement_id) == (625_000, False)


def test_what_the_terms_decided_can_stand(cast: Cast) -> None:
    placement_id = ended(cast, remedy="pro_rata")
    ruled(cast, opened(cast, cast.omar, placement_id), "none")
    assert fee(placement_id) == (1_388_889, False)


def test_without_books_no_money_moves(cast: Cast) -> None:
    placement_id = hired(cast)
    with unit_of_work(cast.actor(cast.pia)) as uow:
        awards.refund(uow, placement_id)
        awards.void(uow, placement_id)
    with Session(db.engine) as session:
        assert session.get(Fee, placement_id) is None


def test_the_remedy_of_the_terms_is_applied_to_what_they_called_void(cast: Cast) -> None:
    placement_id = ended(cast, remedy="pro_rata", void_reasons=("candidate_quit",))
    assert fee(placement_id) == (0, False)
    ruled(cast, opened(cast, cast.carl, placement_id), "remedy")
    assert fee(placement_id) == (1_388_889, False)
    with pytest.raises(Conflict, match="give nothing more"):
        ruled(cast, opened(cast, cast.rita, placement_id, "wrong_reason"), "remedy")


def test_a_void_replacement_is_owed_after_all(cast: Cast) -> None:
    placement_id = ended(cast, remedy="replacement_first", void_reasons=("candidate_quit",))
    ruled(cast, opened(cast, cast.carl, placement_id), "remedy")
    assert (obligation(), fee(placement_id)[0]) == ("open", 0)


def test_what_is_owed_waits_for_the_ruling_and_can_be_void(cast: Cast) -> None:
    placement_id = ended(cast, remedy="replacement_first")
    dispute_id = opened(cast, cast.rita, placement_id)
    with pytest.raises(Conflict, match="on hold until the ruling"):
        lifecycle.waive(placement_id, actor=cast.actor(cast.carl))
    late = DAY + timedelta(days=120)
    with simulated(late):
        assert lifecycle.expire_obligations(actor=system_actor(late)) == 0
    ruled(cast, dispute_id, "void")
    assert (obligation(), fee(placement_id)) == ("waived", (0, False))


def test_nothing_is_void_that_is_not_owed_and_nothing_disputed_that_goes_on(cast: Cast) -> None:
    with simulated(DAY):
        placement_id = started(cast)
        with pytest.raises(Conflict, match="hasn’t ended"):
            opened(cast, cast.carl, placement_id)
    left(cast, placement_id, 40, reason="layoff")
    with pytest.raises(NotFound):
        opened(cast, cast.zoe, placement_id)
    with pytest.raises(Conflict, match="nothing to declare void"):
        ruled(cast, opened(cast, cast.carl, placement_id), "void")
