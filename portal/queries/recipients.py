"""Who is told of events, and the names and figures that an email says: a batch of events costs one query a table."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, case, func, or_, select

from portal.access import known_by
from portal.domain.events import PasswordsGuessed, PlacementFailed
from portal.domain.people import NumberFormat
from portal.domain.permissions import Role
from portal.domain.placements import PlacementState
from portal.extensions import reading
from portal.models import (
    BillingAddress,
    BillingDetails,
    Candidate,
    Delivery,
    InterviewNote,
    Job,
    MarketplaceEvent,
    Membership,
    Organisation,
    Placement,
    PlacementStateChange,
    Proposal,
    ProposalQuestion,
    Recruiter,
    ReputationAppeal,
    SplitAmendment,
    SplitSheet,
    User,
    UserSession,
)

Id = uuid.UUID
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the log."""

    id: Id
    type: str
    at: datetime
    actor_id: Id
    organisation_id: Id | None
    candidate_id: Id | None
    job_id: Id | None
    proposal_id: Id | None
    placement_id: Id | None
    recruiter_id: Id | None
    user_id: Id | None
    payload: Mapping[str, Any]
    correlation_id: str

    def uuid(self, name: str) -> Id | None:
        """Read an id of the payload."""
        value = self.payload.get(name)
        return Id(value) if value else None


EVENT_COLUMNS = tuple(getattr(MarketplaceEvent, one.name) for one in fields(Happened))


