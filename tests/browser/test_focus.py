"""What one does with keys leaves the focus in the page: what was pressed is often gone by then."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.test_pages_axe import signed_in
from tests.cast import Cast
from tests.marketplace import proposed


def test_a_dialog_that_a_key_opened_leads_back_to_its_button_and_a_page_to_what_was_done(
    cast: Cast, chromium: Browser, address: str
) -> None:
    proposed(cast)
    page = signed_in(chromium, cast, "carl", address)
    page.goto("/")
    page.keyboard.press("h")
    expect(page.get_by_role("button", name="Until tomorrow")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("[data-press=h]")).to_be_focused()
    page.keyboard.press("h")
    expect(page.get_by_role("button", name="Until tomorrow")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".notes").filter(has_text="Snoozed until")).to_be_focused()
    page.context.close()


def test_a_row_of_the_inbox_and_a_decision_that_is_undone_or_sent_keep_the_focus(
    cast: Cast, chromium: Browser, address: str
) -> None:
    proposal_id = proposed(cast)
    page = signed_in(chromium, cast, "carl", address)
    page.goto("/proposals")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**sel=*")
    expect(page.locator(".q a[aria-current]")).to_be_focused()
    page.goto(f"/proposals/{proposal_id}")
    expect(page.get_by_text("Under review").first).to_be_visible()
    undo, main = page.get_by_role("button", name="Undo"), page.locator("#main")
    page.keyboard.press("1")
    expect(main).to_be_focused()
    undo.press("Enter")
    expect(undo).to_have_count(0)
    expect(main).to_be_focused()
    page.keyboard.press("1")
    undo.focus()
    expect(undo).to_have_count(0, timeout=10_000)
    expect(main).to_be_focused()
    page.context.close()
