"""In a real browser: no axe finding, no CSP message, no sideways scroll, and the script's small services work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def styleguide(address: str) -> str:
    """Return where the styleguide is served."""
    return f"{address}/styleguide/"


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Return a page that fails its test when the console had something to say."""
    said: list[str] = []
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    page.close()
    assert said == []


def sideways(page: Page) -> int:
    """Measure by how much the page scrolls sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def focused(page: Page, what: str) -> object:
    """Read something of the element that has the focus."""
    return page.evaluate(f"document.activeElement.{what}")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_hinders_anybody(page: Page, styleguide: str, theme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{styleguide}?theme={theme}")
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in found] == []
    assert sideways(page) == 0
    # A chart is where its card is, whatever else of the page is called as its kind.
    assert page.evaluate(
        "[...document.querySelectorAll('.chart')].every((c) => getComputedStyle(c).position === 'static')"
    )


def test_nothing_scrolls_sideways_on_a_small_phone(page: Page, styleguide: str) -> None:
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(styleguide)
        assert sideways(page) == 0


def test_the_first_view_asks_for_few_files(page: Page, styleguide: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(styleguide, wait_until="networkidle")
    assert len(asked) <= 8


def test_a_deadline_ticks(page: Page, styleguide: str) -> None:
    page.clock.install()
    page.goto(styleguide)
    deadline = page.locator("time[data-countdown]", has_text="12 min").first
    before = deadline.inner_text()
    page.clock.fast_forward(3_000)
    assert deadline.inner_text() != before
    page.clock.fast_forward(13 * 60_000)
    assert page.locator('time[datetime="2026-11-24T02:51:30Z"]').first.inner_text() == "due now"


def test_keys_lead_through_lists_and_pages(page: Page, styleguide: str) -> None:
    page.goto(styleguide)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert "Lena Brandt" in str(focused(page, "textContent"))
    page.keyboard.press("/")
    assert focused(page, "name") == "q"
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url("**/styleguide/?at=placements")


def test_a_dialog_opens_closes_and_gives_the_focus_back(page: Page, styleguide: str) -> None:
    page.goto(styleguide)
    page.get_by_role("button", name="Report failure").first.click()
    assert page.get_by_role("dialog", name="Report this placement as failed?").is_visible()
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Escape")
    assert page.locator("#fail").is_hidden()
    assert "Report failure" in str(focused(page, "textContent"))


def test_dialogs_and_menus_work_without_script(chromium: Browser, styleguide: str) -> None:
    page = chromium.new_page(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page.goto(styleguide)
    page.get_by_role("button", name="Menu", exact=True).click()
    assert page.get_by_role("link", name="Work queue").is_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Report failure").first.click()
    assert page.locator("#fail").is_visible()
    page.close()


def test_the_focus_goes_to_the_errors_of_a_form(page: Page, styleguide: str) -> None:
    page.goto(styleguide)
    assert "There are 3 problems" in str(focused(page, "textContent"))


def test_text_is_counted_and_the_preview_follows(page: Page, styleguide: str) -> None:
    page.goto(styleguide)
    page.get_by_label("Pitch").fill("x" * 2_001)
    counter = page.locator(".counter")
    assert counter.inner_text() == "2,001 of 2,000 characters"
    assert counter.get_attribute("data-over") == ""
    page.locator("#g-preview", has_text="as the server works it out").wait_for()


def test_a_sent_button_is_busy(page: Page, styleguide: str) -> None:
    page.goto(styleguide)
    page.route("**/styleguide/", lambda route: route.fulfill(status=204))
    page.get_by_role("button", name="Save").click()
    page.locator("button[data-busy][aria-busy=true]:disabled", has_text="Saving…").wait_for()


def test_the_menu_on_a_phone_changes_the_theme(page: Page, styleguide: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(styleguide)
    page.get_by_role("button", name="your menu").click()
    page.get_by_role("button", name="Dark theme").click()
    page.wait_for_url("**/styleguide/")
    assert {"theme": "dark"}.items() <= {c["name"]: c["value"] for c in page.context.cookies()}.items()


def test_copying_says_so(page: Page, styleguide: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(styleguide)
    page.get_by_role("button", name="Copy JSON").click()
    page.locator("#toasts", has_text="Copied.").wait_for()
    assert "CA-5517" in page.evaluate("navigator.clipboard.readText()")


def test_toasts_are_three_at_most_and_errors_stay(page: Page, styleguide: str) -> None:
    page.clock.install()
    page.goto(styleguide)
    for level in ("ok", "ok", "ok", "ok", "error"):
        detail = f"{{bubbles: true, detail: {{message: 'It was {level}', level: '{level}'}}}}"
        page.evaluate(f"document.body.dispatchEvent(new CustomEvent('toast', {detail}))")
    assert page.locator("#toasts .toast").count() == 3
    page.clock.fast_forward(7_000)
    assert page.locator("#toasts .toast").all_inner_texts()[0].startswith("It was error")
    page.get_by_role("button", name="Dismiss").click()
    assert page.locator("#toasts .toast").count() == 0


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (500, "That didn’t work (500). Reload the page and try again. Reference: 8f3a0c21d94e."),
        (0, "Couldn’t reach the server."),
    ],
)
def test_a_failed_partial_says_so_and_names_the_code(
    chromium: Browser, styleguide: str, status: int, says: str
) -> None:
    page = chromium.new_page()
    page.goto(styleguide)
    answer = {"status": status, "headers": {"X-Correlation-ID": "8f3a0c21d94e"}}
    page.route("**/preview", lambda route: route.fulfill(**answer) if status else route.abort())
    page.get_by_label("Pitch").fill("again")
    page.locator("#toasts .error", has_text=says).wait_for()
    assert page.locator("#g-preview").inner_text() != ""
    page.close()


def test_paper_is_light_and_bare_whatever_the_theme(page: Page, styleguide: str) -> None:
    page.goto(f"{styleguide}?theme=dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(23, 27, 36)"
    assert page.locator(".side").is_hidden()
    assert page.locator(".top").is_hidden()
    assert page.get_by_text("Printed Tue 24 Nov 2026, 02:39 UTC").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_follows_the_system_until_somebody_chooses(page: Page, styleguide: str, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(styleguide)
    other = "dark" if scheme == "light" else "light"
    assert page.get_by_role("button", name=f"Switch to {other} theme").first.is_visible()
    page.goto(f"{styleguide}?theme={other}")
    assert page.get_by_role("button", name=f"Switch to {scheme} theme").first.is_visible()
