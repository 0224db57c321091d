"""The one pure function of money (money.md §2 to §6, §9), with figures worked by hand."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from typing import Any

import pytest

from portal.domain.billing import consequences
from portal.domain.billing import operations as rules
from portal.domain.billing.facts import (
    Amended,
    ClawbackReduced,
    ClawbackWrittenOff,
    Completed,
    DayCame,
    DebtWrittenOff,
    DifferenceWrittenOff,
    Failed,
    Frozen,
    ObligationRefunded,
    ObligationWaived,
    PaidOut,
    Refunded,
    Replaced,
    ReturnedByBank,
    Reversed,
)
from portal.domain.billing.ledger import Operation, Ref, pair
from portal.domain.billing.refunds import Payments, take_of
from portal.domain.billing.schedule import PartState, Row, instalments
from portal.domain.billing.standing import Standing
from portal.domain.billing.terms import Terms
from tests.fees import FEE, PLATFORM_TERMS, activated, balance, booked, by_party, issued, on, received


def failed(day: int | None, *, reported: int | None = None, reason: str = "candidate_quit") -> Failed:
    last_day = None if day is None else on(day)
    return Failed(on=on(reported if reported is not None else day or 0), last_day=last_day, reason=reason)


def pay_all(standing: Standing, day: int = 20) -> list[rules.Fact]:
    return [PaidOut(on=on(day), key=p.key) for p in standing.parts if p.state is PartState.DUE and not p.is_platform]


def kinds(operations: tuple[Operation, ...]) -> list[str]:
    return [str(operation.kind) for operation in operations]


# --- fee and shares -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform_bp", "held"),
    [
        (0, [1_000_000, 750_000, 500_000, 250_000]),
        (500, [950_000, 712_500, 475_000, 237_500]),
    ],
)
def test_the_fee_is_held_for_the_platform_and_each_row(platform_bp: int, held: list[int]) -> None:
    _, made = booked([], platform_bp=platform_bp)
    assert by_party(made, "held") == held
    assert balance(made, "held") == balance(made, "receivable") == FEE


def test_the_invoice_asks_for_the_tax_on_top() -> None:
    standing, made = booked([], tax_bp=1_900)
    assert standing.outstanding == balance(made, "receivable") == 2_975_000
    assert balance(made, "tax") == 475_000


def test_instalments_are_cumulative_so_that_no_cent_is_lost() -> None:
    terms = Terms(payout_schedule="instalments", instalments=((3_333, 0), (3_333, 30), (3_334, 90)))
    assert [amount for _, amount, _ in instalments(950_000, terms)] == [316_635, 316_635, 316_730]


def test_an_instalment_of_nothing_is_no_payout() -> None:
    terms = Terms(payout_schedule="instalments", instalments=((1, 0), (9_999, 30)))
    assert instalments(100, terms) == [(1, 100, 30)]


# --- when payouts become due ----------------------------------------------------------------------------------------


def test_after_guarantee_nothing_is_due_before_it_is_settled() -> None:
    standing, _ = booked([received(FEE)])
    assert {part.state for part in standing.parts} == {PartState.HELD}
    _, made = booked([received(FEE), Completed(on=on(95))])
    assert by_party(made, "payable") == [1_000_000, 750_000, 500_000, 250_000]
    assert balance(made, "held") == 0


def test_nothing_is_due_before_the_invoice_is_paid_in_full() -> None:
    _, made = booked([received(FEE - 1), Completed(on=on(95))], **PLATFORM_TERMS)
    assert balance(made, "payable") == balance(made, "platform_fees") == 0
    _, made = booked([received(FEE - 1), Completed(on=on(95)), received(1, 96)], **PLATFORM_TERMS)
    assert (balance(made, "payable"), balance(made, "platform_fees")) == (2_375_000, 125_000)


def test_when_paid_everything_is_due_with_the_last_receipt() -> None:
    _, made = booked([received(1_000_000), received(1_500_000, 20)], payout_schedule="when_paid")
    assert kinds(made) == ["invoice_issued", "receipt", "receipt", "payout_due"]


@pytest.mark.parametrize(("day", "due"), [(29, [400_000, 300_000]), (30, [1_000_000, 750_000])])
def test_an_instalment_is_due_when_its_day_has_begun(day: int, due: list[int]) -> None:
    terms: dict[str, Any] = {"payout_schedule": "instalments", "instalments": ((4_000, 0), (6_000, 30))}
    _, made = booked([received(FEE), DayCame(on=on(day))], **terms)
    assert by_party(made, "payable")[:2] == due


def test_past_the_agreed_end_and_the_days_to_report_the_guarantee_is_settled() -> None:
    standing, _ = booked([received(FEE), DayCame(on=on(95))])
    assert standing.parts[0].state is PartState.HELD
    standing, _ = booked([received(FEE), DayCame(on=on(96))])
    assert standing.parts[0].state is PartState.DUE


def test_what_is_over_becomes_the_companys_credit() -> None:
    _, made = booked([received(FEE + 700)])
    assert (balance(made, "refundable"), balance(made, "cash")) == (700, FEE + 700)


def test_a_returned_receipt_takes_what_is_due_back_into_held_and_leaves_what_is_paid() -> None:
    facts: list[rules.Fact] = [received(FEE)]
    standing, _ = booked(facts, payout_schedule="when_paid", platform_bp=500)
    facts += [*pay_all(standing)[:1], Reversed(on=on(25), amount=FEE, received_on=on(10))]
    _, made = booked(facts, payout_schedule="when_paid", platform_bp=500)
    assert kinds(made)[-2:] == ["receipt_reversed", "payout_undone"]
    assert by_party(made, "held") == [0, 712_500, 475_000, 237_500]
    assert (balance(made, "platform_fees"), balance(made, "cash")) == (0, -950_000)


def test_a_dispute_keeps_what_is_held_from_becoming_due() -> None:
    frozen = [received(FEE), Frozen(on=on(5), frozen=True), Completed(on=on(95))]
    assert balance(booked(frozen)[1], "payable") == 0
    assert balance(booked([*frozen, Frozen(on=on(99), frozen=False)])[1], "payable") == FEE


def test_a_dispute_about_one_share_lets_the_others_become_due() -> None:
    first, *others = booked([])[0].parts
    one = Frozen(on=on(5), frozen=False, parts=frozenset({first.key}))
    standing, made = booked([received(FEE), one, Completed(on=on(95))])
    assert (standing.is_disputed, balance(made, "payable")) == (True, sum(part.original for part in others))
    assert (
        balance(booked([received(FEE), one, Completed(on=on(95)), Frozen(on=on(99), frozen=False)])[1], "payable")
        == FEE
    )


def test_what_goes_back_of_one_payout_is_taken_of_no_other() -> None:
    part = booked([])[0].parts[1]
    standing, made = booked([received(FEE), Refunded(on=on(20), amount=part.original + 1, key=part.key)])
    assert [each.taken for each in standing.parts] == [0, part.original, *[0] * (len(standing.parts) - 2)]
    assert balance(made, "refundable") == part.original


# --- failures ----------------------------------------------------------------------------------------------------


def test_pro_rata_on_day_40_gives_back_in_proportion_and_the_rest_is_due() -> None:
    _, made = booked([received(FEE), failed(40)], **PLATFORM_TERMS)
    assert balance(made, "refundable") == 1_388_889
    assert by_party(made, "payable") == [422_222, 316_667, 211_111, 105_555]
    assert balance(made, "platform_fees") == 55_556
    taken = [950_000 - 422_222, 712_500 - 316_667, 475_000 - 211_111, 237_500 - 105_555]
    assert [125_000 - 55_556, *taken] == [69_444, 527_778, 395_833, 263_889, 131_945]


@pytest.mark.parametrize(
    ("terms", "day", "refund"),
    [
        ({"remedy": "full_refund"}, 90, FEE),
        ({"remedy": "pro_rata"}, 0, FEE),
        ({"remedy": "pro_rata"}, 90, 0),
        ({"remedy": "pro_rata"}, 89, 27_778),
        ({"remedy": "steps", "steps": ((30, 10_000), (60, 5_000))}, 30, FEE),
        ({"remedy": "steps", "steps": ((30, 10_000), (60, 5_000))}, 31, 1_250_000),
        ({"remedy": "steps", "steps": ((30, 10_000), (60, 5_000))}, 61, 0),
        ({"remedy": "none"}, 1, 0),
        ({"remedy": "full_refund"}, 91, 0),
    ],
)
def test_each_remedy_gives_back_what_it_says(terms: dict[str, Any], day: int, refund: int) -> None:
    _, made = booked([received(FEE), failed(day)], **terms)
    assert balance(made, "refundable") == refund
    assert balance(made, "payable") == FEE - refund


def test_a_guarantee_of_no_days_gives_nothing_back_pro_rata() -> None:
    start = rules.begin(Terms(remedy="pro_rata", guarantee_days=0), "placement", "acme", FEE)
    _, made = rules.operations(start, [activated(days=0), issued(), received(FEE), failed(0)])
    assert balance(made, "refundable") == 0


def test_an_unpaid_invoice_is_credited_before_anything_is_owed_back() -> None:
    _, made = booked([received(1_500_000), failed(40)], **PLATFORM_TERMS)
    assert (balance(made, "receivable"), balance(made, "refundable")) == (0, 388_889)


def test_a_no_show_gives_the_whole_fee_back_whatever_the_remedy() -> None:
    _, made = booked([received(FEE), failed(None, reason="no_show")], remedy="none")
    assert balance(made, "refundable") == FEE
    _, made = booked([received(FEE), failed(3, reason="no_show")], remedy="none")
    assert balance(made, "refundable") == FEE


def test_who_never_began_and_was_not_invoiced_leaves_nothing() -> None:
    start = rules.begin(Terms(), "placement", "acme", FEE)
    standing, made = rules.operations(start, [activated(), failed(None, reason="no_show")])
    assert (standing.fee_left, made) == (0, ())


def test_a_refund_before_the_invoice_is_booked_with_it() -> None:
    start = rules.begin(Terms(remedy="pro_rata"), "placement", "acme", FEE)
    standing, made = rules.operations(start, [activated(), failed(40), issued(45)])
    assert kinds(made) == ["invoice_issued", "refund_decided"]
    assert standing.outstanding == 1_111_111


@pytest.mark.parametrize(
    ("terms", "facts", "reason"),
    [
        ({}, [received(FEE), failed(40, reason="layoff")], "reason"),
        ({"void_unpaid_days": 5}, [failed(36)], "unpaid"),
        ({"void_unpaid_days": 5}, [received(FEE, 36), failed(40)], "unpaid"),
        ({"void_reported_days": 7}, [received(FEE), failed(40, reported=48)], "reported_late"),
    ],
)
def test_a_void_guarantee_takes_nothing(terms: dict[str, Any], facts: list[rules.Fact], reason: str) -> None:
    standing, _ = booked(facts[:-1], remedy="full_refund", **terms)
    last = facts[-1]
    assert isinstance(last, Failed)
    decided = rules.decision(standing, last)
    assert (decided.ending, decided.void_reason, decided.refund) == ("void", reason, 0)


DUE = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("cases", "until"),
    [
        ([], 6),
        ([(0, 4)], 10),  # opened before it was due: the days from then on
        ([(-20, -10)], 6),
        ([(5, None)], None),
        ([(6, None)], 6),  # on the very day it comes too late
        ([(2, 4), (3, 5)], 9),  # two at once count once
        ([(2, 4), (7, None)], None),
    ],
)
def test_a_case_about_the_invoice_stops_the_days_that_make_void(
    cases: list[tuple[int, int | None]], until: int | None
) -> None:
    days = [tuple(None if d is None else DUE + timedelta(days=d) for d in case) for case in cases]
    counted = Payments(DUE, FEE, disputed=tuple(days)).counted_until(6)
    assert counted == (None if until is None else DUE + timedelta(days=until))


@pytest.mark.parametrize(
    ("terms", "facts"),
    [
        ({"void_unpaid_days": 5}, [failed(35)]),
        ({"void_unpaid_days": 5}, [received(FEE, 35), failed(40)]),
        ({"void_reported_days": 7}, [failed(40, reported=47)]),
        ({}, [failed(40)]),
    ],
)
def test_on_the_last_day_of_a_condition_the_guarantee_holds(terms: dict[str, Any], facts: list[rules.Fact]) -> None:
    _, made = booked(facts, remedy="full_refund", **terms)
    assert kinds(made)[-1] == "refund_decided"


# --- obligations and replacements ----------------------------------------------------------------------------------


def test_an_obligation_keeps_everything_and_its_deadline_refunds_by_itself() -> None:
    facts: list[rules.Fact] = [received(FEE), failed(40), DayCame(on=on(69))]
    standing, made = booked(facts)
    assert standing.obligation_open
    assert balance(made, "held") == FEE
    standing, made = booked([*facts, ObligationRefunded(on=on(71))])
    assert (standing.obligation_open, balance(made, "refundable"), balance(made, "held")) == (False, FEE, 0)


def test_a_waived_obligation_makes_everything_due() -> None:
    _, made = booked([received(FEE), failed(40), ObligationWaived(on=on(50))])
    assert balance(made, "payable") == FEE


def test_replacement_only_refunds_nothing_at_the_deadline() -> None:
    _, made = booked([received(FEE), failed(40), ObligationRefunded(on=on(71))], remedy="replacement_only")
    assert balance(made, "payable") == FEE


NEW_TEAM = (Row("new-sourcer", "omar", 6_000), Row("new-submitter", "rita", 4_000))


def replaced(day: int = 60) -> Replaced:
    return Replaced(on=on(day), placement="second", rows=NEW_TEAM, start=on(day), days=90)


def test_a_replacement_takes_over_what_is_held_and_its_own_guarantee_releases_it() -> None:
    facts = [received(FEE), failed(40), replaced()]
    standing, made = booked(facts, platform_bp=500)
    assert [balance(made, "held", row.holder) for row in NEW_TEAM] == [1_425_000, 950_000]
    assert (balance(made, "held", "sourcer"), balance(made, "held", "platform")) == (0, 125_000)
    _, made = booked([*facts, Completed(on=on(155))], platform_bp=500)
    assert [balance(made, "payable", name) for name in ("omar", "rita")] == [1_425_000, 950_000]
    assert standing.fee_left == FEE


def test_a_replacement_takes_what_is_due_and_unpaid_but_not_what_is_paid() -> None:
    standing, _ = booked([received(FEE)], payout_schedule="when_paid")
    facts = [received(FEE), *pay_all(standing)[:1], failed(40), replaced()]
    _, made = booked(facts, payout_schedule="when_paid")
    assert kinds(made)[-3:] == ["payout_undone", "replacement_linked", "payout_due"]
    assert [balance(made, "payable", name) for name in ("omar", "rita")] == [900_000, 600_000]


def test_a_second_failure_gives_back_what_was_not_refunded_from_both_teams() -> None:
    standing, _ = booked([received(FEE)], payout_schedule="when_paid", remedy="replacement_first")
    facts = [received(FEE), *pay_all(standing)[:1], failed(40), replaced(), failed(70), ObligationRefunded(on=on(101))]
    standing, made = booked(facts, payout_schedule="when_paid")
    assert balance(made, "refundable") == FEE
    assert balance(made, "clawback", "rita") == 1_000_000
    assert standing.fee_left == 0


def test_a_replacement_of_a_fee_that_is_not_invoiced_moves_the_parts_alone() -> None:
    start = rules.begin(Terms(), "placement", "acme", FEE)
    standing, made = rules.operations(start, [activated(), failed(40), replaced(), issued(61)])
    assert kinds(made) == ["invoice_issued"]
    assert standing.fee_left == FEE


# --- clawbacks, payouts, the bank ----------------------------------------------------------------------------------


def test_a_refund_takes_held_then_due_then_paid_the_latest_instalment_first() -> None:
    terms: dict[str, Any] = {
        "payout_schedule": "instalments",
        "instalments": ((2_500, 0), (2_500, 10), (2_500, 20), (2_500, 80)),
        "remedy": "full_refund",
    }
    facts: list[rules.Fact] = [received(FEE, 0)]
    standing, _ = booked(facts, **terms)
    facts += [*pay_all(standing, 1), DayCame(on=on(20)), Refunded(on=on(21), amount=1_500_000)]
    _, made = booked(facts, **terms)
    assert by_party(made, "held")[0] == 0
    assert by_party(made, "payable")[0] == 150_000
    assert balance(made, "clawback") == 0
    _, made = booked([*facts, failed(25)], **terms)
    assert by_party(made, "clawback") == [250_000, 187_500, 125_000, 62_500]
    assert balance(made, "payable") == 0


def test_a_payout_is_paid_in_cash_less_what_is_netted() -> None:
    standing, _ = booked([received(FEE)], payout_schedule="when_paid")
    key = standing.parts[0].key
    _, made = booked(
        [received(FEE), PaidOut(on=on(20), key=key, netted=(("earlier", 300_000),))], payout_schedule="when_paid"
    )
    assert (balance(made, "payable", "rita"), balance(made, "cash")) == (0, FEE - 700_000)
    assert balance(made, "clawback", "rita") == -300_000  # the books of the other fee have opened it


def test_what_the_bank_returns_is_due_again_as_a_payout_of_its_own() -> None:
    standing, _ = booked([received(FEE)], payout_schedule="when_paid")
    key = standing.parts[0].key
    facts = [received(FEE), PaidOut(on=on(20), key=key), ReturnedByBank(on=on(22), key=key, cash=1_000_000)]
    standing, made = booked(facts, payout_schedule="when_paid")
    again = standing.parts[-1]
    assert (again.original, again.state, standing.fee_left) == (1_000_000, PartState.DUE, FEE)
    assert balance(made, "payable", "rita") == 1_000_000


def test_a_clawback_comes_in_as_cash_or_is_given_up() -> None:
    standing, _ = booked([received(FEE)], payout_schedule="when_paid", remedy="full_refund")
    facts = [received(FEE), *pay_all(standing), failed(40)]
    facts += [ClawbackReduced(on=on(50), recruiter="rita", placement="placement", amount=400_000, in_cash=True)]
    facts += [ClawbackWrittenOff(on=on(51), recruiter="rita", placement="placement", amount=600_000)]
    standing, made = booked(facts, payout_schedule="when_paid", remedy="full_refund")
    assert by_party(made, "clawback") == [0, 750_000, 500_000, 250_000]
    assert balance(made, "write_off") == 600_000
    assert {claim.recruiter for claim in standing.claims} == {"omar", "lena", "noor"}


# --- tax, write-offs, amendments ------------------------------------------------------------------------------------


def test_the_tax_of_two_halves_is_the_tax_of_the_whole() -> None:
    facts = [received(11_011), Refunded(on=on(20), amount=5_005), Refunded(on=on(21), amount=5_005)]
    _, made = booked(facts, fee=10_010, tax_bp=1_000)
    tax = [sum(t.amount for t in op.transfers if t.debit.kind == "tax") for op in made if op.kind == "refund_decided"]
    assert tax == [501, 500]


def test_a_small_difference_is_borne_by_the_platform_and_settles_the_invoice() -> None:
    facts = [received(FEE - 2_000), DifferenceWrittenOff(on=on(20))]
    _, made = booked(facts, payout_schedule="when_paid")
    assert (balance(made, "write_off"), balance(made, "payable")) == (2_000, FEE)


def test_a_bad_debt_is_borne_in_proportion_and_the_cleared_part_is_due() -> None:
    facts = [received(1_487_500), DebtWrittenOff(on=on(90))]
    standing, made = booked(facts, payout_schedule="when_paid", platform_bp=500, tax_bp=1_900)
    assert by_party(made, "payable") == [475_000, 356_250, 237_500, 118_750]
    assert (balance(made, "platform_fees"), balance(made, "tax"), balance(made, "receivable")) == (62_500, 237_500, 0)
    assert standing.tax_gone == 237_500


def test_who_bears_a_bad_debt_is_known_before_it_is_written_off() -> None:
    standing, _ = booked([received(1_487_500)], payout_schedule="when_paid", platform_bp=500, tax_bp=1_900)
    lost = consequences.of_bad_debt(standing, DebtWrittenOff(on=on(90)))
    assert (lost[""], sorted(lost.values())) == (62_500, [62_500, 118_750, 237_500, 356_250, 475_000])


EVEN = (
    Row("sourcer", "rita", 2_500),
    Row("submitter", "omar", 2_500),
    Row("closer", "lena", 2_500),
    Row("new", "zoe", 2_500),
)


def test_an_amendment_before_the_release_moves_what_is_held() -> None:
    _, made = booked([received(FEE), Amended(on=on(20), rows=EVEN)])
    assert [balance(made, "held", row.holder) for row in EVEN] == [625_000] * 4
    assert balance(made, "held") == FEE


def test_an_amendment_after_the_release_moves_between_payables() -> None:
    _, made = booked([received(FEE), Amended(on=on(20), rows=EVEN)], payout_schedule="when_paid")
    assert [balance(made, "payable", row.recruiter) for row in EVEN] == [625_000] * 4


def test_what_an_amendment_gives_of_paid_money_waits_for_the_clawback() -> None:
    standing, _ = booked([received(FEE)], payout_schedule="when_paid")
    facts: list[rules.Fact] = [received(FEE), *pay_all(standing), Amended(on=on(21), rows=EVEN)]
    _, made = booked(facts, payout_schedule="when_paid")
    assert (balance(made, "clawback", "rita"), balance(made, "payable")) == (375_000, 0)
    facts += [ClawbackReduced(on=on(30), recruiter="rita", placement="placement", amount=100_000, in_cash=True)]
    _, made = booked(facts, payout_schedule="when_paid")
    assert (balance(made, "payable"), balance(made, "clawback", "rita")) == (100_000, 275_000)
    facts += [ClawbackReduced(on=on(31), recruiter="rita", placement="placement", amount=275_000, in_cash=True)]
    _, made = booked(facts, payout_schedule="when_paid")
    assert (balance(made, "payable"), balance(made, "clawback", "rita")) == (375_000, 0)


def test_a_credit_is_applied_and_taken_off_again() -> None:
    credit = dataclasses.replace(received(FEE), from_credit=True)
    _, made = booked([credit])
    assert (balance(made, "refundable"), balance(made, "receivable")) == (-FEE, 0)
    _, made = booked([credit, Reversed(on=on(12), amount=FEE, received_on=on(10), to_credit=True)])
    assert (balance(made, "refundable"), balance(made, "receivable")) == (0, FEE)


def test_two_sides_that_differ_cannot_be_paired() -> None:
    cash, other = Ref("cash", "p"), Ref("tax", "p")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="credits exceed"):
        pair([(cash, 1, "")], [(other, 2)])
    with pytest.raises(ValueError, match="debits exceed"):
        pair([(cash, 2, "")], [(other, 1)])


def test_nobody_gives_back_more_than_there_is() -> None:
    standing, _ = booked([])
    with pytest.raises(ValueError, match="more than it has"):
        take_of([standing.parts[0]], 2_000_000)
