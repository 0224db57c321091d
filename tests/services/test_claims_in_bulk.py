"""Several candidates claimed at once: whom nobody protects, each refusal with its sentence."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import InvalidInput, NotFound, NotPermitted
from portal.extensions import db
from portal.models import Candidate, CandidateSourcer
from portal.runtime.clock import simulated
from portal.services.candidates import candidates, claims_in_bulk
from portal.services.candidates.contacts import CandidateInput
from tests.accounts import written
from tests.cast import DAY, Cast
from tests.marketplace import claimed


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def added(cast: Cast, name: str) -> uuid.UUID:
    typed = CandidateInput(full_name=name, email=f"{name.split()[0].lower()}@people.test")
    return candidates.add(actor=cast.actor(cast.rita), input=typed)


def owners() -> dict[uuid.UUID, uuid.UUID]:
    """Return whose each claimed candidate is."""
    query = select(CandidateSourcer.candidate_id, CandidateSourcer.recruiter_id).where(CandidateSourcer.is_current)
    with Session(db.engine) as session:
        return {row.candidate_id: row.recruiter_id for row in session.execute(query)}


def test_those_are_claimed_whom_nobody_protects_and_the_others_named(cast: Cast) -> None:
    rita, omar = cast.rita.recruiter_id, cast.omar.recruiter_id
    with simulated(DAY - timedelta(days=400)):
        expired = claimed(cast, name="Ada Expired")
    free, mine, his = added(cast, "Bea Free"), claimed(cast, name="Cy Mine"), claimed(cast, cast.omar, name="Di His")
    second = added(cast, "Eve Second")
    with Session(db.engine) as session, session.begin():
        session.get_one(Candidate, his).created_by_recruiter_id = rita  # whom rita sees, too
        row = session.get_one(Candidate, second)
        row.merged_into_id, row.merged_at = free, DAY
    wanted = [expired, free, mine, his, second, free]
    done = claims_in_bulk.claim_chosen(
        wanted, actor=cast.actor(cast.rita), source_method="referral", notes="At a fair."
    )
    assert done.count == 2
    assert sorted(done.refused) == [
        ("Cy Mine", claims_in_bulk.YOURS),
        ("Di His", "Another recruiter has claimed this candidate until 24 Nov 2027. We’ve notified you both."),
        ("Eve Second", "This is a duplicate that was merged into another record. Use the main record."),
    ]
    assert owners() == {expired: rita, free: rita, mine: rita, his: omar}
    assert [event["attempt"] for event in written("ownership.conflict_detected")] == ["source"]


def test_nobody_is_claimed_when_one_is_not_to_be_seen_or_the_source_is_none(cast: Cast) -> None:
    free, rita = added(cast, "Bea Free"), cast.actor(cast.rita)
    refused = [
        (NotFound, [free, claimed(cast, cast.omar)], rita, "linkedin"),
        (InvalidInput, [free], rita, "a dream"),
        (InvalidInput, [], rita, "linkedin"),
        (NotPermitted, [free], cast.actor(cast.pia), "linkedin"),
    ]
    for kind, ids, actor, source in refused:
        with pytest.raises(kind):
            claims_in_bulk.claim_chosen(ids, actor=actor, source_method=source)
    assert free not in owners()
