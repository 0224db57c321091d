"""What a viewer reads of placements, teams and receipts, apart from the pages that show it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from portal.domain.errors import NotFound
from portal.domain.placements import GuaranteePhase, GuaranteeTerms
from portal.queries.placements import collaboration, placements, split_sheets
from portal.queries.placements.listing import PLACEMENTS
from portal.runtime.clock import simulated
from portal.services import departures, settings
from portal.services.placements import placements as commands
from tests import hires
from tests.cast import DAY, Cast
from tests.hires import active, day, hired, share


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def test_a_guarantee_is_counted_in_days_of_the_company(cast: Cast) -> None:
    found = placements.guarantee(active(cast, start=day(-80)), viewer=cast.actor(cast.rita))
    assert (found.phase, found.days, found.day, found.days_remaining) == (GuaranteePhase.RUNNING, 90, 80, 10)
    assert (found.is_active, found.ends_on, found.activated_at) == (True, day(10), DAY)
    hire = hired(cast)
    settings.change_guarantee(actor=cast.actor(cast.pia), terms=GuaranteeTerms(default_days=7))  # for later proposals
    waiting = placements.guarantee(hire, viewer=cast.actor(cast.carl))
    assert (waiting.phase, waiting.days, waiting.is_active) == (GuaranteePhase.NOT_STARTED, 90, False)


def test_a_guarantee_that_begins_later_has_no_day_yet(cast: Cast) -> None:
    found = placements.guarantee(active(cast, start=day(20)), viewer=cast.actor(cast.carl))
    assert (found.day, found.days_remaining) == (0, 110)


def test_a_fee_without_a_guarantee_names_no_day_of_one(cast: Cast) -> None:
    without, guaranteed = (placements.detail(active(cast, days=days), viewer=cast.actor(cast.rita)) for days in (0, 90))
    assert (without.fee_standing.words, without.fee_day) == ("No guarantee", None)
    assert (guaranteed.fee_standing.words, guaranteed.fee_day) == ("Guaranteed through", day(90))


def test_the_history_is_oldest_first(cast: Cast) -> None:
    placement_id = active(cast, start=day(-90))
    commands.complete(placement_id, actor=cast.actor(cast.carl), notes="All well")
    steps = placements.history(placement_id, viewer=cast.actor(cast.hana))
    assert [(s.from_state, s.to_state, s.by, s.notes) for s in steps] == [
        (None, "hired", "Carl", ""),
        ("hired", "active", "Carl", ""),
        ("active", "completed", "Carl", "All well"),
    ]


def no_show(placement_id: uuid.UUID, cast: Cast) -> uuid.UUID:
    commands.fail(placement_id, actor=cast.actor(cast.carl), reason="no_show")
    return placement_id


@pytest.mark.parametrize(
    ("make", "who", "actions"),
    [
        (hired, "carl", ("activate", "no_show", "undo", "correct", "edit_splits")),
        (hired, "rita", ("edit_splits",)),
        (hired, "hana", ()),
        (active, "pia", ("complete", "fail", "correct", "extend", "amend_splits")),
        (active, "rita", ("amend_splits",)),
        (lambda cast: hires.failed(cast, on=0), "carl", ("request_replacement", "link_replacement", "amend_splits")),
        (lambda cast: no_show(hired(cast), cast), "carl", ("undo",)),
        (lambda cast: no_show(active(cast, start=day(5)), cast), "carl", ("undo", "amend_splits")),
        (lambda cast: active(cast, start=day(-100)), "carl", ("complete", "fail", "correct", "amend_splits")),
    ],
)
def test_the_actions_are_those_of_state_and_role(cast: Cast, make, who: str, actions: tuple[str, ...]) -> None:
    found = placements.detail(make(cast), viewer=cast.actor(getattr(cast, who)))
    assert found.allowed_actions == actions


def test_a_placement_that_never_began_has_no_replacement_window(cast: Cast) -> None:
    placement_id = hired(cast)
    commands.fail(placement_id, actor=cast.actor(cast.carl), reason="no_show")
    found = placements.detail(placement_id, viewer=cast.actor(cast.carl))
    assert (found.failed_on, found.replacement_window_end, found.guarantee.phase) == (DAY.date(), None, "none")


def test_a_team_stands_in_the_order_of_its_rows(cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "closer", 1_000)
    team = collaboration.team(placement_id, viewer=cast.actor(cast.omar))
    assert [(m.name, m.agency, m.role_label, m.bp, m.amount) for m in team.members] == [
        ("Rita", "North Talent", "Sourcer", 4_000, 1_000_000),
        ("Rita", "North Talent", "Submitter", 3_000, 750_000),
        ("Omar", "South Search", "Closer", 1_000, 250_000),
    ]
    assert (team.left_bp, team.left_minor, team.may_edit) == (2_000, 500_000, False)


@pytest.mark.parametrize("read", [placements.detail, placements.history, collaboration.team, split_sheets.receipt])
def test_nothing_of_another_company_is_there(cast: Cast, read) -> None:
    placement_id = hired(cast)
    for key, who in ((placement_id, cast.zoe), (placement_id, cast.omar), (uuid.uuid4(), cast.pia)):
        with pytest.raises(NotFound):
            read(key, viewer=cast.actor(who))


def test_the_list_tells_what_the_viewers_shares_are_worth_to_the_cent(cast: Cast) -> None:
    hired(cast)
    (row,) = PLACEMENTS.slice(cast.actor(cast.rita), {}).rows
    assert row.own_minor == 1_750_000  # 40 % and 30 % of $25,000
    assert type(row.own_minor) is int


def test_who_took_over_the_credit_is_not_named_as_the_sourcer_of_a_hire_before(cast: Cast) -> None:
    placement_id = active(cast)
    viewers = [cast.actor(who) for who in (cast.pia, cast.carl, cast.rita)]
    assert {placements.detail(placement_id, viewer=viewer).sourcer_name for viewer in viewers} == {"Rita"}
    passed = departures.hand_over(cast.rita.user_id, actor=viewers[0], successor=cast.omar.email)
    assert passed.claims == 1
    for viewer in viewers:
        found = placements.detail(placement_id, viewer=viewer)
        assert (found.sourcer_name, found.protected_until) == (None, None)
    assert "Proposed by Rita" in cast.client(cast.pia).get(f"/placements/{placement_id}").text
