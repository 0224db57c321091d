"""Paying payouts out (money.md §4): a run once, with references; what the bank returns; what recruiters repay."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import select

from portal import access
from portal.domain import texts
from portal.domain.billing import facts
from portal.domain.billing.ledger import OperationKind
from portal.domain.billing.payouts import PayoutState
from portal.domain.billing.runs import RunAction
from portal.domain.errors import Conflict, InvalidInput, existing
from portal.domain.events import ClawbackReduced, PayoutPaid, PayoutReturned, PayoutRunPaid
from portal.domain.permissions import Actor, Permission
from portal.models import (
    Clawback,
    ClawbackRepayment,
    FeePlacement,
    Payout,
    PayoutRun,
    PayoutRunItem,
    PayoutRunLine,
    PayoutRunNetting,
    Recruiter,
)
from portal.services.billing import numbers, runs
from portal.services.billing.accounts import Account, about_fee
from portal.services.billing.books import Books, books
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

OWN_DEBT = "You owe this, so another admin has to do it."
NoReferences: Mapping[uuid.UUID, str] = {}


def pay(
    run_id: uuid.UUID, *, actor: Actor, reference: str = "", references: Mapping[uuid.UUID, str] = NoReferences
) -> uuid.UUID:
    """Record that an approved run was paid, with one reference for all or one for each recruiter.

    Raises:
        WrongState: it is not approved, or was paid before.
        InvalidInput: a recruiter has no reference.
        Conflict: something in it changed since it was collected; it names the line.
        NotPermitted: it pays the actor.
    """
    with unit_of_work(actor) as uow, books(uow) as kept:
        run = runs.load(uow, run_id, RunAction.PAY)
        runs.refuse_own_run(uow, run)
        said = _references(uow, run, reference, references)
        accounts = _accounts(kept, run)
        runs.refuse_changed(uow, run, PayoutState.APPROVED)
        count = _pay_all(kept, run, accounts, said)
        runs.move(uow, run, RunAction.PAY, {"closed_at": uow.now, "closed_by": actor.user_id})
        uow.record(PayoutRunPaid(run_id=run.id, currency=run.currency, amount_minor=run.net_minor, payouts=count))
    return run_id


def _references(
    uow: UnitOfWork, run: PayoutRun, reference: str, references: Mapping[uuid.UUID, str]
) -> dict[uuid.UUID, str]:
    """Write each line's reference, and return them by recruiter."""
    said: dict[uuid.UUID, str] = {}
    for line in uow.session.scalars(select(PayoutRunLine).where(PayoutRunLine.run_id == run.id)):
        text = references.get(line.recruiter_id, reference)
        line.reference = said[line.recruiter_id] = texts.reference(text)
    return said


def _accounts(kept: Books, run: PayoutRun) -> dict[uuid.UUID, Account]:
    """Load and lock every fee that the run pays of, or nets against."""
    paid = select(Payout.fee_id).join(PayoutRunItem, PayoutRunItem.payout_id == Payout.id)
    owed = select(FeePlacement.fee_id).join(
        PayoutRunNetting, PayoutRunNetting.placement_id == FeePlacement.placement_id
    )
    found = [
        *kept.uow.session.scalars(paid.where(PayoutRunItem.run_id == run.id)),
        *kept.uow.session.scalars(owed.where(PayoutRunNetting.run_id == run.id)),
    ]
    return kept.load_all(found)


def _pay_all(
    kept: Books, run: PayoutRun, accounts: Mapping[uuid.UUID, Account], references: Mapping[uuid.UUID, str]
) -> int:
    by_placement = _owing(kept, accounts)
    netted: dict[uuid.UUID, list[PayoutRunNetting]] = {}
    of_run = PayoutRunNetting.run_id == run.id
    for netting in kept.uow.session.scalars(select(PayoutRunNetting).where(of_run)):
        netted.setdefault(netting.payout_id, []).append(netting)
    items = select(Payout).join(PayoutRunItem, PayoutRunItem.payout_id == Payout.id).order_by(Payout.id)
    payouts = kept.uow.session.scalars(items.where(PayoutRunItem.run_id == run.id)).all()
    owed = _latest_clawbacks(kept.uow, [netting for of_payout in netted.values() for netting in of_payout])
    for payout in payouts:
        account = accounts[payout.fee_id]
        _refuse_uncovered(account)
        nettings = netted.get(payout.id, [])
        _pay(kept, run, account, payout, nettings, references)
        for netting in nettings:
            latest = owed[netting.recruiter_id, netting.placement_id]
            _reduce(kept, by_placement[netting.placement_id], netting, latest)
    return len(payouts)


