"""Mails are handed over by SMTP: nothing is lost, nothing is sent twice as a deduping provider counts.

The traps T1 to T7 of reliability.md §0 that concern a sender are tests of their own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from email.message import EmailMessage

import pytest
from flask import Flask

from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.mailers import deadline as deadlines
from portal.mailers import failpoints, post, registry
from portal.mailers.mailing import Mailing
from portal.mailers.post import Drained
from portal.models import Delivery
from portal.runtime.clock import simulated
from portal.services.messages import deliveries as service
from tests.cast import DAY, Cast
from tests.letters import attempts, change, deliveries, happened, outbox, queued, taken
from tests.mailers import sink as sinks
from tests.mailers.conftest import use
from tests.mailers.sink import DROP, HANG, Sink, free_port


def states() -> list[str]:
    """Read the states of all deliveries, oldest first."""
    return [d.state for d in deliveries()]


def test_a_mail_has_text_html_and_the_headers_that_identify_it(cast: Cast, sink: Sink) -> None:
    delivery = queued(cast, subject="Größe: 5 µm – “ok”", body_text="Text ü\n", body_html="<p>HTML ü</p>")[0]
    assert post.drain() == Drained(1, 0, stopped=False)
    mail = sink.taken[0]
    assert mail["Subject"] == "Größe: 5 µm – “ok”"
    assert mail["Message-ID"] == f"<{delivery.id}@127.0.0.1>"
    assert mail["Resend-Idempotency-Key"] == str(delivery.id)
    assert mail["X-Correlation-ID"] == "correlation-1"
    assert mail["To"] == "rita@demo.test"
    bodies = [mail.get_body((kind,)) for kind in ("plain", "html")]
    assert [body.get_content().strip() for body in bodies if body] == ["Text ü", "<p>HTML ü</p>"]


def test_a_mail_goes_to_the_host_that_was_typed_and_not_to_one_that_the_rules_of_2003_take_for_it(
    cast: Cast, sink: Sink
) -> None:
    for address in ("rita@straße.de", "rita@ελλάς.gr"):
        queued(cast, to_address=address)
    assert post.drain().sent == 2
    assert {mail["To"] for mail in sink.taken} == {"rita@xn--strae-oqa.de", "rita@xn--hxarsa0b.gr"}


def test_many_mails_travel_over_one_connection_and_no_name_is_looked_up_t16(
    cast: Cast, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()
    monkeypatch.setattr("socket.getfqdn", lambda name="": asked.append(name) or "localhost")
    queued(cast, 20)
    assert post.drain().sent == 20
    assert asked == []
    assert (len(sink.kept), sink.connections) == (20, 1)


def test_a_change_is_mailed_under_its_correlation_id(cast: Cast, sink: Sink) -> None:
    happened(cast)
    waiting = deliveries_relayed()
    post.drain()
    assert sink.taken[0]["X-Correlation-ID"] == waiting[0].correlation_id


def deliveries_relayed() -> list[Delivery]:
    """Relay, and read what came of it."""
    post.relay()
    return deliveries()


def test_a_busy_server_gets_the_mail_later(cast: Cast, sink: Sink) -> None:
    queued(cast, 2)
    sink.script = ["451 try later"]
    assert post.drain() == Drained(1, 1, stopped=False)
    assert sorted(states()) == ["queued", "sent"]
    with simulated(DAY + timedelta(days=400)):
        assert post.drain().sent == 1
    assert len(sink.kept) == len(sink.taken) == 2


def test_a_refused_recipient_is_given_up_at_once(cast: Cast, sink: Sink) -> None:
    delivery = queued(cast)[0]
    sink.recipients = ["550 5.1.1 no such user"]
    post.drain()
    assert states() == ["dead"]
    assert attempts(delivery) == [(1, "refused", 550)]
    assert "no such user" in (deliveries()[0].last_error or "")


@pytest.mark.parametrize(("answer", "state"), [("554 spam", "dead"), ("452 full", "queued")])
def test_what_the_server_says_of_the_content_counts(cast: Cast, sink: Sink, answer: str, state: str) -> None:
    queued(cast)
    sink.script = [answer]
    post.drain()
    assert states() == [state]


def test_a_refusal_leaves_the_connection_usable(cast: Cast, sink: Sink) -> None:
    queued(cast, 3)
    sink.script, sink.recipients = ["554 spam"], []
    post.drain()
    assert sorted(states()) == ["dead", "sent", "sent"]
    assert sink.connections == 1


def test_a_connection_that_drops_after_250_has_sent_its_mail_t5(cast: Cast, sink: Sink) -> None:
    queued(cast, 2)
    sink.script = [DROP]
    time_to_drop(cast, sink)
    assert states() == ["sent", "sent"]
    assert len(sink.taken) == 2


def time_to_drop(cast: Cast, sink: Sink) -> None:
    """Drain with a pause between two mails, in which the server hangs up."""
    assert post.drain(stop=lambda: bool(sink.taken) and not sink.has_hung_up.wait(5)).sent == 2
    assert sink.connections == 2


def test_a_server_that_hangs_is_left_after_its_timeout_t6(
    app: Flask, cast: Cast, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_TIMEOUT", 1.0)
    queued(cast, 2)
    sink.script = [HANG]
    assert post.drain() == Drained(1, 1, stopped=False)
    assert sorted(states()) == ["queued", "sent"]


@contextlib.contextmanager
def dripping() -> Iterator[int]:
    """Run a server that says a little all the time and never gets to the point."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(5)
    over = threading.Event()

    def drip() -> None:
        with contextlib.suppress(OSError), listener.accept()[0] as client:
            while not over.wait(0.05):
                client.sendall(b"220-wait\r\n")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        thread.join()
        listener.close()


