"""Who shares the fee (domain.md §5): the open team, its sum, and the versions of its sheet."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.collaboration import Agreed, verify
from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, PortalError, StaleVersion
from portal.extensions import db
from portal.models import Collaborator, Recruiter
from portal.runtime.clock import simulated
from portal.services.placements import collaboration, placements
from tests import hires
from tests.cast import DAY, Cast, Person
from tests.hires import active, hired, opened, recruiters, share
from tests.tables import sheets


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def set_share(
    cast: Cast, placement_id: uuid.UUID, who: Person, bp: int, role: str | None = None
) -> collaboration.Changed:
    assert who.recruiter_id is not None
    actor = cast.actor(cast.rita if who is cast.rita else cast.pia)  # of others' shares only pia decides alone
    more = {"split_bp": bp, "role": role, "reason": "A ruling"}
    return collaboration.change(placement_id, who.recruiter_id, actor=actor, **more)


def drop(cast: Cast, placement_id: uuid.UUID, who: Person, role: str) -> None:
    assert who.recruiter_id is not None
    actor = cast.actor(cast.rita if who is cast.rita else cast.pia)
    collaboration.remove(placement_id, who.recruiter_id, actor=actor, role=role, reason="A ruling")


def test_the_lead_recruiter_adds_a_colleague(cast: Cast) -> None:
    placement_id = hired(cast)
    row_id = share(cast, placement_id, cast.omar, "support", 1_000)
    assert hires.team(placement_id)[-1] == ("Omar", "support", 1_000, 250_000)
    assert hires.placement(placement_id).allocated_bp == 8_000
    with Session(db.engine) as session:
        assert session.get_one(Collaborator, row_id).added_by == cast.rita.user_id


def test_an_addition_is_told_to_the_newcomer_and_to_the_team(cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "support", 1_000)
    (_, added), (_, changed) = hires.events(placement_id)[-2:]
    assert added["recruiter_id"] == str(cast.omar.recruiter_id)
    assert (added["role"], added["amount_minor"], added["currency"]) == ("support", 250_000, "USD")
    assert (changed["version"], changed["total_bp"], added["at_hire"]) == (2, 8_000, False)


def test_every_change_is_a_version_whose_receipt_can_be_recomputed(cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "support", 1_000)
    set_share(cast, placement_id, cast.omar, 1_500)
    drop(cast, placement_id, cast.omar, "support")
    rows = sheets(placement_id)
    assert [(row.version, row.cause, row.locked) for row in rows] == [
        (1, "hire", False),
        (2, "added", False),
        (3, "changed", False),
        (4, "removed", False),
    ]
    assert all(verify(row.receipt, row.sha256).faults == () for row in rows)
    assert rows[2].receipt["result"][2] == {
        "recruiter_id": str(cast.omar.recruiter_id),
        "role": "support",
        "split_bp": 1_500,
        "amount_minor": 375_000,
    }


def test_a_share_above_what_is_left_is_refused_and_says_what_is_left(cast: Cast) -> None:
    placement_id = hired(cast)
    with pytest.raises(Conflict) as refused:
        share(cast, placement_id, cast.omar, "closer", 3_001)
    assert (refused.value.code, refused.value.details["left_bp"]) == ("SPLITS_OVER_100", 3_000)
    assert refused.value.message == "Only 30% is available; enter 30% or less."
    share(cast, placement_id, cast.omar, "closer", 3_000)
    with pytest.raises(Conflict, match="Only 30% is available"):
        set_share(cast, placement_id, cast.omar, 3_050)
    assert len(sheets(placement_id)) == 2


def test_the_database_itself_refuses_a_sum_above_100_percent(cast: Cast) -> None:
    placement_id = hired(cast)
    with pytest.raises(IntegrityError, match="ck_placements_allocated"), Session(db.engine) as session:
        session.execute(update(Collaborator).where(Collaborator.placement_id == placement_id).values(split_bp=9_000))


def test_amounts_of_all_rows_add_up_to_the_share_that_is_allocated(cast: Cast) -> None:
    proposal_id = hires.accepted(cast)
    placement_id = placements.hire(
        proposal_id, actor=cast.actor(cast.pia), salary_minor=100, fee_bp=1_000, fee_reason="Small on purpose"
    )
    people = recruiters(cast, 3)
    for who in people:
        share(cast, placement_id, who, "support", 1_000)
    # 10 cents: 40, 30, 10, 10, 10 %
    assert [amount for *_, amount in hires.team(placement_id)] == [4, 3, 1, 1, 1]
    set_share(cast, placement_id, cast.rita, 3_333, "sourcer")
    # 93.33 % of 10 cents is 9.333, rounded to 9: 3.2142, 2.8929, 0.9643 three times
    assert [amount for *_, amount in hires.team(placement_id)] == [3, 3, 1, 1, 1]


def test_one_person_may_hold_several_roles_but_each_once(cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.rita, "closer", 500)
    with pytest.raises(Conflict) as refused:
        share(cast, placement_id, cast.rita, "closer", 500)
    assert refused.value.code == "ALREADY_COLLABORATING"
    with pytest.raises(InvalidInput, match="several roles"):
        set_share(cast, placement_id, cast.rita, 600)
    changed = set_share(cast, placement_id, cast.rita, 600, "closer")
    assert (changed.role, changed.old_split_bp, changed.split_bp, changed.amount_minor) == ("closer", 500, 600, 150_000)


def test_a_change_that_changes_nothing_makes_no_version(cast: Cast) -> None:
    placement_id = hired(cast)
    changed = set_share(cast, placement_id, cast.rita, 4_000, "sourcer")
    assert (changed.split_bp, changed.amount_minor) == (4_000, 1_000_000)
    assert len(sheets(placement_id)) == 1


def test_notes_go_with_a_share(cast: Cast) -> None:
    placement_id, actor = hired(cast), cast.actor(cast.carl)
    omar = cast.omar.recruiter_id
    row_id = collaboration.add(
        placement_id, actor=actor, recruiter_id=omar, role="support", split_bp=10, notes=" Screening "
    )
    collaboration.change(placement_id, omar, actor=actor, split_bp=20)
    with Session(db.engine) as session:
        assert session.get_one(Collaborator, row_id).notes == "Screening"
    collaboration.change(placement_id, omar, actor=actor, split_bp=20, notes="")
    with Session(db.engine) as session:
        assert session.get_one(Collaborator, row_id).notes == ""


def test_an_edit_of_an_older_sheet_is_refused(cast: Cast) -> None:
    placement_id, actor, rita = hired(cast), cast.actor(cast.rita), cast.rita.recruiter_id
    collaboration.change(placement_id, rita, actor=actor, role="sourcer", split_bp=3_900, version=1)
    with pytest.raises(StaleVersion):
        collaboration.change(placement_id, rita, actor=actor, role="sourcer", split_bp=3_800, version=1)
    with pytest.raises(StaleVersion):
        collaboration.remove(placement_id, rita, actor=actor, role="sourcer", version=1)


def test_the_last_row_stays(cast: Cast) -> None:
    placement_id = hired(cast)
    drop(cast, placement_id, cast.rita, "sourcer")
    with pytest.raises(Conflict) as refused:
        drop(cast, placement_id, cast.rita, "submitter")
    assert refused.value.code == "LAST_COLLABORATOR"


def test_a_team_has_at_most_20_rows(cast: Cast) -> None:
    placement_id = hired(cast)
    people = recruiters(cast, 19)
    for who in people[:18]:
        share(cast, placement_id, who, "support", 1)
    with pytest.raises(Conflict) as refused:
        share(cast, placement_id, people[18], "support", 1)
    assert refused.value.code == "TEAM_FULL"


def test_only_active_recruiters_join(cast: Cast) -> None:
    placement_id = hired(cast)
    (pending,) = recruiters(cast, 1, status="pending")
    for recruiter_id in (pending.recruiter_id, uuid.uuid4()):
        with pytest.raises(InvalidInput) as refused:
            collaboration.add(
                placement_id, actor=cast.actor(cast.rita), recruiter_id=recruiter_id, role="support", split_bp=10
            )
        assert list(refused.value.fields) == ["recruiter_id"]


@pytest.mark.parametrize(
    ("role", "bp", "field"), [("boss", 10, "role"), ("support", 0, "split_bp"), ("support", 10_001, "split_bp")]
)
def test_a_row_has_a_role_of_the_list_and_a_share(cast: Cast, role: str, bp: int, field: str) -> None:
    placement_id = hired(cast)
    with pytest.raises(InvalidInput) as refused:
        share(cast, placement_id, cast.omar, role, bp)
    assert list(refused.value.fields) == [field]


def test_somebody_who_is_not_in_the_team_has_no_share_to_change(cast: Cast) -> None:
    placement_id = hired(cast)
    with pytest.raises(NotFound):
        set_share(cast, placement_id, cast.omar, 10)
    with pytest.raises(NotFound):
        drop(cast, placement_id, cast.rita, "closer")


def test_shares_of_several_rows_change_in_one_version_with_one_event(cast: Cast) -> None:
    placement_id, rita = opened(cast), hires.recruiter(cast.rita)
    rows = [Agreed(rita, "sourcer", 3_000), Agreed(hires.recruiter(cast.omar), "closer", 4_000)]
    collaboration.reshare(placement_id, actor=cast.actor(cast.rita), shares=rows, version=2)
    assert [bp for _, _, bp, _ in hires.team(placement_id)] == [3_000, 3_000, 4_000]
    assert hires.placement(placement_id).split_version == 3
    collaboration.reshare(placement_id, actor=cast.actor(cast.rita), shares=rows, version=3)
    assert hires.placement(placement_id).split_version == 3  # the same shares are no change


def test_shares_of_several_rows_may_not_pass_the_whole(cast: Cast) -> None:
    placement_id, rita = opened(cast), hires.recruiter(cast.rita)
    with pytest.raises(Conflict) as refused:
        rows = [Agreed(rita, "sourcer", 4_001), Agreed(rita, "submitter", 4_000)]
        collaboration.reshare(placement_id, actor=cast.actor(cast.rita), shares=rows)
    assert (refused.value.code, refused.value.details) == ("SPLITS_OVER_100", {"total_bp": 10_001})


# --- a share once given is taken back only with consent -------------------------------------------------------


TAKING: dict[str, Callable[..., object]] = {
    "lower": lambda key, who, actor, **more: collaboration.change(key, who, actor=actor, split_bp=1_999, **more),
    "remove": lambda key, who, actor, **more: collaboration.remove(key, who, actor=actor, role="closer", **more),
    "lower among others": lambda key, who, actor, **more: collaboration.reshare(
        key, actor=actor, shares=[Agreed(who, "closer", 1_999)], **more
    ),
}


@pytest.mark.parametrize("taking", TAKING)
@pytest.mark.parametrize("who", ["rita", "carl"])
def test_nobody_takes_anothers_share_back_alone(cast: Cast, taking: str, who: str) -> None:
    placement_id, actor = opened(cast), cast.actor(getattr(cast, who))
    with pytest.raises(Conflict) as refused:
        TAKING[taking](placement_id, cast.omar.recruiter_id, actor, reason="Because I say so")
    assert refused.value.code == "CONSENT_NEEDED"
    assert hires.team(placement_id)[-1] == ("Omar", "closer", 2_000, 500_000)


def test_a_company_does_not_lower_the_share_of_the_sourcer(cast: Cast) -> None:
    placement_id = hired(cast)
    with pytest.raises(Conflict) as refused:
        collaboration.remove(placement_id, cast.rita.recruiter_id, actor=cast.actor(cast.carl), role="sourcer")
    assert refused.value.code == "CONSENT_NEEDED"


def test_a_share_may_be_raised_and_ones_own_lowered(cast: Cast) -> None:
    placement_id = opened(cast)
    set_share(cast, placement_id, cast.omar, 3_000)
    set_share(cast, placement_id, cast.rita, 100, "sourcer")
    assert [bp for _, _, bp, _ in hires.team(placement_id)] == [100, 3_000, 3_000]


@pytest.mark.parametrize("taking", TAKING)
def test_a_platform_admin_takes_a_share_back_with_a_reason(cast: Cast, taking: str) -> None:
    placement_id, pia = opened(cast), cast.actor(cast.pia)
    with pytest.raises(InvalidInput) as refused:
        TAKING[taking](placement_id, cast.omar.recruiter_id, pia)
    assert list(refused.value.fields) == ["reason"]
    TAKING[taking](placement_id, cast.omar.recruiter_id, pia, reason="Ruled in a dispute")
    _, told = hires.events(placement_id, "splits.changed")[-1]
    assert told["reason"] == "Ruled in a dispute"
    assert told["shares_before"][-1] == [str(cast.omar.recruiter_id), "closer", 2_000, 500_000]
    assert told["left_recruiter_ids"] == ([str(cast.omar.recruiter_id)] if taking == "remove" else [])


def test_an_addition_to_an_older_sheet_is_refused_with_what_changed(cast: Cast) -> None:
    placement_id, omar = opened(cast), cast.omar.recruiter_id
    with pytest.raises(StaleVersion, match=r"Rita: collaborator added") as refused:
        collaboration.add(
            placement_id, actor=cast.actor(cast.carl), recruiter_id=omar, role="support", split_bp=10, version=1
        )
    assert refused.value.details == {"current_version": 2}


EDITS: dict[str, Callable[[Cast, uuid.UUID, Person], object]] = {
    "add": lambda cast, key, who: collaboration.add(
        key, actor=cast.actor(who), recruiter_id=cast.rita.recruiter_id, role="closer", split_bp=10
    ),
    "change": lambda cast, key, who: collaboration.change(
        key, cast.rita.recruiter_id, actor=cast.actor(who), role="sourcer", split_bp=4_001
    ),
    "remove": lambda cast, key, who: collaboration.remove(
        key, cast.rita.recruiter_id, actor=cast.actor(who), role="sourcer", reason="As agreed"
    ),
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize(
    ("who", "error"),
    [("rita", None), ("carl", None), ("pia", None), ("omar", NotPermitted), ("hana", NotPermitted), ("zoe", NotFound)],
)
def test_lead_company_admin_and_platform_edit_the_open_splits(
    cast: Cast, edit: str, who: str, error: type[PortalError] | None
) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "support", 1_000)  # omar sees it now, but does not lead
    if (edit, who) == ("remove", "carl"):
        error = Conflict  # the row is rita's
    if error is None:
        EDITS[edit](cast, placement_id, getattr(cast, who))
        return
    with pytest.raises(error):
        EDITS[edit](cast, placement_id, getattr(cast, who))


def test_a_recruiter_outside_the_team_does_not_see_the_placement(cast: Cast) -> None:
    with pytest.raises(NotFound):
        EDITS["add"](cast, hired(cast), cast.omar)


@pytest.mark.parametrize("edit", EDITS)
def test_locked_splits_refuse_every_edit(cast: Cast, edit: str) -> None:
    with pytest.raises(Conflict, match="propose a change") as refused:
        EDITS[edit](cast, active(cast), cast.rita)
    assert refused.value.code == "SPLITS_LOCKED"


def test_a_placement_that_never_began_has_no_splits_to_edit(cast: Cast) -> None:
    placement_id = hired(cast)
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason="no_show")
    with pytest.raises(Conflict, match="never began"):
        share(cast, placement_id, cast.omar, "support", 10)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ats.placement_collaborators SET notes = 'x' WHERE placement_id = :id",
        "DELETE FROM ats.placement_collaborators WHERE placement_id = :id",
    ],
)
def test_the_database_itself_keeps_a_locked_sheet(cast: Cast, statement: str) -> None:
    placement_id = active(cast)
    with pytest.raises(IntegrityError, match="locked"), Session(db.engine) as session:
        session.execute(text(statement), {"id": placement_id})


def test_the_lock_spreads_what_is_open_over_the_filled_roles(cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "support", 1_000)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=hires.TODAY)
    assert hires.team(placement_id) == [
        ("Rita", "sourcer", 5_000, 1_250_000),
        ("Rita", "submitter", 3_750, 937_500),
        ("Omar", "support", 1_250, 312_500),
    ]


def test_a_recruiter_who_was_suspended_later_keeps_the_share(cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "support", 1_000)
    with Session(db.engine) as session, session.begin():
        session.get_one(Recruiter, cast.omar.recruiter_id).status = "suspended"
    assert set_share(cast, placement_id, cast.omar, 900).split_bp == 900
