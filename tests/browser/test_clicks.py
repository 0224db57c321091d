"""The work of a day in a browser, each part walked from the start page to what it brings, with its clicks counted."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from portal.runtime.clock import simulated
from portal.services.placements import placements
from tests.browser.test_pages_axe import signed_in
from tests.cast import DAY, Cast
from tests.hires import TODAY, accepted, hired
from tests.marketplace import claimed, posted, proposed
from tests.money import paid, started
from tests.services.test_billing import ON_PAY, pay_run, run_of

ROWS = """name,email
Ada Park,ada@mail.test
Bo Lind,bo@mail.test
Cy Roth,cy@mail.test
Di Vega,di@mail.test
Lena Brandt,lena@mail.test
"""


class Hand:
    """What one person does in a browser: clicks count, and so does each choice; typing does not, as Tab leads there."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0
        page.set_default_timeout(10_000)

    def starts(self) -> None:
        self.page.goto("/")
        self.clicks = 0

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.first.click()

    def link(self, name: str | re.Pattern[str]) -> None:
        self.click(self.page.get_by_role("link", name=name))

    def button(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name))

    def choose(self, label: str, option: str) -> None:
        self.clicks += 1
        self.page.get_by_label(label, exact=True).select_option(label=option)

    def upload(self, label: str, name: str, text: str) -> None:
        self.clicks += 1
        file: FilePayload = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
        self.page.get_by_label(label).set_input_files(file)

    def type(self, label: str, text: str) -> None:
        self.page.get_by_label(label).last.fill(text)

    def sees(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.locator("main")).to_contain_text(text)


def claims_a_new_candidate(rita: Hand) -> None:
    rita.link("Candidates")
    rita.link("Add candidate")
    rita.type("Full name", "Eva Holm")
    rita.type("Email", "eva@mail.test")
    rita.choose("Source", "LinkedIn")
    rita.button("Add candidate")
    rita.sees(re.compile("Eva Holm.*Yours", re.DOTALL))


def proposes(rita: Hand) -> None:
    rita.link("Candidates")
    rita.link("Lena Brandt")
    rita.link("Propose")
    rita.choose("Job", "Staff ML Engineer, Acme")
    rita.type("Pitch", "Led ranking at a large marketplace.")
    rita.button("Send proposal")
    rita.sees(re.compile("Lena Brandt.*Proposed", re.DOTALL))


def accepts(hana: Hand) -> None:
    hana.link(re.compile("^Decide"))
    hana.sees("Under review")  # the card is swapped by then
    hana.page.clock.install()
    hana.button("Accept proposal")
    expect(hana.page.get_by_text("Accepting K. N.")).to_be_visible()  # held for five seconds, in which it can be undone
    hana.page.clock.fast_forward(5_000)
    hana.sees("Kim Novak")


def records_a_hire(carl: Hand) -> None:
    carl.link(re.compile("^Record hire.*Jon Reyes"))
    carl.type("Annual salary", "125,000")
    carl.button("Record hire")
    carl.sees(re.compile("Jon Reyes.*Hired", re.DOTALL))


def adds_a_collaborator(rita: Hand) -> None:
    rita.link("Placements")
    rita.link("Ana Silva")
    rita.link("Add collaborator")
    rita.type("Find a recruiter", "Omar")
    expect(rita.page.get_by_label("Recruiter", exact=True)).not_to_have_value(
        "", timeout=20_000
    )  # whom the search found is chosen
    rita.type("Share of the fee", "10")
    rita.button("Add to team")
    expect(rita.page.get_by_role("table")).to_contain_text("Omar")


def learns_what_was_earned_this_year(rita: Hand) -> None:
    rita.link("Earnings")
    expect(rita.page.get_by_role("table", name="Totals by currency")).to_contain_text("$17,500.00")


def learns_who_changed_a_split(carl: Hand) -> None:
    carl.link("Placements")
    carl.link("Ana Silva")
    carl.sees("Rita · Omar joined as support with 10%")


def learns_which_guarantees_end(carl: Hand) -> None:
    carl.link("Active placements")
    expect(carl.page.locator("tbody tr").first).to_contain_text("Ida Moss")


def imports_five_of_whom_one_is_known(rita: Hand) -> None:
    rita.link("Candidates")
    rita.link("Import")
    rita.upload("Workbook or CSV file", "people.csv", ROWS)
    rita.button("Preview")
    rita.click(rita.page.get_by_label("Claim all new candidates"))
    rita.choose("Source", "LinkedIn")
    rita.button("Add 4 candidates")
    rita.sees("4 added, 4 claimed; 1 already")


MOST: tuple[tuple[str, Callable[[Hand], None], int], ...] = (
    ("hana", accepts, 2),
    ("rita", claims_a_new_candidate, 5),
    ("rita", proposes, 5),
    ("carl", records_a_hire, 2),
    ("rita", adds_a_collaborator, 4),
    ("rita on a phone", learns_what_was_earned_this_year, 1),
    ("carl", learns_who_changed_a_split, 2),
    ("carl", learns_which_guarantees_end, 1),
    ("rita", imports_five_of_whom_one_is_known, 7),
)


def prepare(cast: Cast) -> None:
    """Make what the walks begin with: a name for each."""
    paid(cast, started(cast, **ON_PAY))
    pay_run(cast, run_of(cast))
    job_id = posted(cast)
    claimed(cast, name="Lena Brandt", email="lena@mail.test")
    proposed(cast, job_id=job_id, name="Kim Novak")
    accepted(cast, job_id=job_id, name="Jon Reyes")
    hired(cast, job_id=job_id, name="Ana Silva")
    ending = hired(cast, job_id=job_id, name="Ida Moss")
    placements.activate(ending, actor=cast.actor(cast.carl), start_date=TODAY, guarantee_days=5)


def test_the_work_of_a_day_takes_few_clicks(cast: Cast, chromium: Browser, address: str) -> None:
    with simulated(DAY):
        prepare(cast)
        hands = {who: Hand(signed_in(chromium, cast, who.split()[0], address)) for who in {who for who, _, _ in MOST}}
        for who in ("carl", "rita on a phone"):
            hands[who].page.set_viewport_size({"width": 390, "height": 844})
        taken: dict[str, int] = {}
        for who, walk, _ in MOST:
            hands[who].starts()
            walk(hands[who])
            taken[walk.__name__] = hands[who].clicks
        for hand in hands.values():
            hand.page.context.close()
    assert [f"{walk.__name__}: {taken[walk.__name__]}" for _, walk, most in MOST if taken[walk.__name__] > most] == []
