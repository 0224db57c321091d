"""Nobody decides about themselves, one person has one running placement, and who is suspended only looks."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.collaboration import Agreed
from portal.domain.errors import Conflict, InvalidInput, NotPermitted
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.domain.permissions import GRANTS, LOOKS, Actor, Permission, Role
from portal.extensions import db
from portal.models import Candidate, CandidateSourcer, Membership, Proposal, Recruiter
from portal.policy import policy_of
from portal.queries.identity.accounts import actor_for
from portal.queries.placements.previews import hire_offer
from portal.queries.proposals.detail import detail
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.candidates import candidates, merging, ownership
from portal.services.candidates.contacts import CandidateInput
from portal.services.placements import amendments, collaboration, placements
from tests import hires
from tests.cases import refused
from tests.cast import DAY, Cast, Person
from tests.hires import SALARY, accepted, hired, share
from tests.marketplace import claimed, posted, proposed


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def at_acme(cast: Cast, who: Person) -> Actor:
    """Make a recruiter an admin of Acme as well, and give the actor that they are there."""
    return _also(who, cast.acme, "company_admin")


def as_admin(who: Person) -> Actor:
    """Make a recruiter an admin of the platform as well, and give the actor that they are there."""
    return _also(who, PLATFORM_ORGANISATION_ID, "platform_admin")


def _also(who: Person, organisation_id: uuid.UUID, role: str) -> Actor:
    member = {"user_id": who.user_id, "organisation_id": organisation_id, "role": role}
    with Session(db.engine) as session, session.begin():
        session.add(Membership(id=uuid.uuid4(), created_at=DAY, **member))
    actor = actor_for(who.user_id, organisation_id)
    assert actor is not None
    return actor


@pytest.mark.parametrize("decision", ["review", "accept", "decline"])
def test_who_made_a_proposal_does_not_decide_on_it(cast: Cast, decision: str) -> None:
    proposal_id, rita = proposed(cast), at_acme(cast, cast.rita)
    more = {"reason": "other"} if decision == "decline" else {}
    with pytest.raises(NotPermitted) as refused:
        getattr(proposals, decision)(proposal_id, actor=rita, **more)
    assert refused.value.code == "CONFLICT_OF_INTEREST"
    assert decision not in detail(proposal_id, viewer=rita).allowed_actions


def test_who_shares_in_a_proposal_asks_nothing_about_it(cast: Cast) -> None:
    proposal_id, rita = proposed(cast), at_acme(cast, cast.rita)
    with pytest.raises(NotPermitted) as refused:
        proposals.ask(proposal_id, actor=rita, question="Do I answer fast?")
    assert refused.value.code == "CONFLICT_OF_INTEREST"
    assert "ask" not in detail(proposal_id, viewer=rita).allowed_actions


def test_who_made_a_proposal_does_not_record_its_hire(cast: Cast) -> None:
    proposal_id, rita = accepted(cast), at_acme(cast, cast.rita)
    with pytest.raises(NotPermitted) as refused:
        placements.hire(proposal_id, actor=rita, salary_minor=SALARY)
    assert refused.value.code == "CONFLICT_OF_INTEREST"


def test_another_recruiter_of_the_company_may_decide(cast: Cast) -> None:
    proposal_id, omar = proposed(cast), at_acme(cast, cast.omar)
    assert proposals.accept(proposal_id, actor=omar) == proposal_id


# --- one running placement ------------------------------------------------------------------------------------


def accepted_twice(cast: Cast) -> tuple[uuid.UUID, uuid.UUID]:
    """Accept one candidate for two jobs, as carl, before any of them is hired from."""
    candidate_id = claimed(cast)
    one, other = (
        proposed(cast, candidate_id=candidate_id, job_id=posted(cast, title=title)) for title in ("Chef", "Baker")
    )
    for proposal_id in (one, other):
        proposals.accept(proposal_id, actor=cast.actor(cast.carl))
    return one, other


def test_a_person_has_one_running_placement(cast: Cast) -> None:
    one, other = accepted_twice(cast)
    placements.hire(one, actor=cast.actor(cast.carl), salary_minor=SALARY)
    with pytest.raises(Conflict) as refused:
        placements.hire(other, actor=cast.actor(cast.carl), salary_minor=SALARY, second_reason="Two halves")
    assert refused.value.code == "CANDIDATE_PLACED"
    assert "Chef" not in refused.value.message


def test_a_platform_admin_allows_a_second_one_with_a_reason(cast: Cast) -> None:
    one, other = accepted_twice(cast)
    placements.hire(one, actor=cast.actor(cast.carl), salary_minor=SALARY)
    pia = cast.actor(cast.pia)
    with pytest.raises(Conflict):
        placements.hire(other, actor=pia, salary_minor=SALARY)
    second = placements.hire(other, actor=pia, salary_minor=SALARY, second_reason="Two part-time jobs")
    _, told = hires.events(second, "placement.hired")[-1]
    assert told["second_reason"] == "Two part-time jobs"


def test_after_a_failure_the_person_may_be_hired_again(cast: Cast) -> None:
    one, other = accepted_twice(cast)
    first = placements.hire(one, actor=cast.actor(cast.carl), salary_minor=SALARY)
    placements.fail(first, actor=cast.actor(cast.carl), reason="no_show")
    assert placements.hire(other, actor=cast.actor(cast.carl), salary_minor=SALARY)


# --- suspended ------------------------------------------------------------------------------------------------


def suspend(who: Person) -> None:
    with Session(db.engine) as session, session.begin():
        session.get_one(Recruiter, who.recruiter_id).status = "suspended"


def test_a_suspended_lead_does_not_edit_the_team(cast: Cast) -> None:
    placement_id = hired(cast)
    suspend(cast.rita)
    with pytest.raises(NotPermitted, match="not active"):
        share(cast, placement_id, cast.omar, "support", 10)
    with pytest.raises(NotPermitted, match="not active"):
        collaboration.remove(placement_id, cast.rita.recruiter_id, actor=cast.actor(cast.rita), role="sourcer")


@pytest.mark.parametrize("permission", sorted(p for p in Permission if Role.RECRUITER in GRANTS[p]))
def test_a_suspended_recruiter_may_only_look(cast: Cast, permission: Permission) -> None:
    suspend(cast.rita)
    assert cast.actor(cast.rita).has(permission) == (permission in LOOKS)


def test_a_role_besides_goes_on_counting(cast: Cast) -> None:
    carl = at_acme(cast, cast.rita)
    suspend(cast.rita)
    assert carl.has(Permission.JOB_POST)


# What is computed and not written, though it is posted.
PREVIEWS = {"/placements/calculate-splits", "/api/placements/calculate-splits"}


def test_every_change_of_pages_and_api_is_closed_to_a_suspended_recruiter(app: Flask, context: None) -> None:
    """A route that changes something asks for more than a look, unless it is about one's own account."""
    looks = LOOKS - {Permission.ACCOUNT_USE}
    changing = [rule for rule in app.url_map.iter_rules() if {"POST", "PATCH", "PUT", "DELETE"} & rule.methods]
    open_to_all = {rule.rule for rule in changing if policy_of(rule.endpoint) in looks}
    assert open_to_all == PREVIEWS