def to_event(row: Any) -> Happened:
    return Happened(*row)


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an email goes to; nobody writes to a disabled account or to the system."""

    user_id: Id
    name: str
    email: str
    time_zone: str
    reachable: bool
    has_password: bool
    has_come: bool  # may sign in: whoever was invited and never came gets what is about the account alone
    number_format: str = NumberFormat.AUTOMATIC


@dataclass(frozen=True, slots=True)
class JobFacts:
    title: str
    company_id: Id
    company: str


@dataclass(frozen=True, slots=True)
class ProposalFacts:
    """What was said when a proposal was decided, and since when its company reads the name; None if it doesn't."""

    company_id: Id
    notes: str
    accepted_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlacementFacts:
    """The zone of a placement's calendar and its terms: what never changes of it."""

    time_zone: str
    terms: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One version of a placement's split sheet, which never changes: recruiter, role, share and amount by line."""

    version: int
    at: datetime
    currency: str
    lines: tuple[tuple[Id, str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One person's part in a placement; several roles of one person add up."""

    person: Person
    roles: tuple[str, ...]
    split_bp: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class AppealFacts:
    """What was contested and why, and what was ruled."""

    kind: str
    reason: str
    ruling: str


@dataclass(frozen=True, slots=True)
class BillingAddressFacts:
    """An address for copies of documents, and the legal name of the company that named it."""

    email: str
    company: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a batch of events refers to, by id."""

    candidates: Mapping[Id, str] = field(default_factory=dict)
    known: Set[tuple[Id, Id]] = frozenset()  # candidate and user, of those who may read the name
    jobs: Mapping[Id, JobFacts] = field(default_factory=dict)
    proposals: Mapping[Id, ProposalFacts] = field(default_factory=dict)
    placements: Mapping[Id, PlacementFacts] = field(default_factory=dict)
    sheets: Mapping[Id, tuple[Sheet, ...]] = field(default_factory=dict)  # all versions, oldest first
    recruiters: Mapping[Id, Person] = field(default_factory=dict)
    users: Mapping[Id, Person] = field(default_factory=dict)
    members: Mapping[Id, tuple[tuple[str, Person], ...]] = field(default_factory=dict)
    organisations: Mapping[Id, str] = field(default_factory=dict)
    questions: Mapping[Id, tuple[str, Id]] = field(default_factory=dict)
    interview_notes: Mapping[Id, str] = field(default_factory=dict)  # of those that the recruiter reads
    failure_notes: Mapping[tuple[Id, datetime], str] = field(default_factory=dict)  # by placement and time
    sessions: Mapping[Id, tuple[str, str]] = field(default_factory=dict)
    amendments: Mapping[Id, str] = field(default_factory=dict)
    appeals: Mapping[Id, AppealFacts] = field(default_factory=dict)
    deliveries: Mapping[Id, str] = field(default_factory=dict)
    billing_addresses: Mapping[Id, BillingAddressFacts] = field(default_factory=dict)
    platform_admins: tuple[Person, ...] = ()


_PERSON = (
    User.id.label("user_id"),
    User.name,
    User.email,
    User.time_zone,
    User.disabled_at.is_(None).label("is_open"),
    User.is_system,
    User.password_hash.is_not(None).label("has_password"),
    or_(User.password_hash.is_not(None), User.external_subject.is_not(None)).label("has_come"),
    User.number_format,
)


def with_placements(events: Sequence[Happened]) -> list[Happened]:
    """Add to the events of money whom and which job their placement is about; they name the placement alone."""
    query = select(Placement.id, Placement.candidate_id, Placement.job_id, Placement.proposal_id)
    found = {row.id: row for row in _rows(query, Placement.id, _ids(e.placement_id for e in events if not e.job_id))}
    return [_completed(event, found.get(event.placement_id)) for event in events]


def _completed(event: Happened, row: Any) -> Happened:
    if row is None or event.job_id:
        return event
    return replace(event, candidate_id=row.candidate_id, job_id=row.job_id, proposal_id=row.proposal_id)


# What is read of each by its id: the columns after it make a fact.
_CANDIDATE = select(Candidate.id, Candidate.full_name)
_COMPANY = Organisation.id == Job.company_id
_JOB = select(Job.id, Job.title, Job.company_id, Organisation.name).join(Organisation, _COMPANY)
_ACCEPTED_AT = case((Proposal.state == "accepted", Proposal.closed_at))
_PROPOSAL = select(Proposal.id, Proposal.company_id, Proposal.notes, _ACCEPTED_AT)
_PLACEMENT = select(Placement.id, Placement.time_zone, Placement.terms)
_ORGANISATION = select(Organisation.id, Organisation.name)
_QUESTION = select(ProposalQuestion.id, ProposalQuestion.question, ProposalQuestion.asked_by)
# Shared notes alone, whatever an event names: what is internal is in no email.
_NOTE = select(InterviewNote.id, InterviewNote.note).where(~InterviewNote.is_internal)
_SESSION = select(UserSession.id, UserSession.address, UserSession.user_agent)
_AMENDMENT = select(SplitAmendment.id, SplitAmendment.reason)
_A = ReputationAppeal
_APPEAL = select(_A.id, _A.input_kind, _A.reason, func.coalesce(_A.ruling, ""))
_DELIVERY = select(Delivery.id, Delivery.path)
_BILLED = BillingDetails.organisation_id == BillingAddress.organisation_id
_ADDRESS = select(BillingAddress.id, BillingAddress.email, BillingDetails.legal_name).join(BillingDetails, _BILLED)


def facts_for(events: Sequence[Happened]) -> Facts:
    """Read what the emails of these events need, in one query a table."""
    appeals = _by_id(_payload(events, "appeal_id"), AppealFacts, _APPEAL)
    placed = _ids(e.placement_id for e in events) | _payload(events, "replacement_placement_id")
    billed = _ids(e.organisation_id for e in events if "currency" in e.payload)
    named = _payload(events, "caused_by", "former_user_id", "proposer_id")
    disputing = {Id(text) for e in events for text in e.payload.get("company_ids") or ()}
    jobs, sheets = _by_id(_ids(e.job_id for e in events), JobFacts, _JOB), _sheets(placed)
    return Facts(
        candidates=_by_id(_ids(e.candidate_id for e in events), str, _CANDIDATE),
        known=_known(_ids(e.candidate_id for e in events)),
        jobs=jobs,
        proposals=_by_id(_ids(e.proposal_id for e in events), ProposalFacts, _PROPOSAL),
        placements=_by_id(_ids(e.placement_id for e in events), PlacementFacts, _PLACEMENT),
        failure_notes=_failure_notes(_ids(e.placement_id for e in events if e.type == PlacementFailed.type)),
        sheets=sheets,
        recruiters=_recruiters(_concerned(events) | _on_sheets(sheets)),
        users=_users(named | _ids(id_ for e in events for id_ in (e.user_id, e.actor_id))),
        members=_members({job.company_id for job in jobs.values()} | billed | disputing),
        organisations=_by_id(_ids(e.organisation_id for e in events if e.user_id) | billed, str, _ORGANISATION),
        questions=_by_id(_payload(events, "question_id"), _several, _QUESTION),
        interview_notes=_by_id(_payload(events, "note_id"), str, _NOTE),
        sessions=_by_id(_payload(events, "session_id"), _several, _SESSION),
        amendments=_by_id(_payload(events, "amendment_id"), str, _AMENDMENT),
        appeals=appeals,
        deliveries=_by_id(_payload(events, "delivery_id"), str, _DELIVERY),
        billing_addresses=_by_id(_payload(events, "consent_id"), BillingAddressFacts, _ADDRESS),
        platform_admins=_platform_admins() if appeals or any(map(_is_the_platforms, events)) else (),
    )


def _is_the_platforms(event: Happened) -> bool:
    """Return whether an event is one that the platform's admins may be told."""
    named = event.uuid("dispute_id") or event.uuid("proposer_id")
    return named is not None or event.type == PasswordsGuessed.type


def _ids(values: Iterable[Id | None]) -> set[Id]:
    return {value for value in values if value is not None}


def _payload(events: Sequence[Happened], *names: str) -> set[Id]:
    return _ids(e.uuid(name) for e in events for name in names)


def _concerned(events: Sequence[Happened]) -> set[Id]:
    """Return whom the events are about: their recruiters, owners, predecessors, part-holders, who is asked, a team."""
    asked = {Id(text) for e in events for text in e.payload.get("recruiter_ids") or ()}
    asked |= {Id(row[0]) for e in events for name in ("shares_before", "shares") for row in e.payload.get(name) or ()}
    others = _payload(events, "owner_recruiter_id", "former_recruiter_id", "shared_with_recruiter_id")
    return _ids(e.recruiter_id for e in events) | others | asked


def _by_id(ids: set[Id], make: Callable[..., T], query: Select[*tuple[Any, ...]]) -> dict[Id, T]:
    """Return by its id, which is the first column of a query, what is made of the others."""
    return {row[0]: make(*row[1:]) for row in _rows(query, query.selected_columns[0], ids)}


def _several(*values: Any) -> tuple[Any, ...]:
    return values


def _rows(query: Select[*tuple[Any, ...]], column: Any, ids: set[Id]) -> Sequence[Any]:
    """Run a query for a set of ids, and none for an empty set."""
    return reading().execute(query.where(column.in_(ids))).all() if ids else ()


def _person(row: Any) -> Person:
    reachable = row.is_open and not row.is_system
    known = (row.has_password, row.has_come)
    return Person(row.user_id, row.name, row.email, row.time_zone, reachable, *known, row.number_format)


def _known(ids: set[Id]) -> set[tuple[Id, Id]]:
    query = known_by()
    return {(row[0], row[1]) for row in _rows(query, query.selected_columns[0], ids)}


def _failure_notes(ids: set[Id]) -> dict[tuple[Id, datetime], str]:
    """Read what was said at each failure; one that was a mistake may be undone, and another one follow.

    The words stay in the history (privacy.md), but are mailed no more once the candidate's data are erased.
    """
    step = PlacementStateChange
    query = select(step.placement_id, step.at, step.notes).where(step.to_state == PlacementState.FAILED)
    query = query.join(Placement, Placement.id == step.placement_id)
    query = query.join(Candidate, (Candidate.id == Placement.candidate_id) & Candidate.erased_at.is_(None))
    return {(row.placement_id, row.at): row.notes for row in _rows(query, step.placement_id, ids)}


def _sheets(ids: set[Id]) -> dict[Id, tuple[Sheet, ...]]:
    """Read the versions of the sheets; what people had is written there, what they have now is no matter of a mail."""
    query = select(SplitSheet.placement_id, SplitSheet.version, SplitSheet.at, SplitSheet.receipt)
    found: dict[Id, list[Sheet]] = defaultdict(list)
    for row in _rows(query.order_by(SplitSheet.version), SplitSheet.placement_id, ids):
        lines = tuple(
            (Id(line["recruiter_id"]), line["role"], line["split_bp"], line["amount_minor"])
            for line in row.receipt["result"]
        )
        found[row.placement_id].append(Sheet(row.version, row.at, row.receipt["currency"], lines))
    return {placement_id: tuple(versions) for placement_id, versions in found.items()}


def _on_sheets(sheets: Mapping[Id, Sequence[Sheet]]) -> set[Id]:
    return {line[0] for versions in sheets.values() for sheet in versions for line in sheet.lines}


def _recruiters(ids: set[Id]) -> dict[Id, Person]:
    query = select(Recruiter.id, *_PERSON).join(User, User.id == Recruiter.user_id)
    return {row.id: _person(row) for row in _rows(query, Recruiter.id, ids)}


def _users(ids: set[Id]) -> dict[Id, Person]:
    return {row.user_id: _person(row) for row in _rows(select(*_PERSON), User.id, ids)}


def _members(ids: set[Id]) -> dict[Id, tuple[tuple[str, Person], ...]]:
    """List the users of the companies with their roles; who was invited is one once they acted for the company."""
    query = (
        select(Membership.organisation_id, Membership.role, *_PERSON)
        .join(User, User.id == Membership.user_id)
        .where(Membership.role.in_((Role.COMPANY_ADMIN, Role.HIRING_MANAGER)), Membership.invited_as.is_(None))
        .order_by(Membership.id)
    )
    found: dict[Id, list[tuple[str, Person]]] = defaultdict(list)
    for row in _rows(query, Membership.organisation_id, ids):
        found[row.organisation_id].append((row.role, _person(row)))
    return {organisation_id: tuple(members) for organisation_id, members in found.items()}


def _platform_admins() -> tuple[Person, ...]:
    members = select(Membership.user_id).where(Membership.role == Role.PLATFORM_ADMIN)
    return tuple(
        _person(row) for row in reading().execute(select(*_PERSON).where(User.id.in_(members)).order_by(User.id))
    )
