"""The whole job in a browser, as the cast does it: from a sourced candidate to a completed placement."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from portal.domain.permissions import system_actor
from portal.queries.identity.accounts import database_now
from portal.runtime.clock import simulated
from portal.services.placements import guarantees
from tests.journeys.conftest import Stage

CANDIDATE = "Maya Okafor"
PITCH = "Led ranking at a large marketplace and wants to build teams."
Letters = Callable[[], list[str]]


def add_and_claim(rita: Page) -> None:
    """Enter a candidate, claim her on her page, record the first contact."""
    rita.goto("/candidates/new")
    rita.get_by_label("Full name").fill(CANDIDATE)
    rita.get_by_label("Email").fill("maya@people.test")
    rita.get_by_label("Claim sourcing credit").uncheck()
    rita.get_by_role("button", name="Add candidate").click()
    expect(rita.get_by_role("heading", level=1)).to_contain_text(CANDIDATE)
    card = rita.locator("#sourcer")
    card.get_by_label("Source").select_option(label="LinkedIn")
    card.get_by_role("button", name="Claim").click()
    expect(card).to_contain_text("Yours")
    rita.get_by_role("link", name="Log outreach").click()
    rita.get_by_label("Channel").select_option(label="Email")
    rita.get_by_label("Subject").fill("A role that fits")
    rita.get_by_role("dialog").get_by_role("button", name="Log outreach").click()
    expect(rita.get_by_text("A role that fits")).to_be_visible()


def try_to_take(omar: Page) -> None:
    """Learn that she is protected, not by whom; try all the same and be refused, with what was typed kept."""
    omar.goto("/candidates/check")
    omar.get_by_label("Email").fill("MAYA@people.test")
    omar.get_by_role("button", name="Check").click()
    expect(omar.locator("main")).to_contain_text("claimed until", ignore_case=True)
    expect(omar.locator("main")).not_to_contain_text("Rita")
    omar.goto("/candidates/new")
    omar.get_by_label("Full name").fill("Maya O.")
    omar.get_by_label("Email").fill("maya@people.test")
    omar.get_by_label("Source").select_option(label="Referral")
    omar.get_by_role("button", name="Add candidate").click()
    expect(omar.locator("main")).to_contain_text("notified you both")
    expect(omar.get_by_label("Full name")).to_have_value("Maya O.")


def post_job(carl: Page) -> None:
    """Post a job with a fee of 20 %."""
    carl.goto("/jobs/new")
    carl.get_by_label("Title").fill("Staff ML Engineer")
    carl.get_by_label("Fee").fill("20")
    carl.get_by_role("button", name="Post job").click()
    expect(carl.get_by_role("heading", level=1)).to_contain_text("Staff ML Engineer")


def propose(rita: Page) -> None:
    """Propose her for the job, and see what it would bring while typing."""
    rita.goto("/proposals/new")
    rita.get_by_label("Candidate").select_option(index=1)
    rita.get_by_label("Job", exact=True).select_option(index=1)
    rita.get_by_label("Expected annual salary").fill("125,000")
    rita.get_by_label("Pitch").fill(PITCH)
    expect(rita.locator("#preview")).to_contain_text("$25,000")
    rita.get_by_role("button", name="Send proposal").click()
    expect(rita.get_by_text("Proposed").first).to_be_visible()


def review_and_accept(hana: Page, rita: Page) -> None:
    """Open the proposal (which starts the review), see initials only, ask, get an answer, accept, see the name."""
    hana.goto("/proposals")
    hana.get_by_role("link", name=re.compile("M. O.")).first.click()
    expect(hana.get_by_text("Under review").first).to_be_visible()
    expect(hana.locator("main")).not_to_contain_text(CANDIDATE)
    hana.get_by_text("Ask the recruiter").click()
    hana.get_by_label("Question for the recruiter").fill("When could she start?")
    hana.get_by_role("button", name="Send question").click()
    expect(hana.get_by_text("Not answered yet")).to_be_visible()
    rita.goto("/proposals")
    rita.get_by_role("link", name=re.compile(CANDIDATE)).first.click()
    rita.get_by_label("Your answer").fill("In four weeks.")
    rita.get_by_role("button", name="Send answer").click()
    expect(rita.get_by_role("button", name="Send answer")).to_be_hidden()  # the preview shows the words before
    expect(rita.get_by_text("In four weeks.")).to_be_visible()
    hana.reload()
    expect(hana.get_by_text("In four weeks.")).to_be_visible()
    hana.clock.install()
    hana.get_by_role("button", name="Accept proposal").click()
    expect(hana.get_by_role("button", name="Undo")).to_be_visible()
    hana.clock.fast_forward(5_000)
    expect(hana.get_by_text("Accepted").first).to_be_visible()
    expect(hana.locator("main")).to_contain_text(CANDIDATE)


def hire(carl: Page) -> str:
    """Record the hire of the accepted proposal; gives the placement's address."""
    carl.goto("/proposals?state=accepted")
    carl.get_by_role("link", name=re.compile(CANDIDATE)).first.click()
    carl.get_by_role("link", name="Record hire").click()
    carl.get_by_label("Annual salary").fill("125,000")
    expect(carl.locator("#preview")).to_contain_text("$25,000")
    carl.get_by_role("button", name="Record hire").click()
    expect(carl.get_by_text("Hired").first).to_be_visible()
    return carl.url


