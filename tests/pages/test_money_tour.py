"""The whole way of one fee, on the pages, as each person: paid in two parts, left on day 40, clawback netted later.

$25,000 with 5 % for the platform: 1,250 stays there, and 23,750 is shared 40 / 30 / 20 / 10: 9,500 and 7,125 for rita,
4,750 and 2,375 for omar, so 16,625 and 7,125. All of it goes back when no replacement comes in time. The next hire,
$40,000, gives 2,000 and 38,000: 26,600 for rita, 11,400 for omar; less what they owe: 9,975 and 4,275.
"""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.domain.texts import MINUS
from portal.extensions import db
from portal.jobs import schedule
from portal.models import Placement, Refund
from portal.queries.billing import ledger
from portal.runtime.clock import simulated
from portal.services.billing import verification
from portal.services.placements import placements
from tests import hires
from tests.accounts import signed_in_on
from tests.cast import DAY, Cast, Person
from tests.checking_client import CheckingClient
from tests.money import balance, invoice_of, job_on, ready, started

TERMS = {"payout_schedule": "when_paid", "platform_bp": 500}
DESK = "/admin/billing"


class Tour:
    """The people on their days, and what they do there."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    @contextmanager
    def on(self, day: int, person: Person) -> Iterator[CheckingClient]:
        """Let a person sign in on a day after the start; when they leave, the books balance."""
        at = DAY + timedelta(days=day)
        with simulated(at):
            yield signed_in_on(self.cast, person, at)
            assert [found.difference for found in ledger.trial_balance()] == [0]
            assert verification.verify().findings == ()

    def hire(self, day: int, name: str, salary_minor: int) -> uuid.UUID:
        """Let Acme hire somebody who starts at once, with four roles for rita and omar."""
        carl = self.cast.actor(self.cast.carl)
        with simulated(DAY + timedelta(days=day)):
            proposal_id = hires.accepted(self.cast, job_id=job_on(self.cast, **TERMS), name=name)
            placement_id = placements.hire(proposal_id, actor=carl, salary_minor=salary_minor)
            hires.share(self.cast, placement_id, self.cast.omar, "closer", 2_000)
            hires.share(self.cast, placement_id, self.cast.omar, "support", 1_000)
            placements.activate(placement_id, actor=self.cast.actor(self.cast.carl), start_date=hires.day(day))
        return placement_id

    def receive(self, day: int, placement_id: uuid.UUID, amount: str) -> str:
        """Let pia record what came in, and return the invoice's page."""
        url = f"/invoices/{invoice_of(placement_id).id}"
        with self.on(day, self.cast.pia) as pia:
            said = {"amount_minor": amount, "received_on": str(hires.day(day)), "reference": f"wire {amount}"}
            pia.post_form(f"{url}/receipts", said, page=url)
            return pia.get(url).text

    def pay_out(self, day: int) -> str:
        """Let pia collect, approve and pay a run, and return its page as it was before it was approved."""
        with self.on(day, self.cast.pia) as pia:
            url = pia.post_form(f"{DESK}/runs", {"currency": "USD"}, page=DESK).location
            collected = pia.get(url).text
            pia.post_form(f"{url}/approve", {}, page=url)
            pia.post_form(f"{url}/pay", {"reference": f"SEPA {day}"}, page=url)
            assert f"SEPA {day}" in pia.get(url).text
        return collected

    def read(self, day: int, person: Person, url: str, *figures: str) -> None:
        """Let a person open a page and find these figures there."""
        with self.on(day, person) as browser:
            page = " ".join(browser.get(url).text.split())
        assert [figure for figure in figures if figure not in page] == []


@pytest.fixture
def tour(cast: Cast) -> Tour:
    with simulated(DAY):
        ready(cast)
    return Tour(cast)


@pytest.fixture
def first(tour: Tour) -> uuid.UUID:
    return tour.hire(0, "Maya Okafor", 12_500_000)


