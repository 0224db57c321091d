"""What happens beside the main flow: refusals, silence, lost passwords, failures, stolen browsers; mails included."""

from __future__ import annotations

import email
import email.policy
import re
import uuid
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from portal.domain.permissions import Role, system_actor
from portal.extensions import db
from portal.models import Membership
from portal.queries.identity.accounts import database_now
from portal.runtime.clock import simulated
from portal.services import proposals_in_bulk
from portal.services.identity import accounts, sessions
from portal.services.machinery.unit_of_work import unit_of_work
from tests.cast import DAY, PASSWORD
from tests.hires import active, hired
from tests.journeys.conftest import Stage
from tests.journeys.test_main_flow import Letters
from tests.marketplace import claimed, posted, proposed

NEW_PASSWORD = "an entirely new pass phrase"
DECLINED = "rita@demo.test: Proposal declined: Lena Brandt for Staff ML Engineer"
TIMED_OUT = "rita@demo.test: Proposal expired: Lena Brandt for Staff ML Engineer"


def test_a_decline_reaches_the_recruiter_with_its_reason(stage: Stage, letters: Letters) -> None:
    cast = stage.cast
    proposal_id = proposed(cast)
    hana = stage.enter(cast.hana)
    hana.goto(f"/proposals/{proposal_id}")
    expect(hana.get_by_text("Under review").first).to_be_visible()  # the panel is swapped by then
    hana.get_by_role("link", name="Decline").click()
    dialog = hana.get_by_role("dialog")
    dialog.get_by_role("button", name="Decline").click()
    expect(dialog.get_by_text("Choose the reason that fits best.").first).to_be_visible()
    dialog.get_by_label("Reason").select_option("other")
    dialog.get_by_label("Message to the recruiter").fill("We hire in spring")
    hana.clock.install()
    dialog.get_by_role("button", name="Decline").click()
    expect(hana.get_by_role("button", name="Undo")).to_be_visible()
    hana.clock.fast_forward(5_000)
    expect(hana.get_by_text("Declined").first).to_be_visible()
    stage.settle()
    assert letters().count(DECLINED) == 1
    rita = stage.enter(cast.rita)
    rita.goto(f"/proposals/{proposal_id}")
    expect(rita.locator("main")).to_contain_text("We hire in spring")


def test_a_decision_that_waits_while_another_tab_switches_is_refused_by_name_and_kept(stage: Stage) -> None:
    cast = stage.cast
    proposal_id = proposed(cast)
    with unit_of_work(system_actor(DAY)) as uow:
        accounts.join(uow, user_id=cast.hana.user_id, organisation_id=cast.rival, role="company_admin")
    hana = stage.enter(cast.hana)
    hana.goto(f"/proposals/{proposal_id}")
    expect(hana.get_by_text("Under review").first).to_be_visible()
    tab = hana.context.new_page()
    tab.goto("/")
    hana.clock.install()
    hana.get_by_role("button", name="Accept proposal").click()
    expect(hana.get_by_role("button", name="Undo")).to_be_visible()
    acts_for(tab, "Rival Corp")
    hana.clock.fast_forward(5_000)
    again = hana.get_by_role("button", name="Send again")
    expect(hana.locator("#toasts")).to_contain_text("You’re in Rival Corp now. Switch back to Acme to submit this.")
    acts_for(tab, "Acme")
    token = hana.locator("meta[name=csrf-token]")
    ended = token.get_attribute("content") or ""
    again.click()
    expect(hana.locator("#toasts")).to_contain_text("session of this page")
    expect(token).not_to_have_attribute("content", ended)
    again.click()
    expect(hana.locator("#toasts")).to_contain_text("accepted", ignore_case=True)


def acts_for(tab: Page, organisation: str) -> None:
    """Switch the organization, as in another tab."""
    with tab.expect_navigation():
        tab.locator("form[action='/organisation'] button", has_text=organisation).dispatch_event("click")


def test_who_is_signed_out_while_typing_signs_in_beside_it_and_sends_what_was_typed(stage: Stage) -> None:
    cast = stage.cast
    candidate_id, job_id = claimed(cast), posted(cast)
    rita = stage.enter(cast.rita)
    rita.goto(f"/proposals/new?candidate={candidate_id}&job={job_id}")
    rita.get_by_label("Pitch").fill("Words that took me long")
    sessions.revoke_other_sessions(actor=cast.actor(cast.rita))
    rita.get_by_label("Expected annual salary").fill("168000")
    with rita.expect_popup() as opened:
        rita.get_by_role("link", name="Sign in (new tab)").click()
    opened.value.get_by_label("Email").fill(cast.rita.email)
    opened.value.get_by_label("Password").fill(PASSWORD)
    opened.value.get_by_role("button", name="Sign in").click()
    opened.value.wait_for_url("**/")
    rita.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # without a screen all tabs are visible
    expect(rita.get_by_text("You’re signed in again.")).to_be_visible()
    expect(rita.get_by_role("link", name="Sign in (new tab)")).to_have_count(0)
    rita.get_by_role("button", name="Send proposal").click()
    expect(rita.locator("main")).to_contain_text("Words that took me long")
    expect(rita.locator("main")).to_contain_text("$168,000")


def test_silence_ends_a_proposal_and_is_told(stage: Stage, letters: Letters) -> None:
    cast = stage.cast
    proposal_id = proposed(cast)
    later = database_now() + timedelta(days=8)
    with simulated(later):
        assert proposals_in_bulk.expire_due(actor=system_actor(later)).processed == 1
        stage.settle()
    assert letters().count(TIMED_OUT) == 1
    rita = stage.enter(cast.rita)
    rita.goto(f"/proposals/{proposal_id}")
    expect(rita.locator("main")).to_contain_text("Expired")


