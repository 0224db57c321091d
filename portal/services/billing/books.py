"""The books of a fee: load where its money stands, book a fact by the one pure function, keep what became of it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import cached_property, partial
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_dict, set_committed_value

from portal.domain import placements as calendar
from portal.domain.billing import facts, operations, payouts
from portal.domain.billing.facts import Fact
from portal.domain.billing.ledger import AccountKind, Operation, OperationKind, Transfer
from portal.domain.billing.runs import next_payout_day
from portal.domain.billing.schedule import Part, PartState, Row
from portal.domain.billing.standing import Standing
from portal.domain.billing.terms import Terms
from portal.domain.events import FeeMoved, InvoicePaid, PayoutCancelled, PayoutDue, PayoutWaiting
from portal.models import (
    Collaborator,
    Fee,
    FeePlacement,
    Organisation,
    Payout,
    Placement,
    PlatformSettings,
)
from portal.services.billing import accounts, numbers
from portal.services.billing.accounts import Account, about_fee, about_invoice, next_release
from portal.services.billing.journal import Journal, Telling, id_of
from portal.services.billing.settlements import Settlements
from portal.services.machinery.rows import among, update_all
from portal.services.machinery.unit_of_work import UnitOfWork

Kind = OperationKind
Tellings = Mapping[OperationKind, Telling]
_STEP_BY_STEP = (Kind.PAYOUT_DUE, Kind.PAYOUT_UNDONE)


class _Changed:
    """The rows of a table that were changed since the last write, and which columns of any of them.

    A round changes thousands: it looks at their values without the attributes' ways, and writes no column that none
    has changed.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._rows: dict[uuid.UUID, dict[str, object]] = {}
        self._columns: set[str] = set()

    def put(self, row: Payout | Fee, changes: Mapping[str, object]) -> None:
        """Let a row say what will be written; what it says already is left, because most of it is."""
        said = instance_dict(row)
        for name, value in changes.items():
            if said[name] != value:
                set_committed_value(row, name, value)
                self._columns.add(name)
        self._rows[row.id] = said

    def write(self, session: Session) -> None:
        """Write the changed columns in one statement, however many rows there are."""
        if self._columns:
            columns = ("id", *sorted(self._columns))
            update_all(session, self._table, [{name: said[name] for name in columns} for said in self._rows.values()])
        self._rows.clear()
        self._columns.clear()


