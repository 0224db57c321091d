"""What a refund leaves behind (money.md §5, §9): its row, one credit note, and what recruiters owe."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import cast

from sqlalchemy import Table, select, update

from portal.domain.billing.ledger import AccountKind, Operation
from portal.domain.billing.standing import Standing
from portal.domain.events import ClawbackOpened, ClawbackSettled, CreditNoteIssued, RefundDecided
from portal.models import Clawback, CreditNote, Refund
from portal.services.billing import numbers
from portal.services.billing.accounts import Account, about_fee
from portal.services.billing.journal import Journal, id_of
from portal.services.machinery.rows import insert_all

Row = dict[str, object]
_REFUNDS, _CREDIT_NOTES = cast(Table, Refund.__table__), cast(Table, CreditNote.__table__)
_CLAWBACKS = cast(Table, Clawback.__table__)


class Settlements:
    """The refunds and clawbacks of one transaction; `write` inserts them in one statement a table."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.uow = journal.uow
        self._refunds: list[Row] = []
        self._credit_notes: list[tuple[uuid.UUID, Row]] = []  # each with the event that tells of it
        self._clawbacks: list[Row] = []
        self._latest: dict[uuid.UUID, uuid.UUID | None] = {}  # the refund that a fee's clawbacks come from

    def refund(self, account: Account, before: Standing, made: Operation, cause: str) -> None:
        """Book a refund with its credit note and the events that tell of both sides of it."""
        now, fee = account.standing, account.fee
        amount, tax = now.refunded - before.refunded, now.tax_back - before.tax_back
        credited = sum(t.amount for t in made.transfers if t.credit.kind is AccountKind.RECEIVABLE)
        refund_id, owed = self.uow.new_id(), made.total - credited
        sums = {"amount_minor": amount, "tax_minor": tax, "credited_minor": credited, "owed_minor": owed}
        self._refund(account, refund_id, cause, sums)
        self._latest[fee.id] = refund_id
        event = RefundDecided(
            **about_fee(account), amount_minor=amount, refund_id=refund_id, cause=cause, tax_minor=tax, owed_minor=owed
        )
        self.journal.post(made.kind, made.transfers, account.currency, lambda **_: event, document=refund_id)
        self._credit_note(account, refund_id, amount, tax)

    def credited_in_full(self, account: Account, *, owed: int) -> uuid.UUID:
        """Book the credit note over a whole invoice whose place another one takes; `owed` is left to the company."""
        assert account.invoice is not None, "only what was invoiced is credited"
        invoice, refund_id = account.invoice, self.uow.new_id()
        sums = {"amount_minor": invoice.fee_minor, "tax_minor": invoice.tax_minor, "owed_minor": owed}
        self._refund(account, refund_id, "correction", {**sums, "credited_minor": invoice.total_minor - owed})
        self._credit_note(account, refund_id, invoice.fee_minor, invoice.tax_minor, is_replaced=True)
        return refund_id

    def _refund(self, account: Account, refund_id: uuid.UUID, cause: str, sums: Mapping[str, int]) -> None:
        fee, made = account.fee, {"at": self.uow.now, "by": self.uow.actor.user_id}
        about = {"fee_id": fee.id, "placement_id": fee.placement_id, "company_id": fee.company_id}
        self._refunds.append({"id": refund_id, **about, "currency": account.currency, "cause": cause, **sums, **made})

    def _credit_note(
        self, account: Account, refund_id: uuid.UUID, amount: int, tax: int, *, is_replaced: bool = False
    ) -> None:
        """Issue the credit note of a refund; its number is entered when it is written."""
        assert account.invoice is not None, "a refund is booked on an invoice"
        row: Row = {
            "id": self.uow.new_id(),
            "invoice_id": account.invoice.id,
            "refund_id": refund_id,
            "currency": account.currency,
            "fee_minor": amount,
            "tax_minor": tax,
            "at": self.uow.now,
        }
        event = CreditNoteIssued(
            **about_fee(account),
            amount_minor=amount,
            credit_note_id=cast(uuid.UUID, row["id"]),
            invoice_id=account.invoice.id,
            number="",
            tax_minor=tax,
            is_replaced=is_replaced,
        )
        self._credit_notes.append((self.uow.record(event), row))

    def claims(self, account: Account, before: Standing) -> None:
        """Open and settle what recruiters owe, as the standing has changed."""
        was = {(claim.recruiter, claim.placement): claim.amount for claim in before.claims}
        now = {(claim.recruiter, claim.placement): claim.amount for claim in account.standing.claims}
        for recruiter, placement in sorted(was.keys() | now.keys()):
            change = now.get((recruiter, placement), 0) - was.get((recruiter, placement), 0)
            if change > 0:
                self._open(account, id_of(recruiter), id_of(placement), change)
            elif change < 0 and (recruiter, placement) not in now:
                self._settle(account, id_of(recruiter), id_of(placement))

    def _open(self, account: Account, recruiter: uuid.UUID, placement: uuid.UUID, amount: int) -> None:
        row: Row = {
            "id": self.uow.new_id(),
            "fee_id": account.fee.id,
            "placement_id": placement,
            "recruiter_id": recruiter,
            "currency": account.currency,
            "amount_minor": amount,
            "refund_id": self._latest_refund(account.fee.id),
            "opened_at": self.uow.now,
        }
        self._clawbacks.append(row)
        about = {**about_fee(account), "placement_id": placement}
        clawback_id = cast(uuid.UUID, row["id"])
        self.uow.record(ClawbackOpened(**about, amount_minor=amount, clawback_id=clawback_id, recruiter_id=recruiter))

    def _latest_refund(self, fee_id: uuid.UUID) -> uuid.UUID | None:
        if fee_id not in self._latest:
            latest = select(Refund.id).where(Refund.fee_id == fee_id).order_by(Refund.id.desc()).limit(1)
            self._latest[fee_id] = self.uow.session.scalar(latest)
        return self._latest[fee_id]

    def _settle(self, account: Account, recruiter: uuid.UUID, placement: uuid.UUID) -> None:
        settled = (
            update(Clawback)
            .where(
                Clawback.recruiter_id == recruiter, Clawback.placement_id == placement, Clawback.settled_at.is_(None)
            )
            .values(settled_at=self.uow.now)
            .returning(Clawback.id, Clawback.amount_minor)
            .execution_options(synchronize_session=False)
        )
        about = {**about_fee(account), "placement_id": placement}
        for key, amount in self.uow.session.execute(settled).all():
            self.uow.record(ClawbackSettled(**about, amount_minor=amount, clawback_id=key, recruiter_id=recruiter))

    def write(self) -> None:
        """Insert what was settled since."""
        if self._refunds:
            insert_all(self.uow.session, _REFUNDS, self._refunds)
            self._refunds.clear()
        if self._credit_notes:
            self._number()
            insert_all(self.uow.session, _CREDIT_NOTES, [row for _, row in self._credit_notes])
            self._credit_notes.clear()
        if self._clawbacks:
            insert_all(self.uow.session, _CLAWBACKS, self._clawbacks)
            self._clawbacks.clear()

    def _number(self) -> None:
        """Number the credit notes in the order in which they were issued."""
        on = numbers.document_day(self.uow)
        taken = numbers.allocate(self.uow, "CN", on, len(self._credit_notes))
        for (event_id, row), number in zip(self._credit_notes, taken, strict=True):
            row |= {"number": number, "issued_on": on}
            self.uow.complete(event_id, number=number)
