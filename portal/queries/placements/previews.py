"""What a hire or an activation would make, before it is made."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import aliased

from portal import access
from portal.domain import collaboration as split_rules
from portal.domain import money
from portal.domain import placements as rules
from portal.domain.billing import terms
from portal.domain.billing.terms import Charged, Terms
from portal.domain.collaboration import CollaboratorRole
from portal.domain.contacts import email_key
from portal.domain.errors import existing
from portal.domain.permissions import Actor
from portal.domain.proposals import ProposalState
from portal.extensions import reading
from portal.models import (
    Candidate,
    CandidateSourcer,
    GuaranteeConfig,
    Job,
    Organisation,
    Placement,
    Proposal,
    Recruiter,
    User,
    stands,
)
from portal.queries.guarantee_terms import NEAREST, applying
from portal.queries.placements.collaboration import Member, Team
from portal.queries.placements.placements import has_fee_of_another
from portal.wording import terms as words

HIRES_SHOWN = 100
_recruiting, _sourcing, _sharing = aliased(Recruiter), aliased(Recruiter), aliased(Recruiter)
_submitter, _sourcer, _other = aliased(User), aliased(User), aliased(User)


@dataclass(frozen=True, slots=True)
class HireOffer:
    """An accepted proposal from which a hire may be recorded, with its terms, and what job and credit say about it."""

    proposal_id: uuid.UUID
    state: str
    candidate_name: str
    job_title: str
    company_name: str
    currency: str
    expected_salary_minor: int | None
    submitter_name: str
    sourcers: tuple[tuple[str, int], ...]  # names, and their basis points
    placement_id: uuid.UUID | None
    terms: Terms
    has_claim: bool
    seen: str  # which sourcers these are

    @property
    def unsourced(self) -> str:
        """Return why no sourcer shares in the fee, nothing where one does (ADR 0095)."""
        if self.sourcers:
            return ""
        if self.has_claim:
            return "The active claim is the candidate’s own."
        return "No one holds an active claim on this candidate."

    @property
    def is_ready(self) -> bool:
        """Return whether a hire can be recorded now."""
        return self.state == ProposalState.ACCEPTED and self.placement_id is None

    def shares(self, pool_minor: int) -> tuple[tuple[str, str, int, int], ...]:
        """Return who would get what at the hire of what is shared: name, role, basis points, minor units."""
        submitter = CollaboratorRole.SUBMITTER
        rows = [(name, CollaboratorRole.SOURCER, bp) for name, bp in self.sourcers]
        rows.append((self.submitter_name, submitter, split_rules.WEIGHTS_BP[submitter]))
        amounts = money.allocate_shares(pool_minor, [bp for _, _, bp in rows])
        return tuple(
            (name, split_rules.ROLE_LABELS[role], bp, amount)
            for (name, role, bp), amount in zip(rows, amounts, strict=True)
        )


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """What a member has of the recorded fee, and would have of the corrected one."""

    member: Member
    amount: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction that is being typed: the fee it makes, and the difference for each person."""

    fee: int
    lines: tuple[CorrectionLine, ...]


@dataclass(frozen=True, slots=True)
class LockedLine:
    """A member's share before and after the lock."""

    member: Member
    bp: int
    amount: int


@dataclass(frozen=True, slots=True)
class Activation:
    """What an activation would do: the bounds of its form, and the sheet before and after the lock."""

    days: int  # of the guarantee under the terms
    automatic_completion: bool
    start: date  # the one that was planned, else today at the company
    today: date
    earliest: date
    latest: date
    has_fee_of_another: bool  # see placements.PlacementDetail
    lines: tuple[LockedLine, ...]
    paid_when: str

    @property
    def bar(self) -> tuple[tuple[str, int], ...]:
        """Return the rows of the split bar after the lock."""
        return tuple((line.member.label, line.bp) for line in self.lines)


def hire_offer(proposal_id: uuid.UUID, *, viewer: Actor) -> HireOffer:
    """Return what a hire would start from."""
    row = existing(reading().execute(_hire_offer(proposal_id, viewer)).one_or_none())
    *found, placement_id, kept, fee_bp = row[:11]
    agreed = terms.kept_by(kept, currency=row.currency, fee_bp=fee_bp)
    credited = split_rules.sourcers(row.owner_id, row.shared_with, row.shared_bp) if row.owner_id else []
    mark = split_rules.sourcers_mark(credited)
    return HireOffer(*(*found, _sourcers(row), placement_id, agreed, row.owner is not None, mark))


def _sourcers(row: Row[Any]) -> tuple[tuple[str, int], ...]:
    """Return who gets how much of the sourcer's share; who is the candidate shares in nothing (ADR 0095)."""
    if row.owner is None:
        return ()
    other = (row.other, row.other_email) if row.other else None
    found = split_rules.sourcers((row.owner, row.owner_email), other, row.shared_bp)
    return tuple((name, bp) for (name, address), bp in found if email_key(address) != row.email_key)


