"""People read their own notices; no one else's exist for them."""

from __future__ import annotations

import uuid

import pytest

from portal.domain.errors import NotFound
from portal.mailers import post
from portal.services.messages import notices
from tests.cast import Cast
from tests.letters import happened
from tests.letters import notices as read


def test_reading_a_notice_marks_it_and_gives_its_path(cast: Cast) -> None:
    happened(cast)
    post.relay()
    notice = read(cast.rita)[0]
    assert notices.read(notice.id, actor=cast.actor(cast.rita)).startswith("/candidates/")
    first = read(cast.rita)[0].read_at
    assert first is not None
    notices.read(notice.id, actor=cast.actor(cast.rita))
    assert read(cast.rita)[0].read_at == first


def test_another_persons_notice_is_not_found(cast: Cast) -> None:
    happened(cast)
    post.relay()
    for person in (cast.zoe, cast.pia):
        with pytest.raises(NotFound):
            notices.read(read(cast.rita)[0].id, actor=cast.actor(person))
    with pytest.raises(NotFound):
        notices.read(uuid.uuid4(), actor=cast.actor(cast.rita))
    assert read(cast.rita)[0].read_at is None


def test_all_are_read_at_once(cast: Cast) -> None:
    happened(cast), happened(cast)
    post.relay()
    assert notices.read_all(actor=cast.actor(cast.omar)) == 0
    assert notices.read_all(actor=cast.actor(cast.rita)) == 2
    assert notices.read_all(actor=cast.actor(cast.rita)) == 0
