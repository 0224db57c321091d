"""The pages of placements: the list, one placement, hiring, activating, ending; with and without HTMX."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.domain.permissions import system_actor
from portal.extensions import db
from portal.models import CandidateSourcer, Job, Placement
from portal.runtime.clock import simulated
from portal.services import proposals
from portal.services.placements import guarantees, placements, replacements
from tests import hires, money
from tests.accounts import statements
from tests.cast import DAY, Cast
from tests.checking_client import CheckingClient, inputs
from tests.hires import REASON, accepted, active, day, hired
from tests.marketplace import posted, proposed


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def carl(cast: Cast) -> CheckingClient:
    return cast.client(cast.carl)


def at(placement_id: uuid.UUID, path: str = "") -> str:
    return f"/placements/{placement_id}{path}"


def failed_today(cast: Cast) -> uuid.UUID:
    placement_id = active(cast, start=day(-10))
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason="candidate_quit", notes="Left for a rival")
    return placement_id


def completed(cast: Cast) -> uuid.UUID:
    placement_id = active(cast, start=day(-90))
    placements.complete(placement_id, actor=cast.actor(cast.carl), notes="All well")
    return placement_id


def test_a_placement_and_its_receipt_print_with_the_time_of_printing(cast: Cast) -> None:
    placement_id = active(cast, start=day(-80))
    for path in ("", "/receipt"):
        page = carl(cast).get(at(placement_id, path)).text
        assert '<button class="btn scripted" type="button" data-print>' in page
        assert '<span class="print-only">Printed Tue 24 Nov 2026, ' in page


def test_days_of_a_guarantee_name_the_company_s_zone_to_whoever_is_elsewhere(cast: Cast) -> None:
    hires.move_company(cast, "America/New_York")
    placement_id, rita = active(cast, start=day(-10)), cast.client(cast.rita)
    assert "Guaranteed through 12 Feb 2027 (New York time)" in rita.get(at(placement_id)).text
    assert '"2027-02-12","America/New_York"' in rita.get("/placements?format=csv").text
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason="candidate_quit", last_day_worked=day(-1))
    replacements.request(placement_id, actor=cast.actor(cast.carl), deadline=day(9))
    page = rita.get(at(placement_id)).text
    assert "needed by 3 Dec 2026 (New York time)" in page
    assert "Needed by 3 Dec 2026 (New York time)." in page  # in the log
    assert "for 90 days, through 12 Feb 2027 (New York time)." in page


# --- the list -------------------------------------------------------------------------------------------------


def test_the_list_shows_each_placement_with_its_state_and_money(cast: Cast) -> None:
    placement_id = active(cast, start=day(-80))
    page = carl(cast).get("/placements").text
    for words in ("Maya Okafor", "Staff ML Engineer, Acme", "Active", "$25,000", at(placement_id)):
        assert words in page
    assert "Your share" not in page
    assert "Your share" in cast.client(cast.rita).get("/placements").text


def test_the_list_is_narrowed_by_state_and_by_words(cast: Cast) -> None:
    hired(cast, name="Maya Okafor")
    placements.fail(hired(cast, name="Jon Reyes"), actor=cast.actor(cast.carl), reason="no_show")
    browser = carl(cast)
    assert "Jon Reyes" not in browser.get("/placements?state=hired").text
    assert "Maya Okafor" not in browser.get("/placements?q=reyes").text
    assert "Jon Reyes" in browser.get("/placements?q=ML+ENGINEER&state=failed").text
    assert "Clear filters" in browser.get("/placements?q=100%25_nobody").text
    assert "Maya Okafor" in browser.get("/placements?state=nonsense&before=nonsense").text


def test_the_tabs_count_what_the_viewer_may_see(cast: Cast) -> None:
    hired(cast)
    hired(cast)
    tabs = re.findall(r">(Hired|Failed)<span class=\"count\">(\d+)<", carl(cast).get("/placements").text)
    assert tabs == [("Hired", "2")]
    assert 'class="count">2<' not in cast.client(cast.zoe).get("/placements").text


def test_an_empty_list_says_what_will_stand_there(cast: Cast) -> None:
    assert "No placements yet" in carl(cast).get("/placements").text


# --- one placement --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            hired,
            ["30% of the fee is unallocated", "$7,500", "Starts when the placement is activated", "Split not locked"],
        ),
        (
            lambda cast: active(cast, start=day(-80)),
            ["Completes automatically after ", "Day 80 of 90", "Guaranteed through 4 Dec 2026", "100%"],
        ),
        (lambda cast: active(cast, start=day(-100)), ["The guarantee is over", "completes automatically"]),
        (
            lambda cast: active(cast, days=0),
            ["No guarantee.", "<h2>No guarantee</h2>", "Starts 24 Nov 2026; no guarantee."],
        ),
        (
            completed,
            [
                "Completed on 24 Nov 2026",
                "belongs to 1 recruiter",
                "Final since 24 Nov 2026",
                "All well",
            ],
        ),
        (failed_today, ["Candidate quit, reported on 24 Nov 2026", "by 24 Dec 2026", "Day 10", "Left for a rival"]),
    ],
)
def test_a_placement_says_how_it_stands(cast: Cast, make, words: list[str]) -> None:
    placement_id = make(cast)
    for who in (cast.carl, cast.hana, cast.rita, cast.pia):
        page = cast.client(who).get(at(placement_id)).text
        for text in words:
            assert text in page, (who.name, text)


def test_a_full_sheet_and_a_manual_completion_are_said(cast: Cast) -> None:
    placement_id = hired(cast)
    hires.share(cast, placement_id, cast.omar, "closer", 3_000)
    assert "The fee is fully allocated" in carl(cast).get(at(placement_id)).text
    manual = active(cast, start=day(-100))
    later = active(cast)
    assert "expected 27 Feb 2027" in carl(cast).get(at(later)).text  # five days more to report a departure
    with Session(db.engine) as session, session.begin():
        for key in (manual, later):
            session.get_one(Placement, key).automatic_completion = False
    assert "The company must complete the placement" in carl(cast).get(at(manual)).text
    assert "The company can complete the placement" in carl(cast).get(at(later)).text
    assert "expected 22 Feb 2027" in carl(cast).get(at(later)).text


def test_the_history_shows_states_notes_and_what_happened(cast: Cast) -> None:
    placement_id = completed(cast)
    page = carl(cast).get(at(placement_id)).text
    for words in ("Status history", "Hired → Active", "Active → Completed", "Activity"):
        assert words in page


def test_a_recruiter_answers_an_extension_on_its_page(cast: Cast) -> None:
    placement_id = money.started(cast)
    guarantees.extend(placement_id, actor=cast.actor(cast.carl), additional_days=30, reason=REASON)
    rita, url = cast.client(cast.rita), at(placement_id, "/extension/answer")
    page = rita.get(at(placement_id)).text
    assert "instead of 22 Feb 2027" in page
    agree, decline = re.findall(r"<dialog.*?</dialog>", page, re.DOTALL)
    assert "Agree to the extension?" in agree
    assert "is paid after 24 Mar 2027" in agree
    assert "Decline the extension?" in decline
    assert "still ends on 22 Feb 2027" in decline
    assert "extension to answer" in " ".join(rita.get("/").text.split())
    rita.post_form(url, {"agreed": "yes"}, page=at(placement_id))
    assert "You: agreed" in rita.get(at(placement_id)).text
    assert "Rita: agreed" in cast.client(cast.carl).get(at(placement_id)).text
    again = rita.post_form(url, {"agreed": "yes"}, page=at(placement_id))
    assert again.status_code == 409
    assert "already answered" in again.text


def test_an_extension_says_that_payouts_on_other_days_keep_them(cast: Cast) -> None:
    placement_id = money.started(cast, payout_schedule="when_paid")
    assert "Refunds still follow" in carl(cast).get(at(placement_id, "/extend")).text
    guarantees.extend(placement_id, actor=cast.actor(cast.carl), additional_days=30, reason=REASON)
    assert "your payouts keep their dates" in cast.client(cast.rita).get(at(placement_id)).text
    assert "All payouts keep their dates" in carl(cast).get(at(placement_id)).text


def test_an_extended_guarantee_shows_the_end_before(cast: Cast) -> None:
    placement_id = active(cast, start=day(-80))
    guarantees.extend(placement_id, actor=cast.actor(cast.carl), additional_days=30, reason=REASON)
    assert "<s>4 Dec 2026</s> 3 Jan 2027" in carl(cast).get(at(placement_id)).text


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("carl", ["Extend guarantee", "Report failure"]),
        ("pia", ["Extend guarantee", "Report failure"]),
        ("hana", []),
        ("rita", []),
    ],
)
def test_actions_are_offered_to_who_may_do_them(cast: Cast, who: str, offered: list[str]) -> None:
    placement_id = active(cast, start=day(-10))
    page = cast.client(getattr(cast, who)).get(at(placement_id)).text
    assert [label for label in ("Extend guarantee", "Report failure", "Complete</a>") if label in page] == offered


def test_completing_is_offered_from_the_last_day_on(cast: Cast) -> None:
    assert "Complete</a>" in carl(cast).get(at(active(cast, start=day(-90)))).text
    assert "It can be completed from" in carl(cast).get(at(active(cast, start=day(-80)))).text


def test_a_recruiter_who_only_collaborates_reads_the_name_without_dead_links(cast: Cast) -> None:
    placement_id = hired(cast)
    hires.share(cast, placement_id, cast.omar, "support", 1_000)
    candidate_id = hires.placement(placement_id).candidate_id
    assert f"/candidates/{candidate_id}" in cast.client(cast.rita).get(at(placement_id)).text
    assert "View proposal" in cast.client(cast.rita).get(at(placement_id)).text
    page = cast.client(cast.omar).get(at(placement_id)).text
    assert "Maya Okafor" in page
    assert "View proposal" not in page
    assert f"/candidates/{candidate_id}" not in page


PAGES = (
    "",
    "/activate",
    "/complete",
    "/fail",
    "/extend",
    "/request-replacement",
    "/link-replacement",
    "/collaborators",
    "/amendments",
    "/receipt",
    "/guarantee",
)
POSTS = (
    "/activate",
    "/complete",
    "/fail",
    "/extend",
    "/request-replacement",
    "/link-replacement",
    "/collaborators",
    "/amendments",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_placement_of_another_company_is_not_found(cast: Cast, path: str) -> None:
    assert cast.client(cast.zoe).get(at(hired(cast), path)).status_code == 404


@pytest.mark.parametrize("path", PAGES)
def test_a_placement_of_another_team_is_not_found(cast: Cast, path: str) -> None:
    placement_id = hired(cast)
    assert cast.client(cast.omar).get(at(placement_id, path)).status_code in {403, 404}
    assert cast.client(cast.omar).get(at(placement_id)).status_code == 404


@pytest.mark.parametrize("path", POSTS)
def test_nothing_of_another_company_can_be_changed(cast: Cast, path: str) -> None:
    placement_id = hired(cast)
    data = {
        "start_date": "2026-11-24",
        "reason": "no_show",
        "additional_days": "5",
        "deadline": "2026-12-01",
        "replacement_id": str(placement_id),
        "recruiter_id": str(cast.rita.recruiter_id),
        "role": "support",
        "split_bp": "5",
    }
    answer = cast.client(cast.zoe).post_form(at(placement_id, path), data)
    assert answer.status_code == 404
    assert hires.placement(placement_id).version == hires.placement(placement_id).split_version + 1 == 2


# --- hiring ---------------------------------------------------------------------------------------------------


def test_carl_records_a_hire(cast: Cast) -> None:
    proposal_id, browser = accepted(cast), carl(cast)
    url = f"/placements/new?proposal={proposal_id}"
    page = browser.get(url).text
    assert "Record the hire of Maya Okafor" in page
    assert "20% of first-year base salary" in page
    assert {"fee_bp", "flat_fee_minor", "fee_reason", "second_reason"}.isdisjoint(inputs(page, "/placements/new"))
    data = {"proposal": str(proposal_id), "salary_minor": "125,000", "notes": "Signed"}
    answer = browser.post_form("/placements/new", data, page=url)
    assert answer.status_code == 303
    shown = browser.get(answer.location).text
    assert "Hire recorded. The recruiters have been notified." in shown
    assert "Signed" in shown


def test_a_hire_that_is_sent_twice_is_recorded_once(cast: Cast) -> None:
    proposal_id, browser = accepted(cast), carl(cast)
    data = {"proposal": str(proposal_id), "salary_minor": "125000", "idempotency_key": "k" * 20}
    first, second = (browser.post_form("/placements/new", data) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location


def test_a_second_hire_of_the_proposal_says_so(cast: Cast) -> None:
    proposal_id, browser = accepted(cast), carl(cast)
    data = {"proposal": str(proposal_id), "salary_minor": "125000"}
    browser.post_form("/placements/new", data)
    answer = browser.post_form("/placements/new", data)
    assert answer.status_code == 409
    assert "already led to a hire" in answer.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"salary_minor": ""}, "Enter the agreed annual salary"),
        ({"salary_minor": "a lot"}, "Enter an amount"),
        ({"salary_minor": "-5"}, "above zero"),
        ({"salary_minor": "1", "fee_bp": "101"}, "up to 100%"),
        ({"salary_minor": "1", "fee_bp": "0"}, "above 0%"),
        ({"salary_minor": "1", "fee_bp": "1.234"}, "two decimals"),
        ({"salary_minor": "1", "flat_fee_minor": "2"}, "more than the pay it is based on"),
        ({"salary_minor": "1", "notes": "x" * 2_001}, "Shorten this"),
        ({"salary_minor": "1", "notes": "a\x07b"}, "control characters"),
    ],
)
def test_a_hire_that_cannot_be_says_why_and_keeps_what_was_typed(cast: Cast, typed: dict[str, str], words: str) -> None:
    proposal_id = accepted(cast)
    data = {"proposal": str(proposal_id), "fee_bp": "17.5", **typed}
    answer = cast.client(cast.pia).post_form("/placements/new", data)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{data["fee_bp"]}"' in answer.text
    with Session(db.engine) as session:
        assert session.scalars(select(func.count()).select_from(Placement)).one() == 0


def test_the_fee_and_its_shares_appear_while_they_are_typed(cast: Cast) -> None:
    proposal_id, browser = accepted(cast), cast.client(cast.pia)
    data = {"proposal": str(proposal_id), "salary_minor": "100000", "fee_bp": "20"}
    part = browser.post_htmx("/placements/new/preview", data).text
    for words in ("$20,000", "$8,000", "$6,000", "Rita"):
        assert words in part
    flat = browser.post_htmx("/placements/new/preview", {**data, "flat_fee_minor": "5000"}).text
    assert "Fee, $5,000 flat" in flat
    assert "Complete the figures" in browser.post_htmx("/placements/new/preview", {"proposal": str(proposal_id)}).text
    assert browser.post_htmx("/placements/new/preview", {}).status_code == 404


def test_the_hire_asks_for_what_the_terms_count_and_shows_what_they_charge(cast: Cast) -> None:
    on = {"base": "salary_and_guaranteed_bonus", "minimum_fee_minor": 3_000_000, "platform_bp": 500}
    proposal_id, browser = accepted(cast, job_id=money.job_on(cast, **on)), carl(cast)
    url = f"/placements/new?proposal={proposal_id}"
    typed = {**inputs(browser.get(url).text, "/placements/new"), "salary_minor": "100000"}
    assert "Enter the guaranteed bonus" in browser.post_form("/placements/new", typed).text
    typed["guaranteed_bonus_minor"] = "10000"
    part = browser.post_htmx("/placements/new/preview", typed).text
    assert [words for words in ("$30,000", "$1,500", "$11,400") if words not in part] == []
    placement_id = browser.post_form("/placements/new", typed).location.rsplit("/", 1)[1]
    row = hires.placement(uuid.UUID(placement_id))
    assert (row.fee_minor, row.guaranteed_bonus_minor) == (3_000_000, 1_000_000)


def test_a_flat_fee_of_the_terms_is_the_one_that_the_hire_starts_with(cast: Cast) -> None:
    proposal_id, browser = accepted(cast, job_id=money.job_on(cast, flat_fee_minor=4_000_000)), cast.client(cast.pia)
    url = f"/placements/new?proposal={proposal_id}"
    typed = {**inputs(browser.get(url).text, "/placements/new"), "salary_minor": "100000"}
    assert (typed["fee_bp"], typed["flat_fee_minor"]) == ("", "40000")
    assert "$40,000 flat" in carl(cast).get(url).text
    assert browser.post_form("/placements/new", typed).status_code == 303


def test_without_a_live_credit_the_hire_page_says_so(cast: Cast) -> None:
    proposal_id = accepted(cast)
    with Session(db.engine) as session, session.begin():
        claim = session.scalars(select(CandidateSourcer)).one()
        claim.sourced_at, claim.protection_expires_at = DAY - timedelta(days=365), DAY
    page = carl(cast).get(f"/placements/new?proposal={proposal_id}").text
    assert "No one holds an active claim" in page


def test_a_hire_is_not_recorded_for_another_sourcer_than_its_form_showed(cast: Cast) -> None:
    proposal_id, browser = accepted(cast), carl(cast)
    url = f"/placements/new?proposal={proposal_id}"
    sent = {**inputs(browser.get(url).text, "/placements/new"), "salary_minor": "125,000"}
    with Session(db.engine) as session, session.begin():
        session.scalars(select(CandidateSourcer)).one().recruiter_id = cast.omar.recruiter_id
    refused = browser.post_form("/placements/new", sent)
    assert refused.status_code == 409
    assert "the sourcing credit has changed: it belongs to Omar now. Nothing was saved;" in refused.text
    again = {**inputs(refused.text, "/placements/new"), "salary_minor": "125,000"}
    assert browser.post_form("/placements/new", again).status_code == 303


def test_a_hire_is_not_recorded_without_the_sourcer_that_its_form_showed(cast: Cast) -> None:
    proposal_id, browser = accepted(cast), carl(cast)
    sent = inputs(browser.get(f"/placements/new?proposal={proposal_id}").text, "/placements/new")
    with Session(db.engine) as session, session.begin():
        claim = session.scalars(select(CandidateSourcer)).one()
        claim.sourced_at, claim.protection_expires_at = DAY - timedelta(days=365), DAY
    refused = browser.post_form("/placements/new", {**sent, "salary_minor": "125,000"})
    assert (refused.status_code, "the sourcing credit has changed: it is no one’s now." in refused.text) == (409, True)


def test_accepted_proposals_wait_to_be_hired_from(cast: Cast) -> None:
    browser = carl(cast)
    assert "No accepted proposals waiting" in browser.get("/placements/new").text
    proposal_id = accepted(cast)
    assert f"/placements/new?proposal={proposal_id}" in browser.get("/placements/new").text


def test_a_proposal_that_cannot_be_hired_from_leads_to_where_it_stands(cast: Cast) -> None:
    browser = carl(cast)
    waiting = proposed(cast)
    assert browser.get(f"/placements/new?proposal={waiting}").location == f"/proposals/{waiting}"
    placement_id = hired(cast)
    done = hires.placement(placement_id).proposal_id
    assert browser.get(f"/placements/new?proposal={done}").location == at(placement_id)
    assert cast.client(cast.zoe).get(f"/placements/new?proposal={waiting}").status_code == 404
    assert cast.client(cast.hana).get(f"/placements/new?proposal={waiting}").status_code == 403


# --- activating -----------------------------------------------------------------------------------------------


def test_the_lock_is_shown_before_it_happens(cast: Cast) -> None:
    placement_id = hired(cast)
    hires.share(cast, placement_id, cast.omar, "support", 1_000)
    page = carl(cast).get(at(placement_id, "/activate")).text
    for words in (
        "The unallocated 20% ($5,000)",
        "<b>50%</b>",
        "<b>37.5%</b>",
        "<b>12.5%</b>",
        "<b>$12,500.00</b>",
        "$3,125",
    ):
        assert words in page
    assert 'value="90"' in page
    assert 'value="2026-11-24"' in page


def test_the_first_day_that_was_planned_is_proposed(cast: Cast) -> None:
    proposal_id, actor = accepted(cast), cast.actor(cast.carl)
    placement_id = placements.hire(proposal_id, actor=actor, salary_minor=hires.SALARY, start_date=day(30))
    browser = carl(cast)
    assert 'value="2026-12-24"' in browser.get(at(placement_id, "/activate")).text
    assert "starts 24 Dec 2026" in browser.get(at(placement_id)).text


def test_the_guarantee_that_is_proposed_is_that_of_the_terms_whatever_the_job_says_since(cast: Cast) -> None:
    placement_id = hired(cast)
    with Session(db.engine) as session, session.begin():
        session.execute(update(Job).values(guarantee_days=30))
    page = carl(cast).get(at(placement_id, "/activate")).text
    assert inputs(page, at(placement_id, "/activate"))["guarantee_days"] == "90"
    assert "90 days under the terms" in page


def test_carl_activates(cast: Cast) -> None:
    placement_id, browser = hired(cast), carl(cast)
    data = {"start_date": "2026-11-20", "guarantee_days": "60", "notes": ""}
    unseen = browser.post_form(at(placement_id, "/activate"), data)  # by hand, without the sheet that it locks
    assert (unseen.status_code, "Check the split below" in unseen.text) == (409, True)
    answer = browser.post_form(at(placement_id, "/activate"), {**data, "version": "1"})
    assert (answer.status_code, answer.location) == (303, at(placement_id))
    row = hires.placement(placement_id)
    assert (row.state, row.guarantee_end_date) == ("active", day(56))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"start_date": ""}, "Choose the start date"),
        ({"start_date": "24.11.2026"}, "Enter a date"),
        ({"start_date": "2020-01-01"}, "Choose a date from"),
        ({"start_date": "9999-12-31"}, "Choose a date from"),
        ({"guarantee_days": "366"}, "Choose 0 to 365 days"),
        ({"guarantee_days": "many"}, "whole number of days"),
    ],
)
def test_an_activation_that_cannot_be_says_why(cast: Cast, typed: dict[str, str], words: str) -> None:
    placement_id = hired(cast)
    data = {"start_date": "2026-11-24", "guarantee_days": "90", "notes": "Keep me", "version": "1", **typed}
    answer = carl(cast).post_form(at(placement_id, "/activate"), data)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Keep me" in answer.text
    assert hires.placement(placement_id).state == "hired"


def test_an_activation_that_came_too_late_shows_the_placement_as_it_is(cast: Cast) -> None:
    placement_id = active(cast, start=day(-10))
    browser = carl(cast)
    assert browser.get(at(placement_id, "/activate")).location == at(placement_id)
    answer = browser.post_form(at(placement_id, "/activate"), {"start_date": "2026-11-24"})
    assert answer.status_code == 409
    assert "This placement is already active." in answer.text


def test_activating_without_days_takes_those_of_the_settings(cast: Cast) -> None:
    placement_id = hired(cast)
    typed = {"start_date": "2026-11-24", "guarantee_days": "", "version": "1"}
    carl(cast).post_form(at(placement_id, "/activate"), typed)
    assert hires.placement(placement_id).guarantee_days == 90


# --- dialogs --------------------------------------------------------------------------------------------------

LAID_OFF = {"reason": "layoff", "notes": "Reorganisation", "candidate": " maya  OKÁFOR"}


@pytest.mark.parametrize(
    ("make", "path", "data", "state"),
    [
        (lambda cast: active(cast, start=day(-90)), "/complete", {"notes": "Fine", "waive": "y"}, "completed"),
        (lambda cast: active(cast, start=day(-96)), "/complete", {"notes": "Fine"}, "completed"),
        (lambda cast: active(cast, start=day(-5)), "/fail", LAID_OFF, "failed"),
        (hired, "/fail", {"reason": "no_show"}, "failed"),
        (lambda cast: active(cast, start=day(-5)), "/extend", {"additional_days": "30", "reason": REASON}, "active"),
        (failed_today, "/request-replacement", {"deadline": "2026-12-20", "notes": "Same skills"}, "failed"),
    ],
)
def test_every_dialog_works_as_a_page_and_through_htmx(cast: Cast, make, path: str, data, state: str) -> None:
    placement_id, browser = make(cast), carl(cast)
    assert browser.get(at(placement_id, path)).status_code == 200
    assert "open data-modal" in browser.get(at(placement_id, path), headers={"HX-Request": "true"}).text
    answer = browser.post_form(at(placement_id, path), data, page=at(placement_id, path))
    assert (answer.status_code, answer.location) == (303, at(placement_id))
    other = make(cast)
    answer = browser.post_htmx(at(other, path), data)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, at(other))
    assert hires.placement(placement_id).state == hires.placement(other).state == state


@pytest.mark.parametrize(
    ("make", "path", "data", "words"),
    [
        (
            lambda cast: active(cast, start=day(-5)),
            "/fail",
            {**LAID_OFF, "reason": "", "notes": "Keep"},
            "Choose a reason",
        ),
        (
            lambda cast: active(cast, start=day(-5)),
            "/fail",
            {**LAID_OFF, "candidate": "Maya", "notes": "Keep"},
            "Type Maya Okafor to confirm.",
        ),
        (
            lambda cast: active(cast, start=day(-5)),
            "/extend",
            {"additional_days": "0", "reason": "Keep"},
            "1 to 275 days",
        ),
        (
            lambda cast: active(cast, start=day(-5)),
            "/extend",
            {"additional_days": "", "reason": "Keep"},
            "how many days",
        ),
        (failed_today, "/request-replacement", {"deadline": "2026-11-24", "notes": "Keep"}, "after today"),
        (failed_today, "/request-replacement", {"deadline": "soon", "notes": "Keep"}, "Enter a date"),
    ],
)
def test_a_refused_dialog_opens_again_with_what_was_typed(cast: Cast, make, path: str, data, words: str) -> None:
    placement_id, browser = make(cast), carl(cast)
    before = hires.placement(placement_id).version
    for post in (browser.post_form, browser.post_htmx):
        answer = post(at(placement_id, path), data)
        assert answer.status_code == 422
        for text in (words, "Keep", "open data-modal"):
            assert text in answer.text
    assert hires.placement(placement_id).version == before


def test_what_is_no_longer_possible_leads_back_or_says_why(cast: Cast) -> None:
    placement_id, browser = active(cast, start=day(-5)), carl(cast)
    assert browser.get(at(placement_id, "/complete")).location == at(placement_id)
    answer = browser.post_form(at(placement_id, "/complete"), {"notes": ""})
    assert answer.status_code == 409
    assert "The guarantee runs until" in answer.text
    assert browser.get(at(hired(cast), "/extend")).location is not None


def test_an_extension_that_is_sent_twice_is_made_once(cast: Cast) -> None:
    placement_id, browser = active(cast, start=day(-5)), carl(cast)
    data = {"additional_days": "10", "reason": REASON, "idempotency_key": "e" * 20}
    answers = [browser.post_form(at(placement_id, "/extend"), data) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert hires.placement(placement_id).guarantee_days == 100


# --- replacements ---------------------------------------------------------------------------------------------


def test_carl_links_a_replacement_and_both_sides_show_it(cast: Cast) -> None:
    job_id = posted(cast)
    with simulated(DAY - timedelta(days=20)):
        first = active(cast, start=day(-20), job_id=job_id)
        placements.fail(first, actor=cast.actor(cast.carl), reason="mutual")
    browser = carl(cast)
    assert "No one to link yet" in browser.get(at(first, "/link-replacement")).text
    other = hired(cast, cast.omar, job_id=job_id, name="Nora Lindt")
    page = at(first, "/link-replacement")
    assert "Nora Lindt" in browser.get(page).text
    answer = browser.post_form(page, {"replacement_id": str(other)}, page=page)
    assert (answer.status_code, answer.location) == (303, at(first))
    for who, ends in (
        (cast.carl, "Nora Lindt</a>.<"),
        (cast.rita, "N. L.</a><"),
    ):  # rita is not in that team
        assert ends in cast.client(who).get(at(first)).text
    assert "Replaces" in browser.get(at(other)).text
    assert browser.get(page).location == at(first)
    late = browser.post_form(page, {"replacement_id": str(other)})
    assert late.status_code == 409
    assert "already replaces another one" in late.text


def test_a_share_of_a_failed_placement_does_not_look_like_income(cast: Cast) -> None:
    ways = ((completed, "Your share</dt>", False), (failed_today, "Your share was</dt>", True))
    for make, label, was in ways:
        placement_id, browser = make(cast), cast.client(cast.rita)
        row = browser.get("/placements").text.split(f'href="{at(placement_id)}"')[1].split("</tr>")[0]
        assert ('<span class="muted">was $' in row) is was
        assert label in browser.get(at(placement_id)).text


def test_a_replacement_has_to_be_chosen(cast: Cast) -> None:
    placement_id, browser = failed_today(cast), carl(cast)
    for typed, said in (("", "Choose a placement."), ("nonsense", "Choose one from the list.")):
        answer = browser.post_form(at(placement_id, "/link-replacement"), {"replacement_id": typed})
        assert answer.status_code == 422
        assert said in answer.text


def test_a_requested_replacement_stands_on_the_page(cast: Cast) -> None:
    placement_id = failed_today(cast)
    replacements.request(placement_id, actor=cast.actor(cast.carl), deadline=day(20), notes="Same skills")
    page = carl(cast).get(at(placement_id)).text
    assert "A replacement is needed by 14 Dec 2026" in page
    assert "Same skills" in page


@pytest.mark.parametrize(
    ("make", "reason", "words"),
    [
        (lambda cast: active(cast, start=day(-100)), "candidate_quit", "After the guarantee ended"),
        (hired, "no_show", "because the candidate never started"),
        (active, "no_show", "because the candidate never started"),
    ],
)
def test_a_failure_that_is_no_guarantee_case_says_so(cast: Cast, make, reason: str, words: str) -> None:
    placement_id = make(cast)
    placements.fail(placement_id, actor=cast.actor(cast.carl), reason=reason)
    page = carl(cast).get(at(placement_id)).text
    assert words in page
    assert "Link replacement" not in page


# --- panels and budgets ---------------------------------------------------------------------------------------


def test_the_guarantee_is_a_panel_of_its_own(cast: Cast) -> None:
    placement_id, browser = active(cast, start=day(-80)), cast.client(cast.rita)
    part = browser.get(at(placement_id, "/guarantee"), headers={"HX-Request": "true"}).text
    assert part.lstrip().startswith('<div id="guarantee">')
    assert browser.get(at(placement_id, "/guarantee")).location == at(placement_id)


@pytest.mark.parametrize("people", [1, 5, 20])
def test_a_placement_costs_five_queries_whatever_the_size_of_its_team(cast: Cast, people: int) -> None:
    placement_id = hired(cast)
    for who in hires.recruiters(cast, max(0, people - 2)):
        hires.share(cast, placement_id, who, "support", 100)
    browser = carl(cast)
    browser.get(at(placement_id))
    with statements() as seen:
        assert browser.get(at(placement_id)).status_code == 200
    assert len(seen) == 5


@pytest.mark.parametrize("rows", [1, 5, 20])
def test_the_list_costs_three_queries_whatever_its_length(cast: Cast, rows: int) -> None:
    for _ in range(rows):
        hired(cast)
    browser = carl(cast)
    browser.get("/placements")
    with statements() as seen:
        browser.get("/placements")
    assert len(seen) == 3


def test_a_company_hears_of_a_look_by_the_platform_only_in_the_log(cast: Cast) -> None:
    placement_id = hired(cast)
    cast.client(cast.pia).get(at(placement_id))
    assert "candidate.viewed" not in hires.types(placement_id)


def test_completion_by_itself_shows_as_the_system(cast: Cast) -> None:
    placement_id = active(cast, start=day(-100))
    guarantees.complete_due(actor=system_actor(DAY))
    assert "Completed automatically" in carl(cast).get(at(placement_id)).text


def test_an_outsider_is_sent_to_sign_in(cast: Cast) -> None:
    answer = cast.client().get("/placements")
    assert answer.status_code == 302
    assert "/login" in answer.location


def test_proposals_lead_to_the_hire_and_to_the_placement(cast: Cast) -> None:
    proposal_id = proposed(cast)
    proposals.accept(proposal_id, actor=cast.actor(cast.carl))
    assert f"/placements/new?proposal={proposal_id}" in carl(cast).get(f"/proposals/{proposal_id}").text
