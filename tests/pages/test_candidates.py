"""Candidates on pages: the list, one candidate, adding, editing, the blind check."""

from __future__ import annotations

import gzip
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.domain.settings import PlatformLimits
from portal.extensions import READ_BIND, db
from portal.models import Candidate, CandidateSourcer, MarketplaceEvent, PlatformSettings
from portal.queries.candidates.listing import CANDIDATES
from portal.queries.lists import Asked
from portal.runtime.clock import simulated
from portal.services import proposals, settings
from portal.services.candidates import candidates, outreach, ownership
from portal.services.candidates.contacts import CandidateInput
from tests.cast import DAY, Cast, Person
from tests.checking_client import inputs
from tests.marketplace import claimed, posted, proposed

TYPED = {
    "full_name": "Maya Okafor",
    "email": "maya@example.com",
    "phone": "+1 415 555 0132",
    "title": "Data engineer",
    "employer": "Northwind",
    "location": "Oakland",
    "linkedin_url": "linkedin.com/in/maya-okafor",
    "skills": "Python, SQL",
}


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def maya(cast: Cast, who: Person | None = None, **values: str) -> uuid.UUID:
    typed = CandidateInput(**{"full_name": "Maya Okafor", "email": "maya@example.com", **values})
    return candidates.add(actor=cast.actor(who or cast.rita), input=typed)


