"""A proposal is handed to a colleague, who is told; everybody who may decide still can, and recruiters read no name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted
from portal.extensions import db
from portal.models import Membership, User
from portal.queries.proposals import assignments, detail
from portal.queries.proposals import proposals as queries
from portal.runtime.clock import simulated
from portal.services import delegation, departures, proposals
from tests.cast import DAY, Cast
from tests.hires import accepted
from tests.letters import deliveries, relayed, told
from tests.marketplace import proposed


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def test_a_colleague_has_it_in_hand_and_is_told_and_whoever_takes_it_is_not(cast: Cast) -> None:
    made, carl, hana = proposed(cast), cast.actor(cast.carl), cast.actor(cast.hana)
    delegation.delegate(made, actor=carl, user_id=hana.user_id)
    assert detail.detail(made, viewer=carl).assignment == assignments.Assignment(hana.user_id, "Hana", "Carl", DAY)
    assert queries.everything(viewer=carl).rows[0].assignee == "Hana"
    with pytest.raises(Conflict, match="already"):
        delegation.delegate(made, actor=hana, user_id=hana.user_id)
    delegation.delegate(made, actor=carl, user_id=carl.user_id)
    relayed()
    assert told("proposal_delegated") == [
        ("proposal_delegated", "hana", "Yours to decide: L. B. for Staff ML Engineer")
    ]
    proposals.decline(made, actor=hana, reason="salary")
    with pytest.raises(Conflict):
        delegation.delegate(made, actor=carl, user_id=hana.user_id)


def test_it_goes_to_nobody_outside_the_company_and_recruiters_read_no_name(cast: Cast) -> None:
    made, carl, rita = proposed(cast), cast.actor(cast.carl), cast.actor(cast.rita)
    for stranger in (cast.zoe, cast.rita, cast.pia):
        with pytest.raises(InvalidInput):
            delegation.delegate(made, actor=carl, user_id=stranger.user_id)
    for who, refused in ((cast.zoe, NotFound), (cast.rita, NotPermitted)):
        with pytest.raises(refused):
            delegation.delegate(made, actor=cast.actor(who), user_id=cast.hana.user_id)
    with pytest.raises(Conflict):
        delegation.delegate(accepted(cast), actor=carl, user_id=cast.hana.user_id)
    delegation.delegate(made, actor=carl, user_id=cast.hana.user_id)
    assert detail.detail(made, viewer=rita).assignment is None
    assert all(row.assignee is None for row in queries.everything(viewer=rita).rows)
    assert {one.name for one in assignments.deciders(made, viewer=carl)} == {"Carl", "Hana"}


def test_whoever_leaves_or_hands_back_has_nothing_in_hand_and_the_giver_is_told(cast: Cast) -> None:
    made, carl, hana = proposed(cast), cast.actor(cast.carl), cast.actor(cast.hana)
    delegation.delegate(made, actor=carl, user_id=hana.user_id)
    url = f"/proposals/{made}/hand-back"
    assert url not in cast.client(cast.carl).get(f"/proposals/{made}").text
    sent = cast.client(cast.hana).post_form(url, {"shown": "page"}, page=f"/proposals/{made}")
    assert sent.location == f"/proposals/{made}"
    with pytest.raises(Conflict, match="handling"):
        delegation.hand_back(made, actor=hana)
    relayed()
    delegation.delegate(made, actor=carl, user_id=hana.user_id)
    with Session(db.engine) as session:
        role = session.scalars(select(Membership.id).where(Membership.user_id == hana.user_id)).one()
    departures.remove_member(role, actor=cast.actor(cast.pia))
    assert detail.detail(made, viewer=carl).assignment is None
    assert str(made) in cast.client(cast.carl).get("/proposals?hand=nobody").text
    relayed()
    assert [who for _, who, _ in told("proposal_handed_back")] == ["carl", "carl"]
    assert "Hana has left Acme" in deliveries(template="proposal_handed_back")[-1].body_text


def test_whoever_closed_the_account_has_nothing_in_hand(cast: Cast) -> None:
    made, carl = proposed(cast), cast.actor(cast.carl)
    delegation.delegate(made, actor=carl, user_id=cast.hana.user_id)
    with Session(db.engine) as session, session.begin():
        session.execute(update(User).where(User.id == cast.hana.user_id).values(disabled_at=DAY))
    assert detail.detail(made, viewer=carl).assignment is None


def test_the_inbox_hands_over_and_filters_mine(cast: Cast) -> None:
    mine, other = proposed(cast, name="Lena Brandt"), proposed(cast, name="Noor Haddad")
    carl, hana = cast.client(cast.carl), cast.client(cast.hana)
    url = f"/proposals/{mine}/delegate"
    assert "Choose someone at the company." in carl.post_htmx(url, {"user_id": ""}, page=url).text
    sent = carl.post_form(url, {"user_id": str(cast.hana.user_id), "shown": "list"}, page=url)
    assert sent.location == f"/proposals?sel={mine}"
    assert "Hana is handling this" in carl.get(f"/proposals/{mine}").text
    shown = hana.get("/proposals?hand=mine").text
    assert "You are handling this" in shown
    assert (str(mine) in shown, str(other) in shown) == (True, False)
    assert str(mine) not in hana.get("/proposals?hand=nobody").text
    assert "Hana" not in cast.client(cast.rita).get(f"/proposals/{mine}").text
    assert cast.client(cast.zoe).get(url).status_code == 404


def test_what_is_decided_is_not_handed_back(cast: Cast) -> None:
    with pytest.raises(Conflict, match="has already been decided"):
        delegation.hand_back(accepted(cast), actor=cast.actor(cast.hana))
