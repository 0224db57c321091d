"""The money of the demo: who pays when, who is late, and the payout run on the first of each month."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy import select

from portal.demo.people import ACME, ADMINS, BOREALIS, LUMEN, PLATFORM
from portal.demo.simulation import Simulation
from portal.demo.world import World
from portal.domain.billing.documents import Details
from portal.domain.errors import Conflict, NotPermitted
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import BillingAddress
from portal.queries.billing import documents
from portal.queries.billing.documents import ListedInvoice
from portal.services import billing_details
from portal.services.billing import invoices, payees, payments, receipts, runs
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
# How the companies pay, in turns: days after the invoice with the share of it, in percent; the last one only announces.
HABITS: tuple[tuple[tuple[int, int], ...], ...] = (((12, 100),), ((10, 40), (24, 60)), ((29, 100),), ())
ANNOUNCED_AFTER = 26
LISTED = 50
CURRENCIES = ("USD", "EUR")


def plan_books(sim: Simulation, world: World) -> None:
    """Enter billing details on the first days, pay as the habits say, and run payouts monthly."""
    told: set[uuid.UUID] = set()
    sim.at(sim.days_ago(241), lambda: _enter_details(world))
    for days in range(240, 0, -1):
        sim.at(sim.days_ago(days - 0.5), lambda: _pay(world, told))
        if days % 30 == 5:
            sim.at(sim.days_ago(days - 0.6), lambda: _run_payouts(world.actor("pia")))


def _enter_details(world: World) -> None:
    billing_details.save(world.organisations[PLATFORM], actor=world.actor("pia"), details=HOUSE)
    for company, details in CUSTOMERS.items():
        billing_details.save(world.organisations[company], actor=world.actor(ADMINS[company]), details=details)
    for address_id in reading().scalars(select(BillingAddress.id)).all():
        billing_details.answer(billing_details.token_of(address_id), agreed=True)
    for key, payee in PAYEES.items():
        payees.save(actor=world.actor(key), payee=payee)


def _pay(world: World, told: set[uuid.UUID]) -> None:
    """Act on each company's open invoices as its habit says."""
    pia = world.actor("pia")
    for one in documents.invoice_page(pia, state=None, older_than=None, limit=LISTED).rows:
        age = (pia.now.date() - one.sums.issued_on).days
        habit = HABITS[int(one.sums.number[-5:]) % len(HABITS)]
        if not habit and age >= ANNOUNCED_AFTER and one.sums.id not in told and one.sums.outstanding:
            told.add(one.sums.id)
            _announce(world, one)
        for after, percent in habit:
            if age == after and one.sums.outstanding:
                amount = min(one.sums.outstanding, one.sums.total * percent // 100)
                receipts.record(
                    one.sums.id,
                    actor=pia,
                    amount_minor=amount,
                    received_on=pia.now.date(),
                    reference=f"{one.sums.number} {percent}%",
                )


def _announce(world: World, one: ListedInvoice) -> None:
    actor = world.actor(ADMINS[one.company_name])
    yesterday = (actor.now - timedelta(days=1)).date()
    invoices.announce(one.sums.id, actor=actor, paid_on=yesterday, reference=f"SEPA {one.sums.number}")


def _run_payouts(actor: Actor) -> None:
    """Pay what is due; a run above the limit of four eyes waits for a second admin, whom the demo lacks."""
    for currency in CURRENCIES:
        try:
            run_id = runs.collect(actor=actor, currency=currency)
            runs.approve(run_id, actor=actor)
        except (Conflict, NotPermitted):
            continue
        payments.pay(run_id, actor=actor, reference=f"Payout {actor.now:%B %Y}")