def add_support(rita: Page, placement: str) -> None:
    """Add omar as support, and see what the share is worth before saving it."""
    rita.goto(placement)
    expect(rita.locator("#collaboration")).to_contain_text("$10,000")
    rita.get_by_role("link", name="Add collaborator").click()
    rita.get_by_label("Recruiter", exact=True).select_option(label="Omar, South Search")
    rita.get_by_label("Role", exact=True).select_option("support")
    rita.get_by_label("Share of the fee").last.fill("10")
    expect(rita.locator("#add-preview")).to_contain_text("$2,500")
    rita.get_by_role("button", name="Add to team").click()
    expect(rita.get_by_role("table")).to_contain_text("Omar")


def activate_and_extend(carl: Page, placement: str) -> None:
    """See the lock, activate, and extend the guarantee from 90 to 120 days."""
    carl.goto(placement)
    carl.get_by_role("link", name="Activate").click()
    expect(carl.locator("main")).to_contain_text("Final split")
    carl.get_by_label("Start date").fill(database_now().date().isoformat())
    carl.get_by_role("button", name="Lock split and activate").click()
    expect(carl.get_by_text("Active").first).to_be_visible()
    carl.get_by_role("link", name="Extend guarantee").click()
    carl.get_by_label("Days to add").fill("30")
    dialog = carl.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Started part-time")
    dialog.get_by_role("button", name="Extend").click()
    expect(carl.locator("main")).to_contain_text("120")


def test_from_a_sourced_candidate_to_a_completed_placement(stage: Stage, letters: Letters) -> None:
    cast = stage.cast
    rita, omar, carl, hana = (stage.enter(p) for p in (cast.rita, cast.omar, cast.carl, cast.hana))
    add_and_claim(rita)
    try_to_take(omar)
    post_job(carl)
    propose(rita)
    review_and_accept(hana, rita)
    placement = hire(carl)
    add_support(rita, placement)
    activate_and_extend(carl, placement)
    stage.settle()
    later = database_now() + timedelta(days=130)  # the guarantee, its extension, and the days of grace
    with simulated(later):
        assert guarantees.complete_due(actor=system_actor(later)) == 1
        stage.settle()
    carl.goto(placement)
    expect(carl.get_by_text("Completed").first).to_be_visible()
    rita.goto("/notifications")
    expect(rita.locator("main")).to_contain_text("Placement completed")
    for mail in EXPECTED_MAILS:
        assert letters().count(mail) == 1, mail


EXPECTED_MAILS = [
    f"rita@demo.test: You claimed {CANDIDATE}",
    f"rita@demo.test: Ownership conflict: {CANDIDATE}",
    f"omar@demo.test: Already claimed: {CANDIDATE}",
    f"rita@demo.test: Proposal accepted: {CANDIDATE} for Staff ML Engineer",
    f"omar@demo.test: Added as Support: {CANDIDATE} at Acme",
    f"rita@demo.test: Placement activated: {CANDIDATE}",
    f"omar@demo.test: Placement activated: {CANDIDATE}",
    f"rita@demo.test: Placement completed: $21,875 for {CANDIDATE}",
    f"omar@demo.test: Placement completed: $3,125 for {CANDIDATE}",
]