def link_in(mailbox: Path, address: str) -> str:
    """Return the link to set a password that a mail in the mailbox carries."""
    for path in (mailbox / "mailbox" / "new").glob("*"):
        letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = letter.get_body(("plain",))
        if letter["To"] == address and body and (found := re.search(r"https?://\S+/reset/\S+", body.get_content())):
            return found[0]
    raise AssertionError(f"no link for {address}")


def test_a_forgotten_password_is_set_through_the_mailed_link(stage: Stage, tmp_path: Path) -> None:
    rita = stage.enter(stage.cast.rita)
    rita.context.clear_cookies()
    rita.goto("/login")
    rita.get_by_role("link", name="Forgot your password?").click()
    expect(rita.get_by_label("Email")).to_be_focused()
    rita.get_by_label("Email").fill("rita@demo.test")
    rita.get_by_role("button", name="Send link").click()
    expect(rita.get_by_text("a link is on its way")).to_be_visible()
    stage.settle()
    rita.goto(link_in(tmp_path, "rita@demo.test"))
    expect(rita.get_by_label("New password")).to_be_focused()
    rita.get_by_label("New password").fill(NEW_PASSWORD)
    rita.get_by_role("button", name="Set password").click()
    rita.get_by_label("Email").fill("rita@demo.test")
    rita.get_by_label("Password").fill(NEW_PASSWORD)
    rita.get_by_role("button", name="Sign in").click()
    expect(rita.get_by_role("heading", level=1)).to_be_visible()
    assert not rita.url.endswith("/login")


def test_whoever_works_for_two_companies_switches_between_them(stage: Stage) -> None:
    cast = stage.cast
    posted(cast, cast.zoe, title="Head of Rivalry")
    with Session(db.engine) as session, session.begin():
        joined = {"id": uuid.uuid4(), "user_id": cast.carl.user_id, "organisation_id": cast.rival}
        session.add(Membership(**joined, role=Role.COMPANY_ADMIN, created_at=database_now()))
    carl = stage.enter(cast.carl)
    for organisation, shown in (("Acme", 0), ("Rival Corp", 1), ("Acme", 0)):
        carl.get_by_role("button", name="your menu").click()
        carl.locator("#user-menu").get_by_role("button", name=organisation).click()
        carl.wait_for_url("**/")
        carl.goto("/jobs")
        expect(carl.get_by_role("link", name="Head of Rivalry")).to_have_count(shown)


def test_a_failure_in_the_guarantee_leads_to_a_linked_replacement(stage: Stage, letters: Letters) -> None:
    cast = stage.cast
    job_id, today = posted(cast), database_now().date()
    placement_id = active(cast, start=today, job_id=job_id)
    carl = stage.enter(cast.carl)
    carl.goto(f"/placements/{placement_id}")
    carl.get_by_role("link", name="Report failure").click()
    carl.get_by_role("dialog").get_by_label("Reason").select_option("candidate_quit")
    carl.get_by_role("dialog").get_by_label("Type Maya Okafor to confirm").fill("Maya Okafor")
    carl.get_by_role("dialog").get_by_role("button", name="Report failure").click()
    carl.get_by_role("link", name="Request replacement").click()
    carl.get_by_role("dialog").get_by_label("Needed by").fill(str(today + timedelta(days=20)))
    carl.get_by_role("dialog").get_by_role("button", name="Request replacement").click()
    expect(carl.locator("main")).to_contain_text("needed by")
    hired(cast, job_id=job_id, name="Jon Reyes")
    carl.goto(f"/placements/{placement_id}/link-replacement")
    carl.get_by_label("Replacement").select_option(label="Jon Reyes")
    carl.get_by_role("button", name="Link replacement").click()
    expect(carl.locator("main")).to_contain_text("Replaced by Jon Reyes")
    stage.settle()
    subjects = [subject for subject in letters() if subject.startswith("rita@")]
    assert any("Placement failed" in s for s in subjects)
    assert sum("eplacement" in s for s in subjects) >= 2


def test_a_browser_that_is_signed_out_elsewhere_lands_on_the_sign_in_page(stage: Stage) -> None:
    here, there = stage.enter(stage.cast.rita), stage.enter(stage.cast.rita)
    here.goto("/account")
    here.locator("#sessions li").filter(has_not_text="This device").get_by_role("button", name="Sign out").click()
    expect(here.locator("#sessions")).to_contain_text("Session signed out.")
    there.get_by_role("link", name="Candidates").first.click()
    expect(there.get_by_role("button", name="Sign in")).to_be_visible()
    here.goto("/candidates")
    expect(here.get_by_role("heading", level=1)).to_contain_text("Candidates")


def test_the_list_of_keys_opens_and_turns_them_off(stage: Stage) -> None:
    rita = stage.enter(stage.cast.rita)
    search = rita.get_by_role("searchbox", name="Search")
    rita.keyboard.press("Shift+?")
    rita.get_by_label("Enable single-key shortcuts").uncheck()
    rita.get_by_role("button", name="Close", exact=True).click()
    rita.keyboard.press("/")
    expect(search).not_to_be_focused()
    rita.get_by_role("button", name="your menu").click()
    rita.get_by_role("link", name="Keyboard shortcuts").click()
    rita.get_by_label("Enable single-key shortcuts").check()
    rita.get_by_role("button", name="Close", exact=True).click()
    rita.keyboard.press("/")
    expect(search).to_be_focused()
