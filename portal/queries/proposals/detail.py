"""One proposal with all its facts, its questions and what the viewer may do with it, in one query."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, exists, false, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from portal import access
from portal.domain.billing.terms import Terms, expected_fee, kept_by
from portal.domain.business_days import deadline
from portal.domain.disclosure import label
from portal.domain.disputes import OBJECTION_DAYS
from portal.domain.errors import InvalidInput, NotFound, existing
from portal.domain.permissions import Actor, Permission
from portal.domain.profiles import Profile
from portal.domain.proposals import COMPARED_MOST, MACHINE, FurtherAction, ProposalAction, ProposalState, is_over
from portal.models import (
    Candidate,
    CandidateSourcer,
    Job,
    Membership,
    Organisation,
    Placement,
    Proposal,
    ProposalQuestion,
    Recruiter,
    Reputation,
    User,
    stands,
)
from portal.queries import interviews
from portal.queries.candidates import attachments
from portal.queries.candidates.attachments import AttachmentLine
from portal.queries.candidates.identities import KNOWN_AS, identity
from portal.queries.disputes import holding, zones
from portal.queries.gathered import rows
from portal.queries.interviews import InterviewLine
from portal.queries.prepared import prepared
from portal.queries.proposals import assignments, shortlists
from portal.queries.proposals.assignments import Assignment
from portal.queries.proposals.disclosure import reader, reveals, shown_name
from portal.queries.proposals.shortlists import Mark

P, Q = Proposal, ProposalQuestion
_DECIDE = Permission.PROPOSAL_DECIDE
_WHILE_OPEN = (FurtherAction.ASK, FurtherAction.SHORTLIST, FurtherAction.DELEGATE)
_BEFORE_THE_HIRE = ((FurtherAction.HIRE, Permission.PLACEMENT_CHANGE), (FurtherAction.INTERVIEW, _DECIDE))
_AFTER_THE_HIRE = ((FurtherAction.FEEDBACK, _DECIDE),)
UNTIL_OVER = {ProposalAction.REVIEW, ProposalAction.ACCEPT, ProposalAction.DECLINE}
_recruiting, _reviewer, _closer, _asking = aliased(User), aliased(User), aliased(User), aliased(User)
_agency = aliased(Organisation)
_agency_name = func.coalesce(_agency.name, "").label("agency_name")
_PROPOSAL = (
    P.id, P.state, P.version, P.candidate_id, P.job_id, P.company_id, P.recruiter_id, P.pitch, P.currency,
    P.expected_salary_minor, P.proposed_at, P.expires_at, P.reviewed_at, P.closed_at, P.decline_reason, P.notes,
    P.terms, P.restrictions_read_at,
)  # fmt: skip
_CANDIDATE = (
    Candidate.full_name, Candidate.email, Candidate.phone, Candidate.linkedin_url, Candidate.employer, Candidate.skills,
    Candidate.title.label("candidate_title"), Candidate.location.label("candidate_location"),
    KNOWN_AS,
)  # fmt: skip
_PROFILE = {field.name: f"profile_{field.name}" for field in fields(Profile)}
ELSEWHERE = frozenset({ProposalAction.EXPIRE, ProposalAction.VOID})  # by the clock, and by a ruling
FOR_OTHERS = frozenset({*UNTIL_OVER, *FurtherAction}) - {FurtherAction.ANSWER}
_AS_THEY_ARE = (
    "id", "state", "version", "candidate_id", "job_id", "job_title",
    "company_id", "company_name", "recruiter_id", "recruiter_name", "agency_name", "currency",
    "expected_salary_minor", "fee_bp", "proposed_at", "expires_at", "reviewed_at", "reviewed_by",
    "closed_at", "closed_by", "decline_reason", "protected_until", "placement_id",
    "restrictions_read_at", "takes_part", "company_zone", "dispute_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the company and the recruiter's answer, None while it is open."""

    id: uuid.UUID
    question: str
    asked_by: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ContactData:
    email: str
    phone: str | None
    linkedin_url: str | None
    employer: str


