"""What is decided about money on pages of its own: who may, what it says before, what follows."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.extensions import db
from portal.models import Clawback, Payout, Receipt, Refund
from portal.runtime.clock import simulated
from portal.services.billing import payments, receipts, runs
from portal.services.identity import accounts
from tests.cast import DAY, Cast, Person
from tests.checking_client import CheckingClient, inputs
from tests.hires import hired
from tests.money import balance, invoice_of, left, paid, started

ON_PAY = {"payout_schedule": "when_paid"}
TODAY = f"{DAY:%Y-%m-%d}"


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def newest(model: type, **values: object) -> uuid.UUID:
    with Session(db.engine) as session:
        return session.scalars(select(model.id).filter_by(**values).order_by(model.id)).first()


def paid_out(cast: Cast, **terms: object) -> uuid.UUID:
    """Let a placement be paid for and its recruiters be paid."""
    pia, placement_id = cast.actor(cast.pia), started(cast, **ON_PAY, **terms)
    paid(cast, placement_id)
    run_id = runs.collect(actor=pia, currency="USD")
    runs.approve(run_id, actor=pia)
    payments.pay(run_id, actor=pia, reference="SEPA 1")
    return placement_id


def send(cast: Cast, person: Person, url: str, **said: str) -> CheckingClient:
    browser = cast.client(person)
    answer = browser.post_form(url, said, page=url)
    assert answer.status_code == 303, answer.text
    return browser


def test_a_refund_is_recorded_as_paid_and_leaves_the_list(cast: Cast) -> None:
    placement_id = started(cast, remedy="full_refund")
    paid(cast, placement_id)
    left(cast, placement_id, 0)
    url = f"/refunds/{newest(Refund)}/paid"
    page = cast.client(cast.pia).get(url).text
    assert "Refund to Acme" in page
    assert "$25,000.00 is owed" in page
    assert url in cast.client(cast.pia).get("/admin/billing").text
    browser = send(cast, cast.pia, url, paid_on=TODAY, reference="Out 1")
    assert url not in browser.get("/admin/billing").text
    assert balance("refundable") == 0
    again = browser.post_form(url, {"paid_on": TODAY, "reference": "Out 2"}, page=url)
    assert again.status_code == 409


def test_what_a_company_overpaid_is_paid_back_from_the_desk(cast: Cast) -> None:
    paid(cast, started(cast), 2_600_000)
    promised = "$1,000.00; it will be applied to your next invoice or refunded."
    assert promised in cast.client(cast.carl).get("/invoices").text
    url = f"/organisations/{cast.acme}/credit/paid"
    assert url in cast.client(cast.pia).get("/admin/billing").text
    assert "$1,000.00 was overpaid" in cast.client(cast.pia).get(url).text
    browser = send(cast, cast.pia, url, currency="USD", paid_on=TODAY, reference="Out 1")
    assert url not in browser.get("/admin/billing").text
    over = browser.get(url).text
    assert "Acme has no credit to pay out" in over
    assert 'name="reference"' not in over  # there is nothing to ask
    said = {"currency": "USD", "paid_on": TODAY, "reference": "Out 2"}
    again = browser.post_form(url, said, page="/admin/billing")
    assert again.status_code == 409
    assert "no credit in this currency" in again.text
    assert '"Out 1"' in browser.get("/admin/billing/ledger?format=csv").text


def test_what_was_paid_out_before_the_bank_took_the_receipt_back_is_exposed(cast: Cast) -> None:
    placement_id = paid_out(cast)
    receipt_id = newest(Receipt)
    assert "no longer covered" not in cast.client(cast.pia).get("/admin/billing").text
    receipts.reverse(receipt_id, actor=cast.actor(cast.pia), reason="No funds")
    page = " ".join(cast.client(cast.pia).get("/admin/billing").text.split())
    assert "Paid out but no longer covered" in page
    assert "$25,000.00" in page[page.index("no longer covered") :][:1_200]
    paid(cast, placement_id, 2_500_000)
    assert "no longer covered" not in cast.client(cast.pia).get("/admin/billing").text


def test_a_clawback_is_repaid_in_part_and_the_rest_written_off(cast: Cast) -> None:
    left(cast, paid_out(cast, remedy="full_refund"), 0)
    clawback = newest(Clawback, recruiter_id=cast.omar.recruiter_id)
    assert "$7,500.00 is outstanding" in cast.client(cast.pia).get(f"/clawbacks/{clawback}/repaid").text
    send(cast, cast.pia, f"/clawbacks/{clawback}/repaid", amount_minor="2,500.00", received_on=TODAY, reference="In 1")
    assert balance("clawback", cast.omar.recruiter_id) == 500_000
    url = f"/clawbacks/{clawback}/write-off"
    assert "Nothing is outstanding." in send(cast, cast.pia, url, reason="Insolvent.").get(url).text
    assert balance("clawback", cast.omar.recruiter_id) == 0
    assert balance("write_off") == 500_000


def test_a_repayment_of_more_than_is_open_is_refused_and_kept(cast: Cast) -> None:
    left(cast, paid_out(cast, remedy="full_refund"), 0)
    url = f"/clawbacks/{newest(Clawback)}/repaid"
    said = {"amount_minor": "99,999.00", "received_on": TODAY, "reference": "In 77"}
    answer = cast.client(cast.pia).post_form(url, said, page=url)
    assert answer.status_code == 422
    assert "up to the outstanding amount" in answer.text
    assert "In 77" in answer.text


def test_what_is_outstanding_is_written_off_from_the_invoice(cast: Cast) -> None:
    row = invoice_of(started(cast))
    url = f"/invoices/{row.id}/write-off"
    assert url in cast.client(cast.pia).get(f"/invoices/{row.id}").text
    assert url not in cast.client(cast.carl).get(f"/invoices/{row.id}").text
    asked = cast.client(cast.pia).get(url).text
    assert "$25,000.00 is outstanding. Writing it off reduces what each person gets: " in asked
    assert "Omar $7,500.00" in asked
    browser = send(cast, cast.pia, url, reason="Bankrupt.")
    assert url not in browser.get(f"/invoices/{row.id}").text
    assert balance("receivable") == 0
    for who in (cast.pia, cast.carl):  # with what was written off the sums add up
        page = cast.client(who).get(f"/invoices/{row.id}").text
        assert '<th scope="row">Written off</th><td class="n amt">$25,000.00</td>' in page
        for shown in (page, cast.client(who).get("/invoices").text):  # its state; it was never credited
            assert "Written off</span>" in shown
            assert "Credited</span>" not in shown
        panel = cast.client(who).get(f"/placements/{row.placement_id}/money").text
        assert "$25,000.00, written off." in panel
    assert "$2,500.00 deducted" in cast.client(cast.omar).get(f"/placements/{row.placement_id}/money").text


def test_money_is_not_decided_on_by_a_page_that_showed_other_sums(cast: Cast) -> None:
    placement_id = started(cast)
    url, browser = f"/invoices/{invoice_of(placement_id).id}/write-off", cast.client(cast.pia)
    old = inputs(browser.get(url).text, url)
    paid(cast, placement_id, 1_000_000)
    refused = browser.post(url, data={**old, "reason": "Bankrupt."})
    assert (refused.status_code, "The figures changed since you opened" in refused.text) == (409, True)
    assert "$15,000.00 is outstanding" in refused.text
    assert balance("receivable") == 1_500_000
    assert browser.post(url, data={**inputs(refused.text, url), "reason": "Bankrupt."}).status_code == 303


def test_a_payment_that_came_back_is_due_again(cast: Cast) -> None:
    paid_out(cast)
    payout = newest(Payout, role="closer")
    url = f"/payouts/{payout}/returned"
    assert "$5,000.00 was returned" in cast.client(cast.pia).get(url).text
    browser = send(cast, cast.pia, url, reason="Account closed.")
    with Session(db.engine) as session:
        run_id = session.get_one(Payout, payout).run_id
    assert "Returned" in browser.get(f"/admin/billing/runs/{run_id}").text
    assert balance("payable", cast.omar.recruiter_id) == 500_000
    assert browser.post_form(url, {"reason": "Again."}, page=url).status_code == 409


def test_the_company_waives_a_replacement_and_the_page_says_so(cast: Cast) -> None:
    placement_id = started(cast)
    paid(cast, placement_id)
    left(cast, placement_id, 10)
    page = f"/placements/{placement_id}/money"
    with simulated(DAY + timedelta(days=10)):
        assert "A replacement is owed by 3 Jan 2027" in cast.client(cast.carl).get(page).text
        browser = send(cast, cast.carl, f"/placements/{placement_id}/obligation/waive")
        assert "The company waived the replacement." in browser.get(page).text
    assert balance("payable") == 2_500_000


def test_a_replacement_names_the_submitter_as_long_as_they_may_propose(cast: Cast) -> None:
    placement_id = started(cast)
    paid(cast, placement_id)
    left(cast, placement_id, 10)
    said, page = "has the first chance to find one", f"/placements/{placement_id}/money"
    with simulated(DAY + timedelta(days=10)):
        assert f"Rita {said}" in cast.client(cast.carl).get(page).text
        accounts.set_recruiter_status(cast.rita.recruiter_id, actor=cast.actor(cast.pia), status="suspended")
        assert said not in cast.client(cast.carl).get(page).text


def test_only_the_submitter_gives_up_and_reads_what_follows(cast: Cast) -> None:
    placement_id = started(cast)
    paid(cast, placement_id)
    left(cast, placement_id, 10)
    page, url = f"/placements/{placement_id}/money", f"/placements/{placement_id}/obligation/give-up"
    with simulated(DAY + timedelta(days=10)):
        assert url in cast.client(cast.rita).get(page).text
        assert url not in cast.client(cast.omar).get(page).text
        assert cast.client(cast.omar).post_form(url, {}, page=url).status_code == 403
        assert "$25,000.00 of the fee will be refunded" in cast.client(cast.rita).get(url).text
        browser = send(cast, cast.rita, url)
        assert "the fee was refunded to the company" in browser.get(page).text


def test_nothing_is_decided_where_nothing_is(cast: Cast) -> None:
    nobody, browser = uuid.UUID(int=7), cast.client(cast.pia)
    for path in ("refunds/{}/paid", "clawbacks/{}/repaid", "payouts/{}/returned", "placements/{}/obligation/waive"):
        assert browser.get(f"/{path.format(nobody)}").status_code == 404


def test_a_placement_without_money_owes_no_replacement(cast: Cast) -> None:
    placement_id = hired(cast)
    assert cast.client(cast.carl).get(f"/placements/{placement_id}/obligation/waive").status_code == 404
