"""The rule that would decide a case, with the facts as they were when it was opened (disputes.md §2)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, func, or_, select

from portal.domain import deciding
from portal.domain.billing.ledger import AccountKind
from portal.domain.billing.terms import Terms
from portal.domain.deciding import Claimed, Contacted, Outlook, Side, TakenBack
from portal.domain.disputes import SubjectType
from portal.domain.ids import lowest_id
from portal.domain.permissions import Actor
from portal.domain.placements import FAILURE_REASON_LABELS, FailureReason
from portal.extensions import reading
from portal.models import (
    CandidateOutreach,
    CandidateSourcer,
    DisputeAttachment,
    DisputeParty,
    Fee,
    Invoice,
    LedgerAccount,
    MarketplaceEvent,
    Organisation,
    Payout,
    Placement,
    Proposal,
    Recruiter,
    SplitSheet,
    User,
)
from portal.queries.disputes.evidence import Matter

C, E, Contact = CandidateSourcer, MarketplaceEvent, CandidateOutreach


def outlook(viewer: Actor, about: Matter) -> Outlook | None:
    """Return the rule that would decide a case; None where the log knows nothing that a rule could turn on."""
    zone = ZoneInfo(viewer.time_zone)
    if about.subject is SubjectType.CANDIDATE:
        return _ownership(about, zone)
    if about.subject is SubjectType.PROPOSAL:
        return _already_known(about, zone)
    if about.subject is SubjectType.GUARANTEE:
        return _guarantee(about)
    if about.subject is SubjectType.PAYOUT:
        return _payout(about)
    if about.subject is SubjectType.INVOICE:
        return _invoice(about)
    return _splits(about, zone)


# --- ownership --------------------------------------------------------------------------------------------------------


def _ownership(about: Matter, zone: ZoneInfo) -> Outlook | None:
    claims = _claims(about)
    standing = next((claim for claim in reversed(claims) if claim.recruiter_id in about.recruiters), None)
    sides = _sides(about)
    rival = next((side for side in sides if standing and side.id != standing.recruiter_id), None)
    if standing is None or rival is None:
        return None
    owner = next(side for side in sides if side.id == standing.recruiter_id)
    earlier = [claim for claim in claims if claim is not standing]
    return deciding.ownership(standing, owner=owner, rival=rival, earlier=earlier, contacts=_contacts(about), zone=zone)


def _claims(about: Matter) -> Sequence[Claimed]:
    """Read the claims that there were when the case was opened, with their ends as they were then."""
    ended = and_(C.superseded_at <= about.opened_at, C.superseded_at < C.protection_expires_at)
    ends = case((ended, C.superseded_at), else_=C.protection_expires_at)
    query = select(C.recruiter_id, C.sourced_at, ends).where(
        C.candidate_id == about.candidate_id, C.id < lowest_id(about.opened_at)
    )
    return [Claimed(*row) for row in reading().execute(query.order_by(C.sourced_at, C.id))]


def _sides(about: Matter) -> Sequence[Side]:
    query = select(Recruiter.id, User.name).join(User, User.id == Recruiter.user_id)
    return [Side(*row) for row in reading().execute(query.where(Recruiter.id.in_(about.recruiters)))]


def _contacts(about: Matter) -> Sequence[Contacted]:
    first = select(Contact.recruiter_id, func.min(Contact.sent_at)).group_by(Contact.recruiter_id)
    return [Contacted(*row) for row in reading().execute(first.where(Contact.candidate_id == about.candidate_id))]


# --- already known ----------------------------------------------------------------------------------------------------


def _already_known(about: Matter, zone: ZoneInfo) -> Outlook:
    row = _proposal(about.proposal_id)
    # What the same recruiter proposed before is how the company came to know the candidate.
    before = select(Proposal.proposed_at).where(
        Proposal.candidate_id == about.candidate_id,
        Proposal.company_id == row.company_id,
        Proposal.recruiter_id != row.recruiter_id,
    )
    met = reading().execute(before).scalars().all()
    return deciding.already_known(row.proposed_at, company=row.name, met=met, attached=_attached(about), zone=zone)


def _attached(about: Matter) -> int:
    """Count what the company attached to the case."""
    party = select(DisputeParty.id).where(
        DisputeParty.dispute_id == about.id, DisputeParty.organisation_id.is_not(None)
    )
    query = select(func.count()).where(DisputeAttachment.dispute_id == about.id, DisputeAttachment.party_id.in_(party))
    return reading().execute(query).scalar_one()


def _proposal(proposal_id: uuid.UUID | None) -> Any:
    query = select(Proposal.proposed_at, Proposal.company_id, Proposal.recruiter_id, Organisation.name)
    joined = query.join(Organisation, Organisation.id == Proposal.company_id)
    return reading().execute(joined.where(Proposal.id == proposal_id)).one()


# --- guarantee --------------------------------------------------------------------------------------------------------


def _guarantee(about: Matter) -> Outlook | None:
    of = (Placement.last_day_worked, Placement.guarantee_end_date, Placement.failure_reason, Placement.terms)
    row = reading().execute(select(*of).where(Placement.id == about.placement_id)).one()
    if row.last_day_worked is None:
        return None
    label = FAILURE_REASON_LABELS[FailureReason(row.failure_reason)]
    is_void = row.failure_reason in Terms.from_json(row.terms).void_reasons
    return deciding.guarantee(row.last_day_worked, row.guarantee_end_date, reason=label, is_void=is_void)


# --- payouts and invoices ---------------------------------------------------------------------------------------------


def _payout(about: Matter) -> Outlook:
    owed = LedgerAccount.debits_minor - LedgerAccount.credits_minor
    of_invoice = (LedgerAccount.kind == AccountKind.RECEIVABLE, LedgerAccount.owner_id == Fee.invoice_id)
    outstanding = select(owed).where(*of_invoice).correlate(Fee).scalar_subquery()
    query = select(Payout.due_at, Payout.taken_minor, func.coalesce(outstanding, 1).label("outstanding"))
    row = reading().execute(query.join(Fee, Fee.id == Payout.fee_id).where(Payout.id == about.subject_id)).one()
    return deciding.payout(
        is_settled=row.outstanding == 0, has_come=row.due_at is not None, taken=bool(row.taken_minor)
    )


def _invoice(about: Matter) -> Outlook:
    query = select(Invoice.fee_minor, Placement.fee_minor.label("agreed_minor"), Placement.activated_at)
    joined = query.join(Placement, Placement.id == Invoice.placement_id)
    row = reading().execute(joined.where(Invoice.id == about.subject_id)).one()
    return deciding.invoice(is_as_agreed=row.fee_minor == row.agreed_minor, has_started=row.activated_at is not None)


# --- splits -----------------------------------------------------------------------------------------------------------


def _splits(about: Matter, zone: ZoneInfo) -> Outlook:
    locked = func.min(SplitSheet.at).filter(SplitSheet.locked)
    sheet = select(func.max(SplitSheet.version), locked).where(SplitSheet.placement_id == about.placement_id)
    version, locked_at = reading().execute(sheet.where(SplitSheet.at <= about.opened_at)).one()
    return deciding.splits(version=version, locked_at=locked_at, forced=_forced(about), zone=zone)


def _forced(about: Matter) -> Sequence[TakenBack]:
    """Read the changes that a platform admin put in force with a reason in place of consent."""
    amended = and_(E.type.in_(("splits.amended", "placement.corrected")), E.payload["forced"].as_boolean())
    changed = and_(E.type == "splits.changed", E.payload["reason"].astext != "")
    query = select(E.at, func.coalesce(User.name, "Deleted user")).outerjoin(User, User.id == E.actor_id)
    told = query.where(E.placement_id == about.placement_id, E.at <= about.opened_at, or_(amended, changed))
    return [TakenBack(*row) for row in reading().execute(told.order_by(E.id))]