@dataclass(frozen=True, slots=True)
class ProposalDetail:
    """A proposal as the viewer may read it: before acceptance a company sees initials and `contact` is None."""

    id: uuid.UUID
    state: str
    version: int
    candidate_id: uuid.UUID
    candidate_name: str
    candidate_title: str
    candidate_location: str
    candidate_skills: tuple[str, ...]
    profile: Profile
    attachments: tuple[AttachmentLine, ...]  # before acceptance a company reads what they are, and not their names
    contact: ContactData | None
    job_id: uuid.UUID
    job_title: str
    company_id: uuid.UUID
    company_name: str
    recruiter_id: uuid.UUID
    recruiter_name: str
    agency_name: str
    score: int | None
    provisional: bool
    placements: int
    pitch: str
    currency: str
    expected_salary_minor: int | None
    fee_bp: int
    terms: Terms
    restrictions_read_at: datetime | None
    fee_minor: int | None
    proposed_at: datetime
    expires_at: datetime
    reviewed_at: datetime | None
    reviewed_by: str | None
    closed_at: datetime | None
    closed_by: str | None
    decline_reason: str | None
    notes: str
    protected_until: datetime | None
    placement_id: uuid.UUID | None
    takes_part: bool  # of whoever would decide for the company or the platform: then somebody else has to
    over: bool
    objection_until: datetime | None
    dispute_id: uuid.UUID | None  # of the case that keeps it as it is, if the viewer may see it
    shortlisted: Mark | None  # always None to recruiters, as is the assignment
    assignment: Assignment | None
    questions: tuple[Question, ...]
    interviews: tuple[InterviewLine, ...]
    company_zone: str
    allowed_actions: tuple[str, ...]

    @property
    def hides_candidate(self) -> bool:
        """Return whether the company reads a label instead of the name."""
        return self.state != ProposalState.ACCEPTED

    @property
    def is_shortlisted(self) -> bool:
        return self.shortlisted is not None

    @property
    def attachment_labels(self) -> tuple[str, ...]:
        """Return what the attached files are, without their names."""
        return tuple(file.label for file in self.attachments)

    @property
    def is_open(self) -> bool:
        """Return whether the portal still holds it open; `over` says that its time has passed."""
        return self.closed_at is None

    def may_object(self, viewer: Actor) -> bool:
        """Return whether the viewer's company may still say that it knew the candidate (disputes.md §1)."""
        is_in_time = self.objection_until is not None and viewer.now < self.objection_until and not self.dispute_id
        return is_in_time and self.company_id == viewer.organisation_id and viewer.has(Permission.DISPUTE_OPEN)

    @property
    def needs_another(self) -> bool:
        """Return whether the viewer would decide, or record the hire, but for their own part in it."""
        return self.takes_part and (self.is_open or (self.state == ProposalState.ACCEPTED and not self.placement_id))

    @property
    def has_timed_out(self) -> bool:
        """Return whether nobody decided in time."""
        return self.state == ProposalState.TIMEOUT


def allowed_actions(
    viewer: Actor,
    *,
    state: str,
    expires_at: datetime,
    recruiter_id: uuid.UUID,
    company_id: uuid.UUID,
    hired: bool = False,
    unanswered: bool = False,
    takes_part: bool = False,
) -> tuple[str, ...]:
    """List what the viewer may do with a proposal now; who takes part in it neither decides, asks nor hires."""
    proposal, over = Proposal(recruiter_id=recruiter_id, company_id=company_id), is_over(expires_at, viewer.now)
    possible: list[tuple[StrEnum, Permission]] = [
        (transition.action, transition.permission)
        for transition in MACHINE.actions_from(state)
        if transition.action not in ELSEWHERE and not (over and transition.action in UNTIL_OVER)
    ]
    if not MACHINE.states[state].terminal and not over:
        possible += [(action, _DECIDE) for action in _WHILE_OPEN]
    if unanswered:
        possible.append((FurtherAction.ANSWER, Permission.PROPOSAL_ANSWER))
    if state == ProposalState.ACCEPTED:
        possible += _AFTER_THE_HIRE if hired else (*_BEFORE_THE_HIRE, *_AFTER_THE_HIRE)
    return tuple(
        str(action)
        for action, permission in possible
        if access.allows(viewer, proposal, permission) and not (takes_part and action in FOR_OTHERS)
    )


