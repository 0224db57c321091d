"""Payout runs (money.md §4, §9): collect, approve with four eyes, pay once, or cancel."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any, NoReturn

from sqlalchemy import CursorResult, Select, Subquery, exists, func, select, update
from sqlalchemy.orm.attributes import set_committed_value

from portal import access
from portal.domain import money
from portal.domain.billing import runs as rules
from portal.domain.billing.ledger import AccountKind
from portal.domain.billing.payouts import PayoutState
from portal.domain.billing.runs import RunAction, RunState
from portal.domain.errors import Conflict, InvalidInput, NotPermitted, WrongState, existing
from portal.domain.events import PayoutRunApproved, PayoutRunCancelled, PayoutRunCollected
from portal.domain.permissions import Actor, Permission
from portal.models import (
    Clawback,
    Fee,
    LedgerAccount,
    Payee,
    Payout,
    PayoutRun,
    PayoutRunItem,
    PayoutRunLine,
    PayoutRunNetting,
    Recruiter,
    User,
)
from portal.queries.billing import standings
from portal.services.billing import limits
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Due:
    """A payout that can be collected, with what it has left."""

    id: uuid.UUID
    recruiter_id: uuid.UUID
    fee_id: uuid.UUID
    amount: int


def collect(*, actor: Actor, currency: str) -> uuid.UUID:
    """Collect all due payouts of a currency into a run, netted against what their recruiters owe; return its id.

    Raises:
        InvalidInput: there is no such currency.
        Conflict: nothing is due.
    """
    access.require(actor, Permission.BILLING_MANAGE)
    if currency not in money.CURRENCIES:
        raise InvalidInput.field("currency", "Choose a currency from the list.")
    with unit_of_work(actor) as uow:
        limit, _ = limits.in_force(uow, currency)
        due = _without_frozen(
            uow, [Due(key, who, fee, left) for key, who, fee, left in uow.session.execute(_due(uow, currency)) if who]
        )
        if not due:
            _refuse_empty(uow, currency)
        run = _run(uow, currency, sum(payout.amount for payout in due), limit)
        netted = _write(uow, run, due)
        run.net_minor = run.gross_minor - netted
        uow.session.flush()
        uow.record(PayoutRunCollected(**_about(run, len(due)), needs_second=run.needs_second))
    return run.id


def _run(uow: UnitOfWork, currency: str, gross: int, limit: int) -> PayoutRun:
    return PayoutRun(
        id=uow.new_id(),
        currency=currency,
        state=RunState.COLLECTED,
        gross_minor=gross,
        net_minor=gross,
        four_eyes_minor=limit,
        needs_second=rules.needs_second(gross, _recent(uow, currency), limit),
        collected_at=uow.now,
        collected_by=uow.actor.user_id,
    )


def _refuse_empty(uow: UnitOfWork, currency: str) -> NoReturn:
    """Say why there is nothing to collect."""
    waiting = exists().where(
        Payout.state == PayoutState.DUE,
        Payout.run_id.is_(None),
        Payout.recruiter_id.is_not(None),
        Payout.currency == currency,
    )
    if uow.ask(waiting)[0]:
        raise Conflict("Everything due in this currency is on hold: see On hold for the reasons.", code="NOTHING_DUE")
    raise Conflict("Nothing is due in this currency.", code="NOTHING_DUE")


def _due(uow: UnitOfWork, currency: str) -> Select[uuid.UUID, uuid.UUID | None, uuid.UUID, int]:
    """Select the payouts that can be collected, each recruiter's together, the oldest first; locked for this run.

    A run that collects at the same moment waits for the rows, and then finds them taken.
    """
    return (
        select(Payout.id, Payout.recruiter_id, Payout.fee_id, Payout.left_minor)
        .join(Fee, Fee.id == Payout.fee_id)
        .join(Recruiter, Recruiter.id == Payout.recruiter_id)
        .join(Payee, Payee.recruiter_id == Payout.recruiter_id)
        .where(Payout.currency == currency, *standings.collectable(uow.now))
        .order_by(Payout.recruiter_id, Payout.id)
        .with_for_update(of=Payout, key_share=True)
    )


def _without_frozen(uow: UnitOfWork, due: Sequence[Due]) -> list[Due]:
    """Leave out what a dispute froze while its rows were waited for."""
    asked = select(Fee.id).where(Fee.id.in_({payout.fee_id for payout in due}), Fee.is_frozen)
    frozen = set(uow.session.scalars(asked))
    return [payout for payout in due if payout.fee_id not in frozen]


def _recent(uow: UnitOfWork, currency: str) -> int:
    query = select(func.coalesce(func.sum(PayoutRun.gross_minor), 0)).where(
        PayoutRun.currency == currency,
        PayoutRun.state != RunState.CANCELLED,
        PayoutRun.collected_at > uow.now - WINDOW,
    )
    return int(uow.session.scalars(query).one())


def _write(uow: UnitOfWork, run: PayoutRun, due: Sequence[Due]) -> int:
    """Write the run's lines, items and nettings, and return what was netted."""
    recruiters = sorted({payout.recruiter_id for payout in due})
    owed = _owed(uow, recruiters, run.currency)
    copied = _payees(uow, recruiters)
    uow.add(run)
    uow.session.flush()
    total = 0
    for recruiter, found in groupby(due, key=lambda payout: payout.recruiter_id):
        payouts = list(found)
        nettings = rules.net([(str(p.id), p.amount) for p in payouts], owed.get(recruiter, []))
        gross, netted = sum(p.amount for p in payouts), sum(n.amount for n in nettings)
        total += netted
        sums = {"gross_minor": gross, "netted_minor": netted, "net_minor": gross - netted}
        uow.add(PayoutRunLine(run_id=run.id, recruiter_id=recruiter, payee=copied[recruiter], **sums))
        uow.session.add_all(PayoutRunItem(run_id=run.id, payout_id=p.id, amount_minor=p.amount) for p in payouts)
        uow.session.add_all(_netting(run, recruiter, netting) for netting in nettings)
    uow.session.execute(
        update(Payout)
        .where(Payout.id.in_([payout.id for payout in due]))
        .values(run_id=run.id)
        .execution_options(synchronize_session=False)
    )
    return total


