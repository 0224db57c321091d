"""The rule that would decide a case, with the facts as they were when it was opened (disputes.md §2)."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import aliased

from portal.domain import deciding
from portal.domain.billing.ledger import AccountKind
from portal.domain.billing.terms import Terms
from portal.domain.deciding import Claimed, Contacted, Outlook, Side, TakenBack
from portal.domain.disputes import SubjectType
from portal.domain.ids import lowest_id
from portal.domain.permissions import Actor
from portal.domain.placements import FAILURE_REASON_LABELS, FailureReason
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
from portal.queries.prepared import ask

C, E, Contact = CandidateSourcer, MarketplaceEvent, CandidateOutreach
Earlier = aliased(Proposal)
_RECORDS: tuple[ColumnElement[Any], ...] = (bindparam("candidate"), bindparam("claimed_on"))


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
    values = {"opened": about.opened_at, "before": lowest_id(about.opened_at), "recruiters": list(about.recruiters)}
    rows = ask(_told_of_candidate(), {**values, "candidate": about.candidate_id, "claimed_on": about.claimed_on}).all()
    of_case = [Claimed(row.recruiter_id, row.at, row.ends_at) for row in rows if row.kind == "claim"]
    elsewhere = [Claimed(row.recruiter_id, row.at, row.ends_at) for row in rows if row.kind == "elsewhere"]
    sides = [Side(row.recruiter_id, row.name) for row in rows if row.kind == "side"]
    contacts = [Contacted(row.recruiter_id, row.at) for row in rows if row.kind == "contact"]
    standing = next((claim for claim in reversed(of_case) if claim.recruiter_id in about.recruiters), None)
    rival = next((side for side in sides if standing and side.id != standing.recruiter_id), None)
    if standing is None or rival is None:
        return None
    owner = next(side for side in sides if side.id == standing.recruiter_id)
    earlier = [claim for claim in (*of_case, *elsewhere) if claim is not standing]
    return deciding.ownership(standing, owner=owner, rival=rival, earlier=earlier, contacts=contacts, zone=zone)


@lru_cache
def _told_of_candidate() -> Select[*tuple[Any, ...]]:
    """Select the claims, first contacts and parties at once, told apart by `kind`."""
    rows = union_all(_claims(), _contacts(), _sides()).subquery()
    return select(rows).order_by(rows.c.at, rows.c.id)


def _claims() -> Select[*tuple[Any, ...]]:
    """Select the claims that there were when the case was opened, with their ends as they were then.

    Those on the other record of a person entered twice are told apart.
    """
    ended = and_(C.superseded_at <= bindparam("opened"), C.superseded_at < C.protection_expires_at)
    ends = case((ended, C.superseded_at), else_=C.protection_expires_at).label("ends_at")
    kind = case((C.candidate_id == bindparam("claimed_on"), "claim"), else_="elsewhere").label("kind")
    query = select(kind, C.id, C.recruiter_id, C.sourced_at.label("at"), ends)
    found = query.add_columns(literal("").label("name"))
    return found.where(C.candidate_id.in_(_RECORDS), C.id < bindparam("before"))


def _contacts() -> Select[*tuple[Any, ...]]:
    first = func.min(Contact.sent_at)
    query = select(literal("contact"), Contact.recruiter_id, Contact.recruiter_id, first, first, literal(""))
    return query.where(Contact.candidate_id.in_(_RECORDS)).group_by(Contact.recruiter_id)


def _sides() -> Select[*tuple[Any, ...]]:
    never = cast(null(), DateTime(timezone=True))
    query = select(literal("side"), Recruiter.id, Recruiter.id, never, never, User.name)
    named = query.join(User, User.id == Recruiter.user_id)
    return named.where(Recruiter.id == any_(bindparam("recruiters", type_=ARRAY(Uuid()))))


# --- already known ----------------------------------------------------------------------------------------------------


def _already_known(about: Matter, zone: ZoneInfo) -> Outlook:
    values = {"candidate": about.candidate_id, "proposal": about.proposal_id, "dispute": about.id}
    row = ask(_proposed(), values).one()
    days = int(current_app.config["PROOF_OF_CONTACT_DAYS"])
    return deciding.already_known(
        row.proposed_at, company=row.name, met=row.met or (), attached=row.attached, zone=zone, days=days
    )


@lru_cache
def _proposed() -> Select[*tuple[Any, ...]]:
    """Select a proposal, when others proposed the candidate there, and how much the company attached to the case."""
    # What the same recruiter proposed before is how the company came to know the candidate.
    before = select(func.array_agg(Earlier.proposed_at)).where(
        Earlier.candidate_id == bindparam("candidate"),
        Earlier.company_id == Proposal.company_id,
        Earlier.recruiter_id != Proposal.recruiter_id,
    )
    attached = (
        select(func.count())
        .select_from(DisputeAttachment)
        .join(DisputeParty, DisputeParty.id == DisputeAttachment.party_id)
        .where(DisputeAttachment.dispute_id == bindparam("dispute"), DisputeParty.organisation_id.is_not(None))
    )
    return (
        select(Proposal.proposed_at, Organisation.name)
        .add_columns(before.correlate(Proposal).scalar_subquery().label("met"))
        .add_columns(attached.scalar_subquery().label("attached"))
        .join(Organisation, Organisation.id == Proposal.company_id)
        .where(Proposal.id == bindparam("proposal"))
    )


# --- guarantee --------------------------------------------------------------------------------------------------------


def _guarantee(about: Matter) -> Outlook | None:
    row = ask(_ended(), {"placement": about.placement_id}).one()
    if row.last_day_worked is None:
        return None
    label = FAILURE_REASON_LABELS[FailureReason(row.failure_reason)]
    is_void = row.failure_reason in Terms.from_json(row.terms).void_reasons
    return deciding.guarantee(row.last_day_worked, row.guarantee_end_date, reason=label, is_void=is_void)


@lru_cache
def _ended() -> Select[*tuple[Any, ...]]:
    of = (Placement.last_day_worked, Placement.guarantee_end_date, Placement.failure_reason, Placement.terms)
    return select(*of).where(Placement.id == bindparam("placement"))


# --- payouts and invoices ---------------------------------------------------------------------------------------------


def _payout(about: Matter) -> Outlook:
    row = ask(_paid(), {"payout": about.subject_id}).one()
    return deciding.payout(
        is_settled=row.outstanding == 0, has_come=row.due_at is not None, taken=bool(row.taken_minor)
    )


@lru_cache
def _paid() -> Select[*tuple[Any, ...]]:
    owed = LedgerAccount.debits_minor - LedgerAccount.credits_minor
    of_invoice = (LedgerAccount.kind == AccountKind.RECEIVABLE, LedgerAccount.owner_id == Fee.invoice_id)
    outstanding = select(owed).where(*of_invoice).correlate(Fee).scalar_subquery()
    query = select(Payout.due_at, Payout.taken_minor, func.coalesce(outstanding, 1).label("outstanding"))
    return query.join(Fee, Fee.id == Payout.fee_id).where(Payout.id == bindparam("payout"))


def _invoice(about: Matter) -> Outlook:
    row = ask(_invoiced(), {"invoice": about.subject_id}).one()
    return deciding.invoice(is_as_agreed=row.fee_minor == row.agreed_minor, has_started=row.activated_at is not None)


@lru_cache
def _invoiced() -> Select[*tuple[Any, ...]]:
    query = select(Invoice.fee_minor, Placement.fee_minor.label("agreed_minor"), Placement.activated_at)
    return query.join(Placement, Placement.id == Invoice.placement_id).where(Invoice.id == bindparam("invoice"))


# --- splits -----------------------------------------------------------------------------------------------------------


def _splits(about: Matter, zone: ZoneInfo) -> Outlook:
    row = ask(_divided(), {"placement": about.placement_id, "opened": about.opened_at}).one()
    forced = [TakenBack(datetime.fromisoformat(at), name) for at, name in row.forced or ()]
    return deciding.splits(version=row.version, locked_at=row.locked_at, forced=forced, zone=zone)


@lru_cache
def _divided() -> Select[*tuple[Any, ...]]:
    """Select the split as it was when the case was opened, and what changed it without consent."""
    of_then = (SplitSheet.placement_id == bindparam("placement"), SplitSheet.at <= bindparam("opened"))
    locked = func.min(SplitSheet.at).filter(SplitSheet.locked).label("locked_at")
    version = func.max(SplitSheet.version).label("version")
    return select(version, locked, _forced().label("forced")).where(*of_then)


def _forced() -> ColumnElement[Any]:
    """Gather the changes that a platform admin put in force with a reason in place of consent."""
    amended = and_(E.type.in_(("splits.amended", "placement.corrected")), E.payload["forced"].as_boolean())
    changed = and_(E.type == "splits.changed", E.payload["reason"].astext != "")
    one = func.jsonb_build_array(E.at, func.coalesce(User.name, "Deleted user"))
    query = select(func.jsonb_agg(aggregate_order_by(one, E.id))).select_from(E)
    told = query.outerjoin(User, User.id == E.actor_id).where(E.placement_id == bindparam("placement"))
    return told.where(E.at <= bindparam("opened"), or_(amended, changed)).scalar_subquery()
