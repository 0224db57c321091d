"""The money of the demo: who pays when, who is late, what goes back, and a payout run every fifteen days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from sqlalchemy import select

from portal.demo.deals import OFFERS_BY_KEY
from portal.demo.people import ACME, ADMINS, BOREALIS, LUMEN, PLATFORM
from portal.demo.plan import HIRES, LAST_RUN, RUN_EVERY, Hire
from portal.demo.simulation import Simulation
from portal.demo.world import World
from portal.domain.billing.documents import Details
from portal.domain.errors import Conflict
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import BillingAddress
from portal.queries.billing import money
from portal.queries.billing.documents import InvoiceSums
from portal.services import billing_details
from portal.services.billing import decisions, invoices, payees, payments, receipts, runs
from portal.services.billing.payees import PayeeInput

HOUSE = Details(
    "Splits Platform Ltd", "1 High Street, London EC1A 1BB", tax_id="GB123456789", bank_account="GB29NWBK60161331926819"
)
CUSTOMERS = {
    ACME: Details("Acme Inc.", "5 Market Square, New York, NY 10001", email="billing@acme.demo.test"),
    BOREALIS: Details("Borealis Energy AB", "Storgatan 12, 111 23 Stockholm", email="ap@borealis.demo.test"),
    LUMEN: Details("Lumen Health GmbH", "Lindenstraße 4, 10969 Berlin", email="rechnung@lumen.demo.test"),
}
PAYEES = {
    "rita": PayeeInput("Rita Lindqvist", "person", country="US", account_number="000123456789", bank_code="021000021"),
    "omar": PayeeInput("South Search Ltd", "agency", iban="GB29NWBK60161331926819"),
    "priya": PayeeInput("Priya Raman", "person", country="US", account_number="4485500123", bank_code="011401533"),
    "tomas": PayeeInput("Tomás Álvarez", "person", iban="ES9121000418450200051332"),
    "elena": PayeeInput("Harbour Partners GmbH", "agency", iban="DE89370400440532013000", tax_id="DE123456789"),
    "ingrid": PayeeInput("Solberg Search AS", "agency", iban="NO9386011117947"),
}  # Dev Patel has entered none: what he is owed is held back
# How each company pays: days after the invoice with the share of it, in percent. Borealis still owes the rest of a3,
# Acme all of f2, and of a6 and a5 nothing is due yet.
PAYMENTS: Mapping[str, tuple[tuple[int, int], ...]] = {
    "c1": ((12, 100),),
    "c2": ((10, 40), (24, 60)),
    "c6": ((29, 100),),
    "c3": ((52, 100),),
    "c4": ((29, 100),),
    "c5": ((12, 100),),
    "f1": ((12, 100),),
    "a1": ((29, 100),),
    "a2": ((11, 100),),
    "a3": ((20, 40),),
    "a4": ((29, 100),),
}
ANNOUNCED = ("a5", 24)
REFUNDED = ("a2", 4)  # days after the failure
CURRENCIES = ("USD", "EUR")


def plan_books(sim: Simulation, world: World) -> None:
    """Enter billing details on the first days, pay and announce as the tables say, and run payouts twice a month."""
    sim.at(sim.days_ago(241), lambda: _enter_details(world))
    hires = {hire.key: hire for hire in HIRES}
    for key, habit in PAYMENTS.items():
        for after, percent in habit:
            sim.at(sim.days_ago(_started(hires[key]) - after - 0.5), partial(_receive, world, key, percent))
    key, after = ANNOUNCED
    sim.at(sim.days_ago(_started(hires[key]) - after - 0.5), partial(_announce, world, key))
    key, after = REFUNDED
    sim.at(sim.days_ago((hires[key].failed or 0) - after), partial(_pay_back, world, key))
    for days in range(LAST_RUN, 240, RUN_EVERY):
        sim.at(sim.days_ago(days - 0.6), partial(_run_payouts, world, is_last=days == LAST_RUN))


def _started(hire: Hire) -> float:
    assert hire.start is not None, "only what began is invoiced"
    return hire.start


def _enter_details(world: World) -> None:
    billing_details.save(world.organisations[PLATFORM], actor=world.actor("pia"), details=HOUSE)
    for company, details in CUSTOMERS.items():
        billing_details.save(world.organisations[company], actor=world.actor(ADMINS[company]), details=details)
    for address_id in reading().scalars(select(BillingAddress.id)).all():
        billing_details.answer(billing_details.token_of(address_id), agreed=True)
    for key, payee in PAYEES.items():
        payees.save(actor=world.actor(key), payee=payee)


def _receive(world: World, key: str, percent: int) -> None:
    pia = world.actor("pia")
    invoice = _invoice(pia, world, key)
    receipts.record(
        invoice.id,
        actor=pia,
        amount_minor=min(invoice.outstanding, invoice.total * percent // 100),
        received_on=pia.now.date(),
        reference=f"{invoice.number} {percent}%",
    )


def _announce(world: World, key: str) -> None:
    actor = world.admin_of(OFFERS_BY_KEY[key].opening)
    invoice = _invoice(actor, world, key)
    yesterday = (actor.now - timedelta(days=1)).date()
    invoices.announce(invoice.id, actor=actor, paid_on=yesterday, reference=f"SEPA {invoice.number}")


def _invoice(viewer: Actor, world: World, key: str) -> InvoiceSums:
    books = money.of_placement(world.placements[key], viewer=viewer)
    assert books is not None, "the placement was activated"
    assert books.invoice is not None, "its guarantee began"
    return books.invoice


def _pay_back(world: World, key: str) -> None:
    pia = world.actor("pia")
    books = money.of_placement(world.placements[key], viewer=pia)
    assert books is not None, "the placement was activated"
    assert books.refund is not None, "its failure was booked"
    decisions.refund_paid(books.refund.id, actor=pia, paid_on=pia.now.date(), reference=books.refund.credit_note)


def _run_payouts(world: World, *, is_last: bool) -> None:
    """Collect what is due, and approve it as the second admin; the last run waits for its payment."""
    for currency in CURRENCIES:
        try:
            run_id = runs.collect(actor=world.actor("pia"), currency=currency)
        except Conflict:
            continue
        runs.approve(run_id, actor=world.actor("max"))
        if not is_last:
            pia = world.actor("pia")
            payments.pay(run_id, actor=pia, reference=f"Payout {pia.now:%d %B %Y}")
