"""What the life of a placement does to its money (money.md §3 to §5): activation, completion, failure, replacement."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Date, Integer, Select, case, cast, exists, func, or_, select, true, update

from portal.domain.billing import facts, operations
from portal.domain.billing.facts import Fact
from portal.domain.billing.payouts import PayoutState
from portal.domain.billing.refunds import Decision
from portal.domain.billing.terms import Remedy, Terms
from portal.domain.collaboration import Whole
from portal.domain.errors import Conflict
from portal.domain.events import ObligationClosed, ObligationExpiring, ObligationOpened
from portal.domain.permissions import Actor, Permission
from portal.domain.placements import FailureReason, PlacementState
from portal.models import Fee, FeePlacement, Obligation, Payout, Placement
from portal.services import freezes
from portal.services.billing import chores, invoices, obligations
from portal.services.billing.accounts import Account, refuse_own
from portal.services.billing.books import Books, books
from portal.services.billing.journal import id_of
from portal.services.machinery import rounds
from portal.services.machinery.rounds import Ids
from portal.services.machinery.unit_of_work import UnitOfWork, unit_of_work

WARN_DAYS, WARNED_AT_ONCE = 7, 500
DISPUTED = "A dispute about this placement is open, so what’s owed for it is on hold until the ruling."


def activated(uow: UnitOfWork, placement: Placement, start: date, days: int) -> None:
    """Open the books of a placement that was activated, or let it take over those of the one that it replaces."""
    with books(uow) as kept:
        if _take_over(kept, placement, start, days):
            return
        account = kept.open(placement, start, days)
        freeze(kept, account)
        invoices.issue_if_started(kept, account)


def freeze(kept: Books, account: Account) -> None:
    """Book what disputes keep of a fee as it is by now."""
    whole, parts = freezes.of_fee(kept.uow, account.fee.id)
    now = account.standing
    if (now.frozen, frozenset(part.key for part in now.parts if part.frozen)) != (whole, parts):
        kept.book(account, facts.Frozen(on=kept.today(account.fee.time_zone), frozen=whole, parts=parts))


def taken_over(uow: UnitOfWork, placement: Placement) -> Whole | None:
    """Return what a placement that begins takes over from the one that it replaces; None when it has its own fee."""
    if placement.replaces_id is None:
        return None
    with books(uow) as kept:
        account = kept.find(placement.replaces_id)
        if account is None or not account.standing.obligation_open:
            return None
        parts = operations.moving(account.standing)
    return Whole(sum(part.left for part in parts), sum(part.left for part in parts if part.is_platform))


def _take_over(kept: Books, placement: Placement, start: date, days: int) -> bool:
    """Move what is unreleased to a replacement that has begun; False when it replaces nothing that is owed."""
    if placement.replaces_id is None:
        return False
    account = kept.find(placement.replaces_id)
    if account is None or not account.standing.obligation_open:
        return False
    _close(kept.uow, [account], "fulfilled")
    kept.uow.session.merge(FeePlacement(placement_id=placement.id, fee_id=account.fee.id))
    fact = facts.Replaced(
        on=kept.today(account.fee.time_zone),
        placement=str(placement.id),
        rows=kept.rows(placement.id),
        start=start,
        days=days,
    )
    kept.book(account, fact, cause="linked")
    return True


def completed(uow: UnitOfWork, placement_ids: Collection[uuid.UUID]) -> None:
    """Make everything of completed placements due when their invoices are paid."""
    with books(uow) as kept:
        for account in kept.find_all(placement_ids):
            kept.book(account, facts.Completed(on=kept.today(account.fee.time_zone)))


def guaranteed_until(uow: UnitOfWork, placement_id: uuid.UUID) -> dict[uuid.UUID, date]:
    """Return until when each recruiter of a placement guarantees: as agreed, or as the last extension that was."""
    with books(uow) as kept:
        account = kept.find(placement_id)
        if account is None:  # it is older than the books
            return {}
        now = account.standing
        parts = [part for part in now.parts if part.placement == now.placement and part.recruiter]
        return {id_of(part.recruiter): end for part in parts if (end := now.end_of(part)) is not None}


def consented(uow: UnitOfWork, placement_id: uuid.UUID, recruiter_id: uuid.UUID, days: int) -> None:
    """Let the shares of a recruiter who agreed to an extension wait for its end."""
    with books(uow) as kept:
        account = kept.find(placement_id)
        assert account is not None, "only who shares in a fee with books is asked"
        on = kept.today(account.fee.time_zone)
        kept.book(account, facts.Consented(on=on, recruiter=str(recruiter_id), days=days))


def failed(uow: UnitOfWork, placement: Placement, *, last_day: date | None, reason: str) -> Decision | None:
    """Book what the terms say about a failure and return it; None when the placement has no books."""
    with books(uow) as kept:
        account = kept.find(placement.id)
        if account is None:
            return None
        fact = facts.Failed(on=kept.today(account.fee.time_zone), last_day=last_day, reason=reason)
        decided = operations.decision(account.standing, fact)
        kept.book(account, fact, cause="failure")
        if decided.opens_obligation:
            assert decided.due_on is not None
            oblige(uow, account, placement, fact.on, decided.due_on)
    return decided


def oblige(uow: UnitOfWork, account: Account, placement: Placement, on: date, due_on: date) -> None:
    """Open the obligation to find a replacement until a day."""
    row = Obligation(
        fee_id=account.fee.id,
        placement_id=placement.id,
        opened_on=on,
        due_on=due_on,
        state="open",
        opened_at=uow.now,
    )
    uow.add(row)
    uow.session.flush()
    uow.record(
        ObligationOpened(
            organisation_id=account.fee.company_id,
            placement_id=placement.id,
            obligation_id=row.id,
            recruiter_id=placement.lead_recruiter_id,
            due_on=due_on,
        )
    )


def linked(uow: UnitOfWork, failed_id: uuid.UUID, replacement: Placement) -> None:
    """Cancel the fee of a replacement that is active already and have it take over the first one's.

    Raises:
        Conflict: its own fee was paid out already.
    """
    with books(uow) as kept:
        own = kept.find(replacement.id)
        if own is None or not is_owed(uow, failed_id):
            return
        if any(row.state in {PayoutState.PAID, PayoutState.REVERSED} for row in own.payouts.values()):
            raise Conflict(
                "That placement’s fee has already been paid out, so it can’t replace another.",
                code="FEE_PAID_OUT",
            )
        nothing = facts.Failed(on=kept.today(own.fee.time_zone), last_day=None, reason=FailureReason.NO_SHOW)
        kept.book(own, nothing, cause="linked")
        kept.write()
        assert replacement.start_date is not None
        assert replacement.guarantee_days is not None
        _take_over(kept, replacement, replacement.start_date, replacement.guarantee_days)


def is_owed(uow: UnitOfWork, placement_id: uuid.UUID) -> bool:
    query = select(Obligation.id).where(Obligation.placement_id == placement_id, Obligation.state == "open")
    return uow.session.scalar(query) is not None


def amended(uow: UnitOfWork, placement_id: uuid.UUID) -> None:
    """Move money between the rows of a sheet that was amended."""
    with books(uow) as kept:
        account = kept.find(placement_id)
        if account is not None and account.fee.placement_id == placement_id:
            rows = kept.rows(placement_id)
            kept.book(account, facts.Amended(on=kept.today(account.fee.time_zone), rows=rows), cause="amended")


SETTLED = "Part of this fee was returned or came from another placement, so only the start date can be corrected."
HELD_UP = "Part of this fee is in dispute, or a replacement is owed for it, so it can’t be corrected now."


def correctable(uow: UnitOfWork, placement: Placement, *, fee_stays: bool) -> None:
    """Refuse to correct a fee of which something was settled otherwise; when it stays, only what waits keeps it.

    Raises:
        Conflict: a part of it went back, is frozen, or moved from or to another placement.
    """
    with books(uow) as kept:
        account = kept.find(placement.id)
        if account is not None:
            _refuse_settled(account, placement, fee_stays=fee_stays)


def corrected(uow: UnitOfWork, placement: Placement, *, fee_stays: bool, runs_again: bool) -> None:
    """Book another fee or start of a hire that was put right; nothing when it has no books yet.

    A replacement releases the first one's fee under the first one's terms, so that only its start can be another.
    `runs_again` tells that the guarantee had ended under the wrong start, so that what it released is held again.
    """
    with books(uow) as kept:
        kept.lock_companies({placement.company_id})
        account = kept.find(placement.id)
        if account is None:
            return
        _refuse_settled(account, placement, fee_stays=fee_stays)
        assert placement.start_date is not None
        own = account.fee.id == placement.id
        fact = facts.Corrected(
            on=kept.today(account.fee.time_zone),
            terms=Terms.from_json(placement.terms) if own else account.standing.terms,
            fee=placement.fee_minor if own else account.standing.fee,
            rows=kept.rows(placement.id),
            start=placement.start_date,
            runs_again=runs_again,
        )
        invoices.correct(kept, account, fact)


def _refuse_settled(account: Account, placement: Placement, *, fee_stays: bool) -> None:
    fee, now = account.fee, account.standing
    if now.is_disputed or now.obligation_open:
        raise Conflict(HELD_UP, code="FEE_SETTLED")
    moved = placement.id != fee.id or fee.placement_id != placement.id
    if not fee_stays and (moved or now.refunded or now.unbooked or now.tax_gone):
        raise Conflict(SETTLED, code="FEE_SETTLED")


def resumed(uow: UnitOfWork, placement_id: uuid.UUID) -> None:
    """Give the fee back to the books of a placement whose no-show was a mistake.

    Raises:
        Conflict: it was invoiced, so that money has moved.
    """
    with books(uow) as kept:
        account = kept.find(placement_id)
        if account is None:
            return
        if account.invoice is not None:
            raise Conflict("Its invoice has already been credited, so this can’t be undone.", code="MONEY_MOVED")
        kept.book(account, facts.Resumed(on=kept.today(account.fee.time_zone)))
        invoices.issue_if_started(kept, account)


# --- obligations ----------------------------------------------------------------------------------------------


def waive(placement_id: uuid.UUID, *, actor: Actor) -> uuid.UUID:
    """Waive a replacement that is owed; for the company and for platform admins.

    Raises:
        Conflict: no replacement is owed, or a dispute is open about it.
        NotPermitted: it would pay the actor.
    """
    return _end(placement_id, actor, Permission.OBLIGATION_WAIVE, "waived")


def give_up(placement_id: uuid.UUID, *, actor: Actor) -> uuid.UUID:
    """Record that no replacement will come; the refund follows by itself. For the submitter and for platform admins.

    Raises:
        Conflict: no replacement is owed, or a dispute is open about it.
    """
    return _end(placement_id, actor, Permission.OBLIGATION_GIVE_UP, "refunded")


def _end(placement_id: uuid.UUID, actor: Actor, permission: Permission, outcome: str) -> uuid.UUID:
    with unit_of_work(actor) as uow, books(uow) as kept:
        uow.load(Placement, placement_id, permission)
        if not is_owed(uow, placement_id):
            raise Conflict("No replacement is owed for this placement.", code="NO_OBLIGATION")
        account = kept.find(placement_id)
        assert account is not None, "an obligation has books"
        freezes.refuse(uow, placement_id, DISPUTED)
        if outcome == "waived":
            refuse_own(uow, account.fee.id)
        end(kept, [account], outcome)
    return placement_id


def end(kept: Books, accounts: Collection[Account], outcome: str) -> None:
    """End obligations, and book what follows of each: the refund, or that everything becomes due."""
    _close(kept.uow, accounts, outcome)
    for account in accounts:
        today = kept.today(account.fee.time_zone)
        waived = outcome == "waived"
        fact: Fact = facts.ObligationWaived(on=today) if waived else facts.ObligationRefunded(on=today)
        kept.book(account, fact, cause="obligation")


def _close(uow: UnitOfWork, accounts: Collection[Account], outcome: str) -> None:
    by_fee = {account.fee.id: account for account in accounts}
    lapsed = [key for key, account in by_fee.items() if _is_lapse(account, outcome)]
    closed = (
        update(Obligation)
        .where(Obligation.fee_id.in_(by_fee), Obligation.state == "open")
        .values(
            state=case((Obligation.fee_id.in_(lapsed), "lapsed"), else_=outcome),
            closed_at=uow.now,
            closed_by=uow.actor.user_id,
        )
        .returning(Obligation.id, Obligation.fee_id, Obligation.placement_id, Obligation.state)
        .execution_options(synchronize_session=False)
    )
    for key, fee_id, placement_id, state in uow.session.execute(closed).all():
        company = by_fee[fee_id].fee.company_id
        uow.record(
            ObligationClosed(organisation_id=company, placement_id=placement_id, obligation_id=key, outcome=state)
        )


def _is_lapse(account: Account, outcome: str) -> bool:
    return outcome == "refunded" and account.standing.terms.remedy == Remedy.REPLACEMENT_ONLY


# --- periodic work ----------------------------------------------------------------------------------------------


def expire_obligations(*, actor: Actor) -> int:
    """End the obligations whose deadline has passed without a hire, and count them."""
    return chores.on_fees(_unfulfilled, _refund, actor=actor, perhaps=_perhaps_unfulfilled)


def _unfulfilled(uow: UnitOfWork) -> Select[uuid.UUID]:
    """Select the fees of obligations past their deadline; a hire recorded by then keeps one open until that start."""
    return _perhaps_unfulfilled(uow).where(Obligation.due_on < _today_there(uow))


def _perhaps_unfulfilled(uow: UnitOfWork) -> Select[uuid.UUID]:
    """Select those whose deadline has passed somewhere."""
    failed_one = Placement.__table__.alias("failed_one")
    hired = exists().where(
        or_(
            Placement.replaces_id == failed_one.c.id,
            (Placement.job_id == failed_one.c.job_id) & (Placement.hired_at > Obligation.opened_at),
        ),
        Placement.state == PlacementState.HIRED,
    )
    # What a refund would take is frozen, all of it or a part: it waits, and is dated when that ends.
    is_disputed = or_(Fee.is_frozen, exists().where(Payout.fee_id == Fee.id, Payout.is_frozen))
    return (
        select(Fee.id)
        .join(Obligation, Obligation.fee_id == Fee.id)
        .join(failed_one, failed_one.c.id == Obligation.placement_id)
        .where(Obligation.state == "open", Obligation.due_on <= uow.now.date(), ~hired, ~is_disputed)
    )


def _today_there(uow: UnitOfWork) -> ColumnElement[date]:
    return cast(func.timezone(Fee.time_zone, uow.now), Date)


def _refund(kept: Books, late: Mapping[uuid.UUID, Account]) -> Collection[uuid.UUID]:
    owing = {fee_id: account for fee_id, account in late.items() if account.standing.obligation_open}
    # No one takes a refund back: a day that could not be given back before, as for a row that was bad, counts first.
    for fee_id in obligations.give_back(kept.uow, owing) if owing else ():
        del owing[fee_id]
    if owing:
        end(kept, owing.values(), "refunded")
    return owing


def warn_of_obligations(*, actor: Actor) -> int:
    """Remind the submitters whose replacement is due within a week, once, and count them."""
    chores.require_platform(actor)
    return sum(map(len, rounds.in_chunks(_warn_some, _perhaps_to_warn, size=WARNED_AT_ONCE, actor=actor)))


def _perhaps_to_warn(uow: UnitOfWork) -> Ids:
    """Return the obligations that may be due within a week, whatever their zones say."""
    is_near = Obligation.due_on <= uow.now.date() + timedelta(days=WARN_DAYS + 1)
    query = select(Obligation.id).where(Obligation.state == "open", Obligation.warned_at.is_(None), is_near)
    return uow.session.scalars(query.order_by(Obligation.id)).all()


def _warn_some(uow: UnitOfWork, ids: Ids | None) -> Ids:
    left: ColumnElement[int] = cast(Obligation.due_on - _today_there(uow), Integer)
    query = (
        select(Obligation, Placement.lead_recruiter_id, Placement.company_id, left)
        .join(Placement, Placement.id == Obligation.placement_id)
        .join(Fee, Fee.id == Obligation.fee_id)
        .where(Obligation.state == "open", Obligation.warned_at.is_(None), left <= WARN_DAYS)
        .where(true() if ids is None else Obligation.id.in_(ids))
        .order_by(Obligation.id)
        .limit(WARNED_AT_ONCE)
        .with_for_update(of=Obligation, skip_locked=True)
    )
    rows = uow.session.execute(query).all()
    for row, lead, company, days in rows:
        row.warned_at = uow.now
        uow.record(
            ObligationExpiring(
                organisation_id=company,
                placement_id=row.placement_id,
                obligation_id=row.id,
                recruiter_id=lead,
                due_on=row.due_on,
                days_left=max(days, 0),
            )
        )
    return [row[0].id for row in rows]


def release_due(*, actor: Actor) -> int:
    """Release the instalments whose day has come and what is left of guarantees that are over; count the fees."""
    return chores.on_fees(_to_release, _release, actor=actor, perhaps=_perhaps_to_release, two_lanes=True)


def _to_release(uow: UnitOfWork) -> Select[uuid.UUID]:
    """Select the fees of which something becomes due by the day of their own zone."""
    return _perhaps_to_release(uow).where(Fee.next_release_on <= _today_there(uow))


def _perhaps_to_release(uow: UnitOfWork) -> Select[uuid.UUID]:
    """Select those of which something becomes due somewhere: the index answers for a day more."""
    return select(Fee.id).where(Fee.next_release_on <= uow.now.date() + timedelta(days=1))


def _release(kept: Books, due: Mapping[uuid.UUID, Account]) -> Collection[uuid.UUID]:
    for account in due.values():
        kept.book(account, facts.DayCame(on=kept.today(account.fee.time_zone)))
    return due.keys()
