"""The life of a placement (domain.md §4): hire, activate, complete, fail."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, PortalError, StaleVersion, WrongState
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import GuaranteeConfig, Job, PlacementStateChange, Proposal, SplitSheet
from portal.runtime.clock import simulated
from portal.services.candidates import ownership
from portal.services.placements import placements
from tests import hires
from tests.cast import DAY, Cast
from tests.hires import SALARY, TODAY, accepted, active, day, hired
from tests.marketplace import claimed, posted, proposed


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def history(placement_id: uuid.UUID) -> list[tuple[str | None, str, str]]:
    query = select(PlacementStateChange.from_state, PlacementStateChange.to_state, PlacementStateChange.notes)
    with Session(db.engine) as session:
        rows = session.execute(query.where(PlacementStateChange.placement_id == placement_id).order_by("id"))
        return [tuple(row) for row in rows]


# --- hire ---------------------------------------------------------------------------------------------------


def test_a_hire_takes_the_fee_of_the_job_and_gives_sourcer_and_submitter_their_shares(cast: Cast) -> None:
    placement_id = hired(cast)
    row = hires.placement(placement_id)
    assert (row.state, row.fee_bp, row.fee_minor, row.currency) == ("hired", 2_000, 2_500_000, "USD")
    assert hires.team(placement_id) == [("Rita", "sourcer", 4_000, 1_000_000), ("Rita", "submitter", 3_000, 750_000)]
    assert (row.allocated_bp, row.split_version, row.lead_recruiter_id) == (7_000, 1, cast.rita.recruiter_id)
    assert history(placement_id) == [(None, "hired", "")]


def test_a_hire_is_refused_for_other_sourcers_than_were_shown(cast: Cast) -> None:
    proposal_id = accepted(cast)
    with pytest.raises(StaleVersion, match="it belongs to Rita now"):
        placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=SALARY, seen="somebody else")


def test_a_hire_tells_of_itself_and_of_each_collaborator(cast: Cast) -> None:
    placement_id = hired(cast)
    assert hires.types(placement_id) == ["placement.hired", "collaborator.added", "collaborator.added"]
    payloads = [payload for _, payload in hires.events(placement_id, "collaborator.added")]
    assert [(p["role"], p["amount_minor"], p["at_hire"]) for p in payloads] == [
        ("sourcer", 1_000_000, True),
        ("submitter", 750_000, True),
    ]


def test_the_sourcing_credit_of_another_recruiter_counts_at_the_hire(cast: Cast) -> None:
    candidate_id = claimed(cast)
    proposal_id = accepted(cast, candidate_id=candidate_id)
    with simulated(DAY + timedelta(days=366)):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="referral")
        placement_id = placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=SALARY)
    assert [row[:3] for row in hires.team(placement_id)] == [("Omar", "sourcer", 4_000), ("Rita", "submitter", 3_000)]


def test_a_sourcing_credit_that_has_lapsed_leaves_the_share_of_the_sourcer_open(cast: Cast) -> None:
    proposal_id = accepted(cast)
    with simulated(DAY + timedelta(days=365)):
        placement_id = placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=SALARY)
    assert hires.team(placement_id) == [("Rita", "submitter", 3_000, 750_000)]


@pytest.mark.parametrize(
    ("terms", "fee"),
    [
        ({"salary_minor": SALARY, "fee_bp": 1_500}, (1_500, 1_875_000)),
        ({"salary_minor": SALARY, "flat_fee_minor": 1_200_000}, (None, 1_200_000)),
        ({"salary_minor": SALARY, "fee_bp": 10_000}, (10_000, SALARY)),
        ({"salary_minor": 333, "fee_bp": 1}, None),
        ({"salary_minor": 0}, None),
        ({"salary_minor": -5}, None),
        ({"salary_minor": 10**13 + 1}, None),
        ({"salary_minor": SALARY, "fee_bp": 0}, None),
        ({"salary_minor": SALARY, "fee_bp": 10_001}, None),
        ({"salary_minor": SALARY, "flat_fee_minor": 0}, None),
        ({"salary_minor": SALARY, "flat_fee_minor": SALARY + 1}, None),
    ],
)
def test_another_fee_than_the_terms_needs_the_reason_of_a_platform_admin(
    cast: Cast, terms: dict[str, int], fee: tuple[int | None, int] | None
) -> None:
    proposal_id = accepted(cast)
    if fee is None:
        with pytest.raises(InvalidInput):
            placements.hire(proposal_id, actor=cast.actor(cast.carl), **terms)
        return
    with pytest.raises(Conflict) as refused:
        placements.hire(proposal_id, actor=cast.actor(cast.carl), **terms)
    assert refused.value.code == "FEE_NOT_OF_TERMS"
    pia = cast.actor(cast.pia)
    row = hires.placement(placements.hire(proposal_id, actor=pia, fee_reason="Agreed by phone", **terms))
    assert (row.fee_bp, row.fee_minor) == fee
    assert hires.events(row.id, "placement.hired")[0][1]["fee_reason"] == "Agreed by phone"


@pytest.mark.parametrize("reason", ["fee_reason", "second_reason"])
def test_a_reason_for_nothing_is_refused_instead_of_swallowed(cast: Cast, reason: str) -> None:
    proposal_id = accepted(cast)
    for who in (cast.carl, cast.pia):
        with pytest.raises(InvalidInput) as refused:
            placements.hire(proposal_id, actor=cast.actor(who), salary_minor=SALARY, **{reason: "Agreed by phone"})
        assert list(refused.value.fields) == [reason]


def test_a_hire_may_plan_the_first_day(cast: Cast) -> None:
    proposal_id, actor = accepted(cast), cast.actor(cast.carl)
    with pytest.raises(InvalidInput) as refused:
        placements.hire(proposal_id, actor=actor, salary_minor=SALARY, start_date=day(541))
    assert list(refused.value.fields) == ["start_date"]
    placement_id = placements.hire(proposal_id, actor=actor, salary_minor=SALARY, start_date=day(30))
    row = hires.placement(placement_id)
    assert (row.state, row.start_date, row.guarantee_end_date) == ("hired", day(30), None)


def test_a_proposal_leads_to_one_hire(cast: Cast) -> None:
    proposal_id = accepted(cast)
    placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=SALARY)
    with pytest.raises(Conflict) as refused:
        placements.hire(proposal_id, actor=cast.actor(cast.pia), salary_minor=SALARY)
    assert refused.value.code == "ALREADY_HIRED"


def test_only_an_accepted_proposal_can_be_hired_from(cast: Cast) -> None:
    with pytest.raises(Conflict) as refused:
        placements.hire(proposed(cast), actor=cast.actor(cast.carl), salary_minor=SALARY)
    assert refused.value.code == "NOT_ACCEPTED"


def test_a_hire_withdraws_the_other_open_proposals_of_the_candidate(cast: Cast) -> None:
    candidate_id = claimed(cast)
    other = proposed(cast, candidate_id=candidate_id, job_id=posted(cast, title="Another"))
    stranger = proposed(cast)
    proposal_id = accepted(cast, candidate_id=candidate_id)
    placements.hire(proposal_id, actor=cast.actor(cast.carl), salary_minor=SALARY)
    with Session(db.engine) as session:
        states = [session.get_one(Proposal, key).state for key in (other, stranger, proposal_id)]
    assert states == ["withdrawn", "proposed", "accepted"]


@pytest.mark.parametrize(
    ("who", "error"), [("hana", NotPermitted), ("rita", NotPermitted), ("omar", NotFound), ("zoe", NotFound)]
)
def test_only_the_admin_of_the_company_and_the_platform_hire(cast: Cast, who: str, error: type[PortalError]) -> None:
    proposal_id = accepted(cast)
    with pytest.raises(error):
        placements.hire(proposal_id, actor=cast.actor(getattr(cast, who)), salary_minor=SALARY)
    placements.hire(proposal_id, actor=cast.actor(cast.pia), salary_minor=SALARY, notes="Late entry")


# --- activate -----------------------------------------------------------------------------------------------


def test_activation_starts_the_guarantee_and_locks_the_splits_at_100_percent(cast: Cast) -> None:
    placement_id = hired(cast)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=TODAY, notes="Started")
    row = hires.placement(placement_id)
    assert (row.state, row.start_date, row.guarantee_days, row.guarantee_end_date) == ("active", TODAY, 90, day(90))
    assert (row.maximum_days, row.maximum_extensions, row.replacement_window_days) == (365, 2, 30)
    assert (row.notice_days, row.automatic_completion, row.allocated_bp) == ([30, 7, 1], True, 10_000)
    assert row.splits_locked_at == row.activated_at == DAY
    assert hires.team(placement_id) == [("Rita", "sourcer", 5_714, 1_428_500), ("Rita", "submitter", 4_286, 1_071_500)]
    assert history(placement_id)[-1] == ("hired", "active", "Started")


def test_activation_writes_the_final_sheet_and_tells_of_the_lock(cast: Cast) -> None:
    placement_id = active(cast)
    with Session(db.engine) as session:
        sheet = session.get_one(SplitSheet, (placement_id, 2))
    assert (sheet.locked, sheet.cause, sheet.receipt["filled_to_whole"]) == (True, "locked", True)
    (_, locked), (_, activated) = hires.events(placement_id, "splits.locked", "placement.activated")[::-1]
    assert (locked["version"], locked["sha256"]) == (2, sheet.sha256)
    assert (activated["start_date"], activated["guarantee_end_date"]) == ("2026-11-24", "2027-02-22")


@pytest.mark.parametrize(("offset", "allowed"), [(-366, False), (-365, True), (0, True), (540, True), (541, False)])
def test_the_start_may_lie_a_year_back_or_540_days_ahead(cast: Cast, offset: int, allowed: bool) -> None:
    placement_id = hired(cast)
    if allowed:
        placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=day(offset))
        return
    with pytest.raises(InvalidInput) as refused:
        placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=day(offset))
    assert refused.value.fields == {"start_date": "Choose a date from 24 Nov 2025 to 17 May 2028."}


def test_the_start_counts_in_the_time_zone_of_the_company(cast: Cast) -> None:
    hires.move_company(cast, "Pacific/Kiritimati")  # 14 hours ahead: there it is the 25th already
    placement_id = hired(cast)
    with simulated(DAY + timedelta(hours=2)):
        placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=day(181))
    assert hires.placement(placement_id).start_date == day(181)


@pytest.mark.parametrize(("days", "allowed"), [(-1, False), (0, True), (1, True), (365, True), (366, False)])
def test_the_guarantee_keeps_inside_the_bounds_of_the_settings(cast: Cast, days: int, allowed: bool) -> None:
    if allowed:
        row = hires.placement(active(cast, days=days, job_id=posted(cast, guarantee_days=365)))
        assert (row.guarantee_days, row.guarantee_end_date) == (days, day(days))
        return
    with pytest.raises(InvalidInput) as refused:
        active(cast, days=days)
    assert refused.value.fields == {"guarantee_days": "Choose 0 to 365 days."}


def test_a_guarantee_is_no_longer_than_the_candidate_was_proposed_with(cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="proposed with a guarantee of 90 days; it can’t be longer") as refused:
        active(cast, days=91)
    assert set(refused.value.fields) == {"guarantee_days"}


@pytest.mark.parametrize(("wish", "days"), [(None, 60), (45, 45), (5, 30), (300, 120)])
def test_the_days_of_the_job_count_inside_the_bounds_of_the_company(cast: Cast, wish: int | None, days: int) -> None:
    settings = {"default_days": 60, "minimum_days": 30, "maximum_days": 120, "maximum_extensions": 1}
    job_id = posted(cast)
    with Session(db.engine) as session, session.begin():
        session.get_one(Job, job_id).guarantee_days = wish
        session.add(
            GuaranteeConfig(
                id=uuid.uuid4(),
                scope="company",
                company_id=cast.acme,
                replacement_window_days=14,
                notice_days=[5],
                automatic_completion=False,
                updated_at=DAY,
                **settings,
            )
        )
    row = hires.placement(active(cast, job_id=job_id))
    assert (row.guarantee_days, row.maximum_days, row.automatic_completion) == (days, 120, False)


def test_the_example_of_the_specification_ends_on_15_march() -> None:
    assert placements.rules.guarantee_end(date(2025, 12, 15), 90) == date(2026, 3, 15)


# --- complete -----------------------------------------------------------------------------------------------


def test_a_placement_completes_from_the_last_day_of_its_guarantee_on(cast: Cast) -> None:
    placement_id = active(cast)
    with simulated(DAY + timedelta(days=89)), pytest.raises(Conflict) as refused:
        placements.complete(placement_id, actor=cast.actor(cast.carl))
    assert (refused.value.code, refused.value.details) == (
        "GUARANTEE_RUNNING",
        {"guarantee_end_date": "2027-02-22"},
    )
    with simulated(DAY + timedelta(days=90)):
        placements.complete(placement_id, actor=cast.actor(cast.carl), notes="All well")
    row = hires.placement(placement_id)
    assert (row.state, row.completed_at, row.completion_notes) == ("completed", DAY + timedelta(days=90), "All well")
    assert hires.events(placement_id, "placement.completed")[0][1]["automatic"] is False


def test_the_last_day_begins_when_it_begins_at_the_company(cast: Cast) -> None:
    hires.move_company(cast, "America/Los_Angeles")
    placement_id = active(cast, days=1)
    midnight = DAY.replace(hour=8) + timedelta(days=1)  # 25 Nov, 00:00 in Los Angeles
    with simulated(midnight - timedelta(seconds=1)), pytest.raises(Conflict, match="25 Nov 2026"):
        placements.complete(placement_id, actor=cast.actor(cast.carl))
    with simulated(midnight):
        placements.complete(placement_id, actor=cast.actor(cast.carl))


# --- fail ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("on", "eligible"), [(0, True), (90, True), (91, False)])
def test_a_failure_up_to_the_last_day_may_be_replaced(cast: Cast, on: int, eligible: bool) -> None:
    row = hires.placement(hires.failed(cast, on=on))
    assert (row.state, row.failure_reason, row.replacement_eligible) == ("failed", "candidate_quit", eligible)
    _, payload = hires.events(row.id, "placement.failed")[0]
    assert (payload["within_guarantee"], payload["replacement_eligible"]) == (eligible, eligible)


def test_a_placement_that_never_began_fails_as_a_no_show_and_is_no_guarantee_case(cast: Cast) -> None:
    placement_id = hired(cast)
    with pytest.raises(InvalidInput):
        placements.fail(placement_id, actor=cast.actor(cast.carl), reason="layoff")
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason="no_show", notes="Never came")
    row = hires.placement(placement_id)
    assert (row.state, row.failure_notes, row.replacement_eligible) == ("failed", "Never came", False)
    assert history(placement_id)[-1] == ("hired", "failed", "Never came")


def test_who_did_not_start_has_no_last_day_worked(cast: Cast) -> None:
    placement_id = active(cast)
    with pytest.raises(InvalidInput) as refused:
        placements.fail(placement_id, actor=cast.actor(cast.carl), reason="no_show", last_day_worked=TODAY)
    assert set(refused.value.fields) == {"last_day_worked"}


def test_a_failure_has_a_reason_of_the_list(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as refused:
        placements.fail(active(cast), actor=cast.actor(cast.carl), reason="bad luck")
    assert list(refused.value.fields) == ["reason"]


# --- what holds for all ---------------------------------------------------------------------------------------

COMMANDS: dict[str, dict[str, Any]] = {
    "activate": {"start_date": TODAY},
    "complete": {},
    "fail": {"reason": "no_show"},
}


@pytest.mark.parametrize(
    ("state", "command"),
    [
        ("hired", "complete"),
        ("active", "activate"),
        ("completed", "activate"),
        ("completed", "complete"),
        ("completed", "fail"),
        ("failed", "activate"),
        ("failed", "complete"),
        ("failed", "fail"),
    ],
)
def test_a_state_refuses_what_is_not_in_its_table(cast: Cast, state: str, command: str) -> None:
    placement_id = {"hired": hired, "active": active, "failed": hires.failed}.get(state, active)(cast)
    with simulated(DAY + timedelta(days=100)):
        if state == "completed":
            placements.complete(placement_id, actor=system_actor(DAY))
        with pytest.raises(WrongState) as refused:
            getattr(placements, command)(placement_id, actor=cast.actor(cast.carl), **COMMANDS[command])
    assert refused.value.details["state"] == state


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("who", "error"), [("hana", NotPermitted), ("rita", NotPermitted), ("omar", NotFound), ("zoe", NotFound)]
)
def test_only_the_admin_of_the_company_and_the_platform_change_a_placement(
    cast: Cast, command: str, who: str, error: type[PortalError]
) -> None:
    placement_id = active(cast) if command == "complete" else hired(cast)
    with simulated(DAY + timedelta(days=90)):
        actor = cast.actor(getattr(cast, who))
        with pytest.raises(error):
            getattr(placements, command)(placement_id, actor=actor, **COMMANDS[command])
        getattr(placements, command)(placement_id, actor=cast.actor(cast.pia), **COMMANDS[command])


def test_notes_that_are_too_long_are_refused(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as refused:
        placements.complete(active(cast), actor=cast.actor(cast.carl), notes="x" * 2_001)
    assert list(refused.value.fields) == ["notes"]
