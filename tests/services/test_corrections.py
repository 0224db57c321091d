"""Corrections of a hire, and undoing what was recorded by mistake (money.md §9, domain.md §4)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, StaleVersion, WrongState
from portal.extensions import db
from portal.models import CreditNote, Invoice, PlacementStateChange, Refund, SplitSheet
from portal.queries.placements import placements as queries
from portal.runtime.clock import simulated
from portal.services.billing import awards, invoices, lifecycle, payments, receipts, runs, verification
from portal.services.machinery.unit_of_work import unit_of_work
from portal.services.placements import amendments, corrections, guarantees, placements, replacements, undoing
from portal.services.placements.consent import Proposed
from portal.services.placements.corrections import Right
from tests import hires, money
from tests.cast import DAY, Cast, Person
from tests.hires import TODAY, day, hired, share
from tests.tables import rows

WHY = "The contract says another salary"
MISTAKE = "Recorded for the wrong person"


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def correct(cast: Cast, placement_id: uuid.UUID, who: Person | None = None, **right: Any) -> Proposed:
    said = {name: right.pop(name) for name in ("version", "accept_ended", "reason") if name in right}
    actor = cast.actor(who or cast.carl)
    return corrections.correct(placement_id, actor=actor, right=Right(**right), **{"reason": WHY, **said})


def agree(cast: Cast, proposed: Proposed, *people: Person) -> str:
    return [amendments.answer(proposed.id, actor=cast.actor(who), agreed=True) for who in people][-1]


def amounts(placement_id: uuid.UUID) -> list[int]:
    return [amount for *_, amount in hires.team(placement_id)]


def books_agree() -> bool:
    return verification.verify().ok


# --- before activation ------------------------------------------------------------------------------------------------


def test_a_company_corrects_the_salary_of_a_hire_and_the_sheet_follows(cast: Cast) -> None:
    placement_id = hired(cast)
    done = correct(cast, placement_id, salary_minor=13_000_000)
    row = hires.placement(placement_id)
    assert (done.state, row.salary_minor, row.fee_minor) == ("in_force", 13_000_000, 2_600_000)
    assert amounts(placement_id) == [1_040_000, 780_000]


def test_a_correction_is_a_version_of_the_sheet_and_an_event_with_both_figures(cast: Cast) -> None:
    placement_id = hired(cast)
    correct(cast, placement_id, salary_minor=13_000_000)
    [(_, told)] = hires.events(placement_id, "placement.corrected")
    assert (told["fee_before_minor"], told["fee_minor"], told["reason"]) == (2_500_000, 2_600_000, WHY)
    with Session(db.engine) as session:
        causes = session.scalars(select(SplitSheet.cause).where(SplitSheet.placement_id == placement_id)).all()
    assert sorted(causes) == ["corrected", "hire"]


def test_a_start_date_is_corrected_before_activation(cast: Cast) -> None:
    placement_id = hired(cast)
    correct(cast, placement_id, start_date=day(20))
    assert hires.placement(placement_id).start_date == day(20)


def test_another_percentage_waits_for_the_submitter(cast: Cast) -> None:
    placement_id = hired(cast)
    proposed = correct(cast, placement_id, fee_bp=1_800)
    assert (proposed.state, hires.placement(placement_id).fee_minor) == ("proposed", 2_500_000)
    assert agree(cast, proposed, cast.rita) == "in_force"
    row = hires.placement(placement_id)
    assert (row.fee_bp, row.fee_minor, row.terms["fee_bp"]) == (1_800, 2_250_000, 1_800)


def test_a_flat_fee_in_place_of_a_percentage_waits_for_the_submitter(cast: Cast) -> None:
    placement_id = hired(cast)
    agree(cast, correct(cast, placement_id, flat_fee_minor=2_000_000), cast.rita)
    row = hires.placement(placement_id)
    assert (row.fee_bp, row.fee_minor, row.terms["flat_fee_minor"]) == (None, 2_000_000, 2_000_000)


def test_a_refused_correction_changes_nothing(cast: Cast) -> None:
    placement_id = hired(cast)
    proposed = correct(cast, placement_id, fee_bp=1_800)
    assert amendments.answer(proposed.id, actor=cast.actor(cast.rita), agreed=False) == "refused"
    assert hires.placement(placement_id).fee_minor == 2_500_000


def test_a_platform_admin_rules_without_asking(cast: Cast) -> None:
    placement_id = hired(cast)
    assert correct(cast, placement_id, cast.pia, fee_bp=1_800).state == "in_force"
    assert hires.placement(placement_id).fee_minor == 2_250_000


def test_a_correction_that_needs_nobody_does_not_wait_for_one_that_does(cast: Cast) -> None:
    placement_id = hired(cast)
    waiting = correct(cast, placement_id, fee_bp=1_800)
    assert correct(cast, placement_id, salary_minor=13_000_000).state == "in_force"
    with pytest.raises(Conflict, match="withdrawn"):
        agree(cast, waiting, cast.rita)


def test_a_platform_admin_puts_a_waiting_correction_in_force(cast: Cast) -> None:
    placement_id = hired(cast)
    proposed = correct(cast, placement_id, fee_bp=1_800)
    amendments.force(proposed.id, actor=cast.actor(cast.pia), reason="The contract shows it")
    [(_, told)] = hires.events(placement_id, "placement.corrected")
    assert (told["forced"], hires.placement(placement_id).fee_bp) == (True, 1_800)


@pytest.mark.parametrize(
    ("right", "error"),
    [
        ({}, InvalidInput),
        ({"salary_minor": hires.SALARY}, InvalidInput),
        ({"salary_minor": 0}, InvalidInput),
        ({"guaranteed_bonus_minor": 5}, InvalidInput),
        ({"fee_bp": 20_000}, InvalidInput),
        ({"start_date": day(900)}, InvalidInput),
        ({"salary_minor": 13_000_000, "reason": " "}, InvalidInput),
        ({"salary_minor": 13_000_000, "version": 99}, StaleVersion),
    ],
)
def test_a_correction_that_cannot_be_meant_is_refused(
    cast: Cast, right: dict[str, Any], error: type[Exception]
) -> None:
    placement_id = hired(cast)
    with pytest.raises(error):
        correct(cast, placement_id, **right)


@pytest.mark.parametrize(
    ("who", "error"), [("zoe", NotFound), ("omar", NotFound), ("rita", NotPermitted), ("hana", NotPermitted)]
)
def test_others_correct_no_hire(cast: Cast, who: str, error: type[Exception]) -> None:
    placement_id = hired(cast)
    with pytest.raises(error):
        correct(cast, placement_id, getattr(cast, who), salary_minor=13_000_000)


def test_a_failed_placement_is_not_corrected(cast: Cast) -> None:
    placement_id = hires.failed(cast)
    with pytest.raises(Conflict) as refused:
        correct(cast, placement_id, salary_minor=13_000_000)
    assert refused.value.code == "NOT_CORRECTABLE"


# --- after activation -------------------------------------------------------------------------------------------------


def test_after_activation_the_whole_team_has_to_agree(cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "closer", 3_000)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=TODAY)
    proposed = correct(cast, placement_id, salary_minor=13_000_000)
    assert agree(cast, proposed, cast.rita) == "proposed"
    assert hires.placement(placement_id).fee_minor == 2_500_000
    assert agree(cast, proposed, cast.omar) == "in_force"
    assert amounts(placement_id) == [1_040_000, 780_000, 780_000]


def test_a_salary_under_a_flat_fee_concerns_nobody_and_is_corrected_at_once(cast: Cast) -> None:
    placement_id = money.started(cast, flat_fee_minor=2_000_000)
    assert correct(cast, placement_id, salary_minor=13_000_000).state == "in_force"
    assert hires.placement(placement_id).fee_minor == 2_000_000


def test_a_corrected_start_moves_the_end_of_the_guarantee(cast: Cast) -> None:
    placement_id = hires.active(cast)
    agree(cast, correct(cast, placement_id, start_date=day(-10)), cast.rita)
    row = hires.placement(placement_id)
    assert (row.start_date, row.guarantee_end_date) == (day(-10), day(80))


def test_a_start_that_ends_the_guarantee_at_once_is_asked_for_twice(cast: Cast) -> None:
    placement_id = hires.active(cast)
    with pytest.raises(Conflict) as refused:
        correct(cast, placement_id, start_date=day(-200), accept_ended=False)
    assert refused.value.code == "GUARANTEE_ENDED"
    assert correct(cast, placement_id, start_date=day(-200)).state == "proposed"


def test_a_completed_placement_keeps_its_start_but_not_a_wrong_fee(cast: Cast) -> None:
    placement_id = hires.active(cast, days=0)
    placements.complete(placement_id, actor=cast.actor(cast.carl))
    with pytest.raises(InvalidInput):
        correct(cast, placement_id, start_date=day(-1))
    assert correct(cast, placement_id, cast.pia, salary_minor=13_000_000).state == "in_force"


def test_a_start_that_waited_while_the_placement_was_completed_is_refused_like_one_typed_now(cast: Cast) -> None:
    placement_id = hires.active(cast, days=0)
    proposed = correct(cast, placement_id, start_date=day(-1))
    placements.complete(placement_id, actor=cast.actor(cast.carl))
    for act in (
        lambda: agree(cast, proposed, cast.rita),
        lambda: amendments.force(proposed.id, actor=cast.actor(cast.pia), reason="The contract shows it"),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "GUARANTEE_ENDED"
    assert hires.placement(placement_id).start_date == TODAY
    assert amendments.answer(proposed.id, actor=cast.actor(cast.rita), agreed=False) == "refused"


@pytest.mark.parametrize(("start", "came"), [(-89, "refused"), (-88, "in force"), (-200, "in force")])
def test_approvals_that_come_when_the_guarantee_is_over_end_it_only_if_that_was_asked(
    cast: Cast, start: int, came: str
) -> None:
    placement_id = hires.active(cast)  # for 90 days, and 5 to report a departure
    proposed = correct(cast, placement_id, start_date=day(start))
    with simulated(DAY + timedelta(days=7)):
        if came == "refused":
            with pytest.raises(Conflict) as refused:
                agree(cast, proposed, cast.rita)
            assert (refused.value.code, hires.placement(placement_id).start_date) == ("GUARANTEE_ENDED", TODAY)
        else:
            assert agree(cast, proposed, cast.rita) == "in_force"


def _completed_under_a_wrong_year(cast: Cast, **terms: Any) -> uuid.UUID:
    """Return a placement that the clock completed within the day, because its start was typed a year too early."""
    placement_id = money.started(cast, **terms)
    money.paid(cast, placement_id)
    correct(cast, placement_id, cast.pia, start_date=day(-300))
    assert guarantees.complete_due(actor=cast.actor(cast.pia)) == 1
    return placement_id


def test_a_placement_that_a_wrong_year_completed_goes_on_with_the_right_one(cast: Cast) -> None:
    placement_id = _completed_under_a_wrong_year(cast)
    assert {state for *_, state in money.payouts(placement_id)} == {"due"}
    proposed = correct(cast, placement_id, start_date=day(-2))
    assert (proposed.state, agree(cast, proposed, cast.rita, cast.omar)) == ("proposed", "in_force")
    row = hires.placement(placement_id)
    assert (row.state, row.completed_at, row.guarantee_end_date) == ("active", None, day(88))
    assert {state for *_, state in money.payouts(placement_id)} == {"held"}
    assert (money.balance("payable"), money.balance("held"), books_agree()) == (0, 2_500_000, True)
    steps = rows(PlacementStateChange)
    assert [step.to_state for step in steps if step.placement_id == placement_id][-2:] == ["completed", "active"]
    money.left(cast, placement_id, 10)
    assert hires.placement(placement_id).replacement_eligible


def test_what_was_paid_out_before_the_year_was_put_right_stays_paid_and_is_owed_when_it_fails(cast: Cast) -> None:
    placement_id = _completed_under_a_wrong_year(cast, remedy="full_refund")
    _pay_out(cast)
    correct(cast, placement_id, cast.pia, start_date=day(-2))
    assert {state for *_, state in money.payouts(placement_id)} == {"paid"}
    money.left(cast, placement_id, 10)
    assert (money.balance("clawback"), books_agree()) == (2_500_000, True)


def test_a_run_with_what_is_held_again_is_not_paid_until_it_is_cancelled(cast: Cast) -> None:
    placement_id, pia = _completed_under_a_wrong_year(cast), cast.actor(cast.pia)
    run_id = runs.collect(actor=pia, currency="USD")
    runs.approve(run_id, actor=pia)
    correct(cast, placement_id, cast.pia, start_date=day(-2))
    with pytest.raises(Conflict):
        payments.pay(run_id, actor=pia, reference="run")
    runs.cancel(run_id, actor=pia)
    assert {state for *_, state in money.payouts(placement_id)} == {"held"}
    assert books_agree()


def test_an_instalment_that_has_come_under_the_right_start_stays_due(cast: Cast) -> None:
    halves = [(5_000, 0), (5_000, 60)]
    placement_id = _completed_under_a_wrong_year(cast, payout_schedule="instalments", instalments=halves)
    correct(cast, placement_id, cast.pia, start_date=day(-30))
    assert sorted(state for *_, state in money.payouts(placement_id)) == ["due"] * 4 + ["held"] * 4
    assert books_agree()


def test_a_placement_does_not_go_on_beside_another_of_the_candidate(cast: Cast) -> None:
    placement_id = _completed_under_a_wrong_year(cast)
    other = hires.accepted(cast, job_id=money.job_on(cast), candidate_id=hires.placement(placement_id).candidate_id)
    placements.hire(other, actor=cast.actor(cast.carl), salary_minor=hires.SALARY)
    with pytest.raises(Conflict) as refused:
        correct(cast, placement_id, cast.pia, start_date=day(-2))
    assert (refused.value.code, hires.placement(placement_id).state) == ("CANDIDATE_PLACED", "completed")


def test_before_the_invoice_the_payouts_are_those_of_the_corrected_fee(cast: Cast) -> None:
    placement_id = money.begun(cast, money.job_on(cast, platform_bp=500))
    correct(cast, placement_id, cast.pia, salary_minor=12_000_000)
    assert money.payouts(placement_id) == [
        (None, 120_000, "held"),
        ("sourcer", 912_000, "held"),
        ("submitter", 684_000, "held"),
        ("closer", 456_000, "held"),
        ("support", 228_000, "held"),
    ]
    assert rows(Invoice) == []


def test_a_start_in_the_past_issues_the_invoice(cast: Cast) -> None:
    money.ready(cast)
    placement_id = hired(cast)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=day(5))
    assert rows(Invoice) == []
    correct(cast, placement_id, cast.pia, start_date=day(-1))
    assert money.invoice_of(placement_id).total_minor == 2_500_000


# --- after the invoice ------------------------------------------------------------------------------------------------


def test_after_the_invoice_a_full_credit_note_and_a_new_invoice_take_its_place(cast: Cast) -> None:
    placement_id = money.started(cast, tax_bp=2_000)
    first = money.invoice_of(placement_id)
    correct(cast, placement_id, cast.pia, salary_minor=13_000_000)
    second = money.invoice_of(placement_id)
    assert (second.corrects_id, second.total_minor, second.due_on) == (first.id, 3_120_000, first.due_on)
    [note] = rows(CreditNote)
    assert (note.invoice_id, note.fee_minor, note.tax_minor) == (first.id, 2_500_000, 500_000)
    assert (money.balance("receivable", first.id), money.balance("receivable", second.id)) == (0, 3_120_000)
    assert (money.balance("held"), money.balance("tax"), books_agree()) == (2_600_000, 520_000, True)


def test_the_credited_invoice_takes_no_payment(cast: Cast) -> None:
    placement_id = money.started(cast)
    first = money.invoice_of(placement_id)
    correct(cast, placement_id, cast.pia, salary_minor=13_000_000)
    with pytest.raises(Conflict) as refused:
        receipts.record(first.id, actor=cast.actor(cast.pia), amount_minor=100, received_on=TODAY, reference="late")
    assert refused.value.code == "INVOICE_REPLACED"


def test_what_was_paid_counts_for_the_new_invoice_and_a_higher_fee_waits_for_the_rest(cast: Cast) -> None:
    placement_id = money.started(cast, payout_schedule="when_paid")
    money.paid(cast, placement_id)
    correct(cast, placement_id, cast.pia, salary_minor=13_000_000)
    assert money.balance("receivable") == 100_000
    assert {state for *_, state in money.payouts(placement_id)} == {"held"}
    money.paid(cast, placement_id, 100_000, reference="rest")
    assert {state for *_, state in money.payouts(placement_id)} == {"due"}
    assert (sum(amount for _, amount, _ in money.payouts(placement_id)), books_agree()) == (2_600_000, True)


def test_a_lower_fee_leaves_the_difference_to_the_company_as_credit(cast: Cast) -> None:
    placement_id = money.started(cast, payout_schedule="when_paid")
    money.paid(cast, placement_id)
    correct(cast, placement_id, cast.pia, salary_minor=12_000_000)
    assert (money.balance("receivable"), money.balance("refundable", cast.acme)) == (0, 100_000)
    [refund] = rows(Refund)
    assert (refund.cause, refund.owed_minor, refund.credited_minor) == ("correction", 100_000, 2_400_000)
    assert (money.balance("payable"), books_agree()) == (2_400_000, True)


def test_what_was_paid_out_too_much_is_owed_and_what_is_missing_is_a_new_payout(cast: Cast) -> None:
    placement_id = money.started(cast, payout_schedule="when_paid")
    money.paid(cast, placement_id)
    _pay_out(cast)
    correct(cast, placement_id, cast.pia, salary_minor=12_000_000)
    assert (money.balance("clawback"), money.balance("payable"), books_agree()) == (100_000, 0, True)
    correct(cast, placement_id, cast.pia, salary_minor=13_000_000)
    assert (money.balance("held"), books_agree()) == (200_000, True)
    assert sum(amount for _, amount, _ in money.payouts(placement_id)) == 2_600_000


def test_a_returned_receipt_opens_the_new_invoice_again(cast: Cast) -> None:
    placement_id = money.started(cast)
    receipt_id = money.paid(cast, placement_id)
    correct(cast, placement_id, cast.pia, salary_minor=12_000_000)
    receipts.reverse(receipt_id, actor=cast.actor(cast.pia), reason="Returned by the bank")
    assert (money.balance("receivable"), money.balance("cash"), books_agree()) == (2_400_000, 0, True)


def test_a_corrected_start_alone_keeps_the_invoice(cast: Cast) -> None:
    placement_id = money.started(cast)
    first = money.invoice_of(placement_id)
    correct(cast, placement_id, cast.pia, start_date=day(-3))
    assert (money.invoice_of(placement_id).id, len(rows(Invoice))) == (first.id, 1)


def test_a_due_date_that_has_passed_is_the_new_invoices_day(cast: Cast) -> None:
    placement_id = money.started(cast)
    with simulated(DAY + timedelta(days=40)):
        correct(cast, placement_id, cast.pia, salary_minor=13_000_000)
    assert money.invoice_of(placement_id).due_on == day(40)


def _replacement(cast: Cast, start: int) -> uuid.UUID:
    """Return the replacement of a placement that failed, activated with a start date and paid for already."""
    placement_id = money.started(cast)
    money.paid(cast, placement_id)
    money.left(cast, placement_id, 10)
    with simulated(DAY + timedelta(days=12)):
        other = hired(cast, job_id=hires.placement(placement_id).job_id, name="Noor Haddad")
        replacements.link(placement_id, actor=cast.actor(cast.carl), replacement_id=other)
        placements.activate(other, actor=cast.actor(cast.carl), start_date=day(start))
    return other


def test_a_fee_that_came_from_another_placement_is_not_corrected(cast: Cast) -> None:
    other = _replacement(cast, start=12)
    with simulated(DAY + timedelta(days=12)), pytest.raises(Conflict) as refused:
        correct(cast, other, salary_minor=13_000_000)
    assert refused.value.code == "FEE_SETTLED"


def test_the_start_of_a_replacement_is_corrected_and_its_payouts_wait_for_the_right_end(cast: Cast) -> None:
    other = _replacement(cast, start=12)
    with simulated(DAY + timedelta(days=12)):
        assert "correct" in queries.detail(other, viewer=cast.actor(cast.carl)).allowed_actions
        before, shares = money.balance("held"), hires.team(other)
        agree(cast, correct(cast, other, start_date=day(32)), cast.rita, cast.omar)
        assert (hires.placement(other).guarantee_end_date, money.balance("held")) == (day(122), before)
        assert hires.team(other) == shares
    with simulated(DAY + timedelta(days=12 + 90 + 6)):  # when the wrong guarantee and its days of grace are over
        assert lifecycle.release_due(actor=cast.actor(cast.pia)) == 0
    with simulated(DAY + timedelta(days=32 + 90 + 6)):
        assert (lifecycle.release_due(actor=cast.actor(cast.pia)), money.balance("held")) == (1, 0)
    assert books_agree()


def test_a_replacement_that_a_wrong_year_completed_goes_on_with_the_right_start(cast: Cast) -> None:
    other = _replacement(cast, start=-300)
    with simulated(DAY + timedelta(days=12)):
        assert guarantees.complete_due(actor=cast.actor(cast.pia)) == 1
        assert (money.balance("payable"), money.balance("held")) == (2_500_000, 0)
        correct(cast, other, cast.pia, start_date=day(12))
        assert (money.balance("payable"), money.balance("held")) == (0, 2_500_000)
    assert (hires.placement(other).state, books_agree()) == ("active", True)


def test_what_was_returned_of_a_fee_keeps_its_figures_but_not_a_wrong_start(cast: Cast) -> None:
    placement_id = money.started(cast)
    money.paid(cast, placement_id)
    with unit_of_work(cast.actor(cast.pia)) as uow:
        awards.refund(uow, placement_id, 1_000)
    with pytest.raises(Conflict) as refused:
        correct(cast, placement_id, cast.pia, salary_minor=13_000_000)
    assert refused.value.code == "FEE_SETTLED"
    correct(cast, placement_id, cast.pia, start_date=day(-3))
    assert (hires.placement(placement_id).guarantee_end_date, books_agree()) == (day(87), True)


def _pay_out(cast: Cast) -> None:
    run_id = runs.collect(actor=cast.actor(cast.pia), currency="USD")
    runs.approve(run_id, actor=cast.actor(cast.pia))
    payments.pay(run_id, actor=cast.actor(cast.pia), reference="run")


# --- undoing ----------------------------------------------------------------------------------------------------------


def undo(cast: Cast, placement_id: uuid.UUID, who: Person | None = None, **said: Any) -> None:
    undoing.undo(placement_id, actor=cast.actor(who or cast.carl), **{"reason": MISTAKE, **said})


def test_a_hire_is_undone_and_its_proposal_hired_again(cast: Cast) -> None:
    placement_id = hired(cast)
    undo(cast, placement_id)
    row = hires.placement(placement_id)
    assert (row.state, row.undone_at) == ("undone", DAY)
    again = placements.hire(row.proposal_id, actor=cast.actor(cast.carl), salary_minor=13_000_000)
    assert hires.placement(again).fee_minor == 2_600_000


def test_a_hire_that_stands_is_not_made_twice(cast: Cast) -> None:
    row = hires.placement(hired(cast))
    with pytest.raises(Conflict) as refused:
        placements.hire(row.proposal_id, actor=cast.actor(cast.carl), salary_minor=13_000_000)
    assert refused.value.code == "ALREADY_HIRED"


def test_a_no_show_is_undone_and_the_placement_is_hired_as_before(cast: Cast) -> None:
    placement_id = hired(cast)
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason="no_show")
    undo(cast, placement_id)
    row = hires.placement(placement_id)
    assert (row.state, row.failed_at, row.failure_reason) == ("hired", None, None)
    [(_, told)] = hires.events(placement_id, "placement.undone")
    assert (told["what"], told["reason"]) == ("no_show", MISTAKE)


def test_a_no_show_before_the_start_is_undone_and_its_payouts_are_held_again(cast: Cast) -> None:
    money.ready(cast)
    placement_id = hired(cast)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=day(5))
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason="no_show")
    undo(cast, placement_id)
    assert hires.placement(placement_id).state == "active"
    assert sum(amount for _, amount, state in money.payouts(placement_id) if state == "held") == 2_500_000
    with simulated(DAY + timedelta(days=5)):
        assert invoices.issue_due(actor=cast.actor(cast.pia)) == 1


def test_a_no_show_without_books_is_undone(cast: Cast) -> None:
    placement_id = hires.active(cast)
    with Session(db.engine) as session, session.begin():
        for table in ("payouts", "fee_placements", "fees"):
            session.connection().exec_driver_sql(f"DELETE FROM billing.{table}")
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason="no_show")
    undo(cast, placement_id)
    assert hires.placement(placement_id).state == "active"


def test_a_no_show_whose_invoice_was_credited_stays(cast: Cast) -> None:
    placement_id = money.started(cast)
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason="no_show")
    with pytest.raises(Conflict) as refused:
        undo(cast, placement_id)
    assert (refused.value.code, hires.placement(placement_id).state) == ("MONEY_MOVED", "failed")


def test_what_failed_otherwise_or_is_active_is_not_undone(cast: Cast) -> None:
    for placement_id in (hires.failed(cast), hires.active(cast, job_id=money.job_on(cast))):
        with pytest.raises(WrongState):
            undo(cast, placement_id)


def test_a_no_show_is_not_undone_when_the_candidate_was_hired_elsewhere(cast: Cast) -> None:
    placement_id = hired(cast)
    row = hires.placement(placement_id)
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason="no_show")
    other = hires.accepted(cast, job_id=money.job_on(cast), candidate_id=row.candidate_id)
    placements.hire(other, actor=cast.actor(cast.carl), salary_minor=hires.SALARY)
    with pytest.raises(Conflict) as refused:
        undo(cast, placement_id)
    assert refused.value.code == "CANDIDATE_PLACED"


@pytest.mark.parametrize(
    ("who", "error"), [("zoe", NotFound), ("omar", NotFound), ("rita", NotPermitted), ("hana", NotPermitted)]
)
def test_others_undo_nothing(cast: Cast, who: str, error: type[Exception]) -> None:
    placement_id = hired(cast)
    with pytest.raises(error):
        undo(cast, placement_id, getattr(cast, who))


def test_undoing_takes_a_reason_and_the_version_that_was_shown(cast: Cast) -> None:
    placement_id = hired(cast)
    with pytest.raises(InvalidInput):
        undo(cast, placement_id, reason=" ")
    with pytest.raises(StaleVersion):
        undo(cast, placement_id, version=99)
