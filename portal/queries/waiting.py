"""What waits for whom: a select for each kind of row of the work queue, in the columns that all kinds share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Numeric,
    Select,
    Text,
    Uuid,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from portal.access import visible
from portal.domain.billing.ledger import AccountKind
from portal.domain.disputes import SUBJECTS, DisputeState
from portal.domain.ids import lowest_id
from portal.domain.permissions import Actor, Permission, Role
from portal.domain.placements import GUARANTEED, SPLITS_OPEN
from portal.domain.proposals import OPEN
from portal.domain.reputation import ANSWER_WITHIN, CONTESTED
from portal.domain.snoozing import SHOWN_WHEN_DUE_WITHIN
from portal.models import (
    AmendmentAnswer,
    Candidate,
    CandidateSourcer,
    Collaborator,
    Delivery,
    Dispute,
    DisputeParty,
    Interview,
    Invoice,
    Job,
    LedgerAccount,
    MarketplaceEvent,
    OutboxEntry,
    OwnershipConflict,
    Placement,
    Proposal,
    ProposalQuestion,
    Recruiter,
    ReputationAppeal,
    Snooze,
    SplitAmendment,
    User,
    stands,
)
from portal.queries.billing.terms import expected_fee
from portal.queries.candidates.ownership import case_about

A_KIND = 20  # rows shown of a kind; a list of its own has the rest
DAY, WEEK, MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=30)
LAG = timedelta(minutes=1)
COUNT_LIMIT = 1_000


def branches(viewer: Actor) -> list[Select[Any]]:
    """List the selects of what concerns the viewer's role."""
    if Role.PLATFORM_ADMIN in viewer.roles:
        makers: tuple[Callable[[Actor], Select[Any]], ...] = (
            _dead,
            _lag,
            _rulings,
            _appeals,
            _pending,
            _conflicts,
            _expiring,
        )
    elif Role.RECRUITER in viewer.roles:
        makers = (_questions, _statements, _amendments, _replace, _protections, _guarantees, _proposed, _to_be_hired)
    elif viewer.has(Permission.PLACEMENT_CHANGE):
        makers = (_decide, _statements, _asked, _interviews, _hire, _activate, _complete, _awaited)
        makers += (_guarantees, _invoices)
    elif viewer.has(Permission.PROPOSAL_DECIDE):
        makers = (_decide, _asked, _interviews, _guarantees)
    else:
        makers = ()
    return [make(viewer) for make in makers]


def _rows(
    viewer: Actor,
    kind: str,
    row_id: Any,
    *conditions: Any,
    start: Any,
    who: Any = Candidate.full_name,
    about: Any = Job.title,
    due: Any = None,
    state: Any = None,
    money: tuple[Any, Any] | None = None,
    zone: Any = None,
) -> Select[Any]:
    """Select the soonest rows of a kind in the columns that all kinds share; `money` is an amount and its currency.

    `zone` is the one in which the day ends on which it is due, the viewer's unless given.
    """
    until = cast(null(), DateTime(timezone=True)) if due is None else due
    ends_in = (cast(null(), Text) if zone is None else zone).label("zone")
    named = (literal(kind).label("kind"), row_id.label("id"), who.label("who"), about.label("about"))
    snoozed = _snoozed(viewer, kind, row_id, until)
    shown = (until.label("due"), *_hidden_by(state), *_sum(money), ends_in, snoozed.label("snoozed_until"))
    rows = select(*named, *shown).select_from(start).where(*conditions)
    return select(rows.order_by(snoozed.is_not(None), until, row_id).limit(A_KIND).subquery())


def _snoozed(viewer: Actor, kind: str, row_id: Any, due: Any) -> Any:
    """Return until when the viewer has put a row off; what is due within a day is back."""
    of_row = (Snooze.user_id == viewer.user_id, Snooze.kind == kind, Snooze.subject_id == row_id)
    until = select(Snooze.until).where(*of_row, Snooze.until > viewer.now).correlate(row_id.class_).scalar_subquery()
    return case((or_(due.is_(None), due > viewer.now + SHOWN_WHEN_DUE_WITHIN), until))


def _hidden_by(state: Any) -> tuple[Any, Any]:
    """Return the columns that say whether a name is hidden: the proposal's state and whose name it is."""
    if state is None:
        return cast(null(), Text).label("state"), cast(null(), Uuid).label("candidate_id")
    return state.label("state"), Candidate.id.label("candidate_id")