def entered() -> list[Candidate]:
    with Session(db.engine) as session:
        return list(session.scalars(select(Candidate)))


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL of both engines."""
    seen: list[str] = []

    def note(_c: object, _cur: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    engines = (db.engine, db.engines[READ_BIND])
    for engine in engines:
        sql_event.listen(engine, "before_cursor_execute", note)
    yield seen
    for engine in engines:
        sql_event.remove(engine, "before_cursor_execute", note)


# --- the list -------------------------------------------------------------------------------------------------


def test_the_list_shows_ones_own_and_nobody_elses(cast: Cast) -> None:
    claimed(cast, name="Lena Brandt")
    claimed(cast, cast.omar, name="Noor Haddad")
    page = cast.client(cast.rita).get("/candidates").text
    assert "Lena Brandt" in page
    assert "Noor Haddad" not in page


def test_a_claim_that_expired_says_so_once_in_its_row(cast: Cast) -> None:
    claimed(cast, name="Lena Brandt")
    with Session(db.engine) as session, session.begin():
        ended = {"sourced_at": DAY - timedelta(days=400), "protection_expires_at": DAY - timedelta(days=35)}
        session.execute(update(CandidateSourcer).values(ended))
    page = cast.client(cast.rita).get("/candidates").text
    (row,) = re.findall(r"<tr>(?:(?!</tr>).)*Lena Brandt.*?</tr>", page, re.DOTALL)
    assert row.lower().count("expired") == 1
    assert "20 Oct 2026" in row


@pytest.mark.parametrize("name", ["zoe", "carl", "hana"])
def test_a_company_lists_nobody_before_it_accepted(cast: Cast, name: str) -> None:
    proposed(cast, name="Lena Brandt")
    page = cast.client(getattr(cast, name)).get("/candidates").text
    assert "Lena" not in page
    assert "No candidates yet" in page


def test_the_platform_lists_everybody(cast: Cast) -> None:
    claimed(cast, name="Lena Brandt")
    assert "Lena Brandt" in cast.client(cast.pia).get("/candidates").text


def test_an_empty_list_teaches(cast: Cast) -> None:
    page = cast.client(cast.rita).get("/candidates").text
    assert "No candidates yet" in page
    assert "/candidates/new" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=brandt", {"Lena"}),
        ("q=LENA+ml", {"Lena"}),
        ("q=noor%40", {"Noor"}),
        ("q=%25", {"Sven"}),
        ("q=_", set()),
        ("q=%5C", set()),
        ("q=%00lena", {"Lena"}),
        ("q=100%25+remote", {"Sven"}),
        ("mine=1", {"Lena", "Sven"}),
        ("protected=protected", {"Lena", "Sven", "Ida"}),
        ("protected=expiring", {"Ida"}),
        ("protected=free", {"Noor"}),
        ("protected=nonsense", {"Lena", "Noor", "Sven", "Ida"}),
        ("before=nonsense", {"Lena", "Noor", "Sven", "Ida"}),
        ("mine=1&protected=protected&q=lena", {"Lena"}),
    ],
)
def test_the_filter_is_in_the_address(cast: Cast, query: str, found: set[str]) -> None:
    with simulated(DAY - timedelta(days=340)):
        ida = claimed(cast, cast.omar, name="Ida")
    maya(cast, full_name="Noor Haddad", email="noor@example.com")
    claimed(cast, name="Lena Brandt", title="Staff ML engineer")
    claimed(cast, name="Sven", title="100% remote")
    with Session(db.engine) as session, session.begin():
        session.get_one(Candidate, ida).created_by_recruiter_id = cast.rita.recruiter_id
    page = cast.client(cast.rita).get(f"/candidates?{query}").text
    assert {name for name in ("Lena", "Noor", "Sven", "Ida") if f">{name}" in page} == found


def test_a_filter_without_a_match_offers_to_clear_it(cast: Cast) -> None:
    maya(cast)
    page = cast.client(cast.rita).get("/candidates?q=nobody").text
    assert "No candidates match these filters" in page
    assert "Clear filters" in page


def test_htmx_gets_the_list_without_its_frame(cast: Cast) -> None:
    maya(cast)
    part = cast.client(cast.rita).get("/candidates?q=maya", headers={"HX-Request": "true"}).text
    assert "<h1" not in part
    assert "Maya Okafor" in part


@pytest.mark.parametrize("name", ["rita", "pia", "carl"])
def test_a_narrowed_list_pages_within_what_is_visible(cast: Cast, name: str) -> None:
    for number in range(3):
        proposal = proposed(cast, name=f"Number {number}")
        proposals.accept(proposal, actor=cast.actor(cast.carl))
    viewer = cast.actor(getattr(cast, name))
    page = CANDIDATES.slice(viewer, {}, size=2)
    rest = CANDIDATES.slice(viewer, {}, size=2, before=page.older)
    assert [r.full_name for r in (*page.rows, *rest.rows)] == ["Number 2", "Number 1", "Number 0"]


def test_fifty_rows_cost_five_statements_and_little_to_send(cast: Cast) -> None:
    client, job = cast.client(cast.rita), posted(cast)
    with Session(db.engine) as session, session.begin():
        session.execute(update(PlatformSettings).values(outreach_per_day=60))
    for number in range(51):
        one = claimed(cast, name=f"Candidate {number}", title="Senior Data Engineer", employer="Northwind Robotics")
        typed = outreach.OutreachInput(outreach_type="phone")
        outreach.record_outreach(one, actor=cast.actor(cast.rita), input=typed)
        proposed(cast, candidate_id=one, job_id=job)
    client.get("/candidates")
    with statements() as seen:
        page = client.get("/candidates")
    assert page.text.count("<tr>") == 51
    assert len(seen) <= 5, seen
    assert len(page.data) <= 34 * 1024  # the navigation counts too
    assert len(gzip.compress(page.data, 6)) <= 5 * 1024


# --- one candidate --------------------------------------------------------------------------------------------


def test_a_candidate_is_shown_in_full_to_who_sourced_her(cast: Cast) -> None:
    candidate = claimed(cast, name="Lena Brandt", phone="+14155550132", skills=("Python",), linkedin_url="lena-b")
    page = cast.client(cast.rita).get(f"/candidates/{candidate}").text
    for shown in ("Lena Brandt", "+14155550132", "linkedin.com/in/lena-b", "Python", "Yours until 24 Nov 2027"):
        assert shown in page


@pytest.mark.parametrize("name", ["omar", "zoe", "carl", "hana"])
def test_a_candidate_of_others_does_not_exist(cast: Cast, name: str) -> None:
    candidate = claimed(cast)
    client = cast.client(getattr(cast, name))
    assert client.get(f"/candidates/{candidate}").status_code == 404
    assert client.get(f"/candidates/{uuid.uuid4()}").status_code == 404


def test_acceptance_opens_the_candidate_to_the_company_without_the_outreach(cast: Cast) -> None:
    candidate = claimed(cast, name="Lena Brandt", phone="+14155550132")
    typed = outreach.OutreachInput(outreach_type="email", subject="Secret approach")
    outreach.record_outreach(candidate, actor=cast.actor(cast.rita), input=typed)
    proposal = proposed(cast, candidate_id=candidate)
    proposals.accept(proposal, actor=cast.actor(cast.carl))
    page = cast.client(cast.hana).get(f"/candidates/{candidate}").text
    assert "+14155550132" in page
    assert "Secret approach" not in page
    assert "Rita" not in page.split('id="sourcer"')[1].split("</section>")[0]
    assert "last outreach" not in cast.client(cast.hana).get("/candidates").text.lower()  # nor is there an empty column
    assert cast.client(cast.zoe).get(f"/candidates/{candidate}").status_code == 404


def test_a_candidates_page_costs_six_statements_however_much_it_shows(cast: Cast) -> None:
    client, candidate = cast.client(cast.rita), claimed(cast)
    for number in range(3):
        job = posted(cast, title=f"Job {number}", status="active")
        typed = outreach.OutreachInput(outreach_type="phone", job_id=job)
        outreach.record_outreach(candidate, actor=cast.actor(cast.rita), input=typed)
        proposed(cast, candidate_id=candidate, job_id=job)
    client.get(f"/candidates/{candidate}")  # writes when the session was last seen, once in five minutes
    with statements() as seen:
        page = client.get(f"/candidates/{candidate}")
    assert page.status_code == 200
    assert len(seen) <= 6, seen


def test_an_admins_look_is_an_event_once_a_day(cast: Cast) -> None:
    candidate, client = claimed(cast), cast.client(cast.pia)
    assert client.get(f"/candidates/{candidate}").status_code == 200
    client.get(f"/candidates/{candidate}")
    cast.client(cast.rita).get(f"/candidates/{candidate}")
    with Session(db.engine) as session:
        seen = session.scalars(select(MarketplaceEvent).where(MarketplaceEvent.type == "candidate.viewed")).all()
    assert [(e.actor_id, e.candidate_id) for e in seen] == [(cast.pia.user_id, candidate)]


def test_the_proposals_of_rivals_are_not_shown(cast: Cast) -> None:
    with simulated(DAY - timedelta(days=370)):
        candidate = claimed(cast, cast.omar, name="Lena Brandt")
    ownership.claim(candidate, actor=cast.actor(cast.rita), source_method="event")
    proposed(cast, candidate_id=candidate, job_id=posted(cast, title="Robotics lead"))
    assert "Robotics lead" in card(cast, cast.rita, candidate, "h-proposals")
    assert "Robotics lead" not in card(cast, cast.omar, candidate, "h-proposals")


def card(cast: Cast, who: Person, candidate_id: uuid.UUID, heading: str) -> str:
    page = cast.client(who).get(f"/candidates/{candidate_id}").text
    return page.split(f'aria-labelledby="{heading}"')[1].split("</section>")[0]


# --- adding and editing ---------------------------------------------------------------------------------------


def test_a_recruiter_adds_and_claims_a_candidate(cast: Cast) -> None:
    client = cast.client(cast.rita)
    answer = client.post_form(
        "/candidates/new", {**TYPED, "claim": "y", "source_method": "event"}, page="/candidates/new"
    )
    (candidate,) = entered()
    assert (answer.status_code, answer.location) == (303, f"/candidates/{candidate.id}")
    assert candidate.skills == ["Python", "SQL"]
    assert "Yours until 24 Nov 2027" in client.get(answer.location).text


PROFILE = {
    "experience_years": "8", "notice_weeks": "0", "available_on": "2027-01-15", "salary_minor": "90,000",
    "expected_salary_minor": "95,000", "currency": "EUR", "right_to_work": "EU citizen", "languages": "German, English",
}  # fmt: skip


def test_a_profile_is_entered_shown_and_edited(cast: Cast) -> None:
    client = cast.client(cast.rita)
    typed = {**TYPED, **PROFILE}
    wrong = {**typed, "currency": "", "experience_years": "many", "notice_weeks": "105"}
    answer = client.post_form("/candidates/new", wrong, page="/candidates/new")
    assert (answer.status_code, answer.text.count('value="many"')) == (422, 1)
    shown = client.post_form("/candidates/new", typed, page="/candidates/new", follow_redirects=True).text
    for words in ("8 years", "15 Jan 2027", "€90,000", "€95,000", "EU citizen", "German, English"):
        assert words in shown
    edit = client.get(f"/candidates/{entered()[0].id}/edit").text
    assert 'value="90000"' in edit
    assert "<option selected>EUR</option>" in edit


def test_adding_without_claiming_leaves_the_candidate_free(cast: Cast) -> None:
    client = cast.client(cast.rita)
    answer = client.post_form("/candidates/new", TYPED, page="/candidates/new", follow_redirects=True)
    assert "Unclaimed. The first recruiter" in answer.text


def test_the_platform_adds_without_claiming(cast: Cast) -> None:
    client = cast.client(cast.pia)
    assert "Claim sourcing credit" not in client.get("/candidates/new").text
    assert client.post_form("/candidates/new", TYPED, page="/candidates/new").status_code == 303


@pytest.mark.parametrize("name", ["carl", "hana", "zoe"])
def test_a_company_adds_nobody(cast: Cast, name: str) -> None:
    assert cast.client(getattr(cast, name)).get("/candidates/new").status_code == 403


def test_a_wrong_form_keeps_what_was_typed_and_adds_nobody(cast: Cast) -> None:
    typed = {**TYPED, "email": "maya@", "phone": "415"}
    answer = cast.client(cast.rita).post_form("/candidates/new", typed, page="/candidates/new")
    assert answer.status_code == 422
    assert 'value="maya@"' in answer.text
    assert "Enter an email address" in answer.text
    assert "country code" in answer.text
    assert entered() == []


def test_control_characters_and_long_texts_are_refused(cast: Cast) -> None:
    typed = {**TYPED, "full_name": "Maya\x00Okafor", "title": "x" * 201}
    answer = cast.client(cast.rita).post_form("/candidates/new", typed, page="/candidates/new")
    assert answer.status_code == 422
    assert "control characters" in answer.text
    assert "Shorten this to 200 characters" in answer.text


def test_a_form_sent_twice_adds_once_and_leads_to_the_same_candidate(cast: Cast) -> None:
    client, typed = cast.client(cast.rita), {**TYPED, "idempotency_key": "k1"}
    first = client.post_form("/candidates/new", typed, page="/candidates/new")
    again = client.post_form("/candidates/new", typed, page="/candidates/new")
    assert (again.status_code, again.location) == (303, first.location)
    assert len(entered()) == 1


def test_a_duplicate_of_ones_own_is_a_link(cast: Cast) -> None:
    candidate = maya(cast)
    answer = cast.client(cast.rita).post_form("/candidates/new", TYPED, page="/candidates/new")
    assert answer.status_code == 409
    assert f'href="/candidates/{candidate}"' in answer.text


def test_a_free_duplicate_of_somebody_else_may_be_claimed_by_what_was_typed(cast: Cast) -> None:
    candidate, client = maya(cast), cast.client(cast.omar)
    answer = client.post_form("/candidates/new", TYPED, page="/candidates/new")
    assert answer.status_code == 409
    assert str(candidate) not in answer.text
    assert "Claim candidate" in answer.text
    keys = dict(
        re.findall(r'<input type="hidden" name="(email|phone|full_name|employer)" value="([^"]*)"', answer.text)
    )
    claim = client.post_form("/candidates/claim", {**keys, "source_method": "event"}, page="/candidates/new")
    assert claim.location == f"/candidates/{candidate}"


def test_a_protected_duplicate_says_until_when_and_offers_nothing(cast: Cast) -> None:
    candidate = maya(cast)
    ownership.claim(candidate, actor=cast.actor(cast.rita), source_method="event")
    answer = cast.client(cast.omar).post_form("/candidates/new", TYPED, page="/candidates/new")
    assert "Another recruiter has claimed this candidate until 24 Nov 2027" in answer.text
    assert "Claim candidate" not in answer.text
    assert "Rita" not in answer.text


def test_entering_a_protected_candidate_with_a_claim_is_refused_and_keeps_what_was_typed(cast: Cast) -> None:
    candidate = maya(cast)
    ownership.claim(candidate, actor=cast.actor(cast.rita), source_method="event")
    typed = {**TYPED, "claim": "y", "source_method": "event"}
    answer = cast.client(cast.omar).post_form("/candidates/new", typed, page="/candidates/new")
    assert answer.status_code == 409
    assert f"/disputes/new?subject=candidate&amp;subject_id={candidate}" in answer.text
    assert "Another recruiter has claimed this candidate until 24 Nov 2027" in answer.text
    assert 'value="maya@example.com"' in answer.text


def test_an_edit_is_saved(cast: Cast) -> None:
    candidate, client = maya(cast), cast.client(cast.rita)
    url = f"/candidates/{candidate}/edit"
    assert 'value="Maya Okafor"' in client.get(url).text
    answer = client.post_form(url, {**TYPED, "title": "Lead", "version": "1"}, page=url)
    assert (answer.status_code, answer.location) == (303, f"/candidates/{candidate}")
    assert entered()[0].title == "Lead"


def test_an_edit_of_a_stale_form_shows_both_and_can_be_sent_again(cast: Cast) -> None:
    candidate, client = maya(cast), cast.client(cast.rita)
    url = f"/candidates/{candidate}/edit"
    changed = CandidateInput(full_name="Maya Okafor", email="maya@example.com", title="Chosen meanwhile")
    candidates.edit(candidate, actor=cast.actor(cast.pia), input=changed, version=1)
    answer = client.post_form(url, {**TYPED, "title": "Typed here", "version": "1"}, page=url)
    assert answer.status_code == 409
    assert 'value="Typed here"' in answer.text
    assert "Chosen meanwhile" in answer.text
    assert 'name="version" value="2"' in answer.text
    assert client.post_form(url, {**TYPED, "title": "Typed here", "version": "2"}, page=url).status_code == 303


@pytest.mark.parametrize("version", ["", "x", "9" * 30, "-1"])
def test_an_unreadable_version_is_stale(cast: Cast, version: str) -> None:
    url = f"/candidates/{maya(cast)}/edit"
    answer = cast.client(cast.rita).post_form(url, {**TYPED, "version": version}, page=url)
    assert answer.status_code == 409


def test_an_edit_into_a_duplicate_is_refused(cast: Cast) -> None:
    maya(cast)
    url = f"/candidates/{maya(cast, email='other@example.com')}/edit"
    answer = cast.client(cast.rita).post_form(url, {**TYPED, "phone": "", "version": "1"}, page=url)
    assert answer.status_code == 409
    assert "already in the system" in answer.text


@pytest.mark.parametrize(("name", "status"), [("omar", 404), ("zoe", 404), ("carl", 404)])
def test_nobody_edits_the_candidates_of_others(cast: Cast, name: str, status: int) -> None:
    url = f"/candidates/{maya(cast)}/edit"
    client = cast.client(getattr(cast, name))
    assert client.get(url).status_code == status
    assert client.post_form(url, {**TYPED, "version": "1"}).status_code == status


# --- the blind check ------------------------------------------------------------------------------------------


def checked(cast: Cast, who: Person, **typed: str) -> str:
    answer = cast.client(who).post_form("/candidates/check", typed, page="/candidates/check")
    assert answer.status_code == 200
    return answer.text


def test_who_is_not_known_is_added_with_what_was_checked(cast: Cast) -> None:
    said = {"email": "ida@mail.test", "phone": "+46 70 123 45 67"}
    answer = cast.client(cast.omar).post_form("/candidates/check", said, page="/candidates/check")
    carried = {name: text for name, text in inputs(answer.text, "/candidates/new").items() if name != "csrf_token"}
    page = cast.client(cast.omar).post_form("/candidates/new", carried, page="/candidates/check")
    assert page.status_code == 200
    drawn = inputs(page.text, "/candidates/new")
    assert (drawn["email"], drawn["phone"], drawn["claim"]) == (*said.values(), "y")


def test_a_check_says_unknown_free_yours_or_protected(cast: Cast) -> None:
    assert "No match" in checked(cast, cast.omar, email="maya@example.com")
    candidate = maya(cast)
    assert "In the system, unclaimed" in checked(cast, cast.omar, email="maya@example.com")
    ownership.claim(candidate, actor=cast.actor(cast.rita), source_method="event")
    told = checked(cast, cast.omar, email="maya@example.com")
    assert "Claimed until Wed 24 Nov 2027, 09:00 UTC" in told
    assert "Rita" not in told
    assert str(candidate) not in told
    assert f"/candidates/{candidate}" in checked(cast, cast.rita, email="maya@example.com")


def test_htmx_gets_the_answer_of_a_check_as_a_panel(cast: Cast) -> None:
    answer = cast.client(cast.omar).post_htmx("/candidates/check", {"email": "a@example.com"}, page="/candidates/check")
    assert answer.text.startswith('<div id="check"')


def test_a_check_without_a_key_says_what_to_type(cast: Cast) -> None:
    answer = cast.client(cast.omar).post_form("/candidates/check", {"full_name": "Maya"}, page="/candidates/check")
    assert answer.status_code == 422
    assert "Enter the employer as well" in answer.text


def test_the_platform_checks_but_is_offered_no_claim_by_keys(cast: Cast) -> None:
    maya(cast)
    told = checked(cast, cast.pia, email="maya@example.com")
    assert "In the system, unclaimed" in told
    assert "Claim candidate" not in told


def test_a_company_makes_no_checks(cast: Cast) -> None:
    assert cast.client(cast.zoe).get("/candidates/check").status_code == 403


# --- refused claims, for who looks after both sides -----------------------------------------------------------


def test_the_platform_reads_both_claims_of_a_conflict_and_what_it_can_do(cast: Cast) -> None:
    candidate_id = claimed(cast, name="Lena Brandt")
    with pytest.raises(ownership.CandidateProtected):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="referral")
    pia = cast.client(cast.pia)
    queue = re.search(rf'href="(/candidates/{candidate_id}#conflicts)"', pia.get("/").text)
    assert queue is not None
    page = pia.get(queue[1].partition("#")[0]).text
    card = page[page.index('aria-labelledby="conflicts"') :]
    assert card.index("Omar") < card.index("South Search") < card.index("Rita")
    assert "since 24 Nov 2026 (LinkedIn)" in card
    assert f"/admin/events?subject={candidate_id}" in card
    assert "can go to someone else from 24 Nov 2027" in card
    assert "ownership.conflict_detected" in pia.get(f"/admin/events?subject={candidate_id}").text


def test_once_the_protection_is_over_the_credit_can_be_given_from_there(cast: Cast) -> None:
    settings.change_platform(actor=cast.actor(cast.pia), limits=PlatformLimits(protection_days=2))
    candidate_id = claimed(cast, name="Lena Brandt")
    with pytest.raises(ownership.CandidateProtected):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="referral")
    with simulated(DAY + timedelta(days=3)):
        page = cast.client(cast.pia).get(f"/candidates/{candidate_id}").text
    assert f'/candidates/{candidate_id}/claim"' in page[page.index('aria-labelledby="conflicts"') :]


def test_nobody_else_reads_who_tried(cast: Cast) -> None:
    candidate_id = claimed(cast, name="Lena Brandt")
    with pytest.raises(ownership.CandidateProtected):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="referral")
    proposals.accept(proposed(cast, candidate_id=candidate_id), actor=cast.actor(cast.carl))
    for who in (cast.rita, cast.carl):
        assert "Declined claims" not in cast.client(who).get(f"/candidates/{candidate_id}").text
    assert cast.client(cast.omar).get(f"/candidates/{candidate_id}").status_code == 404


def test_who_is_visible_in_several_ways_is_counted_once(cast: Cast) -> None:
    proposed(cast)  # whom rita added, claimed and proposed
    input = CandidateInput(full_name="Bo Lindqvist", email="bo@people.test")
    bo = candidates.add(actor=cast.actor(cast.omar), input=input)
    ownership.claim(bo, actor=cast.actor(cast.rita), source_method="event")
    found = CANDIDATES.page(cast.actor(cast.rita), Asked())
    assert (found.total, len(found.rows)) == (2, 2)
