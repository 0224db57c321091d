"""The core forms in a browser without JavaScript: every one of them is a link to a page and a POST that leads on."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

from playwright.sync_api import Page, expect

from portal.queries.identity.accounts import database_now
from portal.services.candidates import candidates
from portal.services.candidates.contacts import CandidateInput
from tests.hires import accepted, active, hired
from tests.journeys.conftest import Stage
from tests.marketplace import posted, proposed


def go(page: Page, button: str) -> None:
    """Press a button of the page's main part."""
    page.locator("main").get_by_role("button", name=button, exact=True).click()


def says(page: Page, words: str) -> None:
    """Wait for words in the main part."""
    expect(page.locator("main")).to_contain_text(words)


def test_a_candidate_is_claimed_and_proposed_on_a_phone(stage: Stage) -> None:
    cast = stage.cast
    posted(cast)
    maya = candidates.add(
        actor=cast.actor(cast.rita), input=CandidateInput(full_name="Maya Okafor", email="m@people.test")
    )
    rita = stage.enter(cast.rita, scripts=False, width=390)
    rita.goto(f"/candidates/{maya}/claim")
    rita.get_by_label("Source").select_option(label="LinkedIn")
    go(rita, "Claim")
    says(rita, "Yours")
    rita.goto("/proposals/new")
    rita.get_by_label("Candidate", exact=True).select_option(index=1)
    rita.get_by_label("Job", exact=True).select_option(index=1)
    rita.get_by_label("Expected annual salary").fill("125,000")
    rita.get_by_label("Pitch").fill("Led ranking at a large marketplace.")
    go(rita, "Send proposal")
    says(rita, "Proposal sent to the company.")
    assert rita.evaluate("document.documentElement.scrollWidth") == 390


def test_a_proposal_is_accepted_through_its_page(stage: Stage) -> None:
    cast = stage.cast
    at = f"/proposals/{proposed(cast)}"
    hana = stage.enter(cast.hana, scripts=False)
    hana.goto(at)
    hana.get_by_role("link", name="Accept with a message").click()
    hana.get_by_label("Message to the recruiter").fill("Welcome aboard")
    go(hana, "Accept proposal")
    says(hana, "Lena Brandt")
    says(hana, "The recruiter has been notified.")


def test_a_proposal_is_declined_with_a_reason(stage: Stage) -> None:
    cast = stage.cast
    at = f"/proposals/{proposed(cast)}"
    hana = stage.enter(cast.hana, scripts=False)
    hana.goto(f"{at}/decline")
    hana.get_by_label("Message to the recruiter").fill("Another time")
    go(hana, "Decline proposal")
    says(hana, "Choose the reason that fits best.")
    expect(hana.get_by_label("Message to the recruiter").locator("visible=true")).to_have_value("Another time")
    hana.goto(f"{at}/decline")
    hana.get_by_label("Reason", exact=True).select_option(index=1)
    go(hana, "Decline proposal")
    says(hana, "Proposal declined. The recruiter has been notified.")


def test_a_proposal_is_withdrawn(stage: Stage) -> None:
    cast = stage.cast
    at = f"/proposals/{proposed(cast)}"
    rita = stage.enter(cast.rita, scripts=False)
    rita.goto(f"{at}/withdraw")
    go(rita, "Withdraw proposal")
    says(rita, "Proposal withdrawn. The company has been notified.")


def test_a_hire_is_recorded_shared_and_activated(stage: Stage) -> None:
    cast = stage.cast
    proposal_id = accepted(cast)
    carl, rita = (stage.enter(person, scripts=False) for person in (cast.carl, cast.rita))
    carl.goto(f"/placements/new?proposal={proposal_id}")
    carl.get_by_label("Annual salary").fill("125,000")
    go(carl, "Record hire")
    says(carl, "$25,000")
    rita.goto(f"{carl.url}/collaborators")
    rita.get_by_label("Recruiter", exact=True).select_option(label="Omar, South Search")
    rita.get_by_label("Role", exact=True).select_option("support")
    rita.get_by_label("Share of the fee").fill("10")
    go(rita, "Add to team")
    says(rita, "The team has been notified.")
    carl.goto(f"{carl.url}/activate")
    carl.get_by_label("Start date").fill(database_now().date().isoformat())
    go(carl, "Lock split and activate")
    expect(carl.get_by_text("Active").first).to_be_visible()


def fail(carl: Page, placement_id: uuid.UUID) -> None:
    """Report a failure on the page that asks for it."""
    carl.goto(f"/placements/{placement_id}/fail")
    carl.get_by_label("Reason").select_option("candidate_quit")
    carl.get_by_label("Type Maya Okafor to confirm").fill("Maya Okafor")
    go(carl, "Report failure")
    expect(carl.get_by_text("Failed").first).to_be_visible()


def test_a_failure_is_reported_and_a_replacement_requested(stage: Stage) -> None:
    cast = stage.cast
    placement_id = active(cast, start=database_now().date())
    carl = stage.enter(cast.carl, scripts=False)
    fail(carl, placement_id)
    carl.goto(f"/placements/{placement_id}/request-replacement")
    go(carl, "Request replacement")
    says(carl, "Choose a date.")
    carl.goto(f"/placements/{placement_id}/request-replacement")
    carl.get_by_label("Needed by").fill(str(database_now().date() + timedelta(days=20)))
    go(carl, "Request replacement")
    expect(carl.locator("main")).to_contain_text(
        re.compile("needed by|The recruiters have been notified", re.IGNORECASE)
    )


def test_what_a_dialog_asks_is_asked_on_a_page_without_scripts(stage: Stage) -> None:
    cast = stage.cast
    placement_id = hired(cast, name="Jon Reyes")
    carl = stage.enter(cast.carl, scripts=False)
    carl.goto(f"/placements/{placement_id}")
    carl.get_by_role("link", name="Report no-show").click()
    carl.get_by_label("Reason").select_option("no_show")
    go(carl, "Report failure")
    expect(carl.get_by_text("Failed").first).to_be_visible()
