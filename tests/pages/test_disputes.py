"""Disputes on pages: opened where the quarrel starts, answered, decided, and nobody else's to see."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from io import BytesIO

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import Candidate, Dispute, OwnershipConflict, Payout, Proposal
from portal.queries.billing.documents import invoice
from portal.queries.candidates import candidates
from portal.queries.placements.collaboration import team
from portal.queries.placements.placements import detail
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.candidates import ownership
from portal.services.candidates.claims import CandidateProtected
from portal.services.disputes import appeals, cases
from portal.services.disputes.cases import CaseInput
from portal.services.placements import placements
from tests.accounts import statements
from tests.cast import DAY, Cast
from tests.checking_client import read
from tests.documents import pdf
from tests.marketplace import claimed, later, proposed
from tests.money import invoice_of, started

SAID = "I spoke with the candidate two weeks before that claim."
ANSWER = "The claim is mine, and I have the messages to show."


@pytest.fixture(autouse=True)
def _on_the_day(context: None) -> Iterator[None]:
    """Let all of it happen on a Tuesday."""
    with simulated(DAY):
        yield


def state() -> str:
    with Session(db.engine) as session:
        return session.scalars(select(Dispute.state)).one()


def of_the_splits(cast: Cast) -> uuid.UUID:
    dispute_id = unanswered(cast)
    cases.answer(dispute_id, actor=cast.actor(cast.rita), statement=ANSWER)
    return dispute_id


def unanswered(cast: Cast) -> uuid.UUID:
    placement_id = started(cast)
    typed = CaseInput(
        subject="placement", subject_id=placement_id, reason="share_too_low", statement=SAID, asks="A fifth more."
    )
    return cases.open_case(actor=cast.actor(cast.omar), input=typed)


def test_a_refused_claim_leads_to_a_dispute_that_both_sides_and_the_platform_end(cast: Cast) -> None:
    candidate_id = claimed(cast)
    with Session(db.engine) as session:
        email = session.scalars(select(Candidate.email)).one()
    omar, rita, pia = cast.client(cast.omar), cast.client(cast.rita), cast.client(cast.pia)
    typed = {"email": email, "source_method": "linkedin"}
    refused = omar.post_form("/candidates/claim", typed, page="/candidates/new")
    way_in = f"/disputes/new?subject=candidate&amp;subject_id={candidate_id}"
    assert way_in in refused.text
    form = {"subject": "candidate", "subject_id": str(candidate_id), "reason": "contacted_first", "asks": "The credit."}
    token = {"csrf_token": omar.csrf_token(way_in.replace("&amp;", "&"))}
    short = omar.post("/disputes/new", data={**token, **form, "statement": "Mine."})
    assert (short.status_code, "Enter at least 20 characters" in short.text) == (422, True)
    page = omar.post("/disputes/new", data={**token, **form, "statement": SAID}).location
    shown = omar.get(page).text
    assert "Lena" not in shown
    assert "L. B." not in shown
    assert omar.get(way_in.replace("&amp;", "&")).location == page
    token = {"csrf_token": rita.csrf_token(page)}
    assert rita.post(f"{page}/statements", data={**token, "statement": ANSWER}).status_code == 303
    token = {"csrf_token": pia.csrf_token(page)}
    wrong = pia.post(f"{page}/rule", data={**token, "effect": "void", "reason": "So it is."})
    assert (wrong.status_code, "Choose one of these: keep, transfer" in wrong.text) == (422, True)
    ruled = pia.post(f"{page}/rule", data={**token, "effect": "transfer", "reason": "The messages show it."})
    assert (ruled.status_code, state()) == (303, "resolved")
    assert "The messages show it." in omar.get(page).text
    assert "Give the sourcing credit to Omar" in rita.get(page).text
    token = {"csrf_token": rita.csrf_token(page)}
    assert omar.post(f"{page}/waive", data={"csrf_token": omar.csrf_token(page)}).status_code == 303
    assert rita.post(f"{page}/appeal", data={**token, "statement": ANSWER}).status_code == 303
    assert state() == "under_review"


def test_who_contests_a_credit_and_who_holds_it_open_the_case_from_the_candidate(cast: Cast) -> None:
    candidate_id = claimed(cast)
    page, way_in = f"/candidates/{candidate_id}", f"/disputes/new?subject=candidate&amp;subject_id={candidate_id}"
    rita = cast.client(cast.rita)
    assert way_in not in rita.get(page).text
    with pytest.raises(CandidateProtected):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="linkedin")
    assert way_in in rita.get(page).text
    offered = []
    with simulated(later(days=400)):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="linkedin")
        offered.append(candidates.detail(cast.actor(cast.rita), candidate_id).may_dispute)
        with pytest.raises(CandidateProtected):
            ownership.claim(candidate_id, actor=cast.actor(cast.rita), source_method="linkedin")
        offered += [candidates.detail(cast.actor(who), candidate_id).may_dispute for who in (cast.rita, cast.omar)]
    assert offered == [False, True, True]  # what rita once had ended long ago, and is nobody's to contest


def test_a_platform_admin_takes_a_refused_claim_from_the_queue_to_a_ruling(cast: Cast) -> None:
    candidate_id = claimed(cast)
    with pytest.raises(CandidateProtected):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="linkedin")
    pia, omar, rita = cast.client(cast.pia), cast.client(cast.omar), cast.client(cast.rita)
    alert = f"/candidates/{candidate_id}#conflicts"
    assert alert in pia.get("/").text
    with Session(db.engine) as session:
        way_in = f"/disputes/refused-claims/{session.scalars(select(OwnershipConflict.id)).one()}"
    assert way_in in pia.get(f"/candidates/{candidate_id}").text
    token = {"csrf_token": pia.csrf_token(way_in)}
    assert pia.post(way_in, data={**token, "statement": "Both."}).status_code == 422
    page = pia.post(way_in, data={**token, "statement": SAID}).location
    assert pia.get(way_in).location == page
    assert alert not in pia.get("/").text
    assert "A statement from Omar, Rita" in pia.get("/disputes").text
    for side in (omar, rita):
        assert f"{page}#h-say" in side.get("/").text
        said = {"csrf_token": side.csrf_token(page), "statement": ANSWER}
        assert side.post(f"{page}/statements", data=said).status_code == 303
        assert f"{page}#h-say" not in side.get("/").text
    assert f"{page}#h-rule" in pia.get("/").text
    decided = {"csrf_token": pia.csrf_token(page), "effect": "keep", "reason": "Rita was first."}
    assert (pia.post(f"{page}/rule", data=decided).status_code, state()) == (303, "dismissed")
    assert all("Rita was first." in side.get(page).text for side in (omar, rita))


def test_a_company_objects_from_the_proposal_and_withdraws(cast: Cast) -> None:
    proposal_id = proposed(cast)
    proposals.accept(proposal_id, actor=cast.actor(cast.carl))
    way_in = f"/disputes/new?subject=proposal&subject_id={proposal_id}"
    carl = cast.client(cast.carl)
    assert way_in.replace("&", "&amp;") in carl.get(f"/proposals/{proposal_id}").text
    assert way_in.replace("&", "&amp;") not in cast.client(cast.rita).get(f"/proposals/{proposal_id}").text
    token = {"csrf_token": carl.csrf_token(way_in)}
    form = {"subject": "proposal", "subject_id": str(proposal_id), "reason": "known_before", "asks": "Void it."}
    page = carl.post("/disputes/new", data={**token, **form, "statement": SAID}).location
    for side, may_read in ((carl, True), (cast.client(cast.rita), True), (cast.client(cast.hana), False)):
        assert (f'frozen this proposal. <a href="{page}"' in side.get(f"/proposals/{proposal_id}").text) is may_read
    assert carl.get(f"{page}/withdraw").location == page
    assert carl.post(f"{page}/withdraw", data={"csrf_token": carl.csrf_token(page)}).status_code == 303
    assert state() == "withdrawn"
    assert "Withdrawn" in carl.get("/disputes?state=withdrawn").text
    assert page in carl.get("/disputes?sort=due&from=2020-01-01").text
    assert page not in carl.get("/disputes?from=2999-01-01").text


def test_the_desk_amends_a_sheet_and_sees_what_is_frozen(cast: Cast) -> None:
    page, pia = f"/disputes/{of_the_splits(cast)}", cast.client(cast.pia)
    shown = pia.get(page)
    assert "$25,000 not paid out yet" in shown.text
    assert ["$25,000" in cast.client(who).get("/disputes").text for who in (cast.pia, cast.omar)] == [True, False]
    assert '"25000.00","USD"' in pia.get("/disputes?format=csv").text
    assert "not paid out yet" not in cast.client(cast.rita).get(page).text
    rita, omar = str(cast.rita.recruiter_id), str(cast.omar.recruiter_id)
    rows = [(rita, "sourcer", "30"), (rita, "submitter", "30"), (omar, "closer", "40")]
    fields = {
        f"shares-{n}-{name}": value
        for n, row in enumerate(rows)
        for name, value in zip(("recruiter_id", "role", "split_bp"), row, strict=True)
    }
    token = {"csrf_token": pia.csrf_token(page)}
    answer = pia.post(f"{page}/rule", data={**token, **fields, "effect": "amend", "reason": "As they had agreed."})
    assert (answer.status_code, state()) == (303, "resolved")


def test_the_desk_sees_who_gains_and_loses_before_it_rules(cast: Cast) -> None:
    page, pia = f"/disputes/{of_the_splits(cast)}", cast.client(cast.pia)
    shown = read(pia.get(page).text)[0]
    (form,) = shown.select(f'form[action="{page}/rule"]')
    typed = {field.attrs["name"]: field.attrs.get("value", "") for field in form.select("input[name]")}
    shares = {"shares-0-split_bp": "35", "shares-2-split_bp": "25", "effect": "amend"}
    part = pia.post_htmx(f"{page}/preview", {**typed, **shares}, page=page)
    assert "<html" not in part.text
    assert [text in part.text for text in ("Omar gains", "$1,250.00", "Rita loses", "No one gains")] == [True] * 4
    whole = pia.post(f"{page}/preview", data={**typed, **shares, "shares-2-split_bp": "30", "reason": "So it is."})
    assert (whole.status_code, state()) == (200, "under_review")
    assert "So it is." in whole.text
    assert "They must add up to exactly 100" in whole.text
    assert pia.get(f"{page}/preview").location == page
    assert cast.client(cast.rita).post_htmx(f"{page}/preview", page=page).status_code == 403


def test_a_case_costs_five_queries_and_the_desk_two_more(cast: Cast) -> None:
    page = f"/disputes/{of_the_splits(cast)}"
    for who, most in ((cast.rita, 5), (cast.pia, 7)):
        client = cast.client(who)
        client.get(page)
        with statements() as seen:
            assert client.get(page).status_code == 200
        assert len(seen) == most, seen


def test_a_payout_is_disputed_from_the_earnings_and_leads_to_its_case(cast: Cast) -> None:
    placement_id = started(cast)
    with Session(db.engine) as session:
        payout_id = session.scalars(select(Payout.id).where(Payout.role == "closer")).one()
    omar, way_in = cast.client(cast.omar), f"/disputes/new?subject=payout&subject_id={payout_id}"
    for page in ("/earnings", f"/placements/{placement_id}/money"):
        assert way_in.replace("&", "&amp;") in omar.get(page).text
        assert way_in.replace("&", "&amp;") not in cast.client(cast.rita).get(page).text
    asked = omar.get(way_in).text
    assert [words for words in ("Omar, closer", "$5,000", "Maya Okafor") if words not in asked] == []
    form = {"subject": "payout", "subject_id": str(payout_id), "reason": "wrong_amount", "asks": "A fifth more."}
    stranger = cast.client(cast.rita).post_form("/disputes/new", form, page="/earnings")
    assert stranger.status_code == 404
    case = omar.post_form("/disputes/new", {**form, "statement": SAID}, page=way_in).location
    for page in ("/earnings", f"/placements/{placement_id}/money"):
        assert f'href="{case}">View dispute' in omar.get(page).text
    assert "an admin who hasn’t handled this money" in omar.get(case).text
    shown = cast.client(cast.pia).get(case).text
    assert f'href="/placements/{placement_id}/money">The payout</a>: $5,000 not paid out yet' in shown


def test_a_company_disputes_its_invoice_and_the_page_leads_to_the_case(cast: Cast) -> None:
    placement_id = started(cast)
    page = f"/invoices/{invoice_of(placement_id).id}"
    invoice_id = page.rpartition("/")[2]
    carl, way_in = cast.client(cast.carl), f"/disputes/new?subject=invoice&subject_id={invoice_id}"
    assert way_in.replace("&", "&amp;") in carl.get(page).text
    assert way_in.replace("&", "&amp;") not in cast.client(cast.pia).get(page).text
    asked = carl.get(way_in).text
    assert [words for words in (invoice_of(placement_id).number, "$25,000", "Maya Okafor") if words not in asked] == []
    form = {"subject": "invoice", "subject_id": invoice_id, "reason": "wrong_amount", "asks": "The right sum."}
    case = carl.post_form("/disputes/new", {**form, "statement": SAID}, page=way_in).location
    assert f'href="{case}">View dispute' in carl.get(page).text
    assert carl.get(way_in).location == case
    assert cast.client(cast.rita).get(case).status_code == 200


def test_the_amendments_say_which_case_they_wait_for(cast: Cast) -> None:
    dispute_id = of_the_splits(cast)
    with Session(db.engine) as session:
        placement_id = session.scalars(select(Dispute.placement_id)).one()
    page = cast.client(cast.rita).get(f"/placements/{placement_id}/amendments").text
    assert f'href="/disputes/{dispute_id}">View dispute' in page


def test_nobody_else_sees_a_case(cast: Cast) -> None:
    page = f"/disputes/{of_the_splits(cast)}"
    for stranger in (cast.zoe, cast.carl):
        assert cast.client(stranger).get(page).status_code == 404
    assert cast.client(cast.hana).get("/disputes").status_code == 403
    assert page in cast.client(cast.rita).get("/disputes").text
    assert page in cast.client(cast.pia).get("/disputes?subject=placement").text
    assert page not in cast.client(cast.zoe).get("/disputes").text
    with Session(db.engine) as session:
        assert session.scalars(select(Proposal.id)).one() is not None
    assert cast.client(cast.rita).get("/disputes/new?subject=weather").status_code == 404


def test_what_a_case_freezes_says_so_to_who_may_see_the_case(cast: Cast) -> None:
    dispute_id = of_the_splits(cast)
    with Session(db.engine) as session:
        placement_id = session.scalars(select(Dispute.placement_id)).one()
    for who, told in ((cast.rita, True), (cast.pia, True), (cast.carl, False)):
        page = cast.client(who).get(f"/placements/{placement_id}").text
        assert (f'href="/disputes/{dispute_id}"' in page) is told, who.name
        assert ("frozen some shares of this placement; the rest continues" in page) is told, who.name
    assert "frozen this invoice" not in cast.client(cast.pia).get(f"/invoices/{invoice_of(placement_id).id}").text


def test_a_conflict_leads_the_platform_to_the_case(cast: Cast) -> None:
    candidate_id = claimed(cast)
    with pytest.raises(CandidateProtected):
        ownership.claim(candidate_id, actor=cast.actor(cast.omar), source_method="linkedin")
    typed = CaseInput(
        subject="candidate", subject_id=candidate_id, reason="contacted_first", statement=SAID, asks="The credit."
    )
    dispute_id = cases.open_case(actor=cast.actor(cast.omar), input=typed)
    page = cast.client(cast.pia).get(f"/candidates/{candidate_id}").text
    assert f'href="/disputes/{dispute_id}"' in page.split('id="conflicts"')[1].split("</section>")[0]


def test_how_a_placement_ended_is_disputed_from_its_guarantee(cast: Cast) -> None:
    placement_id = started(cast)
    way_in = f"/disputes/new?subject=guarantee&amp;subject_id={placement_id}"
    assert way_in not in cast.client(cast.rita).get(f"/placements/{placement_id}").text
    with simulated(later(days=10)):
        placements.fail(placement_id, actor=cast.actor(cast.carl), reason="candidate_quit")
        carl = cast.client(cast.carl)
        assert way_in in carl.get(f"/placements/{placement_id}").text
        assert carl.get(way_in.replace("&amp;", "&")).status_code == 200


def test_no_page_offers_a_case_for_which_it_is_too_late(cast: Cast) -> None:
    placement_id = started(cast)
    with simulated(later(days=10)):
        placements.fail(placement_id, actor=cast.actor(cast.carl), reason="candidate_quit")
    for days, is_offered in ((10, True), (70, False)):
        with simulated(later(days=days)):
            omar, carl = cast.actor(cast.omar), cast.actor(cast.carl)
            offered = [
                team(placement_id, viewer=omar).may_dispute(omar),
                invoice(invoice_of(placement_id).id, viewer=carl).may_dispute(carl),
                detail(placement_id, viewer=carl).may_dispute_end(carl),
            ]
            assert offered == [is_offered] * 3


def test_platform_admins_note_what_no_party_reads(cast: Cast) -> None:
    page, pia = f"/disputes/{of_the_splits(cast)}", cast.client(cast.pia)
    token = {"csrf_token": pia.csrf_token(page)}
    assert pia.post(f"{page}/notes", data={**token, "note": ""}).status_code == 422
    assert pia.post(f"{page}/notes", data={**token, "note": "Ask Rita."}).status_code == 303
    assert ("Ask Rita." in pia.get(page).text, "Ask Rita." in cast.client(cast.rita).get(page).text) == (True, False)


def test_who_has_no_ground_reads_so_before_typing(cast: Cast) -> None:
    page = cast.client(cast.rita).get(f"/disputes/new?subject=candidate&subject_id={claimed(cast)}")
    assert (page.status_code, "No other recruiter has tried to claim this candidate" in page.text) == (409, True)
    assert "Your statement" not in page.text


def test_who_makes_a_statement_reads_that_it_ends_the_time_for_files(cast: Cast) -> None:
    dispute_id, rita = unanswered(cast), cast.client(cast.rita)
    assert "Attach files first" in rita.get(f"/disputes/{dispute_id}").text
    cases.answer(dispute_id, actor=cast.actor(cast.rita), statement=ANSWER)
    assert "Attach files first" not in rita.get(f"/disputes/{dispute_id}").text


def test_parties_attach_files_that_the_other_side_downloads(cast: Cast) -> None:
    page, pia, omar = f"/disputes/{of_the_splits(cast)}", cast.client(cast.pia), cast.client(cast.omar)
    assert "The dispute is under review" in omar.get(f"{page}/attachments/new").text
    assert pia.post(f"{page}/attachments/ask", data={"csrf_token": pia.csrf_token(page)}).status_code == 303
    wrong = omar.post_form(f"{page}/attachments/new", {"file": (BytesIO(b"MZ"), "letter.pdf")})
    assert (wrong.status_code, "This file is none" in wrong.text) == (422, True)
    sent = omar.post_form(f"{page}/attachments/new", {"file": (BytesIO(pdf("Agreed")), "Letter.pdf")})
    assert sent.status_code == 303
    (link,) = read(cast.client(cast.rita).get(page).text)[0].select("a[download]")
    assert cast.client(cast.rita).get(link.attrs["href"]).data == pdf("Agreed")
    assert cast.client(cast.zoe).get(link.attrs["href"]).status_code == 404


def test_what_was_decided_is_found_by_others_and_names_nobody(cast: Cast) -> None:
    page, pia, lesson = f"/disputes/{of_the_splits(cast)}", cast.client(cast.pia), "A share agreed by all stands."
    said = {"csrf_token": pia.csrf_token(page), "effect": "keep", "reason": "Omar agreed to it."}
    said["rule"] = "Consent of the holder"
    named_by = (
        "Omar had agreed.",
        "Agreed within ACME.",
        "As Ms. Okafor was told.",
        "Hana knew it.",
        "Pia weighed it.",
    )
    for named in named_by:
        refused = pia.post(f"{page}/rule", data={**said, "precedent": named})
        assert (refused.status_code, "Everyone can read this; leave" in refused.text) == (422, True)
    assert pia.post(f"{page}/rule", data={**said, "precedent": lesson}).status_code == 303
    zoe = cast.client(cast.zoe)
    assert lesson not in zoe.get("/disputes/precedents").text  # an appeal is still possible
    for party in (cast.omar, cast.rita):
        appeals.waive(uuid.UUID(page[-36:]), actor=cast.actor(party))
    shown = zoe.get("/disputes/precedents?subject=placement&outcome=keep&rule=Consent+of+the+holder&q=agreed").text
    assert (lesson in shown, "Omar" in shown, page[-36:] in shown) == (True, False, False)
    assert lesson not in zoe.get("/disputes/precedents?outcome=amend").text
    alike = opened_again(cast)
    assert lesson in cast.client(cast.rita).get(alike).text


def opened_again(cast: Cast) -> str:
    """Let omar dispute the same splits for another reason, and return the page of the case."""
    with Session(db.engine) as session:
        placement_id = session.scalars(select(Dispute.placement_id)).one()
    assert placement_id is not None
    typed = CaseInput(subject="placement", subject_id=placement_id, reason="role_wrong", statement=SAID, asks="Closer.")
    return f"/disputes/{cases.open_case(actor=cast.actor(cast.omar), input=typed)}"
