"""What an unpaid payout waits for, and when it is expected: the first obstacle first (money.md §4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.billing.payouts import InRun, Names, PayoutState, Waiting, waiting
from portal.domain.billing.runs import are_payout_days
from portal.domain.billing.schedule import Part, PartState
from portal.domain.billing.standing import Standing
from portal.domain.billing.terms import Terms

START = date(2026, 9, 1)
PART = Part("1", "p", "h", "r", 0, 1_000, day=40, state=PartState.HELD)
PAID = Standing(
    Terms(), "p", "c", 1_000, parts=(PART,), start=START, days=90, invoice="i", due_on=date(2026, 10, 1), outstanding=0
)
NAMES = Names("Acme", "INV-2026-00001")


def said(standing: Standing, part: Part, state: PayoutState, today: date = START) -> Waiting:
    return waiting(standing, part, state, NAMES, today=today)


@pytest.mark.parametrize(
    ("part", "state", "sentence", "expected"),
    [
        (PART, PayoutState.HELD, "day 40 of the guarantee is 11 Oct 2026", date(2026, 11, 1)),
        (replace(PART, day=None), PayoutState.HELD, "the guarantee ends on 30 Nov 2026", date(2027, 1, 1)),
        (replace(PART, state=PartState.DUE), PayoutState.DUE, "the payout run on 1 Sep 2026", date(2026, 9, 1)),
    ],
)
def test_a_paid_invoice_leaves_the_trigger_to_wait_for(
    part: Part, state: PayoutState, sentence: str, expected: date | None
) -> None:
    assert said(PAID, part, state) == Waiting(sentence, expected)


@pytest.mark.parametrize(("mine", "day"), [("Europe/Oslo", "30 Nov 2026"), ("Asia/Tokyo", "30 Nov 2026 (Oslo time)")])
def test_a_day_of_the_guarantee_names_its_zone_to_whoever_is_elsewhere(mine: str, day: str) -> None:
    names = replace(NAMES, there="Europe/Oslo", mine=mine)
    said = waiting(PAID, replace(PART, day=None), PayoutState.HELD, names, today=START)
    assert said.sentence == f"the guarantee ends on {day}"


def test_a_dispute_leaves_nothing_to_expect_and_a_day_gone_by_neither() -> None:
    assert said(replace(PAID, frozen=True), PART, PayoutState.HELD) == Waiting("a dispute is open", None)
    assert said(PAID, PART, PayoutState.HELD, date(2026, 10, 12)).expected_on is None


def test_what_is_held_is_expected_with_the_first_run_after_it_becomes_due() -> None:
    held = replace(PART, day=None)

    def at(*days: int, standing: Standing = PAID, today: date = START) -> date | None:
        names = replace(NAMES, payout_days=days, obligation_due=date(2026, 11, 5))
        return waiting(standing, held, PayoutState.HELD, names, today=today).expected_on

    assert (at(6), at(5), at(5, 28)) == (date(2026, 12, 6), date(2027, 1, 5), date(2026, 12, 28))  # due on 6 Dec
    unpaid = replace(PAID, terms=Terms(payout_schedule="when_paid"), outstanding=1)
    assert (at(1, standing=unpaid), at(2, standing=unpaid)) == (date(2026, 10, 1), date(2026, 10, 2))
    owed = replace(PAID, ended=True, obligation_open=True)  # if no replacement comes, all of it goes back
    only = replace(owed, terms=Terms(remedy="replacement_only"))
    assert (at(6, standing=owed), at(6, standing=only)) == (None, date(2026, 11, 6))
    assert at(6, standing=replace(only, outstanding=1, due_on=date(2026, 11, 30))) == date(2026, 12, 6)
    assert at(6, standing=only, today=date(2026, 11, 7)) is None


def test_what_is_due_names_the_run_that_pays_it() -> None:
    due, names = replace(PART, state=PartState.DUE), replace(NAMES, payout_days=(1, 15))

    def at(
        day: date, state: PayoutState = PayoutState.DUE, *, payee: Waiting | None = None, run: InRun | None = None
    ) -> tuple[str, date | None]:
        found = waiting(PAID, due, state, names, today=day, payee=payee, run=run)
        return found.sentence, found.expected_on

    assert at(date(2026, 10, 16)) == ("the payout run on 1 Nov 2026", date(2026, 11, 1))
    assert at(date(2026, 12, 16)) == ("the payout run on 1 Jan 2027", date(2027, 1, 1))
    blocked = Waiting("new bank details can be used from 3 Dec 2026", date(2026, 12, 3))
    assert at(date(2026, 11, 30), payee=blocked) == (blocked.sentence, date(2026, 12, 15))
    assert at(date(2026, 11, 30), payee=Waiting("bank details are missing", None))[1] is None
    early = InRun(date(2026, 11, 12))
    collected = "the payout run of 12 Nov 2026, which hasn’t been approved yet"
    assert at(date(2026, 11, 13), run=early) == (collected, date(2026, 11, 15))
    approved = ("approved; the payment is on its way", date(2026, 11, 15))
    assert at(date(2026, 11, 13), PayoutState.APPROVED, run=early) == approved
    assert at(date(2026, 11, 16), PayoutState.APPROVED, run=early) == (approved[0], date(2026, 11, 16))


@pytest.mark.parametrize("state", [PayoutState.DUE, PayoutState.APPROVED])
def test_a_blocked_run_pays_nothing(state: PayoutState) -> None:
    due, names = replace(PART, state=PartState.DUE), replace(NAMES, payout_days=(1, 15))
    run, today = InRun(date(2026, 11, 12), is_blocked=True), date(2026, 11, 16)
    found = waiting(PAID, due, state, names, today=today, run=run)
    assert found == Waiting("another payout run, because amounts in the one that has it changed", date(2026, 12, 1))
    frozen = replace(PAID, frozen=True)
    assert waiting(frozen, due, state, names, today=today, run=run).sentence == "a dispute is open"
    missing = Waiting("bank details are missing", None)
    assert waiting(PAID, due, state, names, today=today, payee=missing, run=run) == missing


@pytest.mark.parametrize(("days", "right"), [((1,), True), ((15, 1), True), ((), False), ((29,), False), ((0,), False)])
def test_payout_days_are_those_that_every_month_has(days: tuple[int, ...], *, right: bool) -> None:
    assert are_payout_days(days) is right
    assert not are_payout_days((*days, *days))


def test_an_extension_moves_no_payout() -> None:
    held, names = replace(PART, day=None), replace(NAMES, guarantee_end=date(2026, 12, 30))
    found = waiting(PAID, held, PayoutState.HELD, names, today=START)
    assert found == Waiting("the guarantee as first agreed ends on 30 Nov 2026", date(2027, 1, 1))


def test_a_guarantee_that_has_not_started_has_no_day_to_name() -> None:
    found = said(replace(PAID, start=None), replace(PART, day=None), PayoutState.HELD)
    assert found == Waiting("the guarantee hasn’t started", None)
