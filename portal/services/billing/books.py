"""The books of a fee: load where its money stands, book a fact by the one pure function, keep what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm.attributes import set_committed_value

from portal.domain import placements as calendar
from portal.domain.billing import facts, operations, payouts
from portal.domain.billing.facts import Fact
from portal.domain.billing.ledger import AccountKind, Operation, OperationKind, Transfer
from portal.domain.billing.schedule import Part, PartState, Row
from portal.domain.billing.standing import Claim, Standing
from portal.domain.billing.terms import Terms
from portal.domain.errors import NotFound
from portal.domain.events import FeeMoved, InvoicePaid, PayoutCancelled, PayoutDue, PayoutWaiting
from portal.models import (
    Allocation,
    Collaborator,
    Fee,
    FeePlacement,
    Invoice,
    LedgerAccount,
    Obligation,
    Organisation,
    Payout,
    Placement,
)
from portal.services.billing import settlements
from portal.services.billing.accounts import Account, about_fee, about_invoice, next_release, part_of
from portal.services.billing.journal import Journal, Telling, id_of, name_of
from portal.services.machinery.unit_of_work import UnitOfWork

Kind = OperationKind
Tellings = Mapping[OperationKind, Telling]
_STEP_BY_STEP = (Kind.PAYOUT_DUE, Kind.PAYOUT_UNDONE)


class Books:
    """What one transaction does to the books; get one from `books`."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.journal = Journal(uow)
        self._accounts: dict[uuid.UUID, Account] = {}

    # --- loading ---

    def today(self, zone: str) -> date:
        """Return today's date in a zone."""
        return calendar.local_day(self.uow.now, zone)

    def find(self, placement_id: uuid.UUID) -> Account | None:
        """Load and lock the fee that goes through a placement; None when the placement has no books."""
        query = select(FeePlacement.fee_id).where(FeePlacement.placement_id == placement_id)
        fee_id = self.uow.session.scalar(query)
        return None if fee_id is None else self.load(fee_id)

    def load(self, fee_id: uuid.UUID) -> Account:
        """Load and lock a fee, once a transaction.

        Raises:
            NotFound: there is none.
        """
        if fee_id in self._accounts:
            return self._accounts[fee_id]
        fee = self.uow.session.scalar(
            select(Fee)
            .where(Fee.id == fee_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        if fee is None:
            raise NotFound()
        invoice = None if fee.invoice_id is None else self.uow.session.get_one(Invoice, fee.invoice_id)
        found = self.uow.session.scalars(select(Payout).where(Payout.fee_id == fee_id).order_by(Payout.position))
        rows = {str(row.id): row for row in found}
        account = Account(fee, self._standing(fee, invoice, list(rows.values())), rows, invoice)
        self._accounts[fee_id] = account
        return account

    def load_all(self, fee_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Account]:
        """Load and lock fees in the order of their ids, so that two transactions never wait for each other."""
        return {fee_id: self.load(fee_id) for fee_id in sorted(set(fee_ids))}

    def lock_company(self, company_id: uuid.UUID) -> None:
        """Lock what is the company's own, its credit: before any of its fees."""
        query = select(Organisation.id).where(Organisation.id == company_id).with_for_update(key_share=True)
        self.uow.session.execute(query)

    def _standing(self, fee: Fee, invoice: Invoice | None, rows: Sequence[Payout]) -> Standing:
        return Standing(
            terms=Terms.from_json(fee.terms),
            placement=str(fee.placement_id),
            company=str(fee.company_id),
            fee=fee.fee_minor,
            parts=tuple(part_of(row) for row in rows),
            start=fee.start_date,
            days=fee.agreed_days,
            invoice=name_of(fee.invoice_id),
            due_on=None if invoice is None else invoice.due_on,
            outstanding=0 if invoice is None else self._outstanding(invoice.id),
            tax=0 if invoice is None else invoice.tax_minor,
            tax_gone=fee.tax_gone_minor,
            received=() if invoice is None else self._received(invoice.id),
            refunded=fee.refunded_minor,
            tax_back=fee.tax_back_minor,
            unbooked=fee.unbooked_minor,
            ended=fee.is_ended,
            obligation_open=self._owes_replacement(fee.id),
            frozen=fee.is_frozen,
            claims=self._claims(fee, rows),
        )

    def _outstanding(self, invoice_id: uuid.UUID) -> int:
        account = LedgerAccount
        query = select(account.debits_minor - account.credits_minor).where(
            account.kind == AccountKind.RECEIVABLE, account.owner_id == invoice_id
        )
        return self.uow.session.scalar(query) or 0

    def _received(self, invoice_id: uuid.UUID) -> tuple[tuple[date, int], ...]:
        query = select(Allocation.received_on, Allocation.amount_minor).where(
            Allocation.invoice_id == invoice_id, Allocation.undone_at.is_(None)
        )
        return tuple((on, amount) for on, amount in self.uow.session.execute(query.order_by(Allocation.id)))

    def _owes_replacement(self, fee_id: uuid.UUID) -> bool:
        query = select(Obligation.id).where(Obligation.fee_id == fee_id, Obligation.state == "open")
        return self.uow.session.scalar(query) is not None

    def _claims(self, fee: Fee, rows: Sequence[Payout]) -> tuple[Claim, ...]:
        account = LedgerAccount
        query = select(account.owner_id, account.party_id, account.debits_minor - account.credits_minor).where(
            account.kind == AccountKind.CLAWBACK,
            account.party_id.in_({row.placement_id for row in rows}),
            account.currency == fee.currency,
            account.debits_minor > account.credits_minor,
        )
        return tuple(Claim(str(who), str(of), amount) for who, of, amount in self.uow.session.execute(query))

    # --- booking ---

    def open(self, placement: Placement, start: date, days: int) -> Account:
        """Begin the books of a placement whose sheet was locked: its payouts, all held."""
        fee = Fee(
            id=placement.id,
            placement_id=placement.id,
            company_id=placement.company_id,
            currency=placement.currency,
            terms=placement.terms,
            fee_minor=placement.fee_minor,
            start_date=start,
            agreed_days=days,
            time_zone=placement.time_zone,
        )
        self.uow.session.add(fee)
        self.uow.session.flush()
        self.uow.session.refresh(fee)
        self.uow.session.add(FeePlacement(placement_id=placement.id, fee_id=fee.id))
        terms = Terms.from_json(placement.terms)
        standing = operations.begin(terms, str(placement.id), str(placement.company_id), placement.fee_minor)
        account = self._accounts[fee.id] = Account(fee, standing, {}, None)
        rows = self.rows(placement.id)
        self.book(account, facts.Activated(on=self.today(fee.time_zone), rows=rows, start=start, days=days))
        return account

    def rows(self, placement_id: uuid.UUID) -> tuple[Row, ...]:
        """Read the rows of a placement's sheet in their order."""
        query = select(Collaborator.id, Collaborator.recruiter_id, Collaborator.split_bp).where(
            Collaborator.placement_id == placement_id
        )
        found = self.uow.session.execute(query.order_by(Collaborator.position))
        return tuple(Row(str(key), str(recruiter), bp) for key, recruiter, bp in found)

    def book(
        self,
        account: Account,
        fact: Fact,
        tell: Tellings | None = None,
        *,
        document: uuid.UUID | None = None,
        cause: str = "",
    ) -> tuple[Operation, ...]:
        """Book a fact and what follows from it, write the rows and record the events."""
        before = account.standing
        account.standing, made = operations.book(before, fact)
        self._save_parts(account, before)
        self._save_fee(account, fact.on)
        tellings = {**self._usual(account, cause), **(tell or {})}
        platform = self._released(account, made)
        for each in made:
            if each.kind is Kind.REFUND_DECIDED:
                settlements.refund(self.journal, account, before, each, cause or "failure")
            elif each.kind not in _STEP_BY_STEP:
                with_platform = [(each.kind, each.transfers), *platform]
                platform = []
                self.journal.post_all(with_platform, account.currency, tellings[each.kind], document=document)
        if platform:
            self.journal.post_all(platform, account.currency, tellings[Kind.REPLACEMENT_LINKED])
        settlements.claims(self.journal, account, before)
        if before.outstanding and account.standing.is_settled and account.invoice is not None:
            self.uow.record(InvoicePaid(**about_invoice(account), amount_minor=account.invoice.total_minor))
        return made

    def _usual(self, account: Account, cause: str) -> dict[OperationKind, Telling]:
        def moved(amount: int, ledger: str) -> FeeMoved:
            return FeeMoved(
                **about_fee(account),
                amount_minor=amount,
                ledger=ledger,
                cause=cause or "released",
                to_placement_id=account.fee.placement_id,
            )

        return {Kind.REPLACEMENT_LINKED: moved, Kind.AMENDED: moved}

    def _released(self, account: Account, made: Sequence[Operation]) -> list[tuple[OperationKind, Sequence[Transfer]]]:
        """Post what became due, or is no longer due, payout by payout; return the platform's own part of it."""
        platform: list[tuple[OperationKind, Sequence[Transfer]]] = []
        for each in made:
            if each.kind not in _STEP_BY_STEP:
                continue
            by_row: dict[str, list[Transfer]] = {}
            for moved in each.transfers:
                recruiter = next((r.owner for r in (moved.debit, moved.credit) if r.kind is AccountKind.PAYABLE), "")
                by_row.setdefault(recruiter, []).append(moved)
            for recruiter, transfers in by_row.items():
                if recruiter:
                    self.journal.post(
                        each.kind, transfers, account.currency, _tell_payout(account, each.kind, recruiter)
                    )
                else:
                    platform.append((each.kind, transfers))
        return platform

    # --- keeping ---

    def _save_parts(self, account: Account, before: Standing) -> None:
        known = {part.key: part for part in before.parts}
        kept: list[Part] = []
        for part in account.standing.parts:
            row = account.payouts.get(part.key)
            if row is None:
                row = self._new_payout(account, part)
                part = replace(part, key=str(row.id))
            elif part != known[part.key]:
                self._change_payout(account, row, known[part.key], part)
            kept.append(part)
        account.standing = replace(account.standing, parts=tuple(kept))
        self.uow.session.flush()

    def _new_payout(self, account: Account, part: Part) -> Payout:
        role = None if part.is_platform else self._role(part)
        row = Payout(
            id=self.uow.new_id(),
            fee_id=account.fee.id,
            placement_id=id_of(part.placement),
            holder_id=id_of(part.holder),
            recruiter_id=None if part.is_platform else id_of(part.recruiter),
            role=role,
            currency=account.currency,
            instalment=part.instalment,
            day=part.day,
            original_minor=part.original,
            taken_minor=part.taken,
            returned_minor=part.returned,
            state=payouts.state_of(part, approved=False),
            owed_by_id=id_of(part.owed_by) if part.owed_by else None,
            position=len(account.payouts) + 1,
            created_at=self.uow.now,
            due_at=self.uow.now if part.state is PartState.DUE else None,
        )
        self.uow.session.add(row)
        account.payouts[str(row.id)] = row
        return row

    def _role(self, part: Part) -> str:
        role = self.uow.session.scalar(select(Collaborator.role).where(Collaborator.id == id_of(part.holder)))
        if role is None:  # the row left the sheet; its payouts know what it was
            role = self.uow.session.scalar(
                select(Payout.role).where(Payout.holder_id == id_of(part.holder), Payout.role.is_not(None)).limit(1)
            )
        assert role is not None
        return role

    def _change_payout(self, account: Account, row: Payout, old: Part, part: Part) -> None:
        """Write what became of a payout; its state follows from its part."""
        is_approved = row.state == payouts.PayoutState.APPROVED
        changes = {
            "original_minor": part.original,
            "taken_minor": part.taken,
            "returned_minor": part.returned,
            "owed_by_id": id_of(part.owed_by) if part.owed_by else None,
            "state": payouts.state_of(part, approved=is_approved),
            **self._moments(old, part),
        }
        self.uow.session.execute(
            update(Payout).where(Payout.id == row.id).values(changes), execution_options={"synchronize_session": False}
        )
        for name, value in changes.items():
            set_committed_value(row, name, value)
        taken = part.taken - old.taken
        if taken > 0 and part.state is not PartState.PAID and not part.is_platform and account.standing.invoice:
            about = {**about_fee(account), "placement_id": row.placement_id}
            recruiter = id_of(part.recruiter)
            left = PayoutCancelled(
                **about, amount_minor=taken, left_minor=part.left, recruiter_id=recruiter, payout_id=row.id
            )
            self.uow.record(left)

    def _moments(self, old: Part, part: Part) -> dict[str, object]:
        """Return when a payout became due and was paid, as its state has changed."""
        if part.state is old.state:
            return {}
        if part.state is PartState.PAID:
            return {"paid_at": self.uow.now}
        return {"due_at": self.uow.now if part.state is PartState.DUE else None, "paid_at": None}

    def _save_fee(self, account: Account, today: date) -> None:
        fee, now = account.fee, account.standing
        fee.placement_id = id_of(now.placement)
        fee.agreed_days = now.days
        if now.start is not None:
            fee.start_date = now.start
        fee.refunded_minor, fee.tax_back_minor, fee.tax_gone_minor = now.refunded, now.tax_back, now.tax_gone
        fee.unbooked_minor, fee.is_ended, fee.is_frozen = now.unbooked, now.ended, now.frozen
        fee.is_void = now.ended and not now.invoice and now.fee_left == 0
        fee.next_release_on = next_release(now, today)
        fee.version += 1
        self.uow.session.flush()


def _tell_payout(account: Account, kind: OperationKind, recruiter: str) -> Telling:
    wanted = PartState.DUE if kind is Kind.PAYOUT_DUE else PartState.HELD
    part = next(p for p in account.standing.parts if p.recruiter == recruiter and p.state is wanted)
    told = PayoutDue if kind is Kind.PAYOUT_DUE else PayoutWaiting

    def tell(amount: int, ledger: str) -> PayoutDue | PayoutWaiting:
        return told(
            **{**about_fee(account), "placement_id": id_of(part.placement)},
            amount_minor=amount,
            ledger=ledger,
            recruiter_id=id_of(recruiter),
            payout_id=id_of(part.key),
        )

    return tell


@contextmanager
def books(uow: UnitOfWork) -> Iterator[Books]:
    """Keep the books within a transaction; the transfers are written at the end."""
    opened = Books(uow)
    yield opened
    opened.journal.write()