def _owing(kept: Books, accounts: Mapping[uuid.UUID, Account]) -> dict[uuid.UUID, Account]:
    query = select(FeePlacement.placement_id, FeePlacement.fee_id).where(FeePlacement.fee_id.in_(accounts))
    return {placement: accounts[fee] for placement, fee in kept.uow.session.execute(query)}


def _refuse_uncovered(account: Account) -> None:
    """Refuse to pay of a fee that is not cleared: payouts never exceed what has come in."""
    if not account.standing.is_settled:
        raise Conflict(
            "An invoice in this run is no longer paid in full. Cancel the run and collect again.", code="RUN_BLOCKED"
        )


def _pay(
    kept: Books,
    run: PayoutRun,
    account: Account,
    payout: Payout,
    nettings: list[PayoutRunNetting],
    references: Mapping[uuid.UUID, str],
) -> None:
    assert payout.recruiter_id is not None
    recruiter = payout.recruiter_id
    kept_back = sum(netting.amount_minor for netting in nettings)

    about = {**about_fee(account), "placement_id": payout.placement_id, "recruiter_id": recruiter}
    said: dict[str, Any] = {"netted_minor": kept_back, "reference": references[recruiter]}
    tell = partial(PayoutPaid, **about, **said, payout_id=payout.id, run_id=run.id)
    fact = facts.PaidOut(
        on=kept.today(account.fee.time_zone),
        key=str(payout.id),
        netted=tuple((str(netting.placement_id), netting.amount_minor) for netting in nettings),
    )
    kept.book(account, fact, {OperationKind.PAYOUT_PAID: tell}, document=run.id)


def _reduce(kept: Books, account: Account, netting: PayoutRunNetting, latest: Clawback) -> None:
    """Take what was netted off what the recruiter owes; the payout's own booking has moved the money."""
    claim = (str(netting.recruiter_id), str(netting.placement_id))
    owed = sum(c.amount for c in account.standing.claims if (c.recruiter, c.placement) == claim)
    if owed < netting.amount_minor:
        raise Conflict(
            "What a recruiter owes has changed since this run was collected. Cancel the run and collect again.",
            code="RUN_BLOCKED",
        )
    fact = facts.ClawbackReduced(
        on=kept.today(account.fee.time_zone),
        recruiter=claim[0],
        placement=claim[1],
        amount=netting.amount_minor,
        in_cash=False,
    )
    kept.uow.record(_reduced(account, latest, netting.amount_minor, "netted"))
    kept.book(account, fact)


def _latest_clawbacks(
    uow: UnitOfWork, nettings: Sequence[PayoutRunNetting]
) -> dict[tuple[uuid.UUID, uuid.UUID], Clawback]:
    """Return the last clawback of each recruiter and placement that is netted."""
    query = select(Clawback).where(
        Clawback.recruiter_id.in_({netting.recruiter_id for netting in nettings}),
        Clawback.placement_id.in_({netting.placement_id for netting in nettings}),
    )
    found = uow.session.scalars(query.order_by(Clawback.id)) if nettings else ()
    return {(row.recruiter_id, row.placement_id): row for row in found}


def _reduced(account: Account, row: Clawback, amount: int, how: str) -> ClawbackReduced:
    about = {**about_fee(account), "placement_id": row.placement_id, "recruiter_id": row.recruiter_id}
    return ClawbackReduced(**about, amount_minor=amount, clawback_id=row.id, how=how)


