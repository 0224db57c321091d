"""Cases from the opening to what the ruling does, for each subject (disputes.md)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.collaboration import Agreed
from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, WrongState
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import (
    CandidateSourcer,
    Collaborator,
    Dispute,
    DisputeFreeze,
    Fee,
    MarketplaceEvent,
    Membership,
    Payout,
    Placement,
    Proposal,
)
from portal.queries import work_queue
from portal.runtime.clock import simulated
from portal.services import departures, proposals
from portal.services.candidates import ownership
from portal.services.candidates.claims import CandidateProtected
from portal.services.disputes import appeals, attachments, cases, clocks, rulings
from portal.services.disputes.cases import CaseInput
from portal.services.disputes.rulings import RulingInput
from portal.services.identity import accounts
from portal.services.placements import amendments, placements
from portal.services.reputation import reputation
from tests import hires
from tests.accounts import written
from tests.cast import DAY, Cast, Person
from tests.documents import pdf
from tests.letters import deliveries, relayed
from tests.marketplace import claimed, later, proposed
from tests.money import started

SAID = "I spoke with the candidate two weeks before that claim."
ANSWER = "The claim is mine, and I have the messages to show."
WHY = "The messages show who was in contact first."
TEN_DAYS, A_MONTH = timedelta(days=10), timedelta(days=31)


@pytest.fixture(autouse=True)
def _on_the_day(context: None) -> Iterator[None]:
    """Let all of it begin on a Tuesday."""
    with simulated(DAY):
        yield


def contested(cast: Cast) -> uuid.UUID:
    """Let omar be refused a candidate whom rita claimed."""
    candidate_id = claimed(cast)
    with pytest.raises(CandidateProtected):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="linkedin")
    return candidate_id


def opened(cast: Cast, who: Person, subject: str, subject_id: uuid.UUID, reason: str) -> uuid.UUID:
    typed = CaseInput(subject=subject, subject_id=subject_id, reason=reason, statement=SAID, asks="Decide it.")
    return cases.open_case(actor=cast.actor(who), input=typed)


def over_the_claim(cast: Cast, who: Person | None = None) -> uuid.UUID:
    return opened(cast, who or cast.omar, "candidate", contested(cast), "contacted_first")


def ruled(cast: Cast, dispute_id: uuid.UUID, effect: str, *lines: Agreed, by: Person | None = None) -> None:
    typed = RulingInput(effect=effect, reason=WHY, lines=lines)
    rulings.rule(dispute_id, actor=cast.actor(by or cast.pia), input=typed)


def reviewed(cast: Cast, dispute_id: uuid.UUID, *by: Person) -> uuid.UUID:
    for person in by:
        cases.answer(dispute_id, actor=cast.actor(person), statement=ANSWER)
    return dispute_id


def state(dispute_id: uuid.UUID) -> str:
    with Session(db.engine) as session:
        return session.scalars(select(Dispute.state).where(Dispute.id == dispute_id)).one()


def owner(candidate_id: uuid.UUID) -> tuple[uuid.UUID, object]:
    query = select(CandidateSourcer.recruiter_id, CandidateSourcer.sourced_at)
    with Session(db.engine) as session:
        row = session.execute(query.where(CandidateSourcer.candidate_id == candidate_id, CandidateSourcer.is_current))
        return tuple(row.one())


def frozen(dispute_id: uuid.UUID) -> list[tuple[str, int | None]]:
    query = select(DisputeFreeze.kind, DisputeFreeze.amount_minor).where(
        DisputeFreeze.dispute_id == dispute_id, DisputeFreeze.released_at.is_(None)
    )
    with Session(db.engine) as session:
        return [tuple(row) for row in session.execute(query.order_by(DisputeFreeze.id))]


def frozen_shares() -> list[tuple[str | None, uuid.UUID | None]]:
    """List whose shares wait alone, while the rest of their fee is paid out."""
    with Session(db.engine) as session:
        query = select(Payout.role, Payout.recruiter_id).where(Payout.is_frozen, Payout.state != "cancelled")
        return [(role, who) for role, who in session.execute(query)]


def is_frozen(placement_id: uuid.UUID) -> bool:
    with Session(db.engine) as session:
        return session.scalars(select(Fee.is_frozen).where(Fee.id == placement_id)).one()


def told() -> list[str]:
    query = select(MarketplaceEvent.type).where(MarketplaceEvent.type.like("dispute.%")).order_by(MarketplaceEvent.id)
    with Session(db.engine) as session:
        return [name.removeprefix("dispute.") for name in session.scalars(query)]


def after(cast: Cast, span: timedelta) -> None:
    with simulated(DAY + span):
        clocks.run(actor=system_actor(DAY + span))


def test_a_refused_recruiter_gets_the_claim_from_its_start(cast: Cast) -> None:
    dispute_id = reviewed(cast, over_the_claim(cast), cast.rita)
    with Session(db.engine) as session:
        candidate_id = session.scalars(select(Dispute.candidate_id)).one()
    before = owner(candidate_id)
    ruled(cast, dispute_id, "transfer")
    assert owner(candidate_id) == (cast.omar.recruiter_id, before[1])
    assert (state(dispute_id), told()) == ("resolved", ["opened", "answered", "review_started", "resolved"])


def test_a_lost_case_leaves_the_score_alone(cast: Cast) -> None:
    def score() -> reputation.Explained:
        return reputation.recalculate_one(cast.rita.recruiter_id, actor=cast.actor(cast.pia))

    candidate_id = contested(cast)
    accepted = proposed(cast, candidate_id=candidate_id)
    proposals.accept(accepted, actor=cast.actor(cast.hana))
    dispute_id = reviewed(cast, opened(cast, cast.omar, "candidate", candidate_id, "contacted_first"), cast.rita)
    assert score().changes
    ruled(cast, dispute_id, "transfer")
    assert owner(candidate_id)[0] == cast.omar.recruiter_id
    assert score().changes == {}


def test_a_shared_credit_divides_the_sourcer_s_part_of_the_next_hire_until_an_appeal_takes_it_back(cast: Cast) -> None:
    candidate_id = contested(cast)
    dispute_id = reviewed(cast, opened(cast, cast.omar, "candidate", candidate_id, "contacted_first"), cast.rita)
    for wrong in (0, 10_000):
        with pytest.raises(InvalidInput):
            shared(cast, dispute_id, wrong)
    shared(cast, dispute_id, 2_500)
    assert owner(candidate_id)[0] == cast.rita.recruiter_id
    assert (
        "Omar gets 25% of what the credit earns from now on"
        in cast.client(cast.rita).get(f"/candidates/{candidate_id}").text
    )
    proposal_id = proposed(cast, candidate_id=candidate_id)
    proposals.accept(proposal_id, actor=cast.actor(cast.carl))
    placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=12_500_000)
    with Session(db.engine) as session:
        found = session.execute(select(Collaborator.recruiter_id, Collaborator.role, Collaborator.split_bp))
        assert {tuple(row) for row in found} == {
            (cast.rita.recruiter_id, "sourcer", 3_000),
            (cast.omar.recruiter_id, "sourcer", 1_000),
            (cast.rita.recruiter_id, "submitter", 3_000),
        }
    appeals.appeal(dispute_id, actor=cast.actor(cast.rita), statement=ANSWER)
    ruled(cast, dispute_id, "keep")
    with Session(db.engine) as session:
        assert session.scalars(select(CandidateSourcer.shared_with)).all() == [None]
    assert {event["shared_bp"] for event in written("claim.shared")} == {2_500, 0}


def test_a_shared_part_passes_to_the_successor_of_who_leaves_and_ends_with_the_last(cast: Cast) -> None:
    dispute_id = reviewed(cast, opened(cast, cast.omar, "candidate", contested(cast), "contacted_first"), cast.rita)
    shared(cast, dispute_id, 2_500)
    (heir,) = hires.recruiters(cast, 1)
    for who, successor, owner_of_part in ((cast.omar, heir, heir), (heir, None, None)):
        with Session(db.engine) as session:
            query = select(Membership.id).where(Membership.user_id == who.user_id, Membership.role == "recruiter")
            role = session.scalars(query).one()
        email = f"recruiter-{successor.recruiter_id}@demo.test" if successor else ""
        gone = departures.remove_member(role, actor=cast.actor(cast.pia), successor=email)
        assert gone.claims == 1
        with Session(db.engine) as session:
            found = session.execute(select(CandidateSourcer.shared_with, CandidateSourcer.shared_bp)).one()
        part = (owner_of_part.recruiter_id, 2_500) if owner_of_part else (None, None)
        assert tuple(found) == part
    assert [event["shared_bp"] for event in written("claim.part_passed_on")] == [2_500, 2_500]


def shared(cast: Cast, dispute_id: uuid.UUID, bp: int) -> None:
    typed = RulingInput(effect="share", reason=WHY, percent_bp=bp)
    rulings.rule(dispute_id, actor=cast.actor(cast.pia), input=typed)


def test_the_owner_asks_too_and_who_has_no_part_in_it_cannot(cast: Cast) -> None:
    candidate_id = contested(cast)
    for stranger in (cast.carl, cast.zoe):
        with pytest.raises((NotFound, NotPermitted)):
            opened(cast, stranger, "candidate", candidate_id, "contacted_first")
    dispute_id = opened(cast, cast.rita, "candidate", candidate_id, "agreed_otherwise")
    with pytest.raises(Conflict, match="already open"):
        opened(cast, cast.omar, "candidate", candidate_id, "contacted_first")
    with pytest.raises(NotFound):
        cases.answer(dispute_id, actor=cast.actor(cast.zoe), statement=ANSWER)
    with pytest.raises(NotPermitted):
        cases.answer(dispute_id, actor=cast.actor(cast.pia), statement=ANSWER)


def test_nobody_contests_a_claim_that_nobody_was_refused(cast: Cast) -> None:
    with pytest.raises(Conflict, match="No other recruiter has tried"):
        opened(cast, cast.rita, "candidate", claimed(cast), "contacted_first")
    with pytest.raises(NotFound):
        opened(cast, cast.omar, "candidate", claimed(cast), "contacted_first")


@pytest.mark.parametrize(
    "wrong", [{"subject": "weather"}, {"reason": "bad_mood"}, {"statement": "Too short."}, {"asks": " "}]
)
def test_a_case_needs_a_subject_a_reason_a_statement_and_what_is_asked(cast: Cast, wrong: dict[str, str]) -> None:
    typed = {"subject": "candidate", "reason": "contacted_first", "statement": SAID, "asks": "Decide it.", **wrong}
    with pytest.raises(InvalidInput) as refusal:
        cases.open_case(actor=cast.actor(cast.omar), input=CaseInput(subject_id=uuid.uuid4(), **typed))
    assert list(refusal.value.fields) == list(wrong)


def test_a_dispute_comes_too_late_after_thirty_business_days(cast: Cast) -> None:
    candidate_id = contested(cast)
    with simulated(later(days=60)), pytest.raises(Conflict, match="within 30 business days"):
        opened(cast, cast.omar, "candidate", candidate_id, "contacted_first")


def test_silence_is_reminded_then_missed_and_so_is_the_ruling(cast: Cast) -> None:
    over_the_claim(cast)
    for days in (0, 7, 7, 9, 9, 24, 24):
        after(cast, timedelta(days=days))
    told_by_clock = ["due_soon", "clock_missed", "review_started", "clock_missed"]
    assert told() == ["opened", *told_by_clock]


def test_withdrawing_is_free_until_under_review_and_then_takes_two(cast: Cast) -> None:
    first = over_the_claim(cast)
    with pytest.raises(Conflict, match="Only the party that opened"):
        cases.withdraw(first, actor=cast.actor(cast.rita))
    cases.withdraw(first, actor=cast.actor(cast.omar))
    assert (state(first), frozen(first)) == ("withdrawn", [])
    second = reviewed(cast, over_the_claim(cast), cast.rita)
    cases.withdraw(second, actor=cast.actor(cast.omar))
    with pytest.raises(Conflict, match="already asked"):
        cases.withdraw(second, actor=cast.actor(cast.omar))
    assert state(second) == "under_review"
    cases.withdraw(second, actor=cast.actor(cast.rita))
    assert state(second) == "withdrawn"


def test_a_withdrawal_under_review_takes_the_agreement_of_every_other_party(cast: Cast) -> None:
    placement_id = hires.hired(cast)
    (third,) = hires.recruiters(cast, 1)
    hires.share(cast, placement_id, cast.omar, "closer", 1_000)
    hires.share(cast, placement_id, third, "support", 1_000)
    dispute_id = reviewed(cast, opened(cast, cast.rita, "placement", placement_id, "role_wrong"), cast.omar, third)
    for person in (cast.rita, cast.omar):
        cases.withdraw(dispute_id, actor=cast.actor(person))
    with pytest.raises(Conflict, match="the others still have to"):
        cases.withdraw(dispute_id, actor=cast.actor(cast.omar))
    assert (state(dispute_id), told()[-1]) == ("under_review", "withdrawal_agreed")
    cases.withdraw(dispute_id, actor=cast.actor(third))
    assert state(dispute_id) == "withdrawn"


def test_what_all_accept_takes_full_effect_at_once(cast: Cast) -> None:
    dispute_id = reviewed(cast, over_the_claim(cast), cast.rita)
    ruled(cast, dispute_id, "transfer")
    appeals.waive(dispute_id, actor=cast.actor(cast.omar))
    with pytest.raises(Conflict, match="already accepted this ruling"):
        appeals.appeal(dispute_id, actor=cast.actor(cast.omar), statement=SAID)
    assert told()[-1] == "appeal_waived"
    relayed()
    appeals.waive(dispute_id, actor=cast.actor(cast.rita))
    assert told()[-2:] == ["appeal_waived", "released"]
    assert [mail[2] for mail in relayed() if mail[1] == "omar"].count("Ruling accepted: sourcing credit") == 0
    assert ("dispute_told", "omar", "Dispute settled: sourcing credit") in relayed()


def test_a_ruling_waits_for_each_party_until_it_is_accepted_or_appealed(cast: Cast) -> None:
    dispute_id = reviewed(cast, over_the_claim(cast), cast.rita)
    ruled(cast, dispute_id, "transfer")
    asks = "Dispute (sourcing credit): accept or appeal the ruling"

    def waits_for(person: Person) -> bool:
        queue = work_queue.queue(cast.actor(person))
        return asks in [item.what for _, items in queue.groups for item in items]

    assert [waits_for(who) for who in (cast.rita, cast.omar, cast.carl)] == [True, True, False]
    appeals.waive(dispute_id, actor=cast.actor(cast.omar))
    assert [waits_for(who) for who in (cast.rita, cast.omar)] == [True, False]
    appeals.appeal(dispute_id, actor=cast.actor(cast.rita), statement=ANSWER)
    ruled(cast, dispute_id, "keep")
    assert [waits_for(who) for who in (cast.rita, cast.omar)] == [False, False]


def test_a_ruling_is_confirmed_only_where_the_rule_alone_decides(cast: Cast) -> None:
    candidate_id = contested(cast)
    with simulated(later(hours=1)):
        dispute_id = opened(cast, cast.omar, "candidate", candidate_id, "contacted_first")
    with pytest.raises(Conflict, match="No single rule decides"):
        rulings.confirm(dispute_id, actor=cast.actor(cast.pia))
    reviewed(cast, dispute_id, cast.rita)
    with pytest.raises(NotPermitted):
        rulings.confirm(dispute_id, actor=cast.actor(cast.rita))
    rulings.confirm(dispute_id, actor=cast.actor(cast.pia))
    assert state(dispute_id) == "dismissed"
    appeals.appeal(dispute_id, actor=cast.actor(cast.omar), statement=SAID)
    with pytest.raises(Conflict, match="No single rule decides"):
        rulings.confirm(dispute_id, actor=cast.actor(cast.pia))
    with pytest.raises(Conflict, match="already a ruling"):
        cases.withdraw(dispute_id, actor=cast.actor(cast.omar))


def test_a_credit_that_another_case_gave_away_is_taken_from_nobody_who_was_not_heard(cast: Cast) -> None:
    candidate_id = contested(cast)
    (third,) = hires.recruiters(cast, 1)
    with simulated(later(hours=1)):
        with pytest.raises(CandidateProtected):
            ownership.claim(candidate_id, actor=cast.actor(third), source_method="linkedin")
        mine = opened(cast, cast.omar, "candidate", candidate_id, "contacted_first")
        other = opened(cast, cast.rita, "candidate", candidate_id, "contacted_first")  # against the third one
        ruled(cast, reviewed(cast, mine, cast.rita), "transfer")
        assert owner(candidate_id)[0] == cast.omar.recruiter_id
        with pytest.raises(Conflict, match="isn’t a party here"):
            ruled(cast, reviewed(cast, other, third), "transfer")
        ruled(cast, other, "keep")
    assert owner(candidate_id)[0] == cast.omar.recruiter_id


def test_a_credit_that_passed_to_a_successor_meanwhile_goes_to_who_contested_it(cast: Cast) -> None:
    dispute_id = reviewed(cast, over_the_claim(cast), cast.rita)
    (heir,) = hires.recruiters(cast, 1)
    with Session(db.engine) as session:
        query = select(Membership.id).where(Membership.user_id == cast.rita.user_id, Membership.role == "recruiter")
        role = session.scalars(query).one()
    email = f"recruiter-{heir.recruiter_id}@demo.test"
    departures.remove_member(role, actor=cast.actor(cast.pia), successor=email)
    ruled(cast, dispute_id, "transfer")
    with Session(db.engine) as session:
        candidate_id = session.scalars(select(Dispute.candidate_id)).one()
    assert owner(candidate_id)[0] == cast.omar.recruiter_id


def test_who_cannot_open_a_case_learns_it_before_typing(cast: Cast) -> None:
    candidate_id = contested(cast)
    about = {"subject": "candidate", "subject_id": candidate_id}
    cases.check(actor=cast.actor(cast.omar), **about)
    with simulated(later(days=60)), pytest.raises(Conflict, match="within 30 business days"):
        cases.check(actor=cast.actor(cast.omar), **about)
    dispute_id = opened(cast, cast.omar, "candidate", candidate_id, "contacted_first")
    with pytest.raises(Conflict, match="already open") as refusal:
        cases.check(actor=cast.actor(cast.rita), **about)
    assert refusal.value.details == {"dispute_id": str(dispute_id)}


def test_an_objection_can_be_refused(cast: Cast) -> None:
    proposal_id = proposed(cast)
    proposals.accept(proposal_id, actor=cast.actor(cast.carl))
    dispute_id = reviewed(cast, opened(cast, cast.carl, "proposal", proposal_id, "known_before"), cast.rita)
    ruled(cast, dispute_id, "refuse")
    assert state(dispute_id) == "dismissed"


def test_platform_admins_alone_note(cast: Cast) -> None:
    dispute_id = over_the_claim(cast)
    with pytest.raises(NotPermitted):
        cases.note(dispute_id, actor=cast.actor(cast.rita), text="Mine.")
    with pytest.raises(InvalidInput):
        cases.note(dispute_id, actor=cast.actor(cast.pia), text=" ")
    cases.note(dispute_id, actor=cast.actor(cast.pia), text="Ask Rita for the letters.")
    assert told()[-1] == "noted"


def test_an_appeal_is_decided_by_another_admin_when_there_is_one(cast: Cast) -> None:
    dispute_id = reviewed(cast, over_the_claim(cast), cast.rita)
    ruled(cast, dispute_id, "keep")
    appeals.appeal(dispute_id, actor=cast.actor(cast.omar), statement=SAID)
    pia = cast.actor(cast.pia)
    another = {"email": "second@demo.test", "role": "platform_admin", "name": "Paul"}
    accounts.add_member(actor=pia, organisation_id=PLATFORM_ORGANISATION_ID, **another)
    page = cast.client(cast.pia).get(f"/disputes/{dispute_id}").text
    assert ("so another admin has to decide" in page, f"/disputes/{dispute_id}/rule" in page) == (True, False)
    with pytest.raises(NotPermitted, match="another admin has to decide"):
        ruled(cast, dispute_id, "keep")


def test_nobody_rules_before_the_review_or_with_what_the_subject_has_not(cast: Cast) -> None:
    dispute_id = over_the_claim(cast)
    with pytest.raises(WrongState):
        ruled(cast, dispute_id, "keep")
    reviewed(cast, dispute_id, cast.rita)
    with pytest.raises(NotPermitted):
        ruled(cast, dispute_id, "keep", by=cast.omar)
    with pytest.raises(InvalidInput, match="keep, transfer"):
        ruled(cast, dispute_id, "void")
    with pytest.raises(InvalidInput, match="Leave out the shares"):
        ruled(cast, dispute_id, "keep", Agreed(uuid.uuid4(), "sourcer", 10_000))


def test_an_ended_claim_stays_closed_while_it_is_disputed(cast: Cast) -> None:
    candidate_id = contested(cast)
    with simulated(later(days=364)):
        with pytest.raises(CandidateProtected):
            ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="linkedin")
        opened(cast, cast.omar, "candidate", candidate_id, "contacted_first")
    with simulated(later(days=366)), pytest.raises(Conflict, match="No one can claim it until the ruling"):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="linkedin")


def test_an_appeal_takes_back_what_the_first_ruling_did(cast: Cast) -> None:
    dispute_id = reviewed(cast, over_the_claim(cast), cast.rita)
    ruled(cast, dispute_id, "transfer")
    relayed()
    assert "Any appeal is due by " in deliveries(template="dispute_told")[-1].body_text
    appeals.appeal(dispute_id, actor=cast.actor(cast.rita), statement=ANSWER)
    assert (state(dispute_id), [kind for kind, _ in frozen(dispute_id)]) == ("under_review", ["claim"])
    before = relayed()
    ruled(cast, dispute_id, "keep")
    told_of = [what for what in relayed() if what[1] == "rita" and what not in before]
    assert told_of == [("dispute_told", "rita", "Dispute decided: sourcing credit")]
    decided = next(mail for mail in deliveries(template="dispute_told") if mail.subject.startswith("Dispute decided"))
    assert "The ruling on the appeal is final, " in decided.body_text
    assert "due by" not in decided.body_text
    assert "Nothing changes. It can’t be appealed again." in cast.client(cast.rita).get(f"/disputes/{dispute_id}").text
    with Session(db.engine) as session:
        candidate_id = session.scalars(select(Dispute.candidate_id)).one()
    assert owner(candidate_id)[0] == cast.rita.recruiter_id
    with pytest.raises(Conflict, match="the second ruling is final"):
        appeals.appeal(dispute_id, actor=cast.actor(cast.omar), statement=SAID)


def test_an_appeal_has_its_time_and_what_was_decided_stays_decided(cast: Cast) -> None:
    dispute_id = reviewed(cast, over_the_claim(cast), cast.rita)
    with pytest.raises(WrongState):
        appeals.appeal(dispute_id, actor=cast.actor(cast.rita), statement=ANSWER)
    ruled(cast, dispute_id, "keep")
    after(cast, A_MONTH)
    assert told()[-1] == "released"
    with simulated(later(days=31)), pytest.raises(Conflict, match="deadline to appeal has passed"):
        appeals.appeal(dispute_id, actor=cast.actor(cast.omar), statement=SAID)
    with Session(db.engine) as session:
        candidate_id = session.scalars(select(Dispute.candidate_id)).one()
    with pytest.raises(Conflict, match="you can only appeal"):
        opened(cast, cast.omar, "candidate", candidate_id, "contacted_first")


def test_a_transfer_takes_the_sourcers_share_of_an_unpaid_hire_along(cast: Cast) -> None:
    placement_id = started(cast)
    with Session(db.engine) as session:
        candidate_id = session.scalars(select(Proposal.candidate_id)).one()
    with pytest.raises(CandidateProtected):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="linkedin")
    dispute_id = opened(cast, cast.omar, "candidate", candidate_id, "contacted_first")
    assert [kind for kind, _ in frozen(dispute_id)] == ["claim", "placement"]
    assert (is_frozen(placement_id), frozen_shares()) == (False, [("sourcer", cast.rita.recruiter_id)])
    ruled(cast, reviewed(cast, dispute_id, cast.rita), "transfer")
    query = select(Collaborator.recruiter_id).where(Collaborator.role == "sourcer")
    with Session(db.engine) as session:
        assert session.scalars(query).all() == [cast.omar.recruiter_id]
    assert [role for role, who in frozen_shares() if who == cast.omar.recruiter_id] == ["sourcer"]
    after(cast, A_MONTH)
    assert frozen_shares() == []


def test_a_share_that_both_have_as_the_sourcer_is_amended_and_not_transferred(cast: Cast) -> None:
    placement_id = hires.hired(cast)
    hires.share(cast, placement_id, cast.omar, "sourcer", 1_000)
    with Session(db.engine) as session:
        candidate_id = session.scalars(select(Proposal.candidate_id)).one()
    with pytest.raises(CandidateProtected):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="linkedin")
    dispute_id = reviewed(cast, opened(cast, cast.omar, "candidate", candidate_id, "contacted_first"), cast.rita)
    with pytest.raises(Conflict, match="Both share a placement as sourcers"):
        ruled(cast, dispute_id, "transfer")


def test_an_objection_without_contact_or_document_is_refused_by_rule(cast: Cast) -> None:
    opened_cases = []
    for document in (False, True):
        proposal_id = proposed(cast)
        proposals.accept(proposal_id, actor=cast.actor(cast.carl))
        dispute_id = opened(cast, cast.carl, "proposal", proposal_id, "known_before")
        if document:
            attachments.attach(dispute_id, actor=cast.actor(cast.carl), name="Letter.pdf", content=pdf("Of May"))
        opened_cases.append(reviewed(cast, dispute_id, cast.rita))
    without, with_one = opened_cases
    rulings.confirm(without, actor=cast.actor(cast.pia))
    with pytest.raises(Conflict, match="No single rule decides"):
        rulings.confirm(with_one, actor=cast.actor(cast.pia))
    assert (state(without), state(with_one)) == ("dismissed", "under_review")


def test_a_company_objects_in_time_and_the_void_proposal_ends_with_its_fee(cast: Cast) -> None:
    placement_id = started(cast)
    with Session(db.engine) as session:
        proposal_id = session.scalars(select(Proposal.id)).one()
    dispute_id = opened(cast, cast.carl, "proposal", proposal_id, "known_before")
    assert frozen(dispute_id) == [("proposal", None), ("placement", 2_500_000)]
    ruled(cast, reviewed(cast, dispute_id, cast.rita), "void")
    after(cast, A_MONTH)
    with Session(db.engine) as session:
        assert session.scalars(select(Proposal.state)).one() == "withdrawn"
        assert session.scalars(select(Fee.refunded_minor).where(Fee.id == placement_id)).one() == 2_500_000


def test_a_voided_hire_that_did_not_begin_is_undone(cast: Cast) -> None:
    placement_id = hires.hired(cast)
    with Session(db.engine) as session:
        proposal_id = session.scalars(select(Proposal.id)).one()
    dispute_id = opened(cast, cast.carl, "proposal", proposal_id, "known_before")
    ruled(cast, reviewed(cast, dispute_id, cast.rita), "void")
    after(cast, A_MONTH)
    with Session(db.engine) as session:
        assert session.scalars(select(Placement.state).where(Placement.id == placement_id)).one() == "undone"


def test_a_void_proposal_without_a_hire_just_ends(cast: Cast) -> None:
    proposal_id = proposed(cast)
    with pytest.raises(Conflict, match="only to an accepted proposal"):
        opened(cast, cast.carl, "proposal", proposal_id, "known_before")
    proposals.accept(proposal_id, actor=cast.actor(cast.carl))
    with pytest.raises(NotFound):
        opened(cast, cast.rita, "proposal", proposal_id, "known_before")
    with simulated(later(days=5)), pytest.raises(Conflict, match="within 2 business days"):
        opened(cast, cast.carl, "proposal", proposal_id, "known_before")
    dispute_id = opened(cast, cast.carl, "proposal", proposal_id, "known_before")
    ruled(cast, reviewed(cast, dispute_id, cast.rita), "void")
    with pytest.raises(WrongState):
        cases.withdraw(dispute_id, actor=cast.actor(cast.carl))
    after(cast, A_MONTH)
    with Session(db.engine) as session:
        assert session.get_one(Proposal, proposal_id).state == "withdrawn"


def test_a_start_during_the_case_is_frozen_too(cast: Cast) -> None:
    placement_id = hires.hired(cast)
    with Session(db.engine) as session:
        proposal_id = session.scalars(select(Proposal.id)).one()
    dispute_id = opened(cast, cast.carl, "proposal", proposal_id, "known_before")
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=hires.TODAY)
    assert is_frozen(placement_id)
    cases.withdraw(dispute_id, actor=cast.actor(cast.carl))
    assert not is_frozen(placement_id)


def test_the_splits_wait_for_the_ruling_which_amends_them(cast: Cast) -> None:
    placement_id = started(cast)
    rita, omar = cast.rita.recruiter_id, cast.omar.recruiter_id
    assert rita is not None
    assert omar is not None
    lines = [Agreed(rita, "sourcer", 3_000), Agreed(rita, "submitter", 3_000), Agreed(omar, "closer", 4_000)]
    dispute_id = opened(cast, cast.omar, "placement", placement_id, "share_too_low")
    assert (is_frozen(placement_id), len(frozen_shares())) == (False, 4)  # not what the platform has of it
    amendment = amendments.propose(placement_id, actor=cast.actor(cast.rita), lines=lines, reason="As agreed.")
    with pytest.raises(Conflict, match="change until the ruling"):
        amendments.answer(amendment.id, actor=cast.actor(cast.omar), agreed=True)
    ruled(cast, reviewed(cast, dispute_id, cast.rita), "amend", *lines)
    query = select(Collaborator.split_bp).order_by(Collaborator.position)
    with Session(db.engine) as session:
        assert session.scalars(query).all() == [3_000, 3_000, 4_000]
    appeals.appeal(dispute_id, actor=cast.actor(cast.rita), statement=ANSWER)
    ruled(cast, dispute_id, "keep")
    with Session(db.engine) as session:
        assert sorted(session.scalars(query).all()) == [1_000, 2_000, 3_000, 4_000]
    assert frozen_shares() == []


def test_a_fee_in_two_cases_waits_for_both(cast: Cast) -> None:
    placement_id = started(cast)
    with Session(db.engine) as session:
        proposal_id = session.scalars(select(Proposal.id)).one()
    known = opened(cast, cast.carl, "proposal", proposal_id, "known_before")
    splits = opened(cast, cast.omar, "placement", placement_id, "role_wrong")
    assert is_frozen(placement_id)
    cases.withdraw(known, actor=cast.actor(cast.carl))
    assert (is_frozen(placement_id), len(frozen_shares())) == (False, 4)
    cases.withdraw(splits, actor=cast.actor(cast.omar))
    assert frozen_shares() == []


def test_nobody_disputes_the_splits_alone(cast: Cast) -> None:
    with pytest.raises(Conflict, match="No one else shares"):
        opened(cast, cast.rita, "placement", hires.hired(cast), "share_too_low")