# --- the candidate, and who would earn by other ways ----------------------------------------------------------------


def becomes(proposal_id: uuid.UUID, who: Person) -> None:
    """Let the candidate of a proposal have the address of one of the cast, as somebody enters it."""
    with Session(db.engine) as session, session.begin():
        candidate = session.get_one(Candidate, session.get_one(Proposal, proposal_id).candidate_id)
        candidate.email, candidate.email_key = who.email.upper(), who.email


def test_nobody_decides_on_their_own_candidacy(cast: Cast) -> None:
    proposal_id, carl, hana = proposed(cast), cast.actor(cast.carl), cast.actor(cast.hana)
    becomes(proposal_id, cast.carl)
    refused(lambda: proposals.accept(proposal_id, actor=carl))
    refused(lambda: proposals.ask(proposal_id, actor=carl, question="How am I?"))
    seen = detail(proposal_id, viewer=carl)
    assert (seen.takes_part, "accept" in seen.allowed_actions) == (True, False)
    proposals.accept(proposal_id, actor=hana)
    refused(lambda: placements.hire(proposal_id, actor=carl, salary_minor=SALARY))


def test_nobody_administers_their_own_placement(cast: Cast) -> None:
    placement_id, carl = hired(cast), cast.actor(cast.carl)
    becomes(hires.placement(placement_id).proposal_id, cast.carl)
    refused(lambda: placements.activate(placement_id, actor=carl, start_date=DAY.date()))
    refused(lambda: placements.fail(placement_id, actor=carl, reason="no_show"))


