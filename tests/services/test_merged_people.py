"""One person under two merged records: what counts by person, and not by record (domain.md §2)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.domain.disputes import Effect, FreezeKind
from portal.domain.errors import Conflict
from portal.extensions import db
from portal.models import Candidate, CandidateSourcer, DisputeFreeze, Membership, Proposal, User
from portal.queries import jobs
from portal.queries.candidates import candidates as people
from portal.queries.candidates import records
from portal.queries.disputes import disputes, evidence, outlooks
from portal.queries.placements import placements as shown
from portal.queries.proposals import pitching
from portal.runtime.clock import simulated
from portal.services import departures, proposals, proposals_in_bulk
from portal.services.candidates import merging, outreach, ownership
from portal.services.candidates.outreach import OutreachInput
from portal.services.disputes import cases, outcomes, rulings
from portal.services.disputes.cases import CaseInput
from portal.services.disputes.rulings import RulingInput
from portal.services.placements import placements
from tests import hires
from tests.cast import DAY, Cast, Person
from tests.marketplace import claimed, later, posted, proposed

SECOND = "l.brandt@work.test"
SAID = "I have known her since school, long before that."


@dataclass(frozen=True)
class Twice:
    """A person under two records: rita claimed the first, and omar, an hour later, the second."""

    first: uuid.UUID
    second: uuid.UUID
    job: uuid.UUID
    proposal: uuid.UUID  # of the second


@pytest.fixture
def twice(cast: Cast) -> Iterator[Twice]:
    """Merge the two after Acme has accepted the second from omar."""
    with simulated(DAY):
        first, job = claimed(cast, cast.rita), posted(cast)
    with simulated(later(hours=1)):
        second = claimed(cast, cast.omar, name="Helena Brandt", email=SECOND)
        proposal = hires.accepted(cast, cast.omar, candidate_id=second, job_id=job)
    with simulated(later(hours=2)):
        merging.merge(first, actor=cast.actor(cast.pia), email=SECOND, reason="The same person.")
    with simulated(later(hours=3)):
        yield Twice(first, second, job, proposal)


def hire(cast: Cast, twice: Twice) -> uuid.UUID:
    return placements.hire(twice.proposal, actor=cast.actor(cast.carl), salary_minor=hires.SALARY)


def contested(cast: Cast, twice: Twice) -> uuid.UUID:
    """Open omar's case about the sourcing credit, which rita answers."""
    about = {"subject": "candidate", "subject_id": twice.second}
    typed = CaseInput(**about, reason="contacted_first", statement=SAID, asks="The credit.")
    dispute_id = cases.open_case(actor=cast.actor(cast.omar), input=typed)
    cases.answer(dispute_id, actor=cast.actor(cast.rita), statement="I claimed her first.")
    return dispute_id


def rule(cast: Cast, dispute_id: uuid.UUID, effect: Effect) -> None:
    ruling = RulingInput(effect=effect, reason="The log says so.", lines=())
    rulings.rule(dispute_id, actor=cast.actor(cast.pia), input=ruling)


def test_nobody_is_proposed_again_for_a_job_under_the_other_record(cast: Cast, twice: Twice) -> None:
    rita = cast.actor(cast.rita)
    with pytest.raises(Conflict) as refused:
        proposals.create(twice.first, twice.job, actor=rita, pitch="Fits.")
    assert refused.value.code == "DUPLICATE_PROPOSAL"
    assert twice.job not in [job.id for job in jobs.proposable(rita, candidate_id=twice.first)]
    assert twice.first not in [one.id for one in jobs.candidates_for(rita, job_id=twice.job)]
    (found,) = pitching.chosen({twice.first: "Fits."}, viewer=rita, job_id=twice.job)
    assert found.refusal == pitching.PROPOSED
    assert proposals.create(twice.first, posted(cast, title="Baker"), actor=rita, pitch="Fits.")


def test_a_hire_under_one_record_withdraws_what_is_open_under_the_other(cast: Cast, twice: Twice) -> None:
    open_id = proposed(cast, cast.rita, candidate_id=twice.first, job_id=posted(cast, title="Baker"))
    other = proposed(cast, cast.rita, name="Bea Two", job_id=posted(cast, title="Cook"))
    hire(cast, twice)
    with Session(db.engine) as session:
        assert session.get_one(Proposal, open_id).state == "withdrawn"
        assert session.get_one(Proposal, other).state == "proposed"


def test_a_case_about_the_credit_has_the_claims_of_both_records(cast: Cast, twice: Twice) -> None:
    dispute_id = contested(cast, twice)
    for who in (cast.omar, cast.rita, cast.pia):
        viewer = cast.actor(who)
        about = evidence.matter(viewer, dispute_id)
        claims = [row.by for row in evidence.timeline(viewer, about).rows if row.title == "Sourcing credit claimed"]
        assert claims == [cast.rita.name, cast.omar.name]
        outlook = outlooks.outlook(viewer, about)
        assert outlook is not None
        assert outlook.facts[0].text.startswith(f"{cast.rita.name} claimed the candidate on ")
        assert outlook.facts[1].text == f"{cast.omar.name} had no active claim at that moment."
        assert all(fact.holds for fact in outlook.facts)
        assert outlook.follows is Effect.KEEP


def test_a_contact_logged_on_the_other_record_counts(cast: Cast, twice: Twice) -> None:
    met = OutreachInput(outreach_type="phone")
    outreach.record_outreach(twice.first, actor=cast.actor(cast.rita), input=met)
    rita = cast.actor(cast.rita)
    about = evidence.matter(rita, contested(cast, twice))
    assert "Outreach logged" in [row.title for row in evidence.timeline(rita, about).rows]


