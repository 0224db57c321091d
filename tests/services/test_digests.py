"""What waits for a digest is folded into one mail a person, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain import notifications as rules
from portal.domain.events import OrganisationAdded
from portal.domain.ids import new_id
from portal.domain.permissions import system_actor
from portal.mailers import digest
from portal.runtime.clock import simulated
from portal.services import departures
from portal.services.identity import accounts
from portal.services.machinery.unit_of_work import unit_of_work
from portal.services.messages import digests
from tests.accounts import membership
from tests.cast import DAY, Cast
from tests.letters import change, deliveries, queued
from tests.marketplace import proposed
from tests.tables import events

SYSTEM = system_actor(DAY)


def fold() -> int:
    """Fold what is due."""
    with simulated(DAY):
        return digests.fold_due(digest.write, actor=SYSTEM)


def test_waiting_mails_become_one_digest(cast: Cast) -> None:
    queued(cast, state="folded", subject="You claimed Ada", path="/candidates/1")
    queued(cast, state="folded", subject="You claimed Bo", path="/candidates/2")
    assert fold() == 1
    mail = deliveries(template=rules.DIGEST)[0]
    assert (mail.state, mail.subject, mail.to_address) == ("queued", "Your digest: 2 notifications", "rita@demo.test")
    assert "You claimed Ada\nhttp://127.0.0.1:8000/candidates/1" in mail.body_text
    assert "http://127.0.0.1:8000/candidates/2" in mail.body_html
    assert {d.digest_id for d in deliveries(state="folded")} == {mail.id}
    assert fold() == 0


def test_a_digest_says_when_things_happened_in_their_order_however_late_they_were_told(cast: Cast) -> None:
    for subject, days in (("Second", 1), ("First", 2)):
        told = queued(cast, state="folded", subject=subject)[0]
        change(told, event_id=new_id(DAY - timedelta(days=days)))
    assert fold() == 1
    text = deliveries(template=rules.DIGEST)[0].body_text
    assert "Sun 22 Nov 2026, 09:00 UTC: First" in text
    assert text.index("First") < text.index("Mon 23 Nov 2026, 09:00 UTC: Second")


def test_each_person_gets_an_own_digest(cast: Cast) -> None:
    queued(cast, state="folded"), queued(cast, to=cast.omar, state="folded")
    assert fold() == 2
    assert sorted(d.to_address for d in deliveries(template=rules.DIGEST)) == ["omar@demo.test", "rita@demo.test"]
    assert {d.subject for d in deliveries(template=rules.DIGEST)} == {"Your digest: 1 notification"}


def test_a_digest_takes_along_what_is_not_due_yet(cast: Cast) -> None:
    queued(cast, state="folded")
    queued(cast, state="folded", at=DAY + timedelta(hours=5))
    assert fold() == 1
    assert deliveries(template=rules.DIGEST)[0].subject == "Your digest: 2 notifications"


def test_nothing_is_folded_before_something_is_due(cast: Cast) -> None:
    queued(cast, state="folded", at=DAY + timedelta(hours=5))
    assert fold() == 0


def test_a_closed_account_gets_no_digest_of_what_waited(cast: Cast) -> None:
    queued(cast, state="folded"), queued(cast, to=cast.omar, state="folded")
    pia = cast.actor(cast.pia)
    accounts.set_access(cast.rita.user_id, actor=pia, disabled=True)
    accounts.set_access(cast.rita.user_id, actor=pia, disabled=False)
    assert fold() == 1
    assert [d.to_address for d in deliveries(template=rules.DIGEST)] == ["omar@demo.test"]


def waits_for_hana(cast: Cast) -> None:
    """Let something of each of two companies wait for hana's digest, and what rita's agency did for one's job."""
    for about, at in (("Acme", cast.acme), ("Rival", cast.rival)):
        with unit_of_work(cast.actor(cast.carl)) as uow:
            event = uow.record(OrganisationAdded(organisation_id=at, kind="company"))
        change(queued(cast, to=cast.hana, state="folded", subject=f"Something of {about}")[0], event_id=event)
    proposed(cast)
    (created,) = events("proposal.created")
    change(queued(cast, to=cast.hana, state="folded", subject="Proposed to Acme")[0], event_id=created.id)


def folded_for_hana() -> set[str]:
    """Return what waits for hana."""
    return {delivery.subject for delivery in deliveries(state="folded")}


def test_whoever_leaves_a_company_gets_no_digest_of_it(cast: Cast) -> None:
    waits_for_hana(cast)
    pia, at_acme = cast.actor(cast.pia), membership(cast, cast.hana)
    accounts.add_member(actor=pia, organisation_id=cast.rival, email=cast.hana.email, role="company_admin", name="Hana")
    departures.remove_member(at_acme, actor=pia)
    assert folded_for_hana() == {"Something of Rival"}


def test_whoever_leaves_the_last_company_gets_no_digest_at_all(cast: Cast) -> None:
    waits_for_hana(cast)
    departures.remove_member(membership(cast, cast.hana), actor=cast.actor(cast.pia))
    assert folded_for_hana() == set()


def test_who_comes_second_finds_nothing_to_fold(cast: Cast) -> None:
    queued(cast, state="folded")
    with simulated(DAY), unit_of_work(SYSTEM) as uow:
        due = digests._due(uow)
        assert digests._fold(uow, due[0], digest.write)
        assert not digests._fold(uow, due[0], digest.write)


@pytest.mark.parametrize(
    ("now", "zone", "due"),
    [
        (datetime(2026, 11, 24, 6, 59, tzinfo=UTC), "UTC", datetime(2026, 11, 24, 7, 0, tzinfo=UTC)),
        (datetime(2026, 11, 24, 7, 0, tzinfo=UTC), "UTC", datetime(2026, 11, 25, 7, 0, tzinfo=UTC)),
        (datetime(2026, 11, 24, 9, 0, tzinfo=UTC), "America/New_York", datetime(2026, 11, 24, 12, 0, tzinfo=UTC)),
    ],
)
def test_the_daily_digest_is_due_at_seven_in_the_morning(now: datetime, zone: str, due: datetime) -> None:
    assert rules.next_digest(now, zone) == due