def _sum(money: tuple[Any, Any] | None) -> tuple[Any, Any]:
    minor, currency = (null(), cast(null(), Text)) if money is None else money
    return cast(minor, Numeric).label("minor"), currency.label("currency")


def _with_names(model: type[Proposal] | type[Placement]) -> Any:
    joined = model.__table__.join(Candidate.__table__, Candidate.id == model.candidate_id)
    return joined.join(Job.__table__, Job.id == model.job_id)


def _guarantee_over() -> ColumnElement[datetime]:
    """Return the first instant after the last day of the guarantee, in the company's zone."""
    return func.timezone(
        Placement.time_zone, cast(Placement.guarantee_end_date + 1, DateTime), type_=DateTime(timezone=True)
    )


def _within(column: Any, viewer: Actor, span: timedelta) -> ColumnElement[bool]:
    return and_(column > viewer.now, column <= viewer.now + span)


# --- of recruiters -------------------------------------------------------------------------------------------


def _questions(viewer: Actor) -> Select[Any]:
    return _rows(
        viewer,
        "question",
        Proposal.id,
        ProposalQuestion.recruiter_id == viewer.recruiter_id,
        ProposalQuestion.answered_at.is_(None),
        start=_with_names(Proposal).join(ProposalQuestion.__table__, ProposalQuestion.proposal_id == Proposal.id),
        due=case((Proposal.state.in_(OPEN), Proposal.expires_at)),
        money=_of_proposal(),
    )


def _amendments(viewer: Actor) -> Select[Any]:
    asked = _with_names(Placement).join(SplitAmendment.__table__, SplitAmendment.placement_id == Placement.id)
    return _rows(
        viewer,
        "amendment",
        Placement.id,
        AmendmentAnswer.recruiter_id == viewer.recruiter_id,
        AmendmentAnswer.answered_at.is_(None),
        SplitAmendment.state == "proposed",
        start=asked.join(AmendmentAnswer.__table__, AmendmentAnswer.amendment_id == SplitAmendment.id),
        due=AmendmentAnswer.asked_at + ANSWER_WITHIN,
        money=_of_placement(viewer),
    )


def _of_placement(viewer: Actor) -> tuple[Any, Any]:
    """Select what a placement is worth to the viewer: the own shares of a recruiter, the fee to everybody else."""
    if viewer.recruiter_id is None:
        return Placement.fee_minor, Placement.currency
    own = select(func.sum(Collaborator.amount_minor)).where(
        Collaborator.placement_id == Placement.id, Collaborator.recruiter_id == viewer.recruiter_id
    )
    return own.correlate(Placement).scalar_subquery(), Placement.currency


def _of_proposal() -> tuple[Any, Any]:
    """Select the fee that a proposal would bring, where it is known."""
    return expected_fee(), Job.currency


def _wanted() -> tuple[Any, ...]:
    """Return the conditions of a replacement that is wanted and not linked yet."""
    other = aliased(Placement)
    linked = exists().where(other.replaces_id == Placement.id).correlate(Placement)
    return Placement.replacement_requested_at.is_not(None), ~linked


def _replacement_over() -> ColumnElement[datetime]:
    """Return the first instant after the last day for a replacement, in the company's zone."""
    return func.timezone(
        Placement.time_zone, cast(Placement.replacement_deadline + 1, DateTime), type_=DateTime(timezone=True)
    )


def _replace(viewer: Actor) -> Select[Any]:
    return _replacements("replace", viewer, Placement.lead_recruiter_id == viewer.recruiter_id)


def _awaited(viewer: Actor) -> Select[Any]:
    return _replacements("awaited", viewer)


def _replacements(kind: str, viewer: Actor, *conditions: Any) -> Select[Any]:
    return _rows(
        viewer,
        kind,
        Placement.id,
        visible(Placement, viewer),
        *_wanted(),
        *conditions,
        start=_with_names(Placement),
        due=_replacement_over(),
        zone=Placement.time_zone,
        money=_of_placement(viewer),
    )


def _protections(viewer: Actor) -> Select[Any]:
    return _rows(
        viewer,
        "protection",
        Candidate.id,
        CandidateSourcer.recruiter_id == viewer.recruiter_id,
        CandidateSourcer.is_current,
        _within(CandidateSourcer.protection_expires_at, viewer, MONTH),
        start=CandidateSourcer.__table__.join(Candidate.__table__, Candidate.id == CandidateSourcer.candidate_id),
        about=literal(""),
        due=CandidateSourcer.protection_expires_at,
    )


