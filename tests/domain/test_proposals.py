"""The rules of proposals (domain.md §3), as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.errors import WrongState
from portal.domain.jobs import check_change
from portal.domain.proposals import (
    EXCLUSIVE,
    MACHINE,
    OPEN,
    DeclineReason,
    ProposalAction,
    is_over,
    state_sentence,
)

AT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)

STATES = ("proposed", "company_reviewing", "accepted", "declined", "withdrawn", "timeout")
TABLE = [
    # action, the states it leads from, where it leads
    ("create", {None}, "proposed"),
    ("review", {"proposed"}, "company_reviewing"),
    ("accept", {"proposed", "company_reviewing"}, "accepted"),
    ("decline", {"proposed", "company_reviewing"}, "declined"),
    ("withdraw", {"proposed", "company_reviewing"}, "withdrawn"),
    ("expire", {"proposed", "company_reviewing"}, "timeout"),
]


@pytest.mark.parametrize(("action", "sources", "target"), TABLE)
def test_an_action_leads_where_the_specification_says(action: str, sources: set[str | None], target: str) -> None:
    for state in STATES:
        if state in sources:
            assert MACHINE.check(ProposalAction(action), state).target == target
        else:
            with pytest.raises(WrongState):
                MACHINE.check(ProposalAction(action), state)


def test_four_states_are_terminal_and_three_are_exclusive() -> None:
    assert MACHINE.names() == STATES
    assert MACHINE.names(terminal=True) == ("accepted", "declined", "withdrawn", "timeout")
    assert OPEN == ("proposed", "company_reviewing")
    assert EXCLUSIVE == ("proposed", "company_reviewing", "accepted")


def test_there_are_eight_reasons_to_decline() -> None:
    reasons = "overqualified underqualified salary location position_filled duplicate already_known other"
    assert [str(r) for r in DeclineReason] == reasons.split()


@pytest.mark.parametrize(("before", "over"), [(1, False), (0, True), (-1, True)])
def test_the_time_to_decide_is_half_open(before: int, over: bool) -> None:
    assert is_over(AT, AT - timedelta(microseconds=before)) is over


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("accepted", "This proposal was accepted by Hana on Tue 1 Dec 2026, 09:00 UTC."),
        ("declined", "This proposal was declined by Hana on Tue 1 Dec 2026, 09:00 UTC."),
        ("withdrawn", "This proposal was withdrawn by Hana on Tue 1 Dec 2026, 09:00 UTC."),
        ("timeout", "This proposal expired on Tue 1 Dec 2026, 09:00 UTC."),
        ("company_reviewing", "This proposal has been under review by Hana since Tue 1 Dec 2026, 09:00 UTC."),
    ],
)
def test_a_refusal_names_the_state_who_and_when(state: str, sentence: str) -> None:
    assert state_sentence(state, "Hana", AT, "UTC") == sentence


def test_whoever_comes_second_can_be_told_of_every_state_that_somebody_brought_about() -> None:
    for state in set(MACHINE.states) - {"proposed"}:
        assert state_sentence(state, "Hana", AT, "UTC").startswith("This proposal ")


def test_a_refusal_goes_by_the_clock_of_who_is_told() -> None:
    assert state_sentence("declined", "Hana", AT, "America/New_York") == (
        "This proposal was declined by Hana on Tue 1 Dec 2026, 04:00 EST."
    )


def test_a_job_says_what_it_cannot_become() -> None:
    with pytest.raises(WrongState, match="This job is closed and can’t be paused"):
        check_change("closed", "paused")