def _questions() -> ColumnElement[Any]:
    """Gather the questions of a proposal, oldest first."""
    one = func.jsonb_build_object(
        "id", Q.id, "question", Q.question, "asked_by", _asking.name, "asked_at", Q.asked_at,
        "answer", Q.answer, "answered_at", Q.answered_at, "by_company", _of_company(Q.asked_by),
    )  # fmt: skip
    return (
        select(func.jsonb_agg(aggregate_order_by(one, Q.id)))
        .join(_asking, _asking.id == Q.asked_by)
        .where(Q.proposal_id == P.id)
        .correlate(P)
        .scalar_subquery()
    )


def _of_company(user_id: Any) -> ColumnElement[bool]:
    """Select whether somebody belongs to the company: what it wrote itself is not struck, or it could try names out."""
    member = exists().where(Membership.user_id == user_id, Membership.organisation_id == P.company_id)
    return member.correlate(P, Q)


def _protected_until() -> ColumnElement[Any]:
    """Select until when the proposing recruiter holds the sourcing credit."""
    claim = select(CandidateSourcer.protection_expires_at).where(
        CandidateSourcer.candidate_id == P.candidate_id,
        CandidateSourcer.is_current,
        CandidateSourcer.recruiter_id == P.recruiter_id,
    )
    return claim.correlate(P).scalar_subquery()


def _takes_part(viewer: Actor) -> ColumnElement[bool]:
    decides = access.decides_for_others(viewer, Permission.PROPOSAL_DECIDE)
    return access.is_concerned(viewer) if decides else false()


@prepared
def _selected(viewer: Actor) -> Select[Any]:
    return _facts(viewer).where(P.id == bindparam("proposal"))


@prepared
def _several(viewer: Actor) -> Select[Any]:
    of_job = (P.job_id == bindparam("job"), P.id.in_(bindparam("proposals", expanding=True)))
    return _facts(viewer).where(*of_job).order_by(P.expires_at, P.id)


def _facts(viewer: Actor) -> Select[Any]:
    placement = (
        select(Placement.id).where(Placement.proposal_id == P.id, stands(Placement)).correlate(P).scalar_subquery()
    )
    return (
        select(*_PROPOSAL, *_CANDIDATE, *(getattr(Candidate, name).label(label) for name, label in _PROFILE.items()))
        .add_columns(Job.title.label("job_title"), Job.fee_bp)
        .add_columns(Organisation.name.label("company_name"), _agency_name, _recruiting.name.label("recruiter_name"))
        .add_columns(Reputation.score, Reputation.provisional, Reputation.placements)
        .add_columns(_reviewer.name.label("reviewed_by"), _closer.name.label("closed_by"))
        .add_columns(_of_company(P.closed_by).label("noted_by_company"), _takes_part(viewer).label("takes_part"))
        .add_columns(_protected_until().label("protected_until"), placement.label("placement_id"))
        .add_columns(zones.of_organisation().label("company_zone"), attachments.gathered().label("files"))
        .add_columns(_questions().label("questions"), interviews.gathered(viewer).label("interviews"))
        .add_columns(shortlists.mark(viewer).label("mark"))
        .add_columns(assignments.assignment(viewer).label("assignment"))
        .add_columns(holding.held_by(viewer, P.id).label("dispute_id"))
        .join(Candidate, Candidate.id == P.candidate_id)
        .join(Job, Job.id == P.job_id)
        .join(Organisation, Organisation.id == P.company_id)
        .join(Recruiter, Recruiter.id == P.recruiter_id)
        .join(_recruiting, _recruiting.id == Recruiter.user_id)
        .outerjoin(_agency, _agency.id == Recruiter.agency_id)
        .outerjoin(Reputation, Reputation.recruiter_id == P.recruiter_id)
        .outerjoin(_reviewer, _reviewer.id == P.reviewed_by)
        .outerjoin(_closer, _closer.id == P.closed_by)
        .where(access.visible(P, viewer))
    )


def detail(proposal_id: uuid.UUID, *, viewer: Actor) -> ProposalDetail:
    row = existing(_selected(viewer, proposal=proposal_id).one_or_none())
    return _to_detail(row, viewer)


