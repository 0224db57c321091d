"""What an unpaid payout waits for, and when it is expected: the first obstacle first (money.md §4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from portal.domain.billing.payouts import Names, PayoutState, Waiting, waiting
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
        (PART, PayoutState.HELD, "day 40 of the guarantee is 11 Oct 2026", date(2026, 10, 11)),
        (replace(PART, day=None), PayoutState.HELD, "the guarantee ends on 30 Nov 2026", date(2026, 12, 5)),
        (PART, PayoutState.APPROVED, "approved; the payment is on its way", date(2026, 10, 11)),
        (replace(PART, state=PartState.DUE), PayoutState.DUE, "the next payout run", None),
    ],
)
def test_a_paid_invoice_leaves_the_trigger_to_wait_for(
    part: Part, state: PayoutState, sentence: str, expected: date | None
) -> None:
    assert said(PAID, part, state) == Waiting(sentence, expected)


def test_a_dispute_leaves_nothing_to_expect_and_a_day_gone_by_neither() -> None:
    assert said(replace(PAID, frozen=True), PART, PayoutState.HELD) == Waiting("a dispute is open", None)
    assert said(PAID, PART, PayoutState.HELD, date(2026, 10, 12)).expected_on is None