def _netting(run: PayoutRun, recruiter: uuid.UUID, netting: rules.Netting) -> PayoutRunNetting:
    return PayoutRunNetting(
        run_id=run.id,
        payout_id=uuid.UUID(netting.payout),
        placement_id=uuid.UUID(netting.placement),
        recruiter_id=recruiter,
        amount_minor=netting.amount,
    )


def _payees(uow: UnitOfWork, recruiters: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, object]]:
    """Copy whom the run pays and where, and lock the recruiters: what they owe is reserved for this run."""
    query = (
        select(Recruiter.id, Payee.legal_name, Payee.legal_form, Payee.shown, Payee.sealed)
        .join(Payee, Payee.recruiter_id == Recruiter.id)
        .where(Recruiter.id.in_(recruiters))
        .order_by(Recruiter.id)
        .with_for_update(of=Recruiter, key_share=True)
    )
    return {
        key: {"name": name, "legal_form": form, "shown": shown, "sealed": sealed}
        for key, name, form, shown, sealed in uow.session.execute(query)
    }


def _owed(uow: UnitOfWork, recruiters: Sequence[uuid.UUID], currency: str) -> dict[uuid.UUID, list[tuple[str, int]]]:
    """Return what recruiters owe by placement, the oldest first, less what other runs reserve and what is disputed."""
    account, reserved = LedgerAccount, reservations()
    disputed = exists().where(
        Payout.fee_id == Clawback.fee_id, Payout.recruiter_id == Clawback.recruiter_id, Payout.is_frozen
    )
    oldest = (
        select(Clawback.recruiter_id, Clawback.placement_id, func.min(Clawback.opened_at).label("opened_at"))
        .join(Fee, Fee.id == Clawback.fee_id)
        .where(Clawback.settled_at.is_(None), ~Fee.is_frozen, ~disputed)
        .group_by(Clawback.recruiter_id, Clawback.placement_id)
        .subquery()
    )
    left = account.debits_minor - account.credits_minor - func.coalesce(reserved.c.amount, 0)
    query = (
        select(account.owner_id, account.party_id, left)
        .join(oldest, (oldest.c.recruiter_id == account.owner_id) & (oldest.c.placement_id == account.party_id))
        .outerjoin(reserved, (reserved.c.who == account.owner_id) & (reserved.c.of == account.party_id))
        .where(
            account.kind == AccountKind.CLAWBACK,
            account.currency == currency,
            account.owner_id.in_(recruiters),
            left > 0,
        )
        .order_by(oldest.c.opened_at, account.party_id)
    )
    found: dict[uuid.UUID, list[tuple[str, int]]] = {}
    for who, of, amount in uow.session.execute(query):
        found.setdefault(who, []).append((str(of), int(amount)))
    return found


def reservations() -> Subquery:
    """Select what runs that are not over have reserved of what recruiters owe."""
    netting = PayoutRunNetting
    return (
        select(
            netting.recruiter_id.label("who"),
            netting.placement_id.label("of"),
            func.sum(netting.amount_minor).label("amount"),
        )
        .join(PayoutRun, PayoutRun.id == netting.run_id)
        .where(PayoutRun.state.in_((RunState.COLLECTED, RunState.APPROVED)), ~netting.is_released)
        .group_by(netting.recruiter_id, netting.placement_id)
        .subquery()
    )