def several(job_id: uuid.UUID, proposal_ids: Collection[uuid.UUID], *, viewer: Actor) -> tuple[ProposalDetail, ...]:
    """Return two to four proposals for a job, the soonest deadline first.

    Raises:
        InvalidInput: these are fewer or more.
        NotFound: one of them is for another job, or is somebody else's.
    """
    wanted = frozenset(proposal_ids)
    if not 2 <= len(wanted) <= COMPARED_MOST:
        raise InvalidInput.field("p", "Choose 2 to 4 proposals to compare.")
    rows = _several(viewer, job=job_id, proposals=sorted(wanted)).all()
    if len(rows) != len(wanted):
        raise NotFound()
    return tuple(_to_detail(row, viewer) for row in rows)


def _to_detail(row: Row[Any], viewer: Actor) -> ProposalDetail:
    read = reader(viewer, row.state, identity(row, label(row.full_name, row.candidate_id)))
    terms = kept_by(row.terms, currency=row.currency, fee_bp=row.fee_bp)
    questions = _read_questions(row, read)
    return ProposalDetail(
        **{name: getattr(row, name) for name in _AS_THEY_ARE},
        candidate_name=shown_name(viewer, row.full_name, row.candidate_id, row.state),
        candidate_title=read(row.candidate_title),
        candidate_location=read(row.candidate_location),
        candidate_skills=tuple(map(read, row.skills)),
        profile=_profile(row, viewer, read),
        attachments=_attachments(row, viewer),
        contact=_contact(row) if reveals(viewer, row.state) else None,
        score=None if row.score is None else round(row.score),
        provisional=bool(row.provisional),
        placements=row.placements or 0,
        pitch=read(row.pitch),
        notes=row.notes if row.noted_by_company and row.state != ProposalState.WITHDRAWN else read(row.notes),
        terms=terms,
        fee_minor=expected_fee(terms, row.expected_salary_minor),
        over=is_over(row.expires_at, viewer.now),
        objection_until=_objection_until(row),
        questions=questions,
        interviews=interviews.lines(row.interviews),
        shortlisted=shortlists.read_mark(row.mark),
        assignment=assignments.read(row.assignment),
        allowed_actions=_allowed(row, viewer, questions),
    )


def _allowed(row: Row[Any], viewer: Actor, questions: tuple[Question, ...]) -> tuple[str, ...]:
    return allowed_actions(
        viewer,
        state=row.state,
        expires_at=row.expires_at,
        recruiter_id=row.recruiter_id,
        company_id=row.company_id,
        hired=row.placement_id is not None,
        unanswered=any(q.answer is None for q in questions),
        takes_part=row.takes_part,
    )


def _objection_until(row: Row[Any]) -> datetime | None:
    if row.state != ProposalState.ACCEPTED:
        return None
    return deadline(row.closed_at, OBJECTION_DAYS, row.company_zone)


def _profile(row: Row[Any], viewer: Actor, read: Callable[[str], str]) -> Profile:
    """Return the profile as the viewer may read it: nothing in it says who it is before the company accepts."""
    known = Profile(**{name: getattr(row, label) for name, label in _PROFILE.items()})
    shown = known if reveals(viewer, row.state) else known.before_acceptance
    return replace(shown, right_to_work=read(shown.right_to_work), languages=tuple(map(read, known.languages)))


def _attachments(row: Row[Any], viewer: Actor) -> tuple[AttachmentLine, ...]:
    """Return the files, held until acceptance: the name of a file says who it is, and so may its digest."""
    listed = attachments.lines(row.files)
    return listed if reveals(viewer, row.state) else tuple(replace(one, name="", sha256="") for one in listed)


def _contact(row: Row[Any]) -> ContactData:
    return ContactData(row.email, row.phone, row.linkedin_url, row.employer)


def _read_questions(row: Row[Any], read: Callable[[str], str]) -> tuple[Question, ...]:
    return tuple(
        Question(
            q.id,
            q.question if q.by_company else read(q.question),
            q.asked_by,
            q.asked_at,
            None if q.answer is None else read(q.answer),
            q.answered_at,
        )
        for q in rows(row.questions)
    )