@pytest.fixture
def paid_out(tour: Tour, first: uuid.UUID) -> uuid.UUID:
    """Return the first placement after the client paid in two parts and the run went out."""
    tour.receive(10, first, "10000")
    tour.receive(20, first, "15000")
    tour.pay_out(21)
    return first


@pytest.fixture
def gone(tour: Tour, paid_out: uuid.UUID) -> uuid.UUID:
    """Return it after the person left on day 40."""
    url = f"/placements/{paid_out}"
    with tour.on(40, tour.cast.carl) as carl:
        with Session(db.engine) as session:
            version = session.get_one(Placement, paid_out).version
        said = {
            "reason": "candidate_quit",
            "last_day_worked": str(hires.day(40)),
            "version": str(version),
            "candidate": "Maya Okafor",
        }
        carl.post_form(f"{url}/fail", said, page=url)
    return paid_out


@pytest.fixture
def refunded(tour: Tour, gone: uuid.UUID) -> uuid.UUID:
    """Return it after the replacement's deadline passed on day 70."""
    with simulated(DAY + timedelta(days=71)):
        schedule.BY_NAME["expire_obligations"].do()
    return gone


def test_before_the_client_pays_everybody_reads_the_same_fee_and_what_it_waits_for(
    tour: Tour, first: uuid.UUID
) -> None:
    money, number = f"/placements/{first}/money", invoice_of(first).number
    shares = ("$25,000", "$1,250", "$23,750", "$9,500.00", "$7,125.00", "$4,750.00", "$2,375.00")
    for person in (tour.cast.rita, tour.cast.omar, tour.cast.carl, tour.cast.pia):
        tour.read(1, person, money, *shares)
    waits = f"Acme hasn’t paid invoice {number}, due 24 Dec 2026"
    tour.read(1, tour.cast.rita, "/earnings", waits, "$16,625", "Held", "$0 paid, $16,625 expected.")
    tour.read(1, tour.cast.carl, f"/invoices/{invoice_of(first).id}", "$25,000.00", "24 Dec 2026")


def test_the_first_part_releases_nothing_and_the_second_one_everything(tour: Tour, first: uuid.UUID) -> None:
    page = tour.receive(10, first, "10000")
    assert "Partly paid" in page
    assert "$15,000.00" in page
    tour.read(10, tour.cast.rita, "/earnings", "Acme hasn’t paid invoice")
    assert "Paid" in tour.receive(20, first, "15000")
    tour.read(20, tour.cast.rita, "/earnings", "The payout run on 1 Jan 2027", "$9,500.00", "$7,125.00")
    received = f"$15,000 for {invoice_of(first).number}"  # without the platform's part, which it releases
    tour.read(20, tour.cast.carl, f"/placements/{first}/money", received)
    tour.read(20, tour.cast.pia, "/", "Due, but not in a payout run")
    assert (balance("payable"), balance("platform_fees")) == (2_375_000, 125_000)


def test_the_run_pays_everyone_what_the_sheet_says(tour: Tour, first: uuid.UUID) -> None:
    tour.receive(10, first, "10000")
    tour.receive(20, first, "15000")
    collected = tour.pay_out(21)
    assert all(figure in collected for figure in ("$23,750.00", "$16,625.00", "$7,125.00", "DE •••• 3000"))
    december = "/earnings/statement?month=2026-12&currency=USD"
    tour.read(21, tour.cast.rita, december, "Earned", "$16,625.00", "Closing balance", "$0.00")
    tour.read(21, tour.cast.omar, "/earnings", "Paid this year", "$7,125")
    assert (balance("cash"), balance("payable")) == (125_000, 0)


