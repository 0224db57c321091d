"""Rows of a list are chosen by keys and ranges, stay chosen while the list renews itself, and a slow list says so."""

from __future__ import annotations

from playwright.sync_api import Browser, Route, expect

from portal.services import proposals
from tests.browser.test_pages_axe import signed_in
from tests.cast import Cast
from tests.letters import worked
from tests.marketplace import claimed, posted, proposed

# The opacity of the bar just before 300 ms have gone by, and just after.
BAR = """() => {
  const bar = document.getAnimations().find((one) => one.animationName === "waits");
  bar.pause();
  return [299, 301].map((ms) => {
    bar.currentTime = ms;
    return getComputedStyle(bar.effect.target, "::before").opacity;
  });
}"""


def test_rows_are_chosen_by_key_by_range_and_all_and_stay_chosen(cast: Cast, chromium: Browser, address: str) -> None:
    proposal_id = proposed(cast, name="Number 0")
    for number in range(1, 4):
        claimed(cast, name=f"Number {number}")
    page = signed_in(chromium, cast, "rita", address)
    page.clock.install()
    page.goto("/candidates?sort=name")
    page.keyboard.press("x")
    page.wait_for_url("**/candidates?sort=name&pick=1")
    boxes, count = page.get_by_role("checkbox", name="Select"), page.locator("[data-picked]")
    for key in ("j", "j", "x"):
        page.keyboard.press(key)
    expect(boxes.nth(1)).to_be_checked()
    expect(count).to_have_text("1 selected")
    boxes.nth(3).click(modifiers=["Shift"])
    expect(count).to_have_text("3 selected")
    claimed(cast, name="Zoe New")
    proposals.ask(proposal_id, actor=cast.actor(cast.hana), question="When?")  # what others do renews the page
    page.clock.fast_forward(13_000)
    expect(page.get_by_text("Zoe New")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Select", checked=True)).to_have_count(3)
    page.get_by_label("All", exact=True).check()
    expect(count).to_have_text("5 selected")
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_role("heading", name="Propose 5 candidates")).to_be_visible()
    page.context.close()


def test_a_list_that_takes_longer_than_300_ms_says_so(cast: Cast, chromium: Browser, address: str) -> None:
    claimed(cast)
    held: list[Route] = []
    page = signed_in(chromium, cast, "rita", address)
    page.goto("/candidates")
    page.route("**/candidates?q=*", lambda route: held.append(route))
    with page.expect_request("**/candidates?q=*"):
        page.locator(".filters [name=q]").fill("lena")
    assert page.evaluate(BAR) == ["0", "1"]
    held[0].continue_()
    page.wait_for_url("**/candidates?q=lena")
    page.wait_for_function("!document.getAnimations().some((one) => one.animationName === 'waits')")
    page.context.close()


def test_a_file_that_is_too_large_is_refused_when_it_is_chosen(cast: Cast, chromium: Browser, address: str) -> None:
    page = signed_in(chromium, cast, "rita", address)
    page.goto(f"/candidates/{claimed(cast)}/attachments/new")
    field = page.get_by_label("File")
    for size, said in ((5 << 20, "This file is 5 MiB. Choose one of up to 4 MiB."), (1_000, "")):
        field.set_input_files({"name": "cv.pdf", "mimeType": "application/pdf", "buffer": b"%" * size})
        assert (field.evaluate("(one) => one.validationMessage"), bool(field.input_value())) == (said, not said)
    page.context.close()


def test_two_to_four_proposals_are_compared(cast: Cast, chromium: Browser, address: str) -> None:
    job_id = posted(cast)
    for number in range(5):
        proposed(cast, job_id=job_id, name=f"Number {number}")
    page = signed_in(chromium, cast, "hana", address)
    page.goto(f"/jobs/{job_id}")
    boxes, compare = page.get_by_role("checkbox", name="Select"), page.get_by_role("button", name="Compare")
    for number, enabled in enumerate((False, True, True, True, False)):
        boxes.nth(number).check()
        expect(compare).to_be_enabled(enabled=enabled)
    page.context.close()


def test_keys_lead_through_notifications_too(cast: Cast, chromium: Browser, address: str) -> None:
    for name in ("Ada Park", "Bo Lind"):
        claimed(cast, name=name)
    worked()
    page = signed_in(chromium, cast, "rita", address)
    page.goto("/notifications")
    for key in ("j", "j", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="Ada Park")).to_be_visible()
    page.context.close()
