"""What the desk is shown before it rules is what the ruling books: for each subject, and for refusals."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.collaboration import Agreed
from portal.domain.errors import Conflict, NotPermitted
from portal.extensions import db
from portal.models import (
    CreditNote,
    Dispute,
    DisputeParty,
    DisputeRuling,
    MarketplaceEvent,
    Payout,
    Placement,
    Recruiter,
    User,
)
from portal.runtime.clock import simulated
from portal.services.candidates import ownership
from portal.services.disputes import appeals, cases, outcomes, rulings
from portal.services.disputes.cases import CaseInput
from portal.services.disputes.outcomes import Credit, Outcome
from portal.services.disputes.rulings import RulingInput
from tests import hires
from tests.cast import DAY, Cast, Person
from tests.marketplace import claimed
from tests.money import invoice_of, left, paid, started

SAID = "The sum is not the one that we had agreed on."


@pytest.fixture(autouse=True)
def _on_the_day(context: None) -> Iterator[None]:
    """Let all of it happen on a Tuesday."""
    with simulated(DAY):
        yield


def reviewed(cast: Cast, who: Person, subject: str, subject_id: uuid.UUID, reason: str, *others: Person) -> uuid.UUID:
    typed = CaseInput(subject=subject, subject_id=subject_id, reason=reason, statement=SAID, asks="What is right.")
    dispute_id = cases.open_case(actor=cast.actor(who), input=typed)
    for person in others:
        cases.answer(dispute_id, actor=cast.actor(person), statement=SAID)
    return dispute_id


def of_omar() -> uuid.UUID:
    with Session(db.engine) as session:
        return session.scalars(select(Payout.id).where(Payout.role == "closer")).one()


def ruling(effect: str, percent_bp: int = 0, lines: tuple[Agreed, ...] = ()) -> RulingInput:
    return RulingInput(effect=effect, reason="So the terms say.", percent_bp=percent_bp, lines=lines)


def shown(cast: Cast, dispute_id: uuid.UUID, *inputs: RulingInput) -> tuple[Outcome, ...]:
    return outcomes.outcomes(dispute_id, actor=cast.actor(cast.pia), inputs=inputs)


def told(outcome: Outcome) -> dict[str, int]:
    return {change.name: change.amount_minor for change in outcome.changes}


def has() -> Counter[str]:
    """Read from the books what everybody has, the company what it was credited with its tax."""
    left_ = func.sum(Payout.original_minor - Payout.taken_minor - Payout.returned_minor)
    shares = select(func.coalesce(User.name, "The platform"), left_).select_from(Payout)
    shares = shares.outerjoin(Recruiter, Recruiter.id == Payout.recruiter_id)
    shares = shares.outerjoin(User, User.id == Recruiter.user_id).group_by(User.name)
    credited = select(func.coalesce(func.sum(CreditNote.fee_minor + CreditNote.tax_minor), 0))
    taxed = select(func.coalesce(func.sum(CreditNote.tax_minor), 0))
    with Session(db.engine) as session:
        found = Counter({name: int(amount) for name, amount in session.execute(shares)})
        found["Acme"] = int(session.scalars(credited).one())
        found["Tax authority"] = -int(session.scalars(taxed).one())
        return found


def moved(cast: Cast, dispute_id: uuid.UUID, input: RulingInput) -> dict[str, int]:
    """Rule, let all accept it, and return who has how much more or less then."""
    before = has()
    rulings.rule(dispute_id, actor=cast.actor(cast.pia), input=input)
    with Session(db.engine) as session:
        parties = session.scalars(select(DisputeParty.recruiter_id).where(DisputeParty.dispute_id == dispute_id)).all()
    everybody = {cast.rita.recruiter_id: cast.rita, cast.omar.recruiter_id: cast.omar, None: cast.carl}
    for recruiter_id in parties:
        appeals.waive(dispute_id, actor=cast.actor(everybody[recruiter_id]))
    after = has()
    return {name: after[name] - before[name] for name in {*before, *after} if after[name] != before[name]}


def written() -> tuple[int, ...]:
    """Count what a ruling leaves behind."""
    with Session(db.engine) as session:
        counts = [session.scalar(select(func.count()).select_from(m)) for m in (MarketplaceEvent, DisputeRuling)]
        return (*map(int, counts), *session.scalars(select(Dispute.version)))


def test_what_is_shown_of_a_payout_and_an_invoice_is_what_the_ruling_books(cast: Cast) -> None:
    placement_id = started(cast, payout_schedule="when_paid", tax_bp=1_900)
    paid(cast, placement_id)
    on_payout = reviewed(cast, cast.omar, "payout", of_omar(), "wrong_amount", cast.carl)
    before = written()
    released, unsaid, credited = shown(cast, on_payout, ruling("release"), ruling("credit"), ruling("credit", 2_500))
    assert written() == before
    assert (told(released), released.refusal) == ({}, "")
    assert (told(unsaid), unsaid.refusal) == ({}, "Enter a percentage, for example 25.")
    assert told(credited) == {"Acme": 148_750, "Omar": -125_000, "Tax authority": -23_750}
    assert moved(cast, on_payout, ruling("credit", 2_500)) == told(credited)
    on_invoice = reviewed(cast, cast.carl, "invoice", invoice_of(placement_id).id, "not_owed", cast.rita, cast.omar)
    cancelled = shown(cast, on_invoice, ruling("cancel"))[0]
    assert sum(told(cancelled).values()) == 0
    assert moved(cast, on_invoice, ruling("cancel")) == told(cancelled)


def test_what_is_shown_of_a_split_and_of_the_credit_is_what_the_ruling_books(cast: Cast) -> None:
    placement_id = started(cast)
    rita, omar = hires.recruiter(cast.rita), hires.recruiter(cast.omar)
    lines = (Agreed(rita, "sourcer", 3_000), Agreed(rita, "submitter", 3_000), Agreed(omar, "closer", 4_000))
    on_split = reviewed(cast, cast.omar, "placement", placement_id, "share_too_low", cast.rita)
    kept, amended = shown(cast, on_split, ruling("keep"), ruling("amend", lines=lines))
    assert (told(kept), told(amended)) == ({}, {"Omar": 250_000, "Rita": -250_000})
    rulings.rule(on_split, actor=cast.actor(cast.pia), input=ruling("amend", lines=lines))
    appeals.appeal(on_split, actor=cast.actor(cast.rita), statement=SAID)
    amended_, undone = shown(cast, on_split, ruling("amend", lines=lines), ruling("keep"))
    assert (told(amended_), told(undone)) == ({}, {"Omar": -250_000, "Rita": 250_000})
    before = has()
    rulings.rule(on_split, actor=cast.actor(cast.pia), input=ruling("keep"))
    assert has()["Rita"] - before["Rita"] == 250_000
    with Session(db.engine) as session:
        candidate_id = session.scalars(select(Placement.candidate_id)).one()
    with pytest.raises(Conflict):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="linkedin")
    on_credit = reviewed(cast, cast.omar, "candidate", candidate_id, "contacted_first", cast.rita)
    transferred, shared = shown(cast, on_credit, ruling("transfer"), ruling("share", 2_500))
    assert transferred.credit == Credit("Omar", "", 0)
    assert (told(shared), shared.credit) == ({}, Credit("Rita", "Omar", 2_500))
    assert moved(cast, on_credit, ruling("transfer")) == told(transferred) == {"Omar": 1_000_000, "Rita": -1_000_000}


def test_what_is_shown_of_a_guarantee_is_what_the_ruling_books(cast: Cast) -> None:
    placement_id = started(cast, remedy="replacement_first", void_reasons=("candidate_quit",))
    left(cast, placement_id, 40)
    with simulated(DAY + timedelta(days=41)):
        dispute_id = reviewed(cast, cast.carl, "guarantee", placement_id, "wrong_reason", cast.rita, cast.omar)
        remedy, void, refund = shown(cast, dispute_id, ruling("remedy"), ruling("void"), ruling("refund", 5_000))
        assert (told(remedy), remedy.owed_until is not None) == ({}, True)
        assert void.refusal.startswith("No replacement is owed")
        assert told(refund)["Acme"] == 1_250_000
        assert moved(cast, dispute_id, ruling("refund", 5_000)) == told(refund)


def test_what_is_shown_of_a_hire_without_books_is_what_its_sheet_promised(cast: Cast) -> None:
    placement_id = hires.hired(cast)
    with Session(db.engine) as session:
        proposal_id = session.get_one(Placement, placement_id).proposal_id
    dispute_id = reviewed(cast, cast.carl, "proposal", proposal_id, "known_before", cast.rita)
    refused, void = shown(cast, dispute_id, ruling("refuse"), ruling("void"))
    assert told(refused) == {}
    promised = sum(amount for _, _, _, amount in hires.team(placement_id))
    assert told(void)["Rita"] == -promised
    assert sum(told(void).values()) == 0


def test_who_may_not_rule_is_shown_why_and_no_party_is_shown_anything(cast: Cast) -> None:
    claim = claimed(cast)
    with pytest.raises(Conflict):
        ownership.claim(claim, actor=cast.actor(cast.omar), source_method="linkedin")
    dispute_id = reviewed(cast, cast.omar, "candidate", claim, "contacted_first")
    (early,) = shown(cast, dispute_id, ruling("keep"))
    assert "open" in early.refusal
    with pytest.raises(NotPermitted):
        outcomes.outcomes(dispute_id, actor=cast.actor(cast.rita), inputs=[ruling("keep")])
