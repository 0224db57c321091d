"""A mail is taken under a lease, settled with the same lease, and tried until that is hopeless (reliability.md §2)."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from portal.domain import notifications as rules
from portal.domain.errors import NotFound, NotPermitted, WrongState
from portal.domain.permissions import system_actor
from portal.models import Delivery, MarketplaceEvent, PlatformSettings
from portal.runtime.clock import simulated
from portal.services.messages import deliveries
from portal.services.messages.deliveries import Claimed, Failure, ServerAway
from tests.cast import DAY, Cast
from tests.letters import attempts, change, queued, rows, taken
from tests.letters import deliveries as read

SYSTEM = system_actor(DAY)
BUSY = Failure("SMTPDataError: busy", 451)


def claim(**after: float) -> Claimed | None:
    """Take the next mail some time after the day began."""
    return taken(DAY + timedelta(**after))


def claimed(**after: float) -> Claimed:
    """Take a mail that must be there."""
    mail = claim(**after)
    assert mail is not None
    return mail


def test_a_due_mail_is_taken_once_and_the_oldest_first(cast: Cast) -> None:
    late, early = queued(cast, at=DAY), queued(cast, at=DAY - timedelta(hours=1))
    assert claimed().id == early[0].id
    assert claimed().id == late[0].id
    assert claim() is None


def test_a_mail_is_not_due_before_its_time(cast: Cast) -> None:
    queued(cast, at=DAY + timedelta(minutes=1))
    assert claim() is None
    assert claim(minutes=1) is not None


def test_a_sent_mail_stays_sent(cast: Cast) -> None:
    queued(cast)
    mail = claimed()
    with simulated(DAY):
        deliveries.settle(mail, None, actor=SYSTEM)
    sent = read()[0]
    assert (sent.state, sent.sent_at, sent.lease_token, sent.last_code) == ("sent", DAY, None, 250)
    assert attempts(sent) == [(1, "sent", 250)]
    assert claim(days=3) is None


def test_a_lease_is_longer_than_two_deadlines_of_a_message_t4() -> None:
    assert rules.LEASE.total_seconds() >= 2 * rules.SEND_DEADLINE_SECONDS


def test_nobody_takes_a_mail_before_its_lease_ends_t4(cast: Cast) -> None:
    queued(cast)
    first = claimed()
    assert claim(seconds=119) is None
    second = claimed(seconds=120)
    assert second.id == first.id
    assert second.lease_token != first.lease_token
    assert attempts(read()[0]) == [(1, "lost", None)]


def test_what_a_sender_held_when_it_died_was_not_tried_and_waits_for_seconds(cast: Cast) -> None:
    queued(cast, 2)
    with simulated(DAY):
        deliveries.settle(claimed(), BUSY, actor=SYSTEM)
    with simulated(DAY + timedelta(minutes=1)):
        held = deliveries.hold_due(actor=SYSTEM)
    assert [each.id for each in held] == [read()[1].id, read()[0].id]
    assert claim(seconds=62) is None
    other = claimed(seconds=63)
    assert (other.id, other.attempts) == (held[1].id, 2)
    with simulated(DAY + timedelta(seconds=64)):
        assert [deliveries.begin(each, actor=SYSTEM) for each in held] == [None, None]
    assert [attempts(d) for d in read()] == [[(1, "failed", 451)], []]


def test_who_holds_an_email_that_somebody_else_changes_does_not_wait_for_it(cast: Cast) -> None:
    queued(cast, 2)
    with simulated(DAY):
        held = deliveries.hold_due(actor=SYSTEM)
        first = deliveries.begin(held[0], actor=SYSTEM)
        assert first is not None
        with rows() as session:
            session.get_one(Delivery, held[1].id, with_for_update=True)
            assert deliveries.settle(first, None, actor=SYSTEM, then=held[1]) is None
            deliveries.release([held[1]], actor=SYSTEM)
    assert [(d.state, d.attempts) for d in read()] == [("sent", 1), ("sending", 0)]


def test_what_is_given_back_is_due_as_before(cast: Cast) -> None:
    first, second = queued(cast)[0], queued(cast, at=DAY + timedelta(seconds=1))[0]
    with simulated(DAY + timedelta(minutes=1)):
        deliveries.release(deliveries.hold_due(actor=SYSTEM), actor=SYSTEM)
    assert [(d.state, d.next_at, d.attempts, d.lease_token) for d in read()] == [
        ("queued", first.next_at, 0, None),
        ("queued", second.next_at, 0, None),
    ]


def test_who_lost_the_lease_changes_nothing(cast: Cast) -> None:
    queued(cast)
    first = claimed()
    second = claimed(seconds=120)
    with simulated(DAY + timedelta(seconds=121)):
        deliveries.settle(first, None, actor=SYSTEM)
        deliveries.settle(first, BUSY, actor=SYSTEM)
        assert read()[0].state == "sending"
        deliveries.settle(second, None, actor=SYSTEM)
    assert read()[0].state == "sent"


def test_a_failed_mail_waits_longer_each_time(cast: Cast) -> None:
    queued(cast)
    with simulated(DAY):
        deliveries.settle(claimed(), BUSY, actor=SYSTEM)
    failed = read()[0]
    assert (failed.state, failed.last_code, failed.last_error) == ("queued", 451, "SMTPDataError: busy")
    assert DAY + timedelta(seconds=10) <= failed.next_at <= DAY + timedelta(seconds=30)
    assert attempts(failed) == [(1, "failed", 451)]


@pytest.mark.parametrize(
    ("attempts", "chance", "seconds"),
    [(1, 0.5, 20), (2, 0.5, 40), (3, 0.0, 40), (3, 0.999999, 120), (11, 0.5, 14_400), (60, 0.5, 14_400)],
)
def test_the_pause_doubles_up_to_four_hours(attempts: int, chance: float, seconds: int) -> None:
    assert round(rules.pause_after(attempts, chance).total_seconds()) == seconds


def test_an_outage_of_the_mail_server_is_no_try_and_its_mails_leave_minutes_after_it(cast: Cast) -> None:
    change(queued(cast)[0], attempts=11)
    with simulated(DAY):
        deliveries.settle(claimed(), ServerAway("ConnectionRefusedError: refused"), actor=SYSTEM)
    waiting = read()[0]
    assert (waiting.state, waiting.attempts, attempts(waiting)) == ("queued", 11, [])
    assert DAY + timedelta(minutes=1) <= waiting.next_at <= DAY + timedelta(minutes=3)
    with simulated(DAY + timedelta(hours=24)):
        deliveries.settle(claimed(hours=24), ServerAway("ConnectionRefusedError: refused"), actor=SYSTEM)
    assert read()[0].state == "dead"


def test_a_mail_that_is_refused_for_good_is_dead_at_once(cast: Cast) -> None:
    queued(cast)
    with simulated(DAY):
        deliveries.settle(claimed(), Failure("No such user\0", 550, permanent=True), actor=SYSTEM)
    assert (read()[0].state, read()[0].last_error) == ("dead", "No such user")
    assert attempts(read()[0]) == [(1, "refused", 550)]


@pytest.mark.parametrize(("tries", "hours", "state"), [(10, 1, "queued"), (11, 1, "dead"), (0, 24, "dead")])
def test_a_mail_is_given_up_after_12_attempts_or_24_hours(cast: Cast, tries: int, hours: int, state: str) -> None:
    change(queued(cast)[0], attempts=tries)
    with simulated(DAY + timedelta(hours=hours)):
        deliveries.settle(claimed(hours=hours), BUSY, actor=SYSTEM)
    assert read()[0].state == state


def test_a_mail_that_waited_longer_than_a_day_is_still_sent(cast: Cast) -> None:
    queued(cast)
    assert claim(days=3) is not None


def test_a_mail_of_which_its_senders_die_is_given_up(cast: Cast) -> None:
    change(queued(cast)[0], attempts=11)
    claimed()
    assert claim(seconds=121) is None
    assert read()[0].state == "dead"
    assert read()[0].last_error == deliveries.LOST


def limit_to(mails: int) -> None:
    """Set how many mails an hour the platform sends a person."""
    with rows() as session:
        session.get_one(PlatformSettings, 1).mails_per_hour = mails


def send(**after: float) -> None:
    """Take a mail and send it."""
    mail = claimed(**after)
    with simulated(DAY + timedelta(**after)):
        deliveries.settle(mail, None, actor=SYSTEM)


def test_what_is_over_the_hourly_limit_waits_for_a_digest(cast: Cast) -> None:
    limit_to(2)
    queued(cast, 4)
    send()
    send(minutes=10)
    assert claim(minutes=20) is None
    waiting = read(state="folded")
    assert len(waiting) == 2
    assert {d.next_at for d in waiting} == {DAY + timedelta(hours=1)}  # when the first of the two is an hour old


def test_what_is_over_the_limit_is_put_aside_at_once_and_holds_up_nobody(cast: Cast) -> None:
    limit_to(1)
    queued(cast, 5)
    queued(cast, template=rules.DIGEST), queued(cast, template="password_reset"), queued(cast, to=cast.omar)
    queued(cast, at=DAY + timedelta(minutes=5))
    send()
    assert claimed().template == "password_reset"
    assert [d.state for d in read()] == ["sent", *["folded"] * 4, "queued", "sending", "queued", "queued"]
    assert claimed().to_address == cast.omar.email


def test_a_mail_in_hand_counts_under_the_limit(cast: Cast) -> None:
    limit_to(1)
    queued(cast, 2)
    claimed()
    assert claim() is None
    assert [d.state for d in read()] == ["sending", "folded"]


def test_the_limit_is_each_persons_own(cast: Cast) -> None:
    limit_to(1)
    queued(cast), queued(cast, to=cast.omar)
    send()
    assert claimed().to_address == cast.omar.email


def test_the_hour_goes_by(cast: Cast) -> None:
    limit_to(1)
    queued(cast)
    send()
    queued(cast, at=DAY + timedelta(minutes=30))
    assert claim(minutes=61) is not None


def test_security_mails_know_no_limit(cast: Cast) -> None:
    limit_to(1)
    queued(cast)
    send()
    queued(cast, template="password_reset")
    assert claimed().template == "password_reset"


def test_a_digest_over_the_limit_waits_and_is_not_folded_again(cast: Cast) -> None:
    limit_to(1)
    queued(cast)
    send()
    digest = queued(cast, template=rules.DIGEST)[0]
    assert claim() is None
    assert [(d.id, d.state, d.next_at) for d in read(template=rules.DIGEST)] == [
        (digest.id, "queued", DAY + timedelta(hours=1))
    ]


def test_a_dead_mail_may_be_sent_once_more(cast: Cast) -> None:
    delivery = queued(cast, state="dead", attempts=12)[0]
    with simulated(DAY + timedelta(days=2)):
        assert deliveries.retry(delivery.id, actor=cast.actor(cast.pia)) == delivery.id
        mail = claimed(days=2)
        assert mail.attempts == 13
        deliveries.settle(mail, BUSY, actor=SYSTEM)
    assert read()[0].state == "dead"
    with rows() as session:
        told = session.query(MarketplaceEvent).order_by(MarketplaceEvent.id)
        assert [(event.type, event.payload["delivery_id"]) for event in told] == [
            ("delivery.retried", str(delivery.id)),
            ("delivery.failed", str(delivery.id)),
        ]


@pytest.mark.parametrize("state", ["queued", "folded"])
def test_only_a_dead_mail_is_sent_again(cast: Cast, state: str) -> None:
    delivery = queued(cast, state=state)[0]
    with pytest.raises(WrongState):
        deliveries.retry(delivery.id, actor=cast.actor(cast.pia))


def test_a_mail_that_does_not_exist_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        deliveries.retry(uuid.uuid4(), actor=cast.actor(cast.pia))


def test_all_dead_mails_may_be_sent_once_more(cast: Cast) -> None:
    queued(cast, 3, state="dead")
    queued(cast, state="folded")
    assert deliveries.retry_all(actor=cast.actor(cast.pia)) == 3
    assert sorted(d.state for d in read()) == ["folded", "queued", "queued", "queued"]
    assert deliveries.retry_all(actor=cast.actor(cast.pia)) == 0


def test_only_the_platform_sends_again(cast: Cast) -> None:
    delivery = queued(cast, state="dead")[0]
    for person in (cast.zoe, cast.rita):
        with pytest.raises(NotPermitted):
            deliveries.retry(delivery.id, actor=cast.actor(person))
        with pytest.raises(NotPermitted):
            deliveries.retry_all(actor=cast.actor(person))
