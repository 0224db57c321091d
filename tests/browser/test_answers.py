"""What HTMX swaps in, on a phone: what was done is in view, and what stands alone is large enough for a finger."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from portal.requests.respond import SEND_AGAIN
from portal.services.identity import sessions
from tests.accounts import give_password
from tests.browser.test_pages_axe import cookies, signed_in
from tests.cast import PASSWORD, Cast
from tests.hires import hired, share
from tests.marketplace import claimed, proposed

PHONE: ViewportSize = {"width": 390, "height": 600}


def type_question(page: Page) -> None:
    """Open the form below the questions of a proposal and type one."""
    page.get_by_text("Ask the recruiter").click()
    page.get_by_label("Question").fill("When could she start?")


def asking(cast: Cast, chromium: Browser, address: str) -> Page:
    """Sign in as hana and type a question about a proposal."""
    page = signed_in(chromium, cast, "hana", address)
    page.goto(f"/proposals/{proposed(cast)}")
    expect(page.get_by_text("Under review").first).to_be_visible()  # the panel is swapped by then
    type_question(page)
    return page


def test_what_was_done_is_scrolled_into_view(cast: Cast, chromium: Browser, address: str) -> None:
    page = signed_in(chromium, cast, "hana", address)
    page.set_viewport_size(PHONE)
    page.goto(f"/proposals/{proposed(cast)}")
    expect(page.get_by_text("Under review").first).to_be_visible()  # the panel is swapped by then
    assert page.evaluate("scrollY") == 0  # nobody asked for that swap
    type_question(page)
    page.get_by_role("button", name="Send question").click()
    said = page.get_by_text("Question sent.")
    expect(said).to_be_in_viewport()
    expect(said).to_be_focused()  # the pressed button is gone
    bar, note = page.locator(".top").bounding_box(), said.bounding_box()
    assert bar
    assert note
    assert note["y"] >= bar["y"] + bar["height"]
    page.context.close()


def test_what_was_sent_without_a_session_stays_until_it_can_be_sent_again(
    cast: Cast, chromium: Browser, address: str
) -> None:
    page = asking(cast, chromium, address)
    sessions.revoke_other_sessions(actor=cast.actor(cast.hana))
    page.get_by_role("button", name="Send question").click()
    expect(page.get_by_role("link", name="Sign in (new tab)")).to_be_visible()
    page.context.add_cookies(cookies(cast, "hana", address))
    page.get_by_role("button", name="Send question").click()
    expect(page.get_by_text("You’re signed in again.")).to_be_visible()
    expect(page.get_by_label("Question")).to_have_value("When could she start?")
    page.get_by_role("button", name="Send question").click()
    expect(page.get_by_text("Question sent.")).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_whole_form_sent_after_the_session_opens_filled_once_its_sender_is_back(
    cast: Cast, chromium: Browser, address: str, *, scripts: bool
) -> None:
    give_password(cast.rita)
    context = chromium.new_context(base_url=address, java_script_enabled=scripts)
    context.add_cookies(cookies(cast, "rita", address))
    page = context.new_page()
    page.goto("/candidates/new")
    page.get_by_label("Full name").fill("Maya Okafor")
    page.get_by_label("Email").fill("maya@example.com")
    page.get_by_label("Claim sourcing credit").uncheck()
    sessions.revoke_other_sessions(actor=cast.actor(cast.rita))
    page.get_by_role("button", name="Add candidate").click()
    expect(page.get_by_text("Sign in to get back what you typed")).to_be_visible()
    page.get_by_label("Email").fill(cast.rita.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    if not scripts:
        page.get_by_role("button", name="Open form").click()
    expect(page.get_by_text(SEND_AGAIN)).to_be_visible()
    expect(page.get_by_label("Full name")).to_have_value("Maya Okafor")
    expect(page.get_by_label("Claim sourcing credit")).not_to_be_checked()
    page.get_by_role("button", name="Add candidate").click()
    expect(page.get_by_role("heading", name="Maya Okafor")).to_be_visible()
    context.close()


def test_the_versions_of_a_receipt_are_large_enough_to_touch(cast: Cast, chromium: Browser, address: str) -> None:
    placement_id = hired(cast)
    share(cast, placement_id, cast.omar, "support", 1_000)
    page = signed_in(chromium, cast, "carl", address)
    page.goto(f"/placements/{placement_id}/receipt")
    links = page.locator("li > .row > a")
    for width, least in ((1440, 24), (390, 40)):
        page.set_viewport_size({"width": width, "height": 900})
        boxes = [link.bounding_box() for link in links.all()]
        assert boxes
        assert all(box and box["height"] >= least for box in boxes)
    page.context.close()


def test_whose_a_candidate_is_stands_first_on_a_phone_and_beside_on_a_desk(
    cast: Cast, chromium: Browser, address: str
) -> None:
    page = signed_in(chromium, cast, "rita", address)
    page.goto(f"/candidates/{claimed(cast)}")
    for width, beside in ((1440, True), (390, False)):
        page.set_viewport_size({"width": width, "height": 900})
        credit, history = (
            page.get_by_role("region", name=name).bounding_box() for name in ("Sourcing credit", "History")
        )
        assert credit
        assert history
        assert (credit["x"] > history["x"]) is beside
        assert beside or (credit["y"] < history["y"] and history["width"] > 340)
    page.context.close()


def test_what_is_wrong_with_a_row_of_a_file_reads_from_the_left_on_a_phone(
    cast: Cast, chromium: Browser, address: str
) -> None:
    page = signed_in(chromium, cast, "rita", address)
    page.set_viewport_size(PHONE)
    page.goto("/candidates/import")
    rows = b"full_name,email\nLena Brandt,no address\n"
    page.locator("input[type=file]").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": rows})
    page.locator("main form .btn.primary").click()
    expect(page.locator("td", has_text="This is not an email address")).to_have_css("text-align", "left")
    expect(page.get_by_text("row 2, no address")).to_be_visible()
    page.context.close()


def test_the_palette_finds_while_one_types_and_enter_opens(cast: Cast, chromium: Browser, address: str) -> None:
    candidate_id = claimed(cast)
    page = signed_in(chromium, cast, "rita", address)
    page.goto("/")
    page.keyboard.press("Control+k")
    field = page.locator("#palette input")
    expect(field).to_be_focused()
    field.press_sequentially("lena")
    first = page.locator("#found a").first
    expect(first).to_contain_text("Lena")
    field.press("ArrowDown")
    expect(first).to_be_focused()
    field.press("Enter")
    page.wait_for_url(f"**/candidates/{candidate_id}")
    page.keyboard.press("Control+k")
    field.press_sequentially("earnings")
    field.press("Enter")  # before the answer is there: what was found of nothing typed is not opened
    page.wait_for_url("**/earnings")
    page.context.close()


def test_on_a_phone_filters_are_a_sheet_that_narrows_the_list_behind_it(
    cast: Cast, chromium: Browser, address: str
) -> None:
    claimed(cast)
    page = signed_in(chromium, cast, "rita", address)
    page.goto("/candidates")
    owner = page.get_by_label("Owner")
    expect(owner).to_be_visible()
    expect(page.get_by_role("button", name="Apply")).to_be_hidden()  # what is chosen applies at once
    page.set_viewport_size(PHONE)
    expect(owner).to_be_hidden()
    page.get_by_role("button", name="Filters").click()
    owner.select_option(label="Me")
    page.wait_for_url("**/candidates?mine=1")
    page.get_by_role("button", name="Show results").click()
    expect(owner).to_be_hidden()
    expect(page.get_by_role("link", name="Owner: Me")).to_be_visible()
    page.context.close()


def test_what_is_typed_after_a_key_is_no_key(cast: Cast, chromium: Browser, address: str) -> None:
    page = signed_in(chromium, cast, "hana", address)
    page.goto(f"/proposals/{proposed(cast)}")
    expect(page.get_by_text("Under review").first).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.type("Is 1 or 3 better?")
    expect(page.get_by_label("Question")).to_have_value("Is 1 or 3 better?")
    page.reload()
    page.route("**/decline*", lambda route: page.wait_for_timeout(300) or route.continue_())
    page.keyboard.press("3")
    page.keyboard.press("1")
    expect(page.get_by_role("dialog")).to_contain_text("Decline")
    page.goto("/")
    page.keyboard.press("j")
    page.keyboard.press("h")
    expect(page.get_by_role("button", name="Until tomorrow")).to_be_focused()
    page.context.close()


def test_a_closed_dialog_gives_the_focus_back(cast: Cast, chromium: Browser, address: str) -> None:
    page = signed_in(chromium, cast, "hana", address)
    page.goto(f"/proposals/{proposed(cast)}")
    expect(page.get_by_text("Under review").first).to_be_visible()
    decline, menu = page.locator("[data-press='3']"), page.get_by_role("button", name="your menu")
    decline.press("Enter")
    page.get_by_role("dialog").press("Escape")
    expect(decline).to_be_focused()
    page.keyboard.press("Control+k")
    page.locator("#palette input").press("Escape")
    expect(decline).to_be_focused()
    menu.press("Enter")
    page.get_by_role("link", name="Keyboard shortcuts").press("Enter")
    page.get_by_role("button", name="Close").press("Enter")
    expect(menu).to_be_focused()
    page.context.close()


def test_what_a_fee_comes_to_stays_in_sight_on_a_phone_while_one_types(
    cast: Cast, chromium: Browser, address: str
) -> None:
    page = signed_in(chromium, cast, "rita", address)
    page.set_viewport_size(PHONE)
    page.goto("/simulator?fee=25000")
    page.get_by_label("Platform fee").fill("5")
    sums = page.locator("#simulated-sums")
    expect(sums).to_contain_text("$23,750")
    expect(sums).to_be_in_viewport(ratio=1)
    assert page.evaluate("scrollY") > 0
    page.get_by_label("Platform fee").fill("120")
    expect(page.get_by_text("Nothing to show yet")).to_be_attached()
    expect(sums).to_be_hidden()
    page.context.close()


def test_the_error_of_an_attempt_made_offline_goes_once_it_went_through(
    cast: Cast, chromium: Browser, address: str
) -> None:
    page = asking(cast, chromium, address)
    page.context.set_offline(True)
    for _ in range(2):  # two attempts are one message
        page.get_by_role("button", name="Send question").click()
        expect(page.get_by_text("Couldn’t reach the server.")).to_have_count(1)
    page.context.set_offline(False)
    page.get_by_role("button", name="Send question").click()
    expect(page.get_by_text("Question sent.")).to_be_visible()
    expect(page.locator("#toasts .toast")).to_have_count(0)
    page.context.close()


def test_a_dialog_with_an_error_leads_back_to_its_button_that_was_drawn_anew(
    cast: Cast, chromium: Browser, address: str
) -> None:
    proposal_id = proposed(cast)
    page = signed_in(chromium, cast, "hana", address)
    page.goto(f"/proposals/{proposal_id}")
    decline = page.locator("[data-press='3']")
    decline.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Decline").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(decline).to_be_focused()
    page.context.close()