def returned(payout_id: uuid.UUID, *, actor: Actor, reason: str) -> uuid.UUID:
    """Record that the bank returned the payment of a payout: it is reversed, and a new one is due.

    Raises:
        Conflict: it was not paid, was returned before, or was netted entirely.
        NotPermitted: it is the actor's own.
    """
    access.require(actor, Permission.BILLING_MANAGE)
    said = texts.reason(reason)
    with unit_of_work(actor) as uow, books(uow) as kept:
        fee_id = existing(uow.session.scalar(select(Payout.fee_id).where(Payout.id == payout_id)))
        account = kept.load(fee_id)
        payout = account.payouts[str(payout_id)]
        uow.refuse_own(Recruiter.id == payout.recruiter_id, "This pays you again, so another admin has to do it.")
        cash = _cash_of(uow, payout)
        if payout.state != PayoutState.PAID or payout.returned_minor or not cash:
            raise Conflict("Only amounts paid in cash can be returned, and only once.", code="NOT_PAID")
        assert payout.recruiter_id is not None
        about = {**about_fee(account), "placement_id": payout.placement_id, "recruiter_id": payout.recruiter_id}
        about |= {"payout_id": payout_id, "reason": said, "next_run_on": kept.next_run_on}
        fact = facts.ReturnedByBank(on=kept.today(account.fee.time_zone), key=str(payout_id), cash=cash)
        kept.book(account, fact, {OperationKind.PAYOUT_RETURNED: partial(PayoutReturned, **about)}, document=payout_id)
    return payout_id


def _cash_of(uow: UnitOfWork, payout: Payout) -> int:
    """Return what of a payout was paid in cash."""
    item = select(PayoutRunItem.amount_minor).where(
        PayoutRunItem.payout_id == payout.id, ~PayoutRunItem.is_released, PayoutRunItem.run_id == payout.run_id
    )
    netted = select(PayoutRunNetting.amount_minor).where(
        PayoutRunNetting.payout_id == payout.id, PayoutRunNetting.run_id == payout.run_id
    )
    return (uow.session.scalar(item) or 0) - sum(uow.session.scalars(netted))


def repaid(clawback_id: uuid.UUID, *, actor: Actor, amount_minor: int, received_on: date, reference: str) -> uuid.UUID:
    """Record what a recruiter paid back of a clawback; what a run has reserved is not open for that.

    Raises:
        InvalidInput: the amount is not above zero or more than what is open, or the day has not come or is long past.
        NotPermitted: the actor owes it.
    """
    access.require(actor, Permission.BILLING_MANAGE)
    said = texts.reference(reference)
    with unit_of_work(actor) as uow, books(uow) as kept:
        row = load_clawback(uow, clawback_id)
        uow.refuse_own(Recruiter.id == row.recruiter_id, OWN_DEBT)
        account = kept.load(row.fee_id)
        if not 0 < amount_minor <= open_of(uow, account, row):
            raise InvalidInput.field("amount_minor", "Enter an amount above zero, up to the outstanding amount.")
        numbers.check_moved(uow, "received_on", received_on)
        repayment: dict[str, Any] = {"amount_minor": amount_minor, "received_on": received_on, "reference": said}
        document = uow.add(ClawbackRepayment(clawback_id=row.id, **repayment))
        fact = facts.ClawbackReduced(
            on=kept.today(account.fee.time_zone),
            recruiter=str(row.recruiter_id),
            placement=str(row.placement_id),
            amount=amount_minor,
            in_cash=True,
        )
        event = _reduced(account, row, amount_minor, "repaid")
        kept.book(account, fact, {OperationKind.CLAWBACK_REPAID: lambda **_: event}, document=document.id)
    return clawback_id


def load_clawback(uow: UnitOfWork, clawback_id: uuid.UUID) -> Clawback:
    """Load a clawback and lock its recruiter, so that no run reserves it meanwhile."""
    row = existing(uow.session.get(Clawback, clawback_id))
    uow.session.execute(select(Recruiter.id).where(Recruiter.id == row.recruiter_id).with_for_update(key_share=True))
    return row


def open_of(uow: UnitOfWork, account: Account, row: Clawback) -> int:
    """Return what a recruiter owes of a placement, less what runs have reserved."""
    claim = (str(row.recruiter_id), str(row.placement_id))
    owed = sum(c.amount for c in account.standing.claims if (c.recruiter, c.placement) == claim)
    reserved = runs.reservations()
    mine = select(reserved.c.amount).where(reserved.c.who == row.recruiter_id, reserved.c.of == row.placement_id)
    return owed - int(uow.session.scalar(mine) or 0)
