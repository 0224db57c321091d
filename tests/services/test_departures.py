"""Who leaves hands over, or ends, what they hold; what is locked stays theirs (domain.md §1)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.collaboration import Agreed
from portal.domain.errors import InvalidInput, NotFound, NotPermitted, StaleVersion
from portal.extensions import db
from portal.models import Candidate, CandidateSourcer, MarketplaceEvent, Membership, Proposal, ProposalQuestion, User
from portal.queries.admin import people as queries
from portal.queries.candidates import candidates as people_to_credit
from portal.queries.placements import collaboration
from portal.runtime.clock import simulated
from portal.services import departures, proposals
from portal.services.candidates import candidates, ownership
from portal.services.departures import HandedOver
from portal.services.log import histories
from portal.services.placements import amendments, placements
from tests import hires, letters
from tests.cast import DAY, Cast, Person
from tests.hires import SALARY, accepted, recruiters, team
from tests.marketplace import claimed, posted, proposed


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def leave(cast: Cast, who: Person, successor: str = "") -> HandedOver:
    """Remove a recruiter as pia."""
    with Session(db.engine) as session:
        query = select(Membership.id).where(Membership.user_id == who.user_id, Membership.role == "recruiter")
        row = session.scalars(query.limit(1)).one()
    return departures.remove_member(row, actor=cast.actor(cast.pia), successor=successor)


def owner(candidate_id: uuid.UUID) -> tuple[uuid.UUID, object] | None:
    query = select(CandidateSourcer.recruiter_id, CandidateSourcer.protection_expires_at)
    with Session(db.engine) as session:
        row = session.execute(query.where(CandidateSourcer.candidate_id == candidate_id, CandidateSourcer.is_current))
        found = row.one_or_none()
        return tuple(found) if found else None


def proposal(proposal_id: uuid.UUID) -> Proposal:
    with Session(db.engine) as session:
        return session.get_one(Proposal, proposal_id)


def types() -> list[str]:
    with Session(db.engine) as session:
        return list(session.scalars(select(MarketplaceEvent.type).order_by(MarketplaceEvent.id)))


# --- without a successor --------------------------------------------------------------------------------------


def test_without_a_successor_claims_end_and_open_proposals_are_withdrawn(cast: Cast) -> None:
    proposal_id = proposed(cast)
    candidate_id = proposal(proposal_id).candidate_id
    assert leave(cast, cast.rita) == HandedOver(claims=1, proposals=1)
    assert owner(candidate_id) is None
    assert proposal(proposal_id).state == "withdrawn"
    assert types()[-2:] == ["claim.ended", "proposal.withdrawn"]


def test_whoever_had_a_part_of_a_claim_that_ended_is_told(cast: Cast) -> None:
    claimed(cast)
    with letters.rows() as session:
        session.execute(update(CandidateSourcer).values(shared_with=cast.omar.recruiter_id, shared_bp=5_000))
    leave(cast, cast.rita)
    letters.worked()
    [mail] = letters.deliveries(template="claim_part_ended")
    assert (mail.user_id, "no one took over" in mail.body_text) == (cast.omar.user_id, True)


def test_another_recruiter_may_claim_whom_the_leaver_held(cast: Cast) -> None:
    candidate_id = claimed(cast, email="lena@mail.test")
    leave(cast, cast.rita)
    check = ownership.CheckInput(email="lena@mail.test")
    ownership.claim_found(actor=cast.actor(cast.omar), input=check, source_method="linkedin")
    assert owner(candidate_id)[0] == cast.omar.recruiter_id


def test_shares_stay_with_who_leaves_without_a_successor(cast: Cast) -> None:
    placement_id = hires.hired(cast)
    leave(cast, cast.rita)
    assert [name for name, *_ in team(placement_id)] == ["Rita", "Rita"]


def test_an_accepted_proposal_can_still_be_hired_from(cast: Cast) -> None:
    proposal_id = accepted(cast)
    leave(cast, cast.rita)
    assert placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=SALARY)


# --- with one -------------------------------------------------------------------------------------------------


def test_a_claim_passes_on_to_the_same_day(cast: Cast) -> None:
    candidate_id = claimed(cast)
    before = owner(candidate_id)
    assert leave(cast, cast.rita, "OMAR@demo.test").claims == 1
    assert owner(candidate_id) == (cast.omar.recruiter_id, before[1])
    assert histories.first_untold(since=None) == ""


def test_a_proposal_passes_on_with_its_open_question(cast: Cast) -> None:
    proposal_id = proposed(cast)
    question = proposals.ask(proposal_id, actor=cast.actor(cast.hana), question="Notice period?")
    leave(cast, cast.rita, cast.omar.email)
    assert proposal(proposal_id).recruiter_id == cast.omar.recruiter_id
    proposals.answer(question, actor=cast.actor(cast.omar), answer="Three months.")
    with Session(db.engine) as session:
        assert session.get_one(ProposalQuestion, question).recruiter_id == cast.omar.recruiter_id


def test_who_takes_over_an_accepted_proposal_leads_its_placement(cast: Cast) -> None:
    proposal_id = accepted(cast)
    leave(cast, cast.rita, cast.omar.email)
    placement_id = placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=SALARY)
    assert [(name, role) for name, role, *_ in team(placement_id)] == [("Omar", "sourcer"), ("Omar", "submitter")]


def test_open_shares_pass_on_and_add_up_where_the_role_is_the_same(cast: Cast) -> None:
    placement_id, third = hires.hired(cast), recruiters(cast, 1)[0]
    hires.share(cast, placement_id, cast.omar, "closer", 1_000)
    hires.share(cast, placement_id, third, "closer", 500)
    leave(cast, cast.omar, address(third))
    leave(cast, cast.rita, address(third))
    assert [(role, bp) for _, role, bp, _ in team(placement_id)] == [
        ("closer", 1_500),
        ("sourcer", 4_000),
        ("submitter", 3_000),
    ]
    assert hires.placement(placement_id).lead_recruiter_id == third.recruiter_id


def address(who: Person) -> str:
    return f"recruiter-{who.recruiter_id}@demo.test"


def test_locked_shares_stay_whose_they_are(cast: Cast) -> None:
    placement_id = hires.active(cast)
    before = team(placement_id)
    leave(cast, cast.rita, cast.omar.email)
    assert team(placement_id) == before


def test_what_is_decided_stays_the_leavers(cast: Cast) -> None:
    proposal_id = proposed(cast)
    proposals.decline(proposal_id, actor=cast.actor(cast.carl), reason="other")
    leave(cast, cast.rita, cast.omar.email)
    assert proposal(proposal_id).recruiter_id == cast.rita.recruiter_id


def test_who_left_or_cannot_sign_in_is_given_nothing_new(cast: Cast) -> None:
    placement_id, shut = hires.hired(cast), recruiters(cast, 1)[0]
    leave(cast, cast.omar)
    with Session(db.engine) as session, session.begin():
        session.get_one(User, shut.user_id).disabled_at = DAY
    entry = candidates.CandidateInput(full_name="Ben Two", email="ben@mail.test")
    free, pia = candidates.add(actor=cast.actor(cast.pia), input=entry), cast.actor(cast.pia)
    rita = hires.recruiter(cast.rita)
    for gone in (cast.omar, shut):
        with pytest.raises(InvalidInput, match="active recruiter"):
            hires.share(cast, placement_id, gone, "closer", 1_000)
        shares = [Agreed(rita, "sourcer", 4_000), Agreed(hires.recruiter(gone), "closer", 1_000)]
        with pytest.raises(InvalidInput, match="active recruiter"):
            amendments.propose(placement_id, actor=cast.actor(cast.rita), lines=shares, reason="As agreed")
        with pytest.raises(InvalidInput, match="Choose a recruiter"):
            ownership.claim(free, actor=pia, source_method="linkedin", recruiter_id=gone.recruiter_id)
    offered = {choice.id for choice in collaboration.recruiters(cast.actor(cast.rita))}
    assert offered == {row[0] for row in people_to_credit.active_recruiters(pia)} == {rita}


# --- who may, and to whom -------------------------------------------------------------------------------------


def test_a_candidate_of_what_is_handed_over_does_not_take_over(cast: Cast) -> None:
    proposal_id = accepted(cast)
    with Session(db.engine) as session, session.begin():
        candidate = session.get_one(Candidate, session.get_one(Proposal, proposal_id).candidate_id)
        candidate.email, candidate.email_key = cast.omar.email, cast.omar.email
    with pytest.raises(InvalidInput) as proposed_already:
        leave(cast, cast.rita, cast.omar.email)
    placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=SALARY)
    with pytest.raises(InvalidInput) as placed_already:
        leave(cast, cast.rita, cast.omar.email)
    for refused in (proposed_already, placed_already):
        assert "is a candidate" in refused.value.fields["successor"]
    assert proposal(proposal_id).recruiter_id == cast.rita.recruiter_id


@pytest.mark.parametrize("successor", ["rita@demo.test", "carl@demo.test", "nobody@demo.test", "not an address"])
def test_only_another_active_recruiter_takes_over(cast: Cast, successor: str) -> None:
    candidate_id = claimed(cast)
    with pytest.raises(InvalidInput):
        leave(cast, cast.rita, successor)
    assert owner(candidate_id)[0] == cast.rita.recruiter_id


def test_an_admin_does_not_take_over_by_their_own_hand(cast: Cast) -> None:
    claimed(cast)
    with Session(db.engine) as session, session.begin():
        session.get_one(Membership, _membership(session, cast.pia)).user_id = cast.omar.user_id
    omar = Person("Omar", cast.omar.user_id, cast.pia.organisation_id, None)
    with pytest.raises(NotPermitted) as refused:
        departures.hand_over(cast.rita.user_id, actor=cast.actor(omar), successor=cast.omar.email)
    assert refused.value.code == "CONFLICT_OF_INTEREST"


def _membership(session: Session, who: Person) -> uuid.UUID:
    return session.scalars(select(Membership.id).where(Membership.user_id == who.user_id)).one()


def test_somebody_takes_over_from_who_stays_away(cast: Cast) -> None:
    candidate_id, pia = claimed(cast), cast.actor(cast.pia)
    departures.hand_over(cast.rita.user_id, actor=pia, successor=cast.omar.email)
    assert owner(candidate_id)[0] == cast.omar.recruiter_id
    with pytest.raises(InvalidInput):
        departures.hand_over(cast.rita.user_id, actor=pia, successor=" ")
    with pytest.raises(NotFound):
        departures.hand_over(cast.carl.user_id, actor=pia, successor=cast.omar.email)
    with pytest.raises(NotPermitted):
        departures.hand_over(cast.rita.user_id, actor=cast.actor(cast.carl), successor=cast.omar.email)


def test_who_recruits_elsewhere_too_goes_on(cast: Cast) -> None:
    candidate_id = claimed(cast)
    with Session(db.engine) as session, session.begin():
        more = {"user_id": cast.rita.user_id, "organisation_id": cast.omar.organisation_id, "role": "recruiter"}
        session.add(Membership(id=uuid.uuid4(), created_at=DAY, **more))
    assert leave(cast, cast.rita) == HandedOver()
    assert owner(candidate_id)[0] == cast.rita.recruiter_id


def test_the_page_counts_what_a_recruiter_holds(cast: Cast) -> None:
    proposed(cast)
    accepted(cast, name="Ben Two", job_id=posted(cast, title="Baker"))
    hires.hired(cast, name="Cleo Three", job_id=posted(cast, title="Chef"))
    found = queries.holdings(cast.rita.user_id, viewer=cast.actor(cast.pia))
    assert found == queries.Holdings(claims=3, proposals=1, accepted=1, open_shares=2, locked_shares=0)
    assert queries.holdings(cast.carl.user_id, viewer=cast.actor(cast.pia)).is_empty


def test_nothing_is_handed_over_that_was_not_listed(cast: Cast) -> None:
    with pytest.raises(StaleVersion, match="has changed since you opened this"):
        departures.hand_over(
            cast.rita.user_id, actor=cast.actor(cast.pia), successor=cast.omar.email, seen="something else"
        )
