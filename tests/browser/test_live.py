"""What one person does appears in another's browser by itself, beside what is being typed there."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, Page, Route, expect

from portal.services import proposals
from portal.services.candidates import candidates
from portal.services.candidates.contacts import CandidateInput
from portal.services.reputation import reputation
from tests.browser.test_pages_axe import signed_in
from tests.cast import Cast
from tests.hires import accepted
from tests.histories import Sums, write
from tests.letters import worked
from tests.marketplace import proposed


def test_a_question_appears_while_something_is_typed_and_stays_focused(
    cast: Cast, chromium: Browser, address: str
) -> None:
    proposal_id = proposed(cast)
    page = signed_in(chromium, cast, "carl", address)
    page.clock.install()
    page.add_init_script("glowed = ''; addEventListener('animationstart', (e) => (glowed += e.target.textContent))")
    page.goto(f"/proposals/{proposal_id}")
    expect(page.get_by_text("Under review").first).to_be_visible()
    page.evaluate("glowed = ''")
    page.get_by_text("Ask the recruiter").click()
    field = page.get_by_label("Question")
    field.fill("Is she")
    proposals.ask(proposal_id, actor=cast.actor(cast.hana), question="When could she start?")
    page.clock.fast_forward(13_000)
    expect(page.get_by_text("When could she start?")).to_be_visible()
    page.wait_for_function("glowed.includes('When could she start?')")
    assert "proposed the candidate" not in page.evaluate("glowed")  # it was there before, a line higher
    expect(field).to_have_value("Is she")
    expect(field).to_be_focused()
    page.context.close()


def test_the_late_answer_of_a_review_leaves_what_is_typed(cast: Cast, chromium: Browser, address: str) -> None:
    held: list[Route] = []
    page = signed_in(chromium, cast, "carl", address)
    page.route("**/review", lambda route: held.append(route))
    with page.expect_request("**/review"):
        page.goto(f"/proposals/{proposed(cast)}")
    page.get_by_text("Ask the recruiter").click()
    field = page.get_by_label("Question")
    field.fill("Is she")
    held[0].continue_()
    expect(page.get_by_text("Under review").first).to_be_visible()
    expect(page.get_by_role("button", name="Start review")).to_have_count(0)
    expect(field).to_have_value("Is she")
    expect(field).to_be_focused()
    page.context.close()


def test_the_history_beside_a_panel_tells_of_what_was_done_in_it(cast: Cast, chromium: Browser, address: str) -> None:
    page = signed_in(chromium, cast, "hana", address)
    page.goto(f"/proposals/{accepted(cast)}")
    page.get_by_role("link", name="Schedule interview").click()
    page.get_by_label("Date").fill((datetime.now(UTC) + timedelta(days=7)).date().isoformat())
    page.get_by_label("Time").fill("15:30")
    page.get_by_role("button", name="Schedule", exact=True).click()
    expect(page.locator(".tl")).to_contain_text("Interview scheduled")
    expect(page.get_by_text("Interview scheduled. The recruiter")).to_be_visible()
    page.context.close()


def test_news_leaves_the_focus_of_who_corrects_a_form(cast: Cast, chromium: Browser, address: str) -> None:
    proposal_id = proposed(cast)
    page = signed_in(chromium, cast, "carl", address)
    page.clock.install()
    page.goto(f"/proposals/{proposal_id}")
    expect(page.get_by_text("Under review").first).to_be_visible()
    page.get_by_text("Ask the recruiter").click()
    page.get_by_role("button", name="Send question").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    page.get_by_label("Question").focus()
    proposals.ask(proposal_id, actor=cast.actor(cast.hana), question="When could she start?")
    page.clock.fast_forward(13_000)
    expect(page.get_by_text("When could she start?")).to_be_visible()
    expect(page.get_by_label("Question")).to_be_focused()
    page.context.close()


def claims(page: Page, email: str) -> None:
    """Look somebody up and claim them."""
    page.goto("/candidates/check")
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Check").click()
    page.get_by_label("Source").select_option(label="LinkedIn")
    page.get_by_role("button", name="Claim").click()
    expect(page.locator("h1")).to_contain_text("Yours until")


def asks(page: Page, proposal: str) -> None:
    """Ask a question about a proposal."""
    page.goto(proposal)
    expect(page.get_by_text("Under review").first).to_be_visible()
    page.get_by_text("Ask the recruiter").click()
    page.get_by_label("Question").fill("When could she start?")
    page.get_by_role("button", name="Send question").click()


def test_badges_bell_and_times_follow_what_is_done_in_another_browser(
    cast: Cast, chromium: Browser, address: str
) -> None:
    assert cast.rita.recruiter_id
    entry = CandidateInput(full_name="Ada Free", email="ada@mail.test")
    ada = candidates.add(actor=cast.actor(cast.rita), input=entry)
    rita, omar, hana = (signed_in(chromium, cast, who, address) for who in ("rita", "omar", "hana"))
    for page in (rita, hana):
        page.clock.install()
    rita.goto(f"/candidates/{ada}")
    credit, bell = rita.locator("h1 .tag"), rita.locator("#bell")
    expect(credit).to_have_text("Unclaimed")
    expect(bell).to_have_accessible_name("Notifications, none unread")
    claims(omar, "ada@mail.test")
    rita.clock.fast_forward(13_000)
    expect(credit).to_contain_text("Claimed until")

    asks(hana, f"/proposals/{proposed(cast)}")
    expect(hana.locator("#questions time")).to_have_text("just now")
    worked()
    rita.clock.fast_forward(13_000)
    expect(bell).to_have_accessible_name(re.compile(r"Notifications, \d+ unread"))

    score = hana.locator("#detail .rep-ring")
    expect(score).to_have_accessible_name("No reputation yet")
    write(cast, cast.rita.recruiter_id, Sums(5, 5, 5, 3, 0))
    reputation.recalculate_one(cast.rita.recruiter_id, actor=cast.actor(cast.pia))
    hana.clock.fast_forward(61_000)
    expect(hana.locator("#questions time")).to_have_text("1 min ago")
    expect(score).to_have_accessible_name(re.compile(r"Reputation \d+ of 100"))
    for page in (rita, omar, hana):
        page.context.close()


def test_who_has_the_first_proposal_of_the_inbox_open_is_named_to_colleagues(
    cast: Cast, chromium: Browser, address: str
) -> None:
    proposed(cast)
    hana, carl = (signed_in(chromium, cast, who, address) for who in ("hana", "carl"))
    for page in (hana, carl):
        page.clock.install()
        page.goto("/proposals")
        expect(page.get_by_role("button", name="Accept proposal")).to_be_visible()
    with hana.expect_response("**/changes?*"):
        hana.clock.fast_forward(13_000)
    carl.clock.fast_forward(13_000)
    expect(carl.get_by_text("Hana is reviewing now")).to_be_visible()
    for page in (hana, carl):
        page.context.close()
