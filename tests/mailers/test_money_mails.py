"""Mails about money (money.md §8): who is told what, in which notation, and what goes with it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from portal.domain.billing.documents import Details
from portal.domain.notifications import COPY_TRIES
from portal.domain.permissions import system_actor
from portal.mailers import post
from portal.models import Payout, Refund, User
from portal.runtime.clock import simulated
from portal.services import billing_details
from portal.services.billing import decisions, invoices, lifecycle, payments, receipts, runs
from portal.services.identity import accounts, resets
from portal.services.messages import preferences
from portal.services.messages.preferences import ByMail, Wish
from portal.services.placements import corrections
from portal.services.placements.corrections import Right
from tests import hires
from tests.accounts import link_for
from tests.cast import DAY, PASSWORD, Cast
from tests.hires import TODAY
from tests.letters import body, change, deliveries, notices, relayed, rows, told
from tests.mailers.sink import Sink
from tests.money import agreed, begun, invoice_of, job_on, left, paid, started

ON_PAY = {"payout_schedule": "when_paid"}


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def paid_run(cast: Cast) -> None:
    pia = cast.actor(cast.pia)
    run_id = runs.collect(actor=pia, currency="USD")
    runs.approve(run_id, actor=pia)
    payments.pay(run_id, actor=pia, reference="SEPA 7")


def test_the_company_gets_the_invoice_and_nobody_else(cast: Cast) -> None:
    row = invoice_of(started(cast))
    relayed()
    assert told("invoice_issued") == [("invoice_issued", "carl", f"Invoice {row.number}: $25,000")]
    text = body("invoice_issued", "carl")
    assert "Due: 24 Dec 2026" in text
    assert f"/invoices/{row.id}" in text


def test_an_invoice_says_what_credit_has_paid(cast: Cast) -> None:
    paid(cast, started(cast), 3_000_000)
    begun(cast, job_on(cast), name="Jonas Weber")
    relayed()
    text = deliveries(template="invoice_issued")[-1].body_text
    assert "Total: $25,000.00\nAlready paid: $5,000.00\nLeft to pay: $20,000.00\nDue: " in text


def test_an_invoice_in_place_of_a_paid_one_says_what_is_left_to_pay(cast: Cast) -> None:
    placement_id, pia = started(cast), cast.actor(cast.pia)
    paid(cast, placement_id)
    for salary in (13_000_000, 12_000_000):
        corrections.correct(placement_id, actor=pia, right=Right(salary_minor=salary), reason="A typing error")
    relayed()
    _, more, less = (each.body_text for each in deliveries(template="invoice_issued"))
    assert "Total: $26,000.00\nAlready paid: $25,000.00\nLeft to pay: $1,000.00\nDue: " in more
    assert "Already paid: $24,000.00\nLeft to pay: $0.00" in less
    assert ("Once you’ve paid" in more, "You have nothing left to pay." in less) == (True, True)
    assert "what you paid counts toward it" in body("credit_note_issued", "carl")


def test_the_invoice_travels_with_its_mail(cast: Cast, sink: Sink) -> None:
    number = invoice_of(started(cast)).number
    post.relay()
    post.drain()
    letter = next(found for found in sink.kept.values() if number in str(found["Subject"]))
    files = {part.get_filename(): part for part in letter.walk() if part.get_content_type() == "application/pdf"}
    content = files[f"{number}.pdf"].get_payload(decode=True)
    assert number in PdfReader(io.BytesIO(content)).pages[0].extract_text()


def test_the_billing_address_gets_one_copy_however_many_admins_have_come(cast: Cast, sink: Sink) -> None:
    invited = {"organisation_id": cast.acme, "role": "company_admin"}
    accounts.add_member(actor=cast.actor(cast.pia), email="cora@acme.test", name="Cora", **invited)
    resets.reset_password(link_for("cora@acme.test"), PASSWORD)
    for who, email in ((cast.carl, "nora@acme.test"), (cast.pia, "lars@acme.test")):  # they never come
        accounts.add_member(actor=cast.actor(who), email=email, name="Somebody", **invited)
    started(cast)
    agreed()
    post.relay()
    post.drain()
    copies = [letter["To"] for letter in sink.kept.values() if letter["Cc"] == "billing@acme.test"]
    invoiced = [letter for letter in sink.kept.values() if str(letter["Subject"]).startswith("Invoice INV")]
    assert (len(copies), len(invoiced)) == (1, 2)


def test_a_reader_who_is_refused_counts_as_refused_though_the_copy_would_be_taken(cast: Cast, sink: Sink) -> None:
    started(cast)
    post.relay()
    post.drain()
    agreed()
    sink.recipients = ["550 gone"]
    invoice = deliveries(template="invoice_issued")[0]
    change(invoice, state="queued", sent_at=None, next_at=DAY)
    post.drain()
    again = deliveries(template="invoice_issued")[0]
    assert (again.state, again.last_code) == ("dead", 550)
    assert [letter for letter in sink.kept.values() if letter["Cc"]] == []


def test_an_admin_learns_that_the_billing_address_was_refused(cast: Cast, sink: Sink) -> None:
    started(cast)
    post.relay()
    post.drain()
    agreed()
    sink.recipients = ["250 OK", "550 gone"]
    change(deliveries(template="invoice_issued")[0], state="queued", sent_at=None, next_at=DAY)
    post.drain()
    post.relay()
    assert deliveries(template="invoice_issued")[0].state == "sent"
    (told,) = deliveries(template="mail_undelivered", user_id=cast.carl.user_id)
    assert "your company’s billing address" in told.body_text
    assert told.path == "/billing-details"


def test_an_email_waits_a_while_for_a_copy_that_is_refused_for_now_and_then_goes_without(
    cast: Cast, sink: Sink
) -> None:
    started(cast)
    post.relay()
    post.drain()
    agreed()
    for attempt, answer, state, handed_over in (
        (2, "450 later", "queued", 0),
        (3, "250 OK", "sent", 1),
        (COPY_TRIES, "450 later", "sent", 2),
    ):
        sink.recipients = ["250 OK", answer]
        mail = deliveries(template="invoice_issued")[0]
        change(mail, state="queued", sent_at=None, next_at=DAY, attempts=attempt - 1)
        post.drain()
        assert deliveries(template="invoice_issued")[0].state == state
        assert len([letter for letter in sink.taken if letter["Cc"]]) == handed_over
    post.relay()
    assert deliveries(template="mail_undelivered", user_id=cast.carl.user_id)[0].path == "/billing-details"


def test_a_billing_address_gets_nothing_but_the_question_until_it_agrees_by_the_link(cast: Cast, sink: Sink) -> None:
    started(cast)
    post.relay()
    post.drain()
    assert [letter["Cc"] for letter in sink.kept.values() if letter["Cc"]] == []
    (asked,) = [letter for letter in sink.kept.values() if letter["To"] == "billing@acme.test"]
    assert asked["Subject"] == "Would you like copies of Acme Inc.’s invoices?"
    text = asked.get_body(("plain",)).get_content()
    link = re.search(r"/billing-address/\S+", text)
    assert link is not None
    url, stranger = link[0], cast.client()
    assert "Nothing is sent to you until you agree." in stranger.get(url).text
    assert deliveries(template="billing_address")[0].body_text == ""  # the link is in no table
    stranger.post_form(url, {"answer": "agree"}, page=url)
    assert "agreed on" in cast.client(cast.carl).get("/billing-details").text
    stranger.post_form(url, {"answer": "refuse"}, page=url)
    assert "declined copies" in cast.client(cast.carl).get("/billing-details").text
    assert stranger.get(f"{url}x").status_code == 404


def test_an_admin_who_is_the_billing_address_gets_it_once(cast: Cast, sink: Sink) -> None:
    started(cast)
    mine = Details("Acme Inc.", "5 Market Square, Berlin", email=cast.carl.email.upper())
    billing_details.save(cast.acme, actor=cast.actor(cast.carl), details=mine)
    agreed()
    post.relay()
    post.drain()
    assert [letter["Cc"] for letter in sink.kept.values() if letter["Cc"]] == []


def test_a_reminder_says_when_and_of_an_announced_payment_once_that_it_has_not_come(cast: Cast) -> None:
    row, system = invoice_of(started(cast)), system_actor(DAY)
    for day, when in (
        (23, "is due in 7 days"),
        (30, "is due today"),  # announced a day before
        (37, "is due today"),  # it was said that nothing has come
        (44, "is 14 days overdue"),  # announced once more
    ):
        with simulated(DAY + timedelta(days=day - 1)):
            if day in {30, 44}:
                invoices.announce(row.id, actor=cast.actor(cast.carl), paid_on=TODAY, reference="x")
        with simulated(DAY + timedelta(days=day)):
            invoices.remind_due(actor=system)
            relayed()
            assert told("invoice_reminded")[-1] == ("invoice_reminded", "carl", f"Invoice {row.number} {when}")
            assert ("been received yet" in deliveries(template="invoice_reminded")[-1].body_text) is (day >= 30)
    assert hires.types(row.placement_id).count("invoice.overdue") == 1


@pytest.mark.parametrize(
    ("amount", "outstanding", "words"),
    [
        (1_000_000, "$15,000.00", "partly paid"),
        (2_500_000, "$0.00", "paid in full"),
        (2_600_000, "$0.00", "You overpaid by $1,000.00"),
    ],
)
def test_a_receipt_says_whether_all_a_part_or_too_much_came(
    cast: Cast, amount: int, outstanding: str, words: str
) -> None:
    paid(cast, started(cast), amount)
    relayed()
    text = body("payment_received", "carl")
    assert f"Outstanding: {outstanding}" in text
    assert words in text


def test_a_payment_that_went_back_is_told_to_the_company_and_to_whose_payout_waits(cast: Cast) -> None:
    receipt_id = paid(cast, started(cast, **ON_PAY))
    receipts.reverse(receipt_id, actor=cast.actor(cast.pia), reason="No funds")
    relayed()
    assert told("payment_reversed") == [("payment_reversed", "carl", "Payment returned by the bank: $25,000")]
    assert {to for _, to, _ in told("payout_waiting")} == {"rita", "omar"}


def test_each_recruiter_hears_of_the_own_payouts_due_and_paid(cast: Cast) -> None:
    paid(cast, started(cast, **ON_PAY))
    paid_run(cast)
    relayed()
    for template in ("payout_due", "payout_paid"):
        assert {to for _, to, _ in told(template)} == {"rita", "omar"}
    assert "in the payout run on 1 Dec 2026, less" in body("payout_due", "rita")
    text = body("payout_paid", "rita")
    assert "Reference: SEPA 7" in text
    assert "Omar" not in text


def test_a_returned_payout_says_why(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    paid(cast, placement_id)
    paid_run(cast)
    with rows() as session:
        query = select(Payout.id).where(Payout.recruiter_id == cast.rita.recruiter_id).limit(1)
        payout_id = session.scalars(query).one()
    payments.returned(payout_id, actor=cast.actor(cast.pia), reason="Account closed")
    relayed()
    text = body("payout_returned", "rita")
    assert "Reason: Account closed" in text
    assert "in the payout run on 1 Dec 2026." in text


def test_a_failure_tells_both_sides_of_the_refund_and_the_recruiters_what_they_owe(cast: Cast) -> None:
    placement_id = started(cast, remedy="full_refund", **ON_PAY)
    paid(cast, placement_id)
    paid_run(cast)
    left(cast, placement_id, 40)
    relayed()
    assert {to for _, to, _ in told("refund_owed")} == {"rita", "omar", "carl"}
    assert {to for _, to, _ in told("clawback_opened")} == {"rita", "omar"}
    assert told("credit_note_issued") == [("credit_note_issued", "carl", "Credit note CN-2027-00001")]
    with rows() as session:
        refund_id = session.scalars(select(Refund.id)).one()
    decisions.refund_paid(refund_id, actor=cast.actor(cast.pia), paid_on=TODAY, reference="x")
    relayed()
    assert told("refund_paid") == [("refund_paid", "carl", "Refund paid: $25,000 for Maya Okafor")]


def test_a_replacement_owed_is_told_when_it_opens_runs_out_and_ends(cast: Cast) -> None:
    placement_id = started(cast)
    paid(cast, placement_id)
    left(cast, placement_id, 40)
    with simulated(DAY + timedelta(days=65)):
        lifecycle.warn_of_obligations(actor=system_actor(DAY))
        lifecycle.waive(placement_id, actor=cast.actor(cast.carl))
        relayed()
    for template in ("obligation_opened", "obligation_expiring"):
        assert {to for _, to, _ in told(template)} == {"rita", "carl"}
        assert "First to act: You" in body(template, "rita")
        assert "First to act: Rita" in body(template, "carl")
    assert "The company waived it." in body("obligation_closed", "omar")


def test_amounts_are_written_as_their_reader_writes_them(cast: Cast) -> None:
    with rows() as session:
        session.execute(update(User).where(User.id == cast.carl.user_id).values(number_format="de_DE"))
    paid(cast, started(cast), 123_456)
    relayed()
    assert "Received: $1.234,56" in body("payment_received", "carl")
    assert told("payment_received")[0][2].startswith("Payment received: $1.234,56 for INV-")


def test_whoever_wants_no_mails_about_money_gets_none_but_the_notice(cast: Cast) -> None:
    wish = {"money": Wish(ByMail.NEVER, in_app=True)}
    preferences.choose(actor=cast.actor(cast.carl), choices=wish)
    started(cast)
    relayed()
    assert told("invoice_issued") == []
    assert any("Invoice INV-" in notice.title for notice in notices(cast.carl))
