"""What a refund leaves behind (money.md §5, §9): its row, one credit note, and what recruiters owe."""

from __future__ import annotations

import uuid

from sqlalchemy import select, update

from portal.domain.billing.ledger import AccountKind, Operation
from portal.domain.billing.standing import Standing
from portal.domain.events import ClawbackOpened, ClawbackSettled, CreditNoteIssued, RefundDecided
from portal.models import Clawback, CreditNote, Refund
from portal.services.billing import numbers
from portal.services.billing.accounts import Account, about_fee
from portal.services.billing.journal import Journal, id_of


def refund(journal: Journal, account: Account, before: Standing, made: Operation, cause: str) -> None:
    """Write a refund with its credit note and the event that tells of both sides of it."""
    uow = journal.uow
    row = _refund(journal, account, before, made, cause)
    uow.session.add(row)
    uow.session.flush()

    def tell(_: int, ledger: str) -> RefundDecided:
        return RefundDecided(
            **about_fee(account),
            amount_minor=row.amount_minor,
            ledger=ledger,
            refund_id=row.id,
            cause=cause,
            tax_minor=row.tax_minor,
            owed_minor=row.owed_minor,
        )

    journal.post(made.kind, made.transfers, account.currency, tell, document=row.id)
    _credit_note(journal, account, row)


def _refund(journal: Journal, account: Account, before: Standing, made: Operation, cause: str) -> Refund:
    now, fee = account.standing, account.fee
    credited = sum(t.amount for t in made.transfers if t.credit.kind is AccountKind.RECEIVABLE)
    return Refund(
        id=journal.uow.new_id(),
        fee_id=fee.id,
        placement_id=fee.placement_id,
        company_id=fee.company_id,
        currency=account.currency,
        cause=cause,
        amount_minor=now.refunded - before.refunded,
        tax_minor=now.tax_back - before.tax_back,
        credited_minor=credited,
        owed_minor=made.total - credited,
        at=journal.uow.now,
        by=journal.uow.actor.user_id,
    )


def _credit_note(journal: Journal, account: Account, row: Refund) -> None:
    assert account.invoice is not None, "a refund is booked on an invoice"
    uow, on = journal.uow, numbers.document_day(journal.uow)
    note = CreditNote(
        id=uow.new_id(),
        number=numbers.allocate(uow, "CN", on),
        invoice_id=account.invoice.id,
        refund_id=row.id,
        currency=account.currency,
        fee_minor=row.amount_minor,
        tax_minor=row.tax_minor,
        issued_on=on,
        at=uow.now,
    )
    uow.session.add(note)
    uow.session.flush()
    uow.record(
        CreditNoteIssued(
            **about_fee(account),
            amount_minor=note.fee_minor,
            credit_note_id=note.id,
            invoice_id=note.invoice_id,
            number=note.number,
            tax_minor=note.tax_minor,
        )
    )


def claims(journal: Journal, account: Account, before: Standing) -> None:
    """Open and settle what recruiters owe, as the standing has changed."""
    was = {(claim.recruiter, claim.placement): claim.amount for claim in before.claims}
    now = {(claim.recruiter, claim.placement): claim.amount for claim in account.standing.claims}
    for recruiter, placement in sorted(was.keys() | now.keys()):
        change = now.get((recruiter, placement), 0) - was.get((recruiter, placement), 0)
        if change > 0:
            _open(journal, account, id_of(recruiter), id_of(placement), change)
        elif change < 0 and (recruiter, placement) not in now:
            _settle(journal, account, id_of(recruiter), id_of(placement))


def _open(journal: Journal, account: Account, recruiter: uuid.UUID, placement: uuid.UUID, amount: int) -> None:
    uow = journal.uow
    latest = select(Refund.id).where(Refund.fee_id == account.fee.id).order_by(Refund.id.desc()).limit(1)
    row = Clawback(
        id=uow.new_id(),
        fee_id=account.fee.id,
        placement_id=placement,
        recruiter_id=recruiter,
        currency=account.currency,
        amount_minor=amount,
        refund_id=uow.session.scalar(latest),
        opened_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    about = {**about_fee(account), "placement_id": placement}
    uow.record(ClawbackOpened(**about, amount_minor=amount, clawback_id=row.id, recruiter_id=recruiter))


def _settle(journal: Journal, account: Account, recruiter: uuid.UUID, placement: uuid.UUID) -> None:
    uow = journal.uow
    settled = (
        update(Clawback)
        .where(Clawback.recruiter_id == recruiter, Clawback.placement_id == placement, Clawback.settled_at.is_(None))
        .values(settled_at=uow.now)
        .returning(Clawback.id, Clawback.amount_minor)
        .execution_options(synchronize_session=False)
    )
    about = {**about_fee(account), "placement_id": placement}
    for key, amount in uow.session.execute(settled).all():
        uow.record(ClawbackSettled(**about, amount_minor=amount, clawback_id=key, recruiter_id=recruiter))
