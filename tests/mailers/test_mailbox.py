"""Without a mail server, mail goes into a local mailbox: whole, once, and readable."""

from __future__ import annotations

import mailbox as standard
import uuid
from pathlib import Path

from portal.mailers import mailbox, post
from tests.cast import Cast
from tests.letters import change, queued


def test_mail_lands_in_the_mailbox(cast: Cast, data_dir: Path) -> None:
    delivery = queued(cast, body_text="Text ü\n")[0]
    assert post.drain().sent == 1
    kept = mailbox.newest()[0]
    assert (kept.id, kept.to, kept.subject) == (delivery.id, "rita@demo.test", "You claimed Maya Okafor")
    assert (kept.text.strip(), kept.html.strip()) == ("Text ü", "<p>HTML</p>")
    assert [str(m["Subject"]) for m in standard.Maildir(data_dir / "mailbox")] == [kept.subject]


def test_a_delivery_that_comes_twice_is_kept_once(cast: Cast, data_dir: Path) -> None:
    delivery = queued(cast)[0]
    post.drain()
    change(delivery, state="queued", sent_at=None)
    post.drain()
    assert len(mailbox.newest()) == 1
    assert not list((data_dir / "mailbox" / "tmp").iterdir())


def test_the_newest_mail_comes_first(cast: Cast) -> None:
    first, second = queued(cast)[0], queued(cast)[0]
    post.drain()
    assert [kept.id for kept in mailbox.newest()] == [second.id, first.id]


def test_what_is_not_there_is_none(cast: Cast) -> None:
    assert mailbox.newest() == []
    assert mailbox.find(uuid.uuid4()) is None
    assert mailbox.source(uuid.uuid4()) is None


def test_a_mail_can_be_had_as_it_would_travel(cast: Cast) -> None:
    delivery = queued(cast)[0]
    post.drain()
    assert mailbox.find(delivery.id) == mailbox.newest()[0]
    source = mailbox.source(delivery.id)
    assert source is not None
    assert f"Message-ID: <{delivery.id}@127.0.0.1>".encode() in source
