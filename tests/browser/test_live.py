"""What one person does appears in another's browser by itself, beside what is being typed there."""

from __future__ import annotations

from playwright.sync_api import Browser, Route, expect

from portal.services import proposals
from tests.browser.test_pages_axe import signed_in
from tests.cast import Cast
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
