"""Who may not rule on a case: a party, who works for one, who ruled before or handled its money (disputes.md §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased

from portal.domain import disputes as rules
from portal.domain.permissions import Role
from portal.models import (
    Allocation,
    Dispute,
    DisputeParty,
    DisputeRuling,
    FeePlacement,
    Invoice,
    Membership,
    Payout,
    PayoutRun,
    PayoutRunItem,
    Receipt,
    Recruiter,
    User,
    WriteOff,
)

D = Dispute


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a platform admin may not rule on a case, and the code of the refusal."""

    code: str
    sentence: str


OWN = Hindrance("CONFLICT_OF_INTEREST", "You’re a party to this dispute, so another admin has to handle it.")
OWN_COMPANY = Hindrance(
    "CONFLICT_OF_INTEREST", "You have a role at a company in this dispute, so another admin has to handle it."
)
RULED = Hindrance("RULED_BEFORE", "You made the ruling under appeal, so another admin has to decide.")
HANDLED = Hindrance("HANDLED_BEFORE", "You handled this money, so another admin has to decide.")


def columns(user_id: Any) -> tuple[ColumnElement[bool], ...]:
    """Return what a statement that selects cases adds about somebody who might rule, for `read` to read."""
    return (
        _takes_part(user_id).label("takes_part"),
        _works_for_a_party(user_id).label("works_for_a_party"),
        _has_ruled(user_id).label("has_ruled"),
        _has_handled(user_id).label("has_handled"),
        _another(user_id).label("has_another"),
    )


def read(row: Any) -> Hindrance | None:
    """Return why somebody may not rule; who ruled or handled the money before may when nobody else is free to."""
    involved = involvement(row)
    if involved is not None:
        return involved
    if row.has_ruled and row.has_another:
        return RULED
    return HANDLED if row.has_handled and row.has_another else None


def involvement(row: Any) -> Hindrance | None:
    """Return why somebody may not act for the platform at all in a case."""
    if row.takes_part:
        return OWN
    return OWN_COMPANY if row.works_for_a_party else None


def is_involved(user_id: Any) -> ColumnElement[bool]:
    """Select whether somebody is a party to a case or works for one, whatever role they act in."""
    return or_(_takes_part(user_id), _works_for_a_party(user_id))


def _takes_part(user_id: Any) -> ColumnElement[bool]:
    recruiter = aliased(Recruiter)
    of = exists().where(DisputeParty.dispute_id == D.id, DisputeParty.recruiter_id == recruiter.id)
    return of.where(recruiter.user_id == user_id).correlate_except(DisputeParty, recruiter)


def _works_for_a_party(user_id: Any) -> ColumnElement[bool]:
    member = aliased(Membership)
    of = exists().where(DisputeParty.dispute_id == D.id, DisputeParty.organisation_id == member.organisation_id)
    return of.where(member.user_id == user_id).correlate_except(DisputeParty, member)


def _has_ruled(user_id: Any) -> ColumnElement[bool]:
    of = exists().where(DisputeRuling.dispute_id == D.id, DisputeRuling.by == user_id)
    return of.correlate_except(DisputeRuling)


def _has_handled(user_id: Any) -> ColumnElement[bool]:
    """Select whether somebody handled the money of a case against the platform."""
    return D.subject_type.in_(rules.AGAINST_PLATFORM) & _handled(user_id)


def _handled(user_id: Any) -> ColumnElement[bool]:
    """Select whether somebody issued, received, wrote off or paid money of the fee for the platform."""
    fee_id = select(FeePlacement.fee_id).where(FeePlacement.placement_id == D.placement_id)
    of_fee = fee_id.correlate_except(FeePlacement).scalar_subquery()
    paid = exists().where(PayoutRun.id == PayoutRunItem.run_id, PayoutRunItem.payout_id == Payout.id)
    did = or_(*(by == user_id for by in (PayoutRun.collected_by, PayoutRun.approved_by, PayoutRun.closed_by)))
    issued = exists().where(Invoice.fee_id == of_fee, Invoice.issued_by == user_id)
    received = exists().where(Receipt.id == Allocation.receipt_id, Receipt.by == user_id)
    written_off = exists().where(WriteOff.invoice_id == Invoice.id, WriteOff.by == user_id, Invoice.fee_id == of_fee)
    return or_(
        issued.correlate_except(Invoice),
        paid.where(Payout.fee_id == of_fee, did).correlate_except(PayoutRun, PayoutRunItem, Payout),
        received.where(Allocation.invoice_id == Invoice.id, Invoice.fee_id == of_fee).correlate_except(
            Receipt, Allocation, Invoice
        ),
        written_off.correlate_except(WriteOff, Invoice),
    )


def _another(user_id: Any) -> ColumnElement[bool]:
    """Select whether another platform admin is free to rule: not involved, and had nothing to do with it before."""
    member, user = aliased(Membership), aliased(User)
    admins = exists().where(member.user_id == user.id, member.role == Role.PLATFORM_ADMIN)
    hindered = or_(is_involved(user.id), _has_ruled(user.id), _has_handled(user.id))
    return admins.where(user.disabled_at.is_(None), user.id != user_id, ~hindered).correlate_except(member, user)