class Books:
    """What one transaction does to the books; get one from `books`."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.uow = uow
        self.journal = Journal(uow)
        self.settlements = Settlements(self.journal)
        self._accounts: dict[uuid.UUID, Account] = {}
        self._payouts = _Changed(cast(Table, Payout.__table__))
        self._fees = _Changed(cast(Table, Fee.__table__))

    # --- loading ---

    def today(self, zone: str) -> date:
        return calendar.local_day(self.uow.now, zone)

    @cached_property
    def next_run_on(self) -> date:
        """Return the day on which the platform pays next what is due now."""
        days = self.uow.session.scalars(select(PlatformSettings.payout_days)).one()
        return next_payout_day(days, numbers.document_day(self.uow))

    def find(self, placement_id: uuid.UUID) -> Account | None:
        """Load and lock the fee that goes through a placement; None when the placement has no books."""
        return next(iter(self.find_all([placement_id])), None)

    def find_all(self, placement_ids: Collection[uuid.UUID]) -> list[Account]:
        """Load and lock the fees that go through placements, of those that have books."""
        query = select(FeePlacement.fee_id).where(among(FeePlacement.placement_id, placement_ids))
        fee_ids = self.uow.session.scalars(query).all()
        return list(self.load_all(fee_ids).values())

    def load(self, fee_id: uuid.UUID) -> Account:
        """Load and lock a fee, once a transaction."""
        return self.load_all([fee_id])[fee_id]

    def load_all(self, fee_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Account]:
        """Load and lock fees in the order of their ids, so that two transactions never wait for each other."""
        new = set(fee_ids) - self._accounts.keys()
        if new:
            query = select(Fee).where(among(Fee.id, new)).order_by(Fee.id).with_for_update(key_share=True)
            fees = self.uow.session.scalars(query.execution_options(populate_existing=True)).all()
            self._accounts |= {account.fee.id: account for account in accounts.read(self.uow.session, fees)}
        return {fee_id: self._accounts[fee_id] for fee_id in sorted(set(fee_ids))}

    def lock_companies(self, company_ids: Collection[uuid.UUID]) -> None:
        """Lock what is the companies' own, their credit: before any of their fees."""
        query = select(Organisation.id).where(Organisation.id.in_(company_ids)).order_by(Organisation.id)
        self.uow.session.execute(query.with_for_update(key_share=True))

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
        self.uow.add(fee)
        self.uow.session.flush()
        self.uow.session.refresh(fee)
        self.uow.add(FeePlacement(placement_id=placement.id, fee_id=fee.id))
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
                self.settlements.refund(account, before, each, cause or "failure")
            elif each.kind not in _STEP_BY_STEP:
                with_platform = [(each.kind, each.transfers), *platform]
                platform = []
                self.journal.post_all(with_platform, account.currency, tellings[each.kind], document=document)
        if platform:
            self.journal.post_all(platform, account.currency, tellings[Kind.REPLACEMENT_LINKED])
        self.settlements.claims(account, before)
        if before.outstanding and account.standing.is_settled and account.invoice is not None:
            self.uow.record(InvoicePaid(**about_invoice(account), amount_minor=account.invoice.total_minor))
        return made

    def _usual(self, account: Account, cause: str) -> dict[OperationKind, Telling]:
        to = account.fee.placement_id
        moved = partial(FeeMoved, **about_fee(account), cause=cause or "released", to_placement_id=to)
        return {Kind.REPLACEMENT_LINKED: moved, Kind.AMENDED: moved}

    def _released(self, account: Account, made: Sequence[Operation]) -> list[tuple[OperationKind, Sequence[Transfer]]]:
        """Post what became due, or is no longer due, payout by payout; return what is told to no recruiter.

        That is the platform's own part, and what is no longer due because a replacement, for which it is, took it over.
        """
        platform: list[tuple[OperationKind, Sequence[Transfer]]] = []
        for each in made:
            if each.kind not in _STEP_BY_STEP:
                continue
            by_row: dict[str, list[Transfer]] = {}
            for moved in each.transfers:
                recruiter = next((r.owner for r in (moved.debit, moved.credit) if r.kind is AccountKind.PAYABLE), "")
                by_row.setdefault(recruiter, []).append(moved)
            for recruiter, transfers in by_row.items():
                part = _told(account, each.kind, recruiter) if recruiter else None
                if part is not None:
                    tell = self._tell_payout(account, each.kind, recruiter, part)
                    self.journal.post(each.kind, transfers, account.currency, tell)
                else:
                    platform.append((each.kind, transfers))
        return platform

    def _tell_payout(self, account: Account, kind: OperationKind, recruiter: str, part: Part) -> Telling:
        about = {**about_fee(account), "placement_id": id_of(part.placement)}
        about |= {"recruiter_id": id_of(recruiter), "payout_id": id_of(part.key)}
        if kind is Kind.PAYOUT_DUE:
            return partial(PayoutDue, **about, next_run_on=self.next_run_on)
        return partial(PayoutWaiting, **about, is_covered=account.standing.is_settled)

    # --- keeping ---

    def _save_parts(self, account: Account, before: Standing) -> None:
        known = {part.key: part for part in before.parts}
        kept: list[Part] = []
        is_larger = len(account.standing.parts) > len(account.payouts)
        for part in account.standing.parts:
            row = account.payouts.get(part.key)
            if row is None:
                row = self._new_payout(account, part)
                part = replace(part, key=str(row.id))
            elif part != known[part.key]:
                self._change_payout(account, row, known[part.key], part)
            kept.append(part)
        if is_larger:
            account.standing = replace(account.standing, parts=tuple(kept))

    def _new_payout(self, account: Account, part: Part) -> Payout:
        role = None if part.is_platform else self._role(part)
        row = Payout(
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
            is_frozen=part.frozen,
            extended_days=part.extended_days,
            position=len(account.payouts) + 1,
            due_at=self.uow.now if part.state is PartState.DUE else None,
            paid_at=self._paid_at(account, part),
        )
        self.uow.add(row)
        account.payouts[str(row.id)] = row
        return row

    def _paid_at(self, account: Account, part: Part) -> datetime | None:
        """Return when a part was paid that moved to another row of its recruiter: with the row that had it."""
        if part.state is not PartState.PAID:
            return None
        return max(
            row.paid_at for row in account.payouts.values() if row.paid_at and str(row.recruiter_id) == part.recruiter
        )

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
            "is_frozen": part.frozen,
            "extended_days": part.extended_days,
            "state": payouts.state_of(part, approved=is_approved),
            **self._moments(old, part),
        }
        self._payouts.put(row, changes)
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
        changes = {
            "placement_id": id_of(now.placement),
            "agreed_days": now.days,
            "start_date": now.start or fee.start_date,
            "refunded_minor": now.refunded,
            "tax_back_minor": now.tax_back,
            "tax_gone_minor": now.tax_gone,
            "unbooked_minor": now.unbooked,
            "is_ended": now.ended,
            "is_frozen": now.frozen,
            "is_void": now.ended and not now.invoice and now.fee_left == 0,
            "next_release_on": next_release(now, today),
            "version": fee.version + 1,
        }
        self._fees.put(fee, changes)

    def write(self) -> None:
        """Write what was booked since: payouts, fees and transfers in one statement each, however many there are."""
        self.uow.session.flush()
        self._payouts.write(self.uow.session)
        self._fees.write(self.uow.session)
        self.settlements.write()
        self.journal.write()


@contextmanager
def books(uow: UnitOfWork) -> Iterator[Books]:
    """Keep the books within a transaction; what was booked is written at the end."""
    opened = Books(uow)
    yield opened
    opened.write()


def _told(account: Account, kind: OperationKind, recruiter: str) -> Part | None:
    """Return the payout by which a recruiter is told what became due or waits again; None if nothing waits."""
    if kind is Kind.PAYOUT_DUE:
        return next(p for p in account.standing.parts if p.recruiter == recruiter and _is_due(p))
    own = (part for part in account.standing.parts if part.recruiter == recruiter)
    return next((part for part in own if part.state is PartState.HELD), None)


def _is_due(part: Part) -> bool:
    return part.state is PartState.DUE and part.left > 0
