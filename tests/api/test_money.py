"""Money by the API: the contract's shapes and figures of money.md §8, who may what, and what it costs."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from portal.client import client
from portal.client.client import Portal
from portal.queries.billing import documents
from portal.runtime.clock import simulated
from portal.services.placements import placements
from tests import money
from tests.accounts import statements
from tests.api.callers import Callers, bearer
from tests.cast import DAY, Cast
from tests.hires import TODAY, day, hired
from tests.money import begun, invoice_of, job_on, left, paid, started

TODAY_TEXT = TODAY.isoformat()
ON_PAY = {"payout_schedule": "when_paid"}
WIRE = {"received_on": TODAY_TEXT, "reference": "wire 7"}


def got(who: Portal, path: str, **query: Any) -> Any:
    """Return what an address answers."""
    return who.request("GET", path, **query).json()


def sent(who: Portal, path: str, **body: Any) -> Any:
    """Return what a change answers."""
    return who.request("POST", path, **body).json()


# --- a placement ------------------------------------------------------------------------------------------------------


def test_a_placement_s_money_has_fee_shares_documents_and_today_s_reserve(api: Callers, cast: Cast) -> None:
    placement_id = started(cast, tax_bp=1_900, platform_bp=500, remedy="pro_rata")
    said = got(api.carl, f"placements/{placement_id}/money")
    assert (said["fee"], said["platform_fee"], said["tax"], said["currency"]) == (25_000, 1_250, 4_750, "USD")
    assert [share["amount"] for share in said["shares"]] == [9_500, 7_125, 4_750, 2_375]
    assert (said["invoice"]["number"], said["invoice"]["total"]) == ("INV-2026-00001", 29_750)
    assert (said["payouts"], said["refund"], said["obligation"]) == ([], None, None)
    assert (said["reserve"]["remedy"], said["reserve"]["refund"]) == ("pro_rata", 25_000)


def test_a_recruiter_reads_what_each_of_the_own_payouts_waits_for(api: Callers, cast: Cast) -> None:
    placement_id = started(cast)
    said = got(api.omar, f"placements/{placement_id}/money")
    assert (said["invoice"], said["tax"], len(said["shares"])) == (None, 0, 4)
    assert {(p["recruiter_name"], p["state"]) for p in said["payouts"]} == {("Omar", "held")}
    assert {p["waits_for"] for p in said["payouts"]} == {"Acme hasn’t paid invoice INV-2026-00001, due 24 Dec 2026"}


def test_a_placement_without_books_has_a_fee_and_shares_and_nothing_else(api: Callers, cast: Cast) -> None:
    before = hired(cast)
    said = got(api.carl, f"placements/{before}/money")
    assert (said["fee"], said["schedule"], said["invoice_waits_for"]) == (25_000, "after_guarantee", "the activation")
    assert [share["amount"] for share in said["shares"]] == [10_000, 7_500]
    nothing = ("invoice", "refund", "obligation", "reserve")
    assert [said[name] for name in (*nothing, "invoices", "refunds", "payouts")] == [*[None] * 4, [], [], []]
    placements.fail(before, actor=cast.actor(cast.carl), reason="no_show")
    assert got(api.rita, f"placements/{before}/money")["invoice_waits_for"] is None


def test_the_money_of_somebody_else_s_placement_is_404(api: Callers, cast: Cast) -> None:
    placement_id = started(cast)
    with pytest.raises(client.NotFound):
        got(api.zoe, f"placements/{placement_id}/money")
    with pytest.raises(client.NotPermitted):
        got(api.hana, f"placements/{placement_id}/money")


# --- invoices, receipts, refunds --------------------------------------------------------------------------------------


def test_a_company_announces_and_the_platform_records_in_two_parts(api: Callers, cast: Cast) -> None:
    invoice_id = invoice_of(started(cast)).id
    said = sent(api.carl, f"invoices/{invoice_id}/announce", paid_on=TODAY_TEXT, reference="wire 7")
    assert (said["state"], said["announced_on"], said["paid"]) == ("open", TODAY_TEXT, 0)
    first = sent(api.pia, f"invoices/{invoice_id}/receipts", amount=10_000, **WIRE)
    assert (first["amount"], first["invoice_state"]) == (10_000, "partly_paid")
    second = sent(api.pia, f"invoices/{invoice_id}/receipts", amount=15_000.5, **WIRE)
    assert second["invoice_state"] == "paid"
    kept = got(api.carl, f"receipts/{second['id']}")
    assert (kept["amount"], [part["amount"] for part in kept["allocations"]]) == (15_000.5, [15_000])


def test_a_returned_receipt_opens_the_invoice_again(api: Callers, cast: Cast) -> None:
    placement_id = started(cast)
    receipt_id, invoice_id = paid(cast, placement_id), invoice_of(placement_id).id
    said = sent(api.pia, f"receipts/{receipt_id}/reverse", reason="No funds")
    assert (said["id"], said["invoice_state"]) == (str(receipt_id), "open")
    detail = got(api.carl, f"invoices/{invoice_id}")
    assert [(r["counted"], r["reversed_at"] is None) for r in detail["receipts"]] == [(25_000, False)]
    assert got(api.pia, "receipts")["receipts"][0]["reversal_reason"] == "No funds"


def test_a_receipt_that_was_all_credit_has_no_invoice(api: Callers, cast: Cast) -> None:
    placement_id = started(cast)
    paid(cast, placement_id)
    over = sent(api.pia, f"invoices/{invoice_of(placement_id).id}/receipts", amount=5, **WIRE)
    assert sent(api.pia, f"receipts/{over['id']}/reverse", reason="No funds")["invoice_state"] is None


def test_a_refund_is_listed_with_its_credit_note_and_paid_out(api: Callers, cast: Cast) -> None:
    placement_id = started(cast, remedy="full_refund")
    paid(cast, placement_id)
    left(cast, placement_id, 10)
    (note,) = got(api.carl, "credit-notes")["credit_notes"]
    (refund,) = got(api.carl, "refunds")["refunds"]
    assert (refund["credit_note"], refund["state"], refund["owed"]) == (note["number"], "owed", 25_000)
    with simulated(DAY + timedelta(days=11)):
        done = sent(api.pia, f"refunds/{refund['id']}/paid", paid_on=day(11).isoformat(), reference="back")
    assert (done["id"], done["state"]) == (refund["id"], "paid")
    with pytest.raises(client.NotFound):
        sent(api.pia, f"refunds/{uuid.uuid4()}/paid", paid_on=TODAY_TEXT, reference="back")


def test_what_a_company_overpaid_is_paid_out(api: Callers, cast: Cast) -> None:
    paid(cast, started(cast), 2_600_000)
    done = api.pia.pay_credit(cast.acme, currency="USD", paid_on=TODAY, reference="back")
    assert (done.company_id, done.amount, done.reference) == (cast.acme, 1_000, "back")
    with pytest.raises(client.Conflict):
        api.pia.pay_credit(cast.acme, currency="USD", paid_on=TODAY, reference="back")


def test_what_is_left_of_an_invoice_or_a_clawback_is_written_off(api: Callers, cast: Cast) -> None:
    invoice_id = invoice_of(started(cast)).id
    made = api.pia.request("POST", "write-offs", invoice_id=str(invoice_id), reason="Insolvent")
    assert (made.json()["kind"], made.json()["amount"]) == ("bad_debt", 25_000)
    assert made.headers["Location"] == f"/api/invoices/{invoice_id}"
    owed = _owed(api, cast)
    gone = sent(api.pia, "write-offs", clawback_id=owed["id"], reason="Left the country")
    assert (gone["kind"], gone["amount"]) == ("clawback", owed["open"])
    for body in ({}, {"invoice_id": str(invoice_id), "clawback_id": owed["id"]}):
        with pytest.raises(client.InvalidInput):
            sent(api.pia, "write-offs", reason="Which?", **body)


def test_an_invoice_is_sent_as_it_is_printed(api: Callers, cast: Cast) -> None:
    invoice_id = invoice_of(started(cast)).id
    answer = api.carl.request("GET", f"invoices/{invoice_id}.pdf")
    assert (answer.headers["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert "INV-2026-00001" in answer.headers["Content-Disposition"]
    with pytest.raises(client.NotFound):
        api.zoe.request("GET", f"invoices/{invoice_id}.pdf")


@pytest.mark.parametrize("state", ["open", "partly_paid", "paid", "overdue", "credited"])
def test_invoices_are_found_by_the_state_that_each_says(api: Callers, cast: Cast, state: str) -> None:
    money.ready(cast)
    placed = [begun(cast, job_on(cast, remedy="full_refund"), name=f"Ada {number}") for number in ("One", "Two", "Six")]
    paid(cast, placed[0])
    paid(cast, placed[1], 100)
    gone = begun(cast, job_on(cast, remedy="full_refund"), name="Ada Ten")
    left(cast, gone, 1)
    with simulated(DAY + timedelta(days=40 if state == "overdue" else 2)):
        said = got(api.pia, "invoices", state=state)
        everything = got(api.pia, "invoices")["invoices"]
    assert said["invoices"] == [one for one in everything if one["state"] == state]
    assert said["total"] == len(said["invoices"]) > 0


# --- payouts, runs, what is owed back ---------------------------------------------------------------------------------


def _run(api: Callers, cast: Cast) -> dict[str, Any]:
    placement_id = started(cast, **ON_PAY, remedy="full_refund")
    paid(cast, placement_id)
    return {**sent(api.pia, "payout-runs", currency="USD"), "placement_id": placement_id}


def _owed(api: Callers, cast: Cast) -> dict[str, Any]:
    """Let a paid placement fail, and return what rita owes of it."""
    run = _run(api, cast)
    sent(api.pia, f"payout-runs/{run['id']}/approve")
    sent(api.pia, f"payout-runs/{run['id']}/pay", reference="SEPA 1")
    left(cast, run["placement_id"], 0)
    return dict(got(api.rita, "clawbacks")["clawbacks"][0])


def test_a_run_is_collected_approved_and_paid_once(api: Callers, cast: Cast) -> None:
    run = _run(api, cast)
    assert (run["state"], run["total"]) == ("collected", 25_000)
    assert [(line["recruiter_name"], line["net"]) for line in run["lines"]] == [("Omar", 7_500), ("Rita", 17_500)]
    with pytest.raises(client.Conflict) as nothing:
        sent(api.pia, "payout-runs", currency="USD")
    assert nothing.value.code == "NOTHING_DUE"
    assert sent(api.pia, f"payout-runs/{run['id']}/approve")["state"] == "approved"
    said = {str(cast.rita.recruiter_id): "To Rita", str(cast.omar.recruiter_id): "To Omar"}
    done = sent(api.pia, f"payout-runs/{run['id']}/pay", references=said)
    assert [line["reference"] for line in done["lines"]] == ["To Omar", "To Rita"]
    with pytest.raises(client.Conflict):
        sent(api.pia, f"payout-runs/{run['id']}/pay", reference="again")
    assert [one["state"] for one in got(api.pia, "payout-runs", state="paid")["runs"]] == ["paid"]


def test_a_run_is_cancelled_and_its_payouts_are_due_again(api: Callers, cast: Cast) -> None:
    run = _run(api, cast)
    assert sent(api.pia, f"payout-runs/{run['id']}/cancel")["state"] == "cancelled"
    assert {p["state"] for p in got(api.rita, "payouts")["payouts"]} == {"due"}


def test_a_run_comes_as_csv(api: Callers, cast: Cast) -> None:
    answer = api.pia.request("GET", f"payout-runs/{_run(api, cast)['id']}.csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert '"USD","17500.00","0.00","17500.00"' in answer.text


def test_a_payment_without_any_reference_is_refused(api: Callers, cast: Cast) -> None:
    with pytest.raises(client.InvalidInput):
        sent(api.pia, f"payout-runs/{uuid.uuid4()}/pay")


def test_a_payment_that_the_bank_returns_is_reversed_and_due_anew(api: Callers, cast: Cast) -> None:
    run = _run(api, cast)
    sent(api.pia, f"payout-runs/{run['id']}/approve")
    sent(api.pia, f"payout-runs/{run['id']}/pay", reference="SEPA 1")
    payout = got(api.omar, "payouts", state="paid")["payouts"][0]
    assert sent(api.pia, f"payouts/{payout['id']}/returned", reason="Account closed")["state"] == "reversed"
    (anew,) = got(api.omar, "payouts", state="due")["payouts"]
    assert (anew["amount"], anew["waits_for"]) == (payout["original"], "the payout run on 1 Dec 2026")
    assert got(api.omar, f"payouts/{anew['id']}") == anew


def test_payouts_are_one_s_own_and_somebody_else_s_are_404(api: Callers, cast: Cast) -> None:
    started(cast)
    assert {p["recruiter_name"] for p in got(api.omar, "payouts")["payouts"]} == {"Omar"}
    assert got(api.pia, "payouts", recruiter_id=str(cast.rita.recruiter_id))["total"] == 2
    theirs = got(api.rita, "payouts")["payouts"][0]["id"]
    for path, query in ((f"payouts/{theirs}", {}), ("payouts", {"recruiter_id": str(cast.rita.recruiter_id)})):
        with pytest.raises(client.NotFound):
            got(api.omar, path, **query)
    with pytest.raises(client.NotFound):
        got(api.pia, f"payouts/{uuid.uuid4()}")


def test_what_is_owed_back_is_listed_and_repaid(api: Callers, cast: Cast) -> None:
    owed = _owed(api, cast)
    assert (owed["recruiter_name"], owed["open"]) == ("Rita", 17_500)
    whole = got(api.pia, "clawbacks")["clawbacks"]
    first = got(api.pia, "clawbacks", limit=1)
    rest = got(api.pia, "clawbacks", limit=1, cursor=first["next_cursor"])
    assert first["clawbacks"] + rest["clawbacks"] == whole
    assert (len(whole), rest["next_cursor"]) == (2, None)
    with pytest.raises(client.InvalidInput) as refused:
        sent(api.pia, f"clawbacks/{owed['id']}/repaid", amount=17_500.01, **WIRE)
    assert list(refused.value.details) == ["amount"]
    assert sent(api.pia, f"clawbacks/{owed['id']}/repaid", amount=17_500, **WIRE)["open"] == 0
    with pytest.raises(client.NotFound):
        sent(api.pia, f"clawbacks/{uuid.uuid4()}/repaid", amount=1, **WIRE)


# --- earnings, statements, the ledger ---------------------------------------------------------------------------------


def test_earnings_and_statement_add_up(api: Callers, cast: Cast) -> None:
    run, rita = _run(api, cast), cast.rita.recruiter_id
    assert got(api.rita, f"recruiters/{rita}/earnings")["sums"][0]["due"] == 17_500
    sent(api.pia, f"payout-runs/{run['id']}/approve")
    sent(api.pia, f"payout-runs/{run['id']}/pay", reference="SEPA 1")
    (sums,) = got(api.rita, f"recruiters/{rita}/earnings")["sums"]
    assert (sums["due"], sums["paid_this_year"]) == (0, 17_500)
    said = got(api.pia, f"recruiters/{rita}/statement", month="2026-11", currency="USD")
    assert [said[name] for name in ("opening", "earned", "paid", "closing")] == [0, 17_500, 17_500, 0]
    for path in ("earnings", "statement"):
        with pytest.raises(client.NotFound):
            got(api.omar, f"recruiters/{rita}/{path}", **({"month": "2026-11"} if path == "statement" else {}))


def test_a_statement_without_a_month_is_of_the_current_one(api: Callers, cast: Cast) -> None:
    path = f"recruiters/{cast.rita.recruiter_id}/statement"
    assert got(api.rita, path) == got(api.rita, path, month=f"{DAY:%Y-%m}")


@pytest.mark.parametrize("path", ["earnings", "statement"])
def test_nobody_s_earnings_are_not_found_by_the_platform_either(api: Callers, path: str) -> None:
    with pytest.raises(client.NotFound):
        got(api.pia, f"recruiters/{uuid.uuid4()}/{path}")


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "November", "2026-11-01"])
def test_a_month_is_written_as_year_and_month(api: Callers, cast: Cast, month: str) -> None:
    with pytest.raises(client.InvalidInput) as refused:
        got(api.rita, f"recruiters/{cast.rita.recruiter_id}/statement", month=month)
    assert list(refused.value.details) == ["month"]


def test_the_trial_balance_has_no_difference(api: Callers, cast: Cast) -> None:
    paid(cast, started(cast))
    (usd,) = got(api.pia, "ledger/trial-balance")["balances"]
    accounts = {one["account"]: one["balance"] for one in usd["accounts"]}
    assert (usd["currency"], usd["difference"]) == ("USD", 0)
    assert (accounts["cash"], accounts["held"], accounts["receivable"]) == (25_000, 25_000, 0)


# --- what is owed for a failed placement ------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "step", "state"), [("carl", "waive", "waived"), ("rita", "give-up", "refunded")])
def test_a_replacement_that_is_owed_ends_once(api: Callers, cast: Cast, who: str, step: str, state: str) -> None:
    placement_id = started(cast)
    left(cast, placement_id, 0)
    path = f"placements/{placement_id}/obligation/{step}"
    assert sent(getattr(api, who), path)["state"] == state
    with pytest.raises(client.Conflict) as again:
        sent(getattr(api, who), path)
    assert again.value.code == "NO_OBLIGATION"


# --- terms ------------------------------------------------------------------------------------------------------------


def test_a_job_s_terms_say_where_each_comes_from(api: Callers, cast: Cast) -> None:
    job_id = job_on(cast)
    steps = [{"until_day": 30, "percentage": 100}, {"until_day": 60, "percentage": 0}]
    said = api.carl.request(
        "PATCH", f"jobs/{job_id}/terms", remedy="steps", steps=steps, tax_percentage=19, flat_fee=9_000.5
    ).json()
    assert (said["remedy"], said["steps"], said["tax_percentage"], said["flat_fee"]) == ("steps", steps, 19, 9_000.5)
    assert (said["origin"]["remedy"], said["origin"]["payment_days"], said["version"]) == ("job", "default", 1)
    assert got(api.rita, f"jobs/{job_id}/terms") == said


def test_a_company_s_terms_reach_its_jobs_and_null_gives_them_back(api: Callers, cast: Cast) -> None:
    job_id, path = job_on(cast), f"organisations/{cast.acme}/terms"
    halves = [{"percentage": 50, "day": 0}, {"percentage": 50, "day": 45}]
    body = {"payout_schedule": "instalments", "instalments": halves, "minimum_fee": 100, "currency": "USD"}
    assert api.carl.request("PATCH", path, **body).json()["instalments"] == halves
    found = got(api.rita, f"jobs/{job_id}/terms")
    assert (found["origin"]["payout_schedule"], found["minimum_fee"]) == ("company", 100)
    nothing = dict.fromkeys(("payout_schedule", "instalments", "minimum_fee", "fee_percentage"))
    back = patched(cast, path, **nothing)
    assert (back["payout_schedule"], back["origin"]["payout_schedule"]) == ("after_guarantee", "default")


def patched(cast: Cast, path: str, **body: Any) -> Any:
    """Change with nulls, which the client leaves out."""
    with cast.app.app_context():
        headers = bearer(cast, cast.carl)
    with cast.app.app_context():
        return cast.app.test_client().patch(f"/api/{path}", json=body, headers=headers).json


def test_the_platform_s_terms_are_the_platform_s_to_set(api: Callers, cast: Cast) -> None:
    platform = cast.pia.organisation_id
    said = api.pia.request("PATCH", f"organisations/{platform}/terms", platform_fee_percentage=5).json()
    assert (said["platform_fee_percentage"], said["origin"]["platform_fee_percentage"]) == (5, "platform")
    with pytest.raises(client.NotPermitted):
        api.carl.request("PATCH", f"organisations/{cast.acme}/terms", platform_fee_percentage=0)
    for who, organisation in ((api.carl, platform), (api.zoe, cast.acme), (api.pia, cast.rita.organisation_id)):
        with pytest.raises(client.NotFound):
            got(who, f"organisations/{organisation}/terms")


def test_terms_that_changed_since_are_not_overwritten(api: Callers, cast: Cast) -> None:
    path = f"jobs/{job_on(cast)}/terms"
    api.carl.request("PATCH", path, payment_days=14, version=0)
    with pytest.raises(client.Conflict) as stale:
        api.carl.request("PATCH", path, payment_days=21, version=0)
    assert stale.value.code == "STALE_VERSION"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"fee_percentage": 20, "flat_fee": 1}, "flat_fee"),
        ({"payout_schedule": "instalments", "instalments": [{"percentage": 50, "day": 1}]}, "instalments"),
        ({"flat_fee": 1.005}, "flat_fee"),
        ({"payment_days": 181}, "payment_days"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_terms_that_cannot_be_meant_name_the_field_that_was_sent(
    api: Callers, cast: Cast, body: dict[str, Any], field: str
) -> None:
    with pytest.raises(client.InvalidInput) as refused:
        api.carl.request("PATCH", f"jobs/{job_on(cast)}/terms", **body)
    assert list(refused.value.details) == [field]


# --- paging, idempotency, cost ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("invoices", "invoices"),
        ("receipts", "receipts"),
        ("credit-notes", "credit_notes"),
        ("refunds", "refunds"),
        ("payouts", "payouts"),
    ],
)
def test_a_cursor_leads_through_a_list_once(api: Callers, cast: Cast, path: str, rows: str) -> None:
    money.ready(cast)
    for number in ("One", "Two", "Six"):
        placement_id = begun(cast, job_on(cast, remedy="pro_rata"), name=f"Ada {number}")
        paid(cast, placement_id, reference=number)
        left(cast, placement_id, 3)
    whole, seen, cursor = got(api.pia, path), [], ""
    while cursor is not None:
        part = got(api.pia, path, limit=2, **({"cursor": cursor} if cursor else {}))
        seen, cursor = seen + part[rows], part["next_cursor"]
    assert seen == whole[rows]
    assert whole["total"] == part["total"] == len(seen) > 2


def test_runs_are_paged_too(api: Callers, cast: Cast) -> None:
    run = _run(api, cast)["id"]
    sent(api.pia, f"payout-runs/{run}/cancel")
    again = sent(api.pia, "payout-runs", currency="USD")["id"]
    first = got(api.pia, "payout-runs", limit=1)
    assert ([one["id"] for one in first["runs"]], first["total"]) == ([again], 2)
    older = got(api.pia, "payout-runs", limit=1, cursor=first["next_cursor"])
    assert ([one["id"] for one in older["runs"]], older["next_cursor"]) == ([run], None)


def test_a_receipt_sent_twice_with_one_key_is_recorded_once(cast: Cast) -> None:
    invoice_id = invoice_of(started(cast)).id
    headers = {**bearer(cast, cast.pia), "Idempotency-Key": "wire-7"}
    answers = []
    for _ in range(2):
        with cast.app.app_context():
            body = {"amount": 100, **WIRE}
            path = f"/api/invoices/{invoice_id}/receipts"
            answers.append(cast.app.test_client().post(path, json=body, headers=headers))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert documents.invoice(invoice_id, viewer=cast.actor(cast.pia)).paid == 10_000


COSTS = {
    "/api/invoices": 5,
    "/api/invoices?state=overdue": 5,
    "/api/receipts": 5,
    "/api/credit-notes": 5,
    "/api/refunds": 5,
    "/api/payout-runs": 5,
    "/api/payouts": 8,
    "/api/clawbacks": 5,
    "/api/ledger/trial-balance": 5,
    "/api/invoices/{invoice}": 6,
    "/api/placements/{placement}/money": 10,
    "/api/recruiters/{recruiter}/statement?month=2026-11": 4,  # one reads the zone that the platform counts in
    "/api/recruiters/{recruiter}/earnings": 14,
}


def test_reading_money_costs_the_same_however_much_there_is(cast: Cast) -> None:
    money.ready(cast)
    headers, first = bearer(cast, cast.pia), gone(cast, "Ada One")
    ids = {"invoice": invoice_of(first).id, "placement": first, "recruiter": cast.rita.recruiter_id}
    addresses = {path: path.format(**ids) for path in COSTS}
    once = {path: cost(cast, headers, address) for path, address in addresses.items()}
    for name in ("Ben Two", "Cleo Three"):
        gone(cast, name)
    often = {path: cost(cast, headers, address) for path, address in addresses.items()}
    assert once == often
    assert {path: count for path, count in often.items() if count > COSTS[path]} == {}


def gone(cast: Cast, name: str) -> uuid.UUID:
    """Let somebody start, be paid for and leave."""
    placement_id = begun(cast, job_on(cast, remedy="pro_rata"), name=name)
    paid(cast, placement_id, reference=name)
    left(cast, placement_id, 3)
    return placement_id


def cost(cast: Cast, headers: dict[str, str], path: str) -> int:
    """Return how many statements an address takes; the first look at somebody is written down."""
    cast.app.test_client().get(path, headers=headers)
    with cast.app.app_context(), statements() as seen:
        answer = cast.app.test_client().get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return len(seen)
