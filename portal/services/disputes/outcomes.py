"""What a ruling would do to whom: it is made, read from the books, and taken back (ADR 0081)."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Select, func, literal, null, select

from portal import access
from portal.domain.disputes import FreezeKind, SubjectType
from portal.domain.errors import InvalidInput, PortalError
from portal.domain.permissions import Actor, Permission
from portal.models import (
    CandidateSourcer,
    Collaborator,
    Dispute,
    DisputeFreeze,
    Fee,
    FeePlacement,
    Obligation,
    Organisation,
    Payout,
    Placement,
    Recruiter,
    User,
    stands,
)
from portal.services.disputes import cases, rulings
from portal.services.disputes.rulings import RulingInput
from portal.services.machinery.unit_of_work import UnitOfWork, trial

THE_PLATFORM, THE_TAX = "The platform", "Tax authority"
UNREASONED = "Not given yet."  # a ruling that is taken back needs a reason like any other

Sum = tuple[uuid.UUID | str, str]  # whose, and in which currency


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody gains by a ruling, in minor units; below zero it is a loss."""

    name: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Credit:
    """Who has the sourcing credit, and who gets which part of what it earns next."""

    owner: str
    shared_with: str
    shared_bp: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one ruling would do if it took full effect now, or why it would be refused.

    `credit` is the sourcing credit where it changes; `owed_until` is the day by which a replacement would be owed,
    of the calendar of the zone `owed_in`.
    """

    effect: str
    changes: tuple[Change, ...] = ()
    credit: Credit | None = None
    owed_until: date | None = None
    owed_in: str = ""
    refusal: str = ""


def outcomes(dispute_id: uuid.UUID, *, actor: Actor, inputs: Sequence[RulingInput]) -> tuple[Outcome, ...]:
    """Return what rulings on a case would do, each by itself; nothing is kept, and nobody is told."""
    access.require(actor, Permission.DISPUTE_RULE)
    wordless = (replace(input, reason=UNREASONED, rule="", precedent="") for input in inputs)
    return tuple(_outcome(dispute_id, actor, input) for input in wordless)


def _outcome(dispute_id: uuid.UUID, actor: Actor, input: RulingInput) -> Outcome:
    with trial(actor) as uow:
        dispute, rows = cases.load(uow, dispute_id)
        before = _standing(uow, dispute)
        try:
            rulings.pronounce(uow, dispute, rows, input)
            uow.session.flush()
            if dispute.settled_at is None:
                rulings.settle(uow.as_system(), dispute, rows)
        except PortalError as refusal:
            return Outcome(input.effect, refusal=_sentence(refusal))
        uow.session.flush()
        return _compared(uow, input.effect, before, _standing(uow, dispute))


def _sentence(refusal: PortalError) -> str:
    return next(iter(refusal.fields.values())) if isinstance(refusal, InvalidInput) else refusal.message


@dataclass(frozen=True, slots=True)
class _Standing:
    """How things stand: the money that the case is about, the credit, and until which day of which zone one is owed."""

    money: Counter[Sum]
    credit: tuple[uuid.UUID, uuid.UUID | None, int] | None
    owed: tuple[date, str] | None


def _standing(uow: UnitOfWork, dispute: Dispute) -> _Standing:
    placement_ids = _placements(uow, dispute)
    through = select(FeePlacement.placement_id, FeePlacement.fee_id).where(FeePlacement.placement_id.in_(placement_ids))
    fees = {row.placement_id: row.fee_id for row in uow.session.execute(through)}
    unbooked = [placement_id for placement_id in placement_ids if placement_id not in fees]
    owed = select(Obligation.due_on, Placement.time_zone).join(Placement, Placement.id == Obligation.placement_id)
    owed = owed.where(Placement.id == dispute.placement_id, Obligation.state == "open")
    ends = uow.session.execute(owed).one_or_none()
    money: Counter[Sum] = Counter()
    for whose, currency, amount in (*_booked(uow, [*fees.values()]), *_expected(uow, unbooked)):
        money[whose, currency] += amount
    return _Standing(money, _credit(uow, dispute), ends)


def _placements(uow: UnitOfWork, dispute: Dispute) -> Sequence[uuid.UUID]:
    """Return the placements whose money a ruling on the case could move."""
    frozen = select(DisputeFreeze.row_id).where(
        DisputeFreeze.dispute_id == dispute.id, DisputeFreeze.kind == FreezeKind.PLACEMENT
    )
    about = (Placement.id == dispute.placement_id) | Placement.id.in_(frozen)
    if dispute.subject_type == SubjectType.PROPOSAL:
        about |= Placement.proposal_id == dispute.proposal_id
    return uow.session.scalars(select(Placement.id).where(about).order_by(Placement.id)).all()


def _booked(uow: UnitOfWork, fee_ids: Sequence[uuid.UUID]) -> Iterator[tuple[uuid.UUID | str, str, int]]:
    """Yield what is left of each part of fees with books, which the company pays, and the tax that went back."""
    left = func.sum(Payout.left_minor)
    shares = select(Payout.recruiter_id, Fee.company_id, Payout.currency, left).join(Fee, Fee.id == Payout.fee_id)
    by = (Payout.recruiter_id, Fee.company_id, Payout.currency)
    yield from _paid_by_company(uow, shares.where(Payout.fee_id.in_(fee_ids)).group_by(*by))
    taxed = select(Fee.company_id, Fee.currency, func.sum(Fee.tax_back_minor)).group_by(Fee.company_id, Fee.currency)
    for company_id, currency, back in uow.session.execute(taxed.where(Fee.id.in_(fee_ids))):
        yield company_id, currency, int(back)
        yield THE_TAX, currency, -int(back)


def _expected(uow: UnitOfWork, placement_ids: Sequence[uuid.UUID]) -> Iterator[tuple[uuid.UUID | str, str, int]]:
    """Yield what the sheets of hires that have no books yet promise, as long as the hire stands."""
    of = (Placement.id.in_(placement_ids), stands(Placement))
    by = (Collaborator.recruiter_id, Placement.company_id, Placement.currency)
    shares = select(*by, func.sum(Collaborator.amount_minor)).join(Placement, Placement.id == Collaborator.placement_id)
    yield from _paid_by_company(uow, shares.where(*of).group_by(*by))
    own = select(null(), Placement.company_id, Placement.currency, func.sum(Placement.platform_fee_minor))
    yield from _paid_by_company(uow, own.where(*of).group_by(Placement.company_id, Placement.currency))


def _paid_by_company(uow: UnitOfWork, shares: Select[*tuple[Any, ...]]) -> Iterator[tuple[uuid.UUID | str, str, int]]:
    for recruiter_id, company_id, currency, amount in uow.session.execute(shares):
        yield recruiter_id or THE_PLATFORM, currency, int(amount)
        yield company_id, currency, -int(amount)


def _credit(uow: UnitOfWork, dispute: Dispute) -> tuple[uuid.UUID, uuid.UUID | None, int] | None:
    if dispute.subject_type != SubjectType.CANDIDATE:
        return None
    claim = CandidateSourcer
    query = select(claim.recruiter_id, claim.shared_with, func.coalesce(claim.shared_bp, 0))
    of = (claim.candidate_id == access.standing(literal(dispute.candidate_id)), claim.is_current)
    row = uow.session.execute(query.where(*of)).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def _compared(uow: UnitOfWork, effect: str, before: _Standing, now: _Standing) -> Outcome:
    moved = {key: now.money[key] - before.money[key] for key in {*now.money, *before.money}}
    credit = now.credit if now.credit != before.credit else None
    names = _names(uow, {whose for (whose, _), amount in moved.items() if amount} | set(credit or ()))
    changes = [Change(names[whose], amount, currency) for (whose, currency), amount in moved.items() if amount]
    return Outcome(
        effect,
        tuple(sorted(changes, key=lambda change: (change.currency, -change.amount_minor, change.name))),
        Credit(names[credit[0]], names[credit[1]] if credit[1] else "", credit[2]) if credit else None,
        *(now.owed if now.owed and now.owed != before.owed else ()),
    )


def _names(uow: UnitOfWork, ids: Collection[uuid.UUID | str | int | None]) -> dict[uuid.UUID | str, str]:
    found: dict[uuid.UUID | str, str] = {THE_PLATFORM: THE_PLATFORM, THE_TAX: THE_TAX}
    keys = [key for key in ids if isinstance(key, uuid.UUID)]
    recruiters = select(Recruiter.id, User.name).join(User, User.id == Recruiter.user_id).where(Recruiter.id.in_(keys))
    companies = select(Organisation.id, Organisation.name).where(Organisation.id.in_(keys))
    for query in (recruiters, companies):
        found |= {row[0]: row[1] for row in uow.session.execute(query)}
    return found
