"""What is typed stays and counts: while an answer is on its way, before the script is there, and beside a search."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Route, expect

from portal.domain.profiles import Profile
from portal.services import proposals
from portal.services.placements import collaboration
from tests.browser.test_pages_axe import signed_in
from tests.cast import Cast
from tests.hires import hired
from tests.marketplace import claimed, posted, proposed


def test_a_salary_typed_while_the_preview_is_on_its_way_stays(cast: Cast, chromium: Browser, address: str) -> None:
    profile = Profile(expected_salary_minor=9_500_000, currency="EUR")
    candidate_id = claimed(cast, name="Lena Brandt", profile=profile)
    posted(cast, currency="EUR", title="Data Lead")
    held: list[Route] = []
    page = signed_in(chromium, cast, "rita", address)
    page.goto(f"/proposals/new?candidate={candidate_id}")
    page.route("**/proposals/preview", lambda route: route.continue_() if held else held.append(route))
    with page.expect_request("**/proposals/preview"):
        page.get_by_label("Job", exact=True).select_option(label="Data Lead, Acme")
    salary = page.get_by_label("Expected annual salary")
    salary.press_sequentially("101")
    held[0].continue_()
    expect(page.locator("#salary")).to_contain_text("EUR")
    expect(salary).to_have_value("101")
    expect(salary).to_be_focused()
    salary.press_sequentially("000")
    expect(page.locator("#preview")).to_contain_text("€20,200")
    page.context.close()


def test_a_search_typed_before_the_script_is_there_finds_and_its_choice_outlives_a_renewal(
    cast: Cast, chromium: Browser, address: str
) -> None:
    placement_id = hired(cast)
    held: list[Route] = []
    page = signed_in(chromium, cast, "rita", address)
    page.clock.install()
    page.route("**/js/portal*", lambda route: held.append(route))
    with page.expect_request("**/js/portal*"):
        page.goto(f"/placements/{placement_id}/collaborators", wait_until="commit")
    page.get_by_role("searchbox", name="Find a recruiter").fill(cast.omar.name)
    held[0].continue_()
    chosen = page.get_by_label("Recruiter", exact=True).locator("option:checked")
    expect(chosen).to_contain_text(cast.omar.name)
    assert cast.omar.recruiter_id
    collaboration.add(
        placement_id, actor=cast.actor(cast.carl), recruiter_id=cast.omar.recruiter_id, role="closer", split_bp=500
    )
    page.clock.fast_forward(13_000)
    expect(page.get_by_role("table")).to_contain_text(cast.omar.name)
    expect(chosen).to_contain_text(cast.omar.name)
    page.context.close()


@pytest.mark.parametrize(("status", "advice"), [(503, "still here; try again in a moment."), (500, "still here.")])
def test_what_was_typed_in_a_part_of_a_page_outlives_a_server_that_breaks(
    cast: Cast, chromium: Browser, address: str, status: int, advice: str
) -> None:
    page = signed_in(chromium, cast, "rita", address)
    page.goto("/account")
    page.route("**/account/profile", lambda route: route.fulfill(status=status))
    page.get_by_label("Name", exact=True).fill("Rita Lindqvist-Berg")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts .error")).to_contain_text(f"That didn’t work ({status}). What you typed is {advice}")
    page.unroute("**/account/profile")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Profile saved.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Rita Lindqvist-Berg")
    page.context.close()


def test_answer_leads_into_the_answer_and_outreach_into_its_subject(
    cast: Cast, chromium: Browser, address: str
) -> None:
    proposal_id = proposed(cast)
    proposals.ask(proposal_id, actor=cast.actor(cast.hana), question="When could she start?")
    page = signed_in(chromium, cast, "rita", address)
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Answer .*Lena")).first.click()
    expect(page.get_by_label("Your answer")).to_be_focused()
    page.keyboard.type("In March.")
    page.get_by_role("button", name="Send answer").click()
    expect(page.get_by_text("Answer sent.")).to_be_focused()
    page.get_by_role("link", name="View candidate").click()
    page.get_by_role("link", name="Log outreach").wait_for()
    page.keyboard.press("o")
    expect(page.get_by_label("Subject")).to_be_focused()
    page.keyboard.type("Staff role")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Email: Staff role")).to_be_visible()
    page.context.close()


def test_a_form_takes_what_is_typed_as_it_opens_and_escape_closes_an_entry_of_the_log(
    cast: Cast, chromium: Browser, address: str
) -> None:
    claimed(cast)
    page = signed_in(chromium, cast, "rita", address)
    page.goto("/candidates/new")
    expect(page.get_by_label("Full name")).to_be_focused()
    page.keyboard.type("Kay Jung")  # no letter is taken for a shortcut
    expect(page.get_by_label("Full name")).to_have_value("Kay Jung")
    page.keyboard.press("Escape")
    expect(page.get_by_label("Full name")).not_to_be_focused()
    page.context.close()
    page = signed_in(chromium, cast, "pia", address)
    page.goto("/admin/events")
    page.locator(".tbl a.cell").first.click()
    expect(page.locator("aside.drawer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("aside.drawer")).to_have_count(0)
    page.context.close()