def _proposed(viewer: Actor) -> Select[Any]:
    return _proposals("proposed", viewer, Proposal.state.in_(OPEN))


def _to_be_hired(viewer: Actor) -> Select[Any]:
    return _proposals("to_be_hired", viewer, *_not_hired(), due=cast(null(), DateTime(timezone=True)))


# --- of companies --------------------------------------------------------------------------------------------


def _decide(viewer: Actor) -> Select[Any]:
    return _proposals("decide", viewer, Proposal.state.in_(OPEN))


def _hire(viewer: Actor) -> Select[Any]:
    return _proposals("hire", viewer, *_not_hired(), due=cast(null(), DateTime(timezone=True)))


def _asked(viewer: Actor) -> Select[Any]:
    unanswered = exists().where(ProposalQuestion.proposal_id == Proposal.id, ProposalQuestion.answered_at.is_(None))
    return _proposals("asked", viewer, Proposal.state.in_(OPEN), unanswered)


def _interviews(viewer: Actor) -> Select[Any]:
    """What is over and has no result; after the hire nobody is asked for it."""
    over = Interview.starts_at + func.make_interval(0, 0, 0, 0, 0, cast(Interview.minutes, Integer))
    hired = exists().where(Placement.proposal_id == Proposal.id, stands(Placement)).correlate(Proposal)
    return _rows(
        viewer,
        "interview",
        Interview.id,
        visible(Proposal, viewer),
        Proposal.state == "accepted",
        Interview.outcome.is_(None),
        over <= viewer.now,
        ~hired,
        start=_with_names(Proposal).join(Interview.__table__, Interview.proposal_id == Proposal.id),
        due=over,
        state=Proposal.state,
        money=_of_proposal(),
    )


def _activate(viewer: Actor) -> Select[Any]:
    conditions = (visible(Placement, viewer), Placement.state.in_(SPLITS_OPEN))
    start = _with_names(Placement)
    return _rows(viewer, "activate", Placement.id, *conditions, start=start, money=_of_placement(viewer))


def _complete(viewer: Actor) -> Select[Any]:
    """What does not complete by itself."""
    return _rows(
        viewer,
        "complete",
        Placement.id,
        visible(Placement, viewer),
        Placement.state.in_(GUARANTEED),
        Placement.automatic_completion.is_(False),
        _guarantee_over() - DAY <= viewer.now,
        start=_with_names(Placement),
        due=_guarantee_over(),
        zone=Placement.time_zone,
        money=_of_placement(viewer),
    )


def _invoices(viewer: Actor) -> Select[Any]:
    """What the company owes within a month, or should have paid."""
    owed = LedgerAccount.debits_minor - LedgerAccount.credits_minor
    receivable = and_(LedgerAccount.kind == AccountKind.RECEIVABLE, LedgerAccount.owner_id == Invoice.id)
    after = cast(Invoice.due_on + 1, DateTime)
    return _rows(
        viewer,
        "invoice",
        Invoice.id,
        Invoice.company_id == viewer.organisation_id,
        Invoice.due_on <= (viewer.now + MONTH).date(),
        owed > 0,
        start=_with_names(Placement)
        .join(Invoice.__table__, Invoice.placement_id == Placement.id)
        .join(LedgerAccount.__table__, receivable),
        about=Invoice.number,
        due=func.timezone(Placement.time_zone, after, type_=DateTime(timezone=True)),
        zone=Placement.time_zone,
        money=(owed, Invoice.currency),
    )


# --- of both, and of the platform ------------------------------------------------------------------------------


def _guarantees(viewer: Actor) -> Select[Any]:
    return _rows(
        viewer,
        "guarantee",
        Placement.id,
        visible(Placement, viewer),
        Placement.state.in_(GUARANTEED),
        Placement.guarantee_end_date <= (viewer.now + MONTH).date(),
        _within(_guarantee_over(), viewer, MONTH),
        start=_with_names(Placement),
        due=_guarantee_over(),
        zone=Placement.time_zone,
        money=_of_placement(viewer),
    )


def _proposals(
    kind: str, viewer: Actor, *conditions: ColumnElement[bool], due: Any = Proposal.expires_at
) -> Select[Any]:
    """Select proposals of the viewer; before acceptance a company reads initials, so their state comes along."""
    return _rows(
        viewer,
        kind,
        Proposal.id,
        visible(Proposal, viewer),
        *conditions,
        start=_with_names(Proposal),
        due=due,
        state=Proposal.state,
        money=_of_proposal(),
    )


