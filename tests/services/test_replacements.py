"""Replacements (domain.md §4)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.domain.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    NotPermitted,
    PortalError,
    StaleVersion,
    WrongState,
)
from portal.extensions import db
from portal.models import Placement
from portal.queries.placements import placements as queries
from portal.queries.placements.collaboration import team as team_of
from portal.runtime.clock import simulated
from portal.services.billing import lifecycle
from portal.services.placements import collaboration, corrections, placements, replacements, undoing
from portal.services.placements.corrections import Right
from tests import hires, money
from tests.cast import DAY, Cast
from tests.hires import SALARY, TODAY, accepted, active, day, failed, hired, share
from tests.marketplace import claimed, posted

FAILED_ON = DAY + timedelta(days=10)
WINDOW_END = day(40)  # failed on day 10, 30 days of window


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def request(cast: Cast, placement_id: uuid.UUID, offset: int, *, at: int = 11) -> None:
    with simulated(DAY + timedelta(days=at)):
        replacements.request(placement_id, actor=cast.actor(cast.carl), deadline=day(offset), notes="Same skills")


def link(cast: Cast, placement_id: uuid.UUID, other: uuid.UUID) -> uuid.UUID:
    return replacements.link(placement_id, actor=cast.actor(cast.carl), replacement_id=other, notes="Found her")


def pair(cast: Cast) -> tuple[uuid.UUID, uuid.UUID]:
    """Make a placement that failed, and a later hire for the same job."""
    job_id = posted(cast)
    first = failed(cast, job_id=job_id)
    with simulated(FAILED_ON + timedelta(days=1)):
        return first, hired(cast, job_id=job_id, name="Nora Lindt")


def test_the_company_requests_a_replacement(cast: Cast) -> None:
    placement_id = failed(cast)
    request(cast, placement_id, 30)
    row = hires.placement(placement_id)
    assert (row.replacement_deadline, row.replacement_notes) == (day(30), "Same skills")
    assert row.replacement_requested_at == DAY + timedelta(days=11)
    assert hires.events(placement_id, "replacement.requested")[0][1]["replacement_deadline"] == "2026-12-24"


def test_a_replacement_is_requested_once(cast: Cast) -> None:
    placement_id = failed(cast)
    request(cast, placement_id, 30)
    with pytest.raises(Conflict) as refused:
        request(cast, placement_id, 31)
    assert refused.value.code == "REPLACEMENT_REQUESTED"


@pytest.mark.parametrize(("offset", "allowed"), [(10, False), (11, False), (12, True), (40, True), (41, False)])
def test_the_deadline_lies_in_the_future_and_inside_the_window(cast: Cast, offset: int, allowed: bool) -> None:
    placement_id = failed(cast)
    if allowed:
        request(cast, placement_id, offset)
        return
    with pytest.raises(InvalidInput) as refused:
        request(cast, placement_id, offset)
    assert refused.value.fields == {"deadline": "Choose a date after today and by 3 Jan 2027."}


def test_after_the_window_no_replacement_is_requested(cast: Cast) -> None:
    placement_id = failed(cast)
    with pytest.raises(Conflict) as refused:
        request(cast, placement_id, 50, at=40)
    assert refused.value.code == "REPLACEMENT_WINDOW_OVER"


def test_a_failure_after_the_guarantee_is_not_replaced(cast: Cast) -> None:
    with pytest.raises(Conflict) as refused:
        request(cast, failed(cast, on=91), 100, at=92)
    assert refused.value.code == "NOT_ELIGIBLE"


def test_only_a_failed_placement_is_replaced(cast: Cast) -> None:
    with pytest.raises(WrongState, match="This placement is active"):
        request(cast, active(cast), 30)


def test_a_link_shows_on_both_sides_and_is_told(cast: Cast) -> None:
    first, other = pair(cast)
    with simulated(FAILED_ON + timedelta(days=2)):
        assert link(cast, first, other) == other
    row = hires.placement(other)
    assert (row.replaces_id, row.linked_at) == (first, FAILED_ON + timedelta(days=2))
    assert hires.placement(first).replacement_notes == "Found her"
    assert hires.events(first, "replacement.linked")[0][1]["replacement_placement_id"] == str(other)


def test_the_notes_of_request_and_link_stand_one_below_the_other(cast: Cast) -> None:
    first, other = pair(cast)
    request(cast, first, 30)
    link(cast, first, other)
    assert hires.placement(first).replacement_notes == "Same skills\nFound her"


def test_the_replacement_has_its_own_guarantee_from_its_own_activation(cast: Cast) -> None:
    first, other = pair(cast)
    link(cast, first, other)
    assert hires.placement(other).guarantee_end_date is None
    with simulated(DAY + timedelta(days=20)):
        placements.activate(other, actor=cast.actor(cast.carl), start_date=day(20))
    assert hires.placement(other).guarantee_end_date == day(110)


def failed_with_a_team(cast: Cast, job_id: uuid.UUID, support: int) -> uuid.UUID:
    """Make a failed placement in whose team omar was, with a share as agreed before activation filled it up."""
    placement_id = hired(cast, job_id=job_id)
    share(cast, placement_id, cast.omar, "support", support)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=TODAY)
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason="layoff")
    return placement_id


def test_the_rest_of_the_team_moves_over_to_a_replacement_that_has_none_but_the_default(cast: Cast) -> None:
    job_id = posted(cast)
    first = failed_with_a_team(cast, job_id, 1_000)
    with simulated(FAILED_ON):
        other = hired(cast, job_id=job_id)
        link(cast, first, other)
    assert hires.team(other) == [
        ("Rita", "sourcer", 4_000, 1_000_000),
        ("Rita", "submitter", 3_000, 750_000),
        ("Omar", "support", 1_000, 250_000),
    ]
    assert hires.types(other)[-2:] == ["collaborator.added", "splits.changed"]


def test_the_split_of_a_replacement_that_began_divides_what_it_took_over(cast: Cast) -> None:
    first = money.started(cast, platform_bp=500)
    money.paid(cast, first)
    money.left(cast, first, 10)
    with simulated(FAILED_ON + timedelta(days=1)):
        other = hired(cast, job_id=hires.placement(first).job_id, name="Nora Lindt")
        corrections.correct(other, actor=cast.actor(cast.carl), right=Right(salary_minor=2 * SALARY), reason="Doubled")
        link(cast, first, other)
        placements.activate(other, actor=cast.actor(cast.carl), start_date=day(11))
        paid = [amount for role, amount, _ in money.payouts(other) if role]
        assert (hires.placement(other).fee_minor, sum(paid)) == (5_000_000, 2_375_000)
        assert [amount for *_, amount in hires.team(other)] == paid
        told = corrections.correct(other, actor=cast.actor(cast.pia), right=Right(start_date=day(12)), reason="Late")
        assert (told.state, [amount for *_, amount in hires.team(other)]) == ("in_force", paid)
        seen = team_of(other, viewer=cast.actor(cast.rita))
    assert (seen.fee_minor, seen.platform_fee_minor, seen.left_minor) == (2_500_000, 125_000, 0)


def test_a_replacement_that_the_company_no_longer_waits_for_has_a_fee_of_its_own(cast: Cast) -> None:
    first = money.started(cast)
    money.paid(cast, first)
    money.left(cast, first, 10)
    with simulated(FAILED_ON + timedelta(days=1)):
        lifecycle.waive(first, actor=cast.actor(cast.carl))
        other = hired(cast, job_id=hires.placement(first).job_id, name="Nora Lindt")
        link(cast, first, other)
        placements.activate(other, actor=cast.actor(cast.carl), start_date=day(11))
    assert sum(amount for *_, amount in hires.team(other)) == hires.placement(other).fee_minor == 2_500_000
    assert sum(amount for role, amount, _ in money.payouts(other) if role) == 2_500_000


def test_the_new_sourcer_and_submitter_are_those_of_the_new_candidate(cast: Cast) -> None:
    job_id = posted(cast)
    first = failed_with_a_team(cast, job_id, 3_000)
    with simulated(FAILED_ON):
        other = hired(cast, cast.omar, job_id=job_id)
        link(cast, first, other)
    assert [row[:3] for row in hires.team(other)] == [
        ("Omar", "sourcer", 4_000),
        ("Omar", "submitter", 3_000),
        ("Omar", "support", 3_000),
    ]


def test_shares_that_no_longer_fit_shrink_in_proportion(cast: Cast) -> None:
    job_id = posted(cast)
    first = hired(cast, job_id=job_id)
    collaboration.change(first, cast.rita.recruiter_id, actor=cast.actor(cast.rita), role="sourcer", split_bp=1_000)
    share(cast, first, cast.omar, "closer", 4_000)
    share(cast, first, cast.omar, "support", 2_000)
    placements.activate(first, actor=cast.actor(cast.carl), start_date=TODAY)
    placements.fail(first, actor=cast.actor(cast.carl), reason="layoff")
    with simulated(FAILED_ON):
        other = hired(cast, job_id=job_id)
        link(cast, first, other)
    assert [bp for _, _, bp, _ in hires.team(other)] == [4_000, 3_000, 2_000, 1_000]


def test_a_correction_neither_changes_what_was_agreed_nor_makes_a_team(cast: Cast) -> None:
    job_id, pia = posted(cast), cast.actor(cast.pia)
    first = hired(cast, job_id=job_id)
    share(cast, first, cast.omar, "support", 1_000)
    placements.activate(first, actor=cast.actor(cast.carl), start_date=TODAY)
    corrections.correct(first, actor=pia, right=Right(salary_minor=13_000_000), reason="Misread")
    placements.fail(first, actor=cast.actor(cast.carl), reason="layoff")
    with simulated(FAILED_ON):
        other = hired(cast, job_id=job_id)
        corrections.correct(other, actor=pia, right=Right(salary_minor=13_000_000), reason="Misread")
        link(cast, first, other)
    assert [bp for _, _, bp, _ in hires.team(other)] == [4_000, 3_000, 1_000]


def test_who_is_the_new_candidate_does_not_move_over(cast: Cast) -> None:
    job_id = posted(cast)
    first = failed_with_a_team(cast, job_id, 1_000)
    with simulated(FAILED_ON):
        proposal_id = accepted(cast, job_id=job_id, candidate_id=claimed(cast, email=cast.omar.email))
        other = placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=hires.SALARY)
        link(cast, first, other)
    assert [row[:2] for row in hires.team(other)] == [("Rita", "sourcer"), ("Rita", "submitter")]


def test_a_team_that_was_changed_stays_as_it_is(cast: Cast) -> None:
    job_id = posted(cast)
    first = failed_with_a_team(cast, job_id, 1_000)
    with simulated(FAILED_ON):
        other = hired(cast, job_id=job_id)
        share(cast, other, cast.omar, "closer", 500)
        link(cast, first, other)
    assert [bp for _, _, bp, _ in hires.team(other)] == [4_000, 3_000, 500]


def test_a_replacement_that_is_active_keeps_its_locked_team(cast: Cast) -> None:
    job_id = posted(cast)
    first = failed_with_a_team(cast, job_id, 1_000)
    with simulated(FAILED_ON):
        other = active(cast, start=day(10), job_id=job_id)
        link(cast, first, other)
    assert [bp for _, _, bp, _ in hires.team(other)] == [5_714, 4_286]


def test_who_saw_a_placement_before_it_changed_reads_what_was_done_last(cast: Cast) -> None:
    first, other = pair(cast)
    carl, seen = cast.actor(cast.carl), hires.placement(other).version
    with simulated(FAILED_ON + timedelta(days=2)):
        link(cast, first, other)
    with pytest.raises(StaleVersion, match=r"opened this \(Carl: placement failed\)"):
        replacements.request(first, actor=carl, deadline=day(20), version=1)
    with pytest.raises(StaleVersion, match="linked as a replacement"):
        undoing.undo(other, actor=carl, reason="Typed twice", version=seen)
    with pytest.raises(StaleVersion, match="There is no version 99"):
        undoing.undo(other, actor=carl, reason="Typed twice", version=99)


def test_a_placement_is_replaced_once_and_replaces_one(cast: Cast) -> None:
    first, other = pair(cast)
    job_id = hires.placement(first).job_id
    with simulated(FAILED_ON + timedelta(days=2)):
        third = hired(cast, job_id=job_id)
    link(cast, first, other)
    with pytest.raises(Conflict) as refused:
        link(cast, first, third)
    assert refused.value.code == "ALREADY_REPLACED"
    with simulated(FAILED_ON):
        second = failed(cast, on=11, job_id=job_id)
    with pytest.raises(Conflict, match="already replaces another one"):
        link(cast, second, other)


def test_a_placement_of_another_job_does_not_replace(cast: Cast) -> None:
    first, _ = pair(cast)
    with simulated(FAILED_ON + timedelta(days=2)), pytest.raises(Conflict, match="same job"):
        link(cast, first, hired(cast, job_id=posted(cast, title="Another")))


def test_an_earlier_placement_does_not_replace(cast: Cast) -> None:
    job_id = posted(cast)
    with simulated(DAY - timedelta(days=1)):
        early = hired(cast, job_id=job_id)
    with pytest.raises(Conflict, match="made after"):
        link(cast, failed(cast, job_id=job_id), early)


def test_a_failed_placement_does_not_replace(cast: Cast) -> None:
    first, other = pair(cast)
    placements.fail(other, actor=cast.actor(cast.carl), reason="no_show")
    with pytest.raises(Conflict, match="hired or active"):
        link(cast, first, other)


def test_a_placement_does_not_replace_itself(cast: Cast) -> None:
    first = failed(cast)
    with pytest.raises(Conflict, match="itself"):
        link(cast, first, first)


def test_a_circle_is_refused_even_when_the_dates_would_allow_it(cast: Cast) -> None:
    first, other = pair(cast)
    link(cast, first, other)
    with simulated(FAILED_ON + timedelta(days=2)):
        placements.activate(other, actor=cast.actor(cast.carl), start_date=day(12))
        placements.fail(other, actor=cast.actor(cast.carl), reason="mutual")
    with Session(db.engine) as session, session.begin():
        session.execute(update(Placement).where(Placement.id == first).values(hired_at=DAY + timedelta(days=99)))
    with pytest.raises(Conflict, match="already been replaced by this one"):
        link(cast, other, first)


COMMANDS = ("request", "link")


def _do(command: str, cast: Cast, who: str, first: uuid.UUID, other: uuid.UUID) -> None:
    actor = cast.actor(getattr(cast, who))
    if command == "request":
        replacements.request(first, actor=actor, deadline=day(30))
    else:
        replacements.link(first, actor=actor, replacement_id=other)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("who", "error"), [("hana", NotPermitted), ("rita", NotPermitted), ("zoe", NotFound)])
def test_only_the_admin_of_the_company_and_the_platform_replace(
    cast: Cast, command: str, who: str, error: type[PortalError]
) -> None:
    first, other = pair(cast)
    with simulated(FAILED_ON + timedelta(days=2)):
        with pytest.raises(error):
            _do(command, cast, who, first, other)
        _do(command, cast, "pia", first, other)


def test_a_placement_of_another_company_does_not_exist_for_the_admin(cast: Cast) -> None:
    first, _ = pair(cast)
    rival_job = posted(cast, cast.zoe)
    proposal_id = hires.proposed(cast, job_id=rival_job)
    hires.proposals.accept(proposal_id, actor=cast.actor(cast.zoe))
    theirs = placements.hire(proposal_id, actor=cast.actor(cast.zoe), salary_minor=SALARY)
    with pytest.raises(NotFound):
        link(cast, first, theirs)
    with pytest.raises(Conflict, match="same job"):
        replacements.link(first, actor=cast.actor(cast.pia), replacement_id=theirs)


def test_an_accepted_candidate_is_no_placement_yet(cast: Cast) -> None:
    with pytest.raises(NotFound):
        link(cast, failed(cast), accepted(cast))


# --- a replacement that is lost -------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["undone", "no_show"])
def test_a_replacement_that_never_began_leaves_room_for_another(cast: Cast, how: str) -> None:
    first, second = pair(cast)
    with simulated(FAILED_ON + timedelta(days=1)):
        link(cast, first, second)
        carl = cast.actor(cast.carl)
        if how == "undone":
            undoing.undo(second, actor=carl, reason="The wrong person")
        else:
            placements.fail(second, actor=carl, reason="no_show")
        third = hired(cast, job_id=hires.placement(first).job_id, name="Ines Roth")
        assert "link_replacement" in queries.detail(first, viewer=carl).allowed_actions
        link(cast, first, third)
    assert (hires.placement(second).replaces_id, hires.placement(third).replaces_id) == (None, first)
    (_, told), *more = hires.events(first, "replacement.unlinked")
    assert (told["replacement_placement_id"], more) == (str(second), [])


def test_a_no_show_that_is_undone_is_linked_again_unless_another_was_meanwhile(cast: Cast) -> None:
    first, second = pair(cast)
    carl = cast.actor(cast.carl)
    with simulated(FAILED_ON + timedelta(days=1)):
        link(cast, first, second)
        placements.fail(second, actor=carl, reason="no_show")
        undoing.undo(second, actor=carl, reason="She came")
        assert hires.placement(second).replaces_id == first
        placements.fail(second, actor=carl, reason="no_show")
        third = hired(cast, job_id=hires.placement(first).job_id, name="Ines Roth")
        link(cast, first, third)
        undoing.undo(second, actor=carl, reason="She came")
    row = hires.placement(second)
    assert (row.replaces_id, row.would_replace_id, hires.placement(third).replaces_id) == (None, None, first)
    assert len(hires.events(first, "replacement.linked")) == 3


def test_a_replacement_that_began_stays_one_however_it_ends(cast: Cast) -> None:
    first, second = pair(cast)
    with simulated(FAILED_ON + timedelta(days=1)):
        link(cast, first, second)
        placements.activate(second, actor=cast.actor(cast.carl), start_date=day(11))
        placements.fail(second, actor=cast.actor(cast.carl), reason="no_show")
    assert hires.placement(second).replaces_id == first
    assert hires.events(first, "replacement.unlinked") == []
