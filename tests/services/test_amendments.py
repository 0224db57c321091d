"""Amendments of a locked sheet, and of an open one where a share is taken back (domain.md §5)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.collaboration import Agreed, verify
from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, PortalError, StaleVersion
from portal.extensions import db
from portal.models import AmendmentAnswer, SplitAmendment
from portal.queries.placements import split_sheets as split_sheet_queries
from portal.runtime.clock import simulated
from portal.services.placements import amendments, collaboration, corrections, placements, undoing
from portal.services.placements.amendments import Proposed
from portal.services.placements.corrections import Right
from tests import hires
from tests.cast import DAY, Cast, Person
from tests.hires import TODAY, hired, locked, opened, recruiters, share
from tests.marketplace import posted
from tests.tables import sheets

WHY = "The closer did more than we thought"


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def line(who: Person, role: str, bp: int) -> Agreed:
    assert who.recruiter_id is not None
    return Agreed(who.recruiter_id, role, bp)


def shares(cast: Cast, sourcer: int, submitter: int, closer: int) -> list[Agreed]:
    rows = [
        line(cast.rita, "sourcer", sourcer),
        line(cast.rita, "submitter", submitter),
        line(cast.omar, "closer", closer),
    ]
    return [row for row in rows if row.split_bp]


def propose(cast: Cast, placement_id: uuid.UUID, who: Person, lines: list[Agreed]) -> Proposed:
    return amendments.propose(placement_id, actor=cast.actor(who), lines=lines, reason=WHY)


def row(amendment_id: uuid.UUID) -> SplitAmendment:
    with Session(db.engine) as session:
        return session.get_one(SplitAmendment, amendment_id)


def test_an_amendment_waits_for_the_other_party(cast: Cast) -> None:
    placement_id = locked(cast)
    proposed = propose(cast, placement_id, cast.rita, shares(cast, 3_500, 3_000, 3_500))
    assert proposed.state == "proposed"
    (_, event) = hires.events(placement_id, "splits.amendment_proposed")[0]
    assert event["recruiter_ids"] == [str(cast.omar.recruiter_id)]
    with Session(db.engine) as session:
        answers = {a.recruiter_id: a.agreed for a in session.scalars(select(AmendmentAnswer))}
    assert answers == {cast.rita.recruiter_id: True, cast.omar.recruiter_id: None}
    assert [bp for _, _, bp, _ in hires.team(placement_id)] == [4_000, 3_000, 3_000]


def test_the_last_agreement_puts_it_in_force_as_a_new_locked_sheet(cast: Cast) -> None:
    placement_id = locked(cast)
    proposed = propose(cast, placement_id, cast.rita, shares(cast, 3_500, 3_000, 3_500))
    with simulated(DAY + timedelta(hours=5)):
        assert amendments.answer(proposed.id, actor=cast.actor(cast.omar), agreed=True) == "in_force"
    assert hires.team(placement_id) == [
        ("Rita", "sourcer", 3_500, 875_000),
        ("Rita", "submitter", 3_000, 750_000),
        ("Omar", "closer", 3_500, 875_000),
    ]
    last = sheets(placement_id)[-1]
    assert (last.version, last.cause, last.locked, verify(last.receipt, last.sha256).faults) == (4, "amended", True, ())
    (_, answered), (_, amended) = hires.events(placement_id, "splits.amendment_answered", "splits.amended")
    assert (answered["agreed"], answered["seconds_to_answer"]) == (True, 18_000)
    assert (amended["version"], amended["sha256"], amended["forced"]) == (4, last.sha256, False)


def test_the_earlier_sheet_stays_readable(cast: Cast) -> None:
    placement_id = locked(cast)
    proposed = propose(cast, placement_id, cast.omar, shares(cast, 3_500, 3_000, 3_500))
    amendments.answer(proposed.id, actor=cast.actor(cast.rita), agreed=True)
    before = sheets(placement_id)[-2]
    assert [share["split_bp"] for share in before.receipt["result"]] == [4_000, 3_000, 3_000]


def test_a_refusal_closes_it_and_changes_nothing(cast: Cast) -> None:
    placement_id = locked(cast)
    proposed = propose(cast, placement_id, cast.rita, shares(cast, 3_500, 3_000, 3_500))
    assert amendments.answer(proposed.id, actor=cast.actor(cast.omar), agreed=False) == "refused"
    with pytest.raises(Conflict, match="This change has already been declined") as refused:
        amendments.answer(proposed.id, actor=cast.actor(cast.omar), agreed=True)
    assert refused.value.code == "AMENDMENT_CLOSED"
    assert [bp for _, _, bp, _ in hires.team(placement_id)] == [4_000, 3_000, 3_000]
    assert propose(cast, placement_id, cast.rita, shares(cast, 3_900, 3_000, 3_100)).state == "proposed"


def test_a_company_admin_proposes_and_every_party_has_to_agree(cast: Cast) -> None:
    placement_id = locked(cast)
    proposed = propose(cast, placement_id, cast.carl, shares(cast, 3_500, 3_000, 3_500))
    assert amendments.answer(proposed.id, actor=cast.actor(cast.rita), agreed=True) == "proposed"
    with pytest.raises(Conflict) as refused:
        amendments.answer(proposed.id, actor=cast.actor(cast.rita), agreed=True)
    assert refused.value.code == "ALREADY_ANSWERED"
    assert amendments.answer(proposed.id, actor=cast.actor(cast.omar), agreed=True) == "in_force"


def test_what_concerns_only_the_proposer_is_in_force_at_once(cast: Cast) -> None:
    placement_id = locked(cast)
    proposed = propose(cast, placement_id, cast.rita, shares(cast, 3_000, 4_000, 3_000))
    assert (proposed.state, row(proposed.id).state) == ("in_force", "in_force")
    assert [bp for _, _, bp, _ in hires.team(placement_id)] == [3_000, 4_000, 3_000]


def test_who_leaves_has_to_agree_and_who_joins_is_told(cast: Cast) -> None:
    placement_id = locked(cast)
    (newcomer,) = recruiters(cast, 1)
    lines = [*shares(cast, 4_000, 3_000, 0), line(newcomer, "closer", 3_000)]
    proposed = propose(cast, placement_id, cast.rita, lines)
    assert amendments.answer(proposed.id, actor=cast.actor(cast.omar), agreed=True) == "in_force"
    assert hires.team(placement_id)[-1] == ("Recruiter 0", "closer", 3_000, 750_000)
    _, added = hires.events(placement_id, "collaborator.added")[-1]
    assert added["recruiter_id"] == str(newcomer.recruiter_id)


def test_only_active_recruiters_join(cast: Cast) -> None:
    placement_id = locked(cast)
    (pending,) = recruiters(cast, 1, status="pending")
    with pytest.raises(InvalidInput, match="active"):
        propose(cast, placement_id, cast.rita, [*shares(cast, 4_000, 3_000, 0), line(pending, "closer", 3_000)])


def test_a_platform_admin_puts_it_in_force_with_a_reason(cast: Cast) -> None:
    placement_id = locked(cast)
    proposed = propose(cast, placement_id, cast.rita, shares(cast, 3_500, 3_000, 3_500))
    with pytest.raises(InvalidInput):
        amendments.force(proposed.id, actor=cast.actor(cast.pia), reason=" ")
    amendments.force(proposed.id, actor=cast.actor(cast.pia), reason="Ruled after a complaint")
    assert (row(proposed.id).state, row(proposed.id).closed_reason) == ("in_force", "Ruled after a complaint")
    assert hires.events(placement_id, "splits.amended")[0][1]["forced"] is True


@pytest.mark.parametrize("who", ["rita", "carl"])
def test_nobody_else_forces_an_amendment(cast: Cast, who: str) -> None:
    proposed = propose(cast, locked(cast), cast.rita, shares(cast, 3_500, 3_000, 3_500))
    with pytest.raises(NotPermitted):
        amendments.force(proposed.id, actor=cast.actor(getattr(cast, who)), reason=WHY)


def test_the_proposer_and_the_platform_withdraw_it(cast: Cast) -> None:
    placement_id = locked(cast)
    proposed = propose(cast, placement_id, cast.rita, shares(cast, 3_500, 3_000, 3_500))
    with pytest.raises(NotPermitted):
        amendments.withdraw(proposed.id, actor=cast.actor(cast.omar))
    amendments.withdraw(proposed.id, actor=cast.actor(cast.rita))
    again = propose(cast, placement_id, cast.rita, shares(cast, 3_500, 3_000, 3_500))
    amendments.withdraw(again.id, actor=cast.actor(cast.pia))
    assert {row(key).state for key in (proposed.id, again.id)} == {"withdrawn"}


def test_who_is_not_concerned_has_nothing_to_agree_to(cast: Cast) -> None:
    placement_id = hired(cast)
    (other,) = recruiters(cast, 1)
    share(cast, placement_id, cast.omar, "closer", 2_000)
    share(cast, placement_id, other, "support", 1_000)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=TODAY)
    lines = [*shares(cast, 3_500, 3_000, 2_500), line(other, "support", 1_000)]
    proposed = propose(cast, placement_id, cast.rita, lines)
    for who, why in ((other, "nothing for you"), (cast.pia, "role doesn’t allow")):
        with pytest.raises(NotPermitted, match=why):
            amendments.answer(proposed.id, actor=cast.actor(who), agreed=True)


def test_one_amendment_waits_at_a_time(cast: Cast) -> None:
    placement_id = locked(cast)
    propose(cast, placement_id, cast.rita, shares(cast, 3_500, 3_000, 3_500))
    with pytest.raises(Conflict) as refused:
        propose(cast, placement_id, cast.omar, shares(cast, 3_400, 3_000, 3_600))
    assert refused.value.code == "AMENDMENT_OPEN"


# --- on an open sheet ------------------------------------------------------------------------------------------


def without_omar(cast: Cast) -> list[Agreed]:
    return [line(cast.rita, "sourcer", 4_000), line(cast.rita, "submitter", 3_000)]


def test_a_row_leaves_an_open_team_when_its_holder_agrees(cast: Cast) -> None:
    placement_id = opened(cast)
    proposed = propose(cast, placement_id, cast.carl, without_omar(cast))
    assert proposed.state == "proposed"
    assert len(hires.team(placement_id)) == 3
    assert amendments.answer(proposed.id, actor=cast.actor(cast.omar), agreed=True) == "in_force"
    assert [role for _, role, *_ in hires.team(placement_id)] == ["sourcer", "submitter"]
    _, told = hires.events(placement_id, "splits.amended")[-1]
    assert told["left_recruiter_ids"] == [str(cast.omar.recruiter_id)]


def test_a_refusal_keeps_an_open_row(cast: Cast) -> None:
    placement_id = opened(cast)
    proposed = propose(cast, placement_id, cast.carl, without_omar(cast))
    assert amendments.answer(proposed.id, actor=cast.actor(cast.omar), agreed=False) == "refused"
    assert len(hires.team(placement_id)) == 3


def test_an_open_sheet_makes_at_most_100_percent(cast: Cast) -> None:
    placement_id = opened(cast)
    with pytest.raises(InvalidInput, match="at most 100%"):
        propose(cast, placement_id, cast.rita, [line(cast.rita, "sourcer", 10_001)])
    with pytest.raises(InvalidInput, match="more than 0%"):
        propose(cast, placement_id, cast.rita, [])


@pytest.mark.parametrize("then", ["added", "activated"])
def test_what_was_proposed_on_an_older_open_sheet_is_void(cast: Cast, then: str) -> None:
    placement_id = opened(cast)
    proposed = propose(cast, placement_id, cast.carl, without_omar(cast))
    if then == "added":
        share(cast, placement_id, cast.omar, "support", 500)
    else:
        placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=TODAY)
    with pytest.raises(Conflict) as refused:
        amendments.answer(proposed.id, actor=cast.actor(cast.omar), agreed=True)
    assert refused.value.code == "AMENDMENT_CLOSED"


def test_an_amendment_of_an_older_sheet_is_refused(cast: Cast) -> None:
    placement_id = opened(cast)
    with pytest.raises(StaleVersion):
        amendments.propose(placement_id, actor=cast.actor(cast.carl), lines=without_omar(cast), reason=WHY, version=1)


def test_a_placement_that_never_began_has_nothing_to_amend(cast: Cast) -> None:
    placement_id = opened(cast)
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason="no_show")
    with pytest.raises(Conflict) as refused:
        propose(cast, placement_id, cast.rita, without_omar(cast))
    assert refused.value.code == "SPLITS_LOCKED"


@pytest.mark.parametrize(("then", "why"), [("no_show", "The placement has failed."), ("undo", "The hire was undone.")])
def test_what_is_proposed_lapses_when_the_placement_never_begins(cast: Cast, then: str, why: str) -> None:
    placement_id, carl = opened(cast), cast.actor(cast.carl)
    proposed = propose(cast, placement_id, cast.rita, without_omar(cast))
    if then == "undo":
        undoing.undo(placement_id, actor=carl, reason="The wrong person")
    else:
        placements.fail(placement_id, actor=carl, reason="no_show")
    assert (row(proposed.id).state, row(proposed.id).closed_reason) == ("withdrawn", why)
    with pytest.raises(Conflict) as refused:
        amendments.answer(proposed.id, actor=cast.actor(cast.omar), agreed=True)
    assert refused.value.code == "AMENDMENT_CLOSED"


def test_a_failure_ends_a_correction_that_waits_and_leaves_an_amendment(cast: Cast) -> None:
    amended, carl = locked(cast), cast.actor(cast.carl)
    proposed = propose(cast, amended, cast.rita, shares(cast, 5_000, 3_000, 2_000))
    placements.fail(amended, actor=carl, reason="candidate_quit")
    corrected = hires.active(cast, job_id=posted(cast, title="Baker"))
    right = Right(salary_minor=20_000_000)
    asked = corrections.correct(corrected, actor=carl, right=right, reason="The contract says so")
    placements.fail(corrected, actor=carl, reason="candidate_quit")
    assert (row(proposed.id).state, row(asked.id).state) == ("proposed", "withdrawn")


def test_who_left_the_team_keeps_reading_the_versions_that_named_them(cast: Cast) -> None:
    placement_id, omar = opened(cast), cast.actor(cast.omar)
    collaboration.remove(
        placement_id, cast.omar.recruiter_id, actor=cast.actor(cast.pia), role="closer", reason="A ruling"
    )
    found = split_sheet_queries.receipt(placement_id, viewer=omar)
    assert found.version == 2
    assert [v.version for v in split_sheet_queries.versions(found, viewer=omar)] == [2]
    for version in (1, 3):
        with pytest.raises(NotFound):
            split_sheet_queries.receipt(placement_id, viewer=omar, version=version)
    assert split_sheet_queries.was_named(placement_id, viewer=omar)
    assert not split_sheet_queries.was_named(placement_id, viewer=cast.actor(cast.zoe))
    assert cast.client(cast.omar).get(f"/placements/{placement_id}").location.endswith("/receipt")


Lines = Callable[[Cast], list[Agreed]]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (lambda cast: shares(cast, 4_000, 3_000, 2_999), "these add up to 99.99%"),
        (lambda cast: shares(cast, 4_000, 3_000, 3_001), "these add up to 100.01%"),
        (lambda cast: shares(cast, 4_000, 3_000, 3_000), "the current shares"),
        (lambda cast: [], "these add up to 0%"),
        (lambda cast: [*shares(cast, 4_000, 3_500, 3_000), line(cast.omar, "support", -500)], "above 0%"),
        (lambda cast: [*shares(cast, 4_000, 3_000, 0), *[line(cast.omar, "closer", 1_500)] * 2], "only once"),
        (lambda cast: [*shares(cast, 4_000, 3_000, 0), line(cast.omar, "boss", 3_000)], "Choose sourcer"),
        (lambda cast: [Agreed(uuid.uuid4(), "support", 1) for _ in range(21)], "at most 20"),
    ],
)
def test_an_amendment_is_a_whole_sheet_that_differs(cast: Cast, lines: Lines, words: str) -> None:
    placement_id = locked(cast)
    with pytest.raises(InvalidInput, match=words) as refused:
        propose(cast, placement_id, cast.rita, lines(cast))
    assert list(refused.value.fields) == ["lines"]


def test_an_amendment_needs_a_reason(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        amendments.propose(
            locked(cast), actor=cast.actor(cast.rita), lines=shares(cast, 3_500, 3_000, 3_500), reason=""
        )


@pytest.mark.parametrize(("who", "error"), [("zoe", NotFound), ("hana", NotPermitted)])
def test_outsiders_do_not_amend(cast: Cast, who: str, error: type[PortalError]) -> None:
    placement_id = locked(cast)
    proposed = propose(cast, placement_id, cast.rita, shares(cast, 3_500, 3_000, 3_500))
    actor = cast.actor(getattr(cast, who))
    with pytest.raises(error):
        propose(cast, placement_id, getattr(cast, who), shares(cast, 3_500, 3_000, 3_500))
    for command in (
        lambda: amendments.answer(proposed.id, actor=actor, agreed=True),
        lambda: amendments.force(proposed.id, actor=actor, reason=WHY),
        lambda: amendments.withdraw(proposed.id, actor=actor),
    ):
        with pytest.raises(error):
            command()


def test_an_amendment_that_is_none_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        amendments.answer(uuid.uuid4(), actor=cast.actor(cast.rita), agreed=True)