def test_what_a_departure_would_take_is_read_before_it_is_reported(tour: Tour, paid_out: uuid.UUID) -> None:
    back = ("A replacement is owed by 2 Feb 2027", "If none arrives", "$25,000.00", "$16,625.00", "$7,125.00", "$1,250")
    tour.read(40, tour.cast.carl, f"/placements/{paid_out}/fail", *back)
    tour.read(40, tour.cast.pia, f"/placements/{paid_out}/fail", "of which $16,625.00 was paid out")
    with tour.on(40, tour.cast.carl) as carl:
        typed = {"reason": "layoff", "last_day_worked": str(hires.day(40))}
        void = carl.post_htmx(f"/placements/{paid_out}/fail/preview", typed).text
        early = carl.post_htmx(f"/placements/{paid_out}/fail/preview", {"last_day_worked": "2025-01-01"}).text
    assert "void because of the reason" in void
    assert "$" not in void
    assert "Choose a date from 24 Nov 2026" in early


def test_after_the_departure_a_replacement_is_owed_first(tour: Tour, gone: uuid.UUID) -> None:
    money = f"/placements/{gone}/money"
    owed = ("A replacement is owed by 2 Feb 2027", "$25,000.00 goes back to the company")
    tour.read(41, tour.cast.carl, money, *owed, "Waive replacement")
    tour.read(41, tour.cast.rita, money, *owed, "Give up on replacement")
    tour.read(41, tour.cast.omar, money, *owed, "$7,125.00 of it from you")
    tour.read(41, tour.cast.rita, "/", "replacement owed, or the fee is refunded", "$16,625")
    tour.read(41, tour.cast.carl, "/", "replacement owed to you", "$25,000")
    assert (balance("clawback"), balance("refundable")) == (0, 0)


def test_when_the_deadline_passes_everyone_gives_back_in_proportion(tour: Tour, refunded: uuid.UUID) -> None:
    money, cast = f"/placements/{refunded}/money", tour.cast
    tour.read(71, cast.carl, money, "$25,000.00 on credit note CN-2027-00001", "the fee was refunded to the company")
    tour.read(71, cast.carl, f"/invoices/{invoice_of(refunded).id}", "CN-2027-00001", "$25,000.00")
    tour.read(71, cast.rita, "/earnings", "You owe back", "$16,625")
    tour.read(71, cast.rita, money, "You still owe $16,625.00 of what was paid out.", "$9,500.00 deducted")
    tour.read(71, cast.pia, money, "Omar still owes $7,125.00", "Rita still owes $16,625.00")
    tour.read(71, cast.omar, "/earnings", "You owe back", "$7,125")
    february = "/earnings/statement?month=2027-02&currency=USD"
    tour.read(71, cast.rita, february, "Clawed back", "$16,625.00", f"{MINUS}$16,625.00")
    tour.read(71, cast.pia, DESK, "Refunds to pay out", "Open clawbacks", "$25,000.00", "$16,625.00", "$7,125.00")
    tour.read(71, cast.pia, "/", "Acme: refund to pay out", "$25,000")
    assert (balance("clawback"), balance("platform_fees"), balance("refundable")) == (2_375_000, 0, 2_500_000)


def test_the_refund_is_paid_and_the_clawback_netted_in_the_next_run(tour: Tour, refunded: uuid.UUID) -> None:
    cast = tour.cast
    with Session(db.engine) as session:
        refund = f"/refunds/{session.scalars(select(Refund.id)).one()}/paid"
    with tour.on(72, cast.pia) as pia:
        pia.post_form(refund, {"paid_on": str(hires.day(72)), "reference": "Refund 1"}, page=refund)
        assert "More USD has been paid out than received." in pia.get(DESK).text
    tour.receive(74, tour.hire(73, "Ben Two", 20_000_000), "40000")
    collected = tour.pay_out(75)
    nets = ("$38,000.00", "$14,250.00", "$26,600.00", "$16,625.00", "$9,975.00", "$11,400.00", "$7,125.00", "$4,275.00")
    assert [figure for figure in nets if figure not in collected] == []
    february = "/earnings/statement?month=2027-02&currency=USD"
    tour.read(75, cast.rita, "/earnings?state=paid&from=2027-01-01&to=2027-12-31", "deducted for what was owed")
    tour.read(75, cast.rita, february, "$26,600.00", "$9,975.00", "$16,625.00", "Closing balance", "$0.00")
    tour.read(75, cast.rita, "/earnings", "Paid this year", "$9,975", "Paid all time", "$26,600", "2026</a> $16,625.00")
    assert (balance("clawback"), balance("payable"), balance("refundable")) == (0, 0, 0)
    assert balance("cash") == balance("platform_fees") == 200_000
    an_accountant_follows(tour)


