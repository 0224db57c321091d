"""The whole job in a browser, as the cast does it: from a sourced candidate to a completed placement."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from portal.clock import simulated
from portal.domain.permissions import system_actor
from portal.queries.accounts import database_now
from portal.services import guarantees
from tests.journeys.conftest import Stage

CANDIDATE = "Maya Okafor"
PITCH = "Led ranking at a large marketplace and wants to build teams."


def add_candidate(rita: Page) -> str:
    """Enter a candidate, then claim her on her page; gives the page's path."""
    rita.goto("/candidates/new")
    rita.get_by_label("Full name").fill(CANDIDATE)
    rita.get_by_label("Email").fill("maya@people.test")
    rita.get_by_label("Claim the sourcing credit now").uncheck()
    rita.get_by_role("button", name="Add candidate").click()
    expect(rita.get_by_role("heading", level=1)).to_contain_text(CANDIDATE)
    card = rita.locator("#sourcer")
    card.get_by_label("Found through").select_option(label="LinkedIn")
    card.get_by_role("button", name="Claim").click()
    expect(card).to_contain_text("Yours")
    return rita.url


def post_job(carl: Page) -> None:
    """Post a job with a fee of 20 %."""
    carl.goto("/jobs/new")
    carl.get_by_label("Title").fill("Staff ML Engineer")
    carl.get_by_label("Fee").fill("20")
    carl.get_by_role("button", name="Post the job").click()
    expect(carl.get_by_role("heading", level=1)).to_contain_text("Staff ML Engineer")


def propose(rita: Page) -> None:
    """Propose her for the job."""
    rita.goto("/proposals/new")
    rita.get_by_label("Candidate").select_option(index=1)
    rita.get_by_label("Job", exact=True).select_option(index=1)
    rita.get_by_label("Expected yearly salary").fill("125,000")
    rita.get_by_label("Pitch").fill(PITCH)
    expect(rita.locator("#preview")).to_contain_text("$25,000")
    rita.get_by_role("button", name="Propose").click()
    expect(rita.get_by_text("Proposed").first).to_be_visible()


