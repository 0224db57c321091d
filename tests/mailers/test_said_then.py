"""Every mail reads the same whenever it is written: at once, or after all that it speaks of has changed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.domain.collaboration import Agreed
from portal.domain.placements import GuaranteeTerms
from portal.domain.settings import PlatformLimits
from portal.mailers import post, registry
from portal.models import MarketplaceEvent
from portal.queries.recipients import EVENT_COLUMNS, to_event
from portal.runtime.clock import simulated
from portal.services import jobs, proposals, settings
from portal.services.billing import terms
from portal.services.jobs import JobInput
from portal.services.placements import amendments, collaboration, guarantees, placements, replacements
from tests import hires
from tests.cast import DAY, Cast
from tests.hires import day, hired, share
from tests.letters import deliveries, rows
from tests.marketplace import posted, proposed
from tests.money import left, paid, started
from tests.services.test_billing import ON_PAY, pay_run, run_of

Key = tuple[uuid.UUID, str, uuid.UUID]


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def decided(cast: Cast) -> None:
    """Ask, answer, decline and accept."""
    rita, carl = cast.actor(cast.rita), cast.actor(cast.carl)
    declined, kept = proposed(cast, name="Ann One"), proposed(cast, name="Ben Two", job_id=posted(cast, title="Baker"))
    question = proposals.ask(kept, actor=carl, question="When could they start?")
    proposals.answer(question, actor=rita, answer="In May.")
    proposals.decline(declined, actor=carl, reason="salary", notes="Above our range")
    proposals.accept(kept, actor=carl, notes="Welcome")
    post.relay()


def shared_and_lost(cast: Cast) -> uuid.UUID:
    """Share a fee, change and amend its sheet, run and end the guarantee, and ask for a replacement."""
    carl, rita = cast.actor(cast.carl), cast.actor(cast.rita)
    placement_id = hired(cast, name="Cleo Three", job_id=posted(cast, title="Chef"))
    share(cast, placement_id, cast.omar, "closer", 1_000)
    post.relay()
    omar = hires.recruiter(cast.omar)
    collaboration.change(placement_id, omar, actor=rita, split_bp=2_000, role="closer")
    placements.activate(placement_id, actor=carl, start_date=day(0))
    post.relay()
    lines = [Agreed(hires.recruiter(cast.rita), "sourcer", 6_000), Agreed(omar, "closer", 4_000)]
    asked = amendments.propose(placement_id, actor=carl, lines=lines, reason="As agreed")
    post.relay()
    amendments.force(asked.id, actor=cast.actor(cast.pia), reason="A ruling")
    guarantees.extend(placement_id, actor=carl, additional_days=30, reason="Long notice")
    post.relay()
    left(cast, placement_id, 10)
    replacements.request(placement_id, actor=carl, deadline=day(30))
    post.relay()
    return placement_id


def paid_out(cast: Cast) -> None:
    """Invoice a fee, take it in, pay it out, and claw it back."""
    placement_id = started(cast, remedy="full_refund", **ON_PAY)
    post.relay()
    paid(cast, placement_id)
    pay_run(cast, run_of(cast))
    post.relay()
    left(cast, placement_id, 10)
    post.relay()


def all_is_different(cast: Cast, placement_id: uuid.UUID) -> None:
    """Change what the mails spoke of: sheet, job, terms, guarantee and limits."""
    pia, carl = cast.actor(cast.pia), cast.actor(cast.carl)
    everything = [Agreed(hires.recruiter(cast.rita), "sourcer", 10_000)]
    asked = amendments.propose(placement_id, actor=carl, lines=everything, reason="Another ruling")
    amendments.force(asked.id, actor=pia, reason="Another ruling")
    job_id = hires.placement(placement_id).job_id
    jobs.edit(job_id, actor=carl, input=JobInput(title="Chef", fee_bp=3_300, guarantee_days=7), version=None)
    terms.change(actor=pia, job_id=job_id, values={"payment_days": 60})
    settings.change_guarantee(actor=pia, terms=GuaranteeTerms(default_days=7))
    settings.change_platform(actor=pia, limits=replace(PlatformLimits(), proposal_days=1))


def written_again() -> dict[Key, str]:
    """Write the mails of all events anew."""
    with rows() as session:
        events = [to_event(row) for row in session.execute(select(*EVENT_COLUMNS).order_by(MarketplaceEvent.id))]
    mails = registry.compose(events)
    return {(m.event.id, m.template, m.user_id): said(m.subject, m.text, m.html) for m in mails if not m.is_secret}


def said(*parts: str | None) -> str:
    """Join the parts of a mail; a name may meanwhile be a label to who left the team (ADR 0010)."""
    return "\n".join(filter(None, parts)).replace("Cleo Three", "C. T.")


def test_every_mail_says_what_was_true_when_its_event_happened(cast: Cast) -> None:
    decided(cast)
    placement_id = shared_and_lost(cast)
    paid_out(cast)
    written = [mail for mail in deliveries() if not mail.is_secret]
    told = {(d.event_id, d.template, d.user_id): said(d.subject, d.body_text, d.body_html) for d in written}
    with simulated(DAY + timedelta(days=12)):
        all_is_different(cast, placement_id)
        again = written_again()
    changed = {key[1] for key, before in told.items() if again.get(key) != before}
    assert changed == set()
    assert len({template for _, template, _ in told}) > 20