def _not_hired() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of an accepted proposal that waits for its hire: the candidate is still free."""
    hired = exists().where(Placement.proposal_id == Proposal.id, stands(Placement))
    return Proposal.state == "accepted", ~hired, Job.status.in_(("active", "paused"))


def _expiring(viewer: Actor) -> Select[Any]:
    return _proposals("proposed", viewer, Proposal.state.in_(OPEN), Proposal.expires_at <= viewer.now + DAY)


def _statements(viewer: Actor) -> Select[Any]:
    """What the viewer's side of a case is asked to say."""
    own = DisputeParty.organisation_id == viewer.organisation_id
    if viewer.recruiter_id is not None:  # a side that is a company has no recruiter either
        own = or_(own, DisputeParty.recruiter_id == viewer.recruiter_id)
    of_party = Dispute.__table__.join(DisputeParty.__table__, DisputeParty.dispute_id == Dispute.id)
    return _cases(
        "statement",
        viewer,
        own,
        DisputeParty.answered_at.is_(None),
        Dispute.state == DisputeState.OPEN,
        start=of_party,
        due=DisputeParty.due_at,
    )


def _rulings(viewer: Actor) -> Select[Any]:
    is_reviewed = Dispute.state == DisputeState.UNDER_REVIEW
    return _cases("ruling", viewer, is_reviewed, start=Dispute.__table__, due=Dispute.ruling_due_at)


def _cases(kind: str, viewer: Actor, *conditions: Any, start: Any, due: Any) -> Select[Any]:
    """Select cases by who opened them: not every party may read the candidate's name."""
    labels = {name: subject.label for name, subject in SUBJECTS.items()}
    return _rows(
        viewer,
        kind,
        Dispute.id,
        *conditions,
        start=start.join(User.__table__, User.id == Dispute.opened_by),
        who=User.name,
        about=case(labels, value=Dispute.subject_type),
        due=due,
    )


def _dead(_viewer: Actor) -> Select[Any]:
    return _number("dead", select(Delivery.id).where(Delivery.state == "dead"))


def _lag(viewer: Actor) -> Select[Any]:
    late = select(OutboxEntry.event_id).join(MarketplaceEvent, MarketplaceEvent.id == OutboxEntry.event_id)
    return _number("lag", late.where(MarketplaceEvent.at < viewer.now - LAG))


def _number(kind: str, rows: Select[Any]) -> Select[Any]:
    """Make one row of a count; none when nothing is there."""
    count = func.count()
    return (
        select(
            literal(kind).label("kind"),
            cast(null(), Uuid).label("id"),
            cast(count, Text).label("who"),
            literal("").label("about"),
            cast(null(), DateTime(timezone=True)).label("due"),
            cast(null(), Text).label("state"),
            cast(null(), Uuid).label("candidate_id"),
            cast(null(), Numeric).label("minor"),
            cast(null(), Text).label("currency"),
            cast(null(), Text).label("zone"),
            cast(null(), DateTime(timezone=True)).label("snoozed_until"),
        )
        .select_from(rows.limit(COUNT_LIMIT).subquery())
        .having(count > 0)
    )


def _appeals(viewer: Actor) -> Select[Any]:
    start = ReputationAppeal.__table__.join(Recruiter.__table__, Recruiter.id == ReputationAppeal.recruiter_id)
    return _rows(
        viewer,
        "appeal",
        ReputationAppeal.id,
        ReputationAppeal.state == "open",
        start=start.join(User.__table__, User.id == Recruiter.user_id),
        who=User.name,
        about=case(CONTESTED, value=ReputationAppeal.input_kind),
    )


def _pending(viewer: Actor) -> Select[Any]:
    start = Recruiter.__table__.join(User.__table__, User.id == Recruiter.user_id)
    return _rows(
        viewer, "pending", User.id, Recruiter.status == "pending", start=start, who=User.name, about=literal("")
    )


def _conflicts(viewer: Actor) -> Select[Any]:
    start = OwnershipConflict.__table__.join(Candidate.__table__, Candidate.id == OwnershipConflict.candidate_id)
    start = start.join(Recruiter.__table__, Recruiter.id == OwnershipConflict.challenger_id)
    return _rows(
        viewer,
        "conflict",
        Candidate.id,
        OwnershipConflict.id >= lowest_id(viewer.now - WEEK),
        case_about(OwnershipConflict).is_(None),
        start=start.join(User.__table__, User.id == Recruiter.user_id),
        about=User.name,
    )
