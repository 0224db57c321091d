"""When an invoice is reminded of, and when a payout is due (money.md §4, §9)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.domain.billing.documents import due_reminder

ISSUED, DUE = date(2026, 12, 1), date(2026, 12, 31)


@pytest.mark.parametrize(
    ("days", "given", "step"),
    [
        (-8, set(), None),
        (-7, set(), -7),
        (-7, {-7}, None),
        (0, {-7}, 0),
        (6, {-7, 0}, None),
        (30, {-7}, 14),
        (30, {-7, 14}, None),
    ],
)
def test_the_latest_step_alone_is_reminded_of(days: int, given: set[int], step: int | None) -> None:
    assert due_reminder(DUE, ISSUED, DUE + timedelta(days=days), frozenset(given)) == step


def test_a_step_before_the_issue_is_none() -> None:
    assert due_reminder(DUE, DUE - timedelta(days=7), DUE - timedelta(days=7), frozenset()) is None
