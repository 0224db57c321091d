"""The pages that people live on, with what services made: no axe finding, no sideways scroll, by day and by night."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from portal.queries.identity.accounts import database_now
from portal.services import proposals
from portal.services.candidates import candidates
from portal.services.candidates.contacts import CandidateInput
from tests.cast import Cast, sign_in
from tests.hires import active, hired, share
from tests.letters import worked
from tests.marketplace import claimed, posted, proposed

WIDTHS = (1440, 390)
TABLET = 1024  # the side nav is there, and leaves the least room
CUT = """[...document.querySelectorAll(".card > .tbl")].filter(
    (table) => table.getBoundingClientRect().right > table.parentElement.getBoundingClientRect().right + 1).length"""


def addresses(cast: Cast) -> dict[str, list[str]]:
    """Make a marketplace in the middle of its work; gives the pages for each of the cast."""
    job_id, candidate_id = posted(cast, description="Rank what people see.\n\nBerlin or remote."), claimed(cast)
    asked = proposed(cast, candidate_id=candidate_id, job_id=job_id)
    proposals.ask(asked, actor=cast.actor(cast.carl), question="When could she start?")
    proposed(cast, cast.omar, job_id=job_id, name="Omar's Candidate With A Rather Long Name")
    running = active(cast, start=database_now().date())
    editable = hired(cast, name="Jon Reyes")
    share(cast, editable, cast.omar, "support", 1_000)
    free = candidates.add(
        actor=cast.actor(cast.rita), input=CandidateInput(full_name="Ada Free", email="ada@mail.test")
    )
    worked()
    return {
        "rita": [
            "/",
            "/candidates?pick=1",
            f"/candidates/{candidate_id}",
            f"/candidates/chosen/claim?c={free}&c={candidate_id}",
            f"/candidates/chosen/propose?c={free}&c={candidate_id}&job={posted(cast)}",
            f"/placements/{editable}/collaborators",
        ],
        "carl": [
            "/jobs",
            f"/jobs/{job_id}",
            "/proposals?pick=1",
            f"/proposals/{asked}",
            f"/placements/{running}",
            "/account",
        ],
        "pia": ["/admin/events", "/admin/deliveries"],
    }


def signed_in(browser: Browser, cast: Cast, who: str, base: str) -> Page:
    """Open a browser with a session of this person's."""
    page = browser.new_context(base_url=base).new_page()
    page.context.add_cookies(cookies(cast, who, base))
    return page


def cookies(cast: Cast, who: str, base: str) -> list[Any]:
    """Make a session of this person's as the cookies of a browser."""
    interface = cast.app.session_interface.get_signing_serializer(cast.app)
    session = interface.dumps({"_user_id": sign_in(getattr(cast, who)), "_fresh": True})
    return [{"name": cast.app.config["SESSION_COOKIE_NAME"], "value": session, "url": base}]


def findings(page: Page) -> list[tuple[str, list[str]]]:
    """Return what axe finds on a page: the rule, and the first places that break it."""
    return [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in Axe().run(page).response["violations"]]


def hindrances(page: Page, url: str, scheme: str) -> list[str]:
    """Return what hinders anybody on a page: at a desk and on a phone."""
    page.emulate_media(color_scheme=scheme)
    found: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if page.url.removeprefix(page.evaluate("location.origin")) != url or width == WIDTHS[0]:
            page.goto(url)
        where = f"{url} {scheme} {width}"
        found += [f"{where}: {finding}" for finding in findings(page)]
        if page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"):
            found.append(f"{where}: scrolls sideways")
    page.set_viewport_size({"width": TABLET, "height": 900})
    if page.evaluate(CUT):
        found.append(f"{url} {scheme} {TABLET}: a table is wider than its card")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_hinders_anybody_on_the_pages_of_a_day(
    cast: Cast,
    chromium: Browser,
    address: str,
    scheme: str,
) -> None:
    pages, said, found = addresses(cast), list[str](), list[str]()
    for who, urls in pages.items():
        page = signed_in(chromium, cast, who, address)
        page.on("console", lambda message: said.append(message.text))
        for url in urls:
            found += hindrances(page, url, scheme)
            assert "/login" not in page.url
        page.context.close()
    assert found == []
    assert said == []


def test_errors_of_a_form_and_of_filters_hinder_nobody(cast: Cast, chromium: Browser, address: str) -> None:
    page = signed_in(chromium, cast, "rita", address)
    page.goto("/candidates/new")
    page.get_by_role("button", name="Add candidate").click()
    assert page.locator("[data-error-summary] li").count() > 2
    found = findings(page)
    page.goto("/candidates?from=never")
    assert found + findings(page) == []
    page.context.close()


def test_a_list_that_is_longer_than_a_sheet_begins_below_its_title(cast: Cast, chromium: Browser, address: str) -> None:
    addresses(cast)
    page = signed_in(chromium, cast, "pia", address)
    page.goto("/admin/events")
    first, *more = PdfReader(BytesIO(page.pdf(format="A4"))).pages
    assert more
    assert "candidate.sourced" in first.extract_text()
    page.context.close()