def test_nobody_is_proposed_by_themselves_nor_shares_in_their_own_placement(cast: Cast) -> None:
    refused(lambda: proposed(cast, email=cast.rita.email))
    placement_id = hired(cast)
    becomes(hires.placement(placement_id).proposal_id, cast.omar)
    with pytest.raises(InvalidInput, match="is the candidate"):
        share(cast, placement_id, cast.omar, "support", 500)
    rita, omar = hires.recruiter(cast.rita), hires.recruiter(cast.omar)
    shares = [Agreed(rita, "sourcer", 4_000), Agreed(rita, "submitter", 3_000), Agreed(omar, "closer", 1_000)]
    with pytest.raises(InvalidInput, match="is the candidate"):
        amendments.propose(placement_id, actor=cast.actor(cast.rita), lines=shares, reason="As agreed")


def test_who_claimed_themselves_gets_no_part_of_their_own_hire(cast: Cast) -> None:
    proposal_id, carl = accepted(cast), cast.actor(cast.carl)
    becomes(proposal_id, cast.omar)
    with Session(db.engine) as session, session.begin():
        session.scalars(select(CandidateSourcer)).one().recruiter_id = cast.omar.recruiter_id  # rita's had lapsed
    offered = hire_offer(proposal_id, viewer=carl)
    assert (offered.sourcers, offered.unsourced) == ((), "The active claim is the candidate’s own.")
    placement_id = placements.hire(proposal_id, actor=carl, salary_minor=SALARY)
    assert [role for _, role, *_ in hires.team(placement_id)] == ["submitter"]


def test_who_has_a_part_of_the_credit_by_a_ruling_does_not_decide(cast: Cast) -> None:
    proposal_id, omar = proposed(cast), at_acme(cast, cast.omar)
    with Session(db.engine) as session, session.begin():
        claim = session.scalars(select(CandidateSourcer)).one()
        claim.shared_with, claim.shared_bp = cast.omar.recruiter_id, 5_000
    refused(lambda: proposals.accept(proposal_id, actor=omar))
    assert "accept" not in detail(proposal_id, viewer=omar).allowed_actions
    carl = cast.actor(cast.carl)
    proposals.accept(proposal_id, actor=carl)
    shown = hire_offer(proposal_id, viewer=carl).shares(2_500_000)
    placement_id = placements.hire(proposal_id, actor=carl, salary_minor=SALARY)
    assert [row[2:] for row in shown] == [row[2:] for row in hires.team(placement_id)]


def test_who_owns_the_credit_of_the_first_record_does_not_decide_on_the_second(cast: Cast) -> None:
    with simulated(DAY - timedelta(days=1)):
        first = claimed(cast, cast.omar)
    proposal_id, omar = proposed(cast, name="Helena Brandt", email="helena@mail.test"), at_acme(cast, cast.omar)
    merging.merge(first, actor=cast.actor(cast.pia), email="helena@mail.test", reason="By passport")
    refused(lambda: proposals.accept(proposal_id, actor=omar))
    carl = cast.actor(cast.carl)
    proposals.accept(proposal_id, actor=carl)
    (shown,) = hire_offer(proposal_id, viewer=carl).sourcers
    placement_id = placements.hire(proposal_id, actor=carl, salary_minor=SALARY)
    (name, _, bp, _), *_ = hires.team(placement_id)
    assert (name, bp) == shown


@pytest.mark.parametrize("who", ["rita", "omar"])
def test_an_admin_neither_merges_nor_separates_records_with_a_claim_of_their_own(cast: Cast, who: str) -> None:
    first, second = claimed(cast), claimed(cast, cast.omar, name="Helena Brandt", email="helena@mail.test")
    own = as_admin(getattr(cast, who))
    refused(lambda: merging.merge(first, actor=own, email="helena@mail.test", reason="By passport"))
    merging.merge(first, actor=cast.actor(cast.pia), email="helena@mail.test", reason="By passport")
    refused(lambda: merging.separate(second, actor=own, reason="Two people"))


def test_an_admin_gives_no_credit_to_themselves(cast: Cast) -> None:
    entry = CandidateInput(full_name="Maya Okafor", email="maya@mail.test")
    candidate_id = candidates.add(actor=cast.actor(cast.pia), input=entry)
    rita, said = as_admin(cast.rita), {"source_method": "linkedin"}
    refused(lambda: ownership.claim(candidate_id, actor=rita, recruiter_id=cast.rita.recruiter_id, **said))
    assert ownership.claim(candidate_id, actor=rita, recruiter_id=cast.omar.recruiter_id, **said).created
