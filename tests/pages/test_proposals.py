"""The pages of proposals: who sees what, what a form answers, with and without HTMX."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.profiles import Profile
from portal.extensions import db
from portal.models import MarketplaceEvent, Proposal
from portal.queries.billing import terms as views
from portal.runtime.clock import simulated
from portal.services import jobs, proposals
from portal.services.billing import terms
from tests.accounts import statements
from tests.cast import DAY, Cast
from tests.checking_client import CheckingClient
from tests.marketplace import claimed, later, posted, proposed

CONTACT = {"email": "lena.brandt@mail.test", "phone": "+49 30 1234567", "employer": "Initech", "title": "ML Engineer"}
PITCH = "Lena Brandt led ranking. Call +49 30 1234567 or write to lena.brandt@mail.test."


@pytest.fixture(autouse=True)
def _day():
    with simulated(DAY):
        yield


def state(proposal_id: uuid.UUID) -> str:
    with Session(db.engine) as session:
        return session.get_one(Proposal, proposal_id).state


def hana(cast: Cast) -> CheckingClient:
    return cast.client(cast.hana)


def rita(cast: Cast) -> CheckingClient:
    return cast.client(cast.rita)


# --- who sees what ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/proposals", "/proposals?sel={0}", "/proposals/{0}", "/jobs/{1}"])
def test_before_acceptance_a_company_reads_initials_and_no_contact_data(cast: Cast, url: str) -> None:
    job_id = posted(cast)
    made = proposed(cast, job_id=job_id, pitch=PITCH, **CONTACT)
    for who in (cast.hana, cast.carl):
        page = cast.client(who).get(url.format(made, job_id)).text
        assert "L. B." in page
        for secret in ("Lena", "Brandt", "lena.brandt", "1234567", "Initech"):
            assert secret not in page


def test_answers_and_notes_do_not_name_the_candidate_either(cast: Cast) -> None:
    made = proposed(cast)
    question = proposals.ask(made, actor=cast.actor(cast.hana), question="Remote?")
    proposals.answer(question, actor=cast.actor(cast.rita), answer="Lena is at lena@mail.test")
    proposals.withdraw(made, actor=cast.actor(cast.rita), notes="Brandt signed elsewhere")
    page = hana(cast).get(f"/proposals/{made}").text
    assert "L. B. is at [shown after acceptance]" in page
    assert "L. B. signed elsewhere" in page


def test_title_place_and_skills_do_not_name_the_candidate_either(cast: Cast) -> None:
    facts = {
        "title": "CTO at Brandt & Co",
        "location": "lena.dev, Berlin",
        "skills": ("Go", "LENA-lang", "+49 171 3920008"),
    }
    made = proposed(cast, **facts)
    page = hana(cast).get(f"/proposals/{made}").text
    assert "CTO at L. B. &amp; Co" in page
    assert "[shown after acceptance], Berlin" in page
    for secret in ("Brandt", "lena", "LENA", "3920008"):
        assert secret not in page


def test_what_the_company_wrote_itself_is_not_struck_so_that_no_name_can_be_tried_out(cast: Cast) -> None:
    made = proposed(cast)
    proposals.ask(made, actor=cast.actor(cast.hana), question="Is this Lena Brandt?")
    proposals.ask(made, actor=cast.actor(cast.pia), question="Lena Brandt wrote to us?")
    page = hana(cast).get(f"/proposals/{made}").text
    assert "Is this Lena Brandt?" in page
    assert "L. B. wrote to us?" in page


def test_a_recruiter_sees_while_typing_what_the_company_will_read(cast: Cast) -> None:
    candidate_id, client = claimed(cast, title="Brandt’s deputy"), cast.client(cast.rita)
    typed = {"candidate_id": str(candidate_id), "pitch": "Ask LENA, lena@mail.test"}
    part = client.post_htmx("/proposals/preview", typed, page="/proposals/new").text
    assert "<del>Brandt</del> <ins>L. B.</ins>’s deputy" in part
    assert "Ask <del>LENA</del> <ins>L. B.</ins>, <del>lena@mail.test</del> <ins>[shown after acceptance]</ins>" in part
    assert "3 passages are hidden" in part
    whole = client.post_form("/proposals/preview", typed, page="/proposals/new").text
    assert "<del>LENA</del>" in whole
    assert "Ask LENA, lena@mail.test</textarea>" in whole


def test_nobody_previews_a_candidate_of_others(cast: Cast) -> None:
    candidate_id = claimed(cast)
    typed = {"candidate_id": str(candidate_id), "pitch": "Lena"}
    part = cast.client(cast.omar).post_htmx("/proposals/preview", typed, page="/proposals/new").text
    assert "What the company sees" not in part
    assert "Nothing you wrote is hidden" not in part


def test_a_recruiter_sees_beside_an_answer_what_the_company_will_read(cast: Cast) -> None:
    made = proposed(cast)
    question = proposals.ask(made, actor=cast.actor(cast.hana), question="Remote?")
    client, url = cast.client(cast.rita), f"/proposals/{made}/questions/{question}/preview"
    typed = {"answer": "Lena may"}
    assert "<del>Lena</del> <ins>L. B.</ins> may" in client.post_htmx(url, typed, page=f"/proposals/{made}").text
    whole = client.post_form(url, typed, page=f"/proposals/{made}").text
    assert "Lena may</textarea>" in whole
    assert "<del>Lena</del>" in whole
    assert client.post_htmx(url.replace(str(made), str(question)), typed, page=f"/proposals/{made}").status_code == 404


def test_a_company_decides_on_a_profile_that_names_nobody(cast: Cast) -> None:
    known = Profile(8, 4, None, 9_000_000, 11_000_000, "EUR", "Lena Brandt is an EU citizen", ("German",))
    made = proposed(cast, profile=known)
    page = hana(cast).get(f"/proposals/{made}").text
    for said in ("8 years", "4 weeks", "€110,000", "L. B. is an EU citizen", "German"):
        assert said in page
    assert "€90,000" not in page
    proposals.accept(made, actor=cast.actor(cast.hana))
    assert "€90,000" in hana(cast).get(f"/proposals/{made}").text


def test_its_own_page_says_who_and_how_it_stands_in_the_heading_alone(cast: Cast) -> None:
    rita, proposal_id = cast.client(cast.rita), proposed(cast)
    beside, alone = (rita.get(url).text for url in (f"/proposals?sel={proposal_id}", f"/proposals/{proposal_id}"))
    heading = re.search(r"<h1>(.*?)</h1>", alone, re.DOTALL)
    assert heading
    assert "Lena Brandt for " in heading[1]
    assert ">Proposed</span>" in heading[1]
    assert alone.count(">Proposed</span>") == beside.count(">Proposed</span>") == 1
    assert "Lena Brandt</h2>" in beside
    assert "Lena Brandt</h2>" not in alone


def test_acceptance_reveals_the_candidate(cast: Cast) -> None:
    made = proposed(cast, pitch=PITCH, **CONTACT)
    proposals.accept(made, actor=cast.actor(cast.hana))
    page = hana(cast).get(f"/proposals/{made}").text
    for shown in ("Lena Brandt", "lena.brandt@mail.test", "+49 30 1234567", "Initech"):
        assert shown in page


@pytest.mark.parametrize("end", ["decline", "withdraw"])
def test_other_ends_reveal_nothing(cast: Cast, end: str) -> None:
    made = proposed(cast, **CONTACT)
    if end == "decline":
        proposals.decline(made, actor=cast.actor(cast.hana), reason="other")
    else:
        proposals.withdraw(made, actor=cast.actor(cast.rita))
    assert "Lena" not in hana(cast).get(f"/proposals/{made}").text


def test_recruiter_and_platform_read_the_name_and_the_look_of_the_platform_is_recorded(cast: Cast) -> None:
    made = proposed(cast)
    assert "Lena Brandt" in rita(cast).get(f"/proposals/{made}").text
    assert "Lena Brandt" in cast.client(cast.pia).get(f"/proposals/{made}").text
    with Session(db.engine) as session:
        query = select(func.count()).where(MarketplaceEvent.type == "candidate.viewed")
        assert session.scalar(query) == 1


PATHS = ["", "/accept", "/decline", "/withdraw"]


def test_somebody_elses_proposal_does_not_exist(cast: Cast) -> None:
    made = proposed(cast)
    zoe = cast.client(cast.zoe)
    assert [zoe.get(f"/proposals/{made}{path}").status_code for path in PATHS] == [404, 404, 404, 404]
    assert zoe.get(f"/proposals?sel={made}").status_code == 404
    omar = cast.client(cast.omar)
    assert [omar.get(f"/proposals/{made}{path}").status_code for path in PATHS] == [404, 404, 404, 404]
    for action, data in (
        ("accept", {}),
        ("decline", {"reason": "other"}),
        ("review", {}),
        ("questions", {"question": "?"}),
    ):
        assert zoe.post_form(f"/proposals/{made}/{action}", data).status_code == 404
    assert omar.post_form(f"/proposals/{made}/withdraw").status_code == 404
    assert state(made) == "proposed"
    assert zoe.get("/proposals").text.count("L. B.") == 0


def test_ids_that_are_none_are_not_found(cast: Cast) -> None:
    client = hana(cast)
    assert client.get("/proposals/not-an-id").status_code == 404
    assert client.get(f"/proposals/{uuid.uuid4()}").status_code == 404
    assert client.get("/proposals?sel=x&after=y&state=z").status_code == 200


# --- the inbox ----------------------------------------------------------------------------------------------


def test_the_inbox_lists_by_deadline_soonest_first(cast: Cast) -> None:
    slow, quick = posted(cast, proposal_days=9), posted(cast, proposal_days=2)
    for job_id, name in ((slow, "Anna Abel"), (quick, "Bert Brown")):
        proposed(cast, job_id=job_id, name=name)
    page = hana(cast).get("/proposals").text
    assert page.index("B. B.") < page.index("A. A.")
    assert 'Waiting<span class="count">2</span>' in page


def test_the_tabs_hold_what_is_decided(cast: Cast) -> None:
    taken, refused = proposed(cast, name="Anna Abel"), proposed(cast, name="Bert Brown")
    proposals.accept(taken, actor=cast.actor(cast.hana))
    proposals.decline(refused, actor=cast.actor(cast.hana), reason="salary", notes="Too dear")
    accepted, declined = (hana(cast).get(f"/proposals?state={tab}").text for tab in ("accepted", "declined"))
    assert "Anna Abel" in accepted
    assert "B. B." not in accepted
    assert "salary expectation" in declined
    assert "Too dear" in declined


def test_an_empty_inbox_says_what_will_be_there(cast: Cast) -> None:
    assert "No proposals waiting" in hana(cast).get("/proposals").text
    assert "Claim a candidate" in rita(cast).get("/proposals").text
    assert "No proposals match these filters" in hana(cast).get("/proposals?state=timeout").text


def test_a_company_finds_nobody_by_a_name_that_it_is_not_shown(cast: Cast) -> None:
    taken = proposed(cast, name="Anna Abel")
    proposed(cast, name="Bert Brown")
    proposals.accept(taken, actor=cast.actor(cast.hana))
    found = {who: cast.client(getattr(cast, who)).get("/proposals?q=bert").text for who in ("rita", "hana")}
    assert "Bert Brown" in found["rita"]
    assert "B. B." not in found["hana"]
    assert "No proposals match these filters" in found["hana"]
    assert "Anna Abel" in hana(cast).get("/proposals?state=accepted&q=anna").text


def test_a_chosen_proposal_stands_beside_a_list_that_does_not_have_it(cast: Cast) -> None:
    taken = proposed(cast, name="Anna Abel")
    proposals.accept(taken, actor=cast.actor(cast.hana))
    page = hana(cast).get(f"/proposals?sel={taken}").text
    assert "Nothing on this page." in page
    assert "Anna Abel" in page


def test_a_page_of_fifty_proposals_is_light(cast: Cast) -> None:
    job_id = posted(cast)
    for number in range(51):
        proposed(cast, job_id=job_id, name=f"Person{number:02} Zed")
    assert len(rita(cast).get("/proposals").data) < 32_000


def test_the_inbox_needs_four_statements_whatever_it_holds(cast: Cast) -> None:
    job_id, client = posted(cast), hana(cast)
    client.get("/proposals")  # the first look of a while writes when the session was seen
    for more in (10, 50):  # a page holds fifty
        made = [proposed(cast, job_id=job_id) for _ in range(more)]
        for url in ("/proposals", f"/proposals?sel={made[-1]}"):
            with statements() as seen:
                client.get(url)
            assert len(seen) == 4, seen
        with statements() as seen:
            client.get(f"/jobs/{job_id}")
        assert len(seen) <= 5, seen
        with statements() as seen:
            client.get("/jobs")
        assert len(seen) <= 4, seen


def test_a_proposal_needs_five_statements_and_an_acceptance_six(cast: Cast) -> None:
    made, client = proposed(cast), hana(cast)
    for _ in range(12):
        proposals.ask(made, actor=cast.actor(cast.hana), question="?")
    with statements() as seen:
        client.get(f"/proposals/{made}")
    assert len(seen) <= 5, seen
    token = client.csrf_token(f"/proposals/{made}")
    with statements() as seen:
        answer = client.post(f"/proposals/{made}/accept", data={"csrf_token": token})
    assert answer.status_code == 303
    assert len(seen) <= 6, seen


# --- reviewing ----------------------------------------------------------------------------------------------


def test_a_get_changes_nothing_and_the_opened_page_posts_the_review_by_itself(cast: Cast) -> None:
    made, client = proposed(cast), hana(cast)
    page = client.get(f"/proposals/{made}").text
    assert state(made) == "proposed"
    assert f'hx-post="/proposals/{made}/review" data-hx-trigger="load"' in page
    answer = client.post_htmx(f"/proposals/{made}/review", {"shown": "page"}, page=f"/proposals/{made}")
    assert (answer.status_code, state(made)) == (200, "company_reviewing")
    assert answer.text.lstrip().startswith('<div class="cols" id="proposal">')
    assert 'hx-trigger="load"' not in answer.text


def test_only_a_company_that_chose_a_proposal_reviews_it(cast: Cast) -> None:
    made = proposed(cast)
    assert 'hx-trigger="load"' in hana(cast).get(f"/proposals?sel={made}").text
    for client, url in (
        (hana(cast), "/proposals"),
        (rita(cast), f"/proposals/{made}"),
        (cast.client(cast.pia), f"/proposals/{made}"),
    ):
        assert 'hx-trigger="load"' not in client.get(url).text


def test_without_javascript_a_button_reviews(cast: Cast) -> None:
    made = proposed(cast)
    answer = hana(cast).post_form(f"/proposals/{made}/review", {"shown": "list"}, page=f"/proposals/{made}")
    assert (answer.status_code, answer.location) == (303, f"/proposals?sel={made}")
    assert state(made) == "company_reviewing"


# --- deciding -----------------------------------------------------------------------------------------------

ACTS: list[tuple[str, str, dict[str, str], str]] = [
    ("hana", "accept", {"notes": "Great"}, "accepted"),
    ("carl", "decline", {"reason": "salary"}, "declined"),
    ("rita", "withdraw", {}, "withdrawn"),
    ("pia", "accept", {}, "accepted"),
    ("pia", "withdraw", {}, "withdrawn"),
]


@pytest.mark.parametrize(("who", "action", "data", "ends"), ACTS)
def test_an_action_works_without_javascript(cast: Cast, who: str, action: str, data: dict[str, str], ends: str) -> None:
    made, client = proposed(cast), cast.client(getattr(cast, who))
    url = f"/proposals/{made}/{action}"
    assert "?</h1>" in client.get(url).text
    answer = client.post_form(url, data, page=url)
    assert (answer.status_code, answer.location) == (303, f"/proposals/{made}")
    assert state(made) == ends
    assert client.get(f"/proposals/{made}").text.count('class="note ok') >= 1
    assert client.get(url).status_code == 303  # nothing is left to ask


@pytest.mark.parametrize(("who", "action", "data", "ends"), ACTS)
def test_an_action_from_a_script_answers_with_the_fresh_card(
    cast: Cast, who: str, action: str, data: dict[str, str], ends: str
) -> None:
    made, client = proposed(cast), cast.client(getattr(cast, who))
    answer = client.post_htmx(f"/proposals/{made}/{action}", {**data, "shown": "list"}, page=f"/proposals/{made}")
    assert answer.status_code == 200
    assert 'role="status"' in answer.text
    assert state(made) == ends


@pytest.mark.parametrize(("action", "leads_to"), [("accept", "/proposals?sel={}"), ("decline", "/proposals")])
def test_in_the_inbox_the_next_proposal_opens_after_a_decline(cast: Cast, action: str, leads_to: str) -> None:
    made, client = proposed(cast), hana(cast)
    answer = client.post_form(f"/proposals/{made}/{action}", {"shown": "list", "reason": "salary"})
    assert (answer.status_code, answer.location) == (303, leads_to.format(made))


@pytest.mark.parametrize(("shown", "leads_to"), [("list", "/proposals?sel={}"), ("page", "/proposals/{}")])
def test_who_is_asked_too_late_is_led_to_the_page_anew(cast: Cast, shown: str, leads_to: str) -> None:
    made, client = proposed(cast), hana(cast)
    proposals.accept(made, actor=cast.actor(cast.carl))
    answer = client.get(f"/proposals/{made}/decline?shown={shown}", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, leads_to.format(made))


def test_a_decline_without_a_reason_opens_the_dialog_again_with_what_was_typed(cast: Cast) -> None:
    made, client = proposed(cast), hana(cast)
    url, typed = f"/proposals/{made}/decline", {"notes": "Nice, but no", "reason": ""}
    for answer in (client.post_form(url, typed), client.post_htmx(url, {**typed, "shown": "list"})):
        assert answer.status_code == 422
        assert re.search(r'<dialog id="decline"[^>]* open', answer.text)
        assert "Choose the reason that fits best." in answer.text
        assert "Nice, but no" in answer.text
    assert state(made) == "proposed"


@pytest.mark.parametrize("notes", ["x" * 2_001, "a\x00b"])
def test_bad_notes_are_refused_beside_their_field(cast: Cast, notes: str) -> None:
    made, client = proposed(cast), hana(cast)
    answer = client.post_form(f"/proposals/{made}/accept", {"notes": notes})
    assert (answer.status_code, state(made)) == (422, "proposed")
    assert 'href="#accept-notes"' in answer.text


def test_the_loser_of_a_race_gets_the_fresh_card_with_who_and_when(cast: Cast) -> None:
    made, client = proposed(cast), hana(cast)
    client.get(f"/proposals/{made}")
    with simulated(later(hours=2)):
        proposals.withdraw(made, actor=cast.actor(cast.rita))
        for answer, root in (
            (client.post_htmx(f"/proposals/{made}/accept", {"shown": "list"}), 'id="detail"'),
            (client.post_htmx(f"/proposals/{made}/accept", {"shown": "page"}), 'id="proposal"'),
            (client.post_form(f"/proposals/{made}/accept"), "<h1>"),
        ):
            assert answer.status_code == 409
            assert root in answer.text
            assert "was withdrawn by Rita on Tue 24 Nov 2026, 11:00 UTC" in answer.text
            assert 'id="accept"' not in answer.text


def test_who_loses_to_an_acceptance_sees_the_name_wherever_the_page_has_it(cast: Cast) -> None:
    made, client = proposed(cast), hana(cast)
    assert '<h1><span id="whose">L. B. for Staff ML Engineer <span class="tag' in client.get(f"/proposals/{made}").text
    proposals.accept(made, actor=cast.actor(cast.carl))
    late = client.post_htmx(f"/proposals/{made}/decline", {"reason": "other", "shown": "page"})
    assert late.status_code == 409
    assert '<span id="whose" data-hx-swap-oob="true">Lena Brandt for Staff ML Engineer <span class="tag' in late.text
    assert '<span id="whose-path" data-hx-swap-oob="true">Lena Brandt</span>' in late.text
    assert "hx-swap-oob" not in client.get(f"/proposals/{made}").text


def test_who_decides_after_the_deadline_is_told_that_it_timed_out(cast: Cast) -> None:
    made, client = proposed(cast, job_id=posted(cast, proposal_days=3)), hana(cast)
    with simulated(later(days=3)):
        page = client.get(f"/proposals/{made}").text
        assert "The deadline has passed." in page
        assert "Accept proposal" not in page
        answer = client.post_htmx(f"/proposals/{made}/decline", {"reason": "other", "shown": "list"})
    assert answer.status_code == 409
    assert "expired on Fri 27 Nov 2026, 09:00 UTC" in answer.text


def test_a_post_without_token_changes_nothing(cast: Cast) -> None:
    made = proposed(cast)
    assert hana(cast).post(f"/proposals/{made}/accept").status_code == 400
    assert state(made) == "proposed"


def test_actions_are_shown_to_whom_they_belong(cast: Cast) -> None:
    made = proposed(cast)
    shown = {
        who: [b for b in ("Accept proposal", "Decline", "Withdraw", "Ask the recruiter") if b in page]
        for who, page in (
            (w, cast.client(getattr(cast, w)).get(f"/proposals/{made}").text) for w in ("hana", "rita", "pia")
        )
    }
    assert shown["hana"] == ["Accept proposal", "Decline", "Ask the recruiter"]
    assert shown["rita"] == ["Withdraw"]
    assert shown["pia"] == ["Accept proposal", "Decline", "Withdraw", "Ask the recruiter"]
    proposals.accept(made, actor=cast.actor(cast.hana))
    assert f"/placements/new?proposal={made}" in cast.client(cast.carl).get(f"/proposals/{made}").text
    assert "/placements/new" not in hana(cast).get(f"/proposals/{made}").text


@pytest.mark.parametrize(("hours", "tone"), [(24 * 3, "note"), (20, "note warn"), (3, "note bad")])
def test_the_deadline_grows_warmer(cast: Cast, hours: int, tone: str) -> None:
    made = proposed(cast, job_id=posted(cast, proposal_days=3))
    with simulated(later(days=3) - timedelta(hours=hours)):
        page = hana(cast).get(f"/proposals/{made}").text
    assert f'<div class="{tone}">' in page
    assert "lowers your response rate" in page


# --- questions ----------------------------------------------------------------------------------------------


def ask(client: CheckingClient, made: uuid.UUID, text: str, *, htmx: bool = False):
    send = client.post_htmx if htmx else client.post_form
    return send(f"/proposals/{made}/questions", {"question": text, "shown": "page"}, page=f"/proposals/{made}")


def answer_url(page: str) -> str:
    found = re.search(r"/proposals/[0-9a-f-]+/questions/[0-9a-f-]+/answer", page)
    assert found
    return found[0]


@pytest.mark.parametrize("htmx", [False, True])
def test_a_question_is_asked_and_answered(cast: Cast, htmx: bool) -> None:
    made, company, recruiter = proposed(cast), hana(cast), rita(cast)
    assert ask(company, made, "When could she start?", htmx=htmx).status_code == (200 if htmx else 303)
    page = recruiter.get(f"/proposals/{made}").text
    assert "When could she start?" in page
    assert "Question to answer" in recruiter.get("/proposals").text
    assert "Question to answer" not in company.get("/proposals").text
    send = recruiter.post_htmx if htmx else recruiter.post_form
    answer = send(answer_url(page), {"answer": "In March.", "shown": "page"}, page=f"/proposals/{made}")
    assert answer.status_code == (200 if htmx else 303)
    assert "In March." in company.get(f"/proposals/{made}").text
    assert "Question answered" in company.get(f"/proposals/{made}").text
    assert "Question to answer" not in recruiter.get("/proposals").text


@pytest.mark.parametrize("text", ["", " ", "x" * 2_001, "a\x07b"])
def test_a_bad_question_or_answer_keeps_what_was_typed(cast: Cast, text: str) -> None:
    made, company, recruiter = proposed(cast), hana(cast), rita(cast)
    refused = ask(company, made, text, htmx=True)
    assert (refused.status_code, "There is a problem" in refused.text) == (422, True)
    ask(company, made, "Remote?")
    refused = recruiter.post_form(answer_url(recruiter.get(f"/proposals/{made}").text), {"answer": text})
    assert (refused.status_code, "There is a problem" in refused.text) == (422, True)


def test_a_second_answer_is_refused_on_the_fresh_card(cast: Cast) -> None:
    made, recruiter = proposed(cast), rita(cast)
    ask(hana(cast), made, "Remote?")
    url = answer_url(recruiter.get(f"/proposals/{made}").text)
    recruiter.post_form(url, {"answer": "Yes"})
    second = recruiter.post_htmx(url, {"answer": "No", "shown": "list"})
    assert second.status_code == 409
    assert "already been answered" in second.text
    assert cast.client(cast.omar).post_form(url, {"answer": "No"}).status_code == 404


# --- proposing ----------------------------------------------------------------------------------------------


def propose(client: CheckingClient, candidate_id: object, job_id: object, **more: str):
    data = {"candidate_id": str(candidate_id), "job_id": str(job_id), "pitch": "Fits well.", **more}
    return client.post_form("/proposals/new", data, page="/proposals/new")


def test_rita_proposes_and_is_shown_what_it_pays(cast: Cast) -> None:
    candidate_id, job_id, client = claimed(cast), posted(cast), rita(cast)
    page = client.get(f"/proposals/new?candidate={candidate_id}&job={job_id}").text
    assert "Yours until Wed 24 Nov 2027, 09:00 UTC." in page
    assert "Acme has no response record yet" in page
    answer = propose(client, candidate_id, job_id, expected_salary_minor="168,000.00")
    assert answer.status_code == 303
    shown = client.get(answer.location).text
    assert "$168,000" in shown
    assert "$33,600" in shown


def restricted(cast: Cast, **more: object) -> uuid.UUID:
    job_id = posted(cast)
    values = {"restrictions": "Nobody from Initech.", **more}
    terms.change(actor=cast.actor(cast.pia), values=values, job_id=job_id)
    return job_id


def test_the_terms_are_shown_before_one_proposes_and_kept_on_the_proposal(cast: Cast) -> None:
    candidate_id, job_id, client = claimed(cast), restricted(cast, payment_days=14, platform_bp=500), rita(cast)
    typed = {"candidate_id": str(candidate_id), "job_id": str(job_id), "expected_salary_minor": "125,000"}
    page = client.post_htmx("/proposals/preview", typed, page="/proposals/new").text
    for shown in ("Nobody from Initech.", "due 14 days later", "$1,250", "$9,500", "$7,125"):
        assert shown in page
    assert "due 14 days later" in client.get(f"/jobs/{job_id}").text
    answer = propose(client, candidate_id, job_id, restrictions_read="y", terms_version=version_of(cast, job_id))
    terms.change(actor=cast.actor(cast.pia), values={"payment_days": 60}, job_id=job_id)
    kept = client.get(answer.location).text
    assert "due 14 days later" in kept
    assert "confirmed reading the restrictions" in kept


def version_of(cast: Cast, job_id: uuid.UUID) -> str:
    return views.of_job(job_id, viewer=cast.actor(cast.rita)).terms.version


def test_restrictions_must_be_ticked(cast: Cast) -> None:
    candidate_id, job_id = claimed(cast), restricted(cast)
    answer = propose(rita(cast), candidate_id, job_id, terms_version=version_of(cast, job_id))
    assert answer.status_code == 422
    assert "Confirm that you’ve read" in answer.text
    assert "Fits well." in answer.text


def test_terms_that_changed_since_they_were_shown_are_read_again(cast: Cast) -> None:
    candidate_id, job_id = claimed(cast), restricted(cast)
    shown = {"terms_version": version_of(cast, job_id), "restrictions_read": "y"}
    terms.change(actor=cast.actor(cast.pia), values={"restrictions": "Nobody from Hooli."}, job_id=job_id)
    answer = propose(rita(cast), candidate_id, job_id, **shown)
    assert answer.status_code == 409
    assert "have changed since you read them" in answer.text
    assert "Nobody from Hooli." in answer.text
    box = re.search(r'<input[^>]*id="restrictions_read"[^>]*>', answer.text)
    assert box
    assert "checked" not in box[0]
    assert f'value="{version_of(cast, job_id)}"' in answer.text


def test_a_flat_fee_is_shown_as_one_without_a_salary(cast: Cast) -> None:
    candidate_id, job_id = claimed(cast), restricted(cast, flat_fee_minor=1_000_000)
    typed = {"candidate_id": str(candidate_id), "job_id": str(job_id)}
    page = rita(cast).post_htmx("/proposals/preview", typed, page="/proposals/new").text
    for shown in ("Fee, $10,000 flat", "$4,000", "$3,000"):
        assert shown in page


def test_the_preview_computes_fee_shares_and_deadline_and_writes_nothing(cast: Cast) -> None:
    first = proposed(cast)
    with simulated(later(hours=6)):
        proposals.decline(first, actor=cast.actor(cast.hana), reason="other")
    candidate_id, job_id = claimed(cast), posted(cast)
    data = {"candidate_id": str(candidate_id), "job_id": str(job_id), "expected_salary_minor": "125,000"}
    page = rita(cast).post_htmx("/proposals/preview", data, page="/proposals/new").text
    for shown in (
        "$25,000",
        "$10,000",
        "$7,500",
        "1 Dec 2026, 09:00 UTC",
        "median response 6 h",
        "0 of 1 proposal expired",
    ):
        assert shown in page
    empty = rita(cast).post_htmx("/proposals/preview", {"expected_salary_minor": "x"}, page="/proposals/new").text
    assert "Choose a job" in empty


def test_a_pitch_is_kept_when_the_job_vanished_and_something_else_is_wrong(cast: Cast) -> None:
    said = {"candidate_id": str(claimed(cast)), "job_id": str(uuid.uuid4()), "pitch": "Took me long"}
    answer = rita(cast).post_form("/proposals/new", {**said, "expected_salary_minor": "lots"})
    assert answer.status_code == 422
    assert "Took me long" in answer.text


def test_the_salary_of_the_profile_is_filled_in_once_the_job_is_chosen(cast: Cast) -> None:
    profile = Profile(expected_salary_minor=9_500_000, currency="EUR")
    candidate_id, job_id = claimed(cast, profile=profile), posted(cast, currency="EUR")
    data = {"candidate_id": str(candidate_id), "job_id": str(job_id)}
    filled = rita(cast).post_htmx("/proposals/preview", data, page="/proposals/new").text
    assert 'id="salary" data-hx-swap-oob="true"' in filled
    assert 'value="95000"' in filled
    assert "€19,000" in filled
    same = {**data, "suggested": "95000", "salary_in": "EUR", "expected_salary_minor": "90000"}
    assert 'id="salary"' not in rita(cast).post_htmx("/proposals/preview", same, page="/proposals/new").text
    assert 'value="95000"' in rita(cast).get(f"/proposals/new?candidate={candidate_id}&job={job_id}").text


def test_the_preview_asks_for_another_job_when_the_chosen_one_vanished(cast: Cast) -> None:
    data = {"candidate_id": str(claimed(cast)), "job_id": str(uuid.uuid4()), "expected_salary_minor": "125,000"}
    answer = rita(cast).post_htmx("/proposals/preview", data, page="/proposals/new")
    assert answer.status_code == 200
    assert "Choose a job" in answer.text


def test_a_form_sent_twice_proposes_once(cast: Cast) -> None:
    candidate_id, job_id, client = claimed(cast), posted(cast), rita(cast)
    first, second = (propose(client, candidate_id, job_id, idempotency_key="k1") for _ in range(2))
    assert (first.status_code, second.status_code, first.location) == (303, 303, second.location)


@pytest.mark.parametrize("htmx", [False, True])
def test_a_form_on_a_proposal_sent_twice_acts_once(cast: Cast, *, htmx: bool) -> None:
    made, client = proposed(cast), hana(cast)

    def send(what: str, said: str, **data: str) -> None:
        for _ in range(2):
            sent = {"shown": "list", "idempotency_key": what, **data}
            answer = (client.post_htmx if htmx else client.post_form)(f"/proposals/{made}/{what}", sent)
            assert (answer.status_code, answer.location) == ((200, None) if htmx else (303, f"/proposals?sel={made}"))
            assert not htmx or said in answer.text

    send("questions", "Question sent.", question="When could she start?")
    assert client.get(f"/proposals?sel={made}").text.count("When could she start?") == 1
    send("accept", "Proposal accepted. The recruiter has been notified.")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"pitch": ""}, "Explain why this candidate fits."),
        ({"pitch": "x" * 5_001}, "Shorten this to 5,000 characters"),
        ({"pitch": "a\x00"}, "Remove the control characters"),
        ({"candidate_id": ""}, "Choose a candidate."),
        ({"candidate_id": "x"}, "Choose one from the list."),
        ({"job_id": ""}, "Choose a job."),
        ({"expected_salary_minor": "lots"}, "Enter an amount"),
        ({"expected_salary_minor": "1.234"}, "at most two decimals"),
        ({"expected_salary_minor": "0"}, "above zero"),
        ({"expected_salary_minor": "-5"}, "above zero"),
        ({"expected_salary_minor": "9" * 50}, "too large"),
        ({"expected_salary_minor": "Infinity"}, "Enter an amount"),
    ],
)
def test_bad_input_is_refused_with_what_to_do_and_what_was_typed(cast: Cast, typed: dict[str, str], says: str) -> None:
    candidate_id, job_id = claimed(cast), posted(cast)
    answer = propose(rita(cast), **{"candidate_id": candidate_id, "job_id": job_id, **typed})
    assert answer.status_code == 422
    assert says in answer.text
    if "pitch" not in typed:
        assert "Fits well." in answer.text


def test_a_duplicate_is_told_on_the_form(cast: Cast) -> None:
    candidate_id, job_id, client = claimed(cast), posted(cast), rita(cast)
    propose(client, candidate_id, job_id)
    answer = propose(client, candidate_id, job_id)
    assert answer.status_code == 409
    assert "already been proposed for this job" in answer.text
    assert "Fits well." in answer.text


def test_a_job_that_is_not_to_be_seen_is_not_found(cast: Cast) -> None:
    assert rita(cast).get(f"/proposals/new?job={posted(cast, status='draft')}").status_code == 404


@pytest.mark.parametrize("gone", ["candidate_id", "job_id"])
def test_what_vanished_while_the_form_was_open_costs_no_pitch(cast: Cast, gone: str) -> None:
    pair = {"candidate_id": claimed(cast), "job_id": posted(cast, title="Other job"), gone: uuid.uuid4()}
    answer = propose(rita(cast), **pair, pitch="Took an hour to write.", expected_salary_minor="168,000")
    assert answer.status_code == 422
    assert f'<a href="#{gone}">We can’t find this, or you don’t have access. Choose another.</a>' in answer.text
    assert "Took an hour to write.</textarea>" in answer.text
    assert 'value="168,000"' in answer.text
    (kept,) = {"candidate_id", "job_id"} - {gone}
    assert f'selected value="{pair[kept]}"' in answer.text


def test_foreign_ids_read_as_what_does_not_exist(cast: Cast) -> None:
    candidate_id = claimed(cast, name="Lena Brandt")
    of_the_company = propose(rita(cast), candidate_id, posted(cast, status="draft", title="Secret plan"))
    of_a_rival = propose(cast.client(cast.omar), candidate_id, posted(cast))
    for answer, secret in ((of_the_company, "Secret plan"), (of_a_rival, "Lena Brandt")):
        assert answer.status_code == 422
        assert "We can’t find this, or you don’t have access." in answer.text
        assert secret not in answer.text


def test_who_claims_nobody_is_told_why_there_is_nobody_to_propose(cast: Cast) -> None:
    assert "No one to propose" in cast.client(cast.omar).get("/proposals/new").text
    foreign = claimed(cast)
    claimed(cast, cast.omar, name="Own One")
    page = cast.client(cast.omar).get(f"/proposals/new?candidate={foreign}").text
    assert "You don’t have an active claim" in page
    assert "Lena" not in page


def test_the_choices_leave_out_what_is_proposed_already(cast: Cast) -> None:
    candidate_id, job_id = claimed(cast, name="Anna Abel"), posted(cast, title="Taken job")
    claimed(cast, name="Bert Brown")
    posted(cast, title="Free job")
    proposed(cast, candidate_id=candidate_id, job_id=job_id)
    by_candidate = rita(cast).get(f"/proposals/new?candidate={candidate_id}").text
    assert "Free job, Acme" in by_candidate
    assert "Taken job, Acme" not in by_candidate
    by_job = rita(cast).get(f"/proposals/new?job={job_id}").text
    assert "Bert Brown" in by_job
    assert "Anna Abel" not in by_job


def test_companies_do_not_propose(cast: Cast) -> None:
    for who in (cast.carl, cast.hana, cast.zoe):
        assert cast.client(who).get("/proposals/new").status_code == 403


def test_a_closed_job_shows_its_proposals_as_withdrawn(cast: Cast) -> None:
    job_id = posted(cast)
    made = proposed(cast, job_id=job_id)
    jobs.change_status(job_id, actor=cast.actor(cast.carl), status="closed")
    page = rita(cast).get(f"/proposals/{made}").text
    assert "by System" in page
    assert "The job was closed." in page
