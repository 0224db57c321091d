"""A reader follows the README's tour: every place that it names in bold is where the named person finds it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.cast import Cast
from tests.hires import accepted, hired
from tests.journeys.conftest import Stage
from tests.money import invoice_of, paid, started
from tests.services.test_billing import ON_PAY, run_of

README = Path(__file__).parent.parent.parent / "README.md"
PLACE = re.compile(r"\b(?:as|As)\s+(rita|omar|hana|carl|zoe|pia)\b|\*\*(.+?)\*\*")


def named() -> list[tuple[str, str]]:
    """List who goes where in the tour, in its order; the README begins as rita."""
    tour = README.read_text(encoding="utf-8").partition("## A tour")[2].partition("\n## ")[0]
    steps = tour[tour.index("\n1.") : tour.index("The JSON API")]
    found, who = [], "rita"
    for person, place in PLACE.findall(steps):
        who = person or who
        if place:
            found.append((who, place.rstrip(".")))
    return found


def waiting(cast: Cast) -> None:
    """Let there be an accepted proposal whose hire is to be recorded, and a hire that is to be activated."""
    accepted(cast, name="Lena Brandt")
    hired(cast, name="Maya Okafor")


def go(page: Page, place: str) -> None:
    """Follow a place as it is written: an address, or links by their names, each on the page of the one before."""
    if place.startswith("/"):
        page.goto(place)
        return
    page.goto("/")
    for name in place.split(" → "):
        _named(page, name).click()


def _named(page: Page, name: str) -> Locator:
    """Find the link that begins with the name: in the navigation, else on the page."""
    starts = re.compile(rf"^\s*{re.escape(name)}")
    listed = page.get_by_role("navigation").get_by_role("link", name=starts)
    return (listed if listed.count() else page.locator("main, header").get_by_role("link", name=starts)).first


def test_every_place_of_the_tour_is_where_it_says(stage: Stage) -> None:
    places = named()
    assert len(places) > 10
    waiting(stage.cast)
    pages: dict[str, Page] = {}
    for who, place in places:
        if who not in pages:
            pages[who] = stage.enter(getattr(stage.cast, who))
        page = pages[who]
        go(page, place)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("heading", level=1)).not_to_contain_text("not found")


def test_the_mails_the_log_and_the_people_are_there_to_read(stage: Stage) -> None:
    hired(stage.cast)
    stage.settle()
    pia = stage.enter(stage.cast.pia)
    pia.goto("/dev/mailbox")
    expect(pia.locator("main")).to_contain_text("Proposal accepted: Maya Okafor")
    go(pia, "Event log")
    for name in ("Type", "Actor"):
        expect(pia.get_by_label(name).first).to_be_attached()
    expect(pia.get_by_role("link", name=re.compile("JSON Lines|JSONL"))).to_be_visible()
    assert pia.request.get("/admin/events.jsonl").ok
    go(pia, "Email")
    expect(pia.locator("main")).to_contain_text("rita@demo.test")
    for place in ("People", "Settings"):
        go(pia, place)
        expect(pia.get_by_role("heading", level=1)).to_contain_text(place)


def test_the_money_is_there_to_follow(stage: Stage) -> None:
    cast = stage.cast
    placement_id = started(cast, **ON_PAY)
    carl, pia, rita = (stage.enter(who) for who in (cast.carl, cast.pia, cast.rita))
    go(carl, "Invoices")
    carl.get_by_role("link", name=re.compile("^INV-")).first.click()
    assert carl.request.get(f"/invoices/{invoice_of(placement_id).id}/pdf").headers["content-type"] == "application/pdf"
    expect(carl.get_by_role("button", name="Report payment")).to_be_visible()
    go(rita, "Earnings")
    expect(rita.locator("main")).to_contain_text("hasn’t paid invoice")
    paid(cast, placement_id)
    run_of(cast)
    go(pia, "Billing")
    expect(pia.locator("main")).to_contain_text("$25,000")
    go(rita, "Earnings")
    expect(rita.locator("main")).to_contain_text("$17,500")
    go(rita, "Simulator")
    expect(rita.locator("main")).to_contain_text("%")
