"""Disputes as rules: the states, and that each subject has a ruling that leaves all as it is (disputes.md §1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain import disputes as rules
from portal.domain.business_days import deadline
from portal.domain.disputes import DisputeAction
from portal.domain.errors import WrongState

TABLE = {
    ("open", "review"): "under_review",
    ("open", "withdraw"): "withdrawn",
    ("under_review", "withdraw"): "withdrawn",
    ("under_review", "resolve"): "resolved",
    ("under_review", "dismiss"): "dismissed",
    ("resolved", "appeal"): "under_review",
    ("dismissed", "appeal"): "under_review",
}


@pytest.mark.parametrize("state", rules.MACHINE.states)
@pytest.mark.parametrize("action", [a for a in DisputeAction if a != "open"])
def test_a_dispute_moves_only_as_the_table_says(state: str, action: DisputeAction) -> None:
    wanted = TABLE.get((state, action.value))
    if wanted is None:
        with pytest.raises(WrongState):
            rules.MACHINE.check(action, state)
    else:
        assert rules.MACHINE.check(action, state).target == wanted


@pytest.mark.parametrize("subject", rules.SUBJECTS.values())
def test_a_ruling_can_leave_everything_as_it_is_or_change_it(subject: rules.Subject) -> None:
    first, *others = (rules.changes_something(effect) for effect in subject.effects)
    assert (first, set(others)) == (False, {True})


@pytest.mark.parametrize(
    ("since", "days", "zone", "until"),
    [
        ("2026-11-24T09:00", 5, "UTC", "2026-12-02T00:00"),  # Tuesday; without a country only weekends are free
        ("2026-11-24T09:00", 5, "America/New_York", "2026-12-03T05:00"),  # Thanksgiving is no business day
        ("2026-12-23T12:00", 2, "Europe/Berlin", "2026-12-28T23:00"),  # Christmas, and the weekend after it
        ("2026-11-24T23:30", 1, "Europe/Berlin", "2026-11-26T23:00"),  # there it is Wednesday already
        ("2026-11-28T09:00", 1, "Europe/London", "2026-12-01T00:00"),  # begins on a Saturday
        ("2026-11-19T09:00", 2, "Asia/Dubai", "2026-11-23T20:00"),
    ],
)
def test_a_deadline_ends_with_its_last_business_day_by_the_local_clock(
    since: str, days: int, zone: str, until: str
) -> None:
    begun = datetime.fromisoformat(since).replace(tzinfo=UTC)
    assert deadline(begun, days, zone) == datetime.fromisoformat(until).replace(tzinfo=UTC)


def test_a_case_is_offered_for_a_day_more_than_it_may_be_opened() -> None:
    event = datetime(2026, 11, 2, 9, tzinfo=UTC)  # a Monday: thirty business days later it is Monday, 14 December
    last = datetime(2026, 12, 15, tzinfo=UTC)
    assert deadline(event, rules.OPENING_DAYS, "UTC") == last
    assert [rules.may_open(event, last + timedelta(hours=hours), "UTC") for hours in (-1, 23, 24)] == [
        True,
        True,
        False,
    ]
