"""An extension of the guarantee moves the money of those who agree to it, and of nobody else (money.md §1).

rita has 70 % of $25,000, so 17,500, and omar 30 %, so 7,500. The guarantee of 90 days is extended by 30.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.domain.collaboration import Agreed
from portal.domain.errors import Conflict, NotFound
from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import Collaborator, FeePlacement, Payout, Refund
from portal.queries.billing import money as views
from portal.queries.placements import placements as details
from portal.runtime.clock import simulated
from portal.services.billing import lifecycle, runs, verification
from portal.services.placements import amendments, guarantees, placements, replacements
from tests import hires, money
from tests.cast import DAY, Cast, Person
from tests.hires import day
from tests.letters import deliveries, relayed, told
from tests.money import balance, left, paid, started
from tests.services.test_billing import rows


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def on(days: int) -> Any:
    """Let it be a day of the guarantee."""
    return simulated(DAY + timedelta(days=days))


def extended(cast: Cast, **terms: Any) -> uuid.UUID:
    """Start a placement whose client has paid, and extend its guarantee on day 10; rita agrees."""
    placement_id = started(cast, **terms)
    paid(cast, placement_id)
    with on(10):
        guarantees.extend(placement_id, actor=cast.actor(cast.carl), additional_days=30, reason="Two weeks of leave")
        guarantees.answer_extension(placement_id, actor=cast.actor(cast.rita), agreed=True)
    return placement_id


def released() -> None:
    """Let the clock release what has come by now."""
    lifecycle.release_due(actor=system_actor(DAY))
    assert verification.verify().findings == ()


def states(person: Person) -> set[str]:
    return {row.state for row in rows(Payout, recruiter_id=person.recruiter_id)}


def test_the_shares_of_who_agrees_wait_and_the_others_are_released_at_the_agreed_end(cast: Cast) -> None:
    placement_id = extended(cast)
    with on(11):
        lines = views.of_placement(placement_id, viewer=cast.actor(cast.pia))
        assert lines is not None
        said = {line.recruiter_name: (line.waits_for, line.expected_on) for line in lines.payouts}
    assert said == {
        "Rita": ("the guarantee ends on 24 Mar 2027", day(128)),
        "Omar": ("the guarantee as first agreed ends on 22 Feb 2027", day(97)),
    }
    with on(96):
        released()
        assert (states(cast.rita), states(cast.omar)) == ({"held"}, {"due"})
    with on(126):
        released()
        assert (states(cast.rita), states(cast.omar)) == ({"due"}, {"due"})


def test_a_departure_in_the_extension_takes_of_those_who_agreed_alone(cast: Cast) -> None:
    placement_id = extended(cast, remedy="full_refund", platform_bp=500)
    left(cast, placement_id, 100)
    [refund] = rows(Refund)
    assert refund.amount_minor == 1_662_500  # rita's 70 % of 23,750
    with on(100):
        released()
        assert (states(cast.rita), states(cast.omar)) == ({"cancelled"}, {"due"})
    assert (balance("platform_fees"), balance("payable")) == (125_000, 712_500)
    relayed()
    kept = {
        mail.to_address[:4]: "you keep your share" in mail.body_text for mail in deliveries(template="placement_failed")
    }
    assert (kept["rita"], kept["omar"]) == (False, True)


def test_a_replacement_is_owed_for_the_shares_that_agreed_and_the_others_are_paid(cast: Cast) -> None:
    placement_id = extended(cast)
    left(cast, placement_id, 100)
    with on(101):
        seen = views.of_placement(placement_id, viewer=cast.actor(cast.rita))
        assert seen is not None
        assert seen.obligation is not None
        assert (seen.obligation.refund_then, seen.obligation.from_viewer) == (1_750_000, 1_750_000)
        of_omar = views.of_placement(placement_id, viewer=cast.actor(cast.omar))
        assert of_omar is not None
        assert of_omar.obligation is not None
        assert (of_omar.obligation.from_viewer, of_omar.obligation.holds_viewer) == (0, False)
        assert seen.obligation.holds_viewer
        released()
        runs.collect(actor=cast.actor(cast.pia), currency="USD")
    collected = {row.recruiter_id for row in rows(Payout) if row.run_id is not None}
    assert collected == {cast.omar.recruiter_id}
    with on(131):
        lifecycle.expire_obligations(actor=system_actor(DAY))
        released()
    assert (balance("refundable"), balance("held")) == (1_750_000, 0)


def test_who_did_not_agree_waits_for_no_replacement_and_gives_nothing_back_when_it_fails_too(cast: Cast) -> None:
    money.ready(cast)
    carl, job_id = cast.actor(cast.carl), money.job_on(cast)
    first = money.begun(cast, job_id)
    with on(10):
        guarantees.extend(first, actor=carl, additional_days=30, reason="Two weeks of leave")
        guarantees.answer_extension(first, actor=cast.actor(cast.rita), agreed=True)
    left(cast, first, 100)
    with on(105):
        second = hires.hired(cast, job_id=job_id, name="Ben Two")
        replacements.link(first, actor=carl, replacement_id=second)
        placements.activate(second, actor=carl, start_date=day(105))
    with on(110):
        paid(cast, first, on=day(110))
        of_omar = rows(Payout, placement_id=first, recruiter_id=cast.omar.recruiter_id)
        assert {row.state for row in of_omar} == {"due"}
        placements.fail(second, actor=carl, reason="candidate_quit")
    with on(141):
        lifecycle.expire_obligations(actor=system_actor(DAY))
        released()
    assert (balance("refundable"), balance("payable")) == (1_750_000, 750_000)


def test_before_the_agreed_end_a_departure_concerns_everybody_and_pro_rata_counts_each_guarantee(cast: Cast) -> None:
    placement_id = extended(cast, remedy="pro_rata")
    left(cast, placement_id, 60)
    [refund] = rows(Refund)
    assert refund.amount_minor == 875_000 + 250_000  # 60 of 120 days of rita's, 30 of 90 of omar's
    with on(60):
        released()
    assert balance("payable") == 2_500_000 - 1_125_000


def test_who_gains_by_an_amendment_waits_only_as_agreed(cast: Cast) -> None:
    placement_id = extended(cast)
    team = {(role, recruiter): bp for recruiter, role, bp in sheet(placement_id)}
    sourcer, closer = (next(key for key in team if key[0] == role) for role in ("sourcer", "closer"))
    team |= {sourcer: team[sourcer] - 1_000, closer: team[closer] + 1_000}
    lines = [Agreed(recruiter, role, bp) for (role, recruiter), bp in team.items()]
    with on(12):
        made = amendments.propose(placement_id, actor=cast.actor(cast.rita), lines=lines, reason="More to omar")
        amendments.answer(made.id, actor=cast.actor(cast.omar), agreed=True)
    with on(96):
        released()
    assert (states(cast.rita), balance("payable"), balance("held")) == ({"held"}, 1_000_000, 1_500_000)


def sheet(placement_id: uuid.UUID) -> list[tuple[uuid.UUID, str, int]]:
    found = rows(Collaborator, placement_id=placement_id)
    return [(row.recruiter_id, row.role, row.split_bp) for row in sorted(found, key=lambda row: row.position)]


def test_everybody_is_asked_once_until_the_own_guarantee_ends(cast: Cast) -> None:
    placement_id = extended(cast)
    relayed()
    assert {to for _, to, _ in told("guarantee_extended")} == {"rita", "omar"}
    rita, omar, carl = (cast.actor(person) for person in (cast.rita, cast.omar, cast.carl))
    with on(11):
        seen = details.detail(placement_id, viewer=omar)
        assert [(one.name, one.agreed) for one in seen.consents] == [("Omar", None), ("Rita", True)]
        ends = [
            details.detail(placement_id, viewer=cast.actor(who)).fee_day for who in (cast.rita, cast.omar, cast.carl)
        ]
        assert ends == [day(120), day(90), day(120)]  # each reads the day that counts for their share
        assert (seen.asked(omar) is not None, seen.asked(rita), seen.asked(carl)) == (True, None, None)
        assert refused(placement_id, cast, cast.rita) == "ALREADY_ANSWERED"
        with pytest.raises(NotFound):
            guarantees.answer_extension(placement_id, actor=cast.actor(cast.zoe), agreed=True)
    with on(91):
        assert refused(placement_id, cast, cast.omar) == "GUARANTEE_OVER"
        guarantees.extend(placement_id, actor=carl, additional_days=10, reason="More leave")
        assert refused(placement_id, cast, cast.omar) == "NOT_ASKED"  # their guarantee is over
        guarantees.answer_extension(placement_id, actor=rita, agreed=False)
    assert {row.extended_days for row in rows(Payout, recruiter_id=cast.rita.recruiter_id)} == {120}
    assert hires.types(placement_id).count("guarantee.extension_answered") == 2


def test_of_a_placement_older_than_the_books_nobody_is_asked(cast: Cast) -> None:
    placement_id = started(cast)
    with Session(db.engine) as session, session.begin():
        session.execute(delete(FeePlacement))
    guarantees.extend(placement_id, actor=cast.actor(cast.carl), additional_days=30, reason="Two weeks of leave")
    [(_, told_of)] = hires.events(placement_id, "guarantee.extended")
    assert told_of["recruiter_ids"] == []
    assert refused(placement_id, cast, cast.rita) == "NOT_ASKED"


def refused(placement_id: uuid.UUID, cast: Cast, person: Person) -> str | None:
    with pytest.raises(Conflict) as error:
        guarantees.answer_extension(placement_id, actor=cast.actor(person), agreed=True)
    return error.value.code


def test_the_platform_s_part_keeps_to_the_terms(cast: Cast) -> None:
    extended(cast, platform_bp=500)
    with Session(db.engine) as session, pytest.raises(IntegrityError):
        for row in session.query(Payout).where(Payout.recruiter_id.is_(None)):
            row.extended_days = 120
        session.commit()
