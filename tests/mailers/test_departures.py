"""The mails of a departure: who takes over learns what, and who leaves learns which open shares are gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from portal.domain.collaboration import Agreed
from portal.mailers import post
from portal.models import Membership
from portal.runtime.clock import simulated
from portal.services import delegation, departures, proposals
from portal.services.identity import accounts
from portal.services.placements import amendments
from tests import hires
from tests.accounts import membership
from tests.cast import DAY, Cast, Person
from tests.letters import deliveries, notices, rows
from tests.marketplace import claimed, posted, proposed


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def rita_leaves(cast: Cast, successor: str) -> None:
    """Let pia remove rita, who holds three claims, one open proposal and the shares of one open sheet."""
    claimed(cast)
    proposed(cast, name="Ben Two")
    hires.hired(cast, name="Cleo Three", job_id=posted(cast, title="Chef"))
    post.relay()
    with rows() as session:
        role = session.scalars(select(Membership.id).where(Membership.user_id == cast.rita.user_id)).one()
    departures.remove_member(role, actor=cast.actor(cast.pia), successor=successor)
    post.relay()


def test_who_takes_over_is_told_what_and_from_whom(cast: Cast) -> None:
    rita_leaves(cast, cast.omar.email)
    (mail,) = deliveries(template="handed_over")
    assert (mail.user_id, mail.subject) == (cast.omar.user_id, "You’ve taken over from Rita")
    for body in (mail.body_text, mail.body_html):
        assert body is not None
        assert "Pia transferred Rita’s work to you" in body
    for line in ("Claims: 3, expiring", "Proposals: 1 open", "Placements: 1 with unlocked splits"):
        assert line in mail.body_text
    assert cast.client(cast.omar).get(mail.path).status_code == 200
    assert "You’ve taken over from Rita" in [notice.title for notice in notices(cast.omar)]


def test_the_figures_are_those_of_the_day(cast: Cast) -> None:
    rita_leaves(cast, cast.omar.email)
    claimed(cast, cast.omar, name="Dora Four")
    post.relay()
    assert "Claims: 3, expiring" in deliveries(template="handed_over")[0].body_text


def test_who_left_is_told_that_the_open_shares_are_gone(cast: Cast) -> None:
    rita_leaves(cast, cast.omar.email)
    told = deliveries(template="splits_changed", user_id=cast.rita.user_id)[-1]
    assert "You’re no longer part of this split" in told.body_text
    assert "Omar, Sourcer: new → 40%" in told.body_text


def test_without_a_successor_nobody_takes_over(cast: Cast) -> None:
    rita_leaves(cast, "")
    assert deliveries(template="handed_over") == []


def gone(cast: Cast, who: Person, *, closed: bool = False) -> None:
    """Let pia remove somebody's role, or close the account."""
    if closed:
        accounts.set_access(who.user_id, actor=cast.actor(cast.pia), disabled=True)
    else:
        departures.remove_member(membership(cast, who), actor=cast.actor(cast.pia))


def joins_acme(cast: Cast, who: Person) -> None:
    accounts.add_member(actor=cast.actor(cast.pia), organisation_id=cast.acme, email=who.email, role="company_admin")


@pytest.mark.parametrize("closed", [False, True])
def test_the_answer_to_who_is_gone_reaches_who_decides_now(cast: Cast, *, closed: bool) -> None:
    question_id = proposals.ask(proposed(cast), actor=cast.actor(cast.hana), question="When could she begin?")
    gone(cast, cast.hana, closed=closed)
    proposals.answer(question_id, actor=cast.actor(cast.rita), answer="In March.")
    post.relay()
    (mail,) = deliveries(template="question_answered")
    assert (mail.user_id, "answered a question" in mail.body_text) == (cast.carl.user_id, True)
    assert "Your company asked:" in mail.body_text


def test_what_is_handed_back_is_told_to_no_one_who_has_left(cast: Cast) -> None:
    joins_acme(cast, cast.zoe)
    proposal_id = proposed(cast)
    delegation.delegate(proposal_id, actor=cast.actor(cast.hana), user_id=cast.carl.user_id)
    gone(cast, cast.hana)
    delegation.hand_back(proposal_id, actor=cast.actor(cast.carl))
    post.relay()
    assert [mail.user_id for mail in deliveries(template="proposal_handed_back")] == [cast.zoe.user_id]


def test_a_declined_change_is_told_to_no_one_who_has_left_the_company(cast: Cast) -> None:
    placement_id = hires.locked(cast)
    joins_acme(cast, cast.zoe)
    lines = [Agreed(hires.recruiter(cast.rita), "sourcer", 6_000), Agreed(hires.recruiter(cast.omar), "closer", 4_000)]
    change = amendments.propose(placement_id, actor=cast.actor(cast.carl), lines=lines, reason="A fairer share")
    gone(cast, cast.carl)
    amendments.answer(change.id, actor=cast.actor(cast.omar), agreed=False, reason="We said 50%")
    post.relay()
    told = {mail.user_id for mail in deliveries(template="amendment_declined")}
    assert told == {cast.rita.user_id, cast.zoe.user_id}
