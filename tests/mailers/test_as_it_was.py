"""A mail says what was true when its event happened, however much has changed until it is written."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update

from portal.domain.collaboration import Agreed
from portal.mailers import mailbox, post
from portal.models import Candidate, MarketplaceEvent, SplitAmendment
from portal.runtime.clock import simulated
from portal.services import delegation, proposals, proposals_in_bulk
from portal.services.candidates import erasure
from portal.services.identity import resets
from portal.services.messages import deliveries as service
from portal.services.placements import amendments, collaboration, guarantees, placements, undoing
from tests import letters
from tests.cast import DAY, Cast, Person
from tests.hires import active, day, hired, share
from tests.interviews import scheduled
from tests.letters import deliveries, notices, rows
from tests.marketplace import proposed


def change(cast: Cast, placement_id: uuid.UUID, who: Person, bp: int) -> None:
    """Change a share as rita, who leads."""
    assert who.recruiter_id is not None
    collaboration.change(placement_id, who.recruiter_id, actor=cast.actor(cast.rita), split_bp=bp, role="support")


def amend(cast: Cast, placement_id: uuid.UUID, shares: Sequence[tuple[Person, str, int]]) -> None:
    """Put other shares in force as the platform."""
    lines = [Agreed(who.recruiter_id, role, bp) for who, role, bp in shares if who.recruiter_id]
    amendments.propose(placement_id, actor=cast.actor(cast.carl), lines=lines, reason="As agreed by phone")
    with rows() as session:
        proposed = session.scalars(select(SplitAmendment.id).where(SplitAmendment.state == "proposed")).one()
    amendments.force(proposed, actor=cast.actor(cast.pia), reason="Both agreed in writing")


def bodies(template: str, who: Person) -> list[str]:
    """Relay, and read the texts that a person got, oldest first."""
    post.relay()
    return [d.body_text for d in deliveries(template=template, user_id=who.user_id)]


def test_each_version_of_a_sheet_is_told_with_its_own_shares(cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "support", 1_000)
    change(cast, placement_id, cast.omar, 1_250)
    change(cast, placement_id, cast.omar, 1_500)
    first, second, third = bodies("splits_changed", cast.omar)
    assert "Your share: 10% of the team’s fee\nYour amount: $2,500.00" in first
    assert "Your share: 12.5% of the team’s fee\nYour amount: $3,125.00" in second
    assert "Your share: 15% of the team’s fee\nYour amount: $3,750.00" in third
    assert "Omar, Support: 10% → 12.5%, $3,125.00" in bodies("splits_changed", cast.rita)[1]


def test_who_left_by_then_is_told_what_was_and_that_it_is_over(cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "support", 1_000)
    assert cast.omar.recruiter_id is not None
    collaboration.remove(
        placement_id, cast.omar.recruiter_id, actor=cast.actor(cast.pia), role="support", reason="Never worked on it"
    )
    joined, left = bodies("splits_changed", cast.omar)
    assert "Your role: Support\nYour share: 10% of the team’s fee" in joined
    assert "You’re no longer part of this split" in left
    assert "Your share" not in left
    assert "Omar, Support: 10% → removed" in left
    assert notices(cast.omar)[-1].title.startswith("Split changed")


def test_start_and_end_of_a_placement_are_told_with_the_shares_of_that_day(cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "closer", 3_000)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=day(-95))
    placements.complete(placement_id, actor=cast.actor(cast.carl))
    amend(cast, placement_id, [(cast.rita, "submitter", 10_000)])
    assert (
        "Your role: Closer\nYour share: 30% of the team’s fee\nYour amount: $7,500.00"
        in bodies("placement_activated", cast.omar)[0]
    )
    assert "$7,500.00" in bodies("placement_completed", cast.omar)[0]
    subject = deliveries(template="placement_completed", user_id=cast.omar.user_id)[0].subject
    assert subject.startswith("Placement completed: $7,500 for ")
    assert "Omar, Closer: 30% → removed" in bodies("splits_amended", cast.omar)[0]


def test_who_joins_after_an_event_is_not_told_of_it(cast: Cast) -> None:
    placement_id = active(cast)
    guarantees.extend(placement_id, actor=cast.actor(cast.carl), additional_days=30, reason="Long notice")
    amend(cast, placement_id, [(cast.rita, "submitter", 5_000), (cast.omar, "closer", 5_000)])
    assert bodies("guarantee_extended", cast.omar) == []
    assert len(bodies("guarantee_extended", cast.rita)) == 1
    assert "$17,500.00" not in bodies("placement_activated", cast.rita)[0]


def test_a_failure_that_was_undone_is_told_with_its_own_notes(cast: Cast) -> None:
    placement_id, carl = hired(cast), cast.actor(cast.carl)
    placements.fail(placement_id, actor=carl, reason="no_show", notes="Nobody came")
    with simulated(DAY + timedelta(hours=1)):
        undoing.undo(placement_id, actor=carl, reason="Came a day late")
        placements.fail(placement_id, actor=carl, reason="no_show", notes="Left at noon")
    first, second = bodies("placement_failed", cast.rita)
    assert ("Nobody came" in first, "Left at noon" in first) == (True, False)
    assert "Left at noon" in second


def test_what_a_company_was_told_before_it_accepted_keeps_to_the_initials(cast: Cast) -> None:
    proposal_id = proposed(cast, name="Lena Brandt")
    rita, hana, carl = (cast.actor(who) for who in (cast.rita, cast.hana, cast.carl))
    question = proposals.ask(proposal_id, actor=hana, question="When could they start?")
    proposals.answer(question, actor=rita, answer="In May.")
    delegation.delegate(proposal_id, actor=hana, user_id=cast.carl.user_id)
    delegation.hand_back(proposal_id, actor=carl)
    with simulated(DAY + timedelta(days=6, hours=1)):
        proposals_in_bulk.remind_due(actor=post.system())
    with simulated(DAY + timedelta(days=6, hours=2)):
        proposals.accept(proposal_id, actor=cast.actor(cast.carl))
        scheduled(cast, proposal_id, DAY + timedelta(days=9), participants=frozenset({cast.carl.user_id}))
        post.relay()
    company = (cast.hana.user_id, cast.carl.user_id)
    told = {d.template: d.subject + d.body_text + d.body_html for d in deliveries() if d.user_id in company}
    named = {template for template, said in told.items() if "Brandt" in said}
    assert named == {"interview_attended"}
    assert named < told.keys() >= {"proposal_created", "proposal_expiring", "question_answered", "proposal_handed_back"}


def test_a_late_mail_bears_the_date_of_its_event_and_says_until_when_its_link_works(cast: Cast) -> None:
    resets.request_password_reset(cast.carl.email)
    with simulated(DAY + timedelta(hours=2)):
        post.relay()
        post.drain()
    (mail,) = mailbox.newest()
    assert mail.at == DAY
    assert "Link expires: Tue 24 Nov 2026, 09:30 UTC" in mail.text


def test_a_mail_that_is_resent_days_later_stands_among_what_is_new_and_says_of_when_it_is(cast: Cast) -> None:
    resets.request_password_reset(cast.carl.email)
    post.relay()
    letters.change(deliveries()[0], state="dead")
    with simulated(DAY + timedelta(days=3)):
        service.retry(deliveries()[0].id, actor=cast.actor(cast.pia))
        post.drain()
    (mail,) = mailbox.newest()
    assert mail.at == DAY + timedelta(days=3)
    said = "We couldn’t deliver this email earlier. It was accurate on 24 Nov 2026 at 09:00 UTC."
    assert mail.text.startswith(said)
    assert mail.html.count(said) == 1


def test_who_was_erased_before_the_worker_came_is_named_in_no_mail(cast: Cast) -> None:
    placement_id = hired(cast, name="Lena Brandt")
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason="no_show", notes="Lena Brandt never came")
    with rows() as session:
        address = session.scalars(select(Candidate.email)).one()
    erasure.erase(address, actor=cast.actor(cast.pia))
    post.relay()
    told = {d.template: d.subject + d.body_text + d.body_html for d in deliveries()}
    assert not [template for template, said in told.items() if "Lena" in said or "E. C." in said]
    assert "New proposal: Erased candidate" in told["proposal_created"]
    assert "Erased candidate" in told["placement_failed"]


def test_an_event_that_names_no_version_is_told_from_the_sheet_of_its_time(cast: Cast) -> None:
    placement_id = hired(cast)
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason="no_show")
    with rows() as session:  # as the log has it from before versions were named
        session.connection().exec_driver_sql("SET LOCAL session_replication_role = replica")
        event = MarketplaceEvent
        named = update(event).where(event.type == "placement.failed")
        session.execute(named.values(payload=event.payload.op("-")("split_version")))
    assert "$17,500.00" in bodies("placement_failed", cast.rita)[0]
