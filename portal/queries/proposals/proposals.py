"""Proposals as the people concerned see them: the inbox, lists, one with all its facts, and a company's record."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from portal import access
from portal.domain import money
from portal.domain.errors import NotFound
from portal.domain.permissions import Actor, Permission, Scope
from portal.domain.proposals import MACHINE, OPEN, ProposalState
from portal.extensions import reading
from portal.models import Candidate, Job, Organisation, Proposal, ProposalQuestion, Recruiter, ShortlistMark, User
from portal.queries import places
from portal.queries.billing.terms import expected_fee, kept_percentage
from portal.queries.filters import Choice, Days, Search
from portal.queries.list_parts import NEWEST, SOONEST, Cell, Sort, in_major, in_percent
from portal.queries.lists import Listing
from portal.queries.paging import PAGE_SIZE, Counted, counted
from portal.queries.prepared import ORGANISATION, prepared
from portal.queries.proposals import assignments, shortlists
from portal.queries.proposals.disclosure import shown_name

P = Proposal
# Written out, so that the planner sees that the index of open proposals holds every one of them.
IS_OPEN = P.state.in_([literal_column(f"'{state}'") for state in OPEN])
IS_DECIDED = P.state.in_((ProposalState.ACCEPTED, ProposalState.DECLINED))
IS_QUICK = IS_DECIDED & (P.closed_at <= P.proposed_at + timedelta(days=1))
TABS: dict[str, ColumnElement[bool]] = {
    "open": IS_OPEN,
    **{s: P.state == s for s in ("accepted", "declined", "timeout", "withdrawn")},
}
_of_recruiter = aliased(User)
SHORTLIST = "shortlist"


def is_asked() -> ColumnElement[bool]:
    """Select whether the recruiter owes the company an answer."""
    unanswered = exists().where(ProposalQuestion.proposal_id == P.id, ProposalQuestion.answered_at.is_(None))
    return unanswered.correlate(P)


_COLUMNS: tuple[Any, ...] = (
    P.id,
    Candidate.full_name,
    P.job_id,
    Job.title,
    Organisation.name.label("company_name"),
    P.recruiter_id,
    _of_recruiter.name.label("recruiter_name"),
    P.state,
    P.currency,
    P.expected_salary_minor,
    kept_percentage().label("fee_bp"),
    cast(expected_fee(), BigInteger).label("fee_minor"),
    P.proposed_at,
    P.expires_at,
    P.closed_at,
    is_asked().label("is_asked"),
)


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One line of a list; the fee is an estimate from the expected salary, None without one."""

    id: uuid.UUID
    candidate_name: str
    job_id: uuid.UUID
    job_title: str
    company_name: str
    recruiter_id: uuid.UUID
    recruiter_name: str
    state: str
    currency: str
    expected_salary_minor: int | None
    fee_bp: int | None
    fee_minor: int | None
    proposed_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    is_asked: bool
    is_shortlisted: bool  # always false to recruiters
    assignee: str | None  # who of the company has it in hand; always None to recruiters

    @property
    def is_new(self) -> bool:
        """Return whether nobody at the company has opened it."""
        return self.state == ProposalState.PROPOSED

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list is wanted: of one state, after an id, which stays in place while others insert."""

    state: str | None = None
    limit: int = PAGE_SIZE
    offset: int = 0
    before: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class ResponseRecord:
    """How a company answers proposals; `median_seconds` is None before its first decision."""

    decided: int
    timed_out: int
    median_seconds: int | None

    @property
    def timed_out_bp(self) -> int | None:
        """Return the share of proposals left to time out in basis points, None without any."""
        return round(self.timed_out * money.WHOLE_BP / self.whole) if self.whole else None

    @property
    def whole(self) -> int:
        return self.decided + self.timed_out


def _row_query(viewer: Actor) -> Select[Any]:
    return (
        select(*_COLUMNS, shortlists.is_marked(viewer).label("is_shortlisted"))
        .add_columns(assignments.assignee(viewer).label("assignee"), P.candidate_id)
        .join(Candidate, Candidate.id == P.candidate_id)
        .join(Job, Job.id == P.job_id)
        .join(Organisation, Organisation.id == P.company_id)
        .join(Recruiter, Recruiter.id == P.recruiter_id)
        .join(_of_recruiter, _of_recruiter.id == Recruiter.user_id)
    )


WHOLE = Part()
_WIDTH = len(fields(ProposalRow))


def to_row(row: Any, viewer: Actor) -> ProposalRow:
    """Make a line as the viewer may read it."""
    name = shown_name(viewer, row.full_name, row.candidate_id, row.state)
    return ProposalRow(row.id, name, *row[2:_WIDTH])


def for_recruiter(
    recruiter_id: uuid.UUID,
    *,
    viewer: Actor,
    job_id: uuid.UUID | None = None,
    part: Part = WHOLE,
) -> Counted[ProposalRow]:
    """List a recruiter's proposals, newest first: all to the recruiter and admins, to a company those for its jobs."""
    known = select(Recruiter.id).where(Recruiter.id == recruiter_id)
    stranger = viewer.recruiter_id not in {None, recruiter_id}
    if stranger or reading().execute(known).one_or_none() is None:
        raise NotFound()
    return _slice(viewer, part, recruiter_id=recruiter_id, **({"job_id": job_id} if job_id else {}))


