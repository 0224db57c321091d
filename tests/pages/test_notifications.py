"""The bell, the list of notices, and the choice of what one is told."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import delete

from portal.domain.errors import Conflict
from portal.domain.ids import new_id
from portal.domain.notifications import CHOOSABLE
from portal.mailers import post
from portal.models import Collaborator, Notice
from portal.queries import notifications
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.candidates import ownership
from portal.services.candidates.contacts import CheckInput
from tests.accounts import statements
from tests.cast import DAY, Cast, Person
from tests.checking_client import CheckingClient, inputs
from tests.hires import hired, share
from tests.letters import notices, rows
from tests.marketplace import claimed, proposed


@pytest.fixture
def hana(cast: Cast) -> CheckingClient:
    """Sign hana in."""
    return cast.client(cast.hana)


def noticed(person: Person, count: int, *, read: bool = False, template: str = "proposal_created") -> list[Notice]:
    """Put notices before a person, without the events behind them."""
    made = [
        Notice(
            id=new_id(DAY),
            event_id=new_id(DAY),
            template=template,
            user_id=person.user_id,
            title=f"Notice {number}",
            path="/proposals",
            at=DAY,
            read_at=DAY if read else None,
        )
        for number in range(count)
    ]
    with rows() as session:
        session.add_all(made)
    return made


def shown(html: str) -> list[str]:
    """Read the titles in their order."""
    return re.findall(r"<div class=\"grow\">(?:<b>)?([^<]+)", html)


def test_a_notice_leads_to_its_page_and_is_read_with_that(cast: Cast, hana: CheckingClient) -> None:
    proposal_id = proposed(cast)
    post.relay()
    notice = notices(cast.hana)[0]
    assert "New proposal: L. B. for Staff ML Engineer" in hana.get("/notifications").text
    answer = hana.post_form(f"/notifications/{notice.id}/open", page="/notifications")
    assert (answer.status_code, answer.location) == (303, f"/proposals/{proposal_id}")
    assert notices(cast.hana)[0].read_at is not None


def test_notices_that_say_the_same_are_one_row_and_are_read_together(cast: Cast, hana: CheckingClient) -> None:
    some = [noticed(cast.hana, 1)[0] for _ in range(2)] + noticed(cast.hana, 2)
    page = hana.get("/notifications").text
    assert shown(page) == ["Notice 1", "Notice 0"]
    assert "3 times, last" in page
    hana.post_form(f"/notifications/{some[1].id}/read", page="/notifications")
    assert sorted(notice.title for notice in notices(cast.hana) if notice.read_at is None) == ["Notice 0", "Notice 1"]
    hana.post_form(f"/notifications/{some[2].id}/read", page="/notifications")
    assert [notice.title for notice in notices(cast.hana) if notice.read_at is None] == ["Notice 1"]


def test_a_notice_names_a_candidate_to_who_may_read_the_name_now(cast: Cast, hana: CheckingClient) -> None:
    proposal_id = proposed(cast)
    post.relay()
    proposals.accept(proposal_id, actor=cast.actor(cast.hana))
    assert "New proposal: Lena Brandt for Staff ML Engineer" in hana.get("/notifications").text
    assert "Lena" not in notices(cast.hana)[0].title


def test_a_refused_challenger_reads_no_name_in_the_notice(cast: Cast) -> None:
    claimed(cast, email="lena@mail.test")
    check = CheckInput(email="lena@mail.test")
    with pytest.raises(Conflict):
        ownership.claim_found(actor=cast.actor(cast.omar), input=check, source_method="linkedin")
    post.relay()
    page = cast.client(cast.omar).get("/notifications").text
    assert "Already claimed: a candidate" in page
    assert "Brandt" not in page
    assert "Ownership conflict: Lena Brandt" in cast.client(cast.rita).get("/notifications").text


def test_who_left_a_team_reads_initials_where_the_name_was(cast: Cast) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "support", 1_000)
    post.relay()
    omar = cast.client(cast.omar)
    assert "Added as Support: Maya Okafor at Acme" in omar.get("/notifications").text
    with rows() as session:
        session.execute(delete(Collaborator).where(Collaborator.recruiter_id == cast.omar.recruiter_id))
    page = omar.get("/notifications").text
    assert "Added as Support: M. O. at Acme" in page
    assert "Maya" not in page


def test_unread_notices_come_first(cast: Cast, hana: CheckingClient) -> None:
    noticed(cast.hana, 1)
    noticed(cast.hana, 2, read=True)
    html = hana.get("/notifications").text
    assert shown(html) == ["Notice 0", "Notice 1", "Notice 0"]
    assert "1 unread notification" in html


def test_one_or_all_may_be_marked_as_read(cast: Cast, hana: CheckingClient) -> None:
    first, *_ = noticed(cast.hana, 3)
    assert hana.post_form(f"/notifications/{first.id}/read", page="/notifications").location == "/notifications"
    assert "2 unread notifications" in hana.get("/notifications").text
    panel = hana.post_htmx("/notifications/read-all", page="/notifications")
    assert "No unread notifications" in panel.text
    assert "<html" not in panel.text


def test_all_that_match_are_marked_and_the_list_comes_back_as_it_was(cast: Cast, hana: CheckingClient) -> None:
    noticed(cast.hana, 2)
    noticed(cast.rita, 1)
    noticed(cast.hana, 52, template="question_asked")
    asked = hana.get("/notifications?about=questions").text
    assert "Mark all that match as read" in asked
    form = inputs(asked, "/notifications/read-all")
    assert hana.post_form("/notifications/read-all", form).location == "/notifications?about=questions"
    html = hana.get("/notifications").text
    assert "52 notifications marked as read." in html
    assert "2 unread notifications" in html
    assert not any(notice.read_at for notice in notices(cast.rita))


def test_a_persons_notices_are_nobody_elses(cast: Cast) -> None:
    notice = noticed(cast.hana, 1)[0]
    zoe = cast.client(cast.zoe)
    assert "Notice 0" not in zoe.get("/notifications").text
    for step in ("read", "open"):
        assert zoe.post_form(f"/notifications/{notice.id}/{step}", page="/notifications").status_code == 404
    assert notices(cast.hana)[0].read_at is None


def test_the_list_goes_on_from_unread_to_read_ones(cast: Cast, hana: CheckingClient) -> None:
    noticed(cast.hana, 60)
    noticed(cast.hana, 60, read=True)
    seen, url = [], "/notifications"
    while url:
        html = hana.get(url).text
        seen += re.findall(r"/notifications/([0-9a-f-]+)/open", html)
        found = re.search(r'href="(/notifications\?[^"]+)" rel="next"', html)
        url = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 120


def test_who_has_no_notices_reads_what_will_be_there(hana: CheckingClient) -> None:
    assert "No notifications" in hana.get("/notifications").text


def test_the_list_costs_the_same_with_more_rows(cast: Cast, hana: CheckingClient) -> None:
    noticed(cast.hana, 1)
    costs = []
    for _ in range(2):
        with statements() as seen:
            page = hana.get("/notifications")
        costs.append(len(seen))
        noticed(cast.hana, 60)
    assert costs[0] == costs[1] <= 5
    assert len(page.data) < 48_000


def test_a_person_chooses_what_to_be_told(cast: Cast, hana: CheckingClient) -> None:
    page = hana.get("/account/notifications").text
    assert len(re.findall(r"<input checked", page)) == 20  # ten kinds: at once by mail, and in the portal
    chosen = {f"mail_{c.kind}": "daily" for c in notifications.choices(cast.actor(cast.hana))}
    answer = hana.post_form(
        "/account/notifications", {**chosen, "mail_splits": "never", "app_splits": "y"}, page="/account/notifications"
    )
    assert answer.status_code == 303
    kept = {c.kind: (c.by_mail, c.in_digest, c.in_app) for c in notifications.choices(cast.actor(cast.hana))}
    assert kept["splits"] == (False, False, True)
    assert kept["proposals"] == (False, True, False)


def test_choices_of_a_second_tab_are_shown_again_beside_what_the_first_saved(hana: CheckingClient) -> None:
    path = "/account/notifications"
    shown = {name: value for name, value in inputs(hana.get(path).text, path).items() if not name.startswith("mail_")}
    chosen = {f"mail_{kind}": "at_once" for kind in CHOOSABLE}
    assert hana.post(path, data={**shown, **chosen, "mail_splits": "never"}).status_code == 303
    refused = hana.post(path, data={**shown, **chosen, "mail_money": "never"})
    assert refused.status_code == 409
    assert re.findall("Currently: [^<]*", refused.text) == [
        "Currently: never emailed, in-app.",
        "Currently: emailed immediately, in-app.",
    ]
    seen = inputs(refused.text, path)["seen"]
    assert hana.post(path, data={**shown, **chosen, "seen": seen, "mail_money": "never"}).status_code == 303


def test_a_choice_that_does_not_exist_is_refused_and_changes_nothing(cast: Cast, hana: CheckingClient) -> None:
    with simulated(DAY):
        answer = hana.post_form("/account/notifications", {"mail_splits": "hourly"}, page="/account/notifications")
    assert answer.status_code == 422
    assert "Not a valid choice" in answer.text
    assert all(c.by_mail for c in notifications.choices(cast.actor(cast.hana)))


def test_security_mails_are_not_among_the_choices(hana: CheckingClient) -> None:
    assert "mail_security" not in hana.get("/account/notifications").text


@pytest.mark.parametrize("path", ["/notifications", "/account/notifications", "/changes"])
def test_a_stranger_is_asked_to_sign_in(cast: Cast, path: str) -> None:
    assert cast.client().get(path).location.startswith("/login")