def _hire_offer(proposal_id: uuid.UUID, viewer: Actor) -> Select[*tuple[Any, ...]]:
    live = and_(
        CandidateSourcer.candidate_id == access.standing(Proposal.candidate_id),
        CandidateSourcer.is_current,
        CandidateSourcer.protection_expires_at > viewer.now,
    )
    return (
        select(Proposal.id, Proposal.state, Candidate.full_name, Job.title, Organisation.name, Job.currency)
        .add_columns(Proposal.expected_salary_minor, _submitter.name, Placement.id, Proposal.terms, Job.fee_bp)
        .add_columns(_sourcer.name.label("owner"), _sourcer.email.label("owner_email"), Candidate.email_key)
        .add_columns(_other.name.label("other"), _other.email.label("other_email"), CandidateSourcer.shared_bp)
        .add_columns(CandidateSourcer.recruiter_id.label("owner_id"), CandidateSourcer.shared_with)
        .join(Candidate, Candidate.id == Proposal.candidate_id)
        .join(Job, Job.id == Proposal.job_id)
        .join(Organisation, Organisation.id == Proposal.company_id)
        .join(_recruiting, _recruiting.id == Proposal.recruiter_id)
        .join(_submitter, _submitter.id == _recruiting.user_id)
        .outerjoin(CandidateSourcer, live)
        .outerjoin(_sourcing, _sourcing.id == CandidateSourcer.recruiter_id)
        .outerjoin(_sourcer, _sourcer.id == _sourcing.user_id)
        .outerjoin(_sharing, _sharing.id == CandidateSourcer.shared_with)
        .outerjoin(_other, _other.id == _sharing.user_id)
        .outerjoin(Placement, and_(Placement.proposal_id == Proposal.id, stands(Placement)))
        .where(Proposal.id == proposal_id, access.visible(Proposal, viewer))
    )


def hires_to_record(viewer: Actor) -> tuple[HireChoice, ...]:
    """List the accepted proposals from which nobody was hired yet, newest first."""
    query = (
        select(Proposal.id, Candidate.full_name, Job.title)
        .join(Candidate, Candidate.id == Proposal.candidate_id)
        .join(Job, Job.id == Proposal.job_id)
        .outerjoin(Placement, and_(Placement.proposal_id == Proposal.id, stands(Placement)))
        .where(access.visible(Proposal, viewer), Proposal.state == ProposalState.ACCEPTED, Placement.id.is_(None))
        .order_by(Proposal.id.desc())
        .limit(HIRES_SHOWN)
    )
    return tuple(HireChoice(*row) for row in reading().execute(query))


@dataclass(frozen=True, slots=True)
class HireChoice:
    proposal_id: uuid.UUID
    candidate_name: str
    job_title: str


def activation(found: Team, *, viewer: Actor) -> Activation:
    """Return what activating a placement would do, whose team the viewer has read."""
    automatic, zone, planned, kept, has_fee_of_another = reading().execute(_terms(found.placement_id)).one()
    agreed = Terms.from_json(kept)
    today = rules.local_day(viewer.now, zone)
    return Activation(
        agreed.guarantee_days,
        automatic,
        planned or today,
        today,
        today - timedelta(days=rules.START_DATE_DAYS_BACK),
        today + timedelta(days=rules.START_DATE_DAYS_AHEAD),
        has_fee_of_another,
        _lock_preview(found),
        words.payout(agreed),
    )


def _terms(placement_id: uuid.UUID) -> Select[bool, str, date | None, dict[str, object], bool]:
    """Select what the nearest guarantee settings say of a placement's end, with its zone, planned start, terms, and
    whether it has the fee of another."""
    return (
        select(GuaranteeConfig.automatic_completion, Placement.time_zone, Placement.start_date, Placement.terms)
        .add_columns(has_fee_of_another())
        .select_from(Placement)
        .join(GuaranteeConfig, applying(Placement.company_id, Placement.job_id))
        .where(Placement.id == placement_id)
        .order_by(NEAREST)
        .limit(1)
    )


def _lock_preview(found: Team) -> tuple[LockedLine, ...]:
    """Compute the lock as activation will: by the same function."""
    locked = split_rules.lock(found.pool_minor, [member.bp for member in found.members])
    return tuple(LockedLine(member, bp, amount) for member, (bp, amount) in zip(found.members, locked, strict=True))


def correction(found: Team, said: Charged, *, viewer: Actor) -> Correction:
    """Return what corrected figures would make of a hire, on the terms that it keeps.

    Raises:
        InvalidInput: they give no fee.
    """
    query = select(Placement.terms, Placement.currency, Placement.fee_bp, Placement.fee_minor)
    row = reading().execute(query.where(Placement.id == found.placement_id, access.visible(Placement, viewer))).one()
    agreed = terms.of_hire(row.terms, currency=row.currency, fee_bp=row.fee_bp, fee_minor=row.fee_minor)
    charge = terms.charge_of(agreed, said)
    amounts = money.allocate_shares(charge.fee_minor - charge.platform_fee_minor, [m.bp for m in found.members])
    lines = (CorrectionLine(m, amount) for m, amount in zip(found.members, amounts, strict=True))
    return Correction(charge.fee_minor, tuple(lines))
