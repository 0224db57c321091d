"""People read their own notices; no one else's exist for them."""

from __future__ import annotations

import uuid

import pytest

from portal.domain.errors import NotFound
from portal.domain.permissions import system_actor
from portal.mailers import post
from portal.runtime.clock import simulated
from portal.services import departures
from portal.services.identity import accounts
from portal.services.machinery.unit_of_work import unit_of_work
from portal.services.messages import notices
from tests import money
from tests.cast import DAY, Cast
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


def told_of_money(cast: Cast) -> uuid.UUID:
    """Let zoe, a second admin of Acme, and the team be told of sums and more, and return her membership there."""
    with simulated(DAY):
        with unit_of_work(system_actor(DAY)) as uow:
            joined = accounts.join(uow, user_id=cast.zoe.user_id, organisation_id=cast.acme, role="company_admin")
        placement_id = money.started(cast, remedy="pro_rata")
        money.paid(cast, placement_id)
        money.left(cast, placement_id, 10)
        post.relay()
    return joined


def titles(cast: Cast, who: str) -> list[str]:
    return [notice.title for notice in read(getattr(cast, who))]


def test_who_is_no_admin_of_a_company_any_more_keeps_no_sum_of_it(cast: Cast) -> None:
    membership_id = told_of_money(cast)
    others = {who: titles(cast, who) for who in ("carl", "rita")}
    before = titles(cast, "zoe")
    assert [title for title in before if "$" in title] == [title for title in others["carl"] if "$" in title] != []
    departures.remove_member(membership_id, actor=cast.actor(cast.carl))
    after = titles(cast, "zoe")
    assert after == [title for title in before if "$" not in title and "Credit note" not in title] != []
    assert others == {who: titles(cast, who) for who in others}