def test_a_server_that_drips_is_left_after_the_deadline_t6(
    cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(cast, 2)
    with dripping() as port:
        use(app, monkeypatch, port)
        assert post.drain(patience=0.3) == Drained(0, 1, stopped=True)
    assert "took too long" in (deliveries()[0].last_error or "")


def test_the_limit_of_the_job_around_runs_on_after_a_deadline() -> None:
    handler = signal.signal(signal.SIGALRM, lambda *_: None)
    try:
        signal.setitimer(signal.ITIMER_REAL, 30)
        with pytest.raises(deadlines.DeadlinePassed), deadlines.deadline(0.05):
            time.sleep(5)
        assert 28 < signal.getitimer(signal.ITIMER_REAL)[0] < 30
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)


def test_outside_the_main_thread_there_is_no_deadline() -> None:
    ended: list[bool] = []

    def exchange() -> None:
        with deadlines.deadline(0.01):
            time.sleep(0.05)
        ended.append(True)

    thread = threading.Thread(target=exchange)
    thread.start()
    thread.join()
    assert ended == [True]


def test_without_a_server_the_drain_ends_after_one_mail(
    cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(cast, 3)
    use(app, monkeypatch, free_port())
    assert post.drain(patience=0.3) == Drained(0, 1, stopped=True)
    assert [(d.attempts, bool(d.last_error)) for d in deliveries()] == [(0, True), (0, False), (0, False)]


@pytest.mark.parametrize("answer", ["421 4.3.2 closing", "452 4.3.1 no room", "451 4.3.0 lookup failed"])
def test_a_server_that_is_in_trouble_itself_ends_the_drain_and_uses_up_no_tries(
    cast: Cast, sink: Sink, answer: str
) -> None:
    queued(cast, 3)
    sink.recipients = [answer]
    assert post.drain() == Drained(0, 1, stopped=True)
    first = deliveries()[0]
    assert (first.attempts, first.last_code, bool(first.last_error)) == (0, None, True)
    with simulated(DAY + timedelta(days=400)):
        assert post.drain().sent == 3


def test_the_mails_of_an_outage_are_sent_when_it_is_over(
    cast: Cast, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(cast, 3)
    port = free_port()
    use(app, monkeypatch, port)
    post.drain()
    with sinks.running(port) as sink, simulated(DAY + timedelta(days=400)):
        assert post.drain().sent == 3
    assert len(sink.kept) == 3


def test_a_mail_that_cannot_be_written_does_not_hold_up_the_others(cast: Cast, sink: Sink) -> None:
    queued(cast, template="password_reset", is_secret=True)  # its event does not exist
    queued(cast)
    assert post.drain() == Drained(1, 1, stopped=False)
    assert states() == ["queued", "sent"]


def test_only_secret_mails_are_written_when_they_are_sent(cast: Cast) -> None:
    happened(cast)
    with pytest.raises(LookupError):
        registry.secret_parts("candidate_sourced", event_of_the_outbox())
    assert isinstance(registry.BY_TEMPLATE["candidate_sourced"], Mailing)


def event_of_the_outbox() -> post.reads.Happened:
    """Read the event that waits."""
    return post.reads.event_of(outbox()[0].event_id)


@pytest.mark.parametrize("breaking", ["A\r\nBcc: evil@x.test", "A\nBcc: evil@x.test", "A\0B"])
@pytest.mark.parametrize("header", ["subject", "to_address", "correlation_id"])
def test_no_value_breaks_out_of_its_header_t7(cast: Cast, sink: Sink, header: str, breaking: str) -> None:
    if "\0" in breaking:  # no text of PostgreSQL holds one; the guard stands all the same
        with pytest.raises(post.BadLetter):
            post.letter_of(claimed_with(header, breaking), post.Parts("", ""))
        return
    queued(cast, **{header: breaking})
    post.drain()
    assert states() == ["dead"]
    assert deliveries()[0].last_error == "A header of this email contains a line break."
    assert sink.taken == []


def claimed_with(header: str, value: str) -> service.Claimed:
    """Make a claimed mail with one odd value."""
    said = {"subject": "Hello", "to_address": "rita@demo.test", "correlation_id": "c", header: value}
    unused = dict.fromkeys(
        field.name for field in fields(service.Claimed) if field.name not in {"id", "is_secret", *said}
    )
    return service.Claimed(id="x", is_secret=False, **unused, **said)  # type: ignore[arg-type]


def test_an_address_that_is_none_is_given_up(cast: Cast, sink: Sink) -> None:
    queued(cast, to_address="nobody")
    post.drain()
    assert states() == ["dead"]


def die_at(point: str) -> int:
    """Drain in a process of its own that is killed at a point, and give the signal that ended it."""
    child = os.fork()
    if child == 0:
        failpoints.WANTED = point
        for engine in db.engines.values():
            engine.dispose(close=False)
        with contextlib.suppress(BaseException):
            post.drain()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


@pytest.mark.parametrize("point", failpoints.NAMES)
def test_a_killed_sender_loses_nothing_and_sends_nothing_twice_t3(
    app: Flask, cast: Cast, sink: Sink, point: str
) -> None:
    queued(cast, 3)
    db.engine.dispose()
    assert killed(app, point) == signal.SIGKILL
    with simulated(DAY + timedelta(days=400)):
        post.drain()
    assert states() == ["sent"] * 3
    assert len(sink.kept) == 3
    duplicates = len(sink.taken) - len(sink.kept)
    assert duplicates == (1 if point == "after_250" else 0)  # the one window that the idempotency key closes


def killed(app: Flask, point: str) -> int:
    """Run a sender that dies, in a context of its own."""
    with app.app_context():
        return die_at(point)


def test_two_senders_at_once_share_the_work(app: Flask, cast: Cast, sink: Sink) -> None:
    queued(cast, 20)
    barrier = threading.Barrier(2)

    def send() -> None:
        with app.app_context():
            barrier.wait()
            post.drain()

    threads = [threading.Thread(target=send) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert states() == ["sent"] * 20
    assert len(sink.taken) == len(sink.kept) == 20


def test_a_sender_that_slept_through_its_lease_leaves_the_mail_to_its_rival(cast: Cast, sink: Sink) -> None:
    delivery = queued(cast)[0]
    slow = taken(DAY)
    assert slow is not None
    with simulated(DAY + timedelta(seconds=120)):
        assert post.drain().sent == 1
        service.settle(slow, None, actor=system_actor(DAY))
    assert attempts(delivery) == [(1, "lost", None), (2, "sent", 250)]


def test_a_sender_leaves_what_another_took_over_from_it(cast: Cast, sink: Sink) -> None:
    queued(cast, 3)
    taken_over: list[service.Held] = []

    def take_over() -> bool:
        if len(sink.taken) == 1:
            with simulated(DAY + timedelta(seconds=3)):
                taken_over.extend(service.hold_due(actor=system_actor(DAY)))
        return False

    assert post.drain(stop=take_over) == Drained(1, 0, stopped=False)
    assert (len(taken_over), states()) == (2, ["sent", "sending", "sending"])


def test_a_drain_that_is_asked_to_stop_finishes_the_mail_in_hand(cast: Cast, sink: Sink) -> None:
    queued(cast, 5)
    assert post.drain(stop=lambda: len(sink.taken) >= 2) == Drained(2, 0, stopped=True)
    assert states() == ["sent"] * 2 + ["queued"] * 3


def test_a_drain_ends_when_its_time_is_over(cast: Cast, sink: Sink) -> None:
    queued(cast)
    assert post.drain(budget=0) == Drained(0, 0, stopped=True)


def test_a_mail_given_up_may_be_sent_by_hand(cast: Cast, sink: Sink) -> None:
    delivery = queued(cast)[0]
    change(delivery, state="dead")
    service.retry(delivery.id, actor=cast.actor(cast.pia))
    assert post.drain().sent == 1


LONG = "Ä sentence without an end " * 80  # 2,000 characters on one line


@pytest.mark.parametrize("text", [LONG, "x" * 5_000, "https://portal.test/" + "a" * 3_000, "漢" * 2_000, "=" * 1_999])
def test_no_line_of_a_mail_is_longer_than_servers_take(cast: Cast, sink: Sink, text: str) -> None:
    queued(cast, body_text=f"{text}\n", body_html=f"<p>{text}</p>", subject=text[:200])
    post.drain()
    assert [d.state for d in deliveries()] == ["sent"]
    assert max(map(len, sink.raw[0].splitlines())) <= 78
    assert [part.get_content().strip() for part in bodies(sink.taken[0])] == [text.strip(), f"<p>{text}</p>"]


def bodies(message: EmailMessage) -> list[EmailMessage]:
    """Read the two bodies of a message."""
    found = [message.get_body((kind,)) for kind in ("plain", "html")]
    return [part for part in found if part is not None]  # type: ignore[misc]