def an_accountant_follows(tour: Tour) -> None:
    """Add up the files of the whole way: each sum follows from the others."""
    with tour.on(75, tour.cast.pia) as pia:
        invoices, received, notes, payouts, runs, ledger = (
            table(pia, url)
            for url in ("/invoices", "/receipts", "/credit-notes", "/earnings", f"{DESK}/runs", f"{DESK}/ledger")
        )
    parts = ("Received", "Credited", "Written off", "Outstanding")
    due = [Decimal(row["Total"]) + Decimal(row["To be refunded"]) for row in invoices]
    assert due == [sum(Decimal(row[part]) for part in parts) for row in invoices]
    assert (added(invoices, "To be refunded"), added(invoices, "Written off")) == (added(notes, "To be refunded"), 0)
    assert added(invoices, "Received") == added(received, "Amount") == Decimal(65_000)
    assert added(invoices, "Credited") == added(notes, "Total") == Decimal(25_000)
    assert added(payouts, "In run") - added(payouts, "Deducted") == added(payouts, "Paid out")
    assert added(payouts, "Paid out") == added(runs, "Net") == Decimal(38_000)
    of_rita = [row for row in ledger if row["Debited"] == "Payable" and row["Debited party"] == "Rita"]
    assert added(of_rita, "Amount") == Decimal(16_625 + 26_600)
    assert {row["Document"] for row in of_rita} == {"SEPA 21", "SEPA 75"}
    with tour.on(75, tour.cast.rita) as rita:
        lines = table(rita, "/earnings/statement?month=2027-02&currency=USD")
    assert [(line["What"], line["Document"], line["Amount"], line["Balance"]) for line in lines] == [
        ("Opening balance", "", "", "0.00"),
        ("Refund to the company", "CN-2027-00001", "-16625.00", "-16625.00"),
        ("Earned", "", "26600.00", "9975.00"),
        ("Paid out", "SEPA 75", "-9975.00", "0.00"),
        ("Closing balance", "", "", "0.00"),
    ]


def table(browser: CheckingClient, url: str) -> list[dict[str, str]]:
    """Read a list or a statement as its CSV has it."""
    text = browser.get(f"{url}{'&' if '?' in url else '?'}format=csv").text
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def added(rows: list[dict[str, str]], name: str) -> Decimal:
    return sum((Decimal(row[name]) for row in rows), Decimal(0))


def test_who_leaves_on_the_last_day_costs_nothing_pro_rata_and_the_page_says_so(tour: Tour) -> None:
    with simulated(DAY):
        placement_id = started(tour.cast, **TERMS, remedy="pro_rata")
    tour.receive(1, placement_id, "25000")
    with simulated(DAY + timedelta(days=94)):  # in the days of grace
        day = hires.day(90)
        carl = tour.cast.actor(tour.cast.carl)
        placements.fail(placement_id, actor=carl, reason="candidate_quit", last_day_worked=day)
    said = "The last day worked was 22 Feb 2027, day 90 of 90. Under these terms, nothing is refunded."
    for person in (tour.cast.carl, tour.cast.rita):
        tour.read(94, person, f"/placements/{placement_id}/money", said)
    assert balance("platform_fees") == 125_000