def approve(run_id: uuid.UUID, *, actor: Actor) -> uuid.UUID:
    """Approve a collected run; above the limit by another admin than the one who collected it.

    Raises:
        WrongState: it was approved, paid or cancelled before.
        NotPermitted: the actor collected it and a second admin is needed, or it pays the actor.
        Conflict: something in it changed since it was collected.
    """
    with unit_of_work(actor) as uow:
        run = load(uow, run_id, RunAction.APPROVE)
        if run.needs_second and run.collected_by == actor.user_id:
            raise NotPermitted(
                "A platform admin other than the one who collected this run has to approve it: together, the"
                " runs of the last 24 hours are above the limit.",
                code="FOUR_EYES",
            )
        refuse_own_run(uow, run)
        _lock_fees(uow, run)
        refuse_changed(uow, run, PayoutState.DUE)
        move(uow, run, RunAction.APPROVE, {"approved_at": uow.now, "approved_by": actor.user_id})
        count = set_payouts(uow, run, PayoutState.DUE, PayoutState.APPROVED)
        uow.record(PayoutRunApproved(**_about(run, count)))
    return run_id


def cancel(run_id: uuid.UUID, *, actor: Actor) -> uuid.UUID:
    """Cancel a run before it is paid; its payouts are due again.

    Raises:
        WrongState: it was paid or cancelled before.
    """
    with unit_of_work(actor) as uow:
        run = load(uow, run_id, RunAction.CANCEL)
        _lock_fees(uow, run)
        move(uow, run, RunAction.CANCEL, {"closed_at": uow.now, "closed_by": actor.user_id})
        set_payouts(uow, run, PayoutState.APPROVED, PayoutState.DUE)
        for kept in (PayoutRunItem, PayoutRunNetting):
            uow.session.execute(update(kept).where(kept.run_id == run_id).values(is_released=True))
        out = update(Payout).where(Payout.run_id == run_id).values(run_id=None).returning(Payout.id)
        count = len(uow.session.execute(out.execution_options(synchronize_session=False)).all())
        uow.record(PayoutRunCancelled(**_about(run, count)))
    return run_id


def _lock_fees(uow: UnitOfWork, run: PayoutRun) -> None:
    """Wait for bookings on what a run pays of: one that is under way would write the state back that it has read."""
    fees = select(Payout.fee_id).join(PayoutRunItem, PayoutRunItem.payout_id == Payout.id)
    paid = fees.where(PayoutRunItem.run_id == run.id)
    uow.session.execute(select(Fee.id).where(Fee.id.in_(paid)).order_by(Fee.id).with_for_update(key_share=True))


# --- what approving, paying and cancelling share ----------------------------------------------------------------------


def load(uow: UnitOfWork, run_id: uuid.UUID, action: RunAction) -> PayoutRun:
    """Load and lock a run for a transition."""
    access.require(uow.actor, Permission.BILLING_MANAGE)
    run = existing(uow.session.scalar(select(PayoutRun).where(PayoutRun.id == run_id).with_for_update(key_share=True)))
    rules.MACHINE.check(action, run.state)
    return run


def move(uow: UnitOfWork, run: PayoutRun, action: RunAction, values: Mapping[str, object]) -> None:
    """Take a locked run through a transition where the old state still stands."""
    changes = {"state": rules.MACHINE.transitions[action].target, "version": run.version + 1, **values}
    statement = update(PayoutRun).where(PayoutRun.id == run.id, PayoutRun.state == run.state).values(changes)
    result = uow.session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise WrongState("Someone else just changed this payout run. Check it and try again.")
    for name, value in changes.items():
        set_committed_value(run, name, value)


def set_payouts(uow: UnitOfWork, run: PayoutRun, old: str, new: str) -> int:
    """Move the run's payouts along with its state, and count them."""
    moved = update(Payout).where(Payout.run_id == run.id, Payout.state == old).values(state=new).returning(Payout.id)
    return len(uow.session.execute(moved.execution_options(synchronize_session=False)).all())


def refuse_own_run(uow: UnitOfWork, run: PayoutRun) -> None:
    """Refuse an admin whom the run pays."""
    paid = select(PayoutRunLine.recruiter_id).where(PayoutRunLine.run_id == run.id)
    uow.refuse_own(Recruiter.id.in_(paid), "This run pays you, so another admin has to do it.")


def refuse_changed(uow: UnitOfWork, run: PayoutRun, state: str) -> None:
    """Refuse a run of which a payout is no longer what was collected; the refusal names the recruiters."""
    query = (
        select(User.name, PayoutRunItem.payout_id)
        .join(Payout, Payout.id == PayoutRunItem.payout_id)
        .join(Fee, Fee.id == Payout.fee_id)
        .join(Recruiter, Recruiter.id == Payout.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .where(PayoutRunItem.run_id == run.id, standings.is_changed(state))
    )
    changed = uow.session.execute(query).all()
    if changed:
        names = ", ".join(sorted({name for name, _ in changed}))
        raise Conflict(
            f"Payouts to {names} have changed since this run was collected. Cancel the run and collect again.",
            code="RUN_BLOCKED",
            details={"payout_ids": [str(key) for _, key in changed]},
        )


def _about(run: PayoutRun, payouts: int) -> dict[str, Any]:
    return {"run_id": run.id, "currency": run.currency, "amount_minor": run.net_minor, "payouts": payouts}
