"""What state a part of a fee should have (money.md §4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.domain.billing.facts import Failed
from portal.domain.billing.operations import given_back
from portal.domain.billing.schedule import Part, PartState
from portal.domain.billing.standing import Standing
from portal.domain.billing.terms import Terms

START = date(2026, 12, 1)
SETTLED = Standing(Terms(), "placement", "company", 100, start=START, days=90, invoice="INV-1", ended=True)
PART = Part("part", "placement", "recruiter", "recruiter", 1, 100)


@pytest.mark.parametrize(
    ("standing", "state", "wanted"),
    [
        (SETTLED, PartState.PAID, PartState.PAID),
        (replace(SETTLED, outstanding=1), PartState.PAID, PartState.PAID),
        (replace(SETTLED, outstanding=1), PartState.DUE, PartState.HELD),
        (replace(SETTLED, frozen=True), PartState.HELD, PartState.HELD),
        (SETTLED, PartState.HELD, PartState.DUE),
        (replace(SETTLED, ended=False), PartState.HELD, PartState.HELD),
    ],
)
def test_the_state_that_a_part_should_have(standing: Standing, state: PartState, wanted: PartState) -> None:
    assert standing.wanted_state(replace(PART, state=state), START + timedelta(days=1)) is wanted


def test_who_was_done_before_a_replacement_has_no_guarantee_when_nothing_else_is_left() -> None:
    agreed = replace(PART, extended_days=120, state=PartState.PAID, taken=100)
    done = replace(PART, key="done", recruiter="another")
    standing = replace(SETTLED, placement="replacement", parts=(agreed, done), ended=False)
    assert standing.by_guarantee == {90: [agreed]}
    failed = Failed(on=START + timedelta(days=10), last_day=START + timedelta(days=9), reason="candidate_quit")
    assert given_back(standing, failed)[1] == []


def test_an_extension_of_a_replacement_binds_nothing_of_what_was_replaced() -> None:
    paid, agreed = replace(PART, state=PartState.PAID), replace(PART, key="agreed", placement="next", extended_days=120)
    declined = replace(agreed, key="declined", extended_days=0)
    standing = replace(SETTLED, placement="next", parts=(paid, agreed, declined), ended=False, obligation_open=True)
    assert [part.key for part in standing.parts if standing.is_owed_for(part)] == ["agreed"]
    assert standing.by_guarantee == {90: [paid, declined], 120: [agreed]}  # until the end as agreed all are concerned
