"""What decides a failure is the last day worked; it can be reported in the days of grace after the guarantee's end."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, StaleVersion, WrongState
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import PlacementStateChange
from portal.queries.billing import failures
from portal.runtime.clock import simulated
from portal.services.billing import verification
from portal.services.placements import guarantees, placements, replacements
from tests import hires, money
from tests.cast import DAY, Cast
from tests.hires import TODAY, active, day, hired

END = 90  # days after DAY on which the guarantee of `active` ends


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def fail(cast: Cast, placement_id: uuid.UUID, *, on: int, left: int | None, reason: str = "candidate_quit") -> None:
    """Report as carl, on a day, that the person left on another."""
    last_day = None if left is None else day(left)
    with simulated(DAY + timedelta(days=on)):
        placements.fail(placement_id, actor=cast.actor(cast.carl), reason=reason, last_day_worked=last_day)


@pytest.mark.parametrize(
    ("on", "left", "eligible"),
    [(END + 3, END, True), (END + 3, END + 1, False), (END, None, True), (END + 1, None, False), (10, 5, True)],
)
def test_the_last_day_worked_decides_whether_the_guarantee_applies(
    cast: Cast, on: int, left: int | None, eligible: bool
) -> None:
    placement_id = active(cast)
    fail(cast, placement_id, on=on, left=left)
    row = hires.placement(placement_id)
    assert (row.replacement_eligible, row.last_day_worked) == (eligible, day(on if left is None else left))


def test_state_history_and_event_keep_both_days(cast: Cast) -> None:
    placement_id = active(cast)
    fail(cast, placement_id, on=END + 3, left=END)
    _, told = hires.events(placement_id, "placement.failed")[-1]
    assert told["last_day_worked"] == day(END).isoformat()
    with Session(db.engine) as session:
        step = session.scalars(select(PlacementStateChange).where(PlacementStateChange.to_state == "failed")).one()
    assert (step.last_day_worked, step.at.date()) == (day(END), day(END + 3))


@pytest.mark.parametrize(("left", "field"), [(-1, "last_day_worked"), (11, "last_day_worked")])
def test_a_last_day_outside_the_time_worked_is_refused(cast: Cast, left: int, field: str) -> None:
    placement_id = active(cast)
    with pytest.raises(InvalidInput) as refused:
        fail(cast, placement_id, on=10, left=left)
    assert list(refused.value.fields) == [field]


def test_who_left_before_the_start_has_no_last_day(cast: Cast) -> None:
    placement_id = active(cast, start=day(20))
    with pytest.raises(InvalidInput) as refused:
        fail(cast, placement_id, on=1, left=1)
    assert list(refused.value.fields) == ["last_day_worked"]
    fail(cast, placement_id, on=1, left=None)
    assert hires.placement(placement_id).last_day_worked is None


@pytest.mark.parametrize("make", [hired, active])
def test_a_no_show_opens_no_guarantee_case_from_whichever_state(cast: Cast, make) -> None:
    placement_id = make(cast)
    fail(cast, placement_id, on=1, left=None, reason="no_show")
    row = hires.placement(placement_id)
    assert (row.replacement_eligible, row.last_day_worked) == (False, None)
    with pytest.raises(Conflict) as refused:
        replacements.request(placement_id, actor=cast.actor(cast.carl), deadline=day(5))
    assert refused.value.code == "NOT_ELIGIBLE"


def test_a_no_show_is_reported_soon_after_the_start_and_later_by_the_platform_that_says_why(cast: Cast) -> None:
    late, soon = active(cast), hired(cast, name="Ada Three")
    placements.activate(soon, actor=cast.actor(cast.carl), start_date=TODAY)
    fail(cast, soon, on=5, left=None, reason="no_show")
    with pytest.raises(InvalidInput) as refused:
        fail(cast, late, on=6, left=None, reason="no_show")
    assert f"by {day(5):%-d %b %Y}" in refused.value.fields["reason"]
    with simulated(DAY + timedelta(days=60)):
        pia, carl = cast.actor(cast.pia), cast.actor(cast.carl)
        for who, notes in ((pia, ""), (carl, "She never came.")):
            with pytest.raises(InvalidInput):
                placements.fail(late, actor=who, reason="no_show", notes=notes)
        placements.fail(late, actor=pia, reason="no_show", notes="The company and the candidate say so.")
    assert [hires.placement(each).state for each in (soon, late)] == ["failed", "failed"]


# --- completed, and failed after all ----------------------------------------------------------------------------


def completed_by_the_clock(cast: Cast, placement_id: uuid.UUID | None = None) -> uuid.UUID:
    """Complete a placement by the clock before its grace, as terms without days of grace did."""
    placement_id = placement_id or active(cast)
    with Session(db.engine) as session, session.begin():
        session.get_one(hires.Placement, placement_id).report_grace_days = 0
    with simulated(DAY + timedelta(days=END + 1)):
        assert guarantees.complete_due(actor=system_actor(DAY)) == 1
    with Session(db.engine) as session, session.begin():
        session.get_one(hires.Placement, placement_id).report_grace_days = 5
    return placement_id


def test_a_completion_by_the_clock_can_fail_in_the_days_of_grace(cast: Cast) -> None:
    placement_id = completed_by_the_clock(cast)
    fail(cast, placement_id, on=END + 5, left=END)
    row = hires.placement(placement_id)
    assert (row.state, row.completed_at, row.replacement_eligible) == ("failed", None, True)


def test_what_a_completion_released_goes_back_when_it_fails_in_the_days_of_grace(cast: Cast) -> None:
    placement_id = money.started(cast, remedy="steps", steps=[[END, 5_000]])
    money.paid(cast, placement_id)
    completed_by_the_clock(cast, placement_id)
    assert money.balance("payable") == 2_500_000
    fail(cast, placement_id, on=END + 5, left=END)
    assert (money.balance("payable"), money.balance("held"), money.balance("refundable")) == (1_250_000, 0, 1_250_000)
    assert verification.verify().ok


def test_a_completed_placement_does_not_fail_by_a_later_departure(cast: Cast) -> None:
    placement_id = completed_by_the_clock(cast)
    with pytest.raises(InvalidInput, match="only a departure by then"):
        fail(cast, placement_id, on=END + 5, left=END + 1)
    with simulated(DAY + timedelta(days=END + 5)), pytest.raises(InvalidInput, match="only a departure by then"):
        failures.typed(placement_id, viewer=cast.actor(cast.carl), last_day=day(END + 1), reason="mutual")


def test_after_the_days_of_grace_a_completion_is_final(cast: Cast) -> None:
    placement_id = completed_by_the_clock(cast)
    with pytest.raises(WrongState):
        fail(cast, placement_id, on=END + 6, left=END)


def test_completing_by_hand_in_the_days_of_grace_waives_the_guarantee(cast: Cast) -> None:
    placement_id, carl = active(cast), cast.actor(cast.carl)
    with simulated(DAY + timedelta(days=END)):
        with pytest.raises(Conflict) as refused:
            placements.complete(placement_id, actor=carl, waive=False)
        assert refused.value.code == "WAIVES_GUARANTEE"
        placements.complete(placement_id, actor=carl, waive=True)
    with pytest.raises(WrongState):
        fail(cast, placement_id, on=END + 1, left=END)


def test_completing_after_the_days_of_grace_waives_nothing(cast: Cast) -> None:
    placement_id = active(cast)
    with simulated(DAY + timedelta(days=END + 6)):
        placements.complete(placement_id, actor=cast.actor(cast.carl), waive=False)
    assert not hires.placement(placement_id).guarantee_waived


def test_dates_that_end_a_guarantee_at_once_are_asked_about(cast: Cast) -> None:
    placement_id, carl = hired(cast), cast.actor(cast.carl)
    with pytest.raises(Conflict) as refused:
        placements.activate(placement_id, actor=carl, start_date=day(-91), accept_ended=False)
    assert refused.value.code == "GUARANTEE_ENDED"
    placements.activate(placement_id, actor=carl, start_date=day(-91), accept_ended=True)


def test_dates_whose_guarantee_runs_are_not_asked_about(cast: Cast) -> None:
    placement_id = hired(cast)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=day(-90), accept_ended=False)
    assert hires.placement(placement_id).guarantee_end_date == TODAY


@pytest.mark.parametrize("command", ["complete", "fail", "extend"])
def test_a_form_of_an_older_placement_is_refused(cast: Cast, command: str) -> None:
    placement_id, carl = active(cast), cast.actor(cast.carl)
    seen = hires.placement(placement_id).version
    guarantees.extend(placement_id, actor=carl, additional_days=1, reason="A day more")
    commands = {
        "complete": lambda: placements.complete(placement_id, actor=carl, version=seen),
        "fail": lambda: placements.fail(placement_id, actor=carl, reason="layoff", version=seen),
        "extend": lambda: guarantees.extend(placement_id, actor=carl, additional_days=1, reason="Again", version=seen),
    }
    with simulated(DAY + timedelta(days=END)), pytest.raises(StaleVersion):
        commands[command]()


def test_the_page_asks_for_the_last_day_worked_and_keeps_it(cast: Cast) -> None:
    placement_id = active(cast, start=date(2026, 11, 1))
    page = cast.client(cast.carl).get(f"/placements/{placement_id}/fail").text
    assert 'value="2026-11-24"' in page
    typed = {"reason": "layoff", "last_day_worked": "2026-10-01", "candidate": "Maya Okafor"}
    answer = cast.client(cast.carl).post_form(f"/placements/{placement_id}/fail", typed)
    assert answer.status_code == 422
    assert "Choose a date from 1 Nov 2026 to 24 Nov 2026." in answer.text
    assert 'value="2026-10-01"' in answer.text
