"""Disputes about payouts and invoices: what waits and what goes on, and what the ruling does to the money."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.billing.refunds import Ending, Payments
from portal.domain.errors import Conflict, NotFound, NotPermitted
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import CreditNote, DisputeFreeze, DisputeRuling, Fee, Payout, PayoutRunItem
from portal.queries import work_queue
from portal.queries.billing import failures
from portal.queries.disputes import disputes
from portal.runtime.clock import simulated
from portal.services.billing import accounts as fees
from portal.services.billing import receipts, runs
from portal.services.disputes import appeals, attachments, cases, clocks, rulings
from portal.services.disputes.cases import CaseInput
from portal.services.disputes.rulings import RulingInput
from portal.services.identity import accounts
from portal.services.placements import corrections, placements
from portal.services.placements.corrections import Right
from tests import hires
from tests.accounts import written
from tests.cases import also_admin
from tests.cast import DAY, Cast, Person
from tests.marketplace import later
from tests.money import invoice_of, paid, started

SAID = "The sum is not the one that we had agreed on."


@pytest.fixture(autouse=True)
def _on_the_day(context: None) -> Iterator[None]:
    """Let all of it happen on a Tuesday."""
    with simulated(DAY):
        yield


def of_omar(cast: Cast) -> uuid.UUID:
    """Return the payout of omar as the closer: 20 % of $25,000."""
    with Session(db.engine) as session:
        who = hires.recruiter(cast.omar)
        query = select(Payout.id).where(Payout.recruiter_id == who, Payout.role == "closer")
        return session.scalars(query).one()


def opened(cast: Cast, who: Person, subject: str, subject_id: uuid.UUID) -> uuid.UUID:
    typed = CaseInput(
        subject=subject, subject_id=subject_id, reason="wrong_amount", statement=SAID, asks="The right sum."
    )
    return cases.open_case(actor=cast.actor(who), input=typed)


def ruled(cast: Cast, dispute_id: uuid.UUID, effect: str, *others: Person, percent_bp: int = 0) -> None:
    """Rule after the others were heard."""
    for person in others:
        cases.answer(dispute_id, actor=cast.actor(person), statement=SAID)
    typed = RulingInput(effect=effect, reason="So the terms say.", percent_bp=percent_bp)
    rulings.rule(dispute_id, actor=cast.actor(cast.pia), input=typed)


def accepted(cast: Cast, dispute_id: uuid.UUID, *parties: Person) -> None:
    for person in parties:
        appeals.waive(dispute_id, actor=cast.actor(person))


def payout(payout_id: uuid.UUID) -> tuple[str, int, bool]:
    with Session(db.engine) as session:
        row = session.get_one(Payout, payout_id)
        return row.state, row.original_minor - row.taken_minor, row.is_frozen


def collected(cast: Cast) -> set[uuid.UUID]:
    """Collect what is due, and return the payouts that are in the run."""
    run_id = runs.collect(actor=cast.actor(cast.pia), currency="USD")
    with Session(db.engine) as session:
        return set(session.scalars(select(PayoutRunItem.payout_id).where(PayoutRunItem.run_id == run_id)))


def credited() -> list[int]:
    with Session(db.engine) as session:
        return list(session.scalars(select(CreditNote.fee_minor)))


def rulings_handled() -> list[bool]:
    with Session(db.engine) as session:
        return list(session.scalars(select(DisputeRuling.handled).order_by(DisputeRuling.at)))


def test_a_disputed_payout_waits_while_the_others_are_paid(cast: Cast) -> None:
    paid(cast, started(cast, payout_schedule="when_paid"))
    own = of_omar(cast)
    dispute_id = opened(cast, cast.omar, "payout", own)
    with Session(db.engine) as session:
        assert session.scalars(select(DisputeFreeze.amount_minor)).one() == 500_000
    in_run = collected(cast)
    assert (own in in_run, len(in_run)) == (False, 3)
    cases.withdraw(dispute_id, actor=cast.actor(cast.omar))
    assert collected(cast) == {own}


def test_only_the_sides_of_a_case_are_asked_for_a_statement_in_their_queues(cast: Cast) -> None:
    paid(cast, started(cast, payout_schedule="when_paid"))
    dispute_id = opened(cast, cast.omar, "payout", of_omar(cast))
    asked = {
        person.name: [item.key for _, items in work_queue.queue(cast.actor(person)).groups for item in items]
        for person in (cast.carl, cast.zoe, cast.rita, cast.omar)
    }
    assert [name for name, keys in asked.items() if f"statement/{dispute_id}" in keys] == [cast.carl.name]


def test_a_payout_that_is_not_due_yet_does_not_become_due_under_a_case(cast: Cast) -> None:
    placement_id = started(cast, payout_schedule="when_paid")
    own = of_omar(cast)
    dispute_id = opened(cast, cast.omar, "payout", own)
    paid(cast, placement_id)
    assert payout(own) == ("held", 500_000, True)
    ruled(cast, dispute_id, "release", cast.carl)
    assert payout(own) == ("held", 500_000, True)
    accepted(cast, dispute_id, cast.omar, cast.carl)
    assert payout(own) == ("due", 500_000, False)


def test_a_cancelled_payout_is_credited_to_the_company_and_nobody_else_bears_it(cast: Cast) -> None:
    started(cast)
    own = of_omar(cast)
    dispute_id = opened(cast, cast.omar, "payout", own)
    ruled(cast, dispute_id, "cancel", cast.carl)
    assert credited() == []
    accepted(cast, dispute_id, cast.omar, cast.carl)
    assert (payout(own), credited()) == (("cancelled", 0, False), [500_000])
    with pytest.raises(Conflict, match="Nothing is left of this payout"):
        opened(cast, cast.omar, "payout", own)


def test_a_payout_that_a_ruling_cancels_is_never_told_as_due(cast: Cast) -> None:
    placement_id = started(cast, payout_schedule="when_paid")
    payout_id = of_omar(cast)
    dispute_id = opened(cast, cast.omar, "payout", payout_id)
    paid(cast, placement_id)
    ruled(cast, dispute_id, "cancel", cast.carl)
    accepted(cast, dispute_id, cast.omar, cast.carl)
    assert payout(payout_id) == ("cancelled", 0, False)
    assert str(payout_id) not in {event["payout_id"] for event in written("payout.due")}
    assert [event["left_minor"] for event in written("payout.cancelled")] == [0]


def test_a_percentage_of_a_payout_goes_back_when_the_time_for_an_appeal_is_over(cast: Cast) -> None:
    started(cast)
    own = of_omar(cast)
    ruled(cast, opened(cast, cast.omar, "payout", own), "credit", cast.carl, percent_bp=2_500)
    with simulated(later(days=31)):
        clocks.run(actor=system_actor(later(days=31)))
    assert (payout(own), credited()) == (("held", 375_000, False), [125_000])


@pytest.mark.parametrize(
    ("first", "second", "becomes"),
    [
        ("cancel", "release", (("held", 500_000, False), [])),
        ("release", "cancel", (("cancelled", 0, False), [500_000])),
    ],
)
def test_the_ruling_on_an_appeal_moves_the_money_and_not_the_one_appealed_against(
    cast: Cast, first: str, second: str, becomes: tuple[object, object]
) -> None:
    started(cast)
    own = of_omar(cast)
    dispute_id = opened(cast, cast.omar, "payout", own)
    ruled(cast, dispute_id, first, cast.carl)
    appeals.appeal(dispute_id, actor=cast.actor(cast.omar), statement=SAID)
    ruled(cast, dispute_id, second)
    assert (payout(own), credited()) == becomes


def test_only_who_is_paid_disputes_a_payout_and_only_the_company_its_invoice(cast: Cast) -> None:
    invoice = invoice_of(started(cast))
    for person, subject, subject_id in (
        (cast.rita, "payout", of_omar(cast)),
        (cast.zoe, "invoice", invoice.id),
        (cast.omar, "payout", uuid.uuid4()),
        (cast.carl, "invoice", uuid.uuid4()),
    ):
        with pytest.raises(NotFound):
            opened(cast, person, subject, subject_id)


def test_the_company_disputes_a_payout_and_one_case_is_open_about_it(cast: Cast) -> None:
    started(cast)
    own = of_omar(cast)
    dispute_id = opened(cast, cast.carl, "payout", own)
    with pytest.raises(Conflict, match="already open"):
        opened(cast, cast.omar, "payout", own)
    for stranger in (cast.zoe, cast.hana):
        with pytest.raises((NotFound, NotPermitted)):
            opened(cast, stranger, "payout", own)
    ruled(cast, dispute_id, "credit", cast.omar, percent_bp=5_000)
    accepted(cast, dispute_id, cast.carl, cast.omar)
    assert (payout(own), credited()) == (("held", 250_000, False), [250_000])


def test_an_invoice_under_a_case_freezes_the_fee_and_can_be_credited_in_part(cast: Cast) -> None:
    placement_id = started(cast)
    dispute_id = opened(cast, cast.carl, "invoice", invoice_of(placement_id).id)
    with Session(db.engine) as session:
        assert session.get_one(Fee, placement_id).is_frozen
    ruled(cast, dispute_id, "credit", cast.rita, cast.omar, percent_bp=1_000)
    accepted(cast, dispute_id, cast.carl, cast.rita, cast.omar)
    assert (credited(), payout(of_omar(cast))) == ([250_000], ("held", 450_000, False))


def test_while_a_fee_is_disputed_not_even_the_start_is_corrected(cast: Cast) -> None:
    placement_id = started(cast)
    opened(cast, cast.carl, "invoice", invoice_of(placement_id).id)
    with pytest.raises(Conflict, match="in dispute"):
        corrections.correct(
            placement_id, actor=cast.actor(cast.pia), right=Right(start_date=hires.day(-3)), reason="A wrong day"
        )


def test_a_case_about_an_invoice_stops_the_days_after_which_it_would_void_the_guarantee(cast: Cast) -> None:
    placement_id = started(cast, payment_days=14, void_unpaid_days=5, remedy="pro_rata")
    with simulated(later(days=16)):  # two days after it was due
        dispute_id = opened(cast, cast.carl, "invoice", invoice_of(placement_id).id)
    with simulated(later(days=30)):
        assert payments_of(placement_id).counted_until(5) is None
        typed = failures.typed(placement_id, viewer=cast.actor(cast.carl), last_day=None, reason="candidate_quit")
        assert typed is not None
        assert typed.consequence.decided.ending == Ending.REMEDY
        cases.withdraw(dispute_id, actor=cast.actor(cast.carl))
    with simulated(later(days=40)):
        assert payments_of(placement_id).counted_until(5) == later(days=14 + 5 + 14).date()
        decided = placements.fail(placement_id, actor=cast.actor(cast.carl), reason="candidate_quit")
    assert decided is not None
    with Session(db.engine) as session:
        assert session.get_one(Fee, placement_id).refunded_minor == 0  # void: unpaid on the day after that


def payments_of(placement_id: uuid.UUID) -> Payments:
    """Return what the void conditions look at."""
    with Session(db.engine) as session:
        (account,) = fees.read(session, [session.get_one(Fee, placement_id)])
    assert account.standing.payments is not None
    return account.standing.payments


def test_a_cancelled_invoice_is_credited_whole_and_once(cast: Cast) -> None:
    invoice = invoice_of(started(cast))
    dispute_id = opened(cast, cast.carl, "invoice", invoice.id)
    ruled(cast, dispute_id, "cancel", cast.rita, cast.omar)
    accepted(cast, dispute_id, cast.carl, cast.rita, cast.omar)
    assert credited() == [2_500_000]
    typed = CaseInput(subject="invoice", subject_id=invoice.id, reason="not_owed", statement=SAID, asks="All of it.")
    again = cases.open_case(actor=cast.actor(cast.carl), input=typed)
    with pytest.raises(Conflict, match="left to credit"):
        ruled(cast, again, "cancel", cast.rita, cast.omar)


def test_an_invoice_that_another_one_replaced_is_not_disputed_any_more(cast: Cast) -> None:
    placement_id = started(cast)
    first = invoice_of(placement_id)
    right = corrections.Right(salary_minor=13_000_000)
    corrections.correct(placement_id, actor=cast.actor(cast.pia), right=right, reason="The contract says so.")
    with pytest.raises(Conflict, match="replaced by another"):
        opened(cast, cast.carl, "invoice", first.id)


def test_who_handled_the_money_rules_on_it_only_when_nobody_else_can_and_the_ruling_says_so(cast: Cast) -> None:
    paid(cast, placement_id := started(cast))
    first = opened(cast, cast.omar, "payout", of_omar(cast))
    cases.answer(first, actor=cast.actor(cast.carl), statement=SAID)
    pia = cast.client(cast.pia)
    assert "no other admin can decide instead" in pia.get(f"/disputes/{first}").text
    ruled(cast, first, "release")
    assert "The admin had handled this money" in cast.client(cast.omar).get(f"/disputes/{first}").text
    second = opened(cast, cast.carl, "invoice", invoice_of(placement_id).id)
    for person in (cast.omar, cast.rita):
        cases.answer(second, actor=cast.actor(person), statement=SAID)
    another = {"email": "second@demo.test", "role": "platform_admin", "name": "Paul"}
    accounts.add_member(actor=cast.actor(cast.pia), organisation_id=PLATFORM_ORGANISATION_ID, **another)
    page = pia.get(f"/disputes/{second}").text
    assert ("You handled this money, so another" in page, "Record ruling" in page) == (True, False)
    with pytest.raises(NotPermitted, match="You handled this money"):
        ruled(cast, second, "release")
    assert rulings_handled() == [True]


def test_who_handled_the_money_rules_where_the_other_admins_are_involved_or_handled_it_too(cast: Cast) -> None:
    also_admin(cast.omar)
    (paul,) = hires.recruiters(cast, 1)
    row = invoice_of(started(cast, payout_schedule="when_paid"))
    came = {"amount_minor": row.total_minor, "received_on": DAY.date(), "reference": "wire"}
    receipts.record(row.id, actor=also_admin(paul), **came)
    collected(cast)
    dispute_id = opened(cast, cast.omar, "payout", of_omar(cast))
    ruled(cast, dispute_id, "release", cast.carl)
    assert rulings_handled() == [True]


def test_who_is_a_party_or_works_for_one_reads_so_in_place_of_the_form(cast: Cast) -> None:
    paid(cast, started(cast))
    dispute_id = opened(cast, cast.omar, "payout", of_omar(cast))
    cases.answer(dispute_id, actor=cast.actor(cast.carl), statement=SAID)
    cases.note(dispute_id, actor=cast.actor(cast.pia), text="Ask both by phone.")
    assert len(disputes.notes(dispute_id, viewer=cast.actor(cast.pia))) == 1
    for person, reads in ((cast.omar, "a party to this dispute"), (cast.hana, "a role at a company in this dispute")):
        admin = also_admin(person)
        case = disputes.detail(dispute_id, viewer=admin)
        assert (reads in case.hindrance, {"rule", "note"} & case.allowed_actions) == (True, set())
        assert disputes.notes(dispute_id, viewer=admin) == ()
        typed = RulingInput(effect="release", reason="So the terms say.")
        for refused in (
            partial(rulings.rule, dispute_id, actor=admin, input=typed),
            partial(cases.note, dispute_id, actor=admin, text="Ours."),
            partial(attachments.ask, dispute_id, actor=admin),
        ):
            with pytest.raises(NotPermitted, match=reads):
                refused()
    ruled(cast, dispute_id, "release")
    assert "a role at a company" in disputes.detail(dispute_id, viewer=admin).hindrance