def test_from_a_sourced_candidate_to_a_completed_placement(stage: Stage, letters: Callable[[], list[str]]) -> None:
    cast = stage.cast
    rita, omar, carl, hana = (stage.enter(p) for p in (cast.rita, cast.omar, cast.carl, cast.hana))
    candidate = add_candidate(rita)

    # The first contact is recorded; a rival learns only that she is protected, and both are told.
    rita.get_by_label("Channel").select_option(label="Email")
    rita.get_by_label("Subject").fill("A role that fits")
    rita.get_by_role("button", name="Record outreach").click()
    expect(rita.get_by_text("A role that fits")).to_be_visible()
    omar.goto("/candidates/check")
    omar.get_by_label("Email").fill("MAYA@people.test")
    omar.get_by_role("button", name="Check").click()
    expect(omar.locator("main")).to_contain_text("protected until", ignore_case=True)
    expect(omar.locator("main")).not_to_contain_text("Rita")
    omar.goto("/candidates/new")
    omar.get_by_label("Full name").fill("Maya O.")
    omar.get_by_label("Email").fill("maya@people.test")
    omar.get_by_label("Found through").select_option(label="Referral")
    omar.get_by_role("button", name="Add candidate").click()
    expect(omar.locator("main")).to_contain_text("you both are told")
    expect(omar.get_by_label("Full name")).to_have_value("Maya O.")
    stage.settle()
    assert f"rita@demo.test: Ownership conflict: {CANDIDATE}" in letters()
    assert f"omar@demo.test: Already claimed: {CANDIDATE}" in letters()

    # Carl posts, rita proposes, hana sees initials, asks, and accepts.
    post_job(carl)
    propose(rita)
    hana.goto("/proposals")
    hana.get_by_role("link", name=re.compile("M. O.")).first.click()
    expect(hana.get_by_text("Company reviewing").first).to_be_visible()
    expect(hana.locator("main")).not_to_contain_text(CANDIDATE)
    hana.get_by_text("Ask the recruiter").click()
    hana.get_by_label("Question to the recruiter").fill("When could she start?")
    hana.get_by_role("button", name="Send the question").click()
    rita.goto("/proposals")
    rita.get_by_role("link", name=re.compile(CANDIDATE)).first.click()
    rita.get_by_label("Your answer").fill("In four weeks.")
    rita.get_by_role("button", name="Answer").click()
    expect(rita.get_by_text("In four weeks.")).to_be_visible()
    hana.reload()
    expect(hana.get_by_text("In four weeks.")).to_be_visible()
    hana.get_by_role("button", name="Accept proposal").first.click()
    hana.get_by_role("dialog").get_by_role("button", name="Accept").click()
    expect(hana.get_by_text("Accepted").first).to_be_visible()
    expect(hana.locator("main")).to_contain_text(CANDIDATE)

    # Carl records the hire; rita adds omar and sees the sums; carl activates and sees the lock first.
    placement = hire(carl)
    rita.goto(placement)
    expect(rita.locator("#collaboration")).to_contain_text("$10,000")
    rita.get_by_role("link", name="Add collaborator").click()
    rita.get_by_label("Recruiter", exact=True).select_option(label="Omar, South Search")
    rita.get_by_label("Role", exact=True).select_option("support")
    rita.get_by_label("Share of the fee").last.fill("10")
    expect(rita.locator("form[data-split-form]").first).to_contain_text("$2,500")
    rita.get_by_role("button", name="Add to the team").click()
    rita.goto(placement)
    expect(rita.locator("#collaboration")).to_contain_text("Omar")
    carl.goto(placement)
    carl.get_by_role("link", name="Activate").click()
    expect(carl.locator("main")).to_contain_text("What is locked")
    carl.get_by_label("First day at work").fill(database_day(cast.app))
    carl.get_by_role("button", name="Lock the splits and activate").click()
    expect(carl.get_by_text("Active").first).to_be_visible()
    expect(carl.locator("main")).to_contain_text("90")
    stage.settle()
    assert [m for m in letters() if "Placement active" in m] != []
    assert f"omar@demo.test: Added to the team: {CANDIDATE} at Acme" in letters()

    # The guarantee is extended, runs out, and the placement completes by itself.
    carl.get_by_role("button", name="Extend guarantee").click()
    carl.get_by_label("Days to add").fill("30")
    carl.get_by_role("dialog").get_by_label("Reason").fill("Started part-time")
    carl.get_by_role("dialog").get_by_role("button", name="Extend").click()
    expect(carl.locator("main")).to_contain_text("120")
    later = database_now() + timedelta(days=122)
    with simulated(later):
        assert guarantees.complete_due(actor=system_actor(later)) == 1
    carl.goto(placement)
    expect(carl.get_by_text("Completed").first).to_be_visible()
    stage.settle()
    paid = [m for m in letters() if "Placement completed" in m]
    assert sorted(m.split(":")[0] for m in paid) == ["omar@demo.test", "rita@demo.test"]
    rita.goto("/notifications")
    expect(rita.locator("main")).to_contain_text("Placement completed")
    assert rita.goto(candidate) is not None


def hire(carl: Page) -> str:
    """Record the hire of the accepted proposal; gives the placement's path."""
    carl.goto("/proposals?state=accepted")
    carl.get_by_role("link", name=re.compile(CANDIDATE)).first.click()
    carl.get_by_role("link", name="Record the hire").click()
    carl.get_by_label("Yearly salary").fill("125,000")
    expect(carl.locator("#preview")).to_contain_text("$25,000")
    carl.get_by_role("button", name="Record the hire").click()
    expect(carl.get_by_text("Hired").first).to_be_visible()
    return carl.url


def database_day(app: object) -> str:
    """Give today as a date field takes it."""
    _ = app
    return database_now().date().isoformat()
