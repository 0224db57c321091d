"""Where recruiters are paid, masked for pages; in the clear only for the file that a run's bank gets."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from portal.domain.billing import payees
from portal.domain.billing.payees import Account
from portal.domain.billing.payouts import PayoutState
from portal.domain.permissions import Actor
from portal.extensions import reading
from portal.models import Payee, Payout, PayoutRunLine, Recruiter, User
from portal.runtime import vault


@dataclass(frozen=True, slots=True)
class PayeeView:
    """Where a recruiter is paid, as pages show it; with version 0, until it is entered."""

    legal_name: str = ""
    legal_form: str = ""
    shown: str = ""
    changed_at: datetime | None = None
    usable_at: datetime | None = None  # while that is still to come
    version: int = 0


def own(viewer: Actor) -> PayeeView:
    """Return where the viewer is paid."""
    p = Payee
    query = select(p.legal_name, p.legal_form, p.shown, p.changed_at, p.version)
    row = reading().execute(query.where(p.recruiter_id == viewer.recruiter_id)).one_or_none()
    if row is None:
        return PayeeView()
    usable = payees.usable_at(row.changed_at)
    return PayeeView(
        row.legal_name, row.legal_form, row.shown, row.changed_at, usable if usable > viewer.now else None, row.version
    )


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What is due to a recruiter and no run collects, and why."""

    recruiter_id: uuid.UUID
    recruiter_name: str
    currency: str
    amount: int
    because: str
    until: Any


def held_back(viewer: Actor) -> tuple[HeldBack, ...]:
    """Return the recruiters to whom something is due that cannot be paid for want of usable bank details."""
    left = func.sum(Payout.left_minor)
    query = (
        select(Recruiter.id, User.name, Payout.currency, left, Recruiter.status, Payee.changed_at)
        .join(Recruiter, Recruiter.id == Payout.recruiter_id)
        .join(User, User.id == Recruiter.user_id)
        .outerjoin(Payee, Payee.recruiter_id == Recruiter.id)
        .where(Payout.state == PayoutState.DUE, Payout.run_id.is_(None))
        .group_by(Recruiter.id, User.name, Payout.currency, Recruiter.status, Payee.changed_at)
        .order_by(User.name, Recruiter.id, Payout.currency)
    )
    found: list[HeldBack] = []
    for key, name, currency, amount, status, changed_at in reading().execute(query):
        why = payees.obstacle(changed_at, is_active=status == "active", now=viewer.now)
        if why is not None:
            found.append(HeldBack(key, name, currency, int(amount), why.sentence, why.expected_on))
    return tuple(found)


def accounts_of(run_id: uuid.UUID) -> Mapping[uuid.UUID, tuple[str, Account]]:
    """Return whom a run pays and where, in the clear, as copied when it was collected."""
    line = PayoutRunLine
    query = select(line.recruiter_id, line.payee).where(line.run_id == run_id)
    return {key: (str(copied["name"]), _account(copied)) for key, copied in reading().execute(query)}


def _account(copied: Mapping[str, object]) -> Account:
    """Return the account that a run has copied; one from before there were any has none."""
    sealed = copied.get("sealed")
    return Account(**vault.unseal(str(sealed))) if sealed else Account()
