"""Money on pages: earnings, invoices and the platform's desk, each for whom they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from portal.domain.settings import PlatformLimits
from portal.runtime.clock import simulated
from portal.services import settings
from portal.services.billing import limits
from tests import hires
from tests.accounts import signed_in_on
from tests.cast import DAY, Cast
from tests.money import begun, invoice_of, job_on, left, paid, ready, started
from tests.services.test_billing import pay_run, run_of
from tests.services.test_billing_refused import forget_the_books

NEW_YEAR_IN_TOKYO = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
ON_PAY = {"payout_schedule": "when_paid", "platform_bp": 500}


@pytest.fixture(autouse=True)
def _day() -> Iterator[None]:
    with simulated(DAY):
        yield


def test_a_recruiter_reads_what_each_payout_waits_for(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    page = cast.client(cast.rita).get("/earnings").text
    assert f"Acme hasn’t paid invoice {invoice_of(placement_id).number}" in page
    assert "$9,500.00" in page
    assert "$7,125.00" in page


def test_the_payouts_can_be_narrowed_by_state(cast: Cast) -> None:
    started(cast, **ON_PAY)
    assert "No payouts match these filters" in cast.client(cast.rita).get("/earnings?state=paid").text


def test_nobody_reads_the_earnings_of_somebody_else(cast: Cast) -> None:
    started(cast)
    url = f"/earnings?recruiter={cast.rita.recruiter_id}"
    assert cast.client(cast.omar).get(url).status_code == 404
    assert cast.client(cast.pia).get(url).status_code == 200
    assert cast.client(cast.carl).get("/earnings").status_code == 403


def test_a_statement_has_opening_earned_and_closing_and_a_file(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    paid(cast, placement_id)
    page = cast.client(cast.rita).get(f"/earnings/statement?month={DAY:%Y-%m}&currency=USD").text
    assert f'<div class="lede">{cast.rita.name}<' in page
    assert "Closing balance" in page
    assert f"Statement {DAY:%B %Y}, USD" in page
    assert "$16,625.00" in page
    assert 'This month’s statement<span class="vh"> in USD</span>' in cast.client(cast.rita).get("/earnings").text
    file = cast.client(cast.rita).get("/earnings/statement?format=csv&currency=USD").text
    assert "16625" in file or "9500" in file


def test_a_payment_of_which_all_was_deducted_has_its_line_in_the_statement(cast: Cast) -> None:
    first = started(cast, remedy="full_refund", **ON_PAY)
    paid(cast, first)
    pay_run(cast, run_of(cast))
    left(cast, first, 0)  # rita owes back 16,625, and earns as much with the next hire
    paid(cast, begun(cast, job_on(cast, **ON_PAY), name="Ben Two"), reference="wire 2")
    pay_run(cast, run_of(cast))
    rita, url = cast.client(cast.rita), f"/earnings/statement?month={DAY:%Y-%m}&currency=USD"
    assert "$16,625.00 deducted for what was owed" in rita.get(url).text
    file = rita.get(f"{url}&format=csv").text
    assert '"Paid out","Ben Two","INV-2026-00002","SEPA 1","USD","0.00","16625.00","0.00"' in file


def test_lists_files_and_statements_count_the_days_of_money_in_the_platforms_zone(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    with simulated(NEW_YEAR_IN_TOKYO):
        settings.change_platform(actor=cast.actor(cast.pia), limits=PlatformLimits(time_zone="Asia/Tokyo"))  # 1 January
        paid(cast, placement_id)
        pay_run(cast, run_of(cast))
        rita, pia = (signed_in_on(cast, who, NEW_YEAR_IN_TOKYO) for who in (cast.rita, cast.pia))
        page = rita.get("/earnings?state=paid&from=2027-01-01&to=2027-01-31").text
        assert "Paid from (Asia/Tokyo)" in page
        assert "1 Jan 2027" in page
        assert "No payouts match" in rita.get("/earnings?state=paid&from=2026-12-01&to=2026-12-31").text
        file = rita.get("/earnings?state=paid&from=2027-01-01&format=csv").text
        assert '"Paid (Asia/Tokyo)"' in file
        assert '"2027-01-01 08:30"' in file
        assert 'paid">1 Jan 2027<' in rita.get(f"/placements/{placement_id}/money").text
        for books in ("/admin/billing/ledger", "/admin/billing/runs"):
            assert "1 Jan 2027" in pia.get(f"{books}?from=2027-01-01").text


@pytest.mark.parametrize("query", ["month=2026-13", "month=x", "month=9999-12", "currency=XXX"])
def test_a_month_or_currency_that_is_none_is_not_found(cast: Cast, query: str) -> None:
    assert cast.client(cast.rita).get(f"/earnings/statement?{query}").status_code == 404


def test_the_money_of_a_placement_stands_on_its_page(cast: Cast) -> None:
    placement_id = started(cast, **ON_PAY)
    for person in (cast.rita, cast.carl, cast.pia):
        page = cast.client(person).get(f"/placements/{placement_id}/money").text
        assert "$25,000" in page
        assert "Everyone is paid in full once the company has paid." in page
    hana = cast.client(cast.hana)
    assert hana.get(f"/placements/{placement_id}/money").status_code == 403
    history = hana.get(f"/placements/{placement_id}").text
    assert "Placement activated" in history
    assert "Invoice issued" not in history  # what moves because of it is no hiring manager's to read
    assert cast.client(cast.zoe).get(f"/placements/{placement_id}/money").status_code == 404


def test_a_company_reads_its_invoice_and_announces_the_payment(cast: Cast) -> None:
    row = invoice_of(started(cast))
    browser = cast.client(cast.carl)
    assert row.number in browser.get("/invoices").text
    said = {"paid_on": f"{DAY:%Y-%m-%d}", "reference": "SEPA 1"}
    browser.post_form(f"/invoices/{row.id}/announce", said, page=f"/invoices/{row.id}")
    reported = f"Payment reported, made on {DAY:%d %b %Y}: SEPA 1"
    assert reported in cast.client(cast.pia).get(f"/invoices/{row.id}").text  # what to look for at the bank
    receiving = cast.client(cast.pia).get(f"/invoices/{row.id}?reported=1").text
    assert 'value="SEPA 1"' in receiving
    assert f'value="{DAY:%Y-%m-%d}"' in receiving
    paid(cast, invoice_of(row.placement_id).placement_id, 1_000_000)
    assert "Payment reported," not in browser.get(f"/invoices/{row.id}").text  # it came, the rest was not announced
    assert cast.client(cast.zoe).get(f"/invoices/{row.id}").status_code == 404
    assert cast.client(cast.rita).get("/invoices").status_code == 403


@pytest.mark.parametrize("path", ["/invoices", "/receipts"])
def test_lists_of_documents_name_companies_to_whom_reads_those_of_several(cast: Cast, path: str) -> None:
    row = invoice_of(started(cast))
    paid(cast, row.placement_id, 1_000_000)
    ours, theirs = (
        re.search(r"<table.*</table>", cast.client(who).get(path).text, re.S) for who in (cast.pia, cast.carl)
    )
    assert ours
    assert theirs
    assert "Acme" in ours[0]
    assert "Acme" not in theirs[0]
    assert row.number in theirs[0]


def test_the_platform_records_a_receipt_and_reverses_it(cast: Cast) -> None:
    row = invoice_of(started(cast))
    browser, url = cast.client(cast.pia), f"/invoices/{row.id}"
    said = {"amount_minor": "10000", "received_on": f"{DAY:%Y-%m-%d}", "reference": "wire"}
    browser.post_form(f"{url}/receipts", said, page=url)
    page = browser.get(url).text
    assert ("Partly paid" in page, "Record another receipt" in page) == (True, False)
    browser.post_form(f"{url}/receipts", {**said, "amount_minor": "15000"}, page=url)
    assert "Nothing is outstanding, so whatever else was paid becomes the company’s credit." in browser.get(url).text
    link = page.split('href="/receipts/')[1].split('"')[0]
    reverse = f"/receipts/{link}".replace("&amp;", "&")
    browser.post_form(reverse, {"reason": "Returned by the bank."}, page=reverse)
    assert "Reversed" in browser.get(url).text


def test_a_receipt_that_is_refused_keeps_what_was_typed(cast: Cast) -> None:
    row = invoice_of(started(cast))
    url = f"/invoices/{row.id}"
    said = {"amount_minor": "0", "received_on": f"{DAY:%Y-%m-%d}", "reference": "wire 77"}
    answer = cast.client(cast.pia).post_form(f"{url}/receipts", said, page=url)
    assert answer.status_code == 422
    assert "wire 77" in answer.text


def test_a_run_is_collected_approved_and_paid(cast: Cast) -> None:
    paid(cast, started(cast, **ON_PAY))
    browser, desk = cast.client(cast.pia), "/admin/billing"
    answer = browser.post_form(f"{desk}/runs", {"currency": "USD"}, page=desk)
    url = answer.location
    assert "$16,625.00" in browser.get(url).text
    assert "everyone is paid twice" not in browser.get(url).text
    browser.post_form(f"{url}/approve", {}, page=url)
    assert "everyone is paid twice" in browser.get(url).text
    browser.post_form(f"{url}/pay", {"reference": "Bank 4711"}, page=url)
    assert "Bank 4711" in browser.get(url).text
    assert "Rita" in browser.get(f"{url}?format=csv").text
    assert "Trial balance in USD" in browser.get(desk).text


def test_a_run_is_cancelled_and_nothing_due_is_said(cast: Cast) -> None:
    browser, desk = cast.client(cast.pia), "/admin/billing"
    assert "Nothing is due" in browser.post_form(f"{desk}/runs", {"currency": "USD"}, page=desk).text
    assert "Collect due payouts" not in browser.get(desk).text
    paid(cast, started(cast, **ON_PAY))
    assert re.findall(">([A-Z]{3})</option>", browser.get(desk).text) == ["USD"]
    url = browser.post_form(f"{desk}/runs", {"currency": "USD"}, page=desk).location
    assert "Cancel this run?" in browser.get(url).text
    browser.post_form(f"{url}/cancel", {}, page=url)
    assert "Canceled" in browser.get(url).text


def test_only_the_platform_opens_the_desk(cast: Cast) -> None:
    for person in (cast.rita, cast.carl, cast.hana):
        assert cast.client(person).get("/admin/billing").status_code == 403


def test_what_is_older_than_invoicing_is_issued_by_a_click_on_a_list_that_says_what(cast: Cast) -> None:
    placement_id, pia = hires.active(cast, job_id=job_on(cast, tax_bp=2_000)), cast.client(cast.pia)
    forget_the_books()
    assert "The platform must enter billing details first" in pia.get("/admin/billing").text
    ready(cast)
    page = pia.get("/admin/billing").text
    said = ("Nothing is issued until you choose to", "$25,000.00", "$5,000.00", "$30,000.00", "24 Dec")
    assert [words for words in said if words not in page] == []
    pia.post_form(f"/admin/billing/adopt/{placement_id}", {}, page="/admin/billing")
    row = invoice_of(placement_id)
    assert (row.total_minor, row.due_on) == (3_000_000, hires.day(30))
    assert "Issue invoice" not in pia.get("/admin/billing").text


def test_a_company_enters_its_billing_details_once_and_changes_them(cast: Cast) -> None:
    browser, url = cast.client(cast.carl), "/billing-details"
    said = {"legal_name": "Acme GmbH", "address": "5 Market Square", "version": "0"}
    browser.post_form(url, said, page=url)
    page = browser.get(url).text
    assert "Acme GmbH" in page
    assert 'value="1"' in page
    answer = browser.post_form(url, {**said, "legal_name": "Acme AG"}, page=url)
    assert answer.status_code == 409
    assert "Acme AG" in answer.text


def test_billing_details_need_a_name_and_an_address(cast: Cast) -> None:
    answer = cast.client(cast.pia).post_form("/billing-details", {"legal_name": "House"}, page="/billing-details")
    assert answer.status_code == 422
    assert "Enter the address on invoices." in answer.text


# --- bank details ---------------------------------------------------------------------------------------------------

PAYEE = {"legal_name": "Rita L", "legal_form": "person", "iban": "DE89 3704 0044 0532 0130 00", "version": "0"}


def test_a_recruiter_enters_where_payouts_go_and_reads_from_when(cast: Cast) -> None:
    browser, url = cast.client(cast.rita), "/earnings/payee"
    assert "Add your bank details" in browser.get("/earnings").text
    browser.post_form(url, PAYEE, page=url)
    page = browser.get(url).text
    assert "DE •••• 3000" in page
    assert "On hold until" in page
    assert "0532 0130" not in page
    assert "Payouts can go to DE •••• 3000" in browser.get("/earnings").text
    answer = browser.post_form(url, {**PAYEE, "version": "1"}, page=url)
    assert "Nothing changed." in browser.get(answer.location).text


def test_a_wrong_iban_is_told_at_its_field_and_what_was_typed_is_kept(cast: Cast) -> None:
    url = "/earnings/payee"
    answer = cast.client(cast.rita).post_form(url, {**PAYEE, "iban": "DE00 1111"}, page=url)
    assert answer.status_code == 422
    assert "Enter a valid IBAN" in answer.text
    assert "DE00 1111" in answer.text


def test_only_recruiters_have_bank_details(cast: Cast) -> None:
    for person in (cast.carl, cast.hana, cast.pia, cast.zoe):
        assert cast.client(person).get("/earnings/payee").status_code == 403


def test_the_file_of_a_run_has_the_accounts_and_its_page_shows_them_masked(cast: Cast) -> None:
    paid(cast, started(cast, **ON_PAY))
    browser, desk = cast.client(cast.pia), "/admin/billing"
    url = browser.post_form(f"{desk}/runs", {"currency": "USD"}, page=desk).location
    page = browser.get(url).text
    assert "DE •••• 3000" in page
    assert "DE89370400440532013000" not in page
    head, *lines = browser.get(f"{url}?format=csv").text.lstrip("\ufeff").splitlines()
    assert "account_holder" in head
    assert all("DE89370400440532013000" in line for line in lines)


def test_a_run_above_the_limit_asks_for_another_admin_and_says_where_there_is_none(cast: Cast) -> None:
    limits.change(actor=cast.actor(cast.pia), four_eyes_minor=100_000, small_difference_minor=1_000)
    paid(cast, started(cast, **ON_PAY))
    browser, desk = cast.client(cast.pia), "/admin/billing"
    page = browser.get(browser.post_form(f"{desk}/runs", {"currency": "USD"}, page=desk).location).text
    assert "an admin other than Pia has to approve it. There is no other platform admin yet" in page
    assert "Approve run" not in page


def test_the_desk_says_what_is_held_back_and_why(cast: Cast) -> None:
    paid(cast, started(cast, **ON_PAY))
    rita = cast.client(cast.rita)
    rita.post_form("/earnings/payee", {**PAYEE, "legal_name": "Other", "version": "1"}, page="/earnings/payee")
    pia, desk = cast.client(cast.pia), "/admin/billing"
    page = pia.get(desk).text
    assert "On hold" in page
    assert "New bank details can be used from 27 Nov 2026" in page
    due = re.findall(r"(\$[\d,.]+) <small>to ", page)
    collected = pia.get(pia.post_form(f"{desk}/runs", {"currency": "USD"}, page=desk).location).text
    assert [amount for amount in due if f"<dt>Gross</dt><dd>{amount}" in collected] == due != []