def for_job(job_id: uuid.UUID, *, viewer: Actor, part: Part = WHOLE) -> Counted[ProposalRow]:
    """List the proposals for a job that the viewer may see, newest first; the caller knows that the job is visible."""
    return _slice(viewer, part, job_id=job_id)


def everything(*, viewer: Actor, part: Part = WHOLE) -> Counted[ProposalRow]:
    """List all proposals that the viewer may see, newest first."""
    return _slice(viewer, part)


def of_ids(proposal_ids: tuple[uuid.UUID, ...], *, viewer: Actor) -> tuple[ProposalRow, ...]:
    """Return the lines of those of these proposals that the viewer may see, in the order of their deadlines."""
    query = _row_query(viewer).where(access.visible(P, viewer), P.id.in_(proposal_ids)).order_by(P.expires_at, P.id)
    return tuple(to_row(row, viewer) for row in reading().execute(query))


def _slice(viewer: Actor, part: Part, **of: uuid.UUID) -> Counted[ProposalRow]:
    """Return a part of the proposals of a recruiter, a job, or both, as the names in `of` say."""
    total = _counted(viewer, part.state, *of, **of).scalar_one()
    goes_on = {} if part.before is None else {"before": part.before}
    found = _selected(viewer, part.state, bool(goes_on), *of, **of, **goes_on, most=part.limit + 1, offset=part.offset)
    return counted([to_row(row, viewer) for row in found], part.limit, total)


def _wanted(viewer: Actor, state: str | None, of: Sequence[str]) -> list[ColumnElement[bool]]:
    visible = access.visible_among_few if "job_id" in of else access.visible
    where = [visible(P, viewer), *(getattr(P, name) == bindparam(name) for name in of)]
    if state == SHORTLIST:
        return [*where, IS_OPEN, shortlists.is_marked(viewer)]
    return where if state is None else [*where, TABS.get(state, P.state == state)]


@prepared
def _counted(viewer: Actor, state: str | None, *of: str) -> Select[int]:
    return select(func.count()).select_from(P).where(*_wanted(viewer, state, of))


@prepared
def _selected(viewer: Actor, state: str | None, goes_on: bool, *of: str) -> Select[Any]:  # noqa: FBT001 - @prepared keeps by place
    after = [P.id < bindparam("before")] if goes_on else []
    most, offset = bindparam("most", type_=Integer), bindparam("offset", type_=Integer)
    query = _row_query(viewer).where(*_wanted(viewer, state, of), *after)
    return query.order_by(P.id.desc()).limit(most).offset(offset)


def response_record(company_id: uuid.UUID) -> ResponseRecord:
    """Compute how a company answers: what recruiters see before they propose."""
    seconds = func.extract("epoch", P.closed_at - P.proposed_at)
    query = select(
        func.count().filter(IS_DECIDED),
        func.count().filter(P.state == ProposalState.TIMEOUT),
        func.percentile_cont(0.5).within_group(case((IS_DECIDED, seconds))),
    ).where(P.company_id == company_id)
    answered, left, median = reading().execute(query).one()
    return ResponseRecord(answered, left, None if median is None else round(median))