def test_a_case_freezes_and_moves_the_share_of_a_hire_under_the_other_record(cast: Cast, twice: Twice) -> None:
    placement_id = hire(cast, twice)
    dispute_id = contested(cast, twice)
    with Session(db.engine) as session:
        of_case = (DisputeFreeze.dispute_id == dispute_id, DisputeFreeze.kind == FreezeKind.PLACEMENT)
        assert session.scalars(select(DisputeFreeze.row_id).where(*of_case)).all() == [placement_id]
    ruling = RulingInput(effect=Effect.TRANSFER, reason="The log says so.", lines=())
    (outcome,) = outcomes.outcomes(dispute_id, actor=cast.actor(cast.pia), inputs=(ruling,))
    assert outcome.credit is not None
    assert outcome.credit.owner == cast.omar.name
    assert {change.name: change.amount_minor for change in outcome.changes} == {
        cast.omar.name: 1_000_000,
        cast.rita.name: -1_000_000,
    }
    rule(cast, dispute_id, Effect.TRANSFER)
    assert [(who, role) for who, role, *_ in hires.team(placement_id)] == [
        (cast.omar.name, "submitter"),
        (cast.omar.name, "sourcer"),
    ]


def test_who_lost_the_credit_to_a_successor_is_still_told_from_the_other_side(cast: Cast, twice: Twice) -> None:
    dispute_id = contested(cast, twice)
    (heir,) = hires.recruiters(cast, 1)
    with Session(db.engine) as session:
        address = session.get_one(User, heir.user_id).email
    departures.hand_over(cast.rita.user_id, actor=cast.actor(cast.pia), successor=address)
    rule(cast, dispute_id, Effect.TRANSFER)
    detail = people.detail(cast.actor(cast.pia), twice.first)
    assert detail.sourcer.recruiter_name == cast.omar.name


def test_records_are_not_taken_apart_while_the_credit_is_disputed(cast: Cast, twice: Twice) -> None:
    dispute_id = contested(cast, twice)
    pia = cast.actor(cast.pia)
    with pytest.raises(Conflict, match="open dispute") as refused:
        merging.separate(twice.second, actor=pia, reason="Sisters.")
    assert records.hindrance_to_separate(pia, twice.second) == refused.value.message
    rule(cast, dispute_id, Effect.KEEP)
    with pytest.raises(Conflict):  # an appeal is possible
        merging.separate(twice.second, actor=pia, reason="Sisters.")


def test_taking_records_apart_gives_nothing_back_to_who_has_left(cast: Cast, twice: Twice) -> None:
    _lose_the_role(cast.omar)
    merging.separate(twice.second, actor=cast.actor(cast.pia), reason="Sisters.")
    assert not people.detail(cast.actor(cast.pia), twice.second).sourcer.is_protected
    free = ownership.claim(
        twice.second, actor=cast.actor(cast.pia), source_method="linkedin", recruiter_id=cast.rita.recruiter_id
    )
    assert free.created


def test_a_part_of_somebody_who_has_left_is_the_owner_s_when_records_are_taken_apart(cast: Cast, twice: Twice) -> None:
    (other,) = hires.recruiters(cast, 1)
    with Session(db.engine) as session, session.begin():
        of_omar = update(CandidateSourcer).where(CandidateSourcer.candidate_id == twice.second)
        session.execute(of_omar.values(shared_with=other.recruiter_id, shared_bp=5_000))
    _lose_the_role(other)
    merging.separate(twice.second, actor=cast.actor(cast.pia), reason="Sisters.")
    with Session(db.engine) as session:
        claim = session.scalars(select(CandidateSourcer).where(CandidateSourcer.candidate_id == twice.second)).one()
        assert (claim.recruiter_id, claim.is_current, claim.shared_with) == (cast.omar.recruiter_id, True, None)


def _lose_the_role(who: Person) -> None:
    with Session(db.engine) as session, session.begin():
        session.execute(delete(Membership).where(Membership.user_id == who.user_id))


def test_a_case_leads_only_to_a_record_that_its_reader_sees(cast: Cast, twice: Twice) -> None:
    hire(cast, twice)
    dispute_id = contested(cast, twice)
    paths = {who: disputes.detail(dispute_id, viewer=cast.actor(who)).subject_path for who in (cast.omar, cast.rita)}
    assert paths == {cast.omar: f"/candidates/{twice.second}", cast.rita: ""}


def test_a_placement_under_the_second_record_says_who_sourced_the_person(cast: Cast, twice: Twice) -> None:
    placement_id = hire(cast, twice)
    assert shown.detail(placement_id, viewer=cast.actor(cast.pia)).sourcer_name == cast.rita.name


def test_who_opted_out_under_one_record_is_not_contacted_under_the_other(cast: Cast, twice: Twice) -> None:
    with Session(db.engine) as session, session.begin():
        session.execute(update(Candidate).where(Candidate.id == twice.second).values(unsubscribed_at=later(hours=2)))
    rita = cast.actor(cast.rita)
    detail = people.detail(rita, twice.first)
    assert (detail.unsubscribed_at, detail.can_record_outreach) == (later(hours=2), False)
    with pytest.raises(Conflict) as refused:
        outreach.record_outreach(twice.first, actor=rita, input=OutreachInput(outreach_type="phone"))
    assert refused.value.code == "CANDIDATE_UNSUBSCRIBED"


def test_several_proposed_at_once_name_who_is_proposed_under_another_record(cast: Cast, twice: Twice) -> None:
    pitches = [proposals.Pitch(twice.first, "Fits.")]
    with pytest.raises(Conflict, match="Lena Brandt: This candidate has already been proposed"):
        proposals_in_bulk.propose_chosen(
            pitches, twice.job, actor=cast.actor(cast.rita), terms_shown=proposals.NOTHING_SHOWN
        )
