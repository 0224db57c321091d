"""The evidence of a dispute: the same rows for both sides, third parties without name, and the rule over them."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from portal.domain import events
from portal.domain.disputes import Effect
from portal.domain.errors import Conflict, NotFound
from portal.extensions import db
from portal.models import Payout, Placement, Proposal
from portal.queries.disputes import evidence, outlooks, packs
from portal.queries.disputes.evidence import ANOTHER_COMPANY, ANOTHER_RECRUITER, SOMEBODY, EvidenceRow
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.candidates import ownership
from portal.services.disputes import cases
from portal.services.disputes.cases import CaseInput
from portal.services.log import chain
from portal.services.machinery.unit_of_work import unit_of_work
from tests.cases import also_admin, case
from tests.cast import DAY, Cast, Person
from tests.hires import active, hired, move_company, recruiter, recruiters
from tests.marketplace import claimed, later, proposed
from tests.money import invoice_of, paid, started


def rows(cast: Cast, who: Person, dispute_id: uuid.UUID) -> tuple[EvidenceRow, ...]:
    """Return the evidence as a person reads it."""
    viewer = cast.actor(who)
    return evidence.timeline(viewer, evidence.matter(viewer, dispute_id)).rows


@pytest.fixture
def rivalry(cast: Cast) -> uuid.UUID:
    """Open a case of omar about a candidate whom rita claimed and proposed to Acme, and a third recruiter added."""
    with simulated(DAY):
        candidate_id = claimed(cast)
        proposed(cast, candidate_id=candidate_id)
        with pytest.raises(Conflict):
            ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="linkedin")
        (third,) = recruiters(cast, 1)
    with simulated(later(days=1)), unit_of_work(cast.actor(third)) as uow:
        uow.record(events.CandidateAdded(candidate_id=candidate_id, recruiter_id=recruiter(third), via="api"))
        uow.record(events.CandidateChanged(candidate_id=candidate_id, changed=("title",)))
    return case("candidate", cast.omar, cast.rita, candidate_id=candidate_id)


def test_both_sides_see_the_same_rows_and_nobody_else_any(cast: Cast, rivalry: uuid.UUID) -> None:
    own, other = rows(cast, cast.rita, rivalry), rows(cast, cast.omar, rivalry)
    assert own == other
    assert [row.id for row in own] == [row.id for row in rows(cast, cast.pia, rivalry)]
    assert [row.title for row in own][:3] == ["Candidate added", "Sourcing credit claimed", "Proposed"]
    with pytest.raises(NotFound):
        rows(cast, cast.zoe, rivalry)


def test_third_parties_stand_without_name_company_and_content(cast: Cast, rivalry: uuid.UUID) -> None:
    _, _, proposal, conflict, added, changed = rows(cast, cast.omar, rivalry)
    assert (conflict.title, conflict.by) == ("Ownership conflict", "Omar")
    assert (proposal.title, proposal.text, proposal.by) == ("Proposed", "", "Rita")
    assert (added.text, added.by) == ("", ANOTHER_RECRUITER)
    assert changed.by == SOMEBODY
    assert "" not in {row.text for row in rows(cast, cast.pia, rivalry)}


def test_what_another_company_does_is_told_without_its_people(cast: Cast) -> None:
    proposal_id = proposed(cast)
    proposals.decline(proposal_id, actor=cast.actor(cast.hana), reason="salary")
    candidate_id = _candidate(proposal_id)
    found = rows(cast, cast.omar, case("candidate", cast.omar, cast.rita, candidate_id=candidate_id))
    assert [(row.title, row.text, row.by) for row in found][-1] == ("Proposal declined", "", ANOTHER_COMPANY)


def test_each_row_is_sealed_with_its_hash_and_opens_for_who_reads_the_log(cast: Cast, rivalry: uuid.UUID) -> None:
    assert {(row.number, row.hash) for row in rows(cast, cast.rita, rivalry)} == {(None, "")}
    chain.seal_pending(actor=cast.actor(cast.pia))
    first, admins = rows(cast, cast.rita, rivalry)[0], rows(cast, cast.pia, rivalry)[0]
    assert (first.number is None, len(first.hash)) == (False, 64)
    assert first.path == f"/disputes/{rivalry}/log/{first.id}"
    assert admins.path == f"/admin/events?event={first.id}"


def test_the_evidence_goes_on_where_a_page_ends(cast: Cast, rivalry: uuid.UUID) -> None:
    viewer = cast.actor(cast.rita)
    about = evidence.matter(viewer, rivalry)
    all_rows = tuple(evidence.whole(viewer, about))
    page = evidence.timeline(viewer, about, size=2)
    assert (page.rows, page.newer) == (all_rows[:2], page.rows[-1].id)
    assert evidence.timeline(viewer, about, after=page.newer, size=99).rows == all_rows[2:]


def test_the_first_claim_would_be_kept(cast: Cast, rivalry: uuid.UUID) -> None:
    viewer = cast.actor(cast.omar)
    found = outlooks.outlook(viewer, evidence.matter(viewer, rivalry))
    assert found is not None
    assert (found.follows, found.one_sided) == (Effect.KEEP, True)
    assert found.facts[0].text.startswith("Rita claimed the candidate on ")


def test_no_rule_is_named_where_neither_side_ever_claimed(cast: Cast) -> None:
    (third,) = recruiters(cast, 1)
    viewer = cast.actor(cast.omar)
    id = case("candidate", cast.omar, third, candidate_id=claimed(cast))
    assert outlooks.outlook(viewer, evidence.matter(viewer, id)) is None


def test_a_candidate_was_known_whom_another_recruiter_had_proposed_to_the_company(cast: Cast) -> None:
    with simulated(DAY):
        candidate_id = claimed(cast)
        before = proposed(cast, candidate_id=candidate_id)
    with simulated(later(days=1)):
        again = proposed(cast, candidate_id=candidate_id)
    id = case("proposal", cast.rita, candidate_id=candidate_id, proposal_id=again, company=cast.acme)
    viewer = cast.actor(cast.carl)
    about = evidence.matter(viewer, id)
    found = [outlooks.outlook(viewer, about)]
    with db.session.begin():
        db.session.get_one(Proposal, before).recruiter_id = recruiter(cast.omar)
    found += [outlooks.outlook(viewer, about)]
    assert [o.follows for o in found if o] == [Effect.REFUSE, Effect.VOID]


def test_the_evidence_of_a_split_is_that_of_the_placement_and_says_no_amount_of_others(cast: Cast) -> None:
    placement_id = hired(cast)
    row = db.session.get_one(Placement, placement_id)
    values = {"candidate_id": row.candidate_id, "proposal_id": row.proposal_id, "placement_id": placement_id}
    db.session.commit()
    id = case("placement", cast.rita, company=cast.acme, **values)
    found, viewer = rows(cast, cast.carl, id), cast.actor(cast.carl)
    assert "Proposed" in [row.title for row in found]
    assert [row.text for row in found if "$" in row.text] == ["Fee $25,000."]  # which the company pays
    outlook = outlooks.outlook(viewer, evidence.matter(viewer, id))
    assert outlook is not None
    assert outlook.follows is Effect.KEEP
    assert packs.summary(evidence.matter(viewer, id), viewer=viewer).reason == "My share doesn’t match my contribution"


def test_who_pays_or_is_paid_reads_the_own_amounts_and_no_others(cast: Cast) -> None:
    with simulated(DAY):
        placement_id = started(cast, payout_schedule="when_paid")
        paid(cast, placement_id)
        said: dict[str, str] = {"reason": "wrong_amount", "statement": "It is not what we agreed on.", "asks": "Less."}
        invoice = {"subject": "invoice", "subject_id": invoice_of(placement_id).id}
        on_invoice = cases.open_case(actor=cast.actor(cast.carl), input=CaseInput(**invoice, **said))
        payout = {"subject": "payout", "subject_id": _payout("closer")}
        on_payout = cases.open_case(actor=cast.actor(cast.omar), input=CaseInput(**payout, **said))
        texts = {
            (who.name, id): {row.title: row.text for row in rows(cast, who, id)}
            for who in (cast.carl, cast.rita, cast.omar)
            for id in ((on_invoice, on_payout) if who is not cast.rita else (on_invoice,))
        }
    assert "$25,000" in texts["Carl", on_invoice]["Invoice issued"]
    assert "[amount withheld]" in texts["Rita", on_invoice]["Invoice issued"]
    assert texts["Omar", on_payout]["Payout due"] == "Omar: $7,500."
    assert texts["Carl", on_payout]["Payout due"] == "Omar: [amount withheld]."
    assert "[amount withheld]" in texts["Carl", on_invoice]["Collaborator added"]
    assert "$2,500" in texts["Omar", on_invoice]["Collaborator added"]
    with pytest.raises(NotFound):
        rows(cast, cast.zoe, on_invoice)


def test_an_admin_who_works_for_a_party_reads_what_parties_read(cast: Cast, rivalry: uuid.UUID) -> None:
    admin = also_admin(cast.omar)
    about = evidence.matter(admin, rivalry)
    assert evidence.left_out(admin, about) == evidence.LEFT_OUT
    assert evidence.timeline(admin, about).rows[2].text == ""
    with pytest.raises(NotFound):
        evidence.entry(admin, about, uuid.UUID(int=0))


def _payout(role: str) -> uuid.UUID:
    found = db.session.scalars(select(Payout.id).where(Payout.role == role)).one()
    db.session.commit()
    return found


def _candidate(proposal_id: uuid.UUID) -> uuid.UUID:
    found = db.session.get_one(Proposal, proposal_id).candidate_id
    db.session.commit()
    return found


def test_a_day_of_a_guarantee_names_its_zone_to_whoever_is_elsewhere(cast: Cast) -> None:
    move_company(cast, "America/New_York")
    with simulated(DAY):
        placement_id = active(cast)
    row = db.session.get_one(Placement, placement_id)
    values = {"candidate_id": row.candidate_id, "proposal_id": row.proposal_id, "placement_id": placement_id}
    db.session.commit()
    found = rows(cast, cast.rita, case("placement", cast.rita, company=cast.acme, **values))
    assert "(New York time)." in next(row.text for row in found if row.title == "Placement activated")
