"""Two records of one person: the first claim wins, the second record leads to the first, and all can be taken apart."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted
from portal.domain.ownership import Badge, CheckResult
from portal.extensions import db
from portal.mailers import post
from portal.models import Candidate, CandidateSourcer, Delivery, User
from portal.queries.candidates import candidates as queries
from portal.queries.candidates import records
from portal.runtime.clock import simulated
from portal.services.candidates import candidates, erasure, merging, outreach, ownership
from portal.services.candidates.contacts import CandidateInput, CheckInput
from portal.services.disputes import cases
from portal.services.disputes.cases import CaseInput
from portal.services.log import chain, verification
from portal.services.placements import placements, undoing
from portal.services.proposals import create
from tests.cast import DAY, Cast, Person
from tests.hires import SALARY, accepted, recruiters, team
from tests.letters import body, worked
from tests.marketplace import claimed, later, posted

LENA, SECOND = "lena@mail.test", "l.brandt@work.test"
WHY = "The same person by passport."


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


@pytest.fixture
def twice(cast: Cast) -> tuple[uuid.UUID, uuid.UUID]:
    """Rita claims Lena; an hour later Omar claims her under another address and spelling."""
    first = claimed(cast, cast.rita, email=LENA)
    with simulated(later(hours=1)):
        second = claimed(cast, cast.omar, name="Helena Brandt", email=SECOND, phone="+49 30 1234567", employer="Acme")
    return first, second


def merge(cast: Cast, candidate_id: uuid.UUID, email: str, **more: Any) -> uuid.UUID:
    return merging.merge(candidate_id, actor=cast.actor(cast.pia), email=email, reason=WHY, **more)


def live_claims() -> dict[uuid.UUID, uuid.UUID]:
    with Session(db.engine) as session:
        query = select(CandidateSourcer.candidate_id, CandidateSourcer.recruiter_id)
        return dict(session.execute(query.where(CandidateSourcer.is_current)).all())


@pytest.mark.parametrize("from_the_first", [True, False])
def test_the_first_claim_wins_from_whichever_record_one_begins(
    cast: Cast, twice: tuple[uuid.UUID, uuid.UUID], *, from_the_first: bool
) -> None:
    first, second = twice
    with simulated(later(hours=2)):
        assert merge(cast, *((first, SECOND) if from_the_first else (second, LENA)), expected=first) == first
    assert live_claims() == {first: cast.rita.recruiter_id}


def test_a_check_and_an_entry_by_the_second_record_s_keys_find_the_first(
    cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]
) -> None:
    first, _ = twice
    with simulated(later(hours=2)):
        merge(cast, first, SECOND)
        for keys in ({"email": SECOND}, {"phone": "+4930 1234567"}, {"full_name": "Helena Brandt", "employer": "Acme"}):
            answer = candidates.check(actor=cast.actor(cast.rita), input=CheckInput(**keys))
            assert (answer.result, answer.candidate_id) == (CheckResult.YOURS, first)
        foreign = candidates.check(actor=cast.actor(cast.omar), input=CheckInput(email=SECOND))
        assert (foreign.result, foreign.candidate_id) == (CheckResult.PROTECTED, None)
        with pytest.raises(candidates.CandidateExists):
            candidates.add(actor=cast.actor(cast.omar), input=CandidateInput(full_name="L", email=SECOND))


def test_two_records_that_each_have_a_running_placement_are_not_merged(
    cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]
) -> None:
    first, second = twice
    for who, candidate_id, title in ((cast.rita, first, "Chef"), (cast.omar, second, "Baker")):
        proposal_id = accepted(cast, who, candidate_id=candidate_id, job_id=posted(cast, title=title))
        placement_id = placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=SALARY)
    with pytest.raises(Conflict) as refused:
        merge(cast, first, SECOND)
    assert refused.value.code == "CANDIDATE_PLACED"
    assert "Lena Brandt (Chef, Acme) and Helena Brandt (Baker, Acme)" in refused.value.message
    assert records.pair(cast.actor(cast.pia), second, LENA).hindrance == refused.value.message
    assert len(live_claims()) == 2
    undoing.undo(placement_id, actor=cast.actor(cast.carl), reason="Hired twice")
    assert merge(cast, first, SECOND) == first


def test_nothing_goes_on_under_the_second_record_but_what_began_there(
    cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]
) -> None:
    first, second = twice
    job, omar = posted(cast), cast.actor(cast.omar)
    with simulated(later(hours=2)):
        merge(cast, first, SECOND)
        for act in (
            lambda: ownership.claim(second, actor=omar, source_method="linkedin"),
            lambda: outreach.record_outreach(second, actor=omar, input=outreach.OutreachInput(outreach_type="phone")),
            lambda: create(second, job, actor=omar, pitch="Fits."),
            lambda: candidates.edit(
                second, actor=omar, input=CandidateInput(full_name="L", email=SECOND), version=None
            ),
        ):
            with pytest.raises(Conflict) as refused:
                act()
            assert refused.value.code == "CANDIDATE_MERGED"
        seen = queries.detail(omar, second)
        assert seen.sourcer.badge is Badge.MERGED
        assert (seen.can_claim, seen.can_edit, seen.can_propose, seen.merged_into_id) == (False, False, False, None)
        assert [one.id for one in queries.detail(cast.actor(cast.pia), first).second_records] == [second]


def test_taken_apart_both_are_as_they_were(cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]) -> None:
    first, second = twice
    before = live_claims()
    with simulated(later(hours=2)):
        merge(cast, first, SECOND)
    with simulated(later(hours=3)):
        merging.separate(second, actor=cast.actor(cast.pia), reason="Sisters.")
        assert live_claims() == before
        assert queries.detail(cast.actor(cast.omar), second).can_propose
        with pytest.raises(Conflict, match="isn’t merged"):
            merging.separate(second, actor=cast.actor(cast.pia), reason="Sisters.")


def test_the_log_tells_of_both_and_verifies(cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]) -> None:
    first, second = twice
    with simulated(later(hours=2)):
        merge(cast, first, SECOND)
        merging.separate(second, actor=cast.actor(cast.pia), reason="Sisters.")
        chain.seal_pending(actor=post.system())
        assert verification.verify().ok


def contest(cast: Cast, who: Person, candidate_id: uuid.UUID) -> None:
    said = CaseInput(
        subject="candidate",
        subject_id=candidate_id,
        reason="contacted_first",
        statement="I have known her since school, long before that.",
        asks="The sourcing credit.",
    )
    cases.open_case(actor=cast.actor(who), input=said)


def test_only_whose_claim_ended_is_told_and_may_contest_it(cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]) -> None:
    first, second = twice
    worked()
    with simulated(later(hours=2)):
        merge(cast, first, SECOND)
        worked()
        with Session(db.engine) as session:
            query = select(Delivery.user_id, Delivery.body_text).where(Delivery.template == "candidate_merged")
            ((who, said),) = session.execute(query).all()
        assert who == cast.omar.user_id
        assert WHY in said
        assert "Rita" not in said
        contest(cast, cast.omar, second)
        claimed(cast, cast.omar, name="H. Brandt", email="third@mail.test")
        with pytest.raises(Conflict, match="dispute") as refused:
            merge(cast, first, "third@mail.test")
        assert records.pair(cast.actor(cast.pia), first, "third@mail.test").hindrance == refused.value.message


def test_who_has_a_part_of_the_claim_is_told_that_it_ended_and_that_it_is_back(
    cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]
) -> None:
    first, second = twice
    (nina,) = recruiters(cast, 1)
    part = update(CandidateSourcer).where(CandidateSourcer.candidate_id == second)
    come = update(User).where(User.id == nina.user_id)  # who never was here gets invitations only
    with Session(db.engine) as session, session.begin():
        session.execute(part.values(shared_with=nina.recruiter_id, shared_bp=5_000))
        session.execute(come.values(password_hash="set"))
    with simulated(later(hours=2)):
        merge(cast, first, SECOND)
        merging.separate(second, actor=cast.actor(cast.pia), reason="Sisters.")
        worked()
    ended, back = body("candidate_merged", "recruiter"), body("candidate_separated", "recruiter")
    assert "came first, so your part of the sourcing credit has ended" in ended
    assert "so your part of the sourcing credit is active again" in back
    assert "so your claim has ended" in body("candidate_merged", cast.omar.email)
    with simulated(later(hours=2)):
        merge(cast, first, SECOND)
        contest(cast, nina, second)


def test_what_was_merged_before_goes_on_to_the_first_record(cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]) -> None:
    first, second = twice
    with simulated(later(hours=2)):
        third = claimed(cast, cast.omar, name="H. Brandt", email="third@mail.test")
        assert merge(cast, second, "third@mail.test") == second
        assert merge(cast, second, LENA) == first
    with Session(db.engine) as session:
        for one in (second, third):
            assert session.get_one(Candidate, one).merged_into_id == first


def test_without_claims_the_older_record_stands(cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]) -> None:
    first, second = twice
    with simulated(DAY + timedelta(days=500)):
        assert merge(cast, second, LENA) == first


@pytest.mark.parametrize("email", [LENA, "nobody@mail.test", "no address"])
def test_the_other_address_must_be_another_candidate_s(
    cast: Cast, twice: tuple[uuid.UUID, uuid.UUID], email: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        merge(cast, twice[0], email)
    assert "email" in refused.value.fields


def test_what_is_merged_is_not_merged_again_and_no_other_outcome_than_was_shown(
    cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]
) -> None:
    first, second = twice
    with pytest.raises(Conflict, match="other record is now the main one"):
        merge(cast, first, SECOND, expected=second)
    merge(cast, first, SECOND)
    with pytest.raises(Conflict, match="already been merged"):
        merge(cast, first, SECOND)
    with pytest.raises(NotFound):
        merge(cast, uuid.uuid4(), LENA)


def test_recruiters_and_companies_merge_nobody(cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]) -> None:
    for who in (cast.rita, cast.carl, cast.hana):
        with pytest.raises(NotPermitted):
            merging.merge(twice[0], actor=cast.actor(who), email=SECOND, reason=WHY)
        with pytest.raises(NotPermitted):
            merging.separate(twice[1], actor=cast.actor(who), reason=WHY)


def test_who_asks_to_be_erased_is_erased_under_every_record(cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]) -> None:
    first, second = twice
    merge(cast, first, SECOND)
    assert erasure.erase(SECOND, actor=post.system()) == second
    with Session(db.engine) as session:
        assert all(session.get_one(Candidate, one).erased_at for one in twice)


def hire(cast: Cast, proposal_id: uuid.UUID) -> uuid.UUID:
    return placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=12_500_000)


def test_a_hire_under_the_second_record_gives_the_sourcing_credit_to_the_first_claim(
    cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]
) -> None:
    with simulated(later(hours=2)):
        proposal_id = accepted(cast, cast.omar, candidate_id=twice[1])
        merge(cast, twice[0], SECOND)
        placement_id = hire(cast, proposal_id)
    roles = [(who, role) for who, role, *_ in team(placement_id)]
    assert roles == [(cast.rita.name, "sourcer"), (cast.omar.name, "submitter")]


def test_one_person_has_one_running_placement_under_both_records(
    cast: Cast, twice: tuple[uuid.UUID, uuid.UUID]
) -> None:
    with simulated(later(hours=2)):
        hire(cast, accepted(cast, cast.rita, candidate_id=twice[0]))
        proposal_id = accepted(cast, cast.omar, candidate_id=twice[1])
        merge(cast, twice[0], SECOND)
        with pytest.raises(Conflict, match="current placement"):
            hire(cast, proposal_id)


def test_records_that_nobody_claimed_are_merged_too_and_what_the_second_has_stays_there(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    first = candidates.add(actor=pia, input=CandidateInput(full_name="Lena Brandt", email=LENA))
    second = candidates.add(actor=pia, input=CandidateInput(full_name="L. Brandt", email=SECOND))
    assert merge(cast, second, LENA) == first
    with pytest.raises(Conflict, match="merged into this record already has this"):
        candidates.edit(first, actor=pia, input=CandidateInput(full_name="Lena Brandt", email=SECOND), version=None)
    merging.separate(second, actor=pia, reason="Sisters.")
    assert queries.detail(pia, second).can_merge
