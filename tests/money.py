"""Money for tests, made as people make it: through the services."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.domain.billing.documents import Details
from portal.domain.ids import PLATFORM_ORGANISATION_ID
from portal.extensions import db
from portal.models import BillingAddress, Fee, Invoice, LedgerAccount, Payout
from portal.runtime.clock import simulated
from portal.services import billing_details
from portal.services.billing import payees, receipts, terms
from portal.services.billing.payees import PayeeInput
from portal.services.placements import placements
from tests import hires
from tests.cast import DAY, Cast, Person
from tests.cleaning import made_once
from tests.hires import TODAY
from tests.marketplace import posted

HOUSE = Details(
    "Splits Platform Ltd", "1 High Street, London", tax_id="GB123456789", bank_account="GB29NWBK60161331926819"
)
ACME = Details("Acme Inc.", "5 Market Square, Berlin", email="billing@acme.test")


ACCOUNT = PayeeInput("Payee of Splits", "person", iban="DE89 3704 0044 0532 0130 00", tax_id="DE 12/345")


def billed(cast: Cast) -> None:
    """Enter the billing details, without which no invoice is issued."""
    billing_details.save(PLATFORM_ORGANISATION_ID, actor=cast.actor(cast.pia), details=HOUSE)
    billing_details.save(cast.acme, actor=cast.actor(cast.carl), details=ACME)


@made_once
def ready(cast: Cast) -> None:
    """Enter what invoices and payouts need."""
    billed(cast)
    for person in (cast.rita, cast.omar):
        payable(cast, person)


def agreed() -> None:
    """Let whoever reads a billing address agree to copies by the link."""
    with Session(db.engine) as session:
        for address_id in session.scalars(select(BillingAddress.id)):
            billing_details.answer(billing_details.token_of(address_id), agreed=True)


@made_once
def payable(cast: Cast, person: Person) -> None:
    """Let a recruiter have entered where payouts go, long enough ago to be used today."""
    with simulated(DAY - timedelta(days=3)):
        payees.save(actor=cast.actor(person), payee=ACCOUNT)


@made_once
def job_on(cast: Cast, **values: Any) -> uuid.UUID:
    """Post a job on these terms."""
    job_id = posted(cast)
    if values:
        terms.change(actor=cast.actor(cast.pia), job_id=job_id, values=values)
    return job_id


@made_once
def started(cast: Cast, **values: Any) -> uuid.UUID:
    """Start a placement today on these terms: $25,000, rita with 40 and 30 %, omar with 20 %, zoe's none."""
    ready(cast)
    return begun(cast, job_on(cast, **values))


@made_once
def begun(cast: Cast, job_id: uuid.UUID, *, name: str = "Maya Okafor") -> uuid.UUID:
    """Hire for a job and start today; omar closes with 20 %, a support has 10 %."""
    placement_id = hires.hired(cast, job_id=job_id, name=name)
    hires.share(cast, placement_id, cast.omar, "closer", 2_000)
    hires.share(cast, placement_id, cast.omar, "support", 1_000)
    placements.activate(placement_id, actor=cast.actor(cast.carl), start_date=TODAY)
    return placement_id


def invoice_of(placement_id: uuid.UUID) -> Invoice:
    """Read the present invoice of a placement."""
    with Session(db.engine) as session:
        return session.scalars(
            select(Invoice).join(Fee, Fee.invoice_id == Invoice.id).where(Invoice.placement_id == placement_id)
        ).one()


@made_once
def paid(
    cast: Cast, placement_id: uuid.UUID, amount: int | None = None, *, on: date = TODAY, reference: str = "wire"
) -> uuid.UUID:
    """Record as pia what came in for a placement's invoice: all of it unless said otherwise."""
    row = invoice_of(placement_id)
    return receipts.record(
        row.id,
        actor=cast.actor(cast.pia),
        amount_minor=row.total_minor if amount is None else amount,
        received_on=on,
        reference=reference,
    )


@made_once
def left(cast: Cast, placement_id: uuid.UUID, day: int, **said: Any) -> None:
    """Report that the person left on a day of the guarantee, on that same day."""
    with simulated(DAY + timedelta(days=day)):
        said = {"reason": "candidate_quit", **said}
        placements.fail(placement_id, actor=cast.actor(cast.carl), **said)


def payouts(placement_id: uuid.UUID) -> list[tuple[str | None, int, str]]:
    """Read the payouts of a placement: role (None for the platform), what is left, state."""
    remains = Payout.original_minor - Payout.taken_minor - Payout.returned_minor
    query = select(Payout.role, remains, Payout.state).where(Payout.placement_id == placement_id)
    with Session(db.engine) as session:
        return [tuple(row) for row in session.execute(query.order_by(Payout.position))]


def balance(kind: str, owner: uuid.UUID | None = None) -> int:
    """Read the balance of all accounts of a kind, or of one owner's, positive on its normal side."""
    moved = func.sum(LedgerAccount.debits_minor - LedgerAccount.credits_minor)
    query = select(func.coalesce(moved, 0)).where(LedgerAccount.kind == kind)
    if owner is not None:
        query = query.where(LedgerAccount.owner_id == owner)
    with Session(db.engine) as session:
        found = int(session.scalars(query).one())
    return found if kind in {"receivable", "cash", "clawback", "write_off"} else -found