# A company finds nobody by a name that it is not shown.
_NAME_IS_SHOWN = or_(P.state == ProposalState.ACCEPTED, P.company_id.is_distinct_from(ORGANISATION))
_NAME = (
    select(func.lower(Candidate.full_name, type_=Text))
    .where(Candidate.id == P.candidate_id)
    .correlate(P)
    .scalar_subquery()
)
_MARKED = exists().where(ShortlistMark.proposal_id == P.id).correlate(P)
TAB_LABELS = {
    "open": "Waiting",
    "accepted": "Accepted",
    "declined": "Declined",
    "timeout": "Expired",
    "withdrawn": "Withdrawn",
}


def _among(viewer: Actor) -> Select[Any]:
    return select(P.id).where(access.visible(P, viewer))


def _names_all(viewer: Actor) -> bool:
    """Return whether the viewer reads every name in the list, and has few enough for an order by them."""
    return viewer.scope(Permission.PROPOSAL_VIEW) is Scope.OWN


PROPOSALS = Listing(
    name="proposals",
    noun=("proposal", "proposals"),
    path="/proposals",
    looked_at="proposals",
    id=P.id,
    among=_among,
    shows=_row_query,
    make=to_row,
    filters=(
        Choice("state", "Status", options=TAB_LABELS, on=TABS.__getitem__, tabs=True, usual="open"),
        Search(
            "q",
            "Candidate, job, company or recruiter",
            of=(
                places.candidate(P.candidate_id, given=_NAME_IS_SHOWN),
                places.job(P.job_id),
                places.company(P.company_id),
                places.recruiter(P.recruiter_id),
            ),
        ),
        Choice(
            "hand",
            "Handled by",
            options={"mine": "Me", "nobody": "No one"},
            on={"mine": assignments.is_mine(), "nobody": assignments.is_nobodys()}.__getitem__,
            offered=shortlists.reads_marks,
        ),
        Choice(
            SHORTLIST,
            "Shortlist",
            options={"on": "Shortlisted", "off": "Not shortlisted"},
            on=lambda asked: _MARKED if asked == "on" else ~_MARKED,
            offered=shortlists.reads_marks,
            more=True,
        ),
        Choice(
            "decided",
            "Decided",
            options={"quick": "Within 24 hours", "later": "Later"},
            on={"quick": IS_QUICK, "later": IS_DECIDED & ~IS_QUICK}.__getitem__,
            more=True,
        ),
        Days("proposed", "Proposed", on=P.id, more=True),
    ),
    sorts=(
        Sort("deadline", "Deadline", P.expires_at, SOONEST),
        Sort("proposed", "Proposed", P.id, NEWEST, falls=True),
        Sort("candidate", "Candidate", _NAME, offered=_names_all),
    ),
    own_order=lambda values: "deadline" if values.get("state") == "open" else "-proposed",
    cells=(
        Cell("Candidate", lambda row: row.candidate_name),
        Cell("Job", lambda row: row.job_title),
        Cell("Company", lambda row: row.company_name),
        Cell("Recruiter", lambda row: row.recruiter_name),
        Cell("Status", lambda row: MACHINE.states[row.state].label),
        Cell("Currency", lambda row: row.currency),
        Cell("Expected salary", in_major(lambda row: row.expected_salary_minor)),
        Cell("Fee %", in_percent(lambda row: row.fee_bp)),
        Cell("Estimated fee", in_major(lambda row: row.fee_minor)),
        Cell("Proposed", lambda row: row.proposed_at, is_time=True),
        Cell("Deadline", lambda row: row.expires_at, is_time=True),
        Cell("Closed", lambda row: row.closed_at, is_time=True),
        Cell("Handled by", lambda row: row.assignee or "", offered=shortlists.reads_marks),
        Cell("Shortlist", lambda row: "Yes" if row.is_shortlisted else "", offered=shortlists.reads_marks),
    ),
)
