"""What rulings on disputes do to money, by the operations that refunds and obligations go through (disputes.md §6)."""

from __future__ import annotations

import uuid
from dataclasses import replace

from sqlalchemy import select

from portal.domain import money
from portal.domain.billing import facts, refunds
from portal.domain.billing.refunds import Decision, Departure
from portal.domain.errors import Conflict
from portal.models import Obligation, Placement
from portal.services.billing import lifecycle
from portal.services.billing.accounts import Account
from portal.services.billing.books import Books, books
from portal.services.machinery.unit_of_work import UnitOfWork

WHOLE = 10_000  # basis points
NO_REMEDY = Conflict(
    "The terms give nothing more for this departure; award a percentage instead.",
    code="NO_REMEDY",
)
NOTHING_OWED = Conflict("No replacement is owed, so there’s nothing to declare void.", code="NO_OBLIGATION")

NOTHING_TO_CREDIT = Conflict("No invoiced amount is left to credit.", code="NOTHING_TO_CREDIT")


def refund(uow: UnitOfWork, placement_id: uuid.UUID, bp: int = WHOLE) -> None:
    """Give back a percentage of a fee, at most what is left of it; no replacement is owed any more."""
    with books(uow) as kept:
        account = kept.find(placement_id)
        if account is not None:
            now = account.standing
            award = min(money.share_of(now.fee, bp), now.fee - now.refunded)
            kept.book(account, facts.Refunded(on=kept.today(account.fee.time_zone), amount=award), cause="dispute")
            _release(kept, account)


def credit(uow: UnitOfWork, placement_id: uuid.UUID, bp: int, payout_id: uuid.UUID | None = None) -> None:
    """Credit the company with a percentage of a fee, of which at most what is left, or of one payout of it."""
    with books(uow) as kept:
        account = kept.find(placement_id)
        assert account is not None, "what was invoiced has books"
        now, key = account.standing, str(payout_id or "")
        part = next((part for part in now.parts if part.key == key), None)
        whole, left = (now.fee, now.fee_left) if part is None else (part.left, part.left)
        amount = min(money.share_of(whole, bp), left)
        kept.book(
            account, facts.Refunded(on=kept.today(account.fee.time_zone), amount=amount, key=key), cause="dispute"
        )


def check_credit(uow: UnitOfWork, placement_id: uuid.UUID, payout_id: uuid.UUID | None = None) -> None:
    """Refuse a ruling that would credit what was not invoiced, or of which nothing is left."""
    with books(uow) as kept:
        account = kept.find(placement_id)
        parts = () if account is None or not account.standing.invoice else account.standing.parts
        if sum(part.left for part in parts if payout_id is None or part.key == str(payout_id)) <= 0:
            raise NOTHING_TO_CREDIT


def void(uow: UnitOfWork, placement_id: uuid.UUID) -> None:
    """End an obligation without a refund."""
    with books(uow) as kept:
        account = kept.find(placement_id)
        if account is not None:
            _release(kept, account)


def _release(kept: Books, account: Account) -> None:
    if account.standing.obligation_open:
        lifecycle.end(kept, [account], "waived")


def remedy(uow: UnitOfWork, placement: Placement) -> None:
    """Book what the terms say about a failure, whatever made the guarantee void."""
    with books(uow) as kept:
        account = kept.find(placement.id)
        assert account is not None, "a remedy was ruled about a fee with books"
        decided, today = _decide(kept, account, placement), kept.today(account.fee.time_zone)
        if decided.opens_obligation:
            assert decided.due_on is not None
            lifecycle.oblige(uow, account, placement, today, decided.due_on)
        else:
            kept.book(account, facts.Refunded(on=today, amount=decided.refund), cause="dispute")


def _decide(kept: Books, account: Account, placement: Placement) -> Decision:
    terms = replace(account.standing.terms, void_reasons=(), void_unpaid_days=None, void_reported_days=None)
    now, today = account.standing, kept.today(account.fee.time_zone)
    left = Departure(now.start, now.days, placement.last_day_worked, today, placement.failure_reason or "")
    return refunds.decide(terms, now.fee_left, left, now.payments)


def check_remedy(uow: UnitOfWork, placement: Placement) -> None:
    """Refuse a ruling that would apply a remedy where the terms give none, or gave it."""
    given = uow.session.scalar(select(Obligation.id).where(Obligation.placement_id == placement.id))
    with books(uow) as kept:
        account = kept.find(placement.id)
        if account is None or placement.failed_at is None or given is not None or account.standing.refunded:
            raise NO_REMEDY
        decided = _decide(kept, account, placement)
        if not decided.refund and not decided.opens_obligation:
            raise NO_REMEDY


def check_void(uow: UnitOfWork, placement_id: uuid.UUID) -> None:
    """Refuse a ruling that would end what is not owed."""
    if not lifecycle.is_owed(uow, placement_id):
        raise NOTHING_OWED
