"""The guarantee (domain.md §4): it is extended, it announces its end, and it ends by itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, PortalError, WrongState
from portal.domain.ids import SYSTEM_USER_ID
from portal.domain.permissions import Actor, system_actor
from portal.extensions import db
from portal.models import GuaranteeExtension, GuaranteeNotice, Placement, PlacementStateChange
from portal.runtime.clock import simulated
from portal.services.placements import guarantees, placements
from tests import hires
from tests.accounts import statements
from tests.cast import DAY, Cast
from tests.hires import REASON, TODAY, active, day, hired
from tests.marketplace import posted


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def system() -> Actor:
    return system_actor(DAY)


def extend(cast: Cast, placement_id: uuid.UUID, days: int, reason: str = REASON) -> guarantees.Extended:
    return guarantees.extend(placement_id, actor=cast.actor(cast.carl), additional_days=days, reason=reason)


def notices(placement_id: uuid.UUID) -> list[tuple[int, int]]:
    """Read the notices that were told: the notice day, and the days that were left."""
    told = hires.events(placement_id, "guarantee.expiring")
    return [(payload["notice_days"], payload["days_left"]) for _, payload in told]


# --- extensions -----------------------------------------------------------------------------------------------


def test_an_extension_moves_the_end_and_is_told(cast: Cast) -> None:
    placement_id = active(cast)
    extended = extend(cast, placement_id, 30)
    assert (extended.old_days, extended.days, extended.end_date) == (90, 120, day(120))
    row = hires.placement(placement_id)
    assert (row.guarantee_days, row.guarantee_end_date, row.extensions) == (120, day(120), 1)
    _, payload = hires.events(placement_id, "guarantee.extended")[0]
    assert (payload["old_end_date"], payload["guarantee_end_date"], payload["additional_days"]) == (
        "2027-02-22",
        "2027-03-24",
        30,
    )


def test_every_extension_is_a_row_of_its_own(cast: Cast) -> None:
    placement_id = active(cast)
    extend(cast, placement_id, 1)
    extend(cast, placement_id, 274)
    query = select(GuaranteeExtension).order_by(GuaranteeExtension.number)
    with Session(db.engine) as session:
        rows = [(r.number, r.additional_days, r.old_end_date, r.new_end_date, r.by) for r in session.scalars(query)]
    assert rows == [
        (1, 1, day(90), day(91), cast.carl.user_id),
        (2, 274, day(91), day(365), cast.carl.user_id),
    ]


def test_two_extensions_are_the_most(cast: Cast) -> None:
    placement_id = active(cast)
    extend(cast, placement_id, 10)
    extend(cast, placement_id, 10)
    with pytest.raises(Conflict) as refused:
        extend(cast, placement_id, 10)
    assert refused.value.code == "NO_MORE_EXTENSIONS"


@pytest.mark.parametrize(("days", "allowed"), [(-5, False), (0, False), (1, True), (275, True), (276, False)])
def test_an_extension_keeps_within_the_longest_guarantee(cast: Cast, days: int, allowed: bool) -> None:
    placement_id = active(cast)
    if allowed:
        assert extend(cast, placement_id, days).days == 90 + days
        return
    with pytest.raises(InvalidInput) as refused:
        extend(cast, placement_id, days)
    assert refused.value.fields == {"additional_days": "Choose 1 to 275 days."}


def test_the_longest_guarantee_cannot_be_extended(cast: Cast) -> None:
    with pytest.raises(Conflict, match="365 days"):
        extend(cast, active(cast, days=365, job_id=posted(cast, guarantee_days=365)), 1)


def test_a_guarantee_is_extended_through_its_last_day_and_not_after(cast: Cast) -> None:
    placement_id = active(cast)
    with simulated(datetime(2027, 2, 22, 23, 59, tzinfo=UTC)):
        extend(cast, placement_id, 1)
    with (
        simulated(datetime(2027, 2, 24, 0, 0, tzinfo=UTC)),
        pytest.raises(Conflict, match="ended on 23 Feb") as refused,
    ):
        extend(cast, placement_id, 1)
    assert refused.value.code == "GUARANTEE_OVER"


def test_an_extension_needs_a_reason(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as refused:
        extend(cast, active(cast), 10, reason="  ")
    assert list(refused.value.fields) == ["reason"]


def test_only_a_running_guarantee_is_extended(cast: Cast) -> None:
    with pytest.raises(WrongState, match="has not been activated"):
        extend(cast, hired(cast), 10)


@pytest.mark.parametrize(("who", "error"), [("hana", NotPermitted), ("rita", NotPermitted), ("zoe", NotFound)])
def test_only_the_admin_of_the_company_and_the_platform_extend(cast: Cast, who: str, error: type[PortalError]) -> None:
    placement_id = active(cast)
    with pytest.raises(error):
        guarantees.extend(placement_id, actor=cast.actor(getattr(cast, who)), additional_days=1, reason=REASON)
    guarantees.extend(placement_id, actor=cast.actor(cast.pia), additional_days=1, reason=REASON)


# --- completion by itself -------------------------------------------------------------------------------------


def test_a_placement_completes_by_itself_when_its_days_of_grace_are_over(cast: Cast) -> None:
    placement_id = active(cast)
    with simulated(datetime(2027, 2, 27, 23, 59, 59, tzinfo=UTC)):
        assert guarantees.complete_due(actor=system()) == 0
    with simulated(datetime(2027, 2, 28, tzinfo=UTC)):
        assert guarantees.complete_due(actor=system()) == 1
        assert guarantees.complete_due(actor=system()) == 0
    assert hires.placement(placement_id).state == "completed"
    assert [p["automatic"] for _, p in hires.events(placement_id, "placement.completed")] == [True]
    with Session(db.engine) as session:
        step = session.scalars(select(PlacementStateChange).where(PlacementStateChange.to_state == "completed")).one()
    assert (step.by, step.notes) == (SYSTEM_USER_ID, guarantees.BY_ITSELF)


@pytest.mark.parametrize(
    ("zone", "over"),
    [
        ("Pacific/Kiritimati", datetime(2026, 11, 30, 10, tzinfo=UTC)),  # 14 hours ahead
        ("America/Los_Angeles", datetime(2026, 12, 1, 8, tzinfo=UTC)),  # 8 hours behind
    ],
)
def test_the_days_of_grace_are_over_in_the_time_zone_of_the_company(cast: Cast, zone: str, over: datetime) -> None:
    hires.move_company(cast, zone)
    active(cast, days=1)
    with simulated(over - timedelta(seconds=1)):
        assert guarantees.complete_due(actor=system()) == 0
    with simulated(over):
        assert guarantees.complete_due(actor=system()) == 1


def test_a_placement_whose_terms_say_so_waits_for_a_person(cast: Cast) -> None:
    placement_id = active(cast)
    with Session(db.engine) as session, session.begin():
        session.get_one(Placement, placement_id).automatic_completion = False
    with simulated(DAY + timedelta(days=200)):
        assert guarantees.complete_due(actor=system()) == 0


def test_an_extended_guarantee_does_not_complete_at_its_old_end(cast: Cast) -> None:
    placement_id = active(cast)
    extend(cast, placement_id, 30)
    with simulated(DAY + timedelta(days=92)):
        assert guarantees.complete_due(actor=system()) == 0


def test_many_complete_chunk_by_chunk(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarantees, "COMPLETION_CHUNK", 2)
    for _ in range(5):
        active(cast)
    with simulated(DAY + timedelta(days=97)), statements() as seen:
        assert guarantees.complete_due(actor=system()) == 5
    assert sum("UPDATE ats.placements" in statement for statement in seen) == 3


# --- notices --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "told"),
    [(31, []), (30, [(30, 30)]), (8, [(30, 8)]), (7, [(7, 7)]), (2, [(7, 2)]), (1, [(1, 1)]), (0, [(1, 0)]), (-1, [])],
)
def test_after_a_pause_only_the_nearest_notice_is_given(cast: Cast, left: int, told: list[tuple[int, int]]) -> None:
    placement_id = active(cast)
    with simulated(DAY + timedelta(days=90 - left)):
        assert guarantees.give_notices(actor=system()) == len(told)
        assert guarantees.give_notices(actor=system()) == 0
    assert notices(placement_id) == told


def test_each_notice_day_is_told_once_however_often_the_job_runs(cast: Cast) -> None:
    placement_id = active(cast)
    for hour in range(24 * 55, 24 * 92, 12):
        with simulated(DAY + timedelta(hours=hour)):
            guarantees.give_notices(actor=system())
    assert notices(placement_id) == [(30, 30), (7, 7), (1, 1)]


def test_the_notices_start_anew_for_the_end_after_an_extension(cast: Cast) -> None:
    placement_id = active(cast)
    with simulated(DAY + timedelta(days=60)):
        guarantees.give_notices(actor=system())
        extend(cast, placement_id, 30)
    for offset in (90, 91, 113, 119):
        with simulated(DAY + timedelta(days=offset)):
            guarantees.give_notices(actor=system())
    assert notices(placement_id) == [(30, 30), (30, 30), (7, 7), (1, 1)]


def test_the_days_left_are_counted_at_the_company(cast: Cast) -> None:
    hires.move_company(cast, "Pacific/Kiritimati")
    placement_id = active(cast, days=32)  # from the 24th, though it is the 24th until 10:00 UTC there
    with simulated(DAY + timedelta(days=1, hours=2)):  # 25 Nov 11:00 UTC: the 26th in Kiritimati
        guarantees.give_notices(actor=system())
    assert notices(placement_id) == [(30, 30)]


def test_many_notices_are_given_chunk_by_chunk(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarantees, "NOTICE_CHUNK", 2)
    for _ in range(5):
        active(cast, days=5)
    assert guarantees.give_notices(actor=system()) == 5


def test_a_notice_that_another_round_wrote_meanwhile_is_not_told_again(cast: Cast) -> None:
    placement_id = active(cast, days=5)
    with guarantees.unit_of_work(system()) as uow:
        row = uow.session.execute(guarantees._soon(uow)).one()
        uow.session.add(GuaranteeNotice(placement_id=placement_id, notice_days=7, at=DAY))
        uow.session.flush()
        assert guarantees._write_notices(uow, [(row, 7)]) == 0
    assert notices(placement_id) == []


@pytest.mark.parametrize("job", [guarantees.complete_due, guarantees.give_notices])
def test_only_the_platform_works_through_all_placements(cast: Cast, job: object) -> None:
    with pytest.raises(NotPermitted):
        job(actor=cast.actor(cast.carl))  # type: ignore[operator]


def test_a_completed_placement_is_not_announced(cast: Cast) -> None:
    placement_id = active(cast, start=day(-90))
    placements.complete(placement_id, actor=cast.actor(cast.carl))
    assert guarantees.give_notices(actor=system()) == 0
    assert hires.placement(placement_id).guarantee_end_date == TODAY
